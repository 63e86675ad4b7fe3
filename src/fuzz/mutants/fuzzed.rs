//! Mutants against the fuzzer: after how many seeds an invariant notices.
//!
//! Seeds are drawn from several starts that lie far apart, and the median of the starts counts, since one lucky seed says
//! little. A seed that fails under the protocol that is mutated as well says nothing. The first that notices is shrunk: how
//! many steps it takes to see what the mutant does wrong.

use serde::Serialize;

use super::Mutant;
use crate::engine::{Options, execute};
use crate::fuzz::shrink::undeclared;
use crate::fuzz::{Signature, generate, shrink, signatures};
use crate::protocol::Protocol;
use crate::scenario::Scenario;

/// How far starts lie apart.
const APART: u64 = 1 << 32;

/// How long a mutant is fuzzed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
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
    /// The steps that are left when it is shrunk; `None` where the shortest that fails so no longer tells the mutant from
    /// its origin.
    pub shrunk_steps: Option<usize>,
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
            shrunk_steps: shrunk_steps(&scenario, &signature, origin),
        }
    });
    Fuzzed { after, found }
}

/// The first violation of a seed under a mutant, where the seed holds under the protocol itself.
fn notices(mutant: &Mutant, origin: &Protocol, profile: &Scenario, seed: u64) -> Option<Signature> {
    let scenario = drawn(&mutant.protocol, profile, seed);
    let signature = failures(&scenario).into_iter().find(is_invariant)?;
    holds(&scenario, origin).then_some(signature)
}

/// How many steps the shortest scenario has that fails so under the mutant and holds under the protocol itself.
fn shrunk_steps(scenario: &Scenario, signature: &Signature, origin: &Protocol) -> Option<usize> {
    let shrunk = shrink(scenario, signature, &mut |_| ()).ok()?.scenario;
    // What is not there under the origin is skipped, and is no failure.
    let again = Scenario { drawn: true, ..undeclared(&shrunk) };
    holds(&again, origin).then_some(shrunk.steps.len())
}

fn is_invariant(signature: &Signature) -> bool {
    crate::check::IDS.contains(&signature.invariant.as_str())
}

fn holds(scenario: &Scenario, protocol: &Protocol) -> bool {
    let scenario = Scenario { protocol: protocol.clone(), ..scenario.clone() };
    failures(&scenario).is_empty()
}

fn failures(scenario: &Scenario) -> Vec<Signature> {
    signatures(scenario, &execute(scenario, Options::default()))
}

fn drawn(protocol: &Protocol, profile: &Scenario, seed: u64) -> Scenario {
    Scenario { protocol: protocol.clone(), ..generate(seed, profile) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::default_profile;
    use crate::fuzz::mutants::all;
    use crate::protocol::switches::{Base, Switches};

    const SHORT: Effort = Effort { seeds: 40, starts: 1 };

    #[test]
    fn a_mutant_that_loses_what_people_delete_is_found_and_its_origin_is_not() {
        let origin = Protocol::default();
        let mut mutant = all(&origin).into_iter().find(|one| one.cell == "deletion/open-task-in-outlook").unwrap();
        let fuzzed = fuzz(&mutant, &origin, default_profile(), SHORT);
        let found = fuzzed.found.unwrap();
        assert!(["deletion-propagated", "maximal", "converged"].contains(&found.invariant.as_str()), "{found:?}");
        assert!(found.shrunk_steps.is_some_and(|steps| (1..=5).contains(&steps) && steps < found.steps), "{found:?}");
        mutant.protocol = origin.clone();
        assert_eq!(fuzz(&mutant, &origin, default_profile(), SHORT), Fuzzed { after: vec![None], found: None });
    }

    #[test]
    fn a_seed_that_fails_without_the_mutation_as_well_says_nothing() {
        let hardened = Protocol::default();
        let documented = Protocol { switches: Switches::of(Base::Documented), ..hardened.clone() };
        let mutant = Mutant { protocol: documented.clone(), ..all(&hardened).remove(0) };
        let notices = |origin, seed: &u64| notices(&mutant, origin, default_profile(), *seed).is_some();
        let seed = (0..200).find(|seed| notices(&hardened, seed)).expect("the documented protocol fails soon");
        assert!(!notices(&documented, &seed));
    }

    #[test]
    fn the_median_is_that_of_the_starts_and_none_where_most_notice_nothing() {
        let median = |after: &[Option<u64>]| Fuzzed { after: after.to_vec(), found: None }.median();
        assert_eq!(median(&[Some(9), Some(1), Some(4)]), Some(4));
        assert_eq!(median(&[Some(9), None, Some(4)]), Some(9));
        assert_eq!(median(&[None, None, Some(4)]), None);
    }
}
