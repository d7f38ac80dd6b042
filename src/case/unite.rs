//! Uniting: the inputs of a case, old and new, each content once.
//!
//! In: what was given before and now. Out: what is to be read, what is new, what is known, what is gone. Must not know: rows, findings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::fault::Fault;
use super::manifest::{Given, Manifest, Place, Stretch};
use super::store;
use crate::open::{Input, Origin};

/// All inputs of the case, old and new.
#[derive(Debug, Default)]
pub(super) struct Union {
    pub(super) inputs: Vec<Input>,
    pub(super) given: Vec<Given>,
    pub(super) fresh: Vec<String>,
    pub(super) known: Vec<(String, String)>,
    /// Old paths of logs that were collected again under another path, when they had grown.
    pub(super) grown: BTreeSet<String>,
    /// SHA-256 of what is read from the store, by path.
    pub(super) restored: BTreeMap<String, String>,
    /// What can be read nowhere any more.
    pub(super) gone: Vec<Given>,
}

/// Joins old and new inputs, each content once.
pub(super) fn unite(directory: &Path, old: Option<&Manifest>, inputs: Vec<Input>) -> Result<Union, Fault> {
    let mut union = Union::default();
    let listed: BTreeSet<String> = inputs.iter().map(|input| input.path.clone()).collect();
    let case = fs::canonicalize(directory).map_err(|error| Fault::file("find", directory, &error))?;
    for mut input in inputs {
        let file = match &input.origin {
            // A pipe can be read once.
            Origin::File(path) if fs::metadata(path).is_ok_and(|about| !about.is_file()) => None,
            Origin::File(path) => Some(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
            _ => None,
        };
        if file.as_ref().is_some_and(|file| file.starts_with(&case)) {
            continue;
        }
        let (bytes, modified) = file.as_deref().map_or((input.size, None), measured);
        let skipped = match &input.origin {
            Origin::Skipped(why) => Some(why.clone()),
            _ => None,
        };
        let mut given = Given { path: input.path.clone(), file, bytes, modified, members_only: input.members_only, skipped, ..Given::default() };
        let by_path = |path: &str| old.and_then(|old| old.inputs.iter().find(|known| known.path == path));
        // The path of a file that means another one in the case: the new one goes by its path in full.
        let means_another = |known: &&Given| known.file.is_some() && given.file.is_some() && known.file != given.file;
        if by_path(&given.path).filter(means_another).and_then(|known| known.file.as_deref()).is_some_and(Path::is_file)
            && let Some(full) = &given.file
        {
            given.path = full.display().to_string();
            input.path.clone_from(&given.path);
        }
        let known = by_path(&given.path);
        let alike = old.into_iter().flat_map(|old| &old.inputs);
        if let Some(file) = &given.file
            && (known.is_some() || alike.clone().any(|known| known.bytes == given.bytes))
        {
            // What cannot be read is told by the scan.
            given.sha256 = hash(file, None).unwrap_or_default();
        }
        match known {
            Some(known) if !given.sha256.is_empty() && known.sha256 == given.sha256 => {}
            _ => {
                // What is given again under its own path may be something else by now.
                let same = alike.clone().find(|known| !listed.contains(&known.path) && !given.sha256.is_empty() && known.sha256 == given.sha256);
                if let Some(same) = same {
                    union.known.push((given.path.clone(), same.path.clone()));
                    continue;
                }
                // The same log, collected again when it had grown.
                let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                let longer = given.clone();
                let shorter = alike.filter(|known| {
                    known.path != longer.path && known.bytes < longer.bytes && known.bytes > 0 && name(&known.path) == name(&longer.path)
                });
                for known in shorter {
                    if let Some(file) = &longer.file
                        && hash(file, Some(known.bytes))? == known.sha256
                    {
                        union.grown.insert(known.path.clone());
                        before(&mut given, known)?;
                    }
                }
                union.fresh.push(given.path.clone());
            }
        }
        if let Some(known) = known {
            before(&mut given, known)?;
        }
        union.inputs.push(input);
        union.given.push(given);
    }
    let here: BTreeSet<String> = union.given.iter().map(|given| given.path.clone()).collect();
    for known in old.into_iter().flat_map(|old| &old.inputs) {
        if here.contains(&known.path) || union.grown.contains(&known.path) {
            continue;
        }
        again(directory, old, known, &mut union)?;
    }
    union.gone.retain(|gone| !gone.sha256.is_empty());
    // What was gone and is back is new again.
    let lost: Vec<&Stretch> = old.into_iter().flat_map(|old| &old.sources).filter(|held| held.gone).flat_map(|held| &held.stretches).collect();
    for given in union.given.iter().filter(|given| lost.iter().any(|stretch| stretch.is_of(given))) {
        if !union.gone.iter().any(|gone| gone.path == given.path) && !union.fresh.contains(&given.path) {
            union.fresh.push(given.path.clone());
        }
    }
    Ok(union)
}

/// Notes what a file was before it grew.
fn before(given: &mut Given, known: &Given) -> Result<(), Fault> {
    let Some(file) = given.file.as_ref().filter(|_| given.sha256 != known.sha256 && given.bytes > known.bytes) else {
        if given.sha256 == known.sha256 {
            given.earlier.clone_from(&known.earlier);
        }
        return Ok(());
    };
    if hash(file, Some(known.bytes))? != known.sha256 {
        return Ok(());
    }
    for sha256 in known.earlier.iter().chain([&known.sha256]) {
        if !sha256.is_empty() && !given.earlier.contains(sha256) {
            given.earlier.push(sha256.clone());
        }
    }
    Ok(())
}

/// An input of an earlier ingest, to be read again: from where it lies, or what came out of it from the store.
fn again(directory: &Path, old: Option<&Manifest>, known: &Given, union: &mut Union) -> Result<(), Fault> {
    if let Some(file) = known.file.as_ref().filter(|file| file.is_file()) {
        let (bytes, modified) = measured(file);
        let sha256 = hash(file, None).unwrap_or_default();
        let mut given = Given { bytes, modified, sha256, earlier: Vec::new(), ..known.clone() };
        if given.sha256 != known.sha256 {
            union.fresh.push(given.path.clone());
        }
        before(&mut given, known)?;
        union.inputs.push(Input { path: known.path.clone(), origin: Origin::File(file.clone()), size: bytes, members_only: known.members_only });
        union.given.push(given);
        return Ok(());
    }
    if let Some(why) = &known.skipped {
        let origin = Origin::Skipped(why.clone());
        union.inputs.push(Input { path: known.path.clone(), origin, size: 0, members_only: known.members_only });
        union.given.push(known.clone());
        return Ok(());
    }
    let Some(old) = old else { return Ok(()) };
    let timeline = directory.join(&old.timeline);
    let failed = |error: std::io::Error| Fault::file("read", &timeline, &error);
    let store = store::Store::open(&timeline).map_err(failed)?;
    let mut texts: BTreeMap<&str, (Vec<u8>, &str)> = BTreeMap::new();
    let mut whole = true;
    for stretch in old.sources.iter().flat_map(|held| &held.stretches).filter(|stretch| stretch.is_of(known)) {
        let Place::Store { first, blocks } = stretch.text else {
            whole = false;
            break;
        };
        let (text, _) = texts.entry(&stretch.path).or_insert_with(|| (Vec::new(), &stretch.sha256));
        store.lay(first, blocks, text).map_err(failed)?;
    }
    union.given.push(known.clone());
    if texts.is_empty() || !whole {
        union.gone.push(known.clone());
        return Ok(());
    }
    for (path, (text, sha256)) in texts {
        union.inputs.push(Input::memory(path, text));
        union.restored.insert(path.to_owned(), sha256.to_owned());
    }
    Ok(())
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
        Ok(hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let written = write!(hex, "{byte:02x}");
            debug_assert!(written.is_ok());
            hex
        }))
    };
    read().map_err(|error| Fault::file("read", path, &error))
}
