//! Any profile is drawn from without a fault: what comes is valid, the same each time, and nothing that the profile leaves out.

use proptest::prelude::*;

use super::{profile, reads_back};
use crate::fuzz::generate;
use crate::model::{Kind, Role};
use crate::scenario::Scenario;
use crate::scenario::model::{Body, Own, Phases, Profile, Size, Sizes, Weights};
use crate::scenario::vocabulary::{Act, Fault};

fn size(low: u32, high: u32) -> impl Strategy<Value = Size> {
    (low..=high).prop_flat_map(move |least| (Just(least), least..=high)).prop_map(|(least, most)| Size { least, most })
}

/// Some words with weights, and perhaps a weight of all others; one word at least counts.
fn weights<W: Copy + Ord + std::fmt::Debug + 'static>(all: &'static [W]) -> impl Strategy<Value = Weights<W>> {
    let some = prop::sample::subsequence(all, 0..=all.len().min(6));
    let numbers = prop::collection::vec(prop::sample::select(&[0_u32, 1, 7, 1_000][..]), 6);
    let others = prop::sample::select(&[None, None, Some(0), Some(3)][..]);
    (some, numbers, others, prop::sample::select(all)).prop_map(|(words, numbers, others, counts)| {
        let mut weights = Weights { named: words.into_iter().zip(numbers).collect(), others };
        weights.named.insert(counts, 2);
        weights
    })
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let sizes = (size(1, 3), size(3, 6), size(0, 6), size(1, 60));
    let sizes = sizes.prop_map(|(users, clients, items, steps)| Sizes { users, clients, items, steps });
    let roles = weights(Role::ALL).prop_map(|mut roles| {
        // One that synchronizes has a weight.
        roles.named.insert(Role::Primary, 1);
        roles
    });
    let words = (weights(Act::ALL), weights(Fault::ALL), weights(&Kind::ALL), roles);
    let phases = prop_oneof![Just((100, 0, 0, 10)), (0_u32..=40, 0_u32..=30, 0_u32..=30, 0_u32..=100)]
        .prop_map(|(fault_free, single_fault, rare_fault, away)| Phases { fault_free, single_fault, rare_fault, away });
    let own = (0_u32..=100, 0_u32..=100, 0_u32..=100);
    let own = own.prop_map(|(privileges, filters, settings)| Own { privileges, filters, settings });
    (sizes, words, phases, own).prop_map(|(sizes, (weights, faults, kinds, roles), phases, own)| Profile {
        sizes,
        weights,
        faults,
        kinds,
        roles,
        phases,
        own,
    })
}

/// What a profile leaves out, and a scenario has.
fn strangers(scenario: &Scenario, random: &Profile) -> Vec<String> {
    let mut found = Vec::new();
    for step in &scenario.steps {
        match &step.body {
            // Where nothing else can happen a minute passes, and those who stay away for good are taken off their machines.
            Body::Do(Act::Advance | Act::Uninstall, _) => {}
            Body::Do(act, _) if !random.weights.allows(*act) => found.push(act.to_string()),
            Body::Fault(fault, _) if !random.faults.allows(*fault) => found.push(fault.to_string()),
            _ => {}
        }
    }
    let kinds = scenario.items.iter().filter(|item| !random.kinds.allows(item.kind));
    found.extend(kinds.map(|item| item.kind.to_string()));
    let roles = scenario.clients.iter().filter(|client| !random.roles.allows(client.role));
    found.extend(roles.map(|client| client.role.to_string()));
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_profile_draws_what_it_says(random in any_profile(), seed in any::<u64>()) {
        let base = Scenario { random: Some(random.clone()), ..profile() };
        let scenario = generate(seed, &base);
        reads_back(&scenario);
        prop_assert_eq!(&generate(seed, &base), &scenario);
        prop_assert_eq!(strangers(&scenario, &random), Vec::<String>::new());
        let Size { least, most } = random.sizes.steps;
        prop_assert!((least..=most).contains(&(scenario.steps.len() as u32)), "{} steps", scenario.steps.len());
        if random.phases.fault_free == 100 {
            prop_assert!(!scenario.steps.iter().any(|step| matches!(step.body, Body::Fault(..))));
        }
    }
}
