//! `crmsim shrink`: the shortest scenario that fails in the same way.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use crmsim::engine::FailureKind;
use crmsim::fuzz::shrink::{MAX_RUNS, undeclared};
use crmsim::fuzz::turning_point::RUNS;
use crmsim::fuzz::{Guide, Progress, Shrunk, Signature, Unshrinkable, shrink_guided, signatures, to_run};
use crmsim::report::style::{BOLD, RESET, plain};
use crmsim::{Options, Scenario, execute};
use indicatif::ProgressBar;

use super::atomic;
use super::curve;
use super::exit::Exit;
use super::files::{self, named, shown};
use super::guard;
use super::output::Output;
use super::select::Selection;

/// The ending of the file that is written before it takes its name.
const UNFINISHED: &str = ".toml.unfinished";

const HELP: &str = "\
Examples:
  crmsim shrink found.toml                      the shortest file that fails so, on standard output
  crmsim shrink found.toml --out short.toml     the same as a file; then `crmsim run short.toml`
  crmsim shrink profile.toml --seed 42          the scenario that `crmsim generate` draws from a seed
  crmsim shrink hazard.toml --row documented    one row of a file; also one whose failure is known
  crmsim shrink found.toml --signature no-duplicate-record/contact-1-item-many-records/primary
                                                one of several failures, as the error lists them
  crmsim shrink found.toml --out short.toml --curve
                                                and which step of it made the failure likely

The failure is told by its signature: the invariant, the copies of what violates it, and the roles of
the clients. What is written declares it (`known`, `violates`) and replays by itself. Steps, clients,
users, items, faults, keys, values and switches go while the signature stays; other failures that come
up on the way are listed as new findings. What is tried is told on standard error. Where crmsim itself
fails in something that it tries, that is told, and counts as not failing.

The curve has a line for each beginning of the result: that beginning is kept, the rest is drawn afresh
many times, and the share of those runs that fail with the same signature is shown. It goes to standard
output where the result goes to a file, else to standard error. It is the same each time.

Exit codes: 0 done; 2 it does not fail, several failures could be meant, the file or the command line
is wrong, or the output cannot be written; 3 two runs of it differ; 6 stopped at --max-runs: what is
written fails so, and might be shorter; 101 a fault of crmsim itself in something that it tried: what is
written fails so.";

/// `crmsim shrink`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct ShrinkArgs {
    /// A scenario file that fails, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// Only rows of this name, as for `run`
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// The row with this label
    #[arg(long, value_name = "LABEL")]
    pub row: Option<String>,
    /// The failure that is meant, where there are several
    #[arg(long, value_name = "SIGNATURE")]
    pub signature: Option<Signature>,
    /// Where to write the result; standard output unless given, or with `-`
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Run with this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Stop after so many runs
    #[arg(long, value_name = "N", default_value_t = MAX_RUNS, value_parser = clap::value_parser!(u32).range(10..))]
    pub max_runs: u32,
    /// Show how likely the failure was after each step of the result, from so many runs each [default: 100]
    #[arg(long, value_name = "RUNS", require_equals = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub curve: Option<Option<u32>>,
}

/// Tells what is tried; what panics on the way does not fail.
struct Watch<'a> {
    told: &'a mut dyn FnMut(Progress<'_>),
    faults: u32,
    /// The first of them, with the scenario.
    first: Option<(String, String)>,
}

impl Guide for Watch<'_> {
    fn progress(&mut self, progress: Progress<'_>) {
        (self.told)(progress);
    }

    fn guarded(&mut self, candidate: &Scenario, work: &mut dyn FnMut()) -> bool {
        let Err(message) = guard::candidate(candidate, work) else { return true };
        self.faults += 1;
        self.first.get_or_insert_with(|| (message, candidate.to_toml()));
        false
    }
}

/// What cannot be done, with the exit code.
type Refused = (Exit, String);

