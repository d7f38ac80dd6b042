//! The zone of a source whose stamps have none.
//!
//! In: hints of one source, its reach in civil time, the stretches of sources whose zone is known. Out: pieces of a clock with their basis. Must
//! not know: years beyond what the reach says.

use super::hints::{Hints, LocalTime, Pair, Twofold};
use super::in_year;
use super::spread::Spread;
use super::year::nearest;
use crate::source::{Basis, ClockPiece};
use crate::time::{DAY, HOUR, MINUTE, RawTime, SECOND, Shape};

/// Zones are multiples of this.
const QUARTER: i64 = 15 * MINUTE;
/// No zone lies farther from UTC.
const FARTHEST: i64 = 14 * HOUR;
/// So many records in a row with another zone make a new piece: a change of summer time, not a late relay.
const CHANGE: usize = 8;

/// A quoted time this near to the record's own is of the same clock: a node states itself at least every five minutes. Zones are farther apart.
const PRESENT: i64 = 6 * MINUTE;
/// What one record states of one moment twice is no farther apart, but for the zone.
const TWOFOLD: i64 = 2 * MINUTE;

pub(super) fn piece(from_offset: u64, zone_ns: i64, basis: Basis, doubt_ns: i64) -> ClockPiece {
    ClockPiece { from_offset, zone_s: (zone_ns / SECOND) as i32, basis, offset_ns: 0, doubt_ns }
}

/// From the envelopes: what the inner stamps are ahead of the outer ones, to the quarter of an hour.
pub(super) fn of_pairs(pairs: &[Pair]) -> Vec<ClockPiece> {
    let zones: Vec<(u64, i64)> = pairs.iter().filter_map(|pair| Some((pair.offset, ahead(pair)?))).collect();
    let Some(mut current) = median(zones.iter().take(64).map(|(_, zone)| *zone).collect()) else { return Vec::new() };
    let mut pieces = vec![piece(0, current, Basis::Wrapper, 0)];
    let mut run: Option<(u64, i64, usize)> = None;
    for (offset, zone) in zones {
        run = match run {
            _ if zone == current => None,
            Some((from, same, count)) if same == zone => Some((from, zone, count + 1)),
            _ => Some((offset, zone, 1)),
        };
        if let Some((from, zone, CHANGE)) = run {
            pieces.push(piece(from, zone, Basis::Wrapper, 0));
            current = zone;
            run = None;
        }
    }
    pieces
}

/// How far the inner stamp is ahead of the outer one, rounded; `None` where it is no zone.
fn ahead(pair: &Pair) -> Option<i64> {
    let beside = |one: RawTime, other: RawTime| match (one.shape, other.shape) {
        (Shape::Yearless, Shape::Yearless) => Some(one.ns),
        (Shape::Yearless, _) => in_year(one.ns, nearest(one.ns, other.ns)?),
        _ => Some(one.ns),
    };
    rounded(beside(pair.inner, pair.outer)?.checked_sub(beside(pair.outer, pair.inner)?)?)
}

pub(super) fn rounded(ahead: i64) -> Option<i64> {
    let zone = ahead.checked_add(QUARTER / 2)?.div_euclid(QUARTER) * QUARTER;
    (zone.abs() <= FARTHEST).then_some(zone)
}

/// By how much stamps of envelopes without a zone are ahead of the stamps inside.
pub(super) fn outer_ahead(pairs: &[Pair]) -> i64 {
    median(pairs.iter().filter_map(|pair| Some(-ahead(pair)?)).collect()).unwrap_or(0)
}

/// From the process's own clock, printed with its zone.
pub(super) fn of_local_times(hints: &Hints) -> Option<ClockPiece> {
    let first = hints.local_times.first()?.zone_ns;
    // Some tell of the present, some of what was; one that is far from any stamp was copied from another log.
    let is_present = |quoted: &LocalTime| {
        let own = in_year(quoted.own.ns, super::year_of(quoted.civil)).unwrap_or(quoted.own.ns);
        own.saturating_sub(quoted.civil).saturating_abs() <= PRESENT
    };
    let agree = hints.local_times.iter().all(|quoted| quoted.zone_ns == first) && hints.local_times.iter().any(is_present);
    agree.then(|| piece(0, first, Basis::Stated, 0))
}

