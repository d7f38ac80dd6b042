//! Bundles as collectors make them: sections, merged journals, rotated series, twins, objects that give names.

use necropsy::correlate::Library;
use necropsy::finding::Verdict;
use necropsy::open::Input;
use necropsy::pattern::Pack;
use necropsy::scan::{Examined, Quiet, Settings, examine, scan};
use necropsy::signal::Signal;
use necropsy::source::Source;

use crate::archives::tar;
use crate::kit::root;

fn pack() -> Pack {
    Pack::load(&[]).unwrap().0
}

fn examined(inputs: &[(&str, &str)]) -> Examined {
    let inputs: Vec<Input> = inputs.iter().map(|(path, text)| Input::memory(*path, *text)).collect();
    examine(&inputs, &pack(), &Settings { threads: 2, ..Settings::default() }, &Quiet).unwrap()
}

fn told(source: &Source) -> String {
    let at = &source.at;
    let name = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let component = at.component.map_or("-", necropsy::component::Component::name);
    format!("{} {component} {} {} {} {}", source.path, name(&at.node), name(&at.pod), source.lines, source.entries)
}

fn klog(node: &str, minute: u32) -> String {
    format!("Nov 20 10:{minute:02}:00 {node} kubelet[99]: E1120 10:{minute:02}:00.000000      99 eviction_manager.go:585] \"x\" err=\"y {minute}\"\n")
}

/// Each signal's file and line, as evidence would name it.
fn cited(examined: &Examined, text: &str) -> Vec<String> {
    let place = |signal: &Signal| {
        let (path, line, offset) = examined.sources[signal.citation.source as usize].place(signal.citation.line, signal.citation.offset);
        format!("{path}:{line}@{offset}")
    };
    examined.signals.iter().filter(|signal| signal.citation.text.contains(text)).map(place).collect()
}

const ASSERTION: &str = "2026-11-20T10:05:00.000000Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: trx0purge.cc:168:x thread 1\n";

#[test]
fn each_log_of_a_dump_is_its_pods() {
    let text = format!(
        "{{\n  \"kind\": \"NodeList\",\n  \"items\": []\n}}\n==== START logs for container mysql of pod shop/mysql-0 ====\n{ASSERTION}\
         ==== END logs for container mysql of pod shop/mysql-0 ====\n==== START logs for container agent of pod shop/agent-x ====\nalive\n\
         ==== END logs for container agent of pod shop/agent-x ====\n"
    );
    let found = examined(&[("dump.txt", &text)]);
    assert_eq!(
        found.sources.iter().map(told).collect::<Vec<_>>(),
        ["dump.txt - - - 10 1", "dump.txt#shop/mysql-0/mysql mysqld - shop/mysql-0 3 3", "dump.txt#shop/agent-x/agent container - shop/agent-x 3 3",]
    );
    let line = text.lines().position(|line| line.starts_with("2026")).unwrap() + 1;
    let offset = text.find("2026-11").unwrap();
    let places = cited(&found, "Assertion failure");
    assert!(!places.is_empty() && places.iter().all(|place| *place == format!("dump.txt:{line}@{offset}")), "{places:?}");
}

#[test]
fn a_fence_around_a_whole_file_makes_no_second_source() {
    let text = format!(
        "==== START logs for container mysql of pod shop/mysql-0 ====\n{ASSERTION}==== END logs for container mysql of pod shop/mysql-0 ====\n"
    );
    let found = examined(&[("d/shop/mysql-0/logs.txt", &text)]);
    assert_eq!(found.sources.iter().map(told).collect::<Vec<_>>(), ["d/shop/mysql-0/logs.txt mysqld - shop/mysql-0 3 3"]);
    assert!(found.sources[0].within.is_none() && cited(&found, "Assertion")[0].starts_with("d/shop/mysql-0/logs.txt:2@"));
}

#[test]
fn sections_of_one_machine_share_its_name() {
    let text = format!(
        "\n==> kubelet <==\n{}{}\n==> etcd [9f3c] <==\n{{\"level\":\"info\",\"ts\":\"2026-11-20T10:05:00.000000Z\",\"caller\":\"a/b.go:1\",\"msg\":\"x\"}}\n",
        klog("mini", 1),
        klog("mini", 2)
    );
    let found = examined(&[("logs.txt", &text)]);
    assert_eq!(
        found.sources.iter().map(told).collect::<Vec<_>>(),
        ["logs.txt - - - 7 1", "logs.txt#kubelet kubelet mini - 4 4", "logs.txt#etcd [9f3c] etcd mini - 2 2"]
    );
}

