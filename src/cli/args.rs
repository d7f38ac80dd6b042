//! Arguments as they are typed, and their help.
//!
//! In: words. Out: [`Args`]. Must not know: what is done with them; nothing is opened here.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

use super::when;
use crate::open::Limits;
use crate::pattern::ast::Level;

/// Reads the logs and events an incident left behind and names the cause of death, with the lines that prove it.
#[derive(Debug, Parser)]
#[command(name = "necropsy", version, about, long_about = None, max_term_width = 110, arg_required_else_help = true, after_help = "Exit status: 0 done, whatever was found; 1 a finding at or above --fail-on; 2 unusable arguments, or input that could not be read\n(what could be read is still reported).")]
#[cfg_attr(test, command(term_width = 100))]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look for root causes in logs and events
    Scan(Scan),
    /// Show what each file was taken for, its clock, what it covers, and what could not be read
    Sources(Sources),
    /// Look into a case, or files, in the terminal: findings, timeline, search
    Open(Box<Open>),
    /// Build a case: an indexed timeline of all entries, with the findings, to be searched and kept
    Ingest(Ingest),
    /// Show what a case holds, or whether it and its originals are unchanged
    Case(Case),
    /// Search the entries of a case
    Search(Search),
    /// Print or export the merged timeline of a case
    Timeline(Timeline),
    /// Tell everything a case knows of a node, pod, volume or instance
    Entity(Entity),
    /// Bookmark, comment and tag entries and findings of a case
    Note(Note),
    /// Tell what a root cause means, what to look at and what to do
    Explain(Explain),
    /// List, check and test the patterns
    Patterns(Patterns),
    /// List the log formats that are understood, and the names patterns may use
    Formats,
}

/// What is read, and what is known of it beforehand.
#[derive(Debug, Group)]
pub(super) struct Reading {
    /// Files or directories; - is standard input. tar, zip, 7z, gzip, bzip2, xz, zstd, lz4 and UTF-16 are recognised by content, in each
    /// other too
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Year of the first stamp in logs that print none (klog, syslog)
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999), help_heading = "Clocks")]
    pub(super) year: Option<i32>,
    /// Zone of stamps that print none, for all files or those whose path fits GLOB: +08:00, UTC, '*kubelet*=-05:00'
    #[arg(long, value_name = "[GLOB=]ZONE", value_parser = when::zone_of, allow_hyphen_values = true, help_heading = "Clocks")]
    pub(super) tz: Vec<(Option<String>, i32)>,
    /// When the input was collected (ages such as `5m` count back from it): 2017-12-01T03:00:00Z
    #[arg(long, value_name = "TIME", value_parser = when::moment, help_heading = "Clocks")]
    pub(super) collected_at: Option<i64>,
    /// Node that files whose path fits GLOB come from: 'host1/**=node-1'
    #[arg(long, value_name = "GLOB=NAME", value_parser = when::named, help_heading = "Input")]
    pub(super) node: Vec<(String, String)>,
    /// Of given directories and archives, read only files whose path fits
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(super) include: Vec<String>,
    /// Of given directories and archives, skip files whose path fits
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub(super) exclude: Vec<String>,
    /// Archives in archives that are followed; deeper ones are not read
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth, help_heading = "Limits for each input")]
    pub(super) max_depth: usize,
    /// How many times its size a compressed stream may unfold to, once 64 MiB have come out of it
    #[arg(long, value_name = "N", default_value_t = Limits::default().ratio, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Limits for each input")]
    pub(super) max_ratio: u64,
    /// Members of archives that are read
    #[arg(long, value_name = "N", default_value_t = Limits::default().members, help_heading = "Limits for each input")]
    pub(super) max_members: u64,
    /// Bytes that are unpacked: 500MB, 2GiB
    #[arg(long, value_name = "BYTES", default_value = "256GiB", value_parser = bytes, help_heading = "Limits for each input")]
    pub(super) max_bytes: u64,
    /// Further patterns, on top of those in the program; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) patterns: Vec<PathBuf>,
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads)]
    pub(super) threads: usize,
}

impl Reading {
    pub(super) fn limits(&self) -> Limits {
        Limits { depth: self.max_depth, ratio: self.max_ratio, members: self.max_members, bytes: self.max_bytes }
    }
}

