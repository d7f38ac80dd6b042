//! Framing: lines become entries.
//!
//! In: pieces of one source, each a whole number of lines except that the last may lack its line end. Out: [`Piece`]s. Must not know:
//! how records look inside (formats), where the bytes come from.
//!
//! Physical lines are freed of their wrappers, then each line either opens an entry, joins the open one, or stands alone as text. Cutting a
//! source into pieces at other places changes no entry: an entry still open at the end of a piece is handed back and read again with
//! the next one.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::folded::{self, width};
use super::format::text::Text;
use super::{Entry, Envelope, Format, Head, Next, Opening, WRAPPERS, Wrapper, recognise};
use crate::component::Component;

/// Bytes at which an entry is closed although its format would go on: memory stays bounded on any input.
pub const MAX_ENTRY_BYTES: usize = 1 << 20;

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
    /// Entries that were closed because they grew past [`MAX_ENTRY_BYTES`]: line numbers.
    pub oversized: Vec<u64>,
    marks: Vec<Mark>,
    first_line: u64,
    first_offset: u64,
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
    open: Option<(&'static dyn Format, Opening)>,
}

/// Where a line of a wrapped piece came from.
#[derive(Clone, Copy, Debug)]
struct Mark {
    start: usize,
    line: u64,
    offset: u64,
    length: usize,
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
    /// wrapped (`None`: the line stands in the text as it is). `from` must be the start of the entry around `at`.
    pub fn place(&self, from: &Framed, at: usize) -> (u64, u64, Option<usize>) {
        if self.marks.is_empty() {
            let before = &self.text[from.start..at];
            let line = from.line + memchr::memchr_iter(b'\n', before).count() as u64;
            let start = memchr::memrchr(b'\n', before).map_or(from.start, |end| from.start + end + 1);
            (line, self.first_offset + start as u64, None)
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

/// How one source is framed: the wrappers seen in it and the format most of its lines have.
#[derive(Clone, Debug)]
pub struct Framer {
    wrappers: Vec<&'static dyn Wrapper>,
    likely: &'static dyn Format,
    choice: LineChoice,
    /// Characters at which somebody broke its lines.
    folded: Option<usize>,
}

/// Which lines of a source are framed; the others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LineChoice {
    /// Every line.
    #[default]
    All,
    /// Those that begin so.
    With(Box<[u8]>),
    /// Those that begin with none of these.
    Without(Vec<Box<[u8]>>),
}

impl LineChoice {
    fn takes(&self, line: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::With(start) => line.starts_with(start),
            Self::Without(starts) => !starts.iter().any(|start| line.starts_with(start)),
        }
    }
}

impl Default for Framer {
    fn default() -> Self {
        Self { wrappers: Vec::new(), likely: &Text, choice: LineChoice::All, folded: None }
    }
}

/// Lines of a sample that are looked at to choose wrappers and format.
const SAMPLE_LINES: usize = 2000;
/// How deep envelopes may be nested.
const MAX_DEPTH: usize = 4;

impl Framer {
    /// Chooses wrappers and the likely format from the first bytes of a source.
    pub fn detect(sample: &[u8]) -> Self {
        let sampled: Vec<&[u8]> = lines(sample).map(|(_, line)| line).take(SAMPLE_LINES).collect();
        let framer = Self::of(&sampled);
        let Some(full) = folded::detect(&sampled, |line| framer.opens(line)) else { return framer };
        // Seen whole, lines may be of other kinds.
        let mut whole: Vec<Vec<u8>> = Vec::new();
        let mut goes_on = false;
        for line in sampled {
            match whole.last_mut().filter(|_| goes_on && !framer.opens(line)) {
                Some(last) => last.extend_from_slice(line),
                None => whole.push(line.to_vec()),
            }
            goes_on = width(line) == full;
        }
        Self { folded: Some(full), ..Self::of(&whole.iter().map(Vec::as_slice).collect::<Vec<_>>()) }
    }

