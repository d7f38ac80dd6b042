//! The index of words: which rows hold a word.
//!
//! In: texts of rows. Out: segments of tantivy beside the timeline, each the work of one thread, and for words the rows that may hold them. Must not
//! know: queries beyond words, columns.
//!
//! A document is a row; document numbers are rows counted from the beginnings of the segment's parts, so nothing but postings is stored. Words that are
//! hardly ever the same twice (long numbers, parts of UIDs) are cut to four letters, and phrases are not indexed: whoever asks reads the texts of the
//! few rows that are left. Both make the index a fraction of what it would be. A segment stays of use as long as a source of the same content is in the
//! case.

mod gather;
mod segment;
mod terms;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Index, InvertedIndexReader, SegmentReader};

use super::bits::Bits;
use super::fault::Fault;
use super::guard::guarded;
use super::manifest::{Held, Manifest, Part, Segment, sync_directory};
use super::scope::Scope;
use super::{Case, Row, Watch};
use crate::open::Stop;
use crate::scan::{Progress, Settings};
use gather::Gathered;
use terms::{CUT, Cutter, KEPT, LONGEST, term};

/// Rows to be indexed: source, first row counted in it, how many.
type Piece = (usize, u64, u64);

/// Version of the terms.
const TERMS: u32 = 1;
/// Rows of a piece of work.
const TASK_ROWS: u64 = 512 << 10;
/// Memory at which a segment is closed.
const SEGMENT_BYTES: usize = 96 << 20;
/// Terms of a row, more than most have.
const TERMS_A_ROW: usize = 48;
/// The one field.
const FIELD: &str = "text";
/// Documents of a block of postings, the last one aside.
const BLOCK: usize = 128;
/// Words with one beginning. A segment has a bound on memory, and no room for more.
const MAX_TERMS: usize = 16 << 20;

/// Rows that no segment covers: source, first row counted in the source, how many.
fn missing(manifest: &Manifest) -> Vec<Piece> {
    let mut missing = Vec::new();
    for (index, source) in manifest.sources.iter().enumerate().filter(|(_, source)| !source.gone) {
        let parts = manifest
            .words
            .iter()
            .flat_map(|segment| &segment.parts)
            .filter(|part| part.path == source.path && part.sha256 == source.sha256 && part.of == source.rows);
        let mut covered: Vec<(u64, u64)> = parts.map(|part| (part.first, part.rows)).collect();
        covered.sort_unstable();
        let mut next = 0;
        for (first, rows) in covered.into_iter().chain([(source.rows, 0)]) {
            if first > next {
                missing.push((index, next, first - next));
            }
            next = next.max(first + rows);
        }
    }
    missing
}

/// Whether every row is in the index.
pub(super) fn is_complete(manifest: &Manifest) -> bool {
    missing(manifest).is_empty()
}

/// The segments of an earlier state that are still of use.
pub(super) fn kept(old: Option<&Manifest>, sources: &[Held]) -> Vec<Segment> {
    let Some(old) = old.filter(|old| old.tool == env!("CARGO_PKG_VERSION")) else { return Vec::new() };
    let same = |part: &Part| sources.iter().any(|held| held.path == part.path && held.sha256 == part.sha256 && held.rows == part.of);
    old.words.iter().filter(|segment| segment.version == TERMS && segment.parts.iter().any(same)).cloned().collect()
}

