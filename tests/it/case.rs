//! Cases: sets of files scanned through the library, as a program does that embeds it. Everything lies in memory, so that no file's time of
//! modification and no path of the machine gets into a report.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use necropsy::finding::{Finding, Verdict};
use necropsy::open::Input;
use necropsy::pattern::{Library, Pack};
use necropsy::report::{Report, json, text};
use necropsy::scan::{Outcome, Quiet, Settings, scan};
use serde_json::Value;

use crate::kit::{files, root};

/// Paths and contents.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::builtin().unwrap());

/// The shipped patterns.
pub(crate) fn pack() -> &'static Pack {
    &PACK
}

/// A whole story from a pattern file.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The cause it belongs to.
    pub(crate) cause: String,
    /// What it tells.
    pub(crate) name: String,
    /// How it must end.
    pub(crate) expect: String,
    /// Its files.
    pub(crate) files: Files,
}

/// Every `[[cause.test]]` of the shipped patterns.
pub(crate) fn stories() -> Vec<Story> {
    let library = Library::open(&[]);
    let all = library.causes.iter().flat_map(|cause| cause.item.test.iter().map(|story| (cause.item.id.clone(), story.clone())));
    let told = all.map(|(cause, story)| {
        let files = story.log.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        Story { cause, name: story.name, expect: story.expect, files }
    });
    let mut told: Vec<Story> = told.collect();
    told.sort_by(|a, b| (&a.cause, &a.name).cmp(&(&b.cause, &b.name)));
    told
}

/// The folders of `samples/`.
pub(crate) fn samples() -> Vec<String> {
    let folders = fs::read_dir(root().join("samples")).unwrap().map(Result::unwrap).filter(|item| item.path().is_dir());
    let mut names: Vec<String> = folders.map(|item| item.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The files of a sample, their paths as seen from the project's root.
pub(crate) fn sample(name: &str) -> Files {
    let found = files(&format!("samples/{name}"));
    assert!(!found.is_empty(), "no sample `{name}`");
    let inside = |path: &std::path::Path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    found.iter().map(|path| (inside(path), fs::read(path).unwrap())).collect()
}

/// Scans files on one thread.
pub(crate) fn scanned(files: &[(String, Vec<u8>)]) -> Outcome {
    scanned_with(files, &Settings { threads: 1, ..Settings::default() })
}

/// Scans files.
pub(crate) fn scanned_with(files: &[(String, Vec<u8>)], settings: &Settings) -> Outcome {
    let mut inputs: Vec<Input> = files.iter().map(|(path, bytes)| Input::memory(path, bytes.as_slice())).collect();
    // As the listing of a directory has it.
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    scan(&inputs, pack(), settings, &Quiet).unwrap()
}

/// Scans the files of a story as `necropsy patterns test` does: klog's lines have no year, so it is told in one.
pub(crate) fn told(files: &[(String, Vec<u8>)]) -> Outcome {
    scanned_with(files, &Settings { threads: 1, year: Some(2026), ..Settings::default() })
}

/// An outcome with nothing around it that differs between runs and machines.
pub(crate) fn report(outcome: Outcome) -> Report {
    Report { outcome, patterns: "the shipped ones".into(), seconds: 0.0, filtered: None }
}

/// The report for people.
pub(crate) fn as_text(outcome: Outcome) -> String {
    let mut out = Vec::new();
    text::write(&report(outcome), text::Manner::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The report for programs, its bytes.
pub(crate) fn as_json(outcome: Outcome) -> String {
    let mut out = Vec::new();
    json::write(&report(outcome), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The report for programs.
pub(crate) fn as_value(outcome: Outcome) -> Value {
    serde_json::from_str(&as_json(outcome)).unwrap()
}

/// A verdict as a test tells it: who, how sure, under whom. Ids differ with what else is found; causes and entities do not.
pub(crate) type Told = (String, String, String, Option<String>);

/// What was found: cause, entities, verdict and the cause that explains it, sorted.
pub(crate) fn verdicts(outcome: &Outcome) -> Vec<Told> {
    let by_id: BTreeMap<&str, &Finding> = outcome.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    let entities =
        |finding: &Finding| finding.entities.iter().map(|(kind, names)| format!("{kind}={}", names.join(","))).collect::<Vec<_>>().join(" ");
    let above = |finding: &Finding| finding.explained_by.as_deref().map(|id| by_id[id].cause.clone());
    let mut told: Vec<Told> = outcome
        .findings
        .iter()
        .map(|finding| (finding.cause.clone(), entities(finding), finding.verdict.name().to_owned(), above(finding)))
        .collect();
    told.sort();
    told
}

/// The best verdict of each cause.
pub(crate) fn best(outcome: &Outcome) -> BTreeMap<String, Verdict> {
    let mut best = BTreeMap::new();
    for finding in &outcome.findings {
        let verdict = best.entry(finding.cause.clone()).or_insert(finding.verdict);
        *verdict = finding.verdict.min(*verdict);
    }
    best
}
