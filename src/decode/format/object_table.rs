//! Tables of objects: `kubectl get pods -o wide`, `get nodes`, `get pvc` and the like.
//!
//! In: a header line of capitals and a row for each object. Out: an entry for each row. Must not know: when the table was printed; ages in it are those
//! of the objects.

use super::kubernetes::age::Age;
use super::kubernetes::columns::{Columns, MAX_HEADER_BYTES, Row};
use super::kubernetes::kinds;
use super::kubernetes::object::Object;
use crate::decode::{Body, Entry, Format, Head, Next, Opening};
use crate::time::SECOND;

/// Rows of objects.
#[derive(Debug)]
pub struct ObjectTable;

impl Format for ObjectTable {
    fn name(&self) -> &'static str {
        "object-table"
    }

    fn title(&self) -> &'static str {
        "Tables of Kubernetes objects"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl get (pods, nodes, persistent volumes and claims, workloads, leases), with -o wide and -A, and by crictl ps. Rows have no time \
         of their own: an age is that of the object. The kind is known by the columns."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes pkg/printers/internalversion/printers.go v1.9-v1.32"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("NAME   STATUS     ROLES    AGE    VERSION", "NAME   STATUS     ROLES    AGE    VERSION")]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let line = unmarked(line);
        if bare_pod(line).is_some() {
            return Some(Opening::default());
        }
        if !line.starts_with(b"NAME") && !line.starts_with(b"CONTAINER ") {
            return None;
        }
        let capitals = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'\t' | b'(' | b')' | b'-' | b'/' | b'%' | b'0'..=b'9');
        let gap = memchr::memmem::find(line, b"  ").is_some() || line.contains(&b'\t');
        if !gap || line.len() > MAX_HEADER_BYTES || !line.iter().all(capitals) {
            return None;
        }
        let columns = Columns::read(&String::from_utf8_lossy(line));
        let known = columns.has("NAME") && columns.names().count() > 1 && columns.names().all(|name| !name.is_empty() && name.len() <= 32);
        known.then(|| Opening { head: Head::default(), context: Some(line.to_vec()) })
    }

    fn next(&self, _entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let Some(header) = context else { return Next::End };
        if line.is_empty() || line[0] == b' ' || self.open(line).is_some() {
            return Next::End;
        }
        let columns = Columns::read(&String::from_utf8_lossy(header));
        let row = columns.row(&String::from_utf8_lossy(line));
        let fits = row.aligned || row.filled() == columns.names().count();
        if fits && row.filled() > 1 && !row.at(0).contains(' ') { Next::Entry(Opening::default()) } else { Next::End }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let text = String::from_utf8_lossy(entry.text);
        if entry.context.is_none()
            && let Some((columns, row)) = bare_pod(unmarked(entry.text))
        {
            return object(&Columns::read(columns), &row).body();
        }
        let Some(header) = entry.context.filter(|header| *header != unmarked(entry.text)) else { return Body::message(text) };
        let columns = Columns::read(&String::from_utf8_lossy(header));
        let row = columns.row(&text);
        object(&columns, &row).body()
    }
}

/// The line without the star that minikube puts before the first line of a section.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"* ").unwrap_or(line)
}

/// The columns of a pod's row, by what they hold in it.
const OF_A_POD: &str = "NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE  IP  NODE";

