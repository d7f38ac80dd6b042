//! The manifest: what a case consists of. Whatever it does not name is not part of the case.
//!
//! In: a case's directory. Out: the manifest, or why there is none that can be used; and the one way to commit a new state. Must not know: what
//! columns mean.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fault::Fault;

/// Name and version of the layout on disk.
pub(super) const SCHEMA: &str = "necropsy.case";
/// The version that this program writes, and the only one that is searched and shown.
pub(super) const VERSION: u32 = 3;
/// The earliest that an ingest takes up.
const EARLIEST: u32 = 1;
/// The manifest's name.
const FILE: &str = "manifest.json";
/// The writer's lock.
const LOCK: &str = "lock";

/// What a case consists of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// [`VERSION`].
    pub version: u32,
    /// Version of the program that wrote it.
    pub tool: String,
    /// Hex SHA-256 of the patterns in force.
    pub patterns: String,
    /// Counts commits of the timeline.
    pub generation: u64,
    /// What was said of the input on the command line.
    pub said: Said,
    /// The files that were given.
    pub inputs: Vec<Given>,
    /// The sources, by path.
    pub sources: Vec<Held>,
    /// Entries of all sources.
    pub rows: u64,
    /// Directory of columns, inside the case.
    pub timeline: String,
    /// Files in it with their lengths.
    pub files: Vec<(String, u64)>,
    /// The index of words, as far as it is built.
    pub words: Vec<Segment>,
    /// When the input was collected, nanoseconds since the epoch.
    pub collected_at: Option<i64>,
    /// What the numbers of the column of formats stand for, from 0. Nothing in an earlier layout, where only the program that wrote it knew.
    #[serde(default)]
    pub formats: Vec<String>,
    /// What those of the column of components stand for, from 1; 0 is the source's own.
    #[serde(default)]
    pub components: Vec<String>,
    /// Number of signals.
    pub signals: u64,
    /// Signals that no record states, but how stamps go: id, source and offset.
    #[serde(default)]
    pub derived: Vec<(String, u32, u64)>,
    /// Whether text of every source lies in the case.
    #[serde(default)]
    pub embedded: bool,
}

/// What was said of the input on the command line, kept for the next ingest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Year of the first stamp of sources whose stamps have none.
    pub year: Option<i32>,
    /// Zones by path, seconds east of UTC.
    pub zones: Vec<(Option<String>, i32)>,
    /// Nodes by path.
    pub nodes: Vec<(String, String)>,
    /// When the input was collected.
    pub collected_at: Option<i64>,
    /// Which files below directories and in archives are read.
    #[serde(default)]
    pub include: Vec<String>,
    /// Which are not.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// A file that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Path as reports print it.
    pub path: String,
    /// Where it lies; `None`: it can be read once only, as standard input.
    pub file: Option<PathBuf>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Modification time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    /// Hex SHA-256.
    pub sha256: String,
    /// SHA-256 of what it was before it grew.
    #[serde(default)]
    pub earlier: Vec<String>,
    /// Only members of an archive are asked for.
    #[serde(default)]
    pub members_only: bool,
    /// Why it was not read at all.
    #[serde(default)]
    pub skipped: Option<String>,
}

/// A source as the case holds it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Held {
    /// Path as reports print it.
    pub path: String,
    /// What is known of it, as in `necropsy.report/1`.
    pub about: serde_json::Value,
    /// Hex SHA-256 of the file, or of the member of an archive; of several files, all of theirs.
    pub sha256: String,
    /// Bytes of its text.
    pub bytes: u64,
    /// Its first row.
    pub first: u64,
    /// How many rows it has.
    pub rows: u64,
    /// Where its rows have their texts, in order.
    pub stretches: Vec<Stretch>,
    /// It could no longer be read by a later ingest: what is here is what an earlier one made of it.
    #[serde(default)]
    pub gone: bool,
}

/// Rows of a source that lie in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Path of the file as reports print it.
    pub path: String,
    /// Its hex SHA-256.
    pub sha256: String,
    /// How many rows.
    pub rows: u64,
    /// Lines of the source before those of the file.
    pub lines_before: u64,
    /// Bytes of the source before those of the file.
    pub bytes_before: u64,
    /// Where the text of the rows ends, counted in the source.
    pub end: u64,
    /// Where the text lies.
    pub text: Place,
    /// Lines of others stand between its own; they are blanked.
    #[serde(default)]
    pub picked: bool,
}

/// Where a text lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "in")]
pub enum Place {
    /// Nowhere: nothing could be read.
    #[default]
    Nowhere,
    /// In the file that was given.
    Original {
        /// The file.
        file: PathBuf,
        /// Bytes that it had.
        bytes: u64,
        /// Its modification time then, nanoseconds since the epoch.
        modified: Option<i64>,
    },
    /// In the case's own store.
    Store {
        /// Its first block.
        first: u64,
        /// How many blocks it has.
        blocks: u64,
    },
}

