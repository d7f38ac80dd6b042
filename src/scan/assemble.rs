//! Assembling: readings become sources with settled clocks, and signals with stamps.
//!
//! In: readings by path. Out: [`Examined`]. Must not know: files, threads.

use super::facts::facts;
use super::read::{Apart, Reading, format_of};
use super::silence::Silent;
use super::{Examined, Settings, derive, quoted, released, siblings};
use crate::clock::{Course, Facts, Given, Hints, Known, Neighbours, Settled, Stepped, settle};
use crate::component::Component;
use crate::observe::noise::Noise;
use crate::pattern::Pack;
use crate::pattern::ast::Loses;
use crate::signal::{Citation, Signal, SourceId};
use crate::source::{Anchor, Gap, Loss, Plain, Source, Tie, Ties};
use crate::time::{MINUTE, RawTime, Stamp};

/// Losses kept of one source.
const MAX_LOSSES: usize = 256;
/// Problems kept of one source; the rest is counted.
const MAX_PROBLEMS: usize = 100;

pub(super) fn assemble(mut readings: Vec<Apart>, settings: &Settings, pack: &Pack, is_recorded: bool) -> Examined {
    let hints: Vec<(Box<Hints>, Given)> = readings.iter_mut().map(|reading| (hints(reading), settings.given(&reading.path))).collect();
    let facts: Vec<Facts> = readings.iter().enumerate().map(|(index, reading)| facts(index, &reading.found.signals, &reading.at, pack)).collect();
    let courses: Vec<Vec<Course>> = readings.iter_mut().map(|reading| std::mem::take(&mut reading.found.summary.jumps).told()).collect();
    let known = Known { facts: &facts, courses: &courses, collected_at: settings.collected_at };
    let (settled, stepped) = settle(&hints, known, |settled| siblings::agree(&readings, settled));
    drop((facts, courses));
    let ties = ties(&readings, &settled);
    let collected_at = settled.first().and_then(|settled| settled.collected);
    let left_out: u64 = readings.iter().flat_map(|reading| &reading.found.noise).map(|noise| noise.left_out).sum();
    let mut sources = Vec::with_capacity(readings.len());
    let mut signals = Vec::with_capacity(readings.iter().map(|reading| reading.found.signals.len()).sum());
    let mut recorded = Vec::new();
    let each = readings.into_iter().zip(hints).zip(settled).zip(ties);
    let even = Stepped::default();
    for (index, (((reading, (hints, _)), settled), ties)) in each.enumerate() {
        let stepped = stepped.get(&index).unwrap_or(&even);
        let id = SourceId::try_from(index).unwrap_or(SourceId::MAX);
        if is_recorded {
            // What lies in the input twice is told once.
            let tracks = if reading.is_twin { Vec::new() } else { reading.found.tracks.clone() };
            recorded.push((tracks, settled.clone()));
        }
        let (source, own) = one(id, *reading, &hints, settled, stepped, pack);
        let source = Source { ties, ..source };
        sources.push(source);
        signals.extend(own);
    }
    // Undated signals last: nothing can be said about their order but where they stand.
    let order = |signal: &Signal| (signal.stamp.map_or(i64::MAX, |stamp| stamp.ns), signal.citation.source, signal.citation.offset, signal.id);
    signals.sort_by_key(order);
    Examined { sources, seen: left_out + signals.len() as u64, signals, collected_at, incomplete: false, recorded }
}

/// What a reading says about time, its recognised records included.
pub(super) fn hints(reading: &mut Reading) -> Box<Hints> {
    let mut hints = reading.found.summary.hints.take().unwrap_or_default();
    quoted::note_cited(&reading.found.signals, &mut hints);
    hints.not_before = hints.not_before.max(released::not_before(&reading.found.signals));
    hints
}

