//! Recording: every entry that is read, handed on while it is read.
//!
//! In: framed pieces and their signals. Out: [`Rows`] for a [`Recorder`], each source's in order. Must not know: what is made of them, how clocks
//! are settled.

use std::fmt;
use std::ops::Range;

use foldhash::fast::RandomState;
use indexmap::IndexSet;
use memchr::memmem;

use crate::clock::Settled;
use crate::component::Component;
use crate::decode::{Entry, Envelope, FORMATS, Framed, Framer, Head, Piece, frame::envelope_component, frame::lines, lossy};
use crate::pattern::Pack;
use crate::signal::Signal;
use crate::time::RawTime;

/// Takes over what is read. Called from several threads.
pub trait Recorder: Sync + fmt::Debug {
    /// A stretch of text begins: a file, or a section of one, `file#section`. `encodings` were taken off before its text came out. Out: the number
    /// it is called by from now on.
    fn begin(&self, path: &str, encodings: &[&'static str]) -> u32;

    /// Packs a part of its text, if that is to be kept. `picked`: only some lines are its own; those of others are blanked. Called in any order, on any
    /// thread.
    fn pack(&self, track: u32, text: &[u8], picked: bool) -> Option<Vec<u8>>;

    /// The rows that follow those before. Called in order for each stretch.
    fn take(&self, track: u32, rows: Rows);
}

/// The rows of one stretch of a source.
#[derive(Debug, Default)]
pub struct Rows {
    /// The rows, in order of offset.
    pub rows: Vec<Row>,
    /// Texts that rows point to; number 0 stands for none and is not in here.
    pub names: Vec<Box<str>>,
    /// Where the stretch begins.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its text, packed.
    pub packed: Option<Vec<u8>>,
    /// Lines of others stand between its own.
    pub picked: bool,
}

/// One entry, or one record of an entry that holds several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The time it counts by, as written.
    pub raw: Option<RawTime>,
    /// Whether that is the envelope's.
    pub from_envelope: bool,
    /// Byte offset at which it begins in its source.
    pub offset: u64,
    /// First physical line.
    pub line: u64,
    /// Severity number, 0: not stated.
    pub severity: u8,
    /// Index into [`Component::ALL`] and one, 0: as its source.
    pub component: u8,
    /// Index into [`FORMATS`].
    pub format: u8,
    /// What it says without numbers and names, hashed.
    pub template: u32,
    /// Number of the host that its envelope names, see [`Rows::names`].
    pub host: u32,
    /// Number of the pod it comes from or speaks of.
    pub pod: u32,
    /// Number of the list of things its signals are about: `kind=name`, one a line.
    pub about: u32,
    /// Number of the list of its signals, one a line.
    pub signals: u32,
    /// Number of the line that gives its columns their names.
    pub context: u32,
}

/// A stretch of text that belongs to a source: a file, a section of one, one of several that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackAt {
    /// The number that the recorder gave.
    pub track: u32,
    /// Lines of the source before those that the recorder was told.
    pub lines_before: u64,
    /// Bytes of the source before.
    pub bytes_before: u64,
}

/// Records one stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tape<'a> {
    pub(super) recorder: &'a dyn Recorder,
    pub(super) pack: &'a Pack,
    /// Its number with the recorder.
    pub(super) track: u32,
}

/// What stands in the place of lines that are not a source's own.
pub const BLANK: u8 = 0;
/// What is known of the formats of a stretch, so that it is looked up once and not for every row.
#[derive(Clone, Copy)]
struct Known {
    /// The format's name, by its place in memory.
    name: &'static str,
    number: u8,
    in_full: bool,
}

impl Known {
    fn of(name: &'static str) -> Self {
        let number = FORMATS.iter().position(|format| format.name() == name).unwrap_or(0) as u8;
        Self { name, number, in_full: READ_IN_FULL.contains(&name) }
    }

    /// Of a format that is most often the one before.
    fn renewed(self, name: &'static str) -> Self {
        if std::ptr::eq(self.name, name) { self } else { Self::of(name) }
    }
}

/// Formats whose records name their speaker or their pod inside: Events and other objects.
const READ_IN_FULL: &[&str] = &["event-table", "object-table", "json-document", "yaml-document", "describe", "json-lines"];
/// Bytes of an entry that make its template.
const TEMPLATE_BYTES: usize = 192;
/// Longest text that rows point to; a longer one is cut.
const NAME_BYTES: usize = 4096;

/// Names of one stretch, in the order of their numbers.
#[derive(Default)]
struct Names(IndexSet<Box<str>, RandomState>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        let mut end = name.len().min(NAME_BYTES);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let name = name.get(..end).unwrap_or_default();
        if name.is_empty() {
            return 0;
        }
        let at = self.0.get_index_of(name).unwrap_or_else(|| self.0.insert_full(name.into()).0);
        u32::try_from(at + 1).unwrap_or(0)
    }
}

