//! One pass over one chunk: frame, observe, summarise.
//!
//! In: a chunk and what was left open before it. Out: its signals and summary, and what is left open for the next. Must not know: threads, other
//! sources.

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::chunk::Chunk;
use super::record::{Rows, Tape, TrackAt};
use super::summary::Summary;
use super::window::Window;
use crate::clock::{Neighbours, Settled};
use crate::decode::{Framer, Piece, frame::Carry};
use crate::observe::noise::{Noise, note, thin};
use crate::observe::states::States;
use crate::observe::{Observer, SourceName};
use crate::signal::{Signal, SourceId};
use crate::source::Whereabouts;
use crate::time::{RawTime, Shape};

/// Bytes framed and matched at a time, so that both find them in the cache.
const PIECE_BYTES: usize = 256 << 10;

/// Bytes of signals that a chunk may yield, roughly.
const CHUNK_SIGNAL_BYTES: usize = 6 << 20;

/// What a pass needs to know of its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) observer: &'a Observer<'a>,
    /// The time that is asked for, and what is looked for beyond it.
    pub(super) backdrop: Option<(Window, &'a Observer<'a>)>,
    pub(super) states: &'a States,
    pub(super) framer: &'a Framer,
    pub(super) at: &'a Whereabouts,
    pub(super) source: SourceId,
    pub(super) path: &'a str,
    /// Who wants to have every entry.
    pub(super) tape: Option<Tape<'a>>,
}

/// What a pass found.
#[derive(Debug, Default)]
pub(super) struct Yield {
    pub(super) summary: Summary,
    pub(super) signals: Vec<Signal>,
    /// Signals that were thinned already, by kind.
    pub(super) noise: Vec<Noise>,
    /// Bytes of the signals, roughly.
    held: usize,
    /// Records too far from the time that is asked for.
    pub(super) passed_over: u64,
    /// The entries, where somebody wants them, and the numbers under which they were recorded.
    pub(super) rows: Vec<Rows>,
    pub(super) tracks: Vec<TrackAt>,
    /// The dated records around signals that have no date of their own, by the offset of the line they cite, in order.
    pub(super) undated: Vec<(u64, Neighbours)>,
}

/// What a chunk leaves to the next one: the lines of the entry that is still open.
#[derive(Debug, Default)]
pub(super) struct Rest {
    bytes: Vec<u8>,
    carry: Carry,
    line: u64,
    offset: u64,
}

impl Rest {
    /// Bytes held.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }
}

impl Yield {
    /// Adds what the next chunk yielded.
    pub(super) fn absorb(&mut self, later: Self) {
        close(&mut self.undated, later.summary.first);
        self.undated
            .extend(later.undated.into_iter().map(|(offset, around)| (offset, Neighbours { before: around.before.or(self.summary.last), ..around })));
        self.signals.extend(later.signals);
        self.held += later.held;
        self.passed_over += later.passed_over;
        self.rows.extend(later.rows);
        self.tracks.extend(later.tracks);
        note(&mut self.noise, &later.noise);
        self.summary.absorb(later.summary);
    }
}

impl Yield {
    /// The same of a copy, for which another file speaks.
    pub(super) fn without_signals(&self) -> Self {
        Self { summary: self.summary.clone(), passed_over: self.passed_over, ..Self::default() }
    }

    /// Counts all lines and offsets on, as in a source that has so many before.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        for signal in &mut self.signals {
            signal.citation.line += lines;
            signal.citation.offset += bytes;
        }
        for (offset, around) in &mut self.undated {
            *offset += bytes;
            for (_, offset) in [&mut around.before, &mut around.after].into_iter().flatten() {
                *offset += bytes;
            }
        }
        for noise in &mut self.noise {
            noise.from_line += lines;
        }
        for track in &mut self.tracks {
            (track.lines_before, track.bytes_before) = (track.lines_before + lines, track.bytes_before + bytes);
        }
        self.summary.shift(lines, bytes);
    }
}

