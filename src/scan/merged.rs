//! Merged journals: several nodes in one file, each line with its node's name in front.
//!
//! In: chunks of such a file. Out: a reading of each node, in which its records follow each other again, and one of what is left over. Must not
//! know: why somebody merged them.
//!
//! # Source
//!
//! openshift/oc `pkg/cli/admin/node/logs.go`: lines of all nodes are interleaved in the order of their text, so that records of several lines are
//! torn apart and months come in the order of their names.

use super::chunk::{Chunk, Chunker};
use super::pass::{Rest, finish, pass};
use super::read::{Gathered, Reading, Run, first_look, settle_whereabouts};
use super::share::Share;
use super::text::Label;
use crate::clock::Hints;
use crate::decode::Framer;
use crate::decode::frame::{LineChoice, MAX_ENTRY_BYTES, lines};
use crate::decode::wrapper::{Wrapper as _, node_prefix::NodePrefix};
use crate::open::layout::Layout;
use crate::source::Whereabouts;

/// Nodes told apart in one file; the lines of others stay together.
const MAX_NODES: usize = 256;
/// Nodes that share the signals a file may keep. More of them are rare, and then each is quiet.
const MAX_SHARES: usize = 16;
/// Lines looked at.
const LOOKED_AT: usize = 2000;

/// The node whose name stands in front of a line.
fn node_of(line: &[u8]) -> Option<&[u8]> {
    let inside = NodePrefix.unwrap(line)?;
    let host = inside.envelope.host?;
    line.get(..host.len())
}

/// Whether a file is a merged journal: two nodes or more, and hardly a line that is of none.
pub(super) fn is_merged(sample: &[u8]) -> bool {
    let (mut of_nodes, mut all) = (0_usize, 0_usize);
    let (mut first, mut several) = (None, false);
    for (_, line) in lines(sample).filter(|(_, line)| !line.is_empty()).take(LOOKED_AT) {
        all += 1;
        if let Some(node) = node_of(line) {
            of_nodes += 1;
            several |= *first.get_or_insert(node) != node;
        }
        // Most files are none: a few lines show it.
        if all == 16 && of_nodes == 0 {
            return false;
        }
    }
    several && of_nodes * 2 > all
}

/// One node's part of the file.
struct Node<'s> {
    start: Box<[u8]>,
    framer: Framer,
    at: Whereabouts,
    path: String,
    gathered: Gathered<'s>,
    rest: Option<Rest>,
    lines: u64,
    bytes: u64,
}

impl Run<'_, '_> {
    /// Reads a merged journal: what belongs to no node, and each node.
    pub(super) fn merged(&self, label: &Label<'_>, chunker: &mut Chunker<'_>) -> (Reading, Vec<Reading>) {
        let path = label.path;
        let Layout { at: base, created, .. } = &label.layout;
        let (_, offset) = chunker.place();
        let sample = chunker.sample();
        let framer = Framer::detect(sample);
        let first = first_look(&framer, sample, offset);
        let node = |start: &[u8]| {
            let name = String::from_utf8_lossy(start.trim_ascii_end()).into_owned();
            let mut at = Whereabouts { node: Some(name.clone()), ..base.clone() };
            settle_whereabouts(&mut at, &first, None);
            let path = if name.is_empty() { path.to_owned() } else { format!("{path}#{name}") };
            let mut gathered =
                Gathered::new(self.states, Share { budget: self.share.budget / MAX_SHARES, ..self.share }, self.tape(&path, &label.encodings));
            gathered.found.summary.hints = Some(Box::new(Hints::of_file(None, *created, label.modified)));
            let framer = framer.only(LineChoice::With(start.into()));
            Node { start: start.into(), framer, at, path, gathered, rest: None, lines: 0, bytes: 0 }
        };
        let mut nodes: Vec<Node<'_>> = Vec::new();
        let mut left_over = node(b"");
        left_over.at = base.clone();
        path.clone_into(&mut left_over.path);
        while let Some(mut chunk) = chunker.next(&framer) {
            for (_, line) in lines(chunk.bytes()) {
                let known = nodes.iter().position(|node| line.starts_with(&node.start));
                let index = known.or_else(|| {
                    let name = node_of(line).filter(|_| nodes.len() < MAX_NODES)?;
                    nodes.push(node(&[name, b" "].concat()));
                    Some(nodes.len() - 1)
                });
                let owner = index.and_then(|index| nodes.get_mut(index)).unwrap_or(&mut left_over);
                owner.lines += 1;
                owner.bytes += line.len() as u64 + 1;
            }
            left_over.framer = framer.only(LineChoice::Without(nodes.iter().map(|node| node.start.clone()).collect()));
            // Where the file may be cut for one node it may not for another.
            chunk.open_end = true;
            for node in nodes.iter_mut().chain([&mut left_over]) {
                self.take(node, &chunk);
            }
            self.tick();
            chunker.recycle(chunk);
        }
        let several = nodes.len();
        let mut own = self.close(left_over, label);
        own.problems.append(&mut chunker.problems);
        own.problems.sort();
        let mut readings: Vec<Reading> = nodes.into_iter().map(|node| self.close(node, label)).collect();
        readings.sort_by(|a, b| a.path.cmp(&b.path));
        for reading in &mut readings {
            reading.within = Some(path.to_owned());
            reading.notes.push(format!("taken out of a file that holds the lines of {several} nodes in order of their text"));
            if !reading.found.summary.silence.in_order() {
                reading.notes.push("the lines are not in order of time: each record counts by its own stamp".into());
            }
        }
        (own, readings)
    }

    fn take(&self, node: &mut Node<'_>, chunk: &Chunk) {
        let Node { framer, at, path, gathered, rest, .. } = node;
        let subject = self.subject(self.tuned.plain(), framer, at, path, gathered.tape);
        let before = rest.take();
        gathered.add(pass(&subject, before, chunk, |left| *rest = left));
        // A node that says nothing more must not hold the lines of the others.
        if let Some(rest) = rest.take_if(|rest| rest.length() > 2 * MAX_ENTRY_BYTES) {
            gathered.add(finish(&subject, rest));
        }
    }

    fn close(&self, node: Node<'_>, label: &Label<'_>) -> Reading {
        let Node { framer, mut at, path, mut gathered, rest, lines, bytes, .. } = node;
        if let Some(rest) = rest {
            let subject = self.subject(self.tuned.plain(), &framer, &at, &path, gathered.tape);
            gathered.add(finish(&subject, rest));
        }
        let (found, held) = gathered.finish();
        at.component = label.layout.at.component;
        settle_whereabouts(&mut at, &found.summary, None);
        let mut wrappers = label.encodings.clone();
        wrappers.extend(framer.wrappers());
        Reading { path, at, wrappers, found: Box::new(found), bytes, lines, held, ..Reading::default() }
    }
}
