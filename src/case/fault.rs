//! Faults: why a case cannot be opened, written or asked, and what to do about it.
//!
//! In: errors of files and formats. Out: text for people. Must not know: exit codes.

use std::fmt;
use std::io;
use std::path::Path;

/// What went wrong with a case.
#[derive(Debug)]
pub struct Fault {
    what: String,
    hint: Option<String>,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Something could not be done with a file.
    pub(super) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        let fault = Self::new(format!("cannot {doing} `{path}`: {error}"));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                fault.hint("what was committed before is still there; make room and do it again")
            }
            io::ErrorKind::PermissionDenied => fault.hint("the case must be writable for `ingest` and `note`, readable for everything else"),
            _ => fault,
        }
    }

    /// What went wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(out, "\n  {hint}"))
    }
}

impl std::error::Error for Fault {}
