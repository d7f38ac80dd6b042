//! Decorations of whole texts: what a viewer or an editor put around every line of an excerpt.
//!
//! In: the first lines of a text. Out: the wrapper that takes the decoration off, of every line, whatever it is: tables and records over several lines keep
//! their shape. Must not know: what the lines say, but whether more of them are known without it. Decorations of single lines are other wrappers' (`marked`, `margin`).

use std::borrow::Cow;

use super::margin::Margin;
use super::marked::Marked;
use super::{Envelope, Unwrapped, WRAPPERS, Wrapper};
use crate::decode::format::text::Text;
use crate::decode::recognise;

/// Widest margin that is believed.
const MAX_WIDTH: usize = 16;
/// Most digits of a line's number.
const MAX_DIGITS: usize = 9;
/// Fewest numbered lines that make a numbering.
const FEW: usize = 2;
/// Most decorations around each other.
const MOST: usize = 3;
/// A blank at which browsers do not break lines, as they copy it.
const NO_BREAK: &[u8] = "\u{a0}".as_bytes();
/// What k9s draws at both sides.
const BAR: &[u8] = "│".as_bytes();

/// The decorations that all lines share which are not blank, outermost first.
pub(in crate::decode) fn around(lines: &[&[u8]]) -> Vec<&'static dyn Wrapper> {
    let full: Vec<&[u8]> = lines.iter().copied().filter(|line| !line.trim_ascii().is_empty()).collect();
    let mut found: Vec<&'static dyn Wrapper> = outermost(&full).into_iter().collect();
    if let Some(first) = found.first() {
        let without = |line: &[u8], next: &dyn Wrapper| next.unwrap(line).map_or_else(|| line.to_vec(), |inside| inside.text.into_owned());
        let mut rest: Vec<Vec<u8>> = full.iter().map(|line| without(line, *first)).collect();
        while found.len() < MOST
            && let Some(next) = outermost(&rest.iter().map(Vec::as_slice).collect::<Vec<_>>())
        {
            rest = rest.iter().map(|line| without(line, next)).collect();
            found.push(next);
        }
    }
    found
}

/// Where it is known by its own looks that all lines are decorated: what takes it off. Else where the first line is known without it alone, or more of them
/// than with it.
fn outermost(full: &[&[u8]]) -> Option<&'static dyn Wrapper> {
    // Most texts have none: their first line shows it, or that no such letter stands in any.
    let first = full.first()?;
    if full.len() >= FEW && full.iter().all(|line| matches!(line.last(), Some(b' ' | b'\t'))) {
        return Some(&Padding);
    }
    // No log has them of its own, and to take one for a blank costs nothing.
    let has_no_break = |line: &[u8]| memchr::memchr_iter(NO_BREAK[0], line).any(|at| line[at..].starts_with(NO_BREAK));
    if full.iter().any(|line| has_no_break(line)) {
        return Some(&Spaces);
    }
    if is_escaped(full) {
        return Some(&Escapes);
    }
    let found: &'static dyn Wrapper = if first.starts_with(BAR) && full.iter().all(|line| line.starts_with(BAR)) {
        &Frame
    } else if number(first).is_some() && is_numbered(full) {
        &Numbered
    } else if let Some(list) = LISTS.iter().find(|list| full.len() >= FEW && full.iter().all(|line| line.starts_with(list.0))) {
        list
    } else {
        Block::of(full)?
    };
    let others = || WRAPPERS.iter().filter(|other| ![Margin.name(), Marked.name()].contains(&other.name()));
    let known = |line: &[u8]| recognise(line, &Text).is_some() || others().any(|other| other.unwrap(line).is_some());
    let decorated = full.iter().filter(|line| known(line)).count();
    let is_bare_known = |line: &[u8]| found.unwrap(line).map_or_else(|| known(line), |inside| known(&inside.text));
    // A document is known by its first line, whatever its other lines look like.
    let begins = is_bare_known(first) && !known(first);
    (begins || full.iter().filter(|line| is_bare_known(line)).count() > decorated).then_some(found)
}

/// A block of lines that was moved to the right as a whole.
#[derive(Debug)]
struct Block(usize);

