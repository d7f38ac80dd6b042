//! What fluent-bit's stdout output and filter print: `[0] kube.var.log…: [[1700000000.123456789, {}], {"log"=>"line", …}]`.
//!
//! In: such a line. Out: the line that was shipped, its stamp, whose it is. Must not know: the formats inside.
//!
//! Texts are printed as they are, quotes and line ends with them. A line that ended with a line end is therefore followed by the rest of its map on a line
//! of its own, which says nothing. Whose a container's line is, its tag says as well, which stands in front.

use super::{Envelope, Unwrapped, Wrapper};
use crate::decode::stamp;

/// Lines printed by fluent-bit.
#[derive(Debug)]
pub struct FluentBit;

/// Longest tag that is believed.
const MAX_TAG: usize = 1024;
/// Keys of the line that was shipped: of the docker and cri parsers, of other shippers, of journald.
const TEXTS: [&[u8]; 3] = [b"\"log\"=>\"", b"\"message\"=>\"", b"\"MESSAGE\"=>\""];

impl Wrapper for FluentBit {
    fn name(&self) -> &'static str {
        "fluent-bit"
    }

    fn about(&self) -> &'static str {
        "What fluent-bit shows with `Name stdout`, as output or filter (fluent/fluent-bit plugins/out_stdout/stdout.c and plugins/filter_stdout/stdout.c, before and since records have metadata; msgpack-c objectc.c \
         msgpack_object_print). Pod and container are taken from the kubernetes filter or the tag."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"[0] kube.var.log.containers.pg-0_shop_pg-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.log: [[1795168127.987000000, {}], {"time"=>"2026-11-20T09:48:47.987Z", "stream"=>"stderr", "logtag"=>"F", "log"=>"it says "ready"", "kubernetes"=>{"pod_name"=>"pg-0", "namespace_name"=>"shop", "host"=>"node-1", "container_name"=>"pg"}}]"#,
                r#"it says "ready""#,
            ),
            (r#"[12] app: [1795168127.987000000, {"log"=>"ready"}]"#, "ready"),
            (r#"[0] app: [1795168127.987000000, {}, {"message"=>"cut by its own line end"#, "cut by its own line end"),
            (r#"", "stream"=>"stdout", "time"=>"2026-11-20T09:48:47.987Z"}]"#, ""),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        match line.first()? {
            b'[' => printed(line),
            b'"' => rest(line),
            _ => None,
        }
    }
}

fn printed(line: &[u8]) -> Option<Unwrapped<'_>> {
    let digits = line.get(1..)?.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    let tagged = line.get(1 + digits..)?.strip_prefix(b"] ").filter(|_| digits > 0)?;
    let end = memchr::memmem::find(tagged.get(..MAX_TAG).unwrap_or(tagged), b": [")?;
    let (tag, stamped) = (tagged.get(..end)?, tagged.get(end + 3..)?);
    let stamped = stamped.strip_prefix(b"[").unwrap_or(stamped);
    let comma = memchr::memchr(b',', stamped.get(..24)?)?;
    let time = stamp::epoch(stamped.get(..comma)?, None)?;
    let map = stamped.get(comma + 1..)?.strip_prefix(b" {")?;
    let (start, key) = TEXTS.iter().filter_map(|key| Some((memchr::memmem::find(map, key)?, key))).min()?;
    let inside = map.get(start + key.len()..)?;
    let end = end_of_text(inside);
    let (before, after) = (map.get(..start)?, inside.get(end..)?);
    let value = |name: &str| text_of(after, name).or_else(|| text_of(before, name));
    let mut envelope = Envelope { time: Some(time), ..Envelope::default() };
    if let Some((pod, container)) = container(tag) {
        (envelope.pod, envelope.program) = (Some(pod), Some(container));
    } else if let Some(pod) = error_log(tag) {
        (envelope.pod, envelope.program) = (Some(pod), Some("mysqld".into()));
    }
    if let (Some(namespace), Some(pod)) = (value("namespace_name"), value("pod_name")) {
        envelope.pod = Some(format!("{namespace}/{pod}").into());
    }
    envelope.program = value("container_name").or_else(|| value("SYSLOG_IDENTIFIER")).map(Into::into).or(envelope.program);
    envelope.host = value("host").or_else(|| value("_HOSTNAME")).map(Into::into);
    let partial = memchr::memmem::find(map, b"\"logtag\"=>\"P\"").is_some();
    Some(Unwrapped { partial, ..Unwrapped::whole(inside.get(..end)?.trim_ascii_end(), envelope) })
}

/// What follows the line end of a text: `", "stream"=>"stdout", …}]`.
fn rest(line: &[u8]) -> Option<Unwrapped<'_>> {
    (end_of_text(line) == 0 && line.ends_with(b"}]") && line.len() > 3).then(|| Unwrapped::whole(&[], Envelope::default()))
}