/// A number of bytes, with a unit or without.
fn bytes(text: &str) -> Result<u64, String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "kb" => Some(1000),
        "mb" => Some(1_000_000),
        "gb" => Some(1_000_000_000),
        "tb" => Some(1_000_000_000_000),
        "k" | "kib" => Some(1 << 10),
        "m" | "mib" => Some(1 << 20),
        "g" | "gib" => Some(1 << 30),
        "t" | "tib" => Some(1 << 40),
        _ => None,
    };
    let told = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    told.ok_or_else(|| "give a number and a unit: 500MB, 2GiB".into())
}

/// More threads than any machine has are a slip of the finger.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 0..=1024) => Ok(threads),
        _ => Err("give a number from 1 to 1024, or 0 for one thread a core".into()),
    }
}

#[derive(Debug, Group)]
pub(super) struct Scan {
    #[command(flatten)]
    pub(super) reading: Reading,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
    /// Tell every finding in full, however many there are of one cause
    #[arg(long)]
    pub(super) all: bool,
    /// Report only findings that end at or after TIME (UTC unless it says otherwise)
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    pub(super) since: Option<i64>,
    /// Report only findings that begin at or before TIME
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    pub(super) until: Option<i64>,
    /// What this site knows of its findings: which are not to be told, with reasons and days of expiry (see docs/patterns.md)
    #[arg(long, value_name = "FILE")]
    pub(super) filter: Option<PathBuf>,
    /// Day by which the filter's rules expire [default: today in UTC]
    #[arg(long, value_name = "DAY", value_parser = when::day, hide_default_value = true)]
    pub(super) day: Option<chrono::NaiveDate>,
    /// Exit with 1 if a finding is at least this severe
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<Severity>,
}

#[derive(Debug, Group)]
#[command(mut_arg("paths", |paths| paths.required(false).required_unless_present("keys")))]
pub(super) struct Open {
    #[command(flatten)]
    pub(super) reading: Reading,
    /// Colours: auto, plain, 16, dark, light [default: what NO_COLOR, COLORTERM and COLORFGBG say]
    #[arg(long, value_name = "THEME")]
    pub(super) theme: Option<String>,
    /// Print all keys instead
    #[arg(long)]
    pub(super) keys: bool,
}

// A case that is there can be brought up to date without naming its inputs again.
#[derive(Debug, Group)]
#[command(mut_arg("paths", |paths| paths.required(false)))]
pub(super) struct Ingest {
    #[command(flatten)]
    pub(super) reading: Reading,
    /// Directory of the case; made if there is none. Running it again with more or grown inputs adds what is new
    #[arg(long, value_name = "DIR")]
    pub(super) case: PathBuf,
    /// Keep a compressed copy of all text in the case, so that it can travel alone
    #[arg(long)]
    pub(super) embed: bool,
    /// Leave out the index of words: searches then read the texts, more slowly
    #[arg(long)]
    pub(super) no_index: bool,
}

#[derive(Debug, Group)]
pub(super) struct Case {
    /// Directory of the case
    #[arg(value_name = "DIR")]
    pub(super) case: PathBuf,
    #[command(subcommand)]
    pub(super) action: CaseAction,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum CaseAction {
    /// Sources, SHA-256, versions, clocks, coverage, sizes
    Info {
        /// How to report
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ListFormat,
    },
    /// Read the originals and the case again and say what has changed; exit status 1 if anything has, 2 if the case is damaged
    Verify,
    /// Print the findings as one JSON object, schema necropsy.report/1
    Report,
}

/// Which entries, and how they are written.
#[derive(Debug, Group)]
pub(super) struct Entries {
    /// How to write them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: EntryFormat,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Group)]
#[command(
    after_help = "A query is words, \"phrases\", prefix*, fields and times, joined by AND, OR, NOT and brackets; * is everything:\n  severity>=warning node:k8s-node3 since:2017-12-01T02:00 NOT \"back off\"\n  reason:Evicted OR code:MY-012345    signal:node.*    finding:f1    around:f1±2m\n  \"2017-12-01 10:18\"..\"10:20\"    (times are UTC unless they say otherwise)\nFields: component node pod namespace container source format severity signal finding entity tag code reason field.NAME since until around"
)]
pub(super) struct Search {
    /// Directory of the case
    #[arg(value_name = "DIR")]
    pub(super) case: PathBuf,
    /// What to look for; several words are joined as if they were one query
    #[arg(required = true, value_name = "QUERY")]
    pub(super) query: Vec<String>,
    #[command(flatten)]
    pub(super) entries: Entries,
    /// Print how many there are instead, the number alone on the last line
    #[arg(long)]
    pub(super) count: bool,
    /// Print how many there are in each of N equal parts of their time
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "24", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) histogram: Option<u16>,
    /// Do not use the index of words
    #[arg(long, hide = true)]
    pub(super) no_index: bool,
}

