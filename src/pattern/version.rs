//! Versions and what is asked of them: `mysql >=8.0.11 <8.0.13`.
//!
//! In: version texts as programs print them, predicates as patterns write them. Out: [`Fit`], three-valued. Must not know: where a version was seen,
//! nor which product a text belongs to: that is the caller's.
//!
//! Versions are compared within one product only. A version that is less exact than the bound it would have to be compared with (`8.0` against
//! `>=8.0.11`), and a preliminary one (`-rc`, `-alpha`) of just that number, is neither inside nor outside.

use std::cmp::Ordering;

/// Whether a version is within what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    In,
    /// It is not.
    Out,
    /// The version is not known well enough, or of another product.
    Unknown,
}

/// A version: its numbers, and whether it came before the release of that number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: Vec<u64>,
    preliminary: bool,
}

/// Words behind the numbers that mark something older than the release of that number.
const PRELIMINARY: &[&str] = &["alpha", "beta", "rc", "dmr", "lab", "m1", "m2", "m3", "pre", "gamma"];

impl Version {
    /// Reads `8.0.23-log`, `5.7.29-0ubuntu0.18.04.1`, `10.11.6-MariaDB-1:10.11.6+maria~ubu2204`, `v1.28.3`, `8.0.36-28.1`. What follows the dotted
    /// numbers is a build and is not compared. `None` if the text does not begin with a number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        // MariaDB 10 puts this before its version for replicas that know single digits only.
        let text = text.strip_prefix("5.5.5-").filter(|rest| rest.contains("MariaDB")).unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (digits, rest) = text.split_at_checked(end)?;
        let numbers = digits.trim_end_matches('.').split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let word = rest.trim_start_matches(['-', '.', '~']).to_ascii_lowercase();
        let preliminary = PRELIMINARY
            .iter()
            .any(|mark| word.strip_prefix(mark).is_some_and(|after| after.is_empty() || !after.starts_with(|c: char| c.is_ascii_alphabetic())));
        Some(Self { numbers, preliminary })
    }

    /// How this version stands to a bound; `None` where it is not exact enough to say.
    fn against(&self, bound: &[u64]) -> Option<Ordering> {
        for (at, number) in bound.iter().enumerate() {
            match self.numbers.get(at)?.cmp(number) {
                Ordering::Equal => {}
                order => return Some(order),
            }
        }
        // `8.0.11` lies above the bound `8.0` unless all that follows is zero.
        let above = self.numbers.get(bound.len()..).is_some_and(|rest| rest.iter().any(|number| *number > 0));
        match (above, self.preliminary) {
            (true, _) => Some(Ordering::Greater),
            (false, true) => None,
            (false, false) => Some(Ordering::Equal),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

/// A product and bounds that must all hold: `mysql >=8.0.11 <8.0.13`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    product: Box<str>,
    bounds: Vec<(Operator, Vec<u64>)>,
}

/// Products whose versions patterns may speak of.
pub const PRODUCTS: &[&str] = &["mysql", "percona", "mariadb", "kubernetes", "etcd", "redis", "valkey", "containerd", "docker", "galera", "linux"];

impl Predicate {
    /// Reads a product and any number of bounds, separated by blanks or commas. A product alone means every version of it. `=8.0` means every `8.0.x`.
    ///
    /// # Errors
    ///
    /// A sentence about the word that does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
        let product = words.next().ok_or("names no product")?;
        if !PRODUCTS.contains(&product) {
            return Err(format!("`{product}` is no product known here ({})", PRODUCTS.join(", ")));
        }
        let mut bounds = Vec::new();
        while let Some(word) = words.next() {
            let end = word.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(word.len());
            let (sign, number) = word.split_at_checked(end).ok_or("cannot be read")?;
            let number = if number.is_empty() { words.next().unwrap_or_default() } else { number };
            let operator = match sign {
                "<" => Operator::Less,
                "<=" => Operator::AtMost,
                "=" | "==" => Operator::Equal,
                ">=" => Operator::AtLeast,
                ">" => Operator::Greater,
                _ => return Err(format!("`{word}` does not begin with <, <=, =, >= or >")),
            };
            let version = Version::parse(number).filter(|_| number.chars().all(|c| c.is_ascii_digit() || c == '.'));
            let version = version.ok_or_else(|| format!("`{number}` is no version"))?;
            bounds.push((operator, version.numbers));
        }
        Ok(Self { product: product.into(), bounds })
    }

    /// The product it speaks of.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Whether `version` of `product` is within.
    pub fn fit(&self, product: &str, version: &str) -> Fit {
        if *self.product != *product {
            return Fit::Unknown;
        }
        if self.bounds.is_empty() {
            return Fit::In;
        }
        let Some(version) = Version::parse(version) else { return Fit::Unknown };
        let holds = |(operator, bound): &(Operator, Vec<u64>)| {
            if *operator == Operator::Equal {
                // `=8.0` asks for the numbers it names and for no more.
                let known = version.numbers.len().min(bound.len());
                let same = version.numbers.get(..known) == bound.get(..known);
                return if same && known < bound.len() { None } else { Some(same) };
            }
            version.against(bound).map(|order| match operator {
                Operator::Less => order.is_lt(),
                Operator::AtMost => order.is_le(),
                Operator::AtLeast => order.is_ge(),
                Operator::Greater => order.is_gt(),
                Operator::Equal => order.is_eq(),
            })
        };
        let mut fit = Fit::In;
        for bound in &self.bounds {
            match holds(bound) {
                Some(false) => return Fit::Out,
                Some(true) => {}
                None => fit = Fit::Unknown,
            }
        }
        fit
    }
}

