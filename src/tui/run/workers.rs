//! Workers: the threads that wait for input and that answer effects.
//!
//! In: a terminal, jobs. Out: messages. Must not know: the model, what is drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossterm::event;

use super::super::effect::{self, Effect, Message};
use super::super::input::Input;
use crate::case::{Case, Pace};

/// How often the thread that waits for input looks whether it is over; what is typed later belongs to the shell.
const GLANCE: Duration = Duration::from_millis(40);

pub(super) fn listen(sender: Sender<Message>, over: Arc<AtomicBool>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            match event::poll(GLANCE) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(_) => break,
            }
            let Ok(event) = event::read() else { break };
            if let Some(input) = Input::of(event)
                && sender.send(Message::Input(input)).is_err()
            {
                break;
            }
        }
    })
}

pub(super) type Job = (Arc<Case>, Effect, Arc<Pace>);
pub(super) type Jobs = Sender<Job>;

/// A thread that answers one effect after the other. Of several questions of one kind that wait, only the last is answered.
pub(super) fn worker(sender: Sender<Message>) -> (Jobs, thread::JoinHandle<()>) {
    let (jobs, inbox) = channel::<Job>();
    let thread = thread::spawn(move || {
        let mut waiting: Vec<Job> = Vec::new();
        let mut told = None;
        loop {
            if waiting.is_empty() {
                match inbox.recv() {
                    Ok(job) => waiting.push(job),
                    Err(_) => break,
                }
            }
            waiting.extend(inbox.try_iter());
            let (case, effect, pace) = waiting.remove(0);
            if waiting.iter().any(|(_, later, _)| replaces(later, &effect)) {
                continue;
            }
            #[cfg(debug_assertions)]
            panic_for_a_test(&effect);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
            if let Some(message) = effect::answer(&case, effect, now, &pace)
                && sender.send(message).is_err()
            {
                break;
            }
            // What is wrong with the index of words is known when it is asked.
            let trouble = case.trouble();
            if trouble != told
                && let Some(what) = &trouble
            {
                drop(sender.send(Message::Said(Err(what.clone()))));
            }
            told = trouble;
        }
    });
    (jobs, thread)
}

/// What a bug would do, for the test that the terminal is put back: in programs built for development alone, and when asked for.
#[cfg(debug_assertions)]
fn panic_for_a_test(effect: &Effect) {
    assert!(!matches!(effect, Effect::Search(..)) || std::env::var_os("NECROPSY_PANIC_IN_SEARCH").is_none(), "a panic on purpose");
}

/// Whether a later question makes an earlier one void.
fn replaces(later: &Effect, earlier: &Effect) -> bool {
    matches!(
        (later, earlier),
        (Effect::Count(..), Effect::Count(..))
            | (Effect::Life(..), Effect::Life(..))
            | (Effect::Filter(..), Effect::Filter(..))
            | (Effect::Search(..), Effect::Search(..))
            | (Effect::Step(..), Effect::Step(..))
            | (Effect::Histogram(..), Effect::Histogram(..))
            | (Effect::Survey, Effect::Survey)
    )
}
