//! The samples and the verdicts that `samples/README.md` promises for them.

use std::fs;

use necropsy::finding::{Finding, StepRole, Verdict};
use necropsy::scan::Outcome;
use necropsy::signal::Citation;
use necropsy::time::{SECOND, human};
use serde_json::Value;

use crate::case::{Files, as_text, as_value, sample, samples, scanned};
use crate::kit::root;

/// Cause, verdict, and the cause that explains it, in order of the report.
type Row = (&'static str, &'static str, Option<&'static str>);

/// What each sample must end with.
const EXPECTED: &[(&str, &[Row])] = &[
    ("connections-burst", &[("mysql-aborted-connections", "confirmed", None), ("mysql-idle-connections-cut", "refuted", None)]),
    ("etcd-slow-disk", &[("etcd-slow-disk", "confirmed", None)]),
    ("even-load", &[("etcd-overloaded", "confirmed", None), ("etcd-overloaded", "confirmed", None), ("etcd-overloaded", "confirmed", None)]),
    (
        "hot-spot",
        &[
            ("control-plane-hot-spot", "confirmed", None),
            ("etcd-overloaded", "confirmed", Some("control-plane-hot-spot")),
            ("apiserver-overloaded", "confirmed", Some("control-plane-hot-spot")),
        ],
    ),
    (
        "idle-connections-cut",
        &[("mysql-idle-connections-cut", "confirmed", None), ("mysql-aborted-connections", "confirmed", Some("mysql-idle-connections-cut"))],
    ),
    (
        "idle-connections-cut-no-ipvs",
        &[("mysql-idle-connections-cut", "possible", None), ("mysql-aborted-connections", "confirmed", Some("mysql-idle-connections-cut"))],
    ),
    ("known-bug", &[("mysql-known-bug", "confirmed", None), ("mysql-assertion", "confirmed", Some("mysql-known-bug"))]),
    ("known-bug-fixed-version", &[("mysql-assertion", "confirmed", None), ("mysql-known-bug", "refuted", None)]),
    ("known-bug-unknown-version", &[("mysql-known-bug", "possible", None), ("mysql-assertion", "confirmed", Some("mysql-known-bug"))]),
    (
        "node-really-dead",
        &[
            ("node-down", "confirmed", None),
            ("mysql-killed", "confirmed", Some("node-down")),
            ("pod-stuck-terminating", "confirmed", Some("node-down")),
            ("taint-eviction", "confirmed", Some("node-down")),
            ("split-brain", "refuted", None),
            ("unschedulable", "refuted", None),
        ],
    ),
    (
        "one-member-evicted",
        &[
            ("ephemeral-storage-eviction", "confirmed", None),
            ("mysql-aborted-connections", "confirmed", None),
            // The group calls the member by its address; the member's own log tells whose that is.
            ("group-replication-member-expelled", "confirmed", Some("ephemeral-storage-eviction")),
            ("disk-pressure-eviction", "confirmed", Some("ephemeral-storage-eviction")),
            ("mysql-idle-connections-cut", "refuted", None),
            ("unschedulable", "refuted", None),
        ],
    ),
    (
        "quorum-lost",
        &[
            ("quorum-lost-by-eviction", "confirmed", None),
            ("mysql-aborted-connections", "confirmed", None),
            ("group-replication-majority-lost", "confirmed", Some("quorum-lost-by-eviction")),
            ("ephemeral-storage-eviction", "confirmed", Some("quorum-lost-by-eviction")),
            ("group-replication-member-expelled", "confirmed", Some("quorum-lost-by-eviction")),
            ("ephemeral-storage-eviction", "confirmed", Some("quorum-lost-by-eviction")),
            ("disk-pressure-eviction", "confirmed", Some("quorum-lost-by-eviction")),
            ("disk-pressure-eviction", "confirmed", Some("quorum-lost-by-eviction")),
            ("mysql-idle-connections-cut", "refuted", None),
            ("unschedulable", "refuted", None),
            ("unschedulable", "refuted", None),
        ],
    ),
    (
        "redis-killed",
        &[("redis-crashed", "confirmed", None), ("redis-failover", "confirmed", Some("redis-crashed")), ("redis-crashed", "refuted", None)],
    ),
    ("redis-network-fault", &[("redis-network-fault", "possible", None)]),
    ("redis-slow-command", &[("redis-failover", "confirmed", None)]),
    (
        "split-brain",
        &[
            ("split-brain", "confirmed", None),
            ("mysql-assertion", "confirmed", Some("split-brain")),
            ("node-feigned-death", "confirmed", Some("split-brain")),
            ("apiserver-unreachable", "possible", Some("node-feigned-death")),
            ("taint-eviction", "confirmed", Some("split-brain")),
            ("crash-loop", "possible", Some("split-brain")),
            ("node-down", "refuted", None),
        ],
    ),
    (
        "split-brain-clean-shutdown",
        &[
            ("node-feigned-death", "confirmed", None),
            ("apiserver-unreachable", "possible", Some("node-feigned-death")),
            ("taint-eviction", "confirmed", Some("node-feigned-death")),
            ("split-brain", "refuted", None),
            ("node-down", "refuted", None),
        ],
    ),
    (
        "split-brain-deployment",
        &[
            ("split-brain", "confirmed", None),
            ("mysql-assertion", "confirmed", Some("split-brain")),
            ("mysql-redo-corruption", "confirmed", Some("split-brain")),
            ("node-feigned-death", "confirmed", Some("split-brain")),
            ("pod-stuck-terminating", "confirmed", Some("split-brain")),
            ("taint-eviction", "confirmed", Some("split-brain")),
            ("crash-loop", "confirmed", Some("split-brain")),
            ("node-down", "refuted", None),
            ("apiserver-unreachable", "refuted", None),
            ("mysql-crash-signal", "refuted", None),
        ],
    ),
    (
        "split-brain-force-delete",
        &[
            ("split-brain", "confirmed", None),
            ("mysql-assertion", "confirmed", Some("split-brain")),
            ("mysql-redo-corruption", "confirmed", Some("split-brain")),
            ("mysql-redo-corruption", "confirmed", Some("split-brain")),
            ("node-feigned-death", "confirmed", Some("split-brain")),
            ("pod-stuck-terminating", "confirmed", Some("split-brain")),
            ("taint-eviction", "confirmed", Some("split-brain")),
            ("crash-loop", "confirmed", Some("split-brain")),
            ("node-down", "refuted", None),
            ("apiserver-unreachable", "refuted", None),
            ("unschedulable", "refuted", None),
        ],
    ),
    (
        "split-brain-no-alibi",
        &[
            ("split-brain", "possible", None),
            ("mysql-assertion", "confirmed", Some("split-brain")),
            ("node-heartbeat-lost", "confirmed", Some("split-brain")),
            ("taint-eviction", "confirmed", Some("split-brain")),
            ("crash-loop", "possible", Some("mysql-assertion")),
        ],
    ),
    (
        "split-brain-node-deleted",
        &[
            ("split-brain", "confirmed", None),
            ("mysql-assertion", "confirmed", Some("split-brain")),
            ("mysql-redo-corruption", "confirmed", Some("split-brain")),
            ("node-feigned-death", "confirmed", Some("split-brain")),
            ("pleg-unhealthy", "confirmed", Some("split-brain")),
            ("pod-stuck-terminating", "confirmed", Some("split-brain")),
            ("taint-eviction", "confirmed", Some("split-brain")),
            ("crash-loop", "confirmed", Some("split-brain")),
            ("node-down", "refuted", None),
            ("unschedulable", "refuted", None),
        ],
    ),
    (
        "wait-timeout",
        &[
            ("mysql-wait-timeout", "confirmed", None),
            ("mysql-aborted-connections", "confirmed", Some("mysql-wait-timeout")),
            ("mysql-idle-connections-cut", "refuted", None),
        ],
    ),
];

#[test]
fn samples_end_as_they_promise() {
    assert_eq!(EXPECTED.iter().map(|(name, _)| *name).collect::<Vec<_>>(), samples(), "every sample has its row");
    for (name, expected) in EXPECTED {
        let report = as_value(scanned(&sample(name)));
        let findings = report["findings"].as_array().unwrap();
        let cause = |id: &Value| findings.iter().find(|finding| finding["id"] == *id).map(|finding| finding["cause"].as_str().unwrap());
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding["cause"].as_str().unwrap(), finding["verdict"].as_str().unwrap(), cause(&finding["explained_by"])))
            .collect();
        assert_eq!(told, *expected, "{name}");
    }
}

