//! Beside: what the records around a place in a source tell of their writer's clock and life.
//!
//! In: a framed piece, places in it. Out: who wrote a record, and what it and its neighbours tell. Must not know: clocks, why the place is of interest.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::clock::{Place, Trace};
use crate::decode::{Framed, Piece};
use crate::observe::cite::line_text;
use crate::time::{RawTime, SECOND, Shape};

/// Bytes of a record that are read for what it tells.
const READ: usize = 256;

/// The first or last record of a part.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) place: Place,
    pub(super) speaker: Speaker,
    pub(super) trace: Trace,
}

/// Who wrote a record: jumps are between records of one writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Speaker {
    pub(super) format: &'static str,
    host: Option<Box<str>>,
    program: Option<Box<str>>,
    pod: Option<Box<str>>,
}

/// A piece that is looked at around a jump.
pub(super) struct Look<'a, 'p> {
    pub(super) piece: &'a Piece<'p>,
    pub(super) physical: &'a [u8],
}

impl Look<'_, '_> {
    fn raw(&self, kind: usize, framed: &Framed) -> Option<RawTime> {
        let raw = if kind < 3 { framed.head.time } else { self.piece.envelopes.get(framed.envelope?)?.time }?;
        let shape = [Shape::Zoned, Shape::Local, Shape::Yearless][kind % 3];
        (raw.shape == shape).then_some(raw)
    }

    /// Whether the records after a jump back stay behind: one late line is no jump.
    pub(super) fn stays_back(&self, kind: usize, index: usize, from: RawTime) -> bool {
        let rest = self.piece.entries.get(index + 1..).unwrap_or_default();
        rest.iter().filter_map(|framed| self.raw(kind, framed)).take(2).all(|raw| raw.ns < from.ns)
    }

    pub(super) fn speaker(&self, kind: usize, index: usize) -> Option<Speaker> {
        let framed = self.piece.entries.get(index)?;
        let envelope = framed.envelope.and_then(|at| self.piece.envelopes.get(at));
        Some(Speaker {
            // The envelope's stamp is of one clock whatever stands inside.
            format: if kind < 3 { framed.format.name() } else { "" },
            host: envelope.and_then(|envelope| envelope.host.clone()),
            program: envelope.and_then(|envelope| envelope.program.clone()).filter(|_| kind < 3),
            pod: envelope.and_then(|envelope| envelope.pod.clone()),
        })
    }

    pub(super) fn edge(&self, kind: usize, index: usize, raw: RawTime, window: std::ops::Range<usize>) -> Edge {
        let speaker = self.speaker(kind, index).unwrap_or(Speaker { format: "", host: None, program: None, pod: None });
        let latest = window.end == index + 1;
        Edge { place: self.place(index, raw), speaker, trace: self.trace(window, latest) }
    }

    pub(super) fn place(&self, index: usize, raw: RawTime) -> Place {
        let Some(framed) = self.piece.entries.get(index) else { return Place { raw, line: 0, offset: 0, text: "".into() } };
        let start = framed.offset.checked_sub(self.piece.first_offset()).and_then(|start| usize::try_from(start).ok());
        let rest = start.and_then(|start| self.physical.get(start..)).unwrap_or_default();
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or(rest);
        Place { raw, line: framed.line, offset: framed.offset, text: line_text(line.strip_suffix(b"\r").unwrap_or(line)) }
    }

    /// What the records of a window tell; of the times since boot the last one, or the first.
    pub(super) fn trace(&self, window: std::ops::Range<usize>, latest: bool) -> Trace {
        let mut trace = Trace::default();
        for index in window.start..window.end.min(self.piece.entries.len()) {
            let framed = &self.piece.entries[index];
            let text = self.piece.text.get(framed.start..framed.end.min(framed.start + READ)).unwrap_or_default();
            let uptime = framed.head.time.filter(|raw| raw.shape == Shape::Boot && framed.envelope.is_some()).map(|raw| (0, raw.ns));
            let uptime = framed.envelope.and_then(|at| self.piece.envelopes.get(at)).and_then(|envelope| envelope.uptime).or(uptime);
            trace.uptime = if latest { uptime.or(trace.uptime) } else { trace.uptime.or(uptime) };
            let server = matches!(framed.format.name(), "mysqld" | "mysqld-json");
            read(text, server, &mut trace);
            if server {
                let entry = self.piece.entry(index);
                let body = entry.format.body(&entry);
                trace.threads.extend(body.field("thread").and_then(|thread| thread.parse::<u64>().ok()).filter(|thread| *thread > 0));
            }
        }
        trace
    }
}

