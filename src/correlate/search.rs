//! Search: the steps of a story are looked for, each joined to those found before.
//!
//! In: a story's plan, an anchor, the items and witnesses. Out: bindings: which items are which steps, and how sure their order is. Must not know:
//! verdicts, findings.
//!
//! Required steps branch over their candidates (of those that later steps cannot tell apart the first that leads to the end is told), the others
//! take what they find. The work for one anchor is bounded, and a bound that is hit is told.

use std::rc::Rc;

use super::entity::EntityId;
use super::item::{Item, What};
use super::plan::{Moment, Slot, StepPlan, StoryPlan, Variable};
use super::story::{Binding, Bound, Found, MAX_ITEMS, World, distinct, lasts};
use crate::pattern::ast::{Pick, Role};
use crate::time::{Order, Stamp};

mod absence;
mod asked;

use absence::Absence;
use asked::{Asked, speaks_for};

/// Candidates of one required step that are followed.
const MAX_BRANCHES: usize = 256;
/// Bindings tried for one anchor.
const MAX_BINDINGS: usize = 512;
/// Steps tried for one anchor.
const MAX_VISITS: usize = 50_000;
/// Items that fit one step and are looked at, once one is sure among them; more are only said to be there.
const MAX_FITTING: usize = 2048;
/// Items of one step that are looked at, whether they fit or not.
const MAX_LOOKS: usize = 65_536;

/// A window in time, nanoseconds, both ends included.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: i64,
    to: i64,
}

/// How many candidates are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    /// One is enough to know.
    Any,
    /// All, as far as the bounds go.
    All,
}

struct Search<'w, 'p> {
    world: &'w World<'w>,
    story: &'p StoryPlan<'p>,
    bound: Vec<Option<Bound>>,
    unknown: Vec<(usize, String)>,
    needs: Vec<usize>,
    told: Vec<Binding>,
    visits: usize,
    /// Items looked at.
    looks: std::cell::Cell<usize>,
    /// The list that was looked through last had to be cut.
    more: std::cell::Cell<bool>,
    cut: bool,
}

impl World<'_> {
    /// Tells the story from one anchor.
    pub(super) fn tell(&self, story: &StoryPlan<'_>, anchor: Bound) -> Vec<Binding> {
        let mut search = Search {
            world: self,
            story,
            bound: vec![None; story.steps.len()],
            unknown: Vec::new(),
            needs: story.steps[0].alternatives[anchor.alternative].needs.clone(),
            told: Vec::new(),
            visits: 0,
            looks: std::cell::Cell::new(0),
            more: std::cell::Cell::new(false),
            cut: false,
        };
        search.bound[0] = Some(anchor);
        search.descend(1);
        self.looks.set(self.looks.get() + search.looks.get() + search.visits);
        let cut = search.cut;
        let mut told = search.told;
        for binding in &mut told {
            binding.cut |= cut;
        }
        told
    }
}

impl Search<'_, '_> {
    fn descend(&mut self, at: usize) {
        self.visits += 1;
        if self.told.len() >= MAX_BINDINGS || self.visits > MAX_VISITS {
            self.cut = true;
            return;
        }
        let story = self.story;
        let Some(slot) = story.steps.get(at) else {
            self.told.push(Binding { bound: self.bound.clone(), unknown: self.unknown.clone(), needs: self.needs.clone(), cut: false });
            return;
        };
        let required = slot.role == Role::Required || self.needs.contains(&at);
        if !required {
            let before = self.unknown.len();
            let found = slot.alternatives.iter().enumerate().find_map(|(alternative, step)| self.find(at, alternative, step));
            self.bound[at] = found;
            self.descend(at + 1);
            self.bound[at] = None;
            self.unknown.truncate(before);
            return;
        }
        for (alternative, step) in slot.alternatives.iter().enumerate() {
            let told = self.told.len();
            let (unknown, needs) = (self.unknown.len(), self.needs.len());
            let branches = self.branches(at, alternative, step);
            self.needs.extend(step.needs.iter().copied());
            let mut led: Vec<Vec<EntityId>> = Vec::new();
            for branch in branches {
                let key = branch.as_ref().map_or_else(Vec::new, |bound| self.key(slot, bound));
                if led.contains(&key) {
                    continue;
                }
                let before = self.told.len();
                self.bound[at] = branch;
                self.descend(at + 1);
                self.bound[at] = None;
                if self.told.len() > before {
                    led.push(key);
                }
            }
            self.unknown.truncate(unknown);
            self.needs.truncate(needs);
            if self.told.len() > told {
                return;
            }
        }
    }

