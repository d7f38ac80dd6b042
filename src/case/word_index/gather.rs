//! Gathering: which documents have which terms, until a segment is written.
//!
//! In: terms of documents, one document after the other. Out: all terms in the order of their bytes, each with its documents. Must not know: files, what
//! terms are made of.
//!
//! Terms of a document are only noted by number; who has which is sorted out at the end, by counting. A term of at most seven bytes is its own key, a
//! longer one is told by its hash and then by its bytes.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::RandomState;

/// Bytes of a term that is its own key.
const SHORT: usize = 7;
/// Marks keys that are hashes; no short term is that long.
const HASHED: u64 = 0xff << 56;
const FIRST_SLOTS: usize = 1 << 14;
/// A larger table is not kept for the next segment.
const MOST_KEPT: usize = 1 << 20;

/// A place of the table; free where the number is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u64,
    /// From 1.
    term: u32,
    /// The document that was the last to have it, and one.
    last: u32,
}

/// Terms of documents.
#[derive(Debug)]
pub(super) struct Gathered {
    slots: Vec<Slot>,
    /// The bytes of all terms, and where each ends.
    letters: Vec<u8>,
    ends: Vec<u32>,
    /// The numbers of the terms of all documents, each once a document, and where each document ends.
    noted: Vec<u32>,
    documents: Vec<u32>,
    /// Room for sorting out: where the documents of each term go, and the documents.
    next: Vec<u32>,
    having: Vec<u32>,
    seed: RandomState,
    mix: u64,
}

impl Gathered {
    pub(super) fn new() -> Self {
        let seed = RandomState::default();
        // Another one in every run, so that no log can be written to make terms collide.
        let mix = seed.hash_one(1) | 1;
        Self {
            slots: vec![Slot::default(); FIRST_SLOTS],
            letters: Vec::new(),
            ends: Vec::new(),
            noted: Vec::new(),
            documents: Vec::new(),
            next: Vec::new(),
            having: Vec::new(),
            seed,
            mix,
        }
    }

    /// Makes room for so many terms of documents: a list that grows is moved again and again.
    pub(super) fn reserve(&mut self, noted: usize) {
        self.noted.reserve(noted);
    }

    /// Forgets everything and keeps the room.
    pub(super) fn clear(&mut self) {
        if self.slots.len() > MOST_KEPT {
            self.slots = vec![Slot::default(); FIRST_SLOTS];
        } else {
            self.slots.fill(Slot::default());
        }
        self.letters.clear();
        self.ends.clear();
        self.noted.clear();
        self.documents.clear();
    }

    /// Bytes of memory that it takes, and that sorting it out will take.
    pub(super) fn memory(&self) -> usize {
        self.slots.len() * size_of::<Slot>() + self.letters.len() + (self.ends.len() * 4 + self.noted.len() * 2 + self.documents.len()) * 4
    }

    /// How many documents there are.
    pub(super) fn documents(&self) -> u32 {
        self.documents.len() as u32
    }

    /// How many terms of documents there are, each once a document.
    pub(super) fn noted(&self) -> u64 {
        self.noted.len() as u64
    }

    /// Ends a document.
    pub(super) fn next_document(&mut self) {
        self.documents.push(self.noted.len() as u32);
    }

