//! `name | line` of docker-compose and process supervisors.
//!
//! In: a line with a name and a bar in front. Out: the line, the service and the container. Must not know: what the program writes. A name without a replica
//! number counts only before a line that opens a format, because tables have bars too.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::format::text::Text;
use crate::decode::recognise;

/// Compose's prefix.
#[derive(Debug)]
pub struct Compose;

/// Longest name that is believed.
const MAX_NAME: usize = 80;

impl Wrapper for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn about(&self) -> &'static str {
        "docker-compose logs and docker compose logs (`db_1  | line`, `db-1  | line`), also `name stdout | line` of process supervisors, \
         and docker service logs (`db.2.hfps0ofumgos@node-3    | line`)."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("db_1   | ready for connections", "ready for connections"),
            ("cache-12  | 1:M 20 Nov 2026 10:01:18.413 * Ready to accept connections", "1:M 20 Nov 2026 10:01:18.413 * Ready to accept connections"),
            ("redis stdout | anything", "anything"),
            ("shop_db.2.hfps0ofumgos@node-3    | } joined {", "} joined {"),
            ("etcd | 2026-11-20 10:00:16.254657 I | etcdmain: etcd Version: 3.4.23", "2026-11-20 10:00:16.254657 I | etcdmain: etcd Version: 3.4.23"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let (_, before, rest) = barred(line)?;
        let (name, stream) = match before.strip_suffix(b" stdout").or_else(|| before.strip_suffix(b" stderr")) {
            Some(name) => (name, true),
            None => (before, false),
        };
        if let Some((service, node)) = task(name) {
            return Some(Unwrapped::whole(rest, Envelope { program: Some(service.into()), host: Some(node.into()), ..Envelope::default() }));
        }
        if !is_name(name) {
            return None;
        }
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let replica = digits > 0
            && name.len().checked_sub(digits + 2).is_some_and(|before| matches!(name[before + 1], b'_' | b'-') && !name[0].is_ascii_digit());
        if !(stream || replica || recognise(rest, &Text).is_some()) {
            return None;
        }
        let program = String::from_utf8_lossy(if replica { &name[..name.len() - digits - 1] } else { name });
        let container = (!stream).then(|| String::from_utf8_lossy(name).into());
        Some(Unwrapped::whole(rest, Envelope { program: Some(program.into()), container, ..Envelope::default() }))
    }
}

/// Where the first bar of a line is, what stands before it without its padding, and what follows it.
fn barred(line: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    line.first().filter(|byte| byte.is_ascii_alphanumeric())?;
    let bar = memchr::memchr(b'|', line.get(..MAX_NAME).unwrap_or(line))?;
    let rest = line.get(bar + 1..)?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
    Some((bar, line.get(..bar)?.strip_suffix(b" ")?.trim_ascii_end(), rest))
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Where the bar stands behind what may be the name of a service, whatever follows.
pub(crate) fn bar(line: &[u8]) -> Option<usize> {
    barred(line).filter(|(_, name, _)| is_name(name)).map(|(bar, ..)| bar)
}

/// `shop_db.2.hfps0ofumgos@node-3`, a swarm's name for a task: the service and the node.
fn task(name: &[u8]) -> Option<(&str, &str)> {
    let (task, node) = std::str::from_utf8(name).ok()?.split_once('@')?;
    let (rest, id) = task.rsplit_once('.')?;
    let (service, slot) = rest.rsplit_once('.')?;
    let named = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (named(service) && named(node) && !slot.is_empty() && slot.bytes().all(|byte| byte.is_ascii_alphanumeric()) && id.len() >= 12 && named(id))
        .then_some((service, node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_left_alone() {
        for line in ["id | name", "start  | --force | minikube", "2026-11-20 10:00:16.254657 I | etcdmain: x", "a_1 |x", "| x", "_1 | x"] {
            assert_eq!(Compose.unwrap(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_bar_stands_behind_a_name() {
        assert_eq!(bar(b"db      | anything"), Some(8));
        assert_eq!(bar(b"backend |"), Some(8));
        for line in [&b"two words | x"[..], b"| x", b"a |x", b"a| x", b"-a | x"] {
            assert_eq!(bar(line), None, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_task_is_on_a_node() {
        let envelope = Compose.unwrap(b"shop_db.2.hfps0ofumgos@node-3    | x").unwrap().envelope;
        assert_eq!((envelope.program.as_deref(), envelope.host.as_deref()), (Some("shop_db"), Some("node-3")));
        assert_eq!(Compose.unwrap(b"root@node-3    | x"), None);
    }

    #[test]
    fn a_replica_is_a_container_and_no_machine() {
        let envelope = Compose.unwrap(b"shop-db-2  | x").unwrap().envelope;
        assert_eq!((envelope.program.as_deref(), envelope.container.as_deref(), envelope.host), (Some("shop-db"), Some("shop-db-2"), None));
    }
}
