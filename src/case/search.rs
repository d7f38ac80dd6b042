//! Search: which entries a query asks for.
//!
//! In: a query, a case. Out: a [`Search`]: rows by position, counts. Must not know: how queries are typed, how hits are shown.
//!
//! Every part of a query becomes a set of rows that may fit. Columns tell exactly; the index of words tells some exactly, and where it does not, or is
//! not there, texts of the rows that are left are read, in the order in which they are asked for.

use std::sync::OnceLock;

use std::sync::{Arc, PoisonError};

use rayon::prelude::*;

use super::bits::Bits;
use super::build::UNDATED;
use super::fault::Fault;
use super::{Case, Row, Texts, column};
use crate::component::Component;
use crate::decode::frame::Carry;
use crate::decode::{Body, Entry, FORMATS, Framer, Head};
use crate::query::words::{contains, typed};
use crate::query::{Field, Pattern, Query};

/// Rows whose texts are read by one thread at a time.
const TASK_ROWS: usize = 32 << 10;
/// Framings that are remembered.
const MAX_FRAMERS: usize = 4096;
/// Bytes of a source by which its framing is known.
const SAMPLE_BYTES: u64 = 256 << 10;

/// Parts of records that formats spell in their own way: the text may hold other words.
const DERIVED: &[&str] = &["kind", "namespace", "type", "first", "last", "count", "repeated_for", "reporter", "uid"];

/// A query applied to a case.
#[derive(Debug)]
pub struct Search<'c> {
    case: &'c Case,
    root: Node,
    exact: OnceLock<Bits>,
    /// Hits in order of time, where they are few.
    sorted: OnceLock<Vec<(i64, Row)>>,
}

/// A part of a query.
#[derive(Debug)]
struct Node {
    /// Rows that may fit.
    bits: Bits,
    /// How to tell whether a row does; `None`: it does.
    check: Option<Check>,
}

#[derive(Debug)]
enum Check {
    Words(Vec<String>, bool),
    Part(String, Pattern),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

impl Case {
    /// Applies a query.
    ///
    /// # Errors
    ///
    /// It names a finding that the case does not have, or a file of the case cannot be read.
    pub fn search(&self, query: &Query) -> Result<Search<'_>, Fault> {
        Ok(Search { case: self, root: Compiler { case: self }.node(query)?, exact: OnceLock::new(), sorted: OnceLock::new() })
    }

    /// The span of time of a finding, by its id or its cause: nanoseconds since the epoch.
    pub fn time_of_finding(&self, name: &str) -> Result<(i64, i64), Fault> {
        let findings = self.findings()?;
        let found =
            findings.iter().find(|finding| finding.id.eq_ignore_ascii_case(name)).or_else(|| findings.iter().find(|finding| finding.cause == name));
        let Some(found) = found else {
            let known = findings.iter().take(20).map(|finding| format!("{} ({})", finding.id, finding.cause)).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "there are no findings in this case".to_owned() } else { format!("there are {known}") };
            return Err(Fault::new(format!("there is no finding `{name}`")).hint(known));
        };
        let moment = |text: &Option<String>| text.as_deref().and_then(|text| crate::query::moment(text, None)).map(|(moment, _)| moment);
        let start = moment(&found.start).or_else(|| moment(&found.end));
        let end = moment(&found.end).or(start);
        start.zip(end).ok_or_else(|| Fault::new(format!("nobody says when finding `{name}` was")))
    }
}

struct Compiler<'c> {
    case: &'c Case,
}

