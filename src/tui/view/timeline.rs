//! The page of the timeline: chips, histogram, entries, the record.
//!
//! In: the model. Out: cells. Must not know: how entries are found.

use ratatui::layout::Rect;

use super::super::list::{List, Shown, is_borrowed};
use super::super::model::{Model, Where};
use super::super::text::{fit, fit_name, padded, short, window};
use super::super::theme::Role;
use super::canvas::Canvas;
use super::details;
use crate::case::{Case, Entry, Facet, Row};
use crate::query::Query;
use crate::report::entries::stamp;
use crate::report::text::count;
use crate::severity::Severity;
use crate::time::{SECOND, human};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let areas = model.timeline_areas();
    chips(model, areas.chips, canvas);
    histogram(model, areas.histogram, canvas);
    entries(model, areas.list, canvas);
    details::draw(model, areas.detail, canvas);
}

/// Filters and the search, each with what can be done to it.
fn chips(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let mut column = 0;
    for filter in &model.timeline.filters {
        let role = match (filter.on, filter.inverted) {
            (false, _) => Role::Dim,
            (true, false) => Role::Chip,
            (true, true) => Role::Against,
        };
        let text = format!(" {}{} ", if filter.inverted { "not " } else { "" }, span(&filter.query).unwrap_or_else(|| filter.text.clone()));
        let text = if filter.on { text } else { format!("({})", text.trim()) };
        column = canvas.at(area, column, 0, role, &fit(&text, usize::from(area.width / 2).max(44))) + 1;
    }
    if let Some(search) = &model.timeline.search {
        let count = match &search.hits {
            None => format!("searching{}", paced(model)),
            Some(hits) => {
                let here = model.timeline.list.position(model.timeline.selected).unwrap_or(0) as u32;
                let at = hits.partition_point(|hit| *hit <= here);
                format!("{at}/{}", hits.len())
            }
        };
        canvas.at(area, column, 0, Role::Hit, &format!(" /{}  {count} ", fit(&search.text, 40)));
    }
}

/// A time from and to, to the second where that tells them apart.
fn span(query: &Query) -> Option<String> {
    let Query::Time(from, to) = query else { return None };
    if *from == i64::MIN || *to >= i64::MAX - 1 {
        return None;
    }
    let (from, to) = (stamp(*from).replace('T', " "), stamp(*to).replace('T', " "));
    let end = if from.get(..19) == to.get(..19) { 23 } else { 19 };
    let beginning = if from.get(..10) == to.get(..10) { 11 } else { 5 };
    Some(format!("{} – {}", from.get(5..end)?, to.get(beginning..end)?))
}

/// How far a search is, and how it is stopped.
pub(super) fn paced(model: &Model) -> String {
    let share = model.pace.and_then(|(done, all)| done.saturating_mul(100).checked_div(all));
    share.map_or_else(|| ": Esc stops".to_owned(), |share| format!(" {share} %: Esc stops"))
}

const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

fn histogram(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    if area.height < 2 {
        return;
    }
    let bars = area.height - 1;
    let histogram = &model.timeline.histogram;
    let most = histogram.most();
    let case = model.case.as_ref();
    let here = model.timeline.list.position(model.timeline.selected).and_then(|position| case.and_then(|case| case.time_at(position)));
    let marked = here.and_then(|time| histogram.part(time));
    let scale = |count: u64, eighths: u64| -> u64 {
        // Few errors among many entries are still seen: the root of the count.
        if count == 0 || most == 0 { 0 } else { (((count as f64 / most as f64).sqrt() * eighths as f64).round() as u64).clamp(1, eighths) }
    };
    let eighths = u64::from(bars) * 8;
    for (column, all) in histogram.all.iter().enumerate().take(usize::from(area.width)) {
        let of = |counts: &[u64]| counts.get(column).copied().unwrap_or(0);
        let (warn, error) = (of(&histogram.warn), of(&histogram.error));
        let height = scale(*all, eighths);
        for line in 0..bars {
            let below = u64::from(bars - 1 - line) * 8;
            let part = height.saturating_sub(below).min(8);
            let role = match below {
                below if below < scale(error, eighths) => Role::Error,
                below if below < scale(error.saturating_add(warn), eighths) => Role::Warn,
                _ => Role::Title,
            };
            canvas.at(area, column as u16, line, role, EIGHTHS.get(part as usize).unwrap_or(&" "));
        }
    }
    let axis = Rect { y: area.y + bars, height: 1, ..area };
    canvas.at(axis, 0, 0, Role::Dim, &"─".repeat(usize::from(area.width)));
    if let Some((first, last)) = Some((histogram.from, histogram.to.saturating_sub(1))).filter(|_| most > 0).or(model.reach) {
        let same = stamp(first).get(..10) == stamp(last).get(..10);
        let label = |time: i64| stamp(time).get(if same { 11..19 } else { 5..16 }).unwrap_or_default().replace('T', " ");
        canvas.at(axis, 1, 0, Role::Dim, &format!(" {} ", label(first)));
        let end = format!(" {} ", label(last));
        canvas.at(axis, area.width.saturating_sub(end.len() as u16 + 1), 0, Role::Dim, &end);
        // Heights are roots of counts: the highest gives the measure.
        let highest = format!(" highest bar: {} ", count(most, "entry"));
        if most > 0 && usize::from(area.width) > highest.len() + 50 {
            canvas.at(axis, (area.width - highest.len() as u16) / 2, 0, Role::Dim, &highest);
        }
    }
    if let Some((from, to)) = model.timeline.drag {
        let (from, to) = (from.min(to), from.max(to).min(area.width.saturating_sub(1)));
        canvas.over(Rect { x: area.x + from, width: to.saturating_sub(from) + 1, ..area }, Role::Selected);
    }
    if let Some(part) = marked {
        canvas.at(axis, part as u16, 0, Role::Strong, "▲");
    }
}

