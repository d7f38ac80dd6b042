//! Conclusions: a story that was told becomes a finding.
//!
//! In: a binding, its plan, the facts. Out: a [`Draft`]: the finding with what grouping and folding need to know of it. Must not know: other
//! findings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::entity::{EntityId, Kind, kind, kind_name};
use super::fact::{Facts, Version};
use super::item::{Item, UNDATED};
use super::plan::{CausePlan, Moment, StepPlan, StoryPlan};
use super::story::{Binding, Bound, World};
use crate::component::Component;
use crate::finding::{Evidence, Finding, Step, StepRole, TimerCheck, Verdict};
use crate::pattern::ast::{Catalogue, Risk, Role, Timer};
use crate::pattern::condition::Condition;
use crate::pattern::template::Template;
use crate::pattern::version::{Fit, Predicate, fit_any};
use crate::signal::Citation;
use crate::time::{Stamp, human, parse_duration};

/// Lines cited for one item of a step.
const LINES_OF_ITEM: usize = 4;
/// Lines cited for one step.
pub(super) const LINES_OF_STEP: usize = 16;

/// Things by kind and id, with a name.
pub(super) type About = BTreeMap<(Kind, EntityId), Arc<str>>;

/// A finding before it is grouped, folded and numbered.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Index of the cause.
    pub cause: u16,
    /// The finding.
    pub finding: Finding,
    /// Everything it is about, with the name it has here: entities of its steps that hold.
    pub about: About,
    /// Values of the cause's `group`.
    pub group: Vec<EntityId>,
    /// How many stories went into it.
    pub stories: usize,
    /// How many findings of its cause, told after it, were counted only.
    pub left_out: usize,
}

/// The known case that fits, and what its version check says.
struct Known {
    attributes: BTreeMap<String, String>,
    truth: Fit,
    version: Option<Version>,
}

