//! Block: up to 128 numbers as few bits, any of them found at once.
//!
//! In: numbers, and whether they rise. Out: bytes with what a directory says of them, and the numbers again. Must not know: columns, files.
//!
//! All are stored as differences to a least number, divided by the greatest power of ten up to 10^9 that divides them all (stamps are rarely finer
//! than microseconds), in one of three layouts:
//!
//! - *plain*: the differences, each as wide as the widest;
//! - *bases*: each is one of a few bases and what it is more than that. Behind their number, less one, and their width (a byte each) stand the bases,
//!   then for each number the place of its base above the rest of its bits. Names that come again and again, and rows of several sources in turns,
//!   take few bits so;
//! - *slope*: numbers that rise steadily: behind the rise from one to the next (4 bytes) each is stored as what it is more than the steady rise.

use super::BLOCK;
use crate::case::bits::{any, has};

/// Powers that differences are divided by.
const POWERS: [u64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];
/// Widest numbers of which any lies within eight bytes, wherever it begins.
const WITHIN_WORD: u32 = 56;
/// Widths above the bases that are tried.
const RESTS: [u32; 7] = [0, 2, 3, 4, 5, 6, 8];
/// Numbers that are no wider are not worth another layout.
const NARROW: u32 = 1;
/// Numbers in a row that are looked for in a set before a block is unpacked.
const WIDEST_LOOK: i64 = 1 << 12;
/// Bytes before bases, and before numbers that rise.
const BASES_HEAD: usize = 2;
const SLOPE_HEAD: usize = 4;

/// How numbers follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Course {
    /// Anyhow.
    Any,
    /// The next is mostly a little greater.
    Rising,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Plain,
    Bases,
    Slope,
}

/// Where a block lies, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) least: i64,
    at: usize,
    width: u32,
    power: u64,
    layout: Layout,
}

impl Place {
    /// What a directory says: the least number, and the place below 48 bits, the width and how it is laid out.
    pub(super) fn new(least: i64, told: u64) -> Self {
        let layout = match told >> 58 & 3 {
            1 => Layout::Bases,
            2 => Layout::Slope,
            _ => Layout::Plain,
        };
        let power = POWERS.get((told >> 56 & 3) as usize).copied().unwrap_or(1);
        // Beside a base there is no room for a whole number: nobody writes that.
        let widest = if matches!(layout, Layout::Bases) { 63 } else { 64 };
        Self { least, at: (told & 0xffff_ffff_ffff) as usize, width: ((told >> 48 & 0xff) as u32).min(widest), power, layout }
    }

    /// All numbers of it are the least one.
    pub(super) fn is_constant(self) -> bool {
        self.width == 0 && self.layout == Layout::Plain
    }

    /// No number of it is greater.
    pub(super) fn greatest(self, bytes: &[u8]) -> i64 {
        let rest = mask(self.width);
        let difference = match self.layout {
            Layout::Plain => rest,
            Layout::Bases => mask(Bases::of(bytes, self).width).saturating_add(rest),
            Layout::Slope => slope(bytes, self).saturating_mul(BLOCK as u64).saturating_add(rest),
        };
        self.least.saturating_add(difference.saturating_mul(self.power).try_into().unwrap_or(i64::MAX))
    }

    fn number(self, difference: u64) -> i64 {
        self.least.wrapping_add(difference.wrapping_mul(self.power) as i64)
    }

    /// The number at a place in the block.
    pub(super) fn at(self, bytes: &[u8], index: usize) -> i64 {
        match self.layout {
            Layout::Plain => self.number(bits(bytes, self.at, self.width, index)),
            Layout::Bases => {
                let bases = Bases::of(bytes, self);
                let found = bits(bytes, bases.numbers, bases.whole, index);
                self.number(bases.base(bytes, (found >> self.width) as usize).wrapping_add(found & mask(self.width)))
            }
            Layout::Slope => {
                let rest = bits(bytes, self.at.saturating_add(SLOPE_HEAD), self.width, index);
                self.number(slope(bytes, self).wrapping_mul(index as u64).wrapping_add(rest))
            }
        }
    }

