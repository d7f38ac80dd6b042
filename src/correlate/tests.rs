//! Stories told from made-up signals: joins, order under doubt, absence, counts, folding; and the search against a slow, obviously right one.

mod counts;
mod folding;

use proptest::prelude::*;

use super::{Inquest, Library, correlate, correlated};
use crate::component::Component;
use crate::finding::{Finding, Verdict};
use crate::pattern::ast::{Cause, PatternFile, Signal as SignalAst, Span};
use crate::signal::{Citation, Signal};
use crate::source::{Anchor, Clock, Loss, Source, Whereabouts};
use crate::time::{RawTime, SECOND, Stamp};

/// Causes under test, read from pattern text; signals are made for every id that is mentioned.
struct Pack {
    signals: Vec<SignalAst>,
    spans: Vec<Span>,
    causes: Vec<Cause>,
}

impl Pack {
    fn new(texts: &[&str]) -> Self {
        let mut pack = Self { signals: Vec::new(), spans: Vec::new(), causes: Vec::new() };
        for text in texts {
            let file: PatternFile = toml::from_str(&format!("schema = \"necropsy.patterns/1\"\n{text}")).unwrap();
            pack.spans.extend(file.span);
            pack.causes.extend(file.cause);
        }
        let spans = pack.spans.iter().flat_map(|span| span.open.iter().chain(&span.close));
        let steps = pack.causes.iter().flat_map(|cause| cause.step.iter().chain(cause.story.iter().flat_map(|story| &story.step)));
        let mut ids: Vec<String> = spans.chain(steps.flat_map(|step| &step.signal)).cloned().collect();
        ids.sort();
        ids.dedup();
        pack.signals = ids.into_iter().map(|id| SignalAst { id, ..SignalAst::default() }).collect();
        pack
    }

    fn library(&self) -> Library<'_> {
        Library::new(self.signals.iter().collect(), &self.spans, &self.causes)
    }
}

/// Source, second, doubt, id, entities.
type Said = (u32, i64, i64, String, Vec<(String, String)>);

/// Sources and signals under test, in seconds.
#[derive(Default)]
struct World {
    sources: Vec<Source>,
    signals: Vec<Said>,
    /// Who writes the records.
    writer: Option<Component>,
}

impl World {
    /// A source that speaks at each of these seconds.
    fn source(mut self, path: &str, component: Component, node: Option<&str>, speaks: &[i64]) -> Self {
        let id = self.sources.len() as u32;
        let anchors = speaks.iter().enumerate().map(|(at, second)| Anchor {
            raw: RawTime::zoned(second * SECOND, 1),
            line: at as u64 + 1,
            offset: at as u64 * 10,
            text: format!("{second}").into(),
        });
        self.sources.push(Source {
            id,
            path: path.into(),
            at: Whereabouts { component: Some(component), node: node.map(Into::into), ..Whereabouts::default() },
            entries: speaks.len() as u64,
            lines: speaks.len() as u64,
            first: speaks.first().map(|second| Stamp::exact(second * SECOND)),
            last: speaks.last().map(|second| Stamp::exact(second * SECOND)),
            habit_ns: 10 * SECOND,
            clock: Clock::default(),
            anchors: anchors.collect(),
            ..Source::default()
        });
        self
    }

    /// `"12 node.lost node=a"`: a signal of the last source at second 12; `"12±3 …"`: its stamp is in doubt by three seconds.
    fn signal(mut self, text: &str) -> Self {
        let mut words = text.split(' ');
        let time = words.next().unwrap();
        let (second, doubt) = time.split_once('±').map_or((time, 0), |(second, doubt)| (second, doubt.parse().unwrap()));
        let id = words.next().unwrap().to_owned();
        let entities = words.map(|word| word.split_once('=').map(|(kind, name)| (kind.to_owned(), name.to_owned())).unwrap()).collect();
        self.signals.push((self.sources.len() as u32 - 1, second.parse().unwrap(), doubt, id, entities));
        self
    }

