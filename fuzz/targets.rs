//! What is fuzzed: each target takes any bytes and panics where a promise is broken.
//!
//! In: bytes. Out: nothing. The fuzzer feeds them by coverage, the test suite with mutated samples. Must not know: where the bytes come from.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use necropsy::case::{Case, Facet, Ingest, Said, Watch, ingest};
use necropsy::decode::frame::{self, Carry};
use necropsy::decode::{Framer, Piece};
use necropsy::filter::Filter;
use necropsy::finding::{Evidence, Verdict};
use necropsy::open::{Input, Limits};
use necropsy::pattern::{Library, Pack, check};
use necropsy::query::{self, Pattern, Query};
use necropsy::report::{Report, json, jsonl, sources, text};
use necropsy::scan::{Outcome, Progress, Quiet, Settings, scan};

static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::of(Library::open(&[])));
/// The lines of all examples in the shipped patterns.
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let examples = PACK.signals().iter().flat_map(|signal| &signal.definition.example);
    examples.map(|example| example.text.clone()).filter(|text| !text.is_empty()).collect()
});

/// Any bytes are framed and read without a panic, and every line is in exactly one place.
pub(crate) fn decode(bytes: &[u8]) {
    let framer = Framer::detect(bytes);
    let piece = framer.piece(bytes, 1, 0, Carry::default(), true);
    assert_eq!(piece.consumed, bytes.len());
    assert_eq!(piece.lines, frame::lines(bytes).count() as u64);
    let mut before = (0, 0);
    for at in 0..piece.entries.len() {
        let entry = piece.entry(at);
        assert!(before <= (entry.line, entry.offset), "entries out of order");
        before = (entry.line, entry.offset);
        let _body = entry.format.body(&entry);
        for (range, head) in entry.format.parts(&entry) {
            let mut part = entry;
            part.text = &entry.text[range];
            part.head = head;
            let _body = part.format.body(&part);
        }
    }
}

/// An entry as far as framing decides it: line, offset, format, text.
pub(crate) type Told = (u64, u64, &'static str, Vec<u8>);

fn told(piece: &Piece<'_>) -> Vec<Told> {
    (0..piece.entries.len()).map(|at| piece.entry(at)).map(|entry| (entry.line, entry.offset, entry.format.name(), entry.text.to_vec())).collect()
}

/// Frames a source whole.
pub(crate) fn whole(framer: &Framer, bytes: &[u8]) -> Vec<Told> {
    told(&framer.piece(bytes, 1, 0, Carry::default(), true))
}

/// Frames a source in pieces of about `size` bytes, each cut at a line's end.
pub(crate) fn in_pieces(framer: &Framer, bytes: &[u8], size: usize) -> Vec<Told> {
    let (mut at, mut line, mut carry) = (0, 1, Carry::default());
    let (mut wanted, mut found) = (size, Vec::new());
    loop {
        let rest = &bytes[at..];
        let length = rest.iter().skip(wanted).position(|byte| *byte == b'\n').map_or(rest.len(), |end| wanted + end + 1);
        let last = length == rest.len();
        let piece = framer.piece(&rest[..length], line, at as u64, carry.clone(), last);
        if !last && piece.consumed == 0 {
            // An entry longer than the piece: read on with more.
            wanted = length + size;
            continue;
        }
        wanted = size;
        found.extend(told(&piece));
        (at, line, carry) = (at + piece.consumed, line + piece.lines, piece.carry);
        if last {
            return found;
        }
    }
}

/// Where a source is cut into pieces changes nothing: the first two bytes say how long a piece is, the rest is the source.
pub(crate) fn pieces(input: &[u8]) {
    let Some((size, bytes)) = input.split_at_checked(2) else { return };
    let size = 1 + usize::from(u16::from_le_bytes([size[0], size[1]])) % 4096;
    let framer = Framer::detect(bytes);
    assert_eq!(in_pieces(&framer, bytes, size), whole(&framer, bytes));
}

/// Any text is checked as a pattern file without a panic; what checks without an error can be used.
pub(crate) fn pattern(text: &str) {
    let report = check::report(&Library::of_texts([("any.toml", text)]));
    for diagnostic in &report.diagnostics {
        let _shown = diagnostic.to_string();
    }
    let pack = Pack::of_texts([("any.toml", text)]);
    if report.errors() == 0 {
        let pack = pack.expect("a file without errors can be used");
        sound(&scan(&[Input::memory("any.log", text)], &pack, &settings(1), &Quiet).expect("one thread can be had"));
    }
}

/// Any text is read as a query without a panic; a fault has its place in the text, and what is asked for asks the same of every text.
pub(crate) fn query(text: &str) {
    match query::parse(text) {
        Ok(query) => {
            assert_eq!(query::parse(text).as_ref(), Ok(&query));
            assert_eq!(query::parse(&query.to_string()).as_ref(), Ok(&query), "it is printed so that it means the same");
            patterns(&query, &|pattern| assert!(!pattern.text().is_empty() || pattern.fits(""), "{pattern:?} fits nothing"));
        }
        Err(fault) => {
            assert!(text.is_char_boundary(fault.at), "byte {} is no place in {text:?}", fault.at);
            let _shown = fault.to_string();
        }
    }
}

fn patterns(query: &Query, take: &dyn Fn(&Pattern)) {
    match query {
        Query::Field(_, pattern) => take(pattern),
        Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| patterns(part, take)),
        Query::Not(part) => patterns(part, take),
        _ => {}
    }
}

