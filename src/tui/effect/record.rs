//! Records: what entries say in one line, and one of them in full.
//!
//! In: rows. Out: headlines, a record with its parts and what is known of it. Must not know: the model, how they are drawn.

use super::{Detail, Headline};
use crate::case::{Case, Dated, Row};
use crate::decode::lossy;
use crate::report::entries::stamp;
use crate::time::human;

/// Longest headline that is kept.
const MAX_HEADLINE: usize = 4096;
/// Lines of a record, and characters of a line, that the detail pane holds.
const MAX_LINES: usize = 2000;
const MAX_LINE: usize = 16 << 10;

/// Cuts a text that is too long for a line.
fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_HEADLINE) {
        text.truncate(end);
    }
}

pub(super) fn texts(case: &Case, mut rows: Vec<Row>) -> Vec<(Row, Headline)> {
    // Rows lie by source: texts that are near each other are read together.
    rows.sort_unstable();
    let told = case.told(&rows);
    let lines = rows.into_iter().zip(told).map(|(row, told)| match told {
        Ok((mut text, mut message, more)) => {
            cut(&mut text);
            cut(&mut message);
            (row, Headline { text, message, more })
        }
        Err(fault) => {
            let text = format!("[{}]", fault.what());
            (row, Headline { message: text.clone(), text, more: 0 })
        }
    });
    lines.collect()
}

pub(super) fn detail(case: &Case, row: Row) -> Detail {
    let entry = case.entry(row);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    let (path, line) = case.place(row);
    fact("place", format!("{path}:{line}"));
    let about = case.sources().get(entry.source).map(|held| &held.about);
    let text = |pointer: &str| about.and_then(|about| about.pointer(pointer)).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let doubt = case.doubt(&entry);
    let dated = match entry.dated {
        Dated::Own => "its own stamp",
        Dated::Envelope => "the stamp of its envelope",
        Dated::Before => "it states no time: that of the entry before",
        Dated::After => "it states no time: that of the entry after",
        Dated::Never => "nobody says when",
    };
    let zone = text("/clock/zone");
    let clock = if zone.is_empty() { String::new() } else { format!(", zone {zone} ({})", text("/clock/zone_basis")) };
    let doubt = if doubt > 0 { format!(", ±{}", human(doubt)) } else { String::new() };
    fact("time", format!("{}{dated}{clock}{doubt}", entry.time.map(|time| format!("{}  ", stamp(time))).unwrap_or_default()));
    fact("severity", entry.severity.map(|severity| severity.name().to_owned()).unwrap_or_default());
    fact("component", entry.component.map(|component| component.name().to_owned()).unwrap_or_default());
    fact("node", entry.node.to_owned());
    fact("pod", entry.pod.to_owned());
    fact("format", text("/format"));
    fact("signals", entry.signals.join(" "));
    fact("about", entry.about.iter().map(|(kind, name)| format!("{kind}={name}")).collect::<Vec<_>>().join("  "));
    match case.text(row) {
        Ok(text) => {
            let short = |line: &[u8]| lossy(line.get(..MAX_LINE).unwrap_or(line)).into_owned();
            let mut lines: Vec<String> = text.split(|byte| *byte == b'\n').take(MAX_LINES).map(short).collect();
            let all = memchr::memchr_iter(b'\n', &text).count() + 1;
            if all > MAX_LINES {
                lines.push(format!("… {} more lines", all - MAX_LINES));
            }
            let mut parts = case.parts(row, &text).unwrap_or_default();
            parts.truncate(MAX_LINES);
            for (_, value) in &mut parts {
                cut(value);
            }
            Detail { lines, parts, facts }
        }
        Err(fault) => Detail { lines: fault.to_string().lines().map(str::to_owned).collect(), parts: Vec::new(), facts },
    }
}
