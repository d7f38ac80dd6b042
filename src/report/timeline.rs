//! Times for people: when, and how long after the beginning.
//!
//! In: stamps. Out: columns of text. Must not know: what happened then.

use crate::time::{DAY, HOUR, MINUTE, SECOND, Stamp, civil_from_days, human};

/// `2017-12-01`.
pub(super) fn day(stamp: Stamp) -> String {
    let (year, month, day) = civil_from_days(stamp.ns.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `02:18:14.123`; as fine as the stamp is written, at most milliseconds.
pub(super) fn clock(stamp: Stamp) -> String {
    let rest = stamp.ns.rem_euclid(DAY);
    let clock = format!("{:02}:{:02}:{:02}", rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60);
    if stamp.precision_ns >= SECOND { clock } else { format!("{clock}.{:03}", rest % SECOND / 1_000_000) }
}

/// `2017-12-01 02:18:14`.
pub(super) fn moment(stamp: Stamp) -> String {
    format!("{} {}", day(stamp), clock(stamp))
}

/// `2017-12-01 02:17:42 – 02:19:47 UTC`, the second day only if it is another.
pub(super) fn reach(start: Option<Stamp>, end: Option<Stamp>) -> Option<String> {
    Some(match (start, end) {
        (Some(start), Some(end)) if end.ns != start.ns => {
            let length = human(end.ns.saturating_sub(start.ns));
            let end = if day(start) == day(end) { clock(end) } else { moment(end) };
            format!("{} – {end} UTC ({length})", moment(start))
        }
        (Some(one), _) | (None, Some(one)) => format!("{} UTC", moment(one)),
        (None, None) => return None,
    })
}

/// `+32s` after `from`.
pub(super) fn after(from: Stamp, stamp: Stamp) -> String {
    let ns = stamp.ns.saturating_sub(from.ns);
    if ns == 0 { "0".into() } else { format!("{}{}", if ns > 0 { "+" } else { "" }, human(ns)) }
}

/// `±12h0m`, where it matters.
pub(super) fn doubt(stamp: Stamp) -> Option<String> {
    (stamp.doubt_ns > SECOND).then(|| format!("±{}", human(stamp.doubt_ns)))
}
