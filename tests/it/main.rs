//! The one integration binary: samples and their verdicts, properties over the samples, the command line as a process, the house rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod archives;
mod bundles;
mod case;
mod cli;
mod clock_steps;
mod clocks;
mod collected;
mod crossfire;
mod filters;
mod framing;
mod fuzzed;
mod hostile;
mod json;
mod kit;
mod layers;
mod mutations;
mod on_disk;
mod patterns;
mod properties;
mod samples;
mod strangers;
#[path = "../../fuzz/targets.rs"]
mod targets;
mod terminal;
