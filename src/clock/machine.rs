//! Machines: sources that nothing ties follow the clock of the machine they were written on.
//!
//! In: tellers with their machines, and what was found of each. Out: sources moved, or doubted, with the others of their machine. Must not know: what
//! the facts mean.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{TOO_DOUBTFUL, ahead, doubt, shift};
use super::facts::Facts;
use super::settled::Settled;
use super::skew::{At, Found};
use super::teller::{Surety, Teller};
use crate::source::Basis;
use crate::time::{MINUTE, SECOND};

/// A clock that is off by more may be right in another zone.
const BETWEEN_ZONES: i64 = 7 * MINUTE;
/// Begins the name of a teller that is a machine, as another machine quotes its stamps.
const QUOTED: &str = "stamps of ";

/// The teller for stamps of a machine that the log of another quotes.
pub fn heartbeat_of(machine: &str) -> String {
    format!("{QUOTED}{machine}")
}

/// The machine whose stamps a teller quotes.
pub(super) fn quoted(teller: &str) -> Option<&str> {
    teller.strip_prefix(QUOTED)
}

/// Moves and doubts what nothing else ties.
pub(super) fn follow(facts: &[Facts], tellers: &[Teller<'_>], found: &[Found], settled: &mut [Settled]) {
    let logs = logs(tellers, found);
    let quotes = quotes(tellers, found);
    let tied: BTreeSet<usize> = tellers.iter().zip(found).filter(|(_, found)| **found != Found::Untied).map(|(teller, _)| teller.source).collect();
    for (source, facts) in facts.iter().enumerate() {
        let Some(machine) = facts.machine.as_deref().filter(|_| !tied.contains(&source)) else { continue };
        if settled[source].clock.pieces.iter().any(|piece| piece.basis == Basis::Given || piece.doubt_ns >= TOO_DOUBTFUL) {
            continue;
        }
        let by_logs = logs.get(machine).copied().map(|at| at.map_or(Found::Untied, Found::Tied));
        match by_logs.or_else(|| quotes.get(machine).copied()) {
            Some(Found::Tied(at)) if at.add_ns != 0 => {
                settled[source].notes.push(format!("moved with the clock of {machine}, which is {} as other logs tell", ahead(-at.add_ns)));
                shift(&mut settled[source], at);
            }
            Some(Found::Doubtful(at)) => {
                settled[source].notes.push(format!("the clock of {machine} may be {}: so says what another log quotes of it", ahead(-at.add_ns)));
                doubt(&mut settled[source], at);
            }
            _ => {}
        }
    }
}

/// The clocks of machines by their own logs. What Events say of a machine's clock may be the error of the file they lie in: a log of the machine itself
/// must say so too. `None`: they do not agree.
fn logs<'a>(tellers: &[Teller<'a>], found: &[Found]) -> BTreeMap<&'a str, Option<At>> {
    let mut machines: BTreeMap<&str, Option<At>> = BTreeMap::new();
    for own in [true, false] {
        let tellers = tellers.iter().zip(found).filter(|(teller, _)| teller.name.is_empty() == own && quoted(teller.name).is_none());
        for (teller, found) in tellers {
            let (Some(machine), Some(at), false) = (teller.machine, found.tied(), teller.given) else { continue };
            // Half of it may be a zone that no list has.
            if teller.zone == Surety::Roughly && at.add_ns.saturating_abs() > BETWEEN_ZONES {
                continue;
            }
            let agree = |a: At| ((a.add_ns - at.add_ns).abs() <= a.bound_ns + at.bound_ns).then_some(if a.bound_ns >= at.bound_ns { a } else { at });
            let known = machines.entry(machine).and_modify(|known| *known = known.and_then(agree));
            if own {
                known.or_insert(Some(at));
            }
        }
    }
    machines
}

/// The clocks of machines by the stamps that logs of other machines quote. Where all that a file says is moved alike, the file is what is off.
fn quotes<'a>(tellers: &[Teller<'a>], found: &[Found]) -> BTreeMap<&'a str, Found> {
    let mut machines: BTreeMap<&str, Found> = BTreeMap::new();
    let mut wholes: BTreeMap<usize, i64> = BTreeMap::new();
    for (teller, found) in tellers.iter().zip(found).filter(|(teller, _)| teller.name.is_empty()) {
        wholes.entry(teller.source).or_insert_with(|| found.tied().map_or(0, |at| at.add_ns));
    }
    for (teller, quote) in tellers.iter().zip(found).filter(|(teller, _)| quoted(teller.name).is_some()) {
        let whole = wholes.get(&teller.source).copied().unwrap_or(0);
        let (Some(machine), Found::Tied(at) | Found::Doubtful(at)) = (teller.machine, *quote) else { continue };
        if (at.add_ns - whole).abs() > at.bound_ns.max(SECOND) {
            // Two that do not agree leave doubt.
            machines.entry(machine).and_modify(|known| *known = Found::Doubtful(at)).or_insert(*quote);
        }
    }
    machines
}
