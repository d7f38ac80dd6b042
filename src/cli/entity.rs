//! `entity`: everything a case knows of one thing.
//!
//! In: arguments. Out: names, states as bars, signals, findings. Must not know: how they were found.

use std::io::{BufWriter, Write};

use serde_json::json;

use super::DONE;
use super::args::{Entity, ListFormat};
use super::failure::Failure;
use crate::case::{Case, Life};
use crate::report::entries::stamp;
use crate::report::escape::{escaped, shown};
use crate::time::human;

/// Characters of a bar.
const BAR: usize = 40;
/// Signals listed.
const MAX_SIGNALS: usize = 200;

pub(super) fn run(args: &Entity, out: &mut dyn Write) -> Result<u8, Failure> {
    let case = Case::open(&args.case)?;
    let Some(life) = case.life(&args.name)? else {
        let near = case.names_like(&args.name)?.iter().map(|name| escaped(name).into_owned()).collect::<Vec<_>>().join(", ");
        let hint = if near.is_empty() {
            format!("search for the text: necropsy search {} '\"{}\"'", escaped(&args.case.to_string_lossy()), escaped(&args.name))
        } else {
            format!("did you mean one of these? {near}")
        };
        return Err(Failure::new(format!("nothing in this case is called `{}`", escaped(&args.name))).hint(hint));
    };
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match args.format {
        ListFormat::Text => text(&case, &life, &mut out)?,
        ListFormat::Json => whole(&case, &life, &mut out)?,
    }
    out.flush()?;
    Ok(DONE)
}

fn clock(ns: i64) -> String {
    let text = stamp(ns);
    text.get(..23).unwrap_or(&text).replace('T', " ")
}

fn text(case: &Case, life: &Life<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "Names")?;
    for name in &life.names {
        let used = name.used.map_or_else(|| "no signal uses it".to_owned(), |(first, last)| format!("{} – {}", clock(first), clock(last)));
        writeln!(out, "  {:<10} {}  ({used})", escaped(&name.kind), escaped(&name.name))?;
    }
    if !life.sources.is_empty() {
        writeln!(out, "Sources")?;
        for source in &life.sources {
            writeln!(out, "  {}", escaped(source))?;
        }
    }
    if let Some((first, last)) = life.reach
        && !life.states.is_empty()
    {
        writeln!(out, "States  {} – {} UTC", clock(first), clock(last))?;
        let place = |ns: i64| ((i128::from(ns) - i128::from(first)) * BAR as i128 / (i128::from(last) - i128::from(first)).max(1)) as usize;
        for state in &life.states {
            let (from, to) = (place(state.start).min(BAR - 1), place(state.end).min(BAR - 1));
            let bar = format!("{}{}{}", " ".repeat(from), "█".repeat(to - from + 1), if state.end_seen { "" } else { "…" });
            let others: Vec<String> = state.entities.iter().map(|(kind, name)| format!("{}={}", escaped(kind), escaped(name))).collect();
            let length = human(state.end.saturating_sub(state.start));
            let open = if state.end_seen { "" } else { "+" };
            writeln!(out, "  {bar:<41} {}  {length}{open}  {}  {}", clock(state.start), escaped(&state.span), others.join(" "))?;
        }
    }
    if !life.signals.is_empty() {
        writeln!(out, "Signals")?;
        let mut texts = case.reader();
        for (seen, row) in life.signals.iter().take(MAX_SIGNALS) {
            let said = row.and_then(|row| texts.text(row).ok().map(|text| shown(&case.headline(row, text), 160))).unwrap_or_default();
            let (path, number) = row.map_or(("", seen.line), |row| case.place(row));
            writeln!(out, "  {}  {}  {}:{number}  {said}", seen.time.map_or_else(|| "-".into(), clock), escaped(&seen.signal), escaped(path))?;
        }
        if life.signals.len() > MAX_SIGNALS {
            writeln!(out, "  and {} more: search with entity:NAME", life.signals.len() - MAX_SIGNALS)?;
        }
    }
    if !life.findings.is_empty() {
        writeln!(out, "Findings")?;
        for finding in &life.findings {
            let when = finding.start.as_deref().or(finding.end.as_deref()).unwrap_or("-");
            writeln!(
                out,
                "  {}  {}  {}  {}  {}",
                escaped(&finding.id),
                escaped(&finding.severity),
                escaped(&finding.verdict),
                escaped(when),
                escaped(&finding.title)
            )?;
        }
    }
    Ok(())
}

fn whole(case: &Case, life: &Life<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let time = |ns: Option<i64>| ns.map(stamp);
    let value = json!({
        "names": life.names.iter().map(|name| json!({"kind": name.kind, "name": name.name, "first": time(name.used.map(|used| used.0)), "last": time(name.used.map(|used| used.1))})).collect::<Vec<_>>(),
        "sources": life.sources,
        "states": life.states.iter().map(|state| json!({"span": state.span, "title": state.title, "start": stamp(state.start), "end": stamp(state.end), "end_seen": state.end_seen, "entities": state.entities})).collect::<Vec<_>>(),
        "signals": life.signals.iter().map(|(seen, _)| json!({
            "signal": seen.signal, "time": time(seen.time), "source": case.sources().get(seen.source as usize).map(|held| &held.path),
            "line": seen.line, "offset": seen.offset, "entities": seen.entities, "attributes": seen.attributes, "repeats": seen.repeats,
        })).collect::<Vec<_>>(),
        "findings": life.findings.iter().map(|finding| json!({"id": finding.id, "cause": finding.cause, "title": finding.title, "verdict": finding.verdict, "start": finding.start, "end": finding.end})).collect::<Vec<_>>(),
    });
    crate::report::json::write_value(&value, out)?;
    Ok(())
}
