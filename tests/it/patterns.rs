//! The shipped patterns: they check without an error, and every example and near miss is read as it says.

use necropsy::pattern::{Library, check};

#[test]
fn the_shipped_patterns_check() {
    let report = check::report(&Library::open(&[]));
    let told: Vec<String> = report.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} errors\n{}", told.len(), told.join("\n\n"));
}
