//! The prefilter: finds many literals in one pass over raw bytes, without ASCII case.
//!
//! In: literals, then texts. Out: where which literal stands. Must not know: entries, patterns.
//!
//! A literal of at least `q + 3` bytes contains, wherever it begins, a q-gram that begins at a multiple of four. So the four q-grams at neighbouring
//! offsets of each literal go into a table of bytes, and only every fourth position of the text is looked up in it: load eight bytes, fold, mask,
//! multiply, load one byte. No position depends on another. Where the table says maybe, eight bytes and then the literal are compared.
//! Literals that are too short for that have an automaton of their own. Those of eleven bytes and more, which is nearly all of them, have a table apart:
//! eight bytes fit hardly any place that is none.
//!
//! Any window of a long literal will do. The one whose q-grams a sample of such texts has least often makes the fewest comparisons; what is found does
//! not depend on it.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

/// Index of a literal, in the order in which they were given.
pub type LiteralId = u32;

/// Literals shorter than this go to the automaton.
pub const SHORTEST: usize = 7;
/// Literals from this length on are looked for by q-grams of eight bytes.
const LONG: usize = 11;
/// Distance of the positions that are looked up.
const STRIDE: usize = 4;
/// Bytes of the text that one step of the pass looks at.
const BLOCK: usize = 32;
/// Turns letters to lower case, and other bytes to something of their own: good enough to look for candidates.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// Odd, with well spread bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bits of the index into tables of three sizes.
const SMALL: u32 = 15;
const MIDDLE: u32 = 17;
const LARGE: u32 = 18;
/// Mark of a table byte that several different q-grams share.
const SEVERAL: u8 = 1;
/// Bytes of a sample that are read.
pub const MAX_SAMPLE: usize = 256 << 10;
/// One place in so many of a sample is counted: what is frequent shows all the same. Odd, so that nothing aligned is missed.
const ONE_IN: usize = 3;
/// Table bytes per q-gram below which too many positions would be looked at twice.
const BYTES_PER_GRAM: usize = 48;
/// Chains per q-gram, so that hardly any holds more than one.
const CHAINS_PER_GRAM: usize = 4;

/// A set of literals, ready to be looked for.
#[derive(Debug)]
pub struct Prefilter {
    literals: Vec<Box<[u8]>>,
    /// Literals of which eight bytes are looked up.
    long: Grams,
    /// Those that are too short for that. There are few: fewer bytes fit far more places.
    middle: Grams,
    short: Option<(AhoCorasick, Vec<LiteralId>)>,
}

/// The q-grams of literals of about one length.
#[derive(Debug)]
struct Grams {
    mask: u64,
    bits: u32,
    table: Vec<u8>,
    /// Sorted by the chain they are in.
    all: Vec<Gram>,
    /// By chain: where it begins; it ends where the next begins.
    chains: Vec<u32>,
    /// Bits of the number of a chain.
    chain_bits: u32,
}

/// A q-gram of a literal, folded and masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    /// What the literal goes on with, eight bytes at most: far fewer places fit that than a short q-gram alone.
    wide: u64,
    wide_mask: u64,
    literal: LiteralId,
    offset: u32,
}

