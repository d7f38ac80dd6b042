//! Whole scans of text in memory and on disk.

use std::fs;

use super::*;
use crate::clock::Hints;
use crate::decode::frame::Carry;
use crate::decode::{Framer, stamp};
use crate::open::{Choice, list};
use crate::source::Source;

fn scanned(inputs: &[Input], threads: usize) -> Outcome {
    let (pack, _) = Pack::load(&[]).unwrap();
    scan(inputs, &pack, &Settings { threads, ..Settings::default() }, &Quiet).unwrap()
}

fn told(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .map(|source| {
            let problems: Vec<_> = source.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.what)).collect();
            format!("{} {} {} {} {} {problems:?}", source.path, source.format, source.bytes, source.lines, source.entries)
        })
        .collect()
}

#[test]
fn every_line_is_counted_and_nothing_is_lost_silently() {
    let zipped = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    };
    let mut cut = zipped("x\n".repeat(10).as_bytes());
    cut.truncate(cut.len() - 6);
    let utf16: Vec<u8> = "\u{FEFF}one\r\ntwo\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inputs = [
        Input::memory("a/plain.log", "one\ntwo"),
        Input::memory("b.log.gz", [zipped(b"one\n"), zipped(b"two\n")].concat()),
        Input::memory("c.gz", cut),
        Input::memory("d.txt", utf16),
        Input::memory("e.bin", vec![0_u8; 5000]),
        Input::memory("f.log", ""),
        Input { path: "g".into(), origin: crate::open::Origin::Skipped("permission denied".into()), size: 0, members_only: false },
    ];
    let outcome = scanned(&inputs, 2);
    assert_eq!(
        told(&outcome.sources),
        [
            "a/plain.log text 7 2 2 []",
            "b.log.gz text 8 2 2 []",
            "c.gz text 20 10 10 [\"11: gzip stream ends early (byte 18 of the compressed stream, byte 20 of its content); what stands before is used\"]",
            "d.txt text 9 2 2 []",
            "e.bin text 5000 0 0 [\"0: not text: binary data\"]",
            "f.log text 0 0 0 []",
            "g text 0 0 0 [\"0: permission denied\"]",
        ]
    );
    assert_eq!(outcome.sources[0].sha256, "21066d108d5319ecb5a1fc4454f42ef22fc5f1c7df49c31d90294950e0ea8b2c");
    assert!(outcome.sources[6].sha256.is_empty() && outcome.read_anything());
}

#[test]
fn members_of_archives_are_sources() {
    let mut header = [0_u8; 512];
    header[..5].copy_from_slice(b"a.log");
    header[124..135].copy_from_slice(b"00000000004");
    header[136..147].copy_from_slice(b"00000000001");
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[148..156].fill(b' ');
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(b"a\nb\n");
    archive.resize(1024, 0);
    archive.extend_from_slice(&header[..300]);
    let outcome = scanned(&[Input::memory("bundle.tar", archive)], 1);
    assert_eq!(
        told(&outcome.sources),
        ["bundle.tar text 0 0 0 [\"0: tar archive ends early (byte 1324); what stands before is used\"]", "bundle.tar!/a.log text 4 2 2 []"]
    );
}

#[test]
fn threads_and_order_change_nothing() {
    let room = tempfile::tempdir().unwrap();
    let large: String = (0..900_000).map(|at| format!("line {at} {}\n", "x".repeat(at % 37))).collect();
    assert!(large.len() as u64 > LARGE_BYTES);
    fs::write(room.path().join("large.log"), &large).unwrap();
    for name in ["b", "a", "c"] {
        fs::write(room.path().join(name), name.repeat(1000)).unwrap();
    }
    let inputs = list(&[room.path().to_path_buf()], &Choice::default()).inputs;
    let one = scanned(&inputs, 1);
    for threads in [2, 5] {
        let many = scanned(&inputs, threads);
        assert_eq!(format!("{:?}", one.sources), format!("{:?}", many.sources));
    }
    let large = &one.sources[3];
    assert_eq!((large.lines, large.entries), (900_000, 900_000));
}

