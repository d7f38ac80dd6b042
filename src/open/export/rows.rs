//! Rows: CSV with a header whose columns hold a moment and a text.
//!
//! In: bytes. Out: a line for each row. A row whose cells hold ends of lines goes over several lines; as many follow it empty, so that the next one
//! stands where it stood. Must not know: what the columns mean (`exported`).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{memchr, memchr_iter, memchr2_iter};

use super::Cut;
use crate::decode::exported::{Record, is_log, plain};

/// Bytes of a row at most.
const MAX_ROW_BYTES: usize = 1 << 20;
/// Bytes of a header at most.
const MAX_HEADER_BYTES: usize = 8 << 10;
/// What stands between cells.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Rows of CSV.
pub(super) struct Rows {
    reader: Reader,
    columns: Vec<String>,
    /// The header is still to come.
    first: bool,
}

impl Rows {
    /// Reads the header in the first line.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let end = memchr(b'\n', head).filter(|end| *end <= MAX_HEADER_BYTES)?;
        let header = &head[..end];
        if !header.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\r')) {
            return None;
        }
        // Readers are dear to make, and most files are logs: the cells are told by hand first.
        let is_likely = |delimiter: u8| {
            let name = |cell: &[u8]| plain(&String::from_utf8_lossy(cell).replace('"', "")).into_owned();
            memchr(delimiter, header).is_some() && is_log(&header.split(|byte| *byte == delimiter).map(name).collect::<Vec<_>>())
        };
        DELIMITERS.iter().filter(|delimiter| is_likely(**delimiter)).find_map(|delimiter| {
            let mut reader = ReaderBuilder::new().delimiter(*delimiter).build();
            let columns: Vec<String> = cells(&mut reader, header).iter().map(|name| plain(name).into_owned()).collect();
            is_log(&columns).then_some(Self { reader, columns, first: true })
        })
    }
}

impl Cut for Rows {
    fn most(&self) -> usize {
        MAX_ROW_BYTES
    }

    fn take(&mut self, held: &[u8], ended: bool, out: &mut Vec<u8>) -> usize {
        let mut used = 0;
        while let Some(length) = row(&held[used..], ended) {
            let whole = &held[used..used + length];
            used += length;
            self.put(whole, out);
        }
        used
    }

    /// A quote has no end: its line is a row of its own.
    fn give_up(&mut self, held: &[u8], out: &mut Vec<u8>) -> usize {
        let length = memchr(b'\n', held).map_or(held.len(), |end| end + 1);
        self.put(&held[..length], out);
        length
    }
}

impl Rows {
    fn put(&mut self, row: &[u8], out: &mut Vec<u8>) {
        let lines = memchr_iter(b'\n', row).count();
        if !std::mem::take(&mut self.first) {
            let cells = cells(&mut self.reader, row);
            let mut record = Record::default();
            for (name, cell) in self.columns.iter().zip(&cells) {
                record.add(name, cell.as_str());
            }
            match record.text() {
                Some(text) => out.extend_from_slice(record.line(text).as_bytes()),
                // It has no text, or is no row.
                None => out.extend(row.iter().filter(|byte| !matches!(byte, b'\n' | b'\r'))),
            }
        }
        out.extend(std::iter::repeat_n(b'\n', lines));
    }
}

/// Length of the first row: ends of lines between quotes do not end it.
fn row(held: &[u8], ended: bool) -> Option<usize> {
    let mut quoted = false;
    for at in memchr2_iter(b'"', b'\n', held) {
        match held[at] {
            b'"' => quoted = !quoted,
            _ if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    (ended && !quoted && !held.is_empty()).then_some(held.len())
}

/// The cells of one row.
fn cells(reader: &mut Reader, row: &[u8]) -> Vec<String> {
    reader.reset();
    let mut text = vec![0; row.len() + 1];
    let mut ends = vec![0; row.len() + 1];
    let (mut written, mut count) = (0, 0);
    // The end of input closes a row that has no end of line.
    for input in [row, b"" as &[u8]] {
        let (result, _, wrote, found) = reader.read_record(input, &mut text[written..], &mut ends[count..]);
        (written, count) = (written + wrote, count + found);
        if result != ReadRecordResult::InputEmpty {
            break;
        }
    }
    let mut start = 0;
    let cell = |end: &usize| String::from_utf8_lossy(text.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default()).into_owned();
    ends[..count].iter().map(cell).collect()
}
