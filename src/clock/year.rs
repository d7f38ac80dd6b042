//! The year of a source whose stamps have none.
//!
//! In: hints of one source, the stretches of dated sources. Out: the year of its first stamp and how it was found, best evidence first: an
//! envelope's date, a line or file name that says so, other sources, the file's modification time. Must not know: zones.

use super::hints::{Hints, Segment};
use super::spread::Spread;
use super::{in_year, year_of};
use crate::source::Basis;
use crate::time::{DAY, Shape};

/// Dated sources farther away than this say less than the file's own modification time.
const FAR: i64 = 45 * DAY;

pub(super) fn find(hints: &Hints, dated: &Spread) -> Option<(i32, Basis)> {
    let first = hints.yearless.first()?;
    if let Some(pair) = hints.pairs.iter().find(|pair| pair.inner.shape == Shape::Yearless) {
        let nearest = nearest(pair.inner.ns, pair.outer.ns)?;
        return Some((nearest - turns_at(&hints.yearless, pair.offset), Basis::Wrapper));
    }
    if let Some(year) = hints.stated.and_then(|stated| nearest(first.first, stated)) {
        return Some((year, Basis::Stated));
    }
    let twofold = hints.twofold.iter().find(|twofold| twofold.civil.shape == Shape::Yearless);
    if let Some(year) = twofold.and_then(|twofold| Some(nearest(twofold.civil.ns, twofold.utc)? - turns_at(&hints.yearless, twofold.offset))) {
        return Some((year, Basis::Stated));
    }
    if let Some(year) = hints.local_times.first().and_then(|quoted| nearest(first.first, quoted.civil)) {
        return Some((year, Basis::Stated));
    }
    if let Some(year) = hints.created.and_then(|created| nearest(first.first, created)) {
        return Some((year, Basis::FileName));
    }
    let is_possible = |year: i32| hints.not_before.is_none_or(|least| reach(&hints.yearless, year).is_some_and(|(_, to)| to >= least));
    let beside = beside(&hints.yearless, dated).filter(|(year, _)| is_possible(*year));
    if let Some((year, distance)) = beside
        && (distance <= FAR || hints.modified.is_none())
    {
        return Some((year, Basis::OtherSources));
    }
    let modified = hints.modified?;
    let latest =
        (0..8).map(|back| year_of(modified) - back).find(|year| reach(&hints.yearless, *year).is_some_and(|(_, to)| to <= modified + DAY))?;
    // Archives leave times out, and copies get new ones: nothing was written before its program was made.
    let latest = Some(latest).filter(|year| is_possible(*year))?;
    Some((latest, Basis::FileTime))
}

/// The year in which a year-less time comes nearest to `near`.
pub(super) fn nearest(ns: i64, near: i64) -> Option<i32> {
    let year = year_of(near);
    (year - 1..=year + 1)
        .filter_map(|year| Some((year, (in_year(ns, year)? - near).abs())))
        .min_by_key(|(_, distance)| *distance)
        .map(|(year, _)| year)
}

/// A step forward of more than this is one back over New Year: a clock that was set back by a day, a late writer.
const NEARLY_A_YEAR: i64 = 350 * DAY;

/// Years by which each segment is later than the first.
pub(super) fn turns(segments: &[Segment]) -> Vec<(u64, i32)> {
    let mut years = 0;
    let mut before: Option<&Segment> = None;
    segments
        .iter()
        .map(|segment| {
            if let Some(before) = before {
                // Back by half a year is a New Year. Forward is a straggler of the old year, if there was one, or if it came from about as far.
                let over = segment.first.saturating_sub(before.last) > NEARLY_A_YEAR;
                years = if segment.first < before.last { years + 1 } else { (years - 1).max(if over { -1 } else { 0 }) };
            }
            before = Some(segment);
            (segment.from_offset, years)
        })
        .collect()
}

fn turns_at(segments: &[Segment], offset: u64) -> i32 {
    turns(segments).iter().rev().find(|(from, _)| *from <= offset).map_or(0, |(_, years)| *years)
}

/// Earliest and latest time of a year-less source that began in `year`.
pub(super) fn reach(segments: &[Segment], year: i32) -> Option<(i64, i64)> {
    let turns = turns(segments);
    let mut bounds: Option<(i64, i64)> = None;
    for (segment, (_, years)) in segments.iter().zip(turns) {
        let (from, to) = (in_year(segment.reach.min.ns, year + years)?, in_year(segment.reach.max.ns, year + years)?);
        bounds = Some(bounds.map_or((from, to), |(a, b)| (a.min(from), b.max(to))));
    }
    bounds
}

