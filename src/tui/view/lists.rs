//! Pages that are lists: entities, sources, notes; and what is shown while there is no case yet.
//!
//! In: the model. Out: cells. Must not know: how a case is read.

use ratatui::layout::Rect;

use super::super::model::{Model, Split};
use super::super::text::{fit, fit_name, padded, wrapped};
use super::super::theme::Role;
use super::canvas::Canvas;
use super::verdicts::scrollbar;
use crate::case::{Held, Place};
use crate::query::moment;
use crate::report::text::{count, size};

/// Problems and gaps listed of one source.
const MAX_LISTED: usize = 200;

/// Why there is nothing to show.
pub(super) fn broken(area: Rect, why: &str, canvas: &mut Canvas<'_>) {
    canvas.title(area, "this cannot be opened", true);
    let lines = why.lines().flat_map(|line| wrapped(line, usize::from(area.width.saturating_sub(4))));
    for (at, line) in lines.enumerate() {
        canvas.at(area, 2, at as u16 + 2, Role::Text, &line);
    }
}

/// What is being read.
pub(super) fn reading(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let all: u64 = model.inputs.iter().map(|(_, bytes)| bytes).sum();
    let told = match model.inputs.len() as u64 {
        0 => "opening".to_owned(),
        files if model.stopped => format!("stopped: {} of {} not read to their end", count(files, "file"), size(all)),
        files => format!("reading {}, {}", count(files, "file"), size(all)),
    };
    canvas.title(area, &told, true);
    if let Some(progress) = &model.progress {
        let share = progress.done.saturating_mul(100).checked_div(progress.all).unwrap_or(0).min(100);
        let width = usize::from(area.width.saturating_sub(30)).clamp(8, 60);
        let done = width * share as usize / 100;
        let bar = format!("{}{}", "█".repeat(done), "░".repeat(width - done));
        canvas.line(area, 2, &[(Role::Text, "  "), (Role::Title, &bar), (Role::Text, &format!("  {} {share} %", progress.step))]);
    }
    let hint = match (model.is_glimpse(), model.stopped) {
        (true, false) => "2 shows how the files begin; what happened is told when all of them are read",
        (true, true) => "2 shows how the files begin; what happened can only be told of all of them: q leaves, open them again to read on",
        (false, true) => "there is nothing to show yet: q leaves, open them again to read on",
        (false, false) => "",
    };
    for (at, line) in wrapped(hint, usize::from(area.width.saturating_sub(4))).iter().take(2).enumerate() {
        canvas.at(area, 2, at as u16 + 3, Role::Text, line);
    }
    let room = usize::from(area.height.saturating_sub(7));
    for (at, (path, bytes)) in model.inputs.iter().take(room).enumerate() {
        let width = usize::from(area.width.saturating_sub(16));
        canvas.line(area, at as u16 + 6, &[(Role::Dim, &format!("{:>12}  ", size(*bytes))), (Role::Text, &fit_name(path, width))]);
    }
    if model.inputs.len() > room {
        canvas.at(area, 14, area.height.saturating_sub(1), Role::Dim, &format!("and {} more", model.inputs.len() - room));
    }
}

fn select(canvas: &mut Canvas<'_>, area: Rect, y: u16, split: &Split) {
    canvas.over(Rect { y: area.y + y, height: 1, ..area }, if split.inside { Role::Faint } else { Role::Selected });
}

