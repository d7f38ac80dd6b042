//! Areas: where things are on the screen.
//!
//! In: a model, the size of the screen. Out: areas. Must not know: what is drawn in them.

use ratatui::layout::Rect;

use super::{Model, Page};

impl Model {
    /// The screen without tabs and status.
    pub(in super::super) fn body(&self) -> Rect {
        Rect::new(0, 1, self.width, self.height.saturating_sub(2))
    }

    /// Columns of the names of the pages.
    pub(in super::super) fn tabs(&self) -> Vec<(Page, u16, u16)> {
        let mut at = 0;
        // On a narrow screen the numbers alone have to do.
        let short = self.width < 76;
        let place = |(number, (page, name)): (usize, &(Page, &str))| {
            let width = if short && *page != self.page { 3 } else { name.len() as u16 + 4 };
            at += width;
            let _ = number;
            (*page, at - width, width)
        };
        Page::ALL.iter().enumerate().map(place).collect()
    }

    /// The list of findings, and the story.
    pub(in super::super) fn verdict_areas(&self) -> (Rect, Rect) {
        let body = self.body();
        if body.width >= 150 {
            return beside(body, body.width * 2 / 5);
        }
        let rows = self.items.len().min(usize::from(body.height)) as u16 + 1;
        let height = rows.clamp(2, (body.height / 3).max(2)).min(body.height);
        (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
    }

    /// Whether the timeline has the detail pane.
    pub(in super::super) fn has_detail(&self) -> bool {
        self.timeline.detail.unwrap_or(self.height >= 30) && self.height >= 12
    }

    /// Chips, histogram, list, detail of the timeline; those that are not there have no height.
    pub(in super::super) fn timeline_areas(&self) -> TimelineAreas {
        let body = self.body();
        let mut y = body.y;
        let mut left = body.height;
        let mut take = |height: u16| {
            let height = height.min(left);
            let area = Rect { y, height, ..body };
            y += height;
            left -= height;
            area
        };
        let chips = take(u16::from(!self.timeline.filters.is_empty() || self.timeline.search.is_some()));
        let histogram = take(match body.height {
            0..=14 => 0,
            15..=30 => 4,
            31..=45 => 6,
            _ => 8,
        });
        let rest = body.height - chips.height - histogram.height;
        let detail = if self.has_detail() { (rest / 3).clamp(5, 24).min(rest / 2) } else { 0 };
        let list = take(rest - detail);
        let detail = take(detail);
        TimelineAreas { chips, histogram, list, detail }
    }

    /// Lines of the list of the timeline.
    pub(in super::super) fn list_height(&self) -> usize {
        usize::from(self.timeline_areas().list.height.saturating_sub(u16::from(self.timeline.columns.is_some())))
    }

    /// A list and what is told of its selected line.
    pub(in super::super) fn split_areas(&self) -> (Rect, Rect) {
        let body = self.body();
        if body.width >= 100 {
            return beside(body, (body.width * 2 / 5).min(70));
        }
        let height = (body.height / 3).max(3).min(body.height);
        (Rect { height, ..body }, Rect { y: body.y + height, height: body.height - height, ..body })
    }

    /// Cells before the bars of the lanes.
    pub(in super::super) fn lane_head(&self) -> u16 {
        (self.width / 3).clamp(12, 44).min(self.width)
    }

    /// Cells that a bar of the whole time takes.
    pub(in super::super) fn lane_width(&self) -> u16 {
        self.width.saturating_sub(self.lane_head() + 1).max(1)
    }

    /// Lines of lanes: the time stands above, what is under the cursor below.
    pub(in super::super) fn lane_height(&self) -> usize {
        usize::from(self.body().height.saturating_sub(4)).max(1)
    }
}

/// Where the parts of the timeline are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct TimelineAreas {
    pub(in super::super) chips: Rect,
    pub(in super::super) histogram: Rect,
    pub(in super::super) list: Rect,
    pub(in super::super) detail: Rect,
}

fn beside(body: Rect, width: u16) -> (Rect, Rect) {
    (Rect { width, ..body }, Rect { x: body.x + width, width: body.width - width, ..body })
}
