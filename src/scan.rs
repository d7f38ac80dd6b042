//! Scan: the driver, and the only place where the stages meet.
//!
//! In: inputs, a pack, what the command line says about clocks and nodes. Out: an [`Outcome`]: sources, findings and figures. Must not know: how it
//! is shown.
//!
//! Sources are read in parallel, small ones whole on one thread each, large ones one after the other with their chunks on all threads. Chunks are
//! cut and merged the same way in both cases, so that the outcome depends on the bytes alone. Memory is bounded by the chunks in flight; of the
//! entries nothing is kept but signals and a summary.

mod ahead;
mod anchors;
mod archive;
mod assemble;
mod beside;
mod chunk;
mod copies;
mod cut;
mod derive;
mod facts;
mod fenced;
mod flight;
mod heard;
mod heartbeat;
mod join;
mod jumps;
mod keep;
mod machines;
mod merged;
mod own_name;
mod pass;
mod quoted;
mod read;
pub mod record;
mod released;
mod seam;
mod series;
mod severe;
mod share;
mod siblings;
mod silence;
mod spacing;
mod split;
mod summary;
mod tally;
mod template;
mod text;
mod texts;
mod tuned;
mod twins;
mod window;

pub use window::Window;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use globset::GlobMatcher;
use rayon::prelude::*;

use crate::clock::{Given, Settled};
use crate::correlate::{Inquest, Library, correlate};
use crate::finding::Finding;
use crate::observe::{Observer, states::States};
use crate::open::{Choice, Input, Limits, Stop, digest, layout};
use crate::pattern::Pack;
use crate::source::Source;
use crate::time::Stamp;

/// What the command line says about the input.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Year of the first stamp of sources whose stamps have none.
    pub year: Option<i32>,
    /// Zones in seconds east of UTC, by path; the last that fits counts. Without a glob: all.
    pub zones: Vec<(Option<GlobMatcher>, i32)>,
    /// Node names by path; the last that fits counts.
    pub nodes: Vec<(GlobMatcher, String)>,
    /// When the input was collected, nanoseconds since the epoch.
    pub collected_at: Option<i64>,
    /// Threads; 0: as many as the machine has.
    pub threads: usize,
    /// Which members of archives are read.
    pub choice: Choice,
    /// The time that is asked for.
    pub window: Window,
    /// How far archives and compressed files are followed.
    pub limits: Limits,
    /// Ends the scan early, with what is known by then.
    pub stop: Stop,
}

impl Settings {
    fn given(&self, path: &str) -> Given {
        let zone = self.zones.iter().rev().find(|(glob, _)| glob.as_ref().is_none_or(|glob| glob.is_match(path)));
        Given { year: self.year, zone_s: zone.map(|(_, zone)| *zone) }
    }

    fn layout(&self, path: &str) -> layout::Layout {
        let mut layout = layout::read(path);
        if let Some((_, node)) = self.nodes.iter().rev().find(|(glob, _)| glob.is_match(path)) {
            layout.at.node = Some(node.clone());
        }
        layout
    }
}

/// Hears how far a scan is. Called from several threads.
pub trait Progress: Sync {
    /// So many more bytes of the inputs have been read, as they lie there, packed or not.
    fn read(&self, bytes: u64);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn read(&self, _bytes: u64) {}
}

/// What a scan found out.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The sources, by path.
    pub sources: Vec<Source>,
    /// The findings, in order of the report.
    pub findings: Vec<Finding>,
    /// Number of signals.
    pub signals: u64,
    /// When the input was collected: given, or taken from the latest record.
    pub collected_at: Option<Stamp>,
    /// Whether the scan was stopped before everything was read.
    pub incomplete: bool,
}

impl Outcome {
    /// Decompressed bytes of all sources.
    pub fn bytes(&self) -> u64 {
        self.sources.iter().filter(|source| source.within.is_none()).map(|source| source.bytes).sum()
    }

    /// Entries of all sources.
    pub fn entries(&self) -> u64 {
        self.sources.iter().map(|source| source.entries).sum()
    }

    /// Whether anything at all could be read.
    pub fn read_anything(&self) -> bool {
        self.sources.iter().any(|source| !source.sha256.is_empty() || !source.parts.is_empty())
    }
}

