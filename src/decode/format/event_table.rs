//! Tables of Events: `kubectl get events` and `kubectl events`.
//!
//! In: a header line and a row for each Event, in any of the layouts since 1.5; rows without header where the layout shows itself. Out: an entry for
//! each row. Must not know: when the table was printed.
//!
//! A row says how long ago. Where it also holds the Event's name (wide and old layouts), the name tells the first moment in nanoseconds, and the row has
//! an absolute time.

use std::borrow::Cow;

use super::kubernetes::age::{Age, Seen};
use super::kubernetes::columns::{Columns, MAX_HEADER_BYTES, Row};
use super::kubernetes::event::{Event, named_moment, severity};
use super::kubernetes::loose;
use crate::decode::{Body, Entry, Format, Head, Next, Opening};
use crate::time::{RawTime, write_utc};

/// Rows of Events.
#[derive(Debug)]
pub struct EventTable;

/// Longest message over several lines, bytes.
const MESSAGE_BYTES: usize = 1 << 16;
const MILLISECOND: i64 = 1_000_000;
/// A row's type stands behind a namespace (63 bytes at most) and an age; up to 1.8 also behind an object's name, padded to the longest.
const KIND_WITHIN: usize = 320;

impl Format for EventTable {
    fn name(&self) -> &'static str {
        "event-table"
    }

    fn title(&self) -> &'static str {
        "Tables of Kubernetes Events"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl get events (all layouts, with -o wide and -A) and kubectl events. Dated by age at an unstated moment; wide and old layouts also \
         hold the Event's name, whose last part is the first moment in nanoseconds. Narrow layouts leave out who reports and how often."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &[
            "kubernetes pkg/printers/internalversion/printers.go v1.9-v1.32",
            "kubernetes pkg/kubectl/resource_printer.go v1.5",
            "k8s.io/kubectl pkg/cmd/events/event_printer.go",
        ]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("LAST SEEN   TYPE      REASON     OBJECT      MESSAGE", "LAST SEEN   TYPE      REASON     OBJECT      MESSAGE"),
            (
                "shop          2m52s       Warning   Evicted                     pod/pg-1                             The node had condition: [DiskPressure].",
                "The node had condition: [DiskPressure].",
            ),
            (
                "39m (x3 over 41m)   Normal   Pulled   Pod/mysql-0   Container image already present on machine",
                "Container image already present on machine",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        match line.first()? {
            b'L' | b'N' => is_header(line).then(|| Opening { head: Head::default(), context: Some(line.to_vec()) }),
            b'0'..=b'9' | b'a'..=b'z' | b'<' => bare(line).map(|(head, _)| Opening { head, context: None }),
            _ => None,
        }
    }

    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let Some(header) = context else {
            return continued(entry, line);
        };
        if line.is_empty() {
            return Next::End;
        }
        let head = Table::new(header).row(&String::from_utf8_lossy(line)).map(|row| row.head());
        match head {
            Some(head) => Next::Entry(Opening { head, context: None }),
            None if entry == header => Next::End,
            None => continued(entry, line),
        }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let text = String::from_utf8_lossy(entry.text);
        let (first, more) = text.split_once('\n').unwrap_or((&text, ""));
        let event = match entry.context {
            Some(header) if header == entry.text => None,
            Some(header) => Table::new(header).row(first).map(|row| row.event()),
            None => bare(first.as_bytes()).map(|(_, event)| event),
        };
        let Some(mut event) = event else { return Body::message(text) };
        if !more.is_empty() {
            event.message = Cow::Owned(format!("{}\n{more}", event.message));
        }
        event.body()
    }
}

/// A message may go on over several lines; what plainly is something else ends it: a prompt, a heading, the end of a block of code.
fn continued(entry: &[u8], line: &[u8]) -> Next {
    let other = line.is_empty() || [&b"$ "[..], b"# ", b"==", b"```"].iter().any(|start| line.starts_with(start)) || is_header(line);
    if other || entry.len() > MESSAGE_BYTES { Next::End } else { Next::JoinUnlessOpened }
}

