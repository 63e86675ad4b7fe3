//! The report of a scenario that failed, also of one that had to: why it is there, what should be so and what is, the story,
//! and how to replay it.

use std::collections::BTreeMap;

use super::biography::{self, Biography};
use super::declared;
use super::names::Names;
use super::style::{self, BOLD, DIM, RED, RESET, plain};
use super::subject::Subject;
use crate::Scenario;
use crate::check;
use crate::engine::{Failure, FailureKind, Run, Verdict};
use crate::journal::What;
use crate::model::Call;
use crate::scenario::model::Body;
use crate::scenario::vocabulary::Key;

/// How many lines a report has at most.
pub const MOST_LINES: usize = 40;
/// How many failures beside the first are named.
const MOST_OTHERS: usize = 5;

/// The report of a run that failed, or failed as it had to; it must be a recorded one. `replay` is the line that runs it
/// again.
#[must_use]
pub fn report(scenario: &Scenario, run: &Run, replay: &str) -> String {
    let names = Names::new(scenario, &run.world);
    let failures = told(scenario, run);
    let Some((first, others)) = failures.split_first() else { return String::new() };
    let mut lines = head(&names, run, first);
    let mut tail = Vec::new();
    for other in others.iter().take(MOST_OTHERS) {
        let (expected, actual) = (plain(&other.expected), plain(&other.actual));
        let more = unreached_calls(&names, run, other).or_else(|| declared::hint(scenario, other));
        let hint = more.map_or(String::new(), |more| format!(" ({})", plain(&more)));
        tail.push(format!("  also      {}: expected {expected}; found {actual}{hint}", place(scenario, other)));
    }
    if others.len() > MOST_OTHERS {
        tail.push(format!("  also      {} more failures", others.len() - MOST_OTHERS));
    }
    tail.push(format!("{BOLD}replay:{RESET} {replay}"));
    if is_overrun(run) {
        lines.push(
            "  the run   did not end, and is too long to be told; --trace --stop-at N shows its beginning".to_owned(),
        );
        lines.extend(tail);
        return lines.join("\n") + "\n";
    }
    let story = biography::of(&names, run, first);
    let room = MOST_LINES.saturating_sub(lines.len() + tail.len() + 1);
    lines.push(format!("{BOLD}  what happened{}{RESET}", about(&names, &story)));
    lines.extend(clip(&story.sentences, room));
    lines.extend(tail);
    lines.join("\n") + "\n"
}

/// What is said of a run that failed as it had to where others ran beside it: what was declared, what was found, and the
/// line that tells it in full.
#[must_use]
pub fn brief(scenario: &Scenario, run: &Run, replay: &str) -> String {
    let names = Names::new(scenario, &run.world);
    let failures = told(scenario, run);
    let Some((first, others)) = failures.split_first() else { return String::new() };
    let mut lines = head(&names, run, first);
    if !others.is_empty() {
        lines.push(format!("  also      {} more", others.len()));
    }
    lines.push(format!("{BOLD}in full:{RESET} {replay}"));
    lines.join("\n") + "\n"
}

/// What a report tells of: of a run that failed as it had to what was declared, of any other what was not. What violates
/// the invariants that `violates` names comes before its consequences; that something declared did not come is told first
/// only where nothing else went wrong.
fn told<'r>(scenario: &Scenario, run: &'r Run) -> Vec<&'r Failure> {
    let is_known = run.verdict == Verdict::Known;
    let mut failures: Vec<&Failure> = run.failures.iter().filter(|failure| failure.declared == is_known).collect();
    failures.sort_by_key(|failure| match &failure.kind {
        FailureKind::NotViolated => 2,
        FailureKind::Invariant(violation) if is_known => {
            u8::from(!scenario.violates.iter().any(|id| id == violation.invariant))
        }
        _ => 0,
    });
    failures
}

