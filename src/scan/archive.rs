//! Reading an archive: its members in their order, as many at a time as memory allows.
//!
//! In: the members of an archive. Out: a [`Reading`] for each, by path, and one for the archive itself where something was wrong with it. The archive is
//! read by one thread; with all threads at hand, small members are held and worked on while the next ones are read. Must not know: clocks, other inputs.

use std::io::{self, Cursor, Read};

use rayon::prelude::*;

use super::read::{Reading, Run, close, failed, keep_within};
use crate::open::{Content, Finished, Members, Nest, Opened};

/// Members of at most this size are held.
const HELD_BYTES: usize = 4 << 20;
/// Bytes held at a time.
const BATCH_BYTES: usize = 32 << 20;
/// Members held at a time.
const BATCH_MEMBERS: usize = 1024;

/// Said of an archive when its input may not be read further. What had been unpacked before is still used, so this is asked only after a failure.
const USED_UP: &str = "nothing more of it is read; what stands before is used";

/// A member whose text is held.
struct Held {
    path: String,
    stream: Text,
    skipped: u64,
    encodings: Vec<&'static str>,
    modified: Option<i64>,
    finished: Finished,
    taken: u64,
}

/// What fetching came to.
#[derive(Default)]
struct Batch {
    held: Vec<Held>,
    /// Not read, and why.
    failed: Vec<Reading>,
    /// A member that must be read before the archive goes on.
    next: Option<(String, Opened)>,
    /// Whether the archive goes on.
    end: End,
}

/// How an archive ended.
#[derive(Default)]
enum End {
    /// Not yet.
    #[default]
    Open,
    Well,
    /// With something wrong.
    Ill(String),
}

/// Text whose beginning has been read, and how that ended.
struct Text {
    head: Cursor<Vec<u8>>,
    error: Option<io::Error>,
    rest: Option<Box<dyn Read + Send>>,
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => match (self.error.take(), &mut self.rest) {
                (Some(error), _) => Err(error),
                (None, Some(rest)) => rest.read(buffer),
                (None, None) => Ok(0),
            },
            read => Ok(read),
        }
    }
}

impl Run<'_, '_> {
    /// Reads all members.
    pub(super) fn archive(&self, path: &str, members: &mut dyn Members, nest: &Nest) -> Vec<Reading> {
        let mut readings: Vec<Reading> = Vec::new();
        let mut batch = self.fetch(path, members, nest);
        let problem = loop {
            // Signals of all members together keep to the archive's budget.
            let kept: usize = readings.iter().map(|reading| reading.held).sum();
            if kept > self.budget {
                keep_within(self.states, &mut readings, kept, self.budget / 4 * 3);
            }
            let Batch { held, failed, next, end } = batch;
            readings.extend(failed);
            if let Some((path, opened)) = next {
                readings.extend(self.hold(held));
                let last = self.opened(&path, opened);
                let is_spoilt = nest.used_up() && last.iter().any(|reading| !reading.problems.is_empty());
                readings.extend(last);
                if is_spoilt {
                    break Some(USED_UP.into());
                }
            } else {
                let problem = match end {
                    End::Open => {
                        let (done, fetched) = rayon::join(|| self.hold(held), || self.fetch(path, members, nest));
                        readings.extend(done);
                        batch = fetched;
                        continue;
                    }
                    End::Well => None,
                    End::Ill(what) => Some(what),
                };
                readings.extend(self.hold(held));
                break problem;
            }
            batch = self.fetch(path, members, nest);
        };
        if let Some(what) = problem {
            readings.push(failed(path, what));
        } else if readings.is_empty() && self.settings.choice.is_open() {
            readings.push(failed(path, "an archive without files".into()));
        }
        readings.sort_by(|a, b| a.path.cmp(&b.path));
        readings
    }

    /// Works on held members.
    fn hold(&self, held: Vec<Held>) -> Vec<Reading> {
        let alone = Run { together: false, ..*self };
        held.into_par_iter()
            .flat_map_iter(|held| {
                let Held { path, mut stream, skipped, encodings, modified, finished, taken } = held;
                let mut readings = alone.file(&path, &mut stream, skipped, &encodings, modified);
                close(&mut readings, finished, taken);
                readings
            })
            .collect()
    }

    /// Reads members until there is enough to do, or one that must be read at once.
    fn fetch(&self, archive: &str, members: &mut dyn Members, nest: &Nest) -> Batch {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && batch.held.len() < BATCH_MEMBERS {
            let member = match members.next_file() {
                Ok(Some(member)) => member,
                Ok(None) => {
                    batch.end = End::Well;
                    break;
                }
                Err(error) => {
                    batch.end = End::Ill(format!("{error}; what stands before is used"));
                    break;
                }
            };
            if let Err(why) = nest.admit() {
                batch.end = End::Ill(why);
                break;
            }
            let path = format!("{archive}!/{}", member.path);
            let choice = &self.settings.choice;
            if choice.drops(&path) {
                continue;
            }
            let content = if nest.may_enter() { member.content } else { Err("archives lie too deep in each other (--max-depth): not read".into()) };
            let opened = match content.and_then(|content| nest.enter(content, member.modified)) {
                Ok(opened) => opened,
                Err(_) if !choice.names(&path) && !nest.used_up() => continue,
                Err(why) => {
                    batch.failed.push(failed(&path, why));
                    if nest.used_up() {
                        batch.end = End::Ill(USED_UP.into());
                        break;
                    }
                    continue;
                }
            };
            // What does not fit may still be an archive that holds what does.
            if !choice.names(&path) && !matches!(opened.content, Content::Archive(_)) {
                continue;
            }
            if !self.together {
                batch.next = Some((path, opened));
                break;
            }
            match held(path, opened) {
                Ok(held) => {
                    let is_spoilt = held.stream.error.is_some() && nest.used_up();
                    bytes += held.stream.head.get_ref().len();
                    batch.held.push(held);
                    if is_spoilt {
                        batch.end = End::Ill(USED_UP.into());
                        break;
                    }
                }
                Err(large) => {
                    batch.next = Some(*large);
                    break;
                }
            }
        }
        batch
    }
}

/// Holds a member if it is text and small.
fn held(path: String, opened: Opened) -> Result<Held, Box<(String, Opened)>> {
    let Opened { content, encodings, modified, hashed, nest, witness } = opened;
    let (mut stream, skipped) = match content {
        Content::Text(stream, skipped) => (stream, skipped),
        content => return Err(Box::new((path, Opened { content, encodings, modified, hashed, nest, witness }))),
    };
    let mut head = Vec::new();
    let error = stream.by_ref().take(HELD_BYTES as u64).read_to_end(&mut head).err();
    let is_whole = head.len() < HELD_BYTES || error.is_some();
    let rest = (!is_whole).then_some(stream);
    let stream = Text { head: Cursor::new(head), error, rest };
    if is_whole {
        let finished = hashed.finish();
        Ok(Held { path, stream, skipped, encodings, modified, finished, taken: hashed.taken() })
    } else {
        Err(Box::new((path, Opened { content: Content::Text(Box::new(stream), skipped), encodings, modified, hashed, nest, witness })))
    }
}