/// Passes over a chunk that begins where `rest` was left.
pub(super) fn pass(subject: &Subject<'_>, rest: Option<Rest>, chunk: &Chunk) -> (Yield, Option<Rest>) {
    let (bytes, mut carry, mut line, mut offset) = match rest {
        Some(rest) => {
            let mut bytes = rest.bytes;
            bytes.extend_from_slice(chunk.bytes());
            (Cow::Owned(bytes), rest.carry, rest.line, rest.offset)
        }
        None => (Cow::Borrowed(chunk.bytes()), Carry::default(), chunk.line, chunk.offset),
    };
    let mut found = Yield::default();
    let mut at = 0;
    let mut size = PIECE_BYTES;
    while at < bytes.len() {
        let window = &bytes[at..];
        let length = if window.len() <= size {
            window.len()
        } else {
            memrchr(b'\n', &window[..size]).or_else(|| Some(size + memchr(b'\n', &window[size..])?)).map_or(window.len(), |end| end + 1)
        };
        let ends = length == window.len();
        let mut piece = subject.framer.piece(&window[..length], line, offset, carry, ends && !chunk.open_end);
        take(subject, &piece, &window[..length], &mut found);
        carry = std::mem::take(&mut piece.carry);
        let used = piece.consumed;
        line += piece.lines;
        offset += used as u64;
        at += used;
        if ends {
            break;
        }
        // An entry longer than the piece: look at more of it.
        size = if used == 0 { size * 2 } else { PIECE_BYTES };
    }
    let left = chunk.open_end.then(|| Rest { bytes: bytes[at..].to_vec(), carry, line, offset });
    (found, left)
}

/// Reads what was left open at the very end, when no chunk follows.
pub(super) fn finish(subject: &Subject<'_>, rest: Rest) -> Yield {
    let piece = subject.framer.piece(&rest.bytes, rest.line, rest.offset, rest.carry, true);
    let mut found = Yield::default();
    take(subject, &piece, &rest.bytes, &mut found);
    found
}

fn take(subject: &Subject<'_>, piece: &Piece<'_>, physical: &[u8], found: &mut Yield) {
    let first = found.signals.len();
    let source = SourceName { id: subject.source, path: subject.path };
    let beyond = subject.backdrop.filter(|(window, _)| !window.meets(piece));
    let observer = beyond.map_or(subject.observer, |(_, observer)| observer);
    found.passed_over += if beyond.is_some() { piece.entries.len() as u64 } else { 0 };
    observer.observe(piece, physical, subject.at, &source, &mut found.signals);
    if let Some(tape) = subject.tape {
        found.rows.push(tape.piece(subject.framer, piece, physical, &found.signals[first..]));
    }
    found.held += found.signals[first..].iter().map(Signal::weight).sum::<usize>();
    let mut waiting: Vec<(usize, u64)> = found.signals[first..]
        .iter()
        .filter(|signal| !is_dated(signal))
        .map(|signal| (entry_of(piece, signal.citation.offset), signal.citation.offset))
        .collect();
    waiting.sort_unstable();
    waiting.dedup();
    let mut waiting = waiting.into_iter().peekable();
    let mut undated: Vec<(u64, Neighbours)> = Vec::new();
    found.summary.piece(piece, |index, before| {
        while let Some((_, offset)) = waiting.next_if(|(entry, _)| *entry == index) {
            undated.push((offset, Neighbours { before, after: None }));
        }
    });
    found.summary.jumps.piece(piece, physical);
    found.summary.anchors.cite(physical, piece.first_offset());
    if !(undated.is_empty() && found.undated.last().is_none_or(|(_, around)| around.after.is_some())) {
        // From the back: the dated record after each, as far as this piece goes.
        let mut follows = None;
        let mut pending = undated.iter_mut().rev().peekable();
        for (index, framed) in piece.entries.iter().enumerate().rev() {
            while let Some((_, around)) = pending.next_if(|(offset, _)| entry_of(piece, *offset) == index) {
                around.after = follows;
            }
            let outer = framed.envelope.and_then(|at| piece.envelopes[at].time);
            follows = Settled::effective(framed.head.time, outer).filter(is_date).map(|raw| (raw, framed.offset)).or(follows);
        }
        close(&mut found.undated, follows);
    }
    found.undated.extend(undated);
    if found.held > CHUNK_SIGNAL_BYTES {
        found.held = thin(subject.states, &mut found.signals, CHUNK_SIGNAL_BYTES / 4 * 3, &mut found.noise);
    }
}

/// Tells the signals that still wait for a dated record after them of the first one that came.
fn close(undated: &mut [(u64, Neighbours)], follows: Option<(RawTime, u64)>) {
    if follows.is_some() {
        for (_, around) in undated.iter_mut().rev().take_while(|(_, around)| around.after.is_none()) {
            around.after = follows;
        }
    }
}

fn entry_of(piece: &Piece<'_>, offset: u64) -> usize {
    piece.entries.partition_point(|framed| framed.offset <= offset).saturating_sub(1)
}

fn is_date(raw: &RawTime) -> bool {
    matches!(raw.shape, Shape::Zoned | Shape::Local | Shape::Yearless | Shape::Age)
}

fn is_dated(signal: &Signal) -> bool {
    Settled::effective(signal.raw_time, signal.outer_time).is_some_and(|raw| is_date(&raw))
}
