//! The directory at the end of a zip archive.
//!
//! In: an archive that can be read at any place. Out: its members in the order in which they lie, so that they can be read in one go. Memory is bounded.
//! Must not know: contents.

use std::io::{self, Read, Seek, SeekFrom};

use super::header::{CENTRAL_BYTES, Entry, u16_at, u32_at, u64_at};

/// Largest directory that is read: some millions of members.
const MAX_DIRECTORY: u64 = 256 << 20;
/// The end record and the longest comment behind it.
const END_BYTES: u64 = 22 + 65_535;

fn damaged(what: &str) -> io::Error {
    io::Error::other(what.to_owned())
}

/// Where the directory is.
struct Place {
    offset: u64,
    bytes: u64,
    members: u64,
}

/// Reads the directory; members beyond `most` are left out.
pub(super) fn read(file: &mut (impl Read + Seek), most: u64) -> io::Result<Vec<Entry>> {
    let place = find(file)?;
    if place.bytes > MAX_DIRECTORY {
        return Err(damaged("its directory is too large"));
    }
    file.seek(SeekFrom::Start(place.offset))?;
    let mut directory = io::BufReader::new(file.take(place.bytes));
    let mut entries = Vec::new();
    for _ in 0..place.members.min(most.saturating_add(1)) {
        let mut fixed = [0; CENTRAL_BYTES];
        directory.read_exact(&mut fixed)?;
        if fixed[..4] != *b"PK\x01\x02" {
            return Err(damaged("its directory is damaged"));
        }
        let (mut entry, (name, extra, comment)) = Entry::central(&fixed).ok_or_else(|| damaged("its directory is damaged"))?;
        let mut tail = vec![0; name + extra + comment];
        directory.read_exact(&mut tail)?;
        entry.complete(&tail[..name], &tail[name..name + extra]);
        entries.push(entry);
    }
    entries.sort_by_key(|entry| entry.offset);
    Ok(entries)
}

fn find(file: &mut (impl Read + Seek)) -> io::Result<Place> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(END_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(END_BYTES).read_to_end(&mut tail)?;
    // The last one whose comment reaches to the very end is the true one.
    let fits = |at: &usize| u16_at(&tail, at + 20).is_some_and(|comment| at + 22 + usize::from(comment) == tail.len());
    let at = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06").find(fits).ok_or_else(|| damaged("no directory at its end"))?;
    let end = &tail[at..];
    let short = || Some(Place { members: u64::from(u16_at(end, 10)?), bytes: u64::from(u32_at(end, 12)?), offset: u64::from(u32_at(end, 16)?) });
    let place = short().ok_or_else(|| damaged("no directory at its end"))?;
    let wide = place.members == 0xFFFF || place.bytes == 0xFFFF_FFFF || place.offset == 0xFFFF_FFFF;
    match at.checked_sub(20).map(|at| &tail[at..]).filter(|locator| wide && locator.starts_with(b"PK\x06\x07")) {
        Some(locator) => zip64(file, u64_at(locator, 8).unwrap_or(u64::MAX)),
        None => Ok(place),
    }
}

fn zip64(file: &mut (impl Read + Seek), at: u64) -> io::Result<Place> {
    file.seek(SeekFrom::Start(at))?;
    let mut end = [0; 56];
    file.read_exact(&mut end)?;
    let place = || {
        let fits = end.starts_with(b"PK\x06\x06");
        fits.then_some(Place { members: u64_at(&end, 32)?, bytes: u64_at(&end, 40)?, offset: u64_at(&end, 48)? })
    };
    place().ok_or_else(|| damaged("its directory is damaged"))
}
