//! k0s: what its supervisor logs of the programs that it runs.
//!
//! In: `time="…" level=info msg="line" component=etcd stream=stderr`. Out: the line and the program. Must not know: the formats inside.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::{quoted, stamp};

/// Lines that k0s passes on.
#[derive(Debug)]
pub struct K0s;

/// Longest name of a program that is believed.
const MAX_NAME: usize = 64;

impl Wrapper for K0s {
    fn name(&self) -> &'static str {
        "k0s"
    }

    fn about(&self) -> &'static str {
        "k0s's own log, where it passes on a line of etcd, the API server or the kubelet (k0sproject/k0s pkg/supervisor/supervisor.go and logwriter.go): the stream is told last. What k0s says itself has none."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"time="2026-11-20 09:46:40" level=info msg="I1120 09:46:40.123456    2331 server.go:1] \"a\" b=\"c\"" component=kubelet stream=stderr"#,
                r#"I1120 09:46:40.123456    2331 server.go:1] "a" b="c""#,
            ),
            ("time=\"2026-11-20 09:46:40\" level=info msg=done component=kube-scheduler stream=stdout", "done"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let stamped = line.strip_prefix(b"time=\"")?;
        let head = line.strip_suffix(b" stream=stderr").or_else(|| line.strip_suffix(b" stream=stdout"))?;
        let (time, length) = stamp::iso(stamped)?;
        let said = stamped.get(length..)?.strip_prefix(b"\" level=info msg=")?;
        let said = said.get(..said.len().checked_sub(line.len().checked_sub(head.len())?)?)?;
        let at = memchr::memmem::rfind(said, b" component=")?;
        let program = std::str::from_utf8(said.get(at + b" component=".len()..)?).ok()?;
        if program.is_empty()
            || program.len() > MAX_NAME
            || !program.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        {
            return None;
        }
        let said = said.get(..at)?;
        // A line that was too long comes in chunks, which are numbered.
        let chunk = memchr::memmem::rfind(said, b" chunk=").filter(|at| said[at + 7..].iter().all(u8::is_ascii_digit));
        let said = chunk.map_or(said, |at| &said[..at]);
        let text = match said.strip_prefix(b"\"") {
            Some(inside) => quoted::bytes(inside.strip_suffix(b"\"")?),
            None => said.into(),
        };
        let envelope = Envelope { time: Some(time), program: Some(program.into()), ..Envelope::default() };
        Some(Unwrapped { text, envelope, partial: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_said_it() {
        let line = br#"time="2026-11-20 09:46:40" level=info msg="{\"level\":\"warn\"}" chunk=2 component=etcd stream=stderr"#;
        let inside = K0s.unwrap(line).unwrap();
        assert_eq!((inside.text.as_ref(), inside.envelope.program.as_deref()), (&br#"{"level":"warn"}"#[..], Some("etcd")));
    }

    #[test]
    fn what_it_says_itself_stays() {
        for line in [
            "time=\"2026-11-20 09:46:40\" level=info msg=\"starting etcd\" component=etcd",
            "time=\"2026-11-20 09:46:40\" level=warning msg=\"x\" component=etcd stream=stderr",
            "time=\"2026-11-20 09:46:40\" level=info msg=\"x\" component=a=b stream=stderr",
            "time=\"2026-11-20 09:46:40\" level=info msg=x stream=stderr",
            "time=\" stream=stderr",
        ] {
            assert_eq!(K0s.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
