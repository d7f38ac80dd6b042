//! Headers: what mysqld, InnoDB and the crash handler put before a record, in every version.
//!
//! In: a line. Out: its [`Header`], or `None`. Must not know: other lines.
//!
//! | stamp | then | written by |
//! | --- | --- | --- |
//! | `2022-06-13T17:09:17.524536Z` (or an offset) | `0 [System] [MY-010116] [Server]` | MySQL 8.0 and later |
//! | same | `250 [Note]` | MySQL 5.7 |
//! | `2017-12-01 10:19:47` | `5628 [Note]` | MySQL 5.6 (the number is the pid), MariaDB 10.1 and later (the hour is blank padded) |
//! | `2022-06-13 17:09:17.524536` | `[System] [MY-010116]` | MySQL Shell, of performance_schema.error_log: no thread |
//! | `2026-11-20 09:16:26` | `[Note] WSREP: `, `[Note] InnoDB: ` | whoever copied it without the thread |
//! | `Fri Nov 20 03:57:56 2026` | `TokuFT `, `PerconaFT `, `Tokudb ` | the library of TokuDB |
//! | `150907 10:03:57` | `[Note]` | MySQL 5.1, 5.5, MariaDB up to 10.0 |
//! | `110509 17:50:44` | `InnoDB:` | InnoDB up to 5.5, raw |
//! | `2016-01-05 15:48:57` | `7f57003cb700  InnoDB:`, from 5.7 `0x7f57003cb700  InnoDB:` | InnoDB 5.6, 5.7, MariaDB, raw, local time |
//! | `18:41:39 UTC`, from 8.0.31 or 8.0.32 `2024-06-06T07:07:29Z UTC`, in 5.1 `100115 13:40:41` | `- mysqld got signal 6 ;` | crash handler |
//! | `201208 19:25:46` | `[ERROR] /usr/sbin/mariadbd got signal 6 ;` | crash handler of MariaDB, local time |

use memchr::memmem;

use crate::decode::stamp;
use crate::severity::Severity;
use crate::time::{RawTime, SECOND, Shape};

/// What stands before a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header<'a> {
    /// The record's time.
    pub(super) time: RawTime,
    /// The number or address after the stamp.
    pub(super) thread: Option<&'a [u8]>,
    /// What was recognised.
    pub(super) kind: Kind<'a>,
    /// Where the message begins, bytes from the start of the line.
    pub(super) rest: usize,
}

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// An ordinary record.
    Record {
        /// The label's severity.
        severity: Severity,
        /// `MY-010116`.
        code: Option<&'a [u8]>,
        /// The column after the code.
        subsystem: Option<&'a [u8]>,
    },
    /// Text that InnoDB printed past the error log; the message is what follows `InnoDB: `.
    Raw,
    /// The title of a monitor printout.
    Monitor,
    /// The crash handler's first line.
    Crash {
        /// `signal 6`, `exception 0xc0000005`.
        by: &'a [u8],
    },
}

/// Longest program path before `got signal`.
const MAX_PROGRAM: usize = 300;

/// The header at the start of `line`.
pub(super) fn read(line: &[u8]) -> Option<Header<'_>> {
    if !line.first()?.is_ascii_digit() {
        return toku(line);
    }
    if line.get(4) == Some(&b'-') {
        long(line)
    } else if line.get(6) == Some(&b' ') {
        short(line)
    } else if line.get(2) == Some(&b':') {
        of_day(line)
    } else {
        None
    }
}

fn long(line: &[u8]) -> Option<Header<'_>> {
    let (time, at) = stamp::iso(line)?;
    let tail = line.get(at..)?;
    if let Some(text) = tail.strip_prefix(b" UTC - ") {
        return crash(time, text, line);
    }
    let tail = tail.strip_prefix(b" ")?;
    if tail.first() == Some(&b'[') {
        // Others put a word in brackets behind a stamp too; the code and these two are mysqld's alone.
        return labelled(time, tail, line).filter(|header| {
            let text = line.get(header.rest..).unwrap_or_default();
            matches!(header.kind, Kind::Record { code: Some(_), .. }) || text.starts_with(b"WSREP: ") || text.starts_with(b"InnoDB: ")
        });
    }
    let length = tail.iter().position(|byte| *byte == b' ')?;
    let (thread, tail) = tail.split_at(length);
    let hex = thread.strip_prefix(b"0x").unwrap_or(thread);
    if hex.is_empty() || hex.len() > 20 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let tail = tail.trim_ascii_start();
    if tail.first() == Some(&b'[') {
        let header = labelled(time, tail, line)?;
        return thread.iter().all(u8::is_ascii_digit).then_some(Header { thread: Some(thread), ..header });
    }
    Some(Header { thread: Some(thread), ..raw(time, tail, line)? })
}

