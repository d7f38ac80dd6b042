//! Templates: texts with variables, `{name}`, `{step.name}`, `{$node}`.
//!
//! In: the text of a template. Out: a compiled one, and its expansion by a lookup. Must not know: what the variables stand for.

use std::borrow::Cow;

/// A compiled template. `{{` and `}}` stand for braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Name(Box<str>),
}

/// Stands for a missing value where [`Template::expand_lossy`] is used.
pub const MISSING: &str = "?";

impl Template {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// A sentence about the brace or name that does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => {
                    chars.next();
                    plain.push(c);
                }
                '}' => return Err("`}` without `{` (write `}}` for a brace)".into()),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(c) if c.is_ascii_alphanumeric() || "_-.$".contains(c) => name.push(c),
                            Some(other) => return Err(format!("`{other}` in a variable's name (write `{{{{` for a brace)")),
                            None => return Err("`{` without `}` (write `{{` for a brace)".into()),
                        }
                    }
                    if name.is_empty() {
                        return Err("`{}` names no variable".into());
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain).into()));
                    }
                    parts.push(Part::Name(name.into()));
                }
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Ok(Self { parts })
    }

    /// The variables, in order of the text.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// The text with every variable replaced; `None` if one of them is missing.
    pub fn expand<'a>(&self, mut lookup: impl FnMut(&str) -> Option<Cow<'a, str>>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Name(name) => text.push_str(&lookup(name)?),
            }
        }
        Some(text)
    }

    /// The text with every variable replaced; `None` if one of them is missing. What is one variable and nothing else is not copied.
    pub fn expanded<'a>(&'a self, mut lookup: impl FnMut(&str) -> Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        match &self.parts[..] {
            [Part::Name(name)] => lookup(name),
            [Part::Text(plain)] => Some(Cow::Borrowed(plain)),
            [] => Some(Cow::Borrowed("")),
            parts => {
                let mut text = String::with_capacity(64);
                for part in parts {
                    match part {
                        Part::Text(plain) => text.push_str(plain),
                        Part::Name(name) => text.push_str(&lookup(name)?),
                    }
                }
                Some(Cow::Owned(text))
            }
        }
    }

    /// The text with every variable replaced, missing ones by [`MISSING`].
    pub fn expand_lossy<'a>(&self, mut lookup: impl FnMut(&str) -> Option<Cow<'a, str>>) -> String {
        self.expand(|name| Some(lookup(name).unwrap_or(Cow::Borrowed(MISSING)))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<Cow<'static, str>> {
        match name {
            "node" => Some("n1".into()),
            "lost.node" => Some("n2".into()),
            "$source" => Some("a.log".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced() {
        let template = Template::parse("{node} {{not}} {lost.node}@{$source}").unwrap();
        assert_eq!(template.expand(lookup).as_deref(), Some("n1 {not} n2@a.log"));
        assert_eq!(template.names().collect::<Vec<_>>(), ["node", "lost.node", "$source"]);
    }

    #[test]
    fn a_missing_variable_gives_nothing_or_a_question_mark() {
        let template = Template::parse("{node} on {pod}").unwrap();
        assert_eq!(template.expand(lookup), None);
        assert_eq!(template.expand_lossy(lookup), "n1 on ?");
    }

    #[test]
    fn broken_templates_are_refused() {
        for text in ["{", "}", "{}", "{a b}", "x{node", "{a{b}}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