pub(super) fn is_header(line: &[u8]) -> bool {
    let starts = [&b"LAST SEEN  "[..], b"LASTSEEN  ", b"NAMESPACE  "].iter().any(|start| line.starts_with(start));
    let has = |name: &[u8]| memchr::memmem::find(line, name).is_some();
    starts && line.len() <= MAX_HEADER_BYTES && has(b" REASON ") && has(b" TYPE ") && (has(b"LAST SEEN ") || has(b"LASTSEEN "))
}

/// A row without its header: `[namespace] age type reason kind/name message`, in wide tables with more.
fn bare(line: &[u8]) -> Option<(Head, Event<'static>)> {
    let start = line.get(..line.len().min(KIND_WITHIN))?;
    let kind = [&b" Warning "[..], b" Normal "].iter().any(|kind| memchr::memmem::find(start, kind).is_some());
    if !kind {
        return None;
    }
    let text = String::from_utf8_lossy(line);
    let row = loose::listed(&text).or_else(|| loose::listed_formerly(&text))?;
    let seen = Seen::read(row.age)?;
    let severity = severity(row.kind)?;
    let (reporter, host) = row.source.split_once([',', ' ']).unwrap_or((row.source, ""));
    let moment = row.event_name.and_then(named_moment);
    let shown = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
    let event = Event {
        message: Cow::Owned(row.message.to_owned()),
        reason: shown(row.reason),
        severity: shown(row.kind),
        kind: shown(row.object_kind),
        namespace: row.namespace.and_then(shown),
        name: shown(row.object),
        fieldpath: row.fieldpath.and_then(shown),
        reporter: shown(reporter),
        host: shown(host),
        count: row.count.or(seen.count).and_then(shown),
        repeated_for_s: seen.repeated_for_s(),
        event_name: row.event_name.and_then(shown),
        ..Event::default()
    };
    // Seen once, the moment in the name is the Event's own.
    let named = moment.filter(|_| row.count == Some("1")).map(|(_, first)| RawTime::zoned(first - first % MILLISECOND, MILLISECOND));
    Some((Head { time: named.or(seen.last.map(Age::raw)), severity: Some(severity) }, event))
}

struct Table {
    columns: Columns,
}

struct EventRow<'t> {
    columns: &'t Columns,
    row: Row,
}

impl Table {
    fn new(header: &[u8]) -> Self {
        Self { columns: Columns::read(&String::from_utf8_lossy(header)) }
    }

    fn row(&self, line: &str) -> Option<EventRow<'_>> {
        let row = EventRow { columns: &self.columns, row: self.columns.row(line) };
        let named = row.cell(&["OBJECT", "KIND"]).is_some();
        (named && Seen::read(row.cell(&["LAST SEEN", "LASTSEEN"])?).is_some() && severity(row.cell(&["TYPE"])?).is_some()).then_some(row)
    }
}

