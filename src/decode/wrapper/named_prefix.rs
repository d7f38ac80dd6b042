//! One or two names in front of a line: stern, kubetail, k9s, talosctl.
//!
//! In: `pod container line`, `name line`, `10.0.0.1: line`, `node-1: line`, `kubelet[812]: line`. Out: the line and the names. Must not know: more of the line than whether it is a
//! dated record of a known format; only then is a word in front a name.

use super::{Envelope, Unwrapped, Wrapper, certain, stamped::Stamped};
use crate::component::Component;
use crate::severity::Severity;

/// Names in front.
#[derive(Debug)]
pub struct NamedPrefix;

impl Wrapper for NamedPrefix {
    fn name(&self) -> &'static str {
        "named-prefix"
    }

    fn about(&self) -> &'static str {
        "stern and kubetail (`pod container line`, also with the namespace, and with stamps), k9s (`container line`), talosctl logs (`10.0.0.1: line`, `node-1: line`), and what is left of a journal's \
         line without its stamp and host (`kubelet[812]: line`); a name and a dash; a name in brackets and a word (`[cache-1] out: line` of Fabric, `[STORE] INFO: line` of programs \
         that pass on what their database says). Taken off only before a dated record of a known format."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("kube-proxy I0127 14:37:43.200971       1 node.go:172] x", "I0127 14:37:43.200971       1 node.go:172] x"),
            ("pg-0 cache 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("shop pg-0 cache 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("pg-0 cache 2026-11-20T09:41:39.741607123Z further words", "2026-11-20T09:41:39.741607123Z further words"),
            ("talos-cp-1: I0127 14:37:43.200971       1 node.go:172] x", "I0127 14:37:43.200971       1 node.go:172] x"),
            ("kubelet[812]: I0127 14:37:43.200971     812 node.go:172] x", "I0127 14:37:43.200971     812 node.go:172] x"),
            (" mysqld[16538]: 2026-11-20  9:41:39 0 [Note] x", "2026-11-20  9:41:39 0 [Note] x"),
            ("MASTER-2 - 1174:S 20 Nov 10:01:18.413 * x", "1174:S 20 Nov 10:01:18.413 * x"),
            ("[cache-1] out: 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("[STORE] INFO: 2026-11-20  9:41:39 0 [Note] x", "2026-11-20  9:41:39 0 [Note] x"),
            (
                r#"10.200.1.3: {"ts":1795167699741.607,"caller":"app/server.go:520","msg":"x","v":0}"#,
                r#"{"ts":1795167699741.607,"caller":"app/server.go:520","msg":"x","v":0}"#,
            ),
            (
                r#"orchid: {"ts":1795167699741.607,"caller":"app/server.go:520","msg":"x","v":0}"#,
                r#"{"ts":1795167699741.607,"caller":"app/server.go:520","msg":"x","v":0}"#,
            ),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        if let Some((node, rest)) = node(line)
            && certain(rest).is_some()
        {
            return Some(Unwrapped::whole(rest, Envelope { host: Some(node.into()), ..Envelope::default() }));
        }
        // The blank before it is what stood between host and program.
        if let Some((program, pid, rest)) = program(line.strip_prefix(b" ").unwrap_or(line))
            && certain(rest).is_some()
        {
            return Some(Unwrapped::whole(rest, Envelope { program: Some(program.into()), pid, ..Envelope::default() }));
        }
        if let Some((host, rest)) = label(line) {
            return Some(Unwrapped::whole(rest, Envelope { host: host.map(Into::into), ..Envelope::default() }));
        }
        if let Some((name, rest)) = dashed(line) {
            // Several servers are told apart so: what one name says is one log.
            return Some(Unwrapped::whole(rest, Envelope { program: Some(name.into()), container: Some(name.into()), ..Envelope::default() }));
        }
        let (one, rest) = word(line)?;
        if certain(rest).is_some() {
            // `shop   4m34s  Warning  FailedScheduling  pod/a  …`: a row of Events with and without its first word.
            let own = certain(line).is_some();
            return (!own).then(|| Unwrapped::whole(rest, Envelope { program: Some(one.into()), ..Envelope::default() }));
        }
        let (two, rest) = word(rest)?;
        if certain(rest).is_some() || is_stamped(rest) {
            return Some(Unwrapped::whole(rest, Envelope { pod: Some(one.into()), program: Some(two.into()), ..Envelope::default() }));
        }
        // `shop pg-0 cache line`: stern names the namespace where it looks into all.
        let (three, rest) = word(rest)?;
        let is_record = (certain(rest).is_some() || is_stamped(rest)) && two.contains('-') && certain(line).is_none();
        let pod = || format!("{one}/{two}").into();
        is_record.then(|| Unwrapped::whole(rest, Envelope { pod: Some(pod()), program: Some(three.into()), ..Envelope::default() }))
    }

    fn unwrap_all<'a>(&self, line: &'a [u8], first: &Envelope) -> Option<Unwrapped<'a>> {
        self.unwrap(line).or_else(|| {
            let rest = match first {
                Envelope { pod: Some(pod), program: Some(container), .. } => {
                    let line = pod.split('/').try_fold(line, behind)?;
                    behind(line, container)?
                }
                Envelope { pod: None, program: Some(program), pid: None, container: None, .. } => behind(line, program)?,
                _ => return None,
            };
            Some(Unwrapped::whole(rest, first.clone()))
        })
    }
}

