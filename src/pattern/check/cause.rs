//! Checks of one cause: its own parts, then its steps in order.
//!
//! In: a cause. Out: diagnostics. Must not know: how causes build on each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scope, step, terms};
use crate::pattern::ast::{Cause, Role, Step};
use crate::pattern::load::Defined;
use crate::pattern::place::Spot;
use crate::pattern::template::Template;
use crate::pattern::version::{Predicate, Version};

/// Most steps of a cause.
const MAX_STEPS: usize = 64;
/// Most rows of a catalogue.
const MAX_ROWS: usize = 5000;
/// The step that a catalogue's row becomes.
const KNOWN: &str = "known";
/// What a story may end with.
pub(in crate::pattern) const VERDICTS: &[&str] = &["confirmed", "possible", "refuted", "not-assessable", "none"];

/// Steps seen so far: the names each gives to templates, where that can be told.
pub(super) type Steps = BTreeMap<String, Option<BTreeSet<String>>>;

pub(super) fn check(scope: &mut Scope<'_>, defined: &Defined<Cause>) {
    let (cause, spot) = (&defined.item, defined.spot());
    identity(scope, spot, cause);
    if cause.step.is_empty() && cause.story.is_empty() {
        scope.tell(spot.error("a cause has steps, or stories that have them"));
    }
    let compiles = scope.compiles(defined);
    let mut steps = told(scope, spot.key("step"), cause, &cause.step, compiles);
    for (at, story) in cause.story.iter().enumerate() {
        let spot = spot.key("story").index(at);
        if !terms::is_word(&story.name) {
            scope.tell(spot.key("name").error(format!("`{}` is no name for a story", story.name)).help("lower-case words joined by hyphens"));
        }
        if story.step.is_empty() {
            scope.tell(spot.error("a story has steps"));
        }
        let own = told(scope, spot.key("step"), cause, &story.step, compiles);
        if let Some(title) = &story.title {
            text(scope, spot.key("title"), title, &own);
        }
        for (name, names) in own {
            let entry = steps.entry(name).or_insert_with(|| Some(BTreeSet::new()));
            match (entry.as_mut(), names) {
                (Some(known), Some(more)) => known.extend(more),
                _ => *entry = None,
            }
        }
    }
    catalogue(scope, spot, cause, &mut steps, compiles);
    texts(scope, spot, cause, &steps);
    scope.causes_exist(spot.key("explains"), &cause.explains, true);
    scope.causes_exist(spot.key("yields_to"), &cause.yields_to, false);
    for (at, test) in cause.test.iter().enumerate() {
        let spot = spot.key("test").index(at);
        if !VERDICTS.contains(&test.expect.as_str()) {
            scope.tell(spot.key("expect").error(format!("no verdict `{}`", test.expect)).help(VERDICTS.join(", ")));
        }
        if test.log.is_empty() {
            scope.tell(spot.error("the story has no log"));
        }
    }
}

/// Checks the steps of one story; the names each gives to templates.
fn told(scope: &mut Scope<'_>, spot: Spot<'_>, cause: &Cause, list: &[Step], compiles: bool) -> Steps {
    if list.len() > MAX_STEPS {
        scope.tell(spot.error(format!("a story has at most {MAX_STEPS} steps")));
    }
    let mut steps = Steps::new();
    for (at, this) in list.iter().enumerate().take(MAX_STEPS) {
        let spot = spot.index(at);
        if at == 0 {
            anchor(scope, spot, this);
        }
        if this.name == KNOWN && cause.catalogue.is_some() {
            scope.tell(spot.key("name").error(format!("`{KNOWN}` is the name of the catalogue's row")));
        }
        if let Some(first) = list.iter().take(at).find(|first| first.name == this.name)
            && first.role != this.role
        {
            scope.tell(spot.warning(format!("alternatives for `{}` have different roles", this.name)));
        }
        // Of alternatives one may speak for all.
        let alike = || list.iter().filter(|other| other.name == this.name);
        let first = !list.iter().take(at).any(|other| other.name == this.name);
        if first && matches!(this.role, Role::Proof | Role::Decisive) && alike().all(|other| other.missing.is_none()) {
            scope.tell(spot.warning(format!("step `{}` is proof: say in `missing` what would settle it", this.name)));
        }
        for (index, need) in this.needs.iter().enumerate() {
            if !list.iter().skip(at).any(|later| later.name == *need) {
                scope.tell(spot.key("needs").index(index).error(format!("no later step `{need}`")));
            }
        }
        for (index, kind) in this.lacks.iter().enumerate() {
            if !terms::is_kind(kind) {
                scope.tell(spot.key("lacks").index(index).error(format!("no entity kind `{kind}`")).help(terms::kinds_help()));
            }
        }
        step::check(scope, spot, this, &steps, compiles);
        let names = step::names(scope, this);
        let entry = steps.entry(this.name.clone()).or_insert_with(|| Some(BTreeSet::new()));
        match (entry.as_mut(), names) {
            (Some(known), Some(more)) => known.extend(more),
            _ => *entry = None,
        }
    }
    steps
}

