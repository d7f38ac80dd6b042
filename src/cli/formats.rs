//! `formats`: what is understood.
//!
//! In: the registries. Out: text. Must not know: any one format.

use std::io::Write;

use super::failure::Failure;
use crate::component::Component;
use crate::decode::{FORMATS, WRAPPERS};
use crate::pattern::ast::ENTITY_KINDS;

pub(super) fn run(out: &mut dyn Write) -> Result<u8, Failure> {
    writeln!(out, "Formats of records")?;
    for format in FORMATS {
        writeln!(out, "  {:<18} {}. {}", format.name(), format.title(), format.about())?;
        for place in format.defined_in() {
            writeln!(out, "  {:<18} from {place}", "")?;
        }
    }
    writeln!(out, "\nEnvelopes around records, taken off line by line")?;
    for wrapper in WRAPPERS {
        writeln!(out, "  {:<18} {}", wrapper.name(), wrapper.about())?;
    }
    writeln!(out, "\nAround whole files: gzip, bzip2, xz, zstd, lz4 (also in many parts), tar, zip, 7z, UTF-16, recognised by content.")?;
    writeln!(out, "\nComponents, as patterns name them")?;
    let names: Vec<&str> = Component::ALL.iter().map(|component| component.name()).collect();
    writeln!(out, "  {}", names.join(", "))?;
    writeln!(out, "\nKinds of entities, as patterns name them")?;
    for (kind, about) in ENTITY_KINDS {
        writeln!(out, "  {kind:<18} {about}")?;
    }
    Ok(super::DONE)
}
