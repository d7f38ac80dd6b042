//! A life in lines: everything that is known of one thing, as the page of entities lists it.
//!
//! In: a name. Out: lines with what each leads to. Must not know: the model, how they are drawn.

use super::super::text::short;
use super::Lived;
use crate::case::{Case, Life};
use crate::report::entries::stamp;
use crate::time::human;

/// Signals that are listed.
const MAX_SIGNALS: usize = 500;

pub(super) fn life(case: &Case, name: &str) -> Vec<Lived> {
    let plain = |text: String| Lived { text, is_title: false, row: None, finding: None, bar: None };
    let title = |text: &str| Lived { is_title: true, ..plain(text.to_owned()) };
    let life = match case.life(name) {
        Ok(Some(life)) => life,
        Ok(None) => return vec![plain("nothing more is known of it".into())],
        Err(fault) => return vec![plain(fault.to_string())],
    };
    let Life { names, states, signals, findings, sources, .. } = life;
    let clock = |ns: i64| stamp(ns).get(..19).unwrap_or_default().replace('T', " ");
    let mut told = vec![title("Names")];
    told.extend(names.iter().map(|name| {
        let used = name.used.map_or_else(|| "no signal uses it".to_owned(), |(first, last)| format!("{} – {}", clock(first), clock(last)));
        plain(format!("{:<10} {}  ({used})", name.kind, name.name))
    }));
    if !findings.is_empty() {
        told.push(title("Findings"));
        let ids = findings.iter().map(|finding| finding.id.len()).max().unwrap_or(0).max(4);
        told.extend(findings.iter().map(|finding| Lived {
            finding: Some(finding.id.clone()),
            ..plain(format!("{:<ids$} {:<9} {:<15} {}", finding.id, finding.severity, finding.verdict, finding.title))
        }));
    }
    if !states.is_empty() {
        told.push(title("States"));
        told.extend(states.iter().map(|state| {
            let open = if state.end_seen { "" } else { "+" };
            Lived {
                bar: Some((state.start, state.end, state.end_seen)),
                row: state.lines.first().and_then(|(source, offset)| case.row_of(*source as usize, *offset)),
                ..plain(format!("{}  {}{open}  {}", clock(state.start), human(state.end.saturating_sub(state.start)), state.title))
            }
        }));
    }
    if !signals.is_empty() {
        told.push(title("Signals"));
        told.extend(signals.iter().take(MAX_SIGNALS).map(|(seen, row)| {
            let (path, number) = row.map_or(("", seen.line), |row| case.place(row));
            let time = seen.time.map_or_else(|| "-".to_owned(), |time| stamp(time).get(..23).unwrap_or_default().replace('T', " "));
            Lived { row: *row, ..plain(format!("{time}  {:<28} {}", seen.signal, short(path, number, 40))) }
        }));
        if signals.len() > MAX_SIGNALS {
            told.push(plain(format!("and {} more: f filters the timeline", signals.len() - MAX_SIGNALS)));
        }
    }
    if !sources.is_empty() {
        told.push(title("Sources that it wrote"));
        told.extend(sources.iter().map(|path| plain((*path).to_owned())));
    }
    told
}
