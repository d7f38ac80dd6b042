//! The one integration binary: samples and their verdicts, properties over the samples, the house rules.

mod framing;
mod hostile;
mod kit;
mod layers;
mod patterns;
