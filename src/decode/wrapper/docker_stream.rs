//! The stream of Docker's API as it was saved, with the frames that tell standard output from standard error.
//!
//! In: a line that begins with a frame's eight bytes. Out: the line. Must not know: the formats inside.

use super::{Envelope, Unwrapped, Wrapper};

/// Lines in frames.
#[derive(Debug)]
pub struct DockerStream;

impl Wrapper for DockerStream {
    fn name(&self) -> &'static str {
        "docker-stream"
    }

    fn about(&self) -> &'static str {
        "GET /containers/ID/logs of Docker's API, saved without taking it apart (moby/moby pkg/stdcopy/stdcopy.go): the stream, three zeros and \
         the length before each line. A length that holds a line end itself is not seen."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("\u{1}\0\0\0\0\0\0\u{6}ready", "ready"), ("\u{2}\0\0\0\0\0\0\u{7}failed", "failed")]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let ([stream @ 0..=2, 0, 0, 0, ..], Some(text)) = (line, line.get(8..)) else { return None };
        // Four more zeros would be a length of nothing, as in a file's hole.
        (*stream > 0 && line[4..8] != [0; 4]).then(|| Unwrapped::whole(text, Envelope::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_zeros_are_left_alone() {
        for line in [&b"\x01\0\0\0\0\0\0\0x"[..], b"\x03\0\0\0\0\0\0\x05x", b"\x01\0\0\0\0", b"\0\0\0\0\0\0\0\x05x", b""] {
            assert_eq!(DockerStream.unwrap(line), None);
        }
    }
}
