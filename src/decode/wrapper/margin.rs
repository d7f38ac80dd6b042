//! Blanks in front of every line of a text, as an excerpt keeps them that was indented where it stood.
//!
//! In: a line with blanks in front. Out: the line. Must not know: more of the line than whether it opens a format or stands in another envelope. Blanks in
//! front of some lines are a matter of the formats; who chooses wrappers asks [`Margin::around`] and [`Margin::quotes`] first. Where a text as a whole was
//! moved, [`decoration`](super::decoration) takes that off.

use super::{
    Envelope, Unwrapped, WRAPPERS, Wrapper, certain, compose::Compose, fluent_bit::FluentBit, named_prefix::NamedPrefix, stamped::Stamped, syslog,
};
use crate::decode::{format::text::Text, recognise};

/// A margin of blanks.
#[derive(Debug)]
pub struct Margin;

/// Widest margin that is believed.
const MAX_WIDTH: usize = 16;

impl Margin {
    /// Whether all lines that are not empty have a margin.
    pub(in crate::decode) fn around(lines: &[&[u8]]) -> bool {
        lines.iter().all(|line| line.first().is_none_or(u8::is_ascii_whitespace))
    }

    /// Whether somebody's notes quote records in blocks that are indented: of the lines that have no margin none is a record or has an envelope, so that
    /// no record goes on in those that have one.
    pub(in crate::decode) fn quotes(lines: &[&[u8]]) -> bool {
        let bare = |line: &&&[u8]| line.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        let told = |line: &&[u8]| recognise(line, &Text).is_some() || WRAPPERS.iter().any(|wrapper| wrapper.unwrap(line).is_some());
        lines.iter().filter(|line| Self.unwrap(line).is_some()).nth(1).is_some() && !lines.iter().filter(bare).any(told)
    }
}

impl Wrapper for Margin {
    fn name(&self) -> &'static str {
        "margin"
    }

    fn about(&self) -> &'static str {
        "An excerpt whose every line is indented, as it stood in a list or a code block, or notes in which only such blocks are records. The blanks are taken off before a line that opens a known format."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("    1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            (" shop_1 | 2026-11-20  9:41:39 0 [Note] x", "shop_1 | 2026-11-20  9:41:39 0 [Note] x"),
            ("    mysqld[16538]: 2026-11-20  9:41:39 0 [Note] x", "mysqld[16538]: 2026-11-20  9:41:39 0 [Note] x"),
            ("    Nov 20 09:29:43 node-3 mysqld[1043]: x", "Nov 20 09:29:43 node-3 mysqld[1043]: x"),
            (r#"    [0] app: [1795168127.987000000, {"log"=>"x"}]"#, r#"[0] app: [1795168127.987000000, {"log"=>"x"}]"#),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let width = line.iter().take(MAX_WIDTH + 1).take_while(|byte| byte.is_ascii_whitespace()).count();
        // What is a record with its blanks has no margin: a column that is set to the right.
        let rest = line.get(width..).filter(|_| (1..=MAX_WIDTH).contains(&width) && certain(line).is_none())?;
        let others: [&dyn Wrapper; 4] = [&Compose, &Stamped, &NamedPrefix, &FluentBit];
        let opens = certain(rest).is_some() || syslog::header(rest).is_some() || others.iter().any(|other| other.unwrap(rest).is_some());
        opens.then(|| Unwrapped::whole(rest, Envelope::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_around_all_lines() {
        assert!(Margin::around(&[b"  a", b"", b"\tb"]));
        assert!(!Margin::around(&[b"  a", b"b"]));
    }

    #[test]
    fn notes_quote_records_in_blocks() {
        let first: &[u8] = b"\t2026-11-20T09:14:47.195137Z 0 [Warning] [MY-011493] [Repl] x";
        let second: &[u8] = b"\t2026-11-20T09:14:48.195137Z 0 [ERROR] [MY-011495] [Repl] x";
        assert!(Margin::quotes(&[b"The primary is cut off:", first, b"", b"* and then", second]));
        assert!(!Margin::quotes(&[b"The primary is cut off:", first, b"    remark"]));
        // What an agent's record shows of another program's output is that record's.
        assert!(!Margin::quotes(&[b"2026-11-20 09:14:49 5628 [Note] InnoDB: it said", first, second]));
        assert!(!Margin::quotes(&[b"Nov 20 09:29:43 node-3 agent[1043]: it said", first, second]));
    }

    #[test]
    fn what_opens_nothing_keeps_its_blanks() {
        for line in ["    remark", "1:M 20 Nov 2026 10:01:18.413 * x", "                                 1:M 20 Nov 2026 10:01:18.413 * x", "   "] {
            assert_eq!(Margin.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
