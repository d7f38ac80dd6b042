//! Framing: lines become entries.
//!
//! In: pieces of one source, each a whole number of lines except that the last may lack its line end. Out: [`Piece`]s. Must not know:
//! how records look inside (formats), where the bytes come from.
//!
//! Physical lines are freed of their wrappers, then each line either opens an entry, joins the open one, or stands alone as text. Cutting a
//! source into pieces at other places changes no entry: an entry still open at the end of a piece is handed back and read again with
//! the next one.

mod framer;
mod owners;
mod piece;
mod unwrapped;
mod work;

pub use framer::{Framer, LineChoice};
pub use owners::{Owner, Owners};
pub use piece::{Carry, Framed, Piece};

use memchr::memchr;

use super::Envelope;
use crate::component::Component;

/// Bytes at which an entry is closed although its format would go on: memory stays bounded on any input.
pub const MAX_ENTRY_BYTES: usize = 1 << 20;

/// The component an envelope speaks of.
pub fn envelope_component(envelope: &Envelope) -> Option<Component> {
    envelope.program.as_deref().and_then(Component::from_program)
}

/// Physical lines with the offset of each, `\r` and `\n` at the end taken off.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest);
        let start = at;
        at += length.map_or(rest.len(), |length| length + 1);
        Some((start, trim_end(&rest[..length.unwrap_or(rest.len())])))
    })
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
