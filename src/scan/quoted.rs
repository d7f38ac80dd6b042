//! Quoted times: moments that a record states beside its own stamp, so that one of the two tells the zone, or the year, of the other.
//!
//! In: framed pieces, recognised records. Out: hints. Must not know: how zones are settled.
//!
//! - Go prints a time that it took from the clock itself with the zone of the process and the time since its start:
//!   `2026-11-20 09:42:30.901862411 +0800 CST m=+0.416502605`. A time that was read from elsewhere, or converted, has no `m=`.
//! - Kubernetes' times are converted to the zone of the process when they are read from the API: `LastHeartbeatTime:2017-12-01 10:17:42 +0800 CST`.
//! - The kubelet prints a condition that it sets now in UTC: `"lastHeartbeatTime":"2026-11-20T09:35:47Z"`.
//! - A server that makes its UUID puts the moment into it, in UTC; when it has written its buffer pool it says so in local time.
//!
//! # Source
//!
//! Go `time/format.go` (`Time.String`), `time/time.go` (`In`, `Local` and `UTC` strip the monotonic reading); the kubelet prints such times in
//! `Machine: {Timestamp:…`, in `Observed pod startup duration`, in node conditions; the controller-manager in `Adding it to the Taint queue`.
//! apimachinery `pkg/apis/meta/v1/time.go` and `time_proto.go` (`Local`); `pkg/kubelet/nodestatus/setters.go` (`ReadyCondition`);
//! mysql-server `sql/mysqld.cc` (`generate_server_uuid`), RFC 4122 version 1; `storage/innobase/buf/buf0dump.cc` (`ut_sprintf_timestamp`).

use memchr::memmem;

use crate::clock::{Hints, LocalTime, MAX_LOCAL, Twofold};
use crate::decode::{Framed, Piece, stamp};
use crate::signal::Signal;
use crate::time::{DAY, RawTime, SECOND, Shape, parse_duration};

/// What follows the zone.
const MONOTONIC: &[u8] = b" m=+";
/// What stands before a time that was converted.
const HEARTBEAT: &[u8] = b"LastHeartbeatTime:";
/// What stands before a time that is now.
const CONDITION: &[u8] = b"\"lastHeartbeatTime\":\"";
/// What stands before a UUID that was just made.
const NEW_UUID: &[u8] = b"Generating a new UUID: ";
/// What stands before the local time at which the buffer pool was read or written.
const BUFFER_POOL: &[u8] = b" completed at ";
/// Longest time before it.
const MAX_TIME: usize = 64;
/// Bytes of a piece that are looked at: such lines come at the start and then again and again.
const LOOKED_AT: usize = 64 << 10;
/// Formats of servers that make UUIDs.
const SERVER: &str = "mysqld";

/// Notes the quoted times of a piece.
pub(super) fn note(piece: &Piece<'_>, hints: &mut Hints) {
    let text = piece.text.get(..LOOKED_AT).unwrap_or(&piece.text);
    let entry = |at: usize| piece.entries.get(piece.entries.partition_point(|framed| framed.end <= at)).filter(|framed| framed.start <= at);
    if hints.local_times.len() < MAX_LOCAL && !hints.yearless.is_empty() {
        for at in memmem::find_iter(text, MONOTONIC) {
            let Some(framed) = entry(at) else { continue };
            let Some(own) = framed.head.time.filter(|own| own.shape == Shape::Yearless) else { continue };
            let before = text.get(at.saturating_sub(MAX_TIME).max(framed.start)..at).unwrap_or_default();
            if let Some((civil, zone_ns)) = local_time(before) {
                hints.note_local(LocalTime { own, civil, zone_ns });
            }
        }
    }
    let serves = |framed: Option<&Framed>| framed.is_some_and(|framed| framed.format.name() == SERVER);
    if hints.twofold.len() < MAX_LOCAL && (serves(piece.entries.first()) || serves(piece.entries.last())) {
        for (mark, read) in [(NEW_UUID, of_uuid as fn(RawTime, &[u8]) -> Option<(RawTime, i64)>), (BUFFER_POOL, of_buffer_pool)] {
            for at in memmem::find_iter(text, mark).take(MAX_LOCAL) {
                let Some(framed) = entry(at).filter(|framed| framed.format.name() == SERVER) else { continue };
                let rest = text.get(at + mark.len()..framed.end.min(text.len())).unwrap_or_default();
                if let Some((civil, utc)) = framed.head.time.and_then(|own| read(own, rest)) {
                    hints.note_twofold(Twofold { civil, utc, offset: framed.offset });
                }
            }
        }
    }
}

/// Notes the quoted times of recognised records, wherever they stand in the source.
pub(super) fn note_cited(signals: &[Signal], hints: &mut Hints) {
    if hints.yearless.is_empty() && hints.local.is_none() {
        return;
    }
    for signal in signals {
        let Some(own) = signal.raw_time.filter(|own| matches!(own.shape, Shape::Yearless | Shape::Local)) else { continue };
        let text = signal.citation.text.as_bytes();
        if hints.local_times.len() < MAX_LOCAL
            && own.shape == Shape::Yearless
            && let Some((civil, zone_ns)) = converted_heartbeat(text)
        {
            hints.note_local(LocalTime { own, civil, zone_ns });
        }
        if hints.twofold.len() < MAX_LOCAL
            && let Some(at) = memmem::find(text, CONDITION)
            && let Some((quoted, _)) = stamp::iso(text.get(at + CONDITION.len()..).unwrap_or_default())
            && quoted.shape == Shape::Zoned
        {
            hints.note_twofold(Twofold { civil: own, utc: quoted.ns, offset: signal.citation.offset });
        }
    }
}

