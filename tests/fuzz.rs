//! The fast fuzz test: a small set of seeds that together come by everything that many come by.
//!
//! `tests/covering-seeds.toml` holds the set. It is made anew, where the generator or what is counted changed, by
//!
//! ```sh
//! COVERING_SEEDS=100000 cargo test --release --test fuzz
//! ```
//!
//! which draws so many seeds of every shipped profile, prints what they came by, and keeps the smallest set that a greedy
//! search finds.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crmsim::fuzz::coverage::{Coverage, Mark, Marks, covering_set};
use crmsim::fuzz::generate;
use crmsim::{Options, Run, Scenario, Verdict, execute};
use rayon::prelude::*;
use serde::Deserialize;

/// How many seeds are drawn before what they came by is counted.
const CHUNK: u64 = 1_000;

#[derive(Deserialize)]
struct Kept {
    seeds: Vec<KeptSeed>,
}

/// A seed of the set, and the marks that no seed before it has.
#[derive(Deserialize)]
struct KeptSeed {
    profile: String,
    seed: u64,
    adds: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn profile(name: &str) -> Scenario {
    let path = root().join("scenarios/fuzz").join(name).with_extension("toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is a profile", path.display()));
    match crmsim::scenario::parse(name, &text) {
        Ok(mut profiles) => profiles.remove(0),
        Err(errors) => panic!("{}", errors.render(false)),
    }
}

fn profiles() -> Vec<String> {
    let folder = std::fs::read_dir(root().join("scenarios/fuzz")).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn run(seed: u64, profile: &Scenario) -> Run {
    execute(&generate(seed, profile), Options::default())
}

/// Draws so many seeds of each profile, and writes the set that covers what those that held came by.
fn make(seeds: u64, path: &Path) {
    let names = profiles();
    let profiles: Vec<Scenario> = names.iter().map(|name| profile(name)).collect();
    let mut coverage = Coverage::default();
    let mut cases: Vec<((u64, usize), Marks)> = Vec::new();
    for from in (1..=seeds).step_by(CHUNK as usize) {
        let chunk: Vec<(u64, usize)> = (from..(from + CHUNK).min(seeds + 1))
            .flat_map(|seed| (0..profiles.len()).map(move |at| (seed, at)))
            .collect();
        let runs: Vec<(bool, Marks)> = chunk
            .par_iter()
            .map(|(seed, at)| {
                let run = run(*seed, &profiles[*at]);
                (run.verdict == Verdict::Held, run.marks)
            })
            .collect();
        for (case, (held, marks)) in chunk.into_iter().zip(runs) {
            coverage.add(case, &marks);
            if held {
                cases.push((case, marks));
            }
        }
    }
    let shown: Vec<&str> = names.iter().map(String::as_str).collect();
    println!("{}", coverage.report(&shown));
    let mut text = format!(
        "# A set of seeds that comes by everything that {seeds} seeds of each profile came by; tests/fuzz.rs runs it.\n\
         # Made by: COVERING_SEEDS={seeds} cargo test --release --test fuzz\n"
    );
    for covering in covering_set(&cases) {
        let (seed, at) = covering.case;
        let adds: String = covering.adds.iter().fold(String::new(), |adds, mark| adds + &format!("  \"{mark}\",\n"));
        write!(text, "\n[[seeds]]\nprofile = \"{}\"\nseed = {seed}\nadds = [\n{adds}]\n", names[at]).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the set is made anew only where somebody asks for it")]
fn the_covering_seeds_hold_and_come_by_what_they_are_kept_for() {
    let path = root().join("tests/covering-seeds.toml");
    if let Ok(seeds) = std::env::var("COVERING_SEEDS") {
        make(seeds.parse().expect("COVERING_SEEDS is a number of seeds"), &path);
    }
    let kept: Kept = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(!kept.seeds.is_empty());
    let runs: Vec<Run> = kept.seeds.par_iter().map(|kept| run(kept.seed, &profile(&kept.profile))).collect();
    let mut wrong = Vec::new();
    let mut came = Marks::default();
    for (kept, run) in kept.seeds.iter().zip(&runs) {
        came.add(&run.marks);
        if run.verdict != Verdict::Held {
            wrong.push(format!("seed {} of {}: {} {:?}", kept.seed, kept.profile, run.verdict, run.failures));
        }
    }
    // A seed may come by something else once the protocol is mended, as long as another comes by it.
    for (kept, name) in kept.seeds.iter().flat_map(|kept| kept.adds.iter().map(move |name| (kept, name))) {
        if !Mark::parse(name).is_some_and(|mark| came.contains(mark)) {
            wrong.push(format!("no seed comes by {name} any more, which seed {} of {} did", kept.seed, kept.profile));
        }
    }
    assert_eq!(wrong, [] as [String; 0], "make the set anew: COVERING_SEEDS=100000 cargo test --release --test fuzz");
}
