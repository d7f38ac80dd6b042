//! Printing: a query as it could have been typed.
//!
//! In: a [`Query`]. Out: text that means the same when it is read again. Must not know: how it was typed at first.

use std::fmt::{self, Write as _};

use chrono::{DateTime, SecondsFormat};

use super::{Field, Query};
use crate::severity::Severity;
use crate::time::{DAY, SECOND};

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => out.write_char('*'),
            Self::Words { words, prefix } => write!(out, "{}{}", quoted(&words.join(" ")), if *prefix { "*" } else { "" }),
            Self::Field(field, pattern) => write!(out, "{field}:{}", quoted(pattern.text())),
            Self::Severity(least, most) => severity(*least, *most, out),
            Self::Time(from, i64::MAX) => write!(out, "since:{}", moment(*from)),
            Self::Time(i64::MIN, to) => write!(out, "until:{}", moment(*to)),
            Self::Time(from, to) => write!(out, "{}..{}", moment(*from), moment(*to)),
            Self::Around(what, width) => {
                let (days, rest) = (width / DAY, width % DAY);
                write!(out, "around:{}", quoted(&format!("{what}±{days}d{}s{}ns", rest / SECOND, rest % SECOND)))
            }
            Self::And(all) => joined(all, " AND ", |query| matches!(query, Self::And(_) | Self::Or(_)), out),
            // AND binds more tightly than OR.
            Self::Or(any) => joined(any, " OR ", |query| matches!(query, Self::Or(_)), out),
            Self::Not(query) if matches!(**query, Self::And(_) | Self::Or(_)) => write!(out, "NOT ({query})"),
            Self::Not(query) => write!(out, "NOT {query}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Component => "component",
            Self::Node => "node",
            Self::Pod => "pod",
            Self::Namespace => "namespace",
            Self::Container => "container",
            Self::Source => "source",
            Self::Format => "format",
            Self::Signal => "signal",
            Self::Finding => "finding",
            Self::Entity => "entity",
            Self::Tag => "tag",
            Self::Part(name) if matches!(name.as_str(), "code" | "reason") => name,
            Self::Part(name) => return write!(out, "field.{name}"),
        })
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn moment(ns: i64) -> String {
    quoted(&DateTime::from_timestamp_nanos(ns).to_rfc3339_opts(SecondsFormat::Nanos, true))
}

fn severity(least: u8, most: u8, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = |number: u8| Severity::from_number(number).map_or("trace", Severity::name);
    match (least, most) {
        (_, 0) => out.write_str("severity<trace"),
        (25.., _) => out.write_str("severity>fatal"),
        (least, most) if most == least.saturating_add(3) => write!(out, "severity:{}", name(least)),
        (least, 24) => write!(out, "severity>={}", name(least)),
        (_, most) => write!(out, "severity<={}", name(most)),
    }
}

/// Parts with a word between them, and brackets around those that would be read otherwise.
fn joined(queries: &[Query], by: &str, in_brackets: impl Fn(&Query) -> bool, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, query) in queries.iter().enumerate() {
        if at > 0 {
            out.write_str(by)?;
        }
        if in_brackets(query) { write!(out, "({query})") } else { write!(out, "{query}") }?;
    }
    Ok(())
}