/// Whether `version` of `product` is within one of several predicates. Those of other products say nothing.
pub fn fit_any(predicates: &[Predicate], product: &str, version: &str) -> Fit {
    let mut fit = Fit::Unknown;
    let mut told = false;
    for predicate in predicates.iter().filter(|predicate| predicate.product() == product) {
        match (predicate.fit(product, version), told) {
            (Fit::In, _) => return Fit::In,
            (Fit::Out, false) => fit = Fit::Out,
            (Fit::Out, true) => {}
            (Fit::Unknown, _) => fit = Fit::Unknown,
        }
        told = true;
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(predicate: &str, product: &str, version: &str) -> Fit {
        Predicate::parse(predicate).unwrap().fit(product, version)
    }

    #[test]
    fn versions_as_programs_print_them() {
        let numbers = |text| Version::parse(text).map(|version| version.numbers);
        assert_eq!(numbers("8.0.23-log"), Some(vec![8, 0, 23]));
        assert_eq!(numbers("5.7.29-0ubuntu0.18.04.1"), Some(vec![5, 7, 29]));
        assert_eq!(numbers("10.11.6-MariaDB-1:10.11.6+maria~ubu2204"), Some(vec![10, 11, 6]));
        assert_eq!(numbers("5.5.5-10.6.11-MariaDB"), Some(vec![10, 6, 11]));
        assert_eq!(numbers("v1.28.3"), Some(vec![1, 28, 3]));
        assert_eq!(numbers("8.0.36-28.1"), Some(vec![8, 0, 36]));
        assert_eq!(numbers("v1.36.0+k3s1"), Some(vec![1, 36, 0]));
        assert_eq!(numbers(""), None);
        assert_eq!(numbers("unknown"), None);
        assert_eq!(numbers("8..1"), None);
        assert_eq!(numbers("99999999999999999999.1"), None);
    }

    #[test]
    fn bounds_all_hold() {
        assert_eq!(fit("mysql >=8.0.11 <8.0.13", "mysql", "8.0.11"), Fit::In);
        assert_eq!(fit("mysql >=8.0.11, <8.0.13", "mysql", "8.0.12-log"), Fit::In);
        assert_eq!(fit("mysql >= 8.0.11 < 8.0.13", "mysql", "8.0.13"), Fit::Out);
        assert_eq!(fit("kubernetes <1.27", "kubernetes", "v1.26.15"), Fit::In);
        assert_eq!(fit("kubernetes <1.27", "kubernetes", "v1.27.0"), Fit::Out);
        assert_eq!(fit("mysql =8.0", "mysql", "8.0.44"), Fit::In);
        assert_eq!(fit("mysql =8.0", "mysql", "8.4.0"), Fit::Out);
        assert_eq!(fit("mysql >8.0", "mysql", "8.0.1"), Fit::In);
        assert_eq!(fit("mysql", "mysql", "anything"), Fit::In);
    }

    #[test]
    fn what_is_not_known_stays_unknown() {
        assert_eq!(fit("mysql >=8.0.11", "mysql", "8.0"), Fit::Unknown);
        assert_eq!(fit("mysql >=8.0.11", "mysql", "8.1"), Fit::In);
        assert_eq!(fit("mysql =8.0.11", "mysql", "8.0"), Fit::Unknown);
        assert_eq!(fit("mysql >=8.0.4", "mysql", "8.0.4-rc-log"), Fit::Unknown);
        assert_eq!(fit("mysql >=8.0.4", "mysql", "8.0.3-rc"), Fit::Out);
        assert_eq!(fit("kubernetes >=1.27", "kubernetes", "v1.27.0-alpha.1"), Fit::Unknown);
        assert_eq!(fit("mysql >=8.0.11 <8.0.13", "mysql", "8.1"), Fit::Out);
        assert_eq!(fit("mysql >=8.0.11", "mysql", "?"), Fit::Unknown);
    }

    #[test]
    fn products_are_never_compared() {
        assert_eq!(fit("mysql <8.0.13", "mariadb", "10.11.6"), Fit::Unknown);
        let either = ["mysql <5.7.22", "mysql >=8.0 <8.0.4", "percona <5.7.22"].map(|text| Predicate::parse(text).unwrap());
        assert_eq!(fit_any(&either, "mysql", "8.0.3"), Fit::In);
        assert_eq!(fit_any(&either, "mysql", "5.7.29"), Fit::Out);
        assert_eq!(fit_any(&either, "mysql", "8"), Fit::Unknown);
        assert_eq!(fit_any(&either, "mariadb", "5.5.68"), Fit::Unknown);
    }

    #[test]
    fn wrong_predicates_are_refused() {
        for text in ["", ">=8", "mysql 8.0", "mysql >=8.x", "mysql ~8.0", "mysql >=", "oracle >=1"] {
            assert!(Predicate::parse(text).is_err(), "{text}");
        }
    }
}