impl EventRow<'_> {
    fn cell(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.columns.cell(&self.row, name))
    }

    fn owned(&self, names: &[&str]) -> Option<Cow<'static, str>> {
        self.cell(names).map(|cell| Cow::Owned(cell.to_owned()))
    }

    fn seen(&self) -> Seen<'_> {
        let seen = self.cell(&["LAST SEEN", "LASTSEEN"]).and_then(Seen::read).unwrap_or_default();
        let first = self.cell(&["FIRST SEEN", "FIRSTSEEN"]).and_then(Age::read);
        Seen { first: seen.first.or(first), count: seen.count.or_else(|| self.cell(&["COUNT"])), ..seen }
    }

    fn head(&self) -> Head {
        let seen = self.seen();
        let named = self.cell(&["NAME"]).and_then(named_moment).and_then(|(_, first)| absolute(first, &seen));
        Head { time: named.or(seen.last.map(Age::raw)), severity: self.cell(&["TYPE"]).and_then(severity) }
    }

    fn event(&self) -> Event<'static> {
        let seen = self.seen();
        let (kind, name) = match self.cell(&["OBJECT"]).and_then(|object| object.split_once('/')) {
            Some((kind, name)) => (Some(Cow::Owned(kind.to_owned())), Some(Cow::Owned(name.to_owned()))),
            None => (self.owned(&["KIND"]), None),
        };
        let own_name = self.cell(&["NAME"]);
        let moment = own_name.and_then(named_moment);
        // Up to 1.8 NAME is the object's name, later the Event's.
        let name = name.or_else(|| moment.map_or_else(|| self.owned(&["NAME"]), |(object, _)| Some(Cow::Owned(object.to_owned()))));
        let source = self.cell(&["SOURCE"]).unwrap_or_default().trim_start_matches(['{', ' ']).trim_end_matches(['}', ' ']);
        let (reporter, host) = source.split_once([',', ' ']).unwrap_or((source, ""));
        let shown = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
        Event {
            message: self.owned(&["MESSAGE"]).unwrap_or_default(),
            reason: self.owned(&["REASON"]),
            severity: self.owned(&["TYPE"]),
            kind,
            namespace: self.owned(&["NAMESPACE"]),
            name,
            fieldpath: self.owned(&["SUBOBJECT"]),
            reporter: shown(reporter),
            // Where no host is known, kubectl prints the reporter's instance: `default-scheduler, default-scheduler-cp-1`.
            host: shown(host).filter(|host| !host.strip_prefix(reporter).is_some_and(|rest| rest.starts_with('-'))),
            count: seen.count.map(|count| Cow::Owned(count.to_owned())),
            first: moment.map(|(_, ns)| {
                let mut text = String::new();
                // Writing to a string cannot fail.
                write_utc(&mut text, ns).ok();
                Cow::Owned(text)
            }),
            repeated_for_s: seen.repeated_for_s(),
            event_name: moment.and_then(|_| self.owned(&["NAME"])),
            ..Event::default()
        }
    }
}

