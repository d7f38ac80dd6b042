//! Root causes as written: what is told of them, their stories, what is known by version, and the logs that hold them to their verdicts.
//!
//! In: a `[cause]` table. Out: its parts, unchecked. Must not know: how steps are looked for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Level, Status, Step};

/// A story: signals and spans joined over entities and time into a named root cause. Causes know no text of logs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Kebab-case id, the file's own name: `split-brain`.
    pub id: String,
    /// What is wrong, as a template over the steps: `{lost.node} never died: …`.
    pub title: String,
    /// How bad it is.
    pub severity: Level,
    /// How far the pattern has come.
    #[serde(default)]
    pub status: Status,
    /// Release that brought it.
    pub since: String,
    /// What happened, for people: printed by `explain`.
    pub means: String,
    /// What to look at, and what must not be mistaken for it.
    pub look: String,
    /// What to do.
    #[serde(default)]
    pub remedy: Vec<Remedy>,
    /// Where to read on.
    #[serde(default)]
    pub references: Vec<String>,
    /// Steps, in the order in which they are looked for. The first is the anchor and must be required: every item that fits it is tried. Steps of one
    /// name are alternatives: the first that is found counts.
    #[serde(default)]
    pub step: Vec<Step>,
    /// Other ways in which the same cause shows, each with steps of its own (the cluster's view, or the servers' own logs alone). Instead of `step` or
    /// beside it.
    #[serde(default)]
    pub story: Vec<Story>,
    /// Findings of this cause that agree in these values (`lost.node`) and start within [`group_within`](Cause::group_within) of each other are one.
    #[serde(default)]
    pub group: Vec<String>,
    /// See [`group`](Cause::group). Default `10m`.
    pub group_within: Option<String>,
    /// Entities of the finding: kind to variables (`node = ["lost.node", "new.node"]`). Without it: all entities of the steps with evidence.
    #[serde(default)]
    pub entities: BTreeMap<String, Vec<String>>,
    /// Parameters of the finding, as templates: `bug = "{known.bug}"`.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Causes whose findings are consequences or parts of this one: they are folded under it if they share an entity or a cited line and do not begin
    /// long before it. `*` at the end stands for any rest.
    #[serde(default)]
    pub explains: Vec<String>,
    /// How long after the end of this finding a consequence may still begin. Default `15m`.
    pub explains_within: Option<String>,
    /// How long before this finding a consequence may have begun: longer where both go on for hours and Events tell only of the last time. Default: what
    /// clocks and late lines may make of it, two minutes at most.
    pub explains_before: Option<String>,
    /// Causes that say the same more exactly: where one of them holds for a shared entity at the same time, this one is not reported.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// Known cases as data: rows looked up with the attributes of a step.
    pub catalogue: Option<Catalogue>,
    /// Whole stories that must end as they say.
    #[serde(default)]
    pub test: Vec<Test>,
}

impl Cause {
    /// The steps of all stories.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.step.iter().chain(self.story.iter().flat_map(|story| &story.step))
    }
}

/// One way in which a cause shows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Name, for reports and tests.
    pub name: String,
    /// Title where the cause's own does not fit this story's steps.
    pub title: Option<String>,
    /// Steps, as in [`Cause::step`].
    pub step: Vec<Step>,
}

/// Something to do about a cause.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// What to do, as a template over the steps.
    pub text: String,
    /// What it puts at risk.
    #[serde(default)]
    pub risk: Risk,
}

/// What a remedy puts at risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing.
    #[default]
    Safe,
    /// A restart or a change of settings.
    Disruptive,
    /// Data.
    Destructive,
}

/// Known cases as data.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The step whose attributes are looked up. A finding needs a row that fits.
    pub step: String,
    /// Entity kind by which the version is looked up: the version that this entity stated last before the step.
    pub version_of: String,
    /// The cases.
    pub row: Vec<Row>,
}

/// One known case.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Attributes as in a step's [`where`](Step::conditions).
    #[serde(rename = "where")]
    pub conditions: BTreeMap<String, String>,
    /// Product and versions that have it: `["mysql >=8.0.11 <8.0.13"]`. A version outside refutes; an unknown version weakens.
    pub affected: Vec<String>,
    /// Attributes of the step `known`: `bug`, `fixed_in`, `meaning`, `remedy`, `sure`, …
    pub set: BTreeMap<String, String>,
}

/// A whole story that must end as it says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The story in a sentence.
    pub name: String,
    /// Files of the story: path to text.
    pub log: BTreeMap<String, String>,
    /// The verdict: `confirmed`, `possible`, `refuted`, `not-assessable`, or `none`.
    pub expect: String,
}
