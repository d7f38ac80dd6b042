//! The registry of formats. A new format is one module here and one row in [`FORMATS`].
//!
//! In: a line. Out: the format that opens an entry with it. Must not know: envelopes, entries longer than a line.

pub mod describe;
pub mod event_table;
pub mod fence;
pub mod json_document;
pub(crate) mod kubernetes;
pub mod object_table;
pub mod text;
pub mod yaml_document;

use super::{Format, Opening};

/// Every format, most specific first: the first that opens a line owns it. `text` is last and opens everything.
pub static FORMATS: &[&dyn Format] = &[
    &json_document::JsonDocument,
    &yaml_document::YamlDocument,
    &describe::Describe,
    &event_table::EventTable,
    &object_table::ObjectTable,
    &fence::Fence,
    &text::Text,
];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// The format that opens an entry with `line`; `likely` is asked first. `None` where only `text` would.
pub fn recognise(line: &[u8], likely: &'static dyn Format) -> Option<(&'static dyn Format, Opening)> {
    if likely.name() != text::Text.name()
        && let Some(opening) = likely.open(line)
    {
        return Some((likely, opening));
    }
    let structured = FORMATS.split_last().map_or(&[][..], |(_, formats)| formats);
    structured.iter().find_map(|format| format.open(line).map(|opening| (*format, opening)))
}
