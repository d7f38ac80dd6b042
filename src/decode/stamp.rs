//! Stamps: the shapes in which dates and times are written, read by hand from bytes.
//!
//! In: the beginning of a line. Out: a [`RawTime`] and how many bytes it took. Must not know: whose line it is.

use crate::time::{MINUTE, RawTime, SECOND, Shape, YEARLESS, civil_ns};

/// Month names as syslog, journald and redis print them, besides the English ones: the locale decides. Lower case, no final dot.
///
/// # Source
///
/// CLDR and glibc `abmon` of fr, de, es, it, pt, nl, ru, pl, sv/da/nb, tr, cs, uk, hu, fi, ro, ca. Names that two of them use for different months (`srp`, `kol`) are left out.
const FOREIGN_MONTHS: [&[&str]; 12] = [
    &["janv", "jän", "ene", "gen", "янв", "sty", "januar", "oca", "led", "січ", "tammi", "ian"],
    &["févr", "fév", "fevr", "fev", "фев", "lut", "febr", "şub", "úno", "лют", "helmi"],
    &["mars", "mär", "mrz", "märz", "mrt", "мар", "marzo", "bře", "бер", "márc", "maalis", "març"],
    &["avril", "avr", "abr", "апр", "kwi", "april", "nis", "dub", "кві", "ápr", "huhti"],
    &["mai", "mag", "mei", "maj", "maio", "май", "мая", "kvě", "тра", "máj", "touko", "maig"],
    &["juin", "giu", "июн", "juni", "cze", "haz", "čen", "чер", "jún", "kesä", "iun", "juny"],
    &["juil", "lug", "июл", "juli", "lip", "tem", "čec", "лип", "júl", "heinä", "iul", "jul"],
    &["août", "aout", "ago", "авг", "sie", "ağu", "сер", "elo", "ag"],
    &["sept", "set", "сен", "wrz", "eyl", "zář", "вер", "szept", "syys"],
    &["okt", "ott", "out", "окт", "paź", "eki", "říj", "жов", "loka"],
    &["ноя", "lis", "nov", "kas", "лис", "marras", "noi"],
    &["déc", "dez", "dic", "дек", "gru", "des", "ara", "pro", "гру", "joulu"],
];

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
/// after a blank (MariaDB), also with its padding lost on the way through a web page. Also `2017/12/01`.
pub fn iso(line: &[u8]) -> Option<(RawTime, usize)> {
    let year = two(line, 0, false)? * 100 + two(line, 2, false)?;
    let dash = *line.get(4)?;
    if !matches!(dash, b'-' | b'/') || line.get(7) != Some(&dash) || !matches!(line.get(10), Some(b'T' | b' ')) {
        return None;
    }
    let (month, day) = (two(line, 5, false)?, two(line, 8, false)?);
    let blank = line.get(10) == Some(&b' ');
    // `2017-12-01 9:19:47`: the blank before it is the padding.
    let at = if blank && line.get(12) == Some(&b':') { 10 } else { 11 };
    let (hour, minute, second) = clock(line, at, blank)?;
    let (nanos, precision, length) = fraction(line, at + 8);
    let ns = civil_ns(year as i32, month, day, hour, minute, second, nanos)?;
    let end = at + 8 + length;
    Some(match zone(line, end) {
        Some((east, length)) => (RawTime::zoned(ns - east * SECOND, precision), end + length),
        None => (RawTime::local(ns, precision), end),
    })
}

/// `2026-11-20T09:48:47,123456+00:00` of `dmesg --time-format iso`, which nobody else writes: a comma, microseconds and an offset.
pub fn dmesg_iso(line: &[u8]) -> Option<(RawTime, usize)> {
    let sign = |at, signs: &[u8]| line.get(at).is_some_and(|byte| signs.contains(byte));
    let shaped = sign(10, b"T") && sign(19, b",") && sign(26, b"+-") && sign(29, b":");
    if !shaped {
        return None;
    }
    iso(line).filter(|(_, end)| *end == 32 && matches!(line.get(32), None | Some(b' ')))
}

