//! A source, as the report tells it: whose it is, its clock, what it covers, what is wrong with it.
//!
//! In: a source. Out: what is written. Must not know: files, bytes.

use serde::Serialize;

use super::{seconds, time, zone};
use crate::problem::Problem;
use crate::signal::SourceId;
use crate::source::{Basis, ClockPiece, Loss, Source};

#[derive(Serialize)]
pub(in crate::report) struct SourceOut<'a> {
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
    problems: Vec<ProblemOut<'a>>,
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
struct ProblemOut<'a> {
    /// Where the line is not one of the source's `path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    line: Option<u64>,
    what: String,
}

impl<'a> SourceOut<'a> {
    pub(in crate::report) fn of(source: &'a Source) -> Self {
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
                .map(|(path, Problem { line, what })| ProblemOut {
                    path: (path != source.path).then_some(path),
                    line: (line > 0).then_some(line),
                    what,
                })
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
