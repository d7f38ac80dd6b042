//! What Loki's own client prints: `2026-11-20T09:48:47Z {pod="pg-0", container="pg"} line`.
//!
//! In: such a line. Out: the line, its stamp, whose it is. Must not know: the formats inside.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::{quoted, stamp};
use crate::time::Shape;

/// Lines printed by logcli.
#[derive(Debug)]
pub struct Logcli;

impl Wrapper for Logcli {
    fn name(&self) -> &'static str {
        "logcli"
    }

    fn about(&self) -> &'static str {
        "logcli query (grafana/loki pkg/logcli/output/default.go): a stamp of whole seconds, the stream's labels, padded to the widest, and the line. Labels \
         that promtail and Alloy give by default name pod, container, node and unit."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (r#"2026-11-20T09:48:47Z {container="pg", namespace="shop", pod="pg-0"} it is ready"#, "it is ready"),
            (r#"2026-11-20T17:48:47+08:00 {job="a \"b\""}   it is ready"#, "it is ready"),
            ("2026-11-20T09:48:47Z {} it is ready", "it is ready"),
            (r#"2026-11-20T09:48:47Z {job="a"} "#, ""),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.first().filter(|byte| byte.is_ascii_digit())?;
        let (time, end) = stamp::iso(line).filter(|(time, _)| time.shape == Shape::Zoned)?;
        let mut rest = line.get(end..)?.strip_prefix(b" {")?;
        let mut names = Names::default();
        while !rest.starts_with(b"}") {
            let length = rest.iter().take(128).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
            let value = rest.get(length..)?.strip_prefix(b"=\"")?;
            let end = quoted::end(value)?;
            names.take(rest.get(..length)?, value.get(..end)?);
            rest = value.get(end + 1..)?;
            rest = rest.strip_prefix(b", ").unwrap_or(rest);
        }
        let rest = rest.strip_prefix(b"}")?;
        // Lines were trimmed, labels padded.
        (rest.is_empty() || rest.starts_with(b" ")).then(|| Unwrapped::whole(rest.trim_ascii_start(), Envelope { time: Some(time), ..names.into() }))
    }
}

/// Labels that say whose a line is.
#[derive(Default)]
struct Names<'l> {
    namespace: Option<&'l str>,
    pod: Option<&'l str>,
    container: Option<&'l str>,
    unit: Option<&'l str>,
    node: Option<&'l str>,
}

impl<'l> Names<'l> {
    fn take(&mut self, label: &[u8], value: &'l [u8]) {
        let Some(value) = std::str::from_utf8(value).ok().filter(|value| !value.is_empty()) else { return };
        let name = match label {
            b"namespace" => &mut self.namespace,
            b"pod" | b"pod_name" | b"k8s_pod_name" => &mut self.pod,
            b"container" | b"container_name" | b"k8s_container_name" => &mut self.container,
            b"unit" | b"systemd_unit" => &mut self.unit,
            b"node_name" | b"node" | b"hostname" | b"nodename" => &mut self.node,
            _ => return,
        };
        *name = Some(value);
    }
}

impl From<Names<'_>> for Envelope {
    fn from(names: Names<'_>) -> Self {
        let Names { namespace, pod, container, unit, node } = names;
        Self {
            host: node.map(Into::into),
            pod: pod.map(|pod| namespace.map_or_else(|| pod.into(), |namespace| format!("{namespace}/{pod}").into())),
            program: container.or_else(|| unit.map(|unit| unit.strip_suffix(".service").unwrap_or(unit))).map(Into::into),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_whose_it_is() {
        let told = |line: &[u8]| {
            let envelope = Logcli.unwrap(line)?.envelope;
            Some([envelope.pod, envelope.program, envelope.host].map(|name| name.map(String::from)))
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(told(Logcli.samples()[0].0.as_bytes()), Some([some("shop/pg-0"), some("pg"), None]));
        let unit = br#"2026-11-20T09:48:47Z {job="journal", node_name="node-1", unit="kubelet.service"} x"#;
        assert_eq!(told(unit), Some([None, some("kubelet"), some("node-1")]));
    }

    #[test]
    fn other_braces_are_the_line_s_own() {
        for line in [
            r#"2026-11-20T09:48:47Z {"level":"info"} x"#,
            r#"2026-11-20T09:48:47 {job="a"} x"#,
            "2026-11-20T09:48:47Z {job=a} x",
            r#"2026-11-20T09:48:47Z {job="a"x"#,
            r#"2026-11-20T09:48:47Z {job="a"}x"#,
        ] {
            assert_eq!(Logcli.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
