//! A story as it is told: its lines on the screen, and what each of them leads to.
//!
//! In: a finding, the others, a width. Out: lines with anchors. Must not know: the case, how lines are drawn.

use super::story::{Step, Story, ns, reach};
use super::text::{padded, wrapped};
use super::theme::Role;
use crate::time::{DAY, SECOND, human};

/// Rivals that are told.
const MAX_RIVALS: usize = 12;

/// What a line of a story leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// A step, by its place in the finding.
    Step(usize),
    /// A line of evidence of a step.
    Evidence(usize, usize),
    /// A finding that this one explains, by its place in the report.
    Folded(usize),
    /// The finding that explains this one.
    Explains(usize),
    /// Words that can be copied.
    Item,
}

/// A line of a story.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) parts: Vec<(Role, String)>,
    /// The anchor it belongs to.
    pub(super) anchor: Option<usize>,
}

/// A story as it is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    pub(super) lines: Vec<Told>,
    pub(super) anchors: Vec<Anchor>,
    /// What each anchor says, for copying.
    pub(super) said: Vec<String>,
}

impl Story {
    /// All lines, in this width. `whole`: nothing of the findings is still being read.
    pub(super) fn page(&self, all: &[Self], sources: &[&str], width: usize, whole: bool) -> Page {
        let mut teller = Teller { page: Page::default(), width: width.max(20), sources, common: common(sources) };
        teller.tell(self, all);
        if !whole && self.steps.is_empty() {
            teller.heading("reading …");
        }
        teller.page
    }
}

struct Teller<'a> {
    page: Page,
    width: usize,
    sources: &'a [&'a str],
    /// The folders that all sources lie in, with the last slash.
    common: &'a str,
}

/// The folders that all paths begin with, with the last slash.
fn common<'a>(paths: &[&'a str]) -> &'a str {
    let Some((first, rest)) = paths.split_first() else { return "" };
    let shared = rest.iter().fold(first.len(), |shared, path| {
        let same = first.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
        shared.min(same)
    });
    let end = first.as_bytes().get(..shared).and_then(|shared| memchr::memrchr(b'/', shared)).map_or(0, |at| at + 1);
    first.get(..end).unwrap_or_default()
}

