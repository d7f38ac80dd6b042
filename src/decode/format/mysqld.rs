//! mysqld's error log: MySQL, Percona Server, Percona XtraDB Cluster and MariaDB from 5.1 to 9.x.
//!
//! In: lines. Out: entries, crash blocks and InnoDB's multi-line texts as one each, with bodies that are alike for all versions. Must not
//! know: envelopes, the JSON sink, the scripts around the server.

mod assertion;
mod block;
mod crash;
mod glued;
mod header;
pub(super) mod message;
mod samples;
mod statement;
#[cfg(test)]
mod tests;
mod version;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use self::block::Phase;
use self::glued::locate;
use self::header::{Header, Kind};
use self::samples::SAMPLES;
use crate::decode::{Body, Entry, Format, Head, Next, Opening};

pub use self::version::stated_version;

/// The error log of the server.
#[derive(Debug)]
pub struct Mysqld;

impl Format for Mysqld {
    fn name(&self) -> &'static str {
        "mysqld"
    }

    fn title(&self) -> &'static str {
        "mysqld error log"
    }

    fn about(&self) -> &'static str {
        "The error log of MySQL, Percona Server and MariaDB. UTC or an offset from 5.7 on; local time without zone before and in MariaDB, \
         and in what InnoDB prints raw. Crash lines up to 8.0.30 have only a time of day in UTC. 8.0 and later leave notes out unless log_error_verbosity is 3."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "mysql-server sql/server_component/log_sink_trad.cc (8.0.16, 8.0.40)",
            "mysql-server sql/log.cc (5.5, 5.6, 5.7)",
            "mysql-server sql/signal_handler.cc (5.5 to 8.4)",
            "mysql-server storage/innobase/ut/ut0dbg.cc, ut0ut.cc (5.5 to 8.4)",
            "MariaDB sql/log.cc, sql/signal_handler.cc (10.x, 11.x)",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        SAMPLES
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if let Some((at, header)) = locate(line) {
            return Some(opening(line, at, &header));
        }
        statement::read(line).map(|found| Opening::new(None, found.severity))
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        match block::phase(entry) {
            None => after_record(entry, line),
            Some(Phase::Query(crash)) if block::query_follows(&crash, line) => Next::Join,
            Some(Phase::Ended) => match self.open(line) {
                Some(opening) => Next::Entry(opening),
                None if block::after_end(line) => Next::Join,
                None => Next::End,
            },
            Some(Phase::Assertion) if matches!(locate(line), Some((0, Header { kind: Kind::Crash { .. }, .. }))) => Next::Join,
            Some(_) if line.starts_with(b"InnoDB: ") && locate(line).is_none() => Next::Join,
            Some(_) => self.open(line).map_or(Next::JoinUnlessOpened, Next::Entry),
        }
    }

    fn parts(&self, entry: &Entry<'_>) -> Vec<(Range<usize>, Head)> {
        let head = |range: &Range<usize>| match range.start {
            0 => Some(entry.head),
            _ => entry.text.get(range.clone()).and_then(|text| self.open(block::first_line(text))).map(|opening| opening.head),
        };
        let lives = glued::lives(entry.text);
        if lives.is_empty() || block::phase(entry.text).is_some() {
            return Vec::new();
        }
        lives.into_iter().map(|range| (range.clone(), head(&range).unwrap_or_default())).collect()
    }

    /// A crash block quotes a statement, which may hold lines that look like records.
    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        match std::str::from_utf8(entry.text) {
            Ok(text) => read(text),
            Err(_) => owned(read(&String::from_utf8_lossy(entry.text))),
        }
    }
}

/// The opening of a line with a header.
fn opening(line: &[u8], at: usize, header: &Header<'_>) -> Opening {
    Opening::new(Some(header.time), header.severity(line.get(at..).unwrap_or_default()))
}

/// What becomes of a line behind an ordinary record.
fn after_record(entry: &[u8], line: &[u8]) -> Next {
    if let Some((at, header)) = locate(line) {
        let joins = header.kind == Kind::Monitor && introduces_monitor(entry);
        return if joins { Next::Join } else { Next::Entry(opening(line, at, &header)) };
    }
    let Some(found) = statement::read(line).or_else(|| statement::labelled(line)) else {
        return if line.is_empty() || is_monitor_time(line) { Next::Join } else { Next::JoinUnlessOpened };
    };
    // Raw text goes on with what was said, unless it brings a word of its own.
    let goes_on = match line.trim_ascii_start().strip_prefix(b"InnoDB: ") {
        Some(text) => found.severity.is_none() && !block::asserts(text),
        None => line.starts_with(b"Version: '"),
    };
    if goes_on { Next::Join } else { Next::Entry(Opening::new(None, found.severity)) }
}

/// Whether an entry announces the monitor printout that follows.
fn introduces_monitor(entry: &[u8]) -> bool {
    let end = entry.get(entry.len().saturating_sub(400)..).unwrap_or_default();
    [&b"###### Starts InnoDB Monitor"[..], b"InnoDB: Pending preads"].iter().any(|mark| memmem::find(end, mark).is_some())
}

