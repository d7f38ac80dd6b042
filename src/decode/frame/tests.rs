use memchr::memmem;

use super::*;

impl Piece<'_> {
    /// Line number and byte offset of a word.
    fn place_of(&self, word: &str) -> (u64, u64) {
        let at = memmem::find(&self.text, word.as_bytes()).unwrap();
        let framed = &self.entries[self.entries.partition_point(|framed| framed.end <= at)];
        (self.place(framed, at, None).0, self.offset(framed, at))
    }
}

#[test]
fn every_line_is_an_entry_of_text() {
    let piece = Framer::default().piece(b"one\r\ntwo\n\nthree", 1, 0, Carry::default(), true);
    let texts: Vec<_> = (0..piece.entries.len()).map(|at| String::from_utf8_lossy(piece.entry(at).text).into_owned()).collect();
    assert_eq!(texts, ["one", "two", "", "three"]);
    assert_eq!((piece.lines, piece.consumed), (4, 15));
    assert_eq!(piece.entries.iter().map(|entry| (entry.line, entry.offset)).collect::<Vec<_>>(), [(1, 0), (2, 5), (3, 9), (4, 10)]);
}

#[test]
fn lines_of_an_entry_are_parted_alike_whatever_ended_them() {
    let text = "I1120 09:42:27.695099   32101 a.go:94] \"x\" config=<\n\tkind: X\n > source=\"f\"\nI1120 09:42:28.695099   32101 a.go:95] y\n";
    let entries = |text: &str| -> Vec<(String, u64)> {
        let piece = Framer::detect(text.as_bytes()).piece(text.as_bytes(), 1, 0, Carry::default(), true);
        (0..piece.entries.len()).map(|at| (String::from_utf8_lossy(piece.entry(at).text).into_owned(), piece.entries[at].line)).collect()
    };
    let plain = entries(text);
    assert_eq!(plain.len(), 2);
    assert_eq!(entries(&text.replace('\n', "\r\n")), plain);
    let piece = |text: &str| Framer::detect(text.as_bytes()).piece(text.as_bytes(), 1, 0, Carry::default(), true).place_of("kind");
    assert_eq!(piece(&text.replace('\n', "\r\n")), (2, 54));
    // A container with a terminal: docker keeps the line ends that it wrote.
    let docker = |end: &str| {
        let line = |text: &str| {
            format!(
                "{{\"log\":\"{}{end}\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:48:47Z\"}}\n",
                text.replace('"', "\\\"").replace('\t', "\\t")
            )
        };
        entries(&text.lines().map(line).collect::<String>())
    };
    assert_eq!(docker("\\r\\n"), plain);
    assert_eq!(docker("\\r\\n"), docker("\\n"));
}

#[test]
fn broken_lines_are_put_together_wherever_the_source_is_cut() {
    let record = |at: u32| {
        format!(
            "Nov 20 10:{at:02}:00 node-1 kubelet[99]: E1120 10:{at:02}:00.000000      99 a.go:1] \"x\" err=\"{}{at}\"",
            "word ".repeat(at as usize % 7 * 9)
        )
    };
    let text: String = (0..40).map(|at| record(at) + "\n").collect();
    let folded: String =
        text.lines().flat_map(|line| line.as_bytes().chunks(80).map(|part| String::from_utf8_lossy(part).into_owned() + "\n")).collect();
    let framer = Framer::detect(folded.as_bytes());
    assert_eq!((framer.folded(), framer.wrappers()), (Some(80), vec!["syslog"]));
    let bytes = folded.as_bytes();
    let read = |size: usize| {
        let (mut at, mut line, mut carry, mut found) = (0, 1, Carry::default(), Vec::new());
        let mut want = size;
        loop {
            let end =
                bytes.iter().enumerate().skip(at).find(|(end, byte)| **byte == b'\n' && *end >= at + want).map_or(bytes.len(), |(end, _)| end + 1);
            let last = end == bytes.len();
            let piece = framer.piece(&bytes[at..end], line, at as u64, std::mem::take(&mut carry), last);
            for (index, framed) in piece.entries.iter().enumerate() {
                let text = String::from_utf8_lossy(piece.entry(index).text).into_owned();
                found.push((text, framed.line, framed.offset, piece.place(framed, framed.end - 1, None)));
            }
            (at, line, carry) = (at + piece.consumed, line + piece.lines, piece.carry.clone());
            if last {
                return found;
            }
            want = if piece.consumed == 0 { want * 2 } else { size };
        }
    };
    let whole = read(1 << 20);
    assert_eq!(whole.len(), 40);
    for ((text, first, _, (line, offset, _)), expected) in whole.iter().zip(text.lines()) {
        assert_eq!(Some(text.as_str()), expected.split_once("]: ").map(|(_, inside)| inside));
        let last = folded.lines().nth(*line as usize - 1).unwrap();
        assert!(line >= first && last.ends_with('"') && bytes[*offset as usize..].starts_with(last.as_bytes()), "{text}");
    }
    for size in [1, 50, 81, 300, 1000] {
        assert_eq!(read(size), whole, "{size}");
    }
}

#[test]
fn an_open_entry_goes_to_the_next_piece() {
    let bytes = b"one\ntwo\nthree\n";
    let first = Framer::default().piece(bytes, 1, 0, Carry::default(), false);
    assert_eq!((first.entries.len(), first.consumed, first.lines), (2, 8, 2));
    let second = Framer::default().piece(&bytes[8..], 3, 8, first.carry, true);
    assert_eq!((second.entries.len(), second.entries[0].line, second.entries[0].offset), (1, 3, 8));
}

#[test]
fn a_name_before_a_bar_stands_alone_on_an_empty_line() {
    let choice = super::LineChoice::Beside(b"db_1   |".as_slice().into());
    assert_eq!(choice.rest(b"db_1   | x"), Some(&b"x"[..]));
    assert_eq!(choice.rest(b"db_1   |"), Some(&b""[..]));
    assert_eq!(choice.rest(b"db_1   |x"), None);
    assert_eq!(choice.rest(b"db_10  | x"), None);
}
