//! Ties: what two sources both saw tells how far apart their clocks are.
//!
//! In: the facts of each source. Out: zones of sources whose stamps have none, each with the number of ties that
//! speak for it. Must not know: what the facts mean.
//!
//! One fact seen by two sources (a pod deleted, a node given up: in a controller's log and as an Event) has nearly the same time in both. A
//! difference that comes back, a multiple of a quarter of an hour but for seconds, is the zone. Sources are tied over others that were tied before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::{Facts, Mark};
use super::vote::{Bounds, agreed};
use super::year::nearest;
use super::{in_year, zone};
use crate::time::{SECOND, Shape};

/// Writers of one fact are this far apart at most.
const NEAR: i64 = 30 * SECOND;
/// So many ties must agree.
const LEAST: usize = 2;
/// So many must agree on a difference that is no zone.
const LEAST_BESIDE: usize = 4;
/// Differences that agree lie no farther from their middle.
const AROUND: i64 = 3 * SECOND;

/// A zone found by ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tied {
    /// Nanoseconds east of UTC.
    pub(super) zone_ns: i64,
    /// How many facts speak for it.
    pub(super) ties: usize,
    /// How far the clock is off beside it, as far as can be told.
    pub(super) beside_ns: i64,
}

/// A fact that more sources state says nothing about two of them.
const MAX_SOURCES: usize = 64;

/// Zones of the sources in `open`. `known` gives the zone of sources for which it was found otherwise, `years` their years.
pub(super) fn zones(facts: &[&Facts], open: &[usize], known: &[Option<i64>], years: &[Option<i32>]) -> BTreeMap<usize, Tied> {
    let mut found: BTreeMap<usize, Tied> = BTreeMap::new();
    // Exact times in UTC of every fact, from the sources whose clock is known so far.
    let mut exact = Exact::new(facts, open);
    let mut learnt: Vec<usize> = (0..facts.len()).collect();
    // Sources whose zone would follow from what is known so far, and the same by the number of ties.
    let mut offered: BTreeMap<usize, Tied> = BTreeMap::new();
    let mut ranked: BTreeSet<(usize, usize)> = BTreeSet::new();
    loop {
        let zone_of = |source: usize| found.get(&source).map(|tied| tied.zone_ns).or(known.get(source).copied().flatten());
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        for source in std::mem::take(&mut learnt) {
            for (fact, marks) in facts.get(source).into_iter().flat_map(|facts| facts.all()) {
                let utc = marks.iter().filter(|mark| !mark.is_effect()).filter_map(|mark| match mark.time.shape {
                    // Those of zoned records are noted in the first round.
                    Shape::Zoned => (!found.contains_key(&source)).then_some(mark.time.ns),
                    Shape::Local => mark.time.ns.checked_sub(zone_of(source)?),
                    Shape::Yearless => in_year(mark.time.ns, years.get(source).copied().flatten()?)?.checked_sub(zone_of(source)?),
                    _ => None,
                });
                touched.extend(exact.learn(fact, utc));
            }
        }
        // What others learnt changes nothing for a source that states none of it.
        for source in touched.into_iter().filter(|source| !found.contains_key(source)) {
            let now = facts.get(source).and_then(|facts| tie(facts, &exact));
            if let Some(before) = offered.remove(&source) {
                ranked.remove(&(before.ties, source));
            }
            if let Some(tied) = now {
                offered.insert(source, tied);
                ranked.insert((tied.ties, source));
            }
        }
        let Some((best, _)) = ranked.last().copied() else { return found };
        // The best tied first: the others may then be tied over them.
        for (_, source) in ranked.split_off(&(best, 0)) {
            found.extend(offered.remove(&source).map(|tied| (source, tied)));
            learnt.push(source);
        }
    }
}

/// What is known of a fact that several sources state.
#[derive(Debug, Default)]
struct Told {
    /// Its times in UTC.
    utc: Vec<i64>,
    /// The sources of unknown zone that state it.
    open: Vec<usize>,
}

/// The facts that tell a source of unknown zone something: others state them too, and not too many.
struct Exact(BTreeMap<u64, Told>);

