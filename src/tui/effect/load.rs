//! Loading: a case as it is first seen, and the rest of it.
//!
//! In: a directory. Out: what a first look takes, then what the pages take. Must not know: the model, threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::super::state::State;
use super::super::story;
use super::{Loaded, Noted, Whole};
use crate::case::notes::{self, Note};
use crate::case::{Case, Row};

/// Opens a case with what is told at once.
pub(in super::super) fn load(directory: &Path) -> Result<Loaded, String> {
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
pub(in super::super) fn read(case: &Arc<Case>) -> Result<Whole, String> {
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

pub(super) fn all_notes(case: &Case) -> Result<Vec<Noted>, crate::case::Fault> {
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
