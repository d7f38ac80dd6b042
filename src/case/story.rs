//! The story: what was found out of the entries, beside the entries themselves: signals, states, names, findings.
//!
//! In: an account of correlation. Out: files of JSON in the timeline's directory, and the same again. Must not know: columns.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::correlate::Interval;
use crate::pattern::Pack;
use crate::report::{Report, json};
use crate::signal::Signal;

/// The report, schema `necropsy.report/1`.
const REPORT: &str = "report.json.zst";
/// Signals, one a line.
const SIGNALS: &str = "signals.jsonl.zst";
/// States and names.
const STATES: &str = "states.json.zst";
/// A good middle between speed and size.
const LEVEL: i32 = 3;

/// A signal as the case keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Id of the signal.
    pub signal: String,
    /// When, nanoseconds since the epoch.
    pub time: Option<i64>,
    /// Index of the source.
    pub source: u32,
    /// Physical line that says it.
    pub line: u64,
    /// Offset of that line.
    pub offset: u64,
    /// Kind and name of each entity.
    pub entities: Vec<(String, String)>,
    /// Attributes by name.
    pub attributes: Vec<(String, String)>,
    /// Further records like it that were counted only.
    #[serde(default)]
    pub repeats: u32,
}

/// A state of an entity as the case keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Id of the span.
    pub span: String,
    /// What it means.
    pub title: String,
    /// Beginning, nanoseconds since the epoch.
    pub start: i64,
    /// End as far as it was seen.
    pub end: i64,
    /// Whether the end was seen.
    pub end_seen: bool,
    /// Kind and name of each entity.
    pub entities: Vec<(String, String)>,
    /// Source and offset of the lines that say so.
    pub lines: Vec<(u32, u64)>,
}

/// States, and names that mean one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// States by span and time.
    pub states: Vec<State>,
    /// Kind and name, for every thing that has several.
    pub aliases: Vec<Vec<(String, String)>>,
}

/// A finding as the case keeps it: the parts that a timeline needs; the whole is in the report.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Found {
    /// `f1`, `f2`, … in order of the report.
    pub id: String,
    /// Id of the cause.
    pub cause: String,
    /// What happened, in one line.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// How sure.
    pub verdict: String,
    /// The finding that explains this one.
    pub explained_by: Option<String>,
    /// Beginning, RFC 3339.
    pub start: Option<String>,
    /// End, RFC 3339.
    pub end: Option<String>,
    /// Names by kind.
    pub entities: std::collections::BTreeMap<String, Vec<String>>,
    /// The story.
    pub steps: Vec<Step>,
}

/// One step of a finding.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Step {
    /// Its name in the pattern.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The lines.
    pub evidence: Vec<Line>,
}

/// A line of evidence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Line {
    /// Index of the source.
    pub source: u32,
    /// Physical line.
    pub line: u64,
    /// Offset of the line.
    pub offset: u64,
    /// The file, where the source is more or less than one; line and offset are those of the file.
    #[serde(default)]
    pub path: Option<String>,
}

fn pairs<A: AsRef<str>, B: AsRef<str>>(pairs: &[(A, B)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, name)| (kind.as_ref().to_owned(), name.as_ref().to_owned())).collect()
}

type Packing = zstd::stream::write::Encoder<'static, File>;

fn synced(path: &Path, write: impl FnOnce(&mut BufWriter<Packing>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, Packing::new(File::create(path)?, LEVEL)?);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.sync_all()
}

fn opened(path: &Path) -> Result<Vec<u8>, Fault> {
    File::open(path).and_then(zstd::stream::decode_all).map_err(|error| Fault::file("read", path, &error))
}

/// Writes the signals.
pub(super) fn write_signals(directory: &Path, signals: &[Signal], pack: &Pack) -> io::Result<()> {
    synced(&directory.join(SIGNALS), |out| {
        for signal in signals {
            let seen = Seen {
                signal: pack.signal(signal.id).map(|known| known.definition.id.clone()).unwrap_or_default(),
                time: signal.stamp.map(|stamp| stamp.ns),
                source: signal.citation.source,
                line: signal.citation.line,
                offset: signal.citation.offset,
                entities: pairs(&signal.entities),
                attributes: pairs(&signal.attributes),
                repeats: signal.repeats,
            };
            serde_json::to_writer(&mut *out, &seen)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Writes states, names and the report.
pub(super) fn write(
    directory: &Path,
    report: &Report,
    intervals: &[Interval],
    aliases: &[Vec<(&'static str, String)>],
    pack: &Pack,
) -> io::Result<()> {
    let title = |id: &str| pack.spans().iter().find(|span| span.id == id).map(|span| span.title.clone()).unwrap_or_default();
    let states = intervals.iter().map(|interval| State {
        span: interval.span.clone(),
        title: title(&interval.span),
        start: interval.start.ns,
        end: interval.end.ns,
        end_seen: interval.end_seen,
        entities: pairs(&interval.entities),
        lines: interval.lines.clone(),
    });
    let states = States { states: states.collect(), aliases: aliases.iter().map(|group| pairs(group)).collect() };
    synced(&directory.join(STATES), |out| Ok(serde_json::to_writer(out, &states)?))?;
    synced(&directory.join(REPORT), |out| json::write(report, out))
}

/// The report as it was written, in whatever shape it is wanted.
pub(super) fn report<T: serde::de::DeserializeOwned>(directory: &Path) -> Result<T, Fault> {
    read(&directory.join(REPORT))
}

/// The findings of a report.
pub(super) fn findings(directory: &Path) -> Result<Vec<Found>, Fault> {
    #[derive(Deserialize)]
    struct Whole {
        findings: Vec<Found>,
    }
    read::<Whole>(&directory.join(REPORT)).map(|whole| whole.findings)
}

/// States and names.
pub(super) fn states(directory: &Path) -> Result<States, Fault> {
    read(&directory.join(STATES))
}

/// The signals, in order of time, source and offset.
pub(super) fn signals(directory: &Path) -> Result<Vec<Seen>, Fault> {
    let path = directory.join(SIGNALS);
    let bytes = opened(&path)?;
    let lines = serde_json::Deserializer::from_slice(&bytes).into_iter();
    lines.collect::<Result<_, _>>().map_err(|error| Fault::file("read", &path, &error.into()))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    let bytes = opened(path)?;
    serde_json::from_slice(&bytes).map_err(|error| Fault::file("read", path, &error.into()))
}