/// Any bytes are scanned as a file without a panic, and reported; what is cited stands there.
pub(crate) fn file(bytes: &[u8]) {
    let inputs = [Input::memory("nodes/node-1/any.log", bytes)];
    let outcome = scan(&inputs, &PACK, &settings(1), &Quiet).expect("one thread can be had");
    sound(&outcome);
    for evidence in cited(&outcome) {
        let source = &outcome.sources[evidence.citation.source as usize];
        // Lines of other texts than the file's own: decoded, cut out of an export, put in order.
        let is_other = source.wrappers.iter().any(|name| name.starts_with("utf-16") || name.ends_with("-export") || &**name == "reordered");
        let is_plain = source.path == inputs[0].path && !is_other;
        if is_plain && !bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
            stands(bytes, evidence);
        }
    }
    let report = Report { outcome, patterns: String::new(), seconds: 0.0, filtered: None };
    let mut out = Vec::new();
    text::write(&report, text::Manner { colour: true, every: true }, &mut out).expect("memory takes everything");
    json::write(&report, &mut out).expect("memory takes everything");
    jsonl::write(&report, &mut out).expect("memory takes everything");
    sources::write(&report.outcome.sources, &mut out).expect("memory takes everything");
    let harmless = |byte: &u8| *byte >= 0x20 || matches!(byte, b'\n' | 0x1B);
    assert!(out.iter().all(harmless), "a control byte reached the report");
}

/// Any bytes are opened as whatever they look like, within the limits, and nothing in there makes the reader fail.
pub(crate) fn archive(bytes: &[u8]) {
    let limits = Limits { depth: 3, ratio: 200, members: 64, bytes: 16 << 20 };
    let settings = Settings { limits, ..settings(1) };
    let outcome = scan(&[Input::memory("in/any", bytes)], &PACK, &settings, &Quiet).expect("one thread can be had");
    sound(&outcome);
    assert!(outcome.bytes() <= 2 * limits.bytes + bytes.len() as u64, "{} bytes came out", outcome.bytes());
}

