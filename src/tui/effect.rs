//! Effects and messages as values: what the UI asks of the world, and everything that can happen to it.
//!
//! In: an effect, a case. Out: a message for [`update`](super::update), where a case alone can give it. Must not know: the model, threads, terminals.

mod answer;
mod life;
mod load;
mod record;
mod survey;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::histogram::Histogram;
use super::input::Input;
use super::lane::Lane;
use super::state::State;
use super::story::Story;
use crate::case::notes::{Note, What};
use crate::case::{Case, Facet, Row};
use crate::query::{Query, parse};

pub(super) use answer::answer;
pub(super) use load::{load, read};

/// Tells answers to the question that was asked last from those to earlier ones.
pub(super) type Ticket = u64;

/// What the UI asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// Headlines of rows.
    Texts(Vec<Row>),
    /// A record in full.
    Detail(Row),
    /// Everything about a name.
    Life(Ticket, String),
    /// The positions that fit; `None` of a query: all.
    Filter(Ticket, Option<Query>),
    /// The positions that fit.
    Search(Ticket, Query),
    /// How many fit.
    Count(Ticket, Query),
    /// The next position that fits, or the one before.
    Step(Ticket, Query, usize, bool, &'static str),
    /// Counts by time and severity.
    Histogram(Ticket, Option<Query>, (i64, i64), usize),
    /// Names for completion, lanes, entities.
    Survey,
    /// Columns for the side-by-side view.
    Names(Facet, Option<Query>),
    /// Put a note on a finding (`f1`) or an entry (`SOURCE@OFFSET`).
    Note(String, What),
    /// Write a text into a new file.
    Export(PathBuf, Exported),
    /// Put a text on the clipboard.
    Copy(String),
    /// Keep a temporary case.
    Keep(PathBuf),
    /// Keep the state of the view in the case.
    Save(Box<State>),
    /// Stop reading.
    Cancel,
    /// Stop searching, filtering, jumping.
    Halt,
    /// Stop counting.
    HaltCount,
    /// Back to the shell for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

/// What is exported.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Exported {
    /// A story, by its place in the report.
    Story(usize),
    /// Entries.
    Rows(Vec<Row>),
    /// All notes.
    Notes,
}

/// Everything that can happen.
#[derive(Debug)]
pub(super) enum Message {
    Input(Input),
    /// The files that are being read, with their bytes.
    Listed(Vec<(String, u64)>),
    /// A step of reading, bytes done, bytes in all.
    Progress(String, u64, u64),
    /// All is read.
    Ready,
    /// A case of how the files begin: something to look at until all is read.
    Glimpsed(Box<Loaded>),
    /// A case, and what a first look takes.
    Opened(Box<Loaded>),
    /// The rest of it.
    Read(Box<Whole>),
    /// Nothing can be shown.
    Broken(String),
    /// Somebody stopped the reading before there was a case of all of it.
    Stopped,
    /// Headlines, and the directory of the case that they are of.
    Texts(PathBuf, Vec<(Row, Headline)>),
    /// A record, and the directory of its case.
    Detail(PathBuf, Row, Detail),
    Lived(Ticket, Vec<Lived>),
    Filtered(Ticket, Result<Option<Arc<[u32]>>, String>),
    Searched(Ticket, Result<Arc<[u32]>, String>),
    Counted(Ticket, Result<u64, String>),
    Stepped(Ticket, Result<Option<usize>, String>, &'static str),
    Histogram(Ticket, Histogram),
    Surveyed(Box<Survey>),
    Names(Facet, Vec<String>),
    /// A note was made: the case that knows it, and all notes.
    Noted(Arc<Case>, Vec<Noted>),
    /// A search has looked at so many entries of so many; nothing: none goes on.
    Pace(Option<(u64, u64)>),
    /// Something was done, or could not be.
    Said(Result<String, String>),
    /// The temporary case lies here now.
    Kept(PathBuf),
}

/// A case and what is told at once.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) case: Arc<Case>,
    /// The findings, the first few in full.
    pub(super) stories: Vec<Story>,
    /// First and last time.
    pub(super) reach: Option<(i64, i64)>,
    /// Entries with a time.
    pub(super) dated: usize,
    pub(super) state: Option<State>,
}

/// What is told as soon as it is read.
#[derive(Debug)]
pub(super) struct Whole {
    /// The case that it is about.
    pub(super) case: Arc<Case>,
    /// The findings in full.
    pub(super) stories: Vec<Story>,
    pub(super) caveat: Option<String>,
    /// Rows that are cited, and the findings that do.
    pub(super) evidence: BTreeMap<Row, Vec<String>>,
    pub(super) notes: Vec<Noted>,
}

/// A note and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Noted {
    pub(super) note: Note,
    pub(super) row: Option<Row>,
    pub(super) finding: Option<String>,
    pub(super) place: String,
}

/// What an entry says in one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Headline {
    /// As it stands.
    pub(super) text: String,
    /// Without stamp and header.
    pub(super) message: String,
    /// Further lines of the record.
    pub(super) more: usize,
}

/// A record in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Detail {
    pub(super) lines: Vec<String>,
    pub(super) parts: Vec<(String, String)>,
    /// Doubt and the like.
    pub(super) facts: Vec<(String, String)>,
}

/// A line of what is known of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lived {
    pub(super) text: String,
    pub(super) is_title: bool,
    /// An entry, or a finding by its id.
    pub(super) row: Option<Row>,
    pub(super) finding: Option<String>,
    /// From where to where it goes on, for a bar.
    pub(super) bar: Option<(i64, i64, bool)>,
}

/// What takes a moment to find out.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Values by field, the most frequent first.
    pub(super) names: BTreeMap<&'static str, Vec<String>>,
    pub(super) lanes: Vec<Lane>,
    /// Kind, name, signals about it.
    pub(super) entities: Vec<(String, String, u64)>,
}

/// What a person typed, as a query.
pub(super) fn asked(text: &str) -> Result<Query, String> {
    parse(text).map_err(|fault| format!("{}: {}", fault.what, fault.help))
}
