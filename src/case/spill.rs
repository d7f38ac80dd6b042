//! Spilling: rows on their way into columns, kept on disk while the clocks are not yet settled.
//!
//! In: rows of all sources as they are read. Out: the rows of one source again, in order. Must not know: clocks, columns.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::scan::record::{Recorder, Row, Rows, Texts};
use crate::time::{RawTime, Shape};

/// Bytes of a row.
const ROW: usize = 64;
/// Bytes gathered before they are written.
const GATHERED: usize = 256 << 10;
/// Names that are kept; rows beyond point to none.
const MAX_NAMES: usize = 4 << 20;
const SHAPES: [Shape; 7] = [Shape::Zoned, Shape::Local, Shape::Yearless, Shape::DayUtc, Shape::DayLocal, Shape::Age, Shape::Boot];

/// A stretch of text in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Where its text begins in the source.
    pub(super) offset: u64,
    /// Bytes of its text.
    pub(super) length: u64,
    /// Where it lies in the store.
    pub(super) at: u64,
    /// Its bytes there.
    pub(super) packed: u64,
}

/// One source on its way.
#[derive(Debug, Default)]
pub(super) struct Track {
    stored: bool,
    /// The file that was given, where its text can be read again.
    pub(super) file: Option<String>,
    /// Lines of others stand between its own.
    pub(super) picked: bool,
    /// Where its text ends.
    pub(super) end: u64,
    held: Vec<u8>,
    stretches: Vec<(u64, u64)>,
    pub(super) rows: u64,
    pub(super) blocks: Vec<Block>,
}

/// Takes rows and texts from a scan.
#[derive(Debug)]
pub(super) struct Spill {
    state: Mutex<State>,
    keep: Keep,
}

/// What decides whose text is kept.
#[derive(Debug, Default)]
pub(super) struct Keep {
    /// Everybody's.
    pub(super) all: bool,
    /// Files that can be read again where they lie.
    pub(super) files: std::collections::BTreeSet<String>,
}

impl Keep {
    /// The file that a stretch of text lies in as it is: `file`, or `file#section`.
    fn file(&self, path: &str, encodings: &[&'static str]) -> Option<String> {
        let beginnings = path.match_indices('#').filter_map(|(at, _)| path.get(..at)).rev();
        let found = std::iter::once(path).chain(beginnings).find(|known| self.files.contains(*known));
        found.filter(|_| encodings.is_empty()).map(ToOwned::to_owned)
    }
}

#[derive(Debug)]
struct State {
    rows: File,
    written: u64,
    store: File,
    stored: u64,
    tracks: Vec<Track>,
    names: Texts,
    /// Of each whether it is a name, and whether it is a list of things.
    uses: Vec<Use>,
    /// The first error; what comes after it is dropped.
    error: Option<io::Error>,
}

/// What rows point to a text for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    /// As a name, or a text of its own.
    pub(super) name: bool,
    /// As a list of what they are about.
    pub(super) group: bool,
}

/// What was taken.
#[derive(Debug)]
pub(super) struct Spilt {
    rows: File,
    pub(super) tracks: Vec<Track>,
    /// Names by their number.
    pub(super) names: Texts,
    /// What each is used for.
    pub(super) uses: Vec<Use>,
}

impl Spill {
    /// `rows` is a file for the time of the ingest, `store` one that stays.
    pub(super) fn new(rows: &Path, store: &Path, keep: Keep) -> io::Result<Self> {
        let open = |path: &Path| File::options().read(true).write(true).create(true).truncate(true).open(path);
        let state = State {
            rows: open(rows)?,
            written: 0,
            store: open(store)?,
            stored: 0,
            tracks: Vec::new(),
            names: Texts::default(),
            uses: Vec::new(),
            error: None,
        };
        Ok(Self { state: Mutex::new(state), keep })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it.
    pub(super) fn finish(self) -> io::Result<Spilt> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for source in 0..state.tracks.len() {
            state.flush(source);
        }
        if let Some(error) = state.error {
            return Err(error);
        }
        state.store.sync_all()?;
        Ok(Spilt { rows: state.rows, tracks: state.tracks, names: state.names, uses: state.uses })
    }
}

impl State {
    fn flush(&mut self, source: usize) {
        let Some(track) = self.tracks.get_mut(source).filter(|track| !track.held.is_empty()) else { return };
        let length = track.held.len() as u64;
        if self.error.is_none() {
            match self.rows.write_all(&track.held) {
                Ok(()) => track.stretches.push((self.written, length)),
                Err(error) => self.error = Some(error),
            }
        }
        self.written += length;
        track.held.clear();
        if track.held.capacity() > GATHERED * 2 {
            track.held = Vec::new();
        }
    }
}

