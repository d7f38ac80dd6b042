//! The terminal as it is taken and given back: modes, and what puts it back when something ends the program.
//!
//! In: nothing. Out: a terminal in raw mode on its other screen, and the shell's again. Must not know: the session.

use std::io;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

pub(super) fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
}

/// Gives it back, once: who does so again would put the cursor above what was printed since.
pub(super) fn restore() -> io::Result<()> {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    execute!(io::stdout(), DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, cursor::Show)?;
    disable_raw_mode()
}

/// Puts the terminal back, whatever happens.
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        // The terminal may be gone: there is nothing left to restore then.
        drop(restore());
    }
}

/// Held while a picture is drawn.
pub(super) static DRAWING: Mutex<()> = Mutex::new(());

type Telling = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Puts the terminal back before a panic of any thread is told, and ends the session, until it is dropped.
pub(super) struct Hook(Arc<Telling>);

impl Hook {
    pub(super) fn new(fatal: Arc<AtomicBool>, restore: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        let before = Arc::new(std::panic::take_hook());
        let told = Arc::clone(&before);
        std::panic::set_hook(Box::new(move |about| {
            if crate::case::is_guarded() {
                return;
            }
            // A picture that is on its way ends first; who panics while drawing holds it for good.
            let held = (0..50).find_map(|_| {
                let held = DRAWING.try_lock().ok();
                if held.is_none() {
                    thread::sleep(Duration::from_millis(2));
                }
                held
            });
            drop(restore());
            told(about);
            // Nobody draws from here on: what is told stays on the screen.
            fatal.store(true, Ordering::SeqCst);
            drop(held);
        }));
        Self(before)
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // A hook cannot be changed by a thread that panics.
        if !thread::panicking() {
            let before = Arc::clone(&self.0);
            drop(std::panic::take_hook());
            std::panic::set_hook(Box::new(move |about| before(about)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_puts_the_terminal_back_before_it_is_told() {
        let (ended, order) = (Arc::new(AtomicBool::new(false)), Arc::new(std::sync::Mutex::new(Vec::new())));
        let (told, restored) = (Arc::clone(&order), Arc::clone(&order));
        std::panic::set_hook(Box::new(move |_| told.lock().unwrap().push("told")));
        let hook = Hook::new(Arc::clone(&ended), move || {
            restored.lock().unwrap().push("restored");
            Ok(())
        });
        assert!(thread::spawn(|| panic!("on purpose")).join().is_err());
        drop(hook);
        assert!(thread::spawn(|| panic!("on purpose")).join().is_err());
        drop(std::panic::take_hook());
        assert_eq!(*order.lock().unwrap(), ["restored", "told", "told"]);
        assert!(ended.load(Ordering::Relaxed));
    }
}
