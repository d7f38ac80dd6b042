//! Fenced: a stream that pauses wherever a fence says that something else begins.
//!
//! In: a stream of text. Out: the same bytes, stretch by stretch, and whose each stretch is. Must not know: records, what stands between fences.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};

use memchr::memmem::find_iter;
use memchr::{memchr, memrchr};

use crate::decode::format::fence::{Told, told};

/// Bytes read at a time.
const BLOCK_BYTES: usize = 64 << 10;
/// No fence is longer.
const MAX_FENCE: usize = 1024;
/// Stretches told apart in one file; further fences are lines like others.
const MAX_SECTIONS: usize = 10_000;

/// Whose a stretch of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// What stands outside of fences.
    Rest,
    /// A container's log.
    Log {
        /// Its name.
        container: String,
        /// `namespace/name`.
        pod: String,
    },
    /// A part with a name.
    Section(String),
}

/// A stream cut at its fences. Reading ends at each; [`advance`](Self::advance) goes on behind it.
pub(super) struct Fenced<'r> {
    stream: &'r mut (dyn Read + Send),
    /// Read ahead: whole lines up to `end`, handed out up to `at`.
    held: Vec<u8>,
    at: usize,
    end: usize,
    filled: usize,
    /// Fences ahead in what is held: place, length, what it says.
    fences: VecDeque<(usize, usize, Told)>,
    /// Whether what is held begins with a line's beginning.
    fresh: bool,
    in_log: bool,
    waiting: Option<Stretch>,
    ended: bool,
    error: Option<io::Error>,
    sections: usize,
}

impl<'r> Fenced<'r> {
    pub(super) fn new(stream: &'r mut (dyn Read + Send)) -> Self {
        Self {
            stream,
            held: Vec::new(),
            at: 0,
            end: 0,
            filled: 0,
            fences: VecDeque::new(),
            fresh: true,
            in_log: false,
            waiting: None,
            ended: false,
            error: None,
            sections: 0,
        }
    }

    /// Goes on to the next stretch, once this one is read to its end. `None`: there is none.
    pub(super) fn advance(&mut self) -> Option<Stretch> {
        let next = self.waiting.take()?;
        self.in_log = matches!(next, Stretch::Log { .. });
        self.sections += usize::from(next != Stretch::Rest);
        Some(next)
    }

    /// Reads on until a whole line is held.
    fn fill(&mut self) {
        self.fresh = self.end == 0 || self.held.get(self.end - 1) == Some(&b'\n');
        self.held.copy_within(self.end..self.filled, 0);
        self.filled -= self.end;
        self.held.resize(BLOCK_BYTES, 0);
        let mut newline = memrchr(b'\n', &self.held[..self.filled]);
        while newline.is_none() && self.filled < BLOCK_BYTES && !self.ended {
            match self.stream.read(&mut self.held[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    newline = memrchr(b'\n', &self.held[self.filled..self.filled + read]).map(|at| self.filled + at);
                    self.filled += read;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.error = Some(error);
                }
            }
        }
        self.at = 0;
        self.end = newline.filter(|_| !self.ended).map_or(self.filled, |newline| newline + 1);
        self.look();
    }

    /// Looks for fences in what is held.
    fn look(&mut self) {
        let block = &self.held[..self.end];
        let first = self.fresh.then_some(0);
        let mut starts: Vec<usize> = first.into_iter().chain(find_iter(block, b"\n=").chain(find_iter(block, b"\n* =")).map(|at| at + 1)).collect();
        starts.sort_unstable();
        self.fences.clear();
        for start in starts {
            let length = memchr(b'\n', &block[start..]).map_or(block.len() - start, |end| end + 1);
            if length <= MAX_FENCE
                && let Some(told) = told(block[start..start + length].trim_ascii_end())
            {
                self.fences.push_back((start, length, told));
            }
        }
    }
}