impl Recorder for Spill {
    fn begin(&self, path: &str, encodings: &[&'static str]) -> u32 {
        let file = self.keep.file(path, encodings);
        let stored = self.keep.all || file.is_none();
        let mut state = self.state();
        state.tracks.push(Track { stored, file, ..Track::default() });
        state.tracks.len() as u32 - 1
    }

    fn pack(&self, source: u32, text: &[u8], picked: bool) -> Option<Vec<u8>> {
        let wanted = picked || self.state().tracks.get(source as usize).is_some_and(|track| track.stored);
        (wanted && !text.is_empty()).then(|| super::store::pack(text))
    }

    fn take(&self, source: u32, rows: Rows) {
        let mut state = self.state();
        let Rows { rows, names, offset, length, packed, picked } = rows;
        let numbers = state.names.take_over(&names, MAX_NAMES);
        let used = used(&rows, numbers.len());
        if let Some(packed) = packed {
            let at = state.stored;
            if state.error.is_none()
                && let Err(error) = state.store.write_all(&packed)
            {
                state.error = Some(error);
            }
            state.stored += packed.len() as u64;
            let block = Block { offset, length, at, packed: packed.len() as u64 };
            if let Some(track) = state.tracks.get_mut(source as usize) {
                track.blocks.push(block);
            }
        }
        let State { tracks, uses, names, .. } = &mut *state;
        uses.resize(names.len(), Use::default());
        for (number, used) in numbers.iter().zip(used) {
            if let Some(known) = (*number as usize).checked_sub(1).and_then(|at| uses.get_mut(at)) {
                known.name |= used.name;
                known.group |= used.group;
            }
        }
        let Some(track) = tracks.get_mut(source as usize) else { return };
        let number = |local: u32| numbers.get(local as usize).copied().unwrap_or(0);
        track.held.reserve(rows.len() * ROW);
        for row in &rows {
            let names = [row.host, row.pod, row.about, row.signals, row.context].map(number);
            track.held.extend_from_slice(&written(row, names));
        }
        track.rows += rows.len() as u64;
        track.end = track.end.max(offset + length);
        track.picked |= picked;
        if track.held.len() >= GATHERED {
            state.flush(source as usize);
        }
    }
}

/// What the names of some rows are used for.
fn used(rows: &[Row], names: usize) -> Vec<Use> {
    let mut used = vec![Use::default(); names];
    for row in rows {
        for name in [row.host, row.pod, row.signals, row.context] {
            if let Some(used) = used.get_mut(name as usize) {
                used.name = true;
            }
        }
        if let Some(used) = used.get_mut(row.about as usize) {
            used.group = true;
        }
    }
    used
}

/// A row as it is spilt. `names`: those of host, pod, list of things, list of signals and head line.
fn written(row: &Row, names: [u32; 5]) -> [u8; ROW] {
    let mut bytes = [0; ROW];
    let shape = row.raw.and_then(|raw| SHAPES.iter().position(|shape| *shape == raw.shape)).map_or(0, |at| at as u8 + 1);
    let raw = row.raw.unwrap_or(RawTime { shape: Shape::Boot, ns: 0, precision_ns: 0 });
    bytes[..5].copy_from_slice(&[shape, u8::from(row.from_envelope), row.severity, row.component, row.format]);
    bytes[5..13].copy_from_slice(&raw.ns.to_le_bytes());
    bytes[13..21].copy_from_slice(&raw.precision_ns.to_le_bytes());
    bytes[21..29].copy_from_slice(&row.offset.to_le_bytes());
    bytes[29..37].copy_from_slice(&row.line.to_le_bytes());
    let [host, pod, about, signals, context] = names;
    for (number, bytes) in [row.template, host, pod, about, signals, context].iter().zip(bytes[37..61].chunks_exact_mut(4)) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn read(bytes: &[u8; ROW]) -> Row {
    let byte = |at: usize| bytes[at];
    let long = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    let word = |at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
    let shape = usize::from(byte(0)).checked_sub(1).and_then(|at| SHAPES.get(at));
    Row {
        raw: shape.map(|shape| RawTime { shape: *shape, ns: long(5) as i64, precision_ns: long(13) as i64 }),
        from_envelope: byte(1) == 1,
        severity: byte(2),
        component: byte(3),
        format: byte(4),
        offset: long(21),
        line: long(29),
        template: word(37),
        host: word(41),
        pod: word(45),
        about: word(49),
        signals: word(53),
        context: word(57),
    }
}

impl Spilt {
    /// Hands the rows of a source to `take`, in order.
    pub(super) fn each(&self, track: &Track, mut take: impl FnMut(&Row) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = Vec::new();
        for (at, length) in &track.stretches {
            buffer.resize(*length as usize, 0);
            super::place::read_exact_at(&self.rows, &mut buffer, *at)?;
            for bytes in buffer.as_chunks::<ROW>().0 {
                take(&read(bytes))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(offset: u64) -> Row {
        Row {
            raw: Some(RawTime::yearless(-5, 1000)),
            from_envelope: true,
            offset,
            line: 1 << 40,
            severity: 17,
            component: 3,
            format: 9,
            template: 0xdead_beef,
            host: 1,
            pod: 2,
            about: 0,
            signals: 1,
            context: 2,
        }
    }

    #[test]
    fn rows_come_back_by_source_and_in_order() {
        let room = tempfile::tempdir().unwrap();
        let taking = Spill::new(&room.path().join("rows"), &room.path().join("store"), Keep::default()).unwrap();
        let (a, b) = (taking.begin("a", &[]), taking.begin("b", &["gzip"]));
        for step in 0..6000_u64 {
            let mut names = Texts::default();
            names.number("x");
            names.number(&format!("y{}", step % 3));
            taking.take(if step % 2 == 0 { a } else { b }, Rows { rows: vec![row(step)], names, ..Rows::default() });
        }
        let spilt = taking.finish().unwrap();
        for (source, first) in [(a, 0), (b, 1)] {
            let mut next = first;
            spilt
                .each(&spilt.tracks[source as usize], |found| {
                    let name = |number: u32| spilt.names.get(number);
                    assert_eq!((name(found.host), name(found.pod)), ("x", format!("y{}", next % 3).as_str()));
                    assert_eq!(*found, Row { host: found.host, pod: found.pod, signals: found.signals, context: found.context, ..row(next) });
                    next += 2;
                    Ok(())
                })
                .unwrap();
            assert_eq!(next, 6000 + first);
        }
    }
}
