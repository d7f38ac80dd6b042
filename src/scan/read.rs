//! Reading one input: opened, cut, passed over and merged.
//!
//! In: an input. Out: a [`Reading`] for it, or one for each member of an archive. Must not know: other inputs, clocks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use super::pass::{Subject, Yield};
use super::record::{Recorder, Tape, TrackAt};
use super::seam::Torn;
use super::share::Share;
use super::summary::Summary;
use super::tuned::Tuned;
use super::{Progress, Settings};
use crate::decode::frame::Carry;
use crate::decode::{Framer, by_name};
use crate::observe::Observer;
use crate::observe::noise::{Damper, note};
use crate::observe::states::States;
use crate::open::{Content, Finished, Input, Nest, Opened, open};
use crate::problem::Problem;
use crate::signal::Signal;
use crate::source::{Part, Whereabouts};
use crate::time::{DAY, HOUR, MINUTE, RawTime, civil_ns};

/// What was read of one source.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) path: String,
    pub(super) at: Whereabouts,
    pub(super) wrappers: Vec<&'static str>,
    /// Apart, so that it goes as soon as it is used up: there may be very many readings.
    pub(super) found: Box<Yield>,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) sha256: String,
    pub(super) problems: Vec<Problem>,
    /// What else there is to say of its reading.
    pub(super) notes: Vec<String>,
    /// It begins in the middle of a record.
    pub(super) cut: bool,
    /// Somebody chose which of its lines are here.
    pub(super) chosen: bool,
    /// Its first line, where that may be the rest of a record that another file begins.
    pub(super) begins: Option<Box<[u8]>>,
    /// Its last line, where that may go on in another file.
    pub(super) ends: Option<Box<Torn>>,
    /// Bytes of its signals, roughly.
    pub(super) held: usize,
    /// The file it is a part of.
    pub(super) within: Option<String>,
    /// The files it was read from, where they are several.
    pub(super) parts: Vec<Part>,
    /// Another file holds the same bytes and speaks for both.
    pub(super) is_twin: bool,
}

/// A reading by itself, so that it can go by itself: there may be very many.
pub(super) type Apart = Box<Reading>;

/// Entries of the sample that are read in full to learn who speaks.
const READ_FIRST: usize = 50;
/// Further entries of the sample, evenly spread: the first ones may all be of one program.
const READ_SPREAD: usize = 100;

/// What the reading of one input needs to know.
#[derive(Clone, Copy)]
pub(super) struct Run<'a, 'p> {
    pub(super) tuned: &'a Tuned<'p>,
    /// Looks for what matters whenever it was said, where a time is asked for.
    pub(super) backdrop: Option<&'a Observer<'a>>,
    pub(super) states: &'a States,
    pub(super) settings: &'a Settings,
    pub(super) progress: &'a dyn Progress,
    /// What of the input has been told to `progress`; `None` before it is opened.
    pub(super) meter: Option<&'a Meter>,
    /// Chunks are worked on by all threads.
    pub(super) together: bool,
    /// What the source may keep of its input's budget of signals.
    pub(super) share: Share,
    /// Who wants to have every entry.
    pub(super) recorder: Option<&'a dyn Recorder>,
}

/// How far the reading of an input is, in bytes as they lie there: what comes out of archives has no size before it is read.
#[derive(Debug)]
pub(super) struct Meter {
    nest: Nest,
    told: AtomicU64,
}

impl Run<'_, '_> {
    /// Tells how far reading is.
    pub(super) fn tick(&self) {
        let Some(meter) = self.meter else { return };
        let taken = meter.nest.taken();
        let before = meter.told.fetch_max(taken, Ordering::Relaxed);
        if taken > before {
            self.progress.read(taken - before);
        }
    }
}

/// Reads an input.
pub(super) fn read(input: &Input, run: &Run<'_, '_>) -> Vec<Reading> {
    // A fault in one source must not cost the others. Nothing shared is left half-changed: a reading is made new each time.
    let attempt = catch_unwind(AssertUnwindSafe(|| match open(input, run.settings.limits, &run.settings.stop) {
        Ok(opened) if input.members_only && !matches!(opened.content, Content::Archive(_)) => Vec::new(),
        Ok(opened) => {
            let meter = Meter { nest: opened.nest.clone(), told: AtomicU64::new(0) };
            let run = Run { meter: Some(&meter), ..*run };
            let readings = run.opened(&input.path, opened);
            run.tick();
            readings
        }
        Err(why) => vec![failed(&input.path, why)],
    }));
    attempt.unwrap_or_else(|_| vec![failed(&input.path, "the reader failed on it: not read (please report this)".into())])
}

