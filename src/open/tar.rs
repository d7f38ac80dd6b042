//! tar archives, member by member, as a stream.
//!
//! In: a tar stream (of old, ustar, GNU long names, pax paths, sizes and times). Out: its regular files, one after the other; links and directories are
//! names only, nothing is ever written to disk. Must not know: what the members hold.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Member, Members};

pub(super) const BLOCK: usize = 512;
/// Longest name taken from an extension header; more is no name.
const MAX_NAME: u64 = 64 * 1024;

/// A tar archive.
pub(super) struct Tar {
    stream: Arc<Mutex<Position>>,
    /// Padding that must be passed before the next header.
    padding: u64,
    ended: bool,
}

struct Position {
    stream: Box<dyn Read + Send>,
    /// Bytes left of what is being read.
    left: u64,
    /// Bytes read.
    at: u64,
}

fn locked(stream: &Mutex<Position>) -> MutexGuard<'_, Position> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

fn early(at: u64) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("tar archive ends early (byte {at})"))
}

/// A view on the archive's stream that ends with the member.
struct Content(Arc<Mutex<Position>>);

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut position = locked(&self.0);
        let want = buffer.len().min(usize::try_from(position.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let read = position.stream.read(&mut buffer[..want])?;
        if read == 0 {
            return Err(early(position.at));
        }
        position.left -= read as u64;
        position.at += read as u64;
        Ok(read)
    }
}

/// What headers before a member say about it.
#[derive(Default)]
struct Ahead {
    name: Option<String>,
    size: Option<u64>,
    seconds: Option<i64>,
    sparse: bool,
}

impl Ahead {
    fn pax(&mut self, records: &[u8]) {
        let number = |name: &[u8]| text(pax(records, name)?).split('.').next()?.parse::<i64>().ok();
        self.name = pax(records, b"path").map(text).or(self.name.take());
        self.size = number(b"size").and_then(|size| u64::try_from(size).ok());
        self.seconds = number(b"mtime");
        self.sparse = pax(records, b"GNU.sparse.major").or_else(|| pax(records, b"GNU.sparse.map")).is_some();
    }
}

impl Members for Tar {
    fn next_file(&mut self) -> io::Result<Option<Member>> {
        let found = if self.ended { Ok(None) } else { self.advance() };
        self.ended |= !matches!(found, Ok(Some(_)));
        found
    }
}

impl Tar {
    pub(super) fn new(stream: Box<dyn Read + Send>) -> Self {
        Self { stream: Arc::new(Mutex::new(Position { stream, left: 0, at: 0 })), padding: 0, ended: false }
    }

    /// The next regular file. What is left of the one before is passed over.
    fn advance(&mut self) -> io::Result<Option<Member>> {
        let mut ahead = Ahead::default();
        loop {
            self.pass()?;
            let at = locked(&self.stream).at;
            let damaged = |what: &str| io::Error::other(format!("tar archive is damaged (byte {at}): {what}"));
            let mut header = [0; BLOCK];
            if !self.block(&mut header)? {
                return Ok(None);
            }
            if header.iter().all(|byte| *byte == 0) {
                return self.behind();
            }
            if !checks(&header) {
                return Err(damaged("a member's header does not add up"));
            }
            let kind = header[156];
            let own = number(&header[124..136]).ok_or_else(|| damaged("a member has no size"))?;
            let size = if matches!(kind, b'x' | b'g' | b'L' | b'K') { own } else { ahead.size.unwrap_or(own) };
            let blocks = size.checked_next_multiple_of(BLOCK as u64).filter(|size| i64::try_from(*size).is_ok());
            self.padding = blocks.ok_or_else(|| damaged("a member is larger than any disk"))? - size;
            locked(&self.stream).left = size;
            let refused = match kind {
                b'L' => {
                    ahead.name = Some(text(&self.extension(size)?));
                    continue;
                }
                b'x' => {
                    ahead.pax(&self.extension(size)?);
                    continue;
                }
                b'K' | b'g' | b'V' => continue,
                b'0' | 0 | b'7' => ahead.sparse.then_some("stored with its holes left out: not read (unpack it first)"),
                b'S' => Some("stored with its holes left out: not read (unpack it first)"),
                b'M' => Some("goes on from another volume: not read"),
                b'3' | b'4' | b'6' => Some("neither file nor directory (device or pipe): not read"),
                // Links and directories, and what writers keep for themselves.
                _ => {
                    ahead = Ahead::default();
                    continue;
                }
            };
            let prefix = if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { String::new() };
            let own = text(&header[..100]);
            let path = ahead.name.take().unwrap_or_else(|| if prefix.is_empty() { own } else { format!("{prefix}/{own}") });
            if path.ends_with('/') {
                ahead = Ahead::default();
                continue;
            }
            let seconds = ahead.seconds.or_else(|| number(&header[136..148]).and_then(|seconds| i64::try_from(seconds).ok()));
            return Ok(Some(Member {
                path: path.trim_start_matches("./").to_owned(),
                modified: seconds.and_then(|seconds| seconds.checked_mul(crate::time::SECOND)),
                content: refused.map_or_else(|| Ok(Box::new(Content(Arc::clone(&self.stream))) as Box<dyn Read + Send>), |why| Err(why.to_owned())),
            }));
        }
    }