/// klog's `mmdd hh:mm:ss.uuuuuu` at `at`. No year, no zone.
pub fn klog(line: &[u8], at: usize) -> Option<(RawTime, usize)> {
    let usual = line.get(at..).and_then(<[u8]>::first_chunk).and_then(klog_micros);
    match usual.filter(|_| !line.get(at + 20).is_some_and(u8::is_ascii_digit)) {
        Some(time) => Some((time, at + 20)),
        None => klog_any(line, at),
    }
}

/// The usual form, with microseconds: every place of it is known.
fn klog_micros(text: &[u8; 20]) -> Option<RawTime> {
    const SHAPE: [u8; 20] = *b"0000 00:00:00.000000";
    // How far each byte may lie above its place's sign: a digit by nine, a sign not at all.
    let strange = text.iter().zip(SHAPE).fold(false, |strange, (byte, sign)| strange | (byte.wrapping_sub(sign) > if sign == b'0' { 9 } else { 0 }));
    if strange {
        return None;
    }
    let number = |places: std::ops::Range<usize>| text[places].iter().fold(0, |sum, digit| sum * 10 + u32::from(*digit - b'0'));
    let ns = civil_ns(YEARLESS, number(0..2), number(2..4), number(5..7), number(8..10), number(11..13), number(14..20) * 1000)?;
    Some(RawTime::yearless(ns, 1000))
}

/// Any other form.
fn klog_any(line: &[u8], at: usize) -> Option<(RawTime, usize)> {
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
    // The padding may be lost, as in [`iso`].
    let at = if line.get(8) == Some(&b':') { 6 } else { 7 };
    let (hour, minute, second) = clock(line, at, true)?;
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let ns = civil_ns(year as i32, month, day, hour, minute, second, 0)?;
    Some((RawTime::local(ns, SECOND), at + 8))
}

/// The month whose name stands at the start of `line` (`Nov`, `févr.`, `11月`), and the length with its dot.
pub fn month(line: &[u8]) -> Option<(u32, usize)> {
    const ENGLISH: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    if let [b' ', digit, rest @ ..] = line
        && digit.is_ascii_digit()
        && !rest.first().is_some_and(u8::is_ascii_digit)
    {
        // The C library pads the months of these locales: ` 5월`, `11월`.
        return month(&line[1..]).map(|(number, length)| (number, length + 1));
    }
    if line.first()?.is_ascii_digit() {
        let number = line.get(1).copied().and_then(digit).map_or_else(|| two(&[b'0', line[0]], 0, false), |_| two(line, 0, false))?;
        let digits = if line.get(1).is_some_and(u8::is_ascii_digit) { 2 } else { 1 };
        let sign = line.get(digits..digits + 3)?;
        return ((sign == "月".as_bytes() || sign == "월".as_bytes()) && (1..=12).contains(&number)).then_some((number, digits + 3));
    }
    if let Some(name) = line.get(..3)
        && line.get(3).is_none_or(|next| matches!(next, b' ' | b'.'))
        && let Some(at) = ENGLISH.iter().position(|english| english.eq_ignore_ascii_case(name))
    {
        return Some((at as u32 + 1, if line.get(3) == Some(&b'.') { 4 } else { 3 }));
    }
    let end = line.iter().take(12).position(|byte| *byte == b' ')?;
    let name = std::str::from_utf8(&line[..end]).ok()?;
    let name = name.strip_suffix('.').unwrap_or(name).to_lowercase();
    FOREIGN_MONTHS.iter().position(|names| names.contains(&name.as_str())).map(|at| (at as u32 + 1, end))
}

