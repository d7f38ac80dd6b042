//! Leaves: the scalars of an object, each with the path that leads to it.
//!
//! In: what a reader of JSON or YAML walks past. Out: values by path (`status.conditions[0].type`). Must not know: the notation they came from,
//! what they mean.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::json::{self, Scalar};

/// Most leaves kept of one object.
const MAX_LEAVES: usize = 4096;
/// Most elements looked at of one list: each is looked up by path, so many would cost their square.
const MAX_ELEMENTS: usize = 64;

/// The scalars of one object, in the order of the text. Nulls are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaves<'a> {
    /// All paths, one behind the other.
    paths: String,
    /// Where each path lies, and the value there.
    leaves: Vec<(u32, u32, Value<'a>)>,
}

/// A value: as it stands until somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// What is meant.
    Text(Cow<'a, str>),
    /// What is written in JSON.
    Json(Scalar<'a>),
}

impl<'a> Value<'a> {
    fn text(&self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(scalar) => scalar.text(),
        }
    }
}

impl<'a> Leaves<'a> {
    /// The scalars of the first JSON value in `text`.
    pub(crate) fn of_json(text: &'a [u8]) -> Self {
        Self::collect(|see| json::walk(text, &mut |path, value| see(path, Value::Json(value))))
    }

    /// Takes what `walk` walks past.
    pub(crate) fn collect(walk: impl FnOnce(&mut dyn FnMut(&str, Value<'a>))) -> Self {
        let mut found = Self { paths: String::with_capacity(1024), leaves: Vec::with_capacity(32) };
        let mut wrapped = false;
        walk(&mut |path, value| {
            if found.leaves.len() < MAX_LEAVES && !bookkeeping(path) {
                wrapped |= inner(path).len() < path.len();
                let start = found.paths.len();
                found.paths.push_str(path);
                found.leaves.push((start as u32, found.paths.len() as u32, value));
            }
        });
        if wrapped {
            let Self { paths, leaves } = &mut found;
            leaves.retain_mut(|(start, end, _)| {
                let path = paths.get(*start as usize..*end as usize).unwrap_or_default();
                let cut = path.len() - inner(path).len();
                *start += cut as u32;
                cut > 0
            });
        }
        found
    }

    /// The value at the path, if it is not empty.
    pub(crate) fn get(&self, path: &str) -> Option<Cow<'a, str>> {
        // Asked dozens of times for each object: lengths are compared first.
        let mut found = self.leaves.iter().filter(|(start, end, _)| (end - start) as usize == path.len());
        found.find_map(|(start, end, value)| {
            let known = self.paths.as_bytes().get(*start as usize..*end as usize)?;
            (known.first() == path.as_bytes().first() && known == path.as_bytes()).then(|| value.text()).filter(|value| !value.is_empty())
        })
    }

    /// The value at the first of the paths that has one.
    pub(crate) fn first(&self, paths: &[&str]) -> Option<Cow<'a, str>> {
        paths.iter().find_map(|path| self.get(path))
    }

    /// Whether some path begins so.
    pub(crate) fn under(&self, prefix: &str) -> bool {
        self.iter().any(|(path, _)| path.starts_with(prefix))
    }

    /// Elements of the list at `path`, as path prefixes with a final dot: `spec.volumes[0].`; no more than [`MAX_ELEMENTS`].
    pub(crate) fn elements(&self, path: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (known, _) in self.iter() {
            let Some(rest) = known.strip_prefix(path).and_then(|rest| rest.strip_prefix('[')) else { continue };
            let Some((index, _)) = rest.split_once(']') else { continue };
            let prefix = format!("{path}[{index}].");
            if found.last() != Some(&prefix) {
                if found.len() == MAX_ELEMENTS {
                    break;
                }
                found.push(prefix);
            }
        }
        found
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Cow<'a, str>)> {
        self.iter().map(|(path, value)| (path, value.text()))
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.leaves.iter().map(|(start, end, value)| (self.paths.get(*start as usize..*end as usize).unwrap_or_default(), value))
    }
}

/// Parts that repeat what the object says elsewhere.
fn bookkeeping(path: &str) -> bool {
    static NAMES: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| ["managedFields", "kubectl.kubernetes.io/last-applied-configuration"].map(Finder::new));
    // Hardly any other path has either of these bytes.
    memchr::memchr2(b'F', b'/', path.as_bytes()).is_some() && NAMES.iter().any(|name| name.find(path.as_bytes()).is_some())
}

/// The path inside what watchers and exporters put around an object: `{"type":"ADDED","object":{…}}`, `{"verb":"ADDED","event":{…}}`.
pub(crate) fn inner(path: &str) -> &str {
    if !matches!(path.as_bytes().first(), Some(b'o' | b'e')) {
        return path;
    }
    path.strip_prefix("object.").or_else(|| path.strip_prefix("event.")).unwrap_or(path)
}

/// A member name as the API spells it, where a Go program printed its own field names: `InvolvedObject` is `involvedObject`, `APIVersion` is
/// `apiVersion`, `UID` is `uid`.
pub(crate) fn api_name(name: &str) -> Cow<'_, str> {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    if capitals == 0 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(name);
    }
    let lowered = if capitals == 1 || capitals == name.len() { capitals } else { capitals - 1 };
    Cow::Owned(name.chars().enumerate().map(|(at, char)| if at < lowered { char.to_ascii_lowercase() } else { char }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_field_names_become_those_of_the_api() {
        let names = ["InvolvedObject", "APIVersion", "UID", "HostIP", "name", "kubernetes.io/x", "BootID"];
        let read: Vec<_> = names.iter().map(|name| api_name(name).into_owned()).collect();
        assert_eq!(read, ["involvedObject", "apiVersion", "uid", "hostIP", "name", "kubernetes.io/x", "bootID"]);
    }

    #[test]
    fn elements_of_a_list_come_in_order_and_once() {
        let leaves = Leaves::collect(|see| {
            for path in ["a.b[0].x", "a.b[0].y", "a.b[1].x", "a.bc[0].x", "metadata.managedFields[0].time"] {
                see(path, Value::Text("v".into()));
            }
        });
        assert_eq!(leaves.elements("a.b"), ["a.b[0].", "a.b[1]."]);
        assert!(!leaves.under("metadata"));
    }
}
