//! Templates: what is left of a text without words that hold a digit, most of what changes from one record of a kind to the next.
//!
//! In: a text. Out: a number that is the same for texts of one template. Must not know: records.

/// Bytes of a text that make its template.
const BYTES: usize = 192;
/// Blocks of 64 bytes that are looked at, and one behind them, where the last word may end.
const BLOCKS: usize = BYTES / 64 + 1;
/// With room to read two times eight letters from any place.
type Held = [u8; BYTES + 16];
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const MIX: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xff51_afd7_ed55_8ccd];

/// The template of a text, hashed.
pub(super) fn template(text: &[u8]) -> u32 {
    let mut held: Held = [0; BYTES + 16];
    let length = text.len().min(BYTES);
    held[..length].copy_from_slice(&text[..length]);
    let (mut words, mut digits) = ([0_u64; BLOCKS], [0_u64; BLOCKS]);
    for at in 0..length.div_ceil(8) {
        let (word, digit) = kinds(eight(&held, at * 8));
        words[at / 8] |= word << (at % 8 * 8);
        digits[at / 8] |= digit << (at % 8 * 8);
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let (mut carry, mut last) = (false, 0);
    for block in 0..BLOCKS {
        let (word, digit) = (words[block], digits[block]);
        // Where a digit is added to the ones of its word, a one is carried to the place behind the word.
        let (sum, first) = word.overflowing_add(digit);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        carry = first || second;
        let mut ends = (word << 1 | last) & !word & !sum;
        last = word >> 63;
        while ends != 0 {
            let bit = ends.trailing_zeros();
            ends &= ends - 1;
            let before = !word & !(u64::MAX << bit);
            let start = if before == 0 { start_before(&words, block) } else { block * 64 + 64 - before.leading_zeros() as usize };
            hash = mixed(hash, &held, start, block * 64 + bit as usize);
        }
    }
    (hash ^ (hash >> 32)) as u32
}

/// Where the word begins that a block begins in or behind.
fn start_before(words: &[u64; BLOCKS], block: usize) -> usize {
    let before = words[..block].iter().enumerate().rev().find(|(_, word)| **word != u64::MAX);
    before.map_or(0, |(at, word)| at * 64 + 64 - (!word).leading_zeros() as usize)
}

fn eight(held: &Held, at: usize) -> u64 {
    held.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Which of eight bytes belong to words (letters, digits, all beyond ASCII), and which are digits; a bit for each.
fn kinds(eight: u64) -> (u64, u64) {
    let plain = eight & !HIGH;
    let lower = plain | (ONES * 0x20);
    // Adding carries into the high bit of each byte from a certain one on.
    let from = |bytes: u64, least: u8| bytes + ONES * u64::from(0x80 - least);
    let letter = (from(lower, b'a') & !from(lower, b'z' + 1)) | eight;
    let digit = from(plain, b'0') & !from(plain, b'9' + 1) & !eight;
    let gathered = |bytes: u64| ((bytes & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    (gathered(letter | digit), gathered(digit))
}

/// Adds a word of a text to a hash, sixteen letters at a time: nearly all are no longer.
fn mixed(hash: u64, held: &Held, start: usize, end: usize) -> u64 {
    let mut hash = hash ^ (end - start) as u64;
    let mut at = start;
    loop {
        let left = end - at;
        let letters = |at: usize, left: usize| eight(held, at) & u64::MAX.checked_shr(64 - 8 * left.min(8) as u32).unwrap_or(0);
        let letters = letters(at, left) ^ letters(at + 8, left.saturating_sub(8)).wrapping_mul(MIX[1]);
        let mixed = (hash ^ letters).wrapping_mul(MIX[0]);
        hash = mixed ^ (mixed >> 29);
        if left <= 16 {
            return hash;
        }
        at += 16;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letter by letter.
    fn slow(text: &[u8]) -> u32 {
        let text = &text[..text.len().min(BYTES)];
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 128;
        let mut held = [0; BYTES + 16];
        held[..text.len()].copy_from_slice(text);
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut at = 0;
        for word in text.split(|byte| !in_word(byte)) {
            if !word.is_empty() && !word.iter().any(u8::is_ascii_digit) {
                hash = mixed(hash, &held, at, at + word.len());
            }
            at += word.len() + 1;
        }
        (hash ^ (hash >> 32)) as u32
    }

    #[test]
    fn a_template_is_what_is_left_without_numbers() {
        let one = template(b"I1201 02:17:42.123456    1234 kubelet.go:1234] Pod web-0 started after 12s");
        assert_eq!(one, template(b"I1202 11:07:02.000456    1 kubelet.go:1234] Pod web-1 started after 9s"));
        assert_ne!(one, template(b"I1202 11:07:02.000456    1 kubelet.go:1234] Pod web-1 stopped after 9s"));
        assert_ne!(template(b"reconciliation"), template(b"reconcili ation"));
    }

    proptest! {
        #[test]
        fn it_equals_looking_at_letter_after_letter(parts in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..9),
            prop::sample::select(vec!["kubelet", " ", "pod=", "1", "@[`{/:", "ü", "reconciliation", "0123456789abcdef"]).prop_map(|part| part.as_bytes().to_vec()),
            Just(vec![b'x'; 70]),
        ], 0..40)) {
            let text = parts.concat();
            prop_assert_eq!(template(&text), slow(&text));
        }

        #[test]
        fn every_byte_is_what_it_is(bytes in any::<[u8; 8]>()) {
            let (words, digits) = kinds(u64::from_le_bytes(bytes));
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!((words >> at & 1 == 1, digits >> at & 1 == 1), (byte.is_ascii_alphanumeric() || *byte >= 128, byte.is_ascii_digit()));
            }
        }
    }
}
