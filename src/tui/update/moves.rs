//! Moving through lists, stories, lanes.
//!
//! In: commands. Out: another place. Must not know: what stands there.

use super::super::keymap::Command;
use super::super::model::{Model, Overlay, Page, Split};
use super::timeline;

/// Where a command leads from `at` among `len`, `page` at once.
fn moved(at: usize, len: usize, page: usize, command: Command) -> usize {
    let last = len.saturating_sub(1);
    let half = (page / 2).max(1);
    let whole = page.saturating_sub(1).max(1);
    match command {
        Command::Down => at.saturating_add(1).min(last),
        Command::Up => at.saturating_sub(1),
        Command::HalfDown => at.saturating_add(half).min(last),
        Command::HalfUp => at.saturating_sub(half),
        Command::PageDown => at.saturating_add(whole).min(last),
        Command::PageUp => at.saturating_sub(whole),
        Command::First => 0,
        _ => last,
    }
}

/// Moves along what has the keys.
pub(super) fn along(model: &mut Model, command: Command) {
    let page = usize::from(model.body().height);
    match model.overlays.last_mut() {
        Some(Overlay::Help { scroll }) => return *scroll = moved(*scroll, 1000, page, command),
        Some(Overlay::Filters { selected }) => return *selected = moved(*selected, model.timeline.filters.len(), page, command),
        Some(Overlay::Prompt(_)) => return,
        None => {}
    }
    match model.page {
        Page::Verdicts => {
            let (list, story) = model.verdict_areas();
            if model.verdicts.inside {
                let told = model.told().unwrap_or_default();
                inside(&mut model.verdicts, told.anchors.len(), usize::from(story.height) / 3, command);
            } else {
                let len = model.items.len();
                aside(&mut model.verdicts, len, usize::from(list.height), command);
            }
        }
        Page::Timeline => entries(model, command),
        Page::Lanes => {
            let len = model.survey.as_ref().map_or(0, |survey| survey.lanes.len());
            model.lanes.lane = moved(model.lanes.lane, len, model.lane_height(), command);
        }
        Page::Entities => {
            let (list, right) = model.split_areas();
            let (len, lines) =
                (model.survey.as_ref().map_or(0, |survey| survey.entities.len()), model.life.as_ref().map_or(0, |(_, lines)| lines.len()));
            if model.entities.inside {
                inside(&mut model.entities, lines, usize::from(right.height), command);
            } else {
                aside(&mut model.entities, len, usize::from(list.height), command);
            }
        }
        Page::Sources => {
            let (list, right) = model.split_areas();
            if model.sources.inside {
                inside(&mut model.sources, 400, usize::from(right.height), command);
            } else {
                let len = model.case.as_ref().map_or(0, |case| case.sources().len());
                aside(&mut model.sources, len, usize::from(list.height), command);
            }
        }
        Page::Notes => {
            let len = model.notes.len();
            aside(&mut model.notes_page, len, page, command);
        }
    }
}

fn aside(split: &mut Split, len: usize, page: usize, command: Command) {
    let next = moved(split.left, len, page, command);
    if next != split.left {
        (split.left, split.right, split.scroll) = (next, 0, 0);
    }
}

fn inside(split: &mut Split, len: usize, page: usize, command: Command) {
    split.right = moved(split.right, len, page, command);
}

