//! Aligning: sources whose clocks go wrong by a constant are moved.
//!
//! In: settled zones and years, the facts of every source. Out: offsets with their bounds in the clocks, and the ties that say so. Must not know: how
//! the differences are solved, what the facts mean.

use std::collections::BTreeMap;

use super::facts::{Facts, Mark};
use super::hints::Hints;
use super::settle::{Given, SHARED};
use super::settled::{Moved, Neighbours, Settled, Tie, Ties};
use super::skew::{At, Found, LEAST_FACTS, Statement, Teller, solve};
use super::zone;
use crate::source::Basis;
use crate::time::{DAY, HOUR, human};

/// Ties kept of one source that agree, and as many that do not.
const MAX_TIES: usize = 12;
/// A zone with more doubt than this ties nobody.
const TOO_DOUBTFUL: i64 = HOUR;

/// Finds and applies the offsets.
pub(super) fn align(sources: &[(Hints, Given)], facts: &[Facts], settled: &mut [Settled]) {
    if facts.len() != sources.len() {
        return;
    }
    let tellers = tellers(facts, settled);
    let found = solve(&tellers);
    let by_source = by_source(&tellers, settled.len());
    for (source, own) in by_source.iter().enumerate() {
        settled[source].ties = explain(own, &tellers, &found);
    }
    for (source, own) in by_source.iter().enumerate() {
        match main(own, &tellers, &found) {
            // What was given holds; that it contradicts the facts was told before.
            Found::Tied(_) if settled[source].zone_basis() == Some(Basis::Given) => {}
            Found::Tied(at) if at.add_ns != 0 => apply(&mut settled[source], at),
            Found::Doubtful(at) => doubt(&mut settled[source], at),
            // A zone that was found with doubt has been confirmed.
            Found::Tied(_) => settled[source].clock.pieces.iter_mut().for_each(|piece| piece.doubt_ns = piece.doubt_ns.min(SHARED)),
            Found::Untied => {}
        }
    }
    for (source, own) in by_source.iter().enumerate() {
        let base = settled[source].offset();
        let moved = own.iter().filter_map(|index| {
            let at = found[*index].tied().filter(|_| !tellers[*index].name.is_empty())?;
            (at.add_ns != base).then(|| (tellers[*index].name.into(), Moved { add_ns: at.add_ns - base, bound_ns: at.bound_ns }))
        });
        settled[source].tellers = moved.collect();
    }
    neighbours(facts, &tellers, &found, settled);
}

/// What was found of a source as a whole: of its own clock, else of all clocks that speak in it, where they agree.
fn main(own: &[usize], tellers: &[Teller<'_>], found: &[Found]) -> Found {
    let itself = own.iter().find(|index| tellers[**index].name.is_empty()).map_or(Found::Untied, |index| found[*index]);
    if itself != Found::Untied {
        return itself;
    }
    let mut tied = own.iter().filter_map(|index| found[*index].tied());
    let Some(first) = tied.next() else { return Found::Untied };
    if tied.all(|at| (at.add_ns - first.add_ns).abs() <= at.bound_ns.max(first.bound_ns)) { Found::Tied(first) } else { Found::Untied }
}

/// Moves a source and tells why.
fn apply(settled: &mut Settled, at: At) {
    settled.notes.push(format!(
        "its clock is {} (within {}): so say {} of {} facts that other sources state too; its stamps are moved",
        ahead(-at.add_ns),
        human(at.bound_ns),
        at.ties,
        at.of
    ));
    shift(settled, at);
}

fn shift(settled: &mut Settled, at: At) {
    if settled.clock.pieces.is_empty() {
        settled.clock.pieces = vec![zone::piece(0, 0, Basis::Unknown, 0)];
    }
    for piece in &mut settled.clock.pieces {
        piece.offset_ns = at.add_ns;
        piece.doubt_ns = at.bound_ns;
    }
}

/// What too few facts say against a zone that was only guessed is doubt.
fn doubt(settled: &mut Settled, at: At) {
    settled.ties.doubtful = true;
    if at.ties < LEAST_FACTS {
        return;
    }
    for piece in settled.clock.pieces.iter_mut().filter(|piece| matches!(piece.basis, Basis::Assumed | Basis::OtherSources | Basis::Ranges)) {
        piece.doubt_ns = piece.doubt_ns.max(at.add_ns.saturating_abs().saturating_add(at.bound_ns));
    }
}

fn ahead(ns: i64) -> String {
    format!("{} {}", human(ns.abs()), if ns > 0 { "ahead" } else { "behind" })
}

/// Sources that nothing ties follow the clock of their machine, where all that is tied on it agrees.
fn neighbours(facts: &[Facts], tellers: &[Teller<'_>], found: &[Found], settled: &mut [Settled]) {
    // What Events say of a machine's clock may be the error of the file they lie in: a log of the machine itself must say so too.
    let mut machines: BTreeMap<&str, Option<At>> = BTreeMap::new();
    for own in [true, false] {
        for (teller, found) in tellers.iter().zip(found).filter(|(teller, _)| teller.name.is_empty() == own) {
            let (Some(machine), Some(at), false) = (teller.machine, found.tied(), teller.given) else { continue };
            let agree = |a: At| ((a.add_ns - at.add_ns).abs() <= a.bound_ns + at.bound_ns).then_some(if a.bound_ns >= at.bound_ns { a } else { at });
            let known = machines.entry(machine).and_modify(|known| *known = known.and_then(agree));
            if own {
                known.or_insert(Some(at));
            }
        }
    }
    for (source, facts) in facts.iter().enumerate() {
        let tied = tellers.iter().zip(found).any(|(teller, found)| teller.source == source && *found != Found::Untied);
        let machine = facts.machine.as_deref().filter(|_| !tied);
        let Some((machine, at)) = machine.and_then(|machine| Some((machine, machines.get(machine).copied()??))) else { continue };
        if at.add_ns != 0 && settled[source].clock.pieces.iter().all(|piece| piece.basis != Basis::Given && piece.doubt_ns < TOO_DOUBTFUL) {
            settled[source].notes.push(format!("moved with the other sources of {machine}, whose clock is {}", ahead(-at.add_ns)));
            shift(&mut settled[source], at);
        }
    }
}

fn tellers<'a>(facts: &'a [Facts], settled: &[Settled]) -> Vec<Teller<'a>> {
    let mut tellers = Vec::new();
    for (source, facts) in facts.iter().enumerate() {
        if settled[source].clock.pieces.iter().any(|piece| piece.doubt_ns >= TOO_DOUBTFUL) {
            continue;
        }
        for name in facts.tellers() {
            let statements = |marks: &[Mark]| marks.iter().filter_map(|mark| statement(mark, &settled[source])).collect::<Vec<_>>();
            let told = facts.told_by(name).map(|(fact, marks)| (fact, statements(marks))).filter(|(_, told)| !told.is_empty()).collect();
            let machine = if name.is_empty() { facts.machine.as_deref() } else { Some(name) };
            let given = settled[source].clock.pieces.iter().any(|piece| piece.basis == Basis::Given);
            tellers.push(Teller { source, name, machine, given, facts: told });
        }
    }
    tellers
}

