use crate::decode::Format;
use crate::decode::format::kubernetes::check::{read, shown};

use super::JsonDocument;

const EVENT: &str = r#"        {
            "metadata": {
                "name": "pg-1.18e9b6dbbe11eafc",
                "namespace": "shop",
                "creationTimestamp": "2026-11-20T09:29:41Z"
            },
            "involvedObject": {
                "kind": "Pod",
                "namespace": "shop",
                "name": "pg-1",
                "uid": "u-1",
                "fieldPath": "spec.containers{pg}"
            },
            "reason": "Unhealthy",
            "message": "Readiness probe failed: ",
            "source": {
                "component": "kubelet",
                "host": "node-1"
            },
            "firstTimestamp": "2026-11-20T09:29:41Z",
            "lastTimestamp": "2026-11-20T09:35:52Z",
            "count": 7,
            "type": "Warning",
            "eventTime": null
        }"#;

fn list(items: &[&str]) -> String {
    format!(
        "{{\n    \"kind\": \"EventList\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {{\n        \"resourceVersion\": \"1782\"\n    }},\n    \"items\": [\n{}\n    ]\n}}\n",
        items.join(",\n")
    )
}

#[test]
fn each_item_of_a_list_is_an_entry() {
    let entries = read(&list(&[EVENT, EVENT]));
    assert_eq!(entries.iter().map(|entry| (entry.line, entry.lines)).collect::<Vec<_>>(), [(1, 7), (8, 25), (33, 25), (58, 2)]);
    assert_eq!((entries[0].message.as_str(), entries[1].message.as_str(), entries[1].component), ("EventList", "Readiness probe failed:", "event"));
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
    assert_eq!(shown(&entries[2], &names), values);
    assert_eq!(entries[2].time, "Zoned 2026-11-20T09:35:52.000000Z/1s");
}

