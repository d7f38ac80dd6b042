//! Silence: how long a source usually says nothing, and when it said nothing for longer.
//!
//! In: every record's time in order of offset. Out: the habit and the longest gaps. Must not know: clocks.

use super::spacing::Spacing;
use crate::time::{RawTime, SECOND, Shape};

/// Gaps kept of one source.
const MAX_GAPS: usize = 256;
/// No shorter silence is ever a gap.
const SHORTEST: i64 = 60 * SECOND;
/// A silence of more than this many times the habit is a gap.
const TIMES: i64 = 10;

/// A silence between two records, in raw times of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Silent {
    pub(super) from: RawTime,
    pub(super) from_offset: u64,
    pub(super) to: RawTime,
    pub(super) to_offset: u64,
    pub(super) line: u64,
}

impl Silent {
    fn length(&self) -> i64 {
        self.to.ns.saturating_sub(self.from.ns)
    }
}

/// One shape's record of silences.
#[derive(Clone, Debug, Default)]
struct Track {
    first: Option<(RawTime, u64, u64)>,
    /// The latest record so far.
    high: Option<(RawTime, u64)>,
    steps: Spacing,
    back: u64,
    forth: u64,
    longest: Vec<Silent>,
}

impl Track {
    fn note(&mut self, raw: RawTime, line: u64, offset: u64) {
        self.step(raw, line, offset, true);
    }

    /// Notes a record. A step that does not count towards the habit may still be a gap.
    fn step(&mut self, raw: RawTime, line: u64, offset: u64, counts: bool) {
        let Some((high, high_offset)) = self.high else {
            self.first = Some((raw, line, offset));
            self.high = Some((raw, offset));
            return;
        };
        let step = raw.ns.saturating_sub(high.ns);
        if step < 0 {
            self.back += 1;
            // A jump of half a year is New Year in stamps without a year, not disorder.
            if step < -180 * crate::time::DAY {
                self.high = Some((raw, offset));
            }
            return;
        }
        if counts {
            self.forth += 1;
            self.steps.note(step);
        }
        if step >= SHORTEST {
            self.keep(Silent { from: high, from_offset: high_offset, to: raw, to_offset: offset, line });
        }
        self.high = Some((raw, offset));
    }

    fn keep(&mut self, silent: Silent) {
        self.longest.push(silent);
        if self.longest.len() >= 2 * MAX_GAPS {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.longest.sort_by_key(|silent| (std::cmp::Reverse(silent.length()), silent.to_offset));
        self.longest.truncate(MAX_GAPS);
    }

    fn absorb(&mut self, later: Self, seamless: bool) {
        let Some((raw, line, offset)) = later.first else { return };
        self.step(raw, line, offset, seamless);
        let edge = self.high;
        self.steps.absorb(&later.steps);
        self.back += later.back;
        self.forth += later.forth;
        for silent in later.longest {
            self.keep(silent);
        }
        self.high = match (edge, later.high) {
            (Some(own), Some(other)) if own.0.ns > other.0.ns && own.0.ns.saturating_sub(other.0.ns) < 180 * crate::time::DAY => Some(own),
            (own, other) => other.or(own),
        };
    }

    fn shift(&mut self, lines: u64, bytes: u64) {
        if let Some((_, line, offset)) = &mut self.first {
            *line += lines;
            *offset += bytes;
        }
        if let Some((_, offset)) = &mut self.high {
            *offset += bytes;
        }
        for silent in &mut self.longest {
            silent.line += lines;
            silent.from_offset += bytes;
            silent.to_offset += bytes;
        }
    }

    /// The 99th percentile of steps, rounded up to a power of two.
    fn habit(&self) -> i64 {
        self.steps.below(99)
    }
}

/// Silences of a source, or of a part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    /// One for each of [`SHAPES`], where it was seen: there may be very many sources, and most have stamps of one shape.
    tracks: [Option<Box<Track>>; SHAPES.len()],
}

