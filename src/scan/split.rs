//! Splitting: a file of text is one source, or several.
//!
//! In: the text of a file. Out: a reading of the file, and one of each section between fences, or of each part of a merged file. Lines
//! and offsets are those of the file. Must not know: other files.

use std::collections::BTreeMap;
use std::io::Read;

use super::chunk::Chunker;
use super::fenced::{Fenced, Stretch};
use super::join;
use super::keep::Kept;
use super::merged;
use super::read::{Reading, Run};
use super::text::Label;
use crate::open::layout::{self, Layout};

/// What was read of a file so far, part by part.
pub(super) struct Parts<'f> {
    path: &'f str,
    encodings: &'f [&'static str],
    modified: Option<i64>,
    base: Layout,
    /// Line and offset of the next part, and whose it is.
    place: (u64, u64),
    stretch: Stretch,
    whole: Option<Reading>,
    sections: Vec<Reading>,
    names: BTreeMap<String, u32>,
    likely_node: Option<String>,
    kept: Kept,
}

impl<'f> Parts<'f> {
    /// Nothing of a file yet, of which so many bytes were passed over.
    pub(super) fn new(run: &Run<'_, '_>, path: &'f str, skipped: u64, encodings: &'f [&'static str], modified: Option<i64>) -> Self {
        Self {
            path,
            encodings,
            modified,
            base: run.settings.layout(path),
            place: (1, skipped),
            stretch: Stretch::Rest,
            whole: None,
            sections: Vec::new(),
            names: BTreeMap::new(),
            likely_node: None,
            kept: Kept::new(run.share.budget),
        }
    }

    /// Line and offset of the next part.
    pub(super) fn place(&self) -> (u64, u64) {
        self.place
    }

    /// What is known of the file's own text.
    pub(super) fn label(&self) -> Label<'f> {
        Label { path: self.path, layout: self.base.clone(), encodings: self.encodings.to_vec(), modified: self.modified }
    }

    /// Reads the next part.
    pub(super) fn read(&mut self, run: &Run<'_, '_>, chunker: &mut Chunker<'_>) {
        if let Some((layout, name)) = section(&self.base, &self.stretch) {
            let again = self.names.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            let name = if *again > 1 { format!("{}#{name}~{again}", self.path) } else { format!("{}#{name}", self.path) };
            let layout = Layout { likely_node: self.likely_node.clone().or(layout.likely_node), ..layout };
            let mut reading = run.text(Label { path: &name, layout, ..self.label() }, chunker);
            reading.within = Some(self.path.to_owned());
            // One file of sections is of one machine, unless a section says otherwise.
            let speaker = reading.found.summary.hosts.one().map(ToString::to_string);
            self.likely_node = speaker.filter(|_| matches!(self.stretch, Stretch::Section(_))).or(self.likely_node.take());
            let is_over = self.kept.add(&reading);
            self.sections.push(reading);
            // Signals of all sections together keep to the file's budget.
            if is_over {
                self.kept.thin(run.states, &mut self.sections.iter_mut().collect::<Vec<_>>());
            }
        } else if let Some(way) = Some(&mut *chunker).filter(|_| self.whole.is_none()).and_then(merged::way) {
            self.merged(run, chunker, way);
        } else {
            self.add(run.text(self.label(), chunker));
            self.turn(run, chunker);
        }
        self.place = chunker.place();
    }

    /// Reads what follows in the stream where a text ended before it.
    pub(super) fn turn(&mut self, run: &Run<'_, '_>, chunker: &mut Chunker<'_>) {
        while chunker.has_turned() {
            match merged::way(chunker) {
                Some(way) => self.merged(run, chunker, way),
                None => self.add(run.text(self.label(), chunker)),
            }
        }
        self.place = chunker.place();
    }

    /// Reads what several speakers said by turns.
    fn merged(&mut self, run: &Run<'_, '_>, chunker: &mut Chunker<'_>, way: merged::Way) {
        let (mut own, parts) = run.merged(&self.label(), chunker, way);
        // Lines of nobody say nothing about who spoke alone before.
        own.at = self.whole.as_ref().map_or(own.at, |whole| whole.at.clone());
        self.add(own);
        self.sections.extend(parts);
    }

    /// Adds what was read of the file's own text.
    pub(super) fn add(&mut self, reading: Reading) {
        match &mut self.whole {
            Some(whole) => join::follow(whole, reading),
            None => self.whole = Some(reading),
        }
    }

    /// Notes that the part before ends at a place. Out: whether there is another.
    pub(super) fn goes_on(&mut self, fenced: &mut Fenced<'_>, place: (u64, u64)) -> bool {
        self.place = place;
        let next = fenced.advance();
        let goes_on = next.is_some();
        self.stretch = next.unwrap_or(Stretch::Rest);
        goes_on
    }

    /// Reads the parts that follow those that were read.
    pub(super) fn follow(&mut self, run: &Run<'_, '_>, fenced: &mut Fenced<'_>) {
        loop {
            let mut chunker = Chunker::within(fenced, self.place.0, self.place.1);
            self.read(run, &mut chunker);
            drop(chunker);
            if !self.goes_on(fenced, self.place) {
                break;
            }
        }
    }

    /// The readings of the file.
    pub(super) fn finish(self) -> Vec<Reading> {
        let Self { path, place: (line, offset), whole, mut sections, .. } = self;
        let mut whole = whole.unwrap_or_default();
        let nothing_else = whole.bytes <= 2 * whole.lines;
        (whole.lines, whole.bytes) = (line - 1, offset);
        if nothing_else && sections.len() == 1 {
            // One fence around the whole file.
            sections.drain(..).map(|only| Reading { path: path.to_owned(), within: None, lines: line - 1, bytes: offset, ..only }).collect()
        } else {
            if !sections.is_empty() {
                whole.notes.push(format!("{} parts of this file are sources of their own: {path}#…", sections.len()));
            }
            // No more room than it takes: there may be very many files.
            let mut readings = Vec::with_capacity(1 + sections.len());
            readings.push(whole);
            readings.append(&mut sections);
            readings
        }
    }
}

impl Run<'_, '_> {
    /// Reads a file. The first reading is the file's own; what stands in sections is not in it.
    pub(super) fn file(
        &self,
        path: &str,
        stream: &mut (dyn Read + Send),
        skipped: u64,
        encodings: &[&'static str],
        modified: Option<i64>,
    ) -> Vec<Reading> {
        let mut parts = Parts::new(self, path, skipped, encodings, modified);
        parts.follow(self, &mut Fenced::new(stream));
        parts.finish()
    }
}

/// Where a stretch belongs, and its name in the file. `None`: to the file itself.
fn section(base: &Layout, stretch: &Stretch) -> Option<(Layout, String)> {
    match stretch {
        Stretch::Rest => None,
        Stretch::Log { container, pod } => Some((layout::of_log(base, pod, container), format!("{pod}/{container}"))),
        Stretch::Section(name) => Some((layout::of_section(base, name), name.clone())),
    }
}
