//! The stretch of time that is asked for, and what lies too far from it to matter.
//!
//! In: times as written. Out: whether a record may matter. Must not know: clocks, which are settled only when all is read: a time that may mean several
//! moments matters if one of them does.

use crate::clock::{Settled, in_year, year_of};
use crate::decode::Piece;
use crate::time::{DAY, HOUR, RawTime, Shape};

/// What led to a finding is looked for so long before the stretch.
const BEFORE: i64 = 3 * DAY;
/// What came of it, so long after.
const AFTER: i64 = DAY;
/// Zones lie between these.
const WEST: i64 = -12 * HOUR;
const EAST: i64 = 14 * HOUR;

/// A stretch of time, either end open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Nanoseconds since the epoch.
    pub since: Option<i64>,
    /// Nanoseconds since the epoch.
    pub until: Option<i64>,
}

impl Window {
    /// Whether it has no end on either side.
    pub fn is_open(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Files that were last written to before this hold nothing that matters.
    pub fn written_since(&self) -> Option<i64> {
        self.since.map(|since| since.saturating_sub(BEFORE + DAY))
    }

    /// Whether something that happened within `[from, to]` may matter.
    fn touches(&self, from: i64, to: i64) -> bool {
        self.since.is_none_or(|since| to >= since.saturating_sub(BEFORE)) && self.until.is_none_or(|until| from <= until.saturating_add(AFTER))
    }

    /// Whether a record of this time may matter.
    fn takes(&self, raw: RawTime) -> bool {
        match raw.shape {
            Shape::Zoned => self.touches(raw.ns, raw.ns),
            Shape::Local => self.touches(raw.ns.saturating_sub(EAST), raw.ns.saturating_sub(WEST)),
            // With one end open a year on that side can always be found.
            Shape::Yearless => self.since.zip(self.until).is_none_or(|(since, until)| {
                (year_of(since) - 1..=year_of(until) + 1)
                    .any(|year| in_year(raw.ns, year).is_none_or(|ns| self.touches(ns.saturating_sub(EAST), ns.saturating_sub(WEST))))
            }),
            Shape::Age | Shape::DayUtc | Shape::DayLocal | Shape::Boot => true,
        }
    }

    /// Whether a piece holds a record that may matter. What has no date belongs to the dated records around it.
    pub(super) fn meets(&self, piece: &Piece<'_>) -> bool {
        let mut dated = false;
        for framed in &piece.entries {
            let outer = framed.envelope.and_then(|at| piece.envelopes.get(at)).and_then(|envelope| envelope.time);
            if let Some(raw) = Settled::effective(framed.head.time, outer) {
                if self.takes(raw) {
                    return true;
                }
                dated = true;
            }
        }
        !dated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{YEARLESS, civil_ns};

    fn day(year: i32, month: u32, day: u32) -> i64 {
        civil_ns(year, month, day, 12, 0, 0, 0).unwrap()
    }

    #[test]
    fn times_matter_as_far_as_they_may_mean_the_window() {
        let window = Window { since: Some(day(2025, 1, 2)), until: Some(day(2025, 1, 3)) };
        let zoned = |year, month, of_month| window.takes(RawTime::zoned(day(year, month, of_month), 1));
        assert_eq!([zoned(2024, 12, 29), zoned(2024, 12, 30), zoned(2025, 1, 4), zoned(2025, 1, 5)], [false, true, true, false]);
        let local = |hour| window.takes(RawTime::local(civil_ns(2025, 1, 5, hour, 0, 0, 0).unwrap(), 1));
        assert_eq!([local(2), local(3)], [true, false]);
        // New Year lies in the window.
        let yearless = |month, of_month| window.takes(RawTime::yearless(day(YEARLESS, month, of_month), 1));
        assert_eq!([yearless(12, 31), yearless(1, 2), yearless(1, 9), yearless(7, 1)], [true, true, false, false]);
        assert!(window.takes(RawTime { shape: Shape::Age, ns: 1, precision_ns: 1 }));
    }

    #[test]
    fn an_open_end_takes_every_time_of_year() {
        let window = Window { since: Some(day(2025, 1, 2)), until: None };
        assert!(window.takes(RawTime::yearless(day(YEARLESS, 7, 1), 1)));
        assert!(window.takes(RawTime::zoned(day(2031, 7, 1), 1)) && !window.takes(RawTime::zoned(day(2024, 7, 1), 1)));
        assert_eq!(window.written_since(), Some(day(2024, 12, 29)));
    }
}