#[test]
fn documents_follow_each_other_and_stand_between_fences() {
    let document = list(&[EVENT]);
    let text = format!(
        "{document}{{\n    \"kind\": \"PodList\",\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        {{\n            \"metadata\": {{\n                \"name\": \"a\"\n            }}\n        }}\n    ]\n}}\n==== START logs for container agent of pod shop/a ====\nhello\n==== END logs for container agent of pod shop/a ====\n{document}"
    );
    let messages: Vec<_> = read(&text).into_iter().map(|entry| entry.message).filter(|message| !message.contains(']')).collect();
    let expected = [
        "EventList",
        "Readiness probe failed:",
        "PodList",
        "Pod a",
        "START logs for container agent of pod shop/a",
        "hello",
        "END logs for container agent of pod shop/a",
        "EventList",
        "Readiness probe failed:",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn a_document_may_be_cut_off_anywhere() {
    let text = list(&[EVENT, EVENT]);
    for end in (0..text.len()).step_by(23) {
        let entries = read(text.get(..end).unwrap_or_default());
        assert!(entries.iter().filter(|entry| entry.component == "event").count() <= 2);
    }
    let (cut, _) = text.split_at(text.rfind("\"firstTimestamp\"").unwrap());
    let entries = read(cut);
    assert_eq!(entries.last().map(|entry| (entry.component, entry.message.as_str())), Some(("event", "Readiness probe failed:")));
    let followed = read(&format!("{cut}\nI1120 10:17:42.000123 1 x.go:1] hello\n"));
    assert_eq!(followed.iter().filter(|entry| entry.component == "event").count(), 2);
}

#[test]
fn go_field_names_and_arrays_are_read() {
    let go = read(
        "{\n    \"selfLink\": \"/api/v1/namespaces/default/events\",\n    \"Items\": [\n        {\n            \"name\": \"a.1\",\n            \"namespace\": \"default\",\n            \"InvolvedObject\": {\n                \"Kind\": \"Pod\",\n                \"Namespace\": \"default\",\n                \"Name\": \"a\",\n                \"UID\": \"u\",\n                \"FieldPath\": \"\"\n            },\n            \"Reason\": \"Scheduled\",\n            \"Message\": \"Successfully assigned default/a\",\n            \"LastTimestamp\": \"2019-03-08T08:55:25Z\",\n            \"Count\": 1,\n            \"Type\": \"Normal\"\n        }\n    ]\n}\n",
    );
    assert_eq!(
        shown(&go[1], &["kind", "name", "uid", "reason", "type", "count", "event_name"]),
        ["Pod", "a", "u", "Scheduled", "Normal", "1", "a.1"]
    );
    let array = read(
        "[\n  {\n    \"kind\": \"Pod\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {\"name\": \"a\"}\n  },\n  {\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"b\"}}\n]\n",
    );
    assert_eq!(array.iter().map(|entry| entry.message.as_str()).collect::<Vec<_>>(), ["[", "Pod a", "Pod b", "]"]);
}

#[test]
fn lists_on_one_line_are_split() {
    let entries = read(
        "{\"kind\":\"EventList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"involvedObject\":{\"kind\":\"Node\",\"name\":\"n\"},\"message\":\"one\",\"lastTimestamp\":\"2026-11-20T09:29:41Z\",\"type\":\"Normal\"},{\"regarding\":{\"kind\":\"Pod\",\"name\":\"p\"},\"note\":\"two\",\"eventTime\":\"2026-11-20T09:29:42.5Z\",\"reportingController\":\"default-scheduler\",\"deprecatedCount\":2}]}\n\
         {\"type\":\"ADDED\",\"object\":{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"w\"},\"message\":\"watched\",\"type\":\"Warning\",\"lastTimestamp\":\"2026-11-20T09:29:43Z\"}}\n",
    );
    assert_eq!(entries.iter().map(|entry| entry.message.as_str()).collect::<Vec<_>>(), ["one", "two", "watched"]);
    assert_eq!(
        shown(&entries[1], &["kind", "name", "reporter", "count", "first", "repeated_for"]),
        ["Pod", "p", "default-scheduler", "2", "2026-11-20T09:29:42.5Z", "0s"]
    );
    assert_eq!((entries[2].time.as_str(), shown(&entries[2], &["type"])), ("Zoned 2026-11-20T09:29:43.000000Z/1s", vec!["Warning"]));
}

#[test]
fn records_of_logs_and_audits_are_left_alone() {
    for line in [
        r#"{"ts":1.5,"msg":"x","involvedObject":{}}"#,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a","requestObject":{"metadata":{},"involvedObject":{}}}"#,
        r#"{"level":"warn","ts":"2026-11-20"}"#,
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":403}"#,
        "{}",
        "{ x",
    ] {
        assert!(JsonDocument.open(line.as_bytes()).is_none(), "{line}");
    }
}

#[test]
fn an_item_longer_than_an_entry_may_be_keeps_its_place() {
    let long = format!(
        "        {{\n            \"metadata\": {{\n                \"name\": \"big\"\n            }},\n            \"data\": {{\n{}                \"z\": \"\"\n            }}\n        }}",
        "                \"k\": \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\",\n".repeat(25_000)
    );
    let text = list(&[&long, EVENT]);
    let framer = crate::decode::Framer::detect(text.as_bytes());
    let piece = framer.piece(text.as_bytes(), 1, 0, crate::decode::frame::Carry::default(), true);
    let last_item = piece.entry(piece.entries.len() - 2);
    assert_eq!(JsonDocument.body(&last_item).message, "Readiness probe failed:");
    assert!(piece.oversized.is_empty() && piece.entries.len() > 4);
}

#[test]
fn nesting_a_million_deep_ends() {
    let text = format!("{{\n  \"a\": 1,\n  \"b\": {}\n}}\n", "[".repeat(1_000_000));
    let framer = crate::decode::Framer::detect(text.as_bytes());
    let piece = framer.piece(text.as_bytes(), 1, 0, crate::decode::frame::Carry::default(), true);
    assert_eq!(JsonDocument.body(&piece.entry(0)).field("a"), Some("1"));
}