/// Makes a finding of a binding. `None` where something else tells the same, or the cause has a catalogue and no row fits.
pub(super) fn conclude(cause: &CausePlan<'_>, story: &StoryPlan<'_>, binding: &Binding, world: &World<'_>, facts: &Facts) -> Option<Draft> {
    if binding.yields(story) {
        return None;
    }
    let mut verdict = binding.verdict(story);
    let known = match &cause.ast.catalogue {
        Some(catalogue) => Some(look_up_case(catalogue, story, binding, world, facts)?),
        None => None,
    };
    let mut missing = Vec::new();
    let mut notes = Vec::new();
    if let Some(known) = &known {
        match known.truth {
            Fit::In => {}
            Fit::Out => verdict = Verdict::Refuted,
            Fit::Unknown => {
                verdict = verdict.max(Verdict::Possible);
                missing.push(
                    "the version is not known: the server's start or ready line before the crash would tell whether it has this bug".to_owned(),
                );
            }
        }
    }
    let names = Names { story, binding, world, known: known.as_ref() };
    let mut steps = Vec::new();
    let mut about = About::new();
    let mut entities: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (at, slot) in story.steps.iter().enumerate() {
        let reason = binding.unknown.iter().find(|(slot, _)| *slot == at).map(|(_, why)| why);
        let Some(bound) = &binding.bound[at] else {
            let text = slot.alternatives.iter().find_map(|step| step.ast.missing.as_deref());
            let wanted = matches!(slot.role, Role::Proof | Role::Decisive | Role::Required) || binding.needs.contains(&at);
            match (text, reason) {
                (Some(text), Some(why)) => missing.push(format!("{} ({why})", fill(text, |name| names.global(name)))),
                (Some(text), None) => missing.push(fill(text, |name| names.global(name))),
                (None, Some(why)) if wanted => missing.push(format!("{}: {why}", slot.name)),
                _ => {}
            }
            continue;
        };
        let plan = &slot.alternatives[bound.alternative];
        if bound.weakens(slot) {
            let text = slot.alternatives.iter().find_map(|step| step.ast.missing.as_deref());
            missing.extend(text.map(|text| fill(text, |name| names.global(name))));
        }
        if slot.role != Role::Against {
            // What only adds to the story, and nothing joins to it, may be about anything that happened meanwhile.
            let bystander = at > 0 && slot.role == Role::Support && plan.matches.is_empty();
            for found in &bound.found {
                let item = found.item(world.items);
                // One log may speak of many things: sharing it ties nothing together.
                for (kind, id, name) in item.entities.iter().filter(|(kind, _, _)| kind_name(*kind) != "source") {
                    if !bystander {
                        about.entry((*kind, *id)).or_insert_with(|| name.clone());
                    }
                    if cause.ast.entities.is_empty() && slot.role != Role::Support {
                        entities.entry(kind_name(*kind).to_owned()).or_default().insert(name.to_string());
                    }
                }
            }
        }
        let step = step_of(slot.name, slot.role, plan, bound, &names, world, facts);
        if !(slot.role == Role::Support && steps.iter().any(|told| says_again(told, &step))) {
            steps.push(step);
        }
    }
    for (kind_text, variables) in &cause.ast.entities {
        for variable in variables {
            entities.entry(kind_text.clone()).or_default().extend(names.all(variable));
        }
    }
    entities.retain(|_, names| !names.is_empty());
    // What the finding is about, as its cause says, ties it to others; without a word of it, everything it touches does.
    let mut said = About::new();
    for (kind, variable) in cause
        .ast
        .entities
        .iter()
        .filter_map(|(text, variables)| Some((kind(text)?, variables)))
        .flat_map(|(kind, variables)| variables.iter().map(move |variable| (kind, variable)))
    {
        for (id, name) in names.things(variable) {
            said.entry((kind, id)).or_insert(name);
        }
    }
    let is_said = !said.is_empty();
    if is_said {
        about = said;
    }
    if let Some(Known { version: Some(version), attributes, .. }) = &known {
        // The catalogue says more of the same line than a step that only shows it.
        steps.retain(|step| step.name != "version");
        steps.push(Step {
            name: "version".into(),
            role: StepRole::Support,
            start: Some(version.stamp),
            end: None,
            summary: format!("the server states version {} (affected: {})", version.text, attributes.get("affected").map_or("?", String::as_str)),
            count: 1,
            timer: None,
            evidence: vec![Evidence { citation: version.citation.clone(), path: None, time: Some(version.stamp) }],
        });
    }
    if binding.cut {
        notes.push("the search for this story hit its bound: there may be more of the kind".to_owned());
    }
    // A story begins with its anchor: what is told of the time before is its setting.
    let anchor = binding.item(0, world.items).and_then(|item| dated(item.start));
    let holding = || steps.iter().filter(|step| step.role == StepRole::Step);
    let start = anchor.or_else(|| holding().filter_map(|step| step.start).min_by_key(|stamp| stamp.ns));
    let end = holding().filter_map(|step| step.end.or(step.start)).chain(start).max_by_key(|stamp| stamp.ns);
    // What the step itself does not name, the finding may know: an Event in a table has no host, and its pod ran on one.
    let known_thing = |variable: &str| {
        let wanted = variable.split_once('.').and_then(|(_, name)| kind(name)).filter(|_| is_said)?;
        let mut things = about.keys().filter(|(kind, _)| *kind == wanted).map(|(_, id)| *id);
        things.next().filter(|_| things.next().is_none())
    };
    let own_thing = |variable: &str| names.things(variable).into_iter().map(|(id, _)| id).min();
    let group = cause.ast.group.iter().filter_map(|variable| own_thing(variable).or_else(|| known_thing(variable))).collect();
    let mut remedies: Vec<String> = known.iter().filter_map(|known| known.attributes.get("remedy").cloned()).collect();
    remedies.extend(cause.ast.remedy.iter().map(|remedy| {
        let text = fill(&remedy.text, |name| names.global(name));
        match remedy.risk {
            Risk::Safe => text,
            Risk::Disruptive => format!("{text} (disruptive)"),
            Risk::Destructive => format!("{text} (destructive: copy the data first)"),
        }
    }));
    let mut references = cause.ast.references.clone();
    references.extend(known.iter().filter_map(|known| known.attributes.get("reference").cloned()));
    let title = fill(story.title, |name| names.global(name));
    let params = cause.ast.params.iter().filter(|(_, text)| complete(text, |name| names.global(name)));
    let params = params.map(|(name, text)| (name.clone(), fill(text, |name| names.global(name)))).collect();
    Some(Draft {
        cause: cause.id,
        about,
        group,
        stories: 1,
        left_out: 0,
        finding: Finding {
            id: String::new(),
            cause: cause.ast.id.clone(),
            title,
            severity: cause.ast.severity,
            verdict,
            explained_by: None,
            start,
            end,
            entities: entities.into_iter().map(|(kind, names)| (kind, names.into_iter().collect())).collect(),
            params,
            steps,
            missing,
            remedies,
            references,
            notes,
        },
    })
}

