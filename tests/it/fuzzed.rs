//! The fuzz targets, fed with mutated samples: what the fuzzer looks for long, briefly and the same in every run.
//!
//! `NECROPSY_FUZZ_ROUNDS=100` makes it a hundred times as long.

use std::fs;

use crate::archives::packings;
use crate::kit::{Dice, files, sample_logs};
use crate::targets;

/// How many times as long as usual.
fn rounds() -> usize {
    std::env::var("NECROPSY_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

/// Changes some bytes.
fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, most: usize) {
    for _ in 0..dice.below(most) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] = dice.below(256) as u8,
            1 => bytes.truncate(at.max(1)),
            2 => bytes.insert(at, b'\n'),
            3 => drop(bytes.remove(at)),
            4 => bytes[at] = b"\n\" {}[]:x\\\x1b\0"[dice.below(12)],
            _ => {
                let copy = bytes[at..(at + dice.below(200)).min(bytes.len())].to_vec();
                bytes.splice(at..at, copy);
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
}

/// Mutated cuttings of every log in the samples.
fn cuttings(seed: u64, each: usize, length: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut dice = Dice(seed);
    sample_logs().into_iter().flat_map(move |(_, bytes)| {
        (0..each * rounds())
            .map(|_| {
                let from = dice.below(bytes.len());
                let mut cut = bytes[from..(from + length).min(bytes.len())].to_vec();
                mutate(&mut dice, &mut cut, 12);
                cut
            })
            .collect::<Vec<_>>()
    })
}

#[test]
fn mutated_samples_are_read() {
    cuttings(7, 40, 4000).for_each(|bytes| targets::decode(&bytes));
}

#[test]
fn mutated_samples_frame_alike_in_pieces() {
    cuttings(11, 6, 6000).for_each(|bytes| targets::pieces(&bytes));
}

#[test]
fn mutated_samples_are_scanned() {
    cuttings(13, 1, 8000).for_each(|bytes| targets::file(&bytes));
}

#[test]
fn mutated_archives_are_opened() {
    let mut dice = Dice(3);
    for mut bytes in packings() {
        for _ in 0..12 * rounds() {
            let whole = bytes.clone();
            mutate(&mut dice, &mut bytes, 6);
            targets::archive(&bytes);
            bytes = whole;
        }
    }
}

#[test]
fn mutated_patterns_are_checked() {
    let mut dice = Dice(5);
    for path in files("patterns").into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let text = fs::read(&path).unwrap();
        for _ in 0..2 * rounds() {
            let mut text = text.clone();
            mutate(&mut dice, &mut text, 6);
            targets::pattern(&String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn stories_of_any_lines_stand_on_them() {
    let mut dice = Dice(17);
    for _ in 0..60 * rounds() {
        let chosen: Vec<u8> = (0..4 * (20 + dice.below(300))).map(|_| dice.below(256) as u8).collect();
        targets::stories(&chosen);
    }
}

#[test]
fn mutated_queries_are_read() {
    let queries = [
        "oom AND node=node-3 severity>=error",
        "NOT (pod:shop/mysql-* OR \"got signal 6\") 2025-01-02T03:04..2025-01-02T04:00",
        "around:f1+-5m kubelet* code=MY-013183",
        "*",
    ];
    let mut dice = Dice(19);
    for query in queries {
        for _ in 0..2000 * rounds() {
            let mut text = query.as_bytes().to_vec();
            mutate(&mut dice, &mut text, 8);
            targets::query(&String::from_utf8_lossy(&text));
        }
    }
    for part in ["NOT ", "(", "a OR ", "\"", "a..", "("] {
        targets::query(&part.repeat(200_000));
    }
    targets::query(&["NOT ".repeat(100_000), "a".into()].concat());
}

#[test]
fn mutated_filters_are_read() {
    let mut dice = Dice(23);
    let text = "schema = \"necropsy.filter/1\"\n[[rule]]\ncause = \"kubernetes.*\"\nentity = { node = \"node-*\" }\nsuppress = true\nreason = \"known\"\nuntil = 2030-01-01\n";
    for _ in 0..1000 * rounds() {
        let mut text = text.as_bytes().to_vec();
        mutate(&mut dice, &mut text, 8);
        targets::filter(&String::from_utf8_lossy(&text));
    }
}

#[test]
fn mutated_cases_are_refused_or_read() {
    let mut dice = Dice(29);
    for _ in 0..150 * rounds() {
        let edits: Vec<u8> = (0..=4 * (1 + dice.below(6))).map(|_| dice.below(256) as u8).collect();
        targets::case(&edits);
    }
}
