//! mysqld's error log as the server's own table prints it: `SELECT * FROM performance_schema.error_log`.
//!
//! In: rows between bars, tabs or commas, or one column a line (`\G`). Out: bodies equal to those of the same records in the log. Must not know: the
//! log itself, crash blocks: the table has none.

use std::borrow::Cow;
use std::ops::Range;

use super::mysqld::message;
use crate::decode::{Body, Entry, Format, Head, Next, Opening, lossy, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// Rows of the table.
#[derive(Debug)]
pub struct MysqldTable;

/// What a row holds.
#[derive(Debug, Default)]
struct Row<'a> {
    time: Option<RawTime>,
    thread: Option<&'a [u8]>,
    priority: Option<Severity>,
    code: Option<&'a [u8]>,
    subsystem: Option<&'a [u8]>,
    data: Cow<'a, [u8]>,
}

impl Format for MysqldTable {
    fn name(&self) -> &'static str {
        "mysqld-table"
    }

    fn title(&self) -> &'static str {
        "mysqld error log, table performance_schema.error_log"
    }

    fn about(&self) -> &'static str {
        "Rows of the table that MySQL 8.0.22 and later keep of the end of their error log, as clients print them: in a box, between tabs or commas, or one \
         column a line. Stamps are in the time zone of the session. Crash reports are not in it."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "mysql-server storage/perfschema/table_error_log.cc (8.0.22, 8.4.0)",
            "mysql-server client/mysql.cc print_table_data, print_table_data_vertically",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "| 2026-11-20 09:14:30.123456 |         0 | System  | MY-010931   | Server    | /usr/sbin/mysqld: ready for connections.        |",
                "/usr/sbin/mysqld: ready for connections.",
            ),
            ("2026-11-20 09:14:30.123456\t12\tError\tMY-013183\tInnoDB\tAssertion failure: x", "Assertion failure: x"),
            (
                r#"2026-11-20 09:14:30.123456,0,Warning,MY-010055,Server,"IP address '10.0.0.9' could not be resolved, ""x""""#,
                "IP address '10.0.0.9' could not be resolved, \"x\"",
            ),
            (
                "    LOGGED: 2026-11-20 09:14:30.123456\n THREAD_ID: 0\n      PRIO: System\nERROR_CODE: MY-010931\n SUBSYSTEM: Server\n      DATA: ready for connections.",
                "ready for connections.",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if let Some(logged) = column(line, b"LOGGED") {
            return Some(Opening::new(Some(whole_stamp(logged)?), None));
        }
        let row = row(line)?;
        Some(Opening::new(row.time, row.priority))
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        if column(entry, b"LOGGED").is_none() {
            return self.open(line).map_or(Next::End, Next::Entry);
        }
        if COLUMNS.iter().any(|name| column(line, name).is_some()) {
            return Next::Join;
        }
        let is_between =
            line.starts_with(b"*****") || line.first().is_some_and(u8::is_ascii_digit) && memchr::memmem::find(line, b" in set").is_some();
        if is_between { Next::End } else { Next::JoinUnlessOpened }
    }

    /// What a row of `\G` states of its severity stands below its first line.
    fn parts(&self, entry: &Entry<'_>) -> Vec<(Range<usize>, Head)> {
        let severity = vertical(entry.text).and_then(|row| row.priority);
        let head = |severity| (0..entry.text.len(), Head { severity: Some(severity), ..entry.head });
        severity.filter(|_| entry.head.severity.is_none()).map(head).into_iter().collect()
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(row) = vertical(entry.text).or_else(|| row(entry.text)) else { return Body::message(lossy(entry.text)) };
        let data = match row.data {
            Cow::Borrowed(data) => lossy(data),
            Cow::Owned(data) => Cow::Owned(String::from_utf8_lossy(&data).into_owned()),
        };
        let mut body = message::body(&data, row.subsystem.map(lossy), false);
        body.code = row.code.map(lossy);
        if let Some(thread) = row.thread {
            body.push("thread", lossy(thread));
        }
        body
    }
}

