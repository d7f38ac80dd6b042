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
}

impl Owners {
    /// Adds a line behind those that are known. `offset`: where it begins in its source, bytes.
    pub fn push(&mut self, offset: u64, owner: Owner) {
        self.lines.push((offset, owner));
    }

    /// Forgets the lines before `offset`.
    pub fn forget_before(&mut self, offset: u64) {
        self.lines.drain(..self.lines.partition_point(|(line, _)| *line < offset));
    }

    /// Whose line begins at `offset`.
    pub fn of(&self, offset: u64) -> Option<Owner> {
        self.lines.binary_search_by_key(&offset, |(line, _)| *line).ok().and_then(|at| self.lines.get(at)).map(|(_, owner)| *owner)
    }
}
