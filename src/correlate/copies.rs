//! Copies: one log that was collected twice must not look like two witnesses, let alone two servers.
//!
//! In: signals of all sources. Out: the signals without copies, and which instances are the same. Must not know: entities' meaning.
//!
//! A record is a copy if another source holds the same signal with the same stamp and the same line, envelopes aside (a container's log under
//! `/var/log/pods` and the file somebody made of it).

use std::collections::HashMap;

use crate::signal::{Signal, SourceId};
use crate::source::Source;
use crate::time::RawTime;

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
    let mut lists: Vec<Vec<usize>> = groups.into_values().filter(|list| list.len() > 1).collect();
    lists.sort_unstable();
    for mut list in lists {
        list.sort_by_key(|index| (std::cmp::Reverse(known(signals[*index].citation.source)), *index));
        for at in 0..list.len() {
            let kept = list[at];
            if dropped[kept] {
                continue;
            }
            for &other in &list[at + 1..] {
                if !dropped[other] && signals[kept].citation.source != signals[other].citation.source && same_line(&signals[kept], &signals[other]) {
                    dropped[other] = true;
                    pairs.push((signals[kept].citation.source, signals[other].citation.source));
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

/// One line is the end of the other: an envelope only puts something in front.
fn same_line(a: &Signal, b: &Signal) -> bool {
    let (a, b) = (a.citation.text.trim_end(), b.citation.text.trim_end());
    a.ends_with(b) || b.ends_with(a)
}
