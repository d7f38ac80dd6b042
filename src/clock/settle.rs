//! Settling the clocks of all sources of a run together.
//!
//! In: the hints of every source, what was given on the command line. Out: a clock for each. Must not know: how hints were gathered.

use std::collections::BTreeMap;

use super::align::{align, is_open};
use super::facts::Facts;
use super::hints::Hints;
use super::jump::Course;
use super::overrides::{warn, warn_ties};
use super::settled::{Neighbours, Settled};
use super::spread::Spread;
use super::steps::{Stepped, stepped};
use super::{collected, ties, year, zone};
use crate::source::{Basis, Clock, ClockPiece};
use crate::time::{HOUR, MINUTE, SECOND, Stamp};

/// What the command line says about one source's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Year of its first stamp.
    pub year: Option<i32>,
    /// Zone, seconds east of UTC.
    pub zone_s: Option<i32>,
}

/// Doubt of a zone that nothing speaks for while others are known: it may be any other.
const fn any_zone(zone_ns: i64) -> i64 {
    let (east, west) = (14 * HOUR - zone_ns, zone_ns + 12 * HOUR);
    if east > west { east } else { west }
}
/// From the westernmost zone to the easternmost.
const FARTHEST: i64 = 26 * HOUR;
/// Doubt between sources that keep one zone, or fit together by their ranges only: machines' clocks differ by about as much.
pub(super) const SHARED: i64 = SECOND;
/// A collection ends at most this long after its last record, where the moment is not given.
const COLLECTED_WITHIN: i64 = 10 * MINUTE;

/// More sources than this are looked at as one.
const MANY: usize = 4096;

/// What is known of one run before its clocks are settled. The lists are as long as that of the sources, or empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What each source states that others may state too.
    pub facts: &'a [Facts],
    /// How the stamps of each source go.
    pub courses: &'a [Vec<Course>],
    /// The given moment of collection.
    pub collected_at: Option<i64>,
}

/// Settles every source's clock: the clocks in the order of `sources`, and by index what follows from the jumps of those that jump. `agree` is asked once
/// zones are found and before steps and ties are looked at.
pub fn settle(sources: &[(Box<Hints>, Given)], known: Known<'_>, agree: impl FnOnce(&mut [Settled])) -> (Vec<Settled>, BTreeMap<usize, Stepped>) {
    let Known { facts, courses, collected_at } = known;
    let mut settled = years(sources);
    zones(sources, facts, &mut settled);
    warn_ties(sources, facts, &mut settled);
    agree(&mut settled);
    let open: Vec<bool> = settled.iter().map(is_open).collect();
    let mut stepped = steps(sources, courses, &mut settled);
    align(facts, &open, courses, &mut stepped, &mut settled);
    for ((hints, given), settled) in sources.iter().zip(&mut settled) {
        warn(hints, *given, settled);
        if settled.side_unknown {
            settled.notes.push("it was set meanwhile, and nothing tells which side of that is right".into());
        }
    }
    ages(sources, facts, &mut settled, collected_at);
    (settled, stepped)
}

/// Cuts the clocks of sources into pieces whose stamps jump. Most have no jump.
fn steps(sources: &[(Box<Hints>, Given)], courses: &[Vec<Course>], settled: &mut [Settled]) -> BTreeMap<usize, Stepped> {
    if courses.iter().all(Vec::is_empty) {
        return BTreeMap::new();
    }
    let reaches: Vec<Option<(i64, i64)>> =
        settled.iter().zip(sources).map(|(settled, (hints, _))| settled.reach(hints).map(|(first, last)| (first.ns, last.ns))).collect();
    // Among very many sources it makes no difference to what the others say if the one that jumps is among them.
    let all = (reaches.len() > MANY).then(|| Spread::new(reaches.iter().copied().flatten().collect()));
    let mut found = BTreeMap::new();
    for (index, settled) in settled.iter_mut().enumerate() {
        let own = courses.get(index).map(Vec::as_slice).unwrap_or_default();
        if own.is_empty() {
            continue;
        }
        let others = || {
            let others = reaches.iter().enumerate().filter(|(other, _)| *other != index).filter_map(|(_, reach)| *reach);
            all.clone().unwrap_or_else(|| Spread::new(others.collect()))
        };
        let stepped = stepped(own, settled, others);
        if !stepped.pieces.is_empty() {
            settled.clock.pieces.clone_from(&stepped.pieces);
        }
        settled.side_unknown = stepped.side_unknown;
        settled.notes.extend(stepped.notes.iter().cloned());
        found.insert(index, stepped);
    }
    found
}

