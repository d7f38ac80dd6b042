//! Patterns: the library of signals, spans and causes.
//!
//! In: TOML files, built in or from a directory. Out: a checked, compiled [`Pack`]. Must not know: entries' bytes beyond what a signal asks of a
//! record, the correlator.

pub mod ast;
pub mod builtin;
pub mod check;
pub mod compile;
pub mod condition;
pub mod diagnostic;
pub mod expression;
pub mod handbook;
pub mod load;
pub mod pack;
pub mod page;
pub mod place;
pub mod reference;
pub mod schema;
mod steps;
pub mod story;
pub mod template;
pub mod version;

pub use diagnostic::{Diagnostic, Gravity};
pub use load::Library;
pub use pack::{Pack, Rejected};
