//! Query: what a person asks of a timeline, as typed and as meant.
//!
//! In: text. Out: a [`Query`], or a [`Fault`] with its place and what would be right. Must not know: cases, indexes, how anything is looked up.

mod lex;
mod moment;
mod parse;
mod print;
pub mod words;

use std::fmt;

use crate::severity::Severity;

pub use moment::moment;
pub use parse::parse;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Every entry.
    All,
    /// Words that follow one another in the text; with `prefix` the last one may go on.
    Words {
        /// The words, in lower case.
        words: Vec<String>,
        /// Whether the last one is only a beginning.
        prefix: bool,
    },
    /// A field that is one of these.
    Field(Field, Pattern),
    /// Severity within these bounds, both included. Entries without one are not among them.
    Severity(u8, u8),
    /// A time within `[from, to]`, nanoseconds since the epoch. Entries without one are not among them.
    Time(i64, i64),
    /// Near a finding: so many nanoseconds before its beginning to as many after its end.
    Around(String, i64),
    /// All of these.
    And(Vec<Query>),
    /// Any of these.
    Or(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
}

/// What a value is compared with: text in which `*` stands for anything. Case does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// Where the first and the last star stand.
    stars: Option<(usize, usize)>,
}

/// A field of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The program that speaks.
    Component,
    /// The node it was written on, or that it speaks of.
    Node,
    /// The pod it comes from or speaks of, with or without its namespace.
    Pod,
    /// The namespace of that pod.
    Namespace,
    /// The container whose log it stands in.
    Container,
    /// The path of its source.
    Source,
    /// The format of the record.
    Format,
    /// A signal that was recognised in it.
    Signal,
    /// A finding that cites it: by id or by cause.
    Finding,
    /// Anything that its signals are about, whatever its kind.
    Entity,
    /// A tag that somebody put on it.
    Tag,
    /// Any part of the record by the name that its format gives it: `code`, `reason`, `err`.
    Part(String),
}

/// Fields by name, for the parser, its help and the documentation.
pub const FIELDS: &[(&str, &str)] = &[
    ("component", "the program that speaks: kubelet, mysqld, event"),
    ("node", "the node it was written on or speaks of"),
    ("pod", "the pod it comes from or speaks of, namespace/name or just name"),
    ("namespace", "the namespace of that pod"),
    ("container", "the container whose log it stands in"),
    ("source", "the path of its source, or the end of it"),
    ("format", "the format of the record: klog, mysqld"),
    ("severity", "with :, >=, >, <=, <: trace, debug, info, warning, error, fatal"),
    ("signal", "a signal recognised in it: node.heartbeat-gap, node.*"),
    ("finding", "a finding that cites it: f1, or its cause: split-brain"),
    ("entity", "anything that its signals are about, whatever its kind"),
    ("tag", "a tag that was put on it"),
    ("code", "the error code: MY-012345"),
    ("reason", "the reason of an Event: Evicted"),
    ("field.NAME", "any other part of a record by the name its format gives it: field.err"),
    ("since", "not before this moment (UTC unless it says otherwise)"),
    ("until", "not after this moment"),
    ("around", "near a finding or a moment: around:f1±2m"),
];

/// Other names for fields: those of OpenTelemetry's conventions, and short ones.
const ALIASES: &[(&str, &str)] = &[
    ("k8s.node.name", "node"),
    ("host", "node"),
    ("k8s.pod.name", "pod"),
    ("k8s.namespace.name", "namespace"),
    ("ns", "namespace"),
    ("k8s.container.name", "container"),
    ("level", "severity"),
    ("path", "source"),
    ("file", "source"),
    ("cause", "finding"),
];

impl Field {
    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
        Some(match name {
            "component" => Self::Component,
            "node" => Self::Node,
            "pod" => Self::Pod,
            "namespace" => Self::Namespace,
            "container" => Self::Container,
            "source" => Self::Source,
            "format" => Self::Format,
            "signal" => Self::Signal,
            "finding" => Self::Finding,
            "entity" => Self::Entity,
            "tag" => Self::Tag,
            "code" | "reason" => Self::Part(name.to_owned()),
            name => Self::Part(name.strip_prefix("field.").filter(|name| !name.is_empty())?.to_owned()),
        })
    }
}

impl Pattern {
    /// A pattern as typed.
    pub fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let stars = text.find('*').zip(text.rfind('*'));
        Self { text, stars }
    }

    /// The longest part between stars: every text that fits holds it, in whatever case.
    pub fn literal(&self) -> &str {
        self.text.split('*').max_by_key(|part| part.len()).unwrap_or_default()
    }

    /// Whether it begins with a star.
    pub fn begins_anyhow(&self) -> bool {
        self.stars.is_some_and(|(first, _)| first == 0)
    }

    /// The text of the pattern, in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it fits all of `value`.
    pub fn fits(&self, value: &str) -> bool {
        let Some((first, last)) = self.stars else {
            return if value.is_ascii() { self.text.eq_ignore_ascii_case(value) } else { self.text == value.to_lowercase() };
        };
        // Most names differ from it at an end.
        let middle = self.text.get(first + 1..last);
        let (first, last) = (self.text.get(..first).unwrap_or_default(), self.text.get(last + 1..).unwrap_or_default());
        let bytes = value.as_bytes();
        let ends = |end: Option<&[u8]>, wanted: &str| end.is_some_and(|end| end.eq_ignore_ascii_case(wanted.as_bytes()));
        if value.is_ascii() {
            let Some(inner) = bytes.len().checked_sub(first.len() + last.len()) else { return false };
            if !ends(bytes.get(bytes.len() - last.len()..), last) || !ends(bytes.get(..first.len()), first) {
                return false;
            }
            let Some(middle) = middle else { return true };
            let inner = value.get(first.len()..first.len() + inner).unwrap_or_default();
            let is_lower = !inner.bytes().any(|byte| byte.is_ascii_uppercase());
            return if is_lower { holds(inner, middle) } else { holds(&inner.to_ascii_lowercase(), middle) };
        }
        let value = value.to_lowercase();
        value.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)).is_some_and(|inner| middle.is_none_or(|middle| holds(inner, middle)))
    }
}

/// Whether the parts of `wanted` between its stars follow one another in a text.
fn holds(text: &str, wanted: &str) -> bool {
    let after = |rest: usize, part: &str| {
        let found = memchr::memmem::find(text.as_bytes().get(rest..)?, part.as_bytes())?;
        Some(rest + found + part.len())
    };
    wanted.split('*').try_fold(0, after).is_some()
}

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The query as typed.
    pub query: String,
    /// Byte at which it goes wrong.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub help: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.query.get(..self.at).map_or(0, |before| before.chars().count());
        writeln!(out, "{}", self.what)?;
        writeln!(out, "  {}", self.query.replace(['\n', '\r', '\t'], " "))?;
        writeln!(out, "  {}^", " ".repeat(column))?;
        write!(out, "  {}", self.help)
    }
}

impl std::error::Error for Fault {}

/// The band of severity numbers of a name.
pub(crate) fn severity(name: &str) -> Option<(u8, u8)> {
    let least = Severity::from_label(name.as_bytes())?.number();
    Some((least, least + 3))
}

#[cfg(test)]
mod tests;
