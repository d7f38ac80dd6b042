//! Ingesting: inputs become a case, or a case takes up what is new.
//!
//! In: inputs, patterns, what was said of the input. Out: a committed case. Must not know: how it is shown, the command line.
//!
//! What a case says never depends on the order in which its inputs came: clocks and findings are those of all inputs together, so the timeline is
//! built anew whenever an input is new. What costs most, the index of words, is kept for every source whose content is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::build::{self, Part, build};
use super::fault::Fault;
use super::manifest::{Given, Held, Manifest, Place, SCHEMA, Said, VERSION, lock, sync_directory};
use super::spill::{Keep, Spill};
use super::{store, story, word_index};
use crate::correlate::{Inquest, Library, account};
use crate::open::{Input, Origin};
use crate::pattern::Pack;
use crate::report::{Report, json};
use crate::scan::{Examined, Outcome, Progress, Settings, recorded};

/// What is to be ingested.
pub struct Ingest<'a> {
    /// The case.
    pub directory: &'a Path,
    /// What was listed.
    pub inputs: Vec<Input>,
    /// What was said of it; what was said earlier holds on.
    pub said: Said,
    /// Makes settings of what was said, now and earlier.
    pub settings: &'a dyn Fn(&Said) -> Result<Settings, String>,
    /// The patterns.
    pub pack: &'a Pack,
    /// Keep a copy of all text in the case.
    pub embed: bool,
    /// Build the index of words.
    pub index: bool,
}

/// Hears how far an ingest is.
pub trait Watch {
    /// A step begins that will read so many bytes.
    fn begin(&self, step: &str, bytes: u64) -> Box<dyn Progress + '_>;
}

/// What an ingest did.
#[derive(Debug)]
pub struct Ingested {
    /// The case as it is now.
    pub manifest: Manifest,
    /// Paths that are new or have changed.
    pub fresh: Vec<String>,
    /// Paths whose content was in the case already, under another path.
    pub known: Vec<(String, String)>,
    /// Stopped before all was read.
    pub incomplete: bool,
    /// Findings that hold: severity and id.
    pub findings: Vec<crate::finding::Finding>,
}

/// Ingests.
pub fn ingest(plan: Ingest<'_>, watch: &dyn Watch) -> Result<Ingested, Fault> {
    let directory = plan.directory;
    let lock = lock(directory)?;
    let old = match Manifest::read(directory) {
        Ok(manifest) => Some(manifest),
        Err(_) if !directory.join("manifest.json").exists() => None,
        Err(fault) => return Err(fault),
    };
    if let Some(old) = &old {
        old.sweep(directory);
    } else {
        Manifest::default().sweep(directory);
    }
    let mut said = old.as_ref().map(|old| old.said.clone()).unwrap_or_default();
    said.year = plan.said.year.or(said.year);
    said.collected_at = plan.said.collected_at.or(said.collected_at);
    said.zones.extend(plan.said.zones.iter().filter(|zone| !said.zones.contains(zone)).cloned().collect::<Vec<_>>());
    said.nodes.extend(plan.said.nodes.iter().filter(|node| !said.nodes.contains(node)).cloned().collect::<Vec<_>>());
    let settings = (plan.settings)(&said).map_err(Fault::new)?;
    let union = unite(directory, old.as_ref(), plan.inputs)?;
    let embedded = plan.embed || old.as_ref().is_some_and(|old| old.embedded);
    let unchanged = old.as_ref().is_some_and(|old| {
        union.fresh.is_empty()
            && old.said == said
            && old.patterns == plan.pack.sha256()
            && old.tool == env!("CARGO_PKG_VERSION")
            && old.embedded == embedded
            && !old.incomplete
    });
    let (mut manifest, findings) = match old {
        Some(old) if unchanged => (old, Vec::new()),
        old => timeline(directory, old, said, &union, embedded, plan.pack, &settings, watch)?,
    };
    let incomplete = manifest.incomplete;
    if plan.index && !settings.stop.asked() {
        word_index::complete(directory, &mut manifest, &settings, watch)?;
    }
    drop(lock);
    Ok(Ingested { manifest, fresh: union.fresh, known: union.known, incomplete, findings })
}

/// All inputs of the case, old and new.
struct Union {
    inputs: Vec<Input>,
    given: Vec<Given>,
    fresh: Vec<String>,
    known: Vec<(String, String)>,
    /// Old paths of logs that were collected again under another path, when they had grown: by new path.
    grown: BTreeMap<String, String>,
}

