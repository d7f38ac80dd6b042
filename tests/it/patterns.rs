//! The shipped patterns: they check without an error, and every example and near miss is read as it says.

use necropsy::pattern::{Library, check};

use crate::case;

#[test]
fn the_shipped_patterns_check() {
    let report = check::report(&Library::open(&[]));
    let told: Vec<String> = report.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} errors\n{}", told.len(), told.join("\n\n"));
}

/// A kernel reports one kill in a dozen lines, three of which tell of it by themselves.
#[test]
fn one_kill_is_one_finding() {
    let mut told = Vec::new();
    for story in case::stories().into_iter().filter(|story| story.cause == "container-oom-killed" && story.expect == "confirmed") {
        let outcome = case::told(&story.files);
        let findings: Vec<_> = outcome.findings.iter().filter(|finding| finding.cause == story.cause).collect();
        assert_eq!(findings.len(), 1, "{}: {:?}", story.name, findings.iter().map(|finding| &finding.title).collect::<Vec<_>>());
        told.extend(findings.iter().map(|finding| finding.title.clone()));
    }
    for title in
        ["a process of a container at its memory limit", "at the memory limit of /system.slice/mysqld.service", "killed mysqld at a memory limit"]
    {
        assert!(told.iter().any(|told| told.ends_with(title)), "{title}: {told:?}");
    }
}
