//! How many items a step needs, and how long they last.

use super::*;

#[test]
fn a_count_slides_and_never_mixes_groups() {
    let pack = Pack::new(&[r#"
[cause]
id = "storm"
title = "{a.client}"
severity = "low"
since = "0.1.0"
means = ""
look = ""
group = ["a.client"]
[[cause.step]]
name = "a"
signal = ["a"]
count = { gte = 3 }
within = "10s"
"#]);
    let world = || World::default().source("s.log", Component::Mysqld, None, &[0, 100]);
    check(&pack, &world().signal("1 a client=x").signal("8 a client=x").signal("11 a client=x"), &[("storm", Verdict::Confirmed, None)]);
    check(&pack, &world().signal("1 a client=x").signal("8 a client=x").signal("12 a client=x"), &[]);
    check(&pack, &world().signal("1 a client=x").signal("2 a client=y").signal("3 a client=x"), &[]);
}

#[test]
fn one_record_tells_its_own_count() {
    let pack = Pack::new(&["[cause]\nid = \"storm\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\n\
                            [[cause.step]]\nname = \"a\"\nsignal = [\"a\"]\nsummary = \"{count} times\"\n"]);
    let told = |text: &str| {
        let world = World::default().source("s.log", Component::Event, None, &[0, 100]).signal(text);
        world.explain(&pack)[0].steps[0].summary.clone()
    };
    assert_eq!(told("1 a client=x count=17"), "17 times");
    assert_eq!(told("1 a client=x"), "1 times");
}

#[test]
fn counted_items_last_and_have_a_share() {
    let storm = |more: &str| {
        format!(
            "[cause]\nid = \"storm\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\ngroup = [\"a.client\"]\n\
             [[cause.step]]\nname = \"a\"\nsignal = [\"a\"]\nwithin = \"20s\"\n{more}\n"
        )
    };
    let world = || World::default().source("s.log", Component::Mysqld, None, &[0, 100]);
    let lasting = Pack::new(&[&storm("count = { gte = 3 }\nmin = \"5s\"")]);
    check(&lasting, &world().signal("1 a client=x").signal("2 a client=x").signal("6 a client=x"), &[("storm", Verdict::Confirmed, None)]);
    check(&lasting, &world().signal("1 a client=x").signal("2 a client=x").signal("5 a client=x"), &[]);
    let shared = Pack::new(&[&storm("count = { gte = 3, percent = 75 }")]);
    let most = || world().signal("1 a client=x").signal("2 a client=x").signal("3 a client=y").signal("6 a client=x");
    check(&shared, &most(), &[("storm", Verdict::Confirmed, None)]);
    // What others do before and after does not count.
    check(&shared, &most().signal("9 a client=y").signal("10 a client=z"), &[("storm", Verdict::Confirmed, None)]);
    check(&shared, &most().signal("4 a client=y"), &[]);
}

#[test]
fn a_counted_later_step_lasts() {
    let pack = Pack::new(&[
        "[cause]\nid = \"long\"\ntitle = \"\"\nseverity = \"low\"\nsince = \"0.1.0\"\nmeans = \"\"\nlook = \"\"\ngroup = [\"a.client\"]\n\
         [[cause.step]]\nname = \"a\"\nsignal = [\"a\"]\n\
         [[cause.step]]\nname = \"b\"\nsignal = [\"b\"]\nmatch = { client = \"a.client\" }\nafter = \"a\"\nwithin = \"20s\"\ncount = { gte = 2 }\nmin = \"5s\"\n",
    ]);
    let world = || World::default().source("s.log", Component::Mysqld, None, &[0, 100]).signal("1 a client=x").signal("2 b client=x");
    check(&pack, &world().signal("7 b client=x"), &[("long", Verdict::Confirmed, None)]);
    check(&pack, &world().signal("6 b client=x"), &[]);
}
