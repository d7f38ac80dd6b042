//! The words of a filter file. Their comments are its reference.
//!
//! In: nothing. Out: types that a filter file is read into, and their JSON Schema. Must not know: what rules do to findings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::pattern::ast::Level;
use crate::pattern::{reference, schema};

/// What a site says about findings it knows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterFile {
    /// The format's version. A higher major version is refused.
    pub schema: Schema,
    /// Rules. Of several that fit a finding and say the same kind of thing, the first counts.
    #[serde(default)]
    pub rule: Vec<Rule>,
}

/// The format's version.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum Schema {
    /// The first version.
    #[serde(rename = "necropsy.filter/1")]
    V1,
}

/// What holds for findings of some causes about some entities. A rule says one thing: `suppress`, `severity`, `timer` or `threshold`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id of the cause; `*` stands for any text, `?` for one letter, `{a,b}` for either.
    pub cause: String,
    /// Entity kind to a name, with `*`, `?` and `{a,b}`. Of every kind given here, each name that the finding has must fit, and it must have one:
    /// what also befell others is told.
    #[serde(default)]
    pub entity: BTreeMap<String, String>,
    /// The finding is not told, nor is what it explains. It is counted, and listed with the reason.
    #[serde(default)]
    pub suppress: bool,
    /// The finding's severity here.
    pub severity: Option<Level>,
    /// The value of a timer here, where no log states it.
    pub timer: Option<Timer>,
    /// The finding is told only where a step of it was found that many times. A filter cannot lower a threshold: what a pattern does not find, it
    /// never sees; copy the pattern file into a directory for `--patterns` and change it there.
    pub threshold: Option<Threshold>,
    /// Why, for those who read the report.
    pub reason: String,
    /// Last day on which the rule holds (UTC), `2027-03-31`. After it the rule is ignored, and the report says so. Whatever hides findings must have
    /// one.
    pub until: Option<String>,
}

/// A timer's value at this site.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timer {
    /// Its name: `node-monitor-grace-period`.
    pub name: String,
    /// Its value: `2m`.
    pub value: String,
}

/// How often a step must be found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The step's name, as `explain` shows it.
    pub step: String,
    /// At least so many times.
    pub gte: u64,
}

/// The JSON Schema of filter files, for editors: `docs/filter.schema.json`.
pub fn schema_text() -> String {
    schema::as_text(&schema::plainly(schemars::schema_for!(FilterFile).to_value()))
}

/// The reference of filter files: the generated part of `docs/filters.md`.
pub fn reference_text() -> String {
    reference::tables_of(&schema::plainly(schemars::schema_for!(FilterFile).to_value()))
}
