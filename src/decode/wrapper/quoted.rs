//! `>` in front of each line, as mails and threads quote.
//!
//! In: a line with a quotation mark in front. Out: the line. Must not know: more of the line than whether it opens a format or stands in another envelope:
//! prompts and arrows look the same.

use super::{Envelope, Unwrapped, Wrapper, certain, compose::Compose, stamped::Stamped};

/// Quotation marks.
#[derive(Debug)]
pub struct Quoted;

impl Wrapper for Quoted {
    fn name(&self) -> &'static str {
        "quoted"
    }

    fn about(&self) -> &'static str {
        "Mails and threads put `>` before each line that they quote. It is taken off before a line that opens a known format."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("> 2026-11-20  9:41:39 0 [Note] x", "2026-11-20  9:41:39 0 [Note] x"),
            (">1:M 20 Nov 2026 10:01:18.413 * x", "1:M 20 Nov 2026 10:01:18.413 * x"),
            ("> shop-db  | 2026-11-20  9:41:39 0 [Note] x", "shop-db  | 2026-11-20  9:41:39 0 [Note] x"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        let rest = line.strip_prefix(b">")?;
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let opens = certain(rest).is_some() || [&Compose as &dyn Wrapper, &Stamped].iter().any(|other| other.unwrap(rest).is_some());
        opens.then(|| Unwrapped::whole(rest, Envelope::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_arrows_are_left_alone() {
        for line in ["> SELECT 1;", ">>> 'requirepass'", "==> /var/log/mysqld.log <==", ">", "> ", "> remark", "-> 1:M 20 Nov 2026 10:01:18.413 * x"]
        {
            assert_eq!(Quoted.unwrap(line.as_bytes()), None, "{line}");
        }
    }
}
