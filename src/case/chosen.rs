//! Chosen: what was found out of a case, kept for the questions that follow.
//!
//! In: a question to a column's names or to all rows, and how it is answered. Out: the numbers that fit. Must not know: what numbers mean, queries
//! beyond their text.
//!
//! Whoever looks at a part of a timeline asks the same of it over and over: its first page, the next one, its histogram, its facets. A case does not
//! change while it is open, so an answer stays true; the ones asked longest ago go first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A set of numbers, a bit each.
pub(super) type Numbers = Arc<Vec<u64>>;

/// Bytes of answers that are kept: of names, and of rows, where 10 GiB of logs take 5 MiB an answer.
const BYTES_OF_NAMES: usize = 8 << 20;
const BYTES_OF_ROWS: usize = 32 << 20;
/// Bytes that an answer takes beside its bits, roughly.
const AROUND: usize = 128;

/// Answers by column and question.
#[derive(Debug)]
pub(super) struct Chosen {
    known: Mutex<Known>,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Known {
    answers: HashMap<(usize, String), Answer>,
    bytes: usize,
    /// Questions so far.
    asked: u64,
}

#[derive(Debug)]
struct Answer {
    numbers: Numbers,
    /// The number of the question for which it was given last.
    last: u64,
}

impl Chosen {
    /// Of names.
    pub(super) fn names() -> Self {
        Self { known: Mutex::default(), most_bytes: BYTES_OF_NAMES }
    }

    /// Of rows.
    pub(super) fn rows() -> Self {
        Self { known: Mutex::default(), most_bytes: BYTES_OF_ROWS }
    }

    /// The numbers of a column that fit a question, found only if they are not known. Two who ask at once may both look.
    pub(super) fn get(&self, column: usize, asked: &str, find: impl FnOnce() -> Vec<u64>) -> Numbers {
        if let Some(numbers) = self.recall(column, asked) {
            return numbers;
        }
        let numbers = Arc::new(find());
        self.keep(column, asked, Arc::clone(&numbers));
        numbers
    }

    /// What was found before.
    pub(super) fn recall(&self, column: usize, asked: &str) -> Option<Numbers> {
        self.known().recall(&(column, asked.to_owned()))
    }

    /// Keeps what was found, if it is not too large.
    pub(super) fn keep(&self, column: usize, asked: &str, numbers: Numbers) {
        self.known().keep((column, asked.to_owned()), numbers, self.most_bytes);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn recall(&mut self, key: &(usize, String)) -> Option<Numbers> {
        self.asked += 1;
        let answer = self.answers.get_mut(key)?;
        answer.last = self.asked;
        Some(Arc::clone(&answer.numbers))
    }

    fn keep(&mut self, key: (usize, String), numbers: Numbers, most_bytes: usize) {
        let own = weight(&key, &numbers);
        if own > most_bytes {
            return;
        }
        while self.bytes + own > most_bytes {
            let Some(oldest) = self.answers.iter().min_by_key(|(_, answer)| answer.last).map(|(key, _)| key.clone()) else { break };
            self.forget(&oldest);
        }
        self.forget(&key);
        self.bytes += own;
        self.answers.insert(key, Answer { numbers, last: self.asked });
    }

    fn forget(&mut self, key: &(usize, String)) {
        if let Some(answer) = self.answers.remove(key) {
            self.bytes -= weight(key, &answer.numbers);
        }
    }
}

fn weight(key: &(usize, String), numbers: &Numbers) -> usize {
    AROUND + key.1.len() + numbers.len() * 8
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
        assert_eq!(known.bytes, known.answers.iter().map(|(key, answer)| weight(key, &answer.numbers)).sum::<usize>());
    }
}
