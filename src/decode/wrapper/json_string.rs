//! Lines of a list of strings: what a tool prints that keeps a program's output as JSON, line by line.
//!
//! In: `"line",` with blanks in front. Out: the line. Must not know: which tool; more of the line than whether it is a dated record of a known format, and where
//! nearly all lines stand so, not even that.

use super::{Envelope, Unwrapped, Wrapper, certain};
use crate::decode::quoted;

/// Strings of a list.
#[derive(Debug)]
pub struct JsonString;

impl Wrapper for JsonString {
    fn name(&self) -> &'static str {
        "json-string"
    }

    fn about(&self) -> &'static str {
        "A list of strings, one a line, as Ansible prints stdout_lines and jq a list of messages (RFC 8259). Taken off before a dated record of a known format, or \
         where nearly all lines are strings."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (r#"        "2026-11-20T09:41:39.741607Z 0 [Note] a \"b\"","#, r#"2026-11-20T09:41:39.741607Z 0 [Note] a "b""#),
            (r#""1:M 20 Nov 2026 10:01:18.413 * x""#, "1:M 20 Nov 2026 10:01:18.413 * x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        inside(line).filter(|inside| certain(&inside.text).is_some())
    }

    fn unwrap_all<'a>(&self, line: &'a [u8], _first: &Envelope) -> Option<Unwrapped<'a>> {
        inside(line)
    }
}

/// The string that a line is, a comma behind it or not.
fn inside(line: &[u8]) -> Option<Unwrapped<'_>> {
    let string = line.trim_ascii();
    let string = string.strip_suffix(b",").unwrap_or(string);
    let inside = string.strip_prefix(b"\"")?;
    let end = quoted::end(inside).filter(|end| end + 1 == inside.len())?;
    Some(Unwrapped { text: quoted::bytes(&inside[..end]), envelope: Envelope::default(), partial: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_objects_are_no_lines() {
        for line in [r#""time": "2026-11-20T09:41:39Z","#, r#""a", "b""#, r#""1:M 20 Nov 2026 10:01:18.413 * x"#, "1:M 20 Nov 2026 10:01:18.413 * x"]
        {
            assert_eq!(JsonString.unwrap(line.as_bytes()), None, "{line}");
        }
        let all = JsonString.unwrap_all(br#"  "  further words","#, &Envelope::default());
        assert_eq!(all.map(|inside| inside.text.into_owned()).as_deref(), Some(&b"  further words"[..]));
        assert_eq!(JsonString.unwrap_all(br#""a": "b""#, &Envelope::default()), None);
    }
}
