//! Clocks: year and zone of a source.
//!
//! In: what a source's records and their envelopes say about time. Out: a [`crate::source::Clock`] with its basis. Must not know: files.

use crate::time::{DAY, YEARLESS, civil_from_days, civil_ns};

/// Moves a time counted in the year [`YEARLESS`] into `year`; its own year may be later by whole years where the source crossed New Year.
/// `None` for 29 February in a common year.
pub fn in_year(ns: i64, year: i32) -> Option<i64> {
    let (own, month, day) = civil_from_days(ns.div_euclid(DAY));
    let target = year + (own as i32 - YEARLESS);
    Some(civil_ns(target, month, day, 0, 0, 0, 0)? + ns.rem_euclid(DAY))
}
