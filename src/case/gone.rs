//! Gone: what a case has of inputs that can be read nowhere any more.
//!
//! In: the state before, the inputs that are gone. Out: their rows for the new columns, their sources, signals, states and findings as they were. Must
//! not know: how the rest was read.
//!
//! Clocks and findings are made of what can be read. What an earlier ingest made of a file stands beside that as it was told, with a note that says so;
//! its text cannot be shown. When the file comes back, the next ingest reads it like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::build::{COLUMNS, Values};
use super::fault::Fault;
use super::manifest::{Given, Held, Manifest};
use super::{Case, Row, Seen, column, story};
use crate::scan::record::{number as number_of_component, number_of_format};
use crate::source::Source;

/// What is kept, and the state that it comes from.
#[derive(Debug)]
pub(super) struct Kept {
    case: Case,
    sources: Vec<Lost>,
    /// Lists of what the rows are about, by their number in the state before.
    abouts: BTreeMap<i64, String>,
}

/// A source with the stretches that are gone, the number it had, and the rows of each stretch, the end excluded.
type Lost = (Held, u32, Vec<(Row, Row)>);

/// What a note on a source says.
const NOTE: &str = "gone since it was read: its entries are kept, its text cannot be shown, and it has no part in what is found later";

/// The state with sources marked that are gone, and whether any is newly so. `None`: of some a part is left, and the timeline has to be built anew.
pub(super) fn marked(old: &Manifest, gone: &[Given]) -> Option<(Manifest, bool)> {
    let (mut marked, mut fresh) = (old.clone(), false);
    for held in marked.sources.iter_mut().filter(|held| !held.gone) {
        let lost = held.stretches.iter().filter(|stretch| gone.iter().any(|given| stretch.is_of(given))).count();
        if lost > 0 && lost < held.stretches.len() {
            return None;
        }
        if lost > 0 {
            (held.gone, fresh) = (true, true);
            note(&mut held.about, NOTE);
        }
    }
    Some((marked, fresh))
}

impl Kept {
    /// What the last committed state has of these inputs.
    pub(super) fn of(directory: &Path, gone: &[Given]) -> Result<Self, Fault> {
        let case = Case::open_earlier(directory)?;
        let mut sources = Vec::new();
        for (number, held) in case.sources().iter().enumerate() {
            let (mut next, mut rows, mut stretches) = (held.first, Vec::new(), Vec::new());
            for stretch in &held.stretches {
                if gone.iter().any(|given| stretch.is_of(given)) {
                    rows.push((next as Row, (next + stretch.rows) as Row));
                    stretches.push(stretch.clone());
                }
                next += stretch.rows;
            }
            if !stretches.is_empty() {
                let mut about = held.about.clone();
                note(&mut about, NOTE);
                sources.push((Held { about, stretches, gone: true, ..held.clone() }, number as u32, rows));
            }
        }
        let rows = sources.iter().flat_map(|(_, _, rows)| rows).flat_map(|(from, to)| *from..*to);
        let abouts: BTreeSet<i64> = rows.map(|row| case.at(column::ABOUT, row as usize)).collect();
        let abouts = abouts.into_iter().map(|number| (number, case.about_text(number))).filter(|(_, text)| !text.is_empty()).collect();
        Ok(Self { case, sources, abouts })
    }

    /// A list of what rows are about, by its number in the state before.
    pub(super) fn about(&self, number: i64) -> &str {
        self.abouts.get(&number).map_or("", String::as_str)
    }

    /// All such lists.
    pub(super) fn abouts(&self) -> impl Iterator<Item = &str> {
        self.abouts.values().map(String::as_str)
    }

    /// The rows of each source. Names and templates are those of the state before, formats and components those of today.
    pub(super) fn sources(&self) -> impl Iterator<Item = impl Iterator<Item = Values>> {
        let numbering = &self.case.numbering;
        self.sources.iter().map(|(held, _, rows)| {
            // An earlier layout does not say what its numbers mean: what is told of the source stands for its rows.
            let told = held.about.get("format").and_then(Value::as_str).unwrap_or_default();
            rows.iter().flat_map(|(from, to)| *from..*to).map(|row| {
                let mut values: Values = [0; COLUMNS.len() - 1];
                for (number, value) in values.iter_mut().enumerate() {
                    *value = self.case.at(number, row as usize);
                    match number {
                        column::FORMAT => *value = number_of_format(numbering.format(*value).map_or(told, |format| format.name())).into(),
                        column::COMPONENT => *value = numbering.component(*value).map_or(0, number_of_component).into(),
                        _ => {}
                    }
                }
                values
            })
        })
    }

    /// A name by its number in the state before.
    pub(super) fn name(&self, number: i64) -> &str {
        self.case.names.get(number as usize)
    }

