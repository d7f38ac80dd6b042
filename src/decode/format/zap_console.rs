//! zap's lines for people: etcd with `--log-format=console`, and controllers in development mode.
//!
//! In: stamp, level, and perhaps logger and call site, then message and a JSON object, with tabs between them. Out: message and fields, as of the JSON
//! form. Must not know: what the messages mean.

use super::{go_stack, zap_json};
use crate::decode::{Body, Entry, Format, Next, Opening, json, lossy, quoted, stamp};
use crate::severity::Severity;

/// zap console lines.
#[derive(Debug)]
pub struct ZapConsole;

impl Format for ZapConsole {
    fn name(&self) -> &'static str {
        "zap-console"
    }

    fn title(&self) -> &'static str {
        "zap lines for people (etcd, controllers)"
    }

    fn about(&self) -> &'static str {
        "The same records as zap JSON where a program is told to write for people: etcd with --log-format=console (3.6), controllers in development \
         mode. Parts stand between tabs; an error of a controller brings a stack."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["uber-go/zap zapcore/console_encoder.go v1.10 to v1.27", "etcd-io/etcd server/embed/config_logging.go v3.6.0"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "2026-11-20T11:03:33.561905Z\twarn\tetcdserver/util.go:183\tapply request took too long\t{\"took\": \"101.20175ms\", \"expected-duration\": \"100ms\"}",
                "apply request took too long",
            ),
            ("2026-11-20T09:59:53.310+0100\tERROR\tsetup\tproblem running manager\t{\"error\": \"leader election lost\"}", "problem running manager"),
            ("2026-11-20T09:59:53.310Z\tINFO\tstarting", "starting"),
        ]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        if !line.first()?.is_ascii_digit() {
            return None;
        }
        let (time, length) = stamp::iso(line)?;
        let rest = line.get(length..)?.strip_prefix(b"\t")?;
        let severity = Severity::from_label(&rest[..memchr::memchr(b'\t', rest.get(..12).unwrap_or(rest))?])?;
        Some(Opening::new(Some(time), Some(severity)))
    }

    fn next(&self, entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        if let Some(opening) = self.open(line) {
            return Next::Entry(opening);
        }
        let severity = |entry: &[u8]| self.open(entry).and_then(|opening| opening.head.severity);
        let joins = matches!(line.first(), Some(b'\t' | b' ')) || go_stack::goes_on(entry, line, severity);
        if joins { Next::JoinUnlessOpened } else { Next::End }
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let end = memchr::memchr(b'\n', entry.text).unwrap_or(entry.text.len());
        let mut body = Body::default();
        let mut parts: Vec<&[u8]> = entry.text[..end].split(|byte| *byte == b'\t').skip(2).collect();
        let context = parts.pop_if(|last| last.starts_with(b"{")).unwrap_or_default();
        // The logger is a name; a message of one word stands alone or comes last.
        if parts.len() > 1 && parts.first().is_some_and(|part| is_name(part) && !is_call_site(part)) {
            body.push("logger", lossy(parts.remove(0)));
        }
        if parts.len() > 1 && parts.first().is_some_and(|part| is_call_site(part)) {
            body.push("caller", lossy(parts.remove(0)));
        }
        let said = parts.first().and_then(|first| {
            let from = first.as_ptr().addr() - entry.text.as_ptr().addr();
            let length = parts.iter().map(|part| part.len() + 1).sum::<usize>() - 1;
            entry.text.get(from..from + length)
        });
        body.message = lossy(said.unwrap_or_default());
        for (key, value) in json::members(context) {
            json::flatten(quoted::plain(key), value, &mut body);
        }
        body.component = zap_json::component(&body);
        body
    }
}

fn is_name(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(byte))
}

/// `embed/etcd.go:131`.
fn is_call_site(part: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(part, b".go:") else { return false };
    part[..at].iter().all(u8::is_ascii_graphic) && at + 4 < part.len() && part[at + 4..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::Component;
    use crate::decode::{Framer, frame::Carry};

    fn bodies(text: &str) -> Vec<(Option<Component>, String, String)> {
        let piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
        let read = |at: usize| {
            let entry = piece.entry(at);
            let body = entry.format.body(&entry);
            let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            (body.component, body.message.into_owned(), fields.join(" "))
        };
        (0..piece.entries.len()).map(read).collect()
    }

    #[test]
    fn parts_are_told_by_what_they_are() {
        let text = "2026-11-20T11:03:33.5Z\tinfo\traft/raft.go:929\te05353c6 became leader at term 2\n\
                    2026-11-20T11:03:33.5Z\tINFO\tcontroller.pod\tStarting\t{\"a\": {\"b\": 1}}\n\
                    2026-11-20T11:03:33.5Z\twarn\tetcd-client\tv3@v3.5.5/retry_interceptor.go:62\tretrying of unary invoker failed\t{\"attempt\": 0}\n\
                    2026-11-20T11:03:33.5Z\tINFO\ttwo\tparts\tand a third\n";
        let told = |component, message: &str, fields: &str| (component, message.to_owned(), fields.to_owned());
        assert_eq!(
            bodies(text),
            [
                told(Some(Component::Etcd), "e05353c6 became leader at term 2", "caller=raft/raft.go:929"),
                told(None, "Starting", "logger=controller.pod a.b=1"),
                told(None, "retrying of unary invoker failed", "logger=etcd-client caller=v3@v3.5.5/retry_interceptor.go:62 attempt=0"),
                told(None, "parts\tand a third", "logger=two"),
            ]
        );
    }

    #[test]
    fn a_stack_stays_with_its_error() {
        let text = "2026-11-20T09:59:53.310Z\tERROR\tsetup\tproblem running manager\t{\"error\": \"x\"}\ngithub.com/go-logr/zapr.(*zapLogger).Error\n\t/go/pkg/mod/zapr.go:128\nmain.main\n\t/workspace/main.go:87\nruntime.main\n\t/usr/local/go/src/runtime/proc.go:203\nmain.main is gone\n2026-11-20T09:59:54.310Z\tINFO\tx\nexample.org";
        let piece = Framer::default().piece(text.as_bytes(), 1, 0, Carry::default(), true);
        let lines: Vec<usize> = (0..piece.entries.len()).map(|at| piece.entry(at).text.split(|byte| *byte == b'\n').count()).collect();
        assert_eq!(lines, [7, 1, 1, 1]);
        assert_eq!(ZapConsole.open(b"2026-11-20T09:59:53.310Z ERROR setup\tx"), None);
    }
}
