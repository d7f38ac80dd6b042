//! Patterns: the library of signals, spans and causes.
//!
//! In: TOML files, built in or from a directory. Out: a checked, compiled pack. Must not know: entries' bytes beyond what a signal asks of a
//! record, the correlator.

pub mod ast;
pub mod version;
