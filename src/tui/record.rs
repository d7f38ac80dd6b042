//! The record: what stands in the detail pane, line by line.
//!
//! In: the model, the pane. Out: lines with their roles. Must not know: formats, how they are drawn.

use ratatui::layout::Rect;

use super::model::Model;
use super::text::{padded, wrapped};
use super::theme::Role;

impl Model {
    /// The selected record with its notes and parts, as wide as the pane; `None`: it is not read yet.
    pub(super) fn record(&self, area: Rect) -> Option<Vec<(Role, String)>> {
        let row = self.selected_row();
        let (_, detail) = self.detail.as_ref().filter(|(known, _)| Some(*known) == row)?;
        let width = usize::from(area.width.saturating_sub(2));
        let mut lines: Vec<(Role, String)> = Vec::new();
        for note in self.notes.iter().filter(|note| row.is_some() && note.row == row) {
            let text = format!("★ {} {}", note.note.what.name(), note.note.what.text());
            lines.extend(wrapped(&text, width).into_iter().map(|line| (Role::Noted, line)));
        }
        for line in &detail.lines {
            lines.extend(wrapped(line, width).into_iter().map(|line| (Role::Text, line)));
        }
        named(&detail.facts, Role::Dim, width, &mut lines);
        if !detail.parts.is_empty() {
            lines.push((Role::Title, "fields".into()));
            named(&detail.parts, Role::Text, width, &mut lines);
        }
        Some(lines)
    }
}

fn named(parts: &[(String, String)], role: Role, width: usize, lines: &mut Vec<(Role, String)>) {
    let widest = parts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).clamp(8, 24);
    for (name, value) in parts {
        for (at, line) in value.split('\n').flat_map(|line| wrapped(line, width.saturating_sub(widest + 1))).enumerate() {
            lines.push((role, format!("{} {line}", padded(if at == 0 { name } else { "" }, widest))));
        }
    }
}
