//! Correlate: signals become spans, spans and signals become stories, stories become findings.
//!
//! In: the signals of a run with their stamps, its sources, the causes of the pack. Out: findings, folded, numbered and ordered. Must not know: bytes
//! of logs, formats, regexes of signals, how anything is shown.

mod conclude;
mod copies;
mod crowd;
mod entity;
mod fact;
mod fold;
mod identity;
mod item;
mod plan;
mod runs_on;
mod search;
mod span;
mod story;
mod tale;
#[cfg(test)]
mod tests;
mod witness;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use crate::finding::Finding;
use crate::pattern::{Pack, ast};
use crate::signal::{Signal, SourceId};
use crate::source::Source;
use crate::time::Stamp;
use fact::{Facts, Setting, Version};
use item::{Item, Items, What};
use plan::{CausePlan, Names};
use span::SpanPlan;
use story::World;
use witness::Witness;

/// The part of the pack that correlation needs: definitions in the order of their indexes.
#[derive(Clone, Debug)]
pub struct Library<'a> {
    /// Signals.
    pub signals: Vec<&'a ast::Signal>,
    /// Spans.
    pub spans: &'a [ast::Span],
    /// Causes.
    pub causes: &'a [ast::Cause],
    /// Where each stands, by its id.
    places: Places<'a>,
}

/// Places of signals, spans and causes by their ids.
#[derive(Clone, Debug, Default)]
struct Places<'a> {
    signals: HashMap<&'a str, u16>,
    spans: HashMap<&'a str, u16>,
    causes: HashMap<&'a str, u16>,
}

/// What is to be explained.
#[derive(Debug)]
pub struct Inquest<'a> {
    /// Sources, by id.
    pub sources: &'a [Source],
    /// Signals with their stamps, in order of time, source and offset.
    pub signals: Vec<Signal>,
}

impl<'a> From<&'a Pack> for Library<'a> {
    fn from(pack: &'a Pack) -> Self {
        Self::new(pack.signals().iter().map(|signal| &signal.definition).collect(), pack.spans(), pack.causes())
    }
}

impl<'a> Library<'a> {
    /// Definitions in the order of their indexes.
    pub fn new(signals: Vec<&'a ast::Signal>, spans: &'a [ast::Span], causes: &'a [ast::Cause]) -> Self {
        let places = Places {
            signals: placed(signals.iter().map(|signal| &*signal.id)),
            spans: placed(spans.iter().map(|span| &*span.id)),
            causes: placed(causes.iter().map(|cause| &*cause.id)),
        };
        Self { signals, spans, causes, places }
    }
}

/// The place of each id; of equal ones that of the first.
fn placed<'a>(ids: impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator) -> HashMap<&'a str, u16> {
    ids.enumerate().rev().map(|(at, id)| (id, at as u16)).collect()
}

impl Names for Library<'_> {
    fn signal(&self, id: &str) -> Option<u16> {
        self.places.signals.get(id).copied()
    }

    fn span(&self, id: &str) -> Option<u16> {
        self.places.spans.get(id).copied()
    }

    fn cause(&self, id: &str) -> Option<u16> {
        self.places.causes.get(id).copied()
    }
}

/// Checks that every cause can be planned: names resolve, durations and conditions can be read.
///
/// # Errors
///
/// The cause's id and what is wrong with it, for the author of the pattern.
pub fn check(library: &Library<'_>) -> Vec<(String, String)> {
    let plans = library.causes.iter().enumerate().map(|(at, cause)| (cause, CausePlan::new(at as u16, cause, library)));
    plans.filter_map(|(cause, plan)| plan.err().map(|error| (cause.id.clone(), error))).collect()
}

/// Explains what happened.
///
/// # Order
///
/// Findings that hold first; of these the top-level ones first, by severity, verdict, time; then those folded under them; last what is not
/// assessable or refuted. Nothing depends on threads or hash order.
pub fn correlate(library: &Library<'_>, inquest: Inquest<'_>) -> Vec<Finding> {
    correlated(library, inquest).0.findings
}

