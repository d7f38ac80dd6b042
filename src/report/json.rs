//! The report as JSON, schema `necropsy.report/1`.
//!
//! In: a [`Report`]. Out: one JSON object, or one per finding ([`super::jsonl`]). Keys are never removed; new ones may come. Must not know: colour.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::escape::Harmless;
use crate::filter::{Filtered, Suppressed};
use crate::finding::{Evidence, Finding, Step, TimerCheck, Verdict};
use crate::pattern::ast::Level;
use crate::signal::SourceId;
use crate::source::{Basis, ClockPiece, Loss, Source};
use crate::time::{SECOND, Stamp};

/// Name and version of the schema.
pub const SCHEMA: &str = "necropsy.report/1";

/// Writes the whole report.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let outcome = &report.outcome;
    let whole = Whole {
        schema: SCHEMA,
        tool: Tool { version: env!("CARGO_PKG_VERSION"), patterns: &report.patterns },
        collected_at: outcome.collected_at.map(time),
        incomplete: outcome.incomplete,
        note: outcome.incomplete.then_some(super::INCOMPLETE),
        caveat: report.caveat(),
        sources: Each(&outcome.sources, SourceOut::of),
        findings: Each(&outcome.findings, FindingOut::of),
        filter: report.filtered.as_ref().map(FilterOut::of),
        stats: Stats {
            sources: outcome.sources.len(),
            bytes: outcome.bytes(),
            entries: outcome.entries(),
            signals: outcome.signals,
            seconds: (report.seconds * 1000.0).round() / 1000.0,
        },
    };
    whole.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::pretty()))?;
    out.write_all(b"\n")
}

/// Writes the findings for a first look: the first `whole` of those that hold and of all as they stand in the whole report, of the others what a list
/// tells.
pub fn write_headlines(findings: &[Finding], whole: usize, out: &mut dyn Write) -> io::Result<()> {
    let on_top = |finding: &&Finding| finding.verdict.holds() && finding.explained_by.is_none();
    let first: Vec<&str> = findings.iter().filter(on_top).chain(findings).take(whole).map(|finding| finding.id.as_str()).collect();
    let list: Vec<Headline<'_>> = findings
        .iter()
        .map(|finding| if first.contains(&finding.id.as_str()) { Headline::Whole(FindingOut::of(finding)) } else { Headline::of(finding) })
        .collect();
    list.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::compact()))?;
    out.write_all(b"\n")
}

/// What a list tells of a finding, by its names in the whole report.
const BRIEF: [&str; 8] = ["id", "cause", "title", "severity", "verdict", "explained_by", "start", "end"];

/// Writes the same of a report that was written before.
pub fn write_headlines_of(report: &serde_json::Value, whole: usize, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.get("findings").and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let said = |finding: &serde_json::Value, name: &str| finding.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let holds = |verdict: &str| [Verdict::Confirmed, Verdict::Possible].iter().any(|known| known.holds() && known.name() == verdict);
    let on_top = |finding: &&serde_json::Value| said(finding, "verdict").is_some_and(|it| holds(&it)) && said(finding, "explained_by").is_none();
    let first: Vec<Option<String>> = findings.iter().filter(on_top).chain(findings).take(whole).map(|finding| said(finding, "id")).collect();
    let list = findings.iter().map(|finding| {
        if first.contains(&said(finding, "id")) {
            return finding.clone();
        }
        let of = |name: &&str| ((*name).to_owned(), finding.get(*name).cloned().unwrap_or_default());
        serde_json::Value::Object(BRIEF.iter().map(of).collect())
    });
    write_line(&list.collect(), out)
}

/// Writes a list of sources, as they stand in the whole report.
pub fn write_sources(sources: &[Source], out: &mut dyn Write) -> io::Result<()> {
    let list = Each(sources, SourceOut::of);
    list.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::pretty()))?;
    out.write_all(b"\n")
}

/// A source as it stands in the whole report.
pub fn source_value(source: &Source) -> serde_json::Value {
    serde_json::to_value(SourceOut::of(source)).unwrap_or_default()
}

/// Writes any value over several lines, nothing in it steering a terminal.
pub fn write_value(value: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::pretty()))?;
    out.write_all(b"\n")
}

/// Writes any value on one line, nothing in it steering a terminal.
pub fn write_line(value: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::compact()))?;
    out.write_all(b"\n")
}

/// A list that is made while it is written, one at a time: there may be very many.
struct Each<'a, T, Out>(&'a [T], fn(&'a T) -> Out);

impl<T, Out: Serialize> Serialize for Each<'_, T, Out> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'a str,
    tool: Tool<'a>,
    collected_at: Option<String>,
    incomplete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caveat: Option<String>,
    sources: Each<'a, Source, SourceOut<'a>>,
    findings: Each<'a, Finding, FindingOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<FilterOut<'a>>,
    stats: Stats,
}

/// What a filter did.
#[derive(Serialize)]
struct FilterOut<'a> {
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
    fn of(filtered: &'a Filtered) -> Self {
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

#[derive(Serialize)]
struct Tool<'a> {
    version: &'a str,
    patterns: &'a str,
}

#[derive(Serialize)]
struct Stats {
    sources: usize,
    bytes: u64,
    entries: u64,
    signals: u64,
    seconds: f64,
}

#[derive(Serialize)]
pub(super) struct SourceOut<'a> {
    id: SourceId,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartOut<'a>>,
    format: &'a str,
    wrappers: &'a [&'static str],
    component: Option<&'a str>,
    node: Option<&'a str>,
    pod: Option<&'a str>,
    uid: Option<&'a str>,
    container: Option<&'a str>,
    restart: Option<u32>,
    version: Option<&'a str>,
    verbosity: Option<u8>,
    bytes: u64,
    lines: u64,
    entries: u64,
    first: Option<String>,
    last: Option<String>,
    sha256: &'a str,
    clock: ClockOut,
    coverage: Coverage<'a>,
    problems: Vec<ProblemOut>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct PartOut<'a> {
    path: &'a str,
    lines: u64,
    bytes: u64,
    sha256: &'a str,
}