impl Teller<'_> {
    fn line(&mut self, parts: Vec<(Role, String)>) {
        self.page.lines.push(Told { parts, anchor: None });
    }

    fn anchored(&mut self, anchor: Anchor, said: &str) -> usize {
        self.page.anchors.push(anchor);
        self.page.said.push(said.to_owned());
        self.page.anchors.len() - 1
    }

    /// A text behind a first column, over as many lines as it takes.
    fn text(&mut self, role: Role, head: (Role, &str), text: &str, anchor: Option<usize>) {
        let indent = super::text::wide(head.1, usize::MAX);
        for (at, line) in wrapped(text, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let head = (head.0, if at == 0 { head.1.to_owned() } else { " ".repeat(indent) });
            self.page.lines.push(Told { parts: vec![head, (role, line)], anchor });
        }
    }

    fn tell(&mut self, story: &Story, all: &[Story]) {
        self.text(Role::Strong, (Role::Text, ""), &story.title, None);
        self.line(vec![
            (Role::of_level(&story.severity), format!(" {} ", story.severity)),
            (Role::Text, " ".into()),
            (if story.verdict == "confirmed" { Role::Good } else { Role::Doubt }, story.verdict.clone()),
            (Role::Dim, format!("  {}  {}", story.cause, story.id)),
        ]);
        if let Some(when) = reach(story.begins(), ns(story.end.as_deref())) {
            self.text(Role::Text, (Role::Dim, "when      "), &when, None);
        }
        let facts = story.entities.iter().map(|(kind, names)| (kind, names.join(", ")));
        for (kind, names) in facts.chain(story.params.iter().map(|(name, value)| (name, value.clone()))) {
            self.text(Role::Text, (Role::Dim, &padded(kind, 10)), &names, None);
        }
        if let Some(explains) = story.explained_by.as_ref().and_then(|id| all.iter().position(|other| other.id == *id))
            && let Some(other) = all.get(explains)
        {
            let anchor = self.anchored(Anchor::Explains(explains), &other.title);
            self.text(Role::Title, (Role::Dim, "explained "), &format!("{}: {}", other.id, other.title), Some(anchor));
        }
        let zero = story.begins();
        let (against, chain): (Vec<usize>, Vec<usize>) =
            story.chain().into_iter().partition(|at| story.steps.get(*at).is_some_and(|step| step.role == "against"));
        self.steps("What happened", story, &chain, zero);
        self.steps("What speaks against it", story, &against, zero);
        self.list("What is missing", &story.missing, Role::Doubt);
        self.rivals(story, all);
        self.list("What to do", &story.remedies, Role::Text);
        let folded: Vec<usize> =
            (0..all.len()).filter(|at| all.get(*at).is_some_and(|other| other.explained_by.as_ref() == Some(&story.id))).collect();
        if !folded.is_empty() {
            self.heading("Explained by it");
            let ids = folded.iter().filter_map(|at| Some(all.get(*at)?.id.len())).max().unwrap_or(0).max(4);
            for at in folded {
                let Some(other) = all.get(at) else { continue };
                let anchor = self.anchored(Anchor::Folded(at), &other.title);
                let head = format!("  {} ", padded(&other.id, ids));
                self.text(Role::Text, (Role::of_level(&other.severity), &head), &format!("{} ({})", other.title, other.verdict), Some(anchor));
            }
        }
        self.list("Read on", &story.references, Role::Title);
        self.list("Notes", &story.notes, Role::Text);
    }

    /// What was looked for about the same things, and does not hold.
    fn rivals(&mut self, story: &Story, all: &[Story]) {
        let rivals: Vec<usize> = (0..all.len()).filter(|at| all.get(*at).is_some_and(|other| other.rivals(story))).take(MAX_RIVALS).collect();
        if rivals.is_empty() {
            return;
        }
        self.heading("What it was not");
        for at in rivals {
            let Some(other) = all.get(at) else { continue };
            let against = other.steps.iter().find(|step| step.role == "against").map(|step| step.summary.as_str());
            let why = against.or(other.missing.first().map(String::as_str)).unwrap_or_default();
            let anchor = self.anchored(Anchor::Folded(at), &other.title);
            let told =
                if why.is_empty() { format!("{} ({})", other.title, other.verdict) } else { format!("{} ({}): {why}", other.title, other.verdict) };
            self.text(Role::Text, (Role::Against, "  ✗ "), &told, Some(anchor));
        }
    }

    fn heading(&mut self, title: &str) {
        self.line(Vec::new());
        self.line(vec![(Role::Title, title.to_owned())]);
    }

    fn list(&mut self, title: &str, items: &[String], role: Role) {
        if items.is_empty() {
            return;
        }
        self.heading(title);
        for item in items {
            let anchor = self.anchored(Anchor::Item, item);
            self.text(role, (Role::Dim, "  - "), item, Some(anchor));
        }
    }

    fn steps(&mut self, title: &str, story: &Story, steps: &[usize], zero: Option<i64>) {
        if steps.is_empty() {
            return;
        }
        self.heading(title);
        let mut today = None;
        for at in steps {
            let Some(step) = story.steps.get(*at) else { continue };
            let time = ns(step.time.as_deref());
            let day = time.map(|time| time.div_euclid(DAY));
            if day.is_some() && day != today {
                today = day;
                self.line(vec![(Role::Dim, format!("{} UTC", step.time.as_deref().and_then(|time| time.get(..10)).unwrap_or_default()))]);
            }
            self.step(*at, step, time, zero);
        }
    }

    fn step(&mut self, at: usize, step: &Step, time: Option<i64>, zero: Option<i64>) {
        let clock = step.time.as_deref().and_then(|time| time.get(11..23)).unwrap_or("-");
        let after = time.zip(zero).map_or(String::new(), |(time, zero)| match time.saturating_sub(zero) {
            0 => "0".to_owned(),
            ns => format!("{}{}", if ns > 0 { "+" } else { "" }, human(ns)),
        });
        let mut told = if step.summary.is_empty() { step.name.clone() } else { step.summary.clone() };
        if let (Some(from), Some(to)) = (time, ns(step.end.as_deref()))
            && to > from
        {
            told = format!("{told} [for {}]", human(to - from));
        }
        if let Some(doubt) = step.doubt_ms.filter(|doubt| *doubt > 1000) {
            told = format!("{told} [±{}]", human(doubt.saturating_mul(SECOND / 1000)));
        }
        let mark = match step.role.as_str() {
            "step" => "●",
            "against" => "✗",
            _ => "○",
        };
        let role = match step.role.as_str() {
            "step" => Role::Strong,
            "against" => Role::Against,
            _ => Role::Text,
        };
        let anchor = self.anchored(Anchor::Step(at), &told);
        // On a narrow screen the time stands above what happened.
        if self.width >= 60 {
            self.text(role, (Role::Dim, &format!("{clock:<12} {after:>8} {mark} ")), &told, Some(anchor));
        } else {
            self.page.lines.push(Told { parts: vec![(Role::Dim, format!("{clock:<12} {after:>8}"))], anchor: Some(anchor) });
            self.text(role, (Role::Dim, &format!("{mark} ")), &told, Some(anchor));
        }
        let indent = if self.width >= 60 { 22 } else { 2 };
        if let Some(timer) = &step.timer {
            let seconds = |seconds: f64| human((seconds * SECOND as f64) as i64);
            let told = format!(
                "timer {}: {} expected ({}), {} observed{}",
                timer.name,
                seconds(timer.expected_s),
                timer.basis,
                seconds(timer.observed_s),
                if timer.agrees { "" } else { ": they disagree" }
            );
            let role = if timer.agrees { Role::Good } else { Role::Warn };
            self.text(role, (Role::Dim, &" ".repeat(indent)), &told, Some(anchor));
        }
        for (number, evidence) in step.evidence.iter().enumerate() {
            let path = evidence.path.as_deref().or(self.sources.get(evidence.source as usize).copied()).unwrap_or("?");
            let first = evidence.text.lines().next().unwrap_or_default();
            let anchor = self.anchored(Anchor::Evidence(at, number), &format!("{path}:{}\n{}", evidence.line, evidence.text));
            // Where there is too little room, what all paths begin with goes first.
            let room = self.width.saturating_sub(indent + 2);
            let long = format!("{path}:{}", evidence.line);
            let own = if super::text::wide(&long, room + 1) > room { long.strip_prefix(self.common) } else { None };
            let place = super::text::fit_name(own.unwrap_or(&long), room);
            let indent = " ".repeat(indent);
            self.page
                .lines
                .push(Told { parts: vec![(Role::Dim, indent.clone()), (Role::Evidence, "◆ ".into()), (Role::Dim, place)], anchor: Some(anchor) });
            let mut text = wrapped(first.trim(), self.width.saturating_sub(indent.len() + 2));
            if text.len() > 3 {
                text.truncate(3);
                if let Some(last) = text.last_mut() {
                    *last = super::text::fit(&format!("{last}…"), self.width.saturating_sub(indent.len() + 2));
                }
            }
            for line in text {
                self.page.lines.push(Told { parts: vec![(Role::Dim, format!("{indent}  ")), (Role::Text, line)], anchor: Some(anchor) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_paths_begin_with_is_whole_folders() {
        assert_eq!(common(&["/logs/a/kubelet.log", "/logs/ab/kubelet.log", "/logs/a/x/y"]), "/logs/");
        assert_eq!(common(&["a.log", "b.log"]), "");
        assert_eq!(common(&["/one/alone.log"]), "/one/");
        assert_eq!(common(&["数/a", "数据/b"]), "");
        assert_eq!(common(&[]), "");
    }
}
