//! Messages: prefixes and wrappers that the versions put around one and the same text are taken off and told by fields.
//!
//! In: a message without its header. Out: a [`Body`] that is alike for all versions and sinks. Must not know: headers, lines.

use std::borrow::Cow;

use super::version::stated_version;
use super::{assertion, crash};
use crate::component::Component;
use crate::decode::Body;

/// Longest message in which a stated version is looked for.
const MAX_STATEMENT: usize = 8 << 10;

/// The body of `message`; `subsystem` is the column of MySQL 8.0's header. In a crash block the message must hold the block's lines without
/// the quoted statement.
pub(in crate::decode::format) fn body<'a>(message: &Cow<'a, str>, subsystem: Option<Cow<'a, str>>, block: bool) -> Body<'a> {
    let mut body = Body { component: Some(Component::Mysqld), ..Body::default() };
    let mut text: &str = tidy_end(message);
    let mut fatal = false;
    let mut told = None;
    if let Some((connection, rest)) = of_connection(text) {
        body.push("connection", connection.to_owned());
        text = rest;
    }
    loop {
        if let Some(rest) = text.strip_prefix("InnoDB: ") {
            (text, told) = (rest, Some("InnoDB"));
        } else if let Some(rest) = text.strip_prefix("WSREP: ") {
            (text, told) = (rest, Some("WSREP"));
        } else if let Some(rest) = text.strip_prefix("[FATAL] ") {
            (text, fatal) = (rest, true);
        } else {
            break;
        }
    }
    if let Some(subsystem) = subsystem.filter(|subsystem| !subsystem.is_empty()).or(told.map(Cow::Borrowed)) {
        // It writes like the server whose storage engine it starts, but of its own files.
        if subsystem == "Xtrabackup" {
            body.component = Some(Component::Other);
        }
        body.push("subsystem", subsystem);
    }
    if fatal {
        body.push("fatal", "true");
    }
    if let Some((plugin, inner)) = reported(text) {
        body.push("plugin", plugin.to_owned());
        text = inner;
    }
    if let Some(found) = assertion::read(text) {
        body.push("assert_file", found.file.to_owned());
        body.push("assert_line", found.line.to_owned());
        if let Some(expression) = found.expression {
            body.push("assert_expression", expression.to_owned());
        }
        if let Some(thread) = found.thread {
            body.push("assert_thread", thread.to_owned());
        }
    }
    if block {
        crash::describe(text, &mut body);
    } else if text.len() <= MAX_STATEMENT
        && let Some((product, version)) = stated_version(text)
    {
        body.push("product", product);
        body.push("version", version.to_owned());
    }
    body.message = within(message, text);
    body
}

/// `Master 'dc2': …`: what MariaDB puts before all that the threads of a named replication connection say.
fn of_connection(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix("Master '")?.split_once("': ")?;
    (!name.is_empty() && name.len() <= 64 && !name.contains([' ', '\n', '\''])).then_some((name, rest))
}

/// `Plugin group_replication reported: '…'`: the plugin and what it reported.
fn reported(text: &str) -> Option<(&str, &str)> {
    let (plugin, inner) = text.strip_prefix("Plugin ")?.split_once(" reported: '")?;
    let plugin = plugin.trim_matches('\'');
    (!plugin.is_empty() && plugin.len() <= 64 && !plugin.contains(' ')).then_some((plugin, inner.strip_suffix('\'').unwrap_or(inner)))
}

/// Without the blank lines that old versions leave, and without the rule that begins a monitor printout.
fn tidy_end(message: &str) -> &str {
    let message = message.trim_end();
    let cut = message.trim_end_matches('=');
    if message.len() - cut.len() >= 30 && cut.ends_with('\n') { cut.trim_end() } else { message }
}

/// `part` of `whole`, borrowed where the whole is.
fn within<'a>(whole: &Cow<'a, str>, part: &str) -> Cow<'a, str> {
    match whole {
        Cow::Borrowed(text) => {
            // Both pointers lie in one text: `part` was cut out of it.
            let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
            text.get(start..start + part.len()).map_or_else(|| Cow::Owned(part.to_owned()), Cow::Borrowed)
        }
        Cow::Owned(_) => Cow::Owned(part.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> String {
        let body = body(&message.into(), None, false);
        let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{} | {}", body.message, fields.join(" "))
    }

    #[test]
    fn prefixes_become_fields() {
        for (message, expected) in [
            ("InnoDB: Starting crash recovery.", "Starting crash recovery. | subsystem=InnoDB"),
            ("[FATAL] InnoDB: Table flags are 0", "Table flags are 0 | subsystem=InnoDB fatal=true"),
            ("InnoDB: [FATAL] x", "x | subsystem=InnoDB fatal=true"),
            ("WSREP: New cluster view", "New cluster view | subsystem=WSREP"),
            ("Master 'dc2': InnoDB: Page dump (16384 bytes):", "Page dump (16384 bytes): | connection=dc2 subsystem=InnoDB"),
            ("Master 'dc2': Slave SQL: Error x", "Slave SQL: Error x | connection=dc2"),
            ("Master 'is not': x", "Master 'is not': x | "),
            (
                "Plugin group_replication reported: 'Members removed from the group: n2:3306'",
                "Members removed from the group: n2:3306 | plugin=group_replication",
            ),
            ("Plugin group_replication reported: 'it's so'", "it's so | plugin=group_replication"),
            ("Plugin 'FEDERATED' is disabled.", "Plugin 'FEDERATED' is disabled. | "),
            ("Aborting\n\n", "Aborting | "),
            ("Diagnostic info printed\n\n=====================================", "Diagnostic info printed | "),
            (
                "WSREP: ================================================\nView:\n=================================================",
                "================================================\nView: | subsystem=WSREP",
            ),
            (
                "mysqld (mysqld 5.7.29-log) starting as process 1 ...",
                "mysqld (mysqld 5.7.29-log) starting as process 1 ... | product=mysql version=5.7.29-log",
            ),
        ] {
            assert_eq!(shown(message), expected);
        }
        assert!(matches!(body(&"InnoDB: x ".into(), None, false).message, Cow::Borrowed("x")));
    }
}
