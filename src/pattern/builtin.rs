//! The packed files: `patterns/` as it was when the program was built.
//!
//! In: the tables that `src/build.rs` writes. Out: paths and texts, sorted by path; all that a scan needs of them, read. Must not know:
//! what definitions mean.

use std::panic::resume_unwind;
use std::thread;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ast;

include!(concat!(env!("OUT_DIR"), "/patterns.rs"));

/// All definitions, as JSON.
const LIBRARY: &str = include_str!(concat!(env!("OUT_DIR"), "/library.json"));

/// Every packed definition, by path of the file and order in it, without stories, examples, near misses, and with `from`,
/// `means` and `look` empty.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) signals: Vec<ast::Signal>,
    pub(super) spans: Vec<ast::Span>,
    pub(super) causes: Vec<ast::Cause>,
}

/// Path and text of every packed file.
pub fn files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// Hex SHA-256 of all paths and texts, as a pack of them would have it.
pub(super) fn sha256() -> &'static str {
    SHA256
}

/// What the packed files define.
///
/// # Errors
///
/// A definition is not in the shape of [`ast`]: a program whose patterns were never checked.
pub(super) fn definitions() -> serde_json::Result<Definitions> {
    #[derive(Deserialize)]
    struct Observed {
        signals: Vec<ast::Signal>,
        #[serde(rename = "spans")]
        _spans: IgnoredAny,
        #[serde(rename = "causes")]
        _causes: IgnoredAny,
    }
    #[derive(Deserialize)]
    struct Told {
        #[serde(rename = "signals")]
        _signals: IgnoredAny,
        spans: Vec<ast::Span>,
        causes: Vec<ast::Cause>,
    }
    // Each is half of the work, and to pass over the other half is hardly any.
    let (signals, others) = thread::scope(|scope| {
        let signals = scope.spawn(|| serde_json::from_str::<Observed>(LIBRARY));
        let others = serde_json::from_str::<Told>(LIBRARY);
        (signals.join().unwrap_or_else(|panic| resume_unwind(panic)), others)
    });
    let (Observed { signals, .. }, Told { spans, causes, .. }) = (signals?, others?);
    Ok(Definitions { signals, spans, causes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pack;
    use crate::pattern::load::Library;

    #[test]
    fn what_is_read_for_a_scan_is_what_the_files_say_but_for_stories_examples_and_words_for_people() {
        let mut whole = Library::open(&[]);
        for signal in &mut whole.signals {
            signal.item.example.clear();
            signal.item.near_miss.clear();
            signal.item.from.clear();
        }
        for cause in &mut whole.causes {
            cause.item.test.clear();
            cause.item.means.clear();
            cause.item.look.clear();
        }
        let read = definitions().unwrap();
        let of_files: [Vec<String>; 3] = [
            whole.signals.iter().map(|defined| format!("{:?}", defined.item)).collect(),
            whole.spans.iter().map(|defined| format!("{:?}", defined.item)).collect(),
            whole.causes.iter().map(|defined| format!("{:?}", defined.item)).collect(),
        ];
        let of_json: [Vec<String>; 3] = [
            read.signals.iter().map(|item| format!("{item:?}")).collect(),
            read.spans.iter().map(|item| format!("{item:?}")).collect(),
            read.causes.iter().map(|item| format!("{item:?}")).collect(),
        ];
        assert!(of_files.iter().all(|items| !items.is_empty()) && of_files == of_json);
        assert_eq!(Pack::of(whole).sha256(), sha256());
    }
}