/// syslog's `Mar  4 10:00:00`, journald's `Mar 04 10:00:00.123456`, also with the year after the day. No zone.
pub fn syslog(line: &[u8]) -> Option<(RawTime, usize)> {
    let (month, end) = month(line)?;
    let blanks = line.get(end..)?.iter().take_while(|byte| **byte == b' ').count();
    let at = end + blanks;
    let digits = line.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let day = match digits {
        1 => digit(line[at])?,
        2 => two(line, at, false)?,
        _ => return None,
    };
    // The day's sign of Chinese and Japanese locales.
    let mut at = at + digits + if line.get(at + digits..at + digits + 3) == Some("日".as_bytes()) { 3 } else { 0 };
    if blanks == 0 && end < 4 || line.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    let year = line.get(at + 4).filter(|next| **next == b' ').and_then(|_| Some(two(line, at, false)? * 100 + two(line, at + 2, false)?));
    at += if year.is_some() { 5 } else { 0 };
    let (hour, minute, second) = clock(line, at, false)?;
    let (nanos, precision, length) = fraction(line, at + 8);
    let ns = civil_ns(year.map_or(YEARLESS, |year| year as i32), month, day, hour, minute, second, nanos)?;
    let time = if year.is_some() { RawTime::local(ns, precision) } else { RawTime::yearless(ns, precision) };
    Some((time, at + 8 + length))
}

/// redis's `20 Nov 2026 10:00:00.123`; before 5.0 without the year. No zone.
pub fn day_month(line: &[u8]) -> Option<(RawTime, usize)> {
    let day = two(line, 0, true)?;
    let (month, length) = line.get(2).filter(|blank| **blank == b' ').and_then(|_| month(line.get(3..)?))?;
    let mut at = 3 + length + 1;
    let year = line.get(at + 4).filter(|next| **next == b' ').and_then(|_| Some(two(line, at, false)? * 100 + two(line, at + 2, false)?));
    at += if year.is_some() { 5 } else { 0 };
    let (hour, minute, second) = clock(line, at, false)?;
    let (nanos, precision, length) = fraction(line, at + 8);
    let ns = civil_ns(year.map_or(YEARLESS, |year| year as i32), month, day, hour, minute, second, nanos)?;
    let time = if year.is_some() { RawTime::local(ns, precision) } else { RawTime::yearless(ns, precision) };
    Some((time, at + 8 + length))
}

/// `Fri Nov 20 10:00:00 2026` of `dmesg -T` (the C library's `ctime`), and as util-linux writes it in other languages (`ven. 20 nov. …`). No zone.
pub fn ctime(line: &[u8]) -> Option<(RawTime, usize)> {
    const LONGEST_WEEKDAY: usize = 12;
    let weekday = line.iter().take(LONGEST_WEEKDAY).position(|byte| *byte == b' ').filter(|end| *end > 1)?;
    if line[..weekday].iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'+')) {
        return None;
    }
    let at = weekday + 1;
    let month_first = || {
        let (month, length) = month(line.get(at..)?)?;
        let at = at + length + 1;
        Some((month, two(line, at, true)?, at + 3))
    };
    let day_first = || {
        let day = two(line, at, true)?;
        let at = at + 2 + line.get(at + 2..)?.iter().take(2).take_while(|byte| matches!(byte, b'.' | b' ')).count();
        let (month, length) = month(line.get(at..)?)?;
        Some((month, day, at + length + 1))
    };
    let (month, day, at) = month_first().or_else(day_first)?;
    let (hour, minute, second) = clock(line, at, false)?;
    let year = line.get(at + 8).filter(|blank| **blank == b' ').and_then(|_| Some(two(line, at + 9, false)? * 100 + two(line, at + 11, false)?))?;
    let ns = civil_ns(year as i32, month, day, hour, minute, second, 0)?;
    Some((RawTime::local(ns, SECOND), at + 13))
}

/// A number counted from 1970 in units of `unit_ns`; without a unit the number of digits before the point tells: seconds, milli-, micro-
/// or nanoseconds.
pub fn epoch(text: &[u8], unit_ns: Option<i64>) -> Option<RawTime> {
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    if whole.is_empty() || whole.len() > 19 {
        return None;
    }
    if fraction.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        return (number.abs() < 9e18).then(|| epoch((number as i64).to_string().as_bytes(), unit_ns)).flatten();
    }
    let unit = unit_ns.unwrap_or(match whole.len() {
        9..=11 => SECOND,
        12..=14 => 1_000_000,
        15..=17 => 1000,
        18.. => 1,
        _ => return None,
    });
    let number = |digits: &[u8]| digits.iter().try_fold(0_i64, |sum, byte| sum.checked_mul(10)?.checked_add(i64::from(digit(*byte)?)));
    let mut ns = number(whole)?.checked_mul(unit)?;
    let mut precision = unit;
    for byte in fraction {
        precision /= 10;
        ns = ns.checked_add(i64::from(digit(*byte)?) * precision)?;
    }
    Some(RawTime::zoned(ns, precision.max(1)))
}

