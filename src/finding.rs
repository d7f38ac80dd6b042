//! Finding: a named root cause with its proof.
//!
//! In: what correlation concluded. Out: data for reports. Must not know: how it is shown.

use std::collections::BTreeMap;

use crate::pattern::ast::Level;
use crate::signal::Citation;
use crate::time::Stamp;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All required steps proven, order and overlap certain, rivals looked for.
    Confirmed,
    /// It fits only within the doubt, or a supporting proof is missing.
    Possible,
    /// A required source is missing or does not cover the window.
    NotAssessable,
    /// Decisive counter-evidence.
    Refuted,
}

impl Verdict {
    /// Name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Possible => "possible",
            Self::NotAssessable => "not-assessable",
            Self::Refuted => "refuted",
        }
    }

    /// Whether the finding is told as something that happened.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Confirmed | Self::Possible)
    }
}

/// What a step did for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepRole {
    /// Part of the chain.
    Step,
    /// Adds to it.
    Support,
    /// Speaks against it.
    Against,
}

impl StepRole {
    /// Name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Support => "support",
            Self::Against => "against",
        }
    }
}

/// A line that proves something.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The line. Of a source that was read from several files, the line of the file.
    pub citation: Citation,
    /// The file, where its path is not the source's.
    pub path: Option<String>,
    /// When.
    pub time: Option<Stamp>,
}

/// A delay against the timer in force.
#[derive(Clone, Debug, PartialEq)]
pub struct TimerCheck {
    /// The timer's name.
    pub name: String,
    /// The value in force, nanoseconds.
    pub expected_ns: i64,
    /// The delay seen, nanoseconds.
    pub observed_ns: i64,
    /// Where the expected value is from: `FLAG line`, `stated in the record`, `default for kubernetes 1.36`.
    pub basis: String,
    /// Whether both agree within the tolerance.
    pub agrees: bool,
}

/// One proven link of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Name in the pattern.
    pub name: String,
    /// What it did for the verdict.
    pub role: StepRole,
    /// Beginning.
    pub start: Option<Stamp>,
    /// End, for intervals.
    pub end: Option<Stamp>,
    /// One sentence.
    pub summary: String,
    /// A delay check.
    pub timer: Option<TimerCheck>,
    /// The lines; never empty for a step that was found, except for proven absence.
    pub evidence: Vec<Evidence>,
}

/// A named root cause with its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `f1`, `f2`, … in order of the report.
    pub id: String,
    /// Id of the cause.
    pub cause: String,
    /// What happened, in one line.
    pub title: String,
    /// How bad.
    pub severity: Level,
    /// How sure.
    pub verdict: Verdict,
    /// Id of the finding that explains this one.
    pub explained_by: Option<String>,
    /// Beginning.
    pub start: Option<Stamp>,
    /// End.
    pub end: Option<Stamp>,
    /// Names by kind, sorted.
    pub entities: BTreeMap<String, Vec<String>>,
    /// Parameters.
    pub params: BTreeMap<String, String>,
    /// The story.
    pub steps: Vec<Step>,
    /// What would settle what.
    pub missing: Vec<String>,
    /// What to do.
    pub remedies: Vec<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// Bounds that were hit, and anything else the reader must know.
    pub notes: Vec<String>,
}
