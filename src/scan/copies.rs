//! Copies: a large file that lies there twice is read once.
//!
//! In: inputs; readings of originals. Out: which inputs may be copies of which; readings of those that are. Must not know: what the records say.
//!
//! Size and first bytes only make a file suspect. It is hashed to its end, which costs far less than reading its records, and is read like any
//! other where it differs. Small files and members of archives are read before they are known for twins: hashing them alone would save nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;

use super::Settings;
use super::read::{Apart, Reading, settle_whereabouts};
use super::twins::known;
use crate::open::{Input, Origin};

/// Smaller files are not worth a second look.
const LEAST_BYTES: u64 = 256 << 10;
/// First bytes that copies have in common.
const FIRST_BYTES: usize = 4096;

/// Inputs that may be copies, and of which: the one speaks whose path tells most, then the first.
pub(super) fn suspects(inputs: &[Input], settings: &Settings) -> BTreeMap<usize, usize> {
    let mut sizes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate() {
        if input.size >= LEAST_BYTES && !input.members_only && matches!(input.origin, Origin::File(_)) {
            sizes.entry(input.size).or_default().push(index);
        }
    }
    let mut alike: BTreeMap<(u64, Vec<u8>), Vec<usize>> = BTreeMap::new();
    for (size, group) in sizes.into_iter().filter(|(_, group)| group.len() > 1) {
        for index in group {
            if let Some(first) = inputs.get(index).and_then(first_bytes) {
                alike.entry((size, first)).or_default().push(index);
            }
        }
    }
    let mut suspects = BTreeMap::new();
    for mut group in alike.into_values().filter(|group| group.len() > 1) {
        let path = |index: usize| inputs.get(index).map_or("", |input| input.path.as_str());
        group.sort_by_key(|index| (std::cmp::Reverse(known(&settings.layout(path(*index)).at)), path(*index), *index));
        if let Some((original, copies)) = group.split_first() {
            suspects.extend(copies.iter().map(|copy| (*copy, *original)));
        }
    }
    suspects
}

fn first_bytes(input: &Input) -> Option<Vec<u8>> {
    let Origin::File(path) = &input.origin else { return None };
    // A pipe can be read once, and some files of /proc are never the same.
    fs::metadata(path).ok().filter(|about| about.is_file() && about.len() == input.size)?;
    let mut first = Vec::with_capacity(FIRST_BYTES);
    File::open(path).ok()?.take(FIRST_BYTES as u64).read_to_end(&mut first).ok()?;
    Some(first)
}

/// What was read of an original, as if it had been read of its copy.
pub(super) fn readings(original: &str, readings: &[Apart], copy: &str, settings: &Settings) -> Vec<Reading> {
    let renamed = |path: &str| path.strip_prefix(original).map(|rest| format!("{copy}{rest}"));
    let copied = |reading: &Reading| {
        let path = renamed(&reading.path)?;
        let mut at = settings.layout(&path).at;
        settle_whereabouts(&mut at, &reading.found.summary, None);
        Some(Reading {
            at,
            wrappers: reading.wrappers.clone(),
            found: Box::new(reading.found.without_signals()),
            bytes: reading.bytes,
            lines: reading.lines,
            sha256: reading.sha256.clone(),
            problems: reading.problems.clone(),
            notes: reading.notes.clone(),
            cut: reading.cut,
            within: reading.within.as_deref().and_then(renamed),
            is_twin: true,
            path,
            ..Reading::default()
        })
    };
    readings.iter().filter_map(|reading| copied(reading)).collect()
}