/// `2026-11-20 09:14:30 0x7f54b5e166c0` over a deadlock or a foreign key error inside a monitor printout.
fn is_monitor_time(line: &[u8]) -> bool {
    line.get(..2) == Some(b"20")
        && line.get(10) == Some(&b' ')
        && line.get(19) == Some(&b' ')
        && line.get(20..).is_some_and(|tail| {
            let thread = tail.strip_prefix(b"0x").unwrap_or(tail);
            let digits = thread.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            digits >= 8 && matches!(thread.get(digits..), Some(b"" | b" " | b" Transaction:"))
        })
}

/// The body of an entry's text.
fn read(text: &str) -> Body<'_> {
    let first = block::first_line(text.as_bytes());
    let found = locate(first);
    let cut = if found.is_none() { header::Label::read(first) } else { None };
    let without_stamp = cut.as_ref().map_or(first.len() - statement::unrung(first).trim_ascii_start().len(), |label| label.rest);
    let message_at = found.map_or(without_stamp, |(at, header)| at + header.rest);
    let block = block::phase(text.as_bytes()).is_some();
    let (code, subsystem, raw) = match found.map(|(_, header)| header.kind) {
        Some(Kind::Record { code, subsystem, .. }) => (code, subsystem, false),
        Some(Kind::Raw | Kind::Monitor) => (None, None, true),
        Some(Kind::Crash { .. }) => (None, None, false),
        None => cut.map_or((None, None, false), |label| (label.code, label.subsystem, false)),
    };
    let ascii = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    let rest = text.get(message_at..).unwrap_or_default();
    let mut query = None;
    let message: Cow<'_, str> = if block {
        let (kept, found) = without_query(text, message_at);
        query = found;
        Cow::Owned(kept)
    } else if rest.contains("\nInnoDB: ") {
        Cow::Owned(rest.replace("\nInnoDB: ", "\n"))
    } else {
        Cow::Borrowed(rest)
    };
    let subsystem = subsystem.map(ascii).or(raw.then_some("InnoDB"));
    let mut body = message::body(&message, subsystem.map(Cow::Borrowed), block);
    body.code = code.map(|code| Cow::Borrowed(ascii(code)));
    if let Some(thread) = found.and_then(|(_, header)| header.thread) {
        body.push("thread", ascii(thread));
    }
    if let Some(at) = block.then(|| signal_at(text)).flatten() {
        let line = text.get(at..).and_then(|tail| tail.lines().next()).unwrap_or_default();
        let stamp = [" - ", " [ERROR]"].iter().find_map(|mark| line.split_once(mark)).map_or("", |(stamp, _)| stamp);
        let stamp = stamp.strip_suffix("Z UTC").map_or(Cow::Borrowed(stamp), |stamp| Cow::Owned(format!("{stamp}Z")));
        body.push("crash_time", stamp);
    }
    if let Some(query) = query.filter(|query| !query.is_empty() && !query.starts_with("is an invalid pointer")) {
        body.push("query", query);
    }
    body
}

/// Where the signal line of a block stands in its entry.
fn signal_at(text: &str) -> Option<usize> {
    match locate(block::first_line(text.as_bytes())) {
        Some((at, Header { kind: Kind::Crash { .. }, .. })) => Some(at),
        _ => block::signal_line(text.as_bytes()).map(|(at, _)| at),
    }
}

/// A block's lines from `message_at` on, without stamps and `InnoDB: `, the quoted statement apart.
fn without_query(text: &str, message_at: usize) -> (String, Option<&str>) {
    let found = signal_at(text).and_then(|at| {
        let found = block::query(text.as_bytes().get(at..)?)?;
        Some((at + found.start, at + found.end))
    });
    let (head, query, tail) = match found {
        Some((start, end)) => (text.get(message_at..start), text.get(start..end), text.get(end..).unwrap_or_default()),
        None => (text.get(message_at..), None, ""),
    };
    let mut kept = String::with_capacity(text.len().min(16 << 10));
    for (at, line) in head.unwrap_or_default().split('\n').enumerate() {
        if at > 0 {
            kept.push('\n');
        }
        let line = line.strip_prefix("InnoDB: ").filter(|_| at > 0).unwrap_or(line);
        let crash = header::read(line.as_bytes()).filter(|header| matches!(header.kind, Kind::Crash { .. }));
        kept.push_str(crash.and_then(|header| line.get(header.rest..)).unwrap_or(line));
    }
    kept.push_str(tail);
    (kept, query.map(str::trim_end))
}

/// A body that borrows nothing.
fn owned(body: Body<'_>) -> Body<'static> {
    let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    Body {
        message: own(body.message),
        code: body.code.map(own),
        fields: body.fields.into_iter().map(|(key, value)| (own(key), own(value))).collect(),
        component: body.component,
    }
}
