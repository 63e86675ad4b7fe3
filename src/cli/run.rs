//! `crmsim run`.

use crmsim::Verdict;
use crmsim::report::json::{Document, FileError, SCHEMA, Summary};
use crmsim::report::style::{self, BOLD, GREEN, RED, RESET, YELLOW, plain};
use rayon::prelude::*;

use super::args::{Format, RunArgs};
use super::exit::Exit;
use super::files::{self, Files};
use super::output::Output;
use super::select::{Job, Selection};
use super::snapshots::Folder;
use super::sweep;
use super::work::{self, FileDone, RowDone, Settings};

/// Titles longer than this are not waited for by the column behind them.
const WIDEST_TITLE: usize = 76;

/// Runs what the arguments name.
pub fn run(args: &RunArgs, out: &mut Output) -> Exit {
    if (args.trace || args.trace_rules) && args.format == Format::Json {
        out.complain("error: --trace is for people; it cannot be used with --format json\n");
        return Exit::Wrong;
    }
    if let Some(jobs) = args.jobs {
        // This can fail only where threads are running already, and then their number is what it is.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
    }
    let files = files::load_to_run(&args.paths);
    files.complain(out);
    let selection = Selection { tags: &args.tag, rules: &args.rule, names: &args.name };
    let jobs = selection.jobs(&files.good);
    if args.list {
        list(&jobs, out);
    }
    let mut exit = if files.any_wrong() { Exit::Wrong } else { Exit::Held };
    if jobs.is_empty() {
        if !files.good.is_empty() {
            let scenarios: usize = files.good.iter().map(|file| file.scenarios.len()).sum();
            out.complain(&format!("error: none of the {scenarios} scenarios fits the selection\n"));
        }
        exit = exit.max(Exit::NothingRan);
    }
    if args.list {
        return exit;
    }
    let folder = match Folder::open(args, &files) {
        Ok(folder) => folder,
        Err(wrong) => {
            wrong.iter().for_each(|message| out.complain(&format!("error: {}\n", plain(message))));
            return exit.max(Exit::Wrong);
        }
    };
    let mut printer = Printer::new(&jobs, args.format);
    let settings = Settings::of(args, &jobs);
    // Files run side by side, and what they came to is printed in their order, some at a time.
    for some in jobs.chunks(16 * rayon::current_num_threads()) {
        let done: Vec<FileDone> = some.par_iter().map(|job| work::run_file(job, settings)).collect();
        for (job, file) in some.iter().zip(done) {
            exit = exit.max(printer.take(job, file, folder.as_ref(), out));
        }
    }
    if let Some(folder) = &folder {
        let orphans = folder.orphans(args, &files, &jobs);
        if !orphans.is_empty() {
            exit = exit.max(Exit::Differs);
            printer.take_orphans(folder, orphans);
        }
    }
    printer.finish(&files, exit, out);
    exit
}