/// Builds what is missing of the index, committing every segment as it is done.
pub(super) fn complete(directory: &Path, manifest: &mut Manifest, settings: &Settings, watch: &dyn Watch) -> Result<(), Fault> {
    let missing = missing(manifest);
    if missing.is_empty() {
        return Ok(());
    }
    let case = Case::open(directory)?;
    let mut tasks: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut room = TASK_ROWS;
    for (source, mut first, mut rows) in missing {
        while rows > 0 {
            let taken = rows.min(room);
            if let Some(task) = tasks.last_mut() {
                task.push((source, first, taken));
            }
            (first, rows, room) = (first + taken, rows - taken, room - taken);
            if room == 0 {
                tasks.push(Vec::new());
                room = TASK_ROWS;
            }
        }
    }
    let bytes = case.sources().iter().map(|source| source.bytes).sum();
    let bar = watch.begin("index", bytes);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build()
        .map_err(|error| Fault::new(format!("threads could not be started: {error}")))?;
    let next = Mutex::new(next_number(directory));
    let committed = Mutex::new(manifest.clone());
    // Room that one segment took is used for the next.
    let spare: Mutex<Vec<Gathered>> = Mutex::default();
    let done = pool.install(|| {
        tasks.into_par_iter().with_max_len(1).filter(|task| !task.is_empty()).try_for_each(|task| -> Result<(), Fault> {
            let mut left = task;
            while !left.is_empty() {
                if settings.stop.asked() {
                    return Ok(());
                }
                let name = {
                    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                    *next += 1;
                    format!("words-{next:06}")
                };
                let mut gathered = spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(Gathered::new);
                let built = build(directory, &name, &case, left, &mut gathered, &settings.stop, &*bar)?;
                spare.lock().unwrap_or_else(PoisonError::into_inner).push(gathered);
                let Some((segment, rest)) = built else { return Ok(()) };
                let mut committed = committed.lock().unwrap_or_else(PoisonError::into_inner);
                committed.words.push(segment);
                // Segments are done in any order; the manifest does not tell.
                committed.words.sort_by(|a, b| a.directory.cmp(&b.directory));
                committed.commit(directory)?;
                drop(committed);
                left = rest;
            }
            Ok(())
        })
    });
    *manifest = committed.into_inner().unwrap_or_else(PoisonError::into_inner);
    done
}

fn next_number(directory: &Path) -> u64 {
    let names = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok).map(|item| item.file_name().to_string_lossy().into_owned());
    names.filter_map(|name| name.strip_prefix("words-")?.parse().ok()).max().unwrap_or(0)
}

/// Builds one segment of the rows of `left`. Out: the segment, and the rows that did not fit; nothing if it was stopped.
fn build(
    directory: &Path,
    name: &str,
    case: &Case,
    left: Vec<Piece>,
    gathered: &mut Gathered,
    stop: &Stop,
    progress: &dyn Progress,
) -> Result<Option<(Segment, Vec<Piece>)>, Fault> {
    let path = directory.join(name);
    let failed = |error: &dyn std::fmt::Display| {
        Fault::new(format!("cannot write `{}`: {error}", path.display()))
            .hint("what was committed before is still there; make room and run `necropsy ingest` again")
    };
    fs::create_dir_all(&path).map_err(|error| Fault::file("make", &path, &error))?;
    let mut cutter = Cutter::default();
    gathered.clear();
    let rows: u64 = left.iter().map(|(_, _, rows)| rows).sum();
    gathered.reserve((SEGMENT_BYTES / 8).min(rows as usize * TERMS_A_ROW));
    let mut parts: Vec<Part> = Vec::new();
    let mut texts = case.reader();
    let mut left = left.into_iter();
    let mut rest = Vec::new();
    'parts: for (source, first, rows) in left.by_ref() {
        let Some(held) = case.sources().get(source) else { continue };
        let part = |rows: u64| Part { path: held.path.clone(), sha256: held.sha256.clone(), of: held.rows, first, rows };
        for at in 0..rows {
            if at % 4096 == 0 && stop.asked() {
                // Somebody waits for the end: what was begun is built again when it is wanted. No manifest names it.
                drop(fs::remove_dir_all(&path));
                return Ok(None);
            }
            // Asked for every row: one alone may hold a mebibyte of words that no other has.
            if gathered.memory() > SEGMENT_BYTES && (at > 0 || !parts.is_empty()) {
                if at > 0 {
                    parts.push(part(at));
                }
                rest.push((source, first + at, rows - at));
                break 'parts;
            }
            let text = texts.text((held.first + first + at) as Row)?;
            progress.read(text.len() as u64 + 1);
            cutter.each(&crate::decode::lossy(text), |letters, length| gathered.add(letters, length));
            gathered.next_document();
        }
        parts.push(part(rows));
    }
    segment::write(&path, gathered).map_err(|error| failed(&error))?;
    for item in fs::read_dir(&path).map_err(|error| Fault::file("read", &path, &error))?.filter_map(Result::ok) {
        fs::File::open(item.path()).and_then(|file| file.sync_all()).map_err(|error| Fault::file("write", &item.path(), &error))?;
    }
    sync_directory(&path).and_then(|()| sync_directory(directory)).map_err(|error| Fault::file("write", &path, &error))?;
    rest.extend(left);
    let mut files = super::build::files(&path).map_err(|error| Fault::file("read", &path, &error))?;
    // What begins with a dot the library keeps for itself.
    files.retain(|(name, _)| !name.starts_with('.'));
    Ok(Some((Segment { directory: name.to_owned(), version: TERMS, parts, files }, rest)))
}

