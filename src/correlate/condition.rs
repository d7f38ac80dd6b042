//! Conditions on attributes: `"= text"`, `"~ regex"`, `">= 900"`.
//!
//! In: a condition's text and an attribute's value. Out: whether it holds. Must not know: whose attribute it is.

use regex::Regex;

use crate::time::parse_duration;

/// A compiled condition.
#[derive(Debug)]
pub enum Condition {
    /// The value is this text.
    Is(String),
    /// The value is not this text.
    IsNot(String),
    /// The whole value fits.
    Fits(Regex),
    /// The whole value does not fit.
    FitsNot(Regex),
    /// The value, a number or duration, compares so. Nanoseconds for durations.
    Compares(Comparison, f64),
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Condition {
    /// Reads a condition; the error is for the author of the pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let regex = |body: &str| Regex::new(&format!("^(?:{})$", body.trim())).map_err(|error| error.to_string());
        let number = |body: &str| number(body.trim()).ok_or_else(|| format!("`{}` is neither a number nor a duration", body.trim()));
        if let Some(rest) = text.strip_prefix("!=") {
            return Ok(Self::IsNot(rest.trim().to_owned()));
        }
        if let Some(rest) = text.strip_prefix("!~") {
            return regex(rest).map(Self::FitsNot);
        }
        if let Some(rest) = text.strip_prefix(">=") {
            return number(rest).map(|value| Self::Compares(Comparison::AtLeast, value));
        }
        if let Some(rest) = text.strip_prefix("<=") {
            return number(rest).map(|value| Self::Compares(Comparison::AtMost, value));
        }
        if let Some(rest) = text.strip_prefix('>') {
            return number(rest).map(|value| Self::Compares(Comparison::More, value));
        }
        if let Some(rest) = text.strip_prefix('<') {
            return number(rest).map(|value| Self::Compares(Comparison::Less, value));
        }
        if let Some(rest) = text.strip_prefix('~') {
            return regex(rest).map(Self::Fits);
        }
        Ok(Self::Is(text.strip_prefix('=').unwrap_or(text).trim().to_owned()))
    }

    /// Whether a value fits; an attribute that is not there fits only the negations.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return matches!(self, Self::IsNot(_) | Self::FitsNot(_)) };
        match self {
            Self::Is(text) => value == text,
            Self::IsNot(text) => value != text,
            Self::Fits(regex) => regex.is_match(value),
            Self::FitsNot(regex) => !regex.is_match(value),
            Self::Compares(comparison, limit) => number(value).is_some_and(|value| match comparison {
                Comparison::Less => value < *limit,
                Comparison::AtMost => value <= *limit,
                Comparison::More => value > *limit,
                Comparison::AtLeast => value >= *limit,
            }),
        }
    }
}

/// A plain number as it is; anything with a unit of time in nanoseconds.
fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).or_else(|| parse_duration(text).map(|ns| ns as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(condition: &str, value: Option<&str>, holds: bool) {
        assert_eq!(Condition::parse(condition).unwrap().holds(value), holds, "{condition} on {value:?}");
    }

    #[test]
    fn texts_patterns_and_numbers() {
        check("= 6", Some("6"), true);
        check("6", Some("11"), false);
        check("!= 6", None, true);
        check("~ trx0purge\\.c+", Some("trx0purge.cc"), true);
        check("~ purge", Some("trx0purge.cc"), false);
        check(">= 900", Some("901.5"), true);
        check(">= 15m", Some("900s"), true);
        check("< 15m", Some("14m59s"), true);
        check(">= 900", Some("many"), false);
        check("> 1", None, false);
        assert!(Condition::parse(">= often").is_err());
        assert!(Condition::parse("~ (").is_err());
    }
}
