//! Crowds: beginnings that repeat what is known are counted instead of told.
//!
//! In: the anchors of one story in order of time, and what was told from the first of them. Out: which of the others need not be told, and drafts
//! that bring their count and last line to the finding they belong to. Must not know: how stories are searched, how findings are grouped.

use std::collections::HashMap;

use super::conclude::Draft;
use super::entity::{EntityId, Kind, kind_name};
use super::plan::{CausePlan, StoryPlan};
use super::story::{Bound, World};
use crate::finding::{Evidence, StepRole, Verdict};
use crate::signal::Citation;
use crate::time::Stamp;

/// Stories of one group that are told although a sure one is known: each may add a line or a name.
const TOLD_SURE: usize = 256;
/// Stories of one group that are told in search of a sure one.
const TOLD: usize = 512;

/// What an anchor is about, when it begins and ends.
#[derive(Debug)]
pub(super) struct Place {
    key: Vec<(Kind, EntityId)>,
    start: Stamp,
    end: Stamp,
    line: Option<(Citation, Stamp)>,
}

/// The anchors of one story by what they are about.
#[derive(Debug)]
pub(super) struct Crowd {
    /// Kinds that make the group, where the anchor alone tells it.
    group: Option<Vec<Kind>>,
    within_ns: i64,
    step: String,
    runs: HashMap<Vec<(Kind, EntityId)>, Run>,
    /// Drafts of the runs that have ended.
    ended: Vec<Draft>,
}

/// Anchors about one thing that follow each other closely.
#[derive(Debug, Default)]
struct Run {
    to: i64,
    told: usize,
    /// The surest draft.
    best: Option<Box<Draft>>,
    counted: usize,
    first: Option<Stamp>,
    last: Option<(Stamp, Option<(Citation, Stamp)>)>,
}

impl Crowd {
    /// No anchor yet. `group` holds the kinds of the cause's group that the anchor tells.
    pub(super) fn new(cause: &CausePlan<'_>, story: &StoryPlan<'_>, group: &[Kind]) -> Self {
        let whole = !group.is_empty() && group.len() == cause.ast.group.len();
        Self {
            group: whole.then(|| group.to_vec()),
            within_ns: cause.group_within_ns,
            step: story.steps.first().map(|slot| slot.name.to_owned()).unwrap_or_default(),
            runs: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// Where an anchor belongs.
    pub(super) fn place(&self, world: &World<'_>, anchor: &Bound) -> Option<Place> {
        let item = anchor.found.first()?.item(world.items);
        let mut key: Vec<(Kind, EntityId)> = match &self.group {
            Some(kinds) => kinds.iter().filter_map(|kind| Some((*kind, item.of_kind(*kind).map(|(id, _)| id).min()?))).collect(),
            None => item.entities.iter().filter(|(kind, _, _)| kind_name(*kind) != "source").map(|(kind, id, _)| (*kind, *id)).collect(),
        };
        key.sort_unstable();
        Some(Place { key, start: item.start, end: item.end, line: item.citations.first().cloned() })
    }

    /// Whether enough is known of where an anchor belongs.
    pub(super) fn is_known(&self, place: Option<&Place>) -> bool {
        place.and_then(|place| Some((place, self.runs.get(&place.key)?))).is_some_and(|(place, run)| {
            let Some(best) = &run.best else { return false };
            let enough = if best.finding.verdict == Verdict::Confirmed { TOLD_SURE } else { TOLD };
            run.told >= enough && place.start.ns <= run.to.saturating_add(self.within_ns)
        })
    }

    /// Counts an anchor that is not told.
    pub(super) fn count(&mut self, place: Option<Place>) {
        let Some(place) = place else { return };
        let Some(run) = self.runs.get_mut(&place.key) else { return };
        run.counted += 1;
        run.to = run.to.max(place.end.ns);
        run.first = run.first.or(Some(place.start));
        run.last = Some((place.end, place.line));
    }

    /// Notes what was told from an anchor.
    pub(super) fn note(&mut self, place: Option<Place>, drafts: &[Draft]) {
        let Some(place) = place.filter(|_| !drafts.is_empty()) else { return };
        let run = self.runs.entry(place.key).or_default();
        if place.start.ns > run.to.saturating_add(self.within_ns) {
            self.ended.extend(std::mem::take(run).echo(&self.step));
            run.to = place.start.ns;
        }
        run.told += 1;
        for draft in drafts {
            run.to = run.to.max(draft.finding.end.or(draft.finding.start).map_or(run.to, |stamp| stamp.ns));
            if run.best.as_ref().is_none_or(|best| draft.finding.verdict < best.finding.verdict) {
                run.best = Some(Box::new(draft.clone()));
            }
        }
    }

    /// Drafts with the counts and last lines of what was not told.
    pub(super) fn finish(self) -> Vec<Draft> {
        let mut echoes = self.ended;
        let mut runs: Vec<_> = self.runs.into_iter().collect();
        runs.sort_by(|(a, _), (b, _)| a.cmp(b));
        echoes.extend(runs.into_iter().filter_map(|(_, run)| run.echo(&self.step)));
        echoes
    }
}

impl Run {
    /// What was counted only, as a draft that joins the one it belongs to.
    fn echo(self, step: &str) -> Option<Draft> {
        let (first, (end, line)) = (self.first?, self.last?);
        let mut draft = *self.best?;
        draft.stories = self.counted;
        draft.finding.start = Some(first);
        draft.finding.end = Some(end);
        draft.finding.steps.retain(|known| known.name == step && known.role == StepRole::Step);
        for known in &mut draft.finding.steps {
            known.start = Some(first);
            known.end = Some(end);
            known.evidence = line.clone().map(|(citation, time)| Evidence { citation, time: Some(time), path: None }).into_iter().collect();
        }
        Some(draft)
    }
}
