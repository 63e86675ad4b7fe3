//! Every scenario file is a test of its own, named by its path below `scenarios/`.
//!
//! The files are found when the tests run, so a new file needs no rebuild.

use std::path::{Path, PathBuf};

use crmsim::engine::judge_file;
use crmsim::{Options, Run, Scenario, Verdict, execute, sweep};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let trials = files(&root).into_iter().map(|path| {
        let name = path.strip_prefix(&root).expect("found below the root").display().to_string().replace('\\', "/");
        let kind = name.split('/').next().unwrap_or_default().to_owned();
        Trial::test(name, move || run_file(&path)).with_kind(kind)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    let nested = paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    nested.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn run_file(path: &Path) -> Result<(), Failed> {
    let scenarios = crmsim::scenario::load(path).map_err(|errors| Failed::from(errors.render(false)))?;
    let runs: Vec<Run> = scenarios.iter().map(|scenario| execute(scenario, Options::default())).collect();
    let mut wrong = Vec::new();
    for (scenario, run) in scenarios.iter().zip(&runs) {
        if run.verdict == Verdict::Failed {
            let undeclared = run.failures.iter().filter(|failure| !failure.declared);
            wrong.extend(undeclared.map(|failure| {
                format!(
                    "{}: {:?}\n  expected {}\n  found    {}",
                    scenario.title(),
                    failure.kind,
                    failure.expected,
                    failure.actual
                )
            }));
        }
    }
    let (of_file, of_runs): (Vec<&Scenario>, Vec<&Run>) = (scenarios.iter().collect(), runs.iter().collect());
    for failure in judge_file(&of_file, &of_runs) {
        wrong.push(format!("the file: expected {}, found {}", failure.expected, failure.actual));
    }
    for (scenario, run) in scenarios.iter().zip(&runs).filter(|(scenario, _)| scenario.sweep.is_some()) {
        if run.verdict != Verdict::Held {
            continue;
        }
        match sweep::run(scenario, Options::default()) {
            Err(message) => wrong.push(format!("{}: {message}", scenario.title())),
            Ok(swept) => {
                let failed = swept.points.iter().filter(|done| done.verdict == Verdict::Failed);
                wrong.extend(
                    failed.map(|done| format!("{} {}: {:?}", scenario.title(), done.point.name(), done.wrong())),
                );
                wrong.extend(swept.unused.iter().map(|failure| failure.actual.clone()));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}
