//! Proving patterns: examples and near misses are read as logs are, and must come out as they say.
//!
//! In: a [`Library`] that has been checked. Out: diagnostics for what does not hold. Must not know: spans and causes; whole stories are told by
//! [`pattern::story`](crate::pattern::story).

use std::collections::BTreeSet;

use super::{Observer, SourceName};
use crate::component::Component;
use crate::decode::Framer;
use crate::decode::frame::Carry;
use crate::name::Name;
use crate::pattern::ast;
use crate::pattern::load::Defined;
use crate::pattern::place::Spot;
use crate::pattern::{Diagnostic, Library, Pack};
use crate::signal::Signal;
use crate::source::Whereabouts;

/// What proving says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Errors and warnings, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Examples read.
    pub examples: usize,
    /// Near misses read.
    pub near_misses: usize,
}

/// Where an example lies as far as its file's name alone tells.
pub fn by_file_name(path: &str) -> Whereabouts {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    Whereabouts { component: Component::from_program(stem), ..Whereabouts::default() }
}

/// Reads every example and near miss. `whereabouts` tells from a path where a file lies.
pub fn prove(library: &Library, whereabouts: &dyn Fn(&str) -> Whereabouts) -> Proof {
    let pack = Pack::of(library.clone());
    let observer = Observer::new(&pack);
    let mut proof = Proof::default();
    for defined in &library.signals {
        let signal = &defined.item;
        let mut seen = Seen::default();
        for (at, example) in signal.example.iter().enumerate() {
            let spot = defined.spot().key("example").index(at);
            proof.examples += 1;
            match read(&observer, signal, &example.text, example.path.as_deref(), whereabouts) {
                found if found.is_empty() => proof.diagnostics.push(unmatched(spot, signal, &example.text)),
                found => {
                    proof.diagnostics.extend(unexpected(spot, example, &found));
                    for (signal, wording) in &found {
                        seen.note(signal, *wording);
                    }
                }
            }
        }
        for (at, near) in signal.near_miss.iter().enumerate() {
            proof.near_misses += 1;
            if !read(&observer, signal, &near.text, None, whereabouts).is_empty() {
                let spot = defined.spot().key("near_miss").index(at).key("text");
                proof.diagnostics.push(spot.error(format!("this near miss is a `{}`", signal.id)).help(near.why.clone()));
            }
        }
        if !signal.example.is_empty() {
            proof.diagnostics.extend(seen.missing(defined));
        }
    }
    proof.diagnostics.sort();
    proof
}

/// What a text says as one signal, each with the wording that fitted.
fn read(
    observer: &Observer<'_>,
    signal: &ast::Signal,
    text: &str,
    path: Option<&str>,
    whereabouts: &dyn Fn(&str) -> Whereabouts,
) -> Vec<(Signal, usize)> {
    let bytes = text.as_bytes();
    let piece = Framer::detect(bytes).piece(bytes, 1, 0, Carry::default(), true);
    let at = path.map(whereabouts).unwrap_or_default();
    let source = SourceName { id: 0, path: path.unwrap_or("example.log") };
    let wanted = observer.pack().signal_id(&signal.id);
    let mut found = Vec::new();
    observer.each(&piece, bytes, &at, &source, |said| {
        if Some(said.id) == wanted {
            found.push((said.signal(), said.wording));
        }
    });
    found
}

fn unmatched(spot: Spot<'_>, signal: &ast::Signal, text: &str) -> Diagnostic {
    let folded = text.to_ascii_lowercase();
    let error = spot.key("text").error(format!("this example is no `{}`", signal.id));
    if signal.hint.iter().any(|hint| folded.contains(&hint.to_ascii_lowercase())) {
        let bytes = text.as_bytes();
        let piece = Framer::detect(bytes).piece(bytes, 1, 0, Carry::default(), true);
        let Some(first) = piece.entries.first() else { return error };
        let body = first.format.body(&piece.entry(0));
        let message: String = body.message.chars().take(200).collect();
        let fields: Vec<String> = body.fields.iter().take(12).map(|(name, value)| format!("{name}={value:.60}")).collect();
        let component = body.component.map_or("unknown", Component::name);
        error.help(format!(
            "it is read as {} ({} records), component {component}, code {}, message `{message}`, fields {}",
            first.format.name(),
            piece.entries.len(),
            body.code.as_deref().unwrap_or("none"),
            fields.join(" ")
        ))
    } else {
        error.help("none of the signal's hints stands in it")
    }
}