pub(super) fn failed(path: &str, why: String) -> Reading {
    Reading { path: path.into(), problems: vec![Problem { line: 0, what: why }], ..Reading::default() }
}

/// Adds what is known of the raw bytes of a file, or of an archive: its members have their own.
pub(super) fn closed(path: &str, readings: &mut [Reading], finished: Finished, taken: u64) {
    if readings.first().is_some_and(|first| first.path == path) && readings.iter().skip(1).all(|reading| reading.within.as_deref() == Some(path)) {
        close(readings, finished, taken);
    } else {
        for reading in readings.iter_mut().filter(|reading| reading.path == path) {
            reading.sha256.clone_from(&finished.sha256);
        }
    }
}

/// Adds what is known of a file's raw bytes in the end. The first reading is the file's own, the others are of parts of it.
pub(super) fn close(readings: &mut [Reading], finished: Finished, taken: u64) {
    let Finished { sha256, unread, error } = finished;
    let Some((reading, parts)) = readings.split_first_mut() else { return };
    for part in parts {
        part.sha256.clone_from(&sha256);
    }
    let told = |what: String| Problem { line: 0, what };
    if sha256.is_empty() {
        reading.problems.push(told("stopped before its end was reached: no SHA-256".into()));
    } else if reading.lines == 0 && reading.problems.len() == 1 && reading.bytes == 0 {
        reading.bytes = taken;
    } else if unread > 0 {
        reading.problems.push(told(format!("the last {unread} bytes of the file, as it lies there, were not read")));
    }
    reading.sha256 = sha256;
    if let Some(error) = error {
        reading.problems.push(told(format!("read error: {error}; its SHA-256 covers what was read")));
    }
}

impl<'a> Run<'a, '_> {
    pub(super) fn opened(&self, path: &str, opened: Opened) -> Vec<Reading> {
        let Opened { content, encodings, modified, hashed, nest, witness } = opened;
        let mut readings = match content {
            Content::Text(mut stream, skipped) => {
                // What is not packed is as large as it lies there.
                let total = if encodings.is_empty() { self.share.total } else { 0 };
                let run = Run { share: Share { total, ..self.share }, ..*self };
                run.file(path, &mut *stream, skipped, &encodings, modified)
            }
            Content::Other(what) => vec![Reading { wrappers: encodings, ..failed(path, format!("not text: {what}")) }],
            Content::Archive(mut members) => self.archive(path, &mut *members, &nest),
        };
        let finished = hashed.finish();
        closed(path, &mut readings, finished, hashed.taken());
        let (grown, lost) = (witness.grown(), if self.settings.stop.asked() { 0 } else { witness.lost(hashed.taken()) });
        if let Some(first) = readings.first_mut() {
            if grown > 0 {
                first.notes.push(format!("grew by {grown} bytes while it was read: read up to the size that it had at first"));
            }
            if lost > 0 {
                first.problems.push(Problem { line: 0, what: format!("shrank while it was read: its last {lost} bytes were gone") });
            }
        }
        readings
    }

    /// The number of the source is not known before all paths are: see `assemble`.
    pub(super) fn subject<'s>(
        &self,
        observer: &'s Observer<'s>,
        framer: &'s Framer,
        at: &'s Whereabouts,
        path: &'s str,
        tape: Option<Tape<'s>>,
    ) -> Subject<'s>
    where
        Self: 's,
    {
        let backdrop = self.backdrop.map(|observer| (self.settings.window, observer));
        Subject {
            observer,
            backdrop,
            states: self.states,
            framer,
            at,
            source: 0,
            path,
            share: self.share,
            together: self.together,
            tape,
            outer_ahead_ns: 0,
        }
    }

    /// Begins to record a stretch of text, where somebody wants that.
    pub(super) fn tape(&self, path: &str, encodings: &[&'static str]) -> Option<Tape<'a>> {
        self.recorder.map(|recorder| Tape { recorder, pack: self.tuned.plain().pack(), track: recorder.begin(path, encodings) })
    }
}

/// What one source has yielded so far, signals that it repeats without end kept within bounds.
pub(super) struct Gathered<'s> {
    pub(super) found: Yield,
    damper: Damper<'s, Signal>,
    /// Signals without a date whose neighbours may wait before those are given up of which the signal was.
    undated: usize,
    pub(super) tape: Option<Tape<'s>>,
    /// The last line so far, where it has no end.
    pub(super) ends: Option<Box<Torn>>,
}

/// Signals without a date whose neighbours wait, at least.
const UNDATED: usize = 4096;

