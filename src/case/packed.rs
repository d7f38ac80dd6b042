//! Packed: a column of numbers, each as wide as its neighbours need, any of them found at once.
//!
//! In: numbers in order. Out: a sealed file, and its numbers by position. Must not know: what they count.
//!
//! Blocks of 128 numbers are packed each by itself. A directory of 16 bytes a block says where it lies, its least number and how it is laid out
//! ([`block`]); then follow the number of numbers and the place of the directory.

mod block;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::bits::{has, reach};
use super::sealed::{Kind, Sealed, Sealing};
pub(super) use block::Course;
use block::{Place, word};

/// Numbers of a block.
pub(super) const BLOCK: usize = 128;
/// Bytes behind the last block, so that eight can be read from any place.
const MARGIN: usize = 16;
/// Words of bits of a block.
const WORDS: usize = BLOCK / 64;
/// So many blocks are gone through before other threads could take their part.
const ALONE: usize = 2048;
/// A column is nearly constant where one block in so many holds different numbers.
const CONSTANT: usize = 8;
/// A table of counts is small up to here.
const FEW: usize = 1024;
const LANES: usize = 4;
/// Numbers from here on are not counted: names have smaller ones.
const MAX_COUNTED: usize = 1 << 28;
/// Blocks that one thread goes through at a time.
const TASK_BLOCKS: usize = 512;

/// Writes a column.
pub(super) struct Packing {
    file: Sealing,
    course: Course,
    held: Vec<i64>,
    packed: Vec<u8>,
    directory: Vec<u8>,
    count: u64,
}

impl Packing {
    pub(super) fn new(path: &Path, course: Course) -> io::Result<Self> {
        let file = Sealing::new(path, Kind::Packed)?;
        Ok(Self { file, course, held: Vec::with_capacity(BLOCK), packed: Vec::new(), directory: Vec::new(), count: 0 })
    }

    pub(super) fn push(&mut self, value: i64) -> io::Result<()> {
        self.held.push(value);
        self.count += 1;
        if self.held.len() == BLOCK { self.flush() } else { Ok(()) }
    }

    pub(super) fn extend(&mut self, values: &[i64]) -> io::Result<()> {
        self.count += values.len() as u64;
        let (begun, rest) = values.split_at(if self.held.is_empty() { 0 } else { values.len().min(BLOCK - self.held.len()) });
        self.held.extend_from_slice(begun);
        if self.held.len() == BLOCK {
            self.flush()?;
        }
        let (blocks, rest) = rest.as_chunks::<BLOCK>();
        blocks.iter().try_for_each(|block| self.block(block))?;
        self.held.extend_from_slice(rest);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let written = self.block(&held);
        self.held = held;
        self.held.clear();
        written
    }

