//! Hints: what a source says about time, gathered record by record in one pass and in bounded memory.
//!
//! In: raw times in order of offset, piece by piece. Out: the same hints whatever the pieces were. Must not know: what they will mean.

use crate::time::{DAY, RawTime, Shape};

/// A step of more than this between two year-less stamps is a New Year, not a long silence.
const NEW_YEAR: i64 = 180 * DAY;
/// Pairs kept of one source.
const MAX_PAIRS: usize = 1024;
/// Quoted local times kept of one source.
pub(crate) const MAX_LOCAL: usize = 16;
/// Pieces kept of a year-less source. More turns than this are no calendar.
const MAX_SEGMENTS: usize = 256;

/// Earliest and latest time of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Earliest.
    pub min: RawTime,
    /// Latest.
    pub max: RawTime,
}

impl Reach {
    const fn of(raw: RawTime) -> Self {
        Self { min: raw, max: raw }
    }

    fn add(&mut self, other: Self) {
        if other.min.ns < self.min.ns {
            self.min = other.min;
        }
        if other.max.ns > self.max.ns {
            self.max = other.max;
        }
    }
}

/// A stretch of a year-less source without a jump of half a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Byte offset of its first record.
    pub from_offset: u64,
    /// Time of its first record.
    pub first: i64,
    /// Time of its last record.
    pub last: i64,
    /// Earliest and latest.
    pub reach: Reach,
}

/// An envelope's stamp beside the stamp inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Byte offset.
    pub offset: u64,
    /// The envelope's stamp.
    pub outer: RawTime,
    /// The record's own.
    pub inner: RawTime,
}

/// A local time with its zone that a record quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The record's own time.
    pub own: RawTime,
    /// The quoted civil time, as if it were UTC.
    pub civil: i64,
    /// Its zone, nanoseconds east.
    pub zone_ns: i64,
}

/// One moment in two clocks, as one record states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twofold {
    /// Without a zone: the record's own stamp, or what it quotes.
    pub civil: RawTime,
    /// In UTC: what it quotes, or its own stamp.
    pub utc: i64,
    /// Byte offset of the record.
    pub offset: u64,
}

/// What a source says about time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// Stamps with date and zone.
    pub zoned: Option<Reach>,
    /// Stamps with date, without zone.
    pub local: Option<Reach>,
    /// Stamps without year, in order.
    pub yearless: Vec<Segment>,
    /// Ages.
    pub ages: Option<Reach>,
    /// Stamps with a zone around stamps without one, thinned evenly.
    pub pairs: Vec<Pair>,
    /// Envelopes and records, both without a zone, thinned evenly.
    pub unzoned_pairs: Vec<Pair>,
    /// A local stamp and the time of day in UTC of the record after it.
    pub day_pairs: Vec<(i64, i64)>,
    /// Local times that lines state with their zone (nanoseconds as if UTC, nanoseconds east), and what their records' own stamps say.
    pub local_times: Vec<LocalTime>,
    /// Moments that a record states in UTC beside a stamp without a zone.
    pub twofold: Vec<Twofold>,
    /// Envelopes without a zone around records that have one: the same moment, in the envelope's clock.
    pub enveloped: Vec<Twofold>,
    /// Stamps with and without a zone right beside each other, in the order of the records: the same moment or nearly so, where one process wrote both.
    pub beside: Vec<Twofold>,
    /// The source was not written before: its program did not exist. Nanoseconds since the epoch.
    pub not_before: Option<i64>,
    /// A civil time near the source's first record, as one of its own lines states it.
    pub stated: Option<i64>,
    /// The zone of that, nanoseconds east.
    pub stated_zone: Option<i64>,
    /// The same, as the file's name states it.
    pub created: Option<i64>,
    /// Modification time of the file, nanoseconds since the epoch.
    pub modified: Option<i64>,
    before: Option<RawTime>,
    /// The first and the last dated record.
    ends: Option<[(RawTime, u64); 2]>,
    strides: [Stride; 2],
}

/// Thins a stream of pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stride(u32);

impl Stride {
    /// Whether the next of many is kept: the first few, then one in 64.
    fn takes(&mut self) -> bool {
        self.0 = self.0.wrapping_add(1);
        self.0 <= 16 || self.0.is_multiple_of(64)
    }
}

impl Hints {
    /// What is known of a file before its records are read.
    pub fn of_file(stated: Option<i64>, created: Option<i64>, modified: Option<i64>) -> Self {
        Self { stated, created, modified, ..Self::default() }
    }

