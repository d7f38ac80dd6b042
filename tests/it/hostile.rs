//! Hostile input: any bytes are read without a panic, and no line of them is lost.

use necropsy::decode::frame::{self, Carry};
use necropsy::decode::{FORMATS, Framer, WRAPPERS};
use proptest::prelude::*;

use crate::kit::{Dice, pieces, sample_logs, whole};

/// Frames bytes and reads every entry in full.
fn read_all(bytes: &[u8]) {
    let framer = Framer::detect(bytes);
    let piece = framer.piece(bytes, 1, 0, Carry::default(), true);
    assert_eq!(piece.lines, frame::lines(bytes).count() as u64);
    for at in 0..piece.entries.len() {
        let entry = piece.entry(at);
        let _read = entry.format.body(&entry);
        for (range, head) in entry.format.parts(&entry) {
            let mut part = entry;
            part.text = &entry.text[range];
            part.head = head;
            let _read = part.format.body(&part);
        }
    }
}

#[test]
fn mutated_samples_are_read() {
    let mut dice = Dice(7);
    for (_, bytes) in sample_logs() {
        for _ in 0..40 {
            let from = dice.below(bytes.len());
            let mut cut = bytes[from..(from + 4000).min(bytes.len())].to_vec();
            for _ in 0..dice.below(12) {
                let at = dice.below(cut.len());
                match dice.below(5) {
                    0 => cut[at] = dice.below(256) as u8,
                    1 => cut.truncate(at.max(1)),
                    2 => cut.insert(at, b'\n'),
                    3 => drop(cut.remove(at)),
                    _ => {
                        let copy = cut[at..(at + dice.below(200)).min(cut.len())].to_vec();
                        cut.splice(at..at, copy);
                    }
                }
                if cut.is_empty() {
                    cut.push(b'x');
                }
            }
            read_all(&cut);
        }
    }
}

#[test]
fn every_format_survives_every_beginning_of_every_sample() {
    for format in FORMATS {
        for (sample, _) in format.samples() {
            for end in 0..=sample.len() {
                read_all(&sample.as_bytes()[..end]);
            }
        }
    }
    for wrapper in WRAPPERS {
        for (sample, _) in wrapper.samples() {
            for end in 0..=sample.len() {
                read_all(&sample.as_bytes()[..end]);
            }
        }
    }
}

#[test]
fn mutated_samples_frame_alike_in_pieces() {
    let mut dice = Dice(11);
    for (path, bytes) in sample_logs() {
        for _ in 0..6 {
            let from = dice.below(bytes.len());
            let mut cut = bytes[from..(from + 6000).min(bytes.len())].to_vec();
            for _ in 0..4 {
                let at = dice.below(cut.len());
                cut[at] = b"\n\" {}[]:x"[dice.below(9)];
            }
            let framer = Framer::detect(&cut);
            assert_eq!(pieces(&framer, &cut, 500), whole(&framer, &cut), "{} from {from}", path.display());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
    }

    #[test]
    fn any_lines_of_digits_and_marks_are_read(text in "([IWEF{\\[]?[0-9 :.TZ+-]{0,30}[\\]} a-z\"=<>{}:\\[\\\\|]{0,40}\n?){0,12}") {
        read_all(text.as_bytes());
    }
}
