//! Talos: the kernel log as `talosctl dmesg` prints it, and lines that a node sends away as JSON.
//!
//! In: `10.0.0.1: kern: info: [stamp]: line`, objects with `talos-service`. Out: the line, its stamp, who wrote it. Must not know: the formats inside.

use std::borrow::Cow;

use super::named_prefix::node;
use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::{json, quoted, stamp};

/// Lines of Talos nodes.
#[derive(Debug)]
pub struct Talos;

/// Facilities of the kernel's log.
const FACILITIES: &[&[u8]] = &[b"kern", b"user", b"daemon", b"auth", b"syslog", b"authpriv", b"cron", b"mail"];

impl Wrapper for Talos {
    fn name(&self) -> &'static str {
        "talos"
    }

    fn about(&self) -> &'static str {
        "talosctl dmesg (`node: facility: level: [stamp]: line`; user is Talos itself), and the json_lines format of machine.logging.destinations (Talos \
         documentation, Logging)."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "172.20.1.2: kern:    info: [2026-11-20T10:09:37.662764956Z]: x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'",
                "x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'",
            ),
            (
                "node-1.example.org: user: warning: [2026-11-20T16:16:33.741070804Z]: [talos] service[cri](Running): Health check successful",
                "[talos] service[cri](Running): Health check successful",
            ),
            (
                r#"{"msg":"[talos] apply config request: immediate true, on reboot false","talos-level":"info","talos-service":"machined","talos-time":"2026-11-20T10:48:49.294858021Z"}"#,
                "[talos] apply config request: immediate true, on reboot false",
            ),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        if line.first() == Some(&b'{') { sent(line) } else { printed(line) }
    }
}

/// `[node: ]facility: level: [stamp]: text`.
fn printed(line: &[u8]) -> Option<Unwrapped<'_>> {
    // Most lines hold nothing of the kind, and this is asked of all of them.
    let mark = memchr::memmem::find(line.get(..320).unwrap_or(line), b": [")?;
    let stamped = line.get(mark + 3..)?;
    stamped.first().filter(|byte| byte.is_ascii_digit())?;
    let (time, end) = stamp::iso(stamped)?;
    let text = stamped.get(end..)?.strip_prefix(b"]: ")?;
    let head = line.get(..mark + 2)?;
    let (host, head) = node(head).map_or((None, head), |(name, rest)| (Some(name), rest));
    let colon = memchr::memchr(b':', head)?;
    let facility = FACILITIES.iter().find(|known| head.get(..colon) == Some(known))?;
    let level = head.get(colon + 1..)?.strip_suffix(b": ")?.trim_ascii_start();
    if level.is_empty() || !level.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let program = if *facility == b"kern" { "kernel" } else { "talos" };
    let envelope = Envelope { time: Some(time), host: host.map(Into::into), program: Some(program.into()), ..Envelope::default() };
    Some(Unwrapped::whole(text, envelope))
}

/// What `msg` says, and who said it when.
fn sent(line: &[u8]) -> Option<Unwrapped<'_>> {
    memchr::memmem::find(line, b"\"talos-service\"")?;
    let (mut text, mut envelope) = (None, Envelope::default());
    for (key, value) in json::members(line) {
        match key {
            b"msg" => text = value.inside(),
            b"talos-service" => envelope.program = Some(value.text().into()),
            b"talos-time" => envelope.time = value.time(),
            b"node" | b"hostname" if value.inside().is_some() => envelope.host = Some(value.text().into()),
            _ => {}
        }
    }
    (envelope.time.is_some() && envelope.program.is_some()).then_some(())?;
    let text = match quoted::bytes(text?) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii_end()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii_end().to_vec()),
    };
    Some(Unwrapped { text, envelope, partial: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<(Option<String>, Option<String>)> {
        let envelope = Talos.unwrap(line.as_bytes())?.envelope;
        Some((envelope.host.map(Into::into), envelope.program.map(Into::into)))
    }

    #[test]
    fn who_wrote_it() {
        let samples: Vec<_> = Talos.samples().iter().map(|(line, _)| told(line).unwrap()).collect();
        let some = |text: &str| Some(text.to_owned());
        let node = some("node-1.example.org");
        assert_eq!(samples, [(some("172.20.1.2"), some("kernel")), (node, some("talos")), (None, some("machined"))]);
        assert_eq!(told("kern:  notice: [2026-11-20T10:09:37.662764956Z]: x"), Some((None, some("kernel"))));
    }

    #[test]
    fn other_lines_with_stamps_in_brackets_are_left_alone() {
        for line in [
            "agent: info: [2026-11-20T10:09:37Z]: x",
            "kern: info: [2026-11-20T10:09:37Z] x",
            "x kern: info: [2026-11-20T10:09:37Z]: x",
            "kern: INFO: [2026-11-20T10:09:37Z]: x",
            r#"{"msg":"x","talos-service":"kubelet"}"#,
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
