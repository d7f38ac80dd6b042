//! `explain`: a root cause in the words of its own pattern file.
//!
//! In: a cause's id. Out: text. Must not know: findings.

use std::io::Write;

use super::args::Explain;
use super::failure::Failure;
use super::{DONE, near, scan};
use crate::pattern::ast::{Cause, Risk, Role, Status, Step};
use crate::report::escape::escaped;
use crate::report::json::level;

pub(super) fn run(args: &Explain, out: &mut dyn Write) -> Result<u8, Failure> {
    let (pack, _) = scan::load(&args.patterns)?;
    let Some(cause) = pack.causes().iter().find(|cause| cause.id == args.cause) else {
        let near = near::nearest(&args.cause, pack.causes().iter().map(|cause| cause.id.as_str()));
        let hint = near.map_or_else(|| "`necropsy patterns list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Failure::new(format!("no cause `{}`", escaped(&args.cause))).hint(hint));
    };
    write(cause, out)?;
    Ok(DONE)
}

/// Writes the page of a cause.
pub(super) fn write(cause: &Cause, out: &mut dyn Write) -> std::io::Result<()> {
    let status = match cause.status {
        Status::Draft => ", being tried",
        Status::Stable => "",
        Status::Retired => ", retired",
    };
    writeln!(out, "{} ({}{status}, since {})", escaped(&cause.id), level(cause.severity), escaped(&cause.since))?;
    paragraph("What it means", &cause.means, out)?;
    paragraph("What to look at", &cause.look, out)?;
    if !cause.step.is_empty() {
        story("What proves it", &cause.step, out)?;
    }
    for told in &cause.story {
        story(&format!("What proves it ({})", escaped(&told.name)), &told.step, out)?;
    }
    if let Some(catalogue) = &cause.catalogue {
        writeln!(out, "\nKnown cases")?;
        for row in &catalogue.row {
            let about = ["bug", "meaning", "fixed_in"].iter().filter_map(|key| row.set.get(*key).map(|value| format!("{key} {value}")));
            writeln!(out, "  - {}; affected: {}", escaped(&about.collect::<Vec<_>>().join(", ")), escaped(&row.affected.join(", ")))?;
        }
    }
    if !cause.remedy.is_empty() {
        writeln!(out, "\nWhat to do")?;
        for remedy in &cause.remedy {
            let risk = match remedy.risk {
                Risk::Safe => "",
                Risk::Disruptive => " (disruptive)",
                Risk::Destructive => " (puts data at risk)",
            };
            writeln!(out, "  - {}{risk}", escaped(&remedy.text))?;
        }
    }
    for (title, list) in [("Explains", &cause.explains), ("Gives way to", &cause.yields_to), ("Read on", &cause.references)] {
        if !list.is_empty() {
            writeln!(out, "\n{title}")?;
            for item in list {
                writeln!(out, "  - {}", escaped(item))?;
            }
        }
    }
    Ok(())
}

fn paragraph(title: &str, text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for line in text.trim().lines() {
        writeln!(out, "  {}", escaped(line))?;
    }
    Ok(())
}

/// The steps of one story, the alternatives of a step in one line.
fn story(title: &str, steps: &[Step], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\n{title}")?;
    let mut seen: Vec<&str> = Vec::new();
    for step in steps {
        if !seen.contains(&step.name.as_str()) {
            seen.push(&step.name);
            step_line(steps, step, out)?;
        }
    }
    Ok(())
}

/// A step with its alternatives.
fn step_line(steps: &[Step], step: &Step, out: &mut dyn Write) -> std::io::Result<()> {
    let role = match (step.role, step.absent) {
        (Role::Required, false) => "required",
        (Role::Required, true) => "required, absent",
        (Role::Decisive, false) => "decisive",
        (Role::Decisive, true) => "decisive, absent",
        (Role::Proof, false) => "proof",
        (Role::Proof, true) => "proof, absent",
        (Role::Support, _) => "support",
        (Role::Against, _) => "against",
    };
    let alike = steps.iter().filter(|other| other.name == step.name);
    let from: Vec<&str> = alike.flat_map(|step| step.signal.iter().chain(&step.span).chain(&step.cause)).map(String::as_str).collect();
    writeln!(out, "  - {} ({role}): {}", escaped(&step.name), escaped(&step.summary))?;
    if !from.is_empty() {
        writeln!(out, "      seen in {}", escaped(&from.join(", ")))?;
    }
    if let Some(timer) = &step.timer {
        writeln!(out, "      checked against the timer {}", escaped(&timer.name))?;
    }
    if let Some(missing) = &step.missing {
        writeln!(out, "      if not found: {}", escaped(missing))?;
    }
    Ok(())
}
