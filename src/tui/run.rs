//! Running: the terminal, the threads, and the loop between them.
//!
//! In: a case, or how one is read. Out: a session at the terminal. This alone knows the terminal. Must not know: what keys mean, what is drawn.
//!
//! One thread waits for input, one reads what is new, one answers what is on the screen, one searches, one does what else takes longer. The loop waits
//! for none of them: it gives answers a moment to come before it draws, so that a key is one picture and not two, and draws without them if they do
//! not.

mod terminal;
mod workers;

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::mem::Discriminant;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGTERM, SIGTSTP};

use super::Theme;
use super::effect::{self, Effect, Message};
use super::model::Model;
use super::update::update;
use super::view::view;
use crate::case::Pace;
use crate::open::Stop;
use crate::query::Query;
use terminal::{DRAWING, Guard, Hook, enter, restore};
use workers::{Jobs, listen, worker};

/// How long answers may take before a picture is drawn without them.
const PATIENCE: Duration = Duration::from_millis(12);
/// How often signals are looked for.
const TICK: Duration = Duration::from_millis(200);
/// Bytes that are put on the clipboard at most; terminals drop what is longer.
const MAX_COPIED: usize = 74_000;

/// Reads what is new, telling how far it is.
pub type Reading = Box<dyn FnOnce(&Told) -> Result<(), String> + Send>;

/// What is opened.
pub enum Opens {
    /// A case.
    Case(PathBuf),
    /// A temporary case in this directory, made by reading.
    Temporary(PathBuf, Reading),
}

/// A session.
pub struct Session {
    /// What it is called.
    pub name: String,
    /// Colours.
    pub theme: Theme,
    /// What is opened.
    pub opens: Opens,
    /// Ends the reading early.
    pub stop: Stop,
}

/// Hears how far reading is.
#[derive(Clone, Debug)]
pub struct Told(Sender<Message>);

impl Told {
    fn say(&self, message: Message) {
        // Nobody listens any more once the session is over.
        drop(self.0.send(message));
    }

    /// The files that are read, with their bytes.
    pub fn listed(&self, inputs: Vec<(String, u64)>) {
        self.say(Message::Listed(inputs));
    }

    /// So many bytes of a step are done.
    pub fn progress(&self, step: &str, done: u64, all: u64) {
        self.say(Message::Progress(step.to_owned(), done, all));
    }

    /// There is a case of how the files begin. One that cannot be shown is done without.
    pub fn glimpsed(&self, directory: &Path) {
        if let Ok(loaded) = effect::load(directory) {
            self.say(Message::Glimpsed(Box::new(loaded)));
        }
    }

    /// There is a case, or a newer state of it.
    pub fn opened(&self, directory: &Path) {
        let loaded = match effect::load(directory) {
            Ok(loaded) => loaded,
            Err(why) => return self.say(Message::Broken(why)),
        };
        let case = Arc::clone(&loaded.case);
        self.say(Message::Opened(Box::new(loaded)));
        self.say(effect::read(&case).map_or_else(Message::Broken, |whole| Message::Read(Box::new(whole))));
    }
}

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Shows a case until somebody leaves.
///
/// # Errors
///
/// The terminal cannot be used.
pub fn run(session: Session) -> io::Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ended))?;
    }
    let (sender, inbox) = channel();
    enter()?;
    let guard = Guard;
    let hook = Hook::new(Arc::clone(&ended), restore);
    let done = Session::go(session, &ended, &sender, &inbox);
    drop(hook);
    drop(guard);
    done
}

