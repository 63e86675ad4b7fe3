//! The trace: every fact of a recorded run as one aligned line.

use super::names::Names;
use super::phrase;
use super::style::{BOLD, DIM, RESET, plain};
use crate::engine::Run;
use crate::journal::What;
use crate::scenario::model::Body;
use crate::scenario::vocabulary::Act;

/// What stands between the steps of a scenario and what every scenario ends with.
const END_OF_STEPS: &str = "        the steps are over: everything heals, everybody synchronizes until nothing is left to do, then four cycles more";

/// One fact as a line without its style: its number, its time, who, and what. `None` beyond the last fact.
#[must_use]
pub fn line(names: &Names<'_>, run: &Run, fact: usize) -> Option<String> {
    let found = run.facts.get(fact)?;
    let said = phrase::say(names, &found.what);
    Some(format!("{:>6}  {:>13}  {:<12}  {}", fact + 1, names.at(found.at), said.who, said.what))
}

/// The whole trace under its legend; the rules that are followed stand in it where `rules` says so.
#[must_use]
pub fn render(names: &Names<'_>, run: &Run, seed: u64, rules: bool) -> String {
    let scenario = names.scenario;
    let left_out = if rules { "" } else { "; --trace-rules shows also which rules are followed" };
    let mut out = format!(
        "{BOLD}trace of {}{RESET}, seed {seed}, crmsim {}\n{DIM}nr counts the events, as --stop-at does; time is since {}{left_out}{RESET}\n",
        plain(&scenario.title()),
        env!("CARGO_PKG_VERSION"),
        scenario.start,
    );
    out.push_str(&format!("{BOLD}{:>6}  {:>13}  {:<12}  what{RESET}\n", "nr", "time", "who"));
    let end = end_of_steps(names, run);
    for fact in 0..run.facts.len() {
        if Some(fact) == end {
            out.push_str(&format!("{DIM}{END_OF_STEPS}{RESET}\n"));
        }
        if !rules && matches!(run.facts[fact].what, What::Followed { .. }) {
            continue;
        }
        if let Some(line) = line(names, run, fact) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// The fact before which the scenario's own steps are over; `None` where the run did not come so far.
fn end_of_steps(names: &Names<'_>, run: &Run) -> Option<usize> {
    let heals = |what: &What| match what {
        What::Step { step } => {
            let body = names.scenario.steps.get(*step as usize).map(|step| &step.body);
            matches!(body, Some(Body::Do(Act::Heal, _)))
        }
        _ => false,
    };
    let healed = |what: &What| *what == What::Healed;
    let count = |wanted: &dyn Fn(&What) -> bool| run.facts.iter().filter(|fact| wanted(&fact.what)).count();
    // Each `heal` of the scenario heals once, and the end once more.
    if count(&healed) <= count(&heals) {
        return None;
    }
    let mut end = run.facts.iter().rposition(|fact| healed(&fact.what))?;
    // Who has to be connected or started is that on the way.
    while end > 0 && matches!(run.facts[end - 1].what, What::Client { .. }) {
        end -= 1;
    }
    Some(end)
}
