//! logrus and other logfmt writers: containerd, dockerd, CRI-O, Prometheus, and most Go programs outside Kubernetes.
//!
//! In: lines of pairs with time and level in front, that are objects with `level`, `msg` and `time`, or that are made for terminals. Out: message and fields. Must not know: what the messages
//! mean.

use crate::decode::{Body, Entry, Format, Next, Opening, json, pairs, quoted, stamp};
use crate::severity::Severity;

/// logrus lines, text and JSON.
#[derive(Debug)]
pub struct Logrus;

impl Format for Logrus {
    fn name(&self) -> &'static str {
        "logrus"
    }

    fn title(&self) -> &'static str {
        "containerd, dockerd and other logrus writers"
    }

    fn about(&self) -> &'static str {
        "Key and value pairs with time, level and msg, or the same as a JSON object. The stamp carries a zone: nanoseconds from containerd and \
         dockerd, seconds from programs that leave logrus as it is. Go's slog and go-kit write the same \
         shapes. On a terminal logrus writes `INFO[0042] message  key=value`, with a stamp or with the seconds since its start."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "sirupsen/logrus text_formatter.go and json_formatter.go",
            "sirupsen/logrus text_formatter.go printColored",
            "containerd/log context.go RFC3339NanoFixed",
            "golang/go log/slog",
            "go-kit/log logfmt_logger.go",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (r#"time="2026-11-20T09:42:28.927109515Z" level=info msg="starting containerd" revision= version=2.1.9+unknown"#, "starting containerd"),
            (
                r#"{"error":"x","level":"warning","msg":"cleaning up after shim disconnected","time":"2026-11-20T09:42:28.927109515Z"}"#,
                "cleaning up after shim disconnected",
            ),
            ("time=2026-11-20T09:42:28.927Z level=WARN msg=late took=3s", "late"),
            (
                r#"ERRO[2026-11-20T16:04:16.068413882+08:00] containerd did not exit successfully          error="signal: segmentation fault" module=libcontainerd"#,
                "containerd did not exit successfully",
            ),
            ("INFO[0042] Starting up                                  ", "Starting up"),
            (r#"ts=2026-11-20T09:42:28.927Z caller=main.go:583 level=info component=web msg="Start listening""#, "Start listening"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if line.first() == Some(&b'{') {
            return object(line);
        }
        text(line).or_else(|| terminal(line).map(|(opening, _)| opening))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut body = Body::default();
        if entry.text.first() == Some(&b'{') {
            for (key, value) in json::members(entry.text) {
                match key {
                    b"level" | b"time" => {}
                    b"msg" => body.message = value.text(),
                    _ => json::flatten(quoted::plain(key), value, &mut body),
                }
            }
            return body;
        }
        if let Some((_, said)) = terminal(entry.text) {
            // The message is filled up with blanks, which the pairs follow.
            let end = memchr::memmem::find_iter(said, b"  ").find(|at| pairs::begins(said[*at..].trim_ascii_start())).unwrap_or(said.len());
            body.message = crate::decode::lossy(said[..end].trim_ascii_end());
            for (key, value) in pairs::pairs(&said[end..]) {
                body.push(key, value);
            }
            return body;
        }
        for (key, value) in pairs::pairs(entry.text) {
            match key.as_ref() {
                "time" | "ts" | "t" | "level" | "lvl" => {}
                "msg" if body.message.is_empty() => body.message = value,
                _ => body.push(key, value),
            }
        }
        body
    }
}

/// Pairs in front among which time and level must stand.
const LEADING: usize = 6;

