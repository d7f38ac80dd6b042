//! Identities: whom a record speaks of, whatever names it uses.
//!
//! In: sources with their whereabouts, signals with their names, and which sources are copies. Out: items with canonical entities, and
//! witnesses. Must not know: spans, causes.
//!
//! What a log says about itself is filled in from where it lies: a mysqld's log belongs to its pod, node and instance; a kubelet's to its node. A controller
//! speaks about others, so nothing is filled in for it. Files whose path names neither node nor pod are tied to a known node or pod
//! whose name stands in the file's name; a pod's log to the node that the pod is said to run on.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::entity::{Entities, EntityId, Kind, kind, workload_of};
use super::item::{Item, UNDATED, What};
use super::runs_on::Stays;
use super::witness::{Witness, is_local};
use crate::component::Component;
use crate::signal::{Signal, SourceId};
use crate::source::Source;
use crate::time::{Shape, Stamp};

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
    /// The pod that is meant where only the name is told, as `kubectl logs --prefix` does.
    pod_of_name: HashMap<String, String>,
    /// Sources in which several servers speak.
    shared: BTreeSet<SourceId>,
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
        let known = Known {
            nodes: nodes.iter().map(|node| (*node, *node)).collect(),
            // Of two pods of one name the first counts.
            pods: pods.iter().rev().map(|pod| (pod.rsplit_once('/').map_or(*pod, |(_, short)| short), *pod)).collect(),
            full: full_names(&pods),
        };
        let mut places: Vec<Place> = sources.iter().map(|source| place(source, &known)).collect();
        for (source, node) in own_nodes(sources, signals) {
            if let Some(place) = places.get_mut(source as usize).filter(|place| place.node.is_none()) {
                place.node = Some(node.to_owned());
            }
        }
        let lacks_node = |place: &Place| place.node.is_none() && place.pod.is_some();
        let homes: Vec<Option<String>> = places.iter().map(|place| place.node.clone()).collect();
        let told = if places.iter().any(lacks_node) { signals } else { &[] };
        let stays = Stays::of(told, |signal| homes.get(signal.citation.source as usize)?.as_deref());
        for (place, source) in places.iter_mut().zip(sources) {
            if let Some(pod) = place.pod.as_deref().filter(|_| lacks_node(place)) {
                place.node = stays.node(pod, place.uid.as_deref(), source).map(ToOwned::to_owned);
            }
            place.instance = instance(place, source);
        }
        let told = known.full.iter().filter_map(|(short, full)| Some(((*short).to_owned(), (*full)?.to_owned())));
        let pod_of_name = told.filter(|(short, _)| pods.contains(short.as_str())).collect();
        let mut identities =
            Self { sources, entities: Entities::default(), places, pod_of_uid, pod_of_name, shared: shared(sources, signals), kinds };
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
        let full = full_names(pods);
        for short in pods.iter().filter_map(|pod| pod.strip_prefix("?/")) {
            if let Some(pod) = full.get(short).copied().flatten() {
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

    fn intern(&mut self, kind: Kind, name: &str) -> EntityId {
        named(&mut self.entities, self.kinds, kind, name).0
    }

    fn instance(&mut self, source: SourceId) -> EntityId {
        let name = self.places.get(source as usize).map_or_else(String::new, |place| place.instance.clone());
        self.entities.intern(self.kinds.instance, &name)
    }

    /// The item of a signal.
    pub(super) fn item(&mut self, signal: Signal, stamp: Stamp) -> Item {
        let source = signal.citation.source;
        let kinds = self.kinds;
        let mut names: Vec<(Kind, Cow<'_, str>)> =
            signal.entities.iter().filter_map(|(name, value)| Some((kind(name)?, Cow::Borrowed(&**value)))).collect();
        for (_, name) in names.iter_mut().filter(|(kind, name)| *kind == kinds.pod && !name.contains('/')) {
            if let Some(full) = self.pod_of_name.get(&**name) {
                *name = full.as_str().into();
            }
        }
        let at = self.sources.get(source as usize);
        let component = signal.component.or_else(|| at.and_then(|source| source.at.component));
        let has = |names: &[(Kind, Cow<'_, str>)], kind: Kind| names.iter().any(|(known, _)| *known == kind);
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
        if let Some(place) = self.places.get(source as usize) {
            if component.is_some_and(is_local) && !has(&names, kinds.node) {
                names.extend(place.node.as_deref().map(|node| (kinds.node, node.into())));
            }
            if speaks_for_itself {
                for (kind, name) in [(kinds.pod, &place.pod), (kinds.uid, &place.uid), (kinds.container, &place.container)] {
                    if !has(&names, kind) {
                        names.extend(name.as_deref().map(|name| (kind, name.into())));
                    }
                }
                // Of a log in which several speak, each is an instance; a part of a rotated one is called by another path.
                let own = at.filter(|source| place.instance == source.path && self.shared.contains(&source.id)).and_then(|source| {
                    let (_, name) = names.iter().find(|(kind, _)| *kind == kinds.instance)?;
                    Some(format!("{}#{}", source.path, speaker(name, source)?))
                });
                names.retain(|(kind, _)| *kind != kinds.instance);
                names.push((kinds.instance, own.map_or(Cow::Borrowed(place.instance.as_str()), Cow::Owned)));
            }
        }
        if !has(&names, kinds.pod)
            && let Some(pod) = names.iter().find(|(kind, _)| *kind == kinds.uid).and_then(|(_, uid)| self.pod_of_uid.get(&**uid))
        {
            names.push((kinds.pod, pod.as_str().into()));
        }
        if !has(&names, kinds.workload) {
            let mut workloads: Vec<String> = names.iter().filter(|(kind, _)| *kind == kinds.pod).filter_map(|(_, pod)| workload_of(pod)).collect();
            workloads.sort_unstable();
            workloads.dedup();
            names.extend(workloads.into_iter().map(|name| (kinds.workload, name.into())));
        }
        if let Some(source) = at {
            names.push((kinds.source, source.path.as_str().into()));
        }
        let mut entities: Vec<(Kind, EntityId, Arc<str>)> = Vec::with_capacity(names.len());
        for (kind, name) in names {
            let (id, name) = named(&mut self.entities, kinds, kind, &name);
            if !entities.iter().any(|(known, other, _)| (*known, *other) == (kind, id)) {
                entities.push((kind, id, name));
            }
        }
        let before = signal.before.map(|before| (before.0, before.1.unwrap_or(stamp))).into_iter();
        Item {
            what: What::Signal(signal.id),
            // What has no date has no date before it either.
            start: if stamp == UNDATED { stamp } else { stamp.moved(-signal.lasted_ns) },
            end: stamp,
            end_seen: true,
            source,
            entities,
            attributes: signal.attributes,
            citations: before.chain([(signal.citation, stamp)]).collect(),
            verdict: None,
            times: signal.repeats.saturating_add(1),
            age_ns: signal.raw_time.filter(|raw| raw.shape == Shape::Age).map(|raw| raw.ns),
        }
    }

    /// Names that mean one thing, for every thing that has several.
    pub(super) fn aliases(&mut self) -> Vec<Vec<(&'static str, String)>> {
        self.entities.aliases()
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
                    let (id, name) = named(&mut self.entities, kinds, kind, &name);
                    entities.push((kind, id, name));
                }
            }
            // Nobody but its containers writes a pod's log, and what several programs of a machine write is its journal.
            let is_of = |wanted: Kind| entities.iter().any(|(kind, ..)| *kind == wanted);
            let journal = || (source.at.node.is_some() && source.format != "text").then_some(Component::Systemd);
            let component = source.at.component.or_else(|| if is_of(kinds.pod) { Some(Component::Container) } else { journal() });
            witnesses.push(Witness::new(source, component, entities));
        }
        witnesses
    }
}

/// The id of a name, and the name as everybody shares it. A node's address may be given wherever a node is meant, so both kinds share one space
/// of names.
fn named(entities: &mut Entities, kinds: Kinds, kind: Kind, name: &str) -> (EntityId, Arc<str>) {
    let (id, shared) = entities.named(kind, name);
    if kind == kinds.node {
        let short = name.split_once('.').map_or(name, |(short, _)| short);
        if short != name && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b':') {
            let short = entities.intern(kind, short);
            entities.join(id, short);
        }
        let address = entities.intern(kinds.address, name);
        entities.join(id, address);
    }
    (entities.canonical(id), shared)
}

