//! Correlate: signals of all sources become findings.
//!
//! In: an [`Inquest`]. Out: findings, ordered, numbered and folded. Must not know: files, texts of logs.

use crate::finding::Finding;
use crate::signal::Signal;
use crate::source::Source;
use crate::standin::Pack;
use crate::time::Stamp;

/// Everything one run learnt.
#[derive(Clone, Debug)]
pub struct Inquest<'a> {
    /// The sources.
    pub sources: &'a [Source],
    /// Signals, stamps resolved, sorted by stamp, source, offset.
    pub signals: Vec<Signal>,
    /// When the input was collected.
    pub collected_at: Option<Stamp>,
}

/// Names the causes.
pub fn correlate(_pack: &Pack, _inquest: &Inquest<'_>) -> Vec<Finding> {
    Vec::new()
}
