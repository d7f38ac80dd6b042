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
        if !node.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
            return None;
        }
        let rest = &line[blank + 1..];
        let (mut envelope, start) = syslog::header(rest)?;
        envelope.host = Some(String::from_utf8_lossy(node).into());
        Some(Unwrapped::whole(&rest[start..], envelope))
    }
}
