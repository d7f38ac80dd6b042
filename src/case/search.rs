//! Search: which entries a query asks for.
//!
//! In: a query, a case. Out: a [`Search`]: rows by position, counts. Must not know: how queries are typed, how hits are shown.
//!
//! Every part of a query becomes a set of rows that may fit. Columns tell exactly; the index of words tells some exactly, and where it does not, or is
//! not there, texts of the rows that are left are read, in the order in which they are asked for.

mod compile;
pub(super) mod judge;

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::bits::Bits;
use super::build::UNDATED;
use super::fault::Fault;
use super::pace::Pace;
use super::packed::BLOCK;
use super::scope::Scope;
use super::{Case, Row, column};
use crate::query::{Pattern, Query};
use compile::{Compiler, Memo};
use judge::Judge;

/// What answers about all rows are kept under: they are no column's.
const ROWS: usize = usize::MAX;
/// Rows whose texts are read by one thread at a time.
const TASK_ROWS: usize = 32 << 10;
/// Rows between two looks at whether the answer is still wanted.
const STRIDE: u64 = 1024;
/// One row in so many is few.
const FEW: usize = 64;
/// Positions that are looked at first for the first hits; each further look takes in so many times as many.
const FIRST: usize = 4096;
const WIDER: usize = 4;
/// After so large a part of all positions, all rows are looked at.
const PART: usize = 64;

/// A query applied to a case.
#[derive(Debug)]
pub struct Search<'c> {
    case: &'c Case,
    query: Query,
    memo: Memo,
    /// What the query says of all rows.
    root: OnceLock<Node>,
    exact: OnceLock<Arc<Bits>>,
    /// Rows that may fit in order of time, where they are few.
    sorted: OnceLock<Vec<(i64, Row)>>,
    pace: Arc<Pace>,
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
        let search = Search {
            case: self,
            query: query.clone(),
            memo: Memo::default(),
            root: OnceLock::new(),
            exact: OnceLock::new(),
            sorted: OnceLock::new(),
            pace: Arc::default(),
        };
        // What cannot be asked is told at once.
        search.node(&Scope::none())?;
        Ok(search)
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

