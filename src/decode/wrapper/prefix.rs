//! Prefixes nobody told of: what stands before every line of a text in one and the same shape, and before its records.
//!
//! In: the first lines of a text that no other wrapper knows. Out: the shape of what stands before them, and lines without it, with its stamp if it has one.
//! Must not know: whose prefix it is. Platforms, supervisors and build tools each have their own, and new ones come every year: a name, a stamp, a stream, between
//! signs. What they have in common is that records of known formats stand behind them, always in the same place.

use super::{Envelope, Unwrapped, WRAPPERS, certain};
use crate::decode::format::text::Text;
use crate::decode::{Opening, recognise, stamp};
use crate::time::{RawTime, SECOND};

/// The shape of a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    parts: Vec<Part>,
    /// Blanks behind it that are not the line's own.
    blanks: usize,
    /// Which part its stamp begins with, and what kind of stamp it is.
    stamp: Option<(usize, Kind)>,
}

/// A part of a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Digits.
    Number,
    /// Letters and digits, whatever they are.
    Word,
    /// These letters.
    Literal(Vec<u8>),
    /// One byte that is neither.
    Sign(u8),
    /// One blank or more.
    Blanks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Iso,
    Syslog,
    Epoch,
}

/// Longest prefix.
const MAX_BYTES: usize = 96;
/// Longest sign of a comment or a quote: `&gt;`.
const MAX_SIGNS: usize = 4;
/// Lines that are looked through for records.
const LOOKED_AT: usize = 48;
/// Fewest records behind a prefix.
const LEAST: usize = 2;
/// Of so many lines one may have another shape.
const FEW: usize = 20;
/// Words that change with the time.
const OF_TIME: [&str; 21] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "am", "pm"];

impl Prefix {
    /// What it is called in reports.
    pub const NAME: &'static str = "prefix";