impl Exact {
    fn new(facts: &[&Facts], open: &[usize]) -> Self {
        // How many sources state a fact; one that states it with a zone and without one counts twice.
        let mut sources: HashMap<u64, usize> = HashMap::new();
        let stated = |facts: &Facts| {
            let mut stated: Vec<(u64, bool)> =
                facts.all().flat_map(|(fact, marks)| marks.iter().map(move |mark| (fact, mark.time.shape == Shape::Zoned))).collect();
            stated.sort_unstable();
            stated.dedup();
            stated
        };
        for facts in facts {
            for (fact, _) in stated(facts) {
                *sources.entry(fact).or_default() += 1;
            }
        }
        sources.retain(|_, sources| (2..=MAX_SOURCES).contains(sources));
        let mut told: BTreeMap<u64, Told> = BTreeMap::new();
        for source in open {
            for (fact, _) in facts.get(*source).map(|facts| stated(facts)).unwrap_or_default() {
                if sources.contains_key(&fact) {
                    told.entry(fact).or_default().open.push(*source);
                }
            }
        }
        Self(told)
    }

    /// Adds times of a fact. Out: the sources of unknown zone to which they say something.
    fn learn(&mut self, fact: u64, utc: impl Iterator<Item = i64>) -> impl Iterator<Item = usize> {
        let told = self.0.get_mut(&fact).and_then(|told| {
            let before = told.utc.len();
            told.utc.extend(utc);
            (told.utc.len() > before).then_some(&*told)
        });
        told.into_iter().flat_map(|told| told.open.iter().copied())
    }

    fn times(&self, fact: u64) -> Option<&[i64]> {
        self.0.get(&fact).map(|told| told.utc.as_slice())
    }
}

fn tie(facts: &Facts, exact: &Exact) -> Option<Tied> {
    let ahead: Vec<Vec<i64>> =
        facts.all().filter_map(|(fact, marks)| Some(aheads(marks, exact.times(fact)?))).filter(|list| !list.is_empty()).collect();
    match (whole(&ahead), beside(&ahead)) {
        // Facts that fit a zone by chance are fewer than those that all differ alike.
        (Some(whole), Some(beside)) if beside.ties > whole.ties => Some(beside),
        (whole, beside) => whole.or(beside),
    }
}

/// How far each statement of a fact, as written, is ahead of what others say in UTC.
fn aheads(marks: &[Mark], others: &[i64]) -> Vec<i64> {
    let mut aheads = Vec::new();
    for mark in marks.iter().filter(|mark| mark.time.shape != Shape::Zoned && !mark.is_effect()) {
        for other in others {
            let civil = match mark.time.shape {
                Shape::Yearless => nearest(mark.time.ns, *other).and_then(|year| in_year(mark.time.ns, year)),
                _ => Some(mark.time.ns),
            };
            aheads.extend(civil.and_then(|civil| civil.checked_sub(*other)));
        }
    }
    aheads
}

/// The zone that most facts give by themselves.
fn whole(ahead: &[Vec<i64>]) -> Option<Tied> {
    let mut votes: BTreeMap<i64, usize> = BTreeMap::new();
    for aheads in ahead {
        let zones: BTreeSet<i64> = aheads.iter().filter_map(|ahead| zone::rounded(*ahead).filter(|zone| (ahead - zone).abs() <= NEAR)).collect();
        for zone in zones {
            *votes.entry(zone).or_default() += 1;
        }
    }
    let mut ranked: Vec<(usize, i64)> = votes.into_iter().map(|(zone, ties)| (ties, zone)).collect();
    ranked.sort_unstable_by_key(|(ties, zone)| (std::cmp::Reverse(*ties), zone.abs()));
    let (ties, zone_ns) = *ranked.first()?;
    let second = ranked.get(1).map_or(0, |(ties, _)| *ties);
    let off = median(ahead, zone_ns);
    // One odd fact may fit a zone by chance; where most fit none, the clock itself may be off.
    (ties >= LEAST && ties >= 2 * second && ties * 3 >= ahead.len()).then_some(Tied {
        zone_ns,
        ties,
        beside_ns: if off > AROUND { off + AROUND } else { 0 },
    })
}

/// How far the facts that give a zone lie beside it.
fn median(ahead: &[Vec<i64>], zone_ns: i64) -> i64 {
    let nearest = |aheads: &Vec<i64>| aheads.iter().map(|ahead| ahead.saturating_sub(zone_ns).saturating_abs()).min();
    let mut off: Vec<i64> = ahead.iter().filter_map(nearest).filter(|off| *off <= NEAR).collect();
    off.sort_unstable();
    off.get(off.len() / 2).copied().unwrap_or(0)
}

