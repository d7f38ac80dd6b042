//! Verifying: whether a case is what was written, and its originals what they were.
//!
//! In: a case. Out: what has changed. Must not know: how it is shown.

use rayon::prelude::*;

use super::unite::hash;
use super::{Case, Fault, word_index};

/// Something that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// A path: of an original as it was given, or of a file inside the case.
    pub path: String,
    /// What has happened to it.
    pub what: String,
    /// Whether it is the case itself that is damaged.
    pub damage: bool,
}

/// Files and segments of the case that are not as they were written: of the timeline, and of the index of words.
pub(super) fn damage(case: &Case) -> (Vec<String>, Vec<String>) {
    let columns = super::COLUMNS.iter().zip(&case.columns).filter(|(_, column)| !column.is_sound()).map(|(name, _)| *name);
    let names = (!case.names.is_sound()).then_some(super::build::NAMES);
    let store = case.files.store().filter(|store| !store.is_sound()).map(|_| super::store::FILE);
    (
        columns
            .chain(names)
            .chain(case.groups.damaged())
            .chain(case.tally.damaged())
            .chain(case.sieve.damaged())
            .chain(store)
            .map(ToOwned::to_owned)
            .collect(),
        word_index::damaged(case.directory(), case.manifest()),
    )
}

/// Reads everything again and compares.
pub fn verify(case: &Case) -> Result<Vec<Change>, Fault> {
    let (timeline, words) = damage(case);
    let damaged = |path: String| Change { path, what: "is not as it was written; run `necropsy ingest` to build it anew".into(), damage: true };
    let mut changes: Vec<Change> = timeline.into_iter().chain(words).map(damaged).collect();
    let given = &case.manifest().inputs;
    let compared: Vec<Option<Change>> = given
        .par_iter()
        .map(|given| {
            let file = given.file.as_ref()?;
            let change = |what: String| Some(Change { path: given.path.clone(), what, damage: false });
            let Ok(about) = file.metadata() else { return change("is gone".into()) };
            match hash(file, None) {
                Err(fault) => change(format!("cannot be read: {}", fault.what())),
                Ok(sha256) if sha256 == given.sha256 => None,
                Ok(_) if about.len() > given.bytes => match hash(file, Some(given.bytes)) {
                    Ok(sha256) if sha256 == given.sha256 => {
                        change(format!("has grown by {} bytes; `necropsy ingest` takes them up", about.len() - given.bytes))
                    }
                    _ => change("is another file now: its SHA-256 differs".into()),
                },
                Ok(_) => change("was changed: its SHA-256 differs".into()),
            }
        })
        .collect();
    changes.extend(compared.into_iter().flatten());
    Ok(changes)
}
