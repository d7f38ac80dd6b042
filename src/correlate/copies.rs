//! Copies: one log that was collected twice must not look like two witnesses, let alone two servers.
//!
//! In: signals of all sources. Out: the signals without copies, and which instances are the same. Must not know: entities' meaning.
//!
//! A record is a copy if another source holds the same signal with the same stamp and the same line, envelopes aside (a container's log under
//! `/var/log/pods` and the file somebody made of it).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::entity::{EntityId, Kind, kind_name};
use super::item::{Item, UNDATED, What};
use crate::signal::{Signal, SourceId};
use crate::source::Source;
use crate::time::{RawTime, SECOND};

/// What records of one text may be about: a printed Event says whose it is on another line than the one that is cited.
const ABOUT: [&str; 4] = ["pod", "uid", "claim", "volume"];

/// Stamps this fine tell records apart.
const FINE_NS: i64 = 1_000_000;
/// Records of one stamp that are compared with each other.
const MAX_ALIKE: usize = 64;

/// Bytes at the end of a line by which long lists are parted.
const END_BYTES: usize = 48;

/// A stamp that may be this far off only tells what a better one tells too.
const VAGUE_NS: i64 = 5 * SECOND;

/// Takes copies out of `signals` and returns the pairs of sources that hold copies of each other's records, the kept one first.
///
/// # Order
///
/// The order of the signals stays. Of two copies the one is kept whose source is known better (pod, node), then the first.
pub(super) fn drop_copies(signals: &mut Vec<Signal>, sources: &[Source]) -> Vec<(SourceId, SourceId)> {
    let known = |id: SourceId| {
        sources
            .get(id as usize)
            .map_or(0, |source| u8::from(source.at.uid.is_some()) * 4 + u8::from(source.at.pod.is_some()) * 2 + u8::from(source.at.node.is_some()))
    };
    let mut groups: HashMap<(u16, RawTime), Vec<usize>> = HashMap::new();
    for (index, signal) in signals.iter().enumerate() {
        if let Some(raw) = signal.raw_time {
            groups.entry((signal.id, raw)).or_default().push(index);
        }
    }
    let mut dropped = vec![false; signals.len()];
    let mut pairs = Vec::new();
    let several = |list: &Vec<usize>| list.iter().any(|index| signals[*index].citation.source != signals[list[0]].citation.source);
    let mut lists: Vec<Vec<usize>> = groups.into_values().filter(several).collect();
    lists.sort_unstable();
    for list in &mut lists {
        list.sort_by_key(|index| (std::cmp::Reverse(known(signals[*index].citation.source)), *index));
    }
    let lists: Vec<Vec<usize>> = lists.into_iter().flat_map(|list| alike(signals, list)).collect();
    let same = |a: &Signal, b: &Signal| same_line(a, b, sources);
    let whole = whole_copies(signals, &lists, same);
    for list in lists {
        for at in 0..list.len() {
            let kept = list[at];
            if dropped[kept] {
                continue;
            }
            for &other in &list[at + 1..] {
                let (a, b) = (signals[kept].citation.source, signals[other].citation.source);
                let fine = signals[kept].raw_time.is_some_and(|raw| raw.precision_ns <= FINE_NS);
                if !dropped[other] && a != b && (fine || whole.contains(&(a.min(b), a.max(b)))) && same(&signals[kept], &signals[other]) {
                    dropped[other] = true;
                    pairs.push((a, b));
                }
            }
        }
    }
    let mut flags = dropped.iter();
    signals.retain(|_| !flags.next().copied().unwrap_or(false));
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Takes out what says no more than something with a better stamp: the row of a table that gives only an age, where the Event itself was collected too.
pub(super) fn drop_vague(items: &mut Vec<Item>) {
    let mut exact: HashMap<(What, Kind, EntityId), Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| !is_vague(item)) {
        for (kind, id, _) in told(item) {
            exact.entry((item.what, *kind, *id)).or_default().push(index);
        }
    }
    let better = |item: &Item| {
        let Some((kind, id, _)) = told(item).next() else { return false };
        let list = exact.get(&(item.what, *kind, *id)).map_or(&[][..], Vec::as_slice);
        // The items come in order of their beginning.
        let low = list.partition_point(|index| items[*index].start.ns < item.start.earliest());
        let high = list.partition_point(|index| items[*index].start.ns <= item.start.latest());
        list.get(low..high).unwrap_or_default().iter().any(|index| {
            let other = &items[*index];
            told(item).all(|(kind, id, _)| other.entities.iter().any(|(known, same, _)| (known, same) == (kind, id)))
        })
    };
    let dropped: Vec<bool> = items.iter().map(|item| is_vague(item) && better(item)).collect();
    let mut flags = dropped.into_iter();
    items.retain(|_| !flags.next().unwrap_or(false));
}

