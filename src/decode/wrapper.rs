//! Wrappers: what other programs put around a record's lines (container runtimes, journald, syslog, log shippers, people's tools).
//!
//! In: a physical line. Out: the line inside, and what the envelope said. Must not know: the formats inside, except that a wrapper whose
//! shape is ambiguous may ask whether the rest opens an entry.

pub mod ansi;
pub mod cloudwatch;
pub mod compose;
pub mod cri;
pub mod decoration;
pub mod docker_json;
pub mod docker_stream;
pub mod exported_json;
pub mod fluent_bit;
pub mod fluentd;
pub mod grepped;
pub mod journal_json;
pub mod json_string;
pub mod k0s;
pub mod logcli;
pub mod margin;
pub mod marked;
pub mod named_prefix;
pub mod node_prefix;
pub mod pod_prefix;
pub mod prefix;
pub mod shipped_json;
pub mod stamped;
pub mod syslog;
pub mod talos;

use std::borrow::Cow;
use std::fmt;

use super::format::{iso_text::IsoText, json_lines::JsonLines, text::Text};
use super::{Format, recognise};
use crate::time::{RawTime, Shape};

/// What the envelope around a line says about it. Nested envelopes are merged, the inner one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The envelope's stamp.
    pub time: Option<RawTime>,
    /// Host name (syslog, journald, merged node logs).
    pub host: Option<Box<str>>,
    /// Program or unit name (`kubelet`), or a container name.
    pub program: Option<Box<str>>,
    /// Container by a name that no other one on its machine has (docker-compose's `shop-db-2`), where no pod is around it.
    pub container: Option<Box<str>>,
    /// Process id of the program.
    pub pid: Option<u32>,
    /// Pod as `namespace/name` where the envelope names it; just `name` where it leaves the namespace out.
    pub pod: Option<Box<str>>,
    /// Time since boot where the envelope tells it (`journalctl -o json`): a number that is the same for one boot, and nanoseconds.
    pub uptime: Option<(u64, i64)>,
}

impl Envelope {
    /// Whether two lines may be parts of one record: the same host, program and process.
    pub fn same_speaker(&self, other: &Self) -> bool {
        self.host == other.host
            && self.program == other.program
            && self.pid == other.pid
            && self.pod == other.pod
            && self.container == other.container
    }

    /// Fills what this (inner) envelope leaves open from the one around it.
    #[must_use]
    pub fn within(self, outer: Self) -> Self {
        Self {
            time: self.time.or(outer.time),
            host: self.host.or(outer.host),
            program: self.program.or(outer.program),
            container: self.container.or(outer.container),
            pid: self.pid.or(outer.pid),
            pod: self.pod.or(outer.pod),
            uptime: self.uptime.or(outer.uptime),
        }
    }
}

/// A line taken out of its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapped<'a> {
    /// The line inside, without a final line end. It may hold `\n` where one envelope carried several lines.
    pub text: Cow<'a, [u8]>,
    /// What the envelope said.
    pub envelope: Envelope,
    /// The envelope says that the line goes on in the next one of the same stream (CRI's `P`, docker's missing line end).
    pub partial: bool,
}

/// A kind of envelope.
///
/// Implementations are unit structs listed in [`WRAPPERS`]. They hold no state and never panic.
pub trait Wrapper: fmt::Debug + Send + Sync {
    /// Stable name in kebab case.
    fn name(&self) -> &'static str;

    /// What puts this envelope around lines, and where that is defined.
    fn about(&self) -> &'static str;

    /// Lines that must be unwrapped, and the text inside each. Never empty.
    fn samples(&self) -> &'static [(&'static str, &'static str)];

    /// Takes the envelope off `line`, or `None` if it has none of this kind.
    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>>;

    /// The same in a source of which nearly every line has this envelope, the `first` of which is given, and a good part hold a record in it. There it is
    /// taken off whatever it stands around: the further lines of a record, a crash report.
    fn unwrap_all<'a>(&self, line: &'a [u8], _first: &Envelope) -> Option<Unwrapped<'a>> {
        self.unwrap(line)
    }
}

