//! Runs on: the node a pod ran on, as kubelets, Events and objects name it.
//!
//! In: signals about pods. Out: the node of a pod's log whose path does not tell it. Must not know: paths, causes.
//!
//! Collectors that ask the API for a pod's log (`kubectl logs`, must-gather, cluster-info dump) file it under the pod alone. A pod of a `StatefulSet`
//! that was replaced had its name on two nodes: its log is then given to neither unless the times leave one.

use std::collections::BTreeMap;

use super::witness::is_local;
use crate::component::Component;
use crate::signal::Signal;
use crate::source::Source;
use crate::time::{SECOND, Stamp};

/// A container writes before anybody says that it was started, and its node stamps by its own clock.
const SLACK_NS: i64 = 5 * SECOND;

/// One stay of a pod on a node, told by any number of records.
#[derive(Debug)]
struct Stay<'s> {
    node: &'s str,
    uid: Option<&'s str>,
    /// When it is first spoken of, where any record that does has a date.
    first: Option<Stamp>,
}

/// The stays of all pods, by namespace and name.
#[derive(Debug, Default)]
pub(super) struct Stays<'s> {
    of: BTreeMap<&'s str, Vec<Stay<'s>>>,
}

impl<'s> Stays<'s> {
    /// Gathers who is said to run where. `home` is the node that a log belongs to: its kubelet and its runtime speak of no other.
    pub(super) fn of(signals: &'s [Signal], home: impl Fn(&Signal) -> Option<&'s str>) -> Self {
        let mut stays = Self::default();
        for signal in signals.iter().filter(|signal| knows(signal)) {
            let at_home =
                || Some(signal).filter(|signal| signal.component.is_some_and(|own| own != Component::Event && is_local(own))).and_then(&home);
            let (Some(pod), Some(node)) = (signal.entity("pod"), signal.entity("node").or_else(at_home)) else { continue };
            let uid = signal.entity("uid");
            let told = stays.of.entry(pod).or_default();
            match told.iter_mut().find(|stay| stay.node == node && stay.uid == uid) {
                Some(stay) => {
                    let earlier = signal.stamp.filter(|stamp| stay.first.is_none_or(|first| stamp.ns < first.ns));
                    stay.first = earlier.or(stay.first);
                }
                None => told.push(Stay { node, uid, first: signal.stamp }),
            }
        }
        stays
    }

    /// The node of a pod's log.
    pub(super) fn node(&self, pod: &str, uid: Option<&str>, log: &Source) -> Option<&'s str> {
        let stays = self.of.get(pod)?;
        if let Some(uid) = uid
            && let Some(node) = only(stays.iter().filter(|stay| stay.uid == Some(uid)).map(|stay| stay.node))
        {
            return Some(node);
        }
        let (first, last) = (log.first?, log.last?);
        if let Some(node) = only(stays.iter().map(|stay| stay.node)) {
            // What is told of a pod only after its log ended may be told of another that took its name.
            let begun = stays.iter().any(|stay| stay.first.is_none_or(|told| told.earliest() <= last.latest().saturating_add(SLACK_NS)));
            return Some(node).filter(|_| begun);
        }
        // A record without a UID may speak of any life on its node.
        let has_uid = |node: &str| stays.iter().any(|stay| stay.node == node && stay.uid.is_some());
        let lives = stays.iter().filter(|stay| stay.uid.is_some() || !has_uid(stay.node));
        // A life without a date may be any.
        let mut in_turn: Vec<(i64, &str)> = lives.map(|life| Some((life.first?.earliest(), life.node))).collect::<Option<_>>()?;
        in_turn.sort_unstable();
        // It writes from when it was placed there, and another may have been placed elsewhere just then.
        let (before, after) = in_turn.split_at(in_turn.partition_point(|(told, _)| *told <= first.latest().saturating_add(SLACK_NS)));
        match (before.last(), after.first()) {
            (Some((_, node)), _) => {
                let at_once = before.iter().filter(|(told, _)| *told >= first.earliest().saturating_sub(SLACK_NS));
                Some(*node).filter(|node| at_once.map(|(_, other)| other).all(|other| other == node))
            }
            (None, Some((told, node))) => Some(*node).filter(|_| *told <= last.latest()),
            (None, None) => None,
        }
    }
}

