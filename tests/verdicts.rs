//! What a scenario declares is held against what happens: each way to fail is shown to fail.

use crmsim::engine::{Failure, FailureKind, judge_file};
use crmsim::journal::What;
use crmsim::{Options, Run, Scenario, Verdict, execute};

/// A scenario of one client and one linked contact, with these steps and further root keys.
fn scenario(root: &str, steps: &str) -> Scenario {
    let text = format!(
        r#"
format = 1
name = "small"
why = "A small world."
rules = ["CYC-ORDER"]
{root}
clients = [{{ id = "desk", user = "ann", role = "primary" }}]
items = [{{ id = "zoe", kind = "contact", side = "both", set = {{ lastname = "Ray", telephone1 = "111" }} }}]
steps = [
{steps}
]
"#
    );
    match crmsim::scenario::parse("small.toml", &text) {
        Ok(mut scenarios) => scenarios.remove(0),
        Err(errors) => panic!("{}", errors.render(false)),
    }
}

fn run(root: &str, steps: &str) -> Run {
    execute(&scenario(root, steps), Options::default())
}

fn undeclared(run: &Run) -> Vec<&Failure> {
    run.failures.iter().filter(|failure| !failure.declared).collect()
}

/// The run fails with exactly this kind of failure.
fn assert_fails(run: &Run, is: impl Fn(&FailureKind) -> bool) {
    assert_eq!(run.verdict, Verdict::Failed);
    assert!(undeclared(run).iter().any(|failure| is(&failure.kind)), "{:?}", run.failures);
}

