//! Flight: several chunks of one source worked on at a time, by all threads.
//!
//! In: a source's chunks. Out: what each yielded, in their order. Must not know: what becomes of it.
//!
//! Whoever reads the chunks works too where nothing is left to read: the threads are never all waiting for one. A chunk in whose middle a record may go
//! on is waited for before the next is begun; that one is read meanwhile.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use rayon::Scope;

use super::chunk::{Chunk, Chunker};
use super::pass::{Rest, Subject, Yield, pass};

/// Chunks in memory for each thread.
const CHUNKS_A_THREAD: usize = 2;
/// How long to wait before looking for something to do again.
const WAIT: Duration = Duration::from_micros(200);

/// Chunks that may be in memory.
pub(super) fn window() -> usize {
    CHUNKS_A_THREAD * rayon::current_num_threads()
}

/// What a chunk came to.
type Done = (Yield, Option<Rest>, Chunk);

/// A chunk that is worked on.
struct Flight {
    done: Receiver<Done>,
    /// Whether the next chunk needs what is left of this one.
    open_end: bool,
}

impl Flight {
    /// Works on whatever there is until the chunk is done. `None`: its thread has panicked, which ends the scope.
    fn land(self) -> Option<Done> {
        loop {
            match self.done.try_recv() {
                Ok(done) => return Some(done),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            if rayon::yield_now() != Some(rayon::Yield::Executed)
                && let Ok(done) = self.done.recv_timeout(WAIT)
            {
                return Some(done);
            }
        }
    }
}

/// The chunks of one text that are worked on, in their order.
#[derive(Default)]
pub(super) struct Flights {
    flying: VecDeque<Flight>,
    /// What is left of the one that landed last.
    pub(super) rest: Option<Rest>,
}

impl Flights {
    pub(super) fn len(&self) -> usize {
        self.flying.len()
    }

    /// Whether the next chunk can be begun.
    pub(super) fn may_begin(&self) -> bool {
        self.flying.back().is_none_or(|last| !last.open_end)
    }

    /// Has a chunk worked on.
    pub(super) fn begin<'s>(
        &mut self,
        scope: &Scope<'s>,
        chunk: Chunk,
        pass: impl FnOnce(Option<Rest>, &Chunk) -> (Yield, Option<Rest>) + Send + 's,
    ) {
        let (landed, done) = sync_channel(1);
        let (left, open_end) = (self.rest.take(), chunk.open_end);
        scope.spawn(move |_| {
            let (part, left) = pass(left, &chunk);
            // Nobody waits for it where another has panicked.
            drop(landed.send((part, left, chunk)));
        });
        self.flying.push_back(Flight { done, open_end });
    }

    /// What the oldest came to. `None`: there is none left, or a thread has panicked.
    pub(super) fn land(&mut self) -> Option<(Yield, Chunk)> {
        let (part, left, chunk) = self.flying.pop_front()?.land()?;
        self.rest = left;
        Some((part, chunk))
    }
}

/// Works on all chunks. `add` takes what each yielded, one by one in their order. Out: what is left of the last.
pub(super) fn all<'c>(subject: &Subject<'_>, chunker: &mut Chunker<'c>, mut add: impl FnMut(&mut Chunker<'c>, Yield, Chunk)) -> Option<Rest> {
    let window = window();
    let mut flights = Flights::default();
    rayon::in_place_scope(|scope| {
        let mut ready: VecDeque<Chunk> = VecDeque::new();
        let mut is_read = false;
        loop {
            if flights.may_begin()
                && let Some(chunk) = ready.pop_front()
            {
                flights.begin(scope, chunk, |left, chunk| pass(subject, left, chunk));
            } else if !is_read && flights.len() + ready.len() < window {
                match chunker.next(subject.framer) {
                    Some(chunk) => ready.push_back(chunk),
                    None => is_read = true,
                }
            } else if let Some((part, chunk)) = flights.land() {
                add(chunker, part, chunk);
            } else {
                return;
            }
        }
    });
    flights.rest
}
