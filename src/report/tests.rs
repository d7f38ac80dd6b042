//! Reports of hand-made findings, as people and programs get them.

use std::collections::BTreeMap;

use super::*;
use crate::component::Component;
use crate::finding::{Evidence, Step, StepRole, TimerCheck, Verdict};
use crate::pattern::ast::Level;
use crate::problem::Problem;
use crate::severity::Severity;
use crate::signal::Citation;
use crate::source::{Basis, Clock, ClockPiece, Gap, Part, Severe, Source, Whereabouts};
use crate::time::{HOUR, SECOND, Stamp, civil_ns};

fn at(hour: u32, minute: u32, second: u32) -> Stamp {
    Stamp { ns: civil_ns(2017, 12, 1, hour, minute, second, 0).unwrap(), precision_ns: 1000, doubt_ns: 0 }
}

fn evidence(source: u32, line: u64, time: Stamp, text: &str) -> Evidence {
    Evidence { citation: Citation { source, line, offset: line * 100, text: text.into() }, path: None, time: Some(time) }
}

pub(crate) fn step(name: &str, role: StepRole, start: Stamp, summary: &str, evidence: Vec<Evidence>) -> Step {
    Step { name: name.into(), role, start: Some(start), end: None, summary: summary.into(), count: 1, timer: None, evidence }
}