/// Every wrapper, most specific first.
pub static WRAPPERS: &[&dyn Wrapper] = &[
    &ansi::Ansi,
    &docker_stream::DockerStream,
    &cri::Cri,
    &docker_json::DockerJson,
    &journal_json::JournalJson,
    &exported_json::ExportedJson,
    &shipped_json::ShippedJson,
    &fluent_bit::FluentBit,
    &fluentd::Fluentd,
    &logcli::Logcli,
    &cloudwatch::CloudWatch,
    &k0s::K0s,
    &talos::Talos,
    &pod_prefix::PodPrefix,
    &compose::Compose,
    &syslog::Syslog,
    &node_prefix::NodePrefix,
    &stamped::Stamped,
    &named_prefix::NamedPrefix,
    &json_string::JsonString,
    &grepped::Grepped,
    &marked::Marked,
    &margin::Margin,
];

impl<'a> Unwrapped<'a> {
    /// A whole line that stands in the one it was taken from.
    pub fn whole(text: &'a [u8], envelope: Envelope) -> Self {
        Self { text: Cow::Borrowed(text), envelope, partial: false }
    }
}

/// The format of `line` where one that is sure of its writer opens it: not one that takes whatever is dated.
pub(crate) fn certain(line: &[u8]) -> Option<(&'static dyn Format, Shape)> {
    let (format, opening) = recognise(line, &Text)?;
    let loose = format.name() == IsoText.name() || format.name() == JsonLines.name();
    let shape = opening.head.time?.shape;
    (!loose && shape != Shape::Age).then_some((format, shape))
}

#[cfg(test)]
mod tests {
    use super::super::FORMATS;
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = WRAPPERS.iter().map(|wrapper| wrapper.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), WRAPPERS.len());
    }

    #[test]
    fn samples_are_unwrapped_by_their_wrapper_and_by_no_earlier_one() {
        for wrapper in WRAPPERS {
            assert!(!wrapper.samples().is_empty() && !wrapper.about().is_empty(), "{}", wrapper.name());
            for (line, inside) in wrapper.samples() {
                let first = WRAPPERS.iter().find_map(|wrapper| Some((wrapper.name(), wrapper.unwrap(line.as_bytes())?)));
                let (name, unwrapped) = first.unwrap_or_else(|| panic!("nobody takes {line}"));
                assert_eq!((name, String::from_utf8_lossy(&unwrapped.text).as_ref()), (wrapper.name(), *inside));
            }
        }
    }

    #[test]
    fn no_wrapper_eats_a_line_of_a_format() {
        for format in FORMATS {
            // A coloured line is meant to lose its colours before its format sees it.
            for line in format.samples().iter().flat_map(|(sample, _)| sample.split('\n')).filter(|line| !line.contains('\x1b')) {
                for wrapper in WRAPPERS {
                    let eaten = wrapper.unwrap(line.as_bytes()).filter(|inside| inside.text.len() != line.len());
                    assert_eq!(eaten, None, "{} of {}: {line}", wrapper.name(), format.name());
                }
            }
        }
        for line in [
            "2017-12-01 10:19:47 5628 [Note] InnoDB: x",
            "2026-11-20T09:14:47.195137Z 0 [Note] InnoDB: x",
            "2026-11-20T09:14:47.195137Z 0 [ERROR] [MY-010119] [Server] Aborting",
        ] {
            assert!(WRAPPERS.iter().all(|wrapper| wrapper.unwrap(line.as_bytes()).is_none()), "{line}");
        }
    }

    #[test]
    fn no_wrapper_panics_on_cut_lines() {
        for line in WRAPPERS.iter().flat_map(|wrapper| wrapper.samples()).map(|(line, _)| line.as_bytes()) {
            for wrapper in WRAPPERS {
                let like = wrapper.unwrap(wrapper.samples()[0].0.as_bytes()).map(|inside| inside.envelope).unwrap_or_default();
                for at in 0..=line.len() {
                    let _head = (wrapper.unwrap(&line[..at]), wrapper.unwrap_all(&line[..at], &like));
                    let _tail = (wrapper.unwrap(&line[at..]), wrapper.unwrap_all(&line[at..], &like));
                }
            }
        }
    }
}
