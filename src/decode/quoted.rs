//! Quoted strings as JSON and Go (`strconv.Quote`) write them.
//!
//! In: bytes between, or from, double quotes. Out: the text meant. Must not know: whose string it is. Broken escapes are kept as they stand.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// Bytes that are looked at one by one.
const NEAR: usize = 16;

/// Offset of the closing quote in `inside`, which begins after the opening one. `None`: cut off.
pub fn end(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = inside.get(at..)?;
        // Keys are short, and where one quote is escaped the next is near: a search by words would cost more than it saves.
        let near = rest.iter().take(NEAR).position(|byte| matches!(byte, b'"' | b'\\'));
        let found = at + near.or_else(|| Some(NEAR + memchr2(b'"', b'\\', rest.get(NEAR..)?)?))?;
        if inside[found] == b'"' {
            return Some(found);
        }
        at = found + 2;
    }
}

/// A quoted string at the start of `text`: what is meant, and what follows the closing quote. A string that is cut off takes everything.
pub fn take(text: &[u8]) -> Option<(Cow<'_, str>, &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    // Mostly nothing is escaped: the first of both ends it.
    if let Some(first) = memchr2(b'"', b'\\', inside)
        && inside[first] == b'"'
    {
        return Some((super::lossy(&inside[..first]), &inside[first + 1..]));
    }
    Some(match end(inside) {
        Some(end) => (plain(&inside[..end]), &inside[end + 1..]),
        None => (plain(inside), &[]),
    })
}

/// The text meant by the inside of a quoted string.
pub fn plain(inside: &[u8]) -> Cow<'_, str> {
    lossy(bytes(inside))
}

/// Bytes as text, invalid parts replaced.
pub fn lossy(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => crate::decode::lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned())),
    }
}

/// The bytes meant by the inside of a quoted string: Go's `\x` writes single bytes.
pub fn bytes(inside: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr(b'\\', inside) else { return Cow::Borrowed(inside) };
    let mut out = Vec::with_capacity(inside.len());
    out.extend_from_slice(&inside[..first]);
    let mut rest = &inside[first..];
    while let Some(after) = rest.strip_prefix(b"\\") {
        let used = escape(after, &mut out);
        if used == 0 {
            out.push(b'\\');
        }
        rest = &after[used..];
        let next = memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(out)
}

/// Writes what the escape `\` + `after` means; how many bytes of `after` it took, 0 if it is none.
fn escape(after: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&kind) = after.first() else { return 0 };
    let simple = match kind {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'a' => 7,
        b'v' => 11,
        b'"' | b'\\' | b'/' | b'\'' => kind,
        b'x' => match number(after.get(1..3), 16) {
            Some(byte) => {
                out.push(byte as u8);
                return 3;
            }
            None => return 0,
        },
        b'0'..=b'3' => match number(after.get(..3), 8) {
            Some(byte) => {
                out.push(byte as u8);
                return 3;
            }
            None => return 0,
        },
        b'u' | b'U' => return unicode(after, out),
        _ => return 0,
    };
    out.push(simple);
    1
}

fn unicode(after: &[u8], out: &mut Vec<u8>) -> usize {
    let digits = if after.first() == Some(&b'U') { 8 } else { 4 };
    let Some(first) = number(after.get(1..=digits), 16) else { return 0 };
    let low =
        || after.get(5..7).filter(|lead| *lead == b"\\u").and_then(|_| number(after.get(7..11), 16)).filter(|low| (0xDC00..0xE000).contains(low));
    let (code, used) = match first {
        0xD800..0xDC00 => low().map_or((first, digits + 1), |low| (0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00), 11)),
        _ => (first, digits + 1),
    };
    let mut buffer = [0; 4];
    out.extend_from_slice(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut buffer).as_bytes());
    used
}

fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    digits?.iter().try_fold(0_u32, |sum, digit| Some(sum.wrapping_mul(radix).wrapping_add((*digit as char).to_digit(radix)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_both_writers() {
        assert_eq!(plain(br"a\nb\t\\c\/"), "a\nb\t\\c/");
        assert_eq!(plain(br"\u00e9\ud83d\ude00\U0001F600\xc3\xa9\303\251"), "é😀😀éé");
        assert_eq!(plain(br"zone::\x00"), "zone::\0");
        assert!(matches!(plain(b"as it is"), Cow::Borrowed(_)));
    }

    #[test]
    fn broken_escapes_stay() {
        for text in [&br"end\"[..], br"\q", br"\u12", br"\xZZ", br"\08"] {
            assert_eq!(plain(text).as_bytes(), text);
        }
        assert_eq!(plain(br"\ud83d alone"), "\u{fffd} alone");
    }

    #[test]
    fn a_string_ends_at_its_own_quote() {
        assert_eq!(take(br#""a \"b\"" c="d""#), Some(("a \"b\"".into(), &br#" c="d""#[..])));
        assert_eq!(take(br#""cut"#), Some(("cut".into(), &b""[..])));
        assert_eq!(take(b"bare"), None);
    }
}