/// Whether kubectl's stamp stands in front, before whatever it is: stern -t.
fn is_stamped(rest: &[u8]) -> bool {
    rest.first().is_some_and(u8::is_ascii_digit) && Stamped.unwrap(rest).is_some()
}

/// What follows the name and a blank; of an empty line some cut the blank.
fn behind<'l>(line: &'l [u8], name: &str) -> Option<&'l [u8]> {
    let rest = line.strip_prefix(name.as_bytes())?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b" ") }
}

/// The node as talosctl puts it in front of a line: the address or the name by which it was asked, and what follows. A word alone is more likely a
/// program's, but before klog's JSON, which is how Talos lets its kubelet log.
pub(super) fn node(line: &[u8]) -> Option<(&str, &[u8])> {
    let sound = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let end = line.iter().take(254).position(|byte| !sound(byte))?;
    let rest = line.get(end..)?.strip_prefix(b": ")?;
    let name = std::str::from_utf8(line.get(..end)?).ok()?;
    let whole = name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.ends_with(|last: char| last.is_ascii_alphanumeric());
    let is_node = if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        name.contains(['-', '.']) || name.bytes().any(|byte| byte.is_ascii_digit()) || rest.starts_with(b"{\"ts\":")
    } else {
        name.parse::<std::net::Ipv4Addr>().is_ok()
    };
    (whole && is_node && Component::from_program(name).is_none()).then_some((name, rest))
}

/// A program that is known, as syslog names it, with its process id or without: `kubelet[812]: `, `kubelet: `.
fn program(line: &[u8]) -> Option<(&str, Option<u32>, &[u8])> {
    line.first().filter(|byte| byte.is_ascii_lowercase())?;
    let end = line.iter().take(64).position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))?;
    let name = std::str::from_utf8(line.get(..end)?).ok()?;
    let rest = line.get(end..)?;
    let (pid, rest) = match rest.strip_prefix(b"[") {
        Some(inside) => {
            let close = memchr::memchr(b']', inside.get(..11).unwrap_or(inside))?;
            (Some(std::str::from_utf8(&inside[..close]).ok()?.parse().ok()?), inside.get(close + 1..)?)
        }
        None => (None, rest),
    };
    let rest = rest.strip_prefix(b": ")?;
    (pid.is_some() || Component::from_program(name).is_some()).then_some((name, pid, rest))
}

/// `[name] word: ` before a dated record of a known format, and that record. Fabric's name is a host's.
pub(super) fn label(line: &[u8]) -> Option<(Option<&str>, &[u8])> {
    let rest = line.strip_prefix(b"[")?;
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b':');
    let end = rest.iter().take(254).position(|byte| !sound(byte))?;
    let name = std::str::from_utf8(rest.get(..end)?).ok()?;
    let rest = rest.get(end..)?.strip_prefix(b"] ")?;
    let end = rest.iter().take(16).position(|byte| !byte.is_ascii_alphabetic())?;
    let word = rest.get(..end)?;
    let inside = rest.get(end..)?.strip_prefix(b": ")?;
    let named = name.bytes().any(|byte| byte.is_ascii_alphabetic()) && !word.is_empty();
    (named && certain(inside).is_some() && certain(line).is_none()).then(|| (matches!(word, b"out" | b"err").then_some(name), inside))
}

