//! Mutations. Each line that a confirmed story cites as proof of a step it cannot do without is taken away, one at a time. If the story is still
//! confirmed, something else must prove that step. Lines of others and another order of files change nothing; a cut tail and a source that is a day late
//! change what the table says.

use std::fmt::Write as _;

use necropsy::finding::{Finding, StepRole, Verdict};
use necropsy::pattern::ast::Role;

use crate::case::{Files, Story, best, pack, stories, told, verdicts};
use crate::kit::is_log;

/// The surest finding of a cause, if it is confirmed.
fn confirmed(files: &Files, cause: &str) -> Option<Finding> {
    told(files).findings.into_iter().find(|finding| finding.cause == cause && finding.verdict == Verdict::Confirmed)
}

/// Stories that must end confirmed.
fn confirmed_stories() -> Vec<Story> {
    stories().into_iter().filter(|story| story.expect == "confirmed").collect()
}

/// Whether a step of this name is one that a confirmed finding cannot do without, in any story of the cause. Alternatives share a name.
fn needed(cause: &str, step: &str) -> bool {
    let cause = pack().cause(cause).unwrap();
    let all = cause.step.iter().chain(cause.story.iter().flat_map(|story| &story.step));
    let named: Vec<Role> = all.filter(|known| known.name == step).map(|known| known.role).collect();
    !named.is_empty() && named.iter().all(|role| matches!(role, Role::Required | Role::Decisive | Role::Proof))
}

/// The files without any line that reads like this one, and how many were taken out.
fn without(files: &Files, line: &str) -> (Files, usize) {
    let mut taken = 0;
    let left = files.iter().map(|(path, text)| {
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let kept: Vec<u8> = lines
            .filter(|other| {
                let same = String::from_utf8_lossy(other).trim_end() == line.trim_end();
                taken += usize::from(same);
                !same
            })
            .flatten()
            .copied()
            .collect();
        (path.clone(), kept)
    });
    let left = left.collect();
    (left, taken)
}

/// Why a step may be proven without any line of its own left. Cause, step, why.
const UNPROVEN_MAY_STAY: &[(&str, &str, &str)] =
    &[("node-heartbeat-lost", "marked", "the node controller counts on, and says each time that it has set the condition to Unknown")];

