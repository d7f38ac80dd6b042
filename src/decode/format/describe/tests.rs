use crate::decode::format::kubernetes::check::{read, shown};

const POD: &str = "\
Name:             oom
Namespace:        shop
Priority:         0
Node:             node-2/172.30.0.12
Start Time:       Fri, 20 Nov 2026 09:35:35 +0000
Labels:           app=oom
                  tier=back
Annotations:      <none>
Status:           Running
IP:               10.244.2.10
IPs:
  IP:  10.244.2.10
Controlled By:  ReplicaSet/oom-5d
Containers:
  oom:
    Container ID:  containerd://c3b31fe406f9
    Image:         docker.io/library/busybox:1.35
    Command:
      sh
      -c
      trap exit TERM; while :; do echo \"agent: alive\"; sleep 30 & wait; done
    State:          Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Fri, 20 Nov 2026 09:38:57 +0000
      Finished:     Fri, 20 Nov 2026 09:39:02 +0000
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
    Ready:          False
    Restart Count:  5
Conditions:
  Type                        Status
  Initialized                 True 
  Ready                       False 
Volumes:
  data:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  data-oom
QoS Class:                   Burstable
Tolerations:                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                             node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
Events:
  Type     Reason     Age                  From               Message
  ----     ------     ----                 ----               -------
  Normal   Scheduled  3m43s                default-scheduler  Successfully assigned shop/oom to node-2
  Warning  Unhealthy  16s (x6 over 3m31s)  kubelet, node-2    spec.containers{oom}: Liveness probe failed: one
two


Name:         web-0
Namespace:    shop
Containers:
  web:
    State:  Waiting
      Reason:  CrashLoopBackOff
Status:       Terminating (lasts 26s)
Events:       <none>
";

#[test]
fn a_pod_and_its_events() {
    let entries = read(POD);
    assert_eq!(
        entries.iter().map(|entry| (entry.component, entry.lines)).collect::<Vec<_>>(),
        [("object", 45), ("event", 1), ("event", 2), ("", 1), ("", 1), ("object", 8)]
    );
    for (name, value) in [
        ("kind", "Pod"),
        ("name", "oom"),
        ("node", "node-2"),
        ("host_ip", "172.30.0.12"),
        ("pod_ip", "10.244.2.10"),
        ("owner", "ReplicaSet/oom-5d"),
        ("phase", "Running"),
        ("status", "OOMKilled"),
        ("ready", "0/1"),
        ("restarts", "5"),
        ("last_state", "Error"),
        ("exit_code", "1"),
        ("claim", "data-oom"),
        ("labels", "app=oom, tier=back"),
        ("containers.oom.state", "Terminated"),
        ("containers.oom.state.finished", "2026-11-20T09:39:02Z"),
        ("containers.oom.last_state.exit_code", "1"),
        ("conditions.Ready", "False"),
    ] {
        assert_eq!(shown(&entries[0], &[name]), [value], "{name}");
    }
    let names = ["kind", "namespace", "name", "reason", "type", "reporter", "host", "fieldpath", "count", "repeated_for"];
    assert_eq!(shown(&entries[1], &names), ["Pod", "shop", "oom", "Scheduled", "Normal", "default-scheduler", "", "", "", ""]);
    assert_eq!(shown(&entries[2], &names), ["Pod", "shop", "oom", "Unhealthy", "Warning", "kubelet", "node-2", "spec.containers{oom}", "6", "195s"]);
    assert_eq!((entries[2].message.as_str(), entries[2].time.as_str()), ("Liveness probe failed: one\ntwo", "Age 16s/1s"));
    assert_eq!(
        shown(&entries[5], &["name", "status", "terminating_for", "containers.web.state.reason"]),
        ["web-0", "Terminating", "26s", "CrashLoopBackOff"]
    );
}

