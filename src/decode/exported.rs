//! Exported records: what a log platform keeps of a line, by the names under which it keeps it.
//!
//! In: names and values, or an item of JSON. Out: the text that was logged and the envelope around it: stamp, speaker, pod, node. Must not know: how
//! rows and items are found.

mod event;

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::stamp;
use super::wrapper::{Envelope, Unwrapped};
use crate::time::RawTime;

/// What stands in front of a name without saying anything: where a platform keeps what shippers and users added.
const AROUND: &[&str] =
    &["_source.", "result.", "resource.", "attributes.", "labels.", "fields.", "stream.", "kubernetes.", "k8s.", "jsonpayload.", "log."];
/// Names of the moment, the most exact first.
const TIMES: &[&str] =
    &["@timestamp", "timestamp", "_time", "timeunixnano", "timegenerated [utc]", "timegenerated", "time", "date", "tsns", "observedtimeunixnano"];
/// Names of what was logged.
const TEXTS: &[&str] = &[
    "textpayload",
    "text_payload",
    "message",
    "@message",
    "_raw",
    "log",
    "line",
    "logentry",
    "logmessage",
    "content",
    "body.stringvalue",
    "body",
    "msg",
];
const PODS: &[&str] = &["pod_name", "pod.name", "podname", "pod"];
const NAMESPACES: &[&str] = &["namespace_name", "namespace.name", "podnamespace", "pod_namespace", "kube_namespace", "namespace"];
const CONTAINERS: &[&str] = &["container_name", "kube_container_name", "container.name", "containername", "container"];
const NODES: &[&str] =
    &["node_name", "node.name", "nodename", "node", "_hostname", "host.name", "host", "hostname", "computer", "compute.googleapis.com/resource_name"];
const PROGRAMS: &[&str] = &["syslog_identifier", "_systemd_unit", "unit", "systemd_unit", "logstreamname", "@logstream", "logname", "service"];
/// Depth to which members are looked at.
const DEPTH: usize = 6;
/// Bytes of a name that is looked at, and of a value that is no text.
const MAX_NAME: usize = 256;
/// Bytes of a line in which a record is looked for: read as JSON it takes many times its size.
const MAX_LINE: usize = 1 << 20;
/// Bytes that the records of one item may come to: each repeats what the item says of all.
const MAX_LINES: usize = 48 << 20;

/// Names and values of one record.
#[derive(Debug, Default, Clone)]
pub(crate) struct Record<'a> {
    members: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A name as it is compared: without what stands around it.
pub(crate) fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let mut bare = name.as_str();
    while let Some(rest) = AROUND.iter().find_map(|around| bare.strip_prefix(around)).filter(|rest| !rest.is_empty()) {
        bare = rest;
    }
    bare.to_owned()
}

/// Whether columns of these names make a log: a moment and a text.
pub(crate) fn is_log(names: &[String]) -> bool {
    let has = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    has(TIMES) && has(TEXTS)
}

impl<'a> Record<'a> {
    /// Adds a value under a name that is [`plain`] already, if it is one of those that are looked for. The first of a name counts.
    pub(crate) fn add(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let (name, value) = (name.into(), value.into());
        let is_text = TEXTS.contains(&&*name) || name == "event.message";
        let is_sought = || [TIMES, PODS, NAMESPACES, CONTAINERS, NODES, PROGRAMS].iter().chain(event::NAMES).any(|names| names.contains(&&*name));
        let fits = !value.is_empty() && (is_text || value.len() <= MAX_NAME && is_sought());
        if fits && self.members.iter().all(|(known, _)| *known != name) {
            self.members.push((name, value));
        }
    }

    /// Adds the members of an object, those of objects in it under their own names.
    pub(crate) fn add_all(&mut self, object: &'a Map<String, Value>) {
        self.add_below("", object, DEPTH);
    }