/// Where a source lies. A path that names neither node nor pod is looked through for names that are known.
fn place(source: &Source, known: &Known<'_>) -> Place {
    let at = &source.at;
    let mut place =
        Place { node: at.node.clone(), pod: at.pod.clone(), uid: at.uid.clone(), container: at.container.clone(), instance: String::new() };
    let name = source.path.rsplit('/').next().unwrap_or(&source.path);
    // A description of a node (`describe-node_node-1.txt`) is named after it and no word of it.
    let speaks_for_itself = at.component.is_some_and(is_local);
    if speaks_for_itself && place.node.is_none() {
        place.node = longest_in(name, &known.nodes);
    }
    if speaks_for_itself && place.pod.is_none() && !matches!(at.component, Some(Component::Kubelet | Component::Containerd | Component::Kernel)) {
        place.pod = longest_in(name, &known.pods);
    } else if at.component.is_none() && place.pod.is_none() {
        place.pod = at_front(name, &known.pods);
    }
    if let Some(short) = place.pod.as_deref().filter(|pod| !pod.contains('/')) {
        place.pod = known.full.get(short).copied().flatten().map(ToOwned::to_owned).or(place.pod);
    }
    place
}

/// The server that a log is of: the life of its pod where that is known.
fn instance(place: &Place, source: &Source) -> String {
    match (&place.uid, &place.pod, &place.node) {
        (Some(uid), Some(pod), _) => format!("{pod} ({uid})"),
        (_, Some(pod), Some(node)) => format!("{pod} on {node}"),
        _ => source.path.clone(),
    }
}

