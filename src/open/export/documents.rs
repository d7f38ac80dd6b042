//! Documents: records that `gcloud logging read` prints when nobody asks for another form, one document of YAML each.
//!
//! In: bytes. Out: a line for each document, the record as its JSON. A document goes over many lines; as many follow its line empty, so that the next one
//! stands where it stood. Must not know: what a record means (`exported`).

use memchr::{memchr_iter, memmem};
use serde_json::{Map, Value};

use super::Cut;
use crate::decode::format::kubernetes::yaml;

/// Bytes of a document at most.
const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// What a document begins with.
const SEPARATOR: &[u8] = b"---";
/// Members that every record has.
const MARKS: [&[u8]; 2] = [b"\ninsertId: ", b"\nlogName: "];
/// Members of a record whose own members have names with dots.
const NAMED_FREELY: [&str; 2] = ["resource.labels.", "labels."];
/// Depth to which members are nested.
const MAX_DEPTH: usize = 8;

/// Documents of YAML.
#[derive(Debug)]
pub(super) struct Documents;

impl Documents {
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let first = head.strip_prefix(SEPARATOR).filter(|rest| rest.starts_with(b"\n") || rest.starts_with(b"\r\n"))?;
        let first = &first[..next(first).unwrap_or(first.len())];
        MARKS.iter().all(|mark| memmem::find(first, mark).is_some()).then_some(Self)
    }
}

/// Where the next document begins.
fn next(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"\n---").map(|at| at + 1).find(|at| matches!(text.get(at + SEPARATOR.len()), Some(b'\n' | b'\r')))
}

impl Cut for Documents {
    fn most(&self) -> usize {
        MAX_DOCUMENT_BYTES
    }

    fn take(&mut self, held: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        let mut used = 0;
        while let Some(length) = next(&held[used..]).or_else(|| (ended && used < held.len()).then_some(held.len() - used)) {
            put(&held[used..used + length], out);
            used += length;
        }
        used
    }

    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        out.extend_from_slice(held);
        held.len()
    }
}

/// Adds the lines of a document: what is no record stays as it is.
fn put(document: &[u8], out: &mut Vec<u8>) {
    let mut record = Map::new();
    if MARKS.iter().all(|mark| memmem::find(document, mark).is_some()) && document.split(|byte| *byte == b'\n').all(is_of_a_map) {
        yaml::walk(document, &mut |path, value| insert(&mut record, path, &value));
    }
    if record.is_empty() {
        out.extend_from_slice(document);
        return;
    }
    out.extend_from_slice(Value::Object(record).to_string().as_bytes());
    out.extend(std::iter::repeat_n(b'\n', memchr_iter(b'\n', document).count()));
}

/// Whether a line may stand in a map: what `gcloud` warns of on the same stream may not, and would be passed over.
fn is_of_a_map(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    line == SEPARATOR
        || line.is_empty()
        || line.starts_with(b" ")
        || line.starts_with(b"- ")
        || (name > 0 && matches!(&line[name..], [b':'] | [b':', b' ', ..]))
}

/// Puts a value where its path leads.
fn insert(record: &mut Map<String, Value>, path: &str, value: &str) {
    let free = NAMED_FREELY.iter().find_map(|free| Some((free.trim_end_matches('.'), path.strip_prefix(free)?)));
    let (above, name) = free.or_else(|| path.rsplit_once('.')).unwrap_or(("", path));
    let mut object = record;
    for step in above.splitn(MAX_DEPTH, '.').filter(|step| !step.is_empty()) {
        match object.entry(step).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(inner) => object = inner,
            _ => return,
        }
    }
    object.entry(name).or_insert_with(|| value.into());
}
