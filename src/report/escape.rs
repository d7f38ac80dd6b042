//! Text of logs made harmless: nothing in it steers a terminal or turns the reading direction.
//!
//! In: any text. Out: the same with controls written out. Must not know: where it goes.

use std::borrow::Cow;
use std::io;

use serde_json::ser::{Formatter, PrettyFormatter};

/// Whether a character could steer a terminal or mislead a reader: C0 and C1 controls, line separators, marks that turn the direction of reading.
pub fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The text with such characters written out: `\t`, `\n`, `\u{1b}`, `\u{202e}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            letter if steers(letter) => out.extend(letter.escape_default()),
            letter => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// [`escaped`], cut after `most` characters. What is too long first loses the blanks that fill columns: a row of a table shows its words.
pub fn shown(text: &str, most: usize) -> String {
    let mut text = escaped(text);
    if text.char_indices().nth(most).is_some() && text.contains("    ") {
        text = Cow::Owned(drawn_together(&text));
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            let rest = text.chars().count() - most;
            format!("{}… ({rest} more)", text.get(..end).unwrap_or_default())
        }
        None => text.into_owned(),
    }
}

/// The text without the blanks behind three.
fn drawn_together(text: &str) -> String {
    let mut blanks = 0;
    let keep = |letter: &char| {
        blanks = if *letter == ' ' { blanks + 1 } else { 0 };
        blanks <= 3
    };
    text.chars().filter(keep).collect()
}

/// JSON in which such characters are written as `\uXXXX`: programs read the same text, terminals do nothing.
pub(super) struct Harmless<'a> {
    layout: Option<PrettyFormatter<'a>>,
}

impl Harmless<'_> {
    pub(super) fn pretty() -> Self {
        Self { layout: Some(PrettyFormatter::with_indent(b" ")) }
    }

    pub(super) fn compact() -> Self {
        Self { layout: None }
    }
}

macro_rules! layout {
    ($($name:ident($($argument:ident: $kind:ty),*))*) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            match &mut self.layout {
                Some(layout) => layout.$name(writer $(, $argument)*),
                None => serde_json::ser::CompactFormatter.$name(writer $(, $argument)*),
            }
        })*
    };
}

impl Formatter for Harmless<'_> {
    layout! {
        begin_array() end_array() begin_array_value(first: bool) end_array_value()
        begin_object() end_object() begin_object_key(first: bool) end_object_key() begin_object_value() end_object_value()
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, letter) in fragment.char_indices().filter(|(_, letter)| steers(*letter)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            write!(writer, "\\u{:04x}", u32::from(letter))?;
            plain = at + letter.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;

    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(escaped("a\x1b[2J\u{9b}1m\u{202e}b\u{2066}\tc\x7f"), "a\\u{1b}[2J\\u{9b}1m\\u{202e}b\\u{2066}\\tc\\u{7f}");
        assert!(matches!(escaped("für alle ✓ 数据"), Cow::Borrowed(_)));
        assert_eq!(shown("数据数据", 3), "数据数… (1 more)");
        assert_eq!(shown("shop            65s       BackOff", 30), "shop   65s   BackOff");
        assert_eq!(shown("shop     65s", 30), "shop     65s");
    }

    #[test]
    fn json_says_the_same_without_the_characters() {
        let text = "a\x1b\u{9b}\u{202e}\"\\\n数";
        let mut out = Vec::new();
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Harmless::compact())).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(!written.chars().any(steers), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