    /// Reads on behind the archive's end: nothing but zeros belongs there.
    fn behind(&mut self) -> io::Result<Option<Member>> {
        let at = locked(&self.stream).at;
        let mut buffer = vec![0; 64 * 1024];
        let mut other = 0_u64;
        loop {
            let read = match locked(&self.stream).stream.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if read == 0 {
                break;
            }
            // Counted from the first byte that says something.
            let from = if other > 0 { 0 } else { buffer[..read].iter().position(|byte| *byte != 0).unwrap_or(read) };
            other += (read - from) as u64;
        }
        if other > 0 {
            Err(io::Error::other(format!("{other} bytes stand after the end of the tar archive (byte {at}): not read")))
        } else {
            Ok(None)
        }
    }

    /// Passes over what is left of a member and its padding.
    fn pass(&mut self) -> io::Result<()> {
        let mut content = Content(Arc::clone(&self.stream));
        io::copy(&mut content, &mut io::sink())?;
        locked(&self.stream).left = std::mem::take(&mut self.padding);
        match io::copy(&mut content, &mut io::sink()) {
            // The padding of the last member may be missing.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                locked(&self.stream).left = 0;
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    fn block(&mut self, header: &mut [u8; BLOCK]) -> io::Result<bool> {
        let mut position = locked(&self.stream);
        let mut filled = 0;
        while filled < BLOCK {
            match position.stream.read(&mut header[filled..])? {
                0 if filled == 0 => return Ok(false),
                0 => return Err(early(position.at)),
                read => {
                    filled += read;
                    position.at += read as u64;
                }
            }
        }
        Ok(true)
    }

    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if size <= MAX_NAME {
            Content(Arc::clone(&self.stream)).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }
}

/// Whether the header's checksum fits: the sum of its bytes, the checksum itself counted as blanks.
pub(super) fn checks(header: &[u8; BLOCK]) -> bool {
    let sum: u64 = header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) }).sum();
    number(&header[148..156]) == Some(sum)
}

/// An octal number, or GNU's binary one.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (lead, tail) = field.split_at(field.len() - 8);
        let high = lead.iter().skip(1).all(|byte| *byte == 0);
        return high.then(|| u64::from_be_bytes(tail.try_into().unwrap_or([0; 8])));
    }
    let mut value = 0_u64;
    let mut any = false;
    for byte in field {
        match byte {
            b'0'..=b'7' => {
                value = value.checked_mul(8)?.checked_add(u64::from(byte - b'0'))?;
                any = true;
            }
            b' ' if !any => {}
            _ => break,
        }
    }
    Some(value)
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or(field)).into_owned()
}

