//! Prompts: what is asked, what is typed, what becomes of it.
//!
//! In: commands, keys, lines. Out: what they change, effects. Must not know: how they are drawn.

use std::path::PathBuf;

use super::super::effect::{Effect, Exported, asked};
use super::super::input::KeyEvent;
use super::super::keymap::{self, Command};
use super::super::model::{Model, Overlay, Page};
use super::super::prompt::{Asking, Prompt, Typed};
use super::{pages, timeline, visit};
use crate::case::notes::{self, Target, What};
use crate::query::{FIELDS, moment};
use crate::time::parse_duration;

/// Completions that are offered.
const MAX_OFFERS: usize = 100;
/// Lines kept.
const MAX_HISTORY: usize = 200;

fn push(model: &mut Model, asking: Asking, text: &str) {
    model.overlays.push(Overlay::Prompt(Box::new(Prompt::new(asking, text))));
}

/// Opens the prompt of a command.
pub(super) fn ask(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    match command {
        Command::Search => push(model, Asking::Search, ""),
        Command::Include if model.page == Page::Entities => {
            if let Some((_, name, _)) = model.survey.as_ref().and_then(|survey| survey.entities.get(model.entities.left)) {
                let text = format!("entity:{}", timeline::quoted(name));
                visit(model, Page::Timeline);
                timeline::narrow(model, &text, effects);
            }
        }
        Command::Include if model.page == Page::Sources => {
            if let Some(path) = model.case.as_ref().and_then(|case| case.sources().get(model.sources.left)).map(|held| held.path.clone()) {
                visit(model, Page::Timeline);
                timeline::narrow(model, &format!("source:{}", timeline::quoted(&path)), effects);
            }
        }
        Command::Include => push(model, Asking::Include, ""),
        Command::Exclude => push(model, Asking::Exclude, ""),
        Command::GoTo => push(model, Asking::GoTo, ""),
        Command::Comment | Command::Tag => match pages::target(model) {
            Some(on) => push(model, if command == Command::Tag { Asking::Tag(on) } else { Asking::Comment(on) }, ""),
            None => model.say("there is nothing to put it on"),
        },
        Command::Palette => push(model, Asking::Palette, ""),
        Command::Export => export(model),
        Command::Keep => keep(model, false),
        _ => {}
    }
}

/// Asks where a temporary case is to be kept.
pub(super) fn keep(model: &mut Model, leaves: bool) {
    if model.temporary && model.case.is_some() {
        push(model, Asking::Keep(leaves), "necropsy.case");
    } else {
        model.say("this case is kept already");
    }
}

fn export(model: &mut Model) {
    let (what, name) = match model.page {
        Page::Verdicts => match model.finding().and_then(|at| model.stories.get(at).map(|story| (at, format!("{}.md", story.cause)))) {
            Some((at, name)) => (Exported::Story(at), name),
            None => return model.say("there is no finding"),
        },
        Page::Notes => (Exported::Notes, "notes.md".to_owned()),
        _ => (Exported::Rows(pages::chosen(model)), "entries.md".to_owned()),
    };
    push(model, Asking::Export(what), &name);
}