#[test]
fn nodes_of_a_merged_journal_are_told_apart() {
    // A crash of several lines, torn apart by the other node's lines.
    let of = |node: &str, minute: u32| format!("{node} {}", klog(node, minute));
    let text = [of("master-0", 1), of("master-1", 1), of("master-0", 2), of("master-1", 3), "stray\n".into(), of("master-0", 4)].concat();
    let found = examined(&[("mg/host_service_logs/masters/kubelet_service.log", &text)]);
    let path = "mg/host_service_logs/masters/kubelet_service.log";
    assert_eq!(
        found.sources.iter().map(told).collect::<Vec<_>>(),
        [format!("{path} kubelet - - 6 1"), format!("{path}#master-0 kubelet master-0 - 3 3"), format!("{path}#master-1 kubelet master-1 - 2 2"),]
    );
    let master_1 = &found.sources[2];
    assert_eq!(master_1.anchors.iter().map(|anchor| anchor.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(&*master_1.anchors[1].text, text.lines().nth(3).unwrap());
    assert_eq!(master_1.anchors[1].offset, text.match_indices("master-1 Nov").nth(1).unwrap().0 as u64);
    assert!(master_1.notes.iter().any(|note| note.contains("2 nodes")), "{:?}", master_1.notes);
}

#[test]
fn whoever_speaks_first_long_after_the_beginning_is_told_apart() {
    // The first node's journal is days older than the others'; a chunk is 2 MiB, 4 are looked at ahead.
    let moment = |at: usize| (20 + at / 86_400, format!("{:02}:{:02}:{:02}", at / 3600 % 24, at / 60 % 60, at % 60));
    for (node_prefix, names) in [(true, ["master-0", "master-1", "master-2"]), (false, ["vm-0", "vm-1", "vm-2"])] {
        let line = |at: usize| {
            let node = if at < 30_000 { names[0] } else { names[at % 3] };
            let before = if node_prefix { format!("{node} ") } else { String::new() };
            let (day, time) = moment(at);
            let said = format!("I11{day:02} {time}.000000       9 kubelet.go:10] \"says {at:0150}\"");
            format!("{before}Nov {day:02} {time} {node} kubenswrapper[9]: {said}\n")
        };
        let text: String = (0..60_000).map(line).collect();
        assert!(text.len() > 12 << 20);
        let packed = tar(&vec![("mg/kubelet.log".to_owned(), text.clone().into_bytes())]);
        let plain = examined(&[("mg/kubelet.log", &text)]);
        let archived = examine(&[Input::memory("mg.tar", packed)], &pack(), &Settings::default(), &Quiet).unwrap();
        for found in [plain, archived] {
            let told: Vec<String> = found.sources.iter().map(told).collect();
            let nodes: Vec<Option<&str>> = found.sources.iter().skip(1).map(|source| source.at.node.as_deref()).collect();
            assert_eq!(nodes, names.map(Some), "{told:#?}");
            let entries: Vec<u64> = found.sources.iter().map(|source| source.entries).collect();
            assert_eq!(entries.iter().sum::<u64>(), 60_000, "{told:#?}");
            // From the chunk on in which the others begin; a few lines may be read with the first one's before that is noticed.
            assert!((20_000..33_000).contains(&entries[0]) && entries[2..].iter().all(|entries| (9_000..=10_000).contains(entries)), "{told:#?}");
        }
    }
}

#[test]
fn pods_in_one_stream_are_told_apart() {
    let start =
        |second: u32| format!("2026-11-20T09:14:{second:02}.195137Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: trx0sys.cc:560:x thread 1");
    let more = ["InnoDB: We intentionally generate a memory trap.", "09:14:50 UTC - mysqld got signal 6 ;", "Most likely, you have hit a bug"];
    for (of_0, of_1) in [("[pod/db-0/mysql] ", "[pod/db-1/mysql] "), ("db-0 mysql ", "db-1 mysql ")] {
        let mut text = format!("{of_0}{}\n{of_1}{}\n", start(47), start(48));
        text.extend(more.iter().flat_map(|line| [of_0, line, "\n", of_1, line, "\n"]));
        let found = examined(&[("stream.txt", &text)]);
        let told: Vec<String> = found.sources.iter().map(|source| format!("{} {}", told(source), source.format)).collect();
        assert_eq!(
            told,
            ["stream.txt - - - 8 0 text", "stream.txt#db-0/mysql mysqld - db-0 4 1 mysqld", "stream.txt#db-1/mysql mysqld - db-1 4 1 mysqld"],
            "{of_0}"
        );
    }
}

#[test]
fn a_line_without_an_envelope_goes_on_across_chunks_and_nothing_is_lost() {
    // Longer than a chunk; now and then a line has no header, as where a message was broken.
    let line = |at: usize| match at % 5 {
        0..=2 => format!("Nov 20 {:02}:{:02}:{:02} node-{} app[7]: says {at:0200}\n", at / 3600 % 24, at / 60 % 60, at % 60, at / 5 % 3),
        _ => format!("  and goes on with {at:0200}\n"),
    };
    let text: String = (0..40_000).map(line).collect();
    assert!(text.len() > 8 << 20);
    // Wherever chunks are cut.
    for pad in [0, 220, 440, 660, 880] {
        let text = text.replacen("says ", &format!("says {}", "x".repeat(pad)), 1);
        let found = examined(&[("central.log", &text)]);
        let told: Vec<String> = found.sources.iter().map(|source| format!("{} {} {}", source.path, source.lines, source.entries)).collect();
        let expected = ["central.log 40000 0", "central.log#node-0 13335 13335", "central.log#node-1 13335 13335", "central.log#node-2 13330 13330"];
        assert_eq!(told, expected, "{pad}");
    }
}

#[test]
fn what_a_search_found_in_files_is_of_those_files_and_its_silence_proves_nothing() {
    let klog = |minute: u32| format!("I1120 10:{minute:02}:00.000000    9 kubelet.go:1] \"x\"");
    let text = format!(
        "nodes/node-1/kubelet.log:{}\nnodes/node-2/kubelet.log:{}\nnodes/node-1/kubelet.log-{}\n--\nnodes/node-1/kubelet.log:{}\n",
        klog(1),
        klog(2),
        klog(3),
        klog(4)
    );
    let numbered = format!(
        "nodes/node-1/kubelet.log:7:{}\nnodes/node-2/kubelet.log:9:{}\nnodes/node-1/kubelet.log-8-{}\n--\nnodes/node-1/kubelet.log:12:{}\n",
        klog(1),
        klog(2),
        klog(3),
        klog(4)
    );
    for text in [text, numbered] {
        let found = examined(&[("found.txt", &text)]);
        assert_eq!(
            found.sources.iter().map(told).collect::<Vec<_>>(),
            [
                "found.txt - - - 5 1",
                "found.txt#nodes/node-1/kubelet.log kubelet node-1 - 3 3",
                "found.txt#nodes/node-2/kubelet.log kubelet node-2 - 1 1"
            ],
            "{text}"
        );
        let node_1 = &found.sources[1];
        assert_eq!(node_1.anchors.iter().map(|anchor| anchor.line).collect::<Vec<_>>(), [1, 3, 5]);
    }
    let dated = "db/error.log:2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x\ndb/error.log:2026-11-20T09:14:57.195137Z 0 [Note] InnoDB: y\n";
    let found = examined(&[("found.txt", dated)]);
    assert!(found.sources[0].losses.iter().any(|loss| loss.from.is_some() && loss.to.is_none()), "{:?}", found.sources[0].losses);
    // A document that was searched along stands first, and a rotated name goes on where another ends.
    let document = "{\n  \"kind\": \"List\",\n  \"items\": []\n}\n"
        .split_inclusive('\n')
        .fold(String::new(), |found, line| found + "api/events.json:" + line)
        .repeat(9);
    let rotated = format!("a/kubelet.log:{}\na/kubelet.log-20261119:{}\na/kubelet.log-{}\n", klog(1), klog(2), klog(3));
    let found = examined(&[("found.txt", &(document + &rotated))]);
    let told_all: Vec<String> = found.sources.iter().map(told).collect();
    assert_eq!(told_all[1..3], ["found.txt#a/kubelet.log kubelet - - 2 2", "found.txt#a/kubelet.log-20261119 kubelet - - 1 1"]);
    assert!(told_all[3].starts_with("found.txt#api/events.json"), "{told_all:?}");
    // One file alone; and lines that only look alike.
    let one = format!("logs/kubelet.log:{}\nlogs/kubelet.log:{}\n", klog(1), klog(2));
    assert_eq!(told(&examined(&[("one.txt", &one)]).sources[0]), "one.txt kubelet - - 2 2");
    let other = "/usr/sbin/mysqld: ready for connections.\nmain.go:12: trouble\n/var/run/x.sock: refused\n";
    assert_eq!(examined(&[("other.txt", other)]).sources.len(), 1);
}

#[test]
fn a_record_torn_by_another_nodes_lines_is_whole_again() {
    let stamp = |second: u32| format!("Nov 20 10:00:{second:02}");
    let panic = ["panic: boom", "", "goroutine 1 [running]:", "main.main()", "\t/src/main.go:9 +0x1"];
    let torn = |(at, line): (usize, &&str)| {
        let second = stamp(at as u32);
        format!("a {second} a etcd[7]: {line}\nb {second} b kubelet[9]: I1120 10:00:00.000000       9 x.go:1] y\n")
    };
    let text: String = panic.iter().enumerate().map(torn).collect();
    let found = examined(&[("mg/etcd_service.log", &text)]);
    let a = found.sources.iter().find(|source| source.at.node.as_deref() == Some("a")).unwrap();
    assert_eq!((a.lines, a.entries, a.format), (5, 1, "go-panic"));
}

#[test]
fn a_rotated_series_is_one_source_and_cites_its_parts() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive {minute}\n");
    let newest: String =
        (20..30).map(line).collect::<String>() + "2026-11-20T10:35:00.000000Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: a.cc:1:x thread 1\n";
    let (older, oldest): (String, String) = ((10..20).map(line).collect(), (0..10).map(line).collect());
    let found = examined(&[("n/error.log", &newest), ("n/error.log.1", &older), ("n/error.log.2", &oldest), ("n/other.log", &line(3))]);
    assert_eq!(found.sources.iter().map(told).collect::<Vec<_>>(), ["n/error.log mysqld - - 31 31", "n/other.log mysqld - - 1 1"]);
    let series = &found.sources[0];
    assert_eq!(
        series.parts.iter().map(|part| (part.path.as_str(), part.lines)).collect::<Vec<_>>(),
        [("n/error.log.2", 10), ("n/error.log.1", 10), ("n/error.log", 11)]
    );
    assert!(series.gaps.is_empty() && series.parts.iter().all(|part| part.sha256.len() == 64));
    assert_eq!(series.place(11, oldest.len() as u64), ("n/error.log.1", 1, 0));
    let offset = newest.find("2026-11-20T10:35").unwrap();
    assert_eq!(cited(&found, "Assertion failure")[0], format!("n/error.log:11@{offset}"));
}

#[test]
fn what_a_series_lacks_is_told_with_the_part_that_says_so() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.100000+00:00 node-1 kubelet[99]: alive {minute}\n");
    let suppressed = "2026-11-20T10:30:00.100000+00:00 node-1 systemd-journald[312]: Suppressed 1204 messages from kubelet.service\n";
    let (newest, older): (String, String) = ((20..30).map(line).collect::<String>() + suppressed, (0..20).map(line).collect());
    let found = examined(&[("n/messages", &newest), ("n/messages.1", &older)]);
    assert_eq!(found.sources.len(), 1, "{:?}", found.sources.iter().map(told).collect::<Vec<_>>());
    let (mut json, mut text) = (Vec::new(), Vec::new());
    necropsy::report::json::write_sources(&found.sources, &mut json).unwrap();
    necropsy::report::sources::write(&found.sources, &mut text).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json[0]["coverage"]["losses"][0]["line"], 11, "{}", json[0]["coverage"]);
    assert!(String::from_utf8(text).unwrap().contains("(line 11 of n/messages)"));
}

