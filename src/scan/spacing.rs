//! Spacing: how far apart records are, counted by powers of two.
//!
//! In: distances in nanoseconds. Out: below which most of them stay. Must not know: whose they are.

/// Counts of steps by their size. It holds the sizes from the smallest to the largest that was seen: there may be very many sources, and most have one.
#[derive(Clone, Debug, Default)]
pub(super) struct Spacing {
    /// Size of the first that is counted.
    least: u8,
    counts: Vec<u32>,
}

impl Spacing {
    /// Counts a step of 0 or more nanoseconds.
    pub(super) fn note(&mut self, step: i64) {
        let size = (64 - step.leading_zeros()).min(63) as u8;
        self.add(size, 1);
    }

    /// Adds those of the part that follows.
    pub(super) fn absorb(&mut self, later: &Self) {
        for (size, count) in (later.least..).zip(&later.counts).filter(|(_, count)| **count > 0) {
            self.add(size, *count);
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.counts.shrink_to_fit();
    }

    /// The size below which so many of a hundred stay, rounded up to a power of two.
    pub(super) fn below(&self, percent: u64) -> i64 {
        let total: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let mut seen = 0;
        for (size, count) in (u32::from(self.least)..).zip(&self.counts) {
            seen += u64::from(*count);
            if seen * 100 >= total * percent {
                return if size < 63 { 1 << size } else { i64::MAX };
            }
        }
        i64::MAX
    }

    fn add(&mut self, size: u8, count: u32) {
        if self.counts.is_empty() {
            self.least = size;
        }
        if size < self.least {
            let more = usize::from(self.least - size);
            self.counts.splice(..0, std::iter::repeat_n(0, more));
            self.least = size;
        }
        let at = usize::from(size - self.least);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_steps_stay_below() {
        let mut steps = Spacing::default();
        assert_eq!(steps.below(99), i64::MAX);
        for step in [1_000_000, 0, 3, i64::MAX] {
            steps.note(step);
        }
        assert_eq!((steps.below(25), steps.below(50), steps.below(75), steps.below(99)), (1, 4, 1 << 20, i64::MAX));
    }

    #[test]
    fn parts_count_as_the_whole() {
        let all = [7, 900, 0, 1 << 40, 65, 3, 3, 1 << 62];
        for cut in 0..=all.len() {
            let of = |some: &[i64]| {
                let mut steps = Spacing::default();
                for step in some {
                    steps.note(*step);
                }
                steps
            };
            let (mut own, later, whole) = (of(&all[..cut]), of(&all[cut..]), of(&all));
            own.absorb(&later);
            for percent in [1, 10, 30, 50, 70, 90, 99, 100] {
                assert_eq!(own.below(percent), whole.below(percent), "{cut} {percent}");
            }
        }
    }
}