/// The prompt that is open.
fn open(model: &mut Model) -> Option<&mut Prompt> {
    match model.overlays.last_mut() {
        Some(Overlay::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

pub(super) fn pasted(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    if let Some(prompt) = open(model) {
        prompt.insert(text);
        changed(model, effects);
    }
}

pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Prompt(mut prompt)) = model.overlays.pop() else { return };
    let asking = prompt.asking.clone();
    let history = if asking.is_query() { model.history.clone() } else { Vec::new() };
    let typed = prompt.key(key, &history, |before| match &asking {
        asking if asking.is_query() => completed(model, before),
        Asking::Palette => {
            let context = model.page.context();
            keymap::offered(context).map(|row| row.name).filter(|name| name.contains(before.trim())).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    });
    match typed {
        Typed::Left => effects.extend(model.live.take().map(|_| Effect::HaltCount)),
        Typed::Done => done(model, &prompt, effects),
        typed => {
            model.overlays.push(Overlay::Prompt(prompt));
            if typed == Typed::Changed {
                changed(model, effects);
            }
        }
    }
}

/// Counts what fits so far.
fn changed(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(prompt) = open(model).filter(|prompt| prompt.asking.is_query()) else { return };
    if prompt.text.trim().is_empty() {
        prompt.live = None;
        return;
    }
    match asked(&prompt.text) {
        Err(why) => {
            prompt.live = Some(Err(why));
            model.live = None;
        }
        Ok(query) => {
            prompt.live = None;
            let ticket = model.next_ticket();
            model.live = Some(ticket);
            effects.push(Effect::Count(ticket, model.within(query)));
        }
    }
}

/// What the last word of a query may become, in the whole line.
fn completed(model: &Model, before: &str) -> Vec<String> {
    let start = before.rfind([' ', '(']).map_or(0, |at| at + 1);
    let (head, word) = (before.get(..start).unwrap_or_default(), before.get(start..).unwrap_or_default());
    let word = word.trim_start_matches('-');
    let Some((field, value)) = word.split_once([':', '=']) else {
        let fields = FIELDS.iter().map(|(name, _)| *name).filter(|name| name.starts_with(&word.to_lowercase()));
        return fields.map(|name| format!("{head}{}", if name == "field.NAME" { "field.".to_owned() } else { format!("{name}:") })).collect();
    };
    let name = match field.trim_end_matches(['>', '<']) {
        "host" => "node",
        "level" => "severity",
        "path" | "file" => "source",
        "cause" => "finding",
        name => name,
    };
    let value = value.trim_start_matches('"').to_lowercase();
    let joint = word.get(field.len()..=field.len()).unwrap_or(":");
    let names = model.survey.as_ref().and_then(|survey| survey.names.get(name));
    let fits = names.into_iter().flatten().filter(|name| name.to_lowercase().contains(&value));
    let simple = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/'));
    let shown = |name: &String| if simple(name) { name.clone() } else { timeline::quoted(name) };
    fits.take(MAX_OFFERS).map(|name| format!("{head}{field}{joint}{}", shown(name))).collect()
}

fn done(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) {
    let text = prompt.text.trim();
    if prompt.asking.is_query() {
        if text.is_empty() {
            if prompt.asking == Asking::Search {
                model.timeline.search = None;
            }
            return;
        }
        match asked(text) {
            Err(why) => {
                // What was typed is not lost: it stays open.
                model.overlays.push(Overlay::Prompt(Box::new(prompt.clone())));
                return model.warn(why);
            }
            Ok(query) => {
                model.history.retain(|known| known != text);
                model.history.push(text.to_owned());
                let over = model.history.len().saturating_sub(MAX_HISTORY);
                model.history.drain(..over);
                if prompt.asking == Asking::Search {
                    timeline::search(model, text, query, effects);
                } else {
                    timeline::filter(model, text, query, prompt.asking == Asking::Exclude, effects);
                }
            }
        }
        return;
    }
    match &prompt.asking {
        Asking::Keep(true) if text.is_empty() => super::leave(model, effects),
        _ if text.is_empty() => {}
        Asking::GoTo => go_to(model, text),
        Asking::Comment(on) => effects.push(Effect::Note(on.clone(), What::Comment(text.to_owned()))),
        Asking::Tag(on) => {
            let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_start_matches('#')).filter(|word| !word.is_empty()).collect();
            effects.extend(words.into_iter().map(|word| Effect::Note(on.clone(), What::Tag(word.to_owned()))));
        }
        Asking::Export(what) => effects.push(Effect::Export(PathBuf::from(text), what.clone())),
        Asking::Keep(leaves) => {
            model.quitting = *leaves;
            effects.push(Effect::Keep(PathBuf::from(text)));
        }
        Asking::Palette => palette(model, text, effects),
        Asking::Search | Asking::Include | Asking::Exclude => {}
    }
}

fn palette(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let context = model.page.context();
    match (keymap::named(context, name), rest.trim()) {
        (Some(Command::GoTo), rest) if !rest.is_empty() => go_to(model, rest),
        (Some(Command::Keep), rest) if !rest.is_empty() && model.temporary => effects.push(Effect::Keep(PathBuf::from(rest))),
        (Some(command), _) => super::run(model, command, effects),
        (None, _) => {
            let mut fits = keymap::offered(context).filter(|row| row.name.contains(name));
            match (fits.next(), fits.next()) {
                (Some(one), None) => super::run(model, one.command, effects),
                (Some(_), Some(_)) => model.say(format!("`{name}` may be several commands; Tab completes")),
                (None, _) => go_to(model, text),
            }
        }
    }
}

/// Goes to a time, a share, a number, a place or a finding.
fn go_to(model: &mut Model, text: &str) {
    let Some(case) = model.case.clone() else { return };
    let len = model.timeline.list.len();
    let here = model.timeline.list.position(model.timeline.selected).and_then(|position| case.time_at(position));
    let day = here.or(model.reach.map(|(first, _)| first));
    let index = |index: usize| model.timeline.list.position(index.min(len.saturating_sub(1)));
    let share = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()).filter(|share| (0.0..=100.0).contains(share));
    let by = text.strip_prefix(['+', '-']).and_then(parse_duration).map(|by| if text.starts_with('-') { -by } else { by });
    let position = if let Some(share) = share {
        index((len.saturating_sub(1) as f64 * share / 100.0) as usize)
    } else if let Some((by, here)) = by.zip(here) {
        Some(case.position_of_time(here.saturating_add(by)))
    } else if let Ok(number) = text.parse::<usize>() {
        index(number.saturating_sub(1))
    } else if let Some((time, _)) = moment(text, day) {
        Some(case.position_of_time(time))
    } else {
        match notes::target(&case, text) {
            Ok(Target::Entry(mark)) => mark.row(&case).map(|row| case.position_of(row)),
            Ok(Target::Finding { mark, .. }) => mark.and_then(|mark| mark.row(&case)).map(|row| case.position_of(row)),
            Err(_) => {
                model.warn(format!("`{text}` is no place: try 02:19, +5m, 50%, 1234, kubelet.log:17 or f1"));
                return;
            }
        }
    };
    match position {
        Some(position) => {
            visit(model, Page::Timeline);
            timeline::go_to(model, position.min(case.rows().saturating_sub(1)));
        }
        None => model.say("there is nothing to go to"),
    }
}
