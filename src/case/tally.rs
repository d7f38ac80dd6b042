//! Tally: how often each value of a column comes, counted when a case is built.
//!
//! In: columns. Out: their values, the most frequent first, with their counts. Must not know: what values mean.

use std::cmp::Reverse;
use std::io;
use std::path::Path;

use super::column;
use super::packed::{Course, Packed, Packing};

/// The columns that are counted.
const COUNTED: [usize; 6] = [column::SEVERITY, column::COMPONENT, column::FORMAT, column::NODE, column::POD, column::SIGNALS];
/// Where the values of each end, then all values, and how often each comes.
pub(super) const FILES: [&str; 3] = ["tally-end", "tally-value", "tally-count"];

/// Counts that are read.
#[derive(Debug)]
pub(super) struct Tally {
    ends: Packed,
    values: Packed,
    counts: Packed,
}

impl Tally {
    /// Counts and writes; `open` gives a column by its number.
    pub(super) fn write(directory: &Path, open: impl Fn(usize) -> io::Result<Packed>) -> io::Result<()> {
        let [ends, values, counts] = FILES.map(|name| directory.join(name));
        let mut ends = Packing::new(&ends, Course::Rising)?;
        let (mut values, mut counts) = (Packing::new(&values, Course::Any)?, Packing::new(&counts, Course::Any)?);
        let mut end = 0;
        for number in COUNTED {
            let mut counted = open(number)?.counts(None);
            counted.sort_unstable_by_key(|(value, count)| (Reverse(*count), *value));
            for (value, count) in counted {
                values.push(value as i64)?;
                counts.push(count as i64)?;
                end += 1;
            }
            ends.push(end)?;
        }
        [ends, values, counts].into_iter().try_for_each(Packing::finish)
    }

    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let [ends, values, counts] = FILES.map(|name| Packed::open(&directory.join(name)));
        Ok(Self { ends: ends?, values: values?, counts: counts? })
    }

    /// Of a case that has none.
    pub(super) fn none() -> Self {
        Self { ends: Packed::none(), values: Packed::none(), counts: Packed::none() }
    }

    /// The files that are not as they were written.
    pub(super) fn damaged(&self) -> impl Iterator<Item = &'static str> {
        FILES.into_iter().zip([&self.ends, &self.values, &self.counts]).filter(|(_, column)| !column.is_sound()).map(|(name, _)| name)
    }

    /// The values of a column with their counts, the most frequent first, then by value. None for one that is not counted.
    pub(super) fn of(&self, column: usize) -> impl Iterator<Item = (usize, u64)> {
        let range = COUNTED.iter().position(|number| *number == column).map_or(0..0, |at| {
            let end = |at: usize| (self.ends.at(at) as usize).min(self.values.len());
            at.checked_sub(1).map_or(0, end)..end(at)
        });
        let (mut values, mut counts) = (self.values.cursor(), self.counts.cursor());
        range.map(move |at| (usize::try_from(values.at(at)).unwrap_or(0), u64::try_from(counts.at(at)).unwrap_or(0)))
    }
}
