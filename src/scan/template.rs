//! Templates: what is left of a text without words that hold a digit, most of what changes from one record of a kind to the next.
//!
//! In: a text. Out: a number that is the same for texts of one template. Must not know: records.

/// Bytes of a text that make its template.
const BYTES: usize = 192;
const BLOCKS: usize = BYTES / 64;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The template of a text, hashed.
pub(super) fn template(text: &[u8]) -> u32 {
    // With room to read eight letters from any place.
    let mut held = [0_u8; BYTES + 8];
    let length = text.len().min(BYTES);
    held[..length].copy_from_slice(&text[..length]);
    let (mut words, mut digits) = ([0_u64; BLOCKS], [0_u64; BLOCKS]);
    for (block, bytes) in held[..length].chunks(64).enumerate() {
        for at in 0..bytes.len().div_ceil(8) {
            let (word, digit) = kinds(eight(&held, block * 64 + at * 8));
            words[block] |= word << (at * 8);
            digits[block] |= digit << (at * 8);
        }
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    // Where the word begins that a block ends in, and whether it has digits.
    let (mut open, mut with_digits) = (None, false);
    for block in 0..BLOCKS {
        let (all, digits) = (words[block], digits[block]);
        let mut at = 0;
        while at < 64 {
            let start = open.unwrap_or_else(|| {
                at += (all >> at).trailing_zeros().min(64 - at);
                block * 64 + at as usize
            });
            if at >= 64 {
                break;
            }
            let length = (!(all >> at)).trailing_zeros().min(64 - at);
            let mask = if length == 64 { u64::MAX } else { ((1 << length) - 1) << at };
            with_digits |= digits & mask != 0;
            at += length;
            if at < 64 {
                if !with_digits {
                    hash = mixed(hash, &held, start, block * 64 + at as usize);
                }
                (open, with_digits) = (None, false);
                at += 1;
            } else {
                open = Some(start);
            }
        }
    }
    if let Some(start) = open.filter(|_| !with_digits) {
        hash = mixed(hash, &held, start, BYTES);
    }
    (hash ^ (hash >> 32)) as u32
}

fn eight(held: &[u8; BYTES + 8], at: usize) -> u64 {
    held.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Which of eight bytes belong to words (letters, digits, all beyond ASCII), and which are digits; a bit for each.
fn kinds(eight: u64) -> (u64, u64) {
    let plain = eight & !HIGH;
    let lower = plain | ONES * 0x20;
    // Adding carries into the high bit of each byte from a certain one on.
    let from = |bytes: u64, least: u8| bytes + ONES * u64::from(0x80 - least);
    let letter = (from(lower, b'a') & !from(lower, b'z' + 1)) | eight;
    let digit = from(plain, b'0') & !from(plain, b'9' + 1) & !eight;
    let gathered = |bytes: u64| ((bytes & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    (gathered(letter | digit), gathered(digit))
}

/// Adds a word of a text to a hash, eight letters at a time.
fn mixed(hash: u64, held: &[u8; BYTES + 8], start: usize, end: usize) -> u64 {
    let mut hash = hash ^ (end - start) as u64;
    let mut at = start;
    while at < end {
        let length = (end - at).min(8);
        let letters = eight(held, at) & (u64::MAX >> (64 - 8 * length));
        let mixed = (hash ^ letters).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash = mixed ^ (mixed >> 29);
        at += length;
    }
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letter by letter.
    fn slow(text: &[u8]) -> u32 {
        let text = &text[..text.len().min(BYTES)];
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 128;
        let mut held = [0; BYTES + 8];
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