/// A piece of the index of words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its directory, inside the case.
    pub directory: String,
    /// Version of the layout of its terms.
    pub version: u32,
    /// The rows that its documents stand for, in order.
    pub parts: Vec<Part>,
    /// Files in it with their lengths; none: they were not noted.
    #[serde(default)]
    pub files: Vec<(String, u64)>,
}

/// Rows of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Path of the source.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
    /// All rows that the source had.
    pub of: u64,
    /// The first of these rows, counted in the source.
    pub first: u64,
    /// How many.
    pub rows: u64,
}

impl Stretch {
    /// Whether it lies in a file that was given: is it, or a part or member of it.
    pub(super) fn is_of(&self, given: &Given) -> bool {
        let within = self.path.strip_prefix(&given.path);
        within.is_some_and(|rest| rest.is_empty() || rest.starts_with("!/") || rest.starts_with('#'))
    }
}

/// Holds the right to write a case until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "holding it open is what locks")] File);

/// Waits until what was written to a directory is on the disk.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// What every version has.
#[derive(Deserialize)]
struct Written {
    schema: String,
    version: u32,
    #[serde(default)]
    tool: String,
}

impl Manifest {
    /// Reads the manifest of a case.
    pub fn read(directory: &Path) -> Result<Self, Fault> {
        Self::of_version(directory, VERSION)
    }

    /// Reads that of a case of an earlier layout too, to build it anew.
    pub(super) fn read_earlier(directory: &Path) -> Result<Self, Fault> {
        Self::of_version(directory, EARLIEST)
    }

    fn of_version(directory: &Path, earliest: u32) -> Result<Self, Fault> {
        let path = directory.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let what = if directory.is_dir() { "there is no finished case in it" } else { "there is no such directory" };
                return Err(Fault::new(format!("`{}`: {what}", directory.display()))
                    .hint("`necropsy ingest PATH... --case DIR` makes one; after an interrupted one, run it again"));
            }
            Err(error) => return Err(Fault::file("read", &path, &error)),
        };
        let broken = |error: &dyn std::fmt::Display| {
            Fault::new(format!("`{}` is not the manifest of a case: {error}", path.display())).hint("move it away and run `necropsy ingest` again")
        };
        let version: Written = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
        if version.schema != SCHEMA {
            return Err(broken(&"its schema is another"));
        }
        if version.version > VERSION {
            let what = format!(
                "`{}` was written by necropsy {}, in version {} of the layout; this one knows {VERSION}",
                directory.display(),
                version.tool,
                version.version
            );
            return Err(Fault::new(what).hint("use that necropsy or a later one, or ingest the input into another case"));
        }
        if version.version < earliest && version.version >= EARLIEST {
            let what = format!(
                "`{}` was written by necropsy {}, in version {} of the layout; this one reads {VERSION}",
                directory.display(),
                version.tool,
                version.version
            );
            let how = format!("`necropsy ingest --case {}` builds it anew from its inputs and keeps all notes", directory.display());
            return Err(Fault::new(what).hint(how));
        }
        if version.version < earliest {
            return Err(Fault::new(format!("`{}` is of version {} of the layout, which is no longer read", directory.display(), version.version))
                .hint("run `necropsy ingest` into an empty directory and copy notes.jsonl there"));
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
        match manifest.contradiction() {
            Some(what) => Err(broken(&what)),
            None => Ok(manifest),
        }
    }

    /// What no manifest of this program says: a case may come from a stranger. Everything after this relies on it.
    fn contradiction(&self) -> Option<&'static str> {
        let is_name = |name: &str| {
            let mut parts = Path::new(name).components();
            matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
        };
        if !self
            .files
            .iter()
            .map(|(name, _)| name)
            .chain(self.words.iter().flat_map(|segment| segment.files.iter().map(|(name, _)| name).chain([&segment.directory])))
            .chain([&self.timeline])
            .all(|name| is_name(name))
        {
            return Some("it names files outside of the case");
        }
        let mut next = 0_u64;
        for held in &self.sources {
            let end = held.first.checked_add(held.rows);
            let stretches = held.stretches.iter().try_fold(0_u64, |sum, stretch| sum.checked_add(stretch.rows));
            if held.first < next || end.is_none_or(|end| end > self.rows) || stretches.is_none_or(|rows| rows > held.rows) {
                return Some("its sources have other rows than there are");
            }
            next = end.unwrap_or(next);
            let goes_back = |stretch: &Stretch| stretch.bytes_before > stretch.end;
            let no_end = |stretch: &Stretch| matches!(stretch.text, Place::Store { first, blocks } if first.checked_add(blocks).is_none());
            if held.stretches.iter().any(|stretch| goes_back(stretch) || no_end(stretch)) {
                return Some("a text lies nowhere");
            }
        }
        let parts = || self.words.iter().flat_map(|segment| &segment.parts);
        if self.rows > u64::from(u32::MAX)
            || parts().any(|part| part.first.checked_add(part.rows).is_none_or(|end| end > part.of || end > u64::from(u32::MAX)))
        {
            return Some("it has more rows than a case can have");
        }
        None
    }

    /// Makes this the state of the case. All files it names must be complete and synced.
    pub(super) fn commit(&self, directory: &Path) -> Result<(), Fault> {
        let (new, path) = (directory.join("manifest.json.new"), directory.join(FILE));
        let written = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            drop(file);
            fs::rename(&new, &path)?;
            sync_directory(directory)
        };
        written().map_err(|error| Fault::file("write", &path, &error))
    }

    /// Removes what no committed state names: remains of interrupted runs, and states that were replaced.
    pub(super) fn sweep(&self, directory: &Path) {
        let Ok(items) = fs::read_dir(directory) else { return };
        for item in items.filter_map(Result::ok) {
            let name = item.file_name().to_string_lossy().into_owned();
            let named = name == self.timeline || self.words.iter().any(|segment| segment.directory == name);
            let ours = name.starts_with("timeline-") || name.starts_with("words-") || name == "spill";
            if ours && !named {
                // What cannot be removed now is removed next time.
                let removed = if item.path().is_dir() { fs::remove_dir_all(item.path()) } else { fs::remove_file(item.path()) };
                drop(removed);
            }
        }
    }
}

