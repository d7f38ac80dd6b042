//! Noise: a source that repeats itself without end is thinned evenly.
//!
//! In: the signals of one source, in order. Out: as many of them as a budget allows, and how many were counted only. Must not know: what they say.
//!
//! The loudest signals are thinned first, so that what is rare stays whole. Of the records of one kind about one thing every second, fourth, eighth …
//! one is kept, and always the first and the last, and those at which a state may have changed. Where too many things are spoken of, only some of
//! them are kept, chosen by their names: the same ones wherever they are named. What is left out is counted in the one before it.

mod family;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::states::{Key, States};
use crate::signal::{Signal, SignalId};
use family::Family;

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

/// Signals that are told by families only when more come.
const FIRST: usize = 2048;

/// Keeps what one source says within bounds.
#[derive(Debug)]
pub struct Damper<'s, T> {
    states: &'s States,
    budget: usize,
    held: usize,
    /// The first few: a source that says no more needs no families.
    first: Vec<T>,
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

impl<'s, T: Repeated> Damper<'s, T> {
    /// Keeps signals of about `budget` bytes.
    pub fn new(states: &'s States, budget: usize) -> Self {
        Self { states, budget, held: 0, first: Vec::new(), families: Vec::new(), places: Vec::new(), counts: BTreeMap::new() }
    }

    /// Bytes held, roughly.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes the next signals of the source, in order of offset.
    pub fn take(&mut self, signals: impl IntoIterator<Item = T>) {
        for signal in signals {
            let weight = held(&signal);
            if self.families.is_empty() && self.first.len() < FIRST && self.held + weight <= self.budget {
                self.held += weight;
                self.first.push(signal);
                continue;
            }
            if self.families.is_empty() {
                self.held = 0;
                for first in std::mem::take(&mut self.first) {
                    self.add(first);
                }
            }
            self.add(signal);
        }
    }

    fn add(&mut self, signal: T) {
        let Some(family) = family(&mut self.families, &mut self.places, self.states.family(signal.id())) else { return };
        let before = family.held;
        family.take(self.states, signal, &mut self.counts);
        self.held = self.held + family.held - before;
        if self.held > self.budget {
            self.thin();
        }
    }

    /// Offsets of the signals that are held, sorted.
    pub fn offsets(&self) -> Vec<u64> {
        let mut offsets: Vec<u64> = self.families.iter().flat_map(Family::each).chain(&self.first).map(Repeated::offset).collect();
        offsets.sort_unstable();
        offsets
    }

    /// Gives the signals that are kept, by offset, and says what was left out.
    pub fn finish(mut self) -> (Vec<T>, Vec<Noise>) {
        let mut out = self.first;
        self.families.sort_unstable_by_key(|family| family.id);
        for family in self.families {
            out.extend(family.into_each());
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

/// Whether so many signals may be more than what is never thinned.
pub fn is_loud(signals: usize) -> bool {
    signals + signals / 2 > family::FEW
}

/// Bytes that a signal takes while it is held, roughly.
pub fn held(signal: &impl Repeated) -> usize {
    signal.weight() + family::AROUND
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