    /// Notes the time by which a record counts: its own, or the envelope's where it has none.
    pub fn note(&mut self, raw: RawTime, offset: u64) {
        let reach = Reach::of(raw);
        match raw.shape {
            Shape::Zoned => widen(&mut self.zoned, reach),
            Shape::Local => widen(&mut self.local, reach),
            Shape::Age => widen(&mut self.ages, reach),
            Shape::Yearless => self.segment(Segment { from_offset: offset, first: raw.ns, last: raw.ns, reach }),
            Shape::DayUtc | Shape::DayLocal | Shape::Boot => {}
        }
        if raw.shape == Shape::Local {
            self.before = Some(raw);
        }
        if matches!(raw.shape, Shape::Zoned | Shape::Local | Shape::Yearless) {
            let last = self.ends.map(|[_, last]| last);
            self.meet(last, (raw, offset));
            let first = self.ends.map_or((raw, offset), |[first, _]| first);
            self.ends = Some([first, (raw, offset)]);
        }
    }

    /// Notes two records that follow each other, where one has a zone and the other none.
    fn meet(&mut self, last: Option<(RawTime, u64)>, next: (RawTime, u64)) {
        let Some(last) = last.filter(|_| self.beside.len() < MAX_LOCAL) else { return };
        let (zoned, (civil, offset)) = match (last.0.shape == Shape::Zoned, next.0.shape == Shape::Zoned) {
            (true, false) => (last.0, next),
            (false, true) => (next.0, last),
            _ => return,
        };
        self.beside.push(Twofold { civil, utc: zoned.ns, offset });
    }

    /// Notes a time of day in UTC.
    pub fn note_day(&mut self, raw: RawTime) {
        if raw.shape == Shape::DayUtc
            && let Some(before) = self.before
            && self.day_pairs.len() < 16
        {
            self.day_pairs.push((before.ns, raw.ns));
        }
    }

    /// Notes a local time with its zone that a record quotes.
    pub fn note_local(&mut self, quoted: LocalTime) {
        if self.local_times.len() < MAX_LOCAL {
            self.local_times.push(quoted);
        }
    }

    /// Notes a moment that a record states twice.
    pub fn note_twofold(&mut self, twofold: Twofold) {
        if self.twofold.len() < MAX_LOCAL && matches!(twofold.civil.shape, Shape::Local | Shape::Yearless) {
            self.twofold.push(twofold);
        }
    }

    /// By how much stamps of envelopes without a zone are ahead of the stamps inside, nanoseconds, as far as was seen.
    pub fn outer_ahead_ns(&self) -> i64 {
        super::zone::outer_ahead(&self.unzoned_pairs)
    }

    /// Notes an envelope's stamp beside the record's own.
    pub fn note_pair(&mut self, outer: RawTime, inner: RawTime, offset: u64) {
        if inner.shape == Shape::Zoned && self.enveloped.len() < MAX_LOCAL && matches!(outer.shape, Shape::Local | Shape::Yearless) {
            self.enveloped.push(Twofold { civil: outer, utc: inner.ns, offset });
        }
        if !matches!(inner.shape, Shape::Local | Shape::Yearless) {
            return;
        }
        let (list, stride) = match outer.shape {
            Shape::Zoned => (&mut self.pairs, &mut self.strides[0]),
            Shape::Local | Shape::Yearless => (&mut self.unzoned_pairs, &mut self.strides[1]),
            _ => return,
        };
        if stride.takes() {
            list.push(Pair { offset, outer, inner });
        }
    }

    /// Adds the hints of the piece that follows.
    pub fn absorb(&mut self, later: Self) {
        for (own, other) in [(&mut self.zoned, later.zoned), (&mut self.local, later.local), (&mut self.ages, later.ages)] {
            if let Some(reach) = other {
                widen(own, reach);
            }
        }
        for segment in later.yearless {
            self.segment(segment);
        }
        self.pairs.extend(later.pairs);
        self.unzoned_pairs.extend(later.unzoned_pairs);
        thin(&mut self.pairs);
        thin(&mut self.unzoned_pairs);
        self.day_pairs.extend(later.day_pairs);
        self.day_pairs.truncate(16);
        self.local_times.extend(later.local_times);
        self.local_times.truncate(MAX_LOCAL);
        self.twofold.extend(later.twofold);
        self.twofold.truncate(MAX_LOCAL);
        self.enveloped.extend(later.enveloped);
        self.enveloped.truncate(MAX_LOCAL);
        if let Some([first, last]) = later.ends {
            self.meet(self.ends.map(|[_, last]| last), first);
            self.ends = Some([self.ends.map_or(first, |[own, _]| own), last]);
        }
        self.beside.extend(later.beside);
        self.beside.truncate(MAX_LOCAL);
        self.not_before = self.not_before.max(later.not_before);
        self.before = later.before.or(self.before);
        self.stated = self.stated.or(later.stated);
        self.stated_zone = self.stated_zone.or(later.stated_zone);
        self.created = self.created.or(later.created);
        self.modified = later.modified.or(self.modified);
    }

