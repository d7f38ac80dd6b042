//! What a filter did, as the report tells it.
//!
//! In: what was filtered. Out: what is written. Must not know: files, bytes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{level, time};
use crate::filter::{Filtered, Suppressed};

/// What a filter did.
#[derive(Serialize)]
pub(super) struct FilterOut<'a> {
    path: &'a str,
    sha256: &'a str,
    day: String,
    suppressed: Vec<SuppressedOut<'a>>,
    rules: Vec<RuleOut<'a>>,
}

#[derive(Serialize)]
struct SuppressedOut<'a> {
    cause: &'a str,
    title: &'a str,
    severity: &'static str,
    verdict: &'static str,
    start: Option<String>,
    end: Option<String>,
    entities: &'a BTreeMap<String, Vec<String>>,
    reason: &'a str,
    rule: usize,
    consequence_of: Option<&'a str>,
}

#[derive(Serialize)]
struct RuleOut<'a> {
    line: usize,
    cause: &'a str,
    reason: &'a str,
    until: Option<String>,
    expired: bool,
    fits: usize,
}

impl<'a> FilterOut<'a> {
    pub(super) fn of(filtered: &'a Filtered) -> Self {
        let suppressed = filtered.suppressed.iter().map(|Suppressed { finding, rule, consequence_of }| SuppressedOut {
            cause: &finding.cause,
            title: &finding.title,
            severity: level(finding.severity),
            verdict: finding.verdict.name(),
            start: finding.start.map(time),
            end: finding.end.map(time),
            entities: &finding.entities,
            reason: filtered.rules.get(*rule).map_or("", |rule| rule.reason.as_str()),
            rule: filtered.rules.get(*rule).map_or(0, |rule| rule.line),
            consequence_of: consequence_of.as_deref(),
        });
        let rules = filtered.rules.iter().map(|rule| RuleOut {
            line: rule.line,
            cause: &rule.cause,
            reason: &rule.reason,
            until: rule.until.map(|day| day.to_string()),
            expired: rule.expired,
            fits: rule.fits,
        });
        Self {
            path: &filtered.path,
            sha256: &filtered.sha256,
            day: filtered.day.to_string(),
            suppressed: suppressed.collect(),
            rules: rules.collect(),
        }
    }
}
