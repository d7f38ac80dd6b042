//! The program as a process: exit codes, streams, what a terminal or a pipe gets.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;

use crate::kit::root;

/// The program, started at the project's root, with nothing of the environment that asks for colour.
fn necropsy(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_necropsy"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

fn told(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) fn ran(args: &[&str]) -> Ran {
    told(necropsy(args).output().unwrap())
}

/// Runs with this on standard input.
fn fed(args: &[&str], input: &[u8]) -> Ran {
    let mut child = necropsy(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    told(child.wait_with_output().unwrap())
}

/// A directory with files in it.
fn room(files: &[(&str, &[u8])]) -> TempDir {
    let room = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = room.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    room
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

const BUG: &str = "samples/known-bug";
const BUG_LOG: &str = "samples/known-bug/mycluster-1.mysqld.log";

#[test]
fn the_exit_code_tells_of_findings_only_if_asked() {
    for (args, code) in [
        (&["scan", "samples/split-brain"][..], 0),
        (&["scan", "samples/split-brain", "--fail-on", "critical"], 1),
        (&["scan", "samples/split-brain", "--fail-on", "info", "--format", "json"], 1),
        // What was refuted did not happen.
        (&["scan", "samples/split-brain-clean-shutdown", "--fail-on", "critical"], 0),
        (&["scan", "samples/split-brain", "--fail-on", "critical", "--until", "2017-11-30"], 0),
        (&["scan", "Cargo.toml", "--fail-on", "info"], 0),
        // Something that could not be read weighs more than what was found in the rest.
        (&["scan", "samples/split-brain", "/no/such/file", "--fail-on", "critical"], 2),
    ] {
        let ran = ran(args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        assert!(!ran.out.is_empty(), "{args:?}: what could be read is reported");
    }
}

#[test]
fn a_failure_says_what_where_why_and_what_next() {
    let bad = room(&[("mine.toml", b"schema = \"necropsy.patterns/1\"\n[[signal]]\nid = \"mine.lost\"\nregexp = 'lost (\\w+'\n")]);
    let bad = name(bad.path());
    for (args, parts) in [
        (&["scan", "/no/such/file"][..], &["necropsy: `/no/such/file`: not found"][..]),
        (&["scan", BUG, "--patterns", bad], &["the patterns cannot be used", "mine.toml:4", "regexp", "necropsy patterns check --patterns DIR"]),
        (&["scan", BUG, "--patterns", BUG_LOG], &["--patterns", BUG_LOG, "not a directory"]),
        (&["scan", BUG, "--node", "[x=node-1"], &["--node `[x`", "* fits any text"]),
        (&["explain", "split-brian"], &["no cause `split-brian`", "did you mean `split-brain`?"]),
        (&["scan"], &["PATH", "Usage: necropsy scan"]),
    ] {
        let ran = ran(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{args:?} does not say {part}: {}", ran.err);
        }
    }
}

#[test]
fn standard_input_is_a_source_like_any_other() {
    let log = fs::read(root().join(BUG_LOG)).unwrap();
    let ran = fed(&["scan", "-", "--format", "json"], &log);
    let report = ran.json();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!((&report["sources"][0]["path"], &report["findings"][0]["cause"]), (&"-".into(), &"mysql-known-bug".into()));
    assert_eq!(report["sources"][0]["sha256"], crate::cli::ran(&["scan", BUG, "--format", "json"]).json()["sources"][0]["sha256"]);
    let ran = fed(&["scan", "-"], b"");
    assert_eq!(ran.code, 0, "an empty input was read: {}", ran.err);
}

#[test]
fn json_lines_are_the_findings_of_the_json_report() {
    let whole = ran(&["scan", "samples/quorum-lost", "--format", "json"]).json();
    let lines = ran(&["scan", "samples/quorum-lost", "--format", "jsonl"]);
    let lines: Vec<Value> = lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), whole["findings"].as_array().unwrap().len());
    for (line, finding) in lines.iter().zip(whole["findings"].as_array().unwrap()) {
        for (key, value) in finding.as_object().unwrap() {
            assert_eq!(&line[key], value, "{key}");
        }
        assert_eq!(line["schema"], "necropsy.report/1");
        for evidence in finding["steps"].as_array().unwrap().iter().flat_map(|step| step["evidence"].as_array().unwrap()) {
            let id = evidence["source"].to_string();
            assert_eq!(line["paths"][&id], whole["sources"][evidence["source"].as_u64().unwrap() as usize]["path"]);
        }
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for format in ["text", "jsonl"] {
        let args = ["scan", "samples/quorum-lost", "--format", format];
        assert_eq!(ran(&args).out, ran(&args).out, "{format}");
    }
}

#[test]
fn every_cause_is_explained() {
    let list = ran(&["patterns", "list"]);
    let causes: Vec<&str> = list.out.lines().filter(|line| !line.contains(" causes from ")).map(|line| line.split(' ').next().unwrap()).collect();
    assert!(causes.len() > 50 && causes.contains(&"split-brain"), "{}", list.out);
    let page = ran(&["explain", "split-brain"]);
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    for part in [
        "split-brain (critical",
        "What it means",
        "How it is told from its rivals",
        "What is looked for, and where (cluster)",
        "Timers",
        "What to do",
        "puts data at risk",
        "https://github.com/kubernetes/",
    ] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    // In process: one start for each cause would take long.
    for cause in causes {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let words = ["necropsy", "explain", cause].map(Into::into);
        if cause.starts_with("mysql-k") || cause.starts_with("node-") {
            assert_eq!(necropsy::cli::run(words, necropsy::cli::Terminal::default(), &mut out, &mut err), 0, "{cause}");
            assert!(String::from_utf8(out).unwrap().contains("What to do"), "{cause} says what to do");
        }
    }
}

/// A file of patterns of somebody's own.
const TILL: &str = r#"schema = "necropsy.patterns/1"
[[signal]]
id = "till.stuck"
title = "a drawer does not open"
from = "the till's firmware"
component = ["other"]
hint = ["is stuck"]
[[signal.match]]
message = '''^drawer (?P<drawer>\d+) is stuck$'''
[[signal.example]]
origin = "a shop"
text = "2026-01-02T03:04:05Z drawer 7 is stuck"
expect = { drawer = "7" }

[cause]
id = "till-stuck"
title = "Drawer {stuck.drawer} is stuck"
severity = "low"
since = "0.1.0"
means = "A drawer does not open."
look = "At the drawer."
[[cause.step]]
name = "stuck"
signal = ["till.stuck"]
summary = "drawer {drawer} does not open"
[[cause.remedy]]
text = "Oil it."
[[cause.test]]
name = "one drawer"
expect = "confirmed"
log = { "shop.log" = "2026-01-02T03:04:05Z drawer 7 is stuck\n" }
"#;

#[test]
fn own_patterns_are_listed_checked_and_used() {
    let mine = room(&[("till-stuck.toml", TILL.as_bytes())]);
    let mine = name(mine.path());
    let log = room(&[("shop.log", b"2026-01-02T03:04:05Z drawer 12 is stuck\n")]);
    let found = ran(&["scan", name(log.path()), "--patterns", mine, "--format", "json"]);
    assert_eq!(found.json()["findings"][0]["title"], "Drawer 12 is stuck", "{}{}", found.out, found.err);
    assert!(ran(&["patterns", "list", "--patterns", mine]).out.contains("till-stuck"));
    assert!(ran(&["explain", "till-stuck", "--patterns", mine]).out.contains("Oil it."));
    let checked = ran(&["patterns", "check", "--patterns", mine]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    let tested = ran(&["patterns", "test", "--patterns", mine]);
    assert_eq!((tested.code, tested.out.contains(" 0 failed")), (0, true), "{}", tested.out);
    let plain = ran(&["scan", name(log.path()), "--format", "json"]).json();
    assert_ne!(plain["tool"]["patterns"], found.json()["tool"]["patterns"], "the report names the patterns in force");
    assert_eq!(plain["findings"], Value::Array(Vec::new()));
}

#[test]
fn a_story_that_ends_otherwise_fails_the_test() {
    let wrong = TILL.replace("drawer 7 is stuck\\n", "drawer 7 is open\\n");
    assert_ne!(wrong, TILL);
    let wrong = room(&[("till-stuck.toml", wrong.as_bytes())]);
    let tested = ran(&["patterns", "test", "--patterns", name(wrong.path())]);
    assert_eq!(tested.code, 2, "{}", tested.out);
    assert!(tested.out.contains("`one drawer` ends none, not confirmed") && tested.out.contains("till-stuck.toml:"), "{}", tested.out);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    for args in [&["scan", "samples/quorum-lost"][..], &["scan", "samples/quorum-lost", "--format", "json"], &["patterns", "list"]] {
        let mut child = necropsy(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{args:?}");
    }
}

/// Sequences that clear a screen, set a title, paint, turn the reading direction.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}\u{8}";

#[test]
fn nothing_in_a_log_steers_the_terminal() {
    let log = fs::read_to_string(root().join(BUG_LOG)).unwrap();
    let log = log.replace("time_elapsed >= 0", &format!("time_elapsed >= 0 {HOSTILE}")).replace("8.0.11)", &format!("8.0.11){HOSTILE}"));
    let room = room(&[("\u{1b}[31mred\u{202e}/mysqld.log", log.as_bytes()), ("\u{1b}]0;x\u{7}.bin", &[0, 1, 2, 3, 0, 0, 200])]);
    let room = name(room.path());
    for args in [
        &["scan", room][..],
        &["scan", room, "--format", "json"],
        &["scan", room, "--format", "jsonl"],
        &["sources", room],
        &["sources", room, "--format", "json"],
        &["sources", room, "--explain-clock", "*"],
        &["sources", room, "--explain-clock", HOSTILE],
        &["scan", &format!("{room}/gone{HOSTILE}")],
        &["explain", HOSTILE],
        &["scan", room, "--tz", HOSTILE],
        &["scan", room, "--include", &format!("[{HOSTILE}")],
        &["scan", room, "--patterns", HOSTILE],
        &[HOSTILE],
    ] {
        let ran = ran(args);
        for (stream, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
            let steering = text.chars().find(|letter| necropsy::report::escape::steers(*letter) && *letter != '\n');
            assert_eq!(steering, None, "{args:?}: {stream}: {text:?}");
        }
    }
    let found = ran(&["scan", room, "--format", "json"]).json();
    // No known bug has such an expression.
    assert_eq!(found["findings"][0]["cause"], "mysql-assertion");
    let cited = found["findings"][0]["steps"].as_array().unwrap().iter().flat_map(|step| step["evidence"].as_array().unwrap());
    let cited: Vec<&str> = cited.map(|evidence| evidence["text"].as_str().unwrap()).collect();
    assert!(cited.iter().any(|text| text.contains(HOSTILE)), "programs get the line as it is: {cited:?}");
}

#[test]
fn colour_is_for_terminals() {
    let plain = ran(&["scan", BUG]).out;
    assert!(!plain.contains('\u{1b}'));
    let with = |name: &str, value: &str, args: &[&str]| told(necropsy(args).env(name, value).output().unwrap()).out;
    let forced = with("CLICOLOR_FORCE", "1", &["scan", BUG]);
    assert!(forced.contains("\u{1b}["), "{forced}");
    let mut bare = String::new();
    let mut painting = false;
    for letter in forced.chars() {
        match letter {
            '\u{1b}' => painting = true,
            'm' if painting => painting = false,
            _ if painting => {}
            letter => bare.push(letter),
        }
    }
    assert_eq!(bare, plain, "colour adds nothing but colour");
    assert_eq!(with("NO_COLOR", "1", &["scan", BUG]), plain);
    for format in ["json", "jsonl"] {
        assert!(!with("CLICOLOR_FORCE", "1", &["scan", BUG, "--format", format]).contains('\u{1b}'), "{format}");
    }
}

#[test]
fn clocks_and_nodes_are_taken_from_the_command_line() {
    let line = b"I1201 10:18:14.205118       1 kubelet.go:741] Starting kubelet main sync loop.\n";
    let room = room(&[("a/kubelet.log", line), ("b/kubelet.log", line)]);
    let given = |args: &[&str]| {
        let all: Vec<&str> = [&["sources", name(room.path()), "--format", "json"], args].concat();
        let sources = ran(&all).json();
        let told = |at: usize, key: &str| sources[at][key].as_str().unwrap_or("none").to_owned();
        [(told(0, "first"), told(0, "node")), (told(1, "first"), told(1, "node"))]
    };
    let at = |time: &str, node: &str| (format!("2017-12-{time}.205118Z"), node.to_owned());
    let year = ["--year", "2017"];
    let with = |args: &[&'static str]| given(&[&year, args].concat());
    // The folders are taken for nodes' where nothing else is said.
    assert_eq!(with(&["--tz", "+08:00"]), [at("01T02:18:14", "a"), at("01T02:18:14", "b")]);
    // The last that fits counts.
    assert_eq!(with(&["--tz", "UTC", "--tz", "b/*=-0530"]), [at("01T10:18:14", "a"), at("01T15:48:14", "b")]);
    assert_eq!(with(&["--tz", "b/*=-0530", "--tz", "UTC"]), [at("01T10:18:14", "a"), at("01T10:18:14", "b")]);
    assert_eq!(with(&["--tz", "UTC", "--node", "a/**=atlas", "--node", "b/*=boreas"]), [at("01T10:18:14", "atlas"), at("01T10:18:14", "boreas")]);
}

#[test]
fn the_year_is_that_of_the_file_where_nothing_else_tells() {
    let room = room(&[("kubelet.log", b"I1201 10:18:14.205118       1 kubelet.go:741] Starting kubelet main sync loop.\n")]);
    let path = room.path().join("kubelet.log");
    // 5 January 2019
    File::options().write(true).open(&path).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(1_546_646_400)).unwrap();
    let source = &ran(&["sources", name(&path), "--format", "json"]).json()[0];
    assert_eq!((&source["first"], &source["clock"]["year_basis"]), (&"2018-12-01T10:18:14.205118Z".into(), &"file-time".into()));
    let notes = source["notes"].to_string();
    assert!(notes.contains("--year"), "{notes}");
}

#[test]
fn findings_outside_the_asked_time_are_left_out() {
    let causes = |args: &[&str]| {
        let found = ran(&[&["scan", BUG, "--format", "json"], args].concat()).json();
        found["findings"].as_array().unwrap().iter().map(|finding| finding["cause"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = causes(&[]);
    assert_eq!(all.first().map(String::as_str), Some("mysql-known-bug"));
    assert_eq!(causes(&["--since", "2019-04-17T06:47:00Z", "--until", "2019-04-17 06:48"]), all);
    // The same moments as a clock eight hours ahead shows them.
    assert_eq!(causes(&["--since", "2019-04-17T14:47:00+08:00", "--until", "2019-04-17T14:48:00+08:00"]), all);
    assert_eq!(causes(&["--since", "2019-04-18"]), Vec::<String>::new());
    assert_eq!(causes(&["--until", "2019-04-17"]), Vec::<String>::new());
}

#[test]
fn what_lies_far_from_the_asked_time_is_not_looked_at() {
    let room = tempfile::tempdir().unwrap();
    let day = |month: u32, day: u32, what: &str| {
        (0..4000).fold(String::new(), |mut text, at| {
            let (minute, second) = (at / 60 % 60, at % 60);
            writeln!(
                text,
                "2019-{month:02}-{day:02}T06:{minute:02}:{second:02}.000000Z {at} [Note] [MY-010914] [Server] Aborted connection {at} to db: {what}"
            )
            .unwrap();
            text
        })
    };
    let bug = fs::read_to_string(root().join(BUG_LOG)).unwrap();
    let start = "2019-02-01T00:00:00.000000Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.12) starting as process 1\n";
    fs::write(room.path().join("error.log"), [start, &day(2, 1, "a"), &day(2, 2, "b"), &day(2, 3, "c"), &bug, &day(6, 1, "d")].concat()).unwrap();
    fs::write(room.path().join("old.log"), day(1, 1, "e")).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_546_400_000);
    fs::File::options().write(true).open(room.path().join("old.log")).unwrap().set_modified(old).unwrap();
    let report = ran(&["scan", room.path().to_str().unwrap(), "--since", "2019-04-17", "--until", "2019-04-18", "--format", "json"]).json();
    let source = |at: usize| (report["sources"][at]["notes"].to_string(), report["sources"][at]["problems"].to_string());
    assert!(source(0).0.contains("too far from --since"), "{}", source(0).0);
    assert!(source(1).1.contains("last written to days before --since"), "{}", source(1).1);
    assert_eq!(report["findings"][0]["cause"], "mysql-known-bug");
    assert_eq!(report["sources"][0]["lines"].as_u64(), Some(16_001 + bug.lines().count() as u64));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("$ cargo run --release -- scan samples/split-brain\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let printed = ran(&["scan", "samples/split-brain"]).out;
    let mut printed = printed.lines();
    for line in shown.lines().filter(|line| line.trim() != "…") {
        assert!(printed.any(|other| other == line), "not printed, or not there: {line}");
    }
}

#[test]
fn globs_choose_what_is_read() {
    let paths = |args: &[&str]| {
        let sources = ran(&[&["sources", "samples/split-brain", "--format", "json"], args].concat()).json();
        sources.as_array().unwrap().iter().map(|source| source["path"].as_str().unwrap().replace("samples/split-brain/", "")).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["--include", "*kubelet*"]), ["nodes/k8s-node1/kubelet.log", "nodes/k8s-node3/kubelet.log"]);
    assert_eq!(paths(&["--include", "*kubelet*", "--exclude", "k8s-node3/*"]), ["nodes/k8s-node1/kubelet.log"]);
    // The same files in an archive, below a directory whose other files do not fit.
    let room = tempfile::tempdir().unwrap();
    let packed =
        std::process::Command::new("tar").args(["-cf"]).arg(room.path().join("b.tar")).args(["-C", "samples", "split-brain"]).status().unwrap();
    assert!(packed.success());
    std::fs::write(room.path().join("other.txt"), "x\n").unwrap();
    let inside = |args: &[&str]| {
        let sources = ran(&[&["sources", room.path().to_str().unwrap(), "--format", "json"], args].concat()).json();
        let paths =
            sources.as_array().unwrap().iter().map(|source| source["path"].as_str().unwrap().rsplit_once("split-brain/").unwrap().1.to_owned());
        paths.collect::<Vec<_>>()
    };
    assert_eq!(inside(&["--include", "*kubelet*"]), ["nodes/k8s-node1/kubelet.log", "nodes/k8s-node3/kubelet.log"]);
    assert_eq!(inside(&["--include", "*kubelet*", "--exclude", "k8s-node3/*"]), ["nodes/k8s-node1/kubelet.log"]);
    let ran = ran(&["scan", "samples/split-brain", "--include", "*.nothing"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("nothing could be read"), "{}", ran.err);
}

#[test]
fn the_ties_of_a_clock_are_shown_with_both_lines() {
    let told = ran(&["sources", "samples/split-brain", "--explain-clock", "control-plane/*"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert!(told.out.starts_with("samples/split-brain/control-plane/kube-controller-manager.log\n  clock      year 2017"), "{}", told.out);
    let lines: Vec<&str> = told.out.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("  agrees: its stamp is ")).unwrap();
    assert!(lines[at + 1].starts_with("    samples/split-brain/control-plane/kube-controller-manager.log:"), "{}", told.out);
    assert!(lines[at + 3].starts_with("    samples/split-brain/") && lines[at + 4].starts_with("      "), "{}", told.out);
    let report = ran(&["sources", "samples/split-brain", "--format", "json"]).json();
    let controller = report.as_array().unwrap().iter().find(|source| source["component"] == "kube-controller-manager").unwrap();
    assert!(controller["clock"]["ties"].as_u64().unwrap() >= 2, "{controller}");

    let missed = ran(&["sources", "samples/split-brain", "--explain-clock", "nothing*"]);
    assert_eq!((missed.code, missed.out.as_str()), (2, ""));
    assert!(missed.err.contains("no source has such a path"), "{}", missed.err);
}

#[test]
fn a_zone_that_contradicts_what_others_saw_is_used_with_a_warning() {
    let args = ["sources", "samples/split-brain", "--format", "json", "--tz", "*kubelet*=+02:00", "--tz", "*controller*=+02:00"];
    let report = ran(&args).json();
    let told: Vec<(&Value, String)> = report
        .as_array()
        .unwrap()
        .iter()
        .map(|source| (&source["clock"]["zone"], source["notes"].to_string()))
        .filter(|(zone, _)| **zone == "+02:00")
        .collect();
    assert_eq!(told.len(), 3, "{report}");
    assert!(told.iter().any(|(_, notes)| notes.contains("the given zone +02:00 contradicts +08:00, which follows from ")), "{told:?}");
}

#[test]
fn a_scan_warns_of_a_clock_that_was_given_wrong() {
    let wrong = ran(&["scan", "samples/split-brain", "--tz", "*=+02:00"]);
    let warnings: Vec<&str> = wrong.err.lines().filter(|line| line.starts_with("necropsy: warning: `samples/split-brain/")).collect();
    assert!(!warnings.is_empty() && warnings.len() <= 5, "{}", wrong.err);
    assert!(warnings.iter().all(|line| line.contains("the given zone +02:00 contradicts +08:00")), "{}", wrong.err);
    assert_eq!(ran(&["scan", "samples/split-brain", "--tz", "*kubelet*=+08:00", "--tz", "*controller*=+08:00", "--year", "2017"]).err, "");
}
