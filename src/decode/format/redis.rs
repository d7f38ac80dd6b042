//! redis: server, replica and sentinel.
//!
//! In: lines like `1:M 20 Nov 2026 10:00:00.123 * text`, and valkey's `pid=1 role=primary timestamp="…" level=notice message="text"`. Out: the message and the role. Must not know: what the messages mean.

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Next, Opening, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// redis log lines.
#[derive(Debug)]
pub struct Redis;

struct Header<'a> {
    time: Option<RawTime>,
    severity: Option<Severity>,
    pid: &'a [u8],
    role: Option<&'static str>,
    message: &'a [u8],
}

impl Format for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn title(&self) -> &'static str {
        "redis server and sentinel"
    }

    fn about(&self) -> &'static str {
        "redis 2.4 and later, valkey, KeyDB (which puts the thread behind the process). Process id, role (M master, S replica, X sentinel, C child; none before 3.0, where the id is in brackets), local \
         time with no zone; before 5.0 also without a year. valkey's other \
         stamps (iso8601, milliseconds) and its logfmt. A crash report follows without headers; the stack under a record stays with it."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "redis/redis src/server.c serverLogRaw and serverLogFromHandler, 3.0 to 8.0; src/redis.c redisLogRaw, 2.4 to 2.8",
            "valkey-io/valkey src/server.c serverLogRaw, 8.1 (log-format, log-timestamp-format)",
            "Snapchat/KeyDB src/server.cpp serverLogRaw, 5 and 6",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("24029:M 20 Nov 2026 10:01:18.413 * monotonic clock: POSIX clock_gettime", "monotonic clock: POSIX clock_gettime"),
            ("1:S 20 Nov 10:01:18.413 # Connection with master lost.", "Connection with master lost."),
            ("[2137] 20 Nov 10:01:18.413 * DB loaded from disk: 0.000 seconds", "DB loaded from disk: 0.000 seconds"),
            (
                "[7687] 20 Nov 10:01:18 # Short read or OOM loading DB. Unrecoverable error, aborting now.",
                "Short read or OOM loading DB. Unrecoverable error, aborting now.",
            ),
            (
                "*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 4\n>>> 'requirepass'\nwrong number of arguments",
                "*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 4\n>>> 'requirepass'\nwrong number of arguments",
            ),
            ("[26451] 26 Nov 16:07:25.555 \\* Connecting to MASTER 10.0.0.21:6666", "Connecting to MASTER 10.0.0.21:6666"),
            ("1:12:S 20 Nov 2026 10:01:18.413 # Connection with master lost.", "Connection with master lost."),
            ("1:M 2026-11-20T10:01:18.413+00:00 * Server initialized", "Server initialized"),
            ("1:M 1795168878413 * Server initialized", "Server initialized"),
            (r#"pid=1 role=primary timestamp="20 Nov 2026 10:01:18.413" level=notice message="Server initialized""#, "Server initialized"),
            ("12939:signal-handler (1795168754) Received SIGUSR1 in child, exiting now.", "Received SIGUSR1 in child, exiting now."),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        opening(line).or_else(|| is_raw(line).then(|| Opening::new(None, is_refusal(line).then_some(Severity::FATAL))))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        match opening(line) {
            Some(opening) => Next::Entry(opening),
            // Heads of collected sections, which kubectl and minikube put between logs.
            None if line.starts_with(b"====") || line.starts_with(b"==>") => Next::End,
            None if is_refusal(line) => Next::Entry(Opening::new(None, Some(Severity::FATAL))),
            None if is_raw(line) => Next::Join,
            None => Next::JoinUnlessOpened,
        }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(header) = header(entry.text) else {
            return Body { component: Some(Component::Redis), ..Body::message(String::from_utf8_lossy(entry.text)) };
        };
        let (message, detail) =
            memchr::memchr(b'\n', header.message).map_or((header.message, &b""[..]), |end| (&header.message[..end], &header.message[end + 1..]));
        let mut body = Body { component: Some(Component::Redis), ..Body::message(String::from_utf8_lossy(message)) };
        body.push("pid", String::from_utf8_lossy(header.pid));
        if let Some(role) = header.role {
            body.push("role", role);
        }
        if !detail.is_empty() {
            body.push("detail", String::from_utf8_lossy(detail));
        }
        body
    }
}

