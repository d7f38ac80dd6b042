//! Loose rows: Events of a table that lost its header or its columns.
//!
//! In: one line. Out: its cells, if they can be nothing but an Event's. Must not know: headers, objects.
//!
//! Copied through a chat or a web page, a table keeps its words and loses its blanks. An Event's row is still told by its age and its type.

use super::age::Seen;
use super::event::{named_moment, severity};

/// A row of `kubectl describe`: type, reason, age, from, message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Described<'a> {
    /// `Normal` or `Warning`.
    pub(crate) kind: &'a str,
    /// The reason.
    pub(crate) reason: &'a str,
    /// The age as it stands there.
    pub(crate) age: &'a str,
    /// Who reports, and from where: `kubelet, node-1`.
    pub(crate) from: &'a str,
    /// The message.
    pub(crate) message: &'a str,
}

/// A row of `kubectl describe` up to 1.8: first seen, last seen, count, from, part of the object, type, reason, message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Former<'a> {
    /// The age of the first, as it stands there.
    pub(crate) first: &'a str,
    /// The age of the last.
    pub(crate) last: &'a str,
    /// How often.
    pub(crate) count: &'a str,
    /// Who reports, and from where: `{kubelet node-1}`, `kubelet, node-1`.
    pub(crate) from: &'a str,
    /// The part of the object; empty if none is meant.
    pub(crate) fieldpath: &'a str,
    /// `Normal` or `Warning`.
    pub(crate) kind: &'a str,
    /// The reason.
    pub(crate) reason: &'a str,
    /// The message.
    pub(crate) message: &'a str,
}

/// A row of `kubectl get events`: namespace, age, type, reason, object, and in wide tables more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed<'a> {
    /// The namespace, with `-A`.
    pub(crate) namespace: Option<&'a str>,
    /// The age as it stands there.
    pub(crate) age: &'a str,
    /// `Normal` or `Warning`.
    pub(crate) kind: &'a str,
    /// The reason.
    pub(crate) reason: &'a str,
    /// The object's kind.
    pub(crate) object_kind: &'a str,
    /// The object's name.
    pub(crate) object: &'a str,
    /// The part of the object.
    pub(crate) fieldpath: Option<&'a str>,
    /// Who reports, and from where.
    pub(crate) source: &'a str,
    /// The message.
    pub(crate) message: &'a str,
    /// How often, in a column of its own.
    pub(crate) count: Option<&'a str>,
    /// The Event's own name.
    pub(crate) event_name: Option<&'a str>,
}

/// Reads a row of a description.
pub(crate) fn described(line: &str) -> Option<Described<'_>> {
    if let Some(row) = ruled(line) {
        return Some(row);
    }
    let mut rest = line;
    let kind = word(&mut rest)?;
    severity(kind)?;
    let reason = word(&mut rest).filter(|reason| is_reason(reason))?;
    let age = age(&mut rest)?;
    let from = from(&mut rest)?;
    Some(Described { kind, reason, age, from, message: rest.trim() })
}

/// A row whose cells are ruled off: copied from a console's page as a table of Markdown.
fn ruled(line: &str) -> Option<Described<'_>> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = line.splitn(5, '|').map(str::trim);
    let (kind, reason, age, from, message) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    severity(kind)?;
    Seen::read(age)?;
    let message = message.strip_suffix('|').unwrap_or(message).trim_end();
    (is_reason(reason) && !from.is_empty() && !message.is_empty()).then_some(Described { kind, reason, age, from, message })
}

/// Reads a row of a description as it was up to 1.8.
pub(crate) fn described_formerly(line: &str) -> Option<Former<'_>> {
    let mut rest = line;
    let (first, last) = (word(&mut rest)?, word(&mut rest)?);
    Seen::read(first).and(Seen::read(last))?;
    let count = word(&mut rest).filter(|count| count.parse::<u32>().is_ok())?;
    let from = match rest.trim_start().strip_prefix('{') {
        Some(inside) => {
            let (from, after) = inside.split_once('}')?;
            rest = after;
            from
        }
        None => from(&mut rest)?,
    };
    let mut kind = word(&mut rest)?;
    let mut fieldpath = "";
    if kind.starts_with("spec.") {
        fieldpath = kind;
        kind = word(&mut rest)?;
    }
    severity(kind)?;
    let reason = word(&mut rest).filter(|reason| is_reason(reason))?;
    Some(Former { first, last, count, from, fieldpath, kind, reason, message: rest.trim() })
}

/// Reads a row of a list of Events.
pub(crate) fn listed(line: &str) -> Option<Listed<'_>> {
    let mut rest = line;
    let mut namespace = None;
    let age = if let Some(age) = age(&mut rest) {
        age
    } else {
        namespace = word(&mut rest);
        age(&mut rest)?
    };
    let kind = word(&mut rest)?;
    severity(kind)?;
    let reason = word(&mut rest).filter(|reason| is_reason(reason))?;
    let (object_kind, object) = named(&mut rest)?.split_once('/')?;
    let row = Listed { namespace, age, kind, reason, object_kind, object, message: rest.trim(), ..Listed::default() };
    Some(wide(row))
}

