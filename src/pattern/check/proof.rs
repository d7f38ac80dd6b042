//! Checks of stable causes: every signal they rest on is proven by a text that its program really prints, and by one that only looks like it;
//! and the cause itself by a story that confirms it, and by one that ends otherwise.
//!
//! In: all causes. Out: diagnostics. Must not know: whether the examples match.

use std::collections::BTreeMap;

use super::Scope;
use crate::pattern::ast::{Signal, Status};
use crate::pattern::load::Defined;

/// The origin of texts that were made up.
const SYNTHETIC: &str = "synthetic";

/// The verdict of a story that proves its cause.
const CONFIRMED: &str = "confirmed";

pub(super) fn check(scope: &mut Scope<'_>) {
    let mut owed: BTreeMap<&str, (&str, &Defined<Signal>)> = BTreeMap::new();
    for cause in scope.library.causes.iter().filter(|cause| cause.item.status == Status::Stable) {
        let steps = || cause.item.steps();
        let spans = steps().flat_map(|step| &step.span).filter_map(|id| scope.spans.get(id.as_str()));
        let of_spans = spans.flat_map(|span| span.item.open.iter().chain(&span.item.close));
        let named = steps().flat_map(|step| &step.signal).chain(of_spans).filter_map(|id| scope.signals.get(id.as_str()).copied());
        let beside = scope.library.signals.iter().filter(|signal| signal.file.path == cause.file.path);
        // What is derived from how stamps go is no record that could be quoted.
        for signal in named.chain(beside).filter(|signal| signal.item.derived.is_none()) {
            owed.entry(&signal.item.id).or_insert((&cause.item.id, signal));
        }
    }
    let mut found = Vec::new();
    for cause in scope.library.causes.iter().filter(|cause| cause.item.status == Status::Stable) {
        let told = |verdict: bool| cause.item.test.iter().any(|test| (test.expect == CONFIRMED) == verdict);
        for (verdict, owed) in [(true, "no story that confirms it"), (false, "no story that ends otherwise")] {
            if !told(verdict) {
                let error = cause.spot().error(format!("`{}` is stable and has {owed}", cause.item.id));
                found.push(error.help("add a [[cause.test]]: logs of an incident, or of what looks like it, and the verdict they must lead to"));
            }
        }
    }
    for (id, (cause, signal)) in owed {
        if !signal.item.example.iter().any(|example| !example.origin.trim().is_empty() && !example.origin.trim_start().starts_with(SYNTHETIC)) {
            let error = signal.spot().error(format!("`{id}` has no example that is not synthetic, and `{cause}` is stable"));
            found.push(error.help("quote a record of a component's source or of a real log, and name it in `origin`"));
        }
        if signal.item.near_miss.is_empty() {
            let error = signal.spot().error(format!("`{id}` has no near miss, and `{cause}` is stable"));
            found.push(error.help("add a [[signal.near_miss]]: a record that looks alike and says something else"));
        }
    }
    scope.found.append(&mut found);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BASE, shown};

    const STORY: &str = "schema='necropsy.patterns/1'\n[cause]\nid='story'\ntitle='T'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\n\
        status='stable'\n[[cause.step]]\nname='s'\nspan=['a.down']\nsummary='s'\n\
        [[cause.test]]\nname='it happened'\nexpect='confirmed'\nlog={ 'a.log'='x' }\n[[cause.test]]\nname='it did not'\nexpect='none'\nlog={ 'a.log'='x' }\n";

    #[test]
    fn a_stable_cause_rests_on_proven_signals() {
        let told = shown(&[("base.toml", BASE), ("story.toml", STORY)]).join("\n");
        assert!(told.contains("`a.one` has no example that is not synthetic, and `story` is stable"), "{told}");
        assert!(told.contains("`a.two` has no near miss"), "{told}");
        let near = "[[signal.near_miss]]\norigin='synthetic'\ntext='x'\nwhy='y'\n[[signal.example]]";
        let proven = BASE.replace("origin = \"synthetic\"", "origin = \"a source\"").replace("[[signal.example]]", near);
        assert_eq!(shown(&[("base.toml", &proven), ("story.toml", STORY)]), [""; 0]);
    }

    #[test]
    fn a_stable_cause_has_a_story_that_confirms_it_and_one_that_ends_otherwise() {
        let told = |story: &str| shown(&[("base.toml", BASE), ("story.toml", story)]).join("\n");
        assert!(told(&STORY.replace("'none'", "'confirmed'")).contains("`story` is stable and has no story that ends otherwise"));
        assert!(told(&STORY.replace("'confirmed'", "'possible'")).contains("`story` is stable and has no story that confirms it"));
        assert!(!told(STORY).contains("has no story"), "{}", told(STORY));
        let draft = STORY.replace("status='stable'", "status='draft'").replace("'none'", "'confirmed'");
        assert!(!told(&draft).contains("has no story"), "{}", told(&draft));
    }
}
