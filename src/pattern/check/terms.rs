//! The small terms of the language: ids, durations, variables, names that expressions capture.
//!
//! In: texts. Out: whether they are well-formed, and what they name. Must not know: the library.

use std::collections::BTreeSet;

use crate::component::Component;
use crate::pattern::ast;
use crate::pattern::template::Template;
use crate::time::parse_duration;

/// Longest id, bytes.
const MAX_ID: usize = 80;

/// Whether `text` is words of `a-z`, digits, `-` and `_`, joined by dots: at least two for signals and spans.
pub(super) fn is_dotted(text: &str) -> bool {
    text.len() <= MAX_ID && text.contains('.') && text.split('.').all(is_word)
}

/// Whether `text` is one word of `a-z`, digits, `-` and `_` that begins with a letter or digit.
pub(super) fn is_word(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    text.len() <= MAX_ID && text.bytes().all(inside) && !text.starts_with(['-', '_']) && !text.is_empty()
}

/// Whether `kind` is one of [`ast::ENTITY_KINDS`].
pub(super) fn is_kind(kind: &str) -> bool {
    ast::ENTITY_KINDS.iter().any(|(known, _)| *known == kind)
}

/// Help for a wrong entity kind.
pub(super) fn kinds_help() -> String {
    let kinds: Vec<&str> = ast::ENTITY_KINDS.iter().map(|(kind, _)| *kind).collect();
    format!("kinds are {}", kinds.join(", "))
}

/// Help for a wrong component.
pub(super) fn components_help() -> String {
    let names: Vec<&str> = Component::ALL.iter().map(|component| component.name()).collect();
    format!("components are {}", names.join(", "))
}

/// Whether `text` is a duration that is not negative.
pub(super) fn is_duration(text: &str) -> bool {
    parse_duration(text).is_some_and(|ns| ns >= 0)
}

/// Names of groups in all expressions of a signal. Read from the text: compiling only for this would cost too much at every start.
pub(super) fn captures(signal: &ast::Signal) -> BTreeSet<String> {
    let derived = signal.derived.into_iter().flat_map(|derived| derived.attributes().iter().map(ToString::to_string));
    let expressions = signal.matches.iter().flat_map(|wording| wording.message.iter().chain(wording.field.values()));
    let mut names: BTreeSet<String> = derived.collect();
    for text in expressions {
        for opening in ["(?P<", "(?<"] {
            let groups = text.split(opening).skip(1);
            names.extend(groups.filter_map(|rest| rest.split_once('>')).map(|(name, _)| name.to_owned()));
        }
    }
    names
}

/// Entity kinds that a signal can have.
pub(super) fn kinds(signal: &ast::Signal) -> BTreeSet<String> {
    let same = signal.same.iter().flatten().filter_map(|member| member.split_once(':')).map(|(kind, _)| kind.to_owned());
    // Where a log is known to be a pod's, its place often names the UID as well.
    let is_of_pod = signal.entity.get("pod").is_some_and(|names| names.as_slice().iter().any(|name| name.contains("$pod")));
    signal.entity.keys().cloned().chain(same).chain(["source".to_owned()]).chain(is_of_pod.then(|| "uid".to_owned())).collect()
}

/// Variables that come from where a record was found.
pub(in crate::pattern) const PLACES: &[&str] = &["$node", "$pod", "$uid", "$container", "$instance", "$source", "$host", "$program"];

/// Checks a template of a signal: its variables must be names or known places.
pub(super) fn signal_template(text: &str) -> Result<(), String> {
    let template = Template::parse(text)?;
    let wrong = template.names().find(|name| name.starts_with('$') && !PLACES.contains(name));
    wrong.map_or(Ok(()), |name| Err(format!("no variable `{{{name}}}`; a record's place is told by {}", PLACES.join(", "))))
}

/// The name nearest to `wanted`, if one is near.
pub(super) fn nearest<'a>(wanted: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().filter(|name| name.len().abs_diff(wanted.len()) <= 3 && name.len() <= MAX_ID && wanted.len() <= MAX_ID);
    near.map(|name| (distance(wanted, name), *name)).filter(|(far, _)| *far <= 3 && *far * 3 <= wanted.len()).min().map(|(_, name)| name)
}

/// Insertions, deletions and replacements between two texts.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.chars().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert!(is_dotted("mysqld.innodb.assertion") && is_dotted("mysqld_safe.restart") && is_word("split-brain"));
        for wrong in ["", "a", "a..b", ".a", "A.b", "a.b ", "a.-b", "ä.b"] {
            assert!(!is_dotted(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("mysqld.sart", &["mysqld.start", "mysqld.signal"]), Some("mysqld.start"));
        assert_eq!(nearest("kubelet.start", &["mysqld.start"]), None);
    }

    #[test]
    fn captured_names_are_read_from_the_text() {
        let wording = ast::Match { message: Some(r"(?P<a>x)(?<b>y)(?:z)(?<!no)".into()), ..ast::Match::default() };
        let names = captures(&ast::Signal { matches: vec![wording], ..ast::Signal::default() });
        assert!(names.contains("a") && names.contains("b"));
    }
}