/// Blocks by the width of their margin, from one on.
static BLOCKS: [Block; MAX_WIDTH] = {
    let mut blocks = [const { Block(0) }; MAX_WIDTH];
    let mut at = 0;
    while at < MAX_WIDTH {
        blocks[at] = Block(at + 1);
        at += 1;
    }
    blocks
};

impl Block {
    /// The margin that all lines share.
    fn of(lines: &[&[u8]]) -> Option<&'static Self> {
        let first = lines.first()?;
        let blanks = first.iter().take(MAX_WIDTH).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let shared = |width: usize, line: &&[u8]| first[..width].iter().zip(*line).take_while(|(a, b)| a == b).count();
        BLOCKS.get(lines.iter().fold(blanks, shared).checked_sub(1)?)
    }
}

impl Wrapper for Block {
    fn name(&self) -> &'static str {
        Margin.name()
    }

    fn about(&self) -> &'static str {
        Margin.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let blanks = line.iter().take(self.0).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        (blanks > 0).then(|| Unwrapped::whole(&line[blanks..], Envelope::default()))
    }
}

/// Every line with its number in front: `cat -n`, `grep -n`, `less -N`, editors.
#[derive(Debug)]
struct Numbered;

impl Wrapper for Numbered {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        number(line).map(|(_, rest)| Unwrapped::whole(rest, Envelope::default()))
    }
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

/// Every line between the bars of a viewer.
#[derive(Debug)]
struct Frame;

impl Wrapper for Frame {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let inside = line.strip_prefix(BAR)?.trim_ascii_end();
        let inside = inside.strip_suffix(BAR).map_or(inside, <[u8]>::trim_ascii_end);
        Some(Unwrapped::whole(inside.strip_prefix(b" ").unwrap_or(inside), Envelope::default()))
    }
}

/// Every line filled up with blanks, as some terminals copy them.
#[derive(Debug)]
struct Padding;

/// Every line an item of a list.
#[derive(Debug)]
struct List(&'static [u8]);

static LISTS: [List; 2] = [List(b"* "), List(b"- ")];

/// Blanks at which no line may be broken, as web pages keep several of them side by side.
#[derive(Debug)]
struct Spaces;

/// Letters that HTML cannot show as they are.
#[derive(Debug)]
struct Escapes;

/// Those letters.
const ESCAPES: [(&[u8], &[u8]); 7] =
    [(b"&quot;", b"\""), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&#34;", b"\""), (b"&#39;", b"'"), (b"&amp;", b"&"), (b"&nbsp;", b" ")];

/// Whether a text was taken from the source of a web page: none of the letters that cannot stand there does, and some stand for them.
fn is_escaped(lines: &[&[u8]]) -> bool {
    let stands_for = |line: &&[u8]| memchr::memchr_iter(b'&', line).any(|at| ESCAPES[..5].iter().any(|(name, _)| line[at..].starts_with(name)));
    // Most texts have one of these in one of their first lines.
    !lines.iter().any(|line| memchr::memchr3(b'<', b'>', b'"', line).is_some()) && lines.iter().any(stands_for)
}

impl Wrapper for Padding {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        Some(Unwrapped::whole(line.trim_ascii_end(), Envelope::default()))
    }
}

impl Wrapper for List {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.strip_prefix(self.0).map(|rest| Unwrapped::whole(rest, Envelope::default()))
    }
}

impl Wrapper for Spaces {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        replaced(line, b'\xC2', &[(NO_BREAK, b" ")])
    }
}

impl Wrapper for Escapes {
    fn name(&self) -> &'static str {
        Marked.name()
    }

    fn about(&self) -> &'static str {
        Marked.about()
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        replaced(line, b'&', &ESCAPES)
    }
}

/// A line in which what begins with a byte is replaced as told; `None` where nothing is.
fn replaced(line: &[u8], begin: u8, by: &[(&[u8], &[u8])]) -> Option<Unwrapped<'static>> {
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
    text.extend_from_slice(&line[from..]);
    (from > 0).then_some(Unwrapped { text: Cow::Owned(text), envelope: Envelope::default(), partial: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> Option<String> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let found = around(&lines);
        let rest = |line: &&[u8]| {
            let bare =
                found.iter().fold(line.to_vec(), |line, next| next.unwrap(&line).map_or_else(|| line.clone(), |inside| inside.text.into_owned()));
            String::from_utf8_lossy(&bare).into_owned()
        };
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
