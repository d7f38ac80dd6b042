//! Heard: what recording must know of the signals of a piece, taken down while they are sighted.
//!
//! In: records that are signals. Out: for each what it is about, and what its body names. Must not know: rows, how signals are made.
//!
//! Most of what a source repeats never becomes a signal, but every entry is recorded with what it is about: no text is kept longer than its piece.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use super::record::{Named, is_read_in_full};
use crate::observe::sighting::Sighted;
use crate::signal::SignalId;

/// What was heard in a piece, in order of its entries.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// All texts, end to end.
    text: String,
    marks: Vec<Mark>,
    /// The format of the last one, by its place in memory, and whether its records name things inside.
    format: (&'static str, bool),
}

/// One record that is a signal.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) id: SignalId,
    /// Its entry in the piece.
    pub(super) entry: usize,
    /// Where its part of the entry's text begins.
    pub(super) part: usize,
    things: Range<usize>,
    pod: Option<Range<usize>>,
    /// Component and pod that its body names, where that was read for it.
    named: Option<(u8, Option<Range<usize>>)>,
}

/// Bytes that are kept for the next piece; most take far less.
const MOST_SPARE: usize = 1 << 20;

thread_local! {
    /// The room that the last piece took.
    static SPARE: Cell<Option<Heard>> = const { Cell::new(None) };
}

impl Heard {
    /// Nothing yet, with the room that this thread needed for another piece.
    pub(super) fn begun() -> Self {
        let mut heard = SPARE.take().unwrap_or_default();
        heard.text.clear();
        heard.marks.clear();
        heard
    }

    /// Gives back its room.
    pub(super) fn spare(self) {
        if self.text.capacity() <= MOST_SPARE {
            SPARE.set(Some(self));
        }
    }

    /// Takes down a record.
    pub(super) fn take(&mut self, seen: &Sighted<'_>) {
        let start = self.text.len();
        match seen.entities {
            [] => {}
            [(kind, name)] => self.add_thing(kind, name),
            many => {
                let mut things: Vec<&(&'static str, Cow<'_, str>)> = many.iter().collect();
                things.sort_by(|a, b| line(a).cmp(line(b)));
                things.dedup();
                for (at, (kind, name)) in things.into_iter().enumerate() {
                    if at > 0 {
                        self.text.push('\n');
                    }
                    self.add_thing(kind, name);
                }
            }
        }
        let things = start..self.text.len();
        let pod = seen.entities.iter().find(|(kind, _)| *kind == "pod").map(|(_, pod)| self.add(pod));
        if !std::ptr::eq(self.format.0, seen.format.name()) {
            self.format = (seen.format.name(), is_read_in_full(seen.format.name()));
        }
        let named = self.format.1.then(|| {
            let Named { component, pod } = Named::of(seen.body);
            (component, pod.map(|pod| self.add(&pod)))
        });
        self.marks.push(Mark { id: seen.id, entry: seen.entry, part: seen.part, things, pod, named });
    }

    fn add(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn add_thing(&mut self, kind: &str, name: &str) {
        self.text.push_str(kind);
        self.text.push('=');
        if name.contains('\n') {
            self.text.push_str(&name.replace('\n', " "));
        } else {
            self.text.push_str(name);
        }
    }

    /// All of them.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn get(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// What one is about, as `kind=name` in the order of the alphabet, one a line.
    pub(super) fn things(&self, mark: &Mark) -> &str {
        self.get(&mark.things)
    }

    /// What several are about.
    pub(super) fn all_things(&self, marks: &[Mark]) -> Cow<'_, str> {
        let mut texts: Vec<&str> = marks.iter().map(|mark| self.things(mark)).collect();
        texts.dedup();
        if let [one] = texts.as_slice() {
            return Cow::Borrowed(one);
        }
        let mut lines: Vec<&str> = texts.into_iter().flat_map(str::lines).collect();
        lines.sort_unstable();
        lines.dedup();
        Cow::Owned(lines.join("\n"))
    }

    /// The pod that one is about.
    pub(super) fn pod(&self, mark: &Mark) -> Option<&str> {
        mark.pod.as_ref().map(|pod| self.get(pod))
    }

    /// What the body of one names, where it was read for that.
    pub(super) fn named(&self, mark: &Mark) -> Option<Named<'_>> {
        let (component, pod) = mark.named.as_ref()?;
        Some(Named { component: *component, pod: pod.as_ref().map(|pod| Cow::Borrowed(self.get(pod))) })
    }
}

/// A thing as its line would be compared: `pod=` stands behind `pod-group=`.
fn line<'t>((kind, name): &'t (&'static str, Cow<'_, str>)) -> impl Iterator<Item = u8> + 't {
    kind.bytes().chain([b'=']).chain(name.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, by_name};

    fn taken(records: &[&[(&'static str, &str)]]) -> Heard {
        let mut heard = Heard::default();
        for entities in records {
            let entities: Vec<(&'static str, Cow<'_, str>)> = entities.iter().map(|(kind, name)| (*kind, Cow::Borrowed(*name))).collect();
            let format = by_name("klog").unwrap();
            heard.take(&Sighted { id: 0, entry: 0, part: 0, format, body: &Body::default(), entities: &entities });
        }
        heard
    }

    #[test]
    fn things_are_in_the_order_of_their_lines_each_once() {
        let heard = taken(&[&[("pod", "b"), ("node", "n"), ("pod-group", "g"), ("pod", "b")], &[("pod", "a\nx")], &[("node", "n")]]);
        let [first, second, third] = heard.marks() else { panic!() };
        assert_eq!(heard.things(first), "node=n\npod-group=g\npod=b");
        assert_eq!((heard.things(second), heard.pod(second), heard.pod(third)), ("pod=a x", Some("a\nx"), None));
        assert_eq!(heard.all_things(heard.marks()), "node=n\npod-group=g\npod=a x\npod=b");
    }
}
