//! docker's json-file log driver.
//!
//! In: `{"log":"…\n","stream":"…","time":"…"}`, in any order, as scripts write it again. Out: the line; without its line
//! end it goes on. Must not know: what the container writes.

use std::borrow::Cow;

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::{json, quoted};

/// docker json-file lines.
#[derive(Debug)]
pub struct DockerJson;

impl Wrapper for DockerJson {
    fn name(&self) -> &'static str {
        "docker-json"
    }

    fn about(&self) -> &'static str {
        "/var/lib/docker/containers/*/*-json.log (moby daemon/logger/jsonfilelog). A chunk without a line end goes on in the next one."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"log":"2026-11-20T09:48:47Z \"agent\" alive\n","stream":"stderr","time":"2026-11-20T09:48:47.987281669Z"}"#,
                "2026-11-20T09:48:47Z \"agent\" alive",
            ),
            (r#"{"stream": "stderr", "time": "2026-11-20T09:48:47.987281669Z", "log": "written again by a script\n"}"#, "written again by a script"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        line.first().filter(|byte| **byte == b'{')?;
        let (mut text, mut time, mut stream) = (None, None, false);
        for (key, value) in json::members(line) {
            match key {
                b"log" => text = value.inside(),
                b"time" => time = value.time(),
                b"stream" => stream = true,
                b"attrs" => {}
                // Anything else was added by a log shipper.
                _ => return None,
            }
        }
        time.filter(|_| stream)?;
        let text = quoted::bytes(text?);
        let (text, partial) = without_end(text);
        Some(Unwrapped { text, envelope: Envelope { time, ..Envelope::default() }, partial })
    }
}

/// The text without its final line end, and whether there was none.
fn without_end(text: Cow<'_, [u8]>) -> (Cow<'_, [u8]>, bool) {
    match text {
        Cow::Borrowed(text) => (Cow::Borrowed(text.strip_suffix(b"\n").unwrap_or(text)), !text.ends_with(b"\n")),
        Cow::Owned(mut text) => {
            let ended = text.last() == Some(&b'\n');
            if ended {
                text.pop();
            }
            (Cow::Owned(text), !ended)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_go_on() {
        let unwrapped = DockerJson.unwrap(br#"{"log":"half","stream":"stdout","time":"2026-11-20T09:48:47Z"}"#).unwrap();
        assert!(unwrapped.partial);
        assert_eq!(DockerJson.unwrap(br#"{"log":"x\n","file":"f"}"#), None);
    }
}
