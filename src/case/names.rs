//! Names: a list of texts by number.
//!
//! In: texts in order. Out: a sealed file, and its texts by number. Must not know: what they name.
//!
//! Texts lie in compressed blocks, for neighbours in the order of the alphabet are much alike; a block is unpacked when one of its texts is asked for
//! first. A block holds how many texts it has and the length of each (4 bytes each), then the texts end to end. Behind the blocks stands a directory:
//! for each the number of its first text, its place, its length there and its length unpacked (8 bytes each); then how many texts and how many
//! blocks there are.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use rayon::prelude::*;

use super::bits::{any, has, put};
use super::sealed::{Kind, Sealed, Sealing};

/// Bytes of texts in a block.
const BLOCK_BYTES: usize = 64 << 10;
/// No block is longer: one text is at most a few KiB.
const MAX_BLOCK: usize = 16 << 20;
const LEVEL: i32 = 3;
/// Blocks that one thread goes through at a time.
const AT_ONCE: usize = 4;
/// Bytes of a block in the directory.
const ENTRY: usize = 32;

/// A list that is read. Number 0 is the empty text.
#[derive(Debug)]
pub(super) struct Names {
    file: Sealed,
    count: usize,
    directory: usize,
    /// The number of the first text of each block.
    firsts: Vec<usize>,
    blocks: Vec<OnceLock<Block>>,
}

#[derive(Debug, Default)]
struct Block {
    text: String,
    ends: Vec<usize>,
    /// All letters are ASCII, and none a capital.
    is_lower: bool,
}

impl Block {
    fn name(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }
}

#[derive(Default)]
struct Open {
    lengths: Vec<u8>,
    texts: Vec<u8>,
}

