//! `journalctl -o json`: one journal entry an object.
//!
//! In: objects with `__REALTIME_TIMESTAMP`. Out: MESSAGE, which may be an array of bytes, and who wrote it. Must not know: the formats inside.

use std::borrow::Cow;

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::json::{self, Value};
use crate::decode::{quoted, stamp};

/// Journal entries as JSON.
#[derive(Debug)]
pub struct JournalJson;

impl Wrapper for JournalJson {
    fn name(&self) -> &'static str {
        "journal-json"
    }

    fn about(&self) -> &'static str {
        "journalctl -o json and json-seq (systemd Journal Export Formats). The stamp counts microseconds from 1970; a message that is no valid text is an array of \
         byte values."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"__REALTIME_TIMESTAMP":"1795167699741607","_HOSTNAME":"node-1","SYSLOG_IDENTIFIER":"kubelet","_PID":"1043","MESSAGE":"I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""}"#,
                r#"I1120 09:41:39.741607    1043 kubelet.go:1] "x""#,
            ),
            (r#"{"MESSAGE":[104,105],"__REALTIME_TIMESTAMP":"1795167699741607"}"#, "hi"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        // RFC 7464: `-o json-seq` puts a record separator in front.
        let line = line.strip_prefix(b"\x1E").unwrap_or(line);
        line.first().filter(|byte| **byte == b'{')?;
        let (mut message, mut envelope, mut names) = (None, Envelope::default(), [None, None, None]);
        let (mut boot, mut since) = (0, None);
        for (key, value) in json::members(line) {
            match key {
                b"MESSAGE" => message = Some(value),
                b"__REALTIME_TIMESTAMP" => envelope.time = stamp::epoch(value.inside()?, Some(1000)),
                b"_HOSTNAME" => envelope.host = Some(value.text().into()),
                b"_PID" => envelope.pid = value.text().parse().ok(),
                b"__MONOTONIC_TIMESTAMP" => since = value.text().parse::<i64>().ok().and_then(|micros| micros.checked_mul(1000)),
                // 128 bits in hexadecimal; the first half tells boots apart.
                b"_BOOT_ID" => boot = value.text().get(..16).and_then(|half| u64::from_str_radix(half, 16).ok()).unwrap_or(0),
                b"SYSLOG_IDENTIFIER" => names[0] = Some(value.text()),
                b"_COMM" => names[1] = Some(value.text()),
                b"_SYSTEMD_UNIT" => names[2] = Some(value.text()),
                _ => {}
            }
        }
        envelope.time?;
        envelope.uptime = since.map(|since| (boot, since));
        envelope.program = names.into_iter().flatten().next().map(Into::into);
        Some(Unwrapped { text: text(message?), envelope, partial: false })
    }
}

fn text(message: Value<'_>) -> Cow<'_, [u8]> {
    match message.inside() {
        Some(inside) => quoted::bytes(inside),
        None => Cow::Owned(message.elements().filter_map(|byte| byte.text().parse::<u8>().ok()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wrote_it() {
        let unwrapped = JournalJson.unwrap(JournalJson.samples()[0].0.as_bytes()).unwrap();
        let envelope = unwrapped.envelope;
        assert_eq!((envelope.host.as_deref(), envelope.program.as_deref(), envelope.pid), (Some("node-1"), Some("kubelet"), Some(1043)));
        assert_eq!(JournalJson.unwrap(br#"{"MESSAGE":"x"}"#), None);
    }
}
