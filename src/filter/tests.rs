//! What rules do, and what is told of a filter that is wrong.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::Filter;
use crate::finding::{Finding, Verdict};
use crate::pattern::Pack;
use crate::pattern::ast::Level;
use crate::report::tests::{finding, step};
use crate::time::SECOND;

fn pack() -> Pack {
    Pack::builtin().unwrap()
}

fn filter(rules: &str) -> Filter {
    let text = format!("schema = \"necropsy.filter/1\"\n{rules}");
    Filter::read("site.toml", &text, pack().causes()).unwrap_or_else(|wrong| panic!("{}", told(&wrong)))
}

fn told(wrong: &[crate::pattern::Diagnostic]) -> String {
    wrong.iter().map(|wrong| format!("{}:{} {}", wrong.line, wrong.column, wrong.message)).collect::<Vec<_>>().join("\n")
}

fn wrong(text: &str) -> String {
    told(&Filter::read("site.toml", text, pack().causes()).unwrap_err())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn about(id: &str, cause: &str, level: Level, pods: &[&str]) -> Finding {
    let mut finding = finding(id, cause, "", level, Verdict::Confirmed);
    finding.entities = [("pod".to_owned(), pods.iter().map(|pod| (*pod).to_owned()).collect())].into();
    finding
}

fn under(above: &str, mut finding: Finding) -> Finding {
    finding.explained_by = Some(above.into());
    finding
}

fn list(findings: &[Finding]) -> Vec<(&str, &str, Option<&str>)> {
    findings.iter().map(|finding| (finding.id.as_str(), finding.cause.as_str(), finding.explained_by.as_deref())).collect()
}

const SUPPRESS: &str =
    "[[rule]]\ncause = \"crash-loop\"\nentity = { pod = \"test/*\" }\nsuppress = true\nreason = \"tests crash\"\nuntil = \"2026-12-31\"\n";

#[test]
fn what_is_suppressed_is_listed_and_takes_its_consequences_along() {
    let mut findings = vec![
        about("f1", "node-down", Level::High, &[]),
        about("f2", "crash-loop", Level::Medium, &["test/a"]),
        about("f3", "crash-loop", Level::Medium, &["shop/b"]),
        about("f4", "crash-loop", Level::Medium, &["shop/b", "test/a"]),
        under("f2", about("f5", "mysql-killed", Level::High, &["shop/c"])),
    ];
    let done = filter(SUPPRESS).apply(day("2026-12-31"), &mut findings);
    assert_eq!(list(&findings), [("f1", "node-down", None), ("f2", "crash-loop", None), ("f3", "crash-loop", None)]);
    let held: Vec<_> = done.suppressed.iter().map(|held| (held.finding.cause.as_str(), held.consequence_of.as_deref())).collect();
    assert_eq!(held, [("crash-loop", None), ("mysql-killed", Some("crash-loop"))]);
    assert_eq!((done.rules[0].line, done.rules[0].fits, done.rules[0].expired), (2, 1, false));
}

#[test]
fn a_rule_that_has_expired_is_ignored_and_told() {
    let mut findings = vec![about("f1", "crash-loop", Level::Medium, &["test/a"])];
    let before = findings.clone();
    let done = filter(SUPPRESS).apply(day("2027-01-01"), &mut findings);
    assert_eq!(findings, before);
    assert!(done.suppressed.is_empty() && done.rules[0].expired);
}

#[test]
fn what_does_not_hold_is_left_alone() {
    let mut findings = vec![Finding { verdict: Verdict::Refuted, ..about("f1", "crash-loop", Level::Medium, &["test/a"]) }];
    let done = filter(SUPPRESS).apply(day("2026-01-01"), &mut findings);
    assert_eq!((findings.len(), done.suppressed.len()), (1, 0));
}

#[test]
fn another_severity_puts_findings_in_order_anew() {
    let rules = "[[rule]]\ncause = \"mysql-*\"\nseverity = \"low\"\nreason = \"first\"\n[[rule]]\ncause = \"mysql-killed\"\nseverity = \"critical\"\nreason = \"second\"\n";
    let mut findings = vec![
        about("f1", "mysql-killed", Level::High, &[]),
        about("f2", "node-down", Level::Medium, &[]),
        under("f1", about("f3", "crash-loop", Level::Medium, &[])),
    ];
    filter(rules).apply(day("2026-01-01"), &mut findings);
    assert_eq!(list(&findings), [("f1", "node-down", None), ("f2", "mysql-killed", None), ("f3", "crash-loop", Some("f2"))]);
    assert_eq!(findings[1].severity, Level::Low);
    assert!(findings[1].notes.iter().any(|note| note.contains("first (site.toml:2)")), "{:?}", findings[1].notes);
}

#[test]
fn a_higher_threshold_hides_what_is_rare() {
    let rules = "[[rule]]\ncause = \"crash-loop\"\nthreshold = { step = \"again\", gte = 10 }\nreason = \"some is usual\"\nuntil = \"2026-12-31\"\n";
    let counted = |id: &str, count: u64| {
        let mut finding = about(id, "crash-loop", Level::Medium, &["shop/a"]);
        let mut again = step("again", crate::finding::StepRole::Step, crate::time::Stamp::exact(0), "", Vec::new());
        again.count = count;
        finding.steps = vec![again];
        finding
    };
    let mut findings = vec![counted("f1", 9), counted("f2", 10)];
    let done = filter(rules).apply(day("2026-01-01"), &mut findings);
    assert_eq!((findings.len(), done.suppressed.len()), (1, 1));
    assert_eq!(findings[0].steps[0].count, 10);
}

#[test]
fn a_timer_of_this_site_is_checked_unless_a_log_states_it() {
    let rules = "[[rule]]\ncause = \"node-down\"\ntimer = { name = \"node-monitor-grace-period\", value = \"2m\" }\nreason = \"set on the managed control plane\"\n";
    let checked = |stated: bool| {
        let mut finding = about("f1", "node-down", Level::High, &[]);
        let mut marked = step("marked", crate::finding::StepRole::Step, crate::time::Stamp::exact(0), "", Vec::new());
        marked.timer = Some(crate::finding::TimerCheck {
            name: "node-monitor-grace-period".into(),
            expected_ns: 40 * SECOND,
            observed_ns: 121 * SECOND,
            basis: "default".into(),
            agrees: false,
            tolerance_ns: (SECOND, 10 * SECOND),
            stated,
        });
        finding.steps = vec![marked];
        finding
    };
    for (stated, expected) in [(false, (120 * SECOND, true, "site.toml:2")), (true, (40 * SECOND, false, "default"))] {
        let mut findings = vec![checked(stated)];
        filter(rules).apply(day("2026-01-01"), &mut findings);
        let check = findings[0].steps[0].timer.as_ref().unwrap();
        assert_eq!((check.expected_ns, check.agrees, check.basis.as_str()), expected);
    }
}

#[test]
fn every_error_has_its_place() {
    let text = "schema = \"necropsy.filter/1\"\n[[rule]]\ncause = \"crashloop\"\nreason = \" \"\nsuppress = true\nseverity = \"low\"\nuntil = \"soon\"\n\
        [[rule]]\ncause = \"node-down\"\nentity = { host = \"[\" }\ntimer = { name = \"grace\", value = \"long\" }\nreason = \"r\"\n\
        [[rule]]\ncause = \"crash-loop\"\nthreshold = { step = \"never\", gte = 2 }\nreason = \"r\"\n[[rule]]\ncause = \"crash-loop\"\nreason = \"r\"\n\
        [[rule]]\ncause = \"crash-loop\"\nwhy = \"r\"\n";
    insta::assert_snapshot!(wrong(text));
    assert_eq!(wrong("rules = 1\n"), "1:1 `schema` is missing\n1:1 unknown key `rules`");
    assert!(wrong("schema = \"necropsy.filter/2\"\n").starts_with("1:10 unknown variant"));
    assert!(wrong("schema = \n").starts_with("1:10 "));
}

#[test]
fn the_committed_schema_is_this_one() {
    crate::pattern::reference::tests::committed("docs/filter.schema.json", &super::schema_text());
}

#[test]
fn the_committed_reference_is_this_one() {
    let path = "docs/filters.md";
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
    let mark = "<!-- generated from the types of filter files; everything below is rewritten -->\n";
    let written = document.split(mark).next().unwrap_or_default();
    crate::pattern::reference::tests::committed(path, &format!("{written}{mark}{}", super::reference_text()));
}

#[test]
fn the_example_of_the_reference_can_be_used() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/filters.md")).unwrap();
    let example = document.split("```toml\n").find(|part| part.starts_with("schema = \"necropsy.filter/1\"")).unwrap();
    let example = example.split("```").next().unwrap();
    Filter::read("docs/filters.md", example, pack().causes()).unwrap_or_else(|wrong| panic!("{}", told(&wrong)));
}
