//! Patterns: the library of signals, spans and causes.
//!
//! In: TOML files, built in or from a directory. Out: a checked, compiled [`Pack`]. Must not know: entries' bytes beyond what a signal asks of a
//! record, the correlator.

pub mod ast;
pub mod builtin;
pub mod diagnostic;
pub mod load;
pub mod place;

pub use diagnostic::{Diagnostic, Gravity};
pub use load::Library;
