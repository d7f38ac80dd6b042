//! The packed files: `patterns/` as it was when the program was built.
//!
//! In: the tables that `src/build.rs` writes. Out: paths and texts, sorted by path; lines of all examples. Must not know: the language.

include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// Path and text of every packed file, and the text without its stories, examples and near misses.
pub fn files() -> &'static [(&'static str, &'static str, &'static str)] {
    FILES
}

/// Lines of the packed examples: what logs look like.
pub fn sample() -> &'static str {
    SAMPLE
}
