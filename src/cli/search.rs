//! `search` and `timeline`.
//!
//! In: arguments. Out: entries of a case, and an exit code. Must not know: how entries are found.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufWriter, Write};

use super::DONE;
use super::args::{Column, EntryFormat, Search as Args, Timeline};
use super::failure::Failure;
use crate::case::{Case, Dated, Facet, Row, Search, Texts, notes::What};
use crate::decode::lossy;
use crate::query::{Query, parse};
use crate::report::entries::{self, Lanes, Shape, Shown, stamp};
use crate::report::escape::escaped;
use crate::time::SECOND;

/// Hits asked for at once.
const PAGE: usize = 4096;
/// Entries like an earlier one are told with it if they follow so soon.
const FOLD_NS: i64 = 10 * SECOND;
/// Entries that wait for others like them.
const WAITING: usize = 512;
/// Lanes side by side.
const MAX_LANES: usize = 8;
/// Characters of the longest bar.
const BAR: u64 = 60;

impl From<EntryFormat> for Shape {
    fn from(format: EntryFormat) -> Self {
        match format {
            EntryFormat::Text => Self::Text,
            EntryFormat::Jsonl => Self::Jsonl,
            EntryFormat::Csv => Self::Csv,
            EntryFormat::TimesketchCsv => Self::TimesketchCsv,
            EntryFormat::TimesketchJsonl => Self::TimesketchJsonl,
        }
    }
}

/// A query as typed.
fn query(text: &str) -> Result<Query, Failure> {
    parse(text).map_err(|fault| Failure::new(fault.to_string().split('\n').map(escaped).collect::<Vec<_>>().join("\n")))
}

/// Says where the index of words could not be read.
fn tell_trouble(case: &Case, err: &mut dyn Write) -> Result<(), Failure> {
    if let Some(trouble) = case.trouble() {
        writeln!(
            err,
            "necropsy: {}; `necropsy ingest --case {}` builds it anew",
            escaped(&trouble),
            escaped(&case.directory().display().to_string())
        )?;
    }
    Ok(())
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    let query = query(&args.query.join(" "))?;
    let mut case = Case::open(&args.case)?;
    if args.no_index {
        case = case.without_index();
    }
    let search = case.search(&query)?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    if let Some(buckets) = args.histogram {
        histogram(&search, usize::from(buckets), &mut out)?;
    }
    if args.count {
        writeln!(out, "{}", search.count()?)?;
    } else if args.histogram.is_none() {
        let shape = Shape::from(args.entries.format);
        let mut teller = Teller::new(&case);
        entries::head(shape, &mut out)?;
        each(&case, &search, args.entries.limit, |_, row| {
            entries::write(shape, &teller.shown(row, 1, None)?, &mut out)?;
            Ok(())
        })?;
    }
    out.flush()?;
    drop(out);
    tell_trouble(&case, err)?;
    Ok(DONE)
}

/// Hands the hits to `take`, page by page.
fn each(case: &Case, search: &Search<'_>, limit: Option<usize>, mut take: impl FnMut(usize, Row) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut position = 0;
    if left > PAGE {
        // All texts that have to be read are read by all threads first.
        search.count()?;
    }
    while left > 0 && position < case.rows() {
        let hits = search.hits(position, left.min(PAGE))?;
        let Some((last, _)) = hits.last() else { break };
        position = last + 1;
        left -= hits.len();
        for (position, row) in hits {
            take(position, row)?;
        }
    }
    Ok(())
}

fn histogram(search: &Search<'_>, buckets: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let Some((first, last)) = search.reach()? else { return Ok(()) };
    let width = ((last - first) / buckets as i64 + 1).max(1);
    let counts = search.histogram(first, first.saturating_add(width.saturating_mul(buckets as i64)), buckets)?;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    for (at, count) in counts.iter().enumerate() {
        let bar = "█".repeat((count * BAR).div_ceil(most) as usize);
        let time = stamp(first.saturating_add(width.saturating_mul(at as i64)));
        writeln!(out, "{}  {count:>9}  {bar}", time.get(..23).unwrap_or(&time).replace('T', " "))?;
    }
    Ok(())
}

/// Makes entries ready to be written.
struct Teller<'c> {
    case: &'c Case,
    texts: Texts<'c>,
    tags: BTreeMap<Row, Vec<String>>,
}

impl<'c> Teller<'c> {
    fn new(case: &'c Case) -> Self {
        let mut tags: BTreeMap<Row, Vec<String>> = BTreeMap::new();
        for note in case.notes().unwrap_or_default() {
            if let (What::Tag(tag), Some(row)) = (&note.what, note.row(case)) {
                tags.entry(row).or_default().push(tag.clone());
            }
        }
        Self { case, texts: case.reader(), tags }
    }