impl Tape<'_> {
    /// The rows of a piece. `signals` are those that were seen in it; `physical` are its bytes.
    pub(super) fn piece(&self, framer: &Framer, piece: &Piece<'_>, physical: &[u8], signals: &[Signal]) -> Rows {
        let used = physical.get(..piece.consumed).unwrap_or(physical);
        let mut names = Names::default();
        let mut rows = Vec::with_capacity(piece.entries.len());
        let mut told = signals.iter().peekable();
        let pods = memmem::Finder::new(b"pod=\"");
        let mut things = String::new();
        let mut own: Vec<&Signal> = Vec::new();
        let mut known: Option<(usize, (u32, u32, u8))> = None;
        let mut format = Known::of("");
        let mut context: (&[u8], u32) = (b"", 0);
        for (index, framed) in piece.entries.iter().enumerate() {
            let until = piece.entries.get(index + 1).map_or(u64::MAX, |next| next.offset);
            own.clear();
            while let Some(signal) = told.next_if(|signal| signal.citation.offset < until) {
                own.push(signal);
            }
            let entry = piece.entry(index);
            let (host, pod, component) = match framed.envelope {
                None => (0, 0, 0),
                Some(at) => match known {
                    Some((last, found)) if piece.envelopes.get(last).zip(entry.envelope).is_some_and(|(before, this)| before.same_speaker(this)) => {
                        found
                    }
                    _ => {
                        let found = entry.envelope.map_or((0, 0, 0), |envelope| speaker(envelope, &mut names));
                        known = Some((at, found));
                        found
                    }
                },
            };
            let outer = entry.envelope.and_then(|envelope| envelope.time);
            format = format.renewed(framed.format.name());
            let mut base = Row { host, pod, component, line: framed.line, ..row(framed, format.number, framed.head, outer) };
            if !own.is_empty() {
                about(&own, &mut things);
                base.about = names.number(&things);
                base.signals = match own.as_slice() {
                    [one] => self.id(one).map_or(0, |id| names.number(id)),
                    many => names.number(&self.signals(many)),
                };
            }
            if let Some(line) = entry.context {
                // The rows of a table share one line of names.
                if !std::ptr::eq(context.0, line) {
                    context = (line, names.number(&lossy(line)));
                }
                base.context = context.1;
            }
            let parts = entry.format.parts(&entry);
            if parts.is_empty() {
                rows.push(said(base, &entry, format.in_full, &own, &pods, &mut names));
                continue;
            }
            let mut first = true;
            for (range, head) in parts {
                let Some(text) = entry.text.get(range.clone()) else { continue };
                // Parts of a line that stands in the source as it is have places of their own; the first one begins where the line does.
                let plain = framed.envelope.is_none() && !first;
                let offset = if plain { piece.offset(framed, framed.start + range.start) } else { framed.offset };
                let part = Entry { head, text, ..entry };
                rows.push(said(Row { offset, ..with_head(base, head, outer) }, &part, format.in_full, &own, &pods, &mut names));
                first = false;
            }
        }
        let packed = if framer.takes_all() {
            self.recorder.pack(self.track, used, false)
        } else {
            // Lines of others are blanked: every place stays where it is.
            let mut own = used.to_vec();
            for (at, line) in lines(used).filter(|(at, line)| !framer.takes(line, piece.first_offset() + *at as u64)) {
                own.get_mut(at..at + line.len()).unwrap_or_default().fill(BLANK);
            }
            self.recorder.pack(self.track, &own, true)
        };
        Rows {
            rows,
            names: names.0.into_iter().collect(),
            offset: piece.first_offset(),
            length: used.len() as u64,
            packed,
            picked: !framer.takes_all(),
        }
    }

    fn id(&self, signal: &Signal) -> Option<&str> {
        self.pack.signal(signal.id).map(|signal| signal.definition.id.as_str())
    }

    fn signals(&self, own: &[&Signal]) -> String {
        let mut ids: Vec<&str> = own.iter().filter_map(|signal| self.id(signal)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.join("\n")
    }
}

fn row(framed: &Framed, format: u8, head: Head, outer: Option<RawTime>) -> Row {
    let base = Row {
        raw: None,
        from_envelope: false,
        offset: framed.offset,
        line: framed.line,
        severity: 0,
        component: 0,
        format,
        template: 0,
        host: 0,
        pod: 0,
        about: 0,
        signals: 0,
        context: 0,
    };
    with_head(base, head, outer)
}

fn with_head(row: Row, head: Head, outer: Option<RawTime>) -> Row {
    let raw = Settled::effective(head.time, outer);
    let from_envelope = raw.is_some() && head.time.is_none_or(|own| Some(own) != raw);
    Row { raw, from_envelope, severity: head.severity.map_or(0, crate::severity::Severity::number), ..row }
}

