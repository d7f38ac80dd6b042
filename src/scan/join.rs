//! Joining: what was read of stretches of one source becomes one reading.
//!
//! In: readings in order. Out: one. Must not know: why they belong together.

use super::read::Reading;
use super::seam::mend;
use crate::observe::Observer;
use crate::source::Part;

/// Adds a stretch that follows in the same file. Lines and offsets are already those of the file.
pub(super) fn follow(whole: &mut Reading, later: Reading) {
    whole.found.absorb(*later.found);
    whole.bytes += later.bytes;
    whole.lines += later.lines;
    whole.held += later.held;
    whole.problems.extend(later.problems);
    for note in later.notes {
        if !whole.notes.contains(&note) {
            whole.notes.push(note);
        }
    }
    for wrapper in later.wrappers {
        if !whole.wrappers.contains(&wrapper) {
            whole.wrappers.push(wrapper);
        }
    }
    let (at, other) = (&mut whole.at, later.at);
    at.component = at.component.filter(|_| at.component == other.component);
    at.node = at.node.take().filter(|node| other.node.as_ref() == Some(node));
    at.pod = at.pod.take().filter(|pod| other.pod.as_ref() == Some(pod));
}

/// Joins files, oldest first: lines and offsets count on from one to the next. The newest one's name and whereabouts are the source's.
pub(super) fn series(files: Vec<Reading>, observer: &Observer<'_>) -> Option<Reading> {
    let mut files = files.into_iter();
    let mut whole = files.next()?;
    whole.parts = vec![part(&whole, 0, 0)];
    tell(&mut whole, 0);
    let mut paths = vec![whole.path.clone()];
    for mut later in files {
        let (lines, bytes) = (whole.lines, whole.bytes);
        mend(observer, &mut whole, &mut later);
        whole.ends = later.ends.take().map(|torn| torn.shifted(lines, bytes));
        let part = part(&later, lines, bytes);
        tell(&mut later, lines);
        later.found.shift(lines, bytes);
        let (path, mut at) = (later.path.clone(), later.at.clone());
        at.component = at.component.or(whole.at.component);
        paths.push(path.clone());
        whole.found.summary.silence.resume(std::mem::take(&mut later.found.summary.silence));
        follow(&mut whole, later);
        (whole.path, whole.at) = (path, at);
        whole.parts.push(part);
    }
    whole.sha256.clear();
    // Where a record names the log it stands in, that is now the whole.
    for signal in &mut whole.found.signals {
        for (_, value) in signal.entities.iter_mut().chain(&mut signal.attributes) {
            if paths.iter().any(|path| **path == **value) {
                *value = whole.path.as_str().into();
            }
        }
    }
    Some(whole)
}

fn part(reading: &Reading, lines_before: u64, bytes_before: u64) -> Part {
    Part { path: reading.path.clone(), lines: reading.lines, bytes: reading.bytes, sha256: reading.sha256.clone(), lines_before, bytes_before }
}

/// A problem at a line counts on as lines do; one of a whole file is told with its name.
fn tell(reading: &mut Reading, lines_before: u64) {
    for problem in &mut reading.problems {
        if problem.line > 0 {
            // What ends a stream is told of the line that would have followed: that is another file's.
            problem.line = lines_before + problem.line.min(reading.lines.max(1));
        } else {
            problem.what = format!("{}: {}", reading.path, problem.what);
        }
    }
}
