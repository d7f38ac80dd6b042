//! Event: what a Kubernetes Event says, in one form for all its prints.
//!
//! In: the leaves of an Event object (core/v1, events.k8s.io/v1, or a Go program's field names), or the parts that a table states. Out: its body
//! and its head. Must not know: notations, tables.
//!
//! Defined by k8s.io/api `core/v1/types.go` and `events/v1/types.go`, and by client-go `tools/record/event.go` for names of Events.

use std::borrow::Cow;

use super::kinds;
use super::leaves::{Leaves, inner};
use crate::component::Component;
use crate::decode::{Body, Head, stamp};
use crate::severity::Severity;
use crate::time::{RawTime, SECOND, Shape};

type Text<'a> = Option<Cow<'a, str>>;

/// The parts of an Event; what is not known is `None`.
#[expect(clippy::struct_field_names, reason = "the Event's own name, which is not the name of its object")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    /// Free text.
    pub(crate) message: Cow<'a, str>,
    /// `Evicted`, `NodeNotReady`, …
    pub(crate) reason: Text<'a>,
    /// `Normal` or `Warning`.
    pub(crate) severity: Text<'a>,
    /// Kind of the object, in any case.
    pub(crate) kind: Text<'a>,
    /// Namespace of the object.
    pub(crate) namespace: Text<'a>,
    /// Name of the object.
    pub(crate) name: Text<'a>,
    /// UID of the object.
    pub(crate) uid: Text<'a>,
    /// Part of the object: `spec.containers{mysql}`.
    pub(crate) fieldpath: Text<'a>,
    /// Component that reports.
    pub(crate) reporter: Text<'a>,
    /// Node it reports from.
    pub(crate) host: Text<'a>,
    /// How often.
    pub(crate) count: Text<'a>,
    /// First time, RFC 3339.
    pub(crate) first: Text<'a>,
    /// Last time, RFC 3339.
    pub(crate) last: Text<'a>,
    /// When the API server took it in, RFC 3339.
    pub(crate) created: Text<'a>,
    /// Seconds from first to last.
    pub(crate) repeated_for_s: Option<i64>,
    /// Name of the Event itself.
    pub(crate) event_name: Text<'a>,
}

/// What client-go's `tools/record/events_cache.go` puts before the message where an object's Events of one reason have become many.
const COMBINED: &str = "(combined from similar events): ";

const LAST: [&str; 4] = ["series.lastObservedTime", "lastTimestamp", "deprecatedLastTimestamp", "eventTime"];
const FIRST: [&str; 3] = ["firstTimestamp", "deprecatedFirstTimestamp", "eventTime"];

impl<'a> Event<'a> {
    /// Reads the leaves of an Event.
    pub(crate) fn read(leaves: &Leaves<'a>) -> Self {
        let first = leaves.first(&FIRST);
        let last = leaves.first(&LAST).or_else(|| first.clone());
        let span = first.as_deref().and_then(zoned).zip(last.as_deref().and_then(zoned));
        let reporter = leaves.first(&["source.component", "deprecatedSource.component", "reportingComponent", "reportingController"]);
        let instance = leaves.get("reportingInstance").filter(|_| reporter.as_deref() == Some("kubelet"));
        Self {
            message: leaves.first(&["message", "note"]).unwrap_or_default(),
            reason: leaves.get("reason"),
            severity: leaves.get("type"),
            kind: leaves.first(&["involvedObject.kind", "regarding.kind"]),
            namespace: leaves.first(&["involvedObject.namespace", "regarding.namespace", "metadata.namespace", "namespace"]),
            name: leaves.first(&["involvedObject.name", "regarding.name"]),
            uid: leaves.first(&["involvedObject.uid", "regarding.uid"]),
            fieldpath: leaves.first(&["involvedObject.fieldPath", "regarding.fieldPath"]),
            reporter,
            host: leaves.first(&["source.host", "deprecatedSource.host"]).or(instance),
            count: leaves.first(&["series.count", "count", "deprecatedCount"]).filter(|count| count != "0"),
            repeated_for_s: span.map(|(first, last)| last.ns.saturating_sub(first.ns).max(0) / SECOND),
            first,
            last,
            created: leaves.first(&["metadata.creationTimestamp", "creationTimestamp"]),
            event_name: leaves.first(&["metadata.name", "name"]),
        }
    }

