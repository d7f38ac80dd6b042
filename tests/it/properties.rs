//! Properties that hold for every sample: what must not matter does not, and less evidence never says more.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use necropsy::finding::Verdict;
use necropsy::scan::Settings;
use necropsy::time::{DAY, SECOND, Stamp, civil_ns};
use regex::{Captures, Regex};

use crate::archives::tar;
use crate::case::{Files, Told, as_json, as_text, best, pack, sample, samples, scanned, scanned_with, verdicts};
use crate::kit::{Dice, is_log};

/// Findings of a set of files.
fn found(files: &[(String, Vec<u8>)]) -> Vec<Told> {
    verdicts(&scanned(files))
}

/// The same with something taken out of names: a server that nothing else names goes by its log's path. Names are in order of what is left of them.
fn found_without(files: &[(String, Vec<u8>)], part: &str) -> Vec<Told> {
    let plain = |about: &str| {
        let about = about.replace(part, "");
        let mut names: Vec<&str> = about.split([' ', ',', '=']).collect();
        names.sort_unstable();
        names.join(" ")
    };
    found(files).into_iter().map(|(cause, about, verdict, above)| (cause, plain(&about), verdict, above)).collect()
}

/// A sample with every text changed.
fn changed(files: &Files, mut change: impl FnMut(&str, &[u8]) -> Vec<u8>) -> Files {
    files.iter().map(|(path, text)| (path.clone(), change(path, text))).collect()
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    for name in samples() {
        let files = sample(&name);
        let with = |threads| scanned_with(&files, &Settings { threads, ..Settings::default() });
        let (json, text) = (as_json(with(1)), as_text(with(1)));
        for threads in [2, 7] {
            assert!(as_json(with(threads)) == json && as_text(with(threads)) == text, "{name} on {threads} threads");
        }
    }
}

#[test]
fn the_order_of_inputs_changes_no_byte() {
    use necropsy::open::Input;
    use necropsy::scan::{Quiet, scan};
    let mut dice = Dice(3);
    for name in samples() {
        let files = sample(&name);
        let expected = as_json(scanned(&files));
        for _ in 0..3 {
            let mut inputs: Vec<Input> = files.iter().map(|(path, text)| Input::memory(path, text.as_slice())).collect();
            for at in (1..inputs.len()).rev() {
                inputs.swap(at, dice.below(at + 1));
            }
            let outcome = scan(&inputs, pack(), &Settings { threads: 1, ..Settings::default() }, &Quiet).unwrap();
            assert!(as_json(outcome) == expected, "{name}: {:?}", inputs.iter().map(|input| &input.path).collect::<Vec<_>>());
        }
    }
}

/// Lines that say nothing about anything in the samples.
const CHATTER: &[&str] = &[
    "the quick brown fox jumps over the lazy dog",
    "backup of /srv/archive finished, 1042 files, no changes",
    "{\"level\":\"info\",\"msg\":\"request served\",\"path\":\"/healthz\",\"status\":200}",
    "",
];

#[test]
fn plain_text_between_the_lines_changes_no_verdict() {
    for name in samples() {
        let files = sample(&name);
        let noisy = changed(&files, |path, text| match path {
            // Inside a document or a table a foreign line is damage, not noise.
            path if !is_log(path) => text.to_vec(),
            _ => {
                // Not inside a record of several lines either: those are mysqld's.
                let every = if path.contains("kubelet") || path.contains("controller") { 5 } else { usize::MAX };
                let mut out = Vec::new();
                for (at, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
                    out.extend_from_slice(line);
                    if at % every == every - 1 {
                        out.extend_from_slice(CHATTER[at / every % CHATTER.len()].as_bytes());
                        out.push(b'\n');
                    }
                }
                if !out.ends_with(b"\n") {
                    out.push(b'\n');
                }
                out.extend_from_slice(CHATTER[1].as_bytes());
                out.push(b'\n');
                out
            }
        });
        assert_ne!(noisy, files);
        assert_eq!(found(&noisy), found(&files), "{name}");
    }
}

/// Files of another node, another pod and a program nobody asked about, from the hours of the split-brain samples and from those of the others.
fn bystanders() -> Files {
    let node = "I1201 10:1{m}:{s}.118241    1913 kubelet.go:1816] SyncLoop (SYNC): 1 pods; web-5f6d_shop(0a0b0c0d-d40a-11e7-9a0f-005056a1f7c3)\n";
    let mysqld = "2017-12-01T02:1{m}:{s}.114201Z 77 [Note] Access denied for user 'report'@'10.9.8.7' (using password: YES)\n";
    let modern =
        "I0929 1{m}:{s}:08.118241    1913 kubelet.go:2502] \"SyncLoop (PROBE)\" probe=\"readiness\" status=\"ready\" pod=\"shop/web-5f6d\"\n";
    let repeat = |line: &str, minutes: std::ops::Range<u32>| -> Vec<u8> {
        minutes
            .flat_map(|m| (0..60).step_by(7).map(move |s| (m, s)))
            .map(|(m, s)| line.replace("{m}", &m.to_string()).replace("{s}", &format!("{s:02}")))
            .collect::<String>()
            .into_bytes()
    };
    vec![
        ("other/nodes/shop-node-9/kubelet.log".into(), repeat(node, 0..10)),
        ("other/nodes/shop-node-8/kubelet.log".into(), repeat(modern, 0..10)),
        ("other/nodes/shop-node-9/ledger-7.mysqld.log".into(), repeat(mysqld, 0..10)),
        ("other/readme.txt".into(), CHATTER.join("\n").into_bytes()),
        ("other/empty.log".into(), Vec::new()),
    ]
}

