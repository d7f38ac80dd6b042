//! The state of the view, kept in the case: where somebody was when they left.
//!
//! In: a case's directory. Out: a [`State`], and the same on disk. Must not know: the model.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file's name. No ingest touches it.
const FILE: &str = "view.json";
/// Queries kept.
const MAX_HISTORY: usize = 200;

/// Where somebody was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The finding that was open, by its cause.
    pub(super) finding: Option<String>,
    /// The entry that was selected: `SOURCE@OFFSET` of the timeline as it was.
    pub(super) entry: Option<String>,
    /// The filters: query, inverted, switched on.
    pub(super) filters: Vec<(String, bool, bool)>,
    /// What was searched for, the latest last.
    pub(super) history: Vec<String>,
    /// The theme, where somebody chose one.
    pub(super) theme: Option<String>,
}

impl State {
    /// The state that was kept last; whatever is wrong with it, it is not worth an error.
    pub(super) fn read(directory: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(directory.join(FILE)).ok()?).ok()
    }

    /// Keeps it, all or nothing.
    pub(super) fn write(&self, directory: &Path) -> std::io::Result<()> {
        let mut state = self.clone();
        state.history.drain(..state.history.len().saturating_sub(MAX_HISTORY));
        let new = directory.join("view.json.new");
        fs::write(&new, serde_json::to_vec(&state)?)?;
        fs::rename(new, directory.join(FILE))
    }
}
