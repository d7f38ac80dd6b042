//! Jumps: notices, in one pass and in bounded memory, where the stamps of a source go back, leap, or stand still.
//!
//! In: framed pieces in order, part by part. Out: a [`Course`] for each kind of stamp. Must not know: clocks, what a jump means.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::clock::{Course, Jump, Place, Still, Trace};
use crate::decode::{Framed, Piece};
use crate::observe::cite::line_text;
use crate::time::{DAY, RawTime, SECOND, Shape};

/// Writers of one source are out of order by less than this: threads that wait for a lock, relays that deliver late.
const BACK: i64 = 10 * SECOND;
/// No shorter step forward is a jump.
const FORTH: i64 = 60 * SECOND;
/// A jump of more than this in stamps without a year is a New Year.
const NEW_YEAR: i64 = 180 * DAY;
/// Jumps back that are kept. A source with more is not in order of time.
const MAX_BACK: usize = 24;
/// Jumps forward that are kept: the longest.
const MAX_FORTH: usize = 16;
/// Records that are looked at on each side of a jump.
const WINDOW: usize = 16;
/// So many records in a row, each a step of the stamp after the one before, stand still.
const STILL: u64 = 16;
/// Bytes of a record that are read for what it tells.
const READ: usize = 256;
/// Runs that are kept.
const MAX_STILL: usize = 8;
/// Records of a run that are read for connections.
const STILL_READ: usize = 256;

/// Formats whose records stand in an order of their own.
const LISTS: &[&str] = &["json-document", "yaml-document", "kubectl-describe", "event-table", "event-echo", "object-table", "audit-json"];

/// Kinds of stamps: the record's own and the envelope's, each zoned, local or without a year.
const KINDS: usize = 6;

/// How the stamps of a source go, or of a part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Jumps {
    /// One of each kind, or none while nothing is known.
    tracks: Vec<Track>,
}

/// One kind of stamp.
#[derive(Clone, Debug, Default)]
struct Track {
    records: u64,
    backs: u64,
    back: Vec<Jump>,
    /// Enough jumps back were kept before.
    full: bool,
    forth: Vec<Jump>,
    /// Shorter steps forward are not kept any more.
    least_forth: i64,
    stills: Vec<Still>,
    /// Steps forward by their size, as powers of two.
    steps: Vec<u32>,
    first: Option<Edge>,
    last: Option<Edge>,
}

/// The first or last record of a part.
#[derive(Clone, Debug)]
struct Edge {
    place: Place,
    speaker: Speaker,
    trace: Trace,
}

/// Who wrote a record: jumps are between records of one writer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Speaker {
    format: &'static str,
    host: Option<Box<str>>,
    program: Option<Box<str>>,
    pod: Option<Box<str>>,
}

/// What is remembered of the record before, within a piece.
#[derive(Clone, Copy)]
struct Before {
    index: usize,
    raw: RawTime,
    /// Records in a row that stand still, and the index of the one before them.
    still: u64,
    still_from: usize,
}

