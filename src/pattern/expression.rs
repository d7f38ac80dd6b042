//! Expressions: the regular expressions of signals, compiled when first asked.
//!
//! In: the text of a regex. Out: matches and named groups. Must not know: what is matched.
//!
//! Expressions work on bytes with ASCII classes: texts of logs may be no UTF-8. They have no look-around and no back-references, so that matching is
//! linear, and their compiled size is bounded.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// Largest compiled expression, bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Longest text of an expression, bytes.
pub const MAX_TEXT: usize = 4096;

/// A regular expression that is compiled when it is first asked.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    whole: bool,
    regex: OnceLock<Option<Regex>>,
}

impl Expression {
    /// Looked for anywhere in a text.
    pub fn anywhere(text: &str) -> Self {
        Self { text: text.into(), whole: false, regex: OnceLock::new() }
    }

    /// Must fit the whole of a text.
    pub fn whole(text: &str) -> Self {
        Self { text: text.into(), whole: true, regex: OnceLock::new() }
    }

    /// Compiles the expression, to see whether it can be, and gives the names of its groups.
    ///
    /// # Errors
    ///
    /// The compiler's sentence.
    pub fn check(text: &str) -> Result<Vec<String>, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the expression is longer than {MAX_TEXT} bytes"));
        }
        // Compiled alone first: `(?:` around it must not lend it a bracket.
        let regex = build(text).map_err(|error| plain(&error))?;
        Ok(regex.capture_names().flatten().map(str::to_owned).collect())
    }

    fn regex(&self) -> Option<&Regex> {
        let compiled = self.regex.get_or_init(|| {
            let text = if self.whole { format!(r"\A(?:{})\z", self.text) } else { self.text.to_string() };
            build(&text).ok()
        });
        compiled.as_ref()
    }

    /// Whether the expression fits. One that could not be compiled fits nothing.
    pub fn fits(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text.as_bytes()))
    }

    /// The first fit's named groups that took part, handed to `take`. `false` if it does not fit.
    pub fn groups(&self, text: &str, mut take: impl FnMut(&str, String)) -> bool {
        let Some(regex) = self.regex() else { return false };
        if regex.captures_len() == 1 {
            return regex.is_match(text.as_bytes());
        }
        let Some(captures) = regex.captures(text.as_bytes()) else { return false };
        for name in regex.capture_names().flatten() {
            if let Some(group) = captures.name(name) {
                let bytes = group.as_bytes();
                take(name, std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), str::to_owned));
            }
        }
        true
    }
}

fn build(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).nest_limit(64).build()
}

/// The last line of a compiler's message: the ones before draw the expression.
fn plain(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_took_part_are_handed_over() {
        let expression = Expression::anywhere(r"node (?P<node>\S+)(?: at (?P<when>\d+))?");
        let mut found = Vec::new();
        assert!(expression.groups("the node k8s-ü is down", |name, value| found.push((name.to_owned(), value))));
        assert_eq!(found, [("node".to_owned(), "k8s-ü".to_owned())]);
        assert!(!expression.groups("nothing", |_, _| unreachable!()));
    }

    #[test]
    fn whole_means_whole() {
        let expression = Expression::whole("a|b");
        assert!(expression.fits("a") && expression.fits("b"));
        assert!(!expression.fits("ab") && !expression.fits("b\n"));
    }

    #[test]
    fn hostile_expressions_are_refused() {
        for text in [r"(\w{1000}){1000}", "(?=x)", r"(a)\1", "a)(b", "(", &"a".repeat(MAX_TEXT + 1), &"(".repeat(2000)] {
            assert!(Expression::check(text).is_err(), "{}", text.chars().take(20).collect::<String>());
        }
        assert_eq!(Expression::check("(?P<a>x)(y)(?P<b>z)"), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }
}
