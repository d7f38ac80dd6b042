//! Ahead: a member of an archive is begun while the last chunks of the one before are still worked on.
//!
//! In: a large member of an archive. Out: a [`Member`] whose text is read to its end, or its readings where it had to be read alone. What is kept of it
//! depends on what stands before it, as always: that is known as soon as that is read. Must not know: which members there are, clocks.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use rayon::Scope;

use super::chunk::{Chunk, Chunker};
use super::fenced::Fenced;
use super::flight::{Flights, Landing, window};
use super::merged;
use super::pass::pass;
use super::read::{Reading, Run, closed};
use super::split::Parts;
use super::text::Begun;
use crate::open::{Content, Finished, Opened};
use crate::problem::Problem;

/// A member whose text is read, and some of whose chunks are worked on.
pub(super) struct Member<'a, 'p> {
    run: Run<'a, 'p>,
    begun: Begun<'a, 'p>,
    flights: Flights,
    /// Line and offset behind its last byte.
    place: (u64, u64),
    finished: Finished,
    taken: u64,
}

impl Member<'_, '_> {
    /// Bytes of its text, as its reading will state them.
    pub(super) fn bytes(&self) -> u64 {
        if self.place.0 > 1 { self.place.1 } else { 0 }
    }

    /// Its chunks that are worked on.
    pub(super) fn flying(&self) -> usize {
        self.flights.len()
    }

    /// Waits for the oldest of its chunks.
    pub(super) fn land(&mut self) -> Option<Chunk> {
        let Landing::Done(part, chunk) = self.flights.land(false) else {
            // A thread has panicked: nothing more comes.
            self.flights = Flights::default();
            return None;
        };
        self.begun.take(&self.run, part, &chunk);
        Some(chunk)
    }

    /// Its readings, once nothing of it is worked on.
    pub(super) fn close(self) -> Vec<Reading> {
        let Self { run, begun, flights, place, finished, taken } = self;
        let path = begun.known.path().to_owned();
        let whole = Whole { begun, flights, place, problems: Vec::new() };
        let mut readings = vec![Reading { lines: place.0 - 1, bytes: place.1, ..whole.land(&run) }];
        closed(&path, &mut readings, finished, taken);
        readings
    }
}

/// What stands before a member and is not done yet.
pub(super) trait Before {
    /// Its chunks that are worked on.
    fn flying(&self) -> usize;

    /// Waits for the oldest of them.
    fn land(&mut self) -> Option<Chunk>;
}

/// A text that was read to its end in one stretch.
struct Whole<'a, 'p> {
    begun: Begun<'a, 'p>,
    flights: Flights,
    place: (u64, u64),
    problems: Vec<Problem>,
}

impl Whole<'_, '_> {
    fn land(mut self, run: &Run<'_, '_>) -> Reading {
        while let Landing::Done(part, chunk) = self.flights.land(false) {
            self.begun.take(run, part, &chunk);
        }
        self.begun.close(run, self.flights.rest, self.place, self.problems)
    }
}

impl<'a, 'p> Run<'a, 'p> {
    /// Reads a member to its end. `Err`: all of it is done already, and all that stands before it.
    pub(super) fn ahead<'s>(&self, scope: &Scope<'s>, path: &str, opened: Opened, before: &mut dyn Before) -> Result<Member<'a, 'p>, Vec<Reading>>
    where
        'a: 's,
        'p: 's,
    {
        let Opened { content, encodings, modified, hashed, nest, witness } = opened;
        let (mut stream, skipped) = match content {
            Content::Text(stream, skipped) => (stream, skipped),
            content => {
                land_all(before);
                return Err(self.opened(path, Opened { content, encodings, modified, hashed, nest, witness }));
            }
        };
        let mut parts = Parts::new(self, path, skipped, &encodings, modified);
        let whole = self.whole(scope, &mut *stream, &mut parts, before);
        drop(stream);
        let (finished, taken) = (hashed.finish(), hashed.taken());
        match whole {
            Some(whole) if whole.problems.is_empty() && whole.flights.len() > 0 && finished.error.is_none() && !nest.used_up() => {
                let Whole { begun, flights, place, .. } = whole;
                return Ok(Member { run: *self, begun, flights, place, finished, taken });
            }
            Some(whole) => {
                land_all(before);
                parts.add(whole.land(self));
            }
            None => {}
        }
        let mut readings = parts.finish();
        closed(path, &mut readings, finished, taken);
        Err(readings)
    }

    /// Reads a text whose chunks may go on being worked on. `None`: it is made of several parts, which are read.
    fn whole<'s>(&self, scope: &Scope<'s>, stream: &mut (dyn Read + Send), parts: &mut Parts<'_>, before: &mut dyn Before) -> Option<Whole<'a, 'p>>
    where
        'a: 's,
        'p: 's,
    {
        let mut fenced = Fenced::new(stream);
        let (line, offset) = parts.place();
        let mut chunker = Chunker::within(&mut fenced, line, offset);
        if merged::way(&mut chunker).is_some() {
            land_all(before);
            parts.read(self, &mut chunker);
            drop(chunker);
            if parts.goes_on(&mut fenced, parts.place()) {
                parts.follow(self, &mut fenced);
            }
            return None;
        }
        let mut begun = self.begin(parts.label(), &mut chunker);
        let mut flights = Flights::default();
        let mut ready: VecDeque<Chunk> = VecDeque::new();
        let (window, mut is_read) = (window(), false);
        while !(is_read && ready.is_empty()) {
            if !ready.is_empty()
                && flights.may_begin()
                && let Some(chunk) = ready.pop_front()
            {
                let (known, run) = (Arc::clone(&begun.known), *self);
                flights.begin(scope, chunk, move |rest, chunk, leave| pass(&known.subject(&run), rest, chunk, leave));
            } else if !is_read && before.flying() + flights.len() + ready.len() < window {
                match chunker.next(begun.known.framer()) {
                    Some(chunk) => ready.push_back(chunk),
                    None => is_read = true,
                }
            } else if before.flying() > 0 {
                before.land().into_iter().for_each(|chunk| chunker.recycle(chunk));
            } else {
                match flights.land(!ready.is_empty()) {
                    Landing::Done(part, chunk) => {
                        begun.take(self, part, &chunk);
                        chunker.recycle(chunk);
                    }
                    Landing::MayBegin => {}
                    Landing::Over => break,
                }
            }
        }
        let whole = Whole { begun, flights, place: chunker.place(), problems: std::mem::take(&mut chunker.problems) };
        if chunker.is_turned() {
            land_all(before);
            parts.add(whole.land(self));
            parts.turn(self, &mut chunker);
            drop(chunker);
            if parts.goes_on(&mut fenced, parts.place()) {
                parts.follow(self, &mut fenced);
            }
            return None;
        }
        drop(chunker);
        if !parts.goes_on(&mut fenced, whole.place) {
            return Some(whole);
        }
        land_all(before);
        parts.add(whole.land(self));
        parts.follow(self, &mut fenced);
        None
    }
}

fn land_all(before: &mut dyn Before) {
    while before.flying() > 0 {
        before.land();
    }
}
