//! Headers of zip archives, local and central.
//!
//! In: bytes of a header. Out: an [`Entry`]. Must not know: streams, order, where the bytes came from.
//!
//! # Source
//!
//! PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central header), 4.5.3 (zip64); Info-ZIP `extrafld.txt` (times of Unix and NTFS).

use crate::time::{SECOND, civil_ns};

/// Bytes of a local header before name and extra fields, its signature included.
pub(super) const LOCAL_BYTES: usize = 30;
/// The same of a central one.
pub(super) const CENTRAL_BYTES: usize = 46;
/// Seconds from 1601 to 1970, for NTFS times.
const NTFS_EPOCH_S: i64 = 11_644_473_600;

/// One member as a header states it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Offset of the local header; 0 in a local header.
    pub(super) offset: u64,
    /// Nanoseconds since the epoch.
    pub(super) modified: Option<i64>,
    /// Unix mode; 0 where none is stated.
    pub(super) mode: u32,
}

/// Lengths of what follows a fixed header: name, extra fields, comment.
pub(super) type Tail = (usize, usize, usize);

impl Entry {
    /// Reads the fixed part of a local header.
    pub(super) fn local(bytes: &[u8]) -> Option<(Self, Tail)> {
        let (entry, name, extra) = Self::common(bytes.get(6..LOCAL_BYTES)?)?;
        Some((entry, (name, extra, 0)))
    }

    /// Reads the fixed part of a central header.
    pub(super) fn central(bytes: &[u8]) -> Option<(Self, Tail)> {
        let (mut entry, name, extra) = Self::common(bytes.get(8..CENTRAL_BYTES)?)?;
        entry.offset = u64::from(u32_at(bytes, 42)?);
        let unix = bytes.get(5) == Some(&3) || bytes.get(5) == Some(&19);
        entry.mode = if unix { u32_at(bytes, 38)? >> 16 } else { 0 };
        Some((entry, (name, extra, usize::from(u16_at(bytes, 32)?))))
    }

    /// Flags, method, time, checksum, sizes, lengths: in both headers in the same order.
    fn common(bytes: &[u8]) -> Option<(Self, usize, usize)> {
        let entry = Self {
            flags: u16_at(bytes, 0)?,
            method: u16_at(bytes, 2)?,
            modified: dos_time(u16_at(bytes, 6)?, u16_at(bytes, 4)?),
            crc: u32_at(bytes, 8)?,
            packed: u64::from(u32_at(bytes, 12)?),
            size: u64::from(u32_at(bytes, 16)?),
            ..Self::default()
        };
        Some((entry, usize::from(u16_at(bytes, 20)?), usize::from(u16_at(bytes, 22)?)))
    }

    /// Takes name and extra fields.
    pub(super) fn complete(&mut self, name: &[u8], mut extra: &[u8]) {
        // A writer on Windows that does not know the standard separates folders its own way.
        self.name = String::from_utf8_lossy(name).replace('\\', "/");
        while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let Some(field) = extra.get(4..4 + usize::from(length)) else { break };
            extra = &extra[4 + usize::from(length)..];
            match kind {
                0x0001 => self.zip64(field),
                0x5455 if field.first().is_some_and(|flags| flags & 1 != 0) => {
                    let seconds = u32_at(field, 1).map(u32::cast_signed);
                    self.modified = seconds.map(|seconds| i64::from(seconds) * SECOND).or(self.modified);
                }
                // 100 ns since 1601, after four reserved bytes and the head of the first attribute.
                0x000A if u16_at(field, 4) == Some(1) => {
                    let ticks = u64_at(field, 8).and_then(|ticks| i64::try_from(ticks).ok());
                    let since = ticks.and_then(|ticks| (ticks - NTFS_EPOCH_S * 10_000_000).checked_mul(100));
                    self.modified = since.or(self.modified);
                }
                _ => {}
            }
        }
    }

    /// Sizes and offset that do not fit 32 bits, those that do not and in this order.
    fn zip64(&mut self, field: &[u8]) {
        let mut at = 0;
        for value in [&mut self.size, &mut self.packed, &mut self.offset] {
            if *value == u64::from(u32::MAX)
                && let Some(wide) = u64_at(field, at)
            {
                *value = wide;
                at += 8;
            }
        }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0 || self.flags & 0x40 != 0
    }

    /// Whether checksum and sizes stand behind the content.
    pub(super) fn is_streamed(&self) -> bool {
        self.flags & 8 != 0
    }

    /// Whether it is something else than a file: a directory, or a link, whose content is its target.
    pub(super) fn is_no_file(&self) -> bool {
        self.name.ends_with('/') || !matches!(self.mode & 0o170_000, 0 | 0o100_000)
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// A time of MS-DOS, taken for UTC: it has no zone, and only the year is ever drawn from it.
fn dos_time(date: u16, time: u16) -> Option<i64> {
    let (date, time) = (u32::from(date), u32::from(time));
    let year = 1980 + i32::try_from(date >> 9).ok()?;
    civil_ns(year, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2, 0)
}
