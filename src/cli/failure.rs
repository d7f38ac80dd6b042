//! Failures: what ends a command, told to people: what, where, why, what next.
//!
//! In: errors of the stages. Out: text. Must not know: exit codes beyond that there is one.

use std::fmt;
use std::io;

use crate::case::Fault;
use crate::report::escape::escaped;

/// Why a command could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The report could not be written.
    Write(io::Error),
    /// Something else, and what to do about it.
    Other { what: String, hint: Option<String> },
}

impl Failure {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self::Other { what: what.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Other { what, .. } => Self::Other { what, hint: Some(hint.into()) },
            write @ Self::Write(_) => write,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let lines = |text: &str| text.split('\n').map(escaped).collect::<Vec<_>>().join("\n");
        Self::Other { what: lines(fault.what()), hint: fault.advice().map(lines) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => write!(out, "the report could not be written: {error}"),
            Self::Other { what, hint: None } => out.write_str(what),
            Self::Other { what, hint: Some(hint) } => write!(out, "{what}\n  {hint}"),
        }
    }
}
