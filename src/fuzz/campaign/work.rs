//! What a campaign asks for on each seed: to run it, to shrink it, to tell of it.

use serde::Serialize;

use crate::engine::Verdict;
use crate::fuzz::Signature;
use crate::fuzz::corpus::{Entry, Found, Key};
use crate::fuzz::coverage::Marks;
use crate::scenario::Scenario;

/// One run of a campaign: a seed in one of its profiles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Case {
    /// The seed.
    pub seed: u64,
    /// The place of the profile among those of the campaign.
    pub profile: usize,
}

/// What became of the acts that were drawn.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Steps {
    /// How many were drawn.
    pub drawn: u64,
    /// Of those: in how many only time passes, because nothing that the profile lets come up could happen.
    pub filled: u64,
    /// Of those: how many were skipped, because they could not happen when they were reached.
    pub skipped: u64,
}

impl Steps {
    /// Adds those of another case.
    pub fn add(&mut self, more: Steps) {
        self.drawn += more.drawn;
        self.filled += more.filled;
        self.skipped += more.skipped;
    }

    /// Whether nothing at all could happen.
    #[must_use]
    pub fn are_all_filled(&self) -> bool {
        self.drawn > 0 && self.filled == self.drawn
    }

    /// The share of those that could not happen, in percent.
    #[must_use]
    pub fn idle_percent(&self) -> u64 {
        (self.filled + self.skipped) * 100 / self.drawn.max(1)
    }
}

/// What a case came to.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The verdict.
    pub verdict: Verdict,
    /// The failures that are not declared, each once.
    pub signatures: Vec<Signature>,
    /// The hash of everything that happened.
    pub hash: u64,
    /// How many events there were.
    pub events: u64,
    /// What became of its steps.
    pub steps: Steps,
    /// What it came by.
    pub marks: Marks,
    /// Whether a second run came to the same; `None` where there was none.
    pub same: Option<bool>,
}

/// A failure, shrunk.
#[derive(Clone, PartialEq, Debug)]
pub struct Reduced {
    /// The scenario.
    pub scenario: Scenario,
    /// How many steps it had before.
    pub steps_before: usize,
    /// How many runs it took.
    pub runs: u64,
    /// Whether it is as short as shrinking makes it.
    pub minimal: bool,
    /// What crmsim said where it failed itself on the way.
    pub fault: Option<String>,
    /// Whether a second process came to the same.
    pub same: bool,
    /// Other failures that were met on the way.
    pub others: Vec<(Signature, Scenario)>,
}

impl Reduced {
    /// A failure as it was found.
    #[must_use]
    pub fn not_shrunk(scenario: Scenario) -> Reduced {
        let (minimal, fault, same) = (false, None, true);
        Reduced { steps_before: scenario.steps.len(), scenario, runs: 0, minimal, fault, same, others: Vec::new() }
    }
}

/// What a campaign asks for; each answer depends on its arguments alone. An error is what crmsim said when it failed
/// itself: the campaign notes it and goes on.
pub trait Work: Sync {
    /// Runs a case.
    ///
    /// # Errors
    /// When crmsim itself fails.
    fn run(&self, case: Case) -> Result<CaseResult, String>;

    /// The scenario of a case.
    ///
    /// # Errors
    /// When crmsim itself fails.
    fn scenario(&self, case: Case) -> Result<Scenario, String>;

    /// Shrinks a scenario to what its failure needs.
    ///
    /// # Errors
    /// When crmsim itself fails.
    fn shrink(&self, scenario: &Scenario, signature: &Signature) -> Result<Reduced, String>;

    /// Whether a second process comes to the same in a scenario whose failure is new. Here there is none.
    ///
    /// # Errors
    /// When crmsim itself fails.
    fn is_same_elsewhere(&self, _scenario: &Scenario) -> Result<bool, String> {
        Ok(true)
    }

    /// Whether to stop: no more cases begin, and no more shrinking; what is new by then is given as it is.
    fn stops(&self) -> bool {
        false
    }

    /// Keeps a new failure as it was found, at once; the campaign gives it again when it is shrunk.
    fn keep(&self, _entry: Entry) {}

    /// Forgets a failure that was kept, of a case that does not count.
    fn forget(&self, _key: &Key) {}

    /// The entry of the corpus for a failure.
    ///
    /// # Errors
    /// When crmsim itself fails.
    fn tell(&self, key: &Key, scenario: &Scenario, found: Found) -> Result<Entry, String>;
}
