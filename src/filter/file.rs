//! Reading a filter file: every error with its line, column and what would be right.
//!
//! In: a path for messages, a text, the causes there are. Out: a [`Filter`], or what is wrong. Must not know: findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};

use super::rule::{Rule, Schema};
use crate::pattern::ast::{Cause, ENTITY_KINDS, Level};
use crate::pattern::diagnostic::Diagnostic;
use crate::pattern::place::{FileText, Place, Spot};
use crate::time::parse_duration;

/// Most rules of a file.
const MAX_RULES: usize = 10_000;
/// Most syntax errors told of a file.
const MAX_ERRORS: usize = 20;

/// A filter file that can be used.
#[derive(Clone, Debug)]
pub struct Filter {
    pub(super) path: String,
    pub(super) sha256: String,
    pub(super) rules: Vec<Ready>,
}

/// A rule, ready to be applied.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub line: usize,
    pub cause: GlobMatcher,
    pub written: String,
    pub entity: BTreeMap<String, GlobMatcher>,
    pub does: Does,
    pub reason: String,
    pub until: Option<NaiveDate>,
}

/// The one thing a rule says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Does {
    Suppress,
    Severity(Level),
    Timer { name: String, value_ns: i64 },
    Threshold { step: String, gte: u64 },
}

impl Filter {
    /// Reads a filter file. `causes`: those that rules may name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it, in order of lines.
    pub fn read(path: &str, text: &str, causes: &[Cause]) -> Result<Self, Vec<Diagnostic>> {
        let file = Arc::new(FileText::new(path, text));
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors.iter().take(MAX_ERRORS).map(|error| told(&file, 0, error)).collect());
        }
        let place = Place::of_table(0, table.get_ref());
        let spot = Spot::new(&file, &place);
        let mut wrong = Vec::new();
        let mut rules = Vec::new();
        if !spot.has("schema") {
            wrong.push(spot.error("`schema` is missing").help("begin the file with `schema = \"necropsy.filter/1\"`"));
        }
        for (key, value) in table.into_inner() {
            let at = value.span().start;
            match key.get_ref().as_ref() {
                "schema" => {
                    if let Err(error) = Schema::deserialize(value.into_deserializer()) {
                        wrong.push(told(&file, at, &error).help("this release reads `necropsy.filter/1`"));
                    }
                }
                "rule" => match value.into_inner() {
                    DeValue::Array(items) if items.len() > MAX_RULES => wrong.push(spot.key("rule").error(format!("more than {MAX_RULES} rules"))),
                    DeValue::Array(items) => {
                        for (index, item) in items.into_iter().enumerate() {
                            let spot = spot.key("rule").index(index);
                            let at = item.span().start;
                            match Rule::deserialize(item.into_deserializer()) {
                                Ok(rule) => rules.extend(ready(rule, spot, causes, &mut wrong)),
                                Err(error) => wrong.push(told(&file, at, &error)),
                            }
                        }
                    }
                    _ => wrong.push(spot.key("rule").error("not a list of tables").help("write the header with double brackets, `[[rule]]`")),
                },
                other => {
                    let error = Diagnostic::error(path, text, key.span().start, format!("unknown key `{other}`"));
                    wrong.push(error.help("a filter file holds `schema` and `[[rule]]`"));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(Self { path: path.into(), sha256: hex(&Sha256::digest(text.as_bytes())), rules });
        }
        wrong.sort();
        Err(wrong)
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn told(file: &FileText, or_at: usize, error: &toml::de::Error) -> Diagnostic {
    let at = error.span().map_or(or_at, |span| span.start);
    Diagnostic::error(&file.path, &file.text, at, error.message().trim_end_matches('.'))
}

/// A rule that makes sense.
fn ready(rule: Rule, spot: Spot<'_>, causes: &[Cause], wrong: &mut Vec<Diagnostic>) -> Option<Ready> {
    let before = wrong.len();
    let cause = glob(&rule.cause, spot.key("cause"), wrong);
    let named: Vec<&Cause> = causes.iter().filter(|known| cause.as_ref().is_some_and(|cause| cause.is_match(&known.id))).collect();
    if cause.is_some() && named.is_empty() {
        wrong.push(spot.key("cause").error(format!("no cause fits `{}`", rule.cause)).help("`necropsy patterns list` lists them"));
    }
    let mut entity = BTreeMap::new();
    for (kind, name) in &rule.entity {
        let spot = spot.key("entity").key(kind);
        if !ENTITY_KINDS.iter().any(|(known, _)| known == kind) {
            let kinds: Vec<&str> = ENTITY_KINDS.iter().map(|(known, _)| *known).collect();
            wrong.push(spot.error(format!("unknown entity kind `{kind}`")).help(kinds.join(", ")));
        }
        entity.extend(glob(name, spot, wrong).map(|glob| (kind.clone(), glob)));
    }
    if rule.reason.trim().is_empty() {
        wrong.push(spot.key("reason").error("the reason is empty").help("say why, for those who read the report"));
    }
    let until = rule.until.as_deref().and_then(|text| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        if day.is_none() {
            wrong.push(spot.key("until").error(format!("`{text}` is no day")).help("write it as \"2027-03-31\""));
        }
        day
    });
    let does = does(&rule, spot, &named, wrong);
    if matches!(does, Some(Does::Suppress | Does::Threshold { .. })) && rule.until.is_none() {
        wrong.push(spot.error("a rule that hides findings needs `until`").help("the last day on which it holds: until = \"2027-03-31\""));
    }
    if wrong.len() > before {
        return None;
    }
    Some(Ready { line: spot.error("").line, cause: cause?, written: rule.cause, entity, does: does?, reason: rule.reason, until })
}

/// The one thing that a rule says.
fn does(rule: &Rule, spot: Spot<'_>, named: &[&Cause], wrong: &mut Vec<Diagnostic>) -> Option<Does> {
    let mut all: Vec<Does> = Vec::new();
    if rule.suppress {
        all.push(Does::Suppress);
    }
    all.extend(rule.severity.map(Does::Severity));
    let steps = || named.iter().flat_map(|cause| cause.step.iter().chain(cause.story.iter().flat_map(|story| &story.step)));
    if let Some(timer) = &rule.timer {
        let spot = spot.key("timer");
        match parse_duration(&timer.value) {
            Some(value_ns) => all.push(Does::Timer { name: timer.name.clone(), value_ns }),
            None => wrong.push(spot.key("value").error(format!("`{}` is no duration", timer.value)).help("`40s`, `2m`, `1h30m`")),
        }
        if !named.is_empty() && !steps().any(|step| step.timer.as_ref().is_some_and(|known| known.name == timer.name)) {
            wrong.push(spot.key("name").error(format!("no step of `{}` is checked against a timer `{}`", rule.cause, timer.name)));
        }
    }
    if let Some(threshold) = &rule.threshold {
        all.push(Does::Threshold { step: threshold.step.clone(), gte: threshold.gte });
        if !named.is_empty() && !steps().any(|step| step.name == threshold.step) {
            let spot = spot.key("threshold").key("step");
            wrong.push(spot.error(format!("`{}` has no step `{}`", rule.cause, threshold.step)).help("`necropsy explain CAUSE` shows the steps"));
        }
    }
    match all.len() {
        1 => all.pop(),
        // A timer that cannot be read has been told of.
        0 if rule.timer.is_some() => None,
        0 => {
            wrong.push(spot.error("the rule says nothing").help("give it one of `suppress = true`, `severity`, `timer`, `threshold`"));
            None
        }
        _ => {
            wrong.push(spot.error("the rule says several things").help("write one rule for each"));
            None
        }
    }
}

fn glob(text: &str, spot: Spot<'_>, wrong: &mut Vec<Diagnostic>) -> Option<GlobMatcher> {
    match GlobBuilder::new(text).literal_separator(false).build() {
        Ok(glob) => Some(glob.compile_matcher()),
        Err(error) => {
            wrong.push(spot.error(error.kind().to_string()).help("* fits any text, ? one letter, [ab] one of them, {a,b} either"));
            None
        }
    }
}
