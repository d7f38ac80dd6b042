//! The packed files: `patterns/` as it was when the program was built.
//!
//! In: the table that `src/build.rs` writes. Out: paths and texts, sorted by path. Must not know: the language.

include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// Path and text of every packed file, and the text without its stories, examples and near misses.
pub fn files() -> &'static [(&'static str, &'static str, &'static str)] {
    FILES
}