#[test]
fn the_seam_of_a_series_is_told_where_it_does_not_meet() {
    let line = |hour: u32, minute: u32| format!("2026-11-20T{hour:02}:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive\n");
    let (old, new): (String, String) = ((0..40).map(|minute| line(1, minute)).collect(), (0..40).map(|minute| line(17, minute)).collect());
    let found = examined(&[("error.log", &new), ("error.log.2", &old)]);
    let [series] = found.sources.as_slice() else { panic!("{:?}", found.sources) };
    assert_eq!(series.gaps.iter().map(|gap| series.place(gap.line, 0).0).collect::<Vec<_>>(), ["error.log"]);
    assert!(series.notes.iter().any(|note| note.contains("error.log.2 ends")), "{:?}", series.notes);
}

#[test]
fn files_of_like_names_that_do_not_follow_each_other_stay_apart() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive\n");
    let (a, b): (String, String) = ((0..20).map(line).collect(), (10..30).map(line).collect());
    let found = examined(&[("error.log", &b), ("error.log.1", &a)]);
    assert_eq!(found.sources.len(), 2);
    assert!(found.sources.iter().all(|source| source.parts.is_empty() && !source.sha256.is_empty()));
}

#[test]
fn wherever_a_log_was_rotated_it_tells_the_same() {
    let causes = |files: &[(&str, &str)]| {
        let inputs: Vec<Input> = files.iter().map(|(path, text)| Input::memory(*path, *text)).collect();
        let outcome = scan(&inputs, &pack(), &Settings { threads: 1, ..Settings::default() }, &Quiet).unwrap();
        let held = outcome.findings.iter().filter(|finding| finding.verdict != Verdict::Refuted);
        held.map(|finding| format!("{} {:?}", finding.cause, finding.verdict)).collect::<Vec<_>>()
    };
    // Stamps of whole seconds, a crash report of many lines that have none.
    for log in ["known-bug/mycluster-1.mysqld.log", "known-bug-unknown-version/mycluster-1.mysqld.log", "idle-connections-cut-no-ipvs/error.log"] {
        let text = std::fs::read_to_string(root().join("samples").join(log)).unwrap();
        let whole = causes(&[("db/error.log", &text)]);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in (1..lines.len()).step_by(lines.len().div_ceil(24)) {
            let further = (at + lines.len() / 3).min(lines.len() - 1);
            let (oldest, older, newest) = (lines[..at].concat(), lines[at..further].concat(), lines[further..].concat());
            let told = causes(&[("db/error.log", &newest), ("db/error.log.1", &older), ("db/error.log.2", &oldest)]);
            assert_eq!(told, whole, "{log}, cut before lines {} and {}", at + 1, further + 1);
        }
    }
}

