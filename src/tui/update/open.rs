//! Enter: goes to what is selected.
//!
//! In: the model. Out: another page, another place. Must not know: how it is drawn.

use super::super::effect::Effect;
use super::super::findings;
use super::super::keymap::Command;
use super::super::model::{Model, Overlay, Page};
use super::super::told::Anchor;
use super::{timeline, visit};
use crate::case::Row;

pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.overlays.last() {
        Some(Overlay::Filters { .. }) => return timeline::filters(model, Command::Toggle, effects),
        Some(_) => return drop(model.overlays.pop()),
        None => {}
    }
    match model.page {
        Page::Verdicts if model.verdicts.inside => anchor(model),
        Page::Verdicts => story(model),
        Page::Timeline => model.timeline.detail = Some(!model.has_detail()),
        Page::Lanes => lane(model),
        Page::Entities if model.entities.inside => life(model),
        Page::Entities => model.entities.inside = true,
        Page::Sources => source(model),
        Page::Notes => {
            let Some(note) = model.notes.get(model.notes_page.left) else { return };
            match (note.row, note.finding.clone()) {
                (Some(row), _) => entry(model, row),
                (None, Some(id)) => finding(model, &id),
                (None, None) => model.say("what it is about is no longer in the case"),
            }
        }
    }
}

/// Goes into the story, to the line that completes the proof.
pub(super) fn story(model: &mut Model) {
    let Some(at) = model.finding() else { return };
    let told = model.told().unwrap_or_default();
    model.verdicts.inside = !told.anchors.is_empty();
    model.verdicts.right = model.stories.get(at).map_or(0, |story| story.proof(&told.anchors));
}

/// Goes to an entry in the timeline.
pub(super) fn entry(model: &mut Model, row: Row) {
    let Some(position) = model.case.as_ref().map(|case| case.position_of(row)) else { return };
    visit(model, Page::Timeline);
    timeline::go_to(model, position);
}

/// Goes to a finding, by its id.
pub(super) fn finding(model: &mut Model, id: &str) {
    let Some(at) = model.stories.iter().position(|story| story.id == id) else { return };
    show(model, at);
    visit(model, Page::Verdicts);
}

/// Selects a finding in the list, opening what it is folded under.
fn show(model: &mut Model, at: usize) {
    let mut over = model.stories.get(at).and_then(|story| story.explained_by.clone());
    while let Some(id) = over.take() {
        if model.open.insert(id.clone()) {
            over = model.stories.iter().find(|story| story.id == id).and_then(|story| story.explained_by.clone());
        }
    }
    model.list_findings();
    if !model.items.iter().any(|item| item.story == at)
        && let Some(id) = findings::head(&model.stories, at).and_then(|head| model.stories.get(head)).map(|head| head.id.clone())
    {
        // It is one of many of its cause.
        model.open.insert(id);
        model.list_findings();
    }
    if let Some(line) = model.items.iter().position(|item| item.story == at) {
        let split = &mut model.verdicts;
        (split.left, split.right, split.scroll, split.inside) = (line, 0, 0, false);
    }
}

fn anchor(model: &mut Model) {
    let told = model.told().unwrap_or_default();
    let Some(at) = model.finding() else { return };
    match told.anchors.get(model.verdicts.right) {
        Some(Anchor::Step(step)) => evidence(model, at, *step, 0),
        Some(Anchor::Evidence(step, line)) => evidence(model, at, *step, *line),
        Some(Anchor::Folded(other) | Anchor::Explains(other)) => show(model, *other),
        Some(Anchor::Item) => model.say("y copies it"),
        None => {}
    }
}

fn evidence(model: &mut Model, at: usize, step: usize, line: usize) {
    let place = model
        .stories
        .get(at)
        .and_then(|story| story.steps.get(step))
        .and_then(|step| step.evidence.get(line))
        .map(super::super::story::Evidence::place);
    let Some(place) = place else {
        model.say("this step is proven by what nobody says: there is no line to go to");
        return;
    };
    match model.case.as_ref().and_then(|case| case.row_of_evidence(&place)) {
        Some(row) => entry(model, row),
        None => model.warn("the case does not have that line"),
    }
}

fn lane(model: &mut Model) {
    let Some(lane) = model.survey.as_ref().and_then(|survey| survey.lanes.get(model.lanes.lane)) else { return };
    let cell = model.lanes.to.saturating_sub(model.lanes.from) / i64::from(model.lane_width());
    let cursor = model.lanes.cursor;
    let near = |time: i64| time.abs_diff(cursor);
    let mark = lane.marks.iter().filter(|mark| near(mark.time) <= cell.unsigned_abs()).min_by_key(|mark| near(mark.time)).and_then(|mark| mark.row);
    let edge = lane.bars.iter().find(|bar| near(bar.start) <= cell.unsigned_abs()).and_then(|bar| bar.row);
    let position = model.case.as_ref().map(|case| match mark.or(edge) {
        Some(row) => case.position_of(row),
        None => case.position_of_time(cursor).min(case.rows().saturating_sub(1)),
    });
    if let Some(position) = position {
        visit(model, Page::Timeline);
        timeline::go_to(model, position);
    }
}

fn life(model: &mut Model) {
    let Some(line) = model.life.as_ref().and_then(|(_, lines)| lines.get(model.entities.right)) else { return };
    match (line.row, line.finding.clone()) {
        (Some(row), _) => entry(model, row),
        (None, Some(id)) => finding(model, &id),
        (None, None) => {}
    }
}

/// Goes to the first entry of a source.
fn source(model: &mut Model) {
    let first =
        model.case.as_ref().and_then(|case| case.sources().get(model.sources.left)).filter(|held| held.rows > 0).map(|held| held.first as Row);
    match first {
        Some(row) => entry(model, row),
        None => model.say("nothing of this source could be read"),
    }
}
