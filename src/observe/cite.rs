//! Citing: the physical line in which something stands.
//!
//! In: a place in a piece, and the piece's raw bytes. Out: a [`Citation`]. Must not know: why the line is cited.

use std::ops::Range;

use crate::decode::{Framed, Piece};
use crate::signal::{Citation, SourceId};

/// Cites the physical line of byte `at` of the piece's text, or of a line of several records the one that is a `part` of the entry's text. `physical`
/// holds the raw bytes of the piece from its first offset on.
pub fn cite(piece: &Piece<'_>, physical: &[u8], entry: &Framed, at: usize, part: Option<&Range<usize>>, source: SourceId) -> Citation {
    let (line, offset, length) = piece.place(entry, at, part);
    let start = offset.checked_sub(piece.first_offset()).and_then(|start| usize::try_from(start).ok());
    let rest = start.and_then(|start| physical.get(start..)).unwrap_or_default();
    let length = length.unwrap_or_else(|| memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
    let raw = rest.get(..length).unwrap_or(rest);
    Citation { source, line, offset, text: line_text(raw.strip_suffix(b"\r").unwrap_or(raw)) }
}

/// Where the line with the message stands in an object printed over several lines: it tells more than the line of a hint (`"reason": "Evicted"`).
pub fn message_line(text: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', text)?;
    let keys: [&[u8]; 4] = [b"\"message\":", b"\n  message:", b"\"note\":", b"\n  note:"];
    keys.iter().find_map(|key| memchr::memmem::find(text, key)).map(|at| at + 1)
}

/// The bytes as text: invalid UTF-8 replaced, cut at a character within [`Citation::MAX_TEXT`].
pub fn line_text(raw: &[u8]) -> Box<str> {
    // Replacement characters are longer than what they replace, so the text is cut once more.
    let text = crate::decode::lossy(raw.get(..Citation::MAX_TEXT + 4).unwrap_or(raw));
    if text.len() <= Citation::MAX_TEXT {
        return text.into();
    }
    let end = (0..=Citation::MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Framer;
    use crate::decode::frame::Carry;

    #[test]
    fn the_line_is_cited_where_it_lies() {
        let bytes = b"one\r\ntw\xffo\r\nthree";
        let piece = Framer::default().piece(bytes, 11, 1000, Carry::default(), true);
        let cite = |entry: usize| cite(&piece, bytes, &piece.entries[entry], piece.entries[entry].start + 1, None, 7);
        assert_eq!(cite(1), Citation { source: 7, line: 12, offset: 1005, text: "tw\u{fffd}o".into() });
        assert_eq!(cite(2), Citation { source: 7, line: 13, offset: 1011, text: "three".into() });
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let ascii = "x".repeat(Citation::MAX_TEXT + 1);
        assert_eq!(line_text(ascii.as_bytes()).len(), Citation::MAX_TEXT);
        let wide = format!("x{}", "ü".repeat(Citation::MAX_TEXT));
        let cut = line_text(wide.as_bytes());
        assert_eq!(cut.len(), Citation::MAX_TEXT - 1);
        assert!(wide.starts_with(&*cut));
        assert!(line_text(&vec![0xff; Citation::MAX_TEXT * 2]).len() <= Citation::MAX_TEXT);
    }
}
