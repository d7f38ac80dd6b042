//! Recording: every entry that is read, handed on while it is read.
//!
//! In: framed pieces and their signals. Out: [`Rows`] for a [`Recorder`], each source's in order. Must not know: what is made of them, how clocks
//! are settled.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;

use super::heard::{Heard, Mark};
use super::template::template;
pub use super::texts::Texts;

use crate::clock::Settled;
use crate::component::Component;
use crate::decode::{
    Body, Entry, Envelope, FORMATS, Format as _, Framed, Framer, Head, Piece, format::text::Text, frame::envelope_component, frame::lines, lossy,
};
use crate::pattern::Pack;
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
    /// Texts that rows point to.
    pub names: Texts,
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
        Self { name, number: number_of_format(name), in_full: is_read_in_full(name) }
    }

    /// Of a format that is most often the one before.
    fn renewed(self, name: &'static str) -> Self {
        if std::ptr::eq(self.name, name) { self } else { Self::of(name) }
    }
}

/// Whether records of a format name their speaker or their pod inside.
pub(super) fn is_read_in_full(format: &str) -> bool {
    READ_IN_FULL.contains(&format)
}

/// Formats whose records name their speaker or their pod inside: Events and other objects.
const READ_IN_FULL: &[&str] =
    &["event-table", "event-columns", "event-logfmt", "object-table", "json-document", "yaml-document", "describe", "json-lines"];
/// Longest text that rows point to; a longer one is cut.
const NAME_BYTES: usize = 4096;

/// The number of a name, as much of it as is kept.
fn number_of(names: &mut Texts, name: &str) -> u32 {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    names.number(name.get(..end).unwrap_or_default())
}

impl Tape<'_> {
    /// The rows of a piece. `heard` is what was heard of its signals; `physical` are its bytes.
    pub(super) fn piece(&self, framer: &Framer, piece: &Piece<'_>, physical: &[u8], heard: &Heard) -> Rows {
        let used = physical.get(..piece.consumed).unwrap_or(physical);
        let mut names = Texts::default();
        let mut rows = Vec::with_capacity(piece.entries.len());
        let mut marks = heard.marks();
        let pods = memmem::Finder::new(b"pod=\"");
        let mut known: Option<(usize, (u32, u32, u8))> = None;
        let mut format = Known::of("");
        let mut context: (&[u8], u32) = (b"", 0);
        for (index, framed) in piece.entries.iter().enumerate() {
            let (mut own, later) = marks.split_at(marks.iter().position(|mark| mark.entry > index).unwrap_or(marks.len()));
            marks = later;
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
            if let Some(line) = entry.context {
                // The rows of a table share one line of names.
                if !std::ptr::eq(context.0, line) {
                    context = (line, number_of(&mut names, &lossy(line)));
                }
                base.context = context.1;
            }
            let said = Said { in_full: format.in_full, pods: &pods, heard };
            let parts = entry.format.parts(&entry);
            if parts.is_empty() {
                rows.push(said.of(self.marked(base, own, heard, &mut names), &entry, own, &mut names));
                continue;
            }
            let mut first = true;
            for (range, head) in parts {
                let (here, further) = own.split_at(own.iter().position(|mark| mark.part >= range.end).unwrap_or(own.len()));
                own = further;
                let Some(text) = entry.text.get(range.clone()) else { continue };
                // Parts of a line that stands in the source as it is have places of their own; the first one begins where the line does.
                let plain = framed.envelope.is_none() && !first;
                let offset = if plain { piece.offset(framed, framed.start + range.start) } else { framed.offset };
                let part = Entry { head, text, ..entry };
                let row = self.marked(Row { offset, ..with_head(base, head, outer) }, here, heard, &mut names);
                rows.push(said.of(row, &part, here, &mut names));
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
        Rows { rows, names, offset: piece.first_offset(), length: used.len() as u64, packed, picked: !framer.takes_all() }
    }

    /// A row with what its signals say.
    fn marked(&self, mut row: Row, own: &[Mark], heard: &Heard, names: &mut Texts) -> Row {
        match own {
            [] => {}
            [one] => {
                row.about = number_of(names, heard.things(one));
                row.signals = self.pack.signal(one.id).map_or(0, |signal| number_of(names, &signal.definition.id));
            }
            many => {
                row.about = number_of(names, &heard.all_things(many));
                row.signals = number_of(names, &self.signals(many));
            }
        }
        if let Some(pod) = own.iter().find_map(|mark| heard.pod(mark)) {
            row.pod = number_of(names, pod);
        }
        row
    }

    /// The ids of signals, one a line.
    fn signals(&self, marks: &[Mark]) -> String {
        let mut ids: Vec<&str> = marks.iter().filter_map(|mark| Some(self.pack.signal(mark.id)?.definition.id.as_str())).collect();
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

/// What the body of a record says beside what its head does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named<'b> {
    pub(super) component: u8,
    /// The pod that it speaks of.
    pub(super) pod: Option<Cow<'b, str>>,
}

impl<'b> Named<'b> {
    pub(super) fn of(body: &'b Body<'_>) -> Self {
        let is_pod = body.field("kind") == Some("Pod");
        let pod = body.field("name").filter(|_| is_pod).map(|name| match body.field("namespace") {
            Some(namespace) => Cow::Owned(format!("{namespace}/{name}")),
            None => Cow::Borrowed(name),
        });
        Self { component: body.component.map_or(0, number), pod }
    }
}

/// Adds to rows what the texts of their records tell.
struct Said<'s> {
    in_full: bool,
    pods: &'s memmem::Finder<'s>,
    heard: &'s Heard,
}

impl Said<'_> {
    /// `own` are the record's signals.
    fn of(&self, row: Row, entry: &Entry<'_>, own: &[Mark], names: &mut Texts) -> Row {
        let mut row = Row { template: template(entry.text), ..row };
        if !own.iter().any(|mark| self.heard.pod(mark).is_some())
            && row.pod == 0
            && let Some(at) = self.pods.find(entry.text)
            && let Some(rest) = entry.text.get(at + 5..)
            && let Some(end) = memchr::memchr(b'"', rest.get(..rest.len().min(400)).unwrap_or_default())
        {
            row.pod = number_of(names, &lossy(rest.get(..end).unwrap_or_default()));
        }
        if self.in_full {
            let body;
            let said = if let Some(known) = own.first().and_then(|mark| self.heard.named(mark)) {
                known
            } else {
                body = entry.format.body(entry);
                Named::of(&body)
            };
            if said.component > 0 {
                row.component = said.component;
            }
            if row.pod == 0
                && let Some(pod) = said.pod
            {
                row.pod = number_of(names, &pod);
            }
        }
        row
    }
}

fn speaker(envelope: &Envelope, names: &mut Texts) -> (u32, u32, u8) {
    let host = envelope.host.as_deref().map_or(0, |host| number_of(names, host));
    let pod = envelope.pod.as_deref().map_or(0, |pod| number_of(names, pod));
    (host, pod, envelope_component(envelope).map_or(0, number))
}

/// A format as rows carry it; one of another name is plain text.
pub fn number_of_format(name: &str) -> u8 {
    let number = |name: &str| FORMATS.iter().position(|format| format.name() == name);
    number(name).or_else(|| number(Text.name())).unwrap_or(0) as u8
}

/// A component as rows carry it.
pub fn number(component: Component) -> u8 {
    Component::ALL.iter().position(|known| *known == component).map_or(0, |at| at as u8 + 1)
}