/// From records that state one moment with and without a zone.
pub(super) fn of_twofold(hints: &Hints) -> Option<ClockPiece> {
    agreed(&hints.twofold).map(|zone| piece(0, zone, Basis::Stated, 0))
}

/// From envelopes without a zone around records that have one. Records without one count by their own clock, which the envelope's may be ahead of.
pub(super) fn of_enveloped(hints: &Hints) -> Option<ClockPiece> {
    let zone = agreed(&hints.enveloped)?.checked_sub(hints.outer_ahead_ns())?;
    (zone.abs() <= FARTHEST).then(|| piece(0, zone, Basis::Stated, 0))
}

/// So many neighbours agree by no accident.
const NEIGHBOURS: usize = 3;

/// From records with a zone between records without one, as a process writes them whose parts print each in their own way: klog and zap in one k3s.
pub(super) fn of_neighbours(hints: &Hints) -> Option<ClockPiece> {
    let enough = hints.beside.len() >= NEIGHBOURS;
    enough.then(|| agreed(&hints.beside)).flatten().map(|zone| piece(0, zone, Basis::Stated, 0))
}

/// The one zone in which moments that are told with and without it agree.
fn agreed(moments: &[Twofold]) -> Option<i64> {
    let zone = |twofold: &Twofold| {
        let civil = match twofold.civil.shape {
            Shape::Yearless => in_year(twofold.civil.ns, nearest(twofold.civil.ns, twofold.utc)?)?,
            _ => twofold.civil.ns,
        };
        let ahead = civil.checked_sub(twofold.utc)?;
        rounded(ahead).filter(|zone| (ahead - zone).abs() <= TWOFOLD)
    };
    let zones: Vec<i64> = moments.iter().filter_map(zone).collect();
    let first = *zones.first()?;
    // What was copied from elsewhere agrees with nothing.
    (zones.len() * 2 > moments.len() && zones.iter().all(|zone| *zone == first)).then_some(first)
}

/// The zone that a source states by itself.
pub(super) fn stated(hints: &Hints) -> Option<ClockPiece> {
    let of_header = || hints.stated_zone.map(|zone| piece(0, zone, Basis::Stated, 0));
    of_day_pairs(hints)
        .or_else(|| of_twofold(hints))
        .or_else(|| of_local_times(hints))
        .or_else(|| of_enveloped(hints))
        .or_else(of_header)
        .or_else(|| of_neighbours(hints))
}

/// From a crash line in UTC right after a local stamp.
pub(super) fn of_day_pairs(hints: &Hints) -> Option<ClockPiece> {
    let zones: Vec<i64> = hints
        .day_pairs
        .iter()
        .filter_map(|(local, day)| {
            let ahead = (local.rem_euclid(DAY) - day).rem_euclid(DAY);
            let ahead = if ahead > FARTHEST { ahead - DAY } else { ahead };
            let zone = rounded(ahead)?;
            // The crash follows the last record at once, or says nothing about the zone.
            ((ahead - zone).abs() <= 2 * MINUTE).then_some(zone)
        })
        .collect();
    let first = *zones.first()?;
    zones.iter().all(|zone| *zone == first).then(|| piece(0, first, Basis::Stated, 0))
}

/// Zones in use beside the whole hours from -12 to +14, in quarters of an hour.
const ODD_ZONES: &[i64] = &[-38, -14, -10, 14, 18, 22, 23, 26, 35, 38, 42, 51, 55];

/// From where sources that keep one zone fall among sources of known zone: the one zone that fits clearly best, else UTC if that fits at all.
pub(super) fn of_ranges(reaches: &[(i64, i64)], known: &Spread) -> Option<i64> {
    let fit = |zone: i64| -> i64 {
        let overlaps = reaches.iter().map(|(from, to)| known.overlap(from.saturating_sub(zone), to.saturating_sub(zone)));
        overlaps.fold(0, i64::saturating_add)
    };
    let best = zones().map(fit).max().filter(|best| *best > 0)?;
    if fit(0).saturating_mul(10) >= best.saturating_mul(9) {
        return Some(0);
    }
    let mut fitting = zones().filter(|zone| fit(*zone) == best);
    let first = fitting.next();
    if fitting.next().is_none() { first } else { (fit(0) > 0).then_some(0) }
}

