//! Noise: a source that repeats itself without end is thinned evenly.
//!
//! In: the signals of one source, in order. Out: as many of them as a budget allows, and how many were counted only. Must not know: what they say.
//!
//! The loudest signals are thinned first, so that what is rare stays whole. Of the records of one kind about one thing every second, fourth, eighth …
//! one is kept, and always the first and the last, and those at which a state may have changed. Where too many things are spoken of, only some of
//! them are kept, chosen by their names: the same ones wherever they are named. What is left out is counted in the one before it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::states::{Key, States};
use crate::signal::{Signal, SignalId};

/// Signals of one family that are never thinned.
const FEW: usize = 64;
/// How often things are chosen from; after that there are few left.
const MAX_LEVEL: u32 = 24;
/// States that are remembered; one that is forgotten counts as changed when it is told again.
const MAX_STATES: usize = 1 << 14;
/// How often repeats are thinned; after that there is one left of each run.
const MAX_STRIDE: u32 = 60;

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

/// Something that is said over and over: a signal, or the sighting of one.
pub trait Repeated {
    /// What it is.
    fn id(&self) -> SignalId;

    /// Where the line begins that says it.
    fn offset(&self) -> u64;

    /// The line that says it.
    fn line(&self) -> u64;

    /// Bytes of the signal, roughly.
    fn weight(&self) -> usize;

    /// How many more like it are counted in it.
    fn repeats(&mut self) -> &mut u32;

    /// By what it is told from others of its kind.
    fn key(&self, states: &States) -> Cow<'_, Key>;
}

impl Repeated for Signal {
    fn id(&self) -> SignalId {
        self.id
    }

    fn offset(&self) -> u64 {
        self.citation.offset
    }

    fn line(&self) -> u64 {
        self.citation.line
    }

    fn weight(&self) -> usize {
        Self::weight(self)
    }

    fn repeats(&mut self) -> &mut u32 {
        &mut self.repeats
    }

    fn key(&self, states: &States) -> Cow<'_, Key> {
        Cow::Owned(states.key(self.id, &self.entities))
    }
}

/// A signal of which not all were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    /// The signal.
    pub signal: SignalId,
    /// How many were left out.
    pub left_out: u64,
    /// Line of the first one left out.
    pub from_line: u64,
}

/// Keeps what one source says within bounds.
#[derive(Debug)]
pub struct Damper<'s, T> {
    states: &'s States,
    budget: usize,
    held: usize,
    /// In the order in which they were first heard.
    families: Vec<Family<T>>,
    /// By the signal that stands for a family: its place among them, from 1.
    places: Vec<u32>,
    counts: BTreeMap<SignalId, Count>,
}

#[derive(Debug, Default)]
struct Count {
    left_out: u64,
    from_line: Option<u64>,
}