    /// All numbers of the block, as many as `into` is long.
    pub(super) fn unpack(self, bytes: &[u8], into: &mut [i64]) {
        match self.layout {
            Layout::Plain if self.width == 0 => into.fill(self.least),
            Layout::Plain => each(bytes, self.at, self.width, into, |_, difference| self.number(difference)),
            Layout::Bases => {
                let bases = Bases::of(bytes, self);
                let mut table = [0_i64; 256];
                for (place, number) in table.iter_mut().take(bases.count).enumerate() {
                    *number = self.number(bases.base(bytes, place));
                }
                let (width, rest, power) = (self.width, mask(self.width), self.power);
                if width == 0 {
                    each(bytes, bases.numbers, bases.whole, into, |_, found| table[found as usize & 0xff]);
                } else {
                    let above = |found: u64| (found & rest).wrapping_mul(power) as i64;
                    each(bytes, bases.numbers, bases.whole, into, |_, found| table[(found >> width) as usize & 0xff].wrapping_add(above(found)));
                }
            }
            Layout::Slope => {
                let slope = slope(bytes, self);
                let at = self.at.saturating_add(SLOPE_HEAD);
                each(bytes, at, self.width, into, |index, rest| self.number(slope.wrapping_mul(index as u64).wrapping_add(rest)));
            }
        }
    }

    /// Whether any number of the block may be in a set: told by the bases where it has some.
    pub(super) fn may_be_in(self, bytes: &[u8], set: &[u64], reach: (i64, i64)) -> bool {
        let rest = i64::try_from(mask(self.width).saturating_mul(self.power)).unwrap_or(i64::MAX);
        let within = |first: i64| {
            let last = first.saturating_add(rest);
            if first > reach.1 || last < reach.0 {
                return false;
            }
            let (from, to) = (first.max(reach.0) as usize, last.min(reach.1) as usize);
            if from == to { has(set, from) } else { rest >= WIDEST_LOOK || any(set, from, to + 1) }
        };
        match self.layout {
            _ if self.least > reach.1 => false,
            Layout::Bases => {
                let bases = Bases::of(bytes, self);
                (0..bases.count).any(|place| within(self.number(bases.base(bytes, place))))
            }
            Layout::Plain => within(self.least),
            Layout::Slope => true,
        }
    }

    /// Whether any number of the block may fit: told without unpacking it where it says which numbers it has.
    pub(super) fn may_fit(self, bytes: &[u8], fits: impl Fn(i64) -> bool) -> bool {
        match self.layout {
            Layout::Bases if self.width == 0 => {
                let bases = Bases::of(bytes, self);
                (0..bases.count).any(|place| fits(self.number(bases.base(bytes, place))))
            }
            Layout::Plain if self.width == 0 => fits(self.least),
            _ => true,
        }
    }
}

/// The bases of a block.
#[derive(Clone, Copy)]
struct Bases {
    count: usize,
    /// Width of a base, and of a number: the place of its base and the rest.
    width: u32,
    whole: u32,
    at: usize,
    /// Where the numbers begin.
    numbers: usize,
}

impl Bases {
    fn of(bytes: &[u8], place: Place) -> Self {
        let byte = |at: usize| bytes.get(place.at.saturating_add(at)).copied().unwrap_or(0);
        let (count, width) = (usize::from(byte(0)) + 1, u32::from(byte(1)).min(64));
        let at = place.at.saturating_add(BASES_HEAD);
        Self { count, width, whole: (places(count) + place.width).min(64), at, numbers: at.saturating_add((count * width as usize).div_ceil(8)) }
    }

    fn base(self, bytes: &[u8], place: usize) -> u64 {
        bits(bytes, self.at, self.width, place)
    }
}

