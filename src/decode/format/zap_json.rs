//! zap's production JSON: etcd 3.4 and later, the API server's etcd client, controllers.
//!
//! In: lines that begin with `{"level":"`. Out: message and fields; etcd where the caller is etcd's. Must not know: what the messages mean.

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Next, Opening, json, quoted};
use crate::severity::Severity;

/// zap JSON lines.
#[derive(Debug)]
pub struct ZapJson;

/// Directories of etcd's own callers.
const ETCD: &[&str] = &[
    "api",
    "auth",
    "backend",
    "embed",
    "etcdmain",
    "etcdserver",
    "etcdutl",
    "fileutil",
    "flags",
    "lease",
    "membership",
    "mvcc",
    "osutil",
    "raft",
    "rafthttp",
    "schema",
    "snap",
    "snapshot",
    "storage",
    "tlsutil",
    "traceutil",
    "transport",
    "v2store",
    "v3rpc",
    "verify",
    "wal",
];

impl Format for ZapJson {
    fn name(&self) -> &'static str {
        "zap-json"
    }

    fn title(&self) -> &'static str {
        "zap JSON (etcd, controllers)"
    }

    fn about(&self) -> &'static str {
        "etcd with --logger=zap (3.4) and always from 3.5, the etcd client inside the API server, and controllers built on controller-runtime. \
         Stamps carry a zone or count from 1970. Identical messages may be sampled away under a storm."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["uber-go/zap zapcore/json_encoder.go", "etcd-io/etcd client/pkg/logutil/zap.go v3.4.27 to v3.5.15"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"level":"warn","ts":"2026-11-20T09:42:22.569399Z","caller":"embed/config.go:689","msg":"Running http and grpc server on single port. This is not recommended for production."}"#,
                "Running http and grpc server on single port. This is not recommended for production.",
            ),
            (r#"{"level":"error","ts":1795167699.741607,"logger":"controller.pod","msg":"Reconciler error","error":"x"}"#, "Reconciler error"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let rest = line.strip_prefix(b"{\"level\":\"")?;
        let severity = Severity::from_label(&rest[..memchr::memchr(b'"', rest.get(..12).unwrap_or(rest))?]);
        let (_, time) = json::members(line).find(|(key, _)| *key == b"ts")?;
        Some(Opening::new(time.time(), severity))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut body = Body::default();
        for (key, value) in json::members(entry.text) {
            match key {
                b"level" | b"ts" => {}
                b"msg" => body.message = value.text(),
                _ => json::flatten(quoted::plain(key), value, &mut body),
            }
        }
        body.component = component(&body);
        body
    }
}

/// Who speaks, where the call site is etcd's own.
pub(super) fn component(body: &Body<'_>) -> Option<Component> {
    let etcd = body.field("caller").and_then(|caller| caller.split_once('/')).is_some_and(|(folder, _)| ETCD.contains(&folder));
    (etcd && body.field("logger") != Some("etcd-client")).then_some(Component::Etcd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    fn component(line: &str) -> Option<Component> {
        let piece = Framer::default().piece(line.as_bytes(), 1, 0, Carry::default(), true);
        let entry = piece.entry(0);
        assert_eq!(entry.format.name(), "zap-json");
        entry.format.body(&entry).component
    }

    #[test]
    fn only_etcd_speaks_as_etcd() {
        assert_eq!(
            component(r#"{"level":"info","ts":"2026-11-20T10:00:00.1Z","caller":"mvcc/hash.go:151","msg":"m","took":"1.2ms"}"#),
            Some(Component::Etcd)
        );
        let client = r#"{"level":"warn","ts":"2026-11-20T10:00:00.100Z","logger":"etcd-client","caller":"v3@v3.5.5/retry_interceptor.go:62","msg":"retrying of unary invoker failed"}"#;
        assert_eq!(component(client), None);
    }

    #[test]
    fn nested_fields_get_dots() {
        let line = r#"{"level":"info","ts":"2026-11-20T10:00:00.1+0800","msg":"m","a":{"b":1},"list":["x"]}"#;
        let piece = Framer::default().piece(line.as_bytes(), 1, 0, Carry::default(), true);
        let body = ZapJson.body(&piece.entry(0));
        assert_eq!((body.field("a.b"), body.field("list")), (Some("1"), Some(r#"["x"]"#)));
        assert_eq!(ZapJson.open(br#"{"level":"info","msg":"no stamp"}"#), None);
    }
}
