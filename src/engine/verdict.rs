//! The verdict: what went wrong, against what the scenario declares as known or waives.

use super::outcome::{Failure, FailureKind, Run, Verdict};
use super::runner::Runner;
use super::world::World;
use crate::check::Violation;
use crate::journal::LinkState;
use crate::model::{Contents, Mark, Value};
use crate::scenario::Scenario;
use crate::sim::{Part, Time};

/// Judges a run that came to its end, or was stopped.
pub fn judge(mut runner: Runner<'_>) -> Run {
    for violation in runner.violations.found() {
        let found = format!("{}\0{}\0{}", violation.fact, violation.invariant, violation.actual);
        runner.hash.mix_part(Part::Checks, found.as_bytes());
    }
    let scenario = runner.scenario;
    let mut failures = std::mem::take(&mut runner.failures);
    let mut waived = Vec::new();
    for violation in runner.violations.found() {
        if is_waived(scenario, violation, &runner.step_facts) {
            waived.push(violation.invariant.to_owned());
            continue;
        }
        let id = violation.invariant;
        let declared = scenario.violates.iter().chain(&scenario.also).any(|known| known == id);
        failures.push(Failure {
            kind: FailureKind::Invariant(violation.clone()),
            expected: violation.expected.clone(),
            actual: violation.actual.clone(),
            fact: violation.fact,
            declared,
        });
    }
    for failure in &mut failures {
        if let FailureKind::Expectation(step) = failure.kind {
            let id = scenario.steps[step].id.as_ref();
            failure.declared = id.is_some_and(|id| scenario.breaks.contains(id));
        }
    }
    if !runner.stopped || runner.overrun {
        failures.extend(missing(scenario, &failures, runner.seen));
    }
    failures.sort_by_key(|failure| failure.fact);
    let verdict = if runner.stopped && !runner.overrun {
        Verdict::Stopped
    } else if failures.iter().any(|failure| !failure.declared) {
        Verdict::Failed
    } else if scenario.known.is_some() {
        Verdict::Known
    } else {
        Verdict::Held
    };
    Run {
        verdict,
        failures,
        waived,
        violations: runner.violations.found().to_vec(),
        marks: *runner.lives.marks(),
        hash: runner.hash,
        events: runner.events,
        work: runner.work,
        chances: runner.chances,
        facts: runner.facts,
        fact_hashes: runner.fact_hashes,
        world: runner.world,
        ledger: runner.ledger,
    }
}

fn is_waived(scenario: &Scenario, violation: &Violation, step_facts: &[usize]) -> bool {
    scenario.waive.iter().filter(|waiver| waiver.invariant == violation.invariant).any(|waiver| {
        let from =
            waiver.from.as_ref().and_then(|id| scenario.steps.iter().position(|step| step.id.as_ref() == Some(id)));
        from.is_none_or(|step| step_facts.get(step).is_some_and(|fact| *fact <= violation.fact))
    })
}

/// What the scenario declares and what did not come.
fn missing(scenario: &Scenario, failures: &[Failure], fact: usize) -> Vec<Failure> {
    let failure = |expected: String, actual: &str| Failure {
        kind: FailureKind::NotViolated,
        expected,
        actual: actual.to_owned(),
        fact,
        declared: false,
    };
    let violated = |id: &String| {
        failures.iter().any(|failure| matches!(&failure.kind, FailureKind::Invariant(v) if v.invariant == id))
    };
    let broken = |id: &String| {
        failures.iter().any(|failure| match failure.kind {
            FailureKind::Expectation(step) => scenario.steps[step].id.as_ref() == Some(id),
            _ => false,
        })
    };
    let mut missing: Vec<Failure> = Vec::new();
    for id in scenario.violates.iter().filter(|id| !violated(id)) {
        missing.push(failure(format!("`{id}` is violated, as `violates` says"), "it held: is the hazard gone?"));
    }
    // A step that another row runs is not there to be broken.
    let here = |id: &&String| scenario.steps.iter().any(|step| step.id.as_ref() == Some(*id));
    for id in scenario.breaks.iter().filter(here).filter(|id| !broken(id)) {
        missing
            .push(failure(format!("the expectation `{id}` fails, as `breaks` says"), "it held: is the hazard gone?"));
    }
    missing
}

