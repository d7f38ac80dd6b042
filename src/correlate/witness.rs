//! Witnesses: what sources prove by speaking, and what their silence proves.
//!
//! In: sources with their anchors, gaps and habits. Out: signs of life, and whether a window is covered. Must not know: causes.

use std::sync::Arc;

use super::entity::{EntityId, Kind};
use crate::component::Component;
use crate::signal::Citation;
use crate::source::{Loss, Source};
use crate::time::{SECOND, Stamp};

/// A source with the entities it speaks for.
#[derive(Debug)]
pub(super) struct Witness<'a> {
    /// The source.
    pub source: &'a Source,
    /// Who speaks, where known.
    pub component: Option<Component>,
    /// Node, pod, container, instance that the source belongs to.
    pub entities: Vec<(Kind, EntityId, Arc<str>)>,
    /// When its anchors were written, with their indexes, in order of time.
    stamps: Vec<(Stamp, usize)>,
}

/// Whether a window is covered by a source that would have spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// Yes: these sources (indexes) cover it.
    Covered(Vec<usize>),
    /// No, and why.
    Open(String),
}

/// Components that speak for the machine or pod they run on. The others speak about the whole cluster wherever they run.
pub(super) fn is_local(component: Component) -> bool {
    use Component::{Container, Containerd, Crio, Dockerd, Kernel, KubeProxy, Kubelet, Mysqld, MysqldSafe, Redis, Systemd};
    matches!(component, Kubelet | KubeProxy | Containerd | Crio | Dockerd | Kernel | Systemd | Mysqld | MysqldSafe | Redis | Container)
}

impl<'a> Witness<'a> {
    /// A source that speaks for these.
    pub(super) fn new(source: &'a Source, component: Option<Component>, entities: Vec<(Kind, EntityId, Arc<str>)>) -> Self {
        let dated = source.anchors.iter().enumerate().filter_map(|(at, anchor)| Some((source.clock.stamp(anchor.raw, anchor.offset)?, at)));
        let mut stamps: Vec<(Stamp, usize)> = dated.collect();
        stamps.sort_by_key(|(stamp, at)| (stamp.ns, *at));
        Self { source, component, entities, stamps }
    }

    /// Whether the source belongs to an entity.
    pub(super) fn is_of(&self, kind: Kind, id: EntityId) -> bool {
        self.entities.iter().any(|(known, other, _)| (*known, *other) == (kind, id))
    }

    /// The first (or last) sign of life within `[from, to]` nanoseconds.
    pub(super) fn speaks(&self, from: i64, to: i64, last: bool) -> Option<(Stamp, Citation)> {
        let within = self.within(from, to);
        let fits = |(stamp, _): &&(Stamp, usize)| stamp.earliest() >= from && stamp.latest() <= to;
        let (stamp, at) = if last {
            // Of equal stamps the one that was written first.
            let latest = within.iter().rev().find(fits)?.0.ns;
            within.get(within.partition_point(|(stamp, _)| stamp.ns < latest)..)?.iter().find(fits)?
        } else {
            within.iter().find(fits)?
        };
        let anchor = self.source.anchors.get(*at)?;
        Some((*stamp, Citation { source: self.source.id, line: anchor.line, offset: anchor.offset, text: anchor.text.clone() }))
    }

    /// The last sign of life before a moment.
    pub(super) fn last_before(&self, ns: i64) -> Option<Stamp> {
        let after = self.stamps.partition_point(|(stamp, _)| stamp.ns < ns);
        self.stamps.get(after.checked_sub(1)?).map(|(stamp, _)| *stamp)
    }

    /// Anchors whose stamps lie within `[from, to]`.
    fn within(&self, from: i64, to: i64) -> &[(Stamp, usize)] {
        let low = self.stamps.partition_point(|(stamp, _)| stamp.ns < from);
        let high = self.stamps.partition_point(|(stamp, _)| stamp.ns <= to);
        self.stamps.get(low..high).unwrap_or_default()
    }

    /// Whether the source goes on through `[from, to]` without a silence longer than its habit.
    pub(super) fn covers(&self, from: i64, to: i64) -> Result<(), String> {
        let (Some(first), Some(last)) = (self.source.first, self.source.last) else {
            return Err(format!("{} has no dated entries", self.source.path));
        };
        if first.ns > from {
            let cut = self.source.losses.iter().find(|loss| loss.from.is_none()).map_or(String::new(), |loss| format!(": {}", loss.what));
            return Err(format!("{} begins at {first}{cut}", self.source.path));
        }
        if last.ns < to {
            return Err(format!("{} ends at {last}", self.source.path));
        }
        if let Some(gap) = self.source.gaps.iter().find(|gap| gap.from.ns < to && gap.to.ns > from) {
            return Err(format!("{} is silent from {} to {}", self.source.path, gap.from, gap.to));
        }
        self.lacks(from, to).map_or(Ok(()), Err)
    }

    /// Why the source lacks records within `[from, to]`, where it says so.
    pub(super) fn lacks(&self, from: i64, to: i64) -> Option<String> {
        let meets = |loss: &&Loss| loss.from.is_some_and(|start| start.ns < to) && loss.to.is_none_or(|end| end.ns > from);
        let loss = self.source.losses.iter().find(meets)?;
        let until = loss.to.map_or_else(|| "its end".to_owned(), |end| end.to_string());
        Some(format!("{} lacks records from {} to {until}: {}", self.source.path, loss.from?, loss.what))
    }

    /// The thing of a kind that the source belongs to.
    pub(super) fn of_kind(&self, name: &str) -> Option<EntityId> {
        let kind = super::entity::kind(name)?;
        self.entities.iter().find(|(known, _, _)| *known == kind).map(|(_, id, _)| *id)
    }

    /// Whether the silence of the source in `[from, to]` means something: it was speaking up to the beginning, and had it lived, it would have spoken
    /// several times before `to`.
    pub(super) fn would_have_spoken(&self, from: i64, to: i64) -> bool {
        self.source.entries >= 5 && self.fell_silent(from, to, self.source.habit_ns)
    }

    /// Whether the source spoke until shortly before `from`, and is silent until `to` for several times what it should be.
    pub(super) fn fell_silent(&self, from: i64, to: i64, habit_ns: i64) -> bool {
        let habit = habit_ns.max(SECOND);
        // A machine that stood still and went on speaks again later: what counts is its last word before the silence.
        let Some(last) = self.last_before(from.saturating_add(1)) else { return false };
        let reach = (3 * habit).max(60 * SECOND);
        last.ns >= from.saturating_sub(reach) && to.saturating_sub(last.ns) >= (3 * habit).max(30 * SECOND)
    }

    /// Whether the source says several things in `[from, to]`.
    pub(super) fn speaks_often(&self, from: i64, to: i64) -> bool {
        self.within(from, to).len() >= 2
    }
}