impl Jumps {
    /// Notes the records of a piece. `physical` holds its raw bytes.
    pub(super) fn piece(&mut self, piece: &Piece<'_>, physical: &[u8]) {
        let mut part = Self { tracks: vec![Track::default(); KINDS] };
        for (part, own) in part.tracks.iter_mut().zip(&self.tracks) {
            // What will not be kept need not be looked at.
            (part.least_forth, part.full) = (own.least_forth, own.full || own.back.len() > MAX_BACK);
        }
        let mut firsts: [Option<(usize, RawTime)>; KINDS] = [None; KINDS];
        let mut before: [Option<Before>; KINDS] = [None; KINDS];
        let look = Look { piece, physical };
        for (index, framed) in piece.entries.iter().enumerate() {
            let outer = framed.envelope.and_then(|at| piece.envelopes.get(at)).and_then(|envelope| envelope.time);
            let own = framed.head.time.filter(|_| !LISTS.contains(&framed.format.name()));
            for (raw, base) in [(own, 0), (outer, 3)] {
                let Some(raw) = raw else { continue };
                let kind = match raw.shape {
                    Shape::Zoned => base,
                    Shape::Local => base + 1,
                    Shape::Yearless => base + 2,
                    Shape::DayUtc | Shape::DayLocal | Shape::Age | Shape::Boot => continue,
                };
                let (track, own) = (&mut part.tracks[kind], &mut before[kind]);
                track.records += 1;
                let mut now = Before { index, raw, still: 0, still_from: index };
                match own {
                    Some(last) => {
                        let step = raw.ns.saturating_sub(last.raw.ns);
                        if step < -BACK || step >= FORTH.max(track.least_forth) {
                            track.jump(&look, kind, last.index, index, last.raw, raw);
                        } else if step == 1000 && raw.precision_ns == 1000 {
                            (now.still, now.still_from) = (last.still + 1, if last.still == 0 { last.index } else { last.still_from });
                        }
                        if now.still == 0 && last.still >= STILL {
                            track.still(&look, kind, last);
                        }
                        track.step(step);
                    }
                    None => firsts[kind] = Some((index, raw)),
                }
                *own = Some(now);
            }
        }
        for (kind, track) in part.tracks.iter_mut().enumerate() {
            if let Some(last) = before[kind].filter(|last| last.still >= STILL) {
                track.still(&look, kind, &last);
            }
            // Nothing goes before the beginning of a source.
            let after = |index: usize| if piece.first_line() == 1 { index..index } else { index..index + WINDOW };
            track.first = firsts[kind].map(|(index, raw)| look.edge(kind, index, raw, after(index)));
            track.last = before[kind].map(|last| look.edge(kind, last.index, last.raw, (last.index + 1).saturating_sub(WINDOW)..last.index + 1));
        }
        self.absorb(part);
    }

    /// Adds the part that follows.
    pub(super) fn absorb(&mut self, later: Self) {
        if self.tracks.is_empty() {
            self.tracks = later.tracks;
            return;
        }
        for (own, later) in self.tracks.iter_mut().zip(later.tracks) {
            own.absorb(later);
        }
    }

    /// Forgets what has nothing to tell once a file is read: there may be very many files.
    pub(super) fn shrink_to_fit(&mut self) {
        if self.tracks.iter().all(Track::is_even) {
            self.tracks = Vec::new();
        }
    }

    /// Counts all lines and offsets on.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        for track in &mut self.tracks {
            let jumps = track.back.iter_mut().chain(&mut track.forth).flat_map(|jump| [&mut jump.from, &mut jump.to]);
            let stills = track.stills.iter_mut().flat_map(|still| [&mut still.from, &mut still.until]);
            let edges = track.first.iter_mut().chain(&mut track.last).map(|edge| &mut edge.place);
            for place in jumps.chain(stills).chain(edges) {
                (place.line, place.offset) = (place.line + lines, place.offset + bytes);
            }
        }
    }

    /// The courses that have anything to tell, the one of most records first; the record's own stamp before the envelope's.
    pub(super) fn told(self) -> Vec<Course> {
        let tracks = self.tracks.into_iter().enumerate();
        let told = tracks.filter(|(_, track)| !track.is_even());
        let mut courses: Vec<Course> = told.map(|(kind, track)| track.told(kind >= 3)).collect();
        courses.sort_by_key(|course| std::cmp::Reverse(course.records));
        courses
    }
}

impl Track {
    fn is_even(&self) -> bool {
        self.back.is_empty() && self.forth.is_empty() && self.stills.is_empty()
    }

    fn step(&mut self, step: i64) {
        if step >= 0 {
            let size = (64 - step.leading_zeros()).min(63) as usize;
            if size >= self.steps.len() {
                self.steps.resize(size + 1, 0);
            }
            self.steps[size] = self.steps[size].saturating_add(1);
        }
    }

    #[cold]
    fn jump(&mut self, look: &Look<'_, '_>, kind: usize, before: usize, index: usize, from: RawTime, to: RawTime) {
        if to.shape == Shape::Yearless && to.ns.saturating_sub(from.ns).saturating_abs() > NEW_YEAR {
            return;
        }
        let back = to.ns < from.ns;
        if back {
            self.backs += 1;
        }
        let one_writer = look.speaker(kind, before) == look.speaker(kind, index);
        if !one_writer || (back && (self.full || self.back.len() > MAX_BACK || !look.stays_back(kind, index, from))) {
            return;
        }
        let window = if back { WINDOW } else { WINDOW / 4 };
        let jump = Jump {
            from: look.place(before, from),
            to: look.place(index, to),
            before: look.trace((before + 1).saturating_sub(window)..before + 1, true),
            after: look.trace(before + 1..index + window, false),
        };
        self.keep(jump);
    }

