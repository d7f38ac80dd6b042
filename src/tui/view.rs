//! View: the model as a picture.
//!
//! In: a model. Out: cells of a buffer. Everything from logs goes through [`super::text`]. Must not know: messages, effects.

mod canvas;
mod details;
mod help;
mod lanes;
mod lists;
mod prompt;
mod timeline;
mod verdicts;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::{Model, Overlay, Page};
use super::theme::Role;
use canvas::Canvas;

pub(super) use help::lines as help_lines;
pub(super) use lists::source_lines;

/// Stands behind the name of a case that is gone when it is left, where there is room.
const TEMPORARY: &str = " (temporary)";

/// Draws everything. Out: where the cursor of a prompt is.
pub(super) fn view(model: &Model, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let mut canvas = Canvas { buffer, theme: model.theme };
    let whole = Rect::new(0, 0, model.width, model.height).intersection(*canvas.buffer.area());
    if whole.width < 20 || whole.height < 5 {
        canvas.line(whole, 0, &[(Role::Text, "too small")]);
        return None;
    }
    canvas.fill(whole, Role::Text);
    tabs(model, &mut canvas);
    let body = model.body();
    match (&model.case, &model.broken) {
        (_, Some(why)) => lists::broken(body, why, &mut canvas),
        (None, None) => lists::reading(model, body, &mut canvas),
        (Some(_), None) if model.is_glimpse() && model.page != Page::Timeline => lists::reading(model, body, &mut canvas),
        _ => match model.page {
            Page::Verdicts => verdicts::draw(model, &mut canvas),
            Page::Timeline => timeline::draw(model, &mut canvas),
            Page::Lanes => lanes::draw(model, body, &mut canvas),
            Page::Entities => lists::entities(model, &mut canvas),
            Page::Sources => lists::sources(model, &mut canvas),
            Page::Notes => lists::notes(model, body, &mut canvas),
        },
    }
    let mut cursor = None;
    for overlay in &model.overlays {
        match overlay {
            Overlay::Help { scroll } => help::draw(model, body, *scroll, &mut canvas),
            Overlay::Filters { selected } => prompt::filters(model, body, *selected, &mut canvas),
            Overlay::Prompt(prompt) => cursor = Some(prompt::draw(model, prompt, &mut canvas)),
        }
    }
    if cursor.is_none() {
        status(model, &mut canvas);
    }
    cursor
}

fn tabs(model: &Model, canvas: &mut Canvas<'_>) {
    let row = Rect::new(0, 0, model.width, 1);
    let mut end = 0;
    for (number, (page, at, width)) in model.tabs().into_iter().enumerate() {
        let name = Page::ALL.get(number).map_or("", |(_, name)| name);
        let role = if page == model.page { Role::Tab } else { Role::Dim };
        let label = if width > 3 { format!(" {} {name} ", number + 1) } else { format!(" {} ", number + 1) };
        canvas.at(row, at, 0, role, &label);
        end = at + width;
    }
    let left = model.width.saturating_sub(end + 1);
    let mut name = model.name.clone();
    if model.temporary && super::text::wide(&name, usize::MAX) + TEMPORARY.len() <= usize::from(left) {
        name.push_str(TEMPORARY);
    }
    let name = super::text::fit_end(&name, usize::from(left));
    let width = super::text::wide(&name, usize::MAX) as u16;
    canvas.at(row, model.width.saturating_sub(width), 0, Role::Dim, &name);
}

