//! Ctrl-C: the first ends the scan with what is known so far, the second ends the program.
//!
//! In: the signal. Out: a [`Stop`] for the library. Must not know: what is stopped.

use std::io::Write as _;
use std::sync::OnceLock;

use crate::open::Stop;

/// Exit code of a program that an interrupt ended, as shells tell it.
const INTERRUPTED: i32 = 130;

/// What Ctrl-C asks for. There is one signal for the whole program, so there is one of these.
pub(super) fn stop() -> Stop {
    static STOP: OnceLock<Stop> = OnceLock::new();
    STOP.get_or_init(|| {
        let stop = Stop::default();
        let asked = stop.clone();
        let handled = ctrlc::set_handler(move || {
            if asked.ask() {
                std::process::exit(INTERRUPTED);
            }
            let told = std::io::stderr().write_all(b"\nnecropsy: stopping; what is known so far is reported. Ctrl-C again ends at once.\n");
            // A closed standard error is no reason to go on.
            drop(told);
        });
        // Without a handler the first Ctrl-C ends the program, as it would have anyway.
        drop(handled);
        stop
    })
    .clone()
}
