//! Terms: what a word is called in the index.
//!
//! In: texts, words. Out: terms, and whether other words have the same. Must not know: rows, segments.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::query::words::words;

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
#[derive(Clone, Default)]
pub(super) struct Terms;

pub(super) struct TermStream<'a> {
    text: &'a str,
    places: Box<dyn Iterator<Item = std::ops::Range<usize>> + 'a>,
    token: Token,
}

impl Tokenizer for Terms {
    type TokenStream<'a> = TermStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream<'a> {
        TermStream { text, places: Box::new(words(text.as_bytes())), token: Token::default() }
    }
}

impl TokenStream for TermStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(place) = self.places.next() else { return false };
        let word = self.text.get(place.clone()).unwrap_or_default();
        self.token.text.clear();
        let plain = word.len() < SHORTEST_ID || (word.len() <= LONGEST && word.bytes().any(|byte| !byte.is_ascii_hexdigit()));
        if plain {
            self.token.text.push_str(word);
            self.token.text.make_ascii_lowercase();
        } else {
            self.token.text.push_str(&term(&word.to_ascii_lowercase()).0);
        }
        self.token.position = self.token.position.wrapping_add(1);
        (self.token.offset_from, self.token.offset_to) = (place.start, place.end);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