/// Reads a row of a list of Events as it was up to 1.8: last seen, first seen, count, name, kind, part of the object, type, reason, source, message.
/// The name is the Event's own since 1.7.
pub(crate) fn listed_formerly(line: &str) -> Option<Listed<'_>> {
    let mut rest = line;
    let mut last = word(&mut rest)?;
    let mut namespace = None;
    if Seen::read(last).is_none() {
        namespace = Some(last);
        last = word(&mut rest)?;
    }
    let first = word(&mut rest)?;
    Seen::read(last).and(Seen::read(first))?;
    let count = word(&mut rest).filter(|count| count.parse::<u32>().is_ok())?;
    let name = word(&mut rest)?;
    let object_kind = word(&mut rest).filter(|kind| is_reason(kind) && severity(kind).is_none())?;
    let mut kind = word(&mut rest)?;
    let mut fieldpath = None;
    if severity(kind).is_none() {
        fieldpath = Some(kind);
        kind = word(&mut rest)?;
    }
    severity(kind)?;
    let reason = word(&mut rest).filter(|reason| is_reason(reason))?;
    let source = match rest.trim_start().strip_prefix('{') {
        Some(inside) => {
            let (source, after) = inside.split_once('}')?;
            rest = after;
            source
        }
        None => from(&mut rest)?,
    };
    let event_name = Some(name).filter(|name| named_moment(name).is_some());
    let object = event_name.and_then(named_moment).map_or(name, |(object, _)| object);
    Some(Listed { namespace, age: last, kind, reason, object_kind, object, fieldpath, source, message: rest.trim(), count: Some(count), event_name })
}

/// The further columns of a wide table, if the row ends as only these do: with the name of the Event.
fn wide(row: Listed<'_>) -> Listed<'_> {
    let Some((before, event_name)) = row.message.rsplit_once([' ', '\t']).filter(|(_, name)| named_moment(name).is_some()) else { return row };
    let Some((before, count)) = before.trim_end().rsplit_once([' ', '\t']).filter(|(_, count)| count.parse::<u32>().is_ok()) else { return row };
    let Some((before, _)) = before.trim_end().rsplit_once([' ', '\t']).filter(|(_, first)| Seen::read(first).is_some()) else { return row };
    let mut rest = before.trim();
    let mut fieldpath = None;
    if rest.starts_with("spec.") {
        fieldpath = word(&mut rest);
    }
    let source = from(&mut rest).unwrap_or_default();
    Listed { fieldpath, source, message: rest.trim(), count: Some(count), event_name: Some(event_name), ..row }
}

fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let line = rest.trim_start();
    let end = line.find([' ', '\t']).unwrap_or(line.len());
    let (word, after) = line.split_at_checked(end)?;
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// A word in which somebody may have blotted out a part: `pod/web-<the id>`.
fn named<'a>(rest: &mut &'a str) -> Option<&'a str> {
    const MAX_BLOT: usize = 64;
    let line = rest.trim_start();
    let first = word(rest)?;
    if first.contains('<')
        && !first.contains('>')
        && let Some(end) = line.find('>').filter(|end| end.saturating_sub(first.len()) <= MAX_BLOT)
        && let Some((name, after)) = line.split_at_checked(end + 1)
    {
        *rest = after;
        return Some(name);
    }
    Some(first)
}

/// An age, with how often behind it; takes nothing if there is none.
fn age<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let line = rest.trim_start();
    let mut after = line;
    let last = word(&mut after)?;
    Seen::read(last)?;
    if after.trim_start().starts_with("(x")
        && let Some(end) = after.find(')')
        && let Some((_, behind)) = after.split_at_checked(end + 1)
    {
        let cell = line.strip_suffix(behind)?;
        if Seen::read(cell).is_some() {
            *rest = behind;
            return Some(cell);
        }
    }
    *rest = after;
    Some(last)
}

/// Who reports: one word, and the node behind a comma.
fn from<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let line = rest.trim_start();
    let first = word(rest)?;
    if first.ends_with(',') {
        word(rest)?;
    }
    line.strip_suffix(*rest)
}

