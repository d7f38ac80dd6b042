//! Rotated series: files of like names whose contents follow each other are one source.
//!
//! In: readings by path. Out: the same, series joined. Must not know: what a series says.

use std::collections::{BTreeMap, BTreeSet};

use super::join;
use super::read::{Apart, Reading, format_of};
use crate::observe::Observer;
use crate::open::series::{Turn, rotated};
use crate::time::{DAY, RawTime, SECOND, Shape, human};

/// Records at the seam may be this much out of order.
const SLACK: i64 = 2 * SECOND;
/// A longer silence at a seam is told.
const LONG: i64 = 600 * SECOND;

/// Joins what belongs together. The joined source stands where its newest file stood.
pub(super) fn join(readings: Vec<Apart>, observer: &Observer<'_>) -> Vec<Apart> {
    let mut groups: BTreeMap<String, Vec<(usize, Turn)>> = BTreeMap::new();
    for (index, reading) in readings.iter().enumerate() {
        let whole = reading.within.is_none() && reading.found.summary.first.is_some() && !reading.is_twin;
        if whole {
            let name = rotated(&reading.path);
            groups.entry(name.stem).or_default().push((index, name.turn));
        }
    }
    // What is a section of a file cannot be joined, nor can its file.
    let split: BTreeSet<String> = readings.iter().filter_map(|reading| reading.within.clone()).collect();
    let mut slots: Vec<Option<Apart>> = readings.into_iter().map(Some).collect();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        if group.iter().any(|(index, _)| slots[*index].as_ref().is_none_or(|reading| split.contains(&reading.path))) {
            continue;
        }
        let Some((order, notes)) = order(&slots, group) else { continue };
        let mut files: Vec<Reading> = order.iter().filter_map(|index| slots[*index].take()).map(|reading| *reading).collect();
        let node = one_node(&files);
        for file in &mut files {
            file.at.node = file.at.node.take().or_else(|| node.clone());
        }
        if let (Some(newest), Some(mut joined)) = (order.last(), join::series(files, observer)) {
            joined.notes.extend(notes);
            slots[*newest] = Some(Box::new(joined));
        }
    }
    slots.into_iter().flatten().collect()
}

/// The files of a group, oldest first, and what is to be said of them. `None`: their contents do not follow each other.
fn order(slots: &[Option<Apart>], mut group: Vec<(usize, Turn)>) -> Option<(Vec<usize>, Vec<String>)> {
    let reading = |index: usize| slots.get(index).and_then(Option::as_deref);
    let ends = |index: usize| {
        let summary = &reading(index)?.found.summary;
        Some((summary.first?.0, summary.last?.0))
    };
    let shape = ends(group.first()?.0)?.0.shape;
    let counted = group.iter().any(|(_, turn)| matches!(turn, Turn::Back(_)));
    let dated = group.iter().any(|(_, turn)| matches!(turn, Turn::Dated(_)));
    if shape == Shape::Yearless {
        // Without a year, names tell the order; two ways of naming do not.
        if counted && dated {
            return None;
        }
        group.sort_by_key(|(_, turn)| match turn {
            Turn::Back(back) => -i128::from(*back),
            Turn::Dated(date) => i128::from(*date),
            Turn::Current => i128::MAX,
        });
    } else {
        group.sort_by_key(|(index, _)| ends(*index).map(|(first, _)| first.ns));
    }
    let mut notes = Vec::new();
    for pair in group.windows(2) {
        let (a, b) = (reading(pair[0].0)?, reading(pair[1].0)?);
        let ((_, last), (first, _)) = (ends(pair[0].0)?, ends(pair[1].0)?);
        if !follows(last, first) || format_of(&a.found.summary) != format_of(&b.found.summary) || !same_place(a, b) {
            return None;
        }
        let silence = first.ns.saturating_sub(last.ns);
        if let (Turn::Back(older), Turn::Back(newer)) = (pair[0].1, pair[1].1)
            && older > newer.saturating_add(1)
        {
            notes.push(format!("{} and {} are not neighbours: what stood between is missing", a.path, b.path));
        } else if silence > LONG {
            notes.push(format!("{} ends {} before {} begins", a.path, human(silence), b.path));
        }
    }
    Some((group.into_iter().map(|(index, _)| index).collect(), notes))
}

fn follows(last: RawTime, first: RawTime) -> bool {
    if last.shape != first.shape {
        return false;
    }
    let step = first.ns.saturating_sub(last.ns);
    match last.shape {
        Shape::Zoned | Shape::Local => step >= -SLACK,
        Shape::Yearless => !(-180 * DAY..-SLACK).contains(&step),
        _ => false,
    }
}

/// Whether two files may be of one log. A kubelet names its node where it begins: the files before and after need not.
fn same_place(a: &Reading, b: &Reading) -> bool {
    let same_node = a.at.node == b.at.node || a.at.node.is_none() || b.at.node.is_none();
    same_node && (&a.at.pod, &a.at.uid, &a.at.container, a.at.component) == (&b.at.pod, &b.at.uid, &b.at.container, b.at.component)
}

/// The one node that files of one log name; nothing where they name several.
fn one_node(files: &[Reading]) -> Option<String> {
    let mut nodes = files.iter().filter_map(|file| file.at.node.as_ref());
    let first = nodes.next()?;
    nodes.all(|node| node == first).then(|| first.clone())
}