fn entries(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let Some(case) = model.case.as_deref() else { return };
    let rows = &model.timeline.rows;
    if rows.is_empty() {
        canvas.at(
            area,
            2,
            1,
            Role::Doubt,
            if model.timeline.filters.is_empty() { "there are no entries" } else { "the filters leave nothing; - removes the last one" },
        );
        return;
    }
    let mut head = 0;
    if let Some((facet, names)) = &model.timeline.columns {
        head = 1;
        let lanes = Lanes::new(area, names, *facet);
        canvas.at(area, 0, 0, Role::Title, &padded("time", usize::from(Lanes::TIME)));
        for (at, name) in names.iter().enumerate() {
            let name = if name.is_empty() { "(none)" } else { name };
            canvas.at(area, lanes.column(at), 0, Role::Title, &fit_name(name, lanes.width()));
        }
    }
    let selection = model.timeline.range.map(|other| (other.min(model.timeline.selected), other.max(model.timeline.selected)));
    for (line, shown) in rows.iter().enumerate() {
        let y = line as u16 + head;
        match shown {
            Shown::Gap(length) => {
                let text = if matches!(model.timeline.list, List::All(_)) {
                    format!("┄┄ {} of silence ", human(*length))
                } else {
                    format!("┄┄ {} without such entries ", human(*length))
                };
                let text = format!("{text}{}", "┄".repeat(usize::from(area.width).saturating_sub(text.chars().count())));
                canvas.at(area, 0, y, Role::Doubt, &text);
            }
            Shown::Undated => {
                canvas.at(area, 0, y, Role::Doubt, "┄┄ from here on nobody says when");
            }
            Shown::Group { index, row, count, last } => {
                let entry = case.entry(*row);
                match &model.timeline.columns {
                    None => one(model, case, area, y, &entry, (*count, *last), canvas),
                    Some((facet, names)) => beside(model, case, area, y, &entry, (*count, *last), (*facet, names), canvas),
                }
                let here = Rect { y: area.y + y, height: 1, ..area };
                if *index == model.timeline.selected {
                    canvas.over(here, Role::Selected);
                } else if selection.is_some_and(|(from, to)| (from..=to).contains(index)) {
                    canvas.over(here, Role::Faint);
                }
            }
        }
    }
}

/// Whether a search found one of a group.
fn is_hit(model: &Model, case: &Case, row: Row, count: usize) -> bool {
    let Some(hits) = model.timeline.search.as_ref().and_then(|search| search.hits.as_ref()) else { return false };
    let position = case.position_of(row) as u32;
    let at = hits.partition_point(|hit| *hit < position);
    hits.get(at).is_some_and(|hit| *hit < position.saturating_add(count as u32))
}

fn letter(severity: Option<Severity>) -> &'static str {
    match severity.map(Severity::name) {
        Some("fatal") => "F",
        Some("error") => "E",
        Some("warn") => "W",
        Some("info") => "I",
        Some("debug") => "D",
        Some(_) => "T",
        None => "·",
    }
}

/// The mark before an entry: cited, noted.
fn mark(model: &Model, row: Row) -> (Role, &'static str) {
    match (model.evidence.contains_key(&row), model.noted.contains_key(&row)) {
        (true, true) => (Role::Noted, "◆★"),
        (true, false) => (Role::Evidence, "◆ "),
        (false, true) => (Role::Noted, "★ "),
        (false, false) => (Role::Dim, "  "),
    }
}

