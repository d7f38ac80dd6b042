//! Levels: what ties say of a clock that was set meanwhile, stretch by stretch.
//!
//! In: a source whose clock was cut into pieces so that its stamps keep the order of its records, and what was found of each stretch. Out: the
//! pieces, moved. Must not know: how steps are proven, how ties are solved.
//!
//! A step is known no better than the pace of the records allows, so each stretch is tied by itself. Stretches between which the clock came back to where
//! it had been are one level. A level that nothing ties follows the nearest one that something does.

use super::align::ahead;
use super::settled::Settled;
use super::skew::{At, Found};
use super::steps::Stepped;
use super::teller::Teller;
use crate::source::Basis;
use crate::time::{SECOND, human};

/// The level of the records at an offset.
pub(super) fn of(settled: &Settled, offset: u64) -> i64 {
    settled.clock.at(offset).map_or(0, |piece| piece.offset_ns)
}

/// Moves each piece by what was found of its level.
pub(super) fn apply(own: &[usize], tellers: &[Teller<'_>], found: &[Found], stepped: &Stepped, settled: &mut Settled) {
    if settled.zone_basis() == Some(Basis::Given) && tellers.iter().all(|teller| teller.given) {
        return;
    }
    let of_level = |level: i64| -> Option<At> {
        own.iter().filter(|index| tellers[**index].name.is_empty() && tellers[**index].level == level).find_map(|index| found[*index].tied())
    };
    let tied: Vec<Option<At>> = settled.clock.pieces.iter().map(|piece| of_level(piece.offset_ns)).collect();
    let known: Vec<usize> = (0..tied.len()).filter(|at| tied[*at].is_some()).collect();
    if known.is_empty() {
        settled.ties.doubtful |= own.iter().any(|index| matches!(found[*index], Found::Doubtful(_)));
        return;
    }
    for (at, piece) in settled.clock.pieces.iter_mut().enumerate() {
        let Some(nearest) = known.iter().copied().min_by_key(|other| other.abs_diff(at)) else { continue };
        let Some(by) = tied[nearest] else { continue };
        let bound_ns = if by.add_ns == 0 { SECOND } else { by.bound_ns };
        piece.offset_ns = piece.offset_ns.saturating_add(by.add_ns);
        piece.doubt_ns = if nearest == at {
            bound_ns
        } else {
            // Between two levels lies the step, as exactly as it is known.
            let apart = |at: usize| stepped.apart.get(at).copied().unwrap_or_default();
            bound_ns.saturating_add(apart(at).max(apart(nearest)))
        };
    }
    settled.side_unknown = false;
    let mut told: Vec<i64> = Vec::new();
    for (piece, by) in settled.clock.pieces.iter().zip(&tied) {
        let Some(by) = by.filter(|_| !told.contains(&piece.offset_ns)) else { continue };
        told.push(piece.offset_ns);
        settled.notes.push(format!(
            "from byte {} on its clock is {} (within {}): so say {} of {} facts that other sources state too",
            piece.from_offset,
            if piece.offset_ns == 0 { "right".into() } else { ahead(piece.offset_ns.saturating_neg()) },
            human(piece.doubt_ns),
            by.ties,
            by.of
        ));
    }
}
