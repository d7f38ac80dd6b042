//! What a stream holds, told by its first bytes, never by its name.
//!
//! In: a raw stream. Out: a stream of text, an archive, or a word for what it is instead. Must not know: paths, formats of records.

use std::io::{self, Cursor, Read};

use super::export::Export;
use super::sevenz::{self, SevenZ};
use super::tar::{self, Tar};
use super::unpack::{Codec, unpack};
use super::utf16::Utf16;
use super::zip::Zip;
use super::{Beside, Content, Nest};

/// Bytes looked at.
const HEAD_BYTES: usize = 64 * 1024;

/// What the first bytes of a stream look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in UTF-8 or an ASCII superset; a byte order mark of so many bytes stands in front.
    Text(usize),
    /// UTF-16: big-endian or not, after so many bytes of a byte order mark.
    Utf16(bool, usize),
    /// Compressed.
    Packed(Codec),
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
    /// A 7z archive.
    SevenZ,
    /// Not text; a name for people.
    Other(&'static str),
}

impl Kind {
    /// Tells from the first bytes.
    pub fn of(head: &[u8]) -> Self {
        const MAGIC: &[(&[u8], &str)] = &[
            (b"Rar!\x1A\x07", "a rar archive (unpack it first)"),
            (b"\x1F\x9D", "compressed by compress (unpack it first)"),
            (b"LZIP", "lzip compressed (unpack it first)"),
            (b"\x7FELF", "a program"),
            (b"SQLite format 3\0", "an SQLite database"),
            (b"LPKSHHRH", "a binary journal (export it with journalctl)"),
            (b"\x89PNG", "a picture"),
        ];
        if let Some(codec) = Codec::of(head) {
            return Self::Packed(codec);
        }
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") && head.len() >= 22 {
            return Self::Zip;
        }
        if head.starts_with(b"7z\xBC\xAF\x27\x1C") {
            return Self::SevenZ;
        }
        if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
            return Self::Text(3);
        }
        if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Self::Other(name);
        }
        // Archives of old have no mark, but their first header adds up.
        let header = head.first_chunk::<{ tar::BLOCK }>();
        if head.get(257..262) == Some(b"ustar") || header.is_some_and(|header| header[0] != 0 && tar::checks(header)) {
            return Self::Tar;
        }
        match head.get(..2) {
            Some([0xFF, 0xFE]) => return Self::Utf16(false, 2),
            Some([0xFE, 0xFF]) => return Self::Utf16(true, 2),
            _ => {}
        }
        if let Some(big_endian) = utf16_without_mark(head) {
            return Self::Utf16(big_endian, 0);
        }
        if is_text(head) || begins_as_text(head) { Self::Text(0) } else { Self::Other("binary data") }
    }
}

/// UTF-16 of mostly western text has a zero in nearly every other byte, always on the same side.
fn utf16_without_mark(head: &[u8]) -> Option<bool> {
    let head = &head[..head.len().min(4096)];
    let pairs = head.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |side: usize| head.chunks_exact(2).filter(|pair| pair[side] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let mostly = |many: usize, few: usize| many * 10 >= pairs * 6 && few * 50 <= pairs;
    if mostly(second, first) {
        Some(false)
    } else if mostly(first, second) {
        Some(true)
    } else {
        None
    }
}

/// Whether bytes read as text. Zeros count once a run: a file system leaves runs of them in logs that were open when the power went.
fn is_text(head: &[u8]) -> bool {
    // Nearly every log, and told without a look at each byte by itself.
    let is_plain = |some: &[u8]| some.iter().fold(true, |plain, byte| plain & (*byte >= 0x20 && *byte != 0x7F || is_blank(*byte)));
    if head.chunks(256).all(is_plain) && std::str::from_utf8(head).is_ok() {
        return true;
    }
    let mut odd = 0_usize;
    let mut seen = 0_usize;
    let mut before = b'\n';
    for &byte in head {
        if byte == 0 && before == 0 {
            continue;
        }
        seen += 1;
        odd += usize::from(byte < 0x20 && !is_blank(byte) || byte == 0x7F);
        before = byte;
    }
    // Names of cloud zones and page dumps bring single control bytes into honest logs; machine code and compressed data have far more.
    let invalid: usize = head.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    let only_zeros = seen == 1 && odd == 1;
    !only_zeros && odd * 10 <= seen && invalid * 10 <= head.len() * 4
}

/// Control characters that texts have: ends of lines, tabs, colours, overstriking.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x1B | 0x08 | 0x0C)
}

