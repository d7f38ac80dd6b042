//! `--filter`: what a site knows of its findings is held back, counted and listed, never dropped in silence.

use std::fs;

use serde_json::Value;

use crate::cli::{Ran, ran};

const SAMPLE: &str = "samples/one-member-evicted";

/// Runs a scan of the sample with a filter file of these rules, on this day.
fn filtered(rules: &str, day: &str, more: &[&str]) -> Ran {
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("site.toml");
    fs::write(&path, format!("schema = \"necropsy.filter/1\"\n{rules}")).unwrap();
    ran(&[&["scan", "--filter", path.to_str().unwrap(), "--day", day, "--threads", "1"], more, &[SAMPLE]].concat())
}

/// Causes of the findings on top that hold.
fn top(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let told = findings.filter(|finding| finding["explained_by"].is_null() && matches!(finding["verdict"].as_str(), Some("confirmed" | "possible")));
    told.map(|finding| finding["cause"].as_str().unwrap().to_owned()).collect()
}

const CLIENTS: &str =
    "[[rule]]\ncause = \"mysql-aborted-*\"\nentity = { pod = \"shop/*\" }\nsuppress = true\nreason = \"the app hangs up\"\nuntil = \"2026-12-31\"\n";
const EVICTIONS: &str = "[[rule]]\ncause = \"*-eviction\"\nsuppress = true\nreason = \"a game day\"\nuntil = \"2026-12-31\"\n";

#[test]
fn what_is_suppressed_is_counted_and_listed() {
    let report = filtered(CLIENTS, "2026-12-01", &["--format", "json"]).json();
    assert_eq!(top(&report), ["ephemeral-storage-eviction"]);
    let held = &report["filter"]["suppressed"][0];
    assert_eq!(
        (held["cause"].as_str(), held["reason"].as_str(), held["rule"].as_u64()),
        (Some("mysql-aborted-connections"), Some("the app hangs up"), Some(2))
    );
    let text = filtered(CLIENTS, "2026-12-01", &[]).out;
    assert!(text.starts_with("One finding: ephemeral-storage-eviction. 1 finding suppressed by the filter."), "{text}");
    assert!(text.contains("\nSuppressed by the filter\n  - mysql-aborted-connections: "), "{text}");
    assert!(text.contains("the app hangs up (") && text.contains("site.toml:2, until 2026-12-31)"), "{text}");
    let lines = filtered(CLIENTS, "2026-12-01", &["--format", "jsonl"]);
    assert!(lines.err.contains("1 suppressed by"), "{}", lines.err);
}

#[test]
fn consequences_go_with_what_explains_them() {
    let report = filtered(EVICTIONS, "2026-12-01", &["--format", "json"]).json();
    assert_eq!(top(&report), ["mysql-aborted-connections"]);
    let held = report["filter"]["suppressed"].as_array().unwrap();
    let expelled = held.iter().find(|held| held["cause"] == "group-replication-member-expelled").unwrap();
    assert_eq!(expelled["consequence_of"], "ephemeral-storage-eviction");
}

#[test]
fn what_has_expired_is_told_and_ignored() {
    let report = filtered(CLIENTS, "2027-01-01", &["--format", "json"]).json();
    assert_eq!(top(&report), ["ephemeral-storage-eviction", "mysql-aborted-connections"]);
    assert_eq!(report["filter"]["rules"][0]["expired"], true);
    let text = filtered(CLIENTS, "2027-01-01", &[]).out;
    assert!(text.contains("\nRules of the filter that have expired and were ignored\n"), "{text}");
}

#[test]
fn what_is_suppressed_fails_no_run() {
    let both = format!("{CLIENTS}{EVICTIONS}");
    assert_eq!(filtered(CLIENTS, "2026-12-01", &["--fail-on", "high"]).code, 1);
    assert_eq!(filtered(&both, "2026-12-01", &["--fail-on", "low"]).code, 0);
}

#[test]
fn a_filter_that_is_wrong_ends_the_run_with_its_place() {
    let told = filtered("[[rule]]\ncause = \"nonsense\"\nseverity = \"low\"\nreason = \"r\"\n", "2026-12-01", &[]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("no cause fits `nonsense`") && told.err.contains("site.toml:3:9"), "{}", told.err);
    let missing = ran(&["scan", "--filter", "/nonexistent.toml", SAMPLE]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("--filter `/nonexistent.toml`: "), "{}", missing.err);
}
