//! Drawing a scenario from a seed and a profile.
//!
//! `swarm` decides what the seed is made of; `world` and `items` make what there is; `plan` draws the steps one after the
//! other by `acts`, `people`, `faults` and `after` (what a step calls for), and aims them (`aim`) by what it believes of the
//! world (`belief`, `follow`). Nothing runs: whether a step can apply is believed, not known, and the run skips what cannot.
//!
//! A scenario that has its first steps is gone on with (`go_on`) by the same means: what they did is believed, and the rest is
//! drawn.
//!
//! Every draw has a key of its own: a named domain, a stable name and a number. Neither the order of enums nor what was
//! drawn before shifts any.

mod acts;
mod after;
mod aim;
mod belief;
mod draw;
mod faults;
mod follow;
mod go_on;
mod items;
mod people;
mod plan;
mod swarm;
#[cfg(test)]
mod tests;
mod values;
mod world;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::scenario::{Scenario, parse};
use crate::sim::Draws;
use draw::Draw;
pub use go_on::go_on;
pub use plan::Count;
use plan::Plan;
use swarm::Swarm;
use values::Values;

/// The profile that has everything: scenarios/fuzz/everything.toml.
#[must_use]
pub fn default_profile() -> &'static Scenario {
    static PROFILE: LazyLock<Scenario> = LazyLock::new(|| {
        let text = include_str!("../../../scenarios/fuzz/everything.toml");
        let profiles = parse("everything.toml", text).expect("the shipped profile is well formed");
        profiles.into_iter().next().expect("a file without rows is one scenario")
    });
    &PROFILE
}

/// What a file's scenario runs as: a profile as the scenario of its own seed, under the profile's name; any other as it is.
#[must_use]
pub fn to_run(scenario: Scenario) -> Scenario {
    if scenario.random.is_none() {
        return scenario;
    }
    Scenario { name: scenario.name.clone(), path: scenario.path.clone(), ..generate(scenario.seed, &scenario) }
}

/// Draws the scenario of a seed by a profile: a scenario with `[random]`, of which the users, clients and items that it
/// names are kept; what it expects counts for its own seed alone. A scenario without `[random]` is taken for one with an
/// empty profile.
///
/// The scenario is plain data that a file can hold, with `drawn` set. Its own seed is the seed without the highest bit,
/// which a file cannot hold.
#[must_use]
pub fn generate(seed: u64, profile: &Scenario) -> Scenario {
    generate_counted(seed, profile).0
}

/// Draws the scenario of a seed by a profile, and counts its acts.
#[must_use]
pub fn generate_counted(seed: u64, profile: &Scenario) -> (Scenario, Count) {
    let draws = Draws::new(seed);
    let random = profile.random.clone().unwrap_or_default();
    let swarm = Swarm::new(&mut Draw::new(draws.stream("swarm", "", 0)), &random);
    let own = seed == profile.seed;
    let mut scenario = Scenario {
        name: format!("seed-{seed}"),
        row: None,
        path: String::new(),
        why: format!("Drawn from the seed {seed} by the profile `{}`.", profile.name),
        seed: seed & (u64::MAX >> 1),
        drawn: true,
        random: None,
        steps: Vec::new(),
        // What a profile expects, it expects of the run of its own seed.
        rules: profile.rules.iter().copied().filter(|_| own).collect(),
        known: profile.known.clone().filter(|_| own),
        violates: profile.violates.iter().filter(|_| own).cloned().collect(),
        also: profile.also.iter().filter(|_| own).cloned().collect(),
        golden: profile.golden.iter().copied().filter(|_| own).collect(),
        ..profile.clone()
    };
    if scenario.users.is_empty() {
        scenario.users = world::users(draws, &random.sizes);
    }
    let values = Values::new(&scenario);
    if profile.users.is_empty() && (swarm.privileges || swarm.filters) {
        scenario.users.iter_mut().for_each(|user| world::restrict(draws, user, &swarm, &values));
    }
    if scenario.clients.is_empty() {
        scenario.clients = world::clients(draws, &scenario.users, &random, &swarm);
    }
    if scenario.items.is_empty() {
        scenario.items = items::items(draws, &scenario.users, &random, &values);
    }
    let (steps, count) = Plan::new(draws, &scenario, BTreeMap::new(), &swarm, &values).draw();
    scenario.steps = steps;
    (scenario, count)
}
