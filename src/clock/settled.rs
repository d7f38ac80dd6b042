//! A settled clock: raw times of a source become stamps.
//!
//! In: raw times with their offset and, for records without a full stamp, their neighbours. Out: stamps with their doubt. Must not know: how the
//! clock was found.

use std::collections::BTreeMap;

use super::in_year;
use crate::source::{Basis, Clock};
use crate::time::{DAY, HOUR, RawTime, SECOND, Shape, Stamp, YEARLESS, civil_ns};

/// The clock of one source, and what raw times need beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Year and zone.
    pub clock: Clock,
    /// Offsets from which year-less stamps are later by so many years.
    pub turns: Vec<(u64, i32)>,
    /// By how much stamps of envelopes without a zone are ahead of the stamps inside, nanoseconds.
    pub outer_ahead_ns: i64,
    /// The moment ages count from.
    pub collected: Option<Stamp>,
    /// How year and zone were found, for people.
    pub notes: Vec<String>,
    /// Where something given contradicts strong evidence.
    pub contradicted: Vec<String>,
    /// What else must be added to stamps that other clocks have left in the source, by teller.
    pub tellers: BTreeMap<Box<str>, Moved>,
    /// The facts that tie it to other sources.
    pub ties: Ties,
    /// It was set meanwhile, and nothing tells which side of that is right.
    pub side_unknown: bool,
}

/// By how much stamps are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// To add, nanoseconds.
    pub add_ns: i64,
    /// How far that may be wrong.
    pub bound_ns: i64,
}

/// The facts that tie a source to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// How many agree with its clock.
    pub agree: usize,
    /// How many do not.
    pub outliers: usize,
    /// Some of both.
    pub kept: Vec<Tie>,
    /// Facts it shares with others say that it is off, but they are too few, or of one moment only.
    pub doubtful: bool,
}

/// One fact in two sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Place of the source's own record, as its facts gave it.
    pub place: u32,
    /// The other source.
    pub source: usize,
    /// Place of the record there.
    pub other_place: u32,
    /// How far the source's own stamp is ahead of the other's, before either was moved, nanoseconds.
    pub ahead_ns: i64,
    /// Whether it agrees with the clocks as they were found.
    pub agrees: bool,
}

/// The stamped records around one without a stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Neighbours {
    /// Time and offset of the last one before.
    pub before: Option<(RawTime, u64)>,
    /// Time and offset of the first one after.
    pub after: Option<(RawTime, u64)>,
}

impl Settled {
    /// The raw time by which a record counts: its own where that is a date, else the envelope's (moved to the clock of the records inside), else
    /// its own whatever it is.
    pub fn effective(own: Option<RawTime>, outer: Option<RawTime>) -> Option<RawTime> {
        let dated = |raw: &RawTime| matches!(raw.shape, Shape::Zoned | Shape::Local | Shape::Yearless | Shape::Age);
        own.filter(dated).or(outer).or(own)
    }

    /// The same by the clock of the records inside, of which envelopes' stamps are so far ahead.
    pub fn effective_inside(own: Option<RawTime>, outer: Option<RawTime>, outer_ahead_ns: i64) -> Option<RawTime> {
        let raw = Self::effective(own, outer)?;
        if outer_ahead_ns == 0 || own == Some(raw) {
            return Some(raw);
        }
        let ns = raw.ns.saturating_sub(outer_ahead_ns);
        Some(match raw.shape {
            Shape::Local => RawTime { ns, ..raw },
            // A year begins anew where it ends.
            Shape::Yearless => {
                let first = civil_ns(YEARLESS, 1, 1, 0, 0, 0, 0).unwrap_or_default();
                RawTime { ns: first + (ns - first).rem_euclid(366 * DAY), ..raw }
            }
            _ => raw,
        })
    }

