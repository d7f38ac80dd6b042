//! JSON envelopes of log shippers: fluent-bit, fluentd, filebeat, and operators that use them inside a pod.
//!
//! In: objects that hold a line under `log` or `message` and say where it was read. Out: the line or lines inside. Must not know: the formats
//! inside.

use std::borrow::Cow;

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::json::{self, Value};
use crate::decode::quoted;

/// Shipped lines.
#[derive(Debug)]
pub struct ShippedJson;

impl Wrapper for ShippedJson {
    fn name(&self) -> &'static str {
        "shipped-json"
    }

    fn about(&self) -> &'static str {
        "fluent-bit's tail input with a path key (Percona XtraDB Cluster operator's logs container), the kubernetes filter of fluent-bit and fluentd, and \
         filebeat, Logstash, GELF (Graylog and docker's driver), and stern -o json. The file's name tells whose lines they are; one object may hold several lines."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (r#"{"log":"one\ntwo\n","file":"/var/lib/mysql/mysqld-error.log"}"#, "one\ntwo"),
            (r#"{"@timestamp":"2026-11-20T09:48:47.987Z","@version":"1","host":"node-1","path":"/var/log/x.log","message":"ready"}"#, "ready"),
            (r#"{"message":"ready","nodeName":"node-1","namespace":"shop","podName":"pg-0","containerName":"pg"}"#, "ready"),
            (r#"{"version":"1.1","host":"node-1","short_message":"ready","timestamp":1795165636.34,"level":6}"#, "ready"),
            (
                r#"{"@timestamp":"2026-11-20T09:48:47.987Z","message":"ready","log":{"file":{"path":"/var/log/x.log"}},"host":{"name":"node-1"}}"#,
                "ready",
            ),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.first().filter(|byte| **byte == b'{')?;
        let (mut log, mut message, mut from, mut partial) = (None, None, false, false);
        let (mut graded, mut gelf, mut short, mut namespace) = (false, false, false, None);
        let mut envelope = Envelope::default();
        for (key, value) in json::members(line) {
            match key {
                b"log" => match value.get("file").and_then(|file| file.get("path")) {
                    Some(path) => {
                        from = true;
                        envelope.program = Some(program(path));
                    }
                    None => log = value.inside(),
                },
                b"message" => message = value.inside(),
                b"short_message" => {
                    short = true;
                    message = message.or_else(|| value.inside());
                }
                b"full_message" => log = value.inside(),
                b"version" => gelf = value.inside() == Some(b"1.1"),
                // Logstash's mark on what it did not take apart, and stern's members.
                b"@version" => from = true,
                b"podName" => envelope.pod = Some(value.text().into()),
                b"namespace" if value.inside().is_some() => namespace = Some(value.text()),
                b"containerName" => {
                    from |= envelope.pod.is_some();
                    envelope.program = Some(value.text().into());
                }
                b"nodeName" => envelope.host = Some(value.text()).filter(|host| !host.is_empty()).map(Into::into),
                b"_container_name" => envelope.program = envelope.program.or_else(|| Some(value.text().into())),
                b"file" | b"filename" | b"log_file" | b"filepath" if value.inside().is_some() => {
                    from = true;
                    envelope.program = Some(program(value));
                }
                b"kubernetes" => {
                    from = true;
                    kubernetes(value, &mut envelope);
                }
                b"logtag" => {
                    from = true;
                    partial = value.inside() == Some(b"P");
                }
                b"host" | b"hostname" => {
                    let name = value.get("name").unwrap_or(value);
                    envelope.host = name.inside().is_some().then(|| name.text().into());
                }
                b"time" | b"@timestamp" | b"date" | b"timestamp" => envelope.time = value.time(),
                // These belong to programs' own records, not to envelopes.
                b"level" | b"severity" | b"caller" => graded = true,
                _ => {}
            }
        }
        // GELF grades everything.
        gelf &= short;
        if graded && !gelf {
            return None;
        }
        from |= gelf;
        if let (Some(namespace), Some(pod)) = (namespace, &envelope.pod)
            && !pod.contains('/')
        {
            envelope.pod = Some(format!("{namespace}/{pod}").into());
        }
        let text = quoted::bytes(log.or(message).filter(|_| from)?);
        Some(Unwrapped { text: without_ends(text), envelope, partial })
    }
}

/// The text without the line ends behind it.
pub(super) fn without_ends(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let length = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
        Cow::Owned(mut text) => {
            text.truncate(length);
            Cow::Owned(text)
        }
    }
}

/// The file's base name without `.log`: it stands for the program.
fn program(path: Value<'_>) -> Box<str> {
    let path = path.text();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".log").unwrap_or(name).into()
}

/// Whose a line is, as the kubernetes filters of shippers add it.
pub(super) fn kubernetes(value: Value<'_>, envelope: &mut Envelope) {
    let name = |names: &[&str]| {
        let found = names.iter().find_map(|name| value.get(name))?;
        Some(found.get("name").unwrap_or(found)).filter(|found| found.inside().is_some()).map(Value::text)
    };
    envelope.program = name(&["container_name", "container"]).map(Into::into).or_else(|| envelope.program.take());
    envelope.host = name(&["host", "node", "pod_node_name"]).map(Into::into).or_else(|| envelope.host.take());
    envelope.pod = match (name(&["namespace_name", "namespace", "pod_namespace"]), name(&["pod_name", "pod"])) {
        (Some(namespace), Some(pod)) => Some(format!("{namespace}/{pod}").into()),
        (None, Some(pod)) => Some(pod.into()),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shipper_adds() {
        let line = br#"{"time":"2026-11-20T09:48:47.987Z","stream":"stdout","logtag":"P","log":"half","kubernetes":{"pod_name":"pg-0","namespace_name":"shop","container_name":"pg","host":"node-1"}}"#;
        let unwrapped = ShippedJson.unwrap(line).unwrap();
        assert!(unwrapped.partial);
        let envelope = unwrapped.envelope;
        assert_eq!((envelope.pod.as_deref(), envelope.program.as_deref(), envelope.host.as_deref()), (Some("shop/pg-0"), Some("pg"), Some("node-1")));
    }

    #[test]
    fn vector_names_pods_in_its_own_way() {
        let line = br#"{"file":"/var/log/pods/a/0.log","kubernetes":{"container_name":"pg","pod_name":"pg-0","pod_namespace":"shop","pod_node_name":"node-1"},"message":"ready","source_type":"kubernetes_logs","stream":"stderr","timestamp":"2026-11-20T09:48:47.987Z"}"#;
        let envelope = ShippedJson.unwrap(line).unwrap().envelope;
        assert_eq!((envelope.pod.as_deref(), envelope.host.as_deref()), (Some("shop/pg-0"), Some("node-1")));
    }

    #[test]
    fn records_of_programs_are_not_envelopes() {
        for line in [
            r#"{"level":"info","version":"1.1","message":"x"}"#,
            r#"{"time":"2026-11-20T09:48:47Z","message":"x","podName":"pg-0"}"#,
            r#"{"level":"info","ts":1,"message":"x","file":"y"}"#,
            r#"{"message":"x"}"#,
            r#"{"log":{"a":1},"file":"x"}"#,
            r#"{"file":"x"}"#,
        ] {
            assert_eq!(ShippedJson.unwrap(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn the_file_names_the_program() {
        let unwrapped = ShippedJson.unwrap(ShippedJson.samples()[0].0.as_bytes()).unwrap();
        assert_eq!(unwrapped.envelope.program.as_deref(), Some("mysqld-error"));
    }
}