/// Adds what the text of a record tells.
fn said(row: Row, entry: &Entry<'_>, in_full: bool, own: &[&Signal], pods: &memmem::Finder<'_>, names: &mut Names) -> Row {
    let mut row = Row { template: template(entry.text), ..row };
    if let Some(pod) = own.iter().find_map(|signal| signal.entity("pod")) {
        row.pod = names.number(pod);
    } else if row.pod == 0
        && let Some(at) = pods.find(entry.text)
        && let Some(rest) = entry.text.get(at + 5..)
        && let Some(end) = memchr::memchr(b'"', rest.get(..rest.len().min(400)).unwrap_or_default())
    {
        row.pod = names.number(&lossy(rest.get(..end).unwrap_or_default()));
    }
    if in_full {
        let body = entry.format.body(entry);
        if let Some(component) = body.component {
            row.component = number(component);
        }
        if row.pod == 0
            && body.field("kind") == Some("Pod")
            && let Some(name) = body.field("name")
        {
            row.pod = names.number(&body.field("namespace").map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}")));
        }
    }
    row
}

fn speaker(envelope: &Envelope, names: &mut Names) -> (u32, u32, u8) {
    let host = envelope.host.as_deref().map_or(0, |host| names.number(host));
    let pod = envelope.pod.as_deref().map_or(0, |pod| names.number(pod));
    (host, pod, envelope_component(envelope).map_or(0, number))
}

/// A component as rows carry it.
pub fn number(component: Component) -> u8 {
    Component::ALL.iter().position(|known| *known == component).map_or(0, |at| at as u8 + 1)
}

/// Writes what signals are about, as `kind=name` in the order of the alphabet, one a line.
fn about(own: &[&Signal], list: &mut String) {
    let mut things: Vec<(&str, &str)> = own.iter().flat_map(|signal| &signal.entities).map(|(kind, name)| (*kind, &**name)).collect();
    if things.len() > 1 {
        // As the lines would be: `pod=` stands behind `pod-group=`.
        things.sort_by(|a, b| a.0.bytes().chain([b'=']).chain(a.1.bytes()).cmp(b.0.bytes().chain([b'=']).chain(b.1.bytes())));
        things.dedup();
    }
    list.clear();
    for (kind, name) in things {
        if !list.is_empty() {
            list.push('\n');
        }
        list.push_str(kind);
        list.push('=');
        if name.contains('\n') {
            list.push_str(&name.replace('\n', " "));
        } else {
            list.push_str(name);
        }
    }
}

/// What a byte is to a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Between,
    Digit,
    Letter,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Between; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => Kind::Digit,
            b'a'..=b'z' | b'A'..=b'Z' | 128.. => Kind::Letter,
            _ => Kind::Between,
        };
        byte += 1;
    }
    kinds
};

/// What stays of a text without words that hold a digit: most of what changes from one record of a kind to the next.
fn template(text: &[u8]) -> u32 {
    let text = text.get(..TEMPLATE_BYTES).unwrap_or(text);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let (mut start, mut digits) = (0, false);
    for at in 0..=text.len() {
        match text.get(at).map_or(Kind::Between, |byte| KINDS[usize::from(*byte)]) {
            Kind::Letter => {}
            Kind::Digit => digits = true,
            Kind::Between => {
                if !digits && at > start {
                    hash = mixed(hash, text, start..at);
                }
                (start, digits) = (at + 1, false);
            }
        }
    }
    (hash ^ (hash >> 32)) as u32
}

/// Adds a word of a text to a hash, eight letters at a time.
fn mixed(hash: u64, text: &[u8], word: Range<usize>) -> u64 {
    let mut hash = hash ^ word.len() as u64;
    let mut at = word.start;
    while at < word.end {
        let length = (word.end - at).min(8);
        let letters = match text.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes) {
            Some(eight) => eight & (u64::MAX >> (64 - 8 * length)),
            None => text.get(at..word.end).unwrap_or_default().iter().rev().fold(0, |letters, byte| letters << 8 | u64::from(*byte)),
        };
        let mixed = (hash ^ letters).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash = mixed ^ (mixed >> 29);
        at += length;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_mixed_alike_wherever_they_end() {
        let word = b"reconciliation";
        let text = [word.as_slice(), b" and more text"].concat();
        assert_eq!(mixed(7, word, 0..word.len()), mixed(7, &text, 0..word.len()));
        assert_ne!(mixed(7, word, 0..8), mixed(7, word, 0..9));
    }

    #[test]
    fn a_template_is_what_is_left_without_numbers() {
        let one = template(b"I1201 02:17:42.123456    1234 kubelet.go:1234] Pod web-0 started after 12s");
        assert_eq!(one, template(b"I1202 11:07:02.000456    1 kubelet.go:1234] Pod web-1 started after 9s"));
        assert_ne!(one, template(b"I1202 11:07:02.000456    1 kubelet.go:1234] Pod web-1 stopped after 9s"));
    }
}
