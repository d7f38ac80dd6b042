//! Unnamed: what kind of object an Event is about where the excerpt does not show it.
//!
//! In: the parts of an Event that a table of a description prints. Out: the object's kind, and its name where the Event itself tells. Must not know:
//! tables, times.
//!
//! A description names its object once, far above its Events, and an excerpt often begins below. The reason still tells the kind: each reason is used for
//! one kind only (kubernetes `pkg/kubelet/events/event.go`, `pkg/scheduler`, `pkg/controller`; k8s.io/cloud-provider; cluster-autoscaler; karpenter).
//! Reasons that several kinds share are left out.

use super::event::Event;
use std::borrow::Cow;

/// Stands for the name of an object that has one which is not told.
pub(crate) const UNNAMED: &str = "unnamed";

const POD: [&str; 52] = [
    "BackOff",
    "Created",
    "Evicted",
    "ExceededGracePeriod",
    "Failed",
    "FailedAttachVolume",
    "FailedCreatePodContainer",
    "FailedCreatePodSandBox",
    "FailedKillPod",
    "FailedMapVolume",
    "FailedMount",
    "FailedMountOnFilesystemMismatch",
    "FailedPodSandBoxStatus",
    "FailedPostStartHook",
    "FailedPreStopHook",
    "FailedPrepareDynamicResources",
    "FailedScheduling",
    "FailedSync",
    "FailedValidation",
    "InspectFailed",
    "ErrImageNeverPull",
    "Killing",
    "NetworkNotReady",
    "NodeAffinity",
    "NodeNotReadyForPod",
    "NodePorts",
    "NodeShutdown",
    "Nominated",
    "NotTriggerScaleUp",
    "OutOfCPU",
    "OutOfMemory",
    "OutOfPodCount",
    "OutOfcpu",
    "OutOfephemeral-storage",
    "OutOfmemory",
    "OutOfpods",
    "Preempted",
    "Preempting",
    "ProbeWarning",
    "Pulled",
    "Pulling",
    "SandboxChanged",
    "Scheduled",
    "Started",
    "SuccessfulAttachVolume",
    "SuccessfulMountVolume",
    "TaintManagerEviction",
    "TopologyAffinityError",
    "TriggeredScaleUp",
    "UnexpectedAdmissionError",
    "Unhealthy",
    "VolumeConditionAbnormal",
];

const NODE: [&str; 25] = [
    "CIDRNotAvailable",
    "ContainerGCFailed",
    "DeletingNode",
    "EvictionThresholdMet",
    "FreeDiskSpaceFailed",
    "ImageGCFailed",
    "InvalidDiskCapacity",
    "KubeletSetupFailed",
    "NodeAllocatableEnforced",
    "NodeHasDiskPressure",
    "NodeHasInsufficientMemory",
    "NodeHasInsufficientPID",
    "NodeHasNoDiskPressure",
    "NodeHasSufficientDisk",
    "NodeHasSufficientMemory",
    "NodeHasSufficientPID",
    "NodeNotReady",
    "NodeNotSchedulable",
    "NodeReady",
    "NodeSchedulable",
    "Rebooted",
    "RegisteredNode",
    "RemovingNode",
    "SystemOOM",
    "Shutdown",
];

const CLAIM: [&str; 7] = [
    "ExternalProvisioning",
    "FailedBinding",
    "Provisioning",
    "ProvisioningFailed",
    "ProvisioningSucceeded",
    "WaitForFirstConsumer",
    "WaitForPodScheduled",
];

/// Who speaks of one kind only: controllers that make pods, of what they make them for; monitors of node-problem-detector (its `config/`), of nodes.
const OWNERS: [(&str, &str); 12] = [
    ("daemonset-controller", "DaemonSet"),
    ("job-controller", "Job"),
    ("replicaset-controller", "ReplicaSet"),
    ("statefulset-controller", "StatefulSet"),
    ("abrt-adaptor", "Node"),
    ("containerd-monitor", "Node"),
    ("disk-monitor", "Node"),
    ("docker-monitor", "Node"),
    ("health-checker", "Node"),
    ("kernel-monitor", "Node"),
    ("readonly-monitor", "Node"),
    ("systemd-monitor", "Node"),
];

