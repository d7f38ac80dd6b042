//! Answers of the world.
//!
//! In: messages that answer effects. Out: what they change. Must not know: who answered.

use std::path::Path;

use super::super::effect::{Effect, Loaded, Message, Noted, Whole, asked};
use super::super::list::List;
use super::super::model::{Filter, Model, Progress, Reading};
use super::super::theme::Theme;
use super::{Overlay, timeline};
use crate::case::{Case, Row};

pub(super) fn take(model: &mut Model, message: Message, effects: &mut Vec<Effect>) {
    match message {
        Message::Input(_) => {}
        Message::Listed(inputs) => model.inputs = inputs,
        Message::Progress(step, done, all) => model.progress = Some(Progress { step, done, all }),
        Message::Ready => model.progress = None,
        Message::Broken(why) => {
            model.progress = None;
            model.broken = Some(why);
        }
        Message::Stopped => {
            model.progress = None;
            model.stopped = true;
            model.warn(if model.is_glimpse() { "stopped: only how the files begin was read" } else { "stopped: nothing can be shown yet" });
        }
        Message::Glimpsed(loaded) => glimpsed(model, *loaded),
        Message::Opened(loaded) => opened(model, *loaded, effects),
        Message::Read(whole) => read(model, *whole),
        Message::Noted(case, notes) => {
            model.case = Some(case);
            noted(model, notes);
            model.say("noted");
        }
        Message::Pace(pace) => model.pace = pace,
        Message::Texts(directory, _) | Message::Detail(directory, ..) if !is_of(model, &directory) => {}
        Message::Texts(_, texts) => {
            for (row, text) in texts {
                model.asked.remove(&row);
                model.texts.insert(row, text);
            }
        }
        Message::Detail(_, row, detail) => {
            if model.detail_asked == Some(row) {
                model.detail_asked = None;
                model.detail = Some((row, detail));
                model.timeline.detail_scroll = 0;
            }
        }
        Message::Lived(ticket, lines) => {
            if let Some((_, name)) = model.life_asked.take_if(|(asked, _)| *asked == ticket) {
                model.life = Some((name, lines));
                (model.entities.right, model.entities.scroll) = (0, 0);
            }
        }
        Message::Filtered(ticket, found) => {
            if model.timeline.waits.take_if(|asked| *asked == ticket).is_some() {
                match found {
                    Ok(found) => {
                        model.timeline.applied.clone_from(&model.timeline.filters);
                        timeline::listed(model, found);
                    }
                    Err(why) => {
                        // The list is that of the filters before: so are the chips.
                        model.timeline.filters.clone_from(&model.timeline.applied);
                        model.warn(why);
                    }
                }
            }
        }
        Message::Searched(ticket, found) => searched(model, ticket, found),
        Message::Counted(ticket, count) => {
            if model.live.take_if(|asked| *asked == ticket).is_some()
                && let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut()
            {
                prompt.live = Some(count);
            }
        }
        Message::Stepped(ticket, found, what) => {
            if model.stepping.take_if(|asked| *asked == ticket).is_some() {
                match found {
                    Ok(Some(position)) => timeline::go_to(model, position),
                    Ok(None) => model.say(format!("no further {what}")),
                    Err(why) => model.warn(why),
                }
            }
        }
        Message::Histogram(ticket, histogram) => {
            if model.timeline.counted.as_ref().is_some_and(|asked| asked.ticket == ticket) {
                model.timeline.histogram = histogram;
            }
        }
        Message::Surveyed(survey) => model.survey = Some(*survey),
        Message::Names(facet, names) => {
            if let Some((known, columns)) = &mut model.timeline.columns
                && *known == facet
            {
                *columns = names;
            }
        }
        Message::Said(Ok(what)) => model.say(what),
        Message::Said(Err(why)) => model.warn(why),
        Message::Kept(path) => {
            model.temporary = false;
            model.name = path.display().to_string();
            model.kept = Some(path);
            model.say("kept");
            if model.quitting {
                super::leave(model, effects);
            }
        }
    }
}

fn searched(model: &mut Model, ticket: u64, found: Result<std::sync::Arc<[u32]>, String>) {
    let Some(search) = model.timeline.search.as_mut().filter(|search| search.ticket == ticket) else { return };
    match found {
        Ok(hits) => {
            let (goes, none) = (std::mem::take(&mut search.goes), hits.is_empty());
            search.hits = Some(hits);
            if none && goes {
                model.warn("nothing fits; what was open stays where it was");
            } else if goes {
                timeline::hit(model, true, true);
            }
        }
        Err(why) => {
            model.timeline.search = None;
            model.warn(why);
        }
    }
}

fn noted(model: &mut Model, notes: Vec<Noted>) {
    model.noted.clear();
    for row in notes.iter().filter_map(|note| note.row) {
        *model.noted.entry(row).or_default() += 1;
    }
    model.notes = notes;
}