pub(super) fn entities(model: &Model, canvas: &mut Canvas<'_>) {
    let (list, right) = model.split_areas();
    let split = &model.entities;
    let Some(survey) = &model.survey else {
        canvas.title(list, "entities", true);
        canvas.at(list, 1, 1, Role::Dim, "…");
        return;
    };
    canvas.title(list, &format!("{}, signals about each", count(survey.entities.len() as u64, "name")), !split.inside);
    for (line, (kind, name, signals)) in survey.entities.iter().enumerate().skip(split.top).take(usize::from(list.height.saturating_sub(1))) {
        let y = (line - split.top) as u16 + 1;
        let room = usize::from(list.width.saturating_sub(20));
        canvas.line(
            list,
            y,
            &[
                (Role::Dim, &padded(kind, 10)),
                (Role::Text, " "),
                (Role::Text, &padded(&fit_name(name, room), room + 1)),
                (Role::Dim, &format!("{signals:>6}")),
            ],
        );
        if line == split.left {
            select(canvas, list, y, split);
        }
    }
    let name = model.life.as_ref().map_or("…", |(name, _)| name.as_str());
    canvas.title(right, &fit_name(name, usize::from(right.width.saturating_sub(6))), split.inside);
    let Some((_, lines)) = &model.life else { return };
    for (line, lived) in lines.iter().enumerate().skip(split.scroll).take(usize::from(right.height.saturating_sub(1))) {
        let y = (line - split.scroll) as u16 + 1;
        let role = match (lived.is_title, lived.row.is_some_and(|row| model.evidence.contains_key(&row)), lived.finding.is_some()) {
            (true, ..) => Role::Title,
            (_, true, _) => Role::Evidence,
            (_, _, true) => Role::Strong,
            _ => Role::Text,
        };
        let mut column = 1;
        if let Some(((start, end, seen), (first, last))) = lived.bar.zip(model.reach) {
            column = canvas.at(right, column, y, Role::Title, &bar((first, last), (start, end), 24)) + 1;
            column = canvas.at(right, column.saturating_sub(1), y, Role::Doubt, if seen { " " } else { "…" }) + 1;
        }
        let room = usize::from(right.width.saturating_sub(column + 1));
        canvas.at(right, column, y, role, &fit(&lived.text, room));
        if split.inside && line == split.right {
            canvas.over(Rect { y: right.y + y, height: 1, ..right }, Role::Selected);
        }
    }
    scrollbar(canvas, right, split.scroll, lines.len());
}

/// Where a time lies within all of it.
fn bar((first, last): (i64, i64), (start, end): (i64, i64), width: usize) -> String {
    let length = (i128::from(last) - i128::from(first)).max(1);
    let cell = |time: i64| (((i128::from(time) - i128::from(first)).clamp(0, length) * width as i128 / length) as usize).min(width - 1);
    let (from, to) = (cell(start), cell(end));
    (0..width).map(|at| if (from..=to).contains(&at) { '█' } else { '·' }).collect()
}

fn covers(held: &Held) -> Option<(i64, i64)> {
    let time = |name: &str| held.about.get(name).and_then(serde_json::Value::as_str).and_then(|text| moment(text, None)).map(|(time, _)| time);
    time("first").zip(time("last"))
}

pub(super) fn sources(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(case) = &model.case else { return };
    let (list, right) = model.split_areas();
    let split = &model.sources;
    let bytes: u64 = case.sources().iter().map(|held| held.bytes).sum();
    canvas.title(
        list,
        &format!("{}, {}, {}", count(case.sources().len() as u64, "source"), size(bytes), count(case.rows() as u64, "record")),
        !split.inside,
    );
    for (line, held) in case.sources().iter().enumerate().skip(split.top).take(usize::from(list.height.saturating_sub(1))) {
        let y = (line - split.top) as u16 + 1;
        let troubled = held.about.get("problems").and_then(serde_json::Value::as_array).is_some_and(|problems| !problems.is_empty());
        let width = usize::from(list.width / 4).clamp(8, 24);
        let covered = model.reach.zip(covers(held)).map_or_else(|| " ".repeat(width), |(all, own)| bar(all, own, width));
        let room = usize::from(list.width).saturating_sub(width + 3);
        canvas.line(
            list,
            y,
            &[
                (Role::Warn, if troubled { "! " } else { "  " }),
                (Role::Text, &padded(&fit_name(&held.path, room), room)),
                (Role::Text, " "),
                (Role::Title, &covered),
            ],
        );
        if line == split.left {
            select(canvas, list, y, split);
        }
    }
    canvas.title(right, "what is known of it", split.inside);
    let lines = source_lines(model, usize::from(right.width));
    for (line, (role, text)) in lines.iter().enumerate().skip(split.scroll).take(usize::from(right.height.saturating_sub(1))) {
        canvas.at(right, 1, (line - split.scroll) as u16 + 1, *role, text);
        if split.inside && line == split.right {
            canvas.over(Rect { y: right.y + (line - split.scroll) as u16 + 1, height: 1, ..right }, Role::Selected);
        }
    }
    scrollbar(canvas, right, split.scroll, lines.len());
}