/// Bytes of a clean beginning, and line ends in it: formats that are not text have none so long.
const CLEAN: (usize, usize) = (2048, 8);

/// Whether a stream begins as text, line after line without a single odd byte: a log whose rest was overwritten.
fn begins_as_text(head: &[u8]) -> bool {
    let (bytes, lines) = CLEAN;
    let Some(start) = head.get(..bytes) else { return false };
    // The last character may be cut.
    let valid = std::str::from_utf8(start).map_or_else(|error| error.valid_up_to() + 4 > bytes, |_| true);
    let clean = start.iter().all(|byte| *byte >= 0x20 && *byte != 0x7F || matches!(byte, b'\t' | b'\n' | b'\r'));
    valid && clean && memchr::memchr_iter(b'\n', start).count() >= lines
}

/// Opens a stream as what it is. `nest` goes as deep as the stream was found to be packed.
pub(super) fn open(stream: Box<dyn Read + Send>, nest: &mut Nest, encodings: &mut Vec<&'static str>, beside: &Beside<'_>) -> io::Result<Content> {
    let mut stream = stream;
    let mut layers = 0_usize;
    loop {
        let mut rest = Rest::new(stream)?;
        match Kind::of(&rest.head.get_ref()[..]) {
            Kind::Packed(codec) => {
                // Once is usual; what is packed again goes as deep as an archive in an archive.
                if layers > 0 {
                    if nest.depth >= nest.budget.limits.depth {
                        return Ok(Content::Other("compressed too many times in itself (--max-depth)"));
                    }
                    nest.depth += 1;
                }
                layers += 1;
                encodings.push(codec.name());
                stream = unpack(codec, Box::new(rest), nest)?;
            }
            Kind::Text(mark) => return Ok(text(rest, mark, encodings)),
            Kind::Utf16(big_endian, mark) => {
                encodings.push(if big_endian { "utf-16be" } else { "utf-16le" });
                rest.head.set_position(mark as u64);
                return Ok(text(Rest::new(Box::new(Utf16::new(Box::new(rest), big_endian)))?, 0, encodings));
            }
            Kind::Tar => return Ok(Content::Archive(Box::new(Tar::new(Box::new(rest))))),
            Kind::Zip => {
                let index = if layers == 0 { (beside.index)() } else { None };
                return Ok(Content::Archive(Box::new(Zip::new(Box::new(rest), index, nest.clone()))));
            }
            Kind::SevenZ => {
                if let Some((file, size)) = if layers == 0 { (beside.place)() } else { None } {
                    return Ok(Content::Archive(Box::new(SevenZ::new(file, size, nest.clone())?)));
                }
                let mut held = Vec::new();
                rest.take(sevenz::MAX_HELD + 1).read_to_end(&mut held)?;
                let size = held.len() as u64;
                if size > sevenz::MAX_HELD {
                    return Ok(Content::Other("a 7z archive of more than 64 MiB in another archive (unpack it first)"));
                }
                return Ok(Content::Archive(Box::new(SevenZ::new(Box::new(Cursor::new(held)), size, nest.clone())?)));
            }
            Kind::Other(what) => return Ok(Content::Other(what)),
        }
    }
}