    fn block(&mut self, values: &[i64]) -> io::Result<()> {
        self.packed.clear();
        let (least, layout) = block::pack(values, self.course, &mut self.packed);
        self.directory.extend_from_slice(&least.to_le_bytes());
        self.directory.extend_from_slice(&(self.file.bytes() | layout).to_le_bytes());
        self.file.write(&self.packed)
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

    /// One without numbers.
    pub(super) fn none() -> Self {
        Self { file: Sealed::none(), count: 0, directory: 0 }
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
        Place::new(word(bytes, at).unwrap_or(0) as i64, word(bytes, at + 8).unwrap_or(0))
    }

    /// The number at a position; 0 beyond the end.
    pub(super) fn at(&self, index: usize) -> i64 {
        if index >= self.count {
            return 0;
        }
        self.place(index / BLOCK).at(self.file.bytes(), index % BLOCK)
    }

    /// The numbers of a block. `into` holds what is left behind the last one.
    fn block<'i>(&self, block: usize, into: &'i mut [i64; BLOCK]) -> &'i [i64] {
        let count = self.count.saturating_sub(block * BLOCK).min(BLOCK);
        let held = into.get_mut(..count).unwrap_or_default();
        self.place(block).unpack(self.file.bytes(), held);
        held
    }

    /// Hands the numbers of `[from, to)` to `take`, in order.
    pub(super) fn each(&self, from: usize, to: usize, mut take: impl FnMut(usize, i64)) {
        let to = to.min(self.count);
        let mut held = [0; BLOCK];
        let mut at = from;
        while at < to {
            let first = at / BLOCK * BLOCK;
            let end = to.min(first + BLOCK);
            let numbers = self.block(at / BLOCK, &mut held).get(at - first..end - first).unwrap_or_default();
            numbers.iter().zip(at..).for_each(|(number, index)| take(index, *number));
            at = end;
        }
    }

    /// Which numbers fit, one bit each.
    pub(super) fn select(&self, fits: impl Fn(i64) -> bool + Sync) -> Vec<u64> {
        self.chosen(|place| place.may_fit(self.file.bytes(), &fits), &fits)
    }

    /// Which numbers are in a set, one bit each.
    pub(super) fn select_in(&self, set: &[u64]) -> Vec<u64> {
        let Some(reach) = reach(set) else { return vec![0; self.count.div_ceil(64)] };
        self.chosen(|place| place.may_be_in(self.file.bytes(), set, reach), |number| usize::try_from(number).is_ok_and(|number| has(set, number)))
    }

    /// The numbers of a block lie between these two, both included.
    pub(super) fn bounds(&self, block: usize) -> (i64, i64) {
        let place = self.place(block);
        (place.least, place.greatest(self.file.bytes()))
    }

    fn chosen(&self, may_fit: impl Fn(Place) -> bool + Sync, fits: impl Fn(i64) -> bool + Sync) -> Vec<u64> {
        let mut chosen = vec![0; self.count.div_ceil(64)];
        let select = |(task, words): (usize, &mut [u64])| {
            let mut held = [0; BLOCK];
            for (at, words) in words.chunks_mut(WORDS).enumerate() {
                let block = task * TASK_BLOCKS + at;
                if !may_fit(self.place(block)) {
                    continue;
                }
                for (numbers, word) in self.block(block, &mut held).chunks(64).zip(words) {
                    *word = numbers.iter().enumerate().fold(0, |word, (bit, number)| word | u64::from(fits(*number)) << bit);
                }
            }
        };
        if self.count > ALONE * BLOCK {
            chosen.par_chunks_mut(TASK_BLOCKS * WORDS).enumerate().for_each(select);
        } else {
            chosen.chunks_mut(TASK_BLOCKS * WORDS).enumerate().for_each(select);
        }
        chosen
    }

    /// How often each number occurs, in rising order of numbers; of all or of those whose bit is set in `chosen`. Negative numbers are not counted.
    pub(super) fn counts(&self, chosen: Option<&[u64]>) -> Vec<(usize, u64)> {
        let blocks: Vec<usize> = (0..self.count.div_ceil(BLOCK)).collect();
        let words = |block: usize| chosen.map(|chosen| chosen.get(block * WORDS..chosen.len().min((block + 1) * WORDS)).unwrap_or_default());
        let places = || blocks.iter().map(|block| (*block, self.place(*block)));
        if places().filter(|(_, place)| !place.is_constant()).count() < blocks.len() / CONSTANT {
            // Few numbers, each many times over: a table would have to be as long as the greatest of them.
            let (mut counts, mut held) = (BTreeMap::new(), [0; BLOCK]);
            let mut count = |number: i64, times: u64| {
                if let Some(number) = usize::try_from(number).ok().filter(|_| times > 0) {
                    *counts.entry(number).or_default() += times;
                }
            };
            for (block, place) in places() {
                let numbers = self.block(block, &mut held);
                let words = words(block);
                if place.is_constant() {
                    let picked = words.map(|words| words.iter().map(|word| u64::from(word.count_ones())).sum());
                    count(place.least, picked.unwrap_or(numbers.len() as u64));
                    continue;
                }
                let is_picked = |at: usize| words.is_none_or(|words| words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1));
                numbers.iter().enumerate().filter(|(at, _)| is_picked(*at)).for_each(|(_, number)| count(*number, 1));
            }
            return counts.into_iter().collect();
        }
        let most = places().map(|(_, place)| place.greatest(self.file.bytes())).max();
        let length = usize::try_from(most.unwrap_or(0)).unwrap_or(0).saturating_add(1).min(MAX_COUNTED);
        // A number that comes again and again waits for its own count: small tables are kept several times.
        let lanes = if length <= FEW { LANES } else { 1 };
        let task = |blocks: &[usize]| {
            let (mut counts, mut held) = (vec![0_u32; length * lanes], [0; BLOCK]);
            let mut count = |at: usize, number: i64| {
                if let Some(count) = counts.get_mut(usize::try_from(number).unwrap_or(MAX_COUNTED) * lanes + at % lanes) {
                    *count += 1;
                }
            };
            for block in blocks {
                let numbers = self.block(*block, &mut held);
                let Some(words) = words(*block) else {
                    numbers.iter().enumerate().for_each(|(at, number)| count(at, *number));
                    continue;
                };
                for (numbers, word) in numbers.chunks(64).zip(words) {
                    numbers.iter().enumerate().filter(|(bit, _)| word >> bit & 1 == 1).for_each(|(at, number)| count(at, *number));
                }
            }
            counts
        };
        // A part for each thread: adding up costs as much as the tables are long.
        let part = blocks.len().div_ceil(rayon::current_num_threads().max(1));
        let counts = if blocks.len() > ALONE {
            let parts = blocks.par_chunks(part).map(task).reduce_with(|mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            });
            parts.unwrap_or_default()
        } else {
            task(&blocks)
        };
        let sums = counts.chunks(lanes).map(|counts| counts.iter().map(|count| u64::from(*count)).sum::<u64>());
        sums.enumerate().filter(|(_, count)| *count > 0).collect()
    }

    /// Reads numbers that are asked for one after another, forwards or backwards.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor { column: self, block: usize::MAX, held: [0; BLOCK] }
    }
}

