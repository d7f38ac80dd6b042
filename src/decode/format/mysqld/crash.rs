//! Crash blocks: what the handler's lines state.
//!
//! In: a block's lines without stamps and without the quoted statement. Out: fields. Must not know: how a block is framed.

use super::version::stated_version;
use crate::decode::Body;

/// Function names kept of a stack.
const FRAMES: usize = 8;
/// Frames of the handler and of the way into it.
const HANDLERS: &[&str] = &[
    "my_print_stacktrace",
    "handle_fatal_signal",
    "print_fatal_signal",
    "my_server_abort",
    "my_abort",
    "ut_dbg_assertion_failed",
    "_ZN2ib5fatal",
    "gsignal",
    "raise",
    "abort",
    "pthread_kill",
];

/// Adds what the lines of a block state: `signal` or `exception`, `program`, `version`, `product`, `build_id`, `connection`, `status`, `frames`.
pub(super) fn describe(text: &str, body: &mut Body<'_>) {
    let mut frames: Vec<&str> = Vec::new();
    let mut connection = None;
    let mut status = None;
    for line in text.lines() {
        if let Some((program, by)) = line.trim_end().strip_suffix(';').and_then(|line| line.split_once(" got "))
            && body.field("program").is_none()
        {
            let by = by.trim_end();
            let number = by
                .strip_prefix("signal ")
                .map(|number| ("signal", number))
                .or_else(|| by.strip_prefix("exception ").map(|number| ("exception", number)));
            if let Some((name, number)) = number {
                body.push(name, number.to_owned());
                body.push("program", program.to_owned());
            }
        } else if line.starts_with("Server version: ") || line.starts_with("Server Version: ") {
            if let Some((product, version)) = stated_version(line) {
                body.push("product", product);
                body.push("version", version.to_owned());
            }
        } else if let Some(id) = line.strip_prefix("BuildID[sha1]=") {
            body.push("build_id", id.to_owned());
        } else if let Some(id) = line.strip_prefix("Connection ID (thread ID): ") {
            connection = connection.or(Some(id));
        } else if let Some((_, id)) = line.split_once("): Connection ID (thread ID): ") {
            connection = connection.or(Some(id));
        } else if let Some(found) = line.strip_prefix("Status: ") {
            status = status.or(Some(found));
        } else if frames.len() < FRAMES
            && let Some(name) = function(line)
            && !HANDLERS.iter().any(|handler| name.contains(handler) && name.len() <= handler.len() + 40)
        {
            frames.push(name);
        }
    }
    if let Some(id) = connection {
        body.push("connection", id.trim().to_owned());
    }
    if let Some(status) = status {
        body.push("status", status.trim().to_owned());
    }
    if !frames.is_empty() {
        body.push("frames", frames.join(" < "));
    }
}

/// The function that a line of a stack names.
fn function(line: &str) -> Option<&str> {
    if let Some(frame) = line.strip_prefix(" #") {
        let mut words = frame.splitn(3, ' ');
        let number = words.next()?;
        let address = words.next()?;
        let name = words.next()?;
        let name = name.split_once(" at ").map_or(name, |(name, _)| name).trim();
        let sound = number.bytes().all(|byte| byte.is_ascii_digit()) && address.starts_with("0x") && name != "<unknown>";
        return sound.then_some(name);
    }
    if let Some((_, frame)) = line.strip_suffix(']').and_then(|line| line.split_once('(')).filter(|_| line.contains("[0x")) {
        let (name, _) = frame.rsplit_once("+0x")?;
        return (!name.is_empty()).then_some(name);
    }
    if line.starts_with("0x") {
        let (name, offset) = line.split_once(' ')?.1.rsplit_once(" + ")?;
        return offset.bytes().all(|byte| byte.is_ascii_digit()).then_some(name);
    }
    let (name, place) = line.strip_suffix(']')?.split_once("()[")?;
    let (_, number) = place.rsplit_once(':')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_in_every_grammar() {
        for (line, expected) in [
            (
                "/usr/sbin/mysqld(my_print_stacktrace(unsigned char const*, unsigned long)+0x3d) [0x5635c860461d]",
                Some("my_print_stacktrace(unsigned char const*, unsigned long)"),
            ),
            ("mysqld(_Z13buf_read_pageRK9page_id_tRK11page_size_t+0xce)[0x561f5240b64e]", Some("_Z13buf_read_pageRK9page_id_tRK11page_size_t")),
            ("/usr/sbin/mysqld(+0x22df67c) [0x5635c879867c]", None),
            (" #0 0x36f0f0a _Z18print_fatal_signali at mysql-server/sql/signal_handler.cc:319", Some("_Z18print_fatal_signali")),
            (" #6 0x7f72c70bf4ec pthread_cond_timedwait", Some("pthread_cond_timedwait")),
            (" #5 0x55cd16f81dc0 <unknown>", None),
            ("0x7d96b5 row_search_for_mysql + 6805", Some("row_search_for_mysql")),
            ("ha_innobase::index_read()[ha_innodb.cc:4506]", Some("ha_innobase::index_read")),
            ("Status: NOT_KILLED", None),
        ] {
            assert_eq!(function(line), expected, "{line}");
        }
    }

    #[test]
    fn fields_of_a_block() {
        let mut body = Body::default();
        describe(
            "/usr/sbin/mariadbd got signal 11 ;\nServer version: 11.8.9-MariaDB-4 from Debian source revision: bf91\n\
             /usr/sbin/mariadbd(handle_fatal_signal+0x1df) [0x555c157a94cf]\n/usr/sbin/mariadbd(_ZN4JOIN4execEv+0x30) [0x555c155819f0]\n\
             Connection ID (thread ID): 8\nStatus: NOT_KILLED\nQuery (0x77661808fc00): ",
            &mut body,
        );
        let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            fields.join(" "),
            "signal=11 program=/usr/sbin/mariadbd product=mariadb version=11.8.9-MariaDB-4 connection=8 status=NOT_KILLED frames=_ZN4JOIN4execEv"
        );
    }
}
