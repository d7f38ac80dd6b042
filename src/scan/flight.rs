//! Flight: several chunks of one source worked on at a time, by all threads.
//!
//! In: a source's chunks. Out: what each yielded, in their order. Must not know: what becomes of it.
//!
//! Whoever reads the chunks works too where nothing is left to read: the threads are never all waiting for one. A chunk in whose middle a record may go
//! on is waited for before the next is begun; that one is read meanwhile.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use super::chunk::{Chunk, Chunker};
use super::pass::{Rest, Subject, Yield, pass};

/// Chunks in memory for each thread.
const CHUNKS_A_THREAD: usize = 2;
/// How long to wait before looking for something to do again.
const WAIT: Duration = Duration::from_micros(200);

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

/// Works on all chunks. `add` takes what each yielded, one by one in their order. Out: what is left of the last.
pub(super) fn all<'c>(subject: &Subject<'_>, chunker: &mut Chunker<'c>, mut add: impl FnMut(&mut Chunker<'c>, Yield, Chunk)) -> Option<Rest> {
    let window = CHUNKS_A_THREAD * rayon::current_num_threads();
    let mut rest = None;
    rayon::in_place_scope(|scope| {
        let mut flying: VecDeque<Flight> = VecDeque::new();
        let mut ready: VecDeque<Chunk> = VecDeque::new();
        let mut is_read = false;
        loop {
            if flying.back().is_none_or(|last| !last.open_end)
                && let Some(chunk) = ready.pop_front()
            {
                let (landed, done) = sync_channel(1);
                let (left, open_end) = (rest.take(), chunk.open_end);
                scope.spawn(move |_| {
                    let (part, left) = pass(subject, left, &chunk);
                    // Nobody waits for it where another has panicked.
                    drop(landed.send((part, left, chunk)));
                });
                flying.push_back(Flight { done, open_end });
            } else if !is_read && flying.len() + ready.len() < window {
                match chunker.next(subject.framer) {
                    Some(chunk) => ready.push_back(chunk),
                    None => is_read = true,
                }
            } else if let Some(oldest) = flying.pop_front() {
                let Some((part, left, chunk)) = oldest.land() else { return };
                rest = left;
                add(chunker, part, chunk);
            } else {
                return;
            }
        }
    });
    rest
}
