//! Facets: how many entries there are of each value, and at each time.
//!
//! In: columns, and the hits of a search. Out: counts. Must not know: texts, how they are shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::fault::Fault;
use super::{Case, Search, column};
use crate::severity::Severity;

/// What entries are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// Severity, by the names of its bands.
    Severity,
    /// Program.
    Component,
    /// Node.
    Node,
    /// Pod.
    Pod,
    /// Format.
    Format,
    /// Source, by path.
    Source,
    /// Signal.
    Signal,
}

impl Case {
    /// How many entries of `[from, to)` (nanoseconds) fall into each of `buckets` equal parts of it.
    pub fn histogram(&self, from: i64, to: i64, buckets: usize) -> Vec<u64> {
        let edge = |at: usize| (i128::from(from) + (i128::from(to) - i128::from(from)) * at as i128 / buckets.max(1) as i128) as i64;
        let positions: Vec<usize> = (0..=buckets).map(|at| self.position_of_time(edge(at))).collect();
        positions.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect()
    }

    /// How many entries there are of each value, for the `most` most frequent ones, the most frequent first; of all entries, or of those of a search.
    pub fn facets(&self, facet: Facet, of: Option<&Search<'_>>, most: usize) -> Result<Vec<(String, u64)>, Fault> {
        let chosen = of.map(Search::exact).transpose()?;
        let number = match facet {
            Facet::Severity => column::SEVERITY,
            Facet::Component => column::COMPONENT,
            Facet::Node => column::NODE,
            Facet::Pod => column::POD,
            Facet::Format => column::FORMAT,
            Facet::Signal => column::SIGNALS,
            Facet::Source => {
                let counted = self.manifest.sources.iter().map(|source| {
                    let rows = source.first as usize..(source.first + source.rows) as usize;
                    let count = chosen.as_ref().map_or(source.rows, |bits| bits.within(rows.start, rows.end).count() as u64);
                    (source.path.clone(), count)
                });
                return Ok(most_first(counted.filter(|(_, count)| *count > 0).collect(), most));
            }
        };
        let Some(chosen) = chosen else { return Ok(self.tallied(facet, number, most)) };
        let mut counts = self.columns.get(number).map_or_else(Vec::new, |values| values.counts(Some(chosen.words())));
        if matches!(facet, Facet::Node | Facet::Pod) {
            // Every number has a name of its own, and they are in order of the alphabet: names need not be read to sort them.
            let by = |(number, count): &(usize, u64)| (Reverse(*count), *number);
            if most < counts.len() {
                counts.select_nth_unstable_by_key(most, by);
                counts.truncate(most);
            }
            counts.sort_unstable_by_key(by);
            return Ok(counts.into_iter().map(|(value, count)| (self.names.get(value).to_owned(), count)).collect());
        }
        Ok(self.spelled(facet, counts.into_iter(), most))
    }

    /// The same of all entries, as it was counted when the case was built.
    fn tallied(&self, facet: Facet, number: usize, most: usize) -> Vec<(String, u64)> {
        let counts = self.tally.of(number);
        if matches!(facet, Facet::Node | Facet::Pod) {
            return counts.take(most).map(|(value, count)| (self.names.get(value).to_owned(), count)).collect();
        }
        self.spelled(facet, counts, most)
    }

    /// Few values by their names: several may have one.
    fn spelled(&self, facet: Facet, counts: impl Iterator<Item = (usize, u64)>, most: usize) -> Vec<(String, u64)> {
        let mut named: BTreeMap<String, u64> = BTreeMap::new();
        for (value, count) in counts {
            let name = match facet {
                Facet::Severity => Severity::from_number(value as u8).map_or("", Severity::name),
                Facet::Component => value.checked_sub(1).and_then(|at| self.manifest.components.get(at)).map_or("", String::as_str),
                Facet::Format => self.manifest.formats.get(value).map_or("", String::as_str),
                _ => self.names.get(value),
            };
            if facet == Facet::Signal {
                name.lines().for_each(|signal| *named.entry(signal.to_owned()).or_default() += count);
            } else {
                *named.entry(name.to_owned()).or_default() += count;
            }
        }
        most_first(named.into_iter().collect(), most)
    }
}

fn most_first(mut counts: Vec<(String, u64)>, most: usize) -> Vec<(String, u64)> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(most);
    counts
}
