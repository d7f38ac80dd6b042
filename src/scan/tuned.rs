//! Tuned: the search for hints, fit to what each format's logs look like.
//!
//! In: the beginnings of sources. Out: an [`Observer`] for each format. Must not know: records. What is found does not depend on any of this,
//! only how fast.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::chunk::SAMPLE_BYTES;
use crate::observe::Observer;
use crate::pattern::Pack;

/// A beginning that is shorter is of a source not worth the effort by itself.
const LEAST_BYTES: usize = SAMPLE_BYTES / 2;
/// Bytes of such beginnings, of one format, that are worth it together; of each as much is taken as lets several speak.
const SMALL_ONES: (usize, usize) = (SAMPLE_BYTES, SAMPLE_BYTES / 8);

/// Observers of one pack.
#[derive(Debug)]
pub(super) struct Tuned<'p> {
    pack: &'p Pack,
    plain: Observer<'p>,
    nothing: OnceLock<Observer<'p>>,
    formats: Mutex<BTreeMap<&'static str, Arc<Own<'p>>>>,
}

/// What is known of a format's logs.
#[derive(Debug, Default)]
pub(super) struct Own<'p> {
    /// The first large source of a format speaks for all.
    large: OnceLock<Observer<'p>>,
    /// Until there is one, many small ones do.
    small: OnceLock<Observer<'p>>,
    beginnings: Mutex<Vec<u8>>,
}

impl<'p> Own<'p> {
    fn observer(&self) -> Option<&Observer<'p>> {
        self.large.get().or_else(|| self.small.get())
    }

    /// Takes the beginning of a small source, and tunes to those of many as soon as there are enough.
    fn hear(&self, pack: &'p Pack, sample: &[u8]) {
        let (enough, each) = SMALL_ONES;
        if self.observer().is_some() {
            return;
        }
        let gathered = {
            let mut beginnings = self.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
            beginnings.extend_from_slice(sample.get(..each).unwrap_or(sample));
            if beginnings.len() < enough {
                return;
            }
            std::mem::take(&mut *beginnings)
        };
        self.small.get_or_init(|| Observer::tuned(pack, &gathered));
    }
}

/// One of them.
#[derive(Debug)]
pub(super) enum Chosen<'t, 'p> {
    /// For what is no log.
    Nothing(&'t Observer<'p>),
    /// For a format, and what serves until something is known of it.
    Own(Arc<Own<'p>>, &'t Observer<'p>),
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
        let own = Arc::clone(self.formats.lock().unwrap_or_else(PoisonError::into_inner).entry(format).or_default());
        if sample.len() < LEAST_BYTES {
            own.hear(self.pack, sample);
        } else {
            own.large.get_or_init(|| Observer::tuned(self.pack, sample));
        }
        Chosen::Own(own, &self.plain)
    }
}

impl<'p> Chosen<'_, 'p> {
    pub(super) fn observer(&self) -> &Observer<'p> {
        match self {
            Self::Nothing(observer) => observer,
            Self::Own(own, plain) => own.observer().unwrap_or(plain),
        }
    }
}
