//! Severe: what the records of a source themselves call an error.
//!
//! In: severities as records state them, in order. Out: how many are errors or worse, and the first of the worst. Must not know: formats, what any of them
//! means: an error is no cause.

use crate::severity::Severity;
use crate::source::Severe;

/// Bytes kept of the line of the worst.
const MAX_LINE: usize = 320;

/// What is known so far.
pub(super) type Known = Option<Box<Severe>>;

/// Notes a record. `text`: it, where it stands by itself.
pub(super) fn note(known: &mut Known, severity: Option<Severity>, line: u64, text: &[u8]) {
    let Some(severity) = severity.filter(|severity| *severity >= Severity::ERROR) else { return };
    match known {
        Some(known) if known.worst >= band(severity) => known.records += 1,
        _ => {
            let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let text = String::from_utf8_lossy(first.get(..MAX_LINE).unwrap_or(first)).trim_end().into();
            let records = known.as_ref().map_or(0, |known| known.records) + 1;
            *known = Some(Box::new(Severe { records, worst: band(severity), line, text }));
        }
    }
}

/// Adds what follows.
pub(super) fn absorb(known: &mut Known, later: Known) {
    let Some(mut later) = later else { return };
    match known {
        Some(known) if known.worst >= later.worst => known.records += later.records,
        _ => {
            later.records += known.as_ref().map_or(0, |known| known.records);
            *known = Some(later);
        }
    }
}

/// Errors, or those after which a program gives up: finer steps mean little.
fn band(severity: Severity) -> Severity {
    if severity >= Severity::FATAL { Severity::FATAL } else { Severity::ERROR }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_worst_is_kept_however_the_text_is_cut() {
        let said = [None, Some(Severity::WARN), Some(Severity::ERROR), Some(Severity::FATAL), Some(Severity::ERROR), Some(Severity::FATAL)];
        let read = |from: usize, to: usize| {
            let mut known = None;
            for (at, severity) in said.iter().enumerate().take(to).skip(from) {
                note(&mut known, *severity, at as u64 + 1, format!("line {at}\nmore").as_bytes());
            }
            known
        };
        let whole = read(0, said.len());
        assert_eq!(whole.as_deref(), Some(&Severe { records: 4, worst: Severity::FATAL, line: 4, text: "line 3".into() }));
        for cut in 0..=said.len() {
            let mut known = read(0, cut);
            absorb(&mut known, read(cut, said.len()));
            assert_eq!(known, whole, "{cut}");
        }
    }
}
