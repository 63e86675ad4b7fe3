//! Mutants against the shipped scenarios: one that held and holds no longer has noticed.
//!
//! A scenario counts for a mutant where it runs under the protocol that is mutated and does not pin the mutated switch
//! itself: who writes a policy down expects it, and notices nothing by that. Its own other switches stay. What is drawn from
//! a profile was written by nobody, and belongs to the fuzzer.

use rayon::prelude::*;
use serde::Serialize;

use super::{Change, Mutant};
use crate::engine::{Failure, FailureKind, Options, Verdict, execute};
use crate::protocol::switches::Base;
use crate::scenario::Scenario;
use crate::sweep;

/// A scenario that held under the protocol that is mutated.
#[derive(Clone, Debug)]
pub struct Subject {
    /// It.
    pub scenario: Scenario,
    /// The switches that it pins.
    pub pins: Vec<String>,
    /// The work of its run.
    work: u64,
}

/// Who noticed a mutant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Kill {
    /// The invariant, or what else of the scenario failed.
    pub by: String,
    /// The path of the scenario, with its row and the point of its sweep.
    pub at: String,
}

/// A well-formed scenario file: what it holds, and its scenarios.
#[derive(Clone, Debug)]
pub struct File {
    /// Its text.
    pub text: String,
    /// One, or one a row.
    pub scenarios: Vec<Scenario>,
}

/// The scenarios that can notice a mutant of the hardened protocol, in the order of the files.
#[must_use]
pub fn subjects(files: Vec<File>) -> Vec<Subject> {
    let named = files.into_iter().flat_map(|file| {
        let pins = pins(&file.text, file.scenarios.len());
        let rows = file.scenarios.into_iter().zip(pins);
        rows.filter(|(scenario, (base, _))| *base == Base::Hardened && !scenario.drawn)
    });
    let named: Vec<_> = named.map(|(scenario, (_, pins))| (scenario, pins)).collect();
    let held = named.into_par_iter().filter_map(|(scenario, pins)| {
        let run = execute(&scenario, Options::default());
        (run.verdict == Verdict::Held).then_some(Subject { scenario, pins, work: run.work })
    });
    held.collect()
}

/// The base and the switches that each row of a well-formed file names.
fn pins(text: &str, rows: usize) -> Vec<(Base, Vec<String>)> {
    let file: toml::Table = text.parse().unwrap_or_default();
    let cases = file.get("cases").and_then(toml::Value::as_array);
    let of_row = |row: usize| {
        let row = cases.and_then(|cases| cases.get(row)).and_then(|row| row.get("protocol"));
        let named = [file.get("protocol"), row];
        let mut base = Base::Hardened;
        let mut pins = Vec::new();
        for (key, value) in named.into_iter().flatten().filter_map(toml::Value::as_table).flatten() {
            match value.as_str().filter(|_| key == "base").and_then(Base::parse) {
                Some(word) => base = word,
                None => pins.push(key.clone()),
            }
        }
        (base, pins)
    };
    (0..rows).map(of_row).collect()
}

/// The first of the subjects that notices a mutant: with its own run, or else with a point of its sweep.
#[must_use]
pub fn first_kill(mutant: &Mutant, subjects: &[Subject]) -> Option<Kill> {
    let pinned = |subject: &&Subject| match mutant.change {
        Change::Switch(switch, _) => subject.pins.iter().any(|pin| pin == switch.word()),
        _ => false,
    };
    let open: Vec<&Subject> = subjects.iter().filter(|subject| !pinned(subject)).collect();
    let runs = open.iter().find_map(|subject| kill_by_run(mutant, subject));
    runs.or_else(|| open.iter().find_map(|subject| kill_by_sweep(mutant, subject)))
}

fn mutated(mutant: &Mutant, subject: &Subject) -> (Scenario, Options) {
    let mut scenario = subject.scenario.clone();
    mutant.change.apply(&mut scenario.protocol);
    // A mutant that never comes to rest is not waited for.
    let most = subject.work.saturating_mul(20) + 100_000;
    (scenario, Options { max_events: Some(most), ..Options::default() })
}