/// Everything that correlation knows in the end.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The findings, as [`correlate`] orders them.
    pub findings: Vec<Finding>,
    /// States of entities, by span and time.
    pub intervals: Vec<Interval>,
    /// Names that mean one thing, for every thing that has several: kind and name.
    pub aliases: Vec<Vec<(&'static str, String)>>,
}

/// A state of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Id of the span.
    pub span: String,
    /// Beginning.
    pub start: Stamp,
    /// End, as far as it was seen.
    pub end: Stamp,
    /// Whether the end was seen.
    pub end_seen: bool,
    /// Kind and name of each entity.
    pub entities: Vec<(&'static str, String)>,
    /// Source and offset of the lines that say so.
    pub lines: Vec<(SourceId, u64)>,
}

/// Explains what happened, and tells the states and names that were found on the way.
pub fn account(library: &Library<'_>, inquest: Inquest<'_>) -> Account {
    correlated(library, inquest).0
}

/// What correlation finds, and how many items and steps it looked at for it.
fn correlated(library: &Library<'_>, inquest: Inquest<'_>) -> (Account, usize) {
    let Inquest { sources, mut signals } = inquest;
    let pairs = copies::drop_copies(&mut signals, sources);
    let mut identities = identity::Identities::new(sources, &signals, &pairs);
    let mut items = Items::default();
    let mut facts = Facts::default();
    // In the place of the signals: together they would be the most that is ever held.
    let made = signals.into_iter().map(|mut signal| {
        let stamp = signal.stamp.unwrap_or(item::UNDATED);
        let stated = (signal.version.take(), signal.setting.take(), signal.component);
        let item = identities.item(signal, stamp);
        note_facts(&mut facts, stated, &item, stamp);
        item
    });
    let mut made: Vec<Item> = made.collect();
    made.shrink_to_fit();
    made.sort_by_key(|item| item.start.ns);
    copies::drop_vague(&mut made);
    items.extend(made);
    let witnesses = identities.witnesses();
    let last_before = |source: SourceId, before: Option<i64>| last_record(&witnesses, source, before);
    for (at, span) in library.spans.iter().enumerate() {
        let plan = SpanPlan::new(at as u16, span, |id| library.signal(id));
        let folded = plan.fold(&items, last_before);
        items.extend(folded);
    }
    let plans = planned(library, &items);
    let ends_ns = sources.iter().filter_map(|source| source.last).map(|stamp| stamp.ns).max().unwrap_or(i64::MAX / 4);
    let mut drafts = Vec::new();
    let mut looks = 0;
    for plan in &plans {
        let world = World { items: &items, witnesses: &witnesses, ends_ns, signals: &library.signals, looks: Cell::new(0) };
        let found = world.all_of(plan, &facts);
        looks += world.looks.get();
        let holding = found.iter().filter(|draft| draft.finding.verdict.holds());
        let mut holding: Vec<Item> = holding.filter_map(|draft| finding_item(plan.id, draft)).collect();
        holding.sort_by_key(|item| item.start.ns);
        items.extend(holding);
        drafts.extend(found);
    }
    let intervals = library.spans.iter().enumerate().flat_map(|(at, span)| {
        let items = items.of(What::Span(at as u16)).iter().map(|index| items.get(*index));
        items.map(|item| Interval {
            span: span.id.clone(),
            start: item.start,
            end: item.end,
            end_seen: item.end_seen,
            entities: item.entities.iter().map(|(kind, _, name)| (entity::kind_name(*kind), name.to_string())).collect(),
            lines: item.citations.iter().map(|(citation, _)| (citation.source, citation.offset)).collect(),
        })
    });
    let intervals = intervals.collect();
    (Account { findings: fold::fold(&plans, drafts), intervals, aliases: identities.aliases() }, looks)
}

