//! Sweeps find what they are for, count every call, and give files that come to the same.

use super::*;
use crate::engine::judge_file;
use crate::scenario::parse;

/// A contact is tracked; what is said of the protocol and of the sweep follows.
const TRACK: &str = r#"
format = 1
name = "x"
why = "w"
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [
  { id = "zoe", kind = "contact", side = "outlook", set = { lastname = "Ray" } },
  { id = "yan", kind = "contact", side = "both", set = { lastname = "Li" } },
  { id = "ada", kind = "contact", side = "crm", set = { lastname = "Aho" } },
]
steps = [
  { expect = "count", side = "crm", kind = "contact", is = 2 },
  { id = "track", do = "track", item = "zoe", on = "desk", via = "explorer" },
  { do = "edit", item = "yan", on = "desk", set = { telephone1 = "222" } },
  { expect = "linked", item = "zoe", on = "desk" },
  { id = "cycle", do = "sync", on = "desk" },
  { id = "wait", do = "advance", by = "1ms" },
]
"#;

const ALL_KINDS: &str =
    r#"kinds = ["crash-before", "crash-after", "lose-request", "lose-reply", "deliver-twice", "garble"]"#;

fn scenario(base: &str, sweep: &str) -> Scenario {
    let text = format!("{TRACK}[protocol]\nbase = \"{base}\"\n[sweep]\n{sweep}\n");
    parse("", &text).unwrap_or_else(|errors| panic!("{errors}")).remove(0)
}

fn swept(base: &str, sweep: &str) -> Swept {
    run(&scenario(base, sweep), Options::default()).unwrap()
}

fn failed(swept: &Swept) -> Vec<String> {
    let failed = swept.points.iter().filter(|done| done.verdict == Verdict::Failed);
    failed.map(|done| format!("{} {}", done.point.name(), done.wrong().join(" "))).collect()
}

#[test]
fn a_lost_answer_to_a_create_is_found_where_the_server_chooses_the_id() {
    let bad = failed(&swept("documented", &format!("step = \"track\"\n{ALL_KINDS}")));
    let lost = bad.iter().find(|line| line.starts_with("lose-reply:desk:create:1 ")).unwrap();
    assert!(lost.contains("no-duplicate-record") && lost.contains("end-state"), "{bad:?}");
    let good = swept("hardened", &format!("step = \"track\"\n{ALL_KINDS}"));
    assert!(good.points.len() > 10);
    assert_eq!(failed(&good), [] as [String; 0]);
}

/// Every call has a point: the last one strikes, and one more would not.
#[test]
fn there_are_as_many_points_as_calls() {
    for step in ["track", "cycle"] {
        let scenario = scenario("hardened", &format!("step = \"{step}\"\n{ALL_KINDS}"));
        let plan = plan(&scenario, Options::default()).unwrap();
        let count = |kind: &str| plan.points.iter().filter(|point| point.kind() == kind).count();
        let watched = execute(&scenario, Options { record: true, ..Options::default() });
        let index = scenario.steps.iter().position(|one| one.id.as_deref() == Some(step)).unwrap() as u32;
        let mut now = None;
        let mut sent = 0;
        for fact in &watched.facts {
            match fact.what {
                crate::journal::What::Step { step } => now = Some(step),
                crate::journal::What::Sent { .. } if now == Some(index) => sent += 1,
                _ => {}
            }
        }
        assert!(sent > 0);
        for kind in ["lose-request", "lose-reply", "deliver-twice", "garble"] {
            assert_eq!(count(kind), sent, "{kind}");
        }
        assert_eq!(count("crash-before"), count("crash-after"));
        assert!(count("crash-before") > sent);
        let mut last: std::collections::BTreeMap<String, &Point> = Default::default();
        for point in &plan.points {
            let Change::Fault { fault, client, call, .. } = &point.change else { continue };
            last.insert(format!("{fault}:{client}:{call}"), point);
        }
        for point in last.into_values() {
            let unreached = |run: &Run| run.failures.iter().any(|one| matches!(one.kind, FailureKind::Unreached(_)));
            assert!(!unreached(&run_point(&scenario, &plan, point, Options::default()).1));
            let mut beyond = point.clone();
            if let Change::Fault { nth, .. } = &mut beyond.change {
                *nth += 1;
            }
            // It may strike a later step of the same kind of call, so the scenario ends with the swept step.
            let mut short = scenario.clone();
            short.steps.truncate(index as usize + 1);
            short.unsettled = Some("only the step counts".to_owned());
            assert!(unreached(&run_point(&short, &plan, &beyond, Options::default()).1), "{}", beyond.name());
        }
    }
}

