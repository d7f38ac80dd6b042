//! Wants: what is missing for the screen to be complete.
//!
//! In: a model. Out: effects that fetch it, each once. Must not know: who carries them out.

use super::super::effect::{Effect, Lived};
use super::super::list::Shown;
use super::super::story::ns;
use super::{Counted, MAX_TEXTS, Model, Page};
use crate::case::Row;
use crate::query::Query;

impl Model {
    /// What is missing for the screen to be complete.
    pub(in super::super) fn wants(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.case.is_none() {
            return effects;
        }
        match self.page {
            Page::Timeline => self.want_timeline(&mut effects),
            Page::Entities => self.want_life(&mut effects),
            _ => {}
        }
        effects
    }

    fn want_timeline(&mut self, effects: &mut Vec<Effect>) {
        let row_of = |shown: &Shown| if let Shown::Group { row, .. } = shown { Some(*row) } else { None };
        let rows: Vec<Row> = self.timeline.rows.iter().filter_map(row_of).collect();
        let missing: Vec<Row> = rows.iter().copied().filter(|row| !self.texts.contains_key(row) && !self.asked.contains(row)).collect();
        if self.texts.len() > MAX_TEXTS {
            self.texts.retain(|row, _| rows.contains(row));
        }
        if !missing.is_empty() {
            self.asked.extend(&missing);
            effects.push(Effect::Texts(missing));
        }
        if let Some(row) = self.selected_row().filter(|_| self.has_detail())
            && self.detail.as_ref().is_none_or(|(known, _)| *known != row)
            && self.detail_asked != Some(row)
        {
            self.detail_asked = Some(row);
            effects.push(Effect::Detail(row));
        }
        let area = self.timeline_areas().histogram;
        if let Some((from, to)) = self.shown_reach().filter(|_| area.height > 1 && area.width > 8) {
            let (window, parts, filter) = ((from, to.saturating_add(1)), usize::from(area.width), self.filter());
            let same = self.timeline.counted.as_ref().is_some_and(|known| (known.window, known.parts) == (window, parts) && known.filter == filter);
            if !same {
                let ticket = self.next_ticket();
                self.timeline.counted = Some(Counted { ticket, window, parts, filter: filter.clone() });
                effects.push(Effect::Histogram(ticket, filter, window, parts));
            }
        }
    }

    /// The time that the filters leave, as far as they say so themselves: what the histogram is about.
    pub(in super::super) fn shown_reach(&self) -> Option<(i64, i64)> {
        let all = self.reach?;
        let windows = self.timeline.filters.iter().filter(|filter| filter.on && !filter.inverted).filter_map(|filter| match &filter.query {
            Query::Time(from, to) => Some((*from, *to)),
            Query::Around(name, width) => {
                let story = self.stories.iter().find(|story| story.id == *name || story.cause == *name)?;
                let (from, to) = (story.begins()?, ns(story.end.as_deref()).or_else(|| story.begins())?);
                Some((from.saturating_sub(*width), to.saturating_add(*width)))
            }
            _ => None,
        });
        let (from, to) = windows.fold(all, |(from, to), (start, end)| (from.max(start), to.min(end)));
        Some(if from <= to { (from, to) } else { all })
    }

    fn want_life(&mut self, effects: &mut Vec<Effect>) {
        let Some((_, name, _)) = self.survey.as_ref().and_then(|survey| survey.entities.get(self.entities.left)) else { return };
        let known = |(known, _): &(String, Vec<Lived>)| known == name;
        if self.life.as_ref().is_some_and(known) || self.life_asked.as_ref().is_some_and(|(_, asked)| asked == name) {
            return;
        }
        let name = name.clone();
        let ticket = self.next_ticket();
        self.life_asked = Some((ticket, name.clone()));
        effects.push(Effect::Life(ticket, name));
    }
}