    /// The raw time with its year counted on where the source has crossed New Year.
    pub fn turned(&self, raw: RawTime, offset: u64) -> RawTime {
        let years = self.turns.iter().rev().find(|(from, _)| *from <= offset).map_or(0, |(_, years)| *years);
        if raw.shape != Shape::Yearless || years == 0 {
            return raw;
        }
        // 29 February has no place in the year after a leap year; the next day is the nearest that has.
        let ns = in_year(raw.ns, YEARLESS + years).or_else(|| in_year(raw.ns + DAY, YEARLESS + years)).unwrap_or(raw.ns);
        RawTime { ns, ..raw }
    }

    /// The stamp of a record. `own` and `outer` are its own and the envelope's raw time.
    pub fn stamp(&self, own: Option<RawTime>, outer: Option<RawTime>, offset: u64, neighbours: &Neighbours) -> Option<Stamp> {
        let Some(raw) = Self::effective(own, outer) else { return self.inherited(neighbours) };
        let from_envelope = own.is_none_or(|own| own != raw);
        match raw.shape {
            Shape::Zoned | Shape::Local | Shape::Yearless => {
                let moved = if from_envelope && raw.shape != Shape::Zoned { self.outer_ahead_ns } else { 0 };
                Some(self.dated(raw, offset)?.moved(-moved))
            }
            Shape::Age => {
                let collected = self.collected?;
                let ns = collected.ns.checked_sub(raw.ns)?.checked_sub(raw.precision_ns)?;
                Some(Stamp { ns, precision_ns: raw.precision_ns, doubt_ns: collected.doubt_ns })
            }
            Shape::DayUtc | Shape::DayLocal => self.of_day(raw, offset, neighbours),
            Shape::Boot => None,
        }
    }

    fn dated(&self, raw: RawTime, offset: u64) -> Option<Stamp> {
        self.clock.stamp(self.turned(raw, offset), offset)
    }

    /// The time of the record before. The true time lies anywhere up to the record after.
    fn inherited(&self, neighbours: &Neighbours) -> Option<Stamp> {
        let (raw, offset) = neighbours.before?;
        let before = self.stamp(Some(raw), None, offset, &Neighbours::default())?;
        let after = neighbours.after.and_then(|(raw, offset)| self.stamp(Some(raw), None, offset, &Neighbours::default()));
        let until = after.map_or(0, |after| after.ns.saturating_sub(before.ns));
        Some(Stamp { precision_ns: before.precision_ns.max(until), ..before })
    }

    /// A time of day: the first such moment that is not before the record before it, with an hour's grace.
    fn of_day(&self, raw: RawTime, offset: u64, neighbours: &Neighbours) -> Option<Stamp> {
        let zone_ns = match raw.shape {
            Shape::DayLocal => i64::from(self.clock.at(offset).map_or(0, |piece| piece.zone_s)) * SECOND,
            _ => 0,
        };
        let of_day = raw.ns.saturating_sub(zone_ns).rem_euclid(DAY);
        let resolve = |(raw, offset): (RawTime, u64)| self.stamp(Some(raw), None, offset, &Neighbours::default());
        let (ns, near) = if let Some(before) = neighbours.before.and_then(resolve) {
            let earliest = before.ns.checked_sub(HOUR)?;
            (earliest.checked_add((of_day - earliest.rem_euclid(DAY)).rem_euclid(DAY))?, before)
        } else {
            let after = neighbours.after.and_then(resolve)?;
            let latest = after.ns.checked_add(HOUR)?;
            (latest.checked_sub((latest.rem_euclid(DAY) - of_day).rem_euclid(DAY))?, after)
        };
        // The neighbour's zone may be in doubt while the time of day in UTC is not; the date then is as doubtful as the neighbour.
        Some(Stamp { ns, precision_ns: raw.precision_ns, doubt_ns: near.doubt_ns })
    }

