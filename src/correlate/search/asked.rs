//! What a step asks of an item, and whether an item has it.
//!
//! In: a step and what was found before. Out: how sure an item fits. Must not know: where items come from.

use super::super::entity::{EntityId, Kind};
use super::super::item::{Item, UNDATED};
use super::super::plan::{Moment, StepPlan, Variable};
use super::super::witness::{Witness, is_local};
use super::Search;
use crate::component::Component;
use crate::signal::SourceId;
use crate::time::{Order, Stamp};

/// Records of one log that stand no farther apart than this stand beside each other: a crash block and the first words of the next start take less.
const BESIDE_BYTES: u64 = 16 << 10;

/// What a step asks of an item, with the values of the steps found before: looked up once for all candidates.
pub(super) struct Asked {
    /// Joins: one of these ids of the kind.
    pub(super) matches: Vec<(Kind, Vec<EntityId>)>,
    differ: Vec<(Kind, Vec<EntityId>)>,
    after: Option<Edge>,
    before: Option<Edge>,
    until: Option<Edge>,
}

/// A moment of an earlier step and where it was written.
#[derive(Clone, Copy)]
struct Edge {
    stamp: Stamp,
    open: bool,
    source: SourceId,
    offset: Option<u64>,
    age_ns: Option<i64>,
}

impl Search<'_, '_> {
    /// What a step asks, filled with what was found before. `None`: a step that it refers to was not found.
    pub(super) fn asked(&self, step: &StepPlan<'_>) -> Option<Asked> {
        let joins = |list: &[(Kind, Variable)]| {
            list.iter()
                .map(|(kind, variable)| {
                    let mut ids = self.values(*variable);
                    ids.sort_unstable();
                    ids.dedup();
                    (*kind, ids)
                })
                .collect::<Vec<_>>()
        };
        let edge = |moment: Option<Moment>| match moment {
            None => Some(None),
            Some(moment) => {
                let (stamp, open) = self.moment(moment)?;
                let item = self.bound.get(moment.slot)?.as_ref()?.found.first()?.item(self.world.items);
                Some(Some(Edge { stamp, open, source: item.source, offset: self.offset(moment), age_ns: item.age_ns }))
            }
        };
        Some(Asked {
            matches: joins(&step.matches),
            differ: joins(&step.differ),
            after: edge(step.after)?,
            before: edge(step.before)?,
            until: edge(step.until)?,
        })
    }

    /// Joins and order with earlier steps. `None`: it does not fit.
    pub(super) fn fits(&self, step: &StepPlan<'_>, asked: &Asked, item: &Item) -> Option<Order> {
        for (kind, values) in &asked.matches {
            if !item.of_kind(*kind).any(|(id, _)| values.binary_search(&id).is_ok()) {
                return None;
            }
        }
        for (kind, values) in &asked.differ {
            let mut own = item.of_kind(*kind).map(|(id, _)| id).peekable();
            if values.is_empty() || own.peek().is_none() || own.any(|id| values.binary_search(&id).is_ok()) {
                return None;
            }
        }
        let mut order = Order::Certain;
        if let Some(edge) = asked.after {
            order = order.min(ordered(edge, item, step.slack_ns, true));
        }
        if let Some(edge) = asked.before.filter(|edge| !edge.open) {
            order = order.min(ordered(edge, item, step.slack_ns, false));
        }
        if let Some(edge) = asked.until {
            let stamp = edge.stamp;
            order = order.min(if stamp.before(item.end) == Order::Certain || stamp.ns <= item.end.ns && edge.source == item.source {
                Order::Certain
            } else if !item.end_seen {
                Order::Possible
            } else {
                stamp.before(item.end)
            });
        }
        if let Some(slot) = step.overlaps {
            order = order.min(self.overlap(slot, item, step.min_ns.unwrap_or(0))?);
        }
        if let Some(within) = step.within_ns.filter(|_| self.is_undated(step, asked, item)) {
            match asked.after.or(asked.before).and_then(|edge| apart(edge, item)) {
                Some(apart) if apart > within => return None,
                Some(_) => {}
                // How far apart the two were is not told.
                None => order = order.min(Order::Possible),
            }
        }
        (order != Order::Contradicted).then_some(order)
    }

