//! Facts: what a source states that others may state too, each with its time as written.
//!
//! In: marks, one by one. Out: the same marks by fact, those that are no mark left out. Must not know: what the facts mean.
//!
//! One source may hold the words of several clocks: an Event bears the time of the machine that reports it, and the time at which the API server
//! took it in. Each such clock is a *teller*; a source's own clock is the teller without a name.

use std::collections::BTreeMap;

use crate::time::{RawTime, SECOND, Shape};

/// A fact that a teller states more often is no mark.
const MAX_TIMES: usize = 6;
/// Facts kept of one teller. More than this say nothing new.
const MAX_FACTS: usize = 4096;

/// How long after the moment a fact speaks of its writer writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// At the earliest, nanoseconds; negative: before.
    pub least: i64,
    /// At the latest, nanoseconds.
    pub most: i64,
}

impl Latency {
    /// Two programs that say the same: either may be first. Of 2600 such pairs on staged clusters whose machines kept one clock, those of one
    /// moment lay within 1 s (a writer that prints whole seconds included); the rest were other moments.
    pub const ALIKE: Self = Self { least: -3 * SECOND / 2, most: 3 * SECOND / 2 };
    /// One program that says the same in two places: its log and an Event. On the same clusters 95 of 100 such pairs lay within the second that
    /// Events are printed in, the others were other moments.
    pub const OWN: Self = Self { least: -SECOND / 4, most: SECOND / 4 };
    /// An effect: whenever it is written, its cause was before. Writers are a second out of step.
    pub const AFTER: Self = Self { least: -SECOND, most: i64::MAX / 8 };
}

/// One statement of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What: a number that is equal for equal facts.
    pub fact: u64,
    /// Whether a fact is stated once in a lifetime: an id, not a thing that may happen again.
    pub unique: bool,
    /// When, as written.
    pub time: RawTime,
    /// How late it is written.
    pub latency: Latency,
    /// Who wrote it, as a number; 0: not known. One writer's two statements are closer than [`Mark::latency`] says: see [`Latency::OWN`].
    pub writer: u64,
    /// Which life of its subject it speaks of, as a number; 0: not known. A pod of one name may live twice, with another UID.
    pub life: u64,
    /// Byte offset of its line.
    pub offset: u64,
    /// Its place among the source's records, for whoever looks it up again.
    pub place: u32,
}

impl Mark {
    /// Whether the fact may be much older than the statement: it says no more than which came first.
    pub(super) const fn is_effect(&self) -> bool {
        self.latency.most >= Latency::AFTER.most
    }
}

/// The facts of one source.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The machine whose clock the source's own records follow, if known.
    pub machine: Option<Box<str>>,
    tellers: BTreeMap<Box<str>, BTreeMap<u64, Vec<Mark>>>,
    /// Facts of which only the age is told.
    pub(super) ages: BTreeMap<u64, Vec<RawTime>>,
}

impl Facts {
    /// Nothing yet, of a source on that machine.
    pub fn of(machine: Option<&str>) -> Self {
        Self { machine: machine.map(Into::into), ..Self::default() }
    }

    /// Notes what `teller` states; the source's own clock has no name. Times of day are no marks.
    pub fn note(&mut self, teller: &str, mark: Mark) {
        if mark.time.shape == Shape::Age {
            let ages = self.ages.entry(mark.fact).or_default();
            if ages.len() < MAX_TIMES {
                ages.push(mark.time);
            }
            return;
        }
        if !matches!(mark.time.shape, Shape::Zoned | Shape::Local | Shape::Yearless) {
            return;
        }
        if !self.tellers.contains_key(teller) {
            self.tellers.insert(teller.into(), BTreeMap::new());
        }
        let Some(facts) = self.tellers.get_mut(teller) else { return };
        if facts.len() >= MAX_FACTS && !facts.contains_key(&mark.fact) {
            return;
        }
        // Most facts are stated once.
        let times = facts.entry(mark.fact).or_insert_with(|| Vec::with_capacity(1));
        if times.len() <= MAX_TIMES {
            times.push(mark);
        }
    }

    /// The tellers, in order of name.
    pub(super) fn tellers(&self) -> impl Iterator<Item = &str> {
        self.tellers.keys().map(|teller| &**teller)
    }

    /// What a teller states, by fact.
    pub(super) fn told_by(&self, teller: &str) -> impl Iterator<Item = (u64, &[Mark])> {
        self.tellers.get(teller).into_iter().flatten().filter(|(_, marks)| marks.len() <= MAX_TIMES).map(|(fact, marks)| (*fact, marks.as_slice()))
    }

    /// What the source states, whoever tells it.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &[Mark])> {
        self.tellers.keys().flat_map(|teller| self.told_by(teller))
    }
}