    /// The body, its fields in a fixed order.
    pub(crate) fn body(self) -> Body<'a> {
        let kind = self.kind.as_deref().map(kinds::kind);
        let scoped = kind.as_deref().is_some_and(kinds::cluster_scoped);
        let often = self.count.as_deref().and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 1);
        // A table printed for one namespace does not name it: the object still has one.
        let unnamed = || (kind.is_some() && self.name.is_some()).then_some(Cow::Borrowed(kinds::UNKNOWN_NAMESPACE));
        let namespace = self.namespace.or_else(unnamed).filter(|_| !scoped);
        let mut message = self.message;
        let mut fieldpath = self.fieldpath;
        if let Some((path, rest)) = prefixed(&message) {
            // kubectl describe prints the field path before the message since 1.35.
            let (path, rest) = (path.to_owned(), rest.to_owned());
            fieldpath = fieldpath.or(Some(Cow::Owned(path)));
            message = Cow::Owned(rest);
        }
        let combined = message.strip_prefix(COMBINED).map(str::to_owned);
        let is_combined = combined.is_some();
        if let Some(rest) = combined {
            message = Cow::Owned(rest);
        }
        let mut body = Body { message: trimmed(message), component: Some(Component::Event), ..Body::default() };
        let fields = [
            ("reason", self.reason),
            ("type", self.severity),
            ("kind", kind.map(Cow::Owned)),
            ("namespace", namespace),
            ("name", self.name),
            ("uid", self.uid),
            ("fieldpath", fieldpath),
            ("reporter", self.reporter),
            ("host", self.host),
            ("count", self.count),
            ("combined", is_combined.then_some(Cow::Borrowed("true"))),
            ("first", self.first),
            ("last", self.last),
            ("created", self.created),
            ("repeated_for", self.repeated_for_s.filter(|_| often).map(|seconds| Cow::Owned(format!("{seconds}s")))),
            ("event_name", self.event_name),
        ];
        for (name, value) in fields {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                body.push(name, value);
            }
        }
        body
    }
}

/// Whether the leaves are those of an Event; `listed` is the kind that the list around them holds. Audit records are of kind Event too, but say
/// nothing about an object.
pub(crate) fn is_event(leaves: &Leaves<'_>, listed: Option<&str>) -> bool {
    if leaves.get("auditID").is_some() {
        return false;
    }
    leaves.under("involvedObject.")
        || leaves.under("regarding.")
        || leaves.get("kind").as_deref().or(listed) == Some("Event")
        || (leaves.get("reason").is_some() && leaves.get("message").is_some() && leaves.get("lastTimestamp").is_some())
}

/// What the scalars of an object tell about its time and severity, without keeping them.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadReader {
    time: Option<(u8, RawTime)>,
    severity: Option<Severity>,
    event: bool,
    renewed: Option<RawTime>,
}

impl HeadReader {
    /// Takes a scalar; its value is asked for where it tells something.
    pub(crate) fn see<'v>(&mut self, path: &str, value: impl FnOnce() -> Cow<'v, str>) {
        let path = inner(path);
        let rank = match path {
            "series.lastObservedTime" => 0,
            "lastTimestamp" | "deprecatedLastTimestamp" => 1,
            "eventTime" => 2,
            "firstTimestamp" | "deprecatedFirstTimestamp" => 3,
            "metadata.creationTimestamp" | "creationTimestamp" => 4,
            "type" => {
                // A watch has a type of its own (`ADDED`), before or behind the Event.
                self.severity = severity(&value()).or(self.severity);
                return;
            }
            "spec.renewTime" => {
                self.renewed = zoned(&value());
                return;
            }
            "involvedObject.kind" | "involvedObject.name" | "regarding.kind" | "regarding.name" => {
                self.event = true;
                return;
            }
            _ => return,
        };
        self.event |= rank < 4;
        if let Some(time) = zoned(&value())
            && self.time.is_none_or(|(known, _)| rank < known)
        {
            self.time = Some((rank, time));
        }
    }

    /// The head: that of an Event, or the time a lease was last renewed. Other objects state no time of their own: when they were created is not when
    /// they were so.
    pub(crate) fn head(self) -> Head {
        if self.event {
            return Head { time: self.time.map(|(_, time)| time), severity: self.severity };
        }
        Head { time: self.renewed, severity: None }
    }
}