impl Prefilter {
    /// Prepares `literals` for texts like `sample`, of which [`MAX_SAMPLE`] bytes are looked at. Empty literals are never found.
    pub fn new<'a>(literals: impl IntoIterator<Item = &'a [u8]>, sample: &[u8]) -> Self {
        let literals: Vec<Box<[u8]>> = literals.into_iter().map(Into::into).collect();
        let sample = sample.get(..MAX_SAMPLE).unwrap_or(sample);
        let long = Grams::new(&literals, LONG..usize::MAX, &[MIDDLE, LARGE], sample);
        let middle = Grams::new(&literals, SHORTEST..LONG, &[SMALL, LARGE], sample);
        let (ids, texts): (Vec<_>, Vec<_>) =
            literals.iter().zip(0_u32..).filter(|(literal, _)| (1..SHORTEST).contains(&literal.len())).map(|(literal, id)| (id, literal)).unzip();
        let automaton = (!ids.is_empty()).then(|| AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(texts));
        // A handful of literals of six bytes cannot be too large for an automaton.
        let short = automaton.and_then(Result::ok).map(|automaton| (automaton, ids));
        Self { literals, long, middle, short }
    }

    /// Calls `found` with the start of every occurrence of every literal. Occurrences come roughly in order of the text, first of the long literals, then
    /// of the short ones.
    pub fn scan(&self, text: &[u8], mut found: impl FnMut(usize, LiteralId)) {
        match (self.long.bits, self.middle.bits) {
            _ if self.long.all.is_empty() && self.middle.all.is_empty() => {}
            (MIDDLE, SMALL) => self.stride::<{ 1 << MIDDLE }, { 1 << SMALL }>(text, &mut found),
            (MIDDLE, _) => self.stride::<{ 1 << MIDDLE }, { 1 << LARGE }>(text, &mut found),
            (_, SMALL) => self.stride::<{ 1 << LARGE }, { 1 << SMALL }>(text, &mut found),
            _ => self.stride::<{ 1 << LARGE }, { 1 << LARGE }>(text, &mut found),
        }
        if let Some((automaton, ids)) = &self.short {
            for hit in automaton.find_overlapping_iter(text) {
                if let Some(id) = ids.get(hit.pattern().as_usize()) {
                    found(hit.start(), *id);
                }
            }
        }
    }

    /// The pass over every fourth position. The tables' lengths are known while compiling, so that no index needs a check.
    fn stride<const LONG_SIZE: usize, const MIDDLE_SIZE: usize>(&self, text: &[u8], found: &mut impl FnMut(usize, LiteralId)) {
        let (Some(long), Some(middle)) = (self.long.table.first_chunk::<LONG_SIZE>(), self.middle.table.first_chunk::<MIDDLE_SIZE>()) else { return };
        let masks = (self.long.mask, self.middle.mask);
        let in_long = |word: u64| probe(long, (word | FOLD) & masks.0);
        let in_middle = |word: u64| probe(middle, (word | FOLD) & masks.1);
        let either = |word: u64| in_long(word) | in_middle(word);
        let mut at = 0;
        // A block is followed by the first half of the next: the last position in it needs eight bytes.
        while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + STRIDE }>()) {
            let word = |offset: usize| block.get(offset..).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word));
            let any = either(word(0))
                | either(word(4))
                | either(word(8))
                | either(word(12))
                | either(word(16))
                | either(word(20))
                | either(word(24))
                | either(word(28));
            if any != 0 {
                for offset in (0..BLOCK).step_by(STRIDE) {
                    let word = word(offset);
                    if may_be(in_long(word), (word | FOLD) & masks.0) {
                        self.look(&self.long, text, at + offset, found);
                    }
                    if may_be(in_middle(word), (word | FOLD) & masks.1) {
                        self.look(&self.middle, text, at + offset, found);
                    }
                }
            }
            at += BLOCK;
        }
        while at < text.len() {
            self.look(&self.long, text, at, found);
            self.look(&self.middle, text, at, found);
            at += STRIDE;
        }
    }

    /// Looks for the literals that have a q-gram at `at`.
    #[cold]
    fn look(&self, grams: &Grams, text: &[u8], at: usize, found: &mut impl FnMut(usize, LiteralId)) {
        let word = load(text, at);
        for known in grams.chain(word).iter().filter(|known| word & known.wide_mask == known.wide) {
            let literal = &self.literals[known.literal as usize];
            let start = at.checked_sub(known.offset as usize);
            let there = start.and_then(|start| text.get(start..start + literal.len()));
            if let (Some(start), true) = (start, there.is_some_and(|there| there.eq_ignore_ascii_case(literal))) {
                found(start, known.literal);
            }
        }
    }
}

