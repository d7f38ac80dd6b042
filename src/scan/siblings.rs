//! Siblings: the logs of one machine that stand in one file keep one zone.
//!
//! In: readings and their clocks. Out: clocks. Must not know: how clocks are found.

use std::collections::BTreeMap;

use super::read::Apart;
use crate::clock::Settled;
use crate::source::{Basis, ClockPiece};
use crate::time::{HOUR, SECOND};

/// A zone in so much doubt is only taken for granted.
const OPEN: i64 = 12 * HOUR;

/// Gives sections whose zone is a guess the zone of the section, of the same file and node, that tells it best.
pub(super) fn agree(readings: &[Apart], settled: &mut [Settled]) {
    let told: Vec<Option<ClockPiece>> = settled.iter().map(|clock| only_piece(clock).copied()).collect();
    let mut families: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, own) in readings.iter().enumerate() {
        if let (Some(within), Some(node)) = (&own.within, &own.at.node) {
            families.entry((within, node)).or_default().push(index);
        }
    }
    for (index, family) in families.values().flat_map(|family| family.iter().map(move |index| (*index, family))) {
        let siblings = family.iter().filter_map(|at| Some((readings.get(*at)?, told.get(*at)?)));
        let pieces = siblings.filter_map(|(other, piece)| Some((other, piece.as_ref().filter(|piece| piece.doubt_ns < OPEN)?)));
        // A long log fits the others in few zones, a short one in many.
        let best = pieces.max_by_key(|(other, piece)| (is_proven(piece), other.found.summary.entries)).map(|(_, piece)| *piece);
        let (Some(best), Some(clock)) = (best, settled.get_mut(index)) else { continue };
        if !only_piece(clock).is_some_and(|piece| !is_proven(piece) && (piece.zone_s != best.zone_s || piece.doubt_ns >= OPEN)) {
            continue;
        }
        for piece in &mut clock.clock.pieces {
            (piece.zone_s, piece.basis, piece.doubt_ns) = (best.zone_s, Basis::OtherSources, best.doubt_ns.max(SECOND));
        }
        clock.notes.retain(|note| !note.contains("nothing tells it"));
        clock.notes.push("the zone is that of the other logs in this file".into());
    }
}

fn only_piece(clock: &Settled) -> Option<&ClockPiece> {
    match clock.clock.pieces.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn is_proven(piece: &ClockPiece) -> bool {
    piece.basis > Basis::OtherSources
}
