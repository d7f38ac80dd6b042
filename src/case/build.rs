//! Building: rows and settled clocks become the columns of a timeline.
//!
//! In: what was spilt, the clock of each source. Out: the files of one generation. Must not know: the command line, the index of words.

mod numbers;
mod order;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::column;
use super::gone::Kept;
use super::groups::Groups;
use super::names::Names;
use super::packed::{Course, Packed, Packing};
use super::sieve::Sieve;
use super::spill::{Spilt, Track};
use super::store;
use super::tally::Tally;
use numbers::Numbers;

use crate::clock::{Neighbours, Settled};
use crate::scan::record::{self, Row, TrackAt};
use crate::source::Source;
use crate::time::{DAY, RawTime, Shape};

/// The time of an entry that has none.
pub(super) const UNDATED: i64 = i64::MAX;
/// Templates that are told apart; entries of others count as one.
const MAX_TEMPLATES: usize = 1 << 16;

/// The columns of a timeline. The number of each is its place in here and in every list of columns.
pub(super) const COLUMNS: [&str; 14] =
    ["time", "basis", "offset", "line", "severity", "component", "format", "template", "node", "pod", "about", "signals", "context", "order"];
/// Those in which the next number is mostly a little greater.
const RISING: [usize; 3] = [column::TIME, column::OFFSET, column::LINE];
/// The list of texts that columns point to.
pub(super) const NAMES: &str = "names";

/// How an entry came by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// It states it.
    Own,
    /// What stands around it states it.
    Envelope,
    /// It has that of the entry before.
    Before,
    /// No entry before it is dated: it has that of the one after.
    After,
    /// Nobody states one.
    Never,
}

impl Dated {
    /// All of them, by number.
    pub(super) const ALL: [Self; 5] = [Self::Own, Self::Envelope, Self::Before, Self::After, Self::Never];

    fn number(self) -> i64 {
        Self::ALL.iter().position(|known| *known == self).unwrap_or(0) as i64
    }
}

/// A source and what belongs to it, in the order of the case.
pub(super) struct Part<'a> {
    pub(super) source: &'a Source,
    pub(super) settled: &'a Settled,
    pub(super) tracks: Vec<(TrackAt, &'a Track)>,
}

/// What was built.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) rows: u64,
    /// First row and number of rows of each source.
    pub(super) reach: Vec<(u64, u64)>,
    /// All files with their lengths.
    pub(super) files: Vec<(String, u64)>,
}

/// Rows that are handed on at once: as many as stay in the cache.
const BATCH: usize = 4 << 10;
/// Batches that may wait.
const WAITING: usize = 16;
/// Columns without the last.
const DATED: usize = COLUMNS.len() - 1;

/// The values of a row, in the order of [`COLUMNS`] without the last.
pub(super) type Values = [i64; DATED];

/// Rows on their way into columns.
#[derive(Debug)]
struct Batch([Vec<i64>; DATED]);

impl Batch {
    fn new() -> Self {
        Self(std::array::from_fn(|_| Vec::with_capacity(BATCH)))
    }

    fn push(&mut self, values: &Values) {
        self.0.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
    }

    fn len(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }
}

/// Writes columns, names, the order by time and the directory of the store into `directory`.
pub(super) fn build<'a>(directory: &Path, spilt: &'a Spilt, parts: &[Part<'a>], kept: Option<&'a Kept>) -> io::Result<Built> {
    let names = Numbers::new(spilt, parts, kept);
    Names::write(&directory.join(NAMES), names.sorted.iter().copied())?;
    Groups::write(directory, &names.things, names.groups())?;
    let course = |number| if RISING.contains(&number) { Course::Rising } else { Course::Any };
    let open = |number: usize| Packing::new(&directory.join(COLUMNS[number]), course(number));
    let mut columns = (0..DATED).map(open).collect::<io::Result<Vec<_>>>()?;
    let mut built = Built::default();
    // One thread dates the rows, another packs them.
    let (sender, batches) = sync_channel::<Batch>(WAITING);
    let (used, empty) = channel::<Batch>();
    let (dated, packed) = std::thread::scope(|scope| {
        let columns = &mut columns;
        let packing = scope.spawn(move || -> io::Result<()> {
            for mut batch in batches {
                for (column, values) in columns.iter_mut().zip(&mut batch.0) {
                    column.extend(values)?;
                    values.clear();
                }
                // Whoever dates may be done already.
                drop(used.send(batch));
            }
            Ok(())
        });
        let dated = dated(spilt, parts, kept, &names, (&sender, &empty), &mut built.reach);
        // Whoever packs is done when nothing more can come.
        drop(sender);
        let packed = packing.join().unwrap_or_else(|_| Err(io::Error::other("the columns were not written")));
        (dated, packed)
    });
    packed?;
    let times = dated?;
    built.rows = times.len() as u64;
    if u32::try_from(times.len()).is_err() {
        return Err(io::Error::other("more than four thousand million entries: ingest parts of the input into cases of their own"));
    }
    let in_order = || -> io::Result<()> {
        let mut column = open(column::ORDER)?;
        order::ordered(&times, &built.reach, |rows| column.extend(rows))?;
        column.finish()
    };
    let by_value = || -> io::Result<()> {
        columns.into_par_iter().try_for_each(Packing::finish)?;
        let open = |number: usize| Packed::open(&directory.join(COLUMNS[number]));
        let (tally, sieve) = rayon::join(|| Tally::write(directory, open), || Sieve::write(directory, open));
        tally.and(sieve)?;
        store::write_directory(directory, parts.iter().flat_map(|part| &part.tracks).flat_map(|(_, track)| &track.blocks))
    };
    let (in_order, by_value) = rayon::join(in_order, by_value);
    in_order.and(by_value)?;
    built.files = files(directory)?;
    Ok(built)
}

