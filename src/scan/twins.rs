//! Twins: a file that lies in the input twice speaks once.
//!
//! In: readings. Out: the same; of files with the same bytes only one keeps its records. Must not know: what the records say.

use std::collections::BTreeMap;

use super::anchors::Anchors;
use super::jumps::Jumps;
use super::read::{Apart, Reading};
use super::silence::Silence;
use crate::source::Whereabouts;

/// Silences all but one of the files that are equal byte by byte. The one speaks whose whereabouts are known best, then the first.
pub(super) fn silence(readings: &mut [Apart]) {
    let dated = |reading: &Reading| reading.found.summary.first.is_some();
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut sections: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, reading) in readings.iter().enumerate() {
        if let Some(path) = &reading.within {
            sections.entry(path.clone()).or_default().push(index);
        }
        if reading.within.is_none() && !reading.sha256.is_empty() {
            alike.entry(reading.sha256.clone()).or_default().push(index);
        }
    }
    let sections = |path: &str| sections.get(path).map_or(&[][..], Vec::as_slice);
    for mut group in alike.into_values().filter(|group| group.len() > 1) {
        // Lists of nothing and the like are equal without being copies.
        let is_dated = |index: &usize| {
            readings[*index].is_twin || dated(&readings[*index]) || sections(&readings[*index].path).iter().any(|at| dated(&readings[*at]))
        };
        if !group.iter().any(is_dated) {
            continue;
        }
        group.sort_by_key(|index| (readings[*index].is_twin, std::cmp::Reverse(known(&readings[*index].at)), *index));
        let Some((kept, others)) = group.split_first() else { continue };
        let path = readings[*kept].path.clone();
        for other in others {
            let parts = sections(&readings[*other].path);
            let at = readings[*other].at.clone();
            for index in parts.iter().chain([other]) {
                hush(&mut readings[*index], &path);
            }
            let own = &mut readings[*kept].at;
            own.node = own.node.take().or(at.node);
            own.pod = own.pod.take().or(at.pod);
            own.uid = own.uid.take().or(at.uid);
            own.container = own.container.take().or(at.container);
        }
    }
}

/// How much is known of whose a file is.
pub(super) fn known(at: &Whereabouts) -> u8 {
    u8::from(at.uid.is_some()) * 4 + u8::from(at.pod.is_some()) * 2 + u8::from(at.node.is_some())
}

fn hush(reading: &mut Reading, kept: &str) {
    reading.is_twin = true;
    let found = &mut reading.found;
    found.signals.clear();
    found.noise.clear();
    reading.held = 0;
    found.undated.clear();
    found.summary.anchors = Anchors::default();
    found.summary.silence = Silence::default();
    found.summary.jumps = Jumps::default();
    reading.notes.push(format!("same content as {kept}: its records count once"));
}