pub(crate) fn finding(id: &str, cause: &str, title: &str, severity: Level, verdict: Verdict) -> Finding {
    Finding {
        id: id.into(),
        cause: cause.into(),
        title: title.into(),
        severity,
        verdict,
        explained_by: None,
        start: None,
        end: None,
        entities: BTreeMap::new(),
        params: BTreeMap::new(),
        steps: Vec::new(),
        missing: Vec::new(),
        remedies: Vec::new(),
        references: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn sources() -> Vec<Source> {
    let piece = ClockPiece { from_offset: 0, zone_s: 28_800, basis: Basis::Ranges, offset_ns: 0, doubt_ns: SECOND };
    vec![
        Source {
            id: 0,
            path: "in/nodes/k8s-node3/kubelet.log".into(),
            format: "klog",
            wrappers: vec!["gzip", "cri"],
            at: Whereabouts { node: Some("k8s-node3".into()), component: Some(Component::Kubelet), ..Whereabouts::default() },
            version: Some("v1.8.4".into()),
            bytes: 123_456,
            lines: 1234,
            entries: 1200,
            first: Some(at(2, 0, 0)),
            last: Some(at(2, 30, 0)),
            sha256: "ab".repeat(32),
            clock: Clock { pieces: vec![piece], year: Some(2017), year_basis: Basis::OtherSources },
            gaps: vec![Gap { from: at(2, 20, 0), to: at(2, 28, 0), line: 900 }],
            habit_ns: 8 * SECOND,
            ..Source::default()
        },
        Source {
            id: 1,
            path: "in/mysql\u{1b}[2J/error.log".into(),
            format: "mysqld",
            bytes: 4567,
            lines: 45,
            entries: 40,
            first: Some(at(2, 19, 47)),
            last: Some(at(2, 19, 48)),
            sha256: "cd".repeat(32),
            problems: vec![Problem { line: 44, what: "gzip stream ends early; what stands before is used".into() }],
            ..Source::default()
        },
        Source { id: 2, path: "in/core.1234".into(), problems: vec![Problem { line: 0, what: "not text: a program".into() }], ..Source::default() },
    ]
}

/// A split brain with a folded assertion, a refuted rival and one that cannot be told.
pub(crate) fn report() -> Report {
    let lost = at(2, 17, 42);
    let mut split = finding("f1", "split-brain", "k8s-node3 never died: two mysqld wrote one volume", Level::Critical, Verdict::Confirmed);
    split.start = Some(lost);
    split.end = Some(at(2, 19, 47));
    split.entities = BTreeMap::from([
        ("node".into(), vec!["k8s-node1".into(), "k8s-node3".into()]),
        ("pod".into(), vec!["default/gxr-oracle-statefulset-0".into()]),
    ]);
    split.params = BTreeMap::from([("overlap".into(), "1s".into())]);
    let mut unknown = step(
        "node-unknown",
        StepRole::Step,
        at(2, 18, 14),
        "the node controller sets k8s-node3 Unknown",
        vec![evidence(
            0,
            31,
            at(2, 18, 14),
            "I1201 10:18:14.000000       1 nodecontroller.go:715] node k8s-node3 hasn't been updated for 32s\x1b[31m",
        )],
    );
    unknown.timer = Some(TimerCheck {
        name: "node-monitor-grace-period".into(),
        expected_ns: 32 * SECOND,
        observed_ns: 32 * SECOND,
        basis: "FLAG line".into(),
        agrees: true,
        tolerance_ns: (0, SECOND),
        stated: true,
    });
    let mut gap = step("heartbeat-gap", StepRole::Step, lost, "last heartbeat of k8s-node3", Vec::new());
    gap.end = Some(at(2, 30, 0));
    gap.evidence = (0..7)
        .map(|line| {
            evidence(0, 100 + line, at(2, 18, 5), "E1201 10:18:05.000000    1234 kubelet_node_status.go:390] Error updating node status, will retry")
        })
        .collect();
    let mut evicted = step("eviction", StepRole::Step, at(2, 19, 42), "pods of k8s-node3 are deleted", Vec::new());
    evicted.timer = Some(TimerCheck {
        name: "pod-eviction-timeout".into(),
        expected_ns: 300 * SECOND,
        observed_ns: 120 * SECOND,
        basis: "default for kubernetes 1.8".into(),
        agrees: false,
        tolerance_ns: (0, SECOND),
        stated: false,
    });
    let mut alibi =
        step("alibi", StepRole::Support, at(2, 20, 0), "mysqld on k8s-node3 still writes", vec![evidence(1, 12, at(2, 20, 0), "數據 \u{202e}evil")]);
    alibi.start = Some(Stamp { doubt_ns: 12 * HOUR, ..at(2, 20, 0) });
    split.steps = vec![unknown, gap, evicted, alibi];
    split.missing = vec!["the log of the first mysqld, to see its last write".into()];
    split.remedies = vec!["fence k8s-node3 before the pod is started again".into()];
    split.references = vec!["https://kubernetes.io/docs/concepts/architecture/nodes/".into()];

    let mut assertion = finding("f2", "mysql-innodb-assertion", "trx0purge.cc line 168", Level::High, Verdict::Confirmed);
    assertion.explained_by = Some("f1".into());
    assertion.start = Some(at(2, 19, 47));
    let mut rival = finding("f3", "node-down", "k8s-node3 was dead", Level::High, Verdict::Refuted);
    rival.steps = vec![step("alive", StepRole::Against, at(2, 20, 0), "its kubelet went on logging", Vec::new())];
    let mut open = finding("f4", "clock-stepped", "a clock jumped", Level::Low, Verdict::NotAssessable);
    open.missing = vec!["chronyd's log".into()];

    let outcome = Outcome {
        sources: sources(),
        findings: vec![split, assertion, rival, open],
        signals: 12,
        collected_at: Some(at(3, 0, 0)),
        incomplete: false,
    };
    Report { outcome, patterns: "ef".repeat(32), seconds: 0.0123, filtered: None }
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text_for_people() {
    let shown = written(|out| text::write(&report(), text::Manner::default(), out));
    assert!(!shown.chars().any(|letter| letter != '\n' && escape::steers(letter)));
    insta::assert_snapshot!(shown);
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = written(|out| text::write(&report(), text::Manner::default(), out));
    let coloured = written(|out| text::write(&report(), text::Manner { colour: true, every: false }, out));
    assert_ne!(plain, coloured);
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn nothing_found_is_said() {
    let mut report = Report { outcome: Outcome { sources: sources(), ..Outcome::default() }, ..report() };
    let severe = |records, worst, line, text: &str| Some(Box::new(Severe { records, worst, line, text: text.into() }));
    report.outcome.sources[0].severe = severe(1, Severity::ERROR, 9, "E1201 02:00:01.000000 1 a.go:1] \u{1b}[2Jfailed");
    report.outcome.sources[1].severe = severe(1234, Severity::FATAL, 7, "");
    // A series that was read from two files: lines are told by the file in which they stand.
    let part = |path: &str, lines_before| Part { path: path.into(), lines_before, ..Part::default() };
    report.outcome.sources[1].parts = vec![part("in/error.log.1", 0), part("in/error.log", 5)];
    report.outcome.sources[1].problems = vec![Problem { line: 8, what: "record grew".into() }];
    insta::assert_snapshot!(written(|out| text::write(&report, text::Manner::default(), out)));
}

/// Many findings of few causes.
fn many() -> Report {
    let told = |at: usize| {
        let (cause, severity) = if at == 4 { ("disk-full", Level::Critical) } else { ("mysql-killed", Level::High) };
        let verdict = if at.is_multiple_of(3_usize) { Verdict::Possible } else { Verdict::Confirmed };
        let mut finding = finding(&format!("f{at}"), cause, &format!("mysqld \u{1b}[31m{at} vanished"), severity, verdict);
        let start = self::at(1, at as u32, 0);
        finding.start = (at != 19).then_some(start);
        finding.steps = vec![step("recovery", StepRole::Step, start, "the start finds it", vec![evidence(0, at as u64 + 1, start, "a line")])];
        finding
    };
    let folded = (0..30)
        .map(|at| Finding { explained_by: Some("f0".into()), ..finding(&format!("g{at}"), "crash-loop", "again", Level::Low, Verdict::Confirmed) });
    Report { outcome: Outcome { findings: (0..20).map(told).chain(folded).collect(), sources: sources(), ..Outcome::default() }, ..report() }
}

#[test]
fn many_findings_are_told_from_above() {
    let shown = written(|out| text::write(&many(), text::Manner::default(), out));
    assert!(!shown.chars().any(|letter| letter != '\n' && escape::steers(letter)));
    insta::assert_snapshot!(shown);
    let every = written(|out| text::write(&many(), text::Manner { every: true, ..text::Manner::default() }, out));
    assert!(every.matches("What happened").count() == 20 && every.matches("crash-loop").count() == 30 && !every.contains("More of the same"));
}

#[test]
fn json_for_programs() {
    let shown = written(|out| json::write(&report(), out));
    assert!(!shown.chars().any(|letter| letter != '\n' && escape::steers(letter)));
    insta::assert_snapshot!(shown);
}

#[test]
fn json_lines_are_the_findings_of_the_whole() {
    let whole: serde_json::Value = serde_json::from_str(&written(|out| json::write(&report(), out))).unwrap();
    let lines = written(|out| jsonl::write(&report(), out));
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    for (line, finding) in lines.iter().zip(whole["findings"].as_array().unwrap()) {
        for (key, value) in finding.as_object().unwrap() {
            assert_eq!(line[key], *value, "{key}");
        }
    }
    assert_eq!(lines[0]["paths"]["0"], "in/nodes/k8s-node3/kubelet.log");
}

#[test]
fn sources_for_people() {
    insta::assert_snapshot!(written(|out| super::sources::write(&sources(), out)));
}

#[test]
fn a_window_keeps_whole_stories() {
    let ids = |since, until| {
        let mut report = report();
        report.within(since, until);
        report.outcome.findings.iter().map(|finding| finding.id.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(None, None), "f1 f2 f3 f4");
    assert_eq!(ids(Some(at(2, 19, 0).ns), None), "f1 f2 f3 f4");
    assert_eq!(ids(Some(at(2, 19, 47).ns), Some(at(2, 19, 47).ns)), "f1 f2 f3 f4");
    assert_eq!(ids(Some(at(3, 0, 0).ns), None), "f3 f4");
    assert_eq!(ids(None, Some(at(2, 0, 0).ns)), "f3 f4");
}
