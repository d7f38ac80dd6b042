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
/// Where a goroutine's stack begins.
const STACK: &[u8] = b"\ngoroutine ";

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
        // `package/path.(*Type).Method(0x1, …)`: no blank before the arguments.
        let call = || line.last() == Some(&b')') && memchr::memchr2(b'(', b' ', line).is_some_and(|at| line[at] == b'(');
        let own = match line.first() {
            None | Some(b'\t' | b'[') => true,
            Some(_) => call() || line == b"runtime stack:" || line.starts_with(b"exit status ") || line.ends_with(b"elided..."),
        };
        if own { Next::JoinUnlessOpened } else { Next::End }
    }

    fn restartable(&self) -> bool {
        false
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        let bare = entry.text.starts_with(b"goroutine ");
        let end = if bare { 0 } else { memchr::memmem::find(entry.text, STACK).map_or(entry.text.len(), |end| end + 1) };
        let (said, stacks) = entry.text.split_at(end);
        let message = if bare { stacks.split(|byte| *byte == b'\n').next().unwrap_or_default() } else { said };
        let mut body = Body::message(String::from_utf8_lossy(message.trim_ascii_end()));
        let stack = &stacks[..memchr::memmem::find(stacks, STACK).unwrap_or(stacks.len())];
        let frames: Vec<_> = stack
            .split(|byte| *byte == b'\n')
            .filter(|line| line.first().is_some_and(u8::is_ascii_graphic) && line.last() == Some(&b')'))
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
        let text = b"panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1\nencoding/json.Decode(0x1)\npanic({0x1, 0x2})\n\n\
                     goroutine 5 [chan receive, 3 minutes]:\nnet/http.(*Server).Serve(0x1, {0x2, 0x3})\n\t/y.go:2 +0x2\nexit status 2\nnext start\n";
        let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
        let formats: Vec<_> = piece.entries.iter().map(|entry| entry.format.name()).collect();
        assert_eq!(formats, ["go-panic", "text"]);
        let body = GoPanic.body(&piece.entry(0));
        assert_eq!((body.message.as_ref(), body.field("frames")), ("panic: boom", Some("main.main encoding/json.Decode panic")));
    }
}
