//! Scope: the rows that a question is about, so that the first hits cost a look at few of them.
//!
//! In: positions. Out: the rows there, as ranges. Must not know: queries.
//!
//! Entries that follow one another in time are a few runs of rows: those of each source stand together.

use super::Case;
use super::bits::Bits;

/// Rows that are looked at together: whoever asks for one asks for the others.
const TOGETHER: usize = 256;

/// Rows that are asked for.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// All of them.
    All,
    /// Those in these ranges, in rising order.
    Within(Vec<(usize, usize)>),
}

impl Scope {
    /// The rows of the positions `[from, to)`, and some between them.
    pub(super) fn of(case: &Case, from: usize, to: usize) -> Self {
        let mut asked = vec![false; case.rows().div_ceil(TOGETHER)];
        if let Some(order) = case.columns.get(super::column::ORDER) {
            order.each(from, to, |_, row| {
                if let Some(asked) = asked.get_mut(row as usize / TOGETHER) {
                    *asked = true;
                }
            });
        }
        Self::stretches(asked.into_iter(), case.rows())
    }

    /// These rows, and some between them.
    pub(super) fn around(rows: &Bits, end: usize) -> Self {
        Self::stretches(rows.words().chunks(TOGETHER / 64).map(|words| words.iter().any(|word| *word != 0)), end)
    }

    /// The rows of the stretches that are asked for.
    fn stretches(asked: impl Iterator<Item = bool>, rows: usize) -> Self {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (at, _) in asked.enumerate().filter(|(_, asked)| *asked) {
            let (first, next) = (at * TOGETHER, ((at + 1) * TOGETHER).min(rows));
            match ranges.last_mut().filter(|(_, end)| *end == first) {
                Some((_, end)) => *end = next,
                None => ranges.push((first, next)),
            }
        }
        Self::Within(ranges)
    }

    /// No rows: what a question costs before it is answered.
    pub(super) fn none() -> Self {
        Self::Within(Vec::new())
    }

    /// Whether it has no rows.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::Within(ranges) if ranges.is_empty())
    }

    /// The parts of `[from, to)` that are asked for.
    pub(super) fn within(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
        let (all, ranges): (_, &[_]) = match self {
            Self::All => (Some((from, to)), &[]),
            Self::Within(ranges) => (None, ranges.get(ranges.partition_point(|(_, end)| *end <= from)..).unwrap_or_default()),
        };
        let parts = ranges.iter().take_while(move |(first, _)| *first < to).map(move |(first, end)| (from.max(*first), to.min(*end)));
        all.into_iter().chain(parts).filter(|(from, to)| from < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_both_have() {
        let scope = Scope::Within(vec![(3, 10), (20, 30), (40, 41)]);
        let parts = |from, to| scope.within(from, to).collect::<Vec<_>>();
        assert_eq!(parts(0, 100), [(3, 10), (20, 30), (40, 41)]);
        assert_eq!(parts(9, 21), [(9, 10), (20, 21)]);
        assert_eq!(parts(10, 20), []);
        assert_eq!(parts(30, 3), []);
        assert_eq!(Scope::All.within(5, 9).collect::<Vec<_>>(), [(5, 9)]);
        assert_eq!(Scope::none().within(5, 9).count(), 0);
    }
}