/// `Fri Nov 20 03:57:56 2026 TokuFT file system space is low`
fn toku(line: &[u8]) -> Option<Header<'_>> {
    const STAMP: usize = 24;
    let rest = STAMP + 1;
    let text = line.get(rest..)?;
    if ![&b"TokuFT "[..], b"PerconaFT ", b"TokuDB ", b"Tokudb "].iter().any(|name| text.starts_with(name)) {
        return None;
    }
    let (time, at) = stamp::ctime(line)?;
    let severity = if memmem::find(text, b" space is ").is_some() { Severity::WARN } else { Severity::INFO };
    (at == STAMP).then_some(Header { time, thread: None, kind: Kind::Record { severity, code: None, subsystem: None }, rest })
}

fn short(line: &[u8]) -> Option<Header<'_>> {
    let (time, at) = stamp::short_date(line)?;
    let tail = line.get(at..)?;
    if let Some(text) = tail.strip_prefix(b" - ") {
        return crash(time, text, line);
    }
    let tail = tail.trim_ascii_start();
    if let Some(text) = tail.strip_prefix(b"[ERROR] ")
        && let Some(header) = crash(time, text, line)
    {
        return Some(header);
    }
    if tail.first() == Some(&b'[') { labelled(time, tail, line) } else { raw(time, tail, line) }
}

fn of_day(line: &[u8]) -> Option<Header<'_>> {
    let (hour, minute, second) = stamp::clock(line, 0, false)?;
    let text = line.get(8..)?.strip_prefix(b" UTC - ")?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ns = (i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59))) * SECOND;
    crash(RawTime { shape: Shape::DayUtc, ns, precision_ns: SECOND }, text, line)
}

/// `[Label] message`, with MySQL 8.0's code and subsystem between them.
fn labelled<'a>(time: RawTime, tail: &'a [u8], line: &'a [u8]) -> Option<Header<'a>> {
    let Label { severity, code, subsystem, rest } = Label::read(tail)?;
    Some(Header { time, thread: None, kind: Kind::Record { severity, code, subsystem }, rest: line.len() - tail.len() + rest })
}

/// What stands between a record's stamp and its message.
pub(super) struct Label<'a> {
    /// The severity it states.
    pub(super) severity: Severity,
    /// `MY-010116`.
    pub(super) code: Option<&'a [u8]>,
    /// The column after the code.
    pub(super) subsystem: Option<&'a [u8]>,
    /// Where the message begins, bytes from the start of the label.
    pub(super) rest: usize,
}

impl<'a> Label<'a> {
    /// The label at the start of `text`.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let (label, mut tail) = bracketed(text, 8)?;
        if ![&b"System"[..], b"Error", b"Warning", b"Note"].iter().any(|known| label.eq_ignore_ascii_case(known)) {
            return None;
        }
        let severity = Severity::from_label(label)?;
        let (mut code, mut subsystem) = (None, None);
        if let Some((found, rest)) = tail.strip_prefix(b" ").and_then(|tail| bracketed(tail, 9))
            && found.strip_prefix(b"MY-").is_some_and(|digits| digits.len() == 6 && digits.iter().all(u8::is_ascii_digit))
        {
            (code, tail) = (Some(found), rest);
            if let Some((found, rest)) = tail.strip_prefix(b" ").and_then(|tail| bracketed(tail, 24)) {
                (subsystem, tail) = (Some(found), rest);
            }
        }
        let tail = match tail {
            [] => tail,
            [b' ', rest @ ..] => rest,
            _ => return None,
        };
        Some(Self { severity, code, subsystem, rest: text.len() - tail.len() })
    }
}

fn raw<'a>(time: RawTime, tail: &'a [u8], line: &'a [u8]) -> Option<Header<'a>> {
    if let Some(text) = tail.strip_prefix(b"InnoDB: ") {
        return Some(Header { time, thread: None, kind: Kind::Raw, rest: line.len() - text.len() });
    }
    tail.starts_with(b"INNODB MONITOR OUTPUT").then_some(Header { time, thread: None, kind: Kind::Monitor, rest: line.len() - tail.len() })
}

