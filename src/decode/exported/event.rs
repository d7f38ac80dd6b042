//! Events in exports: what platforms keep of an Event of Kubernetes in columns, attributes or pairs of their own.
//!
//! In: the names and values of a record. Out: the Event as the API would list it, for the format that reads those. Must not know: how rows and items are
//! found, what an Event means.
//!
//! Names: Azure's table `KubeEvents`, Metricbeat's and Kibana's `kubernetes.event`, OpenTelemetry's `k8seventsreceiver`, and the lines that Grafana's agents
//! write to Loki (alloy `loki.source.kubernetes_events`, `event_controller.go`, both its formats).

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value};

use super::{Member, NAMESPACES, Record, TEXTS, TIMES, member};
use crate::decode::{json, lossy, pairs, stamp};

/// Names of an Event's parts, those nobody else uses first.
const REASON: &[&str] = &["event.reason", "reason"];
const KIND: &[&str] = &["event.involved_object.kind", "event.involvedobject.kind", "involvedobject.kind", "objectkind", "object.kind", "kind"];
const NAME: &[&str] = &["event.involved_object.name", "event.involvedobject.name", "involvedobject.name", "object.name", "name"];
const NAMESPACE: &[&str] =
    &["event.involved_object.namespace", "event.involvedobject.namespace", "involvedobject.namespace", "event.metadata.namespace"];
const UID: &[&str] = &["event.involved_object.uid", "event.involvedobject.uid", "involvedobject.uid", "object.uid"];
pub(super) const MESSAGE: &[&str] = &["event.message"];
const TYPE: &[&str] = &["event.type", "kubeeventtype", "type"];
const COUNT: &[&str] = &["event.count", "count"];
const REPORTER: &[&str] = &["event.source.component", "source.component", "sourcecomponent", "reportingcontroller", "reportingcomponent"];
const HOST: &[&str] = &["event.source.host", "source.host", "sourcehost"];
const FIRST: &[&str] = &["event.timestamp.first_occurrence", "event.firsttimestamp", "firsttimestamp", "firstseen [utc]", "firstseen"];
const LAST: &[&str] = &["event.timestamp.last_occurrence", "event.lasttimestamp", "lasttimestamp", "lastseen [utc]", "lastseen"];

/// All of them.
pub(super) const NAMES: &[&[&str]] = &[REASON, KIND, NAME, NAMESPACE, UID, MESSAGE, TYPE, COUNT, REPORTER, HOST, FIRST, LAST];

/// Members of an Event as the API prints it (`core/v1` and `events/v1`); a platform adds its own beside them.
const MEMBERS: &[&str] = &[
    "action",
    "apiVersion",
    "count",
    "deprecatedCount",
    "deprecatedFirstTimestamp",
    "deprecatedLastTimestamp",
    "deprecatedSource",
    "eventTime",
    "firstTimestamp",
    "involvedObject",
    "kind",
    "lastTimestamp",
    "message",
    "metadata",
    "note",
    "reason",
    "regarding",
    "related",
    "reportingComponent",
    "reportingController",
    "reportingInstance",
    "series",
    "source",
    "type",
];

