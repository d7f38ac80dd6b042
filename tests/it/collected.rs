//! However logs were collected, they end in the same verdicts: one central log, a shipper's export, `kubectl logs --prefix`, sections of one file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use necropsy::open::Input;
use necropsy::pattern::Pack;
use necropsy::scan::{Quiet, Settings, scan};

use crate::kit::{files, root};

type Files = BTreeMap<String, String>;

/// Sample folders with logs of nodes.
fn samples() -> BTreeMap<String, Files> {
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    for path in files("samples") {
        let inside = path.strip_prefix(root().join("samples")).unwrap().to_str().unwrap().to_owned();
        if let Some((folder, name)) = inside.split_once('/') {
            folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), fs::read_to_string(&path).unwrap());
        }
    }
    folders.retain(|_, logs| logs.keys().any(|name| name.ends_with("/kubelet.log")));
    assert!(folders.len() >= 4);
    folders
}

/// Cause and verdict of what explains itself.
fn verdicts(files: &Files) -> BTreeSet<(String, &'static str)> {
    let inputs: Vec<Input> = files.iter().map(|(path, text)| Input::memory(path.as_str(), text.as_bytes())).collect();
    let pack = Pack::builtin().expect("the shipped patterns can be used");
    let outcome = scan(&inputs, &pack, &Settings::default(), &Quiet).unwrap();
    let own = outcome.findings.iter().filter(|finding| finding.explained_by.is_none() && finding.verdict.holds());
    own.map(|finding| (finding.cause.clone(), finding.verdict.name())).collect()
}

/// A log of a node's agent or of the control plane: its machine, its program.
fn service(path: &str) -> Option<(&str, &str)> {
    match path.split('/').collect::<Vec<_>>()[..] {
        ["nodes", node, "kubelet.log"] => Some((node, "kubelet")),
        ["control-plane", log] => Some(("cp-1", log.strip_suffix(".log")?)),
        _ => None,
    }
}

/// A pod's log: its node, namespace, name and container.
fn container(path: &str) -> Option<(&str, &str, &str, &str)> {
    let ["nodes", node, "pods", pod, container, _] = path.split('/').collect::<Vec<_>>()[..] else { return None };
    let mut names = pod.split('_');
    Some((node, names.next()?, names.next()?, container))
}

/// The year of a sample's Events, and the zone of its machines.
fn calendar(files: &Files) -> (&'static str, &'static str) {
    let events = files.iter().find(|(path, _)| path.starts_with("api/")).map_or("", |(_, text)| text);
    if events.contains("2017-") { ("2017", "+08:00") } else { ("2026", "Z") }
}

/// When a klog line was written, as syslog and as RFC 3339; other lines are as old as the one before.
fn stamps(line: &str, (year, zone): (&str, &str)) -> Option<(String, String)> {
    let (level, rest) = line.split_at_checked(1)?;
    let (month, day, time) = (rest.get(..2)?, rest.get(2..4)?, rest.get(5..20)?);
    let name = ["Nov", "Dec"].get(month.parse::<usize>().ok()?.checked_sub(11)?)?;
    let is_klog = "IWEF".contains(level) && time.as_bytes().get(8) == Some(&b'.');
    is_klog.then_some(())?;
    Some((format!("{name} {day} {}", time.get(..8)?), format!("{year}-{month}-{day}T{time}{zone}")))
}

/// Each line of a service's log with its stamps.
fn dated<'t>(text: &'t str, calendar: (&'static str, &'static str)) -> impl Iterator<Item = (String, String, &'t str)> {
    let mut last = (String::new(), String::new());
    text.lines().map(move |line| {
        last = stamps(line, calendar).unwrap_or_else(|| last.clone());
        (last.0.clone(), last.1.clone(), line)
    })
}

