//! Ingesting: inputs become a case, or a case takes up what is new.
//!
//! In: inputs, patterns, what was said of the input. Out: a committed case. Must not know: how it is shown, the command line.
//!
//! What a case says never depends on the order in which its inputs came: clocks and findings are those of all inputs together, so the timeline is
//! built anew whenever an input is new. What costs most, the index of words, is kept for every source whose content is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::build::{self, Part, build};
use super::fault::Fault;
use super::gone::{Kept, marked};
use super::manifest::{Given, Held, Manifest, Place, SCHEMA, Said, Stretch, VERSION, lock, sync_directory};
use super::numbering;
use super::spill::{Keep, Spill};
use super::unite::{Union, hash, unite};
use super::{store, story, word_index};
use crate::correlate::{Inquest, Library, account};
use crate::open::{Input, Origin};
use crate::pattern::Pack;
use crate::report::{Report, json};
use crate::scan::{Examined, Outcome, Progress, Settings, place, recorded};
use crate::source::Source;

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
    /// Paths that are gone and of which the case has no copy: it keeps what it has of them.
    pub gone: Vec<String>,
    /// The version of the layout that the case had, where it was an earlier one: the timeline was built anew.
    pub earlier: Option<u32>,
    /// Stopped before the index of words was complete.
    pub incomplete: bool,
    /// Findings that hold: severity and id.
    pub findings: Vec<crate::finding::Finding>,
}

