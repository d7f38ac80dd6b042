//! Crash blocks: which lines belong to a server's death.
//!
//! In: the open entry and, by [`query_follows`], the line after it. Out: how far the block has come. Must not know: fields, bodies.
//!
//! A block begins with an assertion or with the handler's `got signal` line. The statement that it quotes is the user's own text: it may hold
//! line ends and whole forged records, so nothing in it counts until `Connection ID (thread ID):` (before 10.6 or so also MariaDB) or
//! `Optimizer switch:` (MariaDB, which prints the ids first).

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memmem, memrchr};

use super::glued::locate;
use super::header::{Header, Kind, read};
use super::statement;
use crate::time::{SECOND, Shape};

/// How far a crash block has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase<'a> {
    /// An assertion, not yet the signal.
    Assertion,
    /// After the signal line.
    Open,
    /// Inside the quoted statement of the crash whose signal line had this header.
    Query(Header<'a>),
    /// Its last line was seen.
    Ended,
}

/// Where the quoted statement of a block lies, bytes from the start of the text asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// First byte of the statement.
    pub(super) start: usize,
    /// One past its last byte, or where the text ends.
    pub(super) end: usize,
    /// Whether the line that ends it was seen.
    pub(super) closed: bool,
}

/// Bytes after an assertion in which the signal line is looked for.
const TRAILER: usize = 8 << 10;
/// Bytes after the signal line in which the statement may begin: 128 frames with long names.
const TO_QUERY: usize = 64 << 10;
/// Bytes of a statement in which its end is looked for first.
const NEAR: usize = 2 << 10;
/// Bytes at the end of a block in which the end of the statement is looked for; what follows it is shorter.
const TAIL: usize = 6 << 10;
/// Bytes of a first line that are looked at.
const FIRST: usize = 64 << 10;
/// Longest statement that servers with a time of day in their signal line quote (1 KiB), with room.
const OLD_QUERY: usize = 2 << 10;
/// Longest statement that MariaDB quotes, with room.
const MARIADB_QUERY: usize = 80 << 10;

const QUERY_STARTS: &[u8] = b"\nQuery (";
const QUERY_ENDS: [&[u8]; 3] = [b"\nConnection ID (thread ID):", b"\nOptimizer switch: ", b"\nFatal signal "];
const BLOCK_ENDS: [&[u8]; 3] = [b"information that should help you find out", b"Kernel version: ", b"Fatal signal "];
const AFTER_END: [&[u8]; 7] = [
    b"Writing a core file",
    b"Working directory at ",
    b"Resource Limits",
    b"Please help us make",
    b"bugs at http",
    b"You may download",
    b"Fatal signal ",
];
const LIFE_STARTS: [&[u8]; 4] = [b"starting as process", b"MySQL Server - start.", b"Starting MariaDB ", b"[MY-013951]"];

/// Words, one of which stands in the first line of every block.
static BEGINNINGS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| [&b" got "[..], b"Assertion", b"We intentionally"].map(Finder::new));

/// The first line of an entry.
pub(super) fn first_line(entry: &[u8]) -> &[u8] {
    memchr(b'\n', entry).and_then(|end| entry.get(..end)).unwrap_or(entry)
}

/// Whether a record's text is an assertion or what an assertion leaves behind.
pub(super) fn asserts(text: &[u8]) -> bool {
    let mut text = text.trim_ascii_start();
    while let Some(rest) = text.strip_prefix(b"InnoDB: ").or_else(|| text.strip_prefix(b"[FATAL] ")) {
        text = rest;
    }
    text.starts_with(b"Assertion failure") || text.starts_with(b"We intentionally generate a memory trap")
}

/// How far the crash block in `entry` has come; `None`: the entry is none.
pub(super) fn phase(entry: &[u8]) -> Option<Phase<'_>> {
    let first = first_line(entry.get(..FIRST).unwrap_or(entry));
    // Most records hold none of the words with which a block begins.
    BEGINNINGS.iter().find(|word| word.find(first).is_some())?;
    let signal = match locate(first) {
        Some((at, header)) if matches!(header.kind, Kind::Crash { .. }) => Some((at, header)),
        Some((_, Header { kind: Kind::Record { code: Some(b"MY-013951"), .. }, .. })) => return None,
        Some((at, header)) => {
            if !first.get(at + header.rest..).is_some_and(asserts) {
                return None;
            }
            signal_line(entry)
        }
        None => {
            if !asserts(first) && !statement::asserts(first) {
                return None;
            }
            signal_line(entry)
        }
    };
    let Some((at, header)) = signal else { return Some(Phase::Assertion) };
    let block = entry.get(at..).unwrap_or_default();
    Some(match query(block) {
        Some(query) if !query.closed && query.end - query.start <= longest_query(header.time.shape) => Phase::Query(header),
        _ if ended(block) => Phase::Ended,
        _ => Phase::Open,
    })
}

/// Whether the block goes on with a line after its last known one.
pub(super) fn after_end(line: &[u8]) -> bool {
    line.is_empty() || AFTER_END.iter().any(|start| line.starts_with(start))
}

/// Whether `line` belongs to the statement quoted by the crash. All lines do, except the start of the next server, later than the crash,
/// where the block was cut off.
pub(super) fn query_follows(crash: &Header<'_>, line: &[u8]) -> bool {
    let Some(header) = read(line) else { return true };
    let later = header.time.shape != crash.time.shape || header.time.ns > crash.time.ns.saturating_add(SECOND);
    !(matches!(header.kind, Kind::Record { .. }) && later && LIFE_STARTS.iter().any(|start| memmem::find(line, start).is_some()))
}

