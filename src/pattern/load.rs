//! Loading: files become a library of definitions.
//!
//! In: the packed files and those of given directories. Out: [`Library`]: every definition with its place, and a diagnostic for everything that is
//! not in the shape of [`ast`](super::ast). Must not know: what definitions mean to each other, beyond their ids.
//!
//! A file in a later layer replaces the one of the same path in an earlier layer, and a definition the one of the same id. Files may come from
//! strangers: sizes and counts are bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io, thread};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use walkdir::WalkDir;

use super::ast;
use super::diagnostic::Diagnostic;
use super::place::{FileText, Place, Spot};

/// Largest pattern file, bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;
/// Most files in one directory of patterns.
pub const MAX_FILES: usize = 2000;
/// Most bytes of all files in one directory of patterns.
pub const MAX_DIRECTORY_BYTES: usize = 32 << 20;
/// Most signals, and most spans, in one file.
const MAX_DEFINITIONS: usize = 1000;
/// Most signals in a library: a [`SignalId`](crate::signal::SignalId) has 16 bits.
const MAX_SIGNALS: usize = 20_000;
/// Most syntax errors told of one file.
const MAX_SYNTAX_ERRORS: usize = 20;
/// Threads that read files.
const MAX_THREADS: usize = 4;
/// A thread is not worth fewer files.
const LEAST_FILES: usize = 8;
/// How deep a directory of patterns may be nested.
const MAX_DEPTH: usize = 8;

/// A definition with its place.
#[derive(Clone, Debug)]
pub struct Defined<T> {
    /// What was defined.
    pub item: T,
    /// The file that defines it.
    pub file: Arc<FileText>,
    /// Places of its parts.
    pub place: Place,
    /// 0 for packed files, then one for each given directory.
    pub layer: usize,
}

impl<T> Defined<T> {
    /// Where it stands.
    pub fn spot(&self) -> Spot<'_> {
        Spot::new(&self.file, &self.place)
    }
}

/// Every definition that could be read.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The files in force, sorted by path.
    pub files: Vec<Arc<FileText>>,
    /// Signals, by path of the file and order in it.
    pub signals: Vec<Defined<ast::Signal>>,
    /// Spans, likewise.
    pub spans: Vec<Defined<ast::Span>>,
    /// Causes, likewise.
    pub causes: Vec<Defined<ast::Cause>>,
    /// Ids of definitions that could not be read: references to them are no further error.
    pub unread: BTreeSet<String>,
    /// Paths of files from given directories.
    pub given: BTreeSet<String>,
    /// A file could not be read at all: nothing can be said about references.
    pub incomplete: bool,
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// A pattern file that has been found, not yet read.
type Found = (usize, Arc<FileText>);

impl Library {
    /// The packed files, and those of `directories` on top, in order.
    pub fn open(directories: &[&Path]) -> Self {
        let mut library = Self::default();
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        for (path, text) in super::builtin::files() {
            found.insert((*path).into(), (0, Arc::new(FileText::new(*path, *text))));
        }
        for (at, directory) in directories.iter().enumerate() {
            for file in library.files_of(directory) {
                library.given.insert(file.path.clone());
                found.insert(file.path.clone(), (at + 1, file));
            }
        }
        library.read_all(found.into_values().collect());
        library
    }

