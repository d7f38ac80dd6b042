//! necropsy: reads the logs and events an incident left behind, puts them on one timeline and names the cause of death, with the lines that
//! prove it.
//!
//! ```text
//! paths ─ open ─> sources ─ decode ─> entries ─ match ─> signals ─ fold ─> spans ─ correlate ─> findings
//! ```
//!
//! | word | what it is |
//! | --- | --- |
//! | source | one log or event stream, after archives and wrappers are opened |
//! | entry | one record of a source, multi-line ones joined |
//! | signal | a point: an entry that a pattern recognised, with typed fields |
//! | span | an interval of one entity's state, opened and closed by signals |
//! | cause | a story: signals and spans joined over entities and time into a named root cause with evidence |
//!
//! The library knows no terminal: it prints nothing and ends no process.

// Tests build texts and cut them as they like.
#![cfg_attr(test, allow(clippy::format_collect, clippy::naive_bytecount, clippy::string_slice, clippy::type_complexity))]

pub mod case;
pub mod cli;
pub mod clock;
pub mod component;
pub mod correlate;
pub mod decode;
pub mod filter;
pub mod finding;
pub mod name;
pub mod observe;
pub mod open;
pub mod pattern;
pub mod problem;
pub mod query;
pub mod report;
pub mod scan;
pub mod severity;
pub mod signal;
pub mod source;
pub mod time;
pub mod tui;