/// The report of what concerns a file as a whole.
#[must_use]
pub fn report_of_file(scenario: &Scenario, failures: &[Failure], replay: &str) -> String {
    let mut lines = vec![
        format!("{RED}FAILED{RESET}  {BOLD}{}{RESET}, all rows together", plain(&scenario.path)),
        format!("  why       {}", plain(&scenario.why)),
    ];
    let room = (MOST_LINES - 4) / 2;
    for failure in failures.iter().take(room) {
        lines.push(format!("  expected  {}", plain(&failure.expected)));
        lines.push(format!("  found     {}", plain(&failure.actual)));
    }
    if failures.len() > room {
        lines.push(format!("  also      {} more failures", failures.len() - room));
    }
    lines.push(format!("{BOLD}replay:{RESET} {replay}"));
    lines.join("\n") + "\n"
}

/// Whether a run was ended because it went beyond its bound.
#[must_use]
pub fn is_overrun(run: &Run) -> bool {
    run.failures
        .iter()
        .any(|failure| matches!(failure.kind, FailureKind::Step(_)) && failure.expected.contains("within its bound of"))
}

fn head(names: &Names<'_>, run: &Run, failure: &Failure) -> Vec<String> {
    let scenario = names.scenario;
    let row = scenario.row.as_ref().map_or(String::new(), |row| format!("#{row}"));
    let (word, color) = match run.verdict {
        Verdict::Known => style::verdict(Verdict::Known),
        _ => style::verdict(Verdict::Failed),
    };
    let mut lines = vec![
        format!("{color}{word:<6}{RESET}  {BOLD}{}{RESET}", plain(&format!("{}{row}", scenario.path))),
        format!("  why       {}", plain(&scenario.why)),
        format!("  where     {}", place(scenario, failure)),
    ];
    match &failure.kind {
        FailureKind::Invariant(violation) => {
            let meaning = meaning(violation.invariant).map_or(String::new(), |meaning| format!(": {meaning}"));
            lines.push(format!("  invariant {}{meaning}", violation.invariant));
        }
        FailureKind::Expectation(step) | FailureKind::Step(step) | FailureKind::Unreached(step) => {
            lines.push(format!("  step      {}", names.step(*step)));
        }
        _ => {}
    }
    lines.extend(declared::line(scenario).map(|line| format!("  declared  {line}")));
    lines.push(format!("  expected  {}", plain(&failure.expected)));
    lines.push(format!("  found     {}", plain(&failure.actual)));
    lines.extend(declared::hint(scenario, failure).map(|hint| format!("  hint      {hint}")));
    lines.extend(unreached_calls(names, run, failure).map(|calls| format!("  calls     {}", plain(&calls))));
    lines
}

/// The calls that a client made, where a fault or a point inside one of its calls never came.
fn unreached_calls(names: &Names<'_>, run: &Run, failure: &Failure) -> Option<String> {
    let FailureKind::Unreached(step) = failure.kind else { return None };
    let step = names.scenario.steps.get(step)?;
    let (client, wanted) = match (&step.when, &step.body) {
        (Some(when), _) => (when.on.as_str(), Some(when.call)),
        (None, Body::Fault(_, args)) => (args.text(Key::On)?, args.text(Key::Call).and_then(Call::parse)),
        _ => return None,
    };
    let mut counts: BTreeMap<Call, u32> = BTreeMap::new();
    for fact in &run.facts {
        if let What::Sent { client: sender, call, .. } = fact.what
            && names.client(sender) == plain(client)
        {
            *counts.entry(call).or_insert(0) += 1;
        }
    }
    let made = counts.iter().map(|(call, count)| format!("{call} x{count}"));
    let no = wanted.filter(|call| call.is_wire() && !counts.contains_key(call)).map(|call| format!("no {call}"));
    let all: Vec<String> = made.chain(no).collect();
    if all.is_empty() {
        return Some(format!("{client} sent nothing to CRM"));
    }
    Some(format!("{client} made {}", all.join(", ")))
}

/// Where a failure was seen: the line of its step, or how far the run had come.
fn place(scenario: &Scenario, failure: &Failure) -> String {
    match line_of(scenario, failure) {
        Some(line) => format!("{}, at event {}", plain(&format!("{}:{line}", scenario.path)), failure.fact),
        None => match &failure.kind {
            FailureKind::Invariant(violation) => format!("{} at event {}", violation.invariant, failure.fact),
            _ => format!("at event {}, the end", failure.fact),
        },
    }
}

