//! JSON: walks past the scalars of a text, whole or cut off.
//!
//! In: bytes. Out: each scalar with its path, up to the first byte that is no JSON. Must not know: what the members mean.
//!
//! Nothing recurses, so that nesting costs memory in proportion to the text and never the stack. A text cut off in the middle gives
//! everything before the cut. Defined by RFC 8259.

use std::borrow::Cow;
use std::ops::Range;

use super::leaves::api_name;

/// Nesting down to which paths are told; scalars further down are passed in silence.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy)]
struct Frame {
    /// Length of the path that leads to this container.
    base: u32,
    /// Next index of an array; [`OBJECT`] for an object.
    index: u32,
}

const OBJECT: u32 = u32::MAX;
/// Bytes of a string that are looked at one by one.
const SHORT: usize = 12;

/// Calls `see` with the path and value of each scalar that is not null of the first JSON value in `text`. Member names that a Go program
/// printed come as the API spells them, outside of maps whose keys are data.
pub(crate) fn walk<'a>(text: &'a [u8], see: &mut dyn FnMut(&str, Scalar<'a>)) {
    let mut path = String::with_capacity(128);
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = 0;
    let mut named = false;
    while let Some(&byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => {
                at += 1;
                while matches!(text.get(at), Some(b' ')) {
                    at += 1;
                }
            }
            b',' => {
                named = false;
                at += 1;
            }
            b'}' | b']' => {
                frames.pop();
                named = false;
                at += 1;
                if frames.is_empty() {
                    return;
                }
            }
            b'"' if !named && frames.last().is_some_and(|frame| frame.index == OBJECT) => {
                let end = string_end(text, at);
                if let (Some((end, plain)), Some(frame)) = (end, frames.last()) {
                    if frames.len() <= MAX_DEPTH {
                        path.truncate(frame.base as usize);
                        let name = Scalar::of_string(&text[at + 1..end - 1], plain).text();
                        let data = || path.ends_with("abels") || path.ends_with("nnotations") || path.ends_with("data");
                        let as_is = !name.starts_with(|first: char| first.is_ascii_uppercase()) || data();
                        if !path.is_empty() {
                            path.push('.');
                        }
                        path.push_str(&if as_is { Cow::Borrowed(name.as_ref()) } else { api_name(&name) });
                    }
                    named = true;
                    at = end;
                } else {
                    return;
                }
            }
            _ => {
                if let Some(frame) = frames.last_mut()
                    && frame.index != OBJECT
                {
                    let index = frame.index;
                    frame.index = index.saturating_add(1).min(OBJECT - 1);
                    let base = frame.base as usize;
                    if frames.len() <= MAX_DEPTH {
                        path.truncate(base);
                        push_index(&mut path, index);
                    }
                }
                match byte {
                    b'{' | b'[' => {
                        let base = u32::try_from(path.len()).unwrap_or(u32::MAX);
                        frames.push(Frame { base, index: if byte == b'{' { OBJECT } else { 0 } });
                        named = false;
                        at += 1;
                    }
                    b'"' => {
                        let Some((end, plain)) = string_end(text, at) else {
                            see_at(frames.len(), &path, Scalar::Quoted(&text[at + 1..]), see);
                            return;
                        };
                        see_at(frames.len(), &path, Scalar::of_string(&text[at + 1..end - 1], plain), see);
                        at = end;
                    }
                    b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                        let length = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')).count();
                        let word = &text[at..at + length];
                        if word != b"null" {
                            see_at(frames.len(), &path, Scalar::Plain(word), see);
                        }
                        at += length;
                    }
                    _ => return,
                }
                if frames.is_empty() {
                    return;
                }
            }
        }
    }
}

/// A scalar as it stands: most are never asked what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    /// The inside of a string.
    Quoted(&'a [u8]),
    /// A number, a word, or the inside of a string in which nothing is escaped.
    Plain(&'a [u8]),
}

impl<'a> Scalar<'a> {
    fn of_string(inside: &'a [u8], plain: bool) -> Self {
        if plain { Self::Plain(inside) } else { Self::Quoted(inside) }
    }

    /// What it means.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Quoted(inside) => string(inside),
            Self::Plain(plain) => crate::decode::lossy(plain),
        }
    }
}

fn see_at<'a>(depth: usize, path: &str, value: Scalar<'a>, see: &mut dyn FnMut(&str, Scalar<'a>)) {
    if depth <= MAX_DEPTH {
        see(path, value);
    }
}

/// Appends `[index]`.
pub(crate) fn push_index(path: &mut String, index: u32) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}

