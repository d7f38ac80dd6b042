//! The timeline: moving, jumping, searching, filtering.
//!
//! In: commands, answers. Out: what they change, effects. Must not know: how it is drawn.

use std::sync::Arc;

use super::super::effect::{Effect, asked};
use super::super::keymap::Command;
use super::super::list::List;
use super::super::model::{Filter, Model, Overlay, Page, Searched};
use super::visit;
use crate::case::Facet;
use crate::query::{Field, Pattern, Query};
use crate::report::entries::stamp;
use crate::severity::Severity;
use crate::time::MINUTE;

/// Cells that the text moves by.
const STEP: usize = 16;

/// Brings the selected entry onto the screen.
pub(super) fn keep_visible(model: &mut Model) {
    if model.page != Page::Timeline {
        return;
    }
    let len = model.timeline.list.len();
    model.timeline.selected = model.timeline.selected.min(len.saturating_sub(1));
    let (top, selected, height) = (model.timeline.top, model.timeline.selected, model.list_height());
    let screen =
        model.folded(|list| if list.list.len() == 0 { ((0, Vec::new()), 0) } else { (list.screen(top, selected, height), list.first(selected)) });
    if let Some(((top, rows), selected)) = screen {
        (model.timeline.top, model.timeline.rows, model.timeline.selected) = (top, rows, selected);
    }
}

/// Selects the entry at a position, or the one nearest to it that the filters leave.
pub(super) fn go_to(model: &mut Model, position: usize) {
    let list = &model.timeline.list;
    let index = list.index(position).min(list.len().saturating_sub(1));
    if list.position(index).is_some_and(|found| found != position) {
        model.say("the filters hide that entry: this is the next one that they leave");
    }
    model.timeline.selected = index;
    // What was jumped to stands in the upper third, with what came before it.
    if let Some((top, shown)) = model.folded(|list| {
        let height = model.list_height().max(1);
        let shown = list
            .rows(model.timeline.top, height)
            .iter()
            .any(|row| matches!(row, super::super::list::Shown::Group { index: at, .. } if *at == list.first(index)));
        (list.above(index, height / 3), shown)
    }) && !shown
    {
        model.timeline.top = top;
    }
}

/// The list that the filters leave.
pub(super) fn listed(model: &mut Model, found: Option<Arc<[u32]>>) {
    let position = model.timeline.list.position(model.timeline.selected).unwrap_or(0);
    let all = model.case.as_ref().map_or(0, |case| case.rows());
    model.timeline.range = None;
    model.timeline.list = found.map_or(List::All(all), List::Some);
    if model.timeline.list.len() == 0 {
        model.warn("the filters leave nothing; - removes the last one");
    }
    let index = model.timeline.list.index(position);
    model.timeline.selected = index.min(model.timeline.list.len().saturating_sub(1));
    if let Some(top) = model.folded(|list| list.above(index, 6)) {
        model.timeline.top = top;
    }
}

/// Applies the filters as they are now.
pub(super) fn apply(model: &mut Model, effects: &mut Vec<Effect>) {
    let ticket = model.next_ticket();
    model.timeline.waits = Some(ticket);
    let filter = model.filter();
    effects.push(Effect::Filter(ticket, filter.clone()));
    if let Some((facet, _)) = &model.timeline.columns {
        effects.push(Effect::Names(*facet, filter));
    }
    if let Some(search) = model.timeline.search.take() {
        let ticket = model.next_ticket();
        effects.push(Effect::Search(ticket, model.within(search.query.clone())));
        model.timeline.search = Some(Searched { hits: None, ticket, goes: false, ..search });
    }
}

/// Adds a filter.
pub(super) fn filter(model: &mut Model, text: &str, query: Query, inverted: bool, effects: &mut Vec<Effect>) {
    model.timeline.filters.push(Filter { text: text.to_owned(), query, inverted, on: true });
    apply(model, effects);
}

/// Adds a filter that was made from a selection: it is a query that could have been typed.
pub(super) fn narrow(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    match asked(text) {
        Ok(query) => filter(model, text, query, false, effects),
        Err(why) => model.warn(why),
    }
}

/// Sets one filter of a kind, replaces another value of it, or takes it away again.
fn toggle(model: &mut Model, start: &str, text: Option<String>, effects: &mut Vec<Effect>) {
    let before = model.timeline.filters.iter().position(|filter| filter.text.starts_with(start) && !filter.inverted);
    let had = before.map(|at| model.timeline.filters.remove(at).text);
    match text.filter(|text| had.as_ref() != Some(text)) {
        Some(text) => narrow(model, &text, effects),
        None => apply(model, effects),
    }
}

pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Only what is around a finding, or what it cites.
pub(super) fn around(model: &mut Model, cited: bool, effects: &mut Vec<Effect>) {
    let Some(story) = model.finding().and_then(|at| model.stories.get(at)) else {
        model.say("there is no finding");
        return;
    };
    let (id, begins, ends) = (story.id.clone(), story.begins(), super::super::story::ns(story.end.as_deref()));
    if model.page == Page::Lanes {
        if let Some(from) = begins {
            let to = ends.unwrap_or(from).max(from.saturating_add(1));
            let margin = (to.saturating_sub(from) / 4).max(MINUTE);
            (model.lanes.from, model.lanes.to, model.lanes.cursor) = (from.saturating_sub(margin), to.saturating_add(margin), from);
        }
        return;
    }
    visit(model, Page::Timeline);
    let text = if cited { format!("finding:{id}") } else { format!("around:{id}±2m") };
    toggle(model, if cited { "finding:" } else { "around:" }, Some(text), effects);
}

/// The filters: list, invert, remove, switch.
pub(super) fn filters(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    let at = match model.overlays.last() {
        Some(Overlay::Filters { selected }) => *selected,
        _ => model.timeline.filters.len().wrapping_sub(1),
    };
    if model.timeline.filters.is_empty() {
        model.say("there are no filters; f adds one");
        return;
    }
    match command {
        Command::Filters => {
            model.overlays.push(Overlay::Filters { selected: at });
            return;
        }
        Command::DropFilter => {
            if at < model.timeline.filters.len() {
                let filter = model.timeline.filters.remove(at);
                model.history.push(filter.text);
            }
            if model.timeline.filters.is_empty() {
                model.overlays.retain(|overlay| !matches!(overlay, Overlay::Filters { .. }));
            }
        }
        command => {
            if let Some(filter) = model.timeline.filters.get_mut(at) {
                if command == Command::InvertFilter {
                    filter.inverted = !filter.inverted;
                } else {
                    filter.on = !filter.on;
                }
            }
        }
    }
    if let Some(Overlay::Filters { selected }) = model.overlays.last_mut() {
        *selected = (*selected).min(model.timeline.filters.len().saturating_sub(1));
    }
    apply(model, effects);
}

/// Goes to the next hit, or the one before; around the end to the beginning. `here`: the selected one counts.
pub(super) fn hit(model: &mut Model, forward: bool, here: bool) {
    let Some(search) = &model.timeline.search else {
        model.say("nothing was searched for; / does");
        return;
    };
    let Some(hits) = &search.hits else {
        model.say("still searching");
        return;
    };
    let position = model.timeline.list.position(model.timeline.selected).unwrap_or(0) as u32;
    let last = model.folded(|list| list.after(model.timeline.selected)).and_then(|after| model.timeline.list.position(after.saturating_sub(1)));
    let found = if forward {
        // Of a folded group the first hit stands for all.
        let beyond = if here { position } else { last.map_or(position, |last| last as u32).saturating_add(1) };
        let at = hits.partition_point(|hit| *hit < beyond);
        hits.get(at).map(|hit| (*hit, false)).or_else(|| hits.first().map(|hit| (*hit, true)))
    } else {
        let at = hits.partition_point(|hit| *hit < position);
        at.checked_sub(1).and_then(|at| hits.get(at)).map(|hit| (*hit, false)).or_else(|| hits.last().map(|hit| (*hit, true)))
    };
    if let Some((position, around)) = found {
        go_to(model, position as usize);
        if around {
            model.say(if forward { "from the beginning again" } else { "from the end again" });
        }
    }
}

/// Stops a search, a filter or a jump that is not done yet. Out: whether there was one.
pub(super) fn halted(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let searches = model.timeline.search.as_ref().is_some_and(|search| search.hits.is_none());
    let filters = model.timeline.waits.take().is_some();
    let steps = model.stepping.take().is_some();
    if !searches && !filters && !steps {
        return false;
    }
    if searches {
        model.timeline.search = None;
    }
    if filters {
        // The list is that of the filters before: so are the chips.
        model.timeline.filters.clone_from(&model.timeline.applied);
        model.timeline.counted = None;
    }
    effects.push(Effect::Halt);
    model.say(if filters { "stopped: the filters are as they were" } else { "stopped" });
    true
}

/// Begins a search.
pub(super) fn search(model: &mut Model, text: &str, query: Query, effects: &mut Vec<Effect>) {
    visit(model, Page::Timeline);
    let ticket = model.next_ticket();
    effects.push(Effect::Search(ticket, model.within(query.clone())));
    model.timeline.search = Some(Searched { text: text.to_owned(), query, hits: None, ticket, goes: true });
}

fn step(model: &mut Model, query: Query, forward: bool, what: &'static str, effects: &mut Vec<Effect>) {
    let Some(position) = model.timeline.list.position(model.timeline.selected) else { return };
    let last = model.folded(|list| list.after(model.timeline.selected)).and_then(|after| model.timeline.list.position(after.saturating_sub(1)));
    let ticket = model.next_ticket();
    model.stepping = Some(ticket);
    let from = if forward { last.unwrap_or(position) } else { position };
    effects.push(Effect::Step(ticket, model.within(query), from, !forward, what));
}

fn evidence(model: &mut Model, forward: bool) {
    let Some(position) = model.timeline.list.position(model.timeline.selected) else { return };
    let mut shown = model.cited.iter().copied().filter(|cited| model.timeline.list.index_of(*cited).is_some());
    let found = if forward { shown.find(|cited| *cited > position) } else { shown.take_while(|cited| *cited < position).last() };
    match found {
        Some(position) => go_to(model, position),
        None => model.say("no further line that a finding cites"),
    }
}

