//! Decode: bytes of a source become entries.
//!
//! In: pieces of a source that begin and end at line ends. Out: [`Piece`]: entries in order of offset, with the text they stand in,
//! and the problems met. Must not know: files, threads, patterns, the wall clock.
//!
//! Three layers, each a registry: [`wrapper`] takes envelopes off physical lines (CRI, docker, journald, syslog, …), [`format`]
//! recognises and reads the records inside, [`frame`] puts lines together into entries. Decoding cannot fail: a line that fits nothing is
//! a `text` entry of its own.

pub(crate) mod exported;
mod folded;
pub mod format;
pub mod frame;
pub mod json;
pub mod pairs;
pub mod quoted;
pub mod stamp;
pub mod wrapper;

use std::borrow::Cow;
use std::fmt;

use crate::component::Component;
use crate::severity::Severity;
use crate::time::RawTime;

pub use format::{FORMATS, by_name, recognise};
pub use frame::{Framed, Framer, Piece};
pub use wrapper::{Envelope, WRAPPERS, Wrapper};

/// Bytes as text, invalid UTF-8 replaced. Nearly all text is valid, and to find that out is much cheaper than to look for what is not.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// What the first line of an entry tells at little cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The record's own stamp, if it has one.
    pub time: Option<RawTime>,
    /// The record's own severity, if it states one.
    pub severity: Option<Severity>,
}

/// A record of a source: one line, or several that belong together.
///
/// # Units
///
/// `line` counts physical lines of the source from 1, `offset` bytes of the decompressed source from 0.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Who reads this entry.
    pub format: &'static dyn Format,
    /// What its first line told.
    pub head: Head,
    /// What the format kept from earlier lines of the source (a table's header line); see [`Format::open`].
    pub context: Option<&'a [u8]>,
    /// The record without its envelopes, lines separated by `\n`, no final line end.
    pub text: &'a [u8],
    /// First physical line.
    pub line: u64,
    /// Byte offset of that line.
    pub offset: u64,
    /// What the envelope around the first line said.
    pub envelope: Option<&'a Envelope>,
}

/// An entry, read in full. Made only for entries that somebody asks about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body<'a> {
    /// The message without stamp, severity and other header parts; unquoted where the format quotes it.
    pub message: Cow<'a, str>,
    /// Error code as patterns write it (`MY-013183`), if the format has codes.
    pub code: Option<Cow<'a, str>>,
    /// Fields by name: klog's `key="value"` pairs, JSON members (nested ones joined with dots), an Event's parts.
    /// A name may occur twice; the first counts.
    pub fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Who speaks, where the record itself tells (klog by its call site).
    pub component: Option<Component>,
}

impl<'a> Body<'a> {
    /// A body that is only a message.
    pub fn message(message: impl Into<Cow<'a, str>>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        // Most names differ in length or in their first byte.
        let is_it = |key: &str| key.len() == name.len() && key.as_bytes().first() == name.as_bytes().first() && key == name;
        self.fields.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.as_ref())
    }

    /// Adds a field.
    pub fn push(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.fields.push((name.into(), value.into()));
    }
}

/// A line that opens an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// What the line tells.
    pub head: Head,
    /// Bytes to hand to every later [`Entry`] of this run of lines: a table hands its header line to its rows.
    pub context: Option<Vec<u8>>,
}

impl Opening {
    /// An opening that keeps nothing for later entries.
    pub fn new(time: Option<RawTime>, severity: Option<Severity>) -> Self {
        Self { head: Head { time, severity }, context: None }
    }
}

/// What becomes of the line after an entry's last one.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// It belongs to the entry, whatever it looks like.
    Join,
    /// It belongs to the entry unless some format opens an entry with it.
    JoinUnlessOpened,
    /// It opens another entry of the same format. The context stays unless the opening brings one.
    Entry(Opening),
    /// It does not belong here.
    End,
}

/// A way of writing log records.
///
/// Implementations are unit structs listed in [`FORMATS`]. They hold no state, do no I/O and never panic, whatever the bytes.
pub trait Format: fmt::Debug + Send + Sync {
    /// Stable name in kebab case, as reports print it.
    fn name(&self) -> &'static str;

    /// One line for a list.
    fn title(&self) -> &'static str;

    /// What writes this format, how it is dated, what it leaves out.
    fn about(&self) -> &'static str;

    /// Where the format is defined: a specification, or a file of the writer's source with its versions.
    fn defined_in(&self) -> &'static [&'static str];

    /// Texts this format must read as exactly one entry each, and the message each must come out with. Never empty.
    fn samples(&self) -> &'static [(&'static str, &'static str)];

    /// Whether an entry of this format begins with `line` (no line end, envelopes taken off). Must be cheap and must be sure: a line
    /// that two formats open belongs to the one earlier in [`FORMATS`].
    fn open(&self, line: &[u8]) -> Option<Opening>;

    /// What becomes of `line`, which follows the open entry `entry` of this format (all its lines so far).
    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let _ = (entry, context, line);
        Next::JoinUnlessOpened
    }

    /// Whether a piece of a large source may be cut before a line that this format opens: nothing that came before matters to it.
    fn restartable(&self) -> bool {
        true
    }

    /// Whether an entry's stamp stands in a later line than its first (an Event in JSON): then [`parts`](Format::parts) dates it.
    fn dated_by_parts(&self) -> bool {
        false
    }

    /// The entry in full.
    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a>;

    /// Who says the entry and at which verbosity, as far as the entry itself tells: formats that tell by less than the whole entry read less.
    fn speaker(&self, entry: &Entry<'_>) -> (Option<Component>, Option<u8>) {
        let body = self.body(entry);
        (body.component, body.field("v").and_then(|value| value.parse().ok()))
    }

    /// Several records inside one entry (a list printed on one line), as byte ranges of its text with their heads. Empty: just one.
    fn parts(&self, entry: &Entry<'_>) -> Vec<(std::ops::Range<usize>, Head)> {
        let _ = entry;
        Vec::new()
    }
}
