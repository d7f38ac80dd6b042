//! Observe: entries become signals.
//!
//! In: a [`Piece`] and a [`Pack`]. Out: [`Signal`]s with their citations. Must not know: clocks, other sources, spans and causes.
//!
//! One pass of the [`prefilter`] over the text of a piece says which entries may carry which signals. Only those entries are read in full.

pub mod cite;
pub mod noise;
pub mod prefilter;
pub mod prove;
pub mod recognise;
pub mod sighting;
pub mod states;

use std::borrow::Cow;

use crate::component::Component;
use crate::decode::frame::envelope_component;
use crate::decode::{Entry, Framed, Piece, stamp};
use crate::name::Name;
use crate::pattern::compile::Recogniser;
use crate::pattern::{Pack, ast};
use crate::signal::{Signal, SignalId, SourceId, Told};
use crate::source::Whereabouts;
use crate::time::Shape;

use prefilter::{LiteralId, Prefilter};
use recognise::{Captures, Recognised, Record};
use sighting::{Hear, Sighted, Sighting};
use states::States;

/// Which source is observed.
#[derive(Clone, Copy, Debug)]
pub struct SourceName<'a> {
    /// Its index in the run.
    pub id: SourceId,
    /// Its path as reports print it.
    pub path: &'a str,
}

/// A pack's hints, ready to be looked for. One serves all threads.
#[derive(Debug)]
pub struct Observer<'p> {
    pack: &'p Pack,
    prefilter: Prefilter,
    /// Signals by the literal that hints at them.
    hinted: Vec<Vec<SignalId>>,
}

/// A piece under observation.
#[derive(Clone, Copy)]
struct View<'a> {
    piece: &'a Piece<'a>,
    physical: &'a [u8],
    at: &'a Whereabouts,
    source: &'a SourceName<'a>,
}

/// Where a record lies.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Index of its entry.
    index: usize,
    framed: &'a Framed,
    /// Its part of the entry's text, where that holds several records.
    part: Option<&'a std::ops::Range<usize>>,
    /// Where the line stands that is to be cited, if that is known.
    telling: Option<usize>,
    /// The first wording that may fit.
    wording: usize,
}

/// An entry that may carry a signal, and where the first hint at it stands in the text looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    entry: usize,
    signal: SignalId,
    at: usize,
}

/// A record that is a signal.
struct Match<'m, 'r> {
    view: View<'m>,
    /// The entry, by its index too.
    index: usize,
    framed: &'m Framed,
    /// The record: the entry, or the part of it whose place in its text is given.
    entry: &'m Entry<'m>,
    part: Option<&'m std::ops::Range<usize>>,
    record: &'m Record<'r>,
    id: SignalId,
    signal: &'m Recogniser,
    wording: usize,
    captures: &'m Captures<'m>,
    /// Where in the piece the line stands that is cited.
    at: usize,
}

impl Match<'_, '_> {
    fn signal(&self) -> Signal {
        let citation = cite::cite(self.view.piece, self.view.physical, self.framed, self.at, self.part, self.view.source.id);
        signal(self.id, citation, self.entry, self.record, self.record.said(self.signal, self.wording, self.captures))
    }

    fn sighting(&self, states: &States, hear: Option<&mut Hear<'_>>) -> Sighting {
        let (line, offset, length) = self.view.piece.place(self.framed, self.at, self.part);
        // A line that lies in an entry of several is hardly longer than the part of it that speaks.
        let text = length.unwrap_or(self.entry.text.len());
        let heard = |entities: &[(Name, Cow<'_, str>)]| {
            if let Some(hear) = hear {
                let part = self.part.map_or(0, |part| part.start);
                hear(&Sighted { id: self.id, entry: self.index, part, format: self.entry.format, body: self.record.body, entities });
            }
        };
        let (key, weight) = sighting::traits(self.record, self.signal, self.id, self.captures, states, text, heard);
        let part = self.part.map(|range| Box::new((range.clone(), self.entry.head)));
        let wording = u32::try_from(self.wording).unwrap_or_default();
        Sighting { id: self.id, line, offset, repeats: 0, weight, key, entry: self.index, wording, at: self.at, part }
    }
}

impl<'p> Observer<'p> {
    /// Prepares the hints of a pack for texts of which nothing is known; see [`tuned`](Self::tuned).
    pub fn new(pack: &'p Pack) -> Self {
        Self::tuned(pack, &[])
    }

