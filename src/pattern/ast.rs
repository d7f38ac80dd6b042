//! The pattern language: what a file in `patterns/` may say.
//!
//! In: TOML. Out: these types, unchecked beyond their shape. The reference (`docs/patterns.md`) and the JSON Schema for editors are made
//! from the doc comments here, so that they cannot drift. Must not know: entries, time, how anything is evaluated.

mod cause;
mod signal;
mod span;
mod step;

pub use cause::{Catalogue, Cause, Remedy, Risk, Row, Story, Test};
pub use signal::{Derived, Example, Loses, Match, NearMiss, OneOrMany, SettingFact, Signal, VersionFact};
pub use span::{Again, Span, UnseenEnd};
pub use step::{Count, Effect, Pick, Role, Step, Timer, TimerDefault};

use schemars::JsonSchema;
use serde::Deserialize;

/// One file of `patterns/`: at most one root cause, with the signals and spans it needs. Files without `[cause]` hold what several causes
/// share.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternFile {
    /// The language's version. A higher major version is refused.
    pub schema: Schema,
    /// The root cause this file names.
    pub cause: Option<Cause>,
    /// Points: what one record says.
    #[serde(default)]
    pub signal: Vec<Signal>,
    /// Intervals: states opened and closed by signals.
    #[serde(default)]
    pub span: Vec<Span>,
}

/// The language's version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Schema {
    /// The first version.
    #[default]
    #[serde(rename = "necropsy.patterns/1")]
    V1,
}

/// How far a pattern has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Being tried. Takes part like any other.
    #[default]
    Draft,
    /// Proven: every signal has an example whose origin is a component's source or a real log, and a near miss; one story confirms it, one ends otherwise.
    Stable,
    /// No longer used; kept so that its id is not taken again.
    Retired,
}

/// How bad a cause is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// True, and no trouble by itself.
    #[default]
    Info,
    /// Worth knowing.
    Low,
    /// Something degraded.
    Medium,
    /// Something failed.
    High,
    /// Data or the whole service is at stake.
    Critical,
}

impl Level {
    /// Name in reports and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Kinds of entities, the things that records are about. `source` (the log itself) is known to every item.
pub const ENTITY_KINDS: &[(&str, &str)] = &[
    ("node", "a machine of the cluster, by its Kubernetes name, host name or address"),
    ("pod", "namespace/name"),
    ("uid", "a pod's UID"),
    ("container", "a container's name or id"),
    ("workload", "namespace/name of a StatefulSet, Deployment, ReplicaSet, DaemonSet or Job"),
    ("volume", "a volume, by PV name, unique name or handle"),
    ("claim", "namespace/name of a persistent volume claim"),
    ("image", "an image reference"),
    ("instance", "one database server: its pod, host and data directory, or its log"),
    ("member", "a member of a database or etcd group, as host:port or id"),
    ("address", "an IP address or host:port"),
    ("client", "who connects"),
    ("server", "an API server, redis or other server by name or address"),
    ("object", "another Kubernetes object, kind/namespace/name"),
    ("lease", "a leader election lock"),
    ("file", "a file or table a program speaks of"),
    ("process", "an operating system process, host and pid"),
    ("source", "the log itself"),
];
