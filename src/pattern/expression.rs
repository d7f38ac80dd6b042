//! Expressions: the regular expressions of signals, compiled when first asked.
//!
//! In: the text of a regex. Out: matches and named groups. Must not know: what is matched.
//!
//! Expressions work on bytes with ASCII classes: texts of logs may be no UTF-8. They have no look-around and no back-references, so that matching is
//! linear, and their compiled size is bounded. Most are walked through in [`steps`](super::steps); the others, and the rare text on which that would
//! take too long, are the automaton's, which is not made before.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::name::{Name, name};

use super::steps::{self, MAX_GROUPS, NOWHERE, Slots, Steps};

/// Largest compiled expression, bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Longest text of an expression, bytes.
pub const MAX_TEXT: usize = 4096;

/// A regular expression that is compiled when it is first asked.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    whole: bool,
    quick: OnceLock<Quick>,
    regex: OnceLock<Option<Regex>>,
}

/// The expression as steps, if it can be, and the names of its groups.
#[derive(Debug, Default)]
struct Quick {
    steps: Option<Box<Steps>>,
    /// By number of the group, from 1.
    names: Vec<Option<Name>>,
}

impl Expression {
    /// Looked for anywhere in a text.
    pub fn anywhere(text: &str) -> Self {
        Self { text: text.into(), whole: false, quick: OnceLock::new(), regex: OnceLock::new() }
    }

    /// Must fit the whole of a text.
    pub fn whole(text: &str) -> Self {
        Self { text: text.into(), whole: true, quick: OnceLock::new(), regex: OnceLock::new() }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
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

    /// The text to compile.
    fn source(&self) -> Cow<'_, str> {
        if self.whole { Cow::Owned(format!(r"\A(?:{})\z", self.text)) } else { Cow::Borrowed(&self.text) }
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| build(&self.source()).ok()).as_ref()
    }

    fn quick(&self) -> &Quick {
        self.quick.get_or_init(|| {
            steps::compile(&self.source()).map_or_else(Quick::default, |(steps, names)| Quick {
                steps: Some(Box::new(steps)),
                names: names.iter().map(|text| text.as_deref().map(name)).collect(),
            })
        })
    }

    /// Whether the expression fits. One that could not be compiled fits nothing.
    pub fn fits(&self, text: &str) -> bool {
        let mut slots = [NOWHERE; 2 * MAX_GROUPS];
        let quick = self.quick().steps.as_ref().and_then(|steps| steps.search(text.as_bytes(), &mut slots));
        quick.unwrap_or_else(|| self.regex().is_some_and(|regex| regex.is_match(text.as_bytes())))
    }

    /// The first fit's named groups that took part, in order, handed to `take`. `false` if it does not fit.
    pub fn groups<'t>(&self, text: &'t str, mut take: impl FnMut(Name, Cow<'t, str>)) -> bool {
        let quick = self.quick();
        let mut slots: Slots = [NOWHERE; 2 * MAX_GROUPS];
        match quick.steps.as_ref().and_then(|steps| steps.search(text.as_bytes(), &mut slots)) {
            Some(true) => {
                for (known, place) in quick.names.iter().zip(slots.chunks_exact(2).skip(1)) {
                    if let (Some(known), [start, end]) = (known, place)
                        && *end != NOWHERE
                    {
                        take(known, group(text, *start, *end));
                    }
                }
                true
            }
            Some(false) => false,
            None => self.slow(text, &mut take),
        }
    }

    /// The same by the automaton.
    fn slow<'t>(&self, text: &'t str, take: &mut impl FnMut(Name, Cow<'t, str>)) -> bool {
        let Some(regex) = self.regex() else { return false };
        if regex.captures_len() == 1 {
            return regex.is_match(text.as_bytes());
        }
        let Some(captures) = regex.captures(text.as_bytes()) else { return false };
        for group_name in regex.capture_names().flatten() {
            if let Some(found) = captures.name(group_name) {
                take(name(group_name), group(text, found.start(), found.end()));
            }
        }
        true
    }
}

/// The text of a group. Expressions work on bytes: a group may begin inside a character.
fn group(text: &str, start: usize, end: usize) -> Cow<'_, str> {
    text.get(start..end).map_or_else(|| String::from_utf8_lossy(text.as_bytes().get(start..end).unwrap_or_default()), Cow::Borrowed)
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
        assert!(expression.groups("the node k8s-ü is down", |name, value| found.push((name.to_owned(), value.into_owned()))));
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
