//! The framer: what a source's first bytes tell of how it is read.
//!
//! In: the first bytes of a source. Out: its wrappers, its likely format, where it may be cut, and the pieces of it. Must not know: how an entry is
//! put together.

use std::borrow::Cow;
use std::sync::Arc;

use super::owners::{Owner, Owners};
use super::piece::{Carry, Piece};
use super::work::Work;
use super::{lines, trim_end};
use crate::decode::folded::{self, width};
use crate::decode::format::iso_text::IsoText;
use crate::decode::format::json_lines::JsonLines;
use crate::decode::format::klog::Klog;
use crate::decode::format::text::Text;
use crate::decode::wrapper::decoration::Decoration;
use crate::decode::wrapper::margin::Margin;
use crate::decode::wrapper::prefix::Prefix;
use crate::decode::wrapper::{Unwrapped, Wrapper};
use crate::decode::{Envelope, Format, WRAPPERS, recognise};

/// How one source is framed: the wrappers seen in it and the format most of its lines have.
#[derive(Clone, Debug)]
pub struct Framer {
    /// What stands around every line, taken off once, outermost first.
    pub(super) decorations: Vec<Decoration>,
    /// What stands before every line and is no wrapper's.
    pub(super) prefix: Option<Prefix>,
    pub(super) wrappers: Vec<Around>,
    pub(super) likely: &'static dyn Format,
    pub(super) choice: LineChoice,
    /// Characters at which somebody broke its lines.
    pub(super) folded: Option<usize>,
}

/// A wrapper that was seen in a source.
#[derive(Clone, Debug)]
pub(super) struct Around {
    wrapper: &'static dyn Wrapper,
    /// An envelope of it, where nearly every line has one.
    all: Option<Envelope>,
}

impl Around {
    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        match &self.all {
            Some(first) => self.wrapper.unwrap_all(line, first),
            None => self.wrapper.unwrap(line),
        }
    }
}

/// Which lines of a source are framed; the others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LineChoice {
    /// Every line.
    #[default]
    All,
    /// Those that begin so, without that beginning.
    With(Box<[u8]>),
    /// Those that begin so, without that beginning and the blank behind it: of an empty line editors cut the blank.
    Beside(Box<[u8]>),
    /// Those that a search found in the file of this path, without what it put in front: `PATH:` and `PATH-`, and the line's number if it tells it.
    ///
    /// # Source
    ///
    /// GNU grep 3.11, "Output Line Prefix Control" and "Context Line Control".
    Found(Box<[u8]>),
    /// Those that none of these takes.
    Without(Vec<LineChoice>),
    /// Those that are this one's, as was found out line by line.
    Owned(Arc<Owners>, Owner),
}

impl LineChoice {
    /// Whether a line is framed that stands at `offset` in its source.
    pub fn takes(&self, line: &[u8], offset: u64) -> bool {
        match self {
            Self::All => true,
            Self::With(_) | Self::Beside(_) | Self::Found(_) => self.rest(line).is_some(),
            Self::Without(others) => !others.iter().any(|other| other.takes(line, offset)),
            Self::Owned(owners, owner) => owners.of(offset) == Some(*owner),
        }
    }
}

impl LineChoice {
    /// The line without its beginning, where that makes the choice.
    pub(crate) fn rest<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        match self {
            Self::With(start) => line.strip_prefix(&**start),
            Self::Beside(start) => line.strip_prefix(&**start).and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b" ") }),
            Self::Found(path) => {
                let (mark, rest) = line.strip_prefix(&**path)?.split_first()?;
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                // `kubelet.log-20261119:` is another file, whose name goes on.
                if *mark == b'-' && digits >= 6 && matches!(rest.get(digits), Some(b':' | b'.')) {
                    return None;
                }
                let numbered = rest
                    .get(digits..)
                    .and_then(|rest| rest.strip_prefix(&[*mark]))
                    .filter(|_| (1..=10).contains(&digits) && !begins_with_moment(rest));
                matches!(mark, b':' | b'-').then_some(numbered.unwrap_or(rest))
            }
            Self::All | Self::Without(_) | Self::Owned(..) => None,
        }
    }

    /// Whether lines lose their beginning.
    pub(super) fn cuts(&self) -> bool {
        matches!(self, Self::With(_) | Self::Beside(_) | Self::Found(_))
    }
}

