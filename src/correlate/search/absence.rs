//! Absence: whether nothing fits a step, and whether somebody would have said so.
//!
//! In: a step, what was found before, the witnesses. Out: proof of an absence, or why there is none. Must not know: verdicts.

use super::super::entity::{EntityId, Kind};
use super::super::item::What;
use super::super::plan::StepPlan;
use super::super::story::Bound;
use super::super::witness::{Coverage, Witness, is_local};
use super::{Search, Want};
use crate::time::Order;

/// What became of a step that must not be there.
pub(super) enum Absence {
    /// Nothing fits, and somebody would have said so.
    Proven(Bound),
    /// Nobody can tell, and why.
    Unknown(String),
    /// Something fits.
    Refuted,
}

impl Search<'_, '_> {
    /// Whether nothing fits the step, and whether somebody would have said so.
    pub(super) fn absence(&self, alternative: usize, step: &StepPlan<'_>) -> Absence {
        let Some(window) = self.window(step) else { return Absence::Unknown("a step it refers to was not found".into()) };
        if !self.candidates(step, Want::Any).is_empty() {
            return Absence::Refuted;
        }
        let to = window.to.min(self.world.ends_ns);
        let from = window.from.min(to);
        if step.min_ns.is_some_and(|least| to.saturating_sub(from) < least) {
            return Absence::Unknown("the input ends soon after".into());
        }
        match self.coverage(step, from, to) {
            Coverage::Covered(_) if let Some(why) = self.taken_away(step) => Absence::Unknown(why),
            Coverage::Covered(covered_by) => {
                Absence::Proven(Bound { alternative, found: Vec::new(), count: 0, more: false, order: Order::Certain, covered_by })
            }
            Coverage::Open(why) => Absence::Unknown(why),
        }
    }

    /// Whether the same container of the same workload speaks on other machines all through `[from, to]`: then it would have spoken here too.
    fn siblings_speak(&self, witness: &Witness<'_>, from: i64, to: i64) -> bool {
        let (Some(workload), container) = (witness.of_kind("workload"), witness.of_kind("container")) else { return false };
        let mut siblings = self.world.witnesses.iter().filter(|other| {
            other.source.id != witness.source.id
                && other.of_kind("workload") == Some(workload)
                && other.of_kind("container") == container
                && other.of_kind("node") != witness.of_kind("node")
        });
        siblings.any(|other| witness.fell_silent(from, to, other.source.habit_ns) && other.speaks_often(from, to))
    }

    /// Why a silence whose end is known proves nothing: who fell silent says nothing after that end either, so its logs may have been taken away before.
    fn taken_away(&self, step: &StepPlan<'_>) -> Option<String> {
        let (end, open) = self.moment(step.before.filter(|_| step.speaks.is_some())?)?;
        let values = self.owners(step);
        let mut own = self.world.witnesses.iter().filter(|witness| witness.component.is_some_and(is_local) && is_of_all(witness, &values));
        let goes_on = own.any(|witness| witness.speaks(end.earliest(), i64::MAX / 2, false).is_some());
        (!open && !goes_on).then(|| format!("nothing goes on after {end}, when the silence was over: the logs may have been taken away before it"))
    }

    /// The things that the step joins by, of those kinds that a source can belong to.
    fn owners(&self, step: &StepPlan<'_>) -> Vec<(Kind, Vec<EntityId>)> {
        let all: Vec<(Kind, Vec<EntityId>)> = step.matches.iter().map(|(kind, variable)| (*kind, self.values(*variable))).collect();
        let owned = |kind: Kind| self.world.witnesses.iter().any(|witness| witness.entities.iter().any(|(known, ..)| *known == kind));
        let some: Vec<_> = all.iter().filter(|(kind, _)| owned(*kind)).cloned().collect();
        if some.is_empty() { all } else { some }
    }

    fn coverage(&self, step: &StepPlan<'_>, from: i64, to: i64) -> Coverage {
        let mut covered = Vec::new();
        let mut why = String::new();
        let values = self.owners(step);
        for (index, witness) in self.world.witnesses.iter().enumerate() {
            let Some(component) = witness.component else { continue };
            let meant = step.covered_by.contains(&component) || (step.covered_by.is_empty() && step.speaks.is_some() && is_local(component));
            if !meant {
                continue;
            }
            if is_local(component) && !is_of_all(witness, &values) {
                continue;
            }
            if step.speaks.is_some() {
                if let Some(reason) = witness.lacks(from, to) {
                    if why.is_empty() {
                        why = reason;
                    }
                } else if witness.would_have_spoken(from, to) || self.siblings_speak(witness, from, to) {
                    covered.push(index);
                } else if why.is_empty() {
                    why = format!("the silence of {} proves nothing: it did not speak often enough before", witness.source.path);
                }
                continue;
            }
            let wanted = step.what.iter().filter_map(|what| match what {
                What::Signal(id) => self.world.signals.get(usize::from(*id)).and_then(|signal| signal.verbosity),
                _ => None,
            });
            if let Some(wanted) = wanted.max()
                && witness.source.verbosity.is_none_or(|seen| seen < wanted)
            {
                if why.is_empty() {
                    why = format!("{} does not show verbosity {wanted}, at which it would be printed", witness.source.path);
                }
                continue;
            }
            match witness.covers(from, to) {
                Ok(()) => covered.push(index),
                Err(reason) if why.is_empty() => why = reason,
                Err(_) => {}
            }
        }
        if covered.is_empty() {
            let wanted = if step.covered_by.is_empty() {
                "the programs meant".to_owned()
            } else {
                step.covered_by.iter().map(|c| c.name()).collect::<Vec<_>>().join(" or ")
            };
            return Coverage::Open(if why.is_empty() { format!("no log of {wanted} covers the time") } else { why });
        }
        Coverage::Covered(covered)
    }
}

/// Whether a source belongs to one thing of each kind.
fn is_of_all(witness: &Witness<'_>, values: &[(Kind, Vec<EntityId>)]) -> bool {
    values.iter().all(|(kind, values)| values.iter().any(|id| witness.is_of(*kind, *id)))
}