/// A pod's row without its header: `[namespace] name 0/1 CrashLoopBackOff 14 (13s ago) 68m [address node]`. No other row has a state of a pod between
/// two counts and an age.
fn bare_pod(line: &[u8]) -> Option<(&'static str, Row)> {
    // Names are 253 bytes long at most, namespaces 63.
    let start = &line[..line.len().min(400)];
    line.first().filter(|first| first.is_ascii_lowercase() || first.is_ascii_digit())?;
    let slash =
        memchr::memchr_iter(b'/', start).find(|at| *at > 1 && start[at - 1].is_ascii_digit() && start.get(at + 1).is_some_and(u8::is_ascii_digit))?;
    let text = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().take(16).collect();
    let ready = words.iter().position(|word| is_ready(word)).filter(|at| matches!(at, 1 | 2))?;
    let (name, status, restarts) = (words.get(ready - 1)?, words.get(ready + 1)?, words.get(ready + 2)?);
    let named = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'/'));
    if slash > 320 || !named(name) || !is_status(status) || restarts.parse::<u32>().is_err() {
        return None;
    }
    let mut rest = ready + 3;
    let mut count = (*restarts).to_owned();
    if let Some(last) = words.get(rest).filter(|word| word.starts_with('(')) {
        count = format!("{restarts} {last} {}", words.get(rest + 1)?);
        rest += 2;
    }
    let age = words.get(rest).filter(|age| Age::read(age).is_some())?;
    let namespace = if ready == 2 { words.first().filter(|word| named(word))? } else { "" };
    let more = |at: usize| words.get(rest + at).copied().unwrap_or_default();
    Some((OF_A_POD, Row::of(&[namespace, name, words.get(ready)?, status, &count, age, more(1), more(2)])))
}

/// `0/1`
fn is_ready(word: &str) -> bool {
    word.split_once('/')
        .is_some_and(|(ready, all)| [ready, all].iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())))
}

/// What kubectl prints as a pod's state (kubernetes `pkg/printers/internalversion/printers.go` printPod, and the reasons that it takes over).
fn is_status(word: &str) -> bool {
    const STATES: &[&str] = &[
        "Completed",
        "ContainerCannotRun",
        "ContainerCreating",
        "ContainerStatusUnknown",
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "DeadlineExceeded",
        "ErrImageNeverPull",
        "ErrImagePull",
        "Error",
        "Evicted",
        "Failed",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "NodeAffinity",
        "NodeLost",
        "NodeShutdown",
        "NotReady",
        "OOMKilled",
        "OutOfcpu",
        "OutOfmemory",
        "OutOfpods",
        "Pending",
        "PodInitializing",
        "Preempting",
        "RunContainerError",
        "Running",
        "SchedulingGated",
        "StartError",
        "Succeeded",
        "Terminated",
        "Terminating",
        "UnexpectedAdmissionError",
        "Unknown",
    ];
    word.strip_prefix("Init:").is_some_and(|rest| is_ready(rest) || STATES.contains(&rest)) || STATES.contains(&word)
}

/// Columns whose fact has a name of its own, by column.
const FACTS: &[(&str, &str)] = &[
    ("NODE", "node"),
    ("IP", "pod_ip"),
    ("INTERNAL-IP", "internal_ip"),
    ("EXTERNAL-IP", "external_ip"),
    ("VERSION", "kubelet_version"),
    ("CLAIM", "claim"),
    ("VOLUME", "volume"),
    ("PV", "volume"),
    ("HOLDER", "holder"),
    ("READY", "ready"),
    ("STATUS", "status"),
    ("AGE", "age"),
    ("CONTAINER", "container_id"),
    ("CONTAINER ID", "container_id"),
];