/// Joins old and new inputs, each content once.
fn unite(directory: &Path, old: Option<&Manifest>, inputs: Vec<Input>) -> Result<Union, Fault> {
    let mut union = Union { inputs: Vec::new(), given: Vec::new(), fresh: Vec::new(), known: Vec::new(), grown: BTreeMap::new() };
    let case = fs::canonicalize(directory).map_err(|error| Fault::file("find", directory, &error))?;
    for input in inputs {
        let file = match &input.origin {
            Origin::File(path) => Some(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
            _ => None,
        };
        if file.as_ref().is_some_and(|file| file.starts_with(&case)) {
            continue;
        }
        let (bytes, modified) = file.as_deref().map_or((input.size, None), measured);
        let mut given = Given { path: input.path.clone(), file, bytes, modified, sha256: String::new() };
        let before = |known: &&Given| known.path == given.path;
        let known = old.and_then(|old| old.inputs.iter().find(before));
        let alike = old.into_iter().flat_map(|old| &old.inputs);
        if let Some(file) = &given.file
            && (known.is_some() || alike.clone().any(|known| known.bytes == given.bytes))
        {
            given.sha256 = hash(file, None)?;
        }
        match known {
            Some(known) if !given.sha256.is_empty() && known.sha256 == given.sha256 => {}
            _ => {
                let same = alike.clone().find(|known| known.path != given.path && !given.sha256.is_empty() && known.sha256 == given.sha256);
                if let Some(same) = same {
                    union.known.push((given.path.clone(), same.path.clone()));
                    continue;
                }
                // The same log, collected again when it had grown.
                let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                for known in alike.filter(|known| known.path != given.path && known.bytes < given.bytes && known.bytes > 0 && name(&known.path) == name(&given.path)) {
                    if let Some(file) = &given.file
                        && hash(file, Some(known.bytes))? == known.sha256
                    {
                        union.grown.insert(given.path.clone(), known.path.clone());
                    }
                }
                union.fresh.push(given.path.clone());
            }
        }
        union.inputs.push(input);
        union.given.push(given);
    }
    let here: BTreeSet<String> = union.given.iter().map(|given| given.path.clone()).collect();
    for known in old.into_iter().flat_map(|old| &old.inputs) {
        if here.contains(&known.path) || union.grown.values().any(|grown| *grown == known.path) {
            continue;
        }
        let (input, given, fresh) = again(directory, old, known)?;
        if fresh {
            union.fresh.push(given.path.clone());
        }
        union.inputs.push(input);
        union.given.push(given);
    }
    Ok(union)
}

/// An input of an earlier ingest, to be read again.
fn again(directory: &Path, old: Option<&Manifest>, known: &Given) -> Result<(Input, Given, bool), Fault> {
    if let Some(file) = known.file.as_ref().filter(|file| file.is_file()) {
        let (bytes, modified) = measured(file);
        let sha256 = hash(file, None)?;
        let fresh = sha256 != known.sha256;
        let given = Given { bytes, modified, sha256, ..known.clone() };
        return Ok((Input { path: known.path.clone(), origin: Origin::File(file.clone()), size: bytes }, given, fresh));
    }
    // What was one text of one source can be read from the store.
    let old = old.ok_or_else(|| Fault::new("no case"))?;
    let held = old.sources.iter().find(|held| held.path == known.path);
    if let Some(Held { text: Place::Store { first, blocks }, bytes, .. }) = held {
        let timeline = directory.join(&old.timeline);
        let store = store::Store::open(&timeline).map_err(|error| Fault::file("read", &timeline, &error))?;
        let text = store.whole(*first, *blocks).map_err(|error| Fault::file("read", &timeline, &error))?;
        return Ok((Input { path: known.path.clone(), origin: Origin::Memory(text), size: *bytes }, known.clone(), false));
    }
    let gone = known.file.as_deref().unwrap_or_else(|| Path::new("-")).display().to_string();
    Err(Fault::new(format!("`{gone}` is in the case and can no longer be read; clocks and findings are made of all inputs together"))
        .hint("put it back, or ingest what there is into another case; ingest with --embed keeps a copy of logs in the case"))
}

fn measured(file: &Path) -> (u64, Option<i64>) {
    let about = fs::metadata(file).ok();
    let modified = about.as_ref().and_then(|about| about.modified().ok()).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    (about.map_or(0, |about| about.len()), modified.map(|since| since.as_nanos() as i64))
}

/// Hex SHA-256 of a file, or of its first bytes.
pub(super) fn hash(path: &Path, first: Option<u64>) -> Result<String, Fault> {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?.take(first.unwrap_or(u64::MAX));
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 256 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => hash.update(buffer.get(..read).unwrap_or_default()),
            }
        }
        use std::fmt::Write as _;
        Ok(hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let written = write!(hex, "{byte:02x}");
            debug_assert!(written.is_ok());
            hex
        }))
    };
    read().map_err(|error| Fault::file("read", path, &error))
}

