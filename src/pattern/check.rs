//! Checking: what the shape of a file cannot say. Ids resolve, expressions compile, steps refer to earlier ones, stable patterns are proven.
//!
//! In: a [`Library`]. Out: diagnostics, sorted. Must not know: entries; whether examples match is for those who can read them
//! ([`observe::prove`](crate::observe::prove)).

mod cause;
mod graph;
mod proof;
mod signal;
mod span;
mod step;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use super::ast;
use super::diagnostic::Diagnostic;
use super::load::{Defined, Library};
use super::place::Spot;

/// Which files' expressions are compiled. Everything else is checked for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Those of given directories: the packed ones were compiled when the program was tested.
    GivenFiles,
    /// All.
    EveryFile,
}

/// Checks a library. Errors and warnings come sorted by file and line, those found while loading among them.
pub fn check(library: &Library, depth: Depth) -> Vec<Diagnostic> {
    let mut scope = Scope::new(library, depth);
    library.signals.iter().for_each(|signal| signal::check(&mut scope, signal));
    library.spans.iter().for_each(|span| span::check(&mut scope, span));
    library.causes.iter().for_each(|cause| cause::check(&mut scope, cause));
    graph::check(&mut scope);
    proof::check(&mut scope);
    let mut found = scope.found;
    found.extend(library.diagnostics.iter().cloned());
    found.sort();
    found.dedup();
    found
}

/// What a check of pattern files says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Errors and warnings, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Files looked at.
    pub files: usize,
    /// Signals in force.
    pub signals: usize,
    /// Spans in force.
    pub spans: usize,
    /// Causes in force.
    pub causes: usize,
}

impl Report {
    /// Number of errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|wrong| wrong.is_error()).count()
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }
}

/// Checks every file of a library in full.
pub fn report(library: &Library) -> Report {
    Report {
        diagnostics: check(library, Depth::EveryFile),
        files: library.files.len(),
        signals: library.signals.len(),
        spans: library.spans.len(),
        causes: library.causes.len(),
    }
}

/// What all checks share.
struct Scope<'a> {
    library: &'a Library,
    depth: Depth,
    signals: BTreeMap<&'a str, &'a Defined<ast::Signal>>,
    spans: BTreeMap<&'a str, &'a Defined<ast::Span>>,
    causes: BTreeMap<&'a str, &'a Defined<ast::Cause>>,
    found: Vec<Diagnostic>,
    /// Expressions that may still be compiled.
    expressions: usize,
}

/// Most expressions compiled in one check: a hostile file costs seconds, not hours.
const MAX_EXPRESSIONS: usize = 20_000;
/// Errors after which no nearest names are looked for: that is not free.
const MAX_SUGGESTIONS: usize = 50;

impl<'a> Scope<'a> {
    fn new(library: &'a Library, depth: Depth) -> Self {
        Self {
            library,
            depth,
            signals: library.signals.iter().map(|signal| (signal.item.id.as_str(), signal)).collect(),
            spans: library.spans.iter().map(|span| (span.item.id.as_str(), span)).collect(),
            causes: library.causes.iter().map(|cause| (cause.item.id.as_str(), cause)).collect(),
            found: Vec::new(),
            expressions: MAX_EXPRESSIONS,
        }
    }

