//! The one integration binary: samples and their verdicts, properties over the samples, the house rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bundles;
mod framing;
mod hostile;
mod kit;
mod layers;
mod patterns;
