//! Stories: what a story is told from, the anchors it may begin with, and what it is once told.
//!
//! In: a plan, and the items of the input. Out: anchors, and the verdict of a binding. Must not know: how steps are searched, how findings are
//! grouped, folded or shown.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::entity::{EntityId, Kind};
use super::item::{Item, Items, UNDATED};
use super::plan::{Slot, StepPlan, StoryPlan};
use super::witness::Witness;
use crate::finding::Verdict;
use crate::pattern::ast::{Effect, Role};
use crate::time::Order;

/// Items kept for a step that takes all.
pub(super) const MAX_ITEMS: usize = 64;

/// What a story is told from.
#[derive(Debug)]
pub(super) struct World<'a> {
    /// Everything that a step can be.
    pub items: &'a Items,
    /// Sources.
    pub witnesses: &'a [Witness<'a>],
    /// Latest moment that any source speaks of, nanoseconds.
    pub ends_ns: i64,
    /// Definitions of the signals, for the verbosity at which they are printed.
    pub signals: &'a [&'a crate::pattern::ast::Signal],
    /// Items looked at and steps tried so far: what the search costs.
    pub looks: Cell<usize>,
}

/// An item that is a step: shared, or made for this story.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// Index in [`Items`].
    Shared(u32),
    /// A sign of life.
    Own(Rc<Item>),
}

/// What a step turned out to be.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// Which alternative.
    pub alternative: usize,
    /// The items, the shown one first. Empty for a proven absence.
    pub found: Vec<Found>,
    /// How many items fit in all.
    pub count: usize,
    /// The count is a least one: not all that may fit were looked at.
    pub more: bool,
    /// How sure its order or overlap is.
    pub order: Order,
    /// For an absence: the sources that cover it.
    pub covered_by: Vec<usize>,
}

/// A story told to the end.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// By slot; `None`: not found.
    pub bound: Vec<Option<Bound>>,
    /// Why steps could not be judged, by slot.
    pub unknown: Vec<(usize, String)>,
    /// Steps that are required by a chosen alternative, beside those that always are.
    pub needs: Vec<usize>,
    /// A bound of the search was hit.
    pub cut: bool,
}

impl Binding {
    /// The shown item of a slot.
    pub(super) fn item<'a>(&'a self, slot: usize, items: &'a Items) -> Option<&'a Item> {
        self.bound.get(slot)?.as_ref()?.found.first().map(|found| found.item(items))
    }

    /// Whether something else surely tells the same. Where only the doubt of clocks lets it fit, both are told.
    pub(super) fn yields(&self, story: &StoryPlan<'_>) -> bool {
        let yields = |(slot, bound): (&Slot<'_>, &Option<Bound>)| {
            bound.as_ref().is_some_and(|bound| {
                slot.role == Role::Against && bound.order == Order::Certain && slot.alternatives[bound.alternative].ast.effect == Effect::Yields
            })
        };
        story.steps.iter().zip(&self.bound).any(yields)
    }

    /// The verdict that follows from what was found.
    pub(super) fn verdict(&self, story: &StoryPlan<'_>) -> Verdict {
        let mut verdict = Verdict::Confirmed;
        for (at, slot) in story.steps.iter().enumerate() {
            let required = slot.role == Role::Required || self.needs.contains(&at);
            match &self.bound[at] {
                Some(bound) if slot.role == Role::Against => match slot.alternatives[bound.alternative].ast.effect {
                    Effect::Refutes if bound.order == Order::Certain => return Verdict::Refuted,
                    _ => verdict = verdict.max(Verdict::Possible),
                },
                Some(bound) => {
                    let needed = required || matches!(slot.role, Role::Decisive | Role::Proof);
                    let strained = needed && bound.order == Order::Strained;
                    let doubtful = slot.alternatives[bound.alternative].ast.certain && bound.order != Order::Certain;
                    if strained || doubtful || bound.weakens(slot) {
                        verdict = verdict.max(Verdict::Possible);
                    }
                }
                None if required || slot.role == Role::Decisive => verdict = verdict.max(Verdict::NotAssessable),
                None if slot.role == Role::Proof => verdict = verdict.max(Verdict::Possible),
                None => {}
            }
        }
        verdict
    }
}

