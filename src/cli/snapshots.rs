//! `--snapshots` and `--accept`: what scenarios came to, held against the files that keep it.
//!
//! The folder is looked through before anything runs: one that holds something else is not the one that is meant, and
//! what an interrupted command left there is to be seen. Comparing changes nothing. Accepting writes one file at a time, as
//! a whole or not at all, and never removes any.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crmsim::report::json::SnapshotResult;
use crmsim::report::snapshot::diff::diff;
use crmsim::report::snapshot::file::{self, EXTENSION, Kept, PENDING, UNFINISHED};
use crmsim::report::style::{BOLD, GREEN, RED, RESET, YELLOW, plain};
use crmsim::scenario::model::Golden;

use super::args::RunArgs;
use super::atomic;
use super::exit::Exit;
use super::files::{Files, shown};
use super::select::Job;
use super::work::RowDone;

/// How many things that are wrong with a folder are told.
const MOST_TOLD: usize = 5;
/// A larger file is no snapshot.
const MAX_BYTES: u64 = 64 << 20;

/// The folder of the snapshots.
pub struct Folder {
    path: PathBuf,
    accept: bool,
    /// The snapshots in it, by their paths below it.
    found: BTreeSet<String>,
    /// The snapshots that the loaded scenarios ask for.
    wanted: BTreeSet<String>,
}

/// What became of one snapshot.
pub struct Compared {
    /// For programs.
    pub result: SnapshotResult,
    /// For people; nothing where it is the same.
    pub report: Option<String>,
    /// What is wrong with the file.
    pub complaint: Option<String>,
    /// What it ends the command with.
    pub exit: Exit,
}