fn is_reason(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_row_with_single_blanks() {
        let row = described("Warning BackOff 54m (x200 over 3h21m) kubelet, node-1 Back-off restarting failed container").unwrap();
        assert_eq!((row.kind, row.reason, row.age, row.from), ("Warning", "BackOff", "54m (x200 over 3h21m)", "kubelet, node-1"));
        assert_eq!(row.message, "Back-off restarting failed container");
        let row = described("    Normal\tPulled\t37s\tkubelet\tContainer image  \"a\"").unwrap();
        assert_eq!((row.age, row.from, row.message), ("37s", "kubelet", "Container image  \"a\""));
    }

    #[test]
    fn a_described_row_whose_cells_are_ruled_off() {
        let row = described("Warning | FailedScheduling | 21h13m | default-scheduler | 0/4 nodes are available: 4 Insufficient cpu.").unwrap();
        assert_eq!((row.kind, row.reason, row.age, row.from), ("Warning", "FailedScheduling", "21h13m", "default-scheduler"));
        assert_eq!(row.message, "0/4 nodes are available: 4 Insufficient cpu.");
        let row = described("| Warning | Failed | 5s (x3 over 9s) | kubelet, node-1 | Error: a | b |").unwrap();
        assert_eq!((row.age, row.from, row.message), ("5s (x3 over 9s)", "kubelet, node-1", "Error: a | b"));
        for line in ["| Warning | Failed | 5s | kubelet |", "| Warning | Failed | - | kubelet | x |", "| Warning | it failed | 5s | kubelet | x |"] {
            assert_eq!(described(line), None, "{line}");
        }
    }

    #[test]
    fn what_has_no_age_is_no_row() {
        for line in ["Warning  Failed to pull", "Normal shutdown", "Warning 1265 Data truncated", "Warning Failed 5 kubelet x", "", "Warning"] {
            assert_eq!(described(line), None, "{line}");
        }
        for line in ["5s Normal Two Words pod/a m", "a b c d e", "shop 5m Warning Failed no-object m", "5m 6m Warning Failed pod/a m"] {
            assert_eq!(listed(line), None, "{line}");
        }
    }

    #[test]
    fn a_described_row_of_old() {
        let row = described_formerly("  5m\t4m\t12\t{kubelet node-1}\tspec.containers{api}\tWarning Failed\tno space left").unwrap();
        assert_eq!((row.first, row.last, row.count, row.from, row.fieldpath), ("5m", "4m", "12", "kubelet node-1", "spec.containers{api}"));
        assert_eq!((row.kind, row.reason, row.message), ("Warning", "Failed", "no space left"));
        let row = described_formerly("5m 5m 1 kubelet, node-1 Normal Pulled x y").unwrap();
        assert_eq!((row.from, row.fieldpath, row.reason, row.message), ("kubelet, node-1", "", "Pulled", "x y"));
        let row = described_formerly("5m 5m 1 {default-scheduler } Normal Scheduled x").unwrap();
        assert_eq!((row.from, row.reason), ("default-scheduler ", "Scheduled"));
        for line in
            ["5m 5m x {kubelet a} Warning Failed m", "5m 1 {kubelet a} Warning Failed m", "5m 5m 1 {kubelet a Warning Failed m", "5m 5m 1 a b c d"]
        {
            assert_eq!(described_formerly(line), None, "{line}");
        }
    }

    #[test]
    fn a_listed_row_with_single_blanks() {
        let row = listed("shop 3m30s (x256 over 58m) Warning Unhealthy Pod/pg-0 Liveness probe failed: first").unwrap();
        assert_eq!((row.namespace, row.age, row.reason), (Some("shop"), "3m30s (x256 over 58m)", "Unhealthy"));
        assert_eq!((row.object_kind, row.object, row.message), ("Pod", "pg-0", "Liveness probe failed: first"));
    }

    #[test]
    fn a_name_may_be_blotted_out_in_part() {
        let row = listed("4m11s Warning Evicted pod/web-<id here>    The node was low on resource: memory.").unwrap();
        assert_eq!((row.object, row.message), ("web-<id here>", "The node was low on resource: memory."));
        let row = listed("4m11s Warning Failed pod/web-<id no end of it").unwrap();
        assert_eq!((row.object, row.message), ("web-<id", "no end of it"));
    }

    #[test]
    fn a_listed_row_of_old() {
        let row =
            listed_formerly("3m  4m  12  web-6-4c5nc  Pod  spec.containers{web}  Warning  BackOff  {kubelet node-1}  Back-off pulling").unwrap();
        assert_eq!(
            (row.age, row.count, row.object, row.object_kind, row.fieldpath),
            ("3m", Some("12"), "web-6-4c5nc", "Pod", Some("spec.containers{web}"))
        );
        assert_eq!((row.kind, row.reason, row.source, row.message), ("Warning", "BackOff", "kubelet node-1", "Back-off pulling"));
        let row = listed_formerly("shop 3m 4m 1 pg-0.18e9bbe725e1b945 Pod Normal Scheduled default-scheduler Successfully assigned").unwrap();
        assert_eq!((row.namespace, row.object, row.event_name), (Some("shop"), "pg-0", Some("pg-0.18e9bbe725e1b945")));
        for line in ["3m 4m x web Pod Normal Pulled kubelet m", "3m 1 web Pod Normal Pulled kubelet m", "3m 4m 1 web Normal Pulled kubelet m"] {
            assert_eq!(listed_formerly(line), None, "{line}");
        }
    }

    #[test]
    fn a_wide_row_ends_with_the_name_of_the_event() {
        let row = listed("3m   Warning   Unhealthy   pod/pg-0      spec.containers{d}  kubelet, node-1   Readiness probe failed:     4m           7       pg-0.18e9bbe725e1b945").unwrap();
        assert_eq!((row.fieldpath, row.source, row.message), (Some("spec.containers{d}"), "kubelet, node-1", "Readiness probe failed:"));
        assert_eq!((row.count, row.event_name), (Some("7"), Some("pg-0.18e9bbe725e1b945")));
    }
}
