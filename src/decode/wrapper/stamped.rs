//! A stamp in front of a line that has its own.
//!
//! In: `stamp line`. Out: the line and the outer stamp. Must not know: more of the line than whether it opens a format. A dated line of an unknown
//! program looks the same from the front, so the stamp is taken off only before a record, or where it is kubectl's.

use super::{Envelope, Unwrapped, Wrapper, certain, compose::Compose, docker_json::DockerJson, named_prefix, syslog};
use crate::decode::format::text::Text;
use crate::decode::{recognise, stamp};
use crate::severity::Severity;
use crate::time::{RawTime, SECOND, Shape};

/// Stamps of viewers.
#[derive(Debug)]
pub struct Stamped;

impl Wrapper for Stamped {
    fn name(&self) -> &'static str {
        "stamped"
    }

    fn about(&self) -> &'static str {
        "kubectl logs --timestamps (nanoseconds and a zone, kubernetes pkg/kubelet/kuberuntime/logs/logs.go timeFormatOut), docker logs -t, and \
         any other stamp before a line that opens a known format (Docker Desktop's, also before compose's names, or between name and line with a bar behind; Google Cloud's console, with a letter for the severity in front; Rancher's, in the browser's own way of writing dates, often without a blank behind, or with a bar; a stamp in brackets, as Flynn, terminals and others put it; `Nov 20 09:41:39` of ts; a table of Grafana's; TAI64N of daemontools' multilog and of svlogd)."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("2026-11-20T09:41:39.741607123Z I1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            ("2026-11-20T17:41:39.741607123+08:00 a line of its own", "a line of its own"),
            ("2026-11-20T09:41:39.7416071Z a line of its own", "a line of its own"),
            ("I 2026-11-20T09:41:39.741607123Z 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("2026-11-20 09:41:39 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("11/20/2026 9:41:39 AMI1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            ("2026-11-20T09:41:39.741607123Z 2026-11-20 17:41:39 0 [Note] x", "2026-11-20 17:41:39 0 [Note] x"),
            ("2026-11-20 17:41:39 2026-11-20T09:41:39.741607Z 0 [Note] x", "2026-11-20T09:41:39.741607Z 0 [Note] x"),
            ("2026-11-20 17:41:39 shop_db  | 2026-11-20  9:41:39 0 [Note] x", "shop_db  | 2026-11-20  9:41:39 0 [Note] x"),
            ("2026-11-20 17:41:39.741 | 2026-11-20T09:41:39.741607Z 0 [Note] x", "2026-11-20T09:41:39.741607Z 0 [Note] x"),
            ("[2026-11-20T10:01:18Z] 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("[2026-11-20 09:48:47] 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("Nov 20 09:41:39 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("[2026-11-20T09:41:39.102938Z]    2026-11-20  9:41:39 0 [Note] x", "2026-11-20  9:41:39 0 [Note] x"),
            ("Fri, Nov 20 2026 5:41:39 pm | 2026-11-20  9:41:39 0 [Note] x", "2026-11-20  9:41:39 0 [Note] x"),
            ("Fri, Nov 20 2026 5:41:39 pm | Group state: x", "Group state: x"),
            ("@400000006b001a78189de140 812:S 20 Nov 2026 10:01:18.413 * x", "812:S 20 Nov 2026 10:01:18.413 * x"),
            ("@400000006b001a78189de140", ""),
            (
                "2026-11-20T10:33:14+03:00\t{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T07:33:14.603239925Z\"}",
                "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T07:33:14.603239925Z\"}",
            ),
            ("2026-11-20T09:41:39Z [STORE] INFO: 2026-11-20  9:41:39 0 [Note] x", "[STORE] INFO: 2026-11-20  9:41:39 0 [Note] x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        if let Some(inside) = of_console(line).or_else(|| of_brackets(line)).or_else(|| of_viewer(line)).or_else(|| of_multilog(line)) {
            return Some(inside);
        }
        if let Some(inside) = of_ts(line) {
            return certain(&inside.text).is_some().then_some(inside);
        }
        line.first().filter(|byte| byte.is_ascii_digit())?;
        if let Some(rest) = of_browser(line).filter(|rest| certain(rest).is_some()) {
            return Some(Unwrapped::whole(rest, Envelope::default()));
        }
        let (time, end) = stamp::iso(line)?;
        let rest = line.get(end..)?;
        if let Some(inside) = of_bar(line).filter(|inside| certain(&inside.text).is_some()) {
            return Some(inside);
        }
        if let Some(rest) = rest.strip_prefix(b"\t").filter(|rest| DockerJson.unwrap(rest).is_some()) {
            return Some(Unwrapped::whole(rest, Envelope { time: Some(time), ..Envelope::default() }));
        }
        let rest = rest.strip_prefix(b" ")?;
        let kubectl =
            line[10] == b'T' && time.shape == Shape::Zoned && nanoseconds(line) && rest.first().is_none_or(|byte| *byte != b' ') && !is_graded(rest);
        // A record that itself begins with a stamp (mysqld's, capnslog's) must keep it.
        let of_compose = || Compose.unwrap(rest).is_some_and(|inside| certain(&inside.text).is_some());
        if certain(line).is_some()
            || !(kubectl
                || certain(rest).is_some()
                || of_compose()
                || named_prefix::label(rest).is_some()
                || (recognise(rest, &Text).is_some() && stamp::iso(rest).is_some()))
        {
            return None;
        }
        Some(Unwrapped::whole(rest, Envelope { time: Some(time), ..Envelope::default() }))
    }

    fn unwrap_all<'a>(&self, line: &'a [u8], _first: &Envelope) -> Option<Unwrapped<'a>> {
        let others = || of_bar(line).filter(|inside| !is_graded(&inside.text)).or_else(|| of_terminal(line)).or_else(|| of_ts(line));
        self.unwrap(line).or_else(others).or_else(|| {
            // Viewers' stamps name a zone; one without is as likely the program's own. With a blank in the middle they have microseconds.
            let is_viewers = |end: usize| line[10] == b'T' || end == 32;
            let (time, end) = stamp::iso(line).filter(|(time, end)| time.shape == Shape::Zoned && is_viewers(*end))?;
            let rest = line.get(end..)?;
            // Of an empty line some cut the blank.
            let inside = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
            (certain(line).is_none() && !is_graded(inside)).then(|| Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
        })
    }
}

/// Whether a level stands behind the stamp: then the stamp is the program's own.
fn is_graded(rest: &[u8]) -> bool {
    let word = &rest[..rest.iter().take(16).position(|byte| *byte == b' ').unwrap_or(0)];
    let label = word.strip_prefix(b"[").and_then(|word| word.strip_suffix(b"]")).unwrap_or(word);
    Severity::from_label(label).is_some()
}

/// What follows `I 2026-11-20T09:41:39.741607123Z`, where it is a record itself.
fn of_console(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = line.strip_prefix(b"I ").or_else(|| line.strip_prefix(b"W ")).or_else(|| line.strip_prefix(b"E "))?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (time, end) = stamp::iso(rest).filter(|(time, _)| time.shape == Shape::Zoned && nanoseconds(rest))?;
    let inside = rest.get(end..)?.trim_ascii_start();
    certain(inside).is_some().then(|| Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `[2026-11-20T09:41:39Z] `, where it is a record itself.
fn of_brackets(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = line.strip_prefix(b"[")?;
    let (time, end) = stamp::iso(rest)?;
    let inside = rest.get(end..)?.strip_prefix(b"] ")?.trim_ascii_start();
    (certain(inside).is_some() && certain(line).is_none()).then(|| Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `[2026-11-20 09:41:39] `, where nearly all lines have it: terminals and multiplexers stamp what they log so.
fn of_terminal(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = line.strip_prefix(b"[")?;
    let (time, end) = stamp::iso(rest)?;
    let inside = rest.get(end..)?.strip_prefix(b"]")?;
    let inside = if inside.is_empty() { inside } else { inside.strip_prefix(b" ")? };
    (certain(line).is_none() && !is_graded(inside)).then(|| Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `Nov 20 09:41:39 ` of ts (moreutils), where no host and no program do.
fn of_ts(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (time, end) = stamp::syslog(line).filter(|_| syslog::header(line).is_none())?;
    let inside = line.get(end..)?;
    let inside = if inside.is_empty() { inside } else { inside.strip_prefix(b" ")? };
    Some(Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `@400000006b001a78189de140 `: seconds from 2^62, ten more than those from 1970, and nanoseconds.
fn of_multilog(line: &[u8]) -> Option<Unwrapped<'_>> {
    let rest = line.strip_prefix(b"@")?;
    let digits = rest.get(..24).and_then(|digits| std::str::from_utf8(digits).ok())?;
    let (seconds, nanos) = digits.split_at_checked(16)?;
    let number = |part: &str| u64::from_str_radix(part, 16).ok().filter(|_| !part.starts_with('+'));
    let seconds = number(seconds)?.checked_sub((1 << 62) + 10).filter(|seconds| *seconds < 1 << 32)?;
    let nanos = number(nanos).filter(|nanos| *nanos < 1_000_000_000)?;
    let inside = match rest.get(24..)? {
        [] => &[],
        [b' ', inside @ ..] => inside,
        _ => return None,
    };
    let time = RawTime::zoned(seconds as i64 * SECOND + nanos as i64, 1);
    Some(Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `Fri, Nov 20 2026 5:41:39 pm | `: nothing else looks so. The zone is the browser's, so the stamp says nothing.
fn of_viewer(line: &[u8]) -> Option<Unwrapped<'_>> {
    let day = line.get(..3).filter(|day| day.iter().all(u8::is_ascii_alphabetic))?;
    let rest = line.get(day.len()..)?.strip_prefix(b", ")?;
    let (_, length) = stamp::month(rest)?;
    let mut rest = rest.get(length..)?.strip_prefix(b" ")?;
    for (most, sign) in [(2, b' '), (4, b' '), (2, b':'), (2, b':'), (2, b' ')] {
        let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        rest = rest.get(digits..).filter(|_| digits > 0)?.strip_prefix(&[sign])?;
    }
    let half = rest.get(..2).filter(|half| half.eq_ignore_ascii_case(b"am") || half.eq_ignore_ascii_case(b"pm"))?;
    let inside = rest.get(half.len()..)?.strip_prefix(b" |")?;
    Some(Unwrapped::whole(inside.strip_prefix(b" ").unwrap_or(inside), Envelope::default()))
}

/// What follows `2026-11-20 17:41:39.741 | `: loguru writes its records so too, a level first.
fn of_bar(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (time, end) = stamp::iso(line).filter(|(time, end)| time.shape != Shape::Zoned && *end == 23 && line[10] == b' ')?;
    let inside = line.get(end..)?.strip_prefix(b" |")?;
    let inside = if inside.is_empty() { inside } else { inside.strip_prefix(b" ")? };
    Some(Unwrapped::whole(inside, Envelope { time: Some(time), ..Envelope::default() }))
}

/// What follows `4/11/2026 12:17:46 AM`: whether day or month comes first depends on the browser, so the stamp itself says nothing.
fn of_browser(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line;
    for (most, sign) in [(2, b'/'), (2, b'/'), (4, b' '), (2, b':'), (2, b':'), (2, b' ')] {
        let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        rest = rest.get(digits..).filter(|_| digits > 0)?.strip_prefix(&[sign])?;
    }
    let rest = rest.strip_prefix(b"AM").or_else(|| rest.strip_prefix(b"PM"))?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Nanoseconds, and a zone behind them. Nine digits, or less by the trailing zeros, as Go prints them (`time.RFC3339Nano`); six are microseconds.
fn nanoseconds(line: &[u8]) -> bool {
    let digits = line.get(20..).map_or(0, |digits| digits.iter().take_while(|byte| byte.is_ascii_digit()).count());
    matches!(digits, 7..=9) && line.get(20 + digits).is_some_and(|zone| matches!(zone, b'Z' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_lines_of_programs_keep_their_stamp() {
        for line in [
            "2026-11-20T09:48:47Z agent alive",
            "2026-11-20T09:48:47.123456Z agent alive",
            "2026-11-20T09:48:47.123456789Z  INFO tracing: x",
            "2026-11-20T09:48:47.123456789Z [warn] x",
            "2026-11-20 10:00:16.254657 I | etcdmain: x",
            "2017-12-01 10:19:47 5628 [Note] InnoDB: x",
            "[2026-11-20T09:48:47Z] agent alive",
            "[2026-11-20T09:48:47Z INFO agent] alive",
            "Fri, Nov 20 2026 5:41:39 pm agent alive",
            "Fri, 20 Nov 2026 05:41:39 GMT | x",
            "2026-11-20 09:48:47.195 | INFO     | shop.orders:main:41 - x",
            "2026-11-20 09:48:47.195 | agent alive",
        ] {
            assert_eq!(Stamped.unwrap(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn multilog_counts_from_elsewhere() {
        let time = |line: &[u8]| Stamped.unwrap(line).and_then(|inside| inside.envelope.time);
        assert_eq!(time(b"@400000006b001a78189de140 x"), Some(RawTime::zoned(1_795_168_878_413_000_000, 1)));
        for line in
            ["@400000006b001a78189de14 x", "@400000006b001a78f8b3ec2c x", "@000000006b001a78189de140 x", "@400000006b001a78189de140x", "@shop/orders"]
        {
            assert_eq!(time(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn where_all_lines_have_one_it_is_no_line_s_own() {
        let inside = |line: &'static [u8]| Stamped.unwrap_all(line, &Envelope::default()).map(|inside| inside.text.into_owned());
        assert_eq!(inside(b"2026-11-20T09:48:47.123456789Z     further words").as_deref(), Some(&b"    further words"[..]));
        assert_eq!(inside(b"2026-11-20T09:48:47.123456789Z").as_deref(), Some(&b""[..]));
        assert_eq!(inside(b"2026-11-20T09:48:47.195137Z 0 [Note] InnoDB: x"), None);
        assert_eq!(inside(b"2026-11-20T09:48:47.195137Z ERROR of the program itself"), None);
        assert_eq!(inside(b"2026-11-20 09:48:47 agent alive"), None);
        assert_eq!(inside(b"2026-11-20 09:48:47.123456+00:00   further words").as_deref(), Some(&b"  further words"[..]));
        assert_eq!(inside(b"2026-11-20 09:48:47+00:00 further words"), None);
        assert_eq!(inside(b"[2026-11-20 09:48:47]   further words").as_deref(), Some(&b"  further words"[..]));
        assert_eq!(inside(b"[2026-11-20 09:48:47] ERROR of the program itself"), None);
        assert_eq!(inside(b"Nov 20 09:48:47 further words").as_deref(), Some(&b"further words"[..]));
        assert_eq!(inside(b"Nov 20 09:48:47 node-3 systemd[1]: Started x"), None);
        assert_eq!(inside(b"2026-11-20 09:48:47.195 | agent alive").as_deref(), Some(&b"agent alive"[..]));
        assert_eq!(inside(b"2026-11-20 09:48:47.195 | ").as_deref(), Some(&b""[..]));
        assert_eq!(inside(b"2026-11-20 09:48:47.195 | ERROR    | shop.orders:main:41 - x"), None);
    }

    #[test]
    fn two_stamps_are_one_too_many() {
        let unwrapped = Stamped.unwrap(b"2026-11-20T09:48:47.98Z 2026-11-20T09:48:47Z agent alive").unwrap();
        assert_eq!(&*unwrapped.text, b"2026-11-20T09:48:47Z agent alive");
    }
}