/// `Mar 4 10:24` or `Nov25 12:11` of `dmesg -H`: a minute, neither year nor zone.
pub fn month_minute(line: &[u8]) -> Option<(RawTime, usize)> {
    let mut name = [b' '; 4];
    name[..3].copy_from_slice(line.get(..3)?);
    let (month, _) = month(&name)?;
    let blanks = line.get(3..)?.iter().take_while(|byte| **byte == b' ').count();
    let rest = line.get(3 + blanks..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let day = if digits == 1 { digit(rest[0])? } else { two(rest, 0, false)? };
    let (hour, minute) = (two(rest, digits + 1, false)?, two(rest, digits + 4, false)?);
    if rest.get(digits) != Some(&b' ') || rest.get(digits + 3) != Some(&b':') {
        return None;
    }
    let ns = civil_ns(YEARLESS, month, day, hour, minute, 0, 0)?;
    Some((RawTime::yearless(ns, MINUTE), 3 + blanks + digits + 6))
}

/// The kernel's `12345.678901`: exactly six digits after the point.
pub fn since_boot(text: &[u8]) -> Option<RawTime> {
    let text = text.trim_ascii_start();
    let point = text.len().checked_sub(7).filter(|point| *point > 0 && text[*point] == b'.')?;
    let number = |digits: &[u8]| digits.iter().try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')));
    let seconds = number(text[..point].get(..point.min(10)).filter(|_| point <= 10)?)?;
    let ns = seconds.checked_mul(SECOND)?.checked_add(number(&text[point + 1..])? * 1000)?;
    Some(RawTime { shape: Shape::Boot, ns, precision_ns: 1000 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Stamp;

    fn shown(found: Option<(RawTime, usize)>) -> String {
        found.map_or("none".into(), |(time, length)| format!("{:?} {} {} {length}", time.shape, Stamp::exact(time.ns), time.precision_ns))
    }

    #[test]
    fn iso_in_its_spellings() {
        assert_eq!(shown(iso(b"2017-12-01T10:19:47.123456Z x")), "Zoned 2017-12-01T10:19:47.123456Z 1000 27");
        assert_eq!(shown(iso(b"2017-12-01T10:19:47.5+08:00 x")), "Zoned 2017-12-01T02:19:47.500000Z 100000000 27");
        assert_eq!(shown(iso(b"2020-01-02T03:04:05.999999+0800")), "Zoned 2020-01-01T19:04:05.999999Z 1000 31");
        assert_eq!(shown(iso(b"2022-11-19  1:00:34 14")), "Local 2022-11-19T01:00:34.000000Z 1000000000 19");
        assert_eq!(shown(iso(b"2022-11-19 1:00:34 14")), "Local 2022-11-19T01:00:34.000000Z 1000000000 18");
        assert_eq!(shown(iso(b"2022-11-19 1:00:34.5Z")), "Zoned 2022-11-19T01:00:34.500000Z 100000000 21");
        assert_eq!(shown(iso(b"2022-11-19T1:00:34")), "none");
        assert_eq!(shown(iso(b"2022-11-19 1:00:3")), "none");
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
        assert_eq!(shown(short_date(b"261120 9:09:25 [ERROR]")), "Local 2026-11-20T09:09:25.000000Z 1000000000 14");
        assert_eq!(shown(short_date(b"261120  9:09:25 [ERROR]")), "Local 2026-11-20T09:09:25.000000Z 1000000000 15");
    }

    #[test]
    fn months_of_many_tongues() {
        for (text, expected) in [
            ("Nov 20", 11),
            ("févr. 11", 2),
            ("Févr. 11", 2),
            ("Okt 1", 10),
            ("11月 20", 11),
            ("1月 2", 1),
            (" 5월 12", 5),
            ("мая 5", 5),
            ("sept. 5", 9),
            ("Ağu 03", 8),
            ("Şub 3", 2),
            ("úno 03", 2),
        ] {
            assert_eq!(month(text.as_bytes()).map(|(month, _)| month), Some(expected), "{text}");
        }
        assert_eq!(month(b"Info 20"), None);
        assert_eq!(month(b"13"), None);
    }

    #[test]
    fn days_before_and_after_months() {
        assert_eq!(shown(syslog(b"Mar  4 10:00:00 host")), "Yearless 2000-03-04T10:00:00.000000Z 1000000000 15");
        assert_eq!(shown(syslog(b"Mar 04 10:00:00.123456 host")), "Yearless 2000-03-04T10:00:00.123456Z 1000 22");
        assert_eq!(shown(syslog(b"Mar  4 2026 10:00:00 host")), "Local 2026-03-04T10:00:00.000000Z 1000000000 20");
        assert_eq!(shown(syslog("févr. 11 14:26:21 host".as_bytes())), "Yearless 2000-02-11T14:26:21.000000Z 1000000000 18");
        assert_eq!(shown(syslog(b"Mars 10:00:00 host")), "none");
        assert_eq!(shown(day_month(b"20 Nov 2026 10:01:18.413 *")), "Local 2026-11-20T10:01:18.413000Z 1000000 24");
        assert_eq!(shown(day_month(b"20 Nov 10:01:18.413 *")), "Yearless 2000-11-20T10:01:18.413000Z 1000000 19");
        assert_eq!(shown(ctime(b"Fri Nov 20 10:00:00 2026]")), "Local 2026-11-20T10:00:00.000000Z 1000000000 24");
        assert_eq!(shown(ctime(b"Fri Nov  6 10:00:00 2026]")), "Local 2026-11-06T10:00:00.000000Z 1000000000 24");
        assert_eq!(shown(ctime("ven. 20 nov. 10:00:00 2026]".as_bytes())), "Local 2026-11-20T10:00:00.000000Z 1000000000 26");
        assert_eq!(shown(ctime("So Apr 19 10:00:00 2026]".as_bytes())), "Local 2026-04-19T10:00:00.000000Z 1000000000 23");
        assert_eq!(shown(ctime("五 11月 20 10:00:00 2026]".as_bytes())), "Local 2026-11-20T10:00:00.000000Z 1000000000 26");
        assert_eq!(shown(ctime("Пт ноя 20 10:00:00 2026]".as_bytes())), "Local 2026-11-20T10:00:00.000000Z 1000000000 28");
        assert_eq!(shown(ctime(b"12 Nov 20 10:00:00 2026]")), "none");
        assert_eq!(shown(ctime(b"+5.004376")), "none");
        assert_eq!(shown(month_minute(b"Mar 4 10:24] x")), "Yearless 2000-03-04T10:24:00.000000Z 60000000000 11");
        assert_eq!(shown(month_minute(b"Nov25 12:11] x")), "Yearless 2000-11-25T12:11:00.000000Z 60000000000 11");
        assert_eq!(shown(month_minute(b"Nov 12:11] x")), "none");
    }

    #[test]
    fn the_size_of_a_number_tells_its_unit() {
        let at = |text: &str, unit| shown(epoch(text.as_bytes(), unit).map(|time| (time, 0)));
        assert_eq!(at("1795167699741.607", Some(1_000_000)), "Zoned 2026-11-20T09:41:39.741607Z 1000 0");
        assert_eq!(at("1795167699", None), "Zoned 2026-11-20T09:41:39.000000Z 1000000000 0");
        assert_eq!(at("1795167699.5", None), "Zoned 2026-11-20T09:41:39.500000Z 100000000 0");
        assert_eq!(at("1795167699741607", None), "Zoned 2026-11-20T09:41:39.741607Z 1000 0");
        assert_eq!(at("42", None), "none");
        assert_eq!(at("9999999999999999999", None), "none");
        assert_eq!(at("", None), "none");
    }
}