/// The line of the step that failed, where a step did.
#[must_use]
pub fn line_of(scenario: &Scenario, failure: &Failure) -> Option<u32> {
    step_of(failure).and_then(|step| scenario.steps.get(step)).map(|step| step.line).filter(|line| *line > 0)
}

/// The index of the step that failed, where a step did.
#[must_use]
pub fn step_of(failure: &Failure) -> Option<usize> {
    match failure.kind {
        FailureKind::Expectation(step) | FailureKind::Step(step) | FailureKind::Unreached(step) => Some(step),
        _ => None,
    }
}

/// The sentence of an invariant.
fn meaning(id: &str) -> Option<&'static str> {
    check::standard().iter().find(|invariant| invariant.id() == id).map(|invariant| invariant.meaning())
}

fn about(names: &Names<'_>, story: &Biography) -> String {
    match &story.subject {
        Subject::All => String::new(),
        Subject::Aliases(aliases) => {
            let all = &names.world.names.aliases;
            let mut named: Vec<&str> = aliases.iter().take(3).map(|alias| all[*alias as usize].as_str()).collect();
            if aliases.len() > named.len() {
                named.push("others");
            }
            format!(" to {}", plain(&named.join(", ")))
        }
    }
}

/// The sentences with their numbers, in at most `room` lines: the beginning, and more of the end.
fn clip(sentences: &[String], room: usize) -> Vec<String> {
    let numbered = |(index, text): (usize, &String)| format!("  {:>3}. {text}", index + 1);
    let all = sentences.iter().enumerate();
    if sentences.is_empty() {
        return vec!["       nothing".to_owned()];
    }
    if sentences.len() <= room {
        return all.map(numbered).collect();
    }
    let kept = room.saturating_sub(1);
    let (front, back) = (kept / 3, kept - kept / 3);
    let left_out = sentences.len() - kept;
    let mut lines: Vec<String> = all.clone().take(front).map(numbered).collect();
    lines.push(format!("{DIM}       … {left_out} sentences are left out; --trace shows every event{RESET}"));
    lines.extend(all.skip(sentences.len() - back).map(numbered));
    lines
}

/// The line that runs a scenario again, quoted for a shell.
#[must_use]
pub fn replay_line(scenario: &Scenario, seed: u64, stop_at: Option<usize>) -> String {
    let mut line = format!("crmsim run {}", quote_path(&scenario.path));
    if scenario.row.is_some() {
        line.push_str(&format!(" --name {}", quote(&scenario.title())));
    }
    line.push_str(&format!(" --seed {seed}"));
    if let Some(stop) = stop_at {
        line.push_str(&format!(" --stop-at {stop}"));
    }
    line
}

fn quote_path(path: &str) -> String {
    match path {
        "-" => "-".to_owned(),
        path if path.starts_with('-') => quote(&format!("./{path}")),
        path => quote(path),
    }
}

/// A word as a shell reads it back.
#[must_use]
pub fn quote(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    // A number sign begins a comment only where a word begins.
    let needs_none = !word.is_empty() && !word.starts_with('#') && word.chars().all(|c| bare(c) || c == '#');
    if needs_none { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_is_quoted() {
        assert_eq!(quote("a/b.toml#row-1"), "a/b.toml#row-1");
        assert_eq!(quote("x#on the road"), "'x#on the road'");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote("#x"), "'#x'");
        assert_eq!(quote_path("-x.toml"), "./-x.toml");
        assert_eq!(quote_path("-"), "-");
    }

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let sentences: Vec<String> = (1..=100).map(|number| format!("sentence {number}")).collect();
        let lines = clip(&sentences, 10);
        assert_eq!(lines.len(), 10);
        assert_eq!(lines[0], "    1. sentence 1");
        assert!(lines[3].contains("91 sentences are left out"), "{lines:?}");
        assert_eq!(lines[9], "  100. sentence 100");
        assert_eq!(clip(&sentences[..10], 10).len(), 10);
    }
}
