//! What the scenarios come by.

mod files;

use std::path::Path;

use crmsim::fuzz::coverage::Coverage;
use crmsim::fuzz::to_run;
use crmsim::{Options, execute};

/// Every scenario of the repository, one run each.
fn of_all_scenarios() -> Coverage {
    let found = files::below("scenarios", ".toml");
    let mut coverage = Coverage::default();
    for (number, path) in found.iter().enumerate() {
        let text = std::fs::read_to_string(path).unwrap();
        for scenario in crmsim::scenario::parse(&path.to_string_lossy(), &text).unwrap() {
            let run = execute(&to_run(scenario), Options::default());
            coverage.add((number as u64, 0), &run.marks);
        }
    }
    coverage
}

#[test]
fn no_scenario_comes_by_what_is_declared_impossible() {
    let coverage = of_all_scenarios();
    assert!(coverage.runs > 300, "{} runs", coverage.runs);
    let impossible: Vec<String> = coverage.gate().impossible.iter().map(|(mark, ..)| mark.to_string()).collect();
    assert_eq!(impossible, [] as [String; 0], "{}", coverage.report(&["scenarios"]));
}

#[test]
fn the_committed_page_is_current() {
    let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md")).unwrap();
    assert!(crmsim::fuzz::coverage::page() == committed, "write it anew: crmsim rules --marks > docs/coverage.md");
}
