//! From a scenario to a run: laying out the world, driving the queue, acts, faults, expectations, and the verdict.
//!
//! [`execute`] draws no random number of its own: everything that is not written in the scenario is a keyed draw.

mod acts;
mod delegates;
mod durable;
mod expect;
mod faults;
mod files;
mod finish;
mod layout;
mod machines;
mod meetings;
mod moves;
mod notifications;
mod outcome;
mod people;
mod prompts;
mod runner;
mod sharing;
mod store;
pub mod tables;
pub mod transactions;
mod verdict;
mod wire;
pub mod world;

pub use faults::Chance;
pub use outcome::{Failure, FailureKind, Run, Verdict};
pub use verdict::{end_states_differ, judge_file};
pub use world::World;

use crate::check::Invariant;
use crate::scenario::Scenario;

/// How many events, and looks at things by name, a run may come to: a file that asks for a thousand years of cycles must
/// not hang whoever runs it.
pub const MAX_EVENTS: u64 = 5_000_000;

/// How many facts a run keeps when it is recorded; a longer one is recorded up to here.
pub const MAX_RECORDED_FACTS: usize = 2_000_000;

/// How a scenario is executed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether the run keeps its facts; without them it says only how it ended.
    pub record: bool,
    /// Stop after so many facts, as if the scenario ended there; nothing is settled or judged after it.
    pub stop_at: Option<usize>,
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// After how many events a run that has not ended yet fails; [`MAX_EVENTS`] where `None`.
    pub max_events: Option<u64>,
    /// The step (by its index) while which the run keeps what faults could have struck.
    pub watch: Option<usize>,
}

/// Executes a scenario with all invariants on.
///
/// ```
/// let text = crmsim::scenario::template("first-steps");
/// let scenarios = crmsim::scenario::parse("first-steps.toml", &text).unwrap();
/// let run = crmsim::execute(&scenarios[0], crmsim::Options::default());
/// assert_eq!(run.verdict, crmsim::Verdict::Held);
/// ```
#[must_use]
pub fn execute(scenario: &Scenario, options: Options) -> Run {
    execute_with(scenario, options, Vec::new())
}

/// Executes a scenario with all invariants on, and with some of the caller's own beside them.
#[must_use]
pub fn execute_with(scenario: &Scenario, options: Options, own: Vec<Box<dyn Invariant>>) -> Run {
    runner::Runner::new(scenario, options, own).run()
}