#[test]
fn a_step_does_not_outlive_its_proof() {
    let mut table = String::new();
    let mut wrong = Vec::new();
    for story in confirmed_stories() {
        let finding = confirmed(&story.files, &story.cause).unwrap_or_else(|| panic!("{}: {} is not confirmed", story.cause, story.name));
        writeln!(table, "{}: {}", story.cause, story.name).unwrap();
        for step in finding.steps.iter().filter(|step| step.role != StepRole::Against && needed(&story.cause, &step.name)) {
            for evidence in &step.evidence {
                let line = evidence.citation.text.lines().next().unwrap_or_default();
                let (files, taken) = without(&story.files, line);
                assert!(taken > 0, "{}: {}: the cited line is not in its files: {line}", story.cause, story.name);
                let (became, proven) = match confirmed(&files, &story.cause) {
                    Some(still) => match still.steps.iter().find(|other| other.name == step.name) {
                        Some(other) if !other.evidence.is_empty() => ("confirmed by other lines", true),
                        Some(_) => ("CONFIRMED WITHOUT A LINE", false),
                        None => ("CONFIRMED WITHOUT THE STEP", false),
                    },
                    None => (best(&told(&files)).get(&story.cause).map_or("silent", |verdict| verdict.name()), true),
                };
                let place = &story.files[..];
                let at = place.iter().position(|(_, text)| String::from_utf8_lossy(text).contains(line)).map_or("?", |at| place[at].0.as_str());
                writeln!(table, "    {} without {at}:{}: {became}", step.name, evidence.citation.line).unwrap();
                let expected = UNPROVEN_MAY_STAY.iter().any(|(cause, name, _)| *cause == story.cause && *name == step.name);
                if !proven && !expected {
                    wrong.push(format!("{}: {}: `{}` without `{line}`: {became}", story.cause, story.name, step.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(table);
}

#[test]
fn a_confirmed_story_needs_more_than_it_cites_as_support() {
    // Without any line of its needed steps a story cannot be confirmed.
    for story in confirmed_stories() {
        let finding = confirmed(&story.files, &story.cause).unwrap();
        let mut files = story.files.clone();
        for _ in 0..4 {
            let Some(finding) = confirmed(&files, &story.cause) else { break };
            for evidence in finding.steps.iter().filter(|step| needed(&story.cause, &step.name)).flat_map(|step| &step.evidence) {
                files = without(&files, evidence.citation.text.lines().next().unwrap_or_default()).0;
            }
        }
        assert_eq!(confirmed(&files, &story.cause), None, "{}: {} ({})", story.cause, story.name, finding.title);
    }
}

#[test]
fn lines_of_others_change_nothing() {
    let chatter = "an unrelated line of plain text\nand another one\n";
    for story in stories() {
        let expected = verdicts(&told(&story.files));
        let mut more = story.files.clone();
        more.push(("elsewhere/notes.txt".into(), chatter.as_bytes().to_vec()));
        assert_eq!(verdicts(&told(&more)), expected, "{}: {}, with a file of notes", story.cause, story.name);
        let mut longer = story.files.clone();
        for (path, text) in &mut longer {
            // Behind a document a foreign line is damage.
            if is_log(path) {
                if !text.ends_with(b"\n") {
                    text.push(b'\n');
                }
                text.extend_from_slice(chatter.as_bytes());
            }
        }
        assert_eq!(verdicts(&told(&longer)), expected, "{}: {}, with lines at the end", story.cause, story.name);
    }
}

/// A day later, in the spellings of the stories' logs. `None`: nothing in it has such a date.
fn a_day_later(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).unwrap();
    let mut later = text.to_owned();
    for (from, to) in [("2026-11-20", "2026-11-21"), ("20 Nov 2026", "21 Nov 2026"), ("I1120 ", "I1121 "), ("W1120 ", "W1121 "), ("E1120 ", "E1121 ")]
    {
        later = later.replace(from, to);
    }
    (later != text).then(|| later.into_bytes())
}

/// How a story's cause ends.
fn ends(files: &Files, cause: &str) -> &'static str {
    best(&told(files)).get(cause).map_or("none", |verdict| verdict.name())
}

#[test]
fn mutated_stories_end_as_declared() {
    let mut table = String::from("Stories that end otherwise when a log's tail is cut off or a source is a day late; the others stay as they are.\n");
    let mut stayed = 0;
    for story in stories() {
        let mut shuffled = story.files.clone();
        shuffled.reverse();
        assert_eq!(verdicts(&told(&shuffled)), verdicts(&told(&story.files)), "{}: {}, files in another order", story.cause, story.name);
        let mut otherwise = String::new();
        let mut note = |what: String, files: &Files| {
            let end = ends(files, &story.cause);
            if end == story.expect {
                stayed += 1;
            } else {
                writeln!(otherwise, "    {what}: {end}").unwrap();
            }
        };
        for (at, (path, text)) in story.files.iter().enumerate() {
            let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
            let mut cut = story.files.clone();
            cut[at].1 = lines[..lines.len() / 2].concat();
            note(format!("{path} cut in half"), &cut);
            if let (true, Some(later)) = (story.files.len() > 1, a_day_later(text)) {
                let mut late = story.files.clone();
                late[at].1 = later;
                note(format!("{path} a day late"), &late);
            }
        }
        if !otherwise.is_empty() {
            writeln!(table, "{}: {} ({})\n{}", story.cause, story.name, story.expect, otherwise.trim_end()).unwrap();
        }
    }
    writeln!(table, "{stayed} mutations change nothing").unwrap();
    insta::assert_snapshot!(table);
}
