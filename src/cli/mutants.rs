//! `crmsim mutants`: who notices when one cell of the protocol is changed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use crmsim::fuzz::default_profile;
use crmsim::fuzz::mutants::fuzzed::{Effort, fuzz};
use crmsim::fuzz::mutants::scenarios::{File, first_kill, subjects};
use crmsim::fuzz::mutants::table::{Table, Tested};
use crmsim::fuzz::mutants::{Mutant, all};
use crmsim::protocol::Protocol;
use crmsim::report::failure::quote;
use crmsim::scenario::diagnostics::nearest;
use rayon::prelude::*;

use super::exit::Exit;
use super::files;
use super::guard;
use super::output::Output;

const HELP: &str = "\
Examples:
  crmsim mutants                                  every mutant against scenarios/
  crmsim mutants --seeds 0                        scenarios alone, which is much faster
  crmsim mutants --seeds 1000 --starts 9          more seeds for those that are rarely noticed
  crmsim mutants --only merge-winner              those of one switch
  crmsim mutants --only 'immediate/primary'       those of a part of a table
  crmsim mutants --format markdown > docs/mutants.md
  crmsim mutants my-scenarios --format json       how much other scenarios notice

A mutant is the hardened protocol with one cell changed: a switch, or a cell of the tables that say
when an act is sent (immediate/), which deletion propagates (deletion/) and which way a field
synchronizes (direction/). It is killed by the first scenario that held and holds no longer; one
that names another base protocol, or the switch itself, or that is drawn, does not count. It is
killed also by the fuzzer, by a seed that violates an invariant and holds without the mutation; the
first such seed is shrunk, and the steps that are left are shown.

Exit codes: 0 every mutant is killed, or may survive for a reason; 1 some survive without one; 2 a
scenario or the command line is wrong; 6 there is no such cell, or no scenario that could notice; 101 a fault of
crmsim itself, while the other mutants are still tested.";

/// How to show the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Shape {
    /// For people.
    Text,
    /// For programs: one document.
    Json,
    /// As docs/mutants.md has it.
    Markdown,
}

/// `crmsim mutants`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct MutantsArgs {
    /// Scenario files, and folders that are searched for *.toml
    #[arg(value_name = "PATH", default_value = "scenarios")]
    pub paths: Vec<PathBuf>,
    /// Only mutants of this cell, or of the cells below it; repeated, of several
    #[arg(long, value_name = "CELL")]
    pub only: Vec<String>,
    /// After how many seeds of a start the fuzzer gives up; with 0 it is not asked
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    pub seeds: u64,
    /// From how many seeds the fuzzer starts; the median counts
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub starts: u16,
    /// How many mutants are tested at once; as many as there are processors unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    pub format: Shape,
}

/// Derives the mutants, tests them, and shows what became of each.
pub fn mutants(args: &MutantsArgs, out: &mut Output) -> Exit {
    let mutants = match selected(&args.only) {
        Ok(mutants) => mutants,
        Err(message) => {
            out.complain(&format!("error: {message}\n"));
            return Exit::NothingRan;
        }
    };
    let files = files::load_to_run(&args.paths);
    files.complain(out);
    if files.any_wrong() {
        return Exit::Wrong;
    }
    let files = files.good.into_iter().map(|file| File { text: file.text, scenarios: file.scenarios }).collect();
    if let Some(jobs) = args.jobs {
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
    }
    let subjects = subjects(files);
    if subjects.is_empty() {
        out.complain("error: no scenario there holds under the hardened protocol, so none could notice anything\n");
        return Exit::NothingRan;
    }
    let (origin, profile) = (Protocol::default(), default_profile());
    let effort = (args.seeds > 0).then_some(Effort { seeds: args.seeds, starts: u64::from(args.starts) });
    let tested = |mutant: &Mutant| {
        let tested = guard::attempt(|| {
            guard::plant_panic(&mutant.cell);
            let fuzzed = effort.map(|effort| fuzz(mutant, &origin, profile, effort));
            Tested::new(mutant, first_kill(mutant, &subjects), fuzzed)
        });
        tested.map_err(|message| (mutant.cell.clone(), message))
    };
    let results: Vec<Result<Tested, (String, String)>> = mutants.par_iter().map(tested).collect();
    let mut broken = Exit::Held;
    for (cell, message) in results.iter().filter_map(|result| result.as_ref().err()) {
        let line = format!("crmsim mutants --only {}", quote(cell));
        out.complain(&guard::report(message, Some((&format!("a mutant of {cell}"), 0, &line))));
        broken = Exit::Broken;
    }
    let table = Table::new(results.into_iter().flatten().collect(), effort);
    match args.format {
        Shape::Text => out.print(&table.text()),
        Shape::Json => out.json(&table),
        Shape::Markdown => out.print(&table.markdown()),
    }
    if table.mutants.iter().any(Tested::is_hole) { Exit::Failed.max(broken) } else { broken }
}

/// The mutants of the cells that are named, or all.
fn selected(only: &[String]) -> Result<Vec<Mutant>, String> {
    let mutants = all(&Protocol::default());
    let below = |mutant: &Mutant, cell: &str| {
        mutant
            .cell
            .strip_prefix(cell.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(cell) = only.iter().find(|cell| !mutants.iter().any(|mutant| below(mutant, cell))) {
        let alone = cell.split_once('=').map(|(alone, _)| alone.trim());
        let alone = alone.filter(|alone| mutants.iter().any(|mutant| below(mutant, alone)));
        let help = match alone.or_else(|| nearest(cell, mutants.iter().map(|mutant| mutant.cell.as_str()))) {
            Some(near) if alone.is_some() => format!("a cell is named without its value: `{near}`"),
            Some(near) => format!("did you mean `{near}`? docs/mutants.md lists them"),
            None => "docs/mutants.md lists them, as `merge-winner` or `deletion/contact-in-crm`".to_owned(),
        };
        return Err(format!("there is no cell `{}`; {help}", cell.escape_debug()));
    }
    let chosen = |mutant: &Mutant| only.is_empty() || only.iter().any(|cell| below(mutant, cell));
    Ok(mutants.into_iter().filter(chosen).collect())
}
