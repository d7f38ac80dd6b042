//! Chunks: a stream cut where its records may be read on their own.
//!
//! In: a stream of text and how it is framed. Out: [`Chunk`]s in order, each a whole number of lines, with line number and offset. Where the same
//! bytes are cut depends on nothing but the bytes. Must not know: records beyond what the framer says about cuts.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use crate::decode::{Format as _, Framer, format::text::Text};
use crate::problem::Problem;

/// Bytes of a chunk: large enough that handing it to another thread costs nothing, small enough that a few fit in memory.
pub(super) const CHUNK_BYTES: usize = 2 << 20;
/// Bytes looked at to learn who speaks in a source.
const AHEAD_BYTES: usize = 4 << 20;
/// Bytes of the first chunk that the framer looks at.
pub(super) const SAMPLE_BYTES: usize = 256 << 10;
/// Bytes held at first.
const START_BYTES: usize = 16 << 10;
/// Longest line; the rest of a longer one is passed over and counted.
pub(super) const MAX_LINE_BYTES: usize = 8 << 20;

/// A run of whole lines.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    buffer: Vec<u8>,
    length: usize,
    /// Number of its first line, from 1.
    pub(super) line: u64,
    /// Offset of its first byte.
    pub(super) offset: u64,
    /// Whether a record may go on in the next chunk.
    pub(super) open_end: bool,
}

impl Chunk {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Offset behind its last byte.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.length as u64
    }
}

/// Tells whether with some lines, given as they stand, a text ends and another begins.
pub(super) type Until = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Cuts a stream.
pub(super) struct Chunker<'r> {
    stream: &'r mut (dyn Read + Send),
    /// Read and not yet handed out: the first `filled` bytes.
    held: Vec<u8>,
    filled: usize,
    line: u64,
    offset: u64,
    ended: bool,
    /// Asked of all that was not looked at ahead; where the text that is being read ends before the stream does.
    until: Option<(Until, u64)>,
    turned: bool,
    /// What was wrong with the stream.
    pub(super) problems: Vec<Problem>,
    spare: Vec<Vec<u8>>,
}

