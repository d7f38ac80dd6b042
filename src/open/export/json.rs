//! Items: the records of an export in JSON that stand in a list.
//!
//! In: bytes. Out: each record on a line of its own, without the blanks between its members; what stands around the records is left out, so that the
//! tenth line is the tenth record. Must not know: what a record holds (`exported`).

use memchr::memchr2;
use memchr::memmem::find;

use super::Cut;
use crate::decode::exported;
use crate::decode::wrapper::{Wrapper as _, journal_json::JournalJson};

/// Bytes of a record at most: Loki gives a whole stream in one, and what is read as JSON takes many times its size.
const MAX_ITEM_BYTES: usize = 4 << 20;
/// Lists and objects around a record at most.
const MAX_DEPTH: usize = 64;

/// Members of a record, and of what stands around it.
type Marks = (&'static [&'static [u8]], &'static [&'static [u8]]);

/// Members of records that hold several, or that say little without what stands around them: the records' own, and those around.
const OTHERS: &[Marks] = &[
    // OpenTelemetry.
    (&[b"\"scopeLogs\""], &[b"\"resourceLogs\""]),
    (&[b"\"instrumentationLibraryLogs\""], &[b"\"resourceLogs\""]),
    // Subscriptions of CloudWatch.
    (&[b"\"id\"", b"\"timestamp\"", b"\"message\""], &[b"\"messageType\"", b"\"logStream\"", b"\"logEvents\""]),
    LOKI,
];
/// Loki's API.
const LOKI: Marks = (&[b"\"stream\"", b"\"values\""], &[b"\"resultType\"", b"\"streams\""]);

/// Records in lists.
#[derive(Debug)]
pub(super) struct Items {
    /// The brackets that are open around what comes next.
    open: Vec<u8>,
    /// Records follow each other without a list around them, each over several lines.
    unlisted: bool,
    /// It is not what it seemed: the rest is given as it is.
    lost: bool,
}

impl Items {
    /// Tells an export from its first bytes: by the first object in a list.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let head = head.trim_ascii_start();
        if head.first() == Some(&b'{') && is_record_by_itself(first_line(head)) {
            // A record by itself, whatever lists are in it.
            return None;
        }
        if object(head).is_some_and(|length| is_record_by_itself(&head[..length])) {
            return Some(Self { open: Vec::new(), unlisted: true, lost: false });
        }
        let at = first_listed(head)?;
        let (around, item) = head.split_at(at);
        let item = object(item).map_or(item, |length| &item[..length]);
        let is_known = exported::is_marked(item) || OTHERS.iter().any(|other| is(other, around, item)) || exported::is_record(item);
        is_known.then_some(Self { open: Vec::new(), unlisted: false, lost: false })
    }

    /// Whether records are listed one stream after the other.
    pub(super) fn is_by_stream(head: &[u8]) -> bool {
        first_listed(head).is_some_and(|at| is(&LOKI, &head[..at], &head[at..]))
    }
}

/// Whether an object over several lines is a record, and no list of them.
fn is_record_by_itself(object: &[u8]) -> bool {
    let mut line = Vec::new();
    minify(object, &mut line);
    object.len() <= MAX_ITEM_BYTES && (exported::unwrapped(&line).is_some() || JournalJson.unwrap(&line).is_some())
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end()
}

/// Where the first object that stands in a list begins, in the document with which the text begins.
fn first_listed(text: &[u8]) -> Option<usize> {
    let (mut open, mut at) = (Vec::new(), 0);
    loop {
        let byte = text.get(at)?;
        match byte {
            b'"' => {
                at += string(&text[at..])?;
                continue;
            }
            b'{' if open.last() == Some(&b'[') => return Some(at),
            b'{' | b'[' if open.len() < MAX_DEPTH => open.push(*byte),
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
        if open.is_empty() && !byte.is_ascii_whitespace() {
            return None;
        }
        at += 1;
    }
}

fn is((own, others): &Marks, around: &[u8], item: &[u8]) -> bool {
    own.iter().all(|mark| find(item, mark).is_some()) && others.iter().all(|mark| find(around, mark).is_some())
}

impl Cut for Items {
    fn most(&self) -> usize {
        MAX_ITEM_BYTES
    }

    fn take(&mut self, held: &[u8], _ended: bool, out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some(byte) = held.get(at).filter(|_| !self.lost) {
            let listed = self.open.last() == Some(&b'[') || self.unlisted && self.open.is_empty();
            let length = match byte {
                // A document has come to its end, and something else follows.
                _ if self.open.is_empty() && !(byte.is_ascii_whitespace() || matches!(byte, b'{' | b'[' | b',')) => {
                    self.lost = true;
                    Some(0)
                }
                b'"' => {
                    let length = string(&held[at..]);
                    if let Some(text) = length.and_then(|length| held.get(at..at + length)).filter(|_| listed) {
                        out.extend(text.iter().filter(|byte| **byte != b'\n'));
                        out.push(b'\n');
                    }
                    length
                }
                b'{' if listed => {
                    let length = object(&held[at..]);
                    if let Some(item) = length.and_then(|length| held.get(at..at + length)) {
                        put(item, out);
                    }
                    length
                }
                b'{' | b'[' => {
                    self.open.push(*byte);
                    self.lost = self.open.len() > MAX_DEPTH;
                    Some(1)
                }
                b'}' | b']' => {
                    self.open.pop();
                    Some(1)
                }
                _ => Some(1),
            };
            match length {
                Some(length) => at += length,
                None => return at,
            }
        }
        out.extend_from_slice(&held[at..]);
        held.len()
    }

    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        self.lost = true;
        self.take(held, true, out)
    }
}

/// Adds the lines of a record.
fn put(item: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    minify(item, out);
    if !is_whole(&out[begin..])
        && let Some(lines) = exported::lines(&out[begin..])
    {
        out.truncate(begin);
        out.extend_from_slice(lines.join("\n").as_bytes());
    }
    if out.len() > begin {
        out.push(b'\n');
    }
}

/// Whether a wrapper reads the item as it is.
fn is_whole(item: &[u8]) -> bool {
    exported::is_marked(item) || JournalJson.unwrap(item).is_some()
}

/// Adds an item without what stands between its members.
fn minify(item: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(byte) = item.get(at) {
        let length = if *byte == b'"' { string(&item[at..]).unwrap_or(1) } else { 1 };
        if !byte.is_ascii_whitespace() {
            out.extend(item[at..at + length].iter().filter(|byte| **byte != b'\n'));
        }
        at += length;
    }
}

/// Length of the string that begins with a quote, if it has an end.
fn string(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Length of the object that begins with a brace, if it has an end.
fn object(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match text.get(at)? {
            b'"' => {
                at += string(&text[at..])?;
                continue;
            }
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
