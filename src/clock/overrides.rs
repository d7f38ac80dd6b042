//! Overrides: what was said on the command line against what the source shows.
//!
//! In: hints and what was given. Out: warnings. What is given holds all the same. Must not know: how the clock is settled.

use super::facts::Facts;
use super::hints::Hints;
use super::settle::Given;
use super::settled::Settled;
use super::spread::Spread;
use super::{ties, year, zone};
use crate::source::{Basis, ClockPiece};
use crate::time::SECOND;

/// `+08:00`.
fn offset(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// Notes where a given zone or year contradicts strong evidence.
pub(super) fn warn(hints: &Hints, given: Given, settled: &mut Settled) {
    if let Some(zone_s) = given.zone_s {
        let shown = zone::of_pairs(&hints.pairs).first().copied().or_else(|| zone::stated(hints));
        if let Some(ClockPiece { zone_s: shown, basis, .. }) = shown.filter(|piece| piece.zone_s != zone_s) {
            settled.contradicted.push(format!(
                "the given zone {} contradicts {} ({}): the given one is used",
                offset(zone_s),
                offset(shown),
                if basis == Basis::Wrapper { "the stamps around its records" } else { "a time with its zone in one of its own records" }
            ));
        }
    }
    if let Some(given) = given.year.filter(|_| !hints.yearless.is_empty())
        && let Some((found, basis)) = year::find(hints, &Spread::default())
        && matches!(basis, Basis::Wrapper | Basis::Stated)
        && found != given
    {
        let by = if basis == Basis::Wrapper { "the stamps around its records" } else { "one of its own lines" };
        settled.contradicted.push(format!("the given year {given} contradicts {found} ({by}): the given one is used"));
    }
}

/// Notes where a given zone contradicts facts that other sources state too.
pub(super) fn warn_ties(sources: &[(Box<Hints>, Given)], facts: &[Facts], settled: &mut [Settled]) {
    let given: Vec<usize> = (0..sources.len()).filter(|index| settled[*index].zone_basis() == Some(Basis::Given)).collect();
    if given.is_empty() || facts.len() != sources.len() {
        return;
    }
    let stated =
        |settled: &Settled| settled.clock.pieces.first().filter(|piece| piece.basis != Basis::Given).map(|piece| i64::from(piece.zone_s) * SECOND);
    let zones: Vec<Option<i64>> = settled.iter().map(stated).collect();
    let years: Vec<Option<i32>> = settled.iter().map(|settled| settled.clock.year).collect();
    for (index, tied) in ties::zones(&facts.iter().collect::<Vec<_>>(), &given, &zones, &years) {
        let Some(wanted) = sources[index].1.zone_s.filter(|wanted| i64::from(*wanted) * SECOND != tied.zone_ns) else { continue };
        settled[index].contradicted.push(format!(
            "the given zone {} contradicts {}, which follows from {} facts that other sources state too: the given one is used",
            offset(wanted),
            offset((tied.zone_ns / SECOND) as i32),
            tied.ties
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Known, settle};
    use crate::time::{HOUR, RawTime, YEARLESS, civil_ns};

    #[test]
    fn what_is_given_wins_with_a_warning() {
        let mut hints = Hints::default();
        let inner = RawTime::yearless(civil_ns(YEARLESS, 12, 1, 10, 0, 0, 0).unwrap(), SECOND);
        for offset in 0..20 {
            hints.note(inner, offset);
            hints.note_pair(RawTime::zoned(civil_ns(2017, 12, 1, 2, 0, 0, 0).unwrap(), SECOND), inner, offset);
        }
        let notes = |given: Given| settle(&[(Box::new(hints.clone()), given)], Known::default(), |_| {}).0.remove(0).contradicted.join("; ");
        assert_eq!(notes(Given { year: Some(2017), zone_s: Some((8 * HOUR / SECOND) as i32) }), "");
        let told = notes(Given { year: Some(2015), zone_s: Some(0) });
        assert_eq!(
            told,
            "the given zone +00:00 contradicts +08:00 (the stamps around its records): the given one is used; \
             the given year 2015 contradicts 2017 (the stamps around its records): the given one is used"
        );
    }
}