fn identity(scope: &mut Scope<'_>, spot: Spot<'_>, cause: &Cause) {
    let stem = spot.file().rsplit('/').next().unwrap_or_default().trim_end_matches(".toml");
    if !terms::is_word(&cause.id) {
        let error = spot.key("id").error(format!("`{}` is no id for a cause", cause.id));
        scope.tell(error.help("lower-case words joined by hyphens: `split-brain`"));
    } else if cause.id != stem {
        let error = spot.key("id").error(format!("the cause `{}` lies in `{stem}.toml`", cause.id));
        scope.tell(error.help("a cause's id is the name of its file"));
    }
    for (key, text) in [("title", &cause.title), ("means", &cause.means), ("look", &cause.look)] {
        if text.trim().is_empty() {
            scope.tell(spot.key(key).error(format!("`{key}` is empty")));
        }
    }
    if Version::parse(&cause.since).is_none() {
        scope.tell(spot.key("since").error(format!("`{}` is no release", cause.since)).help("`0.1.0`"));
    }
    let durations = [("group_within", &cause.group_within), ("explains_within", &cause.explains_within), ("explains_before", &cause.explains_before)];
    for (key, duration) in durations {
        step::duration(scope, spot.key(key), duration.as_deref());
    }
}

fn anchor(scope: &mut Scope<'_>, spot: Spot<'_>, first: &crate::pattern::ast::Step) {
    if first.role != Role::Required {
        scope.tell(spot.key("role").error("the first step is the anchor and must be required"));
    }
    if first.absent || !first.speaks.is_empty() {
        scope.tell(spot.error("the first step is the anchor: it must be found, in a signal, span or cause"));
    }
}

fn catalogue(scope: &mut Scope<'_>, spot: Spot<'_>, cause: &Cause, steps: &mut Steps, compiles: bool) {
    let Some(catalogue) = &cause.catalogue else { return };
    let spot = spot.key("catalogue");
    if !steps.contains_key(&catalogue.step) {
        scope.tell(spot.key("step").error(format!("no step `{}`", catalogue.step)));
    }
    if !terms::is_kind(&catalogue.version_of) {
        scope.tell(spot.key("version_of").error(format!("no entity kind `{}`", catalogue.version_of)).help(terms::kinds_help()));
    }
    if catalogue.row.is_empty() || catalogue.row.len() > MAX_ROWS {
        scope.tell(spot.key("row").error(format!("a catalogue has 1 to {MAX_ROWS} rows")));
    }
    let mut names = BTreeSet::new();
    for (at, row) in catalogue.row.iter().enumerate().take(MAX_ROWS) {
        let spot = spot.key("row").index(at);
        if row.conditions.is_empty() {
            scope.tell(spot.error("this row fits everything").help("say in `where` what it is known by"));
        }
        step::conditions(scope, spot.key("where"), &row.conditions, compiles);
        for (at, text) in row.affected.iter().enumerate() {
            if let Err(why) = Predicate::parse(text) {
                scope.tell(spot.key("affected").index(at).error(why).help("`mysql >=8.0.11 <8.0.13`"));
            }
        }
        names.extend(row.set.keys().cloned());
    }
    steps.insert(KNOWN.into(), Some(names));
}

fn text(scope: &mut Scope<'_>, spot: Spot<'_>, text: &str, steps: &Steps) {
    match Template::parse(text) {
        Ok(template) => template.names().for_each(|name| step::variable(scope, spot, name, steps)),
        Err(why) => scope.tell(spot.error(why)),
    }
}

