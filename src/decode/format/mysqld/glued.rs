//! Glued records: a header in the middle of a line, behind output that was written without a line end.
//!
//! In: a line. Out: where its record begins. Must not know: other lines.
//!
//! Redo and rollback progress (`InnoDB: Progress in percent: 1 2 3 …`, continued on lines of numbers only), page checks
//! (`(compact record)`) and Aria's recovery (`recovered pages: …`) leave the line open; whatever is logged next follows directly. A header may
//! be cut short by another thread's record, and a record by its server's death: then the next server's first record follows.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::header::{Header, read};
use crate::decode::stamp;

/// Output that may stand before a header, besides lists of numbers.
const LEADS: &[&[u8]] = &[b"InnoDB: Progress in percent", b"(compact record)", b"(old-style record)", b"recovered pages:"];
/// Bytes of a line that are searched.
const WINDOW: usize = 8192;
/// Distance from the start of a stamp to its first colon: `2026-11-20T09:`, `261120 09:`, `09:`.
const TO_COLON: [usize; 3] = [13, 9, 2];

/// The header of the record that begins on `line`, and where it stands: mostly at the start.
pub(super) fn locate(line: &[u8]) -> Option<(usize, Header<'_>)> {
    match line.first()? {
        b'0'..=b'9' => read(line).map(|header| (0, header)).or_else(|| behind_numbers(line)),
        0 => behind_nothing(line),
        b'F' | b'M' | b'S' | b'T' | b'W' => read(line).map(|header| (0, header)),
        b'I' | b'(' | b'r' if LEADS.iter().any(|lead| line.starts_with(lead)) => behind_words(line),
        _ => None,
    }
}

/// Behind a list of numbers or a header that was cut short: nothing that could be prose.
fn behind_numbers(line: &[u8]) -> Option<(usize, Header<'_>)> {
    let sound = |byte: &u8| byte.is_ascii_hexdigit() || b" :-.TZ+x".contains(byte);
    let window = line.get(..WINDOW).unwrap_or(line);
    let sound = window.iter().position(|byte| !sound(byte)).unwrap_or(window.len());
    let window = window.get(..sound + TO_COLON[0] + 1).unwrap_or(window);
    // A viewer's stamp, whole and with a blank behind it, is an envelope.
    let enveloped = |at: usize| stamp::iso(line).is_some_and(|(_, end)| at == end + 1 && line.get(end) == Some(&b' '));
    memchr_iter(b':', window).take(8).find_map(|colon| at_colon(line, colon)).filter(|(at, _)| *at <= sound && !enveloped(*at))
}

/// Behind the empty bytes that a power cut leaves in a file.
fn behind_nothing(line: &[u8]) -> Option<(usize, Header<'_>)> {
    let at = line.iter().position(|byte| *byte != 0)?;
    read(line.get(at..)?).map(|header| (at, header))
}

fn behind_words(line: &[u8]) -> Option<(usize, Header<'_>)> {
    let window = line.get(..WINDOW).unwrap_or(line);
    memchr_iter(b':', window).find_map(|colon| at_colon(line, colon))
}

fn at_colon(line: &[u8], colon: usize) -> Option<(usize, Header<'_>)> {
    TO_COLON.iter().find_map(|distance| {
        let at = colon.checked_sub(*distance).filter(|at| *at > 0)?;
        read(line.get(at..)?).map(|header| (at, header))
    })
}

/// What the first record of a server's life says.
const FIRST_WORDS: [&[u8]; 3] = [b" starting as process ", b"Starting MariaDB ", b"MySQL Server - start."];

/// The records of an entry that was cut off by its server's death and goes on, in mid-line, with the first record of the next server.
/// Empty where that is not so.
pub(super) fn lives(entry: &[u8]) -> Vec<Range<usize>> {
    static PARTS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [&b"tarting "[..], b"Server - start."].map(Finder::new));
    if PARTS.iter().all(|part| part.find(entry).is_none()) {
        return Vec::new();
    }
    let mut starts: Vec<usize> =
        FIRST_WORDS.iter().flat_map(|word| memmem::find_iter(entry, word)).filter_map(|word| start_of_life(entry, word)).collect();
    starts.sort_unstable();
    starts.dedup();
    if starts.is_empty() {
        return Vec::new();
    }
    let ends = starts.iter().copied().chain([entry.len()]);
    let begins = [0].into_iter().chain(starts.iter().copied());
    begins.zip(ends).map(|(start, end)| start..end).collect()
}

