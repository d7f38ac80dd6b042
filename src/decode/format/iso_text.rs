//! Lines of unknown programs that begin with a date and time.
//!
//! In: a line that begins with an ISO stamp. Out: time, level where one follows, and the rest as message. Must not know: any one program.

use super::go_stack;
use crate::decode::{Body, Entry, Format, Next, Opening, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// Any other line with an ISO stamp in front.
#[derive(Debug)]
pub struct IsoText;

impl Format for IsoText {
    fn name(&self) -> &'static str {
        "iso-text"
    }

    fn title(&self) -> &'static str {
        "Dated lines of unknown programs"
    }

    fn about(&self) -> &'static str {
        "A date and time in front, in brackets or not, perhaps with a level behind or before. Indented lines that follow (stack traces) belong to the record. \
         Stamps without a zone are local time."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["ISO 8601 and RFC 3339 stamps, and Go's log package with slashes in the date"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("2026-11-20T09:48:47Z agent alive", "agent alive"),
            ("2026-11-20 09:48:47,123 ERROR [main] cannot connect\n\tat a.b.C(D.java:1)", "[main] cannot connect\n\tat a.b.C(D.java:1)"),
            ("[2026-11-20T09:48:47.5+08:00] [warn] slow", "slow"),
            ("WARNING: 2026/11/20 10:04:09 [core] grpc: addrConn.createTransport failed", "[core] grpc: addrConn.createTransport failed"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if !matches!(line.first(), Some(b'0'..=b'9' | b'[' | b'I' | b'W' | b'E' | b'F')) {
            return None;
        }
        let (time, severity, _) = header(line)?;
        Some(Opening::new(Some(time), severity))
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        let indented = matches!(line.first(), Some(b'\t' | b' ')) || line.starts_with(b"Caused by: ");
        let called = || go_stack::goes_on(entry, line, |entry| header(entry).and_then(|(_, severity, _)| severity));
        if indented || called() { Next::JoinUnlessOpened } else { Next::End }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let start = header(entry.text).map_or(0, |(_, _, start)| start);
        Body::message(crate::decode::lossy(&entry.text[start..]))
    }
}

/// Stamp, level, and where the message begins.
fn header(line: &[u8]) -> Option<(RawTime, Option<Severity>, usize)> {
    if line.first().is_some_and(u8::is_ascii_uppercase) {
        // grpc-go and other users of Go's log package put the level first.
        let colon = memchr::memchr(b':', line.get(..10).unwrap_or(line))?;
        let severity = Severity::from_label(&line[..colon])?;
        let (time, length) = stamp::iso(line.get(colon + 2..)?)?;
        return Some((time, Some(severity), skip(line, colon + 2 + length)));
    }
    let bracket = usize::from(line.first() == Some(&b'['));
    let (time, length) = stamp::iso(line.get(bracket..)?)?;
    let mut end = bracket + length;
    if bracket == 1 {
        let close = memchr::memchr(b']', line.get(end..end + 12).or_else(|| line.get(end..))?)?;
        end += close + 1;
    }
    match line.get(end) {
        None => return Some((time, None, end)),
        Some(b' ' | b'\t' | b':' | b'|' | b';' | b',' | b'-' | b'[') => {}
        Some(_) => return None,
    }
    let start = skip(line, end);
    let word = line[start..].iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let after = line.get(start + word).copied();
    match Severity::from_label(&line[start..start + word]) {
        Some(severity) if after.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_' | b'/')) => {
            Some((time, Some(severity), skip(line, start + word)))
        }
        // A bracket that holds no level belongs to the message.
        _ => Some((time, None, if start > end && line[start - 1] == b'[' { start - 1 } else { start })),
    }
}

/// Past blanks and the signs that stand around a level, but not past the opening bracket of what follows.
fn skip(line: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = line.get(at) {
        match byte {
            b' ' | b'\t' | b'|' | b']' | b':' | b';' | b'-' => at += 1,
            b'[' if line.get(at + 1).is_some_and(u8::is_ascii_alphabetic) && levelled(&line[at + 1..]) => return at + 1,
            _ => break,
        }
    }
    at
}

fn levelled(text: &[u8]) -> bool {
    let word = text.iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count();
    text.get(word) == Some(&b']') && Severity::from_label(&text[..word]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    #[track_caller]
    fn check(line: &str, severity: Option<Severity>, message: &str) {
        let piece = Framer::default().piece(line.as_bytes(), 1, 0, Carry::default(), true);
        let entry = piece.entry(0);
        assert_eq!((entry.format.name(), entry.head.severity), ("iso-text", severity), "{line}");
        assert_eq!(IsoText.body(&entry).message, message);
    }

    #[test]
    fn levels_and_messages() {
        check("2020/11/25 19:54:57 [error] 23#23: *1 upstream timed out", Some(Severity::ERROR), "23#23: *1 upstream timed out");
        check("2026-11-20T09:35:12Z pg-0 uid=ab starting", None, "pg-0 uid=ab starting");
        check("2020-11-25 19:08:26.206+0000 [id=1]\tINFO\torg.x: up", None, "[id=1]\tINFO\torg.x: up");
        check("2026-11-20T11:07:09.205808Z registered True", None, "registered True");
        check("2026-11-20T11:07:09Z error.log opened", None, "error.log opened");
        check("2026-11-20 11:07:09", None, "");
    }

    #[test]
    fn a_go_stack_stays_with_its_error() {
        let text = "2026-11-20T09:59:53.310Z ERROR setup problem running manager {\"error\": \"leader election lost\"}\ngithub.com/go-logr/zapr.(*zapLogger).Error\n\t/go/pkg/mod/zapr.go:128\nmain.main\n\t/workspace/main.go:87\nruntime.main\n\t/usr/local/go/src/runtime/proc.go:203\nmain.main is gone\n2026-11-20T09:59:54.310Z INFO x\nexample.org";
        let piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
        let lines: Vec<usize> = (0..piece.entries.len()).map(|at| piece.entry(at).text.split(|byte| *byte == b'\n').count()).collect();
        assert_eq!(lines, [7, 1, 1, 1]);
    }

    #[test]
    fn dates_inside_words_are_not_taken() {
        for line in ["2026-11-20T11:07:09Zulu", "2026-11-20", "[2026-11-20 11:07:09", "20261120"] {
            assert_eq!(IsoText.open(line.as_bytes()), None, "{line}");
        }
    }
}
