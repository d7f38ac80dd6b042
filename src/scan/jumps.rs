//! Jumps: notices, in one pass and in bounded memory, where the stamps of a source go back, leap, or stand still.
//!
//! In: framed pieces in order, part by part. Out: a [`Course`] for each kind of stamp. Must not know: clocks, what a jump means.

use super::beside::{Edge, Look};
use super::spacing::Spacing;
use crate::clock::{Course, Jump, Still};
use crate::decode::Piece;
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
/// Runs that are kept.
const MAX_STILL: usize = 8;
/// Records of a run that are read for connections.
const STILL_READ: usize = 256;

/// Formats whose records stand in an order of their own.
pub(super) const LISTS: &[&str] =
    &["json-document", "yaml-document", "kubectl-describe", "event-table", "event-columns", "event-echo", "object-table", "audit-json"];

/// Kinds of stamps: the record's own and the envelope's, each zoned, local or without a year.
const KINDS: usize = 6;

/// How the stamps of a source go, or of a part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Jumps {
    /// One of each kind that was seen: there may be very many sources, and most have one.
    tracks: [Option<Box<Track>>; KINDS],
}

/// One kind of stamp.
#[derive(Clone, Debug, Default)]
struct Track {
    records: u64,
    backs: u64,
    /// How many more steps go forward than back, whatever their size.
    onward: i64,
    back: Vec<Jump>,
    /// Enough jumps back were kept before.
    full: bool,
    forth: Vec<Jump>,
    /// Shorter steps forward are not kept any more.
    least_forth: i64,
    stills: Vec<Still>,
    /// Steps forward.
    steps: Spacing,
    first: Option<Edge>,
    last: Option<Edge>,
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
        let mut part: [Track; KINDS] = std::array::from_fn(|_| Track::default());
        for (part, own) in part.iter_mut().zip(&self.tracks) {
            if let Some(own) = own {
                // What will not be kept need not be looked at.
                (part.least_forth, part.full) = (own.least_forth, own.full || own.back.len() > MAX_BACK);
            }
        }
        let mut firsts: [Option<(usize, RawTime)>; KINDS] = [None; KINDS];
        let mut before: [Option<Before>; KINDS] = [None; KINDS];
        let look = Look { piece, physical };
        // Neighbours are mostly of one format.
        let (mut format, mut is_list) = ("", false);
        for (index, framed) in piece.entries.iter().enumerate() {
            let outer = framed.envelope.and_then(|at| piece.envelopes.get(at)).and_then(|envelope| envelope.time);
            let name = framed.format.name();
            if !std::ptr::eq(name, format) {
                (format, is_list) = (name, LISTS.contains(&name));
            }
            let own = framed.head.time.filter(|_| !is_list);
            for (raw, base) in [(own, 0), (outer, 3)] {
                let Some(raw) = raw else { continue };
                let kind = match raw.shape {
                    Shape::Zoned => base,
                    Shape::Local => base + 1,
                    Shape::Yearless => base + 2,
                    Shape::DayUtc | Shape::DayLocal | Shape::Age | Shape::Boot => continue,
                };
                let (track, own) = (&mut part[kind], &mut before[kind]);
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
        for (kind, track) in part.iter_mut().enumerate() {
            if let Some(last) = before[kind].filter(|last| last.still >= STILL) {
                track.still(&look, kind, &last);
            }
            // Nothing goes before the beginning of a source.
            let after = |index: usize| if piece.first_line() == 1 { index..index } else { index..index + WINDOW };
            track.first = firsts[kind].map(|(index, raw)| look.edge(kind, index, raw, after(index)));
            track.last = before[kind].map(|last| look.edge(kind, last.index, last.raw, (last.index + 1).saturating_sub(WINDOW)..last.index + 1));
        }
        for (own, part) in self.tracks.iter_mut().zip(part) {
            if part.first.is_some() {
                own.get_or_insert_default().absorb(part);
            }
        }
    }

    /// Adds the part that follows.
    pub(super) fn absorb(&mut self, later: Self) {
        for (own, later) in self.tracks.iter_mut().zip(later.tracks) {
            match (own, later) {
                (Some(own), Some(later)) => own.absorb(*later),
                (own, Some(later)) => *own = Some(later),
                (_, None) => {}
            }
        }
    }

    /// Forgets what has nothing to tell once a file is read: there may be very many files.
    pub(super) fn shrink_to_fit(&mut self) {
        if self.tracks.iter().flatten().all(|track| track.is_even()) {
            *self = Self::default();
        }
        for track in self.tracks.iter_mut().flatten() {
            track.back.shrink_to_fit();
            track.forth.shrink_to_fit();
            track.steps.shrink_to_fit();
        }
    }

    /// Counts all lines and offsets on.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        for track in self.tracks.iter_mut().flatten() {
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
        let tracks = self.tracks.into_iter().enumerate().filter_map(|(kind, track)| Some((kind, track?)));
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
        self.onward += step.signum();
        if step >= 0 {
            self.steps.note(step);
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
        self.onward += later.onward;
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
        self.steps.absorb(&later.steps);
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
        Course { envelope, records: self.records, backs: self.backs, reversed: self.onward < 0, jumps, stills: self.stills, pace_ns, ends }
    }

    /// The 90th percentile of the steps forward, rounded up to a power of two; a second at least.
    fn pace(&self) -> i64 {
        self.steps.below(90).max(SECOND)
    }
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
}
