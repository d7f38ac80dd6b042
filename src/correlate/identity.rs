//! Identities: whom a record speaks of, whatever names it uses.
//!
//! In: sources with their whereabouts, signals with their names, and which sources are copies. Out: items with canonical entities, and
//! witnesses. Must not know: spans, causes.
//!
//! What a log says about itself is filled in from where it lies: a mysqld's log belongs to its pod, node and instance; a kubelet's to its node. A controller
//! speaks about others, so nothing is filled in for it. Files whose path names neither node nor pod are tied to a known node or pod
//! whose name stands in the file's name.

use std::collections::{BTreeMap, BTreeSet};

use super::entity::{Entities, EntityId, Kind, kind, workload_of};
use super::item::{Item, What};
use super::witness::{Witness, is_local};
use crate::component::Component;
use crate::signal::{Signal, SourceId};
use crate::source::Source;
use crate::time::Stamp;

/// Kinds by name, looked up once.
#[derive(Clone, Copy, Debug)]
struct Kinds {
    node: Kind,
    pod: Kind,
    uid: Kind,
    container: Kind,
    workload: Kind,
    instance: Kind,
    source: Kind,
    address: Kind,
}

/// Where a source lies, with what its file name adds.
#[derive(Clone, Debug, Default)]
struct Place {
    node: Option<String>,
    pod: Option<String>,
    uid: Option<String>,
    container: Option<String>,
    instance: String,
}

/// All identities of an input.
#[derive(Debug)]
pub(super) struct Identities<'a> {
    sources: &'a [Source],
    entities: Entities,
    places: Vec<Place>,
    pod_of_uid: BTreeMap<String, String>,
    kinds: Kinds,
}

impl<'a> Identities<'a> {
    /// Learns all names.
    pub(super) fn new(sources: &'a [Source], signals: &[Signal], copies: &[(SourceId, SourceId)]) -> Self {
        let find = |name: &str| kind(name).expect("the kind is in ENTITY_KINDS");
        let kinds = Kinds {
            node: find("node"),
            pod: find("pod"),
            uid: find("uid"),
            container: find("container"),
            workload: find("workload"),
            instance: find("instance"),
            source: find("source"),
            address: find("address"),
        };
        let mut nodes: BTreeSet<&str> = sources.iter().filter_map(|source| source.at.node.as_deref()).collect();
        let mut pods: BTreeSet<&str> = sources.iter().filter_map(|source| source.at.pod.as_deref()).collect();
        let mut pod_of_uid: BTreeMap<String, String> = BTreeMap::new();
        for source in sources {
            if let (Some(uid), Some(pod)) = (&source.at.uid, &source.at.pod) {
                pod_of_uid.insert(uid.clone(), pod.clone());
            }
        }
        for signal in signals {
            nodes.extend(signal.entities.iter().filter(|(kind, _)| &**kind == "node").map(|(_, name)| &**name));
            pods.extend(signal.entities.iter().filter(|(kind, _)| &**kind == "pod").map(|(_, name)| &**name));
            if let (Some(uid), Some(pod)) = (signal.entity("uid"), signal.entity("pod")) {
                pod_of_uid.entry(uid.to_owned()).or_insert_with(|| pod.to_owned());
            }
        }
        let places = sources.iter().map(|source| place(source, &nodes, &pods)).collect();
        let mut identities = Self { sources, entities: Entities::default(), places, pod_of_uid, kinds };
        for signal in signals {
            identities.join_names(signal);
        }
        identities.join_unknown_namespaces(&pods);
        for (a, b) in copies {
            let (a, b) = (identities.instance(*a), identities.instance(*b));
            identities.entities.join(a, b);
        }
        identities
    }

