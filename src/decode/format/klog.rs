//! klog's text form, which every Kubernetes component writes unless told otherwise.
//!
//! In: lines with the glog header. Out: the message (printf text, or the structured message unquoted) and its pairs. Must not know: what
//! the messages mean, beyond the Events they repeat and the files they come from.

mod glued;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{call_site, event_echo};
use crate::component::Component;
use crate::decode::{Body, Entry, Format, Head, Next, Opening, pairs, quoted, stamp};
use crate::severity::Severity;
use crate::time::RawTime;

/// klog and glog text.
#[derive(Debug)]
pub struct Klog;

/// The parts of `Lmmdd hh:mm:ss.uuuuuu threadid file:line] `.
struct Header<'a> {
    severity: Severity,
    time: RawTime,
    thread: &'a [u8],
    site: &'a [u8],
    message: &'a [u8],
}

/// Longest `file:line` that is believed.
const MAX_SITE: usize = 128;
/// The line that glog and klog put first into a file of their own.
const FILE_HEAD: &[u8] = b"Log file created at: ";

impl Format for Klog {
    fn name(&self) -> &'static str {
        "klog"
    }

    fn title(&self) -> &'static str {
        "Kubernetes component log (klog, glog)"
    }

    fn about(&self) -> &'static str {
        "kubelet, kube-controller-manager, kube-scheduler, kube-apiserver, kube-proxy and many operators. Stamps have microseconds, but neither \
         year nor zone (the process's local time). Structured messages carry pairs; values with line ends take several lines."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["kubernetes/klog internal/buffer/buffer.go FormatHeader, v0.1.0 to v2.140.0", "kubernetes/klog internal/serialize/keyvalues.go"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "I1120 09:43:23.493731    7894 node_tree.go:65] Added node \"node-1\" in group \"\" to NodeTree",
                "Added node \"node-1\" in group \"\" to NodeTree",
            ),
            (
                r#"E1120 09:41:17.265911   17505 remote_runtime.go:569] "ContainerStatus from runtime service failed" err="rpc error: code = NotFound desc = x" containerID="ab""#,
                "ContainerStatus from runtime service failed",
            ),
            (
                "I1120 09:42:27.695099   32101 configfile.go:94] \"Using component config\" config=<\n\tapiVersion: v1\n\tkind: X\n > source=\"f\"",
                "Using component config",
            ),
            (
                "I1120 11:04:00.460671   25821 trace.go:236] Trace[204]: \"Update\" (20-Nov-2026 11:03:59.918) (total time: 542ms):\nTrace[204]: ---\"Txn call completed\" 541ms (11:04:00.460)",
                "Trace[204]: \"Update\" (20-Nov-2026 11:03:59.918) (total time: 542ms):\nTrace[204]: ---\"Txn call completed\" 541ms (11:04:00.460)",
            ),
            (
                "Log file created at: 2026/11/20 09:40:01\nRunning on machine: node-1\nBinary: Built with gc go1.13.8 for linux/amd64\nLog line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg",
                "Log file created at: 2026/11/20 09:40:01\nRunning on machine: node-1\nBinary: Built with gc go1.13.8 for linux/amd64\nLog line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg",
            ),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if let Some(header) = header(line) {
            return Some(Opening::new(Some(header.time), Some(header.severity)));
        }
        if is_deprecation(line) {
            return Some(Opening::new(None, Some(Severity::WARN)));
        }
        let (time, _) = stamp::iso(line.strip_prefix(FILE_HEAD)?)?;
        Some(Opening::new(Some(time), Some(Severity::INFO)))
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        if let Some(opening) = self.open(line) {
            return Next::Entry(opening);
        }
        let last = memchr::memrchr(b'\n', entry).map_or(entry, |end| &entry[end + 1..]);
        let Some(header) = header(entry) else {
            let own = [&b"Running on machine: "[..], b"Binary: ", b"Log line format: "];
            return if entry.starts_with(FILE_HEAD) && own.iter().any(|own| line.starts_with(own)) { Next::Join } else { Next::End };
        };
        let structured = header.message.first() == Some(&b'"');
        if structured && (last.ends_with(b"=<") || last.starts_with(b"\t")) && (line.is_empty() || line.starts_with(b"\t") || line.starts_with(b" >"))
        {
            return Next::Join;
        }
        // A structured message never spans lines otherwise, a printf one may.
        if (structured && header.severity < Severity::FATAL) || foreign(line) { Next::End } else { Next::JoinUnlessOpened }
    }

    fn parts(&self, entry: &Entry<'_>) -> Vec<(Range<usize>, Head)> {
        let head = |range: &Range<usize>| entry.text.get(range.clone()).and_then(|text| self.open(text)).map(|opening| opening.head);
        glued::records(entry.text).into_iter().map(|range| (range.clone(), head(&range).unwrap_or(entry.head))).collect()
    }

    fn speaker(&self, entry: &Entry<'_>) -> (Option<Component>, Option<u8>) {
        let Some(header) = header(entry.text) else { return (None, None) };
        (component(header.site, header.message), None)
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let Some(header) = header(entry.text) else { return file_head(entry.text) };
        let mut body = said(header.site, header.message);
        body.push("pid", crate::decode::lossy(header.thread));
        body
    }
}

