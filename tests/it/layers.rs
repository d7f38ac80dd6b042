//! House rules that the compiler does not hold: which module may know which, and which dependency belongs to whom.

use std::fs;

use crate::kit::{files, root};

/// Each module and the modules of this crate that it may name. Data flows down this list; `scan` is where stages meet, `cli` and `report` are faces.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("severity", &[]),
    ("component", &[]),
    ("problem", &[]),
    ("name", &[]),
    ("signal", &["component", "name", "severity", "time", "pattern"]),
    ("source", &["component", "problem", "severity", "signal", "time", "clock"]),
    ("finding", &["pattern", "signal", "time"]),
    ("decode", &["component", "severity", "time"]),
    ("clock", &["decode", "source", "time", "problem", "component"]),
    ("pattern", &["component", "decode", "name", "observe", "severity", "signal", "source", "time", "finding", "correlate"]),
    ("observe", &["component", "decode", "name", "pattern", "severity", "signal", "source", "time"]),
    ("correlate", &["component", "finding", "name", "pattern", "severity", "signal", "source", "time"]),
    ("open", &["component", "problem", "source", "time", "decode", "signal"]),
    (
        "scan",
        &["clock", "component", "correlate", "decode", "finding", "observe", "open", "pattern", "problem", "severity", "signal", "source", "time"],
    ),
    ("filter", &["finding", "pattern", "time"]),
    ("report", &["component", "filter", "finding", "pattern", "problem", "scan", "severity", "signal", "source", "time"]),
    ("query", &["decode", "severity", "time"]),
    (
        "case",
        &[
            "clock",
            "component",
            "correlate",
            "decode",
            "finding",
            "open",
            "pattern",
            "query",
            "report",
            "scan",
            "severity",
            "signal",
            "source",
            "time",
        ],
    ),
    ("tui", &["case", "component", "decode", "open", "query", "report", "severity", "time"]),
    (
        "cli",
        &[
            "tui",
            "case",
            "query",
            "clock",
            "component",
            "correlate",
            "decode",
            "filter",
            "finding",
            "observe",
            "open",
            "pattern",
            "problem",
            "report",
            "scan",
            "severity",
            "signal",
            "source",
            "time",
        ],
    ),
];

/// Dependencies with one owner.
const OWNERS: &[(&str, &[&str])] = &[
    ("clap", &["cli", "main"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("signal_hook", &["tui"]),
    ("unicode_width", &["tui"]),
    ("unicode_segmentation", &["tui"]),
    ("tempfile", &["cli"]),
    ("indicatif", &["cli"]),
    ("anstream", &["cli", "main", "report"]),
    ("rayon", &["case", "scan"]),
    ("regex_syntax", &["pattern"]),
    ("nom", &["decode", "query"]),
    ("flate2", &["open"]),
    ("bzip2", &["open"]),
    ("liblzma", &["open"]),
    ("zstd", &["case", "open"]),
    ("lz4_flex", &["open"]),
    ("ctrlc", &["cli"]),
    ("walkdir", &["open", "pattern"]),
    ("sha2", &["case", "filter", "open", "scan", "pattern"]),
    ("tantivy", &["case"]),
    ("memmap2", &["case"]),
    ("crc32fast", &["case"]),
    ("toml", &["filter", "pattern"]),
    ("schemars", &["filter", "pattern"]),
];

/// The module a source file belongs to: `src/decode/format/klog.rs` → `decode`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// Lines of code: comments, and everything from the test module on, left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at + 1, line))
}

fn sources() -> Vec<(String, String)> {
    let all = files("src").into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let named = all.map(|path| (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
    named.filter(|(path, _)| !path.ends_with("tests.rs") && path != "src/lib.rs" && path != "src/build.rs").collect()
}

#[test]
fn modules_only_look_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        let Some((_, known)) = MAY_KNOW.iter().find(|(name, _)| *name == own) else {
            assert_eq!(own, "main", "{path}: module `{own}` has no row in MAY_KNOW");
            continue;
        };
        for (line, code) in code(&text) {
            for part in code.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && used != own && !known.contains(&used.as_str()) {
                    wrong.push(format!("{path}:{line}: `{own}` may not know `{used}` (docs/architecture.md)"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn heavy_dependencies_have_one_owner() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        for (line, code) in code(&text) {
            for (dependency, owners) in OWNERS {
                let named = code.contains(&format!("{dependency}::")) || code.contains(&format!("use {dependency};"));
                if named && !owners.contains(&own) {
                    wrong.push(format!("{path}:{line}: `{dependency}` belongs to {owners:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_comes_in_and_what_it_must_not_know() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{path} does not open with what it is for");
    }
}
