//! The results of a run as one JSON document, for programs.
//!
//! Keys stand in the order of the declarations below. `schema` counts up whenever a key goes or changes its meaning; new
//! keys may come without that.

use serde::Serialize;

use super::failure::{line_of, step_of};
use crate::Scenario;
use crate::engine::{Failure, FailureKind, Run};

/// The version of the document.
pub const SCHEMA: u32 = 1;

/// The whole document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of crmsim.
    pub version: &'static str,
    /// Every scenario that ran, in the order of the files and their rows.
    pub scenarios: Vec<ScenarioResult>,
    /// What failed that concerns a file as a whole.
    pub files: Vec<FileResult>,
    /// The snapshots that no scenario asks for.
    pub orphans: Vec<String>,
    /// What is wrong with files that could not be run.
    pub errors: Vec<FileError>,
    /// The counts.
    pub summary: Summary,
    /// The exit code of the command.
    pub exit: u8,
}

/// What became of one scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ScenarioResult {
    /// Its name.
    pub name: String,
    /// The row of the file's `cases`.
    pub row: Option<String>,
    /// The file.
    pub path: String,
    /// `held`, `known`, `failed`, `stopped`, or `broken` where crmsim itself failed.
    pub verdict: String,
    /// The seed that it ran with.
    pub seed: u64,
    /// The hash of everything that happened, in hexadecimal digits.
    pub hash: Option<String>,
    /// How many events there were, as `--stop-at` counts them.
    pub events: u64,
    /// Whether a second process came to the same; `null` where none was asked.
    pub deterministic: Option<bool>,
    /// Everything that went wrong, also what the scenario declares.
    pub failures: Vec<FailureResult>,
    /// The rules that were followed, in the order of the registry.
    pub rules: Vec<&'static str>,
    /// Its snapshots; none where they were not compared.
    pub snapshots: Vec<SnapshotResult>,
    /// The command that runs it again.
    pub replay: String,
    /// The point of its sweep that ran; `null` where it ran undisturbed.
    pub point: Option<String>,
    /// What became of the points of its sweep; `null` where none was run.
    pub sweep: Option<SweepResult>,
}

/// What became of a sweep.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SweepResult {
    /// The step that is swept.
    pub step: String,
    /// How many points there are.
    pub points: usize,
    /// How many held.
    pub held: usize,
    /// How many went wrong as `allow` declares.
    pub known: usize,
    /// Those that failed, and those that went wrong as declared.
    pub wrong: Vec<PointResult>,
    /// Allowances that name no point.
    pub unused: Vec<FailureResult>,
}

/// A point that went wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PointResult {
    /// Its name.
    pub point: String,
    /// What its call concerns.
    pub about: String,
    /// `known`, `failed`, or `broken`.
    pub verdict: String,
    /// How many events its run had.
    pub events: u64,
    /// Everything that went wrong.
    pub failures: Vec<FailureResult>,
    /// The command that runs it again.
    pub replay: String,
}

/// What became of one snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SnapshotResult {
    /// Its file.
    pub path: String,
    /// `same`, `differs`, `missing`, `accepted`, `refused` where its scenario fails, or `broken` where its file cannot be
    /// read or written.
    pub status: &'static str,
}

/// One thing that went wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FailureResult {
    /// `expectation`, `step`, `invariant`, `unreached`, `rule-not-hit`, `not-violated`, `waiver-not-needed`, `unsettled`,
    /// `end-state`, or `broken`.
    pub kind: &'static str,
    /// The invariant that was violated.
    pub invariant: Option<&'static str>,
    /// The index of the step, from 0.
    pub step: Option<usize>,
    /// The line of the step.
    pub line: Option<u32>,
    /// What should have been so.
    pub expected: String,
    /// What was so.
    pub actual: String,
    /// How many events the run had.
    pub event: usize,
    /// Whether the scenario declares it as known.
    pub declared: bool,
}

/// What failed in a file as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileResult {
    /// The file.
    pub path: String,
    /// What went wrong.
    pub failures: Vec<FailureResult>,
}

/// One error of a file that could not be run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileError {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The code of the error.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// Scenarios that ran.
    pub total: usize,
    /// Those that held.
    pub held: usize,
    /// Those that failed as they declare.
    pub known: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that were stopped before their end.
    pub stopped: usize,
    /// Those on which crmsim itself broke down.
    pub broken: usize,
    /// Those that a second process ran otherwise.
    pub different: usize,
    /// The points of sweeps that ran.
    pub points: usize,
    /// Those of them that failed.
    pub points_failed: usize,
    /// Snapshots that are as they were kept.
    pub snapshots_same: usize,
    /// Snapshots that differ or are missing and were not written, or cannot be read or written.
    pub snapshots_differ: usize,
    /// Snapshots that were written.
    pub snapshots_accepted: usize,
    /// Snapshots that no scenario asks for.
    pub orphans: usize,
    /// Files that fail as a whole.
    pub files_failed: usize,
    /// Files that could not be run.
    pub files_wrong: usize,
}

impl FailureResult {
    /// The entry of a failure.
    #[must_use]
    pub fn new(scenario: &Scenario, failure: &Failure) -> FailureResult {
        let invariant = match &failure.kind {
            FailureKind::Invariant(violation) => Some(violation.invariant),
            _ => None,
        };
        FailureResult {
            kind: failure.kind.word(),
            invariant,
            step: step_of(failure),
            line: line_of(scenario, failure),
            expected: failure.expected.clone(),
            actual: failure.actual.clone(),
            event: failure.fact,
            declared: failure.declared,
        }
    }
}

impl ScenarioResult {
    /// The entry of a finished run.
    #[must_use]
    pub fn new(scenario: &Scenario, run: &Run, seed: u64, replay: &str) -> ScenarioResult {
        ScenarioResult {
            name: scenario.name.clone(),
            row: scenario.row.clone(),
            path: scenario.path.clone(),
            verdict: run.verdict.to_string(),
            seed,
            hash: Some(format!("{:016x}", run.hash.value())),
            events: run.hash.events(),
            deterministic: None,
            failures: run.failures.iter().map(|failure| FailureResult::new(scenario, failure)).collect(),
            rules: run.marks.rules().map(|rule| rule.rule().id).collect(),
            snapshots: Vec::new(),
            replay: replay.to_owned(),
            point: None,
            sweep: None,
        }
    }
}
