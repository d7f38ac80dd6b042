//! Quoted times: the process's own clock, printed with its zone into a line of a log that prints none.
//!
//! In: framed pieces. Out: hints. Must not know: how zones are settled.
//!
//! Go prints a time that it took from the clock itself with the zone of the process and the time since its start:
//! `2026-11-20 09:42:30.901862411 +0800 CST m=+0.416502605`. A time that was read from elsewhere, or converted, has no `m=`.
//!
//! # Source
//!
//! Go `time/format.go` (`Time.String`), `time/time.go` (`In`, `Local` and `UTC` strip the monotonic reading); the kubelet prints such times in
//! `Machine: {Timestamp:…`, in `Observed pod startup duration`, in node conditions; the controller-manager in `Adding it to the Taint queue`.

use memchr::memmem;

use crate::clock::{Hints, LocalTime, MAX_LOCAL};
use crate::decode::{Piece, stamp};
use crate::time::{Shape, parse_duration};

/// What follows the zone.
const MONOTONIC: &[u8] = b" m=+";
/// Longest time before it.
const MAX_TIME: usize = 64;
/// Bytes of a piece that are looked at: such lines come at the start and then again and again.
const LOOKED_AT: usize = 64 << 10;

/// Notes the quoted times of a piece.
pub(super) fn note(piece: &Piece<'_>, hints: &mut Hints) {
    if hints.local_times.len() >= MAX_LOCAL || hints.yearless.is_empty() {
        return;
    }
    let text = piece.text.get(..LOOKED_AT).unwrap_or(&piece.text);
    for at in memmem::find_iter(text, MONOTONIC) {
        let Some(framed) = piece.entries.get(piece.entries.partition_point(|framed| framed.end <= at)) else { continue };
        let Some(own) = framed.head.time.filter(|own| own.shape == Shape::Yearless && framed.start <= at) else { continue };
        let before = text.get(at.saturating_sub(MAX_TIME).max(framed.start)..at).unwrap_or_default();
        if let Some((civil, zone_ns)) = local_time(before) {
            hints.note_local(LocalTime { own, civil, zone_ns });
        }
    }
}

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
}