fn kill_by_run(mutant: &Mutant, subject: &Subject) -> Option<Kill> {
    let (scenario, options) = mutated(mutant, subject);
    let run = execute(&scenario, options);
    let by = noticed(&run.failures)?;
    Some(Kill { by: by.to_owned(), at: place(&scenario) })
}

fn kill_by_sweep(mutant: &Mutant, subject: &Subject) -> Option<Kill> {
    let (scenario, options) = mutated(mutant, subject);
    scenario.sweep.as_ref()?;
    // A sweep without points, or with too many, says nothing.
    let swept = sweep::run(&scenario, options).ok()?;
    swept.points.iter().find_map(|done| {
        let by = noticed(&done.failures)?;
        Some(Kill { by: by.to_owned(), at: format!("{} {}", place(&scenario), done.point.name()) })
    })
}

/// What of a run noticed that something is wrong, an invariant before all else. That a fault struck nothing, or that a hazard
/// did not come, is no such thing.
fn noticed(failures: &[Failure]) -> Option<&'static str> {
    let counts = |failure: &&Failure| {
        !failure.declared && !matches!(failure.kind, FailureKind::Unreached(_) | FailureKind::NotViolated)
    };
    let invariant = |failure: &&Failure| matches!(failure.kind, FailureKind::Invariant(_));
    let mut wrong = failures.iter().filter(counts);
    let first = wrong.clone().next()?;
    Some(wrong.find(invariant).unwrap_or(first).kind.named())
}

fn place(scenario: &Scenario) -> String {
    match &scenario.row {
        Some(row) => format!("{}#{row}", scenario.path),
        None => scenario.path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutants::all;
    use crate::protocol::Protocol;

    const TEXT: &str = r#"
format = 1
name = "two"
why = "A contact that was deleted in Outlook stays in CRM."
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray" } }]
steps = [
  { do = "delete", item = "zoe", on = "desk" },
  { do = "sync", on = "desk" },
]
cases = [
  { row = "plain" },
  { row = "pins", protocol = { merge-tie = "crm" } },
  { row = "old", protocol = { base = "documented" } },
]
"#;

    fn two() -> Vec<Subject> {
        let scenarios = crate::scenario::parse("two.toml", TEXT).unwrap();
        subjects(vec![File { text: TEXT.to_owned(), scenarios }])
    }

    #[test]
    fn what_names_another_base_is_no_subject_and_what_pins_a_switch_says_so() {
        let subjects = two();
        let told: Vec<_> =
            subjects.iter().map(|one| (one.scenario.row.as_deref().unwrap(), one.pins.join(" "))).collect();
        assert_eq!(told, [("plain", String::new()), ("pins", "merge-tie".to_owned())]);
    }

    #[test]
    fn what_is_drawn_from_a_profile_is_no_subject() {
        let drawn = crate::fuzz::to_run(crate::fuzz::default_profile().clone());
        assert_eq!(execute(&drawn, Options::default()).verdict, Verdict::Held);
        let file = File { text: drawn.to_toml(), scenarios: vec![drawn] };
        assert!(subjects(vec![file]).is_empty());
    }

    #[test]
    fn a_mutant_is_killed_by_the_invariant_that_it_breaks_and_the_identity_survives() {
        let subjects = two();
        let mutants = all(&Protocol::default());
        let mut wrong = mutants.iter().find(|mutant| mutant.cell == "deletion/contact-in-outlook").unwrap().clone();
        let kill = first_kill(&wrong, &subjects).unwrap();
        assert_eq!((kill.by.as_str(), kill.at.as_str()), ("deletion-allowed", "two.toml#plain"));
        wrong.change = Change::Deletion("contact-in-outlook", "kept");
        assert_eq!(first_kill(&wrong, &subjects), None);
    }
}
