//! Escaped: a program's whole output as one string, its ends of lines written as `\n`.
//!
//! In: bytes of which the first line holds several records with `\n` between them: what a tool kept as JSON or as a literal of Python. Out: the lines of the
//! string, so that its tenth line is the tenth line. Must not know: which tool, what the lines say beyond whether they are records.

use memchr::memmem;

use super::Cut;
use crate::decode::quoted;
use crate::decode::wrapper::{WRAPPERS, certain};

/// Bytes of one line at most.
const MAX_LINE_BYTES: usize = 1 << 20;
/// Lines that are looked at.
const LOOKED_AT: usize = 64;
/// Fewest records among them, and fewest lines.
const LEAST: usize = 2;

/// The lines of a string.
#[derive(Debug, Default)]
pub(super) struct Escaped {
    /// Its first line has been given.
    begun: bool,
}

impl Escaped {
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let mut full = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let line = full.next()?;
        // Most lines hold no such thing.
        memmem::find(line, b"\\n")?;
        // Of several lines each is one, whatever is quoted in it; and what a wrapper knows is its.
        if full.next().is_some() || WRAPPERS.iter().any(|wrapper| wrapper.unwrap(line).is_some()) {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = line;
        while let Some(end) = end(rest).filter(|_| parts.len() < LOOKED_AT) {
            parts.push(&rest[..end]);
            rest = &rest[end + 2..];
        }
        let records = parts.iter().skip(1).filter(|part| certain(&quoted::bytes(part)).is_some()).count();
        (records >= LEAST && parts.len() > LEAST && certain(line).is_none()).then_some(Self::default())
    }

    fn put(&mut self, part: &[u8], out: &mut Vec<u8>) {
        // What stands before the string is of whoever keeps it.
        let start = if std::mem::replace(&mut self.begun, true) { 0 } else { start(part) };
        // Behind the string other lines may stand, as they are.
        let line = quoted::bytes(&part[start..]);
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(&line));
        out.push(b'\n');
    }
}

/// Where the string begins: before a record, or behind the last quote.
fn start(part: &[u8]) -> usize {
    let quotes = || memchr::memchr2_iter(b'"', b'\'', part).filter(|at| *at == 0 || part[at - 1] != b'\\').map(|at| at + 1);
    quotes().find(|at| certain(&quoted::bytes(&part[*at..])).is_some()).or_else(|| quotes().next_back()).unwrap_or(0)
}

/// Where the next `\n` stands that is no escaped backslash and a letter.
fn end(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"\\n").find(|at| text[..*at].iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2))
}

impl Cut for Escaped {
    fn most(&self) -> usize {
        MAX_LINE_BYTES
    }

    fn take(&mut self, held: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        let mut used = 0;
        while let Some(end) = end(&held[used..]) {
            self.put(&held[used..used + end], out);
            used += end + 2;
        }
        if ended && used < held.len() {
            let last = &held[used..];
            self.put(last.strip_suffix(b"\n").unwrap_or(last), out);
            used = held.len();
        }
        used
    }

    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        self.put(held, out);
        held.len()
    }
}
