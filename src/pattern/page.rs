//! The page of a cause, as a runbook has it: what it means, how it is told from its rivals, what is looked for and where, timers, remedies.
//!
//! In: a cause and the definitions it refers to. Out: a [`Page`]: headings, paragraphs and lists, for a terminal or a document. Must not know: either.

use std::collections::BTreeMap;

use super::ast::{Cause, Effect, Risk, Role, Signal, Span, Status, Step, Timer};
use super::template::Template;

/// Longest part of a record that is shown as an example, characters.
const MAX_EXAMPLE: usize = 150;
/// Signals that are shown with an example, for one step.
const MAX_SHOWN: usize = 3;

/// The definitions that pages refer to.
#[derive(Clone, Debug, Default)]
pub struct Shelf<'a> {
    signals: BTreeMap<&'a str, &'a Signal>,
    spans: BTreeMap<&'a str, &'a Span>,
    causes: Vec<&'a Cause>,
}

/// The page of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The cause's id.
    pub id: String,
    /// How bad, how far the pattern has come, since when.
    pub about: String,
    /// How reports tell it.
    pub title: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A heading with what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// Paragraphs and lists, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Text.
    Paragraph(String),
    /// An item of a list, with what belongs to it.
    Item(String, Vec<Block>),
    /// A record, word for word.
    Record(String),
}

impl<'a> Shelf<'a> {
    /// Definitions, found by their ids.
    pub fn new(
        signals: impl IntoIterator<Item = &'a Signal>,
        spans: impl IntoIterator<Item = &'a Span>,
        causes: impl IntoIterator<Item = &'a Cause>,
    ) -> Self {
        Self {
            signals: signals.into_iter().map(|signal| (signal.id.as_str(), signal)).collect(),
            spans: spans.into_iter().map(|span| (span.id.as_str(), span)).collect(),
            causes: causes.into_iter().collect(),
        }
    }

    /// The page of a cause.
    pub fn page(&self, cause: &Cause) -> Page {
        let status = match cause.status {
            Status::Draft => ", being tried",
            Status::Stable => "",
            Status::Retired => ", retired",
        };
        let mut sections = vec![section("What it means", vec![Block::Paragraph(joined(&cause.means))])];
        sections.push(section("How it is told from its rivals", self.rivals(cause)));
        if !cause.step.is_empty() {
            sections.push(section("What is looked for, and where", self.steps(&cause.step)));
        }
        for told in &cause.story {
            let mut blocks: Vec<Block> = told.title.iter().map(|title| Block::Paragraph(format!("Told as: {}.", blanks(title)))).collect();
            blocks.extend(self.steps(&told.step));
            sections.push(section(&format!("What is looked for, and where ({})", told.name), blocks));
        }
        sections.push(section("Timers", timers(cause)));
        sections.push(section("Known cases", known(cause)));
        sections
            .push(section("What to do", cause.remedy.iter().map(|remedy| item(format!("{}{}", blanks(&remedy.text), risk(remedy.risk)))).collect()));
        sections.push(section("What follows from it", self.named(&cause.explains)));
        sections.push(section("What it may follow from", self.explained_by(cause)));
        sections.push(section("Read on", cause.references.iter().cloned().map(item).collect()));
        sections.retain(|section| !section.blocks.is_empty());
        Page {
            id: cause.id.clone(),
            about: format!("{}{status}, since {}", cause.severity.name(), cause.since),
            title: blanks(&cause.title),
            sections,
        }
    }

    fn rivals(&self, cause: &Cause) -> Vec<Block> {
        let mut blocks = Vec::new();
        if !cause.look.trim().is_empty() {
            blocks.push(Block::Paragraph(joined(&cause.look)));
        }
        let mut told: Vec<String> = Vec::new();
        for step in cause.steps().filter(|step| step.role == Role::Against && !step.summary.is_empty()) {
            let effect = match step.effect {
                Effect::Refutes => "It is refuted by",
                Effect::Weakens => "It is less sure with",
                Effect::Yields => "It is not told beside",
            };
            let text = format!("{effect}: {}", blanks(step.summary.trim_end_matches('.')));
            if !told.contains(&text) {
                told.push(text);
            }
        }
        blocks.extend(told.into_iter().map(item));
        blocks.extend(self.named(&cause.yields_to).into_iter().map(|block| match block {
            Block::Item(text, below) => Block::Item(format!("It gives way to {text}"), below),
            other => other,
        }));
        blocks
    }

