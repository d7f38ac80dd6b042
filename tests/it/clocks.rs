//! Clocks that are off: one source of a bundle is shifted, and the others must tell by how much.

use std::fs;
use std::path::Path;

use necropsy::scan::Outcome;
use necropsy::source::{Basis, Source};
use necropsy::time::{DAY, HOUR, MINUTE, SECOND, YEARLESS, civil_from_days, civil_ns, human};

use crate::case::{Files, best, sample, samples, scanned};
use crate::kit::Dice;

/// What facts allow by themselves: two writers of one moment are so far apart, and a clock that is off by less is not seen.
const NATURAL: i64 = 4 * SECOND;

/// Reads so many digits.
fn digits(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let part = text.get(at..at + count)?;
    part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

/// Reads `HH:MM:SS`.
fn clock(text: &[u8], at: usize) -> Option<i64> {
    let colons = text.get(at + 2) == Some(&b':') && text.get(at + 5) == Some(&b':');
    let parts = (digits(text, at, 2)?, digits(text, at + 3, 2)?, digits(text, at + 6, 2)?);
    (colons && parts.0 < 24).then(|| (i64::from(parts.0) * 3600 + i64::from(parts.1) * 60 + i64::from(parts.2)) * SECOND)
}

/// `ns` in parts: year, month, day, and the time of day.
fn parts(ns: i64) -> (i64, u32, u32, String) {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let rest = ns.rem_euclid(DAY);
    (year, month, day, format!("{:02}:{:02}:{:02}", rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60))
}

/// Takes out what a log without zone or year says about them by the way: the process's own times, node conditions, the header of a file.
fn stripped(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let marks = [(" m=+", " m~+"), ("LastHeartbeatTime:2", "LastHeartbeatTime:-"), ("\"lastHeartbeatTime\":\"2", "\"lastHeartbeatTime\":\"-")];
    let text = marks.iter().fold(text.into_owned(), |text, (mark, gone)| text.replace(mark, gone));
    let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("Log file created at:"));
    lines.collect::<String>().into_bytes()
}

/// Whether a date's time says of which zone it is: `T10:18:14Z`, ` 10:18:14+00:00`, ` 10:18:14.5 +0800`.
fn states_zone(text: &[u8], at: usize) -> bool {
    match text.get(at + 10) {
        Some(b'T') => true,
        Some(b' ') => {
            let rest = text.get(at + 19..).unwrap_or_default();
            let fraction = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
            let zone = rest.get(fraction..).unwrap_or_default();
            let zone = zone.strip_prefix(b" ").unwrap_or(zone);
            matches!(zone.first(), Some(b'+' | b'-')) && digits(zone, 1, 2).is_some()
        }
        _ => false,
    }
}

/// Moves every stamp of a text: klog's by `zone + skew`, those that state a date and UTC by `skew`. `None`: it has neither. A year more or less
/// changes nothing in a stamp that has none.
fn shifted(text: &[u8], zone: i64, skew: i64) -> Option<Vec<u8>> {
    let mut out = text.to_vec();
    let yearless = if (skew.abs() - 365 * DAY).abs() < HOUR { skew - 365 * DAY * skew.signum() } else { skew };
    let mut found = false;
    for at in 0..text.len() {
        let starts_line = at == 0 || text[at - 1] == b'\n';
        if starts_line && matches!(text[at], b'I' | b'W' | b'E' | b'F') && text.get(at + 5) == Some(&b' ') {
            let (Some(month), Some(day), Some(time)) = (digits(text, at + 1, 2), digits(text, at + 3, 2), clock(text, at + 6)) else { continue };
            let Some(ns) = civil_ns(YEARLESS, month, day, 0, 0, 0, 0) else { continue };
            let (_, month, day, time) = parts(ns + time + zone + yearless);
            out[at + 1..at + 14].copy_from_slice(format!("{month:02}{day:02} {time}").as_bytes());
            found = true;
        } else if text.get(at + 4) == Some(&b'-') && text.get(at + 7) == Some(&b'-') && states_zone(text, at) {
            let (Some(year), Some(month), Some(day)) = (digits(text, at, 4), digits(text, at + 5, 2), digits(text, at + 8, 2)) else { continue };
            let (Some(ns), Some(time)) = (civil_ns(year as i32, month, day, 0, 0, 0, 0), clock(text, at + 11)) else { continue };
            let (year, month, day, time) = parts(ns + time + skew);
            out[at..at + 19].copy_from_slice(format!("{year:04}-{month:02}-{day:02}T{time}").as_bytes());
            found = true;
        }
    }
    found.then_some(out)
}