    /// The same records, written by another component.
    fn of(self, writer: Component) -> Self {
        Self { writer: Some(writer), ..self }
    }

    fn explain(&self, pack: &Pack) -> Vec<Finding> {
        correlate(&pack.library(), Inquest { sources: &self.sources, signals: self.stamped(pack) })
    }

    fn stamped(&self, pack: &Pack) -> Vec<Signal> {
        let mut signals: Vec<Signal> = self
            .signals
            .iter()
            .enumerate()
            .filter_map(|(at, (source, second, doubt, id, entities))| {
                let id = pack.signals.iter().position(|known| known.id == *id)? as u16;
                let stamp = Stamp { ns: second * SECOND, precision_ns: 1, doubt_ns: doubt * SECOND };
                let boxed = |list: &[(String, String)]| list.iter().map(|(name, value)| (crate::name::name(name), value.as_str().into())).collect();
                Some(Signal {
                    id,
                    citation: Citation { source: *source, line: at as u64 + 1, offset: at as u64 * 10, text: format!("line {at}").into() },
                    before: None,
                    raw_time: Some(RawTime::zoned(stamp.ns, 1)),
                    outer_time: None,
                    stamp: Some(stamp),
                    lasted_ns: 0,
                    severity: None,
                    component: self.writer.or(Some(Component::KubeControllerManager)),
                    attributes: boxed(entities),
                    entities: boxed(entities),
                    same: Vec::new(),
                    version: None,
                    setting: None,
                    repeats: 0,
                    said: 0,
                    told: None,
                })
            })
            .collect();
        signals.sort_by_key(|signal| (signal.stamp.map_or(0, |stamp| stamp.ns), signal.citation.source, signal.citation.offset));
        signals
    }
}

#[track_caller]
fn check(pack: &Pack, world: &World, expected: &[(&str, Verdict, Option<&str>)]) {
    let findings = world.explain(pack);
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            let parent =
                finding.explained_by.as_ref().and_then(|id| findings.iter().find(|other| other.id == *id)).map(|parent| parent.cause.as_str());
            (finding.cause.as_str(), finding.verdict, parent)
        })
        .collect();
    assert_eq!(told, expected, "{findings:#?}");
}

const CHAIN: &str = r#"
[cause]
id = "chain"
title = "{a.node}"
severity = "high"
since = "0.1.0"
means = ""
look = ""
group = ["a.node"]
[[cause.step]]
name = "a"
signal = ["a"]
[[cause.step]]
name = "b"
signal = ["b"]
match = { node = "a.node" }
after = "a"
within = "10s"
certain = true
[[cause.step]]
name = "c"
signal = ["c"]
match = { node = "a.node" }
after = "b"
within = "10s"
"#;

#[test]
fn a_chain_needs_the_same_node_in_order_and_in_time() {
    let pack = Pack::new(&[CHAIN]);
    let world = || World::default().source("kcm.log", Component::KubeControllerManager, None, &[0, 100]);
    check(&pack, &world().signal("1 a node=x").signal("5 b node=x").signal("9 c node=x"), &[("chain", Verdict::Confirmed, None)]);
    check(&pack, &world().signal("1 a node=x").signal("5 b node=y").signal("9 c node=x"), &[]);
    check(&pack, &world().signal("1 a node=x").signal("9 b node=x").signal("5 c node=x"), &[]);
    check(&pack, &world().signal("1 a node=x").signal("12 b node=x").signal("13 c node=x"), &[]);
    check(&pack, &world().signal("1 a node=x").signal("5 b").signal("9 c node=x"), &[]);
}

#[test]
fn order_within_the_doubt_is_possible_only() {
    let pack = Pack::new(&[CHAIN]);
    let world = World::default()
        .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
        .signal("4 a node=x")
        .source("other.log", Component::KubeControllerManager, None, &[0, 100])
        .signal("3±2 b node=x")
        .signal("9 c node=x");
    check(&pack, &world, &[("chain", Verdict::Possible, None)]);
}

