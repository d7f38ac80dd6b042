//! Applying a filter: findings are held back or changed, and put in order again.
//!
//! In: a filter, the day of the run, findings in the order of a report. Out: the findings that stay, and an account of what was done. Must not know:
//! files.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::file::{Does, Filter, Ready};
use crate::finding::{Finding, arrange};
use crate::time::human;

/// What a filter did to a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Filtered {
    /// The filter's file.
    pub path: String,
    /// Hex SHA-256 of its text.
    pub sha256: String,
    /// The day of the run, by which rules expire.
    pub day: NaiveDate,
    /// Findings that are not told, in the order they would have had.
    pub suppressed: Vec<Suppressed>,
    /// Every rule, in order of the file.
    pub rules: Vec<Used>,
}

/// A finding that is not told.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// What was found. Its id is empty: it has no place in the report.
    pub finding: Finding,
    /// Index of the rule in [`Filtered::rules`].
    pub rule: usize,
    /// The cause of the suppressed finding that explains this one, where the rule is about that one.
    pub consequence_of: Option<String>,
}

/// A rule and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Line of the file where it begins.
    pub line: usize,
    /// The causes it names, as written.
    pub cause: String,
    /// Why it is there.
    pub reason: String,
    /// Last day on which it holds.
    pub until: Option<NaiveDate>,
    /// The day has passed: it was ignored.
    pub expired: bool,
    /// How many findings it fits.
    pub fits: usize,
}

impl Filter {
    /// Applies the rules that hold on this day to findings that hold. What a suppressed finding explains is suppressed with it.
    ///
    /// # Order
    ///
    /// The findings are numbered and ordered anew, as [`arrange`] does.
    pub fn apply(&self, day: NaiveDate, findings: &mut Vec<Finding>) -> Filtered {
        let used = |rule: &Ready| Used {
            line: rule.line,
            cause: rule.written.clone(),
            reason: rule.reason.clone(),
            until: rule.until,
            expired: rule.until.is_some_and(|until| until < day),
            fits: 0,
        };
        let mut rules: Vec<Used> = self.rules.iter().map(used).collect();
        // By id of the finding: the rule that holds it back.
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for finding in findings.iter_mut().filter(|finding| finding.verdict.holds()) {
            let fitting: Vec<usize> = (0..rules.len()).filter(|at| !rules[*at].expired && self.rules[*at].fits(finding)).collect();
            for at in &fitting {
                rules[*at].fits += 1;
            }
            let hides = |at: &&usize| self.rules[**at].hides(finding);
            if let Some(at) = fitting.iter().find(hides) {
                held.insert(finding.id.clone(), *at);
                continue;
            }
            // Of several rules for one thing the first counts: it is applied last.
            for at in fitting.iter().rev() {
                self.rules[*at].change(finding, &self.path);
            }
        }
        let suppressed = hold_back(findings, &held);
        arrange(findings);
        Filtered { path: self.path.clone(), sha256: self.sha256.clone(), day, suppressed, rules }
    }
}

/// Takes out what is held back, and what that explains.
fn hold_back(findings: &mut Vec<Finding>, held: &BTreeMap<String, usize>) -> Vec<Suppressed> {
    let parents: BTreeMap<String, (Option<String>, String)> =
        findings.iter().map(|finding| (finding.id.clone(), (finding.explained_by.clone(), finding.cause.clone()))).collect();
    // The nearest of a finding and those above it that is held back.
    let verdict = |id: &str| {
        let mut at = id.to_owned();
        for _ in 0..=parents.len() {
            if let Some(rule) = held.get(&at) {
                let above = (at != id).then(|| parents.get(&at).map(|(_, cause)| cause.clone())).flatten();
                return Some((*rule, above));
            }
            at = parents.get(&at)?.0.clone()?;
        }
        None
    };
    let mut suppressed = Vec::new();
    let mut kept = Vec::with_capacity(findings.len());
    for mut finding in findings.drain(..) {
        match verdict(&finding.id) {
            Some((rule, consequence_of)) => {
                finding.id = String::new();
                finding.explained_by = None;
                suppressed.push(Suppressed { finding, rule, consequence_of });
            }
            None => kept.push(finding),
        }
    }
    *findings = kept;
    suppressed
}

impl Ready {
    /// Whether the rule is about this finding.
    fn fits(&self, finding: &Finding) -> bool {
        self.cause.is_match(&finding.cause)
            && self
                .entity
                .iter()
                .all(|(kind, glob)| finding.entities.get(kind).is_some_and(|names| !names.is_empty() && names.iter().all(|name| glob.is_match(name))))
    }

    /// Whether it holds this finding back.
    fn hides(&self, finding: &Finding) -> bool {
        match &self.does {
            Does::Suppress => true,
            Does::Threshold { step, gte } => finding.steps.iter().find(|known| known.name == *step).is_none_or(|known| known.count < *gte),
            Does::Severity(_) | Does::Timer { .. } => false,
        }
    }

    /// Changes the finding as the rule says, and notes it.
    fn change(&self, finding: &mut Finding, path: &str) {
        let place = format!("{path}:{}", self.line);
        match &self.does {
            Does::Severity(level) if *level != finding.severity => {
                finding.notes.push(format!("severity {} here instead of {}: {} ({place})", level.name(), finding.severity.name(), self.reason));
                finding.severity = *level;
            }
            Does::Timer { name, value_ns } => {
                let timers = finding.steps.iter_mut().filter_map(|step| step.timer.as_mut()).filter(|timer| timer.name == *name && !timer.stated);
                let mut told = false;
                for timer in timers {
                    timer.expect(*value_ns, place.clone());
                    told = true;
                }
                if told {
                    finding.notes.push(format!("timer {name} is {} here: {} ({place})", human(*value_ns), self.reason));
                }
            }
            Does::Severity(_) | Does::Suppress | Does::Threshold { .. } => {}
        }
    }
}
