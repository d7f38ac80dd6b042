//! Keeping: what all sources together may hold of signals and signs of life, however many sources there are.
//!
//! In: readings, one after the other. Out: the same, the loudest thinned where all together hold too much. Must not know: files, threads. What is thinned
//! follows from the readings and their order alone.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::read::Reading;
use crate::observe::noise::{self, Damper, Noise, Repeated, thin};
use crate::observe::states::{Key, Speaker, States};
use crate::signal::{Signal, SignalId};

/// Bytes of signs of life that are kept of all sources, roughly.
const ANCHOR_BYTES: usize = 32 << 20;

/// What is held of all readings so far.
#[derive(Debug)]
pub(super) struct Kept {
    signals: Level,
    anchors: Level,
}

/// How much is held of something, and when that is too much.
#[derive(Clone, Copy, Debug)]
struct Level {
    held: usize,
    budget: usize,
    /// Thinned when more than this is held.
    most: usize,
}

impl Level {
    const fn new(budget: usize) -> Self {
        Self { held: 0, budget, most: budget }
    }

    /// Notes what thinning came to. What cannot be thinned further is not asked again for every file that follows.
    fn thinned(&mut self, held: usize) {
        self.held = held;
        self.most = self.budget.max(held.saturating_add(held / 4));
    }
}

impl Kept {
    /// Nothing yet; `budget`: bytes of signals.
    pub(super) const fn new(budget: usize) -> Self {
        Self { signals: Level::new(budget), anchors: Level::new(ANCHOR_BYTES) }
    }

    /// Adds a reading. Out: whether all together hold too much now.
    pub(super) fn add(&mut self, reading: &Reading) -> bool {
        self.signals.held += reading.held;
        self.anchors.held += reading.found.summary.anchors.weight();
        self.is_over()
    }

    fn is_over(&self) -> bool {
        self.signals.held > self.signals.most || self.anchors.held > self.anchors.most
    }

    /// Thins the loudest of all readings until they keep to half of the budgets, as far as they can: each time all are looked at, so that
    /// of very many files it must not be needed often.
    pub(super) fn thin(&mut self, states: &States, readings: &mut [&mut Reading]) {
        if self.signals.held > self.signals.most {
            let budget = self.signals.budget / 2;
            let held = halved(readings, self.signals.held, budget, &Signals(states));
            self.signals.thinned(if held > budget { as_one(states, readings, budget) } else { held });
        }
        if self.anchors.held > self.anchors.most {
            let held = halved(readings, self.anchors.held, self.anchors.budget / 2, &SignsOfLife);
            self.anchors.thinned(held);
        }
    }
}

/// Something of a reading that can be thinned.
trait Thinned: Sync {
    fn held(&self, reading: &Reading) -> usize;
    /// Whether halving it may leave out anything.
    fn is_loud(&self, reading: &Reading) -> bool;
    fn halve(&self, reading: &mut Reading);
}

struct Signals<'s>(&'s States);

impl Thinned for Signals<'_> {
    fn held(&self, reading: &Reading) -> usize {
        reading.held
    }

    fn is_loud(&self, reading: &Reading) -> bool {
        noise::is_loud(reading.found.signals.len())
    }

    fn halve(&self, reading: &mut Reading) {
        let found = &mut reading.found;
        reading.held = thin(self.0, &mut found.signals, reading.held / 2, &mut found.noise);
        found.forget_undated();
    }
}

struct SignsOfLife;

impl Thinned for SignsOfLife {
    fn held(&self, reading: &Reading) -> usize {
        reading.found.summary.anchors.weight()
    }

    fn is_loud(&self, _: &Reading) -> bool {
        true
    }

    fn halve(&self, reading: &mut Reading) {
        reading.found.summary.anchors.halve();
    }
}

/// Halves what the readings hold that have more than others until all keep to the budget, or hardly anything is left to halve.
fn halved(readings: &mut [&mut Reading], mut held: usize, budget: usize, what: &impl Thinned) -> usize {
    while held > budget {
        let fair = held / readings.len().max(1) / 2;
        let before = held;
        let loud = readings.par_iter_mut().filter(|reading| what.held(reading) > fair && what.is_loud(reading));
        let gone: usize = loud
            .map(|reading| {
                let own = what.held(reading);
                what.halve(reading);
                own.saturating_sub(what.held(reading))
            })
            .sum();
        held = held.saturating_sub(gone);
        if gone < before / 16 {
            break;
        }
    }
    held
}