impl Grams {
    /// Those of the literals of certain lengths. The table is of the smallest of the sizes that has room enough, else of the last.
    fn new(literals: &[Box<[u8]>], lengths: Range<usize>, sizes: &[u32], sample: &[u8]) -> Self {
        let own = || literals.iter().zip(0_u32..).filter(|(literal, _)| lengths.contains(&literal.len()));
        let shortest = own().map(|(literal, _)| literal.len()).min().unwrap_or(lengths.start);
        let q = (shortest + 1 - STRIDE).min(8);
        let mask = u64::MAX >> (64 - 8 * q);
        let rates = Rates::new(&own().map(|(literal, _)| &**literal), q, mask, sample);
        let mut grams = Vec::new();
        for (literal, id) in own() {
            let start = rates.rarest_window(literal, q, mask);
            for offset in start..start + STRIDE {
                let wide_mask = u64::MAX >> (64 - 8 * (literal.len() - offset).min(8));
                grams.push(Gram { wide: load(literal, offset) & wide_mask, wide_mask, literal: id, offset: offset as u32 });
            }
        }
        let bits = sizes.iter().copied().find(|bits| grams.len() * BYTES_PER_GRAM <= 1 << bits).or(sizes.last().copied()).unwrap_or(LARGE);
        let chain_bits = (grams.len() * CHAINS_PER_GRAM).next_power_of_two().trailing_zeros().clamp(1, LARGE);
        let chain = |gram: &Gram| slot(gram.wide & mask, chain_bits);
        grams.sort_unstable_by_key(|gram| (chain(gram), *gram));
        let mut table = vec![0; 1 << bits];
        let mut chains = vec![0; (1 << chain_bits) + 1];
        for gram in &grams {
            let word = gram.wide & mask;
            let known = &mut table[slot(word, bits)];
            *known = if *known == 0 || *known == print(word) { print(word) } else { SEVERAL };
            chains[chain(gram) + 1] += 1;
        }
        for at in 1..chains.len() {
            chains[at] += chains[at - 1];
        }
        Self { mask, bits, table, all: grams, chains, chain_bits }
    }

    /// Those that may fit a folded word.
    fn chain(&self, word: u64) -> &[Gram] {
        let chain = slot(word & self.mask, self.chain_bits);
        let ends = self.chains.get(chain).zip(self.chains.get(chain + 1));
        ends.and_then(|(start, end)| self.all.get(*start as usize..*end as usize)).unwrap_or_default()
    }
}

/// What a table says of a q-gram.
#[inline]
fn probe<const SIZE: usize>(table: &[u8; SIZE], gram: u64) -> u8 {
    table[slot(gram, SIZE.trailing_zeros()) & (SIZE - 1)]
}

/// Whether a table that says this may mean this q-gram.
#[inline]
fn may_be(known: u8, gram: u64) -> bool {
    known != 0 && (known == SEVERAL || known == print(gram))
}

/// Eight folded bytes at `at`, zeros behind the end.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    let word = rest.first_chunk::<8>().map_or_else(
        || rest.iter().take(8).enumerate().fold(0, |word, (place, byte)| word | u64::from(*byte) << (8 * place)),
        |word| u64::from_le_bytes(*word),
    );
    // Zeros behind the end are folded like any byte: a literal's q-grams end before its own end.
    word | FOLD
}

#[inline]
fn slot(gram: u64, bits: u32) -> usize {
    (gram.wrapping_mul(SPREAD) >> (64 - bits)) as usize
}

/// Another part of the hash than [`slot`] uses, never 0 and never [`SEVERAL`]: tells most other grams of a slot.
#[inline]
fn print(gram: u64) -> u8 {
    (gram.wrapping_mul(SPREAD) >> 24) as u8 & 0x7f | 0x80
}

/// How often a sample has each q-gram of the literals.
struct Rates {
    /// Each once, with its count.
    grams: Vec<(u64, u32)>,
    /// By a hash of a q-gram: its place among them from 1, or that of another, which then stands in one of the slots before it.
    places: Vec<u32>,
    bits: u32,
}

