//! What ties a consequence to its cause, and what does not.

use super::{Pack, World, check};
use crate::component::Component;
use crate::finding::{Finding, Verdict};

/// A cause of one step, with further lines of its table.
fn cause(id: &str, signal: &str, more: &str) -> String {
    format!(
        "[cause]\nid = \"{id}\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\n{more}\n[[cause.step]]\nname = \"s\"\nsignal = [\"{signal}\"]\n"
    )
}

fn logs() -> World {
    World::default().source("a.log", Component::KubeControllerManager, None, &[0, 1000])
}

const ALONE: Option<&str> = None;

#[test]
fn what_befalls_one_pod_explains_nothing_of_its_neighbours() {
    let of_pods = cause("big", "a", "group = [\"s.pod\"]\nexplains = [\"small\"]");
    let of_nodes = cause("big", "a", "group = [\"s.node\"]\nexplains = [\"small\"]");
    let small = cause("small", "b", "");
    let world = |pod: &str| logs().signal("10 a node=x pod=ns/p").signal(&format!("20 b node=x pod={pod}"));
    let apart = [("big", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, ALONE)];
    let folded = [("big", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, Some("big"))];
    check(&Pack::new(&[&of_pods, &small]), &world("ns/q"), &apart);
    check(&Pack::new(&[&of_pods, &small]), &world("ns/p"), &folded);
    check(&Pack::new(&[&of_nodes, &small]), &world("ns/q"), &folded);
    // A consequence that knows no pod may be anybody's on that node.
    check(&Pack::new(&[&of_pods, &small]), &logs().signal("10 a node=x pod=ns/p").signal("20 b node=x"), &folded);
}

#[test]
fn what_one_log_says_of_nobody_is_one_story() {
    let pack = Pack::new(&[&cause("small", "a", "entities = { node = [\"s.node\"] }\ngroup = [\"s.node\"]")]);
    let world = logs().signal("10 a").signal("20 a").signal("900 a");
    check(&pack, &world, &[("small", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, ALONE)]);
    let elsewhere = logs().signal("10 a").source("b.log", Component::KubeControllerManager, None, &[0, 1000]).signal("20 a");
    check(&pack, &elsewhere, &[("small", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, ALONE)]);
}

#[test]
fn the_order_within_one_log_is_no_matter_of_clocks() {
    let pack = Pack::new(&[&cause("big", "a", "explains = [\"small\"]"), &cause("small", "b", "")]);
    let early = logs().signal("40 b node=x").signal("100 a node=x");
    check(&pack, &early, &[("small", Verdict::Confirmed, ALONE), ("big", Verdict::Confirmed, ALONE)]);
    let elsewhere = logs().signal("40 b node=x").source("b.log", Component::KubeControllerManager, None, &[0, 1000]).signal("100 a node=x");
    check(&pack, &elsewhere, &[("big", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, Some("big"))]);
}

#[test]
fn what_goes_on_for_long_may_be_told_before_its_cause() {
    let world = logs().signal("40 b node=x").signal("1000 a node=x");
    let apart = [("small", Verdict::Confirmed, ALONE), ("big", Verdict::Confirmed, ALONE)];
    let folded = [("big", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, Some("big"))];
    for (before, expected) in [("", apart), ("explains_before = \"10m\"", apart), ("explains_before = \"1h\"", folded)] {
        let big = cause("big", "a", &format!("explains = [\"small\"]\n{before}"));
        check(&Pack::new(&[&big, &cause("small", "b", "")]), &world, &expected);
    }
}

#[test]
fn a_group_is_known_by_what_the_finding_knows() {
    let placed =
        "[[cause.step]]\nname = \"placed\"\nrole = \"support\"\nsignal = [\"p\"]\nmatch = { pod = \"s.pod\" }\nbefore = \"s\"\nwithin = \"1h\"\n";
    let evicted = |entities: &str| format!("{}{placed}", cause("small", "a", &format!("{entities}\ngroup = [\"s.node\"]")));
    // The second victim's record names no node; it ran on the one of the first.
    let world = logs().signal("1 p pod=q node=x").signal("2 p pod=r node=y").signal("10 a pod=p node=x").signal("20 a pod=q").signal("30 a pod=r");
    let declared = evicted("entities = { node = [\"s.node\", \"placed.node\"], pod = [\"s.pod\"] }");
    let findings = world.explain(&Pack::new(&[&declared]));
    let pods: Vec<_> = findings.iter().map(|finding| finding.entities["pod"].join(" ")).collect();
    assert_eq!(pods, ["p q", "r"]);
}

#[test]
fn a_bystander_ties_nothing() {
    let met = "[[cause.step]]\nname = \"met\"\nrole = \"support\"\nsignal = [\"m\"]\nwithin = \"1m\"\n";
    let big = format!("{}{met}", cause("big", "a", "explains = [\"small\"]"));
    let world = logs().signal("10 a node=x").signal("11 m node=y").signal("20 b node=y");
    let pack = Pack::new(&[&big, &cause("small", "b", "")]);
    check(&pack, &world, &[("big", Verdict::Confirmed, ALONE), ("small", Verdict::Confirmed, ALONE)]);
}

#[test]
fn a_finding_as_a_step_names_each_thing_by_its_own_name() {
    let small = cause("small", "a", "entities = { node = [\"s.node\"] }\ngroup = [\"s.client\"]");
    let big = "[cause]\nid = \"big\"\ntitle = \"{c.node}\"\nseverity = \"high\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\nentities = { node = [\"c.node\"] }\n\
        [[cause.step]]\nname = \"c\"\ncause = [\"small\"]\n";
    let world = logs().signal("10 a node=x client=k").signal("11 a node=y client=k");
    let findings = world.explain(&Pack::new(&[&small, big]));
    let big: Vec<&Finding> = findings.iter().filter(|finding| finding.cause == "big").collect();
    assert_eq!(big.iter().map(|finding| finding.title.as_str()).collect::<Vec<_>>(), ["x, y"]);
    assert_eq!(big.iter().map(|finding| &finding.entities["node"][..]).collect::<Vec<_>>(), [["x", "y"]]);
}

#[test]
fn a_kubelets_log_belongs_to_the_node_it_names_alone() {
    let cause = "[cause]\nid = \"c\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\n\
        [[cause.step]]\nname = \"n\"\nsignal = [\"named\"]\n[[cause.step]]\nname = \"life\"\nspeaks = [\"kubelet\"]\nmatch = { node = \"n.node\" }\nafter = \"n\"\n";
    let pack = Pack::new(&[cause]);
    let kubelet = || World::default().source("kubelet.log", Component::Kubelet, None, &[0, 50]);
    let kubelets = |world: World| world.of(Component::Kubelet);
    check(&pack, &kubelets(kubelet().signal("1 named node=x")), &[("c", Verdict::Confirmed, ALONE)]);
    check(&pack, &kubelets(kubelet().signal("1 named node=x").signal("2 named node=y")), &[]);
}
