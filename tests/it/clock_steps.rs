//! Clocks that are set while a source is written, and all that only looks like it.

use necropsy::finding::Verdict;
use necropsy::open::Input;
use necropsy::pattern::Pack;
use necropsy::scan::{Outcome, Quiet, Settings, scan};
use necropsy::source::Source;
use necropsy::time::{DAY, HOUR, MINUTE, SECOND, civil_from_days, civil_ns};

fn scanned(logs: &[(&str, String)]) -> Outcome {
    let inputs: Vec<Input> = logs.iter().map(|(path, text)| Input::memory(*path, text.as_bytes())).collect();
    scan(&inputs, &Pack::builtin().unwrap(), &Settings { threads: 1, year: Some(2026), ..Settings::default() }, &Quiet).unwrap()
}

/// The verdict on the clock, where anything is said of it.
fn verdict(outcome: &Outcome) -> Option<Verdict> {
    outcome.findings.iter().find(|finding| finding.cause == "clock-stepped").map(|finding| finding.verdict)
}

fn pieces(source: &Source) -> Vec<(i64, i32)> {
    source.clock.pieces.iter().map(|piece| (piece.offset_ns / SECOND, piece.zone_s)).collect()
}

/// Anchors stand in order of offset; their stamps must go on, but for what is lost by rounding a step.
#[track_caller]
fn keeps_order(source: &Source) {
    let stamps: Vec<i64> = source.anchors.iter().filter_map(|anchor| source.clock.stamp(anchor.raw, anchor.offset)).map(|stamp| stamp.ns).collect();
    assert!(stamps.len() > 5 && stamps.is_sorted(), "{stamps:?} {:?}", source.clock);
}

fn civil(ns: i64, micros: bool, between: char) -> String {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let rest = ns.rem_euclid(DAY);
    let (hour, minute, second) = (rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60);
    let fine = if micros { format!(".{:06}", rest % SECOND / 1000) } else { String::new() };
    format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}{fine}")
}

fn at(month: u32, day: u32, hour: u32, minute: u32) -> i64 {
    civil_ns(2026, month, day, hour, minute, 0, 0).unwrap()
}

/// A server's log: a connection every second from `from` on, with numbers from `id` on.
fn mysqld(from: i64, count: i64, id: i64) -> String {
    let line = |step: i64| {
        let stamp = civil(from + step * SECOND, true, 'T');
        format!(
            "{stamp}Z {} [Note] Aborted connection {} to db: 'app' user: 'app' host: '10.0.0.7' (Got timeout reading communication packets)\n",
            id + step,
            id + step
        )
    };
    (0..count).map(line).collect()
}

/// The same by a server that writes local time.
fn mariadb(from: i64, count: i64, id: i64) -> String {
    let line = |step: i64| {
        format!("{} {} [Warning] Access denied for user 'app'@'10.0.0.7' (using password: YES)\n", civil(from + step * SECOND, false, ' '), id + step)
    };
    (0..count).map(line).collect()
}

/// A kubelet's log: a record every ten seconds.
fn klog(from: i64, count: i64) -> String {
    let line = |step: i64| {
        let ns = from + step * 10 * SECOND;
        let (_, month, day) = civil_from_days(ns.div_euclid(DAY));
        let stamp = civil(ns, true, 'T');
        format!(
            "I{month:02}{day:02} {}    1043 kubelet_volumes.go:163] \"Cleaned up orphaned pod volumes dir\" podUID=\"{step:08x}-1111-2222-3333-444444444444\"\n",
            stamp.split_once('T').unwrap().1
        )
    };
    (0..count).map(line).collect()
}

fn syslog(host: &str, from: i64, count: i64) -> String {
    let line = |step: i64| format!("{}+00:00 {host} kubelet[1043]: record {step}\n", civil(from + step * 10 * SECOND, true, 'T'));
    (0..count).map(line).collect()
}

fn journal(from: i64, count: i64, boot: &str, uptime_s: i64) -> String {
    let line = |step: i64| {
        let (real, since) = (from + step * 10 * SECOND, (uptime_s + step * 10) * 1_000_000);
        format!(
            "{{\"__REALTIME_TIMESTAMP\":\"{}\",\"__MONOTONIC_TIMESTAMP\":\"{since}\",\"_BOOT_ID\":\"{boot}\",\"_HOSTNAME\":\"node-1\",\"SYSLOG_IDENTIFIER\":\"kubelet\",\"_PID\":\"1043\",\"MESSAGE\":\"record {step}\"}}\n",
            real / 1000
        )
    };
    (0..count).map(line).collect()
}