#[test]
fn a_series_without_years_crosses_new_year() {
    let line = |month: u32, day: u32| format!("I{month:02}{day:02} 10:00:00.000000      99 x.go:1] y\n");
    let found = examined(&[("kubelet.log", &(line(1, 1) + &line(1, 2))), ("kubelet.log.1", &(line(12, 30) + &line(12, 31)))]);
    assert_eq!((found.sources.len(), found.sources[0].parts.len()), (1, 2));
    assert_eq!(found.sources[0].lines, 4);
}

#[test]
fn a_file_that_lies_there_twice_speaks_once() {
    let found = examined(&[("copy.log", ASSERTION), ("nodes/node-1/mysqld.log", ASSERTION), ("empty-1.log", ""), ("empty-2.log", "")]);
    let notes: Vec<_> = found.sources.iter().map(|source| source.notes.join(" ")).collect();
    assert!(notes[0].contains("same content as nodes/node-1/mysqld.log"), "{notes:?}");
    assert_eq!(found.sources[0].lines, 1);
    assert!(notes[1..3].iter().all(String::is_empty), "{notes:?}");
    assert!(
        !found.signals.is_empty() && found.signals.iter().all(|signal| found.sources[signal.citation.source as usize].path.starts_with("nodes/"))
    );
}

#[test]
fn one_record_in_two_envelopes_is_one_crash_and_that_of_two_pods_is_two() {
    let text = ASSERTION.trim_end();
    let docker = format!("{{\"log\":\"{text}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-20T10:05:00.000101Z\"}}\n");
    let composed = format!("db-1  | {ASSERTION}");
    let crashes = |files: &[(&str, &str)]| {
        let inputs: Vec<Input> = files.iter().map(|(path, text)| Input::memory(*path, *text)).collect();
        let outcome = scan(&inputs, &pack(), &Settings { threads: 2, ..Settings::default() }, &Quiet).unwrap();
        outcome.findings.iter().filter(|finding| finding.cause == "mysql-assertion").count()
    };
    assert_eq!(crashes(&[("mysql.json.log", &docker), ("compose.txt", &composed), ("error.log", ASSERTION)]), 1);
    let pod = |name: &str| format!("pods/shop_{name}_0a1b2c3d-0000-4000-8000-00000000000{}/mysql/0.log", name.len() % 10);
    let cri = format!("2026-11-20T10:05:00.000101Z stderr F {ASSERTION}");
    assert_eq!(crashes(&[(&pod("mysql-0"), &cri), (&pod("mysql-10"), &cri.replace("00101Z", "00202Z"))]), 2);
}

