//! `ingest`.
//!
//! In: arguments. Out: a case, a few words about it, an exit code. Must not know: the layout of a case.

use std::io::Write;

use super::args::Ingest;
use super::failure::Failure;
use super::progress::Bar;
use super::{DONE, Terminal, UNUSABLE, scan};
use crate::case::{self, Ingested, Said, Watch};
use crate::open::list;
use crate::report::escape::escaped;
use crate::report::text::{count, size};
use crate::scan::{Progress, Window};

/// Shows a bar for every step.
struct Bars(bool);

impl Watch for Bars {
    fn begin(&self, step: &str, bytes: u64) -> Box<dyn Progress + '_> {
        Box::new(Bar::named(self.0, bytes, step))
    }
}

pub(super) fn run(args: &Ingest, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    if args.reading.paths.is_empty() && !args.case.join("manifest.json").exists() {
        let what = format!("there is no case in `{}` yet", escaped(&args.case.display().to_string()));
        return Err(Failure::new(what).hint("name the files or directories that it is to be made of"));
    }
    let pack = scan::pack(&args.reading.patterns, err)?;
    let said = scan::said(&args.reading);
    let listing = list(&args.reading.paths, &scan::settings(&args.reading, &said, Window::default())?.choice);
    let settings = |said: &Said| scan::settings(&args.reading, said, Window::default()).map_err(|failure| failure.to_string());
    let done = case::ingest(
        case::Ingest {
            directory: &args.case,
            inputs: listing.inputs.clone(),
            said,
            settings: &settings,
            pack: &pack,
            embed: args.embed,
            index: !args.no_index,
        },
        &Bars(terminal.watched),
    )?;
    told(&done, out)?;
    out.flush()?;
    let readable = done.manifest.sources.iter().any(|source| !source.sha256.is_empty());
    Ok(if scan::unreadable(&listing, readable || done.incomplete, err) || done.incomplete { UNUSABLE } else { DONE })
}

fn told(done: &Ingested, out: &mut dyn Write) -> Result<(), Failure> {
    let manifest = &done.manifest;
    for (path, same) in &done.known {
        writeln!(out, "{}: the same content as {}, not added again", escaped(path), escaped(same))?;
    }
    for path in &done.gone {
        writeln!(out, "{}: gone, and not in the case's own store: what the case has of it is kept; its text cannot be shown", escaped(path))?;
    }
    if let Some(version) = done.earlier {
        writeln!(out, "the case was of version {version} of the layout: it was built anew from its inputs, and all notes were kept")?;
    } else if done.fresh.is_empty() {
        writeln!(out, "nothing new")?;
    }
    let bytes = manifest.sources.iter().map(|source| source.bytes).sum();
    writeln!(
        out,
        "{}, {}, {}, {}",
        count(manifest.sources.len() as u64, "source"),
        size(bytes),
        count(manifest.rows, "record"),
        count(manifest.signals, "signal")
    )?;
    let top: Vec<_> = done.findings.iter().filter(|finding| finding.explained_by.is_none() && finding.verdict.holds()).collect();
    for finding in top {
        writeln!(
            out,
            "{}  {}  {}  {}",
            escaped(&finding.id),
            crate::report::json::level(finding.severity),
            finding.verdict.name(),
            escaped(&finding.title)
        )?;
    }
    if done.incomplete {
        writeln!(out, "stopped on request: searches read the texts until it is run again")?;
    }
    Ok(())
}
