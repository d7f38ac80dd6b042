//! Machines: folders that are named after a node.
//!
//! In: the folders above a file. Out: the node. Must not know: pods.
//!
//! # Source
//!
//! kind `pkg/cluster/internal/providers/common` (`export logs`); names of machines as people give them.

use super::names::{around, is_name, unpacked};
use crate::component::Component;

/// Files that `kind export logs` puts into a node's folder.
const OF_A_NODE: &[&str] = &["kubelet.log", "containerd.log", "crio.log", "journal.log", "serial.log"];

/// Folders that hold such files elsewhere.
const NOT_A_NODE: &[&str] = &[
    "in",
    "log",
    "logs",
    "var",
    "var_log",
    "kubelet",
    "containerd",
    "docker",
    "crio",
    "api",
    "control-plane",
    "tmp",
    "journal",
    "system",
    "kubernetes",
];

pub(super) fn node_of(folders: &[&str]) -> Option<String> {
    if let Some(index) = folders.iter().rposition(|folder| *folder == "nodes")
        && let Some(node) = folders.get(index + 1)
    {
        return Some((*node).to_owned());
    }
    folders.iter().rev().find(|folder| looks_like_node(folder)).map(|node| (*node).to_owned())
}

/// kind: `<node>/kubelet.log`, for nodes of any name. Anybody's folder may hold such a file: what the records say of their host counts more.
pub(super) fn likely(folders: &[&str], file: &str) -> Option<String> {
    let parent = folders.last()?;
    let plain = is_name(parent) && !NOT_A_NODE.contains(parent) && parent.bytes().any(|byte| byte.is_ascii_lowercase());
    (plain && folders.len() > 1 && OF_A_NODE.contains(&unpacked(file))).then(|| (*parent).to_owned())
}

/// The node in the name of a file that was taken out of its folder: `node-3_kubelet.log`, `etcd-cp-1.log`. Servers that may live anywhere are named
/// for other reasons.
pub(super) fn in_name(stem: &str, component: Component) -> Option<String> {
    use Component::{Audit, Containerd, Crio, Dockerd, Etcd, Kernel, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet};
    if !matches!(
        component,
        Kubelet | Containerd | Crio | Dockerd | Kernel | KubeProxy | Etcd | KubeApiserver | KubeControllerManager | KubeScheduler | Audit
    ) {
        return None;
    }
    let (before, after) = around(stem, component)?;
    let sides = (before.trim_end_matches(['-', '_', '.']), after.trim_start_matches(['-', '_', '.']));
    let ((rest, "") | ("", rest)) = sides else { return None };
    (is_name(rest) && looks_like_node(rest)).then(|| rest.to_owned())
}

/// Words with which names of machines begin, followed by a number.
const STARTS: &[&str] = &["k8s-node", "k8s-master", "node", "worker", "master", "host", "cp", "vm", "ip"];

/// Folder names that machines commonly have.
fn looks_like_node(folder: &str) -> bool {
    let lower = folder.to_ascii_lowercase();
    let numbered = STARTS.iter().filter_map(|start| lower.strip_prefix(start)).any(|rest| {
        let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
        rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
    });
    let kind = lower.strip_suffix(|last: char| last.is_ascii_digit()).unwrap_or(&lower);
    numbered || kind.ends_with("-control-plane") || kind.ends_with("-worker")
}
