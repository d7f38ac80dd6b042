//! A file's name in front of a line, as grep puts it there.
//!
//! In: `messages:line`, `/var/log/syslog:line`, `kubelet.log:812:line`. Out: the line. Must not know: more of the line than whether it is a
//! dated record of a known format or has an envelope that tells a time; only then is what stands in front a file's name. A line's number alone is a mark (`marked`).

use super::{Envelope, Unwrapped, Wrapper, certain, cri::Cri, docker_json::DockerJson, syslog};
use crate::decode::stamp;

/// What grep puts in front.
#[derive(Debug)]
pub struct Grepped;

/// Longest name that is believed.
const MAX_NAME: usize = 255;
/// Most digits of a line's number.
const MAX_NUMBER: usize = 9;

impl Wrapper for Grepped {
    fn name(&self) -> &'static str {
        "grepped"
    }

    fn about(&self) -> &'static str {
        "What grep finds in several files: the file's name stands in front, with -n the line's number behind it (`messages:line`, `kubelet.log:812:line`). \
         Taken off only before a dated record."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("messages:Nov 20 09:29:43 node-3 kernel: x", "Nov 20 09:29:43 node-3 kernel: x"),
            ("/var/log/syslog.1:Nov 20 09:29:43 node-3 kubelet[1043]: x", "Nov 20 09:29:43 node-3 kubelet[1043]: x"),
            ("kubelet.log:812:I1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            ("redis.log:1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        // Most lines with a colon so near are dated: that of the time of day.
        if stamp::iso(line).is_some() {
            return None;
        }
        let colon = memchr::memchr(b':', line.get(..MAX_NAME).unwrap_or(line))?;
        let sound = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-' | b'_' | b'+' | b'@' | b'=');
        line.get(..colon).filter(|name| name.iter().all(sound) && !name.iter().all(u8::is_ascii_digit))?;
        let rest = line.get(colon + 1..)?;
        let digits = rest.iter().take(MAX_NUMBER).take_while(|byte| byte.is_ascii_digit()).count();
        let numbered = rest.get(digits..).filter(|_| digits > 0).and_then(|rest| rest.strip_prefix(b":"));
        let inside = [Some(rest), numbered].into_iter().flatten().find(|inside| is_record(inside))?;
        certain(line).is_none().then(|| Unwrapped::whole(inside, Envelope::default()))
    }
}

fn is_record(line: &[u8]) -> bool {
    let others: [&dyn Wrapper; 2] = [&Cri, &DockerJson];
    line.first().is_some_and(|byte| !byte.is_ascii_whitespace())
        && (certain(line).is_some() || syslog::header(line).is_some() || others.iter().any(|other| other.unwrap(line).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_of_the_line_itself_stay() {
        for line in [
            "1:M 20 Nov 2026 10:01:18.413 * x",
            "messages: Nov 20 09:29:43 node-3 kernel: x",
            "messages:agent alive since 2026",
            "two words:Nov 20 09:29:43 node-3 kernel: x",
            ":Nov 20 09:29:43 node-3 kernel: x",
            "2026-11-20T09:41:39.741607Z 0 [Note] x",
            "09:41:39 Nov 20 09:29:43 node-3 kernel: x",
            "error:x",
        ] {
            assert_eq!(Grepped.unwrap(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn envelopes_of_containers_are_found_behind_a_path() {
        let line = b"pods/shop_pg-0_u1/pg/0.log:2026-11-20T09:41:39.741607123Z stderr F x";
        assert_eq!(Grepped.unwrap(line).map(|inside| inside.text.len()), Some(b"2026-11-20T09:41:39.741607123Z stderr F x".len()));
    }
}