/// Whether who speaks knows where a pod runs: its kubelet and runtime, in a log or by an Event, the scheduler, the pod itself as an object.
fn knows(signal: &Signal) -> bool {
    use Component::{Containerd, Crio, Event, KubeScheduler, Kubelet, Object};
    match signal.component {
        Some(Kubelet | Containerd | Crio | KubeScheduler | Object) => true,
        // The scheduler and the node controller tell where a pod is; who attaches volumes may name the node that has one.
        Some(Event) => match signal.told.as_deref().and_then(|told| told.host.as_deref()) {
            Some(host) => signal.entity("node") == Some(host),
            None => signal.entity("volume").is_none(),
        },
        _ => false,
    }
}

/// The one name that all are, if there is any.
fn only<'s>(mut names: impl Iterator<Item = &'s str>) -> Option<&'s str> {
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Citation;
    use crate::time::MINUTE;

    fn told(node: &str, uid: Option<&str>, at_ns: i64) -> Signal {
        let citation = Citation { source: 0, line: 1, offset: 0, text: "".into() };
        let mut signal = Signal { component: Some(Component::Kubelet), stamp: Some(Stamp::exact(at_ns)), ..Signal::about("shop/db-0", 0, citation) };
        signal.entities.push(("node", node.into()));
        signal.entities.extend(uid.map(|uid| ("uid", uid.into())));
        signal
    }

    fn log(first_ns: i64, last_ns: i64) -> Source {
        Source { first: Some(Stamp::exact(first_ns)), last: Some(Stamp::exact(last_ns)), ..Source::default() }
    }

    fn node(signals: &[Signal], first_ns: i64, last_ns: i64) -> Option<&str> {
        Stays::of(signals, |_| None).node("shop/db-0", None, &log(first_ns, last_ns))
    }

    #[test]
    fn a_pod_that_stayed_is_where_all_say_it_is() {
        let signals = [told("n1", Some("a"), MINUTE), told("n1", None, 2 * MINUTE)];
        assert_eq!(node(&signals, MINUTE, 3 * MINUTE), Some("n1"));
        // What is told of it later may be told of another of its name.
        assert_eq!(node(&signals, 0, MINUTE / 2), None);
        assert_eq!(Stays::of(&signals, |_| None).node("shop/db-1", None, &log(0, MINUTE)), None);
    }

    #[test]
    fn a_pod_that_moved_is_where_its_log_begins() {
        let signals = [told("n1", Some("a"), MINUTE), told("n2", Some("b"), 10 * MINUTE), told("n1", Some("a"), 11 * MINUTE)];
        assert_eq!(node(&signals, MINUTE, 12 * MINUTE), Some("n1"));
        assert_eq!(node(&signals, 10 * MINUTE, 12 * MINUTE), Some("n2"));
        // It came back under a new UID.
        let signals = [told("n1", Some("a"), MINUTE), told("n2", Some("b"), 10 * MINUTE), told("n1", Some("c"), 20 * MINUTE)];
        assert_eq!(node(&signals, 20 * MINUTE, 21 * MINUTE), Some("n1"));
        // Two at one moment: neither.
        let signals = [told("n1", Some("a"), MINUTE), told("n2", Some("b"), MINUTE + SECOND)];
        assert_eq!(node(&signals, MINUTE, 2 * MINUTE), None);
        assert_eq!(Stays::of(&signals, |_| None).node("shop/db-0", Some("b"), &log(MINUTE, 2 * MINUTE)), Some("n2"));
    }

    #[test]
    fn who_attaches_volumes_tells_no_place() {
        let mut attached = Signal { component: Some(Component::Event), ..told("n1", None, MINUTE) };
        attached.entities.push(("volume", "pv-1".into()));
        assert_eq!(node(&[attached], MINUTE, 2 * MINUTE), None);
    }
}