    fn of(sampled: &[&[u8]]) -> Self {
        let lines: Vec<&[u8]> = sampled.iter().copied().filter(|line| !line.is_empty()).collect();
        let mut wrappers = Vec::new();
        let mut inner: Vec<Cow<'_, [u8]>> = lines.iter().map(|line| Cow::Borrowed(*line)).collect();
        for _ in 0..MAX_DEPTH {
            let mut found = false;
            inner = inner
                .into_iter()
                .map(|line| match WRAPPERS.iter().find_map(|wrapper| wrapper.unwrap(&line).map(|inside| (*wrapper, inside.text.into_owned()))) {
                    Some((wrapper, text)) => {
                        found = true;
                        if !wrappers.iter().any(|known: &&dyn Wrapper| known.name() == wrapper.name()) {
                            wrappers.push(wrapper);
                        }
                        Cow::Owned(text)
                    }
                    None => line,
                })
                .collect();
            if !found {
                break;
            }
        }
        let mut votes: Vec<(&'static dyn Format, usize)> = Vec::new();
        for line in &inner {
            if let Some((format, _)) = recognise(line, &Text) {
                match votes.iter_mut().find(|(known, _)| known.name() == format.name()) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((format, 1)),
                }
            }
        }
        let likely = votes.iter().rev().max_by_key(|(_, count)| *count).map_or(&Text as &'static dyn Format, |(format, _)| *format);
        Self { wrappers, likely, choice: LineChoice::All, folded: None }
    }

    /// The same for some of the lines only. Only lines in envelopes can be passed over.
    #[must_use]
    pub fn only(&self, choice: LineChoice) -> Self {
        Self { choice, ..self.clone() }
    }

    /// Whether every line is framed.
    pub fn takes_all(&self) -> bool {
        self.choice == LineChoice::All
    }

    /// Whether a line is framed and not passed over.
    pub fn takes(&self, line: &[u8]) -> bool {
        self.choice.takes(line)
    }

    /// Whether a line begins a record, or has an envelope.
    pub fn opens(&self, line: &[u8]) -> bool {
        self.wrappers.iter().any(|wrapper| wrapper.unwrap(line).is_some()) || recognise(line, self.likely).is_some()
    }

    /// The number of characters at which somebody broke the lines; they are put together again.
    pub fn folded(&self) -> Option<usize> {
        self.folded
    }

    /// The format most lines have.
    pub fn likely(&self) -> &'static dyn Format {
        self.likely
    }

    /// Names of the wrappers seen, outermost first.
    pub fn wrappers(&self) -> Vec<&'static str> {
        self.wrappers.iter().map(|wrapper| wrapper.name()).collect()
    }

    /// The last place in `bytes` before which a source may be cut so that both sides can be framed on their own: the start of a line that
    /// opens an entry of the likely format. `None` if there is none.
    pub fn cut(&self, bytes: &[u8]) -> Option<usize> {
        if !self.likely.restartable() {
            return None;
        }
        let mut end = memchr::memrchr(b'\n', bytes)?;
        for _ in 0..2000 {
            let start = memchr::memrchr(b'\n', &bytes[..end]).map(|before| before + 1)?;
            let line = trim_end(&bytes[start..end]);
            let before = memchr::memrchr(b'\n', &bytes[..start - 1]).map_or(0, |before| before + 1);
            let opens = self.unwrap(line).map_or_else(|| self.likely.open(line).is_some(), |(text, _, _)| self.likely.open(&text).is_some());
            let previous_complete = self.unwrap(trim_end(&bytes[before..start - 1])).is_none_or(|(_, _, partial)| !partial);
            if opens && previous_complete {
                return Some(start);
            }
            end = start - 1;
        }
        None
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<(Cow<'a, [u8]>, Envelope, bool)> {
        self.unwrap_to(line, MAX_DEPTH)
    }

    fn unwrap_to<'a>(&self, line: &'a [u8], depth: usize) -> Option<(Cow<'a, [u8]>, Envelope, bool)> {
        let depth = depth.checked_sub(1)?;
        let outer = self.wrappers.iter().find_map(|wrapper| wrapper.unwrap(line))?;
        let inner = match &outer.text {
            Cow::Borrowed(text) => self.unwrap_to(text, depth),
            Cow::Owned(text) => self.unwrap_to(text, depth).map(|(text, envelope, partial)| (Cow::Owned(text.into_owned()), envelope, partial)),
        };
        Some(match inner {
            Some((text, envelope, partial)) => (text, envelope.within(outer.envelope), partial || outer.partial),
            None => (outer.text, outer.envelope, outer.partial),
        })
    }

    /// Frames one piece.
    ///
    /// `line` and `offset` are those of its first byte. With `last`, everything is used up; otherwise the entry that is still open
    /// at the end is left for the next piece, which must begin at [`Piece::consumed`] and be given [`Piece::carry`].
    pub fn piece<'a>(&self, bytes: &'a [u8], line: u64, offset: u64, carry: Carry, last: bool) -> Piece<'a> {
        let mut work = Work::new(self, bytes, line, offset, carry);
        if work.rewritten {
            work.rewrite(bytes);
        } else {
            work.plain(bytes);
        }
        work.finish(last)
    }
}

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

