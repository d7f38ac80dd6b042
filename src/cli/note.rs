//! `note`: what people put on entries and findings.
//!
//! In: arguments. Out: notes in the case, or lists of them. Must not know: where they are kept.

use std::io::{BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::DONE;
use super::args::{Note as Args, NoteAction, NoteFormat};
use super::failure::Failure;
use crate::case::Case;
use crate::case::notes::{Note, Target, What, add, target};
use crate::decode::lossy;
use crate::report::entries::{row, stamp};
use crate::report::escape::{escaped, shown};

pub(super) fn run(args: Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let case = Case::open(&args.case)?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    match args.action {
        NoteAction::Add { target: text, comment, tag } => {
            let on = target(&case, &text)?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
            let mut said: Vec<What> = comment.into_iter().map(What::Comment).chain(tag.into_iter().map(What::Tag)).collect();
            if said.is_empty() {
                said.push(What::Bookmark);
            }
            for what in said {
                add(&args.case, &Note { at: stamp(now), what, on: on.clone() })?;
            }
        }
        NoteAction::List => {
            for note in case.notes()? {
                let (place, _) = place(&case, note);
                writeln!(
                    out,
                    "{}  {:<8}  {}  {}",
                    note.at.get(..19).unwrap_or(&note.at),
                    note.what.name(),
                    escaped(&place),
                    escaped(note.what.text())
                )?;
            }
        }
        NoteAction::Export { format } => {
            if format == NoteFormat::Csv {
                out.write_all(b"at,note,on,said,time,text\n")?;
            }
            for note in case.notes()? {
                let (place, found) = place(&case, note);
                let time = found.and_then(|row| case.entry(row).time).map(stamp);
                let text = found.and_then(|row| case.text(row).ok()).map(|text| lossy(&text).into_owned());
                match format {
                    NoteFormat::Csv => row(
                        &[
                            &note.at,
                            note.what.name(),
                            &place,
                            note.what.text(),
                            time.as_deref().unwrap_or_default(),
                            text.as_deref().unwrap_or_default(),
                        ],
                        &mut out,
                    )?,
                    NoteFormat::Jsonl => {
                        let value = json!({"at": note.at, "note": note.what.name(), "said": note.what.text(), "on": place, "target": note.on, "time": time, "text": text});
                        crate::report::json::write_line(&value, &mut out)?;
                    }
                }
            }
        }
    }
    out.flush()?;
    Ok(DONE)
}

/// What a note is about, for people, and the row if it is an entry that the case has.
fn place(case: &Case, note: &Note) -> (String, Option<u32>) {
    let gone = "no longer in the case";
    match &note.on {
        Target::Entry(mark) => {
            let row = mark.row(case);
            let path = row.map(|row| case.place(row)).map(|(path, line)| format!("{path}:{line}"));
            (path.unwrap_or_else(|| format!("{}:{} ({gone})", shown(&mark.path, 200), mark.line)), row)
        }
        Target::Finding { cause, .. } => match note.finding(case) {
            Some(id) => (format!("{id} {cause}"), None),
            None => (format!("{cause} ({gone})"), None),
        },
    }
}