/// What a record may tell of its writer's clock or life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// A machine boots, or a server starts.
    Start,
    /// The clock was set by the number that follows.
    SetBy,
    /// The clock was set.
    Set,
    /// The number of a connection follows (`Aborted connection 20 to db`).
    Connection,
}

/// What tells it.
///
/// # Source
///
/// linux `init/main.c`: `Linux version`; mysql-server `sql/mysqld.cc`: `starting as process`; MariaDB `sql/mysqld.cc`: `Starting MariaDB`, before 10.5
/// `starting as process`; chrony `reference.c`: `System clock was stepped by %.6f seconds`; ntp `ntp_loopfilter.c`: `time reset %+.6f s`; systemd
/// `manager.c`: `Time has been changed`, `journald-server.c`: `Time jumped backwards, rotating`.
const TELLS: &[(&str, Tells)] = &[
    ("Linux version ", Tells::Start),
    ("starting as process ", Tells::Start),
    ("Starting MariaDB ", Tells::Start),
    ("clock was stepped by ", Tells::SetBy),
    ("time reset ", Tells::SetBy),
    ("time stepped by ", Tells::SetBy),
    ("Time has been changed", Tells::Set),
    ("Time jumped backwards", Tells::Set),
    ("onnection ", Tells::Connection),
];

/// All of them in one search.
static SEARCH: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(TELLS.iter().map(|(text, _)| text)).ok());

/// Notes what a record tells.
fn read(text: &[u8], server: bool, trace: &mut Trace) {
    // systemd `logs-show.c`: `-- Reboot --` up to v246, `-- Boot ID --` from then on.
    trace.boots |= text.starts_with(b"-- Reboot --") || text.starts_with(b"-- Boot ");
    let Some(search) = &*SEARCH else { return };
    for found in search.find_iter(text) {
        let rest = text.get(found.end()..).unwrap_or_default();
        match TELLS.get(found.pattern().as_usize()).map(|(_, tells)| *tells) {
            Some(Tells::Start) => trace.boots = true,
            Some(Tells::SetBy) => {
                let seconds = number(rest, b"0123456789.+-").and_then(|digits| digits.parse::<f64>().ok()).filter(|seconds| seconds.abs() < 1e9);
                trace.stated = Some(seconds.map(|seconds| (seconds * SECOND as f64) as i64));
            }
            Some(Tells::Set) => trace.stated = trace.stated.or(Some(None)),
            Some(Tells::Connection) if server => {
                trace.connections.extend(number(rest, b"0123456789").and_then(|digits| digits.parse::<u64>().ok()));
            }
            Some(Tells::Connection) | None => {}
        }
    }
}

/// The letters of a number at the beginning of a text.
fn number<'a>(text: &'a [u8], letters: &[u8]) -> Option<&'a str> {
    let end = text.iter().position(|byte| !letters.contains(byte)).unwrap_or(text.len());
    std::str::from_utf8(text.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_clock_is_read() {
        let told = |text: &[u8]| {
            let mut trace = Trace::default();
            read(text, true, &mut trace);
            trace
        };
        assert_eq!(told(b"System clock was stepped by -7199.5 seconds").stated, Some(Some(-7_199_500_000_000)));
        assert_eq!(told(b"time reset +0.25 s").stated, Some(Some(250_000_000)));
        assert_eq!(told(b"Time has been changed").stated, Some(None));
        assert_eq!(told(b"System clock was stepped by much").stated, Some(None));
        assert_eq!(told(b"System clock wrong by 0.1 seconds").stated, None);
        assert_eq!(told(b"Aborted connection 20 to db").connections, [20]);
        assert!(told(b"Aborted connection x").connections.is_empty());
        assert!(told(b"-- Reboot --").boots && told(b"kernel: Linux version 6.1.0").boots && !told(b"Boot").boots);
    }
}
