//! Merged: the lines of several nodes, containers or files in one file, each with the name of its own in front.
//!
//! In: chunks of such a file. Out: a reading of each, in which its records follow each other again, and one of what is left over. Must not
//! know: why somebody merged them.
//!
//! Merged journals hold the lines of all nodes in the order of their text, so that records of several lines are torn apart and months come in
//! the order of their names.

mod speaker;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::chunk::{Chunk, Chunker, Until};
use super::pass::{Rest, Subject, finish, pass};
use super::read::{Gathered, Reading, Run, first_look, settle_whereabouts};
use super::share::Share;
use super::text::Label;
use crate::clock::Hints;
use crate::component::Component;
use crate::decode::Framer;
use crate::decode::frame::{LineChoice, MAX_ENTRY_BYTES, Owner, Owners, lines};
use crate::decode::wrapper::compose;
use crate::open::layout::Layout;
use crate::source::Whereabouts;
use speaker::{Sender, Speaker};

/// Speakers told apart in one file; the lines of others stay together.
const MAX_PARTS: usize = 256;
/// Of them, how many may be pods' before the further ones stay together.
const MAX_PODS: usize = 64;
/// Parts that share the signals a file may keep. More of them are rare, and then each is quiet.
const MAX_SHARES: usize = 16;
/// Lines looked at, of a file and of each part.
const LOOKED_AT: usize = 2000;
/// Lines whose envelopes are looked at.
const ENVELOPES: usize = 1000;
/// Lines of a chunk that are looked at for others than the one who spoke so far.
const GLANCES: usize = 128;
/// Bytes behind a chunk in which records may have begun that are still open.
const KEPT_OWNERS: u64 = 4 * MAX_ENTRY_BYTES as u64;
/// The owner of what is left over.
const NOBODY: Owner = Owner::MAX;
/// Bytes looked at of each part.
const SAMPLE_BYTES: usize = 256 << 10;

/// How the parts of a merged file are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By what stands in front of each line.
    Beginnings,
    /// By the file that a search names in front of each line, whatever that line is.
    Search,
    /// By what the envelope around each line says.
    Envelopes,
}

/// How a file is merged, if it is: two speakers or more, or a search's finds, and hardly a line that is of none. Where one speaks alone as far as one
/// can look ahead, the chunker is told to end the text when somebody else does.
pub(super) fn way(chunker: &mut Chunker<'_>) -> Option<Way> {
    // Most files are none: a few lines show it.
    let first: Vec<&[u8]> = lines(chunker.sample()).map(|(_, line)| line).filter(|line| !line.is_empty()).take(16).collect();
    let begins = first.iter().any(|line| compose::bar(line).is_some() || Speaker::of(line).or_else(|| Speaker::found(line)).is_some());
    let framer = Framer::of_envelopes(&first);
    let is_sent = || !framer.wrappers().is_empty() && first.iter().any(|line| framer.envelope(line).and_then(Sender::of).is_some());
    if !begins && !is_sent() {
        return None;
    }
    let alone = || first.iter().find_map(|line| Speaker::of(line)).map(|(_, choice)| choice);
    let alone = if begins { alone() } else { None };
    // One of them may speak alone for a while.
    let ahead: Vec<&[u8]> = lines(chunker.ahead()).map(|(_, line)| line).filter(|line| !line.is_empty()).collect();
    let spread = |most: usize| spread(&ahead, most);
    let by_beginnings = if begins { by_beginnings(spread(LOOKED_AT)) } else { None };
    let way = by_beginnings.or_else(|| by_envelopes(&framer, spread(ENVELOPES)).then_some(Way::Envelopes));
    if way.is_none() && !chunker.is_ahead_all() {
        chunker.watch(lookout(alone, framer));
    }
    way
}

/// Some of many lines, in their order: one of each stretch, now at its beginning and now further on, since those who speak by turns may do so regularly.
fn spread<'l>(all: &[&'l [u8]], most: usize) -> impl Iterator<Item = &'l [u8]> {
    let stretch = all.len().div_ceil(most).max(1);
    (0..all.len().div_ceil(stretch)).filter_map(move |at| all.get(at * stretch + at * 7919 % stretch)).copied()
}