#[test]
fn files_of_bystanders_change_no_verdict() {
    assert_eq!(found(&bystanders()), [], "they are not in trouble themselves");
    for name in samples() {
        let mut files = sample(&name);
        let expected = found(&files);
        files.extend(bystanders());
        assert_eq!(found(&files), expected, "{name}");
    }
}

#[test]
fn carriage_returns_change_no_verdict() {
    for name in samples() {
        let files = sample(&name);
        let returned = changed(&files, |_, text| {
            text.split_inclusive(|byte| *byte == b'\n').flat_map(|line| [line.strip_suffix(b"\n").unwrap_or(line), b"\r\n"].concat()).collect()
        });
        assert_eq!(found(&returned), found(&files), "{name}");
    }
}

#[test]
fn compressed_files_change_no_verdict() {
    for name in samples() {
        let files = sample(&name);
        let expected = found(&files);
        let zip = |text: &[u8]| {
            let mut out = GzEncoder::new(Vec::new(), Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        };
        assert_eq!(found(&changed(&files, |_, text| zip(text))), expected, "{name}");
        let renamed: Files = files.iter().map(|(path, text)| (format!("{path}.gz"), zip(text))).collect();
        assert_eq!(found_without(&renamed, ".gz"), found_without(&files, ".gz"), "{name}, named .gz");
    }
}

#[test]
fn a_file_that_lies_there_twice_changes_no_verdict() {
    for name in samples() {
        let files = sample(&name);
        let expected = found(&files);
        for (path, text) in &files {
            let mut doubled = files.clone();
            doubled.push((format!("{path}.copy"), text.clone()));
            assert_eq!(found(&doubled), expected, "{name} with {path} twice");
        }
    }
}

#[test]
fn a_last_line_without_an_end_changes_no_verdict() {
    for name in samples() {
        let files = sample(&name);
        let open = changed(&files, |_, text| text.strip_suffix(b"\n").unwrap_or(text).to_vec());
        assert_eq!(found(&open), found(&files), "{name}");
    }
}

/// How much a verdict claims.
const fn claim(verdict: Option<Verdict>) -> u8 {
    match verdict {
        Some(Verdict::Confirmed) => 2,
        Some(Verdict::Possible) => 1,
        None | Some(Verdict::NotAssessable | Verdict::Refuted) => 0,
    }
}

/// What a cut tail may say that the whole does not, and why that is right. Sample, cause.
const CUT_MAY_SAY: &[(&str, &str, &str)] = &[
    ("split-brain-clean-shutdown", "split-brain", "the line that refutes it is cut off; possible is all that is left to say"),
    ("split-brain-deployment", "apiserver-unreachable", "the controllers that spoke meanwhile are cut off"),
    ("split-brain-deployment", "mysql-crash-signal", "the assertion that says it more exactly is cut off"),
    ("split-brain-force-delete", "apiserver-unreachable", "the controllers that spoke meanwhile are cut off"),
    ("split-brain-node-deleted", "node-down", "the agent that speaks on is cut off"),
    ("split-brain-node-deleted", "node-heartbeat-lost", "the agent that speaks on is cut off: whether the node died is not told"),
    ("split-brain-no-alibi", "mysql-killed", "it yields to the split brain, which cannot be judged without the damage that the cut log told of"),
];

#[test]
fn a_cut_tail_never_claims_more() {
    let mut wrong = BTreeSet::new();
    for name in samples() {
        let files = sample(&name);
        let whole = best(&scanned(&files));
        for (path, text) in &files {
            let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
            for tenth in [1, 5, 9] {
                let mut cut = files.clone();
                let kept = lines[..lines.len() * tenth / 10].concat();
                cut.iter_mut().filter(|(other, _)| other == path).for_each(|(_, text)| text.clone_from(&kept));
                for (cause, verdict) in best(&scanned(&cut)) {
                    let severity = pack().cause(&cause).unwrap().severity;
                    if claim(Some(verdict)) > claim(whole.get(&cause).copied()) && severity > necropsy::pattern::ast::Level::Info {
                        let before = whole.get(&cause).map_or("none", |verdict| verdict.name());
                        wrong.insert((name.clone(), cause.clone(), format!("{path} cut after {tenth} tenths: {before} becomes {}", verdict.name())));
                    }
                }
            }
        }
    }
    let expected = |name: &str, cause: &str| CUT_MAY_SAY.iter().any(|(sample, allowed, _)| (*sample, *allowed) == (name, cause));
    let unexpected: Vec<_> = wrong.iter().filter(|(name, cause, _)| !expected(name, cause)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    for (sample, cause, _) in CUT_MAY_SAY {
        assert!(
            wrong.iter().any(|(name, found, _)| (name.as_str(), found.as_str()) == (*sample, *cause)),
            "{sample}, {cause}: no longer an exception"
        );
    }
}

/// Moves every stamp with a date, and the time of day that a crash's own line has alone.
fn moved(text: &[u8], ns: i64) -> Vec<u8> {
    let dated = Regex::new(r"(2019)-(\d\d)-(\d\d)([T ])(\d\d):(\d\d):(\d\d)").unwrap();
    let crash = Regex::new(r"(?m)^(\d\d):(\d\d):(\d\d) UTC - mysqld got signal").unwrap();
    let text = std::str::from_utf8(text).unwrap();
    let text = dated.replace_all(text, |found: &Captures<'_>| {
        let part = |group: usize| found[group].parse().unwrap();
        let at = civil_ns(2019, part(2), part(3), part(5), part(6), part(7), 0).unwrap();
        Stamp::exact(at + ns).to_string().get(..19).unwrap().replace('T', &found[4])
    });
    let text = crash.replace_all(&text, |found: &Captures<'_>| {
        let part = |group: usize| found[group].parse().unwrap();
        let at = civil_ns(2019, 1, 1, part(1), part(2), part(3), 0).unwrap();
        format!("{} UTC - mysqld got signal", Stamp::exact(at + ns).to_string().get(11..19).unwrap())
    });
    text.into_owned().into_bytes()
}