/// Signals that are thinned together: one kind, or those that open and close states of each other.
#[derive(Debug)]
struct Family<T> {
    /// The signal that stands for it.
    id: SignalId,
    kept: Vec<Kept<T>>,
    held: usize,
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
    fn new(id: SignalId) -> Self {
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

impl<'s, T: Repeated> Damper<'s, T> {
    /// Keeps signals of about `budget` bytes.
    pub fn new(states: &'s States, budget: usize) -> Self {
        Self { states, budget, held: 0, families: Vec::new(), places: Vec::new(), counts: BTreeMap::new() }
    }

    /// Bytes held, roughly.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes the next signals of the source, in order of offset.
    pub fn take(&mut self, signals: impl IntoIterator<Item = T>) {
        for signal in signals {
            let Some(family) = family(&mut self.families, &mut self.places, self.states.family(signal.id())) else { continue };
            let before = family.held;
            family.take(self.states, signal, &mut self.counts);
            self.held = self.held + family.held - before;
            if self.held > self.budget {
                self.thin();
            }
        }
    }

    /// Offsets of the signals that are held, sorted.
    pub fn offsets(&self) -> Vec<u64> {
        let held = self.families.iter().flat_map(|family| {
            let last = family.runs.values().filter_map(|run| run.last.as_deref()).map(|kept| kept.signal.offset()).collect::<Vec<_>>();
            family.kept.iter().chain(&family.last).map(|kept| kept.signal.offset()).chain(last)
        });
        let mut offsets: Vec<u64> = held.collect();
        offsets.sort_unstable();
        offsets
    }

    /// Gives the signals that are kept, by offset, and says what was left out.
    pub fn finish(mut self) -> (Vec<T>, Vec<Noise>) {
        let mut out = Vec::new();
        self.families.sort_unstable_by_key(|family| family.id);
        for family in self.families {
            out.extend(family.kept.into_iter().chain(family.last).map(|kept| kept.signal));
            out.extend(family.runs.into_values().filter_map(|run| run.last).map(|kept| kept.signal));
        }
        out.sort_unstable_by_key(|signal| (signal.offset(), signal.id()));
        let left_out =
            self.counts.into_iter().filter_map(|(signal, count)| Some(Noise { signal, left_out: count.left_out, from_line: count.from_line? }));
        (out, left_out.collect())
    }

    /// Thins the loudest families until a quarter of the budget is free.
    fn thin(&mut self) {
        let enough = self.budget / 4 * 3;
        while self.held > enough {
            let loudest = self.families.iter_mut().filter(|family| family.can_thin()).max_by_key(|family| (family.held, family.id));
            let Some(family) = loudest else { break };
            let before = family.held;
            family.thin(&mut self.counts);
            self.held = self.held + family.held - before;
        }
    }
}

/// The family that a signal stands for, made when it is first heard. There always is one: signals are numbered within `u16`.
fn family<'f, T>(families: &'f mut Vec<Family<T>>, places: &mut Vec<u32>, id: SignalId) -> Option<&'f mut Family<T>> {
    let at = usize::from(id);
    if at >= places.len() {
        places.resize(at + 1, 0);
    }
    let place = places.get_mut(at)?;
    if *place == 0 {
        families.push(Family::new(id));
        *place = u32::try_from(families.len()).ok()?;
    }
    families.get_mut(*place as usize - 1)
}

/// Thins signals of one source, in order of offset, to about `budget` bytes, and notes what was left out.
pub fn thin<T: Repeated>(states: &States, signals: &mut Vec<T>, budget: usize, noise: &mut Vec<Noise>) -> usize {
    let mut damper = Damper::new(states, budget);
    damper.take(std::mem::take(signals));
    let held = damper.held();
    let left_out;
    (*signals, left_out) = damper.finish();
    note(noise, &left_out);
    held
}

/// Bytes that a signal takes while it is held, roughly.
pub fn held(signal: &impl Repeated) -> usize {
    signal.weight() + size_of::<Kept<Signal>>() + size_of::<Run<Signal>>()
}

