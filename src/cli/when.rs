//! Moments, zones and assignments as they are typed.
//!
//! In: words. Out: numbers, or a sentence that says what would be right. Must not know: what they are for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// A moment: RFC 3339, `2017-12-01 03:00[:00]` (UTC) or `2017-12-01`. Nanoseconds since the epoch.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    let zoned = || DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc());
    let plain = || {
        let shapes = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
        let time = shapes.iter().find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok());
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
        time.or_else(day).map(|moment| moment.and_utc())
    };
    let moment = zoned().or_else(plain).and_then(|moment| moment.timestamp_nanos_opt());
    moment.ok_or_else(|| match text {
        "" => "a moment is missing".into(),
        _ => "write it as 2017-12-01T03:00:00Z, 2017-12-01T11:00:00+08:00, `2017-12-01 03:00` (UTC) or 2017-12-01".into(),
    })
}

/// A day: `2017-12-01`.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "write it as 2017-12-01".into())
}

/// A zone, `GLOB=ZONE` or plain. Seconds east of UTC.
pub(super) fn zone_of(text: &str) -> Result<(Option<String>, i32), String> {
    match text.rsplit_once('=') {
        Some((glob, text)) => Ok((Some(glob.to_owned()), zone(text)?)),
        None => Ok((None, zone(text)?)),
    }
}

fn zone(text: &str) -> Result<i32, String> {
    let help = || "write it as +08:00, -0530, +8 or UTC; names such as Asia/Shanghai change with the date and are not known here".to_owned();
    if matches!(text, "Z" | "z") || text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("gmt") {
        return Ok(0);
    }
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return Err(help()),
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 => (hours, minutes),
        (None, 4) => digits.split_at(2),
        (None, 1 | 2) => (digits, "0"),
        _ => return Err(help()),
    };
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (number(hours), number(minutes)) {
        (Some(hours @ 0..=14), Some(minutes @ 0..=59)) => Ok(sign * (hours * 3600 + minutes * 60)),
        _ => Err(help()),
    }
}

/// `GLOB=NAME`.
pub(super) fn named(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((glob, name)) if !glob.is_empty() && !name.is_empty() => Ok((glob.to_owned(), name.to_owned())),
        _ => Err("write it as GLOB=NAME, for example 'host1/**=node-1'".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::civil_ns;

    #[test]
    fn moments_in_their_spellings() {
        let three = civil_ns(2017, 12, 1, 3, 0, 0, 0).unwrap();
        for text in ["2017-12-01T03:00:00Z", "2017-12-01T11:00:00+08:00", "2017-12-01 03:00", "2017-12-01T03:00", "2017-12-01 03:00:00"] {
            assert_eq!(moment(text), Ok(three), "{text}");
        }
        assert_eq!(moment("2017-12-01"), Ok(civil_ns(2017, 12, 1, 0, 0, 0, 0).unwrap()));
        for text in ["", "yesterday", "2017-12-01T03:00:00Zulu", "2017-13-01"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn zones_in_their_spellings() {
        assert_eq!(zone_of("*/kubelet.log=+08:00"), Ok((Some("*/kubelet.log".into()), 28_800)));
        for (text, seconds) in [("+8", 28_800), ("-0530", -19_800), ("UTC", 0), ("Z", 0), ("+05:45", 20_700)] {
            assert_eq!(zone_of(text), Ok((None, seconds)), "{text}");
        }
        for text in ["", "8", "+15", "+08:0", "Asia/Shanghai", "+-8", "+08:60"] {
            assert!(zone_of(text).is_err(), "{text}");
        }
        assert!(named("x=").is_err() && named("a=b").is_ok());
    }
}
