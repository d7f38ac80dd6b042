//! Checks of one signal: every part of it is well-formed, and its hints keep scans fast.
//!
//! In: a signal. Out: diagnostics. Must not know: other signals.

use super::{Scope, terms};
use crate::component::Component;
use crate::pattern::ast::{Match, Signal};
use crate::pattern::expression::Expression;
use crate::pattern::load::Defined;
use crate::pattern::place::Spot;
use crate::severity::Severity;

/// Literals shorter than this need a pass of their own over every byte of every log.
pub(super) const SHORT_HINT: usize = 7;
/// Most hints, wordings or entity templates of one signal.
const MAX_PARTS: usize = 100;
/// Longest hint, bytes.
const MAX_HINT: usize = 200;

pub(super) fn check(scope: &mut Scope<'_>, defined: &Defined<Signal>) {
    let (signal, spot) = (&defined.item, defined.spot());
    if !terms::is_dotted(&signal.id) {
        let error = spot.key("id").error(format!("`{}` is no id for a signal", signal.id));
        scope.tell(error.help("lower-case words joined by dots: `mysqld.innodb.assertion`"));
    }
    if signal.title.trim().is_empty() {
        scope.tell(spot.key("title").error("the title is empty"));
    }
    if signal.from.trim().is_empty() {
        scope.tell(spot.key("from").error("`from` is empty").help("say which component prints this text, and in which file of its source"));
    }
    components(scope, spot.key("component"), &signal.component);
    if let Some(label) = &signal.severity
        && Severity::from_label(label.as_bytes()).is_none()
    {
        scope.tell(spot.key("severity").error(format!("no severity `{label}`")).help("`info`, `warn`, `error` or `fatal`"));
    }
    if signal.derived.is_some() {
        derived(scope, spot, signal);
        templates(scope, spot, signal);
        return;
    }
    hints(scope, spot.key("hint"), &signal.hint);
    if signal.matches.is_empty() {
        scope.tell(spot.error(format!("`{}` has no wording", signal.id)).help("add a [[signal.match]]: a hint alone only says where to look"));
    }
    if signal.matches.len() > MAX_PARTS || signal.entity.len() > MAX_PARTS || signal.same.len() > MAX_PARTS || signal.set.len() > MAX_PARTS {
        scope.tell(spot.error(format!("more than {MAX_PARTS} parts of a kind")));
    }
    let compiles = scope.compiles(defined);
    for (at, wording) in signal.matches.iter().enumerate().take(MAX_PARTS) {
        match_(scope, spot.key("match").index(at), wording, compiles);
    }
    templates(scope, spot, signal);
    if signal.example.is_empty() {
        scope.tell(spot.warning(format!("`{}` has no example", signal.id)));
    }
    for (at, near) in signal.near_miss.iter().enumerate() {
        if near.why.trim().is_empty() {
            scope.tell(spot.key("near_miss").index(at).error("`why` is empty"));
        }
    }
}

/// A derived signal is read from no record.
fn derived(scope: &mut Scope<'_>, spot: Spot<'_>, signal: &Signal) {
    let parts = [
        ("hint", !signal.hint.is_empty()),
        ("match", !signal.matches.is_empty()),
        ("example", !signal.example.is_empty()),
        ("near_miss", !signal.near_miss.is_empty()),
    ];
    for (name, _) in parts.iter().filter(|(_, given)| *given) {
        scope.tell(
            spot.key(name).error(format!("a derived signal has no `{name}`")).help("it is derived from a source as a whole, not read from a record"),
        );
    }
}

/// Checks names of components.
pub(super) fn components(scope: &mut Scope<'_>, spot: Spot<'_>, names: &[String]) {
    if names.is_empty() {
        scope.tell(spot.error("names no component").help(terms::components_help()));
    }
    for (at, name) in names.iter().enumerate() {
        if Component::from_name(name).is_none() {
            scope.tell(spot.index(at).error(format!("no component `{name}`")).help(terms::components_help()));
        }
    }
}

fn hints(scope: &mut Scope<'_>, spot: Spot<'_>, hints: &[String]) {
    if hints.is_empty() || hints.len() > MAX_PARTS {
        scope.tell(spot.error(format!("a signal needs 1 to {MAX_PARTS} hints")).help("literals of which one stands in every record that can match"));
    }
    for (at, hint) in hints.iter().enumerate().take(MAX_PARTS) {
        let spot = spot.index(at);
        if hint.is_empty() || hint.len() > MAX_HINT {
            scope.tell(spot.error(format!("a hint has 1 to {MAX_HINT} bytes")));
        } else if hint.contains(['"', '\'', '\\']) || hint.chars().any(char::is_control) {
            let error = spot.error("a hint must not contain quotes, backslashes or control characters");
            scope.tell(error.help("envelopes and JSON write these otherwise; take a piece of text without them"));
        } else if hint.len() < SHORT_HINT {
            let warning = spot.warning(format!("the hint has less than {SHORT_HINT} bytes: every scan becomes slower"));
            scope.tell(warning.help("take a longer literal; eleven bytes or more are best"));
        }
    }
}

