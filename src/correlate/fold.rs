//! Folding: many findings become few: those of one cause that tell one story are one, what is explained goes under what explains it.
//!
//! In: drafts of all causes. Out: findings, numbered and in the report's order. Must not know: how they were found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::conclude::{Draft, LINES_OF_STEP};
use super::entity::{EntityId, Kind, kind_name};
use super::plan::CausePlan;
use crate::finding::{self, Finding, StepRole, Verdict, arrange};
use crate::signal::SourceId;
use crate::time::{MINUTE, SECOND};

/// A consequence may be seen this much before its cause: clocks, and lines that are written late.
const BEFORE_NS: i64 = 2 * MINUTE;
/// The same where one log tells both.
const BEFORE_IN_ONE_LOG_NS: i64 = 15 * SECOND;

/// Findings of one cause that are told one by one; the others are counted.
pub(super) const MAX_FINDINGS: usize = 1000;

/// Keeps the findings of one cause within bounds: the surest and then the earliest are told, the last one told says how many more there are.
pub(super) fn bounded(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let more = drafts.len().saturating_sub(MAX_FINDINGS);
    if more > 0 {
        drafts.sort_by_cached_key(|draft| (draft.finding.verdict, draft.finding.start.map_or(0, |stamp| stamp.ns), lines(draft)));
        drafts.truncate(MAX_FINDINGS);
        if let Some(last) = drafts.last_mut() {
            last.left_out += more;
        }
    }
    drafts
}

/// Joins drafts of one cause that agree in their group and begin near each other. The surest one is told; the others add their lines.
pub(super) fn group(cause: &CausePlan<'_>, mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by_cached_key(rank);
    let mut kept: Vec<Draft> = Vec::new();
    let mut homes = Homes::default();
    for draft in drafts {
        let start = draft.finding.start;
        let places = homes.places(cause, &draft);
        let home = places.into_iter().find(|at| {
            let known = &kept[*at];
            // What has no time may have been at any time.
            let (Some(start), Some(from)) = (start, known.finding.start) else { return true };
            let to = known.finding.end.map_or(from.ns, |stamp| stamp.ns.max(from.ns));
            start.ns >= from.ns.saturating_sub(cause.group_within_ns) && start.ns <= to.saturating_add(cause.group_within_ns)
        });
        if let Some(at) = home {
            homes.note_things(at, &draft);
            absorb(&mut kept[at], draft);
        } else {
            homes.note(cause, kept.len(), &draft);
            kept.push(draft);
        }
    }
    kept
}

/// Names by kind, as a finding has them.
type Named = BTreeMap<String, Vec<String>>;

/// Where drafts of one group are kept.
#[derive(Default)]
struct Homes {
    groups: HashMap<Vec<EntityId>, Vec<usize>>,
    named: BTreeMap<Named, Vec<usize>>,
    /// Of drafts that name nothing.
    things: HashMap<(Kind, EntityId), Vec<usize>>,
    /// Of those of them that know nothing either: by the log that shows the first step.
    logs: HashMap<u32, Vec<usize>>,
}

