//! Vote: the difference between two clocks on which most facts agree.
//!
//! In: for each fact, the differences that it allows; bounds that all answers must keep. Out: the stretch of differences that most of them share, wide
//! enough that no single fact bends it, or nothing where two answers are near to each other in votes. Must not know: what the facts are.

use crate::time::{DAY, MINUTE};

/// Answers that lie closer than this are one answer.
const APART: i64 = MINUTE;

/// Differences `[from, to]`, nanoseconds.
pub(super) type Range = (i64, i64);

/// Bounds from one side, by facts that say no more than which of two came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    least: Vec<i64>,
    most: Vec<i64>,
}

impl Bounds {
    /// A range this wide is open.
    const OPEN: i64 = 3650 * DAY;

    /// Adds what one fact allows.
    pub(super) fn add(&mut self, range: Option<Range>) {
        let Some((from, to)) = range else { return };
        if from > -Self::OPEN {
            self.least.push(from);
        }
        if to < Self::OPEN {
            self.most.push(to);
        }
    }

    /// How many.
    pub(super) const fn count(&self) -> usize {
        self.least.len() + self.most.len()
    }

    /// What four in five allow, from each side.
    pub(super) fn most(&self) -> Range {
        let (mut least, mut most) = (self.least.clone(), self.most.clone());
        least.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
        most.sort_unstable();
        let (from, to) = (least.get(least.len() / 5).copied().unwrap_or(i64::MIN / 4), most.get(most.len() / 5).copied().unwrap_or(i64::MAX / 4));
        // Bounds that leave nothing say nothing.
        if from <= to { (from, to) } else { (i64::MIN / 4, i64::MAX / 4) }
    }
}

/// What most facts agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Least difference.
    pub(super) from: i64,
    /// Greatest.
    pub(super) to: i64,
    /// How many facts agree.
    pub(super) votes: usize,
}

impl Agreed {
    /// The middle.
    pub(super) const fn middle(self) -> i64 {
        self.from.midpoint(self.to)
    }

    /// How far the truth may lie from the middle.
    pub(super) const fn bound(self) -> i64 {
        self.to.saturating_sub(self.from).saturating_add(1) / 2
    }

    /// Whether a fact that allows `ranges` is among those that agree.
    pub(super) fn has(self, ranges: &[Range]) -> bool {
        ranges.iter().any(|(from, to)| *from <= self.to && self.from <= *to)
    }
}

/// The agreed difference within the bounds, if at least `least` facts agree and any other answer there has less than half as many.
pub(super) fn agreed(facts: &[Vec<Range>], bounds: &Bounds, least: usize) -> Option<Agreed> {
    let (lowest, highest) = bounds.most();
    let mut steps: Vec<(i64, i32)> = Vec::new();
    for ranges in facts {
        for (from, to) in merged(ranges).into_iter().filter(|(from, to)| *from <= highest && lowest <= *to) {
            let (from, to) = (from.max(lowest), to.min(highest));
            steps.push((from, 1));
            steps.push((to.saturating_add(1), -1));
        }
    }
    steps.sort_unstable();
    // Stretches of one number of votes, in order.
    let mut stretches: Vec<(i64, i64, usize)> = Vec::new();
    let mut votes = 0_i64;
    for (index, (at, step)) in steps.iter().enumerate() {
        votes += i64::from(*step);
        if let Some((next, _)) = steps.get(index + 1).filter(|(next, _)| next > at && votes > 0) {
            stretches.push((*at, next - 1, votes as usize));
        }
    }
    let best = stretches.iter().copied().max_by_key(|(from, _, votes)| (*votes, std::cmp::Reverse(from.saturating_abs())))?;
    let votes = best.2;
    let near = |from: i64, to: i64| from <= best.1.saturating_add(APART) && best.0.saturating_sub(APART) <= to;
    let second = stretches.iter().filter(|(from, to, _)| !near(*from, *to)).map(|(_, _, votes)| *votes).max().unwrap_or(0);
    if votes < least || votes < 2 * second {
        return None;
    }
    // A late writer narrows the stretch of all to a wrong corner: what most allow counts.
    let enough = if votes < 3 { votes } else { (votes - 1).min(votes * 4 / 5).max(2) };
    let kept = || stretches.iter().filter(|(from, to, votes)| *votes >= enough && near(*from, *to));
    let (from, to) = kept().fold((best.0, best.1), |(a, b), (from, to, _)| (a.min(*from), b.max(*to)));
    Some(Agreed { from, to, votes })
}

fn merged(ranges: &[Range]) -> Vec<Range> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Range> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    fn around(seconds: &[i64]) -> Vec<Vec<Range>> {
        seconds.iter().map(|at| vec![((at - 3) * SECOND, (at + 3) * SECOND)]).collect()
    }

    #[test]
    fn most_facts_decide_and_a_late_one_does_not_bend_them() {
        let found = agreed(&around(&[180, 181, 179, 180, 900, -77]), &Bounds::default(), 3).unwrap();
        assert_eq!((found.votes, found.middle() / SECOND), (4, 180));
        let bent = agreed(&around(&[0, 0, 0, 0, 5]), &Bounds::default(), 3).unwrap();
        assert!(bent.from <= 0 && bent.to >= 0, "{bent:?}");
    }

    #[test]
    fn two_answers_of_like_weight_are_none() {
        assert_eq!(agreed(&around(&[0, 0, 0, 600, 600]), &Bounds::default(), 2), None);
        assert_eq!(agreed(&around(&[0]), &Bounds::default(), 2), None);
        assert_eq!(agreed(&[], &Bounds::default(), 0), None);
    }

    #[test]
    fn a_fact_that_was_seen_often_has_one_vote_for_each_answer() {
        let often: Vec<Vec<Range>> = (0..3).map(|_| vec![(0, 10), (5, 20), (90, 95)]).collect();
        let found = agreed(&often, &Bounds::default(), 3).unwrap();
        assert_eq!((found.from, found.to, found.votes), (0, 95, 3));
    }
}
