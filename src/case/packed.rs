//! Packed: a column of numbers, each as wide as its neighbours need, any of them found at once.
//!
//! In: numbers in order. Out: a sealed file, and its numbers by position. Must not know: what they count.
//!
//! Blocks of 128 numbers are stored as differences to the block's least one, divided by the greatest power of ten up to 10^9 that divides them all
//! (stamps are rarely finer than microseconds). A directory of 16 bytes a block says where it lies, its least number, its width in bits and its
//! power; then follow the number of numbers and the place of the directory.

use std::io;
use std::path::Path;

use super::sealed::{Kind, Sealed, Sealing};

/// Numbers of a block.
pub(super) const BLOCK: usize = 128;
/// Powers that differences are divided by.
const POWERS: [u64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];
/// Bytes behind the last block, so that eight can be read from any place.
const MARGIN: usize = 16;

/// Writes a column.
pub(super) struct Packing {
    file: Sealing,
    held: Vec<i64>,
    directory: Vec<u8>,
    count: u64,
}

impl Packing {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { file: Sealing::new(path, Kind::Packed)?, held: Vec::with_capacity(BLOCK), directory: Vec::new(), count: 0 })
    }

    pub(super) fn push(&mut self, value: i64) -> io::Result<()> {
        self.held.push(value);
        self.count += 1;
        if self.held.len() == BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(least) = self.held.iter().min().copied() else { return Ok(()) };
        let spread = |value: &i64| value.wrapping_sub(least) as u64;
        let power = (0..POWERS.len()).rev().find(|at| self.held.iter().all(|value| spread(value).is_multiple_of(POWERS[*at]))).unwrap_or(0);
        let most = self.held.iter().map(|value| spread(value) / POWERS[power]).max().unwrap_or(0);
        let width = 64 - most.leading_zeros();
        let place = self.file.bytes() | u64::from(width) << 48 | (power as u64) << 56;
        self.directory.extend_from_slice(&least.to_le_bytes());
        self.directory.extend_from_slice(&place.to_le_bytes());
        let mut packed = Vec::with_capacity(BLOCK * 8);
        let (mut bits, mut filled) = (0_u128, 0_u32);
        for value in &self.held {
            bits |= u128::from(spread(value) / POWERS[power]) << filled;
            filled += width;
            while filled >= 8 {
                packed.push(bits as u8);
                bits >>= 8;
                filled -= 8;
            }
        }
        if filled > 0 {
            packed.push(bits as u8);
        }
        self.held.clear();
        self.file.write(&packed)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.write(&[0; MARGIN])?;
        let at = self.file.bytes();
        let directory = std::mem::take(&mut self.directory);
        self.file.write(&directory)?;
        self.file.write(&self.count.to_le_bytes())?;
        self.file.write(&at.to_le_bytes())?;
        self.file.seal()
    }
}

/// A column that is read.
#[derive(Debug)]
pub(super) struct Packed {
    file: Sealed,
    count: usize,
    directory: usize,
}

/// Where a block lies, and how.
#[derive(Clone, Copy)]
struct Place {
    least: i64,
    at: usize,
    width: u32,
    power: u64,
}

impl Packed {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = Sealed::open(path, Kind::Packed)?;
        let bytes = file.bytes();
        let number = |from_end: usize| bytes.len().checked_sub(from_end).and_then(|at| word(bytes, at));
        let told = number(16).zip(number(8)).map(|(count, directory)| (count as usize, directory as usize));
        match told {
            Some((count, directory)) if directory.checked_add(count.div_ceil(BLOCK) * 16 + 16) == Some(bytes.len()) => {
                Ok(Self { file, count, directory })
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a column without its directory")),
        }
    }

