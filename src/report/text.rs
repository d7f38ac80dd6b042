//! The report for people: the verdict first, then the chain with its lines, then what else was looked at, and what was not.
//!
//! In: a [`Report`]. Out: text. Everything from logs and paths is escaped. Must not know: terminals beyond whether colour is wanted.

mod overview;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::escape::{escaped, shown};
use super::json::level;
use super::{Report, timeline};
use crate::filter::Used;
use crate::finding::{Evidence, Finding, Step, StepRole, Verdict};
use crate::pattern::ast::Level;
use crate::problem::Problem;
use crate::source::{Severe, Source};
use crate::time::{Stamp, human};
use overview::Overview;

/// Longest line of a log that is shown, characters.
const MAX_SHOWN: usize = 400;
/// Lines cited for one step.
const MAX_CITED: usize = 5;
/// Sources listed for what their records call an error.
const MAX_LOUD: usize = 5;
/// Rivals and sources listed.
const MAX_LISTED: usize = 20;

/// How to write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// With terminal colours.
    pub colour: bool,
    /// Every finding in full, however many there are of one cause.
    pub every: bool,
}

/// Writes the report.
pub fn write(report: &Report, manner: Manner, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { report, colour: manner.colour, every: manner.every, out };
    let top: Vec<&Finding> = report.top().collect();
    let overview = Overview::new(&top, manner.every);
    page.head()?;
    page.overview(&overview)?;
    for finding in &overview.full {
        page.finding(finding)?;
    }
    page.others(&overview)?;
    if top.is_empty() {
        page.severe()?;
    }
    page.rivals()?;
    page.filter()?;
    page.examined()
}

struct Page<'a> {
    report: &'a Report,
    colour: bool,
    every: bool,
    out: &'a mut dyn Write,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const fn colour_of(level: Level) -> Style {
    let colour = match level {
        Level::Critical | Level::High => AnsiColor::Red,
        Level::Medium => AnsiColor::Yellow,
        Level::Low | Level::Info => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)))
}

