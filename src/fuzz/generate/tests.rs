//! What is drawn can be held by a file and passes every check, happens for the most part, and misses no word of the
//! vocabulary.

mod going_on;
mod properties;
mod vocabulary;

use std::collections::BTreeMap;

use super::generate;
use crate::engine::FailureKind;
use crate::model::Privileges;
use crate::scenario::model::{Body, Filter, Own, Profile, Settings};
use crate::scenario::{Scenario, parse};

/// The empty profile: everything that there is.
fn profile() -> Scenario {
    let text = "format = 1\nname = \"p\"\nwhy = \"x\"\nclients = [{ id = \"d\", user = \"a\" }]\nsteps = []\n";
    let mut base = parse("", text).unwrap().remove(0);
    (base.users, base.clients, base.random) = (Vec::new(), Vec::new(), Some(Profile::default()));
    base
}

fn reads_back(scenario: &Scenario) {
    let text = scenario.to_toml();
    let parsed = match parse("", &text) {
        Ok(mut parsed) => parsed.remove(0),
        Err(errors) => panic!("{}\n{text}", errors.render(false)),
    };
    let plain = |scenario: &Scenario| {
        let mut plain = scenario.clone();
        plain.steps.iter_mut().for_each(|step| step.line = 0);
        plain.drawn = true;
        plain
    };
    assert!(plain(&parsed) == plain(scenario), "{text}");
}

#[test]
fn what_is_drawn_reads_back() {
    let profile = profile();
    for seed in 0..300 {
        reads_back(&generate(seed, &profile));
    }
    reads_back(&generate(u64::MAX, &profile));
}

/// The share of steps that are skipped, and of faults and points that nothing reaches, in percent.
#[test]
fn most_of_what_is_drawn_happens() {
    let profile = profile();
    // How often each word came, and how often it did nothing.
    let mut words: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let (mut acts, mut skipped, mut armed, mut unreached) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut scenario = generate(seed, &profile);
        // What a drawn scenario skips is told as failed.
        scenario.drawn = false;
        let word = |step: usize| match &scenario.steps[step].body {
            Body::Do(act, _) if scenario.steps[step].when.is_some() => format!("{act} inside a call"),
            Body::Do(act, _) => act.to_string(),
            Body::Fault(fault, _) => fault.to_string(),
            _ => String::new(),
        };
        for (number, step) in scenario.steps.iter().enumerate() {
            let waits = step.when.is_some() || matches!(step.body, Body::Fault(..));
            (acts, armed) = (acts + u32::from(!waits), armed + u32::from(waits));
            words.entry(word(number)).or_default().0 += 1;
        }
        for failure in crate::execute(&scenario, crate::Options::default()).failures {
            let (FailureKind::Step(step) | FailureKind::Unreached(step)) = failure.kind else { continue };
            let is_step = matches!(failure.kind, FailureKind::Step(_));
            (skipped, unreached) = (skipped + u32::from(is_step), unreached + u32::from(!is_step));
            words.entry(word(step)).or_default().1 += 1;
        }
    }
    let table: String = words.iter().map(|(word, (all, none))| format!("{word:30} {all:5} {none:5}\n")).collect();
    let told = format!("{table}{skipped} of {acts} steps skipped, {unreached} of {armed} faults and points unreached");
    println!("{told}");
    assert!(skipped * 100 < acts * 15, "{told}");
    assert!(unreached * 100 < armed * 70, "{told}");
}

/// The profiles that are shipped, by name.
fn shipped() -> Vec<Scenario> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fuzz");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| crate::scenario::load(path).unwrap().remove(0)).collect()
}

#[test]
fn every_shipped_profile_draws_what_it_says() {
    let profiles = shipped();
    assert!(profiles.iter().all(|profile| profile.random.is_some()));
    for profile in &profiles {
        let random = profile.random.as_ref().unwrap();
        for seed in 0..40 {
            let scenario = generate(seed, profile);
            reads_back(&scenario);
            let steps = random.sizes.steps;
            assert!((steps.least..=steps.most).contains(&(scenario.steps.len() as u32)), "{}", profile.name);
            let faults = scenario.steps.iter().filter(|step| matches!(step.body, Body::Fault(..))).count();
            if random.phases.fault_free == 100 {
                assert_eq!(faults, 0, "{} {seed}", profile.name);
            }
            for step in &scenario.steps {
                let Body::Fault(fault, _) = step.body else { continue };
                assert!(random.faults.allows(fault), "{} draws {fault}", profile.name);
            }
        }
    }
}

#[test]
fn what_a_profile_leaves_out_nobody_has_and_the_rest_stays() {
    let has = |own: Own| {
        let mut base = profile();
        base.random = Some(Profile { own, ..Profile::default() });
        let (mut privileges, mut filters, mut settings) = (false, false, false);
        for seed in 0..60 {
            let scenario = generate(seed, &base);
            privileges |= scenario.users.iter().any(|user| user.privileges != Privileges::default());
            filters |= scenario.users.iter().any(|user| user.filters != Filter::defaults());
            settings |= scenario.clients.iter().any(|client| client.settings != Settings::default());
        }
        [privileges, filters, settings]
    };
    let all = Own::default();
    assert_eq!(has(all), [true; 3]);
    assert_eq!(has(Own { privileges: 0, ..all }), [false, true, true]);
    assert_eq!(has(Own { filters: 0, ..all }), [true, false, true]);
    assert_eq!(has(Own { settings: 0, ..all }), [true, true, false]);
}

/// What a seed means is a promise to everybody who kept one: these values change only with a note in CHANGELOG.md.
#[test]
fn golden_hashes_pin_what_is_drawn() {
    let hash = |scenario: &Scenario| xxhash_rust::xxh3::xxh3_64(scenario.to_toml().as_bytes());
    let drawn = shipped().into_iter().flat_map(|profile| {
        [0, 42, 4_000_000_000].map(|seed| format!("{} {seed} {:016x}", profile.name, hash(&generate(seed, &profile))))
    });
    insta::assert_snapshot!(drawn.collect::<Vec<_>>().join("\n"));
}
