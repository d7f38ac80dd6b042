//! Decorations of whole texts: what a viewer or an editor put around every line of an excerpt.
//!
//! In: the first lines of a text. Out: what takes the decorations off, of every line, whatever it is: tables and records over several lines keep their
//! shape. Must not know: what the lines say, but whether more of them are known without it. Decorations of single lines are wrappers' (`marked`, `margin`).

use std::borrow::Cow;

use super::margin::Margin;
use super::marked::Marked;
use super::{WRAPPERS, Wrapper};
use crate::decode::format::text::Text;
use crate::decode::recognise;

/// Widest margin that is believed.
const MAX_WIDTH: usize = 16;
/// Most digits of a line's number.
const MAX_DIGITS: usize = 9;
/// Fewest lines that show a numbering, a list or padding.
const FEW: usize = 2;
/// Most decorations around each other.
const MOST: usize = 3;
/// Marks of lists.
const LISTS: [&[u8]; 2] = [b"* ", b"- "];
/// A blank at which browsers do not break lines, as they copy it.
const NO_BREAK: &[u8] = "\u{a0}".as_bytes();
/// What k9s draws at both sides.
const BAR: &[u8] = "│".as_bytes();
/// What stands in the source of a web page for letters that cannot; the first five prove that a text was taken from there.
const ESCAPES: [(&[u8], &[u8]); 7] =
    [(b"&quot;", b"\""), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&#34;", b"\""), (b"&#39;", b"'"), (b"&amp;", b"&"), (b"&nbsp;", b" ")];

/// What stands around every line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoration {
    /// So many blanks in front: the text was moved to the right as a whole.
    Moved(usize),
    /// The line's number in front: `cat -n`, `grep -n`, `less -N`, editors.
    Numbered,
    /// The bars of a viewer at both sides.
    Framed,
    /// A list's mark in front.
    Listed(&'static [u8]),
    /// Blanks behind it, as some terminals copy them.
    Padded,
    /// Blanks at which no line may be broken, as web pages keep several of them side by side.
    Spaced,
    /// Escapes of HTML in it.
    Escaped,
}

impl Decoration {
    /// The decorations that all lines share which are not blank, outermost first.
    pub(in crate::decode) fn around(lines: &[&[u8]]) -> Vec<Self> {
        let full: Vec<&[u8]> = lines.iter().copied().filter(|line| !line.trim_ascii().is_empty()).collect();
        let mut found: Vec<Self> = Self::outermost(&full).into_iter().collect();
        if let Some(first) = found.first() {
            let mut rest: Vec<Vec<u8>> = full.iter().map(|line| first.bare(line).into_owned()).collect();
            while found.len() < MOST
                && let Some(next) = Self::outermost(&rest.iter().map(Vec::as_slice).collect::<Vec<_>>())
            {
                rest = rest.iter().map(|line| next.bare(line).into_owned()).collect();
                found.push(next);
            }
        }
        found
    }

    /// The one that is known by its own looks. Else the one without which the first line is known, or more lines than with it.
    fn outermost(full: &[&[u8]]) -> Option<Self> {
        // Most texts have none: their first line shows it, or that no such letter stands in any.
        let first = full.first()?;
        if full.len() >= FEW && full.iter().all(|line| matches!(line.last(), Some(b' ' | b'\t'))) {
            return Some(Self::Padded);
        }
        // No log has them of its own, and to take one for a blank costs nothing.
        let has_no_break = |line: &&[u8]| memchr::memchr_iter(NO_BREAK[0], line).any(|at| line[at..].starts_with(NO_BREAK));
        if full.iter().any(has_no_break) {
            return Some(Self::Spaced);
        }
        if is_escaped(full) {
            return Some(Self::Escaped);
        }
        let found = if first.starts_with(BAR) && full.iter().all(|line| line.starts_with(BAR)) {
            Self::Framed
        } else if number(first).is_some() && is_numbered(full) {
            Self::Numbered
        } else if let Some(mark) = LISTS.into_iter().find(|mark| full.len() >= FEW && full.iter().all(|line| line.starts_with(mark))) {
            Self::Listed(mark)
        } else {
            Self::Moved(margin(full)?)
        };
        let others = || WRAPPERS.iter().filter(|other| ![Margin.name(), Marked.name()].contains(&other.name()));
        let known = |line: &[u8]| recognise(line, &Text).is_some() || others().any(|other| other.unwrap(line).is_some());
        let count = |known: &dyn Fn(&[u8]) -> bool| full.iter().filter(|line| known(line)).count();
        let is_bare_known = |line: &[u8]| known(&found.bare(line));
        // A document is known by its first line, whatever its other lines look like.
        let begins = is_bare_known(first) && !known(first);
        (begins || count(&is_bare_known) > count(&known)).then_some(found)
    }

    /// A line without it; as it is where it has none.
    pub(in crate::decode) fn bare<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        let bare = match self {
            Self::Moved(width) => &line[line.iter().take(*width).take_while(|byte| matches!(byte, b' ' | b'\t')).count()..],
            Self::Numbered => number(line).map_or(line, |(_, rest)| rest),
            Self::Framed => framed(line).unwrap_or(line),
            Self::Listed(mark) => line.strip_prefix(*mark).unwrap_or(line),
            Self::Padded => line.trim_ascii_end(),
            Self::Spaced => return replaced(line, NO_BREAK[0], &[(NO_BREAK, b" ")]),
            Self::Escaped => return replaced(line, b'&', &ESCAPES),
        };
        Cow::Borrowed(bare)
    }

    /// As the wrapper is called that takes the same off single lines.
    pub(in crate::decode) fn name(self) -> &'static str {
        if matches!(self, Self::Moved(_)) { Margin.name() } else { Marked.name() }
    }
}