/// The cause's own templates and variables, over all steps.
fn texts(scope: &mut Scope<'_>, spot: Spot<'_>, cause: &Cause, steps: &Steps) {
    let title = (spot.key("title"), &cause.title);
    let remedies = cause.remedy.iter().enumerate().map(|(at, remedy)| (spot.key("remedy").index(at).key("text"), &remedy.text));
    let params = cause.params.iter().map(|(name, text)| (spot.key("params").key(name), text));
    for (spot, template) in std::iter::once(title).chain(remedies).chain(params) {
        text(scope, spot, template, steps);
    }
    for (at, variable) in cause.group.iter().enumerate() {
        step::variable(scope, spot.key("group").index(at), variable, steps);
    }
    for (kind, variables) in &cause.entities {
        let spot = spot.key("entities").key(kind);
        if !terms::is_kind(kind) {
            scope.tell(spot.error(format!("no entity kind `{kind}`")).help(terms::kinds_help()));
        }
        for (at, variable) in variables.iter().enumerate() {
            step::variable(scope, spot.index(at), variable, steps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;

    const CAUSE: &str = "[cause]\nid='story'\ntitle='{first.node} fell'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\n";
    const STEP: &str = "[[cause.step]]\nname='first'\nsignal=['a.one']\nsummary='{node} {x}'\n";

    #[test]
    fn a_sound_cause_is_sound() {
        let more =
            "[cause.entities]\nnode=['first.node']\n[cause.params]\nx='{first.x}'\n[[cause.test]]\nname='t'\nexpect='none'\nlog={'a.log'='x'}\n";
        assert_eq!(told(&format!("{CAUSE}group=['first.node']\n{STEP}{more}")), [""; 0]);
    }

    #[test]
    fn each_part_is_checked() {
        let check = |head: &str, more: &str| told(&format!("{head}{STEP}{more}")).join("\n");
        assert!(check(&CAUSE.replace("story", "tale"), "").contains("the cause `tale` lies in `story.toml`"));
        assert!(check(&CAUSE.replace("'m'", "' '"), "").contains("story.toml:7 Error: `means` is empty"));
        assert!(check(&CAUSE.replace("first.node", "second.node"), "").contains("no earlier step `second`"));
        assert!(check(&CAUSE.replace("first.node", "first.colour"), "").contains("Warning: step `first` has no `colour`"));
        assert!(check(&format!("{CAUSE}group_within='soon'\n"), "").contains("`soon` is no duration"));
        assert!(check(&format!("{CAUSE}explains=['nothing-*']\n"), "").contains("no cause `nothing-*`"));
        assert!(check(CAUSE, "[[cause.test]]\nname='t'\nexpect='sure'\nlog={}\n").contains("no verdict `sure`"));
        assert!(told(CAUSE).join("\n").contains("a cause has steps"));
        assert!(told(&format!("{CAUSE}{STEP}role='support'\n")).join("\n").contains("the anchor and must be required"));
    }

    #[test]
    fn each_story_has_steps_of_its_own() {
        let story =
            |name: &str, step: &str, more: &str| format!("[[cause.story]]\nname='{name}'\n{more}{}", step.replace("cause.step", "cause.story.step"));
        let told = |stories: &[String]| told(&format!("{CAUSE}{}", stories.concat())).join("\n");
        let one = story("one", STEP, "");
        assert_eq!(told(std::slice::from_ref(&one)), "");
        let second = STEP.replace("'first'", "'second'");
        assert_eq!(told(&[one.clone(), story("two", &second, "title='{second.node} fell'\n")]), "");
        assert!(told(&[one.clone(), story("two", &second, "title='{first.node} fell'\n")]).contains("no earlier step `first`"));
        assert!(told(&[one, story("Two", "", "step=[]\n")]).contains("no name for a story"));
        let needs = STEP.replace("summary", "needs=['third']\nlacks=['colour']\nsummary");
        let found = told(&[needs]);
        assert!(found.contains("no later step `third`") && found.contains("no entity kind `colour`"), "{found}");
    }

    #[test]
    fn catalogues_are_checked() {
        let catalogue = |text: &str| told(&format!("{CAUSE}params={{bug='{{known.bug}}'}}\n{STEP}[cause.catalogue]\n{text}")).join("\n");
        let row = "[[cause.catalogue.row]]\nwhere={x='= 7'}\naffected=['mysql <8.0.13']\nset={bug='1'}\n";
        assert_eq!(catalogue(&format!("step='first'\nversion_of='instance'\n{row}")), "");
        assert!(catalogue(&format!("step='second'\nversion_of='host'\n{row}")).contains("no step `second`"));
        let wrong = catalogue(&format!("step='first'\nversion_of='node'\n{}", row.replace("<8.0.13", "8.x").replace("= 7", "> seven")));
        assert!(wrong.contains("does not begin with <") && wrong.contains("`seven` is neither a number nor a duration"), "{wrong}");
    }
}
