//! Breaks: a clock that was set where nothing inside its source proves it, but what other sources state before and after does.
//!
//! In: the jumps of a source's stamps, answers for its parts. Out: pieces of its clock, and the steps between them. Must not know: how ties are solved.
//!
//! A boot, or a log that goes on elsewhere, ends all that could be counted on across a jump. Where the facts before it agree on one difference and those
//! after it on another, and the jump is large enough for both, the clock was set there.

use super::jump::{Course, Jump};
use super::settled::Settled;
use super::skew::{At, Found, Parts};
use super::steps::{Step, Stepped, Way};
use super::zone;
use crate::source::Basis;
use crate::time::{SECOND, human};

/// Two clocks nearer to each other are one.
const APART: i64 = 10 * SECOND;
/// So many facts on each side must agree.
const LEAST: usize = 3;
/// Breaks found in one source.
const MAX_BREAKS: usize = 8;

/// What goes on across the jump.
const TIES: &str = "what other sources state too goes on";

/// A stretch of the source and its clock.
#[derive(Clone, Copy)]
struct Part {
    from: u64,
    to: u64,
    at: At,
}

/// Cuts the clock where ties say so. Whether they do.
pub(super) fn find(index: usize, parts: &Parts<'_, '_>, whole: Found, course: &Course, stepped: &mut Stepped, settled: &mut Settled) -> bool {
    if settled.clock.pieces.len() > 1 || whole.tied().is_some_and(|at| at.ties + LEAST > at.of) {
        return false;
    }
    let votes = whole.tied().map_or(0, |at| at.ties);
    let mut found: Vec<(usize, Part, Part)> = Vec::new();
    let (mut from, mut votes) = (0, votes);
    while found.len() < MAX_BREAKS {
        let Some((at, before, after)) = best(index, parts, course, from, votes) else { break };
        if let Some((_, _, last)) = found.last_mut() {
            last.to = before.to;
        }
        (from, votes) = (after.from, after.at.ties);
        found.push((at, before, after));
    }
    let Some((_, first, _)) = found.first() else { return false };
    let base = settled.clock.pieces.first().copied().unwrap_or_else(|| zone::piece(0, 0, Basis::Unknown, 0));
    let stretches: Vec<Part> = std::iter::once(*first).chain(found.iter().map(|(_, _, after)| *after)).collect();
    let doubt = |at: At| if at.add_ns == 0 { SECOND } else { at.bound_ns };
    let pieces = stretches.iter().map(|part| crate::source::ClockPiece {
        from_offset: part.from,
        offset_ns: base.offset_ns.saturating_add(part.at.add_ns),
        doubt_ns: doubt(part.at),
        ..base
    });
    settled.clock.pieces = pieces.collect();
    stepped.pieces.clone_from(&settled.clock.pieces);
    stepped.apart = stretches.iter().map(|part| doubt(part.at)).collect();
    stepped.edges = course.ends.iter().flatten().map(|(raw, _, offset)| (*raw, *offset)).collect();
    for (at, before, after) in &found {
        let Some(jump) = course.jumps.get(*at) else { continue };
        let step = before.at.add_ns.saturating_sub(after.at.add_ns);
        stepped.edges.extend([(jump.from.raw, jump.from.offset), (jump.to.raw, jump.to.offset)]);
        stepped.steps.push(Step {
            from: jump.from.clone(),
            to: jump.to.clone(),
            way: if step < 0 { Way::Back } else { Way::Forth },
            by_ns: Some(step.saturating_abs()),
            proof: TIES,
        });
        settled.notes.push(format!(
            "its clock was set {} by {} at line {}: so say {} facts before and {} after that other sources state too",
            if step < 0 { "back" } else { "forward" },
            human(step.saturating_abs()),
            jump.to.line,
            before.at.ties,
            after.at.ties
        ));
    }
    true
}

/// The jump from `from` on at which the most facts agree on two clocks, if those are more than `votes`.
fn best(index: usize, parts: &Parts<'_, '_>, course: &Course, from: u64, votes: usize) -> Option<(usize, Part, Part)> {
    let candidates = course.jumps.iter().enumerate().filter(|(_, jump)| jump.to.offset > from);
    let both = candidates.filter_map(|(at, jump)| {
        let before = Part { from, to: jump.to.offset, at: parts.tie(index, from, jump.to.offset).tied()? };
        let after = Part { from: jump.to.offset, to: u64::MAX, at: parts.tie(index, jump.to.offset, u64::MAX).tied()? };
        (is_step(jump, before.at, after.at) && before.at.ties + after.at.ties > votes).then_some((at, before, after))
    });
    both.max_by_key(|(at, before, after)| (before.at.ties + after.at.ties, std::cmp::Reverse(*at)))
}

/// Whether a clock that was set so would jump like this: time does not go back meanwhile.
fn is_step(jump: &Jump, before: At, after: At) -> bool {
    let step = before.add_ns.saturating_sub(after.add_ns);
    let doubt = before.bound_ns.saturating_add(after.bound_ns);
    before.ties >= LEAST
        && after.ties >= LEAST
        && step.saturating_abs() > doubt.saturating_add(APART)
        && jump.size() >= step.saturating_sub(doubt).saturating_sub(2 * SECOND)
}
