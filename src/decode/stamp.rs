//! Stamps: the shapes in which dates and times are written, read by hand from bytes.
//!
//! In: the beginning of a line. Out: a [`RawTime`] and how many bytes it took. Must not know: whose line it is.

use crate::time::{RawTime, SECOND, YEARLESS, civil_ns};

/// Two ASCII digits at `at`; a blank counts as zero in the first place when `padded`.
fn two(line: &[u8], at: usize, padded: bool) -> Option<u32> {
    let (tens, ones) = (*line.get(at)?, *line.get(at + 1)?);
    let tens = if padded && tens == b' ' { 0 } else { digit(tens)? };
    Some(tens * 10 + digit(ones)?)
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// `hh:mm:ss` at `at`; the hour may be padded with a blank when `padded`.
pub fn clock(line: &[u8], at: usize, padded: bool) -> Option<(u32, u32, u32)> {
    let colons = line.get(at + 2) == Some(&b':') && line.get(at + 5) == Some(&b':');
    if !colons {
        return None;
    }
    Some((two(line, at, padded)?, two(line, at + 3, false)?, two(line, at + 6, false)?))
}

/// A fraction `.ddd…` (or `,ddd…`) at `at`: nanoseconds, the size of its last digit, and the length with the point. No fraction is
/// `(0, SECOND, 0)`.
pub fn fraction(line: &[u8], at: usize) -> (u32, i64, usize) {
    if !matches!(line.get(at), Some(b'.' | b',')) {
        return (0, SECOND, 0);
    }
    let mut nanos = 0_u32;
    let mut digits = 0_usize;
    while let Some(value) = line.get(at + 1 + digits).copied().and_then(digit) {
        if digits < 9 {
            nanos = nanos * 10 + value;
        }
        digits += 1;
    }
    if digits == 0 {
        return (0, SECOND, 0);
    }
    let shown = digits.min(9) as u32;
    (nanos * 10_u32.pow(9 - shown), i64::from(10_u32.pow(9 - shown)), digits + 1)
}

/// A zone at `at`: `Z`, `+08:00`, `-0500` or `+08`. Seconds east of UTC and the length.
pub fn zone(line: &[u8], at: usize) -> Option<(i64, usize)> {
    match *line.get(at)? {
        b'Z' => Some((0, 1)),
        sign @ (b'+' | b'-') => {
            let hours = two(line, at + 1, false)?;
            let (minutes, length) = if line.get(at + 3) == Some(&b':') {
                (two(line, at + 4, false)?, 6)
            } else {
                two(line, at + 3, false).map_or((0, 3), |minutes| (minutes, 5))
            };
            let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            (hours < 24 && minutes < 60).then_some((if sign == b'-' { -seconds } else { seconds }, length))
        }
        _ => None,
    }
}

/// `2017-12-01T10:19:47.123456Z` and relatives at the start of `line`: `T` or a blank between date and time, any number of fractional
/// digits after `.` or `,`, a zone directly behind (then [`RawTime::zoned`], else [`RawTime::local`]). A blank-padded hour is taken
/// after a blank (MariaDB). Also `2017/12/01`.
pub fn iso(line: &[u8]) -> Option<(RawTime, usize)> {
    let year = two(line, 0, false)? * 100 + two(line, 2, false)?;
    let dash = *line.get(4)?;
    if !matches!(dash, b'-' | b'/') || line.get(7) != Some(&dash) || !matches!(line.get(10), Some(b'T' | b' ')) {
        return None;
    }
    let (month, day) = (two(line, 5, false)?, two(line, 8, false)?);
    let (hour, minute, second) = clock(line, 11, line.get(10) == Some(&b' '))?;
    let (nanos, precision, length) = fraction(line, 19);
    let ns = civil_ns(year as i32, month, day, hour, minute, second, nanos)?;
    let end = 19 + length;
    Some(match zone(line, end) {
        Some((east, length)) => (RawTime::zoned(ns - east * SECOND, precision), end + length),
        None => (RawTime::local(ns, precision), end),
    })
}

/// klog's `mmdd hh:mm:ss.uuuuuu` at `at`. No year, no zone.
pub fn klog(line: &[u8], at: usize) -> Option<(RawTime, usize)> {
    let (month, day) = (two(line, at, false)?, two(line, at + 2, false)?);
    if line.get(at + 4) != Some(&b' ') {
        return None;
    }
    let (hour, minute, second) = clock(line, at + 5, false)?;
    let (nanos, precision, length) = fraction(line, at + 13);
    let ns = civil_ns(YEARLESS, month, day, hour, minute, second, nanos)?;
    Some((RawTime::yearless(ns, precision), at + 13 + length))
}

/// `yymmdd hh:mm:ss` of mysqld up to 5.5 and MariaDB's crash line; the hour may be blank padded. No zone.
pub fn short_date(line: &[u8]) -> Option<(RawTime, usize)> {
    let (year, month, day) = (two(line, 0, false)?, two(line, 2, false)?, two(line, 4, false)?);
    if line.get(6) != Some(&b' ') {
        return None;
    }
    let (hour, minute, second) = clock(line, 7, true)?;
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let ns = civil_ns(year as i32, month, day, hour, minute, second, 0)?;
    Some((RawTime::local(ns, SECOND), 15))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Shape, Stamp};

    fn shown(found: Option<(RawTime, usize)>) -> String {
        found.map_or("none".into(), |(time, length)| format!("{:?} {} {} {length}", time.shape, Stamp::exact(time.ns), time.precision_ns))
    }

    #[test]
    fn iso_in_its_spellings() {
        assert_eq!(shown(iso(b"2017-12-01T10:19:47.123456Z x")), "Zoned 2017-12-01T10:19:47.123456Z 1000 27");
        assert_eq!(shown(iso(b"2017-12-01T10:19:47.5+08:00 x")), "Zoned 2017-12-01T02:19:47.500000Z 100000000 27");
        assert_eq!(shown(iso(b"2020-01-02T03:04:05.999999+0800")), "Zoned 2020-01-01T19:04:05.999999Z 1000 31");
        assert_eq!(shown(iso(b"2022-11-19  1:00:34 14")), "Local 2022-11-19T01:00:34.000000Z 1000000000 19");
        assert_eq!(shown(iso(b"2006/01/02 15:04:05")), "Local 2006-01-02T15:04:05.000000Z 1000000000 19");
        assert_eq!(shown(iso(b"2017-13-01T10:19:47Z")), "none");
        assert_eq!(shown(iso(b"2017-12-01T10:19")), "none");
        assert_eq!(shown(iso(b"")), "none");
    }

    #[test]
    fn klog_has_no_year() {
        let (time, length) = klog(b"I1201 10:17:42.000123   1234 x", 1).unwrap();
        assert_eq!((time.shape, length), (Shape::Yearless, 21));
        assert_eq!(Stamp::exact(time.ns).to_string(), "2000-12-01T10:17:42.000123Z");
        assert_eq!(shown(klog(b"I1301 10:17:42.000123", 1)), "none");
    }

    #[test]
    fn two_digit_years_and_blank_hours() {
        assert_eq!(shown(short_date(b"150907 10:03:57 [Note]")), "Local 2015-09-07T10:03:57.000000Z 1000000000 15");
        assert_eq!(shown(short_date(b"261120  9:09:25 [ERROR]")), "Local 2026-11-20T09:09:25.000000Z 1000000000 15");
    }
}
