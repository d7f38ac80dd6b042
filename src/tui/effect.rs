//! Effects: what the UI asks of the world, and the answers that a case alone can give.
//!
//! In: an effect, a case. Out: a message for [`update`](super::update). Must not know: the model, threads, terminals.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::export;
use super::histogram::Histogram;
use super::input::Input;
use super::lane::{self, Lane};
use super::state::State;
use super::story::{self, Story};
use super::text::short;
use crate::case::notes::{self, Note, What};
use crate::case::{Pace, Case, Dated, Facet, Life, Row};
use crate::decode::lossy;
use crate::query::{Query, parse};
use crate::report::entries::stamp;
use crate::severity::Severity;
use crate::time::human;

/// Longest headline that is kept.
const MAX_HEADLINE: usize = 4096;
/// Lines of a record, and characters of a line, that the detail pane holds.
const MAX_LINES: usize = 2000;
const MAX_LINE: usize = 16 << 10;
/// Hits taken at once.
const PAGE: usize = 1 << 18;
/// Names of one kind that completion offers.
const MAX_NAMES: usize = 500;
/// Signals of a life that are listed.
const MAX_SIGNALS: usize = 500;

/// Tells answers to the question that was asked last from those to earlier ones.
pub(super) type Ticket = u64;

/// What the UI asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// Headlines of rows.
    Texts(Vec<Row>),
    /// A record in full.
    Detail(Row),
    /// Everything about a name.
    Life(Ticket, String),
    /// The positions that fit; `None` of a query: all.
    Filter(Ticket, Option<Query>),
    /// The positions that fit.
    Search(Ticket, Query),
    /// How many fit.
    Count(Ticket, Query),
    /// The next position that fits, or the one before.
    Step(Ticket, Query, usize, bool, &'static str),
    /// Counts by time and severity.
    Histogram(Ticket, Option<Query>, (i64, i64), usize),
    /// Names for completion, lanes, entities.
    Survey,
    /// Columns for the side-by-side view.
    Names(Facet, Option<Query>),
    /// Put a note on a finding (`f1`) or an entry (`SOURCE@OFFSET`).
    Note(String, What),
    /// Write a text into a new file.
    Export(PathBuf, Exported),
    /// Put a text on the clipboard.
    Copy(String),
    /// Keep a temporary case.
    Keep(PathBuf),
    /// Keep the state of the view in the case.
    Save(Box<State>),
    /// Stop reading.
    Cancel,
    /// Stop searching, filtering, jumping.
    Halt,
    /// Stop counting.
    HaltCount,
    /// Back to the shell for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

/// What is exported.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Exported {
    /// A story, by its place in the report.
    Story(usize),
    /// Entries.
    Rows(Vec<Row>),
    /// All notes.
    Notes,
}

/// Everything that can happen.
#[derive(Debug)]
pub(super) enum Message {
    Input(Input),
    /// The files that are being read, with their bytes.
    Listed(Vec<(String, u64)>),
    /// A step of reading, bytes done, bytes in all.
    Progress(String, u64, u64),
    /// All is read.
    Ready,
    /// A case, and what a first look takes.
    Opened(Box<Loaded>),
    /// The rest of it.
    Read(Box<Whole>),
    /// Nothing can be shown.
    Broken(String),
    Texts(Vec<(Row, Headline)>),
    Detail(Row, Detail),
    Lived(Ticket, Vec<Lived>),
    Filtered(Ticket, Result<Option<Arc<[u32]>>, String>),
    Searched(Ticket, Result<Arc<[u32]>, String>),
    Counted(Ticket, Result<u64, String>),
    Stepped(Ticket, Result<Option<usize>, String>, &'static str),
    Histogram(Ticket, Histogram),
    Surveyed(Box<Survey>),
    Names(Facet, Vec<String>),
    /// A note was made: the case that knows it, and all notes.
    Noted(Arc<Case>, Vec<Noted>),
    /// A search has looked at so many entries of so many; nothing: none goes on.
    Pace(Option<(u64, u64)>),
    /// Something was done, or could not be.
    Said(Result<String, String>),
    /// The temporary case lies here now.
    Kept(PathBuf),
}

/// A case and what is told at once.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) case: Arc<Case>,
    /// The findings, the first few in full.
    pub(super) stories: Vec<Story>,
    /// First and last time.
    pub(super) reach: Option<(i64, i64)>,
    /// Entries with a time.
    pub(super) dated: usize,
    pub(super) state: Option<State>,
}