/// Names that templates may use.
struct Names<'a> {
    story: &'a StoryPlan<'a>,
    binding: &'a Binding,
    world: &'a World<'a>,
    known: Option<&'a Known>,
}

impl Names<'_> {
    fn slot(&self, name: &str) -> Option<usize> {
        self.story.steps.iter().position(|slot| slot.name == name)
    }

    /// `step.attribute`, or an attribute of the anchor.
    fn global(&self, name: &str) -> Option<String> {
        let (step, attribute) = name.split_once('.').unwrap_or(("", name));
        if step == "known" {
            return self.known.and_then(|known| known.attributes.get(attribute).cloned());
        }
        match self.slot(step) {
            Some(slot) => self.of_step(slot, attribute),
            None => self.of_step(0, name),
        }
    }

    /// An attribute as a step's own template sees it.
    fn local(&self, slot: usize, name: &str) -> Option<String> {
        self.of_step(slot, name).or_else(|| self.global(name))
    }

    fn of_step(&self, slot: usize, name: &str) -> Option<String> {
        let bound = self.binding.bound.get(slot)?.as_ref()?;
        let item = bound.found.first().map(|found| found.item(self.world.items));
        if name == "count" {
            // One record may stand for many by its own account, as an Event does.
            let own = item.filter(|_| bound.count == 1).and_then(|item| item.value(name)).filter(|count| count.parse::<u64>().is_ok());
            return Some(own.map_or_else(|| counted(bound), str::to_owned));
        }
        let item = item?;
        let own = match name {
            "time" | "start" => dated(item.start).map(|stamp| stamp.to_string()),
            "end" if item.end_seen => Some(item.end.to_string()),
            "last" => Some(item.end.to_string()),
            "duration" => Some(human(item.end.ns.saturating_sub(item.start.ns))),
            _ => None,
        };
        own.or_else(|| {
            let list = self.values(slot, name);
            match list.len() {
                0 => None,
                1..=6 => Some(list.join(", ")),
                more => Some(format!("{} and {} more", list[..5].join(", "), more - 5)),
            }
        })
    }

    /// All values of `step.kind`.
    fn all(&self, variable: &str) -> Vec<String> {
        let Some((step, name)) = variable.split_once('.') else { return Vec::new() };
        self.slot(step).map_or_else(Vec::new, |slot| self.values(slot, name))
    }

    fn values(&self, slot: usize, name: &str) -> Vec<String> {
        let Some(bound) = self.binding.bound.get(slot).and_then(Option::as_ref) else { return Vec::new() };
        let mut list: Vec<String> = Vec::new();
        for found in &bound.found {
            let item = found.item(self.world.items);
            let values: Vec<&str> = match kind(name) {
                Some(kind) if item.of_kind(kind).next().is_some() => item.of_kind(kind).map(|(_, value)| value).collect(),
                _ => item.value(name).into_iter().collect(),
            };
            // A capture that took nothing is empty, and so is what a finding is about without naming it.
            for value in values.into_iter().filter(|value| !value.is_empty()) {
                if !list.iter().any(|known| known == value) {
                    list.push(value.to_owned());
                }
            }
        }
        list
    }

    /// The things a variable (`step.kind`) stands for, with their names.
    fn things(&self, variable: &str) -> Vec<(EntityId, Arc<str>)> {
        let Some((step, name)) = variable.split_once('.') else { return Vec::new() };
        let (Some(slot), Some(kind)) = (self.slot(step), kind(name)) else { return Vec::new() };
        let Some(bound) = self.binding.bound.get(slot).and_then(Option::as_ref) else { return Vec::new() };
        let entities = bound.found.iter().flat_map(|found| &found.item(self.world.items).entities);
        entities.filter(|(known, _, _)| *known == kind).map(|(_, id, name)| (*id, name.clone())).collect()
    }

    fn stamp(&self, moment: &str) -> Option<Stamp> {
        let (step, end) = moment.split_once('.').map_or((moment, false), |(step, part)| (step, part == "end"));
        let moment = Moment { slot: self.slot(step)?, end };
        let item = self.binding.item(moment.slot, self.world.items)?;
        Some(if moment.end { item.end } else { item.start })
    }
}

