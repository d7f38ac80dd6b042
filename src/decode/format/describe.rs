//! Descriptions: `kubectl describe` of any object.
//!
//! In: the facts of an object and the table of its Events below. Out: one entry for the object, with the head of the table, and one for each Event.
//! Must not know: when it was printed.
//!
//! The rows of the table do not name the object: the context carries it to them.

use std::borrow::Cow;

use super::kubernetes::age::{Age, Seen};
use super::kubernetes::columns::{Columns, MAX_HEADER_BYTES, Row};
use super::kubernetes::description::{self, Identity};
use super::kubernetes::event::{Event, severity};
use super::kubernetes::loose;
use super::kubernetes::unnamed;
use crate::decode::{Body, Entry, Format, Head, Next, Opening};

/// Described objects and their Events.
#[derive(Debug)]
pub struct Describe;

/// Longest message over several lines, bytes.
const MESSAGE_BYTES: usize = 1 << 16;
/// The columns of a row, since 1.9.
const ROW: &str = "Type  Reason  Age  From  Message";
/// The columns of a row before.
const FORMER_ROW: &str = "FirstSeen  LastSeen  Count  From  SubObjectPath  Type  Reason  Message";
/// Context of the object part.
const OBJECT: &[u8] = b"o";
/// Context of a node's conditions without the description's beginning.
const CONDITIONS: &[u8] = b"c";

impl Format for Describe {
    fn name(&self) -> &'static str {
        "kubectl-describe"
    }

    fn title(&self) -> &'static str {
        "kubectl describe"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl describe, also inside minikube logs. Conditions and container states carry dates with a zone; Events are dated by age at an \
         unstated moment."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "k8s.io/kubectl pkg/describe/describe.go v0.35",
            "kubernetes pkg/kubectl/describe.go v1.5",
            "kubernetes pkg/printers/internalversion/describe.go v1.9",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "Name:         pg-0\nNamespace:    shop\nNode:         node-1/172.30.0.11\nStatus:       Running\nContainers:\n  pg:\n    State:          Running\nEvents:       <none>",
                "Pod shop/pg-0",
            ),
            (
                "  Ready   Unknown   Fri, 20 Nov 2026 11:06:03 +0000   Fri, 20 Nov 2026 11:05:30 +0000   NodeStatusUnknown   Kubelet stopped posting node status.",
                "Node unnamed",
            ),
            ("  5m\t4m\t12\t{kubelet node-1}\tspec.containers{api}\tWarning\tFailed\tno space left on device", "no space left on device"),
            ("  Warning  NodeNotReady  2m7s   node-controller    Node is not ready", "Node is not ready"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let object = || Opening { head: Head::default(), context: Some(OBJECT.to_vec()) };
        if is_conditions(line) {
            return Some(Opening { head: Head::default(), context: Some(CONDITIONS.to_vec()) });
        }
        match line.first()? {
            b'*' | b'"' => named(line).map(|_| object()),
            b' ' | b'\t' if is_holder(line) => Some(Opening { head: Head::default(), context: Some(CONDITIONS.to_vec()) }),
            b'E' => (line == b"Events:" || line.strip_prefix(b"Events:").is_some_and(|rest| rest.trim_ascii() == b"<none>")).then(object),
            b' ' | b'\t' | b'T' | b'F' if is_header(line) => Some(object()),
            b' ' | b'N' if named(line).is_some() => Some(object()),
            b' ' | b'\t' | b'N' | b'W' | b'0'..=b'9' => bare(line).map(|(head, event)| {
                // The first row names the object of all, or none does.
                let owner = unnamed::object_told(&event).map_or_else(Owner::default, |who| Owner::of(who, ""));
                Opening { head, context: Some(owner.context()) }
            }),
            _ => None,
        }
    }

    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        match context {
            Some(OBJECT) => {}
            Some(CONDITIONS) => return if is_conditions(line) || is_rule(line) || is_lease(line) { Next::Join } else { Next::End },
            Some(context) => {
                if line.is_empty() {
                    return Next::End;
                }
                let Some(owner) = Owner::read(context) else { return continued(entry, line) };
                let row = if owner.header.is_empty() && !is_bare(line) { None } else { owner.row(line) };
                return match row {
                    Some(row) => Next::Entry(Opening { head: row.head(), context: owner.other(&row).map(|owner| owner.context()) }),
                    None => continued(entry, line),
                };
            }
            None => return continued(entry, line),
        }
        let last = &entry[memchr::memrchr(b'\n', entry).map_or(0, |end| end + 1)..];
        let ruled = is_rule(last);
        let above = if ruled {
            let before = entry.len().saturating_sub(last.len() + 1);
            let above = &entry[memchr::memrchr(b'\n', &entry[..before]).map_or(0, |end| end + 1)..before];
            above.strip_suffix(b"\r").unwrap_or(above)
        } else {
            last
        };
        // Some who copy a table leave out its rule or its header.
        let header = if is_header(above) { String::from_utf8_lossy(above) } else { Cow::Borrowed("") };
        if !header.is_empty() || is_bare(line) {
            let who = description::identity(&String::from_utf8_lossy(named(entry).unwrap_or(entry)));
            let owner = Owner { who, header: header.into_owned() };
            if let Some(row) = owner.row(line) {
                let named = if owner.who.name.is_empty() { unnamed::object_told(&row.event()) } else { None };
                let context = named.map_or_else(|| owner.context(), |who| Owner::of(who, &owner.header).context());
                return Next::Entry(Opening { head: row.head(), context: Some(context) });
            }
            if ruled && line.starts_with(b"  ") {
                return Next::End;
            }
        }
        let indented = matches!(line.first(), Some(b' ' | b'\t'));
        let member = line.first().is_some_and(u8::is_ascii_uppercase)
            && named(line).is_none()
            && description::member(&String::from_utf8_lossy(line)).is_some();
        let head = is_header(line) || (is_rule(line) && is_header(last));
        let over = last.starts_with(b"Events:") && !indented && !head;
        if line.is_empty() || ((indented || member || head) && !over) { Next::Join } else { Next::End }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let text = String::from_utf8_lossy(entry.text);
        let (first, more) = text.split_once('\n').unwrap_or((&text, ""));
        let event = match entry.context {
            Some(OBJECT) => match named(entry.text) {
                Some(object) => return description::object(&String::from_utf8_lossy(object)).body(),
                None => None,
            },
            Some(CONDITIONS) => return description::conditions(&text).body(),
            Some(context) => Owner::read(context).and_then(|owner| owner.row(first.as_bytes()).map(|row| row.event())),
            None => bare(first.as_bytes()).map(|(_, event)| event),
        };
        let Some(mut event) = event else { return Body::message(text) };
        if !more.is_empty() {
            event.message = Cow::Owned(format!("{}\n{more}", event.message));
        }
        event.body()
    }
}