#[test]
fn a_log_in_two_envelopes_is_one_however_much_it_says_in_a_second() {
    let lost = |id: u32| {
        format!(
            "2026-11-20 10:05:07 {id} [Warning] Aborted connection {id} to db: 'app' user: 'app' host: 'db-1' (Got an error reading communication packets)\n"
        )
    };
    let limit = "2026-11-20 10:05:07 0 [ERROR] Error in accept: Too many open files\n".to_owned();
    let lines: Vec<String> = (1..200).map(lost).chain([limit]).collect();
    let text = lines.concat();
    let journal = lines.iter().flat_map(|line| ["2026-11-20T10:05:07.000000+00:00 db-1 mysqld[9]: ", line]).collect::<String>();
    let inputs = [Input::memory("error.log", text), Input::memory("nodes/db-1/journal.log", journal)];
    let outcome = scan(&inputs, &pack(), &Settings { threads: 2, ..Settings::default() }, &Quiet).unwrap();
    let limits = outcome.findings.iter().filter(|finding| finding.cause == "mysql-too-many-connections").count();
    assert_eq!(limits, 1);
}

#[test]
fn events_that_are_printed_alike_are_no_copies() {
    let event = |pod: &str| {
        format!(
            "{{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [\n    {{\n      \"kind\": \"Event\",\n      \"reason\": \"Evicted\",\n      \
             \"message\": \"The node was low on resource: ephemeral-storage. \",\n      \"lastTimestamp\": \"2026-11-20T10:05:00Z\",\n      \
             \"involvedObject\": {{\"kind\": \"Pod\", \"namespace\": \"{pod}\", \"name\": \"{pod}\"}},\n      \"type\": \"Warning\"\n    }}\n  ]\n}}\n"
        )
    };
    let (a, b) = (event("cart"), event("stock"));
    let inputs = [Input::memory("cart/events.json", a), Input::memory("stock/events.json", b)];
    let outcome = scan(&inputs, &pack(), &Settings { threads: 2, ..Settings::default() }, &Quiet).unwrap();
    let told: std::collections::BTreeSet<&str> =
        outcome.findings.iter().filter_map(|finding| finding.entities.get("pod")).flatten().map(String::as_str).collect();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), ["cart/cart", "stock/stock"], "{:#?}", outcome.findings);
}

#[test]
fn the_end_of_a_log_is_told_to_be_one() {
    let found = examined(&[("sosreport-node1-2026-11-20-abcdefg/sos_strings/mysql/var.log.mysqld.log.tailed", &format!("half a line\n{ASSERTION}"))]);
    let source = &found.sources[0];
    assert!(source.notes.iter().any(|note| note.contains("the end of this log only")), "{:?}", source.notes);
    assert_eq!(source.first.unwrap().to_string(), "2026-11-20T10:05:00.000000Z");
}

#[test]
fn findings_cite_the_part_they_stand_in() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive {minute}\n");
    let old: String = (0..10).map(line).collect::<String>()
        + "2026-11-20T10:11:00.000000Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: trx0purge.cc:168:x thread 1\n";
    let new: String = (20..30).map(line).collect();
    let inputs = [Input::memory("error.log", new), Input::memory("error.log.1", old)];
    let pack = pack();
    assert!(!Library::from(&pack).causes.is_empty());
    let outcome = scan(&inputs, &pack, &Settings { threads: 1, ..Settings::default() }, &Quiet).unwrap();
    let evidence: Vec<_> = outcome.findings.iter().flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence).collect();
    let assertion = evidence.iter().find(|evidence| evidence.citation.text.contains("Assertion failure")).expect("an assertion is a cause");
    assert_eq!((assertion.path.as_deref(), assertion.citation.line), (Some("error.log.1"), 11));
}

