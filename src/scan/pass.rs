//! One pass over one chunk: frame, observe, summarise.
//!
//! In: a chunk and what was left open before it. Out: its signals and summary, and what is left open for the next. Must not know: threads, other
//! sources.

use std::borrow::Cow;

use memchr::{memchr, memrchr};
use rayon::prelude::*;

use super::chunk::Chunk;
use super::heard::Heard;
use super::jumps::LISTS;
use super::record::{Rows, Tape, TrackAt};
use super::share::{CHUNK_SIGNAL_BYTES, Share};
use super::summary::Summary;
use super::window::Window;
use crate::clock::{Neighbours, Settled};
use crate::decode::{Framer, Piece, frame::Carry};
use crate::observe::noise::{Noise, Repeated, note, thin};
use crate::observe::sighting::{Hear, Sighted, Sighting};
use crate::observe::states::{Key, States};
use crate::observe::{Observer, SourceName};
use crate::signal::{Signal, SignalId, SourceId};
use crate::source::Whereabouts;
use crate::time::{RawTime, Shape};

/// Bytes framed and matched at a time, so that both find them in the cache.
const PIECE_BYTES: usize = 256 << 10;

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
    /// What it may keep.
    pub(super) share: Share,
    /// The pieces of a chunk whose successor waits for it are observed by all threads.
    pub(super) together: bool,
    /// Who wants to have every entry.
    pub(super) tape: Option<Tape<'a>>,
    /// By how much envelopes' stamps are ahead of those of the records inside, as its beginning shows, nanoseconds.
    pub(super) outer_ahead_ns: i64,
}

/// A piece and what was seen in it.
struct Observed<'a> {
    piece: Piece<'a>,
    physical: &'a [u8],
    sightings: Vec<Sighting>,
    /// Their signals, where it is worth making them at once.
    signals: Vec<Signal>,
    rows: Option<Rows>,
    /// It lies too far from the time that is asked for.
    beyond: bool,
}

/// What was seen in a chunk so far.
#[derive(Default)]
struct Seen<'a> {
    found: Yield,
    pieces: Vec<(Piece<'a>, &'a [u8])>,
    /// With the number of the piece.
    sightings: Vec<InPiece>,
    /// Signals that were made already, piece by piece.
    made: Vec<Vec<Option<Signal>>>,
    held: usize,
}

/// A sighting and the number of the piece it lies in.
#[derive(Clone, Debug, Default)]
struct InPiece {
    sighting: Sighting,
    piece: usize,
    /// Place of its signal among those that were made already: which of them, and where in those.
    made: Option<(u32, u32)>,
}

/// A sighting while it is thinned: small, for it is moved often.
struct Thinned<'s> {
    sighting: &'s Sighting,
    /// Its place among all.
    place: u32,
    repeats: u32,
}

/// What a pass found.
#[derive(Debug, Default)]
pub(super) struct Yield {
    pub(super) summary: Summary,
    pub(super) signals: Vec<Signal>,
    /// Signals that were thinned already, by kind.
    pub(super) noise: Vec<Noise>,
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
    /// Forgets the neighbours of signals that were thinned away since.
    pub(super) fn forget_undated(&mut self) {
        let signals = &self.signals;
        self.undated.retain(|(offset, _)| signals.binary_search_by_key(offset, |signal| signal.citation.offset).is_ok());
    }

