//! The page of verdicts: the list of findings, and the story of the one that is selected.
//!
//! In: the model. Out: cells. Must not know: how stories are found.

use ratatui::layout::Rect;

use super::super::model::Model;
use super::super::text::padded;
use super::super::theme::Role;
use super::canvas::Canvas;
use crate::report::text::count;

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let (list, story) = model.verdict_areas();
    let items = &model.items;
    let split = &model.verdicts;
    let tally = model.tally;
    let told = match tally.top {
        0 => "no known cause of trouble found".to_owned(),
        1 => "one finding".to_owned(),
        top if top == tally.causes => format!("{top} findings"),
        top => format!("{top} findings of {}", count(tally.causes as u64, "cause")),
    };
    let told = if tally.explained > 0 { format!("{told}, explaining {} more", tally.explained) } else { told };
    let told = model.caveat.as_ref().map_or_else(|| told.clone(), |caveat| format!("{told}; {caveat}"));
    canvas.title(list, &super::super::text::fit(&told, usize::from(list.width.saturating_sub(6))), !split.inside);
    let wide = list.width >= 100;
    for (line, item) in items.iter().enumerate().skip(split.top).take(usize::from(list.height.saturating_sub(1))) {
        let Some(found) = model.stories.get(item.story) else { continue };
        let y = (line - split.top) as u16 + 1;
        let fold = match (item.folded + item.alike, model.open.contains(&found.id)) {
            (0, _) => "  ",
            (_, true) => "▾ ",
            (_, false) => "▸ ",
        };
        let dim = |role| if found.holds() { role } else { Role::Dim };
        let when = found
            .begins()
            .map(|time| crate::report::entries::stamp(time).get(if wide { 0..19 } else { 5..19 }).unwrap_or_default().replace('T', " "));
        let verdict = match found.verdict.as_str() {
            "not-assessable" if !wide => "n/a",
            verdict => verdict,
        };
        let noted = model.notes.iter().any(|note| note.finding.as_ref() == Some(&found.id));
        canvas.line(
            list,
            y,
            &[
                (Role::Dim, &"  ".repeat(item.depth)),
                (Role::Title, fold),
                (dim(Role::of_level(&found.severity)), &padded(&found.severity, 8)),
                (Role::Text, " "),
                (dim(if found.verdict == "confirmed" { Role::Good } else { Role::Doubt }), &padded(verdict, if wide { 14 } else { 9 })),
                (Role::Text, " "),
                (Role::Dim, &padded(when.as_deref().unwrap_or("-"), if wide { 19 } else { 14 })),
                (Role::Noted, if noted { " ★ " } else { "  " }),
            ],
        );
        let column = (item.depth * 2) as u16 + if wide { 48 } else { 36 } + u16::from(noted);
        let room = usize::from(list.width.saturating_sub(column));
        let over = items.iter().take(line).rev().find(|over| over.depth < item.depth).and_then(|over| model.stories.get(over.story));
        let title = match over.and_then(|over| found.apart_from(over)) {
            Some(names) => format!("{names}: {}", found.title),
            None if item.alike > 0 => format!("×{} {}", item.alike + 1, found.title),
            None => found.title.clone(),
        };
        canvas.at(list, column, y, dim(Role::Text), &super::super::text::fit(&title, room));
        if line == split.left {
            canvas.over(Rect { y: list.y + y, height: 1, ..list }, if split.inside { Role::Faint } else { Role::Selected });
        }
    }
    let Some(page) = model.told() else {
        canvas.title(story, "nothing to tell", false);
        canvas.at(story, 2, 2, Role::Text, "None of the known causes is told by these logs. 2 opens the timeline, 5 says what could not be read.");
        return;
    };
    let name = model.finding().and_then(|at| model.stories.get(at)).map_or("", |story| story.cause.as_str());
    canvas.title(story, name, split.inside);
    let height = usize::from(story.height.saturating_sub(1));
    for (line, told) in page.lines.iter().enumerate().skip(split.scroll).take(height) {
        let y = (line - split.scroll) as u16 + 1;
        let mut column = 1;
        for (role, text) in &told.parts {
            column = canvas.at(story, column, y, *role, text);
        }
        if split.inside && told.anchor == Some(split.right) {
            canvas.over(Rect { y: story.y + y, height: 1, ..story }, Role::Selected);
        }
    }
    scrollbar(canvas, story, split.scroll, page.lines.len());
}

/// How far down a pane is, on its right edge.
pub(super) fn scrollbar(canvas: &mut Canvas<'_>, area: Rect, scroll: usize, lines: usize) {
    let height = usize::from(area.height.saturating_sub(1));
    if lines <= height || height < 3 {
        return;
    }
    let length = (height * height / lines).max(1);
    let at = (scroll * (height - length)).checked_div(lines - height).unwrap_or(0).min(height - length);
    for line in at..at + length {
        canvas.at(area, area.width.saturating_sub(1), line as u16 + 1, Role::Dim, "▐");
    }
}