/// Who speaks at a place in the code; an Event that is repeated there says so itself.
pub(super) fn component(site: &[u8], message: &[u8]) -> Option<Component> {
    static EVENT_OCCURRED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Event occurred"));
    let repeats_event = message.starts_with(b"Event(") || EVENT_OCCURRED.find(message).is_some();
    if repeats_event { said(site, message).component } else { call_site::component(file(site)) }
}

/// What a message says, and where in the code.
pub(super) fn said<'a>(site: &'a [u8], message: &'a [u8]) -> Body<'a> {
    let mut body = structured(message)
        .or_else(|| event_echo::from_message(message))
        .unwrap_or_else(|| Body::message(crate::decode::lossy(message.trim_ascii_end())));
    event_echo::from_fields(&mut body);
    body.component = body.component.or_else(|| call_site::component(file(site)));
    body.push("call_site", crate::decode::lossy(site));
    body
}

fn file(site: &[u8]) -> &[u8] {
    site.split(|byte| *byte == b':').next().unwrap_or_default()
}

/// What the flag library says before klog is set up: `Flag --port has been deprecated, see …`.
///
/// # Source
///
/// spf13/pflag flag.go, `FlagSet.Set` and `parseSingleShortArg`.
fn is_deprecation(line: &[u8]) -> bool {
    line.starts_with(b"Flag ")
        && [&b"Flag --"[..], b"Flag shorthand -"].iter().any(|start| line.starts_with(start))
        && memchr::memmem::find(line, b" has been deprecated, ").is_some()
}

/// Lines that no component prints through klog: heads of collected sections, warnings of the flag library and of `net/http`, syslog lines of
/// the next section.
fn foreign(line: &[u8]) -> bool {
    const HEADS: [&[u8]; 7] = [b"==>", b"* ==>", b"====", b"Flag --", b"-- ", b"http: ", b"http2: "];
    HEADS.iter().any(|head| line.starts_with(head)) || (line.first().is_some_and(u8::is_ascii_alphabetic) && stamp::syslog(line).is_some())
}

fn header(line: &[u8]) -> Option<Header<'_>> {
    let severity = match line.first()? {
        b'I' => Severity::INFO,
        b'W' => Severity::WARN,
        b'E' => Severity::ERROR,
        b'F' => Severity::FATAL,
        _ => return None,
    };
    let (time, end) = stamp::klog(line, 1)?;
    let rest = line.get(end..)?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let digits = rest.get(blanks..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let thread = rest.get(blanks..blanks + digits)?;
    let rest = rest.get(blanks + digits..)?.strip_prefix(b" ")?;
    let close = memchr::memchr(b']', rest.get(..MAX_SITE).unwrap_or(rest))?;
    let site = &rest[..close];
    let number = site.iter().rposition(|byte| *byte == b':').map(|colon| &site[colon + 1..])?;
    if blanks == 0 || digits == 0 || number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let message = &rest[close + 1..];
    Some(Header { severity, time, thread, site, message: message.strip_prefix(b" ").unwrap_or(message) })
}

/// `"message" key=value …`; `None` for a printf text that happens to begin with a quote.
fn structured(text: &[u8]) -> Option<Body<'_>> {
    let (message, rest) = quoted::take(text)?;
    let after = rest.trim_ascii();
    if !(after.is_empty() || rest.starts_with(b" ") && pairs::begins(after)) {
        return None;
    }
    Some(Body { message: without_logger(message), fields: pairs::pairs(rest), ..Body::default() })
}

