//! Mapping files of the case into memory.
//!
//! In: a path. Out: its bytes. The only module with unsafe code. Must not know: what the files hold.

#![allow(unsafe_code, reason = "a mapping is unsafe because the file could change underneath; see below")]

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file of the case.
#[derive(Debug)]
pub(super) enum Map {
    /// Mapped.
    Mapped(memmap2::Mmap),
    /// An empty file cannot be mapped.
    Empty,
}

impl Map {
    /// Maps a file.
    ///
    /// Only files that the case itself has written are mapped: they are complete before the manifest names them, and are never written again,
    /// only removed as a whole, which leaves the mapping as it is. The originals, which others may cut short at any time, are read instead.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self::Empty);
        }
        // SAFETY: the file is private to the case and immutable once it is named by the manifest, as said above. Whoever changes files of a
        // case by hand while it is open may at worst end the program; no writes go through the mapping.
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(Self::Mapped(map))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Empty => &[],
        }
    }
}
