//! Marks of quotes and lists in front of lines: what mail, issue trackers, viewers and minikube's reports put there.
//!
//! In: `> line`, `* line`, `- line`, a line of code, a bold row, `12  line`, `│ line │`. Out: the line. Must not know: more of the line than whether it is a record of a known format
//! or has an envelope of its own. A quote takes every line with it, and so do backticks at both ends; a star or a dash may as well be the line's own, so it is
//! taken off only before a dated record; so is the number of a line, and the frame of a viewer.

use super::{Envelope, Unwrapped, WRAPPERS, Wrapper, certain, syslog};
use crate::decode::Format;
use crate::decode::format::describe::Describe;
use crate::decode::stamp;

/// Marks in front.
#[derive(Debug)]
pub struct Marked;

/// Blanks and tabs that may stand before a mark.
const MAX_INDENT: usize = 8;

impl Wrapper for Marked {
    fn name(&self) -> &'static str {
        "marked"
    }

    fn about(&self) -> &'static str {
        "Lines quoted in mail and Markdown (`> line`, code, bold rows), records listed with a star or a dash, as minikube prints its logs when a start \
         fails (minikube pkg/minikube/logs/logs.go, pkg/minikube/out), numbered lines (of `cat -n`, `grep -n` and `less -N`), and lines copied with the frame of a viewer (`│ line │`, k9s)."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("> I1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            (">1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("> shop-db  | 2026-11-20  9:41:39 0 [Note] x", "shop-db  | 2026-11-20  9:41:39 0 [Note] x"),
            (">   Warning  Failed  5s  kubelet  Error: x", "  Warning  Failed  5s  kubelet  Error: x"),
            ("* I1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            ("`  Warning  Failed  5s  kubelet  Error: x", "  Warning  Failed  5s  kubelet  Error: x"),
            ("`Error from server: x`", "Error from server: x"),
            ("`shop-db  | 2026-11-20  9:41:39 0 [Note] x", "shop-db  | 2026-11-20  9:41:39 0 [Note] x"),
            ("`Nov 20 09:29:43 node-3 kernel: x", "Nov 20 09:29:43 node-3 kernel: x"),
            ("```I1120 09:41:39.741607    1043 kubelet.go:1] \"x\"", "I1120 09:41:39.741607    1043 kubelet.go:1] \"x\""),
            ("  **Warning  Failed  5s  kubelet  Error: x**", "Warning  Failed  5s  kubelet  Error: x"),
            ("\t* Nov 20 09:29:43 node-3 kubelet[1043]: x", "Nov 20 09:29:43 node-3 kubelet[1043]: x"),
            ("    12\t1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("12. 1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("  12 | 2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x", "2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x"),
            ("│ 1:M 20 Nov 2026 10:01:18.413 * x      │", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("│ shop-db  | 2026-11-20  9:41:39 0 [Note] x", "shop-db  | 2026-11-20  9:41:39 0 [Note] x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let whole = |text| Some(Unwrapped::whole(text, Envelope::default()));
        match line.first()? {
            b'>' if line == b">" => return whole(&[]),
            b'>' if line.starts_with(b"> ") => return whole(line.get(2..)?),
            // Without a blank it may be a prompt or an arrow.
            b'>' => return line.get(1..).filter(|rest| certain(rest).is_some()).and_then(whole),
            b'`' => return code(line).and_then(whole),
            b'*' | b'-' | b' ' | b'\t' => {}
            b'0'..=b'9' => return numbered(line).and_then(whole),
            _ => return framed(line).and_then(whole),
        }
        let indent = line.iter().take(MAX_INDENT + 1).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let marked = line.get(indent..)?;
        if marked.first().is_some_and(u8::is_ascii_digit) {
            return numbered(marked).and_then(whole);
        }
        if let Some(bold) = marked.strip_prefix(b"**") {
            let inside = bold.trim_ascii_end().strip_suffix(b"**").unwrap_or(bold);
            return Some(inside).filter(|inside| opens(inside)).and_then(whole);
        }
        let rest = marked.strip_prefix(b"* ").or_else(|| marked.strip_prefix(b"- "))?;
        (certain(rest).is_some() || syslog::header(rest).is_some()).then(|| Unwrapped::whole(rest, Envelope::default()))
    }
}

/// The code that a line is, or that begins with it.
fn code(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"`")?;
    let whole = rest.strip_suffix(b"`").filter(|inside| !inside.is_empty() && !inside.contains(&b'`'));
    // Of a block, some leave no line to the three that begin it.
    let rest = rest.strip_prefix(b"``").unwrap_or(rest);
    whole.or_else(|| Some(rest).filter(|rest| opens(rest) || wrapped(rest) || syslog::header(rest).is_some()))
}

/// What follows the number of a line, where it is a record and the line with its number is none.
fn numbered(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = line.get(digits..).filter(|_| (1..8).contains(&digits))?;
    let blank = |rest: &[u8]| matches!(rest.first(), Some(b' ' | b'\t'));
    let after = match rest {
        [b':', ..] => &rest[1..],
        [b'.' | b')' | b'|', rest @ ..] | [b' ', b'|', rest @ ..] if blank(rest) => rest,
        _ if blank(rest) => rest,
        _ => return None,
    };
    let inside = after.trim_ascii_start();
    // `130227 13:04:59 UTC - mysqld got signal 6`: digits before a clock are a date, and four before a month may be a year.
    let record = (certain(inside).is_some() && stamp::clock(inside, 0, true).is_none()) || (digits != 4 && syslog::header(inside).is_some());
    (record && certain(line).is_none()).then_some(inside)
}

/// What stands in the frame of a viewer.
fn framed(line: &[u8]) -> Option<&[u8]> {
    const BAR: &[u8] = "│".as_bytes();
    let inside = line.strip_prefix(BAR)?.trim_ascii_end();
    let inside = inside.strip_suffix(BAR).unwrap_or(inside).trim_ascii();
    (certain(inside).is_some() || syslog::header(inside).is_some() || wrapped(inside)).then_some(inside)
}

/// Whether the line is a record in an envelope of another kind.
fn wrapped(line: &[u8]) -> bool {
    let others = WRAPPERS.iter().filter(|wrapper| wrapper.name() != Marked.name());
    others.filter_map(|wrapper| wrapper.unwrap(line)).any(|inside| certain(&inside.text).is_some())
}

/// Whether the line is a record of its own, or a row of a description.
fn opens(line: &[u8]) -> bool {
    certain(line).is_some() || Describe.open(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_the_line_itself_stays() {
        for line in [
            ">x",
            ">>> import os",
            "-> 1:M 20 Nov 2026 10:01:18.413 * x",
            "==> /var/log/mysqld.log <==",
            " > logger=\"UnhandledError\"",
            "* ==> etcd <==",
            "* Name:               node-2",
            "* NAME   READY   STATUS",
            "- name: x",
            "-- Logs begin at Mon 2026-11-20 03:08:44 CST. --",
            "* a remark",
            "**a remark**",
            "`shop`.`orders`",
            "``",
            "```",
            "*   Nov",
            "12 agent alive",
            "12",
            "12:",
            "1:12:S 20 Nov 2026 10:01:18.413 # x",
            "130227 13:04:59 UTC - mysqld got signal 6 ;",
            "2026 Nov 20 09:29:43 node-3 kubelet[1043]: x",
            "│ agent alive │",
            "│",
        ] {
            assert_eq!(Marked.unwrap(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_quoted_line_keeps_its_indent() {
        let inside = |line: &'static [u8]| Marked.unwrap(line).map(|inside| String::from_utf8_lossy(&inside.text).into_owned());
        assert_eq!(inside(b">   State:          Running").as_deref(), Some("  State:          Running"));
        assert_eq!(inside(b"> > twice").as_deref(), Some("> twice"));
        assert_eq!(inside(b">").as_deref(), Some(""));
    }
}
