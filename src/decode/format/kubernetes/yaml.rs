//! YAML as the Kubernetes tools print it: walks past the scalars of a text, whole or cut off.
//!
//! In: bytes of one document or of one item of a list. Out: each scalar with its path. Must not know: what the members mean.
//!
//! Read by indentation: block maps and lists, plain, quoted and block scalars, empty flow collections. Anchors, tags and filled flow collections are
//! not expanded but come as text, so nothing can grow. Defined by YAML 1.2, as far as sigs.k8s.io/yaml prints it.

use std::borrow::Cow;

use super::json;

#[derive(Clone, Copy)]
struct Frame {
    indent: usize,
    /// Length of the path that leads to this container.
    base: usize,
    /// Next index of a list; `None` for a map.
    index: Option<u32>,
}

/// Calls `see` with the path and value of each scalar. A list at the root counts as its only element: an item of a list is walked like the object
/// it is.
pub(crate) fn walk<'a>(text: &'a [u8], see: &mut dyn FnMut(&str, Cow<'a, str>)) {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    let mut frames: Vec<Frame> = Vec::new();
    let mut path = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let mut column = indent(line);
        let mut rest = &line[column..];
        if rest.is_empty() || rest[0] == b'#' || rest == b"---" || rest == b"..." {
            continue;
        }
        while rest == b"-" || rest.starts_with(b"- ") {
            while frames.last().is_some_and(|top| top.indent > column) {
                frames.pop();
            }
            // kubectl prints the dashes of a list in the column of the name it belongs to.
            if frames.last().is_none_or(|top| top.indent < column || top.index.is_none()) {
                let base = if frames.is_empty() { 0 } else { path.len() };
                frames.push(Frame { indent: column, base, index: Some(0) });
            }
            let root = frames.len() == 1;
            if let Some(Frame { base, index: Some(index), .. }) = frames.last_mut() {
                path.truncate(*base);
                if !root {
                    json::push_index(&mut path, *index);
                }
                *index = index.saturating_add(1);
            }
            let inside = &rest[1..];
            let blanks = indent(inside);
            column += 1 + blanks;
            rest = &inside[blanks..];
        }
        let (name, value) = match member(rest) {
            Some((name, value)) => (Some(name), value),
            None => (None, rest),
        };
        let parent = if let Some(name) = name {
            while frames.last().is_some_and(|top| top.indent > column || (top.indent == column && top.index.is_some())) {
                frames.pop();
            }
            if frames.last().is_none_or(|top| top.indent < column) {
                let base = if frames.is_empty() { 0 } else { path.len() };
                frames.push(Frame { indent: column, base, index: None });
            }
            if let Some(top) = frames.last() {
                path.truncate(top.base);
            }
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&name);
            column
        } else {
            // A scalar of a list: its dash stands in the column of the list.
            match frames.last() {
                Some(top) if top.index.is_some() => top.indent,
                _ => continue,
            }
        };
        if value.is_empty() {
            continue;
        }
        let deeper = |line: &&&[u8]| indent(line) > parent || line.iter().all(|byte| *byte == b' ');
        let following = lines[at..].iter().take_while(deeper).count();
        let block = &lines[at..at + following];
        let (scalar, used) = scalar(value, block);
        at += used;
        if let Some(scalar) = scalar {
            see(&path, scalar);
        }
    }
}

/// Blanks a line begins with.
pub(crate) fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// Name and value of `name: value`.
fn member(line: &[u8]) -> Option<(Cow<'_, str>, &[u8])> {
    let quote = *line.first()?;
    if matches!(quote, b'"' | b'\'') {
        let end = 1 + memchr::memchr(quote, &line[1..])?;
        let value = line.get(end + 1..)?.strip_prefix(b":")?;
        return (value.is_empty() || value[0] == b' ').then(|| (String::from_utf8_lossy(&line[1..end]), value.trim_ascii()));
    }
    if matches!(quote, b'{' | b'[') {
        return None;
    }
    let colon = memchr::memmem::find(line, b": ").or_else(|| line.ends_with(b":").then(|| line.len() - 1))?;
    Some((String::from_utf8_lossy(&line[..colon]), line[colon + 1..].trim_ascii()))
}

/// The scalar that begins with `first` and may go on in `block`, and how many lines of it were used. `None` for null and empty collections.
fn scalar<'a>(first: &'a [u8], block: &[&'a [u8]]) -> (Option<Cow<'a, str>>, usize) {
    match first[0] {
        b'|' | b'>' => (Some(Cow::Owned(block_scalar(first, block))), block.len()),
        quote @ (b'"' | b'\'') => {
            let mut looked = 0;
            if let Some(end) = closing(&first[1..], quote, &mut looked) {
                return (Some(unquoted(quote, &first[1..=end])), 0);
            }
            let mut joined = first[1..].to_vec();
            for (used, line) in block.iter().enumerate() {
                fold(&mut joined, line, quote);
                if let Some(end) = closing(&joined, quote, &mut looked) {
                    return (Some(Cow::Owned(unquoted(quote, &joined[..end]).into_owned())), used + 1);
                }
            }
            (Some(Cow::Owned(unquoted(quote, &joined).into_owned())), block.len())
        }
        _ if matches!(first, b"null" | b"~" | b"{}" | b"[]") => (None, 0),
        _ => {
            let own = memchr::memmem::find(first, b" #").map_or(first, |comment| first[..comment].trim_ascii_end());
            let more = block.iter().take_while(|line| !line.is_empty()).count();
            if more == 0 {
                return (Some(String::from_utf8_lossy(own)), 0);
            }
            let mut joined = own.to_vec();
            for line in &block[..more] {
                joined.push(b' ');
                joined.extend_from_slice(line.trim_ascii());
            }
            (Some(Cow::Owned(String::from_utf8_lossy(&joined).into_owned())), more)
        }
    }
}