/// Notes what was left out when the same signals, or those that follow, were thinned once more.
pub fn note(noise: &mut Vec<Noise>, later: &[Noise]) {
    for later in later {
        match noise.iter_mut().find(|known| known.signal == later.signal) {
            Some(known) => {
                known.left_out += later.left_out;
                known.from_line = known.from_line.min(later.from_line);
            }
            None => noise.push(*later),
        }
    }
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
    fn take(&mut self, states: &States, signal: T, counts: &mut BTreeMap<SignalId, Count>) {
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

    fn chosen(&self, thing: u64) -> bool {
        thing.trailing_zeros() >= self.level
    }

    /// Whether thinning can leave out anything: there are many things, or repeats. What is not repeated is not worn out by trying.
    fn can_thin(&self) -> bool {
        let by_things = self.runs.len() > FEW && self.level < MAX_LEVEL;
        let by_repeats = self.kept.len() > self.runs.len() && self.coarse < MAX_STRIDE;
        (by_things || by_repeats) && self.kept.len() + self.runs.len() / 2 > FEW
    }

    /// Leaves out about half of what is held.
    fn thin(&mut self, counts: &mut BTreeMap<SignalId, Count>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pack;
    use crate::signal::Citation;

    fn signal(id: SignalId, line: u64, pod: &str) -> Signal {
        Signal::about(pod, id, Citation { source: 0, line, offset: line * 10, text: "x".repeat(200).into() })
    }

    fn states() -> States {
        let one = |id: &str| {
            format!("[[signal]]\nid='{id}'\ntitle='t'\nfrom='f'\ncomponent=['kubelet']\nhint=['something']\n[[signal.match]]\nmessage='something'\n")
        };
        let text = format!(
            "schema='necropsy.patterns/1'\n{}{}{}[[span]]\nid='s.state'\ntitle='t'\nkey=['pod']\nopen=['a.opens']\nclose=['a.closes']\n",
            one("a.closes"),
            one("a.opens"),
            one("a.other")
        );
        States::new(&Pack::of_texts([("a.toml", text.as_str())]).unwrap_or_else(|error| panic!("{error}")))
    }

    fn total(signals: &[Signal]) -> u64 {
        signals.iter().map(|signal| 1 + u64::from(signal.repeats)).sum()
    }

    #[test]
    fn nothing_is_lost_within_the_bounds() {
        let states = states();
        let mut damper = Damper::new(&states, 1 << 20);
        damper.take((1..=50).map(|line| signal(2, line, "p")));
        let (out, noise) = damper.finish();
        assert_eq!((out.len(), noise), (50, vec![]));
    }

    #[test]
    fn repeats_are_thinned_evenly_and_counted() {
        let states = states();
        let mut damper = Damper::new(&states, 1 << 19);
        damper.take((1..=100_000).map(|line| signal(2, line, if line % 2 == 0 { "even" } else { "odd" })));
        damper.take([signal(0, 100_001, "rare")]);
        assert!(damper.held() <= 1 << 19, "{}", damper.held());
        let (out, noise) = damper.finish();
        let lines: Vec<u64> = out.iter().map(|signal| signal.citation.line).collect();
        assert_eq!((lines[0], lines[1], lines[lines.len() - 3..].to_vec()), (1, 2, vec![99_999, 100_000, 100_001]));
        assert!(out.len() > 200 && out.len() < 2000, "{}", out.len());
        let widest = lines.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(widest < 4 * 100_000 / out.len() as u64, "{widest} of {}", out.len());
        assert_eq!(total(&out), 100_001);
        assert_eq!(noise.len(), 1);
        assert_eq!((noise[0].signal, noise[0].left_out), (2, 100_000 - (out.len() as u64 - 1)));
    }

    #[test]
    fn changes_of_state_stay() {
        let states = states();
        let mut damper = Damper::new(&states, 1 << 18);
        // Opened by a thousand repeats, closed once, five times.
        for round in 0..5_u64 {
            damper.take((0..1000).map(|at| signal(1, round * 2000 + at, "p")));
            damper.take([signal(0, round * 2000 + 1000, "p")]);
        }
        let (out, _) = damper.finish();
        for round in 0..5 {
            for (id, line) in [(1, round * 2000), (0, round * 2000 + 1000)] {
                assert!(out.iter().any(|signal| (signal.id, signal.citation.line) == (id, line)), "{id} at {line}");
            }
        }
        assert_eq!(total(&out), 5005);
        assert!(out.len() < 1000);
    }

    #[test]
    fn endlessly_many_things_are_chosen_from() {
        let states = states();
        let mut damper = Damper::new(&states, 1 << 18);
        for at in 0..20_000_u64 {
            damper.take([signal(1, at * 2, &format!("pod-{at}")), signal(0, at * 2 + 1, &format!("pod-{at}"))]);
            assert!(damper.held() <= 1 << 18);
        }
        let (out, noise) = damper.finish();
        assert_eq!((out[0].citation.line, out[out.len() - 1].citation.line), (0, 39_999));
        // Who is opened is closed.
        let names = |id: SignalId| out.iter().filter(|signal| signal.id == id).filter_map(|signal| signal.entity("pod")).collect::<Vec<_>>();
        let (opened, closed) = (names(1), names(0));
        assert!(opened.len() > 50, "{}", opened.len());
        assert_eq!(opened.iter().filter(|name| !closed.contains(name)).count(), 1, "the very first alone");
        assert!(noise.len() == 2 && noise.iter().map(|noise| noise.left_out).sum::<u64>() + out.len() as u64 == 40_000);
    }

    #[test]
    fn more_kinds_than_the_budget_has_room_for_do_not_end_thinning() {
        let states = states();
        // Three kinds that are never thinned further have more than the budget between them.
        let mut damper = Damper::new(&states, 1 << 15);
        for about in 0..60 {
            damper.take([0, 1, 2].map(|id| signal(id, about, &format!("first-{about}"))));
        }
        let mut most = 0;
        for at in 0..30_000_u64 {
            damper.take([signal((at % 3) as SignalId, 100 + at, &format!("pod-{}", at / 3))]);
            most = most.max(damper.held());
        }
        assert!(most < 1 << 19, "{most}");
    }
}