/// The year that brings the source nearest to the dated ones, and how near. More common time wins, then the later year.
fn beside(segments: &[Segment], dated: &Spread) -> Option<(i32, i64)> {
    let (from, to) = dated.bounds()?;
    (year_of(from) - 1..=year_of(to) + 1)
        .filter_map(|year| {
            let (from, to) = reach(segments, year)?;
            Some((year, dated.distance(from, to), dated.overlap(from, to)))
        })
        .min_by(|a, b| (a.1, -a.2, -a.0).cmp(&(b.1, -b.2, -b.0)))
        .map(|(year, distance, _)| (year, distance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{RawTime, SECOND, YEARLESS, civil_ns};

    fn date(year: i32, month: u32, day: u32) -> i64 {
        civil_ns(year, month, day, 12, 0, 0, 0).unwrap()
    }

    fn klog(days: &[(u32, u32)]) -> Hints {
        let mut hints = Hints::default();
        for (offset, (month, day)) in days.iter().enumerate() {
            hints.note(RawTime::yearless(date(YEARLESS, *month, *day), SECOND), offset as u64);
        }
        hints
    }

    #[test]
    fn the_best_evidence_counts() {
        let dated = Spread::new(vec![(date(2017, 11, 30), date(2017, 12, 2))]);
        let mut hints = klog(&[(12, 1)]);
        hints.modified = Some(date(2023, 5, 1));
        assert_eq!(find(&hints, &Spread::default()), Some((2022, Basis::FileTime)));
        assert_eq!(find(&hints, &dated), Some((2017, Basis::OtherSources)));
        hints.created = Some(date(2018, 11, 30));
        assert_eq!(find(&hints, &dated), Some((2018, Basis::FileName)));
        hints.stated = Some(date(2019, 11, 30));
        assert_eq!(find(&hints, &dated), Some((2019, Basis::Stated)));
        let raw = RawTime::yearless(date(YEARLESS, 12, 1), SECOND);
        hints.note_pair(RawTime::zoned(date(2020, 12, 1), 1), raw, 0);
        assert_eq!(find(&hints, &dated), Some((2020, Basis::Wrapper)));
    }

    #[test]
    fn new_year_is_crossed_once() {
        let hints = klog(&[(12, 31), (1, 1), (12, 31), (1, 1), (1, 2)]);
        assert_eq!(turns(&hints.yearless), [(0, 0), (1, 1), (2, 0), (3, 1)]);
        assert_eq!(reach(&hints.yearless, 2017), Some((date(2017, 12, 31), date(2018, 1, 2))));
        let dated = Spread::new(vec![(date(2018, 1, 1), date(2018, 1, 1))]);
        assert_eq!(find(&hints, &dated), Some((2017, Basis::OtherSources)));
    }

    #[test]
    fn a_step_back_over_new_year_is_no_year_of_silence() {
        // The clock was set back by a day just after New Year, and crossed it again.
        let hints = klog(&[(1, 1), (12, 31), (1, 1)]);
        assert_eq!(turns(&hints.yearless), [(0, 0), (1, -1), (2, 0)]);
        assert_eq!(reach(&hints.yearless, 2018), Some((date(2017, 12, 31), date(2018, 1, 1))));
        // Half a year ahead is a long silence.
        assert_eq!(turns(&klog(&[(2, 1), (9, 1)]).yearless), [(0, 0), (1, 0)]);
    }

    #[test]
    fn nothing_was_written_before_its_program_was_made() {
        let mut hints = klog(&[(12, 1)]);
        hints.modified = Some(date(1980, 1, 1));
        hints.not_before = Some(date(2023, 8, 15));
        assert_eq!(find(&hints, &Spread::default()), None);
        hints.modified = Some(date(2024, 1, 1));
        assert_eq!(find(&hints, &Spread::default()), Some((2023, Basis::FileTime)));
    }

    #[test]
    fn a_source_with_29_february_lies_in_a_leap_year() {
        let mut hints = klog(&[(2, 29)]);
        hints.modified = Some(date(2022, 3, 1));
        assert_eq!(find(&hints, &Spread::default()), Some((2020, Basis::FileTime)));
    }
}