    /// Whether an item, or what its time is measured from, has no time.
    fn is_undated(&self, step: &StepPlan<'_>, asked: &Asked, item: &Item) -> bool {
        let edge = asked.after.or(asked.before).map(|edge| edge.stamp);
        let first =
            || self.bound.first().and_then(Option::as_ref).and_then(|bound| bound.found.first()).map(|found| found.item(self.world.items).start);
        let from = if step.after.is_none() && step.before.is_none() { first() } else { edge };
        item.start.ns == UNDATED.ns || from.is_some_and(|stamp| stamp.ns == UNDATED.ns)
    }

    /// How sure two intervals have at least `min_ns` in common.
    fn overlap(&self, slot: usize, item: &Item, min_ns: i64) -> Option<Order> {
        let other = self.bound.get(slot)?.as_ref()?.found.first()?.item(self.world.items);
        // A point has nothing in common with a span but itself.
        let point = |item: &Item| item.end_seen && item.start.ns == item.end.ns;
        let least = if point(item) || point(other) { 0 } else { min_ns.max(1) };
        let certain = item.end.earliest().min(other.end.earliest()).saturating_sub(item.start.latest().max(other.start.latest()));
        if certain >= least {
            return Some(Order::Certain);
        }
        let end = |item: &Item| if item.end_seen { item.end.latest() } else { i64::MAX / 2 };
        let possible = end(item).min(end(other)).saturating_sub(item.start.earliest().max(other.start.earliest()));
        if possible < least {
            return None;
        }
        // The same without the doubt of the clocks.
        let exact = |stamp: Stamp| Stamp { doubt_ns: 0, ..stamp };
        let end = |item: &Item| if item.end_seen { exact(item.end).latest() } else { i64::MAX / 2 };
        let written = end(item).min(end(other)).saturating_sub(item.start.ns.max(other.start.ns));
        Some(if written >= least { Order::Possible } else { Order::Strained })
    }
}

/// How far apart a moment and an item are that lie in one source, nanoseconds, where not both have a time. Two ages tell it; and a record without a time
/// that stands beside a dated one (the end of a crash block above the next start) was written about then.
fn apart(edge: Edge, item: &Item) -> Option<i64> {
    if edge.source != item.source {
        return None;
    }
    if let (Some(edge), Some(own)) = (edge.age_ns, item.age_ns) {
        return i64::try_from(edge.abs_diff(own)).ok();
    }
    let offset = item.citations.first().map(|(citation, _)| citation.offset);
    let beside = edge.offset.zip(offset).is_some_and(|(edge, own)| edge.abs_diff(own) <= BESIDE_BYTES);
    let one_is_dated = edge.stamp.ns != UNDATED.ns || item.start.ns != UNDATED.ns;
    (beside && one_is_dated).then_some(0)
}

/// Whether a source is one that the step asks to speak.
pub(super) fn speaks_for(asked: &Asked, witness: &Witness<'_>, components: &[Component]) -> bool {
    let fits = match witness.component {
        Some(component) if components.is_empty() => is_local(component),
        Some(component) => components.contains(&component),
        None => false,
    };
    fits && asked.matches.iter().all(|(kind, values)| values.iter().any(|id| witness.is_of(*kind, *id)))
}

/// Order of an item's beginning against a moment. Within one source the lines' order settles equal stamps; but an age, counted back from when its table was
/// printed, and a stamp beside it are of two clocks.
fn ordered(edge: Edge, item: &Item, slack_ns: i64, after: bool) -> Order {
    let (early, late) = if after { (edge.stamp, item.start.moved(slack_ns)) } else { (item.start, edge.stamp.moved(slack_ns)) };
    let is_dated = edge.stamp.ns != UNDATED.ns && item.start.ns != UNDATED.ns;
    if edge.source != item.source || (is_dated && edge.age_ns.is_some() != item.age_ns.is_some()) {
        return early.before(late);
    }
    let line_fits = slack_ns > 0
        || match (edge.offset, item.citations.first().map(|(citation, _)| citation.offset)) {
            (Some(other), Some(own)) if after => other <= own,
            (Some(other), Some(own)) => own <= other,
            _ => true,
        };
    let fits = early.ns < late.ns || (early.ns == late.ns && line_fits);
    if fits { Order::Certain } else { Order::Contradicted }
}