/// Where a text ends that nothing in it is escaped in: before the next key, or with its map.
fn end_of_text(inside: &[u8]) -> usize {
    let next = memchr::memmem::find_iter(inside, b"\", \"").find(|at| {
        let key = &inside[at + 4..];
        let length = key.iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b"_@.-/".contains(byte)).count();
        length > 0 && key.get(length..).is_some_and(|after| after.starts_with(b"\"=>"))
    });
    next.unwrap_or_else(|| inside.strip_suffix(b"\"}]").map_or(inside.len(), <[u8]>::len))
}

/// The text of a key; names hold no quotes.
fn text_of<'m>(map: &'m [u8], name: &str) -> Option<&'m str> {
    let key = format!("\"{name}\"=>\"");
    let start = memchr::memmem::find(map, key.as_bytes())? + key.len();
    let value = map.get(start..)?;
    std::str::from_utf8(value.get(..memchr::memchr(b'"', value)?)?).ok().filter(|value| !value.is_empty())
}

/// Pod and container of `kube.var.log.containers.POD_NAMESPACE_CONTAINER-ID.log`.
pub(super) fn container(tag: &[u8]) -> Option<(Box<str>, Box<str>)> {
    let tag = std::str::from_utf8(tag).ok()?;
    let (_, file) = tag.split_once("var.log.containers.")?;
    let (name, id) = file.strip_suffix(".log")?.rsplit_once('-')?;
    let mut parts = name.split('_');
    let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
    let sound = id.len() == 64 && parts.next().is_none() && [pod, namespace, container].iter().all(|part| !part.is_empty());
    sound.then(|| (format!("{namespace}/{pod}").into(), container.into()))
}

/// Pod of `NAMESPACE.POD.mysqld-error.log`, as the Percona XtraDB Cluster operator's log collector tags the server's log.
///
/// # Source
///
/// percona-docker fluentbit/dockerdir/etc/fluentbit/fluentbit_pxc.conf: `Tag ${POD_NAMESPASE}.${POD_NAME}.mysqld-error.log`.
fn error_log(tag: &[u8]) -> Option<Box<str>> {
    let (namespace, pod) = std::str::from_utf8(tag).ok()?.strip_suffix(".mysqld-error.log")?.split_once('.')?;
    let named = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (named(namespace) && named(pod)).then(|| format!("{namespace}/{pod}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_s_tag_names_the_pod() {
        let shipped = r#"[1] shop.db-pxc-1.mysqld-error.log: [1795168127.987000000, {"log"=>"09:48:47 UTC - mysqld got signal 11 ;"}]"#;
        assert_eq!(told(shipped), Some((Some("shop/db-pxc-1".into()), Some("mysqld".into()), None)));
        let other = r#"[1] shop.db.pxc.mysqld-error.log: [1795168127.987000000, {"log"=>"x"}]"#;
        assert_eq!(told(other), Some((None, None, None)));
    }

    fn told(line: &str) -> Option<(Option<String>, Option<String>, Option<String>)> {
        let envelope = FluentBit.unwrap(line.as_bytes())?.envelope;
        Some((envelope.pod.map(Into::into), envelope.program.map(Into::into), envelope.host.map(Into::into)))
    }

    #[test]
    fn whose_it_is() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told(FluentBit.samples()[0].0), Some((some("shop/pg-0"), some("pg"), some("node-1"))));
        let id = "0123456789abcdef".repeat(4);
        let line = format!("[0] kube.var.log.containers.pg-0_shop_pg-{id}.log: [[1795168127.987000000, {{}}], {{\"log\"=>\"half");
        assert_eq!(told(&line), Some((some("shop/pg-0"), some("pg"), None)));
        let unit = r#"[3] systemd: [[1795168127.987000000, {}], {"_HOSTNAME"=>"node-1", "SYSLOG_IDENTIFIER"=>"kubelet", "MESSAGE"=>"I1120"}]"#;
        assert_eq!(told(unit), Some((None, some("kubelet"), some("node-1"))));
    }

    #[test]
    fn a_text_may_hold_what_looks_like_more() {
        let line = r#"[0] app: [[1795168127.987000000, {}], {"log"=>"{"a":"b", "c":"d"}", "stream"=>"stdout"}]"#;
        assert_eq!(FluentBit.unwrap(line.as_bytes()).unwrap().text.as_ref(), br#"{"a":"b", "c":"d"}"#);
        let partial = r#"[0] app: [[1795168127.987000000, {}], {"logtag"=>"P", "log"=>"half"}]"#;
        assert!(FluentBit.unwrap(partial.as_bytes()).unwrap().partial);
    }

    #[test]
    fn other_lines_in_brackets_are_left_alone() {
        for line in [
            "[12] 20 Nov 10:01:18.413 * x",
            r#"[0] app: [[x, {}], {"log"=>"y"}]"#,
            r#"[0] app: [[1795168127.9, {}], {"logs"=>"y"}]"#,
            r#"[] app: [[1795168127.9, {}], {"log"=>"y"}]"#,
            r#"", "x": 1}]"#,
            r#""a", "b"=>"c"}]"#,
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
