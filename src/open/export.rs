//! Exports: what log platforms give away, as lines.
//!
//! In: a stream of rows of CSV with a header, a JSON document that lists records (Elasticsearch, Loki, Google Cloud Logging, CloudWatch,
//! OpenTelemetry), documents of YAML (`gcloud`), entries of a journal, or a text that was kept as one string. Out: one line a record. A row and a document stand on the line on which they begin; the tenth record of a list or a journal stands on the tenth line. Must not
//! know: what was logged. Records that stand one a line already need no exporting: a wrapper reads them.

mod documents;
mod escaped;
mod journal;
mod json;
mod order;
mod packed;
mod rows;

use std::io::{self, Read};

use crate::decode::exported;
use documents::Documents;
use escaped::Escaped;
use journal::Entries;
use json::Items;
use order::{STRETCH, Turned};
use rows::Rows;

/// Bytes read at a time.
const READ_BYTES: usize = 64 * 1024;

/// Names of exports among the encodings of a source, and what they do to its lines.
const KINDS: [(&str, &str); 6] = [
    ("json-export", "a list of records in JSON: its tenth line is its tenth record"),
    ("csv-export", "rows of CSV: a line is cited as what its row holds, where the row begins"),
    (
        "reordered",
        "its records did not stand in order of time: they were put in it (1 GiB at a time, less where they compress badly), and lines count in that order",
    ),
    ("yaml-export", "documents of YAML: a line is cited as what its document holds, where the document begins"),
    ("journal-export", "entries of a journal, one field a line: its tenth line is the tenth line of its messages"),
    ("escaped-text", "a text kept as one string: its tenth line is the tenth line of the string"),
];

/// What is to be said of the lines of a source of that encoding.
pub fn note(encoding: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, _)| *name == encoding).map(|(_, note)| *note)
}

/// Cuts an export into records.
trait Cut: Send {
    /// Bytes of one record at most. What is longer is given as it is.
    fn most(&self) -> usize;

    /// Adds the lines of all records that lie whole in `held` to `out`. Out: how many bytes are done with.
    fn take(&mut self, held: &[u8], ended: bool, out: &mut Vec<u8>) -> usize;

    /// A record has no end where one must be: adds the first part of it as it is. Out: how many bytes are done with.
    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize;
}

/// What an export was found to be.
pub(super) struct Export {
    cut: Box<dyn Cut>,
    reordered: bool,
    name: Option<&'static str>,
}

impl Export {
    /// Tells from the first bytes, `None` for what is none.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let (cut, name) = found(head)?;
        // The look at the order uses one up.
        let reordered = order::is_newest_first(head, found(head)?.0.as_mut()) || Items::is_by_stream(head);
        (reordered || name.is_some()).then_some(Self { cut, reordered, name })
    }

    /// Its names among the encodings of a source.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.name.into_iter().chain(self.reordered.then_some(KINDS[2].0))
    }

    /// The lines of a stream that begins with those bytes.
    pub(super) fn lines(self, stream: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let lines = Lines { stream, cut: self.cut, held: Vec::new(), out: Vec::new(), at: 0, ended: false, error: None };
        if self.reordered { Box::new(Turned::new(Box::new(lines), STRETCH)) } else { Box::new(lines) }
    }
}

/// What cuts an export that begins so, and its name where its lines become others.
fn found(head: &[u8]) -> Option<(Box<dyn Cut>, Option<&'static str>)> {
    if let Some(items) = Items::of(head) {
        return Some((Box::new(items), Some(KINDS[0].0)));
    }
    if let Some(rows) = Rows::of(head) {
        return Some((Box::new(rows), Some(KINDS[1].0)));
    }
    if let Some(documents) = Documents::of(head) {
        return Some((Box::new(documents), Some(KINDS[3].0)));
    }
    if let Some(entries) = Entries::of(head) {
        return Some((Box::new(entries), Some(KINDS[4].0)));
    }
    if let Some(escaped) = Escaped::of(head) {
        return Some((Box::new(escaped), Some(KINDS[5].0)));
    }
    // One record a line is a line already, and read where it stands if time goes on from line to line.
    let first = head.split(|byte| *byte == b'\n').next()?;
    exported::is_marked(first).then(|| (Box::new(Whole) as Box<dyn Cut>, None))
}

/// Records that stand one a line.
struct Whole;

impl Cut for Whole {
    fn most(&self) -> usize {
        READ_BYTES
    }

    fn take(&mut self, held: &[u8], _ended: bool, out: &mut Vec<u8>) -> usize {
        out.extend_from_slice(held);
        held.len()
    }

    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        self.take(held, true, out)
    }
}

/// The records of an export, line by line.
struct Lines {
    stream: Box<dyn Read + Send>,
    cut: Box<dyn Cut>,
    held: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
    /// Why it ended, where that was no end: told behind what stood before.
    error: Option<io::Error>,
}

impl Lines {
    /// Reads on, as long as there is more, and cuts what is held.
    fn refill(&mut self) {
        self.out.clear();
        self.at = 0;
        if !self.ended {
            let filled = self.held.len();
            // As much again as is held: a long record is looked through a few times only.
            self.held.resize(filled + READ_BYTES.max(filled), 0);
            let read = self.stream.read(&mut self.held[filled..]);
            self.held.truncate(filled + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(read) => self.ended = read == 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => (self.ended, self.error) = (true, Some(error)),
            }
        }
        let mut used = self.cut.take(&self.held, self.ended, &mut self.out);
        if used == 0 && (self.ended || self.held.len() >= self.cut.most()) {
            used = self.cut.give_up(&self.held, &mut self.out);
        }
        self.held.drain(..used);
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !(self.ended && self.held.is_empty()) {
            self.refill();
        }
        if self.at == self.out.len()
            && let Some(error) = self.error.take()
        {
            return Err(error);
        }
        let take = (self.out.len() - self.at).min(buffer.len());
        buffer[..take].copy_from_slice(&self.out[self.at..self.at + take]);
        self.at += take;
        Ok(take)
    }
}

#[cfg(test)]
mod tests;