/// The description from its name on, if the text begins with one. minikube puts a star before the first line of a section, tools that print a
/// command's output as a value a quote.
fn named(text: &[u8]) -> Option<&[u8]> {
    let bare = text.strip_prefix(b"* ").or_else(|| text.trim_ascii_start().strip_prefix(b"\"")).unwrap_or(text);
    (bare.starts_with(b"Name:  ") || bare.starts_with(b"Name:\t")).then_some(bare)
}

/// A message may go on over several lines; what plainly is something else ends it: a prompt, a heading, the end of a block of code.
fn continued(entry: &[u8], line: &[u8]) -> Next {
    let other = line.is_empty() || [&b"$ "[..], b"# ", b"==", b"```"].iter().any(|start| line.starts_with(start));
    if other || entry.len() > MESSAGE_BYTES { Next::End } else { Next::JoinUnlessOpened }
}

fn is_header(line: &[u8]) -> bool {
    let bare = line.trim_ascii_start();
    [&b"Type "[..], b"Type\t", b"FirstSeen"].iter().any(|start| bare.starts_with(start))
        && line.len() <= MAX_HEADER_BYTES
        && memchr::memmem::find(line, b"Reason").is_some()
        && memchr::memmem::find(line, b"From").is_some()
        && line.trim_ascii_end().ends_with(b"Message")
}

/// Whether the line is the header of a node's conditions, or one of them.
fn is_conditions(line: &[u8]) -> bool {
    let bare = line.trim_ascii_start();
    let begins = bare.first().is_some_and(u8::is_ascii_uppercase) && bare.len() <= MAX_HEADER_BYTES;
    let states = || {
        let start = bare.get(..80).unwrap_or(bare);
        [&b"True"[..], b"False", b"Unknown", b"Status"].iter().any(|state| {
            let blank = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'\t'));
            memchr::memmem::find_iter(start, state)
                .any(|at| blank(at.checked_sub(1).and_then(|at| start.get(at))) && blank(start.get(at + state.len())))
        })
    };
    begins && states() && std::str::from_utf8(bare).is_ok_and(|text| description::is_conditions(text) || description::is_condition(text))
}

/// Whether the line tells the node's name: who holds its lease, above its conditions.
fn is_holder(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"HolderIdentity:") && std::str::from_utf8(line).is_ok_and(|text| description::holder(text).is_some())
}

/// Whether the line is one of those between a node's lease and its conditions.
fn is_lease(line: &[u8]) -> bool {
    let bare = line.trim_ascii();
    bare == b"Conditions:" || [&b"AcquireTime:"[..], b"RenewTime:"].iter().any(|name| bare.starts_with(name))
}

/// A line of dashes below column names.
fn is_rule(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"--") && line.iter().all(|byte| matches!(byte, b'-' | b' ' | b'\t'))
}

/// Whether the line begins as a row does, wherever it stands.
fn is_bare(line: &[u8]) -> bool {
    let bare = line.trim_ascii_start();
    let kind = bare.strip_prefix(b"Warning").or_else(|| bare.strip_prefix(b"Normal"));
    kind.is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t'))) || is_formerly_bare(bare)
}

