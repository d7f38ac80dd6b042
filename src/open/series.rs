//! Rotated logs by their names.
//!
//! In: a path. Out: the name that all files of one series share, and which turn this one is. Must not know: contents, which may still say that
//! files of like names do not belong together.
//!
//! # Source
//!
//! logrotate (`.1`, `-20250102`, `dateformat`), kubelet `pkg/kubelet/logs/container_log_manager.go` (`0.log.20250102-030405`), klog
//! `klog_file.go` (`<program>.<host>.<user>.log.<LEVEL>.<date>.<pid>`), log4j and Python (`.2025-01-02`), lumberjack, as the API server's audit log and
//! k3s use it (`-2025-01-02T03-04-05.678.log`), MySQL up to 5.5 and systems on Windows (`-old`, `.old`).

/// One file of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// What the files of the series have in common, folder included.
    pub stem: String,
    /// Which of them this is.
    pub turn: Turn,
}

/// A file's place in its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The one that is written to.
    Current,
    /// The n-th before it.
    Back(u32),
    /// Put aside (or begun) on a date: its digits.
    Dated(u64),
}

/// What the one file has that was put aside.
const OLD: &[&str] = &["-old", ".old"];
/// Endings of compressed files.
const PACKED: &[&str] = &[".gz", ".xz", ".bz2", ".zst", ".lz4"];

/// Reads a path.
pub fn rotated(path: &str) -> Rotated {
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let file = PACKED.iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let (stem, turn) = turn(file);
    Rotated { stem: format!("{folder}/{stem}"), turn }
}

fn turn(file: &str) -> (String, Turn) {
    if let Some(found) = klog(file) {
        return found;
    }
    if let Some((stem, end)) = file.rsplit_once('.')
        && has_letter(stem)
    {
        if let Some(date) = date(end) {
            return (stem.to_owned(), Turn::Dated(date));
        }
        if let Some(stem) = OLD.iter().find_map(|old| file.strip_suffix(old)) {
            return (stem.to_owned(), Turn::Back(1));
        }
        if end.len() <= 4
            && let Ok(back) = end.parse()
        {
            return (stem.to_owned(), Turn::Back(back));
        }
        // `error-20250102.log`
        if let Some((stem, date)) = dated(stem) {
            return (format!("{stem}.{end}"), Turn::Dated(date));
        }
    }
    // `kubelet.log-20250102`, `messages-20250102-1735787045`
    if let Some((stem, date)) = dated(file) {
        return (stem.to_owned(), Turn::Dated(date));
    }
    (file.to_owned(), Turn::Current)
}

fn dated(name: &str) -> Option<(&str, u64)> {
    let places = name.match_indices(['-', '_']).map(|(at, _)| at);
    places.filter_map(|at| Some((name.get(..at)?, date(name.get(at + 1..)?)?))).find(|(stem, _)| has_letter(stem))
}

/// The digits of `20250102`, `20250102-030405`, `2025-01-02`, `20250102-1735787045`: fourteen, so that they compare.
fn date(text: &str) -> Option<u64> {
    // lumberjack's thousandths.
    let text = text.rsplit_once('.').filter(|(date, part)| date.len() == 19 && part.len() == 3).map_or(text, |(date, _)| date);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'T' | b'_'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let real = (1970..2100).contains(&part(0, 4)?) && (1..=12).contains(&part(4, 6)?) && (1..=31).contains(&part(6, 8)?);
    (plain && real && matches!(digits.len(), 8 | 10 | 12 | 14 | 18)).then(|| format!("{digits:0<18}").parse().ok()).flatten()
}

fn has_letter(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn klog(file: &str) -> Option<(String, Turn)> {
    let (front, back) = file.split_once(".log.")?;
    let mut parts = back.split('.');
    let (level, begun, pid) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = matches!(level, "INFO" | "WARNING" | "ERROR" | "FATAL") && pid.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Some((format!("{front}.log.{level}"), Turn::Dated(date(begun)?)))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_series_and_turn() {
        for (path, stem, turn) in [
            ("a/kubelet.log", "a/kubelet.log", Turn::Current),
            ("a/kubelet.log.1", "a/kubelet.log", Turn::Back(1)),
            ("a/kubelet.log.2.gz", "a/kubelet.log", Turn::Back(2)),
            ("kubelet.log-20250102", "/kubelet.log", Turn::Dated(202_501_020_000_000_000)),
            ("messages-20250102-1735787045.xz", "/messages", Turn::Dated(202_501_021_735_787_045)),
            ("p/c/0.log.20250102-030405.gz", "p/c/0.log", Turn::Dated(202_501_020_304_050_000)),
            ("p/c/0.log", "p/c/0.log", Turn::Current),
            ("p/c/1.log", "p/c/1.log", Turn::Current),
            ("error-2025-01-02.log", "/error.log", Turn::Dated(202_501_020_000_000_000)),
            ("kubelet.n1.root.log.INFO.20171201-101742.1234", "/kubelet.n1.root.log.INFO", Turn::Dated(201_712_011_017_420_000)),
            ("audit-2025-01-02T03-04-05.678.log.gz", "/audit.log", Turn::Dated(202_501_020_304_050_000)),
            ("db-1.err-old", "/db-1.err", Turn::Back(1)),
            ("a/mysqld.log.old", "a/mysqld.log", Turn::Back(1)),
            ("gold.log", "/gold.log", Turn::Current),
            ("node-1.log", "/node-1.log", Turn::Current),
            ("redis-7002.log", "/redis-7002.log", Turn::Current),
            ("dump-99999999.log", "/dump-99999999.log", Turn::Current),
            ("10.0.0.1", "/10.0.0.1", Turn::Current),
            ("", "/", Turn::Current),
        ] {
            assert_eq!(rotated(path), Rotated { stem: stem.into(), turn }, "{path}");
        }
    }
}
