//! Signal: an entry that a pattern recognised, with what it says.
//!
//! In: matches. Out: data for spans, causes and reports. Must not know: how matching works.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::component::Component;
use crate::name::Name;
use crate::severity::Severity;
use crate::time::{RawTime, Stamp};

/// Index of a signal's definition in the pack.
pub type SignalId = u16;

/// What a pair of texts costs beside its letters, bytes.
pub(crate) const PAIR: usize = 2 * (size_of::<Box<str>>() + 16);

/// Index of a source in the run.
pub type SourceId = u32;

/// A cited line: source, line, offset and the raw text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The source.
    pub source: SourceId,
    /// Physical line, from 1.
    pub line: u64,
    /// Byte offset of the line in the decompressed source; of a line of several records, of the one that is meant.
    pub offset: u64,
    /// The line, or the record in it, as it stands there, cut at [`Citation::MAX_TEXT`] bytes, invalid UTF-8 replaced.
    pub text: Box<str>,
}

impl Citation {
    /// Longest text kept of a cited line, bytes.
    pub const MAX_TEXT: usize = 4096;
}

/// One thing that one record says.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Which signal, as index into the pack.
    pub id: SignalId,
    /// The line that says it.
    pub citation: Citation,
    /// The line before, and when, where the signal is what lies between two records.
    pub before: Option<Box<(Citation, Option<Stamp>)>>,
    /// When, as written; `None`: the record has no time of its own.
    pub raw_time: Option<RawTime>,
    /// The envelope's stamp, if the record stands in one.
    pub outer_time: Option<RawTime>,
    /// When, in UTC. Set once the source's clock is known.
    pub stamp: Option<Stamp>,
    /// The interval it speaks of reaches back this far, nanoseconds.
    pub lasted_ns: i64,
    /// The record's severity.
    pub severity: Option<Severity>,
    /// Who said it.
    pub component: Option<Component>,
    /// Attributes: captures and [`set`](crate::pattern::ast::Signal::set), by name.
    pub attributes: Vec<(Name, Box<str>)>,
    /// Entities: kind and name, in the order of the definition. A kind may occur several times.
    pub entities: Vec<(Name, Box<str>)>,
    /// Names of one thing, as `(kind, name)` groups.
    pub same: Vec<Vec<(Name, Box<str>)>>,
    /// Product and version it states.
    pub version: Option<(Box<str>, Box<str>)>,
    /// Setting and value it states.
    pub setting: Option<(Box<str>, Box<str>)>,
    /// Further records like it, about the same things, that were counted and not kept.
    pub repeats: u32,
    /// What [`said`] makes of the record, envelopes aside; 0 where no record says it.
    pub said: u32,
    /// Whose clock it bears, where the record says so.
    pub told: Option<Box<Told>>,
}

/// Whose clock an Event bears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The machine of whoever reported it.
    pub host: Option<Box<str>>,
    /// When it was first seen, by that machine.
    pub first: Option<RawTime>,
    /// When the API server took it in.
    pub created: Option<RawTime>,
}

/// A number that records tell themselves apart by, and that whatever stood around their lines does not change. All of a record counts: those of a printed
/// list begin alike.
pub fn said(record: &[u8]) -> u32 {
    // Zero is what says nothing.
    (FixedState::default().hash_one(record.trim_ascii_end()) as u32).max(1)
}

impl Signal {
    /// A signal about one pod, without a time, as tests need it.
    #[cfg(test)]
    pub(crate) fn about(pod: &str, id: SignalId, citation: Citation) -> Self {
        Self {
            id,
            citation,
            before: None,
            raw_time: None,
            outer_time: None,
            stamp: None,
            lasted_ns: 0,
            severity: None,
            component: None,
            attributes: Vec::new(),
            entities: vec![("pod", pod.into())],
            same: Vec::new(),
            version: None,
            setting: None,
            repeats: 0,
            said: 0,
            told: None,
        }
    }

    /// The first attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }

    /// Roughly the memory it takes, bytes.
    pub fn weight(&self) -> usize {
        let pairs = |list: &[(Name, Box<str>)]| list.iter().map(|(name, value)| PAIR + name.len() + value.len()).sum::<usize>();
        let same: usize = self.same.iter().map(|group| size_of_val(group) + pairs(group)).sum();
        let told = self.told.as_ref().map_or(0, |told| size_of::<Told>() + told.host.as_ref().map_or(0, |host| host.len()));
        size_of::<Self>() + told + self.citation.text.len() + pairs(&self.attributes) + pairs(&self.entities) + same
    }

    /// The first entity of that kind.
    pub fn entity(&self, kind: &str) -> Option<&str> {
        self.entities.iter().find(|(key, _)| *key == kind).map(|(_, value)| &**value)
    }
}
