//! Order: all rows by time, then by source and place.
//!
//! In: the times of rows, and where each source's begin. Out: the rows in order. Must not know: columns, files.
//!
//! Rows of one source mostly are in order of time already: sources are runs that are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io;

/// Rows that are handed on at once.
const BATCH: usize = 4096;

/// The rows of a source, in order of time.
struct Run {
    next: usize,
    end: usize,
    /// Where they do not lie in order of time: the rows by position.
    sorted: Option<Vec<u32>>,
}

impl Run {
    fn of(times: &[i64], first: usize, rows: usize) -> Self {
        let own = times.get(first..first + rows).unwrap_or_default();
        if own.is_sorted() {
            return Self { next: first, end: first + own.len(), sorted: None };
        }
        let mut sorted: Vec<u32> = (first as u32..).take(own.len()).collect();
        // Stable: equals stay in order of their places.
        sorted.sort_by_key(|row| times.get(*row as usize).copied());
        Self { next: 0, end: sorted.len(), sorted: Some(sorted) }
    }

    fn row(&self) -> Option<u32> {
        if self.next >= self.end {
            return None;
        }
        self.sorted.as_ref().map_or(Some(self.next as u32), |sorted| sorted.get(self.next).copied())
    }
}

/// Hands all rows to `take`, in order. `reach`: first row and number of rows of each source, in order of rows.
pub(super) fn ordered(times: &[i64], reach: &[(u64, u64)], mut take: impl FnMut(&[i64]) -> io::Result<()>) -> io::Result<()> {
    let mut runs: Vec<Run> = reach.iter().map(|(first, rows)| Run::of(times, *first as usize, *rows as usize)).collect();
    let key = |run: &Run| run.row().and_then(|row| times.get(row as usize)).copied();
    let mut heap: BinaryHeap<Reverse<(i64, usize)>> = runs.iter().enumerate().filter_map(|(at, run)| Some(Reverse((key(run)?, at)))).collect();
    let mut batch: Vec<i64> = Vec::with_capacity(BATCH);
    while let Some(mut first) = heap.peek_mut() {
        let Some(run) = runs.get_mut(first.0.1) else { break };
        if let Some(row) = run.row() {
            batch.push(i64::from(row));
        }
        run.next += 1;
        match key(run) {
            Some(time) => first.0.0 = time,
            None => drop(PeekMut::pop(first)),
        }
        if batch.len() == BATCH {
            take(&batch)?;
            batch.clear();
        }
    }
    take(&batch)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_equals_a_stable_sort(sources in prop::collection::vec((prop::collection::vec(0_i64..40, 0..60), any::<bool>()), 0..8)) {
            let (mut times, mut reach) = (Vec::new(), Vec::new());
            for (mut own, sort) in sources {
                if sort {
                    own.sort_unstable();
                }
                reach.push((times.len() as u64, own.len() as u64));
                times.extend(own);
            }
            let mut wanted: Vec<i64> = (0..times.len() as i64).collect();
            wanted.sort_by_key(|row| times[*row as usize]);
            let mut found = Vec::new();
            ordered(&times, &reach, |rows| {
                found.extend_from_slice(rows);
                Ok(())
            })
            .unwrap();
            prop_assert_eq!(found, wanted);
        }
    }
}
