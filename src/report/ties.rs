//! The ties of a source for people: which lines of other sources decided its clock.
//!
//! In: sources, and which of them are asked for. Out: text. Must not know: how clocks are found.

use std::io::{self, Write};

use super::escape::{escaped, shown};
use super::sources::clock;
use crate::signal::Citation;
use crate::source::{Source, Tie};
use crate::time::human;

/// Bytes shown of a line.
const MAX_LINE: usize = 240;

/// Writes the ties of the sources whose path is `wanted`.
pub fn write(sources: &[Source], wanted: &dyn Fn(&str) -> bool, out: &mut dyn Write) -> io::Result<()> {
    for source in sources.iter().filter(|source| wanted(&source.path)) {
        one(source, sources, out)?;
    }
    Ok(())
}

fn one(source: &Source, sources: &[Source], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&source.path))?;
    writeln!(out, "  clock      {}", shown(&clock(source).unwrap_or_else(|| "as its stamps say".into()), 400))?;
    for note in &source.notes {
        writeln!(out, "  note       {}", shown(note, 400))?;
    }
    let ties = &source.ties;
    if ties.agree + ties.outliers == 0 {
        let why = if ties.doubtful {
            "the facts that it shares with others do not fit its clock, and are too few, or of one moment only: it is left as it is"
        } else {
            "no other source states enough of what it states"
        };
        return writeln!(out, "  ties       none: {why}\n");
    }
    writeln!(out, "  ties       {} agree, {}", ties.agree, counted(ties.outliers))?;
    for tie in &ties.kept {
        let says = if tie.agrees { "agrees" } else { "outlier" };
        writeln!(out, "\n  {says}: its stamp is {}", apart(tie))?;
        for citation in [&tie.own, &tie.other] {
            line(citation, sources, out)?;
        }
    }
    writeln!(out)
}

fn counted(outliers: usize) -> String {
    if outliers == 1 { "1 is an outlier".into() } else { format!("{outliers} are outliers") }
}

fn apart(tie: &Tie) -> String {
    match tie.ahead_ns {
        0 => "the same".into(),
        ahead if ahead > 0 => format!("{} ahead of the other", human(ahead)),
        behind => format!("{} behind the other", human(behind.saturating_neg())),
    }
}

fn line(citation: &Citation, sources: &[Source], out: &mut dyn Write) -> io::Result<()> {
    let path = usize::try_from(citation.source).ok().and_then(|source| sources.get(source)).map_or("?", |source| &source.path);
    writeln!(out, "    {}:{}", escaped(path), citation.line)?;
    writeln!(out, "      {}", shown(citation.text.trim(), MAX_LINE))
}