    /// All names that the rows point to, lists aside.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let named = [column::NODE, column::POD, column::SIGNALS, column::CONTEXT];
        let used: BTreeSet<i64> = self.sources().flatten().flat_map(|values| named.map(|number| values.get(number).copied().unwrap_or(0))).collect();
        used.into_iter().filter(|number| *number > 0).map(|number| self.name(number))
    }

    /// The sources for the new state; `reach` is the first row and the number of rows of each.
    pub(super) fn held(&self, reach: &[(u64, u64)]) -> Vec<Held> {
        let reach = reach.iter().copied().chain(std::iter::repeat((0, 0)));
        self.sources.iter().zip(reach).map(|((held, ..), (first, rows))| Held { first, rows, ..held.clone() }).collect()
    }

    /// Adds signals, states, names and findings to those that were made of what can be read, whose sources these are.
    pub(super) fn add(&self, timeline: &Path, sources: &[Source]) -> Result<(), Fault> {
        let moved: BTreeMap<u32, u32> = self.sources.iter().zip(sources.len() as u32..).map(|((_, number, _), becomes)| (*number, becomes)).collect();
        let is_kept = |source: u32, offset: u64| {
            moved.get(&source).copied().filter(|_| {
                let row = self.case.row_of(source as usize, offset);
                self.sources
                    .iter()
                    .any(|(_, number, rows)| *number == source && row.is_some_and(|row| rows.iter().any(|(from, to)| (*from..*to).contains(&row))))
            })
        };
        let signals: Vec<Seen> =
            self.case.signals()?.iter().filter_map(|seen| is_kept(seen.source, seen.offset).map(|source| Seen { source, ..seen.clone() })).collect();
        let mut states = story::states(timeline)?;
        for state in &self.case.states()?.states {
            let lines: Option<Vec<(u32, u64)>> =
                state.lines.iter().map(|(source, offset)| is_kept(*source, *offset).map(|source| (source, *offset))).collect();
            if let Some(lines) = lines.filter(|lines| !lines.is_empty()) {
                states.states.push(super::State { lines, ..state.clone() });
            }
        }
        states.states.sort_by(|a, b| (&a.span, a.start, a.end).cmp(&(&b.span, b.start, b.end)));
        let mut aliases = story::aliases(timeline)?.unwrap_or_default();
        let earlier: Vec<_> = self.case.aliases()?.iter().filter(|group| !aliases.contains(group)).cloned().collect();
        aliases.extend(earlier);
        let mut report: Value = story::report(timeline)?;
        self.add_findings(&mut report, sources, &moved)?;
        story::write_again(timeline, &signals, &states, &aliases, &report).map_err(|error| Fault::file("write", timeline, &error))
    }

    /// Adds the findings that cite what is gone, and their sources, to a report.
    fn add_findings(&self, report: &mut Value, sources: &[Source], moved: &BTreeMap<u32, u32>) -> Result<(), Fault> {
        let earlier = self.case.report()?;
        let paths: BTreeMap<&str, u32> = sources.iter().zip(0..).map(|(source, number)| (source.path.as_str(), number)).collect();
        let becomes = |source: u64| {
            let source = u32::try_from(source).ok()?;
            let path = || self.case.sources().get(source as usize).and_then(|held| paths.get(held.path.as_str())).copied();
            moved.get(&source).copied().or_else(path)
        };
        for (held, number, _) in &self.sources {
            let mut about = held.about.clone();
            if let Some((id, becomes)) = about.get_mut("id").zip(moved.get(number)) {
                *id = (*becomes).into();
            }
            report.get_mut("sources").and_then(Value::as_array_mut).into_iter().for_each(|list| list.push(about.clone()));
        }
        let Some(findings) = report.get_mut("findings").and_then(Value::as_array_mut) else { return Ok(()) };
        let told: BTreeSet<(String, String)> = findings.iter().map(|finding| (text(finding, "cause"), text(finding, "start"))).collect();
        let is_gone =
            |line: &Value| line.get("source").and_then(Value::as_u64).is_some_and(|source| moved.keys().any(|known| u64::from(*known) == source));
        let cites = |finding: &&Value| evidence(finding).any(is_gone);
        let again: Vec<&Value> = earlier
            .get("findings")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(cites)
            .filter(|finding| !told.contains(&(text(finding, "cause"), text(finding, "start"))))
            .collect();
        let ids: BTreeMap<String, String> =
            again.iter().zip(findings.len() + 1..).map(|(finding, number)| (text(finding, "id"), format!("f{number}"))).collect();
        for finding in again {
            let mut finding = finding.clone();
            let of = |name: &str| ids.get(&text(&finding, name)).map_or(Value::Null, |id| id.as_str().into());
            let (id, explained) = (of("id"), of("explained_by"));
            finding["id"] = id;
            finding["explained_by"] = explained;
            note(&mut finding, "found by an earlier ingest, in files that are gone since; nothing that came later was held against it");
            for step in finding.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
                let Some(lines) = step.get_mut("evidence").and_then(Value::as_array_mut) else { continue };
                lines.retain_mut(|line| {
                    let source = line.get("source").and_then(Value::as_u64).and_then(becomes);
                    line["source"] = source.into();
                    source.is_some()
                });
            }
            findings.push(finding);
        }
        Ok(())
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn evidence(finding: &Value) -> impl Iterator<Item = &Value> {
    finding
        .get("steps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .flat_map(|step| step.get("evidence").and_then(Value::as_array).into_iter().flatten())
}

/// Adds a remark to a source or a finding, once.
fn note(of: &mut Value, what: &str) {
    if let Some(notes) = of.get_mut("notes").and_then(Value::as_array_mut)
        && !notes.iter().any(|known| known.as_str() == Some(what))
    {
        notes.push(what.into());
    }
}
