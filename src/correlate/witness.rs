//! Witnesses: what sources prove by speaking, and what their silence proves.
//!
//! In: sources with their anchors, gaps and habits. Out: signs of life, and whether a window is covered. Must not know: causes.

use super::entity::{EntityId, Kind};
use crate::component::Component;
use crate::signal::Citation;
use crate::source::Source;
use crate::time::{SECOND, Stamp};

/// A source with the entities it speaks for.
#[derive(Debug)]
pub(super) struct Witness<'a> {
    /// The source.
    pub source: &'a Source,
    /// Who speaks, where known.
    pub component: Option<Component>,
    /// Node, pod, container, instance that the source belongs to.
    pub entities: Vec<(Kind, EntityId, Box<str>)>,
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

impl Witness<'_> {
    /// Whether the source belongs to an entity.
    pub(super) fn is_of(&self, kind: Kind, id: EntityId) -> bool {
        self.entities.iter().any(|(known, other, _)| (*known, *other) == (kind, id))
    }

    /// The first (or last) sign of life within `[from, to]` nanoseconds.
    pub(super) fn speaks(&self, from: i64, to: i64, last: bool) -> Option<(Stamp, Citation)> {
        let mut found: Option<(Stamp, Citation)> = None;
        for anchor in &self.source.anchors {
            let Some(stamp) = self.source.clock.stamp(anchor.raw, anchor.offset) else { continue };
            if stamp.earliest() < from || stamp.latest() > to {
                continue;
            }
            let better = found.as_ref().is_none_or(|(known, _)| if last { stamp.ns > known.ns } else { stamp.ns < known.ns });
            if better {
                found = Some((stamp, Citation { source: self.source.id, line: anchor.line, offset: anchor.offset, text: anchor.text.clone() }));
            }
        }
        found
    }

    /// Whether the source goes on through `[from, to]` without a silence longer than its habit.
    pub(super) fn covers(&self, from: i64, to: i64) -> Result<(), String> {
        let (Some(first), Some(last)) = (self.source.first, self.source.last) else {
            return Err(format!("{} has no dated entries", self.source.path));
        };
        if first.ns > from {
            return Err(format!("{} begins at {first}", self.source.path));
        }
        if last.ns < to {
            return Err(format!("{} ends at {last}", self.source.path));
        }
        if let Some(gap) = self.source.gaps.iter().find(|gap| gap.from.ns < to && gap.to.ns > from) {
            return Err(format!("{} is silent from {} to {}", self.source.path, gap.from, gap.to));
        }
        Ok(())
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
        let Some(last) = self.stamps().filter(|stamp| stamp.ns <= from).max_by_key(|stamp| stamp.ns) else { return false };
        let reach = (3 * habit).max(60 * SECOND);
        last.ns >= from.saturating_sub(reach) && to.saturating_sub(last.ns) >= (3 * habit).max(30 * SECOND)
    }

    /// Whether the source says several things in `[from, to]`.
    pub(super) fn speaks_often(&self, from: i64, to: i64) -> bool {
        self.stamps().filter(|stamp| (from..=to).contains(&stamp.ns)).count() >= 2
    }

    fn stamps(&self) -> impl Iterator<Item = Stamp> {
        self.source.anchors.iter().filter_map(|anchor| self.source.clock.stamp(anchor.raw, anchor.offset))
    }
}
