//! Entries of a timeline for people and programs: lines of text, CSV, JSON lines, and the columns that Timesketch takes.
//!
//! In: entries with their texts. Out: lines. Everything from logs is made harmless: escaped for terminals, quoted for CSV, and never a formula for a
//! spreadsheet. Must not know: cases, queries.

use std::io::{self, Write};

use serde::Serialize;

use super::escape::{Harmless, escaped, shown};
use crate::time::write_utc;

/// Longest text of one line on a terminal, characters.
const MAX_SHOWN: usize = 400;

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line each, for people.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a head line.
    Csv,
    /// CSV with the columns that Timesketch asks for.
    TimesketchCsv,
    /// JSON lines with the members that Timesketch asks for.
    TimesketchJsonl,
}

/// An entry to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown<'a> {
    /// RFC 3339, UTC; `None`: nobody says.
    #[serde(serialize_with = "utc")]
    pub time: Option<i64>,
    /// How it came by its time where it does not state one itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dated: Option<&'static str>,
    /// What notes call it.
    pub id: String,
    /// Path of its source.
    pub source: &'a str,
    /// First physical line.
    pub line: u64,
    /// Byte offset in its source.
    pub offset: u64,
    /// Severity.
    pub severity: Option<&'static str>,
    /// Who speaks.
    pub component: Option<&'static str>,
    /// The node it was written on.
    pub node: Option<&'a str>,
    /// The pod it comes from or speaks of.
    pub pod: Option<&'a str>,
    /// Its signals.
    pub signals: Vec<&'a str>,
    /// Tags that people put on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How many entries like it this one stands for.
    pub count: u64,
    /// Time of the last of them, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "utc")]
    pub until: Option<i64>,
    /// What it says in one line, for people.
    #[serde(skip)]
    pub headline: String,
    /// The raw text.
    pub text: String,
}

#[expect(clippy::ref_option, reason = "serde hands fields by reference")]
fn utc<S: serde::Serializer>(time: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    time.map(stamp).serialize(to)
}

/// RFC 3339 in UTC with microseconds.
pub fn stamp(ns: i64) -> String {
    let mut text = String::with_capacity(28);
    // Writing to a string cannot fail.
    let written = write_utc(&mut text, ns);
    debug_assert!(written.is_ok());
    text
}

/// Writes what stands before the first entry.
pub fn head(shape: Shape, out: &mut dyn Write) -> io::Result<()> {
    match shape {
        Shape::Csv => out.write_all(b"time,severity,component,node,pod,source,line,offset,signals,tags,count,until,text\n"),
        Shape::TimesketchCsv => out.write_all(b"message,datetime,timestamp_desc,severity,component,node,pod,source,line,signals,tag\n"),
        Shape::Text | Shape::Jsonl | Shape::TimesketchJsonl => Ok(()),
    }
}

/// Writes one entry. Out: whether it could be; Timesketch takes none without a time.
pub fn write(shape: Shape, entry: &Shown<'_>, out: &mut dyn Write) -> io::Result<bool> {
    match shape {
        Shape::Text => text(entry, out)?,
        Shape::Jsonl => json(entry, out)?,
        Shape::Csv => {
            let time = entry.time.map(stamp).unwrap_or_default();
            let until = entry.until.map(stamp).unwrap_or_default();
            let (line, offset, count) = (entry.line.to_string(), entry.offset.to_string(), entry.count.to_string());
            let (signals, tags) = (entry.signals.join(" "), entry.tags.join(" "));
            let cells = [
                time.as_str(),
                entry.severity.unwrap_or_default(),
                entry.component.unwrap_or_default(),
                entry.node.unwrap_or_default(),
                entry.pod.unwrap_or_default(),
                entry.source,
                &line,
                &offset,
                &signals,
                &tags,
                &count,
                &until,
                &entry.text,
            ];
            row(&cells, out)?;
        }
        Shape::TimesketchCsv => {
            let Some(time) = entry.time.map(stamp) else { return Ok(false) };
            let line = entry.line.to_string();
            let (signals, tags) = (entry.signals.join(" "), entry.tags.join(","));
            let cells = [
                entry.text.as_str(),
                &time,
                described(entry),
                entry.severity.unwrap_or_default(),
                entry.component.unwrap_or_default(),
                entry.node.unwrap_or_default(),
                entry.pod.unwrap_or_default(),
                entry.source,
                &line,
                &signals,
                &tags,
            ];
            row(&cells, out)?;
        }
        Shape::TimesketchJsonl => {
            #[derive(Serialize)]
            struct Event<'a> {
                message: &'a str,
                datetime: String,
                timestamp_desc: &'a str,
                severity: Option<&'a str>,
                component: Option<&'a str>,
                node: Option<&'a str>,
                pod: Option<&'a str>,
                source: &'a str,
                line: u64,
                signals: &'a [&'a str],
                tag: &'a [String],
            }
            let Some(datetime) = entry.time.map(stamp) else { return Ok(false) };
            let event = Event {
                message: &entry.text,
                datetime,
                timestamp_desc: described(entry),
                severity: entry.severity,
                component: entry.component,
                node: entry.node,
                pod: entry.pod,
                source: entry.source,
                line: entry.line,
                signals: &entry.signals,
                tag: &entry.tags,
            };
            json(&event, out)?;
        }
    }
    Ok(true)
}