/// Frames lines as text and dates them by the ISO stamp they begin with, as a format would.
fn summarised(text: &str) -> summary::Summary {
    let mut piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
    let times: Vec<_> = (0..piece.entries.len()).map(|index| stamp::iso(piece.entry(index).text).map(|(raw, _)| raw)).collect();
    for (framed, time) in piece.entries.iter_mut().zip(times) {
        framed.head.time = time;
    }
    let mut summary = summary::Summary::default();
    summary.piece(&piece, 0, |_, _| {});
    summary
}

#[test]
fn a_summary_of_parts_is_the_summary_of_the_whole() {
    let line = |minute: u32| format!("2017-12-01T10:{:02}:00Z something\n  more of it\n", minute % 60);
    let text: String = (0..60).filter(|minute| !(20..40).contains(minute)).map(line).collect();
    let whole = summarised(&text);
    let half = text.len() / 2 / line(0).len() * line(0).len();
    let mut parts = summarised(&text[..half]);
    let mut later = summarised(&text[half..]);
    later.last = later.last.map(|(raw, offset)| (raw, offset + half as u64));
    parts.absorb(later);
    assert_eq!(whole.entries, 40);
    let (own, other) = (*whole.hints.unwrap(), *parts.hints.unwrap());
    assert_eq!((whole.entries, whole.last, own.zoned), (parts.entries, parts.last, other.zoned));
    let reach = |hints: &Hints| hints.zoned.map(|reach| (reach.min.ns, reach.max.ns));
    assert_eq!(reach(&own), reach(&other));
    assert_eq!(whole.silence.told().map(|(habit, gaps)| (habit, gaps.len())), parts.silence.told().map(|(habit, gaps)| (habit, gaps.len())));
}

