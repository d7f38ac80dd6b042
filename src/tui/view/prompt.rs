//! The prompt on the last line, what it may be completed to above it, and the list of filters.
//!
//! In: the model. Out: cells, the place of the cursor. Must not know: what becomes of the line.

use ratatui::layout::Rect;

use super::super::keymap;
use super::super::model::Model;
use super::super::prompt::{Asking, Prompt};
use super::super::text::{fit, padded, wide, window};
use super::super::theme::Role;
use super::canvas::Canvas;
use crate::report::text::count;

/// Completions shown at once.
const MAX_SHOWN: usize = 8;

pub(super) fn draw(model: &Model, prompt: &Prompt, canvas: &mut Canvas<'_>) -> (u16, u16) {
    let y = model.height.saturating_sub(1);
    let row = Rect::new(0, y, model.width, 1);
    canvas.fill(row, Role::Text);
    let live = match (&model.notice, &prompt.live) {
        (Some((why, true)), _) => (Role::Warn, why.replace('\n', " ")),
        (_, Some(Ok(hits))) => (if *hits == 0 { Role::Warn } else { Role::Good }, count(*hits, "entry")),
        (_, Some(Err(why))) => (Role::Warn, why.clone()),
        _ => (Role::Dim, String::new()),
    };
    let column = canvas.line(row, 0, &[(Role::Title, prompt.asking.title()), (Role::Text, " ")]);
    let right = fit(&live.1, usize::from(model.width / 2));
    let right_width = wide(&right, usize::MAX) as u16;
    let room = usize::from(model.width.saturating_sub(column + right_width + 2)).max(8);
    let before = wide(prompt.before(), usize::MAX);
    let skip = (before + 1).saturating_sub(room);
    canvas.at(row, column, 0, Role::Strong, &window(&prompt.text, skip, room));
    canvas.at(row, model.width.saturating_sub(right_width), 0, live.0, &right);
    offers(model, prompt, y, canvas);
    ((column + (before - skip) as u16).min(model.width.saturating_sub(1)), y)
}

/// What it may become: completions, or the commands that fit.
fn offers(model: &Model, prompt: &Prompt, y: u16, canvas: &mut Canvas<'_>) {
    let mut lines: Vec<(bool, String)> = Vec::new();
    if prompt.asking == Asking::Palette && prompt.offers.is_empty() {
        let typed = prompt.text.split(' ').next().unwrap_or_default();
        let fits = keymap::offered(model.page.context()).filter(|row| row.name.contains(typed));
        lines.extend(fits.take(MAX_SHOWN).map(|row| (false, format!("{} {} {}", padded(row.name, 20), padded(&row.keys.join(" "), 10), row.about))));
    } else {
        let at = prompt.offer.unwrap_or(0);
        let first = at.saturating_sub(MAX_SHOWN / 2).min(prompt.offers.len().saturating_sub(MAX_SHOWN));
        let shown = prompt.offers.iter().enumerate().skip(first).take(MAX_SHOWN);
        lines.extend(shown.map(|(number, offer)| (Some(number) == prompt.offer, offer.clone())));
    }
    let height = (lines.len() as u16).min(y.saturating_sub(1));
    let area = Rect::new(0, y - height, model.width, height);
    canvas.fill(area, Role::Faint);
    for (line, (chosen, text)) in lines.iter().take(usize::from(height)).enumerate() {
        canvas.at(area, 2, line as u16, if *chosen { Role::Strong } else { Role::Text }, text);
        canvas.over(Rect { y: area.y + line as u16, height: 1, ..area }, if *chosen { Role::Selected } else { Role::Faint });
    }
}

/// The filters, one a line.
pub(super) fn filters(model: &Model, body: Rect, selected: usize, canvas: &mut Canvas<'_>) {
    let height = (model.timeline.filters.len() as u16 + 2).min(body.height);
    let area = Rect { y: body.y + body.height - height, height, ..body };
    canvas.fill(area, Role::Text);
    canvas.title(area, "filters: Space off and on, ! invert, x remove, Esc done", true);
    for (at, filter) in model.timeline.filters.iter().enumerate().take(usize::from(height.saturating_sub(1))) {
        let line = format!("{} {} {}", if filter.on { "[x]" } else { "[ ]" }, if filter.inverted { "not " } else { "only" }, filter.text);
        canvas.at(area, 1, at as u16 + 1, if filter.on { Role::Text } else { Role::Dim }, &line);
        if at == selected {
            canvas.over(Rect { y: area.y + at as u16 + 1, height: 1, ..area }, Role::Selected);
        }
    }
}