/// Takes up what a first look did without.
fn read(model: &mut Model, whole: Whole) {
    let Whole { case, stories, caveat, evidence, notes } = whole;
    // A newer state of the case has come meanwhile.
    if model.case.as_ref().is_none_or(|known| known.manifest().timeline != case.manifest().timeline) {
        return;
    }
    let mut cited: Vec<usize> = evidence.keys().map(|row| case.position_of(*row)).collect();
    cited.sort_unstable();
    (model.stories, model.caveat, model.evidence, model.cited, model.reading) = (stories, caveat, evidence, cited, Reading::Whole);
    // Notes are only ever added: a later one may be known already.
    if notes.len() >= model.notes.len() {
        noted(model, notes);
    }
    model.list_findings();
}

/// Whether an answer is about the case that is shown.
fn is_of(model: &Model, directory: &Path) -> bool {
    model.case.as_ref().is_some_and(|case| case.directory() == directory)
}

/// Takes up what can be looked at while the rest is read: entries. What they mean is told of the whole only.
fn glimpsed(model: &mut Model, loaded: Loaded) {
    if model.case.is_some() {
        return;
    }
    model.timeline.list = List::All(loaded.case.rows());
    (model.reach, model.dated) = (loaded.reach, loaded.dated);
    (model.case, model.reading) = (Some(loaded.case), Reading::Glimpse);
}

/// The whole case takes the place of the glimpse: the entry that was selected is selected again.
fn whole(model: &mut Model, glimpse: &Case, selected: Option<Row>, effects: &mut Vec<Effect>) {
    (model.detail, model.detail_asked, model.timeline.counted, model.stepping) = (None, None, None, None);
    model.timeline.range = None;
    let Some(case) = model.case.clone() else { return };
    let position = selected.and_then(|row| {
        let path = &glimpse.sources().get(glimpse.source_of(row))?.path;
        let source = case.sources().iter().position(|held| held.path == *path)?;
        Some(case.position_of(case.row_of(source, glimpse.entry(row).offset)?))
    });
    let narrowed = !model.timeline.filters.is_empty() || model.timeline.search.is_some() || model.timeline.columns.is_some();
    model.timeline.list = List::All(case.rows());
    timeline::go_to(model, position.unwrap_or(0));
    if narrowed {
        timeline::apply(model, effects);
    }
}

/// Takes up a case, or a newer state of it.
fn opened(model: &mut Model, loaded: Loaded, effects: &mut Vec<Effect>) {
    let Loaded { case, stories, reach, dated, state } = loaded;
    let same = !model.is_glimpse() && model.case.as_ref().is_some_and(|before| before.manifest().timeline == case.manifest().timeline);
    let glimpse = if model.is_glimpse() { model.case.clone().zip(Some(model.selected_row())) } else { None };
    if matches!(model.timeline.list, List::All(_)) {
        model.timeline.list = List::All(case.rows());
    }
    (model.reach, model.dated) = (reach, dated);
    model.case = Some(case);
    if !same {
        (model.stories, model.reading) = (stories, Reading::Headlines);
        model.list_findings();
    }
    model.survey = None;
    effects.push(Effect::Survey);
    if same {
        return;
    }
    model.texts.clear();
    model.asked.clear();
    if let Some((before, selected)) = glimpse {
        whole(model, &before, selected, effects);
    }
    let (from, to) = model.reach.unwrap_or((0, 1));
    (model.lanes.from, model.lanes.to, model.lanes.cursor) = (from, to.max(from.saturating_add(1)), from);
    let Some(state) = state else { return };
    model.history = state.history;
    if let Some(theme) = state.theme.as_deref().and_then(Theme::named).filter(|_| model.theme != Theme::Plain) {
        (model.theme, model.theme_chosen) = (theme, true);
    }
    if let Some(at) =
        state.finding.and_then(|cause| model.items.iter().position(|item| model.stories.get(item.story).is_some_and(|story| story.cause == cause)))
    {
        model.verdicts.left = at;
    }
    let filters = state.filters.into_iter().filter_map(|(text, inverted, on)| asked(&text).ok().map(|query| Filter { text, query, inverted, on }));
    model.timeline.filters = filters.collect();
    let entry = state.entry.and_then(|entry| entry.split_once('@').and_then(|(source, offset)| Some((source.parse().ok()?, offset.parse().ok()?))));
    if let Some((source, offset)) = entry
        && let Some(position) = model.case.as_ref().and_then(|case| case.row_of(source, offset).map(|row| case.position_of(row)))
    {
        timeline::go_to(model, position);
    }
    if !model.timeline.filters.is_empty() {
        timeline::apply(model, effects);
    }
}