/// The last time as an absolute one: the first moment and the difference of the ages, as fine as these are.
fn absolute(first: i64, seen: &Seen<'_>) -> Option<RawTime> {
    let (last, oldest) = (seen.last?, seen.first?);
    if seen.count == Some("1") {
        // The scheduler dates its Events some microseconds before it names them.
        return Some(RawTime::zoned(first - first % MILLISECOND, MILLISECOND));
    }
    let earliest = first.checked_add(oldest.ns)?.checked_sub(last.ns)?.checked_sub(last.precision_ns)?;
    Some(RawTime::zoned(earliest.max(first), last.precision_ns.checked_add(oldest.precision_ns)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn a_narrow_table_knows_ages_only() {
        let entries = read(
            "NAMESPACE     LAST SEEN   TYPE      REASON                    OBJECT                          MESSAGE\n\
             default       4m          Normal    Starting                  node/node-1                     Starting kubelet.\n\
             shop          2m52s       Warning   Evicted                   pod/pg-1                        The node had condition: [DiskPressure].\n",
        );
        assert_eq!(entries.iter().map(|entry| entry.format).collect::<Vec<_>>(), ["event-table"; 3]);
        assert_eq!(shown(&entries[1], &["kind", "name", "namespace", "reason", "type"]), ["Node", "node-1", "", "Starting", "Normal"]);
        assert_eq!(shown(&entries[2], &["kind", "name", "namespace", "reason", "type"]), ["Pod", "pg-1", "shop", "Evicted", "Warning"]);
        assert_eq!((entries[2].message.as_str(), entries[2].time.as_str()), ("The node had condition: [DiskPressure].", "Age 172s/1s"));
        assert_eq!(entries[1].time, "Age 240s/60s");
    }

    #[test]
    fn a_wide_table_knows_the_moment_by_the_name() {
        let entries = read(
            "LAST SEEN   TYPE      REASON      OBJECT        SUBOBJECT           SOURCE            MESSAGE                     FIRST SEEN   COUNT   NAME\n\
             4m          Normal    Starting    node/node-1                       kubelet, node-1   Starting kubelet.           4m           1       node-1.18e9bbe725e1b945\n\
             3m          Warning   Unhealthy   pod/pg-0      spec.containers{d}  kubelet, node-1   Readiness probe failed:     4m           7       pg-0.18e9bbe725e1b945\n",
        );
        assert_eq!(entries[1].time, "Zoned 2026-11-20T11:02:07.931000Z/0s");
        assert_eq!(
            shown(&entries[1], &["reporter", "host", "count", "first", "event_name"]),
            ["kubelet", "node-1", "1", "2026-11-20T11:02:07.931242Z", "node-1.18e9bbe725e1b945"]
        );
        assert_eq!(entries[2].time, "Zoned 2026-11-20T11:02:07.931242Z/120s");
        assert_eq!(shown(&entries[2], &["fieldpath", "count", "repeated_for"]), ["spec.containers{d}", "7", "60s"]);
    }

    #[test]
    fn old_layouts_name_the_object_or_the_event() {
        let old = read(
            "LASTSEEN   FIRSTSEEN   COUNT     NAME      KIND      SUBOBJECT                TYPE      REASON    SOURCE             MESSAGE\n\
             12s        3m          3         mysql-0   Pod       spec.containers{mysql}   Normal    Pulled    {kubelet node-1}   already present\n",
        );
        assert_eq!(
            shown(&old[1], &["kind", "name", "reporter", "host", "count", "repeated_for"]),
            ["Pod", "mysql-0", "kubelet", "node-1", "3", "168s"]
        );
        let newer = read(
            "LAST SEEN   FIRST SEEN   COUNT     NAME                       KIND      SUBOBJECT   TYPE      REASON    SOURCE              MESSAGE\n\
             1m          1m           1         mysql-0.18e9bbe725e1b945   Pod                   Normal    Killing   kubelet, node-1     gone\n",
        );
        assert_eq!(shown(&newer[1], &["name", "event_name", "reason"]), ["mysql-0", "mysql-0.18e9bbe725e1b945", "Killing"]);
    }

    #[test]
    fn messages_may_go_on_and_counts_stand_behind_ages() {
        let entries = read(
            "LAST SEEN               TYPE      REASON      OBJECT        MESSAGE\n\
             3m30s (x256 over 58m)   Warning   Unhealthy   Pod/pg-0      Liveness probe failed: first\n\
             second line\n\
             <unknown>               Normal    Pulled      Pod/pg-0      ok\n\
             \n\
             over\n",
        );
        assert_eq!(entries[1].message, "Liveness probe failed: first\nsecond line");
        assert_eq!((entries[1].time.as_str(), entries[2].time.as_str()), ("Age 210s/1s", "none"));
        assert_eq!(shown(&entries[1], &["count", "repeated_for"]), ["256", "3270s"]);
        assert_eq!(entries.iter().map(|entry| entry.format).collect::<Vec<_>>(), ["event-table", "event-table", "event-table", "text", "text"]);
    }

    #[test]
    fn a_row_without_header_is_known_by_its_shape() {
        assert!(EventTable.open(b"2m52s       Warning   Evicted     pod/pg-1   The node").is_some());
        assert!(EventTable.open(b"shop 2m52s Warning Evicted pod/pg-1 The node").is_some());
        for line in ["2m52s  Warning  x", "a  b  c  d  e", "it was a Normal day", "5s  Normal  Two Words  pod/a  m", "2020-01-02  03:04:05", "0"] {
            assert!(EventTable.open(line.as_bytes()).is_none(), "{line}");
        }
    }
}