/// Shrinks one failure of one row.
pub fn shrink(args: &ShrinkArgs, out: &mut Output) -> Exit {
    if args.path.is_dir() {
        out.complain(&format!("error: {} is a folder: name one file\n", named(&args.path)));
        return Exit::Wrong;
    }
    let files = files::load(std::slice::from_ref(&args.path));
    files.complain(out);
    if files.any_wrong() {
        return Exit::Wrong;
    }
    let is_profile = files.good.iter().flat_map(|file| &file.scenarios).any(|scenario| scenario.random.is_some());
    let selection = Selection { tags: &[], rules: &[], names: &args.name };
    let scenarios: Vec<Scenario> = selection
        .jobs(&files.good)
        .iter()
        .flat_map(|job| job.scenarios().cloned().collect::<Vec<_>>())
        .filter(|scenario| args.row.is_none() || scenario.row == args.row)
        .map(|scenario| to_run(Scenario { seed: args.seed.unwrap_or(scenario.seed), ..scenario }))
        .collect();
    match meant(&scenarios, is_profile, args).and_then(|(scenario, signature)| one(scenario, &signature, args, out)) {
        Ok(exit) => exit,
        Err((exit, message)) => {
            out.complain(&format!("error: {message}\n"));
            exit
        }
    }
}