impl<'r> Chunker<'r> {
    /// `offset` is that of the stream's first byte (a byte order mark may stand before it).
    pub(super) fn new(stream: &'r mut (dyn Read + Send), offset: u64) -> Self {
        Self {
            stream,
            held: Vec::new(),
            filled: 0,
            line: 1,
            offset,
            ended: false,
            until: None,
            turned: false,
            problems: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// `line` and `offset` are those of the stream's first byte in its file.
    pub(super) fn within(stream: &'r mut (dyn Read + Send), line: u64, offset: u64) -> Self {
        Self { line, ..Self::new(stream, offset) }
    }

    /// The first bytes, whole lines where possible.
    pub(super) fn sample(&mut self) -> &[u8] {
        self.fill(SAMPLE_BYTES);
        let sample = &self.held[..self.filled.min(SAMPLE_BYTES)];
        if self.is_sample_all() { sample } else { memrchr(b'\n', sample).map_or(sample, |end| &sample[..=end]) }
    }

    /// More of the first bytes.
    pub(super) fn ahead(&mut self) -> &[u8] {
        self.fill(AHEAD_BYTES);
        &self.held[..self.filled]
    }

    /// Whether what was looked at ahead is all there is.
    pub(super) fn is_ahead_all(&self) -> bool {
        self.ended
    }

    /// From behind what was looked at ahead, the text goes on only until `until` holds.
    pub(super) fn watch(&mut self, until: Until) {
        self.until = Some((until, self.offset + self.filled as u64));
    }

    /// Whether the text that was read ended, and another follows in the stream.
    pub(super) fn is_turned(&self) -> bool {
        self.turned
    }

    /// The same, asked once for each.
    pub(super) fn has_turned(&mut self) -> bool {
        std::mem::take(&mut self.turned)
    }

    /// Whether the sample is all there is.
    pub(super) fn is_sample_all(&self) -> bool {
        self.ended && self.filled <= SAMPLE_BYTES
    }

    /// Line and offset in the file of the next byte to be handed out.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.line, self.offset)
    }

    /// Takes back a chunk whose bytes are no longer needed.
    pub(super) fn recycle(&mut self, chunk: Chunk) {
        if self.spare.len() < 16 {
            self.spare.push(chunk.buffer);
        }
    }

    /// The next chunk.
    pub(super) fn next(&mut self, framer: &Framer) -> Option<Chunk> {
        let mut want = CHUNK_BYTES;
        loop {
            self.fill(want);
            let bytes = &self.held[..self.filled];
            if bytes.is_empty() {
                return None;
            }
            if let Some((until, from)) = &self.until
                && self.offset >= *from
                && until(bytes)
            {
                (self.until, self.turned) = (None, true);
                return None;
            }
            if self.ended {
                return Some(self.take(self.filled, false));
            }
            let Some(end) = memrchr(b'\n', bytes) else {
                if self.filled >= MAX_LINE_BYTES {
                    return Some(self.cut_line());
                }
                want += CHUNK_BYTES;
                continue;
            };
            // Every line opens an entry of text, also the lines inside a record of another format: only order can tell.
            let restartable = framer.likely().name() != Text.name();
            return Some(match framer.cut(&bytes[..=end]).filter(|cut| restartable && *cut > 0) {
                Some(cut) => self.take(cut, false),
                None => self.take(end + 1, true),
            });
        }
    }

    fn take(&mut self, end: usize, open_end: bool) -> Chunk {
        let mut rest = self.spare.pop().unwrap_or_default();
        let left = self.filled - end;
        if rest.len() < left {
            rest.resize(left.max(CHUNK_BYTES.min(self.held.len())), 0);
        }
        rest[..left].copy_from_slice(&self.held[end..self.filled]);
        let buffer = std::mem::replace(&mut self.held, rest);
        self.filled = left;
        let chunk = Chunk { buffer, length: end, line: self.line, offset: self.offset, open_end };
        let bytes = chunk.bytes();
        self.line += memchr_iter(b'\n', bytes).count() as u64 + u64::from(bytes.last().is_some_and(|last| *last != b'\n'));
        self.offset += end as u64;
        chunk
    }

    /// Hands out the first part of a line that is too long, and passes over the rest.
    fn cut_line(&mut self) -> Chunk {
        let line = self.line;
        let mut passed = self.filled - MAX_LINE_BYTES;
        // What is held beyond the limit belongs to the same line.
        self.filled = MAX_LINE_BYTES;
        let chunk = self.take(MAX_LINE_BYTES, false);
        loop {
            self.fill(64 << 10);
            let bytes = &self.held[..self.filled];
            if let Some(end) = memchr(b'\n', bytes) {
                passed += end + 1;
                self.held.copy_within(end + 1..self.filled, 0);
                self.filled -= end + 1;
                break;
            }
            passed += self.filled;
            self.filled = 0;
            if self.ended {
                break;
            }
        }
        self.offset += passed as u64;
        self.problems.push(Problem { line, what: format!("line is longer than {} MiB: {passed} bytes of it not read", MAX_LINE_BYTES >> 20) });
        chunk
    }

    /// Reads until `want` bytes are held or the stream ends.
    fn fill(&mut self, want: usize) {
        while self.filled < want && !self.ended {
            // Grown as it fills: most sources are far smaller than a chunk.
            if self.filled == self.held.len() {
                self.held.resize((self.filled * 4).clamp(START_BYTES, want), 0);
            }
            let want = want.min(self.held.len());
            match self.stream.read(&mut self.held[self.filled..want]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    let lines = memchr_iter(b'\n', &self.held[..self.filled]).count() as u64;
                    self.problems.push(Problem { line: self.line + lines, what: format!("{error}; what stands before is used") });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Error};

    use super::*;

    fn chunks(stream: &mut (dyn Read + Send)) -> (Vec<(u64, u64, usize)>, u64, u64, Vec<Problem>) {
        let mut chunker = Chunker::new(stream, 0);
        let framer = Framer::detect(chunker.sample());
        let mut found = Vec::new();
        while let Some(chunk) = chunker.next(&framer) {
            found.push((chunk.line, chunk.offset, chunk.bytes().len()));
            chunker.recycle(chunk);
        }
        (found, chunker.place().0 - 1, chunker.place().1, chunker.problems)
    }

    #[test]
    fn lines_are_counted_whether_or_not_the_last_one_ends() {
        for (text, lines) in [("a\nb", 2), ("a\nb\n", 2), ("", 0), ("\n", 1), ("a", 1)] {
            assert_eq!(chunks(&mut Cursor::new(text)).1, lines, "{text:?}");
        }
    }

    #[test]
    fn chunks_lie_end_to_end() {
        let text: String = (0..200_000).map(|at| format!("{at} {}\n", "x".repeat(at % 97))).collect();
        let (found, lines, bytes, problems) = chunks(&mut Cursor::new(text.clone()));
        assert!(found.len() > 2);
        for pair in found.windows(2) {
            assert_eq!(pair[0].1 + pair[0].2 as u64, pair[1].1);
            let before = text.as_bytes()[..pair[1].1 as usize].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(before as u64 + 1, pair[1].0);
        }
        assert_eq!((lines, bytes, problems), (200_000, text.len() as u64, vec![]));
    }

    #[test]
    fn an_endless_line_is_cut_and_the_lines_after_it_keep_their_place() {
        let mut text = b"one\n".to_vec();
        text.resize(20 << 20, b'x');
        text.extend_from_slice(b"\nthree\n");
        let (found, lines, bytes, problems) = chunks(&mut Cursor::new(text.clone()));
        assert_eq!(found, [(1, 0, 4), (2, 4, MAX_LINE_BYTES), (3, (20 << 20) + 1, 6)]);
        assert_eq!((lines, bytes), (3, text.len() as u64));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 2);
    }

    #[test]
    fn damage_is_told_with_its_place() {
        struct Broken(u8);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                self.0 += 1;
                if self.0 > 1 {
                    return Err(Error::other("gzip stream ends early"));
                }
                buffer[..6].copy_from_slice(b"a\nb\ncc");
                Ok(6)
            }
        }
        let (found, lines, _, problems) = chunks(&mut Broken(0));
        assert_eq!((found, lines), (vec![(1, 0, 6)], 3));
        assert_eq!(problems, [Problem { line: 3, what: "gzip stream ends early; what stands before is used".into() }]);
    }
}
