//! A family: signals that are thinned together, and how.
//!
//! In: signals of one kind, or of kinds that open and close states of each other, in order. Out: those that are kept. Must not know: other families,
//! budgets.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::{Count, Repeated, held};
use crate::observe::states::States;
use crate::signal::{Signal, SignalId};

/// Signals of one family that are never thinned.
pub(super) const FEW: usize = 64;
/// How often things are chosen from; after that there are few left.
const MAX_LEVEL: u32 = 24;
/// States that are remembered; one that is forgotten counts as changed when it is told again.
const MAX_STATES: usize = 1 << 14;
/// How often repeats are thinned; after that there is one left of each run.
const MAX_STRIDE: u32 = 60;

/// Bytes that a signal takes beside its own while it is held, roughly.
pub(super) const AROUND: usize = size_of::<Kept<Signal>>() + size_of::<Run<Signal>>();

/// Keys are hashes with well spread bits already: they are only mixed.
type Spread = BuildHasherDefault<Mixed>;

#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Signals that are thinned together: one kind, or those that open and close states of each other.
#[derive(Debug)]
pub(super) struct Family<T> {
    /// The signal that stands for it.
    pub(super) id: SignalId,
    kept: Vec<Kept<T>>,
    /// Bytes of what is kept, roughly.
    pub(super) held: usize,
    /// Of the repeats about one thing those are kept whose number is a multiple of 2 to this power.
    stride: u32,
    /// The same for those at which a state may have changed.
    coarse: u32,
    /// Things whose hash does not end in so many zeros are left out.
    level: u32,
    runs: HashMap<(SignalId, u64), Run<T>, Spread>,
    /// The opening or closing seen last, by state.
    states: HashMap<(u16, u64), bool, Spread>,
    /// The last one of all, if it was left out otherwise.
    last: Option<Kept<T>>,
}

impl<T> Family<T> {
    pub(super) fn new(id: SignalId) -> Self {
        Self { id, kept: Vec::new(), held: 0, stride: 0, coarse: 0, level: 0, runs: HashMap::default(), states: HashMap::default(), last: None }
    }
}

/// The signals of one kind about one thing.
#[derive(Debug)]
struct Run<T> {
    /// Hash of what it is chosen by.
    thing: u64,
    seen: u64,
    /// The last one, not kept for any other reason.
    last: Option<Box<Kept<T>>>,
    /// Where the one kept last stands.
    home: usize,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self { thing: 0, seen: 0, last: None, home: 0 }
    }
}

#[derive(Debug)]
struct Kept<T> {
    signal: T,
    /// Hash of what it is chosen by.
    thing: u64,
    /// Hash of what it is about.
    about: u64,
    /// Its number among those of its run.
    number: u64,
    /// A state may have changed.
    change: bool,
    weight: usize,
}

fn leave_out(counts: &mut BTreeMap<SignalId, Count>, signal: &impl Repeated) {
    let count = counts.entry(signal.id()).or_default();
    // What it stood for has been counted already.
    count.left_out += 1;
    count.from_line = Some(count.from_line.map_or(signal.line(), |line| line.min(signal.line())));
}

/// Counts one more in `home`, and those that it stood for.
fn count_in(home: &mut impl Repeated, stood_for: u32) {
    let repeats = home.repeats();
    *repeats = repeats.saturating_add(1).saturating_add(stood_for);
}

impl<T: Repeated> Family<T> {
    pub(super) fn take(&mut self, states: &States, signal: T, counts: &mut BTreeMap<SignalId, Count>) {
        let (key, mut change) = (signal.key(states), false);
        let (thing, about) = (key.thing, key.about);
        let chosen = self.chosen(thing);
        for (state, key, opens) in key.touched.iter().filter(|_| chosen) {
            let known = self.states.insert((*state, *key), *opens);
            change |= known != Some(*opens) || *opens && !states.continues(*state);
        }
        let weight = held(&signal);
        let mut kept = Kept { signal, thing, about, number: 0, change, weight };
        let first = self.kept.is_empty();
        if !first && !chosen {
            self.held += weight;
            if let Some(old) = self.last.replace(kept) {
                self.held -= old.weight;
                leave_out(counts, &old.signal);
            }
            return;
        }
        let run = self.runs.entry((kept.signal.id(), about)).or_default();
        run.thing = thing;
        kept.number = run.seen;
        run.seen += 1;
        self.held += weight;
        if let Some(mut old) = run.last.take() {
            self.held -= old.weight;
            leave_out(counts, &old.signal);
            if let Some(home) = self.kept.get_mut(run.home) {
                count_in(&mut home.signal, *old.signal.repeats());
            }
        }
        if kept.number.trailing_zeros() >= if kept.change { self.coarse } else { self.stride } {
            run.home = self.kept.len();
            self.kept.push(kept);
        } else {
            run.last = Some(Box::new(kept));
        }
    }

