//! The container log files of the kubelet's node: containerd and CRI-O.
//!
//! In: `stamp stream tag line`. Out: the line, its stamp, and whether it goes on. Must not know: what the container writes.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::stamp;

/// CRI log lines.
#[derive(Debug)]
pub struct Cri;

impl Wrapper for Cri {
    fn name(&self) -> &'static str {
        "cri"
    }

    fn about(&self) -> &'static str {
        "/var/log/pods/*/*/N.log of containerd and CRI-O (kubernetes pkg/kubelet/kuberuntime/logs/logs.go, containerd internal/cri/io/logger.go, conmon \
         src/ctr_logging.c). Tag P marks a line that goes on in the next one."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("2026-11-20T09:48:47.987281669Z stdout F 2026-11-20T09:48:47Z agent alive", "2026-11-20T09:48:47Z agent alive"),
            ("2026-11-20T17:48:47.98+08:00 stderr P half a li", "half a li"),
            ("2026-11-20T17:48:47.98+08:00 stderr F ", ""),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        if line.get(10) != Some(&b'T') {
            return None;
        }
        let (time, end) = stamp::iso(line)?;
        let rest = line.get(end..)?.strip_prefix(b" std")?;
        let rest = rest.strip_prefix(b"out ").or_else(|| rest.strip_prefix(b"err "))?;
        let partial = match rest.first()? {
            b'F' => false,
            b'P' => true,
            _ => return None,
        };
        // Further tags follow after colons.
        let text = match rest.get(1) {
            None => &[][..],
            Some(b' ') => &rest[2..],
            Some(b':') => &rest[memchr::memchr(b' ', rest)? + 1..],
            Some(_) => return None,
        };
        Some(Unwrapped { partial, ..Unwrapped::whole(text, Envelope { time: Some(time), ..Envelope::default() }) })
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::{Framer, frame::Carry};

    #[test]
    fn partial_lines_are_put_together() {
        let text = b"2026-11-20T09:48:47.1Z stdout P one \n2026-11-20T09:48:47.2Z stdout P two \n2026-11-20T09:48:47.3Z stdout F three\n2026-11-20T09:48:48Z stderr F:x four\n";
        let piece = Framer::detect(text).piece(text, 1, 0, Carry::default(), true);
        let texts: Vec<_> = (0..piece.entries.len()).map(|at| String::from_utf8_lossy(piece.entry(at).text).into_owned()).collect();
        assert_eq!(texts, ["one two three", "four"]);
        assert_eq!(piece.lines, 4);
    }
}
