//! Case: one incident's timeline on disk, to be browsed, searched and kept.
//!
//! In: a directory. Out: entries in order of time, their texts, findings, what people noted. Must not know: the command line, terminals, how anything is
//! shown. Readers never change a case; [`ingest`] and [`notes`] do.
//!
//! A case is read through [`Case`]: a *row* is an entry by source and place, a *position* is its place in the order of time. Both are numbers from 0,
//! and any of them is found in constant time. The layout on disk is described in `docs/case.md`.

mod bits;
mod build;
mod chosen;
mod facets;
mod fault;
mod gone;
mod groups;
mod guard;
mod ingest;
mod life;
mod manifest;
mod map;
mod names;
pub mod notes;
mod numbering;
mod pace;
mod packed;
mod place;
mod rows;
mod scope;
mod sealed;
mod search;
mod sieve;
mod spill;
mod store;
mod story;
mod tally;
mod text;
mod told;
mod unite;
mod verify;
mod word_index;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use crate::component::Component;
use crate::decode::{Format, Framer};
use crate::severity::Severity;

pub use build::Dated;
pub use facets::Facet;
pub use fault::Fault;
pub use guard::{hush, is_guarded};
pub use ingest::{Ingest, Ingested, Watch, ingest};
pub use life::{Life, Name};
pub use manifest::{Given, Held, Manifest, Place, Said, Stretch};
pub use pace::Pace;
pub use search::Search;
pub use story::{Found, Group, Line, Seen, State, States, Step};
pub use verify::{Change, verify};

use build::COLUMNS;
use chosen::Chosen;
use groups::Groups;
use names::Names;
use numbering::Numbering;
use packed::Packed;
use sieve::Sieve;
use tally::Tally;
use text::{Files, Reader};

/// An entry by source and place, from 0.
pub type Row = u32;

/// The columns by number: their places in [`COLUMNS`].
mod column {
    pub(super) const TIME: usize = 0;
    pub(super) const DATED: usize = 1;
    pub(super) const OFFSET: usize = 2;
    pub(super) const LINE: usize = 3;
    pub(super) const SEVERITY: usize = 4;
    pub(super) const COMPONENT: usize = 5;
    pub(super) const FORMAT: usize = 6;
    pub(super) const TEMPLATE: usize = 7;
    pub(super) const NODE: usize = 8;
    pub(super) const POD: usize = 9;
    pub(super) const ABOUT: usize = 10;
    pub(super) const SIGNALS: usize = 11;
    pub(super) const CONTEXT: usize = 12;
    pub(super) const ORDER: usize = 13;
}

/// A case that is read.
#[derive(Debug)]
pub struct Case {
    directory: PathBuf,
    manifest: Manifest,
    columns: Vec<Packed>,
    names: Names,
    numbering: Numbering,
    groups: Groups,
    tally: Tally,
    sieve: Sieve,
    chosen: Chosen<Vec<u64>>,
    /// Rows that whole queries ask for.
    answers: Chosen<bits::Bits>,
    files: Files,
    words: OnceLock<word_index::WordIndex>,
    /// How stretches are framed, by source and stretch.
    framers: Mutex<HashMap<(usize, usize), Arc<Framer>>>,
    findings: OnceLock<Vec<Found>>,
    signals: OnceLock<Vec<Seen>>,
    states: OnceLock<States>,
    aliases: OnceLock<Vec<Group>>,
    notes: OnceLock<Vec<notes::Note>>,
}

/// An entry, its text aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'c> {
    /// Its row.
    pub row: Row,
    /// Index of its source.
    pub source: usize,
    /// When, nanoseconds since the epoch; `None`: nobody says.
    pub time: Option<i64>,
    /// How it came by its time.
    pub dated: Dated,
    /// First physical line, from 1.
    pub line: u64,
    /// Byte offset in its source.
    pub offset: u64,
    /// Severity, where it states one.
    pub severity: Option<Severity>,
    /// Who speaks.
    pub component: Option<Component>,
    /// The node it was written on.
    pub node: &'c str,
    /// The pod it comes from or speaks of.
    pub pod: &'c str,
    /// Ids of its signals.
    pub signals: Vec<&'c str>,
    /// Kind and name of what its signals are about.
    pub about: Vec<(&'c str, &'c str)>,
    /// Equal for entries that differ in numbers and names only; 0: not known.
    pub template: u32,
}

impl Case {
    /// Opens the last committed state of a case.
    ///
    /// # Errors
    ///
    /// There is no case, it is of another version, or a file of it is damaged.
    pub fn open(directory: &Path) -> Result<Self, Fault> {
        Self::opened(directory, Manifest::read)
    }

    /// Opens one of an earlier layout too, for what can be found nowhere else: rows, names and what they are about.
    fn open_earlier(directory: &Path) -> Result<Self, Fault> {
        Self::opened(directory, Manifest::read_earlier)
    }

