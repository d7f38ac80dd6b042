//! Work on a piece: each line opens an entry, joins the open one, or stands alone as text.
//!
//! In: lines free of their envelopes, in order. Out: a [`Piece`]. Must not know: how envelopes are taken off.

use std::borrow::Cow;

use memchr::memmem;

use super::framer::Framer;
use super::piece::{Carry, Framed, Piece};
use super::unwrapped::{Broken, Partial};
use super::{MAX_ENTRY_BYTES, lines};
use crate::decode::format::text::Text;
use crate::decode::{Entry, Envelope, Format, Head, Next, Opening, recognise};

/// An entry being read.
#[derive(Clone, Debug)]
struct Open {
    format: &'static dyn Format,
    opening: Opening,
    start: usize,
    end: usize,
    line: u64,
    offset: u64,
    envelope: Option<usize>,
    context: Option<usize>,
    /// Bytes and lines of the piece before this entry.
    at: usize,
}

/// Whether lines end as other systems end them. Nearly always the first search, which is the faster one, answers that.
fn has_foreign_ends(bytes: &[u8]) -> bool {
    memchr::memchr(b'\r', bytes).is_some_and(|at| bytes.get(at..).is_some_and(|rest| memmem::find(rest, b"\r\n").is_some()))
}

/// One piece being framed.
pub(super) struct Work<'a, 'f> {
    pub(super) framer: &'f Framer,
    bytes: &'a [u8],
    pub(super) buffer: Vec<u8>,
    /// Whether the text is put together anew: envelopes are taken off, or line ends of other systems.
    pub(super) rewritten: bool,
    pub(super) piece: Piece<'a>,
    open: Option<Open>,
    carry: Carry,
    pub(super) next_line: u64,
    /// A partial line waits for its rest.
    pub(super) partial: Option<Partial>,
    /// A broken line waits for its rest.
    pub(super) broken: Option<Broken>,
}

impl<'a, 'f> Work<'a, 'f> {
    pub(super) fn new(framer: &'f Framer, bytes: &'a [u8], line: u64, offset: u64, carry: Carry) -> Self {
        let piece = Piece {
            text: Cow::Borrowed(bytes),
            entries: Vec::with_capacity(bytes.len() / 128),
            envelopes: Vec::new(),
            contexts: Vec::new(),
            lines: 0,
            consumed: 0,
            carry: Carry::default(),
            oversized: Vec::new(),
            marks: Vec::new(),
            first_line: line,
            first_offset: offset,
        };
        let rewritten = !framer.decorations.is_empty()
            || framer.prefix.is_some()
            || !framer.wrappers.is_empty()
            || !framer.takes_all()
            || framer.folded.is_some()
            || has_foreign_ends(bytes);
        Self { framer, bytes, buffer: Vec::new(), rewritten, piece, open: None, carry, next_line: line, partial: None, broken: None }
    }

