//! What `aws logs tail` prints: `2026-11-20T09:48:47.987000+00:00 stream line`.
//!
//! In: such a line. Out: the line, its stamp, the stream as the container's name. Must not know: more of the line than whether it is a dated record of a
//! known format; only then is the word in front a stream's.

use super::{Envelope, Unwrapped, Wrapper, certain};
use crate::decode::exported::program;
use crate::decode::stamp;
use crate::severity::Severity;
use crate::time::{RawTime, Shape};

/// Lines printed by the AWS CLI.
#[derive(Debug)]
pub struct CloudWatch;

impl Wrapper for CloudWatch {
    fn name(&self) -> &'static str {
        "cloudwatch"
    }

    fn about(&self) -> &'static str {
        "aws logs tail (aws/aws-cli awscli/customizations/logs/tail.py, DetailedLogEventsFormatter): a stamp of microseconds in UTC, the stream's name, and the \
         line. Taken off before a dated record of a known format, and around all lines where records stand in it."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("2026-11-20T09:48:47.987000+00:00 shop/pg-0/cache 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x")]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let (time, stream, rest) = parts(line)?;
        certain(rest).is_some().then(|| Unwrapped::whole(rest, of(time, stream)))
    }

    fn unwrap_all<'a>(&self, line: &'a [u8], _first: &Envelope) -> Option<Unwrapped<'a>> {
        parts(line).map(|(time, stream, rest)| Unwrapped::whole(rest, of(time, stream)))
    }
}

/// Stamp, name of the stream, and line.
fn parts(line: &[u8]) -> Option<(RawTime, &str, &[u8])> {
    line.first().filter(|byte| byte.is_ascii_digit())?;
    // Python writes microseconds, and an offset instead of a letter.
    line.get(26..33).filter(|rest| *rest == b"+00:00 " && line[10] == b'T')?;
    let (time, end) = stamp::iso(line).filter(|(time, end)| time.shape == Shape::Zoned && *end == 32)?;
    let rest = line.get(end + 1..)?;
    let length = memchr::memchr(b' ', rest.get(..513).unwrap_or(rest)).unwrap_or(rest.len());
    let stream = std::str::from_utf8(rest.get(..length)?).ok().filter(|stream| !stream.is_empty() && !stream.starts_with(['[', '{']))?;
    Severity::from_label(stream.as_bytes()).is_none().then_some((time, stream, rest.get(length + 1..).unwrap_or_default()))
}

fn of(time: RawTime, stream: &str) -> Envelope {
    Envelope { time: Some(time), program: program(stream), container: Some(stream.into()), ..Envelope::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_stands_before_records() {
        for line in [
            "2026-11-20T09:48:47.987000+00:00 agent alive",
            "2026-11-20 09:48:47.987000+00:00 pg-0 1:M 20 Nov 2026 10:01:18.413 * x",
            "2026-11-20T09:48:47.987000Z pg-0 1:M 20 Nov 2026 10:01:18.413 * x",
            "2026-11-20T09:48:47.987000+00:00 ERROR 1:M 20 Nov 2026 10:01:18.413 * x",
        ] {
            assert_eq!(CloudWatch.unwrap(line.as_bytes()), None, "{line}");
        }
        let eks = b"2026-11-20T09:48:47.987000+00:00 kube-scheduler-0123456789abcdef0123456789abcdef I0127 14:37:43.200971       1 node.go:172] x";
        assert_eq!(CloudWatch.unwrap(eks).and_then(|inside| inside.envelope.program).as_deref(), Some("kube-scheduler"));
        let inside = CloudWatch.unwrap_all(b"2026-11-20T09:48:47.987000+00:00 a/b further words", &Envelope::default());
        assert_eq!(inside.map(|inside| inside.text.into_owned()).as_deref(), Some(&b"further words"[..]));
    }
}