impl<'s> Gathered<'s> {
    pub(super) fn new(states: &'s States, share: Share, tape: Option<Tape<'s>>) -> Self {
        let tracks = tape.map(|tape| TrackAt { track: tape.track, lines_before: 0, bytes_before: 0 }).into_iter().collect();
        let found = Yield { tracks, ..Yield::default() };
        Self { found, damper: Damper::new(states, share.of_source()), undated: UNDATED, tape, ends: None }
    }

    pub(super) fn add(&mut self, mut part: Yield) {
        let signals = std::mem::take(&mut part.signals);
        for rows in part.rows.drain(..) {
            if let Some(tape) = self.tape {
                tape.recorder.take(tape.track, rows);
            }
        }
        self.found.absorb(part);
        self.damper.take(signals);
        if self.found.undated.len() > self.undated {
            let offsets = self.damper.offsets();
            self.found.undated.retain(|(offset, _)| offsets.binary_search(offset).is_ok());
            self.undated = UNDATED.max(2 * self.found.undated.len());
        }
    }

    /// Closes the damper and says what it left out.
    pub(super) fn finish(self) -> (Yield, usize) {
        let Self { mut found, damper, .. } = self;
        let held = damper.held();
        let noise;
        (found.signals, noise) = damper.finish();
        note(&mut found.noise, &noise);
        found.forget_undated();
        if found.noise.is_empty() {
            found.signals.shrink_to_fit();
        } else {
            // What was kept lies scattered among what was not: copied side by side it gives the pages between back.
            let side_by_side = found.signals.clone();
            found.signals = side_by_side;
        }
        found.undated.shrink_to_fit();
        found.summary.shrink_to_fit();
        (found, held)
    }
}

/// Reads the first entries in full, to learn who speaks before anything is matched.
pub(super) fn first_look(framer: &Framer, sample: &[u8], offset: u64) -> Summary {
    let mut first = Summary::default();
    let piece = framer.piece(sample, 1, offset, Carry::default(), true);
    let stride = (piece.entries.len() / READ_SPREAD).max(1);
    for index in (0..piece.entries.len()).filter(|index| *index < READ_FIRST || index % stride == 0) {
        first.read(&piece.entry(index));
    }
    first.piece(&piece, 0, |_, _| {});
    first
}

/// Fills what the path left open from what the records say.
pub(super) fn settle_whereabouts(at: &mut Whereabouts, seen: &Summary, host: Option<String>) {
    at.component = at.component.or_else(|| seen.components.clear().copied());
    at.node = at.node.take().or(host).or_else(|| seen.hosts.one().map(ToString::to_string));
    at.pod = at.pod.take().or_else(|| seen.pods.one().map(ToString::to_string));
}

/// What header lines at the front of a file state.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stated {
    /// A civil time near the first record.
    pub(super) civil: Option<i64>,
    /// The zone it is of, nanoseconds east, where it is written so that only one can be meant.
    pub(super) zone_ns: Option<i64>,
    /// The machine.
    pub(super) host: Option<String>,
}

/// Bytes of a file in which the head of a unit's status is looked for.
const STATUS_WITHIN: usize = 64 << 10;

/// Reads klog's file header, journalctl's first line, and the head that `systemctl status` puts above the last lines of a unit.
///
/// # Source
///
/// klog `klog_file.go`: `Log file created at: 2006/01/02 15:04:05`, `Running on machine: HOST`; systemd `journalctl.c`:
/// `-- Logs begin at Fri 2021-01-15 21:01:06 EET, end at …`, `-- Journal begins at …`; `systemctl-show.c` `print_status_info`:
/// `Active: active (running) since Tue 2024-03-05 23:13:17 CET; 5s ago`.
pub(super) fn stated(sample: &[u8]) -> Stated {
    let mut stated = Stated::default();
    for (_, line) in crate::decode::frame::lines(sample).take(6) {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if let Some(date) = line.strip_prefix("Log file created at: ") {
            stated.civil = stated.civil.or_else(|| crate::decode::stamp::iso(date.as_bytes()).map(|(raw, _): (RawTime, usize)| raw.ns));
        } else if let Some(host) = line.strip_prefix("Running on machine: ") {
            stated.host = Some(host.trim().to_owned()).filter(|host| !host.is_empty());
        } else if line.starts_with("-- ")
            && let Some((_, rest)) = line.split_once(" begins at ").or_else(|| line.split_once(" begin at "))
        {
            // The journal may begin long before the first line shown; its end is the better neighbour where it is told.
            let date = rest.split_once(" end at ").or_else(|| rest.split_once(" ends at ")).map_or(rest, |(_, end)| end);
            if let Some(civil) = date.split(' ').find_map(day).filter(|_| stated.civil.is_none()) {
                (stated.civil, stated.zone_ns) = (Some(civil), zone(date));
            }
        }
    }
    let head = sample.get(..STATUS_WITHIN).unwrap_or(sample);
    if stated.civil.is_none()
        && memchr::memmem::find(head, b"Active: ").is_some()
        && let Some((civil, zone_ns)) = crate::decode::frame::lines(head).find_map(|(_, line)| shown(line))
    {
        (stated.civil, stated.zone_ns) = (Some(civil), zone_ns);
    }
    stated
}

