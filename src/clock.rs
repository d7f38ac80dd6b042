//! Clocks: year and zone of a source.
//!
//! In: [`Hints`]: what a source's records, their envelopes and its file say about time. Out: a [`Settled`] clock with its basis, and through it
//! stamps in UTC. Must not know: files, patterns, the wall clock of the machine it runs on.
//!
//! Years come first (they need no zone), then zones, then what depends on both: times of day and ages.

mod align;
mod breaks;
mod collected;
mod explain;
mod facts;
mod hints;
mod jump;
mod levels;
mod machine;
mod overrides;
mod proof;
mod settle;
mod settled;
mod skew;
mod spread;
mod steps;
mod teller;
mod ties;
mod vote;
mod year;
mod zone;

pub use facts::{Facts, Latency, Mark};
pub(crate) use hints::MAX_LOCAL;
pub use hints::{Hints, LocalTime, Pair, Reach, Segment, Twofold};
pub use jump::{Course, Jump, Place, Still, Trace};
pub use machine::heartbeat_of;
pub use settle::{Given, Known, settle};
pub use settled::{Moved, Neighbours, Settled, Tie, Ties};
pub use steps::{Step, Stepped, Way};

use crate::time::{DAY, YEARLESS, civil_from_days, civil_ns};

/// Moves a time counted in the year [`YEARLESS`] into `year`; its own year may be later by whole years where the source crossed New Year.
/// `None` for 29 February in a common year.
pub fn in_year(ns: i64, year: i32) -> Option<i64> {
    let (own, month, day) = civil_from_days(ns.div_euclid(DAY));
    let target = year.checked_add(i32::try_from(own).ok()?.checked_sub(YEARLESS)?)?;
    civil_ns(target, month, day, 0, 0, 0, 0)?.checked_add(ns.rem_euclid(DAY))
}

/// The civil year of a time.
pub(crate) fn year_of(ns: i64) -> i32 {
    civil_from_days(ns.div_euclid(DAY)).0 as i32
}
