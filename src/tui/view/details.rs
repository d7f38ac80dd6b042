//! The detail pane: a record as it stands, and its fields.
//!
//! In: the model. Out: cells. Must not know: formats.

use ratatui::layout::Rect;

use super::super::model::Model;
use super::super::text::{padded, wrapped};
use super::super::theme::Role;
use super::canvas::Canvas;
use super::verdicts::scrollbar;

pub(super) fn draw(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    if area.height == 0 {
        return;
    }
    let row = model.selected_row();
    let cited = row.and_then(|row| model.evidence.get(&row)).map(|ids| format!(", cited by {}", ids.join(" "))).unwrap_or_default();
    canvas.title(area, &format!("record{cited}"), false);
    let Some((_, detail)) = model.detail.as_ref().filter(|(known, _)| Some(*known) == row) else {
        canvas.at(area, 1, 1, Role::Dim, "…");
        return;
    };
    let width = usize::from(area.width.saturating_sub(2));
    let mut lines: Vec<(Role, String)> = Vec::new();
    for note in model.notes.iter().filter(|note| row.is_some() && note.row == row) {
        let text = format!("★ {} {}", note.note.what.name(), note.note.what.text());
        lines.extend(wrapped(&text, width).into_iter().map(|line| (Role::Noted, line)));
    }
    for line in &detail.lines {
        lines.extend(wrapped(line, width).into_iter().map(|line| (Role::Text, line)));
    }
    let named = |parts: &[(String, String)], role: Role, lines: &mut Vec<(Role, String)>| {
        let widest = parts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).clamp(8, 24);
        for (name, value) in parts {
            for (at, line) in value.split('\n').flat_map(|line| wrapped(line, width.saturating_sub(widest + 1))).enumerate() {
                lines.push((role, format!("{} {line}", padded(if at == 0 { name } else { "" }, widest))));
            }
        }
    };
    named(&detail.facts, Role::Dim, &mut lines);
    if !detail.parts.is_empty() {
        lines.push((Role::Title, "fields".into()));
        named(&detail.parts, Role::Text, &mut lines);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let scroll = model.timeline.detail_scroll.min(lines.len().saturating_sub(height));
    for (at, (role, line)) in lines.iter().skip(scroll).take(height).enumerate() {
        canvas.at(area, 1, at as u16 + 1, *role, line);
    }
    scrollbar(canvas, area, scroll, lines.len());
}
