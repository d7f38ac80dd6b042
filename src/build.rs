//! Packs `patterns/` into the binary.
//!
//! In: the folder. Out: `OUT_DIR/patterns.rs`, a table of `(path, text, lean text)` sorted by path. The lean text has empty lines for stories, examples
//! and near misses: a scan needs none of them, and most of a file is theirs. A rerun line for the root and for every sub-folder makes sure that a new
//! file is noticed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("patterns");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("pub(super) const FILES: &[(&str, &str, &str)] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let lean = lean(&fs::read_to_string(file)?);
        writeln!(table, "    ({name:?}, include_str!({:?}), {lean:?}),", file.display().to_string()).map_err(io::Error::other)?;
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("patterns.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.is_dir() {
        return Ok(());
    }
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "toml") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}

/// The text with an empty line for each line of a story, an example or a near miss. Headers within a log of a story are of such tables too, or of none.
fn lean(text: &str) -> String {
    let mut lean = String::with_capacity(text.len() / 2);
    let (mut kept, mut quoted) = (true, false);
    for line in text.lines() {
        let name = line.trim_end().strip_prefix('[').and_then(|line| line.strip_suffix(']')).filter(|_| !quoted);
        if let Some(name) = name {
            let name = name.trim_matches(['[', ']']);
            kept = !["cause.test", "signal.example", "signal.near_miss"]
                .iter()
                .any(|cut| name.strip_prefix(cut).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
        }
        // A text of several lines may hold anything.
        quoted ^= line.matches("'''").count() % 2 == 1;
        if kept {
            lean.push_str(line);
        }
        lean.push('\n');
    }
    lean
}