/// Ingests.
pub fn ingest(plan: Ingest<'_>, watch: &dyn Watch) -> Result<Ingested, Fault> {
    let directory = plan.directory;
    let lock = lock(directory)?;
    let mut old = match Manifest::read_earlier(directory) {
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
    said.include.extend(plan.said.include.iter().filter(|glob| !said.include.contains(glob)).cloned().collect::<Vec<_>>());
    said.exclude.extend(plan.said.exclude.iter().filter(|glob| !said.exclude.contains(glob)).cloned().collect::<Vec<_>>());
    said.nodes.extend(plan.said.nodes.iter().filter(|node| !said.nodes.contains(node)).cloned().collect::<Vec<_>>());
    let settings = (plan.settings)(&said).map_err(Fault::new)?;
    let union = unite(directory, old.as_ref(), plan.inputs)?;
    let embedded = plan.embed || old.as_ref().is_some_and(|old| old.embedded);
    let sound = match &mut old {
        Some(old) => is_sound(directory, old),
        None => false,
    };
    let marked = old.as_ref().and_then(|old| marked(old, &union.gone));
    let unchanged = old.as_ref().is_some_and(|old| {
        sound
            && marked.is_some()
            && union.fresh.is_empty()
            && old.said == said
            && old.patterns == plan.pack.sha256()
            && old.tool == env!("CARGO_PKG_VERSION")
            && old.formats == numbering::formats()
            && old.components == numbering::components()
            && old.embedded == embedded
    });
    let earlier = old.as_ref().map(|old| old.version).filter(|version| *version < VERSION);
    let gone = union.gone.iter().map(|gone| gone.path.clone()).collect();
    let (mut manifest, findings) = match old {
        Some(old) if unchanged => {
            let (manifest, fresh) = marked.unwrap_or((old, false));
            if fresh {
                manifest.commit(directory)?;
            }
            (manifest, Vec::new())
        }
        // What was begun takes room that somebody may need.
        old => timeline(directory, old.as_ref(), said, &union, embedded, plan.pack, &settings, watch)
            .inspect_err(|_| old.as_ref().unwrap_or(&Manifest::default()).sweep(directory))?,
    };
    if plan.index && !settings.stop.asked() {
        word_index::complete(directory, &mut manifest, &settings, watch).inspect_err(|_| manifest.sweep(directory))?;
    }
    drop(lock);
    Ok(Ingested {
        incomplete: plan.index && !word_index::is_complete(&manifest),
        manifest,
        earlier,
        fresh: union.fresh,
        known: union.known,
        gone,
        findings,
    })
}

/// Whether the timeline is as it was written. Damaged segments of the index are taken out of the manifest.
fn is_sound(directory: &Path, old: &mut Manifest) -> bool {
    if old.version < VERSION {
        let words = word_index::damaged(directory, old);
        old.words.retain(|segment| !words.contains(&segment.directory));
        return false;
    }
    let Ok(case) = super::Case::open(directory) else { return false };
    let (timeline, words) = super::verify::damage(&case);
    old.words.retain(|segment| !words.contains(&segment.directory));
    timeline.is_empty()
}

/// Builds and commits a timeline.
#[expect(clippy::too_many_arguments, reason = "called once, from the step before")]
fn timeline(
    directory: &Path,
    old: Option<&Manifest>,
    said: Said,
    union: &Union,
    embedded: bool,
    pack: &Pack,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<(Manifest, Vec<crate::finding::Finding>), Fault> {
    let generation = old.map_or(0, |old| old.generation) + 1;
    let kept = if union.gone.is_empty() { None } else { Some(Kept::of(directory, &union.gone)?) };
    let name = format!("timeline-{generation:06}");
    let target = directory.join(&name);
    let failed = |error: &std::io::Error| Fault::file("write", &target, error);
    fs::create_dir_all(&target).map_err(|error| failed(&error))?;
    let scratch = directory.join("spill");
    let plain = union.given.iter().filter(|given| given.file.is_some()).map(|given| given.path.clone());
    let plain = plain.filter(|path| union.inputs.iter().any(|input| input.path == *path && matches!(input.origin, Origin::File(_))));
    let keep = Keep { all: embedded, files: plain.collect() };
    let recorder = Spill::new(&scratch, &target.join(store::FILE), keep).map_err(|error| failed(&error))?;
    let examined = {
        let total = union.inputs.iter().map(|input| input.size).sum();
        let bar = watch.begin("read", total);
        recorded(&union.inputs, pack, settings, &*bar, Some(&recorder)).map_err(|error| Fault::new(error.to_string()))?
    };
    let spilt = recorder.finish().map_err(|error| failed(&error))?;
    let Examined { mut sources, signals, seen, collected_at, incomplete, recorded: tracks } = examined;
    if incomplete {
        // A part of the input would stand for the whole.
        drop(fs::remove_dir_all(&target));
        drop(fs::remove_file(&scratch));
        return Err(Fault::new("stopped on request; the case is as it was").hint("run it again to ingest the input"));
    }
    for source in &mut sources {
        restore(source, &union.restored);
    }
    let parts: Vec<Part<'_>> = sources
        .iter()
        .zip(&tracks)
        .map(|(source, (tracks, settled))| {
            let tracks = tracks.iter().filter_map(|at| Some((*at, spilt.tracks.get(at.track as usize)?))).collect();
            Part { source, settled, tracks }
        })
        .collect();
    let derived = signals.iter().filter_map(|signal| {
        let known = pack.signal(signal.id).filter(|known| known.definition.derived.is_some())?;
        Some((known.definition.id.clone(), signal.citation.source, signal.citation.offset))
    });
    let derived = derived.collect();
    // What was found and what was said do not wait for each other.
    let (built, told) = rayon::join(
        || build(&target, &spilt, &parts, kept.as_ref()),
        || -> std::io::Result<_> {
            let signals = story::write_signals(&target, signals, pack)?;
            let mut told = account(&Library::from(pack), Inquest { sources: &sources, signals });
            place(&sources, &mut told.findings);
            let outcome = Outcome { sources: sources.clone(), findings: told.findings.clone(), signals: seen, collected_at, incomplete };
            let report = Report { outcome, patterns: pack.sha256().to_owned(), seconds: 0.0, filtered: None };
            story::write(&target, &report, &told.intervals, &told.aliases, pack)?;
            Ok(told)
        },
    );
    let told = told.map_err(|error| failed(&error))?;
    if let Some(kept) = &kept {
        kept.add(&target, &sources)?;
    }
    built.and_then(|built| sync_directory(&target).map(|()| built)).map_err(|error| failed(&error)).and_then(|built| {
        let given = union.given.iter().map(|given| finished(given.clone(), &sources)).collect::<Vec<_>>();
        let mut block = 0;
        let held = parts.iter().zip(&built.reach).map(|(part, (first, rows))| held(part, *first, *rows, &given, &mut block));
        let held: Vec<Held> = held.chain(kept.iter().flat_map(|kept| kept.held(&built.reach[parts.len()..]))).collect();
        let manifest = Manifest {
            schema: SCHEMA.into(),
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION").into(),
            patterns: pack.sha256().to_owned(),
            generation,
            said,
            inputs: given.clone(),
            rows: built.rows,
            timeline: name.clone(),
            files: build::files(&target).map_err(|error| failed(&error))?,
            words: word_index::kept(old, &held),
            sources: held,
            collected_at: collected_at.map(|stamp| stamp.ns),
            formats: numbering::formats(),
            components: numbering::components(),
            signals: seen,
            derived,
            embedded,
        };
        manifest.commit(directory)?;
        manifest.sweep(directory);
        Ok((manifest, told.findings))
    })
}

/// What was read from the store has the hash of what once lay there.
fn restore(source: &mut Source, restored: &BTreeMap<String, String>) {
    for part in &mut source.parts {
        if let Some(sha256) = restored.get(&part.path) {
            part.sha256.clone_from(sha256);
        }
    }
    if let Some(sha256) = restored.get(source.within.as_deref().unwrap_or(&source.path)).filter(|_| !source.sha256.is_empty()) {
        source.sha256.clone_from(sha256);
    }
}

/// A source as the case holds it. `block` counts the blocks of the store.
fn held(part: &Part<'_>, first: u64, rows: u64, given: &[Given], block: &mut u64) -> Held {
    let source = part.source;
    let mut stretches: Vec<Stretch> = Vec::new();
    for (at, track) in &part.tracks {
        let blocks = track.blocks.len() as u64;
        let (path, _, _) = source.place(at.lines_before + 1, at.bytes_before);
        let sha256 = source.parts.iter().find(|part| part.path == path).map_or(&source.sha256, |part| &part.sha256);
        let file = track.file.as_ref().and_then(|path| given.iter().find(|given| given.path == *path));
        let text = match file.and_then(|given| Some((given.file.clone()?, given))) {
            _ if blocks > 0 => Place::Store { first: *block, blocks },
            Some((file, given)) => Place::Original { file, bytes: given.bytes, modified: given.modified },
            None => Place::Nowhere,
        };
        *block += blocks;
        if track.rows > 0 {
            stretches.push(Stretch {
                path: path.to_owned(),
                sha256: sha256.clone(),
                rows: track.rows,
                lines_before: at.lines_before,
                bytes_before: at.bytes_before,
                end: at.bytes_before + track.end,
                text,
                picked: track.picked,
            });
        }
    }
    let sha256 = if source.parts.is_empty() {
        source.sha256.clone()
    } else {
        source.parts.iter().map(|part| part.sha256.as_str()).collect::<Vec<_>>().join(" ")
    };
    Held { path: source.path.clone(), about: json::source_value(source), sha256, bytes: source.bytes, first, rows, stretches, gone: false }
}

/// Fills in the hash of a given file: that of its source where it is one, else its own.
fn finished(mut given: Given, sources: &[Source]) -> Given {
    if given.sha256.is_empty() {
        given.sha256 = match (sources.iter().find(|source| source.path == given.path && !source.sha256.is_empty()), &given.file) {
            (Some(source), _) => source.sha256.clone(),
            (None, Some(file)) => hash(file, None).unwrap_or_default(),
            (None, None) => String::new(),
        };
    }
    given
}
