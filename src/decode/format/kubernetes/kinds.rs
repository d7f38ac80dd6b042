//! Kinds: how Kubernetes spells the kind of an object.
//!
//! In: `pod`, `statefulset.apps`, `PodList`. Out: `Pod`, `StatefulSet`, `Pod`. Must not know: what the objects hold.

/// Kinds whose spelling does not follow from the lower-case name, and the most usual others.
const KINDS: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "ControllerRevision",
    "CronJob",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "Endpoints",
    "HorizontalPodAutoscaler",
    "Ingress",
    "IngressClass",
    "Job",
    "Lease",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PodTemplate",
    "PriorityClass",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeSnapshot",
    "VolumeSnapshotContent",
];

/// Kinds that live in no namespace; their Events lie in `default`.
const CLUSTER_SCOPED: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "IngressClass",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "VolumeAttachment",
    "VolumeSnapshotContent",
];

/// The kind as Kubernetes spells it: capitalised, without API group.
pub(crate) fn kind(name: &str) -> String {
    let name = name.split('.').next().unwrap_or(name);
    if let Some(known) = KINDS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return (*known).to_owned();
    }
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Stands for the namespace of an object that has one which is not told.
pub(crate) const UNKNOWN_NAMESPACE: &str = "?";

/// Whether objects of this kind live in no namespace.
pub(crate) fn cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
}

/// What a list of this kind holds: `Pod` for `PodList`; nothing for a bare `List`.
pub(crate) fn of_list(kind: &str) -> Option<&str> {
    kind.strip_suffix("List").filter(|kind| !kind.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_spelled_as_the_api_does() {
        assert_eq!(kind("statefulset.apps"), "StatefulSet");
        assert_eq!(kind("Pod"), "Pod");
        assert_eq!(kind("widget"), "Widget");
        assert_eq!(kind(""), "");
        assert_eq!((of_list("EventList"), of_list("List")), (Some("Event"), None));
    }
}
