//! Compressed streams become what they hold.
//!
//! In: a stream and how it is compressed. Out: its content, all frames of it; what stands before damage is given before the error, which says where the
//! damage lies on both sides. Memory is bounded whatever the stream asks for. Must not know: what the content is.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Nest;

/// Memory that an xz stream may ask for: its largest preset needs half of it.
const XZ_MEMORY: u64 = 128 << 20;
/// Window of a zstd stream as a power of two: what `zstd` itself reads without being asked.
const ZSTD_WINDOW: u32 = 27;
/// Bytes asked of a decoder at a time. Some give nothing of what they decoded in a call that ends in damage; this is what may be lost.
const STEP: usize = 16 * 1024;
/// First bytes of an lz4 frame of the old kind, which has no end mark.
pub(super) const LZ4_LEGACY: &[u8] = &[0x02, 0x21, 0x4C, 0x18];

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// gzip, of one or more members.
    Gzip,
    /// Bare deflate, as zip archives hold it.
    Deflate,
    /// bzip2, of one or more streams.
    Bzip2,
    /// xz, of one or more streams.
    Xz,
    /// Zstandard, of one or more frames.
    Zstd,
    /// lz4 frames.
    Lz4,
}

impl Codec {
    /// Name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// Tells by the first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        // A bzip2 stream goes on with its block size and a block, or with its end if it is empty.
        let bzip2 = |head: &[u8]| {
            head.starts_with(b"BZh")
                && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
                && matches!(head.get(4..10), Some([0x31, 0x41, 0x59, 0x26, 0x53, 0x59] | [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]))
        };
        // Frames to be skipped may stand in front: `zstd --content-size` tools and pzstd write them.
        let skipped = |head: &[u8]| matches!(head.get(..4), Some([0x50..=0x5F, 0x2A, 0x4D, 0x18]));
        match head {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x04, 0x22, 0x4D, 0x18, ..] | [0x02, 0x21, 0x4C, 0x18, ..] => Some(Self::Lz4),
            _ if bzip2(head) => Some(Self::Bzip2),
            _ if skipped(head) => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Unpacks a stream.
pub(super) fn unpack(codec: Codec, packed: Box<dyn Read + Send>, nest: &Nest) -> io::Result<Box<dyn Read + Send>> {
    let taken = Arc::new(AtomicU64::new(0));
    let packed = Packed { stream: BufReader::with_capacity(64 * 1024, packed), taken: Arc::clone(&taken), tail: [0; 8] };
    let decoder: Box<dyn Read + Send> = match codec {
        Codec::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        Codec::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        Codec::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        Codec::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(packed, stream))
        }
        Codec::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        Codec::Lz4 => Box::new(Lz4 { decoder: lz4_flex::frame::FrameDecoder::new(packed), legacy: None }),
    };
    Ok(Box::new(Unpacked { decoder, name: codec.name(), taken, out: 0, nest: nest.clone() }))
}

/// The content, counted and guarded.
struct Unpacked {
    decoder: Box<dyn Read + Send>,
    name: &'static str,
    taken: Arc<AtomicU64>,
    out: u64,
    nest: Nest,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = buffer.len().min(STEP);
        let read = self.decoder.read(&mut buffer[..step]).map_err(|error| self.told(&error))?;
        self.out += read as u64;
        self.nest.budget.spend(read as u64, self.nest.raw.taken())?;
        self.nest.budget.ratio(self.out, self.taken.load(Ordering::Relaxed))?;
        Ok(read)
    }
}

impl Unpacked {
    fn told(&self, error: &io::Error) -> io::Error {
        if self.nest.budget.stop.asked() || error.kind() == io::ErrorKind::Interrupted {
            return io::Error::new(error.kind(), error.to_string());
        }
        let (name, taken, out) = (self.name, self.taken.load(Ordering::Relaxed), self.out);
        let place = format!("(byte {taken} of the compressed stream, byte {out} of its content)");
        let what = if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Below>) {
            // The stream below has said what is wrong with it.
            error.to_string()
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("{name} stream ends early {place}")
        } else {
            format!("{name} stream is damaged {place}: {error}")
        };
        io::Error::new(error.kind(), what)
    }
}

/// The compressed side: counts what the decoder has used, and keeps errors of the stream below apart from the decoder's own.
struct Packed {
    stream: BufReader<Box<dyn Read + Send>>,
    taken: Arc<AtomicU64>,
    tail: [u8; 8],
}

/// An error of the stream below a decoder.
#[derive(Debug)]
struct Below(String);

impl std::fmt::Display for Below {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Below {}

impl BufRead for Packed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf().map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, Below(error.to_string())),
        })
    }

    fn consume(&mut self, used: usize) {
        let bytes = &self.stream.buffer()[..used];
        let last = &bytes[bytes.len() - bytes.len().min(8)..];
        self.tail.rotate_left(last.len());
        self.tail[8 - last.len()..].copy_from_slice(last);
        self.taken.fetch_add(used as u64, Ordering::Relaxed);
        self.stream.consume(used);
    }
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// lz4 frame after frame. The decoder takes an end between two blocks for the end of the frame; here its end mark is asked for.
struct Lz4 {
    decoder: lz4_flex::frame::FrameDecoder<Packed>,
    /// Whether the frame is of the old kind, once known.
    legacy: Option<bool>,
}

