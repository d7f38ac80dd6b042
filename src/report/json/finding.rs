//! A finding, as the report tells it: whole, or as a line of a list.
//!
//! In: a finding. Out: what is written. Must not know: files, bytes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{level, seconds, time};
use crate::finding::{Evidence, Finding, Step, TimerCheck};
use crate::signal::SourceId;

#[derive(Serialize)]
pub(in crate::report) struct FindingOut<'a> {
    id: &'a str,
    cause: &'a str,
    title: &'a str,
    severity: &'static str,
    verdict: &'static str,
    explained_by: Option<&'a str>,
    start: Option<String>,
    end: Option<String>,
    entities: &'a BTreeMap<String, Vec<String>>,
    params: &'a BTreeMap<String, String>,
    steps: Vec<StepOut<'a>>,
    missing: &'a [String],
    remedies: &'a [String],
    references: &'a [String],
    notes: &'a [String],
}

/// A finding for a first look.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Headline<'a> {
    Whole(FindingOut<'a>),
    Brief {
        id: &'a str,
        cause: &'a str,
        title: &'a str,
        severity: &'static str,
        verdict: &'static str,
        explained_by: Option<&'a str>,
        start: Option<String>,
        end: Option<String>,
    },
}

impl<'a> Headline<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        Self::Brief {
            id: &finding.id,
            cause: &finding.cause,
            title: &finding.title,
            severity: level(finding.severity),
            verdict: finding.verdict.name(),
            explained_by: finding.explained_by.as_deref(),
            start: finding.start.map(time),
            end: finding.end.map(time),
        }
    }
}

#[derive(Serialize)]
struct StepOut<'a> {
    name: &'a str,
    role: &'static str,
    time: Option<String>,
    end: Option<String>,
    doubt_ms: Option<i64>,
    summary: &'a str,
    /// How many times, where more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<TimerOut<'a>>,
    evidence: Vec<EvidenceOut<'a>>,
}

#[derive(Serialize)]
struct TimerOut<'a> {
    name: &'a str,
    expected_s: f64,
    observed_s: f64,
    basis: &'a str,
    agrees: bool,
}

#[derive(Serialize)]
struct EvidenceOut<'a> {
    source: SourceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    line: u64,
    offset: u64,
    time: Option<String>,
    text: &'a str,
}

impl<'a> FindingOut<'a> {
    pub(in crate::report) fn of(finding: &'a Finding) -> Self {
        Self {
            id: &finding.id,
            cause: &finding.cause,
            title: &finding.title,
            severity: level(finding.severity),
            verdict: finding.verdict.name(),
            explained_by: finding.explained_by.as_deref(),
            start: finding.start.map(time),
            end: finding.end.map(time),
            entities: &finding.entities,
            params: &finding.params,
            steps: finding.steps.iter().map(StepOut::of).collect(),
            missing: &finding.missing,
            remedies: &finding.remedies,
            references: &finding.references,
            notes: &finding.notes,
        }
    }
}

impl<'a> StepOut<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            name: &step.name,
            role: step.role.name(),
            time: step.start.map(time),
            end: step.end.map(time),
            doubt_ms: step.start.map(|start| start.doubt_ns / 1_000_000).filter(|doubt| *doubt > 0),
            summary: &step.summary,
            count: (step.count > 1).then_some(step.count),
            timer: step.timer.as_ref().map(|TimerCheck { name, expected_ns, observed_ns, basis, agrees, .. }| TimerOut {
                name,
                expected_s: seconds(*expected_ns),
                observed_s: seconds(*observed_ns),
                basis,
                agrees: *agrees,
            }),
            evidence: step.evidence.iter().map(EvidenceOut::of).collect(),
        }
    }
}

impl<'a> EvidenceOut<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let citation = &evidence.citation;
        Self {
            source: citation.source,
            path: evidence.path.as_deref(),
            line: citation.line,
            offset: citation.offset,
            time: evidence.time.map(time),
            text: &citation.text,
        }
    }
}
