//! Sieve: in which stretches of rows a number may stand, so that what is rare is not looked for everywhere.
//!
//! In: columns. Out: for a few numbers the stretches that may hold one. Must not know: what numbers mean.
//!
//! Each stretch of 1024 rows has 2048 bits, of which every number that stands in it sets two. Where one of a number's bits is not set, it is not there.

use std::io;
use std::path::Path;

use super::column;
use super::packed::{Course, Packed, Packing};

/// The columns that are looked through so.
const COLUMNS: [usize; 2] = [column::POD, column::ABOUT];
/// Their files.
pub(super) const FILES: [&str; 2] = ["sieve-pod", "sieve-about"];
/// Rows of a stretch, and its bits in words.
const STRETCH: usize = 1024;
const WORDS: usize = 32;
/// More numbers than these stand nearly everywhere.
const MOST: usize = 48;

/// What is known of where numbers stand.
#[derive(Debug)]
pub(super) struct Sieve {
    words: [Packed; COLUMNS.len()],
}

/// The bits of a number: word and bit of each.
fn places(number: u64) -> [(usize, u64); 2] {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let place = |bits: u64| ((bits >> 6) as usize % WORDS, 1 << (bits & 63));
    [place(mixed >> 53), place(mixed >> 42)]
}

impl Sieve {
    /// Looks through columns and writes; `open` gives a column by its number.
    pub(super) fn write(directory: &Path, open: impl Fn(usize) -> io::Result<Packed>) -> io::Result<()> {
        for (number, name) in COLUMNS.into_iter().zip(FILES) {
            let values = open(number)?;
            let mut out = Packing::new(&directory.join(name), Course::Any)?;
            for stretch in 0..values.len().div_ceil(STRETCH) {
                let mut words = [0_u64; WORDS];
                values.each(stretch * STRETCH, (stretch + 1) * STRETCH, |_, value| {
                    for (word, bit) in places(value as u64) {
                        if let Some(word) = words.get_mut(word) {
                            *word |= bit;
                        }
                    }
                });
                words.into_iter().try_for_each(|word| out.push(word as i64))?;
            }
            out.finish()?;
        }
        Ok(())
    }

    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let [pod, about] = FILES.map(|name| Packed::open(&directory.join(name)));
        Ok(Self { words: [pod?, about?] })
    }

    /// Of a case that has none.
    pub(super) fn none() -> Self {
        Self { words: [Packed::none(), Packed::none()] }
    }

    /// The files that are not as they were written.
    pub(super) fn damaged(&self) -> impl Iterator<Item = &'static str> {
        FILES.into_iter().zip(&self.words).filter(|(_, words)| !words.is_sound()).map(|(name, _)| name)
    }

    /// The rows among which a column of so many may have a number of a set; nothing where that is no use.
    pub(super) fn ranges(&self, number: usize, rows: usize, set: &[u64]) -> Option<Vec<(usize, usize)>> {
        let words = COLUMNS.iter().position(|known| *known == number).and_then(|at| self.words.get(at))?;
        let stretches = rows.div_ceil(STRETCH);
        if words.len() != stretches * WORDS || set.iter().map(|word| word.count_ones() as usize).sum::<usize>() > MOST {
            return None;
        }
        let numbers =
            set.iter().enumerate().flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at as u64 * 64 + bit));
        let asked: Vec<[(usize, u64); 2]> = numbers.map(places).collect();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for stretch in 0..stretches {
            let stands = |(word, bit): &(usize, u64)| words.at(stretch * WORDS + word) as u64 & bit != 0;
            if asked.iter().any(|places| places.iter().all(stands)) {
                let (from, to) = (stretch * STRETCH, ((stretch + 1) * STRETCH).min(rows));
                match ranges.last_mut().filter(|(_, end)| *end == from) {
                    Some((_, end)) => *end = to,
                    None => ranges.push((from, to)),
                }
            }
        }
        Some(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::put;
    use super::*;

    #[test]
    fn nothing_that_stands_somewhere_is_missed() {
        let room = tempfile::tempdir().unwrap();
        let value = |row: usize| (row * 7919 % 30_011 + row / 1000 * 13) as i64;
        let rows = 50_000;
        let mut column = Packing::new(&room.path().join("c"), Course::Any).unwrap();
        for row in 0..rows {
            column.push(value(row)).unwrap();
        }
        column.finish().unwrap();
        Sieve::write(room.path(), |_| Packed::open(&room.path().join("c"))).unwrap();
        let sieve = Sieve::open(room.path()).unwrap();
        let mut skipped = 0;
        for wanted in [0, 13, 700, 30_000, 99_999] {
            let mut set = vec![0; 2000];
            put(&mut set, wanted);
            let ranges = sieve.ranges(column::POD, rows, &set).unwrap();
            let within = |row: usize| ranges.iter().any(|(from, to)| (*from..*to).contains(&row));
            assert!((0..rows).filter(|row| value(*row) == wanted as i64).all(within), "{wanted}");
            skipped += (0..rows).filter(|row| !within(*row)).count();
        }
        assert!(skipped > rows, "{skipped}");
        assert!(sieve.ranges(column::NODE, rows, &[1]).is_none() && sieve.ranges(column::POD, rows, &[u64::MAX]).is_none());
        assert!(Sieve::none().ranges(column::POD, rows, &[1]).is_none());
    }
}