/// When a unit's status was shown: as long after its last change as it says. And the zone of that.
fn shown(line: &[u8]) -> Option<(i64, Option<i64>)> {
    let (margin, rest) = std::str::from_utf8(line).ok()?.split_once("Active: ")?;
    if margin.contains(char::is_alphanumeric) {
        return None;
    }
    let (_, since) = rest.split_once(" since ")?;
    let (date, age) = since.split_once(';').unwrap_or((since, ""));
    let words: Vec<&str> = age.split_whitespace().collect();
    let days: i64 = words.windows(2).filter_map(|pair| Some(i64::from(pair[0].parse::<u16>().ok()?) * days_of(pair[1]))).sum();
    Some((date.split(' ').find_map(day)?.checked_add(days.checked_mul(DAY)?)?, zone(date)))
}

/// The zone behind `2021-01-15 21:01:06`. Most abbreviations stand for several zones.
fn zone(date: &str) -> Option<i64> {
    let mut words = date.split(' ').skip_while(|word| day(word).is_none()).skip(2);
    let zone = words.next()?.trim_end_matches(['.', ',']);
    if zone == "UTC" {
        return Some(0);
    }
    let digits = zone.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let east = i64::from(hours.parse::<u8>().ok()?) * HOUR + i64::from(minutes.parse::<u8>().ok()?) * MINUTE;
    (east <= 14 * HOUR).then_some(if zone.starts_with('-') { -east } else { east })
}

/// Days of a unit of a long age; its shorter units change no year.
fn days_of(unit: &str) -> i64 {
    match unit.trim_end_matches('s') {
        "year" => 365,
        "month" => 30,
        "week" => 7,
        "day" => 1,
        _ => 0,
    }
}

fn day(word: &str) -> Option<i64> {
    let mut parts = word.split('-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    civil_ns(year, month, day, 0, 0, 0, 0)
}

/// The format that most entries have.
pub(super) fn format_of(summary: &Summary) -> &'static str {
    // Text is what is left over: any real format that reads a tenth of the entries is what the source is.
    let most = summary.formats.most().copied().unwrap_or("text");
    let real = summary.formats.most_but(&"text").copied().unwrap_or(most);
    let named = if summary.formats.count_of(&real) * 10 >= summary.entries { real } else { most };
    by_name(named).map_or("text", |format| format.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_files_state_day_and_machine() {
        let klog = b"Log file created at: 2017/12/01 10:17:42\nRunning on machine: k8s-node3\nBinary: Built with gc\n";
        assert_eq!(stated(klog), Stated { civil: civil_ns(2017, 12, 1, 10, 17, 42, 0), zone_ns: None, host: Some("k8s-node3".into()) });
        let journal = b"-- Logs begin at Fri 2020-01-15 21:01:06 EET, end at Sat 2021-01-16 21:01:06 EET. --\n";
        assert_eq!(stated(journal), Stated { civil: civil_ns(2021, 1, 16, 0, 0, 0, 0), zone_ns: None, host: None });
        let journal = b"-- Logs begin at Fri 2020-01-15 21:01:06 UTC, end at Sat 2021-01-16 21:01:06 UTC. --\n";
        assert_eq!(stated(journal).zone_ns, Some(0));
        let status = b"# systemctl status kubelet\n   Active: active (running) since Sun 2021-12-26 21:01:06 CET; 1 week 5 days ago\n";
        assert_eq!(stated(status), Stated { civil: civil_ns(2022, 1, 7, 0, 0, 0, 0), zone_ns: None, host: None });
        let status = b"   Active: active (running) since Sun 2021-12-26 21:01:06 -0330; 5s ago\n";
        assert_eq!(stated(status).zone_ns, Some(-7 * HOUR / 2));
        assert_eq!(stated(b"-- No entries --\nactive since Sun 2021-12-26\n"), Stated::default());
    }
}