impl Read for Fenced<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.waiting.is_some() || buffer.is_empty() {
            return Ok(0);
        }
        if let Some((start, length, Told::End)) = self.fences.front()
            && self.in_log
            && self.at >= start + length
        {
            self.fences.pop_front();
            self.waiting = Some(Stretch::Rest);
            return Ok(0);
        }
        if self.at == self.end {
            if !self.ended || self.end < self.filled {
                self.fill();
            }
            if self.at == self.end {
                return self.error.take().map_or(Ok(0), Err);
            }
        }
        let mut until = self.end;
        while let Some((start, length, told)) = self.fences.front() {
            if *start > self.at {
                until = *start;
                break;
            }
            let (after, told) = (start + length, told.clone());
            // A fence that opens something is the first line of it, one that closes something the last.
            match told {
                Told::End if self.in_log => {
                    until = after;
                    break;
                }
                Told::Log(container, pod) if self.sections < MAX_SECTIONS => self.waiting = Some(Stretch::Log { container, pod }),
                Told::Section(name) if !self.in_log && self.sections < MAX_SECTIONS => self.waiting = Some(Stretch::Section(name)),
                _ => {}
            }
            self.fences.pop_front();
            if self.waiting.is_some() {
                return Ok(0);
            }
        }
        let take = (until - self.at).min(buffer.len());
        buffer[..take].copy_from_slice(&self.held[self.at..self.at + take]);
        self.at += take;
        Ok(take)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Gives so many bytes at a time.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let take = buffer.len().min(self.1);
            self.0.read(&mut buffer[..take])
        }
    }

    fn stretches(text: &str, step: usize) -> Vec<(String, String)> {
        let mut stream = Slow(Cursor::new(text.as_bytes().to_vec()), step);
        let mut fenced = Fenced::new(&mut stream);
        let mut found = Vec::new();
        let mut whose = Stretch::Rest;
        loop {
            let mut text = String::new();
            fenced.read_to_string(&mut text).unwrap();
            let name = match whose {
                Stretch::Rest => "-".into(),
                Stretch::Log { container, pod } => format!("{container} of {pod}"),
                Stretch::Section(name) => name,
            };
            found.push((name, text));
            match fenced.advance() {
                Some(next) => whose = next,
                None => return found,
            }
        }
    }

    #[test]
    fn each_stretch_is_whose_its_fence_says_however_it_is_read() {
        let text = "before\n==== START logs for container a of pod ns/p ====\none\n==== END logs for container a of pod ns/p ====\n\
                    ==== START logs for container b of pod ns/p ====\n==== END logs for container b of pod ns/p ====\nbetween\n\
                    * ==> etcd [9f3c] <==\n* two\n====\n==> kubelet <==\nthree";
        let expected = [
            ("-", "before\n"),
            ("a of ns/p", "==== START logs for container a of pod ns/p ====\none\n==== END logs for container a of pod ns/p ====\n"),
            ("-", ""),
            ("b of ns/p", "==== START logs for container b of pod ns/p ====\n==== END logs for container b of pod ns/p ====\n"),
            ("-", "between\n"),
            ("etcd [9f3c]", "* ==> etcd [9f3c] <==\n* two\n====\n"),
            ("kubelet", "==> kubelet <==\nthree"),
        ];
        for step in [1, 7, 50, 100_000] {
            let found = stretches(text, step);
            assert_eq!(found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>(), expected, "{step}");
        }
    }

    #[test]
    fn bytes_pass_through_whatever_their_lines() {
        let text = format!("{}\n==> a <==\n{}", "x".repeat(3 * BLOCK_BYTES + 5), "= y\n".repeat(50_000));
        let found = stretches(&text, 10_000);
        assert_eq!(found.iter().map(|(_, text)| text.as_str()).collect::<String>(), text);
        assert_eq!(found.iter().map(|(name, text)| (name.as_str(), text.len())).collect::<Vec<_>>()[1].0, "a");
        assert_eq!(found.len(), 2);
    }
}