#[test]
fn the_list_of_samples_is_complete() {
    let list = fs::read_to_string(root().join("samples/README.md")).unwrap();
    for name in samples() {
        assert!(list.contains(&format!("| `{name}` |")), "samples/README.md does not list `{name}`");
    }
}

#[test]
fn reports_for_people() {
    for name in samples() {
        insta::assert_snapshot!(name.clone(), as_text(scanned(&sample(&name))));
    }
}

/// The line a citation names, and its offset, read from the file again.
fn reread(files: &Files, path: &str, line: u64) -> (u64, String) {
    let (_, text) = files.iter().find(|(other, _)| other == path).unwrap();
    let mut offset = 0;
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let number = usize::try_from(line).unwrap() - 1;
    for before in lines.by_ref().take(number) {
        offset += before.len() as u64;
    }
    let raw = lines.next().unwrap();
    (offset, String::from_utf8_lossy(raw.strip_suffix(b"\n").unwrap_or(raw)).into_owned())
}

#[test]
fn every_cited_line_is_in_its_file_word_for_word() {
    for name in samples() {
        let files = sample(&name);
        let outcome = scanned(&files);
        let mut cited = 0;
        for (finding, step) in outcome.findings.iter().flat_map(|finding| finding.steps.iter().map(move |step| (finding, step))) {
            for evidence in &step.evidence {
                let Citation { source, line, offset, text } = &evidence.citation;
                let path = &outcome.sources[*source as usize].path;
                let (at, raw) = reread(&files, path, *line);
                assert_eq!((*offset, &**text), (at, raw.as_str()), "{name}: {} cites {path}:{line} for {}", finding.cause, step.name);
                cited += 1;
            }
        }
        assert!(cited > 0, "{name} cites nothing");
    }
}

