//! One JSON object on one line, read member by member.
//!
//! In: bytes from `{` on. Out: keys and values as slices, so that an opening test costs one pass and no allocation. Must not know: what the
//! members mean. An object that is cut off yields the members that are there.

use std::borrow::Cow;

use super::{Body, quoted};
use crate::time::RawTime;

/// How deep nested objects are flattened; deeper ones stay JSON text.
const MAX_DEPTH: usize = 8;

/// The members of an object, in order.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a [u8],
}

/// A value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(&'a [u8]);

/// Members of the object that begins at the first byte of `text`; none if there is no object.
pub fn members(text: &[u8]) -> Members<'_> {
    Members { rest: text.strip_prefix(b"{").unwrap_or_default() }
}

/// Members of the object that a text is, and nothing else; `None` where it is cut, something follows, or stands where no member can.
pub fn whole(text: &[u8]) -> Option<Vec<(&[u8], Value<'_>)>> {
    let mut members = members(text.trim_ascii());
    let all: Vec<_> = members.by_ref().collect();
    let is_whole = blank(members.rest) == b"}" && all.last().is_none_or(|(_, last)| last.is_closed());
    is_whole.then_some(all)
}

impl<'a> Iterator for Members<'a> {
    /// Key (escapes kept) and value.
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = blank(self.rest);
        let rest = blank(rest.strip_prefix(b",").unwrap_or(rest));
        let inside = rest.strip_prefix(b"\"")?;
        let end = quoted::end(inside)?;
        let key = &inside[..end];
        let rest = blank(blank(&inside[end + 1..]).strip_prefix(b":")?);
        let length = length(rest);
        if length == 0 {
            return None;
        }
        self.rest = &rest[length..];
        Some((key, Value(&rest[..length])))
    }
}

impl<'a> Value<'a> {
    /// The value as it is written, quotes included.
    pub const fn raw(self) -> &'a [u8] {
        self.0
    }

    /// The inside of a string, escapes kept; `None` for other values.
    pub fn inside(self) -> Option<&'a [u8]> {
        let inside = self.0.strip_prefix(b"\"")?;
        Some(inside.strip_suffix(b"\"").unwrap_or(inside))
    }

    /// A string's meaning, or the text of any other value.
    pub fn text(self) -> Cow<'a, str> {
        self.inside().map_or_else(|| String::from_utf8_lossy(self.0), quoted::plain)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    /// Whether a string, a list or an object has its end.
    fn is_closed(self) -> bool {
        let end = match self.0.first() {
            Some(b'"') => b'"',
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => return true,
        };
        self.0.len() > 1 && self.0.last() == Some(&end)
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == b"null"
    }

    /// Members of an object, none for other values.
    pub fn members(self) -> Members<'a> {
        members(self.0)
    }

    /// The member of an object.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
    }

    /// Elements of an array, none for other values.
    pub fn elements(self) -> impl Iterator<Item = Value<'a>> {
        let mut rest = self.0.strip_prefix(b"[").unwrap_or_default();
        std::iter::from_fn(move || {
            let from = blank(rest);
            let from = blank(from.strip_prefix(b",").unwrap_or(from));
            let length = length(from);
            rest = &from[length..];
            (length > 0).then(|| Value(&from[..length]))
        })
    }

    /// A stamp: an ISO string, or a number counted from 1970 whose size tells its unit.
    pub fn time(self) -> Option<RawTime> {
        match self.inside() {
            Some(inside) => super::stamp::iso(inside).map(|(time, _)| time).or_else(|| super::stamp::epoch(inside, None)),
            None => super::stamp::epoch(self.0, None),
        }
    }
}

/// Adds a value to a body: objects member by member with dotted names, everything else as text.
pub fn flatten<'a>(name: Cow<'a, str>, value: Value<'a>, body: &mut Body<'a>) {
    flatten_to(name, value, body, MAX_DEPTH);
}

fn flatten_to<'a>(name: Cow<'a, str>, value: Value<'a>, body: &mut Body<'a>, depth: usize) {
    let Some(depth) = depth.checked_sub(1).filter(|_| value.is_object()) else {
        body.push(name, value.text());
        return;
    };
    for (key, value) in value.members() {
        flatten_to(Cow::Owned(format!("{name}.{}", quoted::plain(key))), value, body, depth);
    }
}

fn blank(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// Bytes of the value at the start of `text`; 0 where none begins.
fn length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => quoted::end(&text[1..]).map_or(text.len(), |end| end + 2),
        Some(b'{' | b'[') => nested(text),
        _ => text.iter().position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace()).unwrap_or(text.len()),
    }
}

fn nested(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b'"' => match quoted::end(&text[at + 1..]) {
                Some(end) => at += end + 1,
                None => return text.len(),
            },
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let list: Vec<_> = members(text.as_bytes()).map(|(key, value)| format!("{}={}", String::from_utf8_lossy(key), value.text())).collect();
        list.join("|")
    }

    #[test]
    fn members_of_any_kind() {
        assert_eq!(shown(r#"{"a":"x\"y","b":1.5,"c":{"d":["}",{}]},"e":null}"#), r#"a=x"y|b=1.5|c={"d":["}",{}]}|e=null"#);
        assert_eq!(shown(r#"{ "a" : 1 , "b" : true }"#), "a=1|b=true");
        assert_eq!(shown("{}"), "");
        assert_eq!(shown("[1]"), "");
    }

    #[test]
    fn what_is_cut_off_is_read_as_far_as_it_goes() {
        assert_eq!(shown(r#"{"a":1,"b":"cut he"#), "a=1|b=cut he");
        assert_eq!(shown(r#"{"a":1,"b":{"c":[1,2"#), r#"a=1|b={"c":[1,2"#);
        assert_eq!(shown(r#"{"a":1,"b"#), "a=1");
        assert_eq!(shown(r#"{"a":,"b":1}"#), "");
        assert_eq!(shown(r#"{"a":]]]"#), "");
    }

    #[test]
    fn what_is_whole_ends_where_the_text_does() {
        let count = |text: &str| whole(text.as_bytes()).map(|members| members.len());
        assert_eq!((count(r#"{"a":{"b":[1]},"c":"}"} "#), count("{}"), count(" { } ")), (Some(2), Some(0), Some(0)));
        for text in [r#"{"a":1"#, r#"{"a":"b}"#, r#"{"a":[1}"#, r#"{"a":1}{"b":2}"#, r#"{"a":1} x"#, r#"{"a"}"#, r#"{"a":}"#, "[1]", "", "}"] {
            assert_eq!(count(text), None, "{text}");
        }
    }

    #[test]
    fn flat_names_have_dots() {
        let mut body = Body::default();
        for (key, value) in members(br#"{"a":{"b":{"c":"d"},"e":[1]}}"#) {
            flatten(quoted::plain(key), value, &mut body);
        }
        assert_eq!(body.fields, [("a.b.c".into(), "d".into()), ("a.e".into(), "[1]".into())]);
        assert_eq!(Value(br#"["a",2,{"b":"]"}]"#).elements().map(|value| value.text().into_owned()).collect::<Vec<_>>(), ["a", "2", r#"{"b":"]"}"#]);
    }
}