/// A segment that is read.
#[derive(Debug)]
struct Opened {
    directory: String,
    postings: Postings,
    documents: u32,
    /// First document, first row, and how many, in order of documents; without a row where the source is no longer in the case.
    parts: Vec<(u64, Option<u64>, u64)>,
}

struct Postings(std::sync::Arc<InvertedIndexReader>, Field);

impl std::fmt::Debug for Postings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Postings")
    }
}

/// The index of a case, as far as it is built and can be read.
#[derive(Debug)]
pub(super) struct WordIndex {
    segments: Vec<Opened>,
    /// Rows that no segment covers and whose texts can be read.
    uncovered: Bits,
    /// Directories of segments that could not be read.
    damaged: Mutex<BTreeSet<String>>,
}

impl WordIndex {
    /// One that covers nothing.
    pub(super) fn none(rows: usize) -> Self {
        Self { segments: Vec::new(), uncovered: Bits::all(rows), damaged: Mutex::default() }
    }

    /// Opens all segments; what cannot be read is as if it were not built.
    pub(super) fn open(directory: &Path, manifest: &Manifest) -> Self {
        let of_today = manifest.words.par_iter().filter(|segment| segment.version == TERMS);
        let opened: Vec<Result<Opened, String>> =
            of_today.map(|segment| guarded(|| Opened::open(directory, manifest, segment)).ok_or_else(|| segment.directory.clone())).collect();
        let (mut segments, mut damaged) = (Vec::new(), BTreeSet::new());
        for segment in opened {
            match segment {
                Ok(opened) => segments.push(opened),
                Err(directory) => drop(damaged.insert(directory)),
            }
        }
        let mut uncovered = Bits::all(manifest.rows as usize);
        let covered = segments.iter().flat_map(|segment| &segment.parts).filter_map(|(_, first, count)| Some(((*first)?, *count)));
        let gone = manifest.sources.iter().filter(|source| source.gone).map(|source| (source.first, source.rows));
        for (first, count) in covered.chain(gone) {
            uncovered.clear_range(first as usize, (first + count) as usize);
        }
        Self { segments, uncovered, damaged: Mutex::new(damaged) }
    }

    /// Segments that could not be read so far.
    pub(super) fn damaged(&self) -> Vec<String> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Rows of the scope that may hold the words one after the other, and whether they surely do.
    pub(super) fn rows(&self, rows: usize, wanted: &[String], prefix: bool, scope: &Scope) -> (Bits, bool) {
        let one = |(at, word): (usize, &String)| self.one(word, prefix && at + 1 == wanted.len(), scope);
        let found: Vec<(Bits, bool)> = match scope {
            Scope::All => wanted.par_iter().enumerate().map(one).collect(),
            Scope::Within(_) => wanted.iter().enumerate().map(one).collect(),
        };
        let exact = wanted.len() == 1 && self.uncovered.is_empty() && found.iter().all(|(_, exact)| *exact);
        let both = |mut all: Bits, bits: Bits| {
            all.and(&bits);
            all
        };
        (found.into_iter().map(|(bits, _)| bits).reduce(both).unwrap_or_else(|| Bits::all(rows)), exact)
    }

