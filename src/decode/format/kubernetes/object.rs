//! Object: what a Kubernetes object other than an Event states, in one form for all its prints.
//!
//! In: the leaves of the object, or facts that a description or a table states. Out: its body. Must not know: notations, tables.
//!
//! Defined by k8s.io/api `core/v1/types.go`, `coordination/v1`, `storage/v1`, and for the printed status of pods and nodes by kubernetes
//! `pkg/printers/internalversion/printers.go`.

use std::borrow::Cow;

use super::kinds;
use super::leaves::Leaves;
use crate::component::Component;
use crate::decode::Body;

/// Most fields given of one object.
const MAX_FIELDS: usize = 1024;

/// An object: what it is, and facts about it in order of telling.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object<'a> {
    /// Kind as the API spells it; empty if not known.
    pub(crate) kind: String,
    /// Namespace, if it lives in one.
    pub(crate) namespace: Option<Cow<'a, str>>,
    /// Name; empty if not known.
    pub(crate) name: Cow<'a, str>,
    facts: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Object<'a> {
    /// An object of which nothing else is known yet. One whose kind lives in no namespace has none.
    pub(crate) fn new(kind: String, namespace: Option<Cow<'a, str>>, name: Cow<'a, str>) -> Self {
        let namespace = namespace.filter(|namespace| !namespace.is_empty() && !kinds::cluster_scoped(&kind));
        Self { kind, namespace, name, facts: Vec::new() }
    }

    /// Adds a fact, unless it is empty or said already under that name.
    pub(crate) fn state(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let (name, value) = (name.into(), value.into());
        if !value.is_empty() && self.facts.len() < MAX_FIELDS && !self.facts.iter().any(|(known, _)| *known == name) {
            self.facts.push((name, value));
        }
    }

    /// Adds a fact that may be missing.
    pub(crate) fn state_if(&mut self, name: &'static str, value: Option<impl Into<Cow<'a, str>>>) {
        if let Some(value) = value {
            self.state(name, value);
        }
    }

    /// A fact stated before.
    pub(crate) fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    /// The body: `Kind namespace/name`.
    pub(crate) fn body(self) -> Body<'a> {
        let message = match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        };
        let mut body = Body { component: Some(Component::Object), ..Body::message(message.trim().to_owned()) };
        let named = [("kind", Some(Cow::Owned(self.kind))), ("namespace", self.namespace), ("name", Some(self.name))];
        body.fields.extend(named.into_iter().filter_map(|(name, value)| Some((name.into(), value.filter(|value| !value.is_empty())?))));
        let said = |name: &str| matches!(name, "kind" | "namespace" | "name");
        body.fields.extend(self.facts.into_iter().filter(|(name, _)| !said(name)));
        body
    }

    /// Reads the leaves of an object; `listed` is the kind that the list around it holds. `None` if they are not those of a Kubernetes object.
    pub(crate) fn read(leaves: &Leaves<'a>, listed: Option<&str>) -> Option<Self> {
        let named = |part: &str| leaves.first(&[&format!("metadata.{part}"), part]);
        let kind = leaves.get("kind").map(Cow::into_owned).or_else(|| listed.map(str::to_owned)).or_else(|| guess(leaves).map(str::to_owned))?;
        let known = leaves.get("apiVersion").is_some() || leaves.under("metadata.") || listed.is_some() || leaves.get("uid").is_some();
        if !known {
            return None;
        }
        let mut object = Object::new(kind, named("namespace"), named("name").unwrap_or_default());
        object.state_if("uid", named("uid"));
        object.state_if("node", leaves.get("spec.nodeName"));
        object.state_if("deletion_timestamp", named("deletionTimestamp"));
        let owner = leaves.elements("metadata.ownerReferences").into_iter().chain(leaves.elements("ownerReferences")).next();
        if let Some(owner) = owner
            && let (Some(kind), Some(name)) = (leaves.get(&format!("{owner}kind")), leaves.get(&format!("{owner}name")))
        {
            object.state("owner", format!("{kind}/{name}"));
        }
        conditions(&mut object, leaves);
        match object.kind.as_str() {
            "Pod" => pod(&mut object, leaves),
            "Node" => node(&mut object, leaves),
            "PersistentVolumeClaim" => object.state_if("volume", leaves.get("spec.volumeName")),
            "PersistentVolume" => {
                let claim = leaves.get("spec.claimRef.namespace").zip(leaves.get("spec.claimRef.name"));
                object.state_if("claim", claim.map(|(namespace, name)| format!("{namespace}/{name}")));
                object.state_if("volume_handle", leaves.get("spec.csi.volumeHandle"));
            }
            "VolumeAttachment" => object.state_if("volume", leaves.get("spec.source.persistentVolumeName")),
            "Lease" => {
                object.state_if("holder", leaves.get("spec.holderIdentity"));
                object.state_if("renew_time", leaves.get("spec.renewTime"));
            }
            _ => {}
        }
        object.state_if("phase", leaves.get("status.phase"));
        for (path, value) in leaves.all() {
            object.facts.extend((object.facts.len() < MAX_FIELDS && !value.is_empty()).then(|| (Cow::Owned(path.to_owned()), value)));
        }
        Some(object)
    }
}

