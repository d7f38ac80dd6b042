//! Summary: what one pass learns of a source beside its signals, in bounded memory.
//!
//! In: framed pieces in order, part by part. Out: counts, votes, hints for the clock, anchors, silences. Must not know: threads, clocks.

use super::anchors::Anchors;
use super::jumps::Jumps;
use super::quoted;
use super::severe;
use super::silence::Silence;
use super::tally::{Constant, Tally};
use crate::clock::{Hints, Settled};
use crate::component::Component;
use crate::decode::{Entry, Envelope, Framed, Head, Piece, frame::envelope_component};
use crate::time::{RawTime, Shape};

/// One entry in so many is read in full, to learn who speaks.
const SPARSE: usize = 4096;
/// Records of one entry that are read in full.
const READ_PARTS: usize = 16;
/// Entries shorter than this hold one record only, whatever the format: lists on one line are longer.
const SHORTEST_LIST: usize = 1024;
/// No crash block is shorter.
const SHORTEST_CRASH: usize = 200;
/// Problems kept of one source.
pub(super) const MAX_OVERSIZED: usize = 100;

/// What is known of a source, or of a part of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub(super) entries: u64,
    pub(super) formats: Tally<&'static str>,
    pub(super) components: Tally<Component>,
    pub(super) hosts: Constant<Box<str>>,
    pub(super) pods: Constant<Box<str>>,
    pub(super) verbosity: Option<u8>,
    /// Apart, so that it can be taken out: there may be very many summaries.
    pub(super) hints: Option<Box<Hints>>,
    pub(super) anchors: Anchors,
    pub(super) silence: Silence,
    pub(super) jumps: Jumps,
    /// Lines at which entries were closed for their size.
    pub(super) oversized: Vec<u64>,
    /// Records that fit no format, but for empty lines and what collectors put between parts.
    pub(super) plain: u64,
    /// The line of the first of them.
    pub(super) plain_from: Option<u64>,
    /// What records call an error.
    pub(super) severe: severe::Known,
    /// The last dated record and its offset.
    pub(super) last: Option<(RawTime, u64)>,
    /// The first.
    pub(super) first: Option<(RawTime, u64)>,
}

/// Whether a line is more than an empty one, a line between documents, or one of journalctl's own: `-- Boot 4f2e… --`, and the explanations of
/// `journalctl -x` (`-- Subject: Unit docker.service has failed`, since systemd 246 `░░ Subject: …`).
fn says_something(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !(line.is_empty() || matches!(line, b"---" | b"--") || line.starts_with(b"-- ") || line.starts_with("░░".as_bytes()))
}

impl Summary {
    /// Notes the entries of a piece, stamps of envelopes by the clock of the records inside: `outer_ahead_ns` earlier. `told` is asked for each in order:
    /// its index, and the last dated record before it.
    pub(super) fn piece(&mut self, piece: &Piece<'_>, outer_ahead_ns: i64, mut told: impl FnMut(usize, Option<(RawTime, u64)>)) {
        let mut format = "";
        let mut run = 0_u64;
        let mut known_envelope: Option<&Envelope> = None;
        for (index, framed) in piece.entries.iter().enumerate() {
            told(index, self.last);
            if framed.format.name() == format {
                run += 1;
            } else {
                self.count(format, run);
                (format, run) = (framed.format.name(), 1);
            }
            let envelope = framed.envelope.map(|at| &piece.envelopes[at]);
            // What syslog or the journal says of a program is dated and has a speaker, whatever its words.
            let told_by_log = envelope.is_some_and(|envelope| envelope.time.is_some() && envelope.host.is_some() && envelope.program.is_some());
            if format == "text" && !told_by_log && says_something(piece.text.get(framed.start..framed.end).unwrap_or_default()) {
                self.plain += 1;
                self.plain_from = self.plain_from.or(Some(framed.line));
            }
            if let Some(envelope) = envelope
                && !known_envelope.is_some_and(|known| known.host == envelope.host && known.pod == envelope.pod)
            {
                self.speaker(envelope);
                known_envelope = Some(envelope);
            }
            let outer = envelope.and_then(|envelope| envelope.time);
            if framed.end - framed.start >= SHORTEST_LIST {
                let parts = framed.format.parts(&piece.entry(index));
                if !parts.is_empty() {
                    self.entries += parts.len() as u64 - 1;
                    for (_, head) in parts {
                        severe::note(&mut self.severe, head.severity, framed.line, &[]);
                        self.head(head, outer, outer_ahead_ns, framed);
                    }
                    continue;
                }
            }
            let text = || piece.text.get(framed.start..framed.end).unwrap_or_default();
            severe::note(&mut self.severe, framed.head.severity, framed.line, text());
            self.head(framed.head, outer, outer_ahead_ns, framed);
            self.crash(piece, framed);
            if (self.entries as usize + index).is_multiple_of(SPARSE) {
                self.read(&piece.entry(index));
            }
        }
        self.count(format, run);
        quoted::note(piece, self.hints());
        self.entries += piece.entries.len() as u64;
        self.oversized.extend(&piece.oversized);
        self.oversized.truncate(MAX_OVERSIZED);
    }

