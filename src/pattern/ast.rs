//! The pattern language: what a file in `patterns/` may say.
//!
//! In: TOML. Out: these types, unchecked beyond their shape. The reference (`docs/patterns.md`) and the JSON Schema for editors are made
//! from the doc comments here, so that they cannot drift. Must not know: entries, time, how anything is evaluated.

use std::collections::BTreeMap;

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

// ---------------------------------------------------------------------------------------------------------------- signals

/// A point: one record that says one thing. Signals look at a record's component and parsed fields, never at its stamp.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Dotted name, unique in the library: `mysqld.innodb.assertion`.
    pub id: String,
    /// What the record says, in a few words.
    pub title: String,
    /// Where the text comes from: component, file of its source, versions read. For people who check the wording when upstream moves.
    pub from: String,
    /// Components whose records can carry it (`kubelet`, `mysqld`, `event`, …; `necropsy formats` lists them). A record whose component is
    /// unknown may carry it too.
    pub component: Vec<String>,
    /// Least severity of the record: `info`, `warn`, `error`, `fatal`. Records without a severity pass.
    pub severity: Option<String>,
    /// Verbosity at which the record is printed: klog's V level, mysqld's `log_error_verbosity`. Absence of the signal counts only where
    /// that verbosity was seen.
    pub verbosity: Option<u8>,
    /// The signal is derived from a source as a whole, not read from one record: it has no `hint`, `match` and `example`. Its attributes are those of
    /// what it is derived from.
    pub derived: Option<Derived>,
    /// Literals of which at least one stands in the raw record, compared without ASCII case; required where the signal is not `derived`. Seven bytes or more each keep scans fast. They
    /// must not contain characters that an envelope or a JSON string would escape (quotes, backslashes, control characters).
    #[serde(default)]
    pub hint: Vec<String>,
    /// Wordings, by version or writer. One must fit.
    #[serde(rename = "match", default)]
    pub matches: Vec<Match>,
    /// What the record is about: entity kind to a template (`node = "{node}"`) or a list of templates. The kinds are a fixed list ([`ENTITY_KINDS`]). A template that
    /// names a missing capture gives nothing.
    #[serde(default)]
    pub entity: BTreeMap<String, OneOrMany>,
    /// Further attributes of the signal, as templates. Captures are attributes already.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Template of a duration: the record speaks of an interval that reaches back from its stamp by that much
    /// (`hasn't been updated for {dur}`).
    pub lasted: Option<String>,
    /// The record says that its source lacks records: `before` it (for as long as [`lasted`](Signal::lasted) says, and since a record that says
    /// `after`), or `after` it, until one that says `before`. Nothing counts as absent from that source in that time.
    pub loses: Option<Loses>,
    /// Groups of names for one and the same thing, each written `kind:template`: `[["node:{node}", "address:{ip}"]]`.
    #[serde(default)]
    pub same: Vec<Vec<String>>,
    /// The record states which version of a product runs.
    pub version: Option<VersionFact>,
    /// The record states a setting in force (a `FLAG:` line).
    pub setting: Option<SettingFact>,
    /// Records that must match, with what must come out.
    #[serde(default)]
    pub example: Vec<Example>,
    /// Records that look alike and must not match.
    #[serde(default)]
    pub near_miss: Vec<NearMiss>,
}

/// Where records are missing that a record speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Loses {
    /// Before it.
    Before,
    /// After it.
    After,
}

/// What a signal can be derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Derived {
    /// The stamps of a source jump, and something inside it goes on meanwhile: its clock was set. Cites the record before and the one after.
    /// Attributes: `way` (`back`, `forward`, or `still`: a writer that never prints a stamp twice stands still while its clock is behind), `by` (how far, where that can
    /// be told), `proof` (what goes on).
    ClockJump,
}

impl Derived {
    /// Attributes of such a signal.
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::ClockJump => &["way", "by", "proof"],
        }
    }
}

/// One wording of a signal. Everything given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Versions that print this wording, for people: `kubernetes <1.27`.
    pub versions: Option<String>,
    /// Regular expression looked for in the message; named groups become attributes. Linear-time syntax (no look-around). Multi-line messages
    /// are one text; `(?s)` lets `.` cross lines.
    pub message: Option<String>,
    /// The message must not match this.
    pub not_message: Option<String>,
    /// Error codes, one of which the record carries (`MY-013183`).
    #[serde(default)]
    pub code: Vec<String>,
    /// Fields by name, each a regular expression that must fit the whole value; named groups become attributes.
    #[serde(default)]
    pub field: BTreeMap<String, String>,
    /// Fields that must not be there, or not fit the whole value.
    #[serde(default)]
    pub not_field: BTreeMap<String, String>,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// Just one.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// A version stated by a record.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionFact {
    /// `mysql`, `percona`, `mariadb`, `kubernetes`, `etcd`, `redis`. A template.
    pub product: String,
    /// Template of the version text, kept whole.
    pub version: String,
}

/// A setting stated by a record.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingFact {
    /// Template of the setting's name.
    pub name: String,
    /// Template of its value.
    pub value: String,
}

/// A record that must match.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Where the text is from: a component's source (`kubernetes pkg/…, v1.28`), a staged or real log, or `synthetic`.
    pub origin: String,
    /// The record as it lies in a log, with its header. Several lines are one record.
    pub text: String,
    /// Name of the file it would lie in, where that matters (`nodes/node-1/kubelet.log`).
    pub path: Option<String>,
    /// Attributes and entities (`entity.node`) that must come out.
    #[serde(default)]
    pub expect: BTreeMap<String, String>,
}

/// A record that must not match.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NearMiss {
    /// Where the text is from.
    pub origin: String,
    /// The record as it lies in a log.
    pub text: String,
    /// Why it is something else.
    pub why: String,
}

// ------------------------------------------------------------------------------------------------------------------ spans

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

// ----------------------------------------------------------------------------------------------------------------- causes

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
    /// Least common time for `overlaps`; with `count`, least time from the first to the last of them; else least length of the step.
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
    /// What finding the step means: for `against` one of both; for other roles `weakens` marks an alternative that leaves doubt, so that the verdict is
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
