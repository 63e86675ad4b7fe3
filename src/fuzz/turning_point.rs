//! Why it failed: the step after which a failure became likely.
//!
//! Each beginning of a scenario, from none of its steps to all, is gone on with many times by other steps, which are drawn
//! afresh. The share of the runs that fail with the same signature says how likely the failure was at that point; the
//! turning point is the step with which that share rises most. Every draw has its key (the scenario's seed, how many steps
//! are kept, the attempt), so that the shares are the same each time and on any number of threads.
//!
//! ```
//! use crmsim::fuzz::turning_point::{Share, turning_point};
//! let share = |kept, hits| Share { kept, step: (kept > 0).then(String::new), hits, alike: hits, runs: 100 };
//! assert_eq!(turning_point(&[share(0, 2), share(1, 5), share(2, 90), share(3, 97)]), Some(2));
//! assert_eq!(turning_point(&[share(0, 40), share(1, 30)]), None);
//! ```

use rayon::prelude::*;

use super::generate::go_on;
use super::shrink::undeclared;
use super::{Signature, default_profile, signatures, to_run};
use crate::scenario::Scenario;
use crate::scenario::model::Step;
use crate::sim::Draws;
use crate::{Options, check, execute};

/// How often each beginning is gone on with unless the caller says otherwise.
pub const RUNS: u32 = 100;
/// How many steps are drawn beyond those that were cut, so that a failure has time to show itself.
const MORE: usize = 20;

/// How often one beginning of a scenario came to the failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// How many steps were kept.
    pub kept: usize,
    /// The last of them, as a file has it; `None` where none was kept.
    pub step: Option<String>,
    /// How many of the runs failed with the signature.
    pub hits: u32,
    /// How many of them violated the same invariant, be it in another shape or by other roles; `hits` are among them.
    pub alike: u32,
    /// How many runs there were.
    pub runs: u32,
}

/// Whether a failure can come of other steps than those of its scenario: an invariant can be violated by any, while an
/// expectation is one of the steps.
#[must_use]
pub fn can_come_of_others(signature: &Signature) -> bool {
    check::IDS.contains(&signature.invariant.as_str())
}

/// The share of each beginning of a scenario, each told as soon as it is known.
///
/// What the scenario declares about its failures does not count.
#[must_use]
pub fn shares(scenario: &Scenario, signature: &Signature, runs: u32, told: &mut dyn FnMut(&Share)) -> Vec<Share> {
    let scenario = undeclared(&to_run(scenario.clone()));
    let draws = Draws::new(scenario.seed);
    // Whether one attempt has the signature, and whether it has the invariant.
    let attempt = |kept: usize, attempt: u32| {
        let seed = draws.bits("go-on", &kept.to_string(), u64::from(attempt));
        let other = go_on(&scenario, kept, seed, default_profile(), MORE);
        let found = signatures(&other, &execute(&other, Options::default()));
        let is_alike = found.iter().any(|other| other.invariant == signature.invariant);
        (u32::from(found.contains(signature)), u32::from(is_alike))
    };
    let share = |kept: usize| {
        let sum = |one: (u32, u32), other: (u32, u32)| (one.0 + other.0, one.1 + other.1);
        let (hits, alike) = (0..runs).into_par_iter().map(|number| attempt(kept, number)).reduce(|| (0, 0), sum);
        let last = kept.checked_sub(1).and_then(|last| scenario.steps.get(last));
        let share = Share { kept, step: last.map(Step::to_toml), hits, alike, runs };
        told(&share);
        share
    };
    (0..=scenario.steps.len()).map(share).collect()
}

/// The number of the step, from 1, with which the share rises most, the first of several; `None` where it never rises.
#[must_use]
pub fn turning_point(shares: &[Share]) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for pair in shares.windows(2) {
        let rise = pair[1].hits.saturating_sub(pair[0].hits);
        if rise > best.map_or(0, |(rise, _)| rise) {
            best = Some((rise, pair[1].kept));
        }
    }
    best.map(|(_, kept)| kept)
}

#[cfg(test)]
mod tests;