    /// Looks only for what matters whenever it was said: which version runs, which settings are in force, which names mean the same.
    pub fn of_backdrop(pack: &'p Pack) -> Self {
        let matters = |signal: &ast::Signal| signal.version.is_some() || signal.setting.is_some() || !signal.same.is_empty();
        Self::of(pack, &[], matters)
    }

    /// Looks for nothing.
    pub fn of_nothing(pack: &'p Pack) -> Self {
        Self::of(pack, &[], |_| false)
    }

    /// Prepares the hints of a pack to be looked for in texts like `sample`. Only the speed depends on it, never what is found.
    pub fn tuned(pack: &'p Pack, sample: &[u8]) -> Self {
        Self::of(pack, sample, |_| true)
    }

    fn of(pack: &'p Pack, sample: &[u8], matters: impl Fn(&ast::Signal) -> bool) -> Self {
        let mut hints: std::collections::BTreeMap<String, Vec<SignalId>> = std::collections::BTreeMap::new();
        for (signal, id) in pack.signals().iter().zip(0..=SignalId::MAX).filter(|(signal, _)| matters(&signal.definition)) {
            for hint in &signal.definition.hint {
                let signals = hints.entry(hint.to_ascii_lowercase()).or_default();
                if signals.last() != Some(&id) {
                    signals.push(id);
                }
            }
        }
        let prefilter = Prefilter::new(hints.keys().map(String::as_bytes), sample);
        Self { pack, prefilter, hinted: hints.into_values().collect() }
    }

    /// The pack it looks for.
    pub fn pack(&self) -> &'p Pack {
        self.pack
    }

    /// Appends the signals of a piece to `out`, in order of entries and, within one, of ids. Each record is at most one signal of a kind.
    ///
    /// `physical` holds the raw bytes of the piece, its first byte being that of the piece's first line.
    pub fn observe(&self, piece: &Piece<'_>, physical: &[u8], at: &Whereabouts, source: &SourceName<'_>, out: &mut Vec<Signal>) {
        self.each(piece, physical, at, source, |found| out.push(found.signal()));
    }

