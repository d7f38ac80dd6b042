//! Packs `patterns/` into the binary.
//!
//! In: the folder. Out: `OUT_DIR/patterns.rs`, a table of `(path, text, lean text)` sorted by path, and the examples. The lean text has empty lines for stories, examples
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
    let mut sample = String::new();
    let mut table = String::from("pub(super) const FILES: &[(&str, &str, &str)] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let lean = lean(&fs::read_to_string(file)?, &mut sample);
        writeln!(table, "    ({name:?}, include_str!({:?}), {lean:?}),", file.display().to_string()).map_err(io::Error::other)?;
    }
    writeln!(table, "];\n/// Lines of all examples.\npub(super) const SAMPLE: &str = {sample:?};").map_err(io::Error::other)?;
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

/// The text with an empty line for each line of a story, an example or a near miss. Lines of examples go to `sample`.
fn lean(text: &str, sample: &mut String) -> String {
    let mut lean = String::with_capacity(text.len() / 2);
    let (mut kept, mut quoted, mut example) = (true, false, false);
    for line in text.lines() {
        let name = line.trim_end().strip_prefix('[').and_then(|line| line.strip_suffix(']')).filter(|_| !quoted);
        if let Some(name) = name {
            let name = name.trim_matches(['[', ']']);
            example = name == "signal.example";
            kept = !["cause.test", "signal.example", "signal.near_miss"]
                .iter()
                .any(|cut| name.strip_prefix(cut).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
        }
        // A text of several lines may hold anything.
        quoted ^= line.matches("'''").count() % 2 == 1;
        if kept {
            lean.push_str(line);
        } else if example {
            sample.push_str(line);
            sample.push('\n');
        }
        lean.push('\n');
    }
    lean
}
