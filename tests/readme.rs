//! The README's own blocks are run, so that it cannot rot: commands by trycmd, scenarios here, Rust by the doctests.

use crmsim::fuzz::to_run;
use crmsim::{Options, Verdict, execute};

#[test]
fn what_the_readme_shows_is_what_the_command_prints() {
    // What is new in an empty corpus is known in one that is there.
    let _ = std::fs::remove_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/target/found"));
    trycmd::TestCases::new().case("README.md");
}

#[test]
fn the_scenarios_in_the_readme_hold() {
    let readme = include_str!("../README.md");
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(!blocks.is_empty(), "the README shows a scenario");
    for block in blocks {
        let scenarios = crmsim::scenario::parse("-", block).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        for scenario in scenarios {
            let run = execute(&to_run(scenario), Options::default());
            assert_eq!(run.verdict, Verdict::Held, "{:?}", run.failures);
        }
    }
}
