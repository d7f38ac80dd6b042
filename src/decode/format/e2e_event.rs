//! Events as the end-to-end tests of Kubernetes print them when a test fails.
//!
//! In: `At TIME - event for NAME: {REPORTER HOST} REASON: MESSAGE`, behind the stamp of the test's own log or without it. Out: an Event. Must not know:
//! tests.
//!
//! The kind and the namespace of the object are not printed: the reason tells the kind.

use std::borrow::Cow;

use super::kubernetes::event::Event;
use super::kubernetes::unnamed;
use crate::decode::{Body, Entry, Format, Head, Next, Opening, stamp};
use crate::time::RawTime;

/// Events of a test's namespace.
#[derive(Debug)]
pub struct E2eEvent;

/// Longest message over several lines, bytes.
const MESSAGE_BYTES: usize = 1 << 16;
/// What the test's log may put before the Event: `Nov 20 09:35:34.104: INFO: `, `  I1120 09:35:34.104000  1234 dump.go:53] `.
const MAX_BEFORE: usize = 64;

impl Format for E2eEvent {
    fn name(&self) -> &'static str {
        "e2e-event"
    }

    fn title(&self) -> &'static str {
        "Events printed by end-to-end tests"
    }

    fn about(&self) -> &'static str {
        "Printed by the end-to-end framework of Kubernetes, of OpenShift and of many operators for the namespace of a test that failed. Dated by the Event's \
         first time, to the second, with its zone. The object is named without its kind and namespace."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes test/e2e/framework/util.go v1.5-v1.25 (dumpEventsInNamespace)", "kubernetes test/e2e/framework/debug/dump.go v1.26"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "Nov 20 09:35:34.104: INFO: At 2026-11-20 09:30:27 +0100 CET - event for pg-0: {kubelet node-1} Failed: Error: ErrImagePull",
                "Error: ErrImagePull",
            ),
            (
                "09:35:34 Nov 20 09:35:34.104: INFO: At 2026-11-20 09:30:27 +0000 UTC - event for pg-0: {kubelet node-1} Failed: Error: ErrImagePull",
                "Error: ErrImagePull",
            ),
            (
                "At 2026-11-20 09:30:26 +0000 UTC - event for pg-0: {default-scheduler } Scheduled: Successfully assigned shop/pg-0 to node-1",
                "Successfully assigned shop/pg-0 to node-1",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if !matches!(line.first()?, b'A' | b'J' | b'F' | b'M' | b'S' | b'O' | b'N' | b'D' | b' ' | b'0'..=b'9') {
            return None;
        }
        let (time, _) = told(line)?;
        Some(Opening { head: Head { time: Some(time), severity: None }, context: None })
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        if line.is_empty() || entry.len() > MESSAGE_BYTES || memchr::memmem::find(line.get(..MAX_BEFORE).unwrap_or(line), b": INFO: ").is_some() {
            return Next::End;
        }
        Next::JoinUnlessOpened
    }

    fn restartable(&self) -> bool {
        true
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some((_, mut event)) = told(entry.text) else { return Body::message(String::from_utf8_lossy(entry.text)) };
        unnamed::fill_kind(&mut event);
        event.body()
    }
}

/// The time of the Event, and its parts.
fn told(text: &[u8]) -> Option<(RawTime, Event<'_>)> {
    let start = text.get(..MAX_BEFORE.min(text.len()))?;
    let at = if start.starts_with(b"At ") { 0 } else { memchr::memmem::find(start, b" At ")? + 1 };
    let before = text.get(..at)?;
    if !(before.trim_ascii().is_empty() || before.ends_with(b": INFO: ") || before.ends_with(b"] ")) {
        return None;
    }
    let rest = text.get(at + 3..)?;
    // Go's `2026-11-20 09:30:26 +0100 CET`: the offset counts, not the name behind it.
    let dash = memchr::memmem::find(rest.get(..MAX_BEFORE.min(rest.len()))?, b" - event for ")?;
    let moment = rest.get(..dash)?;
    let moment = moment.strip_prefix(b"{").and_then(|moment| moment.strip_suffix(b"}")).unwrap_or(moment);
    let (date, mut words) = (moment.get(..19)?, moment.get(20..)?.split(|byte| *byte == b' '));
    let zoned = [date, words.next()?].concat();
    let (time, end) = stamp::iso(&zoned)?;
    if end != zoned.len() {
        return None;
    }
    let rest = std::str::from_utf8(rest.get(dash + b" - event for ".len()..)?).ok()?;
    let (name, rest) = rest.split_once(": {")?;
    let (source, rest) = rest.split_once("} ")?;
    let (reason, message) = rest.split_once(": ")?;
    let (reporter, host) = source.split_once(' ').unwrap_or((source, ""));
    let shown = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
    let word = !reason.is_empty() && reason.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let event = Event {
        message: Cow::Owned(message.to_owned()),
        reason: shown(reason),
        name: shown(name),
        reporter: shown(reporter),
        host: shown(host),
        ..Event::default()
    };
    (word && !name.contains(' ')).then_some((time, event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn an_event_of_a_pod_and_one_of_its_controller() {
        let entries = read(
            "Nov 20 09:35:34.104: INFO: At 2026-11-20 09:30:27 +0100 CET - event for pg-0: {kubelet node-1} Failed: Failed to pull image \"x\": one\ntwo\n\
             Nov 20 09:35:34.104: INFO: At 2026-11-20 09:30:28 +0100 CET - event for web: {replicaset-controller } FailedCreate: Error creating: pods is forbidden\n\
             Nov 20 09:35:34.104: INFO: POD   NODE    PHASE\n",
        );
        let names = ["kind", "namespace", "name", "reason", "reporter", "host"];
        assert_eq!(shown(&entries[0], &names), ["Pod", "?", "pg-0", "Failed", "kubelet", "node-1"]);
        assert_eq!(entries[0].message, "Failed to pull image \"x\": one\ntwo");
        assert_eq!(shown(&entries[1], &names), ["ReplicaSet", "?", "web", "FailedCreate", "replicaset-controller", ""]);
        assert_eq!(entries[2].format, "text");
    }

    #[test]
    fn times_in_braces_are_those_of_old() {
        let entries =
            read("At {2026-11-20 12:53:55 -0700 PDT} - event for pg-0: {kubelet node-1} Created: Created container with docker id fda2a1e9ab67\n");
        assert_eq!(shown(&entries[0], &["name", "reason", "host"]), ["pg-0", "Created", "node-1"]);
        assert!(entries[0].time.contains("19:53:55"), "{}", entries[0].time);
    }

    #[test]
    fn words_alike_are_no_event() {
        for line in [
            "At 2026-11-20 09:30:27 +0100 CET - event for two words: {kubelet node-1} Failed: x",
            "At noon - event for pg-0: {kubelet node-1} Failed: x",
            "At 2026-11-20 09:30:27 +0100 CET - event for pg-0: kubelet Failed: x",
            "Nov 20 we met At 2026-11-20 09:30:27 +0100 CET - event for pg-0: {kubelet node-1} Failed: x",
            "At ",
        ] {
            assert!(E2eEvent.open(line.as_bytes()).is_none(), "{line}");
        }
    }
}
