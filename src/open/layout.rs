//! Where a file lies tells whose it is.
//!
//! In: a path as given, archive members after `!/`. Out: node, pod, container, component, and the time of creation that a klog file name states.
//! Must not know: contents.
//!
//! # Source
//!
//! kubelet `pkg/kubelet/kuberuntime/{helpers,legacy}.go` (pod log paths, 1.9 to 1.28), klog `klog_file.go` (file names), kubectl
//! `clusterinfo_dump.go`, kind `export logs`, `OpenShift` must-gather, sonobuoy.

use crate::component::Component;
use crate::source::Whereabouts;
use crate::time::civil_ns;

/// What a path tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whose it is.
    pub at: Whereabouts,
    /// When the file was begun, as klog's file names state it: civil time in the writer's zone, nanoseconds counted as if it were UTC.
    pub created: Option<i64>,
}

/// Reads a path.
pub fn read(path: &str) -> Layout {
    let segments: Vec<&str> =
        path.split('/').map(|segment| segment.strip_suffix('!').map_or(segment, archive)).filter(|segment| !segment.is_empty()).collect();
    let Some((file, folders)) = segments.split_last() else { return Layout::default() };
    let mut layout = Layout::default();
    let outside = pod_of(folders, file, &mut layout.at).unwrap_or(folders.len());
    layout.at.node = node_of(&folders[..outside], file);
    let stem = stem(file);
    if let Some((host, program, created)) = klog_name(file) {
        layout.at.node = layout.at.node.take().or(Some(host.to_owned()));
        layout.at.component = Component::from_program(program);
        layout.created = created;
    } else if let Some(container) = &layout.at.container {
        layout.at.component = named(container);
    } else {
        layout.at.component = named(stem);
    }
    layout
}

/// A file's name without what compressing added.
fn unpacked(file: &str) -> &str {
    [".gz", ".bz2", ".xz", ".zst", ".lz4"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file)
}

/// An archive's name as if it were the folder that was packed.
fn archive(name: &str) -> &str {
    [".tar", ".zip", ".tgz", ".tbz2", ".txz", ".tzst"].iter().find_map(|end| unpacked(name).strip_suffix(end)).unwrap_or(name)
}

/// Fills pod, container and restart, and gives the number of folders that stand before the pod's part.
fn pod_of(folders: &[&str], file: &str, at: &mut Whereabouts) -> Option<usize> {
    let base = unpacked(file);
    // `<ns>_<pod>_<uid>/<container>/<n>.log`
    if let Some((index, (namespace, pod, uid))) = folders.iter().enumerate().find_map(|(index, folder)| Some((index, pod_folder(folder)?))) {
        at.pod = Some(format!("{namespace}/{pod}"));
        at.uid = Some(uid.to_owned());
        at.container = folders.get(index + 1).map(|container| (*container).to_owned());
        at.restart = restart(base);
        return Some(index);
    }
    // `pods/<uid>/<container>/<n>.log` and `pods/<uid>/<container>_<n>.log`
    if let Some(index) =
        folders.iter().position(|folder| is_uid(folder)).filter(|index| index.checked_sub(1).is_some_and(|before| folders[before] == "pods"))
    {
        at.uid = Some(folders[index].to_owned());
        if let Some(container) = folders.get(index + 1) {
            at.container = Some((*container).to_owned());
            at.restart = restart(base);
        } else if let Some((container, number)) = base.rsplit_once('_') {
            at.container = Some(container.to_owned());
            at.restart = restart(number);
        }
        return Some(index);
    }
    // `containers/<pod>_<ns>_<container>-<id>.log`
    if let Some((pod, namespace, container)) = container_link(base) {
        at.pod = Some(format!("{namespace}/{pod}"));
        at.container = Some(container.to_owned());
        return Some(folders.len());
    }
    let [.., third, second, first] = folders else {
        // `<ns>/<pod>/logs.txt`
        if let ([namespace, pod], "logs.txt") = (folders, base) {
            at.pod = Some(format!("{namespace}/{pod}"));
            return Some(0);
        }
        return None;
    };
    let before = folders.len() - 3;
    if base == "logs.txt" && is_name(second) && is_name(first) {
        at.pod = Some(format!("{second}/{first}"));
        return Some(before + 1);
    }
    // sonobuoy: `podlogs/<ns>/<pod>/logs/<container>.txt`
    if *first == "logs"
        && let Some(index) = folders.iter().rposition(|folder| *folder == "podlogs")
        && let Some([namespace, pod, ..]) = folders.get(index + 1..)
    {
        at.pod = Some(format!("{namespace}/{pod}"));
        at.container = base.split_once('.').map(|(container, _)| container.to_owned());
        return Some(index);
    }
    // must-gather: `namespaces/<ns>/pods/<pod>/<container>/<container>/logs/current.log`
    if let Some(index) = folders.iter().position(|folder| *folder == "namespaces")
        && let Some([namespace, "pods", pod, rest @ ..]) = folders.get(index + 1..)
    {
        at.pod = Some(format!("{namespace}/{pod}"));
        at.container = rest.first().map(|container| (*container).to_owned());
        return Some(index);
    }
    let _ = third;
    None
}

