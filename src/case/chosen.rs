//! Chosen: what was found out of a case, kept for the questions that follow.
//!
//! In: a question to a column's names or to all rows, and how it is answered. Out: the numbers that fit. Must not know: what numbers mean, queries
//! beyond their text.
//!
//! Whoever looks at a part of a timeline asks the same of it over and over: its first page, the next one, its histogram, its facets. A case does not
//! change while it is open, so an answer stays true; the ones asked longest ago go first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::bits::Bits;

/// Bytes of answers that are kept: of names, and of rows, where 10 GiB of logs take 5 MiB an answer.
const BYTES_OF_NAMES: usize = 8 << 20;
const BYTES_OF_ROWS: usize = 32 << 20;
/// Bytes that an answer takes beside its bits, roughly.
const AROUND: usize = 128;

/// Answers by column and question.
#[derive(Debug)]
pub(super) struct Chosen<T> {
    known: Mutex<Known<T>>,
    most_bytes: usize,
    weigh: fn(&T) -> usize,
}

#[derive(Debug)]
struct Known<T> {
    answers: HashMap<(usize, String), Answer<T>>,
    bytes: usize,
    /// Questions so far.
    asked: u64,
}

#[derive(Debug)]
struct Answer<T> {
    found: Arc<T>,
    bytes: usize,
    /// The number of the question for which it was given last.
    last: u64,
}

impl Chosen<Vec<u64>> {
    /// Numbers of names, a bit each.
    pub(super) fn names() -> Self {
        Self::new(BYTES_OF_NAMES, |numbers| numbers.len() * 8)
    }
}

impl Chosen<Bits> {
    /// Rows.
    pub(super) fn rows() -> Self {
        Self::new(BYTES_OF_ROWS, |rows| rows.words().len() * 8)
    }
}

impl<T> Chosen<T> {
    fn new(most_bytes: usize, weigh: fn(&T) -> usize) -> Self {
        Self { known: Mutex::new(Known { answers: HashMap::new(), bytes: 0, asked: 0 }), most_bytes, weigh }
    }

    /// What fits a question, found only if it is not known. Two who ask at once may both look.
    pub(super) fn get(&self, column: usize, asked: &str, find: impl FnOnce() -> T) -> Arc<T> {
        self.recall(column, asked).unwrap_or_else(|| self.keep(column, asked, find()))
    }

    /// What was found before.
    pub(super) fn recall(&self, column: usize, asked: &str) -> Option<Arc<T>> {
        self.known().recall(&(column, asked.to_owned()))
    }

    /// Keeps what was found, if it is not too large.
    pub(super) fn keep(&self, column: usize, asked: &str, found: T) -> Arc<T> {
        let bytes = AROUND + asked.len() + (self.weigh)(&found);
        let found = Arc::new(found);
        if bytes <= self.most_bytes {
            self.known().keep((column, asked.to_owned()), &found, bytes, self.most_bytes);
        }
        found
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Known<T> {
    fn recall(&mut self, key: &(usize, String)) -> Option<Arc<T>> {
        self.asked += 1;
        let answer = self.answers.get_mut(key)?;
        answer.last = self.asked;
        Some(Arc::clone(&answer.found))
    }

    fn keep(&mut self, key: (usize, String), found: &Arc<T>, bytes: usize, most_bytes: usize) {
        while self.bytes + bytes > most_bytes {
            let Some(oldest) = self.answers.iter().min_by_key(|(_, answer)| answer.last).map(|(key, _)| key.clone()) else { break };
            self.forget(&oldest);
        }
        self.forget(&key);
        self.bytes += bytes;
        self.answers.insert(key, Answer { found: Arc::clone(found), bytes, last: self.asked });
    }

    fn forget(&mut self, key: &(usize, String)) {
        if let Some(answer) = self.answers.remove(key) {
            self.bytes -= answer.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_is_answered_once_and_memory_is_bounded() {
        let chosen = Chosen::names();
        let mut looked = 0;
        for (column, asked, found) in [(1, "a", 7), (2, "a", 8), (1, "b", 9), (1, "a", 7), (2, "a", 8)] {
            let numbers = chosen.get(column, asked, || {
                looked += 1;
                vec![found]
            });
            assert_eq!(*numbers, vec![found]);
        }
        assert_eq!(looked, 3);
        // An eighth of the room each: the one asked for again stays, the one asked longest ago goes.
        let large = || vec![0; BYTES_OF_NAMES / 64];
        for at in 0..20 {
            chosen.get(3, &at.to_string(), large);
            chosen.get(3, "0", || unreachable!("it is asked for all the time"));
            assert!(chosen.known().bytes <= BYTES_OF_NAMES);
        }
        let mut again = false;
        chosen.get(3, "1", || {
            again = true;
            large()
        });
        assert!(again);
        chosen.get(4, "too large", || vec![0; BYTES_OF_NAMES / 8 + 1]);
        let known = chosen.known();
        assert!(!known.answers.contains_key(&(4, "too large".into())));
        assert_eq!(known.bytes, known.answers.values().map(|answer| answer.bytes).sum::<usize>());
    }
}
