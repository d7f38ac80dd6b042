//! Pace: how far a long search is, and the way to end it early.
//!
//! In: rows that were looked at; somebody who no longer wants the answer. Out: both, to whoever asks, on any thread. Must not know: what is searched for.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::Fault;
use crate::open::Stop;

/// How far a search is. A search that was told to stop ends with a [`Fault`].
#[derive(Debug, Default)]
pub struct Pace {
    stop: Stop,
    done: AtomicU64,
    all: AtomicU64,
}

impl Pace {
    /// Asks the search to end.
    pub fn stop(&self) {
        self.stop.ask();
    }

    /// Rows whose texts were looked at, and all of them; 0 of 0 where nothing has to be read.
    pub fn done(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }

    /// So many more rows will be looked at.
    pub(super) fn add(&self, rows: u64) {
        self.all.fetch_add(rows, Ordering::Relaxed);
    }

    /// So many were.
    pub(super) fn advance(&self, rows: u64) -> Result<(), Fault> {
        self.done.fetch_add(rows, Ordering::Relaxed);
        if self.stop.asked() { Err(Fault::new("the search was stopped")) } else { Ok(()) }
    }
}