/// What clocks cost beside reading: `NECROPSY_CASES=DIR cargo test --release -- --ignored what_clocks_cost --nocapture`; every folder of DIR is scanned.
#[test]
#[ignore = "measures; needs NECROPSY_CASES"]
fn what_clocks_cost() {
    use std::time::{Duration, Instant};
    let Some(root) = std::env::var_os("NECROPSY_CASES") else { return };
    let (pack, _) = Pack::load(&[]).unwrap();
    let (tuned, states, settings) = (tuned::Tuned::new(&pack), States::new(&pack), Settings { threads: 1, ..Settings::default() });
    let (mut reading, mut clocks, mut rest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for folder in fs::read_dir(root).unwrap() {
        let listing = list(&[folder.unwrap().path()], &Choice::default());
        let run = read::Run {
            recorder: None,
            tuned: &tuned,
            backdrop: None,
            settings: &settings,
            progress: &Quiet,
            meter: None,
            together: false,
            states: &states,
            share: share::Share { budget: 2 << 20, least: LEAST_BYTES, ..share::Share::default() },
        };
        let started = Instant::now();
        let readings: Vec<_> = listing.inputs.iter().flat_map(|input| read::read(input, &run)).map(Box::new).collect();
        reading += started.elapsed();
        let courses: Vec<_> = readings.iter().map(|reading| reading.found.summary.jumps.clone().told()).collect();
        let mut readings = readings;
        let kept: Vec<_> = readings.iter().map(|reading| reading.found.summary.hints.clone()).collect();
        let started = Instant::now();
        let hints: Vec<_> = readings.iter_mut().map(|reading| (assemble::hints(reading), settings.given(&reading.path))).collect();
        let facts: Vec<_> =
            readings.iter().enumerate().map(|(index, reading)| facts::facts(index, &reading.found.signals, &reading.at, &pack)).collect();
        let known = crate::clock::Known { facts: &facts, courses: &courses, collected_at: None };
        std::hint::black_box(crate::clock::settle(&hints, known, |_| {}));
        clocks += started.elapsed();
        for (reading, kept) in readings.iter_mut().zip(kept) {
            reading.found.summary.hints = kept;
        }
        let started = Instant::now();
        std::hint::black_box(conclude(assemble::assemble(readings, &settings, &pack, false), &pack));
        rest += started.elapsed();
    }
    // Settling is part of the rest too: the whole is reading and the rest.
    let whole = (reading + rest).as_secs_f64();
    println!(
        "reading {reading:?}, clocks {clocks:?}, all after reading {rest:?}: clocks take {:.1} % of the whole",
        100.0 * clocks.as_secs_f64() / whole
    );
    assert!(clocks.as_secs_f64() < 0.1 * whole);
}

#[test]
fn progress_counts_what_lies_there() {
    #[derive(Default)]
    struct Counted(std::sync::atomic::AtomicU64);
    impl Progress for Counted {
        fn read(&self, bytes: u64) {
            self.0.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let text: String = (0..500_000).map(|at| format!("line {at}\n")).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let inputs = [Input::memory("a.log", text.clone()), Input::memory("b.log.gz", packed.finish().unwrap()), Input::memory("c.log", "")];
    let counted = Counted::default();
    examine(&inputs, &Pack::load(&[]).unwrap().0, &Settings { threads: 2, ..Settings::default() }, &counted).unwrap();
    assert_eq!(counted.0.into_inner(), inputs.iter().map(|input| input.size).sum::<u64>());
}

#[test]
fn what_was_not_read_of_a_series_is_told_by_the_file_it_lies_in() {
    let line = |minute: u32| format!("2026-11-20T10:{minute:02}:00.000000Z 0 [Note] [MY-000001] [Server] alive {minute}\n");
    let older: String = (0..10).map(line).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, older.as_bytes()).unwrap();
    let mut cut = encoder.finish().unwrap();
    cut.truncate(cut.len() - 6);
    let newest = (20..22).map(line).collect::<String>() + &"x".repeat(9);
    let outcome = scanned(&[Input::memory("n/error.log", newest), Input::memory("n/error.log.1.gz", cut)], 1);
    let [series] = outcome.sources.as_slice() else { panic!("{:?}", told(&outcome.sources)) };
    assert_eq!((series.lines, series.parts.len()), (13, 2));
    let troubles: Vec<_> = series.troubles().into_iter().map(|(path, problem)| format!("{path}:{}: {:.12}", problem.line, problem.what)).collect();
    assert_eq!(troubles, ["n/error.log.1.gz:10: gzip stream "]);
}

#[test]
fn a_control_plane_s_programs_have_a_log_each_in_their_machine_s_journal() {
    let journal = |programs: [&str; 2]| {
        let line = |second: usize| {
            let program = programs[second % 2];
            format!("2026-11-20T10:00:{second:02}+00:00 cp-1 {program}[7]: I1120 10:00:{second:02}.000000       7 x.go:1] \"x\"\n")
        };
        let text: String = (10..20).map(line).collect();
        let outcome = scanned(&[Input::memory("cp-1/journal.log", text)], 1);
        outcome.sources.iter().map(|source| format!("{} {}", source.path, source.entries)).collect::<Vec<_>>()
    };
    // What the programs of a machine write about it stays together.
    assert_eq!(journal(["kubelet", "containerd"]), ["cp-1/journal.log 10"]);
    assert_eq!(
        journal(["kube-apiserver", "kubelet"]),
        ["cp-1/journal.log 0", "cp-1/journal.log#cp-1/kube-apiserver 5", "cp-1/journal.log#cp-1/kubelet 5"]
    );
}

#[test]
fn envelopes_of_another_zone_widen_no_coverage() {
    let text = "-- Logs begin at Tue 2026-11-10 09:00:00 PST, end at Wed 2026-11-11 11:10:46 PST. --\n\
                Nov 11 11:10:41 node-1 systemd[1]: Started x\n\
                Nov 11 11:10:42 node-1 kubelet[7]: I1111 18:10:42.420693       7 x.go:1] y\n\
                Nov 11 11:10:43 node-1 kubelet[7]: I1111 18:10:43.427604       7 x.go:1] y\n\
                Nov 11 11:10:44 node-1 systemd[1]: Started z\n\
                Nov 11 11:10:45 node-1 kubelet[7]: I1111 18:10:45.427604       7 x.go:1] y\n";
    let outcome = scanned(&[Input::memory("node-1/journal.log", text)], 1);
    let source = &outcome.sources[0];
    let (first, last) = (source.first.unwrap(), source.last.unwrap());
    assert_eq!((last.ns - first.ns) / crate::time::SECOND, 4);
    assert!(source.habit_ns < crate::time::MINUTE, "{}", source.habit_ns);
}