/// `MASTER-2 - ` before a dated record of a known format, as people tell several logs apart, and that record.
fn dashed(line: &[u8]) -> Option<(&str, &[u8])> {
    let end = line.iter().take(64).position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))?;
    let name = std::str::from_utf8(line.get(..end)?).ok()?;
    let rest = line.get(end..)?.strip_prefix(b" - ")?;
    let named = name.starts_with(|first: char| first.is_ascii_alphabetic()) && Severity::from_label(name.as_bytes()).is_none();
    (named && certain(rest).is_some() && certain(line).is_none()).then_some((name, rest))
}

/// A name as Kubernetes allows it, no level, and what follows its blanks.
fn word(line: &[u8]) -> Option<(&str, &[u8])> {
    line.first().filter(|byte| byte.is_ascii_lowercase())?;
    let end = line.iter().take(254).position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')))?;
    let name = std::str::from_utf8(&line[..end]).ok()?;
    let rest = line[end..].strip_prefix(b" ")?.trim_ascii_start();
    (end > 1 && Severity::from_label(name.as_bytes()).is_none()).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_program_needs_no_process_id() {
        let told = |line: &[u8]| {
            NamedPrefix.unwrap(line).map(|inside| (inside.envelope.program.map(String::from), inside.envelope.pid, inside.envelope.host))
        };
        let kubelet = Some("kubelet".to_owned());
        assert_eq!(told(b"kubelet: I0127 14:37:43.200971     812 node.go:172] x"), Some((kubelet.clone(), None, None)));
        assert_eq!(told(b"kubelet[812]: I0127 14:37:43.200971     812 node.go:172] x"), Some((kubelet, Some(812), None)));
        let snap = Some("microk8s.daemon-kubelite".to_owned());
        assert_eq!(told(b"microk8s.daemon-kubelite[812]: I0127 14:37:43.200971     812 node.go:172] x"), Some((snap, Some(812), None)));
        assert_eq!(told(b"k3s[812]: I0127 14:37:43.200971     812 node.go:172] x"), Some((Some("k3s".to_owned()), Some(812), None)));
    }

    #[test]
    fn where_all_lines_have_it_a_name_stands_before_anything() {
        let found = |line: &[u8]| NamedPrefix.unwrap(line).expect("a name stands before a record").envelope;
        let pod = found(b"pg-0 cache 1:M 20 Nov 2026 10:01:18.413 * x");
        let inside = |line: &[u8], first: &Envelope| NamedPrefix.unwrap_all(line, first).map(|inside| inside.text.into_owned());
        assert_eq!(inside(b"pg-0 cache   further words", &pod).as_deref(), Some(&b"  further words"[..]));
        assert_eq!(inside(b"pg-0 cache", &pod).as_deref(), Some(&b""[..]));
        assert_eq!(inside(b"pg-1 cache further words", &pod), None);
        let container = found(b"cache 1:M 20 Nov 2026 10:01:18.413 * x");
        assert_eq!(inside(b"cache further words", &container).as_deref(), Some(&b"further words"[..]));
        assert_eq!(inside(b"caches further words", &container), None);
    }

    #[test]
    fn words_before_anything_else_are_words() {
        for line in [
            "agent alive since 2026",
            "error 1:M 20 Nov 2026 10:01:18.413 * x",
            "pg-0 2026-11-20T09:48:47Z agent alive",
            "10.0.0.1: text",
            "node-1: text",
            "10.0.0.300: 1:M 20 Nov 2026 10:01:18.413 * x",
            "agent: 1:M 20 Nov 2026 10:01:18.413 * x",
            r#"agent: {"ts":"soon","msg":"x"}"#,
            r#"kubelet-check: {"level":"info","msg":"x"}"#,
            "kube-proxy: agent alive since 2026",
            "kubelet[x]: I0127 14:37:43.200971     812 node.go:172] x",
            "[cache-1] out: agent alive since 2026",
            "[2137] out: 1:M 20 Nov 2026 10:01:18.413 * x",
            "ERROR - 1:M 20 Nov 2026 10:01:18.413 * x",
            "MASTER-2 - agent alive",
            "[] out: 1:M 20 Nov 2026 10:01:18.413 * x",
            "note: 1:M 20 Nov 2026 10:01:18.413 * x",
            "a b c 1:M 20 Nov 2026 10:01:18.413 * x",
            "shop   4m34s   Warning   FailedScheduling   pod/big   default-scheduler   0/2 nodes   4m34s   1   big.18e9b72dbb942445",
        ] {
            assert_eq!(NamedPrefix.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
