//! Sealed files: what every file of columns and names begins and ends with.
//!
//! In: the bytes between. Out: a file whose length, version and checksum can be checked. Must not know: what the bytes mean.
//!
//! Layout: magic (8 bytes), kind and version (4 bytes each), the bytes, then a foot of 24 bytes: number of bytes, CRC-32 of them, CRC-32 of the
//! foot before it, magic. All numbers are little-endian.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::map::Map;

const MAGIC: &[u8; 8] = b"NECRCASE";
const HEAD: usize = 16;
const FOOT: usize = 24;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A column of numbers.
    Packed = 1,
    /// A list of texts.
    Names = 2,
}

/// The version of both layouts; the first, in which all blocks of columns are plain, is read as well.
const VERSION: u32 = 2;

/// Writes a sealed file.
pub(super) struct Sealing {
    out: BufWriter<File>,
    crc: crc32fast::Hasher,
    bytes: u64,
}

impl Sealing {
    pub(super) fn new(path: &Path, kind: Kind) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
        out.write_all(MAGIC)?;
        out.write_all(&(kind as u32).to_le_bytes())?;
        out.write_all(&VERSION.to_le_bytes())?;
        Ok(Self { out, crc: crc32fast::Hasher::new(), bytes: 0 })
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// Writes the foot and waits until all of it is on the disk.
    pub(super) fn seal(mut self) -> io::Result<()> {
        let mut foot = Vec::with_capacity(FOOT);
        foot.extend_from_slice(&self.bytes.to_le_bytes());
        foot.extend_from_slice(&self.crc.finalize().to_le_bytes());
        let own = crc32fast::hash(&foot);
        foot.extend_from_slice(&own.to_le_bytes());
        foot.extend_from_slice(MAGIC);
        self.out.write_all(&foot)?;
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

/// A sealed file, its head and foot checked.
#[derive(Debug)]
pub(super) struct Sealed {
    map: Map,
    crc: u32,
}

impl Sealed {
    pub(super) fn open(path: &Path, kind: Kind) -> io::Result<Self> {
        let map = Map::open(path)?;
        let bad = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, format!("{what}; `necropsy ingest` builds the case anew")));
        let number = |at: usize| map.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        if map.len() < HEAD + FOOT || map.get(..8) != Some(MAGIC.as_slice()) {
            return bad("not a file of a case, or cut short");
        }
        if number(8) != kind as u32 || !(1..=VERSION).contains(&number(12)) {
            return bad("of another kind or version");
        }
        let foot = map.len() - FOOT;
        let bytes = map.get(foot..foot + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
        let whole = map.get(foot..foot + 12).map_or(0, crc32fast::hash) == number(foot + 12) && map.get(foot + 16..) == Some(MAGIC.as_slice());
        if !whole || bytes != (foot - HEAD) as u64 {
            return bad("cut short or changed");
        }
        let crc = number(foot + 8);
        Ok(Self { map, crc })
    }

    /// One of no file.
    pub(super) fn none() -> Self {
        Self { map: Map::Empty, crc: 0 }
    }

    /// What the file holds.
    pub(super) fn bytes(&self) -> &[u8] {
        self.map.len().checked_sub(FOOT).and_then(|foot| self.map.get(HEAD..foot)).unwrap_or_default()
    }

    /// Whether all of it is as it was written.
    pub(super) fn is_sound(&self) -> bool {
        crc32fast::hash(self.bytes()) == self.crc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_or_changed_is_refused() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("a");
        let mut file = Sealing::new(&path, Kind::Names).unwrap();
        file.write(b"some text that is kept").unwrap();
        file.seal().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let open = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            Sealed::open(&path, Kind::Names)
        };
        assert!(open(&whole).unwrap().is_sound());
        assert!(Sealed::open(&path, Kind::Packed).is_err());
        for end in 0..whole.len() {
            assert!(open(&whole[..end]).is_err(), "{end}");
        }
        let mut changed = whole.clone();
        changed[20] ^= 1;
        assert!(!open(&changed).unwrap().is_sound());
    }
}
