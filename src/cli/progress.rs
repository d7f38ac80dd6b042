//! A progress bar on standard error, for long scans that somebody watches.
//!
//! In: bytes read. Out: a bar that is gone when the scan ends. Must not know: what is read.

use indicatif::{ProgressBar, ProgressStyle};

use crate::scan::Progress;

/// Scans of fewer bytes are over before a bar could be read.
const WORTH_WATCHING: u64 = 64 << 20;

pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar if somebody watches and it will take a while.
    pub(super) fn new(watched: bool, bytes: u64) -> Self {
        Self::named(watched, bytes, "")
    }

    /// A bar for one of several steps.
    pub(super) fn named(watched: bool, bytes: u64, step: &str) -> Self {
        Self((watched && bytes >= WORTH_WATCHING).then(|| {
            let style = ProgressStyle::with_template("{prefix}{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(bytes).with_style(style).with_prefix(if step.is_empty() { String::new() } else { format!("{step} ") })
        }))
    }
}

impl Progress for Bar {
    fn read(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
