//! Exported records: what a log platform keeps of a line, by the names under which it keeps it.
//!
//! In: names and values, or an item of JSON, which is read where it lies. Out: the text that was logged and the envelope around it: stamp, speaker,
//! pod, node. Must not know: how rows and items are found.

mod event;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDateTime;
use foldhash::fast::FixedState;
use memchr::memmem::Finder;
use serde_json::{Map, Value};

use super::json;
use super::wrapper::{Envelope, Unwrapped};
use super::{quoted, stamp};
use crate::time::{RawTime, Shape};

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
const PODS: &[&str] = &["pod_name", "pod.name", "podname", "k8s_pod_name", "pod"];
const NAMESPACES: &[&str] =
    &["namespace_name", "namespace.name", "podnamespace", "pod_namespace", "kube_namespace", "k8s_namespace_name", "namespace"];
const CONTAINERS: &[&str] = &["container_name", "kube_container_name", "container.name", "containername", "k8s_container_name", "container"];
const NODES: &[&str] = &[
    "node_name",
    "node.name",
    "nodename",
    "k8s_node_name",
    "node",
    "_hostname",
    "host.name",
    "host",
    "hostname",
    "computer",
    "compute.googleapis.com/resource_name",
];
const PROGRAMS: &[&str] = &["syslog_identifier", "_systemd_unit", "unit", "systemd_unit", "logstreamname", "@logstream", "logname", "service"];
/// Depth to which members are looked at.
const DEPTH: usize = 6;
/// Bytes of a name that is looked at, and of a value that is no text.
const MAX_NAME: usize = 256;
/// Bytes of a line in which a record is looked for: read as JSON it takes many times its size.
const MAX_LINE: usize = 1 << 20;
/// Bytes that the records of one item may come to: each repeats what the item says of all.
const MAX_LINES: usize = 48 << 20;

/// Every name that is looked for, and whether long values are taken under it: what was logged may be.
static SOUGHT: LazyLock<HashMap<&str, bool, FixedState>> = LazyLock::new(|| {
    let texts = TEXTS.iter().chain(event::MESSAGE).map(|name| (*name, true));
    let others = [TIMES, PODS, NAMESPACES, CONTAINERS, NODES, PROGRAMS];
    let mut sought: HashMap<&str, bool, FixedState> =
        others.iter().chain(event::NAMES).flat_map(|names| names.iter()).map(|name| (*name, false)).collect();
    sought.extend(texts);
    sought
});

/// A member of an object: key, escapes kept, and value.
type Member<'a> = (&'a [u8], json::Value<'a>);

/// Names and values of one record.
#[derive(Debug, Default, Clone)]
pub(crate) struct Record<'a> {
    members: Vec<(&'static str, Cow<'a, str>)>,
}

/// A name as it is compared: without what stands around it.
pub(crate) fn plain(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if !name.is_ascii() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(bare(&name.to_lowercase()).to_owned());
    }
    Cow::Borrowed(bare(name))
}

fn bare(mut name: &str) -> &str {
    while name.contains('.')
        && let Some(rest) = AROUND.iter().find_map(|around| name.strip_prefix(around)).filter(|rest| !rest.is_empty())
    {
        name = rest;
    }
    name
}

/// Whether columns of these names make a log: a moment and a text.
pub(crate) fn is_log(names: &[String]) -> bool {
    let has = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    has(TIMES) && has(TEXTS)
}