    /// Counts all offsets on.
    pub fn shift(&mut self, bytes: u64) {
        for segment in &mut self.yearless {
            segment.from_offset += bytes;
        }
        for pair in self.pairs.iter_mut().chain(&mut self.unzoned_pairs) {
            pair.offset += bytes;
        }
        for twofold in self.twofold.iter_mut().chain(&mut self.enveloped).chain(&mut self.beside) {
            twofold.offset += bytes;
        }
        for (_, offset) in self.ends.iter_mut().flatten() {
            *offset += bytes;
        }
    }

    /// Gives back what was held in reserve.
    pub fn shrink_to_fit(&mut self) {
        self.yearless.shrink_to_fit();
        self.pairs.shrink_to_fit();
        self.unzoned_pairs.shrink_to_fit();
        self.day_pairs.shrink_to_fit();
    }

    /// Whether the source speaks of time at all.
    pub fn is_empty(&self) -> bool {
        self.zoned.is_none() && self.local.is_none() && self.yearless.is_empty() && self.ages.is_none()
    }

    fn segment(&mut self, next: Segment) {
        let full = self.yearless.len() >= MAX_SEGMENTS;
        match self.yearless.last_mut() {
            Some(last) if full || (next.first - last.last).abs() <= NEW_YEAR => {
                last.last = next.last;
                last.reach.add(next.reach);
            }
            _ => self.yearless.push(next),
        }
    }
}

fn widen(own: &mut Option<Reach>, other: Reach) {
    match own {
        Some(reach) => reach.add(other),
        None => *own = Some(other),
    }
}

fn thin(pairs: &mut Vec<Pair>) {
    while pairs.len() > MAX_PAIRS {
        let mut keep = false;
        pairs.retain(|_| {
            keep = !keep;
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{SECOND, YEARLESS, civil_ns};

    fn at(month: u32, day: u32) -> RawTime {
        RawTime::yearless(civil_ns(YEARLESS, month, day, 0, 0, 0, 0).unwrap(), SECOND)
    }

    #[test]
    fn only_a_jump_of_half_a_year_begins_a_segment() {
        let mut hints = Hints::default();
        for (offset, raw) in [at(12, 30), at(12, 29), at(12, 31), at(1, 1), at(1, 2)].into_iter().enumerate() {
            hints.note(raw, offset as u64);
        }
        assert_eq!(hints.yearless.iter().map(|segment| segment.from_offset).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(hints.yearless[0].reach.min, at(12, 29));
    }

    #[test]
    fn pieces_add_up_to_the_whole() {
        let raws: Vec<_> = (0..400).map(|step| at(1 + step / 28 % 12, 1 + step % 28)).collect();
        let mut whole = Hints::default();
        for (offset, raw) in raws.iter().enumerate() {
            whole.note(*raw, offset as u64);
        }
        let mut parts = Hints::default();
        for (piece, raws) in raws.chunks(37).enumerate() {
            let mut part = Hints::default();
            for (at, raw) in raws.iter().enumerate() {
                part.note(*raw, (piece * 37 + at) as u64);
            }
            parts.absorb(part);
        }
        assert_eq!(whole.yearless, parts.yearless);
        assert_eq!(whole.yearless.len(), 2);
    }

    #[test]
    fn neighbours_are_the_same_whatever_the_pieces() {
        let raws: Vec<_> = (0..40_i64).map(|at| if at % 5 == 0 { RawTime::zoned(at * SECOND, 1) } else { RawTime::local(at * SECOND, 1) }).collect();
        let of = |pieces: usize| {
            let mut whole = Hints::default();
            for (piece, raws) in raws.chunks(pieces).enumerate() {
                let mut part = Hints::default();
                for (at, raw) in raws.iter().enumerate() {
                    part.note(*raw, (piece * pieces + at) as u64);
                }
                whole.absorb(part);
            }
            whole.beside
        };
        assert_eq!(of(40).len(), 15);
        assert_eq!(of(1), of(40));
        assert_eq!(of(7), of(40));
    }
}