/// What is told as soon as it is read.
#[derive(Debug)]
pub(super) struct Whole {
    /// The case that it is about.
    pub(super) case: Arc<Case>,
    /// The findings in full.
    pub(super) stories: Vec<Story>,
    pub(super) caveat: Option<String>,
    /// Rows that are cited, and the findings that do.
    pub(super) evidence: BTreeMap<Row, Vec<String>>,
    pub(super) notes: Vec<Noted>,
}

/// A note and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Noted {
    pub(super) note: Note,
    pub(super) row: Option<Row>,
    pub(super) finding: Option<String>,
    pub(super) place: String,
}

/// What an entry says in one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Headline {
    /// As it stands.
    pub(super) text: String,
    /// Without stamp and header.
    pub(super) message: String,
    /// Further lines of the record.
    pub(super) more: usize,
}

/// A record in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Detail {
    pub(super) lines: Vec<String>,
    pub(super) parts: Vec<(String, String)>,
    /// Doubt and the like.
    pub(super) facts: Vec<(String, String)>,
}

/// A line of what is known of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lived {
    pub(super) text: String,
    pub(super) is_title: bool,
    /// An entry, or a finding by its id.
    pub(super) row: Option<Row>,
    pub(super) finding: Option<String>,
    /// From where to where it goes on, for a bar.
    pub(super) bar: Option<(i64, i64, bool)>,
}

/// What takes a moment to find out.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Values by field, the most frequent first.
    pub(super) names: BTreeMap<&'static str, Vec<String>>,
    pub(super) lanes: Vec<Lane>,
    /// Kind, name, signals about it.
    pub(super) entities: Vec<(String, String, u64)>,
}

/// Opens a case with what is told at once.
pub(super) fn load(directory: &Path) -> Result<Loaded, String> {
    let told = |fault: crate::case::Fault| fault.to_string();
    let case = Arc::new(Case::open(directory).map_err(told)?);
    let stories = match case.headlines_as() {
        Some(stories) => stories,
        None => case.report_as::<story::Findings>().map_err(told)?.findings,
    };
    let dated = case.position_of_time(i64::MAX);
    let reach = case.time_at(0).zip(dated.checked_sub(1).and_then(|last| case.time_at(last)));
    let state = State::read(case.directory());
    Ok(Loaded { case, stories, reach, dated, state })
}

/// Reads the rest.
pub(super) fn read(case: &Arc<Case>) -> Result<Whole, String> {
    let told = |fault: crate::case::Fault| fault.to_string();
    let story::Findings { findings: stories, caveat } = case.report_as().map_err(told)?;
    let mut evidence: BTreeMap<Row, Vec<String>> = BTreeMap::new();
    for story in &stories {
        for line in story.steps.iter().flat_map(|step| &step.evidence) {
            if let Some(row) = case.row_of_evidence(&line.place()) {
                let ids = evidence.entry(row).or_default();
                if !ids.contains(&story.id) {
                    ids.push(story.id.clone());
                }
            }
        }
    }
    Ok(Whole { stories, caveat, evidence, notes: all_notes(case).map_err(told)?, case: Arc::clone(case) })
}

fn all_notes(case: &Case) -> Result<Vec<Noted>, crate::case::Fault> {
    Ok(case.notes()?.iter().map(|note| noted(case, note)).collect())
}

fn noted(case: &Case, note: &Note) -> Noted {
    let row = note.row(case);
    let finding = note.finding(case).map(str::to_owned);
    let place = match (&note.on, row) {
        (_, Some(row)) => {
            let (path, line) = case.place(row);
            format!("{path}:{line}")
        }
        (notes::Target::Entry(mark), None) => format!("{}:{} (no longer in the case)", mark.path, mark.line),
        (notes::Target::Finding { cause, .. }, None) => finding.as_ref().map_or_else(|| cause.clone(), |id| format!("{id} {cause}")),
    };
    Noted { note: note.clone(), row, finding, place }
}

