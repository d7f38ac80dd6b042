//! The command line: what was typed becomes a run of the library.
//!
//! In: arguments, writers, what is known of the terminal. Out: an exit code: 0 done, 1 a finding at or above `--fail-on`, 2 unusable arguments or
//! input that could not be read. Must not know: formats, patterns' insides.

mod args;
mod case;
mod entity;
mod explain;
mod failure;
mod formats;
mod ingest;
mod interrupt;
mod near;
mod note;
mod open;
mod patterns;
mod progress;
mod scan;
mod search;
mod when;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser as _;

use args::{Args, Command};
use failure::Failure;

use crate::report;

/// What is known of the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard output takes colour.
    pub colour: bool,
    /// Standard error is watched by a person.
    pub watched: bool,
}

/// Nothing went wrong.
pub const DONE: u8 = 0;
/// A finding at or above `--fail-on`.
pub const FOUND: u8 = 1;
/// What was asked could not be done, or not all of it.
pub const UNUSABLE: u8 = 2;

/// Runs a command line; the first argument is the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>, terminal: Terminal, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return told(&error, terminal, out, err),
    };
    let done = match args.command {
        Command::Scan(args) => scan::run(&args, terminal, out, err),
        Command::Sources(args) => scan::sources(&args, terminal, out, err),
        Command::Open(args) => open::run(*args, out, err),
        Command::Ingest(args) => ingest::run(&args, terminal, out, err),
        Command::Case(args) => case::run(&args, out),
        Command::Search(args) => search::run(&args, out, err),
        Command::Timeline(args) => search::timeline(&args, out, err),
        Command::Entity(args) => entity::run(&args, out),
        Command::Note(args) => note::run(args, out),
        Command::Explain(args) => explain::run(&args, out),
        Command::Patterns(args) => patterns::run(&args, out),
        Command::Formats => formats::run(out),
    };
    let done = done.and_then(|code| out.flush().map(|()| code).map_err(Failure::from));
    match done {
        Ok(code) => code,
        // Whoever reads has seen enough: `necropsy … | head` is no failure.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        // Nothing can be done about a standard error that is closed too.
        Err(failure) => writeln!(err, "necropsy: {failure}").map_or(UNUSABLE, |()| UNUSABLE),
    }
}

/// Prints help, version, or what is wrong with the arguments.
fn told<'w>(error: &clap::Error, terminal: Terminal, out: &'w mut dyn Write, err: &'w mut dyn Write) -> u8 {
    let text = if terminal.colour && !error.use_stderr() {
        error.render().ansi().to_string()
    } else {
        // It repeats what was typed, and that may have been pasted or made by a script.
        let plain = error.render().to_string();
        plain.split('\n').map(report::escape::escaped).collect::<Vec<_>>().join("\n")
    };
    let (to, code) = if error.use_stderr() { (err, UNUSABLE) } else { (out, DONE) };
    to.write_all(text.as_bytes()).and_then(|()| to.flush()).map_or(code, |()| code)
}

#[cfg(test)]
mod tests;
