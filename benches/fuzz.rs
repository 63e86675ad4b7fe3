//! What a seed costs: scenarios of 100 and of 1,000 steps drawn and run with all invariants on, as fuzzing does; and what it
//! costs to shrink one of 200 steps to where no single removal keeps its failure.
//!
//! `cargo bench --bench fuzz` prints criterion's figures; elements a second are seeds a second on one core. The lines before
//! them count work, which does not depend on the machine.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crmsim::fuzz::{Signature, generate, shrink, signatures};
use crmsim::protocol::switches::{Base, Switches};
use crmsim::scenario::model::{Profile, Size};
use crmsim::{Options, Scenario, execute};

/// The seeds of each round: enough that no single one decides.
const SEEDS: u64 = 200;

/// Everything that there is, in so many steps.
fn profile(steps: u32) -> Scenario {
    let mut profile = crmsim::scenario::parse("", &crmsim::scenario::template("steps")).expect("a template").remove(0);
    (profile.users, profile.clients, profile.items) = (Vec::new(), Vec::new(), Vec::new());
    let mut random = Profile::default();
    random.sizes.steps = Size { least: steps, most: steps };
    profile.random = Some(random);
    profile
}

fn seeds(criterion: &mut Criterion) {
    for steps in [100, 1_000] {
        let profile = profile(steps);
        let seeds = SEEDS / u64::from(steps / 100);
        let scenarios: Vec<Scenario> = (0..seeds).map(|seed| generate(seed, &profile)).collect();
        let runs: Vec<_> = scenarios.iter().map(|scenario| execute(scenario, Options::default())).collect();
        let sum = |of: fn(&crmsim::Run) -> u64| runs.iter().map(of).sum::<u64>() / seeds;
        println!(
            "{steps} steps: {} events and {} facts a seed on average",
            sum(|run| run.events),
            sum(|run| run.hash.events())
        );
        let mut group = criterion.benchmark_group(format!("{steps}-steps"));
        group.sample_size(20).throughput(Throughput::Elements(seeds));
        group.bench_function("drawn", |bencher| {
            bencher.iter(|| (0..seeds).for_each(|seed| drop(black_box(generate(seed, &profile)))));
        });
        group.bench_function("run-with-all-invariants", |bencher| {
            bencher.iter(|| {
                scenarios.iter().for_each(|scenario| drop(black_box(execute(scenario, Options::default()))));
            });
        });
        group.finish();
    }
}

/// The first failures of 200 steps under the documented protocol, each of another signature.
fn failures(count: usize) -> Vec<(Scenario, Signature)> {
    let mut profile = profile(200);
    profile.protocol.switches = Switches::of(Base::Documented);
    let mut found: Vec<(Scenario, Signature)> = Vec::new();
    for seed in 0.. {
        let scenario = generate(seed, &profile);
        let all = signatures(&scenario, &execute(&scenario, Options::default()));
        let new = all.into_iter().find(|signature| found.iter().all(|(_, known)| known != signature));
        found.extend(new.map(|signature| (scenario, signature)));
        if found.len() == count {
            break;
        }
    }
    found
}

fn shrinking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shrink-200-steps");
    group.sample_size(10);
    for (scenario, signature) in failures(5) {
        let shrunk = shrink(&scenario, &signature, &mut |_| ()).expect("it fails");
        assert!(shrunk.minimal, "{signature}");
        let (steps, runs) = (shrunk.scenario.steps.len(), shrunk.runs);
        println!("{}: {signature}: 200 steps became {steps} in {runs} runs", scenario.name);
        group.bench_function(scenario.name.as_str(), |bencher| {
            bencher.iter(|| black_box(shrink(&scenario, &signature, &mut |_| ())));
        });
    }
    group.finish();
}

criterion_group!(benches, seeds, shrinking);
criterion_main!(benches);
