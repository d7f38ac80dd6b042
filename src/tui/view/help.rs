//! Help, made from the keymap.
//!
//! In: the model, the table of keys. Out: cells. Must not know: what commands do.

use ratatui::layout::Rect;

use super::super::keymap::{Context, TABLE};
use super::super::model::Model;
use super::super::text::padded;
use super::super::theme::Role;
use super::canvas::Canvas;
use super::verdicts::scrollbar;

/// The lines of the help: keys of the page first.
pub(in super::super) fn lines(model: &Model, width: usize) -> Vec<(Role, String)> {
    let own = model.page.context();
    let others = [Context::Verdicts, Context::Timeline, Context::Lanes, Context::Entities, Context::Sources, Context::Notes, Context::Filters];
    let order = [own, Context::Moving, Context::Anywhere].into_iter().chain(others.into_iter().filter(|context| *context != own));
    let mut lines = vec![(Role::Dim, "Words as they are typed, \"phrases\", field:value, AND OR NOT: Tab completes them in / and f.".to_owned())];
    for context in order {
        lines.push((Role::Text, String::new()));
        lines.push((Role::Title, context.name().to_owned()));
        for row in TABLE.iter().filter(|row| row.context == context) {
            let keys = if row.keys.is_empty() { format!(":{}", row.name) } else { row.keys.join(" ") };
            let name = if width >= 100 { padded(row.name, 20) } else { String::new() };
            lines.push((Role::Text, format!("  {} {name}{}", padded(&keys, 12), row.about)));
        }
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Title, "Signs".to_owned()));
    for (sign, about) in [
        ("◆", "a line that a finding cites"),
        ("★", "a line or finding with a note"),
        ("~", "it states no time: that of the entry before or after it"),
        ("±", "the clock of its source is in doubt by more than a second"),
        ("×7", "seven entries that are alike"),
        ("● ○ ✗", "a step of the chain, what supports it, what speaks against it"),
        ("…", "the end of a state was not seen"),
    ] {
        lines.push((Role::Text, format!("  {} {about}", padded(sign, 12))));
    }
    lines
}

pub(super) fn draw(model: &Model, body: Rect, scroll: usize, canvas: &mut Canvas<'_>) {
    canvas.fill(body, Role::Text);
    canvas.title(body, "keys; Esc closes", true);
    let lines = lines(model, usize::from(body.width));
    let height = usize::from(body.height.saturating_sub(1));
    for (at, (role, line)) in lines.iter().skip(scroll).take(height).enumerate() {
        canvas.at(body, 1, at as u16 + 1, *role, line);
    }
    scrollbar(canvas, body, scroll, lines.len());
}
