//! Source: one log or event stream, and what is known of it.
//!
//! In: what opening, decoding and clock finding learnt. Out: data for correlation and reports. Must not know: how any of it was found.

use crate::component::Component;
use crate::problem::Problem;
use crate::severity::Severity;
use crate::signal::{Citation, SourceId};
use crate::time::{RawTime, Shape, Stamp};

/// Where a source lies in the cluster, as far as paths and contents tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// Node (host) that wrote it.
    pub node: Option<String>,
    /// Pod as `namespace/name`.
    pub pod: Option<String>,
    /// The pod's UID.
    pub uid: Option<String>,
    /// Container name.
    pub container: Option<String>,
    /// Restart count in a container log's name.
    pub restart: Option<u32>,
    /// Component, by path or content.
    pub component: Option<Component>,
}

/// How a part of a source's clock was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Nothing to go by.
    #[default]
    Unknown,
    /// Taken for granted (UTC for the zone, the file's time for the year).
    Assumed,
    /// From the file's modification time.
    FileTime,
    /// From the file's name.
    FileName,
    /// Where its records fall among those of other sources of the same input.
    Ranges,
    /// From other sources of the same input.
    OtherSources,
    /// From facts that another source of known clock states too.
    MatchedEvents,
    /// From the order of the source's own records, where its stamps do not go on as they do.
    Sequence,
    /// From the stamps of the envelopes around its records.
    Wrapper,
    /// From a line that says so.
    Stated,
    /// Said on the command line.
    Given,
}

impl Basis {
    /// Name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Assumed => "assumed",
            Self::FileTime => "file-time",
            Self::FileName => "file-name",
            Self::Ranges => "overlapping-ranges",
            Self::OtherSources => "other-sources",
            Self::MatchedEvents => "matched-events",
            Self::Sequence => "record-order",
            Self::Wrapper => "wrapper-stamp",
            Self::Stated => "stated",
            Self::Given => "given",
        }
    }
}

/// A source's clock: how its raw times become UTC. It may change within the source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    /// Pieces in order of offset; the first starts at 0. Empty: no zone needed or known.
    pub pieces: Vec<ClockPiece>,
    /// Year of the first year-less stamp.
    pub year: Option<i32>,
    /// How the year was found.
    pub year_basis: Basis,
}

/// A stretch of a source with one offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockPiece {
    /// Byte offset from which it holds.
    pub from_offset: u64,
    /// Zone, seconds east of UTC.
    pub zone_s: i32,
    /// How the zone was found.
    pub basis: Basis,
    /// What to add to the source's UTC times to get true time, nanoseconds.
    pub offset_ns: i64,
    /// How far that may be wrong, nanoseconds.
    pub doubt_ns: i64,
}

/// A silence of a source that is longer than its habit, or any other hole in what it covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// Last entry before.
    pub from: Stamp,
    /// First entry after.
    pub to: Stamp,
    /// Line of the first entry after.
    pub line: u64,
}

/// Records that a source lacks although it goes on: it says so itself, or it was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// From when on; `None`: everything before [`to`](Loss::to).
    pub from: Option<Stamp>,
    /// Until when; `None`: up to the end.
    pub to: Option<Stamp>,
    /// Line that says so; 0: the source as a whole.
    pub line: u64,
    /// What is missing and why.
    pub what: Box<str>,
}

/// A place in a source to cite as a sign of life: the first record of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The record's time as written.
    pub raw: RawTime,
    /// Physical line.
    pub line: u64,
    /// Byte offset of the line.
    pub offset: u64,
    /// The line itself, cut like a cited one.
    pub text: Box<str>,
}

/// One of the files that a source was read from, where it was read from several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The file's path.
    pub path: String,
    /// Physical lines.
    pub lines: u64,
    /// Decompressed bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the file as it lies there.
    pub sha256: String,
    /// Lines of the source before it.
    pub lines_before: u64,
    /// Bytes of the source before it.
    pub bytes_before: u64,
}

/// Records that fit no format, in a source whose others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// How many.
    pub records: u64,
    /// Line of the first.
    pub from_line: u64,
}

/// Records that themselves say that something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Severe {
    /// How many are errors or worse.
    pub records: u64,
    /// The worst of them.
    pub worst: Severity,
    /// Line of the first that is as bad as that.
    pub line: u64,
    /// Its beginning; empty where it does not stand by itself.
    pub text: Box<str>,
}

/// The facts that tie a source's clock to those of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// How many agree with the clock as it was found.
    pub agree: usize,
    /// How many do not.
    pub outliers: usize,
    /// Some of both.
    pub kept: Vec<Tie>,
    /// Facts it shares with others say that it is off, but they are too few, or of one moment only.
    pub doubtful: bool,
}

/// One fact that two sources state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The source's own line.
    pub own: Citation,
    /// The line of another source.
    pub other: Citation,
    /// How far the source's own stamp is ahead of the other's before either was moved, nanoseconds.
    pub ahead_ns: i64,
    /// Whether it agrees with the clocks as they were found.
    pub agrees: bool,
}

