//! Cases on disk: what goes in comes out, with and without the index of words, killed or not, grown or not.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use necropsy::case::Case;
use necropsy::query::parse;
use serde_json::Value;
use tempfile::TempDir;

use crate::kit::{Dice, root};

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_necropsy"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

fn necropsy(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn out(args: &[&str]) -> String {
    let done = necropsy(args);
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn refused(args: &[&str]) -> String {
    let done = necropsy(args);
    assert_eq!(done.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8(done.stderr).unwrap()
}

/// A room with a case of these inputs.
fn ingested(inputs: &[&str], more: &[&str]) -> (TempDir, PathBuf) {
    let room = tempfile::tempdir().unwrap();
    let case = room.path().join("case");
    let mut args = vec!["ingest"];
    args.extend(inputs);
    args.extend(["--case", case.to_str().unwrap()]);
    args.extend(more);
    out(&args);
    (room, case)
}

/// The entries that a query finds.
fn hits(case: &Path, query: &str) -> Vec<Value> {
    let lines = out(&["search", case.to_str().unwrap(), query, "--format", "jsonl"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a case says, whatever the files it lies in are called.
fn said(case: &Path) -> String {
    let case = case.to_str().unwrap();
    format!("{}{}", out(&["search", case, "*", "--format", "jsonl"]), out(&["case", case, "report"]))
}

const QUERIES: &[&str] = &[
    "*",
    "evicted",
    "EVICTED",
    "k8s-node3",
    "\"update node status\"",
    "\"status update\"",
    "update NOT exceeds",
    "statu*",
    "\"node sta\"*",
    "trx0purge.cc",
    "12345*",
    "a1e1c9c2-d63b-11e7-9a0f-005056a1f7c3",
    "a1e1c9*",
    "013183 OR 011494",
    "code:MY-013183",
    "code:my-01*",
    "reason:Evicted",
    "reason:*Start*",
    "field.err:*refused*",
    "component:kubelet AND severity>=error",
    "node:k8s-node3 severity<warning",
    "pod:gxr-oracle-statefulset-0",
    "pod:default/gxr-oracle-statefulset-0 NOT node:k8s-node3",
    "namespace:shop",
    "source:events.json reason:Scheduled",
    "format:mysqld",
    "signal:node.*",
    "finding:*",
    "finding:f1 OR finding:split-brain",
    "around:f1±1m",
    "\"2017-12-01 02:18\"..\"02:20\"",
    "since:2026-11-20 until:\"2026-11-20 10:54:20\"",
    "NOT (the OR a OR of)",
    "NOT \"update node status\" AND node:k8s-node3",
    "entity:k8s-node1",
    "severity:fatal OR (severity:error pod:*)",
    "zzzz",
    "decade* OR face*",
];

#[test]
fn every_query_finds_the_same_with_and_without_the_index() {
    let (_room, directory) = ingested(&["samples"], &[]);
    let indexed = Case::open(&directory).unwrap();
    assert!(indexed.is_indexed());
    let bare = Case::open(&directory).unwrap().without_index();
    let mut some = 0;
    for text in QUERIES {
        let query = parse(text).unwrap();
        let (a, b) = (indexed.search(&query).unwrap(), bare.search(&query).unwrap());
        assert_eq!(a.rows().unwrap(), b.rows().unwrap(), "{text}");
        // Page by page, lazily, it is the same again, in order of time.
        let (mut paged, mut position) = (Vec::new(), 0);
        let lazy = indexed.search(&query).unwrap();
        loop {
            let hits = lazy.hits(position, 7).unwrap();
            let Some((last, _)) = hits.last() else { break };
            position = last + 1;
            paged.extend(hits);
        }
        assert!(paged.is_sorted(), "{text}");
        let rows: BTreeSet<u32> = paged.iter().map(|(_, row)| *row).collect();
        assert_eq!(rows.into_iter().collect::<Vec<_>>(), a.rows().unwrap(), "{text}");
        assert_eq!(a.count().unwrap(), paged.len() as u64, "{text}");
        some += usize::from(!paged.is_empty());
    }
    assert!(some > QUERIES.len() * 3 / 4, "{some} of {} queries find something", QUERIES.len());
}

#[test]
fn words_of_every_entry_are_found_again() {
    let (_room, directory) = ingested(&["samples"], &[]);
    let case = Case::open(&directory).unwrap();
    let bare = Case::open(&directory).unwrap().without_index();
    let mut dice = Dice(7);
    for _ in 0..40 {
        let row = dice.below(case.rows()) as u32;
        let text = case.text(row).unwrap();
        let words: Vec<String> = necropsy::query::words::typed(&String::from_utf8_lossy(&text));
        let Some(word) = words.get(dice.below(words.len())) else { continue };
        for query in [format!("\"{word}\""), format!("\"{word}\"*"), format!("\"{}\"*", word.chars().take(5).collect::<String>())] {
            let query = parse(&query).unwrap();
            let found = case.search(&query).unwrap().rows().unwrap();
            assert!(found.contains(&row), "{query:?} does not find {row}");
            assert_eq!(found, bare.search(&query).unwrap().rows().unwrap(), "{query:?}");
        }
    }
}

#[test]
fn every_byte_belongs_to_an_entry_and_every_finding_to_its_lines() {
    let (_room, directory) = ingested(&["samples"], &[]);
    let case = Case::open(&directory).unwrap();
    let mut twins = 0;
    for (index, source) in case.sources().iter().enumerate() {
        if source.rows == 0 {
            assert!(source.about["notes"].to_string().contains("same content as"), "{}", source.path);
            twins += 1;
            continue;
        }
        let original = fs::read(root().join(&source.path)).unwrap();
        let mut texts = case.reader();
        let mut whole = Vec::new();
        for row in source.first..source.first + source.rows {
            assert_eq!(case.source_of(row as u32), index);
            whole.extend_from_slice(texts.text(row as u32).unwrap());
            whole.push(b'\n');
        }
        assert_eq!(String::from_utf8_lossy(&whole).trim_end(), String::from_utf8_lossy(&original).trim_end(), "{}", source.path);
    }
    assert!(twins > 0, "samples share files; what lies there twice is told once");
    let findings = case.findings().unwrap();
    assert!(!findings.is_empty());
    for line in findings.iter().flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence) {
        let row = case.row_of_evidence(line).unwrap();
        let entry = case.entry(row);
        let lines = case.text(row).unwrap().split(|byte| *byte == b'\n').count() as u64;
        assert!(entry.line <= line.line && line.line < entry.line + lines.max(1), "{line:?} is not in {entry:?}");
    }
    for seen in case.signals().unwrap() {
        let entry = case.entry(case.row_of(seen.source as usize, seen.offset).unwrap());
        assert_eq!(entry.time, seen.time, "{seen:?} {entry:?}");
        let derived = case.manifest().derived.iter().any(|(id, _, _)| *id == seen.signal);
        assert!(derived || entry.signals.contains(&seen.signal.as_str()), "{seen:?} {entry:?}");
    }
    let scanned: Value = serde_json::from_str(&out(&["scan", "samples", "--format", "json"])).unwrap();
    assert_eq!(scanned["findings"], case.report().unwrap()["findings"]);
    assert_eq!(scanned["sources"], case.report().unwrap()["sources"]);
}

#[test]
fn events_on_one_line_are_entries_of_their_own() {
    let room = tempfile::tempdir().unwrap();
    let event = |second: u32, kind: &str, name: &str, reason: &str, message: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Event","firstTimestamp":"2026-11-20T09:00:{second:02}Z","lastTimestamp":"2026-11-20T09:00:{second:02}Z","involvedObject":{{"kind":"{kind}","namespace":"shop","name":"{name}"}},"reason":"{reason}","message":"{message}","type":"Warning","source":{{"component":"kubelet","host":"node-1"}},"metadata":{{"name":"{name}.{second}","namespace":"shop"}}}}"#
        )
    };
    let events = [
        event(1, "Pod", "web-0", "BackOff", "Back-off restarting failed container"),
        event(2, "Pod", "web-1", "Evicted", "The node was low on resource: memory. "),
        event(3, "Pod", "web-2", "Scheduled", "Successfully assigned shop/web-2 to node-1"),
    ];
    let list = format!(r#"{{"apiVersion":"v1","items":[{}],"kind":"List","metadata":{{}}}}"#, events.join(","));
    let path = room.path().join("events.json");
    fs::write(&path, &list).unwrap();
    let (_room, case) = ingested(&[path.to_str().unwrap()], &[]);
    let told = |query: &str| -> Vec<_> { hits(&case, query).iter().map(|hit| (hit["pod"].clone(), hit["text"].clone())).collect() };
    for (query, at) in [("signal:pod.backoff", 0), ("signal:pod.evicted*", 1), ("signal:pod.scheduled", 2), ("pod:web-1", 1)] {
        let name = format!("shop/web-{at}");
        assert_eq!(told(query).iter().map(|(pod, _)| pod.as_str().unwrap()).collect::<Vec<_>>(), [name.as_str()], "{query}");
        assert!(told(query)[0].1.as_str().unwrap().contains(&format!("web-{at}")), "{query}");
    }
    // What a finding cites is the Event, not how the line begins.
    let report: Value = serde_json::from_str(&out(&["scan", "--format", "json", path.to_str().unwrap()])).unwrap();
    let evicted = report["findings"].as_array().unwrap().iter().find(|finding| finding["cause"].as_str().unwrap().contains("eviction")).unwrap();
    let line = &evicted["steps"][0]["evidence"][0];
    let offset = line["offset"].as_u64().unwrap() as usize;
    assert_eq!((line["line"].as_u64(), line["text"].as_str().unwrap()), (Some(1), events[1].as_str()));
    assert_eq!(list.get(offset..offset + events[1].len()), Some(events[1].as_str()));
}

#[test]
fn order_pages_and_counts_agree() {
    let (_room, directory) = ingested(&["samples"], &[]);
    let case = Case::open(&directory).unwrap();
    let times: Vec<Option<i64>> = (0..case.rows()).map(|position| case.time_at(position)).collect();
    let dated: Vec<i64> = times.iter().copied().take_while(Option::is_some).flatten().collect();
    assert!(dated.is_sorted() && times.iter().skip(dated.len()).all(Option::is_none), "entries without a time come last");
    for position in (0..case.rows()).step_by(37) {
        assert_eq!(case.position_of(case.row_at(position).unwrap()), position);
        if let Some(time) = times[position] {
            assert_eq!(case.position_of_time(time), times.iter().position(|other| *other == Some(time)).unwrap());
        }
    }
    let (first, last) = (dated[0], *dated.last().unwrap());
    assert_eq!(case.histogram(first, last + 1, 13).iter().sum::<u64>(), dated.len() as u64);
    for facet in [necropsy::case::Facet::Severity, necropsy::case::Facet::Component, necropsy::case::Facet::Source, necropsy::case::Facet::Node] {
        let all = case.facets(facet, None, usize::MAX).unwrap();
        assert_eq!(all.iter().map(|(_, count)| count).sum::<u64>(), case.rows() as u64, "{facet:?}");
        let errors = case.search(&parse("severity>=error").unwrap()).unwrap();
        let some = case.facets(facet, Some(&errors), usize::MAX).unwrap();
        assert_eq!(some.iter().map(|(_, count)| count).sum::<u64>(), errors.count().unwrap(), "{facet:?}");
    }
}

#[test]
fn the_same_input_makes_the_same_case_whatever_its_order_and_threads() {
    let (_a, one) = ingested(&["samples/split-brain", "samples/quorum-lost"], &["--threads", "1"]);
    let (_b, other) = ingested(&["samples/quorum-lost"], &["--threads", "3"]);
    assert_ne!(said(&one), said(&other));
    let grown = out(&["ingest", "samples/split-brain", "--case", other.to_str().unwrap()]);
    assert!(!grown.contains("nothing new"), "{grown}");
    assert_eq!(said(&one), said(&other));
    assert!(out(&["ingest", "samples/split-brain", "--case", other.to_str().unwrap()]).contains("nothing new"));
    assert_eq!(said(&one), said(&other));
}

#[test]
fn what_grew_is_replaced_and_what_is_the_same_is_not_added_again() {
    let room = tempfile::tempdir().unwrap();
    let at = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let (log, copy, later, case) = (at("kubelet.log"), at("copy.log"), at("later/kubelet.log"), at("case"));
    let line = |minute: u32| format!("I1201 10:{minute:02}:42.123456    1893 kubelet.go:10] line of minute {minute}\n");
    fs::write(&log, (0..30).map(line).collect::<String>()).unwrap();
    out(&["ingest", &log, "--year", "2017", "--case", &case]);
    out(&["note", &case, "add", "kubelet.log:3", "--tag", "odd"]);
    // A copy under another name.
    fs::copy(&log, &copy).unwrap();
    assert!(out(&["ingest", &copy, "--case", &case]).contains("the same content as"));
    assert_eq!(out(&["search", &case, "*", "--count"]), "30\n");
    // It grows where it lies.
    fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(line(30).as_bytes()).unwrap();
    assert!(out(&["case", &case, "info"]).contains("30 records"));
    assert_eq!(necropsy(&["case", &case, "verify"]).status.code(), Some(1));
    out(&["ingest", &log, "--case", &case]);
    assert_eq!(out(&["search", &case, "*", "--count"]), "31\n");
    assert_eq!(out(&["search", &case, "tag:odd", "--count"]), "1\n", "notes outlive growth");
    // It is collected again elsewhere, longer still.
    fs::create_dir(room.path().join("later")).unwrap();
    fs::write(&later, (0..40).map(line).collect::<String>()).unwrap();
    out(&["ingest", &later, "--case", &case]);
    assert_eq!(out(&["search", &case, "*", "--count"]), "40\n");
    assert!(out(&["search", &case, "tag:odd"]).contains("minute 2"), "notes follow the log");
    assert_eq!(out(&["search", &case, "since:2017-12-01T10:39:00Z", "--count"]), "1\n");
}

#[test]
fn an_embedded_case_travels_alone() {
    let room = tempfile::tempdir().unwrap();
    let input = room.path().join("input");
    fs::create_dir(&input).unwrap();
    for (at, log) in crate::kit::files("samples/split-brain").iter().enumerate() {
        fs::copy(log, input.join(format!("{at}-{}", log.file_name().unwrap().to_string_lossy()))).unwrap();
    }
    let (input, bare, whole, moved) = (input.to_str().unwrap(), room.path().join("bare"), room.path().join("whole"), room.path().join("moved"));
    out(&["ingest", input, "--case", bare.to_str().unwrap()]);
    out(&["ingest", input, "--embed", "--case", whole.to_str().unwrap()]);
    let before = out(&["search", bare.to_str().unwrap(), "\"update node status\" OR reason:*", "--format", "csv"]);
    fs::remove_dir_all(input).unwrap();
    fs::rename(&whole, &moved).unwrap();
    assert_eq!(out(&["search", moved.to_str().unwrap(), "\"update node status\" OR reason:*", "--format", "csv"]), before);
    // What is gone is told, and so is what could be done.
    let told = refused(&["search", bare.to_str().unwrap(), "*"]);
    assert!(told.contains("No such file") && told.contains("--embed"), "{told}");
    assert_eq!(
        out(&["search", bare.to_str().unwrap(), "severity>=error", "--count"]),
        out(&["search", moved.to_str().unwrap(), "severity>=error", "--count"])
    );
    // The copy is enough to go on with.
    out(&["ingest", "samples/known-bug", "--case", moved.to_str().unwrap()]);
}

#[test]
fn archives_are_unpacked_into_the_case_once() {
    let room = tempfile::tempdir().unwrap();
    let archive = room.path().join("bundle.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for log in crate::kit::files("samples/split-brain") {
        let name = log.strip_prefix(root().join("samples")).unwrap().to_string_lossy().into_owned();
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(&log).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let case = room.path().join("case");
    let case = case.to_str().unwrap();
    out(&["ingest", archive.to_str().unwrap(), "--case", case]);
    fs::remove_file(&archive).unwrap();
    let texts = |case: &str, query: &str| {
        let lines = out(&["search", case, query, "--format", "jsonl"]);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let (_room, plain) = ingested(&["samples/split-brain"], &[]);
    for query in ["*", "code:* OR reason:*", "\"update node status\""] {
        assert_eq!(texts(case, query), texts(plain.to_str().unwrap(), query), "{query}");
    }
    let inside: Vec<String> = fs::read_dir(room.path()).unwrap().map(|item| item.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(inside, ["case"], "nothing is written outside the case");
}

fn start(args: &[&str]) -> Child {
    command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A log that takes a while.
fn long(path: &Path, lines: u32) {
    let mut text = Vec::new();
    for at in 0..lines {
        let (hour, minute, second, fraction) = (at / 3600 % 24, at / 60 % 60, at % 60, at % 1_000_000);
        let (node, id) = (at % 13, u64::from(at) * 0x9e37_79b9);
        writeln!(
            text,
            "E1201 {hour:02}:{minute:02}:{second:02}.{fraction:06}    1893 kubelet_node_status.go:349] Unable to update node status {at} of node-{node}: {id:x}"
        )
        .unwrap();
    }
    fs::write(path, text).unwrap();
}

#[test]
fn killed_at_any_moment_it_opens_with_what_was_committed() {
    let room = tempfile::tempdir().unwrap();
    let (first, second) = (room.path().join("a.log"), room.path().join("b.log"));
    long(&first, 500);
    long(&second, 12_000);
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    let at = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let (never, case) = (at("never"), at("case"));
    let measured = std::time::Instant::now();
    out(&["ingest", first, second, "--case", &never, "--year", "2017"]);
    let whole = measured.elapsed();
    out(&["ingest", first, "--case", &case, "--year", "2017"]);
    let before = said(Path::new(&case));
    let after = said(Path::new(&never));
    let mut dice = Dice(11);
    let mut killed = 0;
    for _ in 0..10 {
        let mut child = start(&["ingest", second, "--case", &case, "--year", "2017"]);
        std::thread::sleep(whole.mul_f64(dice.below(1000) as f64 / 1000.0));
        killed += usize::from(child.try_wait().unwrap().is_none());
        // It may have ended by itself.
        drop(child.kill());
        child.wait().unwrap();
        let now = said(Path::new(&case));
        assert!(now == before || now == after, "neither the state before nor the one after");
        if now == after && killed > 3 {
            break;
        }
        if now == after {
            fs::remove_dir_all(&case).unwrap();
            out(&["ingest", first, "--case", &case, "--year", "2017"]);
        }
    }
    out(&["ingest", second, "--case", &case, "--year", "2017"]);
    assert_eq!(said(Path::new(&case)), after);
    assert!(Case::open(Path::new(&case)).unwrap().is_indexed());
    let kept: Vec<String> = fs::read_dir(&case).unwrap().map(|item| item.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(kept.iter().filter(|name| name.starts_with("timeline-")).count() == 1 && !kept.contains(&"spill".to_owned()), "{kept:?}");
}

#[test]
fn a_second_writer_and_a_full_disk_are_told() {
    let room = tempfile::tempdir().unwrap();
    let at = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let (log, case) = (at("a.log"), at("case"));
    long(Path::new(&log), 8_000);
    out(&["ingest", "samples/known-bug", "--case", &case]);
    let before = said(Path::new(&case));
    // Somebody else holds the lock.
    let lock = fs::OpenOptions::new().write(true).open(Path::new(&case).join("lock")).unwrap();
    lock.try_lock().unwrap();
    let told = refused(&["ingest", &log, "--case", &case]);
    assert!(told.contains("another necropsy is writing"), "{told}");
    assert_eq!(said(Path::new(&case)), before, "reading goes on meanwhile");
    lock.unlock().unwrap();
    drop(lock);
    // No file may grow beyond so many blocks: what a full disk looks like.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec {} ingest {log} --case {case}", env!("CARGO_BIN_EXE_necropsy"));
    let done = Command::new("sh").args(["-c", &limited]).current_dir(root()).output().unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2), "{told}");
    assert!(told.contains("cannot write") && told.contains("make room"), "{told}");
    let left: Vec<_> =
        fs::read_dir(&case).unwrap().map(|item| item.unwrap().file_name()).filter(|name| name == "spill" || name == "timeline-000002").collect();
    assert!(left.is_empty(), "what was begun takes no room: {left:?}");
    assert_eq!(said(Path::new(&case)), before);
    out(&["ingest", &log, "--case", &case]);
    assert_eq!(out(&["search", &case, "component:kubelet OR source:a.log", "--count"]), "8000\n");
}

#[test]
fn damage_is_told_and_healed() {
    let (_room, directory) = ingested(&["samples/split-brain"], &[]);
    let case = directory.to_str().unwrap();
    let before = said(&directory);
    let timeline = directory.join("timeline-000001");
    let column = timeline.join("time");
    let whole = fs::read(&column).unwrap();
    fs::write(&column, &whole[..whole.len() - 9]).unwrap();
    assert!(refused(&["search", case, "*"]).contains("another length"));
    let mut changed = whole.clone();
    changed[40] ^= 0xff;
    fs::write(&column, &changed).unwrap();
    let told = necropsy(&["case", case, "verify"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&told.stdout).contains("time: is not as it was written"));
    out(&["ingest", "samples/split-brain", "--case", case]);
    assert_eq!(necropsy(&["case", case, "verify"]).status.code(), Some(0));
    assert_eq!(said(&directory), before);
    // An index that is damaged hides nothing, and is built anew.
    let words = fs::read_dir(&directory)
        .unwrap()
        .map(|item| item.unwrap().path())
        .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("words-"))
        .unwrap();
    let count = out(&["search", case, "update", "--count"]);
    for item in fs::read_dir(&words).unwrap().map(|item| item.unwrap().path()) {
        let bytes = fs::read(&item).unwrap();
        fs::write(&item, &bytes[..bytes.len() / 2]).unwrap();
    }
    assert_eq!(out(&["search", case, "update", "--count"]), count);
    assert_eq!(necropsy(&["case", case, "verify"]).status.code(), Some(2));
    out(&["ingest", "samples/split-brain", "--case", case]);
    assert_eq!(necropsy(&["case", case, "verify"]).status.code(), Some(0));
}

#[test]
fn an_index_of_any_bytes_hides_nothing_and_panics_nowhere() {
    let (_room, directory) = ingested(&["samples/split-brain", "samples/known-bug"], &[]);
    let case = directory.to_str().unwrap();
    let asked = ["update", "crash*", "\"failed to update\"", "zzzz", "update NOT node", "reason:Evicted"];
    let counts = |case: &Case| asked.map(|text| case.search(&parse(text).unwrap()).unwrap().count().unwrap());
    let right = counts(&Case::open(&directory).unwrap());
    assert_eq!(counts(&Case::open(&directory).unwrap().without_index()), right);
    let words = fs::read_dir(&directory)
        .unwrap()
        .map(|item| item.unwrap().path())
        .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("words-"))
        .unwrap();
    let mut files: Vec<(PathBuf, Vec<u8>)> =
        fs::read_dir(&words).unwrap().map(|item| item.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    // Missing, cut short, of zeros, another file: always met, always told, and the hits are the same.
    let mut met = 0;
    for (path, bytes) in &files {
        let other = &files.iter().rfind(|(other, text)| other != path && text.len() != bytes.len()).unwrap().1;
        for broken in [None, Some(vec![]), Some(bytes[..bytes.len() - 1].to_vec()), Some(vec![0; bytes.len()]), Some(other.clone())] {
            match &broken {
                None => fs::remove_file(path).unwrap(),
                Some(bytes) => fs::write(path, bytes).unwrap(),
            }
            let opened = Case::open(&directory).unwrap();
            assert_eq!(counts(&opened), right, "{path:?} {:?}", broken.map(|bytes| bytes.len()));
            met += u32::from(opened.trouble().is_some_and(|what| what.contains("words-") && what.contains("texts are read instead")));
        }
        fs::write(path, bytes).unwrap();
    }
    assert!(met > 10, "{met}");
    // Bytes that are changed anywhere inside: whatever they make of it, nobody panics and nobody waits for ever. `verify` tells.
    let mut dice = Dice(7);
    for _ in 0..300 {
        let (path, bytes) = &files[dice.below(files.len())];
        let mut changed = bytes.clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(changed.len());
            changed[at] = dice.below(256) as u8;
        }
        fs::write(path, &changed).unwrap();
        let opened = Case::open(&directory).unwrap();
        let found = counts(&opened);
        assert!(found[0] <= opened.rows() as u64);
        fs::write(path, bytes).unwrap();
    }
    // On a terminal one word is said of it, and no panic.
    let term = files.iter().find(|(path, _)| path.extension().is_some_and(|end| end == "term")).unwrap();
    let mut changed = term.1.clone();
    let middle = changed.len() / 2;
    changed[..middle].fill(0xff);
    fs::write(&term.0, &changed).unwrap();
    let done = necropsy(&["search", case, "update", "--count"]);
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), right[0].to_string());
    assert!(told.contains("the index of words cannot be read") && !told.contains("panicked"), "{told}");
    assert!(told.contains("necropsy ingest --case"), "{told}");
}

#[test]
fn the_counts_and_formats_of_the_command_line() {
    let (_room, directory) = ingested(&["samples/split-brain"], &[]);
    let case = directory.to_str().unwrap();
    let all: usize = out(&["search", case, "*", "--count"]).trim().parse().unwrap();
    assert_eq!(out(&["search", case, "*"]).lines().count(), all);
    assert_eq!(out(&["search", case, "*", "--limit", "3"]).lines().count(), 3);
    let counted = out(&["search", case, "*", "--histogram", "5", "--count"]);
    assert_eq!(counted.lines().count(), 6);
    let bars: usize = counted.lines().take(5).map(|line| line.split_whitespace().nth(2).unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!((bars, counted.lines().last()), (all, Some(all.to_string().as_str())));
    for line in out(&["search", case, "severity>=error", "--format", "jsonl"]).lines() {
        let hit: Value = serde_json::from_str(line).unwrap();
        assert!(matches!(hit["severity"].as_str(), Some("error" | "fatal")), "{line}");
    }
    assert!(out(&["timeline", case, "--format", "timesketch-csv"]).starts_with("message,datetime,timestamp_desc,"));
    let folded: Vec<u64> = out(&["timeline", case, "--format", "jsonl"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["count"].as_u64().unwrap())
        .collect();
    assert!(folded.len() < all && folded.iter().sum::<u64>() == all as u64);
    assert_eq!(out(&["timeline", case, "--all"]).lines().count(), all);
    assert!(out(&["timeline", case, "--columns", "node"]).lines().next().unwrap().contains("k8s-node3"));
    let life = out(&["entity", case, "k8s-node3"]);
    for part in ["Names", "States", "█", "Signals", "Findings"] {
        assert!(life.contains(part), "{part}: {life}");
    }
    assert!(refused(&["entity", case, "k8s-node"]).contains("k8s-node3"));
    assert!(refused(&["search", case, "componnt:x"]).contains("did you mean component"));
    assert!(refused(&["search", case, "around:f99"]).contains("there is no finding"));
    assert!(refused(&["search", "/nowhere/at/all", "*"]).contains("there is no such directory"));
}

#[test]
fn sections_series_and_merged_journals_keep_their_texts() {
    let room = tempfile::tempdir().unwrap();
    let input = room.path().join("input");
    fs::create_dir_all(input.join("node")).unwrap();
    let klog = |day: u32, minute: u32, what: &str| format!("I12{day:02} 10:{minute:02}:42.123456    1893 kubelet.go:10] {what} of minute {minute}\n");
    // A rotated series: two files, one source.
    fs::write(input.join("node/kubelet.log.1"), (0..20).map(|minute| klog(1, minute, "older line")).collect::<String>()).unwrap();
    fs::write(input.join("node/kubelet.log"), (20..30).map(|minute| klog(1, minute, "newer line")).collect::<String>()).unwrap();
    // Sections of one file.
    let section = |pod: &str, what: &str| {
        let lines: String = (0..5).map(|minute| klog(2, minute, what)).collect();
        format!("==== START logs for container c of pod ns/{pod} ====\n{lines}==== END logs for container c of pod ns/{pod} ====\n")
    };
    fs::write(input.join("dump.txt"), format!("before\n{}between\n{}after\n", section("a", "first pod"), section("b", "second pod"))).unwrap();
    // A journal of two nodes, their lines interleaved.
    let merged = |at: usize| {
        let node = if at.is_multiple_of(2) { "node-a.example.com" } else { "node-b.example.com" };
        format!(
            "{node} Dec 03 10:{at:02}:42.123456 {node} kubenswrapper[1893]: I1203 10:{at:02}:42.123456    1893 kubelet.go:10] \"merged line {at}\"\n"
        )
    };
    let journal = (0..40).map(merged).collect::<Vec<_>>().concat();
    fs::write(input.join("journal.log"), &journal).unwrap();
    let (input, case, whole) = (input.to_str().unwrap(), room.path().join("case"), room.path().join("whole"));
    out(&["ingest", input, "--year", "2017", "--case", case.to_str().unwrap()]);
    out(&["ingest", input, "--year", "2017", "--embed", "--case", whole.to_str().unwrap()]);
    let hits = |case: &Path, query: &str| {
        let lines = out(&["search", case.to_str().unwrap(), query, "--format", "jsonl"]);
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    for case in [&case, &whole] {
        let series = hits(case, "\"line of minute\"");
        assert_eq!(series.len(), 30);
        for (at, hit) in series.iter().enumerate() {
            assert!(hit["text"].as_str().unwrap().ends_with(&format!("line of minute {at}")), "{hit}");
            let (path, line) = if at < 20 { ("kubelet.log.1", at + 1) } else { ("kubelet.log", at - 19) };
            assert!(hit["source"].as_str().unwrap().ends_with(path) && hit["line"] == line, "{hit}");
        }
        let first = hits(case, "\"first pod\"");
        assert_eq!(first.len(), 5);
        assert!(first.iter().all(|hit| hit["pod"] == "ns/a" && !hit["text"].as_str().unwrap().contains('\n')), "{first:?}");
        assert_eq!(hits(case, "pod:ns/b \"second pod\"").len(), 5);
        let between = hits(case, "between OR after");
        assert_eq!(
            between.iter().map(|hit| hit["text"].as_str().unwrap()).collect::<BTreeSet<_>>(),
            BTreeSet::from(["after", "between"]),
            "{between:?}"
        );
        let node = hits(case, "node:node-a* \"merged line\"");
        assert_eq!(node.len(), 20, "{node:?}");
        for hit in &node {
            let text = hit["text"].as_str().unwrap();
            assert!(text.starts_with("node-a") && !text.contains("node-b") && journal.contains(text), "{hit}");
        }
    }
    let all = |case: &Path| hits(case, "*").len();
    assert_eq!(all(&case), all(&whole));
    // A note on the older file is found again when the series grows by a newer one.
    out(&["note", case.to_str().unwrap(), "add", "node/kubelet.log.1:3", "--tag", "odd"]);
    fs::rename(Path::new(input).join("node/kubelet.log.1"), Path::new(input).join("node/kubelet.log.2")).unwrap();
    fs::rename(Path::new(input).join("node/kubelet.log"), Path::new(input).join("node/kubelet.log.1")).unwrap();
    fs::write(Path::new(input).join("node/kubelet.log"), (30..35).map(|minute| klog(1, minute, "newest line")).collect::<String>()).unwrap();
    let again = room.path().join("again");
    fs::create_dir(&again).unwrap();
    fs::copy(case.join("notes.jsonl"), again.join("notes.jsonl")).unwrap();
    let told = refused(&["ingest", input, "--case", again.to_str().unwrap()]);
    assert!(told.contains("not empty"), "{told}");
    out(&["ingest", input, "--case", case.to_str().unwrap()]);
    assert_eq!(hits(&case, "\"line of minute\"").len(), 35);
    let odd = hits(&case, "tag:odd");
    assert!(odd.len() == 1 && odd[0]["text"].as_str().unwrap().ends_with("minute 2"), "{odd:?}");
    // What is embedded is read again when it is gone.
    fs::remove_dir_all(input).unwrap();
    let before = hits(&whole, "*");
    out(&["ingest", "samples/known-bug", "--case", whole.to_str().unwrap()]);
    let kept: Vec<Value> = hits(&whole, "NOT source:mycluster-1.mysqld.log");
    let text =
        |hits: &[Value]| hits.iter().map(|hit| (hit["source"].to_string(), hit["line"].to_string(), hit["text"].to_string())).collect::<Vec<_>>();
    assert_eq!(text(&kept), text(&before));
}

#[test]
fn what_cannot_be_read_twice_or_at_all_is_no_hindrance() {
    let room = tempfile::tempdir().unwrap();
    let case = room.path().join("case");
    let case = case.to_str().unwrap();
    let log = fs::read(crate::kit::files("samples/known-bug").remove(0)).unwrap();
    let mut child = command(&["ingest", "-", "--case", case]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&log).unwrap();
    assert!(child.wait().unwrap().success());
    let lines = out(&["search", case, "*", "--format", "jsonl"]);
    let texts: Vec<String> = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts.join("\n"), String::from_utf8_lossy(&log).trim_end());
    // It goes on from the store, and what lies inside the case is no input.
    fs::write(room.path().join("b.log"), "2026-11-20T09:14:47.195137Z 0 [ERROR] [MY-010119] [Server] Aborting\n").unwrap();
    fs::write(room.path().join("c.bin"), [0_u8, 1, 2, 3, 255, 254, 0, 0].repeat(600)).unwrap();
    out(&["ingest", room.path().to_str().unwrap(), "--case", case]);
    let count = |query: &str| out(&["search", case, query, "--count"]).trim().parse::<usize>().unwrap();
    assert_eq!((count("*"), count("code:MY-010119 source:b.log")), (texts.len() + 1, 1));
    assert!(out(&["case", case, "info"]).contains("not text"));
    // A pipe is like standard input.
    let piped = room.path().join("piped");
    let shell =
        format!("cat {} | {} ingest /dev/stdin --case {}", room.path().join("b.log").display(), env!("CARGO_BIN_EXE_necropsy"), piped.display());
    assert!(Command::new("sh").args(["-c", &shell]).output().unwrap().status.success());
    assert!(out(&["search", piped.to_str().unwrap(), "aborting"]).contains("MY-010119"));
    out(&["ingest", "samples/known-bug", "--case", piped.to_str().unwrap()]);
    assert!(out(&["search", piped.to_str().unwrap(), "aborting"]).contains("MY-010119"));
}

/// Copies a directory; `@ROOM@` in the manifest becomes `room`.
fn restored(from: &Path, to: &Path, room: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if item.path().is_dir() {
            restored(&item.path(), &to.join(item.file_name()), room);
        } else {
            let bytes = fs::read(item.path()).unwrap();
            let is_manifest = item.file_name() == "manifest.json";
            let placed = || String::from_utf8(bytes.clone()).unwrap().replace("@ROOM@", &format!("{}/", room.display())).into_bytes();
            fs::write(to.join(item.file_name()), if is_manifest { placed() } else { bytes.clone() }).unwrap();
        }
    }
}

#[test]
fn a_case_of_an_earlier_layout_is_built_anew() {
    let room = tempfile::tempdir().unwrap();
    let written = root().join("tests/it/case-1");
    let at = |name: &str| room.path().join(name);
    restored(&written, &at("case"), room.path());
    let case = at("case");
    let case = case.to_str().unwrap();
    for file in ["a.log", "node.log"] {
        fs::rename(Path::new(case).join(file), at(file)).unwrap();
    }
    let told = refused(&["search", case, "*"]);
    assert!(told.contains("version 1 of the layout") && told.contains("necropsy ingest --case"), "{told}");
    // One of its files is gone: what the case has of it is taken over, and what is noted stays.
    fs::remove_file(at("node.log")).unwrap();
    let told = out(&["ingest", "--case", case]);
    assert!(told.contains("was of version 1") && told.contains("node.log: gone"), "{told}");
    let count = |query: &str| out(&["search", case, query, "--count"]);
    let counts = ["*", "pod:gxr*", "entity:*", "signal:pod.*", "severity>=error", "tag:seen"].map(count);
    assert_eq!(counts.concat(), ["12\n", "2\n", "10\n", "3\n", "1\n", "1\n"].concat());
    assert!(out(&["note", case, "list"]).contains("kept through all layouts"));
    assert!(out(&["ingest", "--case", case]).contains("nothing new"));
    // And when it is back it is as if nothing had been; the layout of then did not know the node that a kubelet registers.
    fs::copy(written.join("node.log"), at("node.log")).unwrap();
    out(&["ingest", "--case", case]);
    assert_eq!(
        ["*", "pod:gxr*", "entity:*", "signal:pod.*", "severity>=error", "tag:seen"].map(count).concat(),
        ["12\n", "2\n", "12\n", "3\n", "1\n", "1\n"].concat()
    );
    assert_eq!(necropsy(&["case", case, "verify"]).status.code(), Some(0));
}

/// Changes the manifest of a case.
fn changed(case: &Path, change: impl FnOnce(&mut Value)) {
    let path = case.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn a_case_is_read_by_the_names_of_its_formats_and_components() {
    let room = tempfile::tempdir().unwrap();
    let (log, case) = (room.path().join("node.log"), room.path().join("case"));
    fs::copy(root().join("tests/it/case-1/node.log"), &log).unwrap();
    fs::copy(root().join("tests/it/case-1/a.log"), room.path().join("a.log")).unwrap();
    let asked = case.to_str().unwrap().to_owned();
    out(&["ingest", room.path().to_str().unwrap(), "--case", &asked]);
    let counts = || {
        ["format:klog", "format:mysqld", "component:kubelet", "component:mysqld", "code:MY-0*"]
            .map(|query| out(&["search", &asked, query, "--count"]))
    };
    let first = counts();
    assert_eq!(first.each_ref().map(|count| count == "0\n"), [false; 5], "{first:?}");
    // Another program numbered them the other way round, and knew one that nobody knows here.
    changed(&case, |manifest| {
        for list in ["formats", "components"] {
            let names = manifest[list].as_array_mut().unwrap();
            for name in names {
                let other = match name.as_str().unwrap() {
                    "klog" | "kubelet" => "mysqld",
                    "mysqld" => "a-format-to-come",
                    "mysqld_safe" => "kubelet",
                    _ => continue,
                };
                *name = other.into();
            }
        }
    });
    let other = counts();
    assert_eq!((&other[0], &other[1]), (&"0\n".to_owned(), &first[0]));
    assert_eq!((&other[2], out(&["search", &asked, "format:a-format-to-come", "--count"])), (&"0\n".to_owned(), first[1].clone()));
    assert_eq!(other[4], first[4], "what nobody knows is read as what it looks like");
    // Written anew, it is numbered as here; of what is gone the names count too.
    changed(&case, |manifest| {
        for (list, from, to) in [("formats", "a-format-to-come", "klog-x"), ("formats", "mysqld", "klog"), ("formats", "klog-x", "mysqld")] {
            manifest[list].as_array_mut().unwrap().iter_mut().filter(|name| **name == from).for_each(|name| *name = to.into());
        }
        manifest["formats"].as_array_mut().unwrap().push("one-more".into());
    });
    fs::remove_file(&log).unwrap();
    out(&["ingest", "--case", &asked]);
    let last = counts();
    assert_eq!((&last[0], &last[1], &last[4]), (&first[0], &first[1], &first[4]));
    // The second layout did not say what its numbers mean: what is told of the source stands for its entries.
    changed(&case, |manifest| {
        manifest["version"] = 2.into();
        manifest.as_object_mut().unwrap().retain(|name, _| name != "formats" && name != "components");
    });
    assert!(refused(&["search", &asked, "*"]).contains("version 2 of the layout"));
    assert!(out(&["ingest", "--case", &asked]).contains("was of version 2"));
    let last = counts();
    assert_eq!((&last[0], &last[1], &last[4]), (&first[0], &first[1], &first[4]));
}

#[test]
fn one_path_means_one_file() {
    let room = tempfile::tempdir().unwrap();
    let case = room.path().join("case");
    for place in ["a", "b"] {
        fs::create_dir(room.path().join(place)).unwrap();
        fs::write(room.path().join(place).join("x.log"), format!("2026-11-20T09:14:47.195137Z 0 [ERROR] [MY-010119] [Server] {place}\n")).unwrap();
    }
    let ingest = |place: &str| {
        Command::new(env!("CARGO_BIN_EXE_necropsy"))
            .args(["ingest", "x.log", "--case", case.to_str().unwrap()])
            .current_dir(room.path().join(place))
            .output()
            .unwrap()
    };
    assert!(ingest("a").status.success());
    // What goes by the same path and is another file goes by its path in full, however often it is given.
    for _ in 0..2 {
        assert!(ingest("b").status.success());
        let paths: Vec<String> = hits(&case, "*").iter().map(|hit| hit["source"].as_str().unwrap().to_owned()).collect();
        assert_eq!(paths.len(), 2, "{paths:?}");
        assert!(paths.contains(&"x.log".into()) && paths.iter().any(|path| path.ends_with("/b/x.log")), "{paths:?}");
    }
    // The first is gone: what the case has of it is kept.
    fs::remove_dir_all(room.path().join("a")).unwrap();
    let told = ingest("b");
    assert!(String::from_utf8_lossy(&told.stdout).contains("x.log: gone"), "{told:?}");
    assert_eq!(hits(&case, "*").len(), 2);
}

#[test]
fn what_is_gone_is_kept_and_told() {
    let room = tempfile::tempdir().unwrap();
    let (input, case) = (room.path().join("input"), room.path().join("case"));
    fs::create_dir(&input).unwrap();
    let logs = crate::kit::files("samples/split-brain");
    for (at, log) in logs.iter().enumerate() {
        fs::copy(log, input.join(format!("{at}-{}", log.file_name().unwrap().to_string_lossy()))).unwrap();
    }
    let (away, case) = (room.path().join("away"), case.to_str().unwrap());
    out(&["ingest", input.to_str().unwrap(), "--case", case]);
    let entries = |query: &str| -> Vec<(String, String, String)> {
        let part = |hit: &Value, name: &str| hit[name].to_string();
        hits(Path::new(case), query).iter().map(|hit| (part(hit, "time"), part(hit, "source"), part(hit, "line"))).collect()
    };
    let findings = || -> BTreeSet<(String, String)> {
        let report: Value = serde_json::from_str(&out(&["case", case, "report"])).unwrap();
        let cited = |finding: &Value| finding["steps"][0]["evidence"][0]["line"].to_string();
        report["findings"].as_array().unwrap().iter().map(|finding| (finding["cause"].to_string(), cited(finding))).collect()
    };
    let (before, errors, found) = (entries("*"), entries("severity>=error node:k8s-node3"), findings());
    fs::rename(&input, &away).unwrap();
    let told = out(&["ingest", "samples/known-bug", "--case", case]);
    assert_eq!(told.matches(": gone,").count(), logs.len(), "{told}");
    let after = entries("*");
    assert!(after.len() > before.len() && before.iter().all(|entry| after.contains(entry)), "{} {}", before.len(), after.len());
    assert_eq!(entries("severity>=error node:k8s-node3"), errors);
    let now = findings();
    assert!(found.is_subset(&now) && now.len() > found.len(), "{now:?}");
    assert!(out(&["case", case, "report"]).contains("found by an earlier ingest"));
    let list: Vec<Value> = Case::open(Path::new(case)).unwrap().headlines_as().expect("what a first page tells is told of what was kept too");
    let report: Value = serde_json::from_str(&out(&["case", case, "report"])).unwrap();
    let ids = |list: &[Value]| list.iter().map(|finding| finding["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&list), ids(report["findings"].as_array().unwrap()));
    assert!(list[0]["steps"].is_array());
    assert!(out(&["case", case, "info"]).contains("gone since it was read"));
    assert!(out(&["entity", case, "k8s-node3"]).contains("k8s-node3 never died"));
    // A word of the index is found, a phrase would have to be read.
    assert!(!entries("aborted").is_empty());
    assert!(entries("\"update node status\"").is_empty());
    // A further ingest changes nothing; what comes back is read again, as if it had never been gone.
    out(&["ingest", "samples/known-bug", "--case", case]);
    assert_eq!(entries("*"), after);
    fs::rename(&away, &input).unwrap();
    out(&["ingest", "samples/known-bug", "--case", case]);
    let whole = room.path().join("whole");
    out(&["ingest", input.to_str().unwrap(), "samples/known-bug", "--case", whole.to_str().unwrap()]);
    assert_eq!(said(Path::new(case)), said(&whole));
}

/// Asks for the end as soon as a step reads something.
struct Impatient(&'static str, necropsy::open::Stop);

impl necropsy::case::Watch for Impatient {
    fn begin(&self, step: &str, _: u64) -> Box<dyn necropsy::scan::Progress + '_> {
        if step == self.0 { Box::new(Asking(&self.1)) } else { Box::new(necropsy::scan::Quiet) }
    }
}

struct Asking<'a>(&'a necropsy::open::Stop);

impl necropsy::scan::Progress for Asking<'_> {
    fn read(&self, _: u64) {
        self.0.ask();
    }
}

#[test]
fn whoever_leaves_does_not_wait_for_the_index() {
    use necropsy::open::Choice;
    use necropsy::scan::Settings;
    let room = tempfile::tempdir().unwrap();
    let (case, stop) = (room.path().join("case"), necropsy::open::Stop::default());
    let pack = necropsy::pattern::Pack::builtin().unwrap();
    let settings = |_: &necropsy::case::Said| Ok(Settings { stop: stop.clone(), ..Settings::default() });
    let plan = necropsy::case::Ingest {
        directory: &case,
        inputs: necropsy::open::list(&["samples/split-brain".into()], &Choice::default()).inputs,
        said: necropsy::case::Said::default(),
        settings: &settings,
        pack: &pack,
        embed: false,
        index: true,
    };
    assert!(necropsy::case::ingest(plan, &Impatient("index", stop.clone())).unwrap().incomplete);
    assert!(!Case::open(&case).unwrap().is_indexed());
    let words = || fs::read_dir(&case).unwrap().filter(|item| item.as_ref().unwrap().file_name().to_string_lossy().starts_with("words-")).count();
    assert_eq!(words(), 0, "what was begun is gone");
    let found = hits(&case, "aborted");
    assert!(!found.is_empty());
    out(&["ingest", "samples/split-brain", "--case", case.to_str().unwrap()]);
    assert!(Case::open(&case).unwrap().is_indexed() && words() > 0);
    assert_eq!(hits(&case, "aborted"), found);
}

#[test]
fn a_search_can_be_stopped() {
    let (_room, case) = ingested(&["samples/split-brain"], &["--no-index"]);
    let case = Case::open(&case).unwrap();
    let pace = std::sync::Arc::new(necropsy::case::Pace::default());
    let search = case.search(&parse("\"update node status\"").unwrap()).unwrap().paced(&pace);
    let found = search.count().unwrap();
    assert!(found > 0);
    let (done, all) = pace.done();
    assert!(done == all && all as usize == case.rows(), "{done} of {all}");
    let pace = std::sync::Arc::new(necropsy::case::Pace::default());
    pace.stop();
    let search = case.search(&parse("\"node status\"").unwrap()).unwrap().paced(&pace);
    assert!(search.count().unwrap_err().to_string().contains("stopped"));
    // What was found once is not looked for again.
    let again = case.search(&parse("\"update node status\"").unwrap()).unwrap().paced(&pace);
    assert_eq!(again.count().unwrap(), found);
    assert_eq!(again.hits(0, usize::MAX).unwrap().len() as u64, found);
}
