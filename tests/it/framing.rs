//! Framing: no line is lost, and where a source is cut into pieces changes nothing.

use necropsy::decode::{Framer, frame};

use crate::kit::sample_logs;
use crate::targets::{in_pieces, whole};

#[test]
fn every_byte_of_a_sample_is_in_exactly_one_entry() {
    for (path, bytes) in sample_logs() {
        let framer = Framer::detect(&bytes);
        let entries = whole(&framer, &bytes);
        let inside: usize = entries.iter().map(|(_, _, _, text)| text.len() + 1).sum();
        if framer.wrappers().is_empty() {
            let lines: usize = frame::lines(&bytes).map(|(_, line)| line.len() + 1).sum();
            assert_eq!(inside, lines, "{}", path.display());
        }
        assert!(entries.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{}: entries out of order", path.display());
    }
}

#[test]
fn pieces_of_any_size_give_the_same_entries() {
    for (path, bytes) in sample_logs() {
        let framer = Framer::detect(&bytes);
        let expected = whole(&framer, &bytes);
        for size in [1, 80, 333, 4096] {
            assert_eq!(in_pieces(&framer, &bytes, size), expected, "{} in pieces of {size}", path.display());
        }
    }
}

#[test]
fn both_sides_of_a_cut_stand_alone() {
    for (path, bytes) in sample_logs() {
        let framer = Framer::detect(&bytes);
        let expected = whole(&framer, &bytes);
        for part in [3, 2] {
            let Some(cut) = framer.cut(&bytes[..bytes.len() / part * (part - 1)]) else { continue };
            let mut entries = whole(&framer, &bytes[..cut]);
            let lines = frame::lines(&bytes[..cut]).count() as u64;
            let rest = framer.piece(&bytes[cut..], lines + 1, cut as u64, frame::Carry::default(), true);
            entries.extend(
                (0..rest.entries.len()).map(|at| rest.entry(at)).map(|entry| (entry.line, entry.offset, entry.format.name(), entry.text.to_vec())),
            );
            assert_eq!(entries, expected, "{} cut at {cut}", path.display());
        }
    }
}
