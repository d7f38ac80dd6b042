//! Problem: what could not be read, where, and why.
//!
//! In: the stages' trouble. Out: data for the report. Must not know: how it is shown.

/// Something that was not read as it should be. It never ends a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Physical line, from 1; 0 where no line is meant.
    pub line: u64,
    /// What, and what it cost.
    pub what: String,
}
