//! Aligning: sources whose clocks go wrong by a constant are moved, each stretch of one that was set by its own.
//!
//! In: settled zones and years, the steps that sources show by themselves, the facts of every source. Out: offsets with their bounds in the clocks, and
//! the ties that say so. Must not know: how the differences are solved, what the facts mean.

use std::collections::BTreeMap;

use super::facts::{Facts, Mark};
use super::jump::Course;
use super::settle::SHARED;
use super::settled::{Moved, Neighbours, Settled};
use super::skew::{At, Found, LEAST_FACTS, Parts, shared, solve};
use super::steps::Stepped;
use super::teller::{Statement, Surety, Teller};
use super::{breaks, explain, levels, machine, zone};
use crate::source::Basis;
use crate::time::{DAY, HOUR, SECOND, human};

/// A zone with more doubt than this ties nobody.
pub(super) const TOO_DOUBTFUL: i64 = HOUR;

/// Whether a source's zone is so much in doubt that it ties nobody. Asked before clocks are cut into pieces.
pub(super) fn is_open(settled: &Settled) -> bool {
    settled.clock.pieces.iter().any(|piece| piece.doubt_ns >= TOO_DOUBTFUL)
}

/// Finds and applies the offsets. `open` tells which sources tie nobody, `stepped` what the sources show by themselves; what ties show beside that is
/// added to it.
pub(super) fn align(facts: &[Facts], open: &[bool], courses: &[Vec<Course>], stepped: &mut BTreeMap<usize, Stepped>, settled: &mut [Settled]) {
    if facts.len() != settled.len() {
        return;
    }
    let mut tellers = tellers(facts, open, stepped, settled);
    let shared = shared(&mut tellers);
    let found = solve(&tellers, &shared);
    let by_source = by_source(&tellers, settled.len());
    for (source, own) in by_source.iter().enumerate() {
        settled[source].ties = explain::ties(own, &tellers, &found, &shared);
    }
    let bases: Vec<i64> = settled.iter().map(Settled::offset).collect();
    let parts = Parts::new(&tellers, &found, &shared);
    for (source, own) in by_source.iter().enumerate() {
        if let Some(stepped) = stepped.get(&source).filter(|stepped| stepped.is_cut()) {
            levels::apply(own, &tellers, &found, stepped, &mut settled[source]);
            continue;
        }
        let index = own.iter().copied().find(|index| tellers[*index].name.is_empty() && !tellers[*index].given);
        let course = courses.get(source).and_then(|courses| courses.iter().find(|course| !course.envelope));
        if let (Some(index), Some(course)) = (index, course)
            && breaks::find(index, &parts, found[index], course, stepped.entry(source).or_default(), &mut settled[source])
        {
            continue;
        }
        match main(own, &tellers, &found) {
            // What was given holds; that it contradicts the facts was told before.
            Found::Tied(_) if settled[source].zone_basis() == Some(Basis::Given) => {}
            Found::Tied(at) if at.add_ns != 0 => apply(&mut settled[source], at),
            Found::Doubtful(at) => doubt(&mut settled[source], at),
            // A zone that was found with doubt has been confirmed, but not by itself.
            Found::Tied(at) if at.of > 0 => settled[source].clock.pieces.iter_mut().for_each(|piece| piece.doubt_ns = piece.doubt_ns.min(SHARED)),
            Found::Tied(_) | Found::Untied => {}
        }
    }
    for (source, own) in by_source.iter().enumerate() {
        let moved = settled[source].offset() - bases[source];
        let others = own.iter().filter_map(|index| {
            let at = found[*index].tied().filter(|_| !tellers[*index].name.is_empty())?;
            (at.add_ns != moved).then(|| (tellers[*index].name.into(), Moved { add_ns: at.add_ns - moved, bound_ns: at.bound_ns }))
        });
        settled[source].tellers = others.collect();
    }
    machine::follow(facts, &tellers, &found, settled);
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

pub(super) fn shift(settled: &mut Settled, at: At) {
    if settled.clock.pieces.is_empty() {
        settled.clock.pieces = vec![zone::piece(0, 0, Basis::Unknown, 0)];
    }
    for piece in &mut settled.clock.pieces {
        piece.offset_ns = at.add_ns;
        piece.doubt_ns = at.bound_ns;
    }
}

/// What too few facts say against a clock is doubt: whatever tells a source's zone tells nothing of how far its clock is off beside that.
pub(super) fn doubt(settled: &mut Settled, at: At) {
    settled.ties.doubtful = true;
    // One burst of facts may be another burst; facts that keep their distance from each other are not met by chance, nor are they where none says else.
    let apart = at.spread_ns > at.bound_ns.max(SECOND).saturating_mul(2) && at.ties * 2 > at.of;
    if at.ties < LEAST_FACTS && !apart && at.ties < at.of {
        return;
    }
    if settled.clock.pieces.is_empty() {
        settled.clock.pieces = vec![zone::piece(0, 0, Basis::Unknown, 0)];
    }
    for piece in settled.clock.pieces.iter_mut().filter(|piece| piece.basis != Basis::Given) {
        piece.doubt_ns = piece.doubt_ns.max(at.add_ns.saturating_abs().saturating_add(at.bound_ns));
    }
}

pub(super) fn ahead(ns: i64) -> String {
    format!("{} {}", human(ns.abs()), if ns > 0 { "ahead" } else { "behind" })
}

fn tellers<'a>(facts: &'a [Facts], open: &[bool], stepped: &BTreeMap<usize, Stepped>, settled: &[Settled]) -> Vec<Teller<'a>> {
    let mut tellers = Vec::new();
    for (source, facts) in facts.iter().enumerate() {
        if open.get(source).copied().unwrap_or_default() {
            continue;
        }
        let cut = stepped.get(&source).is_some_and(Stepped::is_cut);
        let level = |mark: &Mark| if cut { levels::of(&settled[source], mark.offset) } else { 0 };
        for name in facts.tellers() {
            let mut by_level: BTreeMap<i64, BTreeMap<u64, Vec<Statement>>> = BTreeMap::new();
            for (fact, marks) in facts.told_by(name) {
                for mark in marks {
                    if let Some(statement) = statement(mark, &settled[source]) {
                        by_level.entry(level(mark)).or_default().entry(fact).or_insert_with(|| Vec::with_capacity(marks.len())).push(statement);
                    }
                }
            }
            let machine = if name.is_empty() { facts.machine.as_deref() } else { Some(machine::quoted(name).unwrap_or(name)) };
            let given = settled[source].clock.pieces.iter().any(|piece| piece.basis == Basis::Given);
            let zone = known(&settled[source]);
            tellers.extend(by_level.into_iter().map(|(level, facts)| Teller { source, name, level, machine, given, zone, facts }));
        }
    }
    tellers
}

