//! Archives: what is packed is found as if it lay there plain; what is hostile ends, and says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::sync::OnceLock;

use necropsy::open::{Input, Limits, Stop};
use necropsy::pattern::Pack;
use necropsy::scan::{Outcome, Quiet, Settings, scan};
use zip::write::SimpleFileOptions;

use crate::kit::{files, root};

fn pack() -> &'static Pack {
    static PACK: OnceLock<Pack> = OnceLock::new();
    PACK.get_or_init(|| Pack::load(&[]).unwrap().0)
}

fn scanned(inputs: &[Input], settings: &Settings) -> Outcome {
    scan(inputs, pack(), settings, &Quiet).unwrap()
}

pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Every folder of `samples/`, with its files.
fn samples() -> BTreeMap<String, Files> {
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    for path in files("samples") {
        let inside = path.strip_prefix(root().join("samples")).unwrap().to_str().unwrap().to_owned();
        if let Some((folder, name)) = inside.split_once('/') {
            folders.entry(folder.to_owned()).or_default().push((name.to_owned(), fs::read(&path).unwrap()));
        }
    }
    assert!(folders.len() > 5);
    folders
}

/// A tar archive of plain files.
pub(crate) fn tar(files: &Files) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut add = |kind: u8, name: &str, content: &[u8]| {
        let mut header = [0_u8; 512];
        let short = &name.as_bytes()[..name.len().min(100)];
        header[..short.len()].copy_from_slice(short);
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(b"13271240003");
        header[156] = kind;
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend_from_slice(&header);
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    };
    for (name, text) in files {
        if name.len() > 100 {
            add(b'L', "././@LongLink", format!("{name}\0").as_bytes());
        }
        add(b'0', name, text);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn zipped(files: &Files) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Solid, with names, times left out.
fn sevenz(files: &Files) -> Vec<u8> {
    let options = zesven::write::WriteOptions::new().solid();
    let mut archive = zesven::write::Writer::create(std::io::Cursor::new(Vec::new())).unwrap().options(options);
    for (name, text) in files {
        archive.add_bytes(zesven::ArchivePath::new(name).unwrap(), text).unwrap();
    }
    archive.finish_into_inner().unwrap().1.into_inner()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lz4(text: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

/// A finding as it is told: cause, verdict, the cause that explains it, and the lines that prove it.
type Told = (String, &'static str, Option<String>, Vec<(String, u64)>);

fn told(outcome: &Outcome) -> Vec<Told> {
    let inner = |path: &str| path.rsplit_once("!/").map_or(path, |(_, inner)| inner).trim_end_matches(".gz").replace(".gz#", "#");
    let explained = |id: &Option<String>| outcome.findings.iter().find(|other| Some(&other.id) == id.as_ref()).map(|other| other.cause.clone());
    let mut told: Vec<Told> = outcome
        .findings
        .iter()
        .map(|finding| {
            let mut lines: Vec<(String, u64)> = finding
                .steps
                .iter()
                .flat_map(|step| &step.evidence)
                .map(|evidence| (inner(&outcome.sources[evidence.citation.source as usize].path), evidence.citation.line))
                .collect();
            lines.sort();
            (finding.cause.clone(), finding.verdict.name(), explained(&finding.explained_by), lines)
        })
        .collect();
    told.sort();
    told
}

#[test]
fn packed_samples_give_the_same_findings() {
    packed_give_the_same_findings(samples(), None);
}

/// The same for other cases: each folder of `NECROPSY_CASES` is one, or holds one in `in`.
#[test]
#[ignore = "needs cases of its own, and minutes"]
fn packed_cases_give_the_same_findings() {
    let cases = std::env::var("NECROPSY_CASES").expect("NECROPSY_CASES names a folder of cases");
    let folders = fs::read_dir(cases).unwrap().map(|folder| folder.unwrap().path()).filter(|path| path.is_dir());
    let inner = |folder: std::path::PathBuf| if folder.join("in").is_dir() { folder.join("in") } else { folder };
    let read = |folder: &std::path::Path| -> Files {
        let named = |path: std::path::PathBuf| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let text = fs::read(path).unwrap();
            (name, text)
        };
        files(folder.to_str().unwrap()).into_iter().map(named).collect()
    };
    packed_give_the_same_findings(folders.map(|folder| (folder.to_str().unwrap().to_owned(), read(&inner(folder)))).collect(), Some(2026));
}

fn packed_give_the_same_findings(folders: BTreeMap<String, Files>, year: Option<i32>) {
    let mut any = 0;
    let mut differ = Vec::new();
    for (folder, files) in folders {
        let plain: Vec<Input> = files.iter().map(|(name, text)| Input::memory(name, text.clone())).collect();
        // What is packed has times of change, which may tell a year.
        let settings = Settings { year, ..Settings::default() };
        let plain = scanned(&plain, &settings);
        let (mut expected, sources, troubles) = (told(&plain), plain.sources.len(), problems(&plain).len());
        // Which of very many like lines are cited depends on how a file's size compares with its input's.
        let is_thinned = plain.sources.iter().flat_map(|source| &source.notes).any(|note| note.contains("counted only"));
        if is_thinned {
            for told in &mut expected {
                told.3.clear();
            }
        }
        any += expected.len();
        let crlf: Files = files.iter().map(|(name, text)| (name.clone(), with_crlf(text))).collect();
        let each: Files = files.iter().map(|(name, text)| (format!("{name}.gz"), gzip(text))).collect();
        let nested = vec![("inner.tar.xz".to_owned(), xz(&tar(&files)))];
        let forms = [
            ("in.tar", tar(&files)),
            ("in.tar.gz", gzip(&tar(&files))),
            ("in.tar.zst", zstd(&tar(&files))),
            ("in.tar.bz2", bzip2(&tar(&files))),
            ("in.tar.xz", xz(&tar(&files))),
            ("in.tar.lz4", lz4(&tar(&files))),
            ("in.zip", zipped(&files)),
            ("each.zip", zipped(&each)),
            ("nested.zip", zipped(&nested)),
            ("nested.tar.gz", gzip(&tar(&vec![("in.zip".to_owned(), zipped(&files))]))),
            ("in.7z", sevenz(&files)),
            ("nested7.tar.gz", gzip(&tar(&vec![("in.7z".to_owned(), sevenz(&each))]))),
            ("crlf.zip", zipped(&crlf)),
            ("moved.tar", tar(&decorated(&files, |_, line| format!("    {line}")))),
            ("numbered.tar", tar(&decorated(&files, |at, line| format!("{at:6}\t{line}")))),
            ("framed.tar", tar(&decorated(&files, |_, line| format!("│ {line:100} │")))),
            ("quoted.tar", tar(&decorated(&files, |_, line| format!("> {line}")))),
        ];
        for (at, (name, bytes)) in forms.into_iter().enumerate() {
            let threads = 1 + (at + folder.len()) % 2;
            let outcome = scanned(&[Input::memory(name, bytes.clone())], &Settings { threads, ..settings.clone() });
            let mut found = told(&outcome);
            if is_thinned {
                for told in &mut found {
                    told.3.clear();
                }
            }
            let lost = expected.iter().filter(|told| !found.contains(told)).map(|told| format!("lost {told:?}"));
            let new = found.iter().filter(|told| !expected.contains(told)).map(|told| format!("new {told:?}"));
            differ.extend(lost.chain(new).map(|told| format!("{folder} as {name} with {threads} threads: {told}")));
            if outcome.sources.len() != sources {
                differ.push(format!("{folder} as {name}: {} sources, not {sources}", outcome.sources.len()));
            }
            let problems = problems(&outcome);
            if problems.len() != troubles {
                differ.push(format!("{folder} as {name}: {problems:?}"));
            }
        }
    }
    assert!(differ.is_empty(), "{} differences\n{}", differ.len(), differ.join("\n"));
    assert!(any > 5);
}

/// Every line with something around it, as people copy logs into tickets.
fn decorated(files: &Files, decorate: impl Fn(usize, &str) -> String) -> Files {
    let text = |text: &[u8]| -> String {
        let lines = str::from_utf8(text).expect("samples are text").lines();
        lines.enumerate().map(|(at, line)| decorate(at + 1, line) + "\n").collect()
    };
    files.iter().map(|(name, bytes)| (name.clone(), text(bytes).into_bytes())).collect()
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    // What is packed or in two bytes a letter has no lines to end.
    if text.contains(&0) {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 64);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => out.extend_from_slice(&[line, b"\r\n"].concat()),
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Paths of sources, with what was wrong with them.
fn problems(outcome: &Outcome) -> Vec<String> {
    let all = outcome.sources.iter().flat_map(|source| source.problems.iter().map(move |problem| format!("{}: {}", source.path, problem.what)));
    all.collect()
}

#[test]
fn paths_tell_the_way_in_and_lines_count_from_the_innermost_stream() {
    let log = vec![("var/log/mysql/error.log.2.gz".to_owned(), gzip(b"one\ntwo\n"))];
    let bundle = zipped(&vec![("node3/sos.tar.xz".to_owned(), xz(&tar(&log))), ("../../etc/passwd".to_owned(), b"x\n".to_vec())]);
    let outcome = scanned(&[Input::memory("bundle.zip", bundle)], &Settings::default());
    let paths: Vec<&str> = outcome.sources.iter().map(|source| source.path.as_str()).collect();
    assert_eq!(paths, ["bundle.zip!/../../etc/passwd", "bundle.zip!/node3/sos.tar.xz!/var/log/mysql/error.log.2.gz"]);
    let source = &outcome.sources[1];
    assert_eq!((source.lines, source.bytes, source.at.node.as_deref()), (2, 8, Some("node3")));
}

#[test]
fn bombs_end_and_what_came_before_is_kept() {
    let line = b"the same line again and again\n";
    let long = [vec![b'x'; 64 << 10], b"\n".to_vec()].concat();
    let many = gzip(&gzip(&long.repeat((160 << 20) / long.len())));
    let limits = |limits: Limits| Settings { limits, ..Settings::default() };
    let outcome = scanned(&[Input::memory("bomb.gz", many)], &Settings::default());
    assert!(problems(&outcome)[0].contains("--max-ratio"), "{:?}", problems(&outcome));
    assert!(outcome.sources[0].lines > 900);

    let files: Files = (0..10).map(|at| (format!("{at}.log"), line.repeat(100))).collect();
    let outcome = scanned(&[Input::memory("in.zip", zipped(&files))], &limits(Limits { members: 4, ..Limits::default() }));
    assert_eq!(outcome.sources.iter().filter(|source| source.lines == 100).count(), 4);
    assert_eq!(problems(&outcome), ["in.zip: more than 4 members (--max-members): the rest is not read"]);

    let outcome = scanned(&[Input::memory("in.tar.gz", gzip(&tar(&files)))], &limits(Limits { bytes: 25_000, ..Limits::default() }));
    assert!(outcome.sources.iter().map(|source| source.lines).sum::<u64>() > 100);
    assert!(problems(&outcome).iter().any(|problem| problem.contains("--max-bytes")), "{:?}", problems(&outcome));

    let mut nested = zipped(&vec![("a.log".to_owned(), b"deep\n".to_vec())]);
    for depth in 2..=7 {
        nested = zipped(&vec![(format!("{depth}.zip"), nested), (format!("{depth}.log"), b"one\n".to_vec())]);
    }
    let outcome = scanned(&[Input::memory("7.zip", nested)], &Settings::default());
    assert_eq!(outcome.sources.iter().filter(|source| source.lines == 1).count(), 6);
    assert!(problems(&outcome)[0].contains("too deep"), "{:?}", problems(&outcome));
}

#[test]
fn a_damaged_7z_is_told_and_what_came_before_is_used() {
    let log = "2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x\n".repeat(2000);
    let whole = sevenz(&vec![("a/mysqld.log".to_owned(), log.clone().into_bytes()), ("b/mysqld.log".to_owned(), log.into_bytes())]);
    let scan = |bytes: Vec<u8>| scanned(&[Input::memory("in.7z", bytes)], &Settings::default());
    assert_eq!(problems(&scan(whole.clone())), Vec::<String>::new());
    for at in [0, 8, 20, 40, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let outcome = scan(damaged);
        assert!(outcome.sources.iter().all(|source| source.problems.iter().all(|problem| !problem.what.contains("failed"))), "{at}");
        let cut = scan(whole[..at].to_vec());
        assert!(at == 0 || !problems(&cut).is_empty() || cut.sources.iter().any(|source| !source.notes.is_empty()), "{at}: {:?}", cut.sources);
    }
}

#[test]
fn a_scan_that_is_stopped_says_so() {
    let stop = Stop::default();
    assert!(!stop.ask());
    let outcome = scanned(&[Input::memory("a.log", "one\n")], &Settings { stop, ..Settings::default() });
    assert!(outcome.incomplete && !outcome.read_anything());
    assert_eq!(problems(&outcome), ["a.log: not read: stopped on request"]);
}

/// The first Ctrl-C ends a scan that would wait for ever; the report says what it is.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_the_scan_with_what_is_known() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let mut command = Command::new(env!("CARGO_BIN_EXE_necropsy"));
    let streams = command.args(["scan", "--format", "json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"one\n").unwrap();
    let pid = child.id();
    let catches = || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
        u64::from_str_radix(&caught, 16).unwrap() & 2 != 0
    };
    let mut waited = 0;
    while !catches() {
        std::thread::sleep(Duration::from_millis(20));
        waited += 1;
        assert!(waited < 3000, "no handler after a minute");
    }
    assert!(Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap().success());
    let mut told = vec![0; 10];
    child.stderr.as_mut().unwrap().read_exact(&mut told).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["incomplete"].as_bool(), report["note"].is_string()), (Some(true), true));
}

/// One sample, packed in every way.
pub(crate) fn packings() -> Vec<Vec<u8>> {
    let (_, files) = samples().pop_first().unwrap();
    let tar = tar(&files);
    vec![gzip(&tar), zipped(&files), xz(&tar), zstd(&tar), bzip2(&tar), lz4(&tar), tar]
}
