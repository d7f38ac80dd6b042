//! Description: the part of `kubectl describe` above the Events.
//!
//! In: its lines. Out: the object they describe, with the same facts under the same names as its JSON gives. Must not know: Events, framing.
//!
//! Defined by k8s.io/kubectl `pkg/describe/describe.go`.

use std::borrow::Cow;

use super::columns::{Columns, cells};
use super::date::rfc3339;
use super::object::{Object, Said, Tally, node_status};

/// A column that only a node's conditions have.
const HEARTBEAT: &str = "LastHeartbeatTime";
const NODE: &str = "Node";
/// Longest name of a fact.
const MAX_NAME_BYTES: usize = 64;

/// Kind, namespace and name of a described object; empty where not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Reads who is described.
pub(crate) fn identity(text: &str) -> Identity {
    let top: Vec<(&str, &str)> = text.lines().filter(|line| !line.starts_with([' ', '\t'])).filter_map(member).collect();
    let value = |name: &str| top.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let mut kind = kind(&value);
    if kind.is_empty() && text.contains(HEARTBEAT) {
        NODE.clone_into(&mut kind);
    }
    Identity { kind, namespace: value("Namespace").unwrap_or_default(), name: value("Name").unwrap_or_default() }
}

/// The kind by facts that only this kind has; descriptions do not name it.
fn kind(value: &dyn Fn(&str) -> Option<String>) -> String {
    let has = |name: &str| value(name).is_some();
    if let Some(kind) = value("Kind") {
        return kind;
    }
    let counted = |words: &str| value("Replicas").is_some_and(|replicas| replicas.contains(words));
    let kind = if has("System Info") || has("Non-terminated Pods") || has("Roles") {
        "Node"
    } else if has("StrategyType") {
        "Deployment"
    } else if has("Desired Number of Nodes Scheduled") {
        "DaemonSet"
    } else if has("Pods Status") && (has("Update Strategy") || counted("desired |")) {
        "StatefulSet"
    } else if has("Pods Status") && counted("desired") {
        "ReplicaSet"
    } else if has("Parallelism") {
        "Job"
    } else if has("Schedule") {
        "CronJob"
    } else if has("Reclaim Policy") && has("Claim") {
        "PersistentVolume"
    } else if has("StorageClass") && has("Volume") {
        "PersistentVolumeClaim"
    } else if has("Provisioner") {
        "StorageClass"
    } else if has("Endpoints") {
        "Service"
    } else if (has("Containers") && (has("Node") || has("IP") || has("Status"))) || (has("Node") && has("Start Time")) {
        "Pod"
    } else {
        ""
    };
    kind.to_owned()
}

/// Reads the object described.
pub(crate) fn object(text: &str) -> Object<'static> {
    let who = identity(text);
    let facts = facts(text);
    let fact = |name: &str| facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut object = Object::new(who.kind, Some(Cow::Owned(who.namespace)), who.name.into());
    match object.kind.as_str() {
        "Pod" => pod(&mut object, &facts, &fact),
        "Node" => {
            object.state_if("internal_ip", fact("addresses.internal_ip"));
            object.state_if("hostname", fact("addresses.hostname"));
            object.state_if("kubelet_version", fact("system_info.kubelet_version"));
            object.state_if("boot_id", fact("system_info.boot_id"));
            object.state_if("machine_id", fact("system_info.machine_id"));
            let cordoned = fact("unschedulable").as_deref() == Some("true");
            node_status(&mut object, fact("conditions.Ready"), cordoned);
        }
        "PersistentVolume" => object.state_if("volume_handle", fact("source.volume_handle")),
        _ => {}
    }
    object.state_if("owner", fact("controlled_by"));
    for (name, value) in facts {
        object.state(name, value);
    }
    object
}

