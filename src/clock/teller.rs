//! Teller: one clock and what it says.
//!
//! In: statements by a source's clock, in UTC as far as that is known. Out: what two statements of one fact say of two clocks. Must not know: how
//! clocks are solved.

use std::collections::BTreeMap;

use super::facts::Latency;
use super::skew::At;
use super::vote::Range;

/// One clock and what it says.
#[derive(Clone, Debug, Default)]
pub(super) struct Teller<'a> {
    /// Its source.
    pub(super) source: usize,
    /// Its name within the source.
    pub(super) name: &'a str,
    /// Which of the source's own clocks, where that was set meanwhile: stretches that belong to one have one number.
    pub(super) level: i64,
    /// The machine it runs on, if known.
    pub(super) machine: Option<&'a str>,
    /// Its zone was given: nobody is moved for it.
    pub(super) given: bool,
    /// How its zone is known.
    pub(super) zone: Surety,
    /// Its statements, by fact.
    pub(super) facts: BTreeMap<u64, Vec<Statement>>,
}

/// How the zone of a clock is known, the least sure first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Surety {
    /// Roughly: what was found fits no zone but for minutes.
    Roughly,
    /// By what other sources say.
    ByOthers,
    /// By itself.
    #[default]
    ByItself,
}

/// One statement of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// UTC by the teller's own clock.
    pub(super) ns: i64,
    /// How fine it is written.
    pub(super) precision_ns: i64,
    /// How late it is written.
    pub(super) latency: Latency,
    /// Who wrote it; 0: not known.
    pub(super) writer: u64,
    /// Which life of its subject it speaks of; 0: not known.
    pub(super) life: u64,
    /// Whether the fact is stated once in a lifetime.
    pub(super) unique: bool,
    /// Its place in the source.
    pub(super) place: u32,
    /// Byte offset of its line.
    pub(super) offset: u64,
}

impl Statement {
    /// The moment the fact speaks of, by the teller's clock.
    fn moment(&self, latency: Latency) -> Range {
        (self.ns.saturating_sub(latency.most), self.ns.saturating_add(self.precision_ns - 1).saturating_sub(latency.least))
    }

    /// Whether the fact may be much older than the statement: it says no more than which came first.
    pub(super) const fn is_effect(&self) -> bool {
        self.latency.most >= Latency::AFTER.most
    }

    /// Whether both speak of one life of their subject, where both say which.
    pub(super) fn is_same_life(&self, other: &Self) -> Option<bool> {
        (self.life != 0 && other.life != 0).then_some(self.life == other.life)
    }

    /// What must be added to `self` for both to speak of one moment.
    pub(super) fn apart(&self, other: &Self, at: At) -> Range {
        let latency = |statement: &Self| if self.writer != 0 && self.writer == other.writer { Latency::OWN } else { statement.latency };
        let ((own_from, own_to), (from, to)) = (self.moment(latency(self)), other.moment(latency(other)));
        let (least, most) = (at.add_ns.saturating_sub(at.bound_ns), at.add_ns.saturating_add(at.bound_ns));
        (from.saturating_sub(own_to).saturating_add(least), to.saturating_sub(own_from).saturating_add(most))
    }
}
