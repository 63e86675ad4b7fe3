//! What a seed costs: scenarios of 100 and of 1,000 steps drawn and run with all invariants on, as fuzzing does.
//!
//! `cargo bench --bench fuzz` prints criterion's figures; elements a second are seeds a second on one core. The lines before
//! them count work, which does not depend on the machine.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crmsim::fuzz::generate;
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

criterion_group!(benches, seeds);
criterion_main!(benches);
