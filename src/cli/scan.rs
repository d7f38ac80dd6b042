//! `scan` and `sources`.
//!
//! In: arguments. Out: a report and an exit code. Must not know: how a scan works.

use std::io::{BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::Instant;

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use super::args::{Format, ListFormat, Reading, Scan, Sources};
use super::failure::Failure;
use super::progress::Bar;
use super::{DONE, FOUND, Terminal, UNUSABLE};
use crate::case::Said;
use crate::filter::Filter;
use crate::open::{Choice, Listing, list};
use crate::pattern::ast::Level;
use crate::pattern::load::read_text;
use crate::pattern::{Diagnostic, Pack};
use crate::report::{self, Report, json, jsonl, text};
use crate::scan::{Settings, Window, examine, scan};
use crate::source::Source;

pub(super) fn run(args: &Scan, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    // The process ends when this is done: to give back piece by piece what was read would be work for nothing.
    let pack = ManuallyDrop::new(pack(&args.reading.patterns, err)?);
    let filter = args.filter.as_deref().map(|path| filter(path, &pack)).transpose()?;
    let (listing, settings) = prepare(&args.reading, Window { since: args.since, until: args.until })?;
    let started = Instant::now();
    let outcome = {
        let bar = Bar::new(terminal.watched, listing.inputs.iter().map(|input| input.size).sum());
        scan(&listing.inputs, &pack, &settings, &bar).map_err(|error| Failure::new(error.to_string()))?
    };
    let (readable, incomplete) = (outcome.read_anything(), outcome.incomplete);
    let report = Report { outcome, patterns: pack.sha256().to_owned(), seconds: started.elapsed().as_secs_f64(), filtered: None };
    let mut report = ManuallyDrop::new(report);
    report.within(args.since, args.until);
    if let Some(filter) = &filter {
        report.filter(filter, args.day.unwrap_or_else(today));
    }
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match args.format {
        Format::Text => text::write(&report, text::Manner { colour: terminal.colour, every: args.all }, &mut out)?,
        Format::Json => json::write(&report, &mut out)?,
        Format::Jsonl => jsonl::write(&report, &mut out)?,
    }
    out.flush()?;
    drop(out);
    if args.format == Format::Jsonl {
        filtered(&report, err)?;
    }
    contradicted(&report.outcome.sources, err)?;
    if unreadable(&listing, readable || incomplete, err) || incomplete {
        return Ok(UNUSABLE);
    }
    let worst = args.fail_on.map(Level::from);
    let found = worst.is_some_and(|worst| report.outcome.findings.iter().any(|finding| finding.verdict.holds() && finding.severity >= worst));
    Ok(if found { FOUND } else { DONE })
}

pub(super) fn sources(args: &Sources, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    let explained = args.explain_clock.as_deref().map(|glob| matcher("--explain-clock", glob).map(|matcher| (glob, matcher))).transpose()?;
    let pack = pack(&args.reading.patterns, err)?;
    let (listing, settings) = prepare(&args.reading, Window::default())?;
    let examined = {
        let bar = Bar::new(terminal.watched, listing.inputs.iter().map(|input| input.size).sum());
        examine(&listing.inputs, &pack, &settings, &bar).map_err(|error| Failure::new(error.to_string()))?
    };
    let mut out = BufWriter::with_capacity(1 << 16, out);
    if let Some((glob, matcher)) = explained {
        let fits = |path: &str| path == glob || matcher.is_match(path);
        if !examined.sources.iter().any(|source| fits(&source.path)) {
            let about = format!("--explain-clock `{}`: no source has such a path", report::escape::escaped(glob));
            return Err(Failure::new(about).hint("`necropsy sources PATH` lists them"));
        }
        report::ties::write(&examined.sources, &fits, &mut out)?;
        out.flush()?;
        return Ok(DONE);
    }
    match args.format {
        ListFormat::Text => report::sources::write(&examined.sources, &mut out)?,
        ListFormat::Json => json::write_sources(&examined.sources, &mut out)?,
    }
    out.flush()?;
    drop(out);
    let readable = examined.incomplete || examined.sources.iter().any(|source| !source.sha256.is_empty());
    Ok(if unreadable(&listing, readable, err) || examined.incomplete { UNUSABLE } else { DONE })
}

/// The patterns in force. Warnings about given ones go to standard error.
pub(super) fn pack(folders: &[std::path::PathBuf], err: &mut dyn Write) -> Result<Pack, Failure> {
    let (pack, warnings) = load(folders)?;
    for warning in warnings {
        writeln!(err, "{warning}")?;
    }
    Ok(pack)
}

/// The patterns in force, and warnings about the given ones.
pub(super) fn load(folders: &[std::path::PathBuf]) -> Result<(Pack, Vec<Diagnostic>), Failure> {
    for folder in folders {
        if !folder.is_dir() {
            return Err(Failure::new(format!("--patterns `{}`: not a directory", report::escape::escaped(&folder.to_string_lossy()))));
        }
    }
    let folders: Vec<&Path> = folders.iter().map(std::path::PathBuf::as_path).collect();
    Pack::load(&folders).map_err(|rejected| {
        let about = Failure::new(format!("the patterns cannot be used\n\n{rejected}"));
        about.hint("`necropsy patterns check --patterns DIR` shows warnings too")
    })
}

/// A filter file. It may come from anywhere: its size is bounded.
fn filter(path: &Path, pack: &Pack) -> Result<Filter, Failure> {
    let shown = report::escape::escaped(&path.to_string_lossy()).into_owned();
    let text = read_text(path).map_err(|error| Failure::new(format!("--filter `{shown}`: {error}")))?;
    Filter::read(&path.to_string_lossy(), &text, pack.causes()).map_err(|wrong| {
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Failure::new(format!("the filter cannot be used\n\n{}", told.join("\n\n")))
    })
}

/// The day of the run in UTC, read once.
fn today() -> chrono::NaiveDate {
    chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).date_naive()
}

