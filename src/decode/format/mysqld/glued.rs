//! Glued records: a header in the middle of a line, behind output that was written without a line end.
//!
//! In: a line. Out: where its record begins. Must not know: other lines.
//!
//! Redo and rollback progress (`InnoDB: Progress in percent: 1 2 3 …`, continued on lines of numbers only), page checks
//! (`(compact record)`) and Aria's recovery (`recovered pages: …`) leave the line open; whatever is logged next follows directly.

use memchr::memchr_iter;

use super::header::{Header, read};

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
        b'I' | b'(' | b'r' if LEADS.iter().any(|lead| line.starts_with(lead)) => behind_words(line),
        _ => None,
    }
}

fn behind_numbers(line: &[u8]) -> Option<(usize, Header<'_>)> {
    let window = line.get(..WINDOW).unwrap_or(line);
    let colon = memchr::memchr(b':', window)?;
    at_colon(line, colon).filter(|(at, _)| line.iter().take(*at).all(|byte| byte.is_ascii_digit() || *byte == b' '))
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
            ("recovered pages: 0% 29%2026-11-20  9:14:57 0 [ERROR] x", "recovered pages: 0% 29%"),
        ] {
            assert_eq!(shown(line).map(|(found, _)| found), Some(before), "{line}");
            assert!(shown(line).is_some_and(|(_, message)| message.ends_with('x')), "{line}");
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
}