    /// The records of a piece that are signals, in the order in which [`observe`](Self::observe) gives those, and the signals if they are asked for.
    /// `hear` hears of each.
    #[expect(clippy::too_many_arguments, reason = "what a piece is, and who wants what of it")]
    pub fn sight(
        &self,
        piece: &Piece<'_>,
        physical: &[u8],
        at: &Whereabouts,
        source: &SourceName<'_>,
        states: &States,
        mut signals: Option<&mut Vec<Signal>>,
        mut hear: Option<&mut Hear<'_>>,
    ) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        self.each(piece, physical, at, source, |found| {
            sightings.push(found.sighting(states, hear.as_deref_mut()));
            if let Some(signals) = &mut signals {
                signals.push(found.signal());
            }
        });
        sightings
    }

    /// The signal that was sighted in a piece.
    pub fn signal(&self, sighting: &Sighting, piece: &Piece<'_>, physical: &[u8], at: &Whereabouts, source: &SourceName<'_>) -> Option<Signal> {
        let framed = piece.entries.get(sighting.entry)?;
        let whole = piece.entry(sighting.entry);
        let entry = match sighting.part.as_deref() {
            Some((range, head)) => Entry { head: *head, text: whole.text.get(range.clone())?, ..whole },
            None => whole,
        };
        let view = View { piece, physical, at, source };
        let candidate = Candidate { entry: sighting.entry, signal: sighting.id, at: sighting.at };
        let mut made = None;
        let part = sighting.part.as_deref().map(|(range, _)| range);
        let place = Place { index: sighting.entry, framed, part, telling: Some(sighting.at), wording: sighting.wording as usize };
        self.record(view, place, &entry, &[candidate], &mut |found: Match<'_, '_>| made = Some(found.signal()));
        made.map(|signal| Signal { repeats: sighting.repeats, ..signal })
    }

    /// Hands every record of a piece that is a signal to `take`.
    fn each(&self, piece: &Piece<'_>, physical: &[u8], at: &Whereabouts, source: &SourceName<'_>, mut take: impl FnMut(Match<'_, '_>)) {
        let view = View { piece, physical, at, source };
        let candidates = self.candidates(piece);
        for group in candidates.chunk_by(|a, b| a.entry == b.entry) {
            let Some((index, framed)) = group.first().and_then(|first| Some((first.entry, piece.entries.get(first.entry)?))) else { continue };
            let entry = piece.entry(index);
            let parts = entry.format.parts(&entry);
            let place = Place { index, framed, part: None, telling: None, wording: 0 };
            if parts.is_empty() {
                self.record(view, place, &entry, group, &mut take);
                continue;
            }
            for (range, head) in parts {
                let Some(text) = entry.text.get(range.clone()) else { continue };
                let group = self.candidates_in(text, index, framed.start + range.start);
                if !group.is_empty() {
                    self.record(view, Place { part: Some(&range), ..place }, &Entry { head, text, ..entry }, &group, &mut take);
                }
            }
        }
    }

    /// The entries of a piece that hold a hint, sorted, each signal once an entry.
    fn candidates(&self, piece: &Piece<'_>) -> Vec<Candidate> {
        let entries = &piece.entries;
        let mut candidates = Vec::new();
        // The entry in which each literal was met last: a hint that an entry repeats a thousand times is noted once.
        let mut met = vec![usize::MAX; self.hinted.len()];
        let mut around = 0;
        self.prefilter.scan(&piece.text, |at, literal| {
            let holds = |entry: &Framed| entry.start <= at && at < entry.end;
            if !entries.get(around).is_some_and(holds) {
                // Mostly a few entries further on.
                let near = entries.get(around..).unwrap_or_default().iter().take(NEAR).position(|entry| at < entry.end);
                let near = near.filter(|_| entries.get(around).is_some_and(|entry| entry.end <= at));
                around = near.map_or_else(|| entries.partition_point(|entry| entry.end <= at), |near| around + near);
                if !entries.get(around).is_some_and(holds) {
                    return;
                }
            }
            self.note(&mut met, &mut candidates, around, literal, at);
        });
        sorted(candidates)
    }

    /// The signals hinted at in one part of an entry. `start` is where the part begins in the text of the piece.
    fn candidates_in(&self, text: &[u8], entry: usize, start: usize) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let mut met = vec![usize::MAX; self.hinted.len()];
        self.prefilter.scan(text, |at, literal| self.note(&mut met, &mut candidates, entry, literal, start + at));
        sorted(candidates)
    }

    fn note(&self, met: &mut [usize], candidates: &mut Vec<Candidate>, entry: usize, literal: LiteralId, at: usize) {
        let (Some(last), Some(signals)) = (met.get_mut(literal as usize), self.hinted.get(literal as usize)) else { return };
        if *last != entry {
            *last = entry;
            candidates.extend(signals.iter().map(|signal| Candidate { entry, signal: *signal, at }));
        }
    }

    /// Asks every candidate signal whether the record is it.
    fn record(&self, view: View<'_>, place: Place<'_>, entry: &Entry<'_>, candidates: &[Candidate], take: &mut impl FnMut(Match<'_, '_>)) {
        let Place { index, framed, part, telling, wording: from } = place;
        let body = entry.format.body(entry);
        let component =
            body.component.or_else(|| entry.envelope.and_then(envelope_component)).or_else(|| view.at.component.filter(|of| shared(*of, entry)));
        let record = Record { body: &body, severity: entry.head.severity, component, envelope: entry.envelope, at: view.at, path: view.source.path };
        let message = || entry.format.dated_by_parts().then(|| cite::message_line(entry.text)).flatten().map(|at| framed.start + at);
        let telling = telling.or_else(message);
        for candidate in candidates {
            let (id, at) = (candidate.signal, telling.unwrap_or(candidate.at));
            let Some(signal) = self.pack.signal(id) else { continue };
            if let Some((wording, captures)) = record.matched(signal, from) {
                take(Match { view, index, framed, entry, part, record: &record, id, signal, wording, captures: &captures, at });
            }
        }
    }
}

