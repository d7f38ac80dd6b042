//! Texts: many short texts, each kept once, end to end, and found again by its number.
//!
//! In: texts. Out: their numbers, and the texts by number. Must not know: what they say.
//!
//! A text that is in two lists has the same hash in both: it is taken over from one into the other without hashing it again.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::LazyLock;

use foldhash::fast::RandomState;

/// Bytes of the first page, and of the largest that is begun for a short text.
const FIRST_PAGE: usize = 4 << 10;
const LARGEST_PAGE: usize = 1 << 20;
/// Places of the first table.
const FIRST_SLOTS: usize = 256;

/// Texts by number. Number 0 is the empty text, which is not kept.
#[derive(Debug, Default)]
pub struct Texts {
    /// A page is never made larger: what stands in it stays where it is.
    pages: Vec<String>,
    places: Vec<Place>,
    /// Numbers by the hash of their texts, with room to spare; 0: free.
    slots: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    page: u32,
    start: u32,
    end: u32,
    hash: u32,
}

impl Texts {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The text of a number.
    pub fn get(&self, number: u32) -> &str {
        let place = (number as usize).checked_sub(1).and_then(|at| self.places.get(at));
        place.map_or("", |place| self.text(place))
    }

    /// All texts, from number 1 on.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| self.text(place))
    }

    /// The number of a text, which is added if it is new.
    pub fn number(&mut self, text: &str) -> u32 {
        if text.is_empty() { 0 } else { self.place(text, hash(text), usize::MAX) }
    }

    /// The numbers in here of all texts of another list, the empty one first. Of new ones so many are added that there are at most so many in all; the
    /// others count as empty.
    pub fn take_over(&mut self, others: &Self, most: usize) -> Vec<u32> {
        let numbers = others.places.iter().map(|place| self.place(others.text(place), place.hash, most));
        std::iter::once(0).chain(numbers).collect()
    }

    fn text(&self, place: &Place) -> &str {
        self.pages.get(place.page as usize).and_then(|page| page.get(place.start as usize..place.end as usize)).unwrap_or_default()
    }

    fn place(&mut self, text: &str, hash: u32, most: usize) -> u32 {
        if self.places.len() * 2 >= self.slots.len() {
            self.widen();
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let number = self.slots.get(at).copied().unwrap_or(0);
            let Some(place) = (number as usize).checked_sub(1).and_then(|at| self.places.get(at)) else { break };
            if place.hash == hash && self.text(place) == text {
                return number;
            }
            at = (at + 1) & mask;
        }
        if self.places.len() >= most.min(u32::MAX as usize - 1) {
            return 0;
        }
        let number = self.places.len() as u32 + 1;
        let place = self.keep(text, hash);
        self.places.push(place);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = number;
        }
        number
    }

    fn keep(&mut self, text: &str, hash: u32) -> Place {
        if self.pages.last().is_none_or(|page| page.capacity() - page.len() < text.len()) {
            let size = self.pages.last().map_or(FIRST_PAGE, |page| (page.capacity() * 2).min(LARGEST_PAGE));
            self.pages.push(String::with_capacity(size.max(text.len())));
        }
        let number = self.pages.len() as u32 - 1;
        let start = self.pages.last_mut().map_or(0, |page| {
            page.push_str(text);
            page.len() - text.len()
        });
        Place { page: number, start: start as u32, end: (start + text.len()) as u32, hash }
    }

    fn widen(&mut self) {
        let size = (self.slots.len() * 4).max(FIRST_SLOTS);
        let mut slots = vec![0; size];
        for (place, number) in self.places.iter().zip(1..) {
            let mut at = place.hash as usize & (size - 1);
            while slots.get(at).is_some_and(|number| *number != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = number;
            }
        }
        self.slots = slots;
    }
}

/// The hash of a text: another one in every run, so that no log can be written to make texts collide.
fn hash(text: &str) -> u32 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    let mut hasher = SEED.build_hasher();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_by_number_and_are_kept_once() {
        let mut texts = Texts::default();
        let many: Vec<String> = (0..20_000).map(|at| format!("name {} {}", at % 9000, "x".repeat(at % 9000 % 70))).collect();
        let numbers: Vec<u32> = many.iter().map(|text| texts.number(text)).collect();
        assert_eq!((texts.len(), texts.number(""), texts.get(0), texts.get(9001)), (9000, 0, "", ""));
        assert!(many.iter().zip(&numbers).all(|(text, number)| texts.get(*number) == text));
        assert!(texts.iter().zip(&many).all(|(text, wanted)| text == wanted));
        let long = "y".repeat(3 << 20);
        let number = texts.number(&long);
        assert_eq!((texts.number(&many[5]), texts.get(number)), (6, &*long));
    }

    #[test]
    fn a_list_is_taken_over_as_far_as_there_is_room() {
        let (mut all, mut part) = (Texts::default(), Texts::default());
        for text in ["a", "b", "c"] {
            all.number(text);
        }
        for text in ["c", "d", "a", "e", "f"] {
            part.number(text);
        }
        assert_eq!(all.take_over(&part, 5), [0, 3, 4, 1, 5, 0]);
        assert_eq!(all.iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    }
}
