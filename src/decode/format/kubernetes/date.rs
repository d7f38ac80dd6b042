//! Dates as `kubectl describe` prints them: `Fri, 20 Nov 2026 11:05:59 +0000`.
//!
//! In: a value of a description. Out: the same moment as RFC 3339 in UTC, as JSON and YAML state it. Must not know: what it is the date of.
//!
//! Defined by RFC 1123 as Go prints it (`time.RFC1123Z`).

use crate::time::{SECOND, civil_ns};

/// The date in RFC 3339, or `None` if the text is no such date.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_ascii_whitespace();
    words.next()?.strip_suffix(',')?;
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u32 + 1;
    let year = words.next()?.parse().ok()?;
    let (hour, minute, second) = crate::decode::stamp::clock(words.next()?.as_bytes(), 0, false)?;
    let (east, _) = crate::decode::stamp::zone(words.next()?.as_bytes(), 0)?;
    let seconds = (civil_ns(year, month, day, hour, minute, second, 0)? - east * SECOND).div_euclid(SECOND);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = crate::time::civil_from_days(days);
    Some(format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_descriptions_become_those_of_the_api() {
        assert_eq!(rfc3339("Fri, 20 Nov 2026 11:05:59 +0000").as_deref(), Some("2026-11-20T11:05:59Z"));
        assert_eq!(rfc3339("Tue, 03 Jun 2025 00:30:29 +0200").as_deref(), Some("2025-06-02T22:30:29Z"));
        assert_eq!(rfc3339("<unset>"), None);
        assert_eq!(rfc3339("Fri, 99 Nov 2026 11:05:59 +0000"), None);
    }
}
