//! Packed: stretches of records in order of time, kept compressed and merged into one.
//!
//! In: the stretches, in the order in which they were read. Out: their records, one a line, in order of time; of the same moment those of the later
//! stretch first. Must not know: what a record is. Of each stretch as much is unpacked as its decompressor holds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufReader, Cursor, Read, Write};

/// How hard it is tried: quickly.
const LEVEL: i32 = 1;
/// The window of the compressor, as a power of two: what each stretch takes while it is merged.
const WINDOW: u32 = 18;
/// Bytes before each record: its moment and its length.
const HEAD: usize = 8 + 4;

/// Records in order of time, packed.
pub(super) struct Run(Vec<u8>);

impl Run {
    pub(super) fn of(records: &[(i64, &[u8])]) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
        encoder.window_log(WINDOW)?;
        for (moment, record) in records {
            // A record that long was cut before: a stretch is shorter.
            let length = u32::try_from(record.len()).map_err(io::Error::other)?;
            encoder.write_all(&moment.to_le_bytes())?;
            encoder.write_all(&length.to_le_bytes())?;
            encoder.write_all(record)?;
        }
        let mut packed = encoder.finish()?;
        packed.shrink_to_fit();
        Ok(Self(packed))
    }

    /// Bytes it takes.
    pub(super) const fn packed(&self) -> usize {
        self.0.len()
    }
}

/// What is left of a stretch, its first record at hand.
struct Open {
    from: zstd::Decoder<'static, BufReader<Cursor<Vec<u8>>>>,
    record: Vec<u8>,
}

impl Open {
    fn of(Run(packed): Run) -> io::Result<Self> {
        let buffer = BufReader::with_capacity(1 << 12, Cursor::new(packed));
        Ok(Self { from: zstd::Decoder::with_buffer(buffer)?, record: Vec::new() })
    }

    /// Goes on to the next record. Out: its moment.
    fn next(&mut self) -> io::Result<Option<i64>> {
        let mut head = [0; HEAD];
        if self.from.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.from.read_exact(&mut head[1..])?;
        let (moment, length) = head.split_at(8);
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        self.record.clear();
        self.from.by_ref().take(length.into()).read_to_end(&mut self.record)?;
        self.record.push(b'\n');
        Ok(Some(i64::from_le_bytes(moment.try_into().unwrap_or_default())))
    }
}

/// Stretches that are merged while they are read.
pub(super) struct Merge {
    runs: Vec<Open>,
    /// Of each stretch that is not at its end: the moment of its next record, and its number, the latest first.
    next: BinaryHeap<Reverse<(i64, Reverse<usize>)>>,
    /// Bytes of that record that were given.
    given: usize,
}

impl Merge {
    pub(super) fn of(runs: Vec<Run>) -> io::Result<Self> {
        let mut runs = runs.into_iter().map(Open::of).collect::<io::Result<Vec<_>>>()?;
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (at, run) in runs.iter_mut().enumerate() {
            if let Some(moment) = run.next()? {
                next.push(Reverse((moment, Reverse(at))));
            }
        }
        Ok(Self { runs, next, given: 0 })
    }
}

impl Read for Merge {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len()
            && let Some(mut first) = self.next.peek_mut()
        {
            let Reverse((moment, Reverse(at))) = &mut *first;
            let run = &mut self.runs[*at];
            let left = run.record.get(self.given..).unwrap_or_default();
            let take = left.len().min(buffer.len() - filled);
            buffer[filled..filled + take].copy_from_slice(&left[..take]);
            filled += take;
            self.given += take;
            if self.given < run.record.len() {
                break;
            }
            self.given = 0;
            if let Some(after) = run.next()? {
                *moment = after;
            } else {
                std::collections::binary_heap::PeekMut::pop(first);
            }
        }
        Ok(filled)
    }
}