/// `mysqld got signal 6 ;`
fn crash<'a>(time: RawTime, text: &'a [u8], line: &'a [u8]) -> Option<Header<'a>> {
    let window = text.get(..MAX_PROGRAM).unwrap_or(text);
    let at = memmem::find(window, b" got ")?;
    let by = text.get(at + 5..)?.trim_ascii_end().strip_suffix(b" ;")?;
    let number = by.strip_prefix(b"signal ").map(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit));
    let address = by.strip_prefix(b"exception 0x").map(|number| !number.is_empty() && number.iter().all(u8::is_ascii_hexdigit));
    if at == 0 || !(number == Some(true) || address == Some(true)) {
        return None;
    }
    Some(Header { time, thread: None, kind: Kind::Crash { by }, rest: line.len() - text.len() })
}

/// `[text]` of at most `longest` bytes at the start of `tail`, and what follows.
fn bracketed(tail: &[u8], longest: usize) -> Option<(&[u8], &[u8])> {
    let inner = tail.strip_prefix(b"[")?;
    let end = inner.iter().take(longest + 1).position(|byte| *byte == b']')?;
    Some((inner.get(..end)?, inner.get(end + 1..)?))
}

impl Header<'_> {
    /// The severity the record states, or that its kind means.
    pub(super) fn severity(&self, line: &[u8]) -> Option<Severity> {
        let text = line.get(self.rest..).unwrap_or_default();
        match self.kind {
            Kind::Record { severity, .. } => {
                let text = text.strip_prefix(b"InnoDB: ").unwrap_or(text);
                Some(if severity >= Severity::ERROR && text.starts_with(b"[FATAL]") { Severity::FATAL } else { severity })
            }
            Kind::Raw => severity_of_raw(text),
            Kind::Monitor => None,
            Kind::Crash { .. } => Some(Severity::FATAL),
        }
    }
}

