//! Steps: which jumps of a source's stamps are its clock being set, and what the clock was before and after.
//!
//! In: jumps with what stands around them, the settled clock, the stretches of other sources. Out: pieces of the clock, so that the order of stamps
//! is the order of records, and the steps that are proven. Must not know: how jumps were gathered, causes.
//!
//! Stamps that go back prove nothing by themselves: files are put together from parts, several writers share one. A step is believed where something
//! inside the source goes on across it: numbers of connections, the time since boot, a time service that says so, or the stamps themselves, which
//! come back to where they would have been. The same in the night of a change of summer time is no step but another zone.

use super::jump::{Course, Jump, Place, Trace};
use super::proof::{CONNECTIONS, RETURNS, SAID, STANDS, proof};
use super::settled::{Neighbours, Settled};
use super::spread::Spread;
use crate::source::{Basis, ClockPiece};
use crate::time::{DAY, HOUR, RawTime, SECOND, Shape, civil_from_days, human};

/// A source that goes back more often than this is not in order of time.
const MAX_BACKS: u64 = 16;
/// So many records for each jump back, at least.
const RECORDS_A_BACK: u64 = 8;
/// Jumps in a row that may undo each other.
const MAX_TURNS: usize = 4;
/// Records of a stretch that must come back to prove that it was away.
const AWAY_LINES: u64 = 16;
/// Connections that a run of stamps which stand still must speak of.
const STILL_CONNECTIONS: u64 = 4;
/// A log whose records are farther apart than this says nothing by an hour of silence.
const MOST_PACE: i64 = 3 * 60 * SECOND;
/// Doubt after a clock went back by nobody knows how much.
const UNKNOWN: i64 = 12 * HOUR;

/// How a clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Back: the stamps go back.
    Back,
    /// Forward.
    Forth,
    /// Back, on a writer that never prints a stamp twice: its stamps stand still.
    Still,
}

impl Way {
    /// Name for patterns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Forth => "forward",
            Self::Still => "still",
        }
    }
}

/// A clock that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The last record before.
    pub from: Place,
    /// The first record after; of stamps that stand still, the last one.
    pub to: Place,
    /// How.
    pub way: Way,
    /// By how much, nanoseconds; `None`: it cannot be told.
    pub by_ns: Option<i64>,
    /// What goes on meanwhile.
    pub proof: &'static str,
}

/// What follows from the jumps of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stepped {
    /// The clock's pieces, where they changed.
    pub pieces: Vec<ClockPiece>,
    /// How exactly the offset of each piece is known beside the others, nanoseconds.
    pub apart: Vec<i64>,
    /// Which side of a step is right is a guess.
    pub side_unknown: bool,
    /// Clocks that were set, in order of offset.
    pub steps: Vec<Step>,
    /// Records at the edges of the pieces, with their offsets: the earliest and the latest are among them.
    pub edges: Vec<(RawTime, u64)>,
    /// The edges are of the envelopes.
    pub envelope: bool,
    /// For people.
    pub notes: Vec<String>,
}

impl Stepped {
    /// Whether the clock was set, so that it has pieces of which each may be off by its own.
    pub const fn is_cut(&self) -> bool {
        !self.steps.is_empty() && self.pieces.len() > 1
    }
}

/// What becomes of the clock at a jump.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// Set by so much.
    Set { by_ns: i64, doubt_ns: i64, proof: &'static str },
    /// Another zone, later by so much.
    Zone { by_ns: i64 },
}

/// A stretch between changes, counted from the first one.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from_offset: u64,
    ahead_ns: i64,
    zone_ns: i64,
    doubt_ns: i64,
    first: (RawTime, u64, u64),
    last: (RawTime, u64, u64),
}

