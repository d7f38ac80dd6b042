//! Texts: the raw bytes of entries, from the originals or from the store.
//!
//! In: sources with their places, ranges of bytes. Out: bytes. Must not know: queries, formats.
//!
//! Originals are read and never mapped: others may cut them short at any time.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::fault::Fault;
use super::manifest::{Held, Place};
use super::place::read_exact_at;
use super::store::Store;

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
    open: Mutex<VecDeque<(usize, Arc<File>)>>,
}

impl Files {
    pub(super) fn new(store: Option<Store>) -> Self {
        Self { store, open: Mutex::new(VecDeque::new()) }
    }

    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// A file that was given, as long as it is still what it was.
    fn file(&self, source: usize, path: &Path, bytes: u64) -> Result<Arc<File>, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = open.iter().find(|(known, _)| *known == source) {
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
        open.push_back((source, Arc::clone(&file)));
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
    start: u64,
    held: Vec<u8>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(files: &'c Files) -> Self {
        Self { files, source: usize::MAX, start: 0, held: Vec::new() }
    }

    /// Bytes `[from, to)` of a source.
    pub(super) fn read(&mut self, index: usize, source: &Held, from: u64, to: u64) -> Result<&[u8], Fault> {
        let to = to.min(source.bytes).min(from.saturating_add(LONGEST)).max(from);
        let end = self.start + self.held.len() as u64;
        if index != self.source || from < self.start || to > end {
            let follows = index == self.source && from >= self.start && from <= end + APART;
            self.fill(index, source, from, to, if follows { AHEAD } else { APART })?;
        }
        let (start, end) = ((from - self.start) as usize, (to - self.start) as usize);
        self.held.get(start..end).ok_or_else(|| Fault::new(format!("`{}` is shorter than it was", source.path)))
    }

    fn fill(&mut self, index: usize, source: &Held, from: u64, to: u64, ahead: u64) -> Result<(), Fault> {
        self.source = usize::MAX;
        match &source.text {
            Place::Nowhere => return Err(Fault::new(format!("`{}` has no text", source.path))),
            Place::Original { file, bytes, .. } => {
                let opened = self.files.file(index, file, *bytes)?;
                let until = to.max(from.saturating_add(ahead)).min(source.bytes);
                self.held.resize((until - from) as usize, 0);
                read_exact_at(&opened, &mut self.held, from).map_err(|error| Fault::file("read", file, &error))?;
                self.start = from;
            }
            Place::Store { first, blocks } => {
                let store = self.files.store.as_ref().ok_or_else(|| Fault::new("the case has no store"))?;
                let broken = |error: &io::Error| Fault::new(format!("the store of the case cannot be read: {error}")).hint("`necropsy case DIR verify` says what is damaged");
                let (mut at, mut block) = store.find(*first, *blocks, from).ok_or_else(|| Fault::new(format!("`{}` is not all in the store", source.path)))?;
                self.start = block.offset;
                self.held = store.text(block).map_err(|error| broken(&error))?;
                while self.start + (self.held.len() as u64) < to && at + 1 < first + blocks {
                    at += 1;
                    block = store.block(at);
                    self.held.extend(store.text(block).map_err(|error| broken(&error))?);
                }
            }
        }
        self.source = index;
        Ok(())
    }
}