/// Moves by groups in the timeline.
fn entries(model: &mut Model, command: Command) {
    let height = model.list_height().max(1);
    let selected = model.timeline.selected;
    let len = model.timeline.list.len();
    let by = match command {
        Command::Down | Command::Up => 1,
        Command::HalfDown | Command::HalfUp => (height / 2).max(1),
        _ => height.saturating_sub(1).max(1),
    };
    let target = model.folded(|list| match command {
        Command::First => 0,
        Command::Last => list.first(len.saturating_sub(1)),
        Command::Down | Command::HalfDown | Command::PageDown => {
            let mut at = selected;
            for _ in 0..by {
                match list.next(at) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            at
        }
        _ => list.above(selected, by),
    });
    if let Some(target) = target {
        model.timeline.selected = target;
    }
}

/// Moves to the side.
pub(super) fn across(model: &mut Model, right: bool) {
    match model.page {
        Page::Verdicts if right && !model.verdicts.inside => super::open::story(model),
        Page::Verdicts => model.verdicts.inside = right,
        Page::Timeline => timeline::shift(model, right),
        Page::Lanes => cursor(model, right),
        Page::Entities => model.entities.inside = right,
        Page::Sources => model.sources.inside = right,
        Page::Notes => {}
    }
}

/// Moves the time of the lanes by one cell; at the edge the picture moves.
fn cursor(model: &mut Model, right: bool) {
    let width = i64::from(model.lane_width());
    let lanes = &mut model.lanes;
    let length = lanes.to.saturating_sub(lanes.from).max(1);
    let cell = (length / width).max(1);
    lanes.cursor = if right { lanes.cursor.saturating_add(cell) } else { lanes.cursor.saturating_sub(cell) };
    follow(model);
}

/// Moves the picture so that the cursor is on it.
fn follow(model: &mut Model) {
    let lanes = &mut model.lanes;
    let length = lanes.to.saturating_sub(lanes.from).max(1);
    if lanes.cursor < lanes.from || lanes.cursor >= lanes.to {
        let from = lanes.cursor.saturating_sub(length / 2);
        (lanes.from, lanes.to) = (from, from.saturating_add(length));
    }
    let Some((first, last)) = model.reach else { return };
    let lanes = &mut model.lanes;
    lanes.cursor = lanes.cursor.clamp(first, last.max(first));
}

/// Makes the time of the lanes shorter or longer, around the cursor.
pub(super) fn zoom(model: &mut Model, command: Command) {
    let Some((first, last)) = model.reach else { return };
    let whole = last.saturating_sub(first).max(1);
    let shortest = i64::from(model.lane_width()).saturating_mul(1000);
    let lanes = &mut model.lanes;
    let length = lanes.to.saturating_sub(lanes.from).max(1);
    let next = match command {
        Command::ZoomIn => (length / 2).max(shortest),
        Command::ZoomOut => length.saturating_mul(2).min(whole.saturating_add(1)),
        _ => whole.saturating_add(1),
    };
    if next > whole {
        (lanes.from, lanes.to) = (first, first.saturating_add(next));
    } else {
        // The cursor stays where it is on the screen.
        let share = (lanes.cursor.saturating_sub(lanes.from) as f64 / length as f64).clamp(0.0, 1.0);
        lanes.from = lanes.cursor.saturating_sub((next as f64 * share) as i64);
        lanes.to = lanes.from.saturating_add(next);
    }
    follow(model);
}

/// Goes to the next mark of a lane, or the one before; a lane of bars has their edges.
pub(super) fn mark(model: &mut Model, forward: bool) {
    let Some(lane) = model.survey.as_ref().and_then(|survey| survey.lanes.get(model.lanes.lane)) else { return };
    let mut times: Vec<i64> = lane.marks.iter().map(|mark| mark.time).chain(lane.bars.iter().flat_map(|bar| [bar.start, bar.end])).collect();
    times.sort_unstable();
    let cursor = model.lanes.cursor;
    let found = if forward { times.into_iter().find(|time| *time > cursor) } else { times.into_iter().rev().find(|time| *time < cursor) };
    match found {
        Some(time) => {
            model.lanes.cursor = time;
            follow(model);
        }
        None => model.say("nothing more in this lane"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_beyond_the_ends() {
        for (command, at, to) in [
            (Command::Down, 0, 1),
            (Command::Down, 9, 9),
            (Command::Up, 0, 0),
            (Command::PageDown, 3, 7),
            (Command::PageDown, 8, 9),
            (Command::HalfUp, 4, 2),
            (Command::First, 7, 0),
            (Command::Last, 1, 9),
        ] {
            assert_eq!(moved(at, 10, 5, command), to, "{command:?} from {at}");
        }
        assert_eq!(moved(0, 0, 5, Command::Last), 0);
    }
}
