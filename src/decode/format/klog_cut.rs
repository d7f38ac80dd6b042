//! klog's text form without the beginning of its header: a person who copied a line began in the middle, or wrote `...` for what stood there.
//!
//! In: lines such as `kubelet.go:2104] message`, `... kubelet.go:2104] message`, `09:43:23.493731    7894 kubelet.go:2104] message`. Out: the same as of
//! whole ones, without severity and moment. Must not know: what the messages mean.

use super::klog;
use crate::component::Component;
use crate::decode::{Body, Entry, Format, Next, Opening};

/// klog text whose header is cut.
#[derive(Debug)]
pub struct KlogCut;

/// Longest beginning in which the place in the code is looked for.
const MAX_HEAD: usize = 128;

impl Format for KlogCut {
    fn name(&self) -> &'static str {
        "klog-cut"
    }

    fn title(&self) -> &'static str {
        "Kubernetes component log, its header cut (klog, glog)"
    }

    fn about(&self) -> &'static str {
        "Lines of klog that somebody copied from the middle of their header on, or with `...` in its place: the place in the code and the message are left, severity and \
         moment are not."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes/klog internal/buffer/buffer.go FormatHeader, v0.1.0 to v2.140.0"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("node_tree.go:65] Added node \"node-1\" in group \"\" to NodeTree", "Added node \"node-1\" in group \"\" to NodeTree"),
            ("... node_tree.go:65] \"Added node\" node=\"node-1\"", "Added node"),
            ("09:43:23.493731    7894 node_tree.go:65] Added", "Added"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        place(line).map(|_| Opening::new(None, None))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        self.open(line).map_or(Next::End, Next::Entry)
    }

    fn speaker(&self, entry: &Entry<'_>) -> (Option<Component>, Option<u8>) {
        (place(entry.text).and_then(|(site, message)| klog::component(site, message)), None)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        place(entry.text).map_or_else(|| Body::message(crate::decode::lossy(entry.text)), |(site, message)| klog::said(site, message))
    }
}

/// The place in the code, and the message behind it. Before it stands nothing but what is left of stamp and thread.
fn place(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = memchr::memchr(b']', line.get(..MAX_HEAD).unwrap_or(line))?;
    let (head, message) = (&line[..close], line[close + 1..].strip_prefix(b" ")?);
    let begin = memchr::memrchr(b' ', head).map_or(0, |blank| blank + 1);
    let (left, site) = head.split_at(begin);
    let colon = memchr::memrchr(b':', site)?;
    let (file, number) = (&site[..colon], &site[colon + 1..]);
    let stem = file.strip_suffix(b".go")?;
    let is_name = !stem.is_empty() && stem.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_');
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    let is_rest = left.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b':' | b'.'));
    (is_name && is_number && is_rest).then_some((site, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_of_a_header_may_stand_before_it() {
        for line in [
            "panic at node_tree.go:65] Added",
            "node_tree.go:65: Added",
            "node_tree.go] Added",
            "/src/node_tree.go:65] Added",
            "node_tree.go:65]Added",
            "[node_tree.go:65] Added",
            "Tree.java:65] Added",
            "I1120 09:43:23.493731    7894 node_tree.go:65] Added",
        ] {
            assert_eq!(place(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn the_place_tells_who_speaks() {
        let line = b"... eviction_manager.go:405] \"Eviction manager: x\" pod=\"shop/pg-0\"";
        let head = KlogCut.open(line).unwrap().head;
        let entry = Entry { format: &KlogCut, head, context: None, text: line, line: 1, offset: 0, envelope: None };
        let body = KlogCut.body(&entry);
        assert_eq!((&*body.message, body.component), ("Eviction manager: x", Some(Component::Kubelet)));
        assert_eq!(body.fields, [("pod".into(), "shop/pg-0".into()), ("call_site".into(), "eviction_manager.go:405".into())]);
    }
}