/// [`CHAIN`] without a step whose order is the proof.
fn plain_chain() -> String {
    CHAIN.replace("certain = true\n", "")
}

fn two_logs(a: &str, b: &str) -> World {
    World::default()
        .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
        .signal(a)
        .source("other.log", Component::KubeControllerManager, None, &[0, 100])
        .signal(b)
        .signal("9 c node=x")
}

#[test]
fn a_chain_that_only_the_doubt_allows_is_possible_and_one_that_nothing_allows_is_none() {
    let pack = Pack::new(&[&plain_chain()]);
    // The stamps say it, though another clock could turn it round.
    check(&pack, &two_logs("4 a node=x", "5±3 b node=x"), &[("chain", Verdict::Confirmed, None)]);
    // The stamps say the opposite.
    check(&pack, &two_logs("4 a node=x", "3±2 b node=x"), &[("chain", Verdict::Possible, None)]);
    check(&pack, &two_logs("4±1 a node=x", "3±1 b node=x"), &[("chain", Verdict::Possible, None)]);
    // Whatever the clocks.
    check(&pack, &two_logs("6±1 a node=x", "3±1 b node=x"), &[]);
    check(&pack, &two_logs("4 a node=x", "3 b node=x"), &[]);
}

#[test]
fn a_support_that_only_the_doubt_allows_weakens_nothing() {
    let support = plain_chain().replace("name = \"b\"", "name = \"b\"\nrole = \"support\"").replace("after = \"b\"", "after = \"a\"");
    check(&Pack::new(&[&support]), &two_logs("4 a node=x", "3±2 b node=x"), &[("chain", Verdict::Confirmed, None)]);
}

#[test]
fn what_was_told_is_not_told_again() {
    let cause = |summary: &str| {
        let again = format!("[[cause.step]]\nname = \"again\"\nrole = \"support\"\nsignal = [\"a\"]\nafter = \"a\"\nsummary = \"{summary}\"\n");
        CHAIN.split("[[cause.step]]").take(2).collect::<Vec<_>>().join("[[cause.step]]") + "summary = \"it is so\"\n" + &again
    };
    let told = |summary: &str, world: World| world.explain(&Pack::new(&[&cause(summary)]))[0].steps.len();
    let world = || World::default().source("kcm.log", Component::KubeControllerManager, None, &[0, 100]).signal("4 a node=x");
    assert_eq!((told("it is so", world()), told("it is also so", world())), (1, 2));
}

#[test]
fn an_overlap_is_certain_possible_or_none_as_the_clocks_allow() {
    const OVERLAP: &str = r#"
[[span]]
id = "one"
title = ""
key = ["node"]
open = ["a"]
close = ["z"]
[[span]]
id = "two"
title = ""
key = ["node"]
open = ["b"]
close = ["y"]
[cause]
id = "both"
title = "{one.node}"
severity = "high"
since = "0.1.0"
means = ""
look = ""
[[cause.step]]
name = "one"
span = ["one"]
[[cause.step]]
name = "two"
span = ["two"]
match = { node = "one.node" }
overlaps = "one"
min = "5s"
"#;
    let pack = Pack::new(&[OVERLAP]);
    let world = |begin: &str, end: &str| {
        World::default()
            .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
            .signal("10 a node=x")
            .signal("20 z node=x")
            .source("other.log", Component::KubeControllerManager, None, &[0, 100])
            .signal(begin)
            .signal(end)
    };
    check(&pack, &world("14 b node=x", "30 y node=x"), &[("both", Verdict::Confirmed, None)]);
    check(&pack, &world("14±3 b node=x", "30±3 y node=x"), &[("both", Verdict::Confirmed, None)]);
    check(&pack, &world("17±3 b node=x", "30±3 y node=x"), &[("both", Verdict::Possible, None)]);
    check(&pack, &world("19±3 b node=x", "30±3 y node=x"), &[]);
}