/// Named loggers stood before the message as `a/b-controller: ` up to klog v2.100; later ones are a field.
pub(super) fn without_logger(message: Cow<'_, str>) -> Cow<'_, str> {
    let logger = |name: &str| {
        (name.ends_with("-controller") || name.contains("controller/"))
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.'))
    };
    let bytes = message.as_bytes();
    let at = memchr::memchr_iter(b':', bytes).find(|at| bytes.get(at + 1) == Some(&b' '));
    match at.and_then(|at| Some((message.get(..at)?, message.get(at + 2..)?))) {
        Some((name, rest)) if logger(name) => Cow::Owned(rest.to_owned()),
        _ => message,
    }
}

fn file_head(text: &[u8]) -> Body<'_> {
    let mut body = Body::message(String::from_utf8_lossy(text));
    for line in text.split(|byte| *byte == b'\n') {
        if let Some(machine) = line.strip_prefix(b"Running on machine: ") {
            body.push("machine", String::from_utf8_lossy(machine));
        } else if let Some(created) = line.strip_prefix(FILE_HEAD) {
            body.push("created", String::from_utf8_lossy(created));
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    fn bodies(text: &str) -> Vec<String> {
        let piece = Framer::detect(text.as_bytes()).piece(text.as_bytes(), 1, 0, Carry::default(), true);
        (0..piece.entries.len())
            .map(|at| {
                let entry = piece.entry(at);
                let body = entry.format.body(&entry);
                let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("{} | {}", body.message, fields.join(" "))
            })
            .collect()
    }

    #[test]
    fn header_parts() {
        let opening = Klog.open(b"W0127 14:37:21.154083       1 controllermanager.go:176] Version: v1.20.0").unwrap();
        assert_eq!(opening.head.severity, Some(Severity::WARN));
        assert!(Klog.open(b"I0528 16:05:50.514706 2269385 eviction_manager.go:405] x").is_some());
        for line in [
            "Info 09:43:23.493731 1 a.go:1] x",
            "I1120 09:43:23.493731 1 a.go] x",
            "I1120 09:43:23.493731 a.go:1] x",
            "I1120",
            "I1120 09:43:23.493731    ",
        ] {
            assert_eq!(Klog.open(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn pairs_and_call_site() {
        let text = r#"I1120 09:45:40.000001   26372 node_lifecycle_controller.go:1094] "Node hasn't been updated" node="node-3" duration="50.009s" nodeConditionType="Ready" currentCondition={"type":"Ready","status":"True"}"#;
        assert_eq!(
            bodies(text),
            [
                r#"Node hasn't been updated | node=node-3 duration=50.009s nodeConditionType=Ready currentCondition={"type":"Ready","status":"True"} call_site=node_lifecycle_controller.go:1094 pid=26372"#
            ]
        );
        let piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
        assert_eq!(Klog.body(&piece.entry(0)).component, Some(Component::KubeControllerManager));
    }

    #[test]
    fn several_lines_end_where_they_should() {
        let text = "I1120 09:42:27.695099   32101 configfile.go:94] \"Using component config\" config=<\n\ta: b\n\tc: d\n >\nplain\n\
                    I1120 09:42:27.695100   32101 a.go:1] healthz check failed\n[-]poststarthook/x failed\nFlag --x has been deprecated\n";
        assert_eq!(
            bodies(text),
            [
                "Using component config | config=a: b\nc: d call_site=configfile.go:94 pid=32101",
                "plain | ",
                "healthz check failed\n[-]poststarthook/x failed | call_site=a.go:1 pid=32101",
                "Flag --x has been deprecated | ",
            ]
        );
    }

    #[test]
    fn a_deprecated_flag_is_no_foreign_line() {
        let text = "Flag --insecure-port has been deprecated, This flag will be removed in a future version.\nI1120 09:42:27.695100   32101 server.go:1] x\nFlag --y is deprecated\n";
        assert_eq!(
            bodies(text),
            [
                "Flag --insecure-port has been deprecated, This flag will be removed in a future version. | ",
                "x | call_site=server.go:1 pid=32101",
                "Flag --y is deprecated | "
            ]
        );
        assert!(Klog.open(b"Flag --a has been deprecated, b").is_some() && Klog.open(b"Flag --a was deprecated, b").is_none());
    }

    #[test]
    fn loggers_before_the_message_are_taken_off() {
        assert_eq!(without_logger("node-lifecycle-controller: x: y".into()), "x: y");
        assert_eq!(without_logger("Eviction manager: x".into()), "Eviction manager: x");
        assert_eq!(without_logger("http: x".into()), "http: x");
    }

    #[test]
    fn a_quote_at_the_start_is_not_always_structure() {
        assert_eq!(bodies("I1120 09:42:27.695099   32101 a.go:94] \"x\" is not y"), ["\"x\" is not y | call_site=a.go:94 pid=32101"]);
    }
}
