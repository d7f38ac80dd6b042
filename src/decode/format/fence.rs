//! Fences: lines with which a collector separates the parts of one file.
//!
//! In: `==== START logs for container c of pod ns/p ====`, `==> kubelet <==`. Out: an entry of its own for each. Must not know: what stands between
//! fences.

use crate::decode::{Body, Entry, Format, Next, Opening};

/// Lines between the parts of a collection.
#[derive(Debug)]
pub struct Fence;

impl Format for Fence {
    fn name(&self) -> &'static str {
        "fence"
    }

    fn title(&self) -> &'static str {
        "Fences between the parts of a collection"
    }

    fn about(&self) -> &'static str {
        "Printed by kubectl cluster-info dump around each container's log, by minikube logs before each section, by head and tail before each file. Not dated."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["k8s.io/kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go", "minikube pkg/minikube/logs/logs.go", "GNU coreutils head and tail"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "==== START logs for container agent of pod kube-system/node-agent-4p42f ====",
                "START logs for container agent of pod kube-system/node-agent-4p42f",
            ),
            ("==> kubelet <==", "kubelet"),
            ("* ==> etcd [9f3c] <==", "etcd [9f3c]"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        matches!(line.first()?, b'=' | b'*').then_some(())?;
        inside(line).map(|_| Opening::default())
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, _line: &[u8]) -> Next {
        Next::End
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(inside) = inside(entry.text) else { return Body::message(String::from_utf8_lossy(entry.text)) };
        let text = String::from_utf8_lossy(inside);
        let mut body = Body::message(text.clone());
        let logs = text.strip_prefix("START ").map(|rest| ("start", rest)).or_else(|| text.strip_prefix("END ").map(|rest| ("end", rest)));
        let told = logs.and_then(|(edge, rest)| Some((edge, rest.strip_prefix("logs for container ")?.split_once(" of pod ")?)));
        match told {
            Some((edge, (container, pod))) => {
                body.push("edge", edge);
                body.push("container", container.to_owned());
                body.push("pod", pod.to_owned());
            }
            None => body.push("section", text.into_owned()),
        }
        body
    }
}

/// What a fence says of the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A container's log begins: container, and pod as `namespace/name`.
    Log(String, String),
    /// It ends.
    End,
    /// Something of that name begins.
    Section(String),
}

/// Reads a line as a fence.
pub fn told(line: &[u8]) -> Option<Told> {
    let text = String::from_utf8_lossy(inside(line)?).into_owned();
    if text.starts_with("END logs ") {
        return Some(Told::End);
    }
    let Some(rest) = text.strip_prefix("START logs for container ") else { return Some(Told::Section(text)) };
    let (container, pod) = rest.split_once(" of pod ")?;
    Some(Told::Log(container.to_owned(), pod.to_owned()))
}

/// What stands between the marks.
fn inside(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b"* ").unwrap_or(line).trim_ascii_end();
    if let Some(section) = line.strip_prefix(b"==> ") {
        return section.strip_suffix(b" <==").filter(|section| !section.is_empty());
    }
    let logs = line.strip_prefix(b"==== ")?.strip_suffix(b" ====")?;
    (logs.starts_with(b"START logs ") || logs.starts_with(b"END logs ")).then_some(logs)
}

#[cfg(test)]
mod tests {
    use crate::decode::format::kubernetes::check::{read, shown};

    #[test]
    fn fences_name_container_pod_or_section() {
        let entries = read(
            "==== START logs for container agent of pod shop/pg-0 ====\nhello\n==== END logs for container agent of pod shop/pg-0 ====\n==> describe nodes <==\n==== \n",
        );
        assert_eq!(entries.iter().map(|entry| entry.format).collect::<Vec<_>>(), ["fence", "text", "fence", "fence", "text"]);
        assert_eq!(shown(&entries[0], &["edge", "container", "pod"]), ["start", "agent", "shop/pg-0"]);
        assert_eq!(shown(&entries[3], &["section"]), ["describe nodes"]);
    }
}