    /// Rows of the scope that may hold a word, or one that begins so, and whether they surely do, as far as they are covered.
    fn one(&self, word: &str, goes_on: bool, scope: &Scope) -> (Bits, bool) {
        let rows = self.uncovered.rows();
        let (mut holding, exact) = match scope {
            Scope::All => {
                let either = |(mut all, exact): (Bits, bool), (bits, sure): (Bits, bool)| {
                    all.or(&bits);
                    (all, exact && sure)
                };
                let share = self.segments.len().div_ceil(rayon::current_num_threads()).max(1);
                let read = self.segments.par_chunks(share).map(|some| self.within(some, word, goes_on, scope));
                read.reduce_with(either).unwrap_or_else(|| (Bits::none(rows), true))
            }
            Scope::Within(_) => self.within(&self.segments, word, goes_on, scope),
        };
        holding.or(&self.uncovered);
        // What was no text cannot be told from what stands in its place.
        (holding, exact && !word.contains('\u{fffd}'))
    }

    /// The same of some segments.
    fn within(&self, segments: &[Opened], word: &str, goes_on: bool, scope: &Scope) -> (Bits, bool) {
        let (mut holding, mut exact) = (Bits::none(self.uncovered.rows()), true);
        let (whole, is_cut) = term(word);
        for segment in segments {
            let places = segment.places(scope);
            let read = || {
                if goes_on { segment.beginnings(word, &places, &mut holding) } else { segment.word(&whole, &places, &mut holding).map(|()| !is_cut) }
            };
            if let Some(sure) = guarded(read) {
                exact &= sure;
                continue;
            }
            // A damaged segment hides nothing: its rows are read.
            exact = false;
            self.damaged.lock().unwrap_or_else(PoisonError::into_inner).insert(segment.directory.clone());
            for (_, first, count) in &segment.parts {
                if let Some(first) = first {
                    holding.set_range(*first as usize, (first + count) as usize);
                }
            }
        }
        (holding, exact)
    }
}

impl Opened {
    fn open(directory: &Path, manifest: &Manifest, segment: &Segment) -> Option<Self> {
        if !has_its_files(directory, segment) {
            return None;
        }
        let index = Index::open_in_dir(directory.join(&segment.directory)).ok()?;
        let field = index.schema().get_field(FIELD).ok()?;
        let mut first = 0;
        let parts = segment.parts.iter().map(|part| {
            let held = manifest.sources.iter().find(|held| held.path == part.path && held.sha256 == part.sha256 && held.rows == part.of);
            let row = held.map(|held| held.first + part.first);
            first += part.rows;
            (first - part.rows, row, part.rows)
        });
        let parts: Vec<_> = parts.collect();
        let segments = index.searchable_segments().ok()?;
        let reader = segments.first().map(SegmentReader::open)?.ok()?;
        if u64::from(reader.max_doc()) != first {
            return None;
        }
        let postings = Postings(reader.inverted_index(field).ok()?, field);
        Some(Self { directory: segment.directory.clone(), postings, documents: reader.max_doc(), parts })
    }

    /// The documents that rows of the scope have: first, end, and the first one's row.
    fn places(&self, scope: &Scope) -> Vec<(u32, u32, usize)> {
        let parts = self.parts.iter().filter_map(|(first, row, rows)| Some((*first as usize, (*row)? as usize, *rows as usize)));
        let within = parts.flat_map(|(first, row, rows)| {
            scope.within(row, row + rows).map(move |(from, to)| ((first + from - row) as u32, (first + to - row) as u32, from))
        });
        within.collect()
    }

    fn word(&self, text: &str, places: &[(u32, u32, usize)], into: &mut Bits) -> Option<()> {
        let term = tantivy::Term::from_field_text(self.postings.1, text);
        if let Some(info) = self.postings.0.get_term_info(&term).ok()? {
            self.read(&info, places, into)?;
        }
        Some(())
    }

