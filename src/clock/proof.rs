//! Proof: what goes on inside a source across a jump of its stamps, so that the jump is a step of the clock.
//!
//! In: a jump with what stands around it. Out: the proof, and how much time passed meanwhile. Must not know: what becomes of the clock.

use super::jump::Jump;
use crate::time::HOUR;

/// Numbers from here on are addresses of threads, not counters.
const NO_COUNTER: u64 = 1 << 31;

/// Numbers that a server counts up.
pub(super) const CONNECTIONS: &str = "the numbers of connections go on";
/// A clock that nobody sets.
pub(super) const UPTIME: &str = "the time since boot goes on";
/// Somebody says so.
pub(super) const SAID: &str = "a record beside it says that the clock was set";
/// The stamps themselves.
pub(super) const RETURNS: &str = "the stamps come back to where they would have been";
/// Stamps that stand still.
pub(super) const STANDS: &str = "the stamps stand still later on: the clock went back again";

/// What goes on across a jump back, and how much time passed, where that is known.
pub(super) fn proof(jump: &Jump) -> Option<(&'static str, Option<i64>)> {
    if jump.after.boots {
        return None;
    }
    if let (Some((boot, before)), Some((same, after))) = (jump.before.uptime, jump.after.uptime)
        && boot == same
        && (before..=before.saturating_add(HOUR)).contains(&after)
    {
        return Some((UPTIME, Some(after - before)));
    }
    let (before, after) = (&jump.before, &jump.after);
    if goes_on(&before.connections, &after.connections) || goes_on(&before.threads, &after.threads) {
        return Some((CONNECTIONS, None));
    }
    let said = jump.after.stated.or(jump.before.stated)?;
    said.is_none_or(|by| by.saturating_sub(jump.size()).saturating_abs() <= HOUR && by < 0).then_some((SAID, None))
}

/// Whether counters after a jump take up where those before it ended.
fn goes_on(before: &[u64], after: &[u64]) -> bool {
    let small = |list: &[u64]| list.iter().copied().filter(|number| *number < NO_COUNTER).collect::<Vec<_>>();
    let (before, after) = (small(before), small(after));
    let (Some(least), Some(most)) = (before.iter().min(), before.iter().max()) else { return false };
    let mut new: Vec<u64> = after.into_iter().filter(|number| number > most).collect();
    new.sort_unstable();
    new.dedup();
    // A few times what is usual from one record to the next.
    let pace = (most.saturating_sub(*least) / before.len().max(1) as u64).saturating_mul(3).max(16);
    new.len() >= 2 && new.first().is_some_and(|first| first - most <= pace)
}
