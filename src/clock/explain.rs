//! Explaining: which facts tie a source to others, for people.
//!
//! In: tellers and what was found of them. Out: the ties of one source, some of them kept with their places. Must not know: how they were solved, lines.

use super::settled::{Tie, Ties};
use super::skew::{Found, Shared};
use super::teller::Teller;

/// Ties kept of one source that agree, and as many that do not.
const MAX_TIES: usize = 12;

/// The ties of a source: each fact that it shares with a teller elsewhere, the two statements that fit best.
pub(super) fn ties(own: &[usize], tellers: &[Teller<'_>], found: &[Found], shared: &Shared) -> Ties {
    let mut ties: Vec<Tie> = Vec::new();
    for index in own {
        let Some(at) = found[*index].tied() else { continue };
        for (fact, statements) in &tellers[*index].facts {
            let others = shared.get(fact).into_iter().flatten().filter(|other| tellers[**other].source != tellers[*index].source);
            let pairs = others.filter_map(|other| Some((*other, found[*other].tied()?))).flat_map(|(other, theirs)| {
                let facts = tellers[other].facts.get(fact).into_iter().flatten().filter(|second| !second.is_effect());
                facts.flat_map(move |second| {
                    statements.iter().filter(|first| !first.is_effect()).map(move |first| {
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