fn pod_folder(folder: &str) -> Option<(&str, &str, &str)> {
    let (namespace, rest) = folder.split_once('_')?;
    let (pod, uid) = rest.split_once('_')?;
    (is_name(namespace) && is_name(pod) && is_uid(uid)).then_some((namespace, pod, uid))
}

/// A pod's UID, or the hash that stands in its place for static pods.
fn is_uid(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.len() {
        36 => text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex),
        32 => hex(text),
        _ => false,
    }
}

/// A name as Kubernetes allows it.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
}

/// The number of `3.log` and its rotated forms.
fn restart(file: &str) -> Option<u32> {
    file.split_once(".log").and_then(|(number, _)| number.parse().ok())
}

fn container_link(base: &str) -> Option<(&str, &str, &str)> {
    let name = base.strip_suffix(".log")?;
    let (pod, rest) = name.split_once('_')?;
    let (namespace, rest) = rest.split_once('_')?;
    let (container, id) = rest.rsplit_once('-')?;
    let fits = is_name(pod) && is_name(namespace) && id.len() >= 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some((pod, namespace, container))
}

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

fn node_of(folders: &[&str], file: &str) -> Option<String> {
    if let Some(index) = folders.iter().rposition(|folder| *folder == "nodes")
        && let Some(node) = folders.get(index + 1)
    {
        return Some((*node).to_owned());
    }
    if let Some(node) = folders.iter().rev().find(|folder| looks_like_node(folder)) {
        return Some((*node).to_owned());
    }
    // kind: `<node>/kubelet.log`, for nodes of any name.
    let parent = folders.last()?;
    let plain = is_name(parent) && !NOT_A_NODE.contains(parent) && parent.bytes().any(|byte| byte.is_ascii_lowercase());
    (plain && folders.len() > 1 && OF_A_NODE.contains(&unpacked(file))).then(|| (*parent).to_owned())
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

/// The file's name without compression, rotation and ending.
fn stem(file: &str) -> &str {
    let mut stem = file;
    while let Some((rest, end)) = stem.rsplit_once('.') {
        let rotated = end.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !rest.is_empty()
            && (rotated || matches!(end, "gz" | "bz2" | "xz" | "zst" | "lz4" | "log" | "txt" | "err" | "out" | "json" | "jsonl" | "old" | "section"))
        {
            stem = rest;
        } else {
            break;
        }
    }
    stem
}

/// Words in names that tell the component, the longer before the shorter.
const WORDS: &[(&str, Component)] = &[
    ("kube-controller-manager", Component::KubeControllerManager),
    ("cloud-controller-manager", Component::CloudControllerManager),
    ("kube-apiserver", Component::KubeApiserver),
    ("kube-scheduler", Component::KubeScheduler),
    ("kube-proxy", Component::KubeProxy),
    ("kubelet", Component::Kubelet),
    ("containerd", Component::Containerd),
    ("dockerd", Component::Dockerd),
    ("crio", Component::Crio),
    ("etcd", Component::Etcd),
    ("mysqld", Component::Mysqld),
    ("mysql_error", Component::Mysqld),
    ("mysql-error", Component::Mysqld),
    ("mariadb", Component::Mysqld),
    ("redis", Component::Redis),
    ("sentinel", Component::Redis),
    ("iperf3", Component::Iperf),
    ("dmesg", Component::Kernel),
    ("audit", Component::Audit),
];

/// The component that a file's or container's name speaks of.
fn named(stem: &str) -> Option<Component> {
    let lower = stem.to_ascii_lowercase();
    if let Some(component) = Component::from_program(&lower) {
        return Some(component);
    }
    // The word must stand by itself: `etcd-node1` and `cluster-kubelet` are, `etcdctl` is not.
    WORDS.iter().find_map(|(word, component)| {
        let at = lower.find(word)?;
        let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphabetic());
        let bytes = lower.as_bytes();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        (alone(before) && alone(bytes.get(at + word.len()))).then_some(*component)
    })
}

/// `<program>.<host>.<user>.log.<LEVEL>.<yyyymmdd-hhmmss>.<pid>`: host, program, time of creation.
fn klog_name(file: &str) -> Option<(&str, &str, Option<i64>)> {
    let file = unpacked(file);
    let (front, back) = file.split_once(".log.")?;
    let mut back = back.split('.');
    let (level, date) = (back.next()?, back.next()?);
    if !matches!(level, "INFO" | "WARNING" | "ERROR" | "FATAL") {
        return None;
    }
    let (program, rest) = front.split_once('.')?;
    let (host, _user) = rest.rsplit_once('.')?;
    let part = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
    let created = (|| {
        let year = i32::try_from(part(0, 4)?).ok()?;
        civil_ns(year, part(4, 6)?, part(6, 8)?, part(9, 11)?, part(11, 13)?, part(13, 15)?, 0)
    })();
    Some((host, program, created))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    fn shown(path: &str) -> String {
        let Layout { at, created } = read(path);
        let mut parts = Vec::new();
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
            ("export/atlas/journal.log".into(), "node=atlas"),
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
        ] {
            assert_eq!(shown(&path), expected, "{path}");
        }
    }
}
