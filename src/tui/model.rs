//! The model: everything that the screen shows is a function of this.
//!
//! In: what was read, what a person did. Out: the same, and questions about it. Must not know: the terminal, how it is drawn.

mod areas;
mod wants;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::effect::{Detail, Headline, Lived, Noted, Survey, Ticket};
use super::findings::{self, Item, Tally};
use super::histogram::Histogram;
use super::keymap::Context;
use super::list::{Folded, List, Shown};
use super::prompt::Prompt;
use super::state::State;
use super::story::Story;
use super::theme::Theme;
use super::told;
use crate::case::{Case, Facet, Row};
use crate::query::Query;

/// Headlines that are kept.
pub(super) const MAX_TEXTS: usize = 6000;

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Verdicts,
    Timeline,
    Lanes,
    Entities,
    Sources,
    Notes,
}

impl Page {
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Verdicts, "Verdicts"),
        (Self::Timeline, "Timeline"),
        (Self::Lanes, "Lanes"),
        (Self::Entities, "Entities"),
        (Self::Sources, "Sources"),
        (Self::Notes, "Notes"),
    ];

    pub(super) const fn context(self) -> Context {
        match self {
            Self::Verdicts => Context::Verdicts,
            Self::Timeline => Context::Timeline,
            Self::Lanes => Context::Lanes,
            Self::Entities => Context::Entities,
            Self::Sources => Context::Sources,
            Self::Notes => Context::Notes,
        }
    }
}

/// Something that lies over the page and gets the keys first.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Overlay {
    Help { scroll: usize },
    Filters { selected: usize },
    Prompt(Box<Prompt>),
}

/// A filter of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    pub(super) text: String,
    pub(super) query: Query,
    pub(super) inverted: bool,
    pub(super) on: bool,
}

/// A list beside what is told of its selected line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Place in the list.
    pub(super) left: usize,
    /// First line of the list that is shown.
    pub(super) top: usize,
    /// Whether the right side has the keys.
    pub(super) inside: bool,
    /// Place on the right side, and its first line that is shown.
    pub(super) right: usize,
    pub(super) scroll: usize,
}

/// What stands before the text of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Where {
    #[default]
    Source,
    SourceAndNode,
    SourceAndPod,
    Component,
    Nothing,
}

impl Where {
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Source => Self::SourceAndNode,
            Self::SourceAndNode => Self::SourceAndPod,
            Self::SourceAndPod => Self::Component,
            Self::Component => Self::Nothing,
            Self::Nothing => Self::Source,
        }
    }
}

/// The timeline.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    pub(super) list: List,
    pub(super) filters: Vec<Filter>,
    /// The filters that made the list; others are being applied.
    pub(super) applied: Vec<Filter>,
    /// The filter is being applied.
    pub(super) waits: Option<Ticket>,
    /// First entry that is shown, and the one that is selected, by index in the list.
    pub(super) top: usize,
    pub(super) selected: usize,
    /// What is on the screen.
    pub(super) rows: Vec<Shown>,
    /// The other end of a selection.
    pub(super) range: Option<usize>,
    pub(super) detail: Option<bool>,
    pub(super) detail_scroll: usize,
    pub(super) shows_all: bool,
    /// Texts with their stamps and headers.
    pub(super) raw: bool,
    pub(super) place: Where,
    /// Cells of text to the left that are not shown.
    pub(super) skip: usize,
    /// Side by side.
    pub(super) columns: Option<(Facet, Vec<String>)>,
    pub(super) search: Option<Searched>,
    pub(super) histogram: Histogram,
    /// What the histogram was asked for.
    pub(super) counted: Option<Counted>,
    /// Columns of the histogram that the mouse drags over.
    pub(super) drag: Option<(u16, u16)>,
}

/// What a histogram was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) ticket: Ticket,
    pub(super) window: (i64, i64),
    pub(super) parts: usize,
    pub(super) filter: Option<Query>,
}

