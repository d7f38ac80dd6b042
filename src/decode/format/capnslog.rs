//! capnslog: etcd up to 3.4 without `--logger=zap`, with the lines its raft library prints through Go's own logger.
//!
//! In: lines like `2026-11-20 10:00:16.254657 I | etcdmain: …` and `raft2026/11/20 10:00:16 INFO: …`. Out: message and package. Must not
//! know: what the messages mean.

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Next, Opening, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// capnslog lines.
#[derive(Debug)]
pub struct Capnslog;

/// First parts of etcd's package names; other programs (rook, flannel) use the same library.
const ETCD: &[&str] = &[
    "auth",
    "client",
    "compactor",
    "embed",
    "etcdctl",
    "etcdmain",
    "etcdserver",
    "discovery",
    "lease",
    "mvcc",
    "netutil",
    "osutil",
    "pkg",
    "proxy",
    "raft",
    "rafthttp",
    "snap",
    "store",
    "tlsutil",
    "transport",
    "v3rpc",
    "wal",
];

struct Header<'a> {
    time: RawTime,
    severity: Severity,
    package: &'a [u8],
    message: &'a [u8],
}

impl Format for Capnslog {
    fn name(&self) -> &'static str {
        "capnslog"
    }

    fn title(&self) -> &'static str {
        "etcd up to 3.4 (capnslog)"
    }

    fn about(&self) -> &'static str {
        "etcd 2.x to 3.4 by default, also flannel and rook. Local time without a zone, microseconds; raft's own lines have whole seconds."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["coreos/pkg capnslog/formatters.go PrettyFormatter", "etcd-io/etcd raft/logger.go v3.4"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("2026-11-20 10:00:16.254657 I | etcdmain: etcd Version: 3.4.23", "etcd Version: 3.4.23"),
            (
                "raft2026/11/20 10:00:16 INFO: 5149ebdd95c85e89 switched to configuration voters=()",
                "5149ebdd95c85e89 switched to configuration voters=()",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let header = header(line)?;
        Some(Opening::new(Some(header.time), Some(header.severity)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        match self.open(line) {
            Some(opening) => Next::Entry(opening),
            None if matches!(line.first(), Some(b'\t' | b' ')) => Next::JoinUnlessOpened,
            None => Next::End,
        }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(header) = header(entry.text) else { return Body::message(String::from_utf8_lossy(entry.text)) };
        let mut body = Body::message(String::from_utf8_lossy(header.message));
        let package = String::from_utf8_lossy(header.package);
        if package.split('/').next().is_some_and(|first| ETCD.contains(&first)) {
            body.component = Some(Component::Etcd);
        }
        body.push("package", package);
        body
    }
}

fn header(line: &[u8]) -> Option<Header<'_>> {
    if let Some(rest) = line.strip_prefix(b"raft") {
        let (time, end) = stamp::iso(rest)?;
        let rest = rest.get(end..)?.strip_prefix(b" ")?;
        let colon = memchr::memchr(b':', rest.get(..12).unwrap_or(rest))?;
        let severity = Severity::from_label(&rest[..colon])?;
        let message = &rest[colon + 1..];
        return Some(Header { time, severity, package: b"raft", message: message.strip_prefix(b" ").unwrap_or(message) });
    }
    if line.get(10) != Some(&b' ') || line.get(19) != Some(&b'.') {
        return None;
    }
    let (time, end) = stamp::iso(line)?;
    let mut rest = line.get(end..)?.strip_prefix(b" ")?;
    if rest.first() == Some(&b'[') {
        rest = rest.get(memchr::memchr(b']', rest)? + 1..)?.strip_prefix(b" ")?;
    }
    let severity = match rest.first()? {
        b'C' => Severity::FATAL,
        b'E' => Severity::ERROR,
        b'W' => Severity::WARN,
        b'N' | b'I' => Severity::INFO,
        b'D' => Severity::DEBUG,
        b'T' => Severity::TRACE,
        _ => return None,
    };
    let rest = rest.get(1..)?.strip_prefix(b" | ")?;
    let colon = memchr::memmem::find(rest.get(..64).unwrap_or(rest), b": ").filter(|colon| !rest[..*colon].contains(&b' '));
    let (package, message) = colon.map_or((&b""[..], rest), |colon| (&rest[..colon], &rest[colon + 2..]));
    Some(Header { time, severity, package, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Shape;

    #[test]
    fn headers() {
        let debug = header(b"2016-06-27 19:30:21.182302 [raft.go:12] W | etcdserver/api: text: more").unwrap();
        assert_eq!((debug.package, debug.message, debug.time.shape), (&b"etcdserver/api"[..], &b"text: more"[..], Shape::Local));
        assert!(header(b"2026-11-20 10:00:16.254657 I etcdmain: x").is_none());
        assert!(header(b"2026-11-20 10:00:16.254657 X | etcdmain: x").is_none());
        assert!(header(b"raft2026/11/20 10:00:16 ").is_none());
    }
}