    /// A library of given texts by path alone.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut library = Self::default();
        let found: BTreeMap<&str, &str> = texts.into_iter().collect();
        library.read_all(found.into_iter().map(|(path, text)| (0, Arc::new(FileText::new(path, text)))).collect());
        library
    }

    fn files_of(&mut self, directory: &Path) -> Vec<Arc<FileText>> {
        let mut files = Vec::new();
        let mut bytes = 0;
        for item in WalkDir::new(directory).max_depth(MAX_DEPTH).sort_by_file_name() {
            let item = match item {
                Ok(item) => item,
                Err(error) => {
                    self.refuse(&directory.display().to_string(), format!("cannot be read: {error}"));
                    continue;
                }
            };
            if !item.file_type().is_file() || item.path().extension().is_none_or(|end| end != "toml") {
                continue;
            }
            let below = item.path().strip_prefix(directory).unwrap_or(item.path());
            let path = if below.as_os_str().is_empty() { item.path() } else { below }.to_string_lossy().replace('\\', "/");
            if files.len() == MAX_FILES {
                self.refuse(&path, format!("more than {MAX_FILES} files in `{}`", directory.display()));
                break;
            }
            match read_text(item.path()) {
                Ok(text) if bytes + text.len() > MAX_DIRECTORY_BYTES => {
                    self.refuse(&path, format!("more than {MAX_DIRECTORY_BYTES} bytes in `{}`", directory.display()));
                    break;
                }
                Ok(text) => {
                    bytes += text.len();
                    files.push(Arc::new(FileText::new(path, text)));
                }
                Err(error) => self.refuse(&path, format!("cannot be read: {error}")),
            }
        }
        files
    }

    fn refuse(&mut self, path: &str, message: String) {
        self.incomplete = true;
        self.diagnostics.push(Diagnostic::of_file(path, message));
    }

    fn read_all(&mut self, found: Vec<Found>) {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let read: Vec<Self> = thread::scope(|scope| {
            let some = |files: &[Found]| {
                let mut library = Self::default();
                for (layer, file) in files {
                    library.read(*layer, file);
                }
                library
            };
            let readers: Vec<_> =
                found.chunks(found.len().div_ceil(threads).max(LEAST_FILES)).map(|files| scope.spawn(move || some(files))).collect();
            readers.into_iter().map(|reader| reader.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        self.files.extend(found.into_iter().map(|(_, file)| file));
        for read in read {
            self.signals.extend(read.signals);
            self.spans.extend(read.spans);
            self.causes.extend(read.causes);
            self.unread.extend(read.unread);
            self.diagnostics.extend(read.diagnostics);
            self.incomplete |= read.incomplete;
        }
        let mut wrong = Vec::new();
        keep_last(&mut self.signals, |signal| &signal.id, &mut wrong);
        keep_last(&mut self.spans, |span| &span.id, &mut wrong);
        keep_last(&mut self.causes, |cause| &cause.id, &mut wrong);
        self.diagnostics.append(&mut wrong);
        if let Some(signal) = self.signals.get(MAX_SIGNALS) {
            self.diagnostics.push(signal.spot().error(format!("more than {MAX_SIGNALS} signals")));
            self.signals.truncate(MAX_SIGNALS);
            self.incomplete = true;
        }
    }

    fn read(&mut self, layer: usize, file: &Arc<FileText>) {
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        let broken = !errors.is_empty();
        self.incomplete |= broken;
        let syntax = errors.iter().take(MAX_SYNTAX_ERRORS).map(|error| told(file, 0, error));
        self.diagnostics.extend(syntax);
        if broken {
            return;
        }
        let whole = Place::of_table(0, table.get_ref());
        let spot = Spot::new(file, &whole);
        if table.get_ref().get("schema").is_none() {
            self.diagnostics.push(spot.error("`schema` is missing").help("begin the file with `schema = \"necropsy.patterns/1\"`"));
        }
        for (key, value) in table.into_inner() {
            let at = value.span().start;
            match key.get_ref().as_ref() {
                "schema" => {
                    if let Err(error) = ast::Schema::deserialize(value.into_deserializer()) {
                        self.diagnostics.push(told(file, at, &error).help("this release reads `necropsy.patterns/1`"));
                    }
                }
                "cause" => self.define(layer, file, value, |library| &mut library.causes),
                "signal" => self.define_each(layer, file, &spot.key("signal"), value, |library| &mut library.signals),
                "span" => self.define_each(layer, file, &spot.key("span"), value, |library| &mut library.spans),
                other => {
                    let error = Diagnostic::error(&file.path, &file.text, key.span().start, format!("unknown key `{other}`"));
                    self.diagnostics.push(error.help("a file holds `schema`, `[cause]`, `[[signal]]` and `[[span]]`"));
                }
            }
        }
    }

    fn define_each<T: for<'de> Deserialize<'de>>(
        &mut self,
        layer: usize,
        file: &Arc<FileText>,
        spot: &Spot<'_>,
        value: Spanned<DeValue<'_>>,
        list: fn(&mut Self) -> &mut Vec<Defined<T>>,
    ) {
        match value.into_inner() {
            DeValue::Array(items) if items.len() > MAX_DEFINITIONS => {
                self.incomplete = true;
                self.diagnostics.push(spot.error(format!("more than {MAX_DEFINITIONS} definitions of a kind in one file")));
            }
            DeValue::Array(items) => items.into_iter().for_each(|item| self.define(layer, file, item, list)),
            _ => self.diagnostics.push(spot.error("not a list of tables").help("write the header with double brackets, `[[signal]]`")),
        }
    }

    fn define<T: for<'de> Deserialize<'de>>(
        &mut self,
        layer: usize,
        file: &Arc<FileText>,
        value: Spanned<DeValue<'_>>,
        list: fn(&mut Self) -> &mut Vec<Defined<T>>,
    ) {
        let place = Place::of_value(&value);
        let at = value.span().start;
        let id = value.get_ref().get("id").and_then(|id| id.get_ref().as_str()).map(str::to_owned);
        match T::deserialize(value.into_deserializer()) {
            Ok(item) => list(self).push(Defined { item, file: Arc::clone(file), place, layer }),
            Err(error) => {
                self.unread.extend(id);
                self.diagnostics.push(told(file, at, &error));
            }
        }
    }
}

/// A file's text, refused where it is too large or not UTF-8. Only what was promised is read, even if the file grows meanwhile.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    use io::Read as _;
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("larger than {MAX_FILE_BYTES} bytes")));
    }
    Ok(text)
}