/// Shapes of stamps that tell of silence.
const SHAPES: [Shape; 3] = [Shape::Zoned, Shape::Local, Shape::Yearless];

impl Silence {
    /// Notes a record.
    pub(super) fn note(&mut self, raw: RawTime, line: u64, offset: u64) {
        if let Some(track) = SHAPES.iter().position(|shape| *shape == raw.shape).and_then(|at| self.tracks.get_mut(at)) {
            track.get_or_insert_default().note(raw, line, offset);
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        for track in self.tracks.iter_mut().flatten() {
            track.steps.shrink_to_fit();
            track.longest.shrink_to_fit();
        }
    }

    /// Adds the part that follows.
    pub(super) fn absorb(&mut self, later: Self) {
        self.follow(later, true);
    }

    /// Adds another file. What lies between the two says nothing about how long the source is usually silent.
    pub(super) fn resume(&mut self, later: Self) {
        self.follow(later, false);
    }

    fn follow(&mut self, later: Self, seamless: bool) {
        for (own, later) in self.tracks.iter_mut().zip(later.tracks) {
            if let Some(later) = later {
                own.get_or_insert_default().absorb(*later, seamless);
            }
        }
    }

    /// Counts all lines and offsets on.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        for track in self.tracks.iter_mut().flatten() {
            track.shift(lines, bytes);
        }
    }

    /// Whether hardly a record stands behind a later one.
    pub(super) fn in_order(&self) -> bool {
        self.tracks.iter().flatten().max_by_key(|track| track.forth + track.back).is_none_or(|track| track.back * 100 <= track.forth)
    }

    /// Habit in nanoseconds, and the gaps in order of offset. A source that is not in order of time has neither: `None`.
    pub(super) fn told(self) -> Option<(i64, Vec<Silent>)> {
        let mut track = self.tracks.into_iter().flatten().max_by_key(|track| track.forth)?;
        if track.back * 10 > track.forth || track.forth == 0 {
            return None;
        }
        let habit = track.habit();
        let least = habit.saturating_mul(TIMES).max(SHORTEST);
        track.longest.retain(|silent| silent.length() > least);
        track.shrink();
        track.longest.sort_by_key(|silent| silent.to_offset);
        Some((habit, track.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(seconds: i64) -> RawTime {
        RawTime::zoned(seconds * SECOND, 1)
    }

    #[test]
    fn a_silence_far_beyond_the_habit_is_a_gap_wherever_the_source_is_cut() {
        let times: Vec<i64> = (0..300).chain(500..800).chain(2000..2100).collect();
        for size in [1, 7, 300, 1000] {
            let mut whole = Silence::default();
            for (piece, times) in times.chunks(size).enumerate() {
                let mut part = Silence::default();
                for (at, time) in times.iter().enumerate() {
                    part.note(raw(*time), (piece * size + at) as u64 + 1, (piece * size + at) as u64);
                }
                whole.absorb(part);
            }
            let (habit, gaps) = whole.told().unwrap();
            assert_eq!(habit, 1 << 30);
            assert_eq!(
                gaps.iter().map(|gap| (gap.from.ns / SECOND, gap.to.ns / SECOND, gap.line)).collect::<Vec<_>>(),
                [(299, 500, 301), (799, 2000, 601)]
            );
        }
    }

    #[test]
    fn lists_without_order_in_time_have_no_gaps() {
        let mut silence = Silence::default();
        for at in 0..1000 {
            silence.note(raw(at * 7919 % 10_007), 1, 1);
        }
        assert_eq!(silence.told(), None);
    }

    #[test]
    fn a_source_that_always_speaks_rarely_has_no_gaps() {
        let mut silence = Silence::default();
        for at in 0..100 {
            silence.note(raw(at * 600), 1, 1);
        }
        assert_eq!(silence.told().unwrap().1, []);
    }
}