    /// The ways in which a required step can be bound. A step that cannot be judged is one way: unbound.
    fn branches(&mut self, at: usize, alternative: usize, step: &StepPlan<'_>) -> Vec<Option<Bound>> {
        if step.ast.absent {
            return match self.absence(alternative, step) {
                Absence::Proven(bound) => vec![Some(bound)],
                Absence::Unknown(why) => {
                    self.unknown.push((at, why));
                    vec![None]
                }
                Absence::Refuted => Vec::new(),
            };
        }
        if step.ast.count.is_some() || step.ast.pick == Pick::All {
            return self.find(at, alternative, step).map(Some).into_iter().collect();
        }
        let mut ranked = self.candidates(step, Want::All);
        self.rank(step, &mut ranked);
        self.cut |= self.more.get();
        if ranked.len() > MAX_BRANCHES {
            self.cut = true;
            ranked.truncate(MAX_BRANCHES);
        }
        ranked.into_iter().map(|(found, order)| Some(Bound::one(alternative, found, order))).collect()
    }

    /// What later steps can tell this one's candidates apart by, time aside: of those that agree in it, the first that leads to the end is told.
    fn key(&self, slot: &Slot<'_>, bound: &Bound) -> Vec<EntityId> {
        let Some(found) = bound.found.first() else { return Vec::new() };
        let item = found.item(self.world.items);
        slot.referred.iter().flat_map(|kind| item.of_kind(*kind).map(|(id, _)| id)).collect()
    }

    /// A step that is found without branching.
    fn find(&mut self, at: usize, alternative: usize, step: &StepPlan<'_>) -> Option<Bound> {
        if step.ast.absent {
            return match self.absence(alternative, step) {
                Absence::Proven(bound) => Some(bound),
                Absence::Unknown(why) => {
                    self.unknown.push((at, why));
                    None
                }
                Absence::Refuted => None,
            };
        }
        let mut ranked = self.candidates(step, Want::All);
        let more = self.more.get();
        self.rank(step, &mut ranked);
        if let Some(count) = step.ast.count {
            let number = match &step.ast.distinct {
                Some(name) => distinct(name, ranked.iter().map(|(found, _)| found.item(self.world.items))),
                None => ranked.iter().map(|(found, _)| found.item(self.world.items).times as usize).sum(),
            };
            if count.gte.is_some_and(|least| number < least as usize) || count.lte.is_some_and(|most| number > most as usize) {
                return None;
            }
            if !lasts(step, ranked.iter().map(|(found, _)| found.item(self.world.items))) {
                return None;
            }
        }
        let order = ranked.first()?.1;
        let all = step.ast.count.is_some() || step.ast.pick == Pick::All;
        let count = ranked.iter().map(|(found, _)| found.item(self.world.items).times as usize).sum();
        let found = ranked.into_iter().take(if all { MAX_ITEMS } else { 1 }).map(|(found, _)| found).collect();
        Some(Bound { alternative, found, count, more, order, covered_by: Vec::new() })
    }

    /// Puts certain ones first, then as `pick` says.
    fn rank(&self, step: &StepPlan<'_>, list: &mut [(Found, Order)]) {
        let items = self.world.items;
        let near = step.after.or(step.before).and_then(|moment| self.moment(moment)).map_or(0, |(stamp, _)| stamp.ns);
        list.sort_by_key(|(found, order)| {
            let start = found.item(items).start;
            // Of two that say the same the one with the finer stamp: an Event's second begins before the moment it means.
            let key = match step.ast.pick {
                Pick::First | Pick::All => start.ns.saturating_add(start.precision_ns),
                Pick::Last => start.ns.saturating_neg(),
                Pick::Nearest => start.ns.saturating_sub(near).saturating_abs(),
            };
            (std::cmp::Reverse(*order), key)
        });
    }

