//! YAML documents: Kubernetes Events and other objects as YAML, alone, in lists, several in a file.
//!
//! In: lines of `kubectl … -o yaml`, must-gather, `kubectl cluster-info dump -o yaml`. Out: an entry for each item of a list, one for the lines before
//! the items and one for those behind; single objects as one entry. Must not know: what objects mean (`kubernetes`).

use std::ops::Range;

use memchr::memmem;

use super::json_document;
use super::kubernetes::event::HeadReader;
use super::kubernetes::leaves::{Leaves, Value};
use super::kubernetes::{kinds, yaml};
use crate::decode::{Body, Entry, Format, Head, Next, Opening};

/// Objects of Kubernetes in YAML.
#[derive(Debug)]
pub struct YamlDocument;

/// Bytes from which an item goes on as another entry, so that it ends before framing would lose its place.
const SPLIT_BYTES: usize = 1 << 19;

const HEAD: u8 = b'h';
const ITEM: u8 = b'i';
const REST: u8 = b'r';
const TAIL: u8 = b't';

impl Format for YamlDocument {
    fn name(&self) -> &'static str {
        "yaml-document"
    }

    fn title(&self) -> &'static str {
        "YAML documents (Kubernetes Events and objects)"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl (-o yaml), must-gather and other collectors. Each item of a list is an entry. Events carry RFC 3339 times; other objects have \
         no time of their own, except a lease's last renewal."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["YAML 1.2", "sigs.k8s.io/yaml", "k8s.io/api core/v1/types.go", "k8s.io/api events/v1/types.go"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata:\n  name: node-1\n  namespace: kube-node-lease\nspec:\n  holderIdentity: node-1\n  renewTime: \"2026-11-20T09:29:30.781009Z\"",
                "Lease kube-node-lease/node-1",
            ),
            (
                "apiVersion: v1\nkind: Event\nmessage: 'Readiness probe failed: '\ninvolvedObject:\n  kind: Pod\n  name: pg-1\nreason: Unhealthy\ntype: Warning",
                "Readiness probe failed:",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let group = line.strip_prefix(b"apiVersion: ")?;
        // A component's own configuration, printed into its log, is no object of the cluster.
        let configuration = memmem::find(group, b"config.k8s.io").is_some() || group.starts_with(b"kubeadm.");
        (!configuration && !group.is_empty() && !group.contains(&b' ')).then(|| opening(HEAD, 0, &[]))
    }

    fn next(&self, entry: &[u8], context: Option<&[u8]>, line: &[u8]) -> Next {
        let Some((part, column, listed)) = place(context) else { return Next::End };
        if line == b"---" {
            return Next::Entry(opening(HEAD, 0, &[]));
        }
        let indent = yaml::indent(line);
        let blank = indent == line.len();
        match part {
            HEAD | TAIL => {
                let last = &entry[memchr::memrchr(b'\n', entry).map_or(0, |end| end + 1)..];
                let dash = line[indent..].starts_with(b"- ") || &line[indent..] == b"-";
                if part == HEAD && last == b"items:" && dash {
                    let Ok(column) = u16::try_from(indent) else { return Next::End };
                    return Next::Entry(opening(ITEM, column, kind_listed(entry).unwrap_or_default()));
                }
                if !(blank || indent > 0 || dash || member(line)) {
                    Next::End
                } else if entry.len() < SPLIT_BYTES {
                    Next::Join
                } else {
                    Next::Entry(opening(TAIL, 0, &[]))
                }
            }
            _ if blank || indent > usize::from(column) => {
                if entry.len() < SPLIT_BYTES {
                    Next::Join
                } else {
                    Next::Entry(opening(REST, column, listed))
                }
            }
            _ if indent == usize::from(column) && line[indent..].starts_with(b"-") => {
                if part == ITEM {
                    Next::Entry(Opening::default())
                } else {
                    Next::Entry(opening(ITEM, column, listed))
                }
            }
            _ if indent == 0 && member(line) => Next::Entry(opening(TAIL, 0, &[])),
            _ => Next::End,
        }
    }

    fn dated_by_parts(&self) -> bool {
        true
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let (part, _, listed) = place(entry.context).unwrap_or((HEAD, 0, &[]));
        if part == TAIL || part == REST {
            return Body::message(String::from_utf8_lossy(entry.text));
        }
        let leaves = Leaves::collect(|see| yaml::walk(entry.text, &mut |path, value| see(path, Value::Text(value))));
        let listed = std::str::from_utf8(listed).ok().filter(|kind| !kind.is_empty());
        json_document::body(entry.text, &leaves, listed)
    }

    fn parts(&self, entry: &Entry<'_>) -> Vec<(Range<usize>, Head)> {
        if place(entry.context).is_some_and(|(part, _, _)| part == TAIL || part == REST) {
            return Vec::new();
        }
        let mut reader = HeadReader::default();
        yaml::walk(entry.text, &mut |path, value| reader.see(path, || value));
        match reader.head() {
            head if head == Head::default() => Vec::new(),
            head => vec![(0..entry.text.len(), head)],
        }
    }
}

fn opening(part: u8, column: u16, listed: &[u8]) -> Opening {
    let mut context = vec![part];
    context.extend_from_slice(&column.to_le_bytes());
    context.extend_from_slice(listed);
    Opening { head: Head::default(), context: Some(context) }
}

/// Part of the document, column of its items, and the kind of its items.
fn place(context: Option<&[u8]>) -> Option<(u8, u16, &[u8])> {
    let (part, rest) = context?.split_first()?;
    let (column, listed) = rest.split_first_chunk::<2>()?;
    Some((*part, u16::from_le_bytes(*column), listed))
}

/// Whether the line is `name: value` as objects begin with at the first column. What programs say (`error: …`) is none.
fn member(line: &[u8]) -> bool {
    let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let named = line.first().is_some_and(u8::is_ascii_lowercase) && !matches!(&line[..length], b"error" | b"warning");
    named && line.get(length) == Some(&b':') && line.get(length + 1).is_none_or(|byte| *byte == b' ')
}

/// The kind of the items of a list, by the list's own kind.
fn kind_listed(head: &[u8]) -> Option<&[u8]> {
    let line = head.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"kind: "))?;
    kinds::of_list(std::str::from_utf8(line).ok()?.trim()).map(str::as_bytes)
}

#[cfg(test)]
mod tests;
