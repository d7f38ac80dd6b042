//! Sets of bytes.
//!
//! In: ranges. Out: which bytes belong, and how many in a row do. Must not know: expressions.

use memchr::{memchr, memchr2};

/// A set of bytes.
#[derive(Clone)]
pub(super) struct Set {
    has: Box<[bool; 256]>,
    /// How a run of them is measured.
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    All,
    /// All but this.
    AllBut(u8),
    /// All but these.
    AllButTwo(u8, u8),
    Some,
}

impl std::fmt::Debug for Set {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Set({} bytes)", self.has.iter().filter(|has| **has).count())
    }
}

impl Set {
    /// The bytes of some ranges, ends included.
    pub(super) fn of(ranges: impl IntoIterator<Item = (u8, u8)>) -> Self {
        let mut has = Box::new([false; 256]);
        for (from, to) in ranges {
            (from..=to).for_each(|byte| has[usize::from(byte)] = true);
        }
        Self::new(has)
    }

    fn new(has: Box<[bool; 256]>) -> Self {
        let mut others = (0..=u8::MAX).filter(|byte| !has[usize::from(*byte)]);
        let shape = match (others.next(), others.next(), others.next()) {
            (None, _, _) => Shape::All,
            (Some(one), None, _) => Shape::AllBut(one),
            (Some(one), Some(two), None) => Shape::AllButTwo(one, two),
            _ => Shape::Some,
        };
        Self { has, shape }
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.has[usize::from(byte)]
    }

    pub(super) fn with(mut self, other: &Self) -> Self {
        self.has.iter_mut().zip(other.has.iter()).for_each(|(own, other)| *own |= other);
        Self::new(self.has)
    }

    /// Whether no byte belongs to both.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        self.has.iter().zip(other.has.iter()).all(|(own, other)| !(*own && *other))
    }

    /// How many bytes at the start of `rest` belong.
    pub(super) fn length(&self, rest: &[u8]) -> usize {
        let end = match self.shape {
            Shape::All => None,
            Shape::AllBut(one) => memchr(one, rest),
            Shape::AllButTwo(one, two) => memchr2(one, two, rest),
            Shape::Some => rest.iter().position(|byte| !self.has(*byte)),
        };
        end.unwrap_or(rest.len())
    }
}
