//! The work of a campaign as it is meant: draw a scenario from the seed, run it, run it again, shrink it.

use super::{Case, CaseResult, NamedProfile, Reduced, Work};
use crate::engine::{Options, Run, Verdict, execute};
use crate::fuzz::corpus::{Entry, Found, Key};
use crate::fuzz::{Signature, generate, shrink, signatures};
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

impl Work for Plain<'_> {
    fn run(&self, case: Case) -> Result<CaseResult, String> {
        let scenario = self.scenario(case)?;
        let run = execute(&scenario, Options::default());
        let sampled =
            || Draws::new(case.seed).bits("run-twice", &self.profiles[case.profile].name, 0).is_multiple_of(SAMPLE);
        let again = run.verdict == Verdict::Failed || sampled();
        Ok(CaseResult {
            verdict: run.verdict,
            signatures: signatures(&scenario, &run),
            hash: run.hash.value(),
            events: run.hash.events(),
            marks: run.marks,
            same: again.then(|| is_same(&run, &execute(&scenario, Options::default()))),
        })
    }

    fn scenario(&self, case: Case) -> Result<Scenario, String> {
        Ok(generate(case.seed, &self.profiles[case.profile].scenario))
    }

    fn shrink(&self, scenario: &Scenario, signature: &Signature) -> Result<Reduced, String> {
        let shrunk =
            shrink(scenario, signature, &mut |_| ()).map_err(|error| format!("a failure cannot be shrunk: {error}"))?;
        Ok(Reduced {
            scenario: shrunk.scenario,
            steps_before: shrunk.steps_before,
            runs: u64::from(shrunk.runs),
            others: shrunk.others,
        })
    }

    fn tell(&self, key: &Key, scenario: &Scenario, found: Found) -> Result<Entry, String> {
        Ok(Entry::new(key.clone(), scenario, found))
    }
}

fn is_same(one: &Run, other: &Run) -> bool {
    one.hash == other.hash && one.failures == other.failures
}
