//! Moments as people type them in queries and on the command line.
//!
//! In: words. Out: nanoseconds since the epoch, and how long the moment lasts as it is written. Must not know: what they are for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::time::{DAY, MINUTE, SECOND};

/// A moment: RFC 3339, `2017-12-01 03:00[:00[.5]]` (UTC), `2017-12-01`, or, with a day to go by, `03:00[:00]`. Out: its beginning, and how long it
/// lasts as written: `10:20` is a whole minute.
pub fn moment(text: &str, day: Option<i64>) -> Option<(i64, i64)> {
    let text = text.trim();
    let fraction = text.contains('.');
    let fine = |seconds: bool| match (fraction, seconds) {
        (true, _) => 1,
        (false, true) => SECOND,
        (false, false) => MINUTE,
    };
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some((zoned.timestamp_nanos_opt()?, fine(true)));
    }
    for (shape, seconds) in [("%Y-%m-%d %H:%M:%S%.f", true), ("%Y-%m-%dT%H:%M:%S%.f", true), ("%Y-%m-%d %H:%M", false), ("%Y-%m-%dT%H:%M", false)] {
        if let Ok(plain) = NaiveDateTime::parse_from_str(text.strip_suffix('Z').unwrap_or(text), shape) {
            return Some((plain.and_utc().timestamp_nanos_opt()?, fine(seconds)));
        }
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some((date.and_time(NaiveTime::MIN).and_utc().timestamp_nanos_opt()?, DAY));
    }
    let day = day?;
    let (time, seconds) = NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
        .map(|time| (time, true))
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M").map(|time| (time, false)))
        .ok()?;
    let of_day = time.signed_duration_since(NaiveTime::MIN).num_nanoseconds()?;
    Some((day.div_euclid(DAY).checked_mul(DAY)?.checked_add(of_day)?, fine(seconds)))
}
