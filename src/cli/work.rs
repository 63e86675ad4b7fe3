//! Running the rows of one file and judging them: what one thread does.

use crmsim::engine::{MAX_EVENTS, judge_file};
use crmsim::model::RuleId;
use crmsim::report::json::{FailureResult, FileError, FileResult, ScenarioResult};
use crmsim::report::names::Names;
use crmsim::report::{failure, snapshot, trace};
use crmsim::scenario::model::Golden;
use crmsim::{Options, Run, Scenario, Verdict, execute};

use super::args::{Format, RunArgs};
use super::exit::Exit;
use super::select::Job;
use super::{guard, sweep, twice};

/// How much is told of a failure that is declared as known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Known {
    /// Nothing: there are many files.
    #[default]
    Untold,
    /// What it is: other rows of the file run beside it.
    Briefly,
    /// Everything: it runs alone.
    InFull,
}

/// How the rows are run and what is kept of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// Stop after so many events.
    pub stop_at: Option<u64>,
    /// Keep the trace.
    pub trace: bool,
    /// Show in it the rules that are followed.
    pub trace_rules: bool,
    /// Compare with a second process.
    pub twice: bool,
    /// Tell the story of a failure.
    pub stories: bool,
    /// What is told of one that is known.
    pub known: Known,
    /// Run the points of sweeps.
    pub sweeps: bool,
    /// Run this point of a sweep, and nothing else.
    pub point: Option<&'a str>,
    /// Render the snapshots that scenarios ask for.
    pub snapshots: bool,
}

impl<'a> Settings<'a> {
    /// What the command line asks for, where these are run.
    pub fn of(args: &'a RunArgs, jobs: &[Job<'_>]) -> Settings<'a> {
        let known = match jobs {
            [job] if job.rows.len() == 1 => Known::InFull,
            [_] => Known::Briefly,
            _ => Known::Untold,
        };
        Settings {
            seed: args.seed,
            stop_at: args.stop_at,
            trace: args.trace || args.trace_rules,
            trace_rules: args.trace_rules,
            twice: args.twice,
            stories: args.format == Format::Text,
            known: if args.format == Format::Text { known } else { Known::Untold },
            sweeps: args.stop_at.is_none(),
            point: args.point.as_deref(),
            snapshots: args.snapshots.is_some(),
        }
    }

    /// Whether the story of a run with this verdict is told.
    fn tell(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Failed => self.stories,
            Verdict::Known => self.known == Known::InFull,
            Verdict::Held | Verdict::Stopped => false,
        }
    }

    /// The options of one row of a file with so many.
    fn options(&self, record: bool, rows: usize) -> Options {
        let stop_at = self.stop_at.and_then(|stop| usize::try_from(stop).ok());
        Options { record, stop_at, seed: self.seed, max_events: Some(bound(rows)), watch: None }
    }
}

/// The work that one row may make: the rows of a file share the bound of a file without rows, so that many rows that
/// never end do not take many times as long. Rows that are not run count, so that a row runs alike alone and with others.
pub fn bound(rows: usize) -> u64 {
    /// What every row has.
    const LEAST: u64 = 100_000;
    (MAX_EVENTS / rows.max(1) as u64).max(LEAST)
}

/// What became of one row.
pub struct RowDone {
    /// Its results for programs.
    pub result: ScenarioResult,
    /// The verdict; `None` where crmsim itself failed.
    pub verdict: Option<Verdict>,
    /// The rules that were followed.
    pub rules: Vec<RuleId>,
    /// The trace, where it was asked for.
    pub trace: Option<String>,
    /// The report of what is wrong, for people.
    pub report: Option<String>,
    /// The report of a fault of crmsim.
    pub fault: Option<String>,
    /// The texts of its snapshots, where they are asked for.
    pub snapshots: Vec<(Golden, String)>,
    /// What the row ends the command with.
    pub exit: Exit,
}

/// What became of the rows of one file.
pub struct FileDone {
    /// Each row.
    pub rows: Vec<RowDone>,
    /// What failed that concerns the file as a whole, and its report.
    pub whole: Option<(FileResult, String)>,
    /// What is wrong with its sweep.
    pub wrong: Vec<FileError>,
}