/// Tells of what JSON lines have no place for: findings that are held back, and rules that have expired.
fn filtered(report: &Report, err: &mut dyn Write) -> Result<(), Failure> {
    let Some(filtered) = &report.filtered else { return Ok(()) };
    let path = report::escape::escaped(&filtered.path);
    if !filtered.suppressed.is_empty() {
        writeln!(err, "necropsy: {} suppressed by `{path}`: `--format json` lists them", filtered.suppressed.len())?;
    }
    for rule in filtered.rules.iter().filter(|rule| rule.expired) {
        writeln!(err, "necropsy: `{path}`:{}: this rule has expired and was ignored", rule.line)?;
    }
    Ok(())
}

/// So many sources are named whose clock was given against strong evidence.
const MAX_CONTRADICTED: usize = 5;

/// Warns where a year or a zone was given that the sources themselves contradict: it holds, and a wrong one makes wrong findings.
fn contradicted(sources: &[Source], err: &mut dyn Write) -> Result<(), Failure> {
    let wrong = || sources.iter().filter(|source| !source.contradicted.is_empty());
    for source in wrong().take(MAX_CONTRADICTED) {
        let path = report::escape::escaped(&source.path);
        for told in &source.contradicted {
            writeln!(err, "necropsy: warning: `{path}`: {told}")?;
        }
    }
    let more = wrong().count().saturating_sub(MAX_CONTRADICTED);
    if more > 0 {
        writeln!(err, "necropsy: warning: the same of {more} more; `necropsy sources PATH` shows every clock")?;
    }
    Ok(())
}

/// Lists the input and resolves what was said of it.
fn prepare(args: &Reading, window: Window) -> Result<(Listing, Settings), Failure> {
    let said = said(args);
    let settings = settings(args, &said, window)?;
    Ok((list(&args.paths, &settings.choice), settings))
}

/// What was said of the input.
pub(super) fn said(args: &Reading) -> Said {
    Said {
        year: args.year,
        zones: args.tz.clone(),
        nodes: args.node.clone(),
        collected_at: args.collected_at,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
    }
}

/// Resolves what was said of the input.
pub(super) fn settings(args: &Reading, said: &Said, window: Window) -> Result<Settings, Failure> {
    let choice =
        Choice { include: globs("--include", &said.include)?, exclude: globs("--exclude", &said.exclude)?, written_since: window.written_since() };
    let zones = said.zones.iter().map(|(glob, zone)| Ok((glob.as_ref().map(|glob| matcher("--tz", glob)).transpose()?, *zone)));
    let nodes = said.nodes.iter().map(|(glob, name)| Ok((matcher("--node", glob)?, name.clone())));
    Ok(Settings {
        year: said.year,
        zones: zones.collect::<Result<_, Failure>>()?,
        nodes: nodes.collect::<Result<_, Failure>>()?,
        collected_at: said.collected_at,
        threads: args.threads,
        choice,
        window,
        limits: args.limits(),
        stop: super::interrupt::stop(),
    })
}

fn globs(flag: &str, globs: &[String]) -> Result<Option<GlobSet>, Failure> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(anywhere(flag, glob)?);
    }
    set.build().map(Some).map_err(|error| Failure::new(format!("{flag}: {error}")))
}

fn matcher(flag: &str, glob: &str) -> Result<GlobMatcher, Failure> {
    Ok(anywhere(flag, glob)?.compile_matcher())
}

/// A glob that may begin at any folder: people name files, not the way to them.
fn anywhere(flag: &str, glob: &str) -> Result<Glob, Failure> {
    let whole = if glob.starts_with('/') || glob.starts_with("**/") { glob.to_owned() } else { format!("{{**/,}}{glob}") };
    GlobBuilder::new(&whole).literal_separator(false).build().map_err(|error| {
        Failure::new(format!("{flag} `{glob}`: {}", error.kind())).hint("* fits any text, ? one character, [ab] one of them, {a,b} either")
    })
}

/// Tells of given paths that cannot be read. Out: whether that is a failure.
pub(super) fn unreadable(listing: &Listing, readable: bool, err: &mut dyn Write) -> bool {
    for miss in &listing.unreadable {
        let path = report::escape::escaped(&miss.path);
        if writeln!(err, "necropsy: `{path}`: {}", miss.why).is_err() {
            break;
        }
    }
    let nothing = !readable && listing.unreadable.is_empty();
    if nothing && writeln!(err, "necropsy: nothing could be read; `necropsy sources PATH` says why for each file").is_err() {
        return true;
    }
    nothing || !listing.unreadable.is_empty()
}
