//! Spans as written: what lasts from one signal to another.
//!
//! In: a `[[span]]` table. Out: its parts, unchecked. Must not know: what the signals say.

use schemars::JsonSchema;
use serde::Deserialize;

/// An interval: a state of one entity, opened and closed by signals.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Dotted name, unique among signals and spans: `mysqld.alive`.
    pub id: String,
    /// The state, in a few words.
    pub title: String,
    /// Entity kinds that tell one span from another. A signal without one of them opens and closes nothing.
    pub key: Vec<String>,
    /// Signals that open the state. A signal that [`lasted`](Signal::lasted) opens it that much earlier.
    pub open: Vec<String>,
    /// Signals that close it.
    #[serde(default)]
    pub close: Vec<String>,
    /// What a further opening means while the state is open.
    #[serde(default)]
    pub again: Again,
    /// What it means when no end is seen.
    #[serde(default)]
    pub unseen_end: UnseenEnd,
}

/// What a further opening means while the state is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// The state simply goes on.
    #[default]
    Continues,
    /// A new span begins; the old one ends unseen, somewhere before.
    Restarts,
}

/// What it means when a span's end is not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnseenEnd {
    /// The state lasts at least until the last record of the source that opened it (before the next opening), and its end is open.
    #[default]
    LastRecord,
    /// Nothing is known after the opening.
    Opening,
}