fn statement(mark: &Mark, settled: &Settled) -> Option<Statement> {
    let stamp = settled.stamp(Some(mark.time), None, mark.offset, &Neighbours::default())?;
    Some(Statement {
        ns: stamp.ns,
        precision_ns: stamp.precision_ns.clamp(1, DAY),
        latency: mark.latency,
        writer: mark.writer,
        unique: mark.unique,
        place: mark.place,
    })
}

fn by_source(tellers: &[Teller<'_>], sources: usize) -> Vec<Vec<usize>> {
    let mut by_source = vec![Vec::new(); sources];
    for (index, teller) in tellers.iter().enumerate() {
        by_source[teller.source].push(index);
    }
    by_source
}

/// The ties of a source: each fact that it shares with a teller elsewhere, the two statements that fit best.
fn explain(own: &[usize], tellers: &[Teller<'_>], found: &[Found]) -> Ties {
    let mut elsewhere: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for index in own {
        elsewhere.extend(tellers[*index].facts.keys().map(|fact| (*fact, Vec::new())));
    }
    for (index, teller) in tellers.iter().enumerate() {
        for fact in teller.facts.keys() {
            if let Some(list) = elsewhere.get_mut(fact) {
                list.push(index);
            }
        }
    }
    let mut ties: Vec<Tie> = Vec::new();
    for index in own {
        let Some(at) = found[*index].tied() else { continue };
        for (fact, statements) in &tellers[*index].facts {
            let others = elsewhere.get(fact).into_iter().flatten().filter(|other| tellers[**other].source != tellers[*index].source);
            let pairs = others.filter_map(|other| Some((*other, found[*other].tied()?))).flat_map(|(other, theirs)| {
                let facts = tellers[other].facts.get(fact).into_iter().flatten();
                facts.flat_map(move |second| {
                    statements.iter().map(move |first| {
                        let (from, to) = first.apart(second, theirs);
                        let (least, most) = (at.add_ns - at.bound_ns, at.add_ns + at.bound_ns);
                        let far = from.saturating_sub(most).max(least.saturating_sub(to)).max(0);
                        (
                            far,
                            second.ns.saturating_add(theirs.add_ns).saturating_sub(first.ns).saturating_sub(at.add_ns).saturating_abs(),
                            other,
                            *first,
                            *second,
                            theirs,
                        )
                    })
                })
            });
            if let Some((far, _, other, first, second, _)) = pairs.min_by_key(|pair| (pair.0, pair.1, pair.2)) {
                ties.push(Tie {
                    place: first.place,
                    source: tellers[other].source,
                    other_place: second.place,
                    ahead_ns: first.ns.saturating_sub(second.ns),
                    agrees: far == 0,
                });
            }
        }
    }
    ties.sort_unstable_by_key(|tie| (tie.place, tie.source, tie.other_place));
    ties.dedup_by_key(|tie| (tie.place, tie.source));
    let count = |agrees: bool| ties.iter().filter(|tie| tie.agrees == agrees).count();
    let (agree, outliers) = (count(true), count(false));
    let mut kept = Vec::new();
    for agrees in [true, false] {
        let alike: Vec<&Tie> = ties.iter().filter(|tie| tie.agrees == agrees).collect();
        let stride = alike.len().div_ceil(MAX_TIES).max(1);
        kept.extend(alike.into_iter().step_by(stride).copied());
    }
    Ties { agree, outliers, kept, doubtful: false }
}

impl Settled {
    /// What is added to the source's stamps, nanoseconds.
    fn offset(&self) -> i64 {
        self.clock.pieces.first().map_or(0, |piece| piece.offset_ns)
    }
}