const BOOT: &str = "0f4c3a6b5d2e4f708192a3b4c5d6e7f8";

#[test]
fn a_step_back_is_told_by_the_connections_that_go_on() {
    let log = mysqld(at(11, 20, 11, 0), 60, 100) + &mysqld(at(11, 20, 9, 1), 60, 161);
    let outcome = scanned(&[("db/error.log", log)]);
    assert_eq!(verdict(&outcome), Some(Verdict::Confirmed), "{:#?}", outcome.findings);
    keeps_order(&outcome.sources[0]);
    let evidence = &outcome.findings.iter().find(|finding| finding.cause == "clock-stepped").unwrap().steps[0].evidence;
    assert_eq!(evidence.iter().map(|line| line.citation.line).collect::<Vec<_>>(), [60, 61]);
    // Nothing tells which side is right.
    assert!(outcome.sources[0].clock.pieces.iter().all(|piece| piece.doubt_ns >= HOUR));
}

/// A member's view changes, one every 17 seconds, by a clock that is ahead by so much.
fn views(from: i64, count: i64, first: i64, ahead: i64) -> Vec<(i64, String)> {
    let line = |step: i64| {
        let at = from + step * 17 * SECOND + ahead;
        let told =
            "[System] [MY-011503] [Repl] Plugin group_replication reported: 'Group membership changed to 10.77.0.2:3306, 10.77.0.1:3306 on view";
        (at, format!("{}Z 0 {told} 17951657005685165:{}.'\n", civil(at, true, 'T'), first + step))
    };
    (0..count).map(line).collect()
}

#[test]
fn each_stretch_of_a_clock_that_was_set_is_tied_by_itself() {
    let start = at(11, 20, 11, 0);
    let (before, after) = (4 * MINUTE, -9 * MINUTE);
    // What the server writes every second, with the views among it; at two minutes its clock is set back by thirteen.
    let part = |from: i64, count: i64, id: i64, first_view: i64, ahead: i64| {
        let connections = mysqld(from + ahead, count, id);
        let mut lines: Vec<(i64, String)> =
            connections.split_inclusive('\n').zip(0..).map(|(line, step)| (from + ahead + step * SECOND, line.to_owned())).collect();
        lines.extend(views(from + SECOND / 2, count / 17, first_view, ahead));
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect::<String>()
    };
    let set = part(start, 120, 100, 1, before) + &part(start + 120 * SECOND, 120, 220, 8, after);
    let member: String =
        views(start + SECOND / 2, 7, 1, 0).into_iter().chain(views(start + 120 * SECOND + SECOND / 2, 7, 8, 0)).map(|(_, line)| line).collect();
    let outcome = scanned(&[("db-1/error.log", set), ("db-2/error.log", member.clone()), ("db-3/error.log", mysqld(start, 1, 9) + &member)]);
    let clock = &outcome.sources[0].clock;
    let off: Vec<i64> = clock.pieces.iter().map(|piece| piece.offset_ns).collect();
    assert_eq!(off.len(), 2, "{clock:?} {:?}", outcome.sources[0].notes);
    for (piece, ahead) in clock.pieces.iter().zip([before, after]) {
        assert!((piece.offset_ns + ahead).abs() <= piece.doubt_ns && piece.doubt_ns <= 2 * SECOND, "{clock:?} {:?}", outcome.sources[0].notes);
    }
    assert!(outcome.sources[1].clock.pieces.iter().all(|piece| piece.offset_ns == 0), "{:?}", outcome.sources[1].clock);
}

#[test]
fn a_boot_with_another_clock_is_told_by_what_others_state() {
    let start = at(11, 20, 11, 0);
    let lines = |parts: &[Vec<(i64, String)>]| parts.iter().flatten().map(|(_, line)| line.as_str()).collect::<String>();
    // The machine boots with its clock five minutes behind. Nothing in the log goes on.
    let set = lines(&[views(start, 7, 1, 0), views(start + 600 * SECOND, 7, 8, -5 * MINUTE)]);
    let right = lines(&[views(start, 7, 1, 0), views(start + 600 * SECOND, 7, 8, 0)]);
    // Equal bytes would be one witness.
    let third = mysqld(start, 1, 9) + &right;
    let outcome = scanned(&[("db-1/error.log", set), ("db-2/error.log", right.clone()), ("db-3/error.log", third.clone())]);
    assert_eq!(pieces(&outcome.sources[0]), [(0, 0), (300, 0)], "{:?}", outcome.sources[0].notes);
    let silent = scanned(&[("db-1/error.log", mysqld(start, 1, 7) + &right), ("db-2/error.log", right), ("db-3/error.log", third)]);
    assert!(silent.sources.iter().all(|source| pieces(source).len() < 2) && verdict(&silent).is_none());
}

