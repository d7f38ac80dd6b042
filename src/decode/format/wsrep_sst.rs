//! State transfer scripts of Galera (`wsrep_sst_rsync`, `wsrep_sst_mariabackup`, `wsrep_sst_xtrabackup-v2`).
//!
//! In: lines. Out: entries. Must not know: the server's own records.

use memchr::memrchr;

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Opening, stamp};
use crate::severity::Severity;
use crate::time::{RawTime, civil_ns};

/// Lines such as `WSREP_SST: [INFO] Tables flushed (20261120 10:00:00.123)`.
#[derive(Debug)]
pub struct WsrepSst;

impl Format for WsrepSst {
    fn name(&self) -> &'static str {
        "wsrep-sst"
    }

    fn title(&self) -> &'static str {
        "Galera state transfer scripts"
    }

    fn about(&self) -> &'static str {
        "What the scripts of a state snapshot transfer print into the error log of MariaDB and Percona XtraDB Cluster. The stamp stands at the end, local time."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["MariaDB scripts/wsrep_sst_common.sh (10.x)"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("WSREP_SST: [INFO] rsync SST started on joiner (20261120 10:00:00.123)", "rsync SST started on joiner"),
            (
                "WSREP_SST: [ERROR] Removing /data//.sst/xtrabackup_galera_info file due to signal",
                "Removing /data//.sst/xtrabackup_galera_info file due to signal",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let (severity, _) = read(line)?;
        Some(Opening::new(stamp_at_end(line).map(|(time, _)| time), severity))
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let first = entry.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let from = read(first).map_or(0, |(_, at)| at);
        let to = stamp_at_end(first).map_or(first.len(), |(_, at)| at);
        let mut message = String::from_utf8_lossy(first.get(from..to).unwrap_or_default()).trim_end().to_owned();
        message.push_str(&String::from_utf8_lossy(entry.text.get(first.len()..).unwrap_or_default()));
        let length = message.trim_end().len();
        message.truncate(length);
        let mut body = Body { component: Some(Component::Mysqld), ..Body::message(message) };
        body.push("subsystem", "WSREP-SST");
        body
    }
}

/// Severity and where the message begins.
fn read(line: &[u8]) -> Option<(Option<Severity>, usize)> {
    let tail = line.strip_prefix(b"WSREP_SST: ")?;
    let label = tail.strip_prefix(b"[").and_then(|label| Some((label, label.iter().take(10).position(|byte| *byte == b']')?)));
    let Some((label, length)) = label else { return Some((None, line.len() - tail.len())) };
    let severity = Severity::from_label(label.get(..length)?);
    Some((severity, line.len() - label.get(length + 1..)?.trim_ascii_start().len()))
}

/// `(20261120 10:00:00.123)` at the end: the time, and where it begins.
fn stamp_at_end(line: &[u8]) -> Option<(RawTime, usize)> {
    let line = line.trim_ascii_end();
    let at = memrchr(b'(', line)?;
    let stamp = line.get(at + 1..)?.strip_suffix(b")")?;
    let number = |from: usize, to: usize| {
        let digits = stamp.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    if stamp.get(8) != Some(&b' ') {
        return None;
    }
    let (hour, minute, second) = stamp::clock(stamp, 9, false)?;
    let (nanos, precision, length) = stamp::fraction(stamp, 17);
    let ns = civil_ns(number(0, 4)? as i32, number(4, 6)?, number(6, 8)?, hour, minute, second, nanos)?;
    (stamp.len() == 17 + length).then_some((RawTime::local(ns, precision), at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    #[test]
    fn the_stamp_stands_at_the_end() {
        let opening = WsrepSst.open(b"WSREP_SST: [ERROR] rsync returned code 12 (x): (20261120 10:00:00.123)").unwrap();
        assert_eq!(opening.head.severity, Some(Severity::ERROR));
        assert_eq!(opening.head.time.map(|time| Stamp::exact(time.ns).to_string()), Some("2026-11-20T10:00:00.123000Z".into()));
        assert_eq!(WsrepSst.open(b"WSREP_SST: [INFO] (20261320 10:00:00.123)").unwrap().head.time, None);
        assert_eq!(WsrepSst.open(b"WSREP: x"), None);
    }
}
