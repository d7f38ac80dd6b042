//! What is the same on several pages: folding, copying, noting, keeping the selected line on the screen.
//!
//! In: commands. Out: what they change, effects. Must not know: how it is drawn.

use super::super::effect::Effect;
use super::super::export::citation;
use super::super::model::{Model, Overlay, Page, kept};
use super::super::told::{Anchor, Told};
use crate::case::notes::What;
use crate::report::escape::escaped;

/// Entries that are copied at once.
const MAX_COPIED: usize = 200;

/// Brings what is selected onto the screen.
pub(super) fn keep_visible(model: &mut Model) {
    match model.page {
        Page::Verdicts => verdicts(model),
        Page::Lanes => model.lanes.top = kept(model.lanes.top, model.lanes.lane, model.lane_height()),
        Page::Entities => {
            let (list, right) = model.split_areas();
            let lines = model.life.as_ref().map_or(0, |(_, lines)| lines.len());
            let split = &mut model.entities;
            split.right = split.right.min(lines.saturating_sub(1));
            split.top = kept(split.top, split.left, usize::from(list.height.saturating_sub(1)));
            split.scroll = kept(split.scroll, split.right, usize::from(right.height.saturating_sub(1)));
        }
        Page::Sources => {
            let (list, right) = model.split_areas();
            let lines = super::super::view::source_lines(model, usize::from(right.width)).len();
            let split = &mut model.sources;
            split.right = split.right.min(lines.saturating_sub(1));
            split.top = kept(split.top, split.left, usize::from(list.height.saturating_sub(1)));
            split.scroll = kept(split.scroll, split.right, usize::from(right.height.saturating_sub(1)));
        }
        Page::Notes => {
            let height = usize::from(model.body().height.saturating_sub(1));
            model.notes_page.left = model.notes_page.left.min(model.notes.len().saturating_sub(1));
            model.notes_page.top = kept(model.notes_page.top, model.notes_page.left, height);
        }
        Page::Timeline => {}
    }
    let (page, width) = (usize::from(model.body().height), usize::from(model.width));
    let lines = if matches!(model.overlays.last(), Some(Overlay::Help { .. })) { super::super::view::help_lines(model, width).len() } else { 0 };
    if let Some(Overlay::Help { scroll }) = model.overlays.last_mut() {
        *scroll = (*scroll).min(lines.saturating_sub(page.saturating_sub(2)));
    }
}

fn verdicts(model: &mut Model) {
    let (list, area) = model.verdict_areas();
    let items = model.items.len();
    let told = model.told().unwrap_or_default();
    let split = &mut model.verdicts;
    split.left = split.left.min(items.saturating_sub(1));
    split.top = kept(split.top, split.left, usize::from(list.height.saturating_sub(1)));
    split.right = split.right.min(told.anchors.len().saturating_sub(1));
    split.inside &= !told.anchors.is_empty();
    if !split.inside {
        split.scroll = 0;
        return;
    }
    let height = usize::from(area.height.saturating_sub(1)).max(1);
    let of = |line: &Told| line.anchor == Some(split.right);
    let first = told.lines.iter().position(of).unwrap_or(0);
    let end = told.lines.iter().rposition(of).unwrap_or(first);
    split.scroll = kept(split.scroll, end.min(first + height - 1), height);
    split.scroll = if split.right == 0 { 0 } else { kept(split.scroll, first, height) };
    if split.right + 1 == told.anchors.len() {
        split.scroll = told.lines.len().saturating_sub(height);
    }
}

/// Shows or hides what a finding explains.
pub(super) fn fold(model: &mut Model) {
    let items = &model.items;
    let Some(item) = items.get(model.verdicts.left) else { return };
    // On a finding that explains nothing, the one that explains it is folded.
    let line = if item.folded + item.alike > 0 {
        model.verdicts.left
    } else {
        items.iter().take(model.verdicts.left).rposition(|over| over.depth < item.depth).unwrap_or(model.verdicts.left)
    };
    let Some(id) = items.get(line).and_then(|item| model.stories.get(item.story)).map(|story| story.id.clone()) else { return };
    if !model.open.remove(&id) {
        model.open.insert(id);
    }
    model.verdicts.left = line;
    model.list_findings();
}

