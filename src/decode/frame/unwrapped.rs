//! Lines freed of what somebody put around them: envelopes, line ends of other systems, breaks at one width.
//!
//! In: physical lines. Out: logical lines, and marks that tell where each part of them came from. Must not know: which lines make an entry.

use std::borrow::Cow;

use super::framer::LineChoice;
use super::piece::Mark;
use super::work::Work;
use super::{MAX_ENTRY_BYTES, lines, trim_end};
use crate::decode::Envelope;
use crate::decode::folded::width;

/// A line that somebody broke, put together so far.
pub(super) struct Broken {
    text: Vec<u8>,
    /// Where its parts come from, [`Mark::start`] counted from its own.
    parts: Vec<Mark>,
    pub(super) at: usize,
}

/// A record that was written in parts, put together so far.
pub(super) struct Partial {
    start: usize,
    line: u64,
    offset: u64,
    pub(super) at: usize,
    envelope: Envelope,
}

impl<'a> Work<'a, '_> {
    /// Frames lines that must be freed of something first.
    pub(super) fn rewrite(&mut self, bytes: &'a [u8]) {
        let first = (self.next_line, self.piece.first_offset);
        if let LineChoice::Owned(owners, owner) = &self.framer.choice
            && let Some((own, all)) = owners.within(*owner, first.1, first.1 + bytes.len() as u64)
        {
            for (offset, before) in own {
                let at = (offset - first.1) as usize;
                let Some((_, line)) = bytes.get(at..).and_then(|rest| lines(rest).next()) else { continue };
                self.next_line = first.0 + before + 1;
                self.taken(line, Mark { start: 0, line: first.0 + before, offset, length: line.len() }, at);
            }
            self.next_line = first.0 + all;
            return;
        }
        self.buffer.reserve(bytes.len());
        for (at, line) in lines(bytes) {
            let number = self.next_line;
            self.next_line += 1;
            let offset = self.piece.first_offset + at as u64;
            if !self.framer.choice.takes(line, offset) {
                continue;
            }
            self.taken(line, Mark { start: 0, line: number, offset, length: line.len() }, at);
        }
    }

    fn taken(&mut self, line: &[u8], mark: Mark, at: usize) {
        match self.framer.folded {
            Some(full) => self.unfold(line, mark, at, width(line) == full),
            None => self.whole(line, &[mark], at),
        }
    }

    /// Takes a line of a source whose lines were broken.
    fn unfold(&mut self, line: &[u8], mark: Mark, at: usize, goes_on: bool) {
        let framer = self.framer;
        if let Some(broken) = self.broken.as_mut().filter(|broken| broken.text.len() <= MAX_ENTRY_BYTES && !framer.opens(line)) {
            broken.parts.push(Mark { start: broken.text.len(), ..mark });
            broken.text.extend_from_slice(line);
            if !goes_on {
                self.flush_broken();
            }
            return;
        }
        self.flush_broken();
        if goes_on {
            self.broken = Some(Broken { text: line.to_vec(), parts: vec![mark], at });
        } else {
            self.whole(line, &[mark], at);
        }
    }

    pub(super) fn flush_broken(&mut self) {
        if let Some(Broken { text, parts, at, .. }) = self.broken.take() {
            self.whole(&text, &parts, at);
        }
    }

    /// Takes a line, whose parts come from one physical line or several.
    fn whole(&mut self, line: &[u8], parts: &[Mark], at: usize) {
        let Some((first, more)) = parts.split_first() else { return };
        let start = self.buffer.len();
        self.piece.marks.push(Mark { start, ..*first });
        let Some((text, envelope, partial)) = self.framer.unwrap(line) else {
            self.flush_partial();
            let start = self.buffer.len();
            self.piece.marks.last_mut().expect("a mark was pushed for this line").start = start;
            self.buffer.extend_from_slice(line);
            self.buffer.push(b'\n');
            self.piece.marks.extend(more.iter().map(|part| Mark { start: start + part.start, ..*part }));
            self.line(line, start, start + line.len(), first.line, first.offset, at, None);
            return;
        };
        if self.partial.as_ref().is_some_and(|open| !open.envelope.same_speaker(&envelope) || start - open.start > MAX_ENTRY_BYTES) {
            self.flush_partial();
            let start = self.buffer.len();
            self.piece.marks.last_mut().expect("a mark was pushed for this line").start = start;
        }
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&text);
        if let Cow::Borrowed(text) = text {
            let before = begin(line, text);
            self.piece.marks.extend(more.iter().filter_map(|part| Some(Mark { start: start + part.start.checked_sub(before)?, ..*part })));
        }
        if self.partial.is_none() {
            self.partial = Some(Partial { start, line: first.line, offset: first.offset, at, envelope });
        }
        if !partial {
            self.flush_partial();
        }
    }

    /// Hands on the line that has been put together from its parts.
    pub(super) fn flush_partial(&mut self) {
        let Some(Partial { start, line, offset, at, envelope }) = self.partial.take() else { return };
        let text = self.buffer[start..].to_vec();
        self.buffer.truncate(start);
        let index = self.piece.envelopes.len();
        self.piece.envelopes.push(envelope);
        for inner in text.split(|byte| *byte == b'\n').map(trim_end) {
            let from = self.buffer.len();
            self.buffer.extend_from_slice(inner);
            self.buffer.push(b'\n');
            self.line(inner, from, from + inner.len(), line, offset, at, Some(index));
        }
        // Without its line ends of another system the text may be shorter than its parts were.
        let end = self.buffer.len();
        self.piece.marks.iter_mut().rev().take_while(|mark| mark.start > end).for_each(|mark| mark.start = end);
    }
}

/// Where in `line` the text stands that was taken out of it.
fn begin(line: &[u8], text: &[u8]) -> usize {
    let after = line.len().saturating_sub(text.len());
    text.as_ptr().addr().checked_sub(line.as_ptr().addr()).filter(|before| *before <= after).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_where_its_envelope_ends() {
        let line = b"`a line of code`";
        assert_eq!((begin(line, &line[1..15]), begin(line, &line[3..]), begin(line, b"elsewhere")), (1, 3, 7));
    }
}
