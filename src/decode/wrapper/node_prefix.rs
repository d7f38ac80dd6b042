//! A node's name before each line of its journal.
//!
//! In: `node` and a syslog line. Out: the syslog line's message, with the node as host. Must not know: the formats inside.

use super::{Unwrapped, Wrapper, syslog};

/// The prefix of merged node logs.
#[derive(Debug)]
pub struct NodePrefix;

impl Wrapper for NodePrefix {
    fn name(&self) -> &'static str {
        "node-prefix"
    }

    fn about(&self) -> &'static str {
        "oc adm node-logs and must-gather put the node's name before each journald line of several nodes (openshift/oc pkg/cli/admin/node/logs.go)."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("ip-10-0-135-228.ec2.internal Nov 20 14:17:41.900439 ip-10-0-135-228 kubenswrapper[2296]: x", "x")]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.first().filter(|byte| byte.is_ascii_alphanumeric())?;
        let blank = memchr::memchr(b' ', line.get(..254).unwrap_or(line))?;
        let node = &line[..blank];
        // A number alone is that of the line (`marked`).
        let named = node.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) && !node.iter().all(u8::is_ascii_digit);
        if !named {
            return None;
        }
        let rest = &line[blank + 1..];
        let (mut envelope, start) = syslog::header(rest)?;
        envelope.host = Some(String::from_utf8_lossy(node).into());
        Some(Unwrapped::whole(&rest[start..], envelope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_no_node() {
        let host = |line: &str| NodePrefix.unwrap(line.as_bytes()).and_then(|unwrapped| unwrapped.envelope.host.map(|host| host.to_string()));
        assert_eq!(host("node-1 Nov 20 14:17:41 node-1 kernel: x").as_deref(), Some("node-1"));
        assert_eq!(host("10.0.0.1 Nov 20 14:17:41 node-1 kernel: x").as_deref(), Some("10.0.0.1"));
        assert_eq!(host("32789 Nov 20 14:17:41 node-1 kernel: x"), None);
    }
}