#[test]
fn other_sources_tell_which_side_is_right() {
    let log = || mysqld(at(11, 20, 11, 0), 60, 100) + &mysqld(at(11, 20, 9, 1), 60, 161);
    let right_after = scanned(&[("db/error.log", log()), ("node-1.log", syslog("node-1", at(11, 20, 8, 55), 60))]);
    assert_eq!(pieces(&right_after.sources[0]), [(-7200, 0), (0, 0)]);
    let right_before = scanned(&[("db/error.log", log()), ("node-1.log", syslog("node-1", at(11, 20, 10, 55), 60))]);
    assert_eq!(pieces(&right_before.sources[0]), [(0, 0), (7200, 0)]);
    for outcome in [right_after, right_before] {
        keeps_order(&outcome.sources[0]);
        assert!(outcome.sources[0].clock.pieces.iter().all(|piece| piece.doubt_ns < MINUTE), "{:?}", outcome.sources[0].clock);
    }
}

#[test]
fn a_clock_that_goes_out_and_comes_back_needs_no_counter() {
    let start = at(11, 20, 9, 0);
    let log = klog(start, 100) + &klog(start + HOUR + 1000 * SECOND, 60) + &klog(start + 1600 * SECOND, 100);
    let outcome = scanned(&[("nodes/node-1/kubelet.log", log)]);
    assert_eq!(verdict(&outcome), Some(Verdict::Confirmed));
    assert_eq!(outcome.sources[0].clock.pieces.iter().map(|piece| piece.offset_ns / MINUTE).collect::<Vec<_>>(), [0, -60, 0]);
    keeps_order(&outcome.sources[0]);
    assert!(outcome.sources[0].gaps.is_empty(), "a clock that was set is no silence");
}

#[test]
fn the_time_since_boot_tells_a_step_exactly() {
    let log = journal(at(11, 20, 17, 0), 40, BOOT, 5000) + &journal(at(11, 20, 9, 7), 40, BOOT, 5400);
    let outcome = scanned(&[("nodes/node-1/journal.json", log)]);
    assert_eq!(verdict(&outcome), Some(Verdict::Confirmed), "{:#?}", outcome.sources[0]);
    keeps_order(&outcome.sources[0]);
    // 17:06:30 and ten seconds on the boot's clock are 09:07:00.
    assert_eq!(pieces(&outcome.sources[0]), [(-(7 * 3600 + 3590 + 10 - 20), 0), (0, 0)]);
}

#[test]
fn stamps_that_stand_still_are_a_possible_step() {
    let start = at(11, 20, 9, 0);
    let last = start + 59 * SECOND;
    let server = |number: &dyn Fn(i64) -> i64| -> String {
        let line = |step: i64| {
            let stamp = civil(last + step * 1000, true, 'T');
            format!("{stamp}Z {} [Note] [MY-010926] [Server] Access denied for user 'app'@'localhost' (using password: YES)\n", number(step))
        };
        (1..=40).map(line).collect()
    };
    let still = server(&|step| 160 + step);
    let outcome = scanned(&[("db/error.log", mysqld(start, 60, 100) + &still)]);
    assert_eq!(verdict(&outcome), Some(Verdict::Possible));
    assert!(outcome.sources[0].clock.pieces[1].doubt_ns >= HOUR);
    // One connection that says much in no time is nobody's clock.
    let burst = server(&|_| 160);
    assert_eq!(verdict(&scanned(&[("db/error.log", mysqld(start, 60, 100) + &burst)])), None);
}

#[test]
fn a_time_service_that_says_so_tells_a_step_forward() {
    let said = "2026-11-20T11:10:00.500000+00:00 node-1 chronyd[612]: System clock was stepped by 7190.500000 seconds\n";
    let log = syslog("node-1", at(11, 20, 9, 0), 61) + said + &syslog("node-1", at(11, 20, 11, 10), 60);
    let outcome = scanned(&[("nodes/node-1/messages", log)]);
    assert_eq!(verdict(&outcome), Some(Verdict::Confirmed));
    // The same without a word is a silence.
    let log = syslog("node-1", at(11, 20, 9, 0), 61) + &syslog("node-1", at(11, 20, 11, 10), 60);
    let silent = scanned(&[("nodes/node-1/messages", log)]);
    assert_eq!((verdict(&silent), silent.sources[0].clock.pieces.len()), (None, 0));
}