fn years(sources: &[(Box<Hints>, Given)]) -> Vec<Settled> {
    let dated =
        Spread::new(sources.iter().flat_map(|(hints, _)| [hints.zoned, hints.local]).flatten().map(|reach| (reach.min.ns, reach.max.ns)).collect());
    sources
        .iter()
        .map(|(hints, given)| {
            let mut settled = Settled { turns: year::turns(&hints.yearless), ..Settled::default() };
            if hints.yearless.is_empty() {
                return settled;
            }
            let found = given.year.map(|year| (year, Basis::Given)).or_else(|| year::find(hints, &dated));
            match found {
                Some((year, basis)) => settled.clock = Clock { year: Some(year), year_basis: basis, ..Clock::default() },
                None => settled.notes.push("stamps have no year and nothing tells it: give --year".into()),
            }
            if found.is_some_and(|(_, basis)| basis == Basis::FileTime) {
                settled.notes.push("the year is that of the file's modification time: give --year if the file is a copy".into());
            }
            settled
        })
        .collect()
}

/// Earliest and latest civil time of a source's stamps without a zone.
fn civil(hints: &Hints, clock: &Clock) -> Option<(i64, i64)> {
    let local = hints.local.map(|reach| (reach.min.ns, reach.max.ns));
    let yearless = clock.year.and_then(|year| year::reach(&hints.yearless, year));
    [local, yearless].into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn zones(sources: &[(Box<Hints>, Given)], facts: &[Facts], settled: &mut [Settled]) {
    let mut known: Vec<(i64, i64)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (index, ((hints, given), settled)) in sources.iter().zip(settled.iter_mut()).enumerate() {
        known.extend(hints.zoned.map(|reach| (reach.min.ns, reach.max.ns)));
        settled.outer_ahead_ns = hints.outer_ahead_ns();
        let Some((from, to)) = civil(hints, &settled.clock) else { continue };
        let pieces = match given.zone_s {
            Some(zone_s) => vec![zone::piece(0, i64::from(zone_s) * SECOND, Basis::Given, 0)],
            None => Some(zone::of_pairs(&hints.pairs))
                .filter(|pieces| !pieces.is_empty())
                .or_else(|| Some(vec![zone::stated(hints)?]))
                .unwrap_or_default(),
        };
        match pieces.first() {
            Some(piece) => {
                let zone_ns = i64::from(piece.zone_s) * SECOND;
                known.push((from.saturating_sub(zone_ns), to.saturating_sub(zone_ns)));
            }
            None => open.push(index),
        }
        settled.clock.pieces = pieces;
    }
    tie(sources, facts, settled, &mut open, &mut known);
    let known = Spread::new(known);
    if known.is_empty() {
        let doubt = if open.len() > 1 { SHARED } else { 0 };
        for index in open {
            settled[index].clock.pieces = vec![zone::piece(0, 0, Basis::Assumed, doubt)];
            settled[index].notes.push("no source states a zone: all stamps are taken as UTC".into());
        }
        return;
    }
    // One cluster keeps one zone, if that fits; a short source alone fits too many.
    let reaches: Vec<(i64, i64)> = open.iter().filter_map(|index| civil(&sources[*index].0, &settled[*index].clock)).collect();
    let common = shared(settled).or_else(|| zone::of_ranges(&reaches, &known));
    let mut undecided = Vec::new();
    for index in open {
        let reach = civil(&sources[index].0, &settled[index].clock);
        let fits = |zone: &i64| reach.is_some_and(|(from, to)| known.overlap(from.saturating_sub(*zone), to.saturating_sub(*zone)) > 0);
        match common.filter(fits).or_else(|| zone::of_ranges(&[reach?], &known)) {
            Some(zone_ns) => settled[index].clock.pieces = vec![zone::piece(0, zone_ns, Basis::Ranges, SHARED)],
            None => undecided.push(index),
        }
    }
    // One cluster keeps one zone, as far as its sources tell.
    let shared = shared(settled);
    for index in undecided {
        let (piece, note) = if let Some(zone_ns) = shared {
            let note = "the zone is that of the other sources whose stamps have none: give --tz if it differs";
            let far = reaches_nobody(civil(&sources[index].0, &settled[index].clock), zone_ns, &known);
            (zone::piece(0, zone_ns, Basis::OtherSources, if far { any_zone(zone_ns) } else { SHARED }), note)
        } else {
            let note = "stamps have no zone and nothing tells it: taken as UTC, doubtful by up to 14 hours; give --tz";
            (zone::piece(0, 0, Basis::Assumed, any_zone(0)), note)
        };
        settled[index].notes.push(note.into());
        settled[index].clock.pieces = vec![piece];
    }
}

/// Whether a source of that zone shares no time with those whose zone is known, and might in another zone: nothing then speaks for this one. Whatever the
/// zone of a source that is farther away, it changes no order.
fn reaches_nobody(reach: Option<(i64, i64)>, zone_ns: i64, known: &Spread) -> bool {
    reach.is_some_and(|(from, to)| (1..=FARTHEST).contains(&known.distance(from.saturating_sub(zone_ns), to.saturating_sub(zone_ns))))
}

/// Takes the sources out of `open` whose zone follows from facts that others state too.
fn tie(sources: &[(Box<Hints>, Given)], facts: &[Facts], settled: &mut [Settled], open: &mut Vec<usize>, known: &mut Vec<(i64, i64)>) {
    if facts.len() != sources.len() || open.is_empty() {
        return;
    }
    let zones: Vec<Option<i64>> = settled.iter().map(|settled| settled.clock.pieces.first().map(|piece| i64::from(piece.zone_s) * SECOND)).collect();
    let years: Vec<Option<i32>> = settled.iter().map(|settled| settled.clock.year).collect();
    let tied = ties::zones(&facts.iter().collect::<Vec<_>>(), open, &zones, &years);
    open.retain(|index| !tied.contains_key(index));
    for (index, tied) in tied {
        settled[index].clock.pieces = vec![zone::piece(0, tied.zone_ns, Basis::MatchedEvents, SHARED.max(tied.beside_ns))];
        settled[index].notes.push(format!("the zone follows from {} facts that other sources state too", tied.ties));
        if let Some((from, to)) = civil(&sources[index].0, &settled[index].clock) {
            known.push((from.saturating_sub(tied.zone_ns), to.saturating_sub(tied.zone_ns)));
        }
    }
}

/// The zone that all unzoned sources of known zone keep, if there is just one.
fn shared(settled: &[Settled]) -> Option<i64> {
    let mut zones = settled.iter().flat_map(|settled| settled.clock.pieces.iter().map(|piece: &ClockPiece| piece.zone_s));
    let first = zones.next()?;
    zones.all(|zone| zone == first).then(|| i64::from(first) * SECOND)
}

fn ages(sources: &[(Box<Hints>, Given)], facts: &[Facts], settled: &mut [Settled], collected_at: Option<i64>) {
    let latest = || {
        sources.iter().zip(settled.iter()).filter_map(|((hints, _), settled)| settled.reach(hints).map(|(_, last)| last)).max_by_key(|last| last.ns)
    };
    let found = collected::find(facts, settled);
    // Tables of one bundle are printed within minutes of each other.
    let best = found.iter().flatten().max_by_key(|found| (found.ties, found.at.ns)).map(|found| found.at);
    let about = |at: Stamp| Stamp { ns: at.ns, precision_ns: 1, doubt_ns: at.doubt_ns.saturating_add(COLLECTED_WITHIN) };
    let (collected, basis) = match (collected_at, best.map(about), latest().map(about)) {
        (Some(ns), _, _) => (Some(Stamp::exact(ns)), ""),
        (None, Some(best), _) => (Some(best), "ages count from when another table was printed, up to ten minutes off: give --collected-at"),
        (None, None, Some(latest)) => (Some(latest), "ages count from the latest dated record, up to ten minutes late: give --collected-at"),
        // Nothing has a date: what happened when is known in each table, if not the day.
        (None, None, None) => {
            let written = sources.iter().filter(|(hints, _)| hints.ages.is_some()).filter_map(|(hints, _)| hints.modified).max();
            match written {
                // Whole seconds, as archives keep them.
                Some(ns) => (
                    Some(about(Stamp::exact(ns - ns.rem_euclid(SECOND)))),
                    "ages count from the file's modification time: give --collected-at if it is a copy",
                ),
                None => (None, "ages cannot be dated: give --collected-at"),
            }
        }
    };
    for (index, ((hints, _), settled)) in sources.iter().zip(settled.iter_mut()).enumerate() {
        let own = found.get(index).copied().flatten().filter(|_| collected_at.is_none());
        settled.collected = own.map(|own| own.at).or(collected);
        if let Some(own) = own {
            settled.notes.push(format!("ages count from a moment that follows from {} facts dated elsewhere", own.ties));
            continue;
        }
        if hints.ages.is_some() && collected_at.is_none() {
            settled.notes.push(basis.into());
        }
    }
}

impl Settled {
    /// Earliest and latest stamp of a source.
    pub fn reach(&self, hints: &Hints) -> Option<(Stamp, Stamp)> {
        let none = Neighbours::default();
        let plain = [hints.zoned, hints.local, hints.ages].into_iter().flatten().flat_map(|reach| [(reach.min, 0), (reach.max, 0)]);
        let yearless = hints.yearless.iter().flat_map(|segment| [(segment.reach.min, segment.from_offset), (segment.reach.max, segment.from_offset)]);
        let stamps: Vec<Stamp> = plain.chain(yearless).filter_map(|(raw, offset)| self.stamp(Some(raw), None, offset, &none)).collect();
        Some((stamps.iter().min_by_key(|stamp| stamp.ns).copied()?, stamps.iter().max_by_key(|stamp| stamp.ns).copied()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{RawTime, Shape, YEARLESS, civil_ns};

    fn klog(month: u32, day: u32, hour: u32) -> Hints {
        let mut hints = Hints::default();
        let ns = civil_ns(YEARLESS, month, day, hour, 17, 42, 0).unwrap();
        hints.note(RawTime::yearless(ns, SECOND), 0);
        hints.note(RawTime::yearless(ns + 8 * MINUTE, SECOND), 99);
        hints
    }

    fn mysqld(year: i32, month: u32, day: u32, hour: u32, minutes: i64) -> Hints {
        let mut hints = Hints::default();
        let ns = civil_ns(year, month, day, hour, 19, 47, 0).unwrap();
        hints.note(RawTime::zoned(ns, 1000), 0);
        hints.note(RawTime::zoned(ns + minutes * MINUTE, 1000), 99);
        hints
    }

    fn shown(sources: Vec<Hints>) -> Vec<String> {
        let sources: Vec<_> = sources.into_iter().map(|hints| (Box::new(hints), Given::default())).collect();
        settle(&sources, Known::default(), |_| {})
            .0
            .iter()
            .zip(&sources)
            .map(|(settled, (hints, _))| {
                let piece = settled.clock.pieces.first();
                let zone = piece.map_or("-".into(), |piece| format!("{} {} {}s", piece.zone_s / 3600, piece.basis.name(), piece.doubt_ns / SECOND));
                let first = settled.reach(hints).map_or("-".into(), |(first, _)| first.to_string());
                format!("{first} {zone} {}", settled.clock.year_basis.name())
            })
            .collect()
    }

    #[test]
    fn one_dated_source_gives_year_and_zone_to_the_others() {
        assert_eq!(
            shown(vec![klog(12, 1, 10), klog(12, 1, 10), mysqld(2017, 12, 1, 2, 1)]),
            [
                "2017-12-01T02:17:42.000000Z 8 overlapping-ranges 1s other-sources",
                "2017-12-01T02:17:42.000000Z 8 overlapping-ranges 1s other-sources",
                "2017-12-01T02:19:47.000000Z - unknown",
            ]
        );
    }

    #[test]
    fn a_zone_that_cannot_be_told_may_be_any() {
        assert_eq!(shown(vec![klog(12, 1, 10), mysqld(2017, 12, 1, 0, 180)])[0], "2017-12-01T10:17:42.000000Z 0 assumed 50400s other-sources");
        assert_eq!(shown(vec![klog(12, 1, 10), mysqld(2017, 12, 1, 9, 180)])[0], "2017-12-01T10:17:42.000000Z 0 overlapping-ranges 1s other-sources");
    }

    #[test]
    fn without_any_zone_all_share_one() {
        let mut klogs = vec![klog(12, 1, 10), klog(12, 1, 10)];
        for hints in &mut klogs {
            hints.modified = civil_ns(2018, 1, 5, 0, 0, 0, 0);
        }
        assert_eq!(shown(klogs), ["2017-12-01T10:17:42.000000Z 0 assumed 1s file-time"; 2]);
    }

    #[test]
    fn ages_of_which_nothing_has_a_date_count_from_when_the_table_was_written() {
        let table = |modified| {
            let mut hints = Hints::of_file(None, None, modified);
            hints.note(RawTime { shape: Shape::Age, ns: 5 * MINUTE, precision_ns: SECOND }, 0);
            hints
        };
        let written = civil_ns(2026, 11, 20, 9, 0, 0, 403_947_000);
        let first =
            |sources: Vec<Hints>| shown(sources).iter().map(|shown| shown.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(first(vec![table(None)]), ["-"]);
        assert_eq!(first(vec![table(None), table(written)]), ["2026-11-20T08:54:59.000000Z"; 2], "tables of one bundle");
        // What is dated elsewhere counts more.
        assert_eq!(first(vec![table(written), mysqld(2017, 12, 1, 2, 1)])[0], "2017-12-01T02:15:46.000000Z");
    }

    #[test]
    fn what_is_given_counts_before_all_else() {
        let given = Given { year: Some(2015), zone_s: Some(-3600) };
        let (settled, _) =
            settle(&[(Box::new(klog(12, 1, 10)), given), (Box::new(mysqld(2017, 12, 1, 2, 1)), Given::default())], Known::default(), |_| {});
        assert_eq!(settled[0].reach(&klog(12, 1, 10)).unwrap().0.to_string(), "2015-12-01T11:17:42.000000Z");
        assert_eq!((settled[0].clock.year_basis, settled[0].zone_basis()), (Basis::Given, Some(Basis::Given)));
    }
}