/// An Event that a record keeps as it is, by itself or as what a router or a watch saw.
pub(super) fn within(own: &[Member<'_>]) -> Option<String> {
    let is_event =
        |members: &[Member<'_>]| ["involvedObject", "regarding"].iter().any(|name| member(members, name).is_some_and(json::Value::is_object));
    let inner = |name: &str| -> Option<Vec<Member<'_>>> { Some(member(own, name).filter(|value| value.is_object())?.members().collect()) };
    let event = if is_event(own) { own.to_vec() } else { ["event", "object"].iter().filter_map(|name| inner(name)).find(|inner| is_event(inner))? };
    let known = event.iter().filter(|(name, _)| MEMBERS.iter().any(|member| member.as_bytes() == *name));
    let members: Vec<String> = known.map(|(name, value)| format!("\"{}\":{}", lossy(name), lossy(value.raw()))).collect();
    Some(format!("{{{}}}", members.join(",")))
}

/// The Event that a record keeps in parts, as the API would print it.
pub(super) fn of(record: &Record<'_>) -> Option<String> {
    agents(record).as_ref().map_or_else(|| of_names(record), of_names)
}

fn of_names(record: &Record<'_>) -> Option<String> {
    let reason = record.get(REASON).filter(|reason| is_camel_case(reason))?;
    let kind = record.get(KIND).filter(|kind| is_camel_case(kind))?;
    let name = record.get(NAME).filter(|name| !name.contains(char::is_whitespace))?;
    let message = record.get(MESSAGE).or_else(|| record.get(TEXTS))?;
    let reporter = record.get(REPORTER);
    // OpenTelemetry and, of what a kubelet reports, Azure put the node that reports beside the Event; others the node on which they run themselves.
    let of_otel = || record.get(&["node.name"]).filter(|_| record.get(&["object.kind"]).is_some());
    let of_azure = || record.get(&["computer"]).filter(|_| reporter == Some("kubelet"));
    let host = record.get(HOST).or_else(of_otel).or_else(of_azure);
    let namespace = record.get(NAMESPACE).or_else(|| record.get(NAMESPACES));
    let last = moment(record, LAST).or_else(|| moment(record, TIMES));
    let first = moment(record, FIRST).or_else(|| last.clone());
    let count = record.get(COUNT).and_then(|count| count.parse::<u64>().ok());
    let mut event = members(&[("reason", Some(reason)), ("message", Some(message)), ("type", record.get(TYPE))]);
    event.extend(members(&[
        ("apiVersion", Some("v1")),
        ("kind", Some("Event")),
        ("firstTimestamp", first.as_deref()),
        ("lastTimestamp", last.as_deref()),
    ]));
    event.extend(count.map(|count| ("count".to_owned(), count.into())));
    let object = members(&[("kind", Some(kind)), ("namespace", namespace), ("name", Some(name)), ("uid", record.get(UID))]);
    event.insert("involvedObject".to_owned(), object.into());
    event.insert("source".to_owned(), members(&[("component", reporter), ("host", host)]).into());
    Some(Value::Object(event).to_string())
}

/// A moment as Events write it; platforms count nanoseconds, too.
fn moment(record: &Record<'_>, names: &[&str]) -> Option<String> {
    let moment = record.moment(names)?;
    let counted =
        stamp::epoch(moment.as_bytes(), None).map(|time| DateTime::from_timestamp_nanos(time.ns).to_rfc3339_opts(SecondsFormat::AutoSi, true));
    Some(counted.unwrap_or(moment))
}

fn members(known: &[(&str, Option<&str>)]) -> Map<String, Value> {
    known.iter().filter_map(|(key, value)| Some(((*key).to_owned(), Value::from((*value)?)))).collect()
}

/// `Evicted`, `StatefulSet`: reasons and kinds of Kubernetes are written so.
fn is_camel_case(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An Event as Grafana's agents write it, in the line itself: `name=pg-0 kind=Pod … reason=Evicted type=Warning count=1 msg="…"`, or the same as JSON. Its
/// moment and the object's namespace stand around the line.
fn agents(record: &Record<'_>) -> Option<Record<'static>> {
    let text = record.text()?;
    let said: Vec<(String, String)> = if text.starts_with("name=") && text.contains(" reason=") && text.contains(" msg=") {
        pairs::pairs(text.as_bytes()).into_iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
    } else if text.starts_with('{') && text.contains("\"reason\"") && text.contains("\"msg\"") {
        let object: Map<String, Value> = serde_json::from_str(text).ok()?;
        let shown = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        object.into_iter().map(|(key, value)| (key, shown(value))).collect()
    } else {
        return None;
    };
    let mut event = Record::default();
    for (key, value) in said {
        event.add(&super::plain(&key), value);
    }
    if event.get(TIMES).is_some() || ["kind", "name", "reason", "msg"].iter().any(|name| event.get(&[name]).is_none()) {
        return None;
    }
    for (name, value) in &record.members {
        if TIMES.contains(name) || NAMESPACES.contains(name) {
            event.add(name, value.clone().into_owned());
        }
    }
    Some(event)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_pairs(members: &[(&str, &str)]) -> Option<Value> {
        let mut record = Record::default();
        for (name, value) in members {
            record.add(&super::super::plain(name), (*value).to_owned());
        }
        of(&record).map(|event| serde_json::from_str(&event).expect("it was made of a value"))
    }

    #[test]
    fn a_row_of_azures_table() {
        let event = of_pairs(&[
            ("TimeGenerated [UTC]", "5/1/2026, 10:00:06.123 AM"),
            ("Computer", "node-1"),
            ("ObjectKind", "Pod"),
            ("Namespace", "shop"),
            ("Name", "pg-0"),
            ("Reason", "Evicted"),
            ("Message", "The node was low on resource: memory. "),
            ("KubeEventType", "Warning"),
            ("Count", "1"),
            ("SourceComponent", "kubelet"),
            ("LastSeen [UTC]", "5/1/2026, 10:00:05.000 AM"),
        ])
        .expect("all of an Event is there");
        assert_eq!(event["involvedObject"], json!({"kind": "Pod", "namespace": "shop", "name": "pg-0"}));
        assert_eq!(event["source"], json!({"component": "kubelet", "host": "node-1"}));
        assert_eq!(event["lastTimestamp"], "2026-05-01T10:00:05.000000Z");
        assert_eq!(event["count"], 1);
    }

    #[test]
    fn a_line_of_grafanas_agents_in_both_forms() {
        let around = [("namespace", "shop"), ("timestamp", "2026-05-01T10:00:05Z")];
        let lines = [
            r#"name=pg-0 kind=Pod objectAPIversion=v1 sourcecomponent=kubelet sourcehost=node-1 reason=Failed type=Warning count=3 msg="Error: \"x\"" "#,
            r#"{"count":3,"kind":"Pod","msg":"Error: \"x\"","name":"pg-0","objectAPIversion":"v1","reason":"Failed","sourcecomponent":"kubelet","sourcehost":"node-1","type":"Warning"}"#,
        ];
        for line in lines {
            let event = of_pairs(&[&around[..], &[("line", line)]].concat()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(event["message"], "Error: \"x\"");
            assert_eq!(event["involvedObject"], json!({"kind": "Pod", "namespace": "shop", "name": "pg-0"}));
            assert_eq!((&event["source"]["host"], &event["count"]), (&json!("node-1"), &json!(3)));
            assert_eq!(event["lastTimestamp"], "2026-05-01T10:00:05Z");
        }
    }

    #[test]
    fn a_program_that_uses_such_words_tells_no_event() {
        for line in [
            r#"name=pg-0 kind=pod reason=late msg="x""#,
            r#"{"ts":"2026-05-01T10:00:05Z","name":"pg-0","kind":"Pod","reason":"Failed","msg":"x","time":"2026-05-01T10:00:05Z"}"#,
            r#"{"name":"pg-0","reason":"Failed","msg":"x"}"#,
            "name=pg-0 reason= msg=",
        ] {
            assert_eq!(of_pairs(&[("timestamp", "2026-05-01T10:00:05Z"), ("line", line)]), None, "{line}");
        }
        assert_eq!(of_pairs(&[("timestamp", "2026-05-01T10:00:05Z"), ("message", "out of memory"), ("reason", "OOM"), ("name", "my app")]), None);
    }
}
