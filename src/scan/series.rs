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
        let name = rotated(&reading.path);
        let is_text = is_dated(reading) || !matches!(name.turn, Turn::Dated(_)) && reading.found.summary.entries > 0;
        if reading.within.is_none() && is_text && !reading.is_twin {
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
    let first = |index: usize| slots.get(index).and_then(Option::as_deref).and_then(|reading| reading.found.summary.first);
    let counted = group.iter().any(|(_, turn)| matches!(turn, Turn::Back(_)));
    let dated = group.iter().any(|(_, turn)| matches!(turn, Turn::Dated(_)));
    let ends = group.iter().filter_map(|(index, _)| first(*index));
    let (known, shape) = (ends.clone().count(), ends.clone().next()?.0.shape);
    // Without stamps, or without their year, numbers tell the order; two ways of naming do not.
    let by_number_only = known < group.len();
    if counted && dated && (by_number_only || shape == Shape::Yearless) || by_number_only && !counted {
        return None;
    }
    if !(counted && dated) {
        group.sort_by_key(|(_, turn)| match turn {
            Turn::Back(back) => -i128::from(*back),
            Turn::Dated(date) => i128::from(*date),
            Turn::Current => i128::MAX,
        });
        let told = remarks(slots, &group, true);
        if told.is_some() || by_number_only || shape == Shape::Yearless {
            return told.map(|notes| (group.into_iter().map(|(index, _)| index).collect(), notes));
        }
    }
    group.sort_by_key(|(index, _)| first(*index).map(|(first, _)| first.ns));
    remarks(slots, &group, false).map(|notes| (group.into_iter().map(|(index, _)| index).collect(), notes))
}

/// What is to be said of files in this order, which their names tell or only their stamps. `None`: their contents do not follow each other.
fn remarks(slots: &[Option<Apart>], group: &[(usize, Turn)], named: bool) -> Option<Vec<String>> {
    let file = |(index, turn): &(usize, Turn)| Some((slots.get(*index)?.as_deref()?, *turn));
    let files: Vec<(&Reading, Turn)> = group.iter().map(file).collect::<Option<_>>()?;
    let mut notes = Vec::new();
    // What has no stamps, as the middle of a stack, stands where its number says.
    let dated: Vec<(&Reading, Turn)> = files.iter().copied().filter(|(file, _)| is_dated(file)).collect();
    for pair in dated.windows(2) {
        let ((a, older), (b, newer)) = (pair[0], pair[1]);
        let (last, first) = (a.found.summary.last?.0, b.found.summary.first?.0);
        // Where names tell the order, a file may begin within a stack, or with a stamp of another clock than the one before ends with.
        let goes_on = if named && last.shape != first.shape { [last, first].iter().all(is_of_a_server) } else { follows(last, first) };
        let formats = [a, b].map(|file| format_of(&file.found.summary));
        let is_one = formats[0] == formats[1] || named && formats.contains(&"text");
        if !goes_on || !is_one || !same_place(a, b) {
            return None;
        }
        let silence = first.ns.saturating_sub(last.ns);
        let is_between =
            |turn: &Turn| matches!((older, turn, newer), (Turn::Back(older), Turn::Back(at), Turn::Back(newer)) if older > *at && *at > newer);
        let there = files.iter().filter(|(_, turn)| is_between(turn)).count();
        if let (Turn::Back(older), Turn::Back(newer)) = (older, newer)
            && older.saturating_sub(newer) as usize > there + 1
        {
            notes.push(format!("{} and {} are not neighbours: what stood between is missing", a.path, b.path));
        } else if silence > LONG {
            notes.push(format!("{} ends {} before {} begins", a.path, human(silence), b.path));
        }
    }
    let fits = |file: &Reading| {
        let of_all = |(first, _): &(&Reading, Turn)| {
            let format = format_of(&file.found.summary);
            (file.at.component.is_none() || file.at.component == first.at.component)
                && (format == "text" || format == format_of(&first.found.summary))
        };
        is_dated(file) || dated.first().is_some_and(of_all)
    };
    files.iter().all(|(file, _)| fits(file)).then_some(notes)
}

fn is_dated(reading: &Reading) -> bool {
    reading.found.summary.first.is_some()
}

/// Stamps as one server may write several: its records', its crash report's, its monitors'.
fn is_of_a_server(stamp: &RawTime) -> bool {
    matches!(stamp.shape, Shape::Zoned | Shape::Local | Shape::DayUtc | Shape::DayLocal)
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

/// Whether two files may be of one log. A kubelet names its node where it begins, and beside a server its entrypoint may speak: the files before and
/// after need not tell as much.
fn same_place(a: &Reading, b: &Reading) -> bool {
    let same_node = a.at.node == b.at.node || a.at.node.is_none() || b.at.node.is_none();
    let same_component = a.at.component == b.at.component || a.at.component.is_none() || b.at.component.is_none();
    same_node && same_component && (&a.at.pod, &a.at.uid, &a.at.container) == (&b.at.pod, &b.at.uid, &b.at.container)
}

/// The one node that files of one log name; nothing where they name several.
fn one_node(files: &[Reading]) -> Option<String> {
    let mut nodes = files.iter().filter_map(|file| file.at.node.as_ref());
    let first = nodes.next()?;
    nodes.all(|node| node == first).then(|| first.clone())
}