/// Builds and commits a timeline.
#[expect(clippy::too_many_arguments, reason = "called once, from the step before")]
fn timeline(
    directory: &Path,
    old: Option<Manifest>,
    said: Said,
    union: &Union,
    embedded: bool,
    pack: &Pack,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<(Manifest, Vec<crate::finding::Finding>), Fault> {
    let generation = old.as_ref().map_or(0, |old| old.generation) + 1;
    let name = format!("timeline-{generation:06}");
    let target = directory.join(&name);
    let failed = |error: &std::io::Error| Fault::file("write", &target, error);
    fs::create_dir_all(&target).map_err(|error| failed(&error))?;
    let spill = directory.join("spill");
    let plain = union.inputs.iter().filter(|input| matches!(input.origin, Origin::File(_))).map(|input| input.path.clone());
    let keep = Keep { all: embedded, files: plain.collect() };
    let spilling = Spill::new(&spill, &target.join(store::FILE), keep).map_err(|error| failed(&error))?;
    let examined = {
        let total = union.inputs.iter().map(|input| input.size).sum();
        let bar = watch.begin("read", total);
        recorded(&union.inputs, pack, settings, &*bar, Some(&spilling)).map_err(|error| Fault::new(error.to_string()))?
    };
    let spilt = spilling.finish().map_err(|error| failed(&error))?;
    let Examined { sources, signals, seen, collected_at, incomplete, recorded: tracks } = examined;
    let parts: Vec<Part<'_>> = sources
        .iter()
        .zip(&tracks)
        .map(|(source, (track, settled))| Part { source, settled, track: track.and_then(|track| spilt.tracks.get(track as usize)) })
        .collect();
    story::write_signals(&target, &signals, pack).map_err(|error| failed(&error))?;
    let told = account(&Library::from(pack), Inquest { sources: &sources, signals });
    build(&target, &spilt, &parts).and_then(|built| {
        let outcome = Outcome { sources: sources.clone(), findings: told.findings.clone(), signals: seen, collected_at, incomplete };
        let report = Report { outcome, patterns: pack.sha256().to_owned(), seconds: 0.0 };
        story::write(&target, &report, &told.intervals, &told.aliases, pack)?;
        sync_directory(&target)?;
        Ok(built)
    })
    .map_err(|error| failed(&error))
    .and_then(|built| {
        let given = union.given.iter().map(|given| finished(given.clone(), &sources)).collect::<Result<Vec<_>, Fault>>()?;
        let held = sources.iter().zip(&parts).enumerate().map(|(index, (source, part))| {
            let (first, rows) = built.reach.get(index).copied().unwrap_or_default();
            let (block, blocks) = built.blocks.get(index).copied().unwrap_or_default();
            let whole = given.iter().find(|given| given.path == source.path);
            let text = match (part.track, whole.and_then(|given| Some((given.file.clone()?, given)))) {
                (None, _) => Place::Nowhere,
                (Some(_), Some((file, given))) if blocks == 0 => Place::Original { file, bytes: given.bytes, modified: given.modified },
                (Some(_), _) => Place::Store { first: block, blocks },
            };
            let was = union.grown.get(&source.path).unwrap_or(&source.path);
            let before = old.as_ref().and_then(|old| old.sources.iter().find(|held| held.path == *was));
            let mut earlier = before.map(|before| before.earlier.clone()).unwrap_or_default();
            earlier.extend(before.filter(|before| before.sha256 != source.sha256).map(|before| before.sha256.clone()));
            Held { path: source.path.clone(), about: json::source_value(source), sha256: source.sha256.clone(), earlier, bytes: source.bytes, first, rows, text }
        });
        let manifest = Manifest {
            schema: SCHEMA.into(),
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION").into(),
            patterns: pack.sha256().to_owned(),
            generation,
            said,
            sources: held.collect(),
            inputs: given.clone(),
            rows: built.rows,
            timeline: name.clone(),
            files: build::files(&target).map_err(|error| failed(&error))?,
            words: word_index::kept(old.as_ref(), &sources, &built.reach),
            collected_at: collected_at.map(|stamp| stamp.ns),
            signals: seen,
            incomplete,
            embedded,
        };
        manifest.commit(directory)?;
        manifest.sweep(directory);
        Ok((manifest, told.findings))
    })
}

/// Fills in the hash of a given file: that of its source where it is one, else its own.
fn finished(mut given: Given, sources: &[crate::source::Source]) -> Result<Given, Fault> {
    if given.sha256.is_empty() {
        given.sha256 = match (sources.iter().find(|source| source.path == given.path && !source.sha256.is_empty()), &given.file) {
            (Some(source), _) => source.sha256.clone(),
            (None, Some(file)) => hash(file, None)?,
            (None, None) => String::new(),
        };
    }
    Ok(given)
}
