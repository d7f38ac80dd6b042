//! Tales: all that one cause finds.
//!
//! In: a cause's plan, everything that happened. Out: its drafts, grouped and bounded. Must not know: other causes.

use super::conclude::{self, Draft};
use super::crowd::Crowd;
use super::fact::Facts;
use super::plan::{CausePlan, StoryPlan};
use super::story::World;
use super::{entity, fold};

/// Items and steps that are looked at for one cause; what lies beyond is said to be there.
const MAX_LOOKS: usize = 20_000_000;
/// Drafts of one cause that wait to be grouped.
const MAX_WAITING: usize = 512;

impl World<'_> {
    /// All that a cause finds.
    pub(super) fn all_of(&self, plan: &CausePlan<'_>, facts: &Facts) -> Vec<Draft> {
        let mut told = Vec::new();
        let mut grouped_so_far = 0;
        let mut untold = 0;
        for story in &plan.stories {
            let group = groups_of(plan, story);
            let mut crowd = Crowd::new(plan, story, &group);
            for anchor in self.anchors(story, &group) {
                let place = crowd.place(self, &anchor);
                if crowd.is_known(place.as_ref()) {
                    crowd.count(place);
                    continue;
                }
                if self.looks.get() > MAX_LOOKS {
                    untold += 1;
                    continue;
                }
                let before = told.len();
                for binding in self.tell(story, anchor) {
                    told.extend(conclude::conclude(plan, story, &binding, self, facts));
                }
                crowd.note(place, told.get(before..).unwrap_or_default());
                if told.len() > grouped_so_far * 2 + MAX_WAITING {
                    told = fold::group(plan, told);
                    grouped_so_far = told.len();
                }
            }
            told.extend(crowd.finish());
        }
        let mut grouped = fold::group(plan, told);
        if untold > 0
            && let Some(last) = grouped.last_mut()
        {
            last.finding.notes.push(format!("{untold} further places where this may begin were not looked at"));
        }
        fold::bounded(grouped)
    }
}

/// The kinds of things that a story's findings are told apart by.
fn groups_of(plan: &CausePlan<'_>, story: &StoryPlan<'_>) -> Vec<entity::Kind> {
    let variables = plan.ast.group.iter().filter_map(|variable| variable.split_once('.'));
    let first = variables.filter(|(step, _)| story.steps.first().is_some_and(|slot| slot.name == *step));
    first.filter_map(|(_, kind)| entity::kind(kind)).collect()
}