    /// Adds what the next chunk yielded.
    pub(super) fn absorb(&mut self, later: Self) {
        close(&mut self.undated, later.summary.first);
        self.undated
            .extend(later.undated.into_iter().map(|(offset, around)| (offset, Neighbours { before: around.before.or(self.summary.last), ..around })));
        self.signals.extend(later.signals);
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

/// Passes over a chunk that begins where `rest` was left. `leave` takes what is left open for the next one, as soon as that is known.
pub(super) fn pass(subject: &Subject<'_>, rest: Option<Rest>, chunk: &Chunk, leave: impl FnOnce(Option<Rest>)) -> Yield {
    // Chunks that can be told apart are worked on by one thread each.
    let together = subject.together && chunk.open_end;
    let (bytes, mut carry, mut line, mut offset) = match rest {
        Some(rest) => {
            let mut bytes = rest.bytes;
            bytes.extend_from_slice(chunk.bytes());
            (Cow::Owned(bytes), rest.carry, rest.line, rest.offset)
        }
        None => (Cow::Borrowed(chunk.bytes()), Carry::default(), chunk.line, chunk.offset),
    };
    let mut seen = Seen::default();
    // The pieces that all threads are to observe.
    let mut waiting: Vec<(Piece<'_>, &[u8])> = Vec::new();
    let share = subject.share.of_chunk(bytes.len() as u64, chunk.end());
    let eager = is_eager(share);
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
        carry = std::mem::take(&mut piece.carry);
        let used = piece.consumed;
        line += piece.lines;
        offset += used as u64;
        at += used;
        if together {
            // It waits until the whole chunk is framed, and then has no more room than it needs.
            piece.entries.shrink_to_fit();
            waiting.push((piece, &window[..length]));
        } else {
            seen.add(subject, observe(subject, piece, &window[..length], eager));
        }
        if ends {
            break;
        }
        // An entry longer than the piece: look at more of it.
        size = if used == 0 { size * 2 } else { PIECE_BYTES };
    }
    leave(chunk.open_end.then(|| Rest { bytes: bytes[at..].to_vec(), carry, line, offset }));
    let observed: Vec<Observed<'_>> = waiting.into_par_iter().map(|(piece, physical)| observe(subject, piece, physical, eager)).collect();
    for observed in observed {
        seen.add(subject, observed);
    }
    seen.finish(subject, share, together)
}

/// Reads what was left open at the very end, when no chunk follows.
pub(super) fn finish(subject: &Subject<'_>, rest: Rest) -> Yield {
    let piece = subject.framer.piece(&rest.bytes, rest.line, rest.offset, rest.carry, true);
    let share = subject.share.of_chunk(rest.bytes.len() as u64, rest.offset + rest.bytes.len() as u64);
    let mut seen = Seen::default();
    seen.add(subject, observe(subject, piece, &rest.bytes, is_eager(share)));
    seen.finish(subject, share, false)
}

/// Whether signals are made as soon as they are sighted: nearly all of them will be kept.
fn is_eager(share: usize) -> bool {
    share >= CHUNK_SIGNAL_BYTES / 2
}

fn observe<'a>(subject: &Subject<'_>, piece: Piece<'a>, physical: &'a [u8], eager: bool) -> Observed<'a> {
    let source = SourceName { id: subject.source, path: subject.path };
    let beyond = subject.backdrop.filter(|(window, _)| !window.meets(&piece));
    let observer = beyond.map_or(subject.observer, |(_, observer)| observer);
    let mut signals = Vec::new();
    let mut heard = subject.tape.map(|_| Heard::begun());
    let mut hear = heard.as_mut().map(|heard| |seen: &Sighted<'_>| heard.take(seen));
    let hear = hear.as_mut().map(|hear| hear as &mut Hear<'_>);
    let sightings = observer.sight(&piece, physical, subject.at, &source, subject.states, eager.then_some(&mut signals), hear);
    let rows = subject.tape.zip(heard).map(|(tape, heard)| {
        let rows = tape.piece(subject.framer, &piece, physical, &heard);
        heard.spare();
        rows
    });
    Observed { piece, physical, sightings, signals, rows, beyond: beyond.is_some() }
}

impl<'a> Seen<'a> {
    /// Adds the next piece.
    fn add(&mut self, subject: &Subject<'_>, observed: Observed<'a>) {
        let Observed { mut piece, physical, mut sightings, signals, rows, beyond } = observed;
        self.found.passed_over += if beyond { piece.entries.len() as u64 } else { 0 };
        self.found.rows.extend(rows);
        summarise(&piece, physical, &sightings, subject.outer_ahead_ns, &mut self.found);
        // Of the entries only those are needed from now on that may be made signals of.
        let mut kept = Vec::with_capacity(sightings.len());
        let mut last = None;
        for sighting in &mut sightings {
            if last != Some(sighting.entry) {
                last = Some(sighting.entry);
                kept.extend(piece.entries.get(sighting.entry));
            }
            sighting.entry = kept.len().saturating_sub(1);
        }
        piece.entries = kept;
        self.held += sightings.iter().map(|sighting| sighting.weight).sum::<usize>();
        let number = self.pieces.len();
        self.pieces.push((piece, physical));
        let (group, count) = (self.made.len() as u32, signals.len() as u32);
        if count > 0 {
            self.made.push(signals.into_iter().map(Some).collect());
        }
        let made = |at: u32| (at < count).then_some((group, at));
        self.sightings.extend(sightings.into_iter().zip(0..).map(|(sighting, at)| InPiece { sighting, piece: number, made: made(at) }));
        if self.held > CHUNK_SIGNAL_BYTES {
            self.thin(subject, CHUNK_SIGNAL_BYTES / 4 * 3);
        }
    }

    fn thin(&mut self, subject: &Subject<'_>, budget: usize) {
        let all = self.sightings.iter().zip(0..);
        let mut left: Vec<Thinned<'_>> =
            all.map(|(InPiece { sighting, .. }, place)| Thinned { sighting, place, repeats: sighting.repeats }).collect();
        self.held = thin(subject.states, &mut left, budget, &mut self.found.noise);
        let left: Vec<(u32, u32)> = left.into_iter().map(|left| (left.place, left.repeats)).collect();
        let mut kept = Vec::with_capacity(left.len());
        kept.extend(left.into_iter().filter_map(|(place, repeats)| {
            let mut seen = std::mem::take(self.sightings.get_mut(place as usize)?);
            seen.sighting.repeats = repeats;
            Some(seen)
        }));
        self.sightings = kept;
        let made: Vec<Option<Signal>> = self.sightings.iter().filter_map(|seen| seen.made).map(|place| taken(&mut self.made, place)).collect();
        let mut places = 0..made.len() as u32;
        for seen in self.sightings.iter_mut().filter(|seen| seen.made.is_some()) {
            seen.made = places.next().map(|at| (0, at));
        }
        self.made = if made.is_empty() { Vec::new() } else { vec![made] };
    }

    /// Makes signals of what may be kept.
    fn finish(mut self, subject: &Subject<'_>, share: usize, together: bool) -> Yield {
        if self.held > share {
            self.thin(subject, share / 4 * 3);
        }
        let Self { mut found, pieces, sightings, mut made, .. } = self;
        let source = SourceName { id: subject.source, path: subject.path };
        let signal = |seen: &InPiece| {
            let (piece, physical) = pieces.get(seen.piece)?;
            subject.observer.signal(&seen.sighting, piece, physical, subject.at, &source)
        };
        found.signals = if !made.is_empty() {
            let own = |seen: &InPiece| {
                let signal = taken(&mut made, seen.made?)?;
                Some(Signal { repeats: seen.sighting.repeats, ..signal })
            };
            sightings.iter().filter_map(own).collect()
        } else if together {
            let made: Vec<Option<Signal>> = sightings.par_iter().with_min_len(64).map(signal).collect();
            made.into_iter().flatten().collect()
        } else {
            let mut made = Vec::with_capacity(sightings.len());
            made.extend(sightings.iter().filter_map(signal));
            made
        };
        found
    }
}

/// Takes a signal that was made already.
fn taken(made: &mut [Vec<Option<Signal>>], (group, at): (u32, u32)) -> Option<Signal> {
    made.get_mut(group as usize)?.get_mut(at as usize)?.take()
}

impl Repeated for Thinned<'_> {
    fn id(&self) -> SignalId {
        self.sighting.id
    }

    fn offset(&self) -> u64 {
        self.sighting.offset
    }

    fn line(&self) -> u64 {
        self.sighting.line
    }

    fn weight(&self) -> usize {
        self.sighting.weight
    }

    fn repeats(&mut self) -> &mut u32 {
        &mut self.repeats
    }

    fn key(&self, _states: &States) -> Cow<'_, Key> {
        Cow::Borrowed(&self.sighting.key)
    }
}