/// A signal among those of all readings, while they are thinned: small, for it is moved often.
struct Placed<'r> {
    signal: &'r Signal,
    /// Its place among all.
    place: u64,
    repeats: u32,
    speaker: Speaker,
}

impl Repeated for Placed<'_> {
    fn id(&self) -> SignalId {
        self.signal.id
    }

    fn offset(&self) -> u64 {
        self.place
    }

    fn line(&self) -> u64 {
        self.signal.citation.line
    }

    fn weight(&self) -> usize {
        self.signal.weight()
    }

    fn repeats(&mut self) -> &mut u32 {
        &mut self.repeats
    }

    fn key(&self, states: &States) -> Cow<'_, Key> {
        Cow::Owned(self.signal.key(states).into_owned().said_by(self.speaker))
    }
}

/// Thins the signals of all readings as if one source had said them: of very many files each may say too little to be thinned.
fn as_one(states: &States, readings: &mut [&mut Reading], budget: usize) -> usize {
    let kept = chosen(states, readings, budget);
    let firsts: Vec<u64> =
        readings.iter().map(|reading| reading.found.signals.len() as u64).scan(0, |all, own| Some(std::mem::replace(all, *all + own))).collect();
    let thinned = readings.par_iter_mut().zip(firsts).map(|(reading, first)| {
        let from = kept.partition_point(|(place, _)| *place < first);
        keep(reading, first, kept.get(from..).unwrap_or_default());
        reading.held
    });
    thinned.sum()
}

/// Keeps of a reading whose first signal has that place what is chosen, and counts the others.
fn keep(reading: &mut Reading, first: u64, kept: &[(u64, u32)]) {
    let found = &mut reading.found;
    let before = found.signals.len();
    let mut kept = kept.iter().peekable();
    let mut places = first..;
    let mut left_out: Vec<Noise> = Vec::new();
    found.signals.retain_mut(|signal| {
        let place: Option<u64> = places.next();
        let stays = kept.next_if(|(kept, _)| Some(*kept) == place);
        match stays {
            Some((_, repeats)) => signal.repeats = *repeats,
            None => noise::note(&mut left_out, &[Noise { signal: signal.id, left_out: 1, from_line: signal.citation.line }]),
        }
        stays.is_some()
    });
    if found.signals.len() < before {
        left_out.sort_unstable_by_key(|noise| noise.signal);
        noise::note(&mut found.noise, &left_out);
        found.signals.shrink_to_fit();
        found.forget_undated();
        reading.held = found.signals.iter().map(noise::held).sum();
    }
}

/// The signals of one family, while it is asked how much of it may stay.
#[derive(Default)]
struct Voice {
    held: usize,
    /// Reading and place in it of each.
    signals: Vec<(u32, u32)>,
}

/// The places of those that are kept, and how many are counted in each.
fn chosen(states: &States, readings: &[&mut Reading], budget: usize) -> Vec<(u64, u32)> {
    let mut voices: BTreeMap<SignalId, Voice> = BTreeMap::new();
    let mut firsts = Vec::with_capacity(readings.len());
    let mut all = 0_u64;
    for (reading, at) in readings.iter().zip(0..) {
        firsts.push(all);
        all += reading.found.signals.len() as u64;
        for (signal, place) in reading.found.signals.iter().zip(0..) {
            let voice = voices.entry(states.family(signal.id)).or_default();
            voice.held += noise::held(signal);
            voice.signals.push((at, place));
        }
    }
    let most = fair(voices.values().map(|voice| voice.held).collect(), budget);
    let speakers: Vec<Speaker> = readings.iter().map(|reading| speaker(reading)).collect();
    let voices: Vec<Voice> = voices.into_values().collect();
    let kept = voices.into_par_iter().with_max_len(1).map(|voice| {
        let placed = voice.signals.iter().filter_map(|(at, place)| {
            let at = *at as usize;
            let signal = readings.get(at)?.found.signals.get(*place as usize)?;
            Some(Placed { signal, place: firsts.get(at)? + u64::from(*place), repeats: signal.repeats, speaker: *speakers.get(at)? })
        });
        if voice.held <= most {
            return placed.map(|placed| (placed.place, placed.repeats)).collect();
        }
        let mut damper = Damper::new(states, most);
        damper.take(placed);
        damper.finish().0.into_iter().map(|placed| (placed.place, placed.repeats)).collect()
    });
    let mut kept: Vec<(u64, u32)> = kept.collect::<Vec<Vec<_>>>().concat();
    kept.sort_unstable();
    kept
}