/// The last line: what happened, or what can be done, and where we are.
fn status(model: &Model, canvas: &mut Canvas<'_>) {
    let row = Rect::new(0, model.height.saturating_sub(1), model.width, 1);
    let right = position(model);
    let width = super::text::wide(&right, usize::MAX) as u16;
    let left = usize::from(model.width.saturating_sub(width + 1));
    match (&model.notice, &model.progress) {
        (Some((what, trouble)), _) => {
            let what = super::text::fit(&what.replace('\n', " "), left);
            canvas.at(row, 0, 0, if *trouble { Role::Warn } else { Role::Strong }, &what);
        }
        (None, Some(progress)) if model.case.is_some() => {
            let share = progress.done.saturating_mul(100).checked_div(progress.all).unwrap_or(0).min(100);
            let what = if model.is_glimpse() { "; these are the beginnings of the files" } else { "" };
            canvas.at(row, 0, 0, Role::Title, &super::text::fit(&format!("{} {share} %  (:cancel stops it){what}", progress.step), left));
        }
        _ => {
            let part = if model.is_glimpse() && model.stopped { "beginnings only  " } else { "" };
            let told = super::text::fit(&format!("{part}{}", shortened(hint(model), left.saturating_sub(part.len()))), left);
            canvas.at(row, 0, 0, Role::Dim, &told);
        }
    }
    canvas.at(row, model.width.saturating_sub(width), 0, Role::Dim, &right);
}

/// As many of the hints as there is room for; how to see all keys is always among them.
fn shortened(hint: &str, width: usize) -> String {
    let mut parts: Vec<&str> = hint.split("  ").collect();
    let last = parts.pop().unwrap_or_default();
    while !parts.is_empty() && super::text::wide(&parts.join("  "), usize::MAX) + 2 + super::text::wide(last, usize::MAX) > width {
        parts.pop();
    }
    parts.push(last);
    parts.join("  ")
}

fn hint(model: &Model) -> &'static str {
    match model.page {
        _ if model.case.is_none() => "q leaves  ? keys",
        page if model.is_glimpse() && page != Page::Timeline => "2 how the files begin  q leaves  ? keys",
        Page::Verdicts if model.verdicts.inside => "Enter to the line  Esc list  y copy  x export  a around  ? keys",
        Page::Verdicts => "Enter story  o what it explains  a around  2 timeline  ? keys",
        Page::Timeline => "/ search  f filter  e error  ] evidence  d record  @ go to  Esc back  ? keys",
        Page::Lanes => "h l time  + - zoom  n next mark  Enter to the entry  ? keys",
        Page::Entities => "Enter its life  f filter by it  ? keys",
        Page::Sources => "Enter first entry  l details  f filter by it  ? keys",
        Page::Notes => "Enter go there  x export  ? keys",
    }
}

fn position(model: &Model) -> String {
    let of = |at: usize, len: usize| if len == 0 { "none".to_owned() } else { format!("{}/{len}", (at + 1).min(len)) };
    match model.page {
        page if model.case.is_none() || (model.is_glimpse() && page != Page::Timeline) => String::new(),
        Page::Verdicts => of(model.verdicts.left, model.items.len()),
        Page::Timeline => {
            let (at, len) = (model.timeline.selected, model.timeline.list.len());
            let share = ((at + 1) * 100).checked_div(len).unwrap_or(0).min(100);
            let waits = if model.timeline.waits.is_some() { format!("filtering{}  ", timeline::paced(model)) } else { String::new() };
            let waits = if model.stepping.is_some() { format!("looking{}  ", timeline::paced(model)) } else { waits };
            let day = model.selected_row().and_then(|row| model.case.as_ref().and_then(|case| case.entry(row).time));
            let day = day.map_or_else(String::new, |time| crate::report::entries::stamp(time).get(..10).unwrap_or_default().to_owned());
            format!("{waits}{day}  {}  {share}%", of(at, len))
        }
        Page::Lanes => crate::report::entries::stamp(model.lanes.cursor).get(..19).unwrap_or_default().replace('T', " "),
        Page::Entities => of(model.entities.left, model.survey.as_ref().map_or(0, |survey| survey.entities.len())),
        Page::Sources => of(model.sources.left, model.case.as_ref().map_or(0, |case| case.sources().len())),
        Page::Notes => of(model.notes_page.left, model.notes.len()),
    }
}