    /// The items that fit a step. Those that `pick` prefers are looked at first; a list that is too long is cut, and [`Search::more`] tells so.
    fn candidates(&self, step: &StepPlan<'_>, want: Want) -> Vec<(Found, Order)> {
        self.more.set(false);
        let Some(window) = self.window(step) else { return Vec::new() };
        let Some(asked) = self.asked(step) else { return Vec::new() };
        if step.speaks.is_some() {
            return self.speech(step, &asked, window);
        }
        let items = self.world.items;
        let mut list = Vec::new();
        for what in &step.what {
            // The join that leaves least to look at.
            let joined = asked.matches.iter().map(|(kind, ids)| {
                let lists: Vec<&[u32]> = ids.iter().map(|id| items.within(items.about(*what, *kind, *id), window.from, window.to)).collect();
                (lists.iter().map(|list| list.len()).sum::<usize>(), lists)
            });
            let mut lists = match joined.min_by_key(|(length, _)| *length) {
                Some((_, lists)) => lists,
                None => vec![items.within(items.of(*what), window.from, window.to)],
            };
            // What has no time fits every window.
            match asked.matches.first() {
                Some((kind, ids)) => lists.extend(ids.iter().map(|id| items.undated(items.about(*what, *kind, *id)))),
                None => lists.push(items.undated(items.of(*what))),
            }
            let merged;
            let indexes: &[u32] = if let [one, []] = lists.as_slice() {
                one
            } else {
                let mut all = lists.concat();
                all.sort_unstable();
                all.dedup();
                merged = all;
                &merged
            };
            let (mut fitting, mut sure) = (0, false);
            let backwards = step.ast.pick == Pick::Last;
            for at in 0..indexes.len() {
                let index = indexes[if backwards { indexes.len() - 1 - at } else { at }];
                let item = items.get(index);
                if at >= MAX_LOOKS || (fitting >= MAX_FITTING && (sure || want == Want::Any)) {
                    self.more.set(true);
                    break;
                }
                self.looks.set(self.looks.get() + 1);
                if item.start.latest() >= window.from
                    && item.start.earliest() <= window.to
                    && self.world.suits(step, item)
                    && !self.taken(step, item.what, index)
                    && let Some(order) = self.fits(step, &asked, item)
                {
                    fitting += 1;
                    sure |= order == Order::Certain;
                    list.push((Found::Shared(index), order));
                    if want == Want::Any {
                        return list;
                    }
                }
            }
            if backwards {
                // Equal ones stay in order of their lines.
                let from = list.len() - fitting;
                list[from..].reverse();
            }
        }
        list
    }

    /// Whether an item is a step already: a state cannot be another one beside itself, nor is a record absent after itself.
    fn taken(&self, step: &StepPlan<'_>, what: What, index: u32) -> bool {
        let before = step.after.filter(|_| step.ast.absent).map(|moment| moment.slot);
        let state = matches!(what, What::Span(_));
        // Asked for every item that fits, and hardly any step is one of these.
        if !state && before.is_none() {
            return false;
        }
        let mut slots = self.bound.iter().enumerate().filter(|(slot, _)| state || before == Some(*slot)).filter_map(|(_, bound)| bound.as_ref());
        slots.any(|bound| bound.found.iter().any(|found| matches!(found, Found::Shared(known) if *known == index)))
    }

