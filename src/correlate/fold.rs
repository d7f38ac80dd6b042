//! Folding: many findings become few: those of one cause that tell one story are one, what is explained goes under what explains it.
//!
//! In: drafts of all causes. Out: findings, numbered and in the report's order. Must not know: how they were found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::conclude::{Draft, LINES_OF_STEP};
use super::plan::CausePlan;
use crate::finding::{Finding, StepRole, Verdict};
use crate::time::MINUTE;

/// A consequence may be seen this much before its cause: clocks, and lines that are written late.
const BEFORE_NS: i64 = 2 * MINUTE;

/// Joins drafts of one cause that agree in their group and begin near each other. The surest one is told; the others add their lines.
pub(super) fn group(cause: &CausePlan<'_>, mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by_cached_key(rank);
    let mut kept: Vec<Draft> = Vec::new();
    for draft in drafts {
        let start = draft.finding.start.map_or(0, |stamp| stamp.ns);
        let home = kept.iter_mut().find(|known| {
            let told = |of: &Draft| of.group.len() == cause.ast.group.len();
            // Where neither knows what it would be grouped by, what they are about must do.
            let same = if cause.ast.group.is_empty() || (!told(known) && !told(&draft)) {
                same_things(known, &draft)
            } else {
                known.group == draft.group && told(known)
            };
            let (from, to) = (known.finding.start.map_or(0, |stamp| stamp.ns), known.finding.end.map_or(0, |stamp| stamp.ns));
            same && start >= from - cause.group_within_ns && start <= to.max(from) + cause.group_within_ns
        });
        match home {
            Some(known) => absorb(known, draft),
            None => kept.push(draft),
        }
    }
    kept
}

/// Surest first, then the earliest, then the longest story.
fn rank(draft: &Draft) -> (Verdict, Reverse<usize>, i64, Vec<(u32, u64)>) {
    let lines = draft.finding.steps.iter().flat_map(|step| step.evidence.iter().map(|line| (line.citation.source, line.citation.line))).collect();
    let proven = draft.finding.steps.iter().filter(|step| step.role != StepRole::Against).count();
    (draft.finding.verdict, Reverse(proven), draft.finding.start.map_or(0, |stamp| stamp.ns), lines)
}

/// Without a declared group: the same entities, the log aside.
fn same_things(a: &Draft, b: &Draft) -> bool {
    let named = |draft: &Draft| {
        draft.finding.entities.iter().flat_map(|(kind, names)| names.iter().map(|name| (kind.clone(), name.clone()))).collect::<BTreeSet<_>>()
    };
    let (a_names, b_names) = (named(a), named(b));
    if a_names.is_empty() && b_names.is_empty() {
        return a.about.intersection(&b.about).next().is_some();
    }
    a_names == b_names
}