/// Severity of an Event's type.
pub(crate) fn severity(kind: &str) -> Option<Severity> {
    match kind {
        "Warning" => Some(Severity::WARN),
        "Normal" => Some(Severity::INFO),
        _ => None,
    }
}

/// The first moment of the thing an Event tells, from the Event's own name: `<object>.<nanoseconds since 1970 in hex>`, as client-go names Events.
pub(crate) fn named_moment(event_name: &str) -> Option<(&str, i64)> {
    let (object, moment) = event_name.rsplit_once('.')?;
    if object.is_empty() || moment.len() != 16 || !moment.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    // From 2014, when Kubernetes began, to 2041: other sixteen hex digits are no moment.
    let ns = i64::from_str_radix(moment, 16).ok().filter(|ns| (0x1340_0000_0000_0000..0x1f00_0000_0000_0000).contains(ns))?;
    Some((object, ns))
}

fn zoned(text: &str) -> Option<RawTime> {
    stamp::iso(text.as_bytes()).map(|(time, _)| time).filter(|time| time.shape == Shape::Zoned)
}

/// `spec.containers{mysql}: rest`.
fn prefixed(message: &str) -> Option<(&str, &str)> {
    let inside = message.strip_prefix("spec.")?;
    let (word, after) = inside.split_once('{')?;
    let (_, rest) = after.split_once("}: ")?;
    let path = message.strip_suffix(rest)?.strip_suffix(": ")?;
    (word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !path.contains(' ')).then_some((path, rest))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    #[test]
    fn names_of_events_hold_their_first_moment() {
        let (object, ns) = named_moment("node-1.18e9bbe725e1b945").unwrap();
        assert_eq!((object, Stamp::exact(ns).to_string().as_str()), ("node-1", "2026-11-20T11:02:07.931242Z"));
        assert_eq!(named_moment("mysql-0.4f0ba7c1d0e2a3b4"), None);
        assert_eq!(named_moment("mysql-0"), None);
    }

    #[test]
    fn a_field_path_before_the_message_is_taken_off() {
        let event = Event { message: "spec.containers{db}: Back-off restarting: x ".into(), ..Event::default() };
        let body = event.body();
        assert_eq!((&*body.message, body.field("fieldpath")), ("Back-off restarting: x", Some("spec.containers{db}")));
        assert_eq!(prefixed("spec.containers is {odd}: x"), None);
    }

    #[test]
    fn what_many_similar_events_have_in_common_is_said_like_by_one() {
        let of = |message: &'static str| Event { message: message.into(), ..Event::default() }.body();
        let body = of("(combined from similar events): Failed to create pod sandbox: x");
        assert_eq!((&*body.message, body.field("combined")), ("Failed to create pod sandbox: x", Some("true")));
        let path = of("spec.containers{db}: (combined from similar events): Back-off restarting: x");
        assert_eq!((&*path.message, path.field("fieldpath")), ("Back-off restarting: x", Some("spec.containers{db}")));
        assert_eq!(of("(combined): x").field("combined"), None);
    }

    #[test]
    fn the_best_time_counts_whatever_the_order() {
        let mut head = HeadReader::default();
        for (path, value) in [
            ("metadata.creationTimestamp", "2026-11-20T09:00:04Z"),
            ("involvedObject.kind", "Pod"),
            ("series.lastObservedTime", "2026-11-20T09:00:00.5Z"),
            ("eventTime", "2026-11-20T09:00:02Z"),
            ("lastTimestamp", "nonsense"),
        ] {
            head.see(path, || value.into());
        }
        assert_eq!(head.head().time.map(|time| Stamp::exact(time.ns).to_string()).as_deref(), Some("2026-11-20T09:00:00.500000Z"));
        let mut pod = HeadReader::default();
        pod.see("metadata.creationTimestamp", || "2026-11-20T09:00:04Z".into());
        assert_eq!(pod.head(), Head::default());
    }
}
