//! The known name nearest to a mistyped one.
//!
//! In: a name and the known ones. Out: the one it was most likely meant to be. Must not know: what is named.

/// The nearest of `known`, if it is near enough to be a slip.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3 + 1;
    known.into_iter().map(|other| (distance(name, other), other)).filter(|(distance, _)| *distance <= limit).min().map(|(_, other)| other)
}

/// Insertions, deletions and replacements that turn one into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["split-brain", "node-down", "node-drained"];
        assert_eq!(nearest("splitbrain", known), Some("split-brain"));
        assert_eq!(nearest("node-dwon", known), Some("node-down"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