/// Answers an effect that concerns a case alone; `now` dates notes, `pace` tells how far a search is and ends it. `None`: somebody else has to.
pub(super) fn answer(case: &Arc<Case>, effect: Effect, now: i64, pace: &Arc<Pace>) -> Option<Message> {
    let told = |fault: crate::case::Fault| fault.to_string();
    Some(match effect {
        Effect::Texts(rows) => Message::Texts(texts(case, rows)),
        Effect::Detail(row) => Message::Detail(row, detail(case, row)),
        Effect::Life(ticket, name) => Message::Lived(ticket, life(case, &name)),
        Effect::Filter(ticket, None) => Message::Filtered(ticket, Ok(None)),
        Effect::Filter(ticket, Some(query)) => Message::Filtered(ticket, positions(case, &query, pace).map(Some)),
        Effect::Search(ticket, query) => Message::Searched(ticket, positions(case, &query, pace)),
        Effect::Count(ticket, query) => Message::Counted(ticket, case.search(&query).and_then(|search| search.paced(pace).count()).map_err(told)),
        Effect::Step(ticket, query, position, back, what) => Message::Stepped(ticket, step(case, &query, position, back, pace), what),
        Effect::Histogram(ticket, query, window, buckets) => Message::Histogram(ticket, counted(case, query.as_ref(), window, buckets, pace)),
        Effect::Survey => Message::Surveyed(Box::new(survey(case))),
        Effect::Names(facet, query) => Message::Names(facet, columns(case, facet, query)),
        Effect::Note(on, what) => match note(case, &on, what, now) {
            Ok((case, notes)) => Message::Noted(case, notes),
            Err(fault) => Message::Said(Err(fault.to_string())),
        },
        Effect::Export(path, what) => Message::Said(written(case, &path, what)),
        _ => return None,
    })
}

/// Cuts a text that is too long for a line.
fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_HEADLINE) {
        text.truncate(end);
    }
}

fn texts(case: &Case, mut rows: Vec<Row>) -> Vec<(Row, Headline)> {
    // Rows lie by source: texts that are near each other are read together.
    rows.sort_unstable();
    let told = case.told(&rows);
    let lines = rows.into_iter().zip(told).map(|(row, told)| match told {
        Ok((mut text, mut message, more)) => {
            cut(&mut text);
            cut(&mut message);
            (row, Headline { text, message, more })
        }
        Err(fault) => {
            let text = format!("[{}]", fault.what());
            (row, Headline { message: text.clone(), text, more: 0 })
        }
    });
    lines.collect()
}

fn detail(case: &Case, row: Row) -> Detail {
    let entry = case.entry(row);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    let (path, line) = case.place(row);
    fact("place", format!("{path}:{line}"));
    let about = case.sources().get(entry.source).map(|held| &held.about);
    let text = |pointer: &str| about.and_then(|about| about.pointer(pointer)).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let doubt = case.doubt(&entry);
    let dated = match entry.dated {
        Dated::Own => "its own stamp",
        Dated::Envelope => "the stamp of its envelope",
        Dated::Before => "it states no time: that of the entry before",
        Dated::After => "it states no time: that of the entry after",
        Dated::Never => "nobody says when",
    };
    let zone = text("/clock/zone");
    let clock = if zone.is_empty() { String::new() } else { format!(", zone {zone} ({})", text("/clock/zone_basis")) };
    let doubt = if doubt > 0 { format!(", ±{}", human(doubt)) } else { String::new() };
    fact("time", format!("{}{dated}{clock}{doubt}", entry.time.map(|time| format!("{}  ", stamp(time))).unwrap_or_default()));
    fact("severity", entry.severity.map(|severity| severity.name().to_owned()).unwrap_or_default());
    fact("component", entry.component.map(|component| component.name().to_owned()).unwrap_or_default());
    fact("node", entry.node.to_owned());
    fact("pod", entry.pod.to_owned());
    fact("format", text("/format"));
    fact("signals", entry.signals.join(" "));
    fact("about", entry.about.iter().map(|(kind, name)| format!("{kind}={name}")).collect::<Vec<_>>().join("  "));
    match case.text(row) {
        Ok(text) => {
            let short = |line: &[u8]| lossy(line.get(..MAX_LINE).unwrap_or(line)).into_owned();
            let mut lines: Vec<String> = text.split(|byte| *byte == b'\n').take(MAX_LINES).map(short).collect();
            let all = memchr::memchr_iter(b'\n', &text).count() + 1;
            if all > MAX_LINES {
                lines.push(format!("… {} more lines", all - MAX_LINES));
            }
            let mut parts = case.parts(row, &text).unwrap_or_default();
            parts.truncate(MAX_LINES);
            for (_, value) in &mut parts {
                cut(value);
            }
            Detail { lines, parts, facts }
        }
        Err(fault) => Detail { lines: fault.to_string().lines().map(str::to_owned).collect(), parts: Vec::new(), facts },
    }
}

