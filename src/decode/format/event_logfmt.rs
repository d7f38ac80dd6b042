//! Events as the agents of Loki write them: one line of `key=value` pairs.
//!
//! In: `name=… kind=… reason=… msg=…`. Out: an Event. Must not know: the stamp and the labels that a log store puts around it. Where an export keeps those
//! as members, [`exported`](crate::decode::exported) reads the whole.

use super::kubernetes::event::Event;
use crate::decode::{Body, Entry, Format, Next, Opening, lossy, pairs};
use crate::severity::Severity;

/// Lines of Alloy and of the Grafana Agent.
#[derive(Debug)]
pub struct EventLogfmt;

impl Format for EventLogfmt {
    fn name(&self) -> &'static str {
        "event-logfmt"
    }

    fn title(&self) -> &'static str {
        "Events written by Grafana's agents"
    }

    fn about(&self) -> &'static str {
        "What loki.source.kubernetes_events of Alloy and the eventhandler of the Grafana Agent write of an Event. The time and the namespace are not in the \
         line: the log store keeps them beside it."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["grafana/alloy internal/component/loki/source/kubernetes_events/event_controller.go v1.0 to v1.11"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            r#"name=pg-0 kind=Pod objectAPIversion=v1 objectRV=7 eventRV=9 reportingcontroller=kubelet sourcecomponent=kubelet sourcehost=node-1 reason=BackOff type=Warning count=3 msg="Back-off restarting failed container""#,
            "Back-off restarting failed container",
        )]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        // In this order, whatever stands between them.
        let behind = |rest: &'_ [u8], key: &[u8]| memchr::memmem::find(rest, key).map(|at| at + key.len());
        let rest = line.strip_prefix(b"name=")?;
        let rest = rest.get(behind(rest, b" kind=")?..)?;
        let rest = rest.get(behind(rest, b" reason=")?..)?;
        let rest = rest.get(behind(rest, b" type=")?..)?;
        let severity = Severity::from_label(&rest[..behind(rest, b" ")? - 1])?;
        behind(rest, b" msg=")?;
        Some(Opening::new(None, Some(severity)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let mut event = Event::default();
        for (key, value) in pairs::pairs(entry.text).into_iter().filter(|(_, value)| !value.is_empty()) {
            match &*key {
                "name" => event.name = Some(value),
                "kind" => event.kind = Some(value),
                "reason" => event.reason = Some(value),
                "type" => event.severity = Some(value),
                "count" => event.count = Some(value),
                "sourcehost" => event.host = Some(value),
                "sourcecomponent" => event.reporter = Some(value),
                "reportingcontroller" => event.reporter = event.reporter.or(Some(value)),
                "msg" => event.message = value,
                _ => {}
            }
        }
        if event.reason.is_none() { Body::message(lossy(entry.text)) } else { event.body() }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn a_pod_and_a_node() {
        let entries = read(
            "name=pg-0 kind=Pod action= objectAPIversion=v1 objectRV=1 eventRV=2 reportinginstance=node-1 reportingcontroller=kubelet sourcecomponent= sourcehost= reason=Started type=Normal msg=\"Started container\"\n\
             2026-11-20T09:30:27Z {job=\"x\", namespace=\"shop\"} name=node-1 kind=Node objectAPIversion=v1 reportingcontroller=node-controller sourcecomponent=node-controller sourcehost= reason=NodeNotReady type=Normal count=2 msg=\"Node node-1 status is now: NodeNotReady\"\n\
             name=x kind=y reason=z\n",
        );
        let names = ["kind", "namespace", "name", "reason", "reporter", "host", "count"];
        assert_eq!(shown(&entries[0], &names), ["Pod", "?", "pg-0", "Started", "kubelet", "", ""]);
        assert_eq!(entries[2].format, "text");
        assert_eq!(entries.len(), 3);
    }
}