/// What came of the shifts.
#[derive(Debug, Default)]
struct Tally {
    tied: usize,
    right: usize,
    untied: Vec<String>,
    /// Untied though they shared facts, yet off by more than their doubt.
    confident: Vec<String>,
    wrong: Vec<String>,
    changed: Vec<String>,
}

fn doubt(source: &Source) -> i64 {
    source.clock.pieces.iter().map(|piece| piece.doubt_ns).max().unwrap_or(0)
}

/// By how much a source's stamps have changed. A stamp of another form, which is not shifted, may stand at either end.
fn drift(before: &Outcome, after: &Outcome, source: usize) -> Option<i64> {
    let (before, after) = (&before.sources[source], &after.sources[source]);
    let ends = [(before.first, after.first), (before.last, after.last)];
    ends.into_iter().filter_map(|(before, after)| Some(after?.ns - before?.ns)).min_by_key(|drift| drift.abs())
}

/// Whether two sources state one fact.
fn tied_to(outcome: &Outcome, source: usize, other: usize) -> bool {
    outcome.sources[source].ties.kept.iter().any(|tie| tie.agrees && tie.other.source as usize == other)
}

impl Tally {
    /// Shifts one file and looks where its stamps end up, as seen from every source that it is tied to.
    fn shift(&mut self, name: &str, files: &Files, before: &Outcome, index: usize, Chance { zone, skew, is_stripped }: Chance) {
        let text = if is_stripped { stripped(&files[index].1) } else { files[index].1.clone() };
        let Some(moved) = shifted(&text, zone, skew) else { return };
        let mut files = files.clone();
        files[index].1 = moved;
        let after = scanned(&files);
        let source = before.sources.iter().position(|source| source.path == files[index].0).unwrap();
        let others: Vec<usize> = (0..after.sources.len()).filter(|other| *other != source && tied_to(&after, source, *other)).collect();
        if others.is_empty() {
            let own = drift(before, &after, source).unwrap_or(0);
            let piece = after.sources[source].clock.pieces.first();
            let was = &before.sources[source].ties;
            // A clock that nothing tied before is trusted, as one that states its zone.
            if was.agree > 1 && piece.is_some_and(|piece| piece.basis != Basis::Unknown && own.abs() > piece.doubt_ns + NATURAL) {
                let about = format!("{name}: {} by {} and {}", files[index].0, human(zone), human(skew));
                self.confident.push(format!("{about}: off by {}; {:?}", human(own), after.sources[source].clock));
            }
            if was.agree < 4 && (own.abs() <= doubt(&after.sources[source]) || before.sources[source].clock.pieces.is_empty()) {
                return;
            }
            self.untied.push(format!(
                "{name}: {} by {} and {}: now {} {piece:?}; had {} and {}, doubtful {}",
                files[index].0,
                human(zone),
                human(skew),
                human(own),
                was.agree,
                was.outliers,
                after.sources[source].ties.doubtful
            ));
            return;
        }
        self.tied += 1;
        let about = format!("{name}: {} by {} and {}", files[index].0, human(zone), human(skew));
        let own = drift(before, &after, source).unwrap_or(i64::MAX / 2);
        let off = others.iter().filter_map(|other| {
            let apart = (own - drift(before, &after, *other)?).abs();
            (apart > doubt(&after.sources[source]) + doubt(&after.sources[*other]) + NATURAL).then_some(apart)
        });
        if let Some(apart) = off.max() {
            self.wrong.push(format!("{about}: off by {}; {:?} {:?}", human(apart), after.sources[source].clock, after.sources[source].notes));
            return;
        }
        self.right += 1;
        let held = |outcome: &Outcome| best(outcome).into_iter().filter(|(_, verdict)| verdict.holds()).map(|(cause, _)| cause).collect::<Vec<_>>();
        if held(before) != held(&after) {
            self.changed.push(format!("{about}: {:?} became {:?}", held(before), held(&after)));
        }
    }
}

