//! What a run came to.

use std::fmt;

use super::faults::Chance;
use super::world::World;
use crate::check::{Ledger, Violation};
use crate::journal::Fact;
use crate::model::Marks;
use crate::sim::TraceHash;

/// The verdict on a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Everything that was expected came, and no invariant was violated.
    Held,
    /// It failed in exactly the ways that the scenario declares as known.
    Known,
    /// Something failed.
    Failed,
    /// It was stopped before its end; nothing was judged.
    Stopped,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Verdict::Held => "held",
            Verdict::Known => "known",
            Verdict::Failed => "failed",
            Verdict::Stopped => "stopped",
        })
    }
}

/// What kind of thing went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// An expectation did not hold (the index of its step).
    Expectation(usize),
    /// A step could not be carried out (its index).
    Step(usize),
    /// An invariant was violated.
    Invariant(Violation),
    /// A fault that was armed never struck, or a point for an act was never reached (the index of its step).
    Unreached(usize),
    /// A rule that the scenario names was not followed.
    RuleNotHit,
    /// A violation or a broken expectation that the scenario declares did not come.
    NotViolated,
    /// A waiver was not needed.
    WaiverNotNeeded,
    /// The world did not settle within its bound.
    Unsettled,
    /// It did not end as the undisturbed run of its sweep.
    EndState,
}

impl FailureKind {
    /// The invariant that was violated, or else the word.
    #[must_use]
    pub fn named(&self) -> &'static str {
        match self {
            FailureKind::Invariant(violation) => violation.invariant,
            other => other.word(),
        }
    }

    /// The word for it in results for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            FailureKind::Expectation(_) => "expectation",
            FailureKind::Step(_) => "step",
            FailureKind::Invariant(_) => "invariant",
            FailureKind::Unreached(_) => "unreached",
            FailureKind::RuleNotHit => "rule-not-hit",
            FailureKind::NotViolated => "not-violated",
            FailureKind::WaiverNotNeeded => "waiver-not-needed",
            FailureKind::Unsettled => "unsettled",
            FailureKind::EndState => "end-state",
        }
    }
}

/// One thing that went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What kind of thing.
    pub kind: FailureKind,
    /// What should have been so.
    pub expected: String,
    /// What was so.
    pub actual: String,
    /// How many facts the run had.
    pub fact: usize,
    /// Whether the scenario declares it as known.
    pub declared: bool,
}

/// A finished run.
pub struct Run {
    /// The verdict.
    pub verdict: Verdict,
    /// Everything that went wrong, in the order in which it was seen; also what the scenario declares.
    pub failures: Vec<Failure>,
    /// The invariants that were suspended and would have been violated.
    pub waived: Vec<String>,
    /// Every violation that was found, judged or not.
    pub violations: Vec<Violation>,
    /// What the run came by: the rules that were followed, and what happened to items in which state.
    pub marks: Marks,
    /// The hash of everything that happened.
    pub hash: TraceHash,
    /// How many events the queue gave.
    pub events: u64,
    /// How many units of work the run took, of which [`MAX_EVENTS`](super::MAX_EVENTS) is the bound.
    pub work: u64,
    /// What faults could have struck during the step that the options watch.
    pub chances: Vec<Chance>,
    /// What happened; empty unless the run was recorded.
    pub facts: Vec<Fact>,
    /// The hash after each fact; empty unless the run was recorded.
    pub fact_hashes: Vec<u64>,
    /// The world at the end.
    pub world: World,
    /// What people did, and what became of it.
    pub ledger: Ledger,
}

impl Run {
    /// What exists at the end, by name and content, sorted: equal for two runs that end alike. It is made for whoever asks,
    /// as most runs are compared with no other.
    #[must_use]
    pub fn end_state(&self) -> Vec<String> {
        super::verdict::end_state(&self.world)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Run")
            .field("verdict", &self.verdict)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
