//! What Loki's own client prints: `2026-11-20T09:48:47Z {pod="pg-0", container="pg"} line`.
//!
//! In: such a line. Out: the line, its stamp, whose it is. Must not know: the formats inside.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::exported::Record;
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
         tell whose it is by the names that exports use."
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
        let mut labels = Record::default();
        while !rest.starts_with(b"}") {
            let length = rest.iter().take(128).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
            let value = rest.get(length..)?.strip_prefix(b"=\"")?;
            let end = quoted::end(value)?;
            let text = |bytes| std::str::from_utf8(bytes).ok();
            labels.add(text(rest.get(..length)?)?, text(value.get(..end)?)?);
            rest = value.get(end + 1..)?;
            rest = rest.strip_prefix(b", ").unwrap_or(rest);
        }
        let rest = rest.strip_prefix(b"}")?;
        // Lines were trimmed, labels padded.
        (rest.is_empty() || rest.starts_with(b" "))
            .then(|| Unwrapped::whole(rest.trim_ascii_start(), Envelope { time: Some(time), ..labels.envelope() }))
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
