//! Noise: a signal that one source repeats without end is counted, not kept.
//!
//! In: the signals of one source, in order. Out: the first ones, the last ones, and how many lay between. Must not know: what they say.

use std::collections::{BTreeMap, VecDeque};

use crate::signal::{Signal, SignalId};

/// Signals of one kind kept from the beginning of a source.
pub const KEPT_FIRST: usize = 20_000;
/// Signals of one kind kept from its end, if there are more.
pub const KEPT_LAST: usize = 64;

/// A signal of which not all were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    /// The signal.
    pub signal: SignalId,
    /// How often the source has it.
    pub seen: u64,
    /// How many of these were left out, between the first and the last ones.
    pub left_out: u64,
    /// Line of the first one left out.
    pub from_line: u64,
}

/// Keeps what one source says within bounds.
#[derive(Debug)]
pub struct Damper {
    first: usize,
    last: usize,
    kinds: BTreeMap<SignalId, Kind>,
}

#[derive(Debug, Default)]
struct Kind {
    seen: u64,
    first_left_out: Option<u64>,
    left_out: u64,
    last: VecDeque<Signal>,
}

impl Default for Damper {
    fn default() -> Self {
        Self::new(KEPT_FIRST, KEPT_LAST)
    }
}

impl Damper {
    /// Keeps `first` signals of each kind from the beginning and `last` from the end.
    pub fn new(first: usize, last: usize) -> Self {
        Self { first, last, kinds: BTreeMap::new() }
    }

    /// Takes the next signals of the source, in order of offset, and appends those to `out` that are kept for sure.
    pub fn take(&mut self, signals: impl IntoIterator<Item = Signal>, out: &mut Vec<Signal>) {
        for signal in signals {
            let kind = self.kinds.entry(signal.id).or_default();
            kind.seen += 1;
            if kind.seen <= self.first as u64 {
                out.push(signal);
                continue;
            }
            kind.last.push_back(signal);
            if kind.last.len() > self.last {
                let left_out = kind.last.pop_front();
                kind.first_left_out = kind.first_left_out.or(left_out.map(|signal| signal.citation.line));
                kind.left_out += 1;
            }
        }
    }

    /// Appends the last signals of each kind to `out`, sorts it by offset and says what was left out.
    pub fn finish(self, out: &mut Vec<Signal>) -> Vec<Noise> {
        let mut noise = Vec::new();
        for (signal, kind) in self.kinds {
            out.extend(kind.last);
            if let Some(from_line) = kind.first_left_out {
                noise.push(Noise { signal, seen: kind.seen, left_out: kind.left_out, from_line });
            }
        }
        out.sort_by_key(|signal| (signal.citation.offset, signal.id));
        noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Citation;

    fn signal(id: SignalId, line: u64) -> Signal {
        Signal {
            id,
            citation: Citation { source: 0, line, offset: line * 10, text: "".into() },
            raw_time: None,
            outer_time: None,
            stamp: None,
            lasted_ns: 0,
            severity: None,
            component: None,
            attributes: Vec::new(),
            entities: Vec::new(),
            same: Vec::new(),
            version: None,
            setting: None,
        }
    }

    #[test]
    fn first_and_last_are_kept_and_the_rest_counted() {
        let mut damper = Damper::new(3, 2);
        let mut out = Vec::new();
        damper.take((1..=10).map(|line| signal(0, line)), &mut out);
        damper.take([signal(1, 4), signal(0, 11)], &mut out);
        let noise = damper.finish(&mut out);
        assert_eq!(
            out.iter().map(|signal| (signal.id, signal.citation.line)).collect::<Vec<_>>(),
            [(0, 1), (0, 2), (0, 3), (1, 4), (0, 10), (0, 11)]
        );
        assert_eq!(noise, [Noise { signal: 0, seen: 11, left_out: 6, from_line: 4 }]);
    }

    #[test]
    fn nothing_is_lost_within_the_bounds() {
        let mut damper = Damper::new(3, 2);
        let mut out = Vec::new();
        damper.take((1..=5).map(|line| signal(0, line)), &mut out);
        assert_eq!(damper.finish(&mut out), []);
        assert_eq!(out.len(), 5);
    }
}