    /// Window in which the step's beginning may lie. `None` if a step it refers to was not found.
    fn window(&self, step: &StepPlan<'_>) -> Option<Window> {
        let mut window = Window { from: i64::MIN / 2, to: i64::MAX / 2 };
        if let Some(moment) = step.after {
            let (stamp, _) = self.moment(moment)?;
            window.from = stamp.earliest().saturating_sub(step.slack_ns);
            if let Some(within) = step.within_ns {
                window.to = stamp.latest().saturating_add(within);
            }
        }
        if let Some(moment) = step.before {
            let (stamp, open) = self.moment(moment)?;
            if !open {
                window.to = window.to.min(stamp.latest().saturating_add(step.slack_ns));
            }
            if let Some(within) = step.within_ns.filter(|_| step.after.is_none()) {
                window.from = stamp.earliest().saturating_sub(within);
            }
        }
        if let (None, None, Some(within)) = (step.after, step.before, step.within_ns)
            && let Some(anchor) = self.bound.first().and_then(Option::as_ref).and_then(|bound| bound.found.first())
        {
            let item = anchor.item(self.world.items);
            window = Window { from: item.start.earliest().saturating_sub(within), to: item.end.latest().saturating_add(within) };
        }
        Some(window)
    }

    /// The part of the window in which the order is beyond doubt.
    fn certain_window(&self, step: &StepPlan<'_>) -> Option<Window> {
        let mut window = Window { from: i64::MIN / 2, to: i64::MAX / 2 };
        if let Some(moment) = step.after {
            window.from = self.moment(moment)?.0.latest().saturating_sub(step.slack_ns).saturating_add(1);
        }
        if let Some((stamp, false)) = step.before.and_then(|moment| self.moment(moment)) {
            window.to = stamp.earliest().saturating_add(step.slack_ns).saturating_sub(1);
        }
        Some(window)
    }

    /// A moment of an earlier step, and whether it is an end that was not seen.
    fn moment(&self, moment: Moment) -> Option<(Stamp, bool)> {
        let bound = self.bound.get(moment.slot)?.as_ref()?;
        let item = bound.found.first()?.item(self.world.items);
        if !moment.end {
            return Some((item.start, false));
        }
        let last = bound.found.iter().map(|found| found.item(self.world.items)).max_by_key(|item| item.end.ns).unwrap_or(item);
        Some((last.end, !last.end_seen))
    }

    fn values(&self, variable: Variable) -> Vec<EntityId> {
        let Some(bound) = self.bound.get(variable.slot).and_then(Option::as_ref) else { return Vec::new() };
        bound.found.iter().flat_map(|found| found.item(self.world.items).of_kind(variable.kind).map(|(id, _)| id).collect::<Vec<_>>()).collect()
    }

    /// Where the line of a moment stands in its source.
    fn offset(&self, moment: Moment) -> Option<u64> {
        let item = self.bound.get(moment.slot)?.as_ref()?.found.first()?.item(self.world.items);
        let line = if moment.end { item.citations.last() } else { item.citations.first() };
        line.map(|(citation, _)| citation.offset)
    }

    /// Signs of life in a window.
    fn speech(&self, step: &StepPlan<'_>, asked: &Asked, window: Window) -> Vec<(Found, Order)> {
        let components = step.speaks.as_deref().unwrap_or(&[]);
        let mut list = Vec::new();
        for witness in self.world.witnesses {
            if !speaks_for(asked, witness, components) {
                continue;
            }
            let latest = step.ast.pick == Pick::Last;
            let sure = self.certain_window(step).and_then(|sure| witness.speaks(sure.from.max(window.from), sure.to.min(window.to), latest));
            let Some((stamp, citation)) = sure.or_else(|| witness.speaks(window.from, window.to, latest)) else { continue };
            let item = Item {
                what: What::Speech,
                start: stamp,
                end: stamp,
                end_seen: true,
                source: witness.source.id,
                entities: witness.entities.clone(),
                attributes: vec![
                    ("component", witness.component.map_or("a program", crate::component::Component::name).into()),
                    ("path", witness.source.path.as_str().into()),
                ],
                citations: vec![(citation, stamp)],
                verdict: None,
                times: 1,
                age_ns: None,
            };
            if let Some(order) = self.fits(step, asked, &item) {
                list.push((Found::Own(Rc::new(item)), order));
            }
        }
        list
    }
}
