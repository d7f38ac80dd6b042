//! Hashing a file while it is read.
//!
//! In: a raw stream. Out: the same stream, and in the end its SHA-256. Must not know: what the bytes are.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::Stop;

/// A raw stream that is hashed as it is read. Clones share the stream, so that the bytes a decoder left over can be hashed in the end.
#[derive(Clone)]
pub struct Hashed(Arc<Mutex<Raw>>);

struct Raw {
    stream: Box<dyn Read + Send>,
    hash: Sha256,
    bytes: u64,
    stop: Stop,
}

/// What is known of a raw stream in the end.
#[derive(Debug)]
pub struct Finished {
    /// Hex SHA-256 of the whole; empty if its end was not reached because the scan was stopped.
    pub sha256: String,
    /// Bytes that nobody had read before.
    pub unread: u64,
    /// Ended the hash early.
    pub error: Option<io::Error>,
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hashed")
    }
}

impl Hashed {
    pub(super) fn new(stream: Box<dyn Read + Send>, stop: Stop) -> Self {
        Self(Arc::new(Mutex::new(Raw { stream, hash: Sha256::new(), bytes: 0, stop })))
    }

    fn raw(&self) -> MutexGuard<'_, Raw> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Raw bytes read so far.
    pub fn taken(&self) -> u64 {
        self.raw().bytes
    }

    /// Reads and hashes what is left.
    pub fn finish(&self) -> Finished {
        let mut raw = self.raw();
        let before = raw.bytes;
        let mut buffer = vec![0; 64 * 1024];
        let error = loop {
            if raw.stop.asked() {
                return Finished { sha256: String::new(), unread: raw.bytes - before, error: None };
            }
            match raw.stream.read(&mut buffer) {
                Ok(0) => break None,
                Ok(read) => {
                    raw.hash.update(&buffer[..read]);
                    raw.bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        let digest = std::mem::take(&mut raw.hash).finalize();
        let sha256 = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            hex
        });
        Finished { sha256, unread: raw.bytes - before, error }
    }
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut raw = self.raw();
        raw.stop.check()?;
        let read = raw.stream.read(buffer)?;
        raw.hash.update(&buffer[..read]);
        raw.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_nobody_read_are_hashed_too() {
        let mut hashed = Hashed::new(Box::new(io::Cursor::new(b"abc".to_vec())), Stop::default());
        assert_eq!(hashed.read(&mut [0; 1]).unwrap(), 1);
        let Finished { sha256, unread, error } = hashed.finish();
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((unread, error.is_none(), hashed.taken()), (2, true, 3));
    }
}
