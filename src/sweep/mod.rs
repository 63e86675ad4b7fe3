//! Sweeps: a scenario runs again for each point of one of its steps, and must end as it does undisturbed.
//!
//! A point is nothing but the scenario with one `fault` before the swept step, or with its acts or its items in another
//! order, so that [`Point::written`] can give any of them as a file of its own. [`plan`] runs the scenario undisturbed and
//! lists the points, [`run_point`] runs one and judges it, [`run`] does all of it.
//!
//! How a point is judged: it settles in the end state of the undisturbed run (by name and content), and violates no
//! invariant, or exactly what `allow` declares for it. Expectations before the swept step count; those after it belong to
//! the undisturbed run, since what a cut has left undone until everything has settled is no fault.

mod point;
mod written;

use rayon::prelude::*;

use crate::engine::{Failure, FailureKind, Options, Run, Verdict, end_states_differ, execute};
use crate::scenario::diagnostics::nearest;
use crate::scenario::model::{Allowance, Orders, Scenario, Sweep};
use crate::scenario::source::{MAX_ORDERS, MAX_POINTS};
use crate::sim::Draws;
pub use point::{Change, Point};

/// The work that all points of a sweep may make together, as the undisturbed run lets expect it.
pub const MAX_WORK: u64 = 50_000_000;

/// What a sweep consists of.
pub struct Plan {
    /// The run without any disturbance.
    pub undisturbed: Run,
    /// The points, in the order of the calls.
    pub points: Vec<Point>,
}

/// What became of one point.
#[derive(Clone, Debug)]
pub struct Done {
    /// The point.
    pub point: Point,
    /// Its verdict; [`Verdict::Known`] where it goes wrong as `allow` declares.
    pub verdict: Verdict,
    /// Everything that went wrong, also what is declared.
    pub failures: Vec<Failure>,
    /// How many events its run had.
    pub events: u64,
}

