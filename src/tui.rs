//! The terminal UI: an investigator's view of a case.
//!
//! In: a case, keys and clicks, the size of the screen. Out: pictures of the screen, and effects that somebody else carries out. Must not know: the
//! terminal, threads, the command line; only `run` knows the first two.
//!
//! ```text
//! key ─ keymap ─> command ─ update ─> model ─ view ─> buffer
//!                              └────> effects ─ answer ─> messages ─> update
//! ```

mod effect;
mod export;
mod findings;
mod histogram;
mod input;
mod keymap;
mod lane;
mod list;
mod model;
mod prompt;
mod record;
pub mod replay;
pub mod run;
mod state;
mod story;
mod text;
mod theme;
mod told;
mod update;
mod view;

pub use keymap::listed as keys;
pub use theme::Theme;

#[cfg(test)]
mod tests;