/// The header before `word`, if it stands in mid-line and reaches up to the record's text.
fn start_of_life(entry: &[u8], word: usize) -> Option<usize> {
    let line = memrchr(b'\n', entry.get(..word)?).map_or(0, |end| end + 1);
    let end = memchr(b'\n', entry.get(word..)?).map_or(entry.len(), |length| word + length);
    // A header ends at most a path before the word.
    let from = word.saturating_sub(400).max(line);
    let near = entry.get(from..end)?;
    let before = word - from;
    memchr_iter(b':', near)
        .take_while(|colon| *colon < before)
        .filter_map(|colon| at_colon(near, colon))
        .map(|(at, _)| from + at)
        .filter(|at| *at > line)
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Option<(&str, &str)> {
        let (at, header) = locate(line.as_bytes())?;
        Some((line.get(..at)?, line.get(at + header.rest..)?))
    }

    #[test]
    fn records_behind_open_lines() {
        for (line, before) in [
            ("2026-11-20T09:09:17.5Z 0 [Note] x", ""),
            (
                "InnoDB: Progress in percent: 1 2 3 142022-10-31T14:49:27.850056Z 0 [System] [MY-010116] [Server] x",
                "InnoDB: Progress in percent: 1 2 3 14",
            ),
            ("InnoDB: Progress in percents: 1 2 110509 17:50:44  InnoDB: x", "InnoDB: Progress in percents: 1 2 "),
            ("InnoDB: Progress in percent: 2026-11-20 09:14:47 0x7fb903d976c0  InnoDB: x", "InnoDB: Progress in percent: "),
            ("0 1 2026-11-20T09:14:52.481627Z 0 [ERROR] [FATAL] InnoDB: x", "0 1 "),
            ("142022-10-31T14:49:27.850056Z 0 [System] [MY-010116] [Server] x", "14"),
            ("(compact record)2026-11-20T09:14:57.498231Z 0 [ERROR] InnoDB: x", "(compact record)"),
            ("2026-11-20 10:53:48 0x7fc9357fa6c02026-11-20T10:53:48.719387Z 0 [Note] InnoDB: x", "2026-11-20 10:53:48 0x7fc9357fa6c0"),
            ("\0\0\x002026-11-20T09:14:52.481627Z 0 [Note] x", "\0\0\0"),
            ("2024-10-08 14:13:2024-10-08 14:29:58 0 [Note] x", "2024-10-08 14:13:"),
            ("recovered pages: 0% 29%2026-11-20  9:14:57 0 [ERROR] x", "recovered pages: 0% 29%"),
        ] {
            assert_eq!(shown(line).map(|(found, _)| found), Some(before), "{line}");
            assert!(shown(line).is_some_and(|(_, message)| message.ends_with('x')), "{line}");
        }
        for line in ["2026-11-20T09:14:52.481627391Z 2026-11-20  9:14:52 0 [Note] x", "2026-11-20 17:14:52 2026-11-20T09:14:52.481627Z 0 [Note] x"] {
            assert_eq!(shown(line), None, "{line}");
        }
        assert_eq!(shown("97 98 99 18:41:39 UTC - mysqld got signal 6 ;"), Some(("97 98 99 ", "mysqld got signal 6 ;")));
    }

    #[test]
    fn only_known_output_hides_a_record() {
        for line in [
            "InnoDB: Progress in percent: 1 2 3",
            "InnoDB: quoted 2026-11-20T09:14:52.481627Z 0 [ERROR] x",
            "17 quoted 2026-11-20T09:14:52.481627Z 0 [ERROR] x",
            "1 2 3",
            ":::",
        ] {
            assert_eq!(shown(line), None, "{line}");
        }
    }

    #[test]
    fn a_record_cut_off_by_death() {
        let cut = "2024-10-03 18:06:30 0 [Note] InnoDB: Buffer pool(s) load comple";
        let next = "2024-10-03 18:06:33 0 [Note] Starting MariaDB 10.4.32-MariaDB source revision c4143f as process 1";
        assert_eq!(lives(format!("{cut}{next}").as_bytes()), [0..cut.len(), cut.len()..cut.len() + next.len()]);
        let cut = "2024-10-03 18:06:30 0 [Note] x\n2024-10-03 18:06:31 0 [ERROR]";
        assert_eq!(lives(format!("{cut}{next}").as_bytes()), [0..cut.len(), cut.len()..cut.len() + next.len()]);
        let new = "2026-11-20T09:08:20.010117Z 0 [System] [MY-015015] [Server] MySQL Server - start.";
        assert_eq!(lives(format!("2026-11-20T09:08:19.0Z 7 [Note] [MY-0{new}").as_bytes()).len(), 2);
        assert!(lives(next.as_bytes()).is_empty());
        assert!(lives(format!("{cut}\n{next}").as_bytes()).is_empty());
        assert!(lives(b"2026-11-20T09:08:19.0Z 7 [Note] quoted: starting as process ").is_empty());
    }
}
