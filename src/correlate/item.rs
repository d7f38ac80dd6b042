//! Item: what steps of a story can be: a signal, a span, a finding of another cause, or a sign of life, all in one shape.
//!
//! In: signals, spans, findings, sources' anchors. Out: items with canonical entities, in indexes for joins. Must not know: causes.

use std::collections::HashMap;
use std::sync::Arc;

use super::entity::{EntityId, Kind};
use crate::finding::Verdict;
use crate::name::Name;
use crate::signal::{Citation, SourceId};
use crate::time::Stamp;

/// What an item is, with the index of its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum What {
    /// A signal.
    Signal(u16),
    /// A span.
    Span(u16),
    /// A finding of a cause.
    Cause(u16),
    /// A sign of life of a source.
    Speech,
}

/// Something that a step can be.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// What it is.
    pub what: What,
    /// Beginning.
    pub start: Stamp,
    /// End as far as it was seen; the beginning for points.
    pub end: Stamp,
    /// Whether the end was seen. An unseen end is open: the state may have gone on.
    pub end_seen: bool,
    /// Source that told it first.
    pub source: SourceId,
    /// Entities with the names used here, by kind, in the order of the definition.
    pub entities: Vec<(Kind, EntityId, Arc<str>)>,
    /// Attributes by name.
    pub attributes: Vec<(Name, Box<str>)>,
    /// Lines that prove it, with their times.
    pub citations: Vec<(Citation, Stamp)>,
    /// For findings: how sure.
    pub verdict: Option<Verdict>,
    /// How many records it stands for: itself, and repeats that were counted only.
    pub times: u32,
    /// How long before its source was printed it was, nanoseconds, where it tells that.
    pub age_ns: Option<i64>,
}

impl Item {
    /// The entities of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (EntityId, &str)> {
        self.entities.iter().filter(move |(known, _, _)| *known == kind).map(|(_, id, name)| (*id, &**name))
    }

    /// An attribute, or the first entity of that kind.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| &**value)
            .or_else(|| super::entity::kind(name).and_then(|kind| self.of_kind(kind).next().map(|(_, name)| name)))
    }
}

/// The stamp of what has no time: it may have been at any time.
pub(super) const UNDATED: Stamp = Stamp { ns: i64::MIN / 4, precision_ns: 1, doubt_ns: i64::MAX / 2 };

/// Items of every sort, found by what they are and by an entity.
#[derive(Debug, Default)]
pub(super) struct Items {
    all: Vec<Item>,
    by_what: HashMap<What, Vec<u32>>,
    by_entity: HashMap<(What, Kind, EntityId), Vec<u32>>,
    /// Widest doubt of any item's beginning: binary searches look that much further.
    spread_ns: i64,
}

impl Items {
    /// Adds items of one sort; they must come in order of their beginning.
    pub(super) fn extend(&mut self, mut items: Vec<Item>) {
        for (item, index) in items.iter().zip(self.all.len() as u32..) {
            if item.start.ns != UNDATED.ns {
                self.spread_ns = self.spread_ns.max(item.start.doubt_ns.saturating_add(item.start.precision_ns));
            }
            self.by_what.entry(item.what).or_default().push(index);
            let mut seen: Vec<(Kind, EntityId)> = Vec::with_capacity(item.entities.len());
            for (kind, id, _) in &item.entities {
                if !seen.contains(&(*kind, *id)) {
                    seen.push((*kind, *id));
                    self.by_entity.entry((item.what, *kind, *id)).or_default().push(index);
                }
            }
        }
        if self.all.is_empty() {
            // The signals: far more than all that follow.
            self.all = items;
        } else {
            self.all.append(&mut items);
        }
    }

    /// The item of an index.
    pub(super) fn get(&self, index: u32) -> &Item {
        &self.all[index as usize]
    }

    /// All items of one sort, in order of their beginning.
    pub(super) fn of(&self, what: What) -> &[u32] {
        self.by_what.get(&what).map_or(&[], Vec::as_slice)
    }

    /// All items of one sort about one entity, in order of their beginning.
    pub(super) fn about(&self, what: What, kind: Kind, id: EntityId) -> &[u32] {
        self.by_entity.get(&(what, kind, id)).map_or(&[], Vec::as_slice)
    }

    /// Those of `list` that have a time and may begin within `[from, to]` (nanoseconds), by binary search; a few more at both ends, where doubts
    /// differ.
    pub(super) fn within<'a>(&self, list: &'a [u32], from: i64, to: i64) -> &'a [u32] {
        let low = list.partition_point(|index| self.get(*index).start.ns < from.saturating_sub(self.spread_ns));
        let high = list.partition_point(|index| self.get(*index).start.ns <= to.saturating_add(self.spread_ns));
        // What has no time stands first.
        let undated = self.undated(list).len();
        list.get(low.max(undated)..high.max(low).max(undated)).unwrap_or(&[])
    }

    /// Those of `list` that have no time: they fit every window.
    pub(super) fn undated<'a>(&self, list: &'a [u32]) -> &'a [u32] {
        let undated = list.partition_point(|index| self.get(*index).start.ns == UNDATED.ns);
        list.get(..undated).unwrap_or(&[])
    }
}
