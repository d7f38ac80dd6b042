//! Conditions on attributes, as steps and catalogues write them: `"= text"`, `"~ regex"`, `">= 900"`.
//!
//! In: the text of a condition. Out: a compiled one that holds or not for a value. Must not know: whose attribute it is.

use super::expression::Expression;
use crate::time::parse_duration;

/// What an attribute's value must be.
#[derive(Debug)]
pub struct Condition {
    negated: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Equal(Box<str>),
    Regex(Expression),
    Number(Relation, Number),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    AtLeast,
    Greater,
}

/// A number, or a duration in seconds. A duration written with a unit is compared with both.
type Number = f64;

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    ///
    /// A sentence about what does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let condition = Self::checked(text)?;
        if let Test::Regex(expression) = &condition.test {
            Expression::check(expression.text())?;
        }
        Ok(condition)
    }

    /// Compiles a condition that was parsed before, as those of a pack were: an expression is compiled when it is asked for the first time.
    ///
    /// # Errors
    ///
    /// A sentence about what does not fit, expressions aside.
    pub fn checked(text: &str) -> Result<Self, String> {
        let plain = |test| Ok(Self { negated: false, test });
        let number = |relation, rest: &str| match number(rest) {
            Some(number) => plain(Test::Number(relation, number)),
            None => Err(format!("`{}` is neither a number nor a duration", rest.trim())),
        };
        let regex = |negated, rest: &str| Ok(Self { negated, test: Test::Regex(Expression::anywhere(rest.trim())) });
        if let Some(rest) = text.strip_prefix("!=") {
            Ok(Self { negated: true, test: Test::Equal(rest.trim().into()) })
        } else if let Some(rest) = text.strip_prefix("!~") {
            regex(true, rest)
        } else if let Some(rest) = text.strip_prefix('~') {
            regex(false, rest)
        } else if let Some(rest) = text.strip_prefix(">=") {
            number(Relation::AtLeast, rest)
        } else if let Some(rest) = text.strip_prefix("<=") {
            number(Relation::AtMost, rest)
        } else if let Some(rest) = text.strip_prefix('>') {
            number(Relation::Greater, rest)
        } else if let Some(rest) = text.strip_prefix('<') {
            number(Relation::Less, rest)
        } else {
            plain(Test::Equal(text.strip_prefix("==").or(text.strip_prefix('=')).unwrap_or(text).trim().into()))
        }
    }

    /// Whether an attribute fits that may not be there: a missing one fits only the negations.
    pub fn fits(&self, value: Option<&str>) -> bool {
        value.map_or(self.negated, |value| self.holds(value))
    }

    /// Whether a value fits. A value that is no number fits no comparison of numbers.
    pub fn holds(&self, value: &str) -> bool {
        let fits = match &self.test {
            Test::Equal(wanted) => **wanted == *value.trim(),
            Test::Regex(expression) => expression.fits(value),
            Test::Number(relation, wanted) => number(value).is_some_and(|value| match relation {
                Relation::Less => value < *wanted,
                Relation::AtMost => value <= *wanted,
                Relation::AtLeast => value >= *wanted,
                Relation::Greater => value > *wanted,
            }),
        };
        fits != self.negated
    }
}

/// A plain number, or a duration in seconds.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    let plain = text.parse::<f64>().ok().filter(|number| number.is_finite());
    plain.or_else(|| parse_duration(text).map(|ns| ns as f64 / crate::time::SECOND as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, value: &str) -> bool {
        Condition::parse(condition).unwrap().holds(value)
    }

    #[test]
    fn texts_and_regexes() {
        assert!(holds("oom", "oom") && holds("= oom", "oom") && !holds("oom", "oomph"));
        assert!(holds("!= oom", "exit") && !holds("!= oom", "oom"));
        assert!(holds("~ ^trx0", "trx0purge.cc") && !holds("!~ ^trx0", "trx0purge.cc"));
    }

    #[test]
    fn numbers_and_durations() {
        assert!(holds(">= 900", "900") && !holds("> 900", "900") && holds("< 2m", "119s") && holds("<=2m", "2m0s"));
        assert!(!holds(">= 900", "many"));
        assert!(holds("> 9", "10"), "compared as numbers, not as texts");
    }

    #[test]
    fn what_is_missing_fits_negations_only() {
        assert!(Condition::parse("!= 6").unwrap().fits(None) && Condition::parse("!~ 6").unwrap().fits(None));
        assert!(!Condition::parse("6").unwrap().fits(None) && Condition::parse("6").unwrap().fits(Some("6")));
    }

    #[test]
    fn wrong_conditions_are_refused() {
        assert!(Condition::parse(">= soon").is_err());
        assert!(Condition::parse("~ (").is_err());
    }
}
