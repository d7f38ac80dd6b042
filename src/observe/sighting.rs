//! Sightings: records that are signals, before the signals are made.
//!
//! In: a record and the wording that fits it. Out: what thinning must know of the signal, at a tenth of its size and without a copy of any text.
//! Must not know: how much is kept.
//!
//! Of a signal that a source repeats without end nineteen of twenty are only counted: those are never made.

use std::borrow::Cow;
use std::ops::Range;

use super::recognise::{Captures, Record};
use super::states::{Key, States};
use crate::decode::{Body, Format, Head};
use crate::name::Name;
use crate::pattern::compile::Recogniser;
use crate::signal::{Citation, PAIR, Signal, SignalId};

/// A record that is a signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    /// Which signal.
    pub id: SignalId,
    /// Line that is cited.
    pub line: u64,
    /// Byte offset of that line in the source, or of the record within a line of several.
    pub offset: u64,
    /// Further records like it that are counted in it.
    pub repeats: u32,
    /// Bytes that the signal would take, roughly.
    pub weight: usize,
    /// By what it is told from others of its kind.
    pub key: Key,
    /// Its entry in the piece.
    pub entry: usize,
    /// Which wording fits it.
    pub(super) wording: u32,
    /// Where in the piece's text the line stands that is cited.
    pub(super) at: usize,
    /// Its part of the entry, as a range of the entry's text, and that part's head, where the entry holds several records.
    pub(super) part: Option<Box<(Range<usize>, Head)>>,
}

impl Sighting {
    /// Whether and when its record says that it was written.
    pub fn head(&self, of_entry: Head) -> Head {
        self.part.as_ref().map_or(of_entry, |part| part.1)
    }
}

/// A record that is a signal, while it is at hand.
#[derive(Clone, Copy)]
pub struct Sighted<'s> {
    /// Which signal.
    pub id: SignalId,
    /// Its entry in the piece.
    pub entry: usize,
    /// Where its part of the entry's text begins, 0 where that is one record.
    pub part: usize,
    /// The format of its entry.
    pub format: &'static dyn Format,
    /// What it says.
    pub body: &'s Body<'s>,
    /// What it is about.
    pub entities: &'s [(Name, Cow<'s, str>)],
}

/// Takes what is sighted, see [`Observer::sight`](super::Observer::sight).
pub type Hear<'h> = dyn FnMut(&Sighted<'_>) + 'h;

/// What tells a signal from others of its kind, and the bytes it would take, roughly. `text` is the length of the line that it cites.
pub(super) fn traits(
    record: &Record<'_>,
    signal: &Recogniser,
    id: SignalId,
    captures: &Captures<'_>,
    states: &States,
    text: usize,
    hear: impl FnOnce(&[(Name, Cow<'_, str>)]),
) -> (Key, usize) {
    record.with_names(signal, captures, |attributes, entities| {
        hear(entities);
        let named: usize = entities.iter().map(|(kind, name)| PAIR + kind.len() + name.len()).sum();
        let said: usize = attributes.iter().map(|(name, value)| PAIR + name.len() + value.len()).sum();
        // A group of names repeats entities.
        let same = signal.same.len() * named;
        (states.key(id, entities), size_of::<Signal>() + text.min(Citation::MAX_TEXT) + named + said + same)
    })
}