/// What is done to a source.
#[derive(Clone, Copy, Debug)]
struct Chance {
    zone: i64,
    skew: i64,
    is_stripped: bool,
}

/// A zone, a clock that is off by minutes, in one of eight cases by a year too.
fn chance(dice: &mut Dice) -> Chance {
    let zone = (dice.below(105) as i64 - 48) * 15 * MINUTE;
    let skew = (dice.below(601) as i64 - 300) * SECOND;
    let years = [-1, 1].get(dice.below(16)).map_or(0, |years| years * 365 * DAY);
    Chance { zone, skew: if dice.below(4) == 0 { 0 } else { skew } + years, is_stripped: dice.below(2) == 0 }
}

#[test]
fn a_shifted_source_is_put_back_by_what_others_saw() {
    let mut tally = Tally::default();
    let mut dice = Dice(7);
    for name in samples() {
        let files = sample(&name);
        if files.len() < 2 {
            continue;
        }
        let before = scanned(&files);
        // Of most samples one source is shifted: each costs a scan.
        let all = ["split-brain", "one-member-evicted", "quorum-lost"].contains(&name.as_str());
        let chosen = if all { 0..files.len() } else { Some(dice.below(files.len())).map_or(0..0, |one| one..one + 1) };
        for index in chosen {
            tally.shift(&name, &files, &before, index, chance(&mut dice));
        }
    }
    assert!(tally.tied >= 8, "{tally:#?}");
    assert!(tally.wrong.is_empty() && tally.changed.is_empty() && tally.confident.is_empty(), "{tally:#?}");
}

#[test]
fn a_clock_that_is_a_year_off_is_put_back_or_left() {
    let mut tally = Tally::default();
    for name in ["split-brain", "one-member-evicted", "quorum-lost", "node-really-dead", "even-load"] {
        let files = sample(name);
        let before = scanned(&files);
        for index in 0..files.len() {
            for years in [-365 * DAY, 365 * DAY] {
                tally.shift(name, &files, &before, index, Chance { zone: 0, skew: years + 77 * SECOND, is_stripped: true });
            }
        }
    }
    assert!(tally.tied >= 2 && tally.wrong.is_empty() && tally.changed.is_empty() && tally.confident.is_empty(), "{tally:#?}");
}

#[test]
fn an_incident_at_new_year_is_the_same_incident() {
    for name in ["split-brain", "one-member-evicted", "quorum-lost"] {
        let files = sample(name);
        let before = scanned(&files);
        let ends = before.sources.iter().filter_map(|source| Some((source.first?.ns, source.last?.ns)));
        let (from, to) = ends.fold((i64::MAX, i64::MIN), |(from, to), (first, last)| (from.min(first), to.max(last)));
        let (middle, year) = (from.midpoint(to), civil_from_days(from.div_euclid(DAY)).0 as i32);
        let by = civil_ns(year + 1, 1, 1, 0, 0, 0, 0).unwrap() - middle;
        let by = by / SECOND * SECOND;
        let moved: Files =
            files.iter().map(|(path, bytes)| (path.clone(), shifted(&stripped(bytes), 0, by).unwrap_or_else(|| bytes.clone()))).collect();
        let after = scanned(&moved);
        for (index, source) in after.sources.iter().enumerate().filter(|(_, source)| source.clock.year.is_some()) {
            assert_eq!(drift(&before, &after, index), Some(by), "{name}: {} {:?}", source.path, source.clock);
        }
        let held = |outcome: &Outcome| best(outcome).into_iter().filter(|(_, verdict)| verdict.holds()).collect::<Vec<_>>();
        assert_eq!(held(&after), held(&before), "{name}");
    }
}