#[test]
fn what_only_looks_like_a_step_is_none() {
    let start = at(11, 20, 9, 0);
    let reversed = |log: String| log.lines().rev().flat_map(|line| [line, "\n"]).collect::<String>();
    let mixed = |one: String, other: String, run: usize| {
        let (one, other): (Vec<&str>, Vec<&str>) = (one.lines().collect(), other.lines().collect());
        one.chunks(run)
            .zip(other.chunks(run))
            .flat_map(|(a, b)| a.iter().chain(b).map(|line| format!("{line}\n")).collect::<Vec<_>>())
            .collect::<String>()
    };
    let traps = [
        ("rotated logs put together the wrong way round", mysqld(start + HOUR, 200, 4000) + &mysqld(start, 200, 500)),
        ("a part copied in twice", mysqld(start, 200, 100) + &mysqld(start + 50 * SECOND, 150, 150)),
        ("a later part pasted in", klog(start, 100) + &klog(start + 2 * HOUR, 60) + &klog(start + 1000 * SECOND, 100)),
        ("two servers, one after the other", mysqld(start + HOUR, 200, 100) + &mysqld(start, 200, 7)),
        ("two servers' logs of one hour", mysqld(start, 1800, 100) + &mysqld(start, 1800, 1905)),
        ("two servers in one file", mixed(mysqld(start, 300, 100), mysqld(start - HOUR, 300, 900), 20)),
        ("two kubelets in one file", klog(start, 300) + &klog(start - HOUR, 300)),
        ("a journal printed backwards", reversed(syslog("node-1", start, 300))),
        ("a server's log printed backwards", reversed(mysqld(start, 300, 100))),
        ("journals of several machines", mixed(syslog("node-1", start, 300), syslog("node-2", start - 2 * HOUR, 300), 30)),
        ("journals of two units", journal(start, 100, BOOT, 5000) + &journal(start + 5 * SECOND, 100, BOOT, 5005)),
        ("journals of two boots", journal(start, 100, BOOT, 5000) + &journal(start - HOUR, 100, "1f4c3a6b5d2e4f708192a3b4c5d6e7f8", 6100)),
        ("New Year", klog(civil_ns(2026, 12, 31, 23, 50, 0, 0).unwrap(), 60) + &klog(civil_ns(2027, 1, 1, 0, 0, 0, 0).unwrap(), 100)),
        ("one late line", mysqld(start, 100, 100) + &mysqld(start + 30 * SECOND, 1, 201) + &mysqld(start + 100 * SECOND, 100, 202)),
        ("a machine that slept", klog(start, 100) + &klog(start + 9 * HOUR, 100)),
        (
            "a start with another clock",
            mysqld(start, 100, 100)
                + "2026-11-20T07:00:00.000000Z 0 [Note] /usr/sbin/mysqld (mysqld 5.7.44) starting as process 812 ...\n"
                + &mysqld(start - 2 * HOUR + SECOND, 100, 201),
        ),
        ("a reboot", syslog("node-1", start, 100) + "-- Boot 1f4c3a6b5d2e4f708192a3b4c5d6e7f8 --\n" + &syslog("node-1", start - 2 * HOUR, 100)),
    ];
    for (name, log) in traps {
        let path = if name.contains("server") || name.contains("part copied") || name.contains("rotated") {
            "db/error.log"
        } else {
            "nodes/node-1/kubelet.log"
        };
        let outcome = scanned(&[(path, log)]);
        assert_eq!(verdict(&outcome), None, "{name}");
        assert!(outcome.sources[0].clock.pieces.iter().all(|piece| piece.offset_ns == 0), "{name}");
    }
}

#[test]
fn summer_time_changes_the_zone_and_accuses_nobody() {
    // 2026-10-25, 03:00 becomes 02:00: connections go on, and so does the order.
    let autumn = mariadb(at(10, 25, 2, 59) - 8 * MINUTE, 540, 100) + &mariadb(at(10, 25, 2, 0), 600, 640);
    let outcome = scanned(&[("db/error.log", autumn)]);
    assert_eq!(verdict(&outcome), None);
    assert_eq!(pieces(&outcome.sources[0]), [(0, 0), (0, -3600)]);
    keeps_order(&outcome.sources[0]);
    // 2026-03-29, 02:00 becomes 03:00.
    let spring = mariadb(at(3, 29, 1, 50), 600, 100) + &mariadb(at(3, 29, 3, 0), 600, 700);
    let outcome = scanned(&[("db/error.log", spring)]);
    assert_eq!((verdict(&outcome), pieces(&outcome.sources[0])), (None, vec![(0, 0), (0, 3600)]));
    assert!(outcome.sources[0].gaps.is_empty());
    // A log that speaks every few hours is silent in that hour as well.
    let hours = [(3, 28, 9, 10), (3, 28, 15, 40), (3, 28, 21, 5), (3, 29, 0, 50), (3, 29, 4, 30), (3, 29, 11, 0)];
    let sparse: String = hours.iter().zip(100..).map(|(&(month, day, hour, minute), id)| mariadb(at(month, day, hour, minute), 1, id)).collect();
    assert_eq!(pieces(&scanned(&[("db/error.log", sparse)]).sources[0]), [(0, 0)]);
    // The same on a day on which no clock is changed.
    let other_day = mariadb(at(10, 22, 2, 59) - 8 * MINUTE, 540, 100) + &mariadb(at(10, 22, 2, 0), 600, 640);
    assert_eq!(verdict(&scanned(&[("db/error.log", other_day)])), Some(Verdict::Confirmed));
}