/// The positions that fit, in order of time.
fn positions(case: &Case, query: &Query, pace: &Arc<Pace>) -> Result<Arc<[u32]>, String> {
    let found = || -> Result<Vec<u32>, crate::case::Fault> {
        let search = case.search(query)?.paced(pace);
        let mut all = Vec::with_capacity(search.count()? as usize);
        let mut position = 0;
        loop {
            let hits = search.hits(position, PAGE)?;
            let Some((last, _)) = hits.last() else { return Ok(all) };
            position = last + 1;
            all.extend(hits.iter().map(|(position, _)| *position as u32));
            if hits.len() < PAGE {
                return Ok(all);
            }
        }
    };
    found().map(Arc::from).map_err(|fault| fault.to_string())
}

fn step(case: &Case, query: &Query, position: usize, back: bool, pace: &Arc<Pace>) -> Result<Option<usize>, String> {
    let search = case.search(query).map_err(|fault| fault.to_string())?.paced(pace);
    let hits = if back { search.hits_before(position, 1) } else { search.hits(position.saturating_add(1), 1) };
    hits.map(|hits| hits.first().map(|(position, _)| *position)).map_err(|fault| fault.to_string())
}

fn counted(case: &Case, query: Option<&Query>, (from, to): (i64, i64), buckets: usize, pace: &Arc<Pace>) -> Histogram {
    let all = match query {
        None => Ok(case.histogram(from, to, buckets)),
        Some(query) => case.search(query).and_then(|search| search.paced(pace).histogram(from, to, buckets)),
    };
    let of = |least: Severity, most: u8| {
        let severity = Query::Severity(least.number(), most);
        let query = query.map_or(severity.clone(), |query| Query::And(vec![query.clone(), severity]));
        case.search(&query).and_then(|search| search.paced(pace).histogram(from, to, buckets)).unwrap_or_default()
    };
    Histogram { from, to, all: all.unwrap_or_default(), warn: of(Severity::WARN, 16), error: of(Severity::ERROR, 24) }
}

fn columns(case: &Case, facet: Facet, query: Option<Query>) -> Vec<String> {
    let search = query.and_then(|query| case.search(&query).ok());
    let mut names: Vec<String> = case.facets(facet, search.as_ref()).unwrap_or_default().into_iter().take(6).map(|(name, _)| name).collect();
    names.sort();
    names
}

fn survey(case: &Case) -> Survey {
    let mut names = BTreeMap::new();
    let fields = [
        ("node", Facet::Node),
        ("pod", Facet::Pod),
        ("component", Facet::Component),
        ("source", Facet::Source),
        ("signal", Facet::Signal),
        ("format", Facet::Format),
    ];
    for (field, facet) in fields {
        let values = case.facets(facet, None).unwrap_or_default();
        names.insert(field, values.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).take(MAX_NAMES).collect());
    }
    names.insert("severity", ["error", "warning", "info", "fatal", "debug", "trace"].map(str::to_owned).to_vec());
    let signals = case.signals().unwrap_or_default();
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (kind, name) in signals.iter().flat_map(|seen| &seen.entities) {
        if kind != "source" && !name.is_empty() {
            *counts.entry((kind, name)).or_default() += 1;
        }
    }
    let mut entities: Vec<(String, String, u64)> =
        counts.iter().map(|((kind, name), count)| ((*kind).to_owned(), (*name).to_owned(), *count)).collect();
    entities.sort_by_key(|(kind, name, count)| (lane::rank(kind), kind.clone(), std::cmp::Reverse(*count), name.clone()));
    let mut about: Vec<String> = entities.iter().take(MAX_NAMES).map(|(_, name, _)| name.clone()).collect();
    about.dedup();
    names.insert("entity", about);
    let findings = case.findings().unwrap_or_default();
    names.insert("finding", findings.iter().map(|finding| finding.id.clone()).collect());
    Survey { names, lanes: lane::lanes(case), entities }
}