/// One log or event stream.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Index in the run.
    pub id: SourceId,
    /// Path as given, archive members after `!/`.
    pub path: String,
    /// The file it stands in, where that holds several sources: lines and offsets are that file's.
    pub within: Option<String>,
    /// The files it was read from in order of time, where they are several: lines and offsets count through all of them.
    pub parts: Vec<Part>,
    /// The format most entries have.
    pub format: &'static str,
    /// Names of the wrappers around its lines, outermost first.
    pub wrappers: Vec<&'static str>,
    /// Where it lies in the cluster.
    pub at: Whereabouts,
    /// Version of the component, if it says so.
    pub version: Option<String>,
    /// Decompressed bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Entries.
    pub entries: u64,
    /// Time of the earliest entry.
    pub first: Option<Stamp>,
    /// Time of the latest entry.
    pub last: Option<Stamp>,
    /// Hex SHA-256 of the file as it lies there.
    pub sha256: String,
    /// Its clock.
    pub clock: Clock,
    /// What ties its clock to those of others.
    pub ties: Ties,
    /// Silences longer than its habit.
    pub gaps: Vec<Gap>,
    /// Records that it lacks.
    pub losses: Vec<Loss>,
    /// Signs of life, in order of offset.
    pub anchors: Vec<Anchor>,
    /// Usual longest silence between entries, nanoseconds.
    pub habit_ns: i64,
    /// Highest verbosity seen: klog's V level or mysqld's.
    pub verbosity: Option<u8>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was kept as plain text though it is no text: foreign lines, torn or wrapped records.
    pub plain: Option<Plain>,
    /// What its records themselves call an error.
    pub severe: Option<Box<Severe>>,
    /// How clock and whereabouts were found, and what to give where they were not.
    pub notes: Vec<String>,
    /// Those of the notes that tell where something given contradicts strong evidence.
    pub contradicted: Vec<String>,
}

impl Source {
    /// All that was not read as it should be, each with the path of the file in which its line counts.
    pub fn troubles(&self) -> Vec<(&str, Problem)> {
        let plain = self.plain.map(|Plain { records, from_line }| {
            let noun = if records == 1 { "record fits" } else { "records fit" };
            Problem { line: from_line, what: format!("{records} {noun} no format: kept as plain text") }
        });
        let placed = |problem: Problem| match problem.line {
            0 => (&*self.path, problem),
            line => {
                let (path, line, _) = self.place(line, 0);
                (path, Problem { line, ..problem })
            }
        };
        self.problems.iter().cloned().chain(plain).map(placed).collect()
    }

    /// Whether nothing of it was read.
    pub fn is_unread(&self) -> bool {
        self.lines == 0 && !self.problems.is_empty()
    }

    /// Whether a part of it could not be read.
    pub fn is_damaged(&self) -> bool {
        !self.is_unread() && self.problems.iter().any(|problem| problem.line == 0)
    }

    /// Where a line of the source lies: the file's path, and line and offset in it.
    pub fn place(&self, line: u64, offset: u64) -> (&str, u64, u64) {
        let after = self.parts.partition_point(|part| part.lines_before < line);
        match after.checked_sub(1).and_then(|at| self.parts.get(at)) {
            Some(part) => (&part.path, line - part.lines_before, offset.saturating_sub(part.bytes_before)),
            None => (self.within.as_deref().unwrap_or(&self.path), line, offset),
        }
    }
}

impl Clock {
    /// The piece that holds at a byte offset.
    pub fn at(&self, offset: u64) -> Option<&ClockPiece> {
        let after = self.pieces.partition_point(|piece| piece.from_offset <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// The UTC stamp of a raw time at a byte offset, where the clock suffices for its shape. Times of day, ages and times since boot are resolved
    /// by their neighbours before this is asked.
    pub fn stamp(&self, raw: RawTime, offset: u64) -> Option<Stamp> {
        let piece = self.at(offset);
        let (moved, doubt_ns) = piece.map_or((0, 0), |piece| (piece.offset_ns, piece.doubt_ns));
        let zone_ns = i64::from(piece.map_or(0, |piece| piece.zone_s)) * crate::time::SECOND;
        let ns = match raw.shape {
            Shape::Zoned => {
                // Doubt about a zone is none of a stamp that states its own; doubt about the clock is.
                let is_moved = moved != 0 || piece.is_some_and(|piece| piece.basis == Basis::Sequence);
                let doubt_ns = if is_moved { doubt_ns } else { doubt_ns.min(crate::time::SECOND) };
                return Some(Stamp { ns: raw.ns.checked_add(moved)?, precision_ns: raw.precision_ns, doubt_ns });
            }
            Shape::Local => raw.ns.checked_sub(zone_ns)?,
            Shape::Yearless => crate::clock::in_year(raw.ns, self.year?)?.checked_sub(zone_ns)?,
            Shape::DayUtc | Shape::DayLocal | Shape::Age | Shape::Boot => return None,
        };
        Some(Stamp { ns: ns.checked_add(moved)?, precision_ns: raw.precision_ns, doubt_ns })
    }
}