impl Done {
    /// What went wrong, in a few words: invariants, `end-state`, or the kind of failure.
    #[must_use]
    pub fn wrong(&self) -> Vec<&'static str> {
        let mut words: Vec<&'static str> = Vec::new();
        for failure in self.failures.iter().filter(|failure| !failure.declared) {
            let word = failure.kind.named();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

/// What became of a sweep.
pub struct Swept {
    /// The undisturbed run.
    pub undisturbed: Run,
    /// Every point, in order; none where the undisturbed run failed.
    pub points: Vec<Done>,
    /// Allowances that name no point.
    pub unused: Vec<Failure>,
}

/// Runs a scenario undisturbed and lists the points of its sweep; none where it failed undisturbed.
///
/// # Errors
/// When it has no sweep, when there is nothing to sweep in the step, or too much: what to say about it.
pub fn plan(scenario: &Scenario, options: Options) -> Result<Plan, String> {
    let Some(sweep) = &scenario.sweep else { return Err("it has no `[sweep]`".to_owned()) };
    let Some(at) = point::step_of(scenario, sweep) else {
        return Err(format!("it has no step `{}`", sweep.step));
    };
    let undisturbed = execute(scenario, Options { watch: Some(at), ..options });
    if undisturbed.verdict != Verdict::Held {
        return Ok(Plan { undisturbed, points: Vec::new() });
    }
    let mut points = point::of_calls(sweep, &undisturbed);
    if points.is_empty() && !sweep.kinds.is_empty() {
        let kinds: Vec<&str> = sweep.kinds.iter().map(|kind| kind.word()).collect();
        let kinds = kinds.join(" or ");
        return Err(format!("nothing to sweep: the step `{}` makes no call that {kinds} could strike", sweep.step));
    }
    let draws = Draws::new(options.seed.unwrap_or(scenario.seed));
    let sample = sweep.sample.map_or(MAX_ORDERS, |sample| sample as usize);
    points.extend(match sweep.orders {
        Some(Orders::Acts) => point::of_acts(scenario, at, sample, draws),
        Some(Orders::Pages) => point::of_pages(scenario, sample, draws),
        None => Vec::new(),
    });
    let work = undisturbed.work.saturating_mul(points.len() as u64);
    if points.len() > MAX_POINTS || work > MAX_WORK {
        return Err(format!(
            "the step `{}` has {} points, each of {} units of work; a sweep has at most {MAX_POINTS} points and \
             {MAX_WORK} units",
            sweep.step,
            points.len(),
            undisturbed.work
        ));
    }
    Ok(Plan { undisturbed, points })
}

/// Runs one point and judges it against the undisturbed run. Gives the scenario that ran, which is the point's, with the
/// run.
#[must_use]
pub fn run_point(scenario: &Scenario, plan: &Plan, point: &Point, options: Options) -> (Scenario, Run) {
    let (varied, allowance) = (point.scenario(scenario), allowance(scenario, point));
    // What a point costs is near what the undisturbed run costs, or it never ends.
    let bound = plan.undisturbed.work.saturating_mul(20) + 100_000;
    let max_events = Some(options.max_events.map_or(bound, |most| most.min(bound)));
    let mut run = execute(&varied, Options { max_events, ..options });
    if run.verdict == Verdict::Stopped {
        return (varied, run);
    }
    let fact = usize::try_from(run.hash.events()).unwrap_or(usize::MAX);
    let failure = |kind, expected: String, actual: String| Failure { kind, expected, actual, fact, declared: false };
    if let Some(actual) = end_states_differ(&plan.undisturbed, &run) {
        run.failures.push(failure(FailureKind::EndState, "it ends as the undisturbed run".to_owned(), actual));
    }
    for word in allowance.iter().flat_map(|allowance| &allowance.violates) {
        let mut came = false;
        for failure in run.failures.iter_mut().filter(|failure| failure.kind.named() == word) {
            (failure.declared, came) = (true, true);
        }
        if !came {
            let expected = format!("`{word}` is violated, as `allow` says");
            run.failures.push(failure(FailureKind::NotViolated, expected, "it held: is the hazard gone?".to_owned()));
        }
    }
    run.verdict = match (run.failures.iter().any(|failure| !failure.declared), allowance) {
        (true, _) => Verdict::Failed,
        (false, Some(_)) => Verdict::Known,
        (false, None) => Verdict::Held,
    };
    (varied, run)
}

/// The allowance for a point.
#[must_use]
pub fn allowance<'s>(scenario: &'s Scenario, point: &Point) -> Option<&'s Allowance> {
    let sweep = scenario.sweep.as_ref()?;
    sweep.allow.iter().find(|allowance| allowance.kind == point.kind() && allowance.at == point.at())
}

/// The allowances that name no point of the plan.
#[must_use]
pub fn unused(sweep: &Sweep, points: &[Point]) -> Vec<Failure> {
    let names: Vec<String> = points.iter().map(Point::name).collect();
    let unused = sweep.allow.iter().map(Allowance::name).filter(|name| !names.contains(name));
    let failure = |name: String| Failure {
        kind: FailureKind::NotViolated,
        expected: format!("`allow` names points of the sweep, as `{name}`"),
        actual: no_point(&name, points),
        fact: 0,
        declared: false,
    };
    unused.map(failure).collect()
}

/// What to say where a sweep has no point of a name.
#[must_use]
pub fn no_point(name: &str, points: &[Point]) -> String {
    let names: Vec<String> = points.iter().map(Point::name).collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("there is no point `{}`; did you mean `{near}`?", name.escape_debug()),
        None => format!("there is no point `{}`; `crmsim point FILE` lists them", name.escape_debug()),
    }
}

/// Runs a scenario and all points of its sweep, side by side; what comes of it does not depend on how many run at once.
///
/// # Errors
/// As [`plan`].
pub fn run(scenario: &Scenario, options: Options) -> Result<Swept, String> {
    let plan = plan(scenario, options)?;
    let points = plan.points.par_iter().map(|point| {
        let (_, run) = run_point(scenario, &plan, point, options);
        Done { point: point.clone(), verdict: run.verdict, failures: run.failures, events: run.hash.events() }
    });
    let points = points.collect();
    let judged = plan.undisturbed.verdict == Verdict::Held;
    let unused = scenario.sweep.as_ref().filter(|_| judged).map_or(Vec::new(), |sweep| unused(sweep, &plan.points));
    Ok(Swept { undisturbed: plan.undisturbed, points, unused })
}

#[cfg(test)]
mod tests;
