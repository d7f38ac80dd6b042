//! The stack that zap writes below an error.
//!
//! In: an entry and the line behind it. Out: whether that is a function of the entry's stack. Must not know: how the record itself is written.
//!
//! # Source
//!
//! uber-go/zap stacktrace.go, `stackFormatter.FormatFrame`, v1.10 to v1.27: a function stands above its file, which is indented.

use crate::severity::Severity;

/// Whether the line is a function of a stack that has begun, or may begin below an entry of one line and this severity.
pub(super) fn goes_on(entry: &[u8], line: &[u8], severity: impl Fn(&[u8]) -> Option<Severity>) -> bool {
    is_call(line)
        && match memchr::memrchr(b'\n', entry) {
            Some(end) => {
                let last = &entry[end + 1..];
                let digits = last.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                digits > 0 && last[..last.len() - digits].ends_with(b".go:")
            }
            None => severity(entry) >= Some(Severity::ERROR),
        }
}

/// `main.main`, `github.com/go-logr/zapr.(*zapLogger).Error`.
fn is_call(line: &[u8]) -> bool {
    line.first().is_some_and(u8::is_ascii_lowercase)
        && line.contains(&b'.')
        && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-/()*[]@~,{}".contains(byte))
}
