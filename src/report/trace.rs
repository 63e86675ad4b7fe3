//! The trace: every fact of a recorded run as one aligned line.

use super::names::Names;
use super::phrase;
use super::style::{BOLD, DIM, RESET, plain};
use crate::engine::Run;

/// One fact as a line without its style: its number, its time, who, and what. `None` beyond the last fact.
#[must_use]
pub fn line(names: &Names<'_>, run: &Run, fact: usize) -> Option<String> {
    let found = run.facts.get(fact)?;
    let said = phrase::say(names, &found.what);
    Some(format!("{:>6}  {:>13}  {:<12}  {}", fact + 1, names.at(found.at), said.who, said.what))
}

/// The whole trace under its legend.
#[must_use]
pub fn render(names: &Names<'_>, run: &Run, seed: u64) -> String {
    let scenario = names.scenario;
    let mut out = format!(
        "{BOLD}trace of {}{RESET}, seed {seed}, crmsim {}\n{DIM}nr counts the events, as --stop-at does; time is since {}{RESET}\n",
        plain(&scenario.title()),
        env!("CARGO_PKG_VERSION"),
        scenario.start,
    );
    out.push_str(&format!("{BOLD}{:>6}  {:>13}  {:<12}  what{RESET}\n", "nr", "time", "who"));
    for fact in 0..run.facts.len() {
        if let Some(line) = line(names, run, fact) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}
