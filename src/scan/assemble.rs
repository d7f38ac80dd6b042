//! Assembling: readings become sources with settled clocks, and signals with stamps.
//!
//! In: readings by path. Out: [`Examined`]. Must not know: files, threads.

use super::facts::facts;
use super::read::{Reading, format_of};
use super::silence::Silent;
use super::{Examined, Settings};
use crate::clock::{Facts, Given, Hints, Neighbours, Settled, settle};
use crate::component::Component;
use crate::observe::noise::Noise;
use crate::pattern::Pack;
use crate::signal::{Citation, Signal, SourceId};
use crate::source::{Anchor, Gap, Source, Tie, Ties};
use crate::time::{Shape, Stamp};

/// Problems kept of one source; the rest is counted.
const MAX_PROBLEMS: usize = 100;

pub(super) fn assemble(mut readings: Vec<Reading>, settings: &Settings, pack: &Pack) -> Examined {
    let hints: Vec<(Hints, Given)> =
        readings.iter_mut().map(|reading| (std::mem::take(&mut reading.found.summary.hints), settings.given(&reading.path))).collect();
    let facts: Vec<Facts> = readings.iter().enumerate().map(|(index, reading)| facts(index, &reading.found.signals, &reading.at, pack)).collect();
    let settled = settle(&hints, &facts, settings.collected_at);
    let ties = ties(&readings, &settled);
    let collected_at = settled.first().and_then(|settled| settled.collected);
    let left_out: u64 = readings.iter().flat_map(|reading| &reading.found.noise).map(|noise| noise.left_out).sum();
    let mut sources = Vec::with_capacity(readings.len());
    let mut signals = Vec::new();
    for (index, (((reading, (hints, _)), settled), ties)) in readings.into_iter().zip(&hints).zip(settled).zip(ties).enumerate() {
        let id = SourceId::try_from(index).unwrap_or(SourceId::MAX);
        let (source, own) = one(id, reading, hints, settled, pack);
        let source = Source { ties, ..source };
        sources.push(source);
        signals.extend(own);
    }
    // Undated signals last: nothing can be said about their order but where they stand.
    signals
        .sort_by_key(|signal: &Signal| (signal.stamp.map_or(i64::MAX, |stamp| stamp.ns), signal.citation.source, signal.citation.offset, signal.id));
    Examined { sources, seen: left_out + signals.len() as u64, signals, collected_at, incomplete: false }
}

/// The lines of the ties that were kept.
fn ties(readings: &[Reading], settled: &[Settled]) -> Vec<Ties> {
    let cite = |source: usize, place: u32| {
        let citation = &readings.get(source)?.found.signals.get(place as usize)?.citation;
        Some(Citation { source: SourceId::try_from(source).unwrap_or(SourceId::MAX), ..citation.clone() })
    };
    let of = |(source, settled): (usize, &Settled)| {
        let kept = settled.ties.kept.iter().filter_map(|tie| {
            Some(Tie { own: cite(source, tie.place)?, other: cite(tie.source, tie.other_place)?, ahead_ns: tie.ahead_ns, agrees: tie.agrees })
        });
        Ties { agree: settled.ties.agree, outliers: settled.ties.outliers, kept: kept.collect(), doubtful: settled.ties.doubtful }
    };
    settled.iter().enumerate().map(of).collect()
}

fn one(id: SourceId, reading: Reading, hints: &Hints, settled: Settled, pack: &Pack) -> (Source, Vec<Signal>) {
    let Reading { path, at, wrappers, found, bytes, lines, sha256, mut problems, notes: said, .. } = reading;
    let format = format_of(&found.summary);
    let (mut version, mut verbosity) = (None, found.summary.verbosity);
    let mut signals = found.signals;
    for signal in &mut signals {
        let undated = found.undated.binary_search_by_key(&signal.citation.offset, |(offset, _)| *offset);
        let around = undated.ok().and_then(|at| found.undated.get(at)).map(|(_, around)| *around).unwrap_or_default();
        signal.citation.source = id;
        signal.stamp = settled.stamp(signal.raw_time, signal.outer_time, signal.citation.offset, &around);
        let teller = signal.told.as_ref().and_then(|told| told.host.as_ref()).and_then(|host| settled.tellers.get(host));
        if let (Some(stamp), Some(moved)) = (&mut signal.stamp, teller) {
            *stamp = Stamp { doubt_ns: moved.bound_ns, ..stamp.moved(moved.add_ns) };
        }
        if let Some((_, text)) = &signal.version {
            version = Some(text.to_string());
        }
        if let Some((name, value)) = &signal.setting
            && matches!(&**name, "v" | "log_error_verbosity")
        {
            verbosity = verbosity.max(value.parse().ok());
        }
    }
    let reach = settled.reach(hints);
    // A table speaks of all that was before it was printed, whatever the age of its latest row.
    let printed = settled.collected.filter(|_| hints.ages.is_some());
    let (habit_ns, gaps) = found.summary.silence.told().unwrap_or_else(|| (reach.map_or(0, |(first, last)| last.ns - first.ns), Vec::new()));
    let gaps = gaps.iter().filter_map(|silent| gap(silent, &settled)).collect();
    let anchors = found
        .summary
        .anchors
        .into_vec()
        .into_iter()
        .map(|anchor| {
            let raw = settled.turned(anchor.raw, anchor.offset);
            // The correlator dates anchors by the clock alone; what the clock does not date by itself is dated here.
            let stamp = if raw.shape == Shape::Age { settled.stamp(Some(raw), None, anchor.offset, &Neighbours::default()) } else { None };
            Anchor { raw: stamp.map_or(raw, |stamp| crate::time::RawTime::zoned(stamp.ns, stamp.precision_ns)), ..anchor }
        })
        .collect();
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(crate::problem::Problem { line: 0, what: format!("{more} more problems like these") });
    }
    let mut notes = settled.notes;
    notes.extend(said);
    notes.extend(found.noise.iter().map(|noise| thinned(noise, &signals, pack)));
    if hints.is_empty() && lines > 0 && found.summary.entries > 0 && at.component != Some(Component::Object) {
        notes.push("no record has a date: order and line only".into());
    }
    let source = Source {
        id,
        path,
        format,
        wrappers,
        at,
        version,
        bytes,
        lines,
        entries: found.summary.entries,
        first: reach.map(|(first, _)| first),
        last: reach.map(|(_, last)| printed.filter(|printed| printed.ns > last.ns).unwrap_or(last)),
        sha256,
        clock: settled.clock,
        ties: Ties::default(),
        gaps,
        anchors,
        habit_ns,
        verbosity,
        problems,
        notes,
    };
    (source, signals)
}

/// Says what was thinned.
fn thinned(noise: &Noise, signals: &[Signal], pack: &Pack) -> String {
    let name = pack.signal(noise.signal).map_or("a signal", |signal| signal.definition.id.as_str());
    let seen = noise.left_out + signals.iter().filter(|signal| signal.id == noise.signal).count() as u64;
    format!("{name} is seen {seen} times: {} of them, from line {}, are counted only", noise.left_out, noise.from_line)
}

fn gap(silent: &Silent, settled: &Settled) -> Option<Gap> {
    let none = Neighbours::default();
    let from = settled.stamp(Some(silent.from), None, silent.from_offset, &none)?;
    let to = settled.stamp(Some(silent.to), None, silent.to_offset, &none)?;
    Some(Gap { from, to, line: silent.line })
}