#[test]
fn nothing_is_absent_where_a_source_lacks_records() {
    let pack = Pack::new(&[r#"
[cause]
id = "lone"
title = "{a.node}"
severity = "high"
since = "0.1.0"
means = ""
look = ""
[[cause.step]]
name = "a"
signal = ["a"]
[[cause.step]]
name = "b"
role = "proof"
signal = ["b"]
absent = true
after = "a"
within = "20s"
covered_by = ["kube-controller-manager"]
missing = "the rest"
"#]);
    let often: Vec<i64> = (0..20).map(|at| at * 10).collect();
    let mut world = World::default().source("kcm.log", Component::KubeControllerManager, None, &often).signal("50 a node=x");
    check(&pack, &world, &[("lone", Verdict::Confirmed, None)]);
    let at = |second: i64| Some(Stamp::exact(second * SECOND));
    for (from, to, verdict) in [(60, 65, Verdict::Possible), (10, 40, Verdict::Confirmed), (80, 90, Verdict::Confirmed)] {
        world.sources[0].losses = vec![Loss { from: at(from), to: at(to), line: 7, what: "records were left out".into() }];
        check(&pack, &world, &[("lone", verdict, None)]);
    }
    world.sources[0].losses = vec![Loss { from: at(60), to: None, line: 7, what: "records were left out".into() }];
    let findings = world.explain(&pack);
    assert!(
        findings[0].missing[0].contains("kcm.log lacks records from 1970-01-01T00:01:00.000000Z to its end: records were left out"),
        "{findings:#?}"
    );
    world.sources[0].first = at(55);
    world.sources[0].losses = vec![Loss { from: None, to: at(55), line: 0, what: "only its end was collected".into() }];
    let findings = world.explain(&pack);
    assert!(findings[0].missing[0].contains("begins at 1970-01-01T00:00:55.000000Z: only its end was collected"), "{findings:#?}");
}

#[test]
fn an_early_dead_end_does_not_hide_the_story() {
    // The first `b` leads nowhere within the window; the second does.
    let pack = Pack::new(&[CHAIN]);
    let world = World::default()
        .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
        .signal("1 a node=x")
        .signal("2 b node=x")
        .signal("10 b node=x")
        .signal("18 c node=x");
    let findings = world.explain(&pack);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].steps[1].evidence[0].citation.line, 3);
}

const ALIBI: &str = r#"
[[span]]
id = "lost"
title = ""
key = ["node"]
open = ["a"]
close = ["z"]
[cause]
id = "feigned"
title = "{lost.node}"
severity = "high"
since = "0.1.0"
means = ""
look = ""
[[cause.step]]
name = "lost"
span = ["lost"]
[[cause.step]]
name = "alibi"
speaks = ["*"]
match = { node = "lost.node" }
after = "lost"
before = "lost.end"
certain = true
"#;

const DEAD: &str = r#"
[cause]
id = "down"
title = "{lost.node}"
severity = "high"
since = "0.1.0"
means = ""
look = ""
[[cause.step]]
name = "lost"
span = ["lost"]
[[cause.step]]
name = "silent"
speaks = ["*"]
absent = true
match = { node = "lost.node" }
after = "lost"
before = "lost.end"
"#;

