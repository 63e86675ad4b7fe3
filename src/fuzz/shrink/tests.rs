//! Planted bugs of known minimal length in scenarios of about two hundred steps: the shrinker must reach that length, in a
//! bounded number of runs, without slipping to another bug.

use super::{Guide, MAX_RUNS, Shrunk, Unshrinkable, shrink, shrink_guided, shrink_within};
use crate::fuzz::{Signature, signatures};
use crate::model::{Kind, Privilege, Right};
use crate::scenario::model::Body;
use crate::scenario::{self, Scenario};
use crate::{Options, Verdict, execute};

/// A bug that one switch brings in, with the shortest scenario that shows it.
struct Planted {
    name: &'static str,
    protocol: &'static str,
    /// The item that it is about, and the steps.
    item: &'static str,
    steps: &'static [&'static str],
    signature: &'static str,
    /// How many steps the shortest scenario has.
    shortest: usize,
}

const LOST_REPLY: Planted = Planted {
    name: "lost-reply",
    protocol: r#"create-identity = "server-assigned""#,
    item: r#"{ id = "x1", kind = "contact", side = "outlook", owner = "u1", set = { lastname = "Q", jobtitle = "J" } }"#,
    steps: &[
        r#"{ fault = "lose-reply", call = "create", on = "c1", item = "x1" }"#,
        r#"{ do = "track", item = "x1", on = "c1", via = "explorer" }"#,
        r#"{ do = "sync", on = "c1", times = 3 }"#,
    ],
    signature: "no-duplicate-record/contact-1-item-many-records/primary",
    shortest: 2,
};

const COPIED: Planted = Planted {
    name: "copied-item",
    protocol: r#"copied-item = "copies-link""#,
    item: r#"{ id = "x2", kind = "contact", side = "both", owner = "u1", set = { lastname = "Q", telephone1 = "7" } }"#,
    steps: &[
        r#"{ do = "copy", on = "c1", item = "x2", new = "y2" }"#,
        r#"{ do = "edit", on = "c1", item = "y2", set = { lastname = "Other", jobtitle = "J" } }"#,
        r#"{ do = "sync", on = "c1", times = 2 }"#,
    ],
    signature: "no-lost-edit/contact-1-item-1-record/primary",
    shortest: 2,
};

const STAMP: Planted = Planted {
    name: "item-stamp",
    protocol: r#"item-stamp = "after-create""#,
    item: r#"{ id = "x3", kind = "contact", side = "none", owner = "u1" }"#,
    steps: &[
        r#"{ do = "create", item = "x3", on = "crm", as = "u1", set = { lastname = "Q" } }"#,
        r#"{ fault = "crash-after", call = "create-item", on = "c1", item = "x3" }"#,
        r#"{ do = "sync", on = "c1" }"#,
        r#"{ do = "open", on = "c1" }"#,
        r#"{ do = "sync", on = "c1" }"#,
    ],
    signature: "no-duplicate-item/contact-many-items-1-record/primary",
    shortest: 2,
};

const FILTER: Planted = Planted {
    name: "pre-gap",
    protocol: r#"requalify = "by-version""#,
    item: r#"{ id = "x4", kind = "task", side = "both", owner = "u1", set = { subject = "Q" } }"#,
    steps: &[
        r#"{ do = "set-filter", on = "crm", as = "u1", filter = "tasks", active = false }"#,
        r#"{ fault = "lose-reply", call = "prepare", on = "c1" }"#,
        r#"{ do = "sync", on = "c1" }"#,
        r#"{ do = "set-filter", on = "crm", as = "u1", filter = "tasks", active = true }"#,
        r#"{ do = "sync", on = "c1" }"#,
    ],
    signature: "deletion-allowed/task-no-item-1-record/primary",
    shortest: 4,
};

const OLD_CACHE: Planted = Planted {
    name: "old-cache",
    protocol: r#"old-cache = "trusted""#,
    item: r#"{ id = "x5", kind = "contact", side = "both", owner = "u1", set = { lastname = "Q" } }"#,
    steps: &[
        r#"{ id = "saved", do = "save-cache", on = "c1" }"#,
        r#"{ do = "delete", item = "x5", on = "crm" }"#,
        r#"{ do = "sync", on = "c1" }"#,
        r#"{ do = "close", on = "c1" }"#,
        r#"{ do = "restore-cache", on = "c1", from = "saved" }"#,
        r#"{ do = "open", on = "c1" }"#,
    ],
    signature: "mapping-one-to-one/contact-1-item-no-record/primary",
    shortest: 5,
};

const ALL: [&Planted; 5] = [&LOST_REPLY, &COPIED, &STAMP, &FILTER, &OLD_CACHE];

/// How many runs each may take.
const MOST_RUNS: u32 = 700;

