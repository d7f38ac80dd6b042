//! Journal: entries that `journalctl -o export` and `-o verbose` print, one field a line.
//!
//! In: bytes. Out: a line for each entry, as `journalctl -o json` or `-o short-full` would print it, and nothing between them: a record may go on in the next
//! entry. Must not know: what an entry says (`wrapper::journal_json` and `wrapper::syslog` read that).
//!
//! # Source
//!
//! systemd "Journal Export Formats", and src/shared/logs-show.c `output_export`, `output_verbose`, 240 to 257.

use memchr::{memchr, memchr_iter, memmem};
use serde_json::{Map, Value};

use super::Cut;
use crate::decode::stamp;

/// Bytes of an entry at most: its message may be a core's whole stack.
const MAX_ENTRY_BYTES: usize = 4 << 20;
/// Blanks before a field of `-o verbose`.
const INDENT: usize = 4;
/// Fields that are looked at.
const FIELDS: [&str; 9] =
    ["__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "_BOOT_ID", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM", "_SYSTEMD_UNIT", "_PID", "MESSAGE"];

/// Entries of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entries {
    /// `-o export`: entries begin with their cursor and are parted by an empty line.
    Export,
    /// `-o verbose`: an entry begins with its time and its cursor, its fields are indented.
    Verbose,
}

impl Entries {
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"__CURSOR=") {
            return memmem::find(head, b"\n__REALTIME_TIMESTAMP=").map(|_| Self::Export);
        }
        // `-- Journal begins at …` may stand in front.
        let head = if head.starts_with(b"-- ") { head.get(memchr(b'\n', head)? + 1..)? } else { head };
        let end = memchr(b'\n', head)?;
        (is_head(&head[..end]) && head[end + 1..].starts_with(b"    ")).then_some(Self::Verbose)
    }

    /// Where the entry behind the first begins. `None` where more must be read to tell.
    fn next(self, held: &[u8]) -> Option<usize> {
        if self == Self::Verbose {
            return memchr_iter(b'\n', held).map(|at| at + 1).find(|at| held.get(*at).is_some_and(|byte| *byte != b' '));
        }
        let mut at = 0;
        loop {
            let rest = &held[at..];
            let end = memchr(b'\n', rest)?;
            match &rest[..end] {
                b"" => return Some(at + 1),
                line if !is_name(line) => at += end + 1,
                _ => {
                    let size = rest.get(end + 1..end + 9)?;
                    let whole = end + 9 + binary(size) + 1;
                    at += if whole > MAX_ENTRY_BYTES { end + 1 } else { rest.get(..whole).map(<[u8]>::len)? };
                }
            }
        }
    }

    fn put(self, entry: &[u8], out: &mut Vec<u8>) {
        let (fields, strays) = self.fields(entry);
        let get = |name: &str| fields.get(name).and_then(Value::as_str);
        match (self, entry.split(|byte| *byte == b'\n').next().filter(|head| is_head(head))) {
            (Self::Export, _) if fields.contains_key(FIELDS[0]) => {
                out.extend_from_slice(Value::Object(fields).to_string().as_bytes());
                out.push(b'\n');
            }
            // The name of its zone may be anybody's: the stamp stays as it is written.
            (Self::Verbose, Some(head)) => {
                let stamp = crate::decode::lossy(&head[..memmem::find(head, b" [s=").unwrap_or(head.len())]);
                let program = get("SYSLOG_IDENTIFIER").or_else(|| get("_COMM")).unwrap_or("unknown");
                let process = get("_PID").map(|process| format!("[{process}]")).unwrap_or_default();
                let host = get("_HOSTNAME").unwrap_or("localhost");
                for line in get("MESSAGE").unwrap_or_default().split('\n') {
                    out.extend_from_slice(format!("{stamp} {host} {program}{process}: {line}\n").as_bytes());
                }
            }
            // What is no entry stays as it is.
            _ => {
                out.extend_from_slice(entry);
                return;
            }
        }
        out.extend_from_slice(&strays);
    }

    /// The fields of an entry, and its lines that are none.
    fn fields(self, entry: &[u8]) -> (Map<String, Value>, Vec<u8>) {
        let (mut fields, mut strays) = (Map::new(), Vec::new());
        // A line below an entry's head is a field; more blanks before it than before that say that the value goes on.
        let mut last: Option<&str> = None;
        let mut at = if self == Self::Verbose { memchr(b'\n', entry).map_or(entry.len(), |end| end + 1) } else { 0 };
        while let Some(rest) = entry.get(at..).filter(|rest| !rest.is_empty()) {
            let (length, field) = self.field(rest);
            at += length;
            match field {
                Field::Whole(name, value) => {
                    last = FIELDS.iter().find(|known| known.as_bytes() == name).copied();
                    if let Some(name) = last {
                        fields.entry(name).or_insert_with(|| crate::decode::lossy(value).into_owned().into());
                    }
                }
                Field::GoesOn(more) => {
                    if let Some((name, Value::String(value))) = last.and_then(|name| Some((name, fields.get_mut(name)?))) {
                        // It stands below where the value begins.
                        let indent = more.iter().take(INDENT + name.len() + 1).take_while(|byte| **byte == b' ').count();
                        value.push('\n');
                        value.push_str(&crate::decode::lossy(&more[indent..]));
                    }
                }
                Field::None(b"") => {}
                Field::None(line) => strays.extend([line, b"\n"].concat()),
            }
        }
        (fields, strays)
    }

    /// What the text begins with, and its length.
    fn field(self, text: &[u8]) -> (usize, Field<'_>) {
        let end = memchr(b'\n', text).unwrap_or(text.len());
        let line = &text[..end];
        let length = (end + 1).min(text.len());
        if self == Self::Verbose && line.starts_with(b"     ") {
            return (length, Field::GoesOn(line));
        }
        let line = if self == Self::Verbose { line.trim_ascii_start() } else { line };
        if let Some(sign) = memchr(b'=', line).filter(|sign| is_name(&line[..*sign])) {
            return (length, Field::Whole(&line[..sign], &line[sign + 1..]));
        }
        // A value with ends of lines: its length in eight bytes, and the value, or what is left of it.
        if self == Self::Export
            && is_name(line)
            && let Some(size) = text.get(length..length + 8)
        {
            let end = (length + 8 + binary(size)).min(text.len());
            return ((end + 1).min(text.len()), Field::Whole(line, &text[length + 8..end]));
        }
        (length, Field::None(line))
    }
}