    /// Wrappers that take off a part of it where nobody told of the whole.
    pub(in crate::decode) const IS_LIKE: [&'static str; 2] = ["stamped", "named-prefix"];

    /// The shape of what stands before nearly all lines.
    pub(in crate::decode) fn of(lines: &[&[u8]]) -> Option<Self> {
        let full: Vec<&[u8]> = lines.iter().copied().filter(|line| !line.trim_ascii().is_empty()).collect();
        // The first lines, and others from all of the text.
        let (first, rest) = full.split_at(full.len().min(LOOKED_AT / 2));
        let looked_at = first.iter().chain(rest.iter().step_by((rest.len() / LOOKED_AT * 2).max(1)));
        let before: Vec<&[u8]> = looked_at.filter_map(|line| record(line).map(|at| &line[..at])).collect();
        // What a line quotes may stand elsewhere: the shape of most counts.
        let mut shapes: Vec<(Vec<u8>, Vec<&[u8]>)> = Vec::new();
        for prefix in before {
            let shape = shape_of(prefix);
            match shapes.iter_mut().find(|(known, _)| *known == shape) {
                Some((_, same)) => same.push(prefix),
                None => shapes.push((shape, vec![prefix])),
            }
        }
        let most = shapes.into_iter().rev().map(|(_, same)| same).max_by_key(Vec::len).filter(|same| same.len() >= LEAST);
        let found = if let Some(same) = most { Self::shared(&same)? } else { Self::sign(&full)? };
        let others = full.iter().filter(|line| found.unwrap(line).is_none()).count();
        (others * FEW < full.len()).then_some(found)
    }

    /// Signs with which all lines begin, as comments and quotes do: tables and descriptions have no records that are known without their first line.
    fn sign(full: &[&[u8]]) -> Option<Self> {
        let (first, rest) = full.split_first().filter(|(first, rest)| !rest.is_empty() && first.first().is_some_and(u8::is_ascii_punctuation))?;
        let signs = first.iter().take(MAX_SIGNS).take_while(|byte| !byte.is_ascii_whitespace()).count();
        let (sign, behind) = first.split_at(signs);
        let is_cut = behind.first() == Some(&b' ') && sign.iter().any(u8::is_ascii_punctuation) && rest.iter().all(|line| line.starts_with(sign));
        let found = Self { parts: parts_of(sign), blanks: 1, stamp: None };
        let is_known = |line: &[u8]| recognise(line, &Text).is_some();
        let known = |bare: bool| {
            full.iter().filter(|line| if bare { found.unwrap(line).is_some_and(|inside| is_known(&inside.text)) } else { is_known(line) }).count()
        };
        let begins = || found.unwrap(first).is_some_and(|inside| is_known(&inside.text)) && !is_known(first);
        (is_cut && (begins() || known(true) > known(false))).then_some(found)
    }

    /// What all of these have in common, which are of one shape.
    fn shared(before: &[&[u8]]) -> Option<Self> {
        let (first, rest) = before.split_first()?;
        let mut parts = parts_of(first.trim_ascii_end());
        let mut blanks = first.len() - first.trim_ascii_end().len();
        for other in rest {
            blanks = blanks.min(other.len() - other.trim_ascii_end().len());
            for (own, other) in parts.iter_mut().zip(parts_of(other.trim_ascii_end())) {
                match (&*own, other) {
                    (own, other) if *own == other => {}
                    (Part::Number | Part::Word | Part::Literal(_), Part::Number | Part::Word | Part::Literal(_)) => *own = Part::Word,
                    _ => return None,
                }
            }
        }
        // Words that are others in each line, and nothing between them: that is a sentence.
        let is_told = parts.iter().any(|part| !matches!(part, Part::Word | Part::Blanks));
        let stamp = stamped(first);
        (is_told && !parts.is_empty()).then_some(Self { parts, blanks, stamp })
    }

    /// The line behind it, and its stamp.
    pub(in crate::decode) fn unwrap<'l>(&self, line: &'l [u8]) -> Option<Unwrapped<'l>> {
        let (mut at, mut begins) = (0, 0);
        for (number, part) in self.parts.iter().enumerate() {
            if self.stamp.is_some_and(|(first, _)| first == number) {
                begins = at;
            }
            let rest = line.get(at..)?;
            let word = || rest.iter().take_while(|byte| is_of_word(**byte)).count();
            let length = match part {
                Part::Number => Some(word()).filter(|length| rest[..*length].iter().all(u8::is_ascii_digit)),
                Part::Word => Some(word()),
                Part::Literal(own) => Some(word()).filter(|length| rest[..*length] == **own),
                Part::Sign(sign) => Some(usize::from(rest.first() == Some(sign))),
                Part::Blanks => Some(rest.iter().take_while(|byte| **byte == b' ').count()),
            };
            at += length.filter(|length| *length > 0)?;
        }
        let rest = &line[at..];
        // Of an empty line some cut the blanks.
        let inside =
            if rest.is_empty() { rest } else { rest.get(self.blanks..).filter(|_| rest[..self.blanks].iter().all(u8::is_ascii_whitespace))? };
        let time = self.stamp.and_then(|(_, kind)| kind.read(&line[begins..at]));
        Some(Unwrapped::whole(inside, Envelope { time, ..Envelope::default() }))
    }
}

impl Kind {
    fn read(self, text: &[u8]) -> Option<RawTime> {
        match self {
            Self::Iso => stamp::iso(text).map(|(time, _)| time),
            Self::Syslog => stamp::syslog(text).map(|(time, _)| time),
            Self::Epoch => {
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let known = matches!(digits, 10 | 13 | 16 | 19) && text.get(digits).is_none_or(|byte| !is_of_word(*byte));
                stamp::epoch(text.get(..digits)?, None).filter(|time| known && (1_000_000_000 * SECOND..4_000_000_000 * SECOND).contains(&time.ns))
            }
        }
    }
}

/// Where the first stamp of a prefix begins, in parts.
fn stamped(prefix: &[u8]) -> Option<(usize, Kind)> {
    let mut at = 0;
    for (number, part) in parts_of(prefix.trim_ascii_end()).iter().enumerate() {
        let rest = &prefix[at..];
        let half_of_day = || prefix.to_ascii_lowercase().split(|byte| !is_of_word(*byte)).any(|word| matches!(word, b"am" | b"pm"));
        if matches!(part, Part::Number | Part::Word | Part::Literal(_))
            && let Some(kind) = [Kind::Iso, Kind::Syslog, Kind::Epoch].into_iter().find(|kind| kind.read(rest).is_some())
        {
            return (!half_of_day()).then_some((number, kind));
        }
        at += match part {
            Part::Number | Part::Word | Part::Literal(_) => rest.iter().take_while(|byte| is_of_word(**byte)).count(),
            Part::Sign(_) => 1,
            Part::Blanks => rest.iter().take_while(|byte| **byte == b' ').count(),
        };
    }
    None
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The signs of a prefix, words and blanks as one each.
fn shape_of(prefix: &[u8]) -> Vec<u8> {
    let mut shape: Vec<u8> = prefix.trim_ascii_end().iter().map(|byte| if is_of_word(*byte) { b'w' } else { *byte }).collect();
    shape.dedup_by(|a, b| a == b && matches!(*a, b'w' | b' '));
    shape
}

/// The parts of one prefix: its words are meant as they are.
fn parts_of(prefix: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = prefix;
    while let Some(first) = rest.first() {
        let (part, length) = if is_of_word(*first) {
            let word = &rest[..rest.iter().take_while(|byte| is_of_word(**byte)).count()];
            let part = if word.iter().all(u8::is_ascii_digit) {
                Part::Number
            } else if word.iter().any(u8::is_ascii_digit) || OF_TIME.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())) {
                Part::Word
            } else {
                Part::Literal(word.to_vec())
            };
            (part, word.len())
        } else if *first == b' ' {
            (Part::Blanks, rest.iter().take_while(|byte| **byte == b' ').count())
        } else {
            (Part::Sign(*first), 1)
        };
        parts.push(part);
        rest = &rest[length..];
    }
    parts
}

