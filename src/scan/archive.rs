//! Reading an archive: its members in their order, as many at a time as memory allows.
//!
//! In: the members of an archive. Out: a [`Reading`] for each, by path, and one for the archive itself where something was wrong with it. The archive is
//! read by one thread; with all threads at hand, small members are held and worked on while the next ones are read, and of large ones the last chunks
//! (`ahead`). Must not know: clocks, other inputs.

use std::io::{self, Cursor, Read};

use rayon::Scope;
use rayon::prelude::*;

use super::ahead::{Before, Member};
use super::chunk::Chunk;
use super::keep::Kept;
use super::read::{Reading, Run, close, failed};
use super::share::Share;
use super::{LEAST_BYTES, MOST_BYTES};
use crate::open::{Content, Finished, Members, Nest, Opened};

/// Members of at most this size are held.
const HELD_BYTES: usize = 4 << 20;
/// Bytes held at a time.
const BATCH_BYTES: usize = 16 << 20;
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

impl Held {
    /// Bytes of its text.
    fn bytes(&self) -> u64 {
        match self.stream.head.get_ref().len() {
            0 => 0,
            length => self.skipped + length as u64,
        }
    }
}

/// What was read of an archive so far.
struct Gathering<'r, 'p> {
    run: Run<'r, 'p>,
    readings: Vec<Reading>,
    kept: Kept,
    /// Bytes of the text of all members that were read to their end.
    bytes: u64,
    /// How many those are.
    members: usize,
    /// The last of them, if it is still worked on.
    last: Option<Member<'r, 'p>>,
}

impl<'r, 'p> Gathering<'r, 'p> {
    /// What the next member may keep.
    fn share(&self) -> Share {
        self.share_after(self.bytes, self.members)
    }

    /// What a member may keep that has so much before it. Nothing else may count: members are read one by one or many at a time.
    fn share_after(&self, bytes: u64, members: usize) -> Share {
        let Share { budget, before, .. } = self.run.share;
        let least = (budget / 4 / (members + 1)).clamp(LEAST_BYTES, MOST_BYTES);
        Share { budget, before: before.saturating_add(bytes), total: 0, least }
    }

    /// What each of the members may keep that follow.
    fn shares(&self, held: &[Held]) -> Vec<Share> {
        let (mut bytes, mut members) = (self.bytes, self.members);
        let mut share = |held: &Held| {
            let share = self.share_after(bytes, members);
            (bytes, members) = (bytes + held.bytes(), members + 1);
            share
        };
        held.iter().map(&mut share).collect()
    }

    /// Adds what members came to, in their order.
    fn add(&mut self, done: impl IntoIterator<Item = Vec<Reading>>) {
        self.land_all();
        for readings in done {
            let text = |reading: &&Reading| reading.within.is_none() && reading.lines > 0;
            self.bytes += readings.iter().filter(text).map(|reading| reading.bytes).sum::<u64>();
            self.members += 1;
            self.keep(readings);
        }
    }

    /// Adds a member that is read and still worked on.
    fn follow(&mut self, member: Member<'r, 'p>) {
        self.land_all();
        self.bytes += member.bytes();
        self.members += 1;
        self.last = Some(member);
    }

    /// Keeps what a member came to. Signals of all together keep to the archive's budget.
    fn keep(&mut self, readings: Vec<Reading>) {
        let is_over = readings.iter().fold(false, |_, reading| self.kept.add(reading));
        self.readings.extend(readings);
        if is_over {
            self.kept.thin(self.run.states, &mut self.readings.iter_mut().collect::<Vec<_>>());
        }
    }

    fn land_all(&mut self) {
        while self.flying() > 0 {
            self.land();
        }
    }
}

impl Before for Gathering<'_, '_> {
    fn flying(&self) -> usize {
        self.last.as_ref().map_or(0, Member::flying)
    }

    fn land(&mut self) -> Option<Chunk> {
        let mut last = self.last.take()?;
        let chunk = last.land();
        if last.flying() > 0 {
            self.last = Some(last);
        } else {
            self.keep(last.close());
        }
        chunk
    }
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

impl<'a, 'p> Run<'a, 'p> {
    /// Reads all members.
    pub(super) fn archive(&self, path: &str, members: &mut dyn Members, nest: &Nest) -> Vec<Reading> {
        let (mut readings, problem) = rayon::in_place_scope(|scope| self.members(scope, path, members, nest));
        if let Some(what) = problem {
            readings.push(failed(path, what));
        } else if readings.is_empty() && self.settings.choice.is_open() {
            readings.push(failed(path, "an archive without files".into()));
        }
        readings.sort_by(|a, b| a.path.cmp(&b.path));
        readings
    }

    /// Their readings, and what was wrong with the archive.
    fn members<'s>(&self, scope: &Scope<'s>, path: &str, members: &mut dyn Members, nest: &Nest) -> (Vec<Reading>, Option<String>)
    where
        'a: 's,
        'p: 's,
    {
        let mut all = Gathering { run: *self, readings: Vec::new(), kept: Kept::new(self.share.budget), bytes: 0, members: 0, last: None };
        let mut batch = self.fetch(path, members, nest);
        let problem = loop {
            let Batch { held, failed, next, end } = batch;
            all.readings.extend(failed);
            let shares = all.shares(&held);
            if let Some((path, opened)) = next {
                if !held.is_empty() {
                    let done = self.hold(held, shares);
                    all.add(done);
                }
                let run = Run { share: all.share(), ..*self };
                let read = if self.together { run.ahead(scope, &path, opened, &mut all) } else { Err(run.opened(&path, opened)) };
                match read {
                    Ok(member) => all.follow(member),
                    Err(last) => {
                        let is_spoilt = nest.used_up() && last.iter().any(|reading| !reading.problems.is_empty());
                        all.add([last]);
                        if is_spoilt {
                            break Some(USED_UP.into());
                        }
                    }
                }
            } else {
                let problem = match end {
                    End::Open => {
                        let (done, fetched) = rayon::join(|| self.hold(held, shares), || self.fetch(path, members, nest));
                        all.add(done);
                        batch = fetched;
                        continue;
                    }
                    End::Well => None,
                    End::Ill(what) => Some(what),
                };
                let done = self.hold(held, shares);
                all.add(done);
                break problem;
            }
            batch = self.fetch(path, members, nest);
        };
        all.land_all();
        (all.readings, problem)
    }

    /// Works on held members, of which each may keep its share. Out: what each came to.
    fn hold(&self, held: Vec<Held>, shares: Vec<Share>) -> Vec<Vec<Reading>> {
        held.into_par_iter()
            .zip(shares)
            .map(|(held, share)| {
                let alone = Run { together: false, share, ..*self };
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
