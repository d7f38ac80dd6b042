//! gzip, and the guard against archives that unfold without end.
//!
//! In: a gzip stream of one or more members. Out: its content; what stands before damage is given before the error. Must not know: what the
//! content is.

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

use super::Hashed;

/// Decompressed bytes from which the ratio is watched.
const WATCHED_FROM: u64 = 1 << 30;
/// Highest ratio of decompressed to compressed bytes that is still believed to be a log. Repetitive logs reach about 200, deflate's limit is 1032.
const MAX_RATIO: u64 = 500;

pub(super) struct Inflate {
    decoder: MultiGzDecoder<BufReader<Box<dyn Read + Send>>>,
    raw: Hashed,
    out: u64,
}

impl Inflate {
    pub(super) fn new(packed: Box<dyn Read + Send>, raw: Hashed) -> Self {
        Self { decoder: MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, packed)), raw, out: 0 }
    }
}

impl Read for Inflate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer).map_err(|error| {
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "gzip stream ends early".to_owned(),
                _ => format!("gzip stream is damaged: {error}"),
            };
            io::Error::new(error.kind(), what)
        })?;
        self.out += read as u64;
        if self.out > WATCHED_FROM && self.out / MAX_RATIO > self.raw.taken() {
            return Err(io::Error::other(format!("unfolds to more than {MAX_RATIO} times its size: not read further")));
        }
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    pub(in crate::open) fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let raw = Hashed::new(Box::new(Cursor::new(bytes)));
        let mut text = Vec::new();
        let error = Inflate::new(Box::new(raw.clone()), raw).read_to_end(&mut text).err().map(|error| error.to_string());
        (text, error)
    }

    #[test]
    fn all_members_are_read() {
        let bytes = [packed(b"one\n"), packed(b"two\n")].concat();
        assert_eq!(read(bytes), (b"one\ntwo\n".to_vec(), None));
    }

    #[test]
    fn what_stands_before_the_damage_is_kept() {
        let text: Vec<u8> = (0..20_000).flat_map(|at| format!("line {at} {}\n", at * 7919 % 10_007).into_bytes()).collect();
        let mut bytes = packed(&text);
        bytes.truncate(bytes.len() * 2 / 3);
        let (kept, error) = read(bytes);
        assert!(kept.len() > text.len() / 2 && text.starts_with(&kept));
        assert_eq!(error.as_deref(), Some("gzip stream ends early"));
    }
}
