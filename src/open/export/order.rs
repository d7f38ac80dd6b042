//! Order: exports that begin with their newest record, or list one stream after the other, put in order of time.
//!
//! In: lines, one a record. Out: the same in order of time; records of the same moment in the opposite order of theirs. Must not know: how records are
//! found. What is larger than a stretch is put in order a stretch at a time, each kept packed, and merged as it is read; what is larger than may be
//! kept so is merged in several parts, which the next part's times may go back behind.

use std::io::{self, Cursor, Read};

use super::packed::{Merge, Run};
use super::{Cut, exported};

/// Bytes of records that are put in order at once.
pub(super) const STRETCH: usize = 16 << 20;
/// Packed bytes of the stretches that wait to be merged.
const MAX_PACKED: usize = 48 << 20;
/// Bytes of the records of those: what takes part in one merge.
const MAX_MERGED: u64 = 1 << 30;
/// Records looked at.
const LOOKED_AT: usize = 200;

/// Steps back for each step forth that is borne: who sorts by the moment of arrival lets stamps go a little to and fro.
const BACK_A_FORTH: usize = 20;

/// Whether the records at the beginning go back in time, and hardly ever forth.
pub(super) fn is_newest_first(head: &[u8], cut: &mut dyn Cut) -> bool {
    let mut lines = Vec::new();
    cut.take(head, false, &mut lines);
    let lines = lines.get(..memchr::memrchr(b'\n', &lines).unwrap_or_default()).unwrap_or_default();
    let moments: Vec<i64> = lines.split(|byte| *byte == b'\n').filter_map(moment).take(LOOKED_AT).collect();
    let steps = |fits: fn(&[i64]) -> bool| moments.windows(2).filter(|pair| fits(pair)).count();
    let (back, forth) = (steps(|pair| pair[0] > pair[1]), steps(|pair| pair[0] < pair[1]));
    moments.first() > moments.last() && forth * BACK_A_FORTH <= back
}

fn moment(line: &[u8]) -> Option<i64> {
    exported::unwrapped(line)?.envelope.time.map(|time| time.ns)
}

/// Lines in order of time.
pub(super) struct Turned {
    from: Box<dyn Read + Send>,
    stretch: usize,
    /// The last record of the stretch before, which may go on.
    held: Vec<u8>,
    /// The moment of the last record before that.
    last: Option<i64>,
    ready: Ready,
    ended: bool,
    /// Why it ended, where that was no end: told behind what stood before.
    error: Option<io::Error>,
}

/// What is in order and was not given yet.
enum Ready {
    /// A stream of one stretch.
    Lines(Cursor<Vec<u8>>),
    Merge(Merge),
}

impl Turned {
    pub(super) fn new(from: Box<dyn Read + Send>, stretch: usize) -> Self {
        Self { from, stretch, held: Vec::new(), last: None, ready: Ready::Lines(Cursor::default()), ended: false, error: None }
    }

    /// Reads on until the stream ends or no more may be kept.
    fn refill(&mut self) -> io::Result<()> {
        let mut runs: Vec<Run> = Vec::new();
        let (mut packed, mut bytes) = (0, 0);
        while !self.ended && packed < MAX_PACKED && bytes < MAX_MERGED {
            let mut all = std::mem::take(&mut self.held);
            let wanted = self.stretch.saturating_sub(all.len()).max(1) as u64;
            let read = self.from.by_ref().take(wanted).read_to_end(&mut all);
            self.ended = read.as_ref().map_or(true, |read| (*read as u64) < wanted);
            self.error = read.err();
            if !self.ended {
                self.held = all.split_off(cut(&all));
            }
            let records = in_order(&all, &mut self.last);
            if runs.is_empty() && self.ended {
                self.ready = Ready::Lines(Cursor::new(joined(&records, all.len())));
                return Ok(());
            }
            runs.push(Run::of(&records)?);
            packed += runs.last().map_or(0, Run::packed);
            bytes += all.len() as u64;
        }
        self.ready = Ready::Merge(Merge::of(runs)?);
        Ok(())
    }
}

impl Read for Turned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.ready {
                Ready::Lines(lines) => lines.read(buffer)?,
                Ready::Merge(merge) => merge.read(buffer)?,
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            if self.ended {
                return self.error.take().map_or(Ok(0), Err);
            }
            self.refill()?;
        }
    }
}

/// Where the last record of a stretch begins that may go on: its last line with a moment. Where only the first line has one, or is all there is, a
/// stretch is full of it: it is cut at the last end of a line, or where it ends.
fn cut(all: &[u8]) -> usize {
    let (mut end, mut last) = (all.len(), None);
    while let Some(before) = memchr::memrchr(b'\n', &all[..end]) {
        last.get_or_insert(before + 1);
        if moment(&all[before + 1..end]).is_some() {
            return before + 1;
        }
        end = before;
    }
    last.unwrap_or(all.len())
}

/// The records in order of time. Lines without a moment stay behind the record before them, and where that was of another stretch at its moment.
fn in_order<'a>(all: &'a [u8], last: &mut Option<i64>) -> Vec<(i64, &'a [u8])> {
    let ended = all.strip_suffix(b"\n").unwrap_or(all);
    let mut records: Vec<(i64, &[u8])> = Vec::new();
    let mut start = 0;
    if all.is_empty() {
        return records;
    }
    for end in memchr::memchr_iter(b'\n', ended).chain([ended.len()]) {
        let line = &ended[start..end];
        match (moment(line), records.last_mut()) {
            (None, Some((_, record))) => *record = &ended[start - 1 - record.len()..end],
            (found, _) => {
                *last = found.or(*last);
                records.push((last.unwrap_or(i64::MIN), line));
            }
        }
        start = end + 1;
    }
    records.reverse();
    records.sort_by_key(|(moment, _)| *moment);
    records
}

fn joined(records: &[(i64, &[u8])], bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 1);
    for (_, record) in records {
        out.extend_from_slice(record);
        out.push(b'\n');
    }
    out
}
