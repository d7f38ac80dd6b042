//! Compiling: every part of a query as the set of rows that may fit it.
//!
//! In: a query, a case. Out: a tree of [`Node`]s. Must not know: texts, in which order hits come.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::super::bits::{Bits, has};
use super::super::build::UNDATED;
use super::super::fault::Fault;
use super::super::scope::Scope;
use super::super::{Case, Held, column};
use super::{Check, FEW, Node};
use crate::query::words::typed;
use crate::query::{Field, Pattern, Query};

/// Parts of records that formats spell in their own way: the text may hold other words.
const DERIVED: &[&str] = &["kind", "namespace", "type", "first", "last", "count", "repeated_for", "combined", "reporter", "uid"];

/// In the place of a column: names of several.
const ALL_NAMES: usize = usize::MAX;

/// What is found once for a query, however often rows are asked.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Rows that fit, whatever the scope.
    rows: Mutex<HashMap<String, Bits>>,
}

/// Compiles queries for the rows of a scope; what is said of others means nothing.
#[derive(Clone, Copy)]
pub(super) struct Compiler<'c> {
    pub(super) case: &'c Case,
    pub(super) scope: &'c Scope,
    pub(super) memo: &'c Memo,
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
                let (bits, is_exact) = self.case.words().rows(self.rows(), words, *prefix, self.scope);
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
            Query::And(all) => self.all_of(all),
            Query::Or(any) => {
                let nodes = self.nodes(any.iter())?;
                let mut bits = nodes.first().map_or_else(|| Bits::none(self.rows()), |node| node.bits.clone());
                nodes.iter().skip(1).for_each(|node| bits.or(&node.bits));
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

    /// What all parts say. What is excluded is looked for only among the rows that the others leave, where those are few.
    fn all_of(&self, parts: &[Query]) -> Result<Node, Fault> {
        let (excluded, wanted): (Vec<&Query>, Vec<&Query>) = parts.iter().partition(|part| matches!(part, Query::Not(_)));
        if excluded.is_empty() || wanted.is_empty() {
            return Ok(all_hold(self.nodes(parts.iter())?, self.rows()));
        }
        let wanted = all_hold(self.nodes(wanted.into_iter())?, self.rows());
        if wanted.bits.is_empty() && !self.scope.is_none() {
            return Ok(Node { check: None, ..wanted });
        }
        let is_few = matches!(self.scope, Scope::All) && wanted.bits.count() < (self.rows() / FEW) as u64;
        let left = if is_few { &Scope::around(&wanted.bits, self.rows()) } else { self.scope };
        let mut nodes = Compiler { scope: left, ..*self }.nodes(excluded.into_iter())?;
        nodes.push(wanted);
        Ok(all_hold(nodes, self.rows()))
    }

    /// Parts of a query; for all rows at the same time.
    fn nodes<'q>(&self, parts: impl Iterator<Item = &'q Query>) -> Result<Vec<Node>, Fault> {
        match self.scope {
            Scope::All => parts.collect::<Vec<_>>().into_par_iter().map(|query| self.node(query)).collect(),
            Scope::Within(_) => parts.map(|query| self.node(query)).collect(),
        }
    }

    /// Rows whose value in a column fits.
    fn column(&self, number: usize, fits: impl Fn(i64) -> bool + Sync) -> Bits {
        let Some(values) = self.case.columns.get(number) else { return Bits::none(self.rows()) };
        if matches!(self.scope, Scope::All) {
            return Bits::of(values.select(fits), self.rows());
        }
        let mut bits = Bits::none(self.rows());
        for (from, to) in self.scope.within(0, self.rows()) {
            values.each(from, to, |row, value| {
                if fits(value) {
                    bits.set(row);
                }
            });
        }
        bits
    }

    fn time(&self, from: i64, to: i64) -> Bits {
        if !matches!(self.scope, Scope::All) {
            return self.column(column::TIME, |time| time >= from && time <= to && time != UNDATED);
        }
        let low = self.case.position_of_time(from);
        let high = if to >= UNDATED - 1 { self.case.position_of_time(UNDATED) } else { self.case.position_of_time(to + 1) };
        let mut bits = Bits::none(self.rows());
        let Some(order) = self.case.columns.get(column::ORDER) else { return bits };
        if high.saturating_sub(low) <= self.rows() / 2 {
            order.each(low, high, |_, row| bits.set(row as usize));
            return bits;
        }
        order.each(0, low, |_, row| bits.set(row as usize));
        order.each(high, self.rows(), |_, row| bits.set(row as usize));
        bits.invert();
        bits
    }

    /// Rows whose number in a column is among those that fit.
    fn numbered(&self, number: usize, chosen: &[u64]) -> Bits {
        if chosen.iter().all(|word| *word == 0) {
            return Bits::none(self.rows());
        }
        let Some(values) = self.case.columns.get(number).filter(|_| matches!(self.scope, Scope::All)) else {
            return self.column(number, |value| has(chosen, value as usize));
        };
        let Some(ranges) = self.case.sieve.ranges(number, self.rows(), chosen) else { return Bits::of(values.select_in(chosen), self.rows()) };
        let mut bits = Bits::none(self.rows());
        for (from, to) in ranges {
            values.each(from, to, |row, value| {
                if has(chosen, value as usize) {
                    bits.set(row);
                }
            });
        }
        bits
    }

    /// Rows whose name in a column fits. `asked` tells apart what is asked of the column, whatever the query.
    fn named(&self, number: usize, asked: &str, literal: &str, fits: impl Fn(&str) -> bool + Sync) -> Bits {
        let chosen = self.case.chosen.get(number, asked, || self.case.names.select(&self.case.used(number), literal, fits));
        self.numbered(number, &chosen)
    }

    /// Rows whose name in one of these columns fits, or that are about a thing whose kind and name fit.
    fn about(&self, columns: &[usize], asked: &str, kind: impl Fn(&str) -> bool + Copy, pattern: &Pattern, aliases: &[String]) -> Bits {
        let (names, groups) = (&self.case.names, &self.case.groups);
        let chosen = self.case.chosen.get(ALL_NAMES, asked, || {
            let mut all = names.bits();
            for number in columns {
                all.iter_mut().zip(self.case.used(*number)).for_each(|(all, used)| *all |= used);
            }
            groups.add_names(names, kind, &mut all);
            let mut chosen = names.select(&all, pattern.literal(), |name| !name.is_empty() && fits_name(pattern, name));
            if !aliases.is_empty() {
                let known: HashSet<&str> = aliases.iter().map(String::as_str).collect();
                chosen.iter_mut().zip(names.select(&all, "", |name| known.contains(name))).for_each(|(chosen, more)| *chosen |= more);
            }
            chosen
        });
        let lists = self.case.chosen.get(column::ABOUT, asked, || groups.select(names, kind, &chosen));
        let mut bits = self.numbered(column::ABOUT, &lists);
        for number in columns {
            bits.or(&self.numbered(*number, &chosen));
        }
        bits
    }

    /// Rows that are found whatever the scope, once for a query.
    fn once(&self, field: &Field, pattern: &Pattern, find: impl FnOnce() -> Result<Bits, Fault>) -> Result<Bits, Fault> {
        let known = || self.memo.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let key = asked(field, pattern);
        if let Some(bits) = known().get(&key) {
            return Ok(bits.clone());
        }
        let bits = find()?;
        known().insert(key, bits.clone());
        Ok(bits)
    }

    fn sources(&self, fits: impl Fn(&Held) -> bool) -> Bits {
        let mut bits = Bits::none(self.rows());
        for source in self.case.sources().iter().filter(|source| fits(source)) {
            bits.set_range(source.first as usize, (source.first + source.rows) as usize);
        }
        bits
    }

    fn field(&self, field: &Field, pattern: &Pattern) -> Result<Bits, Fault> {
        let asked = &*asked(field, pattern);
        Ok(match field {
            Field::Component => {
                let names = self.case.manifest().components.iter().map(String::as_str);
                let fits: Vec<bool> = std::iter::once("").chain(names).map(|name| pattern.fits(name)).collect();
                self.column(column::COMPONENT, |value| fits.get(value as usize).copied().unwrap_or(false))
            }
            Field::Format => {
                let fits: Vec<bool> = self.case.manifest().formats.iter().map(|name| pattern.fits(name)).collect();
                self.column(column::FORMAT, |value| fits.get(value as usize).copied().unwrap_or(false))
            }
            Field::Node | Field::Pod => {
                let (number, kind) = if *field == Field::Node { (column::NODE, "node") } else { (column::POD, "pod") };
                let aliases = self.aliases(kind, pattern)?;
                self.about(&[number], asked, |known| known == kind, pattern, &aliases)
            }
            Field::Namespace => {
                self.named(column::POD, asked, pattern.literal(), |name| name.split_once('/').is_some_and(|(namespace, _)| pattern.fits(namespace)))
            }
            Field::Entity => self.about(&[column::NODE, column::POD], asked, |_| true, pattern, &[]),
            Field::Signal => {
                let mut bits = self.named(column::SIGNALS, asked, pattern.literal(), |text| text.lines().any(|signal| pattern.fits(signal)));
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
            Field::Finding => self.once(field, pattern, || {
                let mut bits = Bits::none(self.rows());
                let cited = self.case.findings()?.iter().filter(|finding| pattern.fits(&finding.id) || pattern.fits(&finding.cause));
                for line in cited.flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence) {
                    if let Some(row) = self.case.row_of_evidence(line) {
                        bits.set(row as usize);
                    }
                }
                Ok(bits)
            })?,
            Field::Tag => self.once(field, pattern, || {
                let mut bits = Bits::none(self.rows());
                for note in self.case.notes()?.iter().filter(|note| note.is_tag_that(|tag| pattern.fits(tag))) {
                    if let Some(row) = note.row(self.case) {
                        bits.set(row as usize);
                    }
                }
                Ok(bits)
            })?,
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
                bits.and(&self.case.words().rows(self.rows(), &[word], false, self.scope).0);
            }
        }
        if name == "code" {
            // mysqld's JSON prints the number of the code only.
            let number = self.case.manifest().formats.iter().position(|name| name == "mysqld-json").map_or(-1, |at| at as i64);
            bits.or(&self.column(column::FORMAT, |value| value == number));
        }
        Node { bits, check }
    }
}

/// What holds where all of these do.
fn all_hold(nodes: Vec<Node>, rows: usize) -> Node {
    // What is sure is not asked again.
    let (open, sure): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(|node| node.check.is_some());
    let mut sure = sure.into_iter().map(|node| node.bits);
    let mut bits = sure.next().or_else(|| open.first().map(|node| node.bits.clone())).unwrap_or_else(|| Bits::all(rows));
    sure.for_each(|other| bits.and(&other));
    for node in &open {
        bits.and(&node.bits);
    }
    Node { bits, check: (!open.is_empty()).then_some(Check::And(open)) }
}

/// Tells apart what is asked for in one query.
fn asked(field: &Field, pattern: &Pattern) -> String {
    format!("{field:?} {}", pattern.text())
}

/// Names of pods may be given without their namespace.
fn fits_name(pattern: &Pattern, name: &str) -> bool {
    let short = || memchr::memchr(b'/', name.as_bytes()).and_then(|at| name.get(at + 1..));
    // A star takes the namespace too.
    pattern.fits(name) || (!pattern.begins_anyhow() && short().is_some_and(|short| pattern.fits(short)))
}
