//! Wrappers: what other programs put around a record's lines (container runtimes, journald, syslog, log shippers, people's tools).
//!
//! In: a physical line. Out: the line inside, and what the envelope said. Must not know: the formats inside, except that a wrapper whose
//! shape is ambiguous may ask whether the rest opens an entry.

use std::borrow::Cow;
use std::fmt;

use crate::time::RawTime;

/// What the envelope around a line says about it. Nested envelopes are merged, the inner one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The envelope's stamp.
    pub time: Option<RawTime>,
    /// Host name (syslog, journald, merged node logs).
    pub host: Option<Box<str>>,
    /// Program or unit name (`kubelet`), or a container name.
    pub program: Option<Box<str>>,
    /// Process id of the program.
    pub pid: Option<u32>,
    /// Pod as `namespace/name` where the envelope names it.
    pub pod: Option<Box<str>>,
}

impl Envelope {
    /// Whether two lines may be parts of one record: the same host, program and process.
    pub fn same_speaker(&self, other: &Self) -> bool {
        self.host == other.host && self.program == other.program && self.pid == other.pid && self.pod == other.pod
    }

    /// Fills what this (inner) envelope leaves open from the one around it.
    #[must_use]
    pub fn within(self, outer: Self) -> Self {
        Self {
            time: self.time.or(outer.time),
            host: self.host.or(outer.host),
            program: self.program.or(outer.program),
            pid: self.pid.or(outer.pid),
            pod: self.pod.or(outer.pod),
        }
    }
}

/// A line taken out of its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapped<'a> {
    /// The line inside, without a final line end. It may hold `\n` where one envelope carried several lines.
    pub text: Cow<'a, [u8]>,
    /// What the envelope said.
    pub envelope: Envelope,
    /// The envelope says that the line goes on in the next one of the same stream (CRI's `P`, docker's missing line end).
    pub partial: bool,
}

/// A kind of envelope.
///
/// Implementations are unit structs listed in [`WRAPPERS`]. They hold no state and never panic.
pub trait Wrapper: fmt::Debug + Send + Sync {
    /// Stable name in kebab case.
    fn name(&self) -> &'static str;

    /// What puts this envelope around lines, and where that is defined.
    fn about(&self) -> &'static str;

    /// Lines that must be unwrapped, and the text inside each. Never empty.
    fn samples(&self) -> &'static [(&'static str, &'static str)];

    /// Takes the envelope off `line`, or `None` if it has none of this kind.
    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>>;
}

/// Every wrapper, most specific first.
pub static WRAPPERS: &[&dyn Wrapper] = &[];