    fn tell(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Whether expressions of this definition are compiled now.
    fn compiles<T>(&self, defined: &Defined<T>) -> bool {
        self.depth == Depth::EveryFile || defined.layer > 0
    }

    /// Whether one more expression may be compiled; tells once when it may not.
    fn may_compile(&mut self, spot: Spot<'_>) -> bool {
        match self.expressions {
            0 => return false,
            1 => self.tell(spot.error(format!("more than {MAX_EXPRESSIONS} expressions in all files"))),
            _ => {}
        }
        self.expressions -= 1;
        true
    }

    /// Tells of an id that names nothing.
    fn unresolved(&mut self, spot: Spot<'_>, what: &str, id: &str, known: &[&str]) {
        if self.library.incomplete || self.library.unread.contains(id) {
            return;
        }
        let near = if self.found.len() < MAX_SUGGESTIONS { terms::nearest(id, known) } else { None };
        let error = spot.error(format!("no {what} `{id}`"));
        self.tell(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
    }

    /// Checks that `ids` name signals.
    fn signals_exist(&mut self, spot: Spot<'_>, ids: &[String]) {
        for (at, id) in ids.iter().enumerate() {
            if !self.signals.contains_key(id.as_str()) {
                let known: Vec<&str> = self.signals.keys().copied().collect();
                self.unresolved(spot.index(at), "signal", id, &known);
            }
        }
    }

    /// Checks that `ids` name spans.
    fn spans_exist(&mut self, spot: Spot<'_>, ids: &[String]) {
        for (at, id) in ids.iter().enumerate() {
            if !self.spans.contains_key(id.as_str()) {
                let known: Vec<&str> = self.spans.keys().copied().collect();
                self.unresolved(spot.index(at), "span", id, &known);
            }
        }
    }

    /// Checks that `ids` name causes; a `*` at the end stands for any rest, where `globs` are taken.
    fn causes_exist(&mut self, spot: Spot<'_>, ids: &[String], globs: bool) {
        for (at, id) in ids.iter().enumerate() {
            let found = match id.strip_suffix('*') {
                Some(start) if globs => self.causes.keys().any(|known| known.starts_with(start)),
                _ => self.causes.contains_key(id.as_str()),
            };
            if !found && (globs || self.library.incomplete) {
                // A library grows: what explains a cause that is not written yet is right already.
                self.tell(spot.index(at).warning(format!("no cause `{id}` yet")));
            } else if !found {
                let known: Vec<&str> = self.causes.keys().copied().collect();
                self.unresolved(spot.index(at), "cause", id, &known);
            }
        }
    }

    /// Names that a signal gives to templates of causes: attributes and entity kinds.
    fn names_of_signal(&self, id: &str, names: &mut BTreeSet<String>) {
        if let Some(signal) = self.signals.get(id) {
            names.extend(terms::captures(&signal.item));
            names.extend(signal.item.set.keys().cloned());
            names.extend(terms::kinds(&signal.item));
        }
    }

    /// Names that a span gives to templates of causes.
    fn names_of_span(&self, id: &str, names: &mut BTreeSet<String>) {
        if let Some(span) = self.spans.get(id) {
            names.extend(span.item.key.iter().cloned());
            span.item.open.iter().chain(&span.item.close).for_each(|signal| self.names_of_signal(signal, names));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signals to build on: `a.one` with entity node and capture `x`, `a.two` alike.
    pub(super) const BASE: &str = r#"
schema = "necropsy.patterns/1"
[[signal]]
id = "a.one"
title = "One"
from = "test"
component = ["kubelet"]
hint = ["one happened"]
entity = { node = "{node}" }
[[signal.match]]
message = 'one happened on (?P<node>\S+) with (?P<x>\d+)'
[[signal.example]]
origin = "synthetic"
text = "one happened on n1 with 7"
[[signal]]
id = "a.two"
title = "Two"
from = "test"
component = ["kubelet"]
hint = ["two happened"]
entity = { node = "{node}" }
[[signal.match]]
message = 'two happened on (?P<node>\S+)'
[[signal.example]]
origin = "synthetic"
text = "two happened on n1"
[[span]]
id = "a.down"
title = "Down"
key = ["node"]
open = ["a.one"]
close = ["a.two"]
"#;

    /// What a check of [`BASE`] with a cause file `story.toml` says, place and message.
    pub(super) fn told(story: &str) -> Vec<String> {
        let story = format!("schema = \"necropsy.patterns/1\"\n{story}");
        shown(&[("base.toml", BASE), ("story.toml", &story)])
    }

    /// What a check of files says.
    pub(super) fn shown(texts: &[(&str, &str)]) -> Vec<String> {
        let library = Library::of_texts(texts.iter().copied());
        check(&library, Depth::EveryFile).iter().map(|d| format!("{}:{} {:?}: {}", d.file, d.line, d.gravity, d.message)).collect()
    }

    #[test]
    fn a_sound_base_is_sound() {
        assert_eq!(shown(&[("base.toml", BASE)]), [""; 0]);
    }

    #[test]
    fn what_could_not_be_read_makes_no_further_errors() {
        let span = "schema='necropsy.patterns/1'\n[[span]]\nid='b.s'\ntitle='t'\nkey=['node']\nopen=['b.broken','b.gone']\n";
        let broken = "schema='necropsy.patterns/1'\n[[signal]]\nid='b.broken'\nshade=1\n";
        let told = shown(&[("base.toml", BASE), ("s.toml", span), ("x.toml", broken)]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("no signal `b.gone`") && told[1].contains("unknown field `shade`"), "{told:?}");
    }

    #[test]
    fn a_report_counts() {
        let report = report(&Library::of_texts([("base.toml", BASE)]));
        assert_eq!((report.files, report.signals, report.spans, report.causes, report.errors(), report.warnings()), (1, 2, 1, 0, 0, 0));
    }
}
