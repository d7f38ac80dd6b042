//! Shares: how many signals a source may keep of the budget of its input.
//!
//! In: the budget, where in its input a source lies, how far it has been read. Out: bytes of signals. Must not know: what signals say, threads: the same
//! bytes have the same share however they are read.

/// Bytes of signals that a chunk may yield, roughly, whatever its share.
pub(super) const CHUNK_SIGNAL_BYTES: usize = 6 << 20;
/// How many times its share of the source's signals a chunk may keep before all of them are known: sources are louder at times.
const SLACK: u64 = 2;

/// The part of the budget that a source may fill which has others before it in its input.
const LATER: usize = 4;

/// What a source may keep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    /// Bytes of signals that the input may keep.
    pub(super) budget: usize,
    /// Bytes of text that stand before the source in its input.
    pub(super) before: u64,
    /// Bytes of text that the input has at least, as far as that is known.
    pub(super) total: u64,
    /// Bytes of signals that the source may keep in any case.
    pub(super) least: usize,
}

impl Share {
    /// Bytes of signals that the source may keep. What comes later in an archive is thinned together with what was kept before, so it needs less room
    /// of its own.
    pub(super) fn of_source(&self) -> usize {
        if self.before == 0 { self.budget } else { (self.budget / LATER).max(self.least).min(self.budget) }
    }

    /// Bytes of signals that a chunk of `length` bytes which ends at `end` may yield.
    pub(super) fn of_chunk(&self, length: u64, end: u64) -> usize {
        self.part(length.saturating_mul(SLACK), end).max(self.least).min(CHUNK_SIGNAL_BYTES)
    }

    /// The share of so many bytes of all that was read so far, or is known to come.
    fn part(&self, bytes: u64, end: u64) -> usize {
        let all = self.before.saturating_add(end).max(self.total).max(1);
        usize::try_from(self.budget as u128 * u128::from(bytes) / u128::from(all)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_alone_has_all_and_its_chunks_share_it() {
        let share = Share { budget: 1 << 20, before: 0, total: 64 << 20, least: 1 << 10 };
        assert_eq!(share.of_source(), 1 << 20);
        assert_eq!(share.of_chunk(4 << 20, 4 << 20), 1 << 17);
        let unknown = Share { total: 0, ..share };
        assert_eq!([4 << 20, 8 << 20, 64 << 20].map(|end| unknown.of_chunk(4 << 20, end)), [1 << 21, 1 << 20, 1 << 17]);
    }

    #[test]
    fn later_members_of_an_archive_have_less_and_never_nothing() {
        let member = |before: u64| Share { budget: 48 << 20, before, total: 0, least: 16 << 10 };
        assert_eq!((member(0).of_source(), member(1).of_source()), (48 << 20, 12 << 20));
        assert_eq!((member(0).of_chunk(4 << 20, 4 << 20), member(92 << 20).of_chunk(4 << 20, 4 << 20)), (6 << 20, 4 << 20));
        assert_eq!(member(1 << 50).of_chunk(100, 100), 16 << 10);
        assert_eq!((Share::default().of_source(), Share::default().of_chunk(u64::MAX, u64::MAX)), (0, 0));
    }
}
