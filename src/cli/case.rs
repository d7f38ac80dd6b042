//! `case DIR info|verify|report`.
//!
//! In: arguments. Out: what a case holds, and an exit code. Must not know: the layout of a case.

use std::io::{BufWriter, Write};

use serde_json::Value;

use super::args::{Case as Args, CaseAction, ListFormat};
use super::failure::Failure;
use super::{DONE, FOUND, UNUSABLE};
use crate::case::{Case, Place, verify};
use crate::report::escape::{escaped, shown};
use crate::report::text::{count, size};

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let case = Case::open(&args.case)?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let code = match args.action {
        CaseAction::Info { format: ListFormat::Json } => {
            crate::report::json::write_value(&serde_json::to_value(case.manifest()).unwrap_or_default(), &mut out)?;
            DONE
        }
        CaseAction::Info { format: ListFormat::Text } => info(&case, &mut out)?,
        CaseAction::Report => {
            crate::report::json::write_value(&case.report()?, &mut out)?;
            DONE
        }
        CaseAction::Verify => {
            let changes = verify(&case)?;
            for change in &changes {
                writeln!(out, "{}: {}", escaped(&change.path), escaped(&change.what))?;
            }
            writeln!(out, "{}, {}", count(case.manifest().inputs.len() as u64, "original"), count(changes.len() as u64, "change"))?;
            if changes.iter().any(|change| change.damage) {
                UNUSABLE
            } else if changes.is_empty() {
                DONE
            } else {
                FOUND
            }
        }
    };
    out.flush()?;
    Ok(code)
}

fn info(case: &Case, out: &mut dyn Write) -> Result<u8, Failure> {
    let manifest = case.manifest();
    for source in case.sources() {
        let about = &source.about;
        let text = |path: &[&str]| path.iter().try_fold(about, |value, key| value.get(key)).and_then(Value::as_str);
        writeln!(out, "{}", escaped(&source.path))?;
        let mut row = |name: &str, value: &str| writeln!(out, "  {name:<10} {}", shown(value, 400));
        row("sha256", if source.sha256.is_empty() { "none: not read to its end" } else { &source.sha256 })?;
        row("format", text(&["format"]).filter(|format| !format.is_empty()).unwrap_or("not read"))?;
        for name in ["component", "version", "node", "pod", "container"] {
            if let Some(value) = text(&[name]) {
                row(name, value)?;
            }
        }
        row("holds", &format!("{}, {}", size(source.bytes), count(source.rows, "record")))?;
        if let (Some(first), Some(last)) = (text(&["first"]), text(&["last"])) {
            row("covers", &format!("{first} – {last}"))?;
        }
        if let Some(zone) = text(&["clock", "zone"]) {
            let year = about
                .pointer("/clock/year")
                .and_then(Value::as_i64)
                .map_or(String::new(), |year| format!(", year {year} ({})", text(&["clock", "year_basis"]).unwrap_or_default()));
            row("clock", &format!("zone {zone} ({}){year}", text(&["clock", "zone_basis"]).unwrap_or_default()))?;
        }
        for stretch in &source.stretches {
            let own = if stretch.path == source.path { String::new() } else { format!("{}: ", stretch.path) };
            let place = match &stretch.text {
                Place::Nowhere => "none".to_owned(),
                Place::Original { file, .. } => format!("in {}", file.display()),
                Place::Store { .. } => "in the case".to_owned(),
            };
            row("text", &format!("{own}{place}"))?;
        }
        for problem in about.get("problems").and_then(Value::as_array).into_iter().flatten().take(10) {
            let line = problem.get("line").and_then(Value::as_u64).map_or(String::new(), |line| format!("line {line}: "));
            row("problem", &format!("{line}{}", problem.get("what").and_then(Value::as_str).unwrap_or_default()))?;
        }
        for note in about.get("notes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            row("note", note)?;
        }
    }
    let raw: u64 = case.sources().iter().map(|source| source.bytes).sum();
    let columns: u64 = manifest.files.iter().filter(|(name, _)| name != "store").map(|(_, bytes)| bytes).sum();
    let store: u64 = manifest.files.iter().filter(|(name, _)| name == "store").map(|(_, bytes)| bytes).sum();
    let words: u64 = manifest.words.iter().map(|segment| folder(&case.directory().join(&segment.directory))).sum();
    writeln!(
        out,
        "{}, {}, {}, {}",
        count(case.sources().len() as u64, "source"),
        size(raw),
        count(manifest.rows, "record"),
        count(manifest.signals, "signal")
    )?;
    writeln!(
        out,
        "columns {}, texts {}, index of words {}{}",
        size(columns),
        size(store),
        size(words),
        if case.is_indexed() { "" } else { " (not complete: searches read the texts)" }
    )?;
    writeln!(
        out,
        "necropsy {}, layout {}, generation {}, patterns {}",
        escaped(&manifest.tool),
        manifest.version,
        manifest.generation,
        manifest.patterns.get(..12).unwrap_or_default()
    )?;
    Ok(DONE)
}

fn folder(path: &std::path::Path) -> u64 {
    let items = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    items.filter_map(|item| item.metadata().ok()).map(|about| about.len()).sum()
}
