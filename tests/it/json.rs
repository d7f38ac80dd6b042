//! The contract of the JSON report: keys that stay, and the type of each.

use serde_json::Value;

use crate::case::{as_value, sample, samples, scanned, stories, told};

/// What a key holds.
#[derive(Clone, Copy)]
enum Kind {
    /// Text that is not empty.
    Word,
    /// Any text.
    Text,
    /// A number from 0 up, whole.
    Count,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// RFC 3339 in UTC, to the microsecond.
    Time,
    /// 64 hex digits.
    Sha256,
    /// One of these words.
    Of(&'static [&'static str]),
    /// True or false.
    Flag,
    /// This, or null.
    Maybe(&'static Kind),
    /// A list of texts.
    Texts,
    /// A list of objects.
    List(&'static [Key]),
    /// An object with these keys.
    Object(&'static [Key]),
    /// An object of any keys, each a list of texts that are not empty.
    Names,
    /// An object of any keys, each a text.
    Params,
}

/// A key, what it holds, and whether it may be left out.
type Key = (&'static str, Kind, bool);

const SOURCE: &[Key] = &[
    ("id", Kind::Count, true),
    ("path", Kind::Word, true),
    ("format", Kind::Word, true),
    ("component", Kind::Maybe(&Kind::Word), true),
    ("node", Kind::Maybe(&Kind::Word), true),
    ("pod", Kind::Maybe(&Kind::Word), true),
    ("bytes", Kind::Count, true),
    ("lines", Kind::Count, true),
    ("entries", Kind::Count, true),
    ("first", Kind::Maybe(&Kind::Time), true),
    ("last", Kind::Maybe(&Kind::Time), true),
    ("sha256", Kind::Sha256, true),
    ("clock", Kind::Object(CLOCK), true),
    ("problems", Kind::List(PROBLEM), true),
];

const CLOCK: &[Key] = &[
    ("zone", Kind::Maybe(&Kind::Word), true),
    ("zone_basis", Kind::Maybe(&Kind::Word), true),
    ("year_basis", Kind::Maybe(&Kind::Word), true),
    ("offset_ms", Kind::Whole, true),
    ("doubt_ms", Kind::Count, true),
    ("ties", Kind::Count, true),
    ("outliers", Kind::Count, true),
    ("pieces", Kind::List(PIECE), true),
];

const PIECE: &[Key] = &[
    ("from_offset", Kind::Count, true),
    ("zone", Kind::Maybe(&Kind::Word), true),
    ("basis", Kind::Word, true),
    ("offset_ms", Kind::Whole, true),
    ("doubt_ms", Kind::Count, true),
];

const PROBLEM: &[Key] = &[("line", Kind::Maybe(&Kind::Count), true), ("what", Kind::Word, true)];

const FINDING: &[Key] = &[
    ("id", Kind::Word, true),
    ("cause", Kind::Word, true),
    ("title", Kind::Word, true),
    ("severity", Kind::Of(&["critical", "high", "medium", "low", "info"]), true),
    ("verdict", Kind::Of(&["confirmed", "possible", "refuted", "not-assessable"]), true),
    ("explained_by", Kind::Maybe(&Kind::Word), true),
    ("start", Kind::Maybe(&Kind::Time), true),
    ("end", Kind::Maybe(&Kind::Time), true),
    ("entities", Kind::Names, true),
    ("params", Kind::Params, true),
    ("steps", Kind::List(STEP), true),
    ("missing", Kind::Texts, true),
    ("remedies", Kind::Texts, true),
    ("references", Kind::Texts, true),
];

const STEP: &[Key] = &[
    ("name", Kind::Word, true),
    ("role", Kind::Of(&["step", "support", "against"]), true),
    ("time", Kind::Maybe(&Kind::Time), true),
    ("end", Kind::Maybe(&Kind::Time), true),
    ("summary", Kind::Text, true),
    ("timer", Kind::Object(TIMER), false),
    ("evidence", Kind::List(EVIDENCE), true),
];

const TIMER: &[Key] = &[
    ("name", Kind::Word, true),
    ("expected_s", Kind::Number, true),
    ("observed_s", Kind::Number, true),
    ("basis", Kind::Word, true),
    ("agrees", Kind::Flag, true),
];

const EVIDENCE: &[Key] = &[
    ("source", Kind::Count, true),
    ("line", Kind::Count, true),
    ("offset", Kind::Count, true),
    ("time", Kind::Maybe(&Kind::Time), true),
    ("text", Kind::Text, true),
];

const REPORT: &[Key] = &[
    ("schema", Kind::Of(&["necropsy.report/1"]), true),
    ("tool", Kind::Object(&[("version", Kind::Word, true), ("patterns", Kind::Word, true)]), true),
    ("sources", Kind::List(SOURCE), true),
    ("findings", Kind::List(FINDING), true),
    (
        "stats",
        Kind::Object(&[
            ("sources", Kind::Count, true),
            ("bytes", Kind::Count, true),
            ("entries", Kind::Count, true),
            ("signals", Kind::Count, true),
            ("seconds", Kind::Number, true),
        ]),
        true,
    ),
];

/// `2017-12-01T02:17:42.000000Z`
fn is_time(text: &str) -> bool {
    let like: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    like == "0000-00-00T00:00:00.000000Z"
}

/// What is wrong with a value, each with the way to it.
fn check(way: &str, value: &Value, kind: &Kind, wrong: &mut Vec<String>) {
    let texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    let fits = match kind {
        Kind::Word => value.as_str().is_some_and(|text| !text.trim().is_empty()),
        Kind::Text => value.is_string(),
        Kind::Count => value.is_u64(),
        Kind::Whole => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Flag => value.is_boolean(),
        Kind::Time => value.as_str().is_some_and(is_time),
        Kind::Sha256 => value.as_str().is_some_and(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())),
        Kind::Of(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        Kind::Texts => texts(value),
        Kind::Names => value
            .as_object()
            .is_some_and(|names| names.values().all(|names| texts(names) && !names.as_array().unwrap().iter().any(|name| name == ""))),
        Kind::Params => value.as_object().is_some_and(|params| params.values().all(Value::is_string)),
        Kind::Maybe(kind) => {
            if !value.is_null() {
                check(way, value, kind, wrong);
            }
            true
        }
        Kind::List(keys) => {
            for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                check(&format!("{way}[{at}]"), item, &Kind::Object(keys), wrong);
            }
            value.is_array()
        }
        Kind::Object(keys) => {
            for (key, kind, required) in *keys {
                match value.get(key) {
                    Some(value) => check(&format!("{way}.{key}"), value, kind, wrong),
                    None if *required => wrong.push(format!("{way}.{key} is not there")),
                    None => {}
                }
            }
            value.is_object()
        }
    };
    if !fits {
        wrong.push(format!("{way} is {value}"));
    }
}

/// What holds comes first, on top what nothing explains; then what was looked for and does not hold.
fn rank(finding: &Value) -> (u8, Option<usize>, Option<usize>, Option<&str>) {
    let place = |words: &[&str], key: &str| words.iter().position(|word| finding[key] == *word);
    let class = match finding["verdict"].as_str() {
        Some("confirmed" | "possible") if finding["explained_by"].is_null() => 0,
        Some("confirmed" | "possible") => return (1, None, None, None),
        _ => 2,
    };
    let severity = place(&["critical", "high", "medium", "low", "info"], "severity");
    let verdict = place(&["confirmed", "possible", "not-assessable", "refuted"], "verdict");
    (class, severity, verdict, finding["start"].as_str())
}

/// What the types of single keys do not say: ids are places in the list or names of other findings, evidence has a source, order is that of the
/// report.
fn check_references(report: &Value, wrong: &mut Vec<String>) {
    let sources = report["sources"].as_array().unwrap();
    let findings = report["findings"].as_array().unwrap();
    for (at, source) in sources.iter().enumerate() {
        if source["id"] != at {
            wrong.push(format!("source {at} has the id {}", source["id"]));
        }
    }
    let ids: Vec<&str> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    for finding in findings {
        let id = &finding["id"];
        if let Some(above) = finding["explained_by"].as_str()
            && (above == id || !ids.contains(&above))
        {
            wrong.push(format!("{id} is explained by {above}, which is not there"));
        }
        if ids.iter().filter(|other| *other == id).count() != 1 {
            wrong.push(format!("the id {id} is not unique"));
        }
        for evidence in finding["steps"].as_array().unwrap().iter().flat_map(|step| step["evidence"].as_array().unwrap()) {
            let source = evidence["source"].as_u64().and_then(|source| sources.get(source as usize));
            let inside = |key: &str, most: &str| source.is_some_and(|source| evidence[key].as_u64() <= source[most].as_u64());
            if evidence["line"] == 0 || !inside("line", "lines") || !inside("offset", "bytes") {
                wrong.push(format!("{id} cites {evidence}"));
            }
        }
        if finding["start"].as_str().zip(finding["end"].as_str()).is_some_and(|(start, end)| start > end) {
            wrong.push(format!("{id} ends before it begins"));
        }
    }
    for pair in findings.windows(2) {
        let (before, after) = (rank(&pair[0]), rank(&pair[1]));
        // What has no time comes after what has one.
        let dated = before.3.is_some() == after.3.is_some();
        if (before.0, before.1, before.2) > (after.0, after.1, after.2) || dated && before > after {
            wrong.push(format!("{} stands before {}", pair[0]["id"], pair[1]["id"]));
        }
    }
}

fn broken(report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    check("report", report, &Kind::Object(REPORT), &mut wrong);
    if wrong.is_empty() {
        check_references(report, &mut wrong);
    }
    wrong
}

#[test]
fn reports_of_samples_keep_the_contract() {
    for name in samples() {
        assert_eq!(broken(&as_value(scanned(&sample(&name)))), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn reports_of_stories_keep_the_contract() {
    for story in stories() {
        assert_eq!(broken(&as_value(told(&story.files))), Vec::<String>::new(), "{}: {}", story.cause, story.name);
    }
}

#[test]
fn nothing_read_keeps_the_contract() {
    assert_eq!(broken(&as_value(scanned(&[]))), Vec::<String>::new());
    assert_eq!(broken(&as_value(scanned(&[("empty.log".into(), Vec::new())]))), Vec::<String>::new());
}

#[test]
fn the_check_sees_what_breaks_the_contract() {
    let whole = as_value(scanned(&sample("split-brain")));
    let spoilt = |spoil: &dyn Fn(&mut Value)| {
        let mut report = whole.clone();
        spoil(&mut report);
        broken(&report)
    };
    assert_eq!(spoilt(&|report| drop(report["findings"][0].as_object_mut().unwrap().remove("missing"))), ["report.findings[0].missing is not there"]);
    assert_eq!(spoilt(&|report| report["sources"][1]["first"] = "2017-12-01 02:17".into()), [r#"report.sources[1].first is "2017-12-01 02:17""#]);
    assert_eq!(spoilt(&|report| report["stats"]["signals"] = (-1).into()), ["report.stats.signals is -1"]);
    assert_eq!(spoilt(&|report| report["findings"][0]["explained_by"] = "f99".into())[0], "\"f1\" is explained by f99, which is not there");
    assert_eq!(spoilt(&|report| report["findings"][0]["entities"]["node"][0] = "".into()).len(), 1);
    assert!(!spoilt(&|report| report["findings"].as_array_mut().unwrap().swap(0, 1)).is_empty());
    assert!(!spoilt(&|report| report["findings"][0]["steps"][0]["evidence"][0]["line"] = 1_000_000.into()).is_empty());
}
