//! Crossfire: every sample and every story against every cause, in one table, so that what a new pattern does to other incidents is one visible
//! difference.

use std::fmt::Write as _;

use necropsy::finding::{Finding, Verdict};
use necropsy::scan::Outcome;

use crate::case::{sample, samples, scanned, stories, told};

/// Marks in front of a cause that fired.
const fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Confirmed => '+',
        Verdict::Possible => '?',
        Verdict::NotAssessable => '~',
        Verdict::Refuted => '-',
    }
}

/// Findings in order of the report: `+split-brain`, below it what it explains, indented; several alike are one with their number.
fn fired(outcome: &Outcome, out: &mut String) {
    fn below(above: Option<&str>, depth: usize, findings: &[Finding], out: &mut String) {
        let here: Vec<&Finding> = findings.iter().filter(|finding| finding.explained_by.as_deref() == above).collect();
        let mut seen: Vec<(char, &str)> = Vec::new();
        for finding in &here {
            let key = (mark(finding.verdict), finding.cause.as_str());
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let alike: Vec<&&Finding> = here.iter().filter(|other| (mark(other.verdict), other.cause.as_str()) == key).collect();
            let times = if alike.len() > 1 { format!(" x{}", alike.len()) } else { String::new() };
            writeln!(out, "{:indent$}{}{}{times}", "", key.0, key.1, indent = 4 + 2 * depth).unwrap();
            for one in alike {
                below(Some(&one.id), depth + 1, findings, out);
            }
        }
    }
    if outcome.findings.is_empty() {
        out.push_str("    (silent)\n");
    }
    below(None, 0, &outcome.findings, out);
}

#[test]
fn which_causes_fire_where() {
    let mut table = String::from("+ confirmed, ? possible, ~ not assessable, - refuted; indented: explained by the line above\n");
    for name in samples() {
        writeln!(table, "\nsample {name}").unwrap();
        fired(&scanned(&sample(&name)), &mut table);
    }
    for story in stories() {
        writeln!(table, "\n{}: {} ({})", story.cause, story.name, story.expect).unwrap();
        fired(&told(&story.files), &mut table);
    }
    insta::assert_snapshot!(table);
}
