//! Spread: the stretches of time that a set of sources speaks of, and how much of another stretch falls among them.
//!
//! In: pairs of times. Out: distances and overlaps. Must not know: whose they are.

/// Stretches `[from, to]`, sorted and without overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread(Vec<(i64, i64)>);

impl Spread {
    pub(super) fn new(mut stretches: Vec<(i64, i64)>) -> Self {
        stretches.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(stretches.len());
        for (from, to) in stretches {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// Common time with `[from, to]`; at least 1 where they touch, so that single moments count.
    pub(super) fn overlap(&self, from: i64, to: i64) -> i64 {
        let near = self.0.get(self.0.partition_point(|(_, end)| *end < from)..).unwrap_or_default();
        let common = near.iter().take_while(|(begin, _)| *begin <= to);
        common.map(|&(a, b)| b.min(to).saturating_sub(a.max(from)).max(1)).fold(0, i64::saturating_add)
    }

    /// Shortest way from `[from, to]` to any stretch; 0 where they touch.
    pub(super) fn distance(&self, from: i64, to: i64) -> i64 {
        let (before, after) = self.0.split_at(self.0.partition_point(|(_, end)| *end < from));
        let back = before.last().map_or(i64::MAX, |(_, end)| from.saturating_sub(*end));
        let ahead = after.first().map_or(i64::MAX, |(begin, _)| begin.saturating_sub(to).max(0));
        back.min(ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_and_distances() {
        let spread = Spread::new(vec![(20, 30), (0, 10), (5, 12)]);
        assert_eq!(spread.bounds(), Some((0, 30)));
        assert_eq!((spread.overlap(10, 25), spread.overlap(13, 19), spread.overlap(30, 99)), (7, 0, 1));
        assert_eq!((spread.distance(13, 15), spread.distance(40, 50), spread.distance(-9, -4), spread.distance(8, 9)), (1, 10, 4, 0));
    }
}