#[test]
fn life_is_proven_by_speech_and_death_by_silence_that_means_something() {
    let pack = Pack::new(&[ALIBI, DEAD]);
    let kcm = || World::default().source("kcm.log", Component::KubeControllerManager, None, &[0, 50, 100, 300]);
    let often: Vec<i64> = (0..10).map(|at| at * 10).collect();
    let alive = kcm().signal("100 a node=x").signal("200 z node=x").source("nodes/x/app.log", Component::Container, Some("x"), &[0, 90, 150, 250]);
    check(&pack, &alive, &[("feigned", Verdict::Confirmed, None)]);
    let dead = kcm().signal("100 a node=x").source("nodes/x/app.log", Component::Container, Some("x"), &often);
    check(&pack, &dead, &[("down", Verdict::Confirmed, None)]);
    let not_collected = kcm().signal("100 a node=x").source("nodes/y/app.log", Component::Container, Some("y"), &often);
    check(&pack, &not_collected, &[("down", Verdict::NotAssessable, None)]);
    let ended_long_before: Vec<i64> = (0..10).collect();
    let stale = kcm().signal("290 a node=x").source("nodes/x/app.log", Component::Container, Some("x"), &ended_long_before);
    check(&pack, &stale, &[("down", Verdict::NotAssessable, None)]);
}

#[test]
fn what_is_explained_is_folded_and_what_is_less_exact_yields() {
    let big = CHAIN.replace("look = \"\"", "look = \"\"\nexplains = [\"part*\"]");
    let part = |id: &str, signal: &str, more: &str| {
        format!(
            "[cause]\nid = \"{id}\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\n{more}\n[[cause.step]]\nname = \"s\"\nsignal = [\"{signal}\"]\n"
        )
    };
    let (part_b, vague) = (part("part-b", "b", ""), part("vague", "c", "yields_to = [\"chain\"]"));
    let pack = Pack::new(&[&big, &part_b, &vague]);
    let world = World::default()
        .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
        .signal("1 a node=x")
        .signal("5 b node=x")
        .signal("9 c node=x")
        .signal("10 b node=y");
    check(&pack, &world, &[("chain", Verdict::Confirmed, None), ("part-b", Verdict::Confirmed, None), ("part-b", Verdict::Confirmed, Some("chain"))]);
}

#[test]
fn counter_evidence_refutes_weakens_or_silences() {
    for (effect, sure, doubtful) in [
        ("refutes", Some(Verdict::Refuted), Verdict::Possible),
        ("weakens", Some(Verdict::Possible), Verdict::Possible),
        ("yields", None, Verdict::Possible),
    ] {
        let pack = Pack::new(&[&format!(
            "{CHAIN}\n[[cause.step]]\nname = \"d\"\nrole = \"against\"\nsignal = [\"d\"]\nmatch = {{ node = \"a.node\" }}\nafter = \"a\"\nbefore = \"c\"\neffect = \"{effect}\"\n"
        )]);
        let world = || {
            World::default()
                .source("kcm.log", Component::KubeControllerManager, None, &[0, 100])
                .signal("1 a node=x")
                .signal("5 b node=x")
                .signal("9 c node=x")
        };
        let told: Vec<_> = sure.map(|verdict| ("chain", verdict, None)).into_iter().collect();
        check(&pack, &world().signal("7 d node=x"), &told);
        check(&pack, &world().signal("10 d node=x"), &[("chain", Verdict::Confirmed, None)]);
        check(&pack, &world().source("other.log", Component::Kubelet, None, &[0, 100]).signal("8±3 d node=x"), &[("chain", doubtful, None)]);
    }
}

