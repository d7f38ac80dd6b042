//! Lanes: states of things as bars over time, with what was said of them as marks.
//!
//! In: states and signals of a case. Out: lanes, one for each thing and one for each of its states. Must not know: how they are drawn.

use std::collections::BTreeMap;

use crate::case::{Case, Row};

/// Marks kept in one lane.
const MAX_MARKS: usize = 5000;

/// A line of the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lane {
    /// Kind and name of the thing.
    pub(super) kind: String,
    pub(super) name: String,
    /// What its bars mean; empty for the lane of marks.
    pub(super) state: String,
    /// Bars in order of time.
    pub(super) bars: Vec<Bar>,
    /// Marks in order of time.
    pub(super) marks: Vec<Mark>,
}

/// A state from its beginning to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) end_seen: bool,
    /// The entry that says so.
    pub(super) row: Option<Row>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) time: i64,
    pub(super) signal: String,
    pub(super) row: Option<Row>,
}

/// Kinds in the order in which people look at them.
const KINDS: &[&str] = &["node", "instance", "member", "pod", "volume", "container", "workload"];

/// The place of a kind in that order.
pub(super) fn rank(kind: &str) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len())
}

/// The thing that a span is a state of: of the kind that its id begins with, or of the first kind that there is.
fn owner<'a>(span: &str, entities: &'a [(String, String)]) -> Option<&'a (String, String)> {
    let family = span.split('.').next().unwrap_or(span);
    let family = match family {
        "mysqld" | "mysql" | "galera" | "wsrep" | "redis" | "etcd" => "instance",
        family => family,
    };
    let of = |kind: &str| entities.iter().find(|(known, _)| known == kind);
    of(family).or_else(|| KINDS.iter().find_map(|kind| of(kind))).or_else(|| entities.first())
}

/// The lanes of a case.
pub(super) fn lanes(case: &Case) -> Vec<Lane> {
    let states: &[crate::case::State] = case.states().map_or(&[], |known| &known.states);
    let mut things: BTreeMap<(usize, String, String), BTreeMap<String, Lane>> = BTreeMap::new();
    for state in states {
        let Some((kind, name)) = owner(&state.span, &state.entities) else { continue };
        let of = |wanted: &str| state.entities.iter().find(|(kind, _)| kind == wanted).map(|(_, name)| name.as_str());
        // One pod on two nodes is two bars that may overlap.
        let on = of("node").filter(|node| kind != "node" && !name.contains(node)).map(|node| format!(" on {node}")).unwrap_or_default();
        let lane = things.entry((rank(kind), kind.clone(), name.clone())).or_default().entry(format!("{}{on}", state.span)).or_default();
        lane.kind.clone_from(kind);
        lane.name.clone_from(name);
        let short = state.span.split_once('.').map_or(state.span.as_str(), |(_, short)| short);
        lane.state = format!("{short}{on}");
        let row = state.lines.first().and_then(|(source, offset)| case.row_of(*source as usize, *offset));
        lane.bars.push(Bar { start: state.start, end: state.end, end_seen: state.end_seen, row });
    }
    let mut marks: BTreeMap<(String, String), Vec<Mark>> = BTreeMap::new();
    for seen in case.signals().unwrap_or_default() {
        let Some(time) = seen.time else { continue };
        for (kind, name) in seen.entities.iter().filter(|(kind, _)| kind != "source") {
            let known = rank(kind) == 0 || things.contains_key(&(rank(kind), kind.clone(), name.clone()));
            if !known {
                continue;
            }
            let marks = marks.entry((kind.clone(), name.clone())).or_default();
            if marks.len() < MAX_MARKS {
                marks.push(Mark { time, signal: seen.signal.clone(), row: case.row_of(seen.source as usize, seen.offset) });
            }
        }
    }
    for (kind, name) in marks.keys() {
        things.entry((rank(kind), kind.clone(), name.clone())).or_default();
    }
    let mut lanes = Vec::new();
    for ((_, kind, name), states) in things {
        let marks = marks.remove(&(kind.clone(), name.clone())).unwrap_or_default();
        lanes.push(Lane { kind, name, marks, ..Lane::default() });
        lanes.extend(states.into_values().map(|mut lane| {
            lane.bars.sort_by_key(|bar| (bar.start, bar.end));
            lane
        }));
    }
    lanes
}