/// Whether a step says what was told before in the same words, of the same lines.
fn says_again(told: &Step, step: &Step) -> bool {
    let place = |evidence: &Evidence| (evidence.citation.source, evidence.citation.line);
    told.summary == step.summary && step.evidence.iter().all(|one| told.evidence.iter().any(|other| place(one) == place(other)))
}

fn step_of(name: &str, role: Role, plan: &StepPlan<'_>, bound: &Bound, names: &Names<'_>, world: &World<'_>, facts: &Facts) -> Step {
    let slot = names.slot(name).unwrap_or(0);
    let items: Vec<&Item> = bound.found.iter().map(|found| found.item(world.items)).collect();
    let mut evidence: Vec<Evidence> = Vec::new();
    for item in &items {
        let picked = item.citations.iter().take(LINES_OF_ITEM - 1).chain(item.citations.iter().skip(LINES_OF_ITEM - 1).last());
        for (citation, time) in picked {
            if evidence.len() < LINES_OF_STEP
                && !evidence.iter().any(|known| (known.citation.source, known.citation.line) == (citation.source, citation.line))
            {
                evidence.push(Evidence { citation: citation.clone(), path: None, time: dated(*time) });
            }
        }
    }
    for index in &bound.covered_by {
        let source = world.witnesses[*index].source;
        if let Some(anchor) = source.anchors.last().filter(|_| evidence.len() < LINES_OF_STEP) {
            let citation = Citation { source: source.id, line: anchor.line, offset: anchor.offset, text: anchor.text.clone() };
            evidence.push(Evidence { citation, path: None, time: source.clock.stamp(anchor.raw, anchor.offset) });
        }
    }
    let start = items.iter().filter_map(|item| dated(item.start)).min_by_key(|stamp| stamp.ns);
    let last = items.iter().max_by_key(|item| item.end.ns);
    let end = last.filter(|item| item.end_seen && (item.end.ns > item.start.ns || items.len() > 1)).and_then(|item| dated(item.end));
    let checked = plan.ast.timer.as_ref().and_then(|timer| check_timer(timer, plan, items.first().copied(), names, facts));
    let (timer, flag) = checked.unzip();
    evidence.extend(flag.flatten());
    let template = if plan.ast.summary.is_empty() { name } else { &plan.ast.summary };
    let mut summary = fill(template, |name| names.local(slot, name));
    if bound.count > 1 && !template.contains("{count}") {
        let _infallible = write!(summary, " (×{})", counted(bound));
    }
    let role = match role {
        Role::Required | Role::Decisive | Role::Proof => StepRole::Step,
        Role::Support => StepRole::Support,
        Role::Against => StepRole::Against,
    };
    Step { name: name.to_owned(), role, start, end, summary, count: bound.count as u64, timer, evidence }
}