#[test]
fn every_step_that_speaks_for_a_finding_cites_a_line() {
    for name in samples() {
        for finding in scanned(&sample(&name)).findings {
            assert!(finding.verdict == Verdict::NotAssessable || !finding.steps.is_empty(), "{name}: {} has no steps", finding.cause);
            for step in finding.steps.iter().filter(|step| step.role != StepRole::Against) {
                assert!(!step.evidence.is_empty(), "{name}: {}: {} is proven by nothing", finding.cause, step.name);
            }
            assert!(!finding.title.contains('{') && finding.steps.iter().all(|step| !step.summary.contains('{')), "{name}: {finding:#?}");
        }
    }
}

/// The finding of a cause.
fn the<'a>(outcome: &'a Outcome, cause: &str) -> &'a Finding {
    let found: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.cause == cause).collect();
    assert_eq!(found.len(), 1, "findings of {cause}");
    found[0]
}

#[test]
fn the_split_brain_is_told_step_by_step() {
    let outcome = scanned(&sample("split-brain"));
    let finding = the(&outcome, "split-brain");
    let controller = "control-plane/kube-controller-manager.log";
    let (old, new) = ("nodes/k8s-node3/gxr-oracle-statefulset-0.mysqld.log", "nodes/k8s-node1/gxr-oracle-statefulset-0.mysqld.log");
    // Step, moment, then one of the lines that prove it: where, and a part of it that tells it from others.
    let chain = [
        ("lost", "2017-12-01T02:17:42", controller, 9, "node k8s-node3 hasn't been updated for 32.205s"),
        ("queued", "2017-12-01T02:19:42.240117", controller, 16, "Node is unresponsive. Adding Pods on Node k8s-node3 to eviction queues"),
        ("evicted", "2017-12-01T02:19:42", controller, 17, "Starting deletion of pod default/gxr-oracle-statefulset-0"),
        ("elsewhere", "2017-12-01T02:19:42", "api/events.json", 158, "Successfully assigned gxr-oracle-statefulset-0 to k8s-node1"),
        ("one-volume", "2017-12-01T02:19:43.401207", "nodes/k8s-node1/kubelet.log", 4, "MountVolume.SetUp succeeded for volume \"pvc-6b1d7f60-"),
        ("new", "2017-12-01T02:19:47.012204", new, 1, "mysqld (mysqld 5.7.19-log) starting as process 1"),
        ("recovery", "2017-12-01T02:19:47.510811", new, 6, "Database was not shutdown normally!"),
        ("assertion", "2017-12-01T02:19:49", new, 12, "in file trx0purge.cc line 168"),
        ("old", "2017-12-01T01:40:10.114201", old, 1, "mysqld (mysqld 5.7.19-log) starting as process 1"),
        ("alibi", "2017-12-01T02:22:58.700113", old, 13, "Aborted connection 2241"),
    ];
    for (name, moment, path, line, part) in chain {
        let step = finding.steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("no step `{name}`"));
        let start = step.start.unwrap().to_string();
        assert!(start.starts_with(moment), "{name} at {start}");
        let cited = step.evidence.iter().any(|evidence| {
            let Citation { source, line: at, text, .. } = &evidence.citation;
            outcome.sources[*source as usize].path.ends_with(path) && *at == line && text.contains(part)
        });
        assert!(cited, "{name} does not cite {path}:{line}: {:#?}", step.evidence);
    }
    let timer = |step: &str| finding.steps.iter().find(|found| found.name == step).and_then(|step| step.timer.clone()).unwrap();
    let (grace, timeout) = (timer("unknown"), timer("queued"));
    assert_eq!((grace.name.as_str(), grace.expected_ns, grace.basis.as_str()), ("node-monitor-grace-period", 32 * SECOND, "FLAG line"));
    assert_eq!((timeout.name.as_str(), timeout.expected_ns), ("pod-eviction-timeout", 120 * SECOND));
    for timer in [&grace, &timeout] {
        assert!(timer.agrees && (timer.observed_ns - timer.expected_ns).abs() < SECOND, "{timer:?}");
    }
    assert_eq!((human(grace.expected_ns), human(timeout.observed_ns)), ("32s".into(), "2m0s".into()), "as people are told it");
    assert_eq!(finding.entities["node"], ["k8s-node1", "k8s-node3"]);
    assert_eq!(finding.entities["pod"], ["default/gxr-oracle-statefulset-0"]);
    assert!(finding.remedies[0].contains("fence the old node"), "the first thing to do comes first: {:?}", finding.remedies);
    assert!(finding.references.iter().any(|reference| reference.contains("kubernetes/issues/61832")));
    assert_eq!(finding.missing, Vec::<String>::new());
}