/// What is printed without a header and may stand first in a log: the picture at a start, the head of a crash report, the refusal of a configuration.
///
/// # Source
///
/// redis src/asciilogo.h, src/debug.c and src/config.c loadServerConfigFromString(), 2.4 to 8.0; valkey src/debug.c and src/config.c, 8; KeyDB src/debug.cpp, 6.
fn is_raw(line: &[u8]) -> bool {
    match line.first() {
        Some(b' ') => line.trim_ascii_end() == b"                _._",
        Some(b'*') => is_refusal(line),
        Some(b'=') => [&b"=== REDIS BUG REPORT START"[..], b"=== VALKEY BUG REPORT START", b"=== KEYDB BUG REPORT START"]
            .iter()
            .any(|head| line.starts_with(head)),
        _ => false,
    }
}

/// `*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***`; the line that is refused follows.
fn is_refusal(line: &[u8]) -> bool {
    line.starts_with(b"*** FATAL CONFIG FILE ERROR")
}

fn opening(line: &[u8]) -> Option<Opening> {
    header(line).map(|header| Opening::new(header.time, header.severity))
}

fn header(line: &[u8]) -> Option<Header<'_>> {
    if let Some(rest) = line.strip_prefix(b"[") {
        let digits = rest.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
        return rest.get(digits..)?.strip_prefix(b"] ").filter(|_| digits > 0).and_then(|after| stamped(&rest[..digits], None, after));
    }
    if let Some(rest) = line.strip_prefix(b"pid=") {
        return logfmt(rest);
    }
    line.first().filter(|byte| byte.is_ascii_digit())?;
    let digits = line.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let pid = &line[..digits];
    let rest = line.get(digits..)?.strip_prefix(b":")?;
    // KeyDB: the thread.
    let thread = rest.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = if thread > 0 { rest.get(thread..)?.strip_prefix(b":")? } else { rest };
    if let Some(rest) = rest.strip_prefix(b"signal-handler (") {
        let close = memchr::memchr(b')', rest.get(..20).unwrap_or(rest))?;
        let message = rest.get(close + 1..)?.strip_prefix(b" ")?;
        return Some(Header {
            time: Some(stamp::epoch(&rest[..close], Some(crate::time::SECOND))?),
            severity: Some(Severity::WARN),
            pid,
            role: Some("signal-handler"),
            message,
        });
    }
    let role = match rest.first()? {
        b'M' => "master",
        b'S' => "replica",
        b'X' => "sentinel",
        b'C' => "child",
        _ => return None,
    };
    stamped(pid, Some(role), rest.get(1..)?.strip_prefix(b" ")?)
}

/// `1 role=primary timestamp="20 Nov 2026 10:01:18.413" level=notice message="text"` behind `pid=`. No text holds a quote: they are replaced.
fn logfmt(rest: &[u8]) -> Option<Header<'_>> {
    let digits = rest.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let (pid, rest) = rest.split_at(digits);
    let rest = rest.strip_prefix(b" role=").filter(|_| digits > 0)?;
    let (role, rest) = [(&b"sentinel"[..], "sentinel"), (b"RDB/AOF", "child"), (b"replica", "replica"), (b"primary", "master")]
        .into_iter()
        .find_map(|(word, role)| Some((role, rest.strip_prefix(word)?)))?;
    let rest = rest.strip_prefix(b" timestamp=\"")?;
    let (time, end) = when(rest)?;
    let rest = rest.get(end..)?.strip_prefix(b"\" level=")?;
    let (severity, rest) = [(&b"debug"[..], Severity::DEBUG), (b"info", Severity::INFO), (b"notice", Severity::INFO), (b"warning", Severity::WARN)]
        .into_iter()
        .find_map(|(word, severity)| Some((severity, rest.strip_prefix(word)?)))?;
    let message = rest.strip_prefix(b" message=\"")?;
    let end = memchr::memchr(b'"', message).unwrap_or(message.len());
    Some(Header { time: Some(time), severity: Some(severity), pid, role: Some(role), message: &message[..end] })
}

