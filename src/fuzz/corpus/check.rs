//! Running a corpus again: what became of each failure.

use std::fmt;

use super::entry::{Entry, all_signatures, first_difference, ladder};
use crate::engine::{FailureKind, Options, Run, execute};
use crate::fuzz::signature::Signature;

/// What became of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It fails as it did; where the way there is another, from this event on.
    Same {
        /// The first event that is not as it was.
        diverges: Option<usize>,
    },
    /// It does not fail any more.
    Fixed {
        /// The first event that is not as it was.
        diverges: Option<usize>,
    },
    /// It fails in another way.
    Other {
        /// How it fails.
        found: Vec<Signature>,
        /// The first event that is not as it was.
        diverges: Option<usize>,
    },
    /// One of its steps cannot be carried out any more.
    NotApplicable {
        /// The step, from 1.
        step: usize,
        /// Why not.
        why: String,
    },
}

impl Outcome {
    /// Whether it fails as it did.
    #[must_use]
    pub fn is_same(&self) -> bool {
        matches!(self, Outcome::Same { .. })
    }

    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Same { .. } => "same",
            Outcome::Fixed { .. } => "fixed",
            Outcome::Other { .. } => "other",
            Outcome::NotApplicable { .. } => "not-applicable",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            |diverges: &Option<usize>| diverges.map_or(String::new(), |event| format!(", diverging at event {event}"));
        match self {
            Outcome::Same { diverges } => write!(out, "same failure{}", at(diverges)),
            Outcome::Fixed { diverges } => write!(out, "fixed{}", at(diverges)),
            Outcome::Other { found, diverges } => {
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                write!(out, "fails in another way{}: {}", at(diverges), found.join(", "))
            }
            Outcome::NotApplicable { step, why } => write!(out, "not applicable any more at step {step}: {why}"),
        }
    }
}

/// Runs an entry again.
#[must_use]
pub fn recheck(entry: &Entry) -> Outcome {
    let run = execute(&entry.scenario, Options { record: true, ..Options::default() });
    let found = all_signatures(&entry.scenario, &run);
    let diverges = first_difference(&entry.record.ladder, &ladder(&run));
    if found.contains(&entry.key.signature) {
        return Outcome::Same { diverges };
    }
    if let Some((step, why)) = not_applicable(&run) {
        return Outcome::NotApplicable { step: step + 1, why };
    }
    // That a declared violation did not come is no failure of its own.
    let absent = FailureKind::NotViolated.word();
    let found: Vec<Signature> = found.into_iter().filter(|signature| signature.invariant != absent).collect();
    if found.is_empty() { Outcome::Fixed { diverges } } else { Outcome::Other { found, diverges } }
}

fn not_applicable(run: &Run) -> Option<(usize, String)> {
    run.failures.iter().find_map(|failure| match failure.kind {
        FailureKind::Step(step) | FailureKind::Unreached(step) => Some((step, failure.actual.clone())),
        _ => None,
    })
}