#[test]
fn a_source_states_its_zone_by_the_way() {
    let zone = |path: &str, text: &str| {
        let outcome = scanned(&[(path.to_owned(), text.as_bytes().to_vec())]);
        let source = outcome.sources.first().unwrap();
        source.clock.pieces.first().map(|piece| (piece.zone_s / 3600, piece.basis, source.clock.year))
    };
    let server = "2026-11-20 17:10:16 19204 [Warning] No existing UUID has been found, so we assume that this is the first time that this server has \
                  been started. Generating a new UUID: 3349a1e1-e4c2-11f1-a137-06104ce12282.\n2026-11-20 17:10:17 19204 [Note] InnoDB: 5.6.24 started; \
                  log sequence number 1626027\n";
    assert_eq!(zone("error.log", server), Some((8, Basis::Stated, None)));
    let kubelet = "I1120 17:09:29.000000   27200 kubelet.go:1000] \"one\"\nI1120 17:49:31.744904   27200 setters.go:547] \"Node became not ready\" \
                   node=\"node-1\" condition={\"type\":\"Ready\",\"status\":\"False\",\"lastHeartbeatTime\":\"2026-11-20T09:49:31Z\",\
                   \"lastTransitionTime\":\"2026-11-20T09:49:31Z\",\"reason\":\"KubeletNotReady\",\"message\":\"container runtime is down\"}\n";
    assert_eq!(zone("kubelet.log", kubelet), Some((8, Basis::Stated, Some(2026))));
    let manager = "I1201 10:18:14.201183       7 nodecontroller.go:803] node k8s-node3 hasn't been updated for 32.000162303s. Last ready condition is: \
                   {Type:Ready Status:True LastHeartbeatTime:2017-12-01 10:17:42 +0800 CST LastTransitionTime:2017-11-29 09:12:40 +0800 CST \
                   Reason:KubeletReady Message:kubelet is posting ready status}\n";
    assert_eq!(zone("kube-controller-manager.log", manager), Some((8, Basis::Stated, Some(2017))));
}

/// The same for every case below `NECROPSY_CASES` (folders with an `in`): `NECROPSY_CASES=DIR cargo test --release -- --ignored shifted --nocapture`.
#[test]
#[ignore = "takes minutes; needs NECROPSY_CASES"]
fn shifted_sources_of_many_cases_are_put_back() {
    let Some(root) = std::env::var_os("NECROPSY_CASES") else { return };
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|item| item.unwrap().path()).collect();
    cases.sort();
    let mut tally = Tally::default();
    let mut dice = Dice(std::env::var("NECROPSY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11));
    for case in cases {
        let files = gathered(&case.join("in"));
        if files.len() < 2 {
            continue;
        }
        let before = scanned(&files);
        for index in 0..files.len() {
            if before.sources.iter().any(|source| source.path == files[index].0 && source.ties.agree > 0) {
                tally.shift(&case.to_string_lossy(), &files, &before, index, chance(&mut dice));
            }
        }
    }
    println!("{tally:#?}");
    assert!(tally.right * 100 >= tally.tied * 95, "{} of {}", tally.right, tally.tied);
    assert!(tally.wrong.is_empty() && tally.confident.is_empty() && tally.changed.is_empty());
}

fn gathered(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = item.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                files.push((path.to_string_lossy().into_owned(), bytes));
            }
        }
    }
    files.sort();
    files
}

/// `2017-12-01T02:19:47.012204Z 0 [Note] …` as mysqld 5.6 prints it on a machine of that zone: `2017-12-01 10:19:47 1 [Note] …`.
fn as_local(text: &[u8], zone: i64) -> Vec<u8> {
    let lines = String::from_utf8(text.to_vec()).unwrap();
    let local = |line: &str| {
        let head = shifted(line.as_bytes(), 0, zone).filter(|_| line.as_bytes().get(10) == Some(&b'T'));
        let told = |head: Vec<u8>| Some(String::from_utf8(head).ok()?.get(..19)?.replace('T', " ") + line.get(27..)?);
        head.and_then(told).unwrap_or_else(|| line.to_owned())
    };
    (lines.lines().map(local).collect::<Vec<_>>().join("\n") + "\n").into_bytes()
}

#[test]
fn clocks_of_three_kinds_end_in_the_same_split_brain() {
    let files = sample("split-brain");
    let before = scanned(&files);
    let mut mixed = files.clone();
    for (path, bytes) in &mut mixed {
        if path.ends_with("kube-controller-manager.log") {
            // The sample's klogs are of +08:00; this one now is of UTC.
            *bytes = shifted(bytes, -8 * HOUR, 0).unwrap();
        } else if path.ends_with("mysqld.log") {
            *bytes = as_local(bytes, 8 * HOUR);
        }
    }
    let after = scanned(&mixed);
    let zones: Vec<_> = after.sources.iter().map(|source| (source.path.as_str(), source.clock.pieces.first())).collect();
    for (path, piece) in &zones {
        let expected = if path.ends_with("kube-controller-manager.log") { 0 } else { 8 * 3600 };
        assert!(path.ends_with("events.json") || piece.is_some_and(|piece| piece.zone_s == expected && piece.basis != Basis::Given), "{zones:#?}");
    }
    assert_eq!(best(&after), best(&before), "{zones:#?}");
}

