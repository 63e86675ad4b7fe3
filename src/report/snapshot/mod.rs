//! What a run came to as texts to keep: a later version of the protocol, or of crmsim, is held against them.
//!
//! A scenario asks for them with `golden`: `state` is what exists at the end, `journal` what happened. Both are pure
//! functions of a recorded run, are read by people, and name things as the scenario does: no id of the run and no place in
//! the file stands in them, so that they change only where the run does. `file` says which file keeps a text, and how.

pub mod diff;
pub mod file;
mod journal;
mod state;

use super::names::Names;
use super::style::plain;
use crate::Scenario;
use crate::engine::Run;
use crate::scenario::model::Golden;

/// Lines beyond these are counted and not kept; nobody would review them.
const MOST_LINES: usize = 20_000;

/// The text of a snapshot of a run, which must be a recorded one; without a line end.
#[must_use]
pub fn render(scenario: &Scenario, run: &Run, golden: Golden) -> String {
    let names = Names::new(scenario, &run.world).in_whole();
    let (head, mut lines) = match golden {
        Golden::State => ("the end of", state::lines(&names)),
        Golden::Journal => ("what happened in", journal::lines(&names, run)),
    };
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("… and {more} lines more"));
    }
    let title = format!("{head} {}; time is since {}", plain(&scenario.title()), scenario.start);
    let text = std::iter::once(title).chain(lines).collect::<Vec<String>>().join("\n");
    text.trim_end().to_owned()
}

/// Rows of cells as lines of columns, each as wide as its widest cell; nothing stands behind the last cell of a line.
fn aligned(indent: usize, rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{:indent$}{}", "", cells.collect::<Vec<String>>().join("  ")).trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