struct Work<'a, 'f> {
    framer: &'f Framer,
    bytes: &'a [u8],
    buffer: Vec<u8>,
    /// Whether the text is put together anew: envelopes are taken off, or line ends of other systems.
    rewritten: bool,
    piece: Piece<'a>,
    open: Option<Open>,
    carry: Carry,
    next_line: u64,
    /// A partial line waits for its rest.
    partial: Option<Partial>,
    /// A broken line waits for its rest.
    broken: Option<Broken>,
}

/// A line that somebody broke, put together so far.
struct Broken {
    text: Vec<u8>,
    /// Where its parts come from, [`Mark::start`] counted from its own.
    parts: Vec<Mark>,
    at: usize,
}

struct Partial {
    start: usize,
    line: u64,
    offset: u64,
    at: usize,
    envelope: Envelope,
}

impl<'a, 'f> Work<'a, 'f> {
    fn new(framer: &'f Framer, bytes: &'a [u8], line: u64, offset: u64, carry: Carry) -> Self {
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
        let rewritten = !framer.wrappers.is_empty() || framer.folded.is_some() || memmem::find(bytes, b"\r\n").is_some();
        Self { framer, bytes, buffer: Vec::new(), rewritten, piece, open: None, carry, next_line: line, partial: None, broken: None }
    }

    fn plain(&mut self, bytes: &'a [u8]) {
        for (at, line) in lines(bytes) {
            let number = self.next_line;
            self.next_line += 1;
            self.line(line, at, at + line.len(), number, self.piece.first_offset + at as u64, at, None);
        }
    }

