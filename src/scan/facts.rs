//! Facts: what the signals of a source state that other sources may state too.
//!
//! In: signals. Out: [`Facts`] for the clocks. Must not know: clocks.
//!
//! Latencies were had from staged clusters whose machines kept one clock: containerd and kubelet tell of a container within 1.2 s of each other (620
//! pairs), the API server takes in an Event within 1 s of its first time (1600 Events, seconds both), members of a database group print a new view
//! within 20 ms (84 pairs).

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::heartbeat;
use crate::clock::{Facts, Latency, Mark, heartbeat_of};
use crate::component::Component;
use crate::pattern::Pack;
use crate::signal::Signal;
use crate::source::Whereabouts;
use crate::time::{RawTime, SECOND, Shape};

/// The teller for the API server's own stamps on Events.
const API_SERVER: &str = "the API server";

/// Attributes and entities that name a thing which happens once: with the signal they are a fact that does not come again.
const IDS: &[&str] = &["container", "view"];

/// Whom a signal is about, most exact first.
const SUBJECTS: &[&str] = &["pod", "node", "member", "lease"];

/// Signals that tell of one moment in the life of a pod, each in its own words, and how late.
const MOMENTS: &[(&str, &str, Latency)] =
    &[("pod.container-started", "started", Latency::ALIKE), ("mysqld.start", "started", Latency { least: -SECOND, most: 20 * SECOND })];

/// What cannot come before what, of one pod: the cause, its effect, and a name for the pair. Pods that may live twice are told apart by their UID.
const CAUSES: &[(&str, &str, &str)] = &[
    ("pod.scheduled", "pod.container-started", "scheduled, then started"),
    ("pod.scheduled", "pod.volume-mounted", "scheduled, then mounted"),
    ("pod.created-by-controller", "pod.scheduled", "created, then scheduled"),
    ("pod.created-by-controller", "pod.container-started", "created, then started"),
];

const AT_ONCE: Latency = Latency { least: -SECOND / 5, most: SECOND / 5 };
const WITHIN_SECONDS: Latency = Latency { least: -SECOND / 5, most: 3 * SECOND / 2 };
const VIEW: Latency = Latency { least: -SECOND / 20, most: SECOND / 20 };
const TAKEN_IN: Latency = Latency { least: 0, most: 3 * SECOND / 2 };

/// The facts of a source.
pub(super) fn facts(index: usize, signals: &[Signal], at: &Whereabouts, pack: &Pack) -> Facts {
    let mut facts = Facts::of(at.node.as_deref());
    let heartbeats = pack.signal_id(heartbeat::SIGNAL);
    let mut quoted: BTreeSet<u64> = BTreeSet::new();
    for (place, signal) in signals.iter().enumerate() {
        let Some(time) = signal.raw_time else { continue };
        let mark = |fact: u64, time: RawTime, latency: Latency| Mark {
            fact,
            unique: false,
            time,
            latency,
            writer: 0,
            life: 0,
            offset: signal.citation.offset,
            place: u32::try_from(place).unwrap_or(u32::MAX),
        };
        let told = signal.told.as_deref();
        let teller = told.and_then(|told| told.host.as_deref()).unwrap_or_default();
        let times = [told.and_then(|told| told.first).filter(|first| *first != time), Some(time)];
        for time in times.into_iter().flatten() {
            // A server speaks of itself whatever it says: the same words in two of its logs are two moments.
            let others = !matches!(signal.component, Some(Component::Mysqld | Component::Container | Component::Etcd | Component::Redis));
            if let Some(subject) = SUBJECTS.iter().filter(|_| others).find_map(|kind| Some((*kind, signal.entity(kind)?))) {
                let fact = mark(number(&(signal.id, subject)), time, Latency::ALIKE);
                let life = if subject.0 == "pod" { signal.entity("uid").map_or(0, |uid| number(&uid)) } else { 0 };
                facts.note(teller, Mark { unique: subject.0 == "pod" && is_generated(subject.1), writer: writer(signal, at), life, ..fact });
            }
            for (_, name, latency) in MOMENTS.iter().filter(|(id, ..)| pack.signal(signal.id).is_some_and(|signal| signal.definition.id == *id)) {
                if let Some(pod) = signal.entity("pod") {
                    facts.note(teller, mark(number(&(name, pod)), time, *latency));
                }
            }
        }
        let connection = signal.attribute("connection").filter(|_| signal.component == Some(Component::Mysqld));
        if let Some(connection) = connection {
            // Two servers may count to the same number: who connected makes it one of few.
            let whom = (signal.attribute("db"), signal.attribute("user"), signal.attribute("host"));
            facts.note(teller, mark(number(&(signal.id, connection, whom)), time, AT_ONCE));
        }
        if heartbeats == Some(signal.id)
            && let Some(heartbeat) = heartbeat::quoted(signal)
        {
            let fact = number(&("heartbeat", heartbeat.node, heartbeat.sent.ns));
            // The controller says so again every five seconds.
            if quoted.insert(fact) {
                facts.note(&heartbeat_of(heartbeat.node), Mark { unique: true, ..mark(fact, heartbeat.sent, AT_ONCE) });
                facts.note(teller, Mark { unique: true, ..mark(fact, heartbeat.seen, heartbeat.latency) });
            }
        }
        causes(signal, pack, |fact, latency| facts.note(teller, mark(fact, time, latency)));
        for kind in IDS {
            if let Some(id) = signal.entity(kind).or_else(|| signal.attribute(kind)) {
                let latency = match (*kind, signal.component) {
                    ("view", _) => VIEW,
                    (_, Some(Component::Kubelet)) => WITHIN_SECONDS,
                    _ => AT_ONCE,
                };
                facts.note(teller, Mark { unique: true, ..mark(number(&(signal.id, kind, id)), time, latency) });
            }
        }
        if let Some((created, first)) = told.and_then(|told| Some((told.created?, told.first?))) {
            // The Event itself is the fact: nobody else has it, but two clocks stamped it.
            let fact = number(&(API_SERVER, index, signal.citation.offset));
            facts.note(teller, Mark { unique: true, ..mark(fact, first, AT_ONCE) });
            facts.note(API_SERVER, Mark { unique: true, ..mark(fact, created, TAKEN_IN) });
        }
    }
    facts
}