fn note(case: &Case, on: &str, what: What, now: i64) -> Result<(Arc<Case>, Vec<Noted>), crate::case::Fault> {
    let on = notes::target(case, on)?;
    notes::add(case.directory(), &Note { at: stamp(now), what, on })?;
    let case = Arc::new(Case::open(case.directory())?);
    let notes = all_notes(&case)?;
    Ok((case, notes))
}

fn life(case: &Case, name: &str) -> Vec<Lived> {
    let plain = |text: String| Lived { text, is_title: false, row: None, finding: None, bar: None };
    let title = |text: &str| Lived { is_title: true, ..plain(text.to_owned()) };
    let life = match case.life(name) {
        Ok(Some(life)) => life,
        Ok(None) => return vec![plain("nothing more is known of it".into())],
        Err(fault) => return vec![plain(fault.to_string())],
    };
    let Life { names, states, signals, findings, sources, .. } = life;
    let clock = |ns: i64| stamp(ns).get(..19).unwrap_or_default().replace('T', " ");
    let mut told = vec![title("Names")];
    told.extend(names.iter().map(|name| {
        let used = name.used.map_or_else(|| "no signal uses it".to_owned(), |(first, last)| format!("{} – {}", clock(first), clock(last)));
        plain(format!("{:<10} {}  ({used})", name.kind, name.name))
    }));
    if !findings.is_empty() {
        told.push(title("Findings"));
        told.extend(findings.iter().map(|finding| Lived {
            finding: Some(finding.id.clone()),
            ..plain(format!("{:<4} {:<9} {:<15} {}", finding.id, finding.severity, finding.verdict, finding.title))
        }));
    }
    if !states.is_empty() {
        told.push(title("States"));
        told.extend(states.iter().map(|state| {
            let open = if state.end_seen { "" } else { "+" };
            Lived {
                bar: Some((state.start, state.end, state.end_seen)),
                row: state.lines.first().and_then(|(source, offset)| case.row_of(*source as usize, *offset)),
                ..plain(format!("{}  {}{open}  {}", clock(state.start), human(state.end.saturating_sub(state.start)), state.title))
            }
        }));
    }
    if !signals.is_empty() {
        told.push(title("Signals"));
        told.extend(signals.iter().take(MAX_SIGNALS).map(|(seen, row)| {
            let (path, number) = row.map_or(("", seen.line), |row| case.place(row));
            let time = seen.time.map_or_else(|| "-".to_owned(), |time| stamp(time).get(..23).unwrap_or_default().replace('T', " "));
            Lived { row: *row, ..plain(format!("{time}  {:<28} {}", seen.signal, short(path, number, 40))) }
        }));
        if signals.len() > MAX_SIGNALS {
            told.push(plain(format!("and {} more: f filters the timeline", signals.len() - MAX_SIGNALS)));
        }
    }
    if !sources.is_empty() {
        told.push(title("Sources that it wrote"));
        told.extend(sources.iter().map(|path| plain((*path).to_owned())));
    }
    told
}

/// Writes a new file; none is ever replaced.
fn written(case: &Case, path: &Path, what: Exported) -> Result<String, String> {
    let text = export::markdown(case, what).map_err(|fault| fault.to_string())?;
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    file.write_all(text.as_bytes()).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    Ok(format!("written to {}", path.display()))
}

/// What a person typed, as a query.
pub(super) fn asked(text: &str) -> Result<Query, String> {
    parse(text).map_err(|fault| format!("{}: {}", fault.what, fault.help))
}
