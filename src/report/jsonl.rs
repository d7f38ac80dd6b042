//! The findings as JSON lines, one a line, as they stand in the whole report.
//!
//! In: a [`Report`]. Out: lines. Evidence carries its path, as no list of sources stands beside it. Must not know: colour.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::escape::Harmless;
use super::json::{FindingOut, SCHEMA};

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    #[serde(flatten)]
    finding: FindingOut<'a>,
    paths: std::collections::BTreeMap<u32, &'a str>,
}

/// Writes one line for each finding.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = &report.outcome.sources;
    for finding in &report.outcome.findings {
        let cited = finding.steps.iter().flat_map(|step| &step.evidence).map(|evidence| evidence.citation.source);
        let paths = cited.filter_map(|id| Some((id, sources.get(id as usize)?.path.as_str()))).collect();
        let line = Line { schema: SCHEMA, finding: FindingOut::of(finding), paths };
        line.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::compact()))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