/// Notes what a signal is the cause or an effect of.
fn causes(signal: &Signal, pack: &Pack, mut note: impl FnMut(u64, Latency)) {
    let Some(id) = pack.signal(signal.id).map(|signal| signal.definition.id.as_str()) else { return };
    // An age says when its table was printed, not what came first.
    if signal.raw_time.is_none_or(|time| time.shape == Shape::Age) || !CAUSES.iter().any(|(cause, effect, _)| *cause == id || *effect == id) {
        return;
    }
    let pod = signal.entity("pod").filter(|pod| is_generated(pod));
    for life in [pod, signal.entity("uid")].into_iter().flatten() {
        for (cause, effect, name) in CAUSES {
            if *cause == id {
                note(number(&(name, life)), AT_ONCE);
            } else if *effect == id {
                note(number(&(name, life)), Latency::AFTER);
            }
        }
    }
}

/// Whether a pod's name was made up for it: a pod that follows it has another.
///
/// # Source
///
/// apimachinery `util/rand/rand.go`: `SafeEncodeString` over `bcdfghjklmnpqrstvwxz2456789`, five letters behind the last hyphen.
fn is_generated(pod: &str) -> bool {
    pod.rsplit_once('-').is_some_and(|(_, end)| end.len() == 5 && end.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)))
}

/// The program that wrote a record, where its log and its Events can be told to be of one: the kubelet of a node, or the control plane.
fn writer(signal: &Signal, at: &Whereabouts) -> u64 {
    let host = signal.told.as_deref().and_then(|told| told.host.as_deref());
    // A log may hold Events that its own program has sent.
    let component =
        at.component.filter(|component| signal.component == Some(Component::Event) && *component != Component::Event).or(signal.component);
    match component {
        // What the kubelet learns from the runtime it prints when it asks, not when it acts.
        Some(Component::Kubelet) if signal.entity("container").is_none() => at.node.as_deref().map_or(0, |node| number(&("kubelet", node))),
        Some(Component::Event) => host.map_or_else(|| number(&("control plane", "")), |node| number(&("kubelet", node))),
        Some(Component::KubeControllerManager | Component::KubeScheduler) => number(&("control plane", "")),
        _ => 0,
    }
}

/// Fixed keys: the same number for the same fact in every run.
fn number(fact: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    fact.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signals_named_here_exist() {
        let (pack, _) = Pack::load(&[]).unwrap();
        let ids = MOMENTS.iter().map(|(id, ..)| id).chain(CAUSES.iter().flat_map(|(cause, effect, _)| [cause, effect]));
        for id in ids {
            assert!(pack.signals().iter().any(|signal| signal.definition.id == *id), "{id}");
        }
    }
}
