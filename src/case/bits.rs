//! Bits: a set of rows.
//!
//! In: rows. Out: what is in two sets, in either, in none. Must not know: what rows are.

use super::Row;

/// Whether a number is in a set of few, a bit each.
pub(super) fn has(set: &[u64], number: usize) -> bool {
    set.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
}

/// Adds a number to a set; one that it has no place for is left out.
pub(super) fn put(set: &mut [u64], number: usize) {
    if let Some(word) = set.get_mut(number / 64) {
        *word |= 1 << (number % 64);
    }
}

/// The least number of a set and the greatest, both included; `None`: it has none.
pub(super) fn reach(set: &[u64]) -> Option<(i64, i64)> {
    let first = set.iter().position(|word| *word != 0)?;
    let last = set.iter().rposition(|word| *word != 0)?;
    let (low, high) = (set.get(first)?.trailing_zeros(), 63 - set.get(last)?.leading_zeros());
    Some(((first * 64) as i64 + i64::from(low), (last * 64) as i64 + i64::from(high)))
}

/// Whether a set has any of the numbers `[from, to)`.
pub(super) fn any(set: &[u64], from: usize, to: usize) -> bool {
    let (first, last) = (from / 64, to.saturating_sub(1) / 64);
    if from >= to {
        return false;
    }
    let (head, tail) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    let word = |at: usize| set.get(at).copied().unwrap_or(0);
    if first == last {
        return word(first) & head & tail != 0;
    }
    word(first) & head != 0
        || word(last) & tail != 0
        || set.get(first + 1..last.min(set.len())).is_some_and(|words| words.iter().any(|word| *word != 0))
}

/// A set of rows of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    rows: usize,
}

impl Bits {
    pub(super) fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], rows }
    }

    pub(super) fn all(rows: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; rows.div_ceil(64)], rows };
        bits.trim();
        bits
    }

    /// The rows whose bits are set in `words`.
    pub(super) fn of(words: Vec<u64>, rows: usize) -> Self {
        let mut bits = Self { words, rows };
        bits.words.resize(rows.div_ceil(64), 0);
        bits.trim();
        bits
    }

    /// How many rows there are, in the set or not.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// A bit for each row.
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    fn trim(&mut self) {
        let rest = self.rows % 64;
        if rest > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }

    /// Adds rows that rise. Those beyond the last row are left out.
    pub(super) fn set_rising(&mut self, rows: impl Iterator<Item = usize>) {
        let (mut at, mut gathered) = (0, 0_u64);
        for row in rows.take_while(|row| *row < self.rows) {
            if row / 64 != at {
                if let Some(word) = self.words.get_mut(at) {
                    *word |= gathered;
                }
                (at, gathered) = (row / 64, 0);
            }
            gathered |= 1 << (row % 64);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word |= gathered;
        }
    }

    pub(super) fn set(&mut self, row: usize) {
        if row < self.rows
            && let Some(word) = self.words.get_mut(row / 64)
        {
            *word |= 1 << (row % 64);
        }
    }

    /// Adds `[from, to)`.
    pub(super) fn set_range(&mut self, from: usize, to: usize) {
        self.change_range(from, to, |word, mask| word | mask);
    }

    /// Takes `[from, to)` out.
    pub(super) fn clear_range(&mut self, from: usize, to: usize) {
        self.change_range(from, to, |word, mask| word & !mask);
    }

    fn change_range(&mut self, from: usize, to: usize, change: impl Fn(u64, u64) -> u64) {
        let (mut at, to) = (from, to.min(self.rows));
        while at < to {
            let end = to.min((at / 64 + 1) * 64);
            let mask = u64::MAX << (at % 64) & u64::MAX >> (64 - (end - at / 64 * 64));
            if let Some(word) = self.words.get_mut(at / 64) {
                *word = change(*word, mask);
            }
            at = end;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn has(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(super) fn and(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    pub(super) fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    pub(super) fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The rows in `[from, to)`, in order.
    pub(super) fn within(&self, from: usize, to: usize) -> impl Iterator<Item = Row> {
        let to = to.min(self.rows);
        let first = from / 64;
        let words = self.words.get(first..to.div_ceil(64).max(first)).unwrap_or_default();
        words
            .iter()
            .enumerate()
            .flat_map(move |(at, word)| {
                let mut left = *word;
                std::iter::from_fn(move || {
                    let bit = left.trailing_zeros();
                    (left != 0).then(|| left &= left - 1)?;
                    Some(((first + at) * 64) + bit as usize)
                })
            })
            .filter(move |row| (from..to).contains(row))
            .map(|row| row as Row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_numbers_are_looked_through() {
        let mut set = vec![0; 4];
        assert_eq!(reach(&set), None);
        for number in [5, 64, 200, 999] {
            put(&mut set, number);
        }
        assert_eq!(reach(&set), Some((5, 200)));
        for from in 0..300 {
            for to in 0..300 {
                assert_eq!(any(&set, from, to), (from..to).any(|number| has(&set, number)), "{from} {to}");
            }
        }
    }

    #[test]
    fn sets_are_sets() {
        let mut bits = Bits::none(200);
        bits.set_range(3, 140);
        bits.set(199);
        bits.set(500);
        assert_eq!(bits.count(), 138);
        assert_eq!(bits.within(130, 200).collect::<Vec<_>>(), (130..140).chain([199]).collect::<Vec<Row>>());
        bits.invert();
        assert_eq!((bits.count(), bits.has(2), bits.has(3), bits.has(199)), (62, true, false, false));
        assert_eq!(Bits::all(200).count(), 200);
        assert_eq!(bits.within(150, 10).count(), 0);
        let mut rising = Bits::none(200);
        rising.set_rising([2, 3, 63, 64, 130, 199, 200, 300].into_iter());
        assert_eq!(rising.within(0, 200).collect::<Vec<_>>(), [2, 3, 63, 64, 130, 199]);
        for (from, to) in [(0, 0), (0, 1), (0, 64), (0, 200), (1, 63), (63, 65), (64, 128), (70, 70), (100, 300), (199, 200), (7, 3)] {
            let (mut set, mut cleared) = (Bits::none(200), Bits::all(200));
            set.set_range(from, to);
            cleared.clear_range(from, to);
            assert_eq!(set.within(0, 200).collect::<Vec<_>>(), (from as Row..(to as Row).min(200)).collect::<Vec<_>>(), "{from} {to}");
            cleared.invert();
            assert_eq!(set, cleared, "{from} {to}");
            assert_eq!(set.is_empty(), to <= from);
        }
    }
}