/// The row and the failure that are meant.
fn meant<'s>(
    scenarios: &'s [Scenario],
    is_profile: bool,
    args: &ShrinkArgs,
) -> Result<(&'s Scenario, Signature), Refused> {
    let wrong = |message: String| (Exit::Wrong, message);
    if let Some(path) = to_file(args)
        && path.exists()
    {
        return Err(wrong(format!("{} is there already; it stays as it is", plain(&shown(path)))));
    }
    let file = named(&args.path);
    if scenarios.is_empty() {
        return Err(wrong(format!("{file}: no row fits the selection")));
    }
    let failing: Vec<(&Scenario, Vec<Signature>)> = scenarios
        .iter()
        .map(|scenario| (scenario, failures(scenario)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    let no_more = FailureKind::NotViolated.word();
    let holds = |(_, found): &(&Scenario, Vec<Signature>)| found.iter().all(|one| one.shape == no_more);
    if !failing.is_empty() && failing.iter().all(holds) {
        return Err(wrong(format!(
            "{file} does not violate any more what it declares in `violates`: there is nothing to shrink, and `known` may go"
        )));
    }
    let fits = |found: &[Signature]| args.signature.as_ref().is_none_or(|wanted| found.contains(wanted));
    let fitting: Vec<&(&Scenario, Vec<Signature>)> = failing.iter().filter(|(_, found)| fits(found)).collect();
    match fitting[..] {
        [] if failing.is_empty() && is_profile => {
            let (seed, other) = (scenarios[0].seed, if args.seed.is_some() { "another " } else { "" });
            Err(wrong(format!("{file} is a profile, and its seed {seed} does not fail; give {other}`--seed N`")))
        }
        [] if failing.is_empty() => Err(wrong(format!("{file} does not fail: there is nothing to shrink"))),
        [] => {
            let list: Vec<&Signature> = failing.iter().flat_map(|(_, found)| found).collect();
            Err(wrong(format!("{file} does not fail so; its failures are:{}", listed(&list))))
        }
        [(scenario, found)] => match (&args.signature, &found[..]) {
            (Some(wanted), _) => Ok((scenario, wanted.clone())),
            (None, [one]) => Ok((scenario, one.clone())),
            (None, several) => {
                let list: Vec<&Signature> = several.iter().collect();
                let title = plain(&scenario.title());
                Err(wrong(format!(
                    "{title} fails in several ways; `--signature` says which is meant:{}",
                    listed(&list)
                )))
            }
        },
        _ => {
            let labels = fitting.iter().filter_map(|(scenario, _)| scenario.row.as_deref());
            let rows: Vec<String> = labels.map(|label| format!("`--row '{}'`", plain(label))).collect();
            Err(wrong(format!("several rows fail; one of them is meant: {}", rows.join(", "))))
        }
    }
}

fn listed(signatures: &[&Signature]) -> String {
    signatures.iter().map(|signature| format!("\n  {signature}")).collect()
}

/// The failures of a row that can be meant: those that it does not declare, or else those that it says must come.
fn failures(scenario: &Scenario) -> Vec<Signature> {
    let new = signatures(scenario, &execute(scenario, Options::default()));
    if !new.is_empty() || scenario.known.is_none() {
        return new;
    }
    let plain = undeclared(scenario);
    let mut found = signatures(&plain, &execute(&plain, Options::default()));
    if !scenario.violates.is_empty() {
        found.retain(|signature| scenario.violates.contains(&signature.invariant));
    }
    found
}

/// The file to which the result goes.
fn to_file(args: &ShrinkArgs) -> Option<&Path> {
    args.out.as_deref().filter(|path| *path != Path::new("-"))
}

fn one(scenario: &Scenario, signature: &Signature, args: &ShrinkArgs, out: &mut Output) -> Result<Exit, Refused> {
    out.complain(&format!("{BOLD}{}{RESET}: {signature}\n", plain(&scenario.title())));
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let mut runs_before = 0;
    let mut told = |progress: Progress<'_>| {
        let Progress { pass, over, runs, steps, clients, items } = progress;
        let left = format!("{}, {}, {} left", many(steps, "step"), many(clients, "client"), many(items, "item"));
        bar.set_message(format!("{pass}: {left}, {runs} runs"));
        bar.tick();
        // A pass that was all tried before has nothing to tell.
        if over && runs > runs_before {
            let ran = many((runs - runs_before) as usize, "run");
            bar.suspend(|| out.complain(&format!("  {pass}: {left} ({ran})\n")));
            runs_before = runs;
        }
    };
    let mut watch = Watch { told: &mut told, faults: 0, first: None };
    let shrunk = shrink_guided(scenario, signature, args.max_runs, &mut watch);
    let (faults, first) = (watch.faults, watch.first);
    bar.finish_and_clear();
    if let Some((message, tried)) = &first {
        out.complain(&guard::report(message, None));
        out.complain(&format!("It came in {}; the first of them:\n{tried}", many(faults as usize, "candidate")));
    }
    let broken = if first.is_some() { Exit::Broken } else { Exit::Held };
    let mut shrunk = shrunk.map_err(|error| match error {
        Unshrinkable::NotDeterministic => (Exit::NotDeterministic, error.to_string()),
        Unshrinkable::Otherwise(_) => (Exit::Wrong, error.to_string()),
    })?;
    if let Some(stem) = to_file(args).and_then(Path::file_stem) {
        shrunk.scenario.name = stem.to_string_lossy().into_owned();
    }
    let text = shrunk.scenario.to_toml();
    summary(&shrunk, args, out);
    let show = |tell: &mut dyn FnMut(&str)| {
        if let Some(runs) = args.curve {
            curve::draw(&shrunk.scenario, signature, runs.unwrap_or(RUNS), tell);
        }
    };
    let Some(path) = to_file(args) else {
        out.print(&text);
        if !shrunk.scenario.drawn {
            let name = plain(&shrunk.scenario.name);
            out.complain(&format!("to keep it, save it as {name}.toml, or name a file with `--out`\n"));
        }
        show(&mut |line| out.complain(line));
        return Ok(ended(&shrunk).max(broken));
    };
    let name = plain(&shown(path));
    if let Err(error) = written(path, &text) {
        // What was found is not lost with the place that it was to go to.
        out.print(&text);
        return Err((Exit::Wrong, format!("{name} cannot be written: {error}; the result is on standard output")));
    }
    out.print(&format!("wrote {BOLD}{name}{RESET}\nnext: `crmsim run {name}`\n"));
    show(&mut |line| out.print(line));
    Ok(ended(&shrunk).max(broken))
}

fn written(path: &Path, text: &str) -> Result<(), String> {
    if let Err(errors) = crmsim::scenario::parse(&shown(path), text) {
        return Err(errors.list.first().map(|error| error.message.clone()).unwrap_or_default());
    }
    atomic::write(path, UNFINISHED, text).map_err(|error| error.to_string())
}

fn summary(shrunk: &Shrunk, args: &ShrinkArgs, out: &mut Output) {
    let (before, after) = (shrunk.steps_before, shrunk.scenario.steps.len());
    let runs = many(shrunk.runs as usize, "run");
    out.complain(&match after == before && shrunk.minimal {
        true => format!("{}: that is as short as it gets, after {runs}\n", many(before, "step")),
        false => format!("{} became {after} in {runs}\n", many(before, "step")),
    });
    if !shrunk.minimal {
        out.complain(&format!("stopped at the {} runs of --max-runs: it might become shorter\n", args.max_runs));
    }
    if !shrunk.others.is_empty() {
        let list: Vec<&Signature> = shrunk.others.iter().map(|(signature, _)| signature).collect();
        out.complain(&format!("new findings on the way:{}\n", listed(&list)));
    }
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn ended(shrunk: &Shrunk) -> Exit {
    if shrunk.minimal { Exit::Held } else { Exit::NothingRan }
}