    fn keep(&mut self, jump: Jump) {
        if jump.size() < 0 {
            if self.back.len() <= MAX_BACK {
                self.back.push(jump);
            }
            return;
        }
        self.forth.push(jump);
        if self.forth.len() >= 2 * MAX_FORTH {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        self.forth.sort_by_key(|jump| (std::cmp::Reverse(jump.size()), jump.to.offset));
        self.forth.truncate(MAX_FORTH);
        if self.forth.len() == MAX_FORTH {
            self.least_forth = self.forth.last().map_or(0, Jump::size);
        }
    }

    #[cold]
    fn still(&mut self, look: &Look<'_, '_>, kind: usize, last: &Before) {
        let server = look.speaker(kind, last.index).is_some_and(|speaker| matches!(speaker.format, "mysqld" | "mysqld-json"));
        if !server || self.stills.len() >= MAX_STILL {
            return;
        }
        let from = look.piece.entries.get(last.still_from).map(|framed| framed.head.time);
        let Some(Some(raw)) = from else { return };
        let trace = look.trace(last.still_from + 1..(last.index + 1).min(last.still_from + STILL_READ), false);
        let mut connections: Vec<u64> = trace.threads.into_iter().chain(trace.connections).collect();
        connections.sort_unstable();
        connections.dedup();
        self.stills.push(Still {
            from: look.place(last.still_from, raw),
            until: look.place(last.index, last.raw),
            records: last.still,
            connections: connections.len() as u64,
        });
    }

    fn absorb(&mut self, later: Self) {
        let (Some(first), Some(last)) = (later.first, later.last) else { return };
        self.records += later.records;
        self.backs += later.backs;
        let mut stills = later.stills.into_iter().peekable();
        if let Some(edge) = self.last.take() {
            let step = first.place.raw.ns.saturating_sub(edge.place.raw.ns);
            let new_year = first.place.raw.shape == Shape::Yearless && step.saturating_abs() > NEW_YEAR;
            self.step(step);
            if step < -BACK && !new_year {
                self.backs += 1;
            }
            if step == 1000
                && let Some(own) = self.stills.last_mut().filter(|own| own.until.offset == edge.place.offset)
                && let Some(more) = stills.next_if(|more| more.from.offset == first.place.offset)
            {
                own.records += 1 + more.records;
                own.connections += more.connections;
                own.until = more.until;
            }
            if (step < -BACK || step >= FORTH.max(self.least_forth)) && !new_year && edge.speaker == first.speaker {
                self.keep(Jump { from: edge.place, to: first.place.clone(), before: edge.trace, after: first.trace.clone() });
            }
        }
        self.stills.extend(stills);
        self.stills.truncate(MAX_STILL);
        self.least_forth = self.least_forth.max(later.least_forth);
        for jump in later.back.into_iter().chain(later.forth) {
            self.keep(jump);
        }
        self.steps.resize(self.steps.len().max(later.steps.len()), 0);
        for (own, other) in self.steps.iter_mut().zip(later.steps) {
            *own = own.saturating_add(other);
        }
        self.first = self.first.take().or(Some(first));
        self.last = Some(last);
    }

    fn told(mut self, envelope: bool) -> Course {
        self.shrink();
        let pace_ns = self.pace();
        let mut jumps = self.back;
        jumps.extend(self.forth);
        jumps.sort_by_key(|jump| jump.to.offset);
        let end = |edge: &Edge| (edge.place.raw, edge.place.line, edge.place.offset);
        let ends = self.first.as_ref().zip(self.last.as_ref()).map(|(first, last)| [end(first), end(last)]);
        Course { envelope, records: self.records, backs: self.backs, jumps, stills: self.stills, pace_ns, ends }
    }

    /// The 90th percentile of the steps forward, rounded up to a power of two; a second at least.
    fn pace(&self) -> i64 {
        let total: u64 = self.steps.iter().map(|count| u64::from(*count)).sum();
        let mut seen = 0;
        for (size, count) in self.steps.iter().enumerate() {
            seen += u64::from(*count);
            if seen * 10 >= total * 9 {
                return 1_i64.checked_shl(size as u32).unwrap_or(i64::MAX).max(SECOND);
            }
        }
        i64::MAX
    }
}

/// A piece that is looked at around a jump.
struct Look<'a, 'p> {
    piece: &'a Piece<'p>,
    physical: &'a [u8],
}

impl Look<'_, '_> {
    fn raw(&self, kind: usize, framed: &Framed) -> Option<RawTime> {
        let raw = if kind < 3 { framed.head.time } else { self.piece.envelopes.get(framed.envelope?)?.time }?;
        let shape = [Shape::Zoned, Shape::Local, Shape::Yearless][kind % 3];
        (raw.shape == shape).then_some(raw)
    }

