//! All causes in one document: `docs/causes.md`.
//!
//! In: a library. Out: Markdown: a table by family, then the page of each cause. Must not know: anything that the pattern files do not say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ast::Cause;
use super::load::Library;
use super::page::{Block, Page, Shelf};

/// The document.
pub fn markdown(library: &Library) -> String {
    let shelf = Shelf::new(
        library.signals.iter().map(|signal| &signal.item),
        library.spans.iter().map(|span| &span.item),
        library.causes.iter().map(|cause| &cause.item),
    );
    let mut families: BTreeMap<&str, Vec<&Cause>> = BTreeMap::new();
    for cause in &library.causes {
        families.entry(cause.file.path.split_once('/').map_or("", |(family, _)| family)).or_default().push(&cause.item);
    }
    let mut out = String::from(
        "# Causes\n\nGenerated from the files in `patterns/`: the same pages as `necropsy explain CAUSE`. In titles and remedies `<node>` and the like stand for what a report fills in.\n",
    );
    for (family, causes) in &mut families {
        causes.sort_by(|a, b| a.id.cmp(&b.id));
        line(&mut out, &format!("\n## {family}\n\n| cause | severity | it says |\n| --- | --- | --- |"));
        for cause in &*causes {
            let title = shelf.page(cause).title;
            line(&mut out, &format!("| [{0}](#{0}) | {1} | {2} |", cause.id, cause.severity.name(), code_blanks(&title).replace('|', "\\|")));
        }
    }
    for cause in families.values().flatten() {
        page(&mut out, &shelf.page(cause));
    }
    out
}

fn page(out: &mut String, page: &Page) {
    line(out, &format!("\n## {}\n\n{}.", page.id, page.about));
    for section in &page.sections {
        line(out, &format!("\n### {}\n", section.title));
        let mut in_list = false;
        for block in &section.blocks {
            let item = matches!(block, Block::Item(..));
            if in_list && !item {
                out.push('\n');
            }
            write_block(out, block, 0);
            if !item {
                out.push('\n');
            }
            in_list = item;
        }
        // One blank line between sections.
        while out.ends_with("\n\n") {
            out.pop();
        }
    }
}

fn write_block(out: &mut String, block: &Block, depth: usize) {
    let indent = "  ".repeat(depth);
    match block {
        Block::Paragraph(text) if depth == 0 => line(out, &code_blanks(text)),
        Block::Paragraph(text) => line(out, &format!("{indent}- {}", code_blanks(text))),
        Block::Record(text) => {
            // A fence longer than any run of backticks in it.
            let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest + 1);
            let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
            line(out, &format!("{indent}- {fence}{pad}{text}{pad}{fence}"));
        }
        Block::Item(text, _) if text.starts_with("https://") => line(out, &format!("{indent}- <{text}>")),
        Block::Item(text, below) => {
            line(out, &format!("{indent}- {}", code_blanks(text)));
            for block in below {
                write_block(out, block, depth + 1);
            }
        }
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a String cannot fail");
}

/// Blanks (`<node>`) as code, so that no renderer takes them for tags; other angle brackets and stars stay text.
fn code_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    let mut rest = text;
    while let Some(at) = rest.find(['<', '*', '`', '_']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let name = tail.strip_prefix('<').and_then(|tail| tail.split_once('>')).map(|(name, _)| name);
        let blank = name.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')));
        let taken = match (blank, tail.bytes().next()) {
            (Some(name), _) if !code => {
                out.extend(["`<", name, ">`"]);
                name.len() + 2
            }
            (_, Some(b'`')) => {
                code = !code;
                out.push('`');
                1
            }
            (_, Some(byte)) => {
                if !code {
                    out.push('\\');
                }
                out.push(char::from(byte));
                1
            }
            (_, None) => break,
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_this_one() {
        crate::pattern::reference::tests::committed("docs/causes.md", &markdown(&Library::open(&[])));
    }

    #[test]
    fn every_cause_has_its_page_once_and_every_link_an_end() {
        let library = Library::open(&[]);
        let text = markdown(&library);
        for cause in &library.causes {
            let id = &cause.item.id;
            assert_eq!(text.matches(&format!("\n## {id}\n")).count(), 1, "{id}");
            assert_eq!(text.matches(&format!("](#{id})")).count(), 1, "{id}");
        }
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        assert_eq!(code_blanks("<node> a*b <x y> `a_b<c>` d_e"), "`<node>` a\\*b \\<x y> `a_b<c>` d\\_e");
    }

    #[test]
    fn an_address_is_a_link() {
        let mut out = String::new();
        write_block(&mut out, &Block::Item("https://example.org/a_b".into(), Vec::new()), 0);
        assert_eq!(out, "- <https://example.org/a_b>\n");
    }

    #[test]
    fn records_are_shown_word_for_word() {
        let mut out = String::new();
        write_block(&mut out, &Block::Record("a ``b`` c".into()), 1);
        assert_eq!(out, "  - ```a ``b`` c```\n");
    }
}
