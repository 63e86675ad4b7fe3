//! Sweeps on the command line: all points of a row, one point of it, and `crmsim point`.

use std::path::Path;

use crmsim::report::failure;
use crmsim::report::json::FileError;
use crmsim::report::style::{BOLD, RESET, plain};
use crmsim::sweep::{self, Done, Plan, Swept};
use crmsim::{Options, Scenario, Verdict};
use rayon::prelude::*;

use super::args::PointArgs;
use super::exit::Exit;
use super::files::{self, shown};
use super::guard;
use super::output::Output;
use super::select::Selection;
use super::work::bound;

/// What is wrong with a sweep as a whole.
pub fn wrong(scenario: &Scenario, code: &'static str, message: String) -> FileError {
    let step = scenario.sweep.as_ref().map(|sweep| &sweep.step);
    let line = scenario.steps.iter().find(|one| step.is_some() && one.id.as_ref() == step).map_or(1, |one| one.line);
    FileError { path: scenario.path.clone(), line: line as usize, column: 1, code, message, help: None }
}

/// Runs all points of a scenario; those on which crmsim itself failed are told beside.
pub fn all(scenario: &Scenario, options: Options) -> Result<(Swept, Vec<(String, String)>), FileError> {
    let plan = sweep::plan(scenario, options).map_err(|message| wrong(scenario, "E416", message))?;
    let run = |point: &sweep::Point| {
        let attempt = guard::attempt(|| sweep::run_point(scenario, &plan, point, options).1);
        attempt.map_err(|message| (point.name(), message)).map(|run| Done {
            point: point.clone(),
            verdict: run.verdict,
            failures: run.failures,
            events: run.hash.events(),
        })
    };
    let done: Vec<Result<Done, (String, String)>> = plan.points.par_iter().map(run).collect();
    let (mut points, mut broken) = (Vec::new(), Vec::new());
    for one in done {
        match one {
            Ok(done) => points.push(done),
            Err(fault) => broken.push(fault),
        }
    }
    let judged = plan.undisturbed.verdict == Verdict::Held;
    let sweep = scenario.sweep.as_ref().filter(|_| judged);
    let unused = sweep.map_or(Vec::new(), |sweep| sweep::unused(sweep, &plan.points));
    Ok((Swept { undisturbed: plan.undisturbed, points, unused }, broken))
}

/// The point of a scenario that a name means, with the sweep that it belongs to.
pub fn one(scenario: &Scenario, name: &str, options: Options) -> Result<(Plan, sweep::Point), FileError> {
    let plan = sweep::plan(scenario, options).map_err(|message| wrong(scenario, "E416", message))?;
    if plan.undisturbed.verdict == Verdict::Failed {
        return Err(wrong(scenario, "E416", "it fails undisturbed, and has no points then".to_owned()));
    }
    match plan.points.iter().find(|point| point.name() == name).cloned() {
        Some(point) => Ok((plan, point)),
        None => Err(wrong(scenario, "E214", sweep::no_point(name, &plan.points))),
    }
}

/// `crmsim point`: lists the points of a file, or gives one as a file of its own.
pub fn point(args: &PointArgs, out: &mut Output) -> Exit {
    let files = files::load(std::slice::from_ref(&args.path));
    files.complain(out);
    if files.any_wrong() {
        return Exit::Wrong;
    }
    let selection = Selection { tags: &[], rules: &[], names: &args.name };
    let jobs = selection.jobs(&files.good);
    let scenarios: Vec<(&Scenario, Options)> = jobs
        .iter()
        .flat_map(|job| job.scenarios().map(|scenario| (scenario, bound(job.file.scenarios.len()))))
        .map(|(scenario, most)| (scenario, Options { seed: args.seed, max_events: Some(most), ..Options::default() }))
        .filter(|(scenario, _)| scenario.sweep.is_some())
        .collect();
    if scenarios.is_empty() {
        out.complain(&format!("error: {}: nothing there has a `[sweep]`\n", plain(&shown(&args.path))));
        return Exit::Wrong;
    }
    let result = match &args.point {
        None => list(&scenarios, out),
        Some(name) => write(&scenarios, name, args, out),
    };
    match result {
        Ok(()) => Exit::Held,
        Err(message) => {
            out.complain(&format!("error: {message}\n"));
            Exit::Wrong
        }
    }
}

/// An error of a sweep as one line.
pub fn told(error: &FileError) -> String {
    plain(&format!("{}:{}: {}", error.path, error.line, error.message))
}

fn list(scenarios: &[(&Scenario, Options)], out: &mut Output) -> Result<(), String> {
    for (scenario, options) in scenarios {
        let plan = sweep::plan(scenario, *options).map_err(|message| told(&wrong(scenario, "E416", message)))?;
        if scenarios.len() > 1 {
            out.print(&format!("{BOLD}{}{RESET}\n", plain(&scenario.title())));
        }
        let names: Vec<String> = plan.points.iter().map(sweep::Point::name).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let line = |(point, name): (&sweep::Point, &String)| format!("{name:<width$}  {}", plain(&point.about));
        let lines = plan.points.iter().zip(&names).map(line);
        out.print(&lines.map(|line| line.trim_end().to_owned() + "\n").collect::<String>());
    }
    Ok(())
}

fn write(scenarios: &[(&Scenario, Options)], name: &str, args: &PointArgs, out: &mut Output) -> Result<(), String> {
    let mut found = Vec::new();
    let mut first_error = None;
    for (scenario, options) in scenarios {
        match one(scenario, name, *options) {
            Ok((plan, point)) => found.push((*scenario, plan, point)),
            Err(error) => first_error = first_error.or(Some(told(&error))),
        }
    }
    let (scenario, plan, point) = match found.as_slice() {
        [one] => one,
        [] => return Err(first_error.unwrap_or_default()),
        [(first, ..), ..] => {
            let title = plain(&first.title());
            return Err(format!("several rows have the point {name}; `--name '{title}'` says which"));
        }
    };
    let seed = args.seed.unwrap_or(scenario.seed);
    let path = args.out.as_deref().filter(|path| *path != Path::new("-"));
    let stem = match path.and_then(Path::file_stem) {
        Some(stem) => stem.to_string_lossy().into_owned(),
        None => format!("{}-{}", scenario.name, point.name().replace(':', "-")),
    };
    let text = point.written(scenario, plan, &stem, seed);
    let Some(path) = path else {
        out.print(&text);
        return Ok(());
    };
    if let Err(errors) = crmsim::scenario::parse(&shown(path), &text) {
        let first = errors.list.first().map(|error| error.message.clone()).unwrap_or_default();
        return Err(format!("{} cannot hold the point: {first}", plain(&shown(path))));
    }
    files::create(path, &text)?;
    let shown = plain(&shown(path));
    out.print(&format!("wrote {BOLD}{shown}{RESET}\nnext: `crmsim run {shown}`\n"));
    Ok(())
}

/// The replay line of a point.
pub fn replay(scenario: &Scenario, seed: u64, point: &str) -> String {
    crmsim::report::sweep::replay_line(&failure::replay_line(scenario, seed, None), point)
}
