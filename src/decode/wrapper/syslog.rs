//! syslog and journald lines.
//!
//! In: `stamp host ident[pid]: message` in the shapes of journalctl, rsyslog and RFC 5424. Out: the message and who wrote it. Must not know: the
//! formats inside, except to tell an ISO-dated line of a program from one of syslog.

use super::{Envelope, Unwrapped, Wrapper, certain};
use crate::component::Component;
use crate::decode::stamp;
use crate::severity::Severity;
use crate::time::RawTime;

/// syslog lines.
#[derive(Debug)]
pub struct Syslog;

/// Longest header that is believed.
const MAX_HEADER: usize = 256;

impl Wrapper for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn about(&self) -> &'static str {
        "journalctl -o short (with --no-hostname too), short-precise, short-iso, short-full, short-unix and short-monotonic, /var/log/messages and syslog (RFC 3164, month names of any locale), rsyslog's ISO \
         format, RFC 5424. Short stamps have neither year nor zone."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"Nov 20 09:29:43 node-3 kubelet[1043]: I1120 09:29:43.849621   26762 flags.go:64] FLAG: --address="0.0.0.0""#,
                r#"I1120 09:29:43.849621   26762 flags.go:64] FLAG: --address="0.0.0.0""#,
            ),
            ("Nov  2 09:29:43.900439 node-3 kernel: br0: port 2(v2) entered disabled state", "br0: port 2(v2) entered disabled state"),
            ("févr. 11 14:26:21 localhost.localdomain mysqld[7314]: ready", "ready"),
            ("11月 20 09:29:43 node-3 kubelet[1043]: x", "x"),
            (" 5월 12 17:02:38 node-3 kubelet[1043]: x", "x"),
            ("2026-11-20T09:29:43+0800 node-3 systemd[1]: Started Journal Service.", "Started Journal Service."),
            ("Nov 20 09:29:43 kubelet[1043]: x", "x"),
            ("Nov 20 09:29:43  node-3 kubelet[1043]: x", "x"),
            ("Nov 20 09:29:43 kernel: ata7: hard resetting link", "ata7: hard resetting link"),
            ("Fri 2026-11-20 09:29:43 CST node-3 systemd[1]: Started Journal Service.", "Started Journal Service."),
            ("[ 1577.718725] node-3 systemd[1]: Started Journal Service.", "Started Journal Service."),
            ("1795165783.340839 node-3 kubelet[1043]: x", "x"),
            ("Nov 20 09:29:43 node-3 redis:  1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("<30>Nov 20 09:29:43 node-3 dockerd: x", "x"),
            ("<165>1 2026-11-20T09:29:43.003Z node-3 etcd 99 ID47 [a@1 b=\"]\"] request took too long", "request took too long"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let (envelope, start) = header(line)?;
        Some(Unwrapped::whole(line.get(start..)?, envelope))
    }
}

/// What stands before the message, and where that begins.
pub(super) fn header(line: &[u8]) -> Option<(Envelope, usize)> {
    let first = *line.first()?;
    if first == b'<' {
        let close =
            line.iter().take(5).position(|byte| *byte == b'>').filter(|close| *close > 1 && line[1..*close].iter().all(u8::is_ascii_digit))?;
        let rest = &line[close + 1..];
        let found = match rest.strip_prefix(b"1 ") {
            Some(rest) => rfc5424(rest).map(|(envelope, start)| (envelope, start + 2)),
            None => header(rest).filter(|_| rest.first() != Some(&b'<')),
        };
        return found.map(|(envelope, start)| (envelope, start + close + 1));
    }
    if let Some((time, end)) = stamp::syslog(line) {
        return kernel(line, end).or_else(|| speaker(line, end)).or_else(|| nameless(line, end)).map(|speaker| speaker.envelope(time));
    }
    if first == b'[' {
        // `[ 1234.567890] host ident[pid]: …`; without a process id it is the kernel's own line, and so is `x86/fpu: xstate_offset[2]: …`.
        let close = memchr::memchr(b']', line.get(..24).unwrap_or(line))?;
        let time = stamp::since_boot(&line[1..close])?;
        return speaker(line, close + 1)
            .filter(|speaker| !speaker.host.ends_with(b":") && (speaker.pid.is_some() || speaker.ident == b"kernel"))
            .map(|speaker| speaker.envelope(time));
    }
    if first.is_ascii_digit() && line.get(10) == Some(&b'.') {
        // `1795165636.340839 host ident[pid]: …` of journalctl -o short-unix.
        let end = line.get(..24).unwrap_or(line).iter().position(|byte| *byte == b' ').filter(|end| *end == 17)?;
        let time = stamp::epoch(&line[..end], Some(crate::time::SECOND))?;
        return speaker(line, end).filter(|speaker| speaker.sure(line)).map(|speaker| speaker.envelope(time));
    }
    if first.is_ascii_digit() && line.get(10) == Some(&b'T') && stamp::dmesg_iso(line).is_none() {
        let (time, end) = stamp::iso(line)?;
        return speaker(line, end).filter(|speaker| speaker.sure(line)).map(|speaker| speaker.envelope(time));
    }
    // `Fri 2026-11-20 09:29:43 CST host …`: the zone's name is not unique, so the time stays local unless it is UTC.
    let rest = line.get(4..).filter(|_| line.get(3) == Some(&b' ') && first.is_ascii_alphabetic())?;
    let (mut time, end) = stamp::iso(rest)?;
    let zone = rest.get(end + 1..)?.iter().take(6).position(|byte| *byte == b' ').filter(|_| rest[end] == b' ')?;
    if matches!(&rest[end + 1..end + 1 + zone], b"UTC" | b"GMT") {
        time = RawTime::zoned(time.ns, time.precision_ns);
    }
    speaker(line, 4 + end + 1 + zone).map(|speaker| speaker.envelope(time))
}

