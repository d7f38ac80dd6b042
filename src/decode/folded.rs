//! Folded lines: what a terminal or a ticket system broke at a fixed width.
//!
//! In: the first lines of a source, and which of them begin records. Out: the width, where the lines prove one. Must not know: formats, envelopes.
//!
//! Lines are put together again only where nearly every line of the greatest width is followed by one that begins no record, and hardly any line that
//! begins none stands anywhere else. Logs that cut their lines at a width go on with the next record; tables have rows of one width that begin none.
//! Records of several lines may be of one length, too: there the lines end and begin alike, and a width breaks them anywhere.

use std::collections::BTreeSet;

/// Widths that people's terminals and tools have, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=1000;
/// Lines of full width that must be seen, records among them.
const LEAST: usize = 3;

/// Characters of a line: bytes that continue one in UTF-8 do not count.
pub(super) fn width(line: &[u8]) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// The width at which lines were broken, in characters. `opens`: whether a line begins a record.
pub(super) fn detect(lines: &[&[u8]], opens: impl Fn(&[u8]) -> bool) -> Option<usize> {
    // The last line may be cut by the end of the sample.
    let lines = lines.split_last().map_or(lines, |(_, lines)| lines);
    let widths: Vec<usize> = lines.iter().map(|line| width(line)).collect();
    let full = widths.iter().copied().max().filter(|width| WIDTHS.contains(width))?;
    if widths.iter().filter(|width| **width == full).count() < LEAST {
        return None;
    }
    let (mut records, mut broken, mut again, mut whole, mut stray) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    let (mut ends, mut beginnings): (BTreeSet<u8>, BTreeSet<u8>) = (BTreeSet::new(), BTreeSet::new());
    let mut before: Option<&[u8]> = None;
    for (line, width) in lines.iter().zip(&widths) {
        let (begins, is_full) = (opens(line), *width == full);
        match (before, begins) {
            (Some(before), false) => {
                broken += 1;
                again += usize::from(is_full);
                ends.extend(before.last());
                beginnings.extend(line.first());
            }
            (Some(_), true) => whole += 1,
            (None, false) if !line.is_empty() => stray += 1,
            _ => {}
        }
        records += usize::from(begins && is_full);
        before = is_full.then_some(line);
    }
    let anywhere = again >= LEAST || ends.len() >= LEAST && beginnings.len() >= LEAST;
    let fits = records >= LEAST && broken >= LEAST && records * 8 >= broken && whole * 10 <= broken && stray * 10 <= broken;
    (fits && anywhere).then_some(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width_of(text: &str) -> Option<usize> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        detect(&lines, |line| line.starts_with(b"I "))
    }

    fn folded(text: &str, width: usize) -> String {
        let break_up = |line: &str| -> Vec<String> {
            line.chars().collect::<Vec<_>>().chunks(width).map(|part| part.iter().collect::<String>() + "\n").collect()
        };
        text.lines().flat_map(break_up).collect()
    }

    #[test]
    fn records_broken_at_one_width() {
        let words = |at: u32| (0..8 + at * 5 % 17).map(|word| format!("wörd{} ", word * at * 7919 % 1000)).collect::<String>();
        let text: String = (0..20).map(|at| format!("I {at} {}\n", words(at))).collect();
        assert_eq!(width_of(&folded(&text, 80)), Some(80));
        assert_eq!(width_of(&folded(&text, 100)), Some(100));
        assert_eq!(width_of(&text), None);
    }

    #[test]
    fn other_lines_of_one_width() {
        // Cut off, not broken.
        let cut: String = (0..20).map(|at| format!("I {at:02} {}\n", "x".repeat(75))).collect();
        assert_eq!(width_of(&cut), None);
        // A table among records, and texts of several lines.
        let row = format!("| {} |\n", "x".repeat(76));
        let table: String = (0..20).map(|at| format!("I {at} a table\n{}", row.repeat(5))).collect();
        assert_eq!(width_of(&table), None);
        let trace: String = (0..20).map(|at| format!("I {at} {}\n\tat {}\n\tat b\n", "x".repeat(74 + at), "y".repeat(at))).collect();
        assert_eq!(width_of(&trace), None);
        // Records of two lines, the first of them always as long.
        let pairs: String = (0..20).map(|at| format!("I {at:02} {} failed:\n  because of {at}\n", "x".repeat(70))).collect();
        assert_eq!(width_of(&pairs), None);
        assert_eq!(width_of(""), None);
    }
}
