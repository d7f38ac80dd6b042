//! The story: what was found out of the entries, beside the entries themselves: signals, states, names, findings.
//!
//! In: an account of correlation. Out: files of JSON in the timeline's directory, and the same again. Must not know: columns.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;

use rayon::prelude::*;
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
/// States.
const STATES: &str = "states.json.zst";
/// Names that mean one thing.
const ALIASES: &str = "aliases.json.zst";
/// The findings for a first look.
const HEADLINES: &str = "headlines.json.zst";
/// Findings that are told in full there.
const WHOLE: usize = 16;
/// A good middle between speed and size.
const LEVEL: i32 = 3;
/// Most bytes that are taken out of one of these files: a case may come from a stranger.
const MAX_BYTES: u64 = 1 << 30;

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

/// The same as it is written.
#[derive(Serialize)]
struct Said<'s> {
    signal: &'s str,
    time: Option<i64>,
    source: u32,
    line: u64,
    offset: u64,
    entities: &'s [(&'static str, Box<str>)],
    attributes: &'s [(&'static str, Box<str>)],
    repeats: u32,
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

/// Kind and name of everything that one thing is called.
pub type Group = Vec<(String, String)>;

/// States of entities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// States by span and time.
    pub states: Vec<State>,
    /// Where early cases keep their aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<Group>,
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
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        zstd::stream::Decoder::new(File::open(path)?)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= MAX_BYTES { Ok(bytes) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "more than 1 GiB comes out of it")) }
    };
    read().map_err(|error| Fault::file("read", path, &error))
}

/// Signals that one thread packs at a time.
const AT_ONCE: usize = 16 << 10;

/// Writes the signals, by all threads, and hands them back.
pub(super) fn write_signals(directory: &Path, signals: Vec<Signal>, pack: &Pack) -> io::Result<Vec<Signal>> {
    let packed = |signals: &[Signal]| -> io::Result<Vec<u8>> {
        let mut out = BufWriter::with_capacity(1 << 16, zstd::stream::write::Encoder::new(Vec::new(), LEVEL)?);
        for signal in signals {
            let said = Said {
                signal: pack.signal(signal.id).map_or("", |known| known.definition.id.as_str()),
                time: signal.stamp.map(|stamp| stamp.ns),
                source: signal.citation.source,
                line: signal.citation.line,
                offset: signal.citation.offset,
                entities: &signal.entities,
                attributes: &signal.attributes,
                repeats: signal.repeats,
            };
            serde_json::to_writer(&mut out, &said)?;
            out.write_all(b"\n")?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    };
    // Frames that follow one another are read as one.
    let parts: Vec<Vec<u8>> = signals.par_chunks(AT_ONCE).map(packed).collect::<io::Result<_>>()?;
    let parts = if parts.is_empty() { vec![packed(&[])?] } else { parts };
    let mut file = File::create(directory.join(SIGNALS))?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()?;
    Ok(signals)
}

/// Writes what was put together of what is new and what an earlier state had: signals are added, everything else is replaced. What lists tell at first
/// is left to the report.
pub(super) fn write_again(directory: &Path, more: &[Seen], states: &States, aliases: &[Group], report: &serde_json::Value) -> io::Result<()> {
    let fault = |fault: Fault| io::Error::other(fault.what().to_owned());
    let mut all = signals(directory).map_err(fault)?;
    all.extend_from_slice(more);
    all.sort_by_key(|seen| (seen.time.is_none(), seen.time, seen.source, seen.offset));
    synced(&directory.join(SIGNALS), |out| {
        for seen in &all {
            serde_json::to_writer(&mut *out, seen)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    synced(&directory.join(STATES), |out| Ok(serde_json::to_writer(out, states)?))?;
    synced(&directory.join(ALIASES), |out| Ok(serde_json::to_writer(out, aliases)?))?;
    synced(&directory.join(HEADLINES), |out| json::write_headlines_of(report, WHOLE, out))?;
    synced(&directory.join(REPORT), |out| json::write_value(report, out))
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
    let states = States { states: states.collect(), aliases: Vec::new() };
    let aliases: Vec<Group> = aliases.iter().map(|group| pairs(group)).collect();
    let small = || {
        synced(&directory.join(STATES), |out| Ok(serde_json::to_writer(out, &states)?))?;
        synced(&directory.join(ALIASES), |out| Ok(serde_json::to_writer(out, &aliases)?))?;
        synced(&directory.join(HEADLINES), |out| json::write_headlines(&report.outcome.findings, WHOLE, out))
    };
    let (small, whole) = rayon::join(small, || synced(&directory.join(REPORT), |out| json::write(report, out)));
    small.and(whole)
}

/// The findings for a first look; whatever is wrong with them, the report has them all.
pub(super) fn headlines<T: serde::de::DeserializeOwned>(directory: &Path) -> Option<Vec<T>> {
    read(&directory.join(HEADLINES)).ok()
}

/// Names that mean one thing; `None`: they are among the states.
pub(super) fn aliases(directory: &Path) -> Result<Option<Vec<Group>>, Fault> {
    let path = directory.join(ALIASES);
    if path.is_file() { read(&path).map(Some) } else { Ok(None) }
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

/// States.
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
