//! What fluentd writes into files: stamp, tag and record, with tabs between them.
//!
//! In: such a line. Out: the line or lines that were shipped, their stamp, whose they are. Must not know: the formats inside.

use super::fluent_bit::container;
use super::shipped_json::{kubernetes, without_ends};
use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::{json, quoted, stamp};

/// Lines of fluentd's files.
#[derive(Debug)]
pub struct Fluentd;

impl Wrapper for Fluentd {
    fn name(&self) -> &'static str {
        "fluentd"
    }

    fn about(&self) -> &'static str {
        "fluentd's out_file and file buffers (fluent/fluentd lib/fluent/plugin/formatter_out_file.rb): an ISO stamp, the tag, the record as JSON. Pod and \
         container are taken from the kubernetes filter or the tag."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("2026-11-20T09:48:47+00:00\tapp.db\t{\"log\":\"it says \\\"ready\\\"\\n\",\"stream\":\"stderr\"}", "it says \"ready\""),
            (
                "2026-11-20T17:48:47+08:00\tsystemd.kubelet\t{\"_HOSTNAME\":\"node-1\",\"SYSLOG_IDENTIFIER\":\"kubelet\",\"MESSAGE\":\"ready\"}",
                "ready",
            ),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.first().filter(|byte| byte.is_ascii_digit())?;
        let tab = memchr::memchr(b'\t', line.get(..40).unwrap_or(line))?;
        let (time, _) = stamp::iso(line).filter(|(_, end)| *end == tab)?;
        let rest = line.get(tab + 1..)?;
        let tab = memchr::memchr(b'\t', rest)?;
        let (tag, record) = (rest.get(..tab)?, rest.get(tab + 1..)?);
        record.first().filter(|byte| **byte == b'{')?;
        let mut envelope = Envelope { time: Some(time), ..Envelope::default() };
        if let Some((pod, container)) = container(tag) {
            (envelope.pod, envelope.program) = (Some(pod), Some(container));
        }
        let (mut text, mut partial) = (None, false);
        for (key, value) in json::members(record) {
            match key {
                b"log" | b"message" | b"MESSAGE" => text = value.inside().or(text),
                b"logtag" => partial = value.inside() == Some(b"P"),
                b"kubernetes" => kubernetes(value, &mut envelope),
                b"SYSLOG_IDENTIFIER" => envelope.program = Some(value.text().into()),
                b"_HOSTNAME" | b"hostname" => envelope.host = Some(value.text().into()),
                _ => {}
            }
        }
        Some(Unwrapped { text: without_ends(quoted::bytes(text?)), envelope, partial })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_tells_whose_it_is() {
        let id = "0123456789abcdef".repeat(4);
        let line = format!("2026-11-20T09:48:47+00:00\tkube.var.log.containers.pg-0_shop_pg-{id}.log\t{{\"log\":\"half\",\"logtag\":\"P\"}}");
        let unwrapped = Fluentd.unwrap(line.as_bytes()).unwrap();
        assert!(unwrapped.partial);
        assert_eq!((unwrapped.envelope.pod.as_deref(), unwrapped.envelope.program.as_deref()), (Some("shop/pg-0"), Some("pg")));
    }

    #[test]
    fn other_tables_are_left_alone() {
        for line in [
            "2026-11-20T09:48:47+00:00\tapp.db\tready",
            "2026-11-20T09:48:47+00:00\t{\"log\":\"x\"}",
            "2026-11-20T09:48:47+00:00 x\tapp\t{\"log\":\"x\"}",
            "2026-11-20T09:48:47.123Z\tINFO\tcontroller\t{\"pod\":\"x\"}",
        ] {
            assert_eq!(Fluentd.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
