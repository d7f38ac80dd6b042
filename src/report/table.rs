//! The table of sources: one row each, narrow enough for any terminal.
//!
//! In: sources. Out: rows of plain text, and what each says in a word. Must not know: what was found in them.

use std::io::{self, Write};

use super::escape::escaped;
use super::json::zone;
use super::timeline;
use crate::source::{Basis, ClockPiece, Source};
use crate::time::{SECOND, Stamp, human};

/// Width of a row, columns.
const WIDTH: usize = 80;
/// Columns and their widths: the least and the most. What is left over is the bar's.
const COLUMNS: [(&str, usize, usize); 6] = [("id", 2, 4), ("path", 12, 22), ("component", 9, 9), ("node", 4, 9), ("zone", 4, 13), ("offset", 6, 11)];
/// Least width of the bar.
const BAR: usize = 12;
/// Most width of the bar.
const LONGEST_BAR: usize = 40;

/// Writes the table, if there is anything in it.
pub(super) fn write(sources: &[Source], out: &mut dyn Write) -> io::Result<()> {
    if sources.is_empty() {
        return Ok(());
    }
    let reach = reach(sources);
    let rows: Vec<([String; 6], &Source)> = sources.iter().map(|source| (cells(source), source)).collect();
    let mut widths = [0; 6];
    for (column, (name, least, most)) in COLUMNS.iter().enumerate() {
        let longest = rows.iter().filter_map(|(cells, _)| cells.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        widths[column] = longest.max(name.len()).clamp(*least, *most);
    }
    // Spaces between columns, and a number of problems at the end. Where it gets narrow the path is shortened, from the left.
    let rest = |widths: &[usize; 6]| WIDTH.saturating_sub(widths.iter().sum::<usize>() + widths.len() + 4);
    widths[1] = widths[1].saturating_sub(BAR.saturating_sub(rest(&widths))).max(COLUMNS[1].1);
    let bar = rest(&widths).clamp(BAR, LONGEST_BAR);
    let heads: Vec<String> = COLUMNS.iter().zip(widths).map(|((name, _, _), width)| format!("{name:<width$}")).collect();
    writeln!(out, "{} {:<bar$} !", heads.join(" "), "coverage")?;
    for (cells, source) in &rows {
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let shown = if column == 1 { end_of(cell, width) } else { start_of(cell, width) };
            write!(out, "{shown}{} ", " ".repeat(width.saturating_sub(shown.chars().count())))?;
        }
        let troubles = source.problems.len() + source.losses.len();
        let troubles = if troubles == 0 {
            String::new()
        } else if troubles > 99 {
            " 99+".into()
        } else {
            format!(" {troubles}")
        };
        let line = format!("{}{troubles}", coverage(source, reach, bar));
        writeln!(out, "{}", line.trim_end())?;
    }
    let (first, last) = reach.unzip();
    if let Some(reach) = timeline::reach(first, last) {
        writeln!(out, "coverage of {reach}")?;
        writeln!(out, "█ speaks, ▒ in part, · silent; ! problems and losses")?;
    }
    writeln!(out)
}

fn cells(source: &Source) -> [String; 6] {
    let component = source.at.component.map_or_else(String::new, |component| component.name().to_owned());
    [
        source.id.to_string(),
        escaped(&source.path).into_owned(),
        component,
        source.at.node.as_deref().map_or_else(String::new, |node| escaped(node).into_owned()),
        zone_of(source),
        offset(&source.clock.pieces),
    ]
}

/// Zone of the first piece and how it was found, in a word.
fn zone_of(source: &Source) -> String {
    match source.clock.pieces.first() {
        _ if source.first.is_none() => "no time".into(),
        Some(piece) if piece.basis != Basis::Sequence => format!("{} {}", zone(piece.zone_s), word(piece.basis)),
        _ => "in stamps".into(),
    }
}

const fn word(basis: Basis) -> &'static str {
    match basis {
        Basis::Unknown => "?",
        Basis::Assumed => "guess",
        Basis::FileTime => "mtime",
        Basis::FileName => "name",
        Basis::Ranges => "ranges",
        Basis::OtherSources => "others",
        Basis::MatchedEvents => "ties",
        Basis::Sequence => "order",
        Basis::Wrapper => "outer",
        Basis::Stated => "stated",
        Basis::Given => "given",
    }
}

/// What is added to the stamps, with its bound; of several pieces how many they are.
pub(super) fn offset(pieces: &[ClockPiece]) -> String {
    match pieces {
        [] => "0".into(),
        [piece] => bounded(piece),
        pieces => format!("{} pieces", pieces.len()),
    }
}

