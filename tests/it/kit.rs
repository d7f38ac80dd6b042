//! What the tests share: the samples, and a source of reproducible chance.

use std::fs;
use std::path::{Path, PathBuf};

/// The project's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the project, sorted.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut items: Vec<PathBuf> =
            fs::read_dir(folder).map(|items| items.filter_map(|item| item.ok().map(|item| item.path())).collect()).unwrap_or_default();
        items.sort();
        for path in items {
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found
}

/// Every log of `samples/`, with its bytes.
pub(crate) fn sample_logs() -> Vec<(PathBuf, Vec<u8>)> {
    let logs = files("samples").into_iter().filter(|path| path.extension().is_some_and(|end| end != "md"));
    logs.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Whether a file holds records line by line, and not a document or a table.
pub(crate) fn is_log(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "log")
}

/// A small generator of chance that gives the same numbers everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}