fn match_(scope: &mut Scope<'_>, spot: Spot<'_>, wording: &Match, compiles: bool) {
    let asks = wording.message.is_some() || !wording.code.is_empty() || !wording.field.is_empty();
    if !asks {
        scope.tell(spot.error("this wording fits every record").help("ask for a `message`, a `code` or a `field`"));
    }
    if !compiles {
        return;
    }
    let message = wording.message.iter().map(|text| (spot.key("message"), text));
    let not_message = wording.not_message.iter().map(|text| (spot.key("not_message"), text));
    let fields = wording.field.iter().map(|(name, text)| (spot.key("field").key(name), text));
    let not_fields = wording.not_field.iter().map(|(name, text)| (spot.key("not_field").key(name), text));
    for (spot, text) in message.chain(not_message).chain(fields).chain(not_fields) {
        if scope.may_compile(spot)
            && let Err(why) = Expression::check(text)
        {
            scope.tell(spot.error(format!("this expression cannot be used: {why}")));
        }
    }
}

fn templates(scope: &mut Scope<'_>, spot: Spot<'_>, signal: &Signal) {
    let check = |scope: &mut Scope<'_>, spot: Spot<'_>, text: &str| {
        if let Err(why) = terms::signal_template(text) {
            scope.tell(spot.error(why));
        }
    };
    for (kind, templates) in &signal.entity {
        let spot = spot.key("entity").key(kind);
        if !terms::is_kind(kind) {
            scope.tell(spot.error(format!("no entity kind `{kind}`")).help(terms::kinds_help()));
        }
        for (at, text) in templates.as_slice().iter().enumerate() {
            check(scope, spot.index(at), text);
        }
    }
    for (name, text) in &signal.set {
        check(scope, spot.key("set").key(name), text);
    }
    if let Some(text) = &signal.lasted {
        check(scope, spot.key("lasted"), text);
    }
    for (at, group) in signal.same.iter().enumerate() {
        let spot = spot.key("same").index(at);
        if group.len() < 2 {
            scope.tell(spot.error("a group of names for one thing has at least two"));
        }
        for (at, member) in group.iter().enumerate() {
            match member.split_once(':') {
                Some((kind, text)) if terms::is_kind(kind) => check(scope, spot.index(at), text),
                Some((kind, _)) => scope.tell(spot.index(at).error(format!("no entity kind `{kind}`")).help(terms::kinds_help())),
                None => scope.tell(spot.index(at).error("not written `kind:template`").help("`node:{node}`")),
            }
        }
    }
    if let Some(fact) = &signal.version {
        check(scope, spot.key("version").key("product"), &fact.product);
        check(scope, spot.key("version").key("version"), &fact.version);
    }
    if let Some(fact) = &signal.setting {
        check(scope, spot.key("setting").key("name"), &fact.name);
        check(scope, spot.key("setting").key("value"), &fact.value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BASE, shown};

    fn with(old: &str, new: &str) -> String {
        assert!(BASE.contains(old));
        shown(&[("base.toml", &BASE.replacen(old, new, 1))]).join("\n")
    }

    #[test]
    fn each_part_is_checked() {
        assert!(with("id = \"a.one\"", "id = \"One\"").contains("base.toml:4 Error: `One` is no id for a signal"));
        assert!(with("[\"kubelet\"]", "[\"kublet\"]").contains("base.toml:7 Error: no component `kublet`"));
        assert!(with("[\"one happened\"]", "[]").contains("base.toml:8 Error: a signal needs 1 to"));
        assert!(with("[\"one happened\"]", "[\"one \\\"\"]").contains("must not contain quotes"));
        assert!(with("[\"one happened\"]", "[\"one\"]").contains("base.toml:8 Warning: the hint has less than 7 bytes"));
        assert!(with("node = \"{node}\"", "host = \"{node}\"").contains("base.toml:9 Error: no entity kind `host`"));
        assert!(with("node = \"{node}\"", "node = \"{node\"").contains("base.toml:9 Error: `{` without `}`"));
        assert!(with("node = \"{node}\"", "node = \"{$nod}\"").contains("no variable `{$nod}`"));
        assert!(with(r"(?P<x>\d+)", r"(?P<x>\d+").contains("base.toml:11 Error: this expression cannot be used: unclosed group"));
        assert!(with("from = \"test\"", "from = \"\"").contains("base.toml:6 Error: `from` is empty"));
        assert!(with("from = \"test\"", "from = \"test\"\nseverity = \"loud\"").contains("no severity `loud`"));
        assert!(with("from = \"test\"", "from = \"test\"\nsame = [[\"node:{node}\", \"ip\"]]").contains("not written `kind:template`"));
        assert!(with("from = \"test\"", "from = \"test\"\nderived = \"clock-jump\"").contains("a derived signal has no `hint`"));
        assert!(with("[[signal.match]]", "[[signal.match]]\n[[signal.match]]").contains("this wording fits every record"));
    }
}
