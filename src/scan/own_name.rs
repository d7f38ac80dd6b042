//! Own names: what a kubelet calls the node that it registers, where nothing else tells whose log it is.
//!
//! In: the first bytes of a kubelet's log. Out: the node's name. Must not know: paths, envelopes.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::decode::frame::lines;

/// Longest name that is believed: that of a Node object.
const MAX_NAME: usize = 253;

/// The one node that a kubelet registers itself as; nothing where it names none, or several.
///
/// # Source
///
/// kubernetes `pkg/kubelet/kubelet_node_status.go`, 1.5 to 1.36: `Attempting to register node X`, `Successfully registered node X`, `Unable to
/// register node "X" with API server: …`, since 1.19 `"Attempting to register node" node="X"`, with JSON logging `"node":"X"` or
/// `"node":{"name":"X"}`.
pub(super) fn own_name(sample: &[u8]) -> Option<&str> {
    static SAYS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["register node", "registered node"].map(Finder::new));
    let says = |line: &[u8]| SAYS.iter().find_map(|says| says.find(line).map(|at| at + says.needle().len()));
    // Hardly any log has either: one look through all of it comes first.
    SAYS.iter().find_map(|says| says.find(sample))?;
    let mut named = lines(sample).filter_map(|(_, line)| name_in(line.get(says(line)?..)?));
    let first = named.next()?;
    named.all(|name| name == first).then_some(first)
}

/// The name in the rest of a line that speaks of registering.
fn name_in(rest: &[u8]) -> Option<&str> {
    static KEYS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| [" node=\"", "\"node\":\"", "\"node\":{\"name\":\""].map(Finder::new));
    let keyed = KEYS.iter().find_map(|key| key.find(rest).and_then(|at| rest.get(at + key.needle().len()..)));
    let spoken = || rest.strip_prefix(b" ").map(|from| from.strip_prefix(b"\"").unwrap_or(from));
    let from = keyed.or_else(spoken)?;
    let is_part = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let length = from.iter().take_while(|byte| is_part(byte)).count();
    let ends = from.get(length).is_none_or(|byte| matches!(byte, b'"' | b' '));
    let name = std::str::from_utf8(from.get(..length)?).ok()?;
    // `registered node with the API server` names none.
    (ends && (1..=MAX_NAME).contains(&length) && (keyed.is_some() || !matches!(name, "with" | "in" | "to"))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubelet_says_who_it_is() {
        for (line, name) in [
            ("I1120 09:00:40.982345    1301 kubelet_node_status.go:73] \"Successfully registered node\" node=\"node-3\"\n", Some("node-3")),
            (
                "I1120 09:00:40.982345    1301 kubelet_node_status.go:70] \"Attempting to register node\" node=\"ip-10-0-1-2.ec2.internal\"\n",
                Some("ip-10-0-1-2.ec2.internal"),
            ),
            ("I0302 04:11:09.100000    1301 kubelet_node_status.go:82] Attempting to register node worker-1", Some("worker-1")),
            ("I0302 04:11:09.100000    1301 kubelet_node_status.go:85] Successfully registered node worker-1\n", Some("worker-1")),
            (
                "E1119 11:58:40.000375    4390 kubelet_node_status.go:92] Unable to register node \"node-7\" with API server: nodes is forbidden\n",
                Some("node-7"),
            ),
            (
                "E1120 10:51:03.307470   20878 kubelet_node_status.go:96] \"Unable to register node with API server\" err=\"Unauthorized\" node=\"node-7\"\n",
                Some("node-7"),
            ),
            (
                "{\"ts\":1795167706757.6,\"caller\":\"kubelet/kubelet_node_status.go:75\",\"msg\":\"Successfully registered node\",\"v\":0,\"node\":{\"name\":\"w2\"}}\n",
                Some("w2"),
            ),
            ("E1120 10:51:03.307470   20878 kubelet_node_status.go:96] \"Unable to register node with API server\" err=\"Unauthorized\"\n", None),
            ("I1120 09:00:40.982345    1301 kubelet.go:73] \"Starting\"\n", None),
        ] {
            assert_eq!(own_name(line.as_bytes()), name, "{line}");
        }
        let two = "I0302 04:11:09.100000 1 a.go:1] Successfully registered node worker-1\nI0302 04:11:09.100000 1 a.go:1] Successfully registered node worker-2\n";
        assert_eq!(own_name(two.as_bytes()), None);
    }
}
