//! Entities: the things that records are about, under all their names.
//!
//! In: names by kind, and groups of names said to mean one thing. Out: one id per thing. Must not know: signals' meaning, time.

use std::collections::HashMap;
use std::sync::Arc;

use crate::pattern::ast::ENTITY_KINDS;

/// Index of a kind in [`ENTITY_KINDS`].
pub(super) type Kind = u8;

/// A thing, the same under all of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct EntityId(u32);

/// The index of an entity kind.
pub(super) fn kind(name: &str) -> Option<Kind> {
    ENTITY_KINDS.iter().position(|(known, _)| *known == name).map(|at| at as Kind)
}

/// The name of a kind.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    ENTITY_KINDS.get(usize::from(kind)).map_or("?", |(name, _)| name)
}

/// All names seen, joined where they mean one thing.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// By kind, by name.
    ids: Vec<HashMap<Arc<str>, u32>>,
    parents: Vec<u32>,
}

impl Entities {
    /// The id of a name, made on first sight, and the name as everybody shares it.
    pub(super) fn named(&mut self, kind: Kind, name: &str) -> (EntityId, Arc<str>) {
        if self.ids.len() <= usize::from(kind) {
            self.ids.resize_with(usize::from(kind) + 1, HashMap::new);
        }
        if let Some((name, id)) = self.ids[usize::from(kind)].get_key_value(name) {
            let (name, id) = (name.clone(), *id);
            return (EntityId(self.root(id)), name);
        }
        let id = self.parents.len() as u32;
        let name: Arc<str> = name.into();
        self.ids[usize::from(kind)].insert(name.clone(), id);
        self.parents.push(id);
        (EntityId(id), name)
    }

    /// The id of a name, made on first sight.
    pub(super) fn intern(&mut self, kind: Kind, name: &str) -> EntityId {
        self.named(kind, name).0
    }

    /// Says that two names mean one thing.
    pub(super) fn join(&mut self, a: EntityId, b: EntityId) {
        let (a, b) = (self.root(a.0), self.root(b.0));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[high as usize] = low;
    }

    /// The thing's one id, after all joins so far.
    pub(super) fn canonical(&mut self, id: EntityId) -> EntityId {
        EntityId(self.root(id.0))
    }

    /// Names that mean one thing, for every thing that has several: kind and name, sorted.
    pub(super) fn aliases(&mut self) -> Vec<Vec<(&'static str, String)>> {
        let mut all: Vec<(u32, &'static str, String)> = Vec::new();
        for (kind, names) in self.ids.iter().enumerate() {
            #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
            for (name, id) in names {
                all.push((*id, kind_name(kind as Kind), name.to_string()));
            }
        }
        for (id, _, _) in &mut all {
            *id = self.root(*id);
        }
        all.sort();
        let groups =
            all.chunk_by(|a, b| a.0 == b.0).filter(|group| group.iter().any(|(_, _, name)| group.first().is_some_and(|first| first.2 != *name)));
        let mut groups: Vec<Vec<_>> = groups.map(|group| group.iter().map(|(_, kind, name)| (*kind, name.clone())).collect()).collect();
        groups.sort();
        groups
    }

    fn root(&mut self, mut id: u32) -> u32 {
        while self.parents[id as usize] != id {
            // Halving the way keeps it short, however many names are joined one after the other.
            let above = self.parents[id as usize];
            self.parents[id as usize] = self.parents[above as usize];
            id = above;
        }
        id
    }
}

/// The workload that a pod's name speaks of (`shop/mysql-5ff45cb64d-2zgz7` → `shop/mysql`, `shop/mysql-0` → `shop/mysql`), by the suffixes that the
/// controllers append (alphabet of `k8s.io/apimachinery/pkg/util/rand`). `None` for a name without such a suffix.
pub(super) fn workload_of(pod: &str) -> Option<String> {
    let safe = |text: &str| !text.is_empty() && text.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte));
    let (head, tail) = pod.rsplit_once('-')?;
    if tail.bytes().all(|byte| byte.is_ascii_digit()) && tail.len() <= 5 {
        return Some(head.to_owned());
    }
    if tail.len() != 5 || !safe(tail) {
        return None;
    }
    match head.rsplit_once('-') {
        Some((deployment, hash)) if (6..=10).contains(&hash.len()) && safe(hash) && hash.bytes().any(|byte| byte.is_ascii_digit()) => {
            Some(deployment.to_owned())
        }
        _ => Some(head.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_under_many_names() {
        let mut entities = Entities::default();
        let (node, address) = (kind("node").unwrap(), kind("address").unwrap());
        let a = entities.intern(node, "node-1");
        let b = entities.intern(address, "172.30.0.11");
        let c = entities.intern(node, "node-1.example");
        assert_ne!(entities.canonical(a), entities.canonical(b));
        entities.join(b, c);
        entities.join(a, b);
        assert_eq!(entities.canonical(a), entities.canonical(c));
        assert_eq!(entities.intern(node, "node-1.example"), entities.canonical(a));
    }

    #[test]
    fn workloads_by_the_pods_name() {
        assert_eq!(workload_of("shop/mysql-5ff45cb64d-2zgz7").as_deref(), Some("shop/mysql"));
        assert_eq!(workload_of("shop/mysql-0").as_deref(), Some("shop/mysql"));
        assert_eq!(workload_of("kube-system/node-agent-bvvx8").as_deref(), Some("kube-system/node-agent"));
        assert_eq!(workload_of("default/standalone"), None);
    }
}
