//! The work of a campaign as it is meant: draw a scenario from the seed, run it, run it again, shrink it.

use super::{Case, CaseResult, NamedProfile, Reduced, Steps, Work};
use crate::engine::{Options, Run, Verdict, execute};
use crate::fuzz::corpus::{Entry, Found, Key};
use crate::fuzz::shrink::MAX_RUNS;
use crate::fuzz::{Guide, Signature, generate, generate_counted, shrink_guided, signatures};
use crate::scenario::Scenario;
use crate::sim::Draws;

/// Of so many runs one is run twice, besides every failure.
const SAMPLE: u64 = 64;

/// The work as it is meant; a panic in it is the caller's.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a> {
    /// The profiles of the campaign.
    pub profiles: &'a [NamedProfile],
}

impl Plain<'_> {
    /// Shrinks a failure with a guide.
    ///
    /// # Errors
    /// When it cannot be shrunk, which is a fault of crmsim.
    pub fn shrink_guided(
        &self,
        scenario: &Scenario,
        signature: &Signature,
        guide: &mut dyn Guide,
    ) -> Result<Reduced, String> {
        let shrunk = shrink_guided(scenario, signature, MAX_RUNS, guide)
            .map_err(|error| format!("a failure cannot be shrunk: {error}"))?;
        Ok(Reduced {
            steps_before: shrunk.steps_before,
            runs: u64::from(shrunk.runs),
            minimal: shrunk.minimal,
            others: shrunk.others,
            ..Reduced::not_shrunk(shrunk.scenario)
        })
    }
}

/// Nobody guides.
struct Nobody;

impl Guide for Nobody {}

impl Work for Plain<'_> {
    fn run(&self, case: Case) -> Result<CaseResult, String> {
        let (scenario, count) = generate_counted(case.seed, &self.profiles[case.profile].scenario);
        let run = execute(&scenario, Options::default());
        let sampled =
            || Draws::new(case.seed).bits("run-twice", &self.profiles[case.profile].name, 0).is_multiple_of(SAMPLE);
        let again = run.verdict == Verdict::Failed || sampled();
        Ok(CaseResult {
            verdict: run.verdict,
            signatures: signatures(&scenario, &run),
            hash: run.hash.value(),
            events: run.hash.events(),
            steps: Steps {
                drawn: count.acts as u64,
                filled: count.filled as u64,
                skipped: run.world.skipped.len() as u64,
            },
            marks: run.marks,
            same: again.then(|| is_same(&run, &execute(&scenario, Options::default()))),
        })
    }

    fn scenario(&self, case: Case) -> Result<Scenario, String> {
        Ok(generate(case.seed, &self.profiles[case.profile].scenario))
    }

    fn shrink(&self, scenario: &Scenario, signature: &Signature) -> Result<Reduced, String> {
        self.shrink_guided(scenario, signature, &mut Nobody)
    }

    fn tell(&self, key: &Key, scenario: &Scenario, found: Found) -> Result<Entry, String> {
        Ok(Entry::new(key.clone(), scenario, found))
    }
}

fn is_same(one: &Run, other: &Run) -> bool {
    one.hash == other.hash && one.failures == other.failures
}
