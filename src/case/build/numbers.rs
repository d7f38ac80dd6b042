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
    /// The things of all lists, and where each list ends; the first has number 1.
    members: Vec<u32>,
    ends: Vec<usize>,
    /// By the number in the spill: the name, the list.
    names: Vec<u32>,
    lists: Vec<u32>,
    /// Names that do not come from the spill: of sources, and of a state before.
    others: HashMap<&'a str, u32, RandomState>,
    /// Lists of a state before, by their text.
    kept: HashMap<&'a str, u32, RandomState>,
}

/// Texts by numbers in the order of their coming, each with what is known of it.
struct Met<'a, T> {
    numbers: HashMap<&'a str, u32, RandomState>,
    all: Vec<(&'a str, T)>,
}

impl<'a, T> Met<'a, T> {
    fn new() -> Self {
        Self { numbers: HashMap::default(), all: Vec::new() }
    }

    /// The place of a text; `new` tells what there is to know of one that was not met before.
    fn place(&mut self, text: &'a str, new: impl FnOnce() -> T) -> usize {
        let next = self.all.len() as u32;
        let place = *self.numbers.entry(text).or_insert(next) as usize;
        if place == self.all.len() {
            self.all.push((text, new()));
        }
        place
    }
}

/// A list of things: the number of its pod, its text, the things as they were met, its place in the spill.
struct Listed<'a> {
    pod: u32,
    text: &'a str,
    members: std::ops::Range<usize>,
    spilt: Option<usize>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(spilt: &'a Spilt, parts: &[Part<'a>], kept: Option<&'a Kept>) -> Self {
        // Whether a column names it; what lists name may be that too.
        let mut names: Met<'a, bool> = Met::new();
        let name = |names: &mut Met<'a, bool>, text: &'a str, is_column: bool| {
            let place = names.place(text, || is_column);
            if is_column && let Some((_, known)) = names.all.get_mut(place) {
                *known = true;
            }
            place
        };
        // By the number in the spill: its place.
        let used: Vec<Option<usize>> =
            spilt.names.iter().zip(&spilt.uses).map(|(text, used)| used.name.then(|| name(&mut names, text, true))).collect();
        let places = parts.iter().map(|part| &part.source.at).flat_map(|at| [&at.node, &at.pod].into_iter().flatten()).map(String::as_str);
        let others: Vec<(&str, usize)> =
            places.chain(kept.into_iter().flat_map(Kept::names)).map(|text| (text, name(&mut names, text, true))).collect();
        let earlier = || kept.into_iter().flat_map(Kept::abouts);
        let groups = spilt.names.iter().zip(&spilt.uses).enumerate().filter(|(_, (_, used))| used.group).map(|(at, (text, _))| (text, Some(at)));
        let mut met: Met<'a, (usize, usize)> = Met::new();
        let mut all: Vec<usize> = Vec::new();
        let mut listed: Vec<Listed<'a>> = Vec::new();
        for (text, spilt) in groups.chain(earlier().map(|text| (text, None))) {
            let start = all.len();
            for line in text.lines() {
                if let Some((kind, named)) = line.split_once('=') {
                    all.push(met.place(line, || (name(&mut names, kind, false), name(&mut names, named, false))));
                }
            }
            listed.push(Listed { pod: 0, text, members: start..all.len(), spilt });
        }
        // Names in the order of their numbers.
        let mut sorted: Vec<(bool, &str, usize)> =
            names.all.iter().enumerate().filter(|(_, (text, _))| !text.is_empty()).map(|(place, (text, used))| (!used, *text, place)).collect();
        sorted.par_sort_unstable();
        let mut numbers = vec![0_u32; names.all.len()];
        for ((_, _, place), number) in sorted.iter().zip(1..) {
            if let Some(known) = numbers.get_mut(*place) {
                *known = number;
            }
        }
        let number = |place: usize| numbers.get(place).copied().unwrap_or(0);
        // Things in order of kind and name.
        let pairs: Vec<(u32, u32)> = met.all.iter().map(|(_, (kind, named))| (number(*kind), number(*named))).collect();
        let mut things: Vec<(u32, u32)> = pairs.clone();
        things.par_sort_unstable();
        things.dedup();
        let ranks: Vec<u32> = pairs.iter().map(|pair| things.binary_search(pair).map_or(0, |at| at as u32)).collect();
        // Lists in order of their pod, then of their text.
        let is_pod: Vec<bool> = met.all.iter().map(|(line, _)| line.split_once('=').is_some_and(|(kind, _)| kind == FIRST_KIND)).collect();
        for list in &mut listed {
            let members = all.get(list.members.clone()).unwrap_or_default();
            let pod = members.iter().find(|met| is_pod.get(**met).copied().unwrap_or(false));
            list.pod = pod.and_then(|met| pairs.get(*met)).map_or(0, |(_, named)| *named);
        }
        listed.par_sort_unstable_by(|a, b| (a.pod, a.text).cmp(&(b.pod, b.text)));
        let (mut members, mut ends) = (Vec::with_capacity(all.len()), Vec::with_capacity(listed.len()));
        let mut lists = vec![0; spilt.names.len()];
        let mut of_kept = HashMap::default();
        for same in listed.chunk_by(|a, b| a.text == b.text) {
            let Some(first) = same.first() else { continue };
            members.extend(all.get(first.members.clone()).unwrap_or_default().iter().map(|met| ranks.get(*met).copied().unwrap_or(0)));
            ends.push(members.len());
            for list in same {
                match list.spilt.and_then(|at| lists.get_mut(at)) {
                    Some(known) => *known = ends.len() as u32,
                    None => drop(of_kept.insert(list.text, ends.len() as u32)),
                }
            }
        }
        Self {
            things,
            members,
            ends,
            names: used.into_iter().map(|place| place.map_or(0, number)).collect(),
            lists,
            others: others.into_iter().map(|(text, place)| (text, number(place))).collect(),
            kept: of_kept,
            sorted: sorted.into_iter().map(|(_, text, _)| text).collect(),
        }
    }

    /// The things of each list.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.members.get(start..*end).unwrap_or_default())
    }

    /// The number of a name of a source or of a state before.
    pub(super) fn of(&self, name: Option<&str>) -> i64 {
        name.and_then(|name| self.others.get(name)).map_or(0, |number| i64::from(*number))
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
