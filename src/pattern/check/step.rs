//! Checks of one step of a cause: what it is, what it refers to, whether its conditions can be met.
//!
//! In: a step and the steps before it. Out: diagnostics. Must not know: later steps.

use std::collections::{BTreeMap, BTreeSet};

use super::cause::Steps;
use super::{Scope, signal, terms};
use crate::pattern::ast::{Effect, Role, Step, Timer};
use crate::pattern::condition::Condition;
use crate::pattern::place::Spot;
use crate::pattern::template::Template;
use crate::pattern::version::Predicate;

/// Names that the correlation adds to every step.
const ADDED: &[&str] = &[
    "start",
    "end",
    "time",
    "count",
    "distinct",
    "duration",
    "lasted",
    "length",
    "span",
    "overlap",
    "gap",
    "delay",
    "since",
    "until",
    "first",
    "last",
    "source",
    "path",
    "line",
    "version",
    "title",
    "component",
    "severity",
    "expected",
    "observed",
];

pub(super) fn check(scope: &mut Scope<'_>, spot: Spot<'_>, step: &Step, earlier: &Steps, compiles: bool) {
    if !terms::is_word(&step.name) {
        scope.tell(spot.key("name").error(format!("`{}` is no name for a step", step.name)).help("lower-case words joined by hyphens"));
    }
    what(scope, spot, step);
    for (key, joins) in [("match", &step.matches), ("differ", &step.differ)] {
        for (kind, variable) in joins {
            let spot = spot.key(key).key(kind);
            if !terms::is_kind(kind) {
                scope.tell(spot.error(format!("no entity kind `{kind}`")).help(terms::kinds_help()));
            } else if let Some(names) = names(scope, step)
                && !names.contains(kind)
            {
                scope.tell(spot.warning(format!("nothing that is `{}` has an entity `{kind}`", step.name)));
            }
            if variable.split_once('.').is_some_and(|(_, name)| !terms::is_kind(name)) {
                scope.tell(spot.error(format!("`{variable}` is no entity: joins go over entities")).help(terms::kinds_help()));
            } else {
                self::variable(scope, spot, variable, earlier);
            }
        }
    }
    conditions(scope, spot.key("where"), &step.conditions, compiles);
    for (key, reference) in [("after", &step.after), ("before", &step.before), ("until", &step.until), ("overlaps", &step.overlaps)] {
        if let Some(reference) = reference {
            moment(scope, spot.key(key), reference, earlier);
        }
    }
    for (key, text) in [("within", &step.within), ("slack", &step.slack), ("min", &step.min)] {
        duration(scope, spot.key(key), text.as_deref());
    }
    window(scope, spot, step);
    counting(scope, spot, step, earlier.is_empty());
    if spot.has("effect") && step.role != Role::Against && step.effect != Effect::Weakens {
        scope.tell(spot.key("effect").error("only a step with `role = \"against\"` has an effect"));
    }
    if let Some(timer) = &step.timer {
        self::timer(scope, spot.key("timer"), timer, step, earlier);
    }
    texts(scope, spot, step, earlier);
}

/// A step is one of four things.
fn what(scope: &mut Scope<'_>, spot: Spot<'_>, step: &Step) {
    let kinds = [&step.signal, &step.span, &step.cause, &step.speaks];
    if kinds.iter().filter(|ids| !ids.is_empty()).count() != 1 {
        scope.tell(spot.error(format!("step `{}` must be exactly one of `signal`, `span`, `cause`, `speaks`", step.name)));
    }
    scope.signals_exist(spot.key("signal"), &step.signal);
    scope.spans_exist(spot.key("span"), &step.span);
    scope.causes_exist(spot.key("cause"), &step.cause, false);
    let named: Vec<String> = step.speaks.iter().filter(|name| *name != "*").cloned().collect();
    if !named.is_empty() {
        signal::components(scope, spot.key("speaks"), &named);
    }
}

