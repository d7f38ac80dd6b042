//! The page of lanes: states as bars over time, signals as marks.
//!
//! In: the model. Out: cells. Must not know: where states come from.

use ratatui::layout::Rect;

use super::super::lane::Lane;
use super::super::model::Model;
use super::super::text::{fit, fit_name, wide};
use super::super::theme::Role;
use super::canvas::Canvas;
use crate::report::entries::stamp;
use crate::time::human;

pub(super) fn draw(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let length = model.lanes.to.saturating_sub(model.lanes.from);
    canvas.title(area, &format!("states over time, {} shown", human(length)), true);
    let Some(survey) = &model.survey else {
        canvas.at(area, 1, 1, Role::Dim, "…");
        return;
    };
    if survey.lanes.is_empty() {
        canvas.at(area, 1, 1, Role::Text, "these logs tell no states");
        return;
    }
    let head = model.lane_head();
    let picture = Rect {
        x: area.x + head + 1,
        y: area.y + 1,
        width: model.lane_width().min(area.width.saturating_sub(head + 1)),
        height: area.height.saturating_sub(1),
    };
    axis(model, picture, canvas);
    let lines = Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
    let bars = Rect { y: lines.y, height: lines.height, ..picture };
    let cursor = cell(model, model.lanes.cursor, picture.width);
    for (at, lane) in survey.lanes.iter().enumerate().skip(model.lanes.top).take(usize::from(lines.height)) {
        let y = (at - model.lanes.top) as u16;
        let label = if lane.state.is_empty() {
            format!("{} {}", lane.kind, fit_name(&lane.name, usize::from(head).saturating_sub(lane.kind.len() + 2)))
        } else {
            format!("  {}", shortened(&lane.state, usize::from(head).saturating_sub(2)))
        };
        canvas.at(Rect { width: head, ..lines }, 0, y, if lane.state.is_empty() { Role::Strong } else { Role::Dim }, &fit(&label, usize::from(head)));
        row(model, lane, bars, y, canvas);
        if at == model.lanes.lane {
            canvas.over(Rect { y: lines.y + y, height: 1, ..lines }, Role::Selected);
        }
    }
    if let Some(cursor) = cursor {
        for y in 0..lines.height {
            let here = Rect { x: bars.x + cursor, y: bars.y + y, width: 1, height: 1 };
            canvas.over(here, Role::Faint);
        }
        canvas.at(picture, cursor, 0, Role::Strong, "▼");
    }
    let foot = Rect { y: area.y + area.height.saturating_sub(2), height: 2, ..area };
    for (line, (role, text)) in under(model).into_iter().take(2).enumerate() {
        canvas.at(foot, 1, line as u16, role, &fit(&text, usize::from(area.width.saturating_sub(2))));
    }
}

fn cell(model: &Model, time: i64, width: u16) -> Option<u16> {
    let length = i128::from(model.lanes.to) - i128::from(model.lanes.from);
    let past = i128::from(time) - i128::from(model.lanes.from);
    (length > 0 && past >= 0 && past < length).then(|| (past * i128::from(width) / length) as u16)
}

fn axis(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    canvas.at(area, 0, 0, Role::Dim, &"─".repeat(usize::from(area.width)));
    let length = model.lanes.to.saturating_sub(model.lanes.from);
    let days = stamp(model.lanes.from).get(..10) != stamp(model.lanes.to).get(..10);
    let step = 22;
    for column in (0..area.width.saturating_sub(12)).step_by(step) {
        let time = (i128::from(model.lanes.from) + i128::from(length) * i128::from(column) / i128::from(area.width.max(1))) as i64;
        canvas.at(
            area,
            column,
            0,
            Role::Dim,
            &format!("┴{} ", stamp(time).get(if days { 5..16 } else { 11..19 }).unwrap_or_default().replace('T', " ")),
        );
    }
}

fn row(model: &Model, lane: &Lane, area: Rect, y: u16, canvas: &mut Canvas<'_>) {
    for bar in &lane.bars {
        if bar.end < model.lanes.from || bar.start >= model.lanes.to {
            continue;
        }
        let from = cell(model, bar.start.max(model.lanes.from), area.width).unwrap_or(0);
        let to = cell(model, bar.end, area.width).unwrap_or(area.width.saturating_sub(1)).max(from);
        canvas.at(area, from, y, Role::Title, &"█".repeat(usize::from(to - from + 1)));
        if bar.start < model.lanes.from {
            canvas.at(area, 0, y, Role::Title, "◀");
        }
        if bar.end >= model.lanes.to {
            canvas.at(area, area.width.saturating_sub(1), y, Role::Title, "▶");
        } else if !bar.end_seen {
            // Nobody saw it end.
            canvas.at(area, to + 1, y, Role::Doubt, "…");
        }
    }
    for mark in &lane.marks {
        if let Some(column) = cell(model, mark.time, area.width) {
            let cited = mark.row.is_some_and(|row| model.evidence.contains_key(&row));
            canvas.at(area, column, y, if cited { Role::Evidence } else { Role::Warn }, if cited { "◆" } else { "•" });
        }
    }
}

/// A state and where, in so many cells: what tells it from its neighbours is the end.
fn shortened(state: &str, room: usize) -> String {
    let Some((what, whom)) = state.split_once(" on ").filter(|_| wide(state, usize::MAX) > room) else { return fit(state, room) };
    let left = room.saturating_sub(wide(whom, usize::MAX) + 4);
    if left < 4 { fit(state, room) } else { format!("{} on {whom}", fit(what, left)) }
}

/// What is under the cursor.
fn under(model: &Model) -> Vec<(Role, String)> {
    let Some(lane) = model.survey.as_ref().and_then(|survey| survey.lanes.get(model.lanes.lane)) else { return Vec::new() };
    let cursor = model.lanes.cursor;
    let cell = (model.lanes.to.saturating_sub(model.lanes.from) / i64::from(model.lane_width())).max(1);
    let clock = |ns: i64| stamp(ns).get(11..23).unwrap_or_default().to_owned();
    let mut told = Vec::new();
    for bar in lane.bars.iter().filter(|bar| bar.start <= cursor.saturating_add(cell) && bar.end >= cursor.saturating_sub(cell)) {
        let end = if bar.end_seen { clock(bar.end) } else { format!("{} or later", clock(bar.end)) };
        told.push((
            Role::Title,
            format!("{} {}: {} – {end} ({})", lane.name, lane.state, clock(bar.start), human(bar.end.saturating_sub(bar.start))),
        ));
    }
    let marks: Vec<String> = lane
        .marks
        .iter()
        .filter(|mark| mark.time.abs_diff(cursor) <= cell.unsigned_abs())
        .map(|mark| format!("{} {}", clock(mark.time), mark.signal))
        .collect();
    if !marks.is_empty() {
        told.push((Role::Warn, marks.join("  ")));
    }
    if told.is_empty() {
        told.push((Role::Dim, format!("{} {}: nothing at {}", lane.kind, lane.name, clock(cursor))));
    }
    told
}
