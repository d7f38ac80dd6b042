//! Steps as written: what is looked for, joined to what, when, and what it counts for.
//!
//! In: a `[[cause.step]]` table. Out: its parts, unchecked. Must not know: the order in which steps are looked for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// One step of a story.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name for reports and for other steps to refer to.
    pub name: String,
    /// What the step proves.
    #[serde(default)]
    pub role: Role,
    /// Signals of which one is the step.
    #[serde(default)]
    pub signal: Vec<String>,
    /// Spans of which one is the step.
    #[serde(default)]
    pub span: Vec<String>,
    /// Causes of which a finding is the step. Its evidence becomes the step's, and it is folded under this one. At most four levels deep.
    #[serde(default)]
    pub cause: Vec<String>,
    /// Components of which some source says anything at all in the window: proof of life. `*` is any component.
    #[serde(default)]
    pub speaks: Vec<String>,
    /// Joins: entity kind of this step to a variable of an earlier one (`node = "lost.node"`). Both must be known and be the same thing under any of its
    /// names.
    #[serde(rename = "match", default)]
    pub matches: BTreeMap<String, String>,
    /// Like `match`, but both must be known and be different things.
    #[serde(default)]
    pub differ: BTreeMap<String, String>,
    /// Attributes: name to a condition: `"= text"`, `"!= text"`, `"~ regex"` (found anywhere), `"!~ regex"`, or `">= 900"` and the like for numbers and durations. A
    /// text without an operator must be equal.
    #[serde(rename = "where", default)]
    pub conditions: BTreeMap<String, String>,
    /// The step begins at or after this: `step`, `step.start` (the same) or `step.end`.
    pub after: Option<String>,
    /// The step begins at or before this.
    pub before: Option<String>,
    /// The step ends (is last seen) at or after this.
    pub until: Option<String>,
    /// Longest distance between this step's beginning and what `after` or `before` names (or the anchor, without them).
    pub within: Option<String>,
    /// Clocks of different machines may disagree by this much in `after` and `before`. Default `0s`.
    pub slack: Option<String>,
    /// The step's interval and that step's have at least [`min`](Step::min) in common.
    pub overlaps: Option<String>,
    /// Least common time for `overlaps`; with `count`, least time from the first to the last of them; with `absent`, least time that the input must go on; else least length of the step.
    pub min: Option<String>,
    /// The order or overlap this step states is the proof: where it fits only within the doubt of the clocks, the verdict is `possible` at most.
    #[serde(default)]
    pub certain: bool,
    /// How many items the step needs. They are looked for in a window of `within` that slides over time.
    pub count: Option<Count>,
    /// Counts different values of this entity kind or attribute instead of items.
    pub distinct: Option<String>,
    /// The step holds if nothing fits it, and a source that would have said so covers the whole window (`after` … `before`, or `within` of the one given).
    #[serde(default)]
    pub absent: bool,
    /// For `absent`: components of the sources that must cover the window. They are the sources of the entity named by `match`.
    #[serde(default)]
    pub covered_by: Vec<String>,
    /// Which item is shown when several fit.
    #[serde(default)]
    pub pick: Pick,
    /// The sentence for reports, as a template over this step's attributes (`{node}`) and those of earlier steps (`{lost.node}`).
    #[serde(default)]
    pub summary: String,
    /// What to collect when the step is not found.
    pub missing: Option<String>,
    /// Where this alternative is the one that is found, these later steps are required.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Entity kinds of which the item must know nothing (a log whose pod and node are unknown).
    #[serde(default)]
    pub lacks: Vec<String>,
    /// What finding the step means: for `against` any of these; for other roles `weakens` marks an alternative that leaves doubt, so that the verdict is
    /// `possible` at most and the step's `missing` text still counts.
    #[serde(default)]
    pub effect: Effect,
    /// A delay checked against the timer in force.
    pub timer: Option<Timer>,
}

/// What a step proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Without it there is no finding.
    #[default]
    Required,
    /// Without it nothing can be said: the verdict is `not-assessable`, and its `missing` text says what would settle it.
    Decisive,
    /// Without it the verdict is `possible` at most, and its `missing` text says what would settle it.
    Proof,
    /// It adds to the story where it is found.
    Support,
    /// It speaks against the cause; see [`Effect`].
    Against,
}

/// What a step against the cause means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The cause is refuted.
    #[default]
    Refutes,
    /// The verdict is `possible` at most.
    Weakens,
    /// Nothing is said, not even that it is refuted: another story or cause tells the same more exactly. Where only the doubt of clocks lets the step
    /// fit, the verdict is `possible` at most.
    Yields,
}

/// How many items a step needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// At least so many.
    pub gte: Option<u32>,
    /// At most so many.
    pub lte: Option<u32>,
    /// For a step that begins a story of a cause with `group`: at least so many of a hundred items of this step in that time are of one group.
    pub percent: Option<u32>,
}

/// Which of several fitting items is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// The earliest.
    #[default]
    First,
    /// The latest.
    Last,
    /// The one nearest to what `after` or `before` names.
    Nearest,
    /// All of them, up to the limit of a report; entities come from all.
    All,
}

/// A delay of the story and the timer it should agree with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timer {
    /// The timer's name as its program spells it: `node-monitor-grace-period`.
    pub name: String,
    /// The delay runs from here (`step`, `step.start`, `step.end`) to the beginning of this step.
    pub from: String,
    /// Attribute of this step that states the expected value, where the record itself tells it.
    pub stated: Option<String>,
    /// Components whose settings are looked up by `name`.
    #[serde(default)]
    pub component: Vec<String>,
    /// Values where no setting is seen.
    #[serde(default)]
    pub default: Vec<TimerDefault>,
    /// How much later than the timer the step may come (polling periods, queues). Default `10s`.
    pub tolerance: Option<String>,
}

/// A timer's value by version.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimerDefault {
    /// `kubernetes >=1.32`. Without it the value holds for versions that are not known or fit no other row.
    pub versions: Option<String>,
    /// The value.
    pub value: String,
}