/// The zone in use that is nearest to a difference that is none.
pub(super) fn nearest_used(ahead: i64) -> Option<i64> {
    if !(-FARTHEST - HOUR..=FARTHEST + HOUR).contains(&ahead) {
        return None;
    }
    zones().min_by_key(|zone| (zone - ahead).abs())
}

fn zones() -> impl Iterator<Item = i64> {
    (-12..=14).map(|hours| hours * HOUR).chain(ODD_ZONES.iter().map(|quarters| quarters * QUARTER))
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{YEARLESS, civil_ns};

    fn pair(offset: u64, zone: i64, delay: i64) -> Pair {
        let outer = civil_ns(2017, 12, 31, 20, 0, 0, 0).unwrap() + offset as i64 * MINUTE;
        let inner = outer - delay + zone;
        let (year, month, day) = crate::time::civil_from_days(inner.div_euclid(DAY));
        let yearless = civil_ns(YEARLESS, month, day, 0, 0, 0, 0).unwrap() + inner.rem_euclid(DAY);
        assert!((2017..=2018).contains(&year));
        Pair { offset, outer: RawTime::zoned(outer, 1), inner: RawTime::yearless(yearless, 1) }
    }

    #[test]
    fn envelopes_give_the_zone_even_across_new_year_and_late_relays() {
        let pairs: Vec<_> = (0..20).map(|at| pair(at, 8 * HOUR, if at == 3 { HOUR } else { 200_000_000 })).collect();
        assert_eq!(of_pairs(&pairs), [piece(0, 8 * HOUR, Basis::Wrapper, 0)]);
        let pairs: Vec<_> = (0..200).map(|at| pair(at, if at < 120 { HOUR } else { 2 * HOUR }, SECOND)).collect();
        assert_eq!(of_pairs(&pairs), [piece(0, HOUR, Basis::Wrapper, 0), piece(120, 2 * HOUR, Basis::Wrapper, 0)]);
        assert_eq!(of_pairs(&[]), []);
    }

    #[test]
    fn records_with_a_zone_tell_that_of_their_neighbours() {
        let at = |minute| civil_ns(2023, 4, 13, 18, minute, 15, 0).unwrap();
        let of = |rows: &[(u32, bool)]| {
            let mut hints = Hints::default();
            for (offset, (minute, zoned)) in rows.iter().enumerate() {
                let raw = if *zoned { RawTime::zoned(at(*minute) - 2 * HOUR, 1) } else { RawTime::local(at(*minute), 1) };
                hints.note(raw, offset as u64);
            }
            of_neighbours(&hints)
        };
        assert_eq!(of(&[(1, true), (1, false), (2, false), (2, true), (3, false)]), Some(piece(0, 2 * HOUR, Basis::Stated, 0)));
        // One place may be where two logs were put behind each other.
        assert_eq!(of(&[(1, true), (1, false), (2, false)]), None);
        // Neighbours that are minutes apart tell nothing.
        assert_eq!(of(&[(1, true), (8, false), (16, true), (23, false), (31, true)]), None);
    }

    #[test]
    fn the_zone_of_a_header_counts_where_nothing_else_tells() {
        let mut hints = Hints::of_file(None, None, None);
        hints.stated_zone = Some(3 * HOUR);
        assert_eq!(stated(&hints), Some(piece(0, 3 * HOUR, Basis::Stated, 0)));
        let civil = RawTime::local(civil_ns(2026, 11, 21, 7, 49, 31, 0).unwrap(), SECOND);
        hints.note_twofold(Twofold { civil, utc: civil.ns - 8 * HOUR, offset: 7 });
        assert_eq!(stated(&hints), Some(piece(0, 8 * HOUR, Basis::Stated, 0)));
    }

    #[test]
    fn an_envelope_without_a_year_is_compared_in_the_year_of_the_record_inside() {
        let outer = RawTime::yearless(civil_ns(YEARLESS, 12, 31, 18, 10, 42, 0).unwrap(), SECOND);
        let inner = RawTime::local(civil_ns(2018, 1, 1, 1, 10, 42, 0).unwrap(), 1000);
        let mut hints = Hints::default();
        hints.note_pair(outer, inner, 0);
        assert_eq!(outer_ahead(&hints.unzoned_pairs), -7 * HOUR);
    }

    #[test]
    fn a_crash_line_in_utc_gives_the_zone_of_the_records_before() {
        let mut hints = Hints::default();
        hints.note(RawTime::local(civil_ns(2019, 3, 1, 2, 41, 39, 0).unwrap(), SECOND), 0);
        hints.note_day(RawTime { shape: Shape::DayUtc, ns: 18 * HOUR + 41 * MINUTE + 40 * SECOND, precision_ns: SECOND });
        assert_eq!(of_day_pairs(&hints), Some(piece(0, 8 * HOUR, Basis::Stated, 0)));
    }

    #[test]
    fn the_process_own_clock_gives_the_zone_unless_it_is_another_ones() {
        let quoted = |own: i64| {
            let at = civil_ns(2017, 12, 1, 10, 0, 0, 0).unwrap();
            let own = RawTime::yearless(civil_ns(YEARLESS, 12, 1, 10, 0, 0, 0).unwrap() + own, 1000);
            let mut hints = Hints::default();
            hints.note_local(LocalTime { own, civil: at, zone_ns: 8 * HOUR });
            hints
        };
        assert_eq!(of_local_times(&quoted(SECOND)), Some(piece(0, 8 * HOUR, Basis::Stated, 0)));
        assert_eq!(of_local_times(&quoted(-3 * HOUR)), None);
    }

    #[test]
    fn a_moment_that_is_stated_twice_gives_the_zone_and_the_year() {
        let utc = civil_ns(2026, 11, 20, 23, 49, 31, 0).unwrap();
        let local = RawTime::yearless(civil_ns(YEARLESS, 11, 21, 7, 49, 31, 744_904_000).unwrap(), 1000);
        let mut hints = Hints::default();
        hints.note(local, 7);
        hints.note_twofold(Twofold { civil: local, utc, offset: 7 });
        assert_eq!(of_twofold(&hints), Some(piece(0, 8 * HOUR, Basis::Stated, 0)));
        assert_eq!(super::super::year::find(&hints, &Spread::default()), Some((2026, Basis::Stated)));
        // Of another moment it tells nothing of the zone.
        hints.twofold[0].utc -= 5 * MINUTE;
        assert_eq!(of_twofold(&hints), None);
    }

    #[test]
    fn an_envelope_around_a_record_with_a_zone_has_that_zone() {
        let civil = |hour: i32, minute: i32| civil_ns(YEARLESS, 5, 19, hour as u32, minute as u32, 26, 0).unwrap();
        let utc = civil_ns(2026, 5, 19, 18, 50, 26, 0).unwrap();
        let mut hints = Hints::default();
        hints.note(RawTime::yearless(civil(20, 50), SECOND), 0);
        hints.note_pair(RawTime::yearless(civil(20, 50), SECOND), RawTime::zoned(utc, SECOND), 0);
        assert_eq!(stated(&hints), Some(piece(0, 2 * HOUR, Basis::Stated, 0)));
        // Records without a zone are an hour behind their envelopes.
        hints.note_pair(RawTime::yearless(civil(20, 51), SECOND), RawTime::yearless(civil(19, 51), SECOND), 9);
        assert_eq!(stated(&hints), Some(piece(0, HOUR, Basis::Stated, 0)));
        // A line that was relayed late tells nothing, and two zones neither.
        hints.enveloped[0].utc -= 5 * MINUTE;
        assert_eq!(stated(&hints), None);
        hints.enveloped[0].utc += 5 * MINUTE;
        hints.note_pair(RawTime::yearless(civil(20, 50), SECOND), RawTime::zoned(utc + HOUR, SECOND), 18);
        assert_eq!(stated(&hints), None);
    }

    #[test]
    fn ranges_tell_the_zone_only_where_one_fits_best() {
        let day = civil_ns(2017, 12, 1, 0, 0, 0, 0).unwrap();
        let at = |minutes: i64| day + minutes * MINUTE;
        let short = Spread::new(vec![(at(2 * 60 + 19), at(2 * 60 + 21))]);
        assert_eq!(of_ranges(&[(at(10 * 60 + 17), at(10 * 60 + 25))], &short), Some(8 * HOUR));
        let long = Spread::new(vec![(at(0), at(3 * 60))]);
        assert_eq!(of_ranges(&[(at(10 * 60 + 17), at(10 * 60 + 25))], &long), None);
        assert_eq!(of_ranges(&[(at(60), at(70))], &long), Some(0));
        assert_eq!(of_ranges(&[(at(-9000), at(-8000))], &long), None);
    }
}