/// `+2h0m ±14s`.
pub(super) fn bounded(piece: &ClockPiece) -> String {
    let moved = match piece.offset_ns {
        0 => "0".into(),
        ahead if ahead > 0 => format!("+{}", human(ahead)),
        behind => human(behind),
    };
    if piece.doubt_ns == 0 { moved } else { format!("{moved} ±{}", human(piece.doubt_ns)) }
}

/// First and last moment of any source.
fn reach(sources: &[Source]) -> Option<(Stamp, Stamp)> {
    let first = sources.iter().filter_map(|source| source.first).min_by_key(|stamp| stamp.ns)?;
    let last = sources.iter().filter_map(|source| source.last).max_by_key(|stamp| stamp.ns)?;
    Some((first, last))
}

/// A bar over the common time: what a source covers, its silences left out.
fn coverage(source: &Source, reach: Option<(Stamp, Stamp)>, width: usize) -> String {
    let (Some((from, to)), Some(first), Some(last)) = (reach, source.first, source.last) else { return " ".repeat(width) };
    // A second at least, so that a source of one moment is seen.
    let whole = i128::from(to.ns.saturating_sub(from.ns).max(SECOND));
    let edge = |cell: usize| i128::from(from.ns) + whole * cell as i128 / width.max(1) as i128;
    let silent = |low: i128, high: i128| -> i128 {
        source.gaps.iter().map(|gap| (i128::from(gap.to.ns).min(high) - i128::from(gap.from.ns).max(low)).max(0)).sum()
    };
    let cell = |at: usize| {
        let (low, high) = (edge(at), edge(at + 1));
        // The end of the common time belongs to the last cell.
        let touches = i128::from(first.ns) < high + i128::from(at + 1 == width) && i128::from(last.ns) >= low;
        let (begin, end) = (low.max(i128::from(first.ns)), high.min(i128::from(last.ns)));
        let spoken = (end - begin).max(0) - silent(begin, end);
        if touches && spoken * 10 >= (high - low) * 9 {
            '█'
        } else if touches && (spoken > 0 || first.ns == last.ns || begin == end) {
            '▒'
        } else {
            '·'
        }
    };
    (0..width).map(cell).collect()
}

/// The beginning of a text that is too long.
fn start_of(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width.saturating_sub(1)).chain(['…']).collect() }
}

/// The end of a text that is too long: of a path it tells more.
fn end_of(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width { text.to_owned() } else { std::iter::once('…').chain(text.chars().skip(length + 1 - width)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Clock, Gap};

    fn source(id: u32, path: &str, first: i64, last: i64) -> Source {
        let at = |seconds: i64| Some(Stamp { ns: seconds * SECOND, precision_ns: 1, doubt_ns: 0 });
        Source { id, path: path.into(), first: at(first), last: at(last), ..Source::default() }
    }

    fn shown(sources: &[Source]) -> String {
        let mut out = Vec::new();
        write(sources, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bars_show_what_is_covered() {
        let reach = Some((Stamp::exact(0), Stamp::exact(100 * SECOND)));
        let mut half = source(0, "a", 0, 50);
        assert_eq!(coverage(&half, reach, 10), "█████▒····");
        half.gaps.push(Gap { from: Stamp::exact(20 * SECOND), to: Stamp::exact(35 * SECOND), line: 9 });
        assert_eq!(coverage(&half, reach, 10), "██·▒█▒····");
        assert_eq!(coverage(&source(0, "a", 100, 100), reach, 10), "·········▒");
        assert_eq!(coverage(&Source::default(), reach, 4), "    ");
    }

    #[test]
    fn a_row_is_never_wider_than_a_terminal() {
        let mut far = source(123, "a/very/long/path/that/goes/on/and/on/kube-controller-manager.log", 0, 99);
        far.at.node = Some("a-node-with-a-long-name.example.com".into());
        far.at.component = Some(crate::component::Component::KubeControllerManager);
        let piece = ClockPiece { from_offset: 0, zone_s: 20_700, basis: Basis::MatchedEvents, offset_ns: -7200 * SECOND, doubt_ns: 14 * SECOND };
        far.clock = Clock { pieces: vec![piece], ..Clock::default() };
        far.problems = vec![crate::problem::Problem { line: 0, what: "x".into() }; 120];
        let text = shown(&[far, source(4, "数据/b.log", 40, 50)]);
        assert!(text.lines().take(3).all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("-manager.log") && text.contains("+05:45 ties") && text.contains(" 99+"), "{text}");
    }
}
