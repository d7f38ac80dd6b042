//! The pack: every pattern in force, checked and compiled.
//!
//! In: a [`Library`]. Out: signals by index and by id, spans and causes as written, the hash of it all. Must not know: files' bytes, entries.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::ast;
use super::builtin;
use super::check;
use super::compile::Recogniser;
use super::diagnostic::Diagnostic;
use super::load::Library;
use crate::signal::SignalId;

/// Every pattern in force. Shared by all threads of a run.
#[derive(Debug)]
pub struct Pack {
    signals: Vec<Recogniser>,
    ids: HashMap<Box<str>, SignalId>,
    spans: Vec<ast::Span>,
    causes: Vec<ast::Cause>,
    sha256: String,
}

/// Patterns that cannot be used, and why.
#[derive(Debug)]
pub struct Rejected(pub Vec<Diagnostic>);

impl fmt::Display for Rejected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.0.iter().filter(|diagnostic| diagnostic.is_error()).enumerate() {
            if at > 0 {
                out.write_str("\n\n")?;
            }
            diagnostic.fmt(out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Rejected {}

impl Pack {
    /// The packed patterns.
    pub fn builtin() -> Result<Self, Rejected> {
        Self::load(&[]).map(|(pack, _)| pack)
    }

    /// The packed patterns with those of `directories` on top, and the warnings about the latter.
    ///
    /// # Errors
    ///
    /// [`Rejected`] with every error of every file.
    pub fn load(directories: &[&Path]) -> Result<(Self, Vec<Diagnostic>), Rejected> {
        // The packed files were checked in full when the program was built and tested.
        if directories.is_empty() {
            let read = builtin::definitions().map_err(|error| {
                let wrong = Diagnostic::of_file("library.json", format!("the packed patterns cannot be read: {error}"));
                Rejected(vec![wrong.help("`necropsy patterns check` tells where")])
            });
            let builtin::Definitions { signals, spans, causes } = read?;
            return Ok((Self::new(signals, spans, causes, builtin::sha256().into()), Vec::new()));
        }
        let library = Library::open(directories);
        let mut found = check::check(&library, check::Depth::GivenFiles);
        if found.iter().any(Diagnostic::is_error) {
            return Err(Rejected(found));
        }
        found.retain(|wrong| library.given.contains(&wrong.file));
        Ok((Self::of(library), found))
    }

    /// A pack of given texts by path, checked in full.
    ///
    /// # Errors
    ///
    /// [`Rejected`] with every error of every text.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Rejected> {
        let library = Library::of_texts(texts);
        let found = check::check(&library, check::Depth::EveryFile);
        if found.iter().any(Diagnostic::is_error) { Err(Rejected(found)) } else { Ok(Self::of(library)) }
    }

    /// A pack of a library that has been checked. Retired causes take no part.
    pub fn of(library: Library) -> Self {
        let mut hash = Sha256::new();
        for file in &library.files {
            for text in [file.path.as_str(), file.text.as_str()] {
                // Lengths first: no two lists of files hash alike.
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        let sha256 = hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
            hex
        });
        let signals = library.signals.into_iter().map(|signal| signal.item).collect();
        let spans = library.spans.into_iter().map(|span| span.item).collect();
        Self::new(signals, spans, library.causes.into_iter().map(|cause| cause.item).collect(), sha256)
    }

    fn new(signals: Vec<ast::Signal>, spans: Vec<ast::Span>, mut causes: Vec<ast::Cause>, sha256: String) -> Self {
        let signals: Vec<Recogniser> = signals.into_iter().map(Recogniser::new).collect();
        let ids = signals.iter().enumerate().filter_map(|(at, signal)| Some((signal.id().into(), SignalId::try_from(at).ok()?))).collect();
        causes.retain(|cause| cause.status != ast::Status::Retired);
        Self { signals, ids, spans, causes, sha256 }
    }

    /// Every signal; a [`SignalId`] is an index into this.
    pub fn signals(&self) -> &[Recogniser] {
        &self.signals
    }

    /// The signal of an index this pack gave.
    pub fn signal(&self, id: SignalId) -> Option<&Recogniser> {
        self.signals.get(usize::from(id))
    }

    /// The index of a signal.
    pub fn signal_id(&self, id: &str) -> Option<SignalId> {
        self.ids.get(id).copied()
    }

    /// Every span, as written.
    pub fn spans(&self) -> &[ast::Span] {
        &self.spans
    }

    /// Every cause that is not retired, as written.
    pub fn causes(&self) -> &[ast::Cause] {
        &self.causes
    }

    /// The cause of that id.
    pub fn cause(&self, id: &str) -> Option<&ast::Cause> {
        self.causes.iter().find(|cause| cause.id == id)
    }

    /// Hex SHA-256 of the paths and texts of all files in force.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "schema = 'necropsy.patterns/1'\n";

    fn signal(id: &str) -> String {
        format!("[[signal]]\nid='{id}'\ntitle='t'\nfrom='f'\ncomponent=['kubelet']\nhint=['something']\n[[signal.match]]\nmessage='something'\n")
    }

    #[test]
    fn ids_and_indexes_agree() {
        let (a, b) = (format!("{HEAD}{}{}", signal("a.one"), signal("a.two")), format!("{HEAD}{}", signal("b.one")));
        let pack = Pack::of_texts([("b.toml", b.as_str()), ("a.toml", a.as_str())]).unwrap();
        assert_eq!(pack.signals().iter().map(Recogniser::id).collect::<Vec<_>>(), ["a.one", "a.two", "b.one"]);
        assert_eq!(pack.signal_id("b.one"), Some(2));
        assert_eq!(pack.signal(2).map(Recogniser::id), Some("b.one"));
        assert!(pack.signal_id("c.one").is_none() && pack.signal(3).is_none());
    }

    #[test]
    fn the_hash_tells_contents_and_paths_apart() {
        let text = format!("{HEAD}{}", signal("a.one"));
        let hash = |path: &str, text: &str| Pack::of_texts([(path, text)]).unwrap().sha256().to_owned();
        assert_eq!(hash("a.toml", &text), hash("a.toml", &text));
        assert_ne!(hash("a.toml", &text), hash("b.toml", &text));
        assert_ne!(hash("a.toml", &text), hash("a.toml", &format!("{text}\n")));
    }

    #[test]
    fn the_packed_files_can_be_used() {
        let library = Library::open(&[]);
        let errors: Vec<String> = check::check(&library, check::Depth::EveryFile).iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n\n"));
        Pack::builtin().unwrap();
    }
}