/// Dates all rows and hands them on. Out: their times; `reach` becomes the first row and number of rows of each source.
fn dated(
    spilt: &Spilt,
    parts: &[Part<'_>],
    kept: Option<&Kept>,
    names: &Numbers<'_>,
    (sender, empty): (&SyncSender<Batch>, &Receiver<Batch>),
    reach: &mut Vec<(u64, u64)>,
) -> io::Result<Vec<i64>> {
    let tracks = parts.iter().flat_map(|part| &part.tracks);
    let mut times: Vec<i64> = Vec::with_capacity(tracks.map(|(_, track)| track.rows as usize).sum());
    let mut templates: Templates = HashMap::default();
    let mut batch = Batch::new();
    let mut hand_on = |values: &Values, times: &mut Vec<i64>| -> io::Result<()> {
        times.push(values[column::TIME]);
        batch.push(values);
        if batch.len() < BATCH {
            return Ok(());
        }
        let next = empty.try_recv().unwrap_or_else(|_| Batch::new());
        // Whoever packs has given up: it says why.
        sender.send(std::mem::replace(&mut batch, next)).map_err(|_| io::Error::other("the columns were not written"))
    };
    for part in parts {
        let first = times.len() as u64;
        let node = names.of(part.source.at.node.as_deref());
        let pod = names.of(part.source.at.pod.as_deref());
        let component = part.source.at.component.map_or(0, record::number);
        let mut dating = Dating { settled: part.settled, day: None, before: None, first: first_dated(spilt, &part.tracks)? };
        for (at, track) in &part.tracks {
            spilt.each(track, |row| {
                let row = Row { offset: row.offset + at.bytes_before, line: row.line + at.lines_before, ..*row };
                let (time, dated) = dating.stamp(&row);
                let own = |number: u32, source: i64| if number == 0 { source } else { names.name(number) };
                let values = [
                    time,
                    dated.number(),
                    row.offset as i64,
                    row.line as i64,
                    i64::from(row.severity),
                    i64::from(if row.component == 0 { component } else { row.component }),
                    i64::from(row.format),
                    template(&mut templates, row.template),
                    own(row.host, node),
                    own(row.pod, pod),
                    names.group(row.about),
                    own(row.signals, 0),
                    own(row.context, 0),
                ];
                hand_on(&values, &mut times)
            })?;
        }
        reach.push((first, times.len() as u64 - first));
    }
    for source in kept.into_iter().flat_map(Kept::sources) {
        let first = times.len() as u64;
        for mut values in source {
            values[column::TEMPLATE] = template(&mut templates, values[column::TEMPLATE] as u32);
            for number in [column::NODE, column::POD, column::SIGNALS, column::CONTEXT] {
                values[number] = names.of(kept.map(|kept| kept.name(values[number])).filter(|name| !name.is_empty()));
            }
            values[column::ABOUT] = kept.map_or(0, |kept| names.kept_group(kept.about(values[column::ABOUT])));
            hand_on(&values, &mut times)?;
        }
        reach.push((first, times.len() as u64 - first));
    }
    if batch.len() > 0 {
        sender.send(batch).map_err(|_| io::Error::other("the columns were not written"))?;
    }
    Ok(times)
}

/// Numbers of templates by their hash.
type Templates = HashMap<u32, i64, RandomState>;

/// The number of a template in the case.
fn template(templates: &mut Templates, hash: u32) -> i64 {
    let next = templates.len() as i64 + 1;
    if templates.len() < MAX_TEMPLATES { *templates.entry(hash).or_insert(next) } else { templates.get(&hash).copied().unwrap_or(0) }
}

/// The files of a directory with their lengths, by name.
pub(super) fn files(directory: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for item in fs::read_dir(directory)? {
        let item = item?;
        files.push((item.file_name().to_string_lossy().into_owned(), item.metadata()?.len()));
    }
    files.sort();
    Ok(files)
}

/// Dates the rows of one source.
struct Dating<'a> {
    settled: &'a Settled,
    /// What is added to the times of a day.
    day: Option<Day>,
    before: Option<(RawTime, u64)>,
    first: Option<(RawTime, u64)>,
}

