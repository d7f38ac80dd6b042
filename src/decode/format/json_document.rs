//! JSON documents: Kubernetes Events and other objects as JSON, alone, in lists, one a line.
//!
//! In: lines of `kubectl … -o json`, `kubectl cluster-info dump`, support bundles, watches. Out: an entry for each item of a list, one for the lines
//! before the items and one for those behind; other documents as they are. Must not know: what objects mean (`kubernetes`).
//!
//! Items are found by their indentation, so a document may be cut off anywhere, and may stand between lines of another kind.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use super::kubernetes::event::{Event, HeadReader, is_event};
use super::kubernetes::leaves::Leaves;
use super::kubernetes::object::Object;
use super::kubernetes::{json, kinds};
use crate::decode::{Body, Entry, Format, Head, Next, Opening};

/// Documents over several lines, and objects of Kubernetes on one.
#[derive(Debug)]
pub struct JsonDocument;

/// Bytes from which an item goes on as another entry, so that it ends before framing would lose its place.
const SPLIT_BYTES: usize = 1 << 19;
/// Bytes at the beginning of a line in which a list shows its `items`.
const LIST_HEAD_BYTES: usize = 4096;
/// First members of log records and of answers of the API server inside them, which are no documents of this kind.
const LOG_KEYS: [&[u8]; 6] = [b"{\"ts\":", b"{\"level\":", b"{\"log\":", b"{\"time\":", b"{\"msg\":", b"{\"kind\":\"Status\""];

/// Members that tell objects of Kubernetes.
static AUDIT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"auditID\""));
static ABOUT: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["\"involvedObject\":", "\"regarding\":"].map(Finder::new));
static OBJECT: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| ["\"apiVersion\":", "\"kind\":", "\"metadata\":"].map(Finder::new));
static ITEMS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["\"items\":", "\"Items\":"].map(Finder::new));

/// What part of a document an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The document from its first line on; all of it, if it holds no items.
    Head,
    /// One item of a list.
    Item,
    /// The rest of an item that was too long.
    Rest,
    /// What stands behind the items.
    Tail,
    /// A document on one line.
    Line,
}

/// What is kept from entry to entry: the part, the indentation of the items and their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place<'c> {
    part: Part,
    item: u16,
    listed: &'c [u8],
}

impl<'c> Place<'c> {
    fn read(context: Option<&'c [u8]>) -> Option<Self> {
        let (part, rest) = context?.split_first()?;
        let part = match part {
            b'h' => Part::Head,
            b'i' => Part::Item,
            b'r' => Part::Rest,
            b't' => Part::Tail,
            _ => Part::Line,
        };
        let (item, listed) = rest.split_first_chunk::<2>()?;
        Some(Self { part, item: u16::from_le_bytes(*item), listed })
    }

    fn context(&self) -> Vec<u8> {
        let part = match self.part {
            Part::Head => b'h',
            Part::Item => b'i',
            Part::Rest => b'r',
            Part::Tail => b't',
            Part::Line => b'l',
        };
        let mut bytes = vec![part];
        bytes.extend_from_slice(&self.item.to_le_bytes());
        bytes.extend_from_slice(self.listed);
        bytes
    }

    fn opening(self, part: Part) -> Next {
        Next::Entry(Opening { head: Head::default(), context: Some(Self { part, ..self }.context()) })
    }

    /// Whether the entry has its last line: a closing brace where it began, or all of it on one line.
    fn complete(&self, entry: &[u8]) -> bool {
        let start = memchr::memrchr(b'\n', entry).map_or(0, |end| end + 1);
        let last = &entry[start..];
        let indent = indent(last);
        let closes = matches!(&last[indent..], b"}" | b"}," | b"]" | b"],");
        match self.part {
            Part::Head => closes && indent == 0 && start > 0,
            Part::Tail => closes && indent == 0,
            Part::Item if start == 0 => last.len() > indent + 1 && (last.ends_with(b"}") || last.ends_with(b"},")),
            Part::Item | Part::Rest => closes && indent == usize::from(self.item),
            Part::Line => true,
        }
    }
}