/// Where a record, or an envelope that is sure of itself, begins in a line; not at its beginning.
fn record(line: &[u8]) -> Option<usize> {
    let window = line.get(..MAX_BYTES).unwrap_or(line);
    let begins = (1..window.len()).filter(|at| !is_of_word(window[at - 1]) && may_begin(&line[*at..])).take(MOST_TRIED);
    let mut found: Option<(usize, &str, Opening)> = None;
    for at in begins {
        let text = &line[at..];
        let opened = certain(text).and_then(|_| recognise(text, &Text));
        match (&found, opened) {
            // Some formats find their record behind what another thread wrote: it begins where it is found last.
            (Some((_, name, opening)), Some((format, again))) if *name == format.name() && *opening == again => {
                found = Some((at, format.name(), again));
            }
            (None, Some((format, opening))) => found = Some((at, format.name(), opening)),
            (None, None) if is_sure(text) => return Some(at),
            _ => {}
        }
    }
    found.map(|(at, ..)| at)
}

/// Places of a line that are tried.
const MOST_TRIED: usize = 12;

/// Whether a record may begin so: most bytes begin none, and to ask is dear.
fn may_begin(text: &[u8]) -> bool {
    match text {
        [b'I' | b'W' | b'E' | b'F', second, ..] => second.is_ascii_digit(),
        [b'{', second, ..] => *second == b'"',
        [b'A'..=b'Z', _, _, b' ', ..] => stamp::syslog(text).is_some(),
        [first, ..] => first.is_ascii_digit() || matches!(first, b'[' | b'<') || text.starts_with(b"time="),
        [] => false,
    }
}

/// Whether an envelope stands at the beginning that is nothing else.
fn is_sure(text: &[u8]) -> bool {
    WRAPPERS.iter().filter(|wrapper| SURE.contains(&wrapper.name())).any(|wrapper| wrapper.unwrap(text).is_some())
}