    /// How the zone was found, where the source needed one.
    pub fn zone_basis(&self) -> Option<Basis> {
        self.clock.pieces.first().map(|piece| piece.basis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ClockPiece;
    use crate::time::MINUTE;

    fn clock(zone_s: i32, year: i32) -> Settled {
        let piece = ClockPiece { from_offset: 0, zone_s, basis: Basis::Given, offset_ns: 0, doubt_ns: 0 };
        Settled { clock: Clock { pieces: vec![piece], year: Some(year), year_basis: Basis::Given }, ..Settled::default() }
    }

    fn shown(stamp: Option<Stamp>) -> String {
        stamp.map_or("none".into(), |stamp| format!("{stamp} +{}s", stamp.precision_ns / SECOND))
    }

    fn yearless(month: u32, day: u32, hour: u32) -> RawTime {
        RawTime::yearless(civil_ns(YEARLESS, month, day, hour, 0, 0, 0).unwrap(), SECOND)
    }

    #[test]
    fn years_turn_where_the_source_crossed_new_year() {
        let clock = Settled { turns: vec![(0, 0), (100, 1)], ..clock(8 * 3600, 2017) };
        let none = Neighbours::default();
        assert_eq!(shown(clock.stamp(Some(yearless(12, 31, 10)), None, 50, &none)), "2017-12-31T02:00:00.000000Z +1s");
        assert_eq!(shown(clock.stamp(Some(yearless(1, 1, 10)), None, 150, &none)), "2018-01-01T02:00:00.000000Z +1s");
    }

    #[test]
    fn an_envelope_s_stamp_counts_by_the_clock_of_the_records_inside() {
        let shown = |own, outer| Settled::effective_inside(own, outer, -7 * HOUR).map(|raw| raw.ns);
        assert_eq!(shown(None, Some(yearless(11, 11, 11))), Some(yearless(11, 11, 18).ns));
        assert_eq!(shown(None, Some(yearless(12, 31, 20))), Some(yearless(1, 1, 3).ns));
        assert_eq!(shown(Some(yearless(11, 11, 18)), Some(yearless(11, 11, 11))), Some(yearless(11, 11, 18).ns));
    }

    #[test]
    fn records_without_a_stamp_lie_between_their_neighbours() {
        let clock = clock(0, 2017);
        let around = Neighbours { before: Some((yearless(12, 1, 10), 0)), after: Some((yearless(12, 1, 11), 90)) };
        assert_eq!(shown(clock.stamp(None, None, 50, &around)), "2017-12-01T10:00:00.000000Z +3600s");
        let outer = RawTime::zoned(civil_ns(2017, 12, 1, 10, 30, 0, 0).unwrap(), SECOND);
        assert_eq!(shown(clock.stamp(None, Some(outer), 50, &around)), "2017-12-01T10:30:00.000000Z +1s");
        assert_eq!(shown(clock.stamp(None, None, 50, &Neighbours::default())), "none");
    }

    #[test]
    fn a_time_of_day_gets_its_date_from_the_record_before() {
        let clock = clock(8 * 3600, 2017);
        let around = Neighbours { before: Some((yearless(12, 2, 7), 0)), after: None };
        let day = |shape, ns| Some(RawTime { shape, ns, precision_ns: SECOND });
        assert_eq!(shown(clock.stamp(day(Shape::DayUtc, 23 * HOUR + MINUTE), None, 50, &around)), "2017-12-01T23:01:00.000000Z +1s");
        assert_eq!(shown(clock.stamp(day(Shape::DayUtc, MINUTE), None, 50, &around)), "2017-12-02T00:01:00.000000Z +1s");
        assert_eq!(shown(clock.stamp(day(Shape::DayLocal, 7 * HOUR + MINUTE), None, 50, &around)), "2017-12-01T23:01:00.000000Z +1s");
    }

    #[test]
    fn ages_count_back_from_the_collection() {
        let collected = Stamp { ns: civil_ns(2017, 12, 1, 10, 0, 0, 0).unwrap(), precision_ns: 1, doubt_ns: 10 * MINUTE };
        let clock = Settled { collected: Some(collected), ..Settled::default() };
        let age = RawTime { shape: Shape::Age, ns: 5 * MINUTE, precision_ns: MINUTE };
        assert_eq!(shown(clock.stamp(Some(age), None, 0, &Neighbours::default())), "2017-12-01T09:54:00.000000Z +60s");
    }
}