    fn opened(directory: &Path, read: fn(&Path) -> Result<Manifest, Fault>) -> Result<Self, Fault> {
        let mut tries = 0;
        loop {
            let manifest = read(directory)?;
            match Self::of(directory, manifest) {
                Ok(case) => return Ok(case),
                // A writer has just replaced the state that the manifest named.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 8 => tries += 1,
                Err(error) => return Err(Fault::file("open", directory, &error)),
            }
        }
    }

    fn of(directory: &Path, manifest: Manifest) -> io::Result<Self> {
        let timeline = directory.join(&manifest.timeline);
        for (name, bytes) in &manifest.files {
            if timeline.join(name).metadata()?.len() != *bytes {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("`{name}` has another length than it was written with; `necropsy ingest` builds it anew"),
                ));
            }
        }
        let columns = COLUMNS.iter().map(|name| Packed::open(&timeline.join(name))).collect::<io::Result<Vec<_>>>()?;
        if columns.iter().any(|column| column.len() as u64 != manifest.rows) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "columns of different lengths"));
        }
        let names = Names::open(&timeline.join(build::NAMES))?;
        // The first layout had none of these.
        let (groups, tally, sieve) = if manifest.version < 2 {
            (Groups::none(), Tally::none(), Sieve::none())
        } else {
            (Groups::open(&timeline)?, Tally::open(&timeline)?, Sieve::open(&timeline)?)
        };
        let stretches = || manifest.sources.iter().flat_map(|source| &source.stretches);
        let store = stretches().any(|stretch| matches!(stretch.text, Place::Store { .. })).then(|| store::Store::open(&timeline)).transpose()?;
        Ok(Self {
            directory: directory.to_owned(),
            columns,
            names,
            numbering: Numbering::new(&manifest.formats, &manifest.components),
            groups,
            tally,
            sieve,
            chosen: Chosen::names(),
            answers: Chosen::rows(),
            files: Files::new(store),
            manifest,
            words: OnceLock::new(),
            framers: Mutex::default(),
            findings: OnceLock::new(),
            signals: OnceLock::new(),
            states: OnceLock::new(),
            aliases: OnceLock::new(),
            notes: OnceLock::new(),
        })
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The sources, by path.
    pub fn sources(&self) -> &[Held] {
        &self.manifest.sources
    }

    /// How many entries it has.
    pub fn rows(&self) -> usize {
        self.manifest.rows as usize
    }

    fn timeline(&self) -> PathBuf {
        self.directory.join(&self.manifest.timeline)
    }

    fn at(&self, column: usize, row: usize) -> i64 {
        self.columns.get(column).map_or(0, |column| column.at(row))
    }

    /// Which names a column points to, a bit each.
    fn used(&self, column: usize) -> Vec<u64> {
        let mut used = self.names.bits();
        self.tally.of(column).for_each(|(number, _)| bits::put(&mut used, number));
        used
    }

    /// A list of what entries are about by its number, `kind=name` one a line.
    fn about_text(&self, number: i64) -> String {
        // The first layout had lists among the names.
        if self.manifest.version < 2 { self.names.get(number as usize).to_owned() } else { self.groups.text(number as usize, &self.names) }
    }

    /// The format of a row; `None`: this program has none of that name.
    fn format(&self, row: Row) -> Option<&'static dyn Format> {
        self.numbering.format(self.at(column::FORMAT, row as usize))
    }

    fn name(&self, column: usize, row: usize) -> &str {
        self.names.get(self.at(column, row) as usize)
    }

    /// The report of the findings, schema `necropsy.report/1`.
    pub fn report(&self) -> Result<serde_json::Value, Fault> {
        story::report(&self.timeline())
    }

    /// The report in a shape of the caller's, which may leave out what it does not need.
    pub fn report_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        story::report(&self.timeline())
    }

    /// The findings in the order of the report, for a first look: all of them with what a list tells, the first few in full. A shape of the caller's
    /// has to do without `steps` and the like; `None`: the case was written without, and [`report_as`](Self::report_as) has to be asked.
    pub fn headlines_as<T: serde::de::DeserializeOwned>(&self) -> Option<Vec<T>> {
        story::headlines(&self.timeline())
    }

    /// The findings, in order of the report.
    pub fn findings(&self) -> Result<&[Found], Fault> {
        if self.findings.get().is_none() {
            let findings = story::findings(&self.timeline())?;
            return Ok(self.findings.get_or_init(|| findings));
        }
        Ok(self.findings.get().map_or(&[], Vec::as_slice))
    }

    /// The signals, in order of time, source and offset. Of what a source repeats without end some are only counted.
    pub fn signals(&self) -> Result<&[Seen], Fault> {
        if self.signals.get().is_none() {
            let signals = story::signals(&self.timeline())?;
            return Ok(self.signals.get_or_init(|| signals));
        }
        Ok(self.signals.get().map_or(&[], Vec::as_slice))
    }

    /// States of entities, and names that mean one thing.
    pub fn states(&self) -> Result<&States, Fault> {
        if self.states.get().is_none() {
            let states = story::states(&self.timeline())?;
            return Ok(self.states.get_or_init(|| states));
        }
        self.states.get().ok_or_else(|| Fault::new("the states were lost"))
    }

    /// Names that mean one thing: kind and name of each, for every thing that has several.
    pub fn aliases(&self) -> Result<&[Group], Fault> {
        if self.aliases.get().is_none() {
            let aliases = match story::aliases(&self.timeline())? {
                Some(aliases) => aliases,
                None => self.states()?.aliases.clone(),
            };
            return Ok(self.aliases.get_or_init(|| aliases));
        }
        Ok(self.aliases.get().map_or(&[], Vec::as_slice))
    }

    /// What people noted, in the order they did.
    pub fn notes(&self) -> Result<&[notes::Note], Fault> {
        if self.notes.get().is_none() {
            let notes = notes::read(&self.directory)?;
            return Ok(self.notes.get_or_init(|| notes));
        }
        Ok(self.notes.get().map_or(&[], Vec::as_slice))
    }

    /// An entry, its text aside.
    pub fn entry(&self, row: Row) -> Entry<'_> {
        let index = row as usize;
        let number = |column| self.at(column, index);
        let time = number(column::TIME);
        Entry {
            row,
            source: self.source_of(row),
            time: (time != build::UNDATED).then_some(time),
            dated: Dated::ALL.get(number(column::DATED) as usize).copied().unwrap_or(Dated::Never),
            line: number(column::LINE) as u64,
            offset: number(column::OFFSET) as u64,
            severity: Severity::from_number(number(column::SEVERITY) as u8),
            component: self.numbering.component(number(column::COMPONENT)),
            node: self.name(column::NODE, index),
            pod: self.name(column::POD, index),
            signals: self.name(column::SIGNALS, index).lines().collect(),
            about: self.groups.get(number(column::ABOUT) as usize).map(|(kind, name)| (self.names.get(kind), self.names.get(name))).collect(),
            template: number(column::TEMPLATE) as u32,
        }
    }

    /// What tells whether entries are alike, without anything else of them: template, severity number, time as in [`Entry`].
    pub fn likeness(&self, row: Row) -> (u32, u8, Option<i64>) {
        let index = row as usize;
        let time = self.at(column::TIME, index);
        (self.at(column::TEMPLATE, index) as u32, self.at(column::SEVERITY, index) as u8, (time != build::UNDATED).then_some(time))
    }

    /// The raw bytes of an entry: its physical lines as they stand in the source, final line end excluded.
    ///
    /// # Errors
    ///
    /// The original is gone or has shrunk, and the case has no copy.
    pub fn text(&self, row: Row) -> Result<Vec<u8>, Fault> {
        self.reader().text(row).map(<[u8]>::to_vec)
    }

    /// Reads texts of many rows; faster than [`text`](Self::text) where they are near each other.
    pub fn reader(&self) -> Texts<'_> {
        Texts { case: self, reader: Reader::new(&self.files) }
    }

    fn words(&self) -> &word_index::WordIndex {
        self.words.get_or_init(|| word_index::WordIndex::open(&self.directory, &self.manifest))
    }

    /// Whether every entry is in the index of words; until then searches read texts.
    pub fn is_indexed(&self) -> bool {
        word_index::is_complete(&self.manifest)
    }

    /// What is wrong with the index of words, as far as it was met: segments that could not be read, in whose place texts are.
    pub fn trouble(&self) -> Option<String> {
        let damaged = self.words.get()?.damaged();
        let names = damaged.join(", ");
        (!damaged.is_empty()).then(|| format!("the index of words cannot be read ({names}): texts are read instead, with the same result but slower"))
    }

    /// Searches without the index of words: slower, with the same result.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        self.words = OnceLock::from(word_index::WordIndex::none(self.rows()));
        self
    }
}

