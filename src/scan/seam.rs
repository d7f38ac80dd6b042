//! Seams: a record that one file of a rotated series breaks off and the next one goes on with.
//!
//! In: how a file ends and how the next begins. Out: the record's signals, as if it had never been torn. Must not know: why the files follow each other.

use super::read::Reading;
use crate::decode::frame::{Carry, lines};
use crate::decode::{Framer, lossy};
use crate::observe::cite::line_text;
use crate::observe::{Observer, SourceName};
use crate::open::series::{Turn, rotated};

/// Longest half of a record that is kept.
const MAX_HALF: usize = 64 << 10;

/// The last line of a file, without its end.
#[derive(Debug)]
pub(super) struct Torn {
    text: Box<[u8]>,
    line: u64,
    offset: u64,
}

impl Torn {
    /// The last line of a file's last bytes, where it has no end and another file may go on with it. `line` and `offset` are those of the first byte.
    pub(super) fn of(path: &str, bytes: &[u8], line: u64, offset: u64) -> Option<Box<Self>> {
        if bytes.last().is_none_or(|last| *last == b'\n') || rotated(path).turn == Turn::Current {
            return None;
        }
        let start = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let text = bytes.get(start..).filter(|text| text.len() <= MAX_HALF)?;
        let before = memchr::memchr_iter(b'\n', bytes).count() as u64;
        Some(Box::new(Self { text: text.into(), line: line + before, offset: offset + start as u64 }))
    }

    /// The same, in a source that has so many lines and bytes before.
    #[expect(clippy::unnecessary_box_returns, reason = "it is moved on as the box that it came in")]
    pub(super) fn shifted(mut self: Box<Self>, lines: u64, bytes: u64) -> Box<Self> {
        (self.line, self.offset) = (self.line + lines, self.offset + bytes);
        self
    }
}

/// The first line of a file where it begins no record and the second one does.
pub(super) fn loose(framer: &Framer, sample: &[u8]) -> Option<Box<[u8]>> {
    let mut first = lines(sample).map(|(_, line)| line);
    let (line, next) = (first.next()?, first.next()?);
    let fits = !line.is_empty() && line.len() <= MAX_HALF && framer.likely().name() != "text" && !framer.opens(line) && framer.opens(next);
    fits.then(|| line.into())
}

/// Puts the halves together. The files are those before and after the seam, the later one not yet counted on.
pub(super) fn mend(observer: &Observer<'_>, earlier: &mut Reading, later: &mut Reading) {
    let (Some(torn), Some(rest)) = (earlier.ends.take(), later.begins.take()) else { return };
    let text = [&*torn.text, &*rest].concat();
    let framer = Framer::detect(&text);
    let piece = framer.piece(&text, torn.line, torn.offset, Carry::default(), true);
    if piece.entries.len() != 1 || framer.likely().name() == "text" {
        return;
    }
    let mut whole = Vec::new();
    observer.observe(&piece, &text, &earlier.at, &SourceName { id: 0, path: &earlier.path }, &mut whole);
    for signal in &mut whole {
        // What is cited stands in one file.
        signal.citation.text = line_text(lossy(&torn.text).as_bytes());
    }
    let (own, other) = (&mut earlier.found, &mut later.found);
    own.signals.retain(|signal| signal.citation.offset != torn.offset);
    other.signals.retain(|signal| signal.citation.line != 1);
    own.signals.append(&mut whole);
    other.summary.entries = other.summary.entries.saturating_sub(1);
    if other.summary.plain == 1 && other.summary.plain_from == Some(1) {
        (other.summary.plain, other.summary.plain_from) = (0, None);
    }
    earlier.notes.push(format!("{} ends within a record that {} goes on with: put together", earlier.path, later.path));
}
