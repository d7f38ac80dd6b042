//! Speakers: whose a line is, where its beginning or its envelope says so.
//!
//! In: a line, an envelope. Out: the node, the container or the file it is of, and which lines are of the same. Must not know: how they are read.
//!
//! # Source
//!
//! openshift/oc `pkg/cli/admin/node/logs.go`; kubernetes/kubectl `pkg/cmd/logs/logs.go` (`--prefix`); stern/stern `stern/tail.go` and its default
//! template; GNU grep 3.11, "Output Line Prefix Control".

use crate::component::Component;
use crate::decode::Envelope;
use crate::decode::frame::LineChoice;
use crate::decode::wrapper::{WRAPPERS, Wrapper as _, certain, compose::Compose, node_prefix::NodePrefix, pod_prefix::PodPrefix};
use crate::open::layout::{self, Layout};

/// Longest path before a line.
const MAX_PATH: usize = 512;

/// Whose a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// A node's, in a journal of several.
    Node(String),
    /// A container's, in the output of several.
    Container {
        /// The pod's name; its namespace is not told.
        pod: String,
        /// The container's.
        container: String,
    },
    /// A service's, in the output of several: the name that stands before the bar.
    Service(String),
    /// A file's, in what a search found.
    File(String),
    /// Whose the envelope says it is: a shipper's export, a central log.
    Sent(Sender),
}

/// Whose a line is, as its envelope says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sender {
    host: Option<Box<str>>,
    pod: Option<Box<str>>,
    container: Option<Box<str>>,
    program: Option<Component>,
}

impl Sender {
    /// A pod's lines are told apart by their containers, a machine's by the programs that are known; those of all others are its journal.
    pub(super) fn of(envelope: Envelope) -> Option<Self> {
        let Envelope { host, pod, program, container, .. } = envelope;
        if host.is_none() && pod.is_none() {
            return None;
        }
        Some(if pod.is_some() {
            Self { host, pod, container: container.or(program), program: None }
        } else {
            Self { host, pod, container: None, program: program.and_then(|program| Component::from_program(&program)) }
        })
    }

    /// Whether it is a pod's.
    pub(super) fn is_of_pod(&self) -> bool {
        self.pod.is_some()
    }

    /// Whether both are of one machine and one pod, and of one log there: what a machine's programs write about it is its journal; what the control
    /// plane's write is about the cluster, wherever they run.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let own_log = |sender: &Self| sender.program.filter(|program| is_of_control_plane(*program));
        (&self.host, &self.pod, own_log(self)) == (&other.host, &other.pod, own_log(other))
    }
}

fn is_of_control_plane(program: Component) -> bool {
    use Component::{CloudControllerManager, Etcd, KubeApiserver, KubeControllerManager, KubeScheduler};
    matches!(program, KubeApiserver | KubeControllerManager | CloudControllerManager | KubeScheduler | Etcd)
}

impl Speaker {
    /// Whose the line is, and which lines are of the same.
    pub(super) fn of(line: &[u8]) -> Option<(Self, LineChoice)> {
        if let Some(inside) = NodePrefix.unwrap(line) {
            let host = inside.envelope.host?;
            return Some((Self::Node(host.to_string()), LineChoice::With(line.get(..=host.len())?.into())));
        }
        if line.starts_with(b"[pod/") {
            let inside = PodPrefix.unwrap(line)?;
            let start = line.get(..line.len().checked_sub(inside.text.len())?)?;
            let speaker = Self::Container { pod: inside.envelope.pod?.into(), container: inside.envelope.program?.into() };
            return Some((speaker, LineChoice::With(start.into())));
        }
        if let Some(inside) = Compose.unwrap(line) {
            let start = line.get(..line.len().checked_sub(inside.text.len())?)?;
            let name = inside.envelope.container.or(inside.envelope.program)?;
            return Some((Self::Service(name.into()), LineChoice::Beside(start.trim_ascii_end().into())));
        }
        container(line).or_else(|| file(line))
    }

    /// The file that a search found the line in, where it is known to be a search's: no record need follow.
    pub(super) fn found(line: &[u8]) -> Option<(Self, LineChoice)> {
        let path = path(line)?;
        Some((Self::File(String::from_utf8_lossy(path).into_owned()), LineChoice::Found(path.into())))
    }

