//! `kubectl logs --prefix`.
//!
//! In: `[pod/NAME/CONTAINER] line`. Out: the line, the pod and the container. Must not know: what the container writes.

use super::{Envelope, Unwrapped, Wrapper};

/// kubectl's source prefix.
#[derive(Debug)]
pub struct PodPrefix;

impl Wrapper for PodPrefix {
    fn name(&self) -> &'static str {
        "pod-prefix"
    }

    fn about(&self) -> &'static str {
        "kubectl logs --prefix, --all-pods and --all-containers (kubernetes/kubectl pkg/cmd/logs/logs.go). The namespace is not told."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("[pod/pg-0/postgres] ready", "ready")]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let inside = line.strip_prefix(b"[pod/")?;
        let close = memchr::memchr(b']', inside.get(..512).unwrap_or(inside))?;
        let slash = memchr::memchr(b'/', &inside[..close])?;
        let name = |from: usize, to: usize| Some(String::from_utf8_lossy(&inside[from..to]).into());
        let rest = &inside[close + 1..];
        let envelope = Envelope { pod: name(0, slash), program: name(slash + 1, close), ..Envelope::default() };
        Some(Unwrapped::whole(rest.strip_prefix(b" ").unwrap_or(rest), envelope))
    }
}
