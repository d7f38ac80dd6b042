//! Skew: how far apart the clocks of a run are, from the facts that they share.
//!
//! In: for each teller its facts in UTC by its own clock. Out: for each what must be added to it, with a bound, or nothing where too little ties it to
//! the others. Must not know: zones, years, what the facts mean.
//!
//! One teller of each group that hangs together is taken as right; the others follow, those with most ties first, each by the difference on which
//! most of its facts agree. In the end the clock that most machines keep is taken as right. A difference that may be nought is nought.
//!
//! An effect that cannot precede its cause is no vote, for it may follow much later; it bounds the answers from one side.

use std::collections::{BTreeMap, BTreeSet};

use super::machine;
use super::teller::{Statement, Surety, Teller};
use super::vote::{Agreed, Bounds, Range, agreed};
use crate::time::{DAY, SECOND};

/// So many facts must agree before a teller counts as tied.
const LEAST: usize = 2;
/// So many ids, which occur once, must agree before a clock is moved …
const LEAST_UNIQUE: usize = 2;
/// … over more than this: who hangs is late for all that happened meanwhile, and then tells it at once.
const HANG: i64 = SECOND;
/// So many facts that may happen again must agree before a clock is moved …
pub(super) const LEAST_FACTS: usize = 4;
/// … at so many different times: what comes in one burst may come in another.
const LEAST_TIMES: usize = 3;
/// So many that come in one burst must agree, with none that does not, and far enough apart that their distances are a rhythm of their own.
const LEAST_RHYTHM: usize = 6;
/// Facts farther apart than this are of different times.
const BURST: i64 = 10 * SECOND;
/// No clock is moved farther: one without a battery begins in 1970.
const FARTHEST: i64 = 60 * 366 * DAY;
/// A fact that more tellers state says nothing about two of them.
const MAX_TELLERS: usize = 64;
/// So many effects must precede their causes before that is a reason for doubt.
const LEAST_BOUNDS: usize = 2;

/// Where a clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    /// What to add to its times, nanoseconds.
    pub(super) add_ns: i64,
    /// How far that may be wrong.
    pub(super) bound_ns: i64,
    /// How many facts speak for it.
    pub(super) ties: usize,
    /// How many facts it shares with others.
    pub(super) of: usize,
    /// From the first to the last of the facts that speak for it.
    pub(super) spread_ns: i64,
}

/// What was found of a teller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It shares too little with others.
    Untied,
    /// Some facts say that it is off, too few to move it.
    Doubtful(At),
    /// Its clock is known.
    Tied(At),
}

impl Found {
    pub(super) const fn tied(self) -> Option<At> {
        if let Self::Tied(at) = self { Some(at) } else { None }
    }
}

/// Solves all tellers together, by the facts that they share. The answer has their order.
pub(super) fn solve(tellers: &[Teller<'_>], shared: &Shared) -> Vec<Found> {
    let mut found = vec![Found::Untied; tellers.len()];
    let mut left: BTreeSet<usize> = shared.values().flatten().copied().filter(|teller| !tellers[*teller].given).collect();
    // Whose zone fits roughly is no measure for others.
    let anchor = |teller: &usize| (tellers[*teller].zone > Surety::Roughly, tellers[*teller].facts.len(), std::cmp::Reverse(*teller));
    while let Some(anchor) = left.iter().copied().max_by_key(anchor) {
        left.remove(&anchor);
        let mut group = vec![anchor];
        found[anchor] = Found::Tied(At::default());
        let mut open: BTreeMap<usize, Found> = BTreeMap::new();
        // Those that are tied, by the number of ties.
        let mut ranked: BTreeSet<(usize, std::cmp::Reverse<usize>)> = BTreeSet::new();
        let mut changed = vec![anchor];
        loop {
            for teller in touched(&changed, tellers, shared, &left) {
                let now = tie(&tellers[teller], teller, tellers, shared, &found);
                let before = open.insert(teller, now);
                let rank = |found: Found| found.tied().map(|at| (at.ties, std::cmp::Reverse(teller)));
                if let Some(before) = before.and_then(rank) {
                    ranked.remove(&before);
                }
                ranked.extend(rank(now));
            }
            let Some((_, std::cmp::Reverse(next))) = ranked.pop_last() else { break };
            found[next] = open.remove(&next).unwrap_or(Found::Untied);
            left.remove(&next);
            group.push(next);
            changed = vec![next];
        }
        if group.len() == 1 {
            found[anchor] = Found::Untied;
        }
        for (teller, doubtful) in open {
            let Found::Doubtful(at) = doubtful else { continue };
            left.remove(&teller);
            // Of two that differ, either may be off, and rather the one whose zone was guessed.
            if group.len() > 1 || tellers[teller].zone <= tellers[anchor].zone {
                found[teller] = doubtful;
            }
            if group.len() == 1 && tellers[anchor].zone <= tellers[teller].zone {
                found[anchor] = Found::Doubtful(At { add_ns: -at.add_ns, ..at });
            }
        }
        settle_zero(tellers, &group, &mut found);
    }
    let given = (0..tellers.len()).filter(|index| tellers[*index].given);
    let against: Vec<(usize, Found)> = given.map(|index| (index, tie(&tellers[index], index, tellers, shared, &found))).collect();
    for (index, against) in against {
        found[index] = against;
    }
    found
}

/// Answers for parts of a teller, once all are solved.
pub(super) struct Parts<'a, 't> {
    tellers: &'a [Teller<'t>],
    found: &'a [Found],
    shared: &'a Shared,
}