    /// A crash block of mysqld up to 8.0.30 holds a local stamp and, in the same second, the time of day in UTC: their difference is the zone.
    fn crash(&mut self, piece: &Piece<'_>, framed: &Framed) {
        let local = framed.head.time.is_some_and(|raw| raw.shape == Shape::Local);
        if !local || framed.end - framed.start < SHORTEST_CRASH || framed.format.name() != "mysqld" {
            return;
        }
        let text = piece.text.get(framed.start..framed.end).unwrap_or_default();
        let Some(at) = memchr::memmem::find(text, b" UTC - ") else { return };
        let day = at.checked_sub(8).and_then(|start| crate::decode::stamp::clock(text, start, false));
        if let Some((hour, minute, second)) = day {
            let ns = (i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)) * crate::time::SECOND;
            self.hints().note_day(RawTime { shape: Shape::DayUtc, ns, precision_ns: crate::time::SECOND });
        }
    }

    /// Reads an entry in full, or the first records in it, and notes who speaks.
    pub(super) fn read(&mut self, entry: &Entry<'_>) {
        let parts = if entry.text.len() < SHORTEST_LIST { Vec::new() } else { entry.format.parts(entry) };
        if parts.is_empty() {
            self.record(entry);
        }
        for (range, head) in parts.into_iter().take(READ_PARTS) {
            self.record(&Entry { head, text: entry.text.get(range).unwrap_or_default(), ..*entry });
        }
    }

    fn record(&mut self, entry: &Entry<'_>) {
        let (component, verbosity) = entry.format.speaker(entry);
        if let Some(component) = component.or_else(|| entry.envelope.and_then(envelope_component)) {
            self.components.add(&component, 1);
        }
        self.verbosity = self.verbosity.max(verbosity);
        // mysqld does not say its verbosity; a note shows that notes are printed (log_error_verbosity=3).
        let start = entry.text.get(..120).unwrap_or(entry.text);
        if entry.format.name() == "mysqld" && memchr::memmem::find(start, b"[Note]").is_some() {
            self.verbosity = self.verbosity.max(Some(3));
        }
    }

    fn hints(&mut self) -> &mut Hints {
        self.hints.get_or_insert_default()
    }

    /// Adds the part that follows.
    pub(super) fn absorb(&mut self, later: Self) {
        self.entries += later.entries;
        self.formats.absorb(&later.formats);
        self.components.absorb(&later.components);
        self.hosts.absorb(later.hosts);
        self.pods.absorb(later.pods);
        self.verbosity = self.verbosity.max(later.verbosity);
        if let Some(later) = later.hints {
            self.hints().absorb(*later);
        }
        self.anchors.absorb(later.anchors);
        self.silence.absorb(later.silence);
        self.jumps.absorb(later.jumps);
        self.oversized.extend(later.oversized);
        self.oversized.truncate(MAX_OVERSIZED);
        self.plain += later.plain;
        self.plain_from = self.plain_from.or(later.plain_from);
        severe::absorb(&mut self.severe, later.severe);
        self.first = self.first.or(later.first);
        self.last = later.last.or(self.last);
    }

    /// Gives back what was held in reserve: there may be very many sources.
    pub(super) fn shrink_to_fit(&mut self) {
        self.formats.shrink_to_fit();
        self.components.shrink_to_fit();
        self.hints.iter_mut().for_each(|hints| hints.shrink_to_fit());
        self.anchors.shrink_to_fit();
        self.silence.shrink_to_fit();
        self.jumps.shrink_to_fit();
    }

    /// Counts all lines and offsets on.
    pub(super) fn shift(&mut self, lines: u64, bytes: u64) {
        self.hints.iter_mut().for_each(|hints| hints.shift(bytes));
        self.anchors.shift(lines, bytes);
        self.silence.shift(lines, bytes);
        self.jumps.shift(lines, bytes);
        for line in self.oversized.iter_mut().chain(&mut self.plain_from) {
            *line += lines;
        }
        self.severe.iter_mut().for_each(|severe| severe.line += lines);
        for (_, offset) in [&mut self.first, &mut self.last].into_iter().flatten() {
            *offset += bytes;
        }
    }

    fn count(&mut self, format: &'static str, run: u64) {
        if run > 0 {
            self.formats.add(&format, run);
        }
    }

    fn speaker(&mut self, envelope: &Envelope) {
        if let Some(host) = &envelope.host {
            self.hosts.see(&**host);
        }
        if let Some(pod) = &envelope.pod {
            self.pods.see(&**pod);
        }
    }

    fn head(&mut self, head: Head, outer: Option<RawTime>, outer_ahead_ns: i64, framed: &Framed) {
        let Some(raw) = Settled::effective_inside(head.time, outer, outer_ahead_ns) else { return };
        match raw.shape {
            Shape::DayUtc | Shape::DayLocal | Shape::Boot => {
                self.hints().note_day(raw);
                return;
            }
            Shape::Zoned | Shape::Local | Shape::Yearless | Shape::Age => {}
        }
        self.hints().note(raw, framed.offset);
        if let (Some(outer), Some(inner)) = (outer, head.time) {
            self.hints().note_pair(outer, inner, framed.offset);
        }
        // A row of a table tells what was before it was printed: nobody wrote it then.
        if raw.shape != Shape::Age {
            self.anchors.note(raw, framed.line, framed.offset);
        }
        self.silence.note(raw, framed.line, framed.offset);
        self.last = Some((raw, framed.offset));
        if self.first.is_none() {
            self.first = self.last;
        }
    }
}
