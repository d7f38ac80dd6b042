//! Diagnostics: what is wrong in a pattern file, where, and what would be right.
//!
//! In: a message and a place in a file's text. Out: a value that sorts, and that prints with the source line and a caret. Must not know: what the
//! language means, terminals.

use std::fmt;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The file cannot be used.
    Error,
    /// It can be used, and something about it is worse than it need be.
    Warning,
}

/// Something wrong at a place of a pattern file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Path of the file, as below its pattern directory.
    pub file: String,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Error or warning.
    pub gravity: Gravity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// The line of the file.
    pub excerpt: String,
}

/// Longest excerpt shown, characters. A pattern file may hold a whole log in one line.
const MAX_EXCERPT: usize = 160;

impl Diagnostic {
    /// An error at byte `at` of `text`.
    pub fn error(file: &str, text: &str, at: usize, message: impl Into<String>) -> Self {
        let before = text.get(..at.min(text.len())).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let excerpt = text.lines().nth(line - 1).unwrap_or_default();
        Self { file: file.into(), line, column, gravity: Gravity::Error, message: message.into(), help: None, excerpt: excerpt.into() }
    }

    /// An error of a file as a whole.
    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, gravity: Gravity::Error, message: message.into(), help: None, excerpt: String::new() }
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(self) -> Self {
        Self { gravity: Gravity::Warning, ..self }
    }

    /// The same with what would be right.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.gravity == Gravity::Error
    }
}

/// Pattern files may come from strangers: nothing of them may steer a terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gravity = match self.gravity {
            Gravity::Error => "error",
            Gravity::Warning => "warning",
        };
        writeln!(out, "{gravity}: {}", harmless(&self.message))?;
        if self.line == 0 {
            write!(out, "  --> {}", harmless(&self.file))?;
        } else {
            let margin = self.line.to_string().len();
            writeln!(out, "{:margin$}--> {}:{}:{}", " ", harmless(&self.file), self.line, self.column)?;
            // A long line is shown around the column.
            let skipped = self.column.saturating_sub(MAX_EXCERPT / 2);
            let excerpt: String = self.excerpt.chars().skip(skipped).take(MAX_EXCERPT).collect();
            writeln!(out, "{:margin$} |", " ")?;
            writeln!(out, "{} | {}", self.line, harmless(&excerpt))?;
            write!(out, "{:margin$} | {:>column$}", " ", "^", column = (self.column - skipped).max(1))?;
        }
        if let Some(help) = &self.help {
            write!(out, "\n  help: {}", harmless(help))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_points_at_the_place() {
        let shown = Diagnostic::error("a/b.toml", "one\nü = tow\n", 9, "no such number `tow`").help("`two`").to_string();
        assert_eq!(shown, "error: no such number `tow`\n --> a/b.toml:2:5\n  |\n2 | ü = tow\n  |     ^\n  help: `two`");
    }

    #[test]
    fn nothing_of_a_file_steers_a_terminal() {
        let shown = Diagnostic::error("x\u{1b}[2J", "k = '\u{1b}]0;evil\u{7}'", 0, "bad \u{9b}1m").to_string();
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }

    #[test]
    fn places_outside_the_text_and_long_lines_are_shown_somehow() {
        assert_eq!(Diagnostic::error("x", "", 99, "m").line, 1);
        let long = "x".repeat(100_000);
        let shown = Diagnostic::error("x", &long, 90_000, "m").to_string();
        assert!(shown.len() < 600, "{}", shown.len());
    }
}