/// The signal line that follows an assertion, bytes from the start of the entry.
pub(super) fn signal_line(entry: &[u8]) -> Option<(usize, Header<'_>)> {
    let window = entry.get(..TRAILER).unwrap_or(entry);
    memmem::find_iter(window, b" got ").find_map(|found| {
        let at = memrchr(b'\n', window.get(..found)?)? + 1;
        let header = read(first_line(entry.get(at..)?))?;
        matches!(header.kind, Kind::Crash { .. }).then_some((at, header))
    })
}

/// The quoted statement in a block that starts with its signal line.
pub(super) fn query(block: &[u8]) -> Option<Query> {
    let mark = memmem::find(block.get(..TO_QUERY).unwrap_or(block), QUERY_STARTS)?;
    let pointer = mark + QUERY_STARTS.len();
    let line = first_line(block.get(pointer..)?);
    let start = pointer + memmem::find(line, b"):")? + 2;
    let text = block.get(start..)?;
    let start = start + usize::from(text.first() == Some(&b' '));
    let text = block.get(start..).unwrap_or_default();
    if text.starts_with(b"Connection ID (thread ID):") {
        return Some(Query { start, end: start, closed: true });
    }
    // The end is looked for from both sides, so that a long statement is not searched again for each of its lines.
    let near = first_end(text.get(..NEAR).unwrap_or(text));
    let far = || {
        let from = text.len().saturating_sub(TAIL);
        first_end(text.get(from..)?).map(|at| from + at)
    };
    let end = near.or_else(far);
    Some(Query { start, end: start + end.unwrap_or(text.len()), closed: end.is_some() })
}

fn first_end(text: &[u8]) -> Option<usize> {
    QUERY_ENDS.iter().filter_map(|end| memmem::find(text, end)).min()
}

fn longest_query(shape: Shape) -> usize {
    match shape {
        Shape::DayUtc => OLD_QUERY,
        Shape::Local => MARIADB_QUERY,
        _ => usize::MAX,
    }
}

fn ended(block: &[u8]) -> bool {
    let window = block.get(block.len().saturating_sub(1024)..).unwrap_or_default();
    window.rsplit(|byte| *byte == b'\n').find(|line| !line.is_empty()).is_none_or(|last| BLOCK_ENDS.iter().any(|end| last.starts_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nThread pointer: 0x55df7c3a6000\n";

    fn name(entry: &str) -> &'static str {
        match phase(entry.as_bytes()) {
            None => "none",
            Some(Phase::Assertion) => "assertion",
            Some(Phase::Open) => "open",
            Some(Phase::Query(_)) => "query",
            Some(Phase::Ended) => "ended",
        }
    }

    #[test]
    fn a_block_grows() {
        let asserted = "2026-11-20T09:08:45.0Z 12 [ERROR] [MY-013183] [InnoDB] Assertion failure: page0page.cc:145 thread 1";
        assert_eq!(name(asserted), "assertion");
        assert_eq!(name(&format!("{asserted}\nInnoDB: We intentionally generate a memory trap.")), "assertion");
        assert_eq!(name(&format!("{asserted}\nInnoDB: about forcing recovery.\n{NEW}")), "open");
        assert_eq!(name(&format!("{NEW}Query (55df7c3b8030): SELECT 1")), "query");
        assert_eq!(name(&format!("{NEW}Query (0): Connection ID (thread ID): 0")), "open");
        assert_eq!(name(&format!("{NEW}Query (0x1): SELECT 1\nConnection ID (thread ID): 13\nStatus: NOT_KILLED")), "open");
        assert_eq!(name(&format!("{NEW}\nThe manual page\ninformation that should help you find out what is causing the crash.\n")), "ended");
        assert_eq!(name(&format!("{NEW}Fatal signal 11 while backtracing")), "ended");
        assert_eq!(name("InnoDB: We intentionally generate a memory trap."), "assertion");
        assert_eq!(name("2026-11-20T09:08:45.0Z 12 [ERROR] [MY-013951] [Server] Assertion failure: x.cc:1 thread 1"), "none");
        assert_eq!(name("2026-11-20T09:08:45.0Z 12 [Note] [MY-010000] [Server] it got signal 6 ;"), "none");
    }

    #[test]
    fn ids_before_the_statement() {
        let mariadb =
            "261120  9:26:39 [ERROR] /usr/sbin/mariadbd got signal 11 ;\nConnection ID (thread ID): 8\nStatus: NOT_KILLED\nQuery (0x77): SELECT";
        assert_eq!(name(mariadb), "query");
        assert_eq!(name(&format!("{mariadb}\n\nOptimizer switch: index_merge=on")), "open");
        assert_eq!(name(&format!("{mariadb}\n\nOptimizer switch: a=on\n\nKernel version: Linux\n\n")), "ended");
    }

    #[test]
    fn a_statement_does_not_swallow_the_next_server() {
        let Some((_, crash)) = locate(NEW.as_bytes().split(|byte| *byte == b'\n').next().unwrap()) else { panic!("no header") };
        let line = |stamp: &str| format!("{stamp} 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 9.7.4) starting as process 1");
        assert!(query_follows(&crash, line("2026-11-20T09:08:29.0Z").as_bytes()));
        assert!(!query_follows(&crash, line("2026-11-20T09:08:40.0Z").as_bytes()));
        assert!(query_follows(&crash, b"2026-11-20T09:08:40.0Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: x.cc:1 thread 1"));
        let old = format!("09:10:05 UTC - mysqld got signal 6 ;\nQuery (0x1): {}", "x\n".repeat(2000));
        assert_eq!(name(&old), "open");
    }
}
