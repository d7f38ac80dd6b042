//! The mouse: wheel, click, drag.
//!
//! In: what the mouse did and where. Out: what that changes, effects. Must not know: how it is drawn.

use ratatui::layout::Rect;

use super::super::effect::Effect;
use super::super::input::Mouse;
use super::super::keymap::Command;
use super::super::list::Shown;
use super::super::model::{Model, Overlay, Page, Split};
use super::{go, moves, timeline};

/// Lines that one notch of the wheel moves by.
const NOTCH: usize = 3;

fn inside(area: Rect, column: u16, row: u16) -> bool {
    (area.x..area.x.saturating_add(area.width)).contains(&column) && (area.y..area.y.saturating_add(area.height)).contains(&row)
}

pub(super) fn mouse(model: &mut Model, what: Mouse, column: u16, row: u16, effects: &mut Vec<Effect>) {
    match what {
        Mouse::WheelUp | Mouse::WheelDown => {
            let command = if what == Mouse::WheelUp { Command::Up } else { Command::Down };
            if model.overlays.is_empty() && !over(model, what, column, row) {
                return;
            }
            for _ in 0..NOTCH {
                moves::along(model, command);
            }
        }
        Mouse::Press if !model.overlays.is_empty() => {
            if !matches!(model.overlays.last(), Some(Overlay::Prompt(_))) {
                model.overlays.pop();
            }
        }
        Mouse::Press if row == 0 => {
            if let Some((page, ..)) = model.tabs().into_iter().find(|(_, at, width)| (*at..at + width).contains(&column)) {
                go(model, page);
            }
        }
        Mouse::Press => press(model, column, row),
        Mouse::Drag => {
            if let Some((from, _)) = model.timeline.drag {
                model.timeline.drag = Some((from, column));
            }
        }
        Mouse::Release => {
            if let Some((from, to)) = model.timeline.drag.take() {
                release(model, from.min(to), from.max(to), effects);
            }
        }
    }
}

/// Gives the keys to what the wheel is turned over. Out: whether it moves along with them.
fn over(model: &mut Model, what: Mouse, column: u16, row: u16) -> bool {
    let at = |area| inside(area, column, row);
    match model.page {
        Page::Verdicts => model.verdicts.inside = at(model.verdict_areas().1) && model.told().is_some_and(|told| !told.anchors.is_empty()),
        Page::Entities => model.entities.inside = at(model.split_areas().1),
        Page::Sources => model.sources.inside = at(model.split_areas().1),
        Page::Timeline if at(model.timeline_areas().detail) => {
            timeline::scroll_detail(model, what == Mouse::WheelDown);
            return false;
        }
        _ => {}
    }
    true
}

fn choose(split: &mut Split, area: Rect, row: u16, len: usize) {
    // The first line of a list is its title.
    let at = split.top + usize::from(row.saturating_sub(area.y)).saturating_sub(1);
    if row > area.y && at < len && at != split.left {
        (split.left, split.right, split.scroll) = (at, 0, 0);
    }
    split.inside = false;
}

fn press(model: &mut Model, column: u16, row: u16) {
    match model.page {
        Page::Verdicts => {
            let (list, story) = model.verdict_areas();
            if inside(list, column, row) {
                let len = model.items.len();
                choose(&mut model.verdicts, list, row, len);
            } else if inside(story, column, row) && row > story.y {
                let line = model.verdicts.scroll + usize::from(row - story.y - 1);
                let anchor = model.told().and_then(|told| told.lines.get(line).and_then(|line| line.anchor));
                if let Some(anchor) = anchor {
                    let again = model.verdicts.inside && model.verdicts.right == anchor;
                    (model.verdicts.inside, model.verdicts.right) = (true, anchor);
                    if again {
                        super::open::open(model, &mut Vec::new());
                    }
                }
            }
        }
        Page::Timeline => {
            let areas = model.timeline_areas();
            if inside(areas.histogram, column, row) {
                model.timeline.drag = Some((column, column));
            } else if inside(areas.list, column, row) {
                let head = u16::from(model.timeline.columns.is_some());
                let line = usize::from((row - areas.list.y).saturating_sub(head));
                if let Some(Shown::Group { index, .. }) = model.timeline.rows.get(line).cloned() {
                    model.timeline.selected = index;
                }
            }
        }
        Page::Lanes => {
            let body = model.body();
            let head = model.lane_head();
            if column > head {
                let cell = i64::from(column - head - 1);
                let length = model.lanes.to.saturating_sub(model.lanes.from);
                model.lanes.cursor = model.lanes.from.saturating_add((i128::from(length) * i128::from(cell) / i128::from(model.lane_width())) as i64);
            }
            let lane = model.lanes.top + usize::from(row.saturating_sub(body.y + 2));
            if row >= body.y + 2 && model.survey.as_ref().is_some_and(|survey| lane < survey.lanes.len()) {
                model.lanes.lane = lane;
            }
        }
        Page::Entities => {
            let len = model.survey.as_ref().map_or(0, |survey| survey.entities.len());
            side(model, column, row, len, |model| &mut model.entities);
        }
        Page::Sources => {
            let len = model.case.as_ref().map_or(0, |case| case.sources().len());
            side(model, column, row, len, |model| &mut model.sources);
        }
        Page::Notes => {
            let (body, len) = (model.body(), model.notes.len());
            choose(&mut model.notes_page, body, row, len);
        }
    }
}

fn side(model: &mut Model, column: u16, row: u16, len: usize, split: impl Fn(&mut Model) -> &mut Split) {
    let (list, right) = model.split_areas();
    if inside(list, column, row) {
        choose(split(model), list, row, len);
    } else if inside(right, column, row) {
        let split = split(model);
        split.inside = true;
        split.right = split.scroll + usize::from(row.saturating_sub(right.y)).saturating_sub(1);
    }
}

/// A click on the histogram goes there, a drag makes a window of it.
fn release(model: &mut Model, from: u16, to: u16, effects: &mut Vec<Effect>) {
    let area = model.timeline_areas().histogram;
    let part = |column: u16| usize::from(column.saturating_sub(area.x)).min(usize::from(area.width));
    let (start, end) = (model.timeline.histogram.begins(part(from)), model.timeline.histogram.begins(part(to) + 1));
    if model.timeline.histogram.all.is_empty() {
        return;
    }
    if from == to {
        if let Some(position) = model.case.as_ref().map(|case| case.position_of_time(start).min(case.rows().saturating_sub(1))) {
            timeline::go_to(model, position);
        }
    } else {
        timeline::narrow(model, &timeline::span((start, end.saturating_sub(1))), effects);
    }
}