impl Found {
    /// The item.
    pub(super) fn item<'a>(&'a self, items: &'a Items) -> &'a Item {
        match self {
            Self::Shared(index) => items.get(*index),
            Self::Own(item) => item,
        }
    }
}

impl World<'_> {
    /// Whether an item meets what a step asks without other steps.
    pub(super) fn suits(&self, step: &StepPlan<'_>, item: &Item) -> bool {
        let alone = step.overlaps.is_none() && step.ast.count.is_none() && !step.ast.absent;
        suits(step, item) && step.min_ns.filter(|_| alone).is_none_or(|min| self.known_until(item).saturating_sub(item.start.ns) >= min)
    }

    /// Until when an item is known to have lasted. An end that was not seen counts as long as the source that told of the beginning goes on: what a
    /// log says after its last line nobody knows.
    fn known_until(&self, item: &Item) -> i64 {
        let teller = self.witnesses.get(item.source as usize).and_then(|witness| witness.source.last).filter(|_| !item.end_seen);
        teller.map_or(item.end.ns, |last| last.ns.max(item.end.ns))
    }

    /// Every item that fits the anchor of a story, in order of time; for an anchor that counts, the sets that reach the number.
    pub(super) fn anchors(&self, story: &StoryPlan<'_>, group: &[Kind]) -> Vec<Bound> {
        let Some(slot) = story.steps.first() else { return Vec::new() };
        let mut anchors = Vec::new();
        for (alternative, step) in slot.alternatives.iter().enumerate() {
            let mut fits: Vec<u32> = Vec::new();
            for what in &step.what {
                fits.extend(self.items.of(*what).iter().filter(|index| self.suits(step, self.items.get(**index))));
            }
            fits.sort_by_key(|index| (self.items.get(*index).start.ns, *index));
            if step.ast.count.is_none() {
                anchors.extend(fits.into_iter().map(|index| Bound::one(alternative, Found::Shared(index), Order::Certain)));
            } else {
                anchors.extend(self.counted(step, alternative, &fits, group));
            }
        }
        anchors
    }

    /// Sets of items that reach the count within a sliding window, one set for each run of such windows and each group.
    fn counted(&self, step: &StepPlan<'_>, alternative: usize, fits: &[u32], group: &[Kind]) -> Vec<Bound> {
        let mut parts: Vec<Vec<u32>> = Vec::new();
        let mut known: HashMap<Vec<EntityId>, usize> = HashMap::new();
        for index in fits {
            let item = self.items.get(*index);
            let key: Vec<EntityId> = group.iter().filter_map(|kind| item.of_kind(*kind).next().map(|(id, _)| id)).collect();
            if key.len() < group.len() {
                continue;
            }
            let part = *known.entry(key).or_insert(parts.len());
            match parts.get_mut(part) {
                Some(list) => list.push(*index),
                None => parts.push(vec![*index]),
            }
        }
        let count = step.ast.count.unwrap_or_default();
        let least = count.gte.unwrap_or(1) as usize;
        let mut sets: Vec<Bound> = Vec::new();
        for list in parts {
            let mut low = 0;
            let mut run: Option<(usize, usize)> = None;
            let mut runs: Vec<(usize, usize)> = Vec::new();
            let mut number = Number::new(step);
            for high in 0..list.len() {
                let item = self.items.get(list[high]);
                let end = item.start.ns;
                number.add(item);
                while step.within_ns.is_some_and(|within| end - self.items.get(list[low]).start.ns > within) {
                    number.remove(self.items.get(list[low]));
                    low += 1;
                }
                if number.get() >= least {
                    run = match run {
                        Some((from, to)) if low <= to => Some((from, high)),
                        Some(ended) => {
                            runs.push(ended);
                            Some((low, high))
                        }
                        None => Some((low, high)),
                    };
                }
            }
            runs.extend(run);
            for (from, to) in runs {
                let set = list.get(from..=to).unwrap_or_default();
                let items = || set.iter().map(|index| self.items.get(*index));
                let share = |least: u32| set.len() * 100 >= self.meanwhile(fits, set) * least as usize;
                let fitting = count.lte.is_none_or(|most| Number::of(step, items()) <= most as usize)
                    && lasts(step, items())
                    && count.percent.is_none_or(share);
                if !fitting {
                    continue;
                }
                sets.push(Bound {
                    alternative,
                    count: items().map(|item| item.times as usize).sum(),
                    more: false,
                    found: set.iter().take(MAX_ITEMS).map(|index| Found::Shared(*index)).collect(),
                    order: Order::Certain,
                    covered_by: Vec::new(),
                });
            }
        }
        sets
    }

    /// How many items of every group lie between the first and the last of a set. Both are in order of time.
    fn meanwhile(&self, fits: &[u32], set: &[u32]) -> usize {
        let at = |index: Option<&u32>| index.map_or(0, |index| self.items.get(*index).start.ns);
        let (first, last) = (at(set.first()), at(set.last()));
        fits.partition_point(|index| at(Some(index)) <= last) - fits.partition_point(|index| at(Some(index)) < first)
    }
}

