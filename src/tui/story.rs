//! Stories: findings as the report tells them.
//!
//! In: a report. Out: findings, and questions about them. Must not know: the case's columns, how they are told.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::told::Anchor;
use crate::case::Line;
use crate::query::moment;
use crate::time::{DAY, human};

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Story {
    pub(super) id: String,
    pub(super) cause: String,
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) verdict: String,
    pub(super) explained_by: Option<String>,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    #[serde(default)]
    pub(super) entities: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) remedies: Vec<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

/// A step.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) time: Option<String>,
    pub(super) end: Option<String>,
    #[serde(default)]
    pub(super) doubt_ms: Option<i64>,
    pub(super) summary: String,
    #[serde(default)]
    pub(super) timer: Option<Timer>,
    pub(super) evidence: Vec<Evidence>,
}

/// A delay against the timer in force.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Timer {
    pub(super) name: String,
    pub(super) expected_s: f64,
    pub(super) observed_s: f64,
    pub(super) basis: String,
    pub(super) agrees: bool,
}

/// A line that proves something.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Evidence {
    pub(super) source: u32,
    #[serde(default)]
    pub(super) path: Option<String>,
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) text: String,
}

impl Evidence {
    /// The place as the case takes it.
    pub(super) fn place(&self) -> Line {
        Line { source: self.source, line: self.line, offset: self.offset, path: self.path.clone() }
    }
}

/// The report, as far as it is told here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Findings {
    pub(super) findings: Vec<Story>,
    /// What could not be read, and that it could change what was found.
    #[serde(default)]
    pub(super) caveat: Option<String>,
}

pub(super) fn ns(text: Option<&str>) -> Option<i64> {
    moment(text?, None).map(|(ns, _)| ns)
}

impl Story {
    pub(super) fn holds(&self) -> bool {
        matches!(self.verdict.as_str(), "confirmed" | "possible")
    }

    /// Whether this was looked for about the same things at the same time as another, and does not hold.
    pub(super) fn rivals(&self, other: &Self) -> bool {
        let names = |story: &'_ Self| story.entities.values().flatten().cloned().collect::<Vec<String>>();
        let reach = |story: &Self| story.begins().zip(ns(story.end.as_deref()).or_else(|| story.begins()));
        let apart = || reach(self).zip(reach(other)).is_some_and(|((a, b), (c, d))| b < c || d < a);
        if self.holds() || !other.holds() {
            return false;
        }
        let theirs = names(other);
        names(self).iter().any(|name| theirs.contains(name)) && !apart()
    }

    /// Names that tell this finding from another one with the same title.
    pub(super) fn apart_from(&self, other: &Self) -> Option<String> {
        let own = self.entities.iter().flat_map(|(kind, names)| {
            let known = other.entities.get(kind);
            names.iter().filter(move |name| known.is_none_or(|known| !known.contains(name)))
        });
        let names = own.take(2).map(String::as_str).collect::<Vec<_>>().join(", ");
        (self.title == other.title && !names.is_empty()).then_some(names)
    }

    /// Beginning, nanoseconds since the epoch.
    pub(super) fn begins(&self) -> Option<i64> {
        ns(self.start.as_deref()).or_else(|| ns(self.end.as_deref()))
    }

    /// Steps in order of time; what speaks against it last.
    pub(super) fn chain(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by_key(|at| {
            self.steps.get(*at).map_or((true, i64::MAX), |step| (step.role == "against", ns(step.time.as_deref()).unwrap_or(i64::MAX)))
        });
        order
    }

    /// The step that completes the proof: the last of the chain that is required and has a line.
    fn decisive(&self) -> Option<usize> {
        let cited = |role: &str| self.steps.iter().rposition(|step| step.role == role && !step.evidence.is_empty());
        // What was refuted is decided by what speaks against it.
        if self.verdict == "refuted" { cited("against").or_else(|| cited("step")) } else { cited("step").or_else(|| cited("support")) }
    }

    /// Place of the decisive step's line among the anchors.
    pub(super) fn proof(&self, anchors: &[Anchor]) -> usize {
        let Some(step) = self.decisive() else { return 0 };
        anchors.iter().position(|anchor| matches!(anchor, Anchor::Evidence(at, _) if *at == step)).unwrap_or(0)
    }
}

/// `2017-12-01 02:17:42 – 02:22:58 UTC (5m17s)`.
pub(super) fn reach(start: Option<i64>, end: Option<i64>) -> Option<String> {
    let moment = |ns: i64| crate::report::entries::stamp(ns).get(..19).unwrap_or_default().replace('T', " ");
    let start = start?;
    Some(match end {
        Some(end) if end > start => {
            let last = moment(end);
            let last = if start.div_euclid(DAY) == end.div_euclid(DAY) { last.get(11..).unwrap_or_default().to_owned() } else { last };
            format!("{} – {last} UTC ({})", moment(start), human(end - start))
        }
        _ => format!("{} UTC", moment(start)),
    })
}
