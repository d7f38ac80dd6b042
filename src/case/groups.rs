//! Groups: what entries are about, as lists of things.
//!
//! In: things, which are a kind and a name, and lists of them. Out: columns of their numbers, and the lists by number. Must not know: rows, queries.
//!
//! A thing that comes in many lists (a pod with each of its containers) is kept once, and asked once whether it fits. Things are in order of their
//! kinds' numbers and then of their names'.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::bits::{has, put};
use super::names::Names;
use super::packed::{Course, Cursor, Packed, Packing};

/// The columns: kind and name of each thing, where each list ends, the things of all lists.
pub(super) const COLUMNS: [&str; 4] = ["thing-kind", "thing-name", "group-end", "group-thing"];
/// Things that a list has at most; one of this program has as many as a record's signals name.
const MAX_THINGS: usize = 4096;

/// Lists that are read.
#[derive(Debug)]
pub(super) struct Groups {
    kinds: Packed,
    names: Packed,
    ends: Packed,
    things: Packed,
}

impl Groups {
    /// Writes things as numbers of kind and name, and lists as numbers of things; the first thing has number 0, the first list number 1.
    pub(super) fn write<'g>(directory: &Path, things: &[(u32, u32)], groups: impl Iterator<Item = &'g [u32]>) -> io::Result<()> {
        let open = |at: usize, course| Packing::new(&directory.join(COLUMNS[at]), course);
        let (mut kinds, mut names) = (open(0, Course::Any)?, open(1, Course::Rising)?);
        for (kind, name) in things {
            kinds.push(i64::from(*kind))?;
            names.push(i64::from(*name))?;
        }
        let (mut ends, mut members) = (open(2, Course::Rising)?, open(3, Course::Any)?);
        let mut end = 0;
        for group in groups {
            for thing in group.iter().take(MAX_THINGS) {
                members.push(i64::from(*thing))?;
                end += 1;
            }
            ends.push(end)?;
        }
        [kinds, names, ends, members].into_iter().try_for_each(Packing::finish)
    }

    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let open = |at: usize| Packed::open(&directory.join(COLUMNS[at]));
        Ok(Self { kinds: open(0)?, names: open(1)?, ends: open(2)?, things: open(3)? })
    }

    /// Of a case that has none.
    pub(super) fn none() -> Self {
        Self { kinds: Packed::none(), names: Packed::none(), ends: Packed::none(), things: Packed::none() }
    }

    /// The columns that are not as they were written.
    pub(super) fn damaged(&self) -> impl Iterator<Item = &'static str> {
        COLUMNS.into_iter().zip([&self.kinds, &self.names, &self.ends, &self.things]).filter(|(_, column)| !column.is_sound()).map(|(name, _)| name)
    }

    fn range(&self, group: usize) -> Range<usize> {
        let Some(index) = group.checked_sub(1).filter(|index| *index < self.ends.len()) else { return 0..0 };
        let start = index.checked_sub(1).map_or(0, |before| self.ends.at(before)) as usize;
        let end = (self.ends.at(index) as usize).min(self.things.len());
        start..end.min(start.saturating_add(MAX_THINGS))
    }

    /// Numbers of kind and name of each thing of a list.
    pub(super) fn get(&self, group: usize) -> impl Iterator<Item = (usize, usize)> {
        self.range(group).map(|at| self.things.at(at) as usize).map(|thing| (self.kinds.at(thing) as usize, self.names.at(thing) as usize))
    }

    /// A list as text: `kind=name`, one a line.
    pub(super) fn text(&self, group: usize, names: &Names) -> String {
        self.get(group).map(|(kind, name)| format!("{}={}", names.get(kind), names.get(name))).collect::<Vec<_>>().join("\n")
    }

    /// The things of kinds that fit: ranges of their numbers.
    fn of_kind(&self, names: &Names, kind: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
        let mut first = 0;
        let ranges = self.kinds.counts(None).into_iter().map(|(number, count)| {
            let range = first..first + count as usize;
            first = range.end;
            (number, range)
        });
        ranges.filter(|(number, _)| kind(names.get(*number))).map(|(_, range)| range).collect()
    }

    /// Adds the names of all things whose kind fits to a set.
    pub(super) fn add_names(&self, names: &Names, kind: impl Fn(&str) -> bool, set: &mut [u64]) {
        for range in self.of_kind(names, kind) {
            self.names.each(range.start, range.end, |_, name| put(set, name as usize));
        }
    }

    /// The lists with a thing whose kind fits and whose name is in a set, a bit for each number.
    pub(super) fn select(&self, names: &Names, kind: impl Fn(&str) -> bool, set: &[u64]) -> Vec<u64> {
        let mut chosen = vec![0_u64; self.names.len().div_ceil(64)];
        for range in self.of_kind(names, kind) {
            self.names.each(range.start, range.end, |thing, name| {
                if has(set, name as usize) {
                    put(&mut chosen, thing);
                }
            });
        }
        if chosen.iter().all(|word| *word == 0) { Vec::new() } else { self.with(&chosen) }
    }

    /// The lists with one of these things.
    fn with(&self, chosen: &[u64]) -> Vec<u64> {
        let mut lists = vec![0; self.ends.len() / 64 + 1];
        let (mut ends, mut group, mut end) = (self.ends.cursor(), 0, 0);
        for (at, word) in self.things.select_in(chosen).into_iter().enumerate() {
            let mut left = word;
            while left != 0 {
                let place = at * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                if place >= end {
                    group = after(&mut ends, self.ends.len(), group, place);
                    end = ends.at(group) as usize;
                    put(&mut lists, group + 1);
                }
            }
        }
        lists
    }
}

