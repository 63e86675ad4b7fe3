//! The same rows in a second process, and what differs: for `run --twice`, and for what a campaign finds.

use std::io::Write;
use std::process::{Command, Stdio};

use crmsim::fuzz::to_run;
use crmsim::report::style::{BOLD, RED, RESET, plain};
use crmsim::scenario::{Diagnostics, parse};
use crmsim::{Options, Run, Scenario, execute};

use super::fingerprint::Fingerprint;
use super::select::Job;
use super::work::bound;

/// Runs the rows of a job in a second process.
pub fn second(job: &Job<'_>, seed: Option<u64>, stop_at: Option<u64>) -> Result<Vec<Fingerprint>, String> {
    let path = format!("--path={}", job.file.path);
    printed(&path, &job.file.text, &job.rows, seed, stop_at)
}

/// Whether a second process comes to the same in a scenario, which goes there as a text.
pub fn is_same(text: &str) -> Result<bool, String> {
    let wrong = |diagnostics: Diagnostics| {
        diagnostics
            .list
            .first()
            .map_or(String::new(), |first| format!("a scenario does not read back: {}", first.message))
    };
    let scenarios = parse("-", text).map_err(wrong)?;
    let scenario = scenarios.into_iter().next().map(to_run).ok_or("a scenario does not read back")?;
    let run = execute(&scenario, Options { record: true, max_events: Some(bound(1)), ..Options::default() });
    let there = printed("--path=-", text, &[0], None, None)?;
    Ok(there.first() == Some(&Fingerprint::of(&scenario, &run)))
}

fn printed(
    path: &str,
    text: &str,
    rows: &[usize],
    seed: Option<u64>,
    stop_at: Option<u64>,
) -> Result<Vec<Fingerprint>, String> {
    let cannot = |what: &str, error: &dyn std::fmt::Display| format!("a second process cannot be {what}: {error}");
    let program = std::env::current_exe().map_err(|error| cannot("started", &error))?;
    let numbers: Vec<String> = rows.iter().map(usize::to_string).collect();
    let mut command = Command::new(program);
    command.arg("fingerprint").arg(path).arg(format!("--rows={}", numbers.join(",")));
    command.args(seed.map(|seed| format!("--seed={seed}"))).args(stop_at.map(|stop| format!("--stop-at={stop}")));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot("started", &error))?;
    if let Some(mut input) = child.stdin.take() {
        // The child reads all of its input before it writes; should it have died, its output says so.
        let _ = input.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| cannot("read", &error))?;
    let lines = String::from_utf8_lossy(&output.stdout);
    let prints: Result<Vec<Fingerprint>, _> = lines.lines().map(serde_json::from_str).collect();
    match prints {
        Ok(prints) if output.status.success() && prints.len() == rows.len() => Ok(prints),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("the second process failed ({}): {}", output.status, plain(said.trim())))
        }
    }
}

/// What differs between a run and the fingerprint of another of the same scenario; `None` where nothing does.
pub fn difference(scenario: &Scenario, run: &Run, second: &Fingerprint, replay: &str) -> Option<String> {
    let first = Fingerprint::of(scenario, run);
    if first == *second {
        return None;
    }
    let event = first.first_difference(second);
    let line = |print: &Fingerprint| {
        let line = print.lines.get(event).map_or("the run has no such event", String::as_str);
        format!(
            "{line}\n            hash {}",
            print.hashes.get(event).map_or("-".to_owned(), |hash| format!("{hash:016x}"))
        )
    };
    let row = scenario.row.as_ref().map_or(String::new(), |row| format!("#{row}"));
    let parts = first.parts_that_differ(second);
    let parts = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    Some(format!(
        "{RED}NOT DETERMINISTIC{RESET}  {BOLD}{}{RESET}\n  \
         verdicts  {} here, {} in the second process\n  \
         same      up to the checkpoint at event {}\n  \
         differs   first at event {}, of {} here and {} there\n    \
         here    {}\n    \
         there   {}\n  \
         parts     that differ: {parts}\n\
         {BOLD}replay:{RESET} {replay} --twice\n",
        plain(&format!("{}{row}", scenario.path)),
        first.verdict,
        second.verdict,
        first.agree_until(second),
        event + 1,
        first.hashes.len(),
        second.hashes.len(),
        line(&first),
        line(second),
    ))
}
