//! Every scenario file is a test of its own, named by its path below `scenarios/`.
//!
//! The files are found when the tests run, so a new file needs no rebuild. What a file keeps with `golden` is compared by
//! `insta` with the snapshot at the same path below `snapshots/`; `cargo insta review` shows what differs and keeps it.

mod files;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crmsim::engine::judge_file;
use crmsim::report::snapshot::{file, render};
use crmsim::{Options, Run, Scenario, Verdict, execute, sweep};
use libtest_mimic::{Arguments, Failed, Trial};

/// How a snapshot is kept that differs as it should.
const KEEP: &str = "`cargo insta review` or `crmsim run scenarios --snapshots snapshots --accept` keeps the new one";

fn main() {
    let trials = scenario_files().into_iter().map(|path| {
        let name = below(&folder("scenarios"), &path);
        let kind = name.split('/').next().unwrap_or_default().to_owned();
        Trial::test(name, move || run_file(&path)).with_kind(kind)
    });
    let orphans = Trial::test("every snapshot is asked for", every_snapshot_is_asked_for).with_kind("snapshots");
    libtest_mimic::run(&Arguments::from_args(), trials.chain([orphans]).collect()).exit();
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn scenario_files() -> Vec<PathBuf> {
    files::below("scenarios", ".toml")
}

/// A path below a folder, the same on every system.
fn below(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).expect("found below the folder").display().to_string().replace('\\', "/")
}

fn run_file(path: &Path) -> Result<(), Failed> {
    let scenarios = crmsim::scenario::load(path).map_err(|errors| Failed::from(errors.render(false)))?;
    let scenarios: Vec<Scenario> = scenarios.into_iter().map(crmsim::fuzz::to_run).collect();
    let options = |scenario: &Scenario| Options { record: !scenario.golden.is_empty(), ..Options::default() };
    let runs: Vec<Run> = scenarios.iter().map(|scenario| execute(scenario, options(scenario))).collect();
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
    // Of a file that fails, nothing is worth a review.
    if wrong.is_empty() {
        wrong.extend(scenarios.iter().zip(&runs).flat_map(|(scenario, run)| compare(path, scenario, run)));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}

/// Compares the snapshots of a run, each even where another differs, so that a review shows them all.
fn compare(path: &Path, scenario: &Scenario, run: &Run) -> Vec<String> {
    let name = below(&folder("scenarios"), path);
    let differs = file::paths(&name, scenario).filter_map(|(golden, kept)| {
        let place = folder("snapshots").join(&kept);
        let name = place.file_name()?.to_str()?.strip_suffix(file::EXTENSION)?.to_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(place.parent()?);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_input_file(path);
        let text = render(scenario, run, golden);
        let compared = AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(name, text)));
        catch_unwind(compared).is_err().then(|| format!("snapshots/{kept} differs; {KEEP}"))
    });
    differs.collect()
}

fn every_snapshot_is_asked_for() -> Result<(), Failed> {
    let mut asked = BTreeSet::new();
    for path in scenario_files() {
        let scenarios = crmsim::scenario::load(&path).map_err(|errors| Failed::from(errors.render(false)))?;
        let name = below(&folder("scenarios"), &path);
        asked.extend(scenarios.iter().flat_map(|scenario| file::paths(&name, scenario).map(|(_, kept)| kept)));
    }
    let kept = files::below("snapshots", file::EXTENSION);
    let kept: BTreeSet<String> = kept.iter().map(|path| below(&folder("snapshots"), path)).collect();
    let orphans: Vec<&String> = kept.difference(&asked).collect();
    if orphans.is_empty() { Ok(()) } else { Err(format!("no scenario asks for the snapshots {orphans:?}").into()) }
}
