use crate::decode::Format;
use crate::decode::format::kubernetes::check::{read, shown};

use super::YamlDocument;

const LIST: &str = "\
apiVersion: v1
items:
- apiVersion: v1
  count: 7
  eventTime: null
  firstTimestamp: \"2026-11-20T09:29:41Z\"
  involvedObject:
    apiVersion: v1
    fieldPath: spec.containers{pg}
    kind: Pod
    name: pg-1
    namespace: shop
    uid: u-1
  kind: Event
  lastTimestamp: \"2026-11-20T09:35:52Z\"
  message: 'Readiness probe failed: '
  metadata:
    creationTimestamp: \"2026-11-20T09:29:41Z\"
    name: pg-1.18e9b6dbbe11eafc
    namespace: shop
  reason: Unhealthy
  reportingComponent: kubelet
  source:
    component: kubelet
    host: node-1
  type: Warning
- apiVersion: v1
  kind: Pod
  metadata:
    name: pg-1
    namespace: shop
  spec:
    containers:
    - args:
      - |
        apiVersion: inner

        end
      name: pg
    nodeName: node-1
kind: List
metadata:
  resourceVersion: \"\"
---
apiVersion: v1
kind: Node
metadata:
  name: node-1
status:
  conditions:
  - status: \"True\"
    type: Ready
error: not part of it
";

#[test]
fn items_and_documents_are_entries() {
    let entries = read(LIST);
    assert_eq!(entries.iter().map(|entry| (entry.line, entry.lines)).collect::<Vec<_>>(), [(1, 2), (3, 24), (27, 14), (41, 3), (44, 9), (53, 1)]);
    let names = [
        "kind",
        "namespace",
        "name",
        "uid",
        "fieldpath",
        "reason",
        "type",
        "reporter",
        "host",
        "count",
        "first",
        "last",
        "repeated_for",
        "event_name",
    ];
    let values = [
        "Pod",
        "shop",
        "pg-1",
        "u-1",
        "spec.containers{pg}",
        "Unhealthy",
        "Warning",
        "kubelet",
        "node-1",
        "7",
        "2026-11-20T09:29:41Z",
        "2026-11-20T09:35:52Z",
        "371s",
        "pg-1.18e9b6dbbe11eafc",
    ];
    assert_eq!(shown(&entries[1], &names), values);
    assert_eq!((entries[1].message.as_str(), entries[1].time.as_str()), ("Readiness probe failed:", "Zoned 2026-11-20T09:35:52.000000Z/1s"));
    assert_eq!(
        (entries[2].message.as_str(), shown(&entries[2], &["node", "spec.containers[0].args[0]"])),
        ("Pod shop/pg-1", vec!["node-1", "apiVersion: inner\n\nend"])
    );
    assert_eq!((entries[4].message.as_str(), shown(&entries[4], &["status"])), ("Node node-1", vec!["Ready"]));
    assert_eq!(entries[5].format, "text");
}

#[test]
fn a_document_may_be_cut_off_anywhere() {
    for end in 0..LIST.len() {
        read(LIST.get(..end).unwrap_or_default());
    }
    let cut = read(LIST.split_at(LIST.find("  reason: ").unwrap()).0);
    assert_eq!(cut.last().map(|entry| (entry.component, entry.message.as_str())), Some(("event", "Readiness probe failed:")));
}

#[test]
fn items_without_kind_take_it_from_the_list() {
    let entries = read("apiVersion: v1\nkind: EventList\nitems:\n  - message: one\n    reason: Started\n  - message: two\n");
    assert_eq!(
        entries.iter().map(|entry| (entry.component, entry.message.as_str())).collect::<Vec<_>>(),
        [("object", "EventList"), ("event", "one"), ("event", "two")]
    );
}

#[test]
fn a_configuration_in_a_log_opens_nothing() {
    for line in ["apiVersion: kubescheduler.config.k8s.io/v1beta1", "apiVersion: kubeadm.k8s.io/v1beta3", "apiVersion:", "  apiVersion: v1", "---"] {
        assert!(YamlDocument.open(line.as_bytes()).is_none(), "{line}");
    }
}
