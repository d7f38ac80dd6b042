//! Tuned: the search for hints, fit to what each format's logs look like.
//!
//! In: the beginnings of large sources. Out: an [`Observer`] for each format. Must not know: records. What is found does not depend on any of this,
//! only how fast.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::chunk::SAMPLE_BYTES;
use crate::observe::Observer;
use crate::pattern::Pack;

/// A beginning that is shorter is of a source not worth the effort.
const LEAST_BYTES: usize = SAMPLE_BYTES / 2;

/// Observers of one pack.
#[derive(Debug)]
pub(super) struct Tuned<'p> {
    pack: &'p Pack,
    plain: Observer<'p>,
    nothing: OnceLock<Observer<'p>>,
    /// By format; the first large source of a format speaks for all.
    formats: Mutex<BTreeMap<&'static str, Arc<OnceLock<Observer<'p>>>>>,
}

/// One of them.
#[derive(Debug)]
pub(super) enum Chosen<'t, 'p> {
    /// For anything.
    Plain(&'t Observer<'p>),
    /// For what is no log.
    Nothing(&'t Observer<'p>),
    /// For a format.
    Own(Arc<OnceLock<Observer<'p>>>, &'t Observer<'p>),
}

impl<'p> Tuned<'p> {
    pub(super) fn new(pack: &'p Pack) -> Self {
        Self { pack, plain: Observer::new(pack), nothing: OnceLock::new(), formats: Mutex::default() }
    }

    /// The observer for anything.
    pub(super) fn plain(&self) -> &Observer<'p> {
        &self.plain
    }

    /// The observer for what is no log.
    pub(super) fn of_nothing(&self) -> Chosen<'_, 'p> {
        Chosen::Nothing(self.nothing.get_or_init(|| Observer::of_nothing(self.pack)))
    }

    /// The observer for a source of that format which begins with `sample`.
    pub(super) fn of(&self, format: &'static str, sample: &[u8]) -> Chosen<'_, 'p> {
        if sample.len() < LEAST_BYTES {
            return Chosen::Plain(&self.plain);
        }
        let cell = Arc::clone(self.formats.lock().unwrap_or_else(PoisonError::into_inner).entry(format).or_default());
        cell.get_or_init(|| Observer::tuned(self.pack, sample));
        Chosen::Own(cell, &self.plain)
    }
}

impl<'p> Chosen<'_, 'p> {
    pub(super) fn observer(&self) -> &Observer<'p> {
        match self {
            Self::Plain(observer) | Self::Nothing(observer) => observer,
            Self::Own(own, plain) => own.get().unwrap_or(plain),
        }
    }
}