/// A finding as a step of other causes.
fn finding_item(cause: u16, draft: &conclude::Draft) -> Option<Item> {
    let start = draft.finding.start?;
    let citations = draft
        .finding
        .steps
        .iter()
        .filter(|step| step.role == crate::finding::StepRole::Step)
        .flat_map(|step| step.evidence.iter().filter_map(|line| Some((line.citation.clone(), line.time?))))
        .collect();
    // What the finding is about without naming it joins, and has no name here either.
    let named = |kind: entity::Kind, name: &str| {
        draft.finding.entities.get(entity::kind_name(kind)).is_some_and(|names| names.iter().any(|known| known == name))
    };
    let entities = draft.about.iter().map(|((kind, id), name)| (*kind, *id, if named(*kind, name) { name.clone() } else { "".into() })).collect();
    let attributes = draft.finding.params.iter().map(|(name, value)| (crate::name::name(name), value.as_str().into()));
    let attributes = attributes.chain([
        ("cause", draft.finding.cause.as_str().into()),
        ("title", draft.finding.title.as_str().into()),
        ("verdict", draft.finding.verdict.name().into()),
    ]);
    Some(Item {
        what: What::Cause(cause),
        start,
        end: draft.finding.end.unwrap_or(start),
        end_seen: true,
        source: 0,
        entities,
        attributes: attributes.collect(),
        citations,
        verdict: Some(draft.finding.verdict),
        times: 1,
        age_ns: None,
    })
}

/// A version, a setting, and who states them.
type Stated = (Option<(Box<str>, Box<str>)>, Option<(Box<str>, Box<str>)>, Option<crate::component::Component>);

fn note_facts(facts: &mut Facts, stated: Stated, item: &Item, stamp: Stamp) {
    let (version, setting, component) = stated;
    let Some((citation, _)) = item.citations.first() else { return };
    if let Some((product, text)) = version {
        let version = Version { product, text, citation: citation.clone(), stamp };
        facts.add_version(item.entities.iter().map(|(kind, id, _)| (*kind, *id)), &version);
    }
    if let (Some((name, value)), Some(component)) = (setting, component) {
        facts.add_setting(component, &name, Setting { value, citation: citation.clone(), stamp });
    }
}

/// The last sign of life of a source before a moment, or its last at all.
fn last_record(witnesses: &[Witness<'_>], source: SourceId, before: Option<i64>) -> Option<Stamp> {
    let witness = witnesses.get(source as usize)?;
    before.map_or(witness.source.last, |before| witness.last_before(before))
}

/// Plans in an order in which every cause comes after those its steps name. Left out are causes of which nothing was said that could be their beginning,
/// and those that cannot be planned: [`check`] tells why.
fn planned<'a>(library: &Library<'a>, items: &Items) -> Vec<CausePlan<'a>> {
    let mut waiting: Vec<CausePlan<'a>> = Vec::new();
    for (at, cause) in library.causes.iter().enumerate() {
        if cause_is_active(cause)
            && may_begin(cause, library, items)
            && let Ok(plan) = CausePlan::new(at as u16, cause, library)
        {
            waiting.push(plan);
        }
    }
    waiting.sort_by(|a, b| a.ast.id.cmp(&b.ast.id));
    let mut done: Vec<CausePlan<'a>> = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while !waiting.is_empty() {
        let known: Vec<&str> = waiting.iter().map(|plan| plan.ast.id.as_str()).collect();
        let ready = waiting.iter().position(|plan| plan.depends_on().all(|id| placed.contains(id) || !known.contains(&id)));
        let plan = waiting.remove(ready.unwrap_or(0));
        placed.insert(&plan.ast.id);
        done.push(plan);
    }
    done
}

/// Whether any story of a cause has a beginning. The first step of each is its anchor, in one wording or several; what other causes find is not known yet.
fn may_begin(cause: &ast::Cause, library: &Library<'_>, items: &Items) -> bool {
    let said = |what: Option<What>| what.is_some_and(|what| !items.of(what).is_empty());
    let begins = |steps: &[ast::Step]| {
        let anchor = steps.first().map(|step| &step.name);
        steps.iter().filter(|step| Some(&step.name) == anchor).any(|step| {
            !step.cause.is_empty()
                || !step.speaks.is_empty()
                || step.signal.iter().any(|id| said(library.signal(id).map(What::Signal)))
                || step.span.iter().any(|id| said(library.span(id).map(What::Span)))
        })
    };
    begins(&cause.step) || cause.story.iter().any(|story| begins(&story.step))
}

fn cause_is_active(cause: &ast::Cause) -> bool {
    cause.status != ast::Status::Retired
}