impl Rates {
    fn new<'a>(literals: &(impl Iterator<Item = &'a [u8]> + Clone), q: usize, mask: u64, sample: &[u8]) -> Self {
        let each = || literals.clone().flat_map(|literal| (0..=literal.len().saturating_sub(q)).map(move |at| load(literal, at) & mask));
        if sample.is_empty() {
            return Self { grams: Vec::new(), places: Vec::new(), bits: 0 };
        }
        let most = each().count();
        // Half of the slots stay free at least, so that a search ends soon.
        let bits = (most * 2 + 2).next_power_of_two().trailing_zeros();
        let mut rates = Self { grams: Vec::with_capacity(most), places: vec![0; 1 << bits], bits };
        for gram in each() {
            if let Err(slot) = rates.find(gram) {
                rates.grams.push((gram, 0));
                rates.places[slot] = u32::try_from(rates.grams.len()).unwrap_or(u32::MAX);
            }
        }
        for at in (0..sample.len()).step_by(ONE_IN) {
            if let Ok(place) = rates.find(load(sample, at) & mask) {
                rates.grams[place].1 += 1;
            }
        }
        rates
    }

    /// The place of a q-gram, or the slot in which it would be noted.
    fn find(&self, gram: u64) -> Result<usize, usize> {
        let mut at = slot(gram, self.bits);
        loop {
            let place = self.places[at] as usize;
            match place.checked_sub(1).map(|place| (place, self.grams[place].0)) {
                None => return Err(at),
                Some((place, known)) if known == gram => return Ok(place),
                Some(_) => at = (at + 1) & (self.places.len() - 1),
            }
        }
    }

    fn count(&self, gram: u64) -> u32 {
        self.find(gram).map_or(0, |place| self.grams[place].1)
    }

    /// The offset whose four q-grams are least likely.
    fn rarest_window(&self, literal: &[u8], q: usize, mask: u64) -> usize {
        let last = literal.len().saturating_sub(q + STRIDE - 1);
        let seen = |at: usize| if self.grams.is_empty() { 0 } else { self.count(load(literal, at) & mask) };
        let common = |at: usize| literal.get(at).map_or(0, |byte| commonness(*byte));
        // A window differs from the one before by what it leaves and what it takes in. Each q-gram is asked once, though four windows share it.
        let mut asked = [0; STRIDE];
        let mut cost: (u32, u32) = (0, (0..q + STRIDE - 1).map(common).sum());
        for (at, asked) in asked.iter_mut().enumerate() {
            *asked = seen(at);
            cost.0 += *asked;
        }
        let (mut best, mut lowest) = (0, cost);
        for start in 1..=last {
            let taken = seen(start + STRIDE - 1);
            cost.0 = cost.0 + taken - std::mem::replace(&mut asked[(start - 1) % STRIDE], taken);
            cost.1 = cost.1 + common(start + q + STRIDE - 2) - common(start - 1);
            if cost < lowest {
                (best, lowest) = (start, cost);
            }
        }
        best
    }
}