    /// What is held, in no order.
    pub(super) fn each(&self) -> impl Iterator<Item = &T> {
        let last = self.runs.values().filter_map(|run| run.last.as_deref());
        self.kept.iter().chain(&self.last).chain(last).map(|kept| &kept.signal)
    }

    /// The same, taken out.
    pub(super) fn into_each(self) -> impl Iterator<Item = T> {
        let last = self.runs.into_values().filter_map(|run| run.last).map(|kept| *kept);
        self.kept.into_iter().chain(self.last).chain(last).map(|kept| kept.signal)
    }

    fn chosen(&self, thing: u64) -> bool {
        thing.trailing_zeros() >= self.level
    }

    /// Whether thinning can leave out anything: there are many things, or repeats. What is not repeated is not worn out by trying.
    pub(super) fn can_thin(&self) -> bool {
        let by_things = self.runs.len() > FEW && self.level < MAX_LEVEL;
        let by_repeats = self.kept.len() > self.runs.len() && self.coarse < MAX_STRIDE;
        (by_things || by_repeats) && self.kept.len() + self.runs.len() / 2 > FEW
    }

    /// Leaves out about half of what is held.
    pub(super) fn thin(&mut self, counts: &mut BTreeMap<SignalId, Count>) {
        let before = self.held;
        let repeats = self.kept.iter().filter(|kept| !kept.change && kept.number > 0).count();
        if repeats * 4 >= self.kept.len() && self.stride < MAX_STRIDE {
            self.stride += 1;
            let stride = self.stride;
            self.retain(counts, |_, kept| kept.change || kept.number.trailing_zeros() >= stride);
            if self.held <= before / 4 * 3 {
                return;
            }
        }
        if self.runs.len() <= FEW || self.level >= MAX_LEVEL {
            // Changes are the most of it.
            self.coarse += 1;
            let coarse = self.coarse;
            self.retain(counts, |_, kept| kept.number.trailing_zeros() >= coarse);
        } else {
            // There are too many things.
            self.level += 1;
            let level = self.level;
            self.retain(counts, |at, kept| at == 0 || kept.thing.trailing_zeros() >= level);
            let (runs, last) = (&mut self.runs, &mut self.last);
            let mut latest: Vec<Kept<T>> = last.take().into_iter().collect();
            for run in runs.values_mut().filter(|run| run.thing.trailing_zeros() < level) {
                latest.extend(run.last.take().map(|kept| *kept));
            }
            runs.retain(|_, run| run.thing.trailing_zeros() >= level || run.home == 0);
            if self.states.len() > MAX_STATES {
                self.states.clear();
            }
            latest.sort_by_key(|kept| (kept.signal.offset(), kept.signal.id()));
            self.last = latest.pop();
            for kept in latest {
                self.held -= kept.weight;
                leave_out(counts, &kept.signal);
            }
        }
    }

    /// Keeps some; what goes is counted in the one of its run that is kept before it.
    fn retain(&mut self, counts: &mut BTreeMap<SignalId, Count>, keep: impl Fn(usize, &Kept<T>) -> bool) {
        let mut out: Vec<Kept<T>> = Vec::with_capacity(self.kept.len() / 2);
        for (at, mut kept) in std::mem::take(&mut self.kept).into_iter().enumerate() {
            let run = self.runs.entry((kept.signal.id(), kept.about)).or_default();
            if keep(at, &kept) {
                run.home = out.len();
                out.push(kept);
                continue;
            }
            self.held -= kept.weight;
            leave_out(counts, &kept.signal);
            let home = out.get_mut(run.home).filter(|home| (home.signal.id(), home.about) == (kept.signal.id(), kept.about));
            if let Some(home) = home {
                count_in(&mut home.signal, *kept.signal.repeats());
            }
        }
        self.kept = out;
    }
}
