//! 7z archives, member by member.
//!
//! In: an archive that can be read at any place: a file, or its bytes where it lies in something else. Out: its files in the order in which they lie, each
//! checked against its checksum. A thread of its own unpacks, a few pieces ahead of whoever reads; nothing is ever written to disk. Must not know:
//! what the members hold.

use std::io::{self, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use zesven::codec::method;
use zesven::streaming::{StreamingArchive, StreamingConfig};

use super::{Member, Members, Nest, since_epoch};

/// Bytes of an archive that lies in another one, or comes from a pipe: it is held in memory.
pub(super) const MAX_HELD: u64 = 64 << 20;
/// Largest dictionary, bytes: 7-Zip uses 64 MiB at its highest level, 256 MiB in newer versions.
const MAX_DICTIONARY: u64 = 256 << 20;
/// The method 06F10701, AES, as the reader's errors number it.
const ENCRYPTION: u64 = 0x0107_F106;
/// What is said of an archive that nobody can read without its password.
const ENCRYPTED: &str = "it is encrypted (unpack it first)";
/// Bytes handed over at a time.
const PIECE: usize = 256 << 10;
/// Pieces that wait to be read.
const AHEAD: usize = 4;

/// Something that can be read at any place.
pub(super) trait Anywhere: Read + Seek + Send {}

impl<T: Read + Seek + Send> Anywhere for T {}

/// What the unpacking thread tells.
enum Told {
    /// A file begins.
    Begin(String, Option<i64>),
    /// Some of its bytes.
    Bytes(Vec<u8>),
    /// The archive, or the file, is damaged or not to be read.
    Wrong(String),
}

/// A 7z archive.
pub(super) struct SevenZ {
    shared: Arc<Mutex<Shared>>,
    ended: bool,
}

/// What archive and member share.
struct Shared {
    told: Receiver<Told>,
    /// Heard, and not yet used.
    next: Option<Told>,
    nest: Nest,
    /// Bytes that came out.
    out: u64,
    /// Bytes of the archive as it lies there.
    size: u64,
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SevenZ {
    /// Begins to read an archive of `size` bytes.
    pub(super) fn new(archive: Box<dyn Anywhere>, size: u64, nest: Nest) -> io::Result<Self> {
        let (tell, told) = sync_channel(AHEAD);
        let most = nest.budget.limits.members;
        thread::Builder::new().name("7z".into()).spawn(move || {
            let unpacked = catch_unwind(AssertUnwindSafe(|| unpack(archive, most, &tell)));
            let wrong = match unpacked {
                Ok(Ok(())) => return,
                Ok(Err(wrong)) => wrong,
                Err(_) => "its reader failed".into(),
            };
            // Whoever asked may be gone.
            drop(tell.send(Told::Wrong(wrong)));
        })?;
        Ok(Self { shared: Arc::new(Mutex::new(Shared { told, next: None, nest, out: 0, size })), ended: false })
    }
}

/// Unpacks all files in their order.
fn unpack(archive: Box<dyn Anywhere>, most: u64, tell: &SyncSender<Told>) -> Result<(), String> {
    // One more than may be read: that one is refused where members are counted.
    let entries = usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1).clamp(1, 10_000_000);
    let config = StreamingConfig::default().max_entries(entries).max_compression_ratio(u32::MAX);
    let mut archive = StreamingArchive::open_with_config(archive, config).map_err(|error| match error {
        zesven::Error::UnsupportedMethod { method_id: ENCRYPTION } => ENCRYPTED.to_owned(),
        other => other.to_string(),
    })?;
    let mut coders = archive.header().folders().iter().flat_map(|folder| &folder.coders);
    if coders.clone().any(|coder| coder.method_id == method::AES) {
        return Err(ENCRYPTED.to_owned());
    }
    let largest = coders.by_ref().filter_map(|coder| dictionary(&coder.method_id, coder.properties.as_deref()?)).max().unwrap_or(0);
    if largest > MAX_DICTIONARY {
        return Err(format!("it asks for {} MiB of memory, {} are allowed", largest >> 20, MAX_DICTIONARY >> 20));
    }
    let passed_over = archive.skipped_entries().len();
    let sinks = archive.extract_all_to_sinks(|entry| {
        let modified = entry.modified().and_then(since_epoch);
        let begun = entry.is_file() && tell.send(Told::Begin(entry.path.as_str().to_owned(), modified)).is_ok();
        begun.then(|| io::BufWriter::with_capacity(PIECE, Pipe { tell: tell.clone() }))
    });
    let result = sinks.map_err(|error| error.to_string())?;
    match result.failures.first() {
        Some((path, why)) => Err(format!("{path}: {why}")),
        None if passed_over > 0 => Err(format!("{passed_over} members have names that cannot be used and are not read")),
        None => Ok(()),
    }
}

/// Bytes that a method needs as it says itself: LZMA, LZMA2 and PPMd.
///
/// # Source
///
/// 7-Zip `DOC/Methods.txt`, `DOC/lzma.txt`; the property of LZMA2 is that of xz (`doc/xz-file-format.txt`, 5.3.1).
fn dictionary(method: &[u8], properties: &[u8]) -> Option<u64> {
    if method == method::LZMA || method == method::PPMD {
        return Some(u64::from(u32::from_le_bytes(*properties.get(1..)?.first_chunk()?)));
    }
    let bits = u64::from(*properties.first().filter(|_| method == method::LZMA2)?);
    (bits <= 40).then(|| (2 | (bits & 1)) << (bits / 2 + 11))
}

/// Hands bytes over.
struct Pipe {
    tell: SyncSender<Told>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::other("nobody reads any more");
        self.tell.send(Told::Bytes(bytes.to_vec())).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    /// What is told next. Every byte that comes out counts, read or passed over.
    fn hear(&mut self) -> io::Result<Option<Told>> {
        let told = self.next.take().or_else(|| self.told.recv().ok());
        if let Some(Told::Bytes(bytes)) = &told {
            self.out = self.out.saturating_add(bytes.len() as u64);
            self.nest.budget.stop.check()?;
            self.nest.budget.spend(bytes.len() as u64, self.nest.raw.taken().max(self.size))?;
            self.nest.budget.ratio(self.out, self.size)?;
        }
        Ok(told)
    }
}

impl Members for SevenZ {
    fn next_file(&mut self) -> io::Result<Option<Member>> {
        let mut shared = locked(&self.shared);
        while !self.ended {
            match shared.hear().inspect_err(|_| self.ended = true)? {
                Some(Told::Begin(path, modified)) => {
                    let content: Box<dyn Read + Send> = Box::new(Content { shared: Arc::clone(&self.shared), piece: Vec::new(), at: 0 });
                    return Ok(Some(Member { path, modified, content: Ok(content) }));
                }
                // The rest of a file that was not read to its end.
                Some(Told::Bytes(_)) => {}
                Some(Told::Wrong(why)) => {
                    self.ended = true;
                    return Err(io::Error::other(format!("7z archive: {why}")));
                }
                None => self.ended = true,
            }
        }
        Ok(None)
    }
}

/// One file's content, up to where the next one begins.
struct Content {
    shared: Arc<Mutex<Shared>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            let mut shared = locked(&self.shared);
            match shared.hear()? {
                Some(Told::Bytes(bytes)) => (self.piece, self.at) = (bytes, 0),
                next => {
                    shared.next = next;
                    return Ok(0);
                }
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_are_as_large_as_they_say() {
        assert_eq!(dictionary(method::LZMA2, &[24]), Some(16 << 20));
        assert_eq!(dictionary(method::LZMA2, &[25]), Some(24 << 20));
        assert_eq!(dictionary(method::LZMA2, &[40]), Some(4 << 30));
        assert_eq!(dictionary(method::LZMA2, &[255]), None);
        assert_eq!(dictionary(method::LZMA, &[0x5D, 0, 0, 0, 4]), Some(64 << 20));
        assert_eq!(dictionary(&[0], &[]), None);
    }
}