/// Who speaks in a log of several, as a signal's instance tells: what stands behind the path of the log, or of the part of it that was rotated away.
fn speaker<'n>(instance: &'n str, source: &Source) -> Option<&'n str> {
    let mut paths = std::iter::once(&source.path).chain(source.parts.iter().map(|part| &part.path));
    paths.find_map(|path| instance.strip_prefix(path.as_str())?.strip_prefix('#'))
}

/// Sources in which several speak: where one alone does, its name tells nothing apart.
fn shared(sources: &[Source], signals: &[Signal]) -> BTreeSet<SourceId> {
    let mut first: BTreeMap<SourceId, &str> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for signal in signals {
        let id = signal.citation.source;
        let Some(source) = sources.get(id as usize) else { continue };
        if let Some(speaker) = signal.entity("instance").and_then(|name| speaker(name, source))
            && *first.entry(id).or_insert(speaker) != speaker
        {
            shared.insert(id);
        }
    }
    shared
}

/// Nodes that kubelets' logs name as their own: a kubelet speaks of no other node than the one it runs on. A log that names several says nothing.
fn own_nodes<'s>(sources: &[Source], signals: &'s [Signal]) -> BTreeMap<SourceId, &'s str> {
    let mut named: BTreeMap<SourceId, BTreeSet<&str>> = BTreeMap::new();
    for signal in signals {
        let source = sources.get(signal.citation.source as usize).filter(|source| source.at.component == Some(Component::Kubelet));
        if let Some(source) = source
            && signal.component.is_none_or(|component| component == Component::Kubelet)
        {
            named.entry(source.id).or_default().extend(signal.entities.iter().filter(|(kind, _)| &**kind == "node").map(|(_, name)| &**name));
        }
    }
    named.into_iter().filter(|(_, nodes)| nodes.len() == 1).filter_map(|(source, nodes)| Some((source, nodes.into_iter().next()?))).collect()
}

/// Names that may stand in files' names, with what they stand for.
struct Known<'n> {
    nodes: HashMap<&'n str, &'n str>,
    pods: HashMap<&'n str, &'n str>,
    /// Pods by their names without namespaces; none where several have the name.
    full: HashMap<&'n str, Option<&'n str>>,
}

/// Pods whose namespace is told, by the name alone.
fn full_names<'n>(pods: &BTreeSet<&'n str>) -> HashMap<&'n str, Option<&'n str>> {
    let mut full: HashMap<&str, Option<&str>> = HashMap::new();
    for pod in pods {
        if let Some((_, short)) = pod.split_once('/').filter(|(namespace, _)| *namespace != "?") {
            full.entry(short).and_modify(|known| *known = None).or_insert(Some(pod));
        }
    }
    full
}

/// The pod whose name, alone or behind its namespace, a file's name begins with, as people call what `kubectl logs` prints.
fn at_front(file: &str, pods: &HashMap<&str, &str>) -> Option<String> {
    let begins = |pod: &str| file.strip_prefix(pod).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()));
    let full = longest_in(file, pods)?;
    let (namespace, short) = full.split_once('/')?;
    let behind = file.strip_prefix(namespace).and_then(|rest| rest.strip_prefix(['-', '_', '.'])).is_some_and(|rest| rest.starts_with(short));
    (begins(short) || behind).then_some(full)
}

/// The longest of the names that stands in a file's name between other characters than letters and digits.
fn longest_in(file: &str, names: &HashMap<&str, &str>) -> Option<String> {
    let bytes = file.as_bytes();
    let outside = |at: Option<&u8>| at.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let starts = || (0..bytes.len()).filter(|at| outside(at.checked_sub(1).and_then(|before| bytes.get(before))));
    let ends = |start: usize| (start + 3..=bytes.len()).filter(|at| outside(bytes.get(*at)));
    let places = starts().flat_map(|start| ends(start).map(move |end| (start, end)));
    let found = places.filter_map(|(start, end)| names.get_key_value(file.get(start..end)?));
    found.max_by_key(|(short, full)| (short.len(), std::cmp::Reverse(**full))).map(|(_, full)| (*full).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Part;

    #[test]
    fn who_speaks_stands_behind_the_path_of_a_log() {
        let part = Part { path: "a#b.log.1".into(), ..Part::default() };
        let source = Source { path: "a#b.log".into(), parts: vec![part], ..Source::default() };
        for (instance, told) in [("a#b.log#log", Some("log")), ("a#b.log.1#db-1", Some("db-1")), ("a#b.log", None), ("a#b.log.1", None)] {
            assert_eq!(speaker(instance, &source), told, "{instance}");
        }
    }
}