impl Page<'_> {
    fn painted(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn head(&mut self) -> io::Result<()> {
        let outcome = &self.report.outcome;
        let top: Vec<&Finding> = self.report.top().collect();
        let told = match top.as_slice() {
            [] if !outcome.read_anything() => "Nothing could be read.".to_owned(),
            [] => "No known cause of trouble found.".to_owned(),
            [one] => format!("One finding: {}.", one.cause),
            many => format!("{} findings, first: {}.", many.len(), many[0].cause),
        };
        let held = self.report.filtered.as_ref().map_or(0, |filtered| filtered.suppressed.len());
        let told = if held > 0 { format!("{told} {} suppressed by the filter.", count(held as u64, "finding")) } else { told };
        let about = format!("{}, {}, {}", count(outcome.sources.len() as u64, "source"), size(outcome.bytes()), count(outcome.entries(), "record"));
        writeln!(self.out, "{} {}", self.painted(BOLD, &told), self.painted(DIM, &about))?;
        if outcome.incomplete {
            writeln!(self.out, "{}", self.painted(colour_of(Level::Medium), &format!("Incomplete: {}.", super::INCOMPLETE)))?;
        }
        if let Some(caveat) = self.report.caveat() {
            writeln!(self.out, "{}", self.painted(colour_of(Level::Medium), &caveat))?;
        }
        Ok(())
    }

    /// What there is of each cause.
    fn overview(&mut self, overview: &Overview<'_>) -> io::Result<()> {
        let cells: Vec<[String; 4]> = overview
            .rows
            .iter()
            .map(|row| [grouped(row.findings.len() as u64), escaped(row.cause).into(), level(row.severity).to_owned(), row.sure()])
            .collect();
        let width = |column: usize| cells.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let [counts, causes, severities, verdicts] = [0, 1, 2, 3].map(width);
        if !cells.is_empty() {
            writeln!(self.out)?;
        }
        for ([count, cause, severity, sure], row) in cells.iter().zip(&overview.rows) {
            let severity = self.painted(colour_of(row.severity), &format!("{severity:<severities$}"));
            let line = format!("  {count:>counts$} × {cause:<causes$}  {severity}  {sure:<verdicts$}  {}", row.reach().unwrap_or_default());
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Findings that are told in a line: as many more of causes of which the first were told in full.
    fn others(&mut self, overview: &Overview<'_>) -> io::Result<()> {
        let rows: Vec<_> = overview.rows.iter().filter(|row| !row.rest().0.is_empty()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.painted(BOLD, "More of the same (--all tells each in full)"))?;
        for row in rows {
            writeln!(self.out, "  {}", self.painted(colour_of(row.severity), &escaped(row.cause)))?;
            let (earliest, between, latest) = row.rest();
            self.lines(earliest)?;
            if between > 0 {
                writeln!(self.out, "    … {} between", grouped(between as u64))?;
            }
            self.lines(latest)?;
        }
        Ok(())
    }

    fn lines(&mut self, findings: &[&Finding]) -> io::Result<()> {
        for finding in findings {
            let when = finding.start.map_or_else(|| "at no known time".into(), timeline::moment);
            writeln!(self.out, "    - {when}  {}", shown(&finding.title, MAX_SHOWN))?;
            let chain = finding.steps.iter().filter(|step| step.role != StepRole::Against);
            if let Some(evidence) = chain.flat_map(|step| &step.evidence).next() {
                writeln!(self.out, "      {}", self.painted(DIM, &self.place(evidence)))?;
            }
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let label = format!("{} · {} · {}", finding.cause, level(finding.severity), finding.verdict.name());
        writeln!(self.out, "\n{}", self.painted(colour_of(finding.severity), &escaped(&label)))?;
        writeln!(self.out, "{}", self.painted(BOLD, &escaped(&finding.title)))?;
        if let Some(reach) = timeline::reach(finding.start, finding.end) {
            self.row("when", &reach)?;
        }
        for (kind, names) in &finding.entities {
            self.row(kind, &names.join(", "))?;
        }
        for (name, value) in &finding.params {
            self.row(name, value)?;
        }
        let (against, mut chain): (Vec<&Step>, Vec<&Step>) = finding.steps.iter().partition(|step| step.role == StepRole::Against);
        // One story in order of time; what only supports it is told where it happened.
        chain.sort_by_key(|step| step.start.map_or(i64::MAX, |start| start.ns));
        let zero = finding.start.or_else(|| chain.iter().find_map(|step| step.start));
        self.steps("What happened", &chain, zero)?;
        self.steps("What speaks against it", &against, zero)?;
        self.list("What is missing", &finding.missing)?;
        self.list("What to do", &finding.remedies)?;
        self.list("Read on", &finding.references)?;
        self.list("Notes", &finding.notes)?;
        let mut told = self.report.folded(finding).map(folded).collect::<Vec<_>>();
        let left = if self.every { 0 } else { told.len().saturating_sub(MAX_LISTED) };
        if left > 0 {
            told.truncate(MAX_LISTED);
            told.push(format!("… and {} more", grouped(left as u64)));
        }
        self.list("Explained by it", &told)
    }

    fn row(&mut self, name: &str, value: &str) -> io::Result<()> {
        let name = format!("{:<10}", escaped(name));
        writeln!(self.out, "  {} {}", self.painted(DIM, &name), shown(value, MAX_SHOWN))
    }

    fn list(&mut self, title: &str, items: &[String]) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n  {}", self.painted(BOLD, title))?;
        for item in items {
            writeln!(self.out, "    - {}", shown(item, 2 * MAX_SHOWN))?;
        }
        Ok(())
    }

    fn steps(&mut self, title: &str, steps: &[&Step], zero: Option<Stamp>) -> io::Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n  {}", self.painted(BOLD, title))?;
        let mut today = String::new();
        for step in steps {
            if let Some(start) = step.start {
                let day = timeline::day(start);
                if day != today {
                    writeln!(self.out, "    {}", self.painted(DIM, &format!("{day} UTC")))?;
                    today = day;
                }
            }
            self.step(step, zero)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, zero: Option<Stamp>) -> io::Result<()> {
        let clock = step.start.map(timeline::clock).unwrap_or_default();
        let after = step.start.zip(zero).map(|(start, zero)| timeline::after(zero, start)).unwrap_or_default();
        let summary = if step.summary.is_empty() { step.name.as_str() } else { step.summary.as_str() };
        write!(self.out, "    {clock:<12} {after:>8}  {}", shown(summary, MAX_SHOWN))?;
        if let Some((start, end)) = step.start.zip(step.end).filter(|(start, end)| end.ns > start.ns) {
            let until = if timeline::day(start) == timeline::day(end) { timeline::clock(end) } else { timeline::moment(end) };
            write!(self.out, " {}", self.painted(DIM, &format!("[until {until}, {}]", human(end.ns.saturating_sub(start.ns)))))?;
        }
        if let Some(doubt) = step.start.and_then(timeline::doubt) {
            write!(self.out, " {}", self.painted(DIM, &format!("[{doubt}]")))?;
        }
        writeln!(self.out)?;
        if let Some(timer) = &step.timer {
            let told = format!(
                "{:23}timer {}: {} expected ({}), {} observed{}",
                "",
                escaped(&timer.name),
                human(timer.expected_ns),
                escaped(&timer.basis),
                human(timer.observed_ns),
                if timer.agrees { "" } else { ": they disagree" }
            );
            let style = if timer.agrees { DIM } else { colour_of(Level::Medium) };
            writeln!(self.out, "    {}", self.painted(style, &told))?;
        }
        for evidence in step.evidence.iter().take(MAX_CITED) {
            self.evidence(evidence)?;
        }
        if step.evidence.len() > MAX_CITED {
            writeln!(self.out, "      {}", self.painted(DIM, &format!("… and {} more lines", step.evidence.len() - MAX_CITED)))?;
        }
        Ok(())
    }

    fn evidence(&mut self, evidence: &Evidence) -> io::Result<()> {
        let first = evidence.citation.text.lines().next().unwrap_or_default();
        writeln!(self.out, "      {}", self.painted(DIM, &self.place(evidence)))?;
        writeln!(self.out, "        {}", shown(first, MAX_SHOWN))
    }

    /// Path and line.
    fn place(&self, evidence: &Evidence) -> String {
        let source = self.report.outcome.sources.get(evidence.citation.source as usize);
        let path = evidence.path.as_deref().or(source.map(|source| source.path.as_str())).unwrap_or("?");
        format!("{}:{}", escaped(path), evidence.citation.line)
    }

    /// Where to look when no cause is known: what the records themselves call an error.
    fn severe(&mut self) -> io::Result<()> {
        let mut loud: Vec<(&Source, &Severe)> =
            self.report.outcome.sources.iter().filter_map(|source| Some((source, source.severe.as_deref()?))).collect();
        if loud.is_empty() {
            return Ok(());
        }
        loud.sort_by_key(|(source, severe)| (std::cmp::Reverse((severe.worst, severe.records)), source.id));
        writeln!(self.out, "\n{}", self.painted(BOLD, "What the records themselves call an error"))?;
        for (source, severe) in loud.iter().take(MAX_LOUD) {
            let records = count(severe.records, "record");
            let told = if severe.records == 1 { severe.worst.name().to_owned() } else { format!("the first {}", severe.worst.name()) };
            let (path, line, _) = source.place(severe.line, 0);
            let file = if path == source.path { String::new() } else { format!(" of {}", escaped(path)) };
            writeln!(self.out, "  - {}: {records}, {told} in line {line}{file}", escaped(&source.path))?;
            if !severe.text.is_empty() {
                writeln!(self.out, "      {}", shown(&severe.text, MAX_SHOWN))?;
            }
        }
        if loud.len() > MAX_LOUD {
            writeln!(self.out, "  … and in {} more: `necropsy open` shows all", count((loud.len() - MAX_LOUD) as u64, "source"))?;
        }
        Ok(())
    }

    fn rivals(&mut self) -> io::Result<()> {
        for (title, verdict) in [("Looked for and refuted", Verdict::Refuted), ("Cannot be told from what is here", Verdict::NotAssessable)] {
            let rivals: Vec<&Finding> = self.report.outcome.findings.iter().filter(|finding| finding.verdict == verdict).collect();
            if rivals.is_empty() {
                continue;
            }
            writeln!(self.out, "\n{}", self.painted(BOLD, title))?;
            for finding in rivals.iter().take(MAX_LISTED) {
                writeln!(self.out, "  - {}: {}", escaped(&finding.cause), shown(&finding.title, MAX_SHOWN))?;
                for why in why(finding) {
                    writeln!(self.out, "      {}", shown(&why, MAX_SHOWN))?;
                }
            }
            self.more(rivals.len())?;
        }
        Ok(())
    }

    fn filter(&mut self) -> io::Result<()> {
        let Some(filtered) = &self.report.filtered else { return Ok(()) };
        if !filtered.suppressed.is_empty() {
            writeln!(self.out, "\n{}", self.painted(BOLD, "Suppressed by the filter"))?;
            for held in filtered.suppressed.iter().take(MAX_LISTED) {
                writeln!(self.out, "  - {}", shown(&folded(&held.finding), MAX_SHOWN))?;
                let of = held.consequence_of.as_ref().map(|cause| format!("consequence of {cause}: ")).unwrap_or_default();
                if let Some(rule) = filtered.rules.get(held.rule) {
                    let until = rule.until.map(|day| format!(", until {day}")).unwrap_or_default();
                    writeln!(self.out, "      {}", shown(&format!("{of}{} ({}:{}{until})", rule.reason, filtered.path, rule.line), MAX_SHOWN))?;
                }
            }
            self.more(filtered.suppressed.len())?;
        }
        let expired: Vec<&Used> = filtered.rules.iter().filter(|rule| rule.expired).collect();
        if !expired.is_empty() {
            writeln!(self.out, "\n{}", self.painted(BOLD, "Rules of the filter that have expired and were ignored"))?;
            for rule in expired.iter().take(MAX_LISTED) {
                let until = rule.until.map(|day| day.to_string()).unwrap_or_default();
                let told = format!("{}:{}: {}, until {until}: {}", filtered.path, rule.line, rule.cause, rule.reason);
                writeln!(self.out, "  - {}", shown(&told, MAX_SHOWN))?;
            }
            self.more(expired.len())?;
        }
        Ok(())
    }

    fn more(&mut self, listed: usize) -> io::Result<()> {
        if listed > MAX_LISTED {
            writeln!(self.out, "  … and {} more", listed - MAX_LISTED)?;
        }
        Ok(())
    }

    fn examined(&mut self) -> io::Result<()> {
        let sources = &self.report.outcome.sources;
        let troubled: Vec<&Source> = sources.iter().filter(|source| !source.problems.is_empty()).collect();
        if !troubled.is_empty() {
            writeln!(self.out, "\n{}", self.painted(BOLD, "Not read as it should be"))?;
            for source in troubled.iter().take(MAX_LISTED) {
                for (path, Problem { line, what }) in source.troubles().iter().take(source.problems.len().min(3)) {
                    let line = if *line > 0 { format!(":{line}") } else { String::new() };
                    writeln!(self.out, "  - {}{line}: {}", escaped(path), shown(what, MAX_SHOWN))?;
                }
                if source.problems.len() > 3 {
                    writeln!(self.out, "    … and {} more problems", source.problems.len() - 3)?;
                }
            }
            self.more(troubled.len())?;
        }
        let plain: Vec<_> = sources.iter().filter_map(|source| Some((source, source.plain?))).collect();
        if let Some((source, first)) = plain.iter().max_by_key(|(source, plain)| (plain.records, std::cmp::Reverse(source.id))) {
            let records = plain.iter().map(|(_, plain)| plain.records).sum();
            let told = format!("{} in {} fit no format and were kept as plain text", count(records, "record"), count(plain.len() as u64, "source"));
            let (path, line, _) = source.place(first.from_line, 0);
            writeln!(self.out, "\n{}: most of them in {}, from line {line}", self.painted(BOLD, &told), escaped(path))?;
        }
        let covered: Vec<&Source> = sources.iter().filter(|source| source.lines > 0).collect();
        if covered.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.painted(BOLD, "What the sources cover"))?;
        for source in covered.iter().take(MAX_LISTED) {
            let reach = timeline::reach(source.first, source.last).unwrap_or_else(|| "no dates".into());
            let doubt = source.first.and_then(timeline::doubt).map(|doubt| format!(" {doubt}")).unwrap_or_default();
            writeln!(self.out, "  - {}: {reach}{doubt}", escaped(&source.path))?;
        }
        if covered.len() > MAX_LISTED {
            writeln!(self.out, "  … and {} more: `necropsy sources` lists all", covered.len() - MAX_LISTED)?;
        }
        Ok(())
    }
}

fn folded(finding: &Finding) -> String {
    let when = finding.start.map(|start| format!(" ({})", timeline::moment(start))).unwrap_or_default();
    format!("{}: {}{when}", finding.cause, finding.title)
}

/// Why a rival does not hold: what speaks against it, or what is missing.
fn why(finding: &Finding) -> Vec<String> {
    let against = finding.steps.iter().filter(|step| step.role == StepRole::Against).map(|step| step.summary.clone());
    let why: Vec<String> =
        if finding.verdict == Verdict::Refuted { against.chain(finding.notes.iter().cloned()).collect() } else { finding.missing.clone() };
    why.into_iter().filter(|text| !text.is_empty()).take(2).collect()
}

/// `1 source`, `2 sources`, `2 entries`.
pub fn count(number: u64, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{} {stem}ies", grouped(number)),
        _ => format!("{} {noun}s", grouped(number)),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1.2 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}