/// The width of the margin that all lines share, if there is one.
fn margin(lines: &[&[u8]]) -> Option<usize> {
    let first = lines.first()?;
    let blanks = first.iter().take(MAX_WIDTH).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let shared = |width: usize, line: &&[u8]| first[..width].iter().zip(*line).take_while(|(a, b)| a == b).count();
    Some(lines.iter().fold(blanks, shared)).filter(|width| *width > 0)
}

/// A line's number, and what follows it and the sign behind it.
fn number(line: &[u8]) -> Option<(u64, &[u8])> {
    let line = line.trim_ascii_start();
    let digits = line.iter().take(MAX_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(line.get(..digits).filter(|_| (1..=MAX_DIGITS).contains(&digits))?).ok()?.parse().ok()?;
    let rest = match line.get(digits..)? {
        [] => &[],
        [b' ', b'|', b' ', rest @ ..] | [b'.' | b')' | b'|', b' ', rest @ ..] | [b'\t' | b':' | b' ', rest @ ..] => rest,
        _ => return None,
    };
    Some((number, rest))
}

/// Whether each line has a greater number than the one before.
fn is_numbered(lines: &[&[u8]]) -> bool {
    let numbers: Option<Vec<u64>> = lines.iter().map(|line| number(line).map(|(number, _)| number)).collect();
    numbers.is_some_and(|numbers| numbers.len() >= FEW && numbers.is_sorted_by(|a, b| a < b))
}

/// What stands between the bars.
fn framed(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(BAR)?.trim_ascii_end();
    let inside = inside.strip_suffix(BAR).map_or(inside, <[u8]>::trim_ascii_end);
    Some(inside.strip_prefix(b" ").unwrap_or(inside))
}

/// Whether a text was taken from the source of a web page: none of the letters that cannot stand there does, and some stand for them.
fn is_escaped(lines: &[&[u8]]) -> bool {
    let stands_for = |line: &&[u8]| memchr::memchr_iter(b'&', line).any(|at| ESCAPES[..5].iter().any(|(name, _)| line[at..].starts_with(name)));
    // Most texts have one of these in one of their first lines.
    !lines.iter().any(|line| memchr::memchr3(b'<', b'>', b'"', line).is_some()) && lines.iter().any(stands_for)
}

/// A line in which what begins with a byte is replaced as told.
fn replaced<'l>(line: &'l [u8], begin: u8, by: &[(&[u8], &[u8])]) -> Cow<'l, [u8]> {
    let mut text = Vec::new();
    let mut from = 0;
    for at in memchr::memchr_iter(begin, line) {
        let found = by.iter().find(|(name, _)| at >= from && line[at..].starts_with(name));
        if let Some((name, letter)) = found {
            text.extend_from_slice(&line[from..at]);
            text.extend_from_slice(letter);
            from = at + name.len();
        }
    }
    if from == 0 {
        return Cow::Borrowed(line);
    }
    text.extend_from_slice(&line[from..]);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> Option<String> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let found = Decoration::around(&lines);
        let rest = |line: &&[u8]| String::from_utf8_lossy(&found.iter().fold(line.to_vec(), |line, next| next.bare(&line).into_owned())).into_owned();
        (!found.is_empty()).then(|| lines.iter().map(rest).collect::<Vec<_>>().join("\n"))
    }

    const TABLE: &str = "NAME     STATUS   ROLES    AGE   VERSION\nnode-1   Ready    <none>   5d    v1.29.2\n  x";

    fn each(decorate: impl Fn(usize, &str) -> String) -> String {
        TABLE.lines().enumerate().map(|(at, line)| decorate(at + 9, line)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_taken_off_leaves_the_shape() {
        for decorated in [
            each(|_, line| format!("    {line}")),
            each(|_, line| format!("\t{line}")),
            each(|at, line| format!("{at:6}\t{line}")),
            each(|at, line| format!("{at}:{line}")),
            each(|at, line| format!("{at:>3} | {line}")),
            each(|_, line| format!("│ {line:60} │")),
            each(|_, line| format!("{line:60}")),
            each(|_, line| line.replace("  ", " \u{a0}")),
            each(|_, line| line.replace('<', "&lt;").replace('>', "&gt;")),
            each(|at, line| format!("{:60}", format!("    {at}:{line}").replace('<', "&lt;").replace('>', "&gt;"))),
        ] {
            assert_eq!(bare(&decorated).as_deref(), Some(TABLE), "{decorated}");
        }
        assert_eq!(bare("a\u{a0}b").as_deref(), Some("a b"));
        assert_eq!(bare("* 1:M 20 Nov 2026 10:01:18.413 * x\n*   y").as_deref(), Some("1:M 20 Nov 2026 10:01:18.413 * x\n  y"));
        assert_eq!(bare("    NAME     STATUS   ROLES    AGE   VERSION\n\n  \n").as_deref(), Some("NAME     STATUS   ROLES    AGE   VERSION\n\n"));
    }

    #[test]
    fn what_is_known_as_it_stands_or_not_at_all_is_left() {
        for text in [
            TABLE,
            "",
            "  ",
            "  Warning  Failed  5s  kubelet  Error: x",
            "    a remark\n    another",
            "1:M 20 Nov 2026 10:01:18.413 * x\n  x",
            "1:M 20 Nov 2026 10:01:18.413 * x\n2:M 20 Nov 2026 10:01:18.413 * x\n3:M 20 Nov 2026 10:01:18.413 * x",
            "1. do this\n2. do that\n3. done",
            "* do this\n* do that",
            "a &lt;b> c",
        ] {
            assert_eq!(bare(text), None, "{text}");
        }
    }
}