/// The threads could not be started.
#[derive(Debug)]
pub struct NoThreads(rayon::ThreadPoolBuildError);

impl fmt::Display for NoThreads {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "threads could not be started: {}", self.0)
    }
}

impl std::error::Error for NoThreads {}

/// Files of at least this many times a thread's share are read by all threads together.
const LARGE_SHARE: u64 = 2;
/// Smaller files are never worth it.
const LARGE_BYTES: u64 = 8 * chunk::CHUNK_BYTES as u64;

/// Files that are read before it is looked at what all files hold.
const FILES_TOGETHER: usize = 512;

/// Bytes of signals that are kept of all sources, roughly; each has a share by its size.
const SIGNAL_BYTES: usize = 36 << 20;
/// Bounds of what the smallest source may keep.
const LEAST_BYTES: usize = 16 << 10;
const MOST_BYTES: usize = 2 << 20;

/// Scans `inputs`.
///
/// # Errors
///
/// [`NoThreads`]. What cannot be read is a problem of its source, not an error.
pub fn scan(inputs: &[Input], pack: &Pack, settings: &Settings, progress: &dyn Progress) -> Result<Outcome, NoThreads> {
    let examined = examine(inputs, pack, settings, progress)?;
    Ok(conclude(examined, pack))
}

/// What was learnt of the sources, before anything is concluded from it.
#[derive(Debug, Default)]
pub struct Examined {
    /// The sources, their clocks settled.
    pub sources: Vec<Source>,
    /// Signals by stamp, source and offset.
    pub signals: Vec<crate::signal::Signal>,
    /// How many signals there were, those that were only counted included.
    pub seen: u64,
    /// When the input was collected.
    pub collected_at: Option<Stamp>,
    /// Whether reading was stopped early.
    pub incomplete: bool,
    /// For each source, the stretches under which its entries were recorded, in order, and its clock. Empty without a recorder.
    pub recorded: Vec<(Vec<record::TrackAt>, Settled)>,
}

/// Reads `inputs` and settles their clocks, without looking for causes.
pub fn examine(inputs: &[Input], pack: &Pack, settings: &Settings, progress: &dyn Progress) -> Result<Examined, NoThreads> {
    recorded(inputs, pack, settings, progress, None)
}