/// Absence and proof of life are claims about a window.
fn window(scope: &mut Scope<'_>, spot: Spot<'_>, step: &Step) {
    // Open towards the end of the input is a window too; open towards its beginning is none: nobody knows what was before.
    let bounded = step.within.is_some() || step.after.is_some();
    if step.absent {
        if !bounded {
            scope.tell(spot.error("absence needs a window").help("`within`, or both `after` and `before`"));
        }
        if step.covered_by.is_empty() {
            scope.tell(spot.error("absence needs `covered_by`: who would have said so").help(terms::components_help()));
        }
        if step.count.is_some() {
            scope.tell(spot.key("count").error("what is absent cannot be counted"));
        }
    } else if !step.covered_by.is_empty() {
        scope.tell(spot.key("covered_by").error("only a step with `absent = true` needs cover"));
    }
    if !step.covered_by.is_empty() {
        signal::components(scope, spot.key("covered_by"), &step.covered_by);
    }
    if !step.speaks.is_empty() && !bounded && step.after.is_none() && step.before.is_none() {
        scope.tell(spot.error("`speaks` needs a window").help("at least one of `after`, `before` and `within`"));
    }
}

fn counting(scope: &mut Scope<'_>, spot: Spot<'_>, step: &Step, anchor: bool) {
    match step.count {
        Some(count) => {
            if count.gte.is_none() && count.lte.is_none() {
                scope.tell(spot.key("count").error("a count needs `gte` or `lte`"));
            }
            if count.percent.is_some() && !anchor {
                scope.tell(spot.key("count").error("only the step that begins a story can ask for a share"));
            }
            if count.percent.is_some_and(|least| least > 100) {
                scope.tell(spot.key("count").error("more than a hundred of a hundred there never are"));
            }
            if count.gte == Some(0) {
                scope.tell(spot.key("count").error("a count of at least 0 always holds"));
            }
            if count.gte.zip(count.lte).is_some_and(|(least, most)| least > most) {
                scope.tell(spot.key("count").error("`gte` is above `lte`"));
            }
        }
        None if step.distinct.is_some() => scope.tell(spot.key("distinct").error("`distinct` needs a `count`")),
        None => {}
    }
}

fn timer(scope: &mut Scope<'_>, spot: Spot<'_>, timer: &Timer, step: &Step, earlier: &Steps) {
    moment(scope, spot.key("from"), &timer.from, earlier);
    if !timer.component.is_empty() {
        signal::components(scope, spot.key("component"), &timer.component);
    }
    if timer.stated.is_none() && timer.default.is_empty() && timer.component.is_empty() {
        scope.tell(spot.error("nothing tells the timer's value").help("`stated`, `component` or [[cause.step.timer.default]]"));
    }
    if let (Some(stated), Some(names)) = (&timer.stated, names(scope, step))
        && !names.contains(stated)
    {
        scope.tell(spot.key("stated").warning(format!("step `{}` has no `{stated}`", step.name)));
    }
    duration(scope, spot.key("tolerance"), timer.tolerance.as_deref());
    for (at, default) in timer.default.iter().enumerate() {
        let spot = spot.key("default").index(at);
        duration(scope, spot.key("value"), Some(&default.value));
        if let Some(Err(why)) = default.versions.as_deref().map(Predicate::parse) {
            scope.tell(spot.key("versions").error(why).help("`kubernetes >=1.32`"));
        }
    }
}

