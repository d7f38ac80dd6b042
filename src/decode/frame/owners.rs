//! Owners: whose each line of a stretch is.
//!
//! In: offsets of lines, in their order, and whose they are. Out: the owner of a line. Must not know: how it was found out.

/// Number of a speaker among those of one source.
pub type Owner = u16;

/// Whose the lines of a stretch are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Where each line begins, in order.
    lines: Vec<(u64, Owner)>,
    /// The lines of each owner, by their places among all, in order.
    own: Vec<Vec<u32>>,
}

impl Owners {
    /// Adds a line behind those that are known. `offset`: where it begins in its source, bytes.
    pub fn push(&mut self, offset: u64, owner: Owner) {
        self.lines.push((offset, owner));
    }

    /// Forgets the lines before `offset`.
    pub fn forget_before(&mut self, offset: u64) {
        self.lines.drain(..self.place(offset));
    }

    /// Sorts the lines by their owners, of which there are so many; those of others are found one by one.
    pub fn sort(&mut self, owners: usize) {
        self.own.iter_mut().for_each(Vec::clear);
        self.own.resize(owners, Vec::new());
        for (place, (_, owner)) in (0..).zip(&self.lines) {
            if let Some(own) = self.own.get_mut(usize::from(*owner)) {
                own.push(place);
            }
        }
    }

    /// Whose line begins at `offset`.
    pub fn of(&self, offset: u64) -> Option<Owner> {
        self.lines.get(self.place(offset)).filter(|(line, _)| *line == offset).map(|(_, owner)| *owner)
    }

    /// The lines of an owner between two offsets, each with the number of lines before it there, and how many lines there are in all. `None`: its lines
    /// were not sorted, or the stretch does not begin with a known line.
    pub(super) fn within(&self, owner: Owner, from: u64, to: u64) -> Option<(impl Iterator<Item = (u64, u64)> + '_, u64)> {
        let own = self.own.get(usize::from(owner))?;
        let (first, last) = (self.place(from), self.place(to));
        self.lines.get(first).filter(|(offset, _)| *offset == from)?;
        let places = own.get(own.partition_point(|place| (*place as usize) < first)..own.partition_point(|place| (*place as usize) < last))?;
        let lines = places.iter().filter_map(move |place| Some((self.lines.get(*place as usize)?.0, u64::from(*place) - first as u64)));
        Some((lines, (last - first) as u64))
    }

    fn place(&self, offset: u64) -> usize {
        self.lines.partition_point(|(line, _)| *line < offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_owner_and_by_their_place() {
        let mut owners = Owners::default();
        for (offset, owner) in [(0, 0), (10, 1), (20, 0), (30, Owner::MAX), (40, 1)] {
            owners.push(offset, owner);
        }
        assert!(owners.within(0, 0, 50).is_none());
        owners.sort(2);
        let told = |owners: &Owners, owner, from, to| owners.within(owner, from, to).map(|(lines, all)| (lines.collect::<Vec<_>>(), all));
        assert_eq!(told(&owners, 0, 0, 50), Some((vec![(0, 0), (20, 2)], 5)));
        assert_eq!(told(&owners, 1, 10, 40), Some((vec![(10, 0)], 3)));
        assert_eq!(told(&owners, 1, 11, 40), None);
        assert_eq!((owners.of(30), owners.of(31)), (Some(Owner::MAX), None));
        owners.forget_before(20);
        owners.sort(2);
        assert_eq!(told(&owners, 1, 20, 50), Some((vec![(40, 2)], 3)));
    }
}
