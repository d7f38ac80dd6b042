//! States: which signals open and close states, and of what.
//!
//! In: the spans of a pack. Out: families of signals that belong together, and the states that a signal touches. Must not know: times, other sources.

use std::ops::Deref;

use crate::name::Name;
use crate::pattern::Pack;
use crate::pattern::ast::Again;
use crate::signal::SignalId;

/// Signals by the states that they open and close.
#[derive(Debug, Default)]
pub struct States {
    /// By signal: the smallest one of its family.
    families: Vec<SignalId>,
    /// By signal: span, and whether it is opened.
    touched: Vec<Vec<(u16, bool)>>,
    spans: Vec<State>,
}

#[derive(Debug)]
struct State {
    key: Vec<String>,
    continues: bool,
}

impl States {
    /// The states that a pack defines.
    pub fn new(pack: &Pack) -> Self {
        let count = pack.signals().len();
        let mut families: Vec<SignalId> = (0..=SignalId::MAX).take(count).collect();
        let mut touched = vec![Vec::new(); count];
        let mut spans = Vec::with_capacity(pack.spans().len());
        for (at, span) in (0..=u16::MAX).zip(pack.spans()) {
            let members = span.open.iter().map(|id| (id, true)).chain(span.close.iter().map(|id| (id, false)));
            let members: Vec<(SignalId, bool)> = members.filter_map(|(id, opens)| Some((pack.signal_id(id)?, opens))).collect();
            for (id, opens) in &members {
                touched[usize::from(*id)].push((at, *opens));
            }
            let roots: Vec<SignalId> = members.iter().map(|(id, _)| families[usize::from(*id)]).collect();
            if let Some(least) = roots.iter().min() {
                for family in families.iter_mut().filter(|family| roots.contains(family)) {
                    *family = *least;
                }
            }
            spans.push(State { key: span.key.clone(), continues: span.again == Again::Continues });
        }
        Self { families, touched, spans }
    }

    /// The signal that stands for all those that must be thinned together with this one.
    pub fn family(&self, id: SignalId) -> SignalId {
        self.families.get(usize::from(id)).copied().unwrap_or(id)
    }

    /// Whether a further opening leaves the state as it is.
    pub(super) fn continues(&self, state: u16) -> bool {
        self.spans.get(usize::from(state)).is_some_and(|span| span.continues)
    }

    fn touched<V: Deref<Target = str>>(&self, id: SignalId, entities: &[(Name, V)]) -> Box<[(u16, u64, bool)]> {
        let touched = self.touched.get(usize::from(id)).map_or(&[][..], Vec::as_slice);
        touched.iter().filter_map(|(state, opens)| Some((*state, key(&self.spans.get(usize::from(*state))?.key, entities), *opens))).collect()
    }

    /// By what a signal that names these things is told from others.
    pub(super) fn key<V: Deref<Target = str>>(&self, id: SignalId, entities: &[(Name, V)]) -> Key {
        let touched = self.touched(id, entities);
        let all = || entities.iter().fold(SEED, |hash, (kind, name)| mixed(mixed(hash, kind), name));
        let about = touched.first().map_or_else(all, |(_, key, _)| *key);
        let thing = entities.iter().find(|(kind, _)| *kind == "pod").map_or(about, |(_, pod)| mixed(SEED, pod));
        Key { thing, about, touched }
    }
}

/// By what one signal is told from another of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// A hash of the pod that it is about, else of what it is about: one story of a pod is told by many kinds of records, in many sources.
    pub thing: u64,
    /// A hash of what it is about: for one that opens or closes a state whose state it is, else all that it names.
    pub about: u64,
    /// The states that it opens (`true`) or closes, each with a hash of whose state it is.
    pub touched: Box<[(u16, u64, bool)]>,
}

impl Key {
    /// The same, said by that source: what a signal does not name is told apart by who says it.
    #[must_use]
    pub fn said_by(mut self, source: Speaker) -> Self {
        self.thing = if self.thing == self.about { mixed_word(self.thing, source.0) } else { self.thing };
        self.about = mixed_word(self.about, source.0);
        for (_, key, _) in &mut self.touched {
            *key = mixed_word(*key, source.0);
        }
        self
    }
}

/// A hash of a source's name, had once for all that it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speaker(u64);

impl Speaker {
    /// The source of that name.
    pub fn named(name: &str) -> Self {
        Self(mixed(SEED, name))
    }
}

/// Hash of the things that tell one state from another. What is not named is the same for the whole source.
fn key<V: Deref<Target = str>>(kinds: &[String], entities: &[(Name, V)]) -> u64 {
    let named = |kind: &String| entities.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| &**name);
    kinds.iter().fold(SEED, |hash, kind| mixed(hash, named(kind)))
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// A hash that is the same in every run, with well spread low bits.
fn mixed(hash: u64, text: &str) -> u64 {
    let words = text.as_bytes().chunks(8).map(|bytes| match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    });
    // The length last: no text is the beginning of another.
    words.chain([text.len() as u64]).fold(hash, mixed_word)
}

fn mixed_word(hash: u64, word: u64) -> u64 {
    let hash = (hash ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_of_one_state_are_a_family() {
        let one = |id: &str| {
            format!("[[signal]]\nid='{id}'\ntitle='t'\nfrom='f'\ncomponent=['kubelet']\nhint=['something']\n[[signal.match]]\nmessage='something'\n")
        };
        let span = |id: &str, open: &str, close: &str| format!("[[span]]\nid='{id}'\ntitle='t'\nkey=['pod']\nopen=['{open}']\nclose=['{close}']\n");
        let text = [
            "schema='necropsy.patterns/1'\n".to_owned(),
            ["a.a", "a.b", "a.c", "a.d", "a.e"].map(one).concat(),
            span("s.one", "a.d", "a.c"),
            span("s.two", "a.b", "a.d"),
        ];
        let pack = Pack::of_texts([("a.toml", text.concat().as_str())]).unwrap_or_else(|error| panic!("{error}"));
        let states = States::new(&pack);
        assert_eq!([0, 1, 2, 3, 4].map(|id| states.family(id)), [0, 1, 1, 1, 4]);
    }
}