/// Like [`examine`], and every entry is handed to a recorder.
pub fn recorded(
    inputs: &[Input],
    pack: &Pack,
    settings: &Settings,
    progress: &dyn Progress,
    recorder: Option<&dyn record::Recorder>,
) -> Result<Examined, NoThreads> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).thread_name(|at| format!("scan-{at}")).build().map_err(NoThreads)?;
    let threads = pool.current_num_threads() as u64;
    let total: u64 = inputs.iter().map(|input| input.size).sum();
    let has_share = |input: &Input| input.size >= LARGE_BYTES && input.size.saturating_mul(LARGE_SHARE * threads) >= total;
    // One archive on its own may hold far more than its size.
    let is_large = |input: &Input| threads > 1 && (inputs.len() == 1 || has_share(input));
    let tuned = tuned::Tuned::new(pack);
    let states = States::new(pack);
    let backdrop = (!settings.window.is_open()).then(|| Observer::of_backdrop(pack));
    let least = (SIGNAL_BYTES / 4 / inputs.len().max(1)).clamp(LEAST_BYTES, MOST_BYTES);
    let share = |input: &Input| {
        let budget = SIGNAL_BYTES as u128 * u128::from(input.size) / u128::from(total.max(1));
        share::Share { budget: budget.max(least as u128) as usize, before: 0, total: input.size, least: LEAST_BYTES }
    };
    let suspects = copies::suspects(inputs, settings);
    let mut order: Vec<usize> = (0..inputs.len()).filter(|index| !suspects.contains_key(index)).collect();
    order.sort_by_key(|index| std::cmp::Reverse(inputs[*index].size));
    let (large, small): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|index| is_large(&inputs[*index]));
    let mut read: Vec<(usize, Vec<read::Apart>)> = pool.install(|| {
        let one = |index: usize, together: bool| {
            let input = &inputs[index];
            let share = share(input);
            let run =
                read::Run { tuned: &tuned, backdrop: backdrop.as_ref(), settings, progress, meter: None, together, states: &states, share, recorder };
            (index, apart(read::read(input, &run)))
        };
        let mut kept = keep::Kept::new(SIGNAL_BYTES / 4 * 5);
        let mut read: Vec<(usize, Vec<read::Apart>)> = Vec::with_capacity(inputs.len());
        let mut add = |read: &mut Vec<_>, more: Vec<(usize, Vec<read::Apart>)>| {
            let is_over = more.iter().flat_map(|(_, readings)| readings).fold(false, |_, reading| kept.add(reading));
            read.extend(more);
            if is_over {
                kept.thin(&states, &mut read.iter_mut().flat_map(|(_, readings)| readings).map(|reading| &mut **reading).collect::<Vec<_>>());
            }
        };
        for index in large {
            add(&mut read, vec![one(index, true)]);
        }
        // Each thread takes the largest file that is left. Which files are read together depends on nothing but the files.
        for some in small.chunks(FILES_TOGETHER) {
            let more: Vec<_> = some.into_par_iter().with_max_len(1).map(|index| one(*index, false)).collect();
            add(&mut read, more);
        }
        let known: BTreeSet<usize> = suspects.values().copied().collect();
        let originals: BTreeMap<usize, usize> =
            read.iter().enumerate().map(|(at, (index, _))| (*index, at)).filter(|(index, _)| known.contains(index)).collect();
        let suspects: Vec<(usize, usize)> = suspects.into_iter().collect();
        let copies = suspects.into_par_iter().with_max_len(1).map(|(index, original)| {
            let found = originals.get(&original).and_then(|at| read.get(*at)).map_or(&[][..], |(_, readings)| readings);
            let path = inputs[original].path.as_str();
            // An archive is known by its members, and has no hash of its own yet.
            let known = found.iter().find(|reading| reading.path == path && reading.within.is_none() && !reading.sha256.is_empty());
            let known = known.map_or_else(|| digest(&inputs[original], &settings.stop), |known| Some(known.sha256.clone()));
            if !found.is_empty() && known.is_some() && digest(&inputs[index], &settings.stop) == known {
                progress.read(inputs[index].size);
                return (index, apart(copies::readings(path, found, &inputs[index].path, settings)));
            }
            one(index, is_large(&inputs[index]))
        });
        let copies: Vec<_> = copies.collect();
        add(&mut read, copies);
        read
    });
    // What the threads held goes back before the sources are made.
    drop(pool);
    let incomplete = settings.stop.asked();
    // By path, whatever the order they were given in.
    read.sort_by(|(a, _), (b, _)| inputs[*a].path.cmp(&inputs[*b].path).then(a.cmp(b)));
    let mut readings = Vec::with_capacity(read.iter().map(|(_, readings)| readings.len()).sum());
    readings.extend(read.into_iter().flat_map(|(_, readings)| readings));
    twins::silence(&mut readings);
    let mut readings = series::join(readings, tuned.plain());
    machines::agree(&mut readings);
    let examined = assemble::assemble(readings, settings, pack, recorder.is_some());
    Ok(Examined { incomplete, ..examined })
}

fn apart(readings: Vec<read::Reading>) -> Vec<read::Apart> {
    readings.into_iter().map(Box::new).collect()
}

/// Says of every line of evidence in which file it lies, and where in it.
pub fn place(sources: &[Source], findings: &mut [Finding]) {
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.steps).flat_map(|step| &mut step.evidence) {
        let citation = &mut evidence.citation;
        let Some(source) = sources.get(citation.source as usize) else { continue };
        let (path, line, offset) = source.place(citation.line, citation.offset);
        evidence.path = (path != source.path).then(|| path.to_owned());
        (citation.line, citation.offset) = (line, offset);
    }
}

fn conclude(examined: Examined, pack: &Pack) -> Outcome {
    let Examined { sources, signals, seen, collected_at, incomplete, .. } = examined;
    let mut findings = correlate(&Library::from(pack), Inquest { sources: &sources, signals });
    place(&sources, &mut findings);
    Outcome { sources, findings, signals: seen, collected_at, incomplete }
}

#[cfg(test)]
mod tests;
