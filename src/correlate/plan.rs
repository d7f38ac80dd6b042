//! Plans: causes with their names resolved, ready to be tried.
//!
//! In: causes of the pattern language. Out: steps that point at signals, spans, causes, kinds and earlier steps by index. Must not know: items.

use super::entity::{Kind, kind};
use super::item::What;
use crate::component::Component;
use crate::pattern::ast;
use crate::pattern::condition::Condition;
use crate::time::{MINUTE, SECOND, parse_duration};

/// A cause, ready to be tried.
#[derive(Debug)]
pub(super) struct CausePlan<'a> {
    /// Index of the cause.
    pub id: u16,
    /// As written.
    pub ast: &'a ast::Cause,
    /// Its stories; the cause's own steps first.
    pub stories: Vec<StoryPlan<'a>>,
    /// How near findings of one group must begin.
    pub group_within_ns: i64,
    /// How long after this cause's end a consequence may begin.
    pub explains_within_ns: i64,
    /// How long before its findings what they explain may have begun, at least.
    pub explains_before_ns: i64,
}

/// One story of a cause.
#[derive(Debug)]
pub(super) struct StoryPlan<'a> {
    /// Title instead of the cause's.
    pub title: &'a str,
    /// Steps by name; the alternatives of a name in order.
    pub steps: Vec<Slot<'a>>,
}

/// The alternatives of one step name.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// The name.
    pub name: &'a str,
    /// What it proves.
    pub role: ast::Role,
    /// In order of preference.
    pub alternatives: Vec<StepPlan<'a>>,
    /// Kinds by which later steps join this one: items that agree in them are the same candidate.
    pub referred: Vec<Kind>,
}

/// One alternative of a step.
#[derive(Debug)]
pub(super) struct StepPlan<'a> {
    /// As written.
    pub ast: &'a ast::Step,
    /// What it may be.
    pub what: Vec<What>,
    /// Components whose sources may speak; empty: any.
    pub speaks: Option<Vec<Component>>,
    /// Joins.
    pub matches: Vec<(Kind, Variable)>,
    /// Differences.
    pub differ: Vec<(Kind, Variable)>,
    /// Conditions on attributes.
    pub conditions: Vec<(&'a str, Condition)>,
    /// Bounds in time.
    pub after: Option<Moment>,
    /// See [`ast::Step::before`].
    pub before: Option<Moment>,
    /// See [`ast::Step::until`].
    pub until: Option<Moment>,
    /// See [`ast::Step::overlaps`].
    pub overlaps: Option<usize>,
    /// Longest distance.
    pub within_ns: Option<i64>,
    /// Tolerance of order.
    pub slack_ns: i64,
    /// Least length or overlap.
    pub min_ns: Option<i64>,
    /// Components that must cover an absence.
    pub covered_by: Vec<Component>,
    /// Kinds the item must not know.
    pub lacks: Vec<Kind>,
    /// Later slots that become required.
    pub needs: Vec<usize>,
}

/// A value of an earlier step: slot and entity kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    /// Index of the slot.
    pub slot: usize,
    /// Kind of entity.
    pub kind: Kind,
}

/// A moment of an earlier step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Index of the slot.
    pub slot: usize,
    /// The step's end instead of its beginning.
    pub end: bool,
}

/// Names of the pack by index.
pub(super) trait Names {
    /// Index of a signal.
    fn signal(&self, id: &str) -> Option<u16>;
    /// Index of a span.
    fn span(&self, id: &str) -> Option<u16>;
    /// Index of a cause.
    fn cause(&self, id: &str) -> Option<u16>;
}

impl<'a> CausePlan<'a> {
    /// Resolves a cause. The error is for the author of the pattern.
    pub(super) fn new(id: u16, cause: &'a ast::Cause, names: &impl Names) -> Result<Self, String> {
        let mut stories = Vec::new();
        if !cause.step.is_empty() {
            stories.push(StoryPlan::new(&cause.title, &cause.step, names)?);
        }
        for story in &cause.story {
            stories.push(StoryPlan::new(story.title.as_deref().unwrap_or(&cause.title), &story.step, names)?);
        }
        Ok(Self {
            id,
            ast: cause,
            stories,
            group_within_ns: duration(cause.group_within.as_deref())?.unwrap_or(10 * MINUTE),
            explains_within_ns: duration(cause.explains_within.as_deref())?.unwrap_or(15 * MINUTE),
            explains_before_ns: duration(cause.explains_before.as_deref())?.unwrap_or(0),
        })
    }

    /// Causes whose findings are steps of this one or make it unnecessary: they must be tried first.
    pub(super) fn depends_on(&self) -> impl Iterator<Item = &'a str> {
        let ast = self.ast;
        let steps = ast.step.iter().chain(ast.story.iter().flat_map(|story| story.step.iter()));
        steps.flat_map(|step| step.cause.iter()).map(String::as_str)
    }
}

