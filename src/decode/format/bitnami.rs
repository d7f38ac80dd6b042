//! The start scripts of Bitnami's images.
//!
//! In: lines. Out: entries. Must not know: the records of the program inside.

use std::borrow::Cow;

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Opening, stamp};
use crate::severity::Severity;
use crate::time::{RawTime, SECOND, Shape};

/// Lines such as `mysql 18:27:41.52 INFO  ==> Stopping mysql`.
#[derive(Debug)]
pub struct Bitnami;

/// Longest module name.
const MAX_NAME: usize = 40;

impl Format for Bitnami {
    fn name(&self) -> &'static str {
        "bitnami"
    }

    fn title(&self) -> &'static str {
        "Start scripts of Bitnami images"
    }

    fn about(&self) -> &'static str {
        "What the scripts in Bitnami's images print around the program. Time of day in the container's zone, no date. Field `module` names the image."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["bitnami/containers prebuildfs/opt/bitnami/scripts/liblog.sh"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("mysql 18:27:41.52 INFO  ==> Stopping mysql", "Stopping mysql"),
            ("\u{1b}[38;5;6mmariadb \u{1b}[38;5;5m09:27:41.52 \u{1b}[0m\u{1b}[38;5;3mWARN \u{1b}[0m ==> x", "x"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        match line.first()? {
            b'a'..=b'z' => read(line).map(|found| Opening::new(Some(found.time), found.severity)),
            0x1b if line.starts_with(b"\x1b[38;5;6m") => {
                read(&plain(line.get(..400).unwrap_or(line))).map(|found| Opening::new(Some(found.time), found.severity))
            }
            _ => None,
        }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let text = plain(entry.text);
        let Some(found) = read(&text) else { return Body::message(String::from_utf8_lossy(entry.text)) };
        let message = String::from_utf8_lossy(text.get(found.rest..).unwrap_or_default()).trim_end().to_owned();
        let module = String::from_utf8_lossy(text.get(..found.name).unwrap_or_default()).into_owned();
        let mut body = Body::message(message);
        let database = ["mysql", "mariadb", "percona"].iter().any(|known| module.starts_with(known));
        body.component = database.then_some(Component::MysqldSafe);
        body.push("module", module);
        body
    }
}

struct Found {
    time: RawTime,
    severity: Option<Severity>,
    name: usize,
    rest: usize,
}

fn read(line: &[u8]) -> Option<Found> {
    let name = line.iter().take(MAX_NAME).position(|byte| *byte == b' ')?;
    let at = name + 1;
    let (hour, minute, second) = stamp::clock(line, at, false)?;
    let (nanos, precision_ns, length) = stamp::fraction(line, at + 8);
    let sound = line.iter().take(name).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if length != 3 || !sound || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ns = (i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59))) * SECOND + i64::from(nanos);
    let time = RawTime { shape: Shape::DayLocal, ns, precision_ns };
    let label_at = at + 12;
    let tail = line.get(label_at..)?;
    let label = tail.split(|byte| *byte == b' ').next()?;
    let after = tail.get(label.len()..)?.trim_ascii_start().strip_prefix(b"==> ")?;
    let severity = Severity::from_label(label)?;
    Some(Found { time, severity: Some(severity), name, rest: line.len() - after.len() })
}

/// Without colour sequences.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&0x1b) {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte == 0x1b && tail.first() == Some(&b'[') {
            let length = tail.iter().take(32).position(|byte| *byte == b'm');
            rest = length.and_then(|length| tail.get(length + 1..)).unwrap_or(tail);
        } else {
            kept.push(*byte);
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_day_and_label() {
        let found = read(b"mariadb-galera 18:27:41.52 ERROR ==> x").unwrap();
        assert_eq!((found.time.shape, found.severity, found.name), (Shape::DayLocal, Some(Severity::ERROR), 14));
        assert_eq!((found.time.ns, found.time.precision_ns), (66_461 * SECOND + 520_000_000, 10_000_000));
        for line in ["mysql 18:27:41 INFO  ==> x", "mysql 18:27:41.52 x", "mysql 99:27:41.52 INFO ==> x", "my/sql 18:27:41.52 INFO ==> x", "mysql"] {
            assert!(read(line.as_bytes()).is_none(), "{line}");
        }
    }
}