    /// The name of the part, in the file it is taken from.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Node(name) | Self::Service(name) | Self::File(name) => name.clone(),
            Self::Container { pod, container } => format!("{pod}/{container}"),
            Self::Sent(Sender { host, pod, container, program }) => {
                let names = [host, pod, container].into_iter().flatten().map(|name| &**name);
                names.chain(program.map(Component::name)).collect::<Vec<_>>().join("/")
            }
        }
    }

    /// Where the part belongs.
    pub(super) fn layout(&self, base: &Layout) -> Layout {
        match self {
            Self::Node(name) => {
                let mut own = base.clone();
                own.at.node = Some(name.clone());
                own
            }
            Self::Container { pod, container } => layout::of_log(base, pod, container),
            Self::Service(name) => {
                let mut own = base.clone();
                own.at.container = own.at.container.or_else(|| Some(name.clone()));
                own
            }
            Self::Sent(Sender { host, pod, container, program }) => {
                let mut own = match (pod, container) {
                    (Some(pod), Some(container)) => layout::of_log(base, pod, container),
                    _ => base.clone(),
                };
                own.at.pod = pod.as_deref().map(ToOwned::to_owned).or(own.at.pod);
                own.at.node = host.as_deref().map(ToOwned::to_owned).or(own.at.node);
                own.at.component = program.or(own.at.component);
                own
            }
            Self::File(path) => {
                let mut own = layout::read(path);
                own.at.node = own.at.node.or_else(|| base.at.node.clone());
                own
            }
        }
    }

    /// What put the names in front of the lines.
    pub(super) fn wrapper(&self) -> Option<&'static str> {
        match self {
            Self::Node(_) => Some(NodePrefix.name()),
            Self::Container { .. } => Some(PodPrefix.name()),
            Self::Service(_) => Some(Compose.name()),
            Self::File(_) => Some("search"),
            Self::Sent(_) => None,
        }
    }

    /// What is to be said of a part of a file that holds so many.
    pub(super) fn note(&self, several: usize) -> String {
        match self {
            Self::Node(_) => format!("taken out of a file that holds the lines of {several} nodes in order of their text"),
            Self::Container { .. } | Self::Service(_) => format!("taken out of a file that holds the lines of {several} containers"),
            Self::Sent(_) => format!("taken out of a file that holds the lines of {several} machines, containers and programs"),
            Self::File(_) => "only those of its lines are here that a search found".to_owned(),
        }
    }
}

/// stern: `pod container record`.
fn container(line: &[u8]) -> Option<(Speaker, LineChoice)> {
    let (pod, rest) = word(line)?;
    let (container, record) = word(rest)?;
    // A generated or a numbered name: two words before a record may be anything else.
    if !pod.bytes().any(|byte| byte.is_ascii_digit()) || !pod.contains('-') {
        return None;
    }
    certain(record)?;
    let start = line.get(..line.len().checked_sub(record.len())?)?;
    Some((Speaker::Container { pod: pod.to_owned(), container: container.to_owned() }, LineChoice::With(start.into())))
}

/// A name as Kubernetes allows it, and what follows the blank behind it.
fn word(line: &[u8]) -> Option<(&str, &[u8])> {
    line.first().filter(|byte| byte.is_ascii_lowercase())?;
    let end = line.iter().take(254).position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')))?;
    Some((std::str::from_utf8(line.get(..end)?).ok()?, line.get(end..)?.strip_prefix(b" ")?))
}

/// grep: `path:record`, `path:12:record`, and records in the envelope of a container's log or a journal.
fn file(line: &[u8]) -> Option<(Speaker, LineChoice)> {
    let (speaker, choice) = Speaker::found(line)?;
    let record = choice.rest(line)?;
    let enveloped = || WRAPPERS.iter().filter_map(|wrapper| wrapper.unwrap(record)).any(|inside| certain(&inside.text).is_some());
    (certain(record).is_some() || enveloped()).then_some((speaker, choice))
}

/// A path before the first colon. `node-1.example.org:` before a stamp may be a machine as well: a file has a folder, or an ending that is no domain's.
fn path(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', line.get(..MAX_PATH).unwrap_or(line))?;
    let path = line.get(..colon)?;
    let path = before_context(path).unwrap_or(path);
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/@+=,%~!#".contains(byte);
    let ending = path.rsplit(|byte| *byte == b'.').next()?;
    let known: [&[u8]; 10] = [b"log", b"txt", b"err", b"out", b"json", b"gz", b"1", b"2", b"3", b"old"];
    let is_path = path.iter().all(sound) && path.iter().any(u8::is_ascii_alphabetic) && (path.contains(&b'/') || known.contains(&ending));
    is_path.then_some(path)
}