/// The scenario of some bugs, with so many steps in all that have nothing to do with them.
fn padded(bugs: &[&Planted], steps: usize) -> Scenario {
    let own: Vec<&str> = bugs.iter().flat_map(|bug| bug.steps).copied().collect();
    let noise = steps - own.len();
    let mut lines: Vec<String> = Vec::new();
    for (index, step) in own.iter().enumerate() {
        let before = lines.len() - index;
        lines.extend((before..noise * (index + 1) / (own.len() + 1)).map(self::noise));
        lines.push((*step).to_owned());
    }
    lines.extend((lines.len() - own.len()..noise).map(self::noise));
    let protocol: Vec<&str> = bugs.iter().map(|bug| bug.protocol).collect();
    let items: Vec<&str> = bugs.iter().map(|bug| bug.item).collect();
    let text = format!(
        r#"
format = 1
name = "padded"
why = "A bug among many steps."
users = [{{ id = "u1" }}, {{ id = "u2" }}]
clients = [
  {{ id = "c1", user = "u1", role = "primary" }}, {{ id = "c2", user = "u1", role = "secondary" }},
  {{ id = "c3", user = "u2", role = "primary", settings = {{ update-company = true }} }},
]
items = [
  {{ id = "n1", kind = "contact", side = "both", owner = "u1", set = {{ lastname = "N" }} }},
  {{ id = "n2", kind = "task", side = "both", owner = "u2", set = {{ subject = "N" }} }},
  {{ id = "n3", kind = "appointment", side = "both", owner = "u2", set = {{ subject = "N" }} }},
  {items},
]
steps = [
  {steps},
]
[protocol]
{protocol}
"#,
        items = items.join(",\n  "),
        steps = lines.join(",\n  "),
        protocol = protocol.join("\n"),
    );
    scenario::parse("padded.toml", &text).unwrap_or_else(|errors| panic!("{}", errors.render(false))).remove(0)
}