fn text(line: &[u8]) -> Option<Opening> {
    const FIRST: [&[u8]; 6] = [b"time=", b"ts=", b"t=", b"level=", b"lvl=", b"logger="];
    if !FIRST.iter().any(|first| line.starts_with(first)) {
        return None;
    }
    let (mut time, mut severity) = (None, None);
    let mut rest = line;
    for _ in 0..LEADING {
        let equal = memchr::memchr(b'=', rest.get(..24).unwrap_or(rest))?;
        let (key, value) = (&rest[..equal], &rest[equal + 1..]);
        let (inside, length) = if let Some(inside) = value.strip_prefix(b"\"") {
            quoted::end(inside).map(|end| (&inside[..end], end + 2))?
        } else {
            let end = memchr::memchr(b' ', value).unwrap_or(value.len());
            (&value[..end], end)
        };
        match key {
            b"time" | b"ts" | b"t" => time = Some(stamp::iso(inside)?.0),
            b"level" | b"lvl" => severity = Some(Severity::from_label(inside)?),
            _ => {}
        }
        if time.is_some() && severity.is_some() {
            return Some(Opening::new(time, severity));
        }
        rest = value.get(length..)?.strip_prefix(b" ")?;
    }
    None
}

/// `INFO[0042] message`, `INFO[2026-11-20T09:42:28Z] message`: the opening, and what follows.
fn terminal(line: &[u8]) -> Option<(Opening, &[u8])> {
    let severity = match line.get(..5)? {
        b"TRAC[" | b"DEBU[" => Severity::DEBUG,
        b"INFO[" => Severity::INFO,
        b"WARN[" => Severity::WARN,
        b"ERRO[" => Severity::ERROR,
        b"FATA[" | b"PANI[" => Severity::FATAL,
        _ => return None,
    };
    let close = 5 + memchr::memchr(b']', line.get(5..48).or_else(|| line.get(5..))?)?;
    let stamp = line.get(5..close)?;
    let time = match stamp::iso(stamp) {
        Some((time, length)) if length == stamp.len() => Some(time),
        _ if stamp.len() >= 4 && stamp.iter().all(u8::is_ascii_digit) => None,
        _ => return None,
    };
    Some((Opening::new(time, Some(severity)), line.get(close + 1..)?.strip_prefix(b" ")?))
}

fn object(line: &[u8]) -> Option<Opening> {
    let (mut time, mut severity, mut message) = (None, None, false);
    for (key, value) in json::members(line) {
        match key {
            b"time" => time = Some(stamp::iso(value.inside()?)?.0),
            b"level" => severity = Some(Severity::from_label(value.inside()?)?),
            b"msg" => message = true,
            _ => {}
        }
    }
    (message && severity.is_some() && time.is_some()).then(|| Opening::new(time, severity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    #[test]
    fn quotes_inside_messages() {
        let line =
            br#"time="2026-11-20T09:42:28.9Z" level=error msg="StopContainer for \"ab\" failed" error="rpc error: code = X desc = \"y\"" id=7"#;
        let piece = Framer::default().piece(line, 1, 0, Carry::default(), true);
        let body = Logrus.body(&piece.entry(0));
        assert_eq!(body.message, r#"StopContainer for "ab" failed"#);
        assert_eq!((body.field("error"), body.field("id")), (Some(r#"rpc error: code = X desc = "y""#), Some("7")));
        assert_eq!(piece.entries[0].head.severity, Some(Severity::ERROR));
    }

    #[test]
    fn terminals_get_the_message_first() {
        let line = b"ERRO[2026-11-20T16:04:16.068413882+08:00] containerd did not exit successfully          error=\"signal: segmentation fault\" module=libcontainerd";
        let piece = Framer::default().piece(line, 1, 0, Carry::default(), true);
        let body = Logrus.body(&piece.entry(0));
        assert_eq!(
            (body.message.as_ref(), body.field("error"), body.field("module")),
            ("containerd did not exit successfully", Some("signal: segmentation fault"), Some("libcontainerd"))
        );
        assert_eq!(piece.entries[0].head.severity, Some(Severity::ERROR));
        for line in ["INFO[x] y", "INFO[12] y", "INFO[0001]y", "INFOS[0001] y", "INFO[2026-11-20] y"] {
            assert_eq!(Logrus.open(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn other_lines_are_not_taken() {
        for line in ["time=soon level=info msg=x", r#"time="2026-11-20T09:42:28Z" msg=x"#, r#"{"time":"2026-11-20T09:42:28Z","msg":"x"}"#, "time"] {
            assert_eq!(Logrus.open(line.as_bytes()), None, "{line}");
        }
    }
}
