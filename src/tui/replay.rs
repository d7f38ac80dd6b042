//! Replay: keys over a real case without a terminal, each timed from the key to its picture.
//!
//! In: a case, a script of keys, the size of a screen. Out: how long each key took. Must not know: what keys mean.
//!
//! What a session does in other threads (searches, counts) is carried out too, but only what stands on the screen counts: headlines and the record.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::effect::{self, Effect, Message};
use super::input::Input;
use super::model::Model;
use super::theme::Theme;
use super::update::update;
use super::view::view;

/// A key and how long it took to be seen.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The key.
    pub key: char,
    /// From the key to the picture.
    pub picture: Duration,
    /// What went on behind it.
    pub behind: Duration,
}

/// What a replay took.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// From nothing to the first picture of the case.
    pub first: Duration,
    /// From nothing until every finding was there in full.
    pub whole: Duration,
    /// The keys.
    pub keys: Vec<Timed>,
}

/// Opens a case and types a script. `\r` is Enter, `\u{1b}` Esc.
///
/// # Errors
///
/// The case cannot be opened.
pub fn replay(case: &Path, script: &str, (width, height): (u16, u16)) -> Result<Replayed, String> {
    let start = Instant::now();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let mut model = Model::new("replay", false, Theme::Dark, (width, height));
    let loaded = effect::load(case)?;
    let opened = Arc::clone(&loaded.case);
    let mut effects = update(&mut model, Message::Opened(Box::new(loaded)));
    view(&model, &mut buffer);
    let first = start.elapsed();
    effects.extend(update(&mut model, Message::Read(Box::new(effect::read(&opened)?))));
    let whole = start.elapsed();
    settle(&mut model, effects);
    let mut times = Vec::new();
    for key in script.chars() {
        let code = match key {
            '\r' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        // Control keys are written as the characters that terminals send for them.
        let key_event = match key {
            '\u{1}'..='\u{c}' | '\u{e}'..='\u{1a}' => KeyEvent::new(KeyCode::Char((key as u8 + b'`') as char), KeyModifiers::CONTROL),
            _ => KeyEvent::new(code, KeyModifiers::NONE),
        };
        let start = Instant::now();
        let effects = update(&mut model, Message::Input(Input::Key(key_event)));
        let (quick, slow): (Vec<Effect>, Vec<Effect>) =
            effects.into_iter().partition(|effect| matches!(effect, Effect::Texts(_) | Effect::Detail(_)));
        let mut later = settle(&mut model, quick);
        view(&model, &mut buffer);
        let picture = start.elapsed();
        later.extend(slow);
        let start = Instant::now();
        while !later.is_empty() {
            later = settle(&mut model, later);
        }
        times.push(Timed { key, picture, behind: start.elapsed() });
    }
    Ok(Replayed { first, whole, keys: times })
}

/// Carries effects out. Out: those that follow.
fn settle(model: &mut Model, effects: Vec<Effect>) -> Vec<Effect> {
    let mut later = Vec::new();
    for effect in effects {
        let Some(case) = model.case.as_ref().map(Arc::clone) else { continue };
        if matches!(effect, Effect::Note(..) | Effect::Export(..)) {
            continue;
        }
        if let Some(message) = effect::answer(&case, effect, 0, &Arc::default()) {
            later.extend(update(model, message));
        }
    }
    later
}
