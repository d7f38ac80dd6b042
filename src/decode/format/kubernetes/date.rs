//! Dates as `kubectl describe` prints them: `Fri, 20 Nov 2026 11:05:59 +0000`.
//!
//! In: a value of a description. Out: the same moment as RFC 3339 in UTC, as JSON and YAML state it. Must not know: what it is the date of.
//!
//! Defined by RFC 1123 as Go prints it (`time.RFC1123Z`).

use chrono::{DateTime, SecondsFormat, Utc};

/// The date in RFC 3339, or `None` if the text is no such date.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(date.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true))
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