/// The slow, obviously right search: every triple.
fn brute(events: &[(i64, char, char)]) -> Vec<char> {
    let mut nodes = Vec::new();
    for (a_time, a, node) in events {
        for (b_time, b, b_node) in events {
            for (c_time, c, c_node) in events {
                let kinds = (*a, *b, *c) == ('a', 'b', 'c') && node == b_node && node == c_node;
                if kinds && (0..=10).contains(&(b_time - a_time)) && (0..=10).contains(&(c_time - b_time)) && !nodes.contains(node) {
                    nodes.push(*node);
                }
            }
        }
    }
    nodes.sort_unstable();
    nodes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Chains are found exactly where trying every triple finds one, and the order in which signals are given changes nothing.
    #[test]
    fn the_search_finds_what_brute_force_finds(events in prop::collection::vec((0_i64..60, prop::sample::select(vec!['a', 'b', 'c']), prop::sample::select(vec!['x', 'y', 'z'])), 0..24)) {
        // Equal stamps within one source are ordered by line; the brute force knows no lines, so stamps are made unique.
        let mut events = events;
        events.sort_unstable();
        events.dedup_by_key(|event| event.0);
        let pack = Pack::new(&[CHAIN]);
        let tell = |list: &[(i64, char, char)]| {
            let mut world = World::default().source("kcm.log", Component::KubeControllerManager, None, &[0, 100]);
            for (time, id, node) in list {
                world = world.signal(&format!("{time} {id} node={node}"));
            }
            let mut nodes: Vec<char> = world.explain(&pack).iter().map(|finding| finding.entities["node"][0].chars().next().unwrap()).collect();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        };
        prop_assert_eq!(tell(&events), brute(&events));
        let backwards: Vec<_> = events.iter().rev().copied().collect();
        prop_assert_eq!(tell(&backwards), brute(&events));
    }

    /// Shifting every stamp by the same span shifts the findings and changes nothing else.
    #[test]
    fn a_common_shift_changes_nothing_else(shift in -1_000_000_i64..1_000_000) {
        let pack = Pack::new(&[CHAIN]);
        let tell = |shift: i64| {
            let world = World::default().source("kcm.log", Component::KubeControllerManager, None, &[shift, 100 + shift]);
            let world = world.signal(&format!("{} a node=x", 1 + shift)).signal(&format!("{} b node=x", 5 + shift)).signal(&format!("{} c node=x", 9 + shift));
            let findings = world.explain(&pack);
            findings.iter().map(|finding| (finding.cause.clone(), finding.verdict, finding.start.unwrap().ns - shift * SECOND)).collect::<Vec<_>>()
        };
        prop_assert_eq!(tell(shift), tell(0));
    }
}

/// The work is counted, not timed: it must grow like the input, not like its square.
#[test]
fn noise_is_looked_at_a_bounded_number_of_times() {
    const HEAD: &str = "title = \"t\"\nseverity = \"high\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\n";
    let cause = |id: &str, rest: &str| format!("[cause]\nid = \"{id}\"\n{HEAD}{rest}");
    let step = |name: &str, signal: &str, rest: &str| format!("[[cause.step]]\nname = \"{name}\"\nsignal = [\"{signal}\"]\n{rest}");
    let then = "match = { pod = \"noisy.pod\" }\nafter = \"noisy\"\nwithin = \"1h\"\n";
    let texts = [
        cause("alone", &step("noisy", "noisy", "")),
        cause("followed", &format!("group = [\"noisy.pod\"]\n{}{}", step("noisy", "noisy", ""), step("then", "noisy", then))),
        cause("anywhere", &(step("rare", "rare", "") + &step("noisy", "noisy", "before = \"rare\"\n"))),
    ];
    let pack = Pack::new(&texts.each_ref().map(String::as_str));
    let mut world = World::default().source("a.log", Component::KubeControllerManager, None, &[0, 100_000]);
    for at in 0..200_000_i64 {
        world.signals.push((0, at / 2, 0, "noisy".into(), vec![("pod".into(), format!("x/p{}", at % 20))]));
    }
    world = world.signal("50000 rare node=n");
    let signals = world.stamped(&pack);
    let count = signals.len();
    let (super::Account { findings, .. }, looks) = correlated(&pack.library(), Inquest { sources: &world.sources, signals });
    assert!(looks < 40 * count, "{looks} looks at {count} signals");
    for cause in ["alone", "followed"] {
        let told: Vec<_> = findings.iter().filter(|finding| finding.cause == cause).collect();
        assert_eq!(told.len(), 20, "{cause}");
        assert!(told.iter().all(|finding| finding.notes.iter().any(|note| note.starts_with("10000 occurrences"))), "{cause}: {:?}", told[0].notes);
    }
    assert!(findings.iter().any(|finding| finding.cause == "anywhere"));
}