#[test]
fn objects_of_a_must_gather_give_names() {
    let node = "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n  uid: c7e2a6d0-6ed4-4a86-8f0f-3d9a5a4b8c11\nstatus:\n  addresses:\n  - address: 172.30.0.11\n    type: InternalIP\n  nodeInfo:\n    kubeletVersion: v1.29.2\n";
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: mysql-0\n  namespace: shop\n  uid: 94a28cc5-37e3-4c51-9b9c-8c89bb8f857f\nspec:\n  nodeName: node-1\n  volumes:\n  - name: data\n    persistentVolumeClaim:\n      claimName: data-mysql-0\nstatus:\n  containerStatuses:\n  - name: mysql\n    restartCount: 0\n  podIP: 10.244.0.9\n";
    let found = examined(&[("mg/x/cluster-scoped-resources/core/nodes/node-1.yaml", node), ("mg/x/namespaces/shop/pods/mysql-0/mysql-0.yaml", pod)]);
    let named =
        |kind: &str, name: &str| found.signals.iter().any(|signal| signal.entities.iter().any(|(known, value)| (&**known, &**value) == (kind, name)));
    for (kind, name) in [("node", "node-1"), ("pod", "shop/mysql-0"), ("address", "10.244.0.9"), ("claim", "shop/data-mysql-0")] {
        assert!(named(kind, name), "{kind} {name}");
    }
    let same = found.signals.iter().flat_map(|signal| &signal.same).any(|group| {
        let has = |kind: &str, name: &str| group.iter().any(|(known, value)| (&**known, &**value) == (kind, name));
        has("node", "node-1") && has("address", "172.30.0.11")
    });
    assert!(same, "{:?}", found.signals);
}

#[test]
fn logs_of_one_machine_in_one_file_keep_one_zone() {
    // The old server's log ended before anything else began, so that its own range tells no zone.
    let json =
        |minute: u32| format!("{{\"level\":\"info\",\"ts\":\"2026-11-20T10:{minute:02}:00.000000Z\",\"caller\":\"a/b.go:1\",\"msg\":\"x\"}}\n");
    let early = |minute: u32| format!("I1120 05:{minute:02}:00.000000       1 x.go:1] y\n");
    let zoned: String = (0..30).map(json).collect();
    let journal: String = (0..30).map(|minute| klog("mini", minute)).collect();
    let old: String = (0..5).map(early).collect();
    let text = format!("==> kubelet <==\n{journal}==> etcd [9f3c] <==\n{zoned}==> kube-apiserver [2f32] <==\n{old}");
    let found = examined(&[("logs.txt", &text)]);
    let server = found.sources.iter().find(|source| source.path.ends_with("[2f32]")).unwrap();
    assert_eq!(server.first.unwrap().to_string(), "2026-11-20T05:00:00.000000Z");
    assert!(server.first.unwrap().doubt_ns <= 1_000_000_000, "{:?}", server.clock);
}

const UID: &str = "94a28cc5-37e3-4c51-9b9c-8c89bb8f857f";
const NODE: &str = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-a","uid":"c7e2a6d0-6ed4-4a86-8f0f-3d9a5a4b8c11"},"status":{"addresses":[{"address":"172.30.0.11","type":"InternalIP"},{"address":"node-a","type":"Hostname"}],"nodeInfo":{"kubeletVersion":"v1.29.2"}}}"#;
const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"mysql-0","namespace":"shop","uid":"94a28cc5-37e3-4c51-9b9c-8c89bb8f857f"},"spec":{"nodeName":"node-a","volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data-mysql-0"}}]},"status":{"podIP":"10.244.0.9","containerStatuses":[{"name":"mysql","restartCount":1}]}}"#;
const CLAIM: &str = r#"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data-mysql-0","namespace":"shop"},"spec":{"volumeName":"pvc-7c1d0f52"},"status":{"phase":"Bound"}}"#;

fn list(kind: &str, item: &str) -> String {
    format!("{{\n\"kind\": \"{kind}\",\n\"apiVersion\": \"v1\",\n\"items\": [\n{item}\n]\n}}\n")
}

