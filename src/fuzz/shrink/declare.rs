//! The end of shrinking: the scenario says itself what goes wrong, and that this is known.

use super::search::{Search, loads, violation};
use crate::engine::{Failure, FailureKind, Run};
use crate::fuzz::signatures;
use crate::protocol::switches::{Base, Switch, SwitchValue, Switches};
use crate::scenario::Scenario;
use crate::{Violation, check, execute};

/// The longest name that a file may have.
const LONGEST_NAME: usize = 80;

/// The scenario without what it declares about its failures, as a file of one row.
#[must_use]
pub fn undeclared(scenario: &Scenario) -> Scenario {
    Scenario {
        row: None,
        path: String::new(),
        rules: Vec::new(),
        tags: Vec::new(),
        known: None,
        violates: Vec::new(),
        also: Vec::new(),
        breaks: Vec::new(),
        golden: Vec::new(),
        rows_end_equal: false,
        sweep: None,
        random: None,
        ..scenario.clone()
    }
}

/// Lets the smallest scenario declare its failure, and gives it. A failure that no file can declare, as a step that cannot
/// be carried out or an expectation without an id, stays a failure.
pub fn declare(search: &mut Search<'_>) -> Scenario {
    search.begin("say what is known");
    let mut plain = search.now.clone();
    plain.drawn = false;
    let options = search.options();
    let run = search.run(&plain);
    let same = |run: &Run| signatures(&plain, run).contains(search.target) && is_declarable(search, run);
    // What is drawn may name what is not there.
    let (mut scenario, run) = match run.filter(|run| same(run) && loads(&plain, &plain.to_toml())) {
        Some(run) => (plain, run),
        None => (search.now.clone(), execute(&search.now, options)),
    };
    scenario.name = search.target.slug().chars().take(LONGEST_NAME).collect();
    let violation = violation(&scenario, &run, search.target);
    scenario.why = match &violation {
        Some(violation) => {
            format!("{} It should be that {}, but {}.", meaning(violation), violation.expected, violation.actual)
        }
        None => {
            let failure = run.failures.first();
            let texts = failure.map(|failure| (failure.expected.as_str(), failure.actual.as_str()));
            let (expected, actual) = texts.unwrap_or_default();
            format!("It should be that {expected}, but {actual}.")
        }
    };
    if is_declarable(search, &run) {
        let ids = |failure: &Failure| match &failure.kind {
            FailureKind::Invariant(violation) => Some(violation.invariant.to_owned()),
            _ => None,
        };
        scenario.known = Some(cause(&scenario, !search.is_exhausted()));
        scenario.violates = violation.iter().map(|violation| violation.invariant.to_owned()).collect();
        let mut also: Vec<String> = run.failures.iter().filter_map(ids).collect();
        also.retain(|invariant| !scenario.violates.contains(invariant));
        also.sort_unstable();
        also.dedup();
        scenario.also = also;
        scenario.breaks = run.failures.iter().filter_map(|failure| expectation(&scenario, failure)).collect();
    }
    debug_assert!(loads(&scenario, &scenario.to_toml()), "{}", scenario.to_toml());
    search.end();
    scenario
}

/// Whether a file can declare every failure of a run.
fn is_declarable(search: &Search<'_>, run: &Run) -> bool {
    run.failures.iter().all(|failure| match failure.kind {
        FailureKind::Invariant(_) => true,
        _ => expectation(&search.now, failure).is_some(),
    })
}

/// The id of the expectation that failed.
fn expectation(scenario: &Scenario, failure: &Failure) -> Option<String> {
    match failure.kind {
        FailureKind::Expectation(step) => scenario.steps.get(step)?.id.clone(),
        _ => None,
    }
}

fn meaning(violation: &Violation) -> &'static str {
    let invariants = check::standard();
    invariants
        .iter()
        .find(|invariant| invariant.id() == violation.invariant)
        .map_or("", |invariant| invariant.meaning())
}

/// What is different from the protocol that should hold, and whether each of it was `tried`.
fn cause(scenario: &Scenario, tried: bool) -> String {
    let (switches, hardened) = (&scenario.protocol.switches, Switches::of(Base::Hardened));
    let differing = Switch::ALL.iter().filter(|switch| switches.get(**switch) != hardened.get(**switch));
    let differing: Vec<String> = differing
        .map(|switch| match switches.get(*switch) {
            SwitchValue::Word(word) => format!("`{} = {word}`", switch.word()),
            _ => format!("`{}`", switch.word()),
        })
        .collect();
    match differing.len() {
        0 => "The protocol does not prevent it.".to_owned(),
        1 => format!("It takes {} in the protocol.", differing[0]),
        _ if tried => format!("It takes all of {} in the protocol.", differing.join(", ")),
        _ => format!("It takes some of {} in the protocol; which of them was not tried.", differing.join(", ")),
    }
}