/// What an example expects and does not get.
fn unexpected(spot: Spot<'_>, example: &ast::Example, found: &[(Signal, usize)]) -> Vec<Diagnostic> {
    let has = |signal: &Signal, name: &str, value: &str| match name.strip_prefix("entity.") {
        Some(kind) => signal.entities.iter().any(|(known, name)| **known == *kind && **name == *value),
        None => signal.attribute(name) == Some(value),
    };
    if found.iter().any(|(signal, _)| example.expect.iter().all(|(name, value)| has(signal, name, value))) {
        return Vec::new();
    }
    let Some((first, _)) = found.first() else { return Vec::new() };
    let wrong = example.expect.iter().filter(|(name, value)| !has(first, name, value));
    let told = |name: &str| {
        let values: Vec<&str> = match name.strip_prefix("entity.") {
            Some(kind) => first.entities.iter().filter(|(known, _)| **known == *kind).map(|(_, name)| &**name).collect(),
            None => first.attribute(name).into_iter().collect(),
        };
        if values.is_empty() { "nothing".to_owned() } else { format!("`{}`", values.join("`, `")) }
    };
    wrong.map(|(name, value)| spot.key("expect").key(name).error(format!("`{name}` is {}, not `{value}`", told(name)))).collect()
}

/// What the examples of a signal have shown.
#[derive(Default)]
struct Seen {
    wordings: BTreeSet<usize>,
    kinds: BTreeSet<Name>,
}

impl Seen {
    fn note(&mut self, signal: &Signal, wording: usize) {
        self.wordings.insert(wording);
        self.kinds.extend(signal.entities.iter().map(|(kind, _)| *kind));
    }

    /// Parts of a definition that no example shows.
    fn missing(&self, defined: &Defined<ast::Signal>) -> Vec<Diagnostic> {
        let spot = defined.spot();
        let wordings = (0..defined.item.matches.len()).filter(|at| !self.wordings.contains(at));
        let wordings = wordings.map(|at| spot.key("match").index(at).warning("no example has this wording"));
        let kinds = defined.item.entity.keys().filter(|kind| !self.kinds.contains(kind.as_str()));
        let kinds = kinds.map(|kind| spot.key("entity").key(kind).warning(format!("no example has an entity `{kind}`")));
        wordings.chain(kinds).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNAL: &str = r#"
schema = "necropsy.patterns/1"
[[signal]]
id = "t.down"
title = "t"
from = "test"
component = ["kubelet"]
hint = ["is down"]
entity = { node = "{node}" }
[[signal.match]]
message = 'node (?P<node>\S+) is down'
[[signal.example]]
origin = "synthetic"
path = "kubelet.log"
text = '''
node n1 is up
node n2 is down
'''
expect = { node = "n2", "entity.node" = "n2" }
[[signal.near_miss]]
origin = "synthetic"
text = "traffic is down"
why = "no node"
"#;

    fn told(text: &str) -> Vec<String> {
        let proof = prove(&Library::of_texts([("a.toml", text)]), &by_file_name);
        proof
            .diagnostics
            .iter()
            .map(|d| format!("{}:{} {:?}: {} ({})", d.file, d.line, d.gravity, d.message, d.help.as_deref().unwrap_or("")))
            .collect()
    }

    fn with(old: &str, new: &str) -> String {
        assert!(SIGNAL.contains(old));
        told(&SIGNAL.replacen(old, new, 1)).join("\n")
    }

    #[test]
    fn what_holds_is_silent_and_counted() {
        assert_eq!(told(SIGNAL), [""; 0]);
        let proof = prove(&Library::of_texts([("a.toml", SIGNAL)]), &by_file_name);
        assert_eq!((proof.examples, proof.near_misses), (1, 1));
    }

    #[test]
    fn what_does_not_hold_is_told() {
        assert!(with("node n2 is down", "node n2 is gone").contains("this example is no `t.down` (none of the signal's hints"));
        assert!(with("node n2 is down", "host n2 is down").contains("it is read as text (2 records), component unknown"));
        assert!(with("{ node = \"n2\"", "{ node = \"n3\"").contains("a.toml:19 Error: `node` is `n2`, not `n3`"));
        assert!(with("\"entity.node\"", "\"entity.pod\"").contains("`entity.pod` is nothing, not `n2`"));
        assert!(with("\"traffic is down\"", "\"node x is down\"").contains("this near miss is a `t.down` (no node)"));
        assert!(with("kubelet.log", "mysqld.log").contains("this example is no `t.down`"));
    }

    #[test]
    fn the_example_of_the_documentation_is_proven() {
        let document = include_str!("../../docs/patterns.md");
        let example = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let proof = prove(&Library::of_texts([("mysql/lock-refused.toml", example)]), &by_file_name);
        assert!(proof.diagnostics.is_empty(), "{}", proof.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn parts_without_an_example_are_told() {
        assert!(with("[[signal.example]]", "[[signal.match]]\nmessage='else'\n[[signal.example]]").contains("Warning: no example has this wording"));
        assert!(with("{ node = ", "{ pod = '{gone}', node = ").contains("Warning: no example has an entity `pod`"));
    }
}
