//! The detail pane: a record as it stands, and its fields.
//!
//! In: the model. Out: cells. Must not know: formats.

use ratatui::layout::Rect;

use super::super::model::Model;
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
    let Some(lines) = model.record(area) else {
        canvas.at(area, 1, 1, Role::Dim, "…");
        return;
    };
    let height = usize::from(area.height.saturating_sub(1));
    let scroll = model.timeline.detail_scroll.min(lines.len().saturating_sub(height));
    for (at, (role, line)) in lines.iter().skip(scroll).take(height).enumerate() {
        canvas.at(area, 1, at as u16 + 1, *role, line);
    }
    scrollbar(canvas, area, scroll, lines.len());
}