/// A search and its hits.
#[derive(Clone, Debug)]
pub(super) struct Searched {
    pub(super) text: String,
    pub(super) query: Query,
    pub(super) hits: Option<Arc<[u32]>>,
    pub(super) ticket: Ticket,
    /// Where it began, to go to the first hit behind it when it is done; whether it was asked for as a jump.
    pub(super) goes: bool,
}

/// The lanes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    /// What is shown, nanoseconds.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) cursor: i64,
    pub(super) lane: usize,
    pub(super) top: usize,
}

/// Reading that goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) step: String,
    pub(super) done: u64,
    pub(super) all: u64,
}

/// How much of the findings is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reading {
    /// What a list tells, and the first few.
    #[default]
    Headlines,
    Whole,
    /// None: the case is only how the files begin, and the rest is being read, or was to be.
    Glimpse,
}

/// Everything.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that any of the others leaves open")]
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) theme: Theme,
    pub(super) theme_chosen: bool,
    pub(super) page: Page,
    /// Pages to go back to.
    pub(super) back: Vec<Page>,
    pub(super) overlays: Vec<Overlay>,
    /// Something to be told until the next key: what, and whether it is trouble.
    pub(super) notice: Option<(String, bool)>,
    pub(super) name: String,
    pub(super) temporary: bool,
    pub(super) inputs: Vec<(String, u64)>,
    pub(super) progress: Option<Progress>,
    pub(super) broken: Option<String>,
    /// The reading was stopped: what is shown, if anything, is not all.
    pub(super) stopped: bool,
    pub(super) case: Option<Arc<Case>>,
    pub(super) stories: Vec<Story>,
    pub(super) reading: Reading,
    /// What could not be read, and that it could change what was found.
    pub(super) caveat: Option<String>,
    /// Findings that are unfolded, by id.
    pub(super) open: BTreeSet<String>,
    /// The list of findings as it is folded.
    pub(super) items: Vec<Item>,
    pub(super) tally: Tally,
    pub(super) verdicts: Split,
    pub(super) evidence: BTreeMap<Row, Vec<String>>,
    /// Positions of cited entries, in order.
    pub(super) cited: Vec<usize>,
    pub(super) notes: Vec<Noted>,
    /// Rows with notes.
    pub(super) noted: BTreeMap<Row, usize>,
    pub(super) notes_page: Split,
    pub(super) reach: Option<(i64, i64)>,
    pub(super) dated: usize,
    pub(super) timeline: Timeline,
    pub(super) texts: HashMap<Row, Headline>,
    pub(super) asked: HashSet<Row>,
    pub(super) detail: Option<(Row, Detail)>,
    pub(super) detail_asked: Option<Row>,
    pub(super) survey: Option<Survey>,
    pub(super) lanes: Lanes,
    pub(super) entities: Split,
    pub(super) life: Option<(String, Vec<Lived>)>,
    pub(super) life_asked: Option<(Ticket, String)>,
    pub(super) sources: Split,
    pub(super) history: Vec<String>,
    pub(super) ticket: Ticket,
    /// Answers that are being waited for, by ticket: what for.
    pub(super) live: Option<Ticket>,
    /// How far the search is that goes on.
    pub(super) pace: Option<(u64, u64)>,
    pub(super) stepping: Option<Ticket>,
    pub(super) kept: Option<PathBuf>,
    pub(super) quitting: bool,
}

impl Model {
    /// A model for a screen of this size.
    pub(super) fn new(name: &str, temporary: bool, theme: Theme, (width, height): (u16, u16)) -> Self {
        Self { name: name.to_owned(), temporary, theme, width, height, ..Self::default() }
    }

