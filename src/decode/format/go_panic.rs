//! The last words of a Go program: a panic or fatal error with its goroutines.
//!
//! In: lines without any header. Out: what was said before the first goroutine, and the first functions of its stack. Must not know: which
//! program died; it takes the time of the entry before it.

use crate::decode::{Body, Entry, Format, Next, Opening};
use crate::severity::Severity;

/// Go panics.
#[derive(Debug)]
pub struct GoPanic;

/// Functions kept of the first stack.
const MAX_FRAMES: usize = 8;

impl Format for GoPanic {
    fn name(&self) -> &'static str {
        "go-panic"
    }

    fn title(&self) -> &'static str {
        "Go panic with stack traces"
    }

    fn about(&self) -> &'static str {
        "What the Go runtime writes to standard error when a program (etcd, kubelet, containerd) dies. There is no stamp at all."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["golang/go src/runtime/panic.go printpanics, throw", "golang/go src/runtime/traceback.go"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "panic: freepages: failed to get all reachable pages (page 17: multiple references)\n\ngoroutine 127 [running]:\ngo.etcd.io/bbolt.(*DB).freepages.func2(0xc0001)\n\t/go/src/db.go:1056 +0xe9\ncreated by go.etcd.io/bbolt.(*DB).freepages\n\t/go/src/db.go:1054 +0x1cd",
            "panic: freepages: failed to get all reachable pages (page 17: multiple references)",
        )]
    }

    fn open(&self, line: &[u8]) -> Option<Opening> {
        let own = match line.first()? {
            b'p' => line.starts_with(b"panic: "),
            b'f' => line.starts_with(b"fatal error: "),
            b'g' => line.strip_prefix(b"goroutine ").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit) && rest.ends_with(b"]:")),
            _ => false,
        };
        own.then(|| Opening::new(None, Some(Severity::FATAL)))
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, line: &[u8]) -> Next {
        // A later goroutine would open an entry of its own.
        if line.starts_with(b"goroutine ") || line.starts_with(b"created by ") {
            return Next::Join;
        }
        let own = match line.first() {
            None | Some(b'\t' | b'[') => true,
            Some(b'e') => line.starts_with(b"exit status "),
            Some(b'.') => line.starts_with(b"...") && line.ends_with(b"elided..."),
            // `package/path.(*Type).Method(0x1, …)`
            Some(_) => line == b"runtime stack:" || line.last() == Some(&b')') && line.contains(&b'.') && line.contains(&b'('),
        };
        if own { Next::JoinUnlessOpened } else { Next::End }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let end = memchr::memmem::find(entry.text, b"\ngoroutine ").unwrap_or(entry.text.len());
        let message = if entry.text.starts_with(b"goroutine ") {
            entry.text.split(|byte| *byte == b'\n').next().unwrap_or_default()
        } else {
            &entry.text[..end]
        };
        let mut body = Body::message(String::from_utf8_lossy(message.trim_ascii_end()));
        let frames: Vec<_> = entry.text[end..]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty() && !line.starts_with(b"\t") && !line.starts_with(b"goroutine "))
            .take(MAX_FRAMES)
            .filter_map(|line| memchr::memrchr(b'(', line).map(|end| String::from_utf8_lossy(&line[..end])))
            .collect();
        if !frames.is_empty() {
            body.push("frames", frames.join(" "));
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Framer, frame::Carry};

    #[test]
    fn all_goroutines_are_one_entry() {
        let text = b"panic: boom

goroutine 1 [running]:
main.main()
	/x.go:1 +0x1

goroutine 5 [chan receive, 3 minutes]:
net/http.(*Server).Serve(0x1, {0x2, 0x3})
	/y.go:2 +0x2
exit status 2
next start
";
        let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
        let formats: Vec<_> = piece.entries.iter().map(|entry| entry.format.name()).collect();
        assert_eq!(formats, ["go-panic", "text"]);
        let body = GoPanic.body(&piece.entry(0));
        assert_eq!((body.message.as_ref(), body.field("frames")), ("panic: boom", Some("main.main net/http.(*Server).Serve")));
    }
}