/// The kind of the object, by who reports and why.
fn kind(event: &Event<'_>) -> Option<&'static str> {
    let reason = event.reason.as_deref()?;
    let known = [("Pod", &POD[..]), ("Node", &NODE), ("PersistentVolumeClaim", &CLAIM)];
    let by_reason = || known.into_iter().find(|(_, reasons)| reasons.contains(&reason)).map(|(kind, _)| kind);
    let owner = event.reporter.as_deref().and_then(|reporter| OWNERS.iter().find(|(known, _)| *known == reporter)).map(|(_, kind)| *kind);
    owner.or_else(by_reason)
}

/// Fills in the kind of an object that an Event names without it.
pub(crate) fn fill_kind(event: &mut Event<'_>) {
    if event.kind.is_none() {
        event.kind = kind(event).map(Cow::Borrowed);
    }
}

/// Fills in what is known of the object of an Event that does not name it.
pub(crate) fn fill(event: &mut Event<'_>) {
    if event.name.is_some() {
        return;
    }
    let Some(kind) = kind(event) else { return };
    let name = match kind {
        // A kubelet speaks of its own node, and messages about a node begin with its name.
        "Node" => node_of(&event.message).or(event.host.as_deref()).unwrap_or(UNNAMED).to_owned(),
        _ => UNNAMED.to_owned(),
    };
    event.kind = Some(Cow::Borrowed(kind));
    event.name = Some(Cow::Owned(name));
}

/// Kind, namespace and name of the object that the message names: the pod, where the scheduler says it placed it (before 1.11 it said no namespace), and
/// where a kubelet up to 1.17 says that it waits for its volumes, where one of 1.25 and later puts off a container's restart, and where the network of a
/// sandbox fails (dockershim's `network/plugins.go`, CRI-O's ocicni); the claim, where a driver begins to make its volume (external-provisioner `pkg/controller` of sig-storage-lib-external-provisioner).
pub(crate) fn object_told(event: &Event<'_>) -> Option<(&'static str, String, String)> {
    let (kind, (namespace, name)) = match event.reason.as_deref()? {
        "Scheduled" => {
            let pod = event.message.strip_prefix("Successfully assigned ")?.split_once(" to ")?.0;
            ("Pod", pod.split_once('/').unwrap_or(("", pod)))
        }
        "BackOff" => {
            let pod = event.message.strip_prefix("Back-off restarting failed container ")?.split_once(" in pod ")?.1.split_once('(')?.0;
            ("Pod", pod.split_once('_').map(|(name, namespace)| (namespace, name))?)
        }
        "FailedMount" => {
            let pod = event.message.strip_prefix("Unable to mount volumes for pod \"")?.split_once('(')?.0;
            ("Pod", pod.split_once('_').map(|(name, namespace)| (namespace, name))?)
        }
        "FailedCreatePodSandBox" => {
            let between = |before: &str, after: &str| Some(event.message.split_once(before)?.1.split_once(after)?.0);
            let told = between("networkPlugin cni failed to set up pod \"", "\" network")
                .and_then(|pod| pod.split_once('_'))
                .map(|(name, namespace)| (namespace, name));
            ("Pod", told.or_else(|| between("error adding pod ", " to CNI network")?.split_once('_'))?)
        }
        "Provisioning" => {
            let claim = event.message.strip_prefix("External provisioner is provisioning volume for claim \"")?.split_once('"')?.0;
            ("PersistentVolumeClaim", claim.split_once('/')?)
        }
        _ => return None,
    };
    let named = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    (!name.is_empty() && named(name) && named(namespace)).then(|| (kind, namespace.to_owned(), name.to_owned()))
}

fn node_of(message: &str) -> Option<&str> {
    let mut words = message.strip_prefix("Node ")?.split(' ');
    let name = words.next()?;
    let verb = words.next()?;
    let named = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    (named && matches!(verb, "status" | "has" | "event:")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(reason: &str, message: &str, host: Option<&str>) -> Option<(String, String)> {
        let mut event = Event {
            reason: Some(reason.to_owned().into()),
            message: message.to_owned().into(),
            host: host.map(|host| host.to_owned().into()),
            ..Event::default()
        };
        fill(&mut event);
        Some((event.kind?.into_owned(), event.name?.into_owned()))
    }

    #[test]
    fn a_reason_tells_the_kind() {
        let pair = |kind: &str, name: &str| Some((kind.to_owned(), name.to_owned()));
        assert_eq!(filled("BackOff", "Back-off restarting failed container", None), pair("Pod", UNNAMED));
        assert_eq!(filled("FailedBinding", "no persistent volumes available", None), pair("PersistentVolumeClaim", UNNAMED));
        assert_eq!(filled("FailedCreate", "Error creating", None), None);
        let mut hung = Event { reason: Some("TaskHung".into()), reporter: Some("kernel-monitor".into()), ..Event::default() };
        fill(&mut hung);
        assert_eq!(hung.kind.as_deref(), Some("Node"));
        let mut event = Event { reason: Some("FailedCreate".into()), reporter: Some("replicaset-controller".into()), ..Event::default() };
        fill(&mut event);
        assert_eq!((event.kind.as_deref(), event.name.as_deref()), (Some("ReplicaSet"), Some(UNNAMED)));
    }

    #[test]
    fn a_node_is_named_by_the_message_or_the_kubelet() {
        let name = |message: &str, host: Option<&str>| filled("NodeNotReady", message, host).map(|(_, name)| name);
        assert_eq!(name("Node node-1 status is now: NodeNotReady", None).as_deref(), Some("node-1"));
        assert_eq!(name("Node is not ready", Some("node-2")).as_deref(), Some("node-2"));
        assert_eq!(name("Node is not ready", None).as_deref(), Some(UNNAMED));
    }

    #[test]
    fn some_messages_name_the_object() {
        let told = |reason: &'static str, message: &'static str| {
            object_told(&Event { reason: Some(reason.into()), message: message.into(), ..Event::default() })
        };
        let pair = |namespace: &str, name: &str| Some(("Pod", namespace.to_owned(), name.to_owned()));
        let claim = "External provisioner is provisioning volume for claim \"shop/data-pg-0\"";
        assert_eq!(told("Provisioning", claim), Some(("PersistentVolumeClaim", "shop".to_owned(), "data-pg-0".to_owned())));
        assert_eq!(told("ExternalProvisioning", claim), None);
        assert_eq!(told("Scheduled", "Successfully assigned shop/pg-0 to node-1"), pair("shop", "pg-0"));
        assert_eq!(told("Scheduled", "Successfully assigned pg-0 to node-1"), pair("", "pg-0"));
        assert_eq!(told("Started", "Successfully assigned shop/pg-0 to node-1"), None);
        assert_eq!(told("Scheduled", "Successfully assigned <none>/pg 0 to node-1"), None);
        assert_eq!(told("FailedMount", "Unable to mount volumes for pod \"pg-0_shop(8d1e)\": timeout expired"), pair("shop", "pg-0"));
        assert_eq!(told("FailedMount", "Unable to mount volumes for pod \"pg-0\": timeout expired"), None);
        assert_eq!(told("BackOff", "Back-off restarting failed container web in pod pg-0_shop(8d1e)"), pair("shop", "pg-0"));
        assert_eq!(told("BackOff", "Back-off restarting failed container"), None);
        let sandbox = |message| told("FailedCreatePodSandBox", message);
        let cni = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container \"3329\" network for pod \"pg-0\": networkPlugin cni failed to set up pod \"pg-0_shop\" network: no addresses";
        assert_eq!(sandbox(cni), pair("shop", "pg-0"));
        assert_eq!(sandbox("error adding pod shop_pg-0 to CNI network \"weave\": plugin type=\"weave-net\""), pair("shop", "pg-0"));
        assert_eq!(sandbox("failed to set up sandbox container \"3329\" network for pod \"pg-0\": NetworkPlugin kubenet failed"), None);
    }

    #[test]
    fn an_object_that_is_named_stays() {
        let mut event = Event { reason: Some("BackOff".into()), name: Some("web".into()), ..Event::default() };
        fill(&mut event);
        assert_eq!((event.name.as_deref(), event.kind.as_deref()), (Some("web"), None));
    }
}