impl Search<'_> {
    /// The same search, telling how far it is and ending when it is told to.
    #[must_use]
    pub fn paced(self, pace: &Arc<Pace>) -> Self {
        Self { pace: Arc::clone(pace), ..self }
    }

    /// What the query says of the rows of a scope.
    fn node(&self, scope: &Scope) -> Result<Node, Fault> {
        Compiler { case: self.case, scope, memo: &self.memo }.node(&self.query)
    }

    /// What it says of all rows.
    fn root(&self) -> Result<&Node, Fault> {
        if self.root.get().is_none() {
            let root = self.node(&Scope::All)?;
            return Ok(self.root.get_or_init(|| root));
        }
        self.root.get().ok_or_else(|| Fault::new("the search was lost"))
    }

    /// Rows among which the hits are, and what is to be asked of each.
    fn candidates(&self) -> Result<(&Bits, Option<&Node>), Fault> {
        if let Some(exact) = self.known() {
            return Ok((exact, None));
        }
        let root = self.root()?;
        if root.check.is_none() {
            return Ok((self.exact()?, None));
        }
        Ok((&root.bits, Some(root)))
    }

    /// Candidates in order of time, where they are so few that this is quicker than to go through all positions.
    fn sorted(&self) -> Result<Option<&[(i64, Row)]>, Fault> {
        if let Some(sorted) = self.sorted.get() {
            return Ok(Some(sorted));
        }
        let (bits, _) = self.candidates()?;
        if bits.count() >= (self.case.rows() / FEW) as u64 {
            return Ok(None);
        }
        Ok(Some(self.sorted.get_or_init(|| {
            let mut rows: Vec<(i64, Row)> = bits.within(0, self.case.rows()).map(|row| (self.case.at(column::TIME, row as usize), row)).collect();
            rows.sort_unstable();
            rows
        })))
    }

    /// The hits among the positions from `position` on, at most `most` of them, in order of time, source and place: positions and rows.
    pub fn hits(&self, position: usize, most: usize) -> Result<Vec<(usize, Row)>, Fault> {
        let (rows, mut hits) = (self.case.rows(), Vec::new());
        let (mut at, mut width) = (position, FIRST);
        while self.is_fresh() && hits.len() < most && at < rows && at - position <= rows / PART {
            let end = at.saturating_add(width).min(rows);
            let node = self.node(&Scope::of(self.case, at, end))?;
            if !node.bits.is_empty() {
                let mut order = self.case.order();
                let found = (at..end).filter_map(|position| Some((Some(position), order.as_mut()?.at(position) as Row)));
                hits.extend(self.fitting(found, most - hits.len(), (&node.bits, node.check.is_some().then_some(&node)))?);
            }
            (at, width) = (end, width.saturating_mul(WIDER));
        }
        let Some(first) = self.case.row_at(at).filter(|_| hits.len() < most) else { return Ok(hits) };
        if at > position {
            self.read_once()?;
        }
        let left = most - hits.len();
        hits.extend(if let Some(sorted) = self.sorted()? {
            let from = (self.case.at(column::TIME, first as usize), first);
            let chosen = sorted.get(sorted.partition_point(|hit| *hit < from)..).unwrap_or_default();
            self.fitting(chosen.iter().map(|(_, row)| (None, *row)), left, self.candidates()?)?
        } else {
            let mut order = self.case.order();
            self.fitting((at..rows).filter_map(|position| Some((Some(position), order.as_mut()?.at(position) as Row))), left, self.candidates()?)?
        });
        Ok(hits)
    }

    /// The hit before a position, nearest first, for going back.
    pub fn hits_before(&self, position: usize, most: usize) -> Result<Vec<(usize, Row)>, Fault> {
        let (first, mut hits) = (position.min(self.case.rows()), Vec::new());
        let (mut end, mut width) = (first, FIRST);
        while self.is_fresh() && hits.len() < most && end > 0 && first - end <= self.case.rows() / PART {
            let from = end.saturating_sub(width);
            let node = self.node(&Scope::of(self.case, from, end))?;
            if !node.bits.is_empty() {
                let mut order = self.case.order();
                let found = (from..end).rev().filter_map(|position| Some((Some(position), order.as_mut()?.at(position) as Row)));
                hits.extend(self.fitting(found, most - hits.len(), (&node.bits, node.check.is_some().then_some(&node)))?);
            }
            (end, width) = (from, width.saturating_mul(WIDER));
        }
        if hits.len() >= most || end == 0 {
            return Ok(hits);
        }
        if end < first {
            self.read_once()?;
        }
        let left = most - hits.len();
        hits.extend(if let Some(sorted) = self.sorted()? {
            let end = match self.case.row_at(end) {
                Some(row) => sorted.partition_point(|hit| *hit < (self.case.at(column::TIME, row as usize), row)),
                None => sorted.len(),
            };
            self.fitting(sorted.get(..end).unwrap_or_default().iter().rev().map(|(_, row)| (None, *row)), left, self.candidates()?)?
        } else {
            let mut order = self.case.order();
            let found = (0..end).rev().filter_map(|position| Some((Some(position), order.as_mut()?.at(position) as Row)));
            self.fitting(found, left, self.candidates()?)?
        });
        Ok(hits)
    }

    /// Hits turned out to be rare. Where texts of many rows have to be read for them, all are read now, source by source and by all threads: in order of
    /// time every row is in another file than the one before.
    fn read_once(&self) -> Result<(), Fault> {
        let (bits, check) = self.candidates()?;
        if check.is_some() && bits.count() >= (self.case.rows() / FEW) as u64 {
            self.exact()?;
        }
        Ok(())
    }

    /// Nothing is known of all rows yet.
    fn is_fresh(&self) -> bool {
        self.root.get().is_none() && self.known().is_none()
    }

    /// Those of some rows that fit, as they come. Rows come with their positions, where those are known.
    fn fitting(
        &self,
        rows: impl Iterator<Item = (Option<usize>, Row)>,
        most: usize,
        (bits, check): (&Bits, Option<&Node>),
    ) -> Result<Vec<(usize, Row)>, Fault> {
        let mut judge = Judge::new(self.case);
        let mut hits = Vec::new();
        let mut read = 0;
        for (position, row) in rows {
            if hits.len() >= most {
                break;
            }
            read += 1;
            if read % STRIDE == 0 {
                self.pace.advance(0)?;
            }
            let fits = |judge: &mut Judge<'_>| check.map_or(Ok(true), |node| judge.holds(node, row));
            if bits.has(row as usize) && fits(&mut judge)? {
                hits.push((position.unwrap_or_else(|| self.case.position_of(row)), row));
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

    /// What is wrong with the index of words, where that was met; what is found is the same.
    pub fn trouble(&self) -> Option<String> {
        self.case.trouble()
    }

    /// How many of them fall into each of `buckets` equal parts of `[from, to)`.
    pub fn histogram(&self, from: i64, to: i64, buckets: usize) -> Result<Vec<u64>, Fault> {
        let width = from.abs_diff(to).max(1);
        // The first moment of each bar: a guess among them is put right by a step.
        let parts = buckets.max(1) as u128;
        let edges: Vec<u64> = (0..=buckets as u128).map(|at| (u128::from(width) * at).div_ceil(parts) as u64).collect();
        let scale = buckets as f64 / width as f64;
        let bar = |since: u64| {
            let mut at = ((since as f64 * scale) as usize).min(buckets.saturating_sub(1));
            while at > 0 && edges.get(at).is_some_and(|edge| since < *edge) {
                at -= 1;
            }
            while edges.get(at + 1).is_some_and(|edge| since >= *edge) {
                at += 1;
            }
            at
        };
        let (exact, rows) = (self.exact()?, self.case.rows());
        let Some(times) = self.case.columns.get(column::TIME) else { return Ok(vec![0; buckets]) };
        let counted = (0..rows.div_ceil(TASK_ROWS)).into_par_iter().map(|task| {
            let (mut counts, mut times) = (vec![0_u64; buckets], times.cursor());
            let mut add = |time: i64, count: u64| {
                if let Some(known) = counts.get_mut(bar(time.abs_diff(from))).filter(|_| time >= from && time < to) {
                    *known += count;
                }
            };
            for first in (task * TASK_ROWS..((task + 1) * TASK_ROWS).min(rows)).step_by(BLOCK) {
                let words = exact.words().get(first / 64..exact.words().len().min((first + BLOCK) / 64)).unwrap_or_default();
                if words.iter().all(|word| *word == 0) {
                    continue;
                }
                // Rows that follow one another mostly fall into one bar.
                let (least, most) = times.column().bounds(first / BLOCK);
                if least >= from && most < to && bar(least.abs_diff(from)) == bar(most.abs_diff(from)) {
                    add(least, words.iter().map(|word| u64::from(word.count_ones())).sum());
                    continue;
                }
                for row in exact.within(first, first + BLOCK) {
                    add(times.at(row as usize), 1);
                }
            }
            counts
        });
        let sum = |mut a: Vec<u64>, b: Vec<u64>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        Ok(counted.reduce(|| vec![0; buckets], sum))
    }

    /// The time of the first and of the last hit that has one.
    pub fn reach(&self) -> Result<Option<(i64, i64)>, Fault> {
        let times = self.exact()?.within(0, self.case.rows()).map(|row| self.case.at(column::TIME, row as usize)).filter(|time| *time != UNDATED);
        Ok(times.fold(None, |reach, time| reach.map_or(Some((time, time)), |(first, last): (i64, i64)| Some((first.min(time), last.max(time))))))
    }

    /// Exactly the rows that fit; all texts that have to be are read, unless the same was asked before.
    pub(super) fn exact(&self) -> Result<&Bits, Fault> {
        if let Some(exact) = self.known() {
            return Ok(exact);
        }
        let exact = self.case.answers.keep(ROWS, &self.asked(), self.judged()?);
        Ok(self.exact.get_or_init(|| exact))
    }

    /// The same, where this or another search has found it.
    fn known(&self) -> Option<&Bits> {
        if self.exact.get().is_none() {
            let known = self.case.answers.recall(ROWS, &self.asked())?;
            return Some(self.exact.get_or_init(|| known));
        }
        self.exact.get().map(Arc::as_ref)
    }

    /// What tells one query from another.
    fn asked(&self) -> String {
        format!("{:?}", self.query)
    }

    /// The same, found anew.
    fn judged(&self) -> Result<Bits, Fault> {
        let root = self.root()?;
        if root.check.is_none() {
            return Ok(root.bits.clone());
        }
        let rows = self.case.rows();
        let tasks: Vec<usize> = (0..rows.div_ceil(TASK_ROWS)).collect();
        self.pace.add(root.bits.count());
        let found: Vec<Vec<Row>> = tasks
            .into_par_iter()
            .map(|task| {
                let mut judge = Judge::new(self.case);
                let mut fitting = Vec::new();
                let mut read = 0;
                for row in root.bits.within(task * TASK_ROWS, (task + 1) * TASK_ROWS) {
                    if judge.holds(root, row)? {
                        fitting.push(row);
                    }
                    read += 1;
                    if read % STRIDE == 0 {
                        self.pace.advance(STRIDE)?;
                    }
                }
                self.pace.advance(read % STRIDE)?;
                Ok(fitting)
            })
            .collect::<Result<_, Fault>>()?;
        let mut bits = Bits::none(rows);
        found.into_iter().flatten().for_each(|row| bits.set(row as usize));
        Ok(bits)
    }
}
