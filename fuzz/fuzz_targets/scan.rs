//! Any bytes are scanned as a file without a panic; what is cited lies in the file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use necropsy::open::Input;
use necropsy::pattern::Pack;
use necropsy::report::{Report, json, jsonl, sources, text};
use necropsy::scan::{Quiet, Settings, scan};

static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::builtin().expect("the shipped patterns check"));

fuzz_target!(|bytes: &[u8]| {
    let inputs = [Input::memory("nodes/node-1/any.log", bytes)];
    let outcome = scan(&inputs, &PACK, &Settings { threads: 1, ..Settings::default() }, &Quiet).expect("one thread can be had");
    for evidence in outcome.findings.iter().flat_map(|finding| &finding.steps).flat_map(|step| &step.evidence) {
        let source = &outcome.sources[evidence.citation.source as usize];
        assert!((1..=source.lines).contains(&evidence.citation.line), "line {} of {}", evidence.citation.line, source.lines);
        assert!(evidence.citation.offset < source.bytes, "offset {} of {}", evidence.citation.offset, source.bytes);
    }
    let report = Report { outcome, patterns: String::new(), seconds: 0.0 };
    let mut out = Vec::new();
    text::write(&report, true, &mut out).expect("memory takes everything");
    json::write(&report, &mut out).expect("memory takes everything");
    jsonl::write(&report, &mut out).expect("memory takes everything");
    sources::write(&report.outcome.sources, &mut out).expect("memory takes everything");
});
