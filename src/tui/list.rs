//! The list of the timeline: all entries in order of time, or those that a filter leaves, alike ones folded.
//!
//! In: a case's columns, positions of hits. Out: entries by index, groups of alike ones, rows of the screen. Must not know: texts, the screen.
//!
//! Whether an entry goes on a group is told by it and the one before it alone, so groups are the same wherever reading begins, and none is longer than
//! [`MOST`], so that finding its ends takes a bounded time in a list of any length.

use std::sync::Arc;

use crate::case::{Case, Dated, Row};
use crate::time::SECOND;

/// Entries like the one before are one group with it if they follow so soon.
const FOLD_NS: i64 = 10 * SECOND;
/// A silence of all sources that is worth a line of its own.
pub(super) const GAP_NS: i64 = 60 * SECOND;
/// Longest group.
const MOST: usize = 512;

/// Positions in order of time.
#[derive(Clone, Debug)]
pub(super) enum List {
    /// All entries: so many.
    All(usize),
    /// Some of them.
    Some(Arc<[u32]>),
}

impl Default for List {
    fn default() -> Self {
        Self::All(0)
    }
}

impl List {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(all) => *all,
            Self::Some(some) => some.len(),
        }
    }

    /// The position of an index.
    pub(super) fn position(&self, index: usize) -> Option<usize> {
        match self {
            Self::All(all) => (index < *all).then_some(index),
            Self::Some(some) => some.get(index).map(|position| *position as usize),
        }
    }

    /// The first index whose position is not before this one.
    pub(super) fn index(&self, position: usize) -> usize {
        match self {
            Self::All(all) => position.min(*all),
            Self::Some(some) => some.partition_point(|known| (*known as usize) < position),
        }
    }

    /// The index of exactly this position.
    pub(super) fn index_of(&self, position: usize) -> Option<usize> {
        let index = self.index(position);
        (self.position(index) == Some(position)).then_some(index)
    }
}

/// A list and what it takes to fold it.
#[derive(Clone, Copy)]
pub(super) struct Folded<'a> {
    pub(super) case: &'a Case,
    pub(super) list: &'a List,
    /// Rows that always stand alone: evidence, notes.
    pub(super) alone: &'a dyn Fn(Row) -> bool,
    pub(super) folds: bool,
}

/// A row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nobody says anything for so long, nanoseconds.
    Gap(i64),
    /// From here on nobody says when.
    Undated,
    /// An entry, and how many like it follow.
    Group {
        /// Index of the first of them.
        index: usize,
        /// Its row.
        row: Row,
        /// How many.
        count: usize,
        /// When the last of them was.
        last: Option<i64>,
    },
}

/// What tells whether entries are alike.
#[derive(Clone, Copy)]
struct Like {
    row: Row,
    template: u32,
    severity: u8,
    time: Option<i64>,
}

