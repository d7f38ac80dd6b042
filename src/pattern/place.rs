//! Places: where in a file each part of a pattern stands.
//!
//! In: a parsed TOML table. Out: a tree of byte positions, and [`Spot`], which walks it and makes diagnostics. Must not know: what the parts mean.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;

/// Path and text of a pattern file.
#[derive(Debug, PartialEq, Eq)]
pub struct FileText {
    /// Path below its pattern directory, `/` between parts.
    pub path: String,
    /// The text.
    pub text: String,
}

impl FileText {
    /// A file of that path and text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Where a value begins, and where the parts of it do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    at: usize,
    parts: Vec<(Name, Place)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Key(Box<str>),
    Index(usize),
}

impl Place {
    /// The places of a table that begins at `at`.
    pub fn of_table(at: usize, table: &DeTable<'_>) -> Self {
        let parts = table.iter().map(|(key, value)| (Name::Key(key.get_ref().as_ref().into()), Self::of_value(value)));
        Self { at, parts: parts.collect() }
    }

    /// The places of a value.
    pub fn of_value(value: &Spanned<DeValue<'_>>) -> Self {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::Table(table) => Self::of_table(at, table),
            DeValue::Array(items) => {
                Self { at, parts: items.iter().enumerate().map(|(index, item)| (Name::Index(index), Self::of_value(item))).collect() }
            }
            _ => Self { at, parts: Vec::new() },
        }
    }
}

/// A place in a file, to say something about.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    file: &'a FileText,
    place: &'a Place,
}

impl<'a> Spot<'a> {
    /// The place of a whole definition.
    pub fn new(file: &'a Arc<FileText>, place: &'a Place) -> Self {
        Self { file, place }
    }

    /// The place of a member; this place if there is none.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.part(|name| matches!(name, Name::Key(known) if **known == *key))
    }

    /// The place of an element; this place if there is none.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.part(|name| *name == Name::Index(index))
    }

    /// Whether the member is written in the file.
    pub fn has(self, key: &str) -> bool {
        self.place.parts.iter().any(|(name, _)| matches!(name, Name::Key(known) if **known == *key))
    }

    fn part(self, wanted: impl Fn(&Name) -> bool) -> Self {
        let place = self.place.parts.iter().find(|(name, _)| wanted(name)).map_or(self.place, |(_, place)| place);
        Self { file: self.file, place }
    }

    /// An error here.
    pub fn error(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&self.file.path, &self.file.text, self.place.at, message)
    }

    /// A warning here.
    pub fn warning(self, message: impl Into<String>) -> Diagnostic {
        self.error(message).as_warning()
    }

    /// Path of the file.
    pub fn file(self) -> &'a str {
        &self.file.path
    }
}
