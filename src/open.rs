//! Opening: paths become byte streams of plain text.
//!
//! In: paths as given. Out: [`Input`]s in a fixed order, and for each an [`Opened`] stream that is decompressed, transcoded and hashed while
//! it is read, or the members of an archive one after the other. Nothing is ever unpacked to disk, and paths and links in archives are names only.
//! Must not know: formats of records, patterns, threads.

mod content;
pub mod export;
mod hash;
pub mod layout;
mod limits;
pub mod series;
mod sevenz;
mod tar;
mod unpack;
mod utf16;
mod walk;
mod zip;

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub use content::Kind;
pub use hash::{Finished, Hashed};
pub use limits::{Limits, RATIO_FROM, Stop};
pub use unpack::Codec;
pub use walk::{Choice, Listing, Unreadable, list};

/// Something to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Path as given, or below a given directory; `-` for standard input.
    pub path: String,
    /// Where its bytes are.
    pub origin: Origin,
    /// Bytes on disk, as far as known before reading.
    pub size: u64,
    /// Whether it is read only if it is an archive: what is asked for may lie in it.
    pub members_only: bool,
}

/// Where the bytes of an [`Input`] are.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// Text held in memory.
    Memory(Vec<u8>),
    /// Something that is not read, and why.
    Skipped(String),
}

impl Input {
    /// An input that lies in memory, as if it were a file of that path.
    pub fn memory(path: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self { path: path.into(), size: text.len() as u64, origin: Origin::Memory(text), members_only: false }
    }
}

/// A stream ready to be read.
pub struct Opened {
    /// What its content is.
    pub content: Content,
    /// Encodings taken off, outermost first: `gzip`, `utf-16le`.
    pub encodings: Vec<&'static str>,
    /// Modification time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    /// The file as it lies there, hashed as far as it has been read.
    pub hashed: Hashed,
    /// How deep it lies, and what may still be read of the input: opens members of an archive.
    pub nest: Nest,
    /// Whether it is still the file it was.
    pub witness: Witness,
}

/// What a stream holds.
pub enum Content {
    /// Text: the stream and the bytes of a byte order mark that was taken off its front.
    Text(Box<dyn Read + Send>, u64),
    /// An archive.
    Archive(Box<dyn Members>),
    /// Not text; what it looks like.
    Other(&'static str),
}

/// The files of an archive, one after the other.
pub trait Members: Send {
    /// The next file; what is left of the one before is passed over. After an error nothing more comes.
    fn next_file(&mut self) -> io::Result<Option<Member>>;
}

/// One file of an archive.
pub struct Member {
    /// Its path in the archive, a name and nothing more.
    pub path: String,
    /// Modification time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    /// Its content, or why it cannot be read.
    pub content: Result<Box<dyn Read + Send>, String>,
}

/// How deep a stream lies, and what may still be read of its input.
#[derive(Clone, Debug)]
pub struct Nest {
    budget: Arc<limits::Budget>,
    /// The file around everything.
    raw: Hashed,
    /// Archives above.
    depth: usize,
}

/// The file and the size it had at opening.
#[derive(Debug, Default)]
pub struct Witness(Option<(Arc<File>, u64)>);

impl Witness {
    /// Bytes by which the file is now larger than it was at opening; what came later is not read.
    pub fn grown(&self) -> u64 {
        self.0.as_ref().and_then(|(file, size)| file.metadata().ok()?.len().checked_sub(*size)).unwrap_or(0)
    }

    /// Bytes that were there at opening and could no longer be read, given how many were.
    pub fn lost(&self, taken: u64) -> u64 {
        self.0.as_ref().map_or(0, |(_, size)| size.saturating_sub(taken))
    }
}

/// Opens an input. The error's text says why it could not be read.
pub fn open(input: &Input, limits: Limits, stop: &Stop) -> Result<Opened, String> {
    if stop.asked() {
        return Err("not read: stopped on request".into());
    }
    let mut witness = Witness::default();
    let (raw, modified): (Box<dyn Read + Send>, Option<SystemTime>) = match &input.origin {
        Origin::File(path) => {
            let file = Arc::new(File::open(path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => "gone: it was there when the input was listed".into(),
                _ => unreadable(&error),
            })?);
            let about = file.metadata().map_err(|error| unreadable(&error))?;
            let (size, modified) = (about.len(), about.modified().ok());
            // Some files of /proc have no size, and a pipe has none.
            if about.is_file() && size > 0 {
                witness = Witness(Some((Arc::clone(&file), size)));
                (Box::new(file.take(size)), modified)
            } else {
                (Box::new(file), modified)
            }
        }
        // A pipe has no modification time: what comes out of it is as new as now.
        Origin::Stdin => (Box::new(io::stdin()), Some(SystemTime::now())),
        Origin::Memory(text) => (Box::new(Cursor::new(text.clone())), None),
        Origin::Skipped(why) => return Err(why.clone()),
    };
    let modified = modified.and_then(since_epoch);
    let hashed = Hashed::new(raw, stop.clone());
    let nest = Nest { budget: Arc::new(limits::Budget::new(limits, stop.clone())), raw: hashed.clone(), depth: 0 };
    let index = || directory(&input.origin, limits.members);
    let place = || anywhere(&input.origin);
    let mut opened = nest.opened(hashed, modified, &Beside { index: &index, place: &place }).map_err(|error| unreadable(&error))?;
    opened.witness = witness;
    Ok(opened)
}

