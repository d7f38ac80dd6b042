//! Ages as kubectl prints them: `90s`, `5m30s`, `3h20m`, `<unknown>`, `39m (x3 over 41m)`.
//!
//! In: a cell of a table. Out: nanoseconds and how fine they are printed. Must not know: when the table was printed.
//!
//! Defined by `HumanDuration` and `ShortHumanDuration` of k8s.io/apimachinery `pkg/util/duration`, and by the event printers of kubectl.

use crate::time::{DAY, HOUR, MINUTE, RawTime, SECOND, Shape};

/// An age: nanoseconds, and the size of its last unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    /// Nanoseconds before the moment of printing.
    pub(crate) ns: i64,
    /// Size of the last unit, nanoseconds: the true age lies in `[ns, ns + precision_ns)`.
    pub(crate) precision_ns: i64,
}

impl Age {
    /// Reads exactly an age: units from years to seconds, each at most once, in falling order.
    pub(crate) fn read(text: &str) -> Option<Self> {
        const UNITS: [(u8, i64); 5] = [(b'y', 365 * DAY), (b'd', DAY), (b'h', HOUR), (b'm', MINUTE), (b's', SECOND)];
        let mut units = UNITS.iter();
        let (mut ns, mut precision_ns) = (0_i64, 0_i64);
        let mut number: Option<i64> = None;
        for byte in text.bytes() {
            if byte.is_ascii_digit() {
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(byte - b'0'))?);
                continue;
            }
            let (_, size) = units.find(|(unit, _)| *unit == byte)?;
            ns = ns.checked_add(number.take()?.checked_mul(*size)?)?;
            precision_ns = *size;
        }
        (number.is_none() && precision_ns > 0).then_some(Self { ns, precision_ns })
    }

    /// As a time before the unstated moment of printing.
    pub(crate) fn raw(self) -> RawTime {
        RawTime { shape: Shape::Age, ns: self.ns, precision_ns: self.precision_ns }
    }
}

/// When and how often: the cell LAST SEEN or Age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    /// The last time.
    pub(crate) last: Option<Age>,
    /// The first time, where the cell states it.
    pub(crate) first: Option<Age>,
    /// How often, where the cell states it.
    pub(crate) count: Option<&'a str>,
}

impl<'a> Seen<'a> {
    /// Reads a cell; `None` if it is no age at all, known or unknown.
    pub(crate) fn read(cell: &'a str) -> Option<Self> {
        let (last, rest) = cell.split_once(' ').map_or((cell, ""), |(last, rest)| (last, rest.trim()));
        let known = |text: &str| Age::read(text).map(Some).or_else(|| matches!(text, "<unknown>" | "<invalid>").then_some(None));
        let last = known(last)?;
        if rest.is_empty() {
            return Some(Self { last, ..Self::default() });
        }
        let (count, first) = rest.strip_prefix("(x")?.strip_suffix(')')?.split_once(" over ")?;
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { last, first: known(first)?, count: Some(count) })
    }

    /// Seconds between the first and the last time.
    pub(crate) fn repeated_for_s(&self) -> Option<i64> {
        Some(self.first?.ns.saturating_sub(self.last?.ns).max(0) / SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_carry_the_size_of_their_last_unit() {
        assert_eq!(Age::read("5m30s"), Some(Age { ns: 330 * SECOND, precision_ns: SECOND }));
        assert_eq!(Age::read("3y20d"), Some(Age { ns: (3 * 365 + 20) * DAY, precision_ns: DAY }));
        assert_eq!(Age::read("170m"), Some(Age { ns: 170 * MINUTE, precision_ns: MINUTE }));
        for text in ["", "5", "m", "5m3", "3s5m", "5x", "1.5s", "99999999999999999999s", "9999999999y"] {
            assert_eq!(Age::read(text), None, "{text}");
        }
    }

    #[test]
    fn repeated_events_state_last_count_and_first() {
        let seen = Seen::read("21s (x6 over 3m43s)").unwrap();
        assert_eq!((seen.last.map(|age| age.ns), seen.count, seen.repeated_for_s()), (Some(21 * SECOND), Some("6"), Some(202)));
        assert_eq!(Seen::read("<unknown>"), Some(Seen::default()));
        assert_eq!(Seen::read("<invalid> (x2 over 3m)").and_then(|seen| seen.count), Some("2"));
        assert_eq!(Seen::read("5m ago"), None);
        assert_eq!(Seen::read("Warning"), None);
    }
}