/// Where the quote closes in a quoted scalar whose opening quote is taken off. The search goes on at `looked` and leaves there where it ended.
fn closing(text: &[u8], quote: u8, looked: &mut usize) -> Option<usize> {
    while let Some(&byte) = text.get(*looked) {
        match byte {
            b'\\' if quote == b'"' => match text.get(*looked + 1) {
                Some(_) => *looked += 1,
                None => return None,
            },
            b'\'' if quote == b'\'' && text.get(*looked + 1) == Some(&b'\'') => *looked += 1,
            byte if byte == quote => return Some(*looked),
            _ => {}
        }
        *looked += 1;
    }
    None
}

/// Appends a line of a quoted scalar: the line end between them counts as a blank, an empty line as a line end, an escaped line end as nothing.
fn fold(joined: &mut Vec<u8>, line: &[u8], quote: u8) {
    let inside = line.trim_ascii();
    if quote == b'"' && joined.ends_with(b"\\") && !joined.ends_with(b"\\\\") {
        joined.pop();
        joined.extend_from_slice(inside.strip_prefix(b"\\").filter(|rest| rest.starts_with(b" ")).unwrap_or(inside));
    } else if inside.is_empty() {
        joined.push(b'\n');
    } else {
        if !joined.ends_with(b"\n") {
            joined.push(b' ');
        }
        joined.extend_from_slice(inside);
    }
}

fn unquoted(quote: u8, inside: &[u8]) -> Cow<'_, str> {
    if quote == b'"' {
        return json::string(inside);
    }
    match String::from_utf8_lossy(inside) {
        text if text.contains("''") => Cow::Owned(text.replace("''", "'")),
        text => text,
    }
}

/// `|` keeps line ends, `>` folds them; `-` or nothing behind it cuts the last one.
fn block_scalar(head: &[u8], block: &[&[u8]]) -> String {
    let margin = block.iter().filter(|line| !line.is_empty()).map(|line| indent(line)).min().unwrap_or(0);
    let lines: Vec<_> = block.iter().map(|line| String::from_utf8_lossy(line.get(margin..).unwrap_or_default())).collect();
    let joined = lines.join(if head[0] == b'|' { "\n" } else { " " });
    joined.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        walk(text.as_bytes(), &mut |path, value| seen.push(format!("{path}={value}")));
        seen
    }

    #[test]
    fn an_item_of_a_list_is_walked_like_an_object() {
        let text = "- apiVersion: v1\n  eventTime: null\n  metadata:\n    name: \"a\"\n    owners:\n    - kind: Node\n      uid: x\n    - kind: Pod\n    empty: {}\n    then: y\n  spec:\n    list:\n      - one\n      - two: 2\n  f:x: {}\n  type: Normal";
        assert_eq!(
            shown(text),
            [
                "apiVersion=v1",
                "metadata.name=a",
                "metadata.owners[0].kind=Node",
                "metadata.owners[0].uid=x",
                "metadata.owners[1].kind=Pod",
                "metadata.then=y",
                "spec.list[0]=one",
                "spec.list[1].two=2",
                "type=Normal"
            ]
        );
    }

    #[test]
    fn scalars_may_go_on_over_lines() {
        assert_eq!(shown("a: 'it''s\n  long: one'\nb: 1"), ["a=it's long: one", "b=1"]);
        assert_eq!(shown("a: \"x\\n\\\n  \\ y\"\nb: plain\n  more\nc: 1"), ["a=x\n y", "b=plain more", "c=1"]);
        assert_eq!(shown("a: |\n  one\n    two\n\n  three\nb: >-\n  four\n  five\nc: 1"), ["a=one\n  two\n\nthree", "b=four five", "c=1"]);
        assert_eq!(shown("- |\n  x: y\n- z"), ["=x: y", "=z"]);
    }

    #[test]
    fn any_cut_gives_no_more_than_the_whole() {
        let text = "a:\n- b: \"c\\\"d\n    e\"\n  f: 'g\n- h: |\n    i\n\"j\": [1, 2]\n";
        for end in 0..text.len() {
            shown(text.get(..end).unwrap_or_default());
        }
        assert_eq!(shown("- - - - a: 1"), ["[0][0][0].a=1"]);
        assert_eq!(shown("&a x: *a"), ["&a x=*a"]);
    }
}
