//! The same scenario, seed and version give the same run; another seed gives another; and nothing else decides.

mod files;

use crmsim::{Options, Scenario, execute};
use rayon::prelude::*;

fn shipped() -> Vec<Scenario> {
    let load = |path: &std::path::PathBuf| crmsim::scenario::load(path).expect("shipped files are well formed");
    files::below("scenarios", ".toml").iter().flat_map(load).map(crmsim::fuzz::to_run).collect()
}

fn hashes(scenarios: &[Scenario], threads: usize) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| scenarios.par_iter().map(|scenario| execute(scenario, Options::default()).hash.value()).collect())
}

#[test]
fn every_shipped_scenario_runs_alike_on_one_thread_and_on_eight() {
    let scenarios = shipped();
    assert!(scenarios.len() > 100, "the shipped scenarios are found");
    assert_eq!(hashes(&scenarios, 1), hashes(&scenarios, 8));
}

/// The negative control: a hash that never changed would pass every comparison.
#[test]
fn another_seed_gives_another_hash_and_the_same_verdict() {
    let scenario = parse(OFFICE);
    let with_seed = |seed| execute(&scenario, Options { seed: Some(seed), ..Options::default() });
    let (one, other) = (with_seed(1), with_seed(2));
    assert_ne!(one.hash.value(), other.hash.value());
    assert_eq!(one.verdict, other.verdict);
    assert_eq!(one.hash.value(), with_seed(1).hash.value());
}

#[test]
fn recording_changes_nothing_that_happens() {
    let scenario = parse(OFFICE);
    let plain = execute(&scenario, Options::default());
    let recorded = execute(&scenario, Options { record: true, ..Options::default() });
    assert_eq!(plain.hash, recorded.hash);
    assert!(plain.facts.is_empty());
    assert_eq!(recorded.facts.len() as u64, recorded.hash.events());
    assert_eq!(recorded.fact_hashes.last(), Some(&recorded.hash.value()));
}

#[test]
fn a_run_that_is_stopped_agrees_with_the_whole_run_up_to_there() {
    let scenario = parse(OFFICE);
    let record = Options { record: true, ..Options::default() };
    let whole = execute(&scenario, record);
    let stopped = execute(&scenario, Options { stop_at: Some(40), ..record });
    let length = stopped.facts.len();
    assert!(length == 40 && length < whole.facts.len());
    assert_eq!(stopped.facts[..], whole.facts[..length]);
}

/// Draws are keyed: without one item, every other item keeps its place in the order of ids.
#[test]
fn taking_one_item_out_moves_no_other() {
    let order = |scenario: &Scenario| {
        let run = execute(scenario, Options::default());
        let mut records: Vec<(u64, String)> = run
            .world
            .server
            .live_records()
            .map(|(id, record)| (record.order, run.world.names.record(id).to_owned()))
            .collect();
        records.sort();
        records
    };
    let whole = parse(OFFICE);
    let mut less = whole.clone();
    less.items.remove(0);
    less.steps.remove(0);
    let mut expected = order(&whole);
    expected.retain(|(_, name)| name != "zoe");
    assert_eq!(order(&less), expected);
}

#[test]
fn a_copy_of_the_world_is_a_snapshot() {
    let scenario = parse(OFFICE);
    let early = execute(&scenario, Options { stop_at: Some(40), ..Options::default() }).world;
    let late = execute(&scenario, Options::default()).world;
    let snapshot = late.clone();
    assert_eq!(snapshot.fingerprint(), late.fingerprint());
    assert_ne!(early.fingerprint(), late.fingerprint());
    let changes: [fn(&mut crmsim::World); 6] = [
        |world| world.clients[0].online = false,
        |world| world.caches[0].last_change += 1,
        |world| world.server.version += 1,
        |world| world.server.records[0].order += 1,
        |world| world.requests += 1,
        |world| world.now.0 += 1,
    ];
    for change in changes {
        let mut changed = late.clone();
        change(&mut changed);
        assert_ne!(changed.fingerprint(), late.fingerprint());
    }
    assert_eq!(snapshot.fingerprint(), late.fingerprint());
}

#[test]
fn a_run_without_end_fails_instead_of_hanging() {
    let text = OFFICE.replace("{ do = \"sync\", on = \"desk\" }", "{ do = \"advance\", by = \"3000d\" }");
    let scenario = parse(&text);
    let run = execute(&scenario, Options { max_events: Some(50_000), ..Options::default() });
    assert_eq!(run.verdict, crmsim::Verdict::Failed);
    assert!(run.failures.iter().any(|failure| failure.expected.contains("bound of 50000 units")), "{:?}", run.failures);
}

fn parse(text: &str) -> Scenario {
    crmsim::scenario::parse("office.toml", text).expect("the scenario is well formed").remove(0)
}

const OFFICE: &str = r#"
format = 1
name = "office"
why = "Two clients of one user edit, delete and track."
rules = ["CYC-ORDER"]
clients = [
  { id = "desk", user = "ann", role = "primary" },
  { id = "laptop", user = "ann", role = "secondary" },
]
items = [
  { id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray" } },
  { id = "kim", kind = "contact", side = "both", copies = 5, set = { lastname = "Kim" } },
  { id = "job", kind = "task", side = "both", set = { subject = "Call" } },
  { id = "new", kind = "contact", side = "outlook", set = { lastname = "New" } },
]
steps = [
  { do = "edit", on = "crm", item = "zoe", set = { telephone1 = "1" } },
  { do = "edit", on = "laptop", item = "kim3", set = { telephone1 = "2" } },
  { do = "delete", on = "desk", item = "job" },
  { do = "track", on = "laptop", item = "new" },
  { do = "sync", on = "desk" },
]
"#;
