//! Cut heads: whether a source begins in the middle of a record, because only its end was collected.
//!
//! In: how a source is framed and its first bytes. Out: yes or no. Must not know: clocks, what is missing.

use crate::decode::Framer;
use crate::decode::frame::lines;

/// Bytes of a record's header, at most.
const HEADER: usize = 64;

/// Whether the first line is the end of a record whose beginning is missing: no record opens with it, but one would if it had the first bytes of
/// the next line. Lines in envelopes are not judged: what stands behind half an envelope may be anything.
pub(super) fn begins_cut(framer: &Framer, sample: &[u8]) -> bool {
    let format = framer.likely();
    if !framer.wrappers().is_empty() || format.name() == "text" || !format.restartable() {
        return false;
    }
    let mut lines = lines(sample).map(|(_, line)| line);
    let (Some(first), Some(next)) = (lines.next(), lines.next()) else { return false };
    if format.open(first).is_some() || format.open(next).is_none() {
        return false;
    }
    let mut text = Vec::with_capacity(HEADER + first.len());
    (1..=HEADER.min(next.len())).any(|length| {
        let Some(head) = next.get(..length) else { return false };
        let mut opens = |rest: &[u8]| {
            text.clear();
            text.extend_from_slice(head);
            text.extend_from_slice(rest);
            format.open(&text).is_some()
        };
        // A head that is whole would open a record before anything.
        opens(first) && !opens(b"x")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_record_at_the_beginning_is_noticed() {
        let klog = "I1120 09:41:39.741607    1043 kubelet.go:1] \"one\"\n".repeat(9);
        let mysqld = "2026-11-20T09:16:14.171881Z 0 [Note] [MY-010308] [Server] one.\n".repeat(9);
        let cut = |first: &str, rest: &str| {
            let text = format!("{first}\n{rest}");
            begins_cut(&Framer::detect(text.as_bytes()), text.as_bytes())
        };
        for at in [1, 3, 8, 16, 22, 27] {
            assert!(cut(&klog[at..49], &klog), "{at}: {}", &klog[at..49]);
        }
        for banner in [
            "",
            "Flag --x has been deprecated",
            "mysqld: [Warning] World-writable config file '/etc/my.cnf' is ignored.",
            "find: x",
            "goroutine 1 [running]:",
        ] {
            assert!(!cut(banner, &klog) && !cut(banner, &mysqld), "{banner}");
        }
        assert!(!cut(&klog[..49], &klog) && !cut(&mysqld[..62], &mysqld));
        assert!(!begins_cut(&Framer::detect(b"one\ntwo\n"), b"one\ntwo\n"));
    }
}