/// Whether the source's component may be the record's, which does not tell its own. A journal's few known programs give the source their name; what its
/// envelope says another program wrote is not theirs.
fn shared(component: Component, entry: &Entry<'_>) -> bool {
    let daemon = matches!(component, Component::Systemd | Component::Kernel | Component::Containerd | Component::Dockerd | Component::Crio);
    !(daemon && entry.envelope.is_some_and(|envelope| envelope.host.is_some() && envelope.program.is_some()))
}

/// Entries looked at one by one before the right one is searched for.
const NEAR: usize = 32;

/// The candidates in order. They come nearly so: entry by entry, those of short hints once more from the beginning.
fn sorted(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.chunk_by_mut(|a, b| a.entry == b.entry).for_each(<[Candidate]>::sort_unstable);
    candidates.sort();
    candidates.dedup_by_key(|candidate| (candidate.entry, candidate.signal));
    candidates
}

fn signal(id: SignalId, citation: crate::signal::Citation, entry: &Entry<'_>, record: &Record<'_>, said: Recognised) -> Signal {
    Signal {
        id,
        citation,
        before: None,
        raw_time: entry.head.time,
        outer_time: record.envelope.and_then(|envelope| envelope.time),
        stamp: None,
        lasted_ns: said.lasted_ns,
        severity: record.severity,
        component: record.component,
        attributes: said.attributes,
        entities: said.entities,
        same: said.same,
        version: said.version,
        setting: said.setting,
        repeats: 0,
        said: crate::signal::said(entry.text),
        told: told(record),
    }
}

