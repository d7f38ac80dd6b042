//! The list of findings: what explains others above them, many of one cause as one line.
//!
//! In: findings in the order of the report, which of them are unfolded. Out: lines. Must not know: how lines are drawn.

use std::collections::{BTreeSet, HashMap};

use super::story::Story;

/// So many findings of one cause and verdict are one line until it is unfolded.
const MANY: usize = 3;

/// A row of the list of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Place in the report.
    pub(super) story: usize,
    /// How deep it is folded.
    pub(super) depth: usize,
    /// Findings that it explains.
    pub(super) folded: usize,
    /// Further findings of its cause that this line stands for.
    pub(super) alike: usize,
}

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Those that hold and that nothing explains.
    pub(super) top: usize,
    /// Their causes.
    pub(super) causes: usize,
    /// Those that they explain.
    pub(super) explained: usize,
}

impl Tally {
    pub(super) fn of(stories: &[Story]) -> Self {
        let known: BTreeSet<&str> = stories.iter().map(|story| story.id.as_str()).collect();
        let (mut tally, mut causes) = (Self::default(), BTreeSet::new());
        for story in stories.iter().filter(|story| story.holds()) {
            if story.explained_by.as_deref().is_some_and(|id| known.contains(id)) {
                tally.explained += 1;
            } else {
                tally.top += 1;
                causes.insert(story.cause.as_str());
            }
        }
        Self { causes: causes.len(), ..tally }
    }
}

/// What findings that are folded into one line have in common.
fn kind(story: &Story) -> (&str, &str, &str) {
    (&story.cause, &story.severity, &story.verdict)
}

/// The finding whose line stands for this one where they are many: the first of its kind.
pub(super) fn head(stories: &[Story], at: usize) -> Option<usize> {
    let own = kind(stories.get(at)?);
    stories.iter().position(|story| kind(story) == own && story.explained_by.is_none())
}

/// The list of findings: what holds first, each with what it explains under it where it is open; what was looked for and does not hold last.
pub(super) fn listed(stories: &[Story], is_open: impl Fn(&str) -> bool) -> Vec<Item> {
    let known: HashMap<&str, usize> = stories.iter().enumerate().map(|(at, story)| (story.id.as_str(), at)).collect();
    let over = |story: &Story| story.explained_by.as_deref().and_then(|id| known.get(id)).copied();
    let mut under: Vec<Vec<usize>> = vec![Vec::new(); stories.len()];
    for (at, story) in stories.iter().enumerate() {
        if let Some(under) = over(story).and_then(|over| under.get_mut(over)) {
            under.push(at);
        }
    }
    let mut unfolding = Unfolding { stories, under, told: vec![false; stories.len()], items: Vec::with_capacity(stories.len()) };
    let top = |holds| stories.iter().enumerate().filter(move |(_, story)| story.holds() == holds && over(story).is_none());
    let mut kinds: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, story) in top(true).chain(top(false)) {
        kinds.entry(kind(story)).or_default().push(at);
    }
    for (at, story) in top(true).chain(top(false)) {
        match kinds.get(&kind(story)).filter(|alike| alike.len() >= MANY) {
            None => unfolding.unfold(at, 0, 0, &is_open),
            Some(alike) if alike.first() == Some(&at) => {
                unfolding.unfold(at, 0, alike.len() - 1, &is_open);
                if is_open(&story.id) {
                    alike.iter().skip(1).for_each(|other| unfolding.unfold(*other, 1, 0, &is_open));
                }
            }
            Some(_) => {}
        }
    }
    unfolding.items
}

struct Unfolding<'s> {
    stories: &'s [Story],
    /// What each finding explains.
    under: Vec<Vec<usize>>,
    told: Vec<bool>,
    items: Vec<Item>,
}

impl Unfolding<'_> {
    fn unfold(&mut self, at: usize, depth: usize, alike: usize, is_open: &impl Fn(&str) -> bool) {
        let Some(story) = self.stories.get(at) else { return };
        // Findings that explain each other in a circle are told once.
        if depth > 8 || self.told.get_mut(at).is_none_or(|told| std::mem::replace(told, true)) {
            return;
        }
        let under = self.under.get(at).cloned().unwrap_or_default();
        self.items.push(Item { story: at, depth, folded: under.len(), alike });
        if is_open(&story.id) {
            for at in under {
                self.unfold(at, depth + 1, 0, is_open);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(id: &str, cause: &str, explained_by: Option<&str>) -> Story {
        let text = str::to_owned;
        Story { id: text(id), cause: text(cause), verdict: text("confirmed"), explained_by: explained_by.map(text), ..Story::default() }
    }

    #[test]
    fn findings_with_one_title_are_told_apart_by_what_they_are_about() {
        let about = |title: &str, nodes: &[&str]| Story {
            title: title.into(),
            entities: [("node".to_owned(), nodes.iter().map(|name| (*name).to_owned()).collect())].into(),
            ..story("f1", "a", None)
        };
        let (one, other) = (about("it died", &["a", "b"]), about("it died", &["b", "c"]));
        assert_eq!(other.apart_from(&one).as_deref(), Some("c"));
        assert_eq!(one.apart_from(&one), None);
        assert_eq!(about("c died", &["c"]).apart_from(&one), None, "its title tells");
    }

    #[test]
    fn many_of_a_cause_are_one_line() {
        let stories = [
            story("f1", "a", None),
            story("f2", "b", None),
            story("f3", "a", None),
            story("f4", "a", None),
            story("f5", "c", Some("f1")),
            story("f6", "b", None),
        ];
        let lines = |open: &[&str]| -> Vec<(usize, usize, usize, usize)> {
            listed(&stories, |id| open.contains(&id)).iter().map(|item| (item.story, item.depth, item.folded, item.alike)).collect()
        };
        assert_eq!(lines(&[]), [(0, 0, 1, 2), (1, 0, 0, 0), (5, 0, 0, 0)]);
        assert_eq!(lines(&["f1"]), [(0, 0, 1, 2), (4, 1, 0, 0), (2, 1, 0, 0), (3, 1, 0, 0), (1, 0, 0, 0), (5, 0, 0, 0)]);
        assert_eq!(head(&stories, 3), Some(0));
        assert_eq!(Tally::of(&stories), Tally { top: 5, causes: 2, explained: 1 });
    }
}