/// The timer in force against the delay seen.
fn check_timer(timer: &Timer, plan: &StepPlan<'_>, item: Option<&Item>, names: &Names<'_>, facts: &Facts) -> Option<(TimerCheck, Option<Evidence>)> {
    let item = item?;
    let from = dated(names.stamp(&timer.from)?)?;
    dated(item.start)?;
    let observed_ns = item.start.ns.saturating_sub(from.ns);
    // What began unseen is dated by the record that tells its end: no delay is seen.
    if observed_ns == 0 {
        return None;
    }
    let stated =
        timer.stated.as_deref().and_then(|name| item.value(name)).and_then(parse_duration).map(|ns| (ns, "stated in the record".to_owned(), None));
    let setting = || {
        timer.component.iter().filter_map(|name| Component::from_name(name)).find_map(|component| {
            let setting = facts.setting(component, &timer.name, item.start.ns)?;
            let line = Evidence { citation: setting.citation.clone(), path: None, time: Some(setting.stamp) };
            Some((parse_duration(&setting.value)?, "FLAG line".to_owned(), Some(line)))
        })
    };
    let default = || {
        timer.default.iter().find_map(|row| {
            let value = parse_duration(&row.value)?;
            let Some(text) = &row.versions else { return Some((value, "default".to_owned(), None)) };
            let predicate = Predicate::parse(text).ok()?;
            let version = facts.version_of_product(predicate.product(), item.start.ns)?;
            (predicate.fit(&version.product, &version.text) == Fit::In)
                .then(|| (value, format!("default of {} {}", version.product, version.text), None))
        })
    };
    let told = stated.or_else(setting);
    let from_log = told.is_some();
    let (expected_ns, basis, line) = told.or_else(default)?;
    let doubt = item.start.precision_ns + item.start.doubt_ns + from.precision_ns + from.doubt_ns;
    let tolerance_ns = (doubt.saturating_add(crate::time::SECOND), plan.timer_tolerance_ns().saturating_add(doubt));
    let mut check =
        TimerCheck { name: timer.name.clone(), expected_ns, observed_ns, basis: String::new(), agrees: false, tolerance_ns, stated: from_log };
    check.expect(expected_ns, basis);
    Some((check, line))
}

/// The row of a catalogue that fits best: affected before unknown before not affected.
fn look_up_case(catalogue: &Catalogue, story: &StoryPlan<'_>, binding: &Binding, world: &World<'_>, facts: &Facts) -> Option<Known> {
    let slot = story.steps.iter().position(|slot| slot.name == catalogue.step)?;
    let item = binding.item(slot, world.items)?;
    let version = kind(&catalogue.version_of)
        .and_then(|kind| item.of_kind(kind).find_map(|(id, _)| facts.version_of(kind, id, item.start.ns.saturating_add(crate::time::SECOND))));
    let fits = catalogue
        .row
        .iter()
        .filter(|row| row.conditions.iter().all(|(name, text)| Condition::checked(text).is_ok_and(|condition| condition.fits(item.value(name)))));
    fits.map(|row| {
        let affected: Vec<Predicate> = row.affected.iter().filter_map(|text| Predicate::parse(text).ok()).collect();
        let truth = match version {
            None => Fit::Unknown,
            // A bug of one product is none of another's.
            Some(version) if !affected.iter().any(|predicate| predicate.product() == &*version.product) => Fit::Out,
            Some(version) => fit_any(&affected, &version.product, &version.text),
        };
        let mut attributes = row.set.clone();
        attributes.insert("affected".into(), row.affected.join(", "));
        attributes.insert("version".into(), version.map_or_else(|| "unknown".to_owned(), |version| version.text.to_string()));
        Known { attributes, truth, version: version.cloned() }
    })
    .min_by_key(|known| match known.truth {
        Fit::In => 0,
        Fit::Unknown => 1,
        Fit::Out => 2,
    })
}

/// A template with its places filled, the unknown ones marked. A text that is no template stays as it is: the check of patterns has told.
fn fill(text: &str, look_up: impl Fn(&str) -> Option<String>) -> String {
    Template::parse(text).map_or_else(|_| text.to_owned(), |template| template.expand_lossy(|name| look_up(name).map(Into::into)))
}

/// Whether every place of a template is known.
fn complete(text: &str, look_up: impl Fn(&str) -> Option<String>) -> bool {
    Template::parse(text).is_ok_and(|template| template.names().all(|name| look_up(name).is_some()))
}

/// How many items fit.
fn counted(bound: &Bound) -> String {
    if bound.more { format!("at least {}", bound.count) } else { bound.count.to_string() }
}

/// A stamp that says when.
fn dated(stamp: Stamp) -> Option<Stamp> {
    (stamp.ns != UNDATED.ns).then_some(stamp)
}
