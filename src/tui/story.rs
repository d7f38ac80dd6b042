//! Stories: findings as the report tells them, and their lines on the screen.
//!
//! In: a report, a width. Out: lines with what each of them leads to. Must not know: the case's columns, how lines are drawn.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::text::{padded, wrapped};
use super::theme::Role;
use crate::case::Line;
use crate::query::moment;
use crate::time::{DAY, SECOND, human};

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Story {
    pub(super) id: String,
    pub(super) cause: String,
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) verdict: String,
    pub(super) explained_by: Option<String>,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    #[serde(default)]
    pub(super) entities: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) remedies: Vec<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

/// A step.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) time: Option<String>,
    pub(super) end: Option<String>,
    #[serde(default)]
    pub(super) doubt_ms: Option<i64>,
    pub(super) summary: String,
    /// How many times, where more than once.
    #[serde(default)]
    pub(super) count: Option<u64>,
    #[serde(default)]
    pub(super) timer: Option<Timer>,
    pub(super) evidence: Vec<Evidence>,
}

/// A delay against the timer in force.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Timer {
    pub(super) name: String,
    pub(super) expected_s: f64,
    pub(super) observed_s: f64,
    pub(super) basis: String,
    pub(super) agrees: bool,
}

/// A line that proves something.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Evidence {
    pub(super) source: u32,
    #[serde(default)]
    pub(super) path: Option<String>,
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) text: String,
}

impl Evidence {
    /// The place as the case takes it.
    pub(super) fn place(&self) -> Line {
        Line { source: self.source, line: self.line, offset: self.offset, path: self.path.clone() }
    }
}

/// The report, as far as it is told here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Findings {
    pub(super) findings: Vec<Story>,
    /// What could not be read, and that it could change what was found.
    #[serde(default)]
    pub(super) caveat: Option<String>,
}

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

pub(super) fn ns(text: Option<&str>) -> Option<i64> {
    moment(text?, None).map(|(ns, _)| ns)
}

impl Story {
    pub(super) fn holds(&self) -> bool {
        matches!(self.verdict.as_str(), "confirmed" | "possible")
    }

    /// Beginning, nanoseconds since the epoch.
    pub(super) fn begins(&self) -> Option<i64> {
        ns(self.start.as_deref()).or_else(|| ns(self.end.as_deref()))
    }

    /// Steps in order of time; what speaks against it last.
    pub(super) fn chain(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        order.sort_by_key(|at| {
            self.steps.get(*at).map_or((true, i64::MAX), |step| (step.role == "against", ns(step.time.as_deref()).unwrap_or(i64::MAX)))
        });
        order
    }

    /// The step that completes the proof: the last of the chain that is required and has a line.
    fn decisive(&self) -> Option<usize> {
        let cited = |role: &str| self.steps.iter().rposition(|step| step.role == role && !step.evidence.is_empty());
        // What was refuted is decided by what speaks against it.
        if self.verdict == "refuted" { cited("against").or_else(|| cited("step")) } else { cited("step").or_else(|| cited("support")) }
    }

    /// Place of the decisive step's line among the anchors.
    pub(super) fn proof(&self, anchors: &[Anchor]) -> usize {
        let Some(step) = self.decisive() else { return 0 };
        anchors.iter().position(|anchor| matches!(anchor, Anchor::Evidence(at, _) if *at == step)).unwrap_or(0)
    }

    /// All lines, in this width. `whole`: nothing of the findings is still being read.
    pub(super) fn page(&self, all: &[Self], sources: &[&str], width: usize, whole: bool) -> Page {
        let mut teller = Teller { page: Page::default(), width: width.max(20), sources };
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
        self.list("What to do", &story.remedies, Role::Text);
        let folded: Vec<usize> =
            (0..all.len()).filter(|at| all.get(*at).is_some_and(|other| other.explained_by.as_ref() == Some(&story.id))).collect();
        if !folded.is_empty() {
            self.heading("Explained by it");
            for at in folded {
                let Some(other) = all.get(at) else { continue };
                let anchor = self.anchored(Anchor::Folded(at), &other.title);
                let head = format!("  {} ", padded(&other.id, 4));
                self.text(Role::Text, (Role::of_level(&other.severity), &head), &format!("{} ({})", other.title, other.verdict), Some(anchor));
            }
        }
        self.list("Read on", &story.references, Role::Title);
        self.list("Notes", &story.notes, Role::Text);
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
        if let Some(count) = step.count {
            told = format!("{told} [×{count}]");
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
            let place = super::text::fit_end(&format!("{path}:{}", evidence.line), self.width.saturating_sub(indent + 2));
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

/// `2017-12-01 02:17:42 – 02:22:58 UTC (5m17s)`.
pub(super) fn reach(start: Option<i64>, end: Option<i64>) -> Option<String> {
    let moment = |ns: i64| crate::report::entries::stamp(ns).get(..19).unwrap_or_default().replace('T', " ");
    let start = start?;
    Some(match end {
        Some(end) if end > start => {
            let last = moment(end);
            let last = if start.div_euclid(DAY) == end.div_euclid(DAY) { last.get(11..).unwrap_or_default().to_owned() } else { last };
            format!("{} – {last} UTC ({})", moment(start), human(end - start))
        }
        _ => format!("{} UTC", moment(start)),
    })
}

/// A row of the list of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Place in the report.
    pub(super) story: usize,
    /// How deep it is folded.
    pub(super) depth: usize,
    /// Findings that it explains.
    pub(super) folded: usize,
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
    for holds in [true, false] {
        for (at, _) in stories.iter().enumerate().filter(|(_, story)| story.holds() == holds && over(story).is_none()) {
            unfolding.unfold(at, 0, &is_open);
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
    fn unfold(&mut self, at: usize, depth: usize, is_open: &impl Fn(&str) -> bool) {
        let Some(story) = self.stories.get(at) else { return };
        // Findings that explain each other in a circle are told once.
        if depth > 8 || self.told.get_mut(at).is_none_or(|told| std::mem::replace(told, true)) {
            return;
        }
        let under = self.under.get(at).cloned().unwrap_or_default();
        self.items.push(Item { story: at, depth, folded: under.len() });
        if is_open(&story.id) {
            for at in under {
                self.unfold(at, depth + 1, is_open);
            }
        }
    }
}