impl Compiler<'_> {
    fn rows(&self) -> usize {
        self.case.rows()
    }

    fn node(&self, query: &Query) -> Result<Node, Fault> {
        let exact = |bits| Ok(Node { bits, check: None });
        match query {
            Query::All => exact(Bits::all(self.rows())),
            Query::Words { words, prefix } => {
                let (bits, is_exact) = self.case.words().rows(self.rows(), words, *prefix);
                Ok(Node { bits, check: (!is_exact).then(|| Check::Words(words.clone(), *prefix)) })
            }
            Query::Severity(least, most) => exact(self.column(column::SEVERITY, |value| (i64::from(*least)..=i64::from(*most)).contains(&value))),
            Query::Time(from, to) => exact(self.time(*from, *to)),
            Query::Around(what, width) => {
                let (from, to) = self.case.time_of_finding(what)?;
                exact(self.time(from.saturating_sub(*width), to.saturating_add(*width)))
            }
            Query::Field(Field::Part(name), pattern) => Ok(self.part(name, pattern)),
            Query::Field(field, pattern) => exact(self.field(field, pattern)?),
            Query::And(all) => {
                let nodes = all.iter().map(|query| self.node(query)).collect::<Result<Vec<_>, _>>()?;
                let mut bits = Bits::all(self.rows());
                for node in &nodes {
                    bits.and(&node.bits);
                }
                let open: Vec<Node> = nodes.into_iter().filter(|node| node.check.is_some()).collect();
                Ok(Node { bits, check: (!open.is_empty()).then_some(Check::And(open)) })
            }
            Query::Or(any) => {
                let nodes = any.iter().map(|query| self.node(query)).collect::<Result<Vec<_>, _>>()?;
                let mut bits = Bits::none(self.rows());
                for node in &nodes {
                    bits.or(&node.bits);
                }
                let is_open = nodes.iter().any(|node| node.check.is_some());
                Ok(Node { bits, check: is_open.then_some(Check::Or(nodes)) })
            }
            Query::Not(query) => {
                let mut node = self.node(query)?;
                if node.check.is_some() {
                    // Whoever may fit may as well not.
                    return Ok(Node { bits: Bits::all(self.rows()), check: Some(Check::Not(Box::new(node))) });
                }
                node.bits.invert();
                Ok(node)
            }
        }
    }

    /// Rows whose value in a column fits.
    fn column(&self, number: usize, fits: impl Fn(i64) -> bool) -> Bits {
        let mut bits = Bits::none(self.rows());
        if let Some(values) = self.case.columns.get(number) {
            values.runs(|from, to, value| {
                if fits(value) {
                    bits.set_range(from, to);
                }
            });
        }
        bits
    }

    fn time(&self, from: i64, to: i64) -> Bits {
        let low = self.case.position_of_time(from);
        let high = if to >= UNDATED - 1 { self.case.position_of_time(UNDATED) } else { self.case.position_of_time(to + 1) };
        if high.saturating_sub(low) < self.rows() / 8 {
            let mut bits = Bits::none(self.rows());
            (low..high).filter_map(|position| self.case.row_at(position)).for_each(|row| bits.set(row as usize));
            return bits;
        }
        self.column(column::TIME, |time| time >= from && time <= to && time != UNDATED)
    }

    /// Rows whose name in a column fits.
    fn named(&self, number: usize, fits: impl Fn(&str) -> bool) -> Bits {
        let mut chosen = vec![false; self.case.names.len() + 1];
        let mut used = vec![false; self.case.names.len() + 1];
        if let Some(values) = self.case.columns.get(number) {
            values.runs(|_, _, value| {
                if let Some(used) = used.get_mut(value as usize) {
                    *used = true;
                }
            });
        }
        for (at, chosen) in chosen.iter_mut().enumerate() {
            *chosen = used.get(at).copied().unwrap_or(false) && fits(self.case.names.get(at));
        }
        if !chosen.contains(&true) {
            return Bits::none(self.rows());
        }
        self.column(number, |value| chosen.get(value as usize).copied().unwrap_or(false))
    }

    fn sources(&self, fits: impl Fn(&super::Held) -> bool) -> Bits {
        let mut bits = Bits::none(self.rows());
        for source in self.case.sources().iter().filter(|source| fits(source)) {
            bits.set_range(source.first as usize, (source.first + source.rows) as usize);
        }
        bits
    }

    fn field(&self, field: &Field, pattern: &Pattern) -> Result<Bits, Fault> {
        let lines = |text: &str, kind: Option<&str>, fits: &dyn Fn(&str) -> bool| {
            text.lines().filter_map(|line| line.split_once('=')).any(|(known, name)| kind.is_none_or(|kind| kind == known) && fits(name))
        };
        Ok(match field {
            Field::Component => {
                let fits: Vec<bool> =
                    std::iter::once("").chain(Component::ALL.iter().map(|component| component.name())).map(|name| pattern.fits(name)).collect();
                self.column(column::COMPONENT, |value| fits.get(value as usize).copied().unwrap_or(false))
            }
            Field::Format => {
                let fits: Vec<bool> = FORMATS.iter().map(|format| pattern.fits(format.name())).collect();
                self.column(column::FORMAT, |value| fits.get(value as usize).copied().unwrap_or(false))
            }
            Field::Node | Field::Pod => {
                let (number, kind) = if *field == Field::Node { (column::NODE, "node") } else { (column::POD, "pod") };
                let aliases = self.aliases(kind, pattern)?;
                let fits = |name: &str| !name.is_empty() && (fits_name(pattern, name) || aliases.iter().any(|alias| alias == name));
                let mut bits = self.named(number, fits);
                bits.or(&self.named(column::ABOUT, |text| lines(text, Some(kind), &fits)));
                bits
            }
            Field::Namespace => self.named(column::POD, |name| name.split_once('/').is_some_and(|(namespace, _)| pattern.fits(namespace))),
            Field::Entity => {
                let mut bits = self.named(column::ABOUT, |text| lines(text, None, &|name| fits_name(pattern, name)));
                for number in [column::NODE, column::POD] {
                    bits.or(&self.named(number, |name| !name.is_empty() && fits_name(pattern, name)));
                }
                bits
            }
            Field::Signal => {
                let mut bits = self.named(column::SIGNALS, |text| text.lines().any(|signal| pattern.fits(signal)));
                for (_, source, offset) in self.case.manifest().derived.iter().filter(|(id, _, _)| pattern.fits(id)) {
                    if let Some(row) = self.case.row_of(*source as usize, *offset) {
                        bits.set(row as usize);
                    }
                }
                bits
            }
            Field::Container => {
                self.sources(|source| source.about.get("container").and_then(serde_json::Value::as_str).is_some_and(|name| pattern.fits(name)))
            }
            Field::Source => self.sources(|source| {
                let path = source.path.as_str();
                let ends = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
                std::iter::once(path).chain(ends).any(|end| pattern.fits(end))
            }),
            Field::Finding => {
                let mut bits = Bits::none(self.rows());
                let cited = self.case.findings()?.iter().filter(|finding| pattern.fits(&finding.id) || pattern.fits(&finding.cause));
                for line in cited.flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence) {
                    if let Some(row) = self.case.row_of_evidence(line) {
                        bits.set(row as usize);
                    }
                }
                bits
            }
            Field::Tag => {
                let mut bits = Bits::none(self.rows());
                for note in self.case.notes()?.iter().filter(|note| note.is_tag_that(|tag| pattern.fits(tag))) {
                    if let Some(row) = note.row(self.case) {
                        bits.set(row as usize);
                    }
                }
                bits
            }
            Field::Part(_) => Bits::all(self.rows()),
        })
    }

    /// Other names of what the pattern names.
    fn aliases(&self, kind: &str, pattern: &Pattern) -> Result<Vec<String>, Fault> {
        let states = self.case.states()?;
        let groups = states.aliases.iter().filter(|group| group.iter().any(|(_, name)| fits_name(pattern, name)));
        Ok(groups.flatten().filter(|(known, _)| known == kind).map(|(_, name)| name.clone()).collect())
    }

    /// Rows that hold the words of a value that stand whole in it; the rest is read.
    fn part(&self, name: &str, pattern: &Pattern) -> Node {
        let mut bits = Bits::all(self.rows());
        let check = Some(Check::Part(name.to_owned(), pattern.clone()));
        if DERIVED.contains(&name) {
            return Node { bits, check };
        }
        let stars = pattern.text().matches('*').count();
        for (at, piece) in pattern.text().split('*').enumerate() {
            let is_last = at == stars;
            let mut words = typed(piece);
            // A word at a star may go on beyond it.
            let touches = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            if at > 0 && touches(piece.chars().next()) && !words.is_empty() {
                words.remove(0);
            }
            if !is_last && touches(piece.chars().next_back()) {
                words.pop();
            }
            for word in words {
                bits.and(&self.case.words().rows(self.rows(), &[word], false).0);
            }
        }
        if name == "code" {
            // mysqld's JSON prints the number of the code only.
            bits.or(&self.column(column::FORMAT, |value| FORMATS.get(value as usize).is_some_and(|format| format.name() == "mysqld-json")));
        }
        Node { bits, check }
    }
}