/// The columns that follow the stamp.
const COLUMNS: [&[u8]; 5] = [b"THREAD_ID", b"PRIO", b"ERROR_CODE", b"SUBSYSTEM", b"DATA"];

/// The value of a column in a line of `\G`, where names are set to the right.
fn column<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.trim_ascii_start().strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// A row whose columns stand below each other.
fn vertical(text: &[u8]) -> Option<Row<'_>> {
    let first = text.split(|byte| *byte == b'\n').next()?;
    let mut row = Row { time: Some(whole_stamp(column(first, b"LOGGED")?)?), ..Row::default() };
    let mut at = first.len() + 1;
    while let Some(line) = text.get(at..).and_then(|rest| rest.split(|byte| *byte == b'\n').next()).filter(|line| !line.is_empty()) {
        if let Some(data) = column(line, b"DATA") {
            // What follows belongs to it.
            row.data = Cow::Borrowed(&text[at + line.len() - data.len()..]);
            break;
        }
        row.thread = row.thread.or(column(line, b"THREAD_ID"));
        row.code = row.code.or(column(line, b"ERROR_CODE"));
        row.priority = row.priority.or_else(|| column(line, b"PRIO").and_then(|label| Severity::from_label(label.trim_ascii())));
        row.subsystem = row.subsystem.or(column(line, b"SUBSYSTEM"));
        at += line.len() + 1;
    }
    Some(row)
}

/// A row in one line. Columns may be left out, but for the stamp in front, the code, and what was said at the end.
fn row(line: &[u8]) -> Option<Row<'_>> {
    let inside = line.strip_prefix(b"|").map_or(line, <[u8]>::trim_ascii_start);
    if !matches!(inside.first()?, b'0'..=b'9' | b'"') {
        return None;
    }
    let quoted = inside.first() == Some(&b'"');
    let (_, length) = stamp::iso(&inside[usize::from(quoted)..])?;
    let mut behind = inside.get(length + if quoted { 2 } else { 0 }..)?.iter().skip_while(|byte| **byte == b' ');
    let delimiter = *behind.next().filter(|byte| matches!(byte, b'|' | b'\t' | b',' | b';'))?;
    let mut row = Row::default();
    let mut rest = Some(inside);
    while let Some(text) = rest {
        let (cell, after) = cell(text, delimiter);
        let named = row.code.is_some() && row.subsystem.is_none() && after.is_some_and(|after| !after.trim_ascii().is_empty()) && is_subsystem(cell);
        if row.time.is_none() {
            row.time = Some(whole_stamp(cell)?);
        } else if row.code.is_none() && is_code(cell) {
            row.code = Some(cell);
        } else if row.priority.is_none() && PRIORITIES.contains(&cell) {
            row.priority = Severity::from_label(cell);
        } else if row.thread.is_none() && !cell.is_empty() && cell.iter().all(u8::is_ascii_digit) {
            row.thread = Some(cell);
        } else if named {
            row.subsystem = Some(cell);
        } else {
            row.data = said(text, delimiter);
            return row.code.is_some().then_some(row);
        }
        rest = after;
    }
    None
}

/// Labels as the table spells them.
const PRIORITIES: [&[u8]; 4] = [b"System", b"Error", b"Warning", b"Note"];

/// The next cell without blanks and quotes around it, and what follows.
fn cell(text: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    let end = memchr::memchr(delimiter, text);
    let cell = text[..end.unwrap_or(text.len())].trim_ascii();
    let bare = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    (bare, end.map(|end| &text[end + 1..]))
}

