//! Rows: where each stands in the order of time and in its file, and the way back.
//!
//! In: rows, positions, times, lines, offsets. Out: each from each, in constant time or by binary search. Must not know: texts, queries.

use super::manifest::Held;
use super::packed::{Cursor, Packed};
use super::story::Line;
use super::{Case, Row, build, column};

impl Case {
    /// The time at a position; `None` beyond the end, and for entries without any, which come last.
    pub fn time_at(&self, position: usize) -> Option<i64> {
        let row = self.row_at(position)?;
        Some(self.at(column::TIME, row as usize)).filter(|time| *time != build::UNDATED)
    }

    /// The row at a position.
    pub fn row_at(&self, position: usize) -> Option<Row> {
        (position < self.rows()).then(|| self.at(column::ORDER, position) as Row)
    }

    /// The rows by position, for one position after another.
    pub(super) fn order(&self) -> Option<Cursor<'_>> {
        self.columns.get(column::ORDER).map(Packed::cursor)
    }

    /// The first position whose time is not before `time`, nanoseconds since the epoch.
    pub fn position_of_time(&self, time: i64) -> usize {
        self.first_position(|row| self.at(column::TIME, row) >= time)
    }

    /// The position of a row.
    pub fn position_of(&self, row: Row) -> usize {
        let time = self.at(column::TIME, row as usize);
        self.first_position(|other| (self.at(column::TIME, other), other) >= (time, row as usize))
    }

    fn first_position(&self, holds: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.rows());
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.at(column::ORDER, middle) as usize) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The rows of `count` positions from `position` on.
    pub fn page(&self, position: usize, count: usize) -> Vec<Row> {
        (position..position.saturating_add(count).min(self.rows())).filter_map(|position| self.row_at(position)).collect()
    }

    /// Index of the source of a row.
    pub fn source_of(&self, row: Row) -> usize {
        let row = u64::from(row);
        // Sources without rows begin where the next one does: the last that begins there has the row.
        self.manifest.sources.partition_point(|source| source.first <= row).saturating_sub(1)
    }

    /// How far the clock of an entry may be off, nanoseconds, where its time is not borrowed.
    pub fn doubt(&self, entry: &super::Entry<'_>) -> i64 {
        let clock = self.manifest.sources.get(entry.source).and_then(|held| held.about.get("clock"));
        let of = |value: &serde_json::Value| value.get("doubt_ms").and_then(serde_json::Value::as_i64);
        let from = |piece: &serde_json::Value| piece.get("from_offset").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let pieces = clock.and_then(|clock| clock.get("pieces")).and_then(serde_json::Value::as_array);
        let piece = pieces.and_then(|pieces| pieces.iter().rev().find(|piece| from(piece) <= entry.offset));
        piece.or(clock).and_then(of).unwrap_or(0).saturating_mul(1_000_000)
    }

    /// Path of the file that a row lies in, and its line there, counted from 1.
    pub fn place(&self, row: Row) -> (&str, u64) {
        let line = self.at(column::LINE, row as usize) as u64;
        let Some(held) = self.manifest.sources.get(self.source_of(row)) else { return ("", line) };
        match held.stretch(row).and_then(|(index, _)| held.stretches.get(index)) {
            Some(stretch) if stretch.path != held.path && held.path.starts_with(&stretch.path) => (&held.path, line),
            Some(stretch) => (&stretch.path, line.saturating_sub(stretch.lines_before)),
            None => (&held.path, line),
        }
    }

    /// The row that a line of evidence belongs to: `path` names the file where the source is more or less than one.
    pub fn row_of_evidence(&self, line: &Line) -> Option<Row> {
        let held = self.manifest.sources.get(line.source as usize)?;
        let path = line.path.as_deref().unwrap_or(&held.path);
        let before = held.stretches.iter().find(|stretch| stretch.path == path).map_or(0, |stretch| stretch.bytes_before);
        self.row_of(line.source as usize, line.offset.saturating_add(before))
    }

    /// The row that a byte of a source belongs to.
    pub fn row_of(&self, source: usize, offset: u64) -> Option<Row> {
        let held = self.manifest.sources.get(source)?;
        let (first, last) = (held.first as usize, (held.first + held.rows) as usize);
        let (mut low, mut high) = (first, last);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(column::OFFSET, middle) as u64 <= offset { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).filter(|row| *row >= first).map(|row| row as Row)
    }

    /// The row that a line of a source belongs to, lines counted from 1.
    pub fn row_of_line(&self, source: usize, line: u64) -> Option<Row> {
        let held = self.manifest.sources.get(source)?;
        let (first, last) = (held.first as usize, (held.first + held.rows) as usize);
        let (mut low, mut high) = (first, last);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(column::LINE, middle) as u64 <= line { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).filter(|row| *row >= first).map(|row| row as Row)
    }
}

impl Held {
    /// The stretch that a row of this source lies in, and the first row behind it.
    pub(super) fn stretch(&self, row: Row) -> Option<(usize, u64)> {
        let mut last = self.first;
        for (index, stretch) in self.stretches.iter().enumerate() {
            last += stretch.rows;
            if u64::from(row) < last {
                return Some((index, last));
            }
        }
        None
    }
}
