//! `patterns list`, `patterns check`, `patterns test`.
//!
//! In: arguments. Out: text, and 2 where a pattern is wrong. Must not know: how patterns are checked.

use std::io::Write;
use std::path::Path;

use super::args::{Patterns, PatternsAction};
use super::failure::Failure;
use super::{DONE, UNUSABLE, scan as scan_command};
use crate::open::Input;
use crate::pattern::ast::{Cause, Status, Test};
use crate::report::escape::{escaped, shown};
use crate::report::json::level;
use crate::scan::{Quiet, Settings, scan};
use crate::standin::{Pack, check, prove};

pub(super) fn run(args: &Patterns, out: &mut dyn Write) -> Result<u8, Failure> {
    match args.action {
        PatternsAction::List => {
            let (pack, _) = scan_command::load(&args.patterns)?;
            list(&pack, out)
        }
        PatternsAction::Check => {
            let folders: Vec<&Path> = args.patterns.iter().map(std::path::PathBuf::as_path).collect();
            let report = check(&folders);
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
            test(&pack, out)
        }
    }
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

fn test(pack: &Pack, out: &mut dyn Write) -> Result<u8, Failure> {
    let (examples, mut failures) = prove(pack);
    let mut stories = 0;
    for cause in pack.causes() {
        for test in &cause.test {
            stories += 1;
            if let Err(why) = tell(pack, cause, test)? {
                failures.push(format!("{}: story `{}`: {why}", cause.id, test.name));
            }
        }
    }
    for failure in &failures {
        writeln!(out, "{}", failure.lines().map(|line| escaped(line).into_owned()).collect::<Vec<_>>().join("\n"))?;
    }
    writeln!(out, "{examples} examples and near misses, {stories} stories: {} failed", failures.len())?;
    Ok(if failures.is_empty() { DONE } else { UNUSABLE })
}

/// Runs a story, and says how it ended if not as it should.
fn tell(pack: &Pack, cause: &Cause, test: &Test) -> Result<Result<(), String>, Failure> {
    let inputs: Vec<Input> = test.log.iter().map(|(path, text)| Input::memory(path, text.as_bytes())).collect();
    let settings = Settings { threads: 1, ..Settings::default() };
    let outcome = scan(&inputs, pack, &settings, &Quiet).map_err(|error| Failure::new(error.to_string()))?;
    let verdict = outcome.findings.iter().filter(|finding| finding.cause == cause.id).map(|finding| finding.verdict).min();
    let ended = verdict.map_or("none", crate::finding::Verdict::name);
    Ok(if ended == test.expect { Ok(()) } else { Err(format!("ended `{ended}`, must end `{}`", test.expect)) })
}