/// A part of an entry.
enum Field<'e> {
    /// Name and value.
    Whole(&'e [u8], &'e [u8]),
    /// More of the value before.
    GoesOn(&'e [u8]),
    /// No field.
    None(&'e [u8]),
}

impl Cut for Entries {
    fn most(&self) -> usize {
        MAX_ENTRY_BYTES
    }

    fn take(&mut self, held: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        let mut used = 0;
        while let Some(length) = self.next(&held[used..]).or_else(|| (ended && used < held.len()).then_some(held.len() - used)) {
            self.put(&held[used..used + length], out);
            used += length;
        }
        used
    }

    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        out.extend_from_slice(held);
        held.len()
    }
}

/// The length of a value with ends of lines. What is longer than any entry counts as that.
fn binary(size: &[u8]) -> usize {
    let size = size.try_into().map_or(u64::MAX, u64::from_le_bytes);
    usize::try_from(size).unwrap_or(usize::MAX).min(2 * MAX_ENTRY_BYTES)
}

/// A field's name, and nothing else.
fn is_name(text: &[u8]) -> bool {
    (1..=64).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// `Fri 2026-11-20 09:07:16.340839 UTC [s=…;i=…]`.
fn is_head(line: &[u8]) -> bool {
    let behind = line.get(3..).and_then(|rest| rest.strip_prefix(b" ")).and_then(|rest| rest.get(stamp::iso(rest)?.1..));
    behind.is_some_and(|behind| memmem::find(behind, b" [s=").is_some_and(|at| at <= 8) && behind.ends_with(b"]"))
}
