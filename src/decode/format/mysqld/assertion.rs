//! Assertions: file, line, expression and thread, in every dialect.
//!
//! In: a message without its header. Out: [`Assertion`]. Must not know: headers, crash blocks.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What a failed assertion says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assertion<'a> {
    /// Base name of the source file.
    pub(super) file: &'a str,
    /// Line in it.
    pub(super) line: &'a str,
    /// The expression that was false, where the build prints it.
    pub(super) expression: Option<&'a str>,
    /// Thread id.
    pub(super) thread: Option<&'a str>,
}

/// The assertion that a message begins with.
pub(super) fn read(message: &str) -> Option<Assertion<'_>> {
    static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("ssertion "));
    MARK.find(message.as_bytes())?;
    // The trailer is the same everywhere; what is before it belongs to the assertion, whatever line ends the expression holds.
    let (text, trailed) = match message.split_once("\nWe intentionally generate") {
        Some((text, _)) => (text, true),
        None => (message, false),
    };
    if let Some(text) = text.strip_prefix("Assertion failure: ") {
        return inline(text, trailed);
    }
    if let Some(text) = text.strip_prefix("Assertion failure in ") {
        return spelled(text, trailed);
    }
    from_c_library(text)
}

/// `FILE:LINE[:EXPR] thread N` of MySQL 8.0; in 8.0.11 the thread stands on the next line.
fn inline(text: &str, trailed: bool) -> Option<Assertion<'_>> {
    let text = if trailed {
        text
    } else {
        match text.split_once('\n') {
            Some((first, rest)) if rest.starts_with("thread ") => {
                let length = first.len() + 1 + rest.find('\n').unwrap_or(rest.len());
                text.get(..length)?
            }
            Some((first, _)) => first,
            None => text,
        }
    };
    let split = [" thread ", "\nthread "].iter().filter_map(|mark| text.rsplit_once(mark)).find(|(_, thread)| !thread.contains(' '));
    let (place, thread) = match split {
        Some((place, thread)) => (place, Some(thread.trim())),
        None => (text, None),
    };
    let (file, rest) = place.split_once(':')?;
    let (line, expression) = match rest.split_once(':') {
        Some((line, expression)) => (line, Some(expression.trim())),
        None => (rest, None),
    };
    assertion(file, line, expression, thread)
}

/// `[thread N in ]file F line L`, then `Failing assertion: EXPR` on the next line, of MySQL up to 5.7 and MariaDB.
fn spelled(text: &str, trailed: bool) -> Option<Assertion<'_>> {
    let (thread, text) = match text.strip_prefix("thread ").and_then(|text| text.split_once(" in ")) {
        Some((thread, text)) => (Some(thread), text),
        None => (None, text),
    };
    let text = text.strip_prefix("file ")?;
    // A terminal broke the line, and so it was copied.
    let (file, rest) = text.split_once(" line ").or_else(|| text.split_once("\nline "))?;
    let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let expression = rest.strip_prefix("Failing assertion: ");
    let expression = if trailed { expression } else { expression.and_then(|expression| expression.lines().next()) };
    assertion(file, line, expression.map(str::trim), thread)
}

/// The program, then file, line, signature and `Assertion`, the expression in a backtick and a quote, and `failed.`
fn from_c_library(text: &str) -> Option<Assertion<'_>> {
    let first = text.lines().next()?;
    let (place, expression) = first.strip_suffix("' failed.")?.split_once(": Assertion `")?;
    let mut parts = place.splitn(4, ':');
    let (_, file, line) = (parts.next()?, parts.next()?, parts.next()?);
    assertion(file.trim(), line, Some(expression), None)
}

fn assertion<'a>(file: &'a str, line: &'a str, expression: Option<&'a str>, thread: Option<&'a str>) -> Option<Assertion<'a>> {
    let line = line.trim();
    let file = file.rsplit(['/', '\\']).next()?;
    let sound = !file.is_empty() && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    sound.then_some(Assertion { file, line, expression: expression.filter(|expression| !expression.is_empty()), thread })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects() {
        let trailer = "\nWe intentionally generate a memory trap.\nSubmit a detailed bug report";
        for (message, expected) in [
            (
                "Assertion failure in thread 140432610260672 in file trx0undo.cc line 593\nFailing assertion: a < 100",
                ("trx0undo.cc", "593", Some("a < 100"), Some("140432610260672")),
            ),
            ("Assertion failure in thread 14 in file ut0ut.cc\nline 918", ("ut0ut.cc", "918", None, Some("14"))),
            ("Assertion failure in thread 14 in file ut0ut.cc line 918", ("ut0ut.cc", "918", None, Some("14"))),
            (
                "Assertion failure in file /build/mariadb/storage/innobase/btr/btr0cur.cc line 336\nFailing assertion: x::y(z)",
                ("btr0cur.cc", "336", Some("x::y(z)"), None),
            ),
            (
                "Assertion failure: log0write.cc:1799:time_elapsed >= 0\nthread 140221",
                ("log0write.cc", "1799", Some("time_elapsed >= 0"), Some("140221")),
            ),
            ("Assertion failure: page0page.cc:145 thread 140653", ("page0page.cc", "145", None, Some("140653"))),
            (
                "Assertion failure: srv0srv.cc:1871:ib::fatal triggered thread 139759335823040",
                ("srv0srv.cc", "1871", Some("ib::fatal triggered"), Some("139759335823040")),
            ),
            (
                "Assertion failure: a.ic:82:addr.page == FIL_NULL || x ? y : z thread 0x70000e",
                ("a.ic", "82", Some("addr.page == FIL_NULL || x ? y : z"), Some("0x70000e")),
            ),
            ("Assertion failure: a.cc:1:one\n  && two thread 7", ("a.cc", "1", Some("one"), None)),
            ("mysqld: /src/sql/handler0alter.cc:5036: bool f(T*): Assertion `0' failed.", ("handler0alter.cc", "5036", Some("0"), None)),
        ] {
            let (file, line, expression, thread) = expected;
            let expected = Some(Assertion { file, line, expression, thread });
            assert_eq!(read(message), expected, "{message}");
        }
        let several_lines = format!("Assertion failure: a.cc:1:one\n  && two thread 7{trailer}");
        assert_eq!(read(&several_lines).and_then(|found| found.expression), Some("one\n  && two"));
        for message in
            ["Assertion failure", "Assertion failure: a.cc", "Assertion failure: a.cc:x:y thread 1", "Assertion failure in file a.cc", "", "x"]
        {
            assert_eq!(read(message), None, "{message}");
        }
    }
}