    /// How many numbers it holds.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_sound(&self) -> bool {
        self.file.is_sound()
    }

    fn place(&self, block: usize) -> Place {
        let bytes = self.file.bytes();
        let at = self.directory + block * 16;
        let (least, place) = (word(bytes, at).unwrap_or(0) as i64, word(bytes, at + 8).unwrap_or(0));
        Place { least, at: (place & 0xffff_ffff_ffff) as usize, width: (place >> 48 & 0xff) as u32, power: POWERS[(place >> 56 & 3) as usize] }
    }

    /// The number at a position; 0 beyond the end.
    pub(super) fn at(&self, index: usize) -> i64 {
        if index >= self.count {
            return 0;
        }
        value(self.file.bytes(), self.place(index / BLOCK), index % BLOCK)
    }

    /// Hands the numbers of `[from, to)` to `take`, in order.
    pub(super) fn each(&self, from: usize, to: usize, mut take: impl FnMut(usize, i64)) {
        let to = to.min(self.count);
        let bytes = self.file.bytes();
        let mut at = from;
        while at < to {
            let block = at / BLOCK;
            let end = to.min((block + 1) * BLOCK);
            let place = self.place(block);
            if place.width == 0 {
                (at..end).for_each(|index| take(index, place.least));
            } else {
                (at..end).for_each(|index| take(index, value(bytes, place, index % BLOCK)));
            }
            at = end;
        }
    }

    /// Hands runs of one number to `take`: `[from, to)` and the number. A run may be told in parts.
    pub(super) fn runs(&self, mut take: impl FnMut(usize, usize, i64)) {
        let (mut from, mut last) = (0, 0);
        let bytes = self.file.bytes();
        for block in 0..self.count.div_ceil(BLOCK) {
            let place = self.place(block);
            let (start, end) = (block * BLOCK, self.count.min((block + 1) * BLOCK));
            let mut note = |at: usize, value: i64| {
                if value != last {
                    if at > from {
                        take(from, at, last);
                    }
                    (from, last) = (at, value);
                }
            };
            if place.width == 0 {
                note(start, place.least);
            } else {
                (start..end).for_each(|at| note(at, value(bytes, place, at % BLOCK)));
            }
        }
        if self.count > from {
            take(from, self.count, last);
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

fn value(bytes: &[u8], place: Place, index: usize) -> i64 {
    if place.width == 0 {
        return place.least;
    }
    let bit = index * place.width as usize;
    let at = place.at + bit / 8;
    let shift = (bit % 8) as u32;
    let mut found = word(bytes, at).unwrap_or(0) >> shift;
    // No block of this program is wider than 64; one from elsewhere may say so.
    if shift > 0 && shift + place.width > 64 {
        found |= u64::from(bytes.get(at + 8).copied().unwrap_or(0)) << (64 - shift);
    }
    let found = if place.width >= 64 { found } else { found & ((1 << place.width) - 1) };
    place.least.wrapping_add(found.wrapping_mul(place.power) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(values: &[i64]) -> Vec<i64> {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("c");
        let mut column = Packing::new(&path).unwrap();
        for value in values {
            column.push(*value).unwrap();
        }
        column.finish().unwrap();
        let column = Packed::open(&path).unwrap();
        assert!(column.is_sound());
        let single: Vec<i64> = (0..column.len()).map(|at| column.at(at)).collect();
        let mut all = Vec::new();
        column.each(0, usize::MAX, |_, value| all.push(value));
        assert_eq!(single, all);
        let mut runs = Vec::new();
        column.runs(|from, to, value| runs.extend((from..to).map(|_| value)));
        assert_eq!(runs, all);
        all
    }

    #[test]
    fn any_numbers_come_back() {
        for values in [vec![], vec![7], vec![i64::MIN, i64::MAX, 0, -1], (0..1000).map(|at| 1_512_123_462_000_000_000 + at * 1_000_000).collect()] {
            assert_eq!(there_and_back(&values), values);
        }
    }

    #[test]
    fn stamps_of_microseconds_take_few_bytes() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("c");
        let mut column = Packing::new(&path).unwrap();
        for at in 0..100_000_i64 {
            column.push(1_512_123_462_000_000_000 + at * 34_567_000).unwrap();
        }
        column.finish().unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 320_000);
    }

    proptest! {
        #[test]
        fn whatever_they_are(values in prop::collection::vec(any::<i64>(), 0..400)) {
            prop_assert_eq!(there_and_back(&values), values);
        }
    }
}