/// What stands for the text of an entry whose file was gone when the case was built last.
const GONE: &[u8] = b"[the file is gone: this text cannot be shown]";

/// Reads texts of rows.
#[derive(Debug)]
pub struct Texts<'c> {
    case: &'c Case,
    reader: Reader<'c>,
}

impl Texts<'_> {
    /// The raw bytes of an entry, see [`Case::text`].
    pub fn text(&mut self, row: Row) -> Result<&[u8], Fault> {
        let case = self.case;
        let source = case.source_of(row);
        let Some(held) = case.manifest.sources.get(source) else { return Err(Fault::new("there is no such entry")) };
        let Some((stretch, last)) = held.stretch(row) else { return Err(Fault::new(format!("`{}` has no text", held.path))) };
        let from = case.at(column::OFFSET, row as usize) as u64;
        // Records of one line that stand at no place of their own share its text.
        let mut next = u64::from(row) + 1;
        while next < last && case.at(column::OFFSET, next as usize) as u64 <= from {
            next += 1;
        }
        let to = if next < last { case.at(column::OFFSET, next as usize) as u64 } else { u64::MAX };
        let text = match self.reader.read(source, held, stretch, from, to) {
            Err(_) if held.gone => return Ok(GONE),
            text => text?,
        };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        Ok(text.strip_suffix(b"\r").unwrap_or(text))
    }
}