fn told(file: &FileText, or_at: usize, error: &toml::de::Error) -> Diagnostic {
    let at = error.span().map_or(or_at, |span| span.start);
    Diagnostic::error(&file.path, &file.text, at, error.message().trim_end_matches('.'))
}

/// Leaves one definition of each id: the one of the highest layer. Two of one layer are an error.
fn keep_last<T>(list: &mut Vec<Defined<T>>, id: fn(&T) -> &String, wrong: &mut Vec<Diagnostic>) {
    let mut best: BTreeMap<String, usize> = BTreeMap::new();
    for (at, defined) in list.iter().enumerate() {
        match best.get(id(&defined.item)).map(|before| (*before, list[*before].layer)) {
            Some((before, layer)) if layer == defined.layer => {
                let first = list[before].file.path.as_str();
                let message = format!("`{}` is defined twice", id(&defined.item));
                wrong.push(defined.spot().key("id").error(message).help(format!("the first is in {first}; ids are never shared")));
            }
            Some((_, layer)) if layer > defined.layer => {}
            _ => {
                best.insert(id(&defined.item).clone(), at);
            }
        }
    }
    let kept: BTreeSet<usize> = best.into_values().collect();
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNAL: &str = "schema = 'necropsy.patterns/1'\n[[signal]]\nid='a.b'\ntitle='t'\nfrom='f'\ncomponent=['kubelet']\nhint=['something']\n";

    fn messages(library: &Library) -> Vec<String> {
        library.diagnostics.iter().map(|wrong| format!("{}:{}:{} {}", wrong.file, wrong.line, wrong.column, wrong.message)).collect()
    }

    #[test]
    fn every_error_of_every_file_is_told_with_its_place() {
        let library = Library::of_texts([
            ("a.toml", "schema = 'necropsy.patterns/2'\nrule = 1\n[[signal]]\nid = 'a.b'\ncolour = 'red'\n[[signal]]\nid = 4\n"),
            ("b.toml", "schema = \n"),
            ("c.toml", "[[span]]\nid = 'x.y'\n"),
        ]);
        let told = messages(&library).join("\n");
        assert!(told.contains("a.toml:1:10 unknown variant `necropsy.patterns/2`"), "{told}");
        assert!(told.contains("a.toml:2:1 unknown key `rule`"), "{told}");
        assert!(told.contains("a.toml:5:1 unknown field `colour`"), "{told}");
        assert!(told.contains("a.toml:7:6 invalid type: integer"), "{told}");
        assert!(told.contains("b.toml:1:10 "), "{told}");
        assert!(told.contains("c.toml:1:1 `schema` is missing"), "{told}");
        assert!(told.contains("missing field `title`"), "{told}");
        assert!(library.unread.contains("a.b") && library.incomplete);
    }

    #[test]
    fn one_id_twice_in_a_layer_is_an_error() {
        let library = Library::of_texts([("a.toml", SIGNAL), ("b.toml", SIGNAL)]);
        assert_eq!(messages(&library), ["b.toml:3:4 `a.b` is defined twice"]);
        assert_eq!(library.signals.len(), 1);
    }

    #[test]
    fn a_directory_replaces_files_and_definitions() {
        let base = tempfile::tempdir().unwrap();
        let over = tempfile::tempdir().unwrap();
        fs::create_dir(base.path().join("sub")).unwrap();
        fs::write(base.path().join("sub/a.toml"), SIGNAL).unwrap();
        fs::write(base.path().join("b.toml"), SIGNAL.replace("a.b", "c.d")).unwrap();
        fs::write(over.path().join("b.toml"), SIGNAL.replace("a.b", "e.f")).unwrap();
        fs::write(over.path().join("new.toml"), SIGNAL.replace("'t'", "'mine'")).unwrap();
        fs::write(over.path().join("readme.md"), "not a pattern").unwrap();
        let library = Library::open(&[base.path(), over.path()]);
        assert_eq!(messages(&library), [""; 0]);
        let found: Vec<_> = library.signals.iter().filter(|signal| signal.layer > 0).map(|s| (s.item.id.as_str(), s.item.title.as_str())).collect();
        assert_eq!(found, [("e.f", "t"), ("a.b", "mine")]);
    }

    #[test]
    fn a_missing_directory_and_a_huge_or_binary_file_are_errors() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("huge.toml"), vec![b'#'; MAX_FILE_BYTES as usize + 1]).unwrap();
        fs::write(directory.path().join("binary.toml"), [0xff, 0xfe]).unwrap();
        let library = Library::open(&[directory.path(), Path::new("/nonexistent/patterns")]);
        let told = messages(&library).join("\n");
        assert!(told.contains("huge.toml:0:0 cannot be read: larger than"), "{told}");
        assert!(told.contains("binary.toml:0:0 cannot be read"), "{told}");
        assert!(told.contains("/nonexistent/patterns:0:0 cannot be read"), "{told}");
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let deep = format!("schema = {}", "[".repeat(100_000));
        assert!(Library::of_texts([("a.toml", deep.as_str())]).incomplete);
    }
}