impl Read for Lz4 {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.legacy.is_none() {
            self.legacy = Some(self.decoder.get_mut().fill_buf()?.starts_with(LZ4_LEGACY));
        }
        loop {
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let packed = self.decoder.get_mut();
            if packed.fill_buf()?.is_empty() {
                // The mark is a zero block size; a checksum may follow it.
                let marked = packed.tail[4..] == [0; 4] || packed.tail[..4] == [0; 4];
                let ended = self.legacy == Some(true) || marked;
                return if ended { Ok(0) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    const ALL: [Codec; 6] = [Codec::Gzip, Codec::Deflate, Codec::Bzip2, Codec::Xz, Codec::Zstd, Codec::Lz4];

    pub(in crate::open) fn packed(codec: Codec, text: &[u8]) -> Vec<u8> {
        fn through<W: Write>(mut encoder: W, text: &[u8], finish: impl FnOnce(W) -> Vec<u8>) -> Vec<u8> {
            encoder.write_all(text).unwrap();
            finish(encoder)
        }
        let level = flate2::Compression::default();
        match codec {
            Codec::Gzip => through(flate2::write::GzEncoder::new(Vec::new(), level), text, |encoder| encoder.finish().unwrap()),
            Codec::Deflate => through(flate2::write::DeflateEncoder::new(Vec::new(), level), text, |encoder| encoder.finish().unwrap()),
            Codec::Bzip2 => through(bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best()), text, |encoder| encoder.finish().unwrap()),
            Codec::Xz => through(liblzma::write::XzEncoder::new(Vec::new(), 1), text, |encoder| encoder.finish().unwrap()),
            Codec::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
                encoder.include_checksum(true).unwrap();
                through(encoder, text, |encoder| encoder.finish().unwrap())
            }
            Codec::Lz4 => {
                let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
                let encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info.content_checksum(true), Vec::new());
                through(encoder, text, |encoder| encoder.finish().unwrap())
            }
        }
    }

    fn read(codec: Codec, bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let nest = Nest::of(Cursor::new(bytes));
        let mut text = Vec::new();
        let error = unpack(codec, Box::new(nest.raw.clone()), &nest).unwrap().read_to_end(&mut text).err().map(|error| error.to_string());
        (text, error)
    }

    fn lines() -> Vec<u8> {
        (0..60_000_u64).flat_map(|at| format!("line {at} {}\n", at.wrapping_mul(7919) % 10_007).into_bytes()).collect()
    }

    #[test]
    fn all_frames_are_read() {
        for codec in ALL.into_iter().filter(|codec| *codec != Codec::Deflate) {
            let bytes = [packed(codec, b"one\n"), packed(codec, b""), packed(codec, b"two\n")].concat();
            assert_eq!(Codec::of(&bytes), Some(codec));
            assert_eq!(read(codec, bytes), (b"one\ntwo\n".to_vec(), None), "{codec:?}");
        }
    }

    #[test]
    fn what_stands_before_the_damage_is_kept_and_the_damage_is_located() {
        let text = lines();
        for codec in ALL {
            let whole = packed(codec, &text);
            let mut cut = whole.clone();
            cut.truncate(cut.len() * 2 / 3);
            let (kept, error) = read(codec, cut.clone());
            // bzip2 gives whole blocks of 900 kB only, lz4 blocks of up to 4 MiB, here 64 KiB.
            assert!(kept.len() > text.len() / 3 || codec == Codec::Bzip2, "{codec:?} kept {}", kept.len());
            assert!(text.starts_with(&kept), "{codec:?}");
            let told =
                format!("{} stream ends early (byte {} of the compressed stream, byte {} of its content)", codec.name(), cut.len(), kept.len());
            assert_eq!(error, Some(told), "{codec:?}");
            let mut wrong = whole;
            let middle = wrong.len() / 2;
            wrong[middle..middle + 64].fill(0xA5);
            let (kept, error) = read(codec, wrong);
            if codec != Codec::Deflate {
                assert!(error.is_some_and(|error| error.contains("damaged (byte ")), "{codec:?} kept {}", kept.len());
            }
        }
    }

    #[test]
    fn a_frame_cut_between_blocks_is_cut() {
        let mut bytes = packed(Codec::Lz4, &lines());
        bytes.truncate(bytes.len() - 8);
        assert!(read(Codec::Lz4, bytes).1.unwrap().starts_with("lz4 stream ends early"));
    }

    #[test]
    fn bombs_end_at_the_ratio() {
        for codec in ALL {
            let zeros = packed(codec, &vec![b'\n'; 80 << 20]);
            let (kept, error) = read(codec, zeros.clone());
            if codec == Codec::Lz4 {
                // lz4 cannot pack closer than 255 to one.
                assert_eq!((codec, error), (Codec::Lz4, None));
            } else {
                assert!(error.unwrap().contains("--max-ratio"), "{codec:?}");
                assert!(kept.len() as u64 >= super::super::limits::RATIO_FROM && kept.len() < 80 << 20, "{codec:?}: {}", kept.len());
            }
        }
    }

    #[test]
    fn streams_may_not_ask_for_any_memory() {
        // A frame header with a window of 2 GiB.
        let bytes = [&[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8][..], &[0; 64]].concat();
        assert!(read(Codec::Zstd, bytes).1.is_some());
        // The first block's header claims a dictionary of 2 GiB, and adds up.
        let mut bytes = packed(Codec::Xz, b"text\n");
        let end = 12 + (usize::from(bytes[12]) + 1) * 4;
        assert_eq!(bytes[14..16], [0x21, 1]);
        bytes[16] = 38;
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[12..end - 4]);
        bytes[end - 4..end].copy_from_slice(&sum.sum().to_le_bytes());
        let error = read(Codec::Xz, bytes).1.unwrap();
        assert!(error.contains("memory"), "{error}");
    }
}
