//! Answering: what a case alone can say to an effect.
//!
//! In: an effect, a case. Out: a message. Must not know: the model, threads, terminals.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::super::export;
use super::super::histogram::Histogram;
use super::life::life;
use super::load::all_notes;
use super::record::{detail, texts};
use super::survey::survey;
use super::{Effect, Exported, Message, Noted};
use crate::case::notes::{self, Note, What};
use crate::case::{Case, Facet, Pace};
use crate::query::Query;
use crate::report::entries::stamp;
use crate::severity::Severity;

/// Hits taken at once.
const PAGE: usize = 1 << 18;

/// Answers an effect that concerns a case alone; `now` dates notes, `pace` tells how far a search is and ends it. `None`: somebody else has to.
pub(in super::super) fn answer(case: &Arc<Case>, effect: Effect, now: i64, pace: &Arc<Pace>) -> Option<Message> {
    let told = |fault: crate::case::Fault| fault.to_string();
    Some(match effect {
        Effect::Texts(rows) => Message::Texts(case.directory().to_owned(), texts(case, rows)),
        Effect::Detail(row) => Message::Detail(case.directory().to_owned(), row, detail(case, row)),
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
    let mut names: Vec<String> = case.facets(facet, search.as_ref(), 6).unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

fn note(case: &Case, on: &str, what: What, now: i64) -> Result<(Arc<Case>, Vec<Noted>), crate::case::Fault> {
    let on = notes::target(case, on)?;
    notes::add(case.directory(), &Note { at: stamp(now), what, on })?;
    let case = Arc::new(Case::open(case.directory())?);
    let notes = all_notes(&case)?;
    Ok((case, notes))
}

/// Writes a new file; none is ever replaced.
fn written(case: &Case, path: &Path, what: Exported) -> Result<String, String> {
    let text = export::markdown(case, what).map_err(|fault| fault.to_string())?;
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    file.write_all(text.as_bytes()).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    Ok(format!("written to {}", path.display()))
}