/// Some lines of a chunk, in their order, at distances as uneven: nobody cuts the whole chunk into lines for them.
fn glances(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let stretch = bytes.len().div_ceil(GLANCES).max(1);
    (0..GLANCES).filter_map(move |at| {
        let rest = bytes.get(at * stretch + at * 7919 % stretch..)?;
        let line = rest.get(memchr::memchr(b'\n', rest)? + 1..)?;
        lines(line).next().map(|(_, line)| line).filter(|line| !line.is_empty())
    })
}

/// Tells whether others speak among some lines than the one who spoke alone before.
fn lookout(alone: Option<LineChoice>, framer: Framer) -> Until {
    Box::new(move |bytes| match &alone {
        Some(alone) => {
            let (own, others): (Vec<&[u8]>, Vec<&[u8]>) = glances(bytes).partition(|line| alone.takes(line, 0));
            let known = others.iter().filter(|line| Speaker::of(line).is_some()).count();
            known > 1 && (own.len() + known) * 2 > own.len() + others.len()
        }
        None => by_envelopes(&framer, glances(bytes)),
    })
}

fn by_beginnings<'l>(spread: impl Iterator<Item = &'l [u8]>) -> Option<Way> {
    let (mut owned, mut in_files, mut all) = (0_usize, 0_usize, 0_usize);
    let mut known: Vec<LineChoice> = Vec::new();
    let mut is_search = false;
    // Names of services are padded to one width: a bar where others have it stands behind a name too, whatever follows.
    let mut bars: Vec<usize> = Vec::new();
    let mut barred: HashMap<usize, usize, RandomState> = HashMap::default();
    for line in spread {
        all += 1;
        in_files += usize::from(Speaker::found(line).is_some());
        if known.iter().any(|choice| choice.takes(line, 0)) {
            owned += 1;
        } else if let Some((speaker, choice)) = Speaker::of(line).filter(|_| known.len() < MAX_PARTS) {
            owned += 1;
            is_search |= matches!(speaker, Speaker::File(_));
            if matches!(speaker, Speaker::Service(_)) {
                bars.extend(compose::bar(line).filter(|bar| !bars.contains(bar)));
            }
            known.push(choice);
        } else if let Some(bar) = compose::bar(line) {
            *barred.entry(bar).or_default() += 1;
        }
    }
    owned += bars.iter().filter_map(|bar| barred.get(bar)).sum::<usize>();
    if is_search && in_files * 2 > all {
        return Some(Way::Search);
    }
    (known.len() > 1 && owned * 2 > all).then_some(Way::Beginnings)
}

/// Machines, pods or members of a control plane that speak by turns. A machine that was given its name while it started has two, one after the other.
fn by_envelopes<'l>(framer: &Framer, spread: impl Iterator<Item = &'l [u8]>) -> bool {
    let (mut owned, mut all, mut turns) = (0, 0, 0);
    let mut last: Option<Sender> = None;
    for line in spread {
        all += 1;
        if let Some(sender) = framer.envelope(line).and_then(Sender::of) {
            owned += 1;
            turns += usize::from(last.as_ref().is_some_and(|last| !last.is_beside(&sender)));
            last = Some(sender);
        }
    }
    turns > 1 && owned * 2 > all
}

/// One speaker's part of the file.
struct Spoken<'s> {
    speaker: Option<Speaker>,
    layout: Layout,
    framer: Framer,
    at: Whereabouts,
    path: String,
    gathered: Gathered<'s>,
    outer_ahead_ns: i64,
    rest: Option<Rest>,
    lines: u64,
    bytes: u64,
}

impl Spoken<'_> {
    fn count(&mut self, length: usize) {
        self.lines += 1;
        self.bytes += length as u64 + 1;
    }
}

/// The parts found so far, and whose the lines are.
struct Dealt<'s> {
    parts: Vec<Spoken<'s>>,
    left_over: Spoken<'s>,
    /// By envelopes: the part of each sender, how many of them are pods', and whose lines are whose.
    senders: HashMap<Sender, usize, RandomState>,
    pods: usize,
    owners: Owners,
    /// Who spoke just now.
    last: Option<usize>,
}

