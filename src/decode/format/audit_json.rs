//! The API server's audit log, one `audit.k8s.io` Event a line.
//!
//! In: JSON objects of that API group. Out: who did what to which object, and with which answer. Must not know: what is suspicious.

use std::borrow::Cow;

use crate::component::Component;
use crate::decode::json::{self, Value};
use crate::decode::{Body, Entry, Format, Next, Opening};
use crate::severity::Severity;

/// Audit lines.
#[derive(Debug)]
pub struct AuditJson;

impl Format for AuditJson {
    fn name(&self) -> &'static str {
        "audit-json"
    }

    fn title(&self) -> &'static str {
        "Kubernetes audit log"
    }

    fn about(&self) -> &'static str {
        "kube-apiserver --audit-log-path, JSON. Dated by requestReceivedTimestamp, UTC in microseconds. Bodies of requests are there only from level \
         Request on; the grace period of a delete may also stand in the address."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes/apiserver pkg/apis/audit/v1/types.go"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"35ed1538-c16c-441f-a174-6368dcb277cf","stage":"ResponseComplete","requestURI":"/api/v1/nodes/node-1","verb":"delete","user":{"username":"kubernetes-admin","groups":["system:masters"]},"sourceIPs":["172.30.0.1"],"userAgent":"kubectl/v1.36.2","objectRef":{"resource":"nodes","name":"node-1","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-11-20T11:09:40.422954Z","stageTimestamp":"2026-11-20T11:09:40.431020Z","annotations":{"authorization.k8s.io/decision":"allow"}}"#,
            "delete /api/v1/nodes/node-1",
        )]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        line.first().filter(|byte| **byte == b'{')?;
        let group = json::members(line).find(|(key, _)| *key == b"apiVersion").and_then(|(_, value)| value.inside())?;
        if !group.starts_with(b"audit.k8s.io/") {
            return None;
        }
        let time = json::members(line).find(|(key, _)| *key == b"requestReceivedTimestamp").and_then(|(_, value)| value.time());
        Some(Opening::new(time, Some(Severity::INFO)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut body = Body { component: Some(Component::Audit), ..Body::default() };
        let (mut verb, mut uri, mut received, mut done) = (Cow::default(), Cow::default(), None, None);
        let mut grace = None;
        for (key, value) in json::members(entry.text) {
            match key {
                b"verb" => verb = value.text(),
                b"requestURI" => uri = value.text(),
                b"stage" => body.push("stage", value.text()),
                b"level" => body.push("level", value.text()),
                b"auditID" => body.push("audit_id", value.text()),
                b"userAgent" => body.push("user_agent", value.text()),
                b"user" => pick(value, &[("username", "user"), ("groups", "groups")], &mut body),
                b"impersonatedUser" => pick(value, &[("username", "impersonated_user")], &mut body),
                b"sourceIPs" => {
                    if let Some(address) = value.elements().next() {
                        body.push("source_ip", address.text());
                    }
                }
                b"objectRef" => pick(
                    value,
                    &[
                        ("resource", "resource"),
                        ("subresource", "subresource"),
                        ("namespace", "namespace"),
                        ("name", "name"),
                        ("uid", "uid"),
                        ("apiGroup", "api_group"),
                    ],
                    &mut body,
                ),
                b"responseStatus" => pick(value, &[("code", "code"), ("reason", "reason"), ("message", "response")], &mut body),
                b"requestObject" => {
                    grace = grace.or_else(|| value.get("gracePeriodSeconds").map(Value::text));
                    pick(value, &[("propagationPolicy", "propagation_policy")], &mut body);
                }
                b"requestReceivedTimestamp" => received = value.time(),
                b"stageTimestamp" => done = value.time(),
                b"annotations" => json::flatten(Cow::Borrowed("annotations"), value, &mut body),
                _ => {}
            }
        }
        let grace = grace.or_else(|| parameter(&uri, "gracePeriodSeconds").map(|grace| Cow::Owned(grace.to_owned())));
        if let Some(grace) = grace {
            body.push("grace_period", grace);
        }
        if let (Some(received), Some(done)) = (received, done) {
            body.push("latency", format!("{:.6}s", (done.ns.saturating_sub(received.ns)) as f64 / 1e9));
        }
        body.message = Cow::Owned(format!("{verb} {uri}"));
        body.push("verb", verb);
        body.push("uri", uri);
        body
    }
}

/// Copies members under other names, in the order in which they stand.
fn pick<'a>(value: Value<'a>, names: &[(&str, &'static str)], body: &mut Body<'a>) {
    for (key, value) in value.members().filter(|(_, value)| !value.is_null()) {
        if let Some((_, name)) = names.iter().find(|(theirs, _)| theirs.as_bytes() == key) {
            body.push(*name, value.text());
        }
    }
}

/// A parameter of a request's address.
fn parameter<'u>(uri: &'u str, name: &str) -> Option<&'u str> {
    let (_, query) = uri.split_once('?')?;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    fn body_of(line: &str) -> String {
        let piece = Framer::default().piece(line.as_bytes(), 1, 0, Carry::default(), true);
        let body = AuditJson.body(&piece.entry(0));
        let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        fields.join(" ")
    }

    #[test]
    fn fields_of_a_delete() {
        let sample = AuditJson.samples()[0].0;
        assert_eq!(
            body_of(sample),
            "level=Metadata audit_id=35ed1538-c16c-441f-a174-6368dcb277cf stage=ResponseComplete user=kubernetes-admin groups=[\"system:masters\"] \
             source_ip=172.30.0.1 user_agent=kubectl/v1.36.2 resource=nodes name=node-1 code=200 annotations.authorization.k8s.io/decision=allow \
             latency=0.008066s verb=delete uri=/api/v1/nodes/node-1"
        );
    }

    #[test]
    fn the_grace_period_stands_in_the_body_or_the_address() {
        let in_body =
            r#"{"apiVersion":"audit.k8s.io/v1","verb":"delete","requestURI":"/x","requestObject":{"kind":"DeleteOptions","gracePeriodSeconds":0}}"#;
        assert!(body_of(in_body).contains("grace_period=0"));
        let in_address = r#"{"apiVersion":"audit.k8s.io/v1","verb":"delete","requestURI":"/x?a=b&gracePeriodSeconds=0"}"#;
        assert!(body_of(in_address).contains("grace_period=0"));
    }

    #[test]
    fn core_events_are_not_taken() {
        assert_eq!(AuditJson.open(br#"{"kind":"Event","apiVersion":"v1"}"#), None);
    }
}