fn texts(scope: &mut Scope<'_>, spot: Spot<'_>, step: &Step, earlier: &Steps) {
    if step.summary.trim().is_empty() {
        scope.tell(spot.warning(format!("step `{}` has no summary: reports cannot tell it", step.name)));
    }
    let own = names(scope, step);
    for (key, text) in [("summary", Some(&step.summary)), ("missing", step.missing.as_ref())] {
        let (Some(text), spot) = (text, spot.key(key)) else { continue };
        match Template::parse(text) {
            Err(why) => scope.tell(spot.error(why)),
            Ok(template) => {
                for name in template.names() {
                    let (of, name) =
                        name.split_once('.').map_or((step.name.as_str(), name), |(of, rest)| if of == step.name { (of, rest) } else { (of, name) });
                    if of != step.name {
                        variable(scope, spot, name, earlier);
                    } else if own.as_ref().is_some_and(|own| !own.contains(name)) {
                        scope.tell(spot.warning(format!("step `{}` has no `{name}`", step.name)));
                    }
                }
            }
        }
    }
}

/// Names that a step gives to templates; `None` where that cannot be told.
pub(super) fn names(scope: &Scope<'_>, step: &Step) -> Option<BTreeSet<String>> {
    if !step.cause.is_empty() || !step.speaks.is_empty() || scope.library.incomplete {
        return None;
    }
    let unread = |id: &String| scope.library.unread.contains(id);
    if step.signal.iter().chain(&step.span).any(unread) {
        return None;
    }
    let mut names: BTreeSet<String> = ADDED.iter().map(|name| (*name).to_owned()).collect();
    step.signal.iter().for_each(|id| scope.names_of_signal(id, &mut names));
    step.span.iter().for_each(|id| scope.names_of_span(id, &mut names));
    // A pod's name tells its workload.
    if names.contains("pod") {
        names.insert("workload".to_owned());
    }
    Some(names)
}

/// Checks a variable of an earlier step: `lost.node`.
pub(super) fn variable(scope: &mut Scope<'_>, spot: Spot<'_>, variable: &str, earlier: &Steps) {
    let Some((step, name)) = variable.split_once('.') else {
        scope.tell(spot.error(format!("`{variable}` names no step")).help("a step and one of its names: `lost.node`"));
        return;
    };
    match earlier.get(step) {
        None => scope.tell(spot.error(format!("no earlier step `{step}`")).help(known(earlier))),
        Some(Some(names)) if !names.contains(name) && !ADDED.contains(&name) => {
            scope.tell(spot.warning(format!("step `{step}` has no `{name}`")));
        }
        Some(_) => {}
    }
}

/// Checks `step`, `step.start` or `step.end`.
fn moment(scope: &mut Scope<'_>, spot: Spot<'_>, text: &str, earlier: &Steps) {
    let step = text.strip_suffix(".start").or_else(|| text.strip_suffix(".end")).unwrap_or(text);
    if !earlier.contains_key(step) {
        scope.tell(spot.error(format!("no earlier step `{step}`")).help(known(earlier)));
    }
}

fn known(earlier: &Steps) -> String {
    let names: Vec<&str> = earlier.keys().map(String::as_str).collect();
    if names.is_empty() { "this is the first step".into() } else { format!("earlier steps are {}", names.join(", ")) }
}

/// Checks a duration.
pub(super) fn duration(scope: &mut Scope<'_>, spot: Spot<'_>, text: Option<&str>) {
    if let Some(text) = text
        && !terms::is_duration(text)
    {
        scope.tell(spot.error(format!("`{text}` is no duration")).help("`90s`, `15m`, `2h`, `1d`"));
    }
}

