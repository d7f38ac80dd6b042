//! Compiling: every part of a query as the set of rows that may fit it.
//!
//! In: a query, a case. Out: a tree of [`Node`]s. Must not know: texts, in which order hits come.

use super::super::bits::Bits;
use super::super::build::UNDATED;
use super::super::fault::Fault;
use super::super::{Case, Held, column};
use super::{Check, Node};
use crate::component::Component;
use crate::decode::FORMATS;
use crate::query::words::typed;
use crate::query::{Field, Pattern, Query};

/// Parts of records that formats spell in their own way: the text may hold other words.
const DERIVED: &[&str] = &["kind", "namespace", "type", "first", "last", "count", "repeated_for", "reporter", "uid"];

pub(super) struct Compiler<'c> {
    pub(super) case: &'c Case,
}

impl Compiler<'_> {
    fn rows(&self) -> usize {
        self.case.rows()
    }

    pub(super) fn node(&self, query: &Query) -> Result<Node, Fault> {
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
    fn column(&self, number: usize, fits: impl Fn(i64) -> bool + Sync) -> Bits {
        self.case.columns.get(number).map_or_else(|| Bits::none(self.rows()), |values| Bits::of(values.select(fits), self.rows()))
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
    fn named(&self, number: usize, fits: impl Fn(&str) -> bool + Sync) -> Bits {
        let chosen = self.case.names.select(self.case.used(number), fits);
        if !chosen.contains(&true) {
            return Bits::none(self.rows());
        }
        self.column(number, |value| chosen.get(value as usize).copied().unwrap_or(false))
    }

    fn sources(&self, fits: impl Fn(&Held) -> bool) -> Bits {
        let mut bits = Bits::none(self.rows());
        for source in self.case.sources().iter().filter(|source| fits(source)) {
            bits.set_range(source.first as usize, (source.first + source.rows) as usize);
        }
        bits
    }

    fn field(&self, field: &Field, pattern: &Pattern) -> Result<Bits, Fault> {
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
                let beginning = format!("{kind}=");
                bits.or(&self.named(column::ABOUT, |text| lines(text).any(|line| line.strip_prefix(&*beginning).is_some_and(fits))));
                bits
            }
            Field::Namespace => self.named(column::POD, |name| name.split_once('/').is_some_and(|(namespace, _)| pattern.fits(namespace))),
            Field::Entity => {
                let mut bits =
                    self.named(column::ABOUT, |text| lines(text).filter_map(|line| line.split_once('=')).any(|(_, name)| fits_name(pattern, name)));
                for number in [column::NODE, column::POD] {
                    bits.or(&self.named(number, |name| !name.is_empty() && fits_name(pattern, name)));
                }
                bits
            }
            Field::Signal => {
                let mut bits = self.named(column::SIGNALS, |text| lines(text).any(|signal| pattern.fits(signal)));
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
        let groups = self.case.aliases()?.iter().filter(|group| group.iter().any(|(_, name)| fits_name(pattern, name)));
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

/// The lines of a list of names; there are many lists, and they are short.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len()));
    let mut start = 0;
    ends.filter_map(move |end| {
        let line = text.get(start..end);
        start = end + 1;
        line
    })
}

/// Names of pods may be given without their namespace.
fn fits_name(pattern: &Pattern, name: &str) -> bool {
    let short = || memchr::memchr(b'/', name.as_bytes()).and_then(|at| name.get(at + 1..));
    pattern.fits(name) || short().is_some_and(|short| pattern.fits(short))
}