impl Folded<'_> {
    pub(super) fn row(&self, index: usize) -> Option<Row> {
        self.list.position(index).and_then(|position| self.case.row_at(position))
    }

    fn like(&self, index: usize) -> Option<Like> {
        let row = self.row(index)?;
        let (template, severity, time) = self.case.likeness(row);
        Some(Like { row, template, severity, time })
    }

    fn goes_on(&self, before: &Like, entry: &Like) -> bool {
        entry.template != 0
            && (before.template, before.severity) == (entry.template, entry.severity)
            && matches!((before.time, entry.time), (Some(a), Some(b)) if b.saturating_sub(a) <= FOLD_NS)
            && self.case.source_of(before.row) == self.case.source_of(entry.row)
            && !(self.alone)(before.row)
            && !(self.alone)(entry.row)
    }

    fn is_first(&self, index: usize) -> bool {
        if !self.folds || index.is_multiple_of(MOST) {
            return true;
        }
        index.checked_sub(1).and_then(|before| self.like(before)).zip(self.like(index)).is_none_or(|(before, entry)| !self.goes_on(&before, &entry))
    }

    /// The first index of the group that an index lies in.
    pub(super) fn first(&self, index: usize) -> usize {
        let mut index = index.min(self.list.len().saturating_sub(1));
        while index > 0 && !self.is_first(index) {
            index -= 1;
        }
        index
    }

    /// The first index behind the group that begins here.
    pub(super) fn after(&self, first: usize) -> usize {
        let mut next = first + 1;
        if !self.folds {
            return next;
        }
        let Some(mut before) = self.like(first) else { return next };
        while !next.is_multiple_of(MOST)
            && let Some(entry) = self.like(next)
            && self.goes_on(&before, &entry)
        {
            before = entry;
            next += 1;
        }
        next
    }

    /// The first index of the group after this one, if there is any.
    pub(super) fn next(&self, index: usize) -> Option<usize> {
        Some(self.after(index)).filter(|next| *next < self.list.len())
    }

    /// The first index of the group before this one.
    pub(super) fn before(&self, index: usize) -> Option<usize> {
        self.first(index).checked_sub(1).map(|before| self.first(before))
    }

    /// The rows of a screen of so many lines, from the group of `top` on.
    pub(super) fn rows(&self, top: usize, height: usize) -> Vec<Shown> {
        let mut rows = Vec::with_capacity(height);
        let mut index = self.first(top);
        let mut before = index.checked_sub(1).and_then(|before| self.like(before)).map(|before| before.time);
        while rows.len() < height {
            let Some(Like { row, time, .. }) = self.like(index) else { break };
            match (before, time) {
                (Some(Some(before)), Some(time)) if time.saturating_sub(before) >= GAP_NS => rows.push(Shown::Gap(time.saturating_sub(before))),
                (Some(Some(_)), None) => rows.push(Shown::Undated),
                _ => {}
            }
            if rows.len() >= height {
                break;
            }
            let next = self.after(index);
            let last = if next > index + 1 { self.like(next - 1).and_then(|last| last.time) } else { None };
            rows.push(Shown::Group { index, row, count: next - index, last });
            before = Some(last.or(time));
            index = next;
        }
        rows
    }

    /// Where the screen begins, and its rows: with the group of `selected`, and no empty line below the end.
    pub(super) fn screen(&self, top: usize, selected: usize, height: usize) -> (usize, Vec<Shown>) {
        let (top, selected) = (self.first(top), self.first(selected));
        let rows = self.rows(top, height);
        if rows.len() >= height && rows.iter().any(|row| matches!(row, Shown::Group { index, .. } if *index == selected)) {
            return (top, rows);
        }
        let top = self.filled(self.top(top, selected, height), height);
        (top, self.rows(top, height))
    }

    /// Where the screen begins so that the group of `selected` is on it: where it began, if possible.
    fn top(&self, top: usize, selected: usize, height: usize) -> usize {
        let (top, selected) = (self.first(top), self.first(selected));
        if selected < top {
            return if top - selected > MOST { self.above(selected, height / 3) } else { selected };
        }
        if selected - top > MOST.max(height) * 4 {
            return self.above(selected, height / 3);
        }
        let mut top = top;
        loop {
            let rows = self.rows(top, height);
            let shown = |row: &Shown| matches!(row, Shown::Group { index, .. } if *index == selected);
            if rows.iter().any(shown) || top >= selected {
                return top;
            }
            // Far away: the selected row comes to the last third.
            let last = rows.iter().rev().find_map(|row| if let Shown::Group { index, .. } = row { Some(*index) } else { None });
            if last.is_some_and(|last| self.after(last) != selected) {
                let jumped = self.above(selected, height / 2);
                if jumped > top {
                    top = jumped;
                    continue;
                }
            }
            top = self.after(top);
        }
    }

    /// Where the screen begins so that no line below the end is empty.
    fn filled(&self, top: usize, height: usize) -> usize {
        let mut top = self.first(top);
        let mut rows = self.rows(top, height).len();
        while rows < height {
            let Some(before) = self.before(top) else { break };
            let more = self.rows(before, height + 2).len();
            if more > height {
                break;
            }
            (top, rows) = (before, more);
        }
        top
    }

    /// The index so many groups above.
    pub(super) fn above(&self, index: usize, groups: usize) -> usize {
        let mut index = self.first(index);
        for _ in 0..groups {
            match self.before(index) {
                Some(before) => index = before,
                None => break,
            }
        }
        index
    }
}

/// Whether an entry's time is its own.
pub(super) fn is_borrowed(dated: Dated) -> bool {
    matches!(dated, Dated::Before | Dated::After)
}
