//! Tables of Events whose columns somebody chose: `kubectl get events -o custom-columns=LAST:.lastTimestamp,REASON:.reason,…`.
//!
//! In: a header line with names of one's own and a row for each Event. Out: an entry for each row. Must not know: kubectl's own tables.
//!
//! Such a table is told by a column for the reason, one for the message and one of stamps. What is about an object may be left out: then the reason tells its
//! kind.

use std::borrow::Cow;

use super::event_table;
use super::kubernetes::columns::{Columns, MAX_HEADER_BYTES, Row};
use super::kubernetes::event::{Event, severity};
use super::kubernetes::unnamed;
use crate::decode::{Body, Entry, Format, Head, Next, Opening, stamp};
use crate::time::RawTime;

/// Rows of chosen columns.
#[derive(Debug)]
pub struct EventColumns;

/// Longest message over several lines, bytes.
const MESSAGE_BYTES: usize = 1 << 16;

/// Names that people give to columns, in small letters and without signs; the last time before others.
const TIME: &[&str] = &[
    "lastseen",
    "last",
    "lasttimestamp",
    "lasttime",
    "time",
    "timestamp",
    "date",
    "when",
    "eventtime",
    "created",
    "creationtimestamp",
    "firstseen",
    "first",
];
const FIRST: &[&str] = &["firstseen", "first", "firsttimestamp", "firsttime"];
const REASON: &[&str] = &["reason"];
const MESSAGE: &[&str] = &["message", "msg", "note"];
const TYPE: &[&str] = &["type", "severity", "level"];
const KIND: &[&str] = &["kind", "objectkind", "objkind", "involvedkind", "involvedobjectkind"];
const NAME: &[&str] = &["object", "obj", "name", "objectname", "objname", "involvedobject", "involvedobjectname", "resource", "pod", "podname"];
const NAMESPACE: &[&str] = &["namespace", "ns"];
const SOURCE: &[&str] = &["from", "source", "component", "sourcecomponent", "reporter", "by"];
const HOST: &[&str] = &["host", "node", "sourcehost"];
const COUNT: &[&str] = &["count", "times"];

impl Format for EventColumns {
    fn name(&self) -> &'static str {
        "event-columns"
    }

    fn title(&self) -> &'static str {
        "Tables of Events with chosen columns"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl get events -o custom-columns with columns for the reason, the message and a time. Dated by that to the second; what was not asked for \
         is not there."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["k8s.io/cli-runtime and k8s.io/kubectl pkg/cmd/get/customcolumn.go v1.16 to v1.36"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("LastSeen               Type      Reason    Object   Message", "LastSeen               Type      Reason    Object   Message")]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        is_header(line).then(|| Opening { head: Head::default(), context: Some(line.to_vec()) })
    }

    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let Some(header) = context.filter(|_| !line.is_empty()) else { return Next::End };
        match Table::new(header).row(&String::from_utf8_lossy(line)) {
            Some(row) => Next::Entry(Opening { head: row.head(), context: None }),
            None if entry == header || entry.len() > MESSAGE_BYTES || is_header(line) => Next::End,
            None => Next::JoinUnlessOpened,
        }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let text = String::from_utf8_lossy(entry.text);
        let (first, more) = text.split_once('\n').unwrap_or((&text, ""));
        let event = entry.context.filter(|header| *header != entry.text).and_then(|header| Table::new(header).row(first).map(|row| row.event()));
        let Some(mut event) = event else { return Body::message(text) };
        if !more.is_empty() {
            event.message = Cow::Owned(format!("{}\n{more}", event.message));
        }
        unnamed::fill_kind(&mut event);
        event.body()
    }
}

fn is_header(line: &[u8]) -> bool {
    // Most lines are none, and to find that out must cost little.
    let has = |end: &[u8]| memchr::memmem::find(line, end).is_some();
    if line.len() > MAX_HEADER_BYTES || !line.first().is_some_and(u8::is_ascii_alphabetic) || !(has(b"eason") || has(b"EASON")) || !line.is_ascii() {
        return false;
    }
    let table = Table::new(line);
    let has = |names: &[&str]| table.names.iter().any(|name| names.contains(&name.as_str()));
    // kubectl describe had this column up to 1.8, and ages.
    has(REASON)
        && has(MESSAGE)
        && has(TIME)
        && !has(&["subobjectpath"])
        && !event_table::is_header(line)
        && table.names.iter().all(|name| !name.is_empty())
}