#[test]
fn chunks_and_threads_change_nothing() {
    // The steps lie on both sides of where chunks are cut.
    let log = mysqld(at(11, 20, 11, 0), 30_000, 100) + &mysqld(at(11, 20, 9, 1), 30_000, 30_101);
    let told = |threads: usize| {
        let inputs = [Input::memory("db/error.log", log.as_bytes())];
        let outcome = scan(&inputs, &Pack::builtin().unwrap(), &Settings { threads, ..Settings::default() }, &Quiet).unwrap();
        (verdict(&outcome), outcome.sources[0].clock.clone(), outcome.sources[0].notes.clone())
    };
    let one = told(1);
    assert_eq!(one.0, Some(Verdict::Confirmed));
    assert_eq!(one, told(4));
}

#[test]
fn records_that_are_missing_are_told_with_their_time() {
    let lost = |log: String, path: &str| {
        let outcome = scanned(&[(path, log)]);
        let losses = outcome.sources[0].losses.iter();
        losses
            .map(|loss| {
                let length = loss.from.zip(loss.to).map(|(from, to)| (to.ns - from.ns) / SECOND);
                (loss.line, loss.from.is_some(), loss.to.is_some(), length)
            })
            .collect::<Vec<_>>()
    };
    let start = at(11, 20, 9, 0);
    let said = |second: i64, text: &str| format!("{}+00:00 node-1 {text}\n", civil(start + second * SECOND, true, 'T'));
    let journal = syslog("node-1", start, 31) + &said(300, "systemd-journald[312]: Suppressed 1204 messages from kubelet.service");
    assert_eq!(lost(journal, "nodes/node-1/journal.log"), [(32, true, true, Some(30))]);
    let begun = said(100, "rsyslogd-2177: imuxsock begins to drop messages from pid 1043 due to rate-limiting");
    let ended = said(142, "rsyslogd-2177: imuxsock lost 141 messages from pid 1043 due to rate-limiting");
    assert_eq!(lost(syslog("node-1", start, 10) + &begun + &ended, "nodes/node-1/messages"), [(11, true, true, Some(42))]);
    assert_eq!(lost(syslog("node-1", start, 10) + &begun, "nodes/node-1/messages"), [(11, true, false, None)]);
    assert_eq!(lost(klog(start, 10), "var/log/kubelet.log.tailed"), [(0, false, true, None)]);
    assert_eq!(lost(klog(start, 10).split_off(9), "nodes/node-1/kubelet.log"), [(1, false, true, None)]);
    assert_eq!(lost(klog(start, 10), "nodes/node-1/kubelet.log"), []);
}

/// A log that somebody printed with its newest line first goes back from line to line; numbers that happen to grow meanwhile prove nothing.
#[test]
fn a_log_with_its_newest_line_first_has_no_clock_that_was_set() {
    let aborted = |time: &str, id: u32| {
        format!(
            "2026-11-20  {time} {id} [Warning] Aborted connection {id} to db: 'app' user: 'root' host: 'localhost' (Got an error writing communication packets)\n"
        )
    };
    let mut text = "2026-11-20  9:10:27 0 [Note] /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown\n".to_owned();
    text += &aborted("9:10:26", 10);
    for id in [8, 25, 22, 23, 17, 24, 26, 27, 28, 29, 31, 33] {
        text += &aborted("9:09:51", id);
    }
    for (time, id) in [("9:09:40", 7), ("9:09:39", 6), ("9:09:38", 5), ("9:09:37", 4)] {
        text += &aborted(time, id);
    }
    assert_eq!(verdict(&scanned(&[("error.log", text)])), None);
}