fn pod(object: &mut Object<'static>, facts: &[(String, String)], fact: &dyn Fn(&str) -> Option<String>) {
    if let Some(node) = fact("node") {
        // `node-1/172.30.0.11`
        let (name, address) = node.split_once('/').unwrap_or((&node, ""));
        object.state("node", name.to_owned());
        object.state("host_ip", address.to_owned());
    }
    object.state_if("pod_ip", fact("ip"));
    let claim = facts.iter().find(|(name, _)| name.starts_with("volumes.") && name.ends_with(".claim_name"));
    object.state_if("claim", claim.map(|(_, value)| value.clone()));
    let mut containers: Vec<&str> = Vec::new();
    for (name, _) in facts {
        let Some((container, _)) =
            name.strip_prefix("containers.").and_then(|rest| rest.rsplit_once(".state").or_else(|| rest.rsplit_once(".ready")))
        else {
            continue;
        };
        if !containers.contains(&container) {
            containers.push(container);
        }
    }
    let mut tally = Tally::default();
    for container in containers {
        let get = |name: &str| fact(&format!("containers.{container}.{name}"));
        tally.add(Said {
            ready: get("ready").as_deref() == Some("True"),
            restarts: get("restart_count").and_then(|count| count.parse().ok()),
            reason: get("state.reason"),
            exit_code: get("state.exit_code"),
            last_reason: get("last_state.reason").or_else(|| get("last_state")),
            last_exit_code: get("last_state.exit_code"),
        });
    }
    let status = fact("status");
    let deleted = status.as_deref().is_some_and(|status| status.starts_with("Terminating"));
    if deleted {
        // Counted from the end of the grace period, `<invalid>` within it.
        object.state_if("terminating_for", status.as_deref().and_then(|status| overdue(status).map(str::to_owned)));
    } else {
        object.state_if("phase", status.clone());
    }
    tally.state(object, fact("reason").or(status), deleted);
}

/// How long ago a pod that is being deleted should have been gone.
fn overdue(status: &str) -> Option<&str> {
    let lasted = status.strip_prefix("Terminating (lasts ")?.strip_suffix(')')?;
    lasted.starts_with(|first: char| first.is_ascii_digit()).then_some(lasted)
}

/// Every `Name: value` with the path to it, in order; lines of a list joined with commas; the rows of Conditions as facts.
fn facts(text: &str) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut path: Vec<(usize, String)> = Vec::new();
    let mut table: Option<Columns> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        if indent == 0 {
            table = None;
            if content.starts_with("Events:") {
                break;
            }
        }
        if is_conditions(content) && path.first().is_none_or(|(_, name)| name != "conditions") {
            // Some who copy a description leave out what stands above its table.
            path = vec![(0, "conditions".to_owned())];
            table = Some(Columns::read(line));
            continue;
        }
        let top = path.first().map_or("", |(_, name)| name.as_str());
        if indent > 0 && matches!(top, "conditions" | "non_terminated_pods" | "allocated_resources") {
            match &table {
                None if content.starts_with('(') => {}
                None => table = Some(Columns::read(line)),
                Some(_) if content.starts_with("---") => {}
                Some(columns) if top == "conditions" => condition(columns, line, &mut facts),
                Some(_) if top == "non_terminated_pods" => {
                    if let [namespace, name, ..] = cells(content)[..] {
                        facts.push((format!("pods.{namespace}/{name}"), "present".to_owned()));
                    }
                }
                Some(_) => {}
            }
            continue;
        }
        match member(content) {
            Some((name, value)) => {
                while path.last().is_some_and(|(column, _)| *column >= indent) {
                    path.pop();
                }
                let own = matches!(
                    path.last().map(|(_, name)| name.as_str()),
                    Some("containers" | "init_containers" | "volumes" | "labels" | "annotations")
                ) && path.len() == 1;
                path.push((indent, if own { name.to_owned() } else { snake(name) }));
                let full: Vec<&str> = path.iter().map(|(_, name)| name.as_str()).collect();
                let value = rfc3339(value).unwrap_or_else(|| value.to_owned());
                facts.push((full.join("."), if matches!(value.as_str(), "<none>" | "<unset>" | "<nil>") { String::new() } else { value }));
            }
            None => {
                if let Some((_, value)) = facts.last_mut()
                    && value.len() < 4096
                {
                    if !value.is_empty() {
                        value.push_str(", ");
                    }
                    value.push_str(content);
                }
            }
        }
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// Whether the line is the header of a node's conditions.
pub(crate) fn is_conditions(line: &str) -> bool {
    let line = line.trim_start();
    ["Type ", "Type\t"].iter().any(|name| line.starts_with(name))
        && [" Status ", "\tStatus\t"].iter().any(|status| line.contains(status))
        && line.contains(HEARTBEAT)
}

/// Whether the line is a row of a node's conditions, wherever it stands: two dates follow the state.
pub(crate) fn is_condition(line: &str) -> bool {
    bare_condition(line).is_some()
}

/// The node that holds its lease, as its description tells above the conditions: `  HolderIdentity:  node-1`.
pub(crate) fn holder(line: &str) -> Option<&str> {
    let name = line.strip_prefix([' ', '\t'])?.trim_start().strip_prefix("HolderIdentity:")?.trim();
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    named.then_some(name)
}