/// The last cell: what was said may hold the sign that parts cells.
fn said(text: &[u8], delimiter: u8) -> Cow<'_, [u8]> {
    let text = text.trim_ascii();
    match delimiter {
        b'|' => Cow::Borrowed(text.strip_suffix(b"|").unwrap_or(text).trim_ascii_end()),
        b'\t' => Cow::Borrowed(text),
        _ => match text.strip_prefix(b"\"") {
            Some(inside) => Cow::Owned(lossy(inside.strip_suffix(b"\"").unwrap_or(inside)).replace("\"\"", "\"").into_bytes()),
            None => Cow::Borrowed(text),
        },
    }
}

/// A stamp and nothing else.
fn whole_stamp(cell: &[u8]) -> Option<RawTime> {
    let cell = cell.trim_ascii();
    stamp::iso(cell).filter(|(_, length)| *length == cell.len()).map(|(time, _)| time)
}

/// `MY-010931`.
fn is_code(cell: &[u8]) -> bool {
    cell.strip_prefix(b"MY-").is_some_and(|digits| digits.len() == 6 && digits.iter().all(u8::is_ascii_digit))
}

fn is_subsystem(cell: &[u8]) -> bool {
    (2..=7).contains(&cell.len()) && cell.iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    fn told(text: &str) -> Vec<String> {
        let piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
        let read = |at: usize| {
            let entry = piece.entry(at);
            let body = entry.format.body(&entry);
            let part = entry.format.parts(&entry).into_iter().next().map(|(_, head)| head);
            let severity = part.unwrap_or(entry.head).severity.map_or("-", Severity::name);
            let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {severity} {} {} [{}]", entry.format.name(), body.code.as_deref().unwrap_or("-"), body.message, fields.join(" "))
        };
        (0..piece.entries.len()).map(read).collect()
    }

    #[test]
    fn a_row_is_the_record() {
        let expected = "mysqld-table error MY-011503 Group membership changed: a|b [subsystem=Repl plugin=group_replication thread=0]";
        for text in [
            "| 2026-11-20 09:14:30.123456 | 0 | Error | MY-011503 | Repl | Plugin group_replication reported: 'Group membership changed: a|b'   |",
            "2026-11-20 09:14:30.123456\t0\tError\tMY-011503\tRepl\tPlugin group_replication reported: 'Group membership changed: a|b'",
            "\"2026-11-20 09:14:30.123456\",\"0\",\"Error\",\"MY-011503\",\"Repl\",\"Plugin group_replication reported: 'Group membership changed: a|b'\"",
            "2026-11-20 09:14:30.123456;Error;0;MY-011503;Repl;Plugin group_replication reported: 'Group membership changed: a|b'",
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
        assert_eq!(told("| 2026-11-20 09:14:30 | MY-010931 | ready |"), ["mysqld-table - MY-010931 ready []"]);
    }

    #[test]
    fn columns_below_each_other_are_one_row() {
        let text = "*************************** 1. row ***************************\n    LOGGED: 2026-11-20 09:14:30.123456\n THREAD_ID: 8\n      PRIO: Error\n\
                    ERROR_CODE: MY-012345\n SUBSYSTEM: InnoDB\n      DATA: first\nsecond\n*************************** 2. row ***************************\n    \
                    LOGGED: 2026-11-20 09:14:31\n      DATA: alone\n2 rows in set (0.00 sec)\n";
        let told = told(text);
        assert_eq!(told[1], "mysqld-table error MY-012345 first\nsecond [subsystem=InnoDB thread=8]");
        assert_eq!((told.len(), told[3].as_str()), (5, "mysqld-table - - alone []"));
    }

    #[test]
    fn other_tables_are_not_it() {
        for line in [
            "| 2026-11-20 09:14:30 | Error | something |",
            "2026-11-20 09:14:30 0 [Note] [MY-010931] [Server] x",
            "| LOGGED | THREAD_ID |",
            "LOGGED: today",
        ] {
            assert_eq!(MysqldTable.open(line.as_bytes()), None, "{line}");
        }
    }
}
