//! Chosen: what was found out of the names of a case, kept for the questions that follow.
//!
//! In: a question to a column's names, and how it is answered. Out: the numbers that fit. Must not know: rows, queries beyond their text.
//!
//! Whoever looks at a part of a timeline asks the same of it over and over: its first page, the next one, its histogram, its facets. A case does not
//! change while it is open, so an answer stays true; the ones asked longest ago go first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A set of numbers, a bit each.
pub(super) type Numbers = Arc<Vec<u64>>;

/// Bytes of answers that are kept.
const MOST_BYTES: usize = 8 << 20;
/// Bytes that an answer takes beside its bits, roughly.
const AROUND: usize = 128;

/// Answers by column and question.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    known: Mutex<Known>,
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
    /// The numbers of a column that fit a question, found only if they are not known. Two who ask at once may both look.
    pub(super) fn get(&self, column: usize, asked: &str, find: impl FnOnce() -> Vec<u64>) -> Numbers {
        let key = (column, asked.to_owned());
        if let Some(numbers) = self.known().recall(&key) {
            return numbers;
        }
        let numbers = Arc::new(find());
        self.known().keep(key, Arc::clone(&numbers));
        numbers
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

    fn keep(&mut self, key: (usize, String), numbers: Numbers) {
        let own = weight(&key, &numbers);
        if own > MOST_BYTES {
            return;
        }
        while self.bytes + own > MOST_BYTES {
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
        let chosen = Chosen::default();
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
        let large = || vec![0; MOST_BYTES / 64];
        for at in 0..20 {
            chosen.get(3, &at.to_string(), large);
            chosen.get(3, "0", || unreachable!("it is asked for all the time"));
            assert!(chosen.known().bytes <= MOST_BYTES);
        }
        let mut again = false;
        chosen.get(3, "1", || {
            again = true;
            large()
        });
        assert!(again);
        chosen.get(4, "too large", || vec![0; MOST_BYTES / 8 + 1]);
        let known = chosen.known();
        assert!(!known.answers.contains_key(&(4, "too large".into())));
        assert_eq!(known.bytes, known.answers.iter().map(|(key, answer)| weight(key, &answer.numbers)).sum::<usize>());
    }
}