/// Lines of known meaning in any order, at any times, of any things, in any of four logs: the story that is made of them stands on lines that are
/// there, and neither the order of the logs nor the number of threads changes it.
///
/// Each four bytes say: which log, which line (two bytes), and how long after the one before.
pub(crate) fn stories(input: &[u8]) {
    let paths = ["nodes/node-1/kubelet.log", "kube-controller-manager.log", "default_mysql-0/mysql/0.log", "nodes/node-2/messages"];
    let mut logs = [const { String::new() }; 4];
    let mut second = 0;
    for chosen in input.as_chunks::<4>().0.iter().take(400) {
        let [log, a, b, wait] = *chosen;
        let line = &LINES[usize::from(u16::from_le_bytes([a, b])) % LINES.len()];
        second += u64::from(wait) % 64;
        let log = &mut logs[usize::from(log) % 4];
        // Most lines keep the stamp of their example; some are given one that follows those before.
        if wait % 3 == 0 {
            let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
            write!(log, "2025-01-02T{hour:02}:{minute:02}:{:02}.000000000Z stderr F ", second % 60).expect("memory takes everything");
        }
        log.push_str(line);
        log.push('\n');
    }
    let inputs: Vec<Input> = paths.iter().zip(&logs).map(|(path, text)| Input::memory(*path, text.as_bytes())).collect();
    let outcome = scan(&inputs, &PACK, &settings(1), &Quiet).expect("one thread can be had");
    sound(&outcome);
    for evidence in cited(&outcome) {
        let source = &outcome.sources[evidence.citation.source as usize];
        if let Some(at) = paths.iter().position(|path| *path == source.path) {
            stands(logs[at].as_bytes(), evidence);
        }
    }
    let mut turned = inputs;
    turned.reverse();
    let again = scan(&turned, &PACK, &settings(2), &Quiet).expect("two threads can be had");
    assert_eq!(findings(again), findings(outcome), "order or threads changed the outcome");
}

/// Any text is read as a filter file without a panic; what can be used changes nothing but findings it accounts for.
pub(crate) fn filter(text: &str) {
    match Filter::read("any.toml", text, PACK.causes()) {
        Ok(_) => {}
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            for diagnostic in wrong {
                let _shown = diagnostic.to_string();
            }
        }
    }
}

/// The files of a small case, by their paths in it. The index of words is left out: what is not there is as if it were damaged.
static CASE: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let room = tempfile::tempdir().expect("a directory can be made");
    let lines: String = LINES.iter().step_by(7).flat_map(|line| [line.as_str(), "\n"]).collect();
    let plan = Ingest {
        directory: room.path(),
        inputs: vec![Input::memory("nodes/node-1/kubelet.log", lines.as_bytes()), Input::memory("default_mysql-0/mysql/0.log", lines.as_bytes())],
        said: Said::default(),
        settings: &|_| Ok(settings(1)),
        pack: &PACK,
        embed: true,
        index: false,
    };
    ingest(plan, &Unwatched).expect("a case is written");
    let mut files = Vec::new();
    gather(room.path(), room.path(), &mut files);
    files.sort();
    files
});

struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _step: &str, _bytes: u64) -> Box<dyn Progress + '_> {
        Box::new(Quiet)
    }
}

fn gather(root: &Path, directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for item in fs::read_dir(directory).expect("it was just written") {
        let path = item.expect("it was just written").path();
        if path.is_dir() {
            gather(root, &path, files);
        } else if let Ok(inside) = path.strip_prefix(root) {
            files.push((inside.to_owned(), fs::read(&path).expect("it was just written")));
        }
    }
}

/// A case of which some bytes were changed, checksums put right: it is refused, or read without a panic.
///
/// The first byte chooses a file; each four that follow choose a place (two bytes, and a bit that counts from the end), how, and with what.
pub(crate) fn case(input: &[u8]) {
    let Some((chosen, edits)) = input.split_first() else { return };
    let room = tempfile::tempdir().expect("a directory can be made");
    for (at, (path, bytes)) in CASE.iter().enumerate() {
        let path = room.path().join(path);
        fs::create_dir_all(path.parent().expect("a file lies somewhere")).expect("a directory can be made");
        let mut bytes = bytes.clone();
        if at == usize::from(*chosen) % CASE.len() {
            for edit in edits.as_chunks::<4>().0 {
                change(&mut bytes, *edit);
            }
            seal(&mut bytes);
        }
        fs::write(path, bytes).expect("a file can be written");
    }
    let Ok(case) = Case::open(room.path()) else { return };
    let rows = case.rows().min(64) as u32;
    for row in 0..rows {
        let entry = case.entry(row);
        let _read = (case.text(row).is_ok(), case.place(row), case.likeness(row), case.doubt(&entry), case.row_of(entry.source, entry.offset));
        assert!(case.position_of(row) <= case.rows());
    }
    let _read = (case.findings().is_ok(), case.signals().is_ok(), case.states().is_ok(), case.aliases().is_ok(), case.report().is_ok());
    let _read = (case.page(0, 100), case.histogram(i64::MIN, i64::MAX, 10), case.facets(Facet::Pod, None, 100).is_ok(), case.notes().is_ok());
    for query in ["mysqld", "severity>=warning", "node:* OR signal:*", "\"not found\"", "around:f1+-5m"] {
        let Ok(query) = query::parse(query) else { continue };
        if let Ok(search) = case.search(&query) {
            let _read = (search.count().is_ok(), search.hits(0, 10).is_ok(), search.hits_before(case.rows(), 10).is_ok());
        }
    }
}

