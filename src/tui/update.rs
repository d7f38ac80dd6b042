//! Update: what happens to the model when something happens.
//!
//! In: a message. Out: effects. Nothing is read here but what the case holds in memory: no texts, no files, no clock. Must not know: the terminal.

mod answers;
mod moves;
mod open;
mod pages;
mod pointer;
mod prompts;
mod timeline;

use super::effect::{Effect, Message};
use super::input::{Input, KeyEvent, KeyModifiers};
use super::keymap::{self, Command};
use super::model::{Model, Overlay, Page};

/// Takes up a message.
pub(super) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Input(input) => inputs(model, input, &mut effects),
        message => answers::take(model, message, &mut effects),
    }
    timeline::keep_visible(model);
    pages::keep_visible(model);
    effects.extend(model.wants());
    effects
}

fn inputs(model: &mut Model, input: Input, effects: &mut Vec<Effect>) {
    match input {
        Input::Key(key) => keys(model, key, effects),
        Input::Paste(text) => {
            if matches!(model.overlays.last(), Some(Overlay::Prompt(_))) {
                prompts::pasted(model, &text, effects);
            }
        }
        Input::Mouse(what, column, row) => pointer::mouse(model, what, column, row, effects),
        Input::Resize(width, height) => (model.width, model.height) = (width, height),
    }
}

fn keys(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    model.notice = None;
    if matches!(model.overlays.last(), Some(Overlay::Prompt(_))) {
        prompts::key(model, key, effects);
    } else if let Some(command) = keymap::command(model.context(), key) {
        run(model, command, effects);
    } else if key.modifiers.contains(KeyModifiers::ALT) {
        // Esc and a key that comes at once are told as one.
        back(model, effects);
        keys(model, KeyEvent { modifiers: key.modifiers.difference(KeyModifiers::ALT), ..key }, effects);
    } else if let Some(name) = keymap::name(key) {
        model.say(format!("{name} means nothing here; ? shows the keys"));
    }
}

/// Does what a command asks for.
pub(super) fn run(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::Bookmark | Command::Comment | Command::Tag | Command::Keep | Command::Export if model.is_glimpse() => {
            model.say(if model.stopped { "not while only how the files begin is read" } else { "not before all is read" });
        }
        Command::Quit => quit(model, effects),
        Command::Back => back(model, effects),
        Command::Help => match model.overlays.last() {
            Some(Overlay::Help { .. }) => drop(model.overlays.pop()),
            _ => model.overlays.push(Overlay::Help { scroll: 0 }),
        },
        Command::Suspend => effects.push(Effect::Suspend),
        Command::Redraw => effects.push(Effect::Redraw),
        Command::Theme => {
            model.theme = model.theme.next();
            model.theme_chosen = true;
            model.say(format!("theme: {}", model.theme.name()));
        }
        Command::Cancel => {
            if model.progress.is_some() {
                effects.push(Effect::Cancel);
                model.say("stopping");
            } else {
                model.say("nothing is being read");
            }
        }
        Command::NextPage => turn(model, 1),
        Command::PreviousPage => turn(model, Page::ALL.len() - 1),
        Command::Verdicts => go(model, Page::Verdicts),
        Command::Timeline => go(model, Page::Timeline),
        Command::Lanes => go(model, Page::Lanes),
        Command::Entities => go(model, Page::Entities),
        Command::Sources => go(model, Page::Sources),
        Command::Notes => go(model, Page::Notes),
        Command::Palette
        | Command::Search
        | Command::Include
        | Command::Exclude
        | Command::GoTo
        | Command::Comment
        | Command::Tag
        | Command::Export
        | Command::Keep => prompts::ask(model, command, effects),
        Command::Down | Command::Up | Command::HalfDown | Command::HalfUp | Command::PageDown | Command::PageUp | Command::First | Command::Last => {
            moves::along(model, command);
        }
        Command::Left | Command::Right => moves::across(model, command == Command::Right),
        Command::Open => open::open(model, effects),
        Command::Fold => pages::fold(model),
        Command::Copy => pages::copy(model, effects),
        Command::Bookmark => pages::note(model, crate::case::notes::What::Bookmark, effects),
        Command::Around | Command::Cited => timeline::around(model, command == Command::Cited, effects),
        Command::Toggle | Command::InvertFilter | Command::DropFilter | Command::Filters => timeline::filters(model, command, effects),
        Command::ZoomIn | Command::ZoomOut | Command::ZoomAll => moves::zoom(model, command),
        Command::NextSignal | Command::PreviousSignal if model.page == Page::Lanes => moves::mark(model, command == Command::NextSignal),
        command => timeline::run(model, command, effects),
    }
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.overlays.pop().is_some() {
        return;
    }
    if model.temporary && !model.notes.is_empty() {
        prompts::keep(model, true);
        return;
    }
    leave(model, effects);
}

/// Ends, the state of the view kept.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.case.is_some() && !model.temporary {
        effects.push(Effect::Save(Box::new(model.state())));
    }
    model.quitting = true;
    effects.push(Effect::Quit);
}

/// Lets go of the innermost thing that is held; never leaves.
fn back(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.overlays.pop().is_some() || timeline::halted(model, effects) {
        return;
    }
    match model.page {
        Page::Timeline if model.timeline.range.take().is_some() => return,
        Page::Verdicts if model.verdicts.inside => return model.verdicts.inside = false,
        Page::Entities if model.entities.inside => return model.entities.inside = false,
        Page::Sources if model.sources.inside => return model.sources.inside = false,
        _ => {}
    }
    if let Some(page) = model.back.pop() {
        model.page = page;
    } else if model.page == Page::Timeline && model.timeline.search.take().is_some() {
    } else if model.page != Page::Verdicts {
        model.page = Page::Verdicts;
    } else {
        model.say("q leaves");
    }
}

fn turn(model: &mut Model, by: usize) {
    let at = Page::ALL.iter().position(|(page, _)| *page == model.page).unwrap_or(0);
    if let Some((page, _)) = Page::ALL.get((at + by) % Page::ALL.len()) {
        go(model, *page);
    }
}

/// Goes to a page by its name: nothing to come back to.
pub(super) fn go(model: &mut Model, page: Page) {
    model.overlays.clear();
    model.back.clear();
    model.page = page;
}

/// Goes to a page from another: Esc comes back.
pub(super) fn visit(model: &mut Model, page: Page) {
    if model.page != page {
        model.back.push(model.page);
        model.page = page;
    }
}
