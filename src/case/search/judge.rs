//! Judging: whether a row fits, by its text.
//!
//! In: a part of a query, a row. Out: yes or no, and entries read in full again. Must not know: columns beyond those of the row, the order of hits.

use std::sync::{Arc, PoisonError};

use super::super::fault::Fault;
use super::super::{Case, Row, Texts, column};
use super::{Check, Node};
use crate::decode::frame::Carry;
use crate::decode::{Body, Entry, Framer, Head};
use crate::query::Pattern;
use crate::query::words::contains;

/// Framings that are remembered.
const MAX_FRAMERS: usize = 4096;
/// Bytes of a source by which its framing is known.
const SAMPLE_BYTES: u64 = 256 << 10;

/// Tells whether rows fit, by their texts. One for each thread.
pub(in super::super) struct Judge<'c> {
    case: &'c Case,
    pub(in super::super) texts: Texts<'c>,
    framer: Option<((usize, usize), Arc<Framer>)>,
}

impl<'c> Judge<'c> {
    pub(in super::super) fn new(case: &'c Case) -> Self {
        Self { case, texts: case.reader(), framer: None }
    }

    pub(super) fn holds(&mut self, node: &Node, row: Row) -> Result<bool, Fault> {
        if !node.bits.has(row as usize) {
            return Ok(false);
        }
        match &node.check {
            None => Ok(true),
            // What was gone before it was in the index of words can only be told by its columns.
            Some(Check::Words(..) | Check::Part(..)) if self.is_gone(row) => Ok(false),
            Some(Check::Words(words, prefix)) => Ok(contains(self.texts.text(row)?, words, *prefix)),
            Some(Check::Part(name, pattern)) => self.part(row, name, pattern),
            Some(Check::And(nodes)) => {
                for node in nodes {
                    if !self.holds(node, row)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Some(Check::Or(nodes)) => {
                for node in nodes {
                    if self.holds(node, row)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Some(Check::Not(node)) => Ok(!self.holds(node, row)?),
        }
    }

    fn is_gone(&self, row: Row) -> bool {
        self.case.sources().get(self.case.source_of(row)).is_some_and(|held| held.gone)
    }

    /// How the source of a row is framed.
    pub(in super::super) fn framer(&mut self, row: Row) -> Result<Option<Arc<Framer>>, Fault> {
        let source = self.case.source_of(row);
        let Some(held) = self.case.sources().get(source) else { return Ok(None) };
        let Some((stretch, last)) = held.stretch(row) else { return Ok(None) };
        if self.framer.as_ref().is_none_or(|(known, _)| *known != (source, stretch)) {
            let known = || self.case.framers.lock().unwrap_or_else(PoisonError::into_inner);
            let cached = known().get(&(source, stretch)).map(Arc::clone);
            let framer = if let Some(framer) = cached {
                framer
            } else {
                let rows = held.stretches.get(stretch).map_or(0, |stretch| stretch.rows);
                let from = self.case.at(column::OFFSET, (last - rows) as usize) as u64;
                let framer = Arc::new(Framer::detect(self.texts.reader.read(source, held, stretch, from, from + SAMPLE_BYTES)?));
                let mut known = known();
                if known.len() < MAX_FRAMERS {
                    known.insert((source, stretch), Arc::clone(&framer));
                }
                framer
            };
            self.framer = Some(((source, stretch), framer));
        }
        Ok(self.framer.as_ref().map(|(_, framer)| Arc::clone(framer)))
    }

    fn part(&mut self, row: Row, name: &str, pattern: &Pattern) -> Result<bool, Fault> {
        let Some(framer) = self.framer(row)? else { return Ok(false) };
        let case = self.case;
        let text = self.texts.text(row)?;
        Ok(read(case, &framer, row, text, |body| {
            let fits = |value: &str| pattern.fits(value);
            body.fields.iter().any(|(known, value)| known.eq_ignore_ascii_case(name) && fits(value))
                || (name == "code" && body.code.as_deref().is_some_and(fits))
        }))
    }
}

/// Reads an entry in full again and hands its body to `take`.
pub(in super::super) fn read<T>(case: &Case, framer: &Framer, row: Row, text: &[u8], take: impl FnOnce(&Body<'_>) -> T) -> T {
    let piece = framer.piece(text, case.at(column::LINE, row as usize) as u64, 0, Carry::default(), true);
    let format = case.format(row);
    let context = case.name(column::CONTEXT, row as usize);
    let opening = piece.entries.first();
    let entry = Entry {
        format: format.or_else(|| opening.map(|opening| opening.format)).unwrap_or(&crate::decode::format::text::Text),
        head: opening.map_or_else(Head::default, |opening| opening.head),
        context: (!context.is_empty()).then_some(context.as_bytes()),
        text: piece.text.strip_suffix(b"\n").unwrap_or(&piece.text),
        line: 0,
        offset: 0,
        envelope: opening.and_then(|opening| opening.envelope).and_then(|at| piece.envelopes.get(at)),
    };
    take(&entry.format.body(&entry))
}