    fn add_below(&mut self, above: &str, object: &'a Map<String, Value>, depth: usize) {
        for (name, value) in object.iter().filter(|(name, _)| name.len() <= MAX_NAME) {
            let name = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            match value {
                Value::String(text) => self.add(plain(&name), text.as_str()),
                Value::Number(number) => self.add(plain(&name), number.to_string()),
                Value::Object(object) if depth > 0 => self.add_below(&name, object, depth - 1),
                // Datadog's.
                Value::Array(tags) if name.ends_with("tags") => {
                    for (key, value) in tags.iter().filter_map(|tag| tag.as_str()?.split_once(':')) {
                        self.add(plain(key), value);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds attributes as OpenTelemetry lists them.
    pub(crate) fn add_attributes(&mut self, attributes: Option<&'a Value>) {
        for attribute in attributes.and_then(Value::as_array).into_iter().flatten() {
            let value = attribute.get("value").and_then(|value| value.get("stringValue")).and_then(Value::as_str);
            let key = attribute.get("key").and_then(Value::as_str).filter(|key| key.len() <= MAX_NAME);
            if let (Some(key), Some(value)) = (key, value) {
                self.add(plain(key), value);
            }
        }
    }

    fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.members.iter().find(|(known, _)| known == name)).map(|(_, value)| &**value)
    }

    /// What was logged.
    pub(crate) fn text(&self) -> Option<&str> {
        self.get(TEXTS)
    }

    /// What is said around it.
    fn envelope(&self) -> Envelope {
        let owned = |names: &[&str]| self.get(names).map(Box::from);
        let pod = self.get(PODS).map(|pod| match self.get(NAMESPACES) {
            Some(namespace) => format!("{namespace}/{pod}").into(),
            None => pod.into(),
        });
        let program = self.get(CONTAINERS).map(Into::into).or_else(|| self.get(PROGRAMS).and_then(program));
        Envelope { time: self.time(), host: owned(NODES), program, pod, ..Envelope::default() }
    }

    fn time(&self) -> Option<RawTime> {
        let moment = self.moment(TIMES)?;
        stamp::iso(moment.as_bytes()).map(|(time, _)| time).or_else(|| stamp::epoch(moment.as_bytes(), None))
    }

    /// An Event: of what stands around it only the moment is its own. Pod and node are those of whoever exported it.
    fn around_event(&self, event: String) -> Unwrapped<'static> {
        Unwrapped { text: Cow::Owned(event.into_bytes()), envelope: Envelope { time: self.time(), ..Envelope::default() }, partial: false }
    }

    /// A text in its envelope.
    fn around(&self, text: &str) -> Unwrapped<'static> {
        let text = text.trim_end_matches(['\r', '\n']).as_bytes().to_vec();
        Unwrapped { text: Cow::Owned(text), envelope: self.envelope(), partial: false }
    }

    /// The same as a line for which [`unwrapped`] finds it again, or the Event that it keeps: for what has no line of its own.
    pub(crate) fn line(&self, text: &str) -> String {
        let moment = self.moment(TIMES).unwrap_or_default();
        if let Some(event) = event::of(self) {
            return json!({"labels": {}, "line": event, "timestamp": moment}).to_string();
        }
        let named = [("namespace_name", NAMESPACES), ("pod_name", PODS), ("container_name", CONTAINERS), ("node_name", NODES), ("unit", PROGRAMS)];
        let labels: Map<String, Value> = named.iter().filter_map(|(key, names)| Some(((*key).to_owned(), self.get(names)?.into()))).collect();
        json!({"labels": labels, "line": text, "timestamp": moment}).to_string()
    }

    /// The first stamp of those names, in a form that readers of envelopes know.
    fn moment(&self, names: &[&str]) -> Option<String> {
        let name = names.iter().find(|name| self.members.iter().any(|(known, _)| known == *name))?;
        let text = self.get(&[name])?.trim();
        let zone = if name.ends_with("[utc]") { "Z" } else { "" };
        // Kibana; the portal of Azure; a spreadsheet.
        let printed = ["%b %e, %Y @ %H:%M:%S%.f", "%m/%d/%Y, %I:%M:%S%.f %p", "%m/%d/%Y %I:%M:%S %p"];
        if let Some(read) = printed.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
            return Some(format!("{}{zone}", read.format("%Y-%m-%dT%H:%M:%S%.6f")));
        }
        // CloudWatch Insights writes UTC without saying so.
        let unsaid = *name == "@timestamp"
            && text.len() > 10
            && text.as_bytes().get(10) == Some(&b' ')
            && NaiveDateTime::parse_from_str(text, "%F %T%.f").is_ok();
        Some(format!("{text}{}", if unsaid { "Z" } else { zone }))
    }
}

/// The program that a unit, a log stream or a log's name stands for: `kube-apiserver` for `kube-apiserver-0f3a…` of EKS, `kubelet` for
/// `projects/shop/logs/kubelet`.
fn program(name: &str) -> Option<Box<str>> {
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".service").unwrap_or(name);
    let stem =
        name.rsplit_once('-').filter(|(_, id)| id.len() >= 20 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).map_or(name, |(stem, _)| stem);
    (!matches!(stem, "" | "stdout" | "stderr")).then(|| stem.into())
}

/// Members that tell an exported record on a line, all of one row together.
const MARKS: &[&[&[u8]]] = &[
    // Elasticsearch.
    &[b"\"_index\"", b"\"_source\""],
    // Google Cloud Logging.
    &[b"\"insertId\"", b"\"logName\""],
    // CloudWatch.
    &[b"\"ingestionTime\"", b"\"message\""],
    // logcli.
    &[b"\"labels\"", b"\"line\"", b"\"timestamp\""],
    // Grafana.
    &[b"\"fields\"", b"\"line\"", b"\"timestamp\"", b"\"date\""],
    // Splunk.
    &[b"\"preview\"", b"\"result\"", b"\"_raw\""],
];

/// Whether a line may be an exported record.
pub(crate) fn is_marked(line: &[u8]) -> bool {
    line.starts_with(b"{") && line.len() <= MAX_LINE && MARKS.iter().any(|marks| marks.iter().all(|mark| memchr::memmem::find(line, mark).is_some()))
}