/// What stands before `-` behind a log's ending, unless a date follows (`mysqld.log-20261119` is a rotated file) or a folder. The colon of a line around a
/// find is one of its own: `a.log-12-2017-12-01T02:`.
fn before_context(path: &[u8]) -> Option<&[u8]> {
    let name = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    let dash = memchr::memchr_iter(b'-', path.get(name..)?).map(|at| name + at);
    let end = dash.into_iter().find(|dash| {
        let (before, behind) = path.split_at(*dash);
        let date = behind.iter().skip(1).take(8).filter(|byte| byte.is_ascii_digit()).count() == 8;
        !date && [b".log".as_slice(), b".txt", b".err", b".out"].iter().any(|ending| before.ends_with(ending))
    })?;
    path.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<(String, String)> {
        let (speaker, choice) = Speaker::of(line.as_bytes())?;
        Some((speaker.name(), String::from_utf8_lossy(choice.rest(line.as_bytes())?).into_owned()))
    }

    #[test]
    fn speakers_stand_before_records() {
        let klog = "I1120 10:00:00.000000    9 x.go:1] y";
        let redis = "1:M 20 Nov 2026 10:01:18.413 * x";
        for (line, name, rest) in [
            (format!("[pod/db-0/mysql] {klog}"), "db-0/mysql", klog),
            (format!("db-0 mysql {redis}"), "db-0/mysql", redis),
            (format!("db-1  | {redis}"), "db-1", redis),
            (format!("a/kubelet.log:{klog}"), "a/kubelet.log", klog),
            (format!("kubelet.log:17:{klog}"), "kubelet.log", klog),
            (
                format!("p/web/0.log:2026-11-20T10:00:00.000000001Z stderr F {klog}"),
                "p/web/0.log",
                &format!("2026-11-20T10:00:00.000000001Z stderr F {klog}"),
            ),
            (format!("node-1 Nov 20 14:17:41 node-1 kubelet[9]: {klog}"), "node-1", &format!("Nov 20 14:17:41 node-1 kubelet[9]: {klog}")),
        ] {
            assert_eq!(told(&line), Some((name.to_owned(), rest.to_owned())), "{line}");
        }
    }

    #[test]
    fn lines_around_a_find_are_of_its_file() {
        for (line, file) in [
            ("a/mysqld.log-11-2017-12-01T02:16:10.1Z 0 [Note] x", "a/mysqld.log"),
            ("mysqld.log-Version: '5.7.20'", "mysqld.log"),
            ("a/mysqld.log-20261119:2026-11-19T02:16:10.1Z 0 [Note] x", "a/mysqld.log-20261119"),
            ("a.log-old/mysqld.log:x", "a.log-old/mysqld.log"),
        ] {
            let (speaker, choice) = Speaker::found(line.as_bytes()).expect("the line begins with a file");
            assert_eq!(speaker.name(), file);
            assert!(choice.takes(line.as_bytes(), 0), "{line}");
        }
        assert_eq!(Speaker::found(b"failed to open x.log-backup: no such file"), None);
    }

    #[test]
    fn a_moment_is_no_number_of_a_line() {
        let choice = LineChoice::Found(b"error.log"[..].into());
        for (line, rest) in [
            ("error.log:17:09:12:11 UTC - mysqld got signal 6 ;", "09:12:11 UTC - mysqld got signal 6 ;"),
            ("error.log:09:12:11 UTC - mysqld got signal 6 ;", "09:12:11 UTC - mysqld got signal 6 ;"),
            ("error.log-2026-11-20T09:12:11.1Z 0 [Note] x", "2026-11-20T09:12:11.1Z 0 [Note] x"),
            ("error.log-17-2026-11-20  9:12:11 0 [Note] x", "2026-11-20  9:12:11 0 [Note] x"),
            ("error.log:17:x", "x"),
        ] {
            assert_eq!(choice.rest(line.as_bytes()).map(String::from_utf8_lossy).as_deref(), Some(rest), "{line}");
        }
    }

    #[test]
    fn other_beginnings_are_none() {
        for line in [
            "/usr/sbin/mysqld: ready for connections.",
            "main.go:12: trouble",
            "I1120 10:00:00.000000    9 x.go:1] y",
            "2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x",
            "{\"level\":\"warn\",\"ts\":\"2026-11-20T11:09:20.198324Z\",\"msg\":\"x\"}",
            "the server 1:M 20 Nov 2026 10:01:18.413 * x",
            "http://10.0.0.1:2379: refused",
            "10.0.0.1:2379:1:M 20 Nov 2026 10:01:18.413 * x",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
