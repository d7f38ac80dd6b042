//! Any bytes are framed and read without a panic, and every line is in exactly one place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use necropsy::decode::Framer;
use necropsy::decode::frame::{self, Carry};

fuzz_target!(|bytes: &[u8]| {
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
});
