//! Order: exports that begin with their newest record, or list one stream after the other, put in order of time.
//!
//! In: lines, one a record. Out: the same in order of time; records of the same moment in the opposite order of theirs. Must not know: how records are
//! found. What is larger than a bound stays as it is from there on.

use std::io::{self, Cursor, Read};

use super::{Cut, exported};

/// Bytes of records that are put in order.
const MAX_BYTES: usize = 32 << 20;
/// Records looked at.
const LOOKED_AT: usize = 200;

/// Whether the records at the beginning go back in time, and never forth.
pub(super) fn is_newest_first(head: &[u8], cut: &mut dyn Cut) -> bool {
    let mut lines = Vec::new();
    cut.take(head, false, &mut lines);
    let lines = lines.get(..memchr::memrchr(b'\n', &lines).unwrap_or_default()).unwrap_or_default();
    let moments: Vec<i64> = lines.split(|byte| *byte == b'\n').filter_map(moment).take(LOOKED_AT).collect();
    moments.is_sorted_by(|a, b| a >= b) && moments.first() != moments.last()
}

fn moment(line: &[u8]) -> Option<i64> {
    exported::unwrapped(line)?.envelope.time.map(|time| time.ns)
}

/// Lines in order of time.
pub(super) struct Turned {
    from: Option<Box<dyn Read + Send>>,
    ready: Cursor<Vec<u8>>,
    /// What lies beyond the bound.
    rest: Option<Box<dyn Read + Send>>,
}

impl Turned {
    pub(super) fn new(from: Box<dyn Read + Send>) -> Self {
        Self { from: Some(from), ready: Cursor::default(), rest: None }
    }
}

impl Read for Turned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mut from) = self.from.take() {
            let mut all = Vec::new();
            let read = from.by_ref().take(MAX_BYTES as u64).read_to_end(&mut all);
            // The last line may go on beyond the bound.
            let tail = if all.len() < MAX_BYTES { Vec::new() } else { all.split_off(memchr::memrchr(b'\n', &all).map_or(0, |end| end + 1)) };
            self.ready = Cursor::new(turned(&all));
            self.rest = Some(Box::new(Cursor::new(tail).chain(from)));
            // What was read before the damage is used.
            if let Err(error) = read {
                self.rest = Some(Box::new(Failed(Some(error))));
            }
        }
        let read = self.ready.read(buffer)?;
        match &mut self.rest {
            Some(rest) if read == 0 => rest.read(buffer),
            _ => Ok(read),
        }
    }
}

/// An error that comes after what was read before it.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The lines in order of time. Lines without a moment stay behind the record before them.
fn turned(all: &[u8]) -> Vec<u8> {
    let ended = all.strip_suffix(b"\n").unwrap_or(all);
    let mut records: Vec<(i64, &[u8])> = Vec::new();
    let mut start = 0;
    let mut last = None;
    for end in memchr::memchr_iter(b'\n', ended).chain([ended.len()]) {
        let line = &ended[start..end];
        match (moment(line), records.last_mut()) {
            (None, Some((_, record))) => *record = &ended[start - 1 - record.len()..end],
            (found, _) => {
                last = found.or(last);
                records.push((last.unwrap_or(i64::MIN), line));
            }
        }
        start = end + 1;
    }
    records.reverse();
    records.sort_by_key(|(moment, _)| *moment);
    let mut out = Vec::with_capacity(all.len() + 1);
    for (_, record) in records {
        out.extend_from_slice(record);
        out.push(b'\n');
    }
    out
}