    fn shown(&mut self, row: Row, count: u64, until: Option<i64>) -> Result<Shown<'c>, Failure> {
        let entry = self.case.entry(row);
        let (path, line) = self.case.place(row);
        let raw = self.texts.text(row)?;
        let (text, headline) = (lossy(raw).into_owned(), self.case.headline(row, raw));
        let named = |name: &'c str| Some(name).filter(|name| !name.is_empty());
        Ok(Shown {
            time: entry.time,
            dated: match entry.dated {
                Dated::Own | Dated::Envelope => None,
                Dated::Before => Some("as the entry before"),
                Dated::After => Some("as the entry after"),
                Dated::Never => Some("never"),
            },
            id: format!("{}@{}", entry.source, entry.offset),
            source: path,
            line,
            offset: entry.offset,
            severity: entry.severity.map(crate::severity::Severity::name),
            component: entry.component.map(crate::component::Component::name),
            node: named(entry.node),
            pod: named(entry.pod),
            signals: entry.signals,
            tags: self.tags.get(&row).cloned().unwrap_or_default(),
            count,
            until,
            headline,
            text,
        })
    }
}

/// Entries that are alike.
struct Group {
    row: Row,
    key: (usize, u32),
    last: i64,
    count: u64,
}

pub(super) fn timeline(args: &Timeline, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    let mut parts: Vec<Query> = args.query.as_deref().map(query).transpose()?.into_iter().collect();
    if args.since.is_some() || args.until.is_some() {
        parts.push(Query::Time(args.since.unwrap_or(i64::MIN), args.until.unwrap_or(i64::MAX)));
    }
    let query = if parts.is_empty() { Query::All } else { Query::And(parts) };
    let case = Case::open(&args.case)?;
    let search = case.search(&query)?;
    let shape = Shape::from(args.entries.format);
    let lanes = args.columns.map(|column| Ok::<_, Failure>((column, lanes(&case, &search, column, args.width)?))).transpose()?;
    let folds = !args.all && !matches!(shape, Shape::TimesketchCsv | Shape::TimesketchJsonl);
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match &lanes {
        Some((_, lanes)) => lanes.head(&mut out)?,
        None => entries::head(shape, &mut out)?,
    }
    let mut teller = Teller::new(&case);
    let mut undated = 0_u64;
    let mut left = args.entries.limit.unwrap_or(usize::MAX);
    let mut tell = |group: &Group, out: &mut dyn Write| -> Result<(), Failure> {
        if left == 0 {
            return Ok(());
        }
        left -= 1;
        let shown = teller.shown(group.row, group.count, (group.count > 1).then_some(group.last))?;
        match &lanes {
            Some((column, lanes)) => lanes.write(lane(&shown, *column), &shown, out)?,
            None => undated += u64::from(!entries::write(shape, &shown, out)?),
        }
        Ok(())
    };
    let mut open: VecDeque<Group> = VecDeque::new();
    // Folding makes fewer lines of more entries.
    let limit = args.entries.limit.filter(|_| !folds);
    let mut told = 0_usize;
    each(&case, &search, limit, |_, row| {
        if args.entries.limit.is_some_and(|limit| told >= limit) {
            return Ok(());
        }
        let entry = case.entry(row);
        let time = entry.time.unwrap_or(i64::MAX);
        let key = (entry.source, entry.template);
        let near = |last: i64| time.saturating_sub(last) <= FOLD_NS;
        if folds
            && entry.template != 0
            && entry.time.is_some()
            && let Some(group) = open.iter_mut().find(|group| group.key == key && near(group.last))
        {
            (group.count, group.last) = (group.count + 1, time);
            return Ok(());
        }
        while open.front().is_some_and(|group| !folds || open.len() >= WAITING || !near(group.last)) {
            if let Some(group) = open.pop_front() {
                tell(&group, &mut out)?;
                told += 1;
            }
        }
        open.push_back(Group { row, key, last: time, count: 1 });
        Ok(())
    })?;
    for group in &open {
        tell(group, &mut out)?;
    }
    out.flush()?;
    drop(out);
    tell_trouble(&case, err)?;
    if undated > 0 {
        writeln!(err, "necropsy: {undated} entries have no time and were left out: Timesketch takes none without")?;
    }
    Ok(DONE)
}

fn lane<'a>(shown: &Shown<'a>, column: Column) -> &'a str {
    match column {
        Column::Node => shown.node.unwrap_or_default(),
        Column::Pod => shown.pod.unwrap_or_default(),
        Column::Component => shown.component.unwrap_or_default(),
        Column::Source => shown.source,
    }
}

/// A lane for each of the most frequent names, by name.
fn lanes(case: &Case, search: &Search<'_>, column: Column, page: usize) -> Result<Lanes, Failure> {
    let facet = match column {
        Column::Node => Facet::Node,
        Column::Pod => Facet::Pod,
        Column::Component => Facet::Component,
        Column::Source => Facet::Source,
    };
    let mut names: Vec<String> = case.facets(facet, Some(search), MAX_LANES)?.into_iter().map(|(name, _)| name).collect();
    names.sort();
    Ok(Lanes::new(names, page))
}
