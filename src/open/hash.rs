//! Hashing a file while it is read.
//!
//! In: a raw stream. Out: the same stream, and in the end its SHA-256. Must not know: what the bytes are.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

/// A raw stream that is hashed as it is read. Clones share the stream, so that the bytes a decoder left over can be hashed in the end.
#[derive(Clone)]
pub struct Hashed(Arc<Mutex<Raw>>);

struct Raw {
    stream: Box<dyn Read + Send>,
    hash: Sha256,
    bytes: u64,
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hashed")
    }
}

impl Hashed {
    pub(super) fn new(stream: Box<dyn Read + Send>) -> Self {
        Self(Arc::new(Mutex::new(Raw { stream, hash: Sha256::new(), bytes: 0 })))
    }

    fn raw(&self) -> MutexGuard<'_, Raw> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Raw bytes read so far.
    pub fn taken(&self) -> u64 {
        self.raw().bytes
    }

    /// Reads what is left, and gives the hex SHA-256 of the whole and the number of bytes that had not been read. An error ends the hash early
    /// and is returned with what was hashed so far.
    pub fn finish(&self) -> (String, u64, Option<io::Error>) {
        let mut raw = self.raw();
        let before = raw.bytes;
        let mut buffer = vec![0; 64 * 1024];
        let error = loop {
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
        let hex = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            hex
        });
        (hex, raw.bytes - before, error)
    }
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut raw = self.raw();
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
        let mut hashed = Hashed::new(Box::new(io::Cursor::new(b"abc".to_vec())));
        assert_eq!(hashed.read(&mut [0; 1]).unwrap(), 1);
        let (hex, unread, error) = hashed.finish();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((unread, error.is_none(), hashed.taken()), (2, true, 3));
    }
}
