//! `open`: the terminal UI over a case, or over paths that become a temporary one.
//!
//! In: arguments. Out: a session at the terminal, and an exit code. Must not know: what is drawn, what keys mean.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::args::Open;
use super::failure::Failure;
use super::{DONE, scan};
use crate::case::{self, Said, Watch};
use crate::open::{Input, Kind, Listing, Origin, Stop, list};
use crate::pattern::Pack;
use crate::report::escape::escaped;
use crate::scan::{Progress, Settings, Window};
use crate::tui::Theme;
use crate::tui::run::{Opens, Reading, Session, Told, run as show};

/// Pictures of one step's progress.
const PICTURES: u64 = 200;
/// Bytes of input that take a while.
const LONG: u64 = 16 << 20;
/// Bytes that are looked at first, of all files and of one.
const GLIMPSED: u64 = 8 << 20;
const MOST_GLIMPSED: u64 = 1 << 20;

pub(super) fn run(args: Open, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    if args.keys {
        for (context, keys, name, about) in crate::tui::keys() {
            writeln!(out, "{context:<12} {keys:<12} {name:<20} {about}")?;
        }
        return Ok(DONE);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::new("there is no terminal to draw on")
            .hint("`necropsy scan` prints the findings, `necropsy search` and `timeline` print entries"));
    }
    let theme = match args.theme.as_deref() {
        None | Some("auto") => Theme::of_environment(|name| std::env::var(name).ok()),
        Some(name) => Theme::named(name)
            .ok_or_else(|| Failure::new(format!("there is no theme `{}`", escaped(name))).hint("there are auto, plain, 16, dark and light"))?,
    };
    let name = args.reading.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ");
    let failed = |error: std::io::Error| Failure::new(format!("the terminal cannot be used: {error}"));
    if let [path] = args.reading.paths.as_slice()
        && path.join("manifest.json").is_file()
    {
        let opens = Opens::Case(path.clone());
        show(Session { name, theme, opens, stop: Stop::default() }).map_err(failed)?;
        return Ok(DONE);
    }
    let pack = scan::pack(&args.reading.patterns, err)?;
    let said = scan::said(&args.reading);
    let settings = scan::settings(&args.reading, &said, Window::default())?;
    let listing = list(&args.reading.paths, &settings.choice);
    if let [miss, ..] = listing.unreadable.as_slice()
        && listing.inputs.is_empty()
    {
        return Err(Failure::new(format!("`{}`: {}", escaped(&miss.path), miss.why)));
    }
    let room = tempfile::Builder::new().prefix("necropsy-").tempdir().map_err(|error| {
        Failure::new(format!("there is no room for a temporary case: {error}")).hint("set TMPDIR to a directory with room, or use `necropsy ingest`")
    })?;
    let directory = room.path().join("case");
    let stop = Stop::default();
    let reading = Job { directory: directory.clone(), pack, said, args: args.reading, listing, stop: stop.clone() };
    let reading: Reading = Box::new(move |told| reading.read(told));
    show(Session { name, theme, opens: Opens::Temporary(directory, reading), stop }).map_err(failed)?;
    room.close().map_err(|error| Failure::new(format!("the temporary case could not be removed: {error}")))?;
    Ok(DONE)
}

/// What is to be read into a temporary case.
struct Job {
    directory: PathBuf,
    pack: Pack,
    said: Said,
    args: super::args::Reading,
    listing: Listing,
    stop: Stop,
}

impl Job {
    /// First all but the index of words, so that there is something to look at; then the index.
    fn read(self, told: &Told) -> Result<(), String> {
        told.listed(self.listing.inputs.iter().map(|input| (input.path.clone(), input.size)).collect());
        let settings = |said: &Said| -> Result<Settings, String> {
            let settings = scan::settings(&self.args, said, Window::default()).map_err(|failure| failure.to_string())?;
            Ok(Settings { stop: self.stop.clone(), ..settings })
        };
        let glimpse = self.directory.with_file_name("glimpse");
        if self.glimpse(&glimpse, &settings) {
            told.glimpsed(&glimpse);
        }
        let inputs = std::cell::RefCell::new(Some(self.listing.inputs.clone()));
        for index in [false, true] {
            if index && self.stop.asked() {
                break;
            }
            let plan = case::Ingest {
                directory: &self.directory,
                inputs: inputs.borrow_mut().take().unwrap_or_default(),
                said: self.said.clone(),
                settings: &settings,
                pack: &self.pack,
                embed: false,
                index,
            };
            case::ingest(plan, &Steps(told)).map_err(|fault| fault.to_string())?;
            told.opened(&self.directory);
            // Nobody looks at it any more, and whoever does has it in memory.
            drop(std::fs::remove_dir_all(&glimpse));
        }
        Ok(())
    }

    /// Makes a case of how the files begin, where reading all of them takes long enough to look at something meanwhile.
    fn glimpse(&self, directory: &Path, settings: &dyn Fn(&Said) -> Result<Settings, String>) -> bool {
        let all: u64 = self.listing.inputs.iter().map(|input| input.size).sum();
        if all < LONG {
            return false;
        }
        let share = (GLIMPSED / self.listing.inputs.len() as u64).min(MOST_GLIMPSED);
        let plan = case::Ingest {
            directory,
            inputs: self.listing.inputs.iter().filter_map(|input| beginning(input, share)).collect(),
            said: self.said.clone(),
            settings,
            pack: &self.pack,
            embed: false,
            index: false,
        };
        !plan.inputs.is_empty() && case::ingest(plan, &Unseen).is_ok()
    }
}

/// The whole lines of the first `bytes` of a file, as if they were all of it; not of archives and compressed files.
fn beginning(input: &Input, bytes: u64) -> Option<Input> {
    let Origin::File(path) = &input.origin else { return None };
    let mut text = Vec::new();
    File::open(path).ok()?.take(bytes).read_to_end(&mut text).ok()?;
    text.truncate(memchr::memrchr(b'\n', &text)? + 1);
    (!input.members_only && matches!(Kind::of(&text), Kind::Text(_))).then(|| Input::memory(input.path.clone(), text))
}

/// Progress that nobody is told of.
struct Unseen;

impl Watch for Unseen {
    fn begin(&self, _: &str, _: u64) -> Box<dyn Progress + '_> {
        Box::new(Self)
    }
}

impl Progress for Unseen {
    fn read(&self, _: u64) {}
}

/// Tells the session how far each step is.
struct Steps<'t>(&'t Told);

struct Step<'t> {
    told: &'t Told,
    name: String,
    all: u64,
    /// Bytes that are done, and that were told.
    done: Mutex<(u64, u64)>,
}

impl Watch for Steps<'_> {
    fn begin(&self, step: &str, bytes: u64) -> Box<dyn Progress + '_> {
        self.0.progress(step, 0, bytes);
        Box::new(Step { told: self.0, name: step.to_owned(), all: bytes, done: Mutex::new((0, 0)) })
    }
}

impl Progress for Step<'_> {
    fn read(&self, bytes: u64) {
        let Ok(mut done) = self.done.lock() else { return };
        done.0 = done.0.saturating_add(bytes);
        if done.0 - done.1 > self.all / PICTURES {
            done.1 = done.0;
            self.told.progress(&self.name, done.0, self.all);
        }
    }
}