/// What the rows of a node's conditions say where at most its lease names the node.
pub(crate) fn conditions(text: &str) -> Object<'static> {
    let mut facts = Vec::new();
    for [kind, status, heartbeat, transition, reason, message] in text.lines().filter_map(bare_condition) {
        let stated =
            [("", status), (".reason", reason), (".message", message), (".last_transition_time", transition), (".last_heartbeat_time", heartbeat)];
        for (name, value) in stated.into_iter().filter(|(_, value)| !value.is_empty()) {
            facts.push((format!("conditions.{kind}{name}"), rfc3339(value).unwrap_or_else(|| value.to_owned())));
        }
    }
    let name = text.lines().find_map(holder).unwrap_or(super::unnamed::UNNAMED);
    let mut object = Object::new(NODE.to_owned(), None, Cow::Owned(name.to_owned()));
    let ready = facts.iter().find(|(name, _)| name == "conditions.Ready").map(|(_, value)| value.clone());
    node_status(&mut object, ready, false);
    for (name, value) in facts {
        object.state(name, value);
    }
    object
}

/// Kind, state, both dates, reason and message of a row without its header.
fn bare_condition(line: &str) -> Option<[&str; 6]> {
    /// `Fri, 20 Nov 2026 11:06:03 +0000`
    const DATE_BYTES: usize = 31;
    let (kind, rest) = line.trim().split_once([' ', '\t'])?;
    let (status, rest) = rest.trim_start().split_once([' ', '\t'])?;
    let named = kind.starts_with(|first: char| first.is_ascii_uppercase()) && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !named || !matches!(status, "True" | "False" | "Unknown") {
        return None;
    }
    let (heartbeat, rest) = rest.trim_start().split_at_checked(DATE_BYTES)?;
    let (transition, rest) = rest.trim_start().split_at_checked(DATE_BYTES)?;
    rfc3339(heartbeat).and(rfc3339(transition))?;
    let (reason, message) = rest.trim().split_once([' ', '\t']).unwrap_or((rest.trim(), ""));
    Some([kind, status, heartbeat, transition, reason, message.trim()])
}

/// A row under Conditions: `conditions.Ready` = `Unknown`, `conditions.Ready.reason`, …
fn condition(columns: &Columns, line: &str, facts: &mut Vec<(String, String)>) {
    let row = columns.row(line);
    let Some(kind) = columns.cell(&row, "Type") else { return };
    for (column, name) in [
        ("Status", ""),
        ("Reason", ".reason"),
        ("Message", ".message"),
        ("LastTransitionTime", ".last_transition_time"),
        ("LastHeartbeatTime", ".last_heartbeat_time"),
    ] {
        if let Some(value) = columns.cell(&row, column) {
            facts.push((format!("conditions.{kind}{name}"), rfc3339(value).unwrap_or_else(|| value.to_owned())));
        }
    }
}

/// Name and value of `Name:  value`.
pub(crate) fn member(line: &str) -> Option<(&str, &str)> {
    let (at, _) = line.match_indices(':').find(|(at, _)| matches!(line.as_bytes().get(at + 1), None | Some(b' ' | b'\t')))?;
    let (name, value) = line.split_at_checked(at)?;
    let fits = |char: char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_' | '.' | '/' | '(' | ')');
    let named = !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.contains("  ") && name.chars().all(fits);
    named.then(|| (name, value.trim_start_matches(':').trim()))
}

/// `Last State` is `last_state`, `InternalIP` is `internal_ip`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for char in name.replace("QoS", "Qos").chars() {
        if matches!(char, ' ' | '-') {
            out.push('_');
        } else {
            if char.is_ascii_uppercase() && before.is_ascii_lowercase() {
                out.push('_');
            }
            out.push(char.to_ascii_lowercase());
        }
        before = char;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_facts_are_those_of_the_object() {
        let names: Vec<_> = ["Last State", "InternalIP", "Boot ID", "QoS Class", "CreationTimestamp", "Kube-Proxy Version"].map(snake).into();
        assert_eq!(names, ["last_state", "internal_ip", "boot_id", "qos_class", "creation_timestamp", "kube_proxy_version"]);
        assert_eq!(member("Node:   node-1/172.30.0.11"), Some(("Node", "node-1/172.30.0.11")));
        assert_eq!(member("trap exit TERM; while :; do echo \"x: y\""), None);
        assert_eq!(member("http://x"), None);
    }

    #[test]
    fn a_pod_is_known_before_its_containers_are_listed() {
        let who = identity("Name:         pg-0\nNamespace:    shop\nNode:         node-1/\nStart Time:   Fri, 20 Nov 2026 09:11:20 +0000\n");
        assert_eq!((who.kind.as_str(), who.namespace.as_str(), who.name.as_str()), ("Pod", "shop", "pg-0"));
        assert_eq!(identity("Name:  pg\nNamespace:  shop\nStart Time:  Fri, 20 Nov 2026 09:11:20 +0000\nParallelism:  1\n").kind, "Job");
    }
}