/// One past the closing quote of the string that opens at `at`, and whether nothing in it is escaped.
fn string_end(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut from = at + 1;
    // Names are short: a search that sets out to go far takes longer than they do.
    for byte in text.get(from..)?.iter().take(SHORT) {
        match byte {
            b'"' => return Some((from + 1, true)),
            b'\\' => break,
            _ => from += 1,
        }
    }
    let mut plain = true;
    loop {
        from += memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[from] == b'"' {
            return Some((from + 1, plain));
        }
        plain = false;
        from += 2;
    }
}

/// The text of a string without its quotes. Escapes that are none stay as they are.
pub(crate) fn string(inside: &[u8]) -> Cow<'_, str> {
    let escaped = if inside.len() < 32 { inside.contains(&b'\\') } else { memchr::memchr(b'\\', inside).is_some() };
    if !escaped {
        return crate::decode::lossy(inside);
    }
    let text = crate::decode::lossy(inside);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut high: Option<u32> = None;
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                let Some(code) = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4) else {
                    out.push_str("\\u");
                    continue;
                };
                chars.nth(3);
                match (high.take(), code) {
                    (_, 0xD800..=0xDBFF) => high = Some(code),
                    (Some(high), 0xDC00..=0xDFFF) => {
                        let pair = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
                        out.push(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    _ => out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Cow::Owned(out)
}

/// The elements of the `items` of the object in `text`, or of the array that `text` is: byte ranges. The last may be cut off.
pub(crate) fn elements(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut depth, mut list, mut start) = (0_usize, None, None);
    let mut name: &[u8] = b"";
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                let Some((end, _)) = string_end(text, at) else { break };
                if depth == 1 {
                    name = &text[at + 1..end - 1];
                }
                at = end;
                continue;
            }
            b'{' | b'[' => {
                if byte == b'[' && list.is_none() && (depth == 0 || (depth == 1 && name.eq_ignore_ascii_case(b"items"))) {
                    list = Some(depth + 1);
                } else if byte == b'{' && list == Some(depth) && start.is_none() {
                    start = Some(at);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                match list {
                    Some(level) if depth == level => found.extend(start.take().map(|start| start..at + 1)),
                    Some(level) if depth < level => break,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found.extend(start.map(|start| start..text.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        walk(text.as_bytes(), &mut |path, value| seen.push(format!("{path}={}", value.text())));
        seen
    }

    #[test]
    fn scalars_come_with_their_paths() {
        let text = r#"{"a": 1, "B": {"C": "x\ny\u00e9\ud83d\ude00", "d": null, "e": []}, "f": [true, {"g": -1.5e3}, ["h"]], "i": ""} tail"#;
        assert_eq!(shown(text), ["a=1", "b.c=x\nyé😀", "f[0]=true", "f[1].g=-1.5e3", "f[2][0]=h", "i="]);
        assert_eq!(shown(r#"{"labels": {"App": "x"}, "Spec": {"App": "x"}}"#), ["labels.App=x", "spec.app=x"]);
    }

    #[test]
    fn a_text_cut_off_gives_what_stands_before_the_cut() {
        let text = r#"{"metadata": {"name": "mysql-0"}, "reason": "Evicted", "message": "The node was"#;
        assert_eq!(shown(text), ["metadata.name=mysql-0", "reason=Evicted", "message=The node was"]);
        let whole = r#"{"a": [{"b\\": "\u12"}, 5], "c": {"d": "e"}}"#;
        for end in 0..whole.len() {
            assert!(shown(whole.get(..end).unwrap_or_default()).len() <= shown(whole).len());
            elements(&whole.as_bytes()[..end]);
        }
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep = format!("{{\"a\": 1, \"b\": {}", "[{\"x\":".repeat(500_000));
        assert_eq!(shown(&deep), ["a=1"]);
        assert!(elements("[".repeat(1_000_000).as_bytes()).is_empty());
        walk(&[b'}'; 1000], &mut |_, _| ());
    }

    #[test]
    fn elements_are_those_of_the_list_only() {
        let text = r#"{"kind": "List", "items": [{"spec": {"items": [{}]}}, {"a": "]}"}], "x": [{}]}"#;
        let found: Vec<_> = elements(text.as_bytes()).into_iter().filter_map(|range| text.get(range)).collect();
        assert_eq!(found, [r#"{"spec": {"items": [{}]}}"#, r#"{"a": "]}"}"#]);
        assert!(elements(br#"{"spec": {"items": [{}]}}"#).is_empty());
        assert_eq!(elements(br#"[{"a": 1}, {"b""#).len(), 2);
    }
}
