//! Time: what a record says about its own time, and the point on the UTC line that follows once the source's clock is known.
//!
//! In: numbers that readers took out of stamps. Out: [`RawTime`] (as written) and [`Stamp`] (UTC with its doubt).
//! Must not know: files, formats, the wall clock of the machine it runs on.

use std::fmt;

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds in a day.
pub const DAY: i64 = 24 * HOUR;
/// The year that year-less stamps are counted in until the real one is known: a leap year, so that 29 February exists.
pub const YEARLESS: i32 = 2000;

/// How much of a point in time a record states by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// Date, time and zone: `ns` is UTC.
    Zoned,
    /// Date and time without a zone: `ns` counts the civil time as if it were UTC.
    Local,
    /// Month, day and time, neither year nor zone (klog, syslog): `ns` counts in the year [`YEARLESS`] as if it were UTC.
    Yearless,
    /// Time of day known to be UTC, no date (`18:41:39 UTC - mysqld got signal 6`): `ns` since midnight.
    DayUtc,
    /// Time of day in the local zone, no date: `ns` since midnight.
    DayLocal,
    /// Age at an unstated moment of collection (`kubectl get events`: `5m30s`): `ns` before that moment.
    Age,
    /// Time since boot (kernel ring buffer): `ns` since an unstated boot.
    Boot,
}

/// A record's time as it is written: the shape, the number, and how fine the writer's clock prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RawTime {
    /// What `ns` means.
    pub shape: Shape,
    /// Nanoseconds, counted as [`Shape`] says.
    pub ns: i64,
    /// Nanoseconds of one step of the written stamp: the true time lies in `[ns, ns + precision_ns)`. An age such as `3h20m` has the
    /// size of its last unit.
    pub precision_ns: i64,
}

impl RawTime {
    /// A stamp with date, time and zone, already converted to UTC.
    pub const fn zoned(ns: i64, precision_ns: i64) -> Self {
        Self { shape: Shape::Zoned, ns, precision_ns }
    }

    /// A stamp with date and time, no zone.
    pub const fn local(ns: i64, precision_ns: i64) -> Self {
        Self { shape: Shape::Local, ns, precision_ns }
    }

    /// A stamp without year and zone; `ns` must count in the year [`YEARLESS`].
    pub const fn yearless(ns: i64, precision_ns: i64) -> Self {
        Self { shape: Shape::Yearless, ns, precision_ns }
    }
}

/// A point in UTC with its doubt.
///
/// # Units
///
/// Nanoseconds since 1970-01-01T00:00:00Z. The true time lies in `[ns - doubt_ns, ns + precision_ns + doubt_ns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// UTC, nanoseconds since the epoch.
    pub ns: i64,
    /// How fine the stamp is written.
    pub precision_ns: i64,
    /// How far the source's clock may be off, as far as is known.
    pub doubt_ns: i64,
}

impl Stamp {
    /// A stamp without doubt, as fine as a nanosecond.
    pub const fn exact(ns: i64) -> Self {
        Self { ns, precision_ns: 1, doubt_ns: 0 }
    }

    /// The earliest moment this stamp can mean.
    pub const fn earliest(self) -> i64 {
        self.ns.saturating_sub(self.doubt_ns)
    }

    /// The latest moment this stamp can mean.
    pub const fn latest(self) -> i64 {
        self.ns.saturating_add(self.precision_ns.saturating_sub(1)).saturating_add(self.doubt_ns)
    }

    /// The same stamp moved by `ns`.
    #[must_use]
    pub const fn moved(self, ns: i64) -> Self {
        Self { ns: self.ns.saturating_add(ns), ..self }
    }

    /// How surely this stamp lies before `other`.
    pub const fn before(self, other: Self) -> Order {
        let written = other.ns.saturating_add(other.precision_ns.saturating_sub(1));
        if self.latest() < other.earliest() {
            Order::Certain
        } else if self.ns <= written {
            Order::Possible
        } else if self.earliest() <= other.latest() {
            Order::Strained
        } else {
            Order::Contradicted
        }
    }
}

/// How sure an order of two stamps is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// The stamps say the opposite, whatever the doubt.
    Contradicted,
    /// The stamps as they stand say the opposite; it fits within the doubt of the clocks only.
    Strained,
    /// The stamps allow it, but not whatever the doubt.
    Possible,
    /// It holds whatever the doubt.
    Certain,
}

/// RFC 3339 in UTC with microseconds, as reports print it.
impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_utc(out, self.ns)
    }
}