impl Format for JsonDocument {
    fn name(&self) -> &'static str {
        "json-document"
    }

    fn title(&self) -> &'static str {
        "JSON documents (Kubernetes Events and objects)"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl (-o json), kubectl cluster-info dump, support bundles and watches of the API. Each item of a list is an entry. Events carry \
         RFC 3339 times; other objects have no time of their own, except a lease's last renewal."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["RFC 8259", "k8s.io/api core/v1/types.go", "k8s.io/api events/v1/types.go", "k8s.io/kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"apiVersion":"v1","count":1,"eventTime":null,"firstTimestamp":"2026-11-20T09:47:55Z","involvedObject":{"apiVersion":"v1","kind":"Node","name":"node-2"},"kind":"Event","lastTimestamp":"2026-11-20T09:47:55Z","message":"Starting kubelet.","metadata":{"creationTimestamp":"2026-11-20T09:47:55Z","name":"node-2.18e9b7da7c2be916","namespace":"default"},"reason":"Starting","source":{"component":"kubelet","host":"node-2"},"type":"Normal"}"#,
                "Starting kubelet.",
            ),
            (
                "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Pod\",\n    \"metadata\": {\n        \"name\": \"pg-0\",\n        \"namespace\": \"shop\"\n    }\n}",
                "Pod shop/pg-0",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let first = *line.first()?;
        if !matches!(first, b'{' | b'[') {
            return None;
        }
        if line.len() == 1 {
            let place = Place { part: Part::Head, item: 0, listed: &[] };
            return Some(Opening { head: Head::default(), context: Some(place.context()) });
        }
        if !line.starts_with(b"{\"") && !line.starts_with(b"[{\"") || LOG_KEYS.iter().any(|key| line.starts_with(key)) {
            return None;
        }
        let start = line.get(..LIST_HEAD_BYTES).unwrap_or(line);
        if AUDIT.find(start).is_some() {
            return None;
        }
        let states = |member: &Finder<'_>| member.find(line).is_some();
        let object = ABOUT.iter().any(states) || OBJECT.iter().all(states);
        if !object {
            return None;
        }
        let place = Place { part: Part::Line, item: 0, listed: listed(start).unwrap_or_default() };
        let head = if holds_items(line) { Head::default() } else { head(line) };
        Some(Opening { head, context: Some(place.context()) })
    }

    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let Some(place) = Place::read(context) else { return Next::End };
        let complete = place.complete(entry);
        let indent = indent(line);
        let Some(&first) = line.get(indent) else {
            return if complete { Next::End } else { Next::Join };
        };
        let item = usize::from(place.item);
        let closes = matches!(first, b'}' | b']');
        let fits = match place.part {
            Part::Line => false,
            Part::Head if !complete && first == b'{' && begins_items(entry) => {
                let Ok(item) = u16::try_from(indent) else { return Next::End };
                let listed = listed(entry).unwrap_or_default();
                return Place { item, listed, ..place }.opening(Part::Item);
            }
            Part::Head | Part::Tail => !complete && (indent > 0 || closes),
            Part::Item if complete && first == b'{' && indent == item => return Next::Entry(Opening::default()),
            Part::Rest if complete && first == b'{' && indent == item => return place.opening(Part::Item),
            Part::Item | Part::Rest if complete && closes && indent <= item => return place.opening(Part::Tail),
            Part::Item | Part::Rest => !complete && (indent > item || (indent == item && first == b'}')),
        };
        if !fits {
            Next::End
        } else if entry.len() < SPLIT_BYTES {
            Next::Join
        } else if matches!(place.part, Part::Item | Part::Rest) {
            place.opening(Part::Rest)
        } else {
            place.opening(Part::Tail)
        }
    }

    fn dated_by_parts(&self) -> bool {
        true
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let place = Place::read(entry.context);
        let object = entry.text.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{');
        if !object || place.as_ref().is_some_and(|place| matches!(place.part, Part::Rest | Part::Tail)) {
            return Body::message(String::from_utf8_lossy(entry.text));
        }
        let leaves = Leaves::of_json(entry.text);
        let listed = place.and_then(|place| std::str::from_utf8(place.listed).ok()).filter(|kind| !kind.is_empty());
        body(entry.text, &leaves, listed)
    }

    fn parts(&self, entry: &Entry<'_>) -> Vec<(Range<usize>, Head)> {
        if entry.text.len() > 1 && holds_items(entry.text) {
            let items = json::elements(entry.text);
            return items.into_iter().map(|range| (range.clone(), head(&entry.text[range]))).collect();
        }
        if entry.head != Head::default() || Place::read(entry.context).is_some_and(|place| matches!(place.part, Part::Rest | Part::Tail)) {
            return Vec::new();
        }
        match head(entry.text) {
            head if head == Head::default() => Vec::new(),
            head => vec![(0..entry.text.len(), head)],
        }
    }
}

/// Whether the line before is the one that opens the document's items: `"items": [` one step inside the document, or the document is an array.
fn begins_items(entry: &[u8]) -> bool {
    let last = &entry[memchr::memrchr(b'\n', entry).map_or(0, |end| end + 1)..];
    if !last.ends_with(b"[") {
        return false;
    }
    let Some(first_end) = memchr::memchr(b'\n', entry) else { return last.len() == 1 };
    let second = &entry[first_end + 1..];
    let name = &last[indent(last)..];
    indent(second) == indent(last) && (name.starts_with(b"\"items\"") || name.starts_with(b"\"Items\""))
}

/// The kind of the items of a list, by the list's own kind: `Pod` for `"kind": "PodList"`.
fn listed(head: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(head, b"\"kind\"")? + 6;
    let value = head[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let name = std::str::from_utf8(&value[..memchr::memchr(b'"', value)?]).ok()?;
    kinds::of_list(name).map(str::as_bytes)
}

/// Whether the text may be a list on one line.
fn holds_items(text: &[u8]) -> bool {
    let start = text.get(..LIST_HEAD_BYTES).unwrap_or(text);
    text.starts_with(b"[{") || (ITEMS.iter().any(|items| items.find(start).is_some()) && !json::elements(text).is_empty())
}

fn head(text: &[u8]) -> Head {
    let mut reader = HeadReader::default();
    json::walk(text, &mut |path, value| reader.see(path, || value.text()));
    reader.head()
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The body of a document or item: an Event, another object, or a document nobody knows.
pub(super) fn body<'a>(text: &'a [u8], leaves: &Leaves<'a>, listed: Option<&str>) -> Body<'a> {
    if is_event(leaves, listed) {
        return Event::read(leaves).body();
    }
    if let Some(object) = Object::read(leaves, listed) {
        return object.body();
    }
    let message = leaves.first(&["message", "msg"]).unwrap_or_else(|| String::from_utf8_lossy(text));
    let fields = leaves.all().map(|(path, value)| (Cow::Owned(path.to_owned()), value)).collect();
    Body { fields, ..Body::message(message) }
}

#[cfg(test)]
mod tests;