/// Runs the rows of a file.
pub fn run_file(job: &Job<'_>, settings: Settings<'_>) -> FileDone {
    if let Some(point) = settings.point {
        return run_point(job, settings, point);
    }
    let second = settings.twice.then(|| twice::second(job, settings.seed, settings.stop_at));
    let (mut rows, mut runs, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (index, scenario) in job.scenarios().enumerate() {
        let second = match &second {
            None => None,
            Some(Ok(prints)) => prints.get(index).map(Ok),
            Some(Err(message)) => Some(Err(message.as_str())),
        };
        let seed = settings.seed.unwrap_or(scenario.seed);
        let stop_at = settings.stop_at.and_then(|stop| usize::try_from(stop).ok());
        let replay = failure::replay_line(scenario, seed, stop_at);
        match guard::attempt(|| run_row(scenario, job.file.scenarios.len(), settings, &replay, second)) {
            Ok((mut row, run)) => {
                if settings.sweeps && scenario.sweep.is_some() && run.verdict == Verdict::Held {
                    let options = settings.options(false, job.file.scenarios.len());
                    wrong.extend(run_sweep(&mut row, scenario, options, seed).err());
                }
                rows.push(row);
                runs.push((scenario, run));
            }
            Err(message) => rows.push(broken(scenario, seed, &replay, &message)),
        }
    }
    let whole = if job.is_whole() && runs.len() == rows.len() { judge_whole(&runs, settings.seed) } else { None };
    FileDone { rows, whole, wrong }
}

/// Runs the points of a row's sweep and adds what became of them to the row.
fn run_sweep(row: &mut RowDone, scenario: &Scenario, options: Options, seed: u64) -> Result<(), FileError> {
    let (swept, broken) = sweep::all(scenario, options)?;
    let result = crmsim::report::sweep::result(scenario, &swept, &row.result.replay);
    if !result.is_good() {
        row.verdict = Some(Verdict::Failed);
        row.result.verdict = Verdict::Failed.to_string();
        row.exit = row.exit.max(Exit::Failed);
        row.report = Some(row.report.take().unwrap_or_default() + &result.report(scenario));
    }
    for (point, message) in broken {
        let replay = sweep::replay(scenario, seed, &point);
        let fault = guard::report(&message, Some((&scenario.title(), seed, &replay)));
        row.fault = Some(row.fault.take().unwrap_or_default() + &fault);
        row.exit = Exit::Broken;
    }
    row.result.sweep = Some(result);
    Ok(())
}

/// Runs one point of the sweeps of the rows that have it.
fn run_point(job: &Job<'_>, settings: Settings<'_>, name: &str) -> FileDone {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for scenario in job.scenarios() {
        let seed = settings.seed.unwrap_or(scenario.seed);
        let of_rows = job.file.scenarios.len();
        let (plan, point) =
            match sweep::one(scenario, name, Options { stop_at: None, ..settings.options(false, of_rows) }) {
                Ok(found) => found,
                Err(error) => {
                    wrong.push(error);
                    continue;
                }
            };
        let replay = sweep::replay(scenario, seed, name);
        let run = |record| crmsim::sweep::run_point(scenario, &plan, &point, settings.options(record, of_rows));
        let done = guard::attempt(|| {
            let (varied, done) = run(settings.trace);
            let tell = settings.tell(done.verdict) && !settings.trace;
            let (varied, done) = if tell && !failure::is_overrun(&done) { run(true) } else { (varied, done) };
            let mut row = told(&varied, &done, settings, seed, &replay);
            row.result.point = Some(name.to_owned());
            row
        });
        rows.push(done.unwrap_or_else(|message| broken(scenario, seed, &replay, &message)));
    }
    if !rows.is_empty() {
        // The point of one row need not be one of the others.
        wrong.clear();
    }
    FileDone { rows, whole: None, wrong }
}

fn run_row(
    scenario: &Scenario,
    rows: usize,
    settings: Settings<'_>,
    replay: &str,
    second: Option<Result<&super::fingerprint::Fingerprint, &str>>,
) -> (RowDone, Run) {
    guard::plant_panic(&scenario.title());
    let seed = settings.seed.unwrap_or(scenario.seed);
    let golden = if settings.snapshots { scenario.golden.as_slice() } else { &[] };
    let record = settings.trace || settings.twice || !golden.is_empty();
    let mut run = execute(scenario, settings.options(record, rows));
    if settings.tell(run.verdict) && !record && !failure::is_overrun(&run) {
        // The story needs the facts; the same run happens again, and this time they are kept. A run that did not end is
        // too long for a story.
        run = execute(scenario, settings.options(true, rows));
    }
    let mut row = told(scenario, &run, settings, seed, replay);
    // A run that did not end has no end to keep.
    let golden = golden.iter().filter(|_| !failure::is_overrun(&run));
    row.snapshots = golden.map(|golden| (*golden, snapshot::render(scenario, &run, *golden))).collect();
    if let Some(second) = second {
        let differs = match second {
            Ok(print) => twice::difference(scenario, &run, print, replay),
            Err(message) => Some(format!("NOT COMPARED  {}: {message}\n", scenario.path)),
        };
        row.result.deterministic = Some(differs.is_none());
        if let Some(differs) = differs {
            row.exit = row.exit.max(Exit::NotDeterministic);
            row.report = Some(row.report.take().unwrap_or_default() + &differs);
        }
    }
    (row, run)
}

/// What is told of a finished run.
fn told(scenario: &Scenario, run: &Run, settings: Settings<'_>, seed: u64, replay: &str) -> RowDone {
    let result = ScenarioResult::new(scenario, run, seed, replay);
    let failed = run.verdict == Verdict::Failed;
    let exit = if failed { Exit::Failed } else { Exit::Held };
    let report = if settings.tell(run.verdict) {
        Some(failure::report(scenario, run, replay))
    } else {
        let is_brief = run.verdict == Verdict::Known && settings.known == Known::Briefly;
        is_brief.then(|| failure::brief(scenario, run, replay))
    };
    let names = Names::new(scenario, &run.world);
    let trace = settings.trace.then(|| trace::render(&names, run, seed, settings.trace_rules));
    let (verdict, rules, snapshots) = (Some(run.verdict), run.marks.rules().collect(), Vec::new());
    RowDone { result, verdict, rules, trace, report, fault: None, snapshots, exit }
}

fn judge_whole(runs: &[(&Scenario, Run)], seed: Option<u64>) -> Option<(FileResult, String)> {
    let (scenarios, runs): (Vec<&Scenario>, Vec<&Run>) = runs.iter().map(|(scenario, run)| (*scenario, run)).unzip();
    let failures = judge_file(&scenarios, &runs);
    let first = scenarios.first().filter(|_| !failures.is_empty())?;
    // All rows are meant, so the line names the file alone.
    let replay = failure::replay_line(&Scenario { row: None, ..(*first).clone() }, seed.unwrap_or(first.seed), None);
    let report = failure::report_of_file(first, &failures, &replay);
    let failures = failures.iter().map(|failure| FailureResult::new(first, failure)).collect();
    Some((FileResult { path: first.path.clone(), failures }, report))
}

/// What is said of a row on which crmsim itself failed.
fn broken(scenario: &Scenario, seed: u64, replay: &str, message: &str) -> RowDone {
    let failure = FailureResult {
        kind: "broken",
        invariant: None,
        step: None,
        line: None,
        expected: "crmsim runs the scenario".to_owned(),
        actual: message.to_owned(),
        event: 0,
        declared: false,
    };
    let result = ScenarioResult {
        name: scenario.name.clone(),
        row: scenario.row.clone(),
        path: scenario.path.clone(),
        verdict: "broken".to_owned(),
        seed,
        hash: None,
        events: 0,
        deterministic: None,
        failures: vec![failure],
        rules: Vec::new(),
        snapshots: Vec::new(),
        replay: replay.to_owned(),
        point: None,
        sweep: None,
    };
    let fault = Some(guard::report(message, Some((&scenario.title(), seed, replay))));
    let exit = Exit::Broken;
    RowDone { result, verdict: None, rules: Vec::new(), trace: None, report: None, fault, snapshots: Vec::new(), exit }
}
