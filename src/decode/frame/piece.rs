//! A piece: the entries of one stretch of a source, and where each of their bytes came from.
//!
//! In: what the framer found. Out: entries, and the line and offset of any place in them. Must not know: how entries are told apart.

use std::borrow::Cow;
use std::ops::Range;

use crate::decode::{Entry, Envelope, Format, Head, Opening};

/// The entries of one piece of a source, and the text they stand in.
#[derive(Debug)]
pub struct Piece<'a> {
    /// The piece without envelopes. Borrowed where no line had one.
    pub text: Cow<'a, [u8]>,
    /// Entries in order; their ranges cover `text` without gaps, line ends aside.
    pub entries: Vec<Framed>,
    /// Envelopes, pointed to by [`Framed::envelope`].
    pub envelopes: Vec<Envelope>,
    /// Contexts, pointed to by [`Framed::context`].
    pub contexts: Vec<Vec<u8>>,
    /// Physical lines used up.
    pub lines: u64,
    /// Bytes used up; the rest belongs to the next piece.
    pub consumed: usize,
    /// What the next piece must begin with.
    pub carry: Carry,
    /// Entries that were closed because they grew past [`MAX_ENTRY_BYTES`](super::MAX_ENTRY_BYTES): line numbers.
    pub oversized: Vec<u64>,
    pub(super) marks: Vec<Mark>,
    pub(super) first_line: u64,
    pub(super) first_offset: u64,
}

/// Where one entry of a [`Piece`] lies.
#[derive(Clone, Copy, Debug)]
pub struct Framed {
    /// First byte in [`Piece::text`].
    pub start: usize,
    /// One past the last byte, final line end excluded.
    pub end: usize,
    /// Who reads it.
    pub format: &'static dyn Format,
    /// What its first line told.
    pub head: Head,
    /// First physical line, from 1.
    pub line: u64,
    /// Byte offset of that line in the source.
    pub offset: u64,
    /// Index into [`Piece::envelopes`].
    pub envelope: Option<usize>,
    /// Index into [`Piece::contexts`].
    pub context: Option<usize>,
}

/// State between two pieces: the entry that was open at the end of the first.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    pub(super) open: Option<(&'static dyn Format, Opening)>,
}

/// Where a line of a wrapped piece came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) length: usize,
}

impl Piece<'_> {
    /// The entry at `index` of [`Piece::entries`].
    pub fn entry(&self, index: usize) -> Entry<'_> {
        let framed = &self.entries[index];
        Entry {
            format: framed.format,
            head: framed.head,
            context: framed.context.map(|at| self.contexts[at].as_slice()),
            text: &self.text[framed.start..framed.end],
            line: framed.line,
            offset: framed.offset,
            envelope: framed.envelope.map(|at| &self.envelopes[at]),
        }
    }

    /// The physical line that byte `at` of [`Piece::text`] came from: line number, byte offset of the line, and its length where the line was
    /// wrapped (`None`: the line stands in the text as it is). `from` must be the start of the entry around `at`. Where a line holds several records
    /// and stands as it is, only the record is meant: `part`, its range in the entry's text.
    pub fn place(&self, from: &Framed, at: usize, part: Option<&Range<usize>>) -> (u64, u64, Option<usize>) {
        if self.marks.is_empty() {
            let before = &self.text[from.start..at];
            let line = from.line + memchr::memchr_iter(b'\n', before).count() as u64;
            let start = memchr::memrchr(b'\n', before).map_or(from.start, |end| from.start + end + 1);
            let Some(part) = part else { return (line, self.first_offset + start as u64, None) };
            let start = start.max(from.start + part.start);
            let rest = self.text.get(start..from.start + part.end).unwrap_or_default();
            (line, self.first_offset + start as u64, Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())))
        } else {
            let index = self.marks.partition_point(|mark| mark.start <= at).saturating_sub(1);
            let mark = self.marks[index];
            (mark.line, mark.offset, Some(mark.length))
        }
    }

    /// Byte offset in the source of byte `at` of [`Piece::text`], where its line had no envelope. `from` as for [`place`](Piece::place).
    pub fn offset(&self, from: &Framed, at: usize) -> u64 {
        if self.marks.is_empty() {
            return self.first_offset + at as u64;
        }
        let mark = self.marks.get(self.marks.partition_point(|mark| mark.start <= at).saturating_sub(1));
        mark.map_or(from.offset, |mark| mark.offset + at.saturating_sub(mark.start) as u64)
    }

    /// Byte offset of the first physical line of the piece in the source.
    pub fn first_offset(&self) -> u64 {
        self.first_offset
    }

    /// Number of the first physical line of the piece.
    pub fn first_line(&self) -> u64 {
        self.first_line
    }
}