    /// Whether the records after a jump back stay behind: one late line is no jump.
    fn stays_back(&self, kind: usize, index: usize, from: RawTime) -> bool {
        let rest = self.piece.entries.get(index + 1..).unwrap_or_default();
        rest.iter().filter_map(|framed| self.raw(kind, framed)).take(2).all(|raw| raw.ns < from.ns)
    }

    fn speaker(&self, kind: usize, index: usize) -> Option<Speaker> {
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

    fn edge(&self, kind: usize, index: usize, raw: RawTime, window: std::ops::Range<usize>) -> Edge {
        let speaker = self.speaker(kind, index).unwrap_or(Speaker { format: "", host: None, program: None, pod: None });
        let latest = window.end == index + 1;
        Edge { place: self.place(index, raw), speaker, trace: self.trace(window, latest) }
    }

    fn place(&self, index: usize, raw: RawTime) -> Place {
        let Some(framed) = self.piece.entries.get(index) else { return Place { raw, line: 0, offset: 0, text: "".into() } };
        let start = framed.offset.checked_sub(self.piece.first_offset()).and_then(|start| usize::try_from(start).ok());
        let rest = start.and_then(|start| self.physical.get(start..)).unwrap_or_default();
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or(rest);
        Place { raw, line: framed.line, offset: framed.offset, text: line_text(line.strip_suffix(b"\r").unwrap_or(line)) }
    }

    /// What the records of a window tell; of the times since boot the last one, or the first.
    fn trace(&self, window: std::ops::Range<usize>, latest: bool) -> Trace {
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
    use crate::decode::Framer;
    use crate::decode::frame::Carry;

    fn told(bytes: &[u8], size: usize) -> Vec<(u64, Vec<(u64, i64)>, Vec<(u64, u64)>)> {
        let framer = Framer::detect(bytes);
        let mut jumps = Jumps::default();
        let (mut line, mut offset) = (1, 0);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        for part in lines.chunks(size) {
            let part = part.concat();
            let piece = framer.piece(&part, line, offset, Carry::default(), true);
            let mut own = Jumps::default();
            own.piece(&piece, &part);
            jumps.absorb(own);
            (line, offset) = (line + piece.lines, offset + part.len() as u64);
        }
        let courses = jumps.told().into_iter();
        courses
            .map(|course| {
                let jumps = course.jumps.iter().map(|jump| (jump.to.line, jump.size() / SECOND)).collect();
                (course.records, jumps, course.stills.iter().map(|still| (still.from.line, still.records)).collect())
            })
            .collect()
    }

    fn server(seconds: impl Iterator<Item = i64>) -> String {
        let line = |second: i64| format!("2026-11-20T{:02}:{:02}:{:02}.000000Z 7 [Note] x\n", second / 3600, second / 60 % 60, second % 60);
        seconds.map(line).collect()
    }

    #[test]
    fn jumps_are_the_same_wherever_the_source_is_cut() {
        let log = server((0..100).chain(4000..4100).chain(300..400));
        for size in [1, 3, 50, 99, 100, 101, 1000] {
            assert_eq!(told(log.as_bytes(), size), [(300, vec![(101, 3901), (201, -3799)], vec![])], "{size}");
        }
    }

    #[test]
    fn stamps_that_stand_still_are_joined_across_a_cut() {
        let log: String = (0..200).map(|micro| format!("2026-11-20T09:00:00.{:06}Z 7 [Note] x\n", 5 + micro)).collect();
        for size in [50, 100, 200, 1000] {
            let stills = &told(log.as_bytes(), size)[0].2;
            assert_eq!(stills, &[(1, 199)], "{size}");
        }
    }

    #[test]
    fn late_lines_and_small_disorder_are_no_jumps() {
        assert_eq!(told(server((0..100).flat_map(|second| [second, (second - 3).max(0)])).as_bytes(), 1000), []);
        assert_eq!(told(server((0..50).chain([20]).chain(50..100)).as_bytes(), 1000), []);
    }

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