/// What becomes of a settled clock whose source jumps. `others` makes the stretches of time in UTC that other sources speak of.
pub(super) fn stepped(courses: &[Course], settled: &Settled, others: impl FnOnce() -> Spread) -> Stepped {
    let mut notes = Vec::new();
    for course in courses {
        if course.reversed || course.backs > MAX_BACKS || course.backs * RECORDS_A_BACK > course.records {
            continue;
        }
        let judge = Judge { course, settled };
        let changes = judge.changes();
        let stills = judge.stills();
        if changes.is_empty() && stills.is_empty() {
            notes.extend(judge.unproven());
            continue;
        }
        return judge.told(&changes, &stills, &others());
    }
    notes.truncate(1);
    Stepped { notes, ..Stepped::default() }
}

struct Judge<'a> {
    course: &'a Course,
    settled: &'a Settled,
}

impl Judge<'_> {
    /// How long it may be from one record to the next across a jump.
    fn tolerance(&self) -> i64 {
        self.course.pace_ns.saturating_mul(4).saturating_add(10 * SECOND)
    }

    /// The changes of the clock, by index of the jump.
    fn changes(&self) -> Vec<(usize, Change)> {
        let jumps = &self.course.jumps;
        let mut changes = Vec::new();
        let mut at = 0;
        while let Some(jump) = jumps.get(at) {
            if let Some(by_ns) = self.summer(jump) {
                changes.push((at, Change::Zone { by_ns }));
            } else if let Some((until, proof)) = self.comes_back(at) {
                let turn = &jumps[at..=until];
                let late = turn.iter().map(Jump::size).fold(0, i64::saturating_add).max(0) / turn.len() as i64;
                let set = |jump: &Jump| Change::Set { by_ns: jump.size().saturating_sub(late), doubt_ns: self.tolerance(), proof };
                changes.extend(turn.iter().enumerate().map(|(step, jump)| (at + step, set(jump))));
                at = until;
            } else if let Some(change) = self.set(jump) {
                changes.push((at, change));
            }
            at += 1;
        }
        changes
    }

    /// A clock set once, for good.
    fn set(&self, jump: &Jump) -> Option<Change> {
        let size = jump.size();
        if size > 0 {
            // A silence looks the same: the size must be told.
            let by_ns = jump.after.stated.or(jump.before.stated)??;
            let near = size.saturating_sub(by_ns);
            return ((0..=self.tolerance()).contains(&near) && by_ns >= self.tolerance()).then_some(Change::Set {
                by_ns,
                doubt_ns: SECOND,
                proof: SAID,
            });
        }
        let (proof, meanwhile) = proof(jump).filter(|(proof, _)| *proof != CONNECTIONS || !self.ends_alike(jump))?;
        let (late, doubt_ns) = if let Some(exact) = meanwhile {
            (exact, SECOND)
        } else {
            // People and wrong zones set clocks by round numbers.
            let quarter = 15 * 60 * SECOND;
            let over = size.saturating_neg().rem_euclid(quarter);
            let late = if over == 0 { 0 } else { quarter - over };
            (if late <= self.tolerance() { late } else { self.course.pace_ns.min(self.tolerance()) }, self.tolerance())
        };
        Some(Change::Set { by_ns: size.saturating_sub(late), doubt_ns, proof })
    }

    /// Whether what follows a jump back ends where the part before it ended: two logs that were collected at one moment, one after the other.
    fn ends_alike(&self, jump: &Jump) -> bool {
        let near = self.tolerance().max(jump.size().saturating_abs() / 20);
        self.course.ends.is_some_and(|[_, (last, _, _)]| last.ns.saturating_sub(jump.from.raw.ns).saturating_abs() <= near)
    }

    /// Jumps from `at` on that undo each other, and what proves that they are steps.
    fn comes_back(&self, at: usize) -> Option<(usize, &'static str)> {
        let jumps = &self.course.jumps;
        let tolerance = self.tolerance();
        for until in at + 1..(at + MAX_TURNS).min(jumps.len()) {
            let turn = jumps.get(at..=until)?;
            let sum = turn.iter().map(Jump::size).fold(0, i64::saturating_add);
            let most = tolerance.saturating_mul(turn.len() as i64);
            let clear = turn.iter().all(|jump| jump.size().saturating_abs() >= most && !jump.after.boots && self.summer(jump).is_none());
            if !clear || !(-2 * SECOND..=most).contains(&sum) {
                continue;
            }
            if let Some((proof, _)) = turn.iter().filter(|jump| jump.size() < 0).find_map(proof) {
                return Some((until, proof));
            }
            // Nothing but the stamps speak: the time away must be long enough to tell that it was counted on.
            let away = turn.windows(2).map(|pair| pair[1].from.raw.ns.saturating_sub(pair[0].to.raw.ns)).fold(0, i64::saturating_add);
            let lines = turn.last()?.from.line.saturating_sub(turn.first()?.to.line);
            if away >= most.saturating_mul(2) && lines >= AWAY_LINES {
                return Some((until, RETURNS));
            }
        }
        None
    }

    /// By how much the zone changes, where a jump is the change of summer time.
    fn summer(&self, jump: &Jump) -> Option<i64> {
        if !matches!(jump.to.raw.shape, Shape::Local | Shape::Yearless) || self.settled.clock.pieces.len() > 1 {
            return None;
        }
        let civil = |place: &Place| match place.raw.shape {
            Shape::Yearless => super::in_year(self.settled.turned(place.raw, place.offset).ns, self.settled.clock.year?),
            _ => Some(place.raw.ns),
        };
        let (from, to) = (civil(&jump.from)?, civil(&jump.to)?);
        let day = from.max(to).div_euclid(DAY);
        let (_, month, _) = civil_from_days(day);
        // 1970-01-01 was a Thursday. Nearly all change on a Sunday, a few on a Friday.
        let night = matches!((day + 4).rem_euclid(7), 0 | 5) && matches!(month, 2 | 3 | 4 | 9 | 10 | 11);
        if !night {
            return None;
        }
        let of_day = |ns: i64| ns.saturating_sub(day.saturating_mul(DAY));
        let (from, to) = (of_day(from), of_day(to));
        let mut hours = (0..=4).map(|hour| hour * HOUR);
        if to < from {
            // Both stamps lie in the hour that is told twice.
            hours.any(|end| from < end && to >= end - HOUR).then_some(-HOUR)
        } else {
            let size = to.saturating_sub(from);
            // Where records are rare, an hour without one is nothing.
            let dense = self.course.pace_ns <= MOST_PACE;
            let whole = dense && (HOUR..=HOUR.saturating_add(self.tolerance())).contains(&size);
            (whole && hours.any(|gone| from < gone && to >= gone + HOUR)).then_some(HOUR)
        }
    }

    /// Runs of stamps that stand still, and the leap forward before each that the clock came back from.
    fn stills(&self) -> Vec<(usize, Option<usize>)> {
        let stills = self.course.stills.iter().enumerate().filter(|(_, still)| still.connections >= STILL_CONNECTIONS);
        let leap =
            |offset: u64| self.course.jumps.iter().rposition(|jump| jump.to.offset <= offset && jump.size() > self.tolerance().saturating_mul(4));
        stills.map(|(at, still)| (at, leap(still.from.offset))).collect()
    }

    /// What to say of stamps that go back without a proof.
    fn unproven(&self) -> Option<String> {
        let jump = self.course.jumps.iter().find(|jump| jump.size() < 0)?;
        let by = human(jump.size().saturating_neg());
        let what = if jump.after.boots { "a boot or a start follows" } else { "put together from parts, or the clock was set" };
        Some(format!("stamps go back by {by} at line {}: {what}", jump.to.line))
    }

    fn told(&self, changes: &[(usize, Change)], stills: &[(usize, Option<usize>)], others: &Spread) -> Stepped {
        let mut changes = changes.to_vec();
        for leap in stills.iter().filter_map(|(_, leap)| *leap) {
            if let (false, Some(jump)) = (changes.iter().any(|(at, _)| *at == leap), self.course.jumps.get(leap)) {
                let late = self.course.pace_ns.min(self.tolerance());
                changes.push((leap, Change::Set { by_ns: jump.size().saturating_sub(late), doubt_ns: self.tolerance(), proof: STANDS }));
            }
        }
        changes.sort_by_key(|(at, _)| *at);
        let mut steps: Vec<Step> = Vec::new();
        for (at, change) in &changes {
            if let (Change::Set { by_ns, proof, .. }, Some(jump)) = (change, self.course.jumps.get(*at)) {
                let way = if *by_ns < 0 { Way::Back } else { Way::Forth };
                steps.push(Step { from: jump.from.clone(), to: jump.to.clone(), way, by_ns: Some(by_ns.saturating_abs()), proof });
            }
        }
        for still in stills.iter().filter_map(|(at, _)| self.course.stills.get(*at)) {
            steps.push(Step { from: still.from.clone(), to: still.until.clone(), way: Way::Still, by_ns: None, proof: CONNECTIONS });
        }
        steps.sort_by_key(|step| step.to.offset);
        let stretches = self.stretches(&changes, stills);
        let (base, doubtful) = self.right(&stretches, &changes, others);
        let (ahead, zone) = stretches.get(base).map_or((0, 0), |stretch| (stretch.ahead_ns, stretch.zone_ns));
        let widest = stretches.iter().map(|stretch| stretch.ahead_ns.saturating_sub(ahead).saturating_abs()).max().unwrap_or(0);
        let mut pieces: Vec<ClockPiece> = Vec::new();
        for stretch in &stretches {
            let own = self.settled.clock.at(stretch.from_offset).copied();
            let own = own.unwrap_or(ClockPiece { from_offset: 0, zone_s: 0, basis: Basis::Sequence, offset_ns: 0, doubt_ns: 0 });
            let away = stretch.ahead_ns.saturating_sub(ahead);
            let doubt_ns = if doubtful { widest } else { stretch.doubt_ns };
            pieces.push(ClockPiece {
                from_offset: stretch.from_offset,
                zone_s: own.zone_s.saturating_add(((stretch.zone_ns - zone) / SECOND) as i32),
                basis: own.basis,
                offset_ns: own.offset_ns.saturating_sub(away),
                doubt_ns: own.doubt_ns.max(doubt_ns),
            });
        }
        let mut notes = Vec::new();
        if changes.iter().any(|(_, change)| matches!(change, Change::Zone { .. })) {
            notes.push("summer time begins or ends within it: the zone changes there".into());
        }
        if !steps.is_empty() {
            notes.push(format!("its clock was set {}: stamps are moved so that they keep the order of the records", times(steps.len())));
        }
        let edges = stretches.iter().flat_map(|stretch| [stretch.first, stretch.last]).map(|(raw, _, offset)| (raw, offset)).collect();
        let apart = stretches.iter().map(|stretch| stretch.doubt_ns).collect();
        let side_unknown = doubtful && !steps.is_empty();
        Stepped { pieces, apart, side_unknown, steps, edges, envelope: self.course.envelope, notes }
    }

    fn stretches(&self, changes: &[(usize, Change)], stills: &[(usize, Option<usize>)]) -> Vec<Stretch> {
        let Some([first, last]) = self.course.ends else { return Vec::new() };
        let mut stretches = vec![Stretch { from_offset: 0, ahead_ns: 0, zone_ns: 0, doubt_ns: 0, first, last }];
        for (at, change) in changes {
            let (Some(jump), Some(before)) = (self.course.jumps.get(*at), stretches.last_mut()) else { continue };
            before.last = (jump.from.raw, jump.from.line, jump.from.offset);
            let mut next = Stretch { from_offset: jump.to.offset, first: (jump.to.raw, jump.to.line, jump.to.offset), last, ..*before };
            match change {
                Change::Set { by_ns, doubt_ns, .. } => {
                    (next.ahead_ns, next.doubt_ns) = (before.ahead_ns.saturating_add(*by_ns), *doubt_ns);
                    // What comes back is where it was, whatever passed meanwhile.
                    if let Some(level) = stretches.iter().find(|stretch| stretch.ahead_ns.abs_diff(next.ahead_ns) <= self.tolerance().unsigned_abs())
                    {
                        (next.ahead_ns, next.doubt_ns) = (level.ahead_ns, level.doubt_ns);
                    }
                }
                Change::Zone { by_ns } => next.zone_ns = next.zone_ns.saturating_add(*by_ns),
            }
            stretches.push(next);
        }
        for (at, leap) in stills {
            let (Some(still), Some(before)) = (self.course.stills.get(*at), stretches.last().copied()) else { continue };
            if still.from.offset < before.from_offset {
                continue;
            }
            let doubt_ns = leap.and_then(|leap| self.course.jumps.get(leap)).map_or(UNKNOWN, Jump::size);
            stretches.push(Stretch { from_offset: still.from.offset.saturating_add(1), doubt_ns, ..before });
        }
        stretches
    }

    /// The stretch whose clock is right, and whether that is a guess.
    fn right(&self, stretches: &[Stretch], changes: &[(usize, Change)], others: &Spread) -> (usize, bool) {
        let utc = |raw: RawTime, offset: u64| {
            let (own, outer) = if self.course.envelope { (None, Some(raw)) } else { (Some(raw), None) };
            self.settled.stamp(own, outer, offset, &Neighbours::default()).map(|stamp| stamp.ns)
        };
        let fit = |base: &Stretch| -> i64 {
            let common = stretches.iter().filter_map(|stretch| {
                let away = stretch.ahead_ns.saturating_sub(base.ahead_ns).saturating_add(stretch.zone_ns - base.zone_ns);
                let (from, to) = (utc(stretch.first.0, stretch.first.2)?, utc(stretch.last.0, stretch.last.2)?);
                Some(others.overlap(from.saturating_sub(away), to.saturating_sub(away)))
            });
            common.fold(0, i64::saturating_add)
        };
        let fits: Vec<i64> = stretches.iter().map(fit).collect();
        let best = fits.iter().copied().max().unwrap_or(0);
        let level = |at: usize| stretches.get(at).map(|stretch| (stretch.ahead_ns, stretch.zone_ns));
        let best_at = fits.iter().position(|fit| *fit == best).unwrap_or(0);
        let second = fits.iter().enumerate().filter(|(at, _)| level(*at) != level(best_at)).map(|(_, fit)| *fit).max().unwrap_or(0);
        if best > second.saturating_add(second / 4) {
            return (best_at, false);
        }
        let set: Vec<&(usize, Change)> = changes.iter().filter(|(_, change)| matches!(change, Change::Set { .. })).collect();
        // A change of zone alone: what is known of the zone was said of the beginning.
        let Some((at, _)) = set.last() else { return (0, false) };
        let last = stretches.len() - 1;
        let said = |trace: &Trace| trace.stated.is_some();
        if self.course.jumps.get(*at).is_some_and(|jump| said(&jump.after) || said(&jump.before)) {
            return (last, false);
        }
        // A clock that comes back to one level was right there.
        let lines = |at: usize| -> u64 {
            let of = stretches.iter().enumerate().filter(|(other, _)| level(*other) == level(at));
            of.map(|(_, stretch)| stretch.last.1.saturating_sub(stretch.first.1)).sum()
        };
        let returns = |at: usize| (0..at).any(|before| level(before) == level(at) && (before + 1..at).any(|between| level(between) != level(at)));
        let home = (0..stretches.len()).filter(|at| returns(*at)).max_by_key(|at| (lines(*at), std::cmp::Reverse(*at)));
        if let Some(home) = home {
            return (home, false);
        }
        let stood_still = self.course.stills.iter().any(|still| still.connections >= STILL_CONNECTIONS);
        if stood_still { (0, false) } else { (last, true) }
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}
