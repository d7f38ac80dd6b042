//! Flight: several chunks of one source worked on at a time, by all threads.
//!
//! In: a source's chunks. Out: what each yielded, in their order. Must not know: what becomes of it.
//!
//! Whoever reads the chunks works too where nothing is left to read: the threads are never all waiting for one. A chunk in whose middle a record may go
//! on is framed before the next is begun; that one is read meanwhile.

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
type Done = (Yield, Chunk);

/// A chunk that is worked on.
struct Flight {
    done: Receiver<Done>,
    /// What it leaves to the next chunk, if that needs it and it is not known yet.
    left: Option<Receiver<Option<Rest>>>,
}

/// The chunks of one text that are worked on, in their order.
#[derive(Default)]
pub(super) struct Flights {
    flying: VecDeque<Flight>,
    /// What is left for the next one.
    pub(super) rest: Option<Rest>,
}

/// What waiting came to.
#[expect(clippy::large_enum_variant, reason = "taken apart as soon as it is made, once a chunk")]
pub(super) enum Landing {
    /// The oldest chunk is done.
    Done(Yield, Chunk),
    /// The next chunk can be begun.
    MayBegin,
    /// There is no other chunk, or a thread has panicked, which ends the scope.
    Over,
}

impl Flights {
    pub(super) fn len(&self) -> usize {
        self.flying.len()
    }

    /// Whether the next chunk can be begun. Of those that wait for each other no more are worked on than there are threads: framed and not yet observed
    /// they take as much room again.
    pub(super) fn may_begin(&mut self) -> bool {
        let is_full = self.flying.len() >= rayon::current_num_threads();
        let Some(last) = self.flying.back_mut() else { return true };
        let Some(left) = last.left.as_ref() else { return true };
        if is_full {
            return false;
        }
        let Ok(left) = left.try_recv() else { return false };
        (self.rest, last.left) = (left, None);
        true
    }

    /// Has a chunk worked on.
    pub(super) fn begin<'s>(
        &mut self,
        scope: &Scope<'s>,
        chunk: Chunk,
        pass: impl FnOnce(Option<Rest>, &Chunk, &dyn Fn(Option<Rest>)) -> Yield + Send + 's,
    ) {
        let (landed, done) = sync_channel(1);
        let (leave, left) = sync_channel(1);
        let (rest, open_end) = (self.rest.take(), chunk.open_end);
        scope.spawn(move |_| {
            // Nobody waits for either where another has panicked.
            let part = pass(rest, &chunk, &|left| drop(leave.send(left)));
            drop(landed.send((part, chunk)));
        });
        self.flying.push_back(Flight { done, left: open_end.then_some(left) });
    }

    /// Works on whatever there is until the oldest chunk is done, or, where one is `ready`, the next can be begun.
    pub(super) fn land(&mut self, ready: bool) -> Landing {
        loop {
            if ready && self.may_begin() {
                return Landing::MayBegin;
            }
            let Some(oldest) = self.flying.front() else { return Landing::Over };
            let done = match oldest.done.try_recv() {
                Err(TryRecvError::Empty) if rayon::yield_now() == Some(rayon::Yield::Executed) => continue,
                Err(TryRecvError::Empty) => oldest.done.recv_timeout(WAIT).ok(),
                Err(TryRecvError::Disconnected) => return Landing::Over,
                Ok(done) => Some(done),
            };
            let Some((part, chunk)) = done else { continue };
            // What it left was told before it was done.
            if let Some(left) = self.flying.pop_front().and_then(|oldest| oldest.left) {
                self.rest = left.try_recv().ok().flatten();
            }
            return Landing::Done(part, chunk);
        }
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
            if !ready.is_empty()
                && flights.may_begin()
                && let Some(chunk) = ready.pop_front()
            {
                flights.begin(scope, chunk, |rest, chunk, leave| pass(subject, rest, chunk, leave));
            } else if !is_read && flights.len() + ready.len() < window {
                match chunker.next(subject.framer) {
                    Some(chunk) => ready.push_back(chunk),
                    None => is_read = true,
                }
            } else {
                match flights.land(!ready.is_empty()) {
                    Landing::Done(part, chunk) => add(chunker, part, chunk),
                    Landing::MayBegin => {}
                    Landing::Over => return,
                }
            }
        }
    });
    flights.rest
}
