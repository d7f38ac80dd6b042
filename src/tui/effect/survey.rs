//! The survey: names for completion, lanes, entities; what takes a moment to find out.
//!
//! In: a case. Out: a [`Survey`]. Must not know: the model.

use std::collections::BTreeMap;

use super::super::lane;
use super::Survey;
use crate::case::{Case, Facet};

/// Names of one kind that completion offers.
const MAX_NAMES: usize = 500;

pub(super) fn survey(case: &Case) -> Survey {
    let mut names = BTreeMap::new();
    let fields = [
        ("node", Facet::Node),
        ("pod", Facet::Pod),
        ("component", Facet::Component),
        ("source", Facet::Source),
        ("signal", Facet::Signal),
        ("format", Facet::Format),
    ];
    for (field, facet) in fields {
        let values = case.facets(facet, None, MAX_NAMES + 1).unwrap_or_default();
        names.insert(field, values.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).take(MAX_NAMES).collect());
    }
    names.insert("severity", ["error", "warning", "info", "fatal", "debug", "trace"].map(str::to_owned).to_vec());
    let signals = case.signals().unwrap_or_default();
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (kind, name) in signals.iter().flat_map(|seen| &seen.entities) {
        if kind != "source" && !name.is_empty() {
            *counts.entry((kind, name)).or_default() += 1;
        }
    }
    let mut entities: Vec<(String, String, u64)> =
        counts.iter().map(|((kind, name), count)| ((*kind).to_owned(), (*name).to_owned(), *count)).collect();
    entities.sort_by_key(|(kind, name, count)| (lane::rank(kind), kind.clone(), std::cmp::Reverse(*count), name.clone()));
    let mut about: Vec<String> = entities.iter().take(MAX_NAMES).map(|(_, name, _)| name.clone()).collect();
    about.dedup();
    names.insert("entity", about);
    let findings = case.findings().unwrap_or_default();
    names.insert("finding", findings.iter().map(|finding| finding.id.clone()).collect());
    Survey { names, lanes: lane::lanes(case), entities }
}
