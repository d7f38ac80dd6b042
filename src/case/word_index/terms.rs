//! Terms: what a word is called in the index.
//!
//! In: texts, words. Out: terms, and whether other words have the same. Must not know: rows, segments.

use crate::query::words::escape;

/// Letters that are kept of a word that is hardly ever the same twice.
pub(super) const KEPT: usize = 4;
/// Such words are at least this long.
const SHORTEST_ID: usize = 6;
/// Longest word that is kept whole.
pub(super) const LONGEST: usize = 64;
/// Ends a word that was cut. No word holds it.
pub(super) const CUT: char = '~';

/// The term of a word in lower case, and whether other words have it too.
pub(super) fn term(word: &str) -> (String, bool) {
    let cut = |at: usize| {
        let end = (0..=at.min(word.len())).rev().find(|end| word.is_char_boundary(*end)).unwrap_or(0);
        (format!("{}{CUT}", word.get(..end).unwrap_or_default()), true)
    };
    let hex = word.len() >= SHORTEST_ID && word.bytes().all(|byte| byte.is_ascii_hexdigit()) && word.bytes().any(|byte| byte.is_ascii_digit());
    if hex {
        cut(KEPT)
    } else if word.len() > LONGEST {
        cut(LONGEST)
    } else {
        (word.to_owned(), false)
    }
}

/// Cuts texts into terms.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    /// The text in lower case, escapes blanked, with room to read eight letters from any place.
    held: Vec<u8>,
}

/// Bytes behind a text.
const MARGIN: usize = 64;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

impl Cutter {
    /// Hands the terms of a text to `take`, with whatever follows them and their length.
    pub(super) fn each(&mut self, text: &str, mut take: impl FnMut(&[u8], usize)) {
        self.held.clear();
        self.held.extend_from_slice(text.as_bytes());
        blank_escapes(&mut self.held);
        self.held.make_ascii_lowercase();
        let length = self.held.len();
        self.held.resize(length.next_multiple_of(64) + MARGIN, b' ');
        let held = self.held.as_slice();
        let mut open = None;
        for (at, block) in held.as_chunks::<64>().0.iter().enumerate() {
            let Kinds { words, hex, digits } = Kinds::of(block);
            let mut bit = 0;
            loop {
                let start = match open.take() {
                    Some(start) => start,
                    None if bit >= 64 || words >> bit == 0 => break,
                    None => {
                        bit += (words >> bit).trailing_zeros();
                        at * 64 + bit as usize
                    }
                };
                let length = (!(words.checked_shr(bit).unwrap_or(0))).trailing_zeros().min(64 - bit);
                let first = bit;
                bit += length;
                if bit == 64 {
                    // It may go on in the next block.
                    open = Some(start);
                    break;
                }
                let end = at * 64 + bit as usize;
                let Some(word) = held.get(start..) else { break };
                let within = end - start == length as usize;
                let mask = ((1_u64 << length) - 1) << first;
                if end - start < SHORTEST_ID || within && (hex & mask != mask || digits & mask == 0) {
                    take(word, end - start);
                } else if within && let Some(kept) = word.first_chunk::<KEPT>() {
                    let mut cut = [CUT as u8; 8];
                    cut[..KEPT].copy_from_slice(kept);
                    take(&cut, KEPT + 1);
                } else {
                    let (term, is_cut) = held.get(start..end).and_then(|word| std::str::from_utf8(word).ok()).map(term).unwrap_or_default();
                    if is_cut { take(term.as_bytes(), term.len()) } else { take(word, end - start) }
                }
            }
        }
    }
}

/// Blanks what stands for characters that part words.
fn blank_escapes(text: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr(b'\\', rest)).map(|at| from + at) {
        let length = escape(text.get(at + 1..).unwrap_or_default());
        from = at + length;
        text.get_mut(at..from).unwrap_or_default().fill(b' ');
    }
}

/// What the bytes of a block are, a bit each.
#[derive(Default)]
struct Kinds {
    words: u64,
    hex: u64,
    digits: u64,
}

impl Kinds {
    /// Of bytes in lower case.
    fn of(block: &[u8; 64]) -> Self {
        let mut kinds = Self::default();
        for (at, eight) in block.as_chunks::<8>().0.iter().enumerate() {
            let eight = u64::from_le_bytes(*eight);
            let plain = eight & !HIGH;
            // Adding carries into the high bit of each byte from a certain one on.
            let from = |least: u8| plain + ONES * u64::from(0x80 - least);
            let letter = from(b'a') & !from(b'z' + 1);
            let digit = from(b'0') & !from(b'9' + 1) & !eight;
            let hex = from(b'a') & !from(b'f' + 1) & !eight | digit;
            let gathered = |bytes: u64| (((bytes & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (at * 8);
            kinds.words |= gathered(letter | digit | eight);
            kinds.hex |= gathered(hex);
            kinds.digits |= gathered(digit);
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::words::words;

    proptest! {
        #[test]
        fn terms_are_those_of_the_words(parts in prop::collection::vec(prop_oneof![
            "[ -~]{0,12}",
            prop::sample::select(vec!["kubelet", " ", "\\n", "\\u003c", "\\\\n", "\\", "u003c", "DeadBeef12", "3f2a9c1b", "ü", "数据", "012345", "decade", "aaaa-1"])
                .prop_map(str::to_owned),
            (0_usize..140).prop_map(|length| "ab1".repeat(length)),
            (0_usize..140).prop_map(|length| "xü".repeat(length)),
        ], 0..24)) {
            let text = parts.concat();
            let wanted: Vec<String> = words(text.as_bytes()).map(|range| term(&text[range].to_ascii_lowercase()).0).collect();
            let mut found = Vec::new();
            Cutter::default().each(&text, |letters, length| found.push(String::from_utf8(letters[..length].to_vec()).unwrap()));
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn words_that_never_come_twice_are_cut() {
        assert_eq!(term("kubelet"), ("kubelet".into(), false));
        assert_eq!(term("012345"), ("0123~".into(), true));
        assert_eq!(term("3f2a9c1b"), ("3f2a~".into(), true));
        assert_eq!(term("decade"), ("decade".into(), false));
        assert_eq!(term("12345"), ("12345".into(), false));
        assert_eq!(term(&"x".repeat(70)).0.len(), 65);
        assert_eq!(term(&"ü".repeat(70)).0, format!("{}~", "ü".repeat(32)));
    }
}