fn list(jobs: &[Job<'_>], out: &mut Output) {
    let width = width(jobs);
    let mut text = String::new();
    for job in jobs {
        for scenario in job.scenarios() {
            let title = titled(&scenario.path, scenario.row.as_deref());
            text.push_str(&format!("{title:<width$}  {}\n", plain(&scenario.why)));
        }
    }
    out.print(&text);
}

fn several(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A scenario by its file and its row.
fn titled(path: &str, row: Option<&str>) -> String {
    plain(&row.map_or(path.to_owned(), |row| format!("{path}#{row}")))
}

fn width(jobs: &[Job<'_>]) -> usize {
    let scenarios = jobs.iter().flat_map(Job::scenarios);
    let widths = scenarios.map(|scenario| titled(&scenario.path, scenario.row.as_deref()).chars().count());
    widths.max().unwrap_or(0).min(WIDEST_TITLE)
}

/// Prints results as they come, and what is to stand at the end.
struct Printer {
    format: Format,
    width: usize,
    files: usize,
    reports: String,
    document: Document,
    /// Sweeps that could not be run.
    wrong: usize,
}

impl Printer {
    fn new(jobs: &[Job<'_>], format: Format) -> Printer {
        let document = Document {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            scenarios: Vec::new(),
            files: Vec::new(),
            orphans: Vec::new(),
            errors: Vec::new(),
            summary: Summary::default(),
            exit: 0,
        };
        Printer { format, width: width(jobs), files: 0, reports: String::new(), document, wrong: 0 }
    }

    /// Takes what became of a file; gives what it ends the command with.
    fn take(&mut self, job: &Job<'_>, file: FileDone, folder: Option<&Folder>, out: &mut Output) -> Exit {
        self.files += 1;
        let mut exit = Exit::Held;
        let mut text = String::new();
        for mut row in file.rows {
            exit = exit.max(row.exit);
            let fails = row.exit != Exit::Held || file.whole.is_some() || !file.wrong.is_empty();
            let compared = folder.map(|folder| folder.compare(job, &row, fails)).unwrap_or_default();
            self.count(&row);
            if let Some(fault) = &row.fault {
                out.complain(fault);
            }
            if self.format == Format::Text {
                text.push_str(row.trace.as_deref().unwrap_or_default());
                text.push_str(&self.line(&row));
                self.keep(row.report.take());
            }
            for snapshot in compared {
                exit = exit.max(snapshot.exit);
                self.count_snapshot(snapshot.result.status);
                row.result.snapshots.push(snapshot.result);
                self.keep(snapshot.report);
                if let Some(complaint) = &snapshot.complaint {
                    out.complain(complaint);
                }
            }
            if self.format == Format::Json {
                self.document.scenarios.push(row.result);
            }
        }
        for error in file.wrong {
            exit = exit.max(Exit::Wrong);
            self.wrong += 1;
            out.complain(&format!("error: {}\n", sweep::told(&error)));
            self.document.errors.push(error);
        }
        if let Some((result, report)) = file.whole {
            exit = exit.max(Exit::Failed);
            self.document.summary.files_failed += 1;
            let title = plain(&job.file.path);
            text.push_str(&format!("{RED}{:<7}{RESET}  {title}, all rows together\n", "FAILED"));
            self.keep(Some(report));
            self.document.files.push(result);
        }
        if self.format == Format::Text {
            out.print(&text);
        }
        exit
    }

    fn count(&mut self, row: &RowDone) {
        let summary = &mut self.document.summary;
        summary.total += 1;
        summary.different += usize::from(row.result.deterministic == Some(false));
        if let Some(swept) = &row.result.sweep {
            summary.points += swept.points;
            summary.points_failed += swept.failed();
        }
        *match row.verdict {
            Some(Verdict::Held) => &mut summary.held,
            Some(Verdict::Known) => &mut summary.known,
            Some(Verdict::Failed) => &mut summary.failed,
            Some(Verdict::Stopped) => &mut summary.stopped,
            None => &mut summary.broken,
        } += 1;
    }

    fn count_snapshot(&mut self, status: &str) {
        let summary = &mut self.document.summary;
        *match status {
            "same" => &mut summary.snapshots_same,
            "accepted" => &mut summary.snapshots_accepted,
            _ => &mut summary.snapshots_differ,
        } += 1;
    }

    /// Takes the snapshots that no scenario asks for.
    fn take_orphans(&mut self, folder: &Folder, orphans: Vec<String>) {
        self.keep(Some(folder.report_orphans(&orphans)));
        self.document.summary.orphans = orphans.len();
        self.document.orphans = orphans;
    }

    fn keep(&mut self, report: Option<String>) {
        if let Some(report) = report.filter(|_| self.format == Format::Text) {
            self.reports.push('\n');
            self.reports.push_str(&report);
        }
    }

    /// The verdict line of a row.
    fn line(&self, row: &RowDone) -> String {
        let (word, color) = row.verdict.map_or(("BROKEN", RED), style::verdict);
        let title = titled(&row.result.path, row.result.row.as_deref());
        let different = match row.result.deterministic {
            Some(false) => format!("  {RED}NOT DETERMINISTIC{RESET}"),
            Some(true) => "  twice the same".to_owned(),
            None => String::new(),
        };
        let title = row.result.point.iter().fold(title, |title, point| format!("{title} at {}", plain(point)));
        let points = row.result.sweep.as_ref().map_or(String::new(), |swept| match swept.failed() {
            0 if swept.known > 0 => format!("  {}, {} known", several(swept.points, "point"), swept.known),
            0 => format!("  {}", several(swept.points, "point")),
            failed => format!("  {RED}{failed} of {} FAILED{RESET}", several(swept.points, "point")),
        });
        let width = self.width;
        format!("{color}{word:<7}{RESET}  {title:<width$}  {:>6} events{points}{different}\n", row.result.events)
    }

    fn finish(mut self, files: &Files, exit: Exit, out: &mut Output) {
        self.document.summary.files_wrong = files.wrong.len() + self.wrong;
        if self.format == Format::Text {
            out.print(&format!("{}{}", self.reports, self.summary()));
            return;
        }
        for diagnostics in &files.wrong {
            self.document.errors.extend(diagnostics.list.iter().map(|diagnostic| {
                let (line, column) = diagnostics.position(diagnostic.span.start);
                FileError {
                    path: diagnostics.path.clone(),
                    line,
                    column,
                    code: diagnostic.code,
                    message: diagnostic.message.clone(),
                    help: diagnostic.help.clone(),
                }
            }));
        }
        self.document.exit = exit.code();
        out.json(&self.document);
    }

    fn summary(&self) -> String {
        let summary = &self.document.summary;
        let counts = [
            (summary.held, GREEN, "held".to_owned()),
            (summary.known, YELLOW, "known".to_owned()),
            (summary.stopped, YELLOW, "stopped".to_owned()),
            (summary.failed, RED, "FAILED".to_owned()),
            (summary.different, RED, "NOT DETERMINISTIC".to_owned()),
            (summary.broken, RED, "BROKEN".to_owned()),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, color, what)| format!("{color}{count} {what}{RESET}"))
            .collect();
        let colon = if counts.is_empty() { "" } else { ": " };
        let mut text = format!(
            "\n{BOLD}{} in {}{RESET}{colon}{}",
            several(summary.total, "scenario"),
            several(self.files, "file"),
            counts.join(", ")
        );
        if summary.points > 0 {
            let failed = match summary.points_failed {
                0 => String::new(),
                failed => format!(", {RED}{failed} FAILED{RESET}"),
            };
            text.push_str(&format!("; {} of sweeps{failed}", several(summary.points, "point")));
        }
        if summary.files_failed > 0 {
            text.push_str(&format!("; {RED}{} FAILED as a whole{RESET}", several(summary.files_failed, "file")));
        }
        if summary.files_wrong > 0 {
            text.push_str(&format!("; {RED}{} could not be run{RESET}", several(summary.files_wrong, "file")));
        }
        let snapshots = [
            (summary.snapshots_same, GREEN, "the same"),
            (summary.snapshots_accepted, YELLOW, "accepted"),
            (summary.snapshots_differ, RED, "DIFFERENT"),
            (summary.orphans, RED, "ORPHANED"),
        ];
        let snapshots: Vec<String> = snapshots
            .iter()
            .filter(|(count, _, _)| *count > 0)
            .map(|(count, color, what)| format!("{color}{count} {what}{RESET}"))
            .collect();
        if !snapshots.is_empty() {
            text.push_str(&format!("; snapshots: {}", snapshots.join(", ")));
        }
        text.push('\n');
        text
    }
}
