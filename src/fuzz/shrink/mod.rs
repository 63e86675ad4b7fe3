//! From a scenario that fails to the shortest one that fails in the same way.
//!
//! Every candidate is run, and counts only if a failure of it has the [`Signature`] that is looked for: a scenario that
//! fails otherwise is another finding, is kept as such, and never takes the place of the first. What a candidate leaves
//! out takes along what depends on it, and whatever cannot apply any more is skipped by the run.
//!
//! The order is from the coarse to the fine: confirm by a second run, cut after the failure, remove clients, users, items
//! and kinds of faults and acts, remove steps by halving from the back, then pairs of steps, then simplify faults, values,
//! times, settings and the protocol. All of it is done again until a whole round changes nothing; then no single removal
//! keeps the failure, and the names become such as a person would choose.
//!
//! ```
//! let text = r#"
//! format = 1
//! name = "found"
//! why = "A run of many steps."
//! clients = [{ id = "c1", user = "u1", role = "primary" }, { id = "c2", user = "u1", role = "secondary" }]
//! items = [{ id = "i1", kind = "contact", side = "outlook", set = { lastname = "X", jobtitle = "Y" } }]
//! steps = [
//!   { do = "advance", by = "7m" },
//!   { fault = "lose-reply", call = "create", on = "c1" },
//!   { do = "track", item = "i1", on = "c1", via = "explorer" },
//!   { do = "sync", on = "c1", times = 3 },
//! ]
//! [protocol]
//! base = "documented"
//! "#;
//! let scenario = crmsim::scenario::parse("found.toml", text).unwrap().remove(0);
//! let signature = crmsim::fuzz::signatures(&scenario, &crmsim::execute(&scenario, Default::default())).remove(0);
//! let shrunk = crmsim::fuzz::shrink(&scenario, &signature, &mut |_| ()).unwrap();
//! assert!(shrunk.minimal);
//! assert_eq!((shrunk.scenario.steps.len(), shrunk.scenario.clients.len()), (2, 1));
//! assert_eq!(crmsim::execute(&shrunk.scenario, Default::default()).verdict, crmsim::Verdict::Known);
//! ```

mod declare;
mod parts;
mod relabel;
mod remove;
mod repair;
mod search;
mod simplify;
mod steps;

use std::fmt;

use super::Signature;
use crate::scenario::Scenario;
pub use declare::undeclared;
pub(super) use repair::references;
use search::Search;

/// How many runs shrinking takes at most unless the caller says otherwise.
pub const MAX_RUNS: u32 = 20_000;

/// What the shrinker is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress<'a> {
    /// What is tried.
    pub pass: &'a str,
    /// Whether the pass is over; else a run of it is.
    pub over: bool,
    /// The runs so far.
    pub runs: u32,
    /// The steps that are left.
    pub steps: usize,
    /// The clients that are left.
    pub clients: usize,
    /// The items that are left.
    pub items: usize,
}

/// What shrinking asks of whoever wants it. The answers that are here change nothing.
pub trait Guide {
    /// Is told how far it is.
    fn progress(&mut self, _progress: Progress<'_>) {}

    /// Does the work that a candidate is, and says whether it was done: whoever catches a fault in it says that it was not,
    /// and the candidate counts as one that does not fail.
    fn guarded(&mut self, _candidate: &Scenario, work: &mut dyn FnMut()) -> bool {
        work();
        true
    }

    /// Whether to end with the shortest scenario so far.
    fn stops(&mut self) -> bool {
        false
    }
}

/// Guides nothing, and is told.
struct Told<'a>(&'a mut dyn FnMut(Progress<'_>));

impl Guide for Told<'_> {
    fn progress(&mut self, progress: Progress<'_>) {
        (self.0)(progress);
    }
}

/// What shrinking came to.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The shortest scenario that was found. It declares its failure as known, and replays by itself.
    pub scenario: Scenario,
    /// The runs it took; what was tried twice ran once.
    pub runs: u32,
    /// The steps at the beginning.
    pub steps_before: usize,
    /// The passes, each with the steps that were left after it.
    pub passes: Vec<(String, usize)>,
    /// Whether no single removal keeps the failure; it is not known where the runs did not suffice, or it was stopped.
    pub minimal: bool,
    /// Other failures that were met on the way and that the scenario did not have, each with the first that showed it.
    pub others: Vec<(Signature, Scenario)>,
}

/// Why a scenario cannot be shrunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unshrinkable {
    /// It does not fail so; these are the signatures that it has.
    Otherwise(Vec<Signature>),
    /// Two runs of it were not equal.
    NotDeterministic,
}

impl fmt::Display for Unshrinkable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unshrinkable::Otherwise(found) if found.is_empty() => out.write_str("it does not fail"),
            Unshrinkable::Otherwise(found) => {
                let found: Vec<String> = found.iter().map(Signature::to_string).collect();
                write!(out, "it does not fail so, but with {}", found.join(", "))
            }
            Unshrinkable::NotDeterministic => out.write_str("two runs of it differ"),
        }
    }
}

/// Shrinks a scenario to the shortest that fails with the same signature.
///
/// What the scenario declares about its failures (`known`, `violates`, `also`, `breaks`) does not count: see
/// [`undeclared`].
///
/// # Errors
/// When the scenario does not fail with this signature, or not twice in the same way.
pub fn shrink(
    scenario: &Scenario,
    signature: &Signature,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Shrunk, Unshrinkable> {
    shrink_within(scenario, signature, MAX_RUNS, progress)
}

/// The same with another bound on the runs.
///
/// # Errors
/// As for [`shrink`].
pub fn shrink_within(
    scenario: &Scenario,
    signature: &Signature,
    max_runs: u32,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Shrunk, Unshrinkable> {
    shrink_guided(scenario, signature, max_runs, &mut Told(progress))
}

/// The same with a guide.
///
/// # Errors
/// As for [`shrink`].
pub fn shrink_guided(
    scenario: &Scenario,
    signature: &Signature,
    max_runs: u32,
    guide: &mut dyn Guide,
) -> Result<Shrunk, Unshrinkable> {
    let mut search = Search::confirm(scenario, signature, max_runs, guide)?;
    remove::after_the_failure(&mut search);
    remove::what_only_looks(&mut search);
    loop {
        let before = search.now.clone();
        remove::world(&mut search);
        steps::by_halving(&mut search);
        steps::pairs(&mut search);
        simplify::steps(&mut search);
        simplify::world(&mut search);
        simplify::protocol(&mut search);
        if search.now == before || search.is_exhausted() {
            break;
        }
    }
    let minimal = !search.is_exhausted();
    relabel::relabel(&mut search);
    let scenario = declare::declare(&mut search);
    Ok(Shrunk {
        scenario,
        runs: search.runs,
        steps_before: search.steps_before,
        passes: search.passes,
        minimal,
        others: search.others,
    })
}

#[cfg(test)]
mod tests;