/// Takes the right to write the case, making its directory if there is none.
pub(super) fn lock(directory: &Path) -> Result<Lock, Fault> {
    fs::create_dir_all(directory).map_err(|error| Fault::file("make", directory, &error))?;
    if !directory.join(FILE).exists() && !directory.join(LOCK).exists() {
        let mut items = fs::read_dir(directory).map_err(|error| Fault::file("read", directory, &error))?;
        if items.next().is_some() {
            return Err(Fault::new(format!("`{}` is not empty and holds no case", directory.display())).hint("name a new or an empty directory"));
        }
    }
    let path = directory.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|error| Fault::file("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Fault::new(format!("another necropsy is writing `{}`", directory.display()))
                .hint("wait until it is done; reading is possible meanwhile"))
        }
        Err(fs::TryLockError::Error(error)) => Err(Fault::file("lock", &path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_are_refused_politely() {
        let room = tempfile::tempdir().unwrap();
        let refused = |text: &str| {
            fs::write(room.path().join(FILE), text).unwrap();
            Manifest::read(room.path()).unwrap_err().to_string()
        };
        assert!(refused(r#"{"schema":"necropsy.case","version":9,"tool":"3.0.0","other":1}"#).contains("written by necropsy 3.0.0"));
        assert!(refused(r#"{"schema":"necropsy.case","version":1,"tool":"0.0.9"}"#).contains("builds it anew"));
        assert!(refused(r#"{"schema":"necropsy.case","version":0}"#).contains("no longer read"));
        assert!(refused(r#"{"schema":"other","version":1}"#).contains("not the manifest"));
        assert!(refused("{").contains("not the manifest"));
        let none = Manifest::read(&room.path().join("none")).unwrap_err().to_string();
        assert!(none.contains("no such directory"), "{none}");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let room = tempfile::tempdir().unwrap();
        let sound = Manifest {
            schema: SCHEMA.into(),
            version: VERSION,
            timeline: "timeline-000001".into(),
            rows: 3,
            sources: vec![Held { path: "a.log".into(), rows: 3, ..Held::default() }],
            ..Manifest::default()
        };
        let read = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = sound.clone();
            change(&mut manifest);
            fs::write(room.path().join(FILE), serde_json::to_vec(&manifest).unwrap()).unwrap();
            Manifest::read(room.path()).map(drop).map_err(|fault| fault.to_string())
        };
        assert_eq!(read(&|_| {}), Ok(()));
        let refused = |change: &dyn Fn(&mut Manifest), why: &str| {
            let told = read(change).unwrap_err();
            assert!(told.contains(why), "{told}");
        };
        for name in ["../elsewhere", "/etc", "a/b", "..", ""] {
            refused(&|manifest| manifest.timeline = name.into(), "outside of the case");
        }
        refused(&|manifest| manifest.sources[0].first = u64::MAX, "other rows");
        refused(&|manifest| manifest.sources[0].rows = 4, "other rows");
        refused(&|manifest| manifest.sources[0].stretches = vec![Stretch { rows: u64::MAX, ..Stretch::default() }; 2], "other rows");
        refused(&|manifest| manifest.rows = 1 << 40, "more rows");
    }

    #[test]
    fn one_writer_at_a_time() {
        let room = tempfile::tempdir().unwrap();
        let first = lock(room.path()).unwrap();
        assert!(lock(room.path()).unwrap_err().to_string().contains("another necropsy"));
        drop(first);
        lock(room.path()).unwrap();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("a"), "").unwrap();
        assert!(lock(other.path()).unwrap_err().to_string().contains("not empty"));
    }
}