impl Run<'_, '_> {
    /// Reads a merged file: what belongs to nobody, and each part.
    pub(super) fn merged(&self, label: &Label<'_>, chunker: &mut Chunker<'_>, way: Way) -> (Reading, Vec<Reading>) {
        let framer = Framer::detect(chunker.sample());
        let left_over = self.spoken(label, None, framer.clone(), &[]);
        let mut all = Dealt { parts: Vec::new(), left_over, senders: HashMap::default(), pods: 0, owners: Owners::default(), last: None };
        while let Some(mut chunk) = chunker.next(&framer) {
            match way {
                Way::Beginnings | Way::Search => self.deal_by_beginnings(label, &framer, &chunk, way, &mut all),
                Way::Envelopes => self.deal_by_envelopes(label, &framer, &chunk, &mut all),
            }
            // Where the file may be cut for one part it may not for another.
            chunk.open_end = true;
            if self.together {
                all.parts.par_iter_mut().chain(rayon::iter::once(&mut all.left_over)).for_each(|part| self.take(part, &chunk));
            } else {
                all.parts.iter_mut().chain([&mut all.left_over]).for_each(|part| self.take(part, &chunk));
            }
            self.tick();
            chunker.recycle(chunk);
        }
        let several = all.parts.len();
        let mut own = self.close(all.left_over, label, several);
        own.problems.append(&mut chunker.problems);
        own.problems.sort();
        let mut readings: Vec<Reading> = all.parts.into_iter().map(|part| self.close(part, label, several)).collect();
        readings.sort_by(|a, b| a.path.cmp(&b.path));
        (own, readings)
    }

