//! The pod and its container in front of a line, between signs: `kubectl logs --prefix`, kubetail, kail.
//!
//! In: `[pod/NAME/CONTAINER] line`, `[NAME CONTAINER] line`, `NAMESPACE/NAME[CONTAINER]: line`. Out: the line, the pod and the container. Must not know: what the
//! container writes. Only kubectl's prefix is nobody else's: the others are taken off before a dated record of a known format, or where all lines have one.

use super::{Envelope, Unwrapped, Wrapper, certain};
use crate::severity::Severity;

/// kubectl's source prefix.
#[derive(Debug)]
pub struct PodPrefix;

impl Wrapper for PodPrefix {
    fn name(&self) -> &'static str {
        "pod-prefix"
    }

    fn about(&self) -> &'static str {
        "kubectl logs --prefix, --all-pods and --all-containers (kubernetes/kubectl pkg/cmd/logs/logs.go), kubetail, and kail. Only kail tells the namespace."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("[pod/pg-0/postgres] ready", "ready"),
            ("[pg-0 cache] 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("[pg-0] 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("shop/pg-0[cache]: 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let Some(inside) = line.strip_prefix(b"[pod/") else {
            return of_tools(line).filter(|inside| certain(&inside.text).is_some() && certain(line).is_none());
        };
        let close = memchr::memchr(b']', inside.get(..512).unwrap_or(inside))?;
        let slash = memchr::memchr(b'/', &inside[..close])?;
        let name = |from: usize, to: usize| Some(String::from_utf8_lossy(&inside[from..to]).into());
        let rest = &inside[close + 1..];
        let envelope = Envelope { pod: name(0, slash), program: name(slash + 1, close), ..Envelope::default() };
        Some(Unwrapped::whole(rest.strip_prefix(b" ").unwrap_or(rest), envelope))
    }

    fn unwrap_all<'a>(&self, line: &'a [u8], _first: &Envelope) -> Option<Unwrapped<'a>> {
        self.unwrap(line).or_else(|| of_tools(line))
    }
}

/// `[pg-0 cache] line` and `[pg-0] line` of kubetail, `shop/pg-0[cache]: line` of kail.
fn of_tools(line: &[u8]) -> Option<Unwrapped<'_>> {
    if let Some(inside) = line.strip_prefix(b"[") {
        let (pod, rest) = name(inside)?;
        let (container, rest) = rest.strip_prefix(b" ").map_or(Some((None, rest)), |rest| name(rest).map(|(name, rest)| (Some(name), rest)))?;
        // Replicas are counted: a word alone is more likely a part of a program.
        let is_pod = container.is_some() || pod.contains('-');
        let envelope = Envelope { pod: Some(pod.into()), program: container.map(Into::into), ..Envelope::default() };
        return behind(rest.strip_prefix(b"]").filter(|_| is_pod)?).map(|rest| Unwrapped::whole(rest, envelope));
    }
    let (namespace, rest) = name(line)?;
    let (pod, rest) = name(rest.strip_prefix(b"/")?)?;
    let (container, rest) = name(rest.strip_prefix(b"[")?)?;
    // `postfix/smtpd[812]: ` is a program with its process id.
    let is_container = container.bytes().any(|byte| byte.is_ascii_lowercase());
    let envelope = Envelope { pod: Some(format!("{namespace}/{pod}").into()), program: Some(container.into()), ..Envelope::default() };
    behind(rest.strip_prefix(b"]:").filter(|_| is_container)?).map(|rest| Unwrapped::whole(rest, envelope))
}

/// What follows a blank; of an empty line some cut it.
fn behind(rest: &[u8]) -> Option<&[u8]> {
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b" ") }
}

/// A name as Kubernetes allows it, no level, and what follows.
fn name(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = text.iter().take(254).position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')))?;
    let name = std::str::from_utf8(&text[..end]).ok().filter(|name| !name.is_empty())?;
    Severity::from_label(name.as_bytes()).is_none().then_some((name, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_it_is() {
        let told = |line: &[u8]| {
            let envelope = PodPrefix.unwrap(line)?.envelope;
            Some((envelope.pod?.to_string(), envelope.program.map(String::from)))
        };
        let some = |pod: &str, container: Option<&str>| Some((pod.to_owned(), container.map(str::to_owned)));
        assert_eq!(told(b"[pod/pg-0/postgres] ready"), some("pg-0", Some("postgres")));
        assert_eq!(told(b"[pg-0 cache] 1:M 20 Nov 2026 10:01:18.413 * x"), some("pg-0", Some("cache")));
        assert_eq!(told(b"[pg-0] 1:M 20 Nov 2026 10:01:18.413 * x"), some("pg-0", None));
        assert_eq!(told(b"shop/pg-0[cache]: 1:M 20 Nov 2026 10:01:18.413 * x"), some("shop/pg-0", Some("cache")));
    }

    #[test]
    fn other_words_between_signs_are_words() {
        for line in [
            "[pg-0 cache] ready",
            "[cache] 1:M 20 Nov 2026 10:01:18.413 * x",
            "[error two] 1:M 20 Nov 2026 10:01:18.413 * x",
            "postfix/smtpd[812]: 1:M 20 Nov 2026 10:01:18.413 * x",
            "shop/pg-0[cache] 1:M 20 Nov 2026 10:01:18.413 * x",
            "[PG-0] 1:M 20 Nov 2026 10:01:18.413 * x",
        ] {
            assert_eq!(PodPrefix.unwrap(line.as_bytes()), None, "{line}");
        }
        let all = |line: &'static [u8]| PodPrefix.unwrap_all(line, &Envelope::default()).map(|inside| inside.text.into_owned());
        assert_eq!(all(b"[pg-0 cache]   further words").as_deref(), Some(&b"  further words"[..]));
        assert_eq!(all(b"shop/pg-0[cache]:").as_deref(), Some(&b""[..]));
        assert_eq!(all(b"[two]"), None);
    }
}