struct Table {
    columns: Columns,
    names: Vec<String>,
}

struct Chosen<'t> {
    table: &'t Table,
    row: Row,
    time: RawTime,
}

impl Table {
    fn new(header: &[u8]) -> Self {
        let columns = Columns::read(&String::from_utf8_lossy(header));
        let bare = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect();
        Self { names: columns.names().map(bare).collect(), columns }
    }

    fn row(&self, line: &str) -> Option<Chosen<'_>> {
        let row = self.columns.row(line);
        let time = self.cell(&row, TIME).and_then(|cell| stamp::iso(cell.as_bytes()).filter(|(_, length)| *length == cell.len()))?.0;
        self.cell(&row, REASON)?;
        Some(Chosen { table: self, row, time })
    }

    /// The first cell under one of the names that holds something.
    fn cell<'r>(&self, row: &'r Row, names: &[&str]) -> Option<&'r str> {
        let under = |wanted: &&str| self.names.iter().position(|name| name == wanted).map(|at| row.at(at));
        names.iter().filter_map(under).find(|cell| !cell.is_empty() && *cell != "<none>")
    }
}

impl Chosen<'_> {
    fn cell(&self, names: &[&str]) -> Option<Cow<'static, str>> {
        self.table.cell(&self.row, names).map(|cell| Cow::Owned(cell.to_owned()))
    }

    fn head(&self) -> Head {
        Head { time: Some(self.time), severity: self.table.cell(&self.row, TYPE).and_then(severity) }
    }

    fn event(&self) -> Event<'static> {
        let object = self.cell(NAME);
        let (kind, name) = match object.as_deref().and_then(|object| object.split_once('/')) {
            Some((kind, name)) => (Some(Cow::Owned(kind.to_owned())), Some(Cow::Owned(name.to_owned()))),
            None => (None, object),
        };
        Event {
            message: self.cell(MESSAGE).unwrap_or_default(),
            reason: self.cell(REASON),
            severity: self.cell(TYPE),
            kind: self.cell(KIND).or(kind),
            namespace: self.cell(NAMESPACE),
            name,
            reporter: self.cell(SOURCE),
            host: self.cell(HOST),
            count: self.cell(COUNT),
            first: self.cell(FIRST),
            ..Event::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn columns_by_whatever_name() {
        let text = "FirstSeen              LastSeen               Count   From      Type      Reason    Message\n\
                    2026-11-20T09:30:26Z   2026-11-20T09:30:27Z   3       kubelet   Warning   BackOff   Back-off restarting failed container\n\
                    <none>                 2026-11-20T09:30:28Z   <none>  kubelet   Normal    Pulled    two\nlines\n\n\
                    TIME                   NS     KIND   NAME     REASON         MSG\n\
                    2026-11-20T09:30:29Z   shop   Node   node-1   NodeNotReady   Node node-1 status is now: NodeNotReady\n\
                    2026-11-20T09:30:30Z   shop   Pod    pg-0     Evicted        x\n";
        let entries = read(text);
        let names = ["kind", "namespace", "name", "reason", "reporter", "count", "first"];
        assert_eq!(shown(&entries[1], &names), ["Pod", "", "", "BackOff", "kubelet", "3", "2026-11-20T09:30:26Z"]);
        assert!(entries[1].time.contains("09:30:27"), "{}", entries[1].time);
        assert_eq!(entries[2].message, "two\nlines");
        let found = entries.iter().find(|entry| entry.message.starts_with("Node node-1")).unwrap();
        assert_eq!(shown(found, &names), ["Node", "", "node-1", "NodeNotReady", "", "", ""]);
        assert_eq!(shown(entries.last().unwrap(), &names), ["Pod", "shop", "pg-0", "Evicted", "", "", ""]);
    }

    #[test]
    fn other_headers_are_not_it() {
        for line in [
            "The reason is a message of that time",
            "REASON   MESSAGE",
            "Type     Reason     Age    From     Message",
            "  FirstSeen   LastSeen   Count   From   SubObjectPath   Type   Reason   Message",
            "Reason for the last message:  none",
        ] {
            assert!(!is_header(line.as_bytes()), "{line}");
        }
    }
}
