//! Anchors: signs of life of a source, spread over its time.
//!
//! In: every record's time in order of offset. Out: at most [`MAX_ANCHORS`] places: the first record of each stretch of time, stretches as long as
//! they must be. Must not know: clocks.

use crate::observe::cite::line_text;
use crate::source::Anchor;
use crate::time::{RawTime, SECOND};

/// Anchors kept of one source.
pub(super) const MAX_ANCHORS: usize = 1024;

/// Anchors of a source, or of a part of it.
#[derive(Clone, Debug)]
pub(super) struct Anchors {
    kept: Vec<Anchor>,
    stretch: i64,
    /// The stretch of the last one kept, to turn most records away by one comparison.
    from: i64,
    to: i64,
}

impl Default for Anchors {
    fn default() -> Self {
        Self { kept: Vec::new(), stretch: SECOND, from: 1, to: 0 }
    }
}

impl Anchors {
    /// Notes a record.
    pub(super) fn note(&mut self, raw: RawTime, line: u64, offset: u64) {
        if (self.from..self.to).contains(&raw.ns) {
            return;
        }
        self.keep(Anchor { raw, line, offset, text: "".into() });
    }

    /// Adds the anchors of the part that follows.
    pub(super) fn absorb(&mut self, later: Self) {
        if later.stretch > self.stretch {
            self.widen(later.stretch);
        }
        for anchor in later.kept {
            if !(self.from..self.to).contains(&anchor.raw.ns) {
                self.keep(anchor);
            }
        }
    }

    /// Gives the anchors of a piece their lines. `physical` holds the piece's raw bytes, the first being that of offset `first`.
    pub(super) fn cite(&mut self, physical: &[u8], first: u64) {
        for anchor in self.kept.iter_mut().rev().take_while(|anchor| anchor.offset >= first).filter(|anchor| anchor.text.is_empty()) {
            let rest = usize::try_from(anchor.offset - first).ok().and_then(|start| physical.get(start..)).unwrap_or_default();
            let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or(rest);
            anchor.text = line_text(line.strip_suffix(b"\r").unwrap_or(line));
        }
    }

    /// Counts all lines and offsets on.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        for anchor in &mut self.kept {
            anchor.line += lines;
            anchor.offset += bytes;
        }
    }

    /// Bytes held, roughly.
    pub(super) fn weight(&self) -> usize {
        self.kept.iter().map(|anchor| size_of::<Anchor>() + anchor.text.len()).sum()
    }

    /// Keeps about half of the places, the first one and the last one always.
    pub(super) fn halve(&mut self) {
        let (full, last) = (self.kept.len(), self.kept.len().saturating_sub(1));
        if full <= 2 {
            return;
        }
        let mut place = 0;
        self.kept.retain(|_| {
            place += 1;
            place % 2 == 1 || place > last
        });
        self.stretch = self.stretch.saturating_mul(2);
        self.kept.shrink_to_fit();
    }

    /// Copied side by side, they take no more room than they need: those kept of a large source lie scattered.
    pub(super) fn shrink_to_fit(&mut self) {
        let side_by_side = self.kept.clone();
        self.kept = side_by_side;
    }

    /// All of them, in order of offset.
    pub(super) fn into_vec(self) -> Vec<Anchor> {
        self.kept
    }

    fn keep(&mut self, anchor: Anchor) {
        if self.kept.len() >= MAX_ANCHORS {
            let full = self.kept.len();
            self.widen(self.stretch.saturating_mul(2));
            if self.kept.len() > full * 3 / 4 {
                // Time that jumps to and fro has no stretches; every second place is as good as any.
                let mut keep = false;
                self.kept.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
            if (self.from..self.to).contains(&anchor.raw.ns) {
                return;
            }
        }
        self.mark(anchor.raw.ns);
        self.kept.push(anchor);
    }

    fn mark(&mut self, ns: i64) {
        self.from = ns.div_euclid(self.stretch).saturating_mul(self.stretch);
        self.to = self.from.saturating_add(self.stretch);
    }

    fn widen(&mut self, stretch: i64) {
        self.stretch = stretch;
        let mut before = None;
        self.kept.retain(|anchor| {
            let own = anchor.raw.ns.div_euclid(stretch);
            let first = before != Some(own);
            before = Some(own);
            first
        });
        if let Some(last) = self.kept.last().map(|anchor| anchor.raw.ns) {
            self.mark(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_source_keeps_evenly_spread_places() {
        let mut anchors = Anchors::default();
        for at in 0..1_000_000_u64 {
            anchors.note(RawTime::zoned(at as i64 * 3_600_000_000, 1), at + 1, at * 100);
        }
        let kept = anchors.into_vec();
        assert!(kept.len() > MAX_ANCHORS / 3 && kept.len() <= MAX_ANCHORS, "{}", kept.len());
        let widest = kept.windows(2).map(|pair| pair[1].raw.ns - pair[0].raw.ns).max().unwrap();
        assert!(widest < 10_000 * SECOND, "{widest}");
    }

    #[test]
    fn halved_they_keep_both_ends() {
        let mut anchors = Anchors::default();
        (0..100).for_each(|at| anchors.note(RawTime::zoned(at * SECOND, 1), at as u64 + 1, at as u64));
        let whole = anchors.weight();
        let mut before = usize::MAX;
        while anchors.weight() < before {
            before = anchors.weight();
            anchors.halve();
        }
        assert!(before * 20 < whole);
        assert_eq!(anchors.into_vec().iter().map(|anchor| anchor.line).collect::<Vec<_>>(), [1, 100]);
    }

    #[test]
    fn time_that_jumps_keeps_memory_bounded() {
        let mut anchors = Anchors::default();
        for at in 0..100_000_i64 {
            anchors.note(RawTime::zoned(if at % 2 == 0 { at } else { i64::MAX - at }, 1), 1, 1);
        }
        assert!(anchors.into_vec().len() <= MAX_ANCHORS);
    }
}
