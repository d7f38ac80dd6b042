//! Reports: an outcome becomes bytes for people or programs.
//!
//! In: a [`Report`] and a writer. Out: JSON, JSON lines or text. Must not know: how anything was found, terminals beyond whether colour is wanted.

pub mod entries;
pub mod escape;
pub mod json;
pub mod jsonl;
pub mod sources;
mod table;
pub mod text;
pub mod ties;
mod timeline;

use crate::filter::{Filter, Filtered};
use crate::finding::Finding;
use crate::scan::Outcome;

/// Said where a scan was stopped.
pub(crate) const INCOMPLETE: &str = "stopped on request: what was not read by then is missing, and with it perhaps the cause";

/// An outcome and what a report says around it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was found.
    pub outcome: Outcome,
    /// Hex SHA-256 of the patterns in force.
    pub patterns: String,
    /// Wall time of the scan.
    pub seconds: f64,
    /// What a filter did to the findings, where one was given.
    pub filtered: Option<Filtered>,
}

impl Report {
    /// Keeps findings that touch `[since, until]` (nanoseconds since the epoch), with all that is folded under them or that they are folded under. What
    /// has no time stays.
    pub fn within(&mut self, since: Option<i64>, until: Option<i64>) {
        let findings = &mut self.outcome.findings;
        let touches = |finding: &Finding| {
            let (Some(start), end) = (finding.start.or(finding.end), finding.end.or(finding.start)) else { return true };
            let end = end.unwrap_or(start);
            since.is_none_or(|since| end.latest() >= since) && until.is_none_or(|until| start.earliest() <= until)
        };
        let roots: Vec<String> = findings.iter().map(|finding| root(findings, finding).id.clone()).collect();
        let kept: Vec<&String> = findings.iter().zip(&roots).filter(|(finding, _)| touches(finding)).map(|(_, root)| root).collect();
        let keep: Vec<bool> = roots.iter().map(|root| kept.contains(&root)).collect();
        let mut keep = keep.into_iter();
        findings.retain(|_| keep.next().unwrap_or(true));
    }

    /// What of the input could not be read, and that it could change what was found.
    pub fn caveat(&self) -> Option<String> {
        let sources = &self.outcome.sources;
        let unread = sources.iter().filter(|source| source.is_unread()).count() as u64;
        let damaged = sources.iter().filter(|source| source.is_damaged()).count() as u64;
        let told = match (unread, damaged) {
            (0, 0) => return None,
            (_, 0) => format!("{} could not be read", text::count(unread, "source")),
            (0, _) => format!("{} could be read in part only", text::count(damaged, "source")),
            _ => format!("{} could not be read, {damaged} in part only", text::count(unread, "source")),
        };
        Some(format!("{told}: what is missing could change this."))
    }

    /// Applies a filter with the rules that hold on this day.
    pub fn filter(&mut self, filter: &Filter, day: chrono::NaiveDate) {
        self.filtered = Some(filter.apply(day, &mut self.outcome.findings));
    }

    /// Findings on top that hold.
    pub fn top(&self) -> impl Iterator<Item = &Finding> {
        self.outcome.findings.iter().filter(|finding| finding.explained_by.is_none() && finding.verdict.holds())
    }

    /// Findings folded right under this one that hold.
    pub fn folded<'a>(&'a self, under: &'a Finding) -> impl Iterator<Item = &'a Finding> {
        self.outcome.findings.iter().filter(|finding| finding.explained_by.as_ref() == Some(&under.id) && finding.verdict.holds())
    }
}

/// The finding on top of the chain that explains this one.
fn root<'a>(findings: &'a [Finding], finding: &'a Finding) -> &'a Finding {
    let mut top = finding;
    // As many steps as there are findings: a circle cannot hold the report up.
    for _ in 0..findings.len() {
        match top.explained_by.as_ref().and_then(|id| findings.iter().find(|other| other.id == *id)) {
            Some(above) => top = above,
            None => break,
        }
    }
    top
}

#[cfg(test)]
pub(crate) mod tests;
