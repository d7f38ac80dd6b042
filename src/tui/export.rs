//! Export: stories, entries and notes as Markdown.
//!
//! In: what is to be told, a case. Out: text in which nothing from logs is markup. Must not know: files.

use std::fmt::{self, Write as _};

use super::effect::Exported;
use super::story::{self, Story};
use crate::case::{Case, Fault, Row};
use crate::decode::lossy;
use crate::report::entries::stamp;
use crate::report::escape::escaped;

/// Markdown of these.
pub(super) fn markdown(case: &Case, what: Exported) -> Result<String, Fault> {
    let mut out = String::new();
    match what {
        Exported::Story(at) => {
            let stories = case.report_as::<story::Findings>()?.findings;
            if let Some(story) = stories.get(at) {
                tell(case, story, &stories, &mut out);
            }
        }
        Exported::Rows(rows) => {
            out.push_str("# Entries\n\n");
            for row in rows {
                entry(case, row, &mut out);
            }
        }
        Exported::Notes => {
            out.push_str("# Notes\n\n");
            for note in case.notes()? {
                add(&mut out, format_args!("- {} **{}** {}\n", note.at.get(..19).unwrap_or_default(), note.what.name(), plain(note.what.text())));
                match (note.row(case), note.finding(case)) {
                    (Some(row), _) => entry(case, row, &mut out),
                    (None, Some(finding)) => add(&mut out, format_args!("\n  on finding {}\n\n", plain(finding))),
                    (None, None) => out.push_str("\n  on something that is no longer in the case\n\n"),
                }
            }
        }
    }
    Ok(out)
}

/// `path:line` and text of an entry, as it is copied.
pub(super) fn citation(path: &str, line: u64, text: &str) -> String {
    let text: String = text.split('\n').map(escaped).collect::<Vec<_>>().join("\n");
    format!("{}:{line}\n{text}", escaped(path))
}

fn add(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok());
}

/// Words of a log inside a line of Markdown: markup written out.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in escaped(text).chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A block of code that its content cannot end.
fn block(text: &str, out: &mut String) {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&fence);
    out.push_str("text\n");
    for line in text.split('\n') {
        out.push_str(&escaped(line));
        out.push('\n');
    }
    out.push_str(&fence);
    out.push_str("\n\n");
}

fn entry(case: &Case, row: Row, out: &mut String) {
    let (path, line) = case.place(row);
    let time = case.entry(row).time.map_or_else(|| "no time".to_owned(), stamp);
    add(out, format_args!("{time} {}:{line}\n\n", plain(path)));
    let text = case.text(row).map_or_else(|fault| fault.to_string(), |text| lossy(&text).into_owned());
    block(&text, out);
}

fn list(title: &str, items: &[String], out: &mut String) {
    if items.is_empty() {
        return;
    }
    add(out, format_args!("## {title}\n\n"));
    for item in items {
        add(out, format_args!("- {}\n", plain(item)));
    }
    out.push('\n');
}

fn tell(case: &Case, story: &Story, all: &[Story], out: &mut String) {
    add(out, format_args!("# {}\n\n", plain(&story.title)));
    add(out, format_args!("{}, {}, {}\n\n", plain(&story.cause), plain(&story.severity), plain(&story.verdict)));
    if let Some(when) = story::reach(story.begins(), story::ns(story.end.as_deref())) {
        add(out, format_args!("- when: {when}\n"));
    }
    for (kind, names) in &story.entities {
        add(out, format_args!("- {}: {}\n", plain(kind), plain(&names.join(", "))));
    }
    for (name, value) in &story.params {
        add(out, format_args!("- {}: {}\n", plain(name), plain(value)));
    }
    out.push('\n');
    for against in [false, true] {
        let steps: Vec<_> =
            story.chain().into_iter().filter_map(|at| story.steps.get(at)).filter(|step| (step.role == "against") == against).collect();
        if steps.is_empty() {
            continue;
        }
        out.push_str(if against { "## What speaks against it\n\n" } else { "## What happened\n\n" });
        for step in steps {
            add(out, format_args!("### {} {}\n\n", step.time.as_deref().unwrap_or("-"), plain(&step.summary)));
            if let Some(timer) = &step.timer {
                let agree = if timer.agrees { "" } else { ": they disagree" };
                add(
                    out,
                    format_args!(
                        "timer {}: {} s expected ({}), {} s observed{agree}\n\n",
                        plain(&timer.name),
                        timer.expected_s,
                        plain(&timer.basis),
                        timer.observed_s
                    ),
                );
            }
            for evidence in &step.evidence {
                let known = case.sources().get(evidence.source as usize).map(|held| held.path.as_str());
                let path = evidence.path.as_deref().or(known).unwrap_or("?");
                add(out, format_args!("{}:{}\n\n", plain(path), evidence.line));
                block(&evidence.text, out);
            }
        }
    }
    list("What is missing", &story.missing, out);
    list("What to do", &story.remedies, out);
    let folded: Vec<String> =
        all.iter().filter(|other| other.explained_by.as_ref() == Some(&story.id)).map(|other| format!("{}: {}", other.cause, other.title)).collect();
    list("Explained by it", &folded, out);
    list("Read on", &story.references, out);
    list("Notes", &story.notes, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_logs_is_markup() {
        assert_eq!(plain("a*b\u{1b}[1m <x>"), "a\\*b\\\\u{1b}\\[1m \\<x\\>");
        let mut out = String::new();
        block("x\n````\n\u{202e}y", &mut out);
        assert_eq!(out, "`````text\nx\n````\n\\u{202e}y\n`````\n\n");
        assert_eq!(citation("a\nb", 3, "one\ntwo\u{7}"), "a\\nb:3\none\ntwo\\u{7}");
    }
}