/// Wrappers that take nothing for theirs that is not.
const SURE: [&str; 4] = ["cri", "docker-json", "journal-json", "syslog"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Shape;

    const RECORD: &str = "1:M 20 Nov 2026 10:01:18.413 * Ready";

    /// What is taken off two records and a line that is none, each with another number in front.
    fn learned(prefix: impl Fn(u32) -> String) -> Option<(Prefix, Vec<String>, Option<Shape>)> {
        let lines = [
            format!("{}{RECORD}", prefix(11)),
            format!("{}{RECORD}", prefix(12)),
            format!("{}  words", prefix(13)),
            prefix(14).trim_end().to_owned(),
        ];
        let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let found = Prefix::of(&bytes)?;
        let inside: Vec<_> = bytes.iter().filter_map(|line| found.unwrap(line)).collect();
        let shape = inside.first().and_then(|inside| inside.envelope.time).map(|time| time.shape);
        Some((found, inside.iter().map(|inside| String::from_utf8_lossy(&inside.text).into_owned()).collect(), shape))
    }

    #[test]
    fn whatever_stands_before_all_lines_is_taken_off() {
        let of: [(&str, Option<Shape>); 16] = [
            ("Nov 20, 2026 @ 09:07:NN.340\t", None),
            ("2026-11-20T09:07:NN.340Z\t", Some(Shape::Zoned)),
            ("INFO 2026-11-20T09:07:NN.340123Z [labels.container: db] ", Some(Shape::Zoned)),
            ("2026-11-20T09:07:NN.340123Z [inf]  ", Some(Shape::Zoned)),
            ("2026-Nov-20 09:07:NN.340 ", None),
            ("Nov 20 09:07:NN.340 ", Some(Shape::Yearless)),
            ("Nov 20 09:07:NN PM  ", None),
            ("[db] [2026-11-20 09:07:NN] ", Some(Shape::Local)),
            ("2026-11-20T09:07:NNZ app[148ed726] fra [info]", Some(Shape::Zoned)),
            ("17951656NN ", Some(Shape::Zoned)),
            ("[09:07:NN] ", None),
            ("+", None),
            ("(NN) ", None),
            ("0|mysqld  | ", None),
            ("null_resource.x (remote-exec): ", None),
            ("#12 0.NN ", None),
        ];
        for (prefix, shape) in of {
            let found = learned(|number| prefix.replace("NN", &number.to_string()));
            let (_, inside, time) = found.unwrap_or_else(|| panic!("nothing is learned of {prefix}"));
            assert_eq!((inside, time), (vec![RECORD.to_owned(), RECORD.to_owned(), "  words".to_owned(), String::new()], shape), "{prefix}");
        }
    }

    #[test]
    fn wrappers_are_called_by_their_names() {
        let is_known = |name: &&str| WRAPPERS.iter().any(|wrapper| wrapper.name() == *name);
        assert!(SURE.iter().chain(&Prefix::IS_LIKE).all(is_known));
    }

    #[test]
    fn a_record_begins_where_it_is_found_last() {
        let line = "2026-Nov-20 10:52:11.666331 2026-11-20T10:52:11.666331Z 1 [Note] [MY-012274] [InnoDB] x 2026-11-20T10:52:12.666331Z 1 [Note] y";
        assert_eq!(record(line.as_bytes()), Some(28));
    }

    #[test]
    fn sentences_around_records_are_no_prefix() {
        let of = |lines: &[&str]| Prefix::of(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
        let said = format!("it said {RECORD}");
        assert_eq!(of(&[&said, "then it was gone", "and nobody knew"]), None, "one record");
        assert_eq!(of(&[&said, &format!("then came {RECORD}"), "and nobody knew"]), None, "words that differ");
        assert_eq!(of(&[&said, &said, "then it was gone", "and nobody knew"]), None, "not before all lines");
        assert_eq!(of(&[RECORD, RECORD]), None, "nothing before them");
    }

    #[test]
    fn comments_and_quotes_may_hold_a_table() {
        let table = [
            "LAST SEEN   TYPE      REASON    OBJECT     MESSAGE",
            "5m5s        Warning   Evicted   pod/pg-0   x",
            "",
            "3m          Normal    Started   pod/pg-0   y",
        ];
        for sign in ["#", "//", "&gt;", "%"] {
            let lines: Vec<String> = table.iter().map(|line| format!("{sign} {line}").trim_end().to_owned()).collect();
            let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
            let found = Prefix::of(&bytes).unwrap_or_else(|| panic!("nothing is learned of {sign}"));
            let inside: Vec<_> = bytes.iter().filter_map(|line| found.unwrap(line)).map(|inside| inside.text.into_owned()).collect();
            assert_eq!(inside, table.map(|line| line.as_bytes().to_vec()), "{sign}");
        }
        let script: [&[u8]; 3] = [b"# a script", b"# of two lines", b"# and one more"];
        assert_eq!(Prefix::of(&script), None);
    }

    proptest! {
        /// Whatever the lines, what is behind a prefix is the end of its line.
        #[test]
        fn any_lines_are_read(before in "[a-c0-2 \\[\\]:|\\t#]{0,12}", others in prop::collection::vec("[a-c0-2 \\[\\]:|\\t#\u{e9}]{0,20}", 0..4)) {
            let lines: Vec<String> = [format!("{before}{RECORD}"), format!("{before}{RECORD} more")].into_iter().chain(others).collect();
            let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
            if let Some(found) = Prefix::of(&bytes) {
                for line in &bytes {
                    prop_assert!(found.unwrap(line).is_none_or(|inside| line.ends_with(&inside.text)));
                }
            }
        }
    }

    #[test]
    fn an_envelope_behind_it_stays() {
        let (_, inside, _) = learned(|number| format!("node ({number}): 2026-11-20T09:41:39.741607123Z stderr F ")).unwrap();
        assert_eq!(inside[0], format!("2026-11-20T09:41:39.741607123Z stderr F {RECORD}"));
    }
}