#[test]
fn a_scenario_without_surprises_holds() {
    let run = run("", r#"{ do = "sync", on = "desk" }, { expect = "kept", item = "zoe", on = "desk" }"#);
    assert_eq!(run.verdict, Verdict::Held, "{:?}", run.failures);
}

#[test]
fn an_expectation_that_does_not_hold_fails() {
    for wrong in [
        r#"{ expect = "gone", item = "zoe", on = "desk" }"#,
        r#"{ expect = "kept", item = "zoe", on = "crm", not = true }"#,
        r#"{ expect = "unlinked", item = "zoe", on = "desk" }"#,
        r#"{ expect = "fields", item = "zoe", on = "crm", set = { telephone1 = "222" } }"#,
        r#"{ expect = "fields", item = "zoe", on = "base", set = { telephone1 = "222" } }"#,
        r#"{ expect = "different", item = "zoe", on = "desk" }"#,
        r#"{ expect = "count", on = "crm", kind = "contact", is = 2 }"#,
        r#"{ expect = "count", on = "desk", kind = "task", is = 1 }"#,
        r#"{ expect = "writes", item = "zoe", on = "desk", times = 1 }"#,
        r#"{ expect = "calls", on = "desk", call = "prepare", sent = 2 }"#,
        r#"{ expect = "report", on = "desk", to-outlook = [0, 1, 0] }"#,
        r#"{ expect = "pending", on = "desk", item = "zoe" }"#,
        r#"{ expect = "table", on = "desk", table = "SyncEntry", item = "zoe", set = { SyncState = 1 } }"#,
        r#"{ expect = "error", on = "desk", item = "zoe" }"#,
        r#"{ expect = "journal", kind = "edit-lost", item = "zoe" }"#,
        r#"{ expect = "primary", on = "desk", not = true }"#,
        r#"{ expect = "quiet", on = "desk", not = true }"#,
    ] {
        let run = run("", &format!(r#"{{ do = "sync", on = "desk" }}, {wrong}"#));
        assert_fails(&run, |kind| matches!(kind, FailureKind::Expectation(1)));
    }
}

#[test]
fn a_step_that_cannot_be_carried_out_fails() {
    let gone = r#"{ do = "delete", item = "zoe", on = "desk" }, { do = "edit", item = "zoe", on = "desk", set = { pager = "1" } }"#;
    let closed = r#"{ do = "close", on = "desk" }, { do = "sync", on = "desk" }"#;
    for steps in [gone, closed] {
        assert_fails(&run("", steps), |kind| matches!(kind, FailureKind::Step(1)));
    }
}

#[test]
fn a_fault_that_never_strikes_and_a_point_that_is_never_reached_fail() {
    let fault = r#"{ fault = "lose-reply", on = "desk", call = "create" }, { do = "sync", on = "desk" }"#;
    let point = r#"{ do = "edit", item = "zoe", on = "crm", set = { pager = "1" }, when = { on = "desk", call = "delete", point = "applied" } }, { do = "sync", on = "desk" }"#;
    for steps in [fault, point] {
        assert_fails(&run("", steps), |kind| matches!(kind, FailureKind::Unreached(0)));
    }
    let never_armed =
        r#"{ fault = "lose-reply", on = "desk", call = "create", times = 0 }, { do = "sync", on = "desk" }"#;
    assert_eq!(run("", never_armed).verdict, Verdict::Held);
}

/// The documented protocol makes a second record after a lost answer.
const DUPLICATE: &str = r#"
  { fault = "lose-reply", on = "desk", call = "create" },
  { do = "create", new = "lia", kind = "contact", on = "desk", set = { lastname = "Lim" } },
  { do = "track", item = "lia", on = "desk", via = "explorer" },
  { do = "sync", on = "desk" },
  { id = "one", expect = "count", on = "crm", kind = "contact", is = 2 },
"#;
const DOCUMENTED: &str = r#"protocol = { base = "documented" }"#;

#[test]
fn a_violation_that_is_not_declared_fails() {
    let run = run(DOCUMENTED, DUPLICATE);
    assert_fails(
        &run,
        |kind| matches!(kind, FailureKind::Invariant(found) if found.invariant == "no-duplicate-record"),
    );
}

#[test]
fn a_declared_violation_is_known_and_one_that_does_not_come_fails() {
    let declared = r#"
known = "The server chooses the id."
violates = ["no-duplicate-record"]
also = ["converged", "no-duplicate-item", "maximal"]
breaks = ["one"]
"#;
    let known = run(&format!("{declared}\n{DOCUMENTED}"), DUPLICATE);
    assert_eq!(known.verdict, Verdict::Known, "{:?}", undeclared(&known));
    let hazard_gone = run(declared, DUPLICATE);
    assert_fails(&hazard_gone, |kind| *kind == FailureKind::NotViolated);
    assert_eq!(undeclared(&hazard_gone).len(), 2, "one for `violates`, one for `breaks`");
}

#[test]
fn a_waiver_suspends_an_invariant_and_must_be_needed() {
    let waiver = |invariant| format!(r#"waive = [{{ invariant = "{invariant}", why = "Shown elsewhere." }}]"#);
    let extra = waiver("converged").replace("waive = [", "").replace(']', "");
    let both = format!("{}, {extra}]", waiver("no-duplicate-record").trim_end_matches(']'));
    let scenario = scenario(&format!("{both}\n{DOCUMENTED}"), &DUPLICATE.replace("is = 2", "is = 3"));
    let run = execute(&scenario, Options::default());
    assert!(run.waived.contains(&"no-duplicate-record".to_owned()));
    assert_eq!(run.verdict, Verdict::Held, "{:?}", undeclared(&run));

    let unneeded = self::scenario(&waiver("settles"), r#"{ do = "sync", on = "desk" }"#);
    let held = execute(&unneeded, Options::default());
    let of_file = judge_file(&[&unneeded], &[&held]);
    assert!(of_file.iter().any(|failure| failure.kind == FailureKind::WaiverNotNeeded), "{of_file:?}");
}

#[test]
fn a_rule_that_is_named_and_never_followed_fails_the_file() {
    let scenario = scenario("", r#"{ expect = "kept", item = "zoe", on = "desk" }"#);
    let mut named = scenario.clone();
    named.rules = vec![crmsim::model::RuleId::find("DEL-CRM-CON-1").unwrap()];
    let run = execute(&named, Options::default());
    let of_file = judge_file(&[&named], &[&run]);
    assert!(of_file.iter().any(|failure| failure.kind == FailureKind::RuleNotHit), "{of_file:?}");
    assert_eq!(judge_file(&[&scenario], &[&run]), []);
}

#[test]
fn rows_that_must_end_equal_and_do_not_fail_the_file() {
    let with = |phone: &str| {
        let step = format!(r#"{{ do = "edit", item = "zoe", on = "crm", set = {{ telephone1 = "{phone}" }} }}"#);
        Scenario { rows_end_equal: true, ..scenario("", &step) }
    };
    let [one, same, other] = [with("1"), with("1"), with("2")];
    let [ran, ran_same, ran_other] = [&one, &same, &other].map(|scenario| execute(scenario, Options::default()));
    assert_eq!(judge_file(&[&one, &same], &[&ran, &ran_same]), []);
    assert_eq!(judge_file(&[&one, &other], &[&ran, &ran_other]).len(), 1);
}

/// What cannot be carried out or never comes, and something that does.
const HALF: &str = r#"
  { fault = "lose-reply", call = "create", on = "desk" },
  { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "333" }, when = { on = "desk", call = "delete", point = "applied" } },
  { do = "close", on = "desk" },
  { do = "sync", on = "desk" },
  { do = "open", on = "desk" },
  { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "222" } },
  { do = "sync", on = "desk" },
  { id = "told", expect = "fields", item = "zoe", on = "desk", set = { telephone1 = "222" } },
"#;

#[test]
fn what_was_drawn_and_cannot_be_is_skipped() {
    let written = run("", HALF);
    assert_fails(&written, |kind| *kind == FailureKind::Step(3));
    assert_fails(&written, |kind| *kind == FailureKind::Unreached(0));
    assert_fails(&written, |kind| *kind == FailureKind::Unreached(1));
    let options = Options { record: true, ..Options::default() };
    let drawn = execute(&scenario("drawn = true", HALF), options);
    assert_eq!((drawn.verdict, &drawn.failures[..]), (Verdict::Held, &[][..]));
    let skipped = drawn.facts.iter().filter_map(|fact| match fact.what {
        What::Skipped { step, why } => Some((step, drawn.world.skipped[why as usize].as_str())),
        _ => None,
    });
    assert_eq!(skipped.collect::<Vec<_>>(), [(3, "Outlook does not run on `desk`")]);
    assert_ne!(drawn.hash.value(), written.hash.value(), "the trace tells of it");
}

#[test]
fn what_was_drawn_is_judged_like_anything_else() {
    let wrong = HALF.replace("id = \"told\"", "id = \"told\", not = true");
    assert_fails(&run("drawn = true", &wrong), |kind| *kind == FailureKind::Expectation(7));
}