/// The value of a pax record: `length name=value\n`.
fn pax<'a>(mut records: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    while !records.is_empty() {
        let blank = memchr::memchr(b' ', records)?;
        let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..length)?;
        let equals = memchr::memchr(b'=', record)?;
        if &record[..equals] == name {
            return Some(record[equals + 1..].strip_suffix(b"\n").unwrap_or(&record[equals + 1..]));
        }
        records = &records[length..];
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut header = [0_u8; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(format!("{:011o}", 1_512_123_462).as_bytes());
        header[156] = kind;
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let mut bytes = header.to_vec();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    fn files(bytes: Vec<u8>) -> (Vec<(String, String)>, Option<String>) {
        let mut members = Tar::new(Box::new(Cursor::new(bytes)));
        let mut found = Vec::new();
        loop {
            match members.next_file() {
                Ok(Some(mut member)) => {
                    let mut content = String::new();
                    let read = if member.path.contains("passed") { Ok(0) } else { member.content.as_mut().unwrap().read_to_string(&mut content) };
                    if let Err(error) = read {
                        return (found, Some(error.to_string()));
                    }
                    found.push((member.path, content));
                }
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn members_come_one_by_one() {
        let bytes = [
            member("bundle/", b'5', b""),
            member("bundle/a.log", b'0', b"one\n"),
            member("passed over", b'0', &[b'x'; 1500]),
            member("././@LongLink", b'L', format!("{}\0", "long/".repeat(40)).as_bytes()),
            member("cut", b'0', b"two\n"),
            member("pax", b'x', b"23 path=from/a/pax.log\n"),
            member("cut", b'0', b"three\n"),
            vec![0; 1024],
        ]
        .concat();
        let (found, error) = files(bytes);
        assert_eq!(error, None);
        assert_eq!(found.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["one\n", "", "three\n"]);
        assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["bundle/a.log", "passed over", "from/a/pax.log"]);
    }

    #[test]
    fn an_archive_that_ends_early_says_so() {
        let mut bytes = member("a.log", b'0', &[b'x'; 2000]);
        bytes.truncate(1000);
        assert_eq!(files(bytes).1.as_deref(), Some("tar archive ends early (byte 1000)"));
        assert_eq!(files(vec![b'x'; 600]).1.as_deref(), Some("tar archive is damaged (byte 0): a member's header does not add up"));
    }

    #[test]
    fn absurd_sizes_and_odd_members_are_told() {
        let sized = |size: &[u8]| {
            let mut bytes = member("a.log", b'0', b"one\n");
            bytes[124..124 + size.len()].copy_from_slice(size);
            bytes[148..156].fill(b' ');
            let sum: u64 = bytes[..BLOCK].iter().map(|byte| u64::from(*byte)).sum();
            bytes[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            bytes
        };
        let huge = [0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        assert!(files(sized(&huge)).1.unwrap().contains("larger than any disk"));
        assert!(files(sized(b"77777777777")).1.unwrap().contains("ends early"));
        assert!(files(sized(&[0xFF; 12])).1.unwrap().contains("has no size"));
        let bytes = [member("link", b'2', b""), member("device", b'3', b""), member("sparse", b'S', b"x"), member("b.log", b'0', b"two\n")].concat();
        let mut tar = Tar::new(Box::new(Cursor::new(bytes)));
        let mut told = Vec::new();
        while let Some(member) = tar.next_file().unwrap() {
            told.push((member.path, member.content.is_ok()));
        }
        assert_eq!(told, [("device".into(), false), ("sparse".into(), false), ("b.log".into(), true)]);
    }

    #[test]
    fn sizes_of_extension_headers_count_and_what_follows_the_end_is_told() {
        let sized = [member("pax", b'x', b"10 size=4\n"), member("a.log", b'0', b"one\n"), vec![0; 1024]].concat();
        assert_eq!(files(sized), (vec![("a.log".into(), "one\n".into())], None));
        let two = [member("a.log", b'0', b"one\n"), vec![0; 1024], member("b.log", b'0', b"two\n")].concat();
        assert!(files(two).1.unwrap().contains("stand after the end of the tar archive"));
    }
}
