//! Paths as given become a list of inputs.
//!
//! In: files, directories, `-`. Out: inputs sorted by path, each once; what cannot be read stands in the list with its reason. Links inside a
//! directory are not followed. Must not know: contents.

use std::fs;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use walkdir::WalkDir;

use super::{Input, Origin};

/// Which of the paths below a given directory, or in a given archive, are read.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only these, if any are named.
    pub include: Option<GlobSet>,
    /// Not these.
    pub exclude: Option<GlobSet>,
    /// Of files below a given directory, not those that were last written to before: nanoseconds since the epoch.
    pub written_since: Option<i64>,
}

impl Choice {
    /// Whether a path is left out with all that lies in it.
    pub fn drops(&self, path: &str) -> bool {
        self.exclude.as_ref().is_some_and(|globs| globs.is_match(path))
    }

    /// Whether everything is read.
    pub fn is_open(&self) -> bool {
        self.include.is_none() && self.exclude.is_none()
    }

    /// Whether a path is named, or none is.
    pub fn names(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.is_match(path))
    }
}

/// Endings of files that may hold others whose paths fit where their own does not.
const ARCHIVES: &[&str] =
    &[".tar", ".zip", ".7z", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz4"];

fn may_hold_others(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ARCHIVES.iter().any(|end| path.ends_with(end))
}

/// What there is to read.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Sorted by path.
    pub inputs: Vec<Input>,
    /// Given paths that are not there or may not be opened.
    pub unreadable: Vec<Unreadable>,
}

/// A given path that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// As given.
    pub path: String,
    /// Why.
    pub why: String,
}

/// Lists what `paths` name.
pub fn list(paths: &[PathBuf], choice: &Choice) -> Listing {
    let mut listing = Listing::default();
    for path in paths {
        let name = shown(path);
        if name == "-" {
            listing.inputs.push(Input { path: name, origin: Origin::Stdin, size: 0, members_only: false });
            continue;
        }
        match fs::metadata(path) {
            Err(error) => {
                let why = super::unreadable(&error);
                listing.inputs.push(Input { path: name.clone(), origin: Origin::Skipped(why.clone()), size: 0, members_only: false });
                listing.unreadable.push(Unreadable { path: name, why });
            }
            Ok(about) if about.is_dir() => below(path, choice, &mut listing.inputs),
            Ok(about) if is_device(about.file_type()) => {
                let why = "a device or socket: not read";
                listing.inputs.push(Input { path: name.clone(), origin: Origin::Skipped(why.into()), size: 0, members_only: false });
                listing.unreadable.push(Unreadable { path: name, why: why.into() });
            }
            // A given FIFO is read as it comes: `<(zcat …)` is one.
            Ok(about) => listing.inputs.push(Input { path: name, origin: Origin::File(path.clone()), size: about.len(), members_only: false }),
        }
    }
    listing.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    listing.inputs.dedup_by(|a, b| a.path == b.path);
    listing
}

/// Whether it is a device or socket: of the first there may be no end.
#[cfg(unix)]
fn is_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    kind.is_char_device() || kind.is_block_device() || kind.is_socket()
}

#[cfg(not(unix))]
fn is_device(_: fs::FileType) -> bool {
    false
}

fn below(root: &Path, choice: &Choice, inputs: &mut Vec<Input>) {
    let inside = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    for item in WalkDir::new(root).follow_root_links(true).sort_by_file_name() {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                let path = error.path().map_or_else(|| shown(root), shown);
                let why = error.io_error().map_or_else(|| error.to_string(), super::unreadable);
                inputs.push(Input { path, origin: Origin::Skipped(why), size: 0, members_only: false });
                continue;
            }
        };
        let (path, kind) = (shown(item.path()), item.file_type());
        if item.depth() == 0 || kind.is_dir() || choice.drops(&path) {
            continue;
        }
        let members_only = !choice.names(&path);
        if members_only && !(kind.is_file() && may_hold_others(&path)) {
            continue;
        }
        if kind.is_file() {
            let about = item.metadata().ok();
            let size = about.as_ref().map_or(0, fs::Metadata::len);
            let modified = about.and_then(|about| about.modified().ok()).and_then(super::since_epoch);
            let is_old = choice.written_since.zip(modified).is_some_and(|(since, modified)| modified < since);
            let origin =
                if is_old { Origin::Skipped("last written to days before --since: not read".into()) } else { Origin::File(item.into_path()) };
            inputs.push(Input { path, origin, size, members_only });
        } else if kind.is_symlink() {
            // What a link inside the directory points at is read where it lies; anything else is not part of what was given.
            let target = fs::canonicalize(item.path());
            if !target.as_ref().is_ok_and(|target| target.starts_with(&inside)) {
                let why = target.map_or("a link that leads nowhere: not read", |_| "a link out of the directory: not followed");
                inputs.push(Input { path, origin: Origin::Skipped(why.into()), size: 0, members_only: false });
            }
        } else {
            inputs.push(Input {
                path,
                origin: Origin::Skipped("neither file nor directory (device, pipe or socket): not read".into()),
                size: 0,
                members_only: false,
            });
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(glob: &str) -> Option<GlobSet> {
        GlobSet::builder().add(globset::Glob::new(glob).unwrap()).build().ok()
    }

    #[test]
    fn directories_are_listed_in_order_and_links_stay_inside() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("in");
        fs::create_dir_all(root.join("b")).unwrap();
        for (name, text) in [("b/2.log", "x"), ("a.log", "x"), ("b/1.log", "x")] {
            fs::write(root.join(name), text).unwrap();
        }
        fs::write(outer.path().join("secret"), "x").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path().join("secret"), root.join("out")).unwrap();
            std::os::unix::fs::symlink(root.join("a.log"), root.join("inside")).unwrap();
            std::os::unix::fs::symlink("nowhere", root.join("broken")).unwrap();
            drop(std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap());
        }
        let listing = list(std::slice::from_ref(&root), &Choice::default());
        let names: Vec<_> = listing
            .inputs
            .iter()
            .map(|input| {
                let name = input.path.rsplit_once("/in/").unwrap().1.to_owned();
                if let Origin::Skipped(why) = &input.origin { format!("{name}: {why}") } else { name }
            })
            .collect();
        #[cfg(unix)]
        assert_eq!(
            names,
            [
                "a.log",
                "b/1.log",
                "b/2.log",
                "broken: a link that leads nowhere: not read",
                "out: a link out of the directory: not followed",
                "socket: neither file nor directory (device, pipe or socket): not read"
            ]
        );
        let choice = Choice { include: globs("**/*.log"), exclude: globs("**/b/1*"), ..Choice::default() };
        let listing = list(&[root], &choice);
        assert_eq!(listing.inputs.len(), 2);
    }

    #[test]
    fn a_missing_path_is_told_and_others_go_on() {
        let room = tempfile::tempdir().unwrap();
        fs::write(room.path().join("a"), "x").unwrap();
        #[cfg(unix)]
        assert!(list(&["/dev/zero".into()], &Choice::default()).unreadable[0].why.contains("device"));
        let listing = list(&[room.path().join("gone"), room.path().join("a"), room.path().join("a")], &Choice::default());
        assert_eq!(listing.inputs.len(), 2);
        assert_eq!(listing.unreadable.iter().map(|miss| miss.why.as_str()).collect::<Vec<_>>(), ["not found"]);
    }
}