/// A controller of Kubernetes 1.7 in +08:00 that misses heartbeats of a node whose clock is `ahead`, and a server's log from that node.
fn heartbeats(ahead: i64, gaps: &[i64]) -> Files {
    let noon = civil_ns(2017, 12, 1, 4, 0, 0, 0).unwrap();
    let civil = |ns: i64| {
        let (year, month, day, time) = parts(ns);
        (format!("{month:02}{day:02} {time}"), format!("{year:04}-{month:02}-{day:02} {time}"), format!("{year:04}-{month:02}-{day:02}T{time}"))
    };
    let mut manager = Vec::new();
    for gap in gaps {
        for pass in 0..3 {
            let (now, sent) = (noon + gap * SECOND + (36 + 5 * pass) * SECOND, noon + gap * SECOND);
            manager.push(format!(
                "I{}.201183       7 nodecontroller.go:803] node node-3 hasn't been updated for {}.000162303s. Last ready condition is: {{Type:Ready \
                 Status:True LastHeartbeatTime:{} +0800 CST LastTransitionTime:2017-11-29 09:12:40 +0800 CST Reason:KubeletReady Message:kubelet is \
                 posting ready status}}",
                civil(now + 8 * HOUR).0,
                32 + 5 * pass,
                civil(sent + 8 * HOUR + ahead).1
            ));
        }
    }
    let server = format!("{}.000000Z 0 [Note] /usr/sbin/mysqld: ready for connections.\n", civil(noon + ahead).2);
    let own = "Version: '5.7.20'  socket: '/var/lib/mysql/mysql.sock'  port: 3306  MySQL Community Server (GPL)\n";
    vec![
        ("nodes/node-1/kube-controller-manager.log".into(), (manager.join("\n") + "\n").into_bytes()),
        ("nodes/node-3/mysqld.log".into(), (server + own).into_bytes()),
    ]
}

#[test]
fn heartbeats_that_a_controller_quotes_tell_how_far_a_machine_is_off() {
    let clock = |ahead: i64, gaps: &[i64]| {
        let outcome = scanned(&heartbeats(ahead, gaps));
        let server = outcome.sources.iter().find(|source| source.path.ends_with("mysqld.log")).unwrap();
        server.clock.pieces.first().map_or((0, 0), |piece| (piece.offset_ns, piece.doubt_ns))
    };
    // A heartbeat is seen up to seven seconds after it was sent.
    assert_eq!((clock(0, &[0, 900]), clock(3 * SECOND, &[0, 900])), ((0, 0), (0, 0)));
    for ahead in [180, -150, 45] {
        let (offset, doubt) = clock(ahead * SECOND, &[0, 900]);
        assert!((offset + ahead * SECOND).abs() <= doubt && doubt < 5 * SECOND, "{ahead}: {offset} {doubt}");
        // One is reason for doubt, not for more.
        let (offset, doubt) = clock(ahead * SECOND, &[0]);
        assert!(offset == 0 && doubt >= ahead.abs() * SECOND, "{ahead}: {offset} {doubt}");
    }
}

#[test]
fn where_leases_are_heartbeats_too_a_quoted_one_only_came_first() {
    let clock = |ahead: i64| {
        let mut files = heartbeats(ahead, &[0, 900]);
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        files[0].1 =
            text.replace("nodecontroller.go:803", "node_lifecycle_controller.go:1123").replace("Last ready condition", "Last Ready").into_bytes();
        let outcome = scanned(&files);
        let server = outcome.sources.iter().find(|source| source.path.ends_with("mysqld.log")).unwrap();
        server.clock.pieces.first().map_or((0, 0), |piece| (piece.offset_ns, piece.doubt_ns))
    };
    // Minutes behind may be minutes old.
    assert_eq!(clock(-150 * SECOND), (0, 0));
    assert!(clock(180 * SECOND).1 >= 170 * SECOND, "{:?}", clock(180 * SECOND));
}