#[test]
fn a_node_states_conditions_addresses_and_versions() {
    let entries = read(
        "* Name:               node-2
Roles:              <none>
Annotations:        csi.volume.kubernetes.io/nodeid: {\"nfs.csi.lab.example\":\"node-2\"}
                    node.alpha.kubernetes.io/ttl: 0
Taints:             node.kubernetes.io/unreachable:NoExecute
                    node.kubernetes.io/unreachable:NoSchedule
Unschedulable:      false
Lease:
  HolderIdentity:  node-2
  RenewTime:       Fri, 20 Nov 2026 11:05:59 +0000
Conditions:
  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message
  ----             ------    -----------------                 ------------------                ------              -------
  MemoryPressure   Unknown   Fri, 20 Nov 2026 11:06:03 +0000   Fri, 20 Nov 2026 11:05:30 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
  Ready            Unknown   Fri, 20 Nov 2026 11:06:03 +0000   Fri, 20 Nov 2026 11:05:30 +0000   NodeStatusUnknown   Kubelet stopped posting node status.
Addresses:
  InternalIP:  172.30.0.12
  Hostname:    node-2
System Info:
  Boot ID:                    a2800823-bfea-4b7b-aeed-3f6ba36de0fe
  Kubelet Version:            v1.20.2
Non-terminated Pods:          (1 in total)
  Namespace                   Name                       CPU Requests  CPU Limits  Memory Requests  Memory Limits  AGE
  ---------                   ----                       ------------  ----------  ---------------  -------------  ---
  kube-system                 node-agent-8vfkf           0 (0%)        0 (0%)      0 (0%)           0 (0%)         3m27s
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests   Limits
  --------           --------   ------
  cpu                10m (0%)   0 (0%)
Events:
  Type     Reason                   Age                  From     Message
  ----     ------                   ----                 ----     -------
  Normal   NodeReady                37s (x2 over 3m49s)  kubelet  Node node-2 status is now: NodeReady

==> dmesg <==
",
    );
    assert_eq!(entries.iter().map(|entry| entry.format).collect::<Vec<_>>(), ["kubectl-describe", "kubectl-describe", "text", "fence"]);
    for (name, value) in [
        ("kind", "Node"),
        ("status", "NotReady"),
        ("ready", "Unknown"),
        ("internal_ip", "172.30.0.12"),
        ("hostname", "node-2"),
        ("boot_id", "a2800823-bfea-4b7b-aeed-3f6ba36de0fe"),
        ("kubelet_version", "v1.20.2"),
        ("conditions.Ready.reason", "NodeStatusUnknown"),
        ("conditions.Ready.last_transition_time", "2026-11-20T11:05:30Z"),
        ("lease.renew_time", "2026-11-20T11:05:59Z"),
        ("pods.kube-system/node-agent-8vfkf", "present"),
        ("taints", "node.kubernetes.io/unreachable:NoExecute, node.kubernetes.io/unreachable:NoSchedule"),
    ] {
        assert_eq!(shown(&entries[0], &[name]), [value], "{name}");
    }
    assert_eq!(shown(&entries[1], &["kind", "namespace", "name", "count", "repeated_for"]), ["Node", "", "node-2", "2", "192s"]);
}

#[test]
fn old_tables_are_set_with_tabs() {
    let entries = read(
        "Name:\t\tmysql-0\nNamespace:\tshop\nNode:\t\tnode-1/172.30.0.11\nStatus:\t\tRunning\nContainers:\n  mysql:\n    Ready:\t\tTrue\nEvents:\n  FirstSeen\tLastSeen\tCount\tFrom\t\t\tSubObjectPath\t\tType\t\tReason\t\tMessage\n  ---------\t--------\t-----\t----\t\t\t-------------\t\t--------\t------\t\t-------\n  3m\t\t12s\t\t4\t{kubelet node-1}\tspec.containers{mysql}\tWarning\t\tBackOff\t\tBack-off restarting failed container\n",
    );
    let names = ["kind", "name", "reason", "reporter", "host", "fieldpath", "count", "repeated_for"];
    assert_eq!(shown(&entries[1], &names), ["Pod", "mysql-0", "BackOff", "kubelet", "node-1", "spec.containers{mysql}", "4", "168s"]);
    assert_eq!(shown(&entries[0], &["ready", "node"]), ["1/1", "node-1"]);
}

#[test]
fn a_table_of_events_alone_is_about_an_unnamed_object() {
    let entries = read(
        "Events:\n  Type     Reason              Age   From             Message\n  ----     ------              ----  ----             -------\n  Warning  FailedAttachVolume  71s   attachdetach-controller  Multi-Attach error\n",
    );
    assert_eq!(
        shown(&entries[1], &["reason", "reporter", "kind", "namespace", "name"]),
        ["FailedAttachVolume", "attachdetach-controller", "Pod", "?", "unnamed"]
    );
    assert_eq!(entries[1].message, "Multi-Attach error");
    let bare = read("  Warning  FailedAttachVolume  1m  attachdetach-controller   Multi-Attach error\n");
    assert_eq!((bare[0].format, bare[0].message.as_str()), ("kubectl-describe", "Multi-Attach error"));
    let workload = read("  Warning  FailedCreate  1m  replicaset-controller   Error creating: pods is forbidden\n");
    assert_eq!(shown(&workload[0], &["reason", "kind", "name"]), ["FailedCreate", "ReplicaSet", "unnamed"]);
}

#[test]
fn a_table_whose_first_row_names_its_object_is_about_it() {
    let names = ["reason", "kind", "namespace", "name"];
    let rows = "  Normal   Scheduled    44s                default-scheduler  Successfully assigned shop/cart-0 to node-2\n  Warning  FailedMount  8s (x6 over 44s)   kubelet            MountVolume.SetUp failed\n  Normal   Scheduled    3s                 default-scheduler  Successfully assigned cart-1 to node-1\n  Warning  BackOff      2s                 kubelet            Back-off restarting failed container\n";
    let table = read(&format!(
        "Events:\n  Type     Reason       Age                From               Message\n  ----     ------       ----               ----               -------\n{rows}"
    ));
    assert_eq!(shown(&table[1], &names), ["Scheduled", "Pod", "shop", "cart-0"]);
    assert_eq!(shown(&table[2], &names), ["FailedMount", "Pod", "shop", "cart-0"]);
    let bare = read(rows);
    assert_eq!(shown(&bare[1], &names), ["FailedMount", "Pod", "shop", "cart-0"]);
    assert_eq!(shown(&bare[3], &names), ["BackOff", "Pod", "?", "cart-1"]);
    let claim = read(
        "  Normal  Provisioning          4m  csi-1               External provisioner is provisioning volume for claim \"shop/data-0\"\n  Normal  ExternalProvisioning  3s  persistentvolume-controller  waiting for a volume to be created\n",
    );
    assert_eq!(shown(&claim[1], &names), ["ExternalProvisioning", "PersistentVolumeClaim", "shop", "data-0"]);
    let late = read(
        "  Warning  FailedScheduling  5m   default-scheduler  0/1 nodes are available\n  Normal   Scheduled         44s  default-scheduler  Successfully assigned shop/cart-0 to node-2\n",
    );
    assert_eq!(shown(&late[0], &names), ["FailedScheduling", "Pod", "?", "unnamed"]);
    assert_eq!(shown(&late[1], &names), ["Scheduled", "Pod", "?", "unnamed"]);
}

#[test]
fn a_table_may_have_lost_its_rule_its_header_or_its_columns() {
    let names = ["name", "reason", "count", "reporter"];
    let head = "Name:       oom\nNamespace:  shop\nContainers:\n  oom:\n    State:  Waiting\n";
    let event = "  Warning  BackOff  16s (x6 over 3m31s)  kubelet  Back-off restarting failed container\n";
    for table in [
        format!("Events:\n  Type     Reason   Age                  From     Message\n{event}"),
        format!("Events:\n{event}"),
        "Events:\nType Reason Age From Message\n---- ------ ---- ---- -------\nWarning BackOff 16s (x6 over 3m31s) kubelet Back-off restarting failed container\n".to_owned(),
    ] {
        let entries = read(&format!("{head}{table}"));
        let row = entries.last().unwrap();
        assert_eq!(shown(row, &names), ["oom", "BackOff", "6", "kubelet"], "{table}");
        assert_eq!((row.message.as_str(), row.time.as_str()), ("Back-off restarting failed container", "Age 16s/1s"));
    }
    let indented = read(&format!("      {event}Warning Unhealthy 3s kubelet Liveness probe failed: x\n"));
    assert_eq!(shown(&indented[0], &names), ["unnamed", "BackOff", "6", "kubelet"]);
    assert_eq!(shown(&indented[1], &names), ["unnamed", "Unhealthy", "", "kubelet"]);
}

#[test]
fn workloads_and_claims_are_told_by_their_facts() {
    let claim = read(
        "Name:          redis-data\nNamespace:     app\nStorageClass:  standard\nStatus:        Pending\nVolume:        \nUsed By:       redis-0\nEvents:        <none>\n",
    );
    assert_eq!(claim[0].message, "PersistentVolumeClaim app/redis-data");
    let set = read(
        "Name:               mysql\nNamespace:          shop\nReplicas:           3 desired | 3 total\nUpdate Strategy:    RollingUpdate\nPods Status:        1 Running / 2 Waiting / 0 Succeeded / 0 Failed\n",
    );
    assert_eq!(
        (set[0].message.as_str(), shown(&set[0], &["pods_status"])),
        ("StatefulSet shop/mysql", vec!["1 Running / 2 Waiting / 0 Succeeded / 0 Failed"])
    );
}

#[test]
fn conditions_alone_are_those_of_a_node() {
    let ready = "  Ready            False     Fri, 20 Nov 2026 11:06:03 +0000   Fri, 20 Nov 2026 11:05:30 +0000   KubeletNotReady     PLEG is not healthy: pleg was last seen active 3m2s ago; threshold is 3m0s\n";
    let memory = "  MemoryPressure   Unknown   Fri, 20 Nov 2026 11:06:03 +0000   Fri, 20 Nov 2026 11:05:30 +0000   NodeStatusUnknown   Kubelet stopped posting node status.\n";
    let header = "  Type             Status    LastHeartbeatTime                 LastTransitionTime                Reason              Message\n  ----             ------    -----------------                 ------------------                ------              -------\n";
    let names = [
        "kind",
        "name",
        "status",
        "conditions.Ready",
        "conditions.Ready.reason",
        "conditions.MemoryPressure",
        "conditions.Ready.last_transition_time",
    ];
    for table in [format!("{memory}{ready}"), format!("{header}{memory}{ready}"), format!("Conditions:\n{header}{memory}{ready}a remark\n")] {
        let entries = read(&table);
        let object = entries.iter().find(|entry| entry.component == "object").unwrap();
        assert_eq!(shown(object, &names), ["Node", "unnamed", "NotReady", "False", "KubeletNotReady", "Unknown", "2026-11-20T11:05:30Z"], "{table}");
    }
    let lease = format!(
        "Lease:\n  HolderIdentity:  node-2\n  AcquireTime:     <unset>\n  RenewTime:       Fri, 20 Nov 2026 11:06:03 +0000\nConditions:\n{header}{memory}{ready}"
    );
    let object = read(&lease).into_iter().find(|entry| entry.component == "object").unwrap();
    assert_eq!(shown(&object, &["name", "conditions.Ready", "conditions.Ready.reason"]), ["node-2", "False", "KubeletNotReady"]);
    let tabs = "Conditions:\n  Type\t\t\tStatus\t\tLastHeartbeatTime\t\t\tLastTransitionTime\t\t\tReason\t\t\tMessage\n  ----\t\t\t------\t\t-----------------\t\t\t------------------\t\t\t------\t\t\t-------\n  OutOfDisk \t\tUnknown \tFri, 20 Nov 2026 11:06:03 +0000 \tFri, 20 Nov 2026 11:05:30 +0000 \tNodeStatusUnknown \t\tKubelet stopped posting node status.\n  Ready \t\tUnknown \tFri, 20 Nov 2026 11:06:03 +0000 \tFri, 20 Nov 2026 11:05:30 +0000 \tNodeStatusUnknown \t\tKubelet stopped posting node status.\n";
    let entries = read(tabs);
    let object = entries.iter().find(|entry| entry.component == "object").unwrap();
    assert_eq!(shown(object, &["name", "conditions.Ready", "conditions.Ready.reason"]), ["unnamed", "Unknown", "NodeStatusUnknown"]);
    let of_node = read(&format!("Name:               node-1\nRoles:              master\n{header}{memory}{ready}"));
    assert_eq!(shown(&of_node[0], &["name", "status", "conditions.Ready.reason"]), ["node-1", "NotReady", "KubeletNotReady"]);
    let old = read(&format!("Name:                   node-1\nTaints:                 <none>\nPhase:\nConditions:\n{header}{memory}{ready}"));
    assert_eq!(shown(&old[0], &["kind", "name", "status"]), ["Node", "node-1", "NotReady"]);
}

#[test]
fn a_description_may_lack_the_facts_that_tell_its_kind() {
    let table = "Events:\n  Type     Reason   Age    From     Message\n  ----     ------   ----   ----     -------\n  Warning  Evicted  3m59s  kubelet  The node was low on resource: memory.\n";
    let entries = read(&format!("Name:             cart-0\nNamespace:        shop\n{table}"));
    assert_eq!(shown(entries.last().unwrap(), &["reason", "kind", "namespace", "name"]), ["Evicted", "Pod", "shop", "cart-0"]);
}

#[test]
fn a_block_of_code_ends_with_its_last_event() {
    let entries = read("```\n  Warning  BackOff  5s  kubelet  Back-off restarting\nfailed container\n```\na remark\n");
    let row = entries.iter().find(|entry| entry.format == "kubectl-describe").unwrap();
    assert_eq!(row.message, "Back-off restarting\nfailed container");
}