/// Whether a line begins with a date or a time of day, whose first number is none of a line: `2026-11-20T`, `09:12:11 UTC`.
fn begins_with_moment(line: &[u8]) -> bool {
    let reads = |shape: &[u8]| {
        let fits = |(byte, wanted): (&u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
        line.len() > shape.len() && line.iter().zip(shape).all(fits)
    };
    reads(b"0000-00-00T") || reads(b"0000-00-00 ") || reads(b"00:00:00 ")
}

impl Default for Framer {
    fn default() -> Self {
        Self { decorations: Vec::new(), prefix: None, wrappers: Vec::new(), likely: &Text, choice: LineChoice::All, folded: None }
    }
}

/// Lines of a sample that are looked at to choose wrappers and format.
const SAMPLE_LINES: usize = 2000;
/// A wrapper stands around all lines if it was taken off records in one of so many,
const SOME: usize = 64;
/// and not more than one of so many has none.
const FEW: usize = 20;
/// Little is known of lines of which not one in so many is a record.
const LITTLE: usize = 4;
/// How deep envelopes may be nested.
const MAX_DEPTH: usize = 4;

impl Framer {
    /// Chooses wrappers and the likely format from the first bytes of a source.
    pub fn detect(sample: &[u8]) -> Self {
        let sampled: Vec<&[u8]> = lines(sample).map(|(_, line)| line).take(SAMPLE_LINES).collect();
        let framer = Self::of(&sampled);
        let Some(full) = folded::detect(&sampled, |line| framer.opens(line)) else { return framer };
        // Seen whole, lines may be of other kinds.
        let mut whole: Vec<Vec<u8>> = Vec::new();
        let mut goes_on = false;
        for line in sampled {
            match whole.last_mut().filter(|_| goes_on && !framer.opens(line)) {
                Some(last) => last.extend_from_slice(line),
                None => whole.push(line.to_vec()),
            }
            goes_on = width(line) == full;
        }
        Self { folded: Some(full), ..Self::of(&whole.iter().map(Vec::as_slice).collect::<Vec<_>>()) }
    }

    fn of(sampled: &[&[u8]]) -> Self {
        let decorations = Decoration::around(sampled);
        let bare: Vec<Cow<'_, [u8]>> = sampled.iter().map(|line| undecorated(&decorations, line)).collect();
        let bare: Vec<&[u8]> = bare.iter().map(AsRef::as_ref).collect();
        let (mut wrappers, inner) = wrappers_of(&bare);
        let mut votes = votes_of(&inner);
        // Where little is known of lines in no envelope, all may have one that nobody told of.
        let known: usize =
            votes.iter().filter(|(format, _)| ![IsoText.name(), JsonLines.name()].contains(&format.name())).map(|(_, count)| count).sum();
        let is_little = known * LITTLE < inner.len() && wrappers.iter().all(|around| Prefix::IS_LIKE.contains(&around.wrapper.name()));
        let prefix = if is_little { Prefix::of(&bare) } else { None };
        if let Some(prefix) = &prefix {
            let behind: Vec<Cow<'_, [u8]>> = bare.iter().map(|line| prefix.unwrap(line).map_or(Cow::Borrowed(*line), |inside| inside.text)).collect();
            let inner;
            (wrappers, inner) = wrappers_of(&behind.iter().map(AsRef::as_ref).collect::<Vec<_>>());
            votes = votes_of(&inner);
        }
        let most = |loose: bool| votes.iter().rev().filter(|(format, _)| loose || format.name() != IsoText.name()).max_by_key(|(_, count)| *count);
        // What takes whatever is dated is asked after a format that a good part of the lines have.
        let likely = most(true).map(|top| most(false).filter(|other| other.1 * 4 >= top.1).unwrap_or(top));
        let likely = likely.map_or(&Text as &'static dyn Format, |(format, _)| *format);
        Self { decorations, prefix, wrappers, likely, choice: LineChoice::All, folded: None }
    }

    /// Chooses wrappers alone, by the lines given.
    pub fn of_envelopes(lines: &[&[u8]]) -> Self {
        Self { wrappers: wrappers_of(lines).0, ..Self::default() }
    }

    /// The same for some of the lines only. Only what begins a line, or lines in envelopes, can be passed over.
    #[must_use]
    pub fn only(&self, choice: LineChoice) -> Self {
        // Breaks at one width were counted with the beginnings that are cut off.
        let folded = self.folded.filter(|_| !choice.cuts());
        Self { choice, folded, ..self.clone() }
    }

    /// Which lines are framed.
    pub fn choice(&self) -> &LineChoice {
        &self.choice
    }

    /// Whether every line is framed.
    pub fn takes_all(&self) -> bool {
        self.choice == LineChoice::All
    }

    /// Whether a line that stands at `offset` is framed and not passed over.
    pub fn takes(&self, line: &[u8], offset: u64) -> bool {
        self.choice.takes(line, offset)
    }

    /// Whether a line begins a record, or has an envelope.
    pub fn opens(&self, line: &[u8]) -> bool {
        let line = undecorated(&self.decorations, self.choice.rest(line).unwrap_or(line));
        if self.prefix.as_ref().is_some_and(|prefix| prefix.unwrap(&line).is_some()) {
            return true;
        }
        self.wrappers.iter().any(|wrapper| wrapper.unwrap(&line).is_some()) || recognise(&line, self.likely).is_some()
    }

    /// The number of characters at which somebody broke the lines; they are put together again.
    pub fn folded(&self) -> Option<usize> {
        self.folded
    }

    /// The format most lines have.
    pub fn likely(&self) -> &'static dyn Format {
        self.likely
    }

    /// Names of the wrappers seen, outermost first.
    pub fn wrappers(&self) -> Vec<&'static str> {
        let inner = self.prefix.iter().map(|_| Prefix::NAME).chain(self.wrappers.iter().map(|around| around.wrapper.name()));
        let mut names: Vec<_> = self.decorations.iter().map(|decoration| decoration.name()).chain(inner).collect();
        names.dedup();
        names
    }

    /// The last place in `bytes` before which a source may be cut so that both sides can be framed on their own: the start of a line that
    /// opens an entry of the likely format. `None` if there is none.
    pub fn cut(&self, bytes: &[u8]) -> Option<usize> {
        if !self.likely.restartable() {
            return None;
        }
        let mut end = memchr::memrchr(b'\n', bytes)?;
        for _ in 0..2000 {
            let start = memchr::memrchr(b'\n', &bytes[..end]).map(|before| before + 1)?;
            let line = trim_end(&bytes[start..end]);
            let before = memchr::memrchr(b'\n', &bytes[..start - 1]).map_or(0, |before| before + 1);
            let opens = self.unwrap(line).map_or_else(|| self.likely.open(line).is_some(), |(text, _, _)| self.likely.open(&text).is_some());
            let previous_complete = self.unwrap(trim_end(&bytes[before..start - 1])).is_none_or(|(_, _, partial)| !partial);
            if opens && previous_complete {
                return Some(start);
            }
            end = start - 1;
        }
        None
    }

    /// What the envelopes around a line say, if there are any.
    pub fn envelope(&self, line: &[u8]) -> Option<Envelope> {
        self.unwrap(line).map(|(_, envelope, _)| envelope)
    }

    pub(super) fn unwrap<'a>(&self, line: &'a [u8]) -> Option<(Cow<'a, [u8]>, Envelope, bool)> {
        if self.decorations.is_empty() && !self.choice.cuts() {
            return self.unwrap_behind(line);
        }
        let own = if self.choice.cuts() { self.choice.rest(line)? } else { line };
        let (text, envelope, partial) = match undecorated(&self.decorations, own) {
            Cow::Borrowed(bare) => self.unwrap_behind(bare).unwrap_or((Cow::Borrowed(bare), Envelope::default(), false)),
            Cow::Owned(bare) => match self.unwrap_behind(&bare) {
                Some((text, envelope, partial)) => (Cow::Owned(text.into_owned()), envelope, partial),
                None => (Cow::Owned(bare), Envelope::default(), false),
            },
        };
        // What nothing was taken off is a line without an envelope.
        (self.choice.cuts() || *text != *line).then_some((text, envelope, partial))
    }

    /// Takes off the prefix of all lines first, if they have one.
    fn unwrap_behind<'a>(&self, line: &'a [u8]) -> Option<(Cow<'a, [u8]>, Envelope, bool)> {
        let Some(Unwrapped { text: Cow::Borrowed(text), envelope: outer, .. }) = self.prefix.as_ref().and_then(|prefix| prefix.unwrap(line)) else {
            return self.unwrap_to(line, MAX_DEPTH);
        };
        let (text, envelope, partial) = self.unwrap_to(text, MAX_DEPTH).unwrap_or((Cow::Borrowed(text), Envelope::default(), false));
        Some((text, envelope.within(outer), partial))
    }

    fn unwrap_to<'a>(&self, line: &'a [u8], depth: usize) -> Option<(Cow<'a, [u8]>, Envelope, bool)> {
        let depth = depth.checked_sub(1)?;
        let outer = self.wrappers.iter().find_map(|wrapper| wrapper.unwrap(line))?;
        let inner = match &outer.text {
            Cow::Borrowed(text) => self.unwrap_to(text, depth),
            Cow::Owned(text) => self.unwrap_to(text, depth).map(|(text, envelope, partial)| (Cow::Owned(text.into_owned()), envelope, partial)),
        };
        Some(match inner {
            Some((text, envelope, partial)) => (text, envelope.within(outer.envelope), partial || outer.partial),
            None => (outer.text, outer.envelope, outer.partial),
        })
    }

    /// Frames one piece.
    ///
    /// `line` and `offset` are those of its first byte. With `last`, everything is used up; otherwise the entry that is still open
    /// at the end is left for the next piece, which must begin at [`Piece::consumed`] and be given [`Piece::carry`].
    pub fn piece<'a>(&self, bytes: &'a [u8], line: u64, offset: u64, carry: Carry, last: bool) -> Piece<'a> {
        let mut work = Work::new(self, bytes, line, offset, carry);
        if work.rewritten {
            work.rewrite(bytes);
        } else {
            work.plain(bytes);
        }
        work.finish(last)
    }
}

