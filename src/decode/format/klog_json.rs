//! klog's JSON form (`--logging-format=json`), one object a line.
//!
//! In: lines that begin with `{"ts":`. Out: bodies equal to those of the text form. Must not know: what the messages mean.

use std::borrow::Cow;

use super::{call_site, event_echo, klog};
use crate::decode::json::{self, Value};
use crate::decode::{Body, Entry, Format, Next, Opening, quoted, stamp};
use crate::severity::Severity;

/// Kubernetes components that log JSON.
#[derive(Debug)]
pub struct KlogJson;

impl Format for KlogJson {
    fn name(&self) -> &'static str {
        "klog-json"
    }

    fn title(&self) -> &'static str {
        "Kubernetes component log, JSON"
    }

    fn about(&self) -> &'static str {
        "The same components as klog with --logging-format=json (1.19 and later). The stamp is UTC in milliseconds; there is no level: records \
         without `v` are errors. References to objects are objects and are read as namespace/name."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes/component-base logs/json/json.go, v0.19.0 to v0.36"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"ts":1795167699741.607,"caller":"flag/flags.go:64","msg":"FLAG: --authorization-webhook-cache-unauthorized-ttl=\"30s\"","v":1}"#,
                r#"FLAG: --authorization-webhook-cache-unauthorized-ttl="30s""#,
            ),
            (r#"{"ts":1795167701020.7698,"msg":"podresources","v":0,"method":"list"}"#, "podresources"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        line.strip_prefix(b"{\"ts\":")?.first().filter(|byte| byte.is_ascii_digit())?;
        let (mut time, mut verbosity, mut caller, mut error, mut message) = (None, false, false, false, false);
        for (key, value) in json::members(line) {
            match key {
                b"ts" => time = stamp::epoch(value.raw(), Some(1_000_000)),
                b"v" => verbosity = true,
                b"caller" => caller = true,
                b"err" => error = true,
                b"msg" => message = true,
                b"level" => return None,
                _ => {}
            }
        }
        // Before 1.22 there was no caller, and errors had a verbosity too.
        let severity = if verbosity && (caller || !error) { Severity::INFO } else { Severity::ERROR };
        message.then(|| Opening::new(time, Some(severity)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut body = Body::default();
        let mut caller = None;
        for (key, value) in json::members(entry.text) {
            match key {
                b"ts" => {}
                b"msg" => body.message = klog::without_logger(trimmed(value.text())),
                b"caller" => caller = Some(value.text()),
                _ => body.push(quoted::plain(key), plain(value)),
            }
        }
        event_echo::from_fields(&mut body);
        if let Some(caller) = caller {
            let (site, file) = call_site::base(&caller);
            body.component = body.component.or_else(|| call_site::component(file.as_bytes()));
            body.push("call_site", site.to_owned());
        }
        body
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.ends_with('\n') { Cow::Owned(text.trim_end().to_owned()) } else { text }
}

/// A value as the text form would print it, without its quotes.
fn plain(value: Value<'_>) -> Cow<'_, str> {
    if let Some(name) = reference(value) {
        return name;
    }
    let mut names = value.elements().map(reference);
    if value.raw().starts_with(b"[{")
        && let Some(names) = names.by_ref().collect::<Option<Vec<_>>>()
    {
        let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        return Cow::Owned(format!("[{}]", names.join(",")));
    }
    value.text()
}

/// `ns/name` of an object that has a name, perhaps a namespace, and nothing else.
fn reference(value: Value<'_>) -> Option<Cow<'_, str>> {
    let (mut name, mut namespace) = (None, None);
    for (key, value) in value.members() {
        match key {
            b"name" => name = Some(value.text()),
            b"namespace" => namespace = Some(value.text()),
            _ => return None,
        }
    }
    let name = name?;
    Some(match namespace.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => Cow::Owned(format!("{namespace}/{name}")),
        None => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::Component;
    use crate::decode::{Framer, frame::Carry};

    #[track_caller]
    fn same(json: &str, text: &str) {
        let read = |line: &str| {
            let piece = Framer::default().piece(line.as_bytes(), 1, 0, Carry::default(), true);
            let entry = piece.entry(0);
            let mut body = entry.format.body(&entry);
            body.fields.retain(|(key, _)| key != "pid" && key != "v");
            body.fields.sort();
            let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            (entry.head.severity, body.component, body.message.into_owned(), fields)
        };
        assert_eq!(read(json), read(text));
    }

    #[test]
    fn text_and_json_give_equal_bodies() {
        same(
            r#"{"ts":1795167699741.607,"caller":"kubelet/kubelet.go:2724","msg":"SyncLoop ADD","v":2,"source":"api","pods":[{"name":"hog","namespace":"shop"}]}"#,
            r#"I1120 09:41:39.741607   17505 kubelet.go:2724] "SyncLoop ADD" source="api" pods=["shop/hog"]"#,
        );
        same(
            r#"{"ts":1795167699741.607,"caller":"lease/controller.go:201","msg":"Failed to update lease","err":"context deadline exceeded"}"#,
            r#"E1120 09:41:39.741607   17505 controller.go:201] "Failed to update lease" err="context deadline exceeded""#,
        );
        same(
            r#"{"ts":1795167696767.2483,"caller":"record/event.go:389","msg":"Event occurred","v":0,"object":{"name":"node-1"},"fieldPath":"","kind":"Node","apiVersion":"v1","type":"Normal","reason":"NodeNotReady","message":"m"}"#,
            r#"I1120 09:41:36.767248   26372 event.go:389] "Event occurred" object="node-1" fieldPath="" kind="Node" apiVersion="v1" type="Normal" reason="NodeNotReady" message="m""#,
        );
    }

    #[test]
    fn an_echoed_event_speaks_as_an_event() {
        let line = br#"{"ts":1,"caller":"record/event.go:389","msg":"Event occurred","v":0,"object":{"name":"p","namespace":"n"},"reason":"R","note":"text"}"#;
        let piece = Framer::default().piece(line, 1, 0, Carry::default(), true);
        let body = KlogJson.body(&piece.entry(0));
        assert_eq!((body.component, body.message.as_ref(), body.field("namespace")), (Some(Component::Event), "text", Some("n")));
    }
}