    /// Adds a term to the document that is open. `letters`: its bytes and whatever follows them, so that eight can be read.
    pub(super) fn add(&mut self, letters: &[u8], length: usize) {
        if length <= SHORT {
            let eight = letters.get(..8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
            let key = eight.map(|eight| eight & !(u64::MAX << (8 * length)));
            let key = key.unwrap_or_else(|| letters.iter().take(length).rev().fold(0, |key, byte| key << 8 | u64::from(*byte)));
            self.note(key | (length as u64) << 56, letters.get(..length).unwrap_or_default());
        } else if let Some(term) = letters.get(..length) {
            let mut hasher = self.seed.build_hasher();
            hasher.write(term);
            self.note(hasher.finish() | HASHED, term);
        }
    }

    fn place(&self, key: u64) -> usize {
        let product = u128::from(key ^ self.mix.rotate_left(32)) * u128::from(self.mix);
        (product as u64 ^ (product >> 64) as u64) as usize & (self.slots.len() - 1)
    }

    fn note(&mut self, key: u64, term: &[u8]) {
        let document = self.documents.len() as u32 + 1;
        let mut at = self.place(key);
        loop {
            let Some(slot) = self.slots.get_mut(at) else { return };
            if slot.term == 0 {
                break;
            }
            if slot.key == key && (key < HASHED || letters(&self.letters, &self.ends, slot.term) == term) {
                if slot.last != document {
                    slot.last = document;
                    self.noted.push(slot.term);
                }
                return;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.letters.extend_from_slice(term);
        self.ends.push(self.letters.len() as u32);
        let number = self.ends.len() as u32;
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { key, term: number, last: document };
        }
        self.noted.push(number);
        if self.ends.len() * 2 > self.slots.len() {
            self.widen();
        }
    }

    fn widen(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![Slot::default(); old.len() * 2];
        for slot in old.into_iter().filter(|slot| slot.term != 0) {
            let mut at = self.place(slot.key);
            while self.slots.get(at).is_some_and(|slot| slot.term != 0) {
                at = (at + 1) & (self.slots.len() - 1);
            }
            if let Some(free) = self.slots.get_mut(at) {
                *free = slot;
            }
        }
    }

    /// Hands every term with its documents to `take`, in the order of their bytes.
    pub(super) fn sorted<E>(&mut self, mut take: impl FnMut(&[u8], &[u32]) -> Result<(), E>) -> Result<(), E> {
        let Self { letters: bytes, ends, noted, documents, next, having, .. } = self;
        // Where the documents of each term begin, then where the next one goes.
        next.clear();
        next.resize(ends.len() + 2, 0);
        for term in noted.iter() {
            if let Some(count) = next.get_mut(*term as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in next.iter_mut() {
            sum += *count;
            *count = sum;
        }
        // What is in there is written over.
        having.resize(noted.len(), 0);
        let mut start = 0;
        for (document, end) in documents.iter().enumerate() {
            for term in noted.get(start..*end as usize).unwrap_or_default() {
                if let Some(at) = next.get_mut(*term as usize) {
                    if let Some(having) = having.get_mut(*at as usize) {
                        *having = document as u32;
                    }
                    *at += 1;
                }
            }
            start = *end as usize;
        }
        let mut order: Vec<(&[u8], u32)> = (1..=ends.len() as u32).map(|term| (letters(bytes, ends, term), term)).collect();
        order.sort_unstable();
        for (term, number) in order {
            // By now each begins where the one before it ended.
            let end = |number: u32| next.get(number as usize).copied().unwrap_or(0) as usize;
            take(term, having.get(end(number - 1)..end(number)).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The bytes of a term.
fn letters<'l>(bytes: &'l [u8], ends: &[u32], term: u32) -> &'l [u8] {
    let end = |term: u32| (term as usize).checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0) as usize;
    bytes.get(end(term.saturating_sub(1))..end(term)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_term_has_its_documents(documents in prop::collection::vec(prop::collection::vec("[ab]{0,3}|[a-c]{6,9}|x{60}", 0..12), 0..80)) {
            let mut gathered = Gathered::new();
            let mut wanted: BTreeMap<Vec<u8>, BTreeSet<u32>> = BTreeMap::new();
            for (number, terms) in documents.iter().enumerate() {
                for term in terms.iter().filter(|term| !term.is_empty()) {
                    // What follows a term makes no difference.
                    gathered.add(&[term.as_bytes(), &b" and more"[..number % 9]].concat(), term.len());
                    wanted.entry(term.as_bytes().to_vec()).or_default().insert(number as u32);
                }
                gathered.next_document();
            }
            prop_assert_eq!(gathered.documents() as usize, documents.len());
            let mut found = Vec::new();
            gathered.sorted(|term, documents| {
                found.push((term.to_vec(), documents.iter().copied().collect::<BTreeSet<_>>()));
                Ok::<_, ()>(())
            }).unwrap();
            prop_assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn many_terms_find_room() {
        let mut gathered = Gathered::new();
        for number in 0..50_000 {
            let term = format!("{number:x}");
            gathered.add(term.as_bytes(), term.len());
            gathered.add(b"everywhere", 10);
            gathered.next_document();
        }
        let mut counts = Vec::new();
        gathered
            .sorted(|_, documents| {
                counts.push(documents.len());
                Ok::<_, ()>(())
            })
            .unwrap();
        assert_eq!((counts.len(), counts.iter().sum::<usize>(), counts.iter().max()), (50_001, 100_000, Some(&50_000)));
    }
}