/// The last heartbeat of a node that a line quotes, in the zone of the process that wrote the line, and that zone.
fn converted_heartbeat(text: &[u8]) -> Option<(i64, i64)> {
    let rest = text.get(memmem::find(text, HEARTBEAT)? + HEARTBEAT.len()..)?;
    let end = rest.iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(rest.len()).min(MAX_TIME);
    // Old versions put nothing between the fields: the zone's name ends where the next field begins.
    local_time(&rest.get(..end)?.split(|byte| *byte == b' ').take(4).collect::<Vec<_>>().join(&b' '))
}

/// The last heartbeat of a node that a line quotes, as the node stamped it.
pub(super) fn last_heartbeat(text: &[u8]) -> Option<RawTime> {
    let (civil, zone_ns) = converted_heartbeat(text)?;
    Some(RawTime::zoned(civil.checked_sub(zone_ns)?, SECOND))
}

/// The moment in a UUID that was just made, beside a stamp without a zone.
fn of_uuid(own: RawTime, rest: &[u8]) -> Option<(RawTime, i64)> {
    Some((own, uuid_time(rest)?)).filter(|_| own.shape == Shape::Local)
}

/// The local time of a server, beside its stamp in UTC.
fn of_buffer_pool(own: RawTime, rest: &[u8]) -> Option<(RawTime, i64)> {
    let (local, _) = stamp::short_date(rest)?;
    (own.shape == Shape::Zoned).then_some((local, own.ns))
}

/// The time of a UUID of version 1 at the beginning of a text: 100 ns steps since the Gregorian calendar began, its low digits first.
fn uuid_time(text: &[u8]) -> Option<i64> {
    let digits = |from: usize, to: usize| u64::from_str_radix(std::str::from_utf8(text.get(from..to)?).ok()?, 16).ok();
    let hyphens = [8, 13, 18, 23].iter().all(|at| text.get(*at) == Some(&b'-'));
    let (low, middle, high) = (digits(0, 8)?, digits(9, 13)?, digits(14, 18)?);
    if !hyphens || high >> 12 != 1 {
        return None;
    }
    let steps = (high & 0x0fff) << 48 | middle << 32 | low;
    let since_1970 = i64::try_from(steps).ok()?.checked_sub(GREGORIAN_DAYS * (DAY / 100))?;
    since_1970.checked_mul(100)
}

/// Days from 15 October 1582 to 1 January 1970.
const GREGORIAN_DAYS: i64 = 141_427;

/// The time at the end of a text: `2026-11-20 09:42:30.901862411 +0800 CST`.
fn local_time(text: &[u8]) -> Option<(i64, i64)> {
    let mut words = text.rsplitn(5, |byte| *byte == b' ');
    let (_, zone, clock, date) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let date = date.get(date.len().checked_sub(10)?..)?;
    let (raw, _) = stamp::iso(&[date, b" ", clock].concat())?;
    let (sign, digits) = zone.split_first()?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let east = parse_duration(&format!("{}h{}m", digits.get(..2)?, digits.get(2..)?))?;
    (raw.shape == Shape::Local).then_some((raw.ns, if *sign == b'-' { -east } else { east }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE, civil_ns};

    #[test]
    fn the_clock_of_the_process_is_read_with_its_zone() {
        let at = civil_ns(2026, 11, 20, 9, 42, 30, 901_862_411).unwrap();
        assert_eq!(local_time(b"Machine: {Timestamp:2026-11-20 09:42:30.901862411 +0800 CST"), Some((at, 8 * HOUR)));
        assert_eq!(local_time(b"\"2026-11-20 09:42:30.901862411 -0330 -0330"), Some((at, -(3 * HOUR + 30 * MINUTE))));
        assert_eq!(local_time(b"took 5s +0800 CST"), None);
        assert_eq!(local_time(b""), None);
    }

    #[test]
    fn a_uuid_that_was_just_made_tells_when() {
        // `2026-11-20 09:10:16 19204 [Warning] No existing UUID has been found, … Generating a new UUID: …` of a server in UTC.
        let at = civil_ns(2026, 11, 20, 9, 10, 16, 44_796_900).unwrap();
        assert_eq!(uuid_time(b"3349a1e1-e4c2-11f1-a137-06104ce12282."), Some(at));
        // Version 4 is chance.
        assert_eq!(uuid_time(b"3349a1e1-e4c2-41f1-a137-06104ce12282."), None);
        assert_eq!(uuid_time(b"3349a1e1-e4c2"), None);
        assert_eq!(of_uuid(RawTime::zoned(at, 1), b"3349a1e1-e4c2-11f1-a137-06104ce12282."), None);
    }

    #[test]
    fn the_buffer_pool_is_read_at_a_local_time() {
        let utc = civil_ns(2026, 11, 20, 9, 12, 19, 0).unwrap();
        let (civil, own) = of_buffer_pool(RawTime::zoned(utc, 1000), b"261120 17:12:19").unwrap();
        assert_eq!((civil.ns - own, civil.shape), (8 * HOUR, Shape::Local));
    }
}
