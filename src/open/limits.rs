//! Limits: how far containers are followed before they are taken for an attack.
//!
//! In: what the command line allows, and what one input has used so far. Out: a word of refusal, the same whatever the thread count, for it is kept
//! for each input and an input's bytes come in order. Must not know: containers' insides.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far containers are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many archives may lie in each other.
    pub depth: usize,
    /// How many times its size a compressed stream may unfold to, once more than [`RATIO_FROM`] has come out.
    pub ratio: u64,
    /// Members of one input, those of archives in it counted too.
    pub members: u64,
    /// Bytes unpacked from one input, on all its layers together.
    pub bytes: u64,
}

/// Bytes that may be unpacked before the ratio counts: the first block of a real log may hold nothing but zeros.
pub const RATIO_FROM: u64 = 64 << 20;

impl Default for Limits {
    /// Repetitive logs reach a ratio of about 200; deflate cannot exceed 1032, and the others reach it with zeros only.
    fn default() -> Self {
        Self { depth: 6, ratio: 1000, members: 100_000, bytes: 256 << 30 }
    }
}

/// Says that a scan is to end: from then on streams end with an error, and what came before is used.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end. Out: whether it was asked for before.
    pub fn ask(&self) -> bool {
        self.0.swap(true, Ordering::Relaxed)
    }

    /// Whether the end was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if the end was asked for.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.asked() { Err(io::Error::other("stopped on request")) } else { Ok(()) }
    }
}

/// What one input may still use.
#[derive(Debug, Default)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    pub(super) stop: Stop,
    bytes: AtomicU64,
    members: AtomicU64,
}

impl Budget {
    pub(super) fn new(limits: Limits, stop: Stop) -> Self {
        Self { limits, stop, ..Self::default() }
    }

    /// Counts bytes that came out of a decoder, against all and against the `raw` bytes of the input that went in so far.
    pub(super) fn spend(&self, bytes: u64, raw: u64) -> io::Result<()> {
        self.stop.check()?;
        let spent = self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if spent > self.limits.bytes {
            return Err(io::Error::other(format!("more than {} bytes unpacked from this input (--max-bytes): not read further", self.limits.bytes)));
        }
        self.ratio(spent, raw)
    }

    /// Refuses what unfolds too far.
    pub(super) fn ratio(&self, unpacked: u64, packed: u64) -> io::Result<()> {
        if unpacked > RATIO_FROM && unpacked / self.limits.ratio.max(1) > packed {
            return Err(io::Error::other(format!("unfolds to more than {} times its size (--max-ratio): not read further", self.limits.ratio)));
        }
        Ok(())
    }

    /// Counts a member. Out: whether it may be read.
    pub(super) fn member(&self) -> bool {
        self.members.fetch_add(1, Ordering::Relaxed) < self.limits.members
    }

    /// Whether nothing more will come: each further member would only repeat why.
    pub(super) fn used_up(&self) -> bool {
        self.stop.asked() || self.bytes.load(Ordering::Relaxed) > self.limits.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_refuses_with_its_flag() {
        let stop = Stop::default();
        let budget = Budget::new(Limits { ratio: 10, members: 1, bytes: RATIO_FROM * 2, ..Limits::default() }, stop.clone());
        assert!(budget.spend(RATIO_FROM, 1).is_ok() && budget.member() && !budget.member() && !budget.used_up());
        let told = |spent: io::Result<()>| spent.map_err(|error| error.to_string()).unwrap_err();
        assert!(told(budget.spend(1, 1)).contains("--max-ratio"));
        assert!(told(budget.spend(RATIO_FROM, 1 << 40)).contains("--max-bytes") && budget.used_up());
        assert!(!stop.ask() && stop.ask());
        assert_eq!(told(budget.spend(0, 1)), "stopped on request");
    }
}