/// Names of pods may be given without their namespace.
fn fits_name(pattern: &Pattern, name: &str) -> bool {
    pattern.fits(name) || name.split_once('/').is_some_and(|(_, short)| pattern.fits(short))
}

/// Tells whether rows fit, by their texts. One for each thread.
struct Judge<'c> {
    case: &'c Case,
    texts: Texts<'c>,
    framer: Option<((usize, usize), Arc<Framer>)>,
}

impl<'c> Judge<'c> {
    fn new(case: &'c Case) -> Self {
        Self { case, texts: case.reader(), framer: None }
    }

    fn holds(&mut self, node: &Node, row: Row) -> Result<bool, Fault> {
        if !node.bits.has(row as usize) {
            return Ok(false);
        }
        match &node.check {
            None => Ok(true),
            Some(Check::Words(words, prefix)) => Ok(contains(self.texts.text(row)?, words, *prefix)),
            Some(Check::Part(name, pattern)) => self.part(row, name, pattern),
            Some(Check::And(nodes)) => {
                for node in nodes {
                    if !self.holds(node, row)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Some(Check::Or(nodes)) => {
                for node in nodes {
                    if self.holds(node, row)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Some(Check::Not(node)) => Ok(!self.holds(node, row)?),
        }
    }

    /// How the source of a row is framed.
    fn framer(&mut self, row: Row) -> Result<Option<Arc<Framer>>, Fault> {
        let source = self.case.source_of(row);
        let Some(held) = self.case.sources().get(source) else { return Ok(None) };
        let Some((stretch, last)) = held.stretch(row) else { return Ok(None) };
        if self.framer.as_ref().is_none_or(|(known, _)| *known != (source, stretch)) {
            let known = || self.case.framers.lock().unwrap_or_else(PoisonError::into_inner);
            let cached = known().get(&(source, stretch)).map(Arc::clone);
            let framer = if let Some(framer) = cached {
                framer
            } else {
                let rows = held.stretches.get(stretch).map_or(0, |stretch| stretch.rows);
                let from = self.case.at(column::OFFSET, (last - rows) as usize) as u64;
                let framer = Arc::new(Framer::detect(self.texts.reader.read(source, held, stretch, from, from + SAMPLE_BYTES)?));
                let mut known = known();
                if known.len() < MAX_FRAMERS {
                    known.insert((source, stretch), Arc::clone(&framer));
                }
                framer
            };
            self.framer = Some(((source, stretch), framer));
        }
        Ok(self.framer.as_ref().map(|(_, framer)| Arc::clone(framer)))
    }

    fn part(&mut self, row: Row, name: &str, pattern: &Pattern) -> Result<bool, Fault> {
        let Some(framer) = self.framer(row)? else { return Ok(false) };
        let case = self.case;
        let text = self.texts.text(row)?;
        Ok(read(case, &framer, row, text, |body| {
            let fits = |value: &str| pattern.fits(value);
            body.fields.iter().any(|(known, value)| known.eq_ignore_ascii_case(name) && fits(value))
                || (name == "code" && body.code.as_deref().is_some_and(fits))
        }))
    }
}

/// Reads an entry in full again and hands its body to `take`.
fn read<T>(case: &Case, framer: &Framer, row: Row, text: &[u8], take: impl FnOnce(&Body<'_>) -> T) -> T {
    let piece = framer.piece(text, case.at(column::LINE, row as usize) as u64, 0, Carry::default(), true);
    let format = FORMATS.get(case.at(column::FORMAT, row as usize) as usize).copied();
    let context = case.name(column::CONTEXT, row as usize);
    let opening = piece.entries.first();
    let entry = Entry {
        format: format.or_else(|| opening.map(|opening| opening.format)).unwrap_or(&crate::decode::format::text::Text),
        head: opening.map_or_else(Head::default, |opening| opening.head),
        context: (!context.is_empty()).then_some(context.as_bytes()),
        text: piece.text.strip_suffix(b"\n").unwrap_or(&piece.text),
        line: 0,
        offset: 0,
        envelope: opening.and_then(|opening| opening.envelope).and_then(|at| piece.envelopes.get(at)),
    };
    take(&entry.format.body(&entry))
}

/// Formats whose first line says nothing: documents and objects.
const DOCUMENTS: &[&str] = &["json-document", "yaml-document", "json-lines", "audit-json"];

impl Case {
    /// What an entry says in one line, for lists: its first line, or for a document what its parts say.
    pub fn headline(&self, row: Row, text: &[u8]) -> String {
        let format = FORMATS.get(self.at(column::FORMAT, row as usize) as usize);
        let first = || text.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        if !format.is_some_and(|format| DOCUMENTS.contains(&format.name())) {
            return crate::decode::lossy(first()).into_owned();
        }
        let told = read(self, &Framer::detect(text), row, text, |body| {
            let part = |name: &str| body.field(name).unwrap_or_default().to_owned();
            let object =
                [part("kind"), [part("namespace"), part("name")].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/")];
            let parts = [
                part("reason"),
                object.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "),
                body.message.trim().to_owned(),
            ];
            parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ")
        });
        if told.is_empty() { crate::decode::lossy(first()).into_owned() } else { told }
    }
}

impl Case {
    /// The parts of an entry by the names that its format gives them, as queries take them: `code`, `err`, `reason`. `text` is that of the entry.
    pub fn parts(&self, row: Row, text: &[u8]) -> Result<Vec<(String, String)>, Fault> {
        let mut judge = Judge::new(self);
        let Some(framer) = judge.framer(row)? else { return Ok(Vec::new()) };
        Ok(read(self, &framer, row, text, |body| {
            let code = body.code.iter().map(|code| ("code".to_owned(), code.to_string()));
            code.chain(body.fields.iter().map(|(name, value)| (name.to_string(), value.to_string()))).collect()
        }))
    }

    /// What entries say in one line each: as it stands, and beside stamp, severity and other header parts; and how many lines follow. Rows that are
    /// near each other are quick.
    pub fn told(&self, rows: &[Row]) -> Vec<Result<(String, String, usize), Fault>> {
        let mut judge = Judge::new(self);
        let mut one = |row: Row| -> Result<(String, String, usize), Fault> {
            let text = judge.texts.text(row)?.to_vec();
            let (headline, more) = (self.headline(row, &text), memchr::memchr_iter(b'\n', &text).count());
            let format = FORMATS.get(self.at(column::FORMAT, row as usize) as usize);
            if format.is_some_and(|format| DOCUMENTS.contains(&format.name())) {
                return Ok((headline.clone(), headline, more));
            }
            let told = judge
                .framer(row)?
                .map(|framer| read(self, &framer, row, &text, |body| body.message.trim().lines().next().unwrap_or_default().to_owned()));
            // What klog prints as pairs stands behind the message and says as much.
            let rest = told.as_deref().filter(|told| !told.is_empty() && format.is_some_and(|format| format.name() == "klog")).and_then(|told| {
                let at = headline.find(told)?;
                let quoted = at.checked_sub(1).filter(|before| headline.as_bytes().get(*before) == Some(&b'"'));
                headline.get(quoted.unwrap_or(at)..).map(str::to_owned)
            });
            let message = rest.or(told.filter(|told| !told.is_empty())).unwrap_or_else(|| headline.clone());
            Ok((headline, message, more))
        };
        rows.iter().map(|row| one(*row)).collect()
    }
}

impl Search<'_> {
    /// The hits among the positions from `position` on, at most `most` of them, in order of time, source and place: positions and rows.
    pub fn hits(&self, position: usize, most: usize) -> Result<Vec<(usize, Row)>, Fault> {
        let mut judge = Judge::new(self.case);
        let mut hits = Vec::new();
        if let Some(exact) = self.exact.get().or(self.root.check.is_none().then_some(&self.root.bits)) {
            // Few hits are sorted, many are met on the way.
            if (exact.count() as usize) < self.case.rows() / 64 {
                let time = |row: Row| self.case.at(column::TIME, row as usize);
                let sorted = self.sorted.get_or_init(|| {
                    let mut rows: Vec<(i64, Row)> = exact.within(0, self.case.rows()).map(|row| (time(row), row)).collect();
                    rows.sort_unstable();
                    rows
                });
                let Some(from) = self.case.row_at(position).map(|row| (time(row), row)) else { return Ok(hits) };
                let chosen = sorted.get(sorted.partition_point(|hit| *hit < from)..).unwrap_or_default();
                return Ok(chosen.iter().take(most).map(|(_, row)| (self.case.position_of(*row), *row)).collect());
            }
        }
        for position in position..self.case.rows() {
            if hits.len() >= most {
                break;
            }
            let Some(row) = self.case.row_at(position) else { break };
            let fits = match self.exact.get() {
                Some(exact) => exact.has(row as usize),
                None => judge.holds(&self.root, row)?,
            };
            if fits {
                hits.push((position, row));
            }
        }
        Ok(hits)
    }

    /// The hit before a position, nearest first, for going back.
    pub fn hits_before(&self, position: usize, most: usize) -> Result<Vec<(usize, Row)>, Fault> {
        let mut judge = Judge::new(self.case);
        let mut hits = Vec::new();
        for position in (0..position.min(self.case.rows())).rev() {
            if hits.len() >= most {
                break;
            }
            if let Some(row) = self.case.row_at(position)
                && judge.holds(&self.root, row)?
            {
                hits.push((position, row));
            }
        }
        Ok(hits)
    }

    /// How many entries fit.
    pub fn count(&self) -> Result<u64, Fault> {
        self.exact().map(Bits::count)
    }

    /// All rows that fit, in order of rows.
    pub fn rows(&self) -> Result<Vec<Row>, Fault> {
        self.exact().map(|bits| bits.within(0, self.case.rows()).collect())
    }

    /// How many of them fall into each of `buckets` equal parts of `[from, to)`.
    pub fn histogram(&self, from: i64, to: i64, buckets: usize) -> Result<Vec<u64>, Fault> {
        let mut counts = vec![0; buckets];
        let width = (i128::from(to) - i128::from(from)).max(1);
        for row in self.exact()?.within(0, self.case.rows()) {
            let time = self.case.at(column::TIME, row as usize);
            if time >= from && time < to {
                let at = (i128::from(time) - i128::from(from)) * buckets as i128 / width;
                if let Some(count) = counts.get_mut(at as usize) {
                    *count += 1;
                }
            }
        }
        Ok(counts)
    }

    /// The time of the first and of the last hit that has one.
    pub fn reach(&self) -> Result<Option<(i64, i64)>, Fault> {
        let times = self.exact()?.within(0, self.case.rows()).map(|row| self.case.at(column::TIME, row as usize)).filter(|time| *time != UNDATED);
        Ok(times.fold(None, |reach, time| reach.map_or(Some((time, time)), |(first, last): (i64, i64)| Some((first.min(time), last.max(time))))))
    }

    /// Exactly the rows that fit; all texts that have to be are read.
    pub(super) fn exact(&self) -> Result<&Bits, Fault> {
        if self.root.check.is_none() {
            return Ok(&self.root.bits);
        }
        if self.exact.get().is_none() {
            let rows = self.case.rows();
            let tasks: Vec<usize> = (0..rows.div_ceil(TASK_ROWS)).collect();
            let found: Vec<Vec<Row>> = tasks
                .into_par_iter()
                .map(|task| {
                    let mut judge = Judge::new(self.case);
                    let mut fitting = Vec::new();
                    for row in self.root.bits.within(task * TASK_ROWS, (task + 1) * TASK_ROWS) {
                        if judge.holds(&self.root, row)? {
                            fitting.push(row);
                        }
                    }
                    Ok(fitting)
                })
                .collect::<Result<_, Fault>>()?;
            let mut bits = Bits::none(rows);
            found.into_iter().flatten().for_each(|row| bits.set(row as usize));
            return Ok(self.exact.get_or_init(|| bits));
        }
        self.exact.get().ok_or_else(|| Fault::new("the search was lost"))
    }
}