#[test]
fn without_an_alibi_the_report_says_which_log_would_settle_it() {
    let outcome = scanned(&sample("split-brain-no-alibi"));
    let finding = the(&outcome, "split-brain");
    assert_eq!(finding.verdict, Verdict::Possible);
    for part in ["error log of the old mysqld on k8s-node3", "k8s-node3 was alive after 2017-12-01T02:19:47.012204Z: its kubelet"] {
        assert!(finding.missing.iter().any(|text| text.contains(part)), "{part}: {:?}", finding.missing);
    }
    let alibi = finding.steps.iter().find(|step| step.name == "alibi").unwrap();
    assert!(alibi.summary.starts_with("no sign of life of k8s-node3"), "{}", alibi.summary);
}

#[test]
fn a_clean_shutdown_refutes_with_its_line() {
    let outcome = scanned(&sample("split-brain-clean-shutdown"));
    let finding = the(&outcome, "split-brain");
    assert_eq!(finding.verdict, Verdict::Refuted);
    let against = finding.steps.iter().find(|step| step.name == "clean-stop").unwrap();
    assert_eq!((against.role, against.start.unwrap().to_string().as_str()), (StepRole::Against, "2017-12-01T02:18:58.866118Z"));
    let Citation { source, text, .. } = &against.evidence[0].citation;
    assert!(outcome.sources[*source as usize].path.ends_with("nodes/k8s-node3/gxr-oracle-statefulset-0.mysqld.log"));
    assert!(text.ends_with("mysqld: Shutdown complete"), "{text}");
}

#[test]
fn the_known_bug_is_named_with_its_number_and_its_versions() {
    let bug = |name| the(&scanned(&sample(name)), "mysql-known-bug").clone();
    let confirmed = bug("known-bug");
    assert_eq!(confirmed.params["bug"], "90670");
    assert!(confirmed.references.iter().any(|reference| reference.contains("90670")), "{:?}", confirmed.references);
    assert!(!bug("known-bug-unknown-version").missing.is_empty(), "it says what would tell the version");
    let refuted = bug("known-bug-fixed-version");
    assert!(refuted.notes.iter().chain(refuted.steps.iter().map(|step| &step.summary)).any(|text| text.contains("8.0.16")), "{refuted:#?}");
}