/// The severity that raw InnoDB text begins with.
pub(super) fn severity_of_raw(text: &[u8]) -> Option<Severity> {
    const STARTS: &[(&[u8], Severity)] = &[
        (b"Error", Severity::ERROR),
        (b"Warning", Severity::WARN),
        (b"Assertion failure", Severity::FATAL),
        (b"Fatal", Severity::FATAL),
        (b"[FATAL]", Severity::FATAL),
    ];
    STARTS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, severity)| *severity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    fn shown(line: &str) -> String {
        let Some(header) = read(line.as_bytes()) else { return "none".into() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let thread = header.thread.map_or("-".into(), text);
        let kind = match header.kind {
            Kind::Record { severity, code, subsystem } => {
                format!("record {} {} {}", severity.name(), code.map_or("-".into(), text), subsystem.map_or("-".into(), text))
            }
            Kind::Raw => "raw".into(),
            Kind::Monitor => "monitor".into(),
            Kind::Crash { by } => format!("crash {}", text(by)),
        };
        format!("{:?} {} {thread} {kind} | {}", header.time.shape, Stamp::exact(header.time.ns), text(&line.as_bytes()[header.rest..]))
    }

    #[test]
    fn headers_of_every_version() {
        for (line, expected) in [
            (
                "2022-06-13T17:09:17.524536Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.29) starting as process 1",
                "Zoned 2022-06-13T17:09:17.524536Z 0 record info MY-010116 Server | /usr/sbin/mysqld (mysqld 8.0.29) starting as process 1",
            ),
            (
                "2026-11-20T17:09:17.5+08:00 7 [Warning] [MY-010055] [Server] x",
                "Zoned 2026-11-20T09:09:17.500000Z 7 record warn MY-010055 Server | x",
            ),
            (
                "2026-11-20T09:09:17.000000Z 0 [Note] [MY-000000] [WSREP-SST] x",
                "Zoned 2026-11-20T09:09:17.000000Z 0 record info MY-000000 WSREP-SST | x",
            ),
            (
                "2018-08-30T10:43:28.531323+08:00 250 [Note] Aborted connection 250",
                "Zoned 2018-08-30T02:43:28.531323Z 250 record info - - | Aborted connection 250",
            ),
            ("2017-12-01 10:19:47.123456 [Error] [MY-010596] x", "Local 2017-12-01T10:19:47.123456Z - record error MY-010596 - | x"),
            ("2017-12-01 10:19:47 [Error] x", "none"),
            ("2017-12-01 10:19:47 [Note] WSREP: x", "Local 2017-12-01T10:19:47.000000Z - record info - - | WSREP: x"),
            ("Fri Nov 20 03:57:56 2026 TokuFT x", "Local 2026-11-20T03:57:56.000000Z - record info - - | TokuFT x"),
            ("Fri Nov 20 03:57:56 2026 [conn] TokuFT x", "none"),
            ("2017-12-01 10:19:47 5628 [Note] x", "Local 2017-12-01T10:19:47.000000Z 5628 record info - - | x"),
            ("2022-11-19  1:00:34 14 [Warning] x", "Local 2022-11-19T01:00:34.000000Z 14 record warn - - | x"),
            ("2016-02-11 14:26:21 139875744401408 [Note] x", "Local 2016-02-11T14:26:21.000000Z 139875744401408 record info - - | x"),
            ("150907 10:03:57 [Note] x", "Local 2015-09-07T10:03:57.000000Z - record info - - | x"),
            ("080204  7:05:53 [ERROR] x", "Local 2008-02-04T07:05:53.000000Z - record error - - | x"),
            ("110509 17:50:44  InnoDB: Assertion failure in thread 1", "Local 2011-05-09T17:50:44.000000Z - raw | Assertion failure in thread 1"),
            ("100115 13:40:41InnoDB: x", "Local 2010-01-15T13:40:41.000000Z - raw | x"),
            ("2016-01-05 15:48:57 7f57003cb700  InnoDB: x", "Local 2016-01-05T15:48:57.000000Z 7f57003cb700 raw | x"),
            ("2022-04-01 02:41:39 0x7ef86ecfb700  InnoDB: x", "Local 2022-04-01T02:41:39.000000Z 0x7ef86ecfb700 raw | x"),
            (
                "2026-11-20 09:29:56 139759319037632 INNODB MONITOR OUTPUT",
                "Local 2026-11-20T09:29:56.000000Z 139759319037632 monitor | INNODB MONITOR OUTPUT",
            ),
            ("110509 17:50:44 INNODB MONITOR OUTPUT", "Local 2011-05-09T17:50:44.000000Z - monitor | INNODB MONITOR OUTPUT"),
            ("18:41:39 UTC - mysqld got signal 6 ;", "DayUtc 1970-01-01T18:41:39.000000Z - crash signal 6 | mysqld got signal 6 ;"),
            ("100115 13:40:41 - mysqld got signal 11 ;", "Local 2010-01-15T13:40:41.000000Z - crash signal 11 | mysqld got signal 11 ;"),
            (
                "2024-06-06T07:07:29Z UTC - mysqld got exception 0xc0000005 ;",
                "Zoned 2024-06-06T07:07:29.000000Z - crash exception 0xc0000005 | mysqld got exception 0xc0000005 ;",
            ),
            (
                "261120  9:26:39 [ERROR] /usr/sbin/mariadbd got signal 11 ;",
                "Local 2026-11-20T09:26:39.000000Z - crash signal 11 | /usr/sbin/mariadbd got signal 11 ;",
            ),
            ("261120  9:26:39 [ERROR] Got signal 15 from nobody", "Local 2026-11-20T09:26:39.000000Z - record error - - | Got signal 15 from nobody"),
            ("2026-11-20T09:10:08.559127Z 0 [Note]", "Zoned 2026-11-20T09:10:08.559127Z 0 record info - - | "),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_header() {
        for line in [
            "",
            "2",
            "2026-11-20T09:10:08Z",
            "2026-11-20T09:10:08Z 0 [Info] x",
            "2026-11-20 09:10:08+00:00 [Note] [Entrypoint]: x",
            "2026-11-20 09:14:30 0x7f54b5e166c0",
            "2026-11-20 09:14:30 0x7f54b5e166c0 Transaction:",
            "2026-11-20 09:14:30 abc [Note] x",
            "190810 05:34:46 mysqld_safe Starting mysqld daemon",
            "18:41:39 INFO  ==> x",
            "18:41:39 UTC - mysqld got signal ;",
            "18:41:39 UTC - got signal 6 ;",
            "25:41:39 UTC - mysqld got signal 6 ;",
            "2026-13-20T09:10:08Z 0 [Note] x",
        ] {
            assert_eq!(shown(line), "none", "{line}");
        }
    }
}
