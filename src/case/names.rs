//! Names: a list of texts by number.
//!
//! In: texts in order. Out: a sealed file, and its texts by number. Must not know: what they name.
//!
//! The texts lie end to end; behind them the end of each (8 bytes), then how many there are.

use std::io;
use std::path::Path;

use super::sealed::{Kind, Sealed, Sealing};

/// A list that is read. Number 0 is the empty text.
#[derive(Debug)]
pub(super) struct Names {
    file: Sealed,
    count: usize,
    ends: usize,
}

impl Names {
    /// Writes a list; the first text has number 1.
    pub(super) fn write<'t>(path: &Path, texts: impl Iterator<Item = &'t str>) -> io::Result<()> {
        let mut file = Sealing::new(path, Kind::Names)?;
        let mut ends = Vec::new();
        for text in texts {
            file.write(text.as_bytes())?;
            ends.extend_from_slice(&file.bytes().to_le_bytes());
        }
        file.write(&ends)?;
        file.write(&((ends.len() / 8) as u64).to_le_bytes())?;
        file.seal()
    }

    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = Sealed::open(path, Kind::Names)?;
        let length = file.bytes().len();
        let count = length.checked_sub(8).and_then(|at| number(file.bytes(), at)).map(|count| count as usize);
        let ends = count.and_then(|count| length.checked_sub(8)?.checked_sub(count.checked_mul(8)?));
        match (count, ends) {
            (Some(count), Some(ends)) => Ok(Self { file, count, ends }),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a list of names without its end")),
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.file.is_sound()
    }

    /// How many there are; the last has this number.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The text of a number.
    pub(super) fn get(&self, index: usize) -> &str {
        let Some(at) = index.checked_sub(1).filter(|at| *at < self.count) else { return "" };
        let bytes = self.file.bytes();
        let end = |at: usize| number(bytes, self.ends + at * 8).unwrap_or(0) as usize;
        let start = at.checked_sub(1).map_or(0, end);
        bytes.get(start..end(at)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
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
        Names::write(&path, ["a", "", "daten 数据"].into_iter()).unwrap();
        let names = Names::open(&path).unwrap();
        assert!(names.is_sound());
        assert_eq!((0..5).map(|at| names.get(at)).collect::<Vec<_>>(), ["", "a", "", "daten 数据", ""]);
        assert_eq!(names.len(), 3);
    }
}
