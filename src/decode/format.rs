//! The registry of formats. A new format is one module here and one row in [`FORMATS`].
//!
//! In: a line. Out: the format that opens an entry with it. Must not know: envelopes, entries longer than a line.

pub mod audit_json;
pub mod bitnami;
pub mod call_site;
pub mod capnslog;
pub mod describe;
pub mod e2e_event;
pub mod event_columns;
pub mod event_echo;
pub mod event_logfmt;
pub mod event_table;
pub mod fence;
pub mod go_panic;
mod go_stack;
pub mod iso_text;
pub mod json_document;
pub mod json_lines;
pub mod kernel;
pub mod klog;
pub mod klog_cut;
pub mod klog_json;
pub(crate) mod kubernetes;
pub mod logrus;
pub mod mysql_entrypoint;
pub mod mysqld;
pub mod mysqld_json;
pub mod mysqld_safe;
pub mod mysqld_table;
pub mod object_table;
pub mod redis;
pub mod text;
pub mod wsrep_sst;
pub mod yaml_document;
pub mod zap_console;
pub mod zap_json;

use super::{Format, Opening};

/// Every format, most specific first: the first that opens a line owns it. `text` is last and opens everything.
pub static FORMATS: &[&dyn Format] = &[
    &klog::Klog,
    &klog_cut::KlogCut,
    &mysqld::Mysqld,
    &mysqld_json::MysqldJson,
    &mysqld_table::MysqldTable,
    &mysqld_safe::MysqldSafe,
    &mysql_entrypoint::MysqlEntrypoint,
    &wsrep_sst::WsrepSst,
    &bitnami::Bitnami,
    &klog_json::KlogJson,
    &zap_json::ZapJson,
    &zap_console::ZapConsole,
    &audit_json::AuditJson,
    &capnslog::Capnslog,
    &redis::Redis,
    &kernel::Kernel,
    &go_panic::GoPanic,
    &logrus::Logrus,
    &json_document::JsonDocument,
    &yaml_document::YamlDocument,
    &e2e_event::E2eEvent,
    &event_logfmt::EventLogfmt,
    &event_columns::EventColumns,
    &describe::Describe,
    &event_table::EventTable,
    &object_table::ObjectTable,
    &fence::Fence,
    &json_lines::JsonLines,
    &iso_text::IsoText,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::frame::Carry;
    use crate::decode::{Entry, Framer, Head};

    fn first_line(sample: &str) -> &[u8] {
        sample.split('\n').next().unwrap_or_default().as_bytes()
    }

    #[test]
    fn names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.name()).collect();
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(names.iter().all(|name| name.bytes().all(kebab) && !name.starts_with('-')), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FORMATS.len());
        assert!(FORMATS.iter().all(|format| by_name(format.name()).is_some_and(|found| found.title() == format.title())));
    }

    #[test]
    fn every_format_says_what_it_is() {
        for format in FORMATS {
            let complete =
                !format.title().is_empty() && !format.about().is_empty() && !format.defined_in().is_empty() && !format.samples().is_empty();
            assert!(complete, "{}", format.name());
        }
        assert_eq!(FORMATS.last().map(|format| format.name()), Some("text"));
    }

    #[test]
    fn samples_are_opened_by_their_format_and_by_no_earlier_one() {
        for format in FORMATS {
            for (sample, _) in format.samples() {
                let first = FORMATS.iter().find(|format| format.open(first_line(sample)).is_some()).map(|format| format.name());
                assert_eq!(first, Some(format.name()), "{sample}");
            }
        }
    }

    #[test]
    fn samples_are_one_entry_with_their_message() {
        for format in FORMATS {
            for (sample, message) in format.samples() {
                let piece = Framer::default().piece(sample.as_bytes(), 1, 0, Carry::default(), true);
                let formats: Vec<_> = piece.entries.iter().map(|entry| entry.format.name()).collect();
                assert_eq!(formats, [format.name()], "{sample}");
                assert_eq!(format.body(&piece.entry(0)).message, *message, "{sample}");
            }
        }
    }

    #[test]
    fn pieces_cut_anywhere_give_the_same_entries() {
        let samples: Vec<_> = FORMATS.iter().flat_map(|format| format.samples()).map(|(sample, _)| *sample).collect();
        let text = samples.join("\n") + "\n";
        let framer = Framer::detect(text.as_bytes());
        let read = |piece: &crate::decode::Piece<'_>| -> Vec<_> {
            piece.entries.iter().map(|entry| (entry.line, entry.offset, entry.format.name(), entry.end - entry.start)).collect()
        };
        let whole = framer.piece(text.as_bytes(), 1, 0, Carry::default(), true);
        for (at, _) in text.match_indices('\n') {
            let first = framer.piece(&text.as_bytes()[..=at], 1, 0, Carry::default(), false);
            let rest = &text.as_bytes()[first.consumed..];
            let second = framer.piece(rest, 1 + first.lines, first.consumed as u64, first.carry.clone(), true);
            let both: Vec<_> = read(&first).into_iter().chain(read(&second)).collect();
            assert_eq!(both, read(&whole), "cut at {at}");
        }
    }

    #[test]
    fn no_format_panics_on_samples_of_others_or_on_cut_ones() {
        let samples: Vec<&[u8]> = FORMATS.iter().flat_map(|format| format.samples()).map(|(sample, _)| sample.as_bytes()).collect();
        for sample in samples {
            // Every byte where headers lie; farther in every eleventh is enough to hit each kind of place.
            for end in (0..=sample.len()).filter(|end| *end < 300 || end % 11 == 0 || *end == sample.len()) {
                for format in FORMATS {
                    for text in [&sample[..end], &sample[end..]] {
                        let head = format.open(text).map_or(Head::default(), |opening| opening.head);
                        let _next = format.next(sample, None, text);
                        let entry = Entry { format: *format, head, context: None, text, line: 1, offset: 0, envelope: None };
                        let _body = format.body(&entry);
                        assert!(format.parts(&entry).iter().all(|(range, _)| text.get(range.clone()).is_some()), "{}", format.name());
                    }
                }
            }
        }
    }
}
