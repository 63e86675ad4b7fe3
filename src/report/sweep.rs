//! What is told of a sweep: which points went wrong, each with the line that runs it again.

use super::json::{FailureResult, PointResult, SweepResult};
use super::style::{BOLD, RED, RESET, plain};
use crate::Scenario;
use crate::engine::Verdict;
use crate::sweep::Swept;

/// How many failed points are listed for people.
const MOST_POINTS: usize = 30;

/// The line that runs a point again; `replay` is that of its scenario.
#[must_use]
pub fn replay_line(replay: &str, point: &str) -> String {
    format!("{replay} --point {point}")
}

/// A sweep for programs; `replay` is the line that runs the scenario again.
#[must_use]
pub fn result(scenario: &Scenario, swept: &Swept, replay: &str) -> SweepResult {
    let count = |verdict| swept.points.iter().filter(|done| done.verdict == verdict).count();
    let failures = |failures: &[crate::engine::Failure]| {
        failures.iter().map(|failure| FailureResult::new(scenario, failure)).collect::<Vec<_>>()
    };
    let wrong = swept.points.iter().filter(|done| done.verdict != Verdict::Held);
    let wrong = wrong.map(|done| PointResult {
        point: done.point.name(),
        about: done.point.about.clone(),
        verdict: done.verdict.to_string(),
        events: done.events,
        // The steps of a point are not those of the file.
        failures: failures(&done.failures)
            .into_iter()
            .map(|one| FailureResult { step: None, line: None, ..one })
            .collect(),
        replay: replay_line(replay, &done.point.name()),
    });
    SweepResult {
        step: scenario.sweep.as_ref().map_or(String::new(), |sweep| sweep.step.clone()),
        points: swept.points.len(),
        held: count(Verdict::Held),
        known: count(Verdict::Known),
        wrong: wrong.collect(),
        unused: failures(&swept.unused),
    }
}

impl SweepResult {
    /// How many points failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.points - self.held - self.known
    }

    /// Whether every point went as it should.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed() == 0 && self.unused.is_empty()
    }

    /// The report of what failed: a line for each point, which a shell runs as it is.
    #[must_use]
    pub fn report(&self, scenario: &Scenario) -> String {
        let row = scenario.row.as_ref().map_or(String::new(), |row| format!("#{row}"));
        let title = plain(&format!("{}{row}", scenario.path));
        let mut out = format!(
            "{RED}FAILED{RESET}  {BOLD}{title}{RESET}, {} of {} points of the step {}\n  why       {}\n",
            self.failed(),
            self.points,
            plain(&self.step),
            plain(&scenario.why)
        );
        for failure in &self.unused {
            out.push_str(&format!(
                "  expected  {}\n  found     {}\n",
                plain(&failure.expected),
                plain(&failure.actual)
            ));
        }
        let failed: Vec<&PointResult> = self.wrong.iter().filter(|point| point.verdict != "known").collect();
        for point in failed.iter().take(MOST_POINTS) {
            let mut words: Vec<&str> = Vec::new();
            for failure in point.failures.iter().filter(|failure| !failure.declared) {
                let word = failure.invariant.unwrap_or(failure.kind);
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            let about = if point.about.is_empty() { String::new() } else { format!(" ({})", plain(&point.about)) };
            let replay = &point.replay;
            out.push_str(&format!("{BOLD}replay:{RESET} {replay}  # {}{about}\n", words.join(", ")));
        }
        if failed.len() > MOST_POINTS {
            out.push_str(&format!("  also      {} more points; --format json has all\n", failed.len() - MOST_POINTS));
        }
        out
    }
}