    /// A pod whose namespace is not told (`?/mysql-0`) is the one pod of that name, if there is just one.
    fn join_unknown_namespaces(&mut self, pods: &BTreeSet<&str>) {
        for short in pods.iter().filter_map(|pod| pod.strip_prefix("?/")) {
            let mut named = pods.iter().filter(|pod| pod.split_once('/').is_some_and(|(namespace, name)| namespace != "?" && name == short));
            if let (Some(pod), None) = (named.next(), named.next()) {
                let (a, b) = (self.intern(self.kinds.pod, &format!("?/{short}")), self.intern(self.kinds.pod, pod));
                self.entities.join(a, b);
                if let (Some(a), Some(b)) = (workload_of(&format!("?/{short}")), workload_of(pod)) {
                    let (a, b) = (self.intern(self.kinds.workload, &a), self.intern(self.kinds.workload, &b));
                    self.entities.join(a, b);
                }
            }
        }
    }

    fn join_names(&mut self, signal: &Signal) {
        for group in &signal.same {
            let ids: Vec<EntityId> =
                group.iter().filter_map(|(name, value)| Some((kind(name)?, value))).map(|(kind, value)| self.intern(kind, value)).collect();
            for pair in ids.windows(2) {
                self.entities.join(pair[0], pair[1]);
            }
        }
    }

    /// A node's address may be given wherever a node is meant, so both kinds share one space of names.
    fn intern(&mut self, kind: Kind, name: &str) -> EntityId {
        let id = self.entities.intern(kind, name);
        if kind == self.kinds.node {
            let short = name.split_once('.').map_or(name, |(short, _)| short);
            if short != name && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b':') {
                let short = self.entities.intern(kind, short);
                self.entities.join(id, short);
            }
            let address = self.entities.intern(self.kinds.address, name);
            self.entities.join(id, address);
        }
        self.entities.canonical(id)
    }

    fn instance(&mut self, source: SourceId) -> EntityId {
        let name = self.places.get(source as usize).map_or_else(String::new, |place| place.instance.clone());
        self.entities.intern(self.kinds.instance, &name)
    }

    /// The item of a signal.
    pub(super) fn item(&mut self, signal: &Signal, stamp: Stamp) -> Item {
        let source = signal.citation.source;
        let mut named: Vec<(Kind, String)> = signal.entities.iter().filter_map(|(name, value)| Some((kind(name)?, value.to_string()))).collect();
        let place = self.places.get(source as usize).cloned().unwrap_or_default();
        let component = signal.component.or_else(|| self.sources.get(source as usize).and_then(|source| source.at.component));
        let kinds = self.kinds;
        let has = |named: &[(Kind, String)], kind: Kind| named.iter().any(|(known, _)| *known == kind);
        let speaks_for_itself = component.is_some_and(|component| {
            !matches!(
                component,
                Component::Kubelet
                    | Component::Containerd
                    | Component::Crio
                    | Component::Dockerd
                    | Component::KubeProxy
                    | Component::Systemd
                    | Component::Kernel
            ) && is_local(component)
        });
        if component.is_some_and(is_local) && !has(&named, kinds.node) {
            named.extend(place.node.map(|node| (kinds.node, node)));
        }
        if speaks_for_itself {
            for (kind, name) in [(kinds.pod, place.pod), (kinds.uid, place.uid), (kinds.container, place.container)] {
                if !has(&named, kind) {
                    named.extend(name.map(|name| (kind, name)));
                }
            }
            named.retain(|(kind, _)| *kind != kinds.instance);
            named.push((kinds.instance, place.instance));
        }
        if !has(&named, kinds.pod)
            && let Some(pod) = named.iter().find(|(kind, _)| *kind == kinds.uid).and_then(|(_, uid)| self.pod_of_uid.get(uid))
        {
            named.push((kinds.pod, pod.clone()));
        }
        if !has(&named, kinds.workload) {
            let workloads: BTreeSet<String> = named.iter().filter(|(kind, _)| *kind == kinds.pod).filter_map(|(_, pod)| workload_of(pod)).collect();
            named.extend(workloads.into_iter().map(|name| (kinds.workload, name)));
        }
        if let Some(source) = self.sources.get(source as usize) {
            named.push((kinds.source, source.path.clone()));
        }
        let mut entities: Vec<(Kind, EntityId, Box<str>)> = Vec::with_capacity(named.len());
        for (kind, name) in named {
            let id = self.intern(kind, &name);
            if !entities.iter().any(|(known, other, _)| (*known, *other) == (kind, id)) {
                entities.push((kind, id, name.into()));
            }
        }
        Item {
            what: What::Signal(signal.id),
            start: stamp.moved(-signal.lasted_ns),
            end: stamp,
            end_seen: true,
            source,
            entities,
            attributes: signal.attributes.clone(),
            citations: vec![(signal.citation.clone(), stamp)],
            verdict: None,
        }
    }

    /// Every source with the entities it belongs to.
    pub(super) fn witnesses(&mut self) -> Vec<Witness<'a>> {
        let mut witnesses = Vec::with_capacity(self.sources.len());
        for (index, source) in self.sources.iter().enumerate() {
            let place = self.places[index].clone();
            let kinds = self.kinds;
            let workload = place.pod.as_deref().and_then(workload_of);
            let parts = [
                (kinds.node, place.node),
                (kinds.pod, place.pod),
                (kinds.uid, place.uid),
                (kinds.container, place.container),
                (kinds.workload, workload),
                (kinds.instance, Some(place.instance)),
                (kinds.source, Some(source.path.clone())),
            ];
            let mut entities = Vec::new();
            for (kind, name) in parts {
                if let Some(name) = name {
                    let id = self.intern(kind, &name);
                    entities.push((kind, id, name.into()));
                }
            }
            witnesses.push(Witness { source, component: source.at.component, entities });
        }
        witnesses
    }
}