    /// Causes by id or pattern, with what they mean.
    fn named(&self, ids: &[String]) -> Vec<Block> {
        let about = |id: &String| {
            let known = self.causes.iter().find(|cause| cause.id == *id);
            known.map_or_else(|| format!("`{id}`"), |cause| format!("`{id}`: {}", first_sentence(&cause.means)))
        };
        ids.iter().map(|id| item(about(id))).collect()
    }

    fn explained_by(&self, cause: &Cause) -> Vec<Block> {
        let fits = |pattern: &String| pattern.strip_suffix('*').map_or(*pattern == cause.id, |head| cause.id.starts_with(head));
        let above = self.causes.iter().filter(|other| other.id != cause.id && other.explains.iter().any(fits));
        let mut ids: Vec<String> = above.map(|other| other.id.clone()).collect();
        ids.sort_unstable();
        self.named(&ids)
    }

    /// Steps in their order, the alternatives of a name together.
    fn steps(&self, steps: &[Step]) -> Vec<Block> {
        let mut names: Vec<&str> = Vec::new();
        for step in steps {
            if !names.contains(&step.name.as_str()) {
                names.push(&step.name);
            }
        }
        names.into_iter().map(|name| self.step(name, &steps.iter().filter(|step| step.name == name).collect::<Vec<_>>())).collect()
    }

    fn step(&self, name: &str, alternatives: &[&Step]) -> Block {
        let Some(first) = alternatives.first() else { return item(name.to_owned()) };
        let mut below = Vec::new();
        for (at, step) in alternatives.iter().enumerate() {
            if at > 0 {
                below.push(Block::Paragraph(format!("or: {}", summary(step))));
            }
            below.extend(self.sought(step));
        }
        let missing = alternatives.iter().find_map(|step| step.missing.as_deref());
        below.extend(missing.map(|text| Block::Paragraph(format!("To collect if it is not found: {}", blanks(text)))));
        Block::Item(format!("{name} ({}): {}", role(first), summary(first)), below)
    }

    /// What a step is found by.
    fn sought(&self, step: &Step) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (at, id) in step.signal.iter().enumerate() {
            let Some(signal) = self.signals.get(id.as_str()) else { continue };
            let place = signal.component.join(", ");
            blocks.push(Block::Paragraph(format!("in {place}: {}", signal.title)));
            let example = signal.example.first().filter(|_| at < MAX_SHOWN);
            blocks.extend(example.map(|example| Block::Record(cut(example.text.trim()))));
        }
        for id in &step.span {
            let title = self.spans.get(id.as_str()).map_or(id.as_str(), |span| span.title.as_str());
            blocks.push(Block::Paragraph(format!("the state: {title}")));
        }
        if !step.cause.is_empty() {
            blocks.push(Block::Paragraph(format!("a finding of {}", quoted(&step.cause))));
        }
        if !step.speaks.is_empty() && !step.absent {
            blocks.push(Block::Paragraph(format!("any record of {}", speakers(&step.speaks))));
        }
        if step.absent && !step.covered_by.is_empty() {
            blocks.push(Block::Paragraph(format!("not there, though logs of {} cover the time", step.covered_by.join(", "))));
        }
        let asked = asked(step);
        if !asked.is_empty() {
            blocks.push(Block::Paragraph(asked));
        }
        blocks
    }
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.to_owned(), blocks }
}

fn item(text: String) -> Block {
    Block::Item(text, Vec::new())
}

/// What else a step asks: where, when, how often.
fn asked(step: &Step) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(count) = step.count {
        let what = step.distinct.as_ref().map(|what| format!(" different {what}s")).unwrap_or_default();
        parts.extend(count.gte.map(|least| format!("at least {least}{what}")));
        parts.extend(count.lte.map(|most| format!("at most {most}{what}")));
        parts.extend(count.percent.map(|percent| format!("{percent} % of all")));
    }
    let on: Vec<String> = step.matches.iter().map(|(kind, variable)| format!("same {kind} as {variable}")).collect();
    parts.extend(on);
    parts.extend(step.differ.iter().map(|(kind, variable)| format!("other {kind} than {variable}")));
    parts.extend(step.conditions.iter().map(|(name, condition)| format!("{name} {condition}")));
    let within = step.within.as_ref().map(|within| format!("within {within} ")).unwrap_or_default();
    match (&step.after, &step.before) {
        (Some(after), Some(before)) => parts.push(format!("{within}after {after}, before {before}")),
        (Some(after), None) => parts.push(format!("{within}after {after}")),
        (None, Some(before)) => parts.push(format!("{within}before {before}")),
        (None, None) if !within.is_empty() => parts.push(within.trim_end().to_owned()),
        (None, None) => {}
    }
    parts.extend(step.overlaps.as_ref().map(|other| format!("at the same time as {other}")));
    parts.extend(step.min.as_ref().map(|min| format!("for at least {min}")));
    parts.join("; ")
}

