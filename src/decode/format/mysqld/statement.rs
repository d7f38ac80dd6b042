//! Bare statements: lines that mysqld writes to standard error before or beside its log, without a stamp.
//!
//! In: a line. Out: whether it is one, and its severity. Must not know: stamps, other lines.
//!
//! `mysqld: Can't change dir to …`, `/usr/sbin/mariadbd: …`, `mysqld: [Warning] World-writable config file …`, the C library's
//! `mysqld: file.cc:7: f(): Assertion …`, raw `InnoDB: …` text, and the `Version: '8.0.23'  socket: …` line where an excerpt begins with it.
//! Also records whose stamp somebody cut off: `[ERROR] [MY-011087] [Server] …`, `[ERROR] InnoDB: …`.

use memchr::memmem;

use super::header::{Label, severity_of_raw};
use crate::severity::Severity;

/// Longest program path.
const MAX_PATH: usize = 200;

/// A line without a stamp that says something by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The severity it states.
    pub(super) severity: Option<Severity>,
}

/// The bare statement that `line` is.
pub(super) fn read(line: &[u8]) -> Option<Statement> {
    let line = unrung(line);
    let severity = match line.first()? {
        // With blanks before it: the rest of a raw header whose stamp another thread's record cut off.
        b'I' | b' ' => severity_of_raw(line.strip_prefix(b"  ").unwrap_or(line).strip_prefix(b"InnoDB: ")?),
        b'm' | b'/' => {
            let text = by_program(line)?;
            let label = text.strip_prefix(b"[").and_then(|label| label.split(|byte| *byte == b']').next());
            label.and_then(Severity::from_label).or_else(|| asserts(line).then_some(Severity::FATAL))
        }
        b'V' if line.starts_with(b"Version: '") && memmem::find(line, b"'  socket: '").is_some() => None,
        b'[' => Some(label(line)?.severity),
        _ => return None,
    };
    Some(Statement { severity })
}

/// A line without the bell that the server rings before some errors of its start (`ME_BELL` of mysys/my_messnc.c).
pub(super) fn unrung(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\x07").unwrap_or(line)
}

/// A record's label without the stamp that belongs before it, where code or text leave no doubt who wrote it.
fn label(line: &[u8]) -> Option<Label<'_>> {
    const WRITERS: [&[u8]; 7] = [b"InnoDB: ", b"WSREP: ", b"mysqld: ", b"mysqld (mysqld ", b"mariadbd: ", b"Plugin '", b"Starting MariaDB "];
    let found = Label::read(line)?;
    let text = line.get(found.rest..)?;
    (found.code.is_some() || WRITERS.iter().any(|writer| text.starts_with(writer))).then_some(found)
}

/// A record without a stamp that says nothing of its writer. Behind a record of the server it is the server's: `log_syslog` of 5.7 writes none with a stamp.
pub(super) fn labelled(line: &[u8]) -> Option<Statement> {
    let found = Label::read(line)?;
    (line.get(found.rest) != Some(&b'[')).then_some(Statement { severity: Some(found.severity) })
}

/// Whether the line is the C library's word on a failed `assert()`.
pub(super) fn asserts(line: &[u8]) -> bool {
    by_program(line).is_some() && memmem::find(line, b": Assertion `").is_some() && line.ends_with(b"' failed.")
}

/// What follows `mysqld: ` or `/path/mariadbd: `.
fn by_program(line: &[u8]) -> Option<&[u8]> {
    let window = line.get(..MAX_PATH).unwrap_or(line);
    let end = memmem::find(window, b": ")?;
    let path = window.get(..end)?;
    let name = path.rsplit(|byte| *byte == b'/').next()?;
    let known = [&b"mysqld"[..], b"mariadbd", b"mysqld-debug"].contains(&name);
    (known && !path.contains(&b' ')).then(|| line.get(end + 2..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_and_other_lines() {
        for (line, expected) in [
            ("mysqld: Can't change dir to '/srv/data/' (Errcode: 13 - Permission denied)", Some(None)),
            ("/usr/sbin/mariadbd: Can't change dir to '/srv/data/' (Errcode: 2 \"No such file or directory\")", Some(None)),
            ("\x07mariadbd: Character set 'x' is not a compiled character set and is not specified in the '/x' file", Some(None)),
            ("mysqld: [Warning] World-writable config file '/srv/my.cnf' is ignored.", Some(Some(Severity::WARN))),
            ("mysqld: handler0alter.cc:5036: bool f(int): Assertion `0' failed.", Some(Some(Severity::FATAL))),
            ("InnoDB: Error: semaphore wait has lasted > 600 seconds", Some(Some(Severity::ERROR))),
            ("InnoDB: Starting crash recovery.", Some(None)),
            ("  InnoDB: Assertion failure in thread 1 in file x.cc line 1", Some(Some(Severity::FATAL))),
            ("Version: '5.6.21'  socket: '/x'  port: 3306  GPL", Some(None)),
            ("Version: 3", None),
            ("/usr/sbin/mysqld(handle_fatal_signal+0x479)[0x55a44a6c37b9]", None),
            ("/opt/run mysqld: no", None),
            ("mysqldump: Got error: 2002", None),
            ("[ERROR] [MY-010119] [Server] Aborting", Some(Some(Severity::ERROR))),
            ("[ERROR] InnoDB: Plugin initialization aborted with error Generic error", Some(Some(Severity::ERROR))),
            ("[Note] WSREP: Read nil XID from storage engines, skipping position init", Some(Some(Severity::INFO))),
            ("[ERROR] Aborting", None),
            ("[ERROR] [Entrypoint]: x", None),
            ("[INFO] InnoDB: x", None),
            ("[ERROR] [MY-10119] [Server] x", None),
        ] {
            assert_eq!(read(line.as_bytes()).map(|found| found.severity), expected, "{line}");
        }
    }
}