/// The kind of an object that does not name it, as Go programs and the lists of `kubectl cluster-info dump` leave it out.
fn guess(leaves: &Leaves<'_>) -> Option<&'static str> {
    if leaves.under("status.nodeInfo.") {
        Some("Node")
    } else if leaves.under("spec.containers[") {
        Some("Pod")
    } else if leaves.under("spec.claimRef.") {
        Some("PersistentVolume")
    } else if leaves.get("spec.holderIdentity").is_some() {
        Some("Lease")
    } else if leaves.get("spec.clusterIP").is_some() {
        Some("Service")
    } else if leaves.get("status.desiredNumberScheduled").is_some() {
        Some("DaemonSet")
    } else if !leaves.under("spec.template.") {
        None
    } else if leaves.under("spec.strategy.") {
        Some("Deployment")
    } else if leaves.get("spec.serviceName").is_some() {
        Some("StatefulSet")
    } else if leaves.get("spec.backoffLimit").is_some() {
        Some("Job")
    } else if leaves.under("spec.selector.matchLabels.") {
        Some("ReplicaSet")
    } else {
        None
    }
}

/// `conditions.Ready` = `False`, `conditions.Ready.reason`, …
fn conditions<'a>(object: &mut Object<'a>, leaves: &Leaves<'a>) {
    for at in leaves.elements("status.conditions") {
        let Some(kind) = leaves.get(&format!("{at}type")) else { continue };
        for (path, name) in [
            ("status", ""),
            ("reason", ".reason"),
            ("message", ".message"),
            ("lastTransitionTime", ".last_transition_time"),
            ("lastHeartbeatTime", ".last_heartbeat_time"),
        ] {
            if let Some(value) = leaves.get(&format!("{at}{path}")) {
                object.state(format!("conditions.{kind}{name}"), value);
            }
        }
    }
}

fn node<'a>(object: &mut Object<'a>, leaves: &Leaves<'a>) {
    for at in leaves.elements("status.addresses") {
        let address = leaves.get(&format!("{at}address"));
        match leaves.get(&format!("{at}type")).as_deref() {
            Some("InternalIP") => object.state_if("internal_ip", address),
            Some("ExternalIP") => object.state_if("external_ip", address),
            Some("Hostname") => object.state_if("hostname", address),
            _ => {}
        }
    }
    object.state_if("kubelet_version", leaves.get("status.nodeInfo.kubeletVersion"));
    object.state_if("boot_id", leaves.get("status.nodeInfo.bootID"));
    object.state_if("machine_id", leaves.get("status.nodeInfo.machineID"));
    let ready = object.fact("conditions.Ready").map(str::to_owned);
    node_status(object, ready, leaves.get("spec.unschedulable").as_deref() == Some("true"));
}

/// `ready` and `status` of a node by its condition Ready, as `kubectl get nodes` prints the status.
pub(crate) fn node_status(object: &mut Object<'_>, ready: Option<String>, cordoned: bool) {
    let Some(ready) = ready else { return };
    let word = if ready == "True" { "Ready" } else { "NotReady" };
    object.state("status", if cordoned { format!("{word},SchedulingDisabled") } else { word.to_owned() });
    object.state("ready", ready);
}

fn pod<'a>(object: &mut Object<'a>, leaves: &Leaves<'a>) {
    object.state_if("pod_ip", leaves.get("status.podIP"));
    object.state_if("host_ip", leaves.get("status.hostIP"));
    for at in leaves.elements("spec.volumes") {
        object.state_if(
            "claim",
            leaves.first(&[&format!("{at}persistentVolumeClaim.claimName"), &format!("{at}volumeSource.persistentVolumeClaim.claimName")]),
        );
    }
    let mut tally = Tally::default();
    for at in leaves.elements("status.initContainerStatuses").into_iter().chain(leaves.elements("status.containerStatuses")) {
        let get = |part: &str| leaves.get(&format!("{at}{part}"));
        let Some(container) = get("name") else { continue };
        for (path, name) in [("ready", "ready"), ("restartCount", "restart_count"), ("image", "image"), ("containerID", "container_id")] {
            if let Some(value) = get(path) {
                object.state(format!("containers.{container}.{name}"), value);
            }
        }
        let mut said = Said::default();
        for (path, name) in [("state", "state"), ("lastState", "last_state")] {
            let Some(word) = ["running", "waiting", "terminated"].into_iter().find(|word| leaves.under(&format!("{at}{path}.{word}."))) else {
                continue;
            };
            object.state(format!("containers.{container}.{name}"), kinds::kind(word));
            for (part, part_name) in
                [("reason", "reason"), ("exitCode", "exit_code"), ("message", "message"), ("startedAt", "started"), ("finishedAt", "finished")]
            {
                let value = get(&format!("{path}.{word}.{part}"));
                if let Some(value) = value {
                    match (name, part) {
                        ("state", "reason") => said.reason = Some(value.to_string()),
                        ("state", "exitCode") => said.exit_code = Some(value.to_string()),
                        ("last_state", "reason") => said.last_reason = Some(value.to_string()),
                        ("last_state", "exitCode") => said.last_exit_code = Some(value.to_string()),
                        _ => {}
                    }
                    object.state(format!("containers.{container}.{name}.{part_name}"), value);
                }
            }
            if name == "last_state" && said.last_reason.is_none() {
                said.last_reason = Some(kinds::kind(word));
            }
        }
        if !at.contains("init") {
            said.ready = get("ready").is_some_and(|ready| ready == "true");
            said.restarts = get("restartCount").and_then(|count| count.parse().ok());
            tally.add(said);
        }
    }
    let phase = leaves.first(&["status.reason", "status.phase"]).map(Cow::into_owned);
    let deleted = object.fact("deletion_timestamp").is_some();
    tally.state(object, phase, deleted);
}