fn absorb(known: &mut Draft, other: Draft) {
    known.stories += other.stories;
    if other.finding.verdict == known.finding.verdict || (other.finding.verdict.holds() && known.finding.verdict.holds()) {
        for (kind, names) in other.finding.entities {
            let own = known.finding.entities.entry(kind).or_default();
            for name in names {
                if let Err(at) = own.binary_search(&name) {
                    own.insert(at, name);
                }
            }
        }
        known.about.extend(other.about);
        known.finding.end = known.finding.end.into_iter().chain(other.finding.end).max_by_key(|stamp| stamp.ns);
        known.finding.start = known.finding.start.into_iter().chain(other.finding.start).min_by_key(|stamp| stamp.ns);
        for step in other.finding.steps {
            match known.finding.steps.iter_mut().find(|own| own.name == step.name) {
                Some(own) => {
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
    let plan_of = |draft: &Draft| plans.iter().find(|plan| plan.id == draft.cause);
    let yields: Vec<bool> = drafts
        .iter()
        .map(|draft| {
            let Some(plan) = plan_of(draft) else { return false };
            draft.finding.verdict.holds()
                && drafts.iter().any(|other| {
                    plan.ast.yields_to.iter().any(|pattern| matches_id(pattern, &other.finding.cause))
                        && other.finding.verdict.holds()
                        && other.finding.cause != draft.finding.cause
                        && near(other, draft, plan.explains_within_ns)
                        && related(other, draft)
                })
        })
        .collect();
    let mut flags = yields.into_iter();
    drafts.retain(|_| !flags.next().unwrap_or(false));
    drafts.sort_by(|a, b| {
        (
            Reverse(a.finding.verdict.holds()),
            Reverse(a.finding.severity),
            a.finding.verdict,
            a.finding.start.map_or(i64::MAX, |stamp| stamp.ns),
            &a.finding.cause,
            &a.finding.entities,
        )
            .cmp(&(
                Reverse(b.finding.verdict.holds()),
                Reverse(b.finding.severity),
                b.finding.verdict,
                b.finding.start.map_or(i64::MAX, |stamp| stamp.ns),
                &b.finding.cause,
                &b.finding.entities,
            ))
    });
    let parents = parents(plans, &drafts);
    order(drafts, &parents)
}

/// For each draft the one that explains it: the surest, most severe one whose cause says so.
fn parents(plans: &[CausePlan<'_>], drafts: &[Draft]) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; drafts.len()];
    for (child, draft) in drafts.iter().enumerate() {
        if !draft.finding.verdict.holds() {
            continue;
        }
        let fitting = drafts.iter().enumerate().find(|(at, other)| {
            let Some(plan) = plans.iter().find(|plan| plan.id == other.cause) else { return false };
            *at != child
                && other.finding.verdict.holds()
                && (plan.ast.explains.iter().any(|pattern| matches_id(pattern, &draft.finding.cause)) || cites(other, draft))
                && near(other, draft, plan.explains_within_ns)
                && related(other, draft)
                && !descends(&parents, *at, child)
        });
        parents[child] = fitting.map(|(at, _)| at);
    }
    parents
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

/// Whether the second begins neither long before the first nor long after its end.
fn near(first: &Draft, second: &Draft, within_ns: i64) -> bool {
    let (Some(from), Some(start)) = (first.finding.start, second.finding.start) else { return true };
    let to = first.finding.end.unwrap_or(from);
    // Something that begins earlier is still part of it where it goes on into it and cites a line of it.
    let early =
        start.latest() >= from.earliest() - BEFORE_NS || second.finding.end.is_some_and(|end| end.ns >= from.ns) && shares_line(first, second);
    early && start.earliest() <= to.latest().saturating_add(within_ns)
}

fn shares_line(a: &Draft, b: &Draft) -> bool {
    let lines = |draft: &Draft| -> BTreeSet<(u32, u64)> {
        draft.finding.steps.iter().flat_map(|step| step.evidence.iter().map(|line| (line.citation.source, line.citation.line))).collect()
    };
    lines(a).intersection(&lines(b)).next().is_some()
}

/// Whether two findings are about one thing, or cite one line.
fn related(a: &Draft, b: &Draft) -> bool {
    a.about.intersection(&b.about).next().is_some() || shares_line(a, b)
}

/// Whether an id fits a pattern: equal, or with a `*` at the pattern's end, equal so far.
pub(super) fn matches_id(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |head| id.starts_with(head))
}

/// Top-level findings first, each followed by nothing: the folded ones come after all of them, by parent, then what does not hold.
fn order(drafts: Vec<Draft>, parents: &[Option<usize>]) -> Vec<Finding> {
    let mut indexes: Vec<usize> = (0..drafts.len()).collect();
    let root = |mut at: usize| {
        while let Some(parent) = parents[at] {
            at = parent;
        }
        at
    };
    indexes.sort_by_key(|at| (!drafts[*at].finding.verdict.holds(), parents[*at].is_some(), root(*at), *at));
    let ids: BTreeMap<usize, String> = indexes.iter().enumerate().map(|(number, at)| (*at, format!("f{}", number + 1))).collect();
    let mut findings: Vec<Option<Finding>> = drafts
        .into_iter()
        .enumerate()
        .map(|(at, draft)| {
            let mut finding = draft.finding;
            finding.id = ids.get(&at).cloned().unwrap_or_default();
            finding.explained_by = parents[at].and_then(|parent| ids.get(&parent).cloned());
            if draft.stories > 1 {
                finding.notes.push(format!("{} occurrences told as one", draft.stories));
            }
            Some(finding)
        })
        .collect();
    indexes.into_iter().filter_map(|at| findings[at].take()).collect()
}
