//! How soon a key is seen: a script of keys over a case, each timed from the key to its picture.
//!
//!   cargo bench --bench tui -- CASE

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a bench prints, and a bench that cannot go on fails")]

use std::path::Path;
use std::time::Duration;

use necropsy::tui::replay::replay;

/// What an investigator types in a minute, over and over: the story, its proof, scrolling, jumps, filters, searches, lanes.
const SCRIPT: &str = "jjk\r\r\u{1b}\r2gjjjjjjjjjjkkk\u{6}\u{6}\u{6}\u{4}\u{4}\u{2}Gkkkk\u{2}\u{2}50%eeeEsSs]]][[zjjzrrdjjjjdccccc@50%\r@33%\rjjjj\u{6}/error\rnnnNLjjjLjj--oo3jjlllnn++-045jj2g";

fn main() {
    let Some(case) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')) else {
        println!("no case given: cargo bench --bench tui -- CASE");
        return;
    };
    for size in [(80, 24), (200, 60)] {
        let script = SCRIPT.repeat(4);
        let (first, times) = replay(Path::new(&case), &script, size).expect("the case opens");
        let mut sorted: Vec<Duration> = times.iter().map(|timed| timed.picture).collect();
        sorted.sort_unstable();
        let at = |share: usize| sorted.get((sorted.len() * share / 1000).min(sorted.len() - 1)).copied().unwrap_or_default();
        let mut slow: Vec<_> = times.iter().map(|timed| (timed.picture, timed.key)).collect();
        slow.sort_unstable_by(|a, b| b.cmp(a));
        let slowest: String = slow.iter().take(8).map(|(_, key)| *key).collect();
        let behind = times.iter().max_by_key(|timed| timed.behind).map(|timed| (timed.key, timed.behind));
        println!(
            "{}x{}: first picture {first:?}; {} keys: median {:?}, p99 {:?}, slowest {:?} ({slowest:?} are the slowest keys); longest behind the page {behind:?}",
            size.0,
            size.1,
            times.len(),
            at(500),
            at(990),
            at(1000),
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("Rss") || line.starts_with("VmHWM")) {
        println!("{line}");
    }
}