/// Where a source lies. A path that names neither node nor pod is looked through for names that are known.
fn place(source: &Source, nodes: &BTreeSet<&str>, pods: &BTreeSet<&str>) -> Place {
    let at = &source.at;
    let mut place =
        Place { node: at.node.clone(), pod: at.pod.clone(), uid: at.uid.clone(), container: at.container.clone(), instance: String::new() };
    let name = source.path.rsplit('/').next().unwrap_or(&source.path);
    // A description of a node (`describe-node_node-1.txt`) is named after it and no word of it.
    let speaks_for_itself = at.component.is_some_and(is_local);
    if speaks_for_itself && place.node.is_none() {
        place.node = longest_in(name, nodes.iter().map(|node| (*node, *node)));
    }
    if speaks_for_itself && place.pod.is_none() && !matches!(at.component, Some(Component::Kubelet | Component::Containerd | Component::Kernel)) {
        place.pod = longest_in(name, pods.iter().map(|pod| (*pod, pod.rsplit_once('/').map_or(*pod, |(_, short)| short))));
    }
    place.instance = match (&place.uid, &place.pod, &place.node) {
        (Some(uid), Some(pod), _) => format!("{pod} ({uid})"),
        (_, Some(pod), Some(node)) => format!("{pod} on {node}"),
        _ => source.path.clone(),
    };
    place
}

/// The longest of the names that stands in a file's name between other characters than letters and digits.
fn longest_in<'n>(file: &str, names: impl Iterator<Item = (&'n str, &'n str)>) -> Option<String> {
    let fits = |name: &str| {
        name.len() >= 3
            && file.match_indices(name).any(|(at, _)| {
                let before = file.as_bytes().get(at.wrapping_sub(1)).copied();
                let after = file.as_bytes().get(at + name.len()).copied();
                before.is_none_or(|byte| !byte.is_ascii_alphanumeric()) && after.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            })
    };
    names.filter(|(_, short)| fits(short)).max_by_key(|(full, short)| (short.len(), std::cmp::Reverse(*full))).map(|(full, _)| full.to_owned())
}