/// A step that does no harm.
fn noise(number: usize) -> String {
    let value = number / 8;
    match number % 8 {
        0 => format!(r#"{{ do = "edit", item = "n1", on = "crm", set = {{ jobtitle = "J{value}" }} }}"#),
        1 => format!(r#"{{ do = "edit", item = "n2", on = "c3", set = {{ description = "D{value}" }} }}"#),
        2 => r#"{ do = "advance", by = "5s" }"#.to_owned(),
        3 => r#"{ do = "sync", on = "c3" }"#.to_owned(),
        4 => format!(r#"{{ do = "edit", item = "n1", on = "c2", set = {{ telephone2 = "{value}" }} }}"#),
        5 => format!(r#"{{ do = "edit", item = "n3", on = "crm", as = "u2", set = {{ location = "L{value}" }} }}"#),
        6 => r#"{ fault = "delay", call = "prepare", on = "c3", by = "2s" }"#.to_owned(),
        _ => r#"{ do = "sync", on = "c3" }"#.to_owned(),
    }
}

fn signature(text: &str) -> Signature {
    text.parse().expect("a signature")
}

/// Shrinks one bug of a scenario, and checks what must be so of every result.
fn shrunk(scenario: &Scenario, bug: &Planted) -> Shrunk {
    let target = signature(bug.signature);
    let plain = super::undeclared(scenario);
    let found = signatures(&plain, &execute(&plain, Options::default()));
    assert!(found.contains(&target), "{}: {found:?}", bug.name);
    let shrunk = shrink(scenario, &target, &mut |_| ()).unwrap_or_else(|why| panic!("{}: {why}", bug.name));
    let text = shrunk.scenario.to_toml();
    let read = scenario::parse("", &text).unwrap_or_else(|errors| panic!("{}", errors.render(false))).remove(0);
    assert_eq!(execute(&read, Options::default()).verdict, Verdict::Known, "{text}");
    let plain = super::undeclared(&read);
    let again = signatures(&plain, &execute(&plain, Options::default()));
    assert!(again.contains(&target), "{}: {again:?}\n{text}", bug.name);
    assert!(!read.drawn, "{text}");
    assert_minimal(&plain, &target);
    shrunk
}

/// No single removal keeps the failure; said by other means than the shrinker's own.
fn assert_minimal(scenario: &Scenario, target: &Signature) {
    let fails = |scenario: &Scenario| signatures(scenario, &execute(scenario, Options::default())).contains(target);
    for index in 0..scenario.steps.len() {
        let mut without = scenario.clone();
        let gone = without.steps.remove(index);
        // A file in which a step names what is not there does not load.
        if scenario::parse("", &without.to_toml()).is_ok() {
            assert!(!fails(&without), "{gone:?} is not needed: {}", scenario.to_toml());
        }
    }
    for index in 0..scenario.items.len() {
        let mut without = scenario.clone();
        let gone = without.items.remove(index);
        if scenario::parse("", &without.to_toml()).is_ok() {
            assert!(!fails(&without), "{gone:?} is not needed: {}", scenario.to_toml());
        }
    }
    assert_eq!((scenario.clients.len(), scenario.users.len()), (1, 1), "{}", scenario.to_toml());
}

#[test]
fn each_planted_bug_is_brought_to_its_known_length() {
    for bug in ALL {
        let shrunk = shrunk(&padded(&[bug], 200), bug);
        let text = shrunk.scenario.to_toml();
        assert_eq!((shrunk.steps_before, shrunk.scenario.steps.len()), (200, bug.shortest), "{}:\n{text}", bug.name);
        assert!(shrunk.minimal && shrunk.runs <= MOST_RUNS, "{}: {} runs", bug.name, shrunk.runs);
        let names: Vec<&str> = shrunk.scenario.clients.iter().map(|client| client.id.as_str()).collect();
        assert_eq!((names, shrunk.scenario.users[0].id.as_str()), (vec!["desk"], "ann"), "{}", bug.name);
        let aliases: Vec<&str> = shrunk.scenario.items.iter().map(|item| item.id.as_str()).collect();
        assert!(aliases.iter().all(|alias| ["zoe", "kim", "job"].contains(alias)), "{aliases:?}");
        let told = |alias: &&str| shrunk.scenario.why.contains(&format!("`{alias}`"));
        assert!(aliases.iter().any(told), "{}", shrunk.scenario.why);
        assert_eq!(text.lines().last(), Some(bug.protocol), "one switch is left:\n{text}");
    }
}

#[test]
fn of_several_bugs_each_is_shrunk_without_slipping_to_another() {
    let all = padded(&ALL, 120);
    let (one, other) = (shrunk(&all, &LOST_REPLY), shrunk(&all, &FILTER));
    assert_eq!((one.scenario.steps.len(), other.scenario.steps.len()), (LOST_REPLY.shortest, FILTER.shortest));
    assert_eq!(one.scenario.to_toml().lines().last(), Some(LOST_REPLY.protocol));
    assert_eq!(other.scenario.to_toml().lines().last(), Some(FILTER.protocol));
}

#[test]
fn the_same_scenario_is_shrunk_to_the_same() {
    let scenario = padded(&[&LOST_REPLY], 60);
    let target = signature(LOST_REPLY.signature);
    let mut told = [Vec::new(), Vec::new()];
    let shrunk = told.each_mut().map(|told| {
        let mut note = |progress: super::Progress<'_>| told.push(format!("{progress:?}"));
        let shrunk = shrink(&scenario, &target, &mut note).expect("it fails");
        (shrunk.scenario, shrunk.runs, shrunk.passes, shrunk.others)
    });
    assert_eq!(shrunk[0], shrunk[1]);
    assert_eq!(told[0], told[1]);
}

#[test]
fn a_result_is_not_shrunk_any_further() {
    let first = shrunk(&padded(&[&FILTER], 60), &FILTER);
    let again = shrunk(&first.scenario, &FILTER);
    assert_eq!(again.scenario, first.scenario);
}

#[test]
fn a_budget_ends_the_search_with_what_it_has() {
    let (scenario, target) = (padded(&[&FILTER], 200), signature(FILTER.signature));
    let shrunk = shrink_within(&scenario, &target, 6, &mut |_| ()).expect("it fails");
    assert!(!shrunk.minimal && shrunk.runs <= 12, "{} runs", shrunk.runs);
    assert!(shrunk.scenario.steps.len() > FILTER.shortest && shrunk.scenario.steps.len() < 200);
    let plain = super::undeclared(&shrunk.scenario);
    assert!(signatures(&plain, &execute(&plain, Options::default())).contains(&target));
}

#[test]
fn what_does_not_fail_so_is_refused_with_what_it_does() {
    let scenario = padded(&[&FILTER], 60);
    let refused = shrink(&scenario, &signature(LOST_REPLY.signature), &mut |_| ()).expect_err("it fails otherwise");
    assert!(matches!(refused, Unshrinkable::Otherwise(found) if found.contains(&signature(FILTER.signature))));
}

#[test]
fn an_expectation_is_shrunk_to_what_breaks_it_under_this_protocol_alone() {
    let text = r#"
format = 1
name = "x"
why = "A change that is taken back."
clients = [{ id = "c1", user = "u1", role = "primary" }]
items = [{ id = "x1", kind = "task", side = "both", set = { subject = "Q" } }]
steps = [
  { do = "advance", by = "3m" },
  { fault = "lose-reply", on = "c1", call = "update" },
  { do = "complete", item = "x1", on = "c1" },
  { do = "reopen", item = "x1", on = "c1" },
  { do = "settle" },
  { id = "open", expect = "fields", item = "x1", on = "c1", set = { statuscode = 2 } },
]
[protocol]
base = "documented"
"#;
    let scenario = scenario::parse("x.toml", text).expect("the file is good").remove(0);
    let target = signature("expectation/fields-open/nobody");
    let shrunk = shrink(&scenario, &target, &mut |_| ()).expect("it fails");
    let acts = shrunk.scenario.steps.iter().filter(|step| matches!(step.body, Body::Do(..) | Body::Fault(..)));
    assert_eq!(acts.count(), 4, "{}", shrunk.scenario.to_toml());
    assert_eq!(shrunk.scenario.breaks, ["open"]);
    assert_eq!(execute(&shrunk.scenario, Options::default()).verdict, Verdict::Known);
}

/// Fails in every candidate of an odd number of steps, or stops after so many.
#[derive(Default)]
struct Meddler {
    candidates: u32,
    breaks: bool,
    stops_after: Option<u32>,
}

impl Guide for Meddler {
    fn guarded(&mut self, candidate: &Scenario, work: &mut dyn FnMut()) -> bool {
        self.candidates += 1;
        let whole = !self.breaks || candidate.steps.len().is_multiple_of(2);
        if whole {
            work();
        }
        whole
    }

    fn stops(&mut self) -> bool {
        self.stops_after.is_some_and(|after| self.candidates >= after)
    }
}

#[test]
fn a_candidate_that_cannot_be_run_does_not_fail() {
    let (scenario, target) = (padded(&[&COPIED], 40), signature(COPIED.signature));
    let mut meddler = Meddler { breaks: true, ..Meddler::default() };
    let shrunk = shrink_guided(&scenario, &target, MAX_RUNS, &mut meddler).expect("it fails");
    assert_eq!((shrunk.scenario.steps.len() % 2, shrunk.minimal), (0, true));
    assert!(shrunk.scenario.steps.len() < 40);
}

#[test]
fn a_search_that_is_stopped_ends_with_the_shortest_so_far() {
    let (scenario, target) = (padded(&[&COPIED], 40), signature(COPIED.signature));
    let mut meddler = Meddler { stops_after: Some(12), ..Meddler::default() };
    let shrunk = shrink_guided(&scenario, &target, MAX_RUNS, &mut meddler).expect("it fails");
    // One more says what is known.
    assert_eq!((meddler.candidates, shrunk.minimal), (13, false));
    assert!(shrunk.scenario.steps.len() < 40);
    let plain = super::undeclared(&shrunk.scenario);
    assert!(signatures(&plain, &execute(&plain, Options::default())).contains(&target));
}

/// Three privileges are missing, and the failure needs one of them: the others are given back, each by itself.
#[test]
fn of_privileges_only_those_stay_away_that_the_failure_needs() {
    let text = r#"
format = 1
name = "x"
why = "A share that ended and began anew before anybody heard of it."
users = [
  { id = "ann" },
  { id = "bob", privileges = ["all", "-delete:task", "-read:contact", "-write:appointment"], filters = [{ id = "contacts", kind = "contact", where = { statecode = 0 } }] },
]
clients = [
  { id = "desk", user = "ann", role = "primary" },
  { id = "pc", user = "bob", role = "primary" },
]
items = [{ id = "zoe", kind = "contact", side = "both", owner = "ann", holder = "bob", shared-with = ["bob"] }]
steps = [
  { do = "sync", on = "pc" },
  { do = "unshare", item = "zoe", on = "crm", as = "ann", to = "bob" },
  { fault = "lose-reply", call = "prepare", on = "pc" },
  { do = "sync", on = "pc" },
  { do = "share", item = "zoe", on = "crm", as = "ann", to = "bob" },
  { do = "sync", on = "pc" },
]
[protocol]
requalify = "by-version"
"#;
    let scenario = scenario::parse("", text).unwrap_or_else(|errors| panic!("{errors}")).remove(0);
    let found = signatures(&scenario, &execute(&scenario, Options::default()));
    let target = found.iter().find(|one| one.invariant == "deletion-allowed").expect("it deletes what is shared");
    let shrunk = shrink(&scenario, target, &mut |_| ()).expect("it fails").scenario;
    let bob = shrunk.users.iter().find(|user| !user.privileges.has(Privilege::Of(Right::Read, Kind::Contact)));
    let held = bob.unwrap_or_else(|| panic!("{}", shrunk.to_toml())).privileges;
    let missing: Vec<String> = Privilege::all().filter(|one| !held.has(*one)).map(Privilege::word).collect();
    assert_eq!(missing, ["read:contact"], "{}", shrunk.to_toml());
}