/// The zone of a clock that is wrong by minutes: all facts differ alike.
fn beside(ahead: &[Vec<i64>]) -> Option<Tied> {
    let ranges: Vec<Vec<(i64, i64)>> =
        ahead.iter().map(|aheads| aheads.iter().map(|ahead| (ahead.saturating_sub(AROUND), ahead.saturating_add(AROUND))).collect()).collect();
    let agreed = agreed(&ranges, &Bounds::default(), LEAST_BESIDE).filter(|agreed| agreed.votes * 2 > ahead.len())?;
    let zone_ns = zone::nearest_used(agreed.middle())?;
    let beside_ns = (agreed.middle() - zone_ns).saturating_abs().saturating_add(agreed.bound());
    Some(Tied { zone_ns, ties: agreed.votes, beside_ns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::facts::Latency;
    use crate::time::{HOUR, MINUTE, RawTime, YEARLESS, civil_ns};

    fn note(facts: &mut Facts, fact: u64, time: RawTime) {
        facts.note("", Mark { fact, unique: false, time, latency: Latency::ALIKE, writer: 0, life: 0, offset: 0, place: 0 });
    }

    fn at(year: i32, hour: i64, seconds: i64) -> i64 {
        civil_ns(year, 12, 1, 0, 0, 0, 0).unwrap() + hour * HOUR + seconds * SECOND
    }

    fn events(seconds: &[i64]) -> Facts {
        let mut facts = Facts::default();
        for (fact, second) in seconds.iter().enumerate() {
            note(&mut facts, fact as u64, RawTime::zoned(at(2017, 2, *second), SECOND));
        }
        facts
    }

    fn klog(zone: i64, seconds: &[i64]) -> Facts {
        let mut facts = Facts::default();
        for (fact, second) in seconds.iter().enumerate() {
            note(&mut facts, fact as u64, RawTime::yearless(at(YEARLESS, 2, *second) + zone, 1000));
        }
        facts
    }

    #[test]
    fn what_both_saw_gives_the_zone() {
        let (events, klog) = (events(&[0, 61, 3000]), klog(8 * HOUR, &[1, 62, 2999]));
        let found = zones(&[&klog, &events], &[0], &[None, None], &[None, None]);
        assert_eq!(found.get(&0), Some(&Tied { zone_ns: 8 * HOUR, ties: 3, beside_ns: 0 }));
    }

    #[test]
    fn a_source_is_tied_over_another() {
        // The kubelet shares nothing with the Events, but two facts with the controller, whose clock they give.
        let controller = klog(8 * HOUR, &[1, 62, 2999, 4000, 4500]);
        let kubelet = {
            let mut facts = Facts::default();
            for (fact, second) in [(3, 4001), (4, 4501)] {
                note(&mut facts, fact, RawTime::yearless(at(YEARLESS, 2, second) + 8 * HOUR, 1000));
            }
            facts
        };
        let found = zones(&[&kubelet, &controller, &events(&[0, 61, 3000])], &[0, 1], &[None; 3], &[Some(2017), Some(2017), None]);
        assert_eq!(found.get(&1), Some(&Tied { zone_ns: 8 * HOUR, ties: 3, beside_ns: 0 }));
        assert_eq!(found.get(&0), Some(&Tied { zone_ns: 8 * HOUR, ties: 2, beside_ns: 0 }));
    }

    #[test]
    fn outliers_and_single_ties_do_not_count() {
        let events = events(&[0, 61, 3000, 4000, 5000]);
        let bent = klog(5 * HOUR + 30 * MINUTE, &[1, 62, 2999, 4000 + 900, 5000 + 77]);
        assert_eq!(
            zones(&[&bent, &events], &[0], &[None, None], &[None, None]).get(&0),
            Some(&Tied { zone_ns: 5 * HOUR + 30 * MINUTE, ties: 3, beside_ns: 0 })
        );
        let single = klog(HOUR, &[1]);
        assert_eq!(zones(&[&single, &events], &[0], &[None, None], &[None, None]).get(&0), None);
    }
}