/// Reads numbers near the one that was read last.
#[derive(Debug)]
pub(super) struct Cursor<'c> {
    column: &'c Packed,
    block: usize,
    held: [i64; BLOCK],
}

impl<'c> Cursor<'c> {
    /// What it reads.
    pub(super) fn column(&self) -> &'c Packed {
        self.column
    }

    /// The number at a position; 0 beyond the end.
    pub(super) fn at(&mut self, index: usize) -> i64 {
        if index >= self.column.count {
            return 0;
        }
        if self.block != index / BLOCK {
            self.block = index / BLOCK;
            self.column.block(self.block, &mut self.held);
        }
        self.held.get(index % BLOCK).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(values: &[i64]) -> Vec<i64> {
        let any = packed(values, Course::Any);
        assert_eq!(packed(values, Course::Rising), any);
        any
    }

    fn packed(values: &[i64], course: Course) -> Vec<i64> {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("c");
        let mut column = Packing::new(&path, course).unwrap();
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
        let mut cursor = column.cursor();
        assert!((0..column.len()).rev().all(|at| cursor.at(at) == all[at]));
        let mut set = vec![0; 1 << 10];
        values.iter().step_by(3).filter(|value| (0..1 << 16).contains(*value)).for_each(|value| super::super::bits::put(&mut set, *value as usize));
        let within = |value: i64| usize::try_from(value).is_ok_and(|value| has(&set, value));
        assert_eq!(column.select_in(&set), column.select(within));
        let even = column.select(|value| value % 2 == 0);
        assert!(all.iter().enumerate().all(|(at, value)| (even[at / 64] >> (at % 64) & 1 == 1) == (value % 2 == 0)));
        assert_eq!(even.iter().map(|word| word.count_ones() as usize).sum::<usize>(), all.iter().filter(|value| *value % 2 == 0).count());
        if values.iter().all(|value| (0..1 << 20).contains(value)) {
            let mut counts = BTreeMap::new();
            for value in values {
                *counts.entry(*value as usize).or_insert(0) += 1;
            }
            assert_eq!(column.counts(None), counts.clone().into_iter().collect::<Vec<_>>());
            counts.retain(|value, _| value % 2 == 0);
            assert_eq!(column.counts(Some(&even)), counts.into_iter().collect::<Vec<_>>());
        }
        let mut part = Vec::new();
        column.each(all.len() / 3, all.len() / 2, |at, value| part.push((at, value)));
        assert_eq!(part, (all.len() / 3..all.len() / 2).map(|at| (at, all[at])).collect::<Vec<_>>());
        all
    }

    #[test]
    fn any_numbers_come_back() {
        for values in [vec![], vec![7], vec![i64::MIN, i64::MAX, 0, -1], (0..1000).map(|at| 1_512_123_462_000_000_000 + at * 1_000_000).collect()] {
            assert_eq!(there_and_back(&values), values);
        }
    }

    #[test]
    fn numbers_far_above_their_base_are_found() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("c");
        let values: Vec<i64> = (0..BLOCK as i64).map(|at| (at % 8 + at % 2 * 50) * 1000).collect();
        let mut column = Packing::new(&path, Course::Any).unwrap();
        column.extend(&values).unwrap();
        column.finish().unwrap();
        let column = Packed::open(&path).unwrap();
        for value in &values {
            let mut set = vec![0; 1 << 10];
            super::super::bits::put(&mut set, *value as usize);
            assert_eq!(column.select_in(&set), column.select(|number| number == *value), "{value}");
        }
    }

    #[test]
    fn stamps_of_microseconds_take_few_bytes() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("c");
        let mut column = Packing::new(&path, Course::Rising).unwrap();
        for at in 0..100_000_i64 {
            column.push(1_512_123_462_000_000_000 + at * 34_567_000).unwrap();
        }
        column.finish().unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 320_000);
    }

    #[test]
    fn names_that_come_again_and_sources_in_turns_take_few_bits() {
        let bytes = |value: &dyn Fn(i64) -> i64, course| {
            let room = tempfile::tempdir().unwrap();
            let path = room.path().join("c");
            let mut column = Packing::new(&path, course).unwrap();
            let values: Vec<i64> = (0..1 << 17).map(value).collect();
            for value in &values {
                column.push(*value).unwrap();
            }
            column.finish().unwrap();
            assert_eq!(there_and_back(&values), values);
            std::fs::metadata(&path).unwrap().len()
        };
        // Sixteen bytes of the directory are 16 K of each.
        let names = bytes(&|at| (at * 7919 % 11) * 40_000, Course::Any);
        let turns = bytes(&|at| (at % 16) * 100_000 + at / 16, Course::Any);
        let lines = bytes(&|at| at + 1, Course::Rising);
        let lengths = bytes(&|at| at * 280 + at * 7919 % 113, Course::Rising);
        assert!(names < 110_000 && turns < 180_000 && lines < 24_000 && lengths < 150_000, "{names} {turns} {lines} {lengths}");
    }

    proptest! {
        #[test]
        fn in_turns(step in 1_i64..1 << 40, turns in 1_i64..130, values in prop::collection::vec(0_i64..300, 1..400)) {
            let values: Vec<i64> = values.iter().zip(0..).map(|(value, at)| value + at % turns * step).collect();
            prop_assert_eq!(there_and_back(&values), values);
        }

        #[test]
        fn rising(first in any::<i64>(), step in 0_i64..1 << 34, values in prop::collection::vec(0_i64..3000, 1..400)) {
            let values: Vec<i64> = values.iter().zip(0_i64..).map(|(value, at)| first.wrapping_add(at.wrapping_mul(step)).wrapping_sub(*value)).collect();
            prop_assert_eq!(there_and_back(&values), values);
        }

        #[test]
        fn whatever_they_are(values in prop::collection::vec(any::<i64>(), 0..400)) {
            prop_assert_eq!(there_and_back(&values), values);
        }

        #[test]
        fn mostly_the_same(least in 0_i64..3000, other in 0_i64..1 << 19, at in 0_usize..3000) {
            let values: Vec<i64> = (0..3000).map(|row| if row == at { other } else { least }).collect();
            prop_assert_eq!(there_and_back(&values), values);
        }

        #[test]
        fn few_and_many(least in 0_i64..3000, width in 0_u32..12, values in prop::collection::vec(any::<u64>(), 1..400)) {
            let values: Vec<i64> = values.iter().map(|value| least + (value % (1 << width)) as i64).collect();
            prop_assert_eq!(there_and_back(&values), values);
        }

        #[test]
        fn however_wide_they_are(width in 1_u32..64, values in prop::collection::vec(any::<u64>(), 0..400)) {
            let values: Vec<i64> = values.iter().map(|value| (value >> (64 - width)) as i64).collect();
            prop_assert_eq!(there_and_back(&values), values);
        }
    }
}
