//! Mutants against the fuzzer: after how many seeds an invariant notices.
//!
//! Seeds are drawn from several starts that lie far apart, and the median of the starts counts, since one lucky seed says
//! little. What the protocol that is mutated violates at the same seed as well is not the mutant's doing.

use serde::Serialize;

use super::Mutant;
use crate::engine::{Options, execute};
use crate::fuzz::{Signature, generate, signatures};
use crate::protocol::Protocol;
use crate::scenario::Scenario;

/// How far starts lie apart.
const APART: u64 = 1 << 32;

/// How long a mutant is fuzzed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// The seeds of each start.
    pub seeds: u64,
    /// The starts.
    pub starts: u64,
}

/// What the fuzzer made of a mutant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fuzzed {
    /// For each start, how many seeds it took; `None` where they did not suffice.
    pub after: Vec<Option<u64>>,
    /// What noticed first; `None` where no seed of any start did.
    pub found: Option<Found>,
}

/// The first seed that noticed a mutant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// The seed.
    pub seed: u64,
    /// The invariant.
    pub invariant: String,
    /// The signature of the failure.
    pub signature: String,
    /// The steps of the scenario that was drawn.
    pub steps: usize,
}

impl Fuzzed {
    /// The median of the starts; `None` where half of them or more noticed nothing.
    #[must_use]
    pub fn median(&self) -> Option<u64> {
        let mut after: Vec<u64> = self.after.iter().map(|after| after.unwrap_or(u64::MAX)).collect();
        after.sort_unstable();
        after.get(after.len() / 2).copied().filter(|after| *after < u64::MAX)
    }
}

/// Fuzzes a mutant of `origin` with what a profile draws.
#[must_use]
pub fn fuzz(mutant: &Mutant, origin: &Protocol, profile: &Scenario, effort: Effort) -> Fuzzed {
    let mut first = None;
    let after = (0..effort.starts).map(|start| {
        let seeds = start * APART..start * APART + effort.seeds;
        let (seed, signature) = seeds.into_iter().find_map(|seed| {
            let signature = notices(mutant, origin, profile, seed)?;
            Some((seed, signature))
        })?;
        first.get_or_insert((seed, signature));
        Some(seed - start * APART + 1)
    });
    let after = after.collect();
    let found = first.map(|(seed, signature)| {
        let scenario = drawn(&mutant.protocol, profile, seed);
        Found {
            seed,
            invariant: signature.invariant.clone(),
            signature: signature.to_string(),
            steps: scenario.steps.len(),
        }
    });
    Fuzzed { after, found }
}

/// The first violation of a seed under a mutant that the protocol itself does not have.
fn notices(mutant: &Mutant, origin: &Protocol, profile: &Scenario, seed: u64) -> Option<Signature> {
    let violated = |protocol| {
        let scenario = drawn(protocol, profile, seed);
        let run = execute(&scenario, Options::default());
        let mut found = if run.violations.is_empty() { Vec::new() } else { signatures(&scenario, &run) };
        found.retain(|signature| crate::check::IDS.contains(&signature.invariant.as_str()));
        found
    };
    let mut found = violated(&mutant.protocol);
    if !found.is_empty() {
        let own = violated(origin);
        found.retain(|signature| own.iter().all(|known| known.invariant != signature.invariant));
    }
    found.into_iter().next()
}

fn drawn(protocol: &Protocol, profile: &Scenario, seed: u64) -> Scenario {
    Scenario { protocol: protocol.clone(), ..generate(seed, profile) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::default_profile;
    use crate::fuzz::mutants::all;

    const SHORT: Effort = Effort { seeds: 40, starts: 1 };

    #[test]
    fn a_mutant_that_loses_what_people_delete_is_found_and_its_origin_is_not() {
        let origin = Protocol::default();
        let mut mutant = all(&origin).into_iter().find(|one| one.cell == "deletion/open-task-in-outlook").unwrap();
        let fuzzed = fuzz(&mutant, &origin, default_profile(), SHORT);
        let found = fuzzed.found.unwrap();
        assert!(["deletion-propagated", "maximal", "converged"].contains(&found.invariant.as_str()), "{found:?}");
        mutant.protocol = origin.clone();
        assert_eq!(fuzz(&mutant, &origin, default_profile(), SHORT), Fuzzed { after: vec![None], found: None });
    }

    #[test]
    fn the_median_is_that_of_the_starts_and_none_where_most_notice_nothing() {
        let median = |after: &[Option<u64>]| Fuzzed { after: after.to_vec(), found: None }.median();
        assert_eq!(median(&[Some(9), Some(1), Some(4)]), Some(4));
        assert_eq!(median(&[Some(9), None, Some(4)]), Some(9));
        assert_eq!(median(&[None, None, Some(4)]), None);
    }
}
