//! Guard: what a library reads of files that a stranger may have made.
//!
//! In: work. Out: what came of it, or nothing where it gave up. Must not know: what the work is.
//!
//! The index of words is read by a library that trusts its files. Where it panics on them, the answer is that there is none, and nobody else is to hear
//! of it: whoever sets a hook for panics asks [`is_guarded`].

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether what this thread does may panic without harm.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// From now on, panics of guarded work are not told on standard error. For programs; a library leaves hooks to whoever uses it.
pub fn hush() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |about| {
        if !is_guarded() {
            before(about);
        }
    }));
}

/// Does some work; nothing comes of it where it panics.
pub(super) fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_has_no_answer() {
        assert_eq!(guarded(|| Some(is_guarded())), Some(true));
        assert!(!is_guarded());
        let count = std::hint::black_box(0);
        assert_eq!(guarded(|| Some([1][count] / count)), None);
        assert!(!is_guarded());
    }
}