/// Text behind its mark of `mark` bytes, or the lines of an export.
fn text(mut rest: Rest, mark: usize, encodings: &mut Vec<&'static str>) -> Content {
    let export = Export::of(rest.head.get_ref().get(mark..).unwrap_or_default());
    rest.head.set_position(mark as u64);
    match export {
        Some(export) => {
            encodings.extend(export.names());
            Content::Text(export.lines(Box::new(rest)), 0)
        }
        None => Content::Text(Box::new(rest), mark as u64),
    }
}

/// A stream whose first bytes have been looked at.
struct Rest {
    head: Cursor<Vec<u8>>,
    /// An error met while the head was read; given after the head.
    error: Option<io::Error>,
    stream: Box<dyn Read + Send>,
}

impl Rest {
    /// Fails only if nothing at all could be read.
    fn new(mut stream: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let error = stream.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).err();
        match error {
            Some(error) if head.is_empty() && error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            error => Ok(Self { head: Cursor::new(head), error, stream }),
        }
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.head.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.stream.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::unpack::tests::packed as packed_by;

    fn packed(text: &[u8]) -> Vec<u8> {
        packed_by(Codec::Gzip, text)
    }

    fn text(bytes: &[u8]) -> (String, Vec<&'static str>) {
        let mut nest = Nest::of(Cursor::new(bytes.to_vec()));
        let mut encodings = Vec::new();
        let mut out = String::new();
        match open(Box::new(nest.raw.clone()), &mut nest, &mut encodings, &Beside::NOTHING).unwrap() {
            Content::Text(mut stream, _) => drop(stream.read_to_string(&mut out).unwrap()),
            Content::Other(what) => out = format!("other: {what}"),
            Content::Archive(_) => out = "archive".into(),
        }
        (out, encodings)
    }

    #[test]
    fn layers_are_taken_off_by_content() {
        assert_eq!(text(&packed(&packed(b"one\n"))), ("one\n".into(), vec!["gzip", "gzip"]));
        let utf16: Vec<u8> = "\u{FEFF}one two\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&packed(&utf16)), ("one two\n".into(), vec!["gzip", "utf-16le"]));
        assert_eq!(text(&utf16[2..]), ("one two\n".into(), vec!["utf-16le"]));
        assert_eq!(text(b"\xEF\xBB\xBFone\n"), ("one\n".into(), vec![]));
        // A spreadsheet saved as "Unicode text".
        let sheet: Vec<u8> = "\u{FEFF}time\tmessage\r\n2026-11-20T09:48:47Z\tone\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&sheet).1, ["utf-16le", "csv-export"]);
    }

    #[test]
    fn a_log_whose_rest_was_overwritten_is_text() {
        let log = "2026-11-20 10:00:00 0 [Note] a line\n".repeat(80);
        let odd: Vec<u8> = (0..60_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(Kind::of(&[log.as_bytes(), &odd].concat()), Kind::Text(0));
        assert_eq!(Kind::of(&[&log.as_bytes()[..1000], &odd].concat()), Kind::Other("binary data"));
        assert_eq!(Kind::of(&odd), Kind::Other("binary data"));
    }

    #[test]
    fn layers_end_at_the_depth() {
        let packed_times = |times: usize| (0..times).fold(b"one\n".to_vec(), |text, _| packed(&text));
        assert_eq!(text(&packed_times(7)).0, "one\n");
        assert_eq!(text(&packed_times(8)).0, "other: compressed too many times in itself (--max-depth)");
    }

    #[test]
    fn binary_data_is_not_text_and_a_log_with_holes_is() {
        assert_eq!(text(&[0; 4096]).0, "other: binary data");
        assert_eq!(text(&[b"line one\n".as_slice(), &[0; 4096], b"line two\n"].concat()).0.len(), 4096 + 18);
        let noise: Vec<u8> = (0..4096_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(text(&noise).0, "other: binary data");
        assert_eq!(text("zone::\0 für alle\n".as_bytes()).1, Vec::<&str>::new());
        assert_eq!(text(b"7z\xBC\xAF\x27\x1Crest").0, "archive");
        assert_eq!(text(b"PK\x03\x04rest").0, "archive");
        assert_eq!(text(b"").0, "");
    }
}
