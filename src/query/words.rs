//! Words: how a text falls into what can be searched for.
//!
//! In: bytes of a text. Out: its words. The same for records and queries, for indexes and for reading the text itself, so that all agree. Must not
//! know: what is searched.
//!
//! A word is a run of letters and digits; everything else parts words, also `-`, `_`, `.` and `/`: `k8s-node3` are two words that follow one another.
//! ASCII letters count without their case. Escapes of JSON and Go (`\n`, `\t`, `\r`, `\u003c`) part words as the characters do that they stand for.

use std::ops::Range;

/// The places of the words of a text, in order.
pub fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *text.get(at)?;
            if is_word(byte) {
                break;
            }
            at += if byte == b'\\' { escape(text.get(at + 1..).unwrap_or_default()) } else { 1 };
        }
        let start = at;
        while text.get(at).copied().is_some_and(is_word) {
            at += 1;
        }
        Some(start..at)
    })
}

/// Bytes of what stands for a character, from its backslash on. `rest` is what follows that.
pub(crate) fn escape(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b'n' | b't' | b'r') => 2,
        Some(b'u') if rest.get(1..5).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => 6,
        _ => 1,
    }
}

/// Letters and digits; of letters beyond ASCII every byte counts as one.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 128
}

/// The words of what was typed, in lower case.
pub fn typed(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    words(bytes).filter_map(|range| bytes.get(range)).map(|word| crate::decode::lossy(word).to_ascii_lowercase()).collect()
}

/// Whether the words follow one another in a text; with `prefix` the last one may go on.
pub fn contains(text: &[u8], wanted: &[String], prefix: bool) -> bool {
    let Some(last) = wanted.len().checked_sub(1) else { return true };
    let fits = |word: &[u8], at: usize| {
        let Some(wanted) = wanted.get(at).map(String::as_bytes) else { return false };
        let part = if prefix && at == last { word.get(..wanted.len()) } else { Some(word) };
        part.is_some_and(|part| part.eq_ignore_ascii_case(wanted))
    };
    // How many words of each beginning have been met.
    let mut open: Vec<usize> = Vec::new();
    for range in words(text) {
        let Some(word) = text.get(range) else { continue };
        let mut next = Vec::with_capacity(open.len() + 1);
        for at in open.drain(..).chain([0]) {
            if fits(word, at) {
                if at == last {
                    return true;
                }
                next.push(at + 1);
            }
        }
        open = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_their_parts() {
        assert_eq!(typed("Pod default/gxr_oracle-0 (IP 10.1.2.3)"), ["pod", "default", "gxr", "oracle", "0", "ip", "10", "1", "2", "3"]);
        assert_eq!(typed(r"a\nb\u003cc\x C:\d"), ["a", "b", "c", "x", "c", "d"]);
        assert_eq!(typed("für 数据\u{a0}x").len(), 2);
        assert_eq!(typed("--- ..."), Vec::<String>::new());
    }

    #[test]
    fn phrases_follow_one_another() {
        let text = b"Back-off restarting failed container; restarting failed again: restarting-failed/containers";
        let has = |phrase: &str, prefix| contains(text, &typed(phrase), prefix);
        assert!(has("restarting failed again", false) && has("BACK-OFF", false) && has("failed/containers", false));
        assert!(!has("restarting container", false) && !has("again container", false) && !has("contain", false));
        assert!(has("failed contain", true) && has("contain", true) && !has("contain failed", true));
        // The first beginning need not be the one that goes on.
        assert!(contains(b"a a b", &typed("a b"), false) && contains(b"a a a b", &typed("a a b"), false));
    }
}