    /// Gives each line to the part whose beginning it has.
    fn deal_by_beginnings<'s>(&'s self, label: &Label<'_>, framer: &Framer, chunk: &Chunk, way: Way, all: &mut Dealt<'s>) {
        let Dealt { parts, left_over, last, .. } = all;
        for (from, line) in lines(chunk.bytes()) {
            let takes = |part: &Spoken<'_>| part.framer.takes(line, 0);
            // Who spoke just now mostly goes on.
            let known = last.filter(|last| parts.get(*last).is_some_and(takes)).or_else(|| parts.iter().position(takes));
            let index = known.or_else(|| {
                let speaker = if way == Way::Search { Speaker::found(line) } else { Speaker::of(line) };
                let (speaker, choice) = speaker.filter(|_| parts.len() < MAX_PARTS)?;
                let sample = sample(chunk.bytes().get(from..).unwrap_or_default(), &choice);
                parts.push(self.spoken(label, Some(speaker), Framer::detect(&sample).only(choice), &sample));
                Some(parts.len() - 1)
            });
            *last = index.or(*last);
            index.and_then(|index| parts.get_mut(index)).unwrap_or(left_over).count(line.len());
        }
        left_over.framer = framer.only(LineChoice::Without(parts.iter().map(|part| part.framer.choice().clone()).collect()));
    }

    /// Gives each line to whom its envelope names; one without an envelope goes on where the one before it did.
    fn deal_by_envelopes<'s>(&'s self, label: &Label<'_>, framer: &Framer, chunk: &Chunk, all: &mut Dealt<'s>) {
        let Dealt { parts, left_over, senders, pods, owners, last } = all;
        // What may still be open of each part.
        owners.forget_before(chunk.offset.saturating_sub(KEPT_OWNERS));
        let bytes = chunk.bytes();
        let sender = |(from, line): (usize, &'_ [u8])| (from, line.len(), framer.envelope(line).and_then(Sender::of));
        let sent_by: Vec<_> =
            if self.together { lines(bytes).collect::<Vec<_>>().into_par_iter().map(sender).collect() } else { lines(bytes).map(sender).collect() };
        for (from, length, sender) in sent_by {
            if let Some(sender) = sender {
                *last = senders.get(&sender).copied();
                // Each part looks at all chunks: pods are many, machines are few.
                let is_free = parts.len() < MAX_PARTS && (!sender.is_of_pod() || *pods < MAX_PODS);
                if last.is_none() && is_free {
                    let sample = sent(bytes.get(from..).unwrap_or_default(), framer, &sender);
                    parts.push(self.spoken(label, Some(Speaker::Sent(sender.clone())), framer.clone(), &sample));
                    *last = Some(parts.len() - 1);
                    *pods += usize::from(sender.is_of_pod());
                    senders.insert(sender, parts.len() - 1);
                }
            }
            owners.push(chunk.offset + from as u64, last.map_or(NOBODY, |at| at as Owner));
            last.and_then(|index| parts.get_mut(index)).unwrap_or(left_over).count(length);
        }
        owners.sort(parts.len());
        let owners = Arc::new(owners.clone());
        for (part, owner) in parts.iter_mut().zip(0..) {
            part.framer = framer.only(LineChoice::Owned(Arc::clone(&owners), owner));
        }
        left_over.framer = framer.only(LineChoice::Owned(owners, NOBODY));
    }

    fn spoken(&self, label: &Label<'_>, speaker: Option<Speaker>, framer: Framer, sample: &[u8]) -> Spoken<'_> {
        let base = &label.layout;
        let layout = speaker.as_ref().map_or_else(|| base.clone(), |speaker| speaker.layout(base));
        let mut at = layout.at.clone();
        let mut outer_ahead_ns = 0;
        if speaker.is_some() {
            let seen = first_look(&framer, sample, 0);
            settle_whereabouts(&mut at, &seen, None);
            outer_ahead_ns = seen.hints.map_or(0, |hints| hints.outer_ahead_ns());
        }
        let path = speaker.as_ref().map_or_else(|| label.path.to_owned(), |speaker| format!("{}#{}", label.path, speaker.name()));
        let share = Share { budget: self.share.budget / MAX_SHARES, ..self.share };
        let mut gathered = Gathered::new(self.states, share, self.tape(&path, &label.encodings));
        gathered.found.summary.hints = Some(Box::new(Hints::of_file(None, base.created, label.modified)));
        Spoken { speaker, layout, framer, at, path, gathered, outer_ahead_ns, rest: None, lines: 0, bytes: 0 }
    }

    fn take(&self, part: &mut Spoken<'_>, chunk: &Chunk) {
        let Spoken { framer, at, path, gathered, outer_ahead_ns, rest, .. } = part;
        let subject = Subject { outer_ahead_ns: *outer_ahead_ns, ..self.subject(self.tuned.plain(), framer, at, path, gathered.tape) };
        let before = rest.take();
        gathered.add(pass(&subject, before, chunk, |left| *rest = left));
        // A part that says nothing more must not hold the lines of the others.
        if let Some(rest) = rest.take_if(|rest| rest.length() > 2 * MAX_ENTRY_BYTES) {
            gathered.add(finish(&subject, rest));
        }
    }

    fn close(&self, part: Spoken<'_>, label: &Label<'_>, several: usize) -> Reading {
        let Spoken { speaker, layout, framer, mut at, path, mut gathered, outer_ahead_ns, rest, lines, bytes } = part;
        if let Some(rest) = rest {
            let subject = Subject { outer_ahead_ns, ..self.subject(self.tuned.plain(), &framer, &at, &path, gathered.tape) };
            gathered.add(finish(&subject, rest));
        }
        let (found, held) = gathered.finish();
        at.component = layout.at.component;
        settle_whereabouts(&mut at, &found.summary, None);
        if at.component.is_none() && at.container.is_some() {
            at.component = Some(Component::Container);
        }
        let mut wrappers = label.encodings.clone();
        wrappers.extend(speaker.as_ref().and_then(Speaker::wrapper));
        wrappers.extend(framer.wrappers());
        let mut reading = Reading { path, at, wrappers, found: Box::new(found), bytes, lines, held, ..Reading::default() };
        if let Some(speaker) = speaker {
            reading.within = Some(label.path.to_owned());
            reading.chosen = matches!(speaker, Speaker::File(_));
            reading.notes.push(speaker.note(several));
            if !reading.found.summary.silence.in_order() {
                reading.notes.push("the lines are not in order of time: each record counts by its own stamp".into());
            }
        }
        reading
    }
}

/// The first lines of a sender.
fn sent(bytes: &[u8], framer: &Framer, sender: &Sender) -> Vec<u8> {
    let near = lines(bytes).take(ENVELOPES).map(|(_, line)| line);
    let own: Vec<&[u8]> = near.filter(|line| framer.envelope(line).and_then(Sender::of).as_ref() == Some(sender)).collect();
    own.join(&b'\n')
}

/// The first lines of a part, without their beginning.
fn sample(bytes: &[u8], choice: &LineChoice) -> Vec<u8> {
    let own = lines(bytes.get(..4 * SAMPLE_BYTES).unwrap_or(bytes)).filter_map(|(_, line)| choice.rest(line)).take(LOOKED_AT);
    let mut sample = Vec::new();
    for line in own {
        if sample.len() > SAMPLE_BYTES {
            break;
        }
        sample.extend_from_slice(line);
        sample.push(b'\n');
    }
    sample
}