impl<'a> StoryPlan<'a> {
    fn new(title: &'a str, steps: &'a [ast::Step], names: &impl Names) -> Result<Self, String> {
        let mut order: Vec<&str> = Vec::new();
        for step in steps {
            if !order.contains(&step.name.as_str()) {
                order.push(&step.name);
            }
        }
        let slot = |name: &str| order.iter().position(|known| *known == name).ok_or_else(|| format!("there is no step `{name}`"));
        let mut slots: Vec<Slot<'a>> =
            order.iter().map(|name| Slot { name, role: ast::Role::Required, alternatives: Vec::new(), referred: Vec::new() }).collect();
        for step in steps {
            let at = slot(&step.name)?;
            let plan = StepPlan::new(step, &slot, names).map_err(|error| format!("step `{}`: {error}", step.name))?;
            for variable in plan.matches.iter().chain(&plan.differ).map(|(_, variable)| variable) {
                if !slots[variable.slot].referred.contains(&variable.kind) {
                    slots[variable.slot].referred.push(variable.kind);
                }
            }
            if slots[at].alternatives.is_empty() {
                slots[at].role = step.role;
            }
            slots[at].alternatives.push(plan);
        }
        Ok(Self { title, steps: slots })
    }
}

impl<'a> StepPlan<'a> {
    fn new(step: &'a ast::Step, slot: &impl Fn(&str) -> Result<usize, String>, names: &impl Names) -> Result<Self, String> {
        let mut what = Vec::new();
        for id in &step.signal {
            what.push(What::Signal(names.signal(id).ok_or_else(|| format!("there is no signal `{id}`"))?));
        }
        for id in &step.span {
            what.push(What::Span(names.span(id).ok_or_else(|| format!("there is no span `{id}`"))?));
        }
        for id in &step.cause {
            what.push(What::Cause(names.cause(id).ok_or_else(|| format!("there is no cause `{id}`"))?));
        }
        let components = |list: &[String]| -> Result<Vec<Component>, String> {
            list.iter()
                .filter(|name| *name != "*")
                .map(|name| Component::from_name(name).ok_or_else(|| format!("there is no component `{name}`")))
                .collect()
        };
        let kinds = |name: &str| kind(name).ok_or_else(|| format!("there is no entity kind `{name}`"));
        let joins = |map: &'a std::collections::BTreeMap<String, String>| -> Result<Vec<(Kind, Variable)>, String> {
            map.iter()
                .map(|(own, variable)| {
                    let (step, other) = variable.split_once('.').ok_or_else(|| format!("`{variable}` is not `step.kind`"))?;
                    Ok((kinds(own)?, Variable { slot: slot(step)?, kind: kinds(other)? }))
                })
                .collect()
        };
        let moment = |text: &Option<String>| -> Result<Option<Moment>, String> {
            let Some(text) = text else { return Ok(None) };
            let (step, end) = match text.split_once('.') {
                None | Some((_, "start")) => (text.split('.').next().unwrap_or(text), false),
                Some((step, "end")) => (step, true),
                Some((_, other)) => return Err(format!("`{other}` is neither `start` nor `end`")),
            };
            Ok(Some(Moment { slot: slot(step)?, end }))
        };
        Ok(Self {
            ast: step,
            what,
            speaks: if step.speaks.is_empty() { None } else { Some(components(&step.speaks)?) },
            matches: joins(&step.matches)?,
            differ: joins(&step.differ)?,
            conditions: step.conditions.iter().map(|(name, text)| Ok((name.as_str(), Condition::checked(text)?))).collect::<Result<_, String>>()?,
            after: moment(&step.after)?,
            before: moment(&step.before)?,
            until: moment(&step.until)?,
            overlaps: step.overlaps.as_deref().map(slot).transpose()?,
            within_ns: duration(step.within.as_deref())?,
            slack_ns: duration(step.slack.as_deref())?.unwrap_or(0),
            min_ns: duration(step.min.as_deref())?,
            covered_by: components(&step.covered_by)?,
            lacks: step.lacks.iter().map(|name| kinds(name)).collect::<Result<_, String>>()?,
            needs: step.needs.iter().map(|name| slot(name)).collect::<Result<_, String>>()?,
        })
    }

    /// Tolerance of a timer.
    pub(super) fn timer_tolerance_ns(&self) -> i64 {
        self.ast.timer.as_ref().and_then(|timer| timer.tolerance.as_deref()).and_then(parse_duration).unwrap_or(10 * SECOND)
    }
}

fn duration(text: Option<&str>) -> Result<Option<i64>, String> {
    text.map(|text| parse_duration(text).ok_or_else(|| format!("`{text}` is not a duration"))).transpose()
}
