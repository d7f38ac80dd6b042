//! The JSON sink of mysqld 8.0 and later (`log_sink_json`, files `*.NN.json`).
//!
//! In: lines of one JSON object each. Out: bodies equal to those of the same records in the text sink. Must not know: crash blocks.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::{Map, Value};

use super::mysqld::message;
use crate::decode::{Body, Entry, Format, Next, Opening, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// Records of the JSON sink.
#[derive(Debug)]
pub struct MysqldJson;

/// Bytes in which a key of this sink must stand.
const WINDOW: usize = 512;
/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;

impl Format for MysqldJson {
    fn name(&self) -> &'static str {
        "mysqld-json"
    }

    fn title(&self) -> &'static str {
        "mysqld error log, JSON sink"
    }

    fn about(&self) -> &'static str {
        "One JSON object a line, from component_log_sink_json of MySQL 8.0 and later. The same records as the text log, with source file and line."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["mysql-server components/logging/log_sink_json.cc, sql/server_component/log_builtins.cc (8.0.40)"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            r#"{ "prio" : 1, "err_code" : 13864, "msg" : "[FATAL] Error 1504 encountered when writing to the redo log file: x.", "time" : "2026-11-20T09:08:59.291890Z", "thread" : 12, "err_symbol" : "ER_IB_MSG_LOG_WRITER_WRITE_FAILED", "subsystem" : "InnoDB", "label" : "Error" }"#,
            "Error 1504 encountered when writing to the redo log file: x.",
        )]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if line.first() != Some(&b'{') {
            return None;
        }
        let window = line.get(..WINDOW).unwrap_or(line);
        memmem::find(window, b"\"prio\"")?;
        memmem::find(line, b"\"err_code\"")?;
        memmem::find(line, b"\"msg\"")?;
        let object = parse(line)?;
        object.get("prio")?.as_u64()?;
        Some(Opening::new(time(&object), severity(&object)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        if line.is_empty() { Next::Join } else { self.open(line).map_or(Next::End, Next::Entry) }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(mut object) = parse(entry.text) else { return Body::message(String::from_utf8_lossy(entry.text)) };
        let mut take = |key: &str| match object.remove(key) {
            Some(Value::String(text)) => Some(text),
            Some(Value::Null) | None => None,
            Some(other) => Some(other.to_string()),
        };
        let subsystem = take("subsystem");
        let clustered = subsystem.as_deref().is_some_and(|name| name == "Galera" || name.starts_with("WSREP"));
        let text = take("msg").unwrap_or_default();
        // The text sink prints a blank for each line end, except in what the cluster library writes.
        let text = if clustered { text } else { text.replace('\n', " ") };
        let mut body = message::body(&Cow::Owned(text), subsystem.map(Cow::Owned), false);
        body.code = take("err_code").and_then(|code| code.parse::<u32>().ok()).map(|code| Cow::Owned(format!("MY-{code:06}")));
        if let Some(thread) = take("thread") {
            body.push("thread", thread);
        }
        for key in ["prio", "label", "time", "ts", "buffered", "verbatim"] {
            object.remove(key);
        }
        for (key, value) in object {
            let value = match value {
                Value::String(text) => text,
                Value::Null => continue,
                other => other.to_string(),
            };
            body.push(key, value);
        }
        body
    }
}

fn parse(line: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(line.trim_ascii()).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn time(object: &Map<String, Value>) -> Option<RawTime> {
    let text = object.get("time").and_then(Value::as_str);
    text.and_then(|text| stamp::iso(text.as_bytes())).map(|(time, _)| time).or_else(|| {
        let ns = object.get("ts")?.as_i64()?.checked_mul(MILLISECOND)?;
        Some(RawTime::zoned(ns, MILLISECOND))
    })
}

/// `prio` 0 is the System label, which is information.
fn severity(object: &Map<String, Value>) -> Option<Severity> {
    let stated = match object.get("prio")?.as_u64()? {
        0 | 3 => Severity::INFO,
        1 => Severity::ERROR,
        2 => Severity::WARN,
        _ => return None,
    };
    let fatal = stated == Severity::ERROR && object.get("msg").and_then(Value::as_str).is_some_and(|text| text.starts_with("[FATAL]"));
    Some(if fatal { Severity::FATAL } else { stated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Head;
    use crate::decode::format::mysqld::Mysqld;

    fn body(format: &'static dyn Format, text: &'static str) -> (Head, Body<'static>) {
        let head = format.open(text.lines().next().unwrap().as_bytes()).unwrap().head;
        let entry = Entry { format, head, context: None, text: text.as_bytes(), line: 1, offset: 0, envelope: None };
        (head, format.body(&entry))
    }

    #[test]
    fn equal_to_the_text_sink() {
        for (json, text) in [
            (
                r#"{ "prio" : 2, "err_code" : 10914, "subsystem" : "Server", "msg" : "Aborted connection 7 to db: 'app' (Got an error)\u000a", "time" : "2026-11-20T09:08:59.291890Z", "ts" : 1795165739291, "thread" : 7, "err_symbol" : "ER_ABORTING_USER_CONNECTION", "label" : "Warning" }"#,
                "2026-11-20T09:08:59.291890Z 7 [Warning] [MY-010914] [Server] Aborted connection 7 to db: 'app' (Got an error) ",
            ),
            (
                r#"{"prio":1,"err_code":13183,"subsystem":"InnoDB","msg":"Assertion failure: log0write.cc:2111:ib::fatal triggered thread 140180296550080","time":"2026-11-20T09:08:59.291890Z","thread":12,"label":"Error"}"#,
                "2026-11-20T09:08:59.291890Z 12 [ERROR] [MY-013183] [InnoDB] Assertion failure: log0write.cc:2111:ib::fatal triggered thread 140180296550080",
            ),
            (
                r#"{"prio":0,"err_code":11505,"subsystem":"Repl","msg":"Plugin group_replication reported: 'x'","time":"2026-11-20T09:08:59.291890Z","thread":0,"label":"System"}"#,
                "2026-11-20T09:08:59.291890Z 0 [System] [MY-011505] [Repl] Plugin group_replication reported: 'x'",
            ),
        ] {
            let (json_head, json) = body(&MysqldJson, json);
            let (text_head, text) = body(&Mysqld, text);
            assert_eq!((json_head, &json.message, &json.code, json.component), (text_head, &text.message, &text.code, text.component));
            for (key, value) in &text.fields {
                assert_eq!(json.field(key), Some(value.as_ref()), "{key}");
            }
        }
    }

    #[test]
    fn other_json_is_left_alone() {
        for line in
            [r#"{"prio":1}"#, r#"{"kind":"Event","err_code":1}"#, r#"{"prio":"x","err_code":1,"msg":""}"#, "{\"prio\" \"err_code\" \"msg\"", "{}"]
        {
            assert_eq!(MysqldJson.open(line.as_bytes()), None, "{line}");
        }
    }
}
