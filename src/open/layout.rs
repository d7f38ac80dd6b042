//! Where a file lies tells whose it is.
//!
//! In: a path as given, archive members after `!/`. Out: node, pod, container, component, and the time of creation that a klog file name states.
//! Must not know: contents.
//!
//! Each layout that a collector makes has a file of its own.

mod cluster_info;
mod eks;
mod must_gather;
mod names;
mod nodes;
mod pod_logs;
mod program;
mod sonobuoy;
mod sos;
mod support_bundle;

pub use program::is_program;

use crate::component::Component;
use crate::source::Whereabouts;
use names::{archive, is_name, klog_name, named, of_container, stem, unpacked};

/// What a path tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whose it is.
    pub at: Whereabouts,
    /// When the file was begun, as klog's file names state it: civil time in the writer's zone, nanoseconds counted as if it were UTC.
    pub created: Option<i64>,
    /// The node, unless the records name another.
    pub likely_node: Option<String>,
    /// Whether the collector kept only the end of the log.
    pub tailed: bool,
}

/// A path taken apart.
struct Place<'a> {
    folders: &'a [&'a str],
    /// The file's name without compression.
    base: &'a str,
}

/// What a layout tells: whose the file is, and how many folders stand before the part that says so.
struct Found {
    at: Whereabouts,
    outside: usize,
}