#[test]
fn moving_all_stamps_moves_the_findings() {
    for name in ["known-bug", "known-bug-fixed-version", "known-bug-unknown-version"] {
        let files = sample(name);
        for ns in [400 * DAY + 3661 * SECOND, -17 * DAY] {
            let shifted = changed(&files, |_, text| moved(text, ns));
            assert_ne!(shifted, files);
            let (before, after) = (scanned(&files), scanned(&shifted));
            assert_eq!(verdicts(&after), verdicts(&before), "{name}");
            for (before, after) in before.findings.iter().zip(&after.findings) {
                assert_eq!(after.start.unwrap().ns - before.start.unwrap().ns, ns, "{name}: {}", after.cause);
                assert_eq!(after.end.map(|end| end.ns), before.end.map(|end| end.ns + ns), "{name}: {}", after.cause);
                for (before, after) in before.steps.iter().zip(&after.steps) {
                    assert_eq!(after.start.map(|start| start.ns), before.start.map(|start| start.ns + ns), "{name}: {}", after.name);
                    let lines = |step: &necropsy::finding::Step| step.evidence.iter().map(|line| line.citation.line).collect::<Vec<_>>();
                    assert_eq!(lines(after), lines(before), "{name}: {}", after.name);
                }
            }
        }
    }
}

#[test]
fn a_week_later_is_the_same_story_a_week_later() {
    for name in &["split-brain", "split-brain-clean-shutdown", "split-brain-no-alibi"] {
        let files = sample(name);
        let later = changed(&files, |_, text| {
            let text = std::str::from_utf8(text).unwrap().replace("2017-12-01", "2017-12-08");
            ["I", "W", "E", "F"].iter().fold(text, |text, level| text.replace(&format!("{level}1201 "), &format!("{level}1208 "))).into_bytes()
        });
        let (before, after) = (scanned(&files), scanned(&later));
        assert_eq!(verdicts(&after), verdicts(&before), "{name}");
        for (before, after) in before.findings.iter().zip(&after.findings) {
            assert_eq!(after.start.map(|start| start.ns), before.start.map(|start| start.ns + 7 * DAY), "{name}: {}", after.cause);
            for (before, after) in before.steps.iter().zip(&after.steps) {
                assert_eq!(after.start.map(|start| start.ns), before.start.map(|start| start.ns + 7 * DAY), "{name}: {}", after.name);
                assert_eq!(
                    after.timer.as_ref().map(|timer| timer.observed_ns),
                    before.timer.as_ref().map(|timer| timer.observed_ns),
                    "{name}: {}",
                    after.name
                );
            }
        }
    }
}

#[test]
fn a_bundle_is_read_like_its_files() {
    for name in samples() {
        let files = sample(&name);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&tar(&files)).unwrap();
        let bundle = vec![("bundle.tar.gz".to_owned(), packed.finish().unwrap())];
        assert_eq!(found_without(&bundle, "bundle.tar.gz!/"), found_without(&files, "bundle.tar.gz!/"), "{name}");
        let lines = |files| scanned(files).sources.iter().map(|source| (source.lines, source.entries)).collect::<Vec<_>>();
        assert_eq!(lines(&bundle), lines(&files), "{name}");
    }
}