    /// Rows with a word that begins so, and whether they surely have one.
    fn beginnings(&self, beginning: &str, places: &[(u32, u32, usize)], into: &mut Bits) -> Option<bool> {
        let mut end = beginning.as_bytes().to_vec();
        while end.last() == Some(&u8::MAX) {
            end.pop();
        }
        if let Some(last) = end.last_mut() {
            *last += 1;
        }
        let mut stream = self.postings.0.terms().range().ge(beginning.as_bytes()).lt(&end).into_stream().ok()?;
        let mut read = 0;
        while let Some((_, info)) = stream.next() {
            let found = info.clone();
            self.read(&found, places, into)?;
            read += 1;
            if read > MAX_TERMS {
                return None;
            }
        }
        if beginning.len() > KEPT && beginning.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.word(&format!("{}{CUT}", beginning.get(..KEPT).unwrap_or_default()), places, into)?;
            return Some(false);
        }
        Some(beginning.len() <= LONGEST)
    }

    /// Adds the rows of a term. Nothing where the documents do not rise or are more than there are.
    fn read(&self, term: &tantivy::postings::TermInfo, places: &[(u32, u32, usize)], into: &mut Bits) -> Option<()> {
        if term.doc_freq == 0 || term.doc_freq > self.documents {
            return None;
        }
        let mut postings = self.postings.0.read_block_postings_from_terminfo(term, IndexRecordOption::Basic).ok()?;
        let mut places = places.iter();
        let Some(mut place) = places.next() else { return Some(()) };
        let mut at = postings.seek(place.0);
        let mut least = 0;
        for _ in 0..=term.doc_freq.div_ceil(BLOCK as u32) + 1 {
            let documents = postings.docs();
            // Mostly all of them lie in one part.
            let ends = documents.get(at).copied().zip(documents.last().copied());
            if let Some((first, end)) = ends
                && first >= place.0.max(least)
                && end < place.1.min(self.documents)
            {
                let documents = documents.get(at..).unwrap_or_default();
                // Without a way out in the middle: it is done by many at once.
                let falls = documents.iter().zip(documents.get(1..).unwrap_or_default()).map(|(a, b)| u32::from(a >= b)).sum::<u32>();
                if falls > 0 {
                    return None;
                }
                let rows = documents.iter().map(|document| place.2 + (*document - place.0) as usize);
                into.set_rising(rows);
                least = end + 1;
                at = BLOCK;
            }
            for document in documents.get(at..).unwrap_or_default() {
                if *document < least || *document >= self.documents {
                    return None;
                }
                least = document + 1;
                while *document >= place.1 {
                    let Some(next) = places.next() else { return Some(()) };
                    place = next;
                }
                if *document >= place.0 {
                    into.set(place.2 + (*document - place.0) as usize);
                }
            }
            if documents.len() < BLOCK {
                return Some(());
            }
            at = 0;
            if place.0 > least {
                at = postings.seek(place.0);
            } else {
                postings.advance();
            }
        }
        None
    }
}

/// Whether the files of a segment are as long as they were: one in the place of another may well be one that can be read.
fn has_its_files(directory: &Path, segment: &Segment) -> bool {
    let path = directory.join(&segment.directory);
    segment.files.iter().all(|(name, bytes)| path.join(name).metadata().is_ok_and(|about| about.len() == *bytes))
}

/// Whether the files of all segments are sound.
pub(super) fn damaged(directory: &Path, manifest: &Manifest) -> Vec<String> {
    let sound = |segment: &Segment| {
        if !has_its_files(directory, segment) {
            return None;
        }
        let index = Index::open_in_dir(directory.join(&segment.directory)).ok()?;
        Some(index.validate_checksum().ok()?.is_empty())
    };
    manifest.words.iter().filter(|segment| guarded(|| sound(segment)) != Some(true)).map(|segment| segment.directory.clone()).collect()
}
