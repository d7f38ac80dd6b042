//! Finding: a named root cause with its proof.
//!
//! In: what correlation concluded. Out: data for reports, in their order. Must not know: how it is shown.

use std::cmp::Reverse;
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
    /// How much earlier and later than expected still agrees, nanoseconds.
    pub tolerance_ns: (i64, i64),
    /// The expected value was read from a log.
    pub stated: bool,
}

impl TimerCheck {
    /// Checks against another value.
    pub fn expect(&mut self, value_ns: i64, basis: String) {
        self.expected_ns = value_ns;
        self.basis = basis;
        let late = self.observed_ns.saturating_sub(value_ns);
        let (early, late_by) = self.tolerance_ns;
        self.agrees = late >= early.saturating_neg() && late <= late_by;
    }
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
    /// How many times it was found; 0 for an absence.
    pub count: u64,
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

/// Puts findings in the order of a report and numbers them anew: those that hold first; of these the top-level ones by severity, verdict, time, then
/// those folded under them, by whom they are folded under; last what does not hold.
///
/// # Order
///
/// By values alone, so that equal findings come out equal; of two that are alike in all of them the one that came first stays first.
pub fn arrange(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let at: BTreeMap<&str, usize> = findings.iter().enumerate().map(|(at, finding)| (finding.id.as_str(), at)).collect();
    let above: Vec<Option<usize>> = findings.iter().map(|finding| at.get(finding.explained_by.as_deref()?).copied()).collect();
    let top = |mut from: usize| {
        // As many steps as there are findings: a circle cannot hold it up.
        for _ in 0..above.len() {
            match above.get(from).copied().flatten() {
                Some(next) => from = next,
                None => break,
            }
        }
        from
    };
    let mut indexes: Vec<usize> = (0..findings.len()).collect();
    indexes.sort_by_key(|at| (!findings[*at].verdict.holds(), above[*at].is_some(), top(*at), *at));
    let ids: BTreeMap<usize, String> = indexes.iter().enumerate().map(|(number, at)| (*at, format!("f{}", number + 1))).collect();
    let mut arranged: Vec<Finding> = Vec::with_capacity(findings.len());
    for at in indexes {
        let mut finding = findings[at].clone();
        finding.id = ids.get(&at).cloned().unwrap_or_default();
        finding.explained_by = above[at].and_then(|above| ids.get(&above).cloned());
        arranged.push(finding);
    }
    *findings = arranged;
}

/// What a report sorts by: severity, verdict, time; where a log's stamps do not tell, the order of its lines; then names.
pub(crate) fn rank(finding: &Finding) -> impl Ord + '_ {
    let start = finding.start.map_or(i64::MAX, |stamp| stamp.ns);
    let lines = finding.steps.iter().flat_map(|step| &step.evidence).map(|line| (line.citation.source, line.citation.offset));
    (Reverse(finding.verdict.holds()), Reverse(finding.severity), finding.verdict, start, lines.min(), finding.cause.as_str(), &finding.entities)
}
