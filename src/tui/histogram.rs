//! The histogram: how many entries there are in each part of the time, by severity.
//!
//! In: counts. Out: the same, and the time of each part. Must not know: how it is drawn.

/// Counts in equal parts of `[from, to)`, nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Histogram {
    pub(super) from: i64,
    pub(super) to: i64,
    /// All entries.
    pub(super) all: Vec<u64>,
    /// Warnings among them.
    pub(super) warn: Vec<u64>,
    /// Errors and worse among them.
    pub(super) error: Vec<u64>,
}

impl Histogram {
    /// The part that a time lies in.
    pub(super) fn part(&self, time: i64) -> Option<usize> {
        let length = i128::from(self.to) - i128::from(self.from);
        let past = i128::from(time) - i128::from(self.from);
        (length > 0 && past >= 0 && past < length).then(|| (past * self.all.len() as i128 / length) as usize)
    }

    /// Beginning of a part, nanoseconds.
    pub(super) fn begins(&self, part: usize) -> i64 {
        let length = i128::from(self.to) - i128::from(self.from);
        (i128::from(self.from) + length * part as i128 / self.all.len().max(1) as i128) as i64
    }

    /// The largest count.
    pub(super) fn most(&self) -> u64 {
        self.all.iter().copied().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_times_agree() {
        let histogram = Histogram { from: 100, to: 200, all: vec![1; 10], ..Histogram::default() };
        assert_eq!((histogram.part(100), histogram.part(199), histogram.part(200), histogram.part(99)), (Some(0), Some(9), None, None));
        assert_eq!((histogram.begins(0), histogram.begins(5), histogram.begins(10)), (100, 150, 200));
    }
}