fn change(bytes: &mut Vec<u8>, [low, high, how, with]: [u8; 4]) {
    let place = usize::from(u16::from_le_bytes([low, high]));
    let at = if how & 1 == 0 { place % (bytes.len() + 1) } else { bytes.len().saturating_sub(place) };
    match how >> 1 & 7 {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, with),
        2 => {
            let end = (at + 8).min(bytes.len());
            bytes[at..end].fill(with);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
        }
    }
}

/// Makes length and checksums of a column right, so that what stands in it is looked at.
fn seal(bytes: &mut [u8]) {
    let Some(foot) = bytes.len().checked_sub(24).filter(|foot| *foot >= 16 && bytes.starts_with(b"NECRCASE")) else { return };
    let crc = crc32fast::hash(&bytes[16..foot]);
    bytes[foot..foot + 8].copy_from_slice(&(foot as u64 - 16).to_le_bytes());
    bytes[foot + 8..foot + 12].copy_from_slice(&crc.to_le_bytes());
    let own = crc32fast::hash(&bytes[foot..foot + 12]);
    bytes[foot + 12..foot + 16].copy_from_slice(&own.to_le_bytes());
    bytes[foot + 16..].copy_from_slice(b"NECRCASE");
}

fn settings(threads: usize) -> Settings {
    Settings { threads, year: Some(2025), ..Settings::default() }
}

fn cited(outcome: &Outcome) -> impl Iterator<Item = &Evidence> {
    outcome.findings.iter().flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence)
}

/// What holds of every outcome.
fn sound(outcome: &Outcome) {
    for problem in outcome.sources.iter().flat_map(|source| &source.problems) {
        assert!(!problem.what.contains("the reader failed"), "{problem:?}");
    }
    for finding in &outcome.findings {
        let proven = finding.steps.iter().any(|step| !step.evidence.is_empty());
        assert!(finding.verdict != Verdict::Confirmed || proven, "{} is confirmed without a line", finding.cause);
    }
}

/// The cited line is the one that stands there.
fn stands(bytes: &[u8], evidence: &Evidence) {
    let citation = &evidence.citation;
    let offset = usize::try_from(citation.offset).expect("an offset in memory");
    let before = bytes.get(..offset).expect("an offset within the file");
    // A record may be glued to what stands before it, and then begins within a line: its stamp, or klog's letter, is there.
    let glued = || bytes.get(offset).is_some_and(|byte| byte.is_ascii_digit() || b"IWEF".contains(byte));
    assert!(before.is_empty() || before.ends_with(b"\n") || glued(), "offset {offset} is not the beginning of a line");
    assert_eq!(citation.line, before.split(|byte| *byte == b'\n').count() as u64, "line and offset are not the same place");
    let line = bytes[offset..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    assert!(line.starts_with(&*citation.text), "{:?} does not stand in line {}", citation.text, citation.line);
}

fn findings(outcome: Outcome) -> String {
    let mut out = Vec::new();
    jsonl::write(&Report { outcome, patterns: String::new(), seconds: 0.0, filtered: None }, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("reports are UTF-8")
}