impl Homes {
    /// Drafts that may be of one group with this one, in order. Without a declared group: those about the same entities, the log aside.
    fn places(&self, cause: &CausePlan<'_>, draft: &Draft) -> Vec<usize> {
        if told(cause, draft) {
            return self.groups.get(&draft.group).cloned().unwrap_or_default();
        }
        if !draft.finding.entities.is_empty() {
            return self.named.get(&draft.finding.entities).cloned().unwrap_or_default();
        }
        if draft.about.is_empty() {
            return log(draft).and_then(|log| self.logs.get(&log)).cloned().unwrap_or_default();
        }
        let mut places: Vec<usize> = draft.about.keys().flat_map(|thing| self.things.get(thing).into_iter().flatten().copied()).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn note(&mut self, cause: &CausePlan<'_>, at: usize, draft: &Draft) {
        if told(cause, draft) {
            self.groups.entry(draft.group.clone()).or_default().push(at);
        } else if !draft.finding.entities.is_empty() {
            self.named.entry(draft.finding.entities.clone()).or_default().push(at);
        } else {
            self.note_things(at, draft);
        }
    }

    /// A draft that names nothing is about ever more as others join it.
    fn note_things(&mut self, at: usize, draft: &Draft) {
        if !draft.finding.entities.is_empty() {
            return;
        }
        let note = |places: &mut Vec<usize>| {
            if places.last() != Some(&at) {
                places.push(at);
            }
        };
        for thing in draft.about.keys() {
            note(self.things.entry(*thing).or_default());
        }
        if let Some(log) = log(draft).filter(|_| draft.about.is_empty()) {
            note(self.logs.entry(log).or_default());
        }
    }
}

/// Whether a draft knows all it is grouped by. Where it does not, what it is about must do.
fn told(cause: &CausePlan<'_>, draft: &Draft) -> bool {
    !cause.ast.group.is_empty() && draft.group.len() == cause.ast.group.len()
}

/// The log that shows a draft's first step.
fn log(draft: &Draft) -> Option<u32> {
    draft.finding.steps.iter().flat_map(|step| &step.evidence).map(|line| line.citation.source).next()
}

/// Surest first, then the earliest, then the longest story.
fn rank(draft: &Draft) -> (Verdict, Reverse<usize>, i64, Vec<(u32, u64)>) {
    let lines = draft.finding.steps.iter().flat_map(|step| step.evidence.iter().map(|line| (line.citation.source, line.citation.line))).collect();
    let proven = draft.finding.steps.iter().filter(|step| step.role != StepRole::Against).count();
    (draft.finding.verdict, Reverse(proven), draft.finding.start.map_or(0, |stamp| stamp.ns), lines)
}

fn absorb(known: &mut Draft, other: Draft) {
    known.stories += other.stories;
    known.left_out += other.left_out;
    if other.finding.verdict == known.finding.verdict || (other.finding.verdict.holds() && known.finding.verdict.holds()) {
        for (kind, names) in other.finding.entities {
            let own = known.finding.entities.entry(kind).or_default();
            for name in names {
                if let Err(at) = own.binary_search(&name) {
                    own.insert(at, name);
                }
            }
        }
        for (thing, name) in other.about {
            known.about.entry(thing).or_insert(name);
        }
        known.finding.end = known.finding.end.into_iter().chain(other.finding.end).max_by_key(|stamp| stamp.ns);
        known.finding.start = known.finding.start.into_iter().chain(other.finding.start).min_by_key(|stamp| stamp.ns);
        for step in other.finding.steps {
            match known.finding.steps.iter_mut().find(|own| own.name == step.name) {
                Some(own) => {
                    own.count = own.count.max(step.count);
                    for line in step.evidence {
                        let cited = own
                            .evidence
                            .iter()
                            .any(|known| (known.citation.source, known.citation.line) == (line.citation.source, line.citation.line));
                        if !cited && own.evidence.len() < LINES_OF_STEP {
                            own.evidence.push(line);
                        }
                    }
                    own.evidence.sort_by_key(|line| (line.time.map_or(0, |stamp| stamp.ns), line.citation.source, line.citation.line));
                }
                None if step.role != StepRole::Against => known.finding.steps.push(step),
                None => {}
            }
        }
    }
}

/// Takes out what yields to something more exact, folds what is explained, numbers and orders the rest.
pub(super) fn fold(plans: &[CausePlan<'_>], mut drafts: Vec<Draft>) -> Vec<Finding> {
    let relations = Relations::new(plans, &drafts);
    let yields: Vec<bool> = drafts
        .iter()
        .map(|draft| {
            let Some(plan) = relations.plan(draft) else { return false };
            draft.finding.verdict.holds()
                && !plan.ast.yields_to.is_empty()
                && relations.candidates(draft, |cause| plan.ast.yields_to.iter().any(|pattern| matches_id(pattern, cause))).into_iter().any(|other| {
                    let other = &drafts[other];
                    other.finding.cause != draft.finding.cause && near(other, draft, 0, plan.explains_within_ns)
                })
        })
        .collect();
    let mut flags = yields.into_iter();
    drafts.retain(|_| !flags.next().unwrap_or(false));
    drafts.sort_by(|a, b| finding::rank(&a.finding).cmp(&finding::rank(&b.finding)));
    let parents = parents(plans, &drafts);
    order(drafts, &parents)
}

/// For each draft the one that explains it: the surest, most severe one whose cause says so.
fn parents(plans: &[CausePlan<'_>], drafts: &[Draft]) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; drafts.len()];
    let relations = Relations::new(plans, drafts);
    for (child, draft) in drafts.iter().enumerate() {
        if !draft.finding.verdict.holds() {
            continue;
        }
        let explains = |plan: &CausePlan<'_>| plan.ast.explains.iter().any(|pattern| matches_id(pattern, &draft.finding.cause));
        let mut fitting = relations
            .candidates(draft, |cause| plans.iter().any(|plan| plan.ast.id == cause && (explains(plan) || plan.ast.params.contains_key("parts"))));
        fitting.sort_unstable();
        let fitting = fitting.into_iter().find(|at| {
            let other = &drafts[*at];
            let Some(plan) = relations.plan(other) else { return false };
            *at != child
                && (explains(plan) || cites(other, draft))
                && tied(plan, other, draft)
                && near(other, draft, plan.explains_before_ns, plan.explains_within_ns)
                && !descends(&parents, *at, child)
        });
        parents[child] = fitting;
    }
    parents
}

/// A cited line: source and number.
type Line = (u32, u64);

/// Findings that hold, by what ties them to others: a thing that they are about, or a line that they cite.
struct Relations<'a, 'd> {
    plans: HashMap<u16, &'a CausePlan<'a>>,
    things: HashMap<(Kind, EntityId), BTreeMap<&'d str, Vec<usize>>>,
    lines: HashMap<Line, BTreeMap<&'d str, Vec<usize>>>,
}

impl<'a, 'd> Relations<'a, 'd> {
    fn new(plans: &'a [CausePlan<'a>], drafts: &'d [Draft]) -> Self {
        let mut relations = Self { plans: plans.iter().map(|plan| (plan.id, plan)).collect(), things: HashMap::new(), lines: HashMap::new() };
        for (at, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.finding.verdict.holds()) {
            let cause = draft.finding.cause.as_str();
            for thing in draft.about.keys() {
                relations.things.entry(*thing).or_default().entry(cause).or_default().push(at);
            }
            for line in lines(draft) {
                relations.lines.entry(line).or_default().entry(cause).or_default().push(at);
            }
        }
        relations
    }

    fn plan(&self, draft: &Draft) -> Option<&'a CausePlan<'a>> {
        self.plans.get(&draft.cause).copied()
    }

    /// Findings of some causes that are about one thing with this one, or cite one line.
    fn candidates(&self, draft: &Draft, of: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut verdicts: BTreeMap<&str, bool> = BTreeMap::new();
        let mut found: Vec<usize> = Vec::new();
        let lines = lines(draft);
        let by_thing = draft.about.keys().filter_map(|thing| self.things.get(thing));
        for (cause, list) in by_thing.chain(lines.iter().filter_map(|line| self.lines.get(line))).flatten() {
            if *verdicts.entry(cause).or_insert_with(|| of(cause)) {
                found.extend(list);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn lines(draft: &Draft) -> BTreeSet<Line> {
    draft.finding.steps.iter().flat_map(|step| step.evidence.iter().map(|line| (line.citation.source, line.citation.line))).collect()
}

fn descends(parents: &[Option<usize>], mut from: usize, ancestor: usize) -> bool {
    while let Some(parent) = parents[from] {
        if parent == ancestor {
            return true;
        }
        from = parent;
    }
    false
}

/// Whether the larger story names the smaller one's cause as one of its steps.
fn cites(larger: &Draft, smaller: &Draft) -> bool {
    larger.finding.cause != smaller.finding.cause
        && larger.finding.params.get("parts").is_some_and(|parts| parts.split(',').any(|part| part.trim() == smaller.finding.cause))
}

/// Kinds of things that lie on a node: what befalls one of them says nothing of its neighbours.
const LODGERS: [&str; 6] = ["pod", "uid", "container", "workload", "volume", "claim"];

/// Whether what two findings have in common ties them together. A larger story about one pod and a smaller one about another share no more than the
/// place where both happened.
fn tied(plan: &CausePlan<'_>, larger: &Draft, smaller: &Draft) -> bool {
    let is_place = |kind: Kind| matches!(kind_name(kind), "node" | "address");
    if larger.about.keys().any(|(kind, id)| !is_place(*kind) && smaller.about.contains_key(&(*kind, *id))) || shares_line(larger, smaller) {
        return true;
    }
    let of_lodgers = |draft: &Draft| draft.about.keys().any(|(kind, _)| LODGERS.contains(&kind_name(*kind)));
    let about_lodgers = plan.ast.group.iter().filter_map(|variable| variable.split_once('.')).any(|(_, kind)| LODGERS.contains(&kind));
    !(about_lodgers && of_lodgers(larger) && of_lodgers(smaller))
}

/// Whether the second begins neither long before the first nor long after its end. `before_ns` may be more than what clocks and late lines account for.
fn near(first: &Draft, second: &Draft, before_ns: i64, within_ns: i64) -> bool {
    let (Some(from), Some(start)) = (first.finding.start, second.finding.start) else { return true };
    let to = first.finding.end.unwrap_or(from);
    // Something that begins earlier is still part of it where it goes on into it and cites a line of it.
    let slack_ns = match (teller(first), teller(second)) {
        (Some(a), Some(b)) if a == b => BEFORE_IN_ONE_LOG_NS,
        _ => BEFORE_NS,
    };
    let slack_ns = slack_ns.max(before_ns);
    let early = start.latest() >= from.earliest() - slack_ns || second.finding.end.is_some_and(|end| end.ns >= from.ns) && shares_line(first, second);
    early && start.earliest() <= to.latest().saturating_add(within_ns)
}

/// The log that tells how a finding begins.
fn teller(draft: &Draft) -> Option<SourceId> {
    draft.finding.steps.first().and_then(|step| step.evidence.first()).map(|line| line.citation.source)
}

fn shares_line(a: &Draft, b: &Draft) -> bool {
    lines(a).intersection(&lines(b)).next().is_some()
}

/// Whether an id fits a pattern: equal, or with a `*` at the pattern's end, equal so far.
pub(super) fn matches_id(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |head| id.starts_with(head))
}

/// Numbers findings, notes what was told as one, and arranges them.
fn order(drafts: Vec<Draft>, parents: &[Option<usize>]) -> Vec<Finding> {
    let id = |at: usize| format!("d{at}");
    let mut findings: Vec<Finding> = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.into_iter().enumerate() {
        let mut finding = draft.finding;
        finding.id = id(at);
        finding.explained_by = parents[at].map(id);
        if draft.stories > 1 {
            finding.notes.push(format!("{} occurrences told as one", draft.stories));
        }
        if draft.left_out > 0 {
            finding.notes.push(format!("{} further findings of this cause, after the first {}, are counted only", draft.left_out, MAX_FINDINGS));
        }
        findings.push(finding);
    }
    arrange(&mut findings);
    findings
}