/// Parts of a list that may hold copies of each other: all of it, or where it is long those that say the same, and those whose lines end alike. Of each
/// at most [`MAX_ALIKE`] are compared: nobody collects a log more often.
fn alike(signals: &[Signal], list: Vec<usize>) -> Vec<Vec<usize>> {
    #[derive(PartialEq, Eq, Hash)]
    enum Alike<'l> {
        Said(u32),
        End(&'l [u8]),
    }
    if list.len() <= MAX_ALIKE {
        return vec![list];
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<Alike<'_>, usize> = HashMap::new();
    for index in list {
        let said = Some(signals[index].said).filter(|said| *said != 0).map(Alike::Said);
        let line = signals[index].citation.text.trim_end().as_bytes();
        let end = Alike::End(line.get(line.len().saturating_sub(END_BYTES)..).unwrap_or_default());
        for key in said.into_iter().chain([end]) {
            let part = *places.entry(key).or_insert(parts.len());
            match parts.get_mut(part) {
                Some(part) if part.len() < MAX_ALIKE => part.push(index),
                Some(_) => {}
                None => parts.push(vec![index]),
            }
        }
    }
    parts
}

/// What an item is about, the log it stands in aside.
fn told(item: &Item) -> impl Iterator<Item = &(Kind, EntityId, Arc<str>)> {
    item.entities.iter().filter(|(kind, _, _)| kind_name(*kind) != "source")
}

fn is_vague(item: &Item) -> bool {
    item.start.ns != UNDATED.ns && item.start.doubt_ns >= VAGUE_NS
}

/// Pairs of sources of which nearly all of the smaller one's records stand in the other. Stamps of whole seconds prove nothing one by one: the members
/// of a cluster print the same line in the same second.
fn whole_copies(signals: &[Signal], lists: &[Vec<usize>], same: impl Fn(&Signal, &Signal) -> bool) -> BTreeSet<(SourceId, SourceId)> {
    // Of what is loud each source may have kept other records.
    let counts = |signal: &Signal| signal.repeats == 0;
    let mut of_source: BTreeMap<SourceId, usize> = BTreeMap::new();
    for signal in signals.iter().filter(|signal| counts(signal)) {
        *of_source.entry(signal.citation.source).or_default() += 1;
    }
    let mut shared: BTreeMap<(SourceId, SourceId), BTreeSet<usize>> = BTreeMap::new();
    for list in lists {
        for (at, &one) in list.iter().enumerate() {
            for &other in &list[at + 1..] {
                let (a, b) = (signals[one].citation.source, signals[other].citation.source);
                let known = |source| of_source.get(source).copied().unwrap_or_default();
                let smaller = if known(&a) <= known(&b) { one } else { other };
                if a != b && counts(&signals[smaller]) && same(&signals[one], &signals[other]) {
                    shared.entry((a.min(b), a.max(b))).or_default().insert(smaller);
                }
            }
        }
    }
    let whole = shared.into_iter().filter(|((a, b), records)| {
        let count = |source| of_source.get(source).copied().unwrap_or_default();
        records.len() * 10 >= count(a).min(count(b)) * 9
    });
    whole.map(|(pair, _)| pair).collect()
}

/// Both are about the same and say the same in whatever envelopes, or one line is the end of the other: an envelope that was not known only puts something in front.
fn same_line(a: &Signal, b: &Signal, sources: &[Source]) -> bool {
    let others = |kind: &&str| a.entity(kind).zip(b.entity(kind)).is_some_and(|(a, b)| a != b);
    if ABOUT.iter().any(others) {
        return false;
    }
    if a.said != 0 && a.said == b.said && !apart(a.citation.source, b.citation.source, sources) {
        return true;
    }
    let (a, b) = (a.citation.text.trim_end(), b.citation.text.trim_end());
    a.ends_with(b) || b.ends_with(a)
}

/// Whether two sources are known to be of different machines, pods or containers: the members of a cluster say the same at the same moment.
fn apart(a: SourceId, b: SourceId, sources: &[Source]) -> bool {
    let (Some(a), Some(b)) = (sources.get(a as usize), sources.get(b as usize)) else { return true };
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    differ(&a.at.node, &b.at.node) || differ(&a.at.pod, &b.at.pod) || differ(&a.at.uid, &b.at.uid) || differ(&a.at.container, &b.at.container)
}
