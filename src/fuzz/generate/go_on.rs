//! Going on from the first steps of a scenario with others than it has.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::plan::Plan;
use super::swarm::Swarm;
use super::values::Values;
use crate::fuzz::shrink::references;
use crate::scenario::Scenario;
use crate::sim::Draws;

/// Keeps the first steps of a scenario, which has its world, and draws the others afresh, and some `more`, from a seed and a
/// profile.
///
/// The world stays as it is, and so does the scenario's own seed, so that what is kept runs as it did. The result is
/// `drawn`. Where what is kept speaks of a step that was cut, as the end of a window, a fresh step has that one's place and name.
#[must_use]
pub fn go_on(scenario: &Scenario, keep: usize, seed: u64, profile: &Scenario, more: usize) -> Scenario {
    let (steps, keep) = (scenario.steps.len(), keep.min(scenario.steps.len()));
    let mut begun = Scenario { drawn: true, random: None, ..scenario.clone() };
    let cut = begun.steps.split_off(keep);
    let references = references(&begun);
    let places = cut.into_iter().enumerate().filter_map(|(at, step)| Some((keep + at, step.id?)));
    let ends: BTreeMap<usize, String> = places.filter(|(_, id)| references.contains(id)).collect();
    let draws = Draws::new(seed);
    let random = profile.random.clone().unwrap_or_default();
    let mut swarm = Swarm::new(&mut Draw::new(draws.stream("swarm", "", 0)), &random);
    swarm.steps = steps - keep + more;
    let values = Values::new(&begun);
    (begun.steps, _) = Plan::new(draws, &begun, ends, &swarm, &values).draw();
    begun
}