/// A value of an entity kind or of an attribute.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Value {
    Thing(EntityId),
    Text(Box<str>),
}

/// How many items, or different values, a window has that moves along.
struct Number<'s> {
    distinct: Option<&'s str>,
    items: usize,
    values: HashMap<Value, usize>,
}

impl<'s> Number<'s> {
    fn new(step: &'s StepPlan<'_>) -> Self {
        Self { distinct: step.ast.distinct.as_deref(), items: 0, values: HashMap::new() }
    }

    fn of<'i>(step: &'s StepPlan<'_>, items: impl Iterator<Item = &'i Item>) -> usize {
        let mut number = Self::new(step);
        items.for_each(|item| number.add(item));
        number.get()
    }

    fn add(&mut self, item: &Item) {
        self.items += item.times as usize;
        for value in self.distinct.into_iter().flat_map(|name| values(name, item)) {
            *self.values.entry(value).or_default() += 1;
        }
    }

    fn remove(&mut self, item: &Item) {
        self.items -= item.times as usize;
        for value in self.distinct.into_iter().flat_map(|name| values(name, item)) {
            if let Some(count) = self.values.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.values.remove(&value);
                }
            }
        }
    }

    fn get(&self) -> usize {
        if self.distinct.is_some() { self.values.len() } else { self.items }
    }
}

fn values(name: &str, item: &Item) -> Vec<Value> {
    match super::entity::kind(name) {
        Some(kind) if item.of_kind(kind).next().is_some() => item.of_kind(kind).map(|(id, _)| Value::Thing(id)).collect(),
        _ => item.value(name).map(|value| Value::Text(value.into())).into_iter().collect(),
    }
}

impl Bound {
    /// Whether it was found in a way that leaves doubt.
    pub(super) fn weakens(&self, slot: &Slot<'_>) -> bool {
        slot.role != Role::Against && slot.alternatives[self.alternative].ast.effect == Effect::Weakens
    }

    pub(super) fn one(alternative: usize, found: Found, order: Order) -> Self {
        Self { alternative, found: vec![found], count: 1, more: false, order, covered_by: Vec::new() }
    }
}

/// Conditions that need no other step and no source.
fn suits(step: &StepPlan<'_>, item: &Item) -> bool {
    item.verdict.is_none_or(Verdict::holds)
        && step.conditions.iter().all(|(name, condition)| condition.fits(item.value(name)))
        && step.lacks.iter().all(|kind| item.of_kind(*kind).next().is_none())
}

/// Whether counted items, in any order, are as far apart as the step asks.
pub(super) fn lasts<'a>(step: &StepPlan<'_>, items: impl Iterator<Item = &'a Item>) -> bool {
    let Some(min) = step.min_ns.filter(|_| step.ast.overlaps.is_none()) else { return true };
    let dated = items.filter(|item| item.start.ns != UNDATED.ns);
    let (first, last) = dated.fold((i64::MAX, i64::MIN), |(first, last), item| (first.min(item.start.ns), last.max(item.start.ns)));
    last.saturating_sub(first) >= min
}

/// How many different values of an entity kind or attribute items have.
pub(super) fn distinct<'a>(name: &str, items: impl Iterator<Item = &'a Item>) -> usize {
    items.flat_map(|item| values(name, item)).collect::<HashSet<_>>().len()
}