/// Bits that tell so many things apart.
fn places(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

fn slope(bytes: &[u8], place: Place) -> u64 {
    let at = bytes.get(place.at..place.at.saturating_add(SLOPE_HEAD)).and_then(|part| part.try_into().ok());
    at.map_or(0, u32::from_le_bytes).into()
}

/// Packs numbers behind what is in `out`, at most as many as a block has. Out: the least number and the part of a directory's word that stands above the
/// place.
pub(super) fn pack(values: &[i64], course: Course, out: &mut Vec<u8>) -> (i64, u64) {
    let least = values.iter().min().copied().unwrap_or(0);
    let greatest = values.iter().max().copied().unwrap_or(0);
    let told = |width: u32, power: usize, layout: u64| u64::from(width) << 48 | (power as u64) << 56 | layout << 58;
    if least == greatest {
        return (least, told(0, POWERS.len() - 1, 0));
    }
    let spread = |value: &i64| value.wrapping_sub(least) as u64;
    let most = spread(&greatest);
    let mut held = [0_u64; BLOCK];
    let divided = held.get_mut(..values.len()).unwrap_or_default();
    divided.iter_mut().zip(values).for_each(|(held, value)| *held = spread(value));
    let power = [divide::<{ POWERS[3] }>, divide::<{ POWERS[2] }>, divide::<{ POWERS[1] }>].into_iter().position(|divide| divide(divided));
    let power = power.map_or(0, |at| POWERS.len() - 1 - at);
    let divided: &[u64] = divided;
    let width = wide(most / POWERS[power]);
    let told = |width: u32, layout: u64| told(width, power, layout);
    let plain = (width as usize * values.len()).div_ceil(8);
    if course == Course::Rising
        && let Some(steady) = Steady::of(divided)
        && SLOPE_HEAD + (steady.width as usize * values.len()).div_ceil(8) < plain
    {
        out.extend_from_slice(&steady.slope.to_le_bytes());
        write(steady.rests(divided), steady.width, out);
        return (least.wrapping_add(steady.before.wrapping_mul(POWERS[power] as i64)), told(steady.width, 2));
    }
    if course == Course::Any
        && width > NARROW
        && let Some(few) = Few::of(divided, width)
    {
        let of_base = wide(few.bases().last().copied().unwrap_or(0));
        out.extend_from_slice(&[(few.bases().len() - 1) as u8, of_base as u8]);
        write(few.bases().iter().copied(), of_base, out);
        write(few.numbers(), places(few.bases().len()) + few.rest, out);
        return (least, told(few.rest, 1));
    }
    write(divided.iter().copied(), width, out);
    (least, told(width, 0))
}

/// Divides numbers by one that divides them all; nothing where it does not. What is known beforehand is divided by quickly.
fn divide<const BY: u64>(numbers: &mut [u64]) -> bool {
    let divides = numbers.iter().all(|number| number.is_multiple_of(BY));
    if divides {
        for number in numbers {
            *number /= BY;
        }
    }
    divides
}

/// A steady rise near which numbers lie.
struct Steady {
    slope: u32,
    /// What it begins with, no greater than the first number.
    before: i64,
    width: u32,
}

impl Steady {
    fn of(values: &[u64]) -> Option<Self> {
        let (first, last) = values.first().zip(values.last())?;
        if values.iter().any(|value| *value >= 1 << 62) {
            return None;
        }
        let slope = u32::try_from(last.checked_sub(*first)? / (values.len() as u64 - 1).max(1)).ok().filter(|slope| *slope > 0)?;
        let rests = || values.iter().zip(0_i64..).map(|(value, at)| *value as i64 - at * i64::from(slope));
        let before = rests().min()?;
        Some(Self { slope, before, width: wide((rests().max()? - before) as u64) })
    }

    fn rests(&self, values: &[u64]) -> impl Iterator<Item = u64> {
        values.iter().zip(0_i64..).map(|(value, at)| (*value as i64 - at * i64::from(self.slope) - self.before) as u64)
    }
}

/// Places of the table in which equal numbers find each other.
const SLOTS: usize = 2 * BLOCK;

/// The bases, and the width of what lies above them, that make numbers of such a width smallest.
struct Few {
    rest: u32,
    bases: [u64; BLOCK],
    count: usize,
    /// Of each number which of the different ones it is, in the order in which they were met.
    which: [u8; BLOCK],
    length: usize,
    /// How each of the different ones is written.
    written: [u64; BLOCK],
}

impl Few {
    /// `None`: no bases make them smaller.
    fn of(values: &[u64], width: u32) -> Option<Self> {
        let (mut slots, mut which) = ([u8::MAX; SLOTS], [0_u8; BLOCK]);
        // Each different number once, with the place at which it was met.
        let (mut met, mut count) = ([(0_u64, 0_u8); BLOCK], 0_usize);
        for (value, which) in values.iter().zip(&mut which) {
            let mut slot = (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize % SLOTS;
            *which = loop {
                match met.get(usize::from(slots[slot])) {
                    Some((known, _)) if known == value => break slots[slot],
                    Some(_) => slot = (slot + 1) % SLOTS,
                    None => {
                        (slots[slot], met[count]) = (count as u8, (*value, count as u8));
                        count += 1;
                        break slots[slot];
                    }
                }
            };
        }
        let sorted = met.get_mut(..count)?;
        sorted.sort_unstable();
        let mut best = (width as usize * values.len(), None);
        for rest in RESTS.into_iter().take_while(|rest| *rest < width) {
            let bases = if rest == 0 { count } else { based(sorted, rest).filter(|is_base| *is_base).count() };
            let cost = BASES_HEAD * 8 + bases * width as usize + (places(bases) + rest) as usize * values.len();
            if cost < best.0 {
                best = (cost, Some(rest));
            }
        }
        let rest = best.1?;
        let (mut bases, mut written, mut count) = ([0_u64; BLOCK], [0_u64; BLOCK], 0_usize);
        for ((value, which), is_base) in sorted.iter().zip(based(sorted, rest)) {
            if is_base {
                bases[count] = *value;
                count += 1;
            }
            let base = count.saturating_sub(1);
            written[usize::from(*which)] = (base as u64) << rest | (value - bases[base]);
        }
        Some(Self { rest, bases, count, which, length: values.len(), written })
    }

    fn bases(&self) -> &[u64] {
        self.bases.get(..self.count).unwrap_or_default()
    }

    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.which.iter().take(self.length).map(|which| self.written.get(usize::from(*which)).copied().unwrap_or(0))
    }
}

/// Of numbers in order whether each is a base, so that all lie less than a width above one.
fn based(sorted: &[(u64, u8)], rest: u32) -> impl Iterator<Item = bool> {
    let mut base = None;
    sorted.iter().map(move |(value, _)| {
        let is_base = base.is_none_or(|base| value - base >= 1 << rest);
        if is_base {
            base = Some(*value);
        }
        is_base
    })
}

/// Writes numbers of a width end to end, the last byte filled up.
fn write(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let (mut bits, mut filled) = (0_u64, 0_u32);
    for value in values {
        bits |= value << filled;
        filled += width;
        if filled >= 64 {
            out.extend_from_slice(&bits.to_le_bytes());
            filled -= 64;
            // What did not fit; nothing where the number ended with the word.
            bits = value.checked_shr(width - filled).filter(|_| filled > 0).unwrap_or(0);
        }
    }
    out.extend_from_slice(bits.to_le_bytes().get(..filled.div_ceil(8) as usize).unwrap_or_default());
}

fn wide(value: u64) -> u32 {
    64 - value.leading_zeros()
}

/// As many bits.
fn mask(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

/// One of many numbers of a width that lie end to end.
fn bits(bytes: &[u8], from: usize, width: u32, index: usize) -> u64 {
    let bit = index * width as usize;
    let at = from.saturating_add(bit / 8);
    let shift = (bit % 8) as u32;
    let mut found = word(bytes, at).unwrap_or(0) >> shift;
    if shift > 0 && shift + width > 64 {
        found |= u64::from(bytes.get(at.saturating_add(8)).copied().unwrap_or(0)) << (64 - shift);
    }
    found & mask(width)
}

/// Goes through numbers of a width that lie end to end.
fn each(bytes: &[u8], from: usize, width: u32, into: &mut [i64], number: impl Fn(usize, u64) -> i64) {
    let (wide, mask) = (width as usize, mask(width));
    if width > WITHIN_WORD {
        into.iter_mut().enumerate().for_each(|(index, place)| *place = number(index, bits(bytes, from, width, index)));
    } else if width <= 8 {
        // Eight of them are as many bytes as one is bits.
        for (eight, places) in into.chunks_mut(8).enumerate() {
            let packed = word(bytes, from.saturating_add(eight * wide)).unwrap_or(0);
            places.iter_mut().enumerate().for_each(|(index, place)| *place = number(eight * 8 + index, packed >> (index * wide) & mask));
        }
    } else {
        let packed = bytes.get(from..).unwrap_or_default();
        for (index, place) in into.iter_mut().enumerate() {
            let bit = index * wide;
            *place = number(index, word(packed, bit / 8).unwrap_or(0) >> (bit % 8) & mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_directory_says_is_read_somehow() {
        let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
        for layout in 0..4_u64 {
            for width in [0, 1, 7, 8, 31, 32, 33, 56, 57, 63, 64, 65, 255_u64] {
                for power in 0..4_u64 {
                    for at in [0, 1, 4000, 0xffff_ffff_ffff_u64] {
                        let place = Place::new(i64::MIN, at | width << 48 | power << 56 | layout << 58);
                        let mut unpacked = [0; BLOCK];
                        place.unpack(&bytes, &mut unpacked);
                        let _read = (
                            place.at(&bytes, 0),
                            place.at(&bytes, BLOCK - 1),
                            place.greatest(&bytes),
                            place.may_be_in(&bytes, &[u64::MAX; 8], (0, 511)),
                            place.may_fit(&bytes, |_| false),
                        );
                    }
                }
            }
        }
    }
}
