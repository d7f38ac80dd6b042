//! States: which signals open and close states, and of what.
//!
//! In: the spans of a pack. Out: families of signals that belong together, and the states that a signal touches. Must not know: times, other sources.

use crate::pattern::Pack;
use crate::pattern::ast::Again;
use crate::signal::{Signal, SignalId};

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

    /// The states that a signal opens (`true`) or closes, each with a hash of whose state it is.
    pub(super) fn touched<'a>(&'a self, signal: &'a Signal) -> impl Iterator<Item = (u16, u64, bool)> + 'a {
        let touched = self.touched.get(usize::from(signal.id)).map_or(&[][..], Vec::as_slice);
        touched.iter().filter_map(|(state, opens)| Some((*state, key(&self.spans.get(usize::from(*state))?.key, signal), *opens)))
    }

    /// A hash of the pod that a signal is about: one story of a pod is told by many kinds of records, in many sources.
    pub(super) fn thing(signal: &Signal) -> Option<u64> {
        signal.entity("pod").map(|pod| mixed(SEED, pod))
    }

    /// A hash of what a signal is about: for one that opens or closes a state whose state it is, else all that it names.
    pub(super) fn about(&self, signal: &Signal) -> u64 {
        if let Some((_, key, _)) = self.touched(signal).next() {
            return key;
        }
        signal.entities.iter().fold(SEED, |hash, (kind, name)| mixed(mixed(hash, kind), name))
    }
}

/// Hash of the things that tell one state from another. What is not named is the same for the whole source.
fn key(kinds: &[String], signal: &Signal) -> u64 {
    kinds.iter().fold(SEED, |hash, kind| mixed(hash, signal.entity(kind).unwrap_or_default()))
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// A hash that is the same in every run, with well spread low bits.
fn mixed(hash: u64, text: &str) -> u64 {
    let words = text.as_bytes().chunks(8).map(|bytes| match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    });
    // The length last: no text is the beginning of another.
    words.chain([text.len() as u64]).fold(hash, |hash, word| {
        let hash = (hash ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^ hash >> 32
    })
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