impl Folder {
    /// Looks a folder through; `None` where the command does not name one.
    ///
    /// # Errors
    /// What is wrong with it, or with what is asked.
    pub fn open(args: &RunArgs, files: &Files) -> Result<Option<Folder>, Vec<String>> {
        let Some(path) = args.snapshots.clone() else { return Ok(None) };
        if args.accept && is_ci() {
            return Err(vec![
                "--accept is refused where the environment variable CI is set: nobody reviews there".to_owned(),
            ]);
        }
        if args.paths.iter().any(|path| shown(path) == "-") {
            return Err(vec!["a scenario from standard input has no path, so it cannot keep snapshots".to_owned()]);
        }
        let mut wrong = Vec::new();
        let mut found = BTreeSet::new();
        match fs::metadata(&path) {
            Ok(is) if is.is_dir() => search(&path, "", &mut found, &mut wrong),
            Ok(_) => wrong.push(format!("--snapshots takes a folder, and {} is a file", shown(&path))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => wrong.push(format!("the folder {} cannot be read: {error}", shown(&path))),
        }
        let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
        for loaded in &files.good {
            for scenario in &loaded.scenarios {
                for (_, snapshot) in file::paths(&loaded.below, scenario) {
                    if let Some(other) = wanted.insert(snapshot.clone(), &loaded.path) {
                        wrong.push(format!("{other} and {} would both keep {snapshot}", loaded.path));
                    }
                }
            }
        }
        if wrong.is_empty() {
            let wanted = wanted.into_keys().collect();
            return Ok(Some(Folder { path, accept: args.accept, found, wanted }));
        }
        if wrong.len() > MOST_TOLD {
            wrong.truncate(MOST_TOLD);
            wrong.push("and more of the kind".to_owned());
        }
        Err(wrong)
    }

    /// Holds the snapshots of a row against what is kept, and writes them where that is asked; `fails` says that the row,
    /// or its file as a whole, does not hold.
    pub fn compare(&self, job: &Job<'_>, row: &RowDone, fails: bool) -> Vec<Compared> {
        let texts = row.snapshots.iter();
        texts.map(|(golden, text)| self.compare_one(job, row, (*golden, text), fails)).collect()
    }

    fn compare_one(&self, job: &Job<'_>, row: &RowDone, (golden, text): (Golden, &str), fails: bool) -> Compared {
        let below = file::path(&job.file.below, row.result.row.as_deref(), golden);
        let path = self.path.join(&below);
        let name = plain(&shown(&path));
        let done = |status, exit, report| Compared {
            result: SnapshotResult { path: shown(&path), status },
            report,
            complaint: None,
            exit,
        };
        let broken = |complaint: String| Compared {
            result: SnapshotResult { path: shown(&path), status: "broken" },
            report: None,
            complaint: Some(format!("error: {complaint}\n")),
            exit: Exit::Wrong,
        };
        let kept = match read(&path) {
            Ok(kept) => kept,
            Err(what) => {
                return broken(format!("the snapshot {name} cannot be used: {what}; restore it, or remove it"));
            }
        };
        if kept.as_ref().is_some_and(|kept| kept.text == text) {
            return done("same", Exit::Held, None);
        }
        let title = plain(&row.result.path);
        let title = row.result.row.as_ref().map_or(title.clone(), |row| format!("{title}#{}", plain(row)));
        let difference = match &kept {
            Some(kept) => diff(&kept.text, text),
            None if self.accept => diff("", text),
            None => format!("  there is no such file{}\n", self.hint(&below)),
        };
        let (word, status) = if kept.is_some() { ("DIFFERS", "differs") } else { ("MISSING", "missing") };
        let report = |color: &str, word: &str, last: &str| {
            Some(format!("{color}{word:<7}{RESET}  {BOLD}{name}{RESET} of {title}\n{difference}{last}"))
        };
        if !self.accept {
            return done(status, Exit::Differs, report(RED, word, ""));
        }
        if fails {
            let last = "  not accepted: the scenario fails\n";
            return done("refused", Exit::Differs, report(RED, word, last));
        }
        let header = kept.as_ref().map_or_else(|| file::header(&job.file.below), |kept| kept.header.clone());
        let new = file::write(&Kept { header, text: text.to_owned() });
        match atomic::write(&path, UNFINISHED, &new) {
            Ok(()) => done("accepted", Exit::Held, report(YELLOW, word, &format!("  {GREEN}accepted{RESET}\n"))),
            Err(error) => broken(format!("the snapshot {name} cannot be written: {error}")),
        }
    }

    /// Where else a missing snapshot may be meant to be.
    fn hint(&self, below: &str) -> String {
        let elsewhere = self.found.iter().find_map(|found| found.strip_suffix(below)?.strip_suffix('/'));
        elsewhere.map_or(String::new(), |folder| {
            format!("; if {folder}/{below} is meant, give --snapshots {}", plain(&shown(&self.path.join(folder))))
        })
    }

    /// The snapshots that no scenario asks for, as far as the run covers them.
    pub fn orphans(&self, args: &RunArgs, files: &Files, jobs: &[Job<'_>]) -> Vec<String> {
        // Of what could not be read nobody knows what it asks for.
        if !files.messages.is_empty() {
            return Vec::new();
        }
        let unknown: BTreeSet<&str> = files.wrong_below.iter().map(|below| file::stem(below)).collect();
        let run: BTreeSet<&str> = jobs.iter().map(|job| file::stem(&job.file.below)).collect();
        let selects = !(args.tag.is_empty() && args.rule.is_empty() && args.name.is_empty());
        let whole = !selects && args.paths.iter().any(|path| path.is_dir());
        let covered = |path: &str| match file::owner(path) {
            Some(owner) => !unknown.contains(owner) && (whole || run.contains(owner)),
            None => whole,
        };
        let orphans = self.found.iter().filter(|path| !self.wanted.contains(*path) && covered(path));
        orphans.map(|path| shown(&self.path.join(path))).collect()
    }

    /// What is said of the snapshots that no scenario asks for.
    pub fn report_orphans(&self, orphans: &[String]) -> String {
        let what = if self.accept { "is to be removed: no scenario asks for it" } else { "no scenario asks for it" };
        orphans
            .iter()
            .map(|path| format!("{RED}{:<7}{RESET}  {BOLD}{}{RESET} {what}\n", "ORPHAN", plain(path)))
            .collect()
    }
}

/// Whether the command runs where nobody watches, as `insta` decides it.
fn is_ci() -> bool {
    #[expect(clippy::disallowed_methods, reason = "who may accept is the command's business; no run sees it")]
    let value = std::env::var("CI");
    value.is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The snapshots below a folder, and what is there beside them. Hidden files are passed over.
fn search(folder: &Path, below: &str, found: &mut BTreeSet<String>, wrong: &mut Vec<String>) {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return wrong.push(format!("the folder {} cannot be read: {error}", shown(folder))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if wrong.len() > MOST_TOLD {
            return;
        }
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let is_folder = entry.file_type().is_ok_and(|is| is.is_dir());
        if name.starts_with('.') || name.ends_with(PENDING) {
            continue;
        } else if is_folder && !name.ends_with(EXTENSION) {
            search(&path, &format!("{below}{name}/"), found, wrong);
        } else if name.ends_with(UNFINISHED) {
            wrong.push(format!("{} is what an interrupted --accept left; remove it", shown(&path)));
        } else if is_folder || !path.is_file() {
            wrong.push(format!("{} is no file", shown(&path)));
        } else if name.ends_with(EXTENSION) {
            found.insert(format!("{below}{name}"));
        } else {
            let path = shown(&path);
            wrong.push(format!("{path} is no snapshot; --snapshots takes a folder that holds nothing else"));
        }
    }
}

/// A snapshot that is kept; `None` where there is none.
fn read(path: &Path) -> Result<Option<Kept>, String> {
    let mut bytes = Vec::new();
    match fs::File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // The folder is not there, so a file in its place is told when something is written.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(file) => file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?,
    };
    if bytes.len() as u64 > MAX_BYTES {
        return Err("it is too large".to_owned());
    }
    file::read(&bytes).map(Some).map_err(str::to_owned)
}
