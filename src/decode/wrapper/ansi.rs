//! Terminal escape sequences: colours that a program or a viewer left in its output.
//!
//! In: a line with escape bytes. Out: the line without them. Must not know: anything else.

use std::borrow::Cow;

use super::{Envelope, Unwrapped, Wrapper};

/// Escape sequences anywhere in a line.
#[derive(Debug)]
pub struct Ansi;

const ESCAPE: u8 = 0x1b;

impl Wrapper for Ansi {
    fn name(&self) -> &'static str {
        "ansi"
    }

    fn about(&self) -> &'static str {
        "Colour codes of programs that took a pipe for a terminal, of docker-compose and k9s (ECMA-48 control sequences). They are taken off."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("\x1b[36mdb_1  |\x1b[0m ready", "db_1  | ready"),
            ("[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mJournal Service\x1b[0m.", "[  OK  ] Started Journal Service."),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let first = memchr::memchr(ESCAPE, line)?;
        let mut out = Vec::with_capacity(line.len());
        out.extend_from_slice(&line[..first]);
        let mut rest = &line[first..];
        while let Some(after) = rest.strip_prefix(&[ESCAPE]) {
            rest = &after[sequence(after)..];
            let next = memchr::memchr(ESCAPE, rest).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..next]);
            rest = &rest[next..];
        }
        Some(Unwrapped { text: Cow::Owned(out), envelope: Envelope::default(), partial: false })
    }
}

/// Bytes of the sequence after its escape byte.
fn sequence(after: &[u8]) -> usize {
    match after.first() {
        // A control sequence ends at its first byte from `@` on.
        Some(b'[') => after[1..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map_or(after.len(), |end| end + 2),
        // A command string ends at BEL or at the next escape.
        Some(b']') => after.iter().position(|byte| matches!(*byte, 7 | ESCAPE)).map_or(after.len(), |end| end + usize::from(after[end] == 7)),
        Some(b'(' | b')') => after.len().min(2),
        Some(_) => 1,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sequences_and_cut_ones() {
        let inside = |line: &[u8]| Ansi.unwrap(line).map(|inside| String::from_utf8_lossy(&inside.text).into_owned());
        assert_eq!(inside(b"\x1b]0;title\x07text\x1b(B!"), Some("text!".into()));
        assert_eq!(inside(b"cut \x1b[31"), Some("cut ".into()));
        assert_eq!(inside(b"end\x1b"), Some("end".into()));
        assert_eq!(inside(b"plain"), None);
    }
}
