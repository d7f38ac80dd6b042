//! The kernel's ring buffer as dmesg and syslog print it.
//!
//! In: lines that begin with a stamp in brackets, or with the stamp of `dmesg --time-format iso`. Out: the message. Must not know: what the messages mean.

use crate::component::Component;
use crate::decode::{Body, Entry, Format, Next, Opening, stamp};
use crate::time::RawTime;

/// Kernel messages.
#[derive(Debug)]
pub struct Kernel;

impl Format for Kernel {
    fn name(&self) -> &'static str {
        "kernel"
    }

    fn title(&self) -> &'static str {
        "Kernel ring buffer (dmesg)"
    }

    fn about(&self) -> &'static str {
        "dmesg output and kernel lines inside syslog or journald. Plain stamps count seconds since boot; dmesg -T prints local time that drifts \
         after a suspend; dmesg -H prints minutes and differences, and a difference is no time; dmesg --time-format iso has a comma before the \
         microseconds and an offset."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["torvalds/linux kernel/printk/printk.c print_time", "util-linux sys-utils/dmesg.c --ctime, --human, --decode, --time-format iso"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "[ 1596.933176] connection invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
                "connection invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
            ),
            ("<6>[    0.000000] Linux version 6.18.44", "Linux version 6.18.44"),
            ("[Fri Nov 20 10:00:00 2026] br0: port 2(v2) entered disabled state", "br0: port 2(v2) entered disabled state"),
            ("[Nov20 10:24] br0: port 2(v2) entered blocking state", "br0: port 2(v2) entered blocking state"),
            ("[  +0.000350] br0: port 2(v2) entered forwarding state", "br0: port 2(v2) entered forwarding state"),
            ("2026-11-22T11:41:35,000000+00:00 br0: port 2(v2) entered blocking state", "br0: port 2(v2) entered blocking state"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let (time, _) = header(line)?;
        Some(Opening::new(time, None))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let message = header(entry.text).map_or(entry.text, |(_, end)| &entry.text[end..]);
        Body { component: Some(Component::Kernel), ..Body::message(String::from_utf8_lossy(message)) }
    }
}

/// The stamp (none for a difference) and where the message begins.
fn header(line: &[u8]) -> Option<(Option<RawTime>, usize)> {
    if let Some((time, end)) = stamp::dmesg_iso(line) {
        return Some((Some(time), end + usize::from(line.get(end) == Some(&b' '))));
    }
    let mut start = 0;
    if line.first() == Some(&b'<') {
        start = 1 + line.get(1..5)?.iter().position(|byte| *byte == b'>')? + 1;
    }
    let inside = line.get(start..)?.strip_prefix(b"[")?;
    let close = memchr::memchr(b']', inside.get(..32).unwrap_or(inside))?;
    let end = start + close + 2;
    let text = &inside[..close];
    let end = match line.get(end) {
        Some(b' ') => end + 1,
        None => end,
        Some(_) => return None,
    };
    if let Some(time) = stamp::since_boot(text) {
        return Some((Some(time), end));
    }
    let difference = text.trim_ascii_start().strip_prefix(b"+").and_then(stamp::since_boot).is_some();
    let time = if difference { None } else { Some(stamp::ctime(text).or_else(|| stamp::month_minute(text)).filter(|(_, used)| *used == close)?.0) };
    Some((time, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Shape;

    #[test]
    fn stamps() {
        let (time, end) = header(b"[1668002.926214] Out of memory").unwrap();
        assert_eq!((time.map(|time| (time.shape, time.ns)), end), (Some((Shape::Boot, 1_668_002_926_214_000)), 17));
        assert_eq!(header(b"[  +1.468657] FS-Cache").map(|(time, _)| time), Some(None));
        assert_eq!(header(b"[    0.000000]").map(|(_, end)| end), Some(14));
        let (time, end) = header(b"2026-11-22T11:41:35,000001+08:00 x86/fpu: x87 FPU will use FXSAVE").unwrap();
        assert_eq!((time.map(|time| (time.shape, time.precision_ns)), end), (Some((Shape::Zoned, 1000)), 33));
    }

    #[test]
    fn brackets_of_others() {
        for line in [
            "[ 11]   0.00-1.00   sec  1.57 MBytes",
            "[INFO] x",
            "[12.5] x",
            "[1668002.926214]x",
            "[<ffffffffa21135d4>] dump_stack",
            "[",
            "<",
            "<6>",
            "[] x",
            "[99999999999.000000] x",
            "2026-11-22 11:41:35,000000+00:00 x",
            "2026-11-22T11:41:35,000 x",
            "2026-11-22T11:41:35.000000+00:00 x",
        ] {
            assert_eq!(header(line.as_bytes()), None, "{line}");
        }
    }
}