/// What the time of an entry is, as Timesketch asks for it.
fn described(entry: &Shown<'_>) -> &'static str {
    match entry.dated {
        None => "Log entry written",
        Some(_) => "Log entry nearby written",
    }
}

fn json(entry: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    entry.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless::compact()))?;
    out.write_all(b"\n")
}

fn text(entry: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let time = entry.time.map_or_else(|| "-".to_owned(), |time| stamp(time).replace('T', " ").trim_end_matches('Z').to_owned());
    let mark = if entry.dated.is_some() { "~" } else { " " };
    let first = shown(&entry.headline, MAX_SHOWN);
    let more = match entry.text.trim_end().lines().count() {
        0 | 1 => String::new(),
        lines => format!(" (+{} lines)", lines - 1),
    };
    let repeats =
        entry.until.filter(|_| entry.count > 1).map(|until| format!(" ×{} until {}", entry.count, stamp(until).get(11..19).unwrap_or_default()));
    let tags = entry.tags.iter().fold(String::new(), |tags, tag| tags + " #" + &escaped(tag));
    let signals = if entry.signals.is_empty() { String::new() } else { format!(" [{}]", entry.signals.join(" ")) };
    let severity = entry.severity.unwrap_or("-");
    writeln!(
        out,
        "{time:<26}{mark} {severity:<5} {}:{}  {first}{more}{}{signals}{tags}",
        escaped(entry.source),
        entry.line,
        repeats.unwrap_or_default()
    )
}

/// One line of CSV.
pub fn row(cells: &[&str], out: &mut dyn Write) -> io::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        // What a spreadsheet would take for a formula is text.
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
        let safe: String =
            cell.chars().map(|letter| if super::escape::steers(letter) && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter }).collect();
        if formula || safe.contains(['"', ',', '\n']) {
            write!(out, "\"{}{}\"", if formula { "'" } else { "" }, safe.replace('"', "\"\""))?;
        } else {
            out.write_all(safe.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

/// Entries side by side, one column for each name.
#[derive(Debug)]
pub struct Lanes {
    names: Vec<String>,
    width: usize,
}

impl Lanes {
    /// Lanes of these names on a page of so many characters; entries of others share the last.
    pub fn new(names: Vec<String>, page: usize) -> Self {
        let lanes = names.len().max(1);
        Self { width: (page.saturating_sub(17) / lanes).saturating_sub(3).max(12), names }
    }

    /// Writes the names.
    pub fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{:<16}", "")?;
        for name in &self.names {
            write!(out, " │ {}", self.cell(&escaped(if name.is_empty() { "(none)" } else { name })))?;
        }
        out.write_all(b"\n")
    }

    /// Writes an entry into its lane.
    pub fn write(&self, name: &str, entry: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
        let own = self.names.iter().position(|known| known == name).unwrap_or(self.names.len().saturating_sub(1));
        let time = entry.time.map_or_else(|| "-".to_owned(), |time| stamp(time).get(5..19).unwrap_or_default().replace('T', " "));
        write!(out, "{time:<16}")?;
        let first = &entry.headline;
        let text = if entry.count > 1 { format!("×{} {first}", entry.count) } else { first.clone() };
        for lane in 0..self.names.len() {
            write!(out, " │ {}", self.cell(&if lane == own { escaped(&text).into_owned() } else { String::new() }))?;
        }
        out.write_all(b"\n")
    }

    fn cell(&self, text: &str) -> String {
        let length = text.chars().count();
        if length <= self.width {
            return format!("{text}{}", " ".repeat(self.width - length));
        }
        text.chars().take(self.width - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: Shape, text: &str) -> String {
        let entry = Shown {
            time: Some(1_512_123_462_123_456_000),
            id: "0@1".into(),
            source: "a,b.log",
            line: 3,
            count: 1,
            text: text.into(),
            headline: text.lines().next().unwrap().into(),
            ..Shown::default()
        };
        let mut out = Vec::new();
        head(shape, &mut out).unwrap();
        write(shape, &entry, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "=cmd|' /C calc'!A0\x1b[2J \"x\"\nnext";
        for shape in [Shape::Text, Shape::Jsonl, Shape::Csv, Shape::TimesketchCsv, Shape::TimesketchJsonl] {
            let out = written(shape, hostile);
            assert!(!out.contains('\x1b'), "{out}");
        }
        let csv = written(Shape::Csv, hostile);
        assert!(csv.ends_with(",1,,\"'=cmd|' /C calc'!A0\u{fffd}[2J \"\"x\"\"\nnext\"\n"), "{csv}");
        assert!(csv.contains("\"a,b.log\""));
        assert!(written(Shape::TimesketchCsv, "x").starts_with("message,datetime,timestamp_desc,"));
        assert!(written(Shape::Text, "a\nb\nc").contains("a (+2 lines)"));
    }
}
