//! Stand-ins for the pattern pack and the observer until they are there: one place, so that they are swapped in minutes.

use std::fmt;
use std::path::Path;

use crate::decode::Piece;
use crate::pattern::ast;
use crate::signal::{Signal, SourceId};
use crate::source::Whereabouts;

/// A checked, compiled library of patterns.
#[derive(Debug, Default)]
pub struct Pack;

/// A signal, ready to be looked for.
#[derive(Debug)]
pub struct Recogniser {
    /// The definition it was made from.
    pub definition: ast::Signal,
}

/// Something wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic(String);

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Patterns that cannot be used, and why.
#[derive(Debug)]
pub struct Rejected(pub Vec<Diagnostic>);

impl fmt::Display for Rejected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|diagnostic| writeln!(out, "{diagnostic}"))
    }
}

impl Pack {
    /// The patterns in the binary and those of directories, and warnings about the latter.
    pub fn load(_folders: &[&Path]) -> Result<(Self, Vec<Diagnostic>), Rejected> {
        Ok((Self, Vec::new()))
    }

    /// Hex SHA-256 of all pattern files.
    pub fn sha256(&self) -> &'static str {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    }

    /// Causes, sorted by id.
    pub fn causes(&self) -> &[ast::Cause] {
        &[]
    }

    /// Signals, in the order of their ids.
    pub fn signals(&self) -> &[Recogniser] {
        &[]
    }

    /// Spans.
    pub fn spans(&self) -> &[ast::Span] {
        &[]
    }
}

/// What a check of pattern files says.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Errors and warnings, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Files looked at.
    pub files: usize,
    /// Signals in force.
    pub signals: usize,
    /// Spans in force.
    pub spans: usize,
    /// Causes in force.
    pub causes: usize,
}

impl Report {
    /// Number of errors.
    pub fn errors(&self) -> usize {
        0
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }
}

/// Checks the patterns in the binary and those of directories in full.
pub fn check(_folders: &[&Path]) -> Report {
    Report::default()
}

/// Runs every signal's examples and near misses. Out: how many there were, and those that fail.
pub fn prove(_pack: &Pack) -> (usize, Vec<String>) {
    (0, Vec::new())
}

/// Finds the signals of one piece.
pub fn observe(_pack: &Pack, _piece: &Piece<'_>, _physical: &[u8], _at: &Whereabouts, _source: SourceId, _path: &str, _signals: &mut Vec<Signal>) {}

/// Bounds on signals that a source repeats without end.
pub mod noise {
    use crate::signal::{Signal, SignalId};

    /// A signal of which not all were kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Noise {
        /// The signal.
        pub signal: SignalId,
        /// How often the source has it.
        pub seen: u64,
        /// How many of these were left out.
        pub left_out: u64,
        /// Line of the first one left out.
        pub from_line: u64,
    }

    /// Keeps what one source says within bounds.
    #[derive(Debug, Default)]
    pub struct Damper;

    impl Damper {
        /// Takes the next signals of the source.
        pub fn take(&mut self, signals: impl IntoIterator<Item = Signal>, out: &mut Vec<Signal>) {
            out.extend(signals);
        }

        /// Appends the last signals and says what was left out.
        pub fn finish(self, out: &mut Vec<Signal>) -> Vec<Noise> {
            out.sort_by_key(|signal| (signal.citation.offset, signal.id));
            Vec::new()
        }
    }
}
