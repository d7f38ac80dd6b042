//! The program: parse, run, choose the exit code.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anstream::ColorChoice;
use necropsy::cli::{Terminal, run};

/// Records that are signals are made of many small texts: the system's allocator took a sixth of the time of a scan.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    necropsy::case::hush();
    // Both stay unlocked: the progress bar draws from other threads, and whichever thread panics puts the terminal back.
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let terminal = Terminal { colour: anstream::AutoStream::choice(&out) != ColorChoice::Never, watched: err.is_terminal() };
    ExitCode::from(run(std::env::args_os(), terminal, &mut out, &mut err))
}