/// Takes what was logged out of an item on one line; `None` for what is no exported record.
pub(crate) fn unwrapped(line: &[u8]) -> Option<Unwrapped<'static>> {
    if !is_marked(line) {
        return None;
    }
    let item: Value = serde_json::from_slice(line).ok()?;
    // A program may use one of these words; together and of these kinds they are the platform's.
    let is_text = |key: &str| item.get(key).is_some_and(Value::is_string);
    let is_object = |key: &str| item.get(key).is_some_and(Value::is_object);
    let source = item.get("_source").filter(|source| source.is_object() && is_text("_index"));
    let inner = source.or_else(|| item.get("result").filter(|result| result.get("_raw").is_some_and(Value::is_string)));
    let speaks = inner.is_some()
        || is_text("insertId") && is_text("logName")
        || item.get("ingestionTime").is_some_and(Value::is_number) && is_text("message")
        || is_text("line") && is_text("timestamp") && (is_object("labels") || is_object("fields")) && !is_text("message") && !is_text("msg");
    if !speaks {
        return None;
    }
    let item = inner.unwrap_or(&item);
    let mut record = Record::default();
    record.add_all(item.as_object()?);
    let payload = item.get("jsonPayload");
    // Events of Kubernetes and what a program wrote as a record of its own are read as what they are.
    let own = payload.unwrap_or(item);
    if let Some(event) = event::within(own).or_else(|| event::of(&record)) {
        return Some(record.around_event(event));
    }
    Some(match record.text().filter(|_| !payload.is_some_and(is_structured)) {
        Some(text) => record.around(text),
        None => record.around(&own.to_string()),
    })
}

/// Whether a program wrote it as a record of its own, of which the message is a part only.
fn is_structured(payload: &Value) -> bool {
    ["level", "ts", "caller", "logger", "msg", "err", "error"].iter().any(|key| payload.get(key).is_some())
}

/// Whether an item of a list that bears no platform's marks is a record all the same: it holds a moment and a text, and is neither an object of
/// Kubernetes nor what a program wrote as a record of its own. Datadog's and New Relic's are such.
pub(crate) fn is_record(item: &[u8]) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(item.get(..MAX_LINE).unwrap_or(item)) else { return false };
    let mut record = Record::default();
    record.add_all(&object);
    let is_others = ["apiVersion", "metadata", "involvedObject", "regarding"].iter().any(|key| object.contains_key(*key));
    !is_others
        && record.get(TIMES).is_some()
        && record.text().is_some()
        && !["ts", "caller", "logger", "msg"].iter().any(|key| object.contains_key(*key))
}

/// The lines of an item that holds several records: a stream of Loki's API, a resource of OpenTelemetry, an event of a CloudWatch subscription.
pub(crate) fn lines(item: &Value) -> Option<Vec<String>> {
    let object = item.as_object()?;
    if let (Some(Value::Object(stream)), Some(Value::Array(values))) = (object.get("stream"), object.get("values")) {
        return of_stream(stream, values);
    }
    if object.contains_key("scopeLogs") || object.contains_key("instrumentationLibraryLogs") {
        return of_scopes(object);
    }
    let mut record = Record::default();
    record.add_all(object);
    Some(vec![record.line(record.text()?)])
}

/// A stream's labels once, its lines in pairs with their moments.
fn of_stream(stream: &Map<String, Value>, values: &[Value]) -> Option<Vec<String>> {
    let mut labels = Record::default();
    labels.add_all(stream);
    labels.members.retain(|(name, _)| !TIMES.contains(&&**name) && !TEXTS.contains(&&**name));
    let pair = |value: &Value| {
        let (moment, line) = (value.get(0)?.as_str()?, value.get(1)?.as_str()?);
        let mut record = labels.clone();
        record.add("@timestamp", moment.to_owned());
        record.add("line", line);
        Some(record.line(line))
    };
    bounded(values.iter().map(|value| pair(value).unwrap_or_else(|| value.to_string())))
}

/// All of them, or none if they come to too much.
fn bounded(lines: impl Iterator<Item = String>) -> Option<Vec<String>> {
    let mut left = MAX_LINES;
    lines
        .map(|line| {
            left = left.checked_sub(line.len())?;
            Some(line)
        })
        .collect()
}

/// A resource's attributes once, the records of its scopes.
fn of_scopes(object: &Map<String, Value>) -> Option<Vec<String>> {
    let mut resource = Record::default();
    resource.add_attributes(object.get("resource").and_then(|resource| resource.get("attributes")));
    resource.members.retain(|(name, _)| !TEXTS.contains(&&**name));
    let scopes = object.get("scopeLogs").or_else(|| object.get("instrumentationLibraryLogs")).and_then(Value::as_array);
    let records = scopes.into_iter().flatten().filter_map(|scope| scope.get("logRecords").or_else(|| scope.get("logs"))?.as_array()).flatten();
    let line = |item: &Value| {
        let mut record = Record::default();
        record.add_attributes(item.get("attributes"));
        if let Some(object) = item.as_object() {
            record.add_all(object);
        }
        record.members.extend(resource.members.iter().cloned());
        record.text().map_or_else(|| item.to_string(), |text| record.line(text))
    };
    bounded(records.map(line))
}
