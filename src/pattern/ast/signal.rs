//! Signals as written: which records say something, what they are about, and the examples that hold that.
//!
//! In: a `[[signal]]` table. Out: its parts, unchecked. Must not know: what the expressions mean.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

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
    /// unknown may carry it too, unless its wording is one that [`anybody`](Match::anybody) uses.
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
    /// Other programs say this as well (`No space left on device`): it counts only where the record's component is known to be one of the signal's,
    /// or where the message names its program (`mysqld`, `InnoDB`).
    #[serde(default)]
    pub anybody: bool,
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
    /// `mysql`, `percona`, `mariadb`, `kubernetes`, `etcd`, `redis`, … in any case. A template.
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
