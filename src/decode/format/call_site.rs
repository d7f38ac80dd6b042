//! Call sites of klog: which component a Go file belongs to.
//!
//! In: the base name of a file in a klog header or a JSON `caller`. Out: the component, where the file is compiled into one program only.
//! Must not know: messages. Files that several programs share (`reflector.go`, `leaderelection.go`, `operation_generator.go`, the API server
//! library's `httplog.go`) are left out on purpose.
//!
//! # Source
//!
//! kubernetes/kubernetes 1.5 to 1.36: `pkg/kubelet/**`, `pkg/controller/**`, `pkg/scheduler/**`, `pkg/controlplane/**`, `pkg/registry/**`,
//! `pkg/proxy/**`, and kube-aggregator.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use Component::{KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubelet};

use crate::component::Component;

/// Sorted by file name.
static FILES: &[(&str, Component)] = &[
    ("active_queue.go", KubeScheduler),
    ("apiapproval_controller.go", KubeApiserver),
    ("apiservice_controller.go", KubeApiserver),
    ("attach_detach_controller.go", KubeControllerManager),
    ("autoregister_controller.go", KubeApiserver),
    ("available_controller.go", KubeApiserver),
    ("cadvisor_linux.go", Kubelet),
    ("certificate_controller.go", KubeControllerManager),
    ("cidrallocator.go", KubeApiserver),
    ("cluster_authentication_trust_controller.go", KubeApiserver),
    ("clusterroleaggregation_controller.go", KubeControllerManager),
    ("container_gc.go", Kubelet),
    ("container_log_manager.go", Kubelet),
    ("container_manager_linux.go", Kubelet),
    ("cpu_manager.go", Kubelet),
    ("crd_finalizer.go", KubeApiserver),
    ("crdregistration_controller.go", KubeApiserver),
    ("cri_stats_provider.go", Kubelet),
    ("cronjob_controller.go", KubeControllerManager),
    ("cronjob_controllerv2.go", KubeControllerManager),
    ("customresource_discovery_controller.go", KubeApiserver),
    ("daemon_controller.go", KubeControllerManager),
    ("default_preemption.go", KubeScheduler),
    ("default_servicecidr_controller.go", KubeApiserver),
    ("deployment_controller.go", KubeControllerManager),
    ("device_taint_eviction.go", KubeControllerManager),
    ("disruption.go", KubeControllerManager),
    ("docker_sandbox.go", Kubelet),
    ("endpoints_controller.go", KubeControllerManager),
    ("endpointslice_controller.go", KubeControllerManager),
    ("endpointslicemirroring_controller.go", KubeControllerManager),
    ("establishing_controller.go", KubeApiserver),
    ("eventhandlers.go", KubeScheduler),
    ("eviction_manager.go", Kubelet),
    ("expand_controller.go", KubeControllerManager),
    ("fs_resource_analyzer.go", Kubelet),
    ("garbagecollector.go", KubeControllerManager),
    ("gc_controller.go", KubeControllerManager),
    ("generic_scheduler.go", KubeScheduler),
    ("graceful_termination.go", KubeProxy),
    ("graph_builder.go", KubeControllerManager),
    ("horizontal.go", KubeControllerManager),
    ("image_gc_manager.go", Kubelet),
    ("job_controller.go", KubeControllerManager),
    ("kubelet.go", Kubelet),
    ("kubelet_getters.go", Kubelet),
    ("kubelet_network.go", Kubelet),
    ("kubelet_network_linux.go", Kubelet),
    ("kubelet_node_status.go", Kubelet),
    ("kubelet_pods.go", Kubelet),
    ("kubelet_resources.go", Kubelet),
    ("kubelet_volumes.go", Kubelet),
    ("kuberuntime_container.go", Kubelet),
    ("kuberuntime_gc.go", Kubelet),
    ("kuberuntime_image.go", Kubelet),
    ("kuberuntime_manager.go", Kubelet),
    ("kuberuntime_sandbox.go", Kubelet),
    ("legacy_serviceaccount_token_cleaner.go", KubeControllerManager),
    ("local_available_controller.go", KubeApiserver),
    ("memory_manager.go", Kubelet),
    ("namespace_controller.go", KubeControllerManager),
    ("naming_controller.go", KubeApiserver),
    ("node_authorizer.go", KubeApiserver),
    ("node_lifecycle_controller.go", KubeControllerManager),
    ("node_shutdown_manager_linux.go", Kubelet),
    ("nodecontroller.go", KubeControllerManager),
    ("nodeinfomanager.go", Kubelet),
    ("nodeshutdown_manager_linux.go", Kubelet),
    ("nonstructuralschema_controller.go", KubeApiserver),
    ("oom_watcher.go", Kubelet),
    ("oom_watcher_linux.go", Kubelet),
    ("plugin_watcher.go", Kubelet),
    ("pod_container_deletor.go", Kubelet),
    ("pod_startup_latency_tracker.go", Kubelet),
    ("pod_workers.go", Kubelet),
    ("prober.go", Kubelet),
    ("prober_manager.go", Kubelet),
    ("pv_controller.go", KubeControllerManager),
    ("pv_controller_base.go", KubeControllerManager),
    ("pv_protection_controller.go", KubeControllerManager),
    ("pvc_protection_controller.go", KubeControllerManager),
    ("reconciler_common.go", Kubelet),
    ("remote_available_controller.go", KubeApiserver),
    ("remote_image.go", Kubelet),
    ("remote_runtime.go", Kubelet),
    ("repairip.go", KubeApiserver),
    ("replica_set.go", KubeControllerManager),
    ("resource_quota_controller.go", KubeControllerManager),
    ("resource_quota_monitor.go", KubeControllerManager),
    ("schedule_one.go", KubeScheduler),
    ("scheduler_binder.go", KubeScheduler),
    ("scheduling_queue.go", KubeScheduler),
    ("serviceaccounts_controller.go", KubeControllerManager),
    ("servicecidrs_controller.go", KubeControllerManager),
    ("setters.go", Kubelet),
    ("stateful_set.go", KubeControllerManager),
    ("stateful_set_control.go", KubeControllerManager),
    ("status_manager.go", Kubelet),
    ("storage_rbac.go", KubeApiserver),
    ("storage_scheduling.go", KubeApiserver),
    ("system_namespaces_controller.go", KubeApiserver),
    ("taint_controller.go", KubeControllerManager),
    ("taint_eviction.go", KubeControllerManager),
    ("taint_manager.go", KubeControllerManager),
    ("tokens_controller.go", KubeControllerManager),
    ("topology_manager.go", Kubelet),
    ("topologycache.go", KubeControllerManager),
    ("ttl_controller.go", KubeControllerManager),
    ("ttlafterfinished_controller.go", KubeControllerManager),
    ("vac_protection_controller.go", KubeControllerManager),
    ("volume_manager.go", Kubelet),
];