/// The lines in order of their time, those of one time as they were.
fn merged(mut lines: Vec<(String, String)>) -> String {
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// All services' logs by syslog in one file.
fn central(files: &Files) -> Files {
    let mut lines = Vec::new();
    let mut others = files.clone();
    for (path, text) in files {
        let Some((node, program)) = service(path) else { continue };
        others.remove(path);
        lines.extend(dated(text, calendar(files)).map(|(syslog, time, line)| (time, format!("{syslog} {node} {program}[7]: {line}"))));
    }
    others.insert("central.log".into(), merged(lines));
    others
}

/// The journal of each machine, in which all of its services speak.
fn journals(files: &Files) -> Files {
    let mut journals: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    let mut others = files.clone();
    for (path, text) in files {
        let Some((node, program)) = service(path) else { continue };
        others.remove(path);
        let lines = dated(text, calendar(files)).map(|(_, time, line)| {
            let stamped = format!("{}{} {node} {program}[7]: {line}", time.trim_end_matches('Z'), if time.ends_with('Z') { "+00:00" } else { "" });
            (time, stamped)
        });
        journals.entry(node).or_default().extend(lines);
    }
    others.extend(journals.into_iter().map(|(node, lines)| (format!("nodes/{node}/journal.log"), merged(lines))));
    others
}

/// All logs as a shipper exports them.
fn exported(files: &Files) -> Files {
    let mut lines = Vec::new();
    let mut others = files.clone();
    for (path, text) in files {
        if let Some((node, program)) = service(path) {
            others.remove(path);
            lines.extend(dated(text, calendar(files)).map(|(_, time, line)| {
                let file = format!("/var/log/{program}.log");
                let object = format!(
                    r#"{{"@timestamp":"{time}","message":{},"log":{{"file":{{"path":"{file}"}}}},"host":{{"name":"{node}"}}}}"#,
                    quoted(line)
                );
                (time, object)
            }));
        } else if let Some((node, namespace, pod, container)) = container(path) {
            others.remove(path);
            for line in text.lines() {
                let mut parts = line.splitn(4, ' ');
                let (Some(time), Some(stream), Some(_), Some(said)) = (parts.next(), parts.next(), parts.next(), parts.next()) else { continue };
                let of = format!(r#"{{"pod_name":"{pod}","namespace_name":"{namespace}","host":"{node}","container_name":"{container}"}}"#);
                let object = format!(r#"{{"@timestamp":"{time}","stream":"{stream}","log":{},"kubernetes":{of}}}"#, quoted(&format!("{said}\n")));
                lines.push((time.to_owned(), object));
            }
        }
    }
    others.insert("export.json".into(), merged(lines));
    others
}

/// A line as a log platform keeps it.
struct Row {
    time: String,
    /// Node, namespace, pod and container; a service of a node has none of the latter three.
    at: [String; 4],
    /// The service.
    unit: String,
    line: String,
}

/// All logs of services and pods in order of time, and the other files.
fn kept(files: &Files) -> (Vec<Row>, Files) {
    let (mut rows, mut others) = (Vec::new(), files.clone());
    for (path, text) in files {
        if let Some((node, program)) = service(path) {
            others.remove(path);
            let at = [node, "", "", ""].map(str::to_owned);
            rows.extend(dated(text, calendar(files)).map(|(_, time, line)| Row { time, at: at.clone(), unit: program.into(), line: line.into() }));
        } else if let Some((node, namespace, pod, container)) = container(path) {
            others.remove(path);
            for line in text.lines() {
                let parts: Vec<&str> = line.splitn(4, ' ').collect();
                let [time, _, _, said] = parts[..] else { continue };
                rows.push(Row {
                    time: time.into(),
                    at: [node, namespace, pod, container].map(str::to_owned),
                    unit: String::new(),
                    line: said.into(),
                });
            }
        }
    }
    rows.sort_by(|a, b| a.time.cmp(&b.time));
    (rows, others)
}

/// What a platform gives away: by logcli, by Google's, by CloudWatch Insights or Kibana.
fn given(way: &str, rows: &[Row]) -> String {
    let one = |Row { time, at: [node, namespace, pod, container], unit, line }: &Row| match way {
        "logcli" => {
            let labels = format!(r#"{{"node":"{node}","namespace":"{namespace}","pod":"{pod}","container":"{container}","unit":"{unit}"}}"#);
            format!("{{\"labels\":{labels},\"line\":{},\"timestamp\":\"{time}\"}}\n", quoted(line))
        }
        "gcloud" => {
            let (labels, log) = if pod.is_empty() {
                (format!(r#""node_name": "{node}""#), unit.as_str())
            } else {
                let place = format!(r#""container_name": "{container}", "namespace_name": "{namespace}", "pod_name": "{pod}""#);
                (format!(r#"{place}, "node_name": "{node}""#), "stderr")
            };
            format!(
                "  {{\n    \"insertId\": \"x\",\n    \"logName\": \"projects/shop/logs/{log}\",\n    \"resource\": {{\n      \"labels\": {{{labels}}}\n    }},\n    \
                 \"textPayload\": {},\n    \"timestamp\": \"{time}\"\n  }},\n",
                quoted(line)
            )
        }
        _ => format!("\"{time}\",{node},{namespace},{pod},{container},{unit},\"{}\"\n", line.replace('"', "\"\"")),
    };
    let all: String = rows.iter().map(one).collect();
    match way {
        "logcli" => all,
        "gcloud" => format!("[\n{}\n]\n", all.trim_end_matches(",\n")),
        _ => {
            format!("@timestamp,kubernetes.host,kubernetes.namespace_name,kubernetes.pod_name,kubernetes.container_name,systemd_unit,message\n{all}")
        }
    }
}

/// What `kubectl logs` prints of each pod, filed under its name alone; people number what they fetch twice.
fn printed(files: &Files) -> Files {
    let plain = |text: &str| text.lines().map(|line| line.splitn(4, ' ').last().unwrap_or_default().to_owned() + "\n").collect::<String>();
    let mut printed = Files::new();
    for (path, text) in files {
        match container(path) {
            Some((_, _, pod, _)) => {
                let names = ('a'..='z').map(|letter| format!("{pod}-{letter}.log"));
                let free = names.into_iter().find(|name| !printed.contains_key(name)).unwrap();
                printed.insert(free, plain(text));
            }
            None => {
                printed.insert(path.clone(), text.clone());
            }
        }
    }
    printed
}

/// All services' logs one after the other, each under its name, as `tail -n +1 *` prints them.
fn sections(files: &Files) -> Files {
    let (own, mut others): (Files, Files) = files.clone().into_iter().partition(|(path, _)| service(path).is_some());
    others.insert("all.txt".into(), own.iter().flat_map(|(path, text)| ["==> ", path, " <==\n", text, "\n"]).collect());
    others
}

#[test]
fn however_logs_were_collected_the_verdicts_are_the_same() {
    for (name, files) in samples() {
        let plain = verdicts(&files);
        for (way, collect) in [
            ("one central log", central as fn(&Files) -> Files),
            ("the machines' journals", journals),
            ("a shipper's export", exported),
            ("sections of one file", sections),
        ] {
            assert_eq!(verdicts(&collect(&files)), plain, "{name}: {way}");
        }
        // Where nobody tells the node of a pod, its log does not rule out what it would otherwise.
        let printed = verdicts(&printed(&files));
        let causes: BTreeSet<&String> = printed.iter().map(|(cause, _)| cause).collect();
        assert!(plain.iter().all(|(cause, _)| causes.contains(cause)), "{name}: {printed:?} of {plain:?}");
        assert!(printed.iter().all(|own| own.1 == "possible" || plain.contains(own)), "{name}: {printed:?} of {plain:?}");
    }
}

/// The services' logs with something in front of each line: its number, its stamps by syslog and by RFC 3339.
fn fronted(files: &Files, front: fn(usize, &str, &str) -> String) -> Files {
    let mut fronted = files.clone();
    for (_, text) in fronted.iter_mut().filter(|(path, _)| service(path).is_some()) {
        let lines =
            dated(text, calendar(files)).enumerate().map(|(number, (syslog, time, line))| format!("{}{line}\n", front(number, &syslog, &time)));
        *text = lines.collect();
    }
    fronted
}

/// Supervisors, build tools and consoles each have their own way, and nobody knows them all.
#[test]
fn whatever_stands_in_front_of_all_lines_the_verdicts_are_the_same() {
    let ways: [fn(usize, &str, &str) -> String; 6] = [
        |number, _, _| format!("({number}) "),
        |_, _, _| "null_resource.node (remote-exec): ".to_owned(),
        |_, _, time| format!("INFO {time} [labels.service: x] "),
        |_, _, time| format!("{time} app[14{}] fra [info]", time.len()),
        |_, syslog, _| format!("{syslog} "),
        |number, _, _| format!("{}|agent  | ", number % 7),
    ];
    for (name, files) in samples() {
        let plain = verdicts(&files);
        for (way, front) in ways.iter().enumerate() {
            assert_eq!(verdicts(&fronted(&files, *front)), plain, "{name}: {way}");
        }
    }
}

/// Log platforms give away what they keep, often with the newest line first.
#[test]
fn what_a_platform_exports_ends_in_the_same_verdicts() {
    for (name, files) in samples() {
        let plain = verdicts(&files);
        for way in ["logcli", "gcloud", "csv"] {
            let (mut rows, mut others) = kept(&files);
            for order in ["oldest first", "newest first"] {
                others.insert("export.txt".into(), given(way, &rows));
                assert_eq!(verdicts(&others), plain, "{name}: {way}, {order}");
                rows.reverse();
            }
        }
    }
}

/// What a search found proves no absence, so less can be said, and nothing else.
#[test]
fn what_a_search_found_never_accuses_of_more() {
    for (name, files) in samples() {
        let (own, mut found): (Files, Files) = files.clone().into_iter().partition(|(path, _)| service(path).is_some());
        let lines = own.iter().flat_map(|(path, text)| text.lines().map(move |line| format!("{path}:{line}\n")));
        found.insert("found.txt".into(), lines.collect());
        let causes = |files: &Files| verdicts(files).into_iter().map(|(cause, _)| cause).collect::<BTreeSet<_>>();
        let (plain, found) = (causes(&files), causes(&found));
        assert!(found.is_subset(&plain), "{name}: {found:?} of {plain:?}");
    }
}

#[test]
fn a_folder_with_a_kubelets_log_is_a_node_only_where_nobody_says_who_the_host_is() {
    let klog = "I1120 09:00:14.112345    1301 server.go:415] \"Kubelet version\" kubeletVersion=\"v1.27.4\"\n";
    let journal = format!("Nov 20 09:00:14 node-3 kubelet[1301]: {klog}");
    // The latter is not looked at as a whole before it is read.
    let long = journal.repeat(4000);
    for (text, node) in [(klog, "customer-x"), (&journal, "node-3"), (&long, "node-3")] {
        let pack = Pack::builtin().expect("the shipped patterns can be used");
        let outcome = scan(&[Input::memory("bundle/customer-x/kubelet.log", text.as_bytes())], &pack, &Settings::default(), &Quiet).unwrap();
        assert_eq!(outcome.sources[0].at.node.as_deref(), Some(node), "{} bytes", text.len());
    }
}

#[test]
fn a_kubelets_log_is_of_the_node_that_it_registers_and_so_are_its_rotated_files() {
    let line = |second: u32, text: &str| format!("I1120 09:00:{second:02}.112345    1301 {text}\n");
    let old = line(1, "kubelet.go:2410] \"SyncLoop ADD\" source=\"api\" pods=[\"shop/web-1\"]");
    let new = line(14, "server.go:415] \"Kubelet version\" kubeletVersion=\"v1.27.4\"")
        + &line(15, "kubelet_node_status.go:73] \"Successfully registered node\" node=\"node-3\"");
    let pack = Pack::builtin().expect("the shipped patterns can be used");
    for (files, node) in [
        (vec![("kubelet.log", &new)], "node-3"),
        (vec![("mallory/kubelet.log", &new)], "node-3"),
        (vec![("nodes/node-4/kubelet.log", &new)], "node-4"),
        (vec![("kubelet.log.1", &old), ("kubelet.log", &new)], "node-3"),
        (vec![("kubelet.log.1", &new.replace("09:00", "08:00")), ("kubelet.log", &old)], "node-3"),
    ] {
        let inputs: Vec<Input> = files.iter().map(|(path, text)| Input::memory(*path, text.as_bytes())).collect();
        let outcome = scan(&inputs, &pack, &Settings::default(), &Quiet).unwrap();
        assert_eq!(outcome.sources.iter().map(|source| source.at.node.as_deref()).collect::<Vec<_>>(), [Some(node)], "{files:?}");
    }
    // Several kubelets' logs one behind the other: the first names itself at the front, the next one far behind.
    let others = new.clone() + &old.repeat(4000) + &new.replace("node-3", "node-5").replace("09:00", "10:00");
    for path in ["all.log", "mallory/kubelet.log"] {
        let outcome = scan(&[Input::memory(path, others.as_bytes())], &pack, &Settings::default(), &Quiet).unwrap();
        assert!(outcome.sources.iter().all(|source| source.at.node.is_none()), "{path}");
    }
}

#[test]
fn servers_that_speak_one_after_the_other_in_one_log_are_two() {
    let starts = |host: &str, minute: u32, recovery: &str| {
        format!(
            "Nov 20 10:{minute:02}:16 {host} mysqld[7]: 2026-11-20T10:{minute:02}:16.530023Z 0 [Note] /usr/sbin/mysqld (mysqld 5.7.29-log) starting as process 7 ...\n{recovery}\
             Nov 20 10:{minute:02}:19 {host} mysqld[7]: 2026-11-20T10:{minute:02}:19.965979Z 0 [Note] /usr/sbin/mysqld: ready for connections.\n"
        )
    };
    let recovery =
        |host: &str| format!("Nov 20 10:09:17 {host} mysqld[7]: 2026-11-20T10:09:17.385070Z 0 [Note] InnoDB: Database was not shutdown normally!\n");
    let said = |second: &str| {
        let log = starts("db-1", 2, "") + &starts(second, 9, &recovery(second));
        verdicts(&Files::from([("central.log".to_owned(), log)]))
    };
    assert_eq!(said("db-1"), BTreeSet::from([("mysql-killed".to_owned(), "confirmed")]));
    // The one that was up before is another machine's.
    assert_eq!(said("db-2"), BTreeSet::from([("mysql-killed".to_owned(), "possible")]));
    // Where one alone speaks, its name in front of the lines changes nothing.
    let plain = starts("db-1", 2, "") + &starts("db-1", 9, &recovery("db-1"));
    let composed = plain.lines().filter_map(|line| line.split_once("]: ")).flat_map(|(_, record)| ["db_1  | ", record, "\n"]).collect();
    assert_eq!(verdicts(&Files::from([("compose.log".to_owned(), composed)])), said("db-1"));
}