#[derive(Debug, Group)]
pub(super) struct Timeline {
    /// Directory of the case
    #[arg(value_name = "DIR")]
    pub(super) case: PathBuf,
    /// Only entries that fit, as `search` takes it
    #[arg(long, value_name = "QUERY")]
    pub(super) query: Option<String>,
    /// Not before TIME
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    pub(super) since: Option<i64>,
    /// Not after TIME
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    pub(super) until: Option<i64>,
    #[command(flatten)]
    pub(super) entries: Entries,
    /// Every entry, repeats too (Timesketch's formats always hold every entry)
    #[arg(long)]
    pub(super) all: bool,
    /// Entries side by side, one column for each
    #[arg(long, value_name = "WHAT")]
    pub(super) columns: Option<Column>,
    /// Characters of a line, with --columns
    #[arg(long, value_name = "N", default_value_t = 160)]
    pub(super) width: usize,
}

#[derive(Debug, Group)]
pub(super) struct Entity {
    /// Directory of the case
    #[arg(value_name = "DIR")]
    pub(super) case: PathBuf,
    /// Name of a node, pod (with or without its namespace), address, volume, instance
    pub(super) name: String,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Group)]
pub(super) struct Note {
    /// Directory of the case
    #[arg(value_name = "DIR")]
    pub(super) case: PathBuf,
    #[command(subcommand)]
    pub(super) action: NoteAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum NoteAction {
    /// Put a note on an entry or a finding: a bookmark if nothing else is said
    Add {
        /// f1, PATH:LINE, or SOURCE@OFFSET
        target: String,
        /// A remark
        #[arg(long, value_name = "TEXT")]
        comment: Vec<String>,
        /// A word to search by: tag:WORD
        #[arg(long, value_name = "WORD")]
        tag: Vec<String>,
    },
    /// List all notes
    List,
    /// Write all notes with the texts they are about
    Export {
        /// How to write them
        #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
        format: NoteFormat,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EntryFormat {
    /// One line each, for people
    Text,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// CSV with the columns that Timesketch takes
    TimesketchCsv,
    /// JSON lines with the members that Timesketch takes
    TimesketchJsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NoteFormat {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Column {
    /// By node
    Node,
    /// By pod
    Pod,
    /// By program
    Component,
    /// By source
    Source,
}

#[derive(Debug, Group)]
pub(super) struct Sources {
    #[command(flatten)]
    pub(super) reading: Reading,
    /// Show which lines of other files decided the clocks of the files whose path fits GLOB
    #[arg(long, value_name = "GLOB", conflicts_with = "format")]
    pub(super) explain_clock: Option<String>,
    /// How to report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: ListFormat,
}

#[derive(Debug, Group)]
pub(super) struct Explain {
    /// The cause, as reports name it: split-brain
    pub(super) cause: String,
    /// Further patterns, on top of those in the program; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) patterns: Vec<PathBuf>,
}

#[derive(Debug, Group)]
pub(super) struct Patterns {
    #[command(subcommand)]
    pub(super) action: PatternsAction,
    /// Further patterns, on top of those in the program; may be repeated
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) patterns: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum PatternsAction {
    /// List the root causes that are looked for
    List,
    /// Check every pattern file; errors are shown with their place
    Check,
    /// Run every example, near miss and story in the pattern files
    Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON object, schema necropsy.report/1
    Json,
    /// One finding a line
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Text,
    /// A JSON array
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}