/// The component whose program alone contains the Go file `file` (base name).
pub fn component(file: &[u8]) -> Option<Component> {
    static BY_NAME: LazyLock<HashMap<&[u8], Component, FixedState>> =
        LazyLock::new(|| FILES.iter().map(|(name, component)| (name.as_bytes(), *component)).collect());
    BY_NAME.get(file).copied()
}

/// `file.go:123` of a caller such as `nodelifecycle/node_lifecycle_controller.go:1094`, and the file alone.
pub fn base(caller: &str) -> (&str, &str) {
    let site = caller.rsplit_once('/').map_or(caller, |(_, site)| site);
    (site, site.rsplit_once(':').map_or(site, |(file, _)| file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_read() {
        assert!(FILES.is_sorted_by(|a, b| a.0 < b.0), "{:?}", FILES.windows(2).find(|pair| pair[0].0 >= pair[1].0));
        assert_eq!(component(b"node_lifecycle_controller.go"), Some(KubeControllerManager));
        assert_eq!(component(b"eviction_manager.go"), Some(Kubelet));
        assert_eq!(component(b"reflector.go"), None);
        assert_eq!(base("nodelifecycle/node_lifecycle_controller.go:1094"), ("node_lifecycle_controller.go:1094", "node_lifecycle_controller.go"));
        assert_eq!(base(""), ("", ""));
    }
}
