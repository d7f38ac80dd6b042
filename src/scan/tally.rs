//! Tallies: votes counted in bounded memory.
//!
//! In: values one by one. Out: the most frequent one, or the only one. Must not know: what the values are.

/// Counts of a few different values. Order of first appearance breaks ties, so that the outcome never depends on threads.
#[derive(Clone, Debug)]
pub(super) struct Tally<T>(Vec<(T, u64)>);

/// Different values counted; later ones are lost in the crowd.
const MAX_VALUES: usize = 64;

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq + Clone> Tally<T> {
    pub(super) fn add(&mut self, value: &T, count: u64) {
        if let Some(index) = self.0.iter().position(|(known, _)| known == value) {
            self.0[index].1 += count;
        } else if self.0.len() < MAX_VALUES {
            self.0.push((value.clone(), count));
        }
    }

    pub(super) fn absorb(&mut self, later: &Self) {
        for (value, count) in &later.0 {
            self.add(value, *count);
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// The most frequent value.
    pub(super) fn most(&self) -> Option<&T> {
        self.0.iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
    }

    /// The most frequent value but one.
    pub(super) fn most_but(&self, but: &T) -> Option<&T> {
        self.0.iter().rev().filter(|(value, _)| value != but).max_by_key(|(_, count)| *count).map(|(value, _)| value)
    }

    /// The value that has at least nine of ten votes.
    pub(super) fn clear(&self) -> Option<&T> {
        let total: u64 = self.0.iter().map(|(_, count)| count).sum();
        self.0.iter().find(|(_, count)| count * 10 >= total * 9).map(|(value, _)| value)
    }

    pub(super) fn count_of(&self, value: &T) -> u64 {
        self.0.iter().find(|(known, _)| known == value).map_or(0, |(_, count)| *count)
    }
}

/// A value that must be the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) enum Constant<T> {
    #[default]
    Unseen,
    One(T),
    Several,
}

impl<T: PartialEq> Constant<T> {
    pub(super) fn see<Q: ?Sized + PartialEq + ToOwned<Owned = O>, O: Into<T>>(&mut self, value: &Q)
    where
        T: std::borrow::Borrow<Q>,
    {
        match self {
            Self::Unseen => *self = Self::One(value.to_owned().into()),
            Self::One(known) if (*known).borrow() == value => {}
            Self::One(_) => *self = Self::Several,
            Self::Several => {}
        }
    }

    pub(super) fn absorb(&mut self, later: Self) {
        match (&*self, later) {
            (_, Self::Unseen) | (Self::Several, _) => {}
            (Self::Unseen, later) => *self = later,
            (Self::One(a), Self::One(b)) if *a == b => {}
            _ => *self = Self::Several,
        }
    }

    pub(super) fn one(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_wins() {
        let mut tally = Tally::default();
        for vote in ["a", "b", "b", "a", "c"] {
            tally.add(&vote, 1);
        }
        assert_eq!((tally.most(), tally.clear(), tally.count_of(&"b")), (Some(&"a"), None, 2));
        tally.add(&"c", 40);
        assert_eq!(tally.clear(), Some(&"c"));
    }

    #[test]
    fn a_constant_is_lost_by_one_exception() {
        let mut host: Constant<Box<str>> = Constant::default();
        host.see("node-1");
        host.absorb(Constant::Unseen);
        host.absorb(Constant::One("node-1".into()));
        assert_eq!(host.one().map(|name| &**name), Some("node-1"));
        host.see("node-2");
        assert_eq!(host, Constant::Several);
    }
}