struct Speaker<'a> {
    host: &'a [u8],
    ident: &'a [u8],
    pid: Option<u32>,
    start: usize,
}

impl Speaker<'_> {
    fn envelope(self, time: RawTime) -> (Envelope, usize) {
        let text = |bytes: &[u8]| -> Option<Box<str>> { Some(String::from_utf8_lossy(bytes).into()) };
        let host = text(self.host).filter(|host| !host.is_empty());
        let envelope = Envelope { time: Some(time), host, program: text(self.ident), pid: self.pid, ..Envelope::default() };
        (envelope, self.start)
    }

    /// Whether words after an ISO stamp are a host and a program: other programs put words with a colon there too.
    fn sure(&self, line: &[u8]) -> bool {
        if Severity::from_label(self.host).is_some() || self.host.iter().all(u8::is_ascii_digit) {
            return false;
        }
        let known = std::str::from_utf8(self.ident).is_ok_and(|ident| Component::from_program(ident).is_some());
        self.pid.is_some() || known || line.get(self.start..).is_some_and(|rest| certain(rest).is_some())
    }
}

/// ` host ident[pid]: ` from `at` on.
fn speaker(line: &[u8], at: usize) -> Option<Speaker<'_>> {
    let header = line.get(at..(at + MAX_HEADER).min(line.len()))?.strip_prefix(b" ")?;
    // Where a name was taken out before it was posted, a second blank stays.
    let (at, header) = header.strip_prefix(b" ").map_or((at, header), |header| (at + 1, header));
    let blank = memchr::memchr(b' ', header)?;
    let host = &header[..blank];
    let rest = &header[blank + 1..];
    let end = rest.iter().position(|byte| matches!(byte, b' ' | b'[' | b':'))?;
    let ident = &rest[..end];
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'@' | b'/' | b'(' | b')') || *byte >= 0x80;
    if host.is_empty() || ident.is_empty() || !host.iter().all(name) || !ident.iter().all(name) {
        return None;
    }
    let (pid, end) = if rest[end] == b'[' {
        let close = memchr::memchr(b']', rest)?;
        (Some(std::str::from_utf8(&rest[end + 1..close]).ok()?.parse().ok()?), close + 1)
    } else {
        (None, end)
    };
    let after = rest.get(end..)?.strip_prefix(b":")?;
    let blank = usize::from(after.first() == Some(&b' '));
    if blank == 0 && !after.is_empty() {
        return None;
    }
    // Some daemons put one more, which is no record's own.
    let more = usize::from(after.strip_prefix(b"  ").is_some_and(|record| certain(record).is_some()));
    Some(Speaker { host, ident, pid, start: at + 1 + host.len() + 1 + end + 1 + blank + more })
}

/// ` kernel: ` from `at` on, of `journalctl --no-hostname` and logs whose host was taken out: what the kernel says begins with a word and a colon often.
fn kernel(line: &[u8], at: usize) -> Option<Speaker<'_>> {
    let header = line.get(at..)?;
    let blanks = header.iter().take(2).take_while(|byte| **byte == b' ').count();
    let ident = header.get(blanks..blanks + 6).filter(|ident| blanks > 0 && *ident == b"kernel")?;
    header.get(blanks + 6..)?.strip_prefix(b": ")?;
    Some(Speaker { host: b"", ident, pid: None, start: at + blanks + 8 })
}

/// ` ident[pid]: ` from `at` on, of `journalctl --no-hostname`. Without a process id it may be any word.
fn nameless(line: &[u8], at: usize) -> Option<Speaker<'_>> {
    let header = line.get(at..(at + MAX_HEADER).min(line.len()))?.strip_prefix(b" ")?;
    let open = header.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@' | b'/')))?;
    let (ident, rest) = header.split_at(open);
    let rest = rest.strip_prefix(b"[").filter(|_| !ident.is_empty())?;
    let close = rest.iter().take(11).position(|byte| *byte == b']')?;
    let pid = std::str::from_utf8(&rest[..close]).ok()?.parse().ok()?;
    let after = rest.get(close + 1..)?.strip_prefix(b":")?;
    let blank = usize::from(after.first() == Some(&b' '));
    if blank == 0 && !after.is_empty() {
        return None;
    }
    Some(Speaker { host: b"", ident, pid: Some(pid), start: at + 1 + open + 1 + close + 2 + blank })
}

