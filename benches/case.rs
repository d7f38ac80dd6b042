//! What a case costs to open and to ask, and what its index of words costs beside a bare tantivy writer on the same documents.
//!
//! ```text
//! cargo bench --bench case -- CASE             p50 and p99 of opening, paging, jumping, ranges, facets, histograms and searches
//! cargo bench --bench case -- CASE --only X    only what has X in its name
//! cargo bench --bench case -- CASE --baseline  by turns, three times each: a complete ingest of the inputs of the case, and bare tantivy, `IndexWriter`
//!                                              with two threads, on the same documents with the same schema
//! ```
//!
//! In: a case. Out: figures. Times mean something on a quiet machine only.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and a bench that cannot go on fails")]

use std::path::Path;
use std::time::{Duration, Instant};

use necropsy::case::{Case, Facet};
use necropsy::query::parse;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{LowerCaser, SimpleTokenizer, TextAnalyzer};
use tantivy::{Index, IndexWriter, TantivyDocument};

/// Times each thing is asked.
const TIMES: usize = 100;
/// Times that a case is built and indexed, by turns.
const TURNS: usize = 3;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let Some(directory) = args.first() else {
        println!("usage: cargo bench --bench case -- CASE [--only X] [--baseline]");
        return;
    };
    let directory = Path::new(directory);
    measure("open, first page of 50 texts", |_| {
        let case = Case::open(directory).unwrap();
        let mut texts = case.reader();
        case.page(0, 50).into_iter().map(|row| texts.text(row).unwrap().len()).sum()
    });
    let case = Case::open(directory).unwrap();
    let first = case.time_at(0).unwrap();
    let last = (0..case.rows()).rev().find_map(|position| case.time_at(position)).unwrap();
    println!("{} entries, {} s", case.rows(), (last - first) / 1_000_000_000);
    // The same places in every run.
    let place = |at: usize| first + (i128::from(last - first) * (at as i128 * 7919 % 1000) / 1000) as i64;
    measure("jump to a time, page of 50 texts", |at| {
        let mut texts = case.reader();
        case.page(case.position_of_time(place(at)), 50).into_iter().map(|row| texts.text(row).unwrap().len()).sum()
    });
    measure("histogram of 200 bars, all", |_| case.histogram(first, last, 200).len());
    for (name, facet) in [("severity", Facet::Severity), ("node", Facet::Node), ("pod", Facet::Pod), ("component", Facet::Component)] {
        measure(&format!("facet {name}, the first 100"), |_| case.facets(facet, None, 100).unwrap().len());
    }
    measure("time range of an hour, count", |at| {
        let query = necropsy::query::Query::Time(place(at), place(at) + 3_600_000_000_000);
        usize::try_from(case.search(&query).unwrap().count().unwrap()).unwrap()
    });
    for text in [
        "severity>=error",
        "component:mysqld severity>=warning",
        "failed",
        "crash*",
        "\"restarting failed container\"",
        "restarting failed NOT container",
        "pod:*-0",
        "pod:*9z*",
        "entity:*-0* severity>=error",
        "namespace:kube-*",
        "reason:BackOff",
        "signal:pod.*",
        "zzzzzz",
    ] {
        let query = parse(text).unwrap();
        measure(&format!("first 50 of {text}"), |_| case.search(&query).unwrap().hits(0, 50).unwrap().len());
    }
    // A case keeps what it found; here it is asked by somebody who has just opened it.
    for text in ["restarting failed NOT container", "zzzzzz"] {
        let query = parse(text).unwrap();
        measure_from(
            &format!("first 50 of {text}, first"),
            || Case::open(directory).unwrap(),
            |case, _| case.search(&query).unwrap().hits(0, 50).unwrap().len(),
        );
    }
    if let Some((rare, _)) = case.facets(Facet::Pod, None, usize::MAX).unwrap().last() {
        let query = parse(&format!("pod:\"{rare}\"")).unwrap();
        measure("first 50 of the rarest pod", |_| case.search(&query).unwrap().hits(0, 50).unwrap().len());
    }
    for text in ["severity>=warning", "failed", "pod:*9z*"] {
        let query = parse(text).unwrap();
        measure(&format!("facet node of {text}"), |_| case.facets(Facet::Node, Some(&case.search(&query).unwrap()), 100).unwrap().len());
        measure(&format!("histogram of 200 bars of {text}"), |_| case.search(&query).unwrap().histogram(first, last, 200).unwrap().len());
        // A case keeps what it found: what is asked of it for the first time, and then what follows in the same moment.
        let anew = || Case::open(directory).unwrap();
        measure_from(&format!("facet node of {text}, first"), anew, |case, _| {
            case.facets(Facet::Node, Some(&case.search(&query).unwrap()), 100).unwrap().len()
        });
        measure_from(&format!("histogram of {text}, first"), anew, |case, _| case.search(&query).unwrap().histogram(first, last, 200).unwrap().len());
    }
    if args.iter().any(|arg| arg == "--baseline") {
        let turns: Vec<(f64, f64)> = (0..TURNS).map(|_| (ingest(&case), baseline(&case))).collect();
        let best = |of: fn(&(f64, f64)) -> f64| turns.iter().map(of).fold(f64::INFINITY, f64::min);
        let ratios: Vec<String> = turns.iter().map(|(ingest, bare)| format!("{:.2}", bare / ingest)).collect();
        println!(
            "throughput of a complete ingest, bare tantivy being 1: {}; best against best {:.2}",
            ratios.join(", "),
            best(|turn| turn.1) / best(|turn| turn.0)
        );
    }
}