#[derive(Serialize)]
struct ClockOut {
    zone: Option<String>,
    zone_basis: Option<&'static str>,
    year: Option<i32>,
    year_basis: Option<&'static str>,
    offset_ms: i64,
    doubt_ms: i64,
    ties: usize,
    outliers: usize,
    changes: Vec<ChangeOut>,
    pieces: Vec<PieceOut>,
}

#[derive(Serialize)]
struct PieceOut {
    from_offset: u64,
    zone: Option<String>,
    basis: &'static str,
    offset_ms: i64,
    doubt_ms: i64,
}

#[derive(Serialize)]
struct ChangeOut {
    from_offset: u64,
    zone: String,
}

#[derive(Serialize)]
struct Coverage<'a> {
    habit_s: f64,
    gaps: Vec<GapOut<'a>>,
    losses: Vec<LossOut<'a>>,
}

#[derive(Serialize)]
struct LossOut<'a> {
    from: Option<String>,
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    line: Option<u64>,
    what: &'a str,
}

#[derive(Serialize)]
struct GapOut<'a> {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    line: u64,
}

#[derive(Serialize)]
struct ProblemOut {
    line: Option<u64>,
    what: String,
}

impl<'a> SourceOut<'a> {
    pub(super) fn of(source: &'a Source) -> Self {
        let pieces = &source.clock.pieces;
        let piece = pieces.first();
        // A source that states its zone may still have a clock that is off.
        let zoned = piece.filter(|piece| piece.basis != Basis::Unknown);
        Self {
            id: source.id,
            path: &source.path,
            within: source.within.as_deref(),
            parts: source.parts.iter().map(|part| PartOut { path: &part.path, lines: part.lines, bytes: part.bytes, sha256: &part.sha256 }).collect(),
            format: source.format,
            wrappers: &source.wrappers,
            component: source.at.component.map(crate::component::Component::name),
            node: source.at.node.as_deref(),
            pod: source.at.pod.as_deref(),
            uid: source.at.uid.as_deref(),
            container: source.at.container.as_deref(),
            restart: source.at.restart,
            version: source.version.as_deref(),
            verbosity: source.verbosity,
            bytes: source.bytes,
            lines: source.lines,
            entries: source.entries,
            first: source.first.map(time),
            last: source.last.map(time),
            sha256: &source.sha256,
            clock: ClockOut {
                zone: piece.and_then(zone_of),
                zone_basis: zoned.map(|piece| piece.basis.name()),
                year: source.clock.year,
                year_basis: source.clock.year.map(|_| source.clock.year_basis.name()),
                offset_ms: piece.map_or(0, |piece| piece.offset_ns / 1_000_000),
                doubt_ms: piece.map_or(0, |piece| piece.doubt_ns / 1_000_000),
                ties: source.ties.agree,
                outliers: source.ties.outliers,
                changes: pieces.iter().skip(1).map(|piece| ChangeOut { from_offset: piece.from_offset, zone: zone(piece.zone_s) }).collect(),
                pieces: pieces.iter().map(PieceOut::of).collect(),
            },
            coverage: Coverage {
                habit_s: seconds(source.habit_ns),
                gaps: source
                    .gaps
                    .iter()
                    .map(|gap| {
                        let (path, line, _) = source.place(gap.line, 0);
                        GapOut { from: time(gap.from), to: time(gap.to), path: (path != source.path).then_some(path), line }
                    })
                    .collect(),
                losses: source.losses.iter().map(|loss| LossOut::of(source, loss)).collect(),
            },
            problems: source
                .troubles()
                .into_iter()
                .map(|problem| ProblemOut { line: (problem.line > 0).then_some(problem.line), what: problem.what })
                .collect(),
            notes: &source.notes,
        }
    }
}

impl PieceOut {
    fn of(piece: &ClockPiece) -> Self {
        Self {
            from_offset: piece.from_offset,
            zone: zone_of(piece),
            basis: piece.basis.name(),
            offset_ms: piece.offset_ns / 1_000_000,
            doubt_ms: piece.doubt_ns / 1_000_000,
        }
    }
}

impl<'a> LossOut<'a> {
    fn of(source: &'a Source, loss: &'a Loss) -> Self {
        let (path, line, _) = source.place(loss.line, 0);
        let path = (loss.line > 0 && path != source.path).then_some(path);
        Self { from: loss.from.map(time), to: loss.to.map(time), path, line: (loss.line > 0).then_some(line), what: &loss.what }
    }
}

/// The zone of a piece, where the stamps need one.
fn zone_of(piece: &ClockPiece) -> Option<String> {
    (!matches!(piece.basis, Basis::Sequence | Basis::Unknown)).then(|| zone(piece.zone_s))
}

#[derive(Serialize)]
pub(super) struct FindingOut<'a> {
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
enum Headline<'a> {
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
    fn of(finding: &'a Finding) -> Self {
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
    pub(super) fn of(finding: &'a Finding) -> Self {
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

fn time(stamp: Stamp) -> String {
    stamp.to_string()
}

fn seconds(ns: i64) -> f64 {
    (ns as f64 / SECOND as f64 * 1e6).round() / 1e6
}

/// `+08:00`.
pub(super) fn zone(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

/// Name of a level in reports.
pub const fn level(level: Level) -> &'static str {
    level.name()
}
