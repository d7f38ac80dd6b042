//! The entrypoint scripts of the official mysql and mariadb images.
//!
//! In: lines. Out: entries. Must not know: the server's own records.

use std::borrow::Cow;

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Opening, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// Lines of the image's entrypoint.
#[derive(Debug)]
pub struct MysqlEntrypoint;

const MARK: &[u8] = b" [Entrypoint]: ";

impl Format for MysqlEntrypoint {
    fn name(&self) -> &'static str {
        "mysql-entrypoint"
    }

    fn title(&self) -> &'static str {
        "Entrypoint of the mysql and mariadb images"
    }

    fn about(&self) -> &'static str {
        "What docker-entrypoint.sh says before mysqld runs, and around the temporary server of the first start. Always with an offset. \
         Output of its commands has no stamp and follows the line before."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["docker-library/mysql docker-entrypoint.sh", "MariaDB/mariadb-docker docker-entrypoint.sh"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "2026-11-20 17:18:35+08:00 [Note] [Entrypoint]: Entrypoint script for MySQL Server 8.0.34-1.el8 started.",
                "Entrypoint script for MySQL Server 8.0.34-1.el8 started.",
            ),
            (
                "2026-11-20 09:18:35+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following",
                "Database is uninitialized and password option is not specified\n    You need to specify one of the following",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        read(line).map(|(time, severity, _)| Opening::new(Some(time), Some(severity)))
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let at = read(entry.text).map_or(0, |(_, _, at)| at);
        let message = match String::from_utf8_lossy(entry.text.get(at..).unwrap_or_default()) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
            Cow::Owned(text) => Cow::Owned(text.trim_end().to_owned()),
        };
        Body { component: Some(Component::MysqldSafe), ..Body::message(message) }
    }
}

/// Stamp, severity and where the message begins.
fn read(line: &[u8]) -> Option<(RawTime, Severity, usize)> {
    if !line.first()?.is_ascii_digit() || line.get(10) != Some(&b' ') {
        return None;
    }
    let (time, at) = stamp::iso(line)?;
    let label = line.get(at..)?.strip_prefix(b" [")?;
    let length = label.iter().take(8).position(|byte| *byte == b']')?;
    let severity = Severity::from_label(label.get(..length)?)?;
    label.get(length + 1..)?.starts_with(MARK).then_some((time, severity, at + 3 + length + MARK.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    #[test]
    fn labels_and_offsets() {
        let line = b"2023-09-25 02:18:35+02:00 [Warn] [Entrypoint]: /sys/fs/cgroup not writable";
        let (time, severity, at) = read(line).unwrap();
        assert_eq!((Stamp::exact(time.ns).to_string(), severity), ("2023-09-25T00:18:35.000000Z".into(), Severity::WARN));
        assert!(line[at..].starts_with(b"/sys/fs"));
        assert_eq!(read(b"2023-09-25 02:18:35+02:00 [Note] [Server]: x"), None);
        assert_eq!(read(b"2023-09-25 02:18:35 0 [Note] x"), None);
    }
}