/// Checks conditions on attributes.
pub(super) fn conditions(scope: &mut Scope<'_>, spot: Spot<'_>, conditions: &BTreeMap<String, String>, compiles: bool) {
    for (name, text) in conditions {
        let costs = text.starts_with(['~', '!']);
        let tried = !costs || (compiles && scope.may_compile(spot));
        if tried && let Err(why) = Condition::parse(text) {
            scope.tell(spot.key(name).error(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;

    fn second(step: &str) -> String {
        told(&format!(
            "[cause]\nid='story'\ntitle='T'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\n\
             [[cause.step]]\nname='first'\nsignal=['a.one']\nsummary='{{node}}'\n[[cause.step]]\nname='second'\nsummary='s'\n{step}"
        ))
        .join("\n")
    }

    #[test]
    fn sound_steps() {
        assert_eq!(second("signal=['a.two']\nmatch={node='first.node'}\nafter='first'\nwithin='5m'\nwhere={x='>= 3'}\n"), "");
        assert_eq!(second("span=['a.down']\ndiffer={node='first.node'}\noverlaps='first'\nmin='1s'\ncertain=true\n"), "");
        assert_eq!(second("signal=['a.two']\nabsent=true\nwithin='5m'\ncovered_by=['kubelet']\nmatch={node='first.node'}\n"), "");
        assert_eq!(second("speaks=['*']\nafter='first'\n"), "");
        assert_eq!(second("signal=['a.two']\nmissing='{second.node} {node} {first.node}'\n"), "");
        assert_eq!(second("signal=['a.one']\nrole='against'\neffect='weakens'\ncount={gte=3}\ndistinct='node'\nwithin='5m'\n"), "");
        let timer = "[cause.step.timer]\nname='grace'\nfrom='first'\n[[cause.step.timer.default]]\nversions='kubernetes <1.32'\nvalue='40s'\n";
        assert_eq!(second(&format!("signal=['a.two']\n{timer}")), "");
    }

    #[test]
    fn a_step_is_one_thing() {
        assert!(second("").contains("exactly one of"));
        assert!(second("signal=['a.two']\nspan=['a.down']\n").contains("exactly one of"));
        assert!(second("span=['a.up']\n").contains("no span `a.up`"));
        assert!(second("cause=['other']\n").contains("no cause `other`"));
        assert!(second("speaks=['kublet']\nwithin='1m'\n").contains("no component `kublet`"));
        assert!(second("speaks=['kubelet']\n").contains("`speaks` needs a window"));
    }

    #[test]
    fn references_go_back() {
        assert!(second("signal=['a.two']\nmatch={node='third.node'}\n").contains("no earlier step `third`"));
        assert!(second("signal=['a.two']\nmatch={node='second.node'}\n").contains("no earlier step `second`"));
        assert!(second("signal=['a.two']\nmatch={pod='first.node'}\n").contains("Warning: nothing that is `second` has an entity `pod`"));
        assert!(second("signal=['a.two']\nmatch={colour='first.node'}\n").contains("no entity kind `colour`"));
        assert!(second("signal=['a.two']\nafter='third.end'\n").contains("no earlier step `third`"));
        assert!(second("signal=['a.two']\nmissing='{third.x}'\n").contains("no earlier step `third`"));
        assert!(second("signal=['a.two']\nmissing='{x}'\n").contains("Warning: step `second` has no `x`"));
    }

    #[test]
    fn joins_go_over_entities() {
        assert!(second("signal=['a.two']\nmatch={node='first.x'}\n").contains("`first.x` is no entity"));
    }

    #[test]
    fn windows_counts_and_effects() {
        let absent = second("signal=['a.two']\nabsent=true\ncount={gte=1}\n");
        assert!(absent.contains("needs a window") && absent.contains("needs `covered_by`") && absent.contains("cannot be counted"), "{absent}");
        assert!(second("signal=['a.two']\nwithin='5 minutes'\n").contains("`5 minutes` is no duration"));
        assert!(second("signal=['a.two']\ncount={gte=3,lte=2}\n").contains("`gte` is above `lte`"));
        assert!(second("signal=['a.two']\ncount={gte=3,percent=80}\n").contains("can ask for a share"));
        assert!(second("signal=['a.two']\ndistinct='node'\n").contains("`distinct` needs a `count`"));
        assert!(second("signal=['a.two']\neffect='refutes'\n").contains("only a step with `role"));
        assert!(second("signal=['a.two']\nwhere={x='>= many'}\n").contains("neither a number nor a duration"));
        assert!(second("signal=['a.two']\n[cause.step.timer]\nname='n'\nfrom='first'\n").contains("nothing tells the timer's value"));
    }
}
