//! How soon a key is seen: a script of keys over a case, each timed from the key to its picture; and how soon the real program is, in a terminal that
//! the bench plays: from its start to the first picture, to the findings of a case, to the files that are being read.
//!
//!   cargo bench --bench tui -- CASE [PATH...]      PATH: logs that become a temporary case

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a bench prints, and a bench that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use necropsy::tui::replay::replay;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What an investigator types in a minute, over and over: the story, its proof, scrolling, jumps, filters, searches, lanes.
const SCRIPT: &str = "jjk\r\r\u{1b}\r2gjjjjjjjjjjkkk\u{6}\u{6}\u{6}\u{4}\u{4}\u{2}Gkkkk\u{2}\u{2}50%eeeEsSs]]][[zjjzrrdjjjjdccccc@50%\r@33%\rjjjj\u{6}/error\rnnnNLjjjLjj--oo3jjlllnn++-045jj2g";

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(case) = args.next() else {
        println!("no case given: cargo bench --bench tui -- CASE [PATH...]");
        return;
    };
    started("a case, first picture", &case, "Verdicts");
    started("a case, its findings", &case, "confirmed");
    for path in args {
        started("paths, first picture", &path, "Verdicts");
        started("paths, what is being read", &path, " file");
    }
    for size in [(80, 24), (200, 60)] {
        let script = SCRIPT.repeat(4);
        let replayed = replay(Path::new(&case), &script, size).expect("the case opens");
        let (first, whole, times) = (replayed.first, replayed.whole, replayed.keys);
        let mut sorted: Vec<Duration> = times.iter().map(|timed| timed.picture).collect();
        sorted.sort_unstable();
        let at = |share: usize| sorted.get((sorted.len() * share / 1000).min(sorted.len() - 1)).copied().unwrap_or_default();
        let mut slow: Vec<_> = times.iter().map(|timed| (timed.picture, timed.key)).collect();
        slow.sort_unstable_by(|a, b| b.cmp(a));
        let slowest: String = slow.iter().take(8).map(|(_, key)| *key).collect();
        let behind = times.iter().max_by_key(|timed| timed.behind).map(|timed| (timed.key, timed.behind));
        println!(
            "{}x{}: first picture {first:?}, all findings {whole:?}; {} keys: median {:?}, p99 {:?}, slowest {:?} ({slowest:?} are the slowest keys); longest behind the page {behind:?}",
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

/// How long a picture is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the program is started.
const STARTS: usize = 15;

/// From the start of the program to a word on its screen.
fn started(name: &str, what: &str, word: &str) {
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start(what, word).expect("a terminal, and the word in it")).collect();
    times.sort_unstable();
    println!("{name}: p50 {:?}, worst {:?}", times[STARTS / 2], times[STARTS - 1]);
}

/// Plays the terminal that the program is started in.
fn start(what: &str, word: &str) -> std::io::Result<Duration> {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&screen)?;
    unlockpt(&screen)?;
    tcsetwinsize(&screen, Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 })?;
    let terminal = std::fs::OpenOptions::new().read(true).write(true).open(ptsname(&screen, Vec::new())?.to_string_lossy().as_ref())?;
    let mut screen = std::fs::File::from(screen);
    let mut command = Command::new(env!("CARGO_BIN_EXE_necropsy"));
    command.args(["open", what]).env("TERM", "xterm-256color").stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(terminal);
    let begun = Instant::now();
    let mut child = command.spawn()?;
    // Without its own ends of the terminal the bench hears of its end.
    drop(command);
    let mut keys = screen.try_clone()?;
    let word = word.to_owned();
    let (sender, told) = channel();
    let rest = std::thread::spawn(move || {
        let (mut seen, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        while let Ok(read @ 1..) = screen.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..read]);
            if memchr::memmem::find(&seen, word.as_bytes()).is_some() {
                // Nobody hears it a second time.
                sender.send(begun.elapsed()).ok();
            }
        }
    });
    let found = told.recv_timeout(PATIENCE);
    keys.write_all(b"q")?;
    child.wait()?;
    drop(rest.join());
    found.map_err(std::io::Error::other)
}
