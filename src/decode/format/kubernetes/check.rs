//! For tests: a text read with the whole registry, each entry told in words, and the same in two pieces cut at every line.

use crate::decode::frame::{Carry, Framer, lines};
use crate::decode::{Entry, Head, Piece};
use crate::time::{SECOND, Shape, Stamp};

/// An entry (or a part of one) as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) format: &'static str,
    pub(crate) line: u64,
    pub(crate) lines: usize,
    pub(crate) message: String,
    pub(crate) time: String,
    pub(crate) component: &'static str,
    pub(crate) fields: Vec<(String, String)>,
}

/// Reads a text; panics if a cut at some line changes an entry.
#[track_caller]
pub(crate) fn read(text: &str) -> Vec<Told> {
    let framer = Framer::detect(text.as_bytes());
    let whole = framer.piece(text.as_bytes(), 1, 0, Carry::default(), true);
    let told = tell(&whole);
    assert_eq!(told_lines(&whole), lines(text.as_bytes()).count(), "every line is in one entry");
    for (cut, _) in lines(text.as_bytes()).skip(1) {
        let first = framer.piece(&text.as_bytes()[..cut], 1, 0, Carry::default(), false);
        let mut both = tell(&first);
        let second = framer.piece(&text.as_bytes()[first.consumed..], first.lines + 1, first.consumed as u64, first.carry.clone(), true);
        both.extend(tell(&second));
        assert_eq!(both, told, "cut at byte {cut}");
    }
    told
}

/// The named fields of an entry, empty where missing.
pub(crate) fn shown<'t>(told: &'t Told, names: &[&str]) -> Vec<&'t str> {
    names.iter().map(|name| told.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)).collect()
}

fn told_lines(piece: &Piece<'_>) -> usize {
    (0..piece.entries.len()).map(|at| lines_of(piece.entry(at).text)).sum()
}

fn lines_of(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count() + 1
}

fn tell(piece: &Piece<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    for at in 0..piece.entries.len() {
        let entry = piece.entry(at);
        let parts = entry.format.parts(&entry);
        if parts.is_empty() {
            told.push(tell_one(&entry));
        }
        for (range, head) in parts {
            told.push(tell_one(&Entry { text: &entry.text[range], head, ..entry }));
        }
    }
    told
}

fn tell_one(entry: &Entry<'_>) -> Told {
    let body = entry.format.body(entry);
    Told {
        format: entry.format.name(),
        line: entry.line,
        lines: lines_of(entry.text),
        message: body.message.to_string(),
        time: time(entry.head),
        component: body.component.map_or("", |component| component.name()),
        fields: body.fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
    }
}

fn time(head: Head) -> String {
    head.time.map_or("none".into(), |time| {
        let shown = if time.shape == Shape::Age { format!("{}s", time.ns / SECOND) } else { Stamp::exact(time.ns).to_string() };
        format!("{:?} {shown}/{}s", time.shape, time.precision_ns / SECOND)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::Format;
    use crate::decode::format::{describe, event_table, fence, json_document, object_table, yaml_document};

    #[test]
    fn samples_are_one_entry_each() {
        let formats: [&dyn Format; 6] = [
            &json_document::JsonDocument,
            &yaml_document::YamlDocument,
            &describe::Describe,
            &event_table::EventTable,
            &object_table::ObjectTable,
            &fence::Fence,
        ];
        for format in formats {
            for (sample, message) in format.samples() {
                let told: Vec<_> = read(sample).into_iter().map(|entry| (entry.format, entry.message)).collect();
                assert_eq!(told, [(format.name(), (*message).to_owned())]);
            }
        }
    }

    /// Lines of every print, and some that break them.
    const LINES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "    \"items\": [",
        "        {",
        "        },",
        "        }",
        "    ],",
        "    \"kind\": \"EventList\",",
        "            \"message\": \"a\",",
        "            \"involvedObject\": {",
        "            },",
        "{\"involvedObject\":{\"kind\":\"Pod\"},\"message\":\"b\"},",
        "",
        "---",
        "apiVersion: v1",
        "items:",
        "- apiVersion: v1",
        "  kind: Pod",
        "  message: 'open",
        "  - x: |",
        "kind: List",
        "metadata:",
        "Name:         pg-0",
        "Namespace:    shop",
        "Containers:",
        "  pg:",
        "    State:  Running",
        "Conditions:",
        "Events:",
        "  Type     Reason   Age   From      Message",
        "  ----     ------   ----  ----      -------",
        "  Warning  Killing  12s   kubelet   gone",
        "  Normal  Pulled  <unknown>  kubelet",
        "Events:  <none>",
        "LAST SEEN   TYPE      REASON    OBJECT     MESSAGE",
        "5m30s       Warning   Evicted   pod/pg-0   The node was low",
        "NAME   READY   STATUS    RESTARTS      AGE",
        "pg-0   0/1     Error     3 (75s ago)   97s",
        "==== START logs for container pg of pod shop/pg-0 ====",
        "==> kubelet <==",
        "a remark",
        "  größe \u{1f600}",
        "\t\tx",
    ];

    proptest! {
        #[test]
        fn any_order_of_lines_is_read_whole_and_cut_anywhere(picks in prop::collection::vec(0..LINES.len(), 0..40), chop in 0_usize..30) {
            let text: String = picks.iter().flat_map(|at| [LINES[*at], "\n"]).collect();
            let end = (0..=text.len().saturating_sub(chop)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            read(text.get(..end).unwrap_or_default());
        }
    }
}