/// Whether the line begins with an age, and has its type where rows had it up to 1.8.
fn is_formerly_bare(bare: &[u8]) -> bool {
    let age = bare.iter().take(8).position(|byte| matches!(byte, b' ' | b'\t')).filter(|end| *end > 1);
    let word = age.and_then(|end| bare.get(..end)).unwrap_or_default();
    let aged = word.first().is_some_and(u8::is_ascii_digit) && matches!(word.last(), Some(b's' | b'm' | b'h' | b'd' | b'y'));
    let start = bare.get(..400).unwrap_or(bare);
    aged && [&b"Warning"[..], b"Normal"].iter().any(|kind| memchr::memmem::find(start, kind).is_some())
}

/// A row without the header and object above it: `Type  Reason  Age  From  Message`.
fn bare(line: &[u8]) -> Option<(Head, Event<'static>)> {
    if !is_bare(line) {
        return None;
    }
    Owner::default().row(line).map(|row| (row.head(), row.event()))
}

fn told(kind: &str, from: &str, seen: &Seen<'_>) -> Event<'static> {
    let from = from.trim_start_matches('{').trim_end_matches('}');
    let (reporter, host) = from.split_once([',', ' ']).unwrap_or((from, ""));
    let shown = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
    Event {
        severity: shown(kind),
        reporter: shown(reporter),
        host: shown(host),
        count: seen.count.and_then(shown),
        repeated_for_s: seen.repeated_for_s(),
        ..Event::default()
    }
}

/// Whose Events the rows of a table are, and the table's header.
#[derive(Default)]
struct Owner {
    who: Identity,
    header: String,
}

struct EventRow<'o> {
    who: &'o Identity,
    columns: Columns,
    row: Row,
}

impl Owner {
    /// The owner of a table that says only in its first row whose Events these are.
    fn of((kind, namespace, name): (&str, String, String), header: &str) -> Self {
        Self { who: Identity { kind: kind.to_owned(), namespace, name }, header: header.to_owned() }
    }

    /// The object that a row names, where it is another than the one above: a table without a header ends unseen.
    fn other(&self, row: &EventRow<'_>) -> Option<Self> {
        let who = unnamed::object_told(&row.event()).filter(|_| self.header.is_empty() && !self.who.name.is_empty())?;
        ((who.0, &who.2) != (self.who.kind.as_str(), &self.who.name)).then(|| Self::of(who, &self.header))
    }

    fn context(&self) -> Vec<u8> {
        let parts = ["e", &self.who.kind, &self.who.namespace, &self.who.name, &self.header];
        parts.join("\0").into_bytes()
    }

    fn read(context: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(context);
        let mut parts = text.splitn(5, '\0').skip(1).map(str::to_owned);
        let who = Identity { kind: parts.next()?, namespace: parts.next()?, name: parts.next()? };
        Some(Self { who, header: parts.next()? })
    }

    fn row(&self, line: &[u8]) -> Option<EventRow<'_>> {
        let text = String::from_utf8_lossy(line);
        let columns = Columns::read(&self.header);
        let row = columns.row(&text);
        let row = EventRow { who: &self.who, columns, row };
        let aligned =
            row.cell("Type").and_then(severity).is_some() && row.cell("Age").or_else(|| row.cell("LastSeen")).and_then(Seen::read).is_some();
        if aligned {
            return Some(row);
        }
        if let Some(row) = loose::described_formerly(&text) {
            let cells = Row::of(&[row.first, row.last, row.count, row.from, row.fieldpath, row.kind, row.reason, row.message]);
            return Some(EventRow { who: &self.who, columns: Columns::read(FORMER_ROW), row: cells });
        }
        let row = loose::described(&text)?;
        let cells = Row::of(&[row.kind, row.reason, row.age, row.from, row.message]);
        Some(EventRow { who: &self.who, columns: Columns::read(ROW), row: cells })
    }
}

impl EventRow<'_> {
    fn cell(&self, name: &str) -> Option<&str> {
        self.columns.cell(&self.row, name)
    }

    fn seen(&self) -> Seen<'_> {
        let seen = self.cell("Age").or_else(|| self.cell("LastSeen")).and_then(Seen::read).unwrap_or_default();
        Seen { first: seen.first.or_else(|| self.cell("FirstSeen").and_then(Age::read)), count: seen.count.or_else(|| self.cell("Count")), ..seen }
    }

    fn head(&self) -> Head {
        Head { time: self.seen().last.map(Age::raw), severity: self.cell("Type").and_then(severity) }
    }

    fn event(&self) -> Event<'static> {
        let owned = |text: &str| Some(text).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
        let mut event = Event {
            message: self.cell("Message").and_then(owned).unwrap_or_default(),
            reason: self.cell("Reason").and_then(owned),
            kind: owned(&self.who.kind),
            namespace: owned(&self.who.namespace),
            name: owned(&self.who.name),
            fieldpath: self.cell("SubObjectPath").and_then(owned),
            ..told(self.cell("Type").unwrap_or_default(), self.cell("From").unwrap_or_default(), &self.seen())
        };
        unnamed::fill(&mut event);
        // Of a description without the facts that tell its kind.
        unnamed::fill_kind(&mut event);
        event
    }
}

#[cfg(test)]
mod tests;
