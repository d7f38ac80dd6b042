//! Text: one stretch of text, from its first bytes to what was read of it.
//!
//! In: a stretch of text as it is cut, and what is known of it before. Out: its [`Reading`]. Must not know: other stretches, archives.

use std::sync::Arc;

use super::chunk::{Chunk, Chunker};
use super::cut::begins_cut;
use super::flight;
use super::own_name::own_name;
use super::pass::{Rest, Subject, Yield, finish, pass};
use super::read::{Gathered, Reading, Run, first_look, settle_whereabouts, stated};
use super::record::Tape;
use super::seam::{Torn, loose};
use super::summary::Summary;
use super::tally::Constant;
use super::tuned::Chosen;
use crate::clock::Hints;
use crate::component::Component;
use crate::decode::Framer;
use crate::open::export::note;
use crate::open::layout::{Layout, is_program};
use crate::problem::Problem;
use crate::signal::Signal;
use crate::source::Whereabouts;

/// Wrappers that runtimes put around what containers write.
const CONTAINER_OUTPUT: &[&str] = &["cri", "docker-json"];

/// What is known of a stretch of text before it is read.
#[derive(Debug)]
pub(super) struct Label<'a> {
    pub(super) path: &'a str,
    pub(super) layout: Layout,
    pub(super) encodings: Vec<&'static str>,
    pub(super) modified: Option<i64>,
}

/// What whoever works on a chunk needs to know of its text.
pub(super) struct Known<'a, 'p> {
    framer: Framer,
    at: Whereabouts,
    path: String,
    tuned: Chosen<'a, 'p>,
    tape: Option<Tape<'a>>,
    outer_ahead_ns: i64,
}

impl Known<'_, '_> {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn framer(&self) -> &Framer {
        &self.framer
    }

    pub(super) fn subject<'s>(&'s self, run: &'s Run<'_, '_>) -> Subject<'s> {
        let subject = run.subject(self.tuned.observer(), &self.framer, &self.at, &self.path, self.tape);
        let subject = Subject { outer_ahead_ns: self.outer_ahead_ns, ..subject };
        // What is no log states no version either, whenever that was.
        if matches!(self.tuned, Chosen::Nothing(_)) { Subject { backdrop: None, ..subject } } else { subject }
    }
}

/// A stretch of text that is being read.
pub(super) struct Begun<'a, 'p> {
    pub(super) known: Arc<Known<'a, 'p>>,
    gathered: Gathered<'a>,
    encodings: Vec<&'static str>,
    /// Line and offset of its first byte.
    first: (u64, u64),
    /// Its path told its node, and who speaks.
    is_placed: bool,
    is_known: bool,
    cut: bool,
    begins: Option<Box<[u8]>>,
    /// What there is to say of its reading already.
    notes: Vec<String>,
}

impl<'a, 'p> Run<'a, 'p> {
    /// Reads one stretch of text to its end.
    pub(super) fn text(&self, label: Label<'_>, chunker: &mut Chunker<'_>) -> Reading {
        let mut begun = self.begin(label, chunker);
        let known = Arc::clone(&begun.known);
        let rest = if self.together {
            flight::all(&known.subject(self), chunker, |chunker, part, chunk| {
                begun.take(self, part, &chunk);
                chunker.recycle(chunk);
            })
        } else {
            let mut rest = None;
            while let Some(chunk) = chunker.next(&known.framer) {
                let before = rest.take();
                let part = pass(&known.subject(self), before, &chunk, |left| rest = left);
                begun.take(self, part, &chunk);
                chunker.recycle(chunk);
            }
            rest
        };
        begun.close(self, rest, chunker.place(), std::mem::take(&mut chunker.problems))
    }