/// A stamp in any way that redis and valkey write it, and its length.
fn when(text: &[u8]) -> Option<(RawTime, usize)> {
    stamp::day_month(text).or_else(|| stamp::iso(text)).or_else(|| {
        let digits = text.iter().take(14).take_while(|byte| byte.is_ascii_digit()).count();
        let time = text.get(..digits).filter(|_| digits == 13).and_then(|text| stamp::epoch(text, Some(crate::time::SECOND / 1000)))?;
        Some((time, digits))
    })
}

/// `20 Nov 2026 10:01:18.413 * text`, what all versions write after process and role.
fn stamped<'a>(pid: &'a [u8], role: Option<&'static str>, rest: &'a [u8]) -> Option<Header<'a>> {
    let (time, end) = when(rest)?;
    let rest = rest.get(end..)?.strip_prefix(b" ")?;
    // Markdown's escape, where a star was kept from beginning a list.
    let rest = rest.strip_prefix(b"\\").filter(|rest| rest.starts_with(b"* ")).unwrap_or(rest);
    let severity = match rest.first()? {
        b'.' => Severity::DEBUG,
        b'-' | b'*' => Severity::INFO,
        b'#' => Severity::WARN,
        _ => return None,
    };
    let message = &rest[1..];
    Some(Header { time: Some(time), severity: Some(severity), pid, role, message: message.strip_prefix(b" ").unwrap_or(message) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    #[test]
    fn a_stack_stays_with_its_record() {
        let text = b"12855:M 20 Nov 2026 09:59:47.138 # Crashed running the instruction at: 0x55f9\n\n------ STACK TRACE ------\nEIP:\n12855:M 20 Nov 2026 09:59:47.139 # next";
        let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
        assert_eq!(piece.entries.len(), 2);
        let body = Redis.body(&piece.entry(0));
        assert_eq!((body.message.as_ref(), body.field("role")), ("Crashed running the instruction at: 0x55f9", Some("master")));
        assert_eq!(body.field("detail"), Some("\n------ STACK TRACE ------\nEIP:"));
    }

    #[test]
    fn what_has_no_header_may_stand_first() {
        let text = b"                _._                                                  \n           _.-``__ ''-._\n\n1:M 20 Nov 2026 09:59:47.138 # Server initialized\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n1:M 20 Nov 2026 09:59:48.138 # Redis 7.0.1 crashed by signal: 11";
        let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
        let formats: Vec<&str> = piece.entries.iter().map(|entry| entry.format.name()).collect();
        assert_eq!(formats, ["redis", "redis", "redis"]);
        assert_eq!(Redis.body(&piece.entry(1)).field("detail"), Some("\n=== REDIS BUG REPORT START: Cut & paste starting from here ==="));
        assert_eq!(Redis.open(b"=== REDIS BUG REPORT START: Cut & paste starting from here ===").map(|opening| opening.head.time), Some(None));
        assert_eq!(Redis.open(b"                _._ x"), None);
    }

    #[test]
    fn a_refused_line_stays_with_its_refusal() {
        let text = b"*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 4\n>>> 'requirepass'\nwrong number of arguments\n\n*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading";
        let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
        let found: Vec<_> = piece.entries.iter().map(|entry| (entry.format.name(), entry.line)).collect();
        assert_eq!(found, [("redis", 1), ("redis", 6)]);
    }

    #[test]
    fn other_numbers_are_not_taken() {
        for line in [
            "12:00 M",
            "1:M 20 Nov 2026",
            "1:Q 20 Nov 2026 10:01:18.413 * x",
            "1:M 20 Nov 2026 10:01:18.413 x",
            "1:",
            "1",
            "1:signal-handler (",
            "1:signal-handler (x) y",
            "1:2:3:M 20 Nov 2026 10:01:18.413 * x",
            "1:M 17951688784 * x",
            "1:M 179516887841300 * x",
            r#"pid=1 role=leader timestamp="20 Nov 2026 10:01:18.413" level=notice message="x""#,
            r#"pid=1 role=primary timestamp="soon" level=notice message="x""#,
            r"pid=1 user=x",
            "[] 20 Nov 10:01:18.413 * x",
            "[2137] 20 Nov 10:01:18.413 x",
            "[2137",
        ] {
            assert!(header(line.as_bytes()).is_none(), "{line}");
        }
    }
}
