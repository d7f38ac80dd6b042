//! Texts: the raw bytes of entries, from the originals or from the store.
//!
//! In: sources with their places, ranges of bytes. Out: bytes. Must not know: queries, formats.
//!
//! Originals are read and never mapped: others may cut them short at any time.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::fault::Fault;
use super::manifest::{Held, Place, Stretch};
use super::place::read_exact_at;
use super::store::Store;
use crate::scan::record::BLANK;

/// Files that are kept open.
const OPEN_FILES: usize = 64;
/// Bytes read at once where one text after the other is asked for, and where they are picked here and there.
const AHEAD: u64 = 1 << 20;
const APART: u64 = 16 << 10;
/// Longest text of an entry that is read; entries are at most 1 MiB, but lines between them may belong to none.
const LONGEST: u64 = 16 << 20;

/// The files of a case's texts.
#[derive(Debug)]
pub(super) struct Files {
    store: Option<Store>,
    open: Mutex<VecDeque<(PathBuf, Arc<File>)>>,
}

impl Files {
    pub(super) fn new(store: Option<Store>) -> Self {
        Self { store, open: Mutex::new(VecDeque::new()) }
    }

    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// A file that was given, as long as it is still what it was.
    fn file(&self, path: &Path, bytes: u64) -> Result<Arc<File>, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = open.iter().find(|(known, _)| known.as_os_str() == path.as_os_str()) {
            return Ok(Arc::clone(file));
        }
        let hint = "`necropsy case DIR verify` says what has changed; `necropsy ingest` takes it up; --embed keeps a copy in the case";
        let file = File::open(path).map_err(|error| Fault::file("read", path, &error).hint(hint))?;
        let about = file.metadata().map_err(|error| Fault::file("read", path, &error))?;
        // A log that has grown still has its beginning; one of the same length may only have been touched: `verify` compares contents.
        if about.len() < bytes {
            return Err(Fault::new(format!("`{}` has shrunk since it was ingested", path.display())).hint(hint));
        }
        let file = Arc::new(file);
        open.push_back((path.to_owned(), Arc::clone(&file)));
        if open.len() > OPEN_FILES {
            open.pop_front();
        }
        Ok(file)
    }
}

/// Reads texts, one after the other or here and there. One for each thread.
#[derive(Debug)]
pub(super) struct Reader<'c> {
    files: &'c Files,
    source: usize,
    stretch: usize,
    start: u64,
    held: Vec<u8>,
    picked: Vec<u8>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(files: &'c Files) -> Self {
        Self { files, source: usize::MAX, stretch: 0, start: 0, held: Vec::new(), picked: Vec::new() }
    }

    /// Bytes `[from, to)` of a source, which lie in one stretch of it.
    pub(super) fn read(&mut self, source: usize, held: &Held, stretch: usize, from: u64, to: u64) -> Result<&[u8], Fault> {
        let part = held.stretches.get(stretch).ok_or_else(|| Fault::new(format!("`{}` has no text", held.path)))?;
        let to = to.min(part.end).min(from.saturating_add(LONGEST)).max(from);
        let end = self.start + self.held.len() as u64;
        let here = (source, stretch) == (self.source, self.stretch);
        if !here || from < self.start || to > end {
            let follows = here && from >= self.start && from <= end + APART;
            self.source = usize::MAX;
            self.fill(part, from, to, if follows { AHEAD } else { APART })?;
            (self.source, self.stretch) = (source, stretch);
        }
        let held = from.checked_sub(self.start).zip(to.checked_sub(self.start)).and_then(|(start, end)| self.held.get(start as usize..end as usize));
        let text = held.ok_or_else(|| Fault::new(format!("`{}` is shorter than it was", part.path)))?;
        if !part.picked {
            return Ok(text);
        }
        // Lines of others are blank.
        self.picked.clear();
        for line in text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.first() != Some(&BLANK)) {
            self.picked.extend_from_slice(line);
        }
        Ok(&self.picked)
    }

    fn fill(&mut self, part: &Stretch, from: u64, to: u64, ahead: u64) -> Result<(), Fault> {
        let before = part.bytes_before;
        match &part.text {
            Place::Nowhere => return Err(Fault::new(format!("`{}` has no text", part.path))),
            Place::Original { file, bytes, .. } => {
                let opened = self.files.file(file, *bytes)?;
                let until = from.saturating_add(ahead).min(part.end).max(to);
                self.held.resize(until.saturating_sub(from) as usize, 0);
                read_exact_at(&opened, &mut self.held, from.saturating_sub(before)).map_err(|error| Fault::file("read", file, &error))?;
                self.start = from;
            }
            Place::Store { first, blocks } => {
                let store = self.files.store.as_ref().ok_or_else(|| Fault::new("the case has no store"))?;
                let broken = |error: &io::Error| {
                    Fault::new(format!("the store of the case cannot be read: {error}")).hint("`necropsy case DIR verify` says what is damaged")
                };
                let found = store.find(*first, *blocks, from.saturating_sub(before));
                let (mut at, mut block) = found.ok_or_else(|| Fault::new(format!("`{}` is not all in the store", part.path)))?;
                self.start = block.offset.saturating_add(before);
                self.held = store.text(block).map_err(|error| broken(&error))?;
                while self.start + (self.held.len() as u64) < to && at + 1 < first + blocks {
                    at += 1;
                    block = store.block(at);
                    self.held.extend(store.text(block).map_err(|error| broken(&error))?);
                }
            }
        }
        Ok(())
    }
}
