//! What entries say: in one line for lists, and by the parts that their formats name.
//!
//! In: rows, texts. Out: headlines, messages, parts. Must not know: queries, how they are shown.

use super::fault::Fault;
use super::search::judge::{Judge, read};
use super::{Case, Row};
use crate::decode::Framer;

/// Formats whose first line says nothing: documents and objects.
const DOCUMENTS: &[&str] = &["json-document", "yaml-document", "json-lines", "audit-json"];

impl Case {
    /// What an entry says in one line, for lists: its first line, or for a document what its parts say.
    pub fn headline(&self, row: Row, text: &[u8]) -> String {
        let format = self.format(row);
        let first = || text.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        if !format.is_some_and(|format| DOCUMENTS.contains(&format.name())) {
            return crate::decode::lossy(first()).into_owned();
        }
        let told = read(self, &Framer::detect(text), row, text, |body| {
            let part = |name: &str| body.field(name).unwrap_or_default().to_owned();
            let object =
                [part("kind"), [part("namespace"), part("name")].iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/")];
            let parts = [
                part("reason"),
                object.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "),
                // A piece of a document may be several lines.
                body.message.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
            ];
            parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ")
        });
        if told.is_empty() { crate::decode::lossy(first()).into_owned() } else { told }
    }

    /// The parts of an entry by the names that its format gives them, as queries take them: `code`, `err`, `reason`. `text` is that of the entry.
    pub fn parts(&self, row: Row, text: &[u8]) -> Result<Vec<(String, String)>, Fault> {
        let mut judge = Judge::new(self);
        let Some(framer) = judge.framer(row)? else { return Ok(Vec::new()) };
        Ok(read(self, &framer, row, text, |body| {
            let code = body.code.iter().map(|code| ("code".to_owned(), code.to_string()));
            code.chain(body.fields.iter().map(|(name, value)| (name.to_string(), value.to_string()))).collect()
        }))
    }

    /// What entries say in one line each: as it stands, and beside stamp, severity and other header parts; and how many lines follow. Rows that are
    /// near each other are quick.
    pub fn told(&self, rows: &[Row]) -> Vec<Result<(String, String, usize), Fault>> {
        let mut judge = Judge::new(self);
        let mut one = |row: Row| -> Result<(String, String, usize), Fault> {
            let text = judge.texts.text(row)?.to_vec();
            let (headline, more) = (self.headline(row, &text), memchr::memchr_iter(b'\n', &text).count());
            let format = self.format(row);
            if format.is_some_and(|format| DOCUMENTS.contains(&format.name())) {
                return Ok((headline.clone(), headline, more));
            }
            let told = judge
                .framer(row)?
                .map(|framer| read(self, &framer, row, &text, |body| body.message.trim().lines().next().unwrap_or_default().to_owned()));
            // What klog prints as pairs stands behind the message and says as much.
            let rest = told.as_deref().filter(|told| !told.is_empty() && format.is_some_and(|format| format.name() == "klog")).and_then(|told| {
                let at = headline.find(told)?;
                let quoted = at.checked_sub(1).filter(|before| headline.as_bytes().get(*before) == Some(&b'"'));
                headline.get(quoted.unwrap_or(at)..).map(str::to_owned)
            });
            let message = rest.or(told.filter(|told| !told.is_empty())).unwrap_or_else(|| headline.clone());
            Ok((headline, message, more))
        };
        rows.iter().map(|row| one(*row)).collect()
    }
}
