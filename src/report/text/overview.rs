//! Overview: what to read where there are many findings.
//!
//! In: findings on top, in the report's order. Out: a row for each cause, which findings are told in full, and which in a line. Must not know: how a
//! finding is told in full, terminals.

use std::collections::{BTreeMap, BTreeSet};

use super::super::timeline;
use crate::finding::{Finding, Verdict};
use crate::pattern::ast::Level;
use crate::time::Stamp;

/// So many findings are all told in full, one after the other.
const FEW: usize = 5;
/// Findings of one cause that are told in full where there are more: the first ones, and the latest that is as sure.
const FIRST: usize = 2;
/// Findings of one cause that are told in a line: the earliest and the latest of what is left.
const EARLIEST: usize = 6;
const LATEST: usize = 6;

/// Findings of one cause.
pub(super) struct Row<'r> {
    pub(super) cause: &'r str,
    /// The severest.
    pub(super) severity: Level,
    /// In the report's order.
    pub(super) findings: Vec<&'r Finding>,
    /// Not told in full, in order of time.
    rest: Vec<&'r Finding>,
}

/// What is told, and how.
pub(super) struct Overview<'r> {
    /// By cause, in the order of the first finding of each. Empty where all findings can be read.
    pub(super) rows: Vec<Row<'r>>,
    /// Told in full.
    pub(super) full: Vec<&'r Finding>,
}

impl<'r> Overview<'r> {
    /// `every`: all findings are told in full.
    pub(super) fn new(top: &[&'r Finding], every: bool) -> Self {
        if top.len() <= FEW {
            return Self { rows: Vec::new(), full: top.to_vec() };
        }
        let mut rows: Vec<Row<'r>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in top {
            let place = *places.entry(&finding.cause).or_insert_with(|| {
                rows.push(Row { cause: &finding.cause, severity: finding.severity, findings: Vec::new(), rest: Vec::new() });
                rows.len() - 1
            });
            let Some(row) = rows.get_mut(place) else { continue };
            row.severity = row.severity.max(finding.severity);
            row.findings.push(finding);
        }
        if every {
            return Self { rows, full: top.to_vec() };
        }
        let mut left_out: BTreeSet<&str> = BTreeSet::new();
        for row in &mut rows {
            row.leave_out();
            left_out.extend(row.rest.iter().map(|finding| finding.id.as_str()));
        }
        let full = top.iter().filter(|finding| !left_out.contains(finding.id.as_str())).copied().collect();
        Self { rows, full }
    }
}

impl<'r> Row<'r> {
    /// Decides which are told in a line only.
    fn leave_out(&mut self) {
        let (first, further) = self.findings.split_at(FIRST.min(self.findings.len()));
        let start = |finding: &Finding| finding.start.map(|stamp| stamp.ns);
        let as_sure = |finding: &&&Finding| first.first().is_none_or(|first| first.verdict == finding.verdict);
        let latest = further.iter().filter(as_sure).max_by_key(|finding| start(finding)).or(further.first()).map(|finding| &finding.id);
        self.rest = further.iter().filter(|finding| Some(&finding.id) != latest).copied().collect();
        self.rest.sort_by_key(|finding| start(finding));
    }

    /// The earliest and the latest of those that are told in a line, and how many there are between them.
    pub(super) fn rest(&self) -> (&[&'r Finding], usize, &[&'r Finding]) {
        if self.rest.len() <= EARLIEST + LATEST {
            return (&self.rest, 0, &[]);
        }
        let (earliest, further) = self.rest.split_at(EARLIEST);
        let (between, latest) = further.split_at(further.len() - LATEST);
        (earliest, between.len(), latest)
    }

    /// How sure they are.
    pub(super) fn sure(&self) -> String {
        let confirmed = self.findings.iter().filter(|finding| finding.verdict == Verdict::Confirmed).count();
        match self.findings.len() - confirmed {
            0 => Verdict::Confirmed.name().to_owned(),
            _ if confirmed == 0 => Verdict::Possible.name().to_owned(),
            some => format!("{confirmed} {}, {some} {}", Verdict::Confirmed.name(), Verdict::Possible.name()),
        }
    }

    /// From the first to the last of them.
    pub(super) fn reach(&self) -> Option<String> {
        let moments = |of: fn(&Finding) -> Option<Stamp>| self.findings.iter().filter_map(move |finding| of(finding));
        let first = moments(|finding| finding.start).min_by_key(|stamp| stamp.ns);
        let last = moments(|finding| finding.end.or(finding.start)).max_by_key(|stamp| stamp.ns);
        timeline::reach(first, last)
    }
}
