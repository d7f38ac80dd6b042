//! Ties: what two sources both saw tells how far apart their clocks are.
//!
//! In: for each source the facts it states, with their times as written. Out: zones of sources whose stamps have none, each with the number of ties that
//! speak for it. Must not know: what the facts mean.
//!
//! One fact seen by two sources (a pod deleted, a node given up: in a controller's log and as an Event) has nearly the same time in both. A
//! difference that comes back, a multiple of a quarter of an hour but for seconds, is the zone. Sources are tied over others that were tied before.

use std::collections::BTreeMap;

use super::year::nearest;
use super::{in_year, zone};
use crate::time::{RawTime, SECOND, Shape};

/// Writers of one fact are this far apart at most.
const NEAR: i64 = 30 * SECOND;
/// So many ties must agree.
const LEAST: usize = 2;
/// A fact that a source states more often is no mark.
const MAX_TIMES: usize = 6;

/// The facts of one source: what each is, as a number that is equal for equal facts, and when, as written.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    times: BTreeMap<u64, Vec<RawTime>>,
}

/// A zone found by ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tied {
    /// Nanoseconds east of UTC.
    pub(super) zone_ns: i64,
    /// How many facts speak for it.
    pub(super) ties: usize,
}

impl Facts {
    /// Notes a fact. Ages and times of day are no marks.
    pub fn note(&mut self, fact: u64, time: RawTime) {
        if matches!(time.shape, Shape::Zoned | Shape::Local | Shape::Yearless) {
            let times = self.times.entry(fact).or_default();
            if times.len() <= MAX_TIMES {
                times.push(time);
            }
        }
    }

    fn marks(&self) -> impl Iterator<Item = (u64, &[RawTime])> {
        self.times.iter().filter(|(_, times)| times.len() <= MAX_TIMES).map(|(fact, times)| (*fact, times.as_slice()))
    }
}

/// Zones of the sources in `open`. `known` gives the zone of sources for which it was found otherwise, `years` their years.
pub(super) fn zones(facts: &[&Facts], open: &[usize], known: &[Option<i64>], years: &[Option<i32>]) -> BTreeMap<usize, Tied> {
    let mut found: BTreeMap<usize, Tied> = BTreeMap::new();
    loop {
        let zone_of = |source: usize| found.get(&source).map(|tied| tied.zone_ns).or(known.get(source).copied().flatten());
        // Exact times in UTC of every fact, from the sources whose clock is known so far.
        let mut exact: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
        for (source, facts) in facts.iter().enumerate() {
            for (fact, times) in facts.marks() {
                let utc = times.iter().filter_map(|time| match time.shape {
                    Shape::Zoned => Some(time.ns),
                    Shape::Local => Some(time.ns - zone_of(source)?),
                    Shape::Yearless => Some(in_year(time.ns, years.get(source).copied().flatten()?)? - zone_of(source)?),
                    _ => None,
                });
                exact.entry(fact).or_default().extend(utc);
            }
        }
        let more: Vec<(usize, Tied)> =
            open.iter().filter(|source| !found.contains_key(source)).filter_map(|source| Some((*source, tie(facts[*source], &exact)?))).collect();
        let Some(best) = more.iter().map(|(_, tied)| tied.ties).max() else { return found };
        // The best tied first: the others may then be tied over them.
        found.extend(more.into_iter().filter(|(_, tied)| tied.ties == best));
    }
}

fn tie(facts: &Facts, exact: &BTreeMap<u64, Vec<i64>>) -> Option<Tied> {
    let mut votes: BTreeMap<i64, usize> = BTreeMap::new();
    for (fact, times) in facts.marks() {
        let Some(others) = exact.get(&fact) else { continue };
        let mut zones: Vec<i64> = Vec::new();
        for time in times.iter().filter(|time| time.shape != Shape::Zoned) {
            for other in others {
                let civil = match time.shape {
                    Shape::Yearless => nearest(time.ns, *other).and_then(|year| in_year(time.ns, year)),
                    _ => Some(time.ns),
                };
                let ahead = civil.and_then(|civil| civil.checked_sub(*other));
                let zone = ahead.and_then(|ahead| zone::rounded(ahead).filter(|zone| (ahead - zone).abs() <= NEAR));
                zones.extend(zone.filter(|zone| !zones.contains(zone)));
            }
        }
        for zone in zones {
            *votes.entry(zone).or_default() += 1;
        }
    }
    let mut ranked: Vec<(usize, i64)> = votes.into_iter().map(|(zone, ties)| (ties, zone)).collect();
    ranked.sort_unstable_by_key(|(ties, zone)| (std::cmp::Reverse(*ties), zone.abs()));
    let (ties, zone_ns) = *ranked.first()?;
    let second = ranked.get(1).map_or(0, |(ties, _)| *ties);
    (ties >= LEAST && ties >= 2 * second).then_some(Tied { zone_ns, ties })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE, YEARLESS, civil_ns};

    fn at(year: i32, hour: i64, seconds: i64) -> i64 {
        civil_ns(year, 12, 1, 0, 0, 0, 0).unwrap() + hour * HOUR + seconds * SECOND
    }

    fn events(seconds: &[i64]) -> Facts {
        let mut facts = Facts::default();
        for (fact, second) in seconds.iter().enumerate() {
            facts.note(fact as u64, RawTime::zoned(at(2017, 2, *second), SECOND));
        }
        facts
    }

    fn klog(zone: i64, seconds: &[i64]) -> Facts {
        let mut facts = Facts::default();
        for (fact, second) in seconds.iter().enumerate() {
            facts.note(fact as u64, RawTime::yearless(at(YEARLESS, 2, *second) + zone, 1000));
        }
        facts
    }

    #[test]
    fn what_both_saw_gives_the_zone() {
        let (events, klog) = (events(&[0, 61, 3000]), klog(8 * HOUR, &[1, 62, 2999]));
        let found = zones(&[&klog, &events], &[0], &[None, None], &[None, None]);
        assert_eq!(found.get(&0), Some(&Tied { zone_ns: 8 * HOUR, ties: 3 }));
    }

    #[test]
    fn a_source_is_tied_over_another() {
        // The kubelet shares nothing with the Events, but two facts with the controller, whose clock they give.
        let controller = klog(8 * HOUR, &[1, 62, 2999, 4000, 4500]);
        let kubelet = {
            let mut facts = Facts::default();
            for (fact, second) in [(3, 4001), (4, 4501)] {
                facts.note(fact, RawTime::yearless(at(YEARLESS, 2, second) + 8 * HOUR, 1000));
            }
            facts
        };
        let found = zones(&[&kubelet, &controller, &events(&[0, 61, 3000])], &[0, 1], &[None; 3], &[Some(2017), Some(2017), None]);
        assert_eq!(found.get(&1), Some(&Tied { zone_ns: 8 * HOUR, ties: 3 }));
        assert_eq!(found.get(&0), Some(&Tied { zone_ns: 8 * HOUR, ties: 2 }));
    }

    #[test]
    fn outliers_and_single_ties_do_not_count() {
        let events = events(&[0, 61, 3000, 4000, 5000]);
        let bent = klog(5 * HOUR + 30 * MINUTE, &[1, 62, 2999, 4000 + 900, 5000 + 77]);
        assert_eq!(zones(&[&bent, &events], &[0], &[None, None], &[None, None]).get(&0), Some(&Tied { zone_ns: 5 * HOUR + 30 * MINUTE, ties: 3 }));
        let single = klog(HOUR, &[1]);
        assert_eq!(zones(&[&single, &events], &[0], &[None, None], &[None, None]).get(&0), None);
    }
}