/// Notes what a piece tells besides its signals.
fn summarise(piece: &Piece<'_>, physical: &[u8], sightings: &[Sighting], outer_ahead_ns: i64, found: &mut Yield) {
    let mut waiting: Vec<(usize, u64)> = sightings
        .iter()
        .filter(|sighting| !is_dated(piece, sighting) && stands_in_time(piece, sighting))
        .map(|sighting| (sighting.entry, sighting.offset))
        .collect();
    waiting.sort_unstable();
    waiting.dedup();
    let mut waiting = waiting.into_iter().peekable();
    let mut undated: Vec<(u64, Neighbours)> = Vec::new();
    found.summary.piece(piece, outer_ahead_ns, |index, before| {
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
            follows = Settled::effective_inside(framed.head.time, outer, outer_ahead_ns).filter(is_date).map(|raw| (raw, framed.offset)).or(follows);
        }
        close(&mut found.undated, follows);
    }
    found.undated.extend(undated);
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

/// Whether what stands before and after a record was written before and after it: objects are listed by name.
fn stands_in_time(piece: &Piece<'_>, sighting: &Sighting) -> bool {
    piece.entries.get(sighting.entry).is_some_and(|framed| !LISTS.contains(&framed.format.name()))
}

fn is_dated(piece: &Piece<'_>, sighting: &Sighting) -> bool {
    let Some(framed) = piece.entries.get(sighting.entry) else { return false };
    let outer = framed.envelope.and_then(|at| piece.envelopes.get(at)).and_then(|envelope| envelope.time);
    Settled::effective(sighting.head(framed.head).time, outer).is_some_and(|raw| is_date(&raw))
}