/// What is known of the selected source, in lines of this width.
pub(in super::super) fn source_lines(model: &Model, width: usize) -> Vec<(Role, String)> {
    let Some(held) = model.case.as_ref().and_then(|case| case.sources().get(model.sources.left)) else { return Vec::new() };
    let about = &held.about;
    let text = |pointer: &str| about.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let number = |pointer: &str| about.pointer(pointer).and_then(serde_json::Value::as_i64);
    let mut lines = Vec::new();
    let mut row = |role: Role, name: &str, value: String| {
        if value.is_empty() {
            return;
        }
        for (at, line) in wrapped(&value, width.saturating_sub(14)).into_iter().enumerate() {
            lines.push((role, format!("{} {line}", padded(if at == 0 { name } else { "" }, 10))));
        }
    };
    row(Role::Strong, "path", held.path.clone());
    let wrappers: Vec<&str> =
        about.get("wrappers").and_then(serde_json::Value::as_array).into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    let format = text("/format");
    let format = if format.is_empty() { "not read".to_owned() } else { format };
    row(Role::Text, "format", std::iter::once(format.as_str()).chain(wrappers.into_iter().rev()).collect::<Vec<_>>().join(" in "));
    for name in ["component", "version", "node", "pod", "container"] {
        row(Role::Text, name, text(&format!("/{name}")));
    }
    row(Role::Text, "holds", format!("{}, {}", size(held.bytes), count(held.rows, "record")));
    let short = |text: &str| text.get(..23).unwrap_or(text).replace('T', " ");
    if let (Some(first), Some(last)) = (about.get("first").and_then(serde_json::Value::as_str), about.get("last").and_then(serde_json::Value::as_str))
    {
        row(Role::Text, "covers", format!("{} – {} UTC", short(first), short(last)));
    }
    if !text("/clock/zone").is_empty() {
        let year = number("/clock/year").map(|year| format!(", year {year} ({})", text("/clock/year_basis"))).unwrap_or_default();
        let doubt = number("/clock/doubt_ms")
            .filter(|doubt| *doubt > 0)
            .map(|doubt| format!(", ±{}", crate::time::human(doubt.saturating_mul(1_000_000))))
            .unwrap_or_default();
        row(Role::Text, "clock", format!("zone {} ({}){year}{doubt}", text("/clock/zone"), text("/clock/zone_basis")));
    }
    for gap in about.pointer("/coverage/gaps").and_then(serde_json::Value::as_array).into_iter().flatten().take(MAX_LISTED) {
        let of = |name: &str| gap.get(name).and_then(serde_json::Value::as_str).map(short).unwrap_or_default();
        row(Role::Doubt, "silent", format!("{} – {}", of("from"), of("to")));
    }
    for problem in about.get("problems").and_then(serde_json::Value::as_array).into_iter().flatten().take(MAX_LISTED) {
        let line = problem.get("line").and_then(serde_json::Value::as_u64).map_or(String::new(), |line| format!("line {line}: "));
        row(Role::Warn, "problem", format!("{line}{}", problem.get("what").and_then(serde_json::Value::as_str).unwrap_or_default()));
    }
    for note in about.get("notes").and_then(serde_json::Value::as_array).into_iter().flatten().filter_map(serde_json::Value::as_str) {
        row(Role::Dim, "note", note.to_owned());
    }
    for stretch in &held.stretches {
        let place = match &stretch.text {
            Place::Nowhere => "none".to_owned(),
            Place::Original { .. } => "in the original".to_owned(),
            Place::Store { .. } => "in the case".to_owned(),
        };
        row(Role::Dim, "text", place);
    }
    row(Role::Dim, "sha256", held.sha256.clone());
    lines
}

pub(super) fn notes(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    canvas.title(area, &count(model.notes.len() as u64, "note"), true);
    if model.notes.is_empty() {
        canvas.at(area, 2, 2, Role::Text, "b bookmarks an entry or a finding, m puts a remark on it, t a word to search by.");
        return;
    }
    let split = &model.notes_page;
    for (line, note) in model.notes.iter().enumerate().skip(split.top).take(usize::from(area.height.saturating_sub(1))) {
        let y = (line - split.top) as u16 + 1;
        let room = (usize::from(area.width) / 3).max(12);
        let text = match note.note.what.text() {
            "" => note
                .finding
                .as_ref()
                .and_then(|id| model.stories.iter().find(|story| story.id == *id))
                .map(|story| story.title.clone())
                .unwrap_or_default(),
            text => text.to_owned(),
        };
        canvas.line(
            area,
            y,
            &[
                (Role::Dim, note.note.at.get(..16).unwrap_or_default()),
                (Role::Text, " "),
                (Role::Noted, &padded(note.note.what.name(), 9)),
                (Role::Dim, &padded(&fit_name(&note.place, room), room + 1)),
                (Role::Text, &fit(&text, usize::from(area.width).saturating_sub(room + 27))),
            ],
        );
        if line == split.left {
            select(canvas, area, y, split);
        }
    }
}
