//! JSON lines of programs that necropsy does not know.
//!
//! In: one object a line with a member that is a stamp. Out: message and flattened fields. Must not know: any one program.

use crate::decode::{Body, Entry, Format, Next, Opening, json, quoted};
use crate::severity::Severity;

/// Any other one-object-a-line log.
#[derive(Debug)]
pub struct JsonLines;

/// Names under which programs state the time, lower case.
const TIMES: &[&[u8]] = &[b"time", b"ts", b"t", b"timestamp", b"@timestamp", b"date", b"datetime", b"_time", b"eventtime", b"logtime", b"asctime"];
/// Names of the level.
const LEVELS: &[&[u8]] = &[b"level", b"severity", b"lvl", b"loglevel", b"levelname", b"log.level", b"s"];
/// Names of the message.
const MESSAGES: &[&[u8]] = &[b"msg", b"message", b"log", b"text", b"short_message", b"event", b"body"];

impl Format for JsonLines {
    fn name(&self) -> &'static str {
        "json-lines"
    }

    fn title(&self) -> &'static str {
        "JSON lines of unknown programs"
    }

    fn about(&self) -> &'static str {
        "One object a line with a stamp under one of the usual names, as text or counted from 1970. Nested objects are flattened with dots."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["RFC 8259, one value a line; the names are the habits of common logging libraries"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (r#"{"timestamp":"2026-11-20T10:00:00.123Z","severity":"ERROR","message":"no route","peer":{"host":"db-1"}}"#, "no route"),
            (r#"{"t":1795167699741,"event":"start"}"#, "start"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if line.first() != Some(&b'{') || line.last() != Some(&b'}') {
            return None;
        }
        let (mut time, mut severity) = (None, None);
        for (key, value) in json::members(line) {
            if time.is_none() && among(key, TIMES) {
                time = value.time().or_else(|| value.get("$date").and_then(json::Value::time));
            } else if severity.is_none() && among(key, LEVELS) {
                severity = value.inside().and_then(Severity::from_label);
            }
        }
        time.map(|time| Opening::new(Some(time), severity))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut body = Body::default();
        for (key, value) in json::members(entry.text) {
            if body.message.is_empty() && !value.is_object() && among(key, MESSAGES) {
                body.message = value.text();
            } else {
                json::flatten(quoted::plain(key), value, &mut body);
            }
        }
        body
    }
}

fn among(key: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_needed() {
        assert!(JsonLines.open(br#"{"Time":"2026-11-20 10:00:00","x":1}"#).is_some());
        assert!(JsonLines.open(br#"{"t":{"$date":"2026-11-20T10:00:00.000+00:00"},"s":"I"}"#).is_some());
        for line in [&br#"{"time":"soon"}"#[..], br#"{"x":1}"#, br#"{"time":"2026-11-20T10:00:00Z""#, b"{", b"{}"] {
            assert_eq!(JsonLines.open(line), None);
        }
    }

    #[test]
    fn levels_by_any_name() {
        let severity = |line: &[u8]| JsonLines.open(line).and_then(|opening| opening.head.severity);
        assert_eq!(severity(br#"{"ts":1795167699,"lvl":"warn"}"#), Some(Severity::WARN));
        assert_eq!(severity(br#"{"ts":1795167699,"level":30}"#), None);
    }
}