/// Times of the selection, or a minute around the selected entry.
fn window(model: &Model) -> Option<(i64, i64)> {
    let case = model.case.as_ref()?;
    let time = |index| model.timeline.list.position(index).and_then(|position| case.time_at(position));
    let here = time(model.timeline.selected)?;
    Some(match model.timeline.range.and_then(time) {
        Some(other) => (here.min(other), here.max(other)),
        None => (here.saturating_sub(MINUTE), here.saturating_add(MINUTE)),
    })
}

/// The window as a query.
pub(super) fn span((from, to): (i64, i64)) -> String {
    format!("\"{}\"..\"{}\"", stamp(from), stamp(to))
}

/// Moves the record by a few lines.
pub(super) fn scroll_detail(model: &mut Model, down: bool) {
    let area = model.timeline_areas().detail;
    let last = model.record(area).map_or(0, |lines| lines.len()).saturating_sub(usize::from(area.height.saturating_sub(1)));
    let scroll = model.timeline.detail_scroll;
    model.timeline.detail_scroll = if down { scroll.saturating_add(3).min(last) } else { scroll.saturating_sub(3) };
}

pub(super) fn run(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    let signal = Query::Field(Field::Signal, Pattern::new("*"));
    let error = Query::Severity(Severity::ERROR.number(), 24);
    match command {
        Command::NextHit | Command::PreviousHit => hit(model, command == Command::NextHit, false),
        Command::NextError | Command::PreviousError => step(model, error, command == Command::NextError, "error", effects),
        Command::NextSignal | Command::PreviousSignal => step(model, signal, command == Command::NextSignal, "signal", effects),
        Command::NextEvidence | Command::PreviousEvidence => evidence(model, command == Command::NextEvidence),
        Command::Detail => model.timeline.detail = Some(!model.has_detail()),
        Command::DetailDown | Command::DetailUp => scroll_detail(model, command == Command::DetailDown),
        Command::Repeats => {
            model.timeline.shows_all = !model.timeline.shows_all;
            model.say(if model.timeline.shows_all { "every entry" } else { "entries that are alike are folded" });
        }
        Command::Raw => model.timeline.raw = !model.timeline.raw,
        Command::Where => model.timeline.place = model.timeline.place.next(),
        Command::Select => {
            let selected = model.timeline.selected;
            model.timeline.range = if model.timeline.range.is_some() { None } else { Some(selected) };
        }
        Command::Window => match window(model) {
            Some(window) => {
                model.timeline.range = None;
                narrow(model, &span(window), effects);
            }
            None => model.say("this entry has no time"),
        },
        Command::Columns => columns(model, effects),
        Command::OneSource | Command::OneNode => one(model, command == Command::OneNode, effects),
        Command::Severity => {
            let now = model.timeline.filters.iter().find(|filter| filter.text.starts_with("severity>=")).map(|filter| filter.text.clone());
            let next = match now.as_deref() {
                None => Some("severity>=warning"),
                Some("severity>=warning") => Some("severity>=error"),
                Some(_) => None,
            };
            toggle(model, "severity>=", next.map(str::to_owned), effects);
        }
        _ => {}
    }
}

/// Only the source, or the node, of the selected entry.
fn one(model: &mut Model, node: bool, effects: &mut Vec<Effect>) {
    let start = if node { "node:" } else { "source:" };
    if model.timeline.filters.iter().any(|filter| filter.text.starts_with(start) && !filter.inverted) {
        return toggle(model, start, None, effects);
    }
    let Some((row, case)) = model.selected_row().zip(model.case.clone()) else { return };
    let entry = case.entry(row);
    let value = if node { entry.node } else { case.sources().get(entry.source).map_or("", |held| held.path.as_str()) };
    if value.is_empty() {
        model.say("this entry does not say on which node it was written");
        return;
    }
    toggle(model, start, Some(format!("{start}{}", quoted(value))), effects);
}

fn columns(model: &mut Model, effects: &mut Vec<Effect>) {
    let next = match model.timeline.columns.as_ref().map(|(facet, _)| *facet) {
        None => Some((Facet::Node, "node")),
        Some(Facet::Node) => Some((Facet::Pod, "pod")),
        Some(Facet::Pod) => Some((Facet::Component, "component")),
        Some(Facet::Component) => Some((Facet::Source, "source")),
        Some(_) => None,
    };
    model.timeline.columns = next.map(|(facet, _)| (facet, Vec::new()));
    match next {
        Some((facet, name)) => {
            model.say(format!("side by side by {name}"));
            effects.push(Effect::Names(facet, model.filter()));
        }
        None => model.say("one below the other"),
    }
}

/// Moves the text to the left or right.
pub(super) fn shift(model: &mut Model, right: bool) {
    let skip = model.timeline.skip;
    model.timeline.skip = if right { (skip + STEP).min(4096) } else { skip.saturating_sub(STEP) };
}