/// The most that each may hold so that all together keep to the budget: who holds less leaves the rest to the others.
fn fair(mut held: Vec<usize>, budget: usize) -> usize {
    held.sort_unstable();
    let (mut left, mut others) = (budget, held.len());
    for own in held {
        if own > left / others {
            return left / others;
        }
        left -= own;
        others -= 1;
    }
    budget
}

/// Who speaks in a reading, as far as it is known; one file of nobody's is told from the next.
fn speaker(reading: &Reading) -> Speaker {
    let at = &reading.at;
    let names = [&at.node, &at.pod, &at.container];
    if names.iter().all(|name| name.is_none()) {
        return Speaker::named(&reading.path);
    }
    Speaker::named(&names.map(|name| name.as_deref().unwrap_or_default()).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pack;
    use crate::scan::pass::Yield;
    use crate::signal::Citation;
    use crate::source::Whereabouts;

    fn reading(path: &str, node: Option<&str>, lines: u64) -> Reading {
        let signal = |line: u64| {
            let citation = Citation { source: 0, line, offset: line * 100, text: "x".repeat(100).into() };
            Signal::about(&format!("pod-{}", line % 5), (line % 3) as SignalId, citation)
        };
        let signals: Vec<Signal> = (1..=lines).map(signal).collect();
        let held = signals.iter().map(noise::held).sum();
        let found = Box::new(Yield { signals, ..Yield::default() });
        Reading { path: path.into(), at: Whereabouts { node: node.map(Into::into), ..Whereabouts::default() }, found, held, ..Reading::default() }
    }

    #[test]
    fn very_many_files_keep_to_one_budget_and_account_for_all() {
        let pack = Pack::builtin().unwrap();
        let states = States::new(&pack);
        let (budget, each) = (1 << 20, 12);
        let mut readings: Vec<Reading> = Vec::new();
        let mut kept = Kept::new(budget);
        let mut most = 0;
        for at in 0..4000_usize {
            readings.push(reading(&format!("{at}.log"), Some(&format!("node-{}", at % 7)), each));
            if kept.add(readings.last().unwrap()) {
                kept.thin(&states, &mut readings.iter_mut().collect::<Vec<_>>());
            }
            most = most.max(readings.iter().map(|reading| reading.held).sum());
        }
        assert!(most <= budget * 5 / 4, "{most}");
        let (held, left_out) = readings.iter().fold((0, 0), |(held, left_out), reading| {
            let noise: u64 = reading.found.noise.iter().map(|noise| noise.left_out).sum();
            (held + reading.found.signals.len() as u64, left_out + noise)
        });
        assert_eq!(held + left_out, 4000 * each);
        for reading in &readings {
            assert!(reading.found.signals.is_sorted_by_key(|signal| signal.citation.offset));
        }
        // The first of each kind about each thing of each node stays.
        assert_eq!(readings[0].found.signals.len(), each as usize);
    }

    #[test]
    fn who_holds_little_leaves_the_rest_to_others() {
        assert_eq!(fair(vec![10, 20, 30], 100), 100);
        assert_eq!(fair(vec![10, 100, 100], 90), 40);
        assert_eq!(fair(vec![100, 100], 90), 45);
        assert_eq!(fair(vec![], 90), 90);
        assert_eq!(fair(vec![5, 5], 1), 0);
    }

    #[test]
    fn what_cannot_be_thinned_is_not_asked_again_for_every_file() {
        let mut level = Level::new(100);
        level.thinned(1000);
        assert_eq!((level.held, level.most), (1000, 1250));
        level.thinned(50);
        assert_eq!(level.most, 100);
    }
}