/// What must be judged over all rows of one file: rules that are named and never followed, waivers that no row needs, and
/// rows that must end alike. Gives the failures that belong to the file as a whole.
#[must_use]
pub fn judge_file(scenarios: &[&Scenario], runs: &[&Run]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut fail = |kind, expected: String, actual: String| {
        failures.push(Failure { kind, expected, actual, fact: 0, declared: false });
    };
    let Some(first) = scenarios.first() else { return failures };
    if runs.iter().any(|run| run.verdict == Verdict::Stopped) {
        return failures;
    }
    for rule in &first.rules {
        if !runs.iter().any(|run| run.marks.contains(Mark::rule(*rule))) {
            let expected = format!("rule {rule} is followed: {}", rule.rule().says);
            fail(FailureKind::RuleNotHit, expected, "no row of the file ever followed it".to_owned());
        }
    }
    for waiver in &first.waive {
        if !runs.iter().any(|run| run.waived.contains(&waiver.invariant)) {
            let expected = format!("the waiver of `{}` is needed", waiver.invariant);
            fail(FailureKind::WaiverNotNeeded, expected, "no row of the file violates it".to_owned());
        }
    }
    if first.rows_end_equal {
        let ends = runs[0].end_state();
        for (scenario, run) in scenarios.iter().zip(runs).skip(1) {
            let Some(differs) = difference(&ends, &run.end_state()) else { continue };
            let (one, other) = (first.row.as_deref().unwrap_or("?"), scenario.row.as_deref().unwrap_or("?"));
            fail(FailureKind::Unsettled, format!("rows `{one}` and `{other}` end alike"), differs);
        }
    }
    failures
}

/// What two end states do not have in common, first of one and then of the other; `None` where they are equal.
fn only_in_one(one: &[String], other: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    let rest = |these: &[String], those: &[String]| {
        let mut those = those.to_vec();
        let mut rest = these.to_vec();
        rest.retain(|line| those.iter().position(|other| other == line).map(|at| those.swap_remove(at)).is_none());
        rest
    };
    (one != other).then(|| (rest(one, other), rest(other, one)))
}

/// What differs between the end of a run and the end of another, by name and content; `None` where nothing does.
#[must_use]
pub fn end_states_differ(undisturbed: &Run, other: &Run) -> Option<String> {
    const MOST: usize = 3;
    let (missing, more) = only_in_one(&undisturbed.end_state(), &other.end_state())?;
    let some = |what: &str, lines: Vec<String>| {
        let left_out = lines.len().saturating_sub(MOST);
        let rest = if left_out > 0 { format!(" and {left_out} more") } else { String::new() };
        (!lines.is_empty()).then(|| format!("{what}: {}{rest}", lines[..lines.len().min(MOST)].join("; ")))
    };
    let parts: Vec<String> = [some("missing", missing), some("there instead", more)].into_iter().flatten().collect();
    Some(parts.join(". "))
}

fn difference(one: &[String], other: &[String]) -> Option<String> {
    let (one, other) = only_in_one(one, other)?;
    let first = |lines: Vec<String>| lines.into_iter().next().unwrap_or_else(|| "nothing more".to_owned());
    Some(format!("first: {}; other: {}", first(one), first(other)))
}

/// What exists at the end, one line each, sorted: by alias and content, without ids, versions or times of change.
pub fn end_state(world: &World) -> Vec<String> {
    let show = |content| {
        let fields = world.contents.fields_of(content).iter();
        fields.map(|(field, value)| format!(" {field}={}", shown(&world.contents, *value))).collect::<String>()
    };
    let records = world.server.live_records().map(|(id, record)| {
        let owner = world.names.user(record.owner);
        format!("{} in CRM, owner {owner}:{}", world.names.record(id), show(record.content))
    });
    let items = world.mailboxes.all().filter(|(id, _)| world.mailboxes.live(*id).is_some()).map(|(id, item)| {
        let tracked = if item.link.state == LinkState::Tracked { "tracked" } else { "not tracked" };
        let mailbox = world.names.user(item.mailbox);
        format!("{} in Outlook of {mailbox}, {tracked}:{}", world.names.item(id), show(item.content))
    });
    let mut lines: Vec<String> = records.chain(items).collect();
    lines.sort_unstable();
    lines
}

fn shown(contents: &Contents, value: Value) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Text(id) => format!("{:?}", contents.text_of(id)),
        Value::Int(number) => number.to_string(),
        Value::Time(millis) => Time(millis).to_string(),
    }
}
