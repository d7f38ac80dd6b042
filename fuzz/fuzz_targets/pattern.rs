//! Any text is checked as a pattern file without a panic; what checks without an error can be used.
#![no_main]

use libfuzzer_sys::fuzz_target;
use necropsy::open::Input;
use necropsy::pattern::{Library, Pack, check};
use necropsy::scan::{Quiet, Settings, scan};

fuzz_target!(|text: &str| {
    let report = check::report(&Library::of_texts([("any.toml", text)]));
    for diagnostic in &report.diagnostics {
        let _shown = diagnostic.to_string();
    }
    let pack = Pack::of_texts([("any.toml", text)]);
    if report.errors() == 0 {
        let pack = pack.expect("a file without errors can be used");
        let log = Input::memory("any.log", text);
        scan(&[log], &pack, &Settings { threads: 1, ..Settings::default() }, &Quiet).expect("one thread can be had");
    }
});