/// A complete ingest of the inputs of a case: columns, findings, index of words. Out: seconds.
fn ingest(case: &Case) -> f64 {
    let room = tempfile::tempdir().unwrap();
    let (start, before) = (Instant::now(), used());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_necropsy"));
    command.arg("ingest").args(case.manifest().inputs.iter().filter_map(|given| given.file.as_ref())).arg("--case").arg(room.path().join("case"));
    let ended = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status().unwrap();
    // 1: it has findings.
    assert!(matches!(ended.code(), Some(0 | 1)), "{ended}");
    let (seconds, work) = (start.elapsed().as_secs_f64(), used() - before);
    let bytes: u64 = case.sources().iter().map(|source| source.bytes).sum();
    println!("complete ingest: {seconds:.2} s, {work:.1} s of work, {:.1} MB/s", bytes as f64 / seconds / 1e6);
    seconds
}

fn measure(name: &str, mut ask: impl FnMut(usize) -> usize) {
    measure_from(name, || (), |(), at| ask(at));
}

/// The same of what is made ready before each time, which is not measured.
fn measure_from<T>(name: &str, ready: impl Fn() -> T, mut ask: impl FnMut(&T, usize) -> usize) {
    let mut args = std::env::args().skip_while(|arg| arg != "--only").skip(1);
    if args.next().is_some_and(|only| !name.contains(&only)) {
        return;
    }
    let mut times: Vec<(Duration, Duration)> = (0..TIMES)
        .map(|at| {
            let ready = ready();
            let (start, before) = (Instant::now(), worked());
            std::hint::black_box(ask(&ready, at));
            (start.elapsed(), worked().saturating_sub(before))
        })
        .collect();
    let mut of = |which: fn(&(Duration, Duration)) -> Duration| {
        times.sort_unstable_by_key(which);
        let ms = |at: usize| which(&times[at]).as_secs_f64() * 1000.0;
        format!("p50 {:>8.3}  p99 {:>8.3} ms", ms(TIMES / 2), ms(TIMES - 1))
    };
    println!("{name:<48} {}   of work {}", of(|time| time.0), of(|time| time.1));
}

/// What all threads have worked so far: what others take of the processors does not count.
fn worked() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    let told = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    Duration::from_nanos(told.filter_map(|told| told.split(' ').next()?.parse::<u64>().ok()).sum())
}

/// Seconds of the processors that the program and those that it has started and that have ended have used: in hundredths.
fn used() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().skip(11).take(4);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Bare tantivy on the same texts: one field, no positions, nothing stored. Out: seconds.
fn baseline(case: &Case) -> f64 {
    let room = tempfile::tempdir().unwrap();
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer("simple").set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    let field = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let index = Index::create_in_dir(room.path(), schema.build()).unwrap();
    index.tokenizers().register("simple", TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).build());
    let (start, before) = (Instant::now(), used());
    let mut writer: IndexWriter = index.writer_with_num_threads(2, 256 << 20).unwrap();
    let mut texts = case.reader();
    let mut bytes = 0;
    for row in 0..u32::try_from(case.rows()).unwrap() {
        let text = texts.text(row).unwrap();
        bytes += text.len();
        let mut document = TantivyDocument::new();
        document.add_text(field, String::from_utf8_lossy(text));
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    writer.wait_merging_threads().unwrap();
    let work = used() - before;
    let seconds = start.elapsed().as_secs_f64();
    let size: u64 = std::fs::read_dir(room.path()).unwrap().filter_map(|item| item.ok()?.metadata().ok()).map(|about| about.len()).sum();
    println!(
        "bare tantivy: {seconds:.2} s, {work:.1} s of work, {:.1} MB/s, {:.1} % of the text",
        bytes as f64 / seconds / 1e6,
        size as f64 * 100.0 / bytes as f64
    );
    seconds
}
