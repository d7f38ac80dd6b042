//! The store: texts that lie in the case itself, in compressed blocks that can be read alone.
//!
//! In: stretches of text. Out: any part of them again. Must not know: entries.

use std::fs::File;
use std::io;
use std::path::Path;

use super::packed::{Course, Packed, Packing};
use super::place::read_exact_at;
use super::spill::Block;

/// A good middle between speed and size.
const LEVEL: i32 = 3;
/// Longest text of a block: entries of at most 1 MiB in lines of at most 8 MiB, pieces doubled until they hold one.
const MAX_BLOCK: u64 = 64 << 20;
/// The columns of the directory of blocks.
pub(super) const COLUMNS: [&str; 4] = ["block-offset", "block-length", "block-at", "block-packed"];
/// The file of the blocks themselves.
pub(super) const FILE: &str = "store";

/// Packs a stretch of text. What zstd cannot pack is kept as it is, behind a zero byte no frame begins with.
pub(super) fn pack(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, LEVEL).unwrap_or_else(|_| std::iter::once(0).chain(text.iter().copied()).collect())
}

fn unpack(packed: &[u8], length: u64) -> io::Result<Vec<u8>> {
    if length > MAX_BLOCK {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a block of the store is too long"));
    }
    match packed.split_first() {
        Some((0, plain)) => Ok(plain.to_vec()),
        _ => zstd::bulk::decompress(packed, length as usize),
    }
}

/// Writes the directory of blocks.
pub(super) fn write_directory<'b>(directory: &Path, blocks: impl Iterator<Item = &'b Block>) -> io::Result<()> {
    let [mut offset, mut length, mut at, mut packed] = {
        let open = |name: &str| Packing::new(&directory.join(name), Course::Rising);
        let [a, b, c, d] = COLUMNS;
        [open(a)?, open(b)?, open(c)?, open(d)?]
    };
    for block in blocks {
        offset.push(block.offset as i64)?;
        length.push(block.length as i64)?;
        at.push(block.at as i64)?;
        packed.push(block.packed as i64)?;
    }
    offset.finish()?;
    length.finish()?;
    at.finish()?;
    packed.finish()
}

/// The store of a case.
#[derive(Debug)]
pub(super) struct Store {
    columns: [Packed; 4],
    file: File,
}

impl Store {
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let open = |name: &str| Packed::open(&directory.join(name));
        let [a, b, c, d] = COLUMNS;
        Ok(Self { columns: [open(a)?, open(b)?, open(c)?, open(d)?], file: File::open(directory.join(FILE))? })
    }

    pub(super) fn block(&self, index: u64) -> Block {
        let at = |column: usize| self.columns.get(column).map_or(0, |column| column.at(index as usize)) as u64;
        Block { offset: at(0), length: at(1), at: at(2), packed: at(3) }
    }

    /// The block around a byte of a source whose blocks are `[first, first + blocks)`: its index, and the range of text that it holds.
    pub(super) fn find(&self, first: u64, blocks: u64, offset: u64) -> Option<(u64, Block)> {
        let (mut low, mut high) = (first, first + blocks);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.block(middle).offset <= offset { low = middle + 1 } else { high = middle }
        }
        let index = low.checked_sub(1).filter(|index| *index >= first)?;
        let block = self.block(index);
        (offset.checked_sub(block.offset)? < block.length).then_some((index, block))
    }

    /// The text of a block.
    pub(super) fn text(&self, block: Block) -> io::Result<Vec<u8>> {
        if block.packed > MAX_BLOCK * 2 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a block of the store is too long"));
        }
        let mut packed = vec![0; block.packed as usize];
        read_exact_at(&self.file, &mut packed, block.at)?;
        let text = unpack(&packed, block.length)?;
        if text.len() as u64 == block.length { Ok(text) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "a block of the store is damaged")) }
    }

    /// Lays the texts of blocks into `text`, each where it stands in its file. What is blank leaves what is there.
    pub(super) fn lay(&self, first: u64, blocks: u64, text: &mut Vec<u8>) -> io::Result<()> {
        for index in first..first.saturating_add(blocks) {
            let block = self.block(index);
            let (from, part) = (block.offset as usize, self.text(block)?);
            if text.len() < from + part.len() {
                text.resize(from + part.len(), 0);
            }
            for (place, byte) in text.iter_mut().skip(from).zip(part) {
                if byte != 0 {
                    *place = byte;
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_sound(&self) -> bool {
        let blocks = self.columns.first().map_or(0, Packed::len) as u64;
        self.columns.iter().all(Packed::is_sound) && (0..blocks).all(|index| self.text(self.block(index)).is_ok())
    }
}
