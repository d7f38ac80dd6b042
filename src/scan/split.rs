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
use super::read::{Label, Reading, Run};
use crate::open::layout::{self, Layout};

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
        let base = self.settings.layout(path);
        let mut fenced = Fenced::new(stream);
        let (mut line, mut offset) = (1, skipped);
        let mut stretch = Stretch::Rest;
        let mut whole: Option<Reading> = None;
        let mut sections: Vec<Reading> = Vec::new();
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        let mut likely_node: Option<String> = None;
        let mut kept = Kept::new(self.share.budget);
        loop {
            let mut chunker = Chunker::within(&mut fenced, line, offset);
            if let Some((layout, name)) = section(&base, &stretch) {
                let again = names.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
                let name = if *again > 1 { format!("{path}#{name}~{again}") } else { format!("{path}#{name}") };
                let layout = Layout { likely_node: likely_node.clone().or(layout.likely_node), ..layout };
                let mut reading = self.text(Label { path: &name, layout, encodings: encodings.to_vec(), modified }, &mut chunker);
                reading.within = Some(path.to_owned());
                // One file of sections is of one machine, unless a section says otherwise.
                let speaker = reading.found.summary.hosts.one().map(ToString::to_string);
                likely_node = speaker.filter(|_| matches!(stretch, Stretch::Section(_))).or(likely_node);
                let is_over = kept.add(&reading);
                sections.push(reading);
                // Signals of all sections together keep to the file's budget.
                if is_over {
                    kept.thin(self.states, &mut sections.iter_mut().collect::<Vec<_>>());
                }
            } else if let Some(way) = Some(&mut chunker).filter(|_| whole.is_none()).and_then(merged::way) {
                let (own, parts) = self.merged(&Label { path, layout: base.clone(), encodings: encodings.to_vec(), modified }, &mut chunker, way);
                whole = Some(own);
                sections.extend(parts);
            } else {
                let reading = self.text(Label { path, layout: base.clone(), encodings: encodings.to_vec(), modified }, &mut chunker);
                match &mut whole {
                    Some(whole) => join::follow(whole, reading),
                    None => whole = Some(reading),
                }
            }
            (line, offset) = chunker.place();
            match fenced.advance() {
                Some(next) => stretch = next,
                None => break,
            }
        }
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

/// Where a stretch belongs, and its name in the file. `None`: to the file itself.
fn section(base: &Layout, stretch: &Stretch) -> Option<(Layout, String)> {
    match stretch {
        Stretch::Rest => None,
        Stretch::Log { container, pod } => Some((layout::of_log(base, pod, container), format!("{pod}/{container}"))),
        Stretch::Section(name) => Some((layout::of_section(base, name), name.clone())),
    }
}