fn one(model: &Model, case: &Case, area: Rect, y: u16, entry: &Entry<'_>, (count, last): (usize, Option<i64>), canvas: &mut Canvas<'_>) {
    let role = Role::of_severity(entry.severity);
    let wide = area.width >= 110;
    let time =
        entry.time.map_or_else(|| "-".to_owned(), |time| stamp(time).get(if wide { 5..23 } else { 11..23 }).unwrap_or_default().replace('T', " "));
    let (marked, sign) = mark(model, entry.row);
    let borrowed = if is_borrowed(entry.dated) { "~" } else { doubted(case, entry) };
    let column = canvas.line(
        area,
        y,
        &[
            (marked, sign),
            (if borrowed == " " { Role::Dim } else { Role::Doubt }, &padded(&time, if wide { 18 } else { 12 })),
            (Role::Doubt, borrowed),
            (role, letter(entry.severity)),
            (Role::Text, " "),
        ],
    );
    let (path, line) = case.place(entry.row);
    let room = (usize::from(area.width) / 5).clamp(20, 36);
    let place = match model.timeline.place {
        Where::Nothing => String::new(),
        Where::Source => padded(&short(path, line, room), room + 1),
        Where::SourceAndNode => {
            format!("{}{}", padded(&short(path, line, room), room + 1), padded(&fit_name(entry.node, room / 2 + 4), room / 2 + 5))
        }
        Where::SourceAndPod => format!("{}{}", padded(&short(path, line, room), room + 1), padded(&fit_name(entry.pod, room), room + 1)),
        Where::Component => padded(entry.component.map_or("", |component| component.name()), room.min(24)),
    };
    let mut column = canvas.at(area, column, y, Role::Dim, &place);
    if count > 1 {
        column = canvas.at(area, column, y, Role::Noted, &repeats(entry, count, last));
    }
    let Some(headline) = model.texts.get(&entry.row) else {
        canvas.at(area, column, y, Role::Dim, "…");
        return;
    };
    let more = if headline.more > 0 { format!(" +{} lines", headline.more) } else { String::new() };
    let room = usize::from(area.width.saturating_sub(column)).saturating_sub(more.len());
    let text = if model.timeline.raw { &headline.text } else { &headline.message };
    let shown = if model.timeline.skip == 0 { fit(text, room) } else { window(text, model.timeline.skip, room) };
    let hit = is_hit(model, case, entry.row, count);
    let column = canvas.at(area, column, y, if hit { Role::Hit } else { role }, &shown);
    canvas.at(area, column, y, Role::Dim, &more);
}

/// How often an entry is repeated, and until when.
fn repeats(entry: &Entry<'_>, count: usize, last: Option<i64>) -> String {
    match last.filter(|last| entry.time.map(|time| time / SECOND) != Some(last / SECOND)) {
        _ if count < 2 => String::new(),
        None => format!("×{count} "),
        Some(last) => format!("×{count} until {} ", stamp(last).get(11..19).unwrap_or_default()),
    }
}

/// `±` where the clock of the source is in doubt by more than a second.
fn doubted(case: &Case, entry: &Entry<'_>) -> &'static str {
    if case.doubt(entry) > SECOND { "±" } else { " " }
}

/// Columns side by side.
struct Lanes {
    width: u16,
    count: u16,
}

impl Lanes {
    const TIME: u16 = 14;

    fn new(area: Rect, names: &[String], _facet: Facet) -> Self {
        let count = names.len().max(1) as u16;
        Self { width: area.width.saturating_sub(Self::TIME) / count, count }
    }

    fn column(&self, at: usize) -> u16 {
        Self::TIME + self.width * (at as u16).min(self.count - 1)
    }

    fn width(&self) -> usize {
        usize::from(self.width.saturating_sub(2))
    }
}

#[expect(clippy::too_many_arguments, reason = "one row of a picture: its place and what stands in it")]
fn beside(
    model: &Model,
    case: &Case,
    area: Rect,
    y: u16,
    entry: &Entry<'_>,
    (count, last): (usize, Option<i64>),
    (facet, names): (Facet, &[String]),
    canvas: &mut Canvas<'_>,
) {
    let lanes = Lanes::new(area, names, facet);
    let (marked, sign) = mark(model, entry.row);
    let time = entry.time.map_or_else(|| "-".to_owned(), |time| stamp(time).get(11..21).unwrap_or_default().to_owned());
    canvas.line(area, y, &[(marked, sign), (Role::Dim, &time)]);
    let own = match facet {
        Facet::Node => entry.node,
        Facet::Pod => entry.pod,
        Facet::Component => entry.component.map_or("", |component| component.name()),
        _ => case.sources().get(entry.source).map_or("", |held| held.path.as_str()),
    };
    for at in 1..names.len() {
        canvas.at(area, lanes.column(at).saturating_sub(2), y, Role::Dim, "│");
    }
    let lane = names.iter().position(|name| name == own);
    let text = model.texts.get(&entry.row).map_or("…", |text| if model.timeline.raw { text.text.as_str() } else { text.message.as_str() });
    let role = if is_hit(model, case, entry.row, count) { Role::Hit } else { Role::of_severity(entry.severity) };
    let repeats = repeats(entry, count, last);
    let repeats = fit(&repeats, lanes.width() / 2);
    let place = lane.map_or(Lanes::TIME, |lane| lanes.column(lane));
    let column = canvas.at(area, place, y, Role::Noted, &repeats);
    let text = window(text, model.timeline.skip, 4096);
    match lane {
        Some(_) => canvas.at(area, column, y, role, &fit(&text, lanes.width().saturating_sub(usize::from(column - place)))),
        // Those of the rarest names stand in no column.
        None => canvas.at(area, column, y, Role::Dim, &fit(&format!("[{own}] {text}"), usize::from(area.width.saturating_sub(column)))),
    };
}