fn timers(cause: &Cause) -> Vec<Block> {
    let mut told: Vec<Block> = Vec::new();
    for (step, timer) in cause.steps().filter_map(|step| Some((step, step.timer.as_ref()?))) {
        let text = format!("`{}`: from {} to {}; {}", timer.name, timer.from, step.name, values(timer));
        if !told.contains(&item(text.clone())) {
            told.push(item(text));
        }
    }
    told
}

fn values(timer: &Timer) -> String {
    let mut parts = Vec::new();
    if timer.stated.is_some() {
        parts.push("as the record states it".to_owned());
    }
    if !timer.component.is_empty() {
        parts.push(format!("as the FLAG lines of {} state it", timer.component.join(", ")));
    }
    let default = |value: &str, versions: Option<&String>| versions.map_or_else(|| value.to_owned(), |versions| format!("{value} ({versions})"));
    let defaults: Vec<String> = timer.default.iter().map(|row| default(&row.value, row.versions.as_ref())).collect();
    if !defaults.is_empty() {
        parts.push(format!("by default {}", defaults.join(", else ")));
    }
    let late = timer.tolerance.as_deref().unwrap_or("10s");
    format!("{}; up to {late} later still agrees", parts.join(", else "))
}

fn known(cause: &Cause) -> Vec<Block> {
    let Some(catalogue) = &cause.catalogue else { return Vec::new() };
    let rows = catalogue.row.iter().map(|row| {
        let of = |key: &str| row.set.get(key).filter(|text| !text.is_empty());
        let mut below = vec![Block::Paragraph(format!("affected: {}", row.affected.join(", ")))];
        below.extend(of("fixed_in").map(|text| Block::Paragraph(format!("fixed in: {text}"))));
        below.extend(of("remedy").map(|text| Block::Paragraph(format!("to do: {text}"))));
        below.extend(of("sure").map(|text| Block::Paragraph(format!("how sure: {text}"))));
        let conditions: Vec<String> = row.conditions.iter().map(|(name, condition)| format!("{name} {condition}")).collect();
        below.push(Block::Paragraph(format!("known by: {}", conditions.join("; "))));
        Block::Item(format!("{}: {}", of("bug").map_or("?", String::as_str), of("meaning").map_or("", String::as_str)), below)
    });
    rows.collect()
}

fn role(step: &Step) -> String {
    let role = match step.role {
        Role::Required => "required",
        Role::Decisive => "decisive",
        Role::Proof => "proof",
        Role::Support => "support",
        Role::Against => "against",
    };
    if step.absent { format!("{role}, absent") } else { role.to_owned() }
}

fn summary(step: &Step) -> String {
    blanks(&step.summary)
}

const fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Safe => "",
        Risk::Disruptive => " (disruptive)",
        Risk::Destructive => " (puts data at risk)",
    }
}

fn speakers(components: &[String]) -> String {
    if components.iter().any(|component| component == "*") { "any component".to_owned() } else { components.join(", ") }
}

fn quoted(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

/// A template with its places as blanks to fill: `{lost.node}` is `<node>`.
fn blanks(text: &str) -> String {
    let text = joined(text);
    Template::parse(&text)
        .map_or_else(|_| text.clone(), |template| template.expand_lossy(|name| Some(format!("<{}>", name.rsplit('.').next().unwrap_or(name)).into())))
}

/// Lines of a paragraph as one.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_sentence(text: &str) -> String {
    let text = joined(text);
    let sentence = text.split_once(". ").map_or(text.as_str(), |(first, _)| first);
    sentence.trim_end_matches(['.', ':', ';']).to_owned()
}

/// The beginning of a record's first line.
fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= MAX_EXAMPLE { line.to_owned() } else { format!("{}…", line.chars().take(MAX_EXAMPLE).collect::<String>()) }
}
