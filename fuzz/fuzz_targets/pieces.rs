//! Where a source is cut into pieces changes nothing: the first two bytes say how long a piece is, the rest is the source.
#![no_main]

use libfuzzer_sys::fuzz_target;
use necropsy::decode::frame::Carry;
use necropsy::decode::{Framer, Piece};

type Told = (u64, u64, &'static str, Vec<u8>);

fn told(piece: &Piece<'_>) -> Vec<Told> {
    (0..piece.entries.len()).map(|at| piece.entry(at)).map(|entry| (entry.line, entry.offset, entry.format.name(), entry.text.to_vec())).collect()
}

fuzz_target!(|input: &[u8]| {
    let Some((size, bytes)) = input.split_at_checked(2) else { return };
    let size = 1 + usize::from(u16::from_le_bytes([size[0], size[1]])) % 4096;
    let framer = Framer::detect(bytes);
    let whole = told(&framer.piece(bytes, 1, 0, Carry::default(), true));
    let (mut at, mut line, mut carry) = (0, 1, Carry::default());
    let (mut wanted, mut found) = (size, Vec::new());
    loop {
        let rest = &bytes[at..];
        let length = rest.iter().skip(wanted).position(|byte| *byte == b'\n').map_or(rest.len(), |end| wanted + end + 1);
        let last = length == rest.len();
        let piece = framer.piece(&rest[..length], line, at as u64, carry.clone(), last);
        if !last && piece.consumed == 0 {
            // An entry longer than the piece.
            wanted = length + size;
            continue;
        }
        wanted = size;
        found.extend(told(&piece));
        (at, line, carry) = (at + piece.consumed, line + piece.lines, piece.carry);
        if last {
            break;
        }
    }
    assert_eq!(found, whole);
});
