//! Packs `patterns/` into the binary.
//!
//! In: the folder. Out: in `OUT_DIR`, `patterns.rs` with a table of `(path, text)` sorted by path and a hash of it all, and `library.json` with every
//! signal, span and cause in the same order, without stories, examples, near misses and what is written for people: a scan needs none of these, they are
//! most of a file, and JSON is read in a fifth of the time. A file that is no TOML ends the build. A rerun line for the root and for every sub-folder
//! makes sure that a new file is noticed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use serde::Serialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// What a scan needs.
#[derive(Default, Serialize)]
struct Library {
    signals: Vec<Value>,
    spans: Vec<Value>,
    causes: Vec<Value>,
}

fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Cargo shows this as the reason for which the build ended.
            println!("cargo::error=patterns/{}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn pack() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("patterns");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let name = |file: &Path| file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    // By name, as a library sorts them: folders sort otherwise.
    files.sort_by_cached_key(|file| name(file));
    let (mut library, mut hash) = (Library::default(), Sha256::new());
    let mut table = String::from("pub(super) const FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = name(file);
        let text = fs::read_to_string(file)?;
        for part in [&name, &text] {
            // Lengths first, as `pattern::pack` has it.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let definitions = text.parse::<Table>().map_err(|error| io::Error::other(format!("{name}: {error}")))?;
        library.add(definitions);
        writeln!(table, "    ({name:?}, include_str!({:?})),", file.display().to_string()).map_err(io::Error::other)?;
    }
    let mut sha256 = String::new();
    hash.finalize().iter().try_for_each(|byte| write!(sha256, "{byte:02x}")).map_err(io::Error::other)?;
    writeln!(table, "];\n/// Of paths and texts.\npub(super) const SHA256: &str = {sha256:?};").map_err(io::Error::other)?;
    fs::write(out.join("library.json"), serde_json::to_string(&library).map_err(io::Error::other)?)?;
    fs::write(out.join("patterns.rs"), table)
}

impl Library {
    /// Adds what a file defines.
    fn add(&mut self, mut definitions: Table) {
        let mut each = |key: &str| match definitions.remove(key) {
            Some(Value::Array(items)) => items,
            item => item.into_iter().collect(),
        };
        let (signals, spans, causes) = (each("signal"), each("span"), each("cause"));
        for mut signal in signals {
            if let Some(signal) = signal.as_table_mut() {
                signal.remove("example");
                signal.remove("near_miss");
                without_words(signal, &["from"]);
            }
            self.signals.push(signal);
        }
        self.spans.extend(spans);
        for mut cause in causes {
            if let Some(cause) = cause.as_table_mut() {
                cause.remove("test");
                without_words(cause, &["means", "look"]);
            }
            self.causes.push(cause);
        }
    }
}

/// What is written for people only is empty.
fn without_words(definition: &mut Table, keys: &[&str]) {
    for key in keys {
        if let Some(value) = definition.get_mut(*key) {
            *value = Value::String(String::new());
        }
    }
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
