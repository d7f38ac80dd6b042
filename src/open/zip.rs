//! zip archives, member by member, as a stream.
//!
//! In: a zip stream, and the directory at its end where that can be read. Out: its files in the order in which they lie, each checked against its checksum.
//! Without a directory (inside another stream, or cut off) the headers before the members are trusted; nothing is ever written to disk. Must not know:
//! what the members hold.

mod header;
mod index;

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flate2::bufread::DeflateDecoder;

use super::unpack::{Codec, unpack};
use super::{Member, Members, Nest};
use header::{Entry, LOCAL_BYTES};

/// The directory of an archive, or why it cannot be used.
pub(super) struct Index(io::Result<Vec<Entry>>);

/// Reads the directory of an archive of which at most `most` members will be read.
pub(super) fn index(file: &mut (impl Read + Seek), most: u64) -> Index {
    Index(index::read(file, most))
}

/// A zip archive.
pub(super) struct Zip {
    shared: Arc<Mutex<Shared>>,
    nest: Nest,
    index: Option<std::vec::IntoIter<Entry>>,
    /// What was not right and stops nothing: told in the end.
    aside: Option<String>,
    /// The member that is being read says its sizes behind its content.
    streamed: bool,
    ended: bool,
}

/// The archive's stream, and how far it has been read.
struct Source {
    stream: BufReader<Box<dyn Read + Send>>,
    at: u64,
}

/// What archive and member share: the stream lies with whoever reads it.
enum Shared {
    /// Inside a member of known size: so many bytes are left.
    Sized(Source, u64),
    /// Inside a deflated member that ends where deflate says so; bytes and checksum that came out.
    Streamed(Box<DeflateDecoder<Source>>, u64, flate2::Crc),
    /// Lost to a fault.
    Gone,
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn early(at: u64) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("zip archive ends early (byte {at})"))
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    fn consume(&mut self, used: usize) {
        self.at += used as u64;
        self.stream.consume(used);
    }
}

impl Source {
    fn exactly(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let at = self.at;
        self.read_exact(buffer).map_err(|error| if error.kind() == io::ErrorKind::UnexpectedEof { early(at) } else { error })
    }

    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.take(bytes), &mut io::sink())?;
        if passed < bytes { Err(early(self.at)) } else { Ok(()) }
    }
}

/// A view on the archive's stream that ends with the member.
struct Content(Arc<Mutex<Shared>>);

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut *locked(&self.0) {
            Shared::Sized(source, left) => {
                let want = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                let read = source.read(&mut buffer[..want])?;
                if read == 0 && want > 0 {
                    return Err(early(source.at));
                }
                *left -= read as u64;
                Ok(read)
            }
            Shared::Streamed(decoder, out, crc) => {
                let want = buffer.len().min(16 * 1024);
                let read = decoder.read(&mut buffer[..want]).map_err(|error| {
                    let at = decoder.get_ref().at;
                    let what = if error.kind() == io::ErrorKind::UnexpectedEof { "zip archive ends early" } else { "zip member is damaged" };
                    io::Error::new(error.kind(), format!("{what} (byte {at} of the archive, byte {out} of its content)"))
                })?;
                *out += read as u64;
                crc.update(&buffer[..read]);
                Ok(read)
            }
            Shared::Gone => Err(io::Error::other("zip archive lost")),
        }
    }
}

/// A member's content, checked in the end.
struct Checked {
    stream: Box<dyn Read + Send>,
    sum: flate2::Crc,
    out: u64,
    expected: (u32, u64),
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.sum.update(&buffer[..read]);
        self.out += read as u64;
        if read == 0 && !buffer.is_empty() && (self.sum.sum(), self.out) != self.expected {
            let (_, size) = self.expected;
            return Err(io::Error::other(format!("does not fit its checksum ({} bytes, stated: {size})", self.out)));
        }
        Ok(read)
    }
}

/// A member of which the archive does not say how large it is unpacked; here it is guarded.
struct Guarded(Content, u64, Nest);

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1 += read as u64;
        self.2.budget.spend(read as u64, self.2.raw.taken())?;
        Ok(read)
    }
}

impl Zip {
    pub(super) fn new(stream: Box<dyn Read + Send>, index: Option<Index>, nest: Nest) -> Self {
        let source = Source { stream: BufReader::with_capacity(64 * 1024, stream), at: 0 };
        let (index, aside) = match index {
            Some(Index(Ok(entries))) => (Some(entries.into_iter()), None),
            Some(Index(Err(error))) => (None, Some(format!("its directory cannot be used ({error}): members are told by their own headers"))),
            None => (None, None),
        };
        Self { shared: Arc::new(Mutex::new(Shared::Sized(source, 0))), nest, index, aside, streamed: false, ended: false }
    }

    /// Passes over what is left of the member before, and takes the stream back.
    fn between(&mut self) -> io::Result<Source> {
        if std::mem::take(&mut self.streamed) {
            // Guarded like what is read: the end of a bomb must be sought too.
            let rest = Guarded(Content(Arc::clone(&self.shared)), 0, self.nest.clone());
            io::copy(&mut { rest }, &mut io::sink())?;
        }
        match std::mem::replace(&mut *locked(&self.shared), Shared::Gone) {
            Shared::Sized(mut source, left) => {
                source.pass(left)?;
                Ok(source)
            }
            Shared::Streamed(decoder, out, crc) => {
                let packed = decoder.total_in();
                let mut source = decoder.into_inner();
                if !descriptor(&mut source, crc.sum(), packed, out)? {
                    self.aside = Some(format!("the member before byte {} does not fit its checksum", source.at));
                }
                Ok(source)
            }
            Shared::Gone => Err(io::Error::other("zip archive: the rest is not read")),
        }
    }

