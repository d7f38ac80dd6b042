//! UTF-16 to UTF-8, as a stream.
//!
//! In: UTF-16 of known byte order. Out: UTF-8 with as many lines; a lone surrogate becomes U+FFFD. Must not know: how the order was found.

use std::io::{self, Read};

pub(super) struct Utf16 {
    stream: Box<dyn Read + Send>,
    big_endian: bool,
    /// Bytes not yet decoded: an odd byte, or a high surrogate that waits for its partner.
    held: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Utf16 {
    pub(super) fn new(stream: Box<dyn Read + Send>, big_endian: bool) -> Self {
        Self { stream, big_endian, held: Vec::new(), out: Vec::new(), at: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let read = self.stream.read(&mut buffer)?;
        self.ended = read == 0;
        self.held.extend_from_slice(&buffer[..read]);
        let mut units: Vec<u16> = self
            .held
            .chunks_exact(2)
            .map(|pair| if self.big_endian { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) })
            .collect();
        if !self.ended && units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
            units.pop();
        }
        self.held.drain(..units.len() * 2);
        self.out.clear();
        self.at = 0;
        let mut utf8 = [0; 4];
        for letter in char::decode_utf16(units) {
            let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.out.extend_from_slice(letter.encode_utf8(&mut utf8).as_bytes());
        }
        if self.ended && !self.held.is_empty() {
            self.held.clear();
            self.out.extend_from_slice("\u{FFFD}".as_bytes());
        }
        Ok(())
    }
}

impl Read for Utf16 {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !self.ended {
            self.refill()?;
        }
        let take = (self.out.len() - self.at).min(buffer.len());
        buffer[..take].copy_from_slice(&self.out[self.at..self.at + take]);
        self.at += take;
        Ok(take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, the worst case for anything that decodes pairs.
    struct Trickle(Vec<u8>);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    #[test]
    fn pairs_cut_at_any_byte_come_out_whole() {
        let text = "é 𝄞\nzwei\n";
        for big_endian in [false, true] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            let mut out = String::new();
            Utf16::new(Box::new(Trickle(bytes)), big_endian).read_to_string(&mut out).unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn a_lone_surrogate_and_an_odd_byte_are_replaced() {
        let mut out = String::new();
        Utf16::new(Box::new(Trickle(vec![0x00, 0xD8, b'a', 0, b'b'])), false).read_to_string(&mut out).unwrap();
        assert_eq!(out, "\u{FFFD}a\u{FFFD}");
    }
}