    fn rewrite(&mut self, bytes: &'a [u8]) {
        self.buffer.reserve(bytes.len());
        for (at, line) in lines(bytes) {
            let number = self.next_line;
            self.next_line += 1;
            if !self.framer.choice.takes(line) {
                continue;
            }
            let mark = Mark { start: 0, line: number, offset: self.piece.first_offset + at as u64, length: line.len() };
            match self.framer.folded {
                Some(full) => self.unfold(line, mark, at, width(line) == full),
                None => self.whole(line, &[mark], at),
            }
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

    fn flush_broken(&mut self) {
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
            // The text ends where the line does: the envelope stands before it.
            let before = line.len() - text.len();
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
    fn flush_partial(&mut self) {
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

    #[expect(clippy::too_many_arguments, reason = "the coordinates of one line; a struct for them would be built and taken apart here only")]
    fn line(&mut self, line: &[u8], start: usize, end: usize, number: u64, offset: u64, at: usize, envelope: Option<usize>) {
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

    fn finish(mut self, last: bool) -> Piece<'a> {
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

/// The component an envelope speaks of.
pub fn envelope_component(envelope: &Envelope) -> Option<Component> {
    envelope.program.as_deref().and_then(Component::from_program)
}

/// Physical lines with the offset of each, `\r` and `\n` at the end taken off.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest);
        let start = at;
        at += length.map_or(rest.len(), |length| length + 1);
        Some((start, trim_end(&rest[..length.unwrap_or(rest.len())])))
    })
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Piece<'_> {
        /// Line number and byte offset of a word.
        fn place_of(&self, word: &str) -> (u64, u64) {
            let at = memmem::find(&self.text, word.as_bytes()).unwrap();
            let framed = &self.entries[self.entries.partition_point(|framed| framed.end <= at)];
            (self.place(framed, at).0, self.offset(framed, at))
        }
    }

    #[test]
    fn every_line_is_an_entry_of_text() {
        let piece = Framer::default().piece(b"one\r\ntwo\n\nthree", 1, 0, Carry::default(), true);
        let texts: Vec<_> = (0..piece.entries.len()).map(|at| String::from_utf8_lossy(piece.entry(at).text).into_owned()).collect();
        assert_eq!(texts, ["one", "two", "", "three"]);
        assert_eq!((piece.lines, piece.consumed), (4, 15));
        assert_eq!(piece.entries.iter().map(|entry| (entry.line, entry.offset)).collect::<Vec<_>>(), [(1, 0), (2, 5), (3, 9), (4, 10)]);
    }

    #[test]
    fn lines_of_an_entry_are_parted_alike_whatever_ended_them() {
        let text = "I1120 09:42:27.695099   32101 a.go:94] \"x\" config=<\n\tkind: X\n > source=\"f\"\nI1120 09:42:28.695099   32101 a.go:95] y\n";
        let entries = |text: &str| -> Vec<(String, u64)> {
            let piece = Framer::detect(text.as_bytes()).piece(text.as_bytes(), 1, 0, Carry::default(), true);
            (0..piece.entries.len()).map(|at| (String::from_utf8_lossy(piece.entry(at).text).into_owned(), piece.entries[at].line)).collect()
        };
        let plain = entries(text);
        assert_eq!(plain.len(), 2);
        assert_eq!(entries(&text.replace('\n', "\r\n")), plain);
        let piece = |text: &str| Framer::detect(text.as_bytes()).piece(text.as_bytes(), 1, 0, Carry::default(), true).place_of("kind");
        assert_eq!(piece(&text.replace('\n', "\r\n")), (2, 54));
        // A container with a terminal: docker keeps the line ends that it wrote.
        let docker = |end: &str| {
            let line = |text: &str| {
                format!(
                    "{{\"log\":\"{}{end}\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:48:47Z\"}}\n",
                    text.replace('"', "\\\"").replace('\t', "\\t")
                )
            };
            entries(&text.lines().map(line).collect::<String>())
        };
        assert_eq!(docker("\\r\\n"), plain);
        assert_eq!(docker("\\r\\n"), docker("\\n"));
    }

    #[test]
    fn broken_lines_are_put_together_wherever_the_source_is_cut() {
        let record = |at: u32| {
            format!(
                "Nov 20 10:{at:02}:00 node-1 kubelet[99]: E1120 10:{at:02}:00.000000      99 a.go:1] \"x\" err=\"{}{at}\"",
                "word ".repeat(at as usize % 7 * 9)
            )
        };
        let text: String = (0..40).map(|at| record(at) + "\n").collect();
        let folded: String =
            text.lines().flat_map(|line| line.as_bytes().chunks(80).map(|part| String::from_utf8_lossy(part).into_owned() + "\n")).collect();
        let framer = Framer::detect(folded.as_bytes());
        assert_eq!((framer.folded(), framer.wrappers()), (Some(80), vec!["syslog"]));
        let bytes = folded.as_bytes();
        let read = |size: usize| {
            let (mut at, mut line, mut carry, mut found) = (0, 1, Carry::default(), Vec::new());
            let mut want = size;
            loop {
                let end = bytes
                    .iter()
                    .enumerate()
                    .skip(at)
                    .find(|(end, byte)| **byte == b'\n' && *end >= at + want)
                    .map_or(bytes.len(), |(end, _)| end + 1);
                let last = end == bytes.len();
                let piece = framer.piece(&bytes[at..end], line, at as u64, std::mem::take(&mut carry), last);
                for (index, framed) in piece.entries.iter().enumerate() {
                    let text = String::from_utf8_lossy(piece.entry(index).text).into_owned();
                    found.push((text, framed.line, framed.offset, piece.place(framed, framed.end - 1)));
                }
                (at, line, carry) = (at + piece.consumed, line + piece.lines, piece.carry.clone());
                if last {
                    return found;
                }
                want = if piece.consumed == 0 { want * 2 } else { size };
            }
        };
        let whole = read(1 << 20);
        assert_eq!(whole.len(), 40);
        for ((text, first, _, (line, offset, _)), expected) in whole.iter().zip(text.lines()) {
            assert_eq!(Some(text.as_str()), expected.split_once("]: ").map(|(_, inside)| inside));
            let last = folded.lines().nth(*line as usize - 1).unwrap();
            assert!(line >= first && last.ends_with('"') && bytes[*offset as usize..].starts_with(last.as_bytes()), "{text}");
        }
        for size in [1, 50, 81, 300, 1000] {
            assert_eq!(read(size), whole, "{size}");
        }
    }

    #[test]
    fn an_open_entry_goes_to_the_next_piece() {
        let bytes = b"one\ntwo\nthree\n";
        let first = Framer::default().piece(bytes, 1, 0, Carry::default(), false);
        assert_eq!((first.entries.len(), first.consumed, first.lines), (2, 8, 2));
        let second = Framer::default().piece(&bytes[8..], 3, 8, first.carry, true);
        assert_eq!((second.entries.len(), second.entries[0].line, second.entries[0].offset), (1, 3, 8));
    }
}