    /// Whether the case is only how the files begin.
    pub(super) fn is_glimpse(&self) -> bool {
        self.reading == Reading::Glimpse
    }

    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.ticket += 1;
        self.ticket
    }

    /// Who gets the keys.
    pub(super) fn context(&self) -> Context {
        match self.overlays.last() {
            Some(Overlay::Filters { .. }) => Context::Filters,
            _ => self.page.context(),
        }
    }

    pub(super) fn say(&mut self, what: impl Into<String>) {
        self.notice = Some((what.into(), false));
    }

    pub(super) fn warn(&mut self, what: impl Into<String>) {
        self.notice = Some((what.into(), true));
    }

    /// Lists the findings anew, as they are folded now.
    pub(super) fn list_findings(&mut self) {
        self.items = findings::listed(&self.stories, |id| self.open.contains(id));
        self.tally = Tally::of(&self.stories);
    }

    /// The finding that is selected, by its place in the report.
    pub(super) fn finding(&self) -> Option<usize> {
        self.items.get(self.verdicts.left).map(|item| item.story)
    }

    /// Paths of the sources.
    pub(super) fn paths(&self) -> Vec<&str> {
        self.case.as_ref().map_or(Vec::new(), |case| case.sources().iter().map(|held| held.path.as_str()).collect())
    }

    /// The story that is open.
    pub(super) fn told(&self) -> Option<told::Page> {
        let story = self.stories.get(self.finding()?)?;
        let (_, area) = self.verdict_areas();
        Some(story.page(&self.stories, &self.paths(), usize::from(area.width.saturating_sub(3)), self.reading == Reading::Whole))
    }

    /// Whether an entry is never folded with others.
    pub(super) fn is_alone(&self, row: Row) -> bool {
        self.evidence.contains_key(&row) || self.noted.contains_key(&row)
    }

    /// Hands the folded list to `take`.
    pub(super) fn folded<T>(&self, take: impl FnOnce(Folded<'_>) -> T) -> Option<T> {
        let case = self.case.as_deref()?;
        let alone = |row| self.is_alone(row);
        Some(take(Folded { case, list: &self.timeline.list, alone: &alone, folds: !self.timeline.shows_all }))
    }

    /// The row that is selected in the timeline.
    pub(super) fn selected_row(&self) -> Option<Row> {
        let case = self.case.as_ref()?;
        self.timeline.list.position(self.timeline.selected).and_then(|position| case.row_at(position))
    }

    /// All filters that are on, as one query.
    pub(super) fn filter(&self) -> Option<Query> {
        let mut all: Vec<Query> = self
            .timeline
            .filters
            .iter()
            .filter(|filter| filter.on)
            .map(|filter| if filter.inverted { Query::Not(Box::new(filter.query.clone())) } else { filter.query.clone() })
            .collect();
        match all.len() {
            0 => None,
            1 => all.pop(),
            _ => Some(Query::And(all)),
        }
    }

    /// A query among what the filters leave.
    pub(super) fn within(&self, query: Query) -> Query {
        match self.filter() {
            None => query,
            Some(filter) => Query::And(vec![filter, query]),
        }
    }

    /// `SOURCE@OFFSET` of a row.
    pub(super) fn mark(&self, row: Row) -> Option<String> {
        let entry = self.case.as_ref()?.entry(row);
        Some(format!("{}@{}", entry.source, entry.offset))
    }

    /// The state to be kept.
    pub(super) fn state(&self) -> State {
        State {
            finding: self.finding().and_then(|at| self.stories.get(at)).map(|story| story.cause.clone()),
            entry: self.selected_row().and_then(|row| self.mark(row)),
            filters: self.timeline.filters.iter().map(|filter| (filter.text.clone(), filter.inverted, filter.on)).collect(),
            history: self.history.clone(),
            theme: self.theme_chosen.then(|| self.theme.name().to_owned()),
        }
    }
}

/// The first line to be shown so that `line` is among `height`, moved as little as possible.
pub(super) fn kept(top: usize, line: usize, height: usize) -> usize {
    let height = height.max(1);
    if line < top { line } else { top.max((line + 1).saturating_sub(height)) }
}
