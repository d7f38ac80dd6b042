//! Notes: what people put on entries and findings: bookmarks, comments, tags.
//!
//! In: a target and a text. Out: a line in `notes.jsonl`, and all of them again. Must not know: how they are shown.
//!
//! The file is only ever added to, and no ingest touches it. An entry is known by the SHA-256 of its source and its offset, a finding by its cause and
//! its first line of evidence, so that a note finds its target again whatever the next ingest numbers it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::manifest::lock;
use super::{Case, Row};

/// The file's name.
const FILE: &str = "notes.jsonl";

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When it was made, RFC 3339.
    pub at: String,
    /// What kind of note.
    #[serde(flatten)]
    pub what: What,
    /// What it is about.
    pub on: Target,
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "note", content = "text")]
pub enum What {
    /// Worth coming back to.
    Bookmark,
    /// A remark.
    Comment(String),
    /// A word to search by.
    Tag(String),
}

/// What a note is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// An entry.
    Entry(Mark),
    /// A finding.
    Finding {
        /// Id of its cause.
        cause: String,
        /// Its first line of evidence.
        #[serde(default)]
        mark: Option<Mark>,
    },
}

/// A place in a source, by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Hex SHA-256 of the source.
    pub sha256: String,
    /// Byte offset of the entry.
    pub offset: u64,
    /// Path at that time, for people, and for sources of one content.
    pub path: String,
    /// Line at that time, for people.
    pub line: u64,
}

impl What {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bookmark => "bookmark",
            Self::Comment(_) => "comment",
            Self::Tag(_) => "tag",
        }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        match self {
            Self::Bookmark => "",
            Self::Comment(text) | Self::Tag(text) => text,
        }
    }
}

impl Mark {
    /// The row it marks, if its file is in the case, or what became of it when it grew.
    pub fn row(&self, case: &Case) -> Option<Row> {
        let grew = |path: &str| case.manifest().inputs.iter().any(|given| given.path == path && given.earlier.contains(&self.sha256));
        let mut best: Option<((bool, bool), Row)> = None;
        for (index, held) in case.sources().iter().enumerate() {
            for stretch in held.stretches.iter().filter(|stretch| stretch.sha256 == self.sha256 || grew(&stretch.path)) {
                // The sections of one file share its hash; only one of them has the place.
                let offset = self.offset.saturating_add(stretch.bytes_before);
                let Some(row) = case.row_of(index, offset).filter(|row| case.entry(*row).offset == offset) else { continue };
                let own = (stretch.sha256 == self.sha256, stretch.path == self.path);
                if best.is_none_or(|(known, _)| own > known) {
                    best = Some((own, row));
                }
            }
        }
        best.map(|(_, row)| row)
    }

    fn of(case: &Case, row: Row) -> Option<Self> {
        let entry = case.entry(row);
        let held = case.sources().get(entry.source)?;
        let stretch = held.stretch(row).and_then(|(index, _)| held.stretches.get(index))?;
        let (offset, line) = (entry.offset.checked_sub(stretch.bytes_before)?, entry.line.checked_sub(stretch.lines_before)?);
        Some(Self { sha256: stretch.sha256.clone(), offset, path: stretch.path.clone(), line })
    }
}

impl Note {
    /// The row it is about, if it is about an entry of the case.
    pub fn row(&self, case: &Case) -> Option<Row> {
        match &self.on {
            Target::Entry(mark) => mark.row(case),
            Target::Finding { .. } => None,
        }
    }

    /// Id of the finding it is about, if the case still has it.
    pub fn finding<'c>(&self, case: &'c Case) -> Option<&'c str> {
        let Target::Finding { cause, mark } = &self.on else { return None };
        let findings = case.findings().ok()?;
        let row = mark.as_ref().and_then(|mark| mark.row(case));
        let same = |finding: &&super::Found| finding.cause == *cause && first_row(case, finding) == row;
        findings.iter().find(same).or_else(|| findings.iter().find(|finding| finding.cause == *cause)).map(|finding| finding.id.as_str())
    }

    pub(super) fn is_tag_that(&self, fits: impl Fn(&str) -> bool) -> bool {
        matches!(&self.what, What::Tag(tag) if fits(tag))
    }
}

fn first_row(case: &Case, finding: &super::Found) -> Option<Row> {
    let line = finding.steps.iter().flat_map(|step| &step.evidence).next()?;
    case.row_of_evidence(line)
}

/// What a person names: `f1` or a cause, `PATH:LINE` with the end of a path, or `SOURCE@OFFSET` as lists of hits print it.
pub fn target(case: &Case, text: &str) -> Result<Target, Fault> {
    if let Some(finding) = case.findings()?.iter().find(|finding| finding.id == text || finding.cause == text) {
        let mark = first_row(case, finding).and_then(|row| Mark::of(case, row));
        return Ok(Target::Finding { cause: finding.cause.clone(), mark });
    }
    let help = "name a finding (f1), PATH:LINE with as much of the path as tells it from others, or SOURCE@OFFSET as `search` prints it";
    let none = |what: String| Fault::new(what).hint(help);
    let row = if let Some((source, offset)) =
        text.rsplit_once('@').and_then(|(source, offset)| Some((source.parse::<usize>().ok()?, offset.parse::<u64>().ok()?)))
    {
        case.row_of(source, offset)
    } else if let Some((path, line)) = text.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<u64>().ok()?))) {
        let ends = |known: &str| known == path || known.strip_suffix(path).is_some_and(|before| before.ends_with('/'));
        let mut named: Vec<(usize, u64)> = Vec::new();
        for (index, held) in case.sources().iter().enumerate() {
            let own = ends(&held.path).then_some(0);
            let part =
                held.stretches.iter().find(|stretch| held.path != stretch.path && !held.path.starts_with(&stretch.path) && ends(&stretch.path));
            named.extend(part.map(|part| part.lines_before).or(own).map(|before| (index, before)));
        }
        match named.as_slice() {
            [(source, before)] => case.row_of_line(*source, line + before),
            [] => return Err(none(format!("no source of the case ends with `{path}`"))),
            several => return Err(none(format!("{} sources end with `{path}`", several.len()))),
        }
    } else {
        return Err(none(format!("`{text}` names nothing in this case")));
    };
    let mark = row.and_then(|row| Mark::of(case, row)).ok_or_else(|| none(format!("there is no entry at `{text}`")))?;
    Ok(Target::Entry(mark))
}

/// Reads all notes.
pub fn read(directory: &Path) -> Result<Vec<Note>, Fault> {
    let path = directory.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Fault::file("read", &path, &error)),
    };
    // A line that a crash cut short ends the file; it was never said to be kept.
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Adds a note. It is on the disk when this returns.
pub fn add(directory: &Path, note: &Note) -> Result<(), Fault> {
    let _lock = lock(directory)?;
    let path = directory.join(FILE);
    let failed = |error: std::io::Error| Fault::file("write", &path, &error);
    let before = fs::read(&path).unwrap_or_default();
    let mut line = if before.last().is_some_and(|last| *last != b'\n') { b"\n".to_vec() } else { Vec::new() };
    serde_json::to_writer(&mut line, note).map_err(|error| failed(error.into()))?;
    line.push(b'\n');
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    file.write_all(&line).and_then(|()| file.sync_all()).map_err(failed)
}