/// Every name that a signal gives to a thing, and the versions that are told.
fn names(found: &Examined) -> Vec<String> {
    let things = found.signals.iter().flat_map(|signal| &signal.entities).map(|(kind, name)| format!("{kind}={name}"));
    let versions = found.signals.iter().filter_map(|signal| signal.version.as_ref()).map(|(product, version)| format!("{product} {version}"));
    let mut names: Vec<String> = things.chain(versions).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn objects_of_every_layout_give_names() {
    let bundles: [(&str, [(String, String); 4]); 4] = [
        (
            "troubleshoot",
            [
                ("sb/cluster-resources/nodes.json".into(), list("NodeList", NODE)),
                ("sb/cluster-resources/pods/shop.json".into(), list("PodList", POD)),
                ("sb/cluster-resources/pvcs/shop.json".into(), list("PersistentVolumeClaimList", CLAIM)),
                ("sb/cluster-resources/pods/logs/shop/mysql-0/mysql.log".into(), ASSERTION.into()),
            ],
        ),
        (
            "sonobuoy",
            [
                ("s.tar.gz!/resources/cluster/core_v1_nodes.json".into(), list("NodeList", NODE)),
                ("s.tar.gz!/resources/ns/shop/core_v1_pods.json".into(), list("PodList", POD)),
                ("s.tar.gz!/resources/ns/shop/core_v1_persistentvolumeclaims.json".into(), list("PersistentVolumeClaimList", CLAIM)),
                ("s.tar.gz!/podlogs/shop/mysql-0/logs/mysql.txt".into(), ASSERTION.into()),
            ],
        ),
        // Claims are not among what it dumps.
        (
            "cluster-info dump",
            [
                ("dump/nodes.json".into(), list("NodeList", NODE)),
                ("dump/shop/pods.json".into(), list("PodList", POD)),
                ("dump/shop/claims.json".into(), CLAIM.into()),
                (
                    "dump/shop/mysql-0/logs.txt".into(),
                    format!(
                        "==== START logs for container mysql of pod shop/mysql-0 ====\n{ASSERTION}==== END logs for container mysql of pod shop/mysql-0 ====\n"
                    ),
                ),
            ],
        ),
        (
            "sosreport",
            [
                ("sosreport-db7-2026-11-20-abcdefg/sos_commands/kubernetes/cluster-info/kubectl_get_-o_json_nodes".into(), list("List", NODE)),
                (
                    "sosreport-db7-2026-11-20-abcdefg/sos_commands/kubernetes/cluster-info/shop/kubectl_get_-o_json_--namespace_shop_pods".into(),
                    list("List", POD),
                ),
                (
                    "sosreport-db7-2026-11-20-abcdefg/sos_commands/kubernetes/cluster-info/shop/kubectl_get_-o_json_--namespace_shop_pvc".into(),
                    list("List", CLAIM),
                ),
                ("sosreport-db7-2026-11-20-abcdefg/sos_commands/kubernetes/cluster-info/shop/podlogs/mysql-0/mysql-0.log".into(), ASSERTION.into()),
            ],
        ),
    ];
    for (layout, files) in bundles {
        let found = examined(&files.each_ref().map(|(path, text)| (path.as_str(), text.as_str())));
        let names = names(&found);
        for expected in [
            "node=node-a",
            "pod=shop/mysql-0",
            &format!("uid={UID}"),
            "address=10.244.0.9",
            "claim=shop/data-mysql-0",
            "volume=pvc-7c1d0f52",
            "kubernetes v1.29.2",
        ] {
            assert!(names.iter().any(|name| name == expected), "{layout}: {expected} of {names:?}");
        }
        let tied = |a: (&str, &str), b: (&str, &str)| {
            let has = |group: &[(necropsy::name::Name, Box<str>)], one: (&str, &str)| group.iter().any(|(kind, name)| (&**kind, &**name) == one);
            found.signals.iter().flat_map(|signal| &signal.same).any(|group| has(group, a) && has(group, b))
        };
        assert!(tied(("node", "node-a"), ("address", "172.30.0.11")), "{layout}");
        assert!(tied(("claim", "shop/data-mysql-0"), ("volume", "pvc-7c1d0f52")), "{layout}");
        let log = found.sources.iter().find(|source| source.at.component == Some(necropsy::component::Component::Mysqld)).unwrap();
        assert_eq!(log.at.pod.as_deref(), Some("shop/mysql-0"), "{layout}");
    }
}

#[test]
fn a_bundle_of_one_machine_is_all_of_that_machine() {
    let root = "eks_i-0abc_2026-11-20_0304-UTC_0.7.tar.gz!";
    let pod = format!("{root}/var_log/pods/shop_mysql-0_{UID}/mysql/1.log");
    let cri = format!("2026-11-20T10:05:00.1Z stderr F {ASSERTION}");
    let messages = "Nov 20 10:00:00 ip-10-0-1-2 kernel: br0: port 2(v2) entered disabled state\n";
    let found = examined(&[
        (&format!("{root}/kubelet/kubelet.log"), &(klog("ip-10-0-1-2.ec2.internal", 1) + &klog("ip-10-0-1-2.ec2.internal", 2))),
        (&format!("{root}/var_log/messages"), messages),
        (&pod, &cri),
        ("other/error.log", ASSERTION),
    ]);
    let nodes: Vec<_> = found.sources.iter().map(|source| source.at.node.as_deref()).collect();
    assert_eq!(nodes, [Some("ip-10-0-1-2.ec2.internal"), Some("ip-10-0-1-2"), Some("ip-10-0-1-2.ec2.internal"), None]);
}

#[test]
fn names_in_kind_and_minikube_exports() {
    let describe = "Name:               minikube\nRoles:              control-plane\nAddresses:\n  InternalIP:  192.168.49.2\n  Hostname:    minikube\n\
                    System Info:\n  Kubelet Version:            v1.28.3\nEvents:              <none>\n";
    let text = format!("\n==> kubelet <==\n{}\n==> describe nodes <==\n{describe}", klog("minikube", 1));
    let found = examined(&[("logs.txt", &text)]);
    let told = names(&found);
    assert!(["node=minikube", "kubernetes v1.28.3"].iter().all(|name| told.iter().any(|known| known == name)), "{told:?}");
    let cri = format!("2026-11-20T10:05:00.1Z stderr F {ASSERTION}");
    let log = format!("export/shop-worker2/pods/shop_mysql-0_{UID}/mysql/1.log");
    let found = examined(&[("export/shop-worker2/kubelet.log", &klog("shop-worker2", 1)), (&log, &cri)]);
    assert_eq!(
        found.sources.iter().map(told_briefly).collect::<Vec<_>>(),
        ["kubelet shop-worker2 - - -".to_owned(), format!("mysqld shop-worker2 shop/mysql-0 {UID} 1")]
    );
}

fn told_briefly(source: &Source) -> String {
    let at = &source.at;
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let restart = at.restart.map_or_else(|| "-".into(), |restart| restart.to_string());
    let component = at.component.map_or("-", necropsy::component::Component::name);
    format!("{component} {} {} {} {restart}", or(&at.node), or(&at.pod), or(&at.uid))
}

#[test]
fn what_collectors_put_between_parts_is_understood() {
    let node = "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n";
    // journalctl -x, up to systemd 245 and since.
    let told = "-- Subject: Unit kubelet.service has failed\n-- Defined-By: systemd\n-- \n░░ The unit kubelet.service has failed.\n";
    let journal = format!(
        "-- Logs begin at Fri 2026-11-20 09:00:00 UTC, end at Fri 2026-11-20 11:00:00 UTC. --\n\n{}-- Reboot --\n{told}free text\n",
        klog("n", 1)
    );
    let found = examined(&[("mg/node.yaml", node), ("n/kubelet.log", &journal)]);
    let plain: Vec<_> = found.sources.iter().map(|source| source.plain.map(|plain| (plain.records, plain.from_line))).collect();
    assert_eq!(plain, [None, Some((1, 9))]);
}

#[test]
fn a_container_of_compose_is_no_machine() {
    let line = |name: &str, minute: u32| format!("{name}  | 2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive\n");
    let text: String = (0..5).flat_map(|minute| [line("db-1", minute), line("db-2", minute)]).collect();
    let found = examined(&[("compose.txt", &(text + "db-2  | " + ASSERTION))]);
    assert_eq!(found.sources[0].at.node, None);
    let told = names(&found);
    assert!(told.contains(&"instance=compose.txt#db-2".to_owned()) && !told.iter().any(|name| name.starts_with("node=")), "{told:?}");
}

#[test]
fn a_record_torn_by_rotation_is_whole_again() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive {minute}\n");
    let (before, after): (String, String) = ((0..5).map(line).collect(), (6..20).map(line).collect());
    for at in [60, ASSERTION.len() - 9] {
        let (head, rest) = ASSERTION.split_at(at);
        let found = examined(&[("n/error.log", &format!("{rest}{after}")), ("n/error.log.1", &format!("{before}{head}")), ("n/error.log.2.gz", "")]);
        let series = &found.sources[0];
        assert_eq!((series.parts.len(), series.entries, series.plain), (2, 20, None), "{:?}", series.notes);
        assert!(series.notes.iter().any(|note| note.contains("put together")), "{:?}", series.notes);
        let asserted: Vec<_> = found.signals.iter().filter(|signal| signal.attributes.iter().any(|(_, value)| &**value == "trx0purge.cc")).collect();
        assert!(!asserted.is_empty());
        for signal in asserted {
            assert_eq!(&*signal.citation.text, head);
            assert_eq!(series.place(signal.citation.line, signal.citation.offset), ("n/error.log.1", 6, before.len() as u64));
        }
    }
}