    pub(super) fn plain(&mut self, bytes: &'a [u8]) {
        for (at, line) in lines(bytes) {
            let number = self.next_line;
            self.next_line += 1;
            self.line(line, at, at + line.len(), number, self.piece.first_offset + at as u64, at, None);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the coordinates of one line; a struct for them would be built and taken apart here only")]
    pub(super) fn line(&mut self, line: &[u8], start: usize, end: usize, number: u64, offset: u64, at: usize, envelope: Option<usize>) {
        if let Some((format, opening)) = self.carry.open.take() {
            let carried = Next::Entry(opening);
            self.take(carried, format, start, end, number, offset, at, envelope);
            return;
        }
        if let Some(open) = &self.open {
            let format = open.format;
            let speaker = match (open.envelope, envelope) {
                (Some(a), Some(b)) => self.piece.envelopes[a].same_speaker(&self.piece.envelopes[b]),
                (None, None) => true,
                // An envelope that names nobody (colour codes, a bare stamp) does not set a line apart from one without envelope.
                (Some(one), None) | (None, Some(one)) => self.piece.envelopes[one].same_speaker(&Envelope::default()),
            };
            let text = if self.rewritten { &self.buffer[open.start..open.end] } else { &self.bytes[open.start..open.end] };
            let context = open.context.map(|at| self.piece.contexts[at].as_slice());
            let next = if speaker { format.next(text, context, line) } else { Next::End };
            match next {
                Next::Entry(opening) => return self.take(Next::Entry(opening), format, start, end, number, offset, at, envelope),
                Next::Join if end - open.start <= MAX_ENTRY_BYTES => return self.join(end),
                Next::JoinUnlessOpened if end - open.start <= MAX_ENTRY_BYTES => match recognise(line, self.framer.likely) {
                    None => return self.join(end),
                    Some((format, opening)) => {
                        self.close();
                        return self.take(Next::Entry(opening), format, start, end, number, offset, at, envelope);
                    }
                },
                Next::Join | Next::JoinUnlessOpened => {
                    self.piece.oversized.push(number);
                    self.close();
                }
                Next::End => self.close(),
            }
        }
        let (format, opening) = recognise(line, self.framer.likely).unwrap_or((&Text, Opening::default()));
        self.take(Next::Entry(opening), format, start, end, number, offset, at, envelope);
    }

    fn join(&mut self, end: usize) {
        if let Some(open) = &mut self.open {
            open.end = end;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the coordinates of one line; a struct for them would be built and taken apart here only")]
    fn take(
        &mut self,
        next: Next,
        format: &'static dyn Format,
        start: usize,
        end: usize,
        line: u64,
        offset: u64,
        at: usize,
        envelope: Option<usize>,
    ) {
        let Next::Entry(mut opening) = next else { return };
        let inherited = self.open.as_ref().and_then(|open| open.context.filter(|_| open.format.name() == format.name()));
        self.close();
        let context = match opening.context.take() {
            Some(context) => {
                self.piece.contexts.push(context);
                Some(self.piece.contexts.len() - 1)
            }
            None => inherited,
        };
        self.open = Some(Open { format, opening, start, end, line, offset, envelope, context, at });
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            let head = self.head(&open);
            self.piece.entries.push(Framed {
                start: open.start,
                end: open.end,
                format: open.format,
                head,
                line: open.line,
                offset: open.offset,
                envelope: open.envelope,
                context: open.context,
            });
        }
    }

    /// What the whole entry tells, where its first line does not.
    fn head(&self, open: &Open) -> Head {
        let head = open.opening.head;
        if head.time.is_some() || !open.format.dated_by_parts() {
            return head;
        }
        let text = if self.rewritten { &self.buffer[open.start..open.end] } else { &self.bytes[open.start..open.end] };
        let context = open.context.map(|at| self.piece.contexts[at].as_slice());
        let entry = Entry { format: open.format, head, context, text, line: open.line, offset: open.offset, envelope: None };
        open.format.parts(&entry).first().map_or(head, |(_, part)| *part)
    }

    pub(super) fn finish(mut self, last: bool) -> Piece<'a> {
        if last {
            self.flush_broken();
            self.flush_partial();
        }
        let partial = self.partial.as_ref().map(|partial| partial.at);
        let waiting = partial.into_iter().chain(self.broken.as_ref().map(|broken| broken.at)).min();
        self.piece.consumed = self.bytes.len();
        self.piece.lines = self.next_line - self.piece.first_line;
        if !last {
            let mut kept = self.open.take();
            // One envelope may carry several lines: entries that end inside the line that is handed back are read again with it.
            while let (Some(open), Some(entry)) = (&kept, self.piece.entries.last().copied()) {
                if entry.offset != open.offset {
                    break;
                }
                self.piece.entries.pop();
                kept = Some(Open {
                    format: entry.format,
                    opening: Opening { head: entry.head, context: None },
                    start: entry.start,
                    end: entry.end,
                    line: entry.line,
                    offset: entry.offset,
                    envelope: entry.envelope,
                    context: entry.context,
                    at: open.at,
                });
            }
            let at = kept.as_ref().map(|open| open.at).into_iter().chain(waiting).min();
            if let Some(at) = at {
                self.piece.consumed = at;
                self.piece.lines -= lines(&self.bytes[at..]).count() as u64;
            }
            self.piece.carry.open = kept.map(|open| {
                let context = open.context.map(|index| self.piece.contexts[index].clone());
                (open.format, Opening { head: open.opening.head, context })
            });
        }
        self.close();
        if self.rewritten {
            self.piece.text = Cow::Owned(self.buffer);
        }
        self.piece
    }
}
