//! `mysqld_safe`, the script that starts mysqld again when it ends.
//!
//! In: lines. Out: entries. Must not know: the server's own records.

use std::borrow::Cow;

use memchr::memmem;

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Opening, stamp};
use crate::time::RawTime;

/// Lines of the wrapper script.
#[derive(Debug)]
pub struct MysqldSafe;

/// Names under which the script writes.
const NAMES: &[&[u8]] = &[b"mysqld_safe ", b"mariadbd-safe ", b"mariadb-safe "];

impl Format for MysqldSafe {
    fn name(&self) -> &'static str {
        "mysqld-safe"
    }

    fn title(&self) -> &'static str {
        "mysqld_safe"
    }

    fn about(&self) -> &'static str {
        "The wrapper script of MySQL and MariaDB. Local time without zone, from 5.7 on UTC; --mysqld-safe-log-timestamps gives other styles. \
         The shell's own words about a killed server have no stamp."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["mysql-server scripts/mysqld_safe.sh (5.5 to 8.0)", "MariaDB scripts/mysqld_safe.sh (10.x)"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("261120 09:05:45 mysqld_safe Number of processes running now: 0", "Number of processes running now: 0"),
            ("2019-03-04T13:42:20.6NZ mysqld_safe Logging to '/var/log/mysqld.log'.", "Logging to '/var/log/mysqld.log'."),
            ("2026-11-20 09:05:45 mysqld_safe mysqld restarted", "mysqld restarted"),
            ("080204 17:05:53  mysqld started", "mysqld started"),
            (
                "/usr/bin/mysqld_safe: line 183: 23716 Killed                  nohup /usr/sbin/mysqld --user=mysql < /dev/null",
                "/usr/bin/mysqld_safe: line 183: 23716 Killed                  nohup /usr/sbin/mysqld --user=mysql < /dev/null",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        read(line).map(|(time, _)| Opening::new(time, None))
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let first = entry.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let at = read(first).map_or(0, |(_, at)| at);
        let message = String::from_utf8_lossy(entry.text.get(at..).unwrap_or_default());
        let message = match message {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
            Cow::Owned(text) => Cow::Owned(text.trim_end().to_owned()),
        };
        Body { component: Some(Component::MysqldSafe), ..Body::message(message) }
    }
}

/// The stamp of the script's line and where its message begins.
fn read(line: &[u8]) -> Option<(Option<RawTime>, usize)> {
    match line.first()? {
        b'0'..=b'9' => stamped(line),
        b'/' => {
            let window = line.get(..120).unwrap_or(line);
            let name = [&b"/mysqld_safe: line "[..], b"/mariadbd-safe: line "].iter().any(|name| memmem::find(window, name).is_some());
            name.then_some((None, 0))
        }
        _ => None,
    }
}

fn stamped(line: &[u8]) -> Option<(Option<RawTime>, usize)> {
    let (time, at) = if line.get(6) == Some(&b' ') { stamp::short_date(line)? } else { macos(stamp::iso(line)?, line) };
    let tail = line.get(at..)?.strip_prefix(b" ")?;
    if let Some(name) = NAMES.iter().find(|name| tail.starts_with(name)) {
        return Some((Some(time), at + 1 + name.len()));
    }
    // The script of 5.0 does not name itself.
    let old = [&b" mysqld started"[..], b" mysqld ended", b" mysqld restarted"].contains(&tail);
    (old && line.get(6) == Some(&b' ')).then_some((Some(time), at + 2))
}

/// `date` of macOS does not know `%06N` and prints `6N`: `20.6NZ` is second 20 in UTC, without a fraction.
fn macos((time, at): (RawTime, usize), line: &[u8]) -> (RawTime, usize) {
    let Some(tail) = line.get(at..).and_then(|tail| tail.strip_prefix(b"N")) else { return (time, at) };
    let ns = time.ns - time.ns.rem_euclid(crate::time::SECOND);
    match stamp::zone(tail, 0) {
        Some((east, length)) => (RawTime::zoned(ns - east * crate::time::SECOND, crate::time::SECOND), at + 1 + length),
        None => (RawTime::local(ns, crate::time::SECOND), at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Shape, Stamp};

    #[test]
    fn stamps_of_every_style() {
        for (line, shape, time) in [
            ("190810 05:34:46 mysqld_safe x", Shape::Local, "2019-08-10T05:34:46.000000Z"),
            ("2019-03-04T13:42:20.6NZ mysqld_safe x", Shape::Zoned, "2019-03-04T13:42:20.000000Z"),
            ("2019-03-04T13:42:20.6N+08:00 mysqld_safe x", Shape::Zoned, "2019-03-04T05:42:20.000000Z"),
            ("2019-03-04T13:42:20.123456Z mysqld_safe x", Shape::Zoned, "2019-03-04T13:42:20.123456Z"),
            ("2019-03-04 13:42:20 mysqld_safe x", Shape::Local, "2019-03-04T13:42:20.000000Z"),
            ("080204 17:05:53  mysqld ended", Shape::Local, "2008-02-04T17:05:53.000000Z"),
        ] {
            let (found, _) = read(line.as_bytes()).unwrap();
            let found = found.unwrap();
            assert_eq!((found.shape, Stamp::exact(found.ns).to_string()), (shape, time.to_owned()), "{line}");
        }
        for line in [
            "190810 05:34:46 [Note] x",
            "2019-03-04T13:42:20Z 0 [Note] mysqld_safe x",
            "/usr/bin/mysqld_safe",
            "190810 05:34:46  mysqld started twice",
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