/// Copies the citation of what is selected.
pub(super) fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = match model.page {
        Page::Verdicts => {
            let told = model.told().unwrap_or_default();
            let said = told.said.get(model.verdicts.right).filter(|_| model.verdicts.inside);
            match (said, told.anchors.get(model.verdicts.right)) {
                (Some(said), Some(Anchor::Evidence(..))) => Some(said.split('\n').map(escaped).collect::<Vec<_>>().join("\n")),
                (Some(said), _) => Some(escaped(said).into_owned()),
                (None, _) => model
                    .finding()
                    .and_then(|at| model.stories.get(at))
                    .map(|story| format!("{} ({}, {})", escaped(&story.title), story.cause, story.verdict)),
            }
        }
        Page::Timeline => entries(model),
        Page::Sources => model
            .case
            .as_ref()
            .and_then(|case| case.sources().get(model.sources.left))
            .map(|held| format!("{}  {}", held.sha256, escaped(&held.path))),
        Page::Notes => model.notes.get(model.notes_page.left).map(|note| format!("{}: {}", escaped(&note.place), escaped(note.note.what.text()))),
        Page::Lanes | Page::Entities => None,
    };
    match text {
        Some(text) => {
            let lines = text.lines().count();
            effects.push(Effect::Copy(text));
            model.say(if lines > 2 { format!("copied {lines} lines") } else { "copied".to_owned() });
        }
        None => model.say("there is nothing to copy"),
    }
}

/// Rows of the selection, or the selected one.
pub(super) fn chosen(model: &Model) -> Vec<crate::case::Row> {
    let Some(case) = &model.case else { return Vec::new() };
    let (a, b) = (model.timeline.selected, model.timeline.range.unwrap_or(model.timeline.selected));
    let end = model.folded(|list| list.after(a.max(b))).unwrap_or(a.max(b) + 1);
    let end = if model.timeline.range.is_some() { end } else { a + 1 };
    (a.min(b)..end).filter_map(|index| model.timeline.list.position(index)).filter_map(|position| case.row_at(position)).collect()
}

fn entries(model: &Model) -> Option<String> {
    let case = model.case.as_ref()?;
    let rows = chosen(model);
    let cited = rows.iter().take(MAX_COPIED).map(|row| {
        let (path, line) = case.place(*row);
        // The record that is open is copied in full, others as far as they are on the screen.
        let whole = model.detail.as_ref().filter(|(known, _)| known == row).map(|(_, detail)| detail.lines.join("\n"));
        let text = whole.or_else(|| model.texts.get(row).map(|headline| headline.text.clone())).unwrap_or_default();
        citation(path, line, &text)
    });
    (!rows.is_empty()).then(|| cited.collect::<Vec<_>>().join("\n"))
}

/// What a note would be about.
pub(super) fn target(model: &Model) -> Option<String> {
    if model.page == Page::Timeline {
        return model.selected_row().and_then(|row| model.mark(row));
    }
    let at = model.finding()?;
    let story = model.stories.get(at)?;
    let told = model.told().unwrap_or_default();
    // On a line of evidence it is about that line.
    if let Some(Anchor::Evidence(step, line)) = told.anchors.get(model.verdicts.right).filter(|_| model.verdicts.inside)
        && let Some(evidence) = story.steps.get(*step).and_then(|step| step.evidence.get(*line))
        && let Some(row) = model.case.as_ref().and_then(|case| case.row_of_evidence(&evidence.place()))
    {
        return model.mark(row);
    }
    Some(story.id.clone())
}

pub(super) fn note(model: &mut Model, what: What, effects: &mut Vec<Effect>) {
    match target(model) {
        Some(on) => effects.push(Effect::Note(on, what)),
        None => model.say("there is nothing to put it on"),
    }
}
