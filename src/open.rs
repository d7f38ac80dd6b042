//! Opening: paths become byte streams of plain text.
//!
//! In: paths as given. Out: [`Input`]s in a fixed order, and for each an [`Opened`] stream that is decompressed, transcoded and hashed while
//! it is read. Must not know: formats of records, patterns, threads.

mod content;
mod hash;
mod inflate;
pub mod layout;
pub mod series;
mod tar;
mod utf16;
mod walk;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

pub use content::Kind;
pub use hash::Hashed;
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
        Self { path: path.into(), size: text.len() as u64, origin: Origin::Memory(text) }
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
}

/// What a stream holds.
pub enum Content {
    /// Text: the stream and the bytes of a byte order mark that was taken off its front.
    Text(Box<dyn Read + Send>, u64),
    /// A tar archive.
    Archive(tar::Members),
    /// Not text; what it looks like.
    Other(&'static str),
}

/// Opens an input. The error's text says why it could not be read.
pub fn open(input: &Input) -> Result<Opened, String> {
    let (raw, modified): (Box<dyn Read + Send>, Option<SystemTime>) = match &input.origin {
        Origin::File(path) => {
            let file = File::open(path).map_err(|error| unreadable(&error))?;
            let modified = file.metadata().ok().and_then(|about| about.modified().ok());
            (Box::new(file), modified)
        }
        // A pipe has no modification time: what comes out of it is as new as now.
        Origin::Stdin => (Box::new(io::stdin()), Some(SystemTime::now())),
        Origin::Memory(text) => (Box::new(Cursor::new(text.clone())), None),
        Origin::Skipped(why) => return Err(why.clone()),
    };
    let hashed = Hashed::new(raw);
    let mut encodings = Vec::new();
    let content = content::open(Box::new(hashed.clone()), &hashed, &mut encodings).map_err(|error| unreadable(&error))?;
    let modified = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_nanos() as i64);
    Ok(Opened { content, encodings, modified, hashed })
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

impl Opened {
    /// Opens a member of an archive, or anything else that is already a stream.
    pub fn of(raw: Box<dyn Read + Send>, modified: Option<i64>) -> io::Result<Self> {
        let hashed = Hashed::new(raw);
        let mut encodings = Vec::new();
        let content = content::open(Box::new(hashed.clone()), &hashed, &mut encodings)?;
        Ok(Self { content, encodings, modified, hashed })
    }
}
