//! The registry of formats. A new format is one module here and one row in [`FORMATS`].
//!
//! In: a line. Out: the format that opens an entry with it. Must not know: envelopes, entries longer than a line.

pub mod bitnami;
pub mod mysql_entrypoint;
pub mod mysqld;
pub mod mysqld_json;
pub mod mysqld_safe;
pub mod text;
pub mod wsrep_sst;

use super::{Format, Opening};

/// Every format, most specific first: the first that opens a line owns it. `text` is last and opens everything.
pub static FORMATS: &[&dyn Format] = &[
    &mysqld::Mysqld,
    &mysqld_json::MysqldJson,
    &mysqld_safe::MysqldSafe,
    &mysql_entrypoint::MysqlEntrypoint,
    &wsrep_sst::WsrepSst,
    &bitnami::Bitnami,
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