impl<'a, 't> Parts<'a, 't> {
    pub(super) fn new(tellers: &'a [Teller<'t>], found: &'a [Found], shared: &'a Shared) -> Self {
        Self { tellers, found, shared }
    }

    /// What is found of a teller by its statements from one offset up to another.
    pub(super) fn tie(&self, index: usize, from: u64, to: u64) -> Found {
        let Some(whole) = self.tellers.get(index) else { return Found::Untied };
        let part =
            |statements: &Vec<Statement>| statements.iter().filter(|statement| (from..to).contains(&statement.offset)).copied().collect::<Vec<_>>();
        let facts = whole.facts.iter().map(|(fact, statements)| (*fact, part(statements))).filter(|(_, part)| !part.is_empty()).collect();
        tie(&Teller { facts, ..whole.clone() }, index, self.tellers, self.shared, self.found)
    }
}

/// The tellers of each fact that more than one states, in their order.
pub(super) type Shared = BTreeMap<u64, Vec<usize>>;

/// The facts that several tellers state, not too many, and which. What one alone states ties nobody and is left out of it.
pub(super) fn shared(tellers: &mut [Teller<'_>]) -> Shared {
    let mut shared = Shared::new();
    for (index, teller) in tellers.iter().enumerate() {
        for fact in teller.facts.keys() {
            shared.entry(*fact).or_default().push(index);
        }
    }
    shared.retain(|_, tellers| (2..=MAX_TELLERS).contains(&tellers.len()));
    for teller in tellers {
        teller.facts.retain(|fact, _| shared.contains_key(fact));
    }
    shared
}

fn touched(changed: &[usize], tellers: &[Teller<'_>], shared: &Shared, left: &BTreeSet<usize>) -> BTreeSet<usize> {
    let facts = changed.iter().flat_map(|teller| tellers[*teller].facts.keys());
    facts.filter_map(|fact| shared.get(fact)).flatten().copied().filter(|teller| left.contains(teller)).collect()
}

/// What the facts that a teller shares with those already tied say about it.
fn tie(teller: &Teller<'_>, index: usize, tellers: &[Teller<'_>], shared: &Shared, found: &[Found]) -> Found {
    let mut allowed: Vec<Vec<Range>> = Vec::new();
    let mut stated: Vec<Statement> = Vec::new();
    let mut bounds = Bounds::default();
    for (fact, own) in &teller.facts {
        let Some(others) = shared.get(fact) else { continue };
        let mut ranges = Vec::new();
        let mut same_life = false;
        let mut bound: Option<Range> = None;
        for other in others.iter().filter(|other| !is_one(teller, &tellers[**other]) && **other != index) {
            let (Some(at), Some(theirs)) = (found[*other].tied(), tellers[*other].facts.get(fact)) else { continue };
            for (own, other) in own.iter().flat_map(|own| theirs.iter().map(move |other| (own, other))) {
                let range = own.apart(other, at);
                match own.is_same_life(other) {
                    Some(true) => same_life = true,
                    Some(false) => continue,
                    None => {}
                }
                if !own.is_effect() && !other.is_effect() {
                    ranges.push(range);
                } else if own.is_effect() != other.is_effect() {
                    // What happened again may be the effect of another cause: the weakest bound holds.
                    bound = Some(bound.map_or(range, |(from, to)| (from.min(range.0), to.max(range.1))));
                }
            }
        }
        if let Some(first) = own.first().filter(|_| !ranges.is_empty()) {
            allowed.push(ranges);
            stated.push(Statement { unique: first.unique || same_life, ..*first });
        }
        bounds.add(bound);
    }
    // A stamp that another quotes is of the moment that is meant, and no other.
    let least = if machine::quoted(teller.name).is_some() { 1 } else { LEAST };
    let Some(agreed) = agreed(&allowed, &bounds, least) else { return out_of_bounds(&bounds) };
    let spread_ns = spread(agreed, &allowed, &stated);
    let at = At { add_ns: agreed.middle(), bound_ns: agreed.bound(), ties: agreed.votes, of: allowed.len(), spread_ns };
    if agreed.from <= 0 && agreed.to >= 0 {
        // Nothing says that it is off.
        return Found::Tied(At { add_ns: 0, bound_ns: 0, ..at });
    }
    if is_strong(agreed, &allowed, &stated) { Found::Tied(at) } else { Found::Doubtful(at) }
}

/// Whether two are one clock at two times: what comes again in one log is no fact that two share.
fn is_one(one: &Teller<'_>, other: &Teller<'_>) -> bool {
    one.source == other.source && one.name == other.name
}

/// What effects that precede their causes say of a clock by which nothing was agreed.
fn out_of_bounds(bounds: &Bounds) -> Found {
    let (from, to) = bounds.most();
    let add_ns = if from > HANG { from } else { to.min(0) };
    if add_ns.saturating_abs() <= HANG || add_ns.saturating_abs() > FARTHEST || bounds.count() < LEAST_BOUNDS {
        return Found::Untied;
    }
    Found::Doubtful(At { add_ns, bound_ns: SECOND, ties: bounds.count(), of: bounds.count(), spread_ns: i64::MAX })
}

/// From the first to the last of the facts that agree.
fn spread(agreed: Agreed, allowed: &[Vec<Range>], stated: &[Statement]) -> i64 {
    let voters = || allowed.iter().zip(stated).filter(|(ranges, _)| agreed.has(ranges)).map(|(_, stated)| stated.ns);
    voters().max().zip(voters().min()).map_or(0, |(last, first)| last.saturating_sub(first))
}

/// Whether a clock may be moved by what was agreed.
fn is_strong(agreed: Agreed, allowed: &[Vec<Range>], stated: &[Statement]) -> bool {
    let voters = || allowed.iter().zip(stated).filter(|(ranges, _)| agreed.has(ranges)).map(|(_, stated)| stated);
    let mut times: Vec<i64> = voters().map(|statement| statement.ns).collect();
    times.sort_unstable();
    let moments = times.chunk_by(|a, b| b.saturating_sub(*a) <= BURST).count();
    let mut unique: Vec<i64> = voters().filter(|statement| statement.unique).map(|statement| statement.ns).collect();
    unique.sort_unstable();
    let spread = unique.last().zip(unique.first()).is_some_and(|(last, first)| last.saturating_sub(*first) > HANG);
    // Many facts that all keep their distances from each other are no other burst.
    let (first, last) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    let rhythm = agreed.votes >= LEAST_RHYTHM && agreed.votes == allowed.len() && last.saturating_sub(first) > 4 * agreed.bound().max(SECOND);
    let enough = (unique.len() >= LEAST_UNIQUE && spread) || (agreed.votes >= LEAST_FACTS && moments >= LEAST_TIMES) || rhythm;
    enough && agreed.votes * 2 > allowed.len() && agreed.middle().saturating_abs() <= FARTHEST
}

/// Takes the clock that most machines of a group keep as right, the anchor's where none has more.
fn settle_zero(tellers: &[Teller<'_>], group: &[usize], found: &mut [Found]) {
    // An Event's reporters speak through one source: what would be moved together counts once.
    let counts = |index: &&usize| tellers[**index].name.is_empty() && tellers[**index].zone > Surety::Roughly;
    let own: Vec<(usize, At)> = group.iter().filter(counts).filter_map(|i| Some((*i, found[*i].tied()?))).collect();
    let support = |zero: i64| -> usize {
        let near = own.iter().filter(|(_, at)| at.add_ns.saturating_sub(zero).saturating_abs() <= at.bound_ns.max(SECOND));
        let machines: BTreeSet<(Option<&str>, usize)> =
            near.map(|(index, _)| tellers[*index].machine.map_or((None, tellers[*index].source), |machine| (Some(machine), 0))).collect();
        machines.len()
    };
    // Most stand at nought.
    let mut known: BTreeMap<i64, usize> = BTreeMap::new();
    let mut support = |zero: i64| *known.entry(zero).or_insert_with(|| support(zero));
    let best = own.iter().map(|(_, at)| *at).max_by_key(|at| (support(at.add_ns), std::cmp::Reverse(at.add_ns.abs())));
    let Some(best) = best.filter(|best| support(best.add_ns) > support(0)) else { return };
    for index in group {
        let Some(at) = found[*index].tied() else { continue };
        let (add_ns, bound_ns) = (at.add_ns - best.add_ns, at.bound_ns.max(best.bound_ns));
        let moved = if add_ns.abs() <= bound_ns { At { add_ns: 0, bound_ns: 0, ..at } } else { At { add_ns, bound_ns, ..at } };
        found[*index] = Found::Tied(moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::facts::Latency;
    use crate::time::MINUTE;

    fn solved_all(tellers: &[Teller<'_>]) -> Vec<Found> {
        let mut tellers = tellers.to_vec();
        let shared = shared(&mut tellers);
        solve(&tellers, &shared)
    }

    fn statement(seconds: i64, unique: bool) -> Statement {
        Statement { ns: seconds * SECOND, precision_ns: 1000, latency: Latency::ALIKE, writer: 0, life: 0, unique, place: 0, offset: 0 }
    }

    fn teller(source: usize, name: &'static str, machine: Option<&'static str>, facts: &[(u64, i64)]) -> Teller<'static> {
        let facts = facts.iter().map(|(fact, seconds)| (*fact, vec![statement(*seconds, false)])).collect();
        Teller { source, name, level: 0, machine, given: false, zone: Surety::ByItself, facts }
    }

    fn shifted(facts: &[(u64, i64)], by: i64) -> Vec<(u64, i64)> {
        facts.iter().map(|(fact, seconds)| (*fact, seconds + by)).collect()
    }

    const FACTS: [(u64, i64); 5] = [(1, 0), (2, 61), (3, 300), (4, 420), (5, 1000)];

    #[test]
    fn a_clock_that_is_off_is_found_with_its_bound() {
        let tellers = [
            teller(0, "", None, &FACTS),
            teller(1, "", Some("node-1"), &FACTS),
            teller(2, "", Some("node-3"), &shifted(&FACTS, 180)),
            teller(3, "", Some("node-3"), &[(77, 5)]),
        ];
        let found = solved_all(&tellers);
        let at = found[2].tied().unwrap();
        assert!((at.add_ns + 3 * MINUTE).abs() <= at.bound_ns && at.bound_ns <= 4 * SECOND, "{at:?}");
        assert_eq!((at.ties, found[1].tied().unwrap().add_ns, found[3]), (5, 0, Found::Untied));
    }

    #[test]
    fn most_machines_are_right_whoever_has_most_ties() {
        let off = shifted(&FACTS, 240);
        let tellers = [
            teller(0, "", None, &off),
            teller(0, "node-1", Some("node-1"), &off),
            teller(1, "", Some("node-1"), &FACTS[..4]),
            teller(2, "", Some("node-2"), &FACTS[..4]),
        ];
        let found = solved_all(&tellers);
        assert_eq!(found[2].tied().unwrap().add_ns, 0);
        let at = found[0].tied().unwrap();
        assert!((at.add_ns + 4 * MINUTE).abs() <= at.bound_ns, "{at:?}");
    }

    #[test]
    fn what_lives_once_moves_a_clock_that_a_burst_would_not() {
        let burst = [(1, 0), (2, 1), (3, 3), (4, 4), (5, 5)];
        let lives = |mut told: Teller<'static>, life: u64| {
            told.facts.values_mut().flatten().for_each(|statement| statement.life = life);
            told
        };
        let solved = |life: u64| solved_all(&[lives(teller(0, "", None, &burst), 1), lives(teller(1, "", None, &shifted(&burst, 100)), life)])[1];
        assert!(solved(1).tied().is_some_and(|at| (at.add_ns + 100 * SECOND).abs() <= at.bound_ns));
        assert!(matches!(solved(0), Found::Doubtful(_)));
        assert_eq!(solved(2), Found::Untied);
    }

    #[test]
    fn one_burst_does_not_move_a_clock() {
        let burst = [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3)];
        let found = solved_all(&[teller(0, "", None, &burst), teller(1, "", None, &shifted(&burst, 100))]);
        assert!(matches!(found[1], Found::Doubtful(_)), "{found:?}");
    }

    /// Pods that were scheduled at these times, or whose containers started then.
    fn causes(source: usize, machine: &'static str, times: &[i64], latency: Latency) -> Teller<'static> {
        let mut told = teller(source, "", Some(machine), &[]);
        told.facts = times.iter().zip(100..).map(|(at, fact)| (fact, vec![Statement { latency, ..statement(*at, false) }])).collect();
        told
    }

    #[test]
    fn an_effect_before_its_cause_is_doubt_and_no_vote() {
        let at_once = Latency { least: 0, most: 0 };
        let scheduler = || causes(0, "node-1", &[0, 70, 200, 900], at_once);
        let mut anchor = scheduler();
        anchor.facts.extend(teller(0, "", None, &FACTS).facts);
        let tied = teller(1, "", Some("node-2"), &FACTS);
        // Started minutes later: nothing follows. Started before it was scheduled: the clock is behind.
        let later = causes(2, "node-3", &[200, 300, 600, 1500], Latency::AFTER);
        let before = causes(3, "node-4", &[-180, -100, 30, 1400], Latency::AFTER);
        let found = solved_all(&[anchor, tied, later, before]);
        assert_eq!(found[2], Found::Untied);
        assert!(matches!(found[3], Found::Doubtful(at) if (170..=180).contains(&(at.add_ns / SECOND))), "{found:?}");
    }

    #[test]
    fn bounds_choose_between_two_answers() {
        // Half of the facts say that the clock is ten minutes ahead, half that it is right; were it ahead, effects would precede their causes.
        let right = [(1, 0), (2, 61), (3, 300), (4, 420)];
        let apart = [(1, 0), (2, 61), (3, 300 + 600), (4, 420 + 600)];
        let with = |mut told: Teller<'static>, latency, times: &[i64]| {
            told.facts.extend(causes(0, "", times, latency).facts);
            told
        };
        let anchor = with(teller(0, "", None, &right), Latency { least: 0, most: 0 }, &[0, 50, 100, 150]);
        let other = with(teller(1, "", Some("node-3"), &apart), Latency::AFTER, &[3, 54, 103, 155]);
        assert_eq!(solved_all(&[anchor.clone(), teller(1, "", Some("node-3"), &apart)])[1].tied(), None);
        let found = solved_all(&[anchor, other]);
        assert_eq!(found[1].tied().map(|at| at.add_ns), Some(0), "{found:?}");
    }

    #[test]
    fn what_is_late_by_seconds_is_in_step() {
        let found = solved_all(&[teller(0, "", None, &FACTS), teller(1, "", None, &shifted(&FACTS, 2))]);
        assert_eq!(found[1].tied().map(|at| (at.add_ns, at.bound_ns)), Some((0, 0)));
    }
}