fn is_date(raw: &RawTime) -> bool {
    matches!(raw.shape, Shape::Zoned | Shape::Local | Shape::Yearless | Shape::Age)
}

fn first_dated(spilt: &Spilt, tracks: &[(TrackAt, &Track)]) -> io::Result<Option<(RawTime, u64)>> {
    for (at, track) in tracks {
        let mut first = None;
        let found = spilt.each(track, |row| {
            first = row.raw.filter(is_date).map(|raw| (raw, row.offset + at.bytes_before));
            if first.is_some() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        });
        match found {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ if first.is_some() => return Ok(first),
            _ => {}
        }
    }
    Ok(None)
}

/// What is added to raw times of one shape and day, within offsets between which the clock does not change.
struct Day {
    shape: Shape,
    from_envelope: bool,
    number: i64,
    offsets: Range<u64>,
    add: i64,
}

impl Dating<'_> {
    fn stamp(&mut self, row: &Row) -> (i64, Dated) {
        let dated = if row.from_envelope { Dated::Envelope } else { Dated::Own };
        if let Some((raw, ns)) = row.raw.and_then(|raw| Some((raw, self.of_day(raw, row)?))) {
            self.before = Some((raw, row.offset));
            return (ns, dated);
        }
        let found = self.found(row);
        if let Some(raw) = row.raw.filter(|raw| found.1 == dated && matches!(raw.shape, Shape::Zoned | Shape::Local | Shape::Yearless)) {
            let clock = self.settled.clock.pieces.iter().map(|piece| piece.from_offset);
            let changes = || clock.clone().chain(self.settled.turns.iter().map(|(from, _)| *from));
            let from = changes().filter(|from| *from <= row.offset).max().unwrap_or(0);
            let until = changes().filter(|from| *from > row.offset).min().unwrap_or(u64::MAX);
            self.day = found.0.checked_sub(raw.ns).map(|add| Day {
                shape: raw.shape,
                from_envelope: row.from_envelope,
                number: raw.ns.div_euclid(DAY),
                offsets: from..until,
                add,
            });
        }
        found
    }

    /// The time of a record, where one of the same day was dated before it.
    fn of_day(&self, raw: RawTime, row: &Row) -> Option<i64> {
        let day = self.day.as_ref().filter(|day| {
            (day.shape, day.from_envelope, day.number) == (raw.shape, row.from_envelope, raw.ns.div_euclid(DAY)) && day.offsets.contains(&row.offset)
        })?;
        raw.ns.checked_add(day.add)
    }

    fn found(&mut self, row: &Row) -> (i64, Dated) {
        let around = Neighbours { before: self.before, after: self.first };
        let dated = row.raw.filter(is_date);
        if dated.is_some() {
            self.before = dated.map(|raw| (raw, row.offset));
        }
        let (own, outer) = if row.from_envelope { (None, row.raw) } else { (row.raw, None) };
        if let Some(stamp) = row.raw.and_then(|_| self.settled.stamp(own, outer, row.offset, &around)) {
            return (stamp.ns, if row.from_envelope { Dated::Envelope } else { Dated::Own });
        }
        let near = |near: Option<(RawTime, u64)>| near.and_then(|(raw, offset)| self.settled.stamp(Some(raw), None, offset, &Neighbours::default()));
        if let Some(stamp) = near(around.before) {
            return (stamp.ns, Dated::Before);
        }
        near(around.after).map_or((UNDATED, Dated::Never), |stamp| (stamp.ns, Dated::After))
    }
}
