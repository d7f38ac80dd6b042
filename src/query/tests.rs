use super::*;
use crate::time::{MINUTE, SECOND, civil_ns};

fn at(hour: u32, minute: u32) -> i64 {
    civil_ns(2017, 12, 1, hour, minute, 0, 0).unwrap()
}

fn words(text: &str) -> Query {
    Query::Words { words: words::typed(text), prefix: false }
}

fn field(name: &str, value: &str) -> Query {
    Query::Field(Field::named(name).unwrap(), Pattern::new(value))
}

#[test]
fn queries_mean_what_they_say() {
    for (text, meant) in [
        ("*", Query::All),
        ("evicted", words("evicted")),
        ("k8s-node3", words("k8s node3")),
        ("\"failed to mount\"", words("failed to mount")),
        ("crash*", Query::Words { words: vec!["crash".into()], prefix: true }),
        ("\"back off rest\"*", Query::Words { words: words::typed("back off rest"), prefix: true }),
        ("10:18", words("10 18")),
        ("component:kubelet", field("component", "kubelet")),
        ("NODE:k8s-node3", field("node", "k8s-node3")),
        ("k8s.pod.name:\"a b\"", field("pod", "a b")),
        ("code:MY-012345", field("code", "my-012345")),
        ("field.err:*timeout*", field("field.err", "*timeout*")),
        ("source:a/b:c.log", field("source", "a/b:c.log")),
        ("severity>=warning", Query::Severity(13, 24)),
        ("severity>warn", Query::Severity(17, 24)),
        ("severity:error", Query::Severity(17, 20)),
        ("level<error", Query::Severity(1, 16)),
        ("since:2017-12-01T10:18:00Z", Query::Time(at(10, 18), i64::MAX)),
        ("until:\"2017-12-01 10:18\"", Query::Time(i64::MIN, at(10, 19) - 1)),
        ("\"2017-12-01 10:18\"..\"10:20\"", Query::Time(at(10, 18), at(10, 21) - 1)),
        ("2017-12-01T10:18..10:20:30", Query::Time(at(10, 18), at(10, 20) + 31 * SECOND - 1)),
        ("around:f1±2m", Query::Around("f1".into(), 2 * MINUTE)),
        ("around:f1+-30s", Query::Around("f1".into(), 30 * SECOND)),
        ("around:\"2017-12-01 10:18:00\"±1m", Query::Time(at(10, 17), at(10, 19) + SECOND - 1)),
        ("a b", Query::And(vec![words("a"), words("b")])),
        ("a AND b OR c", Query::Or(vec![Query::And(vec![words("a"), words("b")]), words("c")])),
        ("NOT a b", Query::And(vec![Query::Not(Box::new(words("a"))), words("b")])),
        ("a (b OR c)", Query::And(vec![words("a"), Query::Or(vec![words("b"), words("c")])])),
        ("component:(kubelet OR mysqld)", Query::Or(vec![field("component", "kubelet"), field("component", "mysqld")])),
        ("\"AND\"", words("AND")),
        ("and", words("and")),
    ] {
        assert_eq!(parse(text), Ok(meant), "{text}");
    }
}

#[test]
fn faults_have_a_place_and_help() {
    for (text, place) in [
        ("", 0),
        ("a \"b", 2),
        ("a AND", 5),
        ("OR a", 0),
        ("(a", 0),
        ("a)", 1),
        ("componnt:x", 0),
        ("severity>=loud", 10),
        ("node>=3", 4),
        ("since:yesterday", 6),
        ("node:", 5),
        (":x", 0),
        ("a*b", 0),
        ("---", 0),
        ("2017-12-02..2017-12-01", 12),
        ("around:f1±soon", 7),
        ("..", 0),
    ] {
        let fault = parse(text).expect_err(text);
        assert_eq!(fault.at, place, "{text}: {fault}");
        assert!(!fault.help.is_empty() && fault.to_string().contains('^'), "{text}");
    }
    assert!(parse("componnt:x").unwrap_err().help.contains("component"));
    assert!(parse(&"(".repeat(5000)).is_err() && parse(&"NOT ".repeat(5000)).is_err());
}

#[test]
fn patterns_fit_whole_values() {
    let fits = |pattern: &str, value: &str| Pattern::new(pattern).fits(value);
    assert!(fits("k8s-node3", "K8s-Node3") && fits("*-3", "node-3") && fits("node.*", "node.dead") && fits("*", "") && fits("a*b*c", "axxbyyc"));
    assert!(!fits("node", "node-3") && !fits("a*b*c", "acb") && !fits("ab*ba", "aba"));
    assert!(fits("größe*", "Größe 7") && fits("*ß*7", "GRÖßE 7") && !fits("größe*", "grosse"));
}

/// Whether a pattern fits, in the plainest way: a star is nothing, or a character and a star.
fn plainly(pattern: &[char], value: &[char]) -> bool {
    match (pattern, value) {
        ([], value) => value.is_empty(),
        (['*', rest @ ..], value) => plainly(rest, value) || (!value.is_empty() && plainly(pattern, &value[1..])),
        ([one, rest @ ..], [other, more @ ..]) => one == other && plainly(rest, more),
        _ => false,
    }
}

/// Pieces that queries are made of, good and bad.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "evicted", "crash*", "k8s-node3", "*", "\"failed to mount\"", "\"a \\\" b\"*", "node:k8s-*", "pod:(a OR \"b c\")", "reason:Evicted",
            "field.err:*time*", "code:MY-1", "severity>=warning", "severity<trace", "level>fatal", "severity:error", "since:2017-12-01",
            "until:\"2017-12-01 10:18\"", "\"2017-12-01 10:18\"..10:20", "around:f1±2m", "around:f1+-1m30s", "around:2017-12-01T10:18±1m", "tag:x",
            "finding:split-brain", "source:a/b:c.log", "ns:\"\\\\\"", "entity:Ünïcode",
        ]).prop_map(str::to_owned),
        3 => proptest::sample::select(vec!["AND", "OR", "NOT", "(", ")", "..", ":", ">=", "±", "-", "\""]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    proptest::collection::vec((piece, proptest::sample::select(vec!["", " ", " ", "\t"])), 1..12)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, space)| piece + space).collect())
}

/// What is parsed is printed so that it means the same.
fn goes_there_and_back(text: &str) -> bool {
    match parse(text) {
        Ok(query) => parse(&query.to_string()) == Ok(query),
        Err(fault) => fault.at <= text.len() && !fault.to_string().is_empty(),
    }
}

proptest::proptest! {
    #[test]
    fn patterns_fit_as_said(pattern in "[abAB*é]{0,6}", value in "[abABé]{0,8}") {
        let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
        proptest::prop_assert_eq!(Pattern::new(&pattern).fits(&value), plainly(&letters(&pattern), &letters(&value)));
    }

    #[test]
    fn any_bytes_are_a_query_or_a_fault(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        proptest::prop_assert!(goes_there_and_back(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn a_query_is_printed_as_it_could_be_typed(text in pieces()) {
        proptest::prop_assert!(goes_there_and_back(&text), "{text}: {:?}", parse(&text).map(|query| query.to_string()));
    }

    #[test]
    fn nothing_typed_panics(text in "[ a-z0-9:()\"*.<>=±\\\\-]{0,40}") {
        let parsed = parse(&text);
        proptest::prop_assert!(parsed.is_ok() || parsed.is_err_and(|fault| fault.at <= text.len()));
    }
}
