//! Glued records: a header in the middle of a line, where the record before lost its end.
//!
//! In: an entry. Out: its records. Must not know: other entries.
//!
//! A writer that dies leaves its last line open, and the next one's first record follows it directly. Records that quote others are no such case: there a
//! quote, a blank or an escape stands before the header.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::header;

/// Length of level and stamp: `I0102 03:04:05.000000`.
const STAMP: usize = 21;
/// Bytes of an entry that are searched.
const WINDOW: usize = 16 << 10;

/// Stands in every header.
static SITE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(".go:"));

/// The records of an entry. Empty: it is one.
pub(super) fn records(entry: &[u8]) -> Vec<Range<usize>> {
    let window = entry.get(..WINDOW).unwrap_or(entry);
    // The first is the entry's own.
    let starts: Vec<usize> = SITE.find_iter(window).skip(1).filter_map(|site| start(window, site)).collect();
    if starts.is_empty() {
        return Vec::new();
    }
    let ends = starts.iter().copied().chain([entry.len()]);
    [0].into_iter().chain(starts.iter().copied()).zip(ends).map(|(start, end)| start..end).collect()
}

/// Where the header begins whose call site has its ending at `site`.
fn start(entry: &[u8], site: usize) -> Option<usize> {
    let back = |from: usize, takes: fn(u8) -> bool| {
        let before = entry.get(..from)?;
        Some(before.iter().rposition(|byte| !takes(*byte)).map_or(0, |at| at + 1))
    };
    let file = back(site, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))?;
    let thread_end = file.checked_sub(1).filter(|at| entry[*at] == b' ')?;
    let thread = back(thread_end, |byte| byte.is_ascii_digit())?;
    let stamp_end = back(thread, |byte| byte == b' ')?;
    let at = stamp_end.checked_sub(STAMP).filter(|at| *at > 0)?;
    let quoted = matches!(entry.get(at - 1)?, b'"' | b'\'' | b'`' | b' ' | b'\t' | b'\n' | b':' | b'|' | b'=' | b'[' | b'(');
    let escaped = entry.get(..at)?.ends_with(b"\\n") || entry.get(..at)?.ends_with(b"\\t");
    (!quoted && !escaped).then_some(())?;
    header(entry.get(at..)?).map(|_| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entry: &str) -> Vec<&str> {
        records(entry.as_bytes()).into_iter().map(|range| &entry[range]).collect()
    }

    #[test]
    fn a_torn_record_ends_where_the_next_begins() {
        let torn = "I0102 03:04:05.000000    1234 kubelet.go:2410] \"SyncLoop (PLEG): event for po";
        let next = "I0102 03:05:00.000001       1 server.go:417] Version: v1.28.2";
        assert_eq!(texts(&format!("{torn}{next}")), [torn, next]);
        assert!(texts(torn).is_empty());
    }

    #[test]
    fn a_quoted_record_is_part_of_the_one_that_quotes_it() {
        for before in ["err=\"", "said: ", "line one\\n", "log="] {
            let entry =
                format!("E0102 03:04:05.000000    1234 kubelet.go:2410] {before}I0102 03:05:00.000001       1 server.go:417] Version: v1.28.2\"");
            assert!(texts(&entry).is_empty(), "{entry}");
        }
    }
}
