//! Plain text: a line that no other format opens and no open entry takes.
//!
//! In: any line. Out: an entry whose message is the line. Must not know: anything else.

use crate::decode::{Body, Entry, Format, Next, Opening};

/// Lines nobody else understands, kept as they are.
#[derive(Debug)]
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn title(&self) -> &'static str {
        "Plain text"
    }

    fn about(&self) -> &'static str {
        "Any line that fits no other format. It has no stamp of its own and takes the time of the entry before it."
    }

    fn defined_in(&self) -> &'static [&'static str] {
        &["nowhere: this is what is left"]
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[("an operator's remark", "an operator's remark")]
    }

    fn open(&self, _line: &[u8]) -> Option<Opening> {
        Some(Opening::default())
    }

    fn next(&self, _entry: &[u8], _context: Option<&[u8]>, _line: &[u8]) -> Next {
        Next::End
    }

    fn body<'a>(&self, entry: &Entry<'a>) -> Body<'a> {
        Body::message(crate::decode::lossy(entry.text))
    }
}