/// The layouts, the stricter before the looser.
const LAYOUTS: &[fn(&Place<'_>) -> Option<Found>] =
    &[pod_logs::read, sonobuoy::read, support_bundle::read, must_gather::read, sos::read, cluster_info::read];

/// Reads a path.
pub fn read(path: &str) -> Layout {
    let segments: Vec<&str> =
        path.split('/').map(|segment| segment.strip_suffix('!').map_or(segment, archive)).filter(|segment| !segment.is_empty()).collect();
    let Some((file, folders)) = segments.split_last() else { return Layout::default() };
    let base = unpacked(file);
    let place = Place { folders, base };
    let found = LAYOUTS.iter().find_map(|layout| layout(&place));
    let Found { mut at, outside } = found.unwrap_or(Found { at: Whereabouts::default(), outside: folders.len() });
    let above = folders.get(..outside).unwrap_or(folders);
    at.node = at.node.or_else(|| nodes::node_of(above));
    let likely_node = sos::host(folders).or_else(|| nodes::likely(above, file)).filter(|_| at.node.is_none());
    let mut layout = Layout { at, likely_node, tailed: base.ends_with(".tailed"), ..Layout::default() };
    if let Some((host, program, created)) = klog_name(file) {
        layout.at.node = layout.at.node.take().or(Some(host.to_owned()));
        layout.at.component = Component::from_program(program);
        layout.created = created;
    } else if let Some(container) = &layout.at.container {
        layout.at.component = of_container(container, layout.at.pod.as_deref());
    } else if layout.at.component.is_none() {
        layout.at.component = named(stem(file));
    }
    if let (None, Some(component)) = (&layout.at.node, layout.at.component) {
        layout.at.node = nodes::in_name(stem(file), component);
    }
    layout
}

/// The bundle around a file, up to where its name ends, if all that lies in it was taken from one machine whose name the path does not tell.
pub fn machine(path: &str) -> Option<&str> {
    eks::machine(path)
}

/// Where a container's log belongs that stands between fences in a file of layout `base`.
pub fn of_log(base: &Layout, pod: &str, container: &str) -> Layout {
    let at = Whereabouts {
        node: base.at.node.clone(),
        pod: Some(pod.to_owned()),
        container: Some(container.to_owned()),
        component: of_container(container, Some(pod)),
        ..Whereabouts::default()
    };
    Layout { at, ..base.clone() }
}

/// Sections of `minikube logs` that are tables, and no log of what their names say: its own commands, and the machine's uptime.
const NOT_LOGS: &[&str] = &["Audit", "kernel"];

/// Where a named section belongs of a file of layout `base`: `kubelet`, `etcd [6599e6935ab4]`, `/var/log/mysql/error.log`.
pub fn of_section(base: &Layout, name: &str) -> Layout {
    if name.contains('/') {
        let mut layout = read(name);
        layout.at.node = layout.at.node.or_else(|| base.at.node.clone());
        return layout;
    }
    let (word, id) = name.split_once(" [").map_or((name, None), |(word, id)| (word, id.strip_suffix(']')));
    let container = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_name(word)).map(|_| word.to_owned());
    let component = if NOT_LOGS.contains(&name) { None } else { named(word) };
    let at = Whereabouts { node: base.at.node.clone(), component, container, ..Whereabouts::default() };
    Layout { at, ..base.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    fn shown(path: &str) -> String {
        told(read(path))
    }

    fn told(layout: Layout) -> String {
        let Layout { at, created, likely_node, tailed } = layout;
        let mut parts = Vec::new();
        parts.extend(likely_node.map(|node| format!("likely={node}")));
        parts.extend(tailed.then(|| "tailed".to_owned()));
        for (name, value) in
            [("node", at.node), ("pod", at.pod), ("uid", at.uid.map(|uid| uid.chars().take(8).collect())), ("container", at.container)]
        {
            if let Some(value) = value {
                parts.push(format!("{name}={value}"));
            }
        }
        if let Some(restart) = at.restart {
            parts.push(format!("restart={restart}"));
        }
        if let Some(component) = at.component {
            parts.push(component.to_string());
        }
        if let Some(created) = created {
            parts.push(Stamp::exact(created).to_string());
        }
        parts.join(" ")
    }

    #[test]
    fn layouts_tell_whose_a_file_is() {
        let uid = "94a28cc5-37e3-4c51-9b9c-8c89bb8f857f";
        let id = "9b9c8c89bb8f857f94a28cc537e34c519b9c8c89bb8f857f94a28cc537e34c51";
        for (path, expected) in [
            ("in/nodes/node-1/kubelet.log".into(), "node=node-1 kubelet"),
            ("bundle.tar.gz!/nodes/k8s-node3/kubelet.log.gz".into(), "node=k8s-node3 kubelet"),
            ("bundle.zip!/node3/sos.tar.xz!/var/log/mysql/error.log.2.gz".into(), "node=node3"),
            ("in/node-7.tar.zst!/var/log/kubelet.log.1.xz".into(), "node=node-7 kubelet"),
            (
                format!("in/nodes/node-2/var-log-pods/shop_mysql-0_{uid}/mysql/1.log"),
                "node=node-2 pod=shop/mysql-0 uid=94a28cc5 container=mysql restart=1 mysqld",
            ),
            (format!("/var/log/pods/shop_pg-0_{uid}/pg/0.log.20231101-020304.gz"), "pod=shop/pg-0 uid=94a28cc5 container=pg restart=0"),
            (format!("/var/log/pods/{uid}/etcd/2.log"), "uid=94a28cc5 container=etcd restart=2 etcd"),
            (format!("/var/log/pods/{uid}/etcd_2.log"), "uid=94a28cc5 container=etcd restart=2 etcd"),
            (format!("/var/log/containers/mysql-0_shop_mysql-{id}.log"), "pod=shop/mysql-0 container=mysql mysqld"),
            ("cluster-info-dump/shop/node-agent-1/logs.txt".into(), "pod=shop/node-agent-1"),
            ("shop/mysql-0/logs.txt".into(), "pod=shop/mysql-0"),
            ("podlogs/kube-system/etcd-kind/logs/etcd.txt".into(), "pod=kube-system/etcd-kind container=etcd etcd"),
            ("must/namespaces/db/pods/mysql-0/mysql/mysql/logs/current.log".into(), "pod=db/mysql-0 container=mysql mysqld"),
            ("export/kind-worker2/kubelet.log".into(), "node=kind-worker2 kubelet"),
            ("export/atlas/journal.log".into(), "likely=atlas"),
            ("in/control-plane/kube-controller-manager.log.gz".into(), "kube-controller-manager"),
            ("in/cp-2/etcd.log".into(), "node=cp-2 etcd"),
            ("in/node2/redis-7002.log".into(), "node=node2 redis"),
            ("in/mysql/node-1-mysql-0.error.log".into(), ""),
            (
                "log/kube-controller-manager.node-1.example.org.root.log.INFO.20171201-101742.1234".into(),
                "node=node-1.example.org kube-controller-manager 2017-12-01T10:17:42.000000Z",
            ),
            ("in/api/events.json".into(), ""),
            ("in/etcdctl.txt".into(), ""),
            ("mysqld.err".into(), "mysqld"),
            ("kubelet.log.1".into(), "kubelet"),
            ("-".into(), ""),
            (String::new(), ""),
            ("must-gather.local.12/quay-io-x/host_service_logs/masters/kubelet_service.log".into(), "kubelet"),
            ("mg/x/host_service_logs/masters/crio_service.log".into(), "crio"),
            ("mg/x/audit_logs/kube-apiserver/ip-10-0-1-2.ec2.internal-audit.log.gz".into(), "node=ip-10-0-1-2.ec2.internal audit"),
            ("mg/x/audit_logs/kube-apiserver/master-0-audit-2025-01-02T03-04-05.006.log.gz".into(), "node=master-0 audit"),
            ("mg/x/static-pods/kube-apiserver/master-0-startup.log.gz".into(), "node=master-0 kube-apiserver"),
            ("mg/x/namespaces/db/pods/mysql-0/mysql/mysql/logs/previous.log".into(), "pod=db/mysql-0 container=mysql mysqld"),
            (
                "mg/x/namespaces/db/pods/mysql-0/mysql/mysql/logs/rotated/3.log.20250102-030405.gz".into(),
                "pod=db/mysql-0 container=mysql restart=3 mysqld",
            ),
            ("mg/x/cluster-scoped-resources/core/nodes/node-1.yaml".into(), ""),
            ("sosreport-node1-2025-01-02-abcdefg/sos_commands/kubernetes/journalctl_--no-pager_--unit_kubelet".into(), "likely=node1 kubelet"),
            (
                "sosreport-db7.0123-20250102030405.tar.xz!/x/sos_strings/kubernetes/journalctl_--unit_kubelet.tailed".into(),
                "likely=db7 tailed kubelet",
            ),
            ("sosreport-db7-2025-01-02-abcdefg/sos_commands/kubernetes/cluster-info/shop/podlogs/pg-0/x".into(), "likely=db7 pod=shop/pg-0"),
            ("b/cluster-resources/pods/logs/shop/pg-0/pg-previous.log".into(), "pod=shop/pg-0 container=pg"),
            ("eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz!/kubelet/kubelet.log".into(), "kubelet"),
            ("eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz!/containerd/containerd-log.txt".into(), "containerd"),
            ("eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz!/kernel/dmesg.current".into(), "kernel"),
            ("n/k8s/containerlogs/kube-apiserver".into(), "kube-apiserver"),
            ("var/lib/rancher/rke/log/kubelet_9b9c8c89bb8f.log".into(), "kubelet"),
        ] {
            assert_eq!(shown(&path), expected, "{path}");
        }
    }

    #[test]
    fn fences_tell_whose_a_section_is() {
        let base = read("in/nodes/node-1/minikube.txt");
        for (name, expected) in [
            ("kubelet", "node=node-1 kubelet"),
            ("etcd [6599e6935ab4]", "node=node-1 container=etcd etcd"),
            ("Last Start", "node=node-1"),
            ("Audit", "node=node-1"),
            ("/var/log/mysqld.log", "node=node-1 mysqld"),
        ] {
            assert_eq!(told(of_section(&base, name)), expected, "{name}");
        }
        assert_eq!(told(of_log(&base, "shop/pg-0", "mysqld")), "node=node-1 pod=shop/pg-0 container=mysqld mysqld");
    }
}