/// Whose clock an Event bears.
fn told(record: &Record<'_>) -> Option<Box<Told>> {
    if record.component != Some(Component::Event) {
        return None;
    }
    let time = |name: &str| stamp::iso(record.body.field(name)?.as_bytes()).map(|(time, _)| time).filter(|time| time.shape == Shape::Zoned);
    let told = Told { host: record.body.field("host").map(Into::into), first: time("first"), created: time("created") };
    (told != Told::default()).then(|| Box::new(told))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::Framer;
    use crate::decode::frame::Carry;

    const PATTERNS: &str = r#"
schema = "necropsy.patterns/1"
[[signal]]
id = "t.unresponsive"
title = "t"
from = "test"
component = ["kubelet"]
hint = ["unresponsive", "not answering"]
entity = { node = "{node}" }
[[signal.match]]
message = '(?i)node (?P<node>\S+) is (unresponsive|not answering)'
[[signal]]
id = "t.short"
title = "t"
from = "test"
component = ["kubelet"]
hint = ["oom"]
[[signal.match]]
message = '(?i)\boom\b'
[[signal]]
id = "t.shared"
title = "t"
from = "test"
component = ["kubelet"]
hint = ["UNRESPONSIVE"]
[[signal.match]]
message = 'node'
not_message = 'n7'
"#;

    fn piece(bytes: &[u8]) -> Piece<'_> {
        Framer::detect(bytes).piece(bytes, 1, 0, Carry::default(), true)
    }

    fn observed(pack: &Pack, bytes: &[u8]) -> Vec<Signal> {
        let mut out = Vec::new();
        Observer::new(pack).observe(&piece(bytes), bytes, &Whereabouts::default(), &SourceName { id: 3, path: "p.log" }, &mut out);
        out
    }

    /// Each signal on each entry.
    fn slow(pack: &Pack, bytes: &[u8]) -> Vec<(u64, SignalId)> {
        let (piece, at) = (piece(bytes), Whereabouts::default());
        let mut all = Vec::new();
        for index in 0..piece.entries.len() {
            let entry = piece.entry(index);
            let text = String::from_utf8_lossy(entry.text).to_ascii_lowercase();
            let body = entry.format.body(&entry);
            let record = Record { body: &body, severity: None, component: None, envelope: None, at: &at, path: "p.log" };
            for (id, signal) in pack.signals().iter().enumerate() {
                let hinted = signal.definition.hint.iter().any(|hint| text.contains(&hint.to_ascii_lowercase()));
                if hinted && record.recognise(signal).is_some() {
                    all.push((entry.line, id as SignalId));
                }
            }
        }
        all
    }

    #[test]
    fn signals_are_cited_where_their_hint_stands() {
        let pack = Pack::of_texts([("t.toml", PATTERNS)]).unwrap();
        let bytes = b"nothing\nnode n1 is Unresponsive\r\nnode n7 is unresponsive, unresponsive, oom\n";
        let out = observed(&pack, bytes);
        let flat: Vec<_> = out.iter().map(|s| (pack.signal(s.id).unwrap().id(), s.citation.line, s.citation.offset, &*s.citation.text)).collect();
        assert_eq!(
            flat,
            [
                ("t.unresponsive", 2, 8, "node n1 is Unresponsive"),
                ("t.shared", 2, 8, "node n1 is Unresponsive"),
                ("t.unresponsive", 3, 33, "node n7 is unresponsive, unresponsive, oom"),
                ("t.short", 3, 33, "node n7 is unresponsive, unresponsive, oom"),
            ]
        );
        assert_eq!((out[0].entity("node"), out[0].citation.source), (Some("n1"), 3));
    }

    proptest! {
        #[test]
        fn it_equals_each_signal_on_each_entry(words in prop::collection::vec(
            prop::sample::select(vec!["node n1 is ", "node n7 is ", "Unresponsive", "not answering", " OOM ", "zoom", "\n", "\r\n", "ü", "unresp", " "]), 0..60)) {
            let pack = Pack::of_texts([("t.toml", PATTERNS)]).unwrap();
            let text = words.concat();
            let fast: Vec<_> = observed(&pack, text.as_bytes()).iter().map(|signal| (signal.citation.line, signal.id)).collect();
            prop_assert_eq!(fast, slow(&pack, text.as_bytes()));
        }

        #[test]
        fn a_signal_can_be_made_later(words in prop::collection::vec(
            prop::sample::select(vec!["node n1 is ", "node n7 is ", "Unresponsive", "not answering", " OOM ", "zoom", "\n", "\r\n", "ü", "unresp", " "]), 0..60)) {
            let pack = Pack::of_texts([("t.toml", PATTERNS)]).unwrap();
            let text = words.concat();
            let (piece, at, source) = (piece(text.as_bytes()), Whereabouts::default(), SourceName { id: 3, path: "p.log" });
            let (observer, states) = (Observer::new(&pack), States::new(&pack));
            let mut at_once = Vec::new();
            let sightings = observer.sight(&piece, text.as_bytes(), &at, &source, &states, Some(&mut at_once), None);
            let later: Vec<Signal> = sightings.iter().filter_map(|seen| observer.signal(seen, &piece, text.as_bytes(), &at, &source)).collect();
            prop_assert_eq!(&later, &observed(&pack, text.as_bytes()));
            prop_assert_eq!(&later, &at_once);
            for (seen, signal) in sightings.iter().zip(&later) {
                prop_assert_eq!((seen.line, seen.offset, &seen.key), (signal.citation.line, signal.citation.offset, &states.key(signal.id, &signal.entities)));
            }
        }
    }

    #[test]
    fn an_entry_that_repeats_a_hint_without_end_is_one_signal() {
        let pack = Pack::of_texts([("t.toml", PATTERNS)]).unwrap();
        let text = "node n1 is unresponsive oom ".repeat(20_000);
        assert_eq!(observed(&pack, text.as_bytes()).len(), 3);
    }
}
