//! Text of logs on a grid of cells: harmless, and as wide as it is counted.
//!
//! In: any text. Out: the same in clusters of one or two cells each. Must not know: what the text says.
//!
//! Controls, marks that turn the direction of reading, joiners and lone combining marks are written out. A letter with its marks stays one cluster;
//! letters that are read from right to left keep the order in which they were written, one cell each, so that columns stay where they are.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::escape::steers;

/// Most characters of a cluster that is drawn as one; more marks on a letter spill over their neighbours.
const MAX_CLUSTER: usize = 4;
/// Columns between stops of a tabulator.
const TAB: usize = 8;

/// Whether a character may not stand on the screen by itself: it steers, joins, or has no width that all agree on.
///
/// ratatui 0.30 counts the half-width sound marks of Katakana (U+FF9E, U+FF9F) twice, on a letter and alone.
fn is_hidden(letter: char) -> bool {
    steers(letter) || letter.width().unwrap_or(0) == 0 || matches!(letter, '\u{ff9e}' | '\u{ff9f}')
}

/// Whether a cluster is as wide on every terminal as it is counted here.
fn is_plain(cluster: &str) -> bool {
    let mut letters = cluster.chars();
    let Some(first) = letters.next() else { return false };
    let width = cluster.width();
    !is_hidden(first)
        && first.width() == Some(width)
        && cluster.chars().count() <= MAX_CLUSTER
        && letters.all(|mark| {
            !steers(mark)
                && mark.width() == Some(0)
                && !matches!(mark, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
        })
}

/// Hands the text to `take`, cluster by cluster with its width, until it says that there is enough.
fn clusters(text: &str, mut take: impl FnMut(&str, usize) -> bool) {
    let mut column = 0;
    let mut told = |piece: &str, width: usize, column: &mut usize| {
        *column += width;
        take(piece, width)
    };
    for cluster in text.graphemes(true) {
        if cluster.len() == 1 && cluster.as_bytes().first().is_some_and(|byte| (b' '..=b'~').contains(byte)) {
            if !told(cluster, 1, &mut column) {
                return;
            }
            continue;
        }
        if cluster == "\t" {
            for _ in 0..TAB - column % TAB {
                if !told(" ", 1, &mut column) {
                    return;
                }
            }
            continue;
        }
        if is_plain(cluster) {
            if !told(cluster, cluster.width(), &mut column) {
                return;
            }
            continue;
        }
        for letter in cluster.chars() {
            if is_hidden(letter) {
                let written = match letter {
                    '\n' => "\\n".to_owned(),
                    '\r' => "\\r".to_owned(),
                    letter => letter.escape_default().to_string(),
                };
                for sign in written.chars() {
                    let mut buffer = [0; 4];
                    if !told(sign.encode_utf8(&mut buffer), 1, &mut column) {
                        return;
                    }
                }
            } else {
                let mut buffer = [0; 4];
                if !told(letter.encode_utf8(&mut buffer), letter.width().unwrap_or(1), &mut column) {
                    return;
                }
            }
        }
    }
}

/// The part of a text that lies in `width` cells from `skip` on. Half of a wide letter is a blank.
pub(super) fn window(text: &str, skip: usize, width: usize) -> String {
    let mut out = String::new();
    let (mut at, end) = (0, skip.saturating_add(width));
    clusters(text, |cluster, wide| {
        let next = at + wide;
        if at >= skip && next <= end {
            out.push_str(cluster);
        } else {
            let blank = next.min(end).saturating_sub(at.max(skip));
            out.extend(std::iter::repeat_n(' ', blank));
        }
        at = next;
        at < end
    });
    out
}

/// The text in at most `width` cells; what is cut off is told by `…`.
pub(super) fn fit(text: &str, width: usize) -> String {
    if width == 0 {
        return String::new();
    }
    if wide(text, width + 1) <= width {
        return window(text, 0, width);
    }
    let mut out = window(text, 0, width - 1);
    out.push('…');
    out
}

/// The end of a text in at most `width` cells; what is cut off is told by `…`.
pub(super) fn fit_end(text: &str, width: usize) -> String {
    let all = wide(text, usize::MAX);
    if all <= width {
        return window(text, 0, width);
    }
    if width == 0 {
        return String::new();
    }
    format!("…{}", window(text, all - (width - 1), width - 1))
}

/// Letters that a host's own name has at least.
const SHORTEST_HOST: usize = 4;

/// The host's own name of `ip-10-0-3-17.eu-west-1.compute.internal`: what tells one host from another stands at the beginning.
fn host(name: &str) -> Option<&str> {
    let (own, domain) = name.split_once('.')?;
    (own.len() >= SHORTEST_HOST && own.bytes().any(|byte| byte.is_ascii_alphabetic()) && domain.contains('.')).then_some(own)
}

/// A name or a path in at most `width` cells: hosts lose their domains before the beginning is cut off; the file itself stays as it is.
pub(super) fn fit_name(name: &str, width: usize) -> String {
    if wide(name, width + 1) <= width {
        return window(name, 0, width);
    }
    let (folders, file) = name.rsplit_once('/').map_or((None, name), |(folders, file)| (Some(folders), file));
    let shortened = |part: &str| host(part).map_or_else(|| part.to_owned(), |own| format!("{own}…"));
    match folders {
        None => host(file).filter(|own| own.len() < width).map_or_else(|| fit_end(file, width), |own| format!("{own}…")),
        Some(folders) => fit_end(&format!("{}/{file}", folders.split('/').map(shortened).collect::<Vec<_>>().join("/")), width),
    }
}

/// The end of a place that tells it from others at a glance, folder and file, in at most `width` cells.
pub(super) fn short(path: &str, line: u64, width: usize) -> String {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let name = format!("{}:{line}", name.strip_suffix(".log").unwrap_or(name));
    let Some(folder) = parts.next().filter(|folder| !folder.is_empty()) else { return fit_end(&name, width) };
    let all = wide(folder, usize::MAX) + 1 + wide(&name, usize::MAX);
    let folder =
        if all <= width { window(folder, 0, width) } else { fit_name(folder, (width / 2).max(width.saturating_sub(wide(&name, usize::MAX) + 1))) };
    let room = width.saturating_sub(wide(&folder, usize::MAX) + 1);
    format!("{folder}/{}", fit_end(&name, room))
}

/// The text in exactly `width` cells.
pub(super) fn padded(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    let used = wide(&out, usize::MAX);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

/// Cells that a text takes, counted no further than `most`.
pub(super) fn wide(text: &str, most: usize) -> usize {
    let mut all = 0;
    clusters(text, |_, width| {
        all += width;
        all < most
    });
    all
}

/// The text in lines of at most `width` cells, broken at blanks where there are any.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(4);
    let mut lines = Vec::new();
    let mut line = String::new();
    let (mut used, mut blank) = (0, None::<(usize, usize)>);
    clusters(text, |cluster, wide| {
        if used + wide > width {
            match blank.take().filter(|(_, at)| *at > width / 3) {
                Some((byte, at)) if cluster != " " => {
                    let rest = line.get(byte..).unwrap_or_default().to_owned();
                    line.truncate(byte);
                    lines.push(std::mem::replace(&mut line, rest));
                    used -= at;
                }
                _ => {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
            }
            if cluster == " " && line.is_empty() {
                return true;
            }
        }
        line.push_str(cluster);
        used += wide;
        if cluster == " " {
            blank = Some((line.len(), used));
        }
        true
    });
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        assert_eq!(window("a\u{1b}[2Jb", 0, 40), "a\\u{1b}[2Jb");
        assert_eq!(window("x\u{202e}abc", 0, 40), "x\\u{202e}abc");
        assert_eq!(window("a\tb", 0, 40), "a       b");
        assert_eq!(window("e\u{301}!", 0, 40), "e\u{301}!");
        assert_eq!(window("\u{301}!", 0, 40), "\\u{301}!");
        assert_eq!(window("👩\u{200d}💻", 0, 40), "👩\\u{200d}💻");
        assert_eq!(window("שלום", 0, 3), "שלו");
        assert_eq!(window("ｶ\u{ff9e}", 0, 40), "ｶ\\u{ff9e}");
    }

    #[test]
    fn wide_letters_are_not_cut_in_halves() {
        assert_eq!(fit("数据库", 6), "数据库");
        assert_eq!(fit("数据库", 5), "数据…");
        assert_eq!(window("数据库", 1, 3), " 据");
        assert_eq!(padded("数", 4), "数  ");
        assert_eq!(fit_end("a/b/c.log", 6), "…c.log");
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("", 8), [""]);
    }

    #[test]
    fn hosts_are_told_apart_by_their_own_names() {
        let host = "ip-10-3-69-105.eu-west-1.compute.internal";
        assert_eq!(fit_name(host, 20), "ip-10-3-69-105…");
        assert_eq!(fit_name(host, 10), "….internal");
        assert_eq!(fit_name(host, 41), host);
        assert_eq!(fit_name(&format!("nodes/{host}/kubelet.log"), 34), "nodes/ip-10-3-69-105…/kubelet.log");
        assert_eq!(short(&format!("nodes/{host}/kubelet.log"), 12, 26), "ip-10-3-69-105…/kubelet:12");
        assert_eq!(fit_name("k8s-node3/web-0.mysqld.log", 14), "…-0.mysqld.log");
        assert_eq!(fit_name("10.3.69.105", 6), "…9.105");
    }

    proptest! {
        #[test]
        fn any_text_stays_in_its_cells(text in any::<String>(), more in "[\u{0}-\u{20}\u{300}-\u{310}\u{5d0}-\u{5ea}\u{4e00}-\u{4e10}\u{200b}-\u{202f}\u{1f468}\u{fe0f}]{0,24}", skip in 0_usize..20, width in 1_usize..40) {
            let text = format!("{text}{more}");
            for shown in [window(&text, skip, width), fit(&text, width), fit_end(&text, width), fit_name(&text, width), padded(&text, width)] {
                prop_assert!(shown.chars().all(|letter| !steers(letter)), "{shown:?}");
                prop_assert!(wide(&shown, usize::MAX) <= width, "{shown:?}");
                prop_assert_eq!(window(&shown, 0, usize::MAX), shown.clone());
                let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 1));
                let (end, _) = buffer.set_stringn(0, 0, &shown, 120, Style::new());
                prop_assert_eq!(usize::from(end), wide(&shown, usize::MAX), "{:?}", shown);
            }
            prop_assert_eq!(wide(&padded(&text, width), usize::MAX), width);
            for line in wrapped(&text, width) {
                prop_assert!(wide(&line, usize::MAX) <= width.max(4), "{line:?}");
            }
        }
    }
}