/// The lines of the ties that were kept.
fn ties(readings: &[Apart], settled: &[Settled]) -> Vec<Ties> {
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

fn one(id: SourceId, reading: Reading, hints: &Hints, settled: Settled, stepped: &Stepped, pack: &Pack) -> (Source, Vec<Signal>) {
    let Reading { path, at, wrappers, found, bytes, lines, sha256, mut problems, notes: said, within, parts, cut, chosen, .. } = reading;
    let found = *found;
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
    // A source of plain text is nothing else; records of text between those of a format may be what is left of others.
    let plain = found.summary.plain_from.filter(|_| format != "text").map(|from_line| Plain { records: found.summary.plain, from_line });
    let dated = |raw: RawTime, offset: u64| {
        let (own, outer) = if stepped.envelope { (None, Some(raw)) } else { (Some(raw), None) };
        settled.stamp(own, outer, offset, &Neighbours::default())
    };
    let mut jumped = derive::clock_jumps(&stepped.steps, &at, &path, pack, |place| dated(place.raw, place.offset));
    for signal in &mut jumped {
        signal.citation.source = id;
        if let Some(before) = &mut signal.before {
            before.0.source = id;
        }
    }
    signals.append(&mut jumped);
    let reach =
        if stepped.edges.is_empty() { settled.reach(hints) } else { reach_of(stepped.edges.iter().filter_map(|(raw, offset)| dated(*raw, *offset))) };
    // A table speaks of all that was before it was printed, whatever the age of its latest row.
    let printed = settled.collected.filter(|_| hints.ages.is_some());
    let (habit_ns, gaps) =
        found.summary.silence.told().unwrap_or_else(|| (reach.map_or(0, |(first, last)| last.ns.saturating_sub(first.ns)), Vec::new()));
    // A clock that was set is no silence.
    let silent = |gap: &Gap| stepped.pieces.is_empty() || gap.to.ns.saturating_sub(gap.from.ns) >= MINUTE;
    let gaps = gaps.iter().filter_map(|silent| gap(silent, &settled)).filter(silent).collect();
    let anchors =
        found.summary.anchors.into_vec().into_iter().map(|anchor| Anchor { raw: settled.turned(anchor.raw, anchor.offset), ..anchor }).collect();
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(crate::problem::Problem { line: 0, what: format!("{more} more problems like these") });
    }
    let mut notes = settled.notes;
    notes.extend(settled.contradicted.iter().cloned());
    notes.extend(said);
    if found.passed_over > 0 {
        let told = "records lie too far from --since and --until: only versions, settings and names were taken from them";
        notes.push(format!("{} {told}", found.passed_over));
    }
    notes.extend(found.noise.iter().map(|noise| thinned(noise, &signals, pack)));
    if hints.is_empty() && lines > 0 && found.summary.entries > 0 && at.component != Some(Component::Object) {
        notes.push("no record has a date: order and line only".into());
    }
    notes.shrink_to_fit();
    let mut losses = losses(&path, cut, &signals, pack, reach);
    if let Some((first, _)) = reach.filter(|_| chosen) {
        let missing = "lines that a search did not look for are missing";
        losses.insert(0, Loss { from: Some(first), to: None, line: 0, what: missing.into() });
        losses.insert(0, Loss { from: None, to: Some(first), line: 0, what: missing.into() });
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
        last: reach.map(|(_, last)| printed.filter(|printed| printed.ns > last.ns).unwrap_or(last)),
        sha256,
        clock: settled.clock,
        ties: Ties::default(),
        gaps,
        losses,
        anchors,
        habit_ns,
        verbosity,
        problems,
        plain,
        severe: found.summary.severe,
        notes,
        contradicted: settled.contradicted,
    };
    (source, signals)
}

/// Says what was thinned.
fn thinned(noise: &Noise, signals: &[Signal], pack: &Pack) -> String {
    let name = pack.signal(noise.signal).map_or("a signal", |signal| signal.definition.id.as_str());
    let seen = noise.left_out + signals.iter().filter(|signal| signal.id == noise.signal).count() as u64;
    format!("{name} is seen {seen} times: {} of them, from line {}, are counted only", noise.left_out, noise.from_line)
}

/// The records that a source lacks, as its name and its own records say.
///
/// # Source
///
/// sos collects the end of a large log as `NAME.tailed`.
fn losses(path: &str, cut: bool, signals: &[Signal], pack: &Pack, reach: Option<(Stamp, Stamp)>) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    if path.ends_with(".tailed") || path.ends_with("_tailed") {
        losses.push(Loss { from: None, to: reach.map(|(first, _)| first), line: 0, what: "only its end was collected".into() });
    } else if cut {
        losses.push(Loss { from: None, to: reach.map(|(first, _)| first), line: 1, what: "it begins in the middle of a record".into() });
    }
    // What began and has not been told the end of.
    let mut open: Option<usize> = None;
    for signal in signals {
        let (Some(definition), Some(stamp)) = (pack.signal(signal.id).map(|known| &known.definition), signal.stamp) else { continue };
        let Some(side) = definition.loses else { continue };
        if losses.len() >= MAX_LOSSES {
            break;
        }
        let loss = |from, to| Loss { from: Some(from), to, line: signal.citation.line, what: definition.title.as_str().into() };
        match (side, open.take().and_then(|at| losses.get_mut(at))) {
            (Loses::After, Some(_)) => open = Some(losses.len() - 1),
            (Loses::After, None) => {
                open = Some(losses.len());
                losses.push(loss(stamp, None));
            }
            (Loses::Before, Some(begun)) => begun.to = Some(stamp),
            (Loses::Before, None) => losses.push(loss(stamp.moved(-signal.lasted_ns), Some(stamp))),
        }
    }
    losses
}

/// Earliest and latest.
fn reach_of(stamps: impl Iterator<Item = Stamp>) -> Option<(Stamp, Stamp)> {
    stamps.fold(None, |reach: Option<(Stamp, Stamp)>, stamp| {
        let (first, last) = reach.unwrap_or((stamp, stamp));
        Some((if stamp.ns < first.ns { stamp } else { first }, if stamp.ns > last.ns { stamp } else { last }))
    })
}

fn gap(silent: &Silent, settled: &Settled) -> Option<Gap> {
    let none = Neighbours::default();
    let from = settled.stamp(Some(silent.from), None, silent.from_offset, &none)?;
    let to = settled.stamp(Some(silent.to), None, silent.to_offset, &none)?;
    Some(Gap { from, to, line: silent.line })
}