fn known(settled: &Settled) -> Surety {
    let pieces = || settled.clock.pieces.iter();
    if pieces().any(|piece| piece.doubt_ns > SHARED) {
        Surety::Roughly
    } else if pieces().any(|piece| matches!(piece.basis, Basis::MatchedEvents | Basis::Ranges | Basis::OtherSources | Basis::Assumed)) {
        Surety::ByOthers
    } else {
        Surety::ByItself
    }
}

fn statement(mark: &Mark, settled: &Settled) -> Option<Statement> {
    let stamp = settled.stamp(Some(mark.time), None, mark.offset, &Neighbours::default())?;
    Some(Statement {
        ns: stamp.ns,
        precision_ns: stamp.precision_ns.clamp(1, DAY),
        latency: mark.latency,
        writer: mark.writer,
        life: mark.life,
        unique: mark.unique,
        place: mark.place,
        offset: mark.offset,
    })
}

fn by_source(tellers: &[Teller<'_>], sources: usize) -> Vec<Vec<usize>> {
    let mut by_source = vec![Vec::new(); sources];
    for (index, teller) in tellers.iter().enumerate() {
        by_source[teller.source].push(index);
    }
    by_source
}

impl Settled {
    /// What is added to the source's stamps, nanoseconds.
    fn offset(&self) -> i64 {
        self.clock.pieces.first().map_or(0, |piece| piece.offset_ns)
    }
}