/// A line without what stands around every line.
fn undecorated<'l>(decorations: &[Decoration], line: &'l [u8]) -> Cow<'l, [u8]> {
    decorations.iter().fold(Cow::Borrowed(line), |line, decoration| match line {
        Cow::Borrowed(line) => decoration.bare(line),
        Cow::Owned(line) => Cow::Owned(decoration.bare(&line).into_owned()),
    })
}

/// How many of the lines each format opens, in the order in which they come.
fn votes_of(lines: &[Cow<'_, [u8]>]) -> Vec<(&'static dyn Format, usize)> {
    let mut votes: Vec<(&'static dyn Format, usize)> = Vec::new();
    for line in lines {
        if let Some((format, _)) = recognise(line, &Text) {
            match votes.iter_mut().find(|(known, _)| known.name() == format.name()) {
                Some((_, count)) => *count += 1,
                None => votes.push((format, 1)),
            }
        }
    }
    votes
}

/// The wrappers around lines, outermost first, and what stands in them.
fn wrappers_of<'l>(lines: &[&'l [u8]]) -> (Vec<Around>, Vec<Cow<'l, [u8]>>) {
    let mut wrappers: Vec<Around> = Vec::new();
    let mut inner: Vec<Cow<'l, [u8]>> = lines.iter().copied().filter(|line| !line.is_empty()).map(Cow::Borrowed).collect();
    let margin = Margin::around(lines) || Margin::quotes(lines);
    let candidates = || WRAPPERS.iter().filter(|wrapper| margin || wrapper.name() != Margin.name());
    for _ in 0..MAX_DEPTH {
        // What each wrapper is taken off at this depth: the first envelope, and how many lines have one.
        let mut here: Vec<(&'static dyn Wrapper, Envelope, usize)> = Vec::new();
        let mut left: Vec<usize> = Vec::new();
        for (at, line) in inner.iter_mut().enumerate() {
            let found = if is_bare(line) { None } else { candidates().find_map(|wrapper| Some((*wrapper, wrapper.unwrap(line)?))) };
            let Some((wrapper, Unwrapped { text, envelope, .. })) = found else {
                left.push(at);
                continue;
            };
            let text = text.into_owned();
            match here.iter_mut().find(|(known, ..)| known.name() == wrapper.name()) {
                Some((_, _, count)) => *count += 1,
                None => here.push((wrapper, envelope, 1)),
            }
            *line = Cow::Owned(text);
        }
        if here.is_empty() {
            break;
        }
        for (wrapper, first, count) in here {
            let rest: Vec<(usize, Vec<u8>)> = if left.is_empty() || count * SOME < inner.len() {
                Vec::new()
            } else {
                left.iter().filter_map(|at| Some((*at, wrapper.unwrap_all(&inner[*at], &first)?.text.into_owned()))).collect()
            };
            let all = !rest.is_empty() && (inner.len() - count - rest.len()) * FEW < inner.len();
            if all {
                left.retain(|at| rest.binary_search_by_key(at, |(taken, _)| *taken).is_err());
                for (at, text) in rest {
                    inner[at] = Cow::Owned(text);
                }
            }
            match wrappers.iter_mut().find(|known| known.wrapper.name() == wrapper.name()) {
                Some(known) => known.all = known.all.take().or(all.then_some(first)),
                None => wrappers.push(Around { wrapper, all: all.then_some(first) }),
            }
        }
    }
    (wrappers, inner)
}

/// Whether a line is a record of klog's as it was written: no wrapper begins like one, and colours are set by control characters.
fn is_bare(line: &[u8]) -> bool {
    Klog.open(line).is_some() && memchr::memchr(0x1B, line).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_program_goes_before_whatever_is_dated() {
        let dated = "2026-11-20 17:41:39 agent is up\n2026-11-20 17:41:40 agent is ready\n";
        let record = "2026-11-20 17:41:39 2026-11-20T09:41:39.741607Z 1 [Note] [MY-000001] [Server] x\n";
        let likely = |text: String| Framer::detect(text.as_bytes()).likely().name();
        assert_eq!(likely(dated.repeat(2)), "iso-text");
        assert_eq!(likely(dated.repeat(2) + record), "mysqld");
        assert_eq!(likely(dated.repeat(3) + record), "iso-text");
    }
}