fn object(columns: &Columns, row: &Row) -> Object<'static> {
    let cell = |name: &str| columns.cell(row, name).filter(|cell| !matches!(*cell, "<none>" | "<unset>")).map(str::to_owned);
    let name = cell("NAME").unwrap_or_default();
    // `kubectl get all` prints `pod/name`, several kinds one below the other.
    let (kind, name) = match name.split_once('/') {
        Some((kind, name)) => (kinds::kind(kind), name.to_owned()),
        None => (kind(columns).to_owned(), name),
    };
    // A table printed for one namespace does not name it: the object still has one.
    let unnamed = || matches!(kind.as_str(), "Pod" | "PersistentVolumeClaim").then(|| kinds::UNKNOWN_NAMESPACE.to_owned());
    let namespace = cell("NAMESPACE").or_else(unnamed);
    let mut object = Object::new(kind, namespace.map(Into::into), name.into());
    for (column, fact) in FACTS {
        object.state_if(fact, cell(column));
    }
    if let Some(restarts) = cell("RESTARTS") {
        // `3 (75s ago)`: the last one.
        let (count, last) = restarts.split_once(' ').unwrap_or((&restarts, ""));
        let age = last.trim_start_matches('(').strip_suffix(" ago)").and_then(Age::read);
        object.state("restarts", count.to_owned());
        object.state_if("last_restart_age", age.map(|age| format!("{}s", age.ns / SECOND)));
    }
    if object.kind == "Node" {
        let ready = object.fact("status").map(|status| if status.split(',').any(|word| word == "Ready") { "True" } else { "False" });
        object.state_if("ready", ready);
    }
    for column in columns.names() {
        if !FACTS.iter().any(|(known, _)| *known == column) && !matches!(column, "NAME" | "NAMESPACE" | "RESTARTS") {
            let name = column.to_ascii_lowercase().replace([' ', '-'], "_");
            if let Some(value) = cell(column) {
                object.state(name, value);
            }
        }
    }
    object
}