impl Session {
    fn go(self, ended: &Arc<AtomicBool>, sender: &Sender<Message>, inbox: &Receiver<Message>) -> io::Result<()> {
        let mut screen = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout())))?;
        let size = screen.size()?;
        let over = Arc::new(AtomicBool::new(false));
        let temporary = matches!(self.opens, Opens::Temporary(..));
        let mut room = match &self.opens {
            Opens::Case(path) | Opens::Temporary(path, _) => path.clone(),
        };
        let mut model = Model::new(&self.name, temporary, self.theme, (size.width, size.height));
        let input = listen(sender.clone(), Arc::clone(&over));
        let told = Told(sender.clone());
        let stop = self.stop.clone();
        let reader = thread::spawn(move || {
            match self.opens {
                Opens::Case(path) => told.opened(&path),
                Opens::Temporary(_, reading) => {
                    if let Err(why) = reading(&told) {
                        told.say(if stop.asked() { Message::Stopped } else { Message::Broken(why) });
                    }
                }
            }
            told.say(Message::Ready);
        });
        let workers = [worker(sender.clone()), worker(sender.clone()), worker(sender.clone())];
        let mut world = World {
            screen: &mut screen,
            ended,
            quick: &workers[0].0,
            search: &workers[1].0,
            aside: &workers[2].0,
            searches: Vec::new(),
            stop: &self.stop,
            sender,
            room: &mut room,
            reader: Some(reader),
            waiting: 0,
            left: false,
        };
        world.draw(&model)?;
        while !world.left {
            match inbox.recv_timeout(TICK) {
                Ok(message) => {
                    world.take(&mut model, message)?;
                    let until = Instant::now() + PATIENCE;
                    loop {
                        let message = if world.waiting > 0 {
                            inbox.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
                        } else {
                            inbox.try_recv().ok()
                        };
                        match message {
                            Some(message) => world.take(&mut model, message)?,
                            None => break,
                        }
                        if world.left || Instant::now() >= until {
                            break;
                        }
                    }
                    if !world.left {
                        world.draw(&model)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Some(pace) = world.paced(&model) {
                world.take(&mut model, pace)?;
                world.draw(&model)?;
            }
            // A terminal that is gone may not have said so: its signal goes to the session's leader.
            if !io::stdin().is_terminal() {
                ended.store(true, Ordering::Relaxed);
            }
            if ended.load(Ordering::Relaxed) {
                if let Some(case) = model.case.as_ref().filter(|_| !model.temporary) {
                    drop(model.state().write(case.directory()));
                }
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        self.stop.ask();
        let reader = world.reader.take();
        // The case is let go of before its directory is removed; whoever still searches in it ends with the program.
        drop(model);
        drop(workers);
        // Who listens to a terminal that is gone never hears the end; that thread ends with the program.
        if !ended.load(Ordering::Relaxed) {
            drop(input.join());
        }
        if let Some(reader) = reader {
            drop(reader.join());
        }
        Ok(())
    }
}

/// Everything outside the model.
struct World<'w> {
    screen: &'w mut Screen,
    /// Somebody has put the terminal back: nothing is drawn any more.
    ended: &'w AtomicBool,
    quick: &'w Jobs,
    search: &'w Jobs,
    aside: &'w Jobs,
    /// Searches that were asked for, as far as they are not done.
    searches: Vec<(Discriminant<Effect>, Weak<Pace>)>,
    stop: &'w Stop,
    sender: &'w Sender<Message>,
    /// Where the case lies.
    room: &'w mut PathBuf,
    reader: Option<thread::JoinHandle<()>>,
    /// Answers for the next picture that have not come yet.
    waiting: usize,
    left: bool,
}

impl World<'_> {
    /// How far searches are, where the model does not know yet.
    fn paced(&mut self, model: &Model) -> Option<Message> {
        self.searches.retain(|(_, pace)| pace.strong_count() > 0);
        let pace = self.searches.iter().filter_map(|(_, pace)| pace.upgrade()).map(|pace| pace.done()).max_by_key(|(_, all)| *all);
        (pace != model.pace).then_some(Message::Pace(pace))
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        let _drawing = DRAWING.lock();
        if self.ended.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.screen.draw(|frame| {
            if let Some(place) = view(model, frame.buffer_mut()) {
                frame.set_cursor_position(place);
            }
        })?;
        Ok(())
    }

    fn take(&mut self, model: &mut Model, message: Message) -> io::Result<()> {
        if matches!(message, Message::Texts(..) | Message::Detail(..)) {
            self.waiting = self.waiting.saturating_sub(1);
        }
        for effect in update(model, message) {
            self.carry_out(model, effect)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, model: &Model, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.left = true,
            Effect::Suspend => {
                restore()?;
                signal_hook::low_level::raise(SIGTSTP)?;
                enter()?;
                self.screen.clear()?;
            }
            Effect::Redraw => self.screen.clear()?,
            Effect::Cancel => drop(self.stop.ask()),
            Effect::HaltCount => {
                let kind = std::mem::discriminant(&Effect::Count(0, Query::All));
                self.searches.iter().filter(|(known, _)| *known == kind).filter_map(|(_, pace)| pace.upgrade()).for_each(|pace| pace.stop());
            }
            Effect::Halt => self.searches.drain(..).filter_map(|(_, pace)| pace.upgrade()).for_each(|pace| pace.stop()),
            Effect::Copy(text) => {
                let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_COPIED).last().unwrap_or(0);
                let text = if text.len() > MAX_COPIED { text.get(..end).unwrap_or_default() } else { &text };
                execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))?;
            }
            Effect::Save(state) => {
                if let Some(case) = &model.case {
                    // A case that cannot be written can still be read.
                    drop(state.write(case.directory()));
                }
            }
            Effect::Keep(path) => {
                // Nobody may write in it while it moves; searches do without what is missing of the index.
                self.stop.ask();
                if let Some(reader) = self.reader.take() {
                    drop(reader.join());
                }
                let told = match kept(self.room, &path) {
                    Ok(()) => {
                        self.room.clone_from(&path);
                        Told(self.sender.clone()).opened(&path);
                        Message::Kept(path)
                    }
                    Err(error) => Message::Said(Err(format!("cannot keep it in `{}`: {error}", path.display()))),
                };
                drop(self.sender.send(told));
            }
            effect => {
                let Some(case) = &model.case else { return Ok(()) };
                let pace = Arc::default();
                let to = match &effect {
                    Effect::Texts(_) | Effect::Detail(_) => {
                        self.waiting += 1;
                        self.quick
                    }
                    Effect::Filter(..) | Effect::Search(..) | Effect::Count(..) | Effect::Step(..) | Effect::Histogram(..) => {
                        // Nobody waits for the answer to an earlier question of the same kind.
                        let kind = std::mem::discriminant(&effect);
                        for (_, earlier) in self.searches.iter().filter(|(known, _)| *known == kind) {
                            earlier.upgrade().into_iter().for_each(|pace| pace.stop());
                        }
                        self.searches.retain(|(known, pace)| *known != kind && pace.strong_count() > 0);
                        self.searches.push((kind, Arc::downgrade(&pace)));
                        self.search
                    }
                    _ => self.aside,
                };
                // The worker ends with the session only.
                drop(to.send((Arc::clone(case), effect, pace)));
            }
        }
        io::stdout().flush()
    }
}

/// Moves a directory to a new place, over file systems too.
fn kept(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    copied(from, to)
}

fn copied(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir(to)?;
    for item in std::fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() { copied(&item.path(), &target)? } else { std::fs::copy(item.path(), target).map(drop)? }
    }
    Ok(())
}