/// How common a byte is in logs, roughly.
fn commonness(byte: u8) -> u32 {
    const OF_BYTES: [u8; 256] = {
        let mut of_bytes = [0; 256];
        let mut byte = 0;
        while byte < of_bytes.len() {
            of_bytes[byte] = match (byte as u8).to_ascii_lowercase() {
                b' ' => 14,
                b'e' | b'o' | b'n' | b't' | b'a' | b'i' | b's' | b'r' | b'd' | b'0' | b'1' => 10,
                b'c' | b'l' | b'u' | b'm' | b'p' | b'2'..=b'9' | b'-' | b'.' | b'/' | b':' | b'=' => 7,
                b'b' | b'f' | b'g' | b'h' | b'v' | b'k' | b'y' | b'_' => 5,
                _ => 2,
            };
            byte += 1;
        }
        of_bytes
    };
    u32::from(OF_BYTES[usize::from(byte)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every place of every literal, by comparing at each.
    fn oracle(literals: &[Vec<u8>], text: &[u8]) -> Vec<(usize, LiteralId)> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
        let mut all: Vec<_> = automaton.find_overlapping_iter(text).map(|hit| (hit.start(), hit.pattern().as_u32())).collect();
        all.sort_unstable();
        all
    }

    fn scanned(literals: &[Vec<u8>], text: &[u8]) -> Vec<(usize, LiteralId)> {
        let mut all = Vec::new();
        Prefilter::new(literals.iter().map(Vec::as_slice), b"").scan(text, |at, literal| all.push((at, literal)));
        all.sort_unstable();
        let mut tuned = Vec::new();
        Prefilter::new(literals.iter().map(Vec::as_slice), text).scan(text, |at, literal| tuned.push((at, literal)));
        tuned.sort_unstable();
        assert_eq!(all, tuned, "a sample changes nothing but the speed");
        all
    }

    /// Few letters, in both cases, with bytes that folding confuses with others: literals are met often.
    fn byte() -> impl Strategy<Value = u8> {
        prop::sample::select(vec![b'a', b'A', b'b', b'B', b'c', b'@', b'`', b'[', b'{', b'\n', b' ', 0, 0xff, 0xc3])
    }

    proptest! {
        #[test]
        fn it_finds_what_an_automaton_finds(
            literals in prop::collection::vec(prop::collection::vec(byte(), 1..14), 1..12),
            text in prop::collection::vec(byte(), 0..300),
            planted in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
        ) {
            let mut text = text;
            for (which, place) in planted {
                let at = place.index(text.len() + 1);
                text.splice(at..at, literals[which.index(literals.len())].clone());
            }
            prop_assert_eq!(scanned(&literals, &text), oracle(&literals, &text));
        }

        #[test]
        fn long_literals_alone_too(
            literals in prop::collection::vec(prop::collection::vec(byte(), 11..20), 1..8),
            text in prop::collection::vec(byte(), 0..200),
            at in any::<prop::sample::Index>(),
        ) {
            let mut text = text;
            let at = at.index(text.len() + 1);
            text.splice(at..at, literals[0].clone());
            prop_assert_eq!(scanned(&literals, &text), oracle(&literals, &text));
        }
    }

    #[test]
    fn every_alignment_is_found_to_the_last_byte() {
        let literals = vec![b"unresponsive".to_vec(), b"lock den".to_vec(), b"got sig".to_vec()];
        for before in 0..40 {
            for literal in &literals {
                let text = [vec![b'.'; before], literal.to_ascii_uppercase()].concat();
                assert_eq!(scanned(&literals, &text), oracle(&literals, &text), "{before}");
            }
        }
    }

    #[test]
    fn many_literals_use_a_larger_table() {
        let literals: Vec<Vec<u8>> = (0..2000).map(|n| format!("literal number {n} of many").into_bytes()).collect();
        let text = b"a Literal Number 1999 of many, literal number 7 of many".repeat(3);
        assert_eq!(scanned(&literals, &text), oracle(&literals, &text));
    }

    #[test]
    fn nothing_to_look_for() {
        assert_eq!(scanned(&[], b"text"), []);
        assert_eq!(scanned(&[Vec::new()], b"text"), []);
    }

    /// Run with `cargo test --release prefilter_speed -- --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement, not a test"]
    fn prefilter_speed() {
        let words =
            ["kubelet", "node", "status", "pod", "volume", "sync", "error", "failed", "default/mysql-0", "syncLoop", "container", "probe", "lease"];
        let mut state = 7_u64;
        let mut next = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        let literals: Vec<Vec<u8>> = (0..200)
            .map(|n| {
                let (a, b, c) = (words[next(words.len())], words[next(words.len())], (b'a' + (n % 26) as u8) as char);
                format!("{a} {b}{c}{n} gone").into_bytes()
            })
            .collect();
        let mut text = Vec::with_capacity(64 << 20);
        while text.len() < 64 << 20 {
            text.extend_from_slice(
                format!("I0302 10:01:{:02}.{:06}    {:4} kubelet.go:{}] ", next(60), next(1_000_000), next(9999), next(3000)).as_bytes(),
            );
            for _ in 0..12 + next(20) {
                text.extend_from_slice(words[next(words.len())].as_bytes());
                text.push(b" =:/\""[next(5)]);
            }
            if next(1000) == 0 {
                text.extend_from_slice(&literals[next(200)]);
            }
            text.push(b'\n');
        }
        for count in [50, 200] {
            let filter = Prefilter::new(literals.iter().take(count).map(Vec::as_slice), &text);
            let best = (0..5)
                .map(|_| {
                    let mut hits = 0_usize;
                    let start = std::time::Instant::now();
                    text.chunks(128 << 10).for_each(|piece| filter.scan(piece, |_, _| hits += 1));
                    (start.elapsed(), hits)
                })
                .min()
                .unwrap();
            println!("{count} literals: {:.0} MB/s, {} hits", text.len() as f64 / best.0.as_secs_f64() / 1e6, best.1);
        }
    }
}
