//! Lives: everything a case knows of one thing: its names, states, signals, findings.
//!
//! In: a name. Out: a [`Life`]. Must not know: how it is shown.

use std::collections::BTreeMap;

use super::{Case, Fault, Found, Row, Seen, State};

/// Everything that is known of a thing.
#[derive(Debug)]
pub struct Life<'c> {
    /// All its names, and when each was used.
    pub names: Vec<Name>,
    /// Its states, in order of time.
    pub states: Vec<State>,
    /// Its signals, in order of time, with the row that says each.
    pub signals: Vec<(&'c Seen, Option<Row>)>,
    /// The findings about it.
    pub findings: Vec<&'c Found>,
    /// Sources that it wrote.
    pub sources: Vec<&'c str>,
    /// First and last time that anything is said of it, nanoseconds since the epoch.
    pub reach: Option<(i64, i64)>,
}

/// A name of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// `node`, `pod`, `address`, …
    pub kind: String,
    /// The name.
    pub name: String,
    /// First and last time it is used, nanoseconds since the epoch.
    pub used: Option<(i64, i64)>,
}

impl Case {
    /// Everything that is known of a node, pod, volume, instance or anything else that has a name. `None`: nothing.
    pub fn life(&self, name: &str) -> Result<Option<Life<'_>>, Fault> {
        let states = self.states()?;
        let is = |known: &str| known.eq_ignore_ascii_case(name) || known.split_once('/').is_some_and(|(_, short)| short.eq_ignore_ascii_case(name));
        let mut names: BTreeMap<(String, String), Option<(i64, i64)>> = BTreeMap::new();
        for group in self.aliases()?.iter().filter(|group| group.iter().any(|(_, known)| is(known))) {
            names.extend(group.iter().map(|pair| (pair.clone(), None)));
        }
        let signals = self.signals()?;
        let direct = signals
            .iter()
            .flat_map(|seen| &seen.entities)
            .chain(states.states.iter().flat_map(|state| &state.entities))
            .filter(|(_, known)| is(known));
        for pair in direct {
            names.entry(pair.clone()).or_default();
        }
        for source in self.sources() {
            for kind in ["node", "pod", "container", "uid"] {
                if let Some(known) = source.about.get(kind).and_then(serde_json::Value::as_str).filter(|known| is(known)) {
                    names.entry((kind.to_owned(), known.to_owned())).or_default();
                }
            }
        }
        if names.is_empty() {
            return Ok(None);
        }
        let about: Vec<(&Seen, Option<Row>)> = signals
            .iter()
            .filter(|seen| seen.entities.iter().any(|pair| names.contains_key(pair)))
            .map(|seen| (seen, self.row_of(seen.source as usize, seen.offset)))
            .collect();
        let mut reach: Option<(i64, i64)> = None;
        for (seen, _) in &about {
            let Some(time) = seen.time else { continue };
            for pair in &seen.entities {
                if let Some(used) = names.get_mut(pair) {
                    *used = Some(widened(*used, time));
                }
            }
            reach = Some(widened(reach, time));
        }
        let mut own: Vec<State> = states.states.iter().filter(|state| state.entities.iter().any(|pair| names.contains_key(pair))).cloned().collect();
        own.sort_by(|a, b| (a.start, &a.span, a.end).cmp(&(b.start, &b.span, b.end)));
        for state in &own {
            reach = Some(widened(Some(widened(reach, state.start)), state.end));
        }
        let findings = self.findings()?.iter().filter(|finding| {
            finding.entities.iter().any(|(kind, known)| known.iter().any(|known| names.contains_key(&(kind.clone(), known.clone())) || is(known)))
        });
        let wrote = |source: &&super::Held| {
            ["node", "pod", "container"].iter().any(|kind| {
                let known = source.about.get(*kind).and_then(serde_json::Value::as_str);
                known.is_some_and(|known| names.contains_key(&((*kind).to_owned(), known.to_owned())))
            })
        };
        let sources = self.sources().iter().filter(wrote).map(|source| source.path.as_str()).collect();
        let findings = findings.collect();
        let names = names.into_iter().map(|((kind, name), used)| Name { kind, name, used }).collect();
        Ok(Some(Life { names, states: own, signals: about, findings, sources, reach }))
    }

    /// Names that are near what was typed, for a hint.
    pub fn names_like(&self, name: &str) -> Result<Vec<String>, Fault> {
        let wanted = name.to_lowercase();
        let all = self.signals()?.iter().flat_map(|seen| &seen.entities).map(|(_, known)| known.clone());
        let mut near: Vec<String> = all.filter(|known| known.to_lowercase().contains(&wanted)).collect();
        near.sort_unstable();
        near.dedup();
        near.truncate(8);
        Ok(near)
    }
}

fn widened(reach: Option<(i64, i64)>, time: i64) -> (i64, i64) {
    reach.map_or((time, time), |(first, last)| (first.min(time), last.max(time)))
}