/// Writes nanoseconds since the epoch as `2017-12-01T02:17:42.000000Z`.
pub fn write_utc(out: &mut impl fmt::Write, ns: i64) -> fmt::Result {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let rest = ns.rem_euclid(DAY);
    let (hour, minute, second) = (rest / HOUR, rest / MINUTE % 60, rest / SECOND % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z", rest % SECOND / 1000)
}

/// Days since 1970-01-01 of a proleptic Gregorian date. Months and days out of range are not checked here; see [`civil_ns`].
pub const fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = year as i64 - if month <= 2 { 1 } else { 0 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = (month as i64 + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day as i64 - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub const fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

/// Nanoseconds of a civil time counted as if it were UTC, or `None` if a part is out of range. A leap second counts as second 59.
pub fn civil_ns(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32, nanos: u32) -> Option<i64> {
    const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = *LENGTHS.get(month.checked_sub(1)? as usize)? + u32::from(leap && month == 2);
    if day == 0 || day > length || hour > 23 || minute > 59 || second > 60 || nanos >= 1_000_000_000 || !(1..=9999).contains(&year) {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59));
    days_from_civil(year, month, day).checked_mul(DAY)?.checked_add(seconds * SECOND + i64::from(nanos))
}

/// A length of time for people, rounded to what is shown: `32s`, `2m0s`, `1h5m`, `250ms`.
pub fn human(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let ns = i128::from(ns.unsigned_abs());
    let (second, minute, hour, day) = (i128::from(SECOND), i128::from(MINUTE), i128::from(HOUR), i128::from(DAY));
    if ns < second {
        return format!("{sign}{}ms", ns / 1_000_000);
    }
    let rounded = |unit: i128| (ns + unit / 2) / unit * unit;
    let (tenths, seconds, minutes, hours) = (rounded(second / 10) * 10 / second, rounded(second), rounded(minute), rounded(hour));
    if tenths < 600 {
        return if tenths % 10 == 0 { format!("{sign}{}s", tenths / 10) } else { format!("{sign}{}.{}s", tenths / 10, tenths % 10) };
    }
    if seconds < hour {
        return format!("{sign}{}m{}s", seconds / minute, seconds % minute / second);
    }
    if minutes < 2 * day {
        return format!("{sign}{}h{}m", minutes / hour, minutes % hour / minute);
    }
    format!("{sign}{}d{}h", hours / day, hours % day / hour)
}

/// Reads a duration as Go, Kubernetes and people write it (`1m25.14s`, `40.01s`, `250ms`, `2h`, `1d`, `90`: seconds). Nanoseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some((seconds * SECOND as f64) as i64);
    }
    let mut total = 0_i64;
    let mut rest = text.strip_prefix('-').unwrap_or(text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        let tail = rest.get(digits..)?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let unit = match tail.get(..end)?.trim() {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "y" => 365 * DAY,
            _ => return None,
        };
        total = total.checked_add((number * unit as f64) as i64)?;
        rest = tail.get(end..)?;
    }
    (!text.is_empty()).then_some(if text.starts_with('-') { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_go_there_and_back() {
        for days in [-719_468, -1, 0, 1, 58, 59, 60, 11_016, 17_501, 20_777, 2_932_896] {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year as i32, month, day), days);
        }
        assert_eq!(civil_ns(2017, 12, 1, 10, 17, 42, 0), Some(1_512_123_462 * SECOND));
        assert_eq!(civil_ns(2023, 2, 29, 0, 0, 0, 0), None);
        assert_eq!(civil_ns(2000, 2, 29, 0, 0, 0, 0).map(|ns| Stamp::exact(ns).to_string()), Some("2000-02-29T00:00:00.000000Z".into()));
    }

    #[test]
    fn durations_as_go_prints_them() {
        assert_eq!(parse_duration("1m25.146728424s"), Some(85_146_728_424));
        assert_eq!(parse_duration("2m0s"), Some(2 * MINUTE));
        assert_eq!(parse_duration("3d4h"), Some(3 * DAY + 4 * HOUR));
        assert_eq!(parse_duration("250ms"), Some(250_000_000));
        assert_eq!(parse_duration("40"), Some(40 * SECOND));
        assert_eq!(parse_duration("40x"), None);
        assert_eq!(parse_duration(""), None);
        assert_eq!(human(85_146_728_424), "1m25s");
        assert_eq!(human(32 * SECOND), "32s");
        for (ns, told) in [
            (31_999_882_000, "32s"),
            (31_949_000_000, "31.9s"),
            (59_960_000_000, "1m0s"),
            (119_999_000_000, "2m0s"),
            (HOUR - 1, "1h0m"),
            (HOUR + 59 * MINUTE + 40 * SECOND, "2h0m"),
            (2 * DAY - 1, "2d0h"),
            (3 * DAY + 23 * HOUR + 31 * MINUTE, "4d0h"),
            (-31_999_882_000, "-32s"),
        ] {
            assert_eq!(human(ns), told, "{ns}");
        }
    }

    #[test]
    fn order_knows_its_doubt() {
        let at = |ns, doubt_ns| Stamp { ns, precision_ns: 1, doubt_ns };
        assert_eq!(at(10, 0).before(at(11, 0)), Order::Certain);
        assert_eq!(at(10, 5).before(at(11, 0)), Order::Possible);
        assert_eq!(at(11, 0).before(at(10, 0)), Order::Contradicted);
        assert_eq!(at(12, 1).before(at(10, 1)), Order::Strained);
        assert_eq!(at(13, 1).before(at(10, 1)), Order::Contradicted);
        // A stamp of a whole second may mean its end.
        assert_eq!(at(12, 0).before(Stamp { ns: 10, precision_ns: 5, doubt_ns: 0 }), Order::Possible);
        assert_eq!(at(10, 0).before(at(10, 0)), Order::Possible);
    }
}
