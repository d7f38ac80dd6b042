use proptest::prelude::*;
use regex::bytes::{Regex, RegexBuilder};

use super::*;

fn regex(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().unwrap()
}

/// Where the groups of the first match lie.
fn slow(expression: &Regex, text: &[u8]) -> Option<Vec<Option<(usize, usize)>>> {
    let captures = expression.captures(text)?;
    Some((1..captures.len()).map(|group| captures.get(group).map(|found| (found.start(), found.end()))).collect())
}

/// The same by steps; the outer `None` where they give up.
fn fast(steps: &Steps, groups: usize, text: &[u8]) -> Option<Option<Vec<Option<(usize, usize)>>>> {
    let mut slots = [NOWHERE; 2 * MAX_GROUPS];
    let found = steps.search(text, &mut slots)?;
    let group = |group: usize| Some((slots[2 * group], slots[2 * group + 1])).filter(|(start, end)| *start != NOWHERE && *end != NOWHERE);
    Some(found.then(|| (1..groups).map(group).collect()))
}

#[track_caller]
fn same(expression: &str, text: &[u8]) -> bool {
    same_each(expression, [text]) == 1
}

/// On how many texts steps and regex say the same; on the others the steps give up.
#[track_caller]
fn same_each<'t>(expression: &str, texts: impl IntoIterator<Item = &'t [u8]>) -> usize {
    let (Some((steps, _)), oracle) = (compile(expression), regex(expression)) else { return 0 };
    let mut count = 0;
    for text in texts {
        if let Some(found) = fast(&steps, oracle.captures_len(), text) {
            assert_eq!(found, slow(&oracle, text), "{expression} on {:?}", String::from_utf8_lossy(text));
            count += 1;
        }
    }
    count
}

#[test]
fn wordings_of_logs() {
    for (expression, text) in [
        (r"^Aborted connection (?P<c>\d+) to db: '(?P<db>[^']*)' user", "Aborted connection 77 to db: '' user: 'x'"),
        (r"(?:spec\.\w+\{(?P<c>[^}]+)\}: )?(?:Started container|Container started)", "spec.containers{web}: Started container web"),
        (r"(?:spec\.\w+\{(?P<c>[^}]+)\}: )?(?:Started container|Container started)", "spec.containers{web: Container started"),
        (
            r"\A(?:(?s).*CrashLoopBackOff: \\*(?P<d>\S+) restarting failed container=(?P<n>\S+) .*)\z",
            "x CrashLoopBackOff: \\5m restarting failed container=a pod",
        ),
        (r#"\A(?:.*"?ID"?:"?(?P<u>[0-9a-f-]+)"?[, ]+"?Type"?:"?(?P<t>\w+).*)\z"#, r#"{"ID":"9d3c-1","Type":"ContainerDied","Data":"7f"}"#),
        (r"took (?P<ms>\d+)ms|took (?P<s>\d+)s", "it took 12 s, then took 13s"),
        (r"(?i)\boom\b", "zoom, OOM"),
        (r"(?m)^b(?P<x>.*)$", "a\nbc\nd"),
        (r"^(?P<why>.+?)\.? \((?P<x>\d{2,3})\)", "no reason. (1) or. (1234) but (12)"),
        (r"aab", "aaab"),
        (r"(?P<a>a|ab)(?P<b>c|bcd)(?P<d>d*)", "abcd"),
        (r"(?:ab){1,3}$", "abababab"),
        (r"x*", "aaa"),
        (r"", ""),
        (r"(?P<a>[^:]+):(?P<b>\d+)$", "10.0.0.1:80"),
    ] {
        for cut in 0..=text.len() {
            assert!(same(expression, &text.as_bytes()[..cut]), "{expression}");
        }
    }
}

#[test]
fn what_steps_cannot_do_is_left_to_the_automaton() {
    assert!(compile("(?:ab|c)*d").is_none());
    assert!(compile("(?:a*)?b").is_none());
    assert!(compile(&"(a)".repeat(MAX_GROUPS)).is_none());
}

#[test]
fn a_search_without_end_is_given_up() {
    let (steps, _) = compile(".*.*.*.*=(?P<x>.)").unwrap();
    let mut slots = [NOWHERE; 2 * MAX_GROUPS];
    let text = [b"=".repeat(20_000), b"\n".to_vec()].concat();
    let ended = [b"a".repeat(20_000), b"=\n".to_vec()].concat();
    assert_eq!(steps.search(&ended, &mut slots), None);
    assert_eq!(steps.search(&text, &mut slots), Some(true));
}

#[test]
fn packed_wordings_fit_where_their_regexes_do() {
    let pack = crate::pattern::Pack::of(crate::pattern::load::Library::open(&[]));
    let signals: Vec<_> = pack.signals().iter().map(|signal| &signal.definition).collect();
    let (mut walked, mut all) = (0, 0);
    for signal in signals {
        let texts = signal.example.iter().map(|example| &example.text).chain(signal.near_miss.iter().map(|miss| &miss.text));
        let texts: Vec<&str> = texts.flat_map(|text| [text.as_str()].into_iter().chain(text.split(['"', '\n', ']']).map(str::trim))).collect();
        for wording in &signal.matches {
            let whole = wording.field.values().chain(wording.not_field.values()).map(|text| format!(r"\A(?:{text})\z"));
            for expression in whole.chain(wording.message.clone()).chain(wording.not_message.clone()) {
                all += 1;
                walked += usize::from(same_each(&expression, texts.iter().map(|text| text.as_bytes())) * 10 > texts.len() * 9);
            }
        }
    }
    // Hardly one is left to the automaton, on its own texts at least.
    assert!(walked * 100 > all * 97, "{walked} of {all}");
}

/// Parts of expressions that meet each other in every way.
fn part() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a", "ab", "b", ".", "[^b]", r"\w", r"[ab]", " ", r"\b", "^", "$", r"(?s:.)", "(?i:ab)", r"\s", "(?:a|bc)", "(?:ab|)", "-",
    ]);
    let times = prop::sample::select(vec!["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}"]);
    (atom, times, any::<bool>()).prop_map(|(atom, times, group)| {
        let times = if matches!(atom, "^" | "$" | r"\b") { "" } else { times };
        let one = if atom.len() > 1 && atom.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            format!("(?:{atom}){times}")
        } else {
            format!("{atom}{times}")
        };
        if group { format!("({one})") } else { one }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn steps_fit_where_the_regex_does(
        parts in prop::collection::vec(part(), 1..7),
        either in prop::option::of(prop::collection::vec(part(), 1..3)),
        text in prop::collection::vec(prop::sample::select(vec!['a', 'b', 'c', ' ', '-', '\n', 'A', 'ü']), 0..24),
    ) {
        let expression = either.map_or_else(|| parts.concat(), |either| format!("{}|{}", parts.concat(), either.concat()));
        same(&expression, text.iter().collect::<String>().as_bytes());
    }
}