    /// The next member, with the stream at its content, and why it cannot be read.
    fn header(&mut self, source: &mut Source) -> io::Result<Option<(Entry, Option<String>)>> {
        let listed = match &mut self.index {
            Some(index) => {
                let Some(entry) = index.next() else { return Ok(None) };
                let Some(ahead) = entry.offset.checked_sub(source.at) else {
                    return Ok(Some((Entry { packed: 0, ..entry }, Some("lies over another member of the archive: not read".to_owned()))));
                };
                source.pass(ahead)?;
                Some(entry)
            }
            None => None,
        };
        let at = source.at;
        let mut fixed = [0; LOCAL_BYTES];
        source.exactly(&mut fixed[..4])?;
        if fixed[..4] == *b"PK\x07\x08" && listed.is_none() {
            // Stands behind an empty member too, if its writer could not go back.
            source.pass(12)?;
            source.exactly(&mut fixed[..4])?;
        }
        match &fixed[..4] {
            b"PK\x03\x04" => {}
            // The directory, or what stands before it.
            b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06" | b"PK\x06\x08" if listed.is_none() => return Ok(None),
            _ => {
                let what = format!("zip archive is damaged (byte {at}): no member begins here");
                return match listed {
                    Some(entry) => Ok(Some((Entry { packed: 0, ..entry }, Some(what)))),
                    None => Err(io::Error::other(what)),
                };
            }
        }
        source.exactly(&mut fixed[4..])?;
        let (mut own, (name, extra, _)) = Entry::local(&fixed).ok_or_else(|| early(at))?;
        let mut tail = vec![0; name + extra];
        source.exactly(&mut tail)?;
        own.complete(&tail[..name], &tail[name..]);
        Ok(Some((listed.unwrap_or(own), None)))
    }

    fn member(&mut self, entry: &Entry, refused: Option<String>, source: Source) -> Member {
        let trusted = self.index.is_some() || !entry.is_streamed();
        let refused = if refused.is_some() {
            refused
        } else if entry.is_encrypted() {
            Some("encrypted: not read".to_owned())
        } else if !matches!(entry.method, 0 | 8 | 12 | 93 | 95) {
            Some(format!("compressed by {}: not read (unpack it first)", method_name(entry.method)))
        } else if !trusted && entry.method != 8 {
            Some("of unknown size: not read, nor what follows (unpack the archive first)".to_owned())
        } else {
            None
        };
        self.streamed = !trusted && refused.is_none();
        *locked(&self.shared) = if self.streamed {
            Shared::Streamed(Box::new(DeflateDecoder::new(source)), 0, flate2::Crc::new())
        } else {
            Shared::Sized(source, entry.packed)
        };
        let content = match refused {
            Some(why) => Err(why),
            None if self.streamed => Ok(Box::new(Guarded(Content(Arc::clone(&self.shared)), 0, self.nest.clone())) as Box<dyn Read + Send>),
            None => self.unpacked(entry).map_err(|error| error.to_string()),
        };
        Member { path: entry.name.trim_start_matches("./").to_owned(), modified: entry.modified, content }
    }

    fn unpacked(&self, entry: &Entry) -> io::Result<Box<dyn Read + Send>> {
        let packed = Box::new(Content(Arc::clone(&self.shared)));
        let stream = match entry.method {
            8 => unpack(Codec::Deflate, packed, &self.nest)?,
            12 => unpack(Codec::Bzip2, packed, &self.nest)?,
            93 => unpack(Codec::Zstd, packed, &self.nest)?,
            95 => unpack(Codec::Xz, packed, &self.nest)?,
            _ => packed,
        };
        Ok(Box::new(Checked { stream, sum: flate2::Crc::new(), out: 0, expected: (entry.crc, entry.size) }))
    }
}

impl Members for Zip {
    fn next_file(&mut self) -> io::Result<Option<Member>> {
        while !self.ended {
            let mut source = self.between().inspect_err(|_| self.ended = true)?;
            match self.header(&mut source) {
                // Directories and links are names only.
                Ok(Some((entry, refused))) if entry.is_no_file() => drop(self.member(&entry, refused, source)),
                Ok(Some((entry, refused))) => return Ok(Some(self.member(&entry, refused, source))),
                Ok(None) => {
                    self.ended = true;
                    return self.aside.take().map_or(Ok(None), |why| Err(io::Error::other(why)));
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        Ok(None)
    }
}

/// Reads what stands behind a member whose header could not state its sizes. Out: whether its checksum fits.
fn descriptor(source: &mut Source, sum: u32, packed: u64, size: u64) -> io::Result<bool> {
    let mut word = [0; 4];
    source.exactly(&mut word)?;
    // The signature is optional.
    if word == *b"PK\x07\x08" {
        source.exactly(&mut word)?;
    }
    let told = u32::from_le_bytes(word);
    let mut sizes = [0; 16];
    source.exactly(&mut sizes[..8])?;
    let narrow = [(packed as u32).to_le_bytes(), (size as u32).to_le_bytes()].concat();
    if sizes[..8] != narrow[..] || packed > u64::from(u32::MAX) || size > u64::from(u32::MAX) {
        source.exactly(&mut sizes[8..])?;
    }
    Ok(told == sum)
}

const fn method_name(method: u16) -> &'static str {
    match method {
        1..=6 => "a method of the 1980s",
        9 => "deflate64",
        14 => "lzma",
        97 => "wavpack",
        98 => "ppmd",
        99 => "an encrypted method",
        _ => "an unknown method",
    }
}

#[cfg(test)]
mod tests;
