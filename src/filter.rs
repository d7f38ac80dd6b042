//! Filters: what a site says about findings it knows: not to be told of, more or less severe here, with another timer or a higher threshold.
//!
//! In: a filter file's text, the causes there are, findings, the day of the run. Out: findings, and what was held back with the reason. Must not
//! know: the clock of the machine (the day is given), how findings were found, how anything is shown.

mod apply;
mod file;
mod rule;
#[cfg(test)]
mod tests;

pub use apply::{Filtered, Suppressed, Used};
pub use file::Filter;
pub use rule::{FilterFile, reference_text, schema_text};