    /// Looks at the first bytes of a stretch of text.
    pub(super) fn begin(&self, label: Label<'_>, chunker: &mut Chunker<'_>) -> Begun<'a, 'p> {
        let Label { path, layout: Layout { mut at, created, likely_node, tailed }, encodings, modified } = label;
        let (is_placed, is_known) = (at.node.is_some(), at.component.is_some());
        let first = chunker.place();
        let sample = chunker.sample();
        let framer = Framer::detect(sample);
        let stated = stated(sample);
        let cut = begins_cut(&framer, sample);
        let begins = if first.0 == 1 { loose(&framer, sample) } else { None };
        let seen = first_look(&framer, sample, first.1);
        let outer_ahead_ns = seen.hints.as_ref().map_or(0, |hints| hints.outer_ahead_ns());
        let is_kubelet = at.component.or(seen.components.clear().copied()) == Some(Component::Kubelet);
        let own_name = if at.node.is_none() && is_kubelet { own_name(sample).map(ToOwned::to_owned) } else { None };
        // A script that looks for `mysqld got signal` is told of none. What begins with a record is a log, whatever its name.
        let first_word = crate::decode::frame::lines(sample).position(|(_, line)| !line.trim_ascii().is_empty());
        let is_program = is_program(path) && first_word.is_some_and(|line| seen.plain_from == Some(line as u64 + 1));
        let tuned = if is_program { self.tuned.of_nothing() } else { self.tuned.of(framer.likely().name(), sample) };
        let is_whole = chunker.is_sample_all();
        let told = at.clone();
        settle_whereabouts(&mut at, &seen, stated.host.clone());
        if !is_whole {
            // Further on others may speak: until then each record's envelope says whose it is.
            (at.node, at.pod) = (told.node.or(stated.host), told.pod);
        }
        if matches!(seen.hosts, Constant::Unseen) {
            // In a long file others may follow: there the name only tells that the folder is called otherwise.
            let likely = likely_node.filter(|likely| own_name.as_ref().is_none_or(|own| own == likely));
            at.node = at.node.or(own_name.filter(|_| is_whole)).or(likely);
        }
        let tape = self.tape(path, &encodings);
        let mut gathered = Gathered::new(self.states, self.share, tape);
        let found = &mut gathered.found;
        found.summary.components = seen.components;
        found.summary.verbosity = seen.verbosity;
        let mut hints = Hints::of_file(stated.civil, created, modified);
        hints.stated_zone = stated.zone_ns;
        found.summary.hints = Some(Box::new(hints));
        let known = Arc::new(Known { framer, at, path: path.to_owned(), tuned, tape, outer_ahead_ns });
        let mut notes = Vec::new();
        notes.extend(tailed.then(|| "the collector kept the end of this log only".into()));
        notes.extend(is_program.then(|| "a program's source by its name, not a log: not asked for signals".into()));
        Begun { known, gathered, encodings, first, is_placed, is_known, cut, begins, notes }
    }
}

impl Begun<'_, '_> {
    /// Takes what the next chunk yielded.
    pub(super) fn take(&mut self, run: &Run<'_, '_>, part: Yield, chunk: &Chunk) {
        self.gathered.add(part);
        self.gathered.ends = Torn::of(&self.known.path, chunk.bytes(), chunk.line, chunk.offset);
        run.tick();
    }

    /// Closes it at a place, with what was left of its last chunk and what was wrong with the stream.
    pub(super) fn close(self, run: &Run<'_, '_>, rest: Option<Rest>, (line, offset): (u64, u64), mut problems: Vec<Problem>) -> Reading {
        let Self { known, mut gathered, encodings, first: (first_line, first_offset), is_placed, is_known, cut, begins, mut notes } = self;
        if let Some(rest) = rest {
            gathered.add(finish(&known.subject(run), rest));
        }
        let ends = gathered.ends.take();
        let (mut found, held) = gathered.finish();
        let (framer, mut at) = (&known.framer, known.at.clone());
        notes.extend(framer.folded().map(|width| format!("its lines were broken at {width} characters: put together again")));
        notes.extend(encodings.iter().filter_map(|encoding| note(encoding)).map(str::to_owned));
        let (lines, bytes) = (line - first_line, offset - if first_line == 1 { 0 } else { first_offset });
        problems.extend(found.summary.oversized.drain(..).map(|line| Problem { line, what: "record grew past 1 MiB: closed here".into() }));
        problems.sort();
        let mut wrappers = encodings;
        wrappers.extend(framer.wrappers());
        if !is_known {
            // The sample had its say before anything was matched; several programs in one source are told record by record.
            at.component = None;
        }
        settle_whereabouts(&mut at, &found.summary, None);
        if matches!(found.summary.hosts, Constant::Several) && !is_placed {
            // Several hosts speak: the envelope tells each record's.
            at.node = None;
        }
        let is_output = || wrappers.iter().any(|wrapper| CONTAINER_OUTPUT.contains(wrapper));
        one_instance(&mut found.signals, &known.path, &found.summary);
        if at.component.is_none() && (at.container.is_some() || is_output()) {
            at.component = Some(Component::Container);
        }
        Reading {
            path: known.path.clone(),
            at,
            wrappers,
            found: Box::new(found),
            bytes,
            lines,
            problems,
            notes,
            cut,
            begins,
            ends,
            held,
            ..Reading::default()
        }
    }
}

/// Where one host and one pod alone spoke after all, their log is one instance.
fn one_instance(signals: &mut [Signal], path: &str, seen: &Summary) {
    let speakers = [seen.pods.one(), seen.hosts.one()];
    for (_, name) in signals.iter_mut().flat_map(|signal| &mut signal.entities).filter(|(kind, _)| *kind == "instance") {
        let speaker = name.strip_prefix(path).and_then(|rest| rest.strip_prefix('#'));
        if speaker.is_some_and(|speaker| speakers.iter().flatten().any(|one| &***one == speaker)) {
            *name = path.into();
        }
    }
}