/// What one container says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Whether it is ready.
    pub(crate) ready: bool,
    /// How often it was started again.
    pub(crate) restarts: Option<u64>,
    /// Reason of its state, if it does not run.
    pub(crate) reason: Option<String>,
    /// Exit status of its state.
    pub(crate) exit_code: Option<String>,
    /// Reason of its last state, or that state's name.
    pub(crate) last_reason: Option<String>,
    /// Exit status of its last state.
    pub(crate) last_exit_code: Option<String>,
}

/// What the containers of a pod come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Vec<Said>);

impl Tally {
    /// Takes a container.
    pub(crate) fn add(&mut self, said: Said) {
        self.0.push(said);
    }

    /// States `ready`, `restarts`, `last_state`, `exit_code` and `status`, as `kubectl get pods` would print them.
    pub(crate) fn state(&self, object: &mut Object<'_>, phase: Option<String>, deleted: bool) {
        if !self.0.is_empty() {
            object.state("ready", format!("{}/{}", self.0.iter().filter(|said| said.ready).count(), self.0.len()));
        }
        if self.0.iter().any(|said| said.restarts.is_some()) {
            let restarts = self.0.iter().filter_map(|said| said.restarts).fold(0_u64, u64::saturating_add);
            object.state("restarts", restarts.to_string());
        }
        object.state_if("last_state", self.0.iter().find_map(|said| said.last_reason.clone()));
        object.state_if(
            "exit_code",
            self.0.iter().find_map(|said| said.last_exit_code.clone()).or_else(|| self.0.iter().find_map(|said| said.exit_code.clone())),
        );
        if deleted {
            object.state("status", "Terminating");
        }
        let waits = self.0.iter().find_map(|said| said.reason.clone());
        object.state_if("status", waits.or(phase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Body<'_> {
        Object::read(&Leaves::of_json(text.as_bytes()), None).expect("an object").body()
    }

    #[test]
    fn a_pod_states_node_claim_and_containers() {
        let body = read(
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"mysql-0","namespace":"shop","uid":"u1","ownerReferences":[{"kind":"StatefulSet","name":"mysql"}]},
            "spec":{"nodeName":"node-1","volumes":[{"name":"x"},{"name":"data","persistentVolumeClaim":{"claimName":"data-mysql-0"}}]},
            "status":{"phase":"Running","podIP":"10.0.0.1","hostIP":"172.30.0.11","containerStatuses":[{"name":"mysql","ready":false,"restartCount":3,
            "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-11-20T09:00:00Z"}}},
            {"name":"agent","ready":true,"restartCount":1,"state":{"running":{"startedAt":"2026-11-20T08:00:00Z"}}}]}}"#,
        );
        assert_eq!((&*body.message, body.component), ("Pod shop/mysql-0", Some(Component::Object)));
        for (name, value) in [
            ("node", "node-1"),
            ("claim", "data-mysql-0"),
            ("owner", "StatefulSet/mysql"),
            ("ready", "1/2"),
            ("restarts", "4"),
            ("status", "CrashLoopBackOff"),
            ("last_state", "OOMKilled"),
            ("exit_code", "137"),
            ("phase", "Running"),
            ("containers.mysql.last_state.finished", "2026-11-20T09:00:00Z"),
            ("containers.agent.state", "Running"),
            ("spec.nodeName", "node-1"),
        ] {
            assert_eq!(body.field(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_node_is_not_ready_when_unknown() {
        let body = read(
            r#"{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1"},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}],
            "addresses":[{"address":"172.30.0.11","type":"InternalIP"},{"address":"h","type":"Hostname"}],"nodeInfo":{"bootID":"b","kubeletVersion":"v1.20.2"}}}"#,
        );
        let fields: Vec<_> = ["status", "ready", "internal_ip", "hostname", "boot_id", "kubelet_version", "conditions.Ready.reason"]
            .map(|name| body.field(name))
            .into();
        assert_eq!(fields, ["NotReady,SchedulingDisabled", "Unknown", "172.30.0.11", "h", "b", "v1.20.2", "NodeStatusUnknown"].map(Some));
    }

    #[test]
    fn any_other_document_is_no_object() {
        let leaves = Leaves::of_json(br#"{"kind":"x","level":"info"}"#);
        assert!(Object::read(&leaves, None).is_none());
    }
}
