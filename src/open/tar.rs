//! tar archives, member by member, as a stream.
//!
//! In: a tar stream (ustar, GNU long names, pax paths and times). Out: its regular files, one after the other; nothing is ever written to disk.
//! Must not know: what the members hold.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

const BLOCK: usize = 512;
/// Longest name taken from an extension header; more is no name.
const MAX_NAME: u64 = 64 * 1024;

/// The members of an archive.
pub struct Members {
    stream: Arc<Mutex<Position>>,
    /// Member bytes and padding that must be passed before the next header.
    padding: u64,
    ended: bool,
}

struct Position {
    stream: Box<dyn Read + Send>,
    left: u64,
}

/// One regular file of an archive.
pub struct Member {
    /// Its path in the archive.
    pub path: String,
    /// Modification time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    /// Bytes.
    pub size: u64,
    /// Its content.
    pub stream: Box<dyn Read + Send>,
}

impl std::fmt::Debug for Members {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Members")
    }
}

/// A view on the archive's stream that ends with the member.
struct Content(Arc<Mutex<Position>>);

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut position = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let want = buffer.len().min(usize::try_from(position.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let read = position.stream.read(&mut buffer[..want])?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "archive ends early"));
        }
        position.left -= read as u64;
        Ok(read)
    }
}

impl Members {
    pub(super) fn new(stream: Box<dyn Read + Send>) -> Self {
        Self { stream: Arc::new(Mutex::new(Position { stream, left: 0 })), padding: 0, ended: false }
    }

    /// The next regular file. What is left of the one before is passed over.
    pub fn next_file(&mut self) -> io::Result<Option<Member>> {
        let mut long_name: Option<String> = None;
        let mut modified: Option<i64> = None;
        while !self.ended {
            self.pass()?;
            let mut header = [0; BLOCK];
            if !self.block(&mut header)? || header.iter().all(|byte| *byte == 0) {
                self.ended = true;
                break;
            }
            if !checks(&header) {
                self.ended = true;
                return Err(io::Error::other("archive is damaged: a member's header does not add up"));
            }
            let size = number(&header[124..136]).ok_or_else(|| io::Error::other("archive is damaged: a member has no size"))?;
            {
                let mut position = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
                position.left = size;
            }
            self.padding = size.next_multiple_of(BLOCK as u64) - size;
            match header[156] {
                b'L' => long_name = Some(text(&self.extension(size)?)),
                b'x' => {
                    let records = self.extension(size)?;
                    if let Some(path) = pax(&records, b"path") {
                        long_name = Some(text(path));
                    }
                    modified = pax(&records, b"mtime").and_then(|value| text(value).split('.').next()?.parse::<i64>().ok());
                }
                b'0' | 0 | b'7' => {
                    let prefix = if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { String::new() };
                    let own = text(&header[..100]);
                    let path = long_name.take().unwrap_or_else(|| if prefix.is_empty() { own } else { format!("{prefix}/{own}") });
                    let seconds = modified.take().or_else(|| number(&header[136..148]).and_then(|seconds| i64::try_from(seconds).ok()));
                    if path.ends_with('/') {
                        continue;
                    }
                    return Ok(Some(Member {
                        path: path.trim_start_matches("./").to_owned(),
                        modified: seconds.and_then(|seconds| seconds.checked_mul(crate::time::SECOND)),
                        size,
                        stream: Box::new(Content(Arc::clone(&self.stream))),
                    }));
                }
                _ => long_name = None,
            }
        }
        Ok(None)
    }

    /// Passes over what is left of a member and its padding.
    fn pass(&mut self) -> io::Result<()> {
        let mut content = Content(Arc::clone(&self.stream));
        io::copy(&mut content, &mut io::sink())?;
        {
            let mut position = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
            position.left = self.padding;
        }
        self.padding = 0;
        match io::copy(&mut content, &mut io::sink()) {
            // The padding of the last member may be missing.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.stream.lock().unwrap_or_else(PoisonError::into_inner).left = 0;
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    fn block(&mut self, header: &mut [u8; BLOCK]) -> io::Result<bool> {
        let mut position = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let mut filled = 0;
        while filled < BLOCK {
            match position.stream.read(&mut header[filled..])? {
                0 if filled == 0 => return Ok(false),
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "archive ends early")),
                read => filled += read,
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
fn checks(header: &[u8; BLOCK]) -> bool {
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
        let mut members = Members::new(Box::new(Cursor::new(bytes)));
        let mut found = Vec::new();
        loop {
            match members.next_file() {
                Ok(Some(mut member)) => {
                    let mut content = String::new();
                    let read = if member.path.contains("passed") { Ok(0) } else { member.stream.read_to_string(&mut content) };
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
        assert_eq!(files(bytes).1.as_deref(), Some("archive ends early"));
        assert_eq!(files(vec![b'x'; 600]).1.as_deref(), Some("archive is damaged: a member's header does not add up"));
    }
}
