//! The grammar of `key=value` pairs that klog and logrus share.
//!
//! In: the text after a message. Out: keys and plain values. Must not know: what the keys mean.
//!
//! ```text
//! pairs = *( blank key "=" value )
//! value = quoted / block / bare
//! block = "<" LF *( TAB line LF ) " >"        ; klog since v2.40.1: a value with line ends
//! bare  = text up to the next blank key "="   ; %+v and JSON, which may hold blanks and "=" inside brackets
//! ```

use std::borrow::Cow;

use nom::bytes::complete::tag;
use nom::{IResult, Parser};

use super::quoted;

/// Reads all pairs in `text`; bytes between pairs that are none are passed over.
pub fn pairs(text: &[u8]) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    // Room for what the format adds, too.
    let mut found = Vec::with_capacity(6);
    let mut rest = text;
    // One bracket that never closes must not make every later value run to the end: from then on brackets mean nothing.
    let mut brackets = true;
    while !rest.is_empty() {
        let word = rest.trim_ascii_start();
        if let Some((key, after)) = key(word) {
            let (value, after) = value(after, &mut brackets);
            found.push((crate::decode::lossy(key), value));
            rest = after;
        } else {
            rest = memchr::memchr3(b' ', b'\n', b'\t', word).map_or(&[][..], |end| &word[end..]);
        }
    }
    found
}

/// Whether `text` begins with `key=`.
pub fn begins(text: &[u8]) -> bool {
    key(text).is_some()
}

/// `name=`: the name, and what follows the sign. Asked at every blank, so by hand.
fn key(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *input.first()?;
    if !(first.is_ascii_alphabetic() || first == b'_') {
        return None;
    }
    let length = input.iter().position(|byte| !NAME[usize::from(*byte)])?;
    (input.get(length) == Some(&b'=')).then(|| (&input[..length], &input[length + 1..]))
}

/// Bytes of a key's name.
static NAME: [bool; 256] = {
    let mut is = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        is[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'.' | b'-' | b'/');
        byte += 1;
    }
    is
};

fn value<'a>(input: &'a [u8], brackets: &mut bool) -> (Cow<'a, str>, &'a [u8]) {
    if input.first() == Some(&b'<')
        && let Ok((rest, lines)) = block(input)
    {
        return (untabbed(lines), rest);
    }
    if let Some((text, rest)) = quoted::take(input)
        && rest.first().is_none_or(u8::is_ascii_whitespace)
    {
        return (text, rest);
    }
    let end = bare(input, *brackets).unwrap_or_else(|| {
        *brackets = false;
        bare(input, false).unwrap_or(input.len())
    });
    let (text, rest) = input.split_at(end);
    (crate::decode::lossy(text.trim_ascii_end()), rest)
}

/// `<`, line end, and everything up to the line that closes the value; what is cut off goes to the end.
fn block(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (rest, _) = tag(&b"<\n"[..]).parse(input)?;
    if let Some(after) = rest.strip_prefix(b" >") {
        return Ok((after, &[]));
    }
    Ok(match memchr::memmem::find(rest, b"\n >") {
        Some(end) => (&rest[end + 3..], &rest[..end]),
        None => (&[], rest),
    })
}

fn untabbed(lines: &[u8]) -> Cow<'_, str> {
    if !lines.contains(&b'\t') {
        return crate::decode::lossy(lines);
    }
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split(|byte| *byte == b'\n') {
        out.extend_from_slice(line.strip_prefix(b"\t").unwrap_or(line));
        out.push(b'\n');
    }
    out.pop();
    quoted::lossy(Cow::Owned(out))
}

/// Where a bare value ends; `None` if brackets count and one never closes.
fn bare(input: &[u8], brackets: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = input.get(at) {
        match byte {
            b'{' | b'[' | b'(' if brackets => depth += 1,
            b'}' | b']' | b')' if brackets => depth = depth.saturating_sub(1),
            b'"' if brackets && depth > 0 => at += quoted::end(&input[at + 1..])? + 1,
            b' ' | b'\n' if depth == 0 && begins(&input[at + 1..]) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(input.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = pairs(text.as_bytes());
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn quoted_and_bare_values() {
        check(r#" err="a \"b\" c=d" pod="ns/p" v=3"#, &[("err", "a \"b\" c=d"), ("pod", "ns/p"), ("v", "3")]);
        check(" duration=50.009s podUID=0a1b", &[("duration", "50.009s"), ("podUID", "0a1b")]);
        check(" empty= next=1", &[("empty", ""), ("next", "1")]);
        check(r#" last="cut o"#, &[("last", "cut o")]);
    }

    #[test]
    fn objects_hold_blanks_and_equal_signs() {
        check(r#" a={"k":"x=1 y=2","l":[1, 2]} b=c"#, &[("a", r#"{"k":"x=1 y=2","l":[1, 2]}"#), ("b", "c")]);
        check(
            " pods=[ns/a ns/b] c={Type:Ready Status:False m=x} d=e",
            &[("pods", "[ns/a ns/b]"), ("c", "{Type:Ready Status:False m=x}"), ("d", "e")],
        );
        check(" when=2026-11-20 09:40:53 +0000 UTC m=+1.5 x=y", &[("when", "2026-11-20 09:40:53 +0000 UTC"), ("m", "+1.5"), ("x", "y")]);
    }

    #[test]
    fn a_bracket_that_never_closes_spoils_one_value_only() {
        check(" a=(open b=2 c=(x y) d=4", &[("a", "(open"), ("b", "2"), ("c", "(x y)"), ("d", "4")]);
    }

    #[test]
    fn a_value_of_several_lines() {
        check(" config=<\n\tkind: X\n\t  a: b\n > next=\"n\"", &[("config", "kind: X\n  a: b"), ("next", "n")]);
        check(" config=<\n\tcut", &[("config", "cut")]);
    }

    #[test]
    fn what_is_no_pair_is_passed_over() {
        check(r#" some words k="v" !! 7=8"#, &[("k", "v")]);
    }
}