/// The kind of the objects of a table, by columns that only this kind has.
fn kind(columns: &Columns) -> &'static str {
    const SHAPES: &[(&[&str], &str)] = &[
        (&["CONTAINER", "IMAGE"], "Container"),
        (&["ROLES", "VERSION"], "Node"),
        (&["READY", "STATUS", "RESTARTS"], "Pod"),
        (&["RECLAIM POLICY", "CLAIM"], "PersistentVolume"),
        (&["RECLAIMPOLICY", "CLAIM"], "PersistentVolume"),
        (&["VOLUME", "CAPACITY"], "PersistentVolumeClaim"),
        (&["ATTACHER", "PV"], "VolumeAttachment"),
        (&["PROVISIONER"], "StorageClass"),
        (&["DESIRED", "CURRENT", "NODE SELECTOR"], "DaemonSet"),
        (&["DESIRED", "CURRENT", "READY"], "ReplicaSet"),
        (&["UP-TO-DATE", "AVAILABLE"], "Deployment"),
        (&["MIN AVAILABLE", "MAX UNAVAILABLE"], "PodDisruptionBudget"),
        (&["SCHEDULE", "SUSPEND"], "CronJob"),
        (&["COMPLETIONS", "DURATION"], "Job"),
        (&["CLUSTER-IP"], "Service"),
        (&["ENDPOINTS"], "Endpoints"),
        (&["HOLDER"], "Lease"),
    ];
    if columns.names().eq(["NAME", "READY", "AGE"]) || columns.names().eq(["NAMESPACE", "NAME", "READY", "AGE"]) {
        return "StatefulSet";
    }
    if columns.has("READY") && columns.has("CONTAINERS") && !columns.has("AVAILABLE") {
        return "StatefulSet";
    }
    SHAPES.iter().find(|(names, _)| names.iter().all(|name| columns.has(name))).map_or("", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn rows_of_pods_show_themselves() {
        let entries = read(
            "kube-system   dns-x9kf6   0/1     CrashLoopBackOff   14 (13s ago)     68m   10.244.1.3   node-1   <none>\n\
             web-0   0/1   Init:0/2   0   5s\n\
             web-1 1/1 Running 0 5d\n\
             web   1/3   5d\n\
             web   0/1   1   0   5d\n\
             step 1/2 Running 3 tests\n",
        );
        assert_eq!(
            entries.iter().map(|entry| entry.format).collect::<Vec<_>>(),
            ["object-table", "object-table", "object-table", "text", "text", "text"]
        );
        let names = ["kind", "namespace", "name", "ready", "status", "restarts", "last_restart_age", "age", "pod_ip", "node"];
        assert_eq!(
            shown(&entries[0], &names),
            ["Pod", "kube-system", "dns-x9kf6", "0/1", "CrashLoopBackOff", "14", "13s", "68m", "10.244.1.3", "node-1"]
        );
        assert_eq!(shown(&entries[1], &names), ["Pod", "?", "web-0", "0/1", "Init:0/2", "0", "", "5s", "", ""]);
    }

    #[test]
    fn pods_state_node_address_and_restarts() {
        let entries = read(
            "NAMESPACE     NAME                      READY   STATUS    RESTARTS      AGE   IP           NODE     NOMINATED NODE   READINESS GATES\n\
             kube-system   node-agent-bvvx8          1/1     Running   0             4m    10.244.1.3   node-1   <none>           <none>\n\
             shop          mysql-0                   0/1     Error     3 (75s ago)   97s   10.244.2.4   node-2   <none>           <none>\n\
             an operator's remark, not a row\n",
        );
        assert_eq!(
            entries.iter().map(|entry| entry.message.as_str()).skip(1).collect::<Vec<_>>(),
            ["Pod kube-system/node-agent-bvvx8", "Pod shop/mysql-0", "an operator's remark, not a row"]
        );
        let names = ["kind", "namespace", "name", "ready", "status", "restarts", "last_restart_age", "age", "pod_ip", "node", "nominated_node"];
        assert_eq!(shown(&entries[2], &names), ["Pod", "shop", "mysql-0", "0/1", "Error", "3", "75s", "97s", "10.244.2.4", "node-2", ""]);
        assert_eq!((entries[2].component, entries[2].time.as_str(), entries[3].format), ("object", "none", "text"));
    }

    #[test]
    fn nodes_and_volumes_are_told_by_their_columns() {
        let nodes = read(
            "NAME     STATUS                        ROLES    AGE    VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION    CONTAINER-RUNTIME\n\
             node-1   Ready,SchedulingDisabled      <none>   114s   v1.20.2   172.30.0.11   <none>        Debian GNU/Linux 12 (bookworm)   6.18.44-fc-v595   containerd://1.6.20\n\
             node-2   NotReady                      <none>   112s   v1.20.2   172.30.0.12   <none>        Debian GNU/Linux 12 (bookworm)   6.18.44-fc-v595   containerd://1.6.20\n",
        );
        assert_eq!(
            shown(&nodes[1], &["kind", "name", "ready", "status", "internal_ip", "kubelet_version"]),
            ["Node", "node-1", "True", "Ready,SchedulingDisabled", "172.30.0.11", "v1.20.2"]
        );
        assert_eq!(shown(&nodes[2], &["ready", "os_image"]), ["False", "Debian GNU/Linux 12 (bookworm)"]);
        let claims = read(
            "NAME           STATUS   VOLUME    CAPACITY   ACCESS MODES   STORAGECLASS   AGE\n\
             data-mysql-0   Bound    pv-data   1Gi        RWO            nfs            3m\n",
        );
        assert_eq!(shown(&claims[1], &["kind", "name", "volume", "access_modes"]), ["PersistentVolumeClaim", "data-mysql-0", "pv-data", "RWO"]);
        let volumes = read(
            "NAME      CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS   CLAIM               STORAGECLASS   REASON   AGE\n\
             pv-data   1Gi        RWO            Retain           Bound    shop/data-mysql-0   nfs                     3m\n",
        );
        assert_eq!(shown(&volumes[1], &["kind", "name", "claim", "reason"]), ["PersistentVolume", "pv-data", "shop/data-mysql-0", ""]);
    }

    #[test]
    fn a_name_in_other_text_opens_nothing() {
        for line in ["NAME", "NAMED pipes", "NAME: x", "NAME  value", "NAMESPACE shop"] {
            assert!(ObjectTable.open(line.as_bytes()).is_none(), "{line}");
        }
    }
}
