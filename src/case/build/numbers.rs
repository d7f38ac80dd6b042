//! Numbers: what names, things and lists of things are called in a case.
//!
//! In: the texts that rows point to. Out: the names in the order of their numbers, the same for things and lists. Must not know: columns, files.
//!
//! Numbers depend on the texts alone and not on who came first. What columns name comes before what only lists name, each in the order of the alphabet;
//! lists are in order of the pod that they name, so that what is said of one pod stands together.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::super::gone::Kept;
use super::super::spill::Spilt;
use super::Part;

/// The kind by which lists are ordered.
const FIRST_KIND: &str = "pod";

/// Numbers of all names, things and lists of a case.
pub(super) struct Numbers<'a> {
    /// Names; the first has number 1.
    pub(super) sorted: Vec<&'a str>,
    /// Kind and name of each thing; the first has number 0.
    pub(super) things: Vec<(u32, u32)>,
    /// The things of each list; the first has number 1.
    pub(super) groups: Vec<Vec<u32>>,
    /// By the number in the spill: the name, the list.
    names: Vec<u32>,
    lists: Vec<u32>,
    known: HashMap<&'a str, u32, RandomState>,
    /// Lists of a state before, by their text.
    kept: HashMap<&'a str, u32, RandomState>,
}

/// A list: the number of its pod, kinds and names as numbers, its text.
type Listed<'a> = (u32, Vec<(u32, u32)>, &'a str);

fn things(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('='))
}

impl<'a> Numbers<'a> {
    pub(super) fn new(spilt: &'a Spilt, parts: &[Part<'a>], kept: Option<&'a Kept>) -> Self {
        let spilled = || spilt.names.iter().zip(&spilt.uses);
        let places = parts.iter().map(|part| &part.source.at).flat_map(|at| [&at.node, &at.pod].into_iter().flatten()).map(String::as_str);
        let earlier = || kept.into_iter().flat_map(Kept::abouts);
        // Whether a column names it; what lists name may be that too.
        let mut all: HashMap<&str, bool, RandomState> = HashMap::default();
        for name in spilled().filter(|(_, used)| used.name).map(|(name, _)| name).chain(places).chain(kept.into_iter().flat_map(Kept::names)) {
            all.insert(name, true);
        }
        let mut lists: Vec<&str> = spilled().filter(|(_, used)| used.group).map(|(text, _)| text).chain(earlier()).collect();
        for (kind, name) in lists.iter().flat_map(|text| things(text)) {
            all.entry(kind).or_insert(false);
            all.entry(name).or_insert(false);
        }
        all.remove("");
        let mut sorted: Vec<(bool, &str)> = all.into_iter().map(|(name, is_column)| (!is_column, name)).collect();
        sorted.par_sort_unstable();
        let sorted: Vec<&str> = sorted.into_iter().map(|(_, name)| name).collect();
        let known: HashMap<&str, u32, RandomState> = sorted.iter().copied().zip(1..).collect();
        let number = |name: &str| known.get(name).copied().unwrap_or(0);
        // Lists in order of their pod, then of their text.
        lists.par_sort_unstable();
        lists.dedup();
        let mut listed: Vec<Listed<'_>> = lists
            .into_par_iter()
            .map(|text| {
                let pairs: Vec<(u32, u32)> = things(text).map(|(kind, name)| (number(kind), number(name))).collect();
                let pod = things(text).find(|(kind, _)| *kind == FIRST_KIND).map_or(0, |(_, name)| number(name));
                (pod, pairs, text)
            })
            .collect();
        listed.par_sort_unstable_by(|a, b| (a.0, a.2).cmp(&(b.0, b.2)));
        let mut things: Vec<(u32, u32)> = listed.iter().flat_map(|(_, pairs, _)| pairs).copied().collect();
        things.par_sort_unstable();
        things.dedup();
        let thing = |pair: &(u32, u32)| things.binary_search(pair).ok().and_then(|at| u32::try_from(at).ok());
        let groups: Vec<Vec<u32>> = listed.par_iter().map(|(_, pairs, _)| pairs.iter().filter_map(thing).collect()).collect();
        let by_text: HashMap<&str, u32, RandomState> = listed.iter().map(|(_, _, text)| *text).zip(1..).collect();
        let names = spilled().map(|(name, used)| if used.name { number(name) } else { 0 }).collect();
        let by_spilt = spilled().map(|(text, used)| if used.group { by_text.get(text).copied().unwrap_or(0) } else { 0 }).collect();
        let kept = earlier().map(|text| (text, by_text.get(text).copied().unwrap_or(0))).collect();
        Self { sorted, things, groups, names, lists: by_spilt, known, kept }
    }

    /// The number of a name.
    pub(super) fn of(&self, name: Option<&str>) -> i64 {
        name.and_then(|name| self.known.get(name)).map_or(0, |number| i64::from(*number))
    }

    /// The number of a name of the spill.
    pub(super) fn name(&self, spilt: u32) -> i64 {
        at(&self.names, spilt)
    }

    /// The number of a list of the spill.
    pub(super) fn group(&self, spilt: u32) -> i64 {
        at(&self.lists, spilt)
    }

    /// The number of a list of the state before.
    pub(super) fn kept_group(&self, text: &str) -> i64 {
        self.kept.get(text).map_or(0, |number| i64::from(*number))
    }
}

fn at(numbers: &[u32], spilt: u32) -> i64 {
    (spilt as usize).checked_sub(1).and_then(|at| numbers.get(at)).map_or(0, |number| i64::from(*number))
}
