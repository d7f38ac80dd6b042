//! Assembling: readings become sources with settled clocks, and signals with stamps.
//!
//! In: readings by path. Out: [`Examined`]. Must not know: files, threads.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::read::{Reading, format_of};
use super::silence::Silent;
use super::{Examined, Settings, siblings};
use crate::clock::{Facts, Given, Hints, Neighbours, Settled, settle};
use crate::component::Component;
use crate::observe::noise::Noise;
use crate::pattern::Pack;
use crate::signal::{Signal, SourceId};
use crate::source::{Anchor, Gap, Plain, Source};
use crate::time::Shape;

/// Problems kept of one source; the rest is counted.
const MAX_PROBLEMS: usize = 100;

pub(super) fn assemble(mut readings: Vec<Box<Reading>>, settings: &Settings, pack: &Pack) -> Examined {
    let hints: Vec<(Hints, Given)> =
        readings.iter_mut().map(|reading| (std::mem::take(&mut reading.found.summary.hints), settings.given(&reading.path))).collect();
    let facts: Vec<Facts> = readings.iter().map(|reading| facts(&reading.found.signals)).collect();
    let mut settled = settle(&hints, &facts, settings.collected_at);
    siblings::agree(&readings, &mut settled);
    let collected_at = settled.first().and_then(|settled| settled.collected);
    let left_out: u64 = readings.iter().flat_map(|reading| &reading.found.noise).map(|noise| noise.left_out).sum();
    let mut sources = Vec::with_capacity(readings.len());
    let mut signals = Vec::new();
    let mut recorded = Vec::new();
    for (index, ((reading, (hints, _)), settled)) in readings.into_iter().zip(&hints).zip(settled).enumerate() {
        let id = SourceId::try_from(index).unwrap_or(SourceId::MAX);
        // What lies in the input twice is told once.
        let tracks = if reading.is_twin { Vec::new() } else { reading.found.tracks.clone() };
        recorded.push((tracks, settled.clone()));
        let (source, own) = one(id, reading, hints, settled, pack);
        sources.push(source);
        signals.extend(own);
    }
    // Undated signals last: nothing can be said about their order but where they stand.
    signals
        .sort_by_key(|signal: &Signal| (signal.stamp.map_or(i64::MAX, |stamp| stamp.ns), signal.citation.source, signal.citation.offset, signal.id));
    Examined { sources, seen: left_out + signals.len() as u64, signals, collected_at, incomplete: false, recorded }
}

/// What a source states, so that others may state it too: a signal and whom it is about.
fn facts(signals: &[Signal]) -> Facts {
    let mut facts = Facts::default();
    for signal in signals {
        let subject = ["pod", "node", "member", "lease"].iter().find_map(|kind| Some((*kind, signal.entity(kind)?)));
        if let (Some(time), Some(subject)) = (signal.raw_time, subject) {
            // Fixed keys: the same number for the same fact in every run.
            let mut hasher = DefaultHasher::new();
            (signal.id, subject).hash(&mut hasher);
            facts.note(hasher.finish(), time);
        }
    }
    facts
}

fn one(id: SourceId, reading: Box<Reading>, hints: &Hints, settled: Settled, pack: &Pack) -> (Source, Vec<Signal>) {
    let Reading { path, at, wrappers, found, bytes, lines, sha256, mut problems, notes: said, within, parts, .. } = *reading;
    let format = format_of(&found.summary);
    let (mut version, mut verbosity) = (None, found.summary.verbosity);
    let mut signals = found.signals;
    for signal in &mut signals {
        let undated = found.undated.binary_search_by_key(&signal.citation.offset, |(offset, _)| *offset);
        let around = undated.ok().and_then(|at| found.undated.get(at)).map(|(_, around)| *around).unwrap_or_default();
        signal.citation.source = id;
        signal.stamp = settled.stamp(signal.raw_time, signal.outer_time, signal.citation.offset, &around);
        if let Some((_, text)) = &signal.version {
            version = Some(text.to_string());
        }
        if let Some((name, value)) = &signal.setting
            && matches!(&**name, "v" | "log_error_verbosity")
        {
            verbosity = verbosity.max(value.parse().ok());
        }
    }
    // A source of plain text is nothing else; records of text between those of a format may be what is left of others.
    let plain = (format != "text").then(|| found.summary.formats.count_of(&"text")).filter(|records| *records > 0);
    let plain = plain.zip(found.summary.plain_from).map(|(records, from_line)| Plain { records, from_line });
    let reach = settled.reach(hints);
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
    if found.passed_over > 0 {
        let told = "records lie too far from --since and --until: only versions, settings and names were taken from them";
        notes.push(format!("{} {told}", found.passed_over));
    }
    notes.extend(found.noise.iter().map(|noise| thinned(noise, &signals, pack)));
    if hints.is_empty() && lines > 0 && found.summary.entries > 0 && at.component != Some(Component::Object) {
        notes.push("no record has a date: order and line only".into());
    }
    let source = Source {
        id,
        path,
        within,
        parts,
        format,
        wrappers,
        at,
        version,
        bytes,
        lines,
        entries: found.summary.entries,
        first: reach.map(|(first, _)| first),
        last: reach.map(|(_, last)| last),
        sha256,
        clock: settled.clock,
        gaps,
        anchors,
        habit_ns,
        verbosity,
        problems,
        plain,
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