/// The first of so many lists, from `from` on and counted from 0, that ends behind a place. It mostly is one of the next.
fn after(ends: &mut Cursor<'_>, count: usize, from: usize, place: usize) -> usize {
    let (mut low, mut step) = (from, 1);
    while low + step <= count && ends.at(low + step - 1) as usize <= place {
        (low, step) = (low + step, step * 2);
    }
    let mut high = (low + step - 1).min(count);
    while low < high {
        let middle = low + (high - low) / 2;
        if ends.at(middle) as usize <= place { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_and_are_found_by_what_they_hold() {
        let room = tempfile::tempdir().unwrap();
        let texts: Vec<String> = (1..=1003).map(|at| format!("{at:04}")).collect();
        Names::write(&room.path().join("names"), texts.iter().map(String::as_str)).unwrap();
        let names = Names::open(&room.path().join("names")).unwrap();
        // Kinds are the names 1 to 3.
        let things: Vec<(u32, u32)> = (0..3000).map(|at| (at / 1000 + 1, at % 1000 + 4)).collect();
        let lists: Vec<Vec<u32>> = (0..40_000_u32).map(|at| (0..at % 5).map(|member| (at * 7 + member * 1009) % 3000).collect()).collect();
        Groups::write(room.path(), &things, lists.iter().map(Vec::as_slice)).unwrap();
        let groups = Groups::open(room.path()).unwrap();
        for (at, list) in lists.iter().enumerate() {
            assert!(
                groups.get(at + 1).eq(list.iter().map(|thing| things[*thing as usize]).map(|(kind, name)| (kind as usize, name as usize))),
                "{at}"
            );
        }
        assert_eq!((groups.get(0).count(), groups.get(50_000).count(), groups.damaged().count()), (0, 0, 0));
        let mut asked = names.bits();
        groups.add_names(&names, |kind| kind == "0002", &mut asked);
        let set = names.select(&asked, "17", |name| name.ends_with("17"));
        let chosen = groups.select(&names, |kind| kind == "0002", &set);
        for (at, list) in lists.iter().enumerate() {
            let wanted = list.iter().any(|thing| (1000..2000).contains(thing) && texts[things[*thing as usize].1 as usize - 1].ends_with("17"));
            assert_eq!(has(&chosen, at + 1), wanted, "{at}");
        }
        assert!(groups.select(&names, |_| true, &names.bits()).is_empty());
    }
}