impl<'a> Record<'a> {
    /// Adds a value under a name that is [`plain`] already, if it is one of those that are looked for. The first of a name counts.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<Cow<'a, str>>) {
        self.add_if_sought(name, || value.into());
    }

    fn add_if_sought(&mut self, name: &str, value: impl FnOnce() -> Cow<'a, str>) {
        let Some((name, is_text)) = SOUGHT.get_key_value(name) else { return };
        if self.members.iter().any(|(known, _)| known == name) {
            return;
        }
        let value = value();
        if !value.is_empty() && (*is_text || value.len() <= MAX_NAME) {
            self.members.push((*name, value));
        }
    }

    /// Adds the members of an object, those of objects in it under their own names.
    fn add_all(&mut self, object: impl Iterator<Item = Member<'a>>) {
        self.add_below("", object, DEPTH);
    }

    fn add_below(&mut self, above: &str, object: impl Iterator<Item = Member<'a>>, depth: usize) {
        for (key, value) in object.filter(|(key, _)| key.len() <= MAX_NAME) {
            let key = quoted::plain(key);
            let name = if above.is_empty() { key } else { Cow::Owned(format!("{above}.{key}")) };
            match value.raw().first() {
                Some(b'"' | b'-' | b'0'..=b'9') => self.add_if_sought(&plain(&name), || value.text()),
                Some(b'{') if depth > 0 => self.add_object(&name, value, depth - 1),
                // Datadog's.
                Some(b'[') if name.ends_with("tags") => {
                    for tag in value.elements().filter(|tag| tag.inside().is_some()) {
                        if let Some((key, value)) = tag.text().split_once(':') {
                            self.add(&plain(key), value.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add_object(&mut self, above: &str, object: json::Value<'a>, depth: usize) {
        // What is left out of the names of its members need not be put in front of them.
        let says_nothing = AROUND.iter().any(|around| around.strip_suffix('.').is_some_and(|around| around.eq_ignore_ascii_case(above)));
        self.add_below(if says_nothing { "" } else { above }, object.members(), depth);
    }

    /// Adds attributes as OpenTelemetry lists them.
    fn add_attributes(&mut self, attributes: Option<json::Value<'a>>) {
        for attribute in attributes.into_iter().flat_map(json::Value::elements) {
            let value = attribute.get("value").and_then(|value| value.get("stringValue")).filter(|value| value.inside().is_some());
            let key = attribute.get("key").and_then(json::Value::inside).filter(|key| key.len() <= MAX_NAME);
            if let (Some(key), Some(value)) = (key, value) {
                self.add(&plain(&quoted::plain(key)), value.text());
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

    /// The same, to keep.
    fn take_text(&mut self) -> Option<Cow<'a, str>> {
        let at = TEXTS.iter().find_map(|name| self.members.iter().position(|(known, _)| known == name))?;
        Some(self.members.swap_remove(at).1)
    }

    /// What is said around it.
    pub(crate) fn envelope(&self) -> Envelope {
        let owned = |names: &[&str]| self.get(names).map(Box::from);
        let pod = self.get(PODS).map(|pod| match self.get(NAMESPACES) {
            Some(namespace) => format!("{namespace}/{pod}").into(),
            None => pod.into(),
        });
        let program = self.get(CONTAINERS).map(Into::into).or_else(|| self.get(PROGRAMS).and_then(program));
        Envelope { time: self.time(), host: owned(NODES), program, pod, ..Envelope::default() }
    }

    fn time(&self) -> Option<RawTime> {
        // Mostly it is written with its zone, and that says all.
        let zoned = self.get(TIMES).and_then(|text| stamp::iso(text.trim().as_bytes())).filter(|(time, _)| time.shape == Shape::Zoned);
        if let Some((time, _)) = zoned {
            return Some(time);
        }
        let moment = self.moment(TIMES)?;
        stamp::iso(moment.as_bytes()).map(|(time, _)| time).or_else(|| stamp::epoch(moment.as_bytes(), None))
    }

    /// An Event: of what stands around it only the moment is its own. Pod and node are those of whoever exported it.
    fn around_event(&self, event: String) -> Unwrapped<'static> {
        Unwrapped { text: Cow::Owned(event.into_bytes()), envelope: Envelope { time: self.time(), ..Envelope::default() }, partial: false }
    }

    /// A text in its envelope.
    fn around(&self, text: Cow<'a, str>) -> Unwrapped<'a> {
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(['\r', '\n']).as_bytes()),
            Cow::Owned(mut text) => {
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
                Cow::Owned(text.into_bytes())
            }
        };
        Unwrapped { text, envelope: self.envelope(), partial: false }
    }

    /// The same as a line for which [`unwrapped`] finds it again, or the Event that it keeps: for what has no line of its own.
    pub(crate) fn line(&self, text: &str) -> String {
        let moment = self.moment(TIMES).unwrap_or_default();
        if let Some(event) = event::of(self) {
            return serde_json::json!({"labels": {}, "line": event, "timestamp": moment}).to_string();
        }
        let named = [("namespace_name", NAMESPACES), ("pod_name", PODS), ("container_name", CONTAINERS), ("node_name", NODES), ("unit", PROGRAMS)];
        let labels: Map<String, Value> = named.iter().filter_map(|(key, names)| Some(((*key).to_owned(), self.get(names)?.into()))).collect();
        serde_json::json!({"labels": labels, "line": text, "timestamp": moment}).to_string()
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
pub(crate) fn program(name: &str) -> Option<Box<str>> {
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

static MARKED: LazyLock<Vec<Vec<Finder<'static>>>> =
    LazyLock::new(|| MARKS.iter().map(|marks| marks.iter().map(|mark| Finder::new(*mark)).collect()).collect());

/// Whether a line may be an exported record.
pub(crate) fn is_marked(line: &[u8]) -> bool {
    line.starts_with(b"{") && line.len() <= MAX_LINE && MARKED.iter().any(|marks| marks.iter().all(|mark| mark.find(line).is_some()))
}

/// Takes what was logged out of an item on one line; `None` for what is no exported record.
pub(crate) fn unwrapped(line: &[u8]) -> Option<Unwrapped<'_>> {
    if !is_marked(line) {
        return None;
    }
    // What is cut, or followed by something, stays a line as it is.
    let members = json::whole(line)?;
    let get = |name: &str| member(&members, name);
    // A program may use one of these words; together and of these kinds they are the platform's.
    let is_text = |key: &str| get(key).is_some_and(is_string);
    let is_object = |key: &str| get(key).is_some_and(json::Value::is_object);
    let source = get("_source").filter(|source| source.is_object() && is_text("_index"));
    let inner = source.or_else(|| get("result").filter(|result| result.get("_raw").is_some_and(is_string)));
    let speaks = inner.is_some()
        || is_text("insertId") && is_text("logName")
        || get("ingestionTime").is_some_and(is_number) && is_text("message")
        || is_text("line") && is_text("timestamp") && (is_object("labels") || is_object("fields")) && !is_text("message") && !is_text("msg");
    if !speaks {
        return None;
    }
    let members = inner.map_or(members, |inner| inner.members().collect());
    let payload = member(&members, "jsonPayload");
    let mut record = Record::default();
    record.add_all(members.iter().copied());
    // Events of Kubernetes and what a program wrote as a record of its own are read as what they are.
    let event = payload.map_or_else(|| event::within(&members), |payload| event::within(&payload.members().collect::<Vec<_>>()));
    if let Some(event) = event.or_else(|| event::of(&record)) {
        return Some(record.around_event(event));
    }
    let text = if payload.is_some_and(is_structured) { None } else { record.take_text() };
    Some(record.around(text.unwrap_or_else(|| super::lossy(payload.or(inner).map_or_else(|| line.trim_ascii(), json::Value::raw)))))
}

fn member<'a>(members: &[Member<'a>], name: &str) -> Option<json::Value<'a>> {
    members.iter().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| *value)
}

fn is_string(value: json::Value<'_>) -> bool {
    value.inside().is_some()
}

fn is_number(value: json::Value<'_>) -> bool {
    matches!(value.raw().first(), Some(b'-' | b'0'..=b'9'))
}

/// Whether a program wrote it as a record of its own, of which the message is a part only.
fn is_structured(payload: json::Value<'_>) -> bool {
    ["level", "ts", "caller", "logger", "msg", "err", "error"].iter().any(|key| payload.get(key).is_some())
}

/// Whether an item of a list that bears no platform's marks is a record all the same: it holds a moment and a text, and is neither an object of
/// Kubernetes nor what a program wrote as a record of its own. Datadog's and New Relic's are such.
pub(crate) fn is_record(item: &[u8]) -> bool {
    let Some(members) = json::whole(item.get(..MAX_LINE).unwrap_or(item)) else { return false };
    let mut record = Record::default();
    record.add_all(members.iter().copied());
    let has = |keys: &[&str]| keys.iter().any(|key| member(&members, key).is_some());
    !has(&["apiVersion", "metadata", "involvedObject", "regarding"])
        && record.get(TIMES).is_some()
        && record.text().is_some()
        && !has(&["ts", "caller", "logger", "msg"])
}

/// The lines of an item that holds several records: a stream of Loki's API, a resource of OpenTelemetry, an event of a CloudWatch subscription.
pub(crate) fn lines(item: &[u8]) -> Option<Vec<String>> {
    let members = json::whole(item)?;
    let get = |name: &str| member(&members, name);
    if let (Some(stream), Some(values)) = (get("stream").filter(|stream| stream.is_object()), get("values").filter(is_list)) {
        return of_stream(stream, values);
    }
    if let Some(scopes) = get("scopeLogs").or_else(|| get("instrumentationLibraryLogs")) {
        return of_scopes(get("resource"), scopes);
    }
    let mut record = Record::default();
    record.add_all(members.iter().copied());
    Some(vec![record.line(record.text()?)])
}

fn is_list(value: &json::Value<'_>) -> bool {
    value.raw().starts_with(b"[")
}

/// A stream's labels once, its lines in pairs with their moments.
fn of_stream(stream: json::Value<'_>, values: json::Value<'_>) -> Option<Vec<String>> {
    let mut labels = Record::default();
    labels.add_all(stream.members());
    labels.members.retain(|(name, _)| !TIMES.contains(name) && !TEXTS.contains(name));
    let pair = |value: json::Value<'_>| {
        let mut parts = value.elements().filter(|part| is_string(*part));
        let (moment, line) = (parts.next()?, parts.next()?);
        let mut record = labels.clone();
        record.add("@timestamp", moment.text().into_owned());
        record.add("line", line.text().into_owned());
        Some(record.line(&line.text()))
    };
    bounded(values.elements().map(|value| pair(value).unwrap_or_else(|| super::lossy(value.raw()).into_owned())))
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
fn of_scopes(resource: Option<json::Value<'_>>, scopes: json::Value<'_>) -> Option<Vec<String>> {
    let attributes = resource.and_then(|resource| resource.get("attributes"));
    let mut resource = Record::default();
    resource.add_attributes(attributes);
    resource.members.retain(|(name, _)| !TEXTS.contains(name));
    let records = scopes.elements().filter_map(|scope| scope.get("logRecords").or_else(|| scope.get("logs"))).flat_map(json::Value::elements);
    let line = |item: json::Value<'_>| {
        let mut record = Record::default();
        record.add_attributes(item.get("attributes"));
        record.add_all(item.members());
        record.members.extend(resource.members.iter().cloned());
        record.text().map_or_else(|| super::lossy(item.raw()).into_owned(), |text| record.line(text))
    };
    bounded(records.map(line))
}
