//! `explain`: a root cause in the words of its own pattern file, as a page of a runbook.
//!
//! In: a cause's id. Out: text. Must not know: findings.

use std::io::Write;

use super::args::Explain;
use super::failure::Failure;
use super::{DONE, near, scan};
use crate::pattern::page::{Block, Page, Shelf};
use crate::report::escape::escaped;

/// Columns of a page.
const WIDTH: usize = 110;

pub(super) fn run(args: &Explain, out: &mut dyn Write) -> Result<u8, Failure> {
    let (pack, _) = scan::load(&args.patterns)?;
    let Some(cause) = pack.causes().iter().find(|cause| cause.id == args.cause) else {
        let near = near::nearest(&args.cause, pack.causes().iter().map(|cause| cause.id.as_str()));
        let hint = near.map_or_else(|| "`necropsy patterns list` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Failure::new(format!("no cause `{}`", escaped(&args.cause))).hint(hint));
    };
    let shelf = Shelf::new(pack.signals().iter().map(|signal| &signal.definition), pack.spans(), pack.causes());
    write(&shelf.page(cause), out)?;
    Ok(DONE)
}

/// Writes the page of a cause.
fn write(page: &Page, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{} ({})", escaped(&page.id), escaped(&page.about))?;
    wrapped(&page.title, "", "", out)?;
    for section in &page.sections {
        writeln!(out, "\n{}", escaped(&section.title))?;
        for block in &section.blocks {
            write_block(block, 1, out)?;
        }
    }
    Ok(())
}

fn write_block(block: &Block, depth: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let indent = "  ".repeat(depth);
    match block {
        Block::Paragraph(text) => wrapped(text, &indent, &indent, out),
        // A record is cut where it is made; breaking it would make it another.
        Block::Record(text) => writeln!(out, "{indent}  {}", escaped(text)),
        Block::Item(text, below) => {
            wrapped(text, &format!("{indent}- "), &format!("{indent}  "), out)?;
            below.iter().try_for_each(|block| write_block(block, depth + 2, out))
        }
    }
}

/// Text in lines of [`WIDTH`] columns. Code marks are for documents.
fn wrapped(text: &str, first: &str, other: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let text = text.replace('`', "");
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        let word = escaped(word);
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            other.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(&word);
        empty = false;
    }
    if empty { Ok(()) } else { writeln!(out, "{line}") }
}
