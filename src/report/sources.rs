//! The list of sources for people: a table, then for each what was detected, why, and what it covers.
//!
//! In: sources. Out: text. Must not know: findings.

use std::io::{self, Write};

use super::escape::{escaped, shown};
use super::json::zone;
use super::text::{count, size};
use super::{table, timeline};
use crate::problem::Problem;
use crate::source::{Basis, Source};
use crate::time::human;

/// Gaps and problems listed of one source.
const MAX_LISTED: usize = 10;

/// Writes the list.
pub fn write(sources: &[Source], out: &mut dyn Write) -> io::Result<()> {
    table::write(sources, out)?;
    for source in sources {
        one(source, out)?;
    }
    let bytes: u64 = sources.iter().filter(|source| source.within.is_none()).map(|source| source.bytes).sum();
    let entries: u64 = sources.iter().map(|source| source.entries).sum();
    writeln!(out, "{}, {}, {}", count(sources.len() as u64, "source"), size(bytes), count(entries, "record"))
}

fn one(source: &Source, out: &mut dyn Write) -> io::Result<()> {
    let format = if source.format.is_empty() { "not read" } else { source.format };
    let told: Vec<&str> = std::iter::once(format).chain(source.wrappers.iter().rev().copied()).collect();
    let at = &source.at;
    let component = at.component.map(|component| component.name().to_owned());
    let version = source.version.clone();
    let parts = [
        ("component", component.map(|name| version.map_or(name.clone(), |version| format!("{name} {version}")))),
        ("node", at.node.clone()),
        ("pod", at.pod.clone()),
        ("container", at.container.clone().map(|name| at.restart.map_or(name.clone(), |restart| format!("{name}, restart {restart}")))),
    ];
    writeln!(out, "{}", escaped(&source.path))?;
    let mut row = |name: &str, value: &str| writeln!(out, "  {name:<10} {}", shown(value, 400));
    row("format", &told.join(" in "))?;
    if let Some(file) = &source.within {
        row("stands in", file)?;
    }
    for part in &source.parts {
        row("part", &format!("{}: {}", part.path, count(part.lines, "line")))?;
    }
    for (name, value) in parts {
        if let Some(value) = value {
            row(name, &value)?;
        }
    }
    row("holds", &format!("{}, {}, {}", size(source.bytes), count(source.lines, "line"), count(source.entries, "record")))?;
    if let Some(reach) = timeline::reach(source.first, source.last) {
        row("covers", &reach)?;
    }
    if source.habit_ns > 0 && source.entries > 1 {
        row("habit", &format!("rarely silent for more than {}", human(source.habit_ns)))?;
    }
    if let Some(verbosity) = source.verbosity {
        row("verbosity", &verbosity.to_string())?;
    }
    if let Some(clock) = clock(source) {
        row("clock", &clock)?;
    }
    for piece in source.clock.pieces.iter().skip(1).take(MAX_LISTED) {
        let zone = if piece.basis == Basis::Sequence { String::new() } else { format!("zone {}, ", zone(piece.zone_s)) };
        row("from", &format!("byte {}: {zone}offset {}", piece.from_offset, table::bounded(piece)))?;
    }
    if let Some(more) = source.clock.pieces.len().checked_sub(MAX_LISTED + 1).filter(|more| *more > 0) {
        row("from", &format!("{more} more places on"))?;
    }
    for gap in source.gaps.iter().take(MAX_LISTED) {
        let (path, line, _) = source.place(gap.line, 0);
        let file = if source.parts.is_empty() { String::new() } else { format!(" of {path}") };
        row("silent", &format!("{}, until line {line}{file}", timeline::reach(Some(gap.from), Some(gap.to)).unwrap_or_default()))?;
    }
    for loss in source.losses.iter().take(MAX_LISTED) {
        let when = timeline::reach(loss.from, loss.to)
            .map_or(String::new(), |reach| format!("{}{reach}: ", if loss.from.is_none() { "before " } else { "" }));
        let (path, line, _) = source.place(loss.line, 0);
        let file = if source.parts.is_empty() { String::new() } else { format!(" of {path}") };
        let line = if loss.line > 0 { format!(" (line {line}{file})") } else { String::new() };
        row("lacks", &format!("{when}{}{line}", loss.what))?;
    }
    for (path, Problem { line, what }) in source.troubles().iter().take(MAX_LISTED) {
        let file = if source.parts.is_empty() { String::new() } else { format!(" of {path}") };
        let line = if *line > 0 { format!("line {line}{file}: ") } else { String::new() };
        row("problem", &format!("{line}{what}"))?;
    }
    for note in &source.notes {
        row("note", note)?;
    }
    if !source.sha256.is_empty() {
        row("sha256", &source.sha256)?;
    }
    writeln!(out)
}

pub(super) fn clock(source: &Source) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(year) = source.clock.year {
        parts.push(format!("year {year} ({})", source.clock.year_basis.name()));
    }
    if let Some(piece) = source.clock.pieces.first() {
        if !matches!(piece.basis, Basis::Sequence | Basis::Unknown) {
            parts.push(format!("zone {} ({})", zone(piece.zone_s), piece.basis.name()));
        }
        if piece.offset_ns != 0 {
            parts.push(format!("offset {}", table::bounded(piece)));
        } else if piece.doubt_ns > 0 {
            parts.push(format!("doubt {}", human(piece.doubt_ns)));
        }
        if source.clock.pieces.len() > 1 {
            parts.push(format!("in {} pieces", source.clock.pieces.len()));
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
