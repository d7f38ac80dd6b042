//! Words in names of files and folders.
//!
//! In: one segment of a path. Out: whether it is a name, a UID, a machine, a component. Must not know: layouts.

use crate::component::Component;
use crate::time::civil_ns;

/// A file's name without what compressing added.
pub(super) fn unpacked(file: &str) -> &str {
    [".gz", ".bz2", ".xz", ".zst", ".lz4"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file)
}

/// An archive's name as if it were the folder that was packed.
pub(super) fn archive(name: &str) -> &str {
    [".tar", ".zip", ".tgz", ".tbz2", ".txz", ".tzst"].iter().find_map(|end| unpacked(name).strip_suffix(end)).unwrap_or(name)
}

/// A pod's UID, or the hash that stands in its place for static pods.
pub(super) fn is_uid(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.len() {
        36 => text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex),
        32 => hex(text),
        _ => false,
    }
}

/// A name as Kubernetes allows it.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
}

/// The number of `3.log` and its rotated forms.
pub(super) fn restart(file: &str) -> Option<u32> {
    file.split_once(".log").and_then(|(number, _)| number.parse().ok())
}

/// The file's name without compression, rotation and ending.
pub(super) fn stem(file: &str) -> &str {
    let mut stem = file;
    while let Some((rest, end)) = stem.rsplit_once('.') {
        let rotated = end.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !rest.is_empty()
            && (rotated
                || matches!(
                    end,
                    "gz" | "bz2" | "xz" | "zst" | "lz4" | "log" | "txt" | "err" | "out" | "json" | "jsonl" | "old" | "section" | "tailed"
                ))
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

/// Words in names of programs that have to do with the component, and are another.
const OTHERS: &[&str] = &["exporter", "backup", "operator", "metrics", "client", "cli", "commander", "insight", "monitor", "dashboard", "agent"];

/// Names of containers that tell the component only where the cluster's own pods are: anybody has a scheduler.
const COMMON: &[&str] = &["scheduler", "apiserver", "controller-manager", "kube-controllers", "docker", "init", "kernel", "systemd"];

/// The component that a container's name speaks of. `pod` is `namespace/name`.
pub(super) fn of_container(name: &str, pod: Option<&str>) -> Option<Component> {
    let (namespace, pod) = pod.and_then(|pod| pod.split_once('/')).unwrap_or_default();
    let is_own = || namespace.starts_with("kube-") || namespace.starts_with("openshift-") || pod.starts_with("kube-");
    if COMMON.contains(&name) && !is_own() {
        return None;
    }
    named(name)
}

/// The component that a file's or container's name speaks of.
pub(super) fn named(stem: &str) -> Option<Component> {
    let lower = stem.to_ascii_lowercase();
    if let Some(component) = Component::from_program(&lower) {
        return Some(component);
    }
    if OTHERS.iter().any(|word| place_of(word, &lower).is_some()) {
        return None;
    }
    WORDS.iter().find(|(word, _)| place_of(word, &lower).is_some()).map(|(_, component)| *component)
}

/// What stands before and after the word that tells the component.
pub(super) fn around(stem: &str, component: Component) -> Option<(&str, &str)> {
    let lower = stem.to_ascii_lowercase();
    let mut words = WORDS.iter().filter(|(_, named)| *named == component);
    let (word, at) = words.find_map(|(word, _)| Some((word, place_of(word, &lower)?)))?;
    Some((stem.get(..at)?, stem.get(at + word.len()..)?))
}

/// Where a word stands by itself: `etcd-node1` and `cluster-kubelet` have theirs, `etcdctl` has not.
fn place_of(word: &str, lower: &str) -> Option<usize> {
    let at = lower.find(word)?;
    let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphabetic());
    let bytes = lower.as_bytes();
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    (alone(before) && alone(bytes.get(at + word.len()))).then_some(at)
}

/// `<program>.<host>.<user>.log.<LEVEL>.<yyyymmdd-hhmmss>.<pid>`: host, program, time of creation.
pub(super) fn klog_name(file: &str) -> Option<(&str, &str, Option<i64>)> {
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

    #[test]
    fn what_goes_with_a_program_is_another() {
        for name in ["mysqld-exporter", "redis_exporter", "etcd-backup", "kubelet-metrics", "redis-cli", "mariadb-operator"] {
            assert_eq!(named(name), None, "{name}");
        }
        assert_eq!(named("redis-sentinel"), Some(Component::Redis));
        assert_eq!(named("etcd-node-1"), Some(Component::Etcd));
    }

    #[test]
    fn anybody_has_a_scheduler() {
        assert_eq!(of_container("scheduler", Some("airflow/airflow-scheduler-7f-abcde")), None);
        assert_eq!(of_container("init", Some("shop/web-0")), None);
        assert_eq!(of_container("scheduler", Some("openshift-kube-scheduler/x-0")), Some(Component::KubeScheduler));
        assert_eq!(of_container("kube-scheduler", None), Some(Component::KubeScheduler));
        assert_eq!(of_container("mysql", Some("shop/db-0")), Some(Component::Mysqld));
    }
}