/// `stamp host app procid msgid data message` behind priority and version.
fn rfc5424(line: &[u8]) -> Option<(Envelope, usize)> {
    let mut at = 0;
    let mut word = || {
        let rest = line.get(at..)?;
        let length = memchr::memchr(b' ', rest)?;
        at += length + 1;
        Some(&rest[..length]).filter(|word| !word.is_empty())
    };
    let (time, host, app, pid, _id) = (word()?, word()?, word()?, word()?, word()?);
    let named = |word: &[u8]| (word != b"-").then(|| String::from_utf8_lossy(word).into());
    let envelope = Envelope {
        time: stamp::iso(time).map(|(time, _)| time),
        host: named(host),
        program: named(app),
        pid: std::str::from_utf8(pid).ok().and_then(|pid| pid.parse().ok()),
        ..Envelope::default()
    };
    let rest = line.get(at..)?;
    let data = if rest.first() == Some(&b'[') { structured(rest)? } else { rest.strip_prefix(b"-").map(|_| 1)? };
    let message = rest.get(data..)?;
    let mark = usize::from(message.first() == Some(&b' '));
    let bom = if message.get(mark..mark + 3) == Some(b"\xef\xbb\xbf") { 3 } else { 0 };
    Some((envelope, at + data + mark + bom))
}

/// Length of `[id name="value"…]…`.
fn structured(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while text.get(at) == Some(&b'[') {
        loop {
            match *text.get(at)? {
                b']' => break,
                b'"' => at += crate::decode::quoted::end(text.get(at + 1..)?)? + 2,
                _ => at += 1,
            }
        }
        at += 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Option<String> {
        let (envelope, start) = header(line.as_bytes())?;
        let rest = line.get(start..)?;
        Some(format!(
            "{:?} {} {} {:?} {rest}",
            envelope.time?.shape,
            envelope.host.unwrap_or_default(),
            envelope.program.unwrap_or_default(),
            envelope.pid
        ))
    }

    #[test]
    fn shapes_of_stamps() {
        assert_eq!(shown("Nov 20 09:29:43 node-3 kubelet[1043]: x: y").as_deref(), Some("Yearless node-3 kubelet Some(1043) x: y"));
        assert_eq!(shown("Fri 2026-11-20 09:29:43 UTC node-3 (systemd)[1]: x").as_deref(), Some("Zoned node-3 (systemd) Some(1) x"));
        assert_eq!(shown("Fri 2026-11-20 09:29:43 CST node-3 kernel: x").as_deref(), Some("Local node-3 kernel None x"));
        assert_eq!(shown("2026-11-20T09:29:43.123456+00:00 node-3 kernel: x").as_deref(), Some("Zoned node-3 kernel None x"));
        assert_eq!(shown("<13>1 2026-11-20T09:29:43Z - - - - - x").as_deref(), Some("Zoned   None x"));
        assert_eq!(shown("Nov 20 09:29:43 node-3 kubelet[1043]:").as_deref(), Some("Yearless node-3 kubelet Some(1043) "));
        assert_eq!(shown("Nov 20 09:29:43 kernel: ata7: x").as_deref(), Some("Yearless  kernel None ata7: x"));
        assert_eq!(
            shown("Nov 20 09:29:43  kernel: EXT4-fs error (device sda1): x").as_deref(),
            Some("Yearless  kernel None EXT4-fs error (device sda1): x")
        );
        assert_eq!(shown("Nov 20 09:29:43 node-3 kernel: ata7: x").as_deref(), Some("Yearless node-3 kernel None ata7: x"));
    }

    #[test]
    fn dated_lines_of_programs_are_left_alone() {
        for line in [
            "2026-11-20T09:48:47Z agent alive: fine",
            "2026-11-20T09:48:47Z ERROR redis: connection lost",
            "2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x",
            "2026-11-20T09:14:47.195137Z 12 mysqld: x",
            "Nov 20 09:29:43 just words here",
            "Nov 20 09:29:43 kubelet: x",
            "Nov 20 09:29:43 kubelet[x]: x",
            "Nov 20 09:29:43 kubelet[1043] x",
            "-- Logs begin at Fri 2022-03-04 10:39:53 UTC, end at Fri 2022-03-04 10:45:28 UTC. --",
            "[ 1577.718725] usb 1-1: new high-speed USB device",
            "[ 1577.718725] systemd[1]: Started Journal Service.",
            "[    0.252410] x86/fpu: xstate_offset[2]:  576, xstate_sizes[2]:  256",
            "<30>",
            "<x>Nov 20 09:29:43 node-3 dockerd: x",
        ] {
            assert_eq!(shown(line), None, "{line}");
        }
    }
}