impl Names {
    /// Writes a list; the first text has number 1.
    pub(super) fn write<'t>(path: &Path, texts: impl Iterator<Item = &'t str>) -> io::Result<()> {
        let mut file = Sealing::new(path, Kind::Names)?;
        let (mut directory, mut open, mut count) = (Vec::new(), Open::default(), 0_u64);
        let flush = |open: &mut Open, directory: &mut Vec<u8>, file: &mut Sealing, count: u64| -> io::Result<()> {
            let held = (open.lengths.len() / 4) as u64;
            if held > 0 {
                let plain = [&(held as u32).to_le_bytes(), open.lengths.as_slice(), open.texts.as_slice()].concat();
                let packed = zstd::bulk::compress(&plain, LEVEL)?;
                for number in [count - held, file.bytes(), packed.len() as u64, plain.len() as u64] {
                    directory.extend_from_slice(&number.to_le_bytes());
                }
                file.write(&packed)?;
                *open = Open::default();
            }
            Ok(())
        };
        for text in texts {
            open.lengths.extend_from_slice(&(text.len() as u32).to_le_bytes());
            open.texts.extend_from_slice(text.as_bytes());
            count += 1;
            if open.texts.len() + open.lengths.len() >= BLOCK_BYTES {
                flush(&mut open, &mut directory, &mut file, count)?;
            }
        }
        flush(&mut open, &mut directory, &mut file, count)?;
        file.write(&directory)?;
        file.write(&count.to_le_bytes())?;
        file.write(&((directory.len() / ENTRY) as u64).to_le_bytes())?;
        file.seal()
    }

    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = Sealed::open(path, Kind::Names)?;
        let length = file.bytes().len();
        let from_end = |back: usize| length.checked_sub(back).and_then(|at| number(file.bytes(), at)).map(|found| found as usize);
        let told = from_end(16).zip(from_end(8)).and_then(|(count, blocks)| {
            let directory = length.checked_sub(16)?.checked_sub(blocks.checked_mul(ENTRY)?)?;
            // Each text has four bytes for its length.
            (count <= blocks.saturating_mul(MAX_BLOCK / 4).min(u32::MAX as usize)).then_some((count, blocks, directory))
        });
        let Some((count, blocks, directory)) = told else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a list of names without its end"));
        };
        let firsts = (0..blocks).map(|block| number(file.bytes(), directory + block * ENTRY).unwrap_or(0) as usize).collect();
        Ok(Self { file, count, directory, firsts, blocks: std::iter::repeat_with(OnceLock::new).take(blocks).collect() })
    }

    pub(super) fn is_sound(&self) -> bool {
        self.file.is_sound()
    }

    fn told(&self, block: usize, what: usize) -> usize {
        number(self.file.bytes(), self.directory + block * ENTRY + what * 8).unwrap_or(0) as usize
    }

    /// The text of a number.
    pub(super) fn get(&self, index: usize) -> &str {
        let Some(at) = index.checked_sub(1).filter(|at| *at < self.count) else { return "" };
        let Some(number) = self.firsts.partition_point(|first| *first <= at).checked_sub(1) else { return "" };
        let first = self.firsts.get(number).copied().unwrap_or(0);
        self.block(number).map_or("", |block| block.name(at - first))
    }

    /// A set of no numbers, with a place for each.
    pub(super) fn bits(&self) -> Vec<u64> {
        vec![0; self.count / 64 + 1]
    }

    /// Which of a set of names fit, by all threads. `literal`: what every name that fits holds when it is written in lower case.
    pub(super) fn select(&self, asked: &[u64], literal: &str, fits: impl Fn(&str) -> bool + Sync) -> Vec<u64> {
        let finder = Finder::new(literal);
        let fitting = |number: usize| -> Vec<usize> {
            let first = self.firsts.get(number).copied().unwrap_or(0);
            let end = self.firsts.get(number + 1).copied().unwrap_or(self.count).min(self.count);
            let mut found = Vec::new();
            if !any(asked, first + 1, end + 1) {
                return found;
            }
            let Some(block) = self.block(number) else { return found };
            let mut check = |at: usize| {
                if has(asked, first + at + 1) && fits(block.name(at)) {
                    found.push(first + at + 1);
                }
            };
            if !block.is_lower || literal.is_empty() {
                (0..end.saturating_sub(first)).for_each(check);
                return found;
            }
            // One search through all names of the block; whatever holds the literal is looked at.
            let (mut from, mut at) = (0, 0);
            while let Some(place) = block.text.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
                at += block.ends.get(at..).unwrap_or_default().partition_point(|end| *end <= from + place);
                check(at);
                match block.ends.get(at) {
                    Some(end) => from = *end,
                    None => break,
                }
            }
            found
        };
        let mut chosen = self.bits();
        let found: Vec<Vec<usize>> = (0..self.blocks.len()).into_par_iter().with_min_len(AT_ONCE).map(fitting).collect();
        found.into_iter().flatten().for_each(|number| put(&mut chosen, number));
        if fits("") && has(asked, 0) {
            put(&mut chosen, 0);
        }
        chosen
    }

    fn block(&self, number: usize) -> Option<&Block> {
        Some(self.blocks.get(number)?.get_or_init(|| self.unpack(number).unwrap_or_default()))
    }

    fn unpack(&self, block: usize) -> Option<Block> {
        let (at, packed, plain) = (self.told(block, 1), self.told(block, 2), self.told(block, 3));
        let packed = self.file.bytes().get(at..at.checked_add(packed)?)?;
        let plain = zstd::bulk::decompress(packed, plain.min(MAX_BLOCK)).ok()?;
        let held = plain.get(..4)?.try_into().ok().map(u32::from_le_bytes)? as usize;
        let (lengths, texts) = plain.get(4..)?.split_at_checked(held.checked_mul(4)?)?;
        let mut end = 0_usize;
        let mut ends = Vec::with_capacity(held);
        for length in lengths.chunks_exact(4) {
            end = end.checked_add(length.try_into().ok().map(u32::from_le_bytes)? as usize)?;
            ends.push(end);
        }
        let is_lower = !texts.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii());
        Some(Block { text: String::from_utf8(texts.to_vec()).ok()?, ends, is_lower })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_by_number() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("n");
        let many: Vec<String> = (0..30_000).map(|at| format!("name {at} 数据")).collect();
        let texts = || ["a", "", "daten 数据"].into_iter().chain(many.iter().map(String::as_str));
        Names::write(&path, texts()).unwrap();
        let names = Names::open(&path).unwrap();
        assert!(names.is_sound() && names.blocks.len() > 3);
        assert_eq!(names.count, many.len() + 3);
        assert!(texts().enumerate().all(|(at, text)| names.get(at + 1) == text));
        assert_eq!((names.get(0), names.get(names.count + 1)), ("", ""));
        let all = || vec![u64::MAX; names.bits().len()];
        for (literal, wanted) in [("name 17", "name 17"), ("", "e 29"), ("数据", "5 数据"), ("daten", "daten"), ("none", "none")] {
            let chosen = names.select(&all(), literal, |name| name.contains(wanted));
            assert!((0..=names.count).all(|at| has(&chosen, at) == names.get(at).contains(wanted)), "{literal}");
        }
        // Of small letters only, blocks are searched through as a whole.
        let lower: Vec<String> = (0..30_000).map(|at| format!("ns-{}/pod-{at}", at % 7)).collect();
        Names::write(&path, lower.iter().map(String::as_str)).unwrap();
        let names = Names::open(&path).unwrap();
        let asked: Vec<u64> = all().iter().map(|word| word & 0x5555_5555_5555_5555).collect();
        for wanted in ["pod-1", "-9", "/pod-29999", "ns-3/pod-3", "d"] {
            let chosen = names.select(&asked, wanted, |name| name.contains(wanted));
            assert!((0..=names.count).all(|at| has(&chosen, at) == (at % 2 == 0 && names.get(at).contains(wanted))), "{wanted}");
        }
        Names::write(&path, std::iter::empty()).unwrap();
        assert_eq!(Names::open(&path).unwrap().get(1), "");
    }
}