/// Hex SHA-256 of a file as large as it was when it was listed, without a look at what it holds. `None`: it cannot be told.
pub fn digest(input: &Input, stop: &Stop) -> Option<String> {
    let Origin::File(path) = &input.origin else { return None };
    let hashed = Hashed::new(Box::new(File::open(path).ok()?.take(input.size)), stop.clone());
    let finished = hashed.finish();
    (finished.error.is_none() && hashed.taken() == input.size).then_some(finished.sha256)
}

/// Nanoseconds since the epoch.
fn since_epoch(at: SystemTime) -> Option<i64> {
    at.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_nanos()).ok())
}

/// Reads the directory of a zip archive that lies where it can be read at any place.
fn directory(origin: &Origin, most: u64) -> Option<zip::Index> {
    match origin {
        Origin::File(path) if fs::metadata(path).is_ok_and(|about| about.is_file()) => {
            File::open(path).ok().map(|mut file| zip::index(&mut file, most))
        }
        Origin::Memory(text) => Some(zip::index(&mut Cursor::new(text), most)),
        _ => None,
    }
}

/// An input that lies where it can be read at any place, and its bytes.
fn anywhere(origin: &Origin) -> Option<(Box<dyn sevenz::Anywhere>, u64)> {
    match origin {
        Origin::File(path) if fs::metadata(path).is_ok_and(|about| about.is_file()) => {
            let file = File::open(path).ok()?;
            let size = file.metadata().ok()?.len();
            Some((Box::new(file), size))
        }
        _ => None,
    }
}

/// What can be had of a stream beside reading it on, where it lies in a file.
struct Beside<'a> {
    /// The directory at the end of a zip archive.
    index: &'a dyn Fn() -> Option<zip::Index>,
    /// The file itself.
    place: &'a dyn Fn() -> Option<(Box<dyn sevenz::Anywhere>, u64)>,
}

impl Beside<'_> {
    /// Nothing: it lies in an archive.
    const NOTHING: Beside<'static> = Beside { index: &|| None, place: &|| None };
}

impl Nest {
    /// Whether members of an archive that lies here may be read.
    pub fn may_enter(&self) -> bool {
        self.depth < self.budget.limits.depth
    }

    /// Counts a member. Out: whether it may be read, by how many members the input may have.
    pub fn admit(&self) -> Result<(), String> {
        if self.budget.member() {
            Ok(())
        } else {
            Err(format!("more than {} members (--max-members): the rest is not read", self.budget.limits.members))
        }
    }

    /// Bytes of the input, as it lies there, that have been read so far.
    pub fn taken(&self) -> u64 {
        self.raw.taken()
    }

    /// Whether nothing more may be read of the input.
    pub fn used_up(&self) -> bool {
        self.budget.used_up()
    }

    /// Opens the content of a member of the archive that lies here.
    pub fn enter(&self, content: Box<dyn Read + Send>, modified: Option<i64>) -> Result<Opened, String> {
        let inner = Self { depth: self.depth + 1, ..self.clone() };
        let hashed = Hashed::new(content, self.budget.stop.clone());
        inner.opened(hashed, modified, &Beside::NOTHING).map_err(|error| format!("cannot be read: {error}"))
    }

    fn opened(mut self, hashed: Hashed, modified: Option<i64>, beside: &Beside<'_>) -> io::Result<Opened> {
        let mut encodings = Vec::new();
        let content = content::open(Box::new(hashed.clone()), &mut self, &mut encodings, beside)?;
        Ok(Opened { content, encodings, modified, hashed, nest: self, witness: Witness::default() })
    }

    #[cfg(test)]
    fn of(stream: impl Read + Send + 'static) -> Self {
        Self { budget: Arc::default(), raw: Hashed::new(Box::new(stream), Stop::default()), depth: 0 }
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "not found".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => format!("cannot be read: {error}"),
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Opened").field("encodings", &self.encodings).field("modified", &self.modified).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn text(opened: &mut Opened) -> String {
        let mut text = String::new();
        let Content::Text(stream, _) = &mut opened.content else { return text };
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_are_read_as_they_were_at_opening() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("a.log");
        fs::write(&path, "one\n").unwrap();
        let input = Input { path: "a.log".into(), origin: Origin::File(path.clone()), size: 4, members_only: false };
        let read = || open(&input, Limits::default(), &Stop::default());
        let mut opened = read().unwrap();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
        assert_eq!((text(&mut opened).as_str(), opened.witness.grown(), opened.witness.lost(4)), ("one\n", 4, 0));
        fs::remove_file(&path).unwrap();
        assert_eq!(read().unwrap_err(), "gone: it was there when the input was listed");
    }
}
