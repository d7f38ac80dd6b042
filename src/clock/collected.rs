//! Collected: the moment from which ages count.
//!
//! In: facts that a table states with an age, and the same facts with a date elsewhere. Out: when each table was printed, as fine as its ages are.
//! Must not know: what the facts mean.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::settled::{Neighbours, Settled};
use super::vote::{Bounds, Range, agreed};
use crate::time::{HOUR, SECOND, Stamp};

/// So many facts must agree.
const LEAST: usize = 2;
/// Dates of one moment lie no farther apart.
const ONE_MOMENT: i64 = 5 * SECOND;
/// Ages that are coarser than this say little.
const COARSE: i64 = HOUR;

/// When a source was collected, and how many facts say so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Collected {
    pub(super) at: Stamp,
    pub(super) ties: usize,
}

/// The moment of collection of each source that has ages, where facts tell it.
pub(super) fn find(facts: &[Facts], settled: &[Settled]) -> Vec<Option<Collected>> {
    if facts.iter().all(|facts| facts.ages.is_empty()) {
        return vec![None; facts.len()];
    }
    let mut dated: BTreeMap<u64, Vec<Range>> = BTreeMap::new();
    for (facts, settled) in facts.iter().zip(settled) {
        for (fact, marks) in facts.all() {
            let stamps = marks.iter().filter_map(|mark| settled.stamp(Some(mark.time), None, mark.offset, &Neighbours::default()));
            dated.entry(fact).or_default().extend(stamps.map(|stamp| (stamp.earliest(), stamp.latest())));
        }
    }
    facts.iter().map(|facts| one(facts, &dated)).collect()
}

/// Whether all dates of a fact are of one moment: of what happened again, an age tells of one time, nobody knows which.
fn is_one(moments: &[Range]) -> bool {
    let (from, to) = moments.iter().fold((i64::MAX, i64::MIN), |(from, to), moment| (from.min(moment.0), to.max(moment.1)));
    to.saturating_sub(from) <= ONE_MOMENT
}

fn one(facts: &Facts, dated: &BTreeMap<u64, Vec<Range>>) -> Option<Collected> {
    let ranges = facts.ages.iter().filter_map(|(fact, ages)| {
        let moments = dated.get(fact).filter(|moments| is_one(moments) && ages.len() == 1)?;
        // An age is cut off at its last unit: the time since is that long or longer, by less than one unit.
        let fine = ages.iter().filter(|age| age.precision_ns <= COARSE);
        let ranges = fine.flat_map(|age| {
            moments.iter().map(|(from, to)| (from.saturating_add(age.ns), to.saturating_add(age.ns).saturating_add(age.precision_ns)))
        });
        Some(ranges.collect::<Vec<_>>())
    });
    let ranges: Vec<Vec<Range>> = ranges.filter(|ranges| !ranges.is_empty()).collect();
    let agreed = agreed(&ranges, &Bounds::default(), LEAST).filter(|agreed| agreed.votes * 2 > ranges.len())?;
    Some(Collected { at: Stamp { ns: agreed.middle(), precision_ns: 1, doubt_ns: agreed.bound() }, ties: agreed.votes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::facts::{Latency, Mark};
    use crate::time::{MINUTE, RawTime, Shape};

    fn mark(fact: u64, time: RawTime) -> Mark {
        Mark { fact, unique: false, time, latency: Latency::ALIKE, writer: 0, life: 0, offset: 0, place: 0 }
    }

    #[test]
    fn an_event_that_is_dated_elsewhere_tells_when_its_age_was_printed() {
        let (mut events, mut table) = (Facts::default(), Facts::default());
        for (fact, at, age, unit) in [(1, 100, 500, SECOND), (2, 300, 300, SECOND), (3, 0, 600, MINUTE), (4, 50, 9, SECOND)] {
            events.note("", mark(fact, RawTime::zoned(at * SECOND, SECOND)));
            table.note("", mark(fact, RawTime { shape: Shape::Age, ns: age * SECOND, precision_ns: unit }));
        }
        let found = find(&[events, table], &[Settled::default(), Settled::default()]);
        assert_eq!((found[0], found[1].map(|found| found.ties)), (None, Some(3)));
        let at = found[1].unwrap().at;
        assert!((at.ns - 601 * SECOND).abs() <= at.doubt_ns && at.doubt_ns <= 2 * SECOND, "{at:?}");
    }
}
