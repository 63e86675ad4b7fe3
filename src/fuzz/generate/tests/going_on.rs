//! What is gone on with keeps its first steps, and stays a scenario that a file can hold.

use std::path::PathBuf;

use super::super::{default_profile, go_on, to_run};
use super::{profile, reads_back};
use crate::fuzz::generate;
use crate::fuzz::shrink::undeclared;
use crate::scenario::model::{Body, Step};
use crate::scenario::vocabulary::Key;
use crate::scenario::{Scenario, load, parse};

/// The scenario of every file in scenarios/, without what it says about itself.
fn shipped() -> Vec<Scenario> {
    let paths = crate::files::below("scenarios", ".toml");
    assert!(paths.len() > 100, "{} files", paths.len());
    let first = |path: &PathBuf| load(path).unwrap().remove(0);
    paths.iter().map(first).map(|scenario| undeclared(&to_run(scenario))).collect()
}

#[test]
fn beginnings_of_every_file_can_be_gone_on_with() {
    for scenario in &shipped() {
        let steps = scenario.steps.len();
        for keep in [0, steps / 3, steps * 2 / 3, steps] {
            let other = go_on(scenario, keep, keep as u64, default_profile(), 6);
            assert_eq!(other.steps.len(), steps + 6, "{}", scenario.name);
            assert!(other.steps[..keep] == scenario.steps[..keep], "{}", scenario.name);
            assert!(other.drawn && other.seed == scenario.seed);
            reads_back(&other);
        }
    }
}

#[test]
fn what_was_drawn_can_be_gone_on_with() {
    let profile = profile();
    for seed in 0..150 {
        let scenario = generate(seed, &profile);
        for keep in [1, scenario.steps.len() / 3, scenario.steps.len() / 2, scenario.steps.len()] {
            reads_back(&go_on(&scenario, keep, seed, &profile, 20));
        }
    }
}

#[test]
fn seeds_draw_other_steps_and_the_same_seed_the_same() {
    let scenario = generate(1, &profile());
    let [one, again, other] = [7, 7, 8].map(|seed| go_on(&scenario, 5, seed, default_profile(), 20));
    assert!(one == again && one.steps[5..] != other.steps[5..] && one.steps[5..25] != scenario.steps[5..25]);
}

#[test]
fn a_window_ends_where_it_did_and_no_name_comes_twice() {
    let text = r#"
format = 1
name = "x"
why = "Names that the generator could have chosen."
clients = [{ id = "c1", user = "u1", role = "primary" }]
items = [{ id = "new-4", kind = "contact", side = "both", set = { lastname = "Q" } }]
steps = [
  { id = "step-5", do = "save-cache", on = "c1" },
  { fault = "partition", on = "c1", until = "step-4" },
  { do = "advance", by = "5s" },
  { do = "advance", by = "6s" },
  { id = "step-4", do = "advance", by = "7s" },
]
"#;
    let scenario = parse("", text).unwrap().remove(0);
    for seed in 0..200 {
        let other = go_on(&scenario, 2, seed, default_profile(), 40);
        assert_eq!(other.steps[4].id.as_deref(), Some("step-4"));
        let mut ids: Vec<&String> = other.steps.iter().filter_map(|step| step.id.as_ref()).collect();
        ids.sort();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
        let made = |step: &Step| match &step.body {
            Body::Do(_, args) => args.text(Key::New).map(str::to_owned),
            _ => None,
        };
        assert!(other.steps.iter().filter_map(made).all(|name| name != "new-4"));
        reads_back(&other);
    }
}
