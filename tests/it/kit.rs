//! What the tests share: the samples, and a source of reproducible chance.

use std::fs;
use std::path::{Path, PathBuf};

use necropsy::decode::frame::Carry;
use necropsy::decode::{Framer, Piece};

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

/// An entry as far as framing decides it: line, offset, format, text.
pub(crate) type Told = (u64, u64, &'static str, Vec<u8>);

/// Frames a source whole.
pub(crate) fn whole(framer: &Framer, bytes: &[u8]) -> Vec<Told> {
    told(&framer.piece(bytes, 1, 0, Carry::default(), true))
}

/// Frames a source in pieces of about `size` bytes, each cut at a line's end.
pub(crate) fn pieces(framer: &Framer, bytes: &[u8], size: usize) -> Vec<Told> {
    let (mut at, mut line, mut carry) = (0, 1, Carry::default());
    let mut found = Vec::new();
    let mut wanted = size;
    loop {
        let rest = &bytes[at..];
        let mut length = wanted.min(rest.len());
        length = rest[length..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| length + end + 1);
        let last = length == rest.len();
        let piece = framer.piece(&rest[..length], line, at as u64, carry.clone(), last);
        // An entry longer than the piece: read on with more.
        if !last && piece.consumed == 0 {
            wanted = length + size;
            continue;
        }
        wanted = size;
        found.extend(told(&piece));
        (at, line, carry) = (at + piece.consumed, line + piece.lines, piece.carry);
        if last {
            return found;
        }
    }
}

fn told(piece: &Piece<'_>) -> Vec<Told> {
    (0..piece.entries.len()).map(|at| piece.entry(at)).map(|entry| (entry.line, entry.offset, entry.format.name(), entry.text.to_vec())).collect()
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
