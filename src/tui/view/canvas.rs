//! The canvas: text of roles at places.
//!
//! In: a buffer, a theme. Out: cells. Whatever is drawn goes through [`window`](super::super::text::window) here. Must not know: the model.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::text::{wide, window};
use super::super::theme::{Role, Theme};

pub(super) struct Canvas<'b> {
    pub(super) buffer: &'b mut Buffer,
    pub(super) theme: Theme,
}

impl Canvas<'_> {
    /// Blanks an area.
    pub(super) fn fill(&mut self, area: Rect, role: Role) {
        let area = area.intersection(*self.buffer.area());
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(self.theme.style(role));
                }
            }
        }
    }

    /// Lays a role over an area, whatever stands there.
    pub(super) fn over(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(*self.buffer.area()), self.theme.style(role));
    }

    /// A text at a column and a line of an area. Out: the column behind it.
    pub(super) fn at(&mut self, area: Rect, column: u16, line: u16, role: Role, text: &str) -> u16 {
        let area = area.intersection(*self.buffer.area());
        if line >= area.height || column >= area.width {
            return column;
        }
        let room = usize::from(area.width - column);
        let text = window(text, 0, room);
        self.buffer.set_stringn(area.x + column, area.y + line, &text, room, self.theme.style(role));
        column + wide(&text, usize::MAX) as u16
    }

    /// Texts one after the other on a line of an area. Out: the column behind them.
    pub(super) fn line(&mut self, area: Rect, line: u16, parts: &[(Role, &str)]) -> u16 {
        let mut column = 0;
        for (role, text) in parts {
            column = self.at(area, column, line, *role, text);
        }
        column
    }

    /// The title of a pane on its first line, ruled to its end. `holds`: the pane has the keys.
    pub(super) fn title(&mut self, area: Rect, text: &str, holds: bool) {
        let role = if holds { Role::Title } else { Role::Dim };
        let column = self.at(area, 0, 0, role, &format!("── {text} "));
        let rest = usize::from(area.width.saturating_sub(column));
        self.at(area, column, 0, role, &"─".repeat(rest));
    }
}