#[test]
fn a_large_copy_is_told_and_speaks_once() {
    let room = tempfile::tempdir().unwrap();
    let line = |at: usize| format!("2026-11-20T10:{:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive {at}\n", at / 500);
    let text = (0..20_000).map(line).collect::<Vec<_>>().concat();
    std::fs::create_dir_all(room.path().join("nodes/node-1")).unwrap();
    for (name, text) in [
        ("a.log", text.clone() + ASSERTION),
        ("nodes/node-1/mysqld.log", text.clone() + ASSERTION),
        // As long, and no copy.
        ("z.log", text + &ASSERTION.replace(":168:", ":169:")),
    ] {
        std::fs::write(room.path().join(name), text).unwrap();
    }
    let inputs = necropsy::open::list(&[room.path().to_path_buf()], &necropsy::open::Choice::default()).inputs;
    let found = examine(&inputs, &pack(), &Settings { threads: 2, ..Settings::default() }, &Quiet).unwrap();
    let told: Vec<_> =
        found.sources.iter().map(|source| (source.lines, source.entries, source.notes.iter().any(|note| note.contains("same content")))).collect();
    assert_eq!(told, [(20_001, 20_001, true), (20_001, 20_001, false), (20_001, 20_001, false)]);
    assert_eq!(found.sources[0].sha256, found.sources[1].sha256);
    assert!(found.sources.iter().all(|source| source.sha256.len() == 64));
    let speakers: std::collections::BTreeSet<u32> =
        found.signals.iter().filter(|signal| signal.citation.text.contains("Assertion")).map(|signal| signal.citation.source).collect();
    assert_eq!(speakers.into_iter().collect::<Vec<_>>(), [1, 2]);
}
