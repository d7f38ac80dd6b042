//! The report as JSON, schema `necropsy.report/1`.
//!
//! In: a [`Report`]. Out: one JSON object, or one per finding ([`super::jsonl`]). Keys are never removed; new ones may come. Must not know: colour.

mod filter;
mod finding;
mod source;

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::escape::Harmless;
use crate::finding::{Finding, Verdict};
use crate::pattern::ast::Level;
use crate::source::Source;
use crate::time::{SECOND, Stamp};
use filter::FilterOut;
pub(super) use finding::FindingOut;
use finding::Headline;
pub(super) use source::SourceOut;

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