#[test]
fn a_written_point_comes_to_the_same() {
    let allow = "allow = [{ at = \"desk:create:1\", kind = \"lose-reply\", violates = [\"no-duplicate-record\"], why = \"w\" }]";
    let sweeps = [
        ("documented", format!("step = \"track\"\n{ALL_KINDS}\norders = \"acts\"\n{allow}")),
        ("hardened", format!("step = \"cycle\"\n{ALL_KINDS}\norders = \"pages\"")),
    ];
    let mut verdicts = std::collections::BTreeSet::new();
    for (base, sweep) in sweeps {
        let scenario = scenario(base, &sweep);
        let plan = plan(&scenario, Options::default()).unwrap();
        for point in &plan.points {
            let (_, alone) = run_point(&scenario, &plan, point, Options::default());
            let text = point.written(&scenario, &plan, "alone", 5);
            let rows = parse("alone.toml", &text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
            assert_eq!(rows.len(), 2);
            assert!(rows.iter().all(|row| row.seed == 5));
            let runs: Vec<Run> =
                rows.iter().map(|row| execute(row, Options { seed: Some(0), ..Options::default() })).collect();
            assert_eq!(runs[0].verdict, Verdict::Held, "{text}");
            let whole = judge_file(&rows.iter().collect::<Vec<_>>(), &runs.iter().collect::<Vec<_>>());
            let fails = runs[1].verdict == Verdict::Failed || !whole.is_empty();
            assert_eq!(fails, alone.verdict == Verdict::Failed, "{}\n{text}", point.name());
            verdicts.insert(fails);
        }
    }
    assert_eq!(verdicts.len(), 2, "points of both sorts were written");
}

#[test]
fn acts_and_pages_come_in_every_other_order() {
    let acts = swept("hardened", "step = \"track\"\norders = \"acts\"");
    let names: Vec<String> = acts.points.iter().map(|done| done.point.name()).collect();
    assert_eq!((names, failed(&acts)), (vec!["acts:2-1".to_owned()], Vec::new()));
    let pages = swept("hardened", "step = \"cycle\"\norders = \"pages\"");
    let names: Vec<String> = pages.points.iter().map(|done| done.point.name()).collect();
    assert_eq!(
        (names, failed(&pages)),
        (vec!["pages:contact:1-2".to_owned(), "pages:contact:2-1".to_owned()], Vec::new())
    );
}

#[test]
fn what_is_allowed_must_come_and_nothing_else() {
    let allow = |at: &str, violates: &str| {
        swept(
            "documented",
            &format!(
                "step = \"track\"\nkinds = [\"lose-reply\"]\n\
                 allow = [{{ at = \"{at}\", kind = \"lose-reply\", violates = [{violates}], why = \"w\" }}]"
            ),
        )
    };
    let found = allow("desk:create:1", "\"no-duplicate-record\"");
    let wrong: Vec<&str> = found.points.iter().flat_map(|done| done.wrong()).collect();
    let all: Vec<String> =
        wrong.iter().copied().chain(["no-duplicate-record"]).map(|word| format!("\"{word}\"")).collect();
    assert!(!wrong.is_empty() && !wrong.contains(&"no-duplicate-record"), "{wrong:?}");
    let exact = allow("desk:create:1", &all.join(", "));
    assert_eq!(failed(&exact), [] as [String; 0]);
    assert!(exact.points.iter().any(|done| done.verdict == Verdict::Known));
    let too_much = allow("desk:create:1", &format!("{}, \"no-lost-edit\"", all.join(", ")));
    assert_eq!(failed(&too_much), ["lose-reply:desk:create:1 not-violated"]);
    let nowhere = allow("desk:create:2", &all.join(", "));
    assert!(nowhere.unused[0].actual.contains("did you mean `lose-reply:desk:create:1`?"), "{:?}", nowhere.unused);
}

#[test]
fn a_step_without_calls_and_a_sweep_without_end_are_refused() {
    let refused = |sweep: &str| run(&scenario("hardened", sweep), Options::default()).err().unwrap();
    let nothing = refused("step = \"wait\"\nkinds = [\"lose-reply\"]");
    assert_eq!(nothing, "nothing to sweep: the step `wait` makes no call that lose-reply could strike");
    let text = TRACK.replace("do = \"sync\", on = \"desk\"", "do = \"sync\", on = \"desk\", times = 3000");
    let long = parse("", &format!("{text}[sweep]\nstep = \"cycle\"\nkinds = [\"lose-reply\"]\n")).unwrap().remove(0);
    assert!(run(&long, Options::default()).err().unwrap().contains("has at most 2000 points"));
}

#[test]
fn how_many_run_at_once_changes_nothing() {
    let sweep = format!("step = \"cycle\"\n{ALL_KINDS}\norders = \"pages\"");
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", swept("documented", &sweep).points))
    };
    assert_eq!(with(1), with(4));
}
