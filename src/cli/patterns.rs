//! `patterns list`, `patterns check`, `patterns test`.
//!
//! In: arguments. Out: text, and 2 where a pattern is wrong. Must not know: how patterns are checked.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::args::{Patterns, PatternsAction};
use super::failure::Failure;
use super::{DONE, UNUSABLE, scan as scan_command};
use crate::finding::Verdict;
use crate::observe::prove::prove;
use crate::open::{Input, layout};
use crate::pattern::ast::{Cause, Status};
use crate::pattern::{Library, Pack, check, story};
use crate::report::escape::{escaped, shown};
use crate::report::json::level;
use crate::scan::{Quiet, Settings, scan};

pub(super) fn run(args: &Patterns, out: &mut dyn Write) -> Result<u8, Failure> {
    match args.action {
        PatternsAction::List => {
            let (pack, _) = scan_command::load(&args.patterns)?;
            list(&pack, out)
        }
        PatternsAction::Check => {
            let report = check::report(&library(args));
            for diagnostic in &report.diagnostics {
                writeln!(out, "{diagnostic}\n")?;
            }
            writeln!(
                out,
                "{} files, {} causes, {} signals, {} spans: {} errors, {} warnings",
                report.files,
                report.causes,
                report.signals,
                report.spans,
                report.errors(),
                report.warnings()
            )?;
            Ok(if report.errors() > 0 { UNUSABLE } else { DONE })
        }
        PatternsAction::Test => {
            let (pack, _) = scan_command::load(&args.patterns)?;
            test(&library(args), &pack, out)
        }
    }
}

fn library(args: &Patterns) -> Library {
    let folders: Vec<&Path> = args.patterns.iter().map(std::path::PathBuf::as_path).collect();
    Library::open(&folders)
}

fn list(pack: &Pack, out: &mut dyn Write) -> Result<u8, Failure> {
    let widest = pack.causes().iter().map(|cause| cause.id.chars().count()).max().unwrap_or(0);
    let mut causes: Vec<&Cause> = pack.causes().iter().collect();
    causes.sort_by(|a, b| a.id.cmp(&b.id));
    for cause in causes {
        let draft = if cause.status == Status::Draft { " (being tried)" } else { "" };
        let means = cause.means.split(['.', '\n']).find(|text| !text.trim().is_empty()).unwrap_or(&cause.title);
        writeln!(out, "{:<widest$}  {:<8}  {}{draft}", escaped(&cause.id), level(cause.severity), shown(means.trim(), 120))?;
    }
    writeln!(out, "{} causes from {} signals and {} spans", pack.causes().len(), pack.signals().len(), pack.spans().len())?;
    Ok(DONE)
}

fn test(library: &Library, pack: &Pack, out: &mut dyn Write) -> Result<u8, Failure> {
    let proof = prove(library, &|path| layout::read(path).at);
    let told = story::tell(library, |log| verdicts(pack, log));
    let failed = proof.diagnostics.iter().chain(&told.diagnostics).filter(|diagnostic| diagnostic.is_error()).count();
    for diagnostic in proof.diagnostics.iter().chain(&told.diagnostics) {
        writeln!(out, "{diagnostic}\n")?;
    }
    writeln!(out, "{} examples, {} near misses, {} stories: {failed} failed", proof.examples, proof.near_misses, told.stories)?;
    Ok(if failed == 0 { DONE } else { UNUSABLE })
}

/// The best verdict of each cause over the files of a story.
fn verdicts(pack: &Pack, log: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let inputs: Vec<Input> = log.iter().map(|(path, text)| Input::memory(path, text.as_bytes())).collect();
    // A story is told in some year: klog has none of its own.
    let settings = Settings { threads: 1, year: Some(2026), ..Settings::default() };
    let outcome = scan(&inputs, pack, &settings, &Quiet).map_err(|error| error.to_string())?;
    let mut best: BTreeMap<String, Verdict> = BTreeMap::new();
    for finding in outcome.findings {
        let verdict = best.entry(finding.cause).or_insert(finding.verdict);
        *verdict = finding.verdict.min(*verdict);
    }
    Ok(best.into_iter().map(|(cause, verdict)| (cause, verdict.name().to_owned())).collect())
}
